/* detect/first.h: rule "first-change": somebody does to a controller what it was not seen doing to it before. */
#ifndef DETECT_FIRST_H
#define DETECT_FIRST_H

#include "detect/book.h"

struct first;

struct first_options {
	const struct limits *limits;
	struct ledger *ledger;
	struct book *book;
	bool learning;
	int64_t silence_ns;
	bool *has_baseline;
	bool off;		/* disabled: remembers, raises nothing */
};

int first_new(struct first **ret_f, const struct first_options *o);
void first_free(struct first *f);
void first_act(struct first *f, const struct obs *o, alert_sink *sink, void *ctx);
void first_answer(struct first *f, const struct obs *o);
void first_load(struct first *f, const struct baseline_row *row);
bool first_visit(struct first *f, bool (*row)(void *ctx, const struct baseline_row *row), void *ctx);
uint32_t first_learned(const struct first *f);
uint64_t first_refused(const struct first *f);

#endif

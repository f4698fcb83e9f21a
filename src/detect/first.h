/* detect/first.h: rule "first-change": somebody does to a controller what it was not seen doing to it
 * before. */
#ifndef DETECT_FIRST_H
#define DETECT_FIRST_H

#include "detect/book.h"
#include "detect/watch.h"

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

/* What it would say of an act: of which word; NULL: nothing. Then one of the two: another rule has named the
 * act, or it speaks. change: of the value, as far as known. */
const struct watch *first_weigh(struct first *f, const struct obs *o);
void first_told(struct first *f, const struct obs *o);
void first_speak(struct first *f, const struct obs *o, const struct change *change, alert_sink *sink,
		 void *ctx);

/* The same of an answer to an act it holds back; told: another rule has named what is answered. */
const struct watch *first_weigh_answer(struct first *f, const struct obs *o);
void first_answer(struct first *f, const struct obs *o, bool told, alert_sink *sink, void *ctx);

/* Capture time has reached this second; last: there is no further one. */
void first_tick(struct first *f, int64_t now_ns, bool last, alert_sink *sink, void *ctx);
void first_load(struct first *f, const struct baseline_row *row);
bool first_visit(struct first *f, bool (*row)(void *ctx, const struct baseline_row *row), void *ctx);
uint32_t first_learned(const struct first *f);
uint64_t first_refused(const struct first *f);
uint64_t first_gave_way(const struct first *f);	/* objects another rule spoke of, forgotten for newer ones */

#endif

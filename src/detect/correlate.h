/* detect/correlate.h: rules over several acts: so many, so many different, together, one after the other, or
 * one missing.
 *
 * Everything is decided when a second of capture time has ended, or a whole minute where acts fold: what came
 * in it is then the same whether reads were folded or not. */
#ifndef DETECT_CORRELATE_H
#define DETECT_CORRELATE_H

#include "detect/book.h"
#include "detect/rule.h"

struct correlate;

struct corr_event {		/* something a correlation asks for has happened */
	const struct rule *base;
	const struct subject *subject;	/* the act; NULL: another correlation came true */
	uint64_t group;		/* then: which of its groups */
	const struct alert *seen;	/* then: what it would have said */
	const struct book_sum *sum;	/* then: of which acts */
	int64_t at_ns;
};

struct corr_verdict {		/* a correlation has come true for a group */
	const struct rule *rule;
	uint64_t group;
	const struct alert *alert;	/* to raise, without names */
	const struct book_sum *all;	/* acts of the time span: for a new alert */
	const struct book_sum *fresh;	/* acts since the last verdict: for one that is open */
};

typedef void corr_sink(void *ctx, const struct corr_verdict *v);

int correlate_new(struct correlate **ret_c, const struct ruleset *set, const struct limits *limits);
void correlate_free(struct correlate *c);

/* For every correlation that asks for this rule. fill makes an alert of the act (only when one is needed). */
typedef void corr_fill(void *ctx, const struct rule *r, const struct obs *o, struct alert *ret_alert);
void correlate_event(struct correlate *c, const struct corr_event *e, corr_fill *fill, void *ctx);

/* Capture time has reached this second; last: there will be no further one. */
void correlate_tick(struct correlate *c, int64_t now_ns, bool last, corr_sink *sink, void *ctx);

uint32_t correlate_used(const struct correlate *c);
uint64_t correlate_refused(const struct correlate *c);

#endif

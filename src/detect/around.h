/* detect/around.h: what is known around an act: whose addresses they are, what was there before. */
#ifndef DETECT_AROUND_H
#define DETECT_AROUND_H

#include "asset/asset.h"
#include "detect/learned.h"
#include "detect/rule.h"
#include "detect/values.h"
#include "model/alert.h"

struct party {			/* one end of an act as the ledger knows it now */
	struct asset asset;
	uint64_t id;		/* of the asset, or made from the address */
	bool known;
};

struct around;

struct around_options {
	struct ledger *ledger;		/* NULL: nothing is known (`koban rules test` without one) */
	const struct site *site;
	struct learned *learned;	/* NULL: nothing was */
	struct values *values;		/* NULL: none are kept */
	uint32_t ages;			/* ends whose age is kept; 0: no rule asks */
};

int around_new(struct around **ret_around, const struct around_options *o);
void around_free(struct around *a);

/* Another act is looked at: forgets what belonged to the last. */
void around_next(struct around *a);

/* A second of capture time has passed: what is known of the ends is asked anew. */
void around_tick(struct around *a, int64_t now_ns);

/* An end did something at this time, or had it done. */
void around_seen(struct around *a, uint8_t tap, const struct side *s, int64_t at_ns);

/* Did this end do anything while normal work was learned. */
bool around_at_work(const struct around *a, uint8_t tap, const struct side *s);

/* The object as people write it, escaped; n 0: none. Valid until around_next(). */
struct bytes around_object(struct around *a, const struct obs *o);

/* What the act makes of the value it changes, as far as both are known. */
struct change around_change(const struct around *a, const struct obs *o);

/* Is the act's number between the smallest and the largest that were learned of its object. */
bool around_in_learned_range(const struct subject *s);

/* What the value was when learning ended. False: that is not known. */
bool around_anchor(const struct around *a, const struct obs *o, double *ret);

/* word_at() number of an act. */
unsigned around_word(struct around *a, const struct obs *o);

/* The ends, as the ledger knows them now. */
struct party party_of(struct ledger *l, const struct rec *r, const struct side *s, bool before_changes);

bool around_get(const struct subject *s, unsigned id, struct val *ret);

/* The value of an act as a number, when it has exactly one. */
bool value_number(const struct obs *o, long double *ret);

#endif

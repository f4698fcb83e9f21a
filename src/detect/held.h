/* detect/held.h: what first-change would say of files on their way into a machine. It is kept back until the
 * file has ended: only then is known what was in it, and whether a rule that names the act better speaks. */
#ifndef DETECT_HELD_H
#define DETECT_HELD_H

#include "detect/book.h"

enum { HELD_MAX = 64, HELD_S = 30 };	/* so many at once, and no longer than that */

struct held {			/* what one actor does to one object */
	bool used;
	uint32_t row;		/* of first-change */
	uint64_t object;
	struct book_key key;
	struct alert alert;
	struct book_sum sum;
	uint64_t acts[ALERT_FRAMES];	/* names of the first of them */
	unsigned act_count;
	int64_t since_ns;
};

struct helds { struct held list[HELD_MAX]; unsigned used; };

/* Is it an act whose answer may say more. */
bool held_asks(const struct obs *o);

/* The one that has this object already, or a new one with the alert; NULL: no room. */
struct held *held_get(struct helds *all, uint32_t row, const struct obs *o, const struct book_key *key,
		      const struct alert *a);
void held_add(struct held *h, const struct obs *o);

void held_drop(struct helds *all, struct held *h);

/* Whose act is answered here. NULL: nobody's. */
struct held *held_of(struct helds *all, const struct obs *answer);

/* Adds the answer. True: nothing more is to come. */
bool held_answer(struct held *h, const struct obs *answer);

/* The oldest of those that began before; NULL: none. */
struct held *held_oldest(struct helds *all, int64_t before_ns);

#endif

/* output/pending.h: asked messages waiting for their answers. */
#ifndef OUTPUT_PENDING_H
#define OUTPUT_PENDING_H

#include "model/obs.h"

enum {
	GROUP_BYTES = 256 * 1024,	/* records of one message kept at most */
	PENDING_MAX = 4096,		/* messages waiting; the oldest is printed without its answer */
	PENDING_BYTES = 64 << 20,	/* the same for what they take together */
};

/* The acts of one message: records one behind the other. */
struct group {
	uint8_t *p;
	size_t n, cap;		/* bytes */
	unsigned count;		/* records */
	unsigned left_out;	/* records beyond GROUP_BYTES */
};

/* False: out of memory. */
bool group_add(struct group *g, const struct obs *o);
const struct obs *group_at(const struct group *g, size_t *at);	/* *at from 0; NULL at the end */
void group_free(struct group *g);

struct pending;

struct pending *pending_new(void);
void pending_free(struct pending *p);

/* Is there no room for one more: then the oldest must go first. */
bool pending_full(const struct pending *p);

/* Keeps g (taken over); only while not full. */
void pending_put(struct pending *p, struct group *g);

/* The waiting message one of whose acts is called name; false: none. */
bool pending_take(struct pending *p, uint64_t name, struct group *ret_g);

/* The first act of the waiting message one of whose acts is called name; NULL: none. Valid until the table
 * changes. */
const struct obs *pending_first(const struct pending *p, uint64_t name);

/* The oldest, to drain; false: none left. */
bool pending_oldest(struct pending *p, struct group *ret_g);

#endif

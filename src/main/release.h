/* main/release.h: the desk's end of the rings: records of all workers, in their one order.
 *
 * Records come back in the order of (frame, ordinal), whatever the number of workers, because a record is
 * released only when every ring has said that all frames up to its own are done. What comes out was copied
 * from the ring, accepted by rec_check() and newer than what the same ring said before; what was refused is
 * counted. The writer of a ring that was given up is told so: nobody will read what it still waits to say. */
#ifndef MAIN_RELEASE_H
#define MAIN_RELEASE_H

#include "core/ring.h"
#include "model/obs.h"

enum {
	RELEASE_RINGS = 65,	/* 64 workers at most, and the reader */
	RELEASE_REFUSED = 1024,	/* so many bad records of one ring, and nothing of it is believed any more */
};

struct release_head {
	_Alignas(16) uint8_t bytes[REC_MAX];
	bool full;		/* a record waits here */
	bool broken;		/* the ring holds what cannot be a record, or too many bad ones: given up */
	bool any;
	uint64_t frame;		/* name of the newest good record: a ring's records come in order */
	uint32_t ordinal;
	uint32_t refused;
};

struct release {
	struct ring *rings[RELEASE_RINGS];
	struct release_head *heads;	/* one for each ring; the caller's memory */
	unsigned count;
	uint64_t refused;	/* records refused */
	uint64_t broken;	/* rings given up */
};

/* The next record in order, valid until the next call; NULL: none can be released yet. ret_ended is set when
 * every ring is closed and empty. */
const struct rec *release_next(struct release *r, bool *ret_ended);

/* Waits until some ring may have news, at most timeout_ms. */
void release_wait(struct release *r, int timeout_ms);

#endif

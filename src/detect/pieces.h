/* detect/pieces.h: pieces of memory under keys, all of one size; where there is no more room the one that
 * was not used for longest gives way, and that is counted. */
#ifndef DETECT_PIECES_H
#define DETECT_PIECES_H

#include "core/arena.h"

struct pieces {
	struct arena arena;
	uint8_t *base;
	size_t size;		/* of a piece and its head */
	uint32_t sets;		/* of PIECE_WAYS pieces each, a power of two */
	uint32_t used;
	uint64_t refused;	/* pieces that gave way */
};

enum { PIECE_WAYS = 8 };

/* Room for cap pieces of size bytes, rounded up. 0 or a negative errno. */
int pieces_new(struct pieces *p, size_t size, uint32_t cap);
void pieces_free(struct pieces *p);

/* The piece under this key; NULL: none. */
void *pieces_find(struct pieces *p, uint64_t key, int64_t now_ns);

/* The same; a new one of zeroes when there is none. */
void *pieces_get(struct pieces *p, uint64_t key, int64_t now_ns);
void pieces_drop(struct pieces *p, uint64_t key);

#endif

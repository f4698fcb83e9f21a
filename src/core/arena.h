/* core/arena.h: memory taken once at start; slabs carve equal pieces from it.
 *
 * An arena is one reserved range: pages that were never touched cost nothing, so caps may be generous.
 * Nothing is given back to an arena; a slab keeps its own free list. No call here can fail later than
 * arena_map(): a slab at its cap answers NULL and counts it. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena {
	uint8_t *base;
	size_t size;		/* bytes reserved */
	size_t used;		/* bytes handed out */
};

/* Reserves size bytes of zeroes. Returns 0 or a negative errno; ret_arena is untouched on failure. */
int arena_map(struct arena *ret_arena, size_t size);
void arena_unmap(struct arena *a);

/* n zeroed bytes aligned to 16, or NULL when the arena is full. */
void *arena_take(struct arena *a, size_t n);

struct slab {
	uint8_t *base;		/* cap pieces of size bytes, inside the arena */
	void *free;		/* first piece given back */
	size_t size;		/* bytes of one piece, a multiple of 16 */
	uint32_t cap;		/* pieces there may be */
	uint32_t high;		/* pieces ever handed out */
	uint32_t used;		/* pieces in use now */
	uint32_t peak;		/* most in use at one time */
	uint64_t refused;	/* times the cap was hit */
};

/* Reserves cap pieces in a. Returns 0, or -ENOMEM when they do not fit. */
int slab_init(struct slab *s, struct arena *a, size_t size, uint32_t cap);

/* One piece, zeroed; NULL at the cap. */
void *slab_get(struct slab *s);
void slab_put(struct slab *s, void *piece);

/* Pieces have stable numbers, 0 .. cap - 1. */
static inline uint32_t slab_index(const struct slab *s, const void *piece)
{
	return (uint32_t)((size_t)((const uint8_t *)piece - s->base) / s->size);
}

static inline void *slab_at(const struct slab *s, uint32_t index)
{
	return s->base + (size_t)index * s->size;
}

#endif

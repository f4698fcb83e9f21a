/* core/arena.c: see arena.h. */
#include "core/arena.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

int arena_map(struct arena *ret_arena, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		       0);

	if (p == MAP_FAILED)
		return -errno;
	*ret_arena = (struct arena){ .base = p, .size = size };
	return 0;
}

void arena_unmap(struct arena *a)
{
	if (a->base != NULL)
		munmap(a->base, a->size);
	*a = (struct arena){ 0 };
}

void *arena_take(struct arena *a, size_t n)
{
	size_t want = (n + 15) & ~(size_t)15;

	if (want < n || want > a->size - a->used)
		return NULL;
	void *p = a->base + a->used;

	a->used += want;
	return p;
}

int slab_init(struct slab *s, struct arena *a, size_t size, uint32_t cap)
{
	size_t piece = (size + 15) & ~(size_t)15;
	void *base = arena_take(a, piece * cap);

	if (base == NULL)
		return -ENOMEM;
	*s = (struct slab){ .base = base, .size = piece, .cap = cap };
	return 0;
}

void *slab_get(struct slab *s)
{
	void *piece = s->free;

	if (piece != NULL) {
		memcpy(&s->free, piece, sizeof(s->free));
		memset(piece, 0, s->size);
	} else if (s->high < s->cap) {
		piece = slab_at(s, s->high++);	/* fresh pages are zero */
	} else {
		s->refused++;
		return NULL;
	}
	s->used++;
	if (s->used > s->peak)
		s->peak = s->used;
	return piece;
}

void slab_put(struct slab *s, void *piece)
{
	if (piece == NULL)
		return;
	memcpy(piece, &s->free, sizeof(s->free));
	s->free = piece;
	s->used--;
}

/* detect/pieces.c: see pieces.h. A key may lie in one of PIECE_WAYS places, so that nothing ever has to be
 * moved. */
#include "detect/pieces.h"

#include <string.h>

#include "core/hash.h"

struct head { uint64_t key; int64_t used_ns; };		/* key 0: free */

int pieces_new(struct pieces *p, size_t size, uint32_t cap)
{
	uint32_t sets = 1;

	while (sets < cap / PIECE_WAYS)
		sets *= 2;
	*p = (struct pieces){ .size = (sizeof(struct head) + size + 15) / 16 * 16, .sets = sets };
	size_t need = p->size * sets * PIECE_WAYS;
	int rc = arena_map(&p->arena, need + 64);

	p->base = rc == 0 ? arena_take(&p->arena, need) : NULL;
	return rc;
}

void pieces_free(struct pieces *p)
{
	if (p->base != NULL)
		arena_unmap(&p->arena);
	p->base = NULL;
}

static struct head *way_at(const struct pieces *p, uint64_t key, unsigned way)
{
	size_t set = hash_mix(key) & (p->sets - 1);

	return (struct head *)(void *)(p->base + (set * PIECE_WAYS + way) * p->size);
}

static struct head *find(const struct pieces *p, uint64_t key)
{
	for (unsigned i = 0; i < PIECE_WAYS; i++)
		if (way_at(p, key, i)->key == key)
			return way_at(p, key, i);
	return NULL;
}

void *pieces_find(struct pieces *p, uint64_t key, int64_t now_ns)
{
	struct head *h = find(p, key | 1);

	if (h == NULL)
		return NULL;
	h->used_ns = now_ns;
	return h + 1;
}

void *pieces_get(struct pieces *p, uint64_t key, int64_t now_ns)
{
	struct head *h = find(p, key | 1);

	for (unsigned i = 0; h == NULL && i < PIECE_WAYS; i++)
		if (way_at(p, key | 1, i)->key == 0)
			h = way_at(p, key | 1, i);
	if (h == NULL) {
		h = way_at(p, key | 1, 0);
		for (unsigned i = 1; i < PIECE_WAYS; i++)
			if (way_at(p, key | 1, i)->used_ns < h->used_ns)
				h = way_at(p, key | 1, i);
		p->refused++;
		p->used--;
		memset(h, 0, p->size);
	}
	p->used += h->key == 0;
	h->key = key | 1;
	h->used_ns = now_ns;
	return h + 1;
}

void pieces_drop(struct pieces *p, uint64_t key)
{
	struct head *h = find(p, key | 1);

	if (h == NULL)
		return;
	memset(h, 0, p->size);
	p->used--;
}

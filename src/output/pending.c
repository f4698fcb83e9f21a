/* output/pending.c: see pending.h. */
#include "output/pending.h"

#include "core/hash.h"

enum { SLOTS = PENDING_MAX * 4, EMPTY = 0 };

/* Waiting messages stand in a queue; two names of each (its first and its last act) lead to its place. */
struct pending {
	struct group groups[PENDING_MAX];	/* a queue: head .. tail, p NULL where already taken */
	uint64_t head, tail;
	size_t bytes;				/* of all groups */
	struct { uint64_t name, place; } slots[SLOTS];	/* open addressing; name 0: free */
};

bool group_add(struct group *g, const struct obs *o)
{
	if (g->n + o->rec.size > GROUP_BYTES) {
		g->left_out++;
		return true;
	}
	if (g->n + o->rec.size > g->cap) {
		size_t cap = max_size(g->cap * 2, g->n + o->rec.size);
		uint8_t *p = realloc(g->p, cap);

		if (p == NULL)
			return false;
		g->p = p;
		g->cap = cap;
	}
	memcpy(g->p + g->n, o, o->rec.size);
	g->n += o->rec.size;
	g->count++;
	return true;
}

const struct obs *group_at(const struct group *g, size_t *at)
{
	if (*at >= g->n)
		return NULL;
	const struct obs *o = (const struct obs *)(const void *)(g->p + *at);

	*at += o->rec.size;
	return o;
}

void group_free(struct group *g)
{
	free(g->p);
	*g = (struct group){ 0 };
}

struct pending *pending_new(void)
{
	return calloc(1, sizeof(struct pending));
}

void pending_free(struct pending *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < PENDING_MAX; i++)
		group_free(&p->groups[i]);
	free(p);
}

static size_t slot_of(const struct pending *p, uint64_t name)
{
	size_t i = hash_mix(name) % SLOTS;

	while (p->slots[i].name != EMPTY && p->slots[i].name != name)
		i = (i + 1) % SLOTS;
	return i;
}

/* Removes a name and closes the gap, so that probing never needs tombstones. */
static void forget(struct pending *p, uint64_t name)
{
	size_t hole = slot_of(p, name);

	if (p->slots[hole].name == EMPTY)
		return;
	for (size_t i = (hole + 1) % SLOTS; p->slots[i].name != EMPTY; i = (i + 1) % SLOTS) {
		size_t home = hash_mix(p->slots[i].name) % SLOTS;

		if ((i + SLOTS - home) % SLOTS >= (i + SLOTS - hole) % SLOTS) {
			p->slots[hole] = p->slots[i];
			hole = i;
		}
	}
	p->slots[hole].name = EMPTY;
}

static void names_of(const struct group *g, uint64_t *first, uint64_t *last)
{
	size_t at = 0;
	const struct obs *o;

	*first = *last = 0;
	while ((o = group_at(g, &at)) != NULL) {
		*last = rec_name_of(&o->rec);
		if (*first == 0)
			*first = *last;
	}
}

static void take_place(struct pending *p, uint64_t place, struct group *ret_g)
{
	struct group *g = &p->groups[place % PENDING_MAX];
	uint64_t first, last;

	names_of(g, &first, &last);
	forget(p, first);
	forget(p, last);
	p->bytes -= g->n;
	*ret_g = *g;
	*g = (struct group){ 0 };
	while (p->head < p->tail && p->groups[p->head % PENDING_MAX].p == NULL)
		p->head++;
}

static void remember(struct pending *p, uint64_t name, uint64_t place)
{
	size_t i = slot_of(p, name);

	p->slots[i].name = name;
	p->slots[i].place = place;
}

bool pending_full(const struct pending *p)
{
	return p->tail - p->head == PENDING_MAX || p->bytes > PENDING_BYTES - GROUP_BYTES;
}

void pending_put(struct pending *p, struct group *g)
{
	uint64_t first, last;

	names_of(g, &first, &last);
	remember(p, first, p->tail);
	remember(p, last, p->tail);
	p->bytes += g->n;
	p->groups[p->tail++ % PENDING_MAX] = *g;
	*g = (struct group){ 0 };
}

bool pending_take(struct pending *p, uint64_t name, struct group *ret_g)
{
	size_t i = name == 0 ? 0 : slot_of(p, name);

	if (name == 0 || p->slots[i].name == EMPTY)
		return false;
	take_place(p, p->slots[i].place, ret_g);
	return true;
}

const struct obs *pending_first(const struct pending *p, uint64_t name)
{
	size_t i = name == 0 ? 0 : slot_of(p, name), at = 0;

	if (name == 0 || p->slots[i].name == EMPTY)
		return NULL;
	return group_at(&p->groups[p->slots[i].place % PENDING_MAX], &at);
}

bool pending_oldest(struct pending *p, struct group *ret_g)
{
	if (p->head == p->tail)
		return false;
	take_place(p, p->head, ret_g);
	return true;
}

/* detect/groups.c: groups of acts, in tables and lists: what correlate.c adds up and decides on. */
#include "detect/groups.h"

#include <errno.h>
#include <stdlib.h>

#include "core/hash.h"
#include "detect/kind.h"

int64_t corr_grain_s(const struct correlation *k) { return k->coarse ? 60 : 1; }

static void set_pace(struct pace *p, const struct correlation *k)
{
	int64_t grain = corr_grain_s(k), span = k->span_ns / NS_PER_S;
	int64_t step = (span + STEPS * grain - 1) / (STEPS * grain) * grain;

	p->step_s = step < grain ? grain : step;
	p->steps = (span + p->step_s - 1) / p->step_s;
}

void corr_now(struct correlate *c, int64_t now_s)
{
	c->now_s = now_s;
	for (uint32_t i = 0; i < c->set->corr_count; i++) {
		struct pace *p = &c->pace[i];

		if (now_s >= p->first_s && now_s - p->first_s < p->step_s)
			continue;
		p->index = now_s / p->step_s;
		p->first_s = p->index * p->step_s;
	}
}

int correlate_new(struct correlate **ret, const struct ruleset *set, const struct limits *limits)
{
	struct correlate *c = calloc(1, sizeof(*c));
	uint32_t cap = limits->correlations, slots = 64;
	size_t queues = (set->corr_count + 1) * sizeof(struct queue);
	size_t paces = (set->corr_count + 1) * sizeof(struct pace);

	if (c == NULL)
		return -ENOMEM;
	while (slots < cap * 4)
		slots *= 2;
	int rc = arena_map(&c->arena,
			   (sizeof(struct group) + 16 + 4 * (sizeof(struct node_of_value) + 16)) * cap +
				   slots * sizeof(uint64_t) + queues + paces + cap * sizeof(uint32_t) + 4096);

	if (rc == 0 && (slab_init(&c->groups, &c->arena, sizeof(struct group), cap) < 0 ||
			slab_init(&c->values, &c->arena, sizeof(struct node_of_value), cap * 4) < 0))
		rc = -ENOMEM;
	c->slot = rc == 0 ? arena_take(&c->arena, slots * sizeof(uint64_t)) : NULL;
	c->waiting = rc == 0 ? arena_take(&c->arena, queues) : NULL;
	c->scratch = rc == 0 ? arena_take(&c->arena, cap * sizeof(uint32_t)) : NULL;
	c->pace = rc == 0 ? arena_take(&c->arena, paces) : NULL;
	if (c->slot == NULL || c->waiting == NULL || c->scratch == NULL || c->pace == NULL) {
		correlate_free(c);
		return rc == 0 ? -ENOMEM : rc;
	}
	c->set = set;
	c->mask = slots - 1;
	c->dirty[0] = c->dirty[1] = c->newest = c->oldest = NO_GROUP;
	for (uint32_t i = 0; i <= set->corr_count; i++)
		c->waiting[i] = (struct queue){ NO_GROUP, NO_GROUP };
	for (uint32_t i = 0; i < set->count; i++)
		if (set->rules[i]->corr != NULL)
			set_pace(&c->pace[set->rules[i]->corr->number], set->rules[i]->corr);
	c->now_s = INT64_MIN;
	*ret = c;
	return 0;
}

void correlate_free(struct correlate *c)
{
	if (c == NULL)
		return;
	arena_unmap(&c->arena);
	free(c);
}

uint32_t correlate_used(const struct correlate *c) { return c->groups.used; }
uint64_t correlate_refused(const struct correlate *c) { return c->groups.refused + c->values.refused; }

struct group *corr_at(const struct correlate *c, uint32_t i) { return slab_at(&c->groups, i); }

/* ---- lists ---- */

static void use_out(struct correlate *c, struct group *g)
{
	*(g->newer != NO_GROUP ? &corr_at(c, g->newer)->older : &c->newest) = g->older;
	*(g->older != NO_GROUP ? &corr_at(c, g->older)->newer : &c->oldest) = g->newer;
}

static void use_in(struct correlate *c, struct group *g)
{
	uint32_t i = slab_index(&c->groups, g);

	g->newer = NO_GROUP;
	g->older = c->newest;
	*(c->newest != NO_GROUP ? &corr_at(c, c->newest)->newer : &c->oldest) = i;
	c->newest = i;
}

void corr_wait_out(struct correlate *c, struct group *g)
{
	struct queue *q = &c->waiting[g->rule->corr->number];

	if (!g->waiting)
		return;
	*(g->prev_wait != NO_GROUP ? &corr_at(c, g->prev_wait)->next_wait : &q->first) = g->next_wait;
	*(g->next_wait != NO_GROUP ? &corr_at(c, g->next_wait)->prev_wait : &q->last) = g->prev_wait;
	g->waiting = false;
}

void corr_wait_in(struct correlate *c, struct group *g)
{
	struct queue *q = &c->waiting[g->rule->corr->number];
	uint32_t i = slab_index(&c->groups, g);

	g->next_wait = NO_GROUP;
	g->prev_wait = q->last;
	*(q->last != NO_GROUP ? &corr_at(c, q->last)->next_wait : &q->first) = i;
	q->last = i;
	g->waiting = true;
}

void corr_dirty(struct correlate *c, struct group *g)
{
	uint32_t *list = &c->dirty[g->rule->corr->coarse];

	if (g->dirty)
		return;
	g->dirty = true;
	g->next_dirty = *list;
	*list = slab_index(&c->groups, g);
}

/* ---- groups ---- */

uint64_t corr_field(const struct field_ref *f, const struct subject *s)
{
	struct val v = { .number = 0 };

	if (f->id == RF_ACTOR || f->id == RF_DEVICE)
		return station_key(0, f->id == RF_ACTOR ? &s->o->actor : &s->o->device);
	if (!field_get(s, f, 0, &v))
		return 0;
	switch (f->type) {
	case VT_TEXT: return hash_bytes(v.text.p, v.text.n, 2);
	case VT_IP: return hash_bytes(v.address, 16, 3);
	case VT_MAC: return hash_bytes(v.address, 6, 4);
	}
	double d = (double)v.number;

	return hash_bytes(&d, sizeof(d), 5);
}

uint64_t corr_id(const struct correlation *k, const struct subject *s)
{
	uint64_t h = (uint64_t)s->o->rec.tap + 1;	/* what two taps saw is not added up */

	for (unsigned i = 0; i < k->group_count; i++)
		h = hash_join(h, corr_field(&k->group[i], s));
	return h;
}

static uint32_t slot_of(const struct correlate *c, uint64_t key)
{
	uint32_t at = (uint32_t)key & c->mask;

	while (c->slot[at] != 0 && !(c->slot[at] >> 32 == key >> 32 &&
				     corr_at(c, (uint32_t)c->slot[at] - 1)->key == key))
		at = (at + 1) & c->mask;
	return at;
}

struct group *corr_get(struct correlate *c, const struct rule *r, uint64_t id)
{
	uint64_t key = hash_join(id, r->number + 1);
	uint32_t at = slot_of(c, key);

	if (c->slot[at] != 0) {
		struct group *g = corr_at(c, (uint32_t)c->slot[at] - 1);

		use_out(c, g);
		use_in(c, g);
		return g;
	}
	struct group *g = slab_get(&c->groups);

	if (g == NULL)
		return NULL;
	c->slot[at] = (key >> 32) << 32 | (slab_index(&c->groups, g) + 1);
	g->key = key;
	g->id = id;
	g->rule = r;
	g->values = NO_GROUP;
	g->touched = INT64_MIN;
	for (unsigned i = 0; i < STEPS; i++)
		g->steps[i].index = INT64_MIN;
	for (unsigned i = 0; i < BASES_MAX; i++)
		g->seen_ns[i] = INT64_MIN;
	use_in(c, g);
	return g;
}

/* Takes it out of the table; those behind it move up, so that they are still found. */
static void unhash(struct correlate *c, uint64_t key)
{
	uint32_t hole = slot_of(c, key), at = hole;

	for (;;) {
		c->slot[hole] = 0;
		for (;;) {
			at = (at + 1) & c->mask;
			if (c->slot[at] == 0)
				return;
			uint32_t home = (uint32_t)corr_at(c, (uint32_t)c->slot[at] - 1)->key & c->mask;

			if (((at - home) & c->mask) >= ((at - hole) & c->mask))
				break;
		}
		c->slot[hole] = c->slot[at];
		hole = at;
	}
}

static void drop(struct correlate *c, struct group *g)
{
	while (g->values != NO_GROUP) {
		struct node_of_value *v = slab_at(&c->values, g->values);

		g->values = v->next;
		slab_put(&c->values, v);
	}
	use_out(c, g);
	unhash(c, g->key);
	slab_put(&c->groups, g);
}

/* ---- what is in a group ---- */

struct step *corr_step_at(struct group *g, int64_t index)
{
	struct step *s = &g->steps[(uint64_t)index % STEPS];

	if (s->index != index)
		*s = (struct step){ .index = index, .first_ns = INT64_MAX, .last_ns = INT64_MIN };
	return s;
}

/* Nothing of what was counts any more. */
void corr_anew(struct group *g)
{
	for (unsigned i = 0; i < STEPS; i++)
		g->steps[i].index = INT64_MIN;
	g->first.rule = NULL;
	g->frame_count = 0;
}

void corr_value(struct correlate *c, struct group *g, uint64_t hash, int64_t index, int64_t steps)
{
	uint32_t *at = &g->values;

	while (*at != NO_GROUP) {
		struct node_of_value *v = slab_at(&c->values, *at);

		if (v->hash == hash) {
			v->index = index;
			return;
		}
		if (v->index <= index - steps) {
			*at = v->next;
			slab_put(&c->values, v);
			continue;
		}
		at = &v->next;
	}
	struct node_of_value *fresh = slab_get(&c->values);

	if (fresh == NULL)
		return;
	*fresh = (struct node_of_value){ hash, index, NO_GROUP };
	*at = slab_index(&c->values, fresh);
}

uint64_t corr_distinct(const struct correlate *c, const struct group *g, int64_t after)
{
	uint64_t n = 0;

	for (uint32_t i = g->values; i != NO_GROUP;) {
		const struct node_of_value *v = slab_at(&c->values, i);

		n += v->index > after;
		i = v->next;
	}
	return n;
}

void corr_forget(struct correlate *c)
{
	while (c->oldest != NO_GROUP) {
		struct group *g = corr_at(c, c->oldest);
		const struct pace *p = &c->pace[g->rule->corr->number];

		if (g->dirty || g->waiting || g->touched > p->index - p->steps - 1)
			return;
		drop(c, g);
	}
}

/* detect/correlate.c: see correlate.h. */
#include "detect/correlate.h"

#include <errno.h>
#include <stdlib.h>

#include "core/hash.h"

enum { STEPS = 15, GRAINS = 2 };
#define NO_GROUP UINT32_MAX

struct step {			/* a part of the time span */
	int64_t index;
	uint64_t events, acts, done, refused, unanswered;
	int64_t first_ns, last_ns;
};

struct node_of_value { uint64_t hash; int64_t index; uint32_t next; };

struct group {
	uint64_t key, id;	/* id: of what it is grouped by, the same for correlations over it */
	const struct rule *rule;
	struct step steps[STEPS];
	int64_t seen_ns[BASES_MAX];	/* temporal: last of each; ordered: when the chain that reaches so far
					 * began; absence: [0] what is waited for since */
	struct alert first;	/* of the act it is shown by, without names */
	struct book_sum fresh;	/* since it was last decided */
	uint64_t frames[ALERT_FRAMES];
	int64_t frame_steps[ALERT_FRAMES];
	int64_t touched;	/* step */
	uint32_t values;	/* first node of value; NO_GROUP */
	uint32_t newer, older, next_dirty, next_wait, prev_wait;
	int64_t due_s;		/* absence: when it is too late */
	uint8_t frame_count;
	bool dirty, waiting, complete;	/* complete: ordered: the last of them came */
};

struct queue { uint32_t first, last; };

struct correlate {
	const struct ruleset *set;
	struct arena arena;
	struct slab groups, values;
	uint64_t *slot;		/* upper half of the key << 32 | group + 1 */
	uint32_t mask;
	uint32_t dirty[GRAINS];	/* decided each second; each minute */
	struct queue *waiting;	/* of each correlation */
	uint32_t newest, oldest;
	uint32_t *scratch;	/* a list being decided */
	int64_t now_s;
};

int correlate_new(struct correlate **ret, const struct ruleset *set, const struct limits *limits)
{
	struct correlate *c = calloc(1, sizeof(*c));
	uint32_t cap = limits->correlations, slots = 64;
	size_t queues = (set->corr_count + 1) * sizeof(struct queue);

	if (c == NULL)
		return -ENOMEM;
	while (slots < cap * 4)
		slots *= 2;
	int rc = arena_map(&c->arena, (sizeof(struct group) + 16 + 4 * (sizeof(struct node_of_value) + 16)) * cap +
			   slots * sizeof(uint64_t) + queues + cap * sizeof(uint32_t) + 4096);

	if (rc == 0 && (slab_init(&c->groups, &c->arena, sizeof(struct group), cap) < 0 ||
			slab_init(&c->values, &c->arena, sizeof(struct node_of_value), cap * 4) < 0))
		rc = -ENOMEM;
	c->slot = rc == 0 ? arena_take(&c->arena, slots * sizeof(uint64_t)) : NULL;
	c->waiting = rc == 0 ? arena_take(&c->arena, queues) : NULL;
	c->scratch = rc == 0 ? arena_take(&c->arena, cap * sizeof(uint32_t)) : NULL;
	if (c->slot == NULL || c->waiting == NULL || c->scratch == NULL) {
		correlate_free(c);
		return rc == 0 ? -ENOMEM : rc;
	}
	c->set = set;
	c->mask = slots - 1;
	c->dirty[0] = c->dirty[1] = c->newest = c->oldest = NO_GROUP;
	for (uint32_t i = 0; i <= set->corr_count; i++)
		c->waiting[i] = (struct queue){ NO_GROUP, NO_GROUP };
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

static struct group *group_at(const struct correlate *c, uint32_t i) { return slab_at(&c->groups, i); }

/* ---- steps of time ---- */

static int64_t grain_s(const struct correlation *k) { return k->coarse ? 60 : 1; }

static int64_t step_s(const struct correlation *k)
{
	int64_t grain = grain_s(k), span = k->span_ns / NS_PER_S;
	int64_t step = (span + STEPS * grain - 1) / (STEPS * grain) * grain;

	return step < grain ? grain : step;
}

static int64_t steps_of(const struct correlation *k)
{
	int64_t step = step_s(k);

	return (k->span_ns / NS_PER_S + step - 1) / step;
}

static int64_t step_now(const struct correlate *c, const struct correlation *k)
{
	return c->now_s / step_s(k);
}

/* ---- lists ---- */

static void use_out(struct correlate *c, struct group *g)
{
	*(g->newer != NO_GROUP ? &group_at(c, g->newer)->older : &c->newest) = g->older;
	*(g->older != NO_GROUP ? &group_at(c, g->older)->newer : &c->oldest) = g->newer;
}

static void use_in(struct correlate *c, struct group *g)
{
	uint32_t i = slab_index(&c->groups, g);

	g->newer = NO_GROUP;
	g->older = c->newest;
	*(c->newest != NO_GROUP ? &group_at(c, c->newest)->newer : &c->oldest) = i;
	c->newest = i;
}

static void wait_out(struct correlate *c, struct group *g)
{
	struct queue *q = &c->waiting[g->rule->corr->number];

	if (!g->waiting)
		return;
	*(g->prev_wait != NO_GROUP ? &group_at(c, g->prev_wait)->next_wait : &q->first) = g->next_wait;
	*(g->next_wait != NO_GROUP ? &group_at(c, g->next_wait)->prev_wait : &q->last) = g->prev_wait;
	g->waiting = false;
}

static void wait_in(struct correlate *c, struct group *g)
{
	struct queue *q = &c->waiting[g->rule->corr->number];
	uint32_t i = slab_index(&c->groups, g);

	g->next_wait = NO_GROUP;
	g->prev_wait = q->last;
	*(q->last != NO_GROUP ? &group_at(c, q->last)->next_wait : &q->first) = i;
	q->last = i;
	g->waiting = true;
}

static void make_dirty(struct correlate *c, struct group *g)
{
	uint32_t *list = &c->dirty[g->rule->corr->coarse];

	if (g->dirty)
		return;
	g->dirty = true;
	g->next_dirty = *list;
	*list = slab_index(&c->groups, g);
}

/* ---- groups ---- */

static uint64_t side_hash(const struct side *s)
{
	return hash_join(ip_is_zero(s->ip) ? hash_bytes(s->mac, sizeof(s->mac), 1) :
					     hash_bytes(s->ip, sizeof(s->ip), 0), s->station);
}

static uint64_t field_hash(const struct field_ref *f, const struct subject *s)
{
	struct val v = { .number = 0 };

	if (f->id == RF_ACTOR || f->id == RF_DEVICE)
		return side_hash(f->id == RF_ACTOR ? &s->o->actor : &s->o->device);
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

static uint64_t group_id(const struct correlation *k, const struct subject *s)
{
	uint64_t h = (uint64_t)s->o->rec.tap + 1;	/* what two taps saw is not added up */

	for (unsigned i = 0; i < k->group_count; i++)
		h = hash_join(h, field_hash(&k->group[i], s));
	return h;
}

static uint32_t slot_of(const struct correlate *c, uint64_t key)
{
	uint32_t at = (uint32_t)key & c->mask;

	while (c->slot[at] != 0 && !(c->slot[at] >> 32 == key >> 32 &&
				     group_at(c, (uint32_t)c->slot[at] - 1)->key == key))
		at = (at + 1) & c->mask;
	return at;
}

static struct group *group_get(struct correlate *c, const struct rule *r, uint64_t id)
{
	uint64_t key = hash_join(id, r->number + 1);
	uint32_t at = slot_of(c, key);

	if (c->slot[at] != 0) {
		struct group *g = group_at(c, (uint32_t)c->slot[at] - 1);

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
			uint32_t home = (uint32_t)group_at(c, (uint32_t)c->slot[at] - 1)->key & c->mask;

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

/* ---- an event ---- */

static struct step *step_at(struct group *g, int64_t index)
{
	struct step *s = &g->steps[(uint64_t)index % STEPS];

	if (s->index != index)
		*s = (struct step){ .index = index, .first_ns = INT64_MAX, .last_ns = INT64_MIN };
	return s;
}

static void add_sum(struct book_sum *to, const struct book_sum *from)
{
	to->acts += from->acts;
	to->done += from->done;
	to->refused += from->refused;
	to->unanswered += from->unanswered;
	to->last_ns = from->last_ns > to->last_ns ? from->last_ns : to->last_ns;
}

static struct book_sum sum_of(const struct corr_event *e)
{
	if (e->subject == NULL)
		return *e->sum;
	const struct obs *o = e->subject->o;
	struct book_sum s = { .acts = o->times, .last_ns = o->rec.at_ns };

	s.done = o->outcome == OUT_DONE || o->outcome == OUT_PARTLY ? o->times : 0;
	s.refused = o->outcome == OUT_REFUSED ? o->times : 0;
	s.unanswered = o->outcome == OUT_UNANSWERED ? o->times : 0;
	return s;
}

/* Evidence: the first frames of what is counted. Where acts fold only the newest is the same either way: a count
 * names the last of its acts. */
static void add_frame(struct group *g, const struct corr_event *e, int64_t index, int64_t steps)
{
	unsigned kept = 0;
	uint64_t frame = e->subject == NULL ? (e->sum->frame_count > 0 ? e->sum->frames[0] : 0) :
			 e->subject->o->rec.frame;

	if (g->rule->corr->coarse) {
		if (e->subject != NULL)
			frame -= min_size(frame, e->subject->o->rec.back);
		g->frames[0] = g->frame_count == 1 && g->frames[0] > frame ? g->frames[0] : frame;
		g->frame_count = 1;
		return;
	}
	for (unsigned i = 0; i < g->frame_count; i++)
		if (g->frame_steps[i] > index - steps) {
			g->frames[kept] = g->frames[i];
			g->frame_steps[kept++] = g->frame_steps[i];
		}
	if (kept < ALERT_FRAMES && (kept == 0 || g->frames[kept - 1] < frame)) {
		g->frames[kept] = frame;
		g->frame_steps[kept++] = index;
	}
	g->frame_count = (uint8_t)kept;
}

static void add_value(struct correlate *c, struct group *g, uint64_t hash, int64_t index, int64_t steps)
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

static unsigned base_of(const struct correlation *k, const struct rule *base)
{
	unsigned i = 0;

	while (i + 1 < k->base_count && k->bases[i] != base)
		i++;
	return i;
}

/* Of several acts in one group where acts fold, which comes first is chance: the smallest addresses. */
static bool shows_better(const struct group *g, const struct corr_event *e)
{
	const struct alert *a = &g->first;

	if (a->rule == NULL)
		return true;
	if (!g->rule->corr->coarse || e->subject == NULL)
		return false;
	const struct obs *o = e->subject->o;
	int actor = memcmp(&o->actor, &a->actor, offsetof(struct side, port));
	int device = memcmp(&o->device, &a->device, offsetof(struct side, port));

	return actor != 0 ? actor < 0 : device != 0 ? device < 0 : o->object.key < a->record;
}

static void advance_chain(struct group *g, unsigned base, int64_t at_ns)
{
	const struct correlation *k = g->rule->corr;
	int64_t before = base == 0 ? at_ns : g->seen_ns[base - 1];

	if (before == INT64_MIN || at_ns < before || at_ns - before > k->span_ns)
		return;
	g->seen_ns[base] = before;
	g->complete |= base + 1u == k->base_count;
}

static void wait_for(struct correlate *c, struct group *g, unsigned base, int64_t at_ns)
{
	const struct correlation *k = g->rule->corr;
	int64_t grain = grain_s(k);

	if (base == 1) {
		if (g->waiting && at_ns >= g->seen_ns[0])
			wait_out(c, g);
		return;
	}
	if (g->waiting && !k->coarse)
		return;
	wait_out(c, g);
	g->seen_ns[0] = at_ns;
	g->due_s = ((at_ns + k->span_ns) / NS_PER_S / grain + 1) * grain;
	wait_in(c, g);
}

/* Nothing of what was counts any more. */
static void begin_anew(struct group *g)
{
	for (unsigned i = 0; i < STEPS; i++)
		g->steps[i].index = INT64_MIN;
	g->first.rule = NULL;
	g->frame_count = 0;
}

static void event_in(struct correlate *c, const struct rule *r, const struct corr_event *e, corr_fill *fill,
		     void *ctx)
{
	const struct correlation *k = r->corr;
	struct group *g = group_get(c, r, e->subject == NULL ? e->group : group_id(k, e->subject));

	if (g == NULL)
		return;
	int64_t index = step_now(c, k), steps = steps_of(k);
	unsigned base = base_of(k, e->base);
	bool counted = k->type != CORR_ABSENCE || base == 0;

	if (k->type == CORR_ABSENCE ? base == 0 && !g->waiting :
	    g->touched != INT64_MIN && g->touched <= index - steps)
		begin_anew(g);
	if (k->coarse && g->touched != index)
		g->frame_count = 0;
	g->touched = index;
	if (counted) {
		struct book_sum sum = sum_of(e);
		struct step *s = step_at(g, index);
		int64_t since = e->subject == NULL ? e->at_ns : e->subject->o->since_ns;

		since = since == 0 || since > e->at_ns ? e->at_ns : since;
		s->events += e->subject == NULL ? 1 : e->subject->o->times;
		s->acts += sum.acts;
		s->done += sum.done;
		s->refused += sum.refused;
		s->unanswered += sum.unanswered;
		s->first_ns = since < s->first_ns ? since : s->first_ns;
		s->last_ns = e->at_ns > s->last_ns ? e->at_ns : s->last_ns;
		add_sum(&g->fresh, &sum);
		add_frame(g, e, index, steps);
		if (shows_better(g, e)) {
			if (e->subject != NULL)
				fill(ctx, r, e->subject->o, &g->first);
			else
				g->first = *e->seen;
			if (k->coarse && e->subject != NULL)
				g->first.record = e->subject->o->object.key;	/* of no use as a name: see above */
		}
	}
	switch (k->type) {
	case CORR_VALUE_COUNT: add_value(c, g, field_hash(&k->value, e->subject), index, steps); break;
	case CORR_TEMPORAL:
		if (e->at_ns > g->seen_ns[base])
			g->seen_ns[base] = e->at_ns;
		break;
	case CORR_ORDERED: advance_chain(g, base, e->at_ns); break;
	case CORR_ABSENCE: wait_for(c, g, base, e->at_ns); return;
	}
	make_dirty(c, g);
}

void correlate_event(struct correlate *c, const struct corr_event *e, corr_fill *fill, void *ctx)
{
	if (c->now_s == INT64_MIN)
		c->now_s = e->at_ns / NS_PER_S;
	for (unsigned i = 0; i < e->base->parent_count; i++)
		if (!e->base->parents[i]->off)
			event_in(c, e->base->parents[i], e, fill, ctx);
}

/* ---- deciding ---- */

static uint64_t distinct(const struct correlate *c, const struct group *g, int64_t after)
{
	uint64_t n = 0;

	for (uint32_t i = g->values; i != NO_GROUP;) {
		const struct node_of_value *v = slab_at(&c->values, i);

		n += v->index > after;
		i = v->next;
	}
	return n;
}

static bool together(const struct group *g)
{
	int64_t low = INT64_MAX, high = INT64_MIN;

	for (unsigned i = 0; i < g->rule->corr->base_count; i++) {
		if (g->seen_ns[i] == INT64_MIN)
			return false;
		low = g->seen_ns[i] < low ? g->seen_ns[i] : low;
		high = g->seen_ns[i] > high ? g->seen_ns[i] : high;
	}
	return high - low <= g->rule->corr->span_ns;
}

static bool came_true(const struct correlate *c, struct group *g, int64_t after, uint64_t events)
{
	const struct correlation *k = g->rule->corr;
	uint64_t n = k->type == CORR_VALUE_COUNT ? distinct(c, g, after) : events;
	bool complete = g->complete;

	switch (k->type) {
	case CORR_EVENT_COUNT: case CORR_VALUE_COUNT: return n >= k->low && n <= k->high;
	case CORR_TEMPORAL: return together(g);
	case CORR_ORDERED: g->complete = false; return complete;
	}
	return true;
}

struct deciding { struct correlate *c; corr_sink *sink; void *ctx; };

static void decide(const struct deciding *d, struct group *g)
{
	const struct correlation *k = g->rule->corr;
	int64_t after = step_now(d->c, k) - steps_of(k);
	struct book_sum all = { .last_ns = INT64_MIN };
	struct alert a = g->first;
	uint64_t events = 0;

	a.first_ns = INT64_MAX;
	for (unsigned i = 0; i < STEPS; i++) {
		const struct step *s = &g->steps[i];

		if (s->index <= after && k->type != CORR_ABSENCE)
			continue;
		if (s->index == INT64_MIN)
			continue;
		const struct book_sum one = { s->acts, s->done, s->refused, s->unanswered, s->last_ns, { 0 }, 0 };

		add_sum(&all, &one);
		events += s->events;
		a.first_ns = s->first_ns < a.first_ns ? s->first_ns : a.first_ns;
	}
	if (!came_true(d->c, g, after, events)) {
		g->fresh = (struct book_sum){ 0 };
		return;
	}
	memcpy(all.frames, g->frames, sizeof(all.frames));
	all.frame_count = g->frame_count;
	a.last_ns = all.last_ns;
	if (k->coarse)
		a.record = a.flow = 0;
	struct book_sum fresh = g->fresh;

	fresh.last_ns = all.last_ns;
	memcpy(fresh.frames, all.frames, sizeof(all.frames));
	fresh.frame_count = all.frame_count;
	g->fresh = (struct book_sum){ 0 };
	struct corr_verdict v = { .rule = g->rule, .group = g->id, .alert = &a, .all = &all, .fresh = &fresh };

	d->sink(d->ctx, &v);
}

/* By the order of the rules, then of the groups' ids: the lists were filled in the order acts came, which
 * folding changes. */
static int dirty_order(const void *pa, const void *pb, void *ctx)
{
	const struct group *a = group_at(ctx, *(const uint32_t *)pa), *b = group_at(ctx, *(const uint32_t *)pb);

	if (a->rule->depth != b->rule->depth)
		return a->rule->depth < b->rule->depth ? -1 : 1;
	if (a->rule->number != b->rule->number)
		return a->rule->number < b->rule->number ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static void decide_list(const struct deciding *d, uint32_t *list)
{
	struct correlate *c = d->c;

	while (*list != NO_GROUP) {
		size_t n = 0;

		while (*list != NO_GROUP) {
			struct group *g = group_at(c, *list);

			c->scratch[n++] = *list;
			*list = g->next_dirty;
			g->dirty = false;
		}
		qsort_r(c->scratch, n, sizeof(c->scratch[0]), dirty_order, c);
		for (size_t i = 0; i < n; i++)
			decide(d, group_at(c, c->scratch[i]));
	}
}

static void decide_waiting(const struct deciding *d, int64_t now_s)
{
	struct correlate *c = d->c;

	for (uint32_t i = 0; i < c->set->corr_count; i++) {
		struct queue *q = &c->waiting[i];

		while (q->first != NO_GROUP && group_at(c, q->first)->due_s <= now_s) {
			struct group *g = group_at(c, q->first);

			wait_out(c, g);
			decide(d, g);
		}
	}
}

static void forget_old(struct correlate *c)
{
	while (c->oldest != NO_GROUP) {
		struct group *g = group_at(c, c->oldest);
		const struct correlation *k = g->rule->corr;

		if (g->dirty || g->waiting || g->touched > step_now(c, k) - steps_of(k) - 1)
			return;
		drop(c, g);
	}
}

void correlate_tick(struct correlate *c, int64_t now_ns, bool last, corr_sink *sink, void *ctx)
{
	const struct deciding d = { c, sink, ctx };
	int64_t now_s = now_ns / NS_PER_S;

	if (c->now_s == INT64_MIN)
		c->now_s = now_s;
	decide_list(&d, &c->dirty[0]);
	bool minute = last || now_s / 60 != c->now_s / 60;

	if (minute)
		decide_list(&d, &c->dirty[1]);
	decide_waiting(&d, now_s);
	decide_list(&d, &c->dirty[0]);	/* correlations over those that were missing something */
	if (minute) {
		decide_list(&d, &c->dirty[1]);
		forget_old(c);
	}
	c->now_s = now_s > c->now_s ? now_s : c->now_s;
}

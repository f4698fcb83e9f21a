/* detect/correlate.c: see correlate.h. */
#include "detect/groups.h"

#include <stdlib.h>

#include "core/hash.h"

/* ---- an event ---- */

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

/* Evidence: the first frames of what is counted. Where acts fold only the newest is the same either way: a
 * count names the last of its acts. */
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
	int64_t grain = corr_grain_s(k);

	if (base == 1) {
		if (g->waiting && at_ns >= g->seen_ns[0])
			corr_wait_out(c, g);
		return;
	}
	if (g->waiting && !k->coarse)
		return;
	corr_wait_out(c, g);
	g->seen_ns[0] = at_ns;
	g->due_s = ((at_ns + k->span_ns) / NS_PER_S / grain + 1) * grain;
	corr_wait_in(c, g);
}

static void event_in(struct correlate *c, const struct rule *r, const struct corr_event *e, corr_fill *fill,
		     void *ctx)
{
	const struct correlation *k = r->corr;
	struct group *g = corr_get(c, r, e->subject == NULL ? e->group : corr_id(k, e->subject));

	if (g == NULL)
		return;
	const int64_t index = c->pace[k->number].index, steps = c->pace[k->number].steps;
	unsigned base = base_of(k, e->base);
	bool counted = k->type != CORR_ABSENCE || base == 0;

	/* Where acts fold, when the second of an absence came may be known a minute late: only the last first
	 * one counts. */
	if (k->type == CORR_ABSENCE ? base == 0 && (!g->waiting || k->coarse) :
	    g->touched != INT64_MIN && g->touched <= index - steps)
		corr_anew(g);
	if (k->coarse && g->touched != index)
		g->frame_count = 0;
	g->touched = index;
	if (counted) {
		struct book_sum sum = sum_of(e);
		struct step *s = corr_step_at(g, index);
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
				/* of no use as a name: see above */
				g->first.record = e->subject->o->object.key;
		}
	}
	switch (k->type) {
	case CORR_VALUE_COUNT: corr_value(c, g, corr_field(&k->value, e->subject), index, steps); break;
	case CORR_TEMPORAL:
		if (e->at_ns > g->seen_ns[base])
			g->seen_ns[base] = e->at_ns;
		break;
	case CORR_ORDERED: advance_chain(g, base, e->at_ns); break;
	case CORR_ABSENCE: wait_for(c, g, base, e->at_ns); return;
	}
	corr_dirty(c, g);
}

void correlate_event(struct correlate *c, const struct corr_event *e, corr_fill *fill, void *ctx)
{
	if (c->now_s == INT64_MIN)
		corr_now(c, e->at_ns / NS_PER_S);
	for (unsigned i = 0; i < e->base->parent_count; i++)
		if (!e->base->parents[i]->off)
			event_in(c, e->base->parents[i], e, fill, ctx);
}

/* ---- deciding ---- */

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
	uint64_t n = k->type == CORR_VALUE_COUNT ? corr_distinct(c, g, after) : events;
	bool complete = g->complete;

	switch (k->type) {
	case CORR_EVENT_COUNT: case CORR_VALUE_COUNT: return n >= k->low && n <= k->high;
	case CORR_TEMPORAL: return together(g);
	case CORR_ORDERED: g->complete = false; return complete;
	}
	return true;
}

struct deciding { struct correlate *c; corr_sink *sink; void *ctx; };

static bool groups_by(const struct correlation *k, unsigned field)
{
	for (unsigned i = 0; i < k->group_count; i++)
		if (k->group[i].id == field)
			return true;
	return false;
}

/* Acts on many stations behind one address that are added up are about the address. */
static bool spans_stations(const struct correlation *k)
{
	return groups_by(k, RF_DEVICE_IP) && !groups_by(k, RF_DEVICE_STATION);
}

static void decide(const struct deciding *d, struct group *g)
{
	const struct correlation *k = g->rule->corr;
	const struct pace *p = &d->c->pace[k->number];
	int64_t after = p->index - p->steps;
	struct book_sum all = { .last_ns = INT64_MIN };
	struct alert a = g->first;
	uint64_t events = 0;

	a.first_ns = INT64_MAX;
	if (spans_stations(k))
		a.device.station = 0;
	for (unsigned i = 0; i < STEPS; i++) {
		const struct step *s = &g->steps[i];

		if (s->index <= after && k->type != CORR_ABSENCE)
			continue;
		if (s->index == INT64_MIN)
			continue;
		const struct book_sum one = { s->acts, s->done, s->refused, s->unanswered, s->last_ns, { 0 },
					      0 };

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
	struct corr_verdict v = {
		.rule = g->rule, .group = g->id, .alert = &a, .all = &all, .fresh = &fresh
	};

	d->sink(d->ctx, &v);
}

/* By the order of the rules, then of the groups' ids: the lists were filled in the order acts came, which
 * folding changes. */
static int dirty_order(const void *pa, const void *pb, void *ctx)
{
	const struct group *a = corr_at(ctx, *(const uint32_t *)pa), *b = corr_at(ctx, *(const uint32_t *)pb);

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
			struct group *g = corr_at(c, *list);

			c->scratch[n++] = *list;
			*list = g->next_dirty;
			g->dirty = false;
		}
		qsort_r(c->scratch, n, sizeof(c->scratch[0]), dirty_order, c);
		for (size_t i = 0; i < n; i++)
			decide(d, corr_at(c, c->scratch[i]));
	}
}

static void decide_waiting(const struct deciding *d, int64_t now_s)
{
	struct correlate *c = d->c;

	for (uint32_t i = 0; i < c->set->corr_count; i++) {
		struct queue *q = &c->waiting[i];

		while (q->first != NO_GROUP && corr_at(c, q->first)->due_s <= now_s) {
			struct group *g = corr_at(c, q->first);

			corr_wait_out(c, g);
			decide(d, g);
		}
	}
}

void correlate_tick(struct correlate *c, int64_t now_ns, bool last, corr_sink *sink, void *ctx)
{
	const struct deciding d = { c, sink, ctx };
	int64_t now_s = now_ns / NS_PER_S;

	if (c->now_s == INT64_MIN)
		corr_now(c, now_s);
	decide_list(&d, &c->dirty[0]);
	bool minute = last || now_s / 60 != c->now_s / 60;

	if (minute)
		decide_list(&d, &c->dirty[1]);
	decide_waiting(&d, now_s);
	decide_list(&d, &c->dirty[0]);	/* correlations over those that were missing something */
	if (minute) {
		decide_list(&d, &c->dirty[1]);
		corr_forget(c);
	}
	if (now_s > c->now_s)
		corr_now(c, now_s);
}

/* asset/export.c: reads the ledger out: every row in an order of its own making, and the assets that
 * follow. */
#include "asset/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TWINS_PER_END = 3 };

static void caps(const struct ledger *l, struct view *v)
{
	const struct limits *c = l->options.limits;
	uint32_t order = c->conversations > c->objects ? c->conversations : c->objects;

	v->end_cap = c->assets * 2;
	v->order_cap = order > c->assets * 4 ? order : c->assets * 4;
	v->twin_cap = v->end_cap * TWINS_PER_END;
	v->service_cap = c->conversations * 4;
}

size_t view_need(const struct ledger *l)
{
	struct view v = { 0 };

	caps(l, &v);
	return sizeof(v) + v.end_cap * (sizeof(v.sums[0]) + 3 * sizeof(uint32_t)) +
	       v.order_cap * sizeof(uint32_t) + v.twin_cap * sizeof(v.twins[0]) +
		       v.service_cap * sizeof(v.services[0]) + 256;
}

int view_init(struct ledger *l)
{
	struct view *v = arena_take(&l->arena, sizeof(*v));

	if (v == NULL)
		return -ENOMEM;
	caps(l, v);
	v->sums = arena_take(&l->arena, v->end_cap * sizeof(v->sums[0]));
	v->by_address = arena_take(&l->arena, v->end_cap * sizeof(uint32_t));
	v->rank = arena_take(&l->arena, v->end_cap * sizeof(uint32_t));
	v->by_asset = arena_take(&l->arena, v->end_cap * sizeof(uint32_t));
	v->order = arena_take(&l->arena, v->order_cap * sizeof(uint32_t));
	v->twins = arena_take(&l->arena, v->twin_cap * sizeof(v->twins[0]));
	v->services = arena_take(&l->arena, v->service_cap * sizeof(v->services[0]));
	l->view = v;
	return v->services == NULL ? -ENOMEM : 0;
}

/* ---- first pass: who is who, and when they sent ---- */

static void sum_seen(struct view *v, uint32_t end, int64_t first_ns, int64_t last_ns)
{
	if (first_ns < v->sums[end].first_ns)
		v->sums[end].first_ns = first_ns;
	if (last_ns > v->sums[end].last_ns)
		v->sums[end].last_ns = last_ns;
}

static void sum_times(struct ledger *l)
{
	struct view *v = l->view;

	for (uint32_t i = 0; i < l->talks.used; i++) {
		const struct talk *t = slab_at(&l->talks, i);

		if (t->asked)
			sum_seen(v, t->actor, t->first_ns, t->last_ns);
		if (t->answered)
			sum_seen(v, t->device, t->heard_first_ns, t->heard_last_ns);
	}
	for (uint32_t i = 0; i < l->flows.used; i++) {
		const struct flow_node *f = slab_at(&l->flows, i);

		if ((end_at(l, f->client)->flags & END_HEARD) != 0)
			sum_seen(v, f->client, f->row.first_ns, f->row.last_ns);
		if (f->row.answered > 0 || f->row.frames[1] > 0)
			sum_seen(v, f->server, f->row.first_ns, f->row.last_ns);
	}
}

static uint64_t end_frame(struct ledger *l, uint32_t end)
{
	return end_at(l, end)->frame == UINT64_MAX ? 0 : end_at(l, end)->frame;
}

/* The frame of the first sight comes from the rows that name the end. */
static void sum_frames(struct ledger *l)
{
	for (uint32_t i = 0; i < l->flows.used; i++) {
		const struct flow_node *f = slab_at(&l->flows, i);

		end_seen(end_at(l, f->client), INT64_MAX, INT64_MIN, f->row.frame);
		if (f->row.answered > 0)
			end_seen(end_at(l, f->server), INT64_MAX, INT64_MIN, f->row.frame);
	}
	for (uint32_t i = 0; i < l->talks.used; i++) {
		const struct talk *t = slab_at(&l->talks, i);

		if (t->asked)
			end_seen(end_at(l, t->actor), INT64_MAX, INT64_MIN, t->frame);
		if (t->answered)
			end_seen(end_at(l, t->device), INT64_MAX, INT64_MIN, t->frame);
	}
}

static void look(struct ledger *l)
{
	struct view *v = l->view;

	order_sort(l, &l->ends, v->by_address, order_end);
	v->assets_ends = 0;
	for (uint32_t i = 0; i < l->ends.used; i++) {
		uint32_t e = v->by_address[i];
		struct sum *s = &v->sums[e];

		v->rank[e] = i;
		s->key = asset_key_of(l, e);
		s->asset = asset_key_id(l, &s->key);
		s->first_ns = end_at(l, e)->first_ns;
		s->last_ns = end_at(l, e)->last_ns;
		if (s->asset != 0)
			v->by_asset[v->assets_ends++] = e;
	}
	sum_times(l);
	sum_frames(l);
	qsort_r(v->by_asset, v->assets_ends, sizeof(v->by_asset[0]), order_asset, l);
}

/* ---- assets ---- */

/* Builds the asset whose ends begin at by_asset[i]; returns where the next one's begin. */
static uint32_t asset_at(struct ledger *l, uint32_t i, struct builder *b)
{
	struct view *v = l->view;
	uint64_t id = v->sums[v->by_asset[i]].asset;

	build_begin(b, l, &v->sums[v->by_asset[i]].key);
	for (; i < v->assets_ends && v->sums[v->by_asset[i]].asset == id; i++) {
		uint32_t e = v->by_asset[i];

		build_end(b, e, v->sums[e].first_ns, v->sums[e].last_ns);
	}
	build_finish(b, b->asset.last_ns, false);
	return i;
}

static void twin_add(struct view *v, const void *p, size_t n, uint64_t seed, uint64_t asset)
{
	if (v->twin_count < v->twin_cap)
		v->twins[v->twin_count++] = (struct twin){ hash_bytes(p, n, seed), asset };
}

static bool tells_apart(const struct fact_row *r)
{
	bool name = r != NULL && r->kind == FACT_NAME &&
		    (r->sub == NAME_SYSTEM || r->sub == NAME_NETBIOS || r->sub == NAME_HOST);

	return name && strlen(r->text) >= 3 && strcmp(r->text, "localhost") != 0;
}

/* What should be one thing's alone: its MAC, its serial number, the name it gives itself. */
static void twin_marks(struct view *v, const struct builder *b,
		       void (*use)(struct view *, const void *, size_t,
									    uint64_t, uint64_t))
{
	enum { MARK_MAC = 1, MARK_SERIAL, MARK_NAME };
	const struct asset *a = &b->asset;

	if (a->kind == ASSET_MAC && !ledger_mac_is_shared(a->mac))
		use(v, a->mac, 6, MARK_MAC, a->id);
	if (a->serial[0] != '\0')
		use(v, a->serial, strlen(a->serial), MARK_SERIAL, a->id);
	if (a->kind != ASSET_STATION && tells_apart(b->best[FACT_NAME]))
		use(v, a->name, strlen(a->name), MARK_NAME, a->id);
}

static void twins_gather(struct ledger *l)
{
	struct builder b;

	l->view->twin_count = 0;
	for (uint32_t i = 0; i < l->view->assets_ends;) {
		i = asset_at(l, i, &b);
		twin_marks(l->view, &b, twin_add);
	}
	qsort(l->view->twins, l->view->twin_count, sizeof(l->view->twins[0]), order_twin);
}

/* The smallest other asset with the same mark. */
static uint64_t twin_of(const struct view *v, uint64_t mark, uint64_t asset)
{
	uint32_t low = 0, high = v->twin_count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (v->twins[mid].mark < mark)
			low = mid + 1;
		else
			high = mid;
	}
	while (low < v->twin_count && v->twins[low].mark == mark && v->twins[low].asset == asset)
		low++;
	return low < v->twin_count && v->twins[low].mark == mark ? v->twins[low].asset : 0;
}

static void twin_set(struct builder *b)
{
	struct view *v = b->l->view;
	struct view probe = { .twins = (struct twin[TWINS_PER_END]){ { 0 } }, .twin_cap = TWINS_PER_END };
	struct asset *a = &b->asset;

	twin_marks(&probe, b, twin_add);
	for (uint32_t i = 0; i < probe.twin_count; i++) {
		uint64_t other = twin_of(v, probe.twins[i].mark, a->id);

		if (other != 0 && (a->twin == 0 || other < a->twin))
			a->twin = other;
	}
	if (a->twin != 0)
		a->flags |= ASSET_TWO_NETWORKS;
}

static bool visit_assets(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	struct builder b;

	twins_gather(l);
	for (uint32_t i = 0; i < l->view->assets_ends;) {
		i = asset_at(l, i, &b);
		twin_set(&b);
		if (!v->asset(ctx, &b.asset))
			return false;
	}
	return true;
}

/* ---- rows as they are ---- */

static bool visit_ends(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	for (uint32_t i = 0; i < l->ends.used; i++) {
		uint32_t row = l->view->by_address[i];
		const struct end *e = end_at(l, row);
		const struct sum *s = &l->view->sums[row];
		struct end_row r = {
			.id = e->id, .asset = s->asset, .tap = e->tap, .flags = e->flags, .proto = e->proto,
			.station = e->side.station, .vlan_count = e->vlan_count, .traits = e->traits,
			.role_proto = e->role_proto, .reads_ns = e->reads_ns,
			.read_minute = e->read_minute, .read_marks = e->read_marks, .first_ns = s->first_ns,
			.last_ns = s->last_ns, .frame = end_frame(l, row),
		};

		memcpy(r.mac, e->side.mac, sizeof(r.mac));
		memcpy(r.ip, e->side.ip, sizeof(r.ip));
		memcpy(r.vlans, e->vlans, sizeof(r.vlans));
		if (end_routed(l, row))
			r.flags |= END_ROUTED;
		if (!v->end(ctx, &r))
			return false;
	}
	return true;
}

static bool one_fact(struct ledger *l, uint32_t row, const struct builder *b, const struct ledger_visitor *v,
		     void *ctx)
{
	const struct fact_node *n = slab_at(&l->facts, row);
	struct fact_row r = n->row;
	unsigned kind = r.kind == FACT_NAME_OF_IP ? FACT_NAME : r.kind;

	r.end = end_at(l, n->end)->id;
	r.asset = l->view->sums[n->end].asset;
	r.best = b != NULL && b->best[kind] == &n->row;
	return v->fact(ctx, &r);
}

/* Facts in the order of assets first, so that the best of each is known; then those about no asset. */
static bool visit_facts(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	struct view *w = l->view;
	struct builder b;

	for (uint32_t i = 0, begin; i < w->assets_ends;) {
		begin = i;
		i = asset_at(l, i, &b);
		if (b.registry.kind != 0) {
			struct fact_row r = b.registry;

			r.best = b.best[FACT_VENDOR] == &b.registry;
			if (!v->fact(ctx, &r))
				return false;
		}
		uint32_t count = 0;

		for (uint32_t j = begin; j < i; j++)
			for (uint32_t f = end_at(l, w->by_asset[j])->facts; f != NONE32;
			     f = ((struct fact_node *)slab_at(&l->facts, f))->next)
				w->order[count++] = f;
		qsort_r(w->order, count, sizeof(w->order[0]), order_fact, l);
		for (uint32_t j = 0; j < count; j++)
			if (!one_fact(l, w->order[j], &b, v, ctx))
				return false;
	}
	order_sort(l, &l->facts, w->order, order_fact);
	for (uint32_t i = 0; i < l->facts.used; i++) {
		const struct fact_node *n = slab_at(&l->facts, w->order[i]);

		if (w->sums[n->end].asset == 0 && !one_fact(l, w->order[i], NULL, v, ctx))
			return false;
	}
	return true;
}

static bool visit_talks(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	const struct sum *sums = l->view->sums;

	order_sort(l, &l->talks, l->view->order, order_talk);
	for (uint32_t i = 0; i < l->talks.used; i++) {
		const struct talk *t = slab_at(&l->talks, l->view->order[i]);
		struct talk_row r = {
			.actor = end_at(l, t->actor)->id, .device = end_at(l, t->device)->id,
			.actor_asset = sums[t->actor].asset, .device_asset = sums[t->device].asset,
			.proto = t->proto, .port = t->port, .words = t->words,
			.sent = (uint8_t)((t->asked ? TALK_ASKED : 0) | (t->answered ? TALK_ANSWERED : 0) |
					  (t->shown ? TALK_SHOWN : 0)),
			.acts = t->acts, .done = t->done, .refused = t->refused,
			.partly = t->partly, .unanswered = t->unanswered, .first_ns = t->first_ns,
			.last_ns = t->last_ns, .frame = t->frame,
		};

		if (!v->talk(ctx, &r))
			return false;
	}
	return true;
}

static bool visit_flows(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	const struct sum *sums = l->view->sums;

	order_sort(l, &l->flows, l->view->order, order_flow);
	for (uint32_t i = 0; i < l->flows.used; i++) {
		const struct flow_node *f = slab_at(&l->flows, l->view->order[i]);
		struct flow_row r = f->row;

		r.client = end_at(l, f->client)->id;
		r.server = end_at(l, f->server)->id;
		r.client_asset = sums[f->client].asset;
		r.server_asset = sums[f->server].asset;
		if (!v->flow(ctx, &r))
			return false;
	}
	return true;
}

static bool visit_objects(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	const struct sum *sums = l->view->sums;

	order_sort(l, &l->objects, l->view->order, order_object);
	for (uint32_t i = 0; i < l->objects.used; i++) {
		const struct object_node *n = slab_at(&l->objects, l->view->order[i]);
		const struct talk *t = slab_at(&l->talks, n->talk);
		struct object_row r = n->row;

		r.actor = end_at(l, t->actor)->id;
		r.device = end_at(l, t->device)->id;
		r.actor_asset = sums[t->actor].asset;
		r.device_asset = sums[t->device].asset;
		if (!v->object(ctx, &r))
			return false;
	}
	return true;
}

static bool visit_programs(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	const struct sum *sums = l->view->sums;

	order_sort(l, &l->programs, l->view->order, order_program);
	for (uint32_t i = 0; i < l->programs.used; i++) {
		const struct program_node *n = slab_at(&l->programs, l->view->order[i]);
		const struct talk *t = slab_at(&l->talks, n->talk);
		struct program_row r = n->row;

		r.actor = end_at(l, t->actor)->id;
		r.device = end_at(l, t->device)->id;
		r.actor_asset = sums[t->actor].asset;
		r.device_asset = sums[t->device].asset;
		if (!v->program(ctx, &r))
			return false;
	}
	return true;
}

static bool visit_coverage(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	order_sort(l, &l->coverage, l->view->order, order_coverage);
	for (uint32_t i = 0; i < l->coverage.used; i++)
		if (!v->coverage(ctx, slab_at(&l->coverage, l->view->order[i])))
			return false;
	return true;
}

bool ledger_visit(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	look(l);
	return (v->end == NULL || visit_ends(l, v, ctx)) && (v->fact == NULL || visit_facts(l, v, ctx)) &&
	       (v->talk == NULL || visit_talks(l, v, ctx)) && (v->flow == NULL || visit_flows(l, v, ctx)) &&
	       (v->object == NULL || visit_objects(l, v, ctx)) &&
	       (v->program == NULL || visit_programs(l, v, ctx)) &&
	       (v->coverage == NULL || visit_coverage(l, v, ctx)) &&
	       (v->asset == NULL || visit_assets(l, v, ctx)) &&
	       (v->service == NULL || services_visit(l, v, ctx));
}

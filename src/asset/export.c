/* asset/export.c: reads the ledger out: every row in an order of its own making, and the assets that follow. */
#include "asset/ledger.h"
#include "asset/roles.h"

#include <errno.h>

struct sum {			/* of one end: what it sent, when; whose it is */
	struct asset_key key;
	uint64_t asset;
	int64_t first_ns, last_ns;
};

struct twin { uint64_t mark, asset; };	/* hash of a MAC, serial or name that should be one thing's alone */

struct view {
	struct sum *sums;		/* by end */
	uint32_t *by_address;	/* ends in the order of their addresses */
	uint32_t *rank;		/* place of an end there */
	uint32_t *by_asset;		/* ends of assets, those of one side by side */
	uint32_t *order;		/* any other table's rows */
	struct twin *twins;
	struct service_row *services;
	uint32_t assets_ends, twin_count, service_count;
	uint32_t end_cap, order_cap, twin_cap, service_cap;
};

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
	return sizeof(v) + v.end_cap * (sizeof(v.sums[0]) + 3 * sizeof(uint32_t)) + v.order_cap * sizeof(uint32_t) +
	       v.twin_cap * sizeof(v.twins[0]) + v.service_cap * sizeof(v.services[0]) + 256;
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

/* ---- orders ---- */

#define ORDER(a, b) do { if ((a) != (b)) return (a) < (b) ? -1 : 1; } while (0)

static int end_order(const void *pa, const void *pb, void *ctx)
{
	const struct ledger *l = ctx;
	const struct end *a = end_at(l, *(const uint32_t *)pa), *b = end_at(l, *(const uint32_t *)pb);
	int mac = memcmp(a->side.mac, b->side.mac, 6), ip = memcmp(a->side.ip, b->side.ip, 16);

	ORDER(a->tap, b->tap);
	if (mac != 0)
		return mac;
	if (ip != 0)
		return ip;
	ORDER(a->proto, b->proto);
	ORDER(a->side.station, b->side.station);
	return 0;
}

static int asset_order(const void *pa, const void *pb, void *ctx)
{
	const struct view *v = ((struct ledger *)ctx)->view;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	ORDER(v->sums[a].asset, v->sums[b].asset);
	ORDER(v->rank[a], v->rank[b]);
	return 0;
}

static int fact_order(const void *pa, const void *pb, void *ctx)
{
	const struct ledger *l = ctx;
	const struct fact_node *a = slab_at(&l->facts, *(const uint32_t *)pa);
	const struct fact_node *b = slab_at(&l->facts, *(const uint32_t *)pb);

	ORDER(l->view->rank[a->end], l->view->rank[b->end]);
	ORDER(a->row.kind, b->row.kind);
	ORDER(a->row.sub, b->row.sub);
	ORDER(a->row.source, b->row.source);
	ORDER(a->row.proto, b->row.proto);
	ORDER(a->row.number, b->row.number);
	return strcmp(a->row.text, b->row.text);
}

static int talk_compare(const struct ledger *l, const struct talk *a, const struct talk *b)
{
	ORDER(l->view->rank[a->actor], l->view->rank[b->actor]);
	ORDER(l->view->rank[a->device], l->view->rank[b->device]);
	ORDER(a->proto, b->proto);
	return 0;
}

static int talk_order(const void *pa, const void *pb, void *ctx)
{
	const struct ledger *l = ctx;

	return talk_compare(l, slab_at(&l->talks, *(const uint32_t *)pa), slab_at(&l->talks, *(const uint32_t *)pb));
}

static int flow_order(const void *pa, const void *pb, void *ctx)
{
	const struct ledger *l = ctx;
	const struct flow_node *a = slab_at(&l->flows, *(const uint32_t *)pa);
	const struct flow_node *b = slab_at(&l->flows, *(const uint32_t *)pb);

	ORDER(l->view->rank[a->client], l->view->rank[b->client]);
	ORDER(l->view->rank[a->server], l->view->rank[b->server]);
	ORDER(a->row.kind, b->row.kind);
	ORDER(a->row.ip_proto, b->row.ip_proto);
	ORDER(a->row.port, b->row.port);
	ORDER(a->row.ether, b->row.ether);
	ORDER(a->row.lsap, b->row.lsap);
	return 0;
}

static int object_order(const void *pa, const void *pb, void *ctx)
{
	const struct ledger *l = ctx;
	const struct object_node *a = slab_at(&l->objects, *(const uint32_t *)pa);
	const struct object_node *b = slab_at(&l->objects, *(const uint32_t *)pb);
	int talk = talk_compare(l, slab_at(&l->talks, a->talk), slab_at(&l->talks, b->talk));

	if (talk != 0)
		return talk;
	ORDER(a->row.word, b->row.word);
	ORDER(a->row.code, b->row.code);
	ORDER(a->row.verb, b->row.verb);
	ORDER(a->row.class, b->row.class);
	int text = strcmp(a->row.object, b->row.object);

	if (text != 0)
		return text;
	ORDER(a->row.key, b->row.key);
	return 0;
}

static int coverage_order(const void *pa, const void *pb, void *ctx)
{
	const struct ledger *l = ctx;
	const struct coverage_row *a = slab_at(&l->coverage, *(const uint32_t *)pa);
	const struct coverage_row *b = slab_at(&l->coverage, *(const uint32_t *)pb);

	ORDER(a->tap, b->tap);
	ORDER(a->vlan, b->vlan);
	ORDER(a->sum.minute_ns, b->sum.minute_ns);
	return 0;
}

static int twin_order(const void *pa, const void *pb)
{
	const struct twin *a = pa, *b = pb;

	ORDER(a->mark, b->mark);
	ORDER(a->asset, b->asset);
	return 0;
}

static int service_order(const void *pa, const void *pb)
{
	const struct service_row *a = pa, *b = pb;

	ORDER(a->asset, b->asset);
	ORDER(b->served, a->served);
	ORDER(a->proto, b->proto);
	ORDER(a->kind, b->kind);
	ORDER(a->ip_proto, b->ip_proto);
	ORDER(a->port, b->port);
	ORDER(a->ether, b->ether);
	return 0;
}

/* The rows of a slab, sorted. */
static void sort(struct ledger *l, const struct slab *s, uint32_t *order,
		 int (*compare)(const void *, const void *, void *))
{
	for (uint32_t i = 0; i < s->used; i++)
		order[i] = i;
	qsort_r(order, s->used, sizeof(order[0]), compare, l);
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

	sort(l, &l->ends, v->by_address, end_order);
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
	qsort_r(v->by_asset, v->assets_ends, sizeof(v->by_asset[0]), asset_order, l);
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
static void twin_marks(struct view *v, const struct builder *b, void (*use)(struct view *, const void *, size_t,
									    uint64_t, uint64_t))
{
	enum { MARK_MAC = 1, MARK_SERIAL, MARK_NAME };
	const struct asset *a = &b->asset;

	if (a->kind == ASSET_MAC && !mac_is_router_pair(a->mac))
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
	qsort(l->view->twins, l->view->twin_count, sizeof(l->view->twins[0]), twin_order);
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

/* ---- services ---- */

static void service_add(struct view *v, const struct service_row *r)
{
	if (r->asset != 0 && v->service_count < v->service_cap)
		v->services[v->service_count++] = *r;
}

static void services_of_flow(struct view *v, const struct flow_node *f)
{
	const struct flow_row *r = &f->row;
	struct service_row s = { .flows = r->opened, .first_ns = r->first_ns, .last_ns = r->last_ns };
	bool claimed = false;

	for (unsigned p = 0; p < PROTOS || !claimed; p++) {
		if (p < PROTOS && (r->protos[p / 64] >> p % 64 & 1) == 0)
			continue;
		s.proto = p < PROTOS ? (uint16_t)p : 0;
		if (p == PROTOS) {			/* no protocol of ours: the numbers on the wire */
			s.kind = r->kind;
			s.ip_proto = r->ip_proto;
			s.port = r->port;
			s.ether = r->ether;
		}
		claimed = true;
		s.asset = v->sums[f->client].asset;
		s.served = false;
		service_add(v, &s);
		s.asset = v->sums[f->server].asset;
		s.served = true;
		if (r->answered > 0)
			service_add(v, &s);
	}
}

static void services_gather(struct ledger *l)
{
	struct view *v = l->view;

	v->service_count = 0;
	for (uint32_t i = 0; i < l->talks.used; i++) {
		const struct talk *t = slab_at(&l->talks, i);
		struct service_row s = { .proto = t->proto, .acts = t->acts, .first_ns = t->first_ns,
					 .last_ns = t->last_ns };

		s.asset = t->asked ? v->sums[t->actor].asset : 0;
		service_add(v, &s);
		s.asset = t->answered ? v->sums[t->device].asset : 0;
		s.served = true;
		service_add(v, &s);
	}
	for (uint32_t i = 0; i < l->flows.used; i++)
		services_of_flow(v, slab_at(&l->flows, i));
	qsort(v->services, v->service_count, sizeof(v->services[0]), service_order);
}

static bool visit_services(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	const struct view *w = l->view;

	services_gather(l);
	for (uint32_t i = 0; i < w->service_count;) {
		struct service_row sum = w->services[i++];

		for (; i < w->service_count && service_order(&sum, &w->services[i]) == 0; i++) {
			const struct service_row *s = &w->services[i];

			sum.acts += s->acts;
			sum.flows += s->flows;
			sum.first_ns = s->first_ns < sum.first_ns ? s->first_ns : sum.first_ns;
			sum.last_ns = s->last_ns > sum.last_ns ? s->last_ns : sum.last_ns;
		}
		if (!v->service(ctx, &sum))
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
			.role_proto = e->role_proto, .reads_ns = e->reads_ns, .first_ns = s->first_ns,
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

static bool one_fact(struct ledger *l, uint32_t row, const struct builder *b, const struct ledger_visitor *v, void *ctx)
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
		qsort_r(w->order, count, sizeof(w->order[0]), fact_order, l);
		for (uint32_t j = 0; j < count; j++)
			if (!one_fact(l, w->order[j], &b, v, ctx))
				return false;
	}
	sort(l, &l->facts, w->order, fact_order);
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

	sort(l, &l->talks, l->view->order, talk_order);
	for (uint32_t i = 0; i < l->talks.used; i++) {
		const struct talk *t = slab_at(&l->talks, l->view->order[i]);
		struct talk_row r = {
			.actor = end_at(l, t->actor)->id, .device = end_at(l, t->device)->id,
			.actor_asset = sums[t->actor].asset, .device_asset = sums[t->device].asset, .proto = t->proto,
			.port = t->port, .words = t->words,
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

	sort(l, &l->flows, l->view->order, flow_order);
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

	sort(l, &l->objects, l->view->order, object_order);
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

static bool visit_coverage(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	sort(l, &l->coverage, l->view->order, coverage_order);
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
	       (v->coverage == NULL || visit_coverage(l, v, ctx)) &&
	       (v->asset == NULL || visit_assets(l, v, ctx)) && (v->service == NULL || visit_services(l, v, ctx));
}

/* ---- one asset ---- */

static void build_one(void *ctx, uint32_t end)
{
	const struct builder *b = ctx;
	const struct end *e = end_at(b->l, end);

	build_end(ctx, end, e->first_ns, e->last_ns);
}

bool ledger_asset_of(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s, int64_t at_ns,
		     bool before_changes, struct asset *ret_asset)
{
	uint32_t end = end_find(l, tap, proto, s);
	struct asset_key key = end == NONE32 ? (struct asset_key){ 0 } : asset_key_of(l, end);
	struct builder b;

	if (key.kind == 0)
		return false;
	build_begin(&b, l, &key);
	asset_ends(l, &key, build_one, &b);
	build_finish(&b, at_ns, before_changes);
	if (!ip_none(s->ip))
		memcpy(b.asset.ip, s->ip, sizeof(b.asset.ip));
	*ret_asset = b.asset;
	return true;
}

struct ends_list { struct ledger *l; struct side *out; size_t n, cap; uint32_t not; };

static void list_end(void *ctx, uint32_t end)
{
	struct ends_list *e = ctx;

	if (end != e->not && e->n < e->cap)
		e->out[e->n++] = end_at(e->l, end)->side;
}

size_t ledger_ends_of(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s, struct side *out, size_t cap)
{
	uint32_t end = end_find(l, tap, proto, s);
	struct asset_key key = end == NONE32 ? (struct asset_key){ 0 } : asset_key_of(l, end);
	struct ends_list list = { l, out, 0, cap, end };

	if (cap == 0)
		return 0;
	out[list.n] = *s;
	out[list.n++].port = 0;
	if (key.kind != 0)
		asset_ends(l, &key, list_end, &list);
	return list.n;
}

/* ---- names ---- */

void ledger_call_side(char *out, size_t cap, const struct side *s)
{
	char text_of[IP_TEXT] = "?";

	if (!ip_none(s->ip))
		ip_text(text_of, s->ip);
	else if (!mac_is_zero(s->mac))
		mac_text(text_of, s->mac);
	if (s->station != 0)
		snprintf(out, cap, "%s/%llu", text_of, (unsigned long long)s->station);
	else
		snprintf(out, cap, "%s", text_of);
}

static void address_of(char *out, size_t cap, const struct asset *a)
{
	struct side s = { .station = a->kind == ASSET_STATION ? a->station : 0 };

	memcpy(s.ip, a->ip, sizeof(s.ip));
	memcpy(s.mac, a->mac, sizeof(s.mac));
	ledger_call_side(out, cap, &s);
}

void ledger_name(char *out, size_t cap, const struct asset *a)
{
	char address[IP_TEXT + 24];
	const char *name = a->name[0] != '\0' ? a->name : a->vendor;

	address_of(address, sizeof(address), a);
	if (name[0] != '\0')
		snprintf(out, cap, "%s (%s)", name, address);
	else
		snprintf(out, cap, "%s", address);
}

void ledger_call(char *out, size_t cap, enum lang lang, const struct asset *a)
{
	char address[IP_TEXT + 24], role[64];
	bool unknown = strcmp(a->role, "unknown") == 0;

	if (a->name[0] != '\0' || unknown) {
		ledger_name(out, cap, a);
		return;
	}
	address_of(address, sizeof(address), a);
	snprintf(role, sizeof(role), "roles.%s", a->role);
	snprintf(out, cap, "%s%s%s (%s)", a->vendor, a->vendor[0] != '\0' ? " " : "", text(lang, role), address);
}

/* asset/order.c: the orders in which the ledger is read out: the same whatever order the records came in. */
#include "asset/view.h"

#include <stdlib.h>
#include <string.h>

#define ORDER(a, b) do { if ((a) != (b)) return (a) < (b) ? -1 : 1; } while (0)

int order_end(const void *pa, const void *pb, void *ctx)
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

int order_asset(const void *pa, const void *pb, void *ctx)
{
	const struct view *v = ((struct ledger *)ctx)->view;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	ORDER(v->sums[a].asset, v->sums[b].asset);
	ORDER(v->rank[a], v->rank[b]);
	return 0;
}

int order_fact(const void *pa, const void *pb, void *ctx)
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

int order_talk(const void *pa, const void *pb, void *ctx)
{
	const struct ledger *l = ctx;

	return talk_compare(l, slab_at(&l->talks, *(const uint32_t *)pa),
			    slab_at(&l->talks, *(const uint32_t *)pb));
}

int order_flow(const void *pa, const void *pb, void *ctx)
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

int order_object(const void *pa, const void *pb, void *ctx)
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

int order_program(const void *pa, const void *pb, void *ctx)
{
	const struct ledger *l = ctx;
	const struct program_node *a = slab_at(&l->programs, *(const uint32_t *)pa);
	const struct program_node *b = slab_at(&l->programs, *(const uint32_t *)pb);
	int talk = talk_compare(l, slab_at(&l->talks, a->talk), slab_at(&l->talks, b->talk));

	if (talk != 0)
		return talk;
	ORDER(a->row.verb, b->row.verb);
	int text = strcmp(a->row.name, b->row.name);

	return text != 0 ? text : strcmp(a->row.sha256, b->row.sha256);
}

int order_coverage(const void *pa, const void *pb, void *ctx)
{
	const struct ledger *l = ctx;
	const struct coverage_row *a = slab_at(&l->coverage, *(const uint32_t *)pa);
	const struct coverage_row *b = slab_at(&l->coverage, *(const uint32_t *)pb);

	ORDER(a->tap, b->tap);
	ORDER(a->vlan, b->vlan);
	ORDER(a->sum.minute_ns, b->sum.minute_ns);
	return 0;
}

int order_twin(const void *pa, const void *pb)
{
	const struct twin *a = pa, *b = pb;

	ORDER(a->mark, b->mark);
	ORDER(a->asset, b->asset);
	return 0;
}

int order_service(const void *pa, const void *pb)
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

void order_sort(struct ledger *l, const struct slab *s, uint32_t *order,
		int (*compare)(const void *, const void *, void *))
{
	for (uint32_t i = 0; i < s->used; i++)
		order[i] = i;
	qsort_r(order, s->used, sizeof(order[0]), compare, l);
}

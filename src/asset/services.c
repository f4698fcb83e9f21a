/* asset/services.c: what every asset offers and uses, summed over its flows and talks. */
#include "asset/view.h"

#include <stdlib.h>

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
	qsort(v->services, v->service_count, sizeof(v->services[0]), order_service);
}

bool services_visit(struct ledger *l, const struct ledger_visitor *v, void *ctx)
{
	const struct view *w = l->view;

	services_gather(l);
	for (uint32_t i = 0; i < w->service_count;) {
		struct service_row sum = w->services[i++];

		for (; i < w->service_count && order_service(&sum, &w->services[i]) == 0; i++) {
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

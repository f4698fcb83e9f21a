/* asset/flows.c: who connected to whom, and how much of the traffic was seen at all. */
#include "asset/ledger.h"
#include "asset/roles.h"

static bool same_flow(const struct flow_node *n, uint32_t client, uint32_t server, const struct flow_row *key)
{
	return n->client == client && n->server == server && n->row.port == key->port &&
	       n->row.kind == key->kind && n->row.ip_proto == key->ip_proto && n->row.ether == key->ether &&
		       n->row.lsap == key->lsap;
}

struct flow_node *flow_get(struct ledger *l, uint32_t client, uint32_t server, const struct flow_row *key)
{
	struct at at;
	uint64_t hash = hash_join(hash_join((uint64_t)client << 32 | server,
					    (uint64_t)key->port << 16 | key->ether),
				  (uint64_t)key->kind << 16 | (uint64_t)key->ip_proto << 8 | key->lsap);

	for (uint32_t i = index_first(&l->flow_at, hash, &at); i != NONE32;
	     i = index_after(&l->flow_at, &at)) {
		struct flow_node *n = slab_at(&l->flows, i);

		if (same_flow(n, client, server, key))
			return n;
	}
	struct flow_node *n = slab_get(&l->flows);

	if (n == NULL)
		return NULL;
	n->row = *key;
	n->client = client;
	n->server = server;
	n->tap = end_at(l, client)->tap;
	index_put(&l->flow_at, &at, slab_index(&l->flows, n));
	return n;
}

/* "Nobody listens here": the server is there, but it serves nothing. */
static bool is_refusal(const struct flow_info *i)
{
	enum { SYN = 2, RST = 4 };		/* RFC 9293 section 3.1 */

	return i->ip_proto == 6 && (i->tcp_flags[1] & RST) != 0 && (i->tcp_flags[1] & SYN) == 0 &&
	       i->payload[1] == 0;
}

/* Who was heard, in which VLAN, and what an answered port shows. */
static void flow_shows(struct ledger *l, const struct flow_node *n, const struct obs *o,
		       const struct flow_info *i)
{
	bool client = i->frames[0] > 0 || i->event == FLOW_OPENED;
	bool server = i->frames[1] > 0 || i->event == FLOW_ANSWERED;
	const struct end *c = end_at(l, n->client), *s = end_at(l, n->server);
	bool web = i->ip_proto == 6 && (o->device.port == 80 || o->device.port == 443);

	if (client) {
		end_heard(l, n->client);
		end_vlan(l, n->client, o->vlan);
	}
	if (!server)
		return;
	end_heard(l, n->server);
	end_vlan(l, n->server, o->vlan);
	if (is_refusal(i))
		return;
	end_show(l, n->server, role_port(i->ip_proto, o->device.port), 0);
	if (client && web && ip_public(s->side.ip) && !ip_public(c->side.ip))
		end_show(l, n->client, TRAIT(DID_ASK_INTERNET), 0);
}

static void flow_sum(struct flow_row *r, const struct flow_info *i)
{
	r->closed++;
	for (unsigned d = 0; d < 2; d++) {
		r->frames[d] += i->frames[d];
		r->bytes[d] += i->bytes[d];
		r->payload[d] += i->payload[d];
		r->missing[d] += i->missing[d];
	}
}

void flow_record(struct ledger *l, const struct obs *o)
{
	struct bytes own = rec_bytes(&o->rec, o->own);
	struct side client_side = o->actor, server_side = o->device;
	struct flow_info i;

	if (own.n < sizeof(i))
		return;
	memcpy(&i, own.p, sizeof(i));
	client_side.station = server_side.station = 0;
	uint32_t client = end_get(l, o->rec.tap, 0, &client_side);
	uint32_t server = end_get(l, o->rec.tap, 0, &server_side);

	if (client == NONE32 || server == NONE32)
		return;
	struct flow_row key = { .port = o->device.port, .kind = i.kind, .ip_proto = i.ip_proto,
				.ether = i.ether, .lsap = i.lsap, .first_ns = INT64_MAX, .last_ns = INT64_MIN,
				.frame = UINT64_MAX };
	struct flow_node *n = flow_get(l, client, server, &key);

	if (n == NULL)
		return;
	int64_t first_ns = i.opened_ns != 0 ? i.opened_ns : o->rec.at_ns;
	int64_t last_ns = i.last_ns != 0 ? i.last_ns : o->rec.at_ns;

	n->row.opened += i.event == FLOW_OPENED;
	n->row.answered += i.event == FLOW_ANSWERED && !is_refusal(&i);
	if (first_ns < n->row.first_ns)
		n->row.first_ns = first_ns;
	if (last_ns > n->row.last_ns)
		n->row.last_ns = last_ns;
	if (i.event == FLOW_OPENED && rec_evidence(&o->rec) < n->row.frame)
		n->row.frame = rec_evidence(&o->rec);
	if (o->rec.proto != 0 && o->rec.proto < PROTOS)
		n->row.protos[o->rec.proto / 64] |= UINT64_C(1) << o->rec.proto % 64;
	if (i.event == FLOW_CLOSED)
		flow_sum(&n->row, &i);
	flow_shows(l, n, o, &i);
}

/* ---- coverage ---- */

static void coverage_add(struct ledger *l, uint8_t tap, uint16_t vlan, const struct health *h)
{
	struct at at;
	uint64_t hash = hash_join((uint64_t)h->minute_ns, (uint64_t)tap << 16 | vlan);
	struct coverage_row *c = NULL;

	for (uint32_t i = index_first(&l->coverage_at, hash, &at); i != NONE32;
	     i = index_after(&l->coverage_at, &at)) {
		c = slab_at(&l->coverage, i);
		if (c->tap == tap && c->vlan == vlan && c->sum.minute_ns == h->minute_ns)
			break;
		c = NULL;
	}
	if (c == NULL) {
		c = slab_get(&l->coverage);
		if (c == NULL)
			return;
		*c = (struct coverage_row){ .tap = tap, .vlan = vlan, .sum.minute_ns = h->minute_ns };
		index_put(&l->coverage_at, &at, slab_index(&l->coverage, c));
	}
	c->sum.frames += h->frames;
	c->sum.bytes += h->bytes;
	c->sum.unicast += h->unicast;
	c->sum.group += h->group;
	c->sum.both_ways += h->both_ways;
	c->sum.one_way += h->one_way;
	c->sum.duplicates += h->duplicates;
	c->sum.cut += h->cut;
	c->sum.bad_checksum += h->bad_checksum;
	c->sum.dropped += h->dropped;
}

void coverage_record(struct ledger *l, const struct obs *o)
{
	struct bytes own = rec_bytes(&o->rec, o->own);
	struct health h;

	if (own.n < sizeof(h))
		return;
	memcpy(&h, own.p, sizeof(h));
	coverage_add(l, o->rec.tap, o->vlan, &h);
}

void ledger_load_coverage(struct ledger *l, const struct coverage_row *r)
{
	coverage_add(l, r->tap, r->vlan, &r->sum);
}

/* asset/identity.c: which address is which device. MAC first (per tap), then IP; nothing is remembered, so
 * every answer follows from all that was seen so far.
 *
 * A MAC sends with an IP. Is the IP the MAC's own, or is the MAC a router's that carries it from elsewhere?
 *  1. ARP, LLDP or DHCP tied the two: its own. (Beyond PROXY_MAX such ties the MAC answers for others: proxy
 *     ARP.)
 *  2. A link-local address never crosses a router, and an IPv6 address made from the MAC is its own.
 *  3. Another MAC is tied to the IP: not its own. A shared router MAC (VRRP, HSRP, GLBP) sends for others.
 *  4. The MAC has tied addresses: others in the same net are its own too; a few in other nets that are local
 *     here are second addresses; the rest come from elsewhere.
 *  5. No ties. One address alone is its own, unless it is an Internet address among private ones. Of several,
 *     those in nets local here are its own (up to FEW of a net), unless a MAC with fewer addresses sends with
 *     the same. With nothing local to compare, up to FEW are its own.
 * A net (/24, /64) is local where ties were seen or where a MAC has no other address. */
#include "asset/ledger.h"
#include "asset/roles.h"

enum {
	FEW = 3,
	SECOND = 2,	/* second addresses in other local nets */
	IP_WALK = 32,	/* MACs of one address looked at */
};

bool ledger_mac_is_shared(const uint8_t mac[6])
{
	static const struct { uint8_t n, head[5]; } shared[] = {
		{ 5, { 0x00, 0x00, 0x5e, 0x00, 0x01 } },	/* VRRP for IPv4, RFC 5798 section 7.3 */
		{ 5, { 0x00, 0x00, 0x5e, 0x00, 0x02 } },	/* VRRP for IPv6, there */
		{ 5, { 0x00, 0x00, 0x0c, 0x07, 0xac } },	/* HSRP, RFC 2281 section 5.2 */
		{ 4, { 0x00, 0x00, 0x0c, 0x9f } },		/* HSRP version 2: 0000.0c9f.fxxx */
		{ 4, { 0x00, 0x05, 0x73, 0xa0 } },		/* HSRP for IPv6: 0005.73a0.0xxx */
		{ 4, { 0x00, 0x07, 0xb4, 0x00 } },		/* GLBP: 0007.b400.xxyy */
	};

	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		if (memcmp(mac, shared[i].head, shared[i].n) == 0)
			return true;
	return false;
}

bool mac_is_virtual(const uint8_t mac[6])
{
	static const uint8_t heads[][3] = {
		/* VMware */
		{ 0x00, 0x05, 0x69 }, { 0x00, 0x0c, 0x29 }, { 0x00, 0x1c, 0x14 }, { 0x00, 0x50, 0x56 },
		{ 0x00, 0x15, 0x5d },	/* Hyper-V */
		{ 0x08, 0x00, 0x27 },	/* VirtualBox */
		{ 0x52, 0x54, 0x00 },	/* QEMU, KVM */
		{ 0x00, 0x16, 0x3e },	/* Xen */
		{ 0x00, 0x1c, 0x42 },	/* Parallels */
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		if (memcmp(mac, heads[i], 3) == 0)
			return true;
	return false;
}

/* An IPv6 interface identifier made from the MAC: RFC 4291 appendix A. */
static bool made_from(const uint8_t ip[16], const uint8_t mac[6])
{
	return ip[8] == (mac[0] ^ 2) && ip[9] == mac[1] && ip[10] == mac[2] && ip[11] == 0xff &&
	       ip[12] == 0xfe && ip[13] == mac[3] && ip[14] == mac[4] && ip[15] == mac[5];
}

static bool same_net(const uint8_t a[16], const uint8_t b[16])
{
	enum family f = ip_family(a);

	return f == ip_family(b) && (f == V4 ? memcmp(a + 12, b + 12, 3) == 0 : memcmp(a, b, 8) == 0);
}

/* Rule 4: is an address tied to this MAC in the same net. */
static bool near_tied(const struct ledger *l, const struct mac_node *m, const uint8_t ip[16])
{
	uint32_t ties = m->confirmed[V4] + m->confirmed[V6];

	for (uint32_t i = 0; i < ties && i < PROXY_MAX; i++)
		if (same_net(end_at(l, m->tied[i])->side.ip, ip))
			return true;
	return false;
}

/* Rule 5: addresses of the net of this one that the MAC sends with, this one included. */
static unsigned senders_near(const struct ledger *l, const struct mac_node *m, const uint8_t ip[16])
{
	uint32_t e = m->ends;
	unsigned n = 0;

	for (unsigned i = 0; e != NONE32 && i < END_WALK; i++, e = end_at(l, e)->next_of_mac)
		n += (end_at(l, e)->flags & END_HEARD) != 0 && same_net(end_at(l, e)->side.ip, ip);
	return n;
}

/* Rule 5: does a MAC with fewer addresses send with this one too. */
static bool nearer_sender(const struct ledger *l, const struct end *than)
{
	enum family f = ip_family(than->side.ip);
	uint32_t e = ip_at(l, than->ip)->ends;

	for (unsigned i = 0; e != NONE32 && i < IP_WALK; i++, e = end_at(l, e)->next_of_ip) {
		const struct end *other = end_at(l, e);

		if (other->mac != NONE32 && other->mac != than->mac && (other->flags & END_HEARD) != 0 &&
		    mac_at(l, other->mac)->sent[f] < mac_at(l, than->mac)->sent[f])
			return true;
	}
	return false;
}

static bool own_among_tied(struct ledger *l, const struct mac_node *m, const struct end *e, enum family f)
{
	if (near_tied(l, m, e->side.ip))
		return true;
	uint32_t net = net_of(l, e->tap, e->side.ip, false);

	return net != NONE32 && net_at(l, net)->confirmed > 0 && m->sent[f] <= m->confirmed[f] + SECOND;
}

static bool own_without_ties(struct ledger *l, const struct mac_node *m, const struct end *e, enum family f)
{
	const struct tap_state *t = &l->taps[e->tap];
	bool outside = ip_is_outside(l, e->tap, e->side.ip);
	uint32_t net = net_of(l, e->tap, e->side.ip, false);

	if (outside || nearer_sender(l, e))
		return false;
	if (m->sent[f] <= 1)
		return true;
	if (net != NONE32 && (net_at(l, net)->confirmed > 0 || net_at(l, net)->only > 0))
		return senders_near(l, m, e->side.ip) <= FEW;
	return t->nets[f] == 0 && m->sent[f] <= FEW;
}

/* Is the IP of this end (with a MAC, a heard or tied pair, no station) the MAC's own. */
static bool own(struct ledger *l, const struct end *e)
{
	const struct mac_node *m = mac_at(l, e->mac);
	enum family f = ip_family(e->side.ip);

	if ((e->flags & END_CONFIRMED) != 0)
		return m->confirmed[f] <= PROXY_MAX;
	if (ip_link_local(e->side.ip) || (f == V6 && made_from(e->side.ip, m->mac)))
		return true;
	if (ip_at(l, e->ip)->confirmed > 0 || ledger_mac_is_shared(m->mac))
		return false;
	return m->confirmed[f] > 0 ? own_among_tied(l, m, e, f) : own_without_ties(l, m, e, f);
}

/* The MAC an IP belongs to (the smallest, when several claim it), or the IP itself. */
static struct asset_key key_of_ip(struct ledger *l, uint32_t ip)
{
	const struct ip_node *n = ip_at(l, ip);
	uint32_t best = NONE32, e = n->ends;

	for (unsigned i = 0; e != NONE32 && i < IP_WALK; i++, e = end_at(l, e)->next_of_ip) {
		const struct end *x = end_at(l, e);

		if (x->mac == NONE32 || (x->flags & (END_HEARD | END_CONFIRMED)) == 0 ||
		    !mac_at(l, x->mac)->heard || !own(l, x))
			continue;
		if (best == NONE32 || memcmp(mac_at(l, x->mac)->mac, mac_at(l, best)->mac, 6) < 0)
			best = x->mac;
	}
	if (best != NONE32)
		return (struct asset_key){ .kind = ASSET_MAC, .node = best };
	if (n->heard)
		return (struct asset_key){ .kind = ASSET_IP, .node = ip };
	return (struct asset_key){ 0 };
}

static struct asset_key key_of_base(struct ledger *l, const struct end *e)
{
	if (e->mac != NONE32 && mac_at(l, e->mac)->heard) {
		bool sure = e->ip == NONE32 || ((e->flags & (END_HEARD | END_CONFIRMED)) != 0 && own(l, e));

		if (sure)
			return (struct asset_key){ .kind = ASSET_MAC, .node = e->mac };
	}
	return e->ip == NONE32 ? (struct asset_key){ 0 } : key_of_ip(l, e->ip);
}

/* A slot of the rack; a Modbus unit 255; and a unit 1 where no other units answer. */
static bool same_as_address(const struct ledger *l, const struct end *e)
{
	if (station_is_far(l, e->proto, e->side.station))
		return false;
	bool unit_one = l->station[e->proto] == STATION_UNIT && e->side.station == 1;

	return !unit_one || e->ip == NONE32 || ip_at(l, e->ip)->far_stations == 0;
}

struct asset_key asset_key_of(struct ledger *l, uint32_t row)
{
	const struct end *e = end_at(l, row);

	if ((e->flags & END_GROUP) != 0)
		return (struct asset_key){ 0 };
	if (e->base == NONE32)
		return key_of_base(l, e);
	struct asset_key base = key_of_base(l, end_at(l, e->base));
	if (same_as_address(l, e))
		return base;
	if (base.kind == 0 || (e->flags & END_HEARD) == 0)
		return (struct asset_key){ 0 };
	return (struct asset_key){ .kind = ASSET_STATION, .node = base.node, .base = base.kind,
				   .proto = e->proto, .station = e->side.station };
}

static bool asset_key_same(const struct asset_key *a, const struct asset_key *b)
{
	return a->kind == b->kind && a->node == b->node && a->base == b->base && a->proto == b->proto &&
	       a->station == b->station;
}

uint64_t asset_key_id(const struct ledger *l, const struct asset_key *k)
{
	uint8_t kind = k->kind == ASSET_STATION ? k->base : k->kind;
	struct side s = { .station = k->station };
	uint8_t tap;

	if (kind == 0)
		return 0;
	if (kind == ASSET_MAC) {
		memcpy(s.mac, mac_at(l, k->node)->mac, 6);
		tap = mac_at(l, k->node)->tap;
	} else {
		memcpy(s.ip, ip_at(l, k->node)->ip, 16);
		tap = ip_at(l, k->node)->tap;
	}
	return end_id(tap, k->proto, &s);
}

bool end_routed(struct ledger *l, uint32_t row)
{
	const struct end *e = end_at(l, row);

	return e->mac != NONE32 && e->ip != NONE32 && e->base == NONE32 && (e->flags & END_HEARD) != 0 &&
	       !own(l, e);
}

/* The stations of one base that belong to k. */
static void each_station(struct ledger *l, const struct asset_key *k, uint32_t base, unsigned *left,
			 void (*each)(void *ctx, uint32_t end), void *ctx)
{
	for (uint32_t e = end_at(l, base)->stations; e != NONE32 && *left > 0;
	     e = end_at(l, e)->next_station) {
		struct asset_key have = asset_key_of(l, e);

		--*left;
		if (asset_key_same(&have, k))
			each(ctx, e);
	}
}

static void each_end(struct ledger *l, const struct asset_key *k, uint32_t e, unsigned *left,
		     void (*each)(void *ctx, uint32_t end), void *ctx)
{
	struct asset_key have = asset_key_of(l, e);

	--*left;
	if (asset_key_same(&have, k))
		each(ctx, e);
	if (*left > 0)
		each_station(l, k, e, left, each, ctx);
}

void asset_ends(struct ledger *l, const struct asset_key *k, void (*each)(void *ctx, uint32_t end), void *ctx)
{
	uint8_t kind = k->kind == ASSET_STATION ? k->base : k->kind;
	unsigned left = END_WALK;

	if (kind == ASSET_IP) {
		for (uint32_t e = ip_at(l, k->node)->ends; e != NONE32 && left > 0;
		     e = end_at(l, e)->next_of_ip)
			each_end(l, k, e, &left, each, ctx);
		return;
	}
	for (uint32_t e = mac_at(l, k->node)->ends; e != NONE32 && left > 0; e = end_at(l, e)->next_of_mac) {
		const struct end *x = end_at(l, e);

		each_end(l, k, e, &left, each, ctx);
		if (x->ip == NONE32)
			continue;
		/* The same address seen without its MAC, or beyond a router. */
		for (uint32_t o = ip_at(l, x->ip)->ends; o != NONE32 && left > 0;
		     o = end_at(l, o)->next_of_ip)
			if (end_at(l, o)->mac != k->node)
				each_end(l, k, o, &left, each, ctx);
	}
}

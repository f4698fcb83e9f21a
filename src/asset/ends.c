/* asset/ends.c: the addresses the ledger has met, and the counts that identity rules need. */
#include "asset/ledger.h"
#include "asset/roles.h"

#include <assert.h>

enum { PREFIX_V4 = 24, PREFIX_V6 = 64 };

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

enum family ip_family(const uint8_t ip[16])
{
	return ip_is_v4(ip) ? V4 : V6;
}

bool ip_none(const uint8_t ip[16])
{
	static const uint8_t any4[4];

	return ip_is_zero(ip) || (ip_is_v4(ip) && memcmp(ip + 12, any4, 4) == 0);
}

bool ip_link_local(const uint8_t ip[16])
{
	if (ip_is_v4(ip))
		return ip[12] == 169 && ip[13] == 254;		/* RFC 3927 section 2.1 */
	return ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;		/* RFC 4291 section 2.5.6 */
}

bool ip_public(const uint8_t ip[16])
{
	if (memcmp(ip, mapped, sizeof(mapped)) != 0 || ip_is_group(ip) || ip_link_local(ip))
		return false;
	const uint8_t *a = ip + 12;
	bool private = a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168);
	bool shared = a[0] == 100 && (a[1] & 0xc0) == 64;	/* RFC 6598 */
	bool special = a[0] == 0 || a[0] == 127 || a[0] >= 240 || (a[0] == 198 && (a[1] & 0xfe) == 18);

	return !private && !shared && !special;			/* RFC 1918 section 3; RFC 6890 */
}

bool ip_is_outside(const struct ledger *l, uint8_t tap, const uint8_t ip[16])
{
	return ip_public(ip) && l->taps[tap].private_macs > 0 && l->taps[tap].public_ties == 0;
}

uint64_t end_id(uint8_t tap, uint16_t proto, const struct side *s)
{
	struct side key = side_bare(s);
	/* By the protocol's name: its number is another one in another version. */
	const struct proto *p = s->station == 0 ? NULL : proto_at(proto);
	uint64_t mark = p == NULL ? 0 : hash_bytes(p->name, strlen(p->name), 0);
	uint64_t id = hash_bytes(&key, sizeof(key), hash_join(mark, tap)) >> 11;

	return id == 0 ? 1 : id;
}

/* ---- nodes ---- */

static uint32_t mac_node(struct ledger *l, uint8_t tap, const uint8_t mac[6])
{
	struct at at;

	for (uint32_t m = index_first(&l->mac_at, hash_bytes(mac, 6, tap), &at); m != NONE32;
	     m = index_after(&l->mac_at, &at))
		if (mac_at(l, m)->tap == tap && memcmp(mac_at(l, m)->mac, mac, 6) == 0)
			return m;
	struct mac_node *n = slab_get(&l->macs);

	if (n == NULL)
		return NONE32;
	memcpy(n->mac, mac, 6);
	n->tap = tap;
	n->ends = NONE32;
	n->only_net[V4] = n->only_net[V6] = NONE32;
	index_put(&l->mac_at, &at, slab_index(&l->macs, n));
	return slab_index(&l->macs, n);
}

/* The node of an address, and where it belongs; NONE32: there is none. */
static uint32_t ip_find(const struct ledger *l, uint8_t tap, const uint8_t ip[16], struct at *ret_at)
{
	for (uint32_t i = index_first(&l->ip_at, hash_bytes(ip, 16, tap), ret_at); i != NONE32;
	     i = index_after(&l->ip_at, ret_at))
		if (ip_at(l, i)->tap == tap && memcmp(ip_at(l, i)->ip, ip, 16) == 0)
			return i;
	return NONE32;
}

bool ledger_ip_heard(const struct ledger *l, uint8_t tap, const uint8_t ip[16])
{
	struct at at;
	uint32_t i = ip_find(l, tap, ip, &at);

	return i != NONE32 && (ip_at(l, i)->heard || ip_at(l, i)->confirmed > 0);
}

static uint32_t ip_node(struct ledger *l, uint8_t tap, const uint8_t ip[16])
{
	struct at at;
	uint32_t known = ip_find(l, tap, ip, &at);

	if (known != NONE32)
		return known;
	struct ip_node *n = slab_get(&l->ips);

	if (n == NULL)
		return NONE32;
	memcpy(n->ip, ip, 16);
	n->tap = tap;
	n->ends = NONE32;
	index_put(&l->ip_at, &at, slab_index(&l->ips, n));
	return slab_index(&l->ips, n);
}

uint32_t net_of(struct ledger *l, uint8_t tap, const uint8_t ip[16], bool make)
{
	enum family f = ip_family(ip);
	uint64_t prefix = 0;
	struct at at;

	for (unsigned i = 0; i < 8; i++)
		prefix = prefix << 8 | (f == V4 ? (i < PREFIX_V4 / 8 ? ip[12 + i] : 0) : ip[i]);
	_Static_assert(PREFIX_V6 == 64, "the first eight bytes");
	uint64_t hash = hash_join(prefix, (uint64_t)tap << 1 | f);

	for (uint32_t n = index_first(&l->net_at, hash, &at); n != NONE32; n = index_after(&l->net_at, &at))
		if (net_at(l, n)->prefix == prefix && net_at(l, n)->tap == tap && net_at(l, n)->family == f)
			return n;
	struct net_node *n = make ? slab_get(&l->nets) : NULL;

	if (n == NULL)
		return NONE32;
	*n = (struct net_node){ .prefix = prefix, .tap = tap, .family = (uint8_t)f };
	index_put(&l->net_at, &at, slab_index(&l->nets, n));
	return slab_index(&l->nets, n);
}

/* Adds to the counts of a net and keeps the tap's number of local nets. */
static void net_count(struct ledger *l, uint32_t net, int confirmed, int only)
{
	if (net == NONE32)
		return;
	struct net_node *n = net_at(l, net);
	bool was = n->confirmed > 0 || n->only > 0;

	n->confirmed += (uint32_t)confirmed;
	n->only += (uint32_t)only;
	bool is = n->confirmed > 0 || n->only > 0;

	if (is != was)
		l->taps[n->tap].nets[n->family] += is ? 1u : UINT32_MAX;	/* unsigned: minus one */
}

/* ---- ends ---- */

static bool same_end(const struct end *e, uint8_t tap, uint16_t proto, const struct side *s)
{
	return e->tap == tap && e->proto == proto && e->side.station == s->station &&
	       memcmp(e->side.ip, s->ip, 16) == 0 && memcmp(e->side.mac, s->mac, 6) == 0;
}

static struct side tidy(const struct side *s)
{
	struct side t = side_bare(s);

	if (ip_none(t.ip))
		memset(t.ip, 0, sizeof(t.ip));
	return t;
}

static uint32_t find(const struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s, uint64_t id,
		     struct at *at)
{
	for (uint32_t e = index_first(&l->end_at, hash_mix(id), at); e != NONE32;
	     e = index_after(&l->end_at, at))
		if (same_end(end_at(l, e), tap, proto, s))
			return e;
	return NONE32;
}

uint32_t end_find(const struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s)
{
	struct side t = tidy(s);
	struct at at;

	proto = t.station == 0 ? 0 : proto;
	return find(l, tap, proto, &t, end_id(tap, proto, &t), &at);
}

uint32_t end_by_id(const struct ledger *l, uint64_t id)
{
	struct at at;

	for (uint32_t e = index_first(&l->end_at, hash_mix(id), &at); e != NONE32;
	     e = index_after(&l->end_at, &at))
		if (end_at(l, e)->id == id)
			return e;
	return NONE32;
}

/* Ties a new end to its MAC and IP, or to the end it is a station of. */
static void tie(struct ledger *l, uint32_t row, struct end *e, uint32_t base)
{
	if ((e->flags & END_GROUP) != 0)
		return;
	if (base != NONE32) {
		e->base = base;
		e->next_station = end_at(l, base)->stations;
		end_at(l, base)->stations = row;
		e->mac = end_at(l, base)->mac;
		e->ip = end_at(l, base)->ip;
		return;
	}
	if (!mac_is_zero(e->side.mac))
		e->mac = mac_node(l, e->tap, e->side.mac);
	if (!ip_is_zero(e->side.ip))
		e->ip = ip_node(l, e->tap, e->side.ip);
	if (e->mac != NONE32) {
		e->next_of_mac = mac_at(l, e->mac)->ends;
		mac_at(l, e->mac)->ends = row;
	}
	if (e->ip != NONE32) {
		e->next_of_ip = ip_at(l, e->ip)->ends;
		ip_at(l, e->ip)->ends = row;
	}
}

static uint32_t make(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s, uint64_t id)
{
	uint32_t base = NONE32;
	struct at at;

	if (s->station != 0) {
		struct side address = *s;

		address.station = 0;
		base = end_get(l, tap, 0, &address);
		if (base == NONE32)
			return NONE32;
	}
	find(l, tap, proto, s, id, &at);		/* its place, after the base may have taken it */
	struct end *e = l->silent_ends < l->silent_cap ? slab_get(&l->ends) : NULL;

	if (e == NULL) {
		l->ends_refused++;
		return NONE32;
	}
	uint32_t row = slab_index(&l->ends, e);

	*e = (struct end){
		.side = *s, .id = id, .proto = proto, .tap = tap, .first_ns = INT64_MAX, .last_ns = INT64_MIN,
		.reads_ns = INT64_MAX, .read_minute = INT64_MIN, .frame = UINT64_MAX,
		.mac = NONE32, .ip = NONE32, .next_of_mac = NONE32, .next_of_ip = NONE32,
		.base = NONE32, .stations = NONE32, .next_station = NONE32, .facts = NONE32,
	};
	if (ip_is_group(s->ip) || mac_is_group(s->mac))
		e->flags |= END_GROUP;
	l->silent_ends++;
	l->changes++;
	index_put(&l->end_at, &at, row);
	tie(l, row, e, base);
	return row;
}

uint32_t end_get(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s)
{
	struct side t = tidy(s);
	struct at at;

	if (ip_is_zero(t.ip) && mac_is_zero(t.mac))
		return NONE32;
	proto = t.station == 0 ? 0 : proto;
	uint64_t id = end_id(tap, proto, &t);
	uint32_t e = find(l, tap, proto, &t, id, &at);

	return e != NONE32 ? e : make(l, tap, proto, &t, id);
}

/* ---- what is known of an end ---- */

/* The MAC sent with an address that could also be another's: counts it. */
static void count_sender(struct ledger *l, const struct end *e)
{
	if (e->mac == NONE32 || e->ip == NONE32 || ip_link_local(e->side.ip))
		return;
	struct mac_node *m = mac_at(l, e->mac);
	enum family f = ip_family(e->side.ip);

	if (f == V4 && !ip_public(e->side.ip) && !m->sent_private) {
		m->sent_private = true;
		l->taps[e->tap].private_macs++;
	}
	m->sent[f]++;
	if (m->sent[f] == 1) {
		m->only_net[f] = net_of(l, e->tap, e->side.ip, true);
		net_count(l, m->only_net[f], 0, 1);
	} else if (m->only_net[f] != NONE32) {
		net_count(l, m->only_net[f], 0, -1);
		m->only_net[f] = NONE32;
	}
}

void end_heard(struct ledger *l, uint32_t row)
{
	struct end *e = end_at(l, row);

	if ((e->flags & (END_HEARD | END_GROUP)) != 0)
		return;
	if (l->heard_ends == l->heard_cap) {
		l->ends_refused++;
		return;
	}
	e->flags |= END_HEARD;
	l->changes++;
	l->heard_ends++;
	l->silent_ends--;
	if (e->base != NONE32) {
		end_heard(l, e->base);
		if (e->ip != NONE32 && station_is_far(l, e->proto, e->side.station))
			ip_at(l, e->ip)->far_stations++;
		return;
	}
	if (e->mac != NONE32)
		mac_at(l, e->mac)->heard = true;
	if (e->ip != NONE32)
		ip_at(l, e->ip)->heard = true;
	count_sender(l, e);
}

void end_confirmed(struct ledger *l, uint32_t row)
{
	struct end *e = end_at(l, row);

	if ((e->flags & (END_CONFIRMED | END_GROUP)) != 0 || e->mac == NONE32 || e->ip == NONE32)
		return;
	e->flags |= END_CONFIRMED;
	l->changes++;
	ip_at(l, e->ip)->confirmed++;
	if (ip_link_local(e->side.ip))
		return;
	struct mac_node *m = mac_at(l, e->mac);
	uint32_t ties = m->confirmed[V4] + m->confirmed[V6];

	if (ties < PROXY_MAX)
		m->tied[ties] = row;
	m->confirmed[ip_family(e->side.ip)]++;
	if (ip_public(e->side.ip))
		l->taps[e->tap].public_ties++;
	net_count(l, net_of(l, e->tap, e->side.ip, true), 1, 0);
}

/* Keeps the smallest ids, ascending, so that the order of sights does not matter. */
void end_vlan(struct ledger *l, uint32_t row, uint16_t vlan)
{
	struct end *e = end_at(l, row);
	unsigned i = 0;

	while (i < e->vlan_count && e->vlans[i] < vlan)
		i++;
	if (i < e->vlan_count && e->vlans[i] == vlan)
		return;
	if (e->vlan_count == END_VLANS) {
		e->flags |= END_VLANS_MORE;
		if (i == END_VLANS)
			return;
		e->vlan_count--;
	}
	memmove(e->vlans + i + 1, e->vlans + i, (e->vlan_count - i) * sizeof(e->vlans[0]));
	e->vlans[i] = vlan;
	e->vlan_count++;
}

void end_seen(struct end *e, int64_t first_ns, int64_t last_ns, uint64_t frame)
{
	if (first_ns < e->first_ns)
		e->first_ns = first_ns;
	if (last_ns > e->last_ns)
		e->last_ns = last_ns;
	if (frame < e->frame)
		e->frame = frame;
}

static uint64_t mark_of(int64_t minute)
{
	return minute == INT64_MIN ? 0 : UINT64_C(1) << ((uint64_t)minute % 64);
}

static int marks(uint64_t bits) { return __builtin_popcountll(bits); }

void end_reads(struct ledger *l, uint32_t row, int64_t minute)
{
	struct end *e = end_at(l, row);
	bool before = end_reads_long(e) != INT64_MAX;

	if (minute > e->read_minute) {
		e->read_marks |= mark_of(e->read_minute);
		e->read_minute = minute;
	} else if (minute < e->read_minute) {
		e->read_marks |= mark_of(minute);
	}
	l->changes += !before && end_reads_long(e) != INT64_MAX;
}

int64_t end_reads_long(const struct end *e)
{
	if (marks(e->read_marks) >= READ_MINUTES)
		return INT64_MIN;
	return marks(e->read_marks | mark_of(e->read_minute)) < READ_MINUTES ? INT64_MAX :
	       (e->read_minute + 1) * 60 * NS_PER_S;
}

void end_show(struct ledger *l, uint32_t row, uint64_t traits, uint16_t proto)
{
	struct end *e = end_at(l, row);

	l->changes += (e->traits & traits) != traits;
	e->traits |= traits;
	if (traits != 0 && use_is_ot(l->use[proto]) && (e->role_proto == 0 || proto < e->role_proto)) {
		e->role_proto = proto;
		l->changes++;
	}
	if (e->base != NONE32)
		end_show(l, e->base, traits, proto);
}

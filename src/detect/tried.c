/* detect/tried.c: detectors "ports-tried", "protocols-tried", "addresses-tried" and "half-open": somebody
 * knocks at one door after the other, or at one again and again without going in.
 *
 * What counts is what came to nothing, because programs that work know where to go: of one machine the
 * different ports that were closed or silent; of a network the different addresses at which nobody was
 * ever heard. A connection that opened is none of it, nor is one of which only half is seen, nor an
 * answer that went to a port of the asker's (UDP: only ports below 1024, which nobody is given to ask
 * from). Within one network an address is looked for with ARP, and where nobody is, nothing else is ever
 * sent; behind a router it is a connection or a question of ICMP. Who tries the same again adds nothing.
 *
 * Questions with ARP fold into one when there are too many a second, so they are counted until there are
 * enough, and no further: the alert is the same either way. They go to everybody and are heard where
 * answers are not. That nobody is at an address is only known of askers whose answers are seen: of two
 * machines, because one may be the computer that records.
 *
 * Those who look after devices and did when normal work was learned take inventories: `usual` parts
 * them.
 *
 * Half-open are connections the client never goes on with: different ones to one port, whoever asks,
 * because the address may be false. A port that is closed refuses them and is not troubled. */
#include <string.h>

#include "core/hash.h"
#include "detect/detector.h"
#include "detect/rule.h"
#include "detect/site.h"
#include "model/layers.h"

enum { WITHIN, DIFFERENT, USUAL };	/* of number[] */

static const struct number numbers[] = {
	[WITHIN] = { "within", NUM_SPAN, 1, 86400 },
	[DIFFERENT] = { "different", NUM_COUNT, 2, TIMES_MAX },
	[USUAL] = { "usual", NUM_COUNT, 0, 1 },
	{ NULL, 0, 0, 0 }
};

/* The first two of them, of half-open and protocols-tried: whoever does that. */
static const struct number flood_numbers[] = {
	[WITHIN] = { "within", NUM_SPAN, 1, 3600 },
	[DIFFERENT] = { "different", NUM_COUNT, 2, TIMES_MAX },
	{ NULL, 0, 0, 0 }
};

enum { NUMBERS = 1 << 16, KEPT = 1024, ZONE_INTERNET = 1, WELL_KNOWN = 1024 };

struct tried {
	uint8_t numbers[NUMBERS / 8];	/* a bit for each port, or for each hash of an address */
	struct times times;
	struct book_sum sum;
	int64_t first_ns, last_ns;	/* of new numbers */
	uint8_t peers[2][6];	/* of who asks with ARP: machines that were seen to answer it */
	unsigned peer_count;
	bool fired, told;
};

/* They are large, and few machines ever knock in vain. */
static uint32_t cap(const struct limits *l) { return l->correlations < KEPT ? l->correlations : KEPT; }

static bool is_new(struct tried *t, uint16_t number)
{
	uint8_t bit = (uint8_t)(1 << number % 8);
	bool was = (t->numbers[number / 8] & bit) != 0;

	t->numbers[number / 8] |= bit;
	return !was;
}

static void add_up(struct tried *t, int64_t at_ns, uint64_t frame)
{
	struct book_sum *s = &t->sum;

	if (s->acts == 0)
		t->first_ns = at_ns;
	s->acts++;
	s->last_ns = at_ns > s->last_ns ? at_ns : s->last_ns;
	if (s->frame_count < ALERT_FRAMES && (s->frame_count == 0 || s->frames[s->frame_count - 1] < frame))
		s->frames[s->frame_count++] = frame;
	times_add(&t->times, at_ns, 1);
}

/* Does the one who knocks belong to those this rule is about. */
static bool is_about(const struct detector *d, const struct obs *o)
{
	static const char *const roles[] = { "engineering", "network", "server" };
	struct party who = party_of(d->ledger, &o->rec, &o->actor, true);
	bool usual = false;

	if (d->tuned->kind->numbers == flood_numbers)
		return true;
	for (size_t i = 0; who.known && i < ARRAY_LEN(roles); i++)
		usual |= strcmp(who.asset.role, roles[i]) == 0;
	usual = usual && around_at_work(d->around, o->rec.tap, &o->actor);
	return usual == (d->tuned->number[USUAL] > 0);
}

/* Another port or address was tried for nothing. */
static void add(struct detector *d, const struct obs *o, struct tried *t, uint16_t number, int64_t at_ns,
		uint64_t frame)
{
	int64_t within_ns = (int64_t)d->tuned->number[WITHIN];
	struct obs told = *o;
	struct finding f = { .object = "", .sum = &t->sum };

	if (t->sum.acts > 0 && at_ns - t->last_ns > within_ns)
		memset(t, 0, sizeof(*t));
	if (!is_new(t, number))
		return;
	bool by_arp = o->rec.type == REC_ACT;

	t->last_ns = at_ns;
	if (!by_arp || !t->fired)
		add_up(t, at_ns, frame);
	t->fired |= times_within(&t->times, (unsigned)d->tuned->number[DIFFERENT], at_ns, within_ns);
	if (!t->fired || (by_arp && (t->told || t->peer_count < ARRAY_LEN(t->peers))) || !is_about(d, o))
		return;
	t->told = true;
	/* What they name lies behind o. */
	told.who = told.tunnels = told.own = told.note = told.object.name = (struct span){ 0 };
	told.rec.proto = 0;
	told.rec.at_ns = at_ns;
	told.rec.frame = frame;
	told.since_ns = 0;
	told.times = 1;
	told.outcome = OUT_UNANSWERED;
	f.first_ns = t->first_ns;
	d->raise(d->ctx, d->rule, &told, &f);
}

/* ---- flows ---- */

/* A flow that has ended, with what it was. */
static bool is_over(const struct obs *o, struct flow_info *ret)
{
	if (o->own.n < sizeof(*ret) || (o->flags & (FLAG_TO_GROUP | FLAG_MIDSTREAM)) != 0)
		return false;
	memcpy(ret, rec_bytes(&o->rec, o->own).p, sizeof(*ret));
	return ret->event == FLOW_CLOSED && ret->frames[0] > 0 && ret->payload[1] == 0;
}

/* The client never got as far as to say that it heard the other (RFC 9293 section 3.5). */
static bool never_opened(const struct flow_info *i)
{
	return (i->tcp_flags[0] & TCP_ACK) == 0 &&
	       (i->frames[1] == 0 || (i->tcp_flags[1] & (TCP_SYN | TCP_RST)) == TCP_RST);
}

static uint64_t frame_of(const struct obs *o) { return o->flow >> 26; }	/* rec_name() */

static void ports_flow(struct detector *d, const struct obs *o)
{
	struct flow_info i;

	if (!is_over(o, &i))
		return;
	bool unheard = i.kind == KIND_UDP && i.frames[1] == 0 && o->device.port < WELL_KNOWN;
	bool knock = i.kind == KIND_TCP ? never_opened(&i) : unheard;

	if (knock && o->device.port != 0)
		add(d, o, pieces_get(&d->pieces, pair_key(o), o->rec.at_ns), o->device.port, i.opened_ns,
		    frame_of(o));
}

/* Protocols beside TCP, UDP and ICMP: two machines speak one or two of them. */
static void protocols_flow(struct detector *d, const struct obs *o)
{
	struct flow_info i;

	if (is_over(o, &i) && i.kind == KIND_IP && i.frames[1] == 0)
		add(d, o, pieces_get(&d->pieces, pair_key(o), o->rec.at_ns), i.ip_proto, i.opened_ns,
		    frame_of(o));
}

static bool was_heard(const struct detector *d, const struct obs *o, const uint8_t ip[16])
{
	return d->ledger != NULL && ledger_ip_heard(d->ledger, o->rec.tap, ip);
}

static uint16_t address_number(const uint8_t ip[16])
{
	return (uint16_t)hash_bytes(ip, 16, 0);
}

static uint64_t asker_key(const struct obs *o, const uint8_t mac[6])
{
	return hash_bytes(mac, 6, o->rec.tap);
}

/* The machine at peer was seen to answer the one at asker. */
static void answers(struct detector *d, const struct obs *o, const uint8_t asker[6], const uint8_t peer[6])
{
	struct tried *t = pieces_find(&d->pieces, asker_key(o, asker), o->rec.at_ns);

	if (t == NULL || t->peer_count == ARRAY_LEN(t->peers))
		return;
	for (unsigned i = 0; i < t->peer_count; i++)
		if (memcmp(t->peers[i], peer, 6) == 0)
			return;
	memcpy(t->peers[t->peer_count++], peer, 6);
}

static bool is_answered(const struct obs *o)
{
	struct flow_info i;

	if (o->own.n < sizeof(i) || (o->flags & FLAG_TO_GROUP) != 0)
		return false;
	memcpy(&i, rec_bytes(&o->rec, o->own).p, sizeof(i));
	return i.event == FLOW_ANSWERED && i.kind != KIND_ETHER;
}

/* Is anybody there, with ICMP: echo, timestamp and information requests (RFC 792), address mask requests (RFC
 * 950), echo requests of IPv6 (RFC 4443). */
static bool asks_by_icmp(const struct flow_info *i)
{
	enum { ECHO = 8, TIMESTAMP = 13, INFORMATION = 15, ADDRESS_MASK = 17, ECHO_6 = 128 };
	uint8_t type = i->icmp[0];

	return i->kind == KIND_ICMP && (type == ECHO || type == TIMESTAMP || type == INFORMATION ||
					type == ADDRESS_MASK || type == ECHO_6);
}

static void addresses_flow(struct detector *d, const struct obs *o)
{
	struct flow_info i;

	if (is_answered(o)) {
		answers(d, o, o->actor.mac, o->device.mac);
		answers(d, o, o->device.mac, o->actor.mac);
	}
	if (!is_over(o, &i) || i.frames[1] != 0 || ip_is_zero(o->device.ip) || ip_is_group(o->device.ip))
		return;
	bool knock = i.kind == KIND_TCP ? never_opened(&i) : asks_by_icmp(&i);

	if (knock && site_zone(d->site, o->device.ip) != ZONE_INTERNET &&
	    !was_heard(d, o, o->device.ip))
		add(d, o, pieces_get(&d->pieces, end_key(o->rec.tap, &o->actor), o->rec.at_ns),
		    address_number(o->device.ip), i.opened_ns, frame_of(o));
}

/* ---- ARP ---- */

static void asks(struct detector *d, const struct obs *o)
{
	struct bytes name = rec_bytes(&o->rec, o->object.name);
	char text[IP_TEXT] = "";
	struct net net;

	memcpy(text, name.p, min_size(name.n, sizeof(text) - 1));
	if (!mac_is_zero(o->actor.mac) && net_parse(text, &net) && !was_heard(d, o, net.ip))
		add(d, o, pieces_get(&d->pieces, asker_key(o, o->actor.mac), o->rec.at_ns),
		    address_number(net.ip), o->rec.at_ns, o->rec.frame);
}

static void addresses_act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;

	if (o->verb == VERB_RESOLVE && o->outcome != OUT_DONE)
		asks(d, o);
	else if (o->verb == VERB_ANNOUNCE && !mac_is_zero(o->device.mac) && !mac_is_group(o->device.mac))
		answers(d, o, o->device.mac, o->actor.mac);
}

/* ---- connections that are left half open ---- */

static void half_open_flow(struct detector *d, const struct obs *o)
{
	struct flow_info i;

	if (!is_over(o, &i) || i.kind != KIND_TCP || (i.tcp_flags[0] & (TCP_SYN | TCP_ACK)) != TCP_SYN ||
	    (i.tcp_flags[1] & (TCP_SYN | TCP_RST)) == TCP_RST)
		return;
	uint64_t key = hash_join(end_key(o->rec.tap, &o->device), o->device.port);
	uint64_t client = hash_join(end_key(o->rec.tap, &o->actor), o->actor.port);

	add(d, o, pieces_get(&d->pieces, key, o->rec.at_ns), (uint16_t)(client >> 40), i.opened_ns,
	    frame_of(o));
}

const struct detector_kind detector_half_open = { .name = "half-open", .numbers = flood_numbers,
	.piece = sizeof(struct tried), .cap = cap, .flow = half_open_flow };

const struct detector_kind detector_ports_tried = { .name = "ports-tried", .numbers = numbers,
	.piece = sizeof(struct tried), .cap = cap, .flow = ports_flow };

const struct detector_kind detector_protocols_tried = { .name = "protocols-tried", .numbers = flood_numbers,
	.piece = sizeof(struct tried), .cap = cap, .flow = protocols_flow };

const struct detector_kind detector_addresses_tried = { .name = "addresses-tried", .numbers = numbers,
	.folds = true, .piece = sizeof(struct tried), .cap = cap, .act = addresses_act,
	.flow = addresses_flow };

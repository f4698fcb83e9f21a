/* detect/arp_between.c: detector "arp-between": a machine that says it is at the address of another.
 *
 * Two signs, one alert for each machine that shows them, which names it by its MAC address: the IP addresses
 * it speaks with are the ones it only says it has. More that claim the same address are part of its alert.
 *
 * - Two claim one address, both `within` so long. Which of the two is told of: the one that claims unasked,
 *   when the other only answers; else the one that came later. Never a MAC address that routers hand to each
 *   other, nor one that first asked whether the address is free (RFC 5227 section 2.1.1) and heard nothing
 *   since: a device that was exchanged, an address that was given to the next. Of one that claims again and
 *   again each claim counts, though it folds: what was said up to a minute ago may be known late, and then
 *   the alert tells of the same claim it would have told of at once.
 * - It says unasked that it is at an address, and itself asks who has it. A router and a firewall that
 *   answers for others (proxy ARP) claim many addresses, but only when somebody asks for them, and do not ask
 *   for what is theirs. Who puts itself between two machines tells each unasked that it is the other, and
 *   asks for both in its own name, before or after. Asked after it claimed: one address is enough; asked
 *   before, which two machines that stand in for each other do as well: two. Here only the first time of
 *   everything counts. */
#include <string.h>

#include "core/hash.h"
#include "detect/detector.h"
#include "detect/rule.h"

enum { WITHIN };			/* of number[] */
enum { CLAIMERS = 3 };			/* of one address that are remembered */

static const struct number numbers[] = {
	[WITHIN] = { "within", NUM_SPAN, 1, 86400 },
	{ NULL, 0, 0, 0 }
};

struct claimer {		/* of an address; last_ns 0: none */
	uint8_t mac[6], by[6];	/* where the address is said to be, and who first said so */
	int64_t since_ns, last_ns;	/* without a pause of `within` */
	int64_t first_ns;	/* its first claim of all, as evidence */
	uint64_t frame, flow;
	uint32_t ordinal;
};

struct said {			/* under an address, a MAC address, or both */
	int64_t asked_ns, claimed_ns;	/* 0: never */
	int64_t free_ns;	/* under both: asked whether the address is free */
	uint8_t asker[6];	/* of an address: who asked first */
	bool others;		/* somebody else asked, too */
	bool unasked;		/* claimed before anybody else asked, and not to everybody */
	bool told;
	uint64_t address;	/* of a MAC address: the first it claimed after it had asked */
	int64_t first_ns;
	struct claimer claimers[CLAIMERS];	/* of an address */
	uint8_t blamed[6];	/* of an address: who was told of; all zero: nobody */
};

static uint32_t cap(const struct limits *l) { return l->correlations; }

static uint64_t mac_key(const struct obs *o, const uint8_t mac[6])
{
	return hash_bytes(mac, 6, (uint64_t)o->rec.tap << 16 | o->vlan);
}

static uint64_t name_key(const struct obs *o)
{
	struct bytes name = rec_bytes(&o->rec, o->object.name);

	return hash_bytes(name.p, name.n, (uint64_t)o->rec.tap << 16 | o->vlan);
}

static uint64_t both_key(const struct obs *o, const uint8_t mac[6])
{
	return hash_join(name_key(o), mac_key(o, mac));
}

static bool same_mac(const uint8_t a[6], const uint8_t b[6]) { return memcmp(a, b, 6) == 0; }

static bool near(const struct detector *d, int64_t a, int64_t b)
{
	return a != 0 && b != 0 && (a > b ? a - b : b - a) <= (int64_t)d->tuned->number[WITHIN];
}

/* Is the act one the protocol calls so. */
static bool is_called(const struct obs *o, const char *key)
{
	const struct proto *p = proto_at(o->rec.proto);

	for (uint32_t i = 0; p != NULL && i < p->code_count; i++)
		if (p->codes[i].code == o->code)
			return strcmp(p->codes[i].key, key) == 0;
	return false;
}

/* Tells of the machine `by`, at the moment of this claim of it (NULL: this record): what it claims, and whose
 * that is as far as it is known. */
static void raise(struct detector *d, const struct obs *o, const struct claimer *at, const uint8_t by[6],
		  const uint8_t owner[6])
{
	struct bytes name = rec_bytes(&o->rec, o->object.name);
	char object[ALERT_TEXT], text[IP_TEXT] = "";
	const struct finding f = { .object = object, .by_mac = true };
	struct obs told = *o;
	struct net net;

	ledger_object(object, sizeof(object), o);
	memcpy(text, name.p, min_size(name.n, sizeof(text) - 1));
	told.actor = told.device = (struct side){ .port = 0 };
	memcpy(told.actor.mac, by, 6);
	if (net_parse(text, &net))
		memcpy(told.device.ip, net.ip, 16);
	if (owner != NULL)
		memcpy(told.device.mac, owner, 6);
	if (at != NULL) {
		told.rec.at_ns = at->first_ns;
		told.rec.frame = at->frame;
		told.rec.ordinal = at->ordinal;
		told.flow = at->flow;
	}
	/* What they name lies behind o. */
	told.who = told.tunnels = told.own = told.note = told.object.name = (struct span){ 0 };
	told.outcome = OUT_UNKNOWN;
	told.since_ns = 0;
	told.times = 1;
	told.rec.back = 0;
	d->raise(d->ctx, d->rule, &told, &f);
}

/* ---- an address that two claim ---- */

static struct claimer *claimer_of(struct said *address, const struct obs *o, const uint8_t mac[6])
{
	struct claimer *c = &address->claimers[0];

	for (unsigned i = 0; i < CLAIMERS; i++) {
		struct claimer *x = &address->claimers[i];

		if (x->last_ns != 0 && same_mac(x->mac, mac))
			return x;
		if (x->last_ns < c->last_ns)
			c = x;
	}
	*c = (struct claimer){ .first_ns = o->rec.at_ns, .frame = o->rec.frame, .flow = o->flow,
			       .ordinal = o->rec.ordinal };
	memcpy(c->mac, mac, 6);
	memcpy(c->by, o->verb == VERB_RESOLVE ? mac : o->actor.mac, 6);
	return c;
}

static void note_claim(const struct detector *d, struct claimer *c, const struct obs *o)
{
	int64_t since_ns = o->since_ns != 0 && o->since_ns < o->rec.at_ns ? o->since_ns : o->rec.at_ns;

	if (!near(d, c->last_ns, since_ns))
		c->since_ns = since_ns;
	c->last_ns = o->rec.at_ns > c->last_ns ? o->rec.at_ns : c->last_ns;
}

static bool meet(const struct detector *d, const struct claimer *a, const struct claimer *b)
{
	const struct claimer *later = a->since_ns > b->since_ns ? a : b, *earlier = later == a ? b : a;

	return earlier->last_ns >= later->since_ns || near(d, earlier->last_ns, later->since_ns);
}

static bool was_unasked(struct detector *d, const struct obs *o, const struct claimer *c)
{
	const struct said *both = pieces_find(&d->pieces, both_key(o, c->mac), o->rec.at_ns);

	return both != NULL && both->unasked;
}

/* Which of the two says what is not so. */
static const struct claimer *false_one(struct detector *d, const struct obs *o, const struct claimer *a,
				       const struct claimer *b)
{
	bool a_unasked = was_unasked(d, o, a), b_unasked = was_unasked(d, o, b);

	if (ledger_mac_is_shared(a->mac) || ledger_mac_is_shared(b->mac))
		return ledger_mac_is_shared(a->mac) ? b : a;
	if (a_unasked != b_unasked)
		return a_unasked ? a : b;
	return a->since_ns > b->since_ns || (a->since_ns == b->since_ns && a->frame > b->frame) ? a : b;
}

static void compare(struct detector *d, const struct obs *o, const struct claimer *a, const struct claimer *b)
{
	const struct claimer *it = false_one(d, o, a, b), *other = it == a ? b : a;
	struct said *both = pieces_get(&d->pieces, both_key(o, it->mac), o->rec.at_ns);
	bool was_free = both->free_ns != 0 && both->free_ns <= it->since_ns && other->last_ns < both->free_ns;

	if (both->told || was_free || ledger_mac_is_shared(it->mac))
		return;
	both->told = true;
	struct said *address = pieces_find(&d->pieces, name_key(o), o->rec.at_ns);
	uint8_t by[6];

	/* Many new devices may begin with one address: they are one alert. */
	memcpy(by, it->by, 6);
	if (address != NULL && mac_is_zero(address->blamed))
		memcpy(address->blamed, by, 6);
	else if (address != NULL)
		memcpy(by, address->blamed, 6);
	raise(d, o, it, by, other->mac);
}

static void disputes(struct detector *d, const struct obs *o, const uint8_t mac[6])
{
	struct said *address = pieces_get(&d->pieces, name_key(o), o->rec.at_ns);
	struct claimer *c = claimer_of(address, o, mac), all[CLAIMERS];
	size_t mine = (size_t)(c - address->claimers);

	note_claim(d, c, o);
	/* A piece may give way to another. */
	memcpy(all, address->claimers, sizeof(all));
	for (size_t i = 0; i < CLAIMERS; i++)
		if (i != mine && all[i].last_ns != 0 && meet(d, &all[mine], &all[i]))
			compare(d, o, &all[mine], &all[i]);
}

/* ---- an address that is claimed and asked for ---- */

static void asks(struct detector *d, const struct obs *o)
{
	uint64_t name = name_key(o);
	struct said *address = pieces_get(&d->pieces, name, o->rec.at_ns);

	if (address->asked_ns == 0)
		memcpy(address->asker, o->actor.mac, 6);
	else
		address->others |= !same_mac(address->asker, o->actor.mac);
	address->asked_ns = o->rec.at_ns;

	struct said *both = pieces_get(&d->pieces, both_key(o, o->actor.mac), o->rec.at_ns);

	if (both->free_ns == 0 && is_called(o, "probe"))
		both->free_ns = o->rec.at_ns;
	if (both->asked_ns != 0)
		return;
	both->asked_ns = o->rec.at_ns;
	if (!both->told && both->unasked && near(d, both->claimed_ns, both->asked_ns)) {
		both->told = true;
		raise(d, o, NULL, o->actor.mac, NULL);
	}
}

/* Claims it with a message of its own: an answer, or one that looks like one. */
static void claims(struct detector *d, const struct obs *o, const uint8_t mac[6])
{
	uint64_t name = name_key(o);
	const struct said *address = pieces_find(&d->pieces, name, o->rec.at_ns);
	bool wanted = address != NULL && address->asked_ns != 0 &&
		      (address->others || !same_mac(address->asker, mac));
	struct said *both = pieces_get(&d->pieces, both_key(o, mac), o->rec.at_ns);

	if (both->claimed_ns != 0)
		return;
	both->claimed_ns = o->rec.at_ns;
	both->unasked = !wanted;
	if (wanted || !near(d, both->asked_ns, both->claimed_ns))
		return;
	struct said *who = pieces_get(&d->pieces, mac_key(o, mac), o->rec.at_ns);
	bool second = who->address != name && near(d, who->first_ns, o->rec.at_ns);

	who->address = name;
	who->first_ns = o->rec.at_ns;
	both = pieces_get(&d->pieces, both_key(o, mac), o->rec.at_ns);
	if (second && !both->told) {
		both->told = true;
		raise(d, o, NULL, mac, NULL);
	}
}

static void act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;
	char text[MAC_TEXT] = "";
	struct bytes value = rec_bytes(&o->rec, o->value.raw);
	bool asked = o->verb == VERB_RESOLVE;
	uint8_t mac[6];

	if (o->object.name.n == 0 || mac_is_zero(o->actor.mac))
		return;
	if (asked)
		asks(d, o);
	memcpy(text, value.p, min_size(value.n, sizeof(text) - 1));
	if (value.n == 0 || !mac_parse(text, mac))
		return;
	if (!asked && is_called(o, "reply") && same_mac(mac, o->actor.mac))
		claims(d, o, mac);
	disputes(d, o, mac);
}

const struct detector_kind detector_arp_between = { .name = "arp-between", .numbers = numbers, .folds = true,
	.piece = sizeof(struct said), .cap = cap, .act = act };

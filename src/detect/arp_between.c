/* detect/arp_between.c: detector "arp-between": a machine that says it is at an address, and itself asks who
 * has that address.
 *
 * A router and a firewall that answers for others (proxy ARP) claim many addresses, but only when somebody
 * asks for them, and do not ask for what is theirs. Who puts itself between two machines tells each unasked
 * that it is the other, and asks for both in its own name, before or after. Asked after it claimed: one
 * address is enough; asked before, which two machines that stand in for each other do as well: two. Only the
 * first time of everything counts. */
#include <string.h>

#include "core/hash.h"
#include "detect/detector.h"
#include "detect/rule.h"

enum { WITHIN };			/* of number[] */

static const struct number numbers[] = {
	[WITHIN] = { "within", NUM_SPAN, 1, 86400 },
	{ NULL, 0, 0, 0 }
};

struct said {			/* under an address, a MAC address, or both */
	int64_t asked_ns, claimed_ns;	/* 0: never */
	uint8_t asker[6];	/* of an address: who asked first */
	bool others;		/* somebody else asked, too */
	bool unasked;		/* claimed before anybody else asked */
	uint64_t address;	/* of a MAC address: the first it claimed after it had asked */
	int64_t first_ns;
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

static bool near(const struct detector *d, int64_t a, int64_t b)
{
	return a != 0 && b != 0 && (a > b ? a - b : b - a) <= (int64_t)d->tuned->number[WITHIN];
}

static void raise(struct detector *d, const struct obs *o)
{
	const struct finding f = { .object = NULL };

	d->raise(d->ctx, d->rule, o, &f);
}

static void asks(struct detector *d, const struct obs *o)
{
	uint64_t name = name_key(o);
	struct said *address = pieces_get(&d->pieces, name, o->rec.at_ns);

	if (address->asked_ns == 0)
		memcpy(address->asker, o->actor.mac, 6);
	else
		address->others |= memcmp(address->asker, o->actor.mac, 6) != 0;
	address->asked_ns = o->rec.at_ns;

	struct said *both = pieces_get(&d->pieces, hash_join(name, mac_key(o, o->actor.mac)), o->rec.at_ns);

	if (both->asked_ns != 0)
		return;
	both->asked_ns = o->rec.at_ns;
	if (both->unasked && near(d, both->claimed_ns, both->asked_ns))
		raise(d, o);
}

static void claims(struct detector *d, const struct obs *o, const uint8_t mac[6])
{
	uint64_t name = name_key(o);
	const struct said *address = pieces_find(&d->pieces, name, o->rec.at_ns);
	bool wanted = address != NULL && (address->others || memcmp(address->asker, mac, 6) != 0);
	struct said *both = pieces_get(&d->pieces, hash_join(name, mac_key(o, mac)), o->rec.at_ns);

	if (both->claimed_ns != 0)
		return;
	both->claimed_ns = o->rec.at_ns;
	both->unasked = !wanted;
	if (wanted || !near(d, both->asked_ns, both->claimed_ns))
		return;
	struct said *who = pieces_get(&d->pieces, mac_key(o, mac), o->rec.at_ns);

	if (who->address != name && near(d, who->first_ns, o->rec.at_ns))
		raise(d, o);
	who->address = name;
	who->first_ns = o->rec.at_ns;
}

static void act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;
	char text[MAC_TEXT] = "";
	struct bytes value = rec_bytes(&o->rec, o->value.raw);
	uint8_t mac[6];

	if (o->object.name.n == 0 || mac_is_zero(o->actor.mac))
		return;
	if (o->verb == VERB_RESOLVE) {
		asks(d, o);
		return;
	}
	memcpy(text, value.p, min_size(value.n, sizeof(text) - 1));
	if (value.n > 0 && mac_parse(text, mac) && memcmp(mac, o->actor.mac, 6) == 0)
		claims(d, o, mac);
}

const struct detector_kind detector_arp_between = { .name = "arp-between", .numbers = numbers, .folds = true,
	.piece = sizeof(struct said), .cap = cap, .act = act };

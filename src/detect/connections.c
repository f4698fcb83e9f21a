/* detect/connections.c: detectors "connections" and "connections-held": a control that takes few clients at
 * a time has none left for the next, or one client has all of them.
 *
 * That is so when a client is turned away (reset, not answered, or closed without a word) while as many
 * others are connected as the control takes. Where it listens is known from the first act the rule is true
 * of. */
#include <string.h>

#include "core/hash.h"
#include "detect/detector.h"
#include "detect/rule.h"
#include "model/layers.h"

enum { CLIENTS, HELD };			/* of number[]; HELD: of connections-held */

static const struct number numbers[] = {
	[CLIENTS] = { "clients", NUM_COUNT, 1, 15 },	/* at a time */
	{ NULL, 0, 0, 0 }
};

static const struct number held_numbers[] = {
	[CLIENTS] = { "clients", NUM_COUNT, 1, 15 },
	[HELD] = { "held", NUM_SPAN, 1, 86400 },	/* for so long */
	{ NULL, 0, 0, 0 }
};

enum { SLOTS = 16 };

struct slot {			/* a connection */
	uint64_t flow;		/* 0: free */
	uint64_t messages;
	int64_t since_ns;
	int64_t active_ns;	/* when it last said something new */
	struct side client;
	bool taken;		/* the control has answered it */
};

struct port {
	struct slot slots[SLOTS];
	uint16_t proto;
	bool held;		/* one client has all, and that was said */
};

static uint32_t cap(const struct limits *l) { return l->correlations; }

static struct slot *slot_of(struct port *p, uint64_t flow)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (p->slots[i].flow == flow)
			return &p->slots[i];
	return NULL;
}

static struct slot *slot_new(struct port *p, const struct obs *o)
{
	struct slot *s = slot_of(p, 0);

	if (s != NULL)
		*s = (struct slot){ .flow = o->flow, .since_ns = o->rec.at_ns,
				    .active_ns = o->rec.at_ns, .client = o->actor };
	return s;
}

static uint64_t port_key(const struct obs *o)
{
	return hash_join(end_key(o->rec.tap, &o->device), o->device.port);
}

/* Later acts may be counts of folded ones, whose connection is closed by then. */
static void act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;
	struct port *p = obs_transport(o) != 6 ? NULL : pieces_get(&d->pieces, port_key(o), o->rec.at_ns);
	struct slot *first = p == NULL || p->proto != 0 ? NULL : slot_new(p, o);

	if (first == NULL)
		return;
	p->proto = o->rec.proto;
	first->taken = true;
}

/* How many others are connected, and which of them was quiet for longest. */
static unsigned others(const struct port *p, const struct slot *mine, const struct slot **ret_quietest)
{
	unsigned n = 0;

	*ret_quietest = NULL;
	for (unsigned i = 0; i < SLOTS; i++) {
		const struct slot *s = &p->slots[i];

		if (s->flow == 0 || !s->taken || s == mine)
			continue;
		n++;
		if (*ret_quietest == NULL || s->active_ns < (*ret_quietest)->active_ns)
			*ret_quietest = s;
	}
	return n;
}

static void say(struct detector *d, const struct port *p, const struct obs *o, const struct slot *quietest,
		uint8_t outcome)
{
	struct obs told = *o;
	char name[IP_TEXT];
	struct finding f = { .object = name };

	ip_text(name, quietest->client.ip);
	/* What they name lies behind o. */
	told.who = told.tunnels = told.own = told.note = told.object.name = (struct span){ 0 };
	told.rec.proto = p->proto;
	told.times = 1;
	told.outcome = outcome;
	d->raise(d->ctx, d->rule, &told, &f);
}

/* The place of the connection that is told of, a new one if need be; NULL: it is none of a control's. */
static struct slot *slot_told(struct detector *d, const struct obs *o, struct flow_info *ret_info,
			      struct port **ret_port)
{
	if (o->own.n < sizeof(*ret_info) || o->flow == 0)
		return NULL;
	memcpy(ret_info, rec_bytes(&o->rec, o->own).p, sizeof(*ret_info));
	if (ret_info->kind != KIND_TCP)
		return NULL;
	struct port *p = *ret_port = pieces_find(&d->pieces, port_key(o), o->rec.at_ns);
	struct slot *s = p == NULL ? NULL : slot_of(p, o->flow);

	if (s == NULL && p != NULL && ret_info->event != FLOW_CLOSED)
		s = slot_new(p, o);
	if (s != NULL)
		s->taken |= ret_info->frames[1] > 0 &&
			    (ret_info->tcp_flags[1] & (TCP_SYN | TCP_RST)) != TCP_RST;
	return s;
}

static void flow(struct detector *d, const struct obs *o)
{
	struct flow_info info;
	const struct slot *quietest;

	struct port *p;
	struct slot *s = slot_told(d, o, &info, &p);

	if (s == NULL)
		return;
	if (info.messages != s->messages) {
		s->messages = info.messages;
		s->active_ns = o->rec.at_ns;
	}
	if (info.event != FLOW_CLOSED)
		return;
	bool turned_away = info.messages == 0 && info.payload[1] == 0 && info.end != FLOW_END_CAPTURE &&
			   info.end != FLOW_END_EVICTED && (!s->taken || (info.tcp_flags[1] & TCP_RST) != 0);

	if (turned_away && others(p, s, &quietest) >= (unsigned)d->tuned->number[CLIENTS])
		say(d, p, o, quietest, OUT_REFUSED);
	*s = (struct slot){ .flow = 0 };
}

/* One client has had as many for so long as the control takes: there is no place for another, whether one
 * comes or not. What is connected is counted before it is taken off. */
static void held_flow(struct detector *d, const struct obs *o)
{
	struct flow_info info;
	const struct slot *oldest = NULL;
	unsigned n = 0, all = 0;

	struct port *p;
	struct slot *s = slot_told(d, o, &info, &p);

	if (s == NULL)
		return;
	for (unsigned i = 0; i < SLOTS; i++) {
		const struct slot *other = &p->slots[i];
		bool same =
			other->flow != 0 && other->taken && memcmp(other->client.ip, s->client.ip, 16) == 0;

		all += same;
		n += same && o->rec.at_ns - other->since_ns >= (int64_t)d->tuned->number[HELD];
		if (same && (oldest == NULL || other->since_ns < oldest->since_ns))
			oldest = other;
	}
	if (n >= (unsigned)d->tuned->number[CLIENTS] && !p->held) {
		p->held = true;
		say(d, p, o, oldest, OUT_DONE);
	}
	if (info.event == FLOW_CLOSED) {
		p->held &= all > (unsigned)d->tuned->number[CLIENTS];
		*s = (struct slot){ .flow = 0 };
	}
}

const struct detector_kind detector_connections = { .name = "connections", .numbers = numbers,
	.piece = sizeof(struct port), .cap = cap, .act = act, .flow = flow };

const struct detector_kind detector_connections_held = { .name = "connections-held", .numbers = held_numbers,
	.piece = sizeof(struct port), .cap = cap, .act = act, .flow = held_flow };

/* proto/dhcpv6.c: DHCPv6, which device got which addresses and prefixes from whom, what it said of itself.
 *
 * Spec:    RFC 8415 (messages, options, relays), RFC 3646 (DNS), RFC 4704 (FQDN), RFC 4075 and RFC 5908 (time
 *          servers), RFC 6939 (what a relay saw of the client).
 * Message: type:1 transaction:3, then options code:2 n:2 value. Of a relay: type:1 hops:1 link address:16
 *          peer address:16, then options; one of them holds the message that is passed on.
 * Units:   big-endian; times in s.
 * Emits:   LEASE. What a client sends to everybody is a PUSH, because its answer comes in another flow; a
 *          unicast request is an ASK, and what answers it in the same flow its ANSWER; any other reply is a
 *          PUSH. The actor is the device that wants an address, the device the server, whoever sent the
 *          message; behind a relay the ends are the relay's. code is that of the message inside all relays.
 *          Facts about the client: NAME, OS or ROLE_HINT by its vendor class, ROLE_HINT with the options it
 *          asks for; of a REPLY IP_OF_MAC and NAME_OF_IP until the lease ends; the server SERVES; ROLE_HINT
 *          of the name and time servers it hands out.
 * State:   digests of the facts said last.
 * Missing: message types above 13 (lease queries, failover); options of vendors are not looked into;
 *          authentication; TCP. */
#include "proto/dhcpv6.h"

#include "core/buf.h"

static const struct proto_space spaces[] = {
	{ "address", "{name}" },
	{ "prefix", "{name}" },
	{ NULL, NULL }
};
enum { SPACE_ADDRESS = 1, SPACE_PREFIX };

/* ---- acts ---- */

static struct span ip_of(struct proto_ctx *x, const uint8_t ip[16])
{
	char text[IP_TEXT];

	ip_text(text, ip);
	return act_str(x, text);
}

static struct span texts(struct proto_ctx *x, const struct span *spans, size_t n)
{
	void *room;
	struct span list = act_room(x, n * sizeof(*spans), &room);

	if (room != NULL)
		memcpy(room, spans, n * sizeof(*spans));
	return list;
}

static struct span ips_of(struct proto_ctx *x, const uint8_t *p, size_t n)
{
	struct span spans[ADDRESSES_MAX];

	n = min_size(n, ADDRESSES_MAX);
	for (size_t i = 0; i < n; i++)
		spans[i] = ip_of(x, p + 16 * i);
	return texts(x, spans, n);
}

static struct span name_of(struct proto_ctx *x, struct cursor *c)
{
	char text[NAME_ROOM];
	size_t n = dhcpv6_name(c, text);

	return act_text(x, (struct bytes){ (const uint8_t *)text, n });
}

static struct span names_of(struct proto_ctx *x, struct bytes b)
{
	struct span spans[TEXTS_MAX];
	struct cursor c = cur_over(b);
	size_t n = 0;

	while (c.left > 0 && n < TEXTS_MAX)
		spans[n++] = name_of(x, &c);
	return texts(x, spans, n);
}

static struct span classes_of(struct proto_ctx *x, struct bytes b)
{
	struct span spans[TEXTS_MAX];
	struct cursor c = cur_over(b);
	struct bytes one;
	size_t n = 0;

	cur_be32(&c);
	while (n < TEXTS_MAX && dhcpv6_class(&c, &one))
		spans[n++] = act_text(x, one);
	return texts(x, spans, n);
}

static struct span leases_of(struct proto_ctx *x, const struct dhcpv6_leases *all)
{
	void *room;
	struct span list = act_room(x, all->n * sizeof(all->of[0]), &room);

	if (room != NULL)
		memcpy(room, all->of, all->n * sizeof(all->of[0]));
	return list;
}

static void own(struct proto_ctx *x, const struct dhcpv6 *m)
{
	struct cursor fqdn = cur_over(m->fqdn);
	struct dhcpv6_own o = {
		.type = m->type < DHCPV6_TYPES ? m->type : 0, .relays = m->relays, .xid = m->xid,
		.status = m->status, .class_enterprise = dhcpv6_enterprise(m->vendor_class),
		.vendor_enterprise = dhcpv6_enterprise(m->vendor),
		.client = act_text(x, m->client), .server = act_text(x, m->server), .fqdn = name_of(x, &fqdn),
		.message = act_text(x, m->text), .interface = act_text(x, m->interface),
		.vendor = act_text(x, m->vendor), .params = act_text(x, m->params),
		.addresses = leases_of(x, &m->addresses), .prefixes = leases_of(x, &m->prefixes),
		.classes = classes_of(x, m->vendor_class), .dns = ips_of(x, m->dns.p, m->dns.n / 16),
		.domains = names_of(x, m->domains), .ntp = ips_of(x, m->times[0], m->time_count),
	};

	dhcpv6_duid(m->client, o.mac, &o.client_enterprise);
	dhcpv6_mac(m, o.mac);
	memcpy(o.link, m->link, sizeof(o.link));
	memcpy(o.peer, m->peer, sizeof(o.peer));
	struct dhcpv6_own *w = act_own(x, sizeof(*w));

	if (w != NULL)
		*w = o;
}

/* The address or prefix the message is about: given, asked for, or in use. */
static void set_object(struct proto_ctx *x, struct obs *o, const struct dhcpv6 *m)
{
	char text[IP_TEXT + 4];
	struct buf b = buf_over(text, sizeof(text));
	const struct dhcpv6_leases *all = m->addresses.n > 0 ? &m->addresses : &m->prefixes;

	if (all->n == 0 || (all == &m->addresses && ip_is_zero(all->of[0].ip)))
		return;
	ip_text(text, all->of[0].ip);
	b.n = strlen(text);
	if (all == &m->prefixes) {
		buf_char(&b, '/');
		buf_u64(&b, all->of[0].length);
	}
	o->object.space = all == &m->prefixes ? SPACE_PREFIX : SPACE_ADDRESS;
	o->object.name = act_str(x, text);
}

static void set_outcome(struct obs *o, const struct dhcpv6 *m)
{
	if (m->type != ADVERTISE && m->type != REPLY)
		return;
	o->result = m->status;
	if (m->all_refused || (m->refused > 0 && m->granted == 0))
		o->outcome = OUT_REFUSED;
	else
		o->outcome = m->refused > 0 ? OUT_PARTLY : OUT_DONE;
}

static bool dhcpv6_message(struct proto_ctx *x, struct cursor msg)
{
	struct dhcpv6 m = { 0 };
	struct side sender = x->from_client ? flow_client(x) : flow_server(x);
	struct side other = x->from_client ? flow_server(x) : flow_client(x);

	x->why = dhcpv6_read(&m, msg, (x->l->flags & LAYER_CUT) != 0);
	if (x->why != NULL)
		return false;
	bool asks = dhcpv6_asks(&m);
	bool waits = asks && m.type < RELAY_FORW && (x->l->flags & LAYER_GROUP) == 0;
	const struct ask *ask = asks ? NULL : pair_answer(x, m.xid);
	struct obs *o = act_begin_row(x, proto_code(&proto_dhcpv6, m.type), m.type);

	o->phase = ask != NULL ? PHASE_ANSWER : waits ? PHASE_ASK : PHASE_PUSH;
	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->actor = asks ? sender : other;
	o->device = asks ? other : sender;
	set_outcome(o, &m);
	set_object(x, o, &m);
	own(x, &m);
	struct side client = o->actor, server = o->device;
	uint64_t act = act_emit(x);

	if (waits)
		pair_ask(x, m.xid, act, NULL, 0);
	dhcpv6_facts(x, &m, &client, &server);
	return true;
}

/* ---- recognising ---- */

static bool is_dhcpv6_port(uint16_t port)
{
	return port == PORT_SERVER || port == PORT_CLIENT;
}

static unsigned dhcpv6_probe(const struct proto_ctx *x, struct cursor head)
{
	struct dhcpv6 m = { 0 };

	if (!is_dhcpv6_port(flow_client(x).port) && !is_dhcpv6_port(flow_server(x).port))
		return 0;
	return dhcpv6_read(&m, head, (x->l->flags & LAYER_CUT) != 0) == NULL ? 90 : 15;
}

const struct proto proto_dhcpv6 = {
	.name = "dhcpv6", .on = ON_UDP, .ports = { PORT_SERVER, PORT_CLIENT },
	.verified = VERIFIED_CAPTURE,
	.state_size = sizeof(struct dhcpv6_state), .own_size = sizeof(struct dhcpv6_own),
	.codes = dhcpv6_codes, .code_count = DHCPV6_CODES, .spaces = spaces, .fields = dhcpv6_fields,
	.probe = dhcpv6_probe, .message = dhcpv6_message,
};

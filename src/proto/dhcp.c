/* proto/dhcp.c: DHCP and BOOTP, which device got which address from whom, and what it said of itself.
 *
 * Spec:    RFC 2131 (messages), RFC 2132 (options), RFC 3396 (options in several parts), RFC 951 (BOOTP),
 *          RFC 3046 (relays), RFC 4702 (FQDN), RFC 3203, RFC 4388, RFC 6926 and RFC 7724 (more types).
 * Message: op:1 htype:1 hlen:1 hops:1 xid:4 secs:2 flags:2 client:4 yours:4 next server:4 relay:4 hardware:16
 *          server name:64 file:128, then 63 82 53 63 and options code:1 n:1 value.
 * Units:   big-endian; times in s.
 * Emits:   LEASE. A client's broadcast is a PUSH, because its answer mostly comes in another flow; a unicast
 *          request is an ASK, and what answers it in the same flow its ANSWER; any other reply is a PUSH.
 *          The actor is the device that wants an address, the device the server, whoever sent the message.
 *          Facts about the client: NAME, OS or ROLE_HINT by its vendor class, ROLE_HINT with the options it
 *          asks for; of an ACK IP_OF_MAC and NAME_OF_IP until the lease ends; the server SERVES; ROLE_HINT
 *          of the routers, name and time servers it hands out.
 * State:   digests of the facts said last.
 * Missing: authentication (RFC 3118); of what relays add (option 82, RFC 3046) all but circuit and remote id;
 *          the queries for leases over TCP. */
#include "proto/dhcp.h"

#include "core/buf.h"

static const struct proto_space spaces[] = { { "address", "{name}" }, { NULL, NULL } };
enum { SPACE_ADDRESS = 1 };

/* ---- acts ---- */

static struct span ip_of(struct proto_ctx *x, const uint8_t ip[4])
{
	uint8_t wide[16] = { [10] = 0xff, [11] = 0xff };
	char text[IP_TEXT];

	memcpy(wide + 12, ip, 4);
	ip_text(text, wide);
	return act_str(x, text);
}

static struct span ips_of(struct proto_ctx *x, struct bytes b)
{
	struct span spans[ADDRESSES_MAX];
	size_t n = min_size(b.n / 4, ADDRESSES_MAX);
	void *room;

	for (size_t i = 0; i < n; i++)
		spans[i] = ip_of(x, b.p + 4 * i);
	struct span list = act_room(x, n * sizeof(*spans), &room);

	if (room != NULL)
		memcpy(room, spans, n * sizeof(*spans));
	return list;
}

static struct span params_of(struct proto_ctx *x, struct bytes b)
{
	struct span spans[PARAMS_MAX];
	size_t n = 0;
	void *room;

	for (size_t i = 0; i < b.n && n < PARAMS_MAX; i++)
		if (dhcp_param(b.p[i]) != NULL)
			spans[n++] = act_str(x, dhcp_param(b.p[i]));
	struct span list = act_room(x, n * sizeof(*spans), &room);

	if (room != NULL)
		memcpy(room, spans, n * sizeof(*spans));
	return list;
}

/* "00:1b:1b:3d:77:a0": the id without its first byte, the kind of it. */
static struct span id_of(struct proto_ctx *x, struct bytes id)
{
	char text[256];
	struct buf b = buf_over(text, sizeof(text));

	if (id.n < 2)
		return (struct span){ 0 };
	buf_hex(&b, (struct bytes){ id.p + 1, min_size(id.n - 1, 80) }, ':');
	return act_str(x, text);
}

/* What relays say of a client's place is often a port's name, else it has a form of its own. */
static struct span text_or_hex(struct proto_ctx *x, struct bytes b)
{
	char text[256];
	struct buf hex = buf_over(text, sizeof(text));

	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] < ' ' || b.p[i] > '~') {
			buf_hex(&hex, (struct bytes){ b.p, min_size(b.n, 80) }, ':');
			return act_str(x, text);
		}
	}
	return act_text(x, b);
}

static void ip_copy(uint8_t out[16], struct bytes ip)
{
	if (ip.n == 4)
		dhcp_ip(out, ip.p);
}

static void own(struct proto_ctx *x, const struct dhcp *m)
{
	struct dhcp_own o = {
		.name = act_text(x, dhcp_trimmed(m->name)), .id = id_of(x, m->id),
		.vendor = act_text(x, m->vendor), .domain = act_text(x, m->domain),
		.message = act_text(x, m->text), .tftp = act_text(x, m->tftp), .file = act_text(x, m->file),
		.fqdn = act_text(x, dhcp_fqdn(m)), .param_codes = act_text(x, m->params),
		.routers = ips_of(x, m->routers), .dns = ips_of(x, m->dns), .ntp = ips_of(x, m->ntp),
		.params = params_of(x, m->params), .circuit = text_or_hex(x, m->circuit),
		.remote = text_or_hex(x, m->remote),
		.op = m->op, .type = m->type, .xid = m->xid, .lease = m->lease, .renew = m->renew,
		.rebind = m->rebind, .has_lease = m->has_lease, .has_renew = m->has_renew,
		.has_rebind = m->has_rebind,
	};

	if (m->mask.n == 4)
		o.mask = ip_of(x, m->mask.p);
	memcpy(o.mac, m->mac, sizeof(o.mac));
	dhcp_ip(o.assigned, m->yours);
	dhcp_ip(o.client, m->client);
	dhcp_ip(o.next, m->next);
	dhcp_ip(o.relay, m->relay);
	ip_copy(o.requested, m->requested);
	ip_copy(o.server, m->server);
	struct dhcp_own *w = act_own(x, sizeof(*w));

	if (w != NULL)
		*w = o;
}

/* The address the message is about: given, asked for, or in use. */
static void set_object(struct proto_ctx *x, struct obs *o, const struct dhcp *m)
{
	const uint8_t *ip = !dhcp_is_zero(m->yours) ? m->yours
			    : m->requested.n == 4   ? m->requested.p
						    : m->client;

	if (dhcp_is_zero(ip))
		return;
	o->object.space = SPACE_ADDRESS;
	o->object.name = ip_of(x, ip);
}

/* Is this on its way between a relay and a server? Then no end of it is the client. */
static bool behind_relay(const struct dhcp *m, const struct side *other)
{
	uint8_t ip[16];

	if (dhcp_is_zero(m->relay))
		return false;
	dhcp_ip(ip, m->relay);
	return m->op == BOOT_REQUEST || memcmp(ip, other->ip, sizeof(ip)) == 0;
}

/* Who wants the address is named in the message; the frame may be the server's, or a relay's. */
static void set_ends(const struct proto_ctx *x, struct obs *o, const struct dhcp *m)
{
	bool asks = m->op == BOOT_REQUEST;
	struct side sender = x->from_client ? flow_client(x) : flow_server(x);
	struct side other = x->from_client ? flow_server(x) : flow_client(x);

	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->actor = asks ? sender : other;
	o->device = asks ? other : sender;
	if (behind_relay(m, &other))
		return;
	if (!asks || !mac_is_zero(m->mac))	/* who leaves it out sent the frame himself */
		memcpy(o->actor.mac, m->mac, sizeof(o->actor.mac));
	if (!asks && !dhcp_is_zero(m->yours))
		dhcp_ip(o->actor.ip, m->yours);
}

static uint8_t outcome_of(const struct dhcp *m)
{
	switch (m->type) {
	case ACK: case OFFER: case LEASE_ACTIVE: case QUERY_DONE: return OUT_DONE;
	case NAK: case LEASE_UNKNOWN: return OUT_REFUSED;
	}
	return OUT_UNKNOWN;
}

static bool dhcp_message(struct proto_ctx *x, struct cursor msg)
{
	struct dhcp m = { 0 };

	x->why = dhcp_read(&m, msg, (x->l->flags & LAYER_CUT) != 0);
	if (x->why != NULL)
		return false;
	bool asks = m.op == BOOT_REQUEST, group = (x->l->flags & LAYER_GROUP) != 0;
	const struct ask *ask = asks ? NULL : pair_answer(x, m.xid);
	bool waits = asks && !group && m.type != RELEASE && m.type != DECLINE;
	struct obs *o = act_begin_code(x, proto_code(&proto_dhcp, m.type != 0 ? m.type : CODE_BOOTP + m.op));

	o->phase = ask != NULL ? PHASE_ANSWER : waits ? PHASE_ASK : PHASE_PUSH;
	o->outcome = outcome_of(&m);
	set_ends(x, o, &m);
	set_object(x, o, &m);
	own(x, &m);
	if (m.long_option)
		o->flags |= FLAG_CUT;
	uint64_t act = act_emit(x);

	if (waits)
		pair_ask(x, m.xid, act, NULL, 0);
	dhcp_facts(x, &m);
	return true;
}

/* ---- recognising ---- */

static bool is_dhcp_port(uint16_t port)
{
	return port == PORT_SERVER || port == PORT_CLIENT;
}

static unsigned dhcp_probe(const struct proto_ctx *x, struct cursor head)
{
	uint8_t op = cur_u8(&head), hardware = cur_u8(&head), n = cur_u8(&head);

	cur_take(&head, HEADER - 3);
	uint32_t cookie = cur_be32(&head);

	if ((op != BOOT_REQUEST && op != BOOT_REPLY) || hardware == 0 || n > 16)
		return 0;
	if (!cur_broken(&head) && cookie == COOKIE)
		return 98;
	return is_dhcp_port(flow_client(x).port) && is_dhcp_port(flow_server(x).port) ? 40 : 0;
}

const struct proto proto_dhcp = {
	.name = "dhcp", .on = ON_UDP, .eve = "dhcp", .ports = { PORT_SERVER, PORT_CLIENT },
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.state_size = sizeof(struct dhcp_state), .own_size = sizeof(struct dhcp_own),
	.codes = dhcp_codes, .code_count = DHCP_CODES, .spaces = spaces, .fields = dhcp_fields,
	.probe = dhcp_probe, .message = dhcp_message,
};

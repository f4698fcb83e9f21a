/* proto/dhcpv6_read.c: takes a DHCPv6 message apart. */
#include "proto/dhcpv6.h"

enum {
	DUID_MIN = 3, DUID_MAX = 130,		/* RFC 8415 11.1, with the type */
	DUID_LLT = 1, DUID_EN = 2, DUID_LL = 3,	/* RFC 8415 11.2, 11.3, 11.4 */
	ETHERNET = 1,				/* IANA, hardware types */
	NTP_ADDRESS = 1,			/* RFC 5908 4.1 */
	PREFIX_MAX = 128,			/* bits */
};

struct option {
	uint16_t code;
	struct bytes value;
};

/* How long the value of an option is. */
static bool length_fits(uint16_t code, size_t n)
{
	switch (code) {
	case OPT_CLIENT: case OPT_SERVER:
		return n >= DUID_MIN && n <= DUID_MAX;
	case OPT_IA_NA: case OPT_IA_PD:
		return n >= 12;
	case OPT_IA_TA: case OPT_VENDOR_CLASS: case OPT_VENDOR:
		return n >= 4;
	case OPT_ADDRESS:
		return n >= 24;
	case OPT_PREFIX:
		return n >= 25;
	case OPT_PARAMS:
		return n % 2 == 0;
	case OPT_STATUS: case OPT_LINK_LAYER:
		return n >= 2;
	case OPT_DNS: case OPT_SNTP:
		return n >= 16 && n % 16 == 0;
	case OPT_FQDN:
		return n >= 1;
	}
	return true;
}

/* The next option of c. False: none; *why says what is wrong, if anything. */
static bool next_option(struct cursor *c, bool cut, struct option *ret, const char **why)
{
	if (c->left == 0)
		return false;
	ret->code = cur_be16(c);
	ret->value = cur_bytes(c, cur_be16(c));
	if (cur_broken(c))
		*why = cut ? NULL : "option";
	else if (!length_fits(ret->code, ret->value.n))
		*why = "option-length";
	else
		return true;
	return false;
}

static uint16_t status_of(struct bytes b)
{
	struct cursor c = cur_over(b);

	return cur_be16(&c);
}

static void refuse(struct dhcpv6 *m, uint16_t status)
{
	if (m->refused++ == 0)
		m->status = status;
}

/* ---- addresses ---- */

/* What stands behind an address, a prefix or the head of an association: only a status counts. */
static const char *read_status(struct cursor c, uint16_t *ret)
{
	const char *why = NULL;
	struct option o;

	while (next_option(&c, false, &o, &why))
		if (o.code == OPT_STATUS)
			*ret = status_of(o.value);
	return why;
}

static const char *read_lease(struct dhcpv6 *m, const struct option *o)
{
	struct dhcpv6_leases *all = o->code == OPT_PREFIX ? &m->prefixes : &m->addresses;
	struct dhcpv6_lease one = { 0 };
	struct cursor c = cur_over(o->value);

	if (o->code == OPT_ADDRESS)
		memcpy(one.ip, cur_take(&c, 16), 16);
	one.preferred = cur_be32(&c);
	one.valid = cur_be32(&c);
	if (o->code == OPT_PREFIX) {
		one.length = cur_u8(&c);
		memcpy(one.ip, cur_take(&c, 16), 16);
	}
	if (one.length > PREFIX_MAX)
		return "prefix";
	const char *why = read_status(c, &one.status);

	if (one.status != 0)
		refuse(m, one.status);
	else
		m->granted++;
	if (all->n < LEASES_MAX)
		all->of[all->n++] = one;
	return why;
}

/* An association of addresses: head bytes, then options. */
static const char *read_association(struct dhcpv6 *m, struct bytes value, size_t head)
{
	struct cursor c = cur_over(value);
	const char *why = NULL;
	struct option o;

	cur_take(&c, head);
	while (why == NULL && next_option(&c, false, &o, &why)) {
		if (o.code == OPT_ADDRESS || o.code == OPT_PREFIX)
			why = read_lease(m, &o);
		else if (o.code == OPT_STATUS && status_of(o.value) != 0)
			refuse(m, status_of(o.value));
	}
	return why;
}

/* ---- names, ids ---- */

size_t dhcpv6_name(struct cursor *c, char out[NAME_ROOM])
{
	size_t n = 0;

	while (c->left > 0) {
		uint8_t length = cur_u8(c);
		struct bytes label = cur_bytes(c, length);

		if (length > 63 || n + 2 * label.n + 1 > NAME_ROOM) {
			cur_break(c);
			return 0;
		}
		if (length == 0)
			break;
		if (n > 0)
			out[n++] = '.';
		for (size_t i = 0; i < label.n; i++) {
			if (label.p[i] == '.' || label.p[i] == '\\')
				out[n++] = '\\';
			out[n++] = (char)label.p[i];
		}
	}
	return n;
}

static bool names_fit(struct bytes b)
{
	struct cursor c = cur_over(b);
	char room[NAME_ROOM];

	while (c.left > 0)
		dhcpv6_name(&c, room);
	return !cur_broken(&c);
}

uint32_t dhcpv6_enterprise(struct bytes b)
{
	struct cursor c = cur_over(b);

	return cur_be32(&c);
}

bool dhcpv6_class(struct cursor *c, struct bytes *ret)
{
	if (c->left == 0)
		return false;
	*ret = cur_bytes(c, cur_be16(c));
	return !cur_broken(c);
}

static bool classes_fit(struct bytes b)
{
	struct cursor c = cur_over(b);
	struct bytes one;

	cur_be32(&c);
	while (dhcpv6_class(&c, &one))
		continue;
	return !cur_broken(&c);
}

bool dhcpv6_duid(struct bytes duid, uint8_t ret_mac[6], uint32_t *ret_enterprise)
{
	struct cursor c = cur_over(duid);
	uint16_t kind = cur_be16(&c);

	*ret_enterprise = kind == DUID_EN ? cur_be32(&c) : 0;
	if (kind != DUID_LLT && kind != DUID_LL)
		return false;
	uint16_t hardware = cur_be16(&c);

	if (kind == DUID_LLT)
		cur_be32(&c);			/* time */
	if (hardware != ETHERNET || c.left != 6)
		return false;
	memcpy(ret_mac, cur_take(&c, 6), 6);
	return true;
}

bool dhcpv6_mac(const struct dhcpv6 *m, uint8_t ret[6])
{
	struct cursor c = cur_over(m->link_layer);
	uint32_t enterprise;

	if (cur_be16(&c) == ETHERNET && c.left == 6) {
		memcpy(ret, cur_take(&c, 6), 6);
		return true;
	}
	return dhcpv6_duid(m->client, ret, &enterprise);
}

/* ---- the message ---- */

/* Whole addresses. */
static void add_times(struct dhcpv6 *m, struct bytes addresses)
{
	for (size_t i = 0; i < addresses.n && m->time_count < ADDRESSES_MAX; i += 16)
		memcpy(m->times[m->time_count++], addresses.p + i, 16);
}

/* Options of an option, codes of their own. */
static const char *read_ntp(struct dhcpv6 *m, struct bytes value)
{
	struct cursor c = cur_over(value);

	while (c.left > 0) {
		uint16_t code = cur_be16(&c);
		struct bytes one = cur_bytes(&c, cur_be16(&c));

		if (cur_broken(&c))
			return "option";
		if (code != NTP_ADDRESS)
			continue;
		if (one.n != 16)
			return "option-length";
		add_times(m, one);
	}
	return NULL;
}

static const char *keep(struct dhcpv6 *m, const struct option *o)
{
	struct cursor c = cur_over(o->value);

	switch (o->code) {
	case OPT_CLIENT: m->client = o->value; return NULL;
	case OPT_SERVER: m->server = o->value; return NULL;
	case OPT_PARAMS: m->params = o->value; return NULL;
	case OPT_VENDOR: m->vendor = o->value; return NULL;
	case OPT_DNS: m->dns = o->value; return NULL;
	case OPT_SNTP: add_times(m, o->value); return NULL;
	case OPT_NTP: return read_ntp(m, o->value);
	case OPT_IA_NA: case OPT_IA_PD: return read_association(m, o->value, 12);
	case OPT_IA_TA: return read_association(m, o->value, 4);
	case OPT_VENDOR_CLASS:
		m->vendor_class = o->value;
		return classes_fit(o->value) ? NULL : "option-length";
	case OPT_DOMAINS:
		m->domains = o->value;
		return names_fit(o->value) ? NULL : "name";
	case OPT_FQDN:
		cur_u8(&c);			/* flags */
		m->fqdn = cur_rest(&c);
		return names_fit(m->fqdn) ? NULL : "name";
	case OPT_STATUS:
		m->status = cur_be16(&c);
		m->all_refused = m->status != 0;
		m->text = cur_rest(&c);
		return NULL;
	}
	return NULL;
}

/* A relay's message; *ret is the one it carries. RFC 8415 9 */
static const char *read_relay(struct dhcpv6 *m, struct cursor *c, bool cut, struct bytes *ret)
{
	const char *why = NULL;
	struct option o;

	cur_be16(c);				/* type, hops */
	struct bytes link = cur_bytes(c, 16), peer = cur_bytes(c, 16);

	if (cur_broken(c))
		return "short";
	memcpy(m->link, link.p, 16);
	memcpy(m->peer, peer.p, 16);
	while (next_option(c, cut, &o, &why)) {
		if (o.code == OPT_RELAY)
			*ret = o.value;
		else if (o.code == OPT_INTERFACE)
			m->interface = o.value;
		else if (o.code == OPT_LINK_LAYER)
			m->link_layer = o.value;
	}
	return why;
}

static bool is_relay(uint8_t type)
{
	return type == RELAY_FORW || type == RELAY_REPL;
}

static const char *read_relays(struct dhcpv6 *m, struct cursor *c, bool cut)
{
	while (is_relay(m->type)) {
		struct bytes inner = { 0 };

		if (++m->relays > RELAYS_MAX)
			return "depth";
		const char *why = read_relay(m, c, cut, &inner);

		if (why != NULL)
			return why;
		*c = cur_over(inner);
		if (inner.n == 0)
			return cut ? NULL : "relay";
		m->type = cur_peek(c);
	}
	return NULL;
}

const char *dhcpv6_read(struct dhcpv6 *m, struct cursor c, bool cut)
{
	struct option o;

	m->outer = m->type = cur_peek(&c);
	const char *why = read_relays(m, &c, cut);

	if (why != NULL || is_relay(m->type) || m->type >= DHCPV6_TYPES)
		return why;
	cur_u8(&c);
	m->xid = cur_be24(&c);
	if (cur_broken(&c))
		return "short";
	if (m->type == 0)
		return "type";
	while (why == NULL && next_option(&c, cut, &o, &why))
		why = keep(m, &o);
	return why;
}

bool dhcpv6_asks(const struct dhcpv6 *m)
{
	return m->outer != ADVERTISE && m->outer != REPLY && m->outer != RECONFIGURE &&
	       m->outer != RELAY_REPL;
}

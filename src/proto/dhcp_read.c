/* proto/dhcp_read.c: takes a DHCP message apart. */
#include "proto/dhcp.h"

/* How long the value of an option may be (RFC 2132, section 3 and on) and where it goes. step 0: of a fixed
 * length, which is least; else any multiple of step from least on. */
struct rule {
	uint8_t code, least, step;
	uint16_t at;
};

#define RULE(code, least, step, member) { code, least, step, offsetof(struct dhcp, member) }

static const struct rule rules[] = {
	RULE(OPT_MASK, 4, 0, mask),
	RULE(OPT_ROUTER, 4, 4, routers),
	RULE(OPT_DNS, 4, 4, dns),
	RULE(OPT_NAME, 1, 1, name),
	RULE(OPT_DOMAIN, 0, 1, domain),
	RULE(OPT_NTP, 4, 4, ntp),
	RULE(OPT_REQUESTED, 4, 0, requested),
	RULE(OPT_LEASE, 4, 0, lease_is),
	RULE(OPT_OVERLOAD, 1, 0, overload),
	RULE(OPT_TYPE, 1, 0, type_is),
	RULE(OPT_SERVER, 4, 0, server),
	RULE(OPT_PARAMS, 1, 1, params),
	RULE(OPT_MESSAGE, 0, 1, text),
	RULE(OPT_RENEW, 4, 0, renew_is),
	RULE(OPT_REBIND, 4, 0, rebind_is),
	RULE(OPT_VENDOR, 1, 1, vendor),
	RULE(OPT_CLIENT, 2, 1, id),
	RULE(OPT_TFTP, 0, 1, tftp),
	RULE(OPT_BOOTFILE, 0, 1, file),
	RULE(OPT_FQDN, 3, 1, fqdn),
	RULE(OPT_RELAY, 2, 1, relay_info),
};

static struct bytes *place(struct dhcp *m, const struct rule *r)
{
	return (struct bytes *)(void *)((uint8_t *)m + r->at);
}

/* RFC 3396 7: what comes in several parts is one value, in the order of the parts. They are joined behind
 * what was joined before, unless it is this one that stands last there. */
static void join(struct dhcp *m, struct bytes *all, struct bytes part)
{
	bool last = all->p >= m->joined && all->p + all->n == m->joined + m->joined_n;
	size_t room = sizeof(m->joined) - m->joined_n, old = last ? 0 : all->n;

	if (old + part.n > room) {
		m->long_option = true;
		return;
	}
	uint8_t *to = m->joined + m->joined_n;

	if (!last) {
		memcpy(to, all->p, old);
		*all = (struct bytes){ to, old };
	}
	memcpy(to + old, part.p, part.n);
	all->n += part.n;
	m->joined_n += old + part.n;
}

/* A value of a fixed length has no parts: of two the first counts. False: the length is another. */
static bool keep(struct dhcp *m, uint8_t code, struct bytes part)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		const struct rule *r = &rules[i];
		struct bytes *value = place(m, r);

		if (r->code != code)
			continue;
		if (value->p == NULL)
			*value = part;
		else if (r->step > 0)
			join(m, value, part);
		return r->step > 0 || part.n == r->least;
	}
	return true;
}

/* The options of one field. */
static const char *read_options(struct dhcp *m, struct cursor c, bool cut)
{
	while (c.left > 0) {
		uint8_t code = cur_u8(&c);

		if (code == OPT_PAD)
			continue;
		if (code == OPT_END)
			return NULL;
		struct bytes part = cur_bytes(&c, cur_u8(&c));

		if (cur_broken(&c))
			return cut ? NULL : "option";
		if (!keep(m, code, part))
			return "option-length";
	}
	return NULL;
}

/* Of values that may come in parts, when all of them are there. */
static bool lengths_fit(struct dhcp *m)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		const struct rule *r = &rules[i];
		const struct bytes *value = place(m, r);

		if (value->p != NULL && r->step > 0 && (value->n < r->least || value->n % r->step != 0))
			return false;
	}
	return true;
}

/* RFC 3046 2.0: what a relay adds, as parts of its own: code:1 n:1 value. */
static const char *read_relay(struct dhcp *m)
{
	struct cursor c = cur_over(m->relay_info);

	while (c.left > 0) {
		uint8_t code = cur_u8(&c);
		struct bytes value = cur_bytes(&c, cur_u8(&c));

		if (cur_broken(&c))
			return "relay";
		if (code == RELAY_CIRCUIT)
			m->circuit = value;
		else if (code == RELAY_REMOTE)
			m->remote = value;
	}
	return NULL;
}

/* False: the option is not there. */
static bool number(struct bytes b, uint32_t *ret)
{
	struct cursor c = cur_over(b);

	*ret = cur_be32(&c);
	return !cur_broken(&c);
}

static struct bytes until_nul(struct bytes b)
{
	size_t n = 0;

	while (n < b.n && b.p[n] != 0)
		n++;
	return (struct bytes){ b.p, n };
}

static const char *read_header(struct dhcp *m, struct cursor *c)
{
	m->op = cur_u8(c);
	m->hardware = cur_u8(c);
	m->hlen = cur_u8(c);
	cur_u8(c);				/* hops */
	m->xid = cur_be32(c);
	cur_be32(c);				/* seconds, flags */
	const uint8_t *ip = cur_take(c, 16);
	const uint8_t *mac = cur_take(c, 16);

	if (cur_broken(c))
		return "short";
	memcpy(m->client, ip, 4);
	memcpy(m->yours, ip + 4, 4);
	memcpy(m->next, ip + 8, 4);
	memcpy(m->relay, ip + 12, 4);
	if (m->op != BOOT_REQUEST && m->op != BOOT_REPLY)
		return "op";
	if (m->hlen > 16)
		return "hardware";
	if (m->hlen == sizeof(m->mac))
		memcpy(m->mac, mac, sizeof(m->mac));
	return NULL;
}

/* RFC 2132 9.3: 1 the file's name, 2 the server's, 3 both hold options, read in this order (RFC 3396 5). */
static const char *read_fields(struct dhcp *m, struct cursor options, struct bytes server, struct bytes file,
			       bool cut)
{
	const char *why = read_options(m, options, cut);
	uint8_t overload = m->overload.n > 0 ? m->overload.p[0] : 0;

	if (why == NULL && (overload & 1))
		why = read_options(m, cur_over(file), false);
	if (why == NULL && (overload & 2))
		why = read_options(m, cur_over(server), false);
	if (why != NULL)
		return why;
	if (!lengths_fit(m))
		return "option-length";
	if (m->file.n == 0 && !(overload & 1))
		m->file = until_nul(file);
	if (m->tftp.n == 0 && !(overload & 2))
		m->tftp = until_nul(server);
	return read_relay(m);
}

const char *dhcp_read(struct dhcp *m, struct cursor c, bool cut)
{
	const char *why = read_header(m, &c);
	struct bytes server = cur_bytes(&c, 64), file = cur_bytes(&c, 128);

	if (why != NULL)
		return why;
	if (cur_broken(&c))
		return cut ? NULL : "short";
	struct cursor options = c;

	if (cur_be32(&options) != COOKIE || cur_broken(&options))
		options.left = 0;
	why = read_fields(m, options, server, file, cut);
	if (why != NULL)
		return why;
	m->has_lease = number(m->lease_is, &m->lease);
	m->has_renew = number(m->renew_is, &m->renew);
	m->has_rebind = number(m->rebind_is, &m->rebind);
	m->type = m->type_is.n > 0 ? m->type_is.p[0] : 0;
	return m->type >= DHCP_TYPES ? "type" : NULL;
}

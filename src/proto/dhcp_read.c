/* proto/dhcp_read.c: takes a DHCP message apart. */
#include "proto/dhcp.h"

static uint32_t number(struct bytes b)
{
	struct cursor c = cur_over(b);

	return cur_be32(&c);
}

/* How long the value of an option is: RFC 2132, section 3 and on. */
static bool length_fits(uint8_t code, size_t n)
{
	switch (code) {
	case OPT_MASK: case OPT_REQUESTED: case OPT_SERVER: case OPT_LEASE: case OPT_RENEW: case OPT_REBIND:
		return n == 4;
	case OPT_ROUTER: case OPT_DNS: case OPT_NTP:
		return n >= 4 && n % 4 == 0;
	case OPT_TYPE: case OPT_OVERLOAD:
		return n == 1;
	case OPT_NAME: case OPT_PARAMS: case OPT_VENDOR:
		return n >= 1;
	case OPT_CLIENT:
		return n >= 2;
	case OPT_FQDN:
		return n >= 3;
	}
	return true;
}

static void keep(struct dhcp *m, uint8_t code, struct bytes b)
{
	switch (code) {
	case OPT_MASK: m->mask = b; return;
	case OPT_ROUTER: m->routers = b; return;
	case OPT_DNS: m->dns = b; return;
	case OPT_NAME: m->name = b; return;
	case OPT_DOMAIN: m->domain = b; return;
	case OPT_NTP: m->ntp = b; return;
	case OPT_REQUESTED: m->requested = b; return;
	case OPT_TYPE: m->type = b.p[0]; return;
	case OPT_SERVER: m->server = b; return;
	case OPT_PARAMS: m->params = b; return;
	case OPT_MESSAGE: m->text = b; return;
	case OPT_VENDOR: m->vendor = b; return;
	case OPT_CLIENT: m->id = b; return;
	case OPT_TFTP: m->tftp = b; return;
	case OPT_BOOTFILE: m->file = b; return;
	case OPT_FQDN: m->fqdn = b; return;
	case OPT_LEASE: m->has_lease = true; m->lease = number(b); return;
	case OPT_RENEW: m->has_renew = true; m->renew = number(b); return;
	case OPT_REBIND: m->has_rebind = true; m->rebind = number(b); return;
	}
}

/* The options of one field. *ret_overload: bits of option 52, which other fields hold options too. */
static const char *read_options(struct dhcp *m, struct cursor c, bool cut, uint8_t *ret_overload)
{
	while (c.left > 0) {
		uint8_t code = cur_u8(&c);

		if (code == OPT_PAD)
			continue;
		if (code == OPT_END)
			return NULL;
		struct bytes value = cur_bytes(&c, cur_u8(&c));

		if (cur_broken(&c))
			return cut ? NULL : "option";
		if (!length_fits(code, value.n))
			return "option-length";
		if (code == OPT_OVERLOAD)
			*ret_overload = value.p[0];
		keep(m, code, value);
	}
	return NULL;
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

const char *dhcp_read(struct dhcp *m, struct cursor c, bool cut)
{
	const char *why = read_header(m, &c);
	struct bytes server = cur_bytes(&c, 64), file = cur_bytes(&c, 128);
	uint8_t overload = 0;

	if (why != NULL)
		return why;
	if (cur_broken(&c))
		return cut ? NULL : "short";
	struct cursor options = c;

	if (cur_be32(&options) == COOKIE && !cur_broken(&options))
		why = read_options(m, options, cut, &overload);
	/* RFC 2132 9.3: 1 the file's name, 2 the server's, 3 both hold options */
	if (why == NULL && (overload & 1))
		why = read_options(m, cur_over(file), false, &overload);
	if (why == NULL && (overload & 2))
		why = read_options(m, cur_over(server), false, &overload);
	if (why != NULL)
		return why;
	if (m->file.n == 0 && !(overload & 1))
		m->file = until_nul(file);
	if (m->tftp.n == 0 && !(overload & 2))
		m->tftp = until_nul(server);
	return m->type >= DHCP_TYPES ? "type" : NULL;
}

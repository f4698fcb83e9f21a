/* proto/dhcpv6_facts.c: what a DHCPv6 message tells about who asks and about those it is told of. */
#include "proto/dhcpv6.h"

#include "core/buf.h"
#include "core/hash.h"
#include "proto/dhcp_class.h"
#include "proto/said.h"

/* Was this said of this device before? */
static bool said(struct proto_ctx *x, const struct side *about, enum fact_kind kind, struct bytes text)
{
	struct dhcpv6_state *st = x->state;
	uint64_t seed = hash_bytes(about->ip, sizeof(about->ip), kind);
	uint64_t digest = hash_bytes(text.p, text.n, hash_bytes(about->mac, sizeof(about->mac), seed));

	return said_before(st->said, SAID, &st->next, digest);
}

static void tell(struct proto_ctx *x, const struct side *about, enum fact_kind kind, struct bytes text,
		 uint64_t number, uint8_t trust)
{
	if (text.n > 0 && !said(x, about, kind, text))
		fact_say(x, about, kind, text, number, 0, trust);
}

static struct bytes bytes_of(const char *s, size_t n)
{
	return (struct bytes){ (const uint8_t *)s, n };
}

static bool is_link_local(const uint8_t ip[16])
{
	return ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;		/* RFC 4291 2.5.6 */
}

/* Who the client is: by its own frame when that came from this link, else by what its relay or its DUID says
 * (RFC 8415 11 has DUIDs compared only, but who made one of an Ethernet address had a card with it). False:
 * nothing names it. */
static bool client_of(const struct dhcpv6 *m, const struct side *end, struct side *ret, uint8_t *ret_trust)
{
	*ret = (struct side){ 0 };
	*ret_trust = m->relays == 0 ? TRUST_SURE : TRUST_LIKELY;
	if (m->relays == 0) {
		memcpy(ret->ip, end->ip, sizeof(ret->ip));
		if (is_link_local(end->ip))
			memcpy(ret->mac, end->mac, sizeof(ret->mac));
		return true;
	}
	return dhcpv6_mac(m, ret->mac);
}

static void name_of_client(struct proto_ctx *x, const struct dhcpv6 *m, const struct side *about)
{
	struct cursor c = cur_over(m->fqdn);
	char text[NAME_ROOM];
	size_t n = dhcpv6_name(&c, text);
	bool dots = memchr(text, '.', n) != NULL;

	tell(x, about, FACT_NAME, bytes_of(text, n), dots ? NAME_DNS : NAME_HOST, TRUST_LIKELY);
}

static void class_of_client(struct proto_ctx *x, const struct dhcpv6 *m, const struct side *about)
{
	struct cursor c = cur_over(m->vendor_class);
	struct bytes class;

	cur_be32(&c);
	for (unsigned i = 0; i < TEXTS_MAX && dhcpv6_class(&c, &class); i++) {
		const char *system = dhcp_class_system(class);

		if (system != NULL)
			tell(x, about, FACT_OS, bytes_of(system, strlen(system)), 0, TRUST_LIKELY);
		else
			tell(x, about, FACT_ROLE_HINT, class, 0, TRUST_LIKELY);
	}
}

/* "dhcpv6-options 23,24,39": the order of what a device asks for is like a fingerprint of its software. */
static void fingerprint(struct proto_ctx *x, const struct dhcpv6 *m, const struct side *about)
{
	char text[32 + PARAMS_MAX * 6];
	struct buf b = buf_over(text, sizeof(text));
	struct cursor c = cur_over(m->params);

	buf_str(&b, "dhcpv6-options ");
	for (unsigned i = 0; c.left > 0 && i < PARAMS_MAX; i++) {
		if (i > 0)
			buf_char(&b, ',');
		buf_u64(&b, cur_be16(&c));
	}
	if (m->params.n > 0)
		tell(x, about, FACT_ROLE_HINT, bytes_of(text, b.n), 0, TRUST_GUESS);
}

static int64_t until_of(const struct proto_ctx *x, uint32_t valid)
{
	return valid != UINT32_MAX ? x->l->at_ns + valid * NS_PER_S : 0;
}

/* What a server confirms: who has which addresses until when. */
static void of_leases(struct proto_ctx *x, const struct dhcpv6 *m, const struct side *client, uint8_t trust)
{
	struct cursor c = cur_over(m->fqdn);
	char name[NAME_ROOM];
	size_t n = dhcpv6_name(&c, name);

	for (unsigned i = 0; i < m->addresses.n; i++) {
		const struct dhcpv6_lease *lease = &m->addresses.of[i];
		int64_t until = until_of(x, lease->valid);
		struct side about = { 0 };

		if (lease->valid == 0 || lease->status != 0)	/* RFC 8415 18.2.10.1: no longer; not given */
			continue;
		memcpy(about.mac, client->mac, sizeof(about.mac));
		memcpy(about.ip, lease->ip, sizeof(about.ip));
		if (!mac_is_zero(about.mac))
			fact_say(x, &about, FACT_IP_OF_MAC, (struct bytes){ 0 }, 0, until, trust);
		if (n > 0)
			fact_say(x, &about, FACT_NAME_OF_IP, bytes_of(name, n), 0, until, TRUST_LIKELY);
	}
}

/* Addresses handed out: what is there is said by the server, not by those. */
static void of_other(struct proto_ctx *x, const uint8_t ip[16], const char *word)
{
	struct side about = { 0 };

	memcpy(about.ip, ip, sizeof(about.ip));
	if (!ip_is_zero(ip))
		tell(x, &about, FACT_ROLE_HINT, bytes_of(word, strlen(word)), 0, TRUST_LIKELY);
}

void dhcpv6_facts(struct proto_ctx *x, const struct dhcpv6 *m, const struct side *client,
		  const struct side *server)
{
	struct side about;
	uint8_t trust;
	bool known = client_of(m, client, &about, &trust);

	if (dhcpv6_asks(m)) {
		if (!known)
			return;
		name_of_client(x, m, &about);
		class_of_client(x, m, &about);
		fingerprint(x, m, &about);
		return;
	}
	if (m->relays == 0)
		tell(x, server, FACT_SERVES, bytes_of("dhcpv6", 6), PORT_SERVER, TRUST_SURE);
	if (m->type != REPLY || m->all_refused)
		return;
	of_leases(x, m, &about, trust);
	for (size_t i = 0; i + 16 <= m->dns.n && i < 16 * ADDRESSES_MAX; i += 16)
		of_other(x, m->dns.p + i, "name-server");
	for (unsigned i = 0; i < m->time_count; i++)
		of_other(x, m->times[i], "time-server");
}

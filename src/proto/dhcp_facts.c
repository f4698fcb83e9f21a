/* proto/dhcp_facts.c: what a DHCP message tells about the device that asks and about those it is told of. */
#include "proto/dhcp.h"

#include "core/hash.h"
#include "proto/dhcp_class.h"
#include "proto/said.h"

void dhcp_ip(uint8_t out[16], const uint8_t ip[4])
{
	memset(out, 0, 16);
	if (dhcp_is_zero(ip))
		return;
	out[10] = out[11] = 0xff;
	memcpy(out + 12, ip, 4);
}

bool dhcp_is_zero(const uint8_t ip[4])
{
	return (ip[0] | ip[1] | ip[2] | ip[3]) == 0;
}

struct bytes dhcp_trimmed(struct bytes b)
{
	while (b.n > 0 && (b.p[b.n - 1] == 0 || b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '.'))
		b.n--;
	return b;
}

struct bytes dhcp_fqdn(const struct dhcp *m)
{
	struct bytes b = m->fqdn;

	if (b.n <= 3 || (b.p[0] & 4))		/* RFC 4702 2.1: E, labels as in DNS */
		return (struct bytes){ 0 };
	return dhcp_trimmed((struct bytes){ b.p + 3, b.n - 3 });
}

/* Was this said of this device before? Clients that have no address yet share one flow. */
static bool said(struct proto_ctx *x, const struct dhcp *m, enum fact_kind kind, struct bytes text)
{
	struct dhcp_state *st = x->state;
	uint64_t seed = hash_join(hash_bytes(m->mac, sizeof(m->mac), 0), kind);
	uint64_t digest = hash_bytes(text.p, text.n, seed);

	return said_before(st->said, SAID, &st->next, digest);
}

static void tell(struct proto_ctx *x, const struct dhcp *m, const struct side *about, enum fact_kind kind,
		 struct bytes text, uint64_t number, uint8_t trust)
{
	text = dhcp_trimmed(text);
	if (text.n > 0 && !said(x, m, kind, text))
		fact_say(x, about, kind, text, number, 0, trust);
}

/* "dhcp-options 1,3,6,15": the order of what a device asks for is like a fingerprint of its software. */
static void fingerprint(struct proto_ctx *x, const struct dhcp *m, const struct side *about)
{
	static const char head[] = "dhcp-options ";
	uint8_t text[sizeof(head) + PARAMS_MAX * 4];
	size_t n = sizeof(head) - 1;

	memcpy(text, head, n);
	for (size_t i = 0; i < m->params.n && i < PARAMS_MAX; i++) {
		uint8_t v = m->params.p[i];

		if (i > 0)
			text[n++] = ',';
		if (v >= 100)
			text[n++] = (uint8_t)('0' + v / 100);
		if (v >= 10)
			text[n++] = (uint8_t)('0' + v / 10 % 10);
		text[n++] = (uint8_t)('0' + v % 10);
	}
	if (m->params.n > 0)
		tell(x, m, about, FACT_ROLE_HINT, (struct bytes){ text, n }, 0, TRUST_GUESS);
}

/* What the device says of itself. A relay's frame does not come from it, but the message names it. */
static void of_client(struct proto_ctx *x, const struct dhcp *m)
{
	struct side about = { 0 };
	const char *system = dhcp_class_system(m->vendor);

	memcpy(about.mac, m->mac, sizeof(about.mac));
	dhcp_ip(about.ip, m->client);
	if (mac_is_zero(about.mac) && ip_is_zero(about.ip))
		return;
	tell(x, m, &about, FACT_NAME, m->name, NAME_HOST, TRUST_LIKELY);
	tell(x, m, &about, FACT_NAME, dhcp_fqdn(m), NAME_DNS, TRUST_LIKELY);
	if (system != NULL)
		tell(x, m, &about, FACT_OS, (struct bytes){ (const uint8_t *)system, strlen(system) }, 0,
		     TRUST_LIKELY);
	else
		tell(x, m, &about, FACT_ROLE_HINT, m->vendor, 0, TRUST_LIKELY);
	fingerprint(x, m, &about);
}

/* Addresses handed out with the lease: what is there is said by the server, not by those. */
static void of_others(struct proto_ctx *x, struct bytes addresses, const char *word, int64_t until)
{
	for (size_t i = 0; i + 4 <= addresses.n && i < 4 * ADDRESSES_MAX; i += 4) {
		struct side about = { 0 };

		dhcp_ip(about.ip, addresses.p + i);
		if (!ip_is_zero(about.ip))
			fact_say(x, &about, FACT_ROLE_HINT,
				 (struct bytes){(const uint8_t *)word, strlen(word)}, 0, until, TRUST_LIKELY);
	}
}

static bool new_server(struct proto_ctx *x, const struct dhcp *m)
{
	struct dhcp only = { 0 };
	uint8_t all[3 * 4 * ADDRESSES_MAX];
	size_t n = 0;
	struct bytes lists[] = { m->routers, m->dns, m->ntp };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		size_t take = min_size(lists[i].n, 4 * ADDRESSES_MAX);

		if (take > 0)
			memcpy(all + n, lists[i].p, take);
		n += take;
	}
	return !said(x, &only, FACT_SERVES, (struct bytes){ all, n });
}

/* What an ACK confirms: who has which address until when, and what else is in this network. */
static void of_lease(struct proto_ctx *x, const struct dhcp *m)
{
	struct side about = { 0 };
	int64_t until = m->has_lease && m->lease != UINT32_MAX ? x->l->at_ns + m->lease * NS_PER_S : 0;

	memcpy(about.mac, m->mac, sizeof(about.mac));
	dhcp_ip(about.ip, m->yours);
	if (ip_is_zero(about.ip))
		dhcp_ip(about.ip, m->client);
	if (!mac_is_zero(about.mac) && !ip_is_zero(about.ip))
		fact_say(x, &about, FACT_IP_OF_MAC, (struct bytes){ 0 }, 0, until, TRUST_SURE);
	struct bytes name = dhcp_trimmed(m->name);

	if (name.n > 0 && !ip_is_zero(about.ip))
		fact_say(x, &about, FACT_NAME_OF_IP, name, 0, until, TRUST_LIKELY);
	if (!new_server(x, m))
		return;
	of_others(x, m->routers, "router", until);
	of_others(x, m->dns, "name-server", until);
	of_others(x, m->ntp, "time-server", until);
}

/* What passes a relay comes from it or from the server, which says its own address (RFC 2132 9.7). */
static bool of_server(const struct dhcp *m, const struct side *sender)
{
	uint8_t ip[16];

	if (dhcp_is_zero(m->relay))
		return true;
	if (m->server.n != 4)
		return false;
	dhcp_ip(ip, m->server.p);
	return memcmp(ip, sender->ip, sizeof(ip)) == 0;
}

void dhcp_facts(struct proto_ctx *x, const struct dhcp *m)
{
	if (m->op == BOOT_REQUEST) {
		of_client(x, m);
		return;
	}
	if (m->type == OFFER || m->type == ACK) {
		struct side server = x->from_client ? flow_client(x) : flow_server(x);
		struct bytes word = { (const uint8_t *)"dhcp", 4 };

		if (of_server(m, &server))
			tell(x, m, &server, FACT_SERVES, word, PORT_SERVER, TRUST_SURE);
	}
	if (m->type == ACK)
		of_lease(x, m);
}

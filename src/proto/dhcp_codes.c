/* proto/dhcp_codes.c: the message types of DHCP, and the fields of an act with Suricata's names for them. */
#include "proto/dhcp.h"

#define ROW(code, key, verb, cls, flags, spec) { code, key, VERB_##verb, CLASS_##cls, CODE_##flags, spec }

const struct proto_code dhcp_codes[DHCP_CODES] = {
	ROW(DISCOVER, "discover", LEASE, CONFIG, REQUEST, "RFC 2131 4.4.1"),
	ROW(OFFER, "offer", LEASE, CONFIG, ANSWER, "RFC 2131 4.3.1"),
	ROW(REQUEST, "request", LEASE, CONFIG, REQUEST, "RFC 2131 4.3.2"),
	ROW(DECLINE, "decline", LEASE, CONFIG, REQUEST, "RFC 2131 4.3.3"),
	ROW(ACK, "ack", LEASE, CONFIG, ANSWER, "RFC 2131 4.3.1"),
	ROW(NAK, "nak", LEASE, CONFIG, ANSWER, "RFC 2131 4.3.2"),
	ROW(RELEASE, "release", LEASE, CONFIG, REQUEST, "RFC 2131 4.3.4"),
	ROW(INFORM, "inform", QUERY, CONFIG, REQUEST, "RFC 2131 4.3.5"),
	ROW(FORCE_RENEW, "force-renew", CONTROL, CONFIG, ANSWER, "RFC 3203 4"),
	ROW(LEASE_QUERY, "lease-query", QUERY, CONFIG, REQUEST, "RFC 4388 6.1"),
	ROW(LEASE_UNASSIGNED, "lease-unassigned", QUERY, CONFIG, ANSWER, "RFC 4388 6.1"),
	ROW(LEASE_UNKNOWN, "lease-unknown", QUERY, CONFIG, ANSWER, "RFC 4388 6.1"),
	ROW(LEASE_ACTIVE, "lease-active", QUERY, CONFIG, ANSWER, "RFC 4388 6.1"),
	ROW(BULK_QUERY, "bulk-query", QUERY, CONFIG, REQUEST, "RFC 6926 6.2.1"),
	ROW(QUERY_DONE, "query-done", QUERY, CONFIG, ANSWER, "RFC 6926 6.2.1"),
	ROW(ACTIVE_QUERY, "active-query", QUERY, CONFIG, REQUEST, "RFC 7724 5.2.1"),
	ROW(QUERY_STATUS, "query-status", QUERY, CONFIG, ANSWER, "RFC 7724 5.2.1"),
	ROW(TLS, "tls", CONTROL, SESSION, REQUEST, "RFC 7724 5.2.1"),
	ROW(CODE_BOOTP + BOOT_REQUEST, "bootp-request", LEASE, CONFIG, REQUEST, "RFC 951 3"),
	ROW(CODE_BOOTP + BOOT_REPLY, "bootp-reply", LEASE, CONFIG, ANSWER, "RFC 951 3"),
};

/* Suricata's words. */
static const char *const ops[] = { "", "request", "reply" };
static const char *const types[] = {
	"", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform",
};

/* As Suricata names what a client asks for; it leaves out the others. */
const char *dhcp_param(uint8_t option)
{
	switch (option) {
	case OPT_MASK: return "subnet_mask";
	case OPT_ROUTER: return "router";
	case OPT_DNS: return "dns_server";
	case OPT_NAME: return "hostname";
	case OPT_DOMAIN: return "domain";
	case 35: return "arp_timeout";
	case OPT_NTP: return "ntp_server";
	case OPT_TFTP: return "tftp_server_name";
	case 150: return "tftp_server_ip";
	}
	return NULL;
}

#define AT(member) offsetof(struct dhcp_own, member)
#define ROW_OF(name_, kind, member, eve_) \
	{ .name = name_, .type = kind, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_ }
#define GIVEN(name_, member, given_, eve_)                                                                   \
	{                                                                                                    \
		.name = name_, .type = FIELD_U32, .show = SHOW_GIVEN, .at = AT(member), .eve = eve_,         \
		.given = AT(given_)                                                                          \
	}

const struct field dhcp_fields[] = {
	{ .name = "op", .type = FIELD_WORD, .show = SHOW_NONZERO, .at = AT(op), .eve = "type",
	  .elem = ARRAY_LEN(ops), .words = ops },
	{ .name = "id", .type = FIELD_U32, .show = SHOW_ALWAYS, .at = AT(xid), .eve = "id" },
	ROW_OF("client_mac", FIELD_MAC, mac, "client_mac"),
	ROW_OF("assigned_ip", FIELD_IP, assigned, "assigned_ip"),
	ROW_OF("client_ip", FIELD_IP, client, "client_ip"),
	ROW_OF("relay_ip", FIELD_IP, relay, "relay_ip"),
	ROW_OF("next_server_ip", FIELD_IP, next, "next_server_ip"),
	{ .name = "type", .type = FIELD_WORD, .show = SHOW_NONZERO, .at = AT(type), .eve = "dhcp_type",
	  .elem = ARRAY_LEN(types), .words = types },
	ROW_OF("client_id", FIELD_TEXT, id, "client_id"),
	ROW_OF("hostname", FIELD_TEXT, name, "hostname"),
	ROW_OF("params", FIELD_TEXTS, params, "params"),
	ROW_OF("requested_ip", FIELD_IP, requested, "requested_ip"),
	ROW_OF("vendor_class", FIELD_TEXT, vendor, "vendor_class_identifier"),
	GIVEN("lease_time", lease, has_lease, "lease_time"),
	GIVEN("renewal_time", renew, has_renew, "renewal_time"),
	GIVEN("rebinding_time", rebind, has_rebind, "rebinding_time"),
	ROW_OF("subnet_mask", FIELD_TEXT, mask, "subnet_mask"),
	ROW_OF("routers", FIELD_TEXTS, routers, "routers"),
	ROW_OF("dns_servers", FIELD_TEXTS, dns, "dns_servers"),
	ROW_OF("ntp_servers", FIELD_TEXTS, ntp, NULL),
	ROW_OF("server_id", FIELD_IP, server, NULL),
	ROW_OF("domain", FIELD_TEXT, domain, NULL),
	ROW_OF("fqdn", FIELD_TEXT, fqdn, NULL),
	ROW_OF("message", FIELD_TEXT, message, NULL),
	ROW_OF("tftp_server", FIELD_TEXT, tftp, NULL),
	ROW_OF("bootfile", FIELD_TEXT, file, NULL),
	ROW_OF("param_codes", FIELD_BYTES, param_codes, NULL),
	ROW_OF("relay_circuit", FIELD_TEXT, circuit, NULL),
	ROW_OF("relay_remote", FIELD_TEXT, remote, NULL),
	{ .name = NULL }
};

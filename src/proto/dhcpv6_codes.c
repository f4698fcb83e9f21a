/* proto/dhcpv6_codes.c: the message types of DHCPv6, and the fields of an act. */
#include "proto/dhcpv6.h"

#define ROW(code, key, verb, flags, spec) \
	{ code, key, VERB_##verb, CLASS_CONFIG, CODE_##flags, "RFC 8415 " spec }

const struct proto_code dhcpv6_codes[DHCPV6_CODES] = {
	ROW(SOLICIT, "solicit", LEASE, REQUEST, "18.2.1"),
	ROW(ADVERTISE, "advertise", LEASE, ANSWER, "18.3.9"),
	ROW(REQUEST, "request", LEASE, REQUEST, "18.2.2"),
	ROW(CONFIRM, "confirm", LEASE, REQUEST, "18.2.3"),
	ROW(RENEW, "renew", LEASE, REQUEST, "18.2.4"),
	ROW(REBIND, "rebind", LEASE, REQUEST, "18.2.5"),
	ROW(REPLY, "reply", LEASE, ANSWER, "18.3.10"),
	ROW(RELEASE, "release", LEASE, REQUEST, "18.2.7"),
	ROW(DECLINE, "decline", LEASE, REQUEST, "18.2.8"),
	ROW(RECONFIGURE, "reconfigure", CONTROL, PUSH, "18.3.11"),
	ROW(INFORMATION_REQUEST, "information-request", QUERY, REQUEST, "18.2.6"),
	/* When what they carry was cut off; else the code is that of the message inside. */
	ROW(RELAY_FORW, "relay-forward", LEASE, NAMED | CODE_REQUEST, "19.1"),
	ROW(RELAY_REPL, "relay-reply", LEASE, NAMED | CODE_ANSWER, "19.3"),
};

static const char *const types[] = {
	"", "solicit", "advertise", "request", "confirm", "renew", "rebind", "reply", "release", "decline",
	"reconfigure", "information-request", "relay-forward", "relay-reply",
};
_Static_assert(ARRAY_LEN(types) == DHCPV6_TYPES, "a word for each type");

#define LEASE(name_, kind, show_, member) \
	{ .name = name_, .type = kind, .show = show_, .at = offsetof(struct dhcpv6_lease, member) }

static const struct field address[] = {
	LEASE("ip", FIELD_IP, SHOW_ALWAYS, ip),
	LEASE("preferred", FIELD_U32, SHOW_ALWAYS, preferred),
	LEASE("valid", FIELD_U32, SHOW_ALWAYS, valid),
	LEASE("status", FIELD_U16, SHOW_NONZERO, status),
	{ .name = NULL }
};

static const struct field prefix[] = {
	LEASE("ip", FIELD_IP, SHOW_ALWAYS, ip),
	LEASE("length", FIELD_U8, SHOW_ALWAYS, length),
	LEASE("preferred", FIELD_U32, SHOW_ALWAYS, preferred),
	LEASE("valid", FIELD_U32, SHOW_ALWAYS, valid),
	LEASE("status", FIELD_U16, SHOW_NONZERO, status),
	{ .name = NULL }
};

#define FIELD(name_, kind, member) \
	{ .name = name_, .type = kind, .show = SHOW_NONZERO, .at = offsetof(struct dhcpv6_own, member) }
#define LIST(name_, member, sub_)                                                                            \
	{                                                                                                    \
		.name = name_, .type = FIELD_LIST, .show = SHOW_NONZERO,                                     \
		.at = offsetof(struct dhcpv6_own, member), .sub = sub_, .elem = sizeof(struct dhcpv6_lease)  \
	}

const struct field dhcpv6_fields[] = {
	{ .name = "type", .type = FIELD_WORD, .show = SHOW_NONZERO, .at = offsetof(struct dhcpv6_own, type),
	  .elem = ARRAY_LEN(types), .words = types },
	{ .name = "id", .type = FIELD_U32, .show = SHOW_ALWAYS, .at = offsetof(struct dhcpv6_own, xid) },
	FIELD("client_id", FIELD_BYTES, client),
	FIELD("client_mac", FIELD_MAC, mac),
	FIELD("client_enterprise", FIELD_U32, client_enterprise),
	FIELD("server_id", FIELD_BYTES, server),
	FIELD("fqdn", FIELD_TEXT, fqdn),
	FIELD("vendor_classes", FIELD_TEXTS, classes),
	FIELD("class_enterprise", FIELD_U32, class_enterprise),
	FIELD("vendor_options", FIELD_BYTES, vendor),
	FIELD("vendor_enterprise", FIELD_U32, vendor_enterprise),
	LIST("addresses", addresses, address),
	LIST("prefixes", prefixes, prefix),
	FIELD("dns_servers", FIELD_TEXTS, dns),
	FIELD("ntp_servers", FIELD_TEXTS, ntp),
	FIELD("domains", FIELD_TEXTS, domains),
	FIELD("param_codes", FIELD_BYTES, params),
	FIELD("status", FIELD_U16, status),
	FIELD("message", FIELD_TEXT, message),
	FIELD("relays", FIELD_U8, relays),
	FIELD("link_ip", FIELD_IP, link),
	FIELD("peer_ip", FIELD_IP, peer),
	FIELD("interface_id", FIELD_BYTES, interface),
	{ .name = NULL }
};

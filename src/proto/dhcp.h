/* proto/dhcp.h: what the files of DHCP share; the door is dhcp.c, which names the standards. */
#ifndef PROTO_DHCP_H
#define PROTO_DHCP_H

#include "model/proto.h"

#include <string.h>

extern const struct proto proto_dhcp;

enum {
	PORT_SERVER = 67, PORT_CLIENT = 68,	/* RFC 2131 4.1 */
	BOOT_REQUEST = 1, BOOT_REPLY = 2,	/* RFC 2131 2 */
	HEADER = 236,				/* up to the cookie */
	COOKIE = 0x63825363,			/* RFC 2131 3 */
	CODE_BOOTP = 0x100,			/* obs.code of messages without a type, plus op */
	ADDRESSES_MAX = 8,			/* of routers, name servers, time servers */
	PARAMS_MAX = 64,
	JOINED_MAX = 2048,			/* bytes of options in several parts */
	SAID = 16,
};

/* RFC 2132 9.6, RFC 3203 4, RFC 4388 6.1, RFC 6926 6.2.1, RFC 7724 5.2.1 */
enum dhcp_type {
	DISCOVER = 1,
	OFFER,
	REQUEST,
	DECLINE,
	ACK,
	NAK,
	RELEASE,
	INFORM,
	FORCE_RENEW,
	LEASE_QUERY,
	LEASE_UNASSIGNED,
	LEASE_UNKNOWN,
	LEASE_ACTIVE,
	BULK_QUERY,
	QUERY_DONE,
	ACTIVE_QUERY,
	QUERY_STATUS,
	TLS,
	DHCP_TYPES
};

/* RFC 2132 by section, unless said otherwise. */
enum {
	OPT_PAD = 0,
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_NAME = 12,
	OPT_DOMAIN = 15,
	OPT_NTP = 42,
	OPT_REQUESTED = 50,
	OPT_LEASE = 51,
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_PARAMS = 55,
	OPT_MESSAGE = 56,
	OPT_RENEW = 58,
	OPT_REBIND = 59,
	OPT_VENDOR = 60,
	OPT_CLIENT = 61,
	OPT_TFTP = 66,
	OPT_BOOTFILE = 67,
	OPT_FQDN = 81 /* RFC 4702 */,
	OPT_RELAY = 82 /* RFC 3046 */,
	OPT_END = 255,
};

/* RFC 3046 2.0: parts of option 82. */
enum { RELAY_CIRCUIT = 1, RELAY_REMOTE = 2 };

struct dhcp {
	uint8_t op, hardware, hlen;
	uint8_t type;			/* enum dhcp_type; 0: BOOTP */
	bool has_lease, has_renew, has_rebind;
	uint32_t xid, lease, renew, rebind;
	uint8_t client[4], yours[4], next[4], relay[4];
	uint8_t mac[6];			/* zero: not Ethernet */
	/* An option that is there has a place, even an empty one. */
	struct bytes mask, routers, dns, name, domain, ntp, requested, server, params, text, vendor, id, tftp,
		file, fqdn, relay_info, overload, type_is, lease_is, renew_is, rebind_is;
	struct bytes circuit, remote;	/* what a relay says of where the client is */
	bool long_option;		/* parts were left out: longer than joined[] */
	size_t joined_n;
	uint8_t joined[JOINED_MAX];	/* options in several parts, put together */
};

struct dhcp_state {
	uint64_t said[SAID];		/* digests of facts told of clients, the oldest gives way */
	uint8_t next;
	uint8_t spare[7];
};

struct dhcp_own {
	uint8_t assigned[16], client[16], next[16], relay[16], requested[16], server[16];
	uint8_t mac[6];
	uint8_t op, type;		/* words */
	uint32_t xid, lease, renew, rebind;
	uint8_t has_lease, has_renew, has_rebind, spare[5];
	struct span name, id, vendor, mask, domain, message, tftp, file, fqdn, circuit, remote;
	struct span routers, dns, ntp, params;	/* lists of texts */
	struct span param_codes;
};
_Static_assert(sizeof(struct dhcp_own) % 8 == 0, "own parts stay aligned");

/* dhcp_codes.c */
enum { DHCP_CODES = DHCP_TYPES - 1 + 2 };
extern const struct proto_code dhcp_codes[DHCP_CODES];
extern const struct field dhcp_fields[];
const char *dhcp_param(uint8_t option);	/* Suricata's name; NULL: none */

/* dhcp_read.c. NULL: well-formed; else the reason. */
const char *dhcp_read(struct dhcp *m, struct cursor c, bool cut);

/* dhcp_facts.c */
void dhcp_facts(struct proto_ctx *x, const struct dhcp *m);
/* IPv4 in 16 bytes; all zero stays all zero. */
void dhcp_ip(uint8_t out[16], const uint8_t ip[4]);
bool dhcp_is_zero(const uint8_t ip[4]);
/* The text behind the flags of option 81, RFC 4702 2; n 0: in the form of DNS, or empty. */
struct bytes dhcp_fqdn(const struct dhcp *m);
struct bytes dhcp_trimmed(struct bytes b);

#endif

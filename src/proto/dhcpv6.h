/* proto/dhcpv6.h: what the files of DHCPv6 share; the door is dhcpv6.c, which names the standards. */
#ifndef PROTO_DHCPV6_H
#define PROTO_DHCPV6_H

#include "model/proto.h"

#include <string.h>

extern const struct proto proto_dhcpv6;

enum {
	PORT_CLIENT = 546, PORT_SERVER = 547,	/* RFC 8415 7.2 */
	RELAYS_MAX = 32,			/* RFC 3315 5.5; RFC 8415 7.6 has 8 */
	LEASES_MAX = 8,				/* addresses of a message that are kept; prefixes too */
	ADDRESSES_MAX = 8,			/* of name servers, of time servers */
	TEXTS_MAX = 8,				/* vendor classes, domains */
	PARAMS_MAX = 64,
	NAME_ROOM = 2 * 255 + 2,		/* a name as text, escapes and all */
	SAID = 32,
};

/* RFC 8415 7.3 */
enum dhcpv6_type {
	SOLICIT = 1,
	ADVERTISE,
	REQUEST,
	CONFIRM,
	RENEW,
	REBIND,
	REPLY,
	RELEASE,
	DECLINE,
	RECONFIGURE,
	INFORMATION_REQUEST,
	RELAY_FORW,
	RELAY_REPL,
	DHCPV6_TYPES
};

/* RFC 8415 by section, unless said otherwise. */
enum {
	OPT_CLIENT = 1,		/* 21.2 */
	OPT_SERVER = 2,		/* 21.3 */
	OPT_IA_NA = 3,		/* 21.4 */
	OPT_IA_TA = 4,		/* 21.5 */
	OPT_ADDRESS = 5,	/* 21.6 */
	OPT_PARAMS = 6,		/* 21.7 */
	OPT_RELAY = 9,		/* 21.10 */
	OPT_STATUS = 13,	/* 21.13 */
	OPT_VENDOR_CLASS = 16,	/* 21.16 */
	OPT_VENDOR = 17,	/* 21.17 */
	OPT_INTERFACE = 18,	/* 21.18 */
	OPT_DNS = 23,		/* RFC 3646 3 */
	OPT_DOMAINS = 24,	/* RFC 3646 4 */
	OPT_IA_PD = 25,		/* 21.21 */
	OPT_PREFIX = 26,	/* 21.22 */
	OPT_SNTP = 31,		/* RFC 4075 4 */
	OPT_FQDN = 39,		/* RFC 4704 4 */
	OPT_NTP = 56,		/* RFC 5908 4 */
	OPT_LINK_LAYER = 79,	/* RFC 6939 4 */
};

struct dhcpv6_lease {
	uint8_t ip[16];
	uint32_t preferred, valid;	/* s; UINT32_MAX: for ever (RFC 8415 7.7) */
	uint16_t status;		/* 0: granted, or asked for */
	uint8_t length;			/* of a prefix */
	uint8_t spare[5];
};
_Static_assert(sizeof(struct dhcpv6_lease) % 8 == 0, "elements of a list stay aligned");

struct dhcpv6_leases {
	unsigned n;
	struct dhcpv6_lease of[LEASES_MAX];
};

struct dhcpv6 {
	uint8_t outer, type;		/* the first byte; the message inside all relays, of which only
					 * those below RELAY_FORW are read */
	uint8_t relays;			/* it passed */
	uint32_t xid;
	uint8_t link[16], peer[16];	/* as the relay nearest to the client says */
	struct bytes client, server;	/* DUIDs */
	struct bytes params, dns, domains, fqdn, vendor_class, vendor;
	struct bytes interface, link_layer, text;
	struct dhcpv6_leases addresses, prefixes;
	uint8_t times[ADDRESSES_MAX][16];	/* time servers */
	unsigned time_count;
	uint16_t status;		/* of the whole, else the first of a part that is refused */
	unsigned granted, refused;	/* parts: addresses and prefixes, associations without any */
	bool all_refused;		/* the status of the whole */
};

struct dhcpv6_state {
	uint64_t said[SAID];		/* digests of facts told, the oldest gives way */
	uint8_t next;
	uint8_t spare[7];
};

struct dhcpv6_own {
	uint8_t peer[16], link[16];
	uint8_t mac[6];
	uint8_t type, relays;		/* type: a word */
	uint32_t xid, client_enterprise, class_enterprise, vendor_enterprise;
	uint16_t status;
	uint8_t spare[6];
	struct span client, server;		/* bytes */
	struct span fqdn, message, interface, vendor, params;
	struct span addresses, prefixes;	/* lists */
	struct span classes, dns, domains, ntp;	/* lists of texts */
	uint8_t spare_too[4];
};
_Static_assert(sizeof(struct dhcpv6_own) % 8 == 0, "own parts stay aligned");

/* dhcpv6_codes.c */
enum { DHCPV6_CODES = DHCPV6_TYPES - 1 };
extern const struct proto_code dhcpv6_codes[DHCPV6_CODES];
extern const struct field dhcpv6_fields[];

/* dhcpv6_read.c. NULL: well-formed; else the reason. */
const char *dhcpv6_read(struct dhcpv6 *m, struct cursor c, bool cut);
bool dhcpv6_asks(const struct dhcpv6 *m);	/* does a client send such messages */
/* The next name of a list of names, RFC 8415 10; n 0: the root. Broken when c is. */
size_t dhcpv6_name(struct cursor *c, char out[NAME_ROOM]);
/* The enterprise number at the front, RFC 8415 21.16. */
uint32_t dhcpv6_enterprise(struct bytes b);
/* The next text of a vendor class; false: none follows. */
bool dhcpv6_class(struct cursor *c, struct bytes *ret);
/* The Ethernet address in a DUID; false: none. *ret_enterprise: its vendor, 0 none. RFC 8415 11. */
bool dhcpv6_duid(struct bytes duid, uint8_t ret_mac[6], uint32_t *ret_enterprise);
/* The client's Ethernet address: as the relay saw it, else as its DUID says. False: neither. */
bool dhcpv6_mac(const struct dhcpv6 *m, uint8_t ret[6]);

/* dhcpv6_facts.c */
void dhcpv6_facts(struct proto_ctx *x, const struct dhcpv6 *m, const struct side *client,
		  const struct side *server);

#endif

/* asset/roles.h: what a thing did, as bits, and the role that follows. Not included outside this room. */
#ifndef ASSET_ROLES_H
#define ASSET_ROLES_H

#include "model/asset.h"

/* Each is set once and never taken back, and by first sights alone, so folding cannot matter. */
enum trait {
	DID_ANSWER_OT, DID_READ_OT, DID_WRITE_OT, DID_RUN_OT, DID_PROGRAM_OT,
	DID_SERVE_DNS, DID_SERVE_DHCP, DID_SERVE_HTTP, DID_SERVE_FTP, DID_SERVE_FILES, DID_SERVE_PRINT,
	DID_SERVE_DATABASE, DID_ASK_DNS, DID_ASK_HTTP, DID_ASK_INTERNET, DID_SAY_NETBIOS, DID_SAY_LLMNR,
	SAID_BRIDGE, SAID_ROUTER, SAID_WLAN, SAID_PHONE,
	DID_ANSWER_CNC, DID_SERVE_VIDEO, DID_SERVE_TOPICS, DID_TELL_TOPICS,
	/* worked out when read */
	IS_ROUTER, IS_GATEWAY, IS_STATION, IS_PUBLIC, READS_LONG, MAKES_PLC, MAKES_NETWORK, MAKES_PRINTER,
	MAKES_PANEL, MAKES_CNC, MAKES_ROBOT, MAKES_CAMERA, MAKES_PHONE, MAKES_ACCESS_POINT,
	IS_MOBILE, TRAITS
};
_Static_assert(TRAITS <= 64, "traits are the bits of 64");

#define TRAIT(t) (UINT64_C(1) << (t))

/* What a protocol is good for, by its name. */
enum use {
	USE_OTHER, USE_OT, USE_CNC, USE_TOPICS, USE_DNS, USE_DHCP, USE_HTTP, USE_FTP, USE_NETBIOS, USE_LLMNR,
	USE_MDNS, USE_FILES,
	USE_DATABASE
};

enum use role_use(const char *proto_name);

/* Machines are run with it. */
static inline bool use_is_ot(enum use use) { return use == USE_OT || use == USE_CNC; }

/* What a station number of a protocol is. */
enum station_kind {
	STATION_OWN,	/* a thing of its own */
	STATION_UNIT,	/* Modbus: 1 and 255 are also sent to devices that know no units */
	STATION_SLOT,	/* a slot in the rack that has the address: the same thing */
};

enum station_kind role_station(const char *proto_name);

/* Bits of an act for who asked, and for who answered. */
uint64_t role_asked(enum use use, uint8_t verb, uint8_t class);
uint64_t role_answered(enum use use);
uint64_t role_port(uint8_t ip_proto, uint16_t port);	/* of who answered a flow to this port */
uint64_t role_capability(const char *words);	/* "bridge,router" */
uint64_t role_maker(const char *vendor);

/* Is it a smartphone or tablet, by the name and the system it says. */
uint64_t role_mobile(const char *name, const char *os);

/* Reading in so many different minutes, an operator panel would; who read once and comes back is none. */
enum { READ_MINUTES = 10 };

struct role { const char *key, *why; uint8_t trust; };
struct role role_of(uint64_t traits);
bool role_known(const char *key);

/* Bits an actor earns by changing machines. */
uint64_t role_change_bits(void);

#endif

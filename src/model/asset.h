/* model/asset.h: what the ledger knows, as plain rows: made by asset/, kept by store/, shown by others.
 *
 * Two levels. What was seen (ends, facts, talks, flows, objects, coverage) is keyed by addresses and only
 * ever added to; it is what store/ writes and gives back to a later run. What follows from it (assets,
 * services) is worked out anew at every reading, so a later sight that shows an earlier belief wrong needs no
 * repair.
 *
 * Nothing here depends on the order in which things were seen or on folding: counts are sums, times are the
 * smallest and the largest, frames are those of the first sight. Ids are made from addresses (53 bits, never
 * 0), so the same thing has the same id in every run. Texts are UTF-8, NUL-terminated, with control
 * characters and broken bytes written as \xNN. */
#ifndef MODEL_ASSET_H
#define MODEL_ASSET_H

#include "model/obs.h"

enum { PROGRAM_SHA = 32 };	/* bytes of SHA-256 (FIPS 180-4) */
enum { FACT_TEXT_MAX = 120, OBJECT_TEXT_MAX = 120, VALUE_TEXT_MAX = 48, END_VLANS = 4, ROLE_KEY_MAX = 24 };

enum end_flag {
	END_HEARD = 1 << 0,	/* it sent something: only such ends make an asset */
	END_CONFIRMED = 1 << 1,	/* ARP, LLDP or DHCP said that this MAC uses this IP */
	END_GROUP = 1 << 2,	/* broadcast or multicast: never an asset */
	END_VLANS_MORE = 1 << 3,	/* more VLANs than vlans[] holds; the smallest are kept */
	END_ROUTED = 1 << 4,	/* worked out: the MAC is a router's, not this address's own */
};

/* One address combination seen as an end at one tap; a part that is zero was not known there. */
struct end_row {
	uint64_t id;
	uint64_t asset;		/* worked out: the asset it belongs to; 0: none (group, or never heard) */
	uint8_t tap;
	uint8_t flags;		/* enum end_flag */
	uint16_t proto;		/* rec.proto that knows the station; 0 when station is 0 */
	uint8_t mac[6];
	uint8_t ip[16];
	uint64_t station;
	uint16_t vlans[END_VLANS];	/* ascending; 0: untagged */
	uint8_t vlan_count;
	uint64_t traits;	/* enum trait bits of asset/roles.h: what it did, as roles see it */
	uint16_t role_proto;	/* protocol behind those, 0: none */
	int64_t reads_ns;	/* first read it asked of a machine; INT64_MAX: none */
	int64_t read_minute;	/* the last minute it read machines in; INT64_MIN: none */
	uint64_t read_marks;	/* the others, as bits: minute % 64 */
	int64_t first_ns, last_ns;	/* of what it sent; INT64_MAX, INT64_MIN: nothing */
	uint64_t frame;		/* of the first sight; 0: only named by others */
};

enum fact_source { SOURCE_WIRE, SOURCE_REGISTRY, SOURCE_PERSON };

/* One value of one field, and why it is believed. A person's word wins over everything. */
struct fact_row {
	uint64_t end;		/* end_row.id it was said about */
	uint64_t asset;		/* worked out; 0: not an asset */
	uint16_t kind;		/* enum fact_kind */
	uint8_t sub;		/* enum name_kind of a name */
	uint8_t trust;		/* enum obs_trust */
	uint8_t source;		/* enum fact_source */
	bool best;		/* worked out: the value shown for this kind */
	uint16_t proto;		/* rec.proto that said it; 0: not from the wire */
	uint64_t number;
	int64_t first_ns, last_ns, until_ns;
	uint64_t frame;		/* of the first sight */
	char text[FACT_TEXT_MAX];
};

/* SHOWN: what it answered could be read. */
enum talk_sent { TALK_ASKED = 1 << 0, TALK_ANSWERED = 1 << 1, TALK_SHOWN = 1 << 2 };

/* Who did what to whom with which protocol, counted in acts. */
struct talk_row {
	uint64_t actor, device;	/* end_row.id */
	uint64_t actor_asset, device_asset;	/* worked out; 0: not an asset */
	uint16_t proto;
	uint16_t port;		/* device's, in the act seen first */
	uint64_t words;		/* bit i: word_at(i) was done or tried */
	uint8_t sent;		/* enum talk_sent: which of the two sent something */
	uint64_t acts;		/* ASK, WHOLE and PUSH, times added */
	uint64_t done, refused, partly, unanswered;
	int64_t first_ns, last_ns;
	uint64_t frame;
};

/* Who opened connections to which port. Totals are those of flows that have ended. */
struct flow_row {
	uint64_t client, server;	/* end_row.id */
	uint64_t client_asset, server_asset;	/* worked out */
	uint16_t port;		/* server's; 0 without ports */
	uint8_t kind;		/* enum layer_kind */
	uint8_t ip_proto;
	uint16_t ether;
	uint8_t lsap;
	uint64_t protos[2];	/* bit i of 128: protocol with rec.proto i claimed one of them */
	uint64_t opened, answered, closed;	/* flows */
	uint64_t frames[2], bytes[2], payload[2], missing[2];	/* [0] from the client */
	int64_t first_ns, last_ns;
	uint64_t frame;
};

/* Who did what to which object. */
struct object_row {
	uint64_t actor, device;	/* end_row.id */
	uint64_t actor_asset, device_asset;	/* worked out */
	uint64_t key;		/* obs.object.key */
	uint16_t proto;
	uint8_t verb, class;	/* enum obs_verb, obs_class: with an outcome they make the word */
	uint8_t word;		/* word_at(word) */
	uint32_t code;
	uint64_t count;
	uint64_t done, refused, partly, unanswered;
	int64_t first_ns, last_ns, value_ns;
	uint64_t frame;
	char object[OBJECT_TEXT_MAX];	/* object_text(); "" when the act names none */
	char value[VALUE_TEXT_MAX];	/* last one written; "" when values are not kept */
};

/* A program, or firmware, that crossed the wire whole, by its name and content: who moved it which way. */
struct program_row {
	uint64_t actor, device;	/* end_row.id */
	uint64_t actor_asset, device_asset;	/* worked out */
	uint16_t proto;
	uint8_t verb;		/* enum obs_verb: READ is from the device to the actor, WRITE the other way */
	bool canonical;		/* the hash is of the canonical NC text (model/proto.h), else of the bytes */
	uint64_t size;		/* bytes, of the transfer seen first */
	uint64_t count;		/* transfers */
	int64_t first_ns, last_ns;
	uint64_t frame;
	char sha256[2 * PROGRAM_SHA + 1];	/* lower-case hexadecimal */
	char name[FACT_TEXT_MAX];	/* of the file or block */
	char says[VALUE_TEXT_MAX];	/* what the NC text calls itself; "" for none */
};

/* What a tap carried in one minute of one VLAN: what "not seen" is worth. */
struct coverage_row {
	uint8_t tap;
	uint16_t vlan;
	struct health sum;
};

enum asset_kind { ASSET_MAC = 1, ASSET_IP, ASSET_STATION };

enum asset_flag {
	ASSET_ROUTER = 1 << 0,	/* addresses of other devices are behind its MAC */
	ASSET_BEHIND = 1 << 1,	/* known by IP alone, through the router in `behind` */
	ASSET_LOCAL_MAC = 1 << 2,	/* locally administered: made up by software, may change */
	ASSET_VIRTUAL = 1 << 3,	/* a virtual machine's or a router pair's shared MAC */
	ASSET_TWO_NETWORKS = 1 << 4,	/* also known as `twin`: same MAC at another tap, or same serial or
					 * system name */
	ASSET_VLANS = 1 << 5,	/* its MAC was seen in more than one VLAN */
	ASSET_GATEWAY = 1 << 6,	/* stations behind it are assets of their own */
	ASSET_OT = 1 << 7,	/* answers a protocol that machines are run with */
};

/* One thing a person would point at. Best values; fact_row has all of them and their evidence. */
struct asset {
	uint64_t id;
	uint8_t kind;		/* enum asset_kind: what its identity is */
	uint8_t tap;
	uint16_t proto;		/* of the station */
	uint32_t flags;		/* enum asset_flag */
	uint8_t mac[6];		/* zero for ASSET_IP */
	uint8_t ip[16];		/* address used last; zero: none known */
	uint64_t station;
	uint64_t parent;	/* ASSET_STATION: the asset it is reached through */
	uint64_t behind;	/* ASSET_BEHIND: the router, when it is one and known */
	uint64_t twin;		/* ASSET_TWO_NETWORKS: the other one with the smallest id */
	uint16_t vlans[END_VLANS];
	uint8_t vlan_count;
	uint8_t role_trust;	/* enum obs_trust */
	char role[ROLE_KEY_MAX];	/* text roles.KEY: "plc", "hmi", "unknown" */
	char role_why[ROLE_KEY_MAX];	/* text roles.why-KEY */
	uint16_t role_proto;	/* {proto} in the reason; 0: none */
	char name[FACT_TEXT_MAX], vendor[FACT_TEXT_MAX], model[FACT_TEXT_MAX], firmware[FACT_TEXT_MAX];
	char hardware[FACT_TEXT_MAX], serial[FACT_TEXT_MAX], os[FACT_TEXT_MAX], place[FACT_TEXT_MAX];
	int64_t reads_ns;	/* first read it asked of a machine; INT64_MAX: none */
	int64_t reads_long_ns;	/* from when on it keeps reading; INT64_MAX: it does not */
	int64_t first_ns, last_ns;
	uint64_t frame;
};

/* A protocol or port an asset serves, or asks others for. */
struct service_row {
	uint64_t asset;
	bool served;		/* false: it asks others */
	uint16_t proto;		/* 0: no protocol of ours; then kind, ip_proto, ether and port tell */
	uint16_t port;
	uint8_t kind, ip_proto;
	uint16_t ether;
	uint64_t acts, flows;
	int64_t first_ns, last_ns;
};

#endif

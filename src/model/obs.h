/* model/obs.h: what the sensor tells the desk: acts and facts, each complete in itself.
 *
 * A record is one block of bytes without a pointer. It may be copied, kept in shared memory, written
 * to a file, compared and replayed. Text and values of any length lie behind the fixed part and are
 * named by spans. Parsers never fill rec, ends, flow or keys: act_begin() and act_emit() do.
 *
 * Name of a record: (frame, ordinal). Order of records: the same pair. Both are the same for any
 * number of workers, because the one reader numbers frames and a frame is worked on by one shard. */
#ifndef MODEL_OBS_H
#define MODEL_OBS_H

#include "core/cursor.h"
#include "core/hash.h"
#include "core/util.h"
#include "model/verbs.h"

enum {
	REC_MAX = 4096,		/* bytes of one record; longer text is cut, flagged and digested whole */
	VALUE_MAX = 1024,	/* bytes of value.raw */
	ITEMS_MAX = 256,	/* acts one message may give; the last then says REST */
	SHARDS = 64,
	SHARD_READER = 64,	/* shard number in the ordinals of the reader's own records */
};

enum rec_type {
	REC_ACT = 1,	/* struct obs: who did what to which object */
	REC_FACT,	/* struct fact: something true of a thing; feeds the ledger */
	REC_FLOW,	/* struct obs, own = struct flow_info: opened, answered, every 60 s, closed */
	REC_HIT,	/* struct obs: a payload signature matched; code holds the rule */
	REC_TICK,	/* struct rec alone: every frame up to here is done, every timer up to at_ns has
			 * run */
	REC_LOSS,	/* struct obs: what this tap, file or ring could not carry; note says what,
			 * object.name where, value.one.u the offset in the file */
	REC_HEALTH,	/* struct obs, own = struct health: coverage of one tap, VLAN and minute */
	REC_TYPES
};

struct rec {			/* 32 bytes; every record begins so */
	uint32_t size;		/* bytes of the whole record, a multiple of 8 */
	uint8_t type;		/* enum rec_type */
	uint8_t tap;		/* capture point, 0..255; two taps never share a flow */
	uint16_t proto;		/* row of protocols.def, from 1; 0: koban itself */
	uint64_t frame;		/* n-th frame the reader delivered, from 1: the frame that completed the
				 * message */
	uint32_t ordinal;	/* ORDINAL_TIMER | shard << 24 | n-th record of that frame there */
	uint32_t back;		/* the message began this many frames earlier: the evidence is [frame - back,
				 * frame] */
	int64_t at_ns;		/* when it happened: capture time of the frame; of a timer: the moment it was
				 * due; of a folded run: its last act */
};

/* A timer's records come after the records of the frame before it, whatever the shard. */
#define ORDINAL_TIMER UINT32_C(0x80000000)
enum { ORDINAL_N = 0xffffff };

/* A record's name in 64 bits: frame 38, timer 1, shard 7, n 18 (saturating). Grows with the order. */
static inline uint64_t rec_name(uint64_t frame, uint32_t ordinal)
{
	uint64_t n = ordinal & ORDINAL_N;

	return frame << 26 | (uint64_t)(ordinal >> 31) << 25 | (uint64_t)(ordinal >> 24 & 0x7f) << 18 |
	       (n < 0x3ffff ? n : 0x3ffff);
}

static inline uint64_t rec_name_of(const struct rec *r)
{
	return rec_name(r->frame, r->ordinal);
}

struct span { uint16_t at, n; };	/* bytes from the start of the record; n 0: absent */

struct side {			/* 32 bytes; one end */
	uint8_t ip[16];		/* IPv4 as ::ffff:a.b.c.d; all zero: no IP layer; innermost when tunnelled */
	uint8_t mac[6];		/* as seen at this tap: a router's, when routed; zero: link without MACs */
	uint16_t port;		/* 0: none */
	uint64_t station;	/* the device behind the address: Modbus unit, CIP slot path, ...; the
				 * protocol's station 0 that means "the address itself" stays 0 */
};

/* s without its port: what devices are told apart by. Masked as a whole: a store of two bytes into a copy
 * would hold up whoever reads the copy in wider words, and everybody does. */
static inline struct side side_bare(const struct side *s)
{
	static const struct side kept = {
		.ip = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 },
		.mac = { 255, 255, 255, 255, 255, 255 },
		.station = UINT64_MAX,
	};
	uint64_t word[4], mask[4];
	struct side bare;

	memcpy(word, s, sizeof(word));
	memcpy(mask, &kept, sizeof(mask));
	for (unsigned i = 0; i < 4; i++)
		word[i] &= mask[i];
	memcpy(&bare, word, sizeof(bare));
	return bare;
}

/* Of s without its port. Not for names that are written out. */
static inline uint64_t side_hash(const struct side *s, uint64_t seed)
{
	struct side bare = side_bare(s);
	uint64_t word[8] = { 0 };

	memcpy(word, &bare, sizeof(bare));
	return hash_words(word, seed);
}

enum tunnel_kind { TUNNEL_GTPU = 1, TUNNEL_VXLAN, TUNNEL_GRE, TUNNEL_ERSPAN, TUNNEL_IPIP, TUNNEL_KINDS };

enum { TUNNELS_KEPT = 2, TUNNEL_DEPTH_MAX = 4 };

struct tunnel {			/* 40 bytes, in the text; outermost first, at most TUNNELS_KEPT */
	uint8_t src[16], dst[16];
	uint32_t id;		/* TEID, VNI, GRE key, ERSPAN session */
	uint8_t kind;		/* enum tunnel_kind */
	uint8_t depth;		/* layers found, also those not kept */
	uint16_t vlan;		/* of the frame outside this tunnel */
};

struct locator {		/* 40 bytes; what it was done to */
	uint16_t space;		/* row of the protocol's own spaces[]: coil, DB, macro variable ...; 0: named
				 * only */
	uint8_t class;		/* enum obs_class: what kind of thing, as far as the wire alone says */
	uint8_t parts;		/* how many of part[] are set */
	uint32_t part[4];	/* as spaces[] says: S7 {DB, byte, bit} ... */
	uint32_t count;		/* items from there on; 0: not applicable */
	struct span name;	/* tag, topic, path, db.table, node id, DNS name, program */
	uint64_t key;		/* identity: device, station, proto, space, parts, name; not count; act_emit()
				 * fills it */
};

enum val_type {
	VAL_NONE, VAL_BOOL, VAL_INT, VAL_UINT, VAL_REAL, VAL_TEXT, VAL_TIME, VAL_RAW_BE, VAL_RAW_LE,
	VAL_SECRET, VAL_TYPES
};

struct value {			/* 32 bytes */
	uint8_t type;		/* enum val_type */
	uint8_t bits;		/* of one item on the wire */
	uint16_t items;
	struct span raw;	/* the bytes, at most VALUE_MAX; never set for SECRET */
	union {			/* items == 1 and the type is known */
		int64_t i;
		uint64_t u;
		double f;
	} one;
	uint64_t digest;	/* of all bytes on the wire, also those not in raw; 0 for SECRET */
	uint64_t length;	/* bytes on the wire */
};

enum obs_flag {
	FLAG_CUT = 1 << 0,	/* text or value did not fit the record */
	FLAG_AFTER_LOSS = 1 << 1,	/* bytes before this message, or of what it answers, are missing */
	FLAG_MIDSTREAM = 1 << 2,	/* the flow was already open when the capture began */
	FLAG_ONE_WAY = 1 << 3,	/* only one direction of the flow seen so far */
	FLAG_TO_GROUP = 1 << 4,	/* the device is a broadcast or multicast address */
	FLAG_FLOOD = 1 << 5,	/* stands for acts beyond 100 a second; times says how many */
	FLAG_OPAQUE = 1 << 6,	/* encrypted or not understood beyond what is said */
	FLAG_REST = 1 << 7,	/* item stands for itself and all later ones of the message */
	FLAG_TIMEOUT = 1 << 8,	/* made by a timer, not by a frame */
	FLAG_BY_DEVICE = 1 << 9,	/* the flow's client end could not be told; ends may be exchanged */
	FLAG_TCP = 1 << 10,	/* the transport it travelled on; none of the three: no transport layer */
	FLAG_UDP = 1 << 11,
	FLAG_SCTP = 1 << 12,
	FLAGS_KNOWN = (1 << 13) - 1,
};

struct obs {
	struct rec rec;
	uint64_t flow;		/* rec_name of the record that opened the flow or frame conversation */
	uint64_t msg;		/* the same for all items of one message */
	uint64_t re;		/* ANSWER: rec_name of the act it belongs to; 0: its request was not seen */
	uint8_t verb;		/* enum obs_verb */
	uint8_t phase;		/* enum obs_phase: ASK, WHOLE (reads: with answer, refusal or time-out),
				 * ANSWER, PUSH (nobody asked); ANSWER is never counted as an act */
	uint8_t outcome;	/* enum obs_outcome */
	uint8_t trust;		/* enum obs_trust */
	uint16_t flags;		/* enum obs_flag */
	uint16_t vlan;		/* outermost 802.1Q id; 0: none */
	uint32_t code;		/* the protocol's function, service, command, opcode: a row of its codes[] or
				 * not */
	uint32_t result;	/* the protocol's own status, 0 when none */
	uint16_t item, items;	/* item i (from 0) of n in this message */
	uint32_t times;		/* identical acts this record stands for, >= 1 */
	int64_t since_ns;	/* when the first of them was seen */
	struct side actor;	/* who caused it */
	struct side device;	/* whose state it concerns; a group address with TO_GROUP */
	struct locator object;
	struct value value;
	struct span who;	/* user, client id, IMSI, privilege: the principal of the session, never a
				 * secret */
	struct span tunnels;	/* struct tunnel[] */
	struct span own;	/* the protocol's own struct, laid out by its fields[] */
	struct span note;	/* key of a text in content/, why malformed, guessed or lost */
};

enum fact_kind {
	FACT_NAME = 1,		/* text: a name the thing uses for itself or others use for it; number: enum
				 * name_kind */
	FACT_VENDOR, FACT_MODEL, FACT_FIRMWARE, FACT_SERIAL, FACT_OS, FACT_ROLE_HINT,	/* text */
	FACT_HARDWARE,		/* text: hardware version, order number */
	FACT_PLACE,		/* text: location, plant designation the thing reports */
	FACT_MODULE,		/* text: a module in the thing's rack */
	FACT_IP_OF_MAC,		/* about.ip is used by about.mac (ARP, LLDP management address) */
	FACT_NAME_OF_IP,	/* about.ip is called text (DNS answer); until_ns: its TTL */
	FACT_ALIAS,		/* text is another name for the name in about... text "a=b" (CNAME) */
	FACT_PORT_OF,		/* text: switch port description; number: interface number */
	FACT_VLAN_OF,		/* number: VLAN id the thing says its port belongs to */
	FACT_CAPABILITY,	/* number: capability bits as the protocol defines; text: words joined by
				 * ',' */
	FACT_SERVES,		/* text: service the thing announces ("_http._tcp"); number: port */
	FACT_RUNNING,		/* text: program the machine says it runs now; said when it is another one
				 * than before, so of each number the one with the latest time counts. number:
				 * 0 the program, 1 the main program it was called by, 2 and 3 the same of the
				 * control's second path, and so forth */
	FACT_KINDS
};

enum name_kind { NAME_HOST = 1, NAME_MDNS, NAME_LLMNR, NAME_NETBIOS, NAME_GROUP, NAME_SYSTEM, NAME_DNS };

struct fact {			/* about a thing, which need be neither end of the flow (ARP, DHCP, DNS,
				 * GTP-C) */
	struct rec rec;
	struct side about;
	uint64_t from;		/* rec_name of the act it came with */
	uint16_t kind;		/* enum fact_kind */
	uint8_t trust;
	uint8_t flags;
	struct span text;
	uint64_t number;
	int64_t until_ns;	/* a lease or a TTL; 0: until contradicted */
};

enum flow_event { FLOW_OPENED = 1, FLOW_ANSWERED, FLOW_UPDATE, FLOW_CLOSED };
enum flow_end { FLOW_END_NONE, FLOW_END_FIN, FLOW_END_RST, FLOW_END_TIMEOUT, FLOW_END_EVICTED,
		FLOW_END_CAPTURE };

struct flow_info {		/* REC_FLOW: totals since the flow opened; [0] from actor, [1] from device */
	uint8_t event;		/* enum flow_event */
	uint8_t end;		/* enum flow_end; why closed */
	uint8_t kind;		/* enum layer_kind (layers.h) */
	uint8_t ip_proto;
	uint16_t ether;		/* ethertype, or LLC: 0 with lsap set */
	uint8_t lsap;
	uint8_t tcp_flags[2];	/* all flags seen */
	uint8_t icmp[2];	/* ICMP: type and code of its first message */
	uint8_t spare[5];
	uint64_t frames[2];
	uint64_t bytes[2];	/* on the wire, link layer and all */
	uint64_t payload[2];	/* transport payload captured */
	uint64_t missing[2];	/* payload bytes that never came */
	int64_t opened_ns;
	int64_t last_ns;
	uint64_t messages;	/* understood */
};

struct health {			/* REC_HEALTH: one tap, VLAN and minute */
	int64_t minute_ns;	/* start of the minute */
	uint64_t frames, bytes;
	uint64_t unicast, group;	/* frames */
	uint64_t both_ways;	/* host pairs seen in both directions in this minute */
	uint64_t one_way;	/* host pairs with unicast seen in one direction only */
	uint64_t duplicates;	/* mirror duplicates dropped */
	uint64_t cut;		/* frames cut by a snap length */
	uint64_t bad_checksum;	/* segments kept out of reassembly */
	uint64_t dropped;	/* frames the capture lost before us, as the file says */
};

_Static_assert(sizeof(struct rec) == 32, "layout");
_Static_assert(sizeof(struct side) == 32 && sizeof(struct locator) == 40, "layout");
_Static_assert(sizeof(struct value) == 32 && sizeof(struct obs) == 240, "layout");
_Static_assert(sizeof(struct obs) % 8 == 0 && sizeof(struct fact) % 8 == 0, "records stay aligned");
_Static_assert(sizeof(struct flow_info) % 8 == 0 && sizeof(struct health) % 8 == 0, "own parts stay aligned");

/* The bytes a span of this record names; n 0 when absent. Only for records rec_check() accepted. */
static inline struct bytes rec_bytes(const struct rec *r, struct span s)
{
	return (struct bytes){ .p = (const uint8_t *)r + s.at, .n = s.n };
}

/* The IP protocol number an act travelled on: 6, 17, 132; 0: no transport layer. */
static inline uint8_t obs_transport(const struct obs *o)
{
	return o->flags & FLAG_TCP ? 6 : o->flags & FLAG_UDP ? 17 : o->flags & FLAG_SCTP ? 132 : 0;
}

/* Is this block of n bytes a record that every reader of records may use: sizes, spans, enums, nested
 * lists of the protocol's fields[] all inside. The desk calls it on its own copy of hostile memory. */
bool rec_check(const void *block, size_t n);

/* Is the 16-byte address an IPv4-mapped one, all zero, or a multicast or broadcast one. */
bool ip_is_v4(const uint8_t ip[16]);
bool ip_is_zero(const uint8_t ip[16]);
bool ip_is_group(const uint8_t ip[16]);	/* multicast and 255.255.255.255 */
bool mac_is_zero(const uint8_t mac[6]);
bool mac_is_group(const uint8_t mac[6]);

/* Writes the text of an address, NUL-terminated. ip_text: at least IP_TEXT bytes; mac_text: MAC_TEXT. */
enum { IP_TEXT = 46, MAC_TEXT = 18 };
void ip_text(char out[IP_TEXT], const uint8_t ip[16]);
void mac_text(char out[MAC_TEXT], const uint8_t mac[6]);

#endif

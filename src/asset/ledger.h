/* asset/ledger.h: what the files of this room share; nobody else includes it.
 *
 * Rows live in slabs and are named by their number. Every table is only added to, and everything kept in a
 * row is a sum, a smallest, a largest or a set: so the ledger does not depend on the order of records or on
 * folding. */
#ifndef ASSET_LEDGER_H
#define ASSET_LEDGER_H

#include "asset/asset.h"
#include "core/arena.h"
#include "core/hash.h"

#define NONE32 UINT32_MAX	/* no row */

/* ---- index: hash to row numbers, never shrinking ---- */

struct index {
	uint64_t *slot;		/* upper half of the hash << 32 | row + 1; 0: empty */
	uint32_t mask;
};

struct at { uint64_t hash; uint32_t slot; };	/* a place in an index */

/* The next row whose hash may be the one looked for, from a->slot on; NONE32: none, and a->slot is empty. */
static inline uint32_t index_next(const struct index *x, struct at *a)
{
	for (;; a->slot = (a->slot + 1) & x->mask) {
		uint64_t s = x->slot[a->slot];

		if (s == 0)
			return NONE32;
		if (s >> 32 == a->hash >> 32)
			return (uint32_t)s - 1;
	}
}

static inline uint32_t index_first(const struct index *x, uint64_t hash, struct at *a)
{
	*a = (struct at){ hash, (uint32_t)hash & x->mask };
	return index_next(x, a);
}

static inline uint32_t index_after(const struct index *x, struct at *a)
{
	a->slot = (a->slot + 1) & x->mask;
	return index_next(x, a);
}

static inline void index_put(struct index *x, const struct at *a, uint32_t row)
{
	x->slot[a->slot] = (a->hash >> 32) << 32 | (row + 1);
}

/* ---- rows ---- */

enum family { V4, V6, FAMILIES };

enum { PROXY_MAX = 8 };	/* more tied addresses than a machine has */

struct end {			/* struct end_row as it grows */
	struct side side;	/* port 0 */
	uint64_t id;
	uint64_t traits;	/* roles.h */
	int64_t first_ns, last_ns;	/* of what is said here alone; talks and flows add theirs when read */
	int64_t reads_ns;	/* first read it asked of a machine; INT64_MAX: none */
	int64_t read_minute;	/* the last minute it read machines in; INT64_MIN: none */
	uint64_t read_marks;	/* the others, as bits: minute % 64 */
	uint64_t frame;
	uint16_t vlans[END_VLANS];
	uint16_t proto;
	uint16_t role_proto;	/* smallest rec.proto of machines it answered or asked; 0: none */
	uint8_t tap, flags, vlan_count;
	uint32_t mac, ip;	/* nodes; NONE32 */
	uint32_t next_of_mac, next_of_ip;
	uint32_t base;		/* of a station: the end it is behind; else NONE32 */
	uint32_t stations, next_station;	/* of a base: its stations */
	uint32_t facts;		/* first, NONE32 */
};

struct mac_node {		/* one MAC at one tap */
	uint8_t mac[6];
	uint8_t tap;
	bool heard, sent_private;
	uint32_t ends;
	uint32_t sent[FAMILIES];	/* addresses it sent with that could belong to others: not
					 * link-local */
	uint32_t confirmed[FAMILIES];	/* addresses ARP, LLDP or DHCP say are its own */
	uint32_t tied[PROXY_MAX];	/* the first of those ends */
	uint32_t only_net[FAMILIES];	/* the net of the only address it sent with; NONE32: none or
					 * several */
};

struct ip_node {		/* one IP at one tap */
	uint8_t ip[16];
	uint8_t tap;
	bool heard;
	uint32_t confirmed;	/* MACs that ARP, LLDP or DHCP say have it */
	uint32_t ends;
	uint32_t far_stations;	/* stations heard there that cannot be the address itself */
};

struct net_node {		/* IPv4 /24 or IPv6 /64 at one tap */
	uint64_t prefix;
	uint8_t tap, family;
	uint32_t confirmed;	/* addresses in it that ARP or the like tied to a MAC */
	uint32_t only;		/* MACs whose only address is in it */
};

struct fact_node { struct fact_row row; uint32_t end, next; };

struct talk {			/* struct talk_row as it grows */
	struct side actor_side, device_side;	/* port 0; with tap and proto the key */
	uint32_t actor, device;	/* ends */
	uint64_t words, acts, done, refused, partly, unanswered;
	int64_t first_ns, last_ns;
	int64_t heard_first_ns, heard_last_ns;	/* the device answering; INT64_MAX, INT64_MIN: never */
	int64_t reads_ns;	/* first read of a machine; INT64_MAX: none */
	int64_t read_minute;	/* that of the read before */
	uint64_t frame;
	uint16_t proto, port;
	uint8_t tap;
	bool asked, answered;	/* the actor, the device sent something */
	bool shown;		/* the device answered something that could be read */
};

struct flow_node { struct flow_row row; uint32_t client, server; uint8_t tap; };
struct object_node { struct object_row row; uint32_t talk; uint64_t value_name; };

struct program_node { struct program_row row; uint32_t talk; };

struct tap_state {		/* what identity rules ask about a whole tap */
	uint32_t private_macs;	/* MACs that sent with a private IPv4 address */
	uint32_t public_ties;	/* Internet addresses that ARP or the like tied to a MAC: they are at home
				 * here */
	uint32_t nets[FAMILIES];	/* nets known to be local */
};

enum { RECENT = 1 << 16, TAPS = 256, PROTOS = 128 };

struct recent { uint64_t name; uint32_t object; };	/* an ASK and the object row it counted in */

struct ledger {
	struct ledger_options options;
	struct arena arena;
	struct slab ends, macs, ips, nets, facts, talks, flows, objects, programs, coverage;
	struct index end_at, mac_at, ip_at, net_at, fact_at, talk_at, flow_at, object_at, program_at,
		coverage_at;
	struct tap_state taps[TAPS];
	uint32_t heard_ends, silent_ends, heard_cap, silent_cap;
	uint64_t ends_refused, records;
	uint64_t changes;	/* ledger_changes() */
	int64_t began_ns;	/* of the first record, this run's or an earlier one's; INT64_MAX: none */
	uint8_t word[VERB_COUNT][CLASS_COUNT];	/* word_at() number, outcome aside */
	uint8_t login_failed;
	uint8_t use[PROTOS];	/* enum use of roles.h, by rec.proto */
	uint8_t station[PROTOS];	/* enum station_kind of roles.h, by rec.proto */
	struct recent *recent;
	struct view *view;	/* export.c: scratch for reading */
};

/* ---- ends.c ---- */

/* The end with these addresses; made when missing. NONE32: a cap was hit, or the side has no address. */
uint32_t end_get(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s);
uint32_t end_find(const struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s);
uint32_t end_by_id(const struct ledger *l, uint64_t id);
void end_heard(struct ledger *l, uint32_t e);
void end_confirmed(struct ledger *l, uint32_t e);
void end_vlan(struct ledger *l, uint32_t e, uint16_t vlan);
void end_seen(struct end *e, int64_t first_ns, int64_t last_ns, uint64_t frame);
uint64_t end_id(uint8_t tap, uint16_t proto, const struct side *s);
/* Marks the end, and the address it is a station of, with what it showed; proto 0: no protocol's word. */
void end_show(struct ledger *l, uint32_t e, uint64_t traits, uint16_t proto);

/* It read a machine in this minute. A minute tells when it is over: by then what was folded in it has been
 * said, too. */
void end_reads(struct ledger *l, uint32_t e, int64_t minute);

/* From when on it keeps reading: the end of the last of READ_MINUTES different minutes; INT64_MIN: before its
 * last minute; INT64_MAX: it does not. Minutes 64 apart count as one. */
int64_t end_reads_long(const struct end *e);

/* A station that cannot be the address itself: it makes the address a gateway. */
bool station_is_far(const struct ledger *l, uint16_t proto, uint64_t station);

/* The net an address is in; made when missing and make is set. NONE32: none. */
uint32_t net_of(struct ledger *l, uint8_t tap, const uint8_t ip[16], bool make);

static inline struct end *end_at(const struct ledger *l, uint32_t e) { return slab_at(&l->ends, e); }
static inline struct mac_node *mac_at(const struct ledger *l, uint32_t m) { return slab_at(&l->macs, m); }
static inline struct ip_node *ip_at(const struct ledger *l, uint32_t i) { return slab_at(&l->ips, i); }
static inline struct net_node *net_at(const struct ledger *l, uint32_t n) { return slab_at(&l->nets, n); }

enum family ip_family(const uint8_t ip[16]);
bool ip_none(const uint8_t ip[16]);		/* all zero or 0.0.0.0 */
bool ip_link_local(const uint8_t ip[16]);
bool ip_public(const uint8_t ip[16]);	/* an IPv4 address of the Internet at large */
/* Such an address where private ones are at home, and none of its kind. */
bool ip_is_outside(const struct ledger *l, uint8_t tap, const uint8_t ip[16]);

/* ---- facts.c ---- */

void fact_record(struct ledger *l, const struct fact *f);
void fact_add(struct ledger *l, uint32_t end, const struct fact_row *row);
bool fact_beats(const struct fact_row *a, const struct fact_row *b);	/* a is shown rather than b */

/* ---- programs.c ---- */

/* A record that ends the transfer of a program; others are passed over. frame: where its evidence begins. */
void program_record(struct ledger *l, uint32_t talk, const struct obs *o, uint64_t frame);
/* The row with this verb, name and hash; made when missing. NULL: the cap was hit. */
struct program_node *program_place(struct ledger *l, uint32_t talk, const struct program_row *key);

/* ---- identity.c ---- */

struct asset_key {
	uint8_t kind;		/* enum asset_kind; 0: no asset */
	uint32_t node;		/* mac_node, ip_node; ASSET_STATION: the base's node */
	uint8_t base;		/* ASSET_STATION: kind of the base */
	uint16_t proto;
	uint64_t station;
};

struct asset_key asset_key_of(struct ledger *l, uint32_t end);
uint64_t asset_key_id(const struct ledger *l, const struct asset_key *k);
bool end_routed(struct ledger *l, uint32_t end);	/* its MAC is a router's */
bool mac_is_virtual(const uint8_t mac[6]);		/* of a virtual machine */

/* Calls each with every end of the asset; at most END_WALK are looked at. */
enum { END_WALK = 512 };
void asset_ends(struct ledger *l, const struct asset_key *k, void (*each)(void *ctx, uint32_t end),
		void *ctx);

/* ---- build.c: one asset out of its ends ---- */

struct builder {
	struct ledger *l;
	struct asset_key key;
	struct asset asset;
	uint64_t traits;
	int64_t reads_ns, reads_long_ns;
	int64_t ip_ns;		/* when asset.ip was last used */
	bool ip_shared;		/* other devices are said to have it, too */
	const struct fact_row *best[FACT_KINDS];	/* NULL: none; names of all kinds under FACT_NAME */
	struct fact_row registry;
};

void build_begin(struct builder *b, struct ledger *l, const struct asset_key *k);
void build_end(struct builder *b, uint32_t end, int64_t first_ns, int64_t last_ns);
void build_finish(struct builder *b, int64_t at_ns, bool before_changes);

/* ---- ledger.c, for load.c ---- */

uint32_t talk_find(const struct ledger *l, uint8_t tap, uint16_t proto, const struct side key[2],
		   struct at *at);
struct object_node *object_place(struct ledger *l, uint32_t talk, const struct object_row *key);

/* ---- flows.c ---- */

void flow_record(struct ledger *l, const struct obs *o);
struct flow_node *flow_get(struct ledger *l, uint32_t client, uint32_t server, const struct flow_row *key);
void coverage_record(struct ledger *l, const struct obs *o);

/* The first frame a record came from. */
static inline uint64_t rec_evidence(const struct rec *r)
{
	return r->frame - min_size(r->back, r->frame);
}

/* ---- export.c ---- */

size_t view_need(const struct ledger *l);
int view_init(struct ledger *l);

/* ---- value.c ---- */

/* UTF-8 with control characters, backslashes and broken bytes as \xNN, cut at a whole character. */
size_t clean_text(char *out, size_t cap, struct bytes b);
void value_text(char *out, size_t cap, const struct obs *o);	/* "" for secrets */

#endif

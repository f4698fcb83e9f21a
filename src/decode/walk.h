/* decode/walk.h: what the files of this room share; nobody else includes it.
 *
 * A frame is walked layer by layer. Each layer takes its header from the front of the walk and answers which
 * layer comes next, so a tunnel is one more turn of the same loop and nothing recurses. The walk ends when a
 * layer says STEP_STOP; it has then set the class, and the payload when a shard must see the frame. */
#ifndef DECODE_WALK_H
#define DECODE_WALK_H

#include "core/load.h"
#include "decode/decode.h"

enum step {
	STEP_STOP,
	STEP_ETHER,	/* an Ethernet header */
	STEP_TYPE,	/* what layers.ether says */
	STEP_LLC,	/* IEEE 802.2 */
	STEP_PPP,	/* PPP, perhaps with its address and control bytes */
	STEP_PPPOE,
	STEP_MPLS,
	STEP_IP,	/* IPv4 or IPv6, as its first four bits say */
	STEP_IP4,
	STEP_IP6,
	STEP_PROTO,	/* what layers.ip_proto says */
};

enum {
	STEPS_MAX = 48,		/* layers of one frame; more is FRAME_TOO_DEEP */
	TAGS_MAX = 8,		/* VLAN tags in a row; the frame is then left at the tag */
	LABELS_MAX = 16,	/* MPLS labels in a row */
	EXTENSIONS_MAX = 10,	/* IPv6 extension headers in a row; RFC 8504 section 5.3 allows such a
				 * limit */
	COVERAGE_ROWS = 512,	/* tap and VLAN pairs of one minute; later VLANs share VLAN_REST of their
				 * tap */
	VLAN_REST = 0xffff,	/* no 802.1Q id: ids have 12 bits */
};

struct walk {
	struct decode *d;
	const struct frame *f;
	struct layers *l;
	struct cursor c;	/* captured bytes from this layer on */
	size_t wire;		/* bytes from this layer on as the headers around it say; >= c.left */
	struct bytes segment;	/* what segment_sum is the sum of; empty: none was made */
	uint64_t segment_sum;
	uint32_t tunnel_id;	/* of the innermost tunnel; tells equal inner addresses apart */
	uint8_t class;		/* set when the walk stops */
	uint8_t steps;
	bool give;		/* a shard must see it */
	bool deduplicated;	/* the first IP header has been compared with its forerunners */
	bool whole;		/* payload comes from the reassembly buffer */
	bool unjudged;	/* segmentation offload: the checksum cannot be right */
	bool header_bad;	/* IPv4 header checksum */
};

static inline const uint8_t *walk_take(struct walk *w, size_t n)
{
	const uint8_t *p = cur_take(&w->c, n);

	if (p != NULL)
		w->wire -= n;
	return p;
}

/* The layer is total bytes long; what lies behind is padding. Longer than there is: it was cut. */
static inline void walk_trim(struct walk *w, size_t total)
{
	w->wire = total;
	if (w->c.left > total)
		w->c.left = total;
}

static inline enum step walk_stop(struct walk *w, enum frame_class class)
{
	w->class = (uint8_t)class;
	return STEP_STOP;
}

/* The walk arrived: everything left is payload. */
static inline enum step walk_give(struct walk *w, enum layer_kind kind, enum frame_class class)
{
	struct layers *l = w->l;

	l->kind = (uint8_t)kind;
	l->payload = (struct bytes){ .p = w->c.p, .n = w->c.left };
	l->payload_wire = (uint32_t)w->wire;
	if (w->wire > w->c.left)
		l->flags |= LAYER_CUT;
	w->give = true;
	w->class = (uint8_t)(w->whole ? FRAME_FRAGMENT : class);
	return STEP_STOP;
}

/* A host as a number: equal hosts give equal numbers. IPv4 is exact, IPv6 is hashed. */
static inline uint64_t walk_host(const uint8_t ip[16])
{
	return load_u64(ip) * UINT64_C(0x9e3779b97f4a7c15) + load_u64(ip + 8);
}

/* RFC 5771; RFC 919 section 7. */
static inline bool ip4_is_group(const uint8_t ip[4])
{
	return (ip[0] & 0xf0) == 0xe0 || load_u32(ip) == UINT32_MAX;
}

/* ---- link.c ---- */
enum { LINKTYPE_ETHERNET = 1, ETHERTYPE_IP4 = 0x0800 };	/* tcpdump.org/linktypes.html; IEEE registry */
enum step link_first(struct walk *w);	/* by the link type of the capture */
enum step link_ether(struct walk *w);
enum step link_type(struct walk *w);
enum step link_llc(struct walk *w);
enum step link_ppp(struct walk *w);
enum step link_pppoe(struct walk *w);
enum step link_mpls(struct walk *w);
/* The layer inside a PPP frame and the bytes before it; 0 bytes: cut short. */
enum step link_ppp_next(struct bytes b, size_t *ret_skip);
/* Could an Ethernet frame, an IP packet stand here? For layers that do not say what they carry. named: only
 * an ethertype or LLC address we know the name of will do. */
bool link_plausible_ether(struct bytes b, size_t wire, bool named);
bool ip_plausible(struct bytes b, size_t wire);

/* ---- ip.c ---- */
enum step ip_either(struct walk *w);
enum step ip_v4(struct walk *w);
enum step ip_v6(struct walk *w);
enum step ip_proto(struct walk *w);

/* ---- transport.c ---- */
enum step transport_tcp(struct walk *w);
enum step transport_udp(struct walk *w);
enum step transport_sctp(struct walk *w);
enum step transport_icmp(struct walk *w);

/* ---- tunnel.c ---- */
enum step tunnel_ipip(struct walk *w, enum step inner);
enum step tunnel_gre(struct walk *w);
/* The UDP payload is at the front of w. False: it is no tunnel, w is as it was. */
bool tunnel_udp(struct walk *w, enum step *ret_next);

/* ---- fragment.c ---- */
struct fragment { uint32_t id; uint32_t at; uint8_t proto; bool more; };
struct fragment_table;
size_t fragment_need(const struct limits *limits);
int fragment_init(struct fragment_table **ret_t, struct arena *a, const struct limits *limits);
/* The piece is what is left of w. Complete: w is over the whole datagram, STEP_PROTO; otherwise STEP_STOP. */
enum step fragment_add(struct walk *w, const struct fragment *piece);
/* Gives up what began more than 30 s before now_ns. */
void fragment_expire(struct decode *d, int64_t now_ns);

/* ---- duplicate.c ---- */
struct duplicate_table;
size_t duplicate_need(void);
int duplicate_init(struct duplicate_table **ret_t, struct arena *a);
void duplicate_seed(struct duplicate_table *t, uint64_t seed);
/* packet: the whole IP packet, at least its fixed header. Was it seen on this tap within 5 ms? Its sum
 * (sum.h) is a by-product. */
bool duplicate_seen(struct decode *d, const struct frame *f, struct bytes packet, uint64_t *ret_sum);

/* ---- checksum.c ---- */
struct checksum_table;
size_t checksum_need(void);
int checksum_init(struct checksum_table **ret_t, struct arena *a);
/* Is the checksum of the segment (transport header and payload as captured), and of the IPv4 header,
 * right? */
bool checksum_right(const struct walk *w, struct bytes segment);
/* Judges the segment by that and by what its sender is known for, and sets LAYER_BAD_CHECKSUM. */
void checksum_judge(struct decode *d, struct layers *l, struct bytes segment, bool right);

/* ---- coverage.c ---- */
struct coverage;
size_t coverage_need(void);
int coverage_init(struct coverage **ret_v, struct arena *a);
/* Counts the frame just classified. give: a shard sees it; pair: hash of its host pair; forward: from the
 * lower host to the higher. */
void coverage_count(struct decode *d, const struct frame *f, const struct layers *l, bool give, uint64_t pair,
		    bool forward);

/* ---- usual.c ---- */
/* The whole walk at once for the frame that nearly all are. False: this is not one, and nothing was
 * touched. */
bool usual_frame(struct decode *d, const struct frame *f, struct layers *l, bool *ret_give);

struct decode {
	struct decode_stats stats;
	struct duplicate_table *duplicates;
	struct checksum_table *checksums;
	struct fragment_table *fragments;
	struct coverage *coverage;
	int64_t now_ns;		/* the largest capture time so far */
};

/* Counts one frame under its number; named_other when the table is full. */
void decode_name(struct decode *d, struct named_count *table, uint32_t number);

#endif

/* stream/shard.h: what the files of this room share; nobody else includes it. */
#ifndef STREAM_SHARD_H
#define STREAM_SHARD_H

#include "stream/stream.h"

#define NONE32 UINT32_MAX	/* no slab index */

struct naming {			/* the next record's (frame, ordinal) */
	uint64_t frame;
	uint32_t timer;		/* 0 or ORDINAL_TIMER */
	uint32_t n;
};

/* ---- flow.c: the table of flows ---- */

struct half {			/* one direction; [0] from the client */
	uint32_t next_seq;	/* TCP: the next byte wanted */
	uint32_t acked;		/* TCP: highest byte the other side acknowledged */
	uint32_t waits;		/* tcp.c: the hole and the pieces behind it; sctp.c: fragments (slab index),
				 * NONE32 */
	uint32_t buffer;	/* frame.c: bytes waiting for a whole message, NONE32 */
	uint32_t fin_seq;	/* TCP: where the stream ends, when HALF_FIN is set */
	uint32_t kept_seq, kept_n;	/* TCP: bytes delivered last that tcp.c still has, to compare with
					 * when sent again */
	uint64_t kept_at;	/* where in flow_table.kept; SCTP: bit i: TSN next_seq - 1 - i was seen */
	uint64_t frames, bytes, payload, missing;
	uint64_t body_left;	/* framing: body bytes still to stream */
	uint64_t start_frame;	/* framing: where the message being gathered began */
	uint8_t tcp_flags;
	uint8_t sync;		/* framing: enum sync */
	uint8_t failures;	/* framing: failed attempts to find sync */
	uint8_t strays;		/* TCP: segments in a row far outside the window */
	uint16_t offered;	/* claiming: bytes shown to probes so far, saturating */
	uint8_t flags;		/* enum half_flag */
	uint8_t spare;
};

struct flow {
	uint8_t ip[2][16];	/* [0] client, [1] server */
	uint8_t mac[2][6];
	uint16_t port[2];
	uint64_t name;		/* rec_name of the record that opened it */
	int64_t opened_ns, last_ns, said_ns;	/* said: last REC_FLOW */
	struct half half[2];
	void *state;		/* of the claimed protocol */
	const struct proto *proto;	/* NULL: not claimed */
	const struct proto *spoken;	/* of an ended flow: what its closing record calls it */
	uint32_t next, prev;	/* by last use, oldest first */
	uint32_t inner;		/* relate.c: protocols inside (slab index), NONE32 */
	uint32_t asks;		/* pair.c: newest open request (slab index), NONE32 */
	uint32_t who;		/* relate.c: principal (slab index), NONE32 */
	uint32_t tunnels;	/* flow.c: struct tunnel[TUNNELS_KEPT] (slab index), NONE32 */
	uint32_t gathers;	/* gather.c: messages being gathered (slab index), NONE32 */
	uint32_t transfers;	/* transfer.c: open transfers (slab index), NONE32 */
	uint32_t keeps;		/* keep.c: what is open (slab index), NONE32 */
	uint32_t hash;
	uint64_t messages;
	uint16_t ether, vlan;
	uint8_t lsap, ip_proto, kind, tap;
	uint8_t claim;		/* frame.c: enum claim */
	uint8_t tunnel_count, tunnel_depth;
	uint8_t flags;		/* enum flow_flag */
	uint8_t ask_count;
	uint8_t icmp[2];	/* type and code of its first message; else 0 */
	uint8_t list;		/* flow.c: which time-out it waits in */
	uint8_t end;		/* enum flow_end, once FLOW_ENDED */
	uint8_t number;		/* of proto, as in rec.proto; 0: not claimed */
	uint8_t refused;	/* messages refused while FLOW_GUESSED */
};

enum flow_flag {
	FLOW_MIDSTREAM = 1, FLOW_ENDS_KNOWN = 2, FLOW_BOTH_WAYS = 4, FLOW_EXPECTED = 8, FLOW_GROUP = 16,
	FLOW_ENDED = 32,
	FLOW_GUESSED = 128,	/* claimed on a port the protocol is not known for, and no message accepted
				 * yet */
	FLOW_SAID = 64,		/* an act was made: the ends stay as they are */
};

enum half_flag {
	HALF_SEQ = 1,		/* TCP: next_seq is known */
	HALF_SYN = 2,		/* TCP: its SYN was seen */
	HALF_FIN = 4,		/* TCP: fin_seq is known */
	HALF_ENDED = 8,		/* TCP: everything up to the FIN came */
	HALF_LOSS = 16,		/* bytes are missing before the next message */
	HALF_REFUSED = 32,	/* body_left counts bytes of a message that was refused */
	HALF_DROPPED = 64,	/* body_left counts bytes of a message that lost others */
	HALF_ACKED = 128,	/* TCP: acked is known */
};

struct flow *flow_at(const struct shard *s, uint32_t index);
uint32_t flow_index(const struct shard *s, const struct flow *f);

/* The kept tunnels of f: f->tunnel_count of struct tunnel; n in bytes, 0 without. */
struct bytes flow_tunnels(const struct shard *s, const struct flow *f);

/* What other files hang on a flow: nothing yet. flow.c calls it when a flow opens. */
static inline void flow_parts_none(struct flow *f)
{
	f->inner = f->asks = f->who = f->tunnels = f->gathers = f->transfers = f->keeps = NONE32;
}

/* The context every call into a protocol gets; l is the frame being worked on, during ticks and at the end
 * layers made from the flow (never NULL). */
struct proto_ctx flow_ctx(struct shard *s, struct flow *f, bool from_client);

/* ---- frame.c: claiming and framing ---- */

/* From here on f belongs to p: state is state_size fresh zeroes (the old one is given back),
 * proto_stats.flows counts it. p NULL: nobody's, probed anew. False: no memory for the state, and f stays as
 * it was. expect_claim() and relate_message_ended() call it. */
bool flow_claim(struct shard *s, struct flow *f, const struct proto *p);

/* ---- act.c ---- */

struct builder {		/* the record being built; one per shard */
	_Alignas(16) uint8_t bytes[REC_MAX];
	size_t used;
	bool open;
	uint64_t msg;		/* the name all acts of this message share; 0: none emitted yet */
	uint64_t evidence;	/* frame where the evidence begins */
	uint64_t re;		/* of the answered ask, or 0 */
	uint64_t last_act;	/* emitted last in this message */
	uint64_t again;		/* of the message act_again() was asked about; 0: none */
	const struct proto *proto;	/* the last one asked for its number */
	uint16_t number;
};

/* Sends the REC_FLOW record of f with this event. Its name is returned. */
uint64_t act_flow(struct shard *s, struct flow *f, uint8_t event, uint8_t end);

/* Sends an act `malformed` about the message m, with note why (or NULL: the protocol said none). The caller
 * counts: sums and proto_stats.messages, .malformed, .lost, .bytes of the flow's protocol are frame.c's, of
 * inner ones relate.c's; .acts, .folded and .facts are act.c's. x->proto NULL: koban's own (rec.proto 0). */
void act_malformed(struct proto_ctx *x, struct bytes m, const char *why);

/* The same about an overlap with different bytes: value.raw and value.digest are of the bytes that came
 * again, code and result hold the low 32 bits of the digest of the first ones and of the new ones. note
 * "stream.overlap". */
void act_overlap(struct proto_ctx *x, struct bytes first, struct bytes again);

/* Before message() and data(): forgets msg, re, last_act and what the last message borrowed (pair, gather);
 * evidence begins at frame. */
void act_message_begins(struct shard *s, uint64_t frame);

/* Gives a finished record its name (size, type, tap, proto, back and at_ns are set) and puts it into the
 * ring. */
uint64_t act_commit(struct shard *s, struct rec *r);

/* ---- fold.c: one record for identical consecutive acts ---- */

/* Is the act that x->flow made of `again` before, and that was swallowed then, still the run it was counted
 * in? Counted there as well, with its evidence. */
bool fold_again(struct shard *s, const struct proto_ctx *x, uint64_t again, uint32_t back);

/* True: swallowed, counted in a run. False: send it. Counts of what it ended were sent before. */
bool fold_act(struct shard *s, const struct flow *f, const struct obs *o);
void fold_tick(struct shard *s, int64_t now_ns);	/* whole minutes: says the counts */
/* X_due(): no X_tick() before this moment has anything to do. */
int64_t fold_due(const struct shard *s);
void fold_close(struct shard *s);

/* ---- pair.c, gather.c, transfer.c, keep.c, relate.c: ends of things ---- */

void pair_message_begins(struct shard *s);
void pair_message_ended(struct shard *s);	/* relate_message_ended() calls it */
void gather_message_begins(struct shard *s);

void pair_tick(struct shard *s, int64_t now_ns);
int64_t pair_due(const struct shard *s);
void pair_flow_ends(struct proto_ctx *x);		/* every open request is unanswered */
void gather_flow_ends(struct shard *s, struct flow *f);
void transfer_flow_ends(struct shard *s, struct flow *f);
void keep_flow_ends(struct shard *s, struct flow *f);
/* before the flow's own end(): that of those inside it */
void relate_flow_ending(struct shard *s, struct flow *f);
void relate_flow_ends(struct shard *s, struct flow *f);
void relate_lost(struct proto_ctx *x, uint64_t bytes);	/* after the flow's own lost(): that of those inside
							 * it */
void expect_tick(struct shard *s, int64_t now_ns);
int64_t expect_due(const struct shard *s);
/* After every message() and data(), of any carrier: says which requests were pushed out, and carries out a
 * flow_become() that was asked for (the old state must live until then), with flow_claim(). True: the flow
 * speaks something else now, f->proto (NULL: to be probed), from the next byte on in both directions. */
bool relate_message_ended(struct shard *s, struct flow *f);
/* The context of protocol p at this depth inside f (0: of the flow itself), as for the client. */
struct proto_ctx relate_ctx(struct shard *s, struct flow *f, const struct proto *p, uint8_t depth);
/* The protocol a new flow was announced for, or NULL. Claims f for it (flow_claim()) and starts its state
 * with the announced bytes. Ends, MACs and ports of f are set already. */
const struct proto *expect_claim(struct shard *s, struct flow *f);
/* The protocol that says most about this flow: the innermost of those inside, or its own; NULL: none. */
const struct proto *relate_innermost(const struct shard *s, const struct flow *f);
struct bytes relate_who(const struct shard *s, const struct flow *f);

/* ---- the shard ---- */

struct fold_table;		/* fold.c */
struct pair_table;		/* pair.c */
struct gather_table;		/* gather.c */
struct transfer_table;		/* transfer.c */
struct keep_table;		/* keep.c */
struct relate_table;		/* relate.c */
struct expect_table;		/* expect.c */
struct flow_table;		/* flow.c, tcp.c, frame.c */

struct shard {
	unsigned number;
	struct stream_options options;
	struct limits limits;	/* this shard's part: ceil(limit / SHARDS) */
	struct ring *out;
	struct stream_stats *stats;
	uint64_t frame;		/* being worked on; during ticks the last one before */
	int64_t now_ns;		/* its capture time; during ticks the moment the timer was due; may run
				 * backwards */
	int64_t clock_ns;	/* largest capture time so far: timers and time-outs are set from this one */
	const struct layers *l;	/* of the frame being worked on; NULL during ticks */
	struct naming naming;
	struct builder build;
	struct fold_table *fold;
	struct pair_table *pair;
	struct gather_table *gather;
	struct transfer_table *transfer;
	struct keep_table *keep;
	struct relate_table *relate;
	struct expect_table *expect;
	struct flow_table *flows;
	const struct slab *watched[16];	/* by enum limit_at; NULL: not a slab of this room */
};

/* The order of LIMITS(): stream_stats.limit[] and shard.watched[]. Each X_init() sets watched[] for its
 * slabs; shard.c copies used, peak and refused into stats. */
enum limit_at {
#define LIMIT_AT(name, dflt) LIMIT_AT_##name,
	LIMITS(LIMIT_AT)
#undef LIMIT_AT
	LIMIT_AT_COUNT
};

/* The act being built, also after act_emit() until the next begin. */
static inline struct obs *act_built(struct shard *s)
{
	return (struct obs *)(void *)s->build.bytes;
}

/* Each file takes its tables from a; 0 or -ENOMEM. X_need() says how many bytes that will be. */
size_t fold_need(const struct limits *part);
int fold_init(struct shard *s, struct arena *a);
size_t pair_need(const struct limits *part);
int pair_init(struct shard *s, struct arena *a);
size_t gather_need(const struct limits *part);
int gather_init(struct shard *s, struct arena *a);
size_t transfer_need(const struct limits *part);
int transfer_init(struct shard *s, struct arena *a);
size_t keep_need(const struct limits *part);
int keep_init(struct shard *s, struct arena *a);
size_t relate_need(const struct limits *part);
size_t expect_need(const struct limits *part);
int relate_init(struct shard *s, struct arena *a);
int expect_init(struct shard *s, struct arena *a);
size_t flow_need(const struct limits *part);
int flow_init(struct shard *s, struct arena *a);

#endif

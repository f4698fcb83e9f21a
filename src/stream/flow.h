/* stream/flow.h: what flow.c, flow_table.c, tcp.c, tcp_order.c, sctp.c, claim.c, frame.c and buffer.c
 * share. */
#ifndef STREAM_FLOW_H
#define STREAM_FLOW_H

#include "core/util.h"
#include "stream/shard.h"

enum {
	STATE_CLASSES = 5,	/* per-flow states of 32, 64, 128, 256, 512 bytes */
	BUFFER_CLASSES = 5,	/* waiting bytes of 256, 1024, 4096, 16384, 65536 bytes */
	CLAIM_BYTES = 4096,	/* shown to probes, a direction */
	PIECE_BYTES = 2016,	/* of a waiting segment, in a slab piece of 2 KiB */
	HOLE_SEGMENTS = 64,	/* behind a hole; then it is loss */
	HOLE_BYTES = 262144,
	KEPT_BYTES = 65536,	/* delivered last, of all flows of a shard: compared with what is sent
				 * again */
};
#define HOLE_NS NS_PER_S

enum flow_list { LIST_SHORT, LIST_DATAGRAM, LIST_ETHER, LIST_TCP, LISTS };

enum claim { CLAIM_OPEN, CLAIM_DONE, CLAIM_NEVER };

struct slot { uint32_t hash, flow; };	/* flow + 1; 0: free */

struct piece {			/* a part of a segment that came too early */
	uint64_t frame;
	uint32_t seq, n;
	uint32_t next;
	uint32_t spare;
	uint8_t bytes[PIECE_BYTES];
};

struct wait {			/* one direction with a hole */
	int64_t since_ns;
	uint32_t flow;
	uint32_t first, last;	/* pieces by sequence number */
	uint32_t next, prev;	/* waits, the oldest hole first */
	uint32_t segments, bytes;
	uint8_t dir;
};

struct buffer {			/* bytes waiting for a whole message, or for a protocol */
	uint64_t frame;		/* that brought the first of them */
	uint32_t used, cap;
	uint32_t known;		/* bytes the message will have, when cut() said so; else 0 */
	uint32_t spare;
	uint8_t bytes[];
};

struct fragments {		/* SCTP: a message in pieces, of one stream and direction */
	uint32_t next;		/* of the same flow; half[0].waits is the first */
	uint32_t buffer;
	uint32_t tsn;		/* expected next */
	uint32_t ppid;
	uint16_t stream;
	uint8_t dir, unordered;
};

struct flow_table {
	struct slab flows, tunnels, waits, pieces, fragments;
	struct slab states[STATE_CLASSES], buffers[BUFFER_CLASSES];
	struct slot *slots;	/* mask + 1 of them, at room + mask + 1: each doubling has a place of its
				 * own */
	struct slot *room;
	uint32_t mask, most;	/* most: slots at full size */
	struct flow *latest;	/* of the frame before: more often than not the next one is of it too; NULL:
				 * it ended */
	uint32_t first[LISTS], last[LISTS];
	uint32_t wait_first, wait_last;
	int64_t second_ns;	/* beginning of the second the clock is in */
	uint64_t kept_end;	/* bytes ever put into kept */
	struct layers made;	/* for calls into protocols without a frame */
	_Alignas(16) uint8_t scratch[512];	/* state while a protocol is only being tried */
	uint8_t tcp_known[8192], udp_known[8192];	/* bits: ports of some protocol */
	uint8_t head[2][CLAIM_BYTES];
	uint8_t kept[KEPT_BYTES];
};

/* ---- flow_table.c ---- */
/* The same for both directions. */
uint32_t flow_hash(const struct shard *s, const struct layers *l);
/* Is l a frame of f, and from which end? 0: the client, 1: the server, -1: no. */
static inline int flow_match(const struct flow *f, const struct layers *l)
{
	if (f->kind != l->kind || f->tap != l->tap)
		return -1;
	if (l->kind != KIND_ETHER) {
		if (f->ip_proto != l->ip_proto)
			return -1;
		for (int d = 0; d < 2; d++)
			if (f->port[d] == l->src_port && f->port[!d] == l->dst_port &&
			    memcmp(f->ip[d], l->src_ip, 16) == 0 && memcmp(f->ip[!d], l->dst_ip, 16) == 0)
				return d;
		return -1;
	}
	if (f->ether != l->ether || f->lsap != l->lsap || f->vlan != l->vlan)
		return -1;
	for (int d = 0; d < 2; d++)
		if (memcmp(f->mac[d], l->src_mac, 6) == 0 && memcmp(f->mac[!d], l->dst_mac, 6) == 0)
			return d;
	return -1;
}
struct flow *flow_find(const struct shard *s, uint32_t hash, const struct layers *l, int *ret_dir);
void flow_slot_put(struct flow_table *t, uint32_t hash, uint32_t index);
void flow_slot_remove(struct flow_table *t, uint32_t hash, uint32_t index);
void flow_slots_grow(struct flow_table *t);

/* ---- flow.c ---- */
void flow_frame(struct shard *s, const struct layers *l);
void flow_tick(struct shard *s, int64_t now_ns);
int64_t flow_due(const struct shard *s);	/* no flow_tick() before this moment has anything to do */
void flow_close_all(struct shard *s);
/* The protocol hears that the flow ended; buffers and state are given back. The flow stays for late segments.
 * */
void flow_finish(struct shard *s, struct flow *f, uint8_t end);

/* ---- tcp.c, tcp_order.c ---- */
void tcp_frame(struct shard *s, struct flow *f, const struct layers *l, unsigned d);
/* Does this SYN or segment belong to a new conversation with the same ends? */
bool tcp_is_new(const struct shard *s, const struct flow *f, const struct layers *l, unsigned d);
void tcp_begin(struct flow *f, const struct layers *l, unsigned d);
/* A hole has waited long enough. */
void tcp_give_up(struct shard *s, struct flow *f, unsigned d);
/* Delivers everything that waits, and the loss the peer acknowledged past. */
void tcp_finish(struct shard *s, struct flow *f);

/* ---- sctp.c ---- */
void sctp_frame(struct shard *s, struct flow *f, const struct layers *l, unsigned d);
void sctp_finish(struct shard *s, struct flow *f);

/* ---- frame.c ---- */
/* The next bytes of a stream, from a segment of this frame. */
void frame_bytes(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame);
/* A whole message: datagram, frame payload, SCTP user message. */
void frame_datagram(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame,
		    uint32_t ppid);
void frame_lost(struct shard *s, struct flow *f, unsigned d, uint64_t n);
/* This direction ended in order. */
void frame_half_ends(struct shard *s, struct flow *f, unsigned d);
void frame_finish(struct shard *s, struct flow *f);
/* What the protocol's cut() says of these bytes, made safe. */
struct cut frame_cut(struct proto_ctx *x, struct bytes have);

/* ---- claim.c ---- */
/* Bytes of a flow nobody has yet. */
void claim_bytes(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame, uint32_t ppid);
/* Nothing more will come. */
void claim_finish(struct shard *s, struct flow *f);
void claim_log_drop(struct shard *s, struct flow *f);
void claim_state_drop(struct shard *s, struct flow *f);

/* ---- buffer.c ---- */
struct buffer *buffer_at(const struct flow_table *t, uint32_t id);
/* Room for `want` bytes in *id (NONE32: a new one). False: the cap was hit, and *id is as it was. */
bool buffer_room(struct flow_table *t, uint32_t *id, size_t want);
void buffer_drop(struct flow_table *t, uint32_t *id);

#endif

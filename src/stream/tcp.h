/* stream/tcp.h: between tcp.c, which judges segments, and tcp_order.c, which puts their bytes in order. */
#ifndef STREAM_TCP_H
#define STREAM_TCP_H

#include "stream/flow.h"

/* How far sequence number a lies behind b (RFC 9293 section 3.4). */
static inline int32_t seq_apart(uint32_t a, uint32_t b) { return (int32_t)(a - b); }

/* The other end has acknowledged everything before seq. h: the direction of the bytes. */
static inline bool acked_past(const struct half *h, uint32_t seq)
{
	return (h->flags & HALF_ACKED) && seq_apart(h->acked, seq) >= 0;
}

static inline struct bytes part(struct bytes b, size_t from, size_t n)
{
	return (struct bytes){ b.p + from, n };
}

/* b is next in direction d. frame: the one it came in. */
void tcp_deliver(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame);

/* n bytes at next_seq will not come. */
void tcp_skip(struct shard *s, struct flow *f, unsigned d, uint32_t n);

/* Bytes at seq were delivered before: those still kept are compared, and a difference is said. */
void tcp_again(struct shard *s, struct flow *f, unsigned d, uint32_t seq, struct bytes again);

/* b, not next or behind others that wait, waits or, if nothing is missing any more, is delivered. Where it
 * overlaps what waits, that wins; what finds no room is discarded and counted. */
void tcp_hold(struct shard *s, struct flow *f, unsigned d, uint32_t seq, struct bytes b);

/* Gives up holes for which there is reason. */
void tcp_judge(struct shard *s, struct flow *f, unsigned d);

/* Ends the direction if its bytes up to the FIN came. */
void tcp_end(struct shard *s, struct flow *f, unsigned d);

#endif

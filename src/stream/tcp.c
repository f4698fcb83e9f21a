/* stream/tcp.c: what a segment means: does it begin a conversation, is it of this stream, what does it end.
 *
 * Sequence numbers are compared by their distance (RFC 9293 section 3.4), so they may wrap. */
#include "stream/tcp.h"

enum {
	FAR = 1 << 24, /* bytes; a segment farther off, not acknowledged, is not of this stream ... */
	STRAYS_MAX = 8, /* ... unless so many follow each other */
};
static const int64_t idle_ns = 10 * NS_PER_S; /* a SYN on a flow that was silent so long opens a new one */

/* ---- is it a new conversation ---- */

static bool syn_is_new(const struct shard *s, const struct flow *f, const struct layers *l, unsigned d)
{
	const struct half *h = &f->half[d];

	if ((h->flags & HALF_SYN) && h->next_seq == l->seq + 1)
		return false; /* sent again */
	if (f->flags & FLOW_ENDED)
		return true;
	if (l->tcp_flags & TCP_ACK) /* the other end agrees to begin anew */
		return h->flags & HALF_SYN ? h->payload > 0 && seq_apart(l->seq + 1, h->next_seq) != 0
					   : h->payload > 0;
	return s->clock_ns - f->last_ns >= idle_ns || !(f->flags & FLOW_BOTH_WAYS) ||
	       ((f->flags & FLOW_MIDSTREAM) && f->messages == 0);
}

/* A host that reset or ended the connection sends no more data on it. If it does, the RST or FIN was somebody
 * else's, and what follows must not stay unseen. */
static bool lives_on(const struct flow *f, const struct layers *l, unsigned d)
{
	const struct half *h = &f->half[d];
	bool said_end = f->end == FLOW_END_RST ? (h->tcp_flags & TCP_RST) != 0 : f->end == FLOW_END_FIN;
	int32_t gap = seq_apart(l->seq, h->next_seq);

	return (f->flags & FLOW_ENDED) && said_end && !(l->tcp_flags & TCP_RST) && l->payload.n > 0 &&
	       (h->flags & HALF_SEQ) && gap >= 0 && gap < FAR;
}

bool tcp_is_new(const struct shard *s, const struct flow *f, const struct layers *l, unsigned d)
{
	return l->tcp_flags & TCP_SYN ? !(l->tcp_flags & TCP_RST) && syn_is_new(s, f, l, d)
				      : lives_on(f, l, d);
}

void tcp_begin(struct flow *f, const struct layers *l, unsigned d)
{
	if (!(l->tcp_flags & TCP_SYN) || !(l->tcp_flags & TCP_ACK))
		return;
	/* The SYN was not seen; its answer names the first byte of the client. */
	f->half[!d].next_seq = l->ack;
	f->half[!d].flags |= HALF_SEQ;
}

/* ---- a segment ---- */

/* A segment far outside the stream. True: enough of them have come, the stream goes on there. */
static bool stray(struct shard *s, struct flow *f, unsigned d, uint32_t seq)
{
	struct half *h = &f->half[d];
	int32_t gap = seq_apart(seq, h->next_seq);

	if (gap > -FAR && gap < FAR) {
		h->strays = 0;
		return true;
	}
	if (gap > 0 && acked_past(h, seq)) {
		h->strays = 0;
		return true;
	}
	if (++h->strays < STRAYS_MAX)
		return false;
	while (h->waits != NONE32)
		tcp_give_up(s, f, d);
	gap = seq_apart(seq, h->next_seq);
	if (gap > 0)
		tcp_skip(s, f, d, (uint32_t)gap);
	else
		frame_lost(s, f, d, 0);
	h->next_seq = seq;
	h->strays = 0;
	return true;
}

/* Takes away what was delivered already. */
static struct bytes without_old(struct shard *s, struct flow *f, unsigned d, uint32_t *seq, struct bytes b)
{
	struct half *h = &f->half[d];
	int32_t gap = seq_apart(*seq, h->next_seq);

	if (gap >= 0)
		return b;
	size_t old = min_size((size_t)-(int64_t)gap, b.n);
	/* A keep-alive probe is one byte below the next one, of any value (RFC 9293 section 3.8.4). */
	bool probe = b.n == 1 && gap == -1;

	s->stats->sums.overlap += old;
	if (!probe)
		tcp_again(s, f, d, *seq, part(b, 0, old));
	*seq += (uint32_t)old;
	return part(b, old, b.n - old);
}

/* missing: bytes of the segment behind b that the capture cut off. */
static void take(struct shard *s, struct flow *f, unsigned d, uint32_t seq, struct bytes b, uint32_t missing)
{
	struct half *h = &f->half[d];

	if (!(h->flags & HALF_SEQ)) {
		h->next_seq = seq;
		h->flags |= HALF_SEQ;
	}
	if (!stray(s, f, d, seq)) {
		s->stats->sums.discarded += b.n;
		return;
	}
	uint32_t end = seq + (uint32_t)b.n + missing;

	b = without_old(s, f, d, &seq, b);
	if (h->waits == NONE32 && seq == h->next_seq) {
		tcp_deliver(s, f, d, b, s->l->first_frame);
	} else if (b.n > 0) {
		tcp_hold(s, f, d, seq, b);
	}
	if (missing > 0 && h->waits == NONE32 && seq_apart(end, h->next_seq) > 0 &&
	    seq_apart(end, h->next_seq) <= (int32_t)missing)
		tcp_skip(s, f, d, end - h->next_seq);
	tcp_judge(s, f, d);
}

/* What the other end has acknowledged of direction d. */
static void take_ack(struct shard *s, struct flow *f, unsigned d, uint32_t ack)
{
	struct half *h = &f->half[d];

	if (!(h->flags & HALF_ACKED) || seq_apart(ack, h->acked) > 0) {
		h->acked = ack;
		h->flags |= HALF_ACKED;
		if (h->waits != NONE32 || (h->flags & (HALF_FIN | HALF_ENDED)) == HALF_FIN)
			tcp_judge(s, f, d);
	}
}

/* After the end: nothing is shown any more, but every byte is counted. */
static void late(struct shard *s, const struct half *h, const struct layers *l)
{
	bool old = (h->flags & HALF_SEQ) && seq_apart(l->seq, h->next_seq) < 0;

	if (old)
		s->stats->sums.overlap += l->payload.n;
	else
		s->stats->sums.discarded += l->payload.n;
}

static void take_rst(struct shard *s, struct flow *f, unsigned d, const struct layers *l)
{
	const struct half *h = &f->half[d];
	int32_t gap = seq_apart(l->seq, h->next_seq);

	/* A reason for people, not part of the stream (RFC 9293 3.5.3). */
	s->stats->sums.discarded += l->payload.n;
	if (!(h->flags & HALF_SEQ) || (gap > -FAR && gap < FAR))
		flow_finish(s, f, FLOW_END_RST);
}

/* Only the first SYN of a direction counts, and only before its data: anybody can send another. */
static void take_syn(struct half *h, const struct layers *l)
{
	if ((h->flags & HALF_SYN) || h->payload > l->payload.n)
		return;
	h->next_seq = l->seq + 1;
	h->flags |= HALF_SEQ | HALF_SYN;
}

/* A SYN takes a sequence number (RFC 9293 3.4), which those who write captures by program tend to forget.
 * Their data begin where the SYN stood, and the other side has acknowledged no further than that; a real one
 * would have, so nobody can make us see a byte that it drops. */
static bool syn_took_nothing(const struct half *h, uint32_t seq, size_t n)
{
	return (h->flags & HALF_SYN) && (h->flags & HALF_ACKED) && n > 0 && h->payload == n &&
	       h->waits == NONE32 && h->next_seq == seq + 1 && h->acked == seq;
}

/* What nearly every segment is: just the next bytes of a stream in which nothing is missing. */
static bool is_next(const struct flow *f, const struct half *h, const struct layers *l)
{
	return l->seq == h->next_seq && l->payload.n > 0 && l->payload_wire == l->payload.n &&
	       h->waits == NONE32 && (l->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0 &&
	       !(f->flags & FLOW_ENDED) && (h->flags & (HALF_SEQ | HALF_FIN)) == HALF_SEQ;
}

void tcp_frame(struct shard *s, struct flow *f, const struct layers *l, unsigned d)
{
	struct half *h = &f->half[d];
	uint32_t seq = l->seq + ((l->tcp_flags & TCP_SYN) != 0);

	if (is_next(f, h, l)) {
		if (l->tcp_flags & TCP_ACK)
			take_ack(s, f, !d, l->ack);
		h->strays = 0;
		tcp_deliver(s, f, d, l->payload, l->first_frame);
		return;
	}
	if (f->flags & FLOW_ENDED) {
		late(s, h, l);
		return;
	}
	if (l->tcp_flags & TCP_RST) {
		take_rst(s, f, d, l);
		return;
	}
	if (l->tcp_flags & TCP_SYN)
		take_syn(h, l);
	if (l->tcp_flags & TCP_ACK)
		take_ack(s, f, !d, l->ack);
	uint32_t missing = l->payload_wire > l->payload.n ? l->payload_wire - (uint32_t)l->payload.n : 0;

	if ((l->tcp_flags & TCP_FIN) && !(h->flags & HALF_FIN)) {
		h->fin_seq = seq + (uint32_t)l->payload.n + missing;
		h->flags |= HALF_FIN;
		if (!(h->flags & HALF_SEQ)) {
			h->next_seq = seq;
			h->flags |= HALF_SEQ;
		}
	}
	if (syn_took_nothing(h, seq, l->payload.n))
		h->next_seq = seq;
	if (l->payload.n > 0 || missing > 0)
		take(s, f, d, seq, l->payload, missing);
	tcp_end(s, f, d);
	if (f->half[0].flags & f->half[1].flags & HALF_ENDED)
		flow_finish(s, f, FLOW_END_FIN);
}

void tcp_finish(struct shard *s, struct flow *f)
{
	for (unsigned d = 0; d < 2; d++) {
		struct half *h = &f->half[d];

		while (h->waits != NONE32)
			tcp_give_up(s, f, d);
		/* What the peer acknowledged and the capture never saw. One byte may be a FIN that was not
		 * seen either. */
		uint32_t last = h->flags & HALF_FIN ? h->fin_seq : h->acked;
		int32_t gap = seq_apart(last, h->next_seq);

		if ((h->flags & HALF_SEQ) && (h->flags & HALF_ACKED) && gap > 1 && gap < FAR &&
		    acked_past(h, last))
			tcp_skip(s, f, d, (uint32_t)gap);
	}
}

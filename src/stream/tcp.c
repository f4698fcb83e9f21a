/* stream/tcp.c: segments in, streams out: in order, without what came twice, with what never came named.
 *
 * First bytes win. What comes too early waits in pieces behind the hole. A hole is loss when the peer has
 * acknowledged past it (the bytes are there, the capture has not seen them), or after 1 s of capture time,
 * HOLE_SEGMENTS or HOLE_BYTES. Sequence numbers are compared by their distance (RFC 9293 section 3.4), so
 * they may wrap. */
#include "stream/flow.h"

enum {
	FAR = 1 << 24, /* bytes; a segment farther off, not acknowledged, is not of this stream ... */
	STRAYS_MAX = 8, /* ... unless so many follow each other */
};
static const int64_t idle_ns = 10 * NS_PER_S; /* a SYN on a flow that was silent so long opens a new one */

static int32_t apart(uint32_t a, uint32_t b) { return (int32_t)(a - b); }

/* ---- is it a new conversation ---- */

static bool syn_is_new(const struct shard *s, const struct flow *f, const struct layers *l, unsigned d)
{
	const struct half *h = &f->half[d];

	if ((h->flags & HALF_SYN) && h->next_seq == l->seq + 1)
		return false; /* sent again */
	if (f->flags & FLOW_ENDED)
		return true;
	if (l->tcp_flags & TCP_ACK) /* the other end agrees to begin anew */
		return h->flags & HALF_SYN ? h->payload > 0 && apart(l->seq + 1, h->next_seq) != 0
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

	return (f->flags & FLOW_ENDED) && said_end && !(l->tcp_flags & TCP_RST) && l->payload.n > 0 &&
	       (h->flags & HALF_SEQ) && apart(l->seq, h->next_seq) >= 0 && apart(l->seq, h->next_seq) < FAR;
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

/* ---- the bytes delivered last, to compare with what is sent again ---- */

static void kept_copy(struct flow_table *t, uint64_t at, struct bytes b)
{
	size_t from = at % KEPT_BYTES, first = min_size(b.n, KEPT_BYTES - from);

	memcpy(t->kept + from, b.p, first);
	if (first < b.n)
		memcpy(t->kept, b.p + first, b.n - first);
}

static void kept_add(struct flow_table *t, struct half *h, uint32_t seq, struct bytes b)
{
	if (b.n > KEPT_BYTES) {
		h->kept_n = 0;
		return;
	}
	bool goes_on = h->kept_n > 0 && h->kept_seq + h->kept_n == seq &&
		       h->kept_at + h->kept_n == t->kept_end && h->kept_n + b.n <= KEPT_BYTES;

	if (!goes_on) {
		h->kept_seq = seq;
		h->kept_at = t->kept_end;
		h->kept_n = 0;
	}
	kept_copy(t, t->kept_end, b);
	t->kept_end += b.n;
	h->kept_n += (uint32_t)b.n;
}

/* Says that these bytes came again and were others. */
static void say_overlap(struct shard *s, struct flow *f, unsigned d, struct bytes first, struct bytes again)
{
	struct proto_ctx x = flow_ctx(s, f, d == 0);

	act_message_begins(s, s->frame);
	act_overlap(&x, first, again);
}

/* Bytes at seq came again. Those still kept are compared. */
static void kept_compare(struct shard *s, struct flow *f, unsigned d, uint32_t seq, struct bytes again)
{
	struct flow_table *t = s->flows;
	struct half *h = &f->half[d];
	int32_t off = apart(seq, h->kept_seq);

	if (h->kept_n == 0 || t->kept_end - h->kept_at > KEPT_BYTES)
		return;
	if (off < 0) { /* begins before what is kept */
		if ((size_t) - (int64_t)off >= again.n)
			return;
		again.p += -(int64_t)off;
		again.n -= (size_t) - (int64_t)off;
		off = 0;
	}
	if ((uint32_t)off >= h->kept_n)
		return;
	size_t n = min_size(again.n, h->kept_n - (uint32_t)off);
	size_t from = (h->kept_at + (uint32_t)off) % KEPT_BYTES, first = min_size(n, KEPT_BYTES - from);

	if (memcmp(t->kept + from, again.p, first) == 0 && memcmp(t->kept, again.p + first, n - first) == 0)
		return;
	/* The kept bytes may be in two parts: the digest is of the part that lies together and differs. */
	bool second = memcmp(t->kept + from, again.p, first) == 0;

	if (second)
		say_overlap(s, f, d, (struct bytes){t->kept, n - first},
			    (struct bytes){again.p + first, n - first});
	else
		say_overlap(s, f, d, (struct bytes){t->kept + from, first}, (struct bytes){again.p, first});
}

/* ---- delivery ---- */

static void deliver(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame)
{
	struct half *h = &f->half[d];

	if (f->claim != CLAIM_NEVER)
		kept_add(s->flows, h, h->next_seq, b);
	h->next_seq += (uint32_t)b.n;
	if ((h->flags & HALF_FIN) && apart(h->next_seq, h->fin_seq) > 0)
		h->flags &= (uint8_t) ~(HALF_FIN | HALF_ENDED); /* it was not the end: somebody else's FIN */
	frame_bytes(s, f, d, b, frame);
}

/* n bytes at next_seq will not come. */
static void skip(struct shard *s, struct flow *f, unsigned d, uint32_t n)
{
	struct half *h = &f->half[d];

	h->next_seq += n;
	h->missing += n;
	s->stats->sums.missing += n;
	frame_lost(s, f, d, n);
}

static bool acked_past(const struct half *h, uint32_t seq)
{
	return (h->flags & HALF_ACKED) && apart(h->acked, seq) >= 0;
}

/* ---- pieces behind a hole ---- */

static struct piece *piece_at(const struct flow_table *t, uint32_t index)
{
	return index == NONE32 ? NULL : slab_at(&t->pieces, index);
}

static struct wait *wait_of(const struct flow_table *t, const struct half *h)
{
	return h->waits == NONE32 ? NULL : slab_at(&t->waits, h->waits);
}

static void wait_out(struct flow_table *t, struct wait *w)
{
	if (w->prev == NONE32)
		t->wait_first = w->next;
	else
		((struct wait *)slab_at(&t->waits, w->prev))->next = w->next;
	if (w->next == NONE32)
		t->wait_last = w->prev;
	else
		((struct wait *)slab_at(&t->waits, w->next))->prev = w->prev;
}

static void wait_in(struct flow_table *t, struct wait *w, uint32_t index, int64_t now_ns)
{
	w->since_ns = now_ns;
	w->next = NONE32;
	w->prev = t->wait_last;
	if (w->prev == NONE32)
		t->wait_first = index;
	else
		((struct wait *)slab_at(&t->waits, w->prev))->next = index;
	t->wait_last = index;
}

/* The wait of this direction, a new one when nothing waits yet; NULL: the cap was hit. */
static struct wait *wait_begin(struct shard *s, struct flow *f, unsigned d)
{
	struct flow_table *t = s->flows;
	struct half *h = &f->half[d];
	struct wait *w = wait_of(t, h);

	if (w != NULL)
		return w;
	w = slab_get(&t->waits);
	if (w == NULL)
		return NULL;
	h->waits = slab_index(&t->waits, w);
	w->flow = flow_index(s, f);
	w->dir = (uint8_t)d;
	w->first = w->last = NONE32;
	wait_in(t, w, h->waits, s->clock_ns);
	return w;
}

static void wait_end(struct flow_table *t, struct half *h)
{
	struct wait *w = wait_of(t, h);

	wait_out(t, w);
	slab_put(&t->waits, w);
	h->waits = NONE32;
}

/* Puts new bytes, which overlap nothing, behind piece `after` (NONE32: in front). Returns the last piece
 * made; *ret_n is how many bytes found room. */
static uint32_t pieces_put(struct shard *s, struct wait *w, uint32_t after, uint32_t seq, struct bytes b,
			   size_t *ret_n)
{
	struct flow_table *t = s->flows;

	for (*ret_n = 0; *ret_n < b.n;) {
		size_t n = min_size(b.n - *ret_n, PIECE_BYTES);
		struct piece *p = slab_get(&t->pieces);

		if (p == NULL)
			break;
		uint32_t index = slab_index(&t->pieces, p);
		struct piece *before = piece_at(t, after);

		p->frame = s->l == NULL ? s->frame : s->l->first_frame;
		p->seq = seq + (uint32_t)*ret_n;
		p->n = (uint32_t)n;
		memcpy(p->bytes, b.p + *ret_n, n);
		p->next = before == NULL ? w->first : before->next;
		if (before == NULL)
			w->first = index;
		else
			before->next = index;
		if (p->next == NONE32)
			w->last = index;
		w->bytes += (uint32_t)n;
		after = index;
		*ret_n += n;
	}
	return after;
}

static struct bytes part(struct bytes b, size_t from, size_t n) { return (struct bytes){b.p + from, n}; }

/* Sorts a segment in among the pieces; where they overlap, the pieces win. Bytes without room are discarded.
 * */
static void hold(struct shard *s, struct flow *f, unsigned d, uint32_t seq, struct bytes b)
{
	struct flow_table *t = s->flows;
	struct wait *w = wait_begin(s, f, d);
	size_t at = 0, got;

	if (w == NULL) {
		s->stats->sums.discarded += b.n;
		return;
	}
	w->segments++;
	uint32_t after = NONE32, index = w->first;
	const struct piece *last = piece_at(t, w->last);

	if (last != NULL && apart(seq, last->seq + last->n) >= 0) { /* the usual case: behind all others */
		after = w->last;
		index = NONE32;
	}
	while (at < b.n) {
		const struct piece *p = piece_at(t, index);
		uint32_t here = seq + (uint32_t)at;
		size_t free = b.n - at;

		if (p != NULL) {
			int32_t before = apart(p->seq, here);

			free = before <= 0 ? 0 : min_size(free, (size_t)before);
		}
		if (free > 0) {
			after = pieces_put(s, w, after, here, part(b, at, free), &got);
			s->stats->sums.discarded += free - got;
			at += free;
			continue;
		}
		uint32_t off = here - p->seq;

		if (off < p->n) {
			size_t n = min_size(b.n - at, p->n - off);

			s->stats->sums.overlap += n;
			if (memcmp(p->bytes + off, b.p + at, n) != 0)
				say_overlap(s, f, d, (struct bytes){p->bytes + off, n}, part(b, at, n));
			at += n;
		}
		after = index;
		index = p->next;
	}
	if (w->first == NONE32) /* no room for any of it */
		wait_end(t, &f->half[d]);
}

/* Delivers what waits and is next now. */
static void drain(struct shard *s, struct flow *f, unsigned d)
{
	struct flow_table *t = s->flows;
	struct half *h = &f->half[d];
	struct wait *w = wait_of(t, h);
	bool moved = false;

	while (w != NULL && w->first != NONE32) {
		uint32_t index = w->first;
		struct piece *p = piece_at(t, index);

		if (p->seq != h->next_seq) {
			if (moved) { /* another hole: it has its own second */
				wait_out(t, w);
				wait_in(t, w, h->waits, s->clock_ns);
				w->segments = 1;
			}
			return;
		}
		moved = true;
		w->first = p->next;
		if (w->first == NONE32)
			w->last = NONE32;
		w->bytes -= p->n;
		deliver(s, f, d, (struct bytes){p->bytes, p->n}, p->frame);
		slab_put(&t->pieces, p);
	}
	if (w != NULL)
		wait_end(t, h);
}

/* The bytes up to the FIN came. */
static void end_half(struct shard *s, struct flow *f, unsigned d)
{
	struct half *h = &f->half[d];

	if (!(h->flags & HALF_FIN) || (h->flags & HALF_ENDED) || h->next_seq != h->fin_seq)
		return;
	h->flags |= HALF_ENDED;
	frame_half_ends(s, f, d);
}

void tcp_give_up(struct shard *s, struct flow *f, unsigned d)
{
	struct half *h = &f->half[d];
	const struct wait *w = wait_of(s->flows, h);
	const struct piece *p = w == NULL ? NULL : piece_at(s->flows, w->first);

	if (p != NULL) {
		skip(s, f, d, p->seq - h->next_seq);
		drain(s, f, d);
	}
	end_half(s, f, d);
}

/* Gives up holes for which there is reason. */
static void judge_holes(struct shard *s, struct flow *f, unsigned d)
{
	struct half *h = &f->half[d];

	for (const struct wait *w; (w = wait_of(s->flows, h)) != NULL;) {
		if (!acked_past(h, piece_at(s->flows, w->first)->seq) && w->segments < HOLE_SEGMENTS &&
		    w->bytes < HOLE_BYTES)
			return;
		tcp_give_up(s, f, d);
	}
	/* The hole reaches up to a FIN the peer has acknowledged. */
	if ((h->flags & (HALF_FIN | HALF_SEQ)) == (HALF_FIN | HALF_SEQ) &&
	    apart(h->fin_seq, h->next_seq) > 0 && acked_past(h, h->fin_seq + 1))
		skip(s, f, d, h->fin_seq - h->next_seq);
	end_half(s, f, d);
}

/* ---- a segment ---- */

/* A segment far outside the stream. True: enough of them have come, the stream goes on there. */
static bool stray(struct shard *s, struct flow *f, unsigned d, uint32_t seq)
{
	struct half *h = &f->half[d];
	int32_t gap = apart(seq, h->next_seq);

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
	gap = apart(seq, h->next_seq);
	if (gap > 0)
		skip(s, f, d, (uint32_t)gap);
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
	int32_t gap = apart(*seq, h->next_seq);

	if (gap >= 0)
		return b;
	size_t old = min_size((size_t) - (int64_t)gap, b.n);
	/* A keep-alive probe is one byte below the next one, of any value (RFC 9293 section 3.8.4). */
	bool probe = b.n == 1 && gap == -1;

	s->stats->sums.overlap += old;
	if (!probe)
		kept_compare(s, f, d, *seq, part(b, 0, old));
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
		deliver(s, f, d, b, s->l->first_frame);
	} else if (b.n > 0) {
		hold(s, f, d, seq, b);
		drain(s, f, d);
	}
	if (missing > 0 && h->waits == NONE32 && apart(end, h->next_seq) > 0 &&
	    apart(end, h->next_seq) <= (int32_t)missing)
		skip(s, f, d, end - h->next_seq);
	judge_holes(s, f, d);
}

/* What the other end has acknowledged of direction d. */
static void take_ack(struct shard *s, struct flow *f, unsigned d, uint32_t ack)
{
	struct half *h = &f->half[d];

	if (!(h->flags & HALF_ACKED) || apart(ack, h->acked) > 0) {
		h->acked = ack;
		h->flags |= HALF_ACKED;
		if (h->waits != NONE32 || (h->flags & (HALF_FIN | HALF_ENDED)) == HALF_FIN)
			judge_holes(s, f, d);
	}
}

/* After the end: nothing is shown any more, but every byte is counted. */
static void late(struct shard *s, const struct half *h, const struct layers *l)
{
	bool old = (h->flags & HALF_SEQ) && apart(l->seq, h->next_seq) < 0;

	if (old)
		s->stats->sums.overlap += l->payload.n;
	else
		s->stats->sums.discarded += l->payload.n;
}

static void take_rst(struct shard *s, struct flow *f, unsigned d, const struct layers *l)
{
	const struct half *h = &f->half[d];
	int32_t gap = apart(l->seq, h->next_seq);

	s->stats->sums.discarded +=
		l->payload.n; /* a reason for people, not part of the stream (RFC 9293 3.5.3) */
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
		deliver(s, f, d, l->payload, l->first_frame);
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
	end_half(s, f, d);
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
		int32_t gap = apart(last, h->next_seq);

		if ((h->flags & HALF_SEQ) && (h->flags & HALF_ACKED) && gap > 1 && gap < FAR &&
		    acked_past(h, last))
			skip(s, f, d, (uint32_t)gap);
	}
}

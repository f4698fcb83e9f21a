/* stream/tcp_order.c: the bytes of one direction in order, without what came twice, with what never came
 * named.
 *
 * First bytes win. What comes too early waits in pieces behind the hole. A hole is loss when the peer has
 * acknowledged past it (the bytes are there, the capture has not seen them), or after 1 s of capture time,
 * HOLE_SEGMENTS or HOLE_BYTES. */
#include "stream/tcp.h"

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

void tcp_again(struct shard *s, struct flow *f, unsigned d, uint32_t seq, struct bytes again)
{
	struct flow_table *t = s->flows;
	struct half *h = &f->half[d];
	int32_t off = seq_apart(seq, h->kept_seq);

	if (h->kept_n == 0 || t->kept_end - h->kept_at > KEPT_BYTES)
		return;
	if (off < 0) { /* begins before what is kept */
		if ((size_t)-(int64_t)off >= again.n)
			return;
		again.p += -(int64_t)off;
		again.n -= (size_t)-(int64_t)off;
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
		say_overlap(s, f, d, (struct bytes){ t->kept, n - first },
			    (struct bytes){ again.p + first, n - first });
	else
		say_overlap(s, f, d, (struct bytes){ t->kept + from, first },
			    (struct bytes){ again.p, first });
}

/* ---- delivery ---- */

void tcp_deliver(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame)
{
	struct half *h = &f->half[d];

	if (f->claim != CLAIM_NEVER)
		kept_add(s->flows, h, h->next_seq, b);
	h->next_seq += (uint32_t)b.n;
	if ((h->flags & HALF_FIN) && seq_apart(h->next_seq, h->fin_seq) > 0)
		h->flags &= (uint8_t)~(HALF_FIN | HALF_ENDED); /* it was not the end: somebody else's FIN */
	frame_bytes(s, f, d, b, frame);
}

void tcp_skip(struct shard *s, struct flow *f, unsigned d, uint32_t n)
{
	struct half *h = &f->half[d];

	h->next_seq += n;
	h->missing += n;
	s->stats->sums.missing += n;
	frame_lost(s, f, d, n);
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

/* Sorts a segment in among the pieces; where they overlap, the pieces win. Bytes without room are
 * discarded. */
static void wait_for(struct shard *s, struct flow *f, unsigned d, uint32_t seq, struct bytes b)
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

	/* The usual case: behind all others. */
	if (last != NULL && seq_apart(seq, last->seq + last->n) >= 0) {
		after = w->last;
		index = NONE32;
	}
	while (at < b.n) {
		const struct piece *p = piece_at(t, index);
		uint32_t here = seq + (uint32_t)at;
		size_t free = b.n - at;

		if (p != NULL) {
			int32_t before = seq_apart(p->seq, here);

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
				say_overlap(s, f, d, (struct bytes){ p->bytes + off, n }, part(b, at, n));
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
		tcp_deliver(s, f, d, (struct bytes){ p->bytes, p->n }, p->frame);
		slab_put(&t->pieces, p);
	}
	if (w != NULL)
		wait_end(t, h);
}

void tcp_hold(struct shard *s, struct flow *f, unsigned d, uint32_t seq, struct bytes b)
{
	wait_for(s, f, d, seq, b);
	drain(s, f, d);
}

void tcp_end(struct shard *s, struct flow *f, unsigned d)
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
		tcp_skip(s, f, d, p->seq - h->next_seq);
		drain(s, f, d);
	}
	tcp_end(s, f, d);
}

void tcp_judge(struct shard *s, struct flow *f, unsigned d)
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
	    seq_apart(h->fin_seq, h->next_seq) > 0 && acked_past(h, h->fin_seq + 1))
		tcp_skip(s, f, d, h->fin_seq - h->next_seq);
	tcp_end(s, f, d);
}

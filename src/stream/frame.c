/* stream/frame.c: where messages begin and end in the bytes of a flow that a protocol has (framing), and what
 * it is shown of them.
 *
 * cut() is asked only where a message may begin. A message that lies in one segment is shown where it lies;
 * otherwise its bytes wait in a buffer of the smallest class that holds them. */
#include "stream/flow.h"

enum sync { SYNC_OK, SYNC_SEEK, SYNC_SKIP };

enum {
	FAILURES_MAX = 16,	/* attempts to find sync; then the direction is skipped */
	REFUSED_MAX = 2,	/* first messages refused on an unusual port: then the guess was wrong */
};

/* ---- showing things to the protocol ---- */

/* The flow was claimed on an unusual port, and its first messages are refused: it was never the protocol's.
 * */
static void disown(struct shard *s, struct flow *f, unsigned d)
{
	struct half *other = &f->half[!d];
	struct proto_ctx x;

	if (relate_message_ended(s, f))
		return; /* it became another's with that very message */
	x = flow_ctx(s, f, true);
	pair_flow_ends(&x);
	gather_flow_ends(s, f);
	transfer_flow_ends(s, f);
	keep_flow_ends(s, f);
	relate_flow_ends(s, f);
	claim_state_drop(s, f);
	s->stats->proto[f->number].flows--;
	f->proto = NULL;
	f->number = 0;
	f->claim = CLAIM_NEVER;
	if (other->buffer != NONE32)
		s->stats->sums.unclaimed += buffer_at(s->flows, other->buffer)->used;
	buffer_drop(s->flows, &other->buffer);
}

/* A refused message is an act, except in a flow whose protocol is only a guess. */
static void refuse(struct proto_ctx *x, struct bytes m)
{
	struct shard *s = x->shard;
	struct flow *f = x->flow;

	if ((f->flags & FLOW_GUESSED) && ++f->refused >= REFUSED_MAX) {
		s->stats->sums.unclaimed += m.n;
		disown(s, f, x->from_client ? 0 : 1);
		return;
	}
	s->stats->sums.malformed += m.n;
	s->stats->proto[f->number].malformed++;
	if (!(f->flags & FLOW_GUESSED))
		act_malformed(x, m, x->why);
}

/* Shows one whole message that began in `frame`. False: refused. whole: false when the capture cut it short,
 * so that a refusal says nothing about the sender. */
static bool show(struct proto_ctx *x, struct bytes m, uint64_t frame, bool whole)
{
	struct shard *s = x->shard;
	struct flow *f = x->flow;
	struct proto_stats *stats = &s->stats->proto[f->number];

	act_message_begins(s, frame);
	bool good = x->proto->message(x, cur_over(m));

	f->half[x->from_client ? 0 : 1].flags &= (uint8_t)~HALF_LOSS;
	f->flags |= FLOW_SAID;
	if (good) {
		f->messages++;
		f->flags &= (uint8_t)~FLOW_GUESSED;
		s->stats->sums.message += m.n;
		stats->messages++;
		stats->bytes += m.n;
	} else if (!whole) {
		s->stats->sums.lost_sync += m.n;
	} else {
		refuse(x, m);
	}
	if (f->proto != NULL)
		relate_message_ended(s, f);
	x->after_loss = false;
	x->why = NULL;
	if (s->l == NULL &&
	    f->proto != NULL) /* layers made for a timer: another flow may have borrowed them */
		x->l = flow_ctx(s, f, x->from_client).l;
	return good;
}

static void say_lost(struct shard *s, struct flow *f, unsigned d, uint64_t n)
{
	struct proto_ctx x = flow_ctx(s, f, d == 0);

	f->half[d].flags |= HALF_LOSS;
	s->stats->proto[f->number].lost++;
	act_message_begins(s, s->frame);
	if (f->proto->lost != NULL)
		f->proto->lost(&x, n);
	relate_lost(&x, n);
}

static void show_data(struct shard *s, struct flow *f, unsigned d, struct bytes piece, bool last)
{
	struct proto_ctx x = flow_ctx(s, f, d == 0);

	s->stats->sums.body += piece.n;
	s->stats->proto[f->number].bytes += piece.n;
	if (f->proto->data == NULL)
		return;
	act_message_begins(s, f->half[d].start_frame);
	f->proto->data(&x, cur_over(piece), last);
	relate_message_ended(s, f);
}

/* ---- framing ---- */

/* What cut() says, made safe: NEED grows, nothing is empty, nothing is larger than CUT_MAX. A message or head
 * that is not all there stays MESSAGE or BODY with n > have.n. */
struct cut frame_cut(struct proto_ctx *x, struct bytes have)
{
	if (x->proto->cut == NULL)
		return cut_message(have.n);
	struct cut c = x->proto->cut(x, cur_over(have));

	if (c.what == CUT_NEED && c.n <= have.n)
		c.n = (uint32_t)have.n + 1;
	bool empty = c.n == 0 && (c.what != CUT_BODY || c.body == 0);

	return c.n > CUT_MAX || empty ? cut_lost() : c;
}

struct feed { /* one call of frame_bytes() */
	struct shard *s;
	struct flow *f;
	struct half *h;
	struct proto_ctx x; /* of the protocol at the beginning: the flow may become another's */
	struct bytes b; /* not used up yet */
	uint64_t frame; /* that brought b */
	unsigned d;
};

static bool is_changed(const struct feed *w)
{
	return w->f->proto != w->x.proto || w->f->state != w->x.state;
}

/* The sync is lost: what waits and what is left of the segment are skipped. */
static void lose_sync(struct feed *w)
{
	struct half *h = w->h;

	if (h->buffer != NONE32)
		w->s->stats->sums.lost_sync += buffer_at(w->s->flows, h->buffer)->used;
	buffer_drop(w->s->flows, &h->buffer);
	w->s->stats->sums.lost_sync += w->b.n;
	w->b.n = 0;
	h->failures++;
	if (h->sync == SYNC_OK) {
		say_lost(w->s, w->f, w->d, 0);
		w->x.after_loss = true;
	}
	h->sync = h->failures >= FAILURES_MAX ? SYNC_SKIP : SYNC_SEEK;
}

/* Body bytes go on as they come; so do the rest of refused and of damaged messages, into other sums. Returns
 * how many of these are the body's. */
static size_t take_body(struct feed *w, struct bytes b)
{
	struct half *h = w->h;
	size_t n = h->body_left < b.n ? (size_t)h->body_left : b.n;

	if (h->body_left != BODY_TO_END)
		h->body_left -= n;
	if (h->flags & (HALF_REFUSED | HALF_DROPPED)) {
		if (h->flags & HALF_REFUSED)
			w->s->stats->sums.malformed += n;
		else
			w->s->stats->sums.lost_sync += n;
		if (h->body_left == 0)
			h->flags &= (uint8_t) ~(HALF_REFUSED | HALF_DROPPED);
		return n;
	}
	show_data(w->s, w->f, w->d, (struct bytes){b.p, n}, h->body_left == 0);
	return n;
}

static void feed_body(struct feed *w)
{
	struct bytes b = w->b;
	size_t n = w->h->body_left < b.n ? (size_t)w->h->body_left : b.n;

	w->b.p += n;
	w->b.n -= n;
	take_body(w, b);
}

/* A whole message, or the whole head of a body, lies at the front of m. */
static void feed_message(struct feed *w, struct cut c, struct bytes m, uint64_t frame)
{
	bool good = c.n == 0 || show(&w->x, (struct bytes){m.p, c.n}, frame, true);

	if (c.what != CUT_BODY || is_changed(w))
		return;
	w->h->start_frame = frame;
	w->h->body_left = c.body;
	if (!good)
		w->h->flags |= HALF_REFUSED;
	else if (c.body == 0)
		show_data(w->s, w->f, w->d, (struct bytes){m.p, 0}, true);
	if (c.body == 0)
		w->h->flags &= (uint8_t)~HALF_REFUSED;
}

/* Keeps all of b for later. known: the length of the message, when cut() said it. */
static bool keep(struct feed *w, size_t n, uint32_t known)
{
	struct flow_table *t = w->s->flows;
	uint32_t used = w->h->buffer == NONE32 ? 0 : buffer_at(t, w->h->buffer)->used;
	bool fresh = w->h->buffer == NONE32;

	if (!buffer_room(t, &w->h->buffer, used + n)) {
		w->s->stats->sums.discarded += w->b.n;
		w->b.n = 0;
		lose_sync(w);
		return false;
	}
	struct buffer *k = buffer_at(t, w->h->buffer);

	if (fresh)
		k->frame = w->frame;
	memcpy(k->bytes + used, w->b.p, n);
	k->used = used + (uint32_t)n;
	k->known = known;
	return true;
}

/* Nothing waits: messages are shown where they lie. */
static void feed_direct(struct feed *w)
{
	struct cut c = frame_cut(&w->x, w->b);

	if (c.what == CUT_LOST) {
		lose_sync(w);
	} else if (c.what == CUT_NEED || c.n > w->b.n) {
		if (keep(w, w->b.n, c.what == CUT_NEED ? 0 : c.n))
			w->b.n = 0;
	} else {
		struct bytes m = w->b;

		w->b.p += c.n;
		w->b.n -= c.n;
		feed_message(w, c, m, w->frame);
	}
}

/* The message in the buffer ended earlier than the protocol had said: what lies behind it there is the
 * beginning of its body, or waits on. */
static void feed_behind(struct feed *w, struct buffer *k, uint32_t end, uint32_t used)
{
	struct bytes behind = {k->bytes + end, used - end};

	if (!is_changed(w) && w->h->body_left != 0)
		end += (uint32_t)take_body(w, behind);
	k->known = 0;
	k->used = used - end;
	memmove(k->bytes, k->bytes + end, k->used);
	if (k->used == 0)
		buffer_drop(w->s->flows, &w->h->buffer);
}

/* Something waits: as much of b is put behind it as the message may take. */
static void feed_buffer(struct feed *w)
{
	struct flow_table *t = w->s->flows;
	struct buffer *k = buffer_at(t, w->h->buffer);
	uint32_t old = k->used;
	size_t n = min_size(w->b.n, CUT_MAX - old);

	if (k->known != 0 && k->known >= old)
		n = min_size(n, k->known - old);
	if (!keep(w, n, k->known))
		return;
	k = buffer_at(t, w->h->buffer);
	if (k->used < k->known) {
		w->b.n = 0;
		return;
	}
	struct bytes have = {k->bytes, k->used};
	struct cut c = frame_cut(&w->x, have);

	if (c.what != CUT_LOST && (c.what == CUT_NEED || c.n > have.n)) {
		if (have.n == CUT_MAX && n < w->b.n) { /* it will never fit */
			k->used = old;
			lose_sync(w);
			return;
		}
		k->known = c.what == CUT_NEED ? 0 : c.n;
		w->b.p += n;
		w->b.n -= n;
		return;
	}
	if (c.what == CUT_LOST) {
		k->used = old;
		lose_sync(w);
		return;
	}
	feed_message(w, c, have, k->frame);
	if (c.n >= old) { /* as it should be: the message ends in the new bytes */
		w->b.p += c.n - old;
		w->b.n -= c.n - old;
		buffer_drop(t, &w->h->buffer);
	} else {
		feed_behind(w, k, c.n, old);
	}
}

/* Are the front bytes two messages in a row, or one that fills them exactly? MESSAGE: yes; NEED: cannot tell
 * yet. */
static enum sync_found { FOUND_NOT, FOUND_WAIT, FOUND } sync_at(struct feed *w, struct bytes have)
{
	struct cut c = frame_cut(&w->x, have);

	if (c.what == CUT_LOST)
		return FOUND_NOT;
	if (c.what == CUT_NEED || c.n > have.n)
		return FOUND_WAIT;
	if (c.what == CUT_BODY || c.n == have.n)
		return FOUND;
	c = frame_cut(&w->x, (struct bytes){have.p + c.n, have.n - c.n});
	if (c.what == CUT_LOST)
		return FOUND_NOT;
	return c.what == CUT_NEED ? FOUND_WAIT : FOUND;
}

/* Looks for the sync at the beginning of this segment, or behind what already looked like a message. */
static void feed_seek(struct feed *w)
{
	struct flow_table *t = w->s->flows;
	struct half *h = w->h;

	if (h->buffer != NONE32) {
		struct buffer *k = buffer_at(t, h->buffer);
		uint32_t old = k->used;
		size_t n = min_size(w->b.n, CUT_MAX - old);
		enum sync_found found = FOUND_NOT;

		if (n == w->b.n && !keep(w, n, 0))
			return;
		k = buffer_at(t, h->buffer);
		if (n == w->b.n)
			found = sync_at(w, (struct bytes){k->bytes, k->used});
		if (found == FOUND_WAIT) {
			w->b.n = 0;
			return;
		}
		k->used = old;
		if (found == FOUND) {
			h->sync = SYNC_OK;
			h->failures = 0;
			return;
		}
		w->s->stats->sums.lost_sync += old;
		buffer_drop(t, &h->buffer);
		h->failures++;
	}
	switch (h->failures >= FAILURES_MAX ? FOUND_NOT : sync_at(w, w->b)) {
	case FOUND:
		h->sync = SYNC_OK;
		h->failures = 0;
		break;
	case FOUND_WAIT:
		if (keep(w, w->b.n, 0))
			w->b.n = 0;
		break;
	case FOUND_NOT:
		lose_sync(w);
		break;
	}
}

/* The flow became another's in the middle of its bytes: nothing of the old framing counts. */
static void reframe(struct shard *s, struct flow *f)
{
	for (unsigned d = 0; d < 2; d++) {
		struct half *h = &f->half[d];

		/* Half a message of the old protocol; and a flow that is undecided keeps its log in this
		 * place. */
		if (h->buffer != NONE32)
			s->stats->sums.lost_sync += buffer_at(s->flows, h->buffer)->used;
		buffer_drop(s->flows, &h->buffer);
		h->body_left = 0;
		h->sync = SYNC_OK;
		h->failures = 0;
		h->flags &= (uint8_t) ~(HALF_REFUSED | HALF_DROPPED);
	}
}

/* Frames b for the protocol that has the flow. Returns what is left when the flow became another's. */
static struct bytes feed(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame)
{
	struct feed w = {.s = s,
			 .f = f,
			 .h = &f->half[d],
			 .x = flow_ctx(s, f, d == 0),
			 .b = b,
			 .frame = frame,
			 .d = d};

	while (w.b.n > 0) {
		if (w.h->sync == SYNC_SKIP) {
			s->stats->sums.lost_sync += w.b.n;
			w.b.n = 0;
		} else if (w.h->body_left != 0) {
			feed_body(&w);
		} else if (w.h->sync == SYNC_SEEK) {
			feed_seek(&w);
		} else if (w.h->buffer != NONE32) {
			feed_buffer(&w);
		} else {
			feed_direct(&w);
		}
		if (is_changed(&w)) {
			if (f->claim == CLAIM_NEVER && w.h->buffer != NONE32) {
				s->stats->sums.unclaimed += buffer_at(s->flows, w.h->buffer)->used;
				buffer_drop(s->flows, &w.h->buffer);
			}
			reframe(s, f);
			break;
		}
	}
	return w.b;
}

/* ---- what tcp.c, sctp.c and flow.c call ---- */

void frame_bytes(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame)
{
	while (b.n > 0) {
		if (f->claim != CLAIM_DONE) {
			claim_bytes(s, f, d, b, frame, 0);
			return;
		}
		b = feed(s, f, d, b, frame);
	}
}

void frame_datagram(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame,
		    uint32_t ppid)
{
	bool whole = s->l == NULL || !(s->l->flags & LAYER_CUT);

	if (b.n == 0)
		return;
	if (f->claim != CLAIM_DONE) {
		claim_bytes(s, f, d, b, frame, ppid);
		return;
	}
	struct proto_ctx x = flow_ctx(s, f, d == 0);

	x.ppid = ppid;
	x.after_loss |= !whole;
	show(&x, b, frame, whole);
}

/* A hole in a message whose length is known: the message is gone, but the next one is where it should be. */
static bool lost_inside(struct shard *s, struct half *h, uint64_t n)
{
	struct buffer *k = buffer_at(s->flows, h->buffer);
	uint64_t left = k->known > k->used ? k->known - k->used : 0;

	s->stats->sums.lost_sync += k->used;
	buffer_drop(s->flows, &h->buffer);
	if (h->sync != SYNC_OK || left == 0 || n == 0 || n > left)
		return false;
	h->body_left = left - n;
	if (h->body_left != 0)
		h->flags |= HALF_DROPPED;
	return true;
}

/* n 0: nobody knows how many. */
void frame_lost(struct shard *s, struct flow *f, unsigned d, uint64_t n)
{
	struct half *h = &f->half[d];
	uint64_t body_left = h->body_left;
	bool in_sync = false;

	if (f->claim != CLAIM_DONE) {
		claim_log_drop(s, f);
		h->flags |= HALF_LOSS;
		return;
	}
	if (h->sync == SYNC_SKIP)
		return;
	if (n != 0 && h->body_left != 0 && n <= h->body_left) {
		in_sync = true;
		if (h->body_left != BODY_TO_END)
			h->body_left -= n;
	} else if (h->buffer != NONE32) {
		in_sync = lost_inside(s, h, n);
	}
	bool body = body_left != 0 && !(h->flags & (HALF_REFUSED | HALF_DROPPED));

	say_lost(s, f, d, n);
	if (in_sync && body && h->body_left == 0) /* it ended with the hole */
		show_data(s, f, d, (struct bytes){f->ip[0], 0}, true);
	if (!in_sync) {
		h->body_left = 0;
		h->sync = SYNC_SEEK;
	}
	if (h->body_left == 0)
		h->flags &= (uint8_t) ~(HALF_REFUSED | HALF_DROPPED);
}

void frame_half_ends(struct shard *s, struct flow *f, unsigned d)
{
	struct half *h = &f->half[d];

	if (f->claim != CLAIM_DONE || h->body_left != BODY_TO_END)
		return;
	h->body_left = 0;
	if (!(h->flags & (HALF_REFUSED | HALF_DROPPED)))
		show_data(s, f, d, (struct bytes){f->ip[0], 0}, true);
}

void frame_finish(struct shard *s, struct flow *f)
{
	claim_finish(s, f);
	for (unsigned d = 0; d < 2; d++) {
		struct half *h = &f->half[d];

		frame_half_ends(s, f, d);
		if (h->buffer != NONE32 && f->claim == CLAIM_DONE)
			s->stats->sums.lost_sync += buffer_at(s->flows, h->buffer)->used;
		if (f->claim == CLAIM_DONE)
			buffer_drop(s->flows, &h->buffer);
	}
	if (f->claim == CLAIM_DONE) {
		struct proto_ctx x = flow_ctx(s, f, true);

		relate_flow_ending(s, f);
		act_message_begins(s, s->frame);
		if (f->proto->end != NULL)
			f->proto->end(&x);
		x = flow_ctx(s, f, true);
		pair_flow_ends(&x);
	}
	claim_log_drop(s, f);
	gather_flow_ends(s, f);
	transfer_flow_ends(s, f);
	keep_flow_ends(s, f);
	relate_flow_ends(s, f);
	claim_state_drop(s, f);
	f->claim = CLAIM_NEVER;
}

struct cut cut_line(struct cursor have, size_t max)
{
	size_t look = min_size(have.left, max);
	const uint8_t *end = look == 0 ? NULL : memchr(have.p, '\n', look);

	if (end != NULL)
		return cut_message((size_t)(end - have.p) + 1);
	return have.left >= max ? cut_lost() : cut_need(have.left + 1);
}

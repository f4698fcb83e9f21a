/* stream/sctp.c: chunks in, user messages out.
 *
 * Spec:    RFC 9260 sections 3.2 (chunk), 3.3.1 (DATA), 3.3.7 (ABORT), 3.3.13 (SHUTDOWN COMPLETE), 6.9
 * (fragments).
 * Message: type:1 flags:1 length:2, value, padding to 4. DATA: TSN:4 stream:2 sequence:2 protocol:4 user
 * data.
 * Sums:    user data is the protocol's; everything else is understood here and counted as message bytes.
 * Missing: I-DATA (RFC 8260): its user data is counted as unclaimed. */
#include "stream/flow.h"

enum { CHUNK_DATA = 0, CHUNK_ABORT = 6, CHUNK_SHUTDOWN_COMPLETE = 14, CHUNK_I_DATA = 64 };
enum { CHUNK_HEAD = 4, DATA_HEAD = 16, BIT_E = 1, BIT_B = 2, BIT_U = 4, TSN_WINDOW = 64 };

struct data { /* a DATA chunk */
	uint32_t tsn, ppid;
	uint16_t stream;
	uint8_t flags;
	struct bytes user;
};

/* Was this TSN seen already? Remembers it. The last 64 are known exactly, older ones are taken for repeats.
 * */
static bool repeated(struct half *h, uint32_t tsn)
{
	if (!(h->flags & HALF_SEQ)) {
		h->flags |= HALF_SEQ;
		h->next_seq = tsn;
		h->kept_at = 0;
	}
	int32_t ahead = (int32_t)(tsn - h->next_seq);

	if (ahead >= 0) {
		uint32_t by = (uint32_t)ahead + 1;

		h->kept_at = by >= TSN_WINDOW ? 1 : h->kept_at << by | 1;
		h->next_seq = tsn + 1;
		return false;
	}
	uint32_t below = (uint32_t) - (int64_t)ahead - 1;

	if (below >= TSN_WINDOW || (h->kept_at >> below & 1))
		return true;
	h->kept_at |= UINT64_C(1) << below;
	return false;
}

static uint32_t *find(struct shard *s, struct flow *f, unsigned d, const struct data *c)
{
	uint32_t *at = &f->half[0].waits;

	while (*at != NONE32) {
		struct fragments *g = slab_at(&s->flows->fragments, *at);

		if (g->dir == d && g->stream == c->stream && g->unordered == (c->flags & BIT_U))
			break;
		at = &g->next;
	}
	return at;
}

/* Takes the fragments at *at out of the list; lost: their bytes were for nothing. */
static void drop(struct shard *s, uint32_t *at, bool lost)
{
	struct flow_table *t = s->flows;
	struct fragments *g = slab_at(&t->fragments, *at);

	if (lost && g->buffer != NONE32)
		s->stats->sums.lost_sync += buffer_at(t, g->buffer)->used;
	buffer_drop(t, &g->buffer);
	*at = g->next;
	slab_put(&t->fragments, g);
}

static bool fragment_begins(struct shard *s, uint32_t *at, unsigned d, const struct data *c)
{
	struct fragments *g = slab_get(&s->flows->fragments);

	if (g == NULL)
		return false;
	*g = (struct fragments){.next = NONE32,
				.buffer = NONE32,
				.tsn = c->tsn,
				.ppid = c->ppid,
				.stream = c->stream,
				.dir = (uint8_t)d,
				.unordered = c->flags & BIT_U};
	*at = slab_index(&s->flows->fragments, g);
	return true;
}

static void fragment(struct shard *s, struct flow *f, unsigned d, const struct data *c)
{
	struct flow_table *t = s->flows;
	uint32_t *at = find(s, f, d, c);

	if (*at != NONE32 && (c->flags & BIT_B))
		drop(s, at, true); /* the old one will never be whole */
	at = find(s, f, d, c);
	if (*at == NONE32 && (!(c->flags & BIT_B) || !fragment_begins(s, at, d, c))) {
		s->stats->sums.lost_sync += c->user.n;
		return;
	}
	struct fragments *g = slab_at(&t->fragments, *at);
	uint32_t used = g->buffer == NONE32 ? 0 : buffer_at(t, g->buffer)->used;

	if (g->tsn != c->tsn || used + c->user.n > CUT_MAX || !buffer_room(t, &g->buffer, used + c->user.n)) {
		drop(s, at, true);
		s->stats->sums.lost_sync += c->user.n;
		return;
	}
	struct buffer *b = buffer_at(t, g->buffer);

	if (used == 0)
		b->frame = s->frame;
	memcpy(b->bytes + used, c->user.p, c->user.n);
	b->used = used + (uint32_t)c->user.n;
	g->tsn++;
	if (!(c->flags & BIT_E))
		return;
	frame_datagram(s, f, d, (struct bytes){b->bytes, b->used}, b->frame, g->ppid);
	drop(s, find(s, f, d, c), false);
}

/* One DATA chunk. whole: false when the capture cut it. */
static void take_data(struct shard *s, struct flow *f, unsigned d, const struct data *c)
{
	if (repeated(&f->half[d], c->tsn))
		s->stats->sums.overlap += c->user.n;
	else if ((c->flags & (BIT_B | BIT_E)) == (BIT_B | BIT_E))
		frame_datagram(s, f, d, c->user, s->l->first_frame, c->ppid);
	else
		fragment(s, f, d, c);
}

/* One chunk at the front of c, which is moved behind it. Returns its type. */
static uint8_t take_chunk(struct shard *s, struct flow *f, unsigned d, struct cursor *c)
{
	size_t before = c->left;
	uint8_t type = cur_u8(c), flags = cur_u8(c);
	size_t length = cur_be16(c);
	size_t value = length < CHUNK_HEAD ? 0 : min_size(length - CHUNK_HEAD, c->left);
	struct cursor v = cur_sub(c, value);

	cur_take(c, min_size((4 - length % 4) % 4, c->left));
	size_t all = before - c->left;

	if (type == CHUNK_DATA && value > DATA_HEAD - CHUNK_HEAD) {
		struct data data = {.flags = flags};

		data.tsn = cur_be32(&v);
		data.stream = cur_be16(&v);
		cur_take(&v, 2);
		data.ppid = cur_be32(&v);
		data.user = cur_rest(&v);
		s->stats->sums.message += all - data.user.n;
		take_data(s, f, d, &data);
	} else if (type == CHUNK_I_DATA) {
		s->stats->sums.unclaimed += all;
	} else {
		s->stats->sums.message += all;
	}
	if (length < CHUNK_HEAD) { /* it would never end */
		s->stats->sums.malformed += c->left;
		cur_rest(c);
	}
	return type;
}

void sctp_frame(struct shard *s, struct flow *f, const struct layers *l, unsigned d)
{
	struct cursor c = cur_over(l->payload);
	bool ends = false;

	if (l->payload_wire > l->payload.n) {
		f->half[d].missing += l->payload_wire - l->payload.n;
		s->stats->sums.missing += l->payload_wire - l->payload.n;
	}
	if (f->flags & FLOW_ENDED) {
		s->stats->sums.discarded += l->payload.n;
		return;
	}
	while (c.left >= CHUNK_HEAD) {
		uint8_t type = take_chunk(s, f, d, &c);

		ends |= type == CHUNK_ABORT || type == CHUNK_SHUTDOWN_COMPLETE;
		if (ends && type == CHUNK_ABORT)
			break;
	}
	s->stats->sums.message += c.left;
	if (ends)
		flow_finish(s, f, FLOW_END_FIN);
}

void sctp_finish(struct shard *s, struct flow *f)
{
	while (f->half[0].waits != NONE32)
		drop(s, &f->half[0].waits, true);
}

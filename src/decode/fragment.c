/* decode/fragment.c: datagrams put together again from their fragments (RFC 791 section 3.2, RFC 8200 section
 * 4.5).
 *
 * A datagram is known by tap, innermost tunnel, both ends, identification and (IPv4) protocol. Its bytes wait
 * in pieces of a slab, sorted, without overlap: the first bytes to come win. It is given up 30 s of capture
 * time after its first fragment, or when it is the oldest and room is needed, or when it is in too many
 * pieces. The frames of a datagram that is given up move from FRAME_FRAGMENT to FRAME_FRAGMENT_DROPPED, so at
 * every moment FRAME_FRAGMENT counts the frames of completed datagrams and of those still waiting; the end of
 * the capture gives up the rest. The last byte of a datagram, once said, stays: a fragment that contradicts
 * it is dropped alone. */
#include <errno.h>

#include "core/hash.h"
#include "decode/walk.h"

enum {
	DATAGRAM_MAX = 65535,		/* RFC 791 section 3.1: the total length has 16 bits */
	PIECE_DATA = 2032,		/* a piece is 2 KiB: one fragment of an Ethernet frame */
	PIECES_MAX = 256,		/* of one datagram: 64 KiB in the smallest usual fragments of 576
					 * bytes are 119 */
	PIECES_PER_DATAGRAM = 4,	/* room for all: limits.fragments times this */
};
#define FRAGMENT_NS (30 * (uint64_t)NS_PER_S)
#define NONE UINT32_MAX

struct key {			/* no padding: compared and hashed as bytes */
	uint8_t src[16], dst[16];
	uint32_t id, tunnel;
	uint16_t ether;
	uint8_t tap, proto;
	uint32_t spare;
};
_Static_assert(sizeof(struct key) == 48, "no padding");

struct piece { uint32_t at, n, next, spare; uint8_t data[PIECE_DATA]; };

struct datagram {
	struct key key;
	int64_t first_ns;
	uint64_t first_frame;
	uint32_t frames;	/* counted as FRAME_FRAGMENT so far */
	uint32_t have, total;	/* bytes; total 0: the last fragment has not come */
	uint32_t end;		/* behind the highest byte so far */
	uint32_t first, last;	/* pieces */
	uint32_t pieces;
	uint32_t chain;		/* next in the same place of the table */
	uint32_t older, younger;
	uint8_t proto;		/* of what is inside: the first fragment says so */
};

struct fragment_table {
	struct slab datagrams, pieces;
	uint32_t *places;
	uint32_t mask;
	uint32_t oldest, youngest;
	uint8_t *whole;		/* the datagram completed last */
};

static uint32_t place_count(const struct limits *limits)
{
	uint32_t n = 64;

	while (n < limits->fragments && n < UINT32_C(1) << 24)
		n *= 2;
	return n;
}

static uint32_t datagram_count(const struct limits *limits)
{
	return limits->fragments > 0 ? limits->fragments : 1;
}

static uint32_t piece_count(const struct limits *limits)
{
	uint64_t n = (uint64_t)datagram_count(limits) * PIECES_PER_DATAGRAM + PIECES_MAX;

	return n < NONE ? (uint32_t)n : NONE - 1;
}

size_t fragment_need(const struct limits *limits)
{
	return sizeof(struct fragment_table) + (size_t)place_count(limits) * sizeof(uint32_t) +
	       (size_t)datagram_count(limits) * ((sizeof(struct datagram) + 15) & ~(size_t)15) +
	       (size_t)piece_count(limits) * sizeof(struct piece) + DATAGRAM_MAX + 64;
}

int fragment_init(struct fragment_table **ret_t, struct arena *a, const struct limits *limits)
{
	struct fragment_table *t = arena_take(a, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	t->mask = place_count(limits) - 1;
	t->places = arena_take(a, ((size_t)t->mask + 1) * sizeof(uint32_t));
	t->whole = arena_take(a, DATAGRAM_MAX);
	if (t->places == NULL || t->whole == NULL)
		return -ENOMEM;
	memset(t->places, 0xff, ((size_t)t->mask + 1) * sizeof(uint32_t));
	t->oldest = t->youngest = NONE;
	int r = slab_init(&t->datagrams, a, sizeof(struct datagram), datagram_count(limits));

	if (r == 0)
		r = slab_init(&t->pieces, a, sizeof(struct piece), piece_count(limits));
	if (r == 0)
		*ret_t = t;
	return r;
}

/* ---- the table of datagrams ---- */

static uint32_t *place_of(struct fragment_table *t, const struct key *k)
{
	return &t->places[hash_bytes(k, sizeof(*k), 0) & t->mask];
}

static struct datagram *find(struct fragment_table *t, const struct key *k)
{
	for (uint32_t i = *place_of(t, k); i != NONE;) {
		struct datagram *g = slab_at(&t->datagrams, i);

		if (memcmp(&g->key, k, sizeof(*k)) == 0)
			return g;
		i = g->chain;
	}
	return NULL;
}

/* Takes g out of every list and gives its memory back. */
static void forget(struct fragment_table *t, struct datagram *g)
{
	uint32_t index = slab_index(&t->datagrams, g);
	uint32_t *link = place_of(t, &g->key);

	while (*link != index)
		link = &((struct datagram *)slab_at(&t->datagrams, *link))->chain;
	*link = g->chain;
	if (g->older != NONE)
		((struct datagram *)slab_at(&t->datagrams, g->older))->younger = g->younger;
	else
		t->oldest = g->younger;
	if (g->younger != NONE)
		((struct datagram *)slab_at(&t->datagrams, g->younger))->older = g->older;
	else
		t->youngest = g->older;
	for (uint32_t i = g->first; i != NONE;) {
		struct piece *p = slab_at(&t->pieces, i);

		i = p->next;
		slab_put(&t->pieces, p);
	}
	slab_put(&t->datagrams, g);
}

static void give_up(struct decode *d, struct datagram *g)
{
	d->stats.class_frames[FRAME_FRAGMENT] -= g->frames;
	d->stats.class_frames[FRAME_FRAGMENT_DROPPED] += g->frames;
	forget(d->fragments, g);
}

void fragment_expire(struct decode *d, int64_t now_ns)
{
	struct fragment_table *t = d->fragments;

	while (t->oldest != NONE) {
		struct datagram *g = slab_at(&t->datagrams, t->oldest);

		if (now_ns < g->first_ns || (uint64_t)now_ns - (uint64_t)g->first_ns <= FRAGMENT_NS)
			break;
		give_up(d, g);
	}
}

static struct datagram *begin(struct walk *w, const struct key *k)
{
	struct decode *d = w->d;
	struct fragment_table *t = d->fragments;

	if (t->datagrams.used == t->datagrams.cap) {
		d->stats.fragments_evicted++;
		give_up(d, slab_at(&t->datagrams, t->oldest));
	}
	struct datagram *g = slab_get(&t->datagrams);
	uint32_t index = slab_index(&t->datagrams, g);
	uint32_t *place = place_of(t, k);

	*g = (struct datagram){
		.key = *k, .first_ns = d->now_ns, .first_frame = w->l->frame, .first = NONE, .last = NONE,
		.chain = *place, .older = t->youngest, .younger = NONE, .proto = k->proto };
	*place = index;
	if (t->youngest != NONE)
		((struct datagram *)slab_at(&t->datagrams, t->youngest))->younger = index;
	else
		t->oldest = index;
	t->youngest = index;
	return g;
}

/* ---- the pieces of one datagram ---- */

/* A piece from the slab; while there is none, other datagrams give way, the oldest first. */
static struct piece *piece_get(struct decode *d, struct datagram *g)
{
	struct fragment_table *t = d->fragments;

	if (g->pieces == PIECES_MAX)
		return NULL;
	while (t->pieces.used == t->pieces.cap) {
		struct datagram *oldest = slab_at(&t->datagrams, t->oldest);

		d->stats.fragments_evicted++;
		if (oldest == g)
			return NULL;
		give_up(d, oldest);
	}
	g->pieces++;
	return slab_get(&t->pieces);
}

/* Puts n bytes at `at` behind piece prev (NONE: in front). */
static bool piece_put(struct decode *d, struct datagram *g, uint32_t *prev, uint32_t at, const uint8_t *p,
		      uint32_t n)
{
	struct fragment_table *t = d->fragments;

	while (n > 0) {
		struct piece *new = piece_get(d, g);

		if (new == NULL)
			return false;
		uint32_t index = slab_index(&t->pieces, new);
		uint32_t *link =
			*prev == NONE ? &g->first : &((struct piece *)slab_at(&t->pieces, *prev))->next;

		new->at = at;
		new->n = n < PIECE_DATA ? n : PIECE_DATA;
		memcpy(new->data, p, new->n);
		new->next = *link;
		*link = index;
		if (new->next == NONE)
			g->last = index;
		*prev = index;
		g->have += new->n;
		at += new->n;
		p += new->n;
		n -= new->n;
	}
	return true;
}

/* Adds the bytes that are not there yet. False: no room, the datagram must be given up. */
static bool fill(struct decode *d, struct datagram *g, uint32_t at, struct bytes b)
{
	struct fragment_table *t = d->fragments;
	uint32_t end = at + (uint32_t)b.n;
	uint32_t prev = NONE, next = g->first;

	if (at >= g->end && g->last != NONE) {		/* in order: behind everything */
		prev = g->last;
		next = NONE;
	}
	for (uint32_t from = at; from < end;) {
		const struct piece *n = next == NONE ? NULL : slab_at(&t->pieces, next);

		if (n != NULL && n->at <= from) {
			if (n->at + n->n > from)
				from = n->at + n->n;
			prev = next;
			next = n->next;
			continue;
		}
		uint32_t until = n != NULL && n->at < end ? n->at : end;

		if (!piece_put(d, g, &prev, from, b.p + (from - at), until - from))
			return false;
		from = until;
	}
	if (end > g->end)
		g->end = end;
	return true;
}

/* Lays the datagram out in one piece and turns the walk to it. */
static enum step complete(struct walk *w, struct datagram *g)
{
	struct fragment_table *t = w->d->fragments;

	for (uint32_t i = g->first; i != NONE;) {
		const struct piece *p = slab_at(&t->pieces, i);

		memcpy(t->whole + p->at, p->data, p->n);
		i = p->next;
	}
	w->c = cur_over((struct bytes){ t->whole, g->total });
	w->wire = g->total;
	w->whole = true;
	w->l->ip_proto = g->proto;
	if (g->first_frame < w->l->first_frame)
		w->l->first_frame = g->first_frame;
	w->l->flags |= LAYER_DEFRAGMENTED;
	w->d->stats.datagrams++;
	forget(t, g);
	return STEP_PROTO;
}

enum step fragment_add(struct walk *w, const struct fragment *piece)
{
	struct decode *d = w->d;
	const struct layers *l = w->l;
	size_t n = w->wire;
	bool v4 = l->ether == 0x0800;
	struct key k = { .id = piece->id, .tunnel = w->tunnel_id, .ether = l->ether, .tap = l->tap,
			 .proto = v4 ? piece->proto : 0 };

	if (n == 0 || piece->at + n > DATAGRAM_MAX || (piece->more && n % 8 != 0))
		return walk_stop(w, FRAME_BAD_HEADER);
	if (w->c.left < n)				/* cut by a snap length: it can never be whole */
		return walk_stop(w, FRAME_FRAGMENT_DROPPED);
	memcpy(k.src, l->src_ip, sizeof(k.src));
	memcpy(k.dst, l->dst_ip, sizeof(k.dst));
	fragment_expire(d, d->now_ns);
	struct datagram *g = find(d->fragments, &k);
	uint32_t end = piece->at + (uint32_t)n;

	if (g == NULL)
		g = begin(w, &k);
	if ((g->total != 0 && end > g->total) || (!piece->more && end < g->end))
		return walk_stop(w, FRAME_FRAGMENT_DROPPED);
	if (!piece->more)
		g->total = end;
	if (piece->at == 0)
		g->proto = piece->proto;
	if (!fill(d, g, piece->at, (struct bytes){ w->c.p, n })) {
		give_up(d, g);
		return walk_stop(w, FRAME_FRAGMENT_DROPPED);
	}
	if (g->total != 0 && g->have == g->total)
		return complete(w, g);
	g->frames++;
	return walk_stop(w, FRAME_FRAGMENT);
}

/* stream/gather.c: messages that arrive in pieces, each with a head of its own (COTP, DNP3 transport, TDS
 * ...).
 *
 * Pieces lie in chains of 2 KiB cells, so that a thousand half messages cost what they hold. A whole
 * message is copied once into the shard's table, where it lies in one piece until the protocols have
 * returned. */
#include "stream/shard.h"

#include <errno.h>

enum {
	CELL_BYTES = 2032,	/* with its head 2 KiB - 8 */
	CELLS_EACH = 8,		/* cells there are for each gathering allowed: 16 KiB on average */
	TABLE_BYTES = 4 * CUT_MAX,	/* taken during one message, its inner protocols included */
};

struct cell {
	uint32_t next;
	uint32_t n;
	uint8_t bytes[CELL_BYTES];
};

struct gather {
	const struct proto *proto;
	uint64_t frame;		/* where its evidence begins */
	uint32_t key;
	uint32_t next;		/* of the same flow */
	uint32_t first, last;	/* cells */
	uint32_t total;		/* bytes */
	uint8_t depth;
	bool from_client;
};

struct gather_table {
	struct slab gathers, cells;
	size_t used;		/* of table */
	uint8_t *table;
};

size_t gather_need(const struct limits *part)
{
	return sizeof(struct gather_table) + TABLE_BYTES +
	       (sizeof(struct gather) + 16) * (size_t)part->gathers +
	       (sizeof(struct cell) + 16) * CELLS_EACH * (size_t)part->gathers + 256;
}

int gather_init(struct shard *s, struct arena *a)
{
	struct gather_table *t = arena_take(a, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	t->table = arena_take(a, TABLE_BYTES);
	if (t->table == NULL || slab_init(&t->gathers, a, sizeof(struct gather), s->limits.gathers) < 0 ||
	    slab_init(&t->cells, a, sizeof(struct cell), s->limits.gathers * CELLS_EACH) < 0)
		return -ENOMEM;
	s->gather = t;
	s->watched[LIMIT_AT_gathers] = &t->gathers;
	return 0;
}

void gather_message_begins(struct shard *s)
{
	s->gather->used = 0;
}

/* Where the number of the wanted gathering stands: in the flow or in the one before it. */
static uint32_t *find(const struct proto_ctx *x, uint32_t key)
{
	const struct gather_table *t = x->shard->gather;
	uint32_t *at = &x->flow->gathers;

	while (*at != NONE32) {
		struct gather *g = slab_at(&t->gathers, *at);

		if (g->key == key && g->proto == x->proto && g->depth == x->depth &&
		    g->from_client == x->from_client)
			break;
		at = &g->next;
	}
	return at;
}

static void forget(struct gather_table *t, uint32_t *at)
{
	struct gather *g = slab_at(&t->gathers, *at);

	for (uint32_t i = g->first; i != NONE32;) {
		struct cell *c = slab_at(&t->cells, i);

		i = c->next;
		slab_put(&t->cells, c);
	}
	*at = g->next;
	slab_put(&t->gathers, g);
}

static struct gather *begin(struct proto_ctx *x, uint32_t key)
{
	struct gather_table *t = x->shard->gather;
	struct gather *g = slab_get(&t->gathers);

	if (g == NULL)
		return NULL;
	*g = (struct gather){ .proto = x->proto, .frame = x->shard->build.evidence, .key = key,
			      .depth = x->depth, .from_client = x->from_client, .first = NONE32,
			      .last = NONE32, .next = x->flow->gathers };
	x->flow->gathers = slab_index(&t->gathers, g);
	return g;
}

static struct cell *cell_more(struct gather_table *t, struct gather *g)
{
	struct cell *c = slab_get(&t->cells);

	if (c == NULL) {
		t->gathers.refused++;
		return NULL;
	}
	c->next = NONE32;
	uint32_t index = slab_index(&t->cells, c);

	if (g->last == NONE32)
		g->first = index;
	else
		((struct cell *)slab_at(&t->cells, g->last))->next = index;
	g->last = index;
	return c;
}

static bool append(struct gather_table *t, struct gather *g, struct bytes piece)
{
	if (piece.n > CUT_MAX - g->total)
		return false;
	g->total += (uint32_t)piece.n;
	while (piece.n > 0) {
		struct cell *c = g->last == NONE32 ? NULL : slab_at(&t->cells, g->last);

		if (c == NULL || c->n == CELL_BYTES)
			c = cell_more(t, g);
		if (c == NULL)
			return false;
		size_t n = min_size(piece.n, CELL_BYTES - c->n);

		memcpy(c->bytes + c->n, piece.p, n);
		c->n += (uint32_t)n;
		piece.p += n;
		piece.n -= n;
	}
	return true;
}

bool gather_add(struct proto_ctx *x, uint32_t key, struct bytes piece)
{
	struct gather_table *t = x->shard->gather;
	uint32_t *at = find(x, key);
	struct gather *g = *at != NONE32 ? slab_at(&t->gathers, *at) : begin(x, key);

	if (g == NULL)
		return false;
	if (append(t, g, piece))
		return true;
	forget(t, find(x, key));
	return false;
}

struct bytes gather_take(struct proto_ctx *x, uint32_t key)
{
	struct gather_table *t = x->shard->gather;
	uint32_t *at = find(x, key);

	if (*at == NONE32)
		return (struct bytes){ 0 };
	struct gather *g = slab_at(&t->gathers, *at);

	if (g->total > TABLE_BYTES - t->used) {	/* one message completed more than anything real does */
		t->gathers.refused++;
		forget(t, at);
		return (struct bytes){ 0 };
	}
	struct bytes all = { t->table + t->used, g->total };

	for (uint32_t i = g->first; i != NONE32;) {
		const struct cell *c = slab_at(&t->cells, i);

		memcpy(t->table + t->used, c->bytes, c->n);
		t->used += c->n;
		i = c->next;
	}
	if (g->frame < x->shard->build.evidence)
		x->shard->build.evidence = g->frame;
	forget(t, at);
	return all;
}

void gather_drop(struct proto_ctx *x, uint32_t key)
{
	uint32_t *at = find(x, key);

	if (*at != NONE32)
		forget(x->shard->gather, at);
}

void gather_flow_ends(struct shard *s, struct flow *f)
{
	while (f->gathers != NONE32)
		forget(s->gather, &f->gathers);
}

/* stream/keep.c: what a flow has open for longer than a message: files, connected shares, logged-in sessions.
 *
 * The things of a flow hang on it in one chain, the one asked for last in front: whoever works with a few of
 * them finds those at once. A flow may have KEEPS_PER_FLOW; what gives way is the protocol's to decide. */
#include "stream/shard.h"

#include <errno.h>

struct kept {
	const struct proto *proto;
	uint64_t key;
	uint32_t next;		/* of the same flow, asked for before it */
	uint8_t depth;
	_Alignas(16) uint8_t bytes[KEEP_MAX];
};

struct keep_table {
	struct slab slab;
};

size_t keep_need(const struct limits *part)
{
	return sizeof(struct keep_table) + (sizeof(struct kept) + 16) * (size_t)part->keeps + 128;
}

int keep_init(struct shard *s, struct arena *a)
{
	struct keep_table *t = arena_take(a, sizeof(*t));

	if (t == NULL || slab_init(&t->slab, a, sizeof(struct kept), s->limits.keeps) < 0)
		return -ENOMEM;
	s->keep = t;
	s->watched[LIMIT_AT_keeps] = &t->slab;
	return 0;
}

static bool is_own(const struct proto_ctx *x, const struct kept *k)
{
	return k->proto == x->proto && k->depth == x->depth;
}

/* Where the number of the wanted thing stands: in the flow or in the one before it. */
static uint32_t *find(const struct proto_ctx *x, uint64_t key)
{
	uint32_t *at = &x->flow->keeps;

	while (*at != NONE32) {
		struct kept *k = slab_at(&x->shard->keep->slab, *at);

		if (k->key == key && is_own(x, k))
			break;
		at = &k->next;
	}
	return at;
}

static void forget(struct shard *s, uint32_t *at)
{
	struct kept *k = slab_at(&s->keep->slab, *at);

	*at = k->next;
	slab_put(&s->keep->slab, k);
}

void *keep_find(struct proto_ctx *x, uint64_t key)
{
	uint32_t *at = find(x, key);

	if (*at == NONE32)
		return NULL;
	uint32_t index = *at;
	struct kept *k = slab_at(&x->shard->keep->slab, index);

	*at = k->next;
	k->next = x->flow->keeps;
	x->flow->keeps = index;
	return k->bytes;
}

static unsigned count(const struct proto_ctx *x)
{
	unsigned n = 0;

	for (uint32_t i = x->flow->keeps; i != NONE32; n++)
		i = ((const struct kept *)slab_at(&x->shard->keep->slab, i))->next;
	return n;
}

void *keep_new(struct proto_ctx *x, uint64_t key, size_t n)
{
	struct slab *slab = &x->shard->keep->slab;
	uint32_t *same = find(x, key);

	assert(n <= KEEP_MAX);
	if (*same != NONE32)
		forget(x->shard, same);
	if (count(x) >= KEEPS_PER_FLOW) {
		slab->refused++;
		return NULL;
	}
	struct kept *k = slab_get(slab);

	if (k == NULL)
		return NULL;
	k->proto = x->proto;
	k->depth = x->depth;
	k->key = key;
	k->next = x->flow->keeps;
	x->flow->keeps = slab_index(slab, k);
	return k->bytes;
}

void *keep_oldest(struct proto_ctx *x, uint64_t *ret_key)
{
	struct kept *found = NULL;

	for (uint32_t i = x->flow->keeps; i != NONE32;) {
		struct kept *k = slab_at(&x->shard->keep->slab, i);

		if (is_own(x, k))
			found = k;
		i = k->next;
	}
	if (found == NULL)
		return NULL;
	*ret_key = found->key;
	return found->bytes;
}

void keep_drop(struct proto_ctx *x, uint64_t key)
{
	uint32_t *at = find(x, key);

	if (*at != NONE32)
		forget(x->shard, at);
}

void keep_flow_ends(struct shard *s, struct flow *f)
{
	while (f->keeps != NONE32)
		forget(s, &f->keeps);
}

/* stream/relate.c: what ties protocols together: protocols inside protocols, a flow that changes its
 * protocol, and the principal of its session. Flows announced by others are expect.c's. */
#include "stream/shard.h"

#include <errno.h>

enum {
	WHO_MAX = 128,
	STATE_SMALL = 128, STATE_MAX = 512,
	LARGE = UINT32_C(1) << 30,	/* in the number of an inner: its state is a large one */
	SURE_WITHOUT_PROBE = 50,	/* without probe() it takes what its carrier brings, unless others
					 * know it */
};

struct inner {			/* a protocol inside another one of this flow */
	const struct proto *proto, *carrier;
	uint32_t next;		/* the one before it of the same flow, so never a deeper one */
	uint16_t number;
	uint8_t depth;
	_Alignas(16) uint8_t state[];
};

struct who { uint32_t n; uint8_t text[WHO_MAX]; };

struct relate_table {
	struct slab small, large, whos;
	const struct flow *becoming;	/* asked for in the message being worked on */
	const struct proto *becomes;
};

size_t relate_need(const struct limits *part)
{
	return sizeof(struct relate_table) + 512 +
	       (sizeof(struct inner) + STATE_SMALL + 16) * (size_t)part->flows +
	       (sizeof(struct inner) + STATE_MAX + 16) * (size_t)part->flows +
	       (sizeof(struct who) + 16) * (size_t)part->flows;
}

int relate_init(struct shard *s, struct arena *a)
{
	struct relate_table *t = arena_take(a, sizeof(*t));
	const struct limits *l = &s->limits;

	if (t == NULL || slab_init(&t->small, a, sizeof(struct inner) + STATE_SMALL, l->flows) < 0 ||
	    slab_init(&t->large, a, sizeof(struct inner) + STATE_MAX, l->flows) < 0 ||
	    slab_init(&t->whos, a, sizeof(struct who), l->flows) < 0)
		return -ENOMEM;
	s->relate = t;
	return 0;
}

/* ---- protocols inside protocols ---- */

static struct inner *inner_at(const struct relate_table *t, uint32_t index)
{
	if (index == NONE32)
		return NULL;
	return index & LARGE ? slab_at(&t->large, index & ~(uint32_t)LARGE) : slab_at(&t->small, index);
}

const struct proto *relate_innermost(const struct shard *s, const struct flow *f)
{
	const struct inner *in = inner_at(s->relate, f->inner);	/* the one that came last lies deepest */

	return in == NULL ? f->proto : in->proto;
}

static struct inner *inner_new(struct shard *s, struct flow *f, const struct proto *p,
			       const struct proto *carrier, uint8_t depth)
{
	struct relate_table *t = s->relate;
	bool large = p->state_size > STATE_SMALL;
	struct slab *slab = large ? &t->large : &t->small;
	struct inner *in = p->state_size > STATE_MAX ? NULL : slab_get(slab);

	if (in == NULL)
		return NULL;
	in->proto = p;
	in->carrier = carrier;
	in->number = (uint16_t)proto_number(p);
	in->depth = depth;
	in->next = f->inner;
	f->inner = slab_index(slab, in) | (large ? (uint32_t)LARGE : 0);
	s->stats->proto[in->number % PROTO_MAX].flows++;
	return in;
}

static struct proto_ctx inner_ctx(const struct proto_ctx *outer, struct inner *in)
{
	struct proto_ctx x = *outer;

	x.proto = in->proto;
	x.state = in->state;
	x.depth = in->depth;
	x.why = NULL;
	return x;
}

struct proto_ctx relate_ctx(struct shard *s, struct flow *f, const struct proto *p, uint8_t depth)
{
	struct proto_ctx x = flow_ctx(s, f, true);

	if (depth == 0)
		return x;
	struct inner *in = inner_at(s->relate, f->inner);

	while (in != NULL && !(in->proto == p && in->depth == depth))
		in = inner_at(s->relate, in->next);
	assert(in != NULL);	/* its requests end before it does */
	return inner_ctx(&x, in);
}

/* The protocol over x->proto that knows these bytes best; NULL: none does. */
static const struct proto *best_over(const struct proto_ctx *x, struct cursor bytes)
{
	static _Alignas(16) const uint8_t no_state[STATE_MAX];
	struct proto_ctx try = *x;
	const struct proto *best = NULL;
	unsigned most = 0;

	memcpy(&try.state, &(const void *){ no_state }, sizeof(try.state));
	try.depth++;
	for (size_t i = 0; protos[i] != NULL; i++) {
		const struct proto *p = protos[i];

		if (p->over == NULL || strcmp(p->over, x->proto->name) != 0)
			continue;
		try.proto = p;
		unsigned score = p->probe == NULL ? SURE_WITHOUT_PROBE : p->probe(&try, bytes);

		if (score > most) {
			most = score;
			best = p;
		}
	}
	return best;
}

bool pass(struct proto_ctx *x, struct cursor inner)
{
	struct shard *s = x->shard;
	struct inner *in = inner_at(s->relate, x->flow->inner);

	while (in != NULL && !(in->carrier == x->proto && in->depth == x->depth + 1))
		in = inner_at(s->relate, in->next);
	if (in == NULL) {
		const struct proto *p = x->depth >= PASS_DEPTH ? NULL : best_over(x, inner);

		if (p == NULL)
			return false;
		in = inner_new(s, x->flow, p, x->proto, (uint8_t)(x->depth + 1));
		if (in == NULL)
			return false;
	}
	struct proto_ctx ix = inner_ctx(x, in);
	struct proto_stats *stats = &s->stats->proto[in->number % PROTO_MAX];
	/* What the inner message answers is no answer of the outer one. */
	uint64_t re = s->build.re, evidence = s->build.evidence;

	ix.outer = x;
	s->build.re = 0;
	bool good = in->proto->message(&ix, inner);

	if (good) {
		stats->messages++;
		stats->bytes += inner.left;
	} else {
		stats->malformed++;
		act_malformed(&ix, (struct bytes){ inner.p, inner.left }, ix.why);
	}
	s->build.re = re;
	s->build.evidence = evidence;
	return good;
}

void relate_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct shard *s = x->shard;

	for (struct inner *in = inner_at(s->relate, x->flow->inner); in != NULL;
	     in = inner_at(s->relate, in->next)) {
		struct proto_ctx ix = inner_ctx(x, in);

		s->stats->proto[in->number % PROTO_MAX].lost++;
		if (in->proto->lost != NULL)
			in->proto->lost(&ix, bytes);
	}
}

void relate_flow_ending(struct shard *s, struct flow *f)
{
	struct proto_ctx x = flow_ctx(s, f, true);

	for (struct inner *in = inner_at(s->relate, f->inner); in != NULL;
	     in = inner_at(s->relate, in->next)) {
		struct proto_ctx ix = inner_ctx(&x, in);

		act_message_begins(s, s->frame);
		if (in->proto->end != NULL)
			in->proto->end(&ix);
	}
}

static void inner_forget_all(struct relate_table *t, struct flow *f)
{
	while (f->inner != NONE32) {
		uint32_t index = f->inner;
		struct inner *in = inner_at(t, index);

		f->inner = in->next;
		slab_put(index & LARGE ? &t->large : &t->small, in);
	}
}

void relate_flow_ends(struct shard *s, struct flow *f)
{
	struct relate_table *t = s->relate;

	inner_forget_all(t, f);
	if (f->who != NONE32) {
		slab_put(&t->whos, slab_at(&t->whos, f->who));
		f->who = NONE32;
	}
	if (t->becoming == f)
		t->becoming = NULL;
}

/* ---- another protocol from here on ---- */

void flow_become(struct proto_ctx *x, const char *name)
{
	struct relate_table *t = x->shard->relate;

	t->becoming = x->flow;
	t->becomes = name == NULL ? NULL : proto_named(name);
}

bool relate_message_ended(struct shard *s, struct flow *f)
{
	struct relate_table *t = s->relate;

	pair_message_ended(s);
	if (t->becoming != f)
		return false;
	struct proto_ctx x = flow_ctx(s, f, true);

	t->becoming = NULL;
	pair_flow_ends(&x);
	gather_flow_ends(s, f);
	transfer_flow_ends(s, f);
	keep_flow_ends(s, f);
	inner_forget_all(t, f);
	return flow_claim(s, f, t->becomes);
}

/* ---- the principal ---- */

void flow_who(struct proto_ctx *x, struct bytes who)
{
	struct relate_table *t = x->shard->relate;
	struct flow *f = x->flow;

	if (who.n == 0) {
		if (f->who != NONE32)
			slab_put(&t->whos, slab_at(&t->whos, f->who));
		f->who = NONE32;
		return;
	}
	struct who *w = f->who == NONE32 ? slab_get(&t->whos) : slab_at(&t->whos, f->who);

	if (w == NULL)
		return;
	w->n = (uint32_t)min_size(who.n, WHO_MAX);
	memcpy(w->text, who.p, w->n);
	f->who = slab_index(&t->whos, w);
}

struct bytes relate_who(const struct shard *s, const struct flow *f)
{
	if (f->who == NONE32)
		return (struct bytes){ 0 };
	const struct who *w = slab_at(&s->relate->whos, f->who);

	return (struct bytes){ w->text, w->n };
}

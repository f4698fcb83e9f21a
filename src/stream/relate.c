/* stream/relate.c: what ties flows and protocols together: flows announced by others, protocols inside
 * protocols, a flow that changes its protocol, and the principal of its session. */
#include "stream/shard.h"

#include <errno.h>

enum {
	EXPECT_S = 60, EXPECT_ARG = 256,
	WHO_MAX = 128,
	STATE_SMALL = 128, STATE_MAX = 512,
	LARGE = UINT32_C(1) << 30,	/* in the number of an inner: its state is a large one */
	SURE_WITHOUT_PROBE = 50,	/* without probe() it takes what its carrier brings, unless others
					 * know it */
};

struct expect {
	uint8_t host[2][16];	/* [1] the one with the port */
	const struct proto *proto;
	int64_t due_ns;
	uint64_t by;		/* name of the flow that announced it */
	uint64_t taker_name;	/* of the flow that came */
	uint32_t taker;		/* that flow; NONE32: it has not come. Kept for expect_more() */
	uint32_t next;		/* in the order announced */
	uint16_t port;
	uint16_t n;
	uint8_t tap;
	uint8_t arg[EXPECT_ARG];
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
	struct slab expects, small, large, whos;
	uint32_t first, last;	/* expects */
	const struct flow *becoming;	/* asked for in the message being worked on */
	const struct proto *becomes;
};

size_t relate_need(const struct limits *part)
{
	return sizeof(struct relate_table) + 512 + (sizeof(struct expect) + 16) * (size_t)part->expects +
	       (sizeof(struct inner) + STATE_SMALL + 16) * (size_t)part->flows +
	       (sizeof(struct inner) + STATE_MAX + 16) * (size_t)part->flows +
	       (sizeof(struct who) + 16) * (size_t)part->flows;
}

int relate_init(struct shard *s, struct arena *a)
{
	struct relate_table *t = arena_take(a, sizeof(*t));
	const struct limits *l = &s->limits;

	if (t == NULL || slab_init(&t->expects, a, sizeof(struct expect), l->expects) < 0 ||
	    slab_init(&t->small, a, sizeof(struct inner) + STATE_SMALL, l->flows) < 0 ||
	    slab_init(&t->large, a, sizeof(struct inner) + STATE_MAX, l->flows) < 0 ||
	    slab_init(&t->whos, a, sizeof(struct who), l->flows) < 0)
		return -ENOMEM;
	t->first = t->last = NONE32;
	s->relate = t;
	s->watched[LIMIT_AT_expects] = &t->expects;
	return 0;
}

/* ---- flows to come ---- */

static bool same_ip(const uint8_t a[16], const uint8_t b[16])
{
	return memcmp(a, b, 16) == 0;
}

/* Takes the expectation `index` out, which follows `before`. */
static void expect_forget(struct relate_table *t, uint32_t before, uint32_t index)
{
	struct expect *e = slab_at(&t->expects, index);

	if (before == NONE32)
		t->first = e->next;
	else
		((struct expect *)slab_at(&t->expects, before))->next = e->next;
	if (t->last == index)
		t->last = before;
	slab_put(&t->expects, e);
}

/* Those that a new one makes pointless: what its own flow announced and got, and the same endpoint once
 * more. */
static void expect_replaces(struct relate_table *t, const struct expect *new)
{
	uint32_t before = NONE32, i = t->first;

	while (i != NONE32) {
		const struct expect *e = slab_at(&t->expects, i);
		uint32_t next = e->next;
		bool same = e->taker == NONE32 && e->port == new->port && e->proto == new->proto &&
			    e->tap == new->tap && memcmp(e->host, new->host, sizeof(e->host)) == 0;

		if (e != new && (same || (e->taker != NONE32 && e->by == new->by)))
			expect_forget(t, before, i);
		else
			before = i;
		i = next;
	}
}

void expect_flow(struct proto_ctx *x, const uint8_t server_ip[16], uint16_t port, const char *name,
		 const void *arg, size_t n)
{
	struct relate_table *t = x->shard->relate;
	const struct proto *p = proto_named(name);
	const struct flow *f = x->flow;
	bool by_client = same_ip(server_ip, f->ip[0]);

	if (p == NULL || (f->flags & FLOW_GROUP) || !(by_client || same_ip(server_ip, f->ip[1])))
		return;		/* another host's flow may be another shard's; so is who answers a group */
	struct expect *e = slab_get(&t->expects);

	if (e == NULL)
		return;
	uint32_t index = slab_index(&t->expects, e);

	memcpy(e->host[0], f->ip[by_client ? 1 : 0], 16);
	memcpy(e->host[1], server_ip, 16);
	e->proto = p;
	e->due_ns = x->shard->clock_ns + EXPECT_S * NS_PER_S;
	e->by = f->name;
	e->taker = e->next = NONE32;
	e->port = port;
	e->tap = f->tap;
	e->n = (uint16_t)min_size(n, EXPECT_ARG);
	if (e->n > 0)
		memcpy(e->arg, arg, e->n);
	if (t->first == NONE32)
		t->first = index;
	else
		((struct expect *)slab_at(&t->expects, t->last))->next = index;
	t->last = index;
	expect_replaces(t, e);
}

/* What this flow announced last; NULL: nothing, or it is forgotten. */
static struct expect *announced_by(const struct proto_ctx *x)
{
	const struct relate_table *t = x->shard->relate;
	struct expect *found = NULL;

	for (uint32_t i = t->first; i != NONE32; i = ((struct expect *)slab_at(&t->expects, i))->next) {
		struct expect *e = slab_at(&t->expects, i);

		if (e->by == x->flow->name)
			found = e;
	}
	return found;
}

bool expect_waits(const struct proto_ctx *x)
{
	const struct expect *e = announced_by(x);

	return e != NULL && e->taker == NONE32;
}

void expect_none(struct proto_ctx *x)
{
	struct relate_table *t = x->shard->relate;
	const struct expect *e = announced_by(x);
	uint32_t before = NONE32, i = t->first;

	if (e == NULL || e->taker != NONE32)
		return;
	for (; i != slab_index(&t->expects, e); i = ((struct expect *)slab_at(&t->expects, i))->next)
		before = i;
	expect_forget(t, before, i);
}

void expect_more(struct proto_ctx *x, const void *arg, size_t n)
{
	struct shard *s = x->shard;
	struct expect *found = announced_by(x);

	if (found == NULL)
		return;
	found->n = (uint16_t)min_size(n, EXPECT_ARG);
	memcpy(found->arg, arg, found->n);
	if (found->taker == NONE32)
		return;
	struct flow *f = flow_at(s, found->taker);

	/* Its place may be another flow's by now; a flow that has ended has no state. */
	if (f->name == found->taker_name && f->proto == found->proto && f->state != NULL)
		memcpy(f->state, found->arg, min_size(found->n, f->proto->state_size));
}

static bool carries(const struct flow *f, const struct proto *p)
{
	switch (f->kind) {
	case KIND_TCP:
		return p->on == ON_TCP;
	case KIND_UDP:
		return p->on == ON_UDP || p->also_udp;
	case KIND_SCTP:
		return p->on == ON_SCTP;
	}
	return false;
}

static bool announced(const struct expect *e, const struct flow *f)
{
	if (e->taker != NONE32 || e->tap != f->tap || !carries(f, e->proto))
		return false;
	for (unsigned server = 0; server < 2; server++) {
		/* Of datagrams the ends are known by a port alone, and any may be taken for an answer. */
		if (server == 0 && f->kind != KIND_UDP && (f->flags & FLOW_ENDS_KNOWN))
			continue;
		if (e->port == f->port[server] && same_ip(e->host[1], f->ip[server]) &&
		    same_ip(e->host[0], f->ip[1 - server]))
			return true;
	}
	return false;
}

/* The first that announces f and waits; NULL: none. */
static struct expect *announcement_of(const struct shard *s, const struct flow *f)
{
	const struct relate_table *t = s->relate;
	uint32_t i = t->first;

	while (i != NONE32 && !announced(slab_at(&t->expects, i), f))
		i = ((struct expect *)slab_at(&t->expects, i))->next;
	return i == NONE32 ? NULL : slab_at(&t->expects, i);
}

static void came(struct shard *s, struct expect *e, struct flow *f)
{
	if (f->state != NULL)
		memcpy(f->state, e->arg, min_size(e->n, e->proto->state_size));
	e->taker = flow_index(s, f);
	e->taker_name = f->name;
}

const struct proto *relate_expected(struct shard *s, struct flow *f)
{
	struct expect *e = announcement_of(s, f);

	if (e == NULL || !flow_claim(s, f, e->proto))
		return NULL;
	f->flags |= FLOW_EXPECTED;
	came(s, e, f);
	return e->proto;
}

bool expect_again(struct proto_ctx *x)
{
	struct expect *e = announcement_of(x->shard, x->flow);

	if (e == NULL || e->proto != x->proto)
		return false;
	memset(x->state, 0, x->proto->state_size);
	came(x->shard, e, x->flow);
	return true;
}

void relate_tick(struct shard *s, int64_t now_ns)
{
	struct relate_table *t = s->relate;

	while (t->first != NONE32 && ((struct expect *)slab_at(&t->expects, t->first))->due_ns <= now_ns)
		expect_forget(t, NONE32, t->first);
}

int64_t relate_due(const struct shard *s)
{
	const struct relate_table *t = s->relate;

	return t->first == NONE32 ? INT64_MAX :
	       ((const struct expect *)slab_at(&t->expects, t->first))->due_ns;
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

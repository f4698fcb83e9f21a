/* stream/expect.c: flows announced by others: FTP's data, the port a TFTP server answers from. */
#include "stream/shard.h"

#include <errno.h>

enum { EXPECT_S = 60, EXPECT_ARG = 256 };

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

struct expect_table {
	struct slab slab;
	uint32_t first, last;	/* in the order announced */
};

size_t expect_need(const struct limits *part)
{
	return sizeof(struct expect_table) + 64 + (sizeof(struct expect) + 16) * (size_t)part->expects;
}

int expect_init(struct shard *s, struct arena *a)
{
	struct expect_table *t = arena_take(a, sizeof(*t));

	if (t == NULL || slab_init(&t->slab, a, sizeof(struct expect), s->limits.expects) < 0)
		return -ENOMEM;
	t->first = t->last = NONE32;
	s->expect = t;
	s->watched[LIMIT_AT_expects] = &t->slab;
	return 0;
}

static bool same_ip(const uint8_t a[16], const uint8_t b[16])
{
	return memcmp(a, b, 16) == 0;
}

/* Takes the expectation `index` out, which follows `before`. */
static void expect_forget(struct expect_table *t, uint32_t before, uint32_t index)
{
	struct expect *e = slab_at(&t->slab, index);

	if (before == NONE32)
		t->first = e->next;
	else
		((struct expect *)slab_at(&t->slab, before))->next = e->next;
	if (t->last == index)
		t->last = before;
	slab_put(&t->slab, e);
}

/* Those that a new one makes pointless: what its own flow announced and got, and the same endpoint once
 * more. */
static void expect_replaces(struct expect_table *t, const struct expect *new)
{
	uint32_t before = NONE32, i = t->first;

	while (i != NONE32) {
		const struct expect *e = slab_at(&t->slab, i);
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
	struct expect_table *t = x->shard->expect;
	const struct proto *p = proto_named(name);
	const struct flow *f = x->flow;
	bool by_client = same_ip(server_ip, f->ip[0]);

	if (p == NULL || (f->flags & FLOW_GROUP) || !(by_client || same_ip(server_ip, f->ip[1])))
		return;		/* another host's flow may be another shard's; so is who answers a group */
	struct expect *e = slab_get(&t->slab);

	if (e == NULL)
		return;
	uint32_t index = slab_index(&t->slab, e);

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
		((struct expect *)slab_at(&t->slab, t->last))->next = index;
	t->last = index;
	expect_replaces(t, e);
}

/* What this flow announced last; NULL: nothing, or it is forgotten. */
static struct expect *announced_by(const struct proto_ctx *x)
{
	const struct expect_table *t = x->shard->expect;
	struct expect *found = NULL;

	for (uint32_t i = t->first; i != NONE32; i = ((struct expect *)slab_at(&t->slab, i))->next) {
		struct expect *e = slab_at(&t->slab, i);

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
	struct expect_table *t = x->shard->expect;
	const struct expect *e = announced_by(x);
	uint32_t before = NONE32, i = t->first;

	if (e == NULL || e->taker != NONE32)
		return;
	for (; i != slab_index(&t->slab, e); i = ((struct expect *)slab_at(&t->slab, i))->next)
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
	const struct expect_table *t = s->expect;
	uint32_t i = t->first;

	while (i != NONE32 && !announced(slab_at(&t->slab, i), f))
		i = ((struct expect *)slab_at(&t->slab, i))->next;
	return i == NONE32 ? NULL : slab_at(&t->slab, i);
}

static void came(struct shard *s, struct expect *e, struct flow *f)
{
	if (f->state != NULL)
		memcpy(f->state, e->arg, min_size(e->n, e->proto->state_size));
	e->taker = flow_index(s, f);
	e->taker_name = f->name;
}

const struct proto *expect_claim(struct shard *s, struct flow *f)
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

void expect_tick(struct shard *s, int64_t now_ns)
{
	struct expect_table *t = s->expect;

	while (t->first != NONE32 && ((struct expect *)slab_at(&t->slab, t->first))->due_ns <= now_ns)
		expect_forget(t, NONE32, t->first);
}

int64_t expect_due(const struct shard *s)
{
	const struct expect_table *t = s->expect;

	return t->first == NONE32 ? INT64_MAX :
	       ((const struct expect *)slab_at(&t->slab, t->first))->due_ns;
}

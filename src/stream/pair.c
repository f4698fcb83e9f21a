/* stream/pair.c: open requests, waiting for their answers.
 *
 * A request is found by its flow, the instance of the protocol in that flow (protocol and depth of
 * pass()) and its id. Its cell comes from the smallest of four slabs whose blob is large enough. All
 * cells of a shard hang in one list by time, because all have the same time-out. */
#include "stream/shard.h"

#include <errno.h>

enum {
	TIMEOUT_S = 10, CLASSES = 4, CLASS_SHIFT = 30,
	GIVEN_UP_MS = 250, GIVEN_UP_RATIO = 8,	/* see given_up() */
};

static const uint16_t class_blob[CLASSES] = { 32, 128, 512, ASK_BLOB_MAX };

struct cell {			/* struct ask with its blob follows */
	struct flow *flow;
	const struct proto *proto;
	int64_t due_ns;
	uint64_t station;	/* of the act that asked, for an act that says it was never answered */
	uint32_t code;
	uint8_t verb, cls;
	uint8_t depth;
	uint8_t spare;
	uint32_t index;		/* class << CLASS_SHIFT | place in its slab */
	uint32_t older, newer;	/* of the same flow */
	uint32_t before, after;	/* by time; `after` also chains late and taken ones */
};

_Static_assert(sizeof(struct cell) % 8 == 0, "struct ask behind it stays aligned");

struct pair_table {
	struct slab slab[CLASSES];
	struct slab count;	/* only its numbers: what LIMIT asks counts */
	uint32_t first, last;	/* by time */
	uint32_t taken;		/* answered: their blobs live until the message is over */
	uint32_t late, late_last;	/* pushed out: unanswered, said when the message is over */
};

static struct ask *ask_of(struct cell *c)
{
	return (struct ask *)(void *)(c + 1);
}

static struct cell *at(const struct pair_table *p, uint32_t index)
{
	if (index == NONE32)
		return NULL;
	return slab_at(&p->slab[index >> CLASS_SHIFT], index & ((UINT32_C(1) << CLASS_SHIFT) - 1));
}

static size_t cell_size(unsigned class)
{
	return sizeof(struct cell) + sizeof(struct ask) + class_blob[class];
}

/* Requests so large that the cap is hit by a quarter of them are not what plants send. */
static uint32_t class_cap(const struct limits *part, unsigned class)
{
	return class < 2 ? part->asks : part->asks / 4 + 1;
}

size_t pair_need(const struct limits *part)
{
	size_t n = sizeof(struct pair_table) + 64;

	for (unsigned i = 0; i < CLASSES; i++)
		n += (cell_size(i) + 16) * class_cap(part, i) + 64;
	return n;
}

int pair_init(struct shard *s, struct arena *a)
{
	struct pair_table *p = arena_take(a, sizeof(*p));

	if (p == NULL)
		return -ENOMEM;
	p->first = p->last = p->taken = p->late = p->late_last = NONE32;
	p->count.cap = s->limits.asks;
	for (unsigned i = 0; i < CLASSES; i++)
		if (slab_init(&p->slab[i], a, cell_size(i), class_cap(&s->limits, i)) < 0)
			return -ENOMEM;
	s->pair = p;
	s->watched[LIMIT_AT_asks] = &p->count;
	return 0;
}

/* ---- lists ---- */

static void link_in(struct pair_table *p, struct cell *c)
{
	struct flow *f = c->flow;
	struct cell *newest = at(p, f->asks), *last = at(p, p->last);

	c->newer = c->after = NONE32;
	c->older = f->asks;
	if (newest != NULL)
		newest->newer = c->index;
	f->asks = c->index;
	f->ask_count++;
	c->before = p->last;
	if (last != NULL)
		last->after = c->index;
	else
		p->first = c->index;
	p->last = c->index;
}

static void link_out(struct pair_table *p, struct cell *c)
{
	struct cell *older = at(p, c->older), *newer = at(p, c->newer);
	struct cell *before = at(p, c->before), *after = at(p, c->after);

	if (newer != NULL)
		newer->older = c->older;
	else
		c->flow->asks = c->older;
	if (older != NULL)
		older->newer = c->newer;
	c->flow->ask_count--;
	if (before != NULL)
		before->after = c->after;
	else
		p->first = c->after;
	if (after != NULL)
		after->before = c->before;
	else
		p->last = c->before;
}

static struct cell *take(struct pair_table *p, size_t blob)
{
	unsigned class = 0;

	while (class < CLASSES && blob > class_blob[class])
		class++;
	if (class == CLASSES || p->count.used >= p->count.cap)
		goto refused;
	struct cell *c = slab_get(&p->slab[class]);

	if (c == NULL)
		goto refused;
	c->index = class << CLASS_SHIFT | slab_index(&p->slab[class], c);
	p->count.used++;
	if (p->count.used > p->count.peak)
		p->count.peak = p->count.used;
	return c;
refused:
	p->count.refused++;
	return NULL;
}

static void give(struct pair_table *p, struct cell *c)
{
	p->count.used--;
	slab_put(&p->slab[c->index >> CLASS_SHIFT], c);
}

static struct cell *find(const struct proto_ctx *x, uint64_t id)
{
	const struct pair_table *p = x->shard->pair;
	struct cell *c = at(p, x->flow->asks);

	while (c != NULL && !(ask_of(c)->id == id && c->proto == x->proto && c->depth == x->depth))
		c = at(p, c->older);
	return c;
}

static struct cell *oldest_of(const struct pair_table *p, const struct flow *f)
{
	struct cell *c = at(p, f->asks);

	while (c != NULL && c->older != NONE32)
		c = at(p, c->older);
	return c;
}

/* ---- what was never answered ---- */

/* Pushed out in the middle of a message, whose act may be half built: said when it is over. */
static void push_out(struct pair_table *p, struct cell *c)
{
	link_out(p, c);
	c->after = NONE32;
	if (p->late == NONE32)
		p->late = c->index;
	else
		at(p, p->late_last)->after = c->index;
	p->late_last = c->index;
}

static void say_unanswered(struct proto_ctx *x, const struct cell *c, const struct ask *ask)
{
	if (ask->act == 0 || c->verb == VERB_NONE)
		return;
	struct obs *o = act_begin(x);

	o->verb = c->verb;
	o->object.class = c->cls;
	o->code = c->code;
	o->device.station = c->station;
	o->phase = PHASE_ANSWER;
	o->outcome = OUT_UNANSWERED;
	act_emit(x);
}

/* c is out of the lists already. */
static void unanswered(struct shard *s, struct cell *c)
{
	struct ask *ask = ask_of(c);
	struct proto_ctx x = relate_ctx(s, c->flow, c->proto, c->depth);

	act_message_begins(s, ask->frame);
	s->build.re = ask->act;
	if (c->proto->unanswered != NULL)
		c->proto->unanswered(&x, ask);
	else
		say_unanswered(&x, c, ask);
	give(s->pair, c);
}

void pair_message_ended(struct shard *s)
{
	struct pair_table *p = s->pair;

	while (p->late != NONE32) {
		struct cell *c = at(p, p->late);

		p->late = c->after;
		unanswered(s, c);
	}
}

void pair_message_begins(struct shard *s)
{
	struct pair_table *p = s->pair;

	while (p->taken != NONE32) {
		struct cell *c = at(p, p->taken);

		p->taken = c->after;
		give(p, c);
	}
}

void pair_tick(struct shard *s, int64_t now_ns)
{
	struct pair_table *p = s->pair;
	int64_t tick_ns = s->now_ns;

	for (struct cell *c = at(p, p->first); c != NULL && c->due_ns <= now_ns; c = at(p, p->first)) {
		link_out(p, c);
		s->now_ns = c->due_ns;
		unanswered(s, c);
		pair_message_ended(s);
	}
	s->now_ns = tick_ns;
}

int64_t pair_due(const struct shard *s)
{
	const struct cell *first = at(s->pair, s->pair->first);

	return first == NULL ? INT64_MAX : first->due_ns;
}

void pair_flow_ends(struct proto_ctx *x)
{
	struct pair_table *p = x->shard->pair;

	for (struct cell *c = oldest_of(p, x->flow); c != NULL; c = oldest_of(p, x->flow)) {
		link_out(p, c);
		unanswered(x->shard, c);
		pair_message_ended(x->shard);
	}
}

/* ---- what protocols call ---- */

bool pair_ask(struct proto_ctx *x, uint64_t id, uint64_t act, const void *blob, size_t n)
{
	struct shard *s = x->shard;
	struct pair_table *p = s->pair;
	struct cell *same = find(x, id);

	if (same != NULL)
		push_out(p, same);
	else if (x->flow->ask_count >= ASKS_PER_FLOW)
		push_out(p, oldest_of(p, x->flow));
	struct cell *c = take(p, n);

	if (c == NULL)
		return false;
	c->flow = x->flow;
	c->proto = x->proto;
	c->depth = x->depth;
	c->due_ns = s->clock_ns + TIMEOUT_S * NS_PER_S;
	if (act != 0 && s->build.last_act != 0) {
		const struct obs *o = act_built(s);	/* emitted just now, so still there */

		c->verb = o->verb;
		c->cls = o->object.class;
		c->code = o->code;
		c->station = o->device.station;
	}
	struct ask *ask = ask_of(c);

	ask->id = id;
	ask->act = act;
	ask->frame = s->build.evidence;
	ask->at_ns = s->now_ns;
	ask->n = (uint32_t)n;
	if (n > 0)
		memcpy(ask->blob, blob, n);
	link_in(p, c);
	return true;
}

static const struct ask *belongs(struct shard *s, struct cell *c)
{
	struct ask *ask = ask_of(c);

	s->build.re = ask->act;
	if (ask->frame < s->build.evidence)
		s->build.evidence = ask->frame;
	return ask;
}

const struct ask *pair_answer(struct proto_ctx *x, uint64_t id)
{
	struct pair_table *p = x->shard->pair;
	struct cell *c = find(x, id);

	if (c == NULL)
		return NULL;
	link_out(p, c);
	c->after = p->taken;
	p->taken = c->index;
	return belongs(x->shard, c);
}

const struct ask *pair_peek(struct proto_ctx *x, uint64_t id)
{
	struct cell *c = find(x, id);

	return c == NULL ? NULL : belongs(x->shard, c);
}

static struct cell *oldest_like(const struct pair_table *p, const struct proto_ctx *x)
{
	struct cell *found = NULL;

	for (struct cell *c = at(p, x->flow->asks); c != NULL; c = at(p, c->older))
		if (c->proto == x->proto && c->depth == x->depth)
			found = c;
	return found;
}

const struct ask *pair_oldest(struct proto_ctx *x)
{
	struct cell *c = oldest_like(x->shard->pair, x);

	return c == NULL ? NULL : ask_of(c);
}

/* ---- those that answer in order, without numbers ---- */

static struct cell *older_of(const struct pair_table *p, const struct proto_ctx *x, struct cell *c)
{
	do
		c = at(p, c->older);
	while (c != NULL && (c->proto != x->proto || c->depth != x->depth));
	return c;
}

/* Nobody waits for the answer to c any more: another request followed, and what comes now came so much sooner
 * behind that one. Requests that are sent without waiting follow each other at once, so that what comes is
 * about as far from either; a device that is only slow is far from both, too. */
static bool given_up(const struct ask *ask, const struct ask *next, int64_t now_ns)
{
	int64_t waited = now_ns - ask->at_ns;

	return waited >= GIVEN_UP_MS * NS_PER_MS && waited >= GIVEN_UP_RATIO * (now_ns - next->at_ns);
}

const struct ask *pair_in_order(struct proto_ctx *x, pair_fit fit, const void *answer)
{
	const struct pair_table *p = x->shard->pair;
	const struct ask *ask, *next = NULL, *good = NULL, *poor = NULL, *waiting = NULL;
	struct cell *c = at(p, x->flow->asks);
	bool waits = true;

	if (c != NULL && (c->proto != x->proto || c->depth != x->depth))
		c = older_of(p, x, c);
	if (c != NULL && older_of(p, x, c) == NULL)
		return ask_of(c);
	for (; c != NULL; c = older_of(p, x, c), next = ask) {
		ask = ask_of(c);
		enum fit how = fit(x, ask, answer);

		waits = waits && (next == NULL || !given_up(ask, next, x->shard->now_ns));
		if (waits)
			waiting = ask;
		if (waits && how == FIT_GOOD)
			good = ask;
		if (how != FIT_NONE && poor == NULL)
			poor = ask;
	}
	return good != NULL ? good : poor != NULL ? poor : waiting;
}

const struct ask *pair_answer_in_order(struct proto_ctx *x, const struct ask *ask)
{
	struct pair_table *p = x->shard->pair;
	struct cell *c = find(x, ask->id);

	if (c == NULL)
		return NULL;
	for (struct cell *old = oldest_like(p, x); old != c; old = oldest_like(p, x))
		push_out(p, old);
	return pair_answer(x, ask->id);
}

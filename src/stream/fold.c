/* stream/fold.c: one record for many identical acts (architecture section 4).
 *
 * A run is kept per actor, object (its key holds the device), protocol, verb, class, phase, code, count and
 * principal: so a poller that reads twenty registers in turn folds in twenty runs. Identical means the same
 * value, result, outcome, trust and note on top of that, and of a file its size and SHA-256; the rest of the
 * protocol's own struct is no part of it, because it holds transaction numbers. A run's first act is sent; a
 * different one ends the run, its count first; so does one from before the run began (a capture that runs
 * backwards, an answer that overtook another), because since when something is done must be known at once.
 * Only a run that repeats keeps a copy of a record.
 *
 * Everything else goes out one by one, up to 100 a second for each pair of hosts, verb, class, phase and
 * outcome; then one record a second stands for the rest. Phase and outcome are in it so that `times` counts
 * acts of one kind. The items of one message (at most ITEMS_MAX) count as one: they are told all, or all
 * counted.
 *
 * An act here makes at most two counts (a run it ends, a flood it pushes out): act.c keeps two ordinals
 * for them. */
#include "stream/shard.h"

#include <errno.h>

#include "core/hash.h"

enum { MINUTE_S = 60, FLOOD_A_SECOND = 100, CLASSES = 4, CLASS_SHIFT = 30 };

static const uint16_t class_bytes[CLASSES] = { 320, 512, 1024, REC_MAX };

struct entry {			/* a run, or the rate of one kind of act between two hosts */
	uint64_t key;
	uint64_t mark;		/* run: what must stay the same; rate: the second */
	uint32_t next;		/* of the same bucket */
	uint32_t newer, older;	/* by use */
	uint32_t before, after;	/* of those with a count, in the order they got it */
	uint32_t copy;		/* the count as a record: class << CLASS_SHIFT | place; NONE32: none */
	uint32_t sent;		/* rate: in that second */
	int64_t earliest_ns;	/* run: no act of it was before */
	union {
		uint64_t first_frame;	/* run: no act of it began before */
		uint64_t told;		/* rate: the message that was sent last */
	};
};

struct memory {			/* a hash table that forgets what was used least recently */
	struct slab slab;
	uint32_t *buckets;	/* index + 1; 0: empty */
	uint32_t mask;
	uint32_t newest, oldest;
	uint32_t first, last;	/* with a count */
	uint16_t flag;		/* of the records its counts become */
};

enum { MEMO_PLACES = 128, MEMO_WAYS = 2 };	/* of one shard; two polls of one place do not drive each
						 * other out */

struct memo {			/* a message whose act was swallowed: what act_again() looks at */
	uint64_t again;		/* hash of the message; 0: free */
	uint64_t flow;		/* its name: no other flow ever has it */
	const struct proto *proto;
	uint64_t key, mark;	/* the entry must still be this run, and have a count */
	uint32_t entry;
};

struct fold_table {
	struct memory runs, floods;
	struct memo memos[MEMO_PLACES][MEMO_WAYS];	/* by the hash of the message, the newest in front */
	struct slab copies[CLASSES];
	int64_t minute;		/* the last one whose counts were said */
	bool started;
};

/* ---- the two memories ---- */

static struct entry *entry_at(const struct memory *m, uint32_t index)
{
	return slab_at(&m->slab, index);
}

static uint32_t bucket_count(uint32_t cap)
{
	uint32_t n = 16;

	while (n < cap && n < UINT32_C(1) << 30)
		n *= 2;
	return n;
}

static int memory_init(struct memory *m, struct arena *a, uint32_t cap, uint16_t flag)
{
	uint32_t buckets = bucket_count(cap);

	m->buckets = arena_take(a, buckets * sizeof(*m->buckets));
	if (m->buckets == NULL)
		return -ENOMEM;
	m->mask = buckets - 1;
	m->newest = m->oldest = m->first = m->last = NONE32;
	m->flag = flag;
	return slab_init(&m->slab, a, sizeof(struct entry), cap);
}

static size_t memory_need(uint32_t cap)
{
	return bucket_count(cap) * sizeof(uint32_t) + (sizeof(struct entry) + 16) * (size_t)cap + 64;
}

static void use_out(struct memory *m, struct entry *e)
{
	if (e->newer != NONE32)
		entry_at(m, e->newer)->older = e->older;
	else
		m->newest = e->older;
	if (e->older != NONE32)
		entry_at(m, e->older)->newer = e->newer;
	else
		m->oldest = e->newer;
}

static void use_in(struct memory *m, struct entry *e, uint32_t index)
{
	e->newer = NONE32;
	e->older = m->newest;
	if (m->newest != NONE32)
		entry_at(m, m->newest)->newer = index;
	else
		m->oldest = index;
	m->newest = index;
}

static void use(struct memory *m, struct entry *e, uint32_t index)
{
	if (m->newest == index)
		return;
	use_out(m, e);
	use_in(m, e, index);
}

static struct entry *find(struct memory *m, uint64_t key)
{
	uint32_t i = m->buckets[key & m->mask];

	while (i != 0 && entry_at(m, i - 1)->key != key)
		i = entry_at(m, i - 1)->next;
	if (i == 0)
		return NULL;
	struct entry *e = entry_at(m, i - 1);

	use(m, e, i - 1);
	return e;
}

static void count_in(struct memory *m, struct entry *e)
{
	uint32_t index = slab_index(&m->slab, e);

	e->before = m->last;
	e->after = NONE32;
	if (m->last != NONE32)
		entry_at(m, m->last)->after = index;
	else
		m->first = index;
	m->last = index;
}

static void count_out(struct memory *m, struct entry *e)
{
	if (e->before != NONE32)
		entry_at(m, e->before)->after = e->after;
	else
		m->first = e->after;
	if (e->after != NONE32)
		entry_at(m, e->after)->before = e->before;
	else
		m->last = e->before;
}

/* ---- counts ---- */

static uint32_t copy_cap(const struct limits *part, unsigned class)
{
	return class < 2 ? part->folds : part->folds / (class == 2 ? 2 : 8) + 1;
}

static struct obs *copy_at(const struct fold_table *t, uint32_t copy)
{
	return slab_at(&t->copies[copy >> CLASS_SHIFT], copy & ((UINT32_C(1) << CLASS_SHIFT) - 1));
}

static void count(struct obs *c, int64_t at_ns, uint64_t frame, uint32_t back)
{
	c->times++;
	if (c->rec.at_ns < at_ns)
		c->rec.at_ns = at_ns;
	if (c->since_ns > at_ns)
		c->since_ns = at_ns;
	c->rec.frame = frame;
	c->rec.back = back;
}

/* Counts o in. False: there is no memory for a copy, o must be sent. */
static bool swallow(struct fold_table *t, struct memory *m, struct entry *e, const struct obs *o)
{
	if (e->copy != NONE32) {
		count(copy_at(t, e->copy), o->rec.at_ns, o->rec.frame, o->rec.back);
		return true;
	}
	unsigned class = 0;

	while (o->rec.size > class_bytes[class])
		class++;
	struct obs *c = slab_get(&t->copies[class]);

	if (c == NULL)
		return false;
	memcpy(c, o, o->rec.size);
	e->copy = class << CLASS_SHIFT | slab_index(&t->copies[class], c);
	count_in(m, e);
	return true;
}

/* Sends the count of e, if it has one. */
static void say(struct shard *s, struct memory *m, struct entry *e)
{
	if (e->copy == NONE32)
		return;
	struct obs *c = copy_at(s->fold, e->copy);
	uint64_t back = s->naming.frame - (c->rec.frame - c->rec.back);

	c->rec.back = back < UINT32_MAX ? (uint32_t)back : UINT32_MAX;
	c->flags |= m->flag;
	act_commit(s, &c->rec);
	slab_put(&s->fold->copies[e->copy >> CLASS_SHIFT], c);
	e->copy = NONE32;
	count_out(m, e);
}

static void say_all(struct shard *s, struct memory *m)
{
	while (m->first != NONE32)
		say(s, m, entry_at(m, m->first));
}

static void drop(struct shard *s, struct memory *m, struct entry *e)
{
	uint32_t index = slab_index(&m->slab, e);
	uint32_t *at = &m->buckets[e->key & m->mask];

	say(s, m, e);
	while (*at != index + 1)
		at = &entry_at(m, *at - 1)->next;
	*at = e->next;
	use_out(m, e);
	slab_put(&m->slab, e);
}

/* A fresh entry; at the cap the one used least recently gives way, and its count is said. */
static struct entry *add(struct shard *s, struct memory *m, uint64_t key)
{
	if (m->slab.used >= m->slab.cap) {
		m->slab.refused++;
		drop(s, m, entry_at(m, m->oldest));
	}
	struct entry *e = slab_get(&m->slab);
	uint32_t index = slab_index(&m->slab, e);

	e->key = key;
	e->copy = NONE32;
	e->next = m->buckets[key & m->mask];
	m->buckets[key & m->mask] = index + 1;
	use_in(m, e, index);
	return e;
}

/* ---- identity ---- */

static void host_words(uint64_t w[2], const struct side *side)
{
	memcpy(w, side->ip, sizeof(side->ip));
	if ((w[0] | w[1]) == 0)
		memcpy(w, side->mac, sizeof(side->mac));
}

static uint64_t text_hash(const struct obs *o, struct span s)
{
	return s.n == 0 ? 0 : hash_bytes((const uint8_t *)o + s.at, s.n, 0);
}

/* What kind of act it is, as far as that fits two words. */
static uint64_t kind_word(const struct obs *o)
{
	return (uint64_t)o->rec.proto << 48 | (uint64_t)o->vlan << 32 | (uint64_t)o->rec.tap << 24 |
	       (uint64_t)o->verb << 16 | (uint64_t)o->object.class << 8 | o->phase;
}

static uint64_t mac_word(const struct side *side)
{
	static const uint8_t mac_only[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint64_t w, mask;

	_Static_assert(offsetof(struct side, mac) + sizeof(w) == offsetof(struct side, station),
		       "MAC and port fill a word");
	memcpy(&w, side->mac, sizeof(w));
	memcpy(&mask, mac_only, sizeof(mask));
	return w & mask;
}

static uint64_t run_key(const struct shard *s, const struct obs *o)
{
	uint64_t w[8] = { 0 };

	host_words(w, &o->actor);
	w[2] = o->object.key;
	w[3] = o->actor.station + text_hash(o, o->who);
	w[4] = (uint64_t)o->object.count << 32 | o->code;
	w[5] = kind_word(o);
	/* Two devices may have one address: their acts are not each other's. Read with the port behind the
	 * MAC, which is then masked out: six bytes written to w and eight read are a stall. */
	w[6] = mac_word(&o->actor);
	w[7] = mac_word(&o->device);
	return hash_words(w, s->options.seed);
}

/* Two files of one name are not the same when their bytes are not. */
static uint64_t file_hash(const struct shard *s, const struct obs *o)
{
	const struct proto *p = s->build.proto;

	return p == NULL || !p->transfers || o->own.n < sizeof(struct transfer_own) ? 0 :
	       hash_bytes((const uint8_t *)o + o->own.at, offsetof(struct transfer_own, entropy), 0);
}

static uint64_t same_key(const struct shard *s, const struct obs *o)
{
	const struct value *v = &o->value;
	uint64_t w[8] = { v->digest, v->length, v->one.u, 0, (uint64_t)o->outcome << 8 | o->trust,
			  text_hash(o, o->note), file_hash(s, o) };

	w[3] = (uint64_t)o->result << 32 | (uint64_t)v->items << 16 | (uint64_t)v->type << 8 | v->bits;
	return hash_words(w, s->options.seed);
}

static uint64_t flood_key(const struct shard *s, const struct obs *o)
{
	uint64_t w[8] = { 0 };

	host_words(w, &o->actor);
	host_words(w + 2, &o->device);
	w[4] = kind_word(o);
	w[5] = o->outcome;
	return hash_words(w, s->options.seed);
}

/* A success of a cyclic verb; of acts that nobody answers, that it was done. */
static bool may_fold(const struct obs *o)
{
	if (!verb_folds(o->verb))
		return false;
	return o->outcome == OUT_DONE || (o->outcome == OUT_UNKNOWN && o->phase != PHASE_WHOLE);
}

/* ---- runs and rates ---- */

static void begin_run(struct entry *e, uint64_t mark, const struct obs *o)
{
	e->mark = mark;
	e->earliest_ns = o->rec.at_ns;
	e->first_frame = o->rec.frame - o->rec.back;
}

static bool is_earlier(const struct entry *e, int64_t at_ns, uint64_t frame)
{
	return at_ns < e->earliest_ns || frame < e->first_frame;
}

/* The principal of a flow may change, and is part of the act: such flows take the long way. */
static void remember(struct shard *s, const struct flow *f, const struct entry *e, const struct obs *o)
{
	if (s->build.again == 0 || o->phase != PHASE_WHOLE || o->who.n != 0)
		return;
	struct memo *place = s->fold->memos[s->build.again >> 32 & (MEMO_PLACES - 1)];

	if (place[0].again != s->build.again)
		place[1] = place[0];
	place[0] = (struct memo){
		.again = s->build.again, .flow = f->name, .proto = s->build.proto, .key = e->key,
		.mark = e->mark,
		.entry = slab_index(&s->fold->runs.slab, e) };
}

bool fold_again(struct shard *s, const struct proto_ctx *x, uint64_t again, uint32_t back)
{
	struct fold_table *t = s->fold;
	const struct memo *m = t->memos[again >> 32 & (MEMO_PLACES - 1)];

	if (m->again != again)
		m++;
	if (m->again != again || m->flow != x->flow->name || m->proto != x->proto || x->flow->who != NONE32)
		return false;
	struct entry *e = entry_at(&t->runs, m->entry);

	if (e->key != m->key || e->mark != m->mark || e->copy == NONE32 ||
	    is_earlier(e, s->now_ns, s->naming.frame - back))
		return false;
	use(&t->runs, e, m->entry);
	count(copy_at(t, e->copy), s->now_ns, s->naming.frame, back);
	return true;
}

static bool fold_run(struct shard *s, const struct flow *f, const struct obs *o)
{
	struct fold_table *t = s->fold;
	uint64_t key = run_key(s, o), same = same_key(s, o);
	struct entry *e = find(&t->runs, key);

	if (e == NULL) {
		e = add(s, &t->runs, key);
		begin_run(e, same, o);
		return false;
	}
	if (e->mark == same && !is_earlier(e, o->rec.at_ns, o->rec.frame - o->rec.back)) {
		bool swallowed = swallow(t, &t->runs, e, o);

		if (swallowed)
			remember(s, f, e, o);
		return swallowed;
	}
	say(s, &t->runs, e);
	begin_run(e, same, o);
	return false;
}

/* A refusal or a time-out ends the run of its object: the next success is news again. */
static void run_ends(struct shard *s, const struct obs *o)
{
	struct entry *e = find(&s->fold->runs, run_key(s, o));

	if (e != NULL)
		drop(s, &s->fold->runs, e);
}

static bool fold_flood(struct shard *s, const struct obs *o)
{
	struct fold_table *t = s->fold;
	uint64_t key = flood_key(s, o), second = (uint64_t)(s->clock_ns / NS_PER_S);
	struct entry *e = find(&t->floods, key);

	if (e == NULL)
		e = add(s, &t->floods, key);
	if (e->mark != second) {
		say(s, &t->floods, e);
		e->mark = second;
		e->sent = 0;
	}
	/* The items of one message are told all or not at all: half a tool table says nothing. */
	if (e->told == o->msg)
		return false;
	if (e->sent < FLOOD_A_SECOND) {
		e->sent++;
		e->told = o->msg;
		return false;
	}
	return swallow(t, &t->floods, e, o);
}

bool fold_act(struct shard *s, const struct flow *f, const struct obs *o)
{
	struct fold_table *t = s->fold;

	if (s->options.all)
		return false;
	if (!t->started) {
		t->started = true;
		t->minute = s->clock_ns / (MINUTE_S * NS_PER_S);
	}
	if (may_fold(o))
		return fold_run(s, f, o);
	if (verb_folds(o->verb))
		run_ends(s, o);
	return fold_flood(s, o);
}

void fold_tick(struct shard *s, int64_t now_ns)
{
	struct fold_table *t = s->fold;
	int64_t minute = now_ns / (MINUTE_S * NS_PER_S);

	say_all(s, &t->floods);
	if (!t->started || minute <= t->minute)
		return;
	t->minute = minute;
	say_all(s, &t->runs);
}

int64_t fold_due(const struct shard *s)
{
	const struct fold_table *t = s->fold;

	if (t->floods.first != NONE32)
		return INT64_MIN;
	return t->runs.first == NONE32 ? INT64_MAX : (t->minute + 1) * MINUTE_S * NS_PER_S;
}

void fold_close(struct shard *s)
{
	say_all(s, &s->fold->floods);
	say_all(s, &s->fold->runs);
}

/* ---- memory ---- */

size_t fold_need(const struct limits *part)
{
	size_t n = sizeof(struct fold_table) + 64 + memory_need(part->folds) + memory_need(part->pairs);

	for (unsigned i = 0; i < CLASSES; i++)
		n += (size_t)class_bytes[i] * copy_cap(part, i) + 64;
	return n;
}

int fold_init(struct shard *s, struct arena *a)
{
	struct fold_table *t = arena_take(a, sizeof(*t));

	if (t == NULL || memory_init(&t->runs, a, s->limits.folds, 0) < 0 ||
	    memory_init(&t->floods, a, s->limits.pairs, FLAG_FLOOD) < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < CLASSES; i++)
		if (slab_init(&t->copies[i], a, class_bytes[i], copy_cap(&s->limits, i)) < 0)
			return -ENOMEM;
	s->fold = t;
	s->watched[LIMIT_AT_folds] = &t->runs.slab;
	s->watched[LIMIT_AT_pairs] = &t->floods.slab;
	return 0;
}

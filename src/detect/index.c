/* detect/index.c: which rules are worth a look for an act.
 *
 * Rules stand in buckets by protocol and verb. In a bucket, a rule that can only be true when some field has
 * one of a few values is looked up by that value; the others are tried one after the other. So a thousand
 * rules about a thousand devices cost as much as one, and an act that no rule speaks of costs one look at a
 * table. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "detect/around.h"
#include "detect/rule.h"
#include "model/meaning.h"

enum { KEY_VALUES_MAX = 64, BUCKETS_MAX = 8192, KEY_TEXT = 256 };

/* Fields a rule is looked up by, those that tell most apart first. */
static const uint8_t key_fields[] = {
	RF_FILE_SHA256, RF_DEVICE_IP, RF_ACTOR_IP, RF_OBJECT_NAME, RF_DEVICE_MAC, RF_ACTOR_MAC, RF_WHO,
	RF_OBJECT_PART1, RF_OBJECT_PART0, RF_OBJECT, RF_DEVICE_STATION, RF_CODE,
};

static uint64_t text_hash(const uint8_t *p, size_t n)
{
	uint8_t lower[KEY_TEXT];
	size_t kept = min_size(n, sizeof(lower));

	for (size_t i = 0; i < kept; i++)
		lower[i] = p[i] >= 'A' && p[i] <= 'Z' ? (uint8_t)(p[i] + 32) : p[i];
	return hash_bytes(lower, kept, 0);
}

/* Through double: equal numbers stay equal, and turning a long double into an integer takes twenty times as
 * long. The sum makes -0 the 0 it is equal to. */
static uint64_t number_hash(long double n)
{
	double near = (double)n + 0.0;
	uint64_t bits;

	memcpy(&bits, &near, sizeof(bits));
	return hash_mix(bits);
}

static uint64_t place(uint32_t bucket, uint8_t field, uint64_t value)
{
	return hash_join((uint64_t)bucket << 8 | field, value) | 1;	/* 0 is an empty slot */
}

static uint64_t want_hash(const struct test *t, const struct want *w)
{
	switch (t->field.type) {
	case VT_TEXT: return text_hash((const uint8_t *)w->text, w->n);
	case VT_IP: return hash_bytes(w->address, 16, 0);
	case VT_MAC: return hash_bytes(w->address, 6, 0);
	}
	return number_hash(w->low);
}

static uint64_t val_hash(uint8_t type, const struct val *v)
{
	switch (type) {
	case VT_TEXT: return text_hash(v->text.p, v->text.n);
	case VT_IP: return hash_bytes(v->address, 16, 0);
	case VT_MAC: return hash_bytes(v->address, 6, 0);
	}
	return number_hash(v->number);
}

/* ---- making it ---- */

struct entry { uint64_t key; uint32_t rule; };	/* key: place(); of the others, the bucket */
struct entries { struct entry *list; size_t n, room; bool failed; };

static void add(struct entries *e, uint64_t key, uint32_t rule)
{
	if (e->n == e->room) {
		size_t room = e->room == 0 ? 1024 : e->room * 2;
		struct entry *list = realloc(e->list, room * sizeof(*list));

		if (list == NULL) {
			e->failed = true;
			return;
		}
		e->list = list;
		e->room = room;
	}
	e->list[e->n++] = (struct entry){ key, rule };
}

static int entry_order(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

static const struct test *key_of(const struct rule *r)
{
	for (size_t i = 0; i < ARRAY_LEN(key_fields); i++) {
		const struct test *t = node_requires(r->condition, key_fields[i]);

		if (t != NULL && t->count <= KEY_VALUES_MAX)
			return t;
	}
	return NULL;
}

/* Numbers of the bucket; -1: no room for another. */
static int bucket_for(struct ruleset *set, uint32_t *count, unsigned proto, unsigned verb)
{
	uint16_t *at = &set->bucket_of[proto % PROTO_ROOM][verb];

	if (*at == 0) {
		if (*count == BUCKETS_MAX)
			return -1;
		*at = (uint16_t)++*count;
	}
	return *at - 1;
}

static bool bucket_key(struct bucket *b, uint8_t field)
{
	for (unsigned i = 0; i < b->key_count; i++)
		if (b->keys[i] == field)
			return true;
	if (b->key_count == KEYS_MAX)
		return false;
	b->keys[b->key_count++] = field;
	return true;
}

static void post(struct ruleset *set, uint32_t *buckets, unsigned proto, unsigned verb, const struct rule *r,
		 struct entries *keyed, struct entries *others)
{
	const struct test *t = key_of(r);
	int b = bucket_for(set, buckets, proto, verb);

	if (b < 0) {
		others->failed = true;
		return;
	}
	if (t == NULL || !bucket_key(&set->buckets[b], t->field.id)) {
		add(others, (uint64_t)b, r->number);
		return;
	}
	for (uint32_t i = 0; i < t->count; i++)
		add(keyed, place((uint32_t)b, t->field.id, want_hash(t, &t->wants[i])), r->number);
}

static void post_rule(struct ruleset *set, uint32_t *buckets, const struct rule *r, struct entries *keyed,
		      struct entries *others)
{
	const struct test *named = node_requires(r->condition, RF_PROTOCOL);
	uint32_t verbs = rule_verbs(r);

	if (named != NULL && named->count > INDEX_PROTOS_MAX)
		named = NULL;		/* the rule itself asks for the protocol then */

	for (unsigned v = 0; v < VERB_COUNT; v++) {
		if ((verbs >> v & 1) == 0)
			continue;
		if (named == NULL)
			post(set, buckets, 0, v, r, keyed, others);
		for (uint32_t i = 0; named != NULL && i < named->count; i++)
			post(set, buckets, (unsigned)named->wants[i].low, v, r, keyed, others);
	}
}

/* The table of places, and the rules behind each. */
static int lay_out(struct ruleset *set, struct entries *keyed, struct entries *others)
{
	uint32_t mask = 63, at = 0;

	if (keyed->failed || others->failed || keyed->n + others->n > UINT32_MAX / 4)
		return -ENOMEM;
	while (mask < keyed->n * 2)
		mask = mask * 2 + 1;
	set->postings = set_take(set, (size_t)(mask + 1) * sizeof(set->postings[0]));
	set->posted = set_take(set, (keyed->n + others->n + 1) * sizeof(set->posted[0]));
	set->posted_fits = set_take(set, (keyed->n + others->n + 1) * sizeof(set->posted_fits[0]));
	if (set->postings == NULL || set->posted == NULL || set->posted_fits == NULL)
		return -ENOMEM;
	set->posting_mask = mask;
	for (size_t i = 0; i < keyed->n;) {
		uint64_t key = keyed->list[i].key;
		uint32_t slot = (uint32_t)key & mask, first = at;

		while (set->postings[slot].key != 0)
			slot = (slot + 1) & mask;
		for (; i < keyed->n && keyed->list[i].key == key; i++)
			if (at == first || set->posted[at - 1]->number != keyed->list[i].rule)
				set->posted[at++] = set->rules[keyed->list[i].rule];
		set->postings[slot] = (struct posting){ key, first, at - first };
	}
	for (size_t i = 0; i < others->n; i++) {
		struct bucket *b = &set->buckets[others->list[i].key];

		if (b->count++ == 0)
			b->first = at;
		set->posted[at++] = set->rules[others->list[i].rule];
	}
	for (uint32_t i = 0; i < at; i++)
		set->posted_fits[i] = set->posted[i]->fits;
	return 0;
}

int index_make(struct ruleset *set)
{
	struct entries keyed = { 0 }, others = { 0 };
	uint32_t buckets = 0;

	set->buckets = set_take(set, BUCKETS_MAX * sizeof(set->buckets[0]));
	if (set->buckets == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < set->count; i++)
		if (set->rules[i]->condition != NULL && !set->rules[i]->off)
			post_rule(set, &buckets, set->rules[i], &keyed, &others);
	if (keyed.n > 0)
		qsort(keyed.list, keyed.n, sizeof(keyed.list[0]), entry_order);
	if (others.n > 0)
		qsort(others.list, others.n, sizeof(others.list[0]), entry_order);
	int rc = lay_out(set, &keyed, &others);

	free(keyed.list);
	free(others.list);
	return rc;
}

/* ---- using it ---- */

typedef void rule_each(void *ctx, const struct rule *r, const struct subject *s);

static void each_fitting(const struct ruleset *set, uint32_t first, uint32_t count, uint64_t act,
			 const struct subject *s, rule_each *each, void *ctx)
{
	for (uint32_t i = first; i < first + count; i++)
		if ((set->posted_fits[i] & act) == act)
			each(ctx, set->posted[i], s);
}

static void in_bucket(const struct ruleset *set, uint32_t bucket, uint64_t act, const struct subject *s,
		      rule_each *each, void *ctx)
{
	const struct bucket *b = &set->buckets[bucket];

	for (unsigned i = 0; i < b->key_count; i++) {
		struct field_ref f = { .id = b->keys[i] };
		struct val v;

		if (!field_get(s, &f, 0, &v))
			continue;
		uint64_t key = place(bucket, f.id, val_hash(field_type(f.id), &v));
		uint32_t slot = (uint32_t)key & set->posting_mask;

		while (set->postings[slot].key != 0 && set->postings[slot].key != key)
			slot = (slot + 1) & set->posting_mask;
		const struct posting *p = &set->postings[slot];

		if (p->key != 0)
			each_fitting(set, p->first, p->count, act, s, each, ctx);
	}
	each_fitting(set, b->first, b->count, act, s, each, ctx);
}

void index_each(const struct ruleset *set, const struct subject *s, rule_each *each, void *ctx)
{
	uint16_t own = set->bucket_of[s->o->rec.proto % PROTO_ROOM][s->o->verb];
	uint16_t any = set->bucket_of[0][s->o->verb];
	uint64_t act = act_bits(around_word(s->around, s->o), s->o->object.class, s->o->outcome, s->o->phase,
				meaning_told(s->o->rec.proto));

	if (own != 0)
		in_bucket(set, own - 1u, act, s, each, ctx);
	if (any != 0 && any != own)
		in_bucket(set, any - 1u, act, s, each, ctx);
}

/* detect/learned.c: see learned.h. Rows are kept whole, because the store writes them; what is asked of them
 * goes through sets of hashes. */
#include "detect/learned.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/hash.h"
#include "model/meaning.h"

struct place { uint64_t key; uint32_t row; };	/* key 0: free; row: of what has rows */
struct table { struct place *slots; uint32_t mask, used, cap; };

struct learned {
	struct arena arena;
	struct learned_row *rows;
	struct learned_values *values;
	uint32_t row_count, value_count, cap;
	struct table by_all, pairs, words, by_object, actors;
	struct table categories;	/* of what was read from the store: nobody asks while it is learned */
	uint32_t *order;	/* scratch for reading */
	uint64_t refused;
};

static uint32_t slots_for(uint32_t cap)
{
	uint32_t slots = 64;

	while (slots < cap * 2)
		slots *= 2;
	return slots;
}

static bool table_init(struct learned *l, struct table *t)
{
	t->mask = slots_for(l->cap) - 1;
	t->cap = l->cap;
	t->slots = arena_take(&l->arena, slots_for(l->cap) * sizeof(struct place));
	return t->slots != NULL;
}

int learned_new(struct learned **ret, uint32_t cap)
{
	struct learned *l = calloc(1, sizeof(*l));
	size_t need = (sizeof(struct learned_row) + sizeof(struct learned_values) + sizeof(uint32_t)) * cap +
		      6 * slots_for(cap) * sizeof(struct place) + 4096;

	if (l == NULL || arena_map(&l->arena, need) < 0) {
		free(l);
		return -ENOMEM;
	}
	l->cap = cap;
	l->rows = arena_take(&l->arena, cap * sizeof(l->rows[0]));
	l->values = arena_take(&l->arena, cap * sizeof(l->values[0]));
	l->order = arena_take(&l->arena, cap * sizeof(l->order[0]));
	if (l->rows == NULL || l->values == NULL || l->order == NULL || !table_init(l, &l->by_all) ||
	    !table_init(l, &l->pairs) || !table_init(l, &l->words) || !table_init(l, &l->by_object) ||
	    !table_init(l, &l->actors) || !table_init(l, &l->categories)) {
		learned_free(l);
		return -ENOMEM;
	}
	*ret = l;
	return 0;
}

void learned_free(struct learned *l)
{
	if (l == NULL)
		return;
	arena_unmap(&l->arena);
	free(l);
}

static struct place *find(const struct table *t, uint64_t key)
{
	uint32_t at = (uint32_t)(key >> 20) & t->mask;

	while (t->slots[at].key != 0 && t->slots[at].key != key)
		at = (at + 1) & t->mask;
	return &t->slots[at];
}

static void put(struct table *t, uint64_t key)
{
	struct place *p = find(t, key);

	if (p->key == 0 && t->used < t->cap) {
		t->used++;
		p->key = key;
	}
}

/* ---- keys ---- */

struct keys { uint64_t pair, word, all, object; };

static struct keys keys_of(uint8_t tap, uint16_t proto, const struct side *actor, const struct side *device,
			   const char *word, struct bytes object)
{
	uint64_t place_of = (uint64_t)proto << 8 | tap, name = hash_bytes(object.p, object.n, 0);
	uint64_t end = side_hash(device, 0);
	struct keys k;

	k.pair = hash_join(hash_join(side_hash(actor, 0), end), place_of) | 1;
	k.word = hash_join(k.pair, hash_bytes(word, strlen(word), 1)) | 1;
	k.all = hash_join(k.word, name) | 1;
	k.object = hash_join(hash_join(end, place_of), name) | 1;
	return k;
}

/* Of an object whose meaning nobody knows, that of all those. */
static uint64_t category_key(const struct keys *k, uint16_t proto, const char *object,
			     const struct side *device)
{
	struct object_meaning m = { .category = CATEGORY_NONE };

	object_meaning_of(proto, object, device, &m);
	return hash_join(k->word, (uint64_t)m.category + 1) | 1;
}

/* ---- values ---- */

static void add_value(struct learned_values *v, double number)
{
	bool first = v->count == 0;

	v->low = first || number < v->low ? number : v->low;
	v->high = first || number > v->high ? number : v->high;
	for (unsigned i = 0; i < v->count; i++)
		if (!(v->set[i] < number || v->set[i] > number))
			return;
	if (v->count < LEARNED_VALUES)
		v->set[v->count++] = number;
	else
		v->more = true;
}

static void add_values(struct learned_values *to, const struct learned_values *from)
{
	if (from->count == 0)
		return;
	for (unsigned i = 0; i < from->count && i < LEARNED_VALUES; i++)
		add_value(to, from->set[i]);
	to->writes += from->writes;
	add_value(to, from->low);
	add_value(to, from->high);
	to->more |= from->more;
}

static struct learned_values *values_for(struct learned *l, uint64_t key)
{
	struct place *p = find(&l->by_object, key);

	if (p->key == 0) {
		if (l->value_count == l->cap)
			return NULL;
		*p = (struct place){ key, l->value_count++ };
	}
	return &l->values[p->row];
}

/* ---- rows ---- */

static uint64_t address_key(uint8_t tap, const uint8_t *address, size_t n)
{
	return hash_bytes(address, n, tap) | 1;
}

static void put_actor(struct learned *l, uint8_t tap, const struct side *s)
{
	if (!ip_is_zero(s->ip))
		put(&l->actors, address_key(tap, s->ip, sizeof(s->ip)));
	if (!mac_is_zero(s->mac))
		put(&l->actors, address_key(tap, s->mac, sizeof(s->mac)));
}

static struct learned_row *row_for(struct learned *l, const struct keys *k)
{
	struct place *p = find(&l->by_all, k->all);

	if (p->key == 0) {
		if (l->row_count == l->cap) {
			l->refused++;
			return NULL;
		}
		*p = (struct place){ k->all, l->row_count };
		l->rows[l->row_count++] = (struct learned_row){ .first_ns = INT64_MAX, .last_ns = INT64_MIN };
	}
	put(&l->pairs, k->pair);
	put(&l->words, k->word);
	return &l->rows[p->row];
}

static bool number_of(const struct obs *o, double *ret)
{
	const struct value *v = &o->value;

	if (v->items != 1 || !verb_changes(o->verb))
		return false;
	switch (v->type) {
	case VAL_BOOL: case VAL_UINT: *ret = (double)v->one.u; return true;
	case VAL_INT: *ret = (double)v->one.i; return true;
	case VAL_REAL: *ret = v->one.f; return v->one.f - v->one.f == 0.0;
	}
	return false;
}

void learned_act(struct learned *l, const struct obs *o, struct bytes object, const char *word)
{
	struct keys k = keys_of(o->rec.tap, o->rec.proto, &o->actor, &o->device, word, object);
	struct learned_row *r = row_for(l, &k);
	double number;

	if (r == NULL)
		return;
	if (r->count == 0) {
		r->tap = o->rec.tap;
		r->proto = o->rec.proto;
		r->actor = side_bare(&o->actor);
		r->device = side_bare(&o->device);
		put_actor(l, r->tap, &r->actor);
		snprintf(r->word, sizeof(r->word), "%s", word);
		snprintf(r->object, sizeof(r->object), "%.*s", (int)object.n, (const char *)object.p);
	}
	r->count += o->times;
	r->first_ns = o->rec.at_ns < r->first_ns ? o->rec.at_ns : r->first_ns;
	r->last_ns = o->rec.at_ns > r->last_ns ? o->rec.at_ns : r->last_ns;
	if (!number_of(o, &number))
		return;
	struct learned_values *v = values_for(l, k.object);

	add_value(&r->values, number);
	r->values.writes += o->times;
	if (v == NULL)
		return;
	add_value(v, number);
	v->writes += o->times;
}

/* Three days show some of the values an object gets, not their ends: of n drawn from a range, the next one
 * lies outside of them 2 times in n + 1. So what was seen to vary may go on beyond its ends by what lies
 * between them: by twice that when fewer than SOME different values were seen, by half of it when more than
 * LEARNED_VALUES were. Of what was written a few times nobody knows yet whether it varies: a quarter of its
 * size is no news there. What was always the same has no such room. */
bool learned_is_outside(const struct learned_values *v, double number)
{
	enum { VARIES = 3, SOME = 6, FEW = 5 };
	const double span = v->high - v->low;
	const double size = -v->low > v->high ? -v->low : v->high;
	double room = v->more ? span / 2 : v->count >= SOME ? span : v->count >= VARIES ? span * 2 :
		      v->writes < FEW ? size / 4 : 0;

	return number < v->low - room || number > v->high + room;
}

void learned_load(struct learned *l, const struct learned_row *row)
{
	struct bytes object = { (const uint8_t *)row->object, strlen(row->object) };
	struct keys k = keys_of(row->tap, row->proto, &row->actor, &row->device, row->word, object);
	struct learned_row *r = row_for(l, &k);

	if (r == NULL)
		return;
	if (r->count == 0)
		*r = *row;
	put_actor(l, row->tap, &row->actor);
	put(&l->categories, category_key(&k, row->proto, row->object, &row->device));
	struct learned_values *v = values_for(l, k.object);

	struct learned_values values = row->values;

	values.writes = row->count;
	if (v != NULL)
		add_values(v, &values);
}

static int row_order(const void *pa, const void *pb, void *ctx)
{
	const struct learned *l = ctx;
	const struct learned_row *a = &l->rows[*(const uint32_t *)pa], *b = &l->rows[*(const uint32_t *)pb];
	int actor = memcmp(&a->actor, &b->actor, sizeof(a->actor));
	int device = memcmp(&a->device, &b->device, sizeof(a->device));
	int word = strcmp(a->word, b->word), object = strcmp(a->object, b->object);

	if (a->tap != b->tap)
		return a->tap < b->tap ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	return actor != 0 ? actor : device != 0 ? device : word != 0 ? word : object;
}

bool learned_visit(struct learned *l, bool (*visit)(void *ctx, const struct learned_row *row), void *ctx)
{
	for (uint32_t i = 0; i < l->row_count; i++)
		l->order[i] = i;
	qsort_r(l->order, l->row_count, sizeof(l->order[0]), row_order, l);
	for (uint32_t i = 0; i < l->row_count; i++)
		if (!visit(ctx, &l->rows[l->order[i]]))
			return false;
	return true;
}

/* ---- asking ---- */

bool learned_has(const struct learned *l, enum learned_what what, uint8_t tap, uint16_t proto,
		 const struct side *actor, const struct side *device, const char *word, struct bytes object)
{
	struct keys k = keys_of(tap, proto, actor, device, word, object);

	switch (what) {
	case LEARNED_PAIR: return find(&l->pairs, k.pair)->key != 0;
	case LEARNED_WORD: return find(&l->words, k.word)->key != 0;
	case LEARNED_CATEGORY:
		return find(&l->categories,
			    category_key(&k, proto, (const char *)object.p, device))->key != 0;
	case LEARNED_OBJECT: break;
	}
	return find(&l->by_all, k.all)->key != 0;
}

const struct learned_values *learned_values(const struct learned *l, uint8_t tap, uint16_t proto,
					    const struct side *device, struct bytes object)
{
	const struct place *p = find(&l->by_object, keys_of(tap, proto, device, device, "", object).object);

	return p->key == 0 || l->values[p->row].count == 0 ? NULL : &l->values[p->row];
}

bool learned_at_work(const struct learned *l, uint8_t tap, const struct side *s)
{
	uint64_t key = ip_is_zero(s->ip) ? address_key(tap, s->mac, sizeof(s->mac)) :
					   address_key(tap, s->ip, sizeof(s->ip));

	return find(&l->actors, key)->key != 0;
}

bool learned_any(const struct learned *l) { return l->row_count > 0; }
uint64_t learned_refused(const struct learned *l) { return l->refused; }
uint32_t learned_used(const struct learned *l) { return l->row_count; }

/* detect/around.c: see around.h. What is asked of the ledger is kept until it may answer something else. */
#include "detect/around.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/hash.h"
#include "detect/kind.h"
#include "model/meaning.h"

enum { CACHE = 256, OBJECT_ROOM = 256, SAME_MAX = 16 };

struct cached { uint64_t key, changes; int role; bool due; struct party party; };

struct first_seen { uint64_t key; int64_t at_ns; };	/* key 0: free */

struct around {
	struct around_options options;
	struct arena arena;		/* of seen */
	struct first_seen *seen;	/* every end that did something or had it done; NULL: no rule asks for
					 * ages */
	uint32_t seen_mask, seen_used;
	uint64_t seen_refused;
	uint8_t word[VERB_COUNT][CLASS_COUNT][OUT_COUNT];
	char object[OBJECT_ROOM];
	size_t object_n;
	bool has_object;
	int64_t minute;
	struct cached *cache;
};

static uint8_t word_number(const char *word)
{
	uint8_t i = 0;

	while (word_at(i) != NULL && strcmp(word_at(i), word) != 0)
		i++;
	return i;
}

static bool make_seen(struct around *a, uint32_t cap)
{
	uint32_t slots = 64;

	if (cap == 0)
		return true;
	while (slots < cap * 2)
		slots *= 2;
	if (arena_map(&a->arena, slots * sizeof(a->seen[0]) + 64) < 0)
		return false;
	a->seen = arena_take(&a->arena, slots * sizeof(a->seen[0]));
	a->seen_mask = slots - 1;
	return true;
}

int around_new(struct around **ret, const struct around_options *o)
{
	struct around *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return -ENOMEM;
	a->options = *o;
	a->cache = calloc(CACHE, sizeof(a->cache[0]));
	if (a->cache == NULL || !make_seen(a, o->ages)) {
		around_free(a);
		return -ENOMEM;
	}
	for (uint8_t v = 0; v < VERB_COUNT; v++)
		for (uint8_t c = 0; c < CLASS_COUNT; c++)
			for (uint8_t out = 0; out < OUT_COUNT; out++)
				a->word[v][c][out] = word_number(word_of(v, c, out));
	*ret = a;
	return 0;
}

void around_free(struct around *a)
{
	if (a == NULL)
		return;
	arena_unmap(&a->arena);
	free(a->cache);
	free(a);
}

/* ---- since when ---- */

static uint64_t seen_key(uint8_t tap, const struct side *s)
{
	return station_key(tap, s) | 1;
}

static struct first_seen *seen_at(const struct around *a, uint64_t key)
{
	uint32_t at = (uint32_t)(key >> 20) & a->seen_mask;

	while (a->seen[at].key != 0 && a->seen[at].key != key)
		at = (at + 1) & a->seen_mask;
	return &a->seen[at];
}

void around_seen(struct around *a, uint8_t tap, const struct side *s, int64_t at_ns)
{
	if (a->seen == NULL)
		return;
	uint64_t key = seen_key(tap, s);
	struct first_seen *f = seen_at(a, key);

	if (f->key != 0) {
		f->at_ns = at_ns < f->at_ns ? at_ns : f->at_ns;
	} else if (a->seen_used * 2 > a->seen_mask) {
		a->seen_refused++;
	} else {
		a->seen_used++;
		*f = (struct first_seen){ key, at_ns };
	}
}

void around_next(struct around *a) { a->has_object = false; }

void around_tick(struct around *a, int64_t now_ns)
{
	a->minute = now_ns / (60 * NS_PER_S);
}

struct bytes around_object(struct around *a, const struct obs *o)
{
	if (!a->has_object) {
		ledger_object(a->object, sizeof(a->object), o);
		a->object_n = strlen(a->object);
		a->has_object = true;
	}
	return (struct bytes){ (const uint8_t *)a->object, a->object_n };
}

unsigned around_word(struct around *a, const struct obs *o)
{
	return a->word[o->verb][o->object.class][o->outcome];
}

/* ---- the ends ---- */

struct party party_of(struct ledger *l, const struct rec *r, const struct side *s, bool before_changes)
{
	struct party p = { .known = l != NULL && ledger_asset_of(l, r->tap, r->proto, s, r->at_ns,
								 before_changes, &p.asset) };

	if (p.known) {
		p.id = p.asset.id;
		return p;
	}
	p.asset = (struct asset){ 0 };
	p.id = side_hash(s, r->tap) | UINT64_C(1) << 63;	/* beyond the ids of assets */
	return p;
}

static const struct cached *end_of(struct around *a, const struct obs *o, bool actor)
{
	uint64_t seed = (uint64_t)o->rec.proto << 16 | (uint64_t)o->rec.tap << 8 | actor;
	const struct side *side = actor ? &o->actor : &o->device;
	uint64_t key = side_hash(side, seed);
	struct cached *c = &a->cache[key % CACHE];

	uint64_t changes = a->options.ledger == NULL ? 0 : ledger_changes(a->options.ledger);

	if (c->key == key && c->changes == changes &&
	    c->due == (o->rec.at_ns >= ledger_role_due(&c->party.asset)))
		return c;
	c->key = key;
	c->changes = changes;
	c->party = party_of(a->options.ledger, &o->rec, side, actor);
	if (!c->party.known)
		c->party.asset.reads_long_ns = INT64_MAX;
	c->due = o->rec.at_ns >= ledger_role_due(&c->party.asset);
	c->role = field_word_number(a->options.site, RF_ACTOR_ROLE, c->party.known ? c->party.asset.role :
				    "unknown");
	return c;
}

static bool text_value(struct val *v, const char *s)
{
	v->text = (struct bytes){ (const uint8_t *)s, strlen(s) };
	return v->text.n > 0;
}

static bool age(struct val *v, int64_t now_ns, int64_t first_ns)
{
	bool known = first_ns != INT64_MAX && first_ns != INT64_MIN && now_ns >= first_ns;

	v->number = known ? (long double)(now_ns - first_ns) / NS_PER_S : 0;
	return known;
}

static bool end_get(const struct subject *s, unsigned id, struct val *v)
{
	bool actor = id < RF_DEVICE_IP;
	const struct cached *c = end_of(s->around, s->o, actor);
	const struct asset *a = &c->party.asset;

	switch (id) {
	case RF_ACTOR_ROLE: case RF_DEVICE_ROLE: v->number = c->role; return c->role >= 0;
	case RF_ACTOR_NAME: case RF_DEVICE_NAME: return text_value(v, a->name);
	case RF_ACTOR_VENDOR: case RF_DEVICE_VENDOR: return text_value(v, a->vendor);
	case RF_ACTOR_OS: case RF_DEVICE_OS: return text_value(v, a->os);
	case RF_DEVICE_MODEL: return text_value(v, a->model);
	case RF_DEVICE_FIRMWARE: return text_value(v, a->firmware);
	}
	const struct first_seen *f = s->around->seen == NULL ? NULL :
		seen_at(s->around, seen_key(s->o->rec.tap, actor ? &s->o->actor : &s->o->device));

	return f != NULL && f->key != 0 && age(v, s->o->rec.at_ns, f->at_ns);
}

/* ---- what was learned ---- */

/* Also under the other addresses of the same two machines, and to the one whose place the device took. */
static bool was_learned(struct around *a, const struct obs *o, enum learned_what what)
{
	struct side actors[SAME_MAX], devices[SAME_MAX];
	struct bytes object = around_object(a, o);
	const char *word = word_at(around_word(a, o));
	struct learned *l = a->options.learned;

	if (learned_has(l, what, o->rec.tap, o->rec.proto, &o->actor, &o->device, word, object))
		return true;
	if (a->options.ledger == NULL)
		return false;
	size_t na = ledger_ends_of(a->options.ledger, o->rec.tap, o->rec.proto, &o->actor, actors, SAME_MAX);
	size_t nd =
		ledger_ends_at(a->options.ledger, o->rec.tap, o->rec.proto, &o->device, devices, SAME_MAX);

	for (size_t i = 0; i < na; i++)
		for (size_t k = 0; k < nd; k++)
			if (learned_has(l, what, o->rec.tap, o->rec.proto, &actors[i], &devices[k], word,
					object))
				return true;
	return false;
}

bool around_at_work(const struct around *a, uint8_t tap, const struct side *s)
{
	return a->options.learned != NULL && learned_at_work(a->options.learned, tap, s);
}

static const struct learned_values *values_learned(const struct subject *s)
{
	const struct learned *l = s->around->options.learned;

	return l == NULL ? NULL : learned_values(l, s->o->rec.tap, s->o->rec.proto, &s->o->device,
						 around_object(s->around, s->o));
}

bool around_in_learned_range(const struct subject *s)
{
	const struct learned_values *k = values_learned(s);
	long double n;

	return k != NULL && value_number(s->o, &n) && n >= (long double)k->low && n <= (long double)k->high;
}

static bool learned_get(const struct subject *s, unsigned id, struct val *v)
{
	struct around *a = s->around;
	long double n;

	if (a->options.learned == NULL || !learned_any(a->options.learned))
		return false;
	if (id >= RF_NEW_PAIR) {
		static const uint8_t what[] = { LEARNED_PAIR, LEARNED_WORD, LEARNED_CATEGORY,
						LEARNED_OBJECT };

		_Static_assert(RF_NEW_OBJECT - RF_NEW_PAIR + 1 == ARRAY_LEN(what), "in the same order");
		v->number = !was_learned(a, s->o, what[id - RF_NEW_PAIR]);
		return true;
	}
	const struct learned_values *k = values_learned(s);

	if (k == NULL || !value_number(s->o, &n) || (id == RF_VALUE_NOT_LEARNED && k->more))
		return false;
	if (id == RF_VALUE_OUTSIDE_LEARNED) {	/* who writes there for the first time gets no room */
		v->number = !around_in_learned_range(s) &&
			    (learned_is_outside(k, (double)n) || !was_learned(a, s->o, LEARNED_OBJECT));
		return true;
	}
	v->number = 1;
	for (unsigned i = 0; i < k->count; i++)
		if (!(k->set[i] < (double)n || k->set[i] > (double)n))
			v->number = 0;
	return true;
}

static bool change_get(const struct subject *s, unsigned id, struct val *v)
{
	long double before, now;

	if (s->around->options.values == NULL ||
	    !values_before(s->around->options.values, s->o, s->around->minute, &before))
		return false;
	if (id == RF_VALUE_BEFORE) {
		v->number = before;
		return true;
	}
	if (!value_number(s->o, &now) || (id == RF_VALUE_RATIO && !(before < 0 || before > 0)))
		return false;
	v->number = id == RF_VALUE_DELTA ? now - before : now / before;
	return true;
}

bool around_anchor(const struct around *a, const struct obs *o, double *ret)
{
	return a->options.values != NULL && values_anchor(a->options.values, o, ret);
}

struct change around_change(const struct around *a, const struct obs *o)
{
	struct change c = { .known = false };
	long double before, now;

	if (a->options.values == NULL || !verb_changes(o->verb) || o->phase == PHASE_ANSWER ||
	    !value_number(o, &now) || !values_before(a->options.values, o, a->minute, &before))
		return c;
	return (struct change){ (double)before, (double)now, true };
}

/* What the settings file says of the object, or the table of objects. */
static bool limits_get(const struct subject *s, struct val *v)
{
	const struct site *site = s->around->options.site;
	const char *object = (const char *)around_object(s->around, s->o).p;
	struct object_meaning m = { .has = 0 };
	long double n;

	if (!value_number(s->o, &n))
		return false;
	bool told = object_meaning(s->o, &m) && (m.has & (MEANING_MIN | MEANING_MAX)) != 0;
	bool outside = site->limit_count > 0 && site_outside_limits(site, s->o, object, (double)n);

	v->number = outside || ((m.has & MEANING_MIN) != 0 && n < (long double)m.min) ||
		    ((m.has & MEANING_MAX) != 0 && n > (long double)m.max);
	return told || site->limit_count > 0;
}

/* A change larger than one write of this object normally makes. */
static bool step_get(const struct subject *s, struct val *v)
{
	struct object_meaning m;

	if (!object_meaning(s->o, &m) || (m.has & MEANING_STEP) == 0 || !change_get(s, RF_VALUE_DELTA, v))
		return false;
	v->number = v->number > (long double)m.step || v->number < -(long double)m.step;
	return true;
}

bool around_get(const struct subject *s, unsigned id, struct val *v)
{
	const struct site *site = s->around->options.site;
	const struct obs *o = s->o;

	switch (id) {
	case RF_ACTOR_ZONE: v->number = site_zone(site, o->actor.ip); return true;
	case RF_DEVICE_ZONE: v->number = site_zone(site, o->device.ip); return true;
	case RF_PAIR_AGE:
		return s->around->options.ledger != NULL &&
		       age(v, o->rec.at_ns,
			   ledger_talk_began(s->around->options.ledger, o->rec.tap, o->rec.proto, &o->actor,
					     &o->device));
	case RF_VALUE_BEFORE: case RF_VALUE_DELTA: case RF_VALUE_RATIO: return change_get(s, id, v);
	case RF_VALUE_OUTSIDE_LEARNED: case RF_VALUE_NOT_LEARNED: case RF_NEW_PAIR: case RF_NEW_WORD:
	case RF_NEW_CATEGORY: case RF_NEW_OBJECT:
		return learned_get(s, id, v);
	case RF_VALUE_OUTSIDE_LIMITS: return limits_get(s, v);
	case RF_VALUE_OUTSIDE_STEP: return step_get(s, v);
	case RF_ALLOWED:
		if (site->allow_count == 0)
			return false;	/* nobody made a list: nothing is missing in it */
		v->number = site_allows(site, o, (const char *)around_object(s->around, o).p,
					around_word(s->around, o));
		return true;
	case RF_WINDOW:
		v->number = site_in_window(site, &o->device, o->rec.at_ns);
		return site->window_count > 0;
	}
	return end_get(s, id, v);
}

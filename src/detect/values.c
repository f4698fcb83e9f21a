/* detect/values.c: see values.h. */
#include "detect/values.h"

#include <errno.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/hash.h"

struct one { double number; int64_t at_ns; bool there; };

struct known {
	uint64_t key;		/* tap and object; 0: free */
	struct one written, first_read, read, read_before;	/* read_before: by the end of the minute before
								 * that of `read` */
	int64_t minute;		/* of `read` */
};

struct values {
	struct arena arena;
	struct known *slots;
	uint32_t mask, used, cap;
	uint64_t refused;
};

int values_new(struct values **ret, uint32_t cap)
{
	struct values *v = calloc(1, sizeof(*v));
	uint32_t slots = 64;

	while (slots < cap * 2)
		slots *= 2;
	if (v == NULL || arena_map(&v->arena, slots * sizeof(struct known) + 64) < 0) {
		free(v);
		return -ENOMEM;
	}
	v->slots = arena_take(&v->arena, slots * sizeof(struct known));
	v->mask = slots - 1;
	v->cap = cap;
	*ret = v;
	return 0;
}

void values_free(struct values *v)
{
	if (v == NULL)
		return;
	arena_unmap(&v->arena);
	free(v);
}

static uint64_t key_of(const struct obs *o)
{
	return hash_join(o->object.key, o->rec.tap) | 1;
}

static struct known *place(const struct values *v, uint64_t key)
{
	uint32_t at = (uint32_t)(key >> 20) & v->mask;

	while (v->slots[at].key != 0 && v->slots[at].key != key)
		at = (at + 1) & v->mask;
	return &v->slots[at];
}

static void read_act(struct known *k, struct one now, int64_t minute)
{
	if (!k->first_read.there)
		k->first_read = now;
	if (k->read.there && minute != k->minute)
		k->read_before = k->read;
	else if (k->read.there && now.at_ns < k->read.at_ns)
		return;		/* a count that came late */
	k->read = now;
	k->minute = minute;
}

void values_act(struct values *v, const struct obs *o, long double number, int64_t minute)
{
	bool reads = o->verb == VERB_READ && o->phase == PHASE_WHOLE && o->outcome == OUT_DONE;
	bool writes = verb_changes(o->verb) && o->phase != PHASE_ANSWER && o->outcome != OUT_REFUSED;

	if (!reads && !writes)
		return;
	uint64_t key = key_of(o);
	struct known *k = place(v, key);
	const struct one now = { (double)number, o->rec.at_ns, true };

	if (k->key == 0) {
		if (v->used == v->cap) {
			v->refused++;
			return;
		}
		v->used++;
		k->key = key;
	}
	if (reads)
		read_act(k, now, minute);
	else
		k->written = now;
}

bool values_before(const struct values *v, const struct obs *o, int64_t minute, long double *ret)
{
	const struct known *k = place(v, key_of(o));

	if (k->key == 0)
		return false;
	const struct one *read = k->read.there && k->minute < minute ? &k->read : &k->read_before;

	if (!read->there && !k->written.there)
		read = &k->first_read;
	const struct one *last = k->written.there && (!read->there || k->written.at_ns >= read->at_ns) ?
				 &k->written : read;

	*ret = last->number;
	return last->there;
}

uint64_t values_refused(const struct values *v) { return v->refused; }

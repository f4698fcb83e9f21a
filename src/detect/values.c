/* detect/values.c: see values.h. */
#include "detect/values.h"

#include <errno.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/hash.h"
#include "model/meaning.h"

struct one { double number; int64_t at_ns; bool there; };

struct known {
	uint64_t key;		/* tap and object; 0: free */
	struct one written, first_read, read, read_before;	/* read_before: by the end of the minute
								 * before that of `read` */
	int64_t minute;		/* of `read` */
	double anchor;		/* when learning ended */
	uint16_t proto;
	bool has_anchor;
	bool meant;		/* somebody said what the object is: its reads are kept, too */
};

struct values {
	struct arena arena;
	struct known *slots;
	uint32_t *order;	/* the places that are not free: to look through all takes longer */
	uint32_t mask, used, cap;
	uint64_t refused;
};

int values_new(struct values **ret, uint32_t cap)
{
	struct values *v = calloc(1, sizeof(*v));
	uint32_t slots = 64;

	while (slots < cap * 2)
		slots *= 2;
	if (v == NULL ||
	    arena_map(&v->arena, slots * sizeof(struct known) + cap * sizeof(uint32_t) + 128) < 0) {
		free(v);
		return -ENOMEM;
	}
	v->slots = arena_take(&v->arena, slots * sizeof(struct known));
	v->order = arena_take(&v->arena, cap * sizeof(v->order[0]));
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

/* A free one becomes this one. NULL: the cap. */
static struct known *take(struct values *v, struct known *k, uint64_t key, uint16_t proto)
{
	if (v->used == v->cap) {
		v->refused++;
		return NULL;
	}
	v->order[v->used++] = (uint32_t)(k - v->slots);
	k->key = key;
	k->proto = proto;
	return k;
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

/* A number that comes with a command is no value that some other command had before. */
static bool names_object(const struct obs *o)
{
	return o->object.parts > 0 || o->object.name.n > 0;
}

void values_act(struct values *v, const struct obs *o, long double number, int64_t minute)
{
	bool reads = o->verb == VERB_READ && o->phase == PHASE_WHOLE && o->outcome == OUT_DONE;
	bool writes = verb_changes(o->verb) && o->phase != PHASE_ANSWER && o->outcome != OUT_REFUSED;

	if ((!reads && !writes) || !names_object(o))
		return;
	uint64_t key = key_of(o);
	struct known *k = place(v, key);
	const struct one now = { (double)number, o->rec.at_ns, true };

	if (k->key == 0) {
		struct object_meaning m;

		if (take(v, k, key, o->rec.proto) == NULL)
			return;
		k->meant = object_meaning(o, &m) && !m.area;
	}
	if (reads)
		read_act(k, now, minute);
	else
		k->written = now;
}

static const struct one *later(const struct one *read, const struct one *written)
{
	return written->there && (!read->there || written->at_ns >= read->at_ns) ? written : read;
}

bool values_before(const struct values *v, const struct obs *o, int64_t minute, long double *ret)
{
	const struct known *k = place(v, key_of(o));

	if (k->key == 0)
		return false;
	const struct one *read = k->read.there && k->minute < minute ? &k->read : &k->read_before;

	if (!read->there && !k->written.there)
		read = &k->first_read;
	const struct one *last = later(read, &k->written);

	*ret = last->number;
	return last->there;
}

bool values_anchor(const struct values *v, const struct obs *o, double *ret)
{
	const struct known *k = place(v, key_of(o));

	*ret = k->anchor;
	return k->key != 0 && k->has_anchor;
}

/* ---- between runs ---- */

void values_load(struct values *v, const struct known_row *row)
{
	struct known *k = place(v, row->key | 1);

	if (row->proto == 0 || row->proto != row->proto_number || k->key != 0 ||
	    take(v, k, row->key | 1, row->proto) == NULL)
		return;
	if (row->has & KNOWN_WRITTEN)
		k->written = (struct one){ row->written, row->written_ns, true };
	if (row->has & KNOWN_READ) {
		k->first_read = k->read = (struct one){ row->read, row->read_ns, true };
		k->minute = INT64_MIN;
		k->meant = true;
	}
	k->has_anchor = (row->has & KNOWN_ANCHOR) != 0;
	k->anchor = row->anchor;
}

static int key_order(const void *pa, const void *pb, void *ctx)
{
	const struct known *slots = ctx;
	uint64_t a = slots[*(const uint32_t *)pa].key, b = slots[*(const uint32_t *)pb].key;

	return (a > b) - (a < b);
}

bool values_visit(struct values *v, bool learned, bool (*row)(void *ctx, const struct known_row *row),
		  void *ctx)
{
	qsort_r(v->order, v->used, sizeof(v->order[0]), key_order, v->slots);
	for (uint32_t i = 0; i < v->used; i++) {
		const struct known *k = &v->slots[v->order[i]];

		if (!k->meant && !k->written.there)
			continue;
		const struct one none = { .there = false }, *read = k->meant ? &k->read : &none;
		const struct one *last = later(read, &k->written);
		bool anchored = learned ? last->there : k->has_anchor;
		struct known_row r = {
			.key = k->key, .proto = k->proto, .proto_number = k->proto,
			.has = (uint8_t)((k->written.there ? KNOWN_WRITTEN : 0) |
					 (read->there ? KNOWN_READ : 0) | (anchored ? KNOWN_ANCHOR : 0)),
			.written = k->written.number, .written_ns = k->written.at_ns, .read = read->number,
			.read_ns = read->at_ns, .anchor = learned ? last->number : k->anchor };

		if (!row(ctx, &r))
			return false;
	}
	return true;
}

uint64_t values_refused(const struct values *v) { return v->refused; }

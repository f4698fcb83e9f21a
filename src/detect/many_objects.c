/* detect/many_objects.c: detector "many-objects": one actor goes through the objects of one device.
 *
 * Only the first time an object is asked for counts, and it always comes as a record of its own. After
 * OBJECTS different ones nothing is counted any more: by then it was said, or it went slowly. */
#include <string.h>

#include "core/hash.h"
#include "detect/detector.h"
#include "detect/rule.h"

enum { WITHIN, DIFFERENT };		/* of number[] */

static const struct number numbers[] = {
	[WITHIN] = { "within", NUM_SPAN, 1, 31 * 86400 },
	[DIFFERENT] = { "different", NUM_COUNT, 2, TIMES_MAX },
	{ NULL, 0, 0, 0 }
};

enum { OBJECTS = 256 };

struct pair {
	uint32_t objects[OBJECTS];	/* hashes of those asked for */
	unsigned count;
	struct times times;
	struct book_sum sum;
	int64_t first_ns;
	bool fired;
};

static uint32_t cap(const struct limits *l) { return l->correlations; }

static bool is_new(struct pair *p, const struct obs *o)
{
	uint32_t hash = (uint32_t)(hash_join(o->object.key, o->code) >> 32);

	for (unsigned i = 0; i < p->count; i++)
		if (p->objects[i] == hash)
			return false;
	if (p->count == OBJECTS)
		return false;
	p->objects[p->count++] = hash;
	return true;
}

static void add_up(struct pair *p, const struct obs *o, int64_t within_ns)
{
	struct book_sum *s = &p->sum;

	if (!p->fired && o->rec.at_ns - s->last_ns > within_ns)
		*s = (struct book_sum){ 0 };
	if (s->acts == 0)
		p->first_ns = o->rec.at_ns;
	s->acts += o->times;
	s->done += o->outcome == OUT_DONE ? o->times : 0;
	s->refused += o->outcome == OUT_REFUSED ? o->times : 0;
	s->unanswered += o->outcome == OUT_UNANSWERED ? o->times : 0;
	s->last_ns = o->rec.at_ns;
	if (s->frame_count < ALERT_FRAMES &&
	    (s->frame_count == 0 || s->frames[s->frame_count - 1] < o->rec.frame))
		s->frames[s->frame_count++] = o->rec.frame;
}

static void act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;
	struct pair *p = pieces_get(&d->pieces, hash_join(pair_key(o), o->rec.proto), o->rec.at_ns);
	int64_t within_ns = (int64_t)d->tuned->number[WITHIN];
	struct finding f = { .sum = &p->sum };

	if (!is_new(p, o))
		return;
	add_up(p, o, within_ns);
	times_add(&p->times, o->rec.at_ns, o->times);
	p->fired |= times_within(&p->times, (unsigned)d->tuned->number[DIFFERENT], o->rec.at_ns, within_ns);
	f.first_ns = p->first_ns;
	if (p->fired)
		d->raise(d->ctx, d->rule, o, &f);
}

const struct detector_kind detector_many_objects = { .name = "many-objects", .numbers = numbers,
	.folds = true, .piece = sizeof(struct pair), .cap = cap, .act = act };

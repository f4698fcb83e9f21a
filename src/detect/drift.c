/* detect/drift.c: detector "drift": many small changes of one value that add up to a large one.
 *
 * What a value was is kept for the beginning of each fifteenth of the time span, so a change of any length
 * up to it is seen. A single step that is too large starts all anew: another rule speaks of it. Values that
 * were written in the normal times that were learned are no drift. Limits, which in normal work stand still,
 * are also held against what they were when learning ended. */
#include <string.h>

#include "core/hash.h"
#include "detect/detector.h"
#include "detect/rule.h"
#include "model/meaning.h"

enum { WITHIN, WRITES, STEPS, RATIO };		/* of number[] */

static const struct number numbers[] = {
	[WITHIN] = { "within", NUM_SPAN, 15, 31 * 86400 },
	[WRITES] = { "writes", NUM_COUNT, 2, 1000 },	/* so many at least */
	[STEPS] = { "steps", NUM_REAL, 1, 1000 },	/* times the largest normal change of one write */
	[RATIO] = { "ratio", NUM_REAL, 1.01, 1000 },	/* of objects for which nobody knows that */
	{ NULL, 0, 0, 0 }
};

enum { PARTS = 16 };

struct part { int64_t number; double from; uint64_t writes; };	/* number: of the fifteenth; from: before
								 * it */

struct drift {
	struct part parts[PARTS];	/* oldest first */
	unsigned count;
	uint64_t since_anchor;		/* small writes since the run began */
};

static uint32_t cap(const struct limits *l) { return l->correlations; }

struct measure { double step, ratio; };		/* step 0: none is known */

static bool apart(const struct measure *m, double from, double to, double times)
{
	double by = to > from ? to - from : from - to;

	if (m->step > 0)
		return by > m->step * times;
	return from > 0 && to >= 0 && (to >= from * m->ratio || to <= from / m->ratio);
}

static void forget_old(struct drift *w, int64_t now)
{
	unsigned old = 0;

	while (old < w->count && w->parts[old].number <= now - (PARTS - 1))
		old++;
	memmove(w->parts, w->parts + old, (w->count - old) * sizeof(w->parts[0]));
	w->count -= old;
}

static void add(struct drift *w, int64_t now, double from, uint32_t times)
{
	forget_old(w, now);
	/* Acts come nearly in order; one that is late counts with the newest. */
	if (w->count == 0 || w->parts[w->count - 1].number < now)
		w->parts[w->count++] = (struct part){ now, from, 0 };
	w->parts[w->count - 1].writes += times;
	w->since_anchor += times;
}

/* Where it began to be too far from. NULL: it is not. */
static const struct part *began(const struct drift *w, const struct measure *m, double to,
				const double *number)
{
	uint64_t writes = 0;

	for (unsigned i = w->count; i > 0; i--) {
		writes += w->parts[i - 1].writes;
		if (writes >= (uint64_t)number[WRITES] && apart(m, w->parts[i - 1].from, to, number[STEPS]))
			return &w->parts[i - 1];
	}
	return NULL;
}

static void act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;
	const double *number = d->tuned->number;
	struct change c = around_change(s->around, o);
	struct object_meaning meaning = { .has = 0 };
	double anchor;

	if (!c.known || !object_meaning(o, &meaning))
		return;
	const struct measure m = { (meaning.has & MEANING_STEP) != 0 ? meaning.step : 0, number[RATIO] };
	uint64_t key = hash_join(o->object.key, o->rec.tap);
	struct drift *w = pieces_get(&d->pieces, key, o->rec.at_ns);
	int64_t part_ns = (int64_t)number[WITHIN] / (PARTS - 1);

	if (apart(&m, c.from, c.to, 1)) {
		*w = (struct drift){ .count = 0 };
		return;
	}
	add(w, o->rec.at_ns / part_ns, c.from, o->times);
	const struct part *p = around_in_learned_range(s) ? NULL : began(w, &m, c.to, number);
	struct finding f = { .change = { .to = c.to, .known = true } };

	if (p != NULL) {
		f.change.from = p->from;
	} else if (m.step > 0 || w->since_anchor < (uint64_t)number[WRITES] || around_in_learned_range(s) ||
		   !around_anchor(s->around, o, &anchor) || !apart(&m, anchor, c.to, 1) ||
		   apart(&m, anchor, c.from, 1)) {
		return;
	} else {
		f.change.from = anchor;
	}
	d->raise(d->ctx, d->rule, o, &f);
	*w = (struct drift){ .count = 0 };
}

const struct detector_kind detector_drift = { .name = "drift", .numbers = numbers,
	.piece = sizeof(struct drift), .cap = cap, .act = act };

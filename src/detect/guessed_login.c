/* detect/guessed_login.c: detector "guessed-login": a login is taken after many were refused, so the
 * password was found.
 *
 * Counted for each actor and device, whatever the protocol. An answer may come as an act of its own
 * (ANSWER), or with its question (WHOLE). */
#include "detect/detector.h"
#include "detect/rule.h"

enum { WITHIN, REFUSED };		/* of number[] */

static const struct number numbers[] = {
	[WITHIN] = { "within", NUM_SPAN, 1, 31 * 86400 },
	[REFUSED] = { "refused", NUM_COUNT, 1, TIMES_MAX },	/* before the one that was taken */
	{ NULL, 0, 0, 0 }
};

struct pair { struct times refused; };

static uint32_t cap(const struct limits *l) { return l->correlations; }

static void act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;
	struct finding f = { .object = NULL };

	if (o->outcome == OUT_REFUSED) {
		struct pair *p = pieces_get(&d->pieces, pair_key(o), o->rec.at_ns);

		times_add(&p->refused, o->rec.at_ns, o->times);
		return;
	}
	const struct pair *p = o->outcome != OUT_DONE ? NULL :
			       pieces_find(&d->pieces, pair_key(o), o->rec.at_ns);

	if (p == NULL || !times_within(&p->refused, (unsigned)d->tuned->number[REFUSED], o->rec.at_ns,
				       (int64_t)d->tuned->number[WITHIN]))
		return;
	d->raise(d->ctx, d->rule, o, &f);
	pieces_drop(&d->pieces, pair_key(o));
}

const struct detector_kind detector_guessed_login = { .name = "guessed-login", .numbers = numbers,
	.piece = sizeof(struct pair), .cap = cap, .act = act };

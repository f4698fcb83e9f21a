/* detect/no_login.c: detector "no-login": a device carried out a change though nobody had logged in before
 * it.
 *
 * Of languages that know logins that is believed only of a connection seen from its beginning on which no
 * login was accepted; of those that know none, always. Said once for each device and protocol; what that
 * means for the maker's other products nobody can tell from here. */
#include <string.h>

#include "core/hash.h"
#include "detect/detector.h"
#include "detect/rule.h"

enum { LOGINS };			/* of number[] */

static const struct number numbers[] = {
	[LOGINS] = { "logins", NUM_COUNT, 0, 1 },	/* 1: the language knows logins */
	{ NULL, 0, 0, 0 }
};

struct mark { bool logged_in, said; };	/* of a connection; of a device */

static uint32_t cap(const struct limits *l) { return l->correlations; }

static void log_in(struct detector *d, const struct obs *o)
{
	struct mark *flow = pieces_get(&d->pieces, hash_join(o->flow, 1), o->rec.at_ns);

	flow->logged_in = true;
}

static void act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;
	bool knows = d->tuned->number[LOGINS] > 0;

	if (o->outcome != OUT_DONE || o->phase == PHASE_PUSH)
		return;
	if (o->verb == VERB_LOGIN) {
		if (knows)
			log_in(d, o);
		return;
	}
	if (!verb_changes(o->verb))
		return;
	uint64_t key = hash_join(end_key(o->rec.tap, &o->device), o->rec.proto);
	struct mark *device = pieces_get(&d->pieces, key, o->rec.at_ns);

	if (device->said)
		return;
	if (knows) {
		const struct mark *flow = pieces_find(&d->pieces, hash_join(o->flow, 1), o->rec.at_ns);

		if (obs_transport(o) != 6 || (o->flags & FLAG_MIDSTREAM) != 0 ||
		    (flow != NULL && flow->logged_in))
			return;
	}
	const struct finding f = { .object = NULL };

	device->said = true;
	d->raise(d->ctx, d->rule, o, &f);
}

const struct detector_kind detector_no_login = { .name = "no-login", .numbers = numbers,
	.piece = sizeof(struct mark), .cap = cap, .act = act };

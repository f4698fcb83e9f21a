/* detect/running_program.c: detector "running-program": the program a machine runs is written, deleted or
 * renamed under its hands.
 *
 * Which program runs is what the machine said last, by any protocol; a machine with several paths runs
 * several. */
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "detect/detector.h"
#include "detect/rule.h"

enum { WITHIN };			/* of number[] */

static const struct number numbers[] = {
	[WITHIN] = { "within", NUM_SPAN, 1, 31 * 86400 },	/* what was said longer ago may have ended */
	{ NULL, 0, 0, 0 }
};

enum { PLACES = 8 };

struct place { char key[PROGRAM_KEY]; uint32_t source; int64_t at_ns; };

struct machine {
	struct place places[PLACES];
	uint64_t told[4];	/* acts an alert was raised for: their answers say nothing new */
	unsigned next_told;
};

static uint32_t cap(const struct limits *l) { return l->correlations; }

static void fact(struct detector *d, const struct fact *f)
{
	if (f->kind != FACT_RUNNING || f->text.n == 0)
		return;
	struct machine *m = pieces_get(&d->pieces, end_key(f->rec.tap, &f->about), f->rec.at_ns);
	uint32_t source = (uint32_t)f->rec.proto << 8 | (uint32_t)(f->number & 0xff);
	struct place *p = &m->places[0];

	for (unsigned i = 0; i < PLACES; i++) {
		if (m->places[i].source == source) {
			p = &m->places[i];
			break;
		}
		if (m->places[i].at_ns < p->at_ns)
			p = &m->places[i];
	}
	p->source = source;
	p->at_ns = f->rec.at_ns;
	program_key(p->key, rec_bytes(&f->rec, f->text));
}

static bool runs(const struct detector *d, const struct machine *m, struct bytes name, int64_t now_ns)
{
	char key[PROGRAM_KEY];

	if (program_key(key, name) == 0)
		return false;
	for (const struct place *p = m->places; p < m->places + PLACES; p++)
		if (p->source != 0 && now_ns - p->at_ns <= (int64_t)d->tuned->number[WITHIN] &&
		    strcmp(p->key, key) == 0)
			return true;
	return false;
}

static bool was_told(const struct machine *m, uint64_t act)
{
	for (unsigned i = 0; i < ARRAY_LEN(m->told); i++)
		if (act != 0 && m->told[i] == act)
			return true;
	return false;
}

/* Under what name: the object's, the file's, the one the text gives itself, or the new name of a file that
 * is renamed. */
static bool named(const struct detector *d, const struct machine *m, const struct obs *o,
		  char out[ALERT_TEXT])
{
	struct transfer_own t = { .size = 0 };
	bool is_file = transfer_of(o, &t);
	const struct span names[] = { o->object.name, is_file ? t.program : (struct span){ 0 },
				      is_file ? t.name : (struct span){ 0 },
				      o->verb == VERB_RENAME ? o->value.raw : (struct span){ 0 } };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].n > 0 && runs(d, m, rec_bytes(&o->rec, names[i]), o->rec.at_ns)) {
			struct buf b = buf_over(out, ALERT_TEXT);

			buf_escaped(&b, rec_bytes(&o->rec, names[i]));
			return true;
		}
	return false;
}

static void act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;
	struct machine *m = pieces_find(&d->pieces, end_key(o->rec.tap, &o->device), o->rec.at_ns);
	char name[ALERT_TEXT];
	struct finding f = { .object = name };

	if (m == NULL || o->outcome == OUT_REFUSED || was_told(m, o->re) || !named(d, m, o, name))
		return;
	m->told[m->next_told++ % ARRAY_LEN(m->told)] = o->phase == PHASE_ANSWER ? o->re :
							rec_name_of(&o->rec);
	d->raise(d->ctx, d->rule, o, &f);
}

const struct detector_kind detector_running_program = { .name = "running-program", .numbers = numbers,
	.piece = sizeof(struct machine), .cap = cap, .act = act, .fact = fact };

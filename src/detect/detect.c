/* detect/detect.c: every record to those who judge it, and the clock they share. */
#include "detect/detect.h"

#include <errno.h>
#include <stdlib.h>

#include "detect/engine.h"
#include "detect/first.h"

enum { SILENCE_S = 3600, MINUTE_S = 60 };

struct detect {
	struct detect_options options;
	struct book *book;
	struct first *first;
	struct learned *learned;
	struct engine *engine;	/* NULL: no rules */
	int64_t now_ns;		/* last tick; INT64_MIN: none yet */
	bool has_baseline;
};

static int make(struct detect *d)
{
	const struct detect_options *o = &d->options;
	const struct book_options bo = { o->limits, o->ledger, o->first_id };
	int rc = book_new(&d->book, &bo);
	const struct first_options fo = { .limits = o->limits, .ledger = o->ledger, .book = d->book,
		.learning = o->learning, .has_baseline = &d->has_baseline, .off = o->first_off,
		.silence_ns = o->silence_ns == 0 ? SILENCE_S * NS_PER_S : o->silence_ns };

	if (rc == 0)
		rc = first_new(&d->first, &fo);
	if (rc == 0)
		rc = learned_new(&d->learned, o->limits->objects);
	const struct engine_options eo = { .set = o->rules, .limits = o->limits, .ledger = o->ledger,
		.book = d->book, .learned = d->learned, .has_baseline = &d->has_baseline,
		.tells_values = o->values != VALUES_NONE };

	if (rc == 0 && o->rules != NULL)
		rc = engine_new(&d->engine, &eo);
	return rc;
}

int detect_new(struct detect **ret_detect, const struct detect_options *o)
{
	struct detect *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->options = *o;
	d->has_baseline = o->learned;
	d->now_ns = INT64_MIN;
	int rc = make(d);

	if (rc < 0) {
		detect_free(d);
		return rc;
	}
	*ret_detect = d;
	return 0;
}

void detect_free(struct detect *d)
{
	if (d == NULL)
		return;
	engine_free(d->engine);
	learned_free(d->learned);
	first_free(d->first);
	book_free(d->book);
	free(d);
}

/* ---- records ---- */

static void tick(struct detect *d, int64_t now_ns, bool last, alert_sink *sink, void *ctx)
{
	int64_t minute = now_ns / (MINUTE_S * NS_PER_S);
	bool another = d->now_ns == INT64_MIN || minute != d->now_ns / (MINUTE_S * NS_PER_S);

	if (d->engine != NULL)
		engine_tick(d->engine, now_ns, last, sink, ctx);
	first_tick(d->first, now_ns, last, sink, ctx);
	if (another || last)
		book_say(d->book, sink, ctx);
	d->now_ns = now_ns;
	book_clock(d->book, minute);
}

static bool by_rules(struct detect *d, const struct obs *o, const struct watch *also, alert_sink *sink,
		     void *ctx)
{
	if (d->engine == NULL)
		return false;
	if (!d->options.learning)
		return engine_act(d->engine, o, also, sink, ctx);
	engine_learn(d->engine, o);
	return false;
}

static void speak(struct detect *d, const struct obs *o, alert_sink *sink, void *ctx)
{
	const struct change none = { .known = false },
			    change = d->engine == NULL ? none : engine_change(d->engine, o);

	first_speak(d->first, o, &change, sink, ctx);
}

static void act(struct detect *d, const struct obs *o, alert_sink *sink, void *ctx)
{
	if (d->now_ns == INT64_MIN)
		tick(d, o->rec.at_ns - o->rec.at_ns % NS_PER_S, false, sink, ctx);
	if (o->phase == PHASE_ANSWER) {
		book_answer(d->book, o);
		first_answer(d->first, o, by_rules(d, o, first_weigh_answer(d->first, o), sink, ctx), sink,
			     ctx);
	} else {
		const struct watch *also = first_weigh(d->first, o);

		if (by_rules(d, o, also, sink, ctx))
			first_told(d->first, o);
		else if (also != NULL)
			speak(d, o, sink, ctx);
	}
	if (d->engine != NULL)
		engine_keep(d->engine, o);
}

void detect_record(struct detect *d, const struct rec *r, alert_sink *sink, void *ctx)
{
	const struct obs *o = (const struct obs *)(const void *)r;

	if (r->type == REC_TICK)
		tick(d, r->at_ns, false, sink, ctx);
	else if (r->type == REC_ACT && o->verb < VERB_COUNT && o->object.class < CLASS_COUNT &&
		 o->outcome < OUT_COUNT)
		act(d, o, sink, ctx);
	else if ((r->type == REC_FACT || r->type == REC_FLOW) && d->engine != NULL && !d->options.learning)
		engine_other(d->engine, r, sink, ctx);
}

void detect_watch(struct detect *d, rule_match *match, void *ctx)
{
	if (d->engine != NULL)
		engine_watch(d->engine, match, ctx);
}

void detect_close(struct detect *d, alert_sink *sink, void *ctx)
{
	if (d->now_ns != INT64_MIN)
		tick(d, d->now_ns, true, sink, ctx);
}

/* ---- between runs ---- */

void detect_load_baseline(struct detect *d, const struct baseline_row *row) { first_load(d->first, row); }
void detect_load_learned(struct detect *d, const struct learned_row *row) { learned_load(d->learned, row); }

void detect_load_known(struct detect *d, const struct known_row *row)
{
	if (d->engine != NULL && d->options.values != VALUES_NONE)
		engine_load_known(d->engine, row);
}

bool detect_visit_known(struct detect *d, bool (*row)(void *ctx, const struct known_row *row), void *ctx)
{
	return d->engine == NULL || d->options.values == VALUES_NONE ||
	       engine_visit_known(d->engine, d->options.learning, row, ctx);
}

void detect_load_asset(struct detect *d, const struct asset *row)
{
	if (d->engine != NULL)
		engine_seen(d->engine, row);
}

bool detect_load_exception(struct detect *d, const struct exception_row *row)
{
	return book_except(d->book, row);
}

bool detect_visit_baseline(struct detect *d, bool (*row)(void *ctx, const struct baseline_row *row),
			   void *ctx)
{
	return first_visit(d->first, row, ctx);
}

bool detect_visit_learned(struct detect *d, bool (*row)(void *ctx, const struct learned_row *row), void *ctx)
{
	return learned_visit(d->learned, row, ctx);
}

bool detect_visit_exceptions(struct detect *d, bool (*visit)(void *ctx, const struct exception_row *row),
			     void *ctx)
{
	const struct exception_row *row;

	for (uint32_t i = 0; (row = book_exception_at(d->book, i)) != NULL; i++)
		if (!visit(ctx, row))
			return false;
	return true;
}

void detect_stats(const struct detect *d, struct detect_stats *s)
{
	struct engine_stats e = { 0 };

	if (d->engine != NULL)
		engine_stats(d->engine, &e);
	*s = (struct detect_stats){
		.alerts = book_used(d->book), .alerts_refused = book_refused(d->book),
		.baseline = first_learned(d->first), .baseline_refused = first_refused(d->first),
		.learned = learned_used(d->learned), .learned_refused = learned_refused(d->learned),
		.groups = e.groups, .groups_refused = e.groups_refused,
		.judged_refused = e.judged_refused + first_gave_way(d->first),
		.values_refused = e.values_refused };
}

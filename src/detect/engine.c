/* detect/engine.c: see engine.h.
 *
 * The same alerts come out whether reads are folded or not, because
 * - a rule about acts that fold may only ask for what makes two acts different when they are folded (the
 * loader
 *   sees to it), so the first act it is true of always comes as a record of its own;
 * - where such a rule asks for more than the act (roles, what was there before), it is judged at the first
 * act of
 *   each kind and never again, and its alerts do not end;
 * - counts add `times`; silence and correlations go by whole minutes or seconds of capture time. */
#include "detect/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/hash.h"
#include "detect/correlate.h"
#include "detect/detector.h"
#include "detect/kind.h"

enum { MEMOS = 1 << 15, MEMO_EXCEPTED = 1 << 30 };

struct memo { uint64_t key; uint32_t alert; };	/* alert: its number, or MEMO_EXCEPTED | exception */

struct engine {
	struct engine_options options;
	struct arena arena;
	struct around *around;
	struct values *values;		/* NULL: no rule asks for them */
	struct correlate *correlate;
	struct detectors *detectors;
	const struct finding *finding;	/* of a detector that is raising an alert; NULL: none is */
	struct memo *memos;
	uint64_t *judged;		/* kinds of acts: hash, lowest bit: was it true */
	uint32_t judged_mask, judged_used, judged_cap;
	uint64_t judged_refused;
	int64_t minute;
	char room[SUBJECT_ROOM];
	alert_sink *sink;		/* of the call that is running */
	void *ctx;
	const struct watch *also;	/* what first-change would say of the act; NULL: nothing */
	bool named;			/* some rule has named the act */
	rule_match *match;		/* NULL: nobody watches */
	void *match_ctx;
};

static void on_finding(void *ctx, const struct rule *r, const struct obs *o, const struct finding *f);

int engine_new(struct engine **ret, const struct engine_options *o)
{
	struct engine *e = calloc(1, sizeof(*e));
	uint32_t slots = 64;
	int rc = e == NULL ? -ENOMEM : 0;

	if (rc != 0)
		return rc;
	e->options = *o;
	e->minute = INT64_MIN;
	while (slots < o->limits->objects * 2)
		slots *= 2;
	e->judged_mask = slots - 1;
	e->judged_cap = o->limits->objects;
	rc = arena_map(&e->arena, MEMOS * sizeof(struct memo) + slots * sizeof(uint64_t) + 4096);
	if (rc == 0) {
		e->memos = arena_take(&e->arena, MEMOS * sizeof(struct memo));
		e->judged = arena_take(&e->arena, slots * sizeof(uint64_t));
		rc = e->memos == NULL || e->judged == NULL ? -ENOMEM : 0;
	}
	if (rc == 0 && o->set->uses_values)
		rc = values_new(&e->values, o->limits->objects);
	const struct around_options ao = { o->ledger, o->set->site, o->learned, e->values,
					   o->set->uses_ages ? o->limits->assets : 0 };

	if (rc == 0)
		rc = around_new(&e->around, &ao);
	if (rc == 0)
		rc = correlate_new(&e->correlate, o->set, o->limits);
	const struct detectors_options dopt = { o->set, o->limits, o->ledger, e->around, on_finding, e };

	if (rc == 0)
		rc = detectors_new(&e->detectors, &dopt);
	if (rc != 0) {
		engine_free(e);
		return rc;
	}
	*ret = e;
	return 0;
}

void engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	detectors_free(e->detectors);
	around_free(e->around);
	values_free(e->values);
	correlate_free(e->correlate);
	arena_unmap(&e->arena);
	free(e);
}

void engine_watch(struct engine *e, rule_match *match, void *ctx)
{
	e->match = match;
	e->match_ctx = ctx;
}

void engine_stats(const struct engine *e, struct engine_stats *s)
{
	*s = (struct engine_stats){ .groups = correlate_used(e->correlate) + detectors_used(e->detectors),
				    .judged = e->judged_used,
				    .groups_refused = correlate_refused(e->correlate) +
						      detectors_refused(e->detectors),
				    .judged_refused = e->judged_refused,
				    .values_refused = e->values == NULL ? 0 : values_refused(e->values) };
}

/* ---- kinds of acts that were judged ---- */

/* The place of a kind of act among those judged; *ret_there: it was. NULL: the cap. */
static uint64_t *judged_at(struct engine *e, uint64_t kind, bool *ret_there)
{
	uint64_t key = kind | 2;	/* 0 is free, the lowest bit the answer */
	uint32_t at = (uint32_t)(kind >> 20) & e->judged_mask;

	for (;; at = (at + 1) & e->judged_mask) {
		uint64_t slot = e->judged[at];

		*ret_there = slot != 0 && (slot | 1) == (key | 1);
		if (*ret_there)
			return &e->judged[at];
		if (slot == 0)
			break;
	}
	if (e->judged_used == e->judged_cap) {
		e->judged_refused++;
		return NULL;
	}
	e->judged_used++;
	e->judged[at] = key & ~UINT64_C(1);
	return &e->judged[at];
}

static bool is_true(struct engine *e, const struct rule *r, const struct subject *s)
{
	if (!r->folds || !r->varies)
		return node_true(r->rest, s, e->options.set);
	bool there;
	uint64_t *slot = judged_at(e, kind_of(r, s->o), &there);

	if (slot != NULL && there)
		return (*slot & 1) != 0;
	bool is = node_true(r->rest, s, e->options.set);

	if (slot != NULL)
		*slot |= is;
	return is;
}

/* ---- alerts ---- */

/* What the rule says of every alert of its own. */
static void say_rule(struct alert *a, const struct rule *r)
{
	a->rule = r->id;
	a->text = r->text == NULL ? "" : r->text;
	a->title = r->title;
	a->level = r->level;
	a->kind = r->kind;
	if (r->action != NULL)
		a->action = r->action;
	a->technique_count = r->technique_count;
	memcpy(a->techniques, r->techniques, sizeof(a->techniques));
}

static void fill(void *ctx, const struct rule *r, const struct obs *o, struct alert *a)
{
	struct engine *e = ctx;

	*a = (struct alert){
		.tap = o->rec.tap, .actor = o->actor, .device = o->device, .proto = o->rec.proto,
		.vlan = o->vlan, .action = word_at(around_word(e->around, o)),
		.first_ns = o->since_ns != 0 && o->since_ns < o->rec.at_ns ? o->since_ns : o->rec.at_ns,
		.last_ns = o->rec.at_ns, .ip_proto = obs_transport(o), .learned = *e->options.has_baseline,
		.flow = o->flow, .record = rec_name_of(&o->rec),
	};
	say_rule(a, r);
	if (e->options.tells_values)
		a->change = e->finding == NULL ? around_change(e->around, o) : e->finding->change;
	if (e->finding != NULL && e->finding->first_ns != 0 && e->finding->first_ns < a->first_ns)
		a->first_ns = e->finding->first_ns;
	if (e->finding != NULL && e->finding->object != NULL) {
		snprintf(a->object, sizeof(a->object), "%s", e->finding->object);
		return;
	}
	struct bytes object = around_object(e->around, o);

	snprintf(a->object, sizeof(a->object), "%.*s", (int)object.n, (const char *)object.p);
}

/* Does the rule say what the act was, so that first-change need not. */
static bool names_acts(const struct rule *r) { return r->kind == ALERT_ALARM && r->level >= LEVEL_MEDIUM; }

/* One alert for one act: what first-change would have said of it is part of this one. */
static void take_over(struct alert *a, const struct watch *w)
{
	a->level = w->level > a->level ? w->level : a->level;
	for (unsigned i = 0; w->techniques[i] != NULL && a->technique_count < ALERT_TECHNIQUES; i++) {
		bool there = false;

		for (unsigned k = 0; k < a->technique_count; k++)
			there |= strcmp(a->techniques[k], w->techniques[i]) == 0;
		if (!there)
			a->techniques[a->technique_count++] = w->techniques[i];
	}
}

/* Who they are: as the ledger knows them now. */
static void name_ends(struct engine *e, struct alert *a, struct book_key *key)
{
	const struct rec at = { .tap = a->tap, .proto = a->proto, .at_ns = a->last_ns };
	struct party actor = party_of(e->options.ledger, &at, &a->actor, true);
	struct party device = party_of(e->options.ledger, &at, &a->device, false);

	if (e->finding != NULL && e->finding->by_mac)
		memset(actor.asset.ip, 0, sizeof(actor.asset.ip));
	a->actor_asset = actor.known ? actor.id : 0;
	a->device_asset = device.known ? device.id : 0;
	name_party(e->options.book, a->actor_name, a->actor_role, &actor, &a->actor);
	name_party(e->options.book, a->device_name, a->device_role, &device, &a->device);
	key->actor = actor.id;
	key->device = device.id;
}

static bool has_ended(const struct engine *e, const struct rule *r, uint32_t alert)
{
	bool stays = r->corr != NULL ? r->corr->coarse : r->tuned != NULL ? r->tuned->kind->folds : r->folds;

	return !stays && e->minute != INT64_MIN &&
	       e->minute - book_minute(e->options.book, alert) > r->silence_ns / (60 * NS_PER_S);
}

static uint64_t memo_key(const struct engine *e, const struct rule *r, const struct obs *o)
{
	const char *object = e->finding == NULL ? NULL : e->finding->object;
	uint64_t h = hash_join(r->number, (uint64_t)o->rec.tap << 16 | o->rec.proto);

	h = hash_join(h, hash_join(side_hash(&o->actor, 0), side_hash(&o->device, 0)));
	h = hash_join(h, (r->same & SAME_OBJECT) == 0 ? 0 : object == NULL ? o->object.key :
			 hash_bytes(object, strlen(object), 0));
	h = hash_join(h, r->same & SAME_WHO ? text_hash(o, o->who) : 0);
	return hash_join(h, r->action != NULL ? 0 : (uint64_t)o->verb << 16 | (uint64_t)o->object.class << 8 |
			 o->outcome);
}

/* What `same` says: the fields two acts must share to be one alert. */
static void same_key(const struct rule *r, const struct obs *o, const struct alert *a, struct book_key *key)
{
	key->rule = r->number + UINT64_C(256);	/* smaller ones are first-change's */
	if ((r->same & SAME_ACTOR) == 0)
		key->actor = 0;
	if ((r->same & SAME_DEVICE) == 0)
		key->device = 0;
	key->more = a->tap;
	if (r->same & SAME_OBJECT)
		key->more = hash_join(key->more, hash_bytes(a->object, strlen(a->object), 0));
	if (r->same & SAME_WHO)
		key->more = hash_join(key->more, text_hash(o, o->who));
	if (r->same & SAME_PROTOCOL)
		key->more = hash_join(key->more, o->rec.proto);
}

/* Adds the act to what is known for it. False: it must be looked at whole. */
static bool known_act(struct engine *e, const struct rule *r, const struct memo *m, const struct obs *o)
{
	if (m->alert & MEMO_EXCEPTED) {
		int exception = (int)(m->alert & ~(uint32_t)MEMO_EXCEPTED);

		if (!book_holds(e->options.book, exception, r->folds))
			return false;
		book_hit(e->options.book, exception, o);
		return true;
	}
	if (has_ended(e, r, m->alert))
		return false;
	book_add(e->options.book, m->alert, o);
	book_touch(e->options.book, m->alert);
	return true;
}

static void alert_act(struct engine *e, const struct rule *r, const struct obs *o)
{
	uint64_t key = memo_key(e, r, o) | 1;
	struct memo *m = &e->memos[key >> 20 & (MEMOS - 1)];
	struct book_key book_key;
	struct alert a;

	e->named |= names_acts(r);
	if (m->key == key && known_act(e, r, m, o))
		return;
	fill(e, r, o, &a);
	if (e->also != NULL && names_acts(r))
		take_over(&a, e->also);
	name_ends(e, &a, &book_key);
	int exception = book_excepted(e->options.book, &a, r->folds);

	*m = (struct memo){ key, MEMO_EXCEPTED | (uint32_t)exception };
	if (exception >= 0) {
		book_hit(e->options.book, exception, o);
		return;
	}
	same_key(r, o, &a, &book_key);
	uint32_t alert = book_find(e->options.book, &book_key);
	bool fresh = alert == NO_ALERT || has_ended(e, r, alert);

	if (fresh)
		alert = book_open(e->options.book, &book_key, &a);
	m->alert = alert;
	if (alert == NO_ALERT) {
		m->key = 0;
		return;
	}
	if (fresh && e->finding != NULL && e->finding->sum != NULL)
		book_sum(e->options.book, alert, e->finding->sum);
	else
		book_add(e->options.book, alert, o);
	if (fresh)
		book_raised(e->options.book, alert, e->sink, e->ctx);
	else
		book_touch(e->options.book, alert);
}

static void on_finding(void *ctx, const struct rule *r, const struct obs *o, const struct finding *f)
{
	struct engine *e = ctx;

	if (r->off)
		return;
	if (e->match != NULL)
		e->match(e->match_ctx, r, o);
	e->finding = f;
	if (r->parent_count > 0) {
		const struct subject s = { o, e->around, e->room, sizeof(e->room) };
		const struct corr_event event = { .base = r, .subject = &s, .at_ns = o->rec.at_ns };

		correlate_event(e->correlate, &event, fill, e);
	}
	if (!r->quiet)
		alert_act(e, r, o);
	e->finding = NULL;
}

/* ---- acts ---- */

static bool has_needs(const struct engine *e, const struct rule *r)
{
	return r->needs == 0 || (*e->options.has_baseline && e->options.learned != NULL &&
				 learned_any(e->options.learned));
}

static void try(void *ctx, const struct rule *r, const struct subject *s)
{
	struct engine *e = ctx;

	if (r->off || !has_needs(e, r) || !is_true(e, r, s))
		return;
	if (r->tuned != NULL) {
		detectors_act(e->detectors, r, s);
		return;
	}
	if (e->match != NULL)
		e->match(e->match_ctx, r, s->o);
	if (r->parent_count > 0) {
		const struct corr_event event = { .base = r, .subject = s, .at_ns = s->o->rec.at_ns };

		correlate_event(e->correlate, &event, fill, e);
	}
	if (!r->quiet)
		alert_act(e, r, s->o);
}

/* What stands for acts beyond so many a second names the last of them all, but the value of one: nothing to
 * remember by. */
void engine_keep(struct engine *e, const struct obs *o)
{
	long double n;

	if (e->values != NULL && (o->flags & FLAG_FLOOD) == 0 &&
	    (e->options.set->compares[0] | e->options.set->compares[o->rec.proto % PROTO_ROOM]) &&
	    value_number(o, &n))
		values_act(e->values, o, n, e->minute);
}

bool engine_act(struct engine *e, const struct obs *o, const struct watch *also, alert_sink *sink, void *ctx)
{
	const struct subject s = { o, e->around, e->room, sizeof(e->room) };

	e->named = false;

	if (e->options.set->uses_ages) {
		around_seen(e->around, o->rec.tap, &o->actor, o->rec.at_ns);
		around_seen(e->around, o->rec.tap, &o->device, o->rec.at_ns);
	}
	if (index_any(e->options.set, o)) {
		e->sink = sink;
		e->ctx = ctx;
		e->also = also;
		around_next(e->around);
		index_each(e->options.set, &s, try, e);
		e->also = NULL;
	}
	return e->named;
}

struct change engine_change(const struct engine *e, const struct obs *o)
{
	return e->options.tells_values ? around_change(e->around, o) : (struct change){ .known = false };
}

void engine_load_known(struct engine *e, const struct known_row *row)
{
	if (e->values != NULL)
		values_load(e->values, row);
}

bool engine_visit_known(struct engine *e, bool learned, bool (*row)(void *ctx, const struct known_row *row),
			void *ctx)
{
	return e->values == NULL || values_visit(e->values, learned, row, ctx);
}

void engine_other(struct engine *e, const struct rec *r, alert_sink *sink, void *ctx)
{
	e->sink = sink;
	e->ctx = ctx;
	around_next(e->around);
	if (r->type == REC_FACT)
		detectors_fact(e->detectors, (const struct fact *)(const void *)r);
	else
		detectors_flow(e->detectors, (const struct obs *)(const void *)r);
}

void engine_seen(struct engine *e, const struct asset *a)
{
	struct side s = { .station = a->kind == ASSET_STATION ? a->station : 0 };

	memcpy(s.ip, a->ip, sizeof(s.ip));
	memcpy(s.mac, a->mac, sizeof(s.mac));
	if (a->first_ns != INT64_MAX)
		around_seen(e->around, a->tap, &s, a->first_ns);
}

void engine_learn(struct engine *e, const struct obs *o)
{
	if (e->options.learned == NULL || o->phase == PHASE_ANSWER)
		return;
	around_next(e->around);
	learned_act(e->options.learned, o, around_object(e->around, o), word_at(around_word(e->around, o)));
}

/* ---- correlations ---- */

static uint64_t hash_key(const struct book_key *k, uint64_t group) { return hash_join(k->rule, group); }

static void on_correlation(void *ctx, const struct corr_verdict *v)
{
	struct engine *e = ctx;
	const struct rule *r = v->rule;
	struct alert a = *v->alert;
	struct book_key key = { .rule = r->number + UINT64_C(256) };

	if (r->off)
		return;
	say_rule(&a, r);	/* what it was first seen in may be a correlation with sentences of its own */
	if (r->parent_count > 0) {
		const struct corr_event event = { .base = r, .group = v->group, .seen = &a, .sum = v->fresh,
						  .at_ns = v->fresh->last_ns };

		correlate_event(e->correlate, &event, fill, e);
	}
	if (r->quiet)
		return;
	struct book_key ends;

	key.more = hash_key(&key, v->group);
	uint32_t alert = book_find(e->options.book, &key);
	bool goes_on = alert != NO_ALERT && !has_ended(e, r, alert);

	/* Who they are is dear to ask, and only a new alert or an exception needs it. */
	if (!goes_on || book_exception_at(e->options.book, 0) != NULL)
		name_ends(e, &a, &ends);
	if (book_excepted(e->options.book, &a, r->corr->coarse) >= 0) {
		struct obs many = { .times = (uint32_t)min_size(v->fresh->acts, UINT32_MAX),
				    .rec = { .at_ns = v->fresh->last_ns } };

		book_hit(e->options.book, book_excepted(e->options.book, &a, r->corr->coarse), &many);
		return;
	}
	if (goes_on) {
		book_sum(e->options.book, alert, v->fresh);
		return;
	}
	alert = book_open(e->options.book, &key, &a);
	if (alert == NO_ALERT)
		return;
	book_sum(e->options.book, alert, v->all);
	book_raised(e->options.book, alert, e->sink, e->ctx);
}

void engine_tick(struct engine *e, int64_t now_ns, bool last, alert_sink *sink, void *ctx)
{
	e->sink = sink;
	e->ctx = ctx;
	correlate_tick(e->correlate, now_ns, last, on_correlation, e);
	around_tick(e->around, now_ns);
	e->minute = now_ns / (60 * NS_PER_S);
}

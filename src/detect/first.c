/* detect/first.c: see first.h.
 *
 * One row per (actor, device, word) is nearly all the memory there is; after the first time an act costs one
 * look-up. Rows say what the act is to us: learned, known from elsewhere, not of interest now, part of an
 * alert, excepted by a person, or named by another rule.
 *
 * One act, one alert: an act is weighed first, then the other rules judge it, and only when none of them
 * names it does this one speak. Of an object of which another rule has spoken it is silent for as long as its
 * own alert would have lasted. */
#include "detect/first.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/hash.h"
#include "detect/first_rows.h"
#include "detect/held.h"
#include "detect/pieces.h"
#include "detect/stranger.h"

enum {
	UNWATCHED = 255,
	MARKS_MAX = 4096,	/* objects of which another rule spoke */
	LOOK_AGAIN_S = 60,	/* what was of no interest is judged anew after so long */
};

static const char RULE[] = "first-change";

enum doing { DO_NOTHING, DO_JOIN, DO_OPEN, DO_JUDGE };

struct mark { int64_t at_ns; bool told; };	/* of one object in a row */

struct first {
	struct first_options options;
	struct rows rows;
	uint8_t watch[VERB_COUNT][CLASS_COUNT];
	struct pieces marks;
	struct helds held;
	/* The act that was weighed: what is to be done with it, if no other rule names it. */
	enum doing doing;
	struct row *row, beyond;
	bool spoken;		/* some row is, or was, ALERT or TOLD: until then no answer adds to one */
	uint32_t found;		/* JOIN: the alert */
	struct book_key key;	/* OPEN: what it is one of */
	struct alert alert;
};

/* ---- start and end ---- */

static uint8_t watch_of(const char *word)
{
	for (uint8_t i = 0; watch_at(i) != NULL; i++)
		if (strcmp(watch_at(i)->word, word) == 0)
			return i;
	return UNWATCHED;
}

int first_new(struct first **ret_f, const struct first_options *o)
{
	struct first *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -ENOMEM;
	f->options = *o;
	for (unsigned v = 0; v < VERB_COUNT; v++)
		for (unsigned c = 0; c < CLASS_COUNT; c++)
			f->watch[v][c] = watch_of(word_of((uint8_t)v, (uint8_t)c, OUT_UNKNOWN));
	int r = rows_new(&f->rows, o->limits->conversations);

	if (r == 0)
		r = pieces_new(&f->marks, sizeof(struct mark), MARKS_MAX);
	if (r < 0) {
		first_free(f);
		return r;
	}
	*ret_f = f;
	return 0;
}

void first_free(struct first *f)
{
	if (f == NULL)
		return;
	pieces_free(&f->marks);
	rows_free(&f->rows);
	free(f);
}

/* ---- alerts ---- */

static bool is_silent(const struct first *f, const struct alert *a, int64_t now_ns)
{
	return now_ns > a->last_ns && now_ns - a->last_ns > f->options.silence_ns;
}

static void fill(struct first *f, struct alert *a, const struct obs *o, const struct watch *w,
		 const struct party *actor, const struct party *device)
{
	*a = (struct alert){
		.rule = RULE, .text = "", .title = "", .level = w->level, .kind = ALERT_ALARM,
		.tap = o->rec.tap,
		.actor_asset = actor->known ? actor->id : 0, .device_asset = device->known ? device->id : 0,
		.actor = o->actor, .device = o->device, .proto = o->rec.proto, .vlan = o->vlan,
		.action = w->word,
		.first_ns = o->since_ns != 0 && o->since_ns < o->rec.at_ns ? o->since_ns : o->rec.at_ns,
		.last_ns = o->rec.at_ns, .ip_proto = obs_transport(o), .learned = *f->options.has_baseline,
		.flow = o->flow, .record = rec_name_of(&o->rec),
	};
	while (a->technique_count < ALERT_TECHNIQUES && w->techniques[a->technique_count] != NULL) {
		a->techniques[a->technique_count] = w->techniques[a->technique_count];
		a->technique_count++;
	}
	ledger_object(a->object, sizeof(a->object), o);
	name_party(f->options.book, a->actor_name, a->actor_role, actor, &o->actor);
	name_party(f->options.book, a->device_name, a->device_role, device, &o->device);
}

/* Joins the alert that is open, or is to open one, or is excepted. */
static void consider(struct first *f, struct row *r, const struct obs *o, const struct party *actor,
		     const struct party *device)
{
	struct book *book = f->options.book;

	f->key = (struct book_key){ .rule = r->watch, .actor = actor->id, .device = device->id };
	f->found = book_find(book, &f->key);
	if (f->found != NO_ALERT && !is_silent(f, book_alert(book, f->found), o->rec.at_ns)) {
		f->doing = DO_JOIN;
		return;
	}
	fill(f, &f->alert, o, watch_at(r->watch), actor, device);
	int exception = book_excepted(book, &f->alert, verb_folds(o->verb));

	if (exception >= 0) {
		r->state = ROW_EXCEPTED;
		r->alert = (uint32_t)exception;
		book_hit(book, exception, o);
	} else if (!f->options.off) {
		f->doing = DO_OPEN;
	}
}

static void spoken_of(struct first *f, struct row *r, enum state state)
{
	r->state = (uint8_t)state;
	f->spoken = true;
}

static void join(struct first *f, struct row *r, uint32_t alert, const struct obs *o)
{
	book_add(f->options.book, alert, o);
	book_touch(f->options.book, alert);
	spoken_of(f, r, ROW_ALERT);
	r->alert = alert;
}

static void open_alert(struct first *f, struct row *r, const struct obs *o, alert_sink *sink, void *ctx)
{
	uint32_t alert = book_open(f->options.book, &f->key, &f->alert);

	if (alert == NO_ALERT)
		return;			/* the cap was hit */
	book_add(f->options.book, alert, o);
	book_raised(f->options.book, alert, sink, ctx);
	spoken_of(f, r, ROW_ALERT);
	r->alert = alert;
}

/* ---- what a rule that names the act better has said ---- */

static uint64_t mark_key(const struct first *f, const struct row *r, uint64_t object)
{
	return hash_join(row_hash(r), object) ^ (r == &f->beyond);
}

/* Of a verb that folds the first act of each object decides for all: the others may come counted, later. */
static bool is_told(struct first *f, const struct row *r, uint64_t object, const struct obs *o)
{
	struct mark *m = pieces_find(&f->marks, mark_key(f, r, object), o->rec.at_ns);

	return m != NULL && m->told &&
	       (verb_folds(o->verb) || o->rec.at_ns - m->at_ns <= f->options.silence_ns);
}

static void mark(struct first *f, const struct row *r, uint64_t object, const struct obs *o, bool told)
{
	struct mark *m = pieces_get(&f->marks, mark_key(f, r, object), o->rec.at_ns);

	if (!verb_folds(o->verb) || m->at_ns == 0)
		m->told = told;
	m->at_ns = o->rec.at_ns;
}

static void release(struct first *f, struct held *h, alert_sink *sink, void *ctx)
{
	struct book *book = f->options.book;
	struct row *r = row_at(&f->rows, h->row);
	uint32_t alert = book_find(book, &h->key);
	bool fresh = alert == NO_ALERT || is_silent(f, book_alert(book, alert), h->alert.first_ns);

	if (fresh)
		alert = book_open(book, &h->key, &h->alert);
	held_drop(&f->held, h);
	if (alert == NO_ALERT)
		return;
	book_sum(book, alert, &h->sum);
	for (unsigned i = 0; i < h->act_count; i++)
		book_await(book, alert, h->acts[i]);
	if (fresh)
		book_raised(book, alert, sink, ctx);
	spoken_of(f, r, ROW_ALERT);
	r->alert = alert;
}

/* ---- acts ---- */

/* What a row that is new, was of no interest, or whose alert has ended, is now. */
static void judge(struct first *f, struct row *r, const struct obs *o)
{
	struct ledger *l = f->options.ledger;
	struct party device = party_of(l, &o->rec, &o->device, false);

	const struct watch *w = watch_at(r->watch);

	r->state = ROW_QUIET;
	r->judged_ns = o->rec.at_ns;
	if (!is_controller(l, o, &device, w))
		return;
	if (*f->options.has_baseline && row_learned_elsewhere(&f->rows, l, r)) {
		r->state = ROW_KNOWN;
		return;
	}
	struct party actor = party_of(l, &o->rec, &o->actor, true);

	if (!*f->options.has_baseline && (!is_stranger(l, &actor, w) || was_at_it(l, o, &actor, w)))
		r->state = ROW_KNOWN;
	else
		consider(f, r, o, &actor, &device);
}

static void seen(struct first *f, struct row *r, const struct obs *o)
{
	switch (r->state) {
	case ROW_ALERT:
		f->doing = DO_JOIN;
		f->found = r->alert;
		if (is_silent(f, book_alert(f->options.book, r->alert), o->rec.at_ns)) {
			f->doing = DO_NOTHING;
			judge(f, r, o);
		}
		return;
	case ROW_EXCEPTED:
		if (book_holds(f->options.book, (int)r->alert, verb_folds(o->verb)))
			book_hit(f->options.book, (int)r->alert, o);
		else
			judge(f, r, o);
		return;
	case ROW_QUIET:
		if (o->rec.at_ns - r->judged_ns >= LOOK_AGAIN_S * NS_PER_S)
			judge(f, r, o);
		return;
	case ROW_TOLD:
		f->doing = DO_JUDGE;
		return;
	default:
		return;
	}
}

static struct row *row_of(struct first *f, const struct obs *o, uint8_t watch, bool *ret_new)
{
	struct row key = row_key(o->rec.tap, o->rec.proto, &o->actor, &o->device, watch);
	uint64_t hash = row_hash(&key);
	uint32_t at;
	struct row *r = row_find(&f->rows, &key, hash, &at);

	*ret_new = r == NULL;
	if (r == NULL)
		r = row_new(&f->rows, &key, hash, at);
	if (r == NULL) {		/* the cap: judged every time, and not remembered */
		f->beyond = key;
		r = &f->beyond;
	}
	return r;
}

static uint8_t watch_for(const struct first *f, const struct obs *o)
{
	return ledger_proto_is_names(f->options.ledger, o->rec.proto) ? UNWATCHED :
	       f->watch[o->verb][o->object.class];
}

const struct watch *first_weigh(struct first *f, const struct obs *o)
{
	uint8_t watch = watch_for(f, o);
	bool is_new;

	f->doing = DO_NOTHING;
	if (watch == UNWATCHED || o->phase == PHASE_PUSH)
		return NULL;
	struct row *r = f->row = row_of(f, o, watch, &is_new);

	r->count += o->times;
	if (o->rec.at_ns > r->last_ns)
		r->last_ns = o->rec.at_ns;
	if (o->rec.at_ns < r->first_ns)
		r->first_ns = o->rec.at_ns;
	if (f->options.learning)	/* whoever it is done to: it may turn out to be a controller */
		r->state = ROW_LEARNED;
	else if (is_new)
		judge(f, r, o);
	else
		seen(f, r, o);
	return f->doing == DO_NOTHING ? NULL : watch_at(watch);
}

void first_told(struct first *f, const struct obs *o)
{
	if (f->doing == DO_NOTHING)
		return;
	if (f->row->state != ROW_ALERT)
		spoken_of(f, f->row, ROW_TOLD);
	mark(f, f->row, o->object.key, o, true);
}

void first_speak(struct first *f, const struct obs *o, const struct change *change, alert_sink *sink,
		 void *ctx)
{
	struct row *r = f->row;

	if (f->doing == DO_NOTHING)
		return;
	if (is_told(f, r, o->object.key, o)) {
		spoken_of(f, r, r->state == ROW_ALERT ? ROW_ALERT : ROW_TOLD);
		return;
	}
	if (verb_folds(o->verb))
		mark(f, r, o->object.key, o, false);
	if (f->doing == DO_JUDGE) {
		f->doing = DO_NOTHING;
		judge(f, r, o);
	}
	f->alert.change = *change;
	if (f->doing == DO_JOIN) {
		join(f, r, f->found, o);
	} else if (f->doing == DO_OPEN) {
		struct held *h = r == &f->beyond || !held_asks(o) ? NULL :
				 held_get(&f->held, slab_index(&f->rows.slab, r), o, &f->key, &f->alert);

		if (h == NULL) {
			open_alert(f, r, o, sink, ctx);
			return;
		}
		held_add(h, o);
		spoken_of(f, r, ROW_TOLD);
	}
}

/* ---- answers ---- */

const struct watch *first_weigh_answer(struct first *f, const struct obs *o)
{
	struct held *h = held_of(&f->held, o);

	return h == NULL ? NULL : watch_at(row_at(&f->rows, h->row)->watch);
}

/* Of a verb that folds the act an answer names may never have come as a record: that of the row. */
void first_answer(struct first *f, const struct obs *o, bool told, alert_sink *sink, void *ctx)
{
	uint8_t watch = watch_for(f, o);
	uint32_t at;

	if (o->re == 0 || watch == UNWATCHED)
		return;
	struct held *h = held_of(&f->held, o);

	if (h != NULL) {
		if (told)
			mark(f, row_at(&f->rows, h->row), h->object, o, true);
		if (told)
			held_drop(&f->held, h);
		else if (held_answer(h, o))
			release(f, h, sink, ctx);
		return;
	}
	if (!f->spoken || (!verb_folds(o->verb) && !told))
		return;
	struct row key = row_key(o->rec.tap, o->rec.proto, &o->actor, &o->device, watch);
	const struct row *r = row_find(&f->rows, &key, row_hash(&key), &at);

	if (r == NULL || (r->state != ROW_ALERT && r->state != ROW_TOLD))
		return;
	if (told) {
		mark(f, r, o->object.key, o, true);
	} else if (r->state == ROW_ALERT) {
		book_outcome(f->options.book, r->alert, o);
		book_touch(f->options.book, r->alert);
	}
}

void first_tick(struct first *f, int64_t now_ns, bool last, alert_sink *sink, void *ctx)
{
	struct held *h;

	while ((h = held_oldest(&f->held, last ? INT64_MAX : now_ns - HELD_S * NS_PER_S)) != NULL)
		release(f, h, sink, ctx);
}

/* ---- the baseline ---- */

void first_load(struct first *f, const struct baseline_row *row)
{
	uint8_t watch = watch_of(row->word);
	struct row key = row_key(row->tap, row->proto, &row->actor, &row->device, watch);
	uint64_t hash = row_hash(&key);
	uint32_t at;

	*f->options.has_baseline = true;
	if (watch == UNWATCHED || row_find(&f->rows, &key, hash, &at) != NULL)
		return;
	struct row *r = row_new(&f->rows, &key, hash, at);

	if (r == NULL)
		return;
	r->state = ROW_LEARNED;
	r->count = row->count;
	r->first_ns = row->first_ns;
	r->last_ns = row->last_ns;
}

bool first_visit(struct first *f, bool (*visit)(void *ctx, const struct baseline_row *row), void *ctx)
{
	const uint32_t *order;
	uint32_t count = rows_learned(&f->rows, &order);

	for (uint32_t i = 0; i < count; i++) {
		const struct row *r = row_at(&f->rows, order[i]);
		struct baseline_row b = { .tap = r->tap, .proto = r->proto, .actor = r->actor,
					  .device = r->device, .first_ns = r->first_ns, .last_ns = r->last_ns,
					  .count = r->count };

		snprintf(b.word, sizeof(b.word), "%s", watch_at(r->watch)->word);
		if (!visit(ctx, &b))
			return false;
	}
	return true;
}

uint32_t first_learned(const struct first *f)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->rows.slab.used; i++)
		n += row_at(&f->rows, i)->state == ROW_LEARNED;
	return n;
}

uint64_t first_refused(const struct first *f) { return f->rows.slab.refused; }
uint64_t first_gave_way(const struct first *f) { return f->marks.refused; }

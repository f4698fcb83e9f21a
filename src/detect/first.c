/* detect/first.c: see first.h.
 *
 * One row per (actor, device, word), keyed by addresses, is all the memory there is; after the first time an
 * act costs one look-up. Rows say what the act is to us: learned, known from elsewhere, not of interest now,
 * part of an alert, or excepted by a person. */
#include "detect/first.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/hash.h"
#include "detect/around.h"
#include "detect/watch.h"

enum {
	UNWATCHED = 255,
	SAME_MAX = 16,		/* addresses of one asset that are tried */
	NEWCOMER_S = 10,	/* first reading a machine so long after everything began: a newcomer */
	LOOK_AGAIN_S = 60,	/* what was of no interest is judged anew after so long */
};

static const char RULE[] = "first-change";

enum state { ROW_LEARNED = 1, ROW_KNOWN, ROW_QUIET, ROW_ALERT, ROW_EXCEPTED };

struct row {
	struct side actor, device;	/* port 0 */
	uint64_t count;
	int64_t first_ns, last_ns;
	int64_t judged_ns;	/* QUIET: when */
	uint32_t alert;		/* ALERT: its number; EXCEPTED: the exception's */
	uint16_t proto, station_proto;	/* station_proto: part of the key, 0 without stations */
	uint8_t tap, watch, state;
};

struct map {			/* hash to number + 1, never shrinking */
	uint64_t *slot;
	uint32_t mask;
};

struct first {
	struct first_options options;
	struct arena arena;
	struct slab rows;
	struct map row_at;
	uint32_t *order;	/* scratch for reading */
	uint8_t watch[VERB_COUNT][CLASS_COUNT];
};

/* ---- start and end ---- */

static uint32_t map_room(uint32_t cap)
{
	uint32_t room = 64;

	while (room < cap * 2)
		room *= 2;
	return room;
}

static int take_memory(struct first *f)
{
	uint32_t rows = f->options.limits->conversations;
	size_t need = (sizeof(struct row) + 16 + sizeof(uint32_t)) * rows + map_room(rows) * sizeof(uint64_t) +
		      4096;
	int r = arena_map(&f->arena, need);

	if (r < 0)
		return r;
	f->order = arena_take(&f->arena, rows * sizeof(f->order[0]));
	f->row_at.slot = arena_take(&f->arena, map_room(rows) * sizeof(uint64_t));
	f->row_at.mask = map_room(rows) - 1;
	if (f->order == NULL || f->row_at.slot == NULL || slab_init(&f->rows, &f->arena, sizeof(struct row),
								   rows) < 0)
		return -ENOMEM;
	return 0;
}

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
	int r = take_memory(f);

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
	arena_unmap(&f->arena);
	free(f);
}

/* ---- rows ---- */

static struct row *row_at(const struct first *f, uint32_t i) { return slab_at(&f->rows, i); }

static uint64_t row_hash(const struct row *key)
{
	struct side ends[2] = { key->actor, key->device };

	return hash_bytes(ends, sizeof(ends), (uint64_t)key->station_proto << 16 | (uint64_t)key->tap << 8 |
			  key->watch);
}

static bool same_row(const struct row *a, const struct row *b)
{
	return a->tap == b->tap && a->watch == b->watch && a->station_proto == b->station_proto &&
	       memcmp(&a->actor, &b->actor, sizeof(a->actor)) == 0 &&
	       memcmp(&a->device, &b->device, sizeof(a->device)) == 0;
}

/* The row with this key, or NULL and in at the place for it. */
static struct row *row_find(const struct first *f, const struct row *key, uint64_t hash, uint32_t *at)
{
	for (*at = (uint32_t)hash & f->row_at.mask;; *at = (*at + 1) & f->row_at.mask) {
		uint64_t slot = f->row_at.slot[*at];

		if (slot == 0)
			return NULL;
		if (slot >> 32 == hash >> 32 && same_row(row_at(f, (uint32_t)slot - 1), key))
			return row_at(f, (uint32_t)slot - 1);
	}
}

static struct row *row_new(struct first *f, const struct row *key, uint64_t hash, uint32_t at)
{
	struct row *r = slab_get(&f->rows);

	if (r == NULL)
		return NULL;
	*r = *key;
	f->row_at.slot[at] = (hash >> 32) << 32 | (slab_index(&f->rows, r) + 1);
	return r;
}

static struct row key_of(uint8_t tap, uint16_t proto, const struct side *actor, const struct side *device,
			 uint8_t watch)
{
	struct row key = { .actor = *actor, .device = *device, .tap = tap, .proto = proto, .watch = watch,
			   .first_ns = INT64_MAX, .last_ns = INT64_MIN };

	key.actor.port = key.device.port = 0;
	key.station_proto = actor->station != 0 || device->station != 0 ? proto : 0;
	return key;
}

/* Did any address of the same actor do this to any address of the same device while learning. */
static bool learned_elsewhere(struct first *f, const struct row *key)
{
	struct side actors[SAME_MAX], devices[SAME_MAX];
	size_t na = ledger_ends_of(f->options.ledger, key->tap, key->proto, &key->actor, actors, SAME_MAX);
	size_t nd = ledger_ends_of(f->options.ledger, key->tap, key->proto, &key->device, devices, SAME_MAX);
	uint32_t at;

	for (size_t i = 0; i < na; i++) {
		for (size_t j = 0; j < nd; j++) {
			struct row other = key_of(key->tap, key->proto, &actors[i], &devices[j], key->watch);
			const struct row *r = row_find(f, &other, row_hash(&other), &at);

			if (r != NULL && r->state == ROW_LEARNED)
				return true;
		}
	}
	return false;
}

/* ---- who and what ---- */

static bool is_controller(const struct first *f, const struct obs *o, const struct party *device)
{
	const char *role = device->asset.role;

	return ledger_proto_is_ot(f->options.ledger, o->rec.proto) || strcmp(role, "plc") == 0 ||
	       strcmp(role, "gateway") == 0;
}

/* Somebody who reads values like an operator panel. Known as one (it has been reading for long, or a person
 * said so), or only looking like one: then it may do little, and nothing when it came later than the rest. */
static bool panel_may(const struct first *f, const struct asset *a, const struct watch *w)
{
	int64_t began_ns = ledger_began(f->options.ledger);

	if (a->role_trust != TRUST_GUESS)
		return w->panel >= PANEL_KNOWN;
	return w->panel == PANEL_MAY && a->reads_ns - began_ns < NEWCOMER_S * NS_PER_S;
}

/* Values written on a connection that was open when the recording began: nobody can say that they are the
 * first. */
static bool was_at_it(const struct first *f, const struct obs *o, const struct party *actor,
		      const struct watch *w)
{
	return w->panel == PANEL_MAY && (o->flags & FLAG_MIDSTREAM) != 0 &&
	       strcmp(actor->asset.role, "unknown") == 0 &&
		       o->rec.at_ns - ledger_began(f->options.ledger) < NEWCOMER_S * NS_PER_S;
}

/* Without learning only the role can tell who may operate machines; a guess does not, but for the maker of
 * controllers. */
static bool is_stranger(const struct first *f, const struct party *actor, const struct watch *w)
{
	const char *role = actor->asset.role;

	if (!actor->known || strcmp(role, "office") == 0 || strcmp(role, "unknown") == 0 ||
	    strcmp(role, "internet") == 0)
		return true;
	if (strcmp(role, "hmi") == 0)
		return !panel_may(f, &actor->asset, w);
	return actor->asset.role_trust == TRUST_GUESS && strcmp(role, "plc") != 0;
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
		.rule = RULE, .text = "", .title = "", .level = w->level, .kind = ALERT_ALARM, .tap = o->rec.tap,
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
	name_party(a->actor_name, a->actor_role, actor, &o->actor);
	name_party(a->device_name, a->device_role, device, &o->device);
}

/* Raises an alert about the act, or adds it to the one that is open, and says so in the row. */
static void raise(struct first *f, struct row *r, const struct obs *o, const struct party *actor,
		  const struct party *device, alert_sink *sink, void *ctx)
{
	const struct book_key key = { .rule = r->watch, .actor = actor->id, .device = device->id };
	struct book *book = f->options.book;
	uint32_t found = book_find(book, &key);
	struct alert a;

	if (found == NO_ALERT || is_silent(f, book_alert(book, found), o->rec.at_ns)) {
		fill(f, &a, o, watch_at(r->watch), actor, device);
		int exception = book_excepted(book, &a, verb_folds(o->verb));

		if (exception >= 0) {
			r->state = ROW_EXCEPTED;
			r->alert = (uint32_t)exception;
			book_hit(book, exception, o);
			return;
		}
		found = f->options.off ? NO_ALERT : book_open(book, &key, &a);
		if (found == NO_ALERT)
			return;		/* the cap was hit */
		book_add(book, found, o);
		book_raised(book, found, sink, ctx);
	} else {
		book_add(book, found, o);
		book_touch(book, found);
	}
	r->state = ROW_ALERT;
	r->alert = found;
}

/* ---- acts ---- */

/* What a row that is new, was of no interest, or whose alert has ended, is now. */
static void judge(struct first *f, struct row *r, const struct obs *o, alert_sink *sink, void *ctx)
{
	struct party device = party_of(f->options.ledger, &o->rec, &o->device, false);

	r->state = ROW_QUIET;
	r->judged_ns = o->rec.at_ns;
	if (!is_controller(f, o, &device))
		return;
	if (*f->options.has_baseline && learned_elsewhere(f, r)) {
		r->state = ROW_KNOWN;
		return;
	}
	struct party actor = party_of(f->options.ledger, &o->rec, &o->actor, true);

	const struct watch *w = watch_at(r->watch);

	if (!*f->options.has_baseline && (!is_stranger(f, &actor, w) || was_at_it(f, o, &actor, w))) {
		r->state = ROW_KNOWN;
		return;
	}
	raise(f, r, o, &actor, &device, sink, ctx);
}

static void seen(struct first *f, struct row *r, const struct obs *o, alert_sink *sink, void *ctx)
{
	switch (r->state) {
	case ROW_ALERT:
		if (is_silent(f, book_alert(f->options.book, r->alert), o->rec.at_ns)) {
			judge(f, r, o, sink, ctx);
			return;
		}
		book_add(f->options.book, r->alert, o);
		book_touch(f->options.book, r->alert);
		return;
	case ROW_EXCEPTED:
		if (book_holds(f->options.book, (int)r->alert, verb_folds(o->verb)))
			book_hit(f->options.book, (int)r->alert, o);
		else
			judge(f, r, o, sink, ctx);
		return;
	case ROW_QUIET:
		if (o->rec.at_ns - r->judged_ns >= LOOK_AGAIN_S * NS_PER_S)
			judge(f, r, o, sink, ctx);
		return;
	default:
		return;
	}
}

static void act(struct first *f, const struct obs *o, uint8_t watch, alert_sink *sink, void *ctx)
{
	struct row key = key_of(o->rec.tap, o->rec.proto, &o->actor, &o->device, watch);
	uint64_t hash = row_hash(&key);
	uint32_t at;
	struct row *r = row_find(f, &key, hash, &at);
	bool is_new = r == NULL;

	if (is_new)
		r = row_new(f, &key, hash, at);
	if (r == NULL)			/* the cap: judged every time, and not remembered */
		r = &key;
	r->count += o->times;
	if (o->rec.at_ns > r->last_ns)
		r->last_ns = o->rec.at_ns;
	if (o->rec.at_ns < r->first_ns)
		r->first_ns = o->rec.at_ns;
	if (f->options.learning)	/* whoever it is done to: it may turn out to be a controller */
		r->state = ROW_LEARNED;
	else if (is_new)
		judge(f, r, o, sink, ctx);
	else
		seen(f, r, o, sink, ctx);
}

static uint8_t watch_for(const struct first *f, const struct obs *o)
{
	return ledger_proto_is_names(f->options.ledger, o->rec.proto) ? UNWATCHED :
	       f->watch[o->verb][o->object.class];
}

void first_act(struct first *f, const struct obs *o, alert_sink *sink, void *ctx)
{
	uint8_t watch = watch_for(f, o);

	if (watch != UNWATCHED && o->phase != PHASE_PUSH)
		act(f, o, watch, sink, ctx);
}

/* Of a verb that folds the act an answer names may never have come as a record: that of the row. */
void first_answer(struct first *f, const struct obs *o)
{
	uint8_t watch = watch_for(f, o);
	uint32_t at;

	if (o->re == 0 || !verb_folds(o->verb) || watch == UNWATCHED)
		return;
	struct row key = key_of(o->rec.tap, o->rec.proto, &o->actor, &o->device, watch);
	const struct row *r = row_find(f, &key, row_hash(&key), &at);

	if (r == NULL || r->state != ROW_ALERT)
		return;
	book_outcome(f->options.book, r->alert, o);
	book_touch(f->options.book, r->alert);
}

/* ---- the baseline ---- */

void first_load(struct first *f, const struct baseline_row *row)
{
	uint8_t watch = watch_of(row->word);
	struct row key = key_of(row->tap, row->proto, &row->actor, &row->device, watch);
	uint64_t hash = row_hash(&key);
	uint32_t at;

	*f->options.has_baseline = true;
	if (watch == UNWATCHED || row_find(f, &key, hash, &at) != NULL)
		return;
	struct row *r = row_new(f, &key, hash, at);

	if (r == NULL)
		return;
	r->state = ROW_LEARNED;
	r->count = row->count;
	r->first_ns = row->first_ns;
	r->last_ns = row->last_ns;
}

static int row_order(const void *pa, const void *pb, void *ctx)
{
	const struct row *a = row_at(ctx, *(const uint32_t *)pa), *b = row_at(ctx, *(const uint32_t *)pb);
	int actor = memcmp(&a->actor, &b->actor, sizeof(a->actor));
	int device = memcmp(&a->device, &b->device, sizeof(a->device));

	if (a->tap != b->tap)
		return a->tap < b->tap ? -1 : 1;
	if (actor != 0)
		return actor;
	if (device != 0)
		return device;
	if (a->watch != b->watch)
		return a->watch < b->watch ? -1 : 1;
	return a->station_proto < b->station_proto ? -1 : a->station_proto > b->station_proto;
}

bool first_visit(struct first *f, bool (*visit)(void *ctx, const struct baseline_row *row), void *ctx)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < f->rows.used; i++)
		if (row_at(f, i)->state == ROW_LEARNED)
			f->order[count++] = i;
	qsort_r(f->order, count, sizeof(f->order[0]), row_order, f);
	for (uint32_t i = 0; i < count; i++) {
		const struct row *r = row_at(f, f->order[i]);
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

	for (uint32_t i = 0; i < f->rows.used; i++)
		n += row_at(f, i)->state == ROW_LEARNED;
	return n;
}

uint64_t first_refused(const struct first *f) { return f->rows.refused; }

/* detect/detect.c: rule "first-change": somebody does to a controller what it was not seen doing to it
 * before.
 *
 * One row per (actor, device, word), keyed by addresses, is all the memory there is; after the first time an
 * act costs one look-up. Rows say what the act is to us: learned, known from elsewhere, not of interest now,
 * or part of an alert. */
#include "detect/detect.h"

#include <errno.h>

#include "core/arena.h"
#include "core/hash.h"
#include "detect/rules.h"

enum {
	UNWATCHED = 255,
	RECENT = 4096,		/* asked acts of alerts whose answers are awaited */
	SAME_MAX = 16,		/* addresses of one asset that are tried */
	NEWCOMER_S = 10,	/* first reading a machine so long after everything began: a newcomer */
	LOOK_AGAIN_S = 60,	/* what was of no interest is judged anew after so long */
	SILENCE_S = 3600,
};

static const char RULE[] = "first-change";

enum state { ROW_LEARNED = 1, ROW_KNOWN, ROW_QUIET, ROW_ALERT };

struct row {
	struct side actor, device;	/* port 0 */
	uint64_t count;
	int64_t first_ns, last_ns;
	int64_t judged_ns;	/* QUIET: when */
	uint32_t alert;		/* ALERT: its number */
	uint16_t proto, station_proto;	/* station_proto: part of the key, 0 without stations */
	uint8_t tap, watch, state;
};

struct open {			/* an alert and what it is one of */
	struct alert alert;
	uint64_t actor, device;	/* assets, or ids of addresses */
	uint64_t done, refused, unanswered;	/* answers so far, as they came */
	uint8_t watch;
	bool dirty;
	uint32_t next_dirty;
};

struct map {			/* hash to number + 1, never shrinking */
	uint64_t *slot;
	uint32_t mask;
};

struct recent { uint64_t name; uint32_t alert; };

struct detect {
	struct detect_options options;
	struct arena arena;
	struct slab rows, alerts;
	struct map row_at, alert_at;
	struct recent *recent;
	uint32_t *order;	/* scratch for reading */
	uint32_t dirty;		/* first of the list; UINT32_MAX: none */
	uint64_t next_id;
	int64_t minute;		/* last one whose changes were said */
	bool has_baseline;
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

static int map_init(struct map *m, struct arena *a, uint32_t cap)
{
	m->slot = arena_take(a, map_room(cap) * sizeof(m->slot[0]));
	m->mask = map_room(cap) - 1;
	return m->slot == NULL ? -ENOMEM : 0;
}

static int take_memory(struct detect *d)
{
	uint32_t rows = d->options.limits->conversations, alerts = d->options.limits->alerts;
	size_t need = (sizeof(struct row) + 16 + sizeof(uint32_t)) * rows +
		      (sizeof(struct open) + 16) * alerts +
		      (map_room(rows) + map_room(alerts)) * sizeof(uint64_t) +
		      RECENT * sizeof(struct recent) + 4096;
	int r = arena_map(&d->arena, need);

	if (r < 0)
		return r;
	d->recent = arena_take(&d->arena, RECENT * sizeof(d->recent[0]));
	d->order = arena_take(&d->arena, rows * sizeof(d->order[0]));
	if (d->recent == NULL || d->order == NULL || slab_init(&d->rows, &d->arena, sizeof(struct row),
							       rows) < 0 ||
	    slab_init(&d->alerts, &d->arena, sizeof(struct open), alerts) < 0 ||
	    map_init(&d->row_at, &d->arena, rows) < 0 || map_init(&d->alert_at, &d->arena, alerts) < 0)
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

int detect_new(struct detect **ret_detect, const struct detect_options *o)
{
	struct detect *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->options = *o;
	if (d->options.silence_ns == 0)
		d->options.silence_ns = SILENCE_S * NS_PER_S;
	d->next_id = o->first_id == 0 ? 1 : o->first_id;
	d->has_baseline = o->learned;
	d->dirty = UINT32_MAX;
	d->minute = INT64_MIN;
	for (unsigned v = 0; v < VERB_COUNT; v++)
		for (unsigned c = 0; c < CLASS_COUNT; c++)
			d->watch[v][c] = watch_of(word_of((uint8_t)v, (uint8_t)c, OUT_UNKNOWN));
	int r = take_memory(d);

	if (r < 0) {
		detect_free(d);
		return r;
	}
	*ret_detect = d;
	return 0;
}

void detect_free(struct detect *d)
{
	if (d == NULL)
		return;
	arena_unmap(&d->arena);
	free(d);
}

/* ---- rows ---- */

static struct row *row_at(const struct detect *d, uint32_t i) { return slab_at(&d->rows, i); }
static struct open *open_at(const struct detect *d, uint32_t i) { return slab_at(&d->alerts, i); }

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
static struct row *row_find(const struct detect *d, const struct row *key, uint64_t hash, uint32_t *at)
{
	for (*at = (uint32_t)hash & d->row_at.mask;; *at = (*at + 1) & d->row_at.mask) {
		uint64_t slot = d->row_at.slot[*at];

		if (slot == 0)
			return NULL;
		if (slot >> 32 == hash >> 32 && same_row(row_at(d, (uint32_t)slot - 1), key))
			return row_at(d, (uint32_t)slot - 1);
	}
}

static struct row *row_new(struct detect *d, const struct row *key, uint64_t hash, uint32_t at)
{
	struct row *r = slab_get(&d->rows);

	if (r == NULL)
		return NULL;
	*r = *key;
	d->row_at.slot[at] = (hash >> 32) << 32 | (slab_index(&d->rows, r) + 1);
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
static bool learned_elsewhere(struct detect *d, const struct row *key)
{
	struct side actors[SAME_MAX], devices[SAME_MAX];
	size_t na = ledger_ends_of(d->options.ledger, key->tap, key->proto, &key->actor, actors, SAME_MAX);
	size_t nd = ledger_ends_of(d->options.ledger, key->tap, key->proto, &key->device, devices, SAME_MAX);
	uint32_t at;

	for (size_t i = 0; i < na; i++) {
		for (size_t j = 0; j < nd; j++) {
			struct row other = key_of(key->tap, key->proto, &actors[i], &devices[j], key->watch);
			const struct row *r = row_find(d, &other, row_hash(&other), &at);

			if (r != NULL && r->state == ROW_LEARNED)
				return true;
		}
	}
	return false;
}

/* ---- who and what ---- */

struct party { struct asset asset; uint64_t id; bool known; };

static struct party party_of(struct detect *d, const struct obs *o, const struct side *s, bool before_changes)
{
	struct party p = { .known = ledger_asset_of(d->options.ledger, o->rec.tap, o->rec.proto, s,
						    o->rec.at_ns, before_changes, &p.asset) };
	struct side key = *s;

	key.port = 0;
	if (p.known) {
		p.id = p.asset.id;
		return p;
	}
	p.asset = (struct asset){ 0 };
	p.id = hash_bytes(&key, sizeof(key), o->rec.tap) | UINT64_C(1) << 63;	/* beyond the ids of assets */
	return p;
}

static bool is_controller(const struct detect *d, const struct obs *o, const struct party *device)
{
	const char *role = device->asset.role;

	return ledger_proto_is_ot(d->options.ledger, o->rec.proto) || strcmp(role, "plc") == 0 ||
	       strcmp(role, "gateway") == 0;
}

/* Somebody who reads values like an operator panel. Known as one (it has been reading for long, or a person
 * said so), or only looking like one: then it may do little, and nothing when it came later than the rest. */
static bool panel_may(const struct detect *d, const struct asset *a, const struct watch *w)
{
	int64_t began_ns = ledger_began(d->options.ledger);

	if (a->role_trust != TRUST_GUESS)
		return w->panel >= PANEL_KNOWN;
	return w->panel == PANEL_MAY && a->reads_ns - began_ns < NEWCOMER_S * NS_PER_S;
}

/* Values written on a connection that was open when the recording began: nobody can say that they are the
 * first. */
static bool was_at_it(const struct detect *d, const struct obs *o, const struct party *actor,
		      const struct watch *w)
{
	return w->panel == PANEL_MAY && (o->flags & FLAG_MIDSTREAM) != 0 &&
	       strcmp(actor->asset.role, "unknown") == 0 &&
		       o->rec.at_ns - ledger_began(d->options.ledger) < NEWCOMER_S * NS_PER_S;
}

/* Without learning only the role can tell who may operate machines; a guess does not, but for the maker of
 * controllers. */
static bool is_stranger(const struct detect *d, const struct party *actor, const struct watch *w)
{
	const char *role = actor->asset.role;

	if (!actor->known || strcmp(role, "office") == 0 || strcmp(role, "unknown") == 0 ||
	    strcmp(role, "internet") == 0)
		return true;
	if (strcmp(role, "hmi") == 0)
		return !panel_may(d, &actor->asset, w);
	return actor->asset.role_trust == TRUST_GUESS && strcmp(role, "plc") != 0;
}

/* ---- alerts ---- */

static uint64_t alert_hash(uint64_t actor, uint64_t device, uint8_t watch)
{
	return hash_join(hash_join(actor, device), watch);
}

/* The newest alert of the same kind, which is the one that may still be open; in at the place of a further
 * one. */
static uint32_t alert_find(const struct detect *d, uint64_t actor, uint64_t device, uint8_t watch,
			   uint32_t *at)
{
	uint64_t hash = alert_hash(actor, device, watch);
	uint32_t found = UINT32_MAX;

	for (*at = (uint32_t)hash & d->alert_at.mask;; *at = (*at + 1) & d->alert_at.mask) {
		uint64_t slot = d->alert_at.slot[*at];

		if (slot == 0)
			return found;
		const struct open *o = open_at(d, (uint32_t)slot - 1);

		if (slot >> 32 == hash >> 32 && o->actor == actor && o->device == device && o->watch == watch)
			found = (uint32_t)slot - 1;
	}
}

static bool is_silent(const struct detect *d, const struct open *o, int64_t now_ns)
{
	return now_ns > o->alert.last_ns && now_ns - o->alert.last_ns > d->options.silence_ns;
}

static void touch(struct detect *d, uint32_t alert)
{
	struct open *o = open_at(d, alert);

	if (o->dirty)
		return;
	o->dirty = true;
	o->next_dirty = d->dirty;
	d->dirty = alert;
}

/* A file on its own flow is answered twice, by the command's answer and by the file itself: an act has one
 * outcome. Of a verb that folds, the count of the answers may come before the count of what was asked: all is
 * added up, and only what is told is held to the number of acts. */
static void count_outcome(struct open *open, const struct obs *o)
{
	struct alert *a = &open->alert;
	uint64_t *told[OUT_COUNT] = { [OUT_DONE] = &open->done, [OUT_PARTLY] = &open->done,
				      [OUT_REFUSED] = &open->refused, [OUT_UNANSWERED] = &open->unanswered };

	if (told[o->outcome] != NULL &&
	    (verb_folds(o->verb) || open->done + open->refused + open->unanswered + o->times <= a->count))
		*told[o->outcome] += o->times;
	a->refused = min_size(open->refused, a->count);
	a->unanswered = min_size(open->unanswered, a->count - a->refused);
	a->done = min_size(open->done, a->count - a->refused - a->unanswered);
}

/* Adds the act: count, times, outcome, and its frame to the evidence. Of a verb that folds only the first
 * frame: which of the later ones come as records of their own is chance. */
static void add_act(struct detect *d, uint32_t alert, const struct obs *o)
{
	struct alert *a = &open_at(d, alert)->alert;

	a->count += o->times;
	if (o->rec.at_ns > a->last_ns)
		a->last_ns = o->rec.at_ns;
	if (a->frame_count < (verb_folds(o->verb) ? 1 : ALERT_FRAMES) &&
	    (a->frame_count == 0 || a->frames[a->frame_count - 1] < o->rec.frame))
		a->frames[a->frame_count++] = o->rec.frame;
	count_outcome(open_at(d, alert), o);
	if (o->phase == PHASE_ASK) {
		uint64_t name = rec_name_of(&o->rec);

		d->recent[hash_mix(name) % RECENT] = (struct recent){ name, alert };
	}
}

static void name_party(char name[ALERT_TEXT], char role[32], const struct party *p, const struct side *s)
{
	if (p->known)
		ledger_name(name, ALERT_TEXT, &p->asset);
	else
		ledger_call_side(name, ALERT_TEXT, s);
	/* In an alert a guess would sound like an excuse, or a charge. */
	snprintf(role, 32, "%s", p->known && p->asset.role_trust != TRUST_GUESS ? p->asset.role : "unknown");
}

static void fill(struct detect *d, struct alert *a, const struct obs *o, const struct watch *w,
		 const struct party *actor, const struct party *device)
{
	*a = (struct alert){
		.id = d->next_id++, .rule = RULE, .level = w->level, .kind = ALERT_ALARM, .tap = o->rec.tap,
		.actor_asset = actor->known ? actor->id : 0, .device_asset = device->known ? device->id : 0,
		.actor = o->actor, .device = o->device, .proto = o->rec.proto, .vlan = o->vlan,
		.action = w->word,
		.first_ns = o->since_ns != 0 && o->since_ns < o->rec.at_ns ? o->since_ns : o->rec.at_ns,
		.last_ns = o->rec.at_ns, .ip_proto = obs_transport(o), .learned = d->has_baseline,
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

/* Raises an alert about the act, or adds it to the one that is open. UINT32_MAX: the cap was hit. */
static uint32_t raise(struct detect *d, const struct obs *o, uint8_t watch, const struct party *actor,
		      const struct party *device, alert_sink *sink, void *ctx)
{
	uint32_t at, found = alert_find(d, actor->id, device->id, watch, &at);

	if (found != UINT32_MAX && !is_silent(d, open_at(d, found), o->rec.at_ns)) {
		add_act(d, found, o);
		touch(d, found);
		return found;
	}
	struct open *open = slab_get(&d->alerts);

	if (open == NULL)
		return UINT32_MAX;
	uint32_t number = slab_index(&d->alerts, open);

	fill(d, &open->alert, o, watch_at(watch), actor, device);
	open->actor = actor->id;
	open->device = device->id;
	open->watch = watch;
	d->alert_at.slot[at] = (alert_hash(actor->id, device->id, watch) >> 32) << 32 | (number + 1);
	add_act(d, number, o);
	sink(ctx, &open->alert, ALERT_RAISED);
	return number;
}

/* ---- acts ---- */

/* What a row that is new, was of no interest, or whose alert has ended, is now. */
static void judge(struct detect *d, struct row *r, const struct obs *o, alert_sink *sink, void *ctx)
{
	struct party device = party_of(d, o, &o->device, false);

	r->state = ROW_QUIET;
	r->judged_ns = o->rec.at_ns;
	if (!is_controller(d, o, &device))
		return;
	if (d->has_baseline && learned_elsewhere(d, r)) {
		r->state = ROW_KNOWN;
		return;
	}
	struct party actor = party_of(d, o, &o->actor, true);

	const struct watch *w = watch_at(r->watch);

	if (!d->has_baseline && (!is_stranger(d, &actor, w) || was_at_it(d, o, &actor, w))) {
		r->state = ROW_KNOWN;
		return;
	}
	r->alert = raise(d, o, r->watch, &actor, &device, sink, ctx);
	if (r->alert != UINT32_MAX)
		r->state = ROW_ALERT;
}

static void seen(struct detect *d, struct row *r, const struct obs *o, alert_sink *sink, void *ctx)
{
	switch (r->state) {
	case ROW_ALERT:
		if (is_silent(d, open_at(d, r->alert), o->rec.at_ns)) {
			judge(d, r, o, sink, ctx);
			return;
		}
		add_act(d, r->alert, o);
		touch(d, r->alert);
		return;
	case ROW_QUIET:
		if (o->rec.at_ns - r->judged_ns >= LOOK_AGAIN_S * NS_PER_S)
			judge(d, r, o, sink, ctx);
		return;
	default:
		return;
	}
}

static void act(struct detect *d, const struct obs *o, uint8_t watch, alert_sink *sink, void *ctx)
{
	struct row key = key_of(o->rec.tap, o->rec.proto, &o->actor, &o->device, watch);
	uint64_t hash = row_hash(&key);
	uint32_t at;
	struct row *r = row_find(d, &key, hash, &at);
	bool is_new = r == NULL;

	if (is_new)
		r = row_new(d, &key, hash, at);
	if (r == NULL)			/* the cap: judged every time, and not remembered */
		r = &key;
	r->count += o->times;
	if (o->rec.at_ns > r->last_ns)
		r->last_ns = o->rec.at_ns;
	if (o->rec.at_ns < r->first_ns)
		r->first_ns = o->rec.at_ns;
	if (d->options.learning)	/* whoever it is done to: it may turn out to be a controller */
		r->state = ROW_LEARNED;
	else if (is_new)
		judge(d, r, o, sink, ctx);
	else
		seen(d, r, o, sink, ctx);
}

/* The alert an answer belongs to: that of the act it names; of a verb that folds, whose act may never have
 * come as a record, that of the row. UINT32_MAX: none. */
static uint32_t answered_alert(const struct detect *d, const struct obs *o, uint8_t watch)
{
	const struct recent *recent = &d->recent[hash_mix(o->re) % RECENT];
	uint32_t at;

	if (!verb_folds(o->verb))
		return recent->name == o->re ? recent->alert : UINT32_MAX;
	struct row key = key_of(o->rec.tap, o->rec.proto, &o->actor, &o->device, watch);
	const struct row *r = watch == UNWATCHED ? NULL : row_find(d, &key, row_hash(&key), &at);

	return r != NULL && r->state == ROW_ALERT ? r->alert : UINT32_MAX;
}

static void answer(struct detect *d, const struct obs *o, uint8_t watch)
{
	uint32_t alert = o->re == 0 ? UINT32_MAX : answered_alert(d, o, watch);

	if (alert == UINT32_MAX)
		return;
	count_outcome(open_at(d, alert), o);
	touch(d, alert);
}

/* What was not a device yet, or nobody knew what, when the alert was raised may be known by now. */
static void name_again(struct detect *d, struct alert *a)
{
	struct asset asset;

	if (strcmp(a->device_role, "unknown") != 0 ||
	    !ledger_asset_of(d->options.ledger, a->tap, a->proto, &a->device, a->last_ns, false, &asset))
		return;
	a->device_asset = asset.id;
	ledger_name(a->device_name, sizeof(a->device_name), &asset);
	snprintf(a->device_role, sizeof(a->device_role), "%s", asset.role);
}

/* Says what changed since the last time. */
static void say_changes(struct detect *d, alert_sink *sink, void *ctx)
{
	while (d->dirty != UINT32_MAX) {
		struct open *o = open_at(d, d->dirty);

		d->dirty = o->next_dirty;
		o->dirty = false;
		name_again(d, &o->alert);
		sink(ctx, &o->alert, ALERT_CHANGED);
	}
}

void detect_record(struct detect *d, const struct rec *r, alert_sink *sink, void *ctx)
{
	if (r->type == REC_TICK) {
		int64_t minute = r->at_ns / (60 * NS_PER_S);

		if (minute != d->minute)
			say_changes(d, sink, ctx);
		d->minute = minute;
		return;
	}
	if (r->type != REC_ACT)
		return;
	const struct obs *o = (const struct obs *)(const void *)r;

	if (o->verb >= VERB_COUNT || o->object.class >= CLASS_COUNT)
		return;
	uint8_t watch = ledger_proto_is_names(d->options.ledger, o->rec.proto) ? UNWATCHED :
			d->watch[o->verb][o->object.class];

	if (o->phase == PHASE_ANSWER)
		answer(d, o, watch);
	else if (watch != UNWATCHED && o->phase != PHASE_PUSH)
		act(d, o, watch, sink, ctx);
}

void detect_close(struct detect *d, alert_sink *sink, void *ctx)
{
	say_changes(d, sink, ctx);
}

/* ---- the baseline ---- */

void detect_load_baseline(struct detect *d, const struct baseline_row *row)
{
	uint8_t watch = watch_of(row->word);
	struct row key = key_of(row->tap, row->proto, &row->actor, &row->device, watch);
	uint64_t hash = row_hash(&key);
	uint32_t at;

	d->has_baseline = true;
	if (watch == UNWATCHED || row_find(d, &key, hash, &at) != NULL)
		return;
	struct row *r = row_new(d, &key, hash, at);

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

bool detect_visit_baseline(struct detect *d, bool (*visit)(void *ctx, const struct baseline_row *row),
			   void *ctx)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < d->rows.used; i++)
		if (row_at(d, i)->state == ROW_LEARNED)
			d->order[count++] = i;
	qsort_r(d->order, count, sizeof(d->order[0]), row_order, d);
	for (uint32_t i = 0; i < count; i++) {
		const struct row *r = row_at(d, d->order[i]);
		struct baseline_row b = { .tap = r->tap, .proto = r->proto, .actor = r->actor,
					  .device = r->device, .first_ns = r->first_ns, .last_ns = r->last_ns,
					  .count = r->count };

		snprintf(b.word, sizeof(b.word), "%s", watch_at(r->watch)->word);
		if (!visit(ctx, &b))
			return false;
	}
	return true;
}

void detect_stats(const struct detect *d, struct detect_stats *s)
{
	*s = (struct detect_stats){ .alerts = d->alerts.used, .baseline_refused = d->rows.refused,
				    .alerts_refused = d->alerts.refused };
	for (uint32_t i = 0; i < d->rows.used; i++)
		s->baseline += row_at(d, i)->state == ROW_LEARNED;
}

/* detect/book.c: see book.h. */
#include "detect/book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/hash.h"
#include "detect/around.h"

enum {
	RECENT = 4096,		/* asked acts of alerts whose answers are awaited */
	WAYS = 4,		/* alerts one act may be part of */
	ROLES = 1024,		/* things whose role was said; of two in one place the later is kept */
};

struct open {			/* an alert and what it is one of */
	struct alert alert;
	struct book_key key;
	uint64_t done, refused, unanswered;	/* answers so far, as they came */
	int64_t minute;
	bool dirty;
	uint32_t next_dirty;
};

struct recent { uint64_t name; uint32_t alert; };

struct said_role {
	uint64_t asset;
	char role[32];		/* said in an alert of this run; "": several were, so none is any more */
};

struct book {
	struct book_options options;
	struct arena arena;
	struct slab alerts;
	uint64_t *slot;		/* upper half of the hash << 32 | alert + 1 */
	uint32_t mask;
	struct recent *recent;	/* RECENT sets of WAYS */
	uint32_t dirty;		/* first of the list; NO_ALERT: none */
	uint64_t next_id;
	int64_t minute, began_minute;
	struct exception_row *exceptions;
	uint32_t exception_count;
	struct said_role *roles;	/* ROLES of them, by asset */
};

int book_new(struct book **ret, const struct book_options *o)
{
	struct book *b = calloc(1, sizeof(*b));
	uint32_t alerts = o->limits->alerts, slots = 64;

	if (b == NULL)
		return -ENOMEM;
	while (slots < alerts * 2)
		slots *= 2;
	size_t need = (sizeof(struct open) + 16) * alerts + slots * sizeof(uint64_t) +
		      RECENT * WAYS * sizeof(struct recent) +
		      EXCEPTIONS_MAX * sizeof(struct exception_row) + ROLES * sizeof(struct said_role) + 4096;
	int rc = arena_map(&b->arena, need);

	if (rc == 0)
		rc = slab_init(&b->alerts, &b->arena, sizeof(struct open), alerts);
	b->slot = rc == 0 ? arena_take(&b->arena, slots * sizeof(uint64_t)) : NULL;
	b->recent = rc == 0 ? arena_take(&b->arena, RECENT * WAYS * sizeof(struct recent)) : NULL;
	b->exceptions = rc == 0 ? arena_take(&b->arena, EXCEPTIONS_MAX * sizeof(struct exception_row)) : NULL;
	b->roles = rc == 0 ? arena_take(&b->arena, ROLES * sizeof(struct said_role)) : NULL;
	if (b->slot == NULL || b->recent == NULL || b->exceptions == NULL || b->roles == NULL) {
		book_free(b);
		return rc == 0 ? -ENOMEM : rc;
	}
	b->options = *o;
	b->mask = slots - 1;
	b->dirty = NO_ALERT;
	b->next_id = o->first_id == 0 ? 1 : o->first_id;
	b->began_minute = INT64_MIN;
	*ret = b;
	return 0;
}

void book_free(struct book *b)
{
	if (b == NULL)
		return;
	arena_unmap(&b->arena);
	free(b);
}

static struct open *open_at(const struct book *b, uint32_t i) { return slab_at(&b->alerts, i); }
const struct alert *book_alert(const struct book *b, uint32_t i) { return &open_at(b, i)->alert; }
int64_t book_minute(const struct book *b, uint32_t i) { return open_at(b, i)->minute; }
uint32_t book_used(const struct book *b) { return b->alerts.used; }
uint64_t book_refused(const struct book *b) { return b->alerts.refused; }

void book_clock(struct book *b, int64_t minute)
{
	if (b->began_minute == INT64_MIN)
		b->began_minute = minute;
	b->minute = minute;
}

/* ---- finding and opening ---- */

static uint64_t key_hash(const struct book_key *k)
{
	return hash_join(hash_join(hash_join(k->actor, k->device), k->rule), k->more);
}

static uint32_t find_at(const struct book *b, const struct book_key *key, uint32_t *at)
{
	uint64_t hash = key_hash(key);
	uint32_t found = NO_ALERT;

	for (*at = (uint32_t)hash & b->mask;; *at = (*at + 1) & b->mask) {
		uint64_t slot = b->slot[*at];

		if (slot == 0)
			return found;
		if (slot >> 32 == hash >> 32 &&
		    memcmp(&open_at(b, (uint32_t)slot - 1)->key, key, sizeof(*key)) == 0)
			found = (uint32_t)slot - 1;
	}
}

uint32_t book_find(const struct book *b, const struct book_key *key)
{
	uint32_t at;

	return find_at(b, key, &at);
}

uint32_t book_open(struct book *b, const struct book_key *key, const struct alert *a)
{
	struct open *o = slab_get(&b->alerts);
	uint32_t at;

	if (o == NULL)
		return NO_ALERT;
	uint32_t number = slab_index(&b->alerts, o);

	find_at(b, key, &at);
	b->slot[at] = (key_hash(key) >> 32) << 32 | (number + 1);
	o->alert = *a;
	o->alert.id = b->next_id++;
	o->key = *key;
	o->minute = b->minute;
	return number;
}

void book_raised(struct book *b, uint32_t alert, alert_sink *sink, void *ctx)
{
	sink(ctx, &open_at(b, alert)->alert, ALERT_RAISED);
}

void book_touch(struct book *b, uint32_t alert)
{
	struct open *o = open_at(b, alert);

	if (o->dirty)
		return;
	o->dirty = true;
	o->next_dirty = b->dirty;
	b->dirty = alert;
}

/* ---- adding ---- */

static void share_out(struct open *o)
{
	struct alert *a = &o->alert;

	a->refused = min_size(o->refused, a->count);
	a->unanswered = min_size(o->unanswered, a->count - a->refused);
	a->done = min_size(o->done, a->count - a->refused - a->unanswered);
}

/* A file on its own flow is answered twice, by the command's answer and by the file itself: an act has one
 * outcome. Of a verb that folds, the count of the answers may come before the count of what was asked: all is
 * added up, and only what is told is held to the number of acts. */
void book_outcome(struct book *b, uint32_t alert, const struct obs *o)
{
	struct open *open = open_at(b, alert);
	uint64_t *told[OUT_COUNT] = { [OUT_DONE] = &open->done, [OUT_PARTLY] = &open->done,
				      [OUT_REFUSED] = &open->refused, [OUT_UNANSWERED] = &open->unanswered };

	if (told[o->outcome] != NULL &&
	    (verb_folds(o->verb) ||
	     open->done + open->refused + open->unanswered + o->times <= open->alert.count))
		*told[o->outcome] += o->times;
	share_out(open);
}

void book_await(struct book *b, uint32_t alert, uint64_t name)
{
	struct recent *set = &b->recent[hash_mix(name) % RECENT * WAYS];

	if (set[0].name != name)	/* of an older act */
		memset(set, 0, WAYS * sizeof(*set));
	for (unsigned way = 0; way < WAYS; way++)
		if (set[way].name == 0 || set[way].alert == alert) {
			set[way] = (struct recent){ name, alert };
			return;
		}
}

/* Of a verb that folds only the first frame: which of the later ones come as records of their own is
 * chance. */
void book_add(struct book *b, uint32_t alert, const struct obs *o)
{
	struct open *open = open_at(b, alert);
	struct alert *a = &open->alert;

	a->count += o->times;
	if (o->rec.at_ns > a->last_ns)
		a->last_ns = o->rec.at_ns;
	if (a->frame_count < (verb_folds(o->verb) ? 1 : ALERT_FRAMES) &&
	    (a->frame_count == 0 || a->frames[a->frame_count - 1] < o->rec.frame))
		a->frames[a->frame_count++] = o->rec.frame;
	open->minute = b->minute;
	book_outcome(b, alert, o);
	if (o->phase == PHASE_ASK && !verb_folds(o->verb))
		book_await(b, alert, rec_name_of(&o->rec));
}

void book_sum(struct book *b, uint32_t alert, const struct book_sum *s)
{
	struct open *open = open_at(b, alert);
	struct alert *a = &open->alert;

	a->count += s->acts;
	open->done += s->done;
	open->refused += s->refused;
	open->unanswered += s->unanswered;
	if (s->last_ns > a->last_ns)
		a->last_ns = s->last_ns;
	for (unsigned i = 0; i < s->frame_count && a->frame_count < ALERT_FRAMES; i++)
		if (a->frame_count == 0 || a->frames[a->frame_count - 1] < s->frames[i])
			a->frames[a->frame_count++] = s->frames[i];
	open->minute = b->minute;
	share_out(open);
	book_touch(b, alert);
}

/* Of a verb that folds not every act comes as a record of its own that could be found again. */
void book_answer(struct book *b, const struct obs *o)
{
	const struct recent *set = &b->recent[hash_mix(o->re) % RECENT * WAYS];

	for (unsigned way = 0; o->re != 0 && !verb_folds(o->verb) && way < WAYS; way++) {
		if (set[way].name != o->re)
			continue;
		book_outcome(b, set[way].alert, o);
		book_touch(b, set[way].alert);
	}
}

/* ---- saying ---- */

/* A thing that is a controller in one alert and a server in the next leaves a person wondering which of them
 * is meant: once its role has changed, only its name is said. */
static void settle(struct book *b, uint64_t asset, char role[32])
{
	struct said_role *r = &b->roles[hash_mix(asset) % ROLES];

	if (asset == 0 || strcmp(role, "unknown") == 0)
		return;
	if (r->asset != asset) {
		*r = (struct said_role){ .asset = asset };
		snprintf(r->role, sizeof(r->role), "%s", role);
	}
	if (strcmp(r->role, role) != 0)
		r->role[0] = role[0] = '\0';
}

void name_party(struct book *b, char name[ALERT_TEXT], char role[32], const struct party *p,
		const struct side *s)
{
	if (p->known)
		ledger_name(name, ALERT_TEXT, &p->asset);
	else
		ledger_call_side(name, ALERT_TEXT, s);
	/* In an alert a guess would sound like an excuse, or a charge. */
	snprintf(role, 32, "%s", p->known && p->asset.role_trust != TRUST_GUESS ? p->asset.role : "unknown");
	if (p->known)
		settle(b, p->id, role);
}

/* What was not a device yet, or nobody knew what, when the alert was raised may be known by now. */
static void name_again(struct book *b, struct alert *a)
{
	struct party device = { .known = true };

	settle(b, a->actor_asset, a->actor_role);
	if (strcmp(a->device_role, "unknown") != 0) {
		settle(b, a->device_asset, a->device_role);
		return;
	}
	if (!ledger_asset_of(b->options.ledger, a->tap, a->proto, &a->device, a->last_ns, false,
			     &device.asset))
		return;
	a->device_asset = device.id = device.asset.id;
	name_party(b, a->device_name, a->device_role, &device, &a->device);
}

void book_say(struct book *b, alert_sink *sink, void *ctx)
{
	while (b->dirty != NO_ALERT) {
		struct open *o = open_at(b, b->dirty);

		b->dirty = o->next_dirty;
		o->dirty = false;
		name_again(b, &o->alert);
		sink(ctx, &o->alert, ALERT_CHANGED);
	}
}

/* ---- exceptions ---- */

bool book_except(struct book *b, const struct exception_row *row)
{
	if (b->exception_count == EXCEPTIONS_MAX)
		return false;
	b->exceptions[b->exception_count++] = *row;
	return true;
}

const struct exception_row *book_exception_at(const struct book *b, uint32_t i)
{
	return i < b->exception_count ? &b->exceptions[i] : NULL;
}

static bool same_end(uint64_t asset, const struct side *side, uint64_t other_asset, const struct side *other)
{
	if (asset != 0 && asset == other_asset)
		return true;
	if (side->station != other->station)
		return false;
	return ip_is_zero(side->ip) ? memcmp(side->mac, other->mac, sizeof(side->mac)) == 0 :
				      memcmp(side->ip, other->ip, sizeof(side->ip)) == 0;
}

bool book_holds(const struct book *b, int exception, bool folds)
{
	int64_t until_ns = b->exceptions[exception].until_ns, minute = folds ? b->began_minute : b->minute;

	return until_ns == 0 || minute == INT64_MIN || minute < until_ns / (60 * NS_PER_S);
}

int book_excepted(const struct book *b, const struct alert *a, bool folds)
{
	for (uint32_t i = 0; i < b->exception_count; i++) {
		const struct exception_row *e = &b->exceptions[i];

		if (strcmp(e->rule, a->rule) == 0 && strcmp(e->action, a->action) == 0 && e->tap == a->tap &&
		    same_end(e->actor_asset, &e->actor, a->actor_asset, &a->actor) &&
		    same_end(e->device_asset, &e->device, a->device_asset, &a->device) &&
		    (e->object[0] == '\0' || strcmp(e->object, a->object) == 0) &&
		    book_holds(b, (int)i, folds))
			return (int)i;
	}
	return -1;
}

void book_hit(struct book *b, int exception, const struct obs *o)
{
	struct exception_row *e = &b->exceptions[exception];

	e->hits += o->times;
	if (o->rec.at_ns > e->last_ns)
		e->last_ns = o->rec.at_ns;
}

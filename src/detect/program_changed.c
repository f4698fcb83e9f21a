/* detect/program_changed.c: detector "program-changed": another content under the name of a program that is
 * known, from somebody who is not the one that writes it, or when no work is planned.
 *
 * Contents are compared as what the control makes of them (model/proto.h: canonical text), so that line
 * ends and blanks are no change. What was written in earlier runs stands in the ledger. Reading a program
 * tells what it holds only as long as nothing is known: which of later readings come as a record depends on
 * folding. */
#include <string.h>

#include "core/buf.h"
#include "core/hash.h"
#include "detect/detector.h"
#include "detect/rule.h"

static const struct number numbers[] = { { NULL, 0, 0, 0 } };

enum { WRITERS = 4 };

struct program {
	uint64_t content;		/* hash of its SHA-256; 0: none known */
	uint64_t writers[WRITERS];	/* whose writing was nothing unusual */
	int64_t at_ns;			/* of the content */
};

static uint32_t cap(const struct limits *l) { return l->objects; }

static uint64_t content_of(const uint8_t sha256[PROGRAM_SHA])
{
	return hash_bytes(sha256, PROGRAM_SHA, 0) | 1;
}

static uint64_t key_of(uint64_t device, struct bytes name)
{
	char key[PROGRAM_KEY];
	size_t n = program_key(key, name);

	return n == 0 ? 0 : hash_bytes(key, n, device);
}

static bool has_written(const struct program *p, uint64_t actor)
{
	for (unsigned i = 0; i < WRITERS; i++)
		if (p->writers[i] == actor)
			return true;
	return false;
}

static void note_writer(struct program *p, uint64_t actor)
{
	for (unsigned i = 0; i < WRITERS && !has_written(p, actor); i++)
		if (p->writers[i] == 0)
			p->writers[i] = actor;
}

/* ---- what earlier runs left in the ledger ---- */

struct seeding { struct detector *d; struct pieces ends; int64_t now_ns; };

static bool seed_end(void *ctx, const struct end_row *r)
{
	struct seeding *g = ctx;
	struct side s = { .station = 0 };

	memcpy(s.ip, r->ip, sizeof(s.ip));
	memcpy(s.mac, r->mac, sizeof(s.mac));
	*(uint64_t *)pieces_get(&g->ends, r->id, 0) = end_key(r->tap, &s);
	return true;
}

static bool hex_read(uint8_t out[PROGRAM_SHA], const char *hex)
{
	for (unsigned i = 0; i < 2 * PROGRAM_SHA; i++) {
		unsigned digit = hex[i] >= '0' && hex[i] <= '9' ? (unsigned)hex[i] - '0' :
				 hex[i] >= 'a' && hex[i] <= 'f' ? (unsigned)hex[i] - 'a' + 10 : 16;

		if (digit > 15)
			return false;
		out[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : out[i / 2] | digit);
	}
	return true;
}

/* Names in the ledger are escaped: a backslash between folders is "\x5c". */
static uint64_t row_key(uint64_t device, const char *name)
{
	const char *last = name;

	for (const char *p = strstr(name, "\\x5c"); p != NULL; p = strstr(p + 4, "\\x5c"))
		last = p + 4;
	return key_of(device, (struct bytes){ (const uint8_t *)last, strlen(last) });
}

static bool seed_program(void *ctx, const struct program_row *r)
{
	struct seeding *g = ctx;
	const uint64_t *device = pieces_find(&g->ends, r->device, 0);
	const uint64_t *actor = pieces_find(&g->ends, r->actor, 0);
	uint8_t sha256[PROGRAM_SHA];
	uint64_t key = device == NULL ? 0 : row_key(*device, r->name);

	if (key == 0 || actor == NULL || r->first_ns >= g->now_ns || !hex_read(sha256, r->sha256))
		return true;
	struct program *p = pieces_get(&g->d->pieces, key, r->last_ns);

	if (r->verb == VERB_WRITE)
		note_writer(p, *actor);
	if (p->content == 0 || r->last_ns > p->at_ns) {
		p->content = content_of(sha256);
		p->at_ns = r->last_ns;
	}
	return true;
}

static void seed(struct detector *d, int64_t now_ns)
{
	static const struct ledger_visitor ends = { .end = seed_end }, programs = { .program = seed_program };
	struct seeding g = { .d = d, .now_ns = now_ns };
	struct ledger_stats stats;

	d->begun = true;
	ledger_stats(d->ledger, &stats);
	if (pieces_new(&g.ends, sizeof(uint64_t), 4 * stats.ends.used + PIECE_WAYS) != 0)
		return;
	ledger_visit(d->ledger, &ends, &g);
	ledger_visit(d->ledger, &programs, &g);
	pieces_free(&g.ends);
}

/* ---- acts ---- */

static bool is(const struct subject *s, uint8_t field, bool want)
{
	const struct field_ref f = { .id = field };
	struct val v;

	return field_get(s, &f, 0, &v) && (v.number != 0) == want;
}

static bool is_usual(const struct program *p, const struct subject *s, uint64_t actor)
{
	if (is(s, RF_ALLOWED, true))
		return true;
	if (is(s, RF_WINDOW, false))
		return false;
	return has_written(p, actor) || is(s, RF_NEW_WORD, false);
}

static void act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;
	struct transfer_own t;
	char name[ALERT_TEXT];
	struct buf b = buf_over(name, sizeof(name));
	struct finding f = { .object = name };

	if (!transfer_of(o, &t) || !t.complete || t.missing != 0 ||
	    (t.program_sha256.n != PROGRAM_SHA && o->object.class != CLASS_PROGRAM &&
	     o->object.class != CLASS_FIRMWARE))
		return;
	struct bytes called = rec_bytes(&o->rec, t.name.n > 0 ? t.name : o->object.name);
	uint64_t key = key_of(end_key(o->rec.tap, &o->device), called);
	uint64_t actor = end_key(o->rec.tap, &o->actor);
	bool canonical = t.program_sha256.n == PROGRAM_SHA;
	uint64_t content = content_of(canonical ? rec_bytes(&o->rec, t.program_sha256).p : t.sha256);

	if (!d->begun)
		seed(d, o->rec.at_ns);
	struct program *p = key == 0 ? NULL : pieces_get(&d->pieces, key, o->rec.at_ns);

	if (p == NULL || (o->verb != VERB_WRITE && p->content != 0))
		return;
	bool changed = p->content != 0 && p->content != content, usual = is_usual(p, s, actor);

	p->content = content;
	if (o->verb == VERB_WRITE && (!changed || usual))
		note_writer(p, actor);
	if (!changed || usual)
		return;
	buf_escaped(&b, called);
	d->raise(d->ctx, d->rule, o, &f);
}

const struct detector_kind detector_program_changed = { .name = "program-changed", .numbers = numbers,
	.piece = sizeof(struct program), .cap = cap, .act = act };

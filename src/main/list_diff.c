/* main/list_diff.c: `koban ledger --diff`: what the recording read last changed in the ledger.
 *
 * Everything in the ledger knows when it was first and last seen, so the difference follows from when the
 * last recording begins and ends. A device not heard in it is "not heard this time", which does not mean that
 * it is gone. */
#include <stdlib.h>

#include "asset/asset.h"
#include "main/listing.h"
#include "main/say.h"

static const struct sheet_column diff_columns[] = {
	{ "change", 0, false }, { "device", 0, false }, { "device_ip", COLUMN_WIDE, false },
	{ "what", 0, false },
	{ "before", 0, false }, { "now", 0, false }, { "since", 0, false }, { NULL, 0, false } };

struct diff {
	struct listing *l;
	struct run_row last;
	uint64_t runs;
	struct rows programs;
};

static bool keep_last(void *ctx, const void *row)
{
	struct diff *d = ctx;
	const struct run_row *r = row;

	d->runs++;
	if (r->id > d->last.id)
		d->last = *r;
	return true;
}

/* Recordings may be read in any order: what was seen first after the last one is not its news. */
static bool is_new(const struct diff *d, int64_t first_ns)
{
	return first_ns >= d->last.first_ns && first_ns <= d->last.last_ns;
}

static void say_change(const struct diff *d, const struct asset *a, const char *change, const char *what,
		       const char *before, const char *now, int64_t since_ns)
{
	struct listing *l = d->l;
	char room[NAME_ROOM], key[64];
	bool table = listing_format(l) == SHEET_TABLE;

	snprintf(key, sizeof(key), "sheet.diff-%s", change);
	sheet_cell(&l->sheet, table ? text(l->lang, key) : change);
	ledger_call(room, sizeof(room), l->lang, a);
	sheet_cell(&l->sheet, room);
	ip_text(room, a->ip);
	sheet_cell(&l->sheet, ip_is_zero(a->ip) ? "" : room);
	sheet_cell(&l->sheet, what);
	sheet_cell(&l->sheet, before);
	sheet_cell(&l->sheet, now);
	sheet_time(&l->sheet, since_ns);
}

/* What it was before: the value of this kind said last among those said before. */
static const struct fact_row *fact_before(const struct diff *d, const uint8_t *p, const uint8_t *end,
					  const struct fact_row *now)
{
	const struct fact_row *best = NULL;

	for (; p < end; p += d->l->facts.each) {
		const struct fact_row *f = (const struct fact_row *)(const void *)p;

		if (f->kind == now->kind && f->sub == now->sub && f->source == now->source &&
		    !is_new(d, f->first_ns) && strcmp(f->text, now->text) != 0 &&
		    (best == NULL || f->last_ns > best->last_ns))
			best = f;
	}
	return best;
}

static void facts_changed(const struct diff *d, const struct asset *a)
{
	static const struct { uint16_t kind; const char *column; } shown[] = {
		{ FACT_NAME, "name" }, { FACT_MODEL, "model" }, { FACT_FIRMWARE, "firmware" },
		{ FACT_HARDWARE, "hardware" }, { FACT_SERIAL, "serial" }, { FACT_OS, "os" },
		{ FACT_PLACE, "place" },
	};
	const uint8_t *end;
	const uint8_t *first = listing_rows(&d->l->facts, a->id, offsetof(struct fact_row, asset), &end);
	char key[64];

	for (const uint8_t *p = first; p < end; p += d->l->facts.each) {
		const struct fact_row *f = (const struct fact_row *)(const void *)p;

		for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
			if (f->kind != shown[i].kind || !f->best || !is_new(d, f->first_ns))
				continue;
			const struct fact_row *old = fact_before(d, first, end, f);

			snprintf(key, sizeof(key), "sheet.%s", shown[i].column);
			say_change(d, a, old == NULL ? "learned" : "changed",
				   listing_format(d->l) == SHEET_TABLE ? text(d->l->lang, key) :
									 shown[i].column,
				   old == NULL ? "" : old->text, f->text, f->first_ns);
		}
	}
}

static void addresses_new(const struct diff *d, const struct asset *a)
{
	const uint8_t *end;
	char room[IP_TEXT];

	for (const uint8_t *p = listing_rows(&d->l->addresses, a->id, offsetof(struct end_row, asset), &end);
	     p < end; p += d->l->addresses.each) {
		const struct end_row *e = (const struct end_row *)(const void *)p;

		if (ip_is_zero(e->ip) || e->first_ns > e->last_ns || !is_new(d, e->first_ns) ||
		    e->station != 0)
			continue;
		ip_text(room, e->ip);
		say_change(d, a, "address", text(d->l->lang, "sheet.ip"), "", room, e->first_ns);
	}
}

static void services_new(const struct diff *d, const struct asset *a)
{
	const uint8_t *end;
	char room[128], port[32];

	for (const uint8_t *p =
		     listing_rows(&d->l->services, a->id, offsetof(struct service_row, asset), &end);
	     p < end; p += d->l->services.each) {
		const struct service_row *s = (const struct service_row *)(const void *)p;

		if (!is_new(d, s->first_ns) || (s->proto == 0 && !s->served))
			continue;
		snprintf(port, sizeof(port), "%u", s->port);
		say_change(d, a, s->served ? "serves" : "asks",
			   s->proto != 0 ? listing_proto(d->l, s->proto, room, sizeof(room)) :
					   text(d->l->lang, "sheet.port"),
			   "", s->served && s->port != 0 ? port : "", s->first_ns);
	}
}

static void programs_new(const struct diff *d, const struct asset *a)
{
	for (size_t i = 0; i < d->programs.n; i++) {
		const struct program_row *r =
			(const struct program_row *)(const void *)(d->programs.p + i * d->programs.each);
		const char *before = "";

		if (r->device_asset != a->id || r->verb != VERB_WRITE || !is_new(d, r->first_ns))
			continue;
		for (size_t k = 0; k < d->programs.n; k++) {
			const struct program_row *o =
				(const struct program_row *)(const void *)(d->programs.p +
									   k * d->programs.each);

			if (o->device_asset == a->id && !is_new(d, o->first_ns) &&
			    strcmp(o->name, r->name) == 0 && strcmp(o->sha256, r->sha256) != 0)
				before = o->sha256;
		}
		say_change(d, a, "program", r->name, before, r->sha256, r->first_ns);
	}
}

static void compare(const struct diff *d)
{
	for (size_t i = 0; i < d->l->assets.n; i++) {
		const struct asset *a =
			(const struct asset *)(const void *)(d->l->assets.p + i * d->l->assets.each);

		if (is_new(d, a->first_ns)) {
			char key[64];

			snprintf(key, sizeof(key), "roles.%s", a->role);
			say_change(d, a, "new", "", "",
				   listing_format(d->l) == SHEET_TABLE ? text(d->l->lang, key) : a->role,
				   a->first_ns);
			programs_new(d, a);
			continue;
		}
		if (a->last_ns < d->last.first_ns)
			say_change(d, a, "unheard", "", "", "", a->last_ns);
		facts_changed(d, a);
		addresses_new(d, a);
		services_new(d, a);
		programs_new(d, a);
	}
}

int ledger_diff(struct listing *l)
{
	struct diff d = { .l = l };
	int rc = store_each(l->store, STORE_RUN, keep_last, &d);

	if (rc == 0)
		rc = listing_load_details(l);
	if (rc == 0)
		rc = listing_load(l->store, &d.programs, STORE_PROGRAM, sizeof(struct program_row),
				  offsetof(struct program_row, device));
	if (rc != 0) {
		say_failed(l->lang, "store.cannot", l->cli->values[OPT_DB], rc);
		free(d.programs.p);
		return EXIT_FAILED;
	}
	sheet_init(&l->sheet, diff_columns, listing_format(l));
	if (d.runs > 1)
		compare(&d);
	bool ok = sheet_print(&l->sheet, l->lang,
			      d.runs > 1 ? "sheet.no-changes" : "sheet.no-earlier");

	free(d.programs.p);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

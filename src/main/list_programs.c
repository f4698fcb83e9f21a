/* main/list_programs.c: `koban programs`: which program each machine has as far as the wire tells, since
 * when, from whom.
 *
 * A program is on a machine when it was written to it, or read by it or from it. The content moved last is
 * the one shown; how many others were seen under the same name says how often it was changed. */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "main/listing.h"
#include "main/say.h"

static const struct sheet_column program_columns[] = {
	{ "device", 0, false }, { "device_ip", COLUMN_WIDE, false }, { "program", 0, false },
	{ "says", 0, false },
	{ "running", 0, false }, { "contents", COLUMN_RIGHT, true }, { "sha256", 0, false },
	{ "canonical", COLUMN_WIDE, false }, { "previous", COLUMN_WIDE, false },
	{ "size", COLUMN_RIGHT, true },
	{ "written", 0, false }, { "writer", 0, false }, { "read", 0, false }, { "reader", 0, false },
	{ "proto", COLUMN_WIDE, false }, { "first", COLUMN_WIDE, false }, { NULL, 0, false } };

struct seen {			/* one row, from the machine's side */
	const struct program_row *row;
	uint64_t end, asset;	/* the machine */
	uint64_t other_end, other_asset;
	bool into;		/* to the machine, not from it */
};

/* Machines that programs are for, whoever opened the connection. */
static bool runs_programs(const struct listing *l, uint64_t asset)
{
	static const char *const roles[] = { "cnc", "robot", "plc" };
	const struct asset *a = listing_asset(l, asset);

	for (size_t i = 0; a != NULL && i < ARRAY_LEN(roles); i++)
		if (strcmp(a->role, roles[i]) == 0)
			return true;
	return false;
}

static struct seen seen_of(const struct listing *l, const struct program_row *r)
{
	bool is_actor = runs_programs(l, r->actor_asset) && !runs_programs(l, r->device_asset);

	return (struct seen){
		.row = r, .into = is_actor ? r->verb == VERB_READ : r->verb != VERB_READ,
		.end = is_actor ? r->actor : r->device, .asset = is_actor ? r->actor_asset : r->device_asset,
		.other_end = is_actor ? r->device : r->actor,
		.other_asset = is_actor ? r->device_asset : r->actor_asset,
	};
}

static int by_machine(const struct seen *x, const struct seen *y)
{
	if (x->asset != y->asset)
		return x->asset < y->asset ? -1 : 1;
	if (x->asset == 0 && x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return strcmp(x->row->name, y->row->name);
}

static int by_machine_and_time(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int order = by_machine(x, y);

	if (order == 0)
		order = (x->row->last_ns > y->row->last_ns) - (x->row->last_ns < y->row->last_ns);
	if (order == 0)
		order = strcmp(x->row->sha256, y->row->sha256);
	return order != 0 ? order : (int)x->into - (int)y->into;
}

/* The file's name without its folders. */
static const char *last_part(const char *name)
{
	const char *last = name;

	for (const char *p = name; *p != '\0'; p++)
		if (*p == '/' || *p == '\\' || *p == ':')
			last = p + 1;
	return last;
}

static bool is_called(const struct seen *s, const char *name)
{
	return strcasecmp(last_part(name), last_part(s->row->name)) == 0 ||
	       (s->row->says[0] != '\0' && strcasecmp(last_part(name), s->row->says) == 0);
}

/* What the machine said last that it runs, by the protocol that said it last: of several paths several. */
static bool is_running(const struct listing *l, const struct seen *s)
{
	const struct fact_row *best = NULL;
	const uint8_t *end, *first = s->asset == 0 ? NULL :
		listing_rows(&l->facts, s->asset, offsetof(struct fact_row, asset), &end);

	for (const uint8_t *p = first; first != NULL && p < end; p += l->facts.each) {
		const struct fact_row *f = (const struct fact_row *)(const void *)p;

		if (f->kind == FACT_RUNNING && (best == NULL || f->last_ns > best->last_ns))
			best = f;
	}
	for (const uint8_t *p = first; best != NULL && p < end; p += l->facts.each) {
		const struct fact_row *f = (const struct fact_row *)(const void *)p;

		if (f->kind == FACT_RUNNING && f->proto == best->proto && is_called(s, f->text))
			return true;
	}
	return false;
}

/* The latest move of this content in one direction. */
static const struct seen *latest(const struct seen *group, size_t n, const char *sha256, bool into)
{
	for (size_t i = n; i > 0; i--)
		if (group[i - 1].into == into && strcmp(group[i - 1].row->sha256, sha256) == 0)
			return &group[i - 1];
	return NULL;
}

static void moved_cells(struct listing *l, const struct seen *s)
{
	char room[NAME_ROOM] = "";

	sheet_time(&l->sheet, s == NULL ? 0 : s->row->last_ns);
	if (s != NULL)
		listing_end_name(l, room, sizeof(room), s->other_end, s->other_asset);
	sheet_cell(&l->sheet, room);
}

static bool before_in(const struct seen *group, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(group[k].row->sha256, group[i].row->sha256) == 0)
			return true;
	return false;
}

/* All moves of one name of one machine, in order of time. */
static void program_row(struct listing *l, const struct seen *group, size_t n)
{
	enum { SHORT_HASH = 12 };		/* hexadecimal digits that tell contents apart on a screen */
	const struct seen *now = &group[n - 1];
	const char *previous = "";
	char room[NAME_ROOM];
	uint64_t contents = 0;
	int64_t first_ns = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		contents += !before_in(group, i);
		if (group[i].row->first_ns < first_ns)
			first_ns = group[i].row->first_ns;
		if (strcmp(group[i].row->sha256, now->row->sha256) != 0)
			previous = group[i].row->sha256;
	}
	listing_end_name(l, room, sizeof(room), now->end, now->asset);
	sheet_cell(&l->sheet, room);
	listing_end_address(l, room, now->end);
	sheet_cell(&l->sheet, room);
	sheet_cell(&l->sheet, now->row->name);
	sheet_cell(&l->sheet, now->row->says);
	bool runs = is_running(l, now);

	const char *yes = listing_format(l) == SHEET_TABLE ? text(l->lang, "sheet.yes") : "yes";

	sheet_cell(&l->sheet, runs ? yes : "");
	sheet_number(&l->sheet, contents);
	snprintf(room, sizeof(room), "%.*s", listing_format(l) == SHEET_TABLE ? SHORT_HASH : 2 * PROGRAM_SHA,
		 now->row->sha256);
	sheet_cell(&l->sheet, room);
	sheet_cell(&l->sheet, now->row->canonical ? "yes" : "");
	sheet_cell(&l->sheet, previous);
	sheet_number(&l->sheet, now->row->size);
	moved_cells(l, latest(group, n, now->row->sha256, true));
	moved_cells(l, latest(group, n, now->row->sha256, false));
	sheet_cell(&l->sheet, listing_proto(l, now->row->proto, room, sizeof(room)));
	sheet_time(&l->sheet, first_ns);
}

static bool programs_sheet(struct listing *l, const struct rows *programs)
{
	struct seen *all = calloc(programs->n + 1, sizeof(*all));

	if (all == NULL)
		return false;
	for (size_t i = 0; i < programs->n; i++) {
		const void *row = programs->p + i * programs->each;

		all[i] = seen_of(l, row);
	}
	qsort(all, programs->n, sizeof(*all), by_machine_and_time);
	for (size_t i = 0, begin = 0; i < programs->n; i++)
		if (i + 1 == programs->n || by_machine(&all[i], &all[i + 1]) != 0) {
			program_row(l, all + begin, i + 1 - begin);
			begin = i + 1;
		}
	free(all);
	return true;
}

int cmd_programs(const struct cli *c)
{
	struct rows programs = { 0 };
	struct listing l;
	int code = listing_open(&l, c, "programs");

	if (code != EXIT_DONE) {
		listing_close(&l);
		return code;
	}
	int rc = listing_load(l.store, &l.facts, STORE_FACT, sizeof(struct fact_row),
			      offsetof(struct fact_row, asset));

	if (rc == 0)
		rc = listing_load(l.store, &programs, STORE_PROGRAM, sizeof(struct program_row),
				  offsetof(struct program_row, device));
	sheet_init(&l.sheet, program_columns, listing_format(&l));
	if (rc == 0 && !programs_sheet(&l, &programs))
		rc = -ENOMEM;
	if (rc != 0) {
		say_failed(l.lang, "store.cannot", c->values[OPT_DB], rc);
		code = EXIT_FAILED;
	} else if (!sheet_print(&l.sheet, l.lang, "sheet.no-programs")) {
		code = EXIT_FAILED;
	}
	free(programs.p);
	listing_close(&l);
	return code;
}

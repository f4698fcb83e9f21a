/* main/except.c: `koban except`: alerts that a person says are all right. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "asset/asset.h"
#include "main/listing.h"
#include "main/say.h"

struct finding { uint64_t id; bool found; struct exception_row row; };

static int complain(const struct cli *c, const char *key, const char *what)
{
	char name[256];
	struct bytes said = { (const uint8_t *)what, strlen(what) };
	const struct text_arg args[] = { { "what", printable(name, sizeof(name), said) }, { NULL, NULL } };

	say(c->lang, key, args);
	return EXIT_USAGE;
}

static bool number_of(const char *s, uint64_t *ret)
{
	char *end;

	*ret = strtoull(s, &end, 10);
	return s[0] >= '0' && s[0] <= '9' && *end == '\0' && strlen(s) < 19;
}

/* "2026-12-31": the end of that day here. */
static bool day_of(const char *s, int64_t *ret_ns)
{
	struct tm tm = { .tm_isdst = -1 };
	char more;

	if (sscanf(s, "%4d-%2d-%2d%c", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &more) != 3 ||
	    tm.tm_year < 1971 || tm.tm_year > 2100 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	struct tm noon = tm;

	noon.tm_hour = 12;
	if (mktime(&noon) == -1 || noon.tm_mday != tm.tm_mday)
		return false;	/* 31 April: a day that does not exist becomes another */
	tm.tm_mday += 1;
	*ret_ns = (int64_t)mktime(&tm) * NS_PER_S;
	return true;
}

/* The alert as an exception. */
static bool from_alert(void *ctx, const void *row)
{
	struct finding *f = ctx;
	const struct alert *a = row;
	struct exception_row *e = &f->row;

	if (a->id != f->id)
		return true;
	f->found = true;
	snprintf(e->rule, sizeof(e->rule), "%s", a->rule);
	snprintf(e->action, sizeof(e->action), "%s", a->action);
	memcpy(e->object, a->object, sizeof(e->object));
	e->tap = a->tap;
	e->proto = a->proto;
	e->actor = a->actor;
	e->device = a->device;
	e->actor.port = e->device.port = 0;
	e->actor_asset = a->actor_asset;
	e->device_asset = a->device_asset;
	return false;
}

static int open_for_change(const struct cli *c, struct store **ret)
{
	const char *why;
	char key[64];
	int rc = store_open(ret, c->values[OPT_DB], STORE_WRITE, &why);

	if (rc == 0)
		return EXIT_DONE;
	snprintf(key, sizeof(key), "store.%s", why);
	say_failed(c->lang, key, c->values[OPT_DB], rc);
	return EXIT_FAILED;
}

static int finish(const struct cli *c, struct store *s, int rc, const char *key, uint64_t id)
{
	char number[NUMBER_TEXT];
	const struct text_arg args[] = { { "what", number }, { NULL, NULL } };

	snprintf(number, sizeof(number), "%llu", (unsigned long long)id);
	if (rc == 0)
		rc = store_commit(s);
	store_close(s);
	if (rc != 0) {
		say_failed(c->lang, "store.failed", c->values[OPT_DB], rc);
		return EXIT_FAILED;
	}
	print_text(stdout, c->lang, key, args);
	putchar('\n');
	return EXIT_DONE;
}

static int add(const struct cli *c)
{
	struct finding f = { 0 };
	struct store *s = NULL;
	struct timespec now;

	if (c->file_count != 1 || !number_of(c->files[0], &f.id))
		return complain(c, "except-cmd.which-alert", c->file_count == 0 ? "" : c->files[0]);
	if (c->values[OPT_REASON] == NULL || c->values[OPT_REASON][0] == '\0' || c->values[OPT_BY] == NULL ||
	    c->values[OPT_BY][0] == '\0')
		return complain(c, "except-cmd.reason-needed", "");
	if (c->values[OPT_UNTIL] != NULL && !day_of(c->values[OPT_UNTIL], &f.row.until_ns))
		return complain(c, "except-cmd.bad-day", c->values[OPT_UNTIL]);
	int code = open_for_change(c, &s);

	if (code != EXIT_DONE)
		return code;
	int rc = store_each(s, STORE_ALERT, from_alert, &f);

	if (rc == 0 && !f.found) {
		store_close(s);
		return complain(c, "except-cmd.no-alert", c->files[0]);
	}
	clock_gettime(CLOCK_REALTIME, &now);
	f.row.id = store_max_id(s, STORE_EXCEPTION) + 1;
	f.row.made_ns = (int64_t)now.tv_sec * NS_PER_S;
	if (c->values[OPT_OBJECT] == NULL)
		f.row.object[0] = '\0';
	snprintf(f.row.reason, sizeof(f.row.reason), "%s", c->values[OPT_REASON]);
	snprintf(f.row.by, sizeof(f.row.by), "%s", c->values[OPT_BY]);
	if (rc == 0)
		rc = store_put(s, STORE_EXCEPTION, &f.row);
	return finish(c, s, rc, "except-cmd.made", f.row.id);
}

/* ---- delete ---- */

struct others { struct exception_row *list; size_t n; uint64_t without; bool found, failed; };

static bool take_other(void *ctx, const void *row)
{
	struct others *o = ctx;
	const struct exception_row *e = row;

	if (e->id == o->without) {
		o->found = true;
		return true;
	}
	struct exception_row *list = realloc(o->list, (o->n + 1) * sizeof(*list));

	o->failed = list == NULL;
	if (list == NULL)
		return false;
	o->list = list;
	o->list[o->n++] = *e;
	return true;
}

static int take_back(const struct cli *c)
{
	struct others o = { 0 };
	struct store *s = NULL;

	if (c->file_count != 1 || !number_of(c->files[0], &o.without))
		return complain(c, "except-cmd.which-exception", c->file_count == 0 ? "" : c->files[0]);
	int code = open_for_change(c, &s);

	if (code != EXIT_DONE)
		return code;
	int rc = store_each(s, STORE_EXCEPTION, take_other, &o);

	if (rc == 0 && o.failed)
		rc = -ENOMEM;
	if (rc == 0 && !o.found) {
		store_close(s);
		free(o.list);
		return complain(c, "except-cmd.no-exception", c->files[0]);
	}
	if (rc == 0)
		rc = store_clear(s, STORE_EXCEPTION);
	for (size_t i = 0; rc == 0 && i < o.n; i++)
		rc = store_put(s, STORE_EXCEPTION, &o.list[i]);
	free(o.list);
	return finish(c, s, rc, "except-cmd.deleted", o.without);
}

/* ---- list ---- */

static const struct sheet_column columns[] = {
	{ "id", COLUMN_RIGHT, true }, { "rule", 0, false }, { "actor", 0, false }, { "action", 0, false },
	{ "device", 0, false }, { "object", 0, false }, { "reason", 0, false }, { "by", 0, false },
	{ "until", 0, false }, { "hits", COLUMN_RIGHT, true }, { NULL, 0, false } };

static bool one_row(void *ctx, const void *row)
{
	struct listing *l = ctx;
	const struct exception_row *e = row;
	char side[IP_TEXT + 32];

	sheet_number(&l->sheet, e->id);
	sheet_cell(&l->sheet, e->rule);
	ledger_call_side(side, sizeof(side), &e->actor);
	sheet_cell(&l->sheet, side);
	sheet_cell(&l->sheet, listing_word(l, e->action));
	ledger_call_side(side, sizeof(side), &e->device);
	sheet_cell(&l->sheet, side);
	sheet_cell(&l->sheet, e->object);
	sheet_cell(&l->sheet, e->reason);
	sheet_cell(&l->sheet, e->by);
	/* The last second it holds: midnight would look like one day more than was asked for. */
	sheet_time(&l->sheet, e->until_ns == 0 ? 0 : e->until_ns - NS_PER_S);
	sheet_number(&l->sheet, e->hits);
	return true;
}

int cmd_except(const struct cli *c)
{
	if (c->values[OPT_LIST] != NULL)
		return listing_command(c, "except", STORE_EXCEPTION, one_row, columns, "except-cmd.none");
	if (c->values[OPT_DB] == NULL) {
		const struct text_arg args[] = { { "command", "except" }, { NULL, NULL } };

		say(c->lang, "cli.db-needed", args);
		return EXIT_USAGE;
	}
	return c->values[OPT_DELETE] != NULL ? take_back(c) : add(c);
}

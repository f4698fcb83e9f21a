/* main/rules_command.c: `koban rules`: check, list, test, explain, disable, enable; fields are next door. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "detect/detect.h"
#include "detect/rule.h"
#include "main/config.h"
#include "main/replay.h"
#include "main/rules.h"
#include "main/say.h"
#include "main/sheet.h"

enum { WORDS_MAX = 4096 };

static int say_rule(enum lang lang, const char *key, const char *what)
{
	char name[256];
	struct bytes said = { (const uint8_t *)what, strlen(what) };
	const struct text_arg args[] = { { "what", printable(name, sizeof(name), said) }, { NULL, NULL } };

	say(lang, key, args);
	return EXIT_USAGE;
}

/* What a rule is called: in words where there are some. A rule that others count has no text but its name. */
static const char *name_of(enum lang lang, const struct rule *r, char *key, size_t cap)
{
	if (r->text != NULL)
		snprintf(key, cap, "rules.%s.name", r->text);
	else
		snprintf(key, cap, "rules-counted.%s", r->id);
	return text_known(key) ? text(lang, key) : r->title;
}

/* ---- check ---- */

static int check(const struct cli *c)
{
	struct rules r;

	if (c->file_count < 2)
		return say_rule(c->lang, "rules-cmd.which-file", "");
	if (!rules_read(&r, c->lang, c->values[OPT_CONFIG], true, c->files + 1, c->file_count - 1)) {
		rules_free(&r);
		return EXIT_FAILED;
	}
	char good[NUMBER_TEXT], bad[NUMBER_TEXT];
	size_t count = 0;

	for (size_t i = 0; i < ruleset_count(r.set); i++)
		count += !ruleset_at(r.set, i)->off && !ruleset_is_own(ruleset_at(r.set, i)->file);
	const struct text_arg args[] = { { "good", number_text(good, count) },
					 { "bad", number_text(bad, r.problems) }, { NULL, NULL } };

	print_text(stdout, c->lang, r.problems == 0 ? "rules-cmd.all-good" : "rules-cmd.some-bad", args);
	putchar('\n');
	int code = r.problems == 0 ? EXIT_DONE : EXIT_FAILED;

	rules_free(&r);
	return code;
}

/* ---- the rules as they are for this database ---- */

static bool open_db(const struct cli *c, enum store_mode mode, struct store **ret)
{
	const char *why;
	char key[64];
	int rc = store_open(ret, c->values[OPT_DB], mode, &why);

	if (rc == 0)
		return true;
	snprintf(key, sizeof(key), "store.%s", why);
	say_failed(c->lang, key, c->values[OPT_DB], rc);
	return false;
}

static bool read_all(const struct cli *c, struct rules *r, const char *const *paths, unsigned count)
{
	struct store *s = NULL;
	const char *all[TAPS_MAX + 1];
	unsigned n = 0;

	for (unsigned i = 0; i < c->rule_count; i++)
		all[n++] = c->rules[i];
	for (unsigned i = 0; i < count && n < ARRAY_LEN(all); i++)
		all[n++] = paths[i];
	if (!rules_read(r, c->lang, c->values[OPT_CONFIG], true, all, n))
		return false;
	if (c->values[OPT_DB] == NULL)
		return true;
	if (!open_db(c, STORE_READ, &s))
		return false;
	int rc = rules_turn_off(r, s);

	store_close(s);
	if (rc != 0)
		say_failed(c->lang, "store.cannot", c->values[OPT_DB], rc);
	return rc == 0;
}

static int list(const struct cli *c)
{
	static const struct sheet_column columns[] = {
		{ "rule", 0, false }, { "level", 0, false }, { "state", 0, false }, { "words", 0, false },
		{ "attack", 0, false }, { "seed", COLUMN_WIDE, false }, { "file", COLUMN_WIDE, false },
		{ NULL, 0, false } };
	struct rules r;
	struct sheet s;
	char key[160];

	if (!read_all(c, &r, NULL, 0)) {
		rules_free(&r);
		return EXIT_FAILED;
	}
	sheet_init(&s, columns, (enum sheet_format)cli_choice(c, OPT_FORMAT, SHEET_TABLE));
	sheet_cell(&s, "first-change");
	sheet_cell(&s, "high");
	sheet_state(&s, c->lang, r.first_off ? "rules-cmd.off" : "rules-cmd.on");
	sheet_cell(&s, text(c->lang, "alerts.first-change-signature"));
	sheet_cell(&s, "");
	sheet_cell(&s, ruleset_face(r.set, "first-change")->seed);
	sheet_cell(&s, "");
	for (size_t i = 0; i < ruleset_count(r.set); i++) {
		const struct rule *one = ruleset_at(r.set, i);
		char attack[ALERT_TECHNIQUES * 12] = "";

		for (unsigned k = 0; k < one->technique_count; k++)
			snprintf(attack + strlen(attack), sizeof(attack) - strlen(attack), "%s%s",
				 k == 0 ? "" : " ", one->techniques[k]);
		sheet_cell(&s, one->id);
		sheet_cell(&s, level_name(one->level));
		sheet_state(&s, c->lang, one->off ? "rules-cmd.off" : one->quiet ? "rules-cmd.part" :
			    "rules-cmd.on");
		sheet_cell(&s, name_of(c->lang, one, key, sizeof(key)));
		sheet_cell(&s, attack);
		sheet_cell(&s, one->seed);
		sheet_cell(&s, one->file);
	}
	bool ok = sheet_print(&s, c->lang, "rules-cmd.none");

	sheet_free(&s);
	rules_free(&r);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

/* ---- explain ---- */

static void line(enum lang lang, const char *key, const char *value)
{
	const struct text_arg args[] = { { "what", value }, { NULL, NULL } };

	if (value[0] == '\0')
		return;
	print_text(stdout, lang, key, args);
	putchar('\n');
}

/* A sentence of the rule without an alert: placeholders stand for somebody and something. */
static void sentence(enum lang lang, const char *label, const struct rule *r, const char *which)
{
	char key[160], out[1024];
	const struct text_arg args[] = {
		{ "actor", text(lang, "rules-cmd.somebody") },
		{ "actor_name", text(lang, "rules-cmd.somebody") },
		{ "device", text(lang, "rules-cmd.a-device") },
		{ "device_name", text(lang, "rules-cmd.a-device") },
		{ "object", "..." }, { "time", "..." }, { "count", "..." }, { "first", "..." },
		{ "last", "..." }, { "span", text(lang, "rules-cmd.some-time") }, { "ending", "" },
		{ "times", "" }, { "frames", "..." }, { "rule", r->id },
		{ "act", "..." }, { "action", "..." }, { "title", r->title }, { NULL, NULL } };

	snprintf(key, sizeof(key), "rules.%s.%s", r->text == NULL ? "general" : r->text, which);
	if (!text_known(key))
		return;
	text_fill(out, sizeof(out), lang, key, args);
	line(lang, label, out);
}

static void explain_in(enum lang lang, const struct rule *r)
{
	char words[WORDS_MAX], key[160], attack[1024] = "", level[32];

	snprintf(level, sizeof(level), "summary.level-%s", level_name(r->level));
	printf("[%s] %s (%s)\n", text(lang, level), name_of(lang, r, key, sizeof(key)), r->id);
	sentence(lang, "rules-cmd.says", r, "sentence");
	rule_in_words(words, sizeof(words), r);
	line(lang, "rules-cmd.looks-for", words);
	line(lang, "rules-cmd.needs", text(lang, r->needs == 0 ? "rules-cmd.needs-nothing" :
					   r->needs & NEED_VALUES ? "rules-cmd.needs-values" :
					   "rules-cmd.needs-acts"));
	sentence(lang, "rules-cmd.why", r, "reason");
	sentence(lang, "rules-cmd.do", r, "do");
	sentence(lang, "rules-cmd.maybe", r, "maybe");
	for (unsigned i = 0; i < r->technique_count; i++) {
		size_t n = strlen(attack);
		const char *id = r->techniques[i], *v19 = technique_v19(id);

		snprintf(attack + n, sizeof(attack) - n, "%s%s%s%s %s", i == 0 ? "" : ", ", id,
			 strcmp(id, v19) == 0 ? "" : " → ", strcmp(id, v19) == 0 ? "" : v19,
			 technique_name(id));
	}
	line(lang, "rules-cmd.attack", attack);
	line(lang, "rules-cmd.seed", r->seed);
}

/* The one rule that is no file: it compares with what was learned of everybody. */
static void explain_first(enum lang lang)
{
	printf("[%s] %s (first-change)\n", text(lang, "summary.level-high"),
	       text(lang, "alerts.first-change-signature"));
	line(lang, "rules-cmd.says", text(lang, "rules-cmd.first-change"));
}

static int explain(const struct cli *c)
{
	enum lang other = c->lang == LANG_JA ? LANG_EN : LANG_JA;
	struct rules r;
	int code = EXIT_FAILED;

	if (c->file_count != 2)
		return say_rule(c->lang, "rules-cmd.which-rule", "");
	if (strcmp(c->files[1], "first-change") == 0) {
		explain_first(c->lang);
		putchar('\n');
		explain_first(other);
		return EXIT_DONE;
	}
	if (read_all(c, &r, NULL, 0)) {
		const struct rule *one = ruleset_find(r.set, c->files[1]);

		code = one == NULL ? say_rule(c->lang, "rules-cmd.no-such-rule", c->files[1]) : EXIT_DONE;
		if (one != NULL) {
			explain_in(c->lang, one);
			putchar('\n');
			explain_in(other, one);
		}
	}
	rules_free(&r);
	return code;
}

/* ---- test ---- */

struct trial {
	enum lang lang;
	struct ledger *ledger;
	struct detect *detect;
	const char *file;	/* rules of this file; NULL: the rule */
	const struct rule *rule;
	uint64_t acts, alerts;
};

static bool is_tried(const struct trial *t, const struct rule *r)
{
	return t->file != NULL ? strcmp(r->file, t->file) == 0 : r == t->rule;
}

static void on_match(void *ctx, const struct rule *r, const struct obs *o)
{
	struct trial *t = ctx;
	char actor[IP_TEXT + 32], device[IP_TEXT + 32], object[ALERT_TEXT], words[ALERT_TEXT * 2], key[64];
	char when[WHEN_TEXT], frame[NUMBER_TEXT], times[NUMBER_TEXT];
	bool base = false;

	for (unsigned i = 0; i < r->parent_count; i++)
		base |= is_tried(t, r->parents[i]);
	if (!is_tried(t, r) && !base)
		return;
	t->acts += o->times;
	ledger_call_side(actor, sizeof(actor), &o->actor);
	ledger_call_side(device, sizeof(device), &o->device);
	ledger_object(object, sizeof(object), o);
	object_in_words(words, sizeof(words), t->lang, o->rec.proto, object, &o->device);
	when_text(when, o->rec.at_ns);
	snprintf(key, sizeof(key), "words.%s", word_of(o->verb, o->object.class, o->outcome));
	snprintf(frame, sizeof(frame), "%llu", (unsigned long long)o->rec.frame);
	snprintf(times, sizeof(times), "%u", o->times);
	const struct text_arg args[] = {
		{ "time", when }, { "frame", frame }, { "rule", r->id }, { "actor", actor },
		{ "device", device }, { "action", text(t->lang, key) }, { "object", words },
		{ "times", times }, { NULL, NULL } };

	print_text(stdout, t->lang, o->times == 1 ? "rules-cmd.match" : "rules-cmd.match-many", args);
	putchar('\n');
}

static void on_trial_alert(void *ctx, const struct alert *a, enum alert_event event)
{
	struct trial *t = ctx;
	char out[ALERT_SENTENCE];

	if (event != ALERT_RAISED)
		return;
	if (t->file == NULL ? strcmp(a->rule, t->rule->id) != 0 : false)
		return;
	t->alerts++;
	alert_text(out, sizeof(out), t->lang, a, ALERT_TITLE);
	printf("  => [%s] %s\n", level_name(a->level), out);
}

static void on_record(void *ctx, const struct rec *r)
{
	struct trial *t = ctx;

	ledger_record(t->ledger, r);
	detect_record(t->detect, r, on_trial_alert, t);
}

static int try_rules(const struct cli *c, struct trial *t, const struct rules *r)
{
	static struct config config;

	config_default(&config);
	if (c->values[OPT_CONFIG] != NULL && !config_load(&config, c->lang, c->values[OPT_CONFIG]))
		return EXIT_USAGE;
	const struct ledger_options lo = { .limits = &config.limits, .values = VALUES_NONE };
	int rc = ledger_new(&t->ledger, &lo);
	const struct detect_options o = { .limits = &config.limits, .ledger = t->ledger, .rules = r->set,
					  .first_off = true };

	if (rc == 0)
		rc = detect_new(&t->detect, &o);
	if (rc != 0) {
		say_failed(c->lang, "cli.cannot-start", "koban", rc);
		return EXIT_FAILED;
	}
	detect_watch(t->detect, on_match, t);
	bool ok = replay(c->lang, &config.limits, c->files + 2, c->file_count - 2, on_record, t);

	detect_close(t->detect, on_trial_alert, t);
	char acts[NUMBER_TEXT], alerts[NUMBER_TEXT];
	const struct text_arg args[] = { { "acts", number_text(acts, t->acts) },
					 { "alerts", number_text(alerts, t->alerts) }, { NULL, NULL } };

	if (ok) {
		print_text(stdout, c->lang, "rules-cmd.tried", args);
		putchar('\n');
	}
	return ok ? EXIT_DONE : EXIT_FAILED;
}

/* Other rules stay in the set, because correlations may ask for them, but only those tried are told of. */
static int test(const struct cli *c)
{
	struct trial t = { .lang = c->lang };
	struct rules r;
	int code = EXIT_FAILED;

	if (c->file_count < 3)
		return say_rule(c->lang, "rules-cmd.which-test", "");
	bool is_id = strchr(c->files[1], '/') == NULL && strchr(c->files[1], '.') == NULL;

	if (read_all(c, &r, c->files + 1, is_id ? 0 : 1)) {
		t.file = is_id ? NULL : c->files[1];
		t.rule = is_id ? ruleset_find(r.set, c->files[1]) : NULL;
		code = is_id && t.rule == NULL ? say_rule(c->lang, "rules-cmd.no-such-rule", c->files[1]) :
		       try_rules(c, &t, &r);
	}
	detect_free(t.detect);
	ledger_free(t.ledger);
	rules_free(&r);
	return code;
}

/* ---- disable, enable ---- */

struct offs { struct rule_off_row *list; size_t n; bool failed; };

static bool take_off(void *ctx, const void *row)
{
	struct offs *o = ctx;
	struct rule_off_row *list = realloc(o->list, (o->n + 1) * sizeof(*list));

	o->failed = list == NULL;
	if (list == NULL)
		return false;
	o->list = list;
	o->list[o->n++] = *(const struct rule_off_row *)row;
	return true;
}

static int write_offs(struct store *s, const struct offs *o, const char *without,
		      const struct rule_off_row *more)
{
	int rc = o->failed ? -ENOMEM : store_clear(s, STORE_RULE_OFF);

	for (size_t i = 0; rc == 0 && i < o->n; i++)
		if (strcmp(o->list[i].rule, without) != 0)
			rc = store_put(s, STORE_RULE_OFF, &o->list[i]);
	if (rc == 0 && more != NULL)
		rc = store_put(s, STORE_RULE_OFF, more);
	return rc == 0 ? store_commit(s) : rc;
}

static int turn(const struct cli *c, bool off)
{
	struct rules r = { .lang = c->lang };
	struct offs offs = { 0 };
	struct store *s = NULL;
	struct timespec now;

	if (c->file_count != 2)
		return say_rule(c->lang, "rules-cmd.which-rule", "");
	if (c->values[OPT_DB] == NULL)
		return say_rule(c->lang, "rules-cmd.db-needed", "");
	const char *id = c->files[1];

	if (!read_all(c, &r, NULL, 0)) {
		rules_free(&r);
		return EXIT_FAILED;
	}
	bool known = strcmp(id, "first-change") == 0 || ruleset_find(r.set, id) != NULL;

	rules_free(&r);
	if (!known && off)
		return say_rule(c->lang, "rules-cmd.no-such-rule", id);
	if (!open_db(c, STORE_WRITE, &s))
		return EXIT_FAILED;
	clock_gettime(CLOCK_REALTIME, &now);
	struct rule_off_row row = { .made_ns = (int64_t)now.tv_sec * NS_PER_S };

	snprintf(row.rule, sizeof(row.rule), "%s", id);
	snprintf(row.reason, sizeof(row.reason), "%s",
		 c->values[OPT_REASON] == NULL ? "" : c->values[OPT_REASON]);
	snprintf(row.by, sizeof(row.by), "%s", c->values[OPT_BY] == NULL ? "" : c->values[OPT_BY]);
	int rc = store_each(s, STORE_RULE_OFF, take_off, &offs);

	if (rc == 0)
		rc = write_offs(s, &offs, id, off ? &row : NULL);
	store_close(s);
	free(offs.list);
	if (rc != 0) {
		say_failed(c->lang, "store.failed", c->values[OPT_DB], rc);
		return EXIT_FAILED;
	}
	line(c->lang, off ? "rules-cmd.turned-off" : "rules-cmd.turned-on", id);
	return EXIT_DONE;
}

static int disable(const struct cli *c) { return turn(c, true); }
static int enable(const struct cli *c) { return turn(c, false); }

int cmd_rules(const struct cli *c)
{
	static const struct { const char *name; int (*run)(const struct cli *c); bool alone; } subs[] = {
		{ "check", check, false }, { "list", list, true }, { "test", test, false },
		{ "explain", explain, false }, { "disable", disable, false }, { "enable", enable, false },
		{ "fields", rules_fields, true } };

	for (size_t i = 0; c->file_count > 0 && i < ARRAY_LEN(subs); i++) {
		if (strcmp(subs[i].name, c->files[0]) != 0)
			continue;
		if (!subs[i].alone || c->file_count == 1)
			return subs[i].run(c);
		const struct text_arg args[] = { { "what", c->files[1] }, { "command", "rules" },
						 { NULL, NULL } };

		say(c->lang, "cli.unknown-argument", args);
		return EXIT_USAGE;
	}
	return say_rule(c->lang, "rules-cmd.which-command", c->file_count == 0 ? "" : c->files[0]);
}

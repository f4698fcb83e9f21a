/* main/cli.c: see cli.h. */
#include "main/cli.h"

#include <getopt.h>

#include "core/util.h"
#include "main/say.h"

const struct option_def option_defs[OPT_COUNT] = {
	[OPT_DB] = { "db", "FILE" },
	[OPT_LEARN] = { "learn", NULL },
	[OPT_EVE] = { "eve", "FILE" },
	[OPT_EVE_STRICT] = { "eve-strict", NULL },
	[OPT_OBSERVATIONS] = { "observations", "news|all" },
	[OPT_WORKERS] = { "workers", "N" },
	[OPT_LANG] = { "lang", "ja|en" },
	[OPT_SUMMARY] = { "summary", "text|json" },
	[OPT_STOP_AFTER] = { "stop-after", "capture|decode|stream|proto|all" },
	[OPT_TAP] = { "tap", "NAME=FILE" },
	[OPT_CONFIG] = { "config", "FILE" },
	[OPT_SPLIT] = { "split", NULL },
	[OPT_FORMAT] = { "format", "table|csv|json" },
	[OPT_RULES] = { "rules", "FILE|DIR" },
	[OPT_REASON] = { "reason", "TEXT" },
	[OPT_BY] = { "by", "NAME" },
	[OPT_UNTIL] = { "until", "DATE" },
	[OPT_OBJECT] = { "object", NULL },
	[OPT_LIST] = { "list", NULL },
	[OPT_DELETE] = { "delete", NULL },
	[OPT_TAGS] = { "tags", "FILE" },
	[OPT_DIFF] = { "diff", NULL },
	[OPT_HELP] = { "help", NULL },
};

static const enum option_id read_options[] = {
	OPT_DB, OPT_LEARN, OPT_EVE, OPT_EVE_STRICT, OPT_OBSERVATIONS, OPT_SUMMARY, OPT_TAP, OPT_WORKERS,
	OPT_TAGS, OPT_SPLIT, OPT_STOP_AFTER, OPT_RULES, OPT_CONFIG, OPT_LANG, OPT_HELP, 0 };
static const enum option_id ledger_options[] = { OPT_DB, OPT_DIFF, OPT_FORMAT, OPT_LANG, OPT_HELP, 0 };
static const enum option_id list_options[] = { OPT_DB, OPT_FORMAT, OPT_LANG, OPT_HELP, 0 };
static const enum option_id object_options[] = { OPT_DB, OPT_TAGS, OPT_FORMAT, OPT_LANG, OPT_HELP, 0 };
static const enum option_id plain_options[] = { OPT_FORMAT, OPT_LANG, OPT_HELP, 0 };
static const enum option_id rules_options[] = {
	OPT_RULES, OPT_CONFIG, OPT_DB, OPT_REASON, OPT_BY, OPT_FORMAT, OPT_LANG, OPT_HELP, 0 };
static const enum option_id except_options[] = {
	OPT_DB, OPT_REASON, OPT_BY, OPT_UNTIL, OPT_OBJECT, OPT_LIST, OPT_DELETE, OPT_FORMAT, OPT_LANG,
	OPT_HELP,
	0 };
static const enum option_id doctor_options[] = { OPT_DB, OPT_LANG, OPT_HELP, 0 };

const struct command commands[] = {
	{ "read", read_options, true, cmd_read },
	{ "ledger", ledger_options, false, cmd_ledger },
	{ "alerts", object_options, false, cmd_alerts },
	{ "programs", list_options, false, cmd_programs },
	{ "flows", list_options, false, cmd_flows },
	{ "observations", object_options, false, cmd_observations },
	{ "protocols", plain_options, true, cmd_protocols },
	{ "rules", rules_options, true, cmd_rules },
	{ "except", except_options, true, cmd_except },
	{ "doctor", doctor_options, false, cmd_doctor },
	{ NULL, NULL, false, NULL },
};

/* ---- parsing ---- */

enum lang cli_lang(int argc, char **argv)
{
	static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *value = strncmp(argv[i], "--lang=", 7) == 0 ? argv[i] + 7
				    : strcmp(argv[i], "--lang") == 0 && i + 1 < argc ? argv[i + 1] : NULL;

		if (value != NULL)
			return strcmp(value, "ja") == 0 ? LANG_JA : LANG_EN;
	}
	for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
		const char *value = getenv(variables[i]);

		if (value != NULL && *value != '\0')
			return strncmp(value, "ja", 2) == 0 ? LANG_JA : LANG_EN;
	}
	return LANG_EN;
}

static void say_usage(enum lang lang, const char *key, const char *what, const char *command,
		      const char *words)
{
	char name[256];
	const struct text_arg args[] = {
		{ "what", printable(name, sizeof(name),
				    (struct bytes){ (const uint8_t *)what, strlen(what) }) },
		{ "command", command }, { "words", words == NULL ? "" : words }, { NULL, NULL } };

	say(lang, key, args);
}

/* "a|b|c" are the words an option may have; "FILE|DIR" only says what it is. */
static bool is_choice(const char *words)
{
	return words != NULL && strchr(words, '|') != NULL && words[0] >= 'a';
}

/* Which of the words "a|b|c" it is; -1: none. */
static int word_index(const char *words, const char *value)
{
	size_t n = strlen(value);

	for (int i = 0;; i++) {
		const char *end = strchr(words, '|');
		size_t len = end == NULL ? strlen(words) : (size_t)(end - words);

		if (len == n && memcmp(words, value, n) == 0)
			return i;
		if (end == NULL)
			return -1;
		words = end + 1;
	}
}

unsigned cli_choice(const struct cli *c, enum option_id o, unsigned dflt)
{
	return c->values[o] == NULL ? dflt : (unsigned)word_index(option_defs[o].value, c->values[o]);
}

static bool take_option(struct cli *c, const struct command *cmd, enum option_id o, const char *value)
{
	const char *words = option_defs[o].value;
	char what[300];

	/* A variable a script never set: --db "$DB" would keep nothing and say nothing. */
	if (words != NULL && value[0] == '\0') {
		snprintf(what, sizeof(what), "--%s", option_defs[o].name);
		say_usage(c->lang, "cli.value-missing", what, cmd->name, NULL);
		return false;
	}
	if (is_choice(words) && word_index(words, value) < 0) {
		snprintf(what, sizeof(what), "--%s %s", option_defs[o].name, value);
		say_usage(c->lang, "cli.bad-value", what, cmd->name, words);
		return false;
	}
	if (o == OPT_TAP) {
		const char *equals = strchr(value, '=');

		if (equals == NULL || equals == value || equals[1] == '\0' || c->tap_count == TAPS_MAX) {
			say_usage(c->lang, c->tap_count == TAPS_MAX ? "cli.too-many-taps" : "cli.bad-tap",
				  value, cmd->name, NULL);
			return false;
		}
		c->taps[c->tap_count++] = value;
	}
	if (o == OPT_RULES) {
		if (c->rule_count == TAPS_MAX) {
			say_usage(c->lang, "cli.too-many-rules", value, cmd->name, NULL);
			return false;
		}
		c->rules[c->rule_count++] = value;
	}
	c->values[o] = value == NULL ? "" : value;
	return true;
}

bool cli_parse(struct cli *c, const struct command *cmd, int argc, char **argv)
{
	struct option longs[OPT_COUNT + 1] = { 0 };
	int n = 0, o;

	for (const enum option_id *id = cmd->options; *id != 0; id++)
		longs[n++] = (struct option){ option_defs[*id].name,
					      option_defs[*id].value == NULL ? no_argument :
					      required_argument, NULL, (int)*id + 256 };
	opterr = 0;
	optind = 1;
	while ((o = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		const char *what = optind > 0 && optind <= argc ? argv[optind - 1] : "";

		if (o == '?' || o == ':') {
			say_usage(c->lang, o == ':' ? "cli.value-missing" : "cli.unknown-option", what,
				  cmd->name, NULL);
			return false;
		}
		if (!take_option(c, cmd, o == 'h' ? OPT_HELP : (enum option_id)(o - 256),
				 o == 'h' ? "" : optarg))
			return false;
	}
	for (; optind < argc; optind++) {
		bool full = c->file_count == FILES_MAX;

		if (!cmd->takes_files || full || argv[optind][0] == '\0') {
			say_usage(c->lang, cmd->takes_files && full ? "cli.too-many-files" :
				  "cli.unknown-argument", argv[optind], cmd->name, NULL);
			return false;
		}
		c->files[c->file_count++] = argv[optind];
	}
	return true;
}

/* ---- help ---- */

static const char *text_of(enum lang lang, const char *prefix, const char *name)
{
	char key[64];

	snprintf(key, sizeof(key), "cli.%s-%s", prefix, name);
	return text(lang, key);
}

static void row(const char *left, const char *right)
{
	enum { LEFT = 30 };
	size_t n = text_columns(left);

	if (n >= LEFT)
		printf("  %s\n  %*s%s\n", left, LEFT, "", right);
	else
		printf("  %s%*s%s\n", left, (int)(LEFT - n), "", right);
}

void cli_help(enum lang lang)
{
	printf("%s\n\n", text(lang, "cli.about"));
	printf("%s\n", text(lang, "cli.usage"));
	for (const struct command *c = commands; c->name != NULL; c++)
		row(c->name, text_of(lang, "cmd", c->name));
	printf("\n%s\n", text(lang, "cli.more"));
}

static void option_label(char *out, size_t cap, const struct option_def *d)
{
	snprintf(out, cap, "--%s%s%s", d->name, d->value == NULL ? "" : " ",
		 d->value == NULL ? "" : d->value);
}

void cli_command_help(enum lang lang, const struct command *cmd)
{
	printf("koban %s %s\n\n%s\n\n", cmd->name, text_of(lang, "args", cmd->name),
	       text_of(lang, "cmd", cmd->name));
	for (const enum option_id *o = cmd->options; *o != 0; o++) {
		char label[80];

		option_label(label, sizeof(label), &option_defs[*o]);
		row(label, text_of(lang, "opt", option_defs[*o].name));
	}
	printf("\n%s\n", text(lang, "cli.exit-codes"));
}

/* Text of ours in roff: a leading dot or quote would be a request, backslash and hyphen have meanings. */
static void roff(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '-')
			fputs("\\-", stdout);
		else
			putchar(*s);
	}
	putchar('\n');
}

void cli_man(void)
{
	printf(".TH KOBAN 1\n.SH NAME\nkoban \\- ");
	roff(text(LANG_EN, "cli.short"));
	printf(".SH SYNOPSIS\n.B koban\n.I command\n[options]\n.SH DESCRIPTION\n");
	roff(text(LANG_EN, "cli.about"));
	printf(".SH COMMANDS\n");
	for (const struct command *c = commands; c->name != NULL; c++) {
		printf(".SS koban %s ", c->name);
		roff(text_of(LANG_EN, "args", c->name));
		roff(text_of(LANG_EN, "cmd", c->name));
		for (const enum option_id *o = c->options; *o != 0; o++) {
			char label[80];

			option_label(label, sizeof(label), &option_defs[*o]);
			printf(".TP\n.B ");
			roff(label);
			roff(text_of(LANG_EN, "opt", option_defs[*o].name));
		}
	}
	printf(".SH EXIT STATUS\n");
	roff(text(LANG_EN, "cli.exit-codes"));
	printf(".SH ENVIRONMENT\n.TP\n.B LC_ALL, LC_MESSAGES, LANG\n");
	roff(text(LANG_EN, "cli.env-lang"));
	printf(".TP\n.B NO_COLOR\n");
	roff(text(LANG_EN, "cli.env-color"));
	printf(".TP\n.B TZ\n");
	roff(text(LANG_EN, "cli.env-tz"));
}

void cli_completion(void)
{
	printf("# bash completion for koban; made by: koban help --completion\n"
	       "_koban()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \"");
	for (const struct command *c = commands; c->name != NULL; c++)
		printf("%s ", c->name);
	printf("help\" -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase $prev in\n");
	for (unsigned o = 1; o < OPT_COUNT; o++) {
		const char *words = option_defs[o].value;

		if (!is_choice(words))
			continue;
		printf("\t--%s) COMPREPLY=($(compgen -W \"", option_defs[o].name);
		for (; *words != '\0'; words++)
			putchar(*words == '|' ? ' ' : *words);
		printf("\" -- \"$cur\")); return ;;\n");
	}
	printf("\tesac\n\tcase $cur in\n\t-*)\n\t\tcase ${COMP_WORDS[1]} in\n");
	for (const struct command *c = commands; c->name != NULL; c++) {
		printf("\t\t%s) COMPREPLY=($(compgen -W \"", c->name);
		for (const enum option_id *o = c->options; *o != 0; o++)
			printf("--%s ", option_defs[*o].name);
		printf("\" -- \"$cur\")) ;;\n");
	}
	printf("\t\tesac ;;\n\t*) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n\tesac\n}\n"
	       "complete -o filenames -F _koban koban\n");
}

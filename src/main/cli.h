/* main/cli.h: the command line as a table: parsing, help, man page and completion all read it. */
#ifndef MAIN_CLI_H
#define MAIN_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "model/text.h"

/* What every command answers to the shell. */
enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_DAMAGED = 3 };

enum option_id {
	OPT_DB = 1, OPT_LEARN, OPT_EVE, OPT_EVE_STRICT, OPT_OBSERVATIONS, OPT_WORKERS, OPT_LANG, OPT_SUMMARY,
	OPT_STOP_AFTER, OPT_TAP, OPT_CONFIG, OPT_SPLIT, OPT_FORMAT, OPT_RULES, OPT_REASON, OPT_BY, OPT_UNTIL,
	OPT_OBJECT, OPT_LIST, OPT_DELETE, OPT_TAGS, OPT_DIFF, OPT_HELP, OPT_COUNT
};

struct option_def {
	const char *name;	/* "db", without dashes; text cli.opt-NAME */
	const char *value;	/* what stands for its value in help: "FILE", "ja|en"; NULL: takes none. Words
				 * joined by '|' are the only ones allowed */
};

extern const struct option_def option_defs[OPT_COUNT];

enum { TAPS_MAX = 64, FILES_MAX = 4096 };

struct cli {			/* a parsed command line; views into argv */
	enum lang lang;
	const char *values[OPT_COUNT];	/* given text; "" for options without a value; NULL: not given */
	const char *files[FILES_MAX];
	unsigned file_count;
	const char *taps[TAPS_MAX];	/* "NAME=FILE" as given */
	unsigned tap_count;
	const char *rules[TAPS_MAX];	/* files and folders of rules as given */
	unsigned rule_count;
};

struct command {
	const char *name;	/* text cli.cmd-NAME; cli.usage-NAME the arguments */
	const enum option_id *options;	/* 0 ends */
	bool takes_files;
	int (*run)(const struct cli *c);	/* exit code */
};

extern const struct command commands[];	/* name NULL ends */

/* Which language: --lang if it stands there, else the environment's (ja... is Japanese), else English. */
enum lang cli_lang(int argc, char **argv);

/* Parses what follows the command's name. False: said why; exit with EXIT_USAGE. */
bool cli_parse(struct cli *c, const struct command *cmd, int argc, char **argv);

/* One of the words an option allows, as its number; dflt when not given. The parser checked the words. */
unsigned cli_choice(const struct cli *c, enum option_id o, unsigned dflt);

void cli_help(enum lang lang);
void cli_command_help(enum lang lang, const struct command *cmd);
void cli_man(void);		/* man page, English, roff */
void cli_completion(void);	/* bash completion */

/* The commands. */
int cmd_read(const struct cli *c);
int cmd_ledger(const struct cli *c);
int cmd_alerts(const struct cli *c);
int cmd_programs(const struct cli *c);
int cmd_flows(const struct cli *c);
int cmd_observations(const struct cli *c);
int cmd_protocols(const struct cli *c);
int cmd_doctor(const struct cli *c);
int cmd_rules(const struct cli *c);
int cmd_except(const struct cli *c);

#endif

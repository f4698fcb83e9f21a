/* main/rules.h: the rules of a run: those of the program, of files, and what people turned off. */
#ifndef MAIN_RULES_H
#define MAIN_RULES_H

#include "detect/ruleset.h"
#include "main/cli.h"
#include "store/store.h"

struct rules {
	enum lang lang;
	struct site *site;
	struct ruleset *set;
	size_t problems;
	bool first_off;		/* first-change is turned off */
};

/* Reads the site's part of a settings file (NULL: none), the program's own rules (own) and files or folders
 * (count of them), and finishes the set. A wrong rule is told on standard error and left out. False: a file
 * could not be read, or there was no memory; said why. */
bool rules_read(struct rules *r, enum lang lang, const char *config, bool own, const char *const *paths,
		unsigned count);

/* Those turned off in this database. 0 or a negative errno. */
int rules_turn_off(struct rules *r, struct store *s);
void rules_free(struct rules *r);

/* The command that lists what rules can ask about. Returns the exit code. rules_fields.c */
int rules_fields(const struct cli *c);

/* The bytes of a file, NUL behind them; NULL: said why. */
char *read_whole(enum lang lang, const char *path, size_t *ret_n);

#endif

/* detect/ruleset.h: rules as text become rules ready to use. Knows no files: it is given their bytes.
 *
 * A rule that is wrong is refused, with the place in the file, and all others are taken. docs/rules.md is the
 * reference of the format. */
#ifndef DETECT_RULESET_H
#define DETECT_RULESET_H

#include "detect/site.h"
#include "model/alert.h"

enum {
	RULES_MAX = 65536,		/* rules there may be */
	RULE_FILE_MAX = 32 << 20,	/* bytes of one file */
	RULE_TESTS_MAX = 256,		/* fields a rule may ask for */
	RULE_VALUES_MAX = 4096,		/* values in one list */
	RULE_DEPTH_MAX = 24,		/* lists in lists, parentheses in parentheses */
	RULE_VISITS_MAX = 20000,	/* parts of one document, aliases counted each time */
	CORRELATION_DEPTH_MAX = 4,
};

struct ruleset;
struct rule;

/* What is wrong, and where: {what} and {hint} go into the text rule-errors.KEY. */
struct rule_problem {
	const char *file;
	unsigned line, column;	/* from 1 */
	const char *key, *what;
	const char *hint;	/* "" when there is none */
};

typedef void rule_report(void *ctx, const struct rule_problem *p);

/* site has been read, and outlives the set. 0 or a negative errno. */
int ruleset_new(struct ruleset **ret_set, const struct site *site);
void ruleset_free(struct ruleset *set);

/* Takes the rules of one file. Returns how many problems there were. */
size_t ruleset_add(struct ruleset *set, const char *file, const char *text, size_t n, rule_report *report,
		   void *ctx);

/* Takes the rules compiled into the program. */
size_t ruleset_add_own(struct ruleset *set, rule_report *report, void *ctx);

/* After the last file: ties correlations to their rules and makes the index. Returns how many problems. */
size_t ruleset_finish(struct ruleset *set, rule_report *report, void *ctx);

size_t ruleset_count(const struct ruleset *set);
const struct rule *ruleset_at(const struct ruleset *set, size_t i);	/* in the order read */
const struct rule *ruleset_find(const struct ruleset *set, const char *id);	/* NULL: none */

/* Is it the name of a file that is compiled into the program? */
bool ruleset_is_own(const char *file);

/* The rule emits nothing from now on. False: there is none of that id. */
bool ruleset_disable(struct ruleset *set, const char *id);

/* How other tools know a rule, also "first-change"; NULL: no such rule. ctx is the set. */
const struct alert_rule *ruleset_face(const void *ctx, const char *id);

const struct site *ruleset_site(const struct ruleset *set);

#endif

/* model/verbs.h: the vocabulary every protocol shares: verb, class of the object, outcome.
 *
 * Three fields, never one word for two of them. The words that people, rules and EVE see
 * ("program-write", "login-failed") are one table over the three: words.def, word_of(). */
#ifndef MODEL_VERBS_H
#define MODEL_VERBS_H

#include <stdbool.h>
#include <stdint.h>

enum obs_verb {
	VERB_NONE, VERB_READ, VERB_WRITE, VERB_START, VERB_STOP, VERB_RESET, VERB_MODE, VERB_SELECT,
	VERB_DELETE, VERB_RENAME, VERB_FORCE, VERB_RAISE, VERB_CLEAR, VERB_BROWSE, VERB_SUBSCRIBE,
	VERB_PUBLISH, VERB_QUERY, VERB_LOGIN, VERB_LOGOUT, VERB_IDENTIFY, VERB_ANNOUNCE, VERB_RESOLVE,
	VERB_LEASE, VERB_OPEN, VERB_CLOSE, VERB_KEEPALIVE, VERB_REPORT, VERB_CONTROL, VERB_MALFORMED,
	VERB_COUNT
};

enum obs_class {
	CLASS_NONE, CLASS_DATA, CLASS_PROGRAM, CLASS_FILE, CLASS_CONFIG, CLASS_FIRMWARE, CLASS_TOOL,
	CLASS_ALARM, CLASS_SESSION, CLASS_DEVICE, CLASS_NAME, CLASS_TIME, CLASS_DIAG,
	CLASS_COUNT
};

enum obs_outcome { OUT_UNKNOWN, OUT_DONE, OUT_REFUSED, OUT_PARTLY, OUT_UNANSWERED, OUT_COUNT };

enum obs_phase { PHASE_ASK = 1, PHASE_WHOLE, PHASE_ANSWER, PHASE_PUSH };

enum obs_trust { TRUST_SURE, TRUST_LIKELY, TRUST_GUESS };

/* The one word for the three, never NULL: "read", "program-write", "login-failed". English, stable,
 * used by rules and EVE; the texts for people are content/text/words.yml under the same key. */
const char *word_of(uint8_t verb, uint8_t cls, uint8_t outcome);

/* Names of the single fields, never NULL: "write", "program", "refused", "ask", "likely". */
const char *verb_name(uint8_t verb);
const char *class_name(uint8_t cls);
const char *outcome_name(uint8_t outcome);
const char *phase_name(uint8_t phase);
const char *trust_name(uint8_t trust);

/* Every word there is, for completeness checks; NULL after the last. */
const char *word_at(unsigned i);

/* Only cyclic verbs may fold, and only when they succeeded (architecture section 4). */
bool verb_folds(uint8_t verb);

/* Does the verb change the state of the device: write, start, stop, reset, mode, select, delete,
 * rename, force, raise, clear, control. */
bool verb_changes(uint8_t verb);

#endif

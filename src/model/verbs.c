/* model/verbs.c: the words of the vocabulary; see verbs.h. */
#include "model/verbs.h"

#include "core/util.h"

enum { ANY = 255 };

static const struct { const char *word; uint8_t verb, cls, outcome; } words[] = {
#define WORD(word, verb, cls, outcome) { word, verb, cls, outcome },
#include "model/words.def"
#undef WORD
};

static bool fits(uint8_t have, uint8_t want)
{
	return want == ANY || have == want;
}

const char *word_of(uint8_t verb, uint8_t cls, uint8_t outcome)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(words) && !(fits(verb, words[i].verb) && fits(cls, words[i].cls) &&
					     fits(outcome, words[i].outcome)))
		i++;
	return words[i].word;
}

const char *word_at(unsigned i)
{
	return i < ARRAY_LEN(words) ? words[i].word : NULL;
}

static const char *const verbs[VERB_COUNT] = {
	"none", "read", "write", "start", "stop", "reset", "mode", "select", "delete", "rename", "force",
	"raise", "clear", "browse", "subscribe", "publish", "query", "login", "logout", "identify",
	"announce", "resolve", "lease", "open", "close", "keep-alive", "report", "control", "malformed",
};

static const char *const classes[CLASS_COUNT] = {
	"none", "data", "program", "file", "config", "firmware", "tool", "alarm", "session", "device",
	"name", "time", "diagnostics",
};

static const char *const outcomes[OUT_COUNT] = { "unknown", "done", "refused", "partly", "unanswered" };
static const char *const phases[] = { "none", "ask", "whole", "answer", "push" };
static const char *const trusts[] = { "sure", "likely", "guess" };

const char *verb_name(uint8_t verb) { return verb < VERB_COUNT ? verbs[verb] : "none"; }
const char *class_name(uint8_t cls) { return cls < CLASS_COUNT ? classes[cls] : "none"; }
const char *outcome_name(uint8_t outcome) { return outcome < OUT_COUNT ? outcomes[outcome] : "unknown"; }
const char *phase_name(uint8_t phase) { return phase < ARRAY_LEN(phases) ? phases[phase] : "none"; }
const char *trust_name(uint8_t trust) { return trust < ARRAY_LEN(trusts) ? trusts[trust] : "guess"; }

bool verb_folds(uint8_t verb)
{
	switch (verb) {
	case VERB_READ: case VERB_REPORT: case VERB_PUBLISH: case VERB_KEEPALIVE:
	case VERB_RESOLVE: case VERB_ANNOUNCE: case VERB_IDENTIFY:
		return true;
	}
	return false;
}

bool verb_changes(uint8_t verb)
{
	switch (verb) {
	case VERB_WRITE: case VERB_START: case VERB_STOP: case VERB_RESET: case VERB_MODE:
	case VERB_SELECT: case VERB_DELETE: case VERB_RENAME: case VERB_FORCE: case VERB_RAISE:
	case VERB_CLEAR: case VERB_CONTROL:
		return true;
	}
	return false;
}

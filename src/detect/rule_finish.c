/* detect/rule_finish.c: what follows from the tests of one rule: which acts it can be true of, whether these
 * fold, and what is left to ask of them. */
#include <string.h>

#include "detect/rule.h"
#include "detect/yaml.h"

/* ---- what an act must be, as sets ---- */

/* Values of a field of words that the rule leaves possible, as bits. */
static uint64_t possible(const struct node *n, unsigned field, unsigned count)
{
	const struct test *t = node_requires(n, field);
	uint64_t bits = 0;

	for (uint32_t i = 0; t != NULL && i < t->count; i++)
		bits |= UINT64_C(1) << (unsigned)t->wants[i].low % 64;
	return t != NULL ? bits : count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

/* Which words acts of this verb may have with this outcome, as bits. Every rule asks: worked out once. */
static uint64_t words_of(uint8_t verb, uint8_t outcome)
{
	static _Thread_local uint64_t words[VERB_COUNT][OUT_COUNT];

	const uint64_t known = UINT64_C(1) << 63;

	if ((words[verb][outcome] & known) != 0)
		return words[verb][outcome];
	for (uint8_t c = 0; c < CLASS_COUNT; c++) {
		const char *word = word_of(verb, c, outcome);

		for (uint8_t i = 0; word_at(i) != NULL; i++)
			words[verb][outcome] |= word_at(i) == word ? UINT64_C(1) << i : 0;
	}
	return words[verb][outcome] |= known;
}

static bool word_possible(uint64_t wanted, uint8_t verb, uint8_t outcomes)
{
	for (uint8_t o = 0; o < OUT_COUNT; o++)
		if ((outcomes >> o & 1) != 0 && (words_of(verb, o) & wanted) != 0)
			return true;
	return false;
}

uint32_t rule_verbs(const struct rule *r)
{
	uint64_t verbs = possible(r->condition, RF_VERB, VERB_COUNT),
		 outcomes = possible(r->condition, RF_OUTCOME, OUT_COUNT);
	bool by_word = node_requires(r->condition, RF_WORD) != NULL;
	uint64_t words = possible(r->condition, RF_WORD, WORD_BITS);

	for (uint8_t v = 0; by_word && v < VERB_COUNT; v++)
		if (!word_possible(words, v, (uint8_t)outcomes))
			verbs &= ~(UINT64_C(1) << v);
	return (uint32_t)verbs;
}

/* ---- what follows from the tests of one rule ---- */

struct traits { uint8_t flags; bool by_value; const struct test *apart; };

static void look(const struct node *n, struct traits *t)
{
	if (n->kind != NODE_TEST) {
		for (uint32_t i = 0; i < n->count; i++)
			look(n->kids[i], t);
		return;
	}
	const struct field_ref *f = &n->test.field;

	t->flags |= f->flags;
	if ((f->flags & FF_APART) != 0 && t->apart == NULL)
		t->apart = &n->test;
	t->by_value |= (f->id >= RF_VALUE && f->id <= RF_VALUE_OUTSIDE_STEP) || f->id == RF_RESULT ||
		       f->id == RF_OUTCOME || f->id == RF_NOTE || f->id == RF_TRUST || f->id == RF_WORD ||
		       (f->id >= RF_FILE_NAME && f->id < RF_COUNT);
}

static bool says_login_failed(const struct rule *r)
{
	const struct test *t = node_requires(r->condition, RF_WORD);

	for (uint32_t i = 0; t != NULL && i < t->count; i++)
		if (strcmp(word_at((unsigned)t->wants[i].low), "login-failed") == 0)
			return true;
	return false;
}

/* Does it look at acts of which several may come as one record (stream/fold.c)? */
static bool may_fold(const struct rule *r)
{
	uint64_t outcomes = possible(r->condition, RF_OUTCOME, OUT_COUNT);
	uint32_t verbs = rule_verbs(r);

	if (says_login_failed(r) || (outcomes & (1 << OUT_DONE | 1 << OUT_UNKNOWN)) == 0)
		return false;
	for (uint8_t v = 0; v < VERB_COUNT; v++)
		if ((verbs >> v & 1) != 0 && verb_folds(v))
			return true;
	return false;
}

static void note_protocols(struct ruleset *set, const struct rule *r)
{
	const struct test *t = node_requires(r->condition, RF_PROTOCOL);

	set->uses_values = true;
	if (t == NULL)
		set->compares[0] = true;
	for (uint32_t i = 0; t != NULL && i < t->count; i++)
		set->compares[(unsigned)t->wants[i].low % PROTO_ROOM] = true;
}

/* ---- what is left to ask when protocol and verb fit ---- */

enum { REST_MAX = 64 };

/* Texts cost more than numbers, and asking the ledger more than both. */
static unsigned price(const struct node *n)
{
	unsigned dearest = 0;

	if (n->kind == NODE_TEST)
		return n->test.op == OP_RE ? 4 : (n->test.field.flags & FF_VARIES) != 0 ? 3 :
		       n->test.field.id == RF_OBJECT ? 3 : n->test.field.type == VT_TEXT ? 2 : 1;
	for (uint32_t i = 0; i < n->count; i++)
		dearest = price(n->kids[i]) > dearest ? price(n->kids[i]) : dearest;
	return dearest + 1;
}

static bool is_indexed(const struct node *n)
{
	return n->kind == NODE_TEST && n->test.op == OP_EQUAL && !n->test.all &&
	       (n->test.field.id == RF_PROTOCOL || n->test.field.id == RF_VERB);
}

/* The parts that must all hold, in one list. False: too many. */
static bool spread(struct node *n, struct node **list, uint32_t *count)
{
	if (n->kind == NODE_AND || (n->kind == NODE_OR && n->count == 1)) {
		for (uint32_t i = 0; i < n->count; i++)
			if (!spread(n->kids[i], list, count))
				return false;
		return true;
	}
	if (*count == REST_MAX)
		return false;
	list[(*count)++] = n;
	return true;
}

/* The cheapest first. Two tests of one field may ask for different values: only the one the index went by is
 * left out. */
static struct node *rest_of(struct ruleset *set, struct node *condition)
{
	const struct test *proto = node_requires(condition, RF_PROTOCOL),
			  *verb = node_requires(condition, RF_VERB);
	struct node *list[REST_MAX], *rest = set_take(set, sizeof(*rest));
	uint32_t count = 0, kept = 0;

	if (proto != NULL && proto->count > INDEX_PROTOS_MAX)
		proto = NULL;
	if (rest == NULL || !spread(condition, list, &count))
		return condition;
	rest->kids = set_take(set, count * sizeof(rest->kids[0]) + 1);
	if (rest->kids == NULL)
		return condition;
	for (uint32_t i = 0; i < count; i++) {
		bool done = is_indexed(list[i]) && (&list[i]->test == proto || &list[i]->test == verb);
		unsigned cost = price(list[i]);
		uint32_t at = kept;

		if (done)
			continue;
		for (; at > 0 && price(rest->kids[at - 1]) > cost; at--)
			rest->kids[at] = rest->kids[at - 1];
		rest->kids[at] = list[i];
		kept++;
	}
	rest->kind = NODE_AND;
	rest->count = kept;
	return rest;
}

/* ---- what never has a value ---- */

enum lack { LACK_NOTHING, LACK_MEANING, LACK_ALWAYS };

static enum lack field_lacks(const struct site *site, unsigned field)
{
	switch (field) {
	case RF_ALLOWED: return site->allow_count == 0 ? LACK_ALWAYS : LACK_NOTHING;
	case RF_WINDOW: return site->window_count == 0 ? LACK_ALWAYS : LACK_NOTHING;
	case RF_VALUE_OUTSIDE_LIMITS: return site->limit_count == 0 ? LACK_MEANING : LACK_NOTHING;
	case RF_OBJECT_MEANING: case RF_OBJECT_CATEGORY: case RF_VALUE_OUTSIDE_STEP: return LACK_MEANING;
	}
	return LACK_NOTHING;
}

/* A test of a field without a value is false, unless that is what it asks for. So a rule may be unable to be
 * true: at a site that made no such list, or of objects of which nobody said what they mean. */
static enum lack lacks(const struct site *site, const struct node *n)
{
	enum lack worst = LACK_NOTHING;

	if (n->kind == NODE_TEST)
		return n->test.op == OP_EXISTS ? LACK_NOTHING : field_lacks(site, n->test.field.id);
	if (n->kind == NODE_NOT || (n->kind == NODE_OR && n->count != 1))
		return LACK_NOTHING;
	for (uint32_t i = 0; i < n->count; i++) {
		enum lack one = lacks(site, n->kids[i]);

		worst = one > worst ? one : worst;
	}
	return worst;
}

static uint64_t fits_of(const struct ruleset *set, const struct rule *r)
{
	enum lack lack = lacks(set->site, r->condition);

	return lack == LACK_ALWAYS ? 0 : possible(r->condition, RF_WORD, WORD_BITS) |
	       possible(r->condition, RF_CLASS, CLASS_COUNT) << WORD_BITS |
	       possible(r->condition, RF_OUTCOME, OUT_COUNT) << (WORD_BITS + CLASS_BITS) |
	       (uint64_t)r->phases << (WORD_BITS + CLASS_BITS + OUTCOME_BITS) |
	       (lack == LACK_MEANING ? 0 : ACT_UNTOLD);
}

bool rule_finish(struct ruleset *set, struct rule *r, struct yread *y)
{
	struct traits t = { 0 };
	bool asked = node_requires(r->condition, RF_PHASE) != NULL;

	look(r->condition, &t);
	r->phases = asked ? (uint8_t)possible(r->condition, RF_PHASE, PHASE_PUSH + 1) :
		    (t.flags & FF_OUTCOME) != 0 || says_login_failed(r) ?
		    1 << PHASE_WHOLE | 1 << PHASE_ANSWER | 1 << PHASE_PUSH :
		    1 << PHASE_ASK | 1 << PHASE_WHOLE | 1 << PHASE_PUSH;
	r->fits = fits_of(set, r);
	r->folds = may_fold(r);
	r->varies = (t.flags & FF_VARIES) != 0;
	r->by_value = t.by_value;
	r->rest = rest_of(set, r->condition);
	set->uses_learned |= (t.flags & FF_LEARNED) != 0 || r->needs != 0;
	set->uses_ages |= (t.flags & FF_AGE) != 0;
	if ((t.flags & FF_VALUES) != 0)
		note_protocols(set, r);
	if (!r->folds || t.apart == NULL)
		return true;
	y->file = r->file;
	r->off = true;
	return y_wrong_at(y, t.apart->line, t.apart->column, "fold-field",
			  t.apart->field.id == RF_OWN ? t.apart->field.own->name :
						       field_name(t.apart->field.id), NULL);
}

/* model/alert.c: an alert in words, either language. Texts: content/text/alerts.yml.
 *
 * RULE-title, RULE-sentence-OUTCOME, RULE-why, RULE-do-GROUP, RULE-else-GROUP; did-WORD and tried-WORD are
 * what the actor did, with the same {device} and {object}. GROUP is what kind of change the word is. */
#include "model/alert.h"

#include <time.h>

#include "core/util.h"
#include "model/meaning.h"
#include "model/proto.h"

enum { KEY_MAX = 96, PARTY_MAX = ALERT_TEXT + 64, PHRASE_MAX = 2 * ALERT_SENTENCE };

static const char *const levels[] = { "info", "low", "medium", "high", "critical" };

const char *level_name(unsigned level)
{
	return level < ARRAY_LEN(levels) ? levels[level] : "info";
}

unsigned level_severity(unsigned level)
{
	return level >= LEVEL_HIGH ? 1 : level == LEVEL_MEDIUM ? 2 : 3;
}

static const struct { const char *v18, *v19, *name; } techniques[] = {
#include "attack.inc"
};

const char *technique_v19(const char *v18)
{
	for (size_t i = 0; i < ARRAY_LEN(techniques); i++)
		if (strcmp(techniques[i].v18, v18) == 0)
			return techniques[i].v19;
	return v18;
}

const char *technique_name(const char *v18)
{
	for (size_t i = 0; i < ARRAY_LEN(techniques); i++)
		if (strcmp(techniques[i].v18, v18) == 0)
			return techniques[i].name;
	return NULL;
}

void when_text(char out[WHEN_TEXT], int64_t at_ns)
{
	time_t s = (time_t)(at_ns / NS_PER_S);
	struct tm tm;

	if (localtime_r(&s, &tm) == NULL || strftime(out, WHEN_TEXT, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(out, WHEN_TEXT, "%lld", (long long)s);
}

/* ---- the parts of a sentence ---- */

static const char *group_of(const char *action)
{
	static const struct { const char *word, *group; } groups[] = {
		{ "start", "run" }, { "stop", "run" }, { "reset", "run" }, { "mode", "run" },
		{ "program-write", "program" }, { "program-select", "program" },
		{ "program-delete", "program" }, { "firmware-write", "program" }, { "program-read", "copy" },
		{ "file-read", "copy" },
		{ "file-write", "program" }, { "file-delete", "program" }, { "file-rename", "program" },
	};

	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (strcmp(groups[i].word, action) == 0)
			return groups[i].group;
	return "value";
}

static const char *outcome_of(const struct alert *a)
{
	if (a->done > 0)
		return "done";
	if (a->refused > 0)
		return "refused";
	return a->unanswered > 0 ? "unanswered" : "unknown";
}

static void party(char *out, enum lang lang, const char *name, const char *role)
{
	char key[KEY_MAX];

	snprintf(key, sizeof(key), "%s%s", role[0] == '\0' ? "alerts.a-device" : "roles.", role);
	const struct text_arg args[] = { { "role", text(lang, key) }, { "name", name }, { NULL, NULL } };

	text_fill(out, PARTY_MAX, lang, "alerts.party", args);
}

static void space_in_words(char *out, size_t cap, enum lang lang, unsigned rec_proto, const char *object)
{
	const struct proto *p = proto_at(rec_proto);
	const char *blank = strchr(object, ' ');
	char key[KEY_MAX];

	if (p != NULL && blank != NULL) {
		snprintf(key, sizeof(key), "proto.%s.spaces.%.*s", p->name, (int)(blank - object), object);
		if (text_known(key)) {
			snprintf(out, cap, "%s%s", text(lang, key), blank);
			return;
		}
	}
	snprintf(out, cap, "%s", object);
}

void object_in_words(char *out, size_t cap, enum lang lang, unsigned rec_proto, const char *object,
		     const struct side *device)
{
	struct object_meaning m;
	char bare[ALERT_TEXT + 64], meaning[ALERT_TEXT];
	const struct text_arg args[] = { { "object", bare }, { "meaning", meaning }, { NULL, NULL } };

	if (!object_meaning_of(rec_proto, object, device, &m)) {
		space_in_words(out, cap, lang, rec_proto, object);
		return;
	}
	space_in_words(bare, sizeof(bare), lang, rec_proto, object);
	meaning_text(meaning, sizeof(meaning), lang, &m);
	text_fill(out, cap, lang, "objects.with-meaning", args);
}

static void frames_in(char *out, size_t cap, const struct alert *a)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < a->frame_count && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%llu", i == 0 ? "" : ", ",
				      (unsigned long long)a->frames[i]);
}

static bool is_from_file(const struct alert *a) { return a->title != NULL && a->title[0] != '\0'; }

/* rules.TEXT.sentence and so on; what a rule does not say is said in general. */
static void file_key_of(char key[KEY_MAX], const struct alert *a, enum alert_text which)
{
	static const char *const names[ALERT_TEXTS] = {
		[ALERT_TITLE] = "title", [ALERT_SENTENCE_TEXT] = "sentence", [ALERT_WHY] = "why",
		[ALERT_DO] = "do", [ALERT_ELSE] = "maybe" };

	snprintf(key, KEY_MAX, "rules.%s.%s", a->text == NULL || a->text[0] == '\0' ? "general" : a->text,
		 names[which]);
	if (text_known(key))
		return;
	snprintf(key, KEY_MAX, "rules.%s.reason", a->text == NULL ? "" : a->text);
	snprintf(key, KEY_MAX, "rules.general.%s", which == ALERT_WHY && text_known(key) ? "why-with-reason" :
		 names[which]);
}

/* What the rule's own sentences say under this name, or what is said without them. */
static const char *of_rule(const struct alert *a, enum lang lang, const char *name, const char *without)
{
	char key[KEY_MAX];

	snprintf(key, sizeof(key), "rules.%s.%s", a->text == NULL ? "" : a->text, name);
	return is_from_file(a) && text_known(key) ? text(lang, key) : without;
}

static void key_of(char key[KEY_MAX], const struct alert *a, enum alert_text which)
{
	const char *group = group_of(a->action);

	if (is_from_file(a)) {
		file_key_of(key, a, which);
		return;
	}
	switch (which) {
	case ALERT_SENTENCE_TEXT:
		snprintf(key, KEY_MAX, "alerts.%s-sentence-%s", a->rule, outcome_of(a));
		return;
	case ALERT_WHY:
		snprintf(key, KEY_MAX, "alerts.%s-why-%s", a->rule, a->learned ? "learned" : "unlearned");
		return;
	case ALERT_DO: snprintf(key, KEY_MAX, "alerts.%s-do-%s", a->rule, group); return;
	case ALERT_ELSE: snprintf(key, KEY_MAX, "alerts.%s-else-%s", a->rule, group); return;
	case ALERT_TITLE: case ALERT_TEXTS: break;
	}
	snprintf(key, KEY_MAX, "alerts.%s-title", a->rule);
}

static void value_text(char *out, size_t cap, double v, const char *unit)
{
	snprintf(out, cap, "%.10g%s%s", v, unit == NULL ? "" : " ", unit == NULL ? "" : unit);
}

/* What the value was and became, behind a sentence of n bytes. Returns the new length. */
static size_t put_change(char *out, size_t cap, size_t n, enum lang lang, const struct alert *a)
{
	char from[64], to[64];
	struct object_meaning m = { .unit = NULL };
	const struct text_arg args[] = { { "from", from }, { "to", to }, { NULL, NULL } };

	if (!a->change.known || n >= cap)
		return n;
	object_meaning_of(a->proto, a->object, &a->device, &m);
	value_text(from, sizeof(from), a->change.from, m.unit);
	value_text(to, sizeof(to), a->change.to, m.unit);
	return n + text_fill(out + n, cap - n, lang, "alerts.change", args);
}

/* "write holding 107", or "stop" alone where the act names no object. */
static void act_in_words(char *out, size_t cap, enum lang lang, const char *action, const char *object)
{
	const struct text_arg args[] = { { "action", action }, { "object", object }, { NULL, NULL } };

	if (object[0] == '\0')
		snprintf(out, cap, "%s", action);
	else
		text_fill(out, cap, lang, "alerts.act", args);
}

size_t alert_text(char *out, size_t cap, enum lang lang, const struct alert *a, enum alert_text which)
{
	char actor[PARTY_MAX], device[PARTY_MAX], object[PARTY_MAX], phrase[PHRASE_MAX], times[PHRASE_MAX],
		key[KEY_MAX], act[PHRASE_MAX];
	char ending[PHRASE_MAX] = "";
	char first[WHEN_TEXT], last[WHEN_TEXT], span[PHRASE_MAX], frames[ALERT_FRAMES * 24];
	char count[24], done[24], refused[24], rest[24], outcomes[PHRASE_MAX];
	uint64_t told = a->done + a->refused;

	party(actor, lang, a->actor_name, a->actor_role);
	party(device, lang, a->device_name, a->device_role);
	object_in_words(object, sizeof(object), lang, a->proto, a->object, &a->device);
	when_text(first, a->first_ns);
	when_text(last, a->last_ns);
	frames_in(frames, sizeof(frames), a);
	snprintf(count, sizeof(count), "%llu", (unsigned long long)a->count);
	snprintf(done, sizeof(done), "%llu", (unsigned long long)a->done);
	snprintf(refused, sizeof(refused), "%llu", (unsigned long long)a->refused);
	snprintf(key, sizeof(key), "words.%s", a->action);
	act_in_words(act, sizeof(act), lang, text(lang, key), a->object[0] == '\0' ? "" : object);
	if (a->object[0] == '\0')
		snprintf(object, sizeof(object), "%s", text(lang, "alerts.object-none"));
	snprintf(rest, sizeof(rest), "%llu", (unsigned long long)(a->count > told ? a->count - told : 0));
	char outcome[KEY_MAX];

	snprintf(outcome, sizeof(outcome), "alerts.outcome-%s", outcome_of(a));
	const struct text_arg args[] = {
		{ "actor", actor }, { "device", device }, { "object", object }, { "phrase", phrase },
		{ "act", act }, { "action", text(lang, key) }, { "actor_name", a->actor_name },
		{ "device_name", a->device_name }, { "time", first }, { "first", first }, { "last", last },
		{ "span", span }, { "frames", frames }, { "count", count }, { "done", done },
		{ "refused", refused }, { "rest", rest }, { "outcomes", outcomes },
		{ "times", times }, { "ending", ending }, { "rule", a->rule },
		{ "title", of_rule(a, lang, "name", a->title == NULL ? "" : a->title) },
		{ "reason", of_rule(a, lang, "reason", "") }, { "outcome", text(lang, outcome) },
		{ NULL, NULL },
	};

	bool at_once = strcmp(first, last) == 0;

	span[0] = times[0] = outcomes[0] = '\0';
	text_fill(outcomes, sizeof(outcomes), lang,
		  a->count > told ? "alerts.outcomes-more" : "alerts.outcomes", args);
	text_fill(span, sizeof(span), lang, at_once ? "alerts.span-at" : "alerts.span", args);
	text_fill(times, sizeof(times), lang, a->count == 1 ? "alerts.times-once" :
		  at_once ? "alerts.times-many-at" : "alerts.times-many", args);

	snprintf(key, sizeof(key), "alerts.%s-%s", a->done > 0 ? "did" : "tried", a->action);
	phrase[0] = '\0';
	if (text_known(key))
		text_fill(phrase, sizeof(phrase), lang, key, args);
	snprintf(key, sizeof(key), "rules.general.ending-%s", outcome_of(a));
	if (is_from_file(a))
		snprintf(ending, sizeof(ending), "%s", text(lang, key));
	key_of(key, a, which);
	size_t n = text_fill(out, cap, lang, key, args);

	return which == ALERT_SENTENCE_TEXT ? put_change(out, cap, n, lang, a) : n;
}

/* detect/load.c: a file of rules: its documents, and what stands around the detection. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "detect/load.h"

static const char *const levels[] = { "info", "low", "medium", "high", "critical", NULL };

static const char *list_at(const void *ctx, unsigned i)
{
	return ((const char *const *)ctx)[i];
}

/* The place of a word in a list; -1: said why. */
static int one_of(struct loader *l, yaml_node_t *n, const char *const *words)
{
	const char *s = y_text(n);

	for (int i = 0; s != NULL && words[i] != NULL; i++)
		if (strcmp(words[i], s) == 0)
			return i;
	y_wrong(&l->y, n, 0, "unknown-word", s, s == NULL ? NULL : nearest(s, list_at, words));
	return -1;
}

static const char *keep(struct loader *l, yaml_node_t *n)
{
	const char *s = y_text(n);

	if (s == NULL || strlen(s) > TEST_TEXT_MAX) {
		y_wrong(&l->y, n, 0, s == NULL ? "not-a-word" : "text-too-long", NULL, NULL);
		return NULL;
	}
	s = set_text(l->set, s, strlen(s));
	if (s == NULL)
		y_wrong(&l->y, n, 0, "no-room", NULL, NULL);
	return s;
}

/* ---- on: ---- */

static bool take_proto(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	struct loader *l = ctx;
	const struct proto *p = proto_named(s);

	(void)y;
	(void)n;
	l->proto_wrong |= p == NULL;	/* load_test() says so */
	if (p != NULL && l->proto_count < LOAD_PROTOS)
		l->protos[l->proto_count++] = (uint16_t)proto_number(p);
	return true;
}

static bool is_among(const char *key, const char *const *keys)
{
	while (*keys != NULL && strcmp(*keys, key) != 0)
		keys++;
	return *keys != NULL;
}

static struct node *load_on(struct loader *l, yaml_node_t *map)
{
	static const char *const keys[] = { "protocol", "verb", "class", "word", "phase", "outcome", "code",
					    NULL };
	yaml_node_t *named = y_find(&l->y, map, "protocol");

	bool ok = y_mapping(&l->y, map, "on", keys);

	if (!y_is_map(map) || (named != NULL && !y_texts(&l->y, named, take_proto, l)))
		return NULL;
	size_t count = (size_t)(map->data.mapping.pairs.top - map->data.mapping.pairs.start);
	struct node *n = load_node(l, NODE_AND, (uint32_t)count);

	for (size_t i = 0; n != NULL && i < count; i++) {
		const yaml_node_pair_t *p = &map->data.mapping.pairs.start[i];
		const yaml_node_t *key = y_node(&l->y, p->key);

		if (y_text(key) == NULL || !is_among(y_text(key), keys))
			continue;
		n->kids[i] = load_test(l, y_text(key), key, y_node(&l->y, p->value), 1);
		ok = n->kids[i] != NULL && ok;
	}
	return ok ? n : NULL;
}

/* ---- koban: ---- */

static bool take_same(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	static const char *const words[] = { "actor", "device", "object", "who", "protocol", NULL };
	struct loader *l = ctx;
	int i = one_of(l, n, words);

	(void)y;
	(void)s;
	if (i >= 0)
		l->rule->same |= (uint8_t)(1 << i);
	return i >= 0;
}

static bool take_need(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	static const char *const words[] = { "acts", "values", NULL };
	struct loader *l = ctx;
	int i = one_of(l, n, words);

	(void)y;
	(void)s;
	if (i >= 0)
		l->rule->needs |= (uint8_t)(1 << i);
	return i >= 0;
}

static bool take_technique(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	struct loader *l = ctx;
	struct rule *r = l->rule;

	if (technique_name(s) == NULL)
		return y_wrong(y, n, 0, "unknown-technique", s, NULL);
	if (r->technique_count == ALERT_TECHNIQUES)
		return y_full(y, n);
	r->techniques[r->technique_count] = keep(l, n);
	return r->techniques[r->technique_count++] != NULL;
}

static bool take_seed(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	struct loader *l = ctx;
	char room[128];

	if (snprintf(room, sizeof(room), "%s%s%s", l->rule->seed, l->rule->seed[0] == '\0' ? "" : ",", s) >=
	    (int)sizeof(room))
		return y_wrong(y, n, 0, "text-too-long", NULL, NULL);
	l->rule->seed = set_text(l->set, room, strlen(room));
	return l->rule->seed != NULL || y_wrong(y, n, 0, "no-room", NULL, NULL);
}

static bool set_text_key(struct loader *l, yaml_node_t *n)
{
	char key[160];

	l->rule->text = keep(l, n);
	if (l->rule->text == NULL)
		return false;
	snprintf(key, sizeof(key), "rules.%s.sentence", l->rule->text);
	return text_known(key) || y_wrong(&l->y, n, 0, "unknown-text", l->rule->text, NULL);
}

static bool set_action(struct loader *l, yaml_node_t *n)
{
	const char *s = y_text(n);

	for (unsigned i = 0; s != NULL && word_at(i) != NULL; i++)
		if (strcmp(word_at(i), s) == 0) {
			l->rule->action = word_at(i);
			return true;
		}
	return y_wrong(&l->y, n, 0, "unknown-word", s, NULL);
}

static bool set_version(struct loader *l, yaml_node_t *n)
{
	long double v;

	if (y_text(n) == NULL || !y_number(y_text(n), &v) || v < 1 || v > 1e6L)
		return y_wrong(&l->y, n, 0, "not-a-number", y_text(n), NULL);
	l->rule->face.rev = (uint32_t)v;
	return true;
}

static bool koban_key(struct loader *l, const char *key, yaml_node_t *n)
{
	static const char *const kinds[] = { "alarm", "posture", NULL };
	struct rule *r = l->rule;

	if (strcmp(key, "same") == 0) {
		r->same = 0;
		return y_texts(&l->y, n, take_same, l);
	}
	if (strcmp(key, "needs") == 0)
		return y_texts(&l->y, n, take_need, l);
	if (strcmp(key, "attack") == 0)
		return y_texts(&l->y, n, take_technique, l);
	if (strcmp(key, "seed") == 0)
		return y_texts(&l->y, n, take_seed, l);
	if (strcmp(key, "text") == 0)
		return set_text_key(l, n);
	if (strcmp(key, "action") == 0)
		return set_action(l, n);
	if (strcmp(key, "version") == 0)
		return set_version(l, n);
	if (strcmp(key, "silence") == 0)
		return (y_text(n) != NULL && y_duration(y_text(n), &r->silence_ns) &&
			r->silence_ns >= 60 * NS_PER_S) ||
		       y_wrong(&l->y, n, 0, "bad-silence", y_text(n), NULL);
	int kind = one_of(l, n, kinds);

	r->kind = kind == 1 ? ALERT_POSTURE : ALERT_ALARM;
	return kind >= 0;
}

static bool load_koban(struct loader *l, yaml_node_t *map)
{
	static const char *const keys[] = { "needs", "same", "silence", "text", "attack", "kind", "seed",
					    "action", "version", NULL };

	bool ok = y_mapping(&l->y, map, "koban", keys);

	for (unsigned i = 0; keys[i] != NULL; i++) {
		yaml_node_t *n = y_find(&l->y, map, keys[i]);

		ok = (n == NULL || koban_key(l, keys[i], n)) && ok;
	}
	return ok;
}

/* ---- a rule ---- */

static bool load_id(struct loader *l, yaml_node_t *n)
{
	const char *s = y_text(n);
	size_t n_ok = s == NULL ? 0 : strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (n_ok == 0 || s[n_ok] != '\0' || n_ok > 60)
		return y_wrong(&l->y, n, 0, "bad-id", s, NULL);
	if (strcmp(s, "first-change") == 0 || ruleset_find(l->set, s) != NULL || set_left_out(l->set, s))
		return y_wrong(&l->y, n, 0, "id-twice", s, NULL);
	l->rule->id = keep(l, n);
	return l->rule->id != NULL;
}

static bool load_head(struct loader *l, yaml_node_t *map)
{
	static const char *const needed[] = { "id", "title", "level" };
	yaml_node_t *n[ARRAY_LEN(needed)];
	struct rule *r = l->rule;
	bool ok = true;

	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		n[i] = y_find(&l->y, map, needed[i]);
		if (n[i] == NULL)
			ok = y_wrong(&l->y, map, 0, "missing-key", needed[i], NULL);
	}
	int level = n[2] == NULL ? 0 : one_of(l, n[2], levels);

	r->level = (uint8_t)(level < 0 ? 0 : level);
	r->title = n[1] == NULL ? NULL : keep(l, n[1]);
	return (n[0] == NULL || load_id(l, n[0])) && r->title != NULL && level >= 0 && ok;
}

/* Which of the parts there may be together. */
static bool check_parts(struct loader *l, yaml_node_t *map)
{
	const yaml_node_t *on = y_find(&l->y, map, "on"), *correlation = y_find(&l->y, map, "correlation");
	const yaml_node_t *detection = y_find(&l->y, map, "detection");
	const yaml_node_t *detector = y_find(&l->y, map, "detector");

	if ((detection != NULL) + (correlation != NULL) == 2 ||
	    (detection == NULL && correlation == NULL && on == NULL))
		return y_wrong(&l->y, map, 0, "detection-or-correlation", NULL, NULL);
	if (correlation != NULL && (on != NULL || detector != NULL))
		return y_wrong(&l->y, on != NULL ? on : detector, 0, "unknown-key",
			       on != NULL ? "on" : "detector", NULL);
	return true;
}

static bool load_body(struct loader *l, yaml_node_t *map)
{
	yaml_node_t *on = y_find(&l->y, map, "on"), *detection = y_find(&l->y, map, "detection");
	yaml_node_t *correlation = y_find(&l->y, map, "correlation"), *koban = y_find(&l->y, map, "koban");
	yaml_node_t *detector = y_find(&l->y, map, "detector");
	struct node *parts[2] = { NULL, NULL };
	bool ok = check_parts(l, map);

	if (on != NULL && (parts[0] = load_on(l, on)) == NULL)
		ok = false;
	if (detection != NULL && (parts[1] = load_detection(l, detection)) == NULL)
		ok = false;
	if (correlation != NULL && !load_correlation(l, correlation))
		ok = false;
	if (detector != NULL && !load_detector(l, detector))
		ok = false;
	if (koban != NULL && !load_koban(l, koban))
		ok = false;
	if (correlation != NULL || !ok)
		return ok;
	struct node *n = load_node(l, NODE_AND, 2);

	if (n == NULL)
		return y_wrong(&l->y, map, 0, "no-room", NULL, NULL);
	n->count = 0;
	for (unsigned i = 0; i < 2; i++)
		if (parts[i] != NULL)
			n->kids[n->count++] = parts[i];
	l->rule->condition = n;
	return true;
}

/* All that is wrong in it is said, so that a person can mend it in one go. */
static bool load_rule(struct loader *l, yaml_node_t *map)
{
	static const char *const keys[] = {
		"title", "id", "level", "on", "detection", "correlation", "detector", "koban", "status",
		"description", "author", "date", "modified", "references", "tags", "falsepositives",
		"license", "related", NULL };

	l->rule = set_take(l->set, sizeof(*l->rule));
	if (l->rule == NULL)
		return y_wrong(&l->y, map, 0, "no-room", NULL, NULL);
	bool ok = y_mapping(&l->y, map, "rule", keys);

	if (!y_is_map(map))
		return false;
	*l->rule = (struct rule){ .file = l->y.file, .line = y_line(&l->y, map),
		.column = (unsigned)map->start_mark.column + 1, .kind = ALERT_ALARM,
		.same = SAME_ACTOR | SAME_DEVICE, .silence_ns = 3600 * NS_PER_S, .seed = "",
		.face = { .rev = 1 } };
	ok = load_head(l, map) && ok;
	ok = load_body(l, map) && ok;
	if (!ok)
		set_leave_out(l->set, l->rule);
	return ok && set_add(l->set, l->rule, &l->y);
}

/* ---- a file ---- */

static bool load_document(struct loader *l)
{
	yaml_node_t *root = yaml_document_get_root_node(l->y.doc);

	l->y.visits = 0;
	l->proto_count = l->tests = l->selection_count = 0;
	l->proto_wrong = false;
	if (root == NULL)
		return false;		/* the end */
	if (l->set->count == RULES_MAX) {
		y_wrong(&l->y, root, 0, "too-many-rules", NULL, NULL);
		return false;
	}
	if (root->type == YAML_SCALAR_NODE && root->data.scalar.length == 0)
		return true;		/* an empty document */
	load_rule(l, root);
	return true;
}

/* Where the text goes on behind a document that is no YAML: the first "---" in its line `line` or below;
 * ret_line: how many lines are in front of it. n: there is none. */
static size_t next_document(const char *text, size_t n, size_t line, unsigned *ret_line)
{
	size_t at = 0;

	for (*ret_line = 0; at < n; (*ret_line)++) {
		const char *end = memchr(text + at, '\n', n - at);

		if (*ret_line >= line && n - at >= 3 && memcmp(text + at, "---", 3) == 0)
			return at;
		at = end == NULL ? n : (size_t)(end - text) + 1;
	}
	return n;
}

/* Reads documents up to the end, or up to one that is no YAML; returns how many bytes are done with. */
static size_t load_documents(struct loader *l, const char *text, size_t n)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	unsigned lines = 0;
	size_t done = n;
	bool more = true;

	if (!yaml_parser_initialize(&parser)) {
		y_wrong_at(&l->y, 1, 1, "no-room", NULL, NULL);
		return n;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
	while (more) {
		if (!yaml_parser_load(&parser, &doc)) {
			size_t line = parser.problem_mark.line;

			y_wrong_at(&l->y, l->y.line_base + (unsigned)line + 1,
				   (unsigned)parser.problem_mark.column + 1, "not-yaml", parser.problem,
				   NULL);
			if (parser.error == YAML_SCANNER_ERROR || parser.error == YAML_PARSER_ERROR)
				done = next_document(text, n, line > 0 ? line : 1, &lines);
			break;
		}
		l->y.doc = &doc;
		more = load_document(l);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	l->y.line_base += lines;
	return done;
}

size_t ruleset_add(struct ruleset *set, const char *file, const char *text, size_t n, rule_report *report,
		   void *ctx)
{
	struct loader l = { .y = { .file = set_text(set, file, strlen(file)), .report = report, .ctx = ctx },
			    .set = set };

	if (l.y.file == NULL || n > RULE_FILE_MAX) {
		l.y.file = file;
		y_wrong_at(&l.y, 1, 1, n > RULE_FILE_MAX ? "file-too-big" : "no-room", NULL, NULL);
		return l.y.problems;
	}
	for (size_t at = 0; at < n && l.y.problems <= PROBLEMS_SHOWN;)
		at += load_documents(&l, text + at, n - at);
	return l.y.problems;
}

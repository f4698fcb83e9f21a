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
	if (p != NULL && l->proto_count < LOAD_PROTOS)	/* unknown ones are found by load_test() */
		l->protos[l->proto_count++] = (uint16_t)proto_number(p);
	return true;
}

static struct node *load_on(struct loader *l, yaml_node_t *map)
{
	static const char *const keys[] = { "protocol", "verb", "class", "word", "phase", "outcome", "code",
					    NULL };
	yaml_node_t *named = y_find(&l->y, map, "protocol");

	if (!y_mapping(&l->y, map, "on", keys))
		return NULL;
	size_t count = (size_t)(map->data.mapping.pairs.top - map->data.mapping.pairs.start);
	struct node *n = load_node(l, NODE_AND, (uint32_t)count);

	if (named != NULL && !y_texts(&l->y, named, take_proto, l))
		return NULL;
	for (size_t i = 0; n != NULL && i < count; i++) {
		const yaml_node_pair_t *p = &map->data.mapping.pairs.start[i];
		const yaml_node_t *key = y_node(&l->y, p->key);

		n->kids[i] = load_test(l, y_text(key), key, y_node(&l->y, p->value), 1);
		if (n->kids[i] == NULL)
			return NULL;
	}
	return n;
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
		return y_wrong(y, n, 0, "too-many-values", NULL, NULL);
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

	if (!y_mapping(&l->y, map, "koban", keys))
		return false;
	for (unsigned i = 0; keys[i] != NULL; i++) {
		yaml_node_t *n = y_find(&l->y, map, keys[i]);

		if (n != NULL && !koban_key(l, keys[i], n))
			return false;
	}
	return true;
}

/* ---- a rule ---- */

static bool load_id(struct loader *l, yaml_node_t *n)
{
	const char *s = y_text(n);
	size_t n_ok = s == NULL ? 0 : strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (n_ok == 0 || s[n_ok] != '\0' || n_ok > 60)
		return y_wrong(&l->y, n, 0, "bad-id", s, NULL);
	if (strcmp(s, "first-change") == 0 || ruleset_find(l->set, s) != NULL)
		return y_wrong(&l->y, n, 0, "id-twice", s, NULL);
	l->rule->id = keep(l, n);
	return l->rule->id != NULL;
}

static bool load_head(struct loader *l, yaml_node_t *map)
{
	static const char *const needed[] = { "id", "title", "level" };
	struct rule *r = l->rule;

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (y_find(&l->y, map, needed[i]) == NULL)
			return y_wrong(&l->y, map, 0, "missing-key", needed[i], NULL);
	int level = one_of(l, y_find(&l->y, map, "level"), levels);

	if (level < 0 || !load_id(l, y_find(&l->y, map, "id")))
		return false;
	r->level = (uint8_t)level;
	r->title = keep(l, y_find(&l->y, map, "title"));
	return r->title != NULL;
}

static bool load_body(struct loader *l, yaml_node_t *map)
{
	yaml_node_t *on = y_find(&l->y, map, "on"), *detection = y_find(&l->y, map, "detection");
	yaml_node_t *correlation = y_find(&l->y, map, "correlation"), *koban = y_find(&l->y, map, "koban");
	yaml_node_t *detector = y_find(&l->y, map, "detector");
	struct node *parts[2] = { NULL, NULL };

	if ((detection != NULL) + (correlation != NULL) == 2 ||
	    (detection == NULL && correlation == NULL && on == NULL))
		return y_wrong(&l->y, map, 0, "detection-or-correlation", NULL, NULL);
	if (correlation != NULL && (on != NULL || detector != NULL))
		return y_wrong(&l->y, on != NULL ? on : detector, 0, "unknown-key",
			       on != NULL ? "on" : "detector", NULL);
	if (on != NULL && (parts[0] = load_on(l, on)) == NULL)
		return false;
	if (detection != NULL && (parts[1] = load_detection(l, detection)) == NULL)
		return false;
	if (correlation != NULL && !load_correlation(l, correlation))
		return false;
	if (detector != NULL && !load_detector(l, detector))
		return false;
	if (koban != NULL && !load_koban(l, koban))
		return false;
	if (correlation != NULL)
		return true;
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

static bool load_rule(struct loader *l, yaml_node_t *map)
{
	static const char *const keys[] = {
		"title", "id", "level", "on", "detection", "correlation", "detector", "koban", "status",
		"description", "author", "date", "modified", "references", "tags", "falsepositives",
		"license", "related", NULL };

	l->rule = set_take(l->set, sizeof(*l->rule));
	if (l->rule == NULL)
		return y_wrong(&l->y, map, 0, "no-room", NULL, NULL);
	if (!y_mapping(&l->y, map, "rule", keys))
		return false;
	*l->rule = (struct rule){ .file = l->y.file, .line = (unsigned)map->start_mark.line + 1,
		.column = (unsigned)map->start_mark.column + 1, .kind = ALERT_ALARM,
		.same = SAME_ACTOR | SAME_DEVICE, .silence_ns = 3600 * NS_PER_S, .seed = "",
		.face = { .rev = 1 } };
	return load_head(l, map) && load_body(l, map) && set_add(l->set, l->rule, &l->y);
}

/* ---- a file ---- */

static bool load_document(struct loader *l)
{
	yaml_node_t *root = yaml_document_get_root_node(l->y.doc);

	l->y.visits = 0;
	l->proto_count = l->tests = l->selection_count = 0;
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

size_t ruleset_add(struct ruleset *set, const char *file, const char *text, size_t n, rule_report *report,
		   void *ctx)
{
	struct loader l = { .y = { .file = set_text(set, file, strlen(file)), .report = report, .ctx = ctx },
			    .set = set };
	yaml_parser_t parser;
	yaml_document_t doc;
	bool more = true;

	if (l.y.file == NULL || n > RULE_FILE_MAX || !yaml_parser_initialize(&parser)) {
		l.y.file = file;
		y_wrong_at(&l.y, 1, 1, n > RULE_FILE_MAX ? "file-too-big" : "no-room", NULL, NULL);
		return l.y.problems;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
	while (more) {
		if (!yaml_parser_load(&parser, &doc)) {
			y_wrong_at(&l.y, (unsigned)parser.problem_mark.line + 1,
				   (unsigned)parser.problem_mark.column + 1, "not-yaml", parser.problem,
				   NULL);
			break;
		}
		l.y.doc = &doc;
		more = load_document(&l);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return l.y.problems;
}

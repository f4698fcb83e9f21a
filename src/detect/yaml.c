/* detect/yaml.c: see yaml.h. */
#include "detect/yaml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool y_wrong_at(struct yread *y, unsigned line, unsigned column, const char *key, const char *what,
		const char *hint)
{
	const struct rule_problem p = { .file = y->file, .line = line, .column = column, .key = key,
					.what = what == NULL ? "" : what, .hint = hint == NULL ? "" : hint };

	y->problems++;
	if (y->problems <= PROBLEMS_SHOWN) {
		y->report(y->ctx, &p);
	} else if (y->problems == PROBLEMS_SHOWN + 1) {
		struct rule_problem more = p;

		more.key = "too-many-problems";
		y->report(y->ctx, &more);
	}
	return false;
}

bool y_wrong(struct yread *y, const yaml_node_t *at, unsigned offset, const char *key, const char *what,
	     const char *hint)
{
	yaml_mark_t mark = at == NULL ? (yaml_mark_t){ 0 } : at->start_mark;

	return y_wrong_at(y, y->line_base + (unsigned)mark.line + 1, (unsigned)mark.column + 1 + offset, key,
			  what, hint);
}

unsigned y_line(const struct yread *y, const yaml_node_t *at)
{
	return y->line_base + (unsigned)at->start_mark.line + 1;
}

bool y_full(struct yread *y, const yaml_node_t *at)
{
	y->full = true;
	return y_wrong(y, at, 0, "too-many-values", NULL, NULL);
}

const char *y_text(const yaml_node_t *n)
{
	if (n == NULL || n->type != YAML_SCALAR_NODE)
		return NULL;
	const char *s = (const char *)n->data.scalar.value;

	return strlen(s) == n->data.scalar.length ? s : NULL;
}

bool y_plain(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE && n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

yaml_node_t *y_node(struct yread *y, int id)
{
	return yaml_document_get_node(y->doc, id);
}

bool y_visit(struct yread *y, const yaml_node_t *n, unsigned depth)
{
	if (depth > RULE_DEPTH_MAX)
		return y_wrong(y, n, 0, "too-deep", NULL, NULL);
	y->visits++;
	if (y->visits == RULE_VISITS_MAX + 1)
		y_wrong(y, n, 0, "too-long", NULL, NULL);
	return y->visits <= RULE_VISITS_MAX;
}

yaml_node_t *y_find(struct yread *y, const yaml_node_t *map, const char *key)
{
	if (map == NULL || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		const char *k = y_text(y_node(y, p->key));

		if (k != NULL && strcmp(k, key) == 0)
			return y_node(y, p->value);
	}
	return NULL;
}

bool y_no_twice(struct yread *y, const yaml_node_t *map)
{
	bool ok = true;

	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *key = y_node(y, p->key);
		const char *k = y_text(key);
		bool twice = false;

		if (!y_visit(y, key, 0))
			return false;
		for (yaml_node_pair_t *q = map->data.mapping.pairs.start; k != NULL && q < p && !twice; q++) {
			const char *other = y_text(y_node(y, q->key));

			twice = other != NULL && strcmp(k, other) == 0;
		}
		if (k == NULL || twice)
			ok = y_wrong(y, key, 0, k == NULL ? "not-a-word" : "twice", k, NULL);
	}
	return ok;
}

static const char *key_at(const void *ctx, unsigned i)
{
	return ((const char *const *)ctx)[i];
}

bool y_mapping(struct yread *y, const yaml_node_t *map, const char *what, const char *const *keys)
{
	if (map == NULL || map->type != YAML_MAPPING_NODE)
		return y_wrong(y, map, 0, "not-a-mapping", what, NULL);
	if (map->data.mapping.pairs.top - map->data.mapping.pairs.start > RULE_TESTS_MAX)
		return y_wrong(y, map, 0, "too-long", NULL, NULL);
	bool ok = y_no_twice(y, map);

	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *key = y_node(y, p->key);
		const char *k = y_text(key);
		unsigned i = 0;

		while (k != NULL && keys[i] != NULL && strcmp(keys[i], k) != 0)
			i++;
		if (k != NULL && keys[i] == NULL)
			ok = y_wrong(y, key, 0, "unknown-key", k, nearest(k, key_at, keys));
	}
	return ok;
}

bool y_texts(struct yread *y, yaml_node_t *n, bool (*each)(void *ctx, struct yread *y, yaml_node_t *n,
							   const char *text), void *ctx)
{
	if (n->type == YAML_SCALAR_NODE)
		return y_text(n) == NULL ? y_wrong(y, n, 0, "not-a-word", NULL, NULL) :
					   each(ctx, y, n, y_text(n));
	if (n->type != YAML_SEQUENCE_NODE)
		return y_wrong(y, n, 0, "not-a-word", NULL, NULL);
	if (n->data.sequence.items.top - n->data.sequence.items.start > RULE_VALUES_MAX)
		return y_wrong(y, n, 0, "too-many-values", NULL, NULL);
	bool ok = true;

	y->full = false;
	for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top && !y->full;
	     i++) {
		yaml_node_t *item = y_node(y, *i);

		if (!y_visit(y, item, 0))
			return false;
		if (y_text(item) == NULL)
			ok = y_wrong(y, item, 0, "not-a-word", NULL, NULL);
		else if (!each(ctx, y, item, y_text(item)))
			ok = false;
	}
	return ok;
}

/* ---- scalars ---- */

bool y_duration(const char *text, int64_t *ret_ns)
{
	static const struct { char unit; int64_t s; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	unsigned long long n = strtoull(text, &end, 10);

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (end[0] != units[i].unit || end[1] != '\0')
			continue;
		if (n > (unsigned long long)(3660 * INT64_C(86400) / units[i].s))	/* ten years */
			return false;
		*ret_ns = (int64_t)n * units[i].s * NS_PER_S;
		return true;
	}
	return false;
}

bool y_number(const char *text, long double *ret)
{
	char *end;
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = text[0] == '-' || text[0] == '+' ? text + 1 : text;

	if (!isdigit((unsigned char)digits[0]) || strlen(text) > 40)
		return false;
	for (const char *p = digits; !hex && *p != '\0'; p++)
		if (strchr("0123456789.eE+-", *p) == NULL)
			return false;
	for (const char *p = text + 2; hex && *p != '\0'; p++)
		if (!isxdigit((unsigned char)*p))
			return false;
	*ret = hex ? (long double)strtoull(text, &end, 16) : strtold(text, &end);
	return *end == '\0' && end != text && *ret - *ret == 0;
}

bool y_bool(const char *text, bool *ret)
{
	*ret = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
	return *ret || strcmp(text, "false") == 0 || strcmp(text, "no") == 0;
}

/* ---- what was meant ---- */

enum { NEAR_MAX = 40 };

/* How many letters must be changed, added or taken away; cut at 9. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NEAR_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > NEAR_MAX || m > NEAR_MAX)
		return 9;
	for (unsigned j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned above = row[j], best = corner + (a[i - 1] != b[j - 1]);

			best = above + 1 < best ? above + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			corner = above;
			row[j] = best;
		}
	}
	return row[m];
}

const char *nearest(const char *word, const char *(*at)(const void *ctx, unsigned i), const void *ctx)
{
	size_t n = strlen(word);
	unsigned best = n < 3 ? 1 : n < 5 ? 2 : n < 7 ? 3 : 4;	/* fewer than so many letters differ */
	const char *found = "", *w;

	for (unsigned i = 0; (w = at(ctx, i)) != NULL; i++) {
		unsigned d = distance(word, w);

		if (d < best) {
			best = d;
			found = w;
		}
	}
	return found;
}

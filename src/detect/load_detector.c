/* detect/load_detector.c: "detector:" of a rule: its kind and the numbers it is to go by, all of which must
 * be there. */
#include <string.h>

#include "detect/detector.h"
#include "detect/load.h"

static bool take_word(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	struct loader *l = ctx;
	struct tuned *t = l->rule->tuned;

	if (t->word_count == TUNED_WORDS)
		return y_full(y, n);
	t->words[t->word_count] = set_text(l->set, s, strlen(s));
	return t->words[t->word_count++] != NULL || y_wrong(y, n, 0, "no-room", NULL, NULL);
}

static bool take_number(struct loader *l, const struct number *want, yaml_node_t *n, double *ret)
{
	const char *s = y_text(n);
	long double v = 0;
	int64_t span_ns = 0;

	if (want->type == NUM_WORDS)
		return y_texts(&l->y, n, take_word, l);
	if (want->type == NUM_SPAN) {
		if (s == NULL || !y_duration(s, &span_ns))
			return y_wrong(&l->y, n, 0, "bad-duration", s, NULL);
		v = (long double)(span_ns / NS_PER_S);
	} else if (s == NULL || !y_plain(n) || !y_number(s, &v) ||
		   (want->type == NUM_COUNT && v != (long double)(int64_t)v)) {
		return y_wrong(&l->y, n, 0, "not-a-number", s, NULL);
	}
	if (v < (long double)want->low || v > (long double)want->high)
		return y_wrong(&l->y, n, 0, "not-a-number", s, NULL);
	*ret = want->type == NUM_SPAN ? (double)span_ns : (double)v;
	return true;
}

static bool take_kind(struct loader *l, yaml_node_t *map)
{
	yaml_node_t *n = map->type == YAML_MAPPING_NODE ? y_find(&l->y, map, "name") : NULL;
	const char *name = n == NULL ? NULL : y_text(n);

	if (n == NULL)
		return y_wrong(&l->y, map, 0, "missing-key", "name", NULL);
	l->rule->tuned->kind = name == NULL ? NULL : detector_named(name);
	return l->rule->tuned->kind != NULL ||
	       y_wrong(&l->y, n, 0, "unknown-word", name, name == NULL ? NULL :
		       nearest(name, detector_kind_at, NULL));
}

bool load_detector(struct loader *l, yaml_node_t *map)
{
	const char *keys[TUNED_MAX + 2] = { "name" };
	struct tuned *t = l->rule->tuned = set_take(l->set, sizeof(*t));

	if (t == NULL)
		return y_wrong(&l->y, map, 0, "no-room", NULL, NULL);
	if (!take_kind(l, map))
		return false;
	const struct number *numbers = t->kind->numbers;

	for (unsigned i = 0; numbers[i].name != NULL; i++)
		keys[i + 1] = numbers[i].name;
	bool ok = y_mapping(&l->y, map, "detector", keys);

	for (unsigned i = 0; numbers[i].name != NULL; i++) {
		yaml_node_t *n = y_find(&l->y, map, numbers[i].name);

		if (n == NULL)
			ok = y_wrong(&l->y, map, 0, "missing-key", numbers[i].name, NULL);
		else
			ok = take_number(l, &numbers[i], n, &t->number[i]) && ok;
	}
	return ok;
}

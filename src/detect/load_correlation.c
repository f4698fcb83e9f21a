/* detect/load_correlation.c: "correlation:" of a rule. */
#include <string.h>

#include "detect/load.h"

static const char *const types[] = { "event_count", "value_count", "temporal", "temporal_ordered",
				     "absence" };

static const char *type_at(const void *ctx, unsigned i)
{
	(void)ctx;
	return i < ARRAY_LEN(types) ? types[i] : NULL;
}

static bool take_base(void *ctx, struct yread *y, yaml_node_t *n, const char *id)
{
	struct loader *l = ctx;
	struct correlation *c = l->rule->corr;

	if (c->base_count == BASES_MAX)
		return y_full(y, n);
	c->base_ids[c->base_count] = set_text(l->set, id, strlen(id));
	return c->base_ids[c->base_count++] != NULL || y_wrong(y, n, 0, "no-room", NULL, NULL);
}

static const char *field_at(const void *ctx, unsigned i)
{
	(void)ctx;
	return i == 0 ? "actor" : i == 1 ? "device" : i - 2 < RF_COUNT ? field_name(i - 2) : NULL;
}

/* What does not change from one act to the next of the same kind. */
static bool find_field(struct yread *y, yaml_node_t *n, const char *name, struct field_ref *f)
{
	if (strcmp(name, "actor") == 0 || strcmp(name, "device") == 0) {
		*f = (struct field_ref){ .id = name[0] == 'a' ? RF_ACTOR : RF_DEVICE };
		return true;
	}
	if (!field_find(name, f))
		return y_wrong(y, n, 0, "unknown-field", name, nearest(name, field_at, NULL));
	if ((f->flags & (FF_APART | FF_VARIES)) != 0)
		return y_wrong(y, n, 0, "not-for-groups", name, NULL);
	return true;
}

static bool take_group(void *ctx, struct yread *y, yaml_node_t *n, const char *name)
{
	struct loader *l = ctx;
	struct correlation *c = l->rule->corr;

	if (c->group_count == GROUP_MAX)
		return y_full(y, n);
	return find_field(y, n, name, &c->group[c->group_count]) && ++c->group_count > 0;
}

/* "condition: {gte: 10}", with "field:" for value_count. */
static bool load_counts(struct loader *l, yaml_node_t *map)
{
	static const char *const keys[] = { "gt", "gte", "lt", "lte", "eq", "field", NULL };
	struct correlation *c = l->rule->corr;
	bool any = false;

	bool ok = y_mapping(&l->y, map, "condition", keys);

	if (!y_is_map(map))
		return false;
	c->high = UINT64_MAX;
	for (unsigned i = 0; i < 5; i++) {
		yaml_node_t *n = y_find(&l->y, map, keys[i]);
		long double v;

		if (n == NULL)
			continue;
		any = true;
		if (y_text(n) == NULL || !y_plain(n) || !y_number(y_text(n), &v) || v < 0 || v > 1e15L ||
		    v != (long double)(uint64_t)v) {
			ok = y_wrong(&l->y, n, 0, "not-a-number", y_text(n), NULL);
			continue;
		}
		uint64_t k = (uint64_t)v;

		if (i == 0 || i == 1 || i == 4)
			c->low = k + (i == 0);
		if (i == 2 || i == 3 || i == 4)
			c->high = i == 2 ? (k > 0 ? k - 1 : 0) : k;
	}
	if (ok && (!any || c->low < 1 || c->low > c->high))
		ok = y_wrong(&l->y, map, 0, "bad-count", NULL, NULL);
	yaml_node_t *field = y_find(&l->y, map, "field");

	if ((field != NULL) != (c->type == CORR_VALUE_COUNT))
		return y_wrong(&l->y, field != NULL ? field : map, 0,
			       field != NULL ? "unknown-key" : "missing-key", "field", NULL);
	return (field == NULL ||
		(y_text(field) != NULL ? find_field(&l->y, field, y_text(field), &c->value) :
					 y_wrong(&l->y, field, 0, "not-a-word", NULL, NULL))) && ok;
}

static bool load_type(struct loader *l, yaml_node_t *n)
{
	const char *type = y_text(n);

	for (unsigned i = 0; type != NULL && i < ARRAY_LEN(types); i++)
		if (strcmp(types[i], type) == 0) {
			l->rule->corr->type = (uint8_t)i;
			return true;
		}
	return y_wrong(&l->y, n, 0, "unknown-word", type, type == NULL ? NULL : nearest(type, type_at, NULL));
}

static bool check_bases(struct loader *l, const yaml_node_t *at)
{
	const struct correlation *c = l->rule->corr;
	bool several = c->type == CORR_TEMPORAL || c->type == CORR_ORDERED;

	if ((several && c->base_count < 2) || (c->type == CORR_ABSENCE && c->base_count != 2) ||
	    c->base_count == 0)
		return y_wrong(&l->y, at, 0, "wrong-rules", types[c->type], NULL);
	return true;
}

/* "rules:" and how many of them there must be. */
static bool load_bases(struct loader *l, yaml_node_t *rules, bool typed)
{
	struct correlation *c = l->rule->corr;

	c->line = y_line(&l->y, rules);
	c->column = (unsigned)rules->start_mark.column + 1;
	return y_texts(&l->y, rules, take_base, l) && (!typed || check_bases(l, rules));
}

static bool load_times(struct loader *l, yaml_node_t *span, yaml_node_t *generate)
{
	struct correlation *c = l->rule->corr;
	bool ok = true;

	if (span != NULL && (y_text(span) == NULL || !y_duration(y_text(span), &c->span_ns) ||
			     c->span_ns < NS_PER_S || c->span_ns > 31 * 86400 * NS_PER_S))
		ok = y_wrong(&l->y, span, 0, "bad-timespan", y_text(span), NULL);
	if (generate != NULL && (y_text(generate) == NULL || !y_bool(y_text(generate), &c->generate)))
		ok = y_wrong(&l->y, generate, 0, "not-true-or-false", y_text(generate), NULL);
	return ok;
}

bool load_correlation(struct loader *l, yaml_node_t *map)
{
	static const char *const keys[] = { "type", "rules", "group-by", "timespan", "condition", "generate",
					    NULL };
	struct correlation *c = set_take(l->set, sizeof(*c));

	if (c == NULL)
		return y_wrong(&l->y, map, 0, "no-room", NULL, NULL);
	l->rule->corr = c;
	bool ok = y_mapping(&l->y, map, "correlation", keys);

	if (!y_is_map(map))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (i != 2 && y_find(&l->y, map, keys[i]) == NULL)
			ok = y_wrong(&l->y, map, 0, "missing-key", keys[i], NULL);
	yaml_node_t *type = y_find(&l->y, map, "type"), *rules = y_find(&l->y, map, "rules");
	yaml_node_t *group = y_find(&l->y, map, "group-by"), *condition = y_find(&l->y, map, "condition");
	bool typed = type != NULL && load_type(l, type);

	ok = typed && ok;
	ok = (rules == NULL || load_bases(l, rules, typed)) && ok;
	ok = (group == NULL || y_texts(&l->y, group, take_group, l)) && ok;
	ok = load_times(l, y_find(&l->y, map, "timespan"), y_find(&l->y, map, "generate")) && ok;
	bool counts = c->type == CORR_EVENT_COUNT || c->type == CORR_VALUE_COUNT;

	if (typed && (condition != NULL) != counts)
		return y_wrong(&l->y, condition != NULL ? condition : map, 0,
			       condition != NULL ? "unknown-key" : "missing-key", "condition", NULL);
	return (!typed || !counts || load_counts(l, condition)) && ok;
}

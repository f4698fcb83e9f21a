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
		return y_wrong(y, n, 0, "too-many-values", NULL, NULL);
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
		return y_wrong(y, n, 0, "too-many-values", NULL, NULL);
	return find_field(y, n, name, &c->group[c->group_count]) && ++c->group_count > 0;
}

/* "condition: {gte: 10}", with "field:" for value_count. */
static bool load_counts(struct loader *l, yaml_node_t *map)
{
	static const char *const keys[] = { "gt", "gte", "lt", "lte", "eq", "field", NULL };
	struct correlation *c = l->rule->corr;
	bool any = false;

	if (!y_mapping(&l->y, map, "condition", keys))
		return false;
	c->high = UINT64_MAX;
	for (unsigned i = 0; i < 5; i++) {
		yaml_node_t *n = y_find(&l->y, map, keys[i]);
		long double v;

		if (n == NULL)
			continue;
		if (y_text(n) == NULL || !y_plain(n) || !y_number(y_text(n), &v) || v < 0 || v > 1e15L ||
		    v != (long double)(uint64_t)v)
			return y_wrong(&l->y, n, 0, "not-a-number", y_text(n), NULL);
		uint64_t k = (uint64_t)v;

		any = true;
		if (i == 0 || i == 1 || i == 4)
			c->low = k + (i == 0);
		if (i == 2 || i == 3 || i == 4)
			c->high = i == 2 ? (k > 0 ? k - 1 : 0) : k;
	}
	if (!any || c->low < 1 || c->low > c->high)
		return y_wrong(&l->y, map, 0, "bad-count", NULL, NULL);
	yaml_node_t *field = y_find(&l->y, map, "field");

	if ((field != NULL) != (c->type == CORR_VALUE_COUNT))
		return y_wrong(&l->y, field != NULL ? field : map, 0,
			       field != NULL ? "unknown-key" : "missing-key", "field", NULL);
	return field == NULL || (y_text(field) != NULL ? find_field(&l->y, field, y_text(field), &c->value) :
				 y_wrong(&l->y, field, 0, "not-a-word", NULL, NULL));
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

bool load_correlation(struct loader *l, yaml_node_t *map)
{
	static const char *const keys[] = { "type", "rules", "group-by", "timespan", "condition", "generate",
					    NULL };
	struct correlation *c = set_take(l->set, sizeof(*c));

	if (c == NULL)
		return y_wrong(&l->y, map, 0, "no-room", NULL, NULL);
	l->rule->corr = c;
	if (!y_mapping(&l->y, map, "correlation", keys))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (i != 2 && y_find(&l->y, map, keys[i]) == NULL)
			return y_wrong(&l->y, map, 0, "missing-key", keys[i], NULL);
	yaml_node_t *rules = y_find(&l->y, map, "rules"), *group = y_find(&l->y, map, "group-by");
	yaml_node_t *span = y_find(&l->y, map, "timespan"), *condition = y_find(&l->y, map, "condition");
	yaml_node_t *generate = y_find(&l->y, map, "generate");

	c->line = (unsigned)rules->start_mark.line + 1;
	c->column = (unsigned)rules->start_mark.column + 1;
	if (!load_type(l, y_find(&l->y, map, "type")) || !y_texts(&l->y, rules, take_base, l) ||
	    !check_bases(l, rules) || (group != NULL && !y_texts(&l->y, group, take_group, l)))
		return false;
	if (y_text(span) == NULL || !y_duration(y_text(span), &c->span_ns) || c->span_ns < NS_PER_S ||
	    c->span_ns > 31 * 86400 * NS_PER_S)
		return y_wrong(&l->y, span, 0, "bad-timespan", y_text(span), NULL);
	if (generate != NULL && (y_text(generate) == NULL || !y_bool(y_text(generate), &c->generate)))
		return y_wrong(&l->y, generate, 0, "not-true-or-false", y_text(generate), NULL);
	bool counts = c->type == CORR_EVENT_COUNT || c->type == CORR_VALUE_COUNT;

	if ((condition != NULL) != counts)
		return y_wrong(&l->y, condition != NULL ? condition : map, 0,
			       condition != NULL ? "unknown-key" : "missing-key", "condition", NULL);
	return !counts || load_counts(l, condition);
}

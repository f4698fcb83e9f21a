/* detect/load_detection.c: "detection:" of a rule: selections and the condition over them. */
#include <string.h>

#include "detect/load.h"

struct node *load_node(struct loader *l, uint8_t kind, uint32_t kids)
{
	struct node *n = set_take(l->set, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->kind = kind;
	n->count = kids;
	if (kids > 0) {
		n->kids = set_take(l->set, kids * sizeof(n->kids[0]));
		if (n->kids == NULL)
			return NULL;
	}
	return n;
}

/* A mapping: all its tests must hold. */
static struct node *all_of(struct loader *l, yaml_node_t *map, unsigned depth)
{
	size_t count = (size_t)(map->data.mapping.pairs.top - map->data.mapping.pairs.start);

	if (count == 0 || count > RULE_TESTS_MAX || !y_visit(&l->y, map, depth)) {
		if (count == 0 || count > RULE_TESTS_MAX)
			y_wrong(&l->y, map, 0, count == 0 ? "no-value" : "too-many-tests", NULL, NULL);
		return NULL;
	}
	bool ok = y_no_twice(&l->y, map);
	struct node *n = load_node(l, NODE_AND, (uint32_t)count);

	if (n == NULL) {
		y_wrong(&l->y, map, 0, "no-room", NULL, NULL);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		const yaml_node_pair_t *p = &map->data.mapping.pairs.start[i];
		const yaml_node_t *key = y_node(&l->y, p->key);

		if (y_text(key) == NULL)
			continue;
		n->kids[i] = load_test(l, y_text(key), key, y_node(&l->y, p->value), depth + 1);
		ok = n->kids[i] != NULL && ok;
	}
	return ok ? n : NULL;
}

/* A list of mappings: one of them must hold. */
static struct node *selection(struct loader *l, yaml_node_t *at)
{
	if (at->type == YAML_MAPPING_NODE)
		return all_of(l, at, 1);
	size_t count = at->type == YAML_SEQUENCE_NODE ?
		       (size_t)(at->data.sequence.items.top - at->data.sequence.items.start) : 0;

	if (count == 0 || count > RULE_TESTS_MAX) {
		y_wrong(&l->y, at, 0, "not-a-selection", NULL, NULL);
		return NULL;
	}
	struct node *n = load_node(l, NODE_OR, (uint32_t)count);
	bool ok = true;

	for (size_t i = 0; n != NULL && i < count; i++) {
		yaml_node_t *item = y_node(&l->y, at->data.sequence.items.start[i]);

		if (y_is_map(item))
			n->kids[i] = all_of(l, item, 2);
		else
			y_wrong(&l->y, item, 0, "not-a-selection", NULL, NULL);
		ok = n->kids[i] != NULL && ok;
	}
	return ok ? n : NULL;
}

static bool one_selection(struct loader *l, const yaml_node_t *key, yaml_node_t *value)
{
	const char *name = y_text(key);

	if (l->selection_count == SELECTIONS_MAX)
		return y_wrong(&l->y, key, 0, "too-many-selections", NULL, NULL);
	struct selection *s = &l->selections[l->selection_count];

	*s = (struct selection){ .name = name, .at = key, .node = selection(l, value) };
	bool ok = s->node != NULL;

	for (unsigned i = 0; i < l->selection_count; i++)	/* named twice, which was said */
		s->used = s->used || strcmp(l->selections[i].name, name) == 0;
	if (!ok)	/* a name all the same: what the condition says of it is not wrong */
		s->node = load_node(l, NODE_AND, 0);
	l->selection_count += s->node != NULL;
	return ok;
}

struct node *load_detection(struct loader *l, yaml_node_t *map)
{
	const yaml_node_t *condition = y_find(&l->y, map, "condition");

	if (map->type != YAML_MAPPING_NODE) {
		y_wrong(&l->y, map, 0, "not-a-mapping", "detection", NULL);
		return NULL;
	}
	bool ok = y_no_twice(&l->y, map);

	if (condition == NULL)
		ok = y_wrong(&l->y, map, 0, "missing-key", "condition", NULL);
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *key = y_node(&l->y, p->key);
		const char *name = y_text(key);

		if (name == NULL || strcmp(name, "condition") == 0)
			continue;
		bool full = l->selection_count == SELECTIONS_MAX;

		ok = one_selection(l, key, y_node(&l->y, p->value)) && ok;
		if (full)
			return NULL;
	}
	struct node *n = condition == NULL ? NULL : load_condition(l, condition);

	return ok ? n : NULL;
}

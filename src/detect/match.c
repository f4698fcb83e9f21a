/* detect/match.c: is a rule's condition true of an act. */
#include <stdlib.h>
#include <string.h>

#include "detect/rule.h"

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static int text_order(const struct want *w, struct bytes b, bool cased)
{
	size_t n = min_size(w->n, b.n);

	for (size_t i = 0; i < n; i++) {
		uint8_t c = cased ? b.p[i] : lower(b.p[i]);

		if (c != (uint8_t)w->text[i])
			return c < (uint8_t)w->text[i] ? -1 : 1;
	}
	return b.n < w->n ? -1 : b.n > w->n;
}

static bool at_fits(const struct want *w, const uint8_t *p, bool cased)
{
	for (uint32_t i = 0; i < w->n; i++)
		if ((cased ? p[i] : lower(p[i])) != (uint8_t)w->text[i])
			return false;
	return true;
}

static bool contains(const struct want *w, struct bytes b, bool cased)
{
	for (size_t i = 0; i + w->n <= b.n; i++)
		if (at_fits(w, b.p + i, cased))
			return true;
	return false;
}

static bool text_fits(const struct test *t, const struct want *w, struct bytes b, const struct ruleset *set)
{
	switch (t->op) {
	case OP_EQUAL: return w->n == b.n && text_order(w, b, t->cased) == 0;
	case OP_GLOB: return glob_fits(w->text, (const char *)b.p, b.n);
	case OP_CONTAINS: return contains(w, b, t->cased);
	case OP_STARTS: return w->n <= b.n && at_fits(w, b.p, t->cased);
	case OP_ENDS: return w->n <= b.n && at_fits(w, b.p + b.n - w->n, t->cased);
	case OP_RE: return set_matches(set, w->re, b);
	}
	return false;
}

static bool number_fits(const struct test *t, const struct want *w, long double n)
{
	switch (t->op) {
	case OP_EQUAL: return n == w->low;
	case OP_GT: return n > w->low;
	case OP_GTE: return n >= w->low;
	case OP_LT: return n < w->low;
	case OP_LTE: return n <= w->low;
	case OP_RANGE: return n >= w->low && n <= w->high;
	}
	return false;
}

static bool address_fits(const struct test *t, const struct want *w, const uint8_t address[16])
{
	const struct net net = { .bits = w->bits };

	if (t->field.type == VT_IP && t->op == OP_EQUAL)
		return memcmp(w->address, address, 16) == 0;
	struct net n = net;

	memcpy(n.ip, w->address, sizeof(n.ip));
	return net_has(&n, address);
}

static bool fits(const struct test *t, const struct want *w, const struct val *v, const struct ruleset *set)
{
	switch (t->field.type) {
	case VT_TEXT: return text_fits(t, w, v->text, set);
	case VT_IP: case VT_MAC: return address_fits(t, w, v->address);
	}
	return number_fits(t, w, v->number);
}

/* Among many sorted values. */
static bool among(const struct test *t, const struct val *v)
{
	uint32_t low = 0, high = t->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct want *w = &t->wants[mid];
		int order;

		if (t->field.type == VT_TEXT)
			order = text_order(w, v->text, t->cased);
		else if (t->field.type == VT_IP || t->field.type == VT_MAC)
			order = memcmp(v->address, w->address, t->field.type == VT_IP ? 16 : 6);
		else
			order = v->number < w->low ? -1 : v->number > w->low;
		if (order == 0)
			return true;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

static bool value_fits(const struct test *t, const struct val *v, const struct ruleset *set)
{
	if (t->op == OP_EQUAL && t->count > TEST_FEW && !t->all)
		return among(t, v);
	for (uint32_t i = 0; i < t->count; i++)
		if (fits(t, &t->wants[i], v, set) != t->all)
			return !t->all;
	return t->all;
}

bool test_true(const struct test *t, const struct subject *s, const struct ruleset *set)
{
	struct val v = { .number = 0 };
	bool any = field_get(s, &t->field, 0, &v);

	if (t->op == OP_EXISTS)
		return any == (t->wants[0].low != 0);
	for (unsigned i = 0; any; any = field_get(s, &t->field, ++i, &v))
		if (value_fits(t, &v, set))
			return true;
	return false;
}

bool node_true(const struct node *n, const struct subject *s, const struct ruleset *set)
{
	switch (n->kind) {
	case NODE_TEST: return test_true(&n->test, s, set);
	case NODE_NOT: return !node_true(n->kids[0], s, set);
	}
	bool seek = n->kind == NODE_OR;

	for (uint32_t i = 0; i < n->count; i++)
		if (node_true(n->kids[i], s, set) == seek)
			return seek;
	return !seek;
}

const struct test *node_requires(const struct node *n, unsigned field)
{
	if (n->kind == NODE_TEST)
		return n->test.field.id == field && n->test.op == OP_EQUAL && !n->test.all ? &n->test : NULL;
	if (n->kind == NODE_NOT || (n->kind == NODE_OR && n->count != 1))
		return NULL;
	for (uint32_t i = 0; i < n->count; i++) {
		const struct test *t = node_requires(n->kids[i], field);

		if (t != NULL)
			return t;
	}
	return NULL;
}

/* detect/load_test.c: one line of a selection, "field|modifier: values", as a test. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/load.h"

static const char *field_at(const void *ctx, unsigned i)
{
	(void)ctx;
	return i < RF_COUNT ? field_name(i) : NULL;
}

struct word_list { const struct site *site; unsigned id; };

static const char *word_of_field(const void *ctx, unsigned i)
{
	const struct word_list *w = ctx;

	return field_word(w->site, w->id, i);
}

/* ---- modifiers ---- */

static const struct { const char *name; int8_t op; } modifiers[] = {
	{ "in", OP_EQUAL }, { "list", OP_EQUAL }, { "contains", OP_CONTAINS }, { "startswith", OP_STARTS },
	{ "endswith", OP_ENDS }, { "re", OP_RE }, { "cidr", OP_CIDR }, { "gt", OP_GT }, { "gte", OP_GTE },
	{ "lt", OP_LT }, { "lte", OP_LTE }, { "range", OP_RANGE }, { "exists", OP_EXISTS },
	{ "all", -1 }, { "cased", -2 },
};

static const char *modifier_at(const void *ctx, unsigned i)
{
	(void)ctx;
	return i < ARRAY_LEN(modifiers) ? modifiers[i].name : NULL;
}

static bool op_suits(uint8_t op, uint8_t type)
{
	switch (op) {
	case OP_EXISTS: return true;
	case OP_EQUAL: return type != VT_TIME;
	case OP_CONTAINS: case OP_ENDS: case OP_RE: return type == VT_TEXT;
	case OP_STARTS: return type == VT_TEXT || type == VT_MAC;
	case OP_CIDR: return type == VT_IP;
	}
	return type == VT_NUMBER || type == VT_TIME;
}

static bool one_modifier(struct loader *l, struct test *t, const char *word, const yaml_node_t *at,
			 unsigned offset)
{
	for (size_t i = 0; i < ARRAY_LEN(modifiers); i++) {
		if (strcmp(modifiers[i].name, word) != 0)
			continue;
		if (modifiers[i].op == -1)
			t->all = true;
		else if (modifiers[i].op == -2)
			t->cased = true;
		else if (!op_suits((uint8_t)modifiers[i].op, t->field.type) ||
			 (modifiers[i].op >= OP_GT && (t->field.flags & FF_WIDE) != 0 &&
			  modifiers[i].op != OP_EXISTS))
			return y_wrong(&l->y, at, offset, "modifier-type", word, NULL);
		else
			t->op = (uint8_t)modifiers[i].op;
		return true;
	}
	return y_wrong(&l->y, at, offset, "unknown-modifier", word, nearest(word, modifier_at, NULL));
}

/* "field|mod|mod" into t. */
static bool read_key(struct loader *l, struct test *t, const char *key, const yaml_node_t *at)
{
	char word[64];
	const char *p = key, *bar;
	bool first = true;

	for (;; p = bar + 1, first = false) {
		bar = strchr(p, '|');
		size_t n = bar == NULL ? strlen(p) : (size_t)(bar - p);
		unsigned offset = (unsigned)(p - key);

		if (n >= sizeof(word))
			return y_wrong(&l->y, at, offset, "unknown-field", key, NULL);
		memcpy(word, p, n);
		word[n] = '\0';
		if (first && !field_find(word, &t->field))
			return y_wrong(&l->y, at, offset, "unknown-field", word,
				       nearest(word, field_at, NULL));
		if (!first && !one_modifier(l, t, word, at, offset))
			return false;
		if (bar == NULL)
			break;
	}
	if (t->field.type == VT_TIME && t->op == OP_EQUAL)
		return y_wrong(&l->y, at, 0, "time-equal", field_name(t->field.id), NULL);
	return true;
}

/* ---- values ---- */

static bool has_glob(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\' && (s[1] == '*' || s[1] == '?' || s[1] == '\\'))
			s++;
		else if (*s == '*' || *s == '?')
			return true;
	}
	return false;
}

/* A copy, in lower case unless it matters; of equality without its backslashes. */
static bool keep_text(struct loader *l, struct test *t, struct want *w, const char *s, const yaml_node_t *at)
{
	size_t n = strlen(s), out = 0;
	char *copy = n > TEST_TEXT_MAX ? NULL : set_text(l->set, s, n);

	if (copy == NULL)
		return y_wrong(&l->y, at, 0, n > TEST_TEXT_MAX ? "text-too-long" : "no-room", NULL, NULL);
	for (size_t i = 0; i < n; i++) {
		if (t->op == OP_EQUAL && s[i] == '\\' &&
		    (s[i + 1] == '*' || s[i + 1] == '?' || s[i + 1] == '\\'))
			i++;
		char c = s[i];

		copy[out++] = !t->cased && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	copy[out] = '\0';
	w->text = copy;
	w->n = (uint32_t)out;
	return true;
}

static bool text_value(struct loader *l, struct test *t, struct want *w, const char *s, const yaml_node_t *at)
{
	unsigned offset = 0;

	if (t->field.id == RF_NOTE) {
		bool known = false;
		char key[160];

		for (unsigned i = 0; i < l->proto_count && !known; i++) {
			snprintf(key, sizeof(key), "proto.%s.notes.%s", proto_at(l->protos[i])->name, s);
			known = text_known(key);
		}
		if (l->proto_count > 0 && !l->proto_wrong && t->op == OP_EQUAL && !known)
			return y_wrong(&l->y, at, 0, "unknown-word", s, NULL);
	}
	if (t->op == OP_RE) {
		w->re = strlen(s) > TEST_TEXT_MAX ? NULL : set_expression(l->set, s, t->cased, &offset);
		return w->re != NULL || y_wrong(&l->y, at, offset + !y_plain(at), "bad-expression", s, NULL);
	}
	return keep_text(l, t, w, s, at);
}

static bool number_value(struct loader *l, struct test *t, struct want *w, const char *s,
			 const yaml_node_t *at)
{
	if (!y_plain(at))
		return y_wrong(&l->y, at, 0, "number-as-text", s, NULL);
	if (!y_number(s, &w->low))
		return y_wrong(&l->y, at, 0, "not-a-number", s, NULL);
	w->high = w->low;
	return t != NULL;
}

/* A key of codes[] or spaces[], or its number, of each protocol that `on:` names: one want for each. */
static bool wide_value(struct loader *l, struct test *t, const char *s, const yaml_node_t *at, uint32_t room)
{
	long double given = -1;
	bool is_number = y_plain(at) && y_number(s, &given), any = false;

	for (unsigned i = 0; i < l->proto_count; i++) {
		const struct proto *p = proto_at(l->protos[i]);
		bool code = t->field.id == RF_CODE;

		for (unsigned k = 0; code ? k < p->code_count : p->spaces != NULL && p->spaces[k].key != NULL;
		     k++) {
			uint32_t n = code ? p->codes[k].code : k + 1;

			if (is_number || strcmp(code ? p->codes[k].key : p->spaces[k].key, s) != 0)
				continue;
			any = true;
			if (t->count < room)
				t->wants[t->count++].low = (uint64_t)l->protos[i] << 32 | n;
		}
		if (is_number && given >= 0 && given <= UINT32_MAX && t->count < room) {
			any = true;
			t->wants[t->count++].low = (long double)((uint64_t)l->protos[i] << 32) + given;
		}
	}
	if (!any && l->proto_wrong && t->count < room)	/* perhaps a word of the one that was meant */
		return ++t->count > 0;
	return any || y_wrong(&l->y, at, 0, "unknown-word", s, NULL);
}

static bool time_value(struct loader *l, struct want *w, const char *s, const yaml_node_t *at)
{
	int64_t ns;

	if (!y_duration(s, &ns))
		return y_wrong(&l->y, at, 0, "bad-duration", s, NULL);
	w->low = w->high = (long double)ns / NS_PER_S;
	return true;
}

static bool word_value(struct loader *l, struct test *t, struct want *w, const char *s, const yaml_node_t *at)
{
	const struct word_list list = { l->set->site, t->field.id };
	int n = field_word_number(l->set->site, t->field.id, s);

	if (n < 0)
		return y_wrong(&l->y, at, 0, "unknown-word", s, nearest(s, word_of_field, &list));
	w->low = n;
	return true;
}

static bool address_value(struct loader *l, struct test *t, struct want *w, const char *s,
			  const yaml_node_t *at)
{
	struct net net;
	size_t bytes = (strlen(s) + 1) / 3;
	char whole[24];

	if (t->field.type == VT_IP) {
		if (!net_parse(s, &net) || (t->op == OP_EQUAL && net.bits != 128))
			return y_wrong(&l->y, at, 0, t->op == OP_CIDR ? "bad-net" : "bad-address", s, NULL);
		memcpy(w->address, net.ip, sizeof(w->address));
		w->bits = net.bits;
		return true;
	}
	w->bits = (uint8_t)(bytes * 8);
	if (bytes < 1 || bytes > 6 || (t->op == OP_EQUAL && bytes != 6))
		return y_wrong(&l->y, at, 0, "bad-mac", s, NULL);
	snprintf(whole, sizeof(whole), "%s%s", s, &":00:00:00:00:00:00"[bytes * 3]);
	return mac_parse(whole, w->address) || y_wrong(&l->y, at, 0, "bad-mac", s, NULL);
}

static bool bool_value(struct loader *l, struct want *w, const char *s, const yaml_node_t *at)
{
	bool b;

	if (!y_plain(at) || !y_bool(s, &b))
		return y_wrong(&l->y, at, 0, "not-true-or-false", s, NULL);
	w->low = b;
	return true;
}

struct taking { struct loader *l; struct test *t; uint32_t room; };

static bool take_value(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	const struct taking *k = ctx;
	struct test *t = k->t;

	if (t->count >= k->room)
		return y_full(y, n);
	const char *given = set_text(k->l->set, s, min_size(strlen(s), TEST_TEXT_MAX));

	if (given == NULL)
		return y_wrong(y, n, 0, "no-room", NULL, NULL);
	if ((t->field.flags & FF_WIDE) != 0 && t->op != OP_EXISTS) {
		uint32_t first = t->count;
		bool known = wide_value(k->l, t, s, n, k->room);

		for (; first < t->count; first++)
			t->wants[first].given = given;
		return known;
	}
	struct want *w = &t->wants[t->count];

	w->given = given;

	if (t->op == OP_EXISTS) {
		if (!bool_value(k->l, w, s, n))
			return false;
	} else {
		bool ok = false;

		switch (t->field.type) {
		case VT_TEXT: ok = text_value(k->l, t, w, s, n); break;
		case VT_NUMBER: ok = number_value(k->l, t, w, s, n); break;
		case VT_TIME: ok = time_value(k->l, w, s, n); break;
		case VT_WORD: ok = word_value(k->l, t, w, s, n); break;
		case VT_IP: case VT_MAC: ok = address_value(k->l, t, w, s, n); break;
		case VT_BOOL: ok = bool_value(k->l, w, s, n); break;
		}
		if (!ok)
			return false;
	}
	t->count++;
	return true;
}

static int want_order(const void *pa, const void *pb)
{
	const struct want *a = pa, *b = pb;

	if (a->text != NULL && b->text != NULL) {
		int order = memcmp(a->text, b->text, min_size(a->n, b->n));

		return order != 0 ? order : a->n < b->n ? -1 : a->n > b->n;
	}
	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return memcmp(a->address, b->address, sizeof(a->address));
}

static bool any_glob(struct loader *l, yaml_node_t *value)
{
	const char *s = y_text(value);

	if (s != NULL)
		return has_glob(s);
	if (value->type != YAML_SEQUENCE_NODE)
		return false;
	for (yaml_node_item_t *i = value->data.sequence.items.start; i < value->data.sequence.items.top;
	     i++) {
		s = y_text(y_node(&l->y, *i));
		if (s != NULL && has_glob(s))
			return true;
	}
	return false;
}

/* A range is one want out of two values. */
static bool finish_values(struct loader *l, struct test *t, yaml_node_t *value)
{
	if (t->count == 0)
		return y_wrong(&l->y, value, 0, "no-value", NULL, NULL);
	if (t->op == OP_RANGE) {
		if (t->count != 2 || t->wants[0].low > t->wants[1].low)
			return y_wrong(&l->y, value, 0, "bad-range", NULL, NULL);
		t->wants[0].high = t->wants[1].low;
		t->count = 1;		/* wants[1].given is still shown to people */
	}
	if ((t->op == OP_EXISTS || (t->op >= OP_GT && t->op <= OP_LTE)) && t->count != 1)
		return y_wrong(&l->y, value, 0, "one-value", NULL, NULL);
	if (t->op == OP_EQUAL && t->count > TEST_FEW && !t->all)
		qsort(t->wants, t->count, sizeof(t->wants[0]), want_order);
	return true;
}

static bool check_field(struct loader *l, const struct test *t, const yaml_node_t *at)
{
	if ((t->field.flags & FF_WIDE) != 0 && l->proto_count == 0 && !l->proto_wrong &&
	    t->op != OP_EXISTS)
		return y_wrong(&l->y, at, 0, "needs-protocol", field_name(t->field.id), NULL);
	if (++l->tests > RULE_TESTS_MAX)
		return y_wrong(&l->y, at, 0, "too-many-tests", NULL, NULL);
	return true;
}

struct node *load_test(struct loader *l, const char *key, const yaml_node_t *key_node, yaml_node_t *value,
		       unsigned depth)
{
	struct node *n = load_node(l, NODE_TEST, 0);
	struct taking taking = { l, n == NULL ? NULL : &n->test, 1 };

	if (n == NULL || !y_visit(&l->y, key_node, depth) || !read_key(l, &n->test, key, key_node) ||
	    !check_field(l, &n->test, key_node))
		return NULL;
	struct test *t = &n->test;

	t->line = y_line(&l->y, key_node);
	t->column = (unsigned)key_node->start_mark.column + 1;
	if (value->type == YAML_SEQUENCE_NODE)
		taking.room = (uint32_t)min_size((size_t)(value->data.sequence.items.top -
							  value->data.sequence.items.start), RULE_VALUES_MAX);
	if ((t->field.flags & FF_WIDE) != 0)
		taking.room =
			(uint32_t)min_size((taking.room + 4) * (l->proto_count + 1) * 2, RULE_VALUES_MAX);
	if (t->field.type == VT_TEXT && t->op == OP_EQUAL && any_glob(l, value))
		t->op = OP_GLOB;
	t->wants = set_take(l->set, (taking.room + 1) * sizeof(struct want));
	if (t->wants == NULL) {
		y_wrong(&l->y, value, 0, "no-room", NULL, NULL);
		return NULL;
	}
	return y_texts(&l->y, value, take_value, &taking) && finish_values(l, t, value) ? n : NULL;
}

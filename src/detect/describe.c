/* detect/describe.c: a rule's condition in one line, as people may read it. */
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "detect/detector.h"
#include "detect/rule.h"

static const char *const signs[] = {
	[OP_EQUAL] = "=", [OP_GLOB] = "=", [OP_CONTAINS] = "contains", [OP_STARTS] = "starts with",
	[OP_ENDS] = "ends with", [OP_RE] = "matches", [OP_CIDR] = "in", [OP_GT] = ">", [OP_GTE] = ">=",
	[OP_LT] = "<", [OP_LTE] = "<=", [OP_RANGE] = "from", [OP_EXISTS] = "exists" };

static void put_test(struct buf *b, const struct test *t)
{
	enum { SHOWN = 12 };

	if (t->field.id == RF_OWN) {
		buf_str(b, proto_at(t->field.proto)->name);
		buf_char(b, '.');
		buf_str(b, t->field.own->name);
		if (t->field.sub != NULL) {
			buf_char(b, '.');
			buf_str(b, t->field.sub->name);
		}
	} else {
		buf_str(b, field_name(t->field.id));
	}
	buf_char(b, ' ');
	buf_str(b, signs[t->op]);
	for (uint32_t i = 0; i < t->count && i < SHOWN; i++) {
		if (i > 0 && t->wants[i].given == t->wants[i - 1].given)
			continue;
		buf_str(b, i == 0 ? " " : t->all ? " and " : " or ");
		buf_str(b, t->wants[i].given);
	}
	if (t->op == OP_RANGE) {
		buf_str(b, " to ");
		buf_str(b, t->wants[1].given);
	}
	if (t->count > SHOWN)
		buf_str(b, " ...");
}

static void put_node(struct buf *b, const struct node *n, bool inside)
{
	if (n->kind == NODE_TEST) {
		put_test(b, &n->test);
		return;
	}
	if (n->kind == NODE_NOT) {
		buf_str(b, "not ");
		put_node(b, n->kids[0], true);
		return;
	}
	bool brackets = inside && n->count > 1;

	if (brackets)
		buf_char(b, '(');
	for (uint32_t i = 0; i < n->count; i++) {
		if (i > 0)
			buf_str(b, n->kind == NODE_AND ? " and " : " or ");
		put_node(b, n->kids[i], n->count > 1 && (n->kids[i]->kind != n->kind));
	}
	if (brackets)
		buf_char(b, ')');
}

static void put_correlation(struct buf *b, const struct correlation *c)
{
	static const char *const types[] = { "event_count", "value_count", "temporal", "temporal_ordered",
					     "absence" };

	buf_str(b, types[c->type]);
	if (c->type == CORR_VALUE_COUNT) {
		buf_char(b, ' ');
		buf_str(b, c->value.id == RF_ACTOR ? "actor" : c->value.id == RF_DEVICE ? "device" :
			   field_name(c->value.id));
	}
	buf_str(b, " of");
	for (unsigned i = 0; i < c->base_count; i++) {
		buf_str(b, i == 0 ? " " : ", ");
		buf_str(b, c->base_ids[i]);
	}
	if (c->type == CORR_EVENT_COUNT || c->type == CORR_VALUE_COUNT) {
		buf_str(b, " >= ");
		buf_u64(b, c->low);
		if (c->high != UINT64_MAX) {
			buf_str(b, " <= ");
			buf_u64(b, c->high);
		}
	}
	buf_str(b, " within ");
	buf_u64(b, (uint64_t)(c->span_ns / NS_PER_S));
	buf_str(b, " s");
	for (unsigned i = 0; i < c->group_count; i++) {
		buf_str(b, i == 0 ? " by " : ", ");
		buf_str(b, c->group[i].id == RF_ACTOR ? "actor" : c->group[i].id == RF_DEVICE ? "device" :
			   field_name(c->group[i].id));
	}
}

static void put_detector(struct buf *b, const struct tuned *t)
{
	buf_str(b, "; ");
	buf_str(b, t->kind->name);
	for (unsigned i = 0; t->kind->numbers[i].name != NULL; i++) {
		char number[32];

		if (t->kind->numbers[i].type == NUM_WORDS)
			continue;
		if (t->kind->numbers[i].type == NUM_SPAN)
			snprintf(number, sizeof(number), "%.0f s", t->number[i] / (double)NS_PER_S);
		else
			snprintf(number, sizeof(number), "%g", t->number[i]);
		buf_str(b, i == 0 ? ": " : ", ");
		buf_str(b, t->kind->numbers[i].name);
		buf_char(b, ' ');
		buf_str(b, number);
	}
}

void rule_in_words(char *out, size_t cap, const struct rule *r)
{
	struct buf b = buf_over(out, cap);

	if (r->corr != NULL)
		put_correlation(&b, r->corr);
	else
		put_node(&b, r->condition, false);
	if (r->tuned != NULL)
		put_detector(&b, r->tuned);
}

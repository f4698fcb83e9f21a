/* proto/s7comm_var.c: the jobs of S7comm that read and write variables (WT). */
#include "proto/s7comm.h"

struct kept { struct s7_asked a; uint8_t param[PARAM_KEPT]; };

/* Keeps the specifications (behind function and count) with the request. */
static void keep(struct kept *k, const struct s7 *m)
{
	k->a = (struct s7_asked){ .function = m->function, .code = m->function };
	if (m->param.n < 2)
		return;
	k->a.items = m->param.p[1];
	k->a.n = (uint16_t)min_size(m->param.n - 2, PARAM_KEPT);
	memcpy(k->param, m->param.p + 2, k->a.n);
}

/* Are all specifications there and well-formed. */
static const char *check_items(const struct s7 *m)
{
	struct cursor c = cur_over(m->param);
	struct s7_item it;

	cur_take(&c, 1);
	unsigned n = cur_u8(&c);

	if (cur_broken(&c))
		return "parameter-length";
	if (n == 0)
		return "item-count";
	for (unsigned i = 0; i < n; i++) {
		const char *why = s7_item_read(&it, &c);

		if (why != NULL)
			return why;
		if (c.left > 0 && cur_peek(&c) == 0)
			cur_take(&c, 1);	/* items begin at even places */
	}
	return c.left == 0 ? NULL : "item-count";
}

/* The next specification of a kept or checked list, its fill byte included. */
static void next_item(struct s7_item *it, struct cursor *c)
{
	s7_item_read(it, c);
	if (c->left > 0 && cur_peek(c) == 0)
		cur_take(c, 1);
}

static bool refuse(struct proto_ctx *x, const struct s7 *m, struct kept *k, const char *why)
{
	k->a.bad = 1;
	pair_ask(x, s7_id(x, m, false), 0, k, sizeof(k->a));
	x->why = why;
	return false;
}

bool s7_read_var(struct proto_ctx *x, const struct s7 *m)
{
	struct kept k;
	const char *why = check_items(m);

	keep(&k, m);
	if (why == NULL && m->data.n != 0)
		why = "data-length";
	if (why != NULL)
		return refuse(x, m, &k, why);
	if (!pair_ask(x, s7_id(x, m, false), 0, &k, sizeof(k.a) + k.a.n)) {
		struct obs *o = s7_begin(x, F_READ, PHASE_WHOLE);
		struct cursor c = { .p = k.param, .left = k.a.n };
		struct s7_item it;

		next_item(&it, &c);
		o->items = k.a.items;
		if (k.a.items > 1)
			o->flags |= FLAG_REST;
		s7_item_object(x, o, &it);
		act_emit(x);
	}
	return true;
}

bool s7_write_var(struct proto_ctx *x, const struct s7 *m)
{
	struct kept k;
	const char *why = check_items(m);
	struct cursor data = cur_over(m->data);
	uint64_t first = 0;

	keep(&k, m);
	if (why != NULL)
		return refuse(x, m, &k, why);
	struct cursor check = data;
	uint8_t result, transport;
	struct bytes value;

	for (unsigned i = 0; i < k.a.items; i++)
		if (!s7_data_read(&check, i + 1 == k.a.items, &result, &transport, &value))
			return refuse(x, m, &k, "data-length");
	if (check.left > 1)	/* a fill byte may end it */
		return refuse(x, m, &k, "data-length");
	struct cursor c = { .p = m->param.p + 2, .left = m->param.n - 2 };

	for (unsigned i = 0; i < k.a.items; i++) {
		struct s7_item it;
		struct obs *o = s7_begin(x, F_WRITE, PHASE_ASK);

		next_item(&it, &c);
		s7_data_read(&data, i + 1 == k.a.items, &result, &transport, &value);
		o->item = (uint16_t)i;
		o->items = k.a.items;
		s7_item_object(x, o, &it);
		s7_item_value(x, &it, transport, value);
		struct s7_own *w = s7_own(x, m);

		if (w != NULL)
			s7_item_own(w, &it);
		k.a.last = act_emit(x);
		if (first == 0)
			first = k.a.last;
	}
	pair_ask(x, s7_id(x, m, false), first, &k, sizeof(k.a) + k.a.n);
	return true;
}

/* One act of an answer: item i of the request, as far as its parameters were kept. */
static struct obs *answer_item(struct proto_ctx *x, const struct s7_asked *a, const struct ask *ask,
			       unsigned i, struct cursor *specs, struct s7_item *it)
{
	bool read = a->function == F_READ;
	struct obs *o = s7_begin(x, a->function, read ? PHASE_WHOLE : PHASE_ANSWER);

	o->item = (uint16_t)i;
	o->items = a->items;
	if (!read && a->items > 1)	/* the acts of the items follow each other at equal steps */
		o->re = ask->act + (a->last - ask->act) / (a->items - 1u) * i;
	if (specs->left > 0)
		next_item(it, specs);
	else
		*it = (struct s7_item){ .type = VAL_RAW_BE, .bits = 8, .count = 1, .opaque = true };
	s7_item_object(x, o, it);
	return o;
}

/* The same outcome for all items: an error of the whole job, or no answer. */
static void answer_all(struct proto_ctx *x, const struct s7 *m, const struct ask *ask,
		       const struct s7_asked *a, uint8_t outcome)
{
	struct cursor specs = { .p = ask->blob + sizeof(*a), .left = a->n };

	for (unsigned i = 0; i < a->items; i++) {
		struct s7_item it;
		struct obs *o = answer_item(x, a, ask, i, &specs, &it);

		o->outcome = outcome;
		if (m != NULL)
			o->result = (uint32_t)m->error_class << 8 | m->error_code;
		/* An unanswered read is told here for the first time: what is known of it is its request. */
		const struct s7 asked = { .rosctr = JOB, .function = a->function, .ref = (uint16_t)ask->id };
		struct s7_own *w = s7_own(x, m != NULL ? m : &asked);

		if (w != NULL)
			s7_item_own(w, &it);
		act_emit(x);
	}
}

void s7_var_unanswered(struct proto_ctx *x, const struct ask *ask, const struct s7_asked *a)
{
	answer_all(x, NULL, ask, a, OUT_UNANSWERED);
}

/* Do as many data items follow as the request has; of a write only their results. */
static const char *check_answer(const struct s7 *m, const struct s7_asked *a)
{
	struct cursor c = cur_over(m->data);
	uint8_t result, transport;
	struct bytes value;

	if (m->param.n != 2)
		return "parameter-length";
	if (m->param.p[1] != a->items)
		return "answer-count";
	if (a->function == F_WRITE)
		return m->data.n == a->items || m->data.n == a->items + 1u ? NULL : "data-length";
	for (unsigned i = 0; i < a->items; i++)
		if (!s7_data_read(&c, i + 1 == a->items, &result, &transport, &value))
			return "data-length";
	return c.left <= 1 ? NULL : "data-length";
}

bool s7_var_answer(struct proto_ctx *x, const struct s7 *m, const struct ask *ask, const struct s7_asked *a)
{
	if (m->error_class != 0 || m->error_code != 0) {
		answer_all(x, m, ask, a, OUT_REFUSED);
		return true;
	}
	x->why = check_answer(m, a);
	if (x->why != NULL) {
		answer_all(x, m, ask, a, OUT_UNKNOWN);
		return false;
	}
	struct cursor specs = { .p = ask->blob + sizeof(*a), .left = a->n };
	struct cursor data = cur_over(m->data);

	for (unsigned i = 0; i < a->items; i++) {
		struct s7_item it;
		struct bytes value = { NULL, 0 };
		uint8_t result, transport = 0;
		struct obs *o = answer_item(x, a, ask, i, &specs, &it);

		if (a->function == F_WRITE)
			result = cur_u8(&data);
		else
			s7_data_read(&data, i + 1 == a->items, &result, &transport, &value);
		o->outcome = result == RET_OK ? OUT_DONE : OUT_REFUSED;
		o->result = result == RET_OK ? 0 : result;
		if (result == RET_OK)
			s7_item_value(x, &it, transport, value);
		struct s7_own *w = s7_own(x, m);

		if (w != NULL) {
			s7_item_own(w, &it);
			w->item_result = result;
			w->has_result = 1;
		}
		act_emit(x);
	}
	return true;
}

/* proto/modbus_act.c: what the acts of Modbus requests and answers have in common. */
#include "proto/modbus.h"

const struct mb_function *mb_function_of(const struct mb_asked *a)
{
	return &mb_functions[a->at];
}

size_t mb_bytes_of(const struct mb_function *f, unsigned items)
{
	return ((size_t)items * f->bits + 7) / 8;
}

struct obs *mb_begin(struct proto_ctx *x, const struct mb_asked *a, uint8_t phase)
{
	struct obs *o;

	if (a->row != ROW_NONE) {
		o = act_begin_code(x, &mb_codes[a->row - 1]);
		if (mb_codes[a->row - 1].flags & CODE_NAMED)
			o->flags |= FLAG_OPAQUE;
	} else {
		o = act_begin(x);
		o->code = a->function;
		o->verb = VERB_CONTROL;
		o->flags |= FLAG_OPAQUE;
	}
	o->phase = phase;
	o->device.station = a->unit == UNIT_SELF ? 0 : a->unit;
	return o;
}

void mb_object(struct obs *o, uint8_t space, unsigned address, unsigned count)
{
	o->object.space = space;
	o->object.parts = 1;
	o->object.part[0] = address;
	o->object.count = count;
}

void mb_object_of(struct obs *o, const struct mb_asked *a, bool read_half)
{
	const struct mb_function *f = mb_function_of(a);

	if (f->space == SPACE_NONE || f->space == SPACE_FILE || a->alone)
		return;
	if (f->shape == SHAPE_READ_WRITE && !read_half)
		mb_object(o, f->space, a->to, a->to_count);
	else
		mb_object(o, f->space, a->address, a->count);
}

void mb_object_file(struct obs *o, struct cursor *c, unsigned item, unsigned items_all)
{
	cur_take(c, 1);
	mb_object(o, SPACE_FILE, cur_be16(c), 0);
	o->object.parts = 2;
	o->object.part[1] = cur_be16(c);
	o->object.count = cur_be16(c);
	o->item = (uint16_t)item;
	o->items = (uint16_t)items_all;
}

void mb_items(struct proto_ctx *x, const struct mb_function *f, unsigned count, struct bytes raw)
{
	act_value(x, f->bits == 1 ? VAL_BOOL : VAL_UINT, f->bits, count, raw);
}

struct mb_own *mb_own(struct proto_ctx *x, const struct mb_asked *a)
{
	const struct mb_function *f = mb_function_of(a);
	struct mb_own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->tid = a->tid;
	w->unit = a->unit;
	w->function = a->function;
	w->word = a->at <= AT_MEI ? a->at : 0;
	w->access = f->access;
	w->category = a->row == ROW_8 || a->row == ROW_43 ? CATEGORY_RESERVED : f->category;
	w->asked = !a->alone;
	w->error = a->why == GOOD ? ERROR_NONE : a->why == BAD_LENGTH ? ERROR_DATA_LENGTH : ERROR_DATA_VALUE;
	if (a->alone)
		return w;
	if (f->shape == SHAPE_READ || f->shape == SHAPE_READ_WRITE) {
		w->read = 1;
		w->read_address = a->address;
		w->read_quantity = a->count;
	} else if (f->shape == SHAPE_DIAGNOSTIC) {
		w->diagnosed = 1;
		w->sub = a->value;
		w->sub_word = (uint8_t)min_size(a->value, DIAGNOSTIC_OTHER);
	} else if (f->shape == SHAPE_MEI) {
		w->encapsulated = 1;
		w->mei = (uint8_t)a->value;
		w->mei_word = a->value == 13 ? 1 : a->value == 14 ? 2 : 0;
	}
	return w;
}

void mb_own_written(struct mb_own *w, const struct mb_asked *a)
{
	uint8_t shape = mb_function_of(a)->shape;

	w->written = 1;
	w->write_address = shape == SHAPE_READ_WRITE ? a->to : a->address;
	if (shape == SHAPE_WRITE_ONE) {
		w->data_written = 1;
		w->write_data = a->value;
	} else if (shape == SHAPE_MASK) {
		w->masked = 1;
		w->and_mask = a->to;
		w->or_mask = a->to_count;
	}
}

struct mb_own *mb_own_answered(struct proto_ctx *x, const struct mb_asked *a, uint8_t function)
{
	struct mb_own *w = mb_own(x, a);

	if (w == NULL)
		return NULL;
	w->answered = 1;
	w->answer_function = function;
	w->diagnosed_back = w->diagnosed && !(function & EXCEPTION);
	return w;
}

void mb_own_plain(struct proto_ctx *x, const struct mb_asked *a, const struct obs *o)
{
	struct mb_own *w = mb_own_answered(x, a, a->function);

	if (w != NULL)
		w->answer_data = o->value.raw;
}

bool mb_waits(const struct mb_asked *a)
{
	if (a->row == ROW_NONE || (mb_codes[a->row - 1].flags & CODE_NAMED))
		return false;
	uint8_t verb = mb_codes[a->row - 1].verb;

	return verb == VERB_READ || verb == VERB_IDENTIFY;
}

void mb_say_open(struct proto_ctx *x, const struct mb_asked *a, uint64_t act, uint8_t outcome)
{
	bool wait = mb_waits(a);
	bool two = mb_function_of(a)->shape == SHAPE_READ_WRITE;

	for (unsigned half = 0; half < (two ? 2u : 1u); half++) {
		bool whole = wait || half == 1;

		if (!whole && outcome != OUT_UNANSWERED)
			continue;	/* a write stays asked */
		struct obs *o = mb_begin(x, a, whole ? PHASE_WHOLE : PHASE_ANSWER);

		o->outcome = outcome;
		if (!whole)
			o->re = act;
		if (half == 1)
			o->verb = VERB_READ;
		o->item = (uint16_t)half;
		o->items = two ? 2 : 1;
		mb_object_of(o, a, half == 1);
		mb_own(x, a);
		act_emit(x);
	}
}

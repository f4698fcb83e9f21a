/* proto/modbus_answer.c: what the device answers, held against what was asked. */
#include "proto/modbus.h"

#include <string.h>

/* AP 7: 5 means accepted and still being worked on. */
static uint8_t outcome_of(uint8_t exception)
{
	return exception == 5 ? OUT_UNKNOWN : OUT_REFUSED;
}

/* Tells the device's own words: AP 6.21, table of objects. */
static void say_identity(struct proto_ctx *x, struct side device, uint8_t id, struct bytes text)
{
	static const uint8_t kinds[] = {
		FACT_VENDOR, FACT_HARDWARE, FACT_FIRMWARE, 0, FACT_MODEL, FACT_MODEL, FACT_NAME,
	};

	if (id < ARRAY_LEN(kinds) && kinds[id] != 0 && text.n > 0)
		fact_say(x, &device, kinds[id], text, kinds[id] == FACT_NAME ? NAME_SYSTEM : 0, 0,
			 TRUST_SURE);
}

/* Answer of 43/14: type:1 code:1 conformity:1 more:1 next:1 count:1, then count times id:1 n:1 text. */
static enum reason answer_identity(struct proto_ctx *x, const struct mb_asked *a, struct cursor c,
				   struct obs *o)
{
	uint8_t type = cur_u8(&c), code = cur_u8(&c), conformity = cur_u8(&c), more = cur_u8(&c);

	cur_u8(&c);
	uint8_t count = cur_u8(&c);
	struct cursor objects = c;

	if (cur_broken(&c))
		return BAD_LENGTH;
	if (type != 14 || code != a->count)
		return BAD_ANSWER_ECHO;
	if (more != 0 && more != 0xff)
		return BAD_MORE;
	if ((conformity & 0x7f) < 1 || (conformity & 0x7f) > 3)
		return BAD_DEVICE_ID;
	for (unsigned i = 0; i < count; i++) {
		cur_u8(&c);
		cur_take(&c, cur_u8(&c));
	}
	if (!cur_done(&c))
		return BAD_LENGTH;
	o->outcome = more != 0 ? OUT_PARTLY : OUT_DONE;
	struct side device = o->device;

	mb_own_plain(x, a, o);
	act_emit(x);
	for (unsigned i = 0; i < count; i++) {
		uint8_t id = cur_u8(&objects);

		say_identity(x, device, id, cur_bytes(&objects, cur_u8(&objects)));
	}
	return GOOD;
}

/* The longest run of printable characters, at least 4; n 0: none. */
static struct bytes words_in(struct bytes b)
{
	struct bytes best = { NULL, 0 };

	for (size_t i = 0; i < b.n;) {
		size_t from = i;

		while (i < b.n && b.p[i] >= 0x20 && b.p[i] < 0x7f)
			i++;
		if (i - from >= 4 && i - from > best.n)
			best = (struct bytes){ b.p + from, i - from };
		if (i == from)
			i++;
	}
	return best;
}

/* Answers of 7, 11, 12 and 17. */
static enum reason answer_empty(struct proto_ctx *x, const struct mb_asked *a, struct cursor c, struct obs *o)
{
	struct bytes data = cur_rest(&c);
	size_t head = a->function == 12 || a->function == 17 ? 1 : 0;

	if (data.n < 1)
		return BAD_LENGTH;
	if (head == 1 && data.p[0] != data.n - 1)
		return BAD_BYTE_COUNT;
	if (a->function == 7 ? data.n != 1 : a->function == 11 ? data.n != 4 : false)
		return BAD_LENGTH;
	/* AP 6.10: status, two counts, 0..64 events */
	if (a->function == 12 && (data.n < 7 || data.n > 71))
		return BAD_BYTE_COUNT;
	if (a->function == 17 && data.n < 2)
		return BAD_BYTE_COUNT;
	data.p += head;
	data.n -= head;
	o->outcome = OUT_DONE;
	if (a->function == 11)
		act_value(x, VAL_UINT, 16, 2, data);
	else
		act_value(x, a->function == 7 ? VAL_UINT : VAL_RAW_BE, 8, (unsigned)data.n, data);
	struct side device = o->device;

	mb_own_plain(x, a, o);
	act_emit(x);
	struct bytes model = words_in(data);

	if (a->function == 17 && model.n > 0)
		fact_say(x, &device, FACT_MODEL, model, 0, 0, TRUST_LIKELY);
	return GOOD;
}

/* Answer of 8. Most repeat the request; the counters put a number into the data. */
static enum reason answer_diagnostic(struct proto_ctx *x, const struct mb_asked *a, const uint8_t *kept,
				     struct cursor c, struct obs *o)
{
	uint16_t sub = cur_be16(&c);
	struct bytes data = cur_rest(&c);

	if (data.n < 2 && a->row != ROW_PLUS && a->row != ROW_8)
		return BAD_LENGTH;
	if (sub != a->value)
		return BAD_ANSWER_ECHO;
	bool counts = a->row != ROW_ECHO && mb_codes[a->row - 1].verb == VERB_READ;

	if (a->row != ROW_8 && a->row != ROW_PLUS) {
		if (data.n != a->n)
			return BAD_LENGTH;
		if (!counts && memcmp(data.p, kept, data.n) != 0)
			return BAD_ANSWER_ECHO;
	}
	o->outcome = OUT_DONE;
	if (data.n > 0 && mb_codes[a->row - 1].verb == VERB_READ)
		act_value(x, VAL_UINT, 16, (unsigned)data.n / 2, data);
	mb_own_plain(x, a, o);
	act_emit(x);
	return GOOD;
}

/* Answer of 20: byte count:1, then for each sub-request length:1 reference type:1 (6) words. */
static enum reason answer_file_read(struct proto_ctx *x, const struct mb_asked *a, const uint8_t *kept,
				    struct cursor c)
{
	struct cursor asked = { .p = kept, .left = a->n };
	unsigned n = 0;

	if (cur_u8(&c) != c.left || cur_broken(&c))
		return BAD_BYTE_COUNT;
	while (asked.left > 0) {
		unsigned length = (unsigned)(asked.p[5] << 8 | asked.p[6]);	/* file_items() has seen it */
		uint8_t have = cur_u8(&c), type = cur_u8(&c);
		struct bytes words = cur_bytes(&c, have > 0 ? have - 1u : 0);

		if (cur_broken(&c) || have != 1 + length * 2)
			return BAD_ANSWER_COUNT;
		if (type != 6)
			return BAD_REFERENCE;
		struct obs *o = mb_begin(x, a, PHASE_WHOLE);

		mb_object_file(o, &asked, n++, a->n / 7u);
		o->outcome = OUT_DONE;
		act_value(x, VAL_UINT, 16, length, words);
		mb_own_plain(x, a, o);
		act_emit(x);
	}
	return cur_done(&c) ? GOOD : BAD_ANSWER_COUNT;
}

/* Answer of 24: byte count:2 items:2 (at most 31) registers. */
static enum reason answer_fifo(struct proto_ctx *x, const struct mb_asked *a, struct cursor c, struct obs *o)
{
	uint16_t bytes = cur_be16(&c);
	uint16_t count = cur_be16(&c);

	if (cur_broken(&c))
		return BAD_LENGTH;
	if (count > mb_functions[24].max)
		return BAD_RUN;
	if (bytes != 2 + count * 2)
		return BAD_BYTE_COUNT;
	struct bytes data = cur_bytes(&c, count * 2u);

	if (!cur_done(&c))
		return BAD_LENGTH;
	o->outcome = OUT_DONE;
	mb_object(o, SPACE_FIFO, a->address, count);
	act_value(x, VAL_UINT, 16, count, data);
	mb_own_plain(x, a, o);
	act_emit(x);
	return GOOD;
}

/* Answer of 1..4 and the read half of 23: byte count:1 items. */
static enum reason answer_read(struct proto_ctx *x, const struct mb_asked *a, struct bytes body,
			       struct obs *o)
{
	struct cursor c = cur_over(body);
	const struct mb_function *f = mb_function_of(a);
	uint8_t have = cur_u8(&c);
	struct bytes data = cur_rest(&c);

	if (have != data.n || have == 0)
		return BAD_BYTE_COUNT;
	if (have != mb_bytes_of(f, a->count))
		return BAD_ANSWER_COUNT;
	o->outcome = OUT_DONE;
	if (f->shape == SHAPE_READ_WRITE) {
		o->verb = VERB_READ;
		o->item = 1;
		o->items = 2;
	}
	mb_object_of(o, a, true);
	mb_items(x, f, a->count, data);
	struct mb_own *w = mb_own_answered(x, a, a->function);

	if (w != NULL)
		w->read_data = o->value.raw;
	act_emit(x);
	return GOOD;
}

/* The answer to a write: what it wrote, without the value. */
static void say_written(struct proto_ctx *x, const struct mb_asked *a, struct obs *o)
{
	o->outcome = OUT_DONE;
	mb_object_of(o, a, false);
	if (mb_function_of(a)->shape == SHAPE_READ_WRITE)
		o->items = 2;
	struct mb_own *w = mb_own_answered(x, a, a->function);

	if (w != NULL && o->object.parts > 0)
		mb_own_written(w, a);
	act_emit(x);
}

/* Answers of 5, 6, 15, 16 and 22 repeat the request or its beginning. */
static enum reason answer_write(struct proto_ctx *x, const struct mb_asked *a, struct cursor c, struct obs *o)
{
	uint8_t shape = mb_function_of(a)->shape;
	uint16_t address = cur_be16(&c);
	uint16_t second = cur_be16(&c);
	uint16_t third = shape == SHAPE_MASK ? cur_be16(&c) : 0;

	if (!cur_done(&c))
		return BAD_LENGTH;
	uint16_t want = shape == SHAPE_WRITE_ONE ? a->value : shape == SHAPE_MASK ? a->to : a->count;

	if (address != a->address || second != want || (shape == SHAPE_MASK && third != a->to_count))
		return BAD_ANSWER_ECHO;
	say_written(x, a, o);
	return GOOD;
}

static void say_refused(struct proto_ctx *x, const struct mb_asked *a, struct obs *o, uint8_t exception)
{
	bool two = mb_function_of(a)->shape == SHAPE_READ_WRITE;

	for (unsigned half = 0; half < (two ? 2u : 1u); half++) {
		if (half == 1) {
			o = mb_begin(x, a, PHASE_WHOLE);
			o->verb = VERB_READ;
		}
		o->outcome = outcome_of(exception);
		o->result = exception;
		o->item = (uint16_t)half;
		o->items = two ? 2 : 1;
		mb_object_of(o, a, half == 1);
		struct mb_own *w = mb_own_answered(x, a, a->function | EXCEPTION);

		if (w != NULL) {
			w->refused = 1;
			w->exception = exception;
			w->exception_word = exception < EXCEPTION_CODES ? exception : 0;
		}
		act_emit(x);
	}
}

/* AP 7; 7 is the negative acknowledge of older editions. */
static bool exception_known(uint8_t e)
{
	return (e >= 1 && e <= 8) || e == 10 || e == 11;
}

static enum reason answer_exception(struct proto_ctx *x, const struct mb_asked *a, struct bytes body,
				    struct obs *o)
{
	struct cursor c = cur_over(body);
	uint8_t exception = cur_u8(&c);

	if (!cur_done(&c))
		return BAD_LENGTH;
	if (!exception_known(exception))
		return BAD_EXCEPTION;
	say_refused(x, a, o, exception);
	return GOOD;
}

/* An answer to a request that was seen. On anything but GOOD the act begun is still to be said. */
static enum reason answer_shape(struct proto_ctx *x, const struct mb_asked *a, const uint8_t *kept,
				struct bytes body, struct obs *o)
{
	struct cursor c = cur_over(body);

	switch (mb_function_of(a)->shape) {
	case SHAPE_READ: return answer_read(x, a, body, o);
	case SHAPE_WRITE_ONE: case SHAPE_WRITE_MANY: case SHAPE_MASK: return answer_write(x, a, c, o);
	case SHAPE_READ_WRITE: {
		uint8_t have = cur_peek(&c);

		if (c.left == 0 || have != c.left - 1)
			return BAD_BYTE_COUNT;
		if (have != a->count * 2)
			return BAD_ANSWER_COUNT;
		say_written(x, a, o);
		return answer_read(x, a, body, mb_begin(x, a, PHASE_WHOLE));
	}
	case SHAPE_EMPTY: return answer_empty(x, a, c, o);
	case SHAPE_DIAGNOSTIC: return answer_diagnostic(x, a, kept, c, o);
	case SHAPE_FILE_READ: return answer_file_read(x, a, kept, c);
	case SHAPE_FILE_WRITE:
		if (cur_u8(&c) != a->n || c.left != a->n || memcmp(c.p, kept, a->n) != 0)
			return BAD_ANSWER_ECHO;
		say_written(x, a, o);
		return GOOD;
	case SHAPE_FIFO: return answer_fifo(x, a, c, o);
	case SHAPE_MEI:
		if (a->row == ROW_MEI_IDENTITY)
			return answer_identity(x, a, c, o);
		if (c.left == 0 || cur_peek(&c) != a->value)
			return BAD_ANSWER_ECHO;
		break;
	}
	o->outcome = OUT_DONE;
	struct bytes data = cur_rest(&c);

	if (data.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
	mb_own_plain(x, a, o);
	act_emit(x);
	return GOOD;
}

/* An answer to a malformed request: the device's word is kept, its body is not held against anything. */
static void answer_to_bad(struct proto_ctx *x, const struct mb_asked *a, uint8_t function, struct bytes body)
{
	struct cursor c = cur_over(body);
	struct obs *o = mb_begin(x, a, PHASE_WHOLE);

	o->note = act_str(x, mb_reasons[a->why]);
	if (function & EXCEPTION) {
		say_refused(x, a, o, cur_u8(&c));
		return;
	}
	o->outcome = OUT_DONE;
	mb_own_plain(x, a, o);
	act_emit(x);
}

/* An answer whose request was not seen: what can be said without it. */
static enum reason answer_alone(struct proto_ctx *x, struct mb_head head, struct bytes body)
{
	struct cursor c = cur_over(body);
	struct mb_asked a = { .function = head.function & (uint8_t)~EXCEPTION, .unit = head.unit,
			      .tid = head.tid, .alone = 1 };

	a.at = (uint8_t)mb_function_at(a.function);
	a.row = mb_functions[a.at].row;
	const struct mb_function *f = mb_function_of(&a);
	struct obs *o = mb_begin(x, &a, PHASE_ANSWER);

	o->re = 0;		/* the request that was found under its number is not its own */
	if (!(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
	if (head.function & EXCEPTION)
		return answer_exception(x, &a, body, o);
	o->outcome = OUT_DONE;
	if (f->shape == SHAPE_READ) {
		uint8_t have = cur_u8(&c);
		struct bytes data = cur_rest(&c);

		if (have != data.n || have == 0 || (f->bits == 16 && have % 2 != 0))
			return BAD_BYTE_COUNT;
		act_value(x, f->bits == 1 ? VAL_BOOL : VAL_UINT, f->bits, (unsigned)(data.n * 8 / f->bits),
			  data);
	} else if (f->shape == SHAPE_WRITE_ONE || f->shape == SHAPE_WRITE_MANY) {
		unsigned address = cur_be16(&c), second = cur_be16(&c);

		if (!cur_done(&c))
			return BAD_LENGTH;
		mb_object(o, f->space, address, f->shape == SHAPE_WRITE_ONE ? 1 : second);
	}
	struct mb_own *w = mb_own_answered(x, &a, a.function);

	if (w != NULL && f->shape == SHAPE_READ)
		w->read_data = o->value.raw;
	act_emit(x);
	return GOOD;
}

/* Nearly all there is on a Modbus network: the same read with the same answer as last time. */
static bool is_known(struct proto_ctx *x, struct mb_asked a, struct bytes body)
{
	a.tid = 0;
	a.again = 0;
	return act_again(x, (struct bytes){ (const uint8_t *)&a, sizeof(a) }, body);
}

/* An answer that does not fit its request. Some clients number several open requests alike: then it may well
 * fit the other one, which the newer has pushed out, and is told by itself. */
static bool answer_misfits(struct proto_ctx *x, const struct mb_asked *a, uint64_t act, enum reason r,
			   struct mb_head head, struct bytes body)
{
	mb_say_open(x, a, act, OUT_UNKNOWN);
	if (a->again)
		r = answer_alone(x, head, body);
	x->why = mb_reasons[r];
	return r == GOOD;
}

bool mb_answer(struct proto_ctx *x, struct mb_head head, struct bytes body)
{
	const struct ask *ask = pair_answer(x, head.tid);
	struct mb_asked a;
	enum reason r;

	if (ask == NULL || ask->n < sizeof(a)) {
		r = answer_alone(x, head, body);
		x->why = mb_reasons[r];
		return r == GOOD;
	}
	memcpy(&a, ask->blob, sizeof(a));
	bool other = a.unit != head.unit || a.function != (head.function & ~EXCEPTION);

	if (other && a.why == GOOD)
		return answer_misfits(x, &a, ask->act,
				      a.unit != head.unit ? BAD_ANSWER_UNIT : BAD_ANSWER_FUNCTION, head,
				      body);
	if (other) {
		x->why = mb_reasons[a.unit != head.unit ? BAD_ANSWER_UNIT : BAD_ANSWER_FUNCTION];
		return false;
	}
	if (a.why != GOOD) {
		answer_to_bad(x, &a, head.function, body);
		return true;
	}
	if (mb_function_of(&a)->shape == SHAPE_READ && head.function == a.function && is_known(x, a, body))
		return true;
	struct obs *o = mb_begin(x, &a, mb_waits(&a) ? PHASE_WHOLE : PHASE_ANSWER);

	r = head.function & EXCEPTION ? answer_exception(x, &a, body, o) :
	    answer_shape(x, &a, ask->blob + sizeof(a), body, o);
	return r == GOOD || answer_misfits(x, &a, ask->act, r, head, body);
}

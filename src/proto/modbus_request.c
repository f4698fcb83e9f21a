/* proto/modbus_request.c: what the client asks. */
#include "proto/modbus.h"

#include <string.h>

static enum reason range(unsigned address, unsigned count, unsigned max)
{
	if (count < 1 || count > max)
		return BAD_QUANTITY;
	return address + count > 65536 ? BAD_RANGE : GOOD;	/* AP 4.4: addresses are 0..65535 */
}

/* Sub-requests of 20 and 21: reference type:1 (6) file:2 record:2 length:2, in 21 with length words
 * behind. */
static enum reason file_items(struct cursor c, bool written)
{
	while (c.left > 0) {
		uint8_t type = cur_u8(&c);
		uint16_t file = cur_be16(&c);
		uint16_t record = cur_be16(&c);
		uint16_t length = cur_be16(&c);

		if (written)
			cur_take(&c, (size_t)length * 2);
		if (cur_broken(&c))
			return BAD_LENGTH;
		if (type != 6)			/* AP 6.14 */
			return BAD_REFERENCE;
		if (file == 0 || record > 9999)	/* AP 6.14: files 1..FFFF, records 0..270F */
			return BAD_RECORD;
		if (length == 0)
			return BAD_QUANTITY;
	}
	return cur_broken(&c) ? BAD_LENGTH : GOOD;
}

/* Body of 20 and 21: byte count:1 sub-requests; kept whole. AP 6.14: 7..F5; AP 6.15: 9..FB. */
static enum reason parse_file(struct mb_kept *k, struct cursor *c, bool written)
{
	uint8_t count = cur_u8(c);

	if (cur_broken(c) || c->left != count)
		return BAD_BYTE_COUNT;
	if (count < (written ? 9 : 7) || count > (written ? 0xfb : 0xf5))
		return BAD_BYTE_COUNT;
	k->a.n = count;
	memcpy(k->body, c->p, count);
	return file_items(*c, written);
}

/* Sub-function of 8 to its row; the others have the row of 8. */
static const uint8_t diagnostic_rows[] = {
	ROW_ECHO, ROW_RESTART, ROW_REGISTER, ROW_DELIMITER, ROW_LISTEN, ROW_8, ROW_8, ROW_8, ROW_8, ROW_8,
	ROW_CLEAR, ROW_BUS_MESSAGES, ROW_BUS_ERRORS, ROW_EXCEPTIONS, ROW_SERVER_MESSAGES, ROW_NO_RESPONSE,
	ROW_NAK, ROW_BUSY, ROW_OVERRUN, ROW_8, ROW_CLEAR_OVERRUN, ROW_PLUS,
};

/* Body of 8: sub-function:2 data; two bytes of data but for the echo (AP 6.8). */
static enum reason parse_diagnostic(struct mb_kept *k, struct cursor *c)
{
	k->a.value = cur_be16(c);	/* a cut one is an echo without data: refused below */
	if (k->a.value < ARRAY_LEN(diagnostic_rows))
		k->a.row = diagnostic_rows[k->a.value];
	if (k->a.row == ROW_8 || k->a.row == ROW_PLUS)
		return GOOD;
	if (k->a.value == 0 ? c->left < 2 || c->left % 2 != 0 : c->left != 2)
		return BAD_LENGTH;
	k->a.n = (uint16_t)c->left;
	memcpy(k->body, c->p, c->left);
	unsigned data = (unsigned)(c->p[0] << 8 | c->p[1]);

	if (k->a.row == ROW_ECHO)
		return GOOD;
	if (k->a.row == ROW_RESTART)
		return data == 0 || data == 0xff00 ? GOOD : BAD_DIAGNOSTIC;
	if (k->a.row == ROW_DELIMITER)
		return (data & 0xff) == 0 ? GOOD : BAD_DIAGNOSTIC;
	return data == 0 ? GOOD : BAD_DIAGNOSTIC;
}

/* Body of 43: type:1, then of 14: read code:1 (1..4) object:1. */
static enum reason parse_mei(struct mb_kept *k, struct cursor *c)
{
	k->a.value = cur_u8(c);
	if (cur_broken(c))
		return BAD_LENGTH;
	if (k->a.value == 13)
		k->a.row = ROW_MEI_CANOPEN;
	if (k->a.value != 14)
		return GOOD;
	k->a.row = ROW_MEI_IDENTITY;
	uint8_t read = cur_u8(c);

	k->a.address = cur_u8(c);
	k->a.count = read;
	if (!cur_done(c))
		return BAD_LENGTH;
	return read < 1 || read > 4 ? BAD_DEVICE_ID : GOOD;	/* AP 6.21 */
}

/* Body of 15, 16 and the second half of 23: address:2 quantity:2 byte count:1 items. */
static enum reason parse_items(const struct mb_function *f, uint16_t address, uint16_t count, unsigned max,
			       struct cursor *c, struct bytes *ret_data)
{
	uint8_t have = cur_u8(c);

	if (cur_broken(c))
		return BAD_LENGTH;
	enum reason r = range(address, count, max);

	if (r != GOOD)
		return r;
	if (have != mb_bytes_of(f, count))
		return BAD_BYTE_COUNT;
	*ret_data = cur_bytes(c, have);
	return cur_done(c) ? GOOD : BAD_LENGTH;
}

/* Reads one request into k; data are the bytes to be written. Here and below bodies come as bytes: two
 * registers, where a cursor by value would go through memory. */
static enum reason parse_request(struct mb_kept *k, struct bytes body, struct bytes *ret_data)
{
	struct cursor c = cur_over(body);
	const struct mb_function *f = mb_function_of(&k->a);
	struct mb_asked *a = &k->a;

	switch (f->shape) {
	case SHAPE_READ:
		a->address = cur_be16(&c);
		a->count = cur_be16(&c);
		return cur_done(&c) ? range(a->address, a->count, f->max) : BAD_LENGTH;
	case SHAPE_WRITE_ONE:
		a->address = cur_be16(&c);
		*ret_data = (struct bytes){ c.p, 2 };
		a->value = cur_be16(&c);
		a->count = 1;
		if (!cur_done(&c))
			return BAD_LENGTH;
		return f->bits == 1 && a->value != 0 && a->value != 0xff00 ? BAD_COIL : GOOD;	/* AP 6.5 */
	case SHAPE_WRITE_MANY:
		a->address = cur_be16(&c);
		a->count = cur_be16(&c);
		return parse_items(f, a->address, a->count, f->max, &c, ret_data);
	case SHAPE_MASK:
		a->address = cur_be16(&c);
		a->count = 1;
		*ret_data = (struct bytes){ c.p, 4 };
		a->to = cur_be16(&c);
		a->to_count = cur_be16(&c);
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_READ_WRITE: {
		a->address = cur_be16(&c);
		a->count = cur_be16(&c);
		a->to = cur_be16(&c);
		a->to_count = cur_be16(&c);
		enum reason r = parse_items(f, a->to, a->to_count, WRITE_23_MAX, &c, ret_data);

		return r != GOOD ? r : range(a->address, a->count, f->max);
	}
	case SHAPE_FIFO:
		a->address = cur_be16(&c);
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_EMPTY:
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_FILE_READ:
		return parse_file(k, &c, false);
	case SHAPE_FILE_WRITE:
		return parse_file(k, &c, true);
	case SHAPE_DIAGNOSTIC:
		return parse_diagnostic(k, &c);
	case SHAPE_MEI:
		return parse_mei(k, &c);
	default:
		*ret_data = cur_rest(&c);
		/* AP 4.1: 1..127 */
		return a->function == 0 || a->function >= EXCEPTION ? BAD_FUNCTION : GOOD;
	}
}

/* How many sub-requests the body of 21 holds; file_items() has seen it. */
static unsigned file_count(const uint8_t *body, size_t n)
{
	struct cursor c = { .p = body, .left = n };
	unsigned count = 0;

	while (c.left > 0) {
		cur_take(&c, 5);
		cur_take(&c, (size_t)cur_be16(&c) * 2);
		count++;
	}
	return count;
}

/* One act for each sub-request of 21. */
static uint64_t say_file_writes(struct proto_ctx *x, const struct mb_kept *k)
{
	struct cursor c = { .p = k->body, .left = k->a.n };
	unsigned all = file_count(k->body, k->a.n);
	uint64_t first = 0;

	for (unsigned n = 0; n < all; n++) {
		struct obs *o = mb_begin(x, &k->a, PHASE_ASK);

		mb_object_file(o, &c, n, all);
		act_value(x, VAL_UINT, 16, o->object.count, cur_bytes(&c, (size_t)o->object.count * 2));
		struct mb_own *w = mb_own(x, &k->a);

		if (w != NULL)
			w->request_data = o->value.raw;
		uint64_t name = act_emit(x);

		if (first == 0)
			first = name;
	}
	return first;
}

/* Says a request that does not wait for its answer. */
static uint64_t say_ask(struct proto_ctx *x, const struct mb_kept *k, struct bytes data)
{
	static const uint8_t on_off[2][1] = { { 0 }, { 1 } };
	const struct mb_function *f = mb_function_of(&k->a);
	struct obs *o = mb_begin(x, &k->a, PHASE_ASK);
	struct mb_own *w;

	mb_object_of(o, &k->a, false);
	if (f->shape == SHAPE_WRITE_ONE && f->bits == 1) {
		/* as a read of it would show it */
		mb_items(x, f, 1, (struct bytes){ on_off[k->a.value != 0], 1 });
	} else if (f->shape == SHAPE_WRITE_ONE || f->shape == SHAPE_WRITE_MANY ||
		   f->shape == SHAPE_READ_WRITE) {
		mb_items(x, f, o->object.count, data);
	} else if (f->shape == SHAPE_MASK) {
		act_value(x, VAL_RAW_BE, 16, 2, data);	/* and-mask, or-mask */
	} else if (k->a.n > 0) {
		act_value(x, VAL_UINT, 16, k->a.n / 2u, (struct bytes){ k->body, k->a.n });
	} else if (data.n > 0) {
		act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
	}
	w = mb_own(x, &k->a);
	if (w != NULL && o->object.parts > 0)
		mb_own_written(w, &k->a);
	else if (w != NULL)
		w->request_data = o->value.raw;
	return act_emit(x);
}

bool mb_request(struct proto_ctx *x, struct mb_head head, struct bytes body)
{
	unsigned at = mb_function_at(head.function);
	struct mb_kept k;
	struct bytes data = { NULL, 0 };
	uint64_t act = 0;

	k.a = (struct mb_asked){ .function = head.function, .unit = head.unit, .row = mb_functions[at].row,
				 .at = (uint8_t)at,
			      .tid = head.tid, .again = pair_peek(x, head.tid) != NULL };
	enum reason r = parse_request(&k, body, &data);
	bool wait = mb_waits(&k.a);

	k.a.why = (uint8_t)r;
	if (r == GOOD && !wait)
		act = mb_function_of(&k.a)->shape == SHAPE_FILE_WRITE ? say_file_writes(x, &k) :
		      say_ask(x, &k, data);
	if (k.a.row == ROW_LISTEN && r == GOOD)
		return true;			/* AP 6.8.1 04: no answer is returned */
	if (!pair_ask(x, k.a.tid, act, &k, sizeof(k.a) + k.a.n) && r == GOOD)
		mb_say_open(x, &k.a, act, OUT_UNKNOWN);
	x->why = mb_reasons[r];
	return r == GOOD;
}

/* proto/slmp_1e_request.c: what is asked in frames of the A series. "MC" and "EN" as in slmp_1e.c. */
#include "proto/slmp.h"

/* Commands on extended file registers: R in blocks, or all blocks counted through, as ZR is. */
enum { FILE_FIRST = 0x17, FILE_LAST = 0x1a, FILE_DIRECT = 0x3b };

/* MC 18.4: two letters, the second one may be a blank, and a number; in binary the number first, and the
 * second letter before the first. Numbers are hexadecimal in ASCII whatever the device. Extended file
 * registers: block:2 behind (M). */
void sl_1e_device(struct sl_in *in, const struct sl_1e *row, struct sl_item *ret)
{
	uint32_t number = 0;

	*ret = (struct sl_item){ .count = 1 };
	if (!in->ascii)
		number = sl_u32(in);
	uint16_t code = sl_u16(in);
	uint8_t letters[2] = { (uint8_t)(code >> 8), (uint8_t)code };

	ret->number = in->ascii ? sl_u32(in) : number;
	ret->kind = (uint8_t)sl_kind_of_letters((struct bytes){ letters, 2 });
	if (ret->kind == DEV_NONE)
		ret->ext = code;
	if (row->sub >= FILE_DIRECT && ret->kind == DEV_R)
		ret->kind = DEV_ZR;
	if (row->sub >= FILE_FIRST && row->sub <= FILE_LAST) {
		uint16_t block = sl_u16(in);

		ret->direct = ret->kind == DEV_R && block != 0 ? DIRECT_BLOCK : DIRECT_NONE;
		if (ret->kind != DEV_NONE)
			ret->ext = block;
	}
}

/* The next run or point, and what is written to it. */
static enum sl_reason next(struct sl_in *in, const struct sl_1e *row, struct sl_item *ret,
			   struct sl_in *ret_data)
{
	sl_1e_device(in, row, ret);
	ret->width = row->width;
	if (row->width == WIDTH_WORDS && ret->kind != DEV_NONE && melsec_kinds[ret->kind].bit)
		ret->width = WIDTH_BIT_WORDS;
	if (!sl_1e_is_list(row)) {
		ret->count = (uint16_t)sl_1e_points(row, sl_u8(in));
		sl_u8(in);	/* 0; clients put the upper half of 256 there */
	}
	if (sl_broken(in))
		return in->digits ? BAD_DIGITS : BAD_LENGTH;
	if (row->each > 0 && row->shape != SHAPE_RANDOM_READ)
		*ret_data = sl_part(in, sl_size(ret, false));
	return sl_broken(in) ? BAD_DATA_LENGTH : GOOD;
}

/* How many runs or points there are. */
static enum sl_reason begin(struct sl_in *in, const struct sl_1e *row, unsigned *ret_items)
{
	*ret_items = 1;
	if (!sl_1e_is_list(row))
		return GOOD;
	*ret_items = sl_u8(in);
	sl_u8(in);
	if (sl_broken(in))
		return in->digits ? BAD_DIGITS : BAD_LENGTH;
	return *ret_items == 0 ? BAD_POINTS : GOOD;
}

/* Reads all once; the first ones are kept. */
static enum sl_reason check(struct sl_kept *k, const struct sl_1e *row, struct sl_in in)
{
	unsigned items;
	struct sl_in data;
	enum sl_reason r = begin(&in, row, &items);

	k->a.items = (uint16_t)items;
	for (unsigned i = 0; r == GOOD && i < items; i++) {
		struct sl_item it;

		r = next(&in, row, &it, &data);
		if (i < KEPT_ITEMS) {
			k->item[i] = it;
			k->a.n = (uint16_t)(i + 1);
		}
	}
	if (r == GOOD && in.c.left != 0)
		return row->each > 0 ? BAD_DATA_LENGTH : BAD_LENGTH;
	if (row->answer > 0)
		k->a.b = (uint32_t)sl_size(&k->item[0], false);
	return r;
}

/* One act for each that is written or registered; check() has seen them. */
static uint64_t say(struct proto_ctx *x, struct sl_kept *k, const struct sl_1e *row, struct sl_in in)
{
	unsigned items;
	uint64_t first = 0;

	begin(&in, row, &items);
	for (unsigned i = 0; i < items; i++) {
		struct sl_item it;
		struct sl_in data = { .c = { .p = NULL } };

		next(&in, row, &it, &data);
		struct obs *o = sl_begin(x, &k->a, PHASE_ASK);

		o->item = (uint16_t)i;
		o->items = (uint16_t)items;
		sl_object(x, o, &it);
		if (row->shape != SHAPE_RANDOM_READ)
			sl_value(x, &it, data);
		sl_own(x, &k->a);
		k->a.last = act_emit(x);
		if (first == 0)
			first = k->a.last;
	}
	return first;
}

/* MC 18.6: address:3 bytes:1 module:1 0:1 [bytes]. */
static enum sl_reason unit(struct proto_ctx *x, struct sl_kept *k, const struct sl_1e *row, struct sl_in in,
			   uint64_t *ret_act)
{
	bool write = row->shape == SHAPE_UNIT_WRITE;
	uint32_t high = in.ascii ? sl_u8(&in) : 0, low = sl_u16(&in);

	if (!in.ascii)
		high = sl_u8(&in);
	k->a.a = high << 16 | low;
	k->a.b = sl_1e_points(row, sl_u8(&in));
	k->a.module = sl_u8(&in);
	sl_u8(&in);
	if (sl_broken(&in))
		return in.digits ? BAD_DIGITS : BAD_LENGTH;
	if (!sl_left(&in, write ? k->a.b : 0))
		return write ? BAD_DATA_LENGTH : BAD_LENGTH;
	if (!write)
		return GOOD;
	struct obs *o = sl_begin(x, &k->a, PHASE_ASK);

	sl_object_plain(x, o, &k->a);
	sl_bytes(x, in);
	sl_own(x, &k->a);
	*ret_act = act_emit(x);
	return GOOD;
}

/* EN page 9-40: bytes:1, that many. */
static enum sl_reason test(struct sl_kept *k, struct sl_in in)
{
	uint8_t n = sl_u8(&in);

	k->a.b = n + 1u;
	if (sl_broken(&in))
		return in.digits ? BAD_DIGITS : BAD_LENGTH;
	if (n == 0)
		return BAD_POINTS;
	return sl_left(&in, n) ? GOOD : BAD_DATA_LENGTH;
}

static enum sl_reason parse(struct proto_ctx *x, struct sl_kept *k, const struct sl_1e *row, struct sl_in in,
			    uint64_t *ret_act)
{
	enum sl_reason r;

	switch (row->shape) {
	case SHAPE_BATCH_READ: case SHAPE_BATCH_WRITE: case SHAPE_RANDOM_READ: case SHAPE_RANDOM_WRITE:
		r = check(k, row, in);
		if (r == GOOD && !sl_waits(&k->a))
			*ret_act = say(x, k, row, in);
		return r;
	case SHAPE_UNIT_READ: case SHAPE_UNIT_WRITE: return unit(x, k, row, in, ret_act);
	case SHAPE_TEST: return test(k, in);
	case SHAPE_OPEN:
		k->a.b = LENGTH_OPEN;
		if (!sl_waits(&k->a))
			*ret_act = sl_open_act(x, k, in);
		return GOOD;
	}
	if (in.c.left != 0)
		return BAD_LENGTH;
	k->a.b += row->before;
	if (row->shape == SHAPE_PLAIN) {
		sl_begin(x, &k->a, PHASE_ASK);
		sl_own(x, &k->a);
		*ret_act = act_emit(x);
	}
	return GOOD;
}

enum sl_reason sl_1e_request(struct proto_ctx *x, const struct sl_msg *m, const struct sl_1e *row)
{
	struct sl_kept k;
	uint64_t act = 0;

	k.a = (struct sl_asked){ .command = m->command, .io = m->io, .net = m->net, .pc = m->pc,
				 .unit = m->unit, .frame = m->frame, .by_client = x->from_client,
				 .shape = row->shape };
	enum sl_reason r = parse(x, &k, row, m->body, &act);
	size_t n = sizeof(k.a) + k.a.n * sizeof(k.item[0]);

	k.a.why = (uint8_t)r;
	if (!pair_ask(x, sl_ask_id(x->state, &k.a), act, &k, n) && r == GOOD && sl_waits(&k.a))
		sl_say_all(x, &k, NULL, OUT_UNKNOWN, 0);
	return r;
}

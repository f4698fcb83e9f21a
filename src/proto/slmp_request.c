/* proto/slmp_request.c: what the client asks. Sections are those of SR (slmp.c). */
#include "proto/slmp.h"

#include <string.h>

enum { SUB_DEVICE = SUB_BIT | SUB_LONG | SUB_EXTENDED };

/* SR 5.2: which subcommands each device command has; ASCII of the long extended form is not documented well
 * enough. */
static uint8_t device_shape(uint8_t shape, uint16_t sub, bool bits, bool ascii)
{
	if ((sub & ~SUB_DEVICE) != 0 || (!bits && (sub & SUB_BIT)))
		return SHAPE_OPEN;
	if (ascii && (sub & SUB_LONG) && (sub & SUB_EXTENDED))
		return SHAPE_OPEN;
	return shape;
}

static uint8_t shape_of(uint16_t command, uint16_t sub, bool ascii)
{
	switch (command) {
	case CMD_READ: return device_shape(SHAPE_BATCH_READ, sub, true, ascii);
	case CMD_WRITE: return device_shape(SHAPE_BATCH_WRITE, sub, true, ascii);
	case CMD_READ_RANDOM: case CMD_REGISTER: return device_shape(SHAPE_RANDOM_READ, sub, false, ascii);
	case CMD_WRITE_RANDOM: return device_shape(SHAPE_RANDOM_WRITE, sub, true, ascii);
	case CMD_READ_BLOCK: return device_shape(SHAPE_BLOCK_READ, sub, false, ascii);
	case CMD_WRITE_BLOCK: return device_shape(SHAPE_BLOCK_WRITE, sub, false, ascii);
	case CMD_MONITOR: return SHAPE_MONITOR;
	case CMD_READ_MEMORY: return SHAPE_MEMORY_READ;
	case CMD_WRITE_MEMORY: return SHAPE_MEMORY_WRITE;
	case CMD_READ_UNIT: return SHAPE_UNIT_READ;
	case CMD_WRITE_UNIT: return SHAPE_UNIT_WRITE;
	case CMD_READ_ARRAY: case CMD_READ_LABELS: case CMD_WRITE_ARRAY: case CMD_WRITE_LABELS:
		return SHAPE_LABEL;
	case CMD_RUN: case CMD_STOP: case CMD_PAUSE: case CMD_LATCH_CLEAR: case CMD_RESET:
	case CMD_CLEAR_ERROR:
		return SHAPE_PLAIN;
	case CMD_TYPE_NAME: return SHAPE_NAME;
	case CMD_SELF_TEST: return SHAPE_TEST;
	case CMD_UNLOCK: case CMD_LOCK: return SHAPE_SECRET;
	case CMD_FILE_FIND: case CMD_FILE_NEW: case CMD_FILE_DELETE: case CMD_FILE_COPY: case CMD_FILE_STATE:
	case CMD_FILE_DATE: case CMD_FILE_OPEN: case CMD_FILE_READ: case CMD_FILE_WRITE: case CMD_FILE_CLOSE:
		return SHAPE_FILE;
	}
	return SHAPE_OPEN;
}

/* ---- runs of points ---- */

static bool octal(const struct proto_ctx *x)
{
	return ((const struct sl_state *)x->state)->octal;
}

/* Reads all runs once; the first ones are kept. */
static enum sl_reason check_list(struct proto_ctx *x, struct sl_kept *k, struct sl_in body)
{
	struct sl_list l;
	struct sl_in data;
	unsigned items;
	enum sl_reason r = sl_list_begin(&l, &k->a, body, octal(x), &items);

	k->a.items = (uint16_t)items;
	for (unsigned i = 0; r == GOOD && i < items; i++) {
		struct sl_item it;

		r = sl_list_next(&l, &it, &data);
		k->a.b += (uint32_t)sl_size(&it, body.ascii);
		if (i < KEPT_ITEMS) {
			k->item[i] = it;
			k->a.n = (uint16_t)(i + 1);
		}
	}
	return r;
}

/* One act for each run that is written or registered; check_list() has seen them. */
static uint64_t say_list(struct proto_ctx *x, struct sl_kept *k, struct sl_in body)
{
	struct sl_list l;
	unsigned items;
	uint64_t first = 0;

	sl_list_begin(&l, &k->a, body, octal(x), &items);
	for (unsigned i = 0; i < items && i < ITEMS_MAX; i++) {
		struct sl_item it;
		struct sl_in data = { .c = { .p = NULL } };

		sl_list_next(&l, &it, &data);
		struct obs *o = sl_begin(x, &k->a, PHASE_ASK);

		o->item = (uint16_t)i;
		o->items = (uint16_t)items;
		if (i + 1 == ITEMS_MAX && items > ITEMS_MAX)
			o->flags |= FLAG_REST;
		sl_object(x, o, &it);
		if (k->a.shape != SHAPE_RANDOM_READ)
			sl_value(x, &it, data);
		sl_own(x, &k->a);
		k->a.last = act_emit(x);
		if (first == 0)
			first = k->a.last;
	}
	return first;
}

/* ---- the others ---- */

/* Memory (SR 5.4): address:4 words:2 [words]; buffer memory of a module (SR 5.5): address:4 bytes:2 module:2
 * [bytes]. */
static enum sl_reason memory(struct proto_ctx *x, struct sl_kept *k, struct sl_in in, uint64_t *ret_act)
{
	bool unit = k->a.shape == SHAPE_UNIT_READ || k->a.shape == SHAPE_UNIT_WRITE;
	bool write = k->a.shape == SHAPE_MEMORY_WRITE || k->a.shape == SHAPE_UNIT_WRITE;

	k->a.a = sl_u32(&in);
	k->a.b = sl_u16(&in);
	if (unit)
		k->a.module = sl_u16(&in);
	if (sl_broken(&in))
		return in.digits ? BAD_DIGITS : BAD_LENGTH;
	if (k->a.b == 0)
		return BAD_POINTS;
	if (!sl_left(&in, !write ? 0 : unit ? k->a.b : (size_t)k->a.b * 2))
		return write ? BAD_DATA_LENGTH : BAD_LENGTH;
	if (!write)
		return GOOD;
	struct obs *o = sl_begin(x, &k->a, PHASE_ASK);

	sl_object_plain(x, o, &k->a);
	if (unit && k->a.b % 2 != 0)
		sl_bytes(x, in);
	else
		sl_words(x, in);
	sl_own(x, &k->a);
	*ret_act = act_emit(x);
	return GOOD;
}

/* Mode words of remote operation (SR 5.6), or nothing. */
static enum sl_reason plain(struct proto_ctx *x, struct sl_kept *k, struct sl_in in, uint64_t *ret_act)
{
	if (!sl_left(&in, 0) && !sl_left(&in, 2) && !sl_left(&in, 4))
		return BAD_LENGTH;
	sl_begin(x, &k->a, PHASE_ASK);
	if (in.c.left > 0)
		sl_words(x, in);
	sl_own(x, &k->a);
	*ret_act = act_emit(x);
	return GOOD;
}

/* SR 5.7: bytes:2 password. Nothing of it is kept: a length that does not fit is not malformed either,
 * because malformed messages are kept as they are. */
static uint64_t secret(struct proto_ctx *x, struct sl_kept *k, struct sl_in in)
{
	uint16_t n = sl_u16(&in);
	struct obs *o = sl_begin(x, &k->a, PHASE_ASK);

	if (sl_broken(&in) || in.c.left != n)
		o->flags |= FLAG_OPAQUE;
	act_value(x, VAL_SECRET, 0, 0, (struct bytes){ NULL, 0 });
	sl_own(x, &k->a);
	return act_emit(x);
}

/* SR 5.9: bytes:2 text. */
static enum sl_reason test(struct sl_kept *k, struct sl_in in)
{
	k->a.b = sl_u16(&in);
	if (sl_broken(&in))
		return in.digits ? BAD_DIGITS : BAD_LENGTH;
	return in.c.left == k->a.b ? GOOD : BAD_DATA_LENGTH;
}

bool sl_has_password(uint16_t command)
{
	return command == CMD_UNLOCK || command == CMD_LOCK || command >> 8 == 0x02 || command >> 8 == 0x12 ||
	       command >> 8 == 0x18 || command == 0x0808;
}

/* What nobody answers: data the controller sends on its own (SR 5.10), and the cyclic data of CC-Link IE
 * Field Basic, which goes to all; what it holds changes all the time. */
static bool is_push(uint16_t command)
{
	return command == CMD_ON_DEMAND || command == CMD_BASIC_CYCLIC;
}

/* What is named only, or unknown; also what is sent unasked. */
uint64_t sl_open_act(struct proto_ctx *x, struct sl_kept *k, struct sl_in in)
{
	struct obs *o = sl_begin(x, &k->a, is_push(k->a.command) ? PHASE_PUSH : PHASE_ASK);

	if (k->a.command == CMD_ON_DEMAND) {	/* the controller sends to the one it knows */
		struct side device = o->actor;

		o->actor = o->device;
		o->device = device;
		sl_words(x, in);
	} else if (in.c.left > 0 && !sl_has_password(k->a.command) && k->a.command != CMD_BASIC_CYCLIC) {
		sl_bytes(x, in);
	}
	sl_own(x, &k->a);
	return act_emit(x);
}

static enum sl_reason parse(struct proto_ctx *x, struct sl_kept *k, struct sl_in in, uint64_t *ret_act)
{
	enum sl_reason r;

	switch (k->a.shape) {
	case SHAPE_BATCH_READ: case SHAPE_BATCH_WRITE: case SHAPE_RANDOM_READ: case SHAPE_RANDOM_WRITE:
	case SHAPE_BLOCK_READ: case SHAPE_BLOCK_WRITE:
		r = check_list(x, k, in);
		if (r == GOOD && !sl_waits(&k->a))
			*ret_act = say_list(x, k, in);
		return r;
	case SHAPE_MEMORY_READ: case SHAPE_MEMORY_WRITE: case SHAPE_UNIT_READ: case SHAPE_UNIT_WRITE:
		return memory(x, k, in, ret_act);
	case SHAPE_LABEL: return sl_label_request(x, k, in, ret_act);
	case SHAPE_FILE: return sl_file_request(x, k, in, ret_act);
	case SHAPE_PLAIN: return plain(x, k, in, ret_act);
	case SHAPE_SECRET:
		*ret_act = secret(x, k, in);
		return GOOD;
	case SHAPE_TEST: return test(k, in);
	case SHAPE_NAME: case SHAPE_MONITOR: return in.c.left == 0 ? GOOD : BAD_LENGTH;
	}
	if (!sl_waits(&k->a) || is_push(k->a.command))
		*ret_act = sl_open_act(x, k, in);
	return GOOD;
}

uint64_t sl_ask_id(struct sl_state *st, const struct sl_asked *a)
{
	if (sl_numbered(a->frame))
		return (uint64_t)a->by_client << 16 | a->serial;
	return UINT64_C(1) << 32 | st->asked++;
}

enum sl_reason sl_request(struct proto_ctx *x, const struct sl_msg *m)
{
	struct sl_kept k;
	uint64_t act = 0;

	k.a = (struct sl_asked){ .command = m->command, .sub = m->sub, .serial = m->serial, .io = m->io,
				 .net = m->net, .pc = m->pc, .unit = m->unit, .frame = m->frame,
				 .by_client = x->from_client,
				 .shape = shape_of(m->command, m->sub, m->body.ascii) };
	enum sl_reason r = parse(x, &k, m->body, &act);
	size_t n = sizeof(k.a) + k.a.n * sizeof(k.item[0]);

	k.a.why = (uint8_t)r;
	if (is_push(k.a.command))
		return r;
	if (!pair_ask(x, sl_ask_id(x->state, &k.a), act, &k, n) && r == GOOD && sl_waits(&k.a))
		sl_say_all(x, &k, NULL, OUT_UNKNOWN, 0);
	return r;
}

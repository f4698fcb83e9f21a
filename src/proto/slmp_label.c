/* proto/slmp_label.c: labels: the variables of a program by their names (SR 5.3). "SR" and "MC" as in slmp.c.
 *
 * Request: points:2 abbreviations:2, the names of those, then for each point a name, of an array also unit:1
 * (0 bits, 1 bytes) 0:1 length:2; of a write its data behind (labels: behind length:2). A name: characters:2,
 * UTF-16. Answer: points:2, for each type:1 unit:1 (arrays) or 0:1, length:2, data. In ASCII each byte is two
 * digits, numbers and characters highest first; of data MC 9.2 shows words both ways, so those of two and
 * four bytes are read as numbers (M), others are bytes as they stand. */
#include "proto/slmp.h"

#include <string.h>

enum { LABEL_NAME = 128 };

/* Bytes that length units of an array take: whole words (SR 5.3). */
static size_t array_bytes(uint8_t unit, uint16_t length)
{
	return unit == 0 ? (length + 15u) / 16 * 2 : (length + 1u) / 2 * 2;
}

static struct sl_in label(struct sl_in *in)
{
	return sl_part(in, (size_t)sl_u16(in) * 2);
}

/* The request as it was kept. */
static struct sl_in kept(const struct sl_kept *k)
{
	return (struct sl_in){ .c = { .p = (const uint8_t *)k->item, .left = k->a.b },
			       .ascii = k->a.frame == FRAME_3E_ASCII || k->a.frame == FRAME_4E_ASCII };
}

/* Counts and the names of the abbreviations. */
static unsigned begin(struct sl_in *in)
{
	unsigned points = sl_u16(in), abbreviations = sl_u16(in);

	for (unsigned i = 0; i < abbreviations && !sl_broken(in); i++)
		label(in);
	return points;
}

static struct sl_in next(const struct sl_asked *a, struct sl_in *in, struct sl_in *ret_data)
{
	bool array = a->command == CMD_READ_ARRAY || a->command == CMD_WRITE_ARRAY;
	bool write = a->command == CMD_WRITE_ARRAY || a->command == CMD_WRITE_LABELS;
	struct sl_in name = label(in);
	size_t n = 0;

	if (array) {
		uint8_t unit = sl_u8(in);

		sl_u8(in);
		n = array_bytes(unit, sl_u16(in));
	} else if (write) {
		n = sl_u16(in);
	}
	*ret_data = sl_part(in, write ? n : 0);
	return name;
}

static void value(struct proto_ctx *x, struct sl_in in)
{
	uint8_t b[WORDS_BYTES];
	struct bytes data = sl_plain(in, b);

	if (data.n == 2 || data.n == 4) {
		if (!in.ascii) {
			memcpy(b, data.p, data.n);
			melsec_turn(b, data.n, data.n);
		}
		act_value(x, VAL_UINT, (unsigned)data.n * 8, 1, (struct bytes){ b, data.n });
	} else if (data.n > 0) {
		act_value(x, VAL_RAW_LE, 8, (unsigned)data.n, data);
	}
}

static void object(struct proto_ctx *x, struct obs *o, const struct sl_asked *a, unsigned i,
		   struct sl_in name)
{
	char text[LABEL_NAME];
	size_t n = sl_utf16(text, sizeof(text), &name, name.c.left / (name.ascii ? 4 : 2));

	o->item = (uint16_t)i;
	o->items = a->items;
	o->object.space = SPACE_LABEL;
	o->object.name = act_text(x, (struct bytes){ (const uint8_t *)text, n });
}

/* Reads all points once. */
static enum sl_reason check(struct sl_kept *k, struct sl_in in)
{
	struct sl_in data;

	k->a.items = (uint16_t)begin(&in);
	if (!sl_broken(&in) && k->a.items == 0)
		return BAD_POINTS;
	for (unsigned i = 0; i < k->a.items && !sl_broken(&in); i++)
		next(&k->a, &in, &data);
	return sl_left(&in, 0) ? GOOD : in.digits ? BAD_DIGITS : BAD_LENGTH;
}

static uint64_t say_writes(struct proto_ctx *x, struct sl_kept *k, struct sl_in in)
{
	uint64_t first = 0;

	begin(&in);
	for (unsigned i = 0; i < k->a.items && i < ITEMS_MAX; i++) {
		struct sl_in data, name = next(&k->a, &in, &data);
		struct obs *o = sl_begin(x, &k->a, PHASE_ASK);

		object(x, o, &k->a, i, name);
		if (i + 1 == ITEMS_MAX && k->a.items > ITEMS_MAX)
			o->flags |= FLAG_REST;
		value(x, data);
		sl_own(x, &k->a);
		k->a.last = act_emit(x);
		if (first == 0)
			first = k->a.last;
	}
	return first;
}

enum sl_reason sl_label_request(struct proto_ctx *x, struct sl_kept *k, struct sl_in in, uint64_t *ret_act)
{
	enum sl_reason r = check(k, in);

	if (r != GOOD)
		return r;
	if (!sl_waits(&k->a))
		*ret_act = say_writes(x, k, in);
	if (in.c.left > sizeof(k->item))	/* its names are not kept */
		return GOOD;
	memcpy(k->item, in.c.p, in.c.left);
	k->a.b = (uint32_t)in.c.left;
	k->a.n = (uint16_t)((in.c.left + sizeof(k->item[0]) - 1) / sizeof(k->item[0]));
	return GOOD;
}

/* The answer to a read; reads all points once before any is told. */
static enum sl_reason check_answer(const struct sl_asked *a, struct sl_in in)
{
	unsigned points = sl_u16(&in);

	if (!sl_broken(&in) && points != a->items)
		return BAD_ANSWER_POINTS;
	for (unsigned i = 0; i < points && !sl_broken(&in); i++) {
		sl_u8(&in);
		uint8_t unit = sl_u8(&in);
		uint16_t length = sl_u16(&in);

		sl_part(&in, a->command == CMD_READ_ARRAY ? array_bytes(unit, length) : length);
	}
	return sl_left(&in, 0) ? GOOD : in.digits ? BAD_DIGITS : BAD_ANSWER_LENGTH;
}

static void say_one(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask, unsigned i,
		    struct sl_in name, struct sl_in data, uint8_t outcome, uint16_t end)
{
	struct obs *o = sl_begin(x, &k->a, ask->act == 0 ? PHASE_WHOLE : PHASE_ANSWER);

	o->outcome = outcome;
	o->result = end;
	if (o->phase == PHASE_ANSWER && k->a.items > 1)
		o->re = ask->act + (k->a.last - ask->act) / (min_size(k->a.items, ITEMS_MAX) - 1u) * i;
	object(x, o, &k->a, i, name);
	value(x, data);
	sl_own_answered(x, &k->a, end);
	act_emit(x);
}

void sl_label_say(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask, uint8_t outcome,
		  uint16_t end)
{
	struct sl_in in = kept(k), none = { .c = { .p = NULL } }, data;

	if (k->a.b > 0)
		begin(&in);
	for (unsigned i = 0; i < k->a.items && i < ITEMS_MAX; i++) {
		struct sl_in name = k->a.b > 0 ? next(&k->a, &in, &data) : none;

		say_one(x, k, ask, i, name, none, outcome, end);
	}
}

enum sl_reason sl_label_answer(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask,
			       struct sl_in in)
{
	struct sl_in asked = kept(k), data;

	if (!sl_waits(&k->a)) {
		if (in.c.left != 0)
			return BAD_ANSWER_LENGTH;
		sl_label_say(x, k, ask, OUT_DONE, 0);
		return GOOD;
	}
	enum sl_reason r = check_answer(&k->a, in);

	if (r != GOOD)
		return r;
	sl_u16(&in);
	if (k->a.b > 0)
		begin(&asked);
	for (unsigned i = 0; i < k->a.items && i < ITEMS_MAX; i++) {
		struct sl_in name = { .c = { .p = NULL } };

		if (k->a.b > 0)
			name = next(&k->a, &asked, &data);
		sl_u8(&in);
		uint8_t unit = sl_u8(&in);
		uint16_t length = sl_u16(&in);

		data = sl_part(&in, k->a.command == CMD_READ_ARRAY ? array_bytes(unit, length) : length);
		say_one(x, k, ask, i, name, data, OUT_DONE, 0);
	}
	return GOOD;
}

/* proto/slmp_1e_answer.c: what is answered in frames of the A series. "EN" as in slmp_1e.c. */
#include "proto/slmp.h"

#include <string.h>

static const struct ask *take(struct proto_ctx *x, const struct sl_msg *m, struct sl_kept *ret)
{
	const struct ask *ask = sl_1e_asked(x, m);

	if (ask == NULL)
		return NULL;
	ask = pair_answer_in_order(x, ask);
	memcpy(ret, ask->blob, min_size(ask->n, sizeof(*ret)));
	return ask;
}

/* ---- models ---- */

/* FX Series User's Manual - Data Communication Edition, D 7.11 (H); FX3G: EN 9.4.3 (H). Where several have
 * one code they are all named. */
static const struct { uint8_t code; const char *name; } models[] = {
	{ 0x82, "A2US" }, { 0x83, "A2-S1/A2US-S1" }, { 0x84, "A3U" }, { 0x85, "A4U" },
	{ 0x8b, "AJ72LP25/BR15" }, { 0x8d, "FX2/FX2C" }, { 0x8e, "FX0N" }, { 0x92, "A2A" },
	{ 0x93, "A2A-S1" }, { 0x94, "A3A" }, { 0x98, "A0J2H/A1S/A1SJ" }, { 0x9a, "A2C/A52G" },
	{ 0x9d, "FX2N/FX2NC" }, { 0x9e, "FX1N/FX1NC" }, { 0xa1, "A1/A1N" }, { 0xa2, "A2/A2N/A2S" },
	{ 0xa3, "A3/A3N/A73/A7LMS" }, { 0xa4, "A3H/A3M" }, { 0xab, "AJ72P25/R25" }, { 0xf2, "FX1S" },
	{ 0xf3, "FX3U/FX3UC" }, { 0xf4, "FX3G" },
};

/* EN 9.4.3: code:1 0:1. */
static void say_type(struct proto_ctx *x, const struct sl_kept *k, struct sl_in in)
{
	uint8_t code = sl_u8(&in);
	const char *name = NULL;

	for (size_t i = 0; i < ARRAY_LEN(models); i++)
		if (models[i].code == code)
			name = models[i].name;
	if (name != NULL) {
		sl_say_model(x, k, (struct bytes){ (const uint8_t *)name, strlen(name) }, code);
		return;
	}
	sl_whole(x, k);
	act_value(x, VAL_UINT, 8, 1, (struct bytes){ &code, 1 });
	sl_own_answered(x, &k->a, 0);
	act_emit(x);
}

/* ---- good answers ---- */

/* Bits that were registered stand four bits or a digit each, the first one high. */
static void say_bits(struct proto_ctx *x, const struct sl_kept *k, const struct sl_state *st, struct sl_in in)
{
	for (unsigned i = 0; i < st->monitored; i++) {
		struct sl_item it = st->monitor[i];
		struct obs *o = sl_whole(x, k);
		uint8_t on = in.ascii ? in.c.p[i] == '1' : in.c.p[i / 2] >> (i % 2 == 0 ? 4 : 0) & 1;

		o->item = (uint16_t)i;
		o->items = st->monitored;
		sl_object(x, o, &it);
		act_value(x, VAL_BOOL, 1, 1, (struct bytes){ &on, 1 });
		sl_own_answered(x, &k->a, 0);
		act_emit(x);
	}
}

static void say_monitor(struct proto_ctx *x, const struct sl_kept *k, const struct sl_1e *row,
			struct sl_in in)
{
	const struct sl_state *st = x->state;

	if (st->monitored > 0 && st->monitored_by == row->monitored) {
		if (row->monitored == MONITORED_BITS)
			say_bits(x, k, st, in);
		else
			sl_say_read(x, k, st->monitor, st->monitored, st->monitored, in);
		return;
	}
	struct obs *o = sl_whole(x, k);

	o->object.space = SPACE_MONITORED;
	if (row->monitored == MONITORED_BITS)
		sl_bytes(x, in);
	else
		sl_words(x, in);
	sl_own_answered(x, &k->a, 0);
	act_emit(x);
}

/* Bytes of a module, the text of a loopback test, and what is named only. */
static enum sl_reason say_bytes(struct proto_ctx *x, const struct sl_kept *k, struct sl_in in)
{
	if (k->a.shape == SHAPE_TEST && sl_u8(&in) + 1u != k->a.b)
		return BAD_ANSWER_ECHO;
	struct obs *o = sl_whole(x, k);

	sl_object_plain(x, o, &k->a);
	sl_bytes(x, in);
	sl_own_answered(x, &k->a, 0);
	act_emit(x);
	return GOOD;
}

static enum sl_reason good(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask,
			   const struct sl_1e *row, struct sl_in in)
{
	uint32_t wanted = row->answer + row->before > 0 ? sl_1e_wanted(x->state, row, &k->a) : 0;

	if (wanted != LENGTH_OPEN && row->shape != SHAPE_OPEN && !sl_left(&in, wanted))
		return BAD_ANSWER_LENGTH;
	switch (row->shape) {
	case SHAPE_BATCH_READ:
		sl_say_read(x, k, k->item, k->a.n, k->a.items, in);
		return GOOD;
	case SHAPE_MONITOR:
		say_monitor(x, k, row, in);
		return GOOD;
	case SHAPE_TYPE:
		say_type(x, k, in);
		return GOOD;
	case SHAPE_UNIT_READ: case SHAPE_TEST: return say_bytes(x, k, in);
	case SHAPE_RANDOM_READ:
		sl_register_monitor(x->state, k, row->monitored);
		break;
	case SHAPE_OPEN:
		if (sl_waits(&k->a))
			return say_bytes(x, k, in);
	}
	sl_say_all(x, k, ask, OUT_DONE, 0);
	return GOOD;
}

enum sl_reason sl_1e_answer(struct proto_ctx *x, const struct sl_msg *m, const struct sl_1e *row)
{
	struct sl_kept k;
	const struct ask *ask = take(x, m, &k);

	if (ask == NULL) {
		sl_say_alone(x, m, m->command);
		return GOOD;
	}
	if (k.a.frame != m->frame || k.a.command != m->command) {
		if (k.a.why == GOOD)
			sl_say_all(x, &k, ask, OUT_UNKNOWN, 0);
		return BAD_ANSWER_ECHO;
	}
	if (k.a.why != GOOD || m->end != 0) {
		sl_say_all(x, &k, ask, m->end == 0 ? OUT_DONE : OUT_REFUSED, m->end);
		return GOOD;
	}
	if (sl_is_known(x, &k, m->body))
		return GOOD;
	enum sl_reason r = good(x, &k, ask, row, m->body);

	if (r != GOOD)
		sl_say_all(x, &k, ask, OUT_UNKNOWN, 0);
	return r;
}

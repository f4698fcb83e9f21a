/* proto/slmp_act.c: what the acts of SLMP requests and answers have in common. */
#include "proto/slmp.h"

/* The station a request is for; 0: the one that has the address. Others in decimal places, so that a person
 * can read it: network * 1,000 + station, + 1,000,000 * CPU number of a rack with several (5 to 8: control,
 * standby, system A, system B), + 10,000,000 * station behind a serial module, whose place is above that (SR
 * 4.2). */
static uint64_t station_of(const struct sl_asked *a)
{
	uint64_t s = (uint64_t)a->net * 1000 + (a->pc == PC_OWN ? 0 : a->pc);

	if (a->io >= 0x03e0 && a->io <= 0x03e3)
		return s + UINT64_C(1000000) * (a->io - 0x03dfu);
	if (a->io >= 0x03d0 && a->io <= 0x03d3)
		return s + UINT64_C(1000000) * (a->io - 0x03cbu);
	if (a->io == IO_OWN && a->unit == UNIT_OWN)
		return s;
	return s + UINT64_C(10000000) * a->unit + UINT64_C(10000000000) * (a->io + 1u);
}

/* The table is sorted by command. */
static const struct proto_code *row_of(uint32_t command)
{
	size_t low = 0, high = SL_CODES;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sl_codes[middle].code < command)
			low = middle + 1;
		else
			high = middle;
	}
	return low < SL_CODES && sl_codes[low].code == command ? &sl_codes[low] : NULL;
}

static bool is_1e(uint8_t frame)
{
	return frame == FRAME_1E || frame == FRAME_1E_ASCII;
}

static uint32_t code_of(const struct sl_asked *a)
{
	if (is_1e(a->frame))
		return (uint32_t)SERIES_1E | a->command;
	return a->command == CMD_NONE ? (uint32_t)CODE_ANSWER_ALONE : a->command;
}

bool sl_numbered(uint8_t frame)
{
	return frame == FRAME_4E || frame == FRAME_4E_ASCII || frame == FRAME_TSN;
}

bool sl_waits(const struct sl_asked *a)
{
	const struct proto_code *row = row_of(code_of(a));

	if (row == NULL || (a->command >= CMD_FILE_OPEN && a->command <= CMD_FILE_CLOSE))
		return false;
	return row->verb == VERB_READ || row->verb == VERB_IDENTIFY || row->verb == VERB_BROWSE ||
	       row->verb == VERB_REPORT;
}

struct obs *sl_begin(struct proto_ctx *x, const struct sl_asked *a, uint8_t phase)
{
	const struct proto_code *row = row_of(code_of(a));
	struct obs *o = act_begin_row(x, row, is_1e(a->frame) ? code_of(a) : a->command);

	if (a->shape == SHAPE_OPEN && !a->alone)
		o->flags |= FLAG_OPAQUE;
	o->phase = phase;
	if (!a->by_client) {
		o->actor = flow_server(x);
		o->device = flow_client(x);
	}
	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->device.station = station_of(a);
	return o;
}

struct sl_own *sl_own(struct proto_ctx *x, const struct sl_asked *a)
{
	struct sl_own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->frame = a->frame;
	w->serial = a->serial;
	w->has_serial = sl_numbered(a->frame);
	w->has_route = !is_1e(a->frame);
	w->net = a->net;
	w->pc = a->pc;
	w->io = a->io;
	w->unit = a->unit;
	w->sub = a->sub;
	return w;
}

struct sl_own *sl_own_answered(struct proto_ctx *x, const struct sl_asked *a, uint16_t end)
{
	struct sl_own *w = sl_own(x, a);

	if (w == NULL)
		return NULL;
	w->has_end = 1;
	w->end = end;
	w->end_word = sl_end_word(end);
	return w;
}

void sl_object_plain(struct proto_ctx *x, struct obs *o, const struct sl_asked *a)
{
	char name[12];

	switch (a->shape) {
	case SHAPE_MEMORY_READ: case SHAPE_MEMORY_WRITE:
		o->object.space = SPACE_MEMORY;
		o->object.parts = 1;
		o->object.part[0] = a->a;
		o->object.count = a->b;
		break;
	case SHAPE_UNIT_READ: case SHAPE_UNIT_WRITE:
		o->object.space = SPACE_UNIT;
		o->object.parts = 1;
		o->object.part[0] = a->a;
		o->object.count = a->b;
		o->object.name = act_text(x, (struct bytes){ (const uint8_t *)name,
							     melsec_number(name, a->module, 16) });
		break;
	}
}

/* Of a request whose points are runs of devices: item i, or what is left of them behind those kept. */
static void say_item(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask, unsigned i,
		     uint8_t outcome, uint16_t end)
{
	const struct sl_asked *a = &k->a;
	struct obs *o = sl_begin(x, a, ask == NULL || ask->act == 0 ? PHASE_WHOLE : PHASE_ANSWER);

	o->item = (uint16_t)i;
	o->items = a->items;
	o->outcome = outcome;
	o->result = end;
	if (i < a->n && i < KEPT_ITEMS)
		sl_object(x, o, &k->item[i]);
	else
		o->flags |= FLAG_REST;
	if (o->phase == PHASE_ANSWER && a->items > 1)	/* the acts of the items follow each other at equal
							 * steps */
		o->re = ask->act + (a->last - ask->act) / (min_size(a->items, ITEMS_MAX) - 1u) * i;
	if (outcome == OUT_UNANSWERED || outcome == OUT_UNKNOWN)
		sl_own(x, a);
	else
		sl_own_answered(x, a, end);
	act_emit(x);
}

static bool is_list(uint8_t shape)
{
	return shape >= SHAPE_BATCH_READ && shape <= SHAPE_BLOCK_WRITE;
}

void sl_say_all(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask, uint8_t outcome,
		uint16_t end)
{
	if (is_list(k->a.shape) && k->a.why == GOOD) {
		for (unsigned i = 0; i < k->a.items && i <= k->a.n; i++)
			say_item(x, k, ask, i, outcome, end);
		return;
	}
	if (k->a.why == GOOD && ask != NULL && k->a.shape == SHAPE_FILE) {
		sl_file_say(x, k, ask, outcome, end);
		return;
	}
	if (k->a.why == GOOD && ask != NULL && k->a.shape == SHAPE_LABEL) {
		sl_label_say(x, k, ask, outcome, end);
		return;
	}
	struct obs *o = sl_begin(x, &k->a, ask == NULL || ask->act == 0 ? PHASE_WHOLE : PHASE_ANSWER);

	o->outcome = outcome;
	o->result = end;
	if (k->a.why != GOOD)
		o->note = act_str(x, "bad-request");
	sl_object_plain(x, o, &k->a);
	if (outcome == OUT_UNANSWERED || outcome == OUT_UNKNOWN)
		sl_own(x, &k->a);
	else
		sl_own_answered(x, &k->a, end);
	act_emit(x);
}

/* proto/fins_request.c: what somebody asks a controller. */
#include "proto/fins.h"

#include <string.h>

/* Command codes that are several things by the parameter behind them: it stands above the code. */
static uint32_t code_of(uint16_t command, struct bytes body)
{
	switch (command) {
	case 0x0620: /* 00 begins the measuring anew, 01 reads */
		return body.n == 1 && body.p[0] == 0 ? command | 1u << 16 : command;
	case 0x0920: /* the upper two bits: read, clear, FAL read; CR 5-3, M for the last */
		return body.n == 2 ? command | (uint32_t)(body.p[0] >> 6 & 3) << 16 : command;
	case 0x220a:
	case 0x220b:
	case 0x220c: /* 0 to the file, 1 from the file, 2 compares */
		return body.n >= 2 && body.p[0] == 0 && body.p[1] <= 2 ? command | (uint32_t)body.p[1] << 16
								       : command;
	}
	return command;
}

/* The device behind the address: a node of another network that this one passes on to, as NNN NNN NNN of
 * network, node and unit. Network 0 is the one the message is on; a node that is the last number of the
 * address, or that the device itself named, is the device. */
static uint64_t station_of(const struct proto_ctx *x, const struct fins_asked *a)
{
	const struct fins_head *h = &a->head;
	const struct fins_state *st = x->state;
	struct side device = a->from_client ? flow_server(x) : flow_client(x);

	if (h->dna == 0 || h->da1 == device.ip[15] || h->da1 == NODE_ALL || h->da1 == 0)
		return 0;
	if (a->from_client && st->node == h->da1)
		return 0;
	return h->dna * UINT64_C(1000000) + h->da1 * UINT64_C(1000) + h->da2;
}

struct obs *fins_begin(struct proto_ctx *x, const struct fins_asked *a, uint8_t phase)
{
	const struct proto_code *row = a->row == 0 ? NULL : &fins_codes[a->row - 1];
	struct obs *o = act_begin_row(x, row, a->head.command);

	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->phase = phase;
	o->actor = a->from_client ? flow_client(x) : flow_server(x);
	o->device = a->from_client ? flow_server(x) : flow_client(x);
	o->device.station = station_of(x, a);
	return o;
}

struct fins_own *fins_own(struct proto_ctx *x, const struct fins_asked *a)
{
	struct fins_own *w = act_own(x, sizeof(*w));
	const struct fins_head *h = &a->head;

	if (w == NULL)
		return NULL;
	w->numbered = w->framed = 1;
	w->command = h->command;
	w->dna = h->dna;
	w->da1 = h->da1;
	w->da2 = h->da2;
	w->sna = h->sna;
	w->sa1 = h->sa1;
	w->sa2 = h->sa2;
	w->sid = h->sid;
	return w;
}

bool fins_waits(unsigned row)
{
	if (row == 0)
		return false;
	switch (fins_codes[row - 1].verb) {
	case VERB_READ:
	case VERB_IDENTIFY:
	case VERB_QUERY:
	case VERB_BROWSE:
		return true;
	}
	return false;
}

/* Command and number of the message; who asks keeps the two directions apart. */
uint64_t fins_key(const struct fins_head *h, bool from_client)
{
	return (uint64_t)from_client << 32 | (uint64_t)h->command << 8 | h->sid;
}

/* The unit inside the device, where a command has nothing else to be about. */
static void unit_object(struct obs *o, uint8_t unit)
{
	if (o->object.space != SPACE_NONE || unit == 0)
		return;
	o->object.space = SPACE_UNIT;
	o->object.parts = 1;
	o->object.part[0] = unit;
}

static void text_value(struct proto_ctx *x, struct bytes text)
{
	if (text.n > 0)
		act_value(x, VAL_TEXT, 8, 1, text);
}

/* What is written by it. */
static void ask_value(struct proto_ctx *x, enum shape shape, const struct fins_wish *w)
{
	const uint8_t mode = (uint8_t)w->mode, number[2] = {(uint8_t)(w->number >> 8), (uint8_t)w->number};

	switch (shape) {
	case SHAPE_WRITE:
		fins_items(x, &w->area, w->count, w->data);
		return;
	case SHAPE_FILL:
		act_value(x, VAL_UINT, (unsigned)w->data.n * 8, 1, w->data);
		return;
	case SHAPE_PARAM_WRITE:
	case SHAPE_PARAM_CLEAR:
		act_value(x, VAL_UINT, 16, (unsigned)(w->data.n / 2), w->data);
		return;
	case SHAPE_PROTECT:
		act_value(x, VAL_SECRET, 0, 0, w->data);
		return;
	case SHAPE_RUN:
		if (mode != 0)
			act_value(x, VAL_UINT, 8, 1, (struct bytes){ &mode, 1 });
		return;
	case SHAPE_ERROR:
	case SHAPE_MESSAGE:
		act_value(x, VAL_UINT, 16, 1, (struct bytes){ number, 2 });
		return;
	case SHAPE_FILE_COPY:
	case SHAPE_FILE_RENAME:
		text_value(x, w->second);
		return;
	case SHAPE_NAME_SET:
	case SHAPE_LABEL:
		text_value(x, w->name);
		return;
	case SHAPE_RAW:
	case SHAPE_ECHO:
		if (w->data.n > 0)
			act_value(x, VAL_RAW_BE, 8, (unsigned)w->data.n, w->data);
		return;
	case SHAPE_FILE_AREA: { /* what of the controller goes into the file or comes from it */
		uint8_t room[32];
		struct ascii_pen pen = { .p = room, .cap = sizeof(room) };

		fins_area_text(&pen, &w->area);
		text_value(x, (struct bytes){ room, pen.n });
		return;
	}
	default:
		return;
	}
}

/* "2026-11-20 08:30:15": digits are BCD, the century is not told; CR 5-3: 98 is 1998, 97 is 2097. */
size_t fins_clock_text(uint8_t out[24], struct bytes b)
{
	struct ascii_pen pen = { .p = out, .cap = 24 };
	static const char *const between[] = {"", "-", "-", " ", ":", ":"};

	ascii_puts(&pen, (b.p[0] >> 4) * 10 + (b.p[0] & 15) >= 98 ? "19" : "20");
	for (size_t i = 0; i < b.n && i < 6; i++) {
		ascii_puts(&pen, between[i]);
		fins_put_number(&pen, b.p[i], 16, 2);
	}
	return pen.n;
}

static uint64_t say_one(struct proto_ctx *x, const struct fins_asked *a, enum shape shape,
			const struct fins_wish *w)
{
	struct obs *o = fins_begin(x, a, PHASE_ASK);
	uint8_t room[32];

	fins_wish_object(x, o, shape, w);
	unit_object(o, a->head.da2);
	if (shape == SHAPE_CLOCK_SET)
		text_value(x, (struct bytes){ room, fins_clock_text(room, w->data) });
	else
		ask_value(x, shape, w);
	struct fins_own *own = fins_own(x, a);

	if (own != NULL && shape == SHAPE_MOVE) {
		struct ascii_pen pen = { .p = room, .cap = sizeof(room) };

		fins_area_text(&pen, &w->from);
		own->source = act_text(x, (struct bytes){ room, pen.n });
	}
	if (own != NULL && shape == SHAPE_RUN && w->mode != 0) {
		own->moded = 1;
		own->mode = fins_mode_word((uint8_t)w->mode);
	}
	return act_emit(x);
}

/* 23 01: one act for each bit. CR 5-3: 0 and 1 force, all else lets go of it. */
static uint64_t say_forces(struct proto_ctx *x, const struct fins_asked *a, const struct fins_wish *w)
{
	struct cursor c = cur_over(w->data);
	uint32_t all = (uint32_t)min_size(w->count, ITEMS_MAX);
	uint64_t first = 0;

	for (uint32_t i = 0; i < all; i++) {
		uint16_t how = cur_be16(&c);
		uint8_t on = (uint8_t)how;
		struct fins_area area = fins_area(&c);
		struct obs *o = fins_begin(x, a, PHASE_ASK);

		fins_area_object(o, &area, 1);
		o->item = (uint16_t)i;
		o->items = (uint16_t)all;
		if (i + 1 == all && all < w->count)
			o->flags |= FLAG_REST;
		if (how <= 1)
			act_value(x, VAL_BOOL, 1, 1, (struct bytes){ &on, 1 });
		else
			text_value(x, (struct bytes){ (const uint8_t *)"release", 7 });
		fins_own(x, a);
		uint64_t act = act_emit(x);

		first = first == 0 ? act : first;
	}
	return first;
}

/* 22 05: one act for each file. */
static uint64_t say_deletes(struct proto_ctx *x, const struct fins_asked *a, const struct fins_wish *w)
{
	struct fins_wish one = *w;
	uint32_t all = (uint32_t)min_size(w->count, ITEMS_MAX);
	uint64_t first = 0;

	for (uint32_t i = 0; i < all; i++) {
		struct obs *o = fins_begin(x, a, PHASE_ASK);

		one.data = (struct bytes){ w->data.p + i * NAME, NAME };
		fins_wish_object(x, o, SHAPE_FILE_DELETE, &one);
		o->item = (uint16_t)i;
		o->items = (uint16_t)all;
		if (i + 1 == all && all < w->count)
			o->flags |= FLAG_REST;
		fins_own(x, a);
		uint64_t act = act_emit(x);

		first = first == 0 ? act : first;
	}
	return first;
}

struct fins_own *fins_ended(struct proto_ctx *x, const struct fins_asked *a, struct obs *o, uint16_t end_code)
{
	const char *note = fins_end_note(end_code);

	o->result = end_code;
	if (o->outcome == OUT_REFUSED && note != NULL)
		o->note = act_str(x, note);
	struct fins_own *w = fins_own(x, a);

	if (w != NULL) {
		w->ended = o->outcome != OUT_UNANSWERED && o->outcome != OUT_UNKNOWN;
		w->end_code = end_code;
	}
	return w;
}

/* 01 04: one act for each place, as its answer has one value for each. */
static void say_list_open(struct proto_ctx *x, const struct fins_asked *a, const struct fins_wish *w,
			  uint8_t outcome, uint16_t end_code)
{
	struct cursor c = cur_over(w->data);

	for (uint32_t i = 0; i < w->count; i++) {
		struct fins_area area = fins_area(&c);
		struct obs *o = fins_begin(x, a, PHASE_WHOLE);

		fins_area_object(o, &area, 1);
		o->outcome = outcome;
		o->item = (uint16_t)i;
		o->items = (uint16_t)w->count;
		fins_ended(x, a, o, end_code);
		act_emit(x);
	}
}

void fins_say_open(struct proto_ctx *x, const struct fins_kept *k, uint64_t act, uint8_t outcome,
		   uint16_t end_code)
{
	enum shape shape = fins_shape(k->a.row);
	struct fins_wish w;

	if (k->a.why != GOOD || fins_wish(shape, (struct bytes){ k->body, k->a.n }, &w) != GOOD) {
		shape = SHAPE_RAW; /* malformed, or longer than what was kept */
		w = (struct fins_wish){ .number = 0 };
	}
	if (shape == SHAPE_LIST) {
		say_list_open(x, &k->a, &w, outcome, end_code);
		return;
	}
	struct obs *o = fins_begin(x, &k->a, act == 0 ? PHASE_WHOLE : PHASE_ANSWER);

	o->re = act;
	o->outcome = outcome;
	fins_wish_object(x, o, shape, &w);
	unit_object(o, k->a.head.da2);
	fins_ended(x, &k->a, o, end_code);
	act_emit(x);
}

static uint64_t say_ask(struct proto_ctx *x, struct fins_kept *k, enum shape shape, const struct fins_wish *w)
{
	bool piece = false;
	uint64_t act;

	switch (shape) {
	case SHAPE_FORCE:
		act = say_forces(x, &k->a, w);
		break;
	case SHAPE_FILE_DELETE:
		act = say_deletes(x, &k->a, w);
		break;
	case SHAPE_PROGRAM_READ:
	case SHAPE_PROGRAM_WRITE:
	case SHAPE_FILE_READ:
	case SHAPE_FILE_WRITE:
		act = fins_block_ask(x, &k->a, shape, w, &piece);
		break;
	default:
		act = say_one(x, &k->a, shape, w);
		break;
	}
	k->a.piece = piece;
	return act;
}

/* Blocks of a transfer are told when it opens, whatever their direction. */
static bool is_block(enum shape shape)
{
	return shape == SHAPE_PROGRAM_READ || shape == SHAPE_PROGRAM_WRITE || shape == SHAPE_FILE_READ ||
	       shape == SHAPE_FILE_WRITE;
}

bool fins_request(struct proto_ctx *x, struct fins_head head, struct bytes body)
{
	struct fins_kept k;
	unsigned row = fins_row(code_of(head.command, body));
	enum shape shape = fins_shape(row);
	struct fins_wish w;
	enum reason r = fins_wish(shape, body, &w);
	bool cut = r != GOOD && (x->l->flags & LAYER_CUT) != 0 && x->l->kind != KIND_TCP;
	uint64_t act = 0;

	k.a = (struct fins_asked){ .head = head,
				  .row = (uint8_t)row,
				  .from_client = x->from_client,
				  .why = (uint8_t)r,
				  .n = (uint16_t)min_size(body.n, BODY_KEPT) };
	if (k.a.n > 0)
		memcpy(k.body, body.p, k.a.n);
	if (cut) { /* the recording ends before the datagram does */
		shape = SHAPE_RAW;
		w = (struct fins_wish){ .number = 0 };
		r = GOOD;
	}
	if (shape == SHAPE_PROTECT && r != GOOD) {	/* a malformed act would keep the password in it */
		struct obs *o = fins_begin(x, &k.a, PHASE_ASK);

		o->note = act_str(x, fins_reasons[r]);
		act_value(x, VAL_SECRET, 0, 0, body);
		fins_own(x, &k.a);
		act = act_emit(x);
		r = GOOD;
	} else if (r == GOOD && (!fins_waits(row) || is_block(shape)))
		act = say_ask(x, &k, shape, &w);
	bool silent = (head.icf & NO_RESPONSE) || (x->l->flags & LAYER_GROUP) || head.da1 == NODE_ALL;

	if (silent || !pair_ask(x, fins_key(&head, x->from_client), act, &k, sizeof(k.a) + k.a.n)) {
		if (r == GOOD && act == 0)
			fins_say_open(x, &k, 0, OUT_UNKNOWN, 0);
	}
	x->why = fins_reasons[r];
	return r == GOOD;
}

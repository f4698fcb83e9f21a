/* proto/focas.c: Fanuc FOCAS over Ethernet: who reads a Fanuc control, and who writes its variables,
 * offsets and programs. There is no login of any kind.
 *
 * Spec:    none is public; focas.h names the sources and how far each is to be believed.
 * Message: a0 a0 a0 a0 version:2 function:1 direction:1 length:2 body. A client opens two connections, one
 *          for calls and one for programs; a call is a list of functions, answered by a list in the same
 *          order.
 * Units:   big-endian. Numbers are decimal fractions: mantissa:4 base:2 places:2.
 * Emits:   reads WHOLE at the answer, one act for each function and each variable; what changes the control
 *          ASK, one act for each variable, then ANSWER. A function that is not known and brings data is a
 *          suspected write. Programs are transfers: an act when one opens, one at its end with digest and
 *          canonical hash; their blocks are no acts.
 *          Facts: vendor, model, release, once a flow; the programs that run. obs.code is the
 *          message, or group << 16 | function.
 * State:   which end asks, the number of requests (answers come in their order), names of programs on their
 *          way.
 * Missing: the layout of the functions marked "named only"; the optional protection by password, which no
 *          source shows. */
#include "proto/focas.h"

#include <string.h>

static const uint8_t magic[4] = { 0xa0, 0xa0, 0xa0, 0xa0 };

/* Who sends this message: 1 the client, 2 the control, 0 nobody. */
static unsigned sender(uint16_t type)
{
	switch (type) {
	case TYPE_OPEN:
	case TYPE_CLOSE:
	case TYPE_CALL:
	case TYPE_DOWN:
	case TYPE_DOWN_DATA:
	case TYPE_DOWN_END:
	case TYPE_UP: case TYPE_UP_DONE: case TYPE_UP_ASK: case TYPE_UP_STOP:
		return 1;
	case TYPE_UP_DATA: case TYPE_UP_END:
		return 2;
	}
	/* The answers to the others, and their refusals. */
	return ((type & 0xff) == ANSWERS || (type & 0xff) == REFUSES) && type >> 8 != TYPE_UP_END >> 8 &&
	       sender((uint16_t)((type & 0xff00) | ASKS)) == 1 ? 2 : 0;
}

static bool read_head(struct cursor *c, struct focas_head *ret, uint16_t *ret_length)
{
	const uint8_t *m = cur_take(c, sizeof(magic));
	uint16_t version = cur_be16(c);

	ret->type = cur_be16(c);
	*ret_length = cur_be16(c);
	return !cur_broken(c) && memcmp(m, magic, sizeof(magic)) == 0 && version >= 1 &&
	       version <= FOCAS_VERSION_MAX;
}

static unsigned focas_probe(const struct proto_ctx *x, struct cursor head)
{
	struct focas_head h;
	uint16_t length;

	(void)x;
	return read_head(&head, &h, &length) && sender(h.type) != 0 ? 100 : 0;
}

static struct cut focas_cut(struct proto_ctx *x, struct cursor have)
{
	struct focas_head h;
	uint16_t length;

	(void)x;
	if (have.left < FOCAS_HEAD)
		return cut_need(FOCAS_HEAD);
	if (!read_head(&have, &h, &length) || length > CUT_MAX - FOCAS_HEAD)
		return cut_lost();
	return cut_message(FOCAS_HEAD + (size_t)length);
}

/* PYF, LIB: open has a channel (1 programs, 2 calls), close nothing. */
static bool session(struct proto_ctx *x, const struct focas_head *h)
{
	struct cursor c = cur_over(h->body);
	uint16_t channel = h->type == TYPE_OPEN ? cur_be16(&c) : 0;
	struct focas_asked a;

	if (!cur_done(&c)) {
		x->why = "length";
		return false;
	}
	focas_begin(x, focas_type_row(h->type), PHASE_ASK);
	struct focas_own *w = focas_own(x, h->type, NULL);

	if (w != NULL) {
		w->channel = channel;
		w->has_channel = h->type == TYPE_OPEN;
	}
	memset(&a, 0, offsetof(struct focas_asked, block));
	a.type = h->type;
	focas_remember(x, &a, act_emit(x));
	return true;
}

static bool ask(struct proto_ctx *x, const struct focas_head *h)
{
	if (h->type == TYPE_OPEN || h->type == TYPE_CLOSE)
		return session(x, h);
	return h->type == TYPE_CALL ? focas_call(x, h->body) : focas_program_ask(x, h);
}

/* HSL, LIB: the answers to the messages of a transfer begin with a status; those to opening and closing
 * have none. */
static bool answer(struct proto_ctx *x, const struct focas_head *h)
{
	static const uint8_t done[8];
	uint16_t type = (uint16_t)((h->type & 0xff00) | ASKS);
	bool transfer = type != TYPE_OPEN && type != TYPE_CLOSE;

	if ((h->type & 0xff) == REFUSES)
		return focas_refusal(x, type, h->body);
	return focas_refusal(x, type,
			     transfer && h->body.n >= 6 ? h->body : (struct bytes){ done, sizeof(done) });
}

static bool focas_message(struct proto_ctx *x, struct cursor msg)
{
	struct focas_state *st = x->state;
	struct focas_head h;
	uint16_t length;
	bool good = read_head(&msg, &h, &length);
	unsigned by = good ? sender(h.type) : 0;

	h.body = cur_rest(&msg);
	st->items = 0;
	if (by == 0) {
		x->why = "type";
		return false;
	}
	if (!st->decided && !x->ends_known) {
		st->ends.swapped = x->from_client != (by == 1);
		st->decided = 1;
	}
	if (ends_asks(x) != (by == 1)) {
		x->why = "direction";
		return false;
	}
	if (by == 1)
		return ask(x, &h);
	if (h.type == (TYPE_CALL & 0xff00) + ANSWERS)
		return focas_answer(x, h.body);
	return h.type == TYPE_UP_DATA || h.type == TYPE_UP_END ? focas_program_answer(x, &h) : answer(x, &h);
}

/* Answers are paired by their order: when some were lost, what is open can no longer be told from what
 * follows. */
static void focas_lost(struct proto_ctx *x, uint64_t bytes)
{
	const struct ask *open;
	struct focas_asked a;

	focas_programs_lost(x, bytes);
	while (!ends_asks(x) && (open = pair_oldest(x)) != NULL) {
		uint64_t act = open->act;
		bool good = focas_unpack(open, &a);

		pair_answer(x, open->id);
		if (good)
			focas_say_open(x, &a, act, OUT_UNKNOWN, 0, 0);
	}
}

static void focas_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct focas_asked a;

	if (focas_unpack(ask, &a))
		focas_say_open(x, &a, ask->act, OUT_UNANSWERED, 0, 0);
}

const struct proto proto_focas = {
	.name = "focas", .on = ON_TCP, .ports = { FOCAS_PORT },
	.state_size = sizeof(struct focas_state), .own_size = sizeof(struct focas_own), .transfers = true,
	.verified = VERIFIED_SYNTHETIC,
	.codes = focas_codes, .code_count = FOCAS_CODES, .spaces = focas_spaces, .fields = focas_fields,
	.probe = focas_probe, .cut = focas_cut, .message = focas_message, .lost = focas_lost,
	.unanswered = focas_unanswered, .end = focas_programs_end,
};

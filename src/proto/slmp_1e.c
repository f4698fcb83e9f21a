/* proto/slmp_1e.c: the frames of the A series (1E), which FX3U-ENET, A and QnA modules and many panels
 * speak beside or instead of 3E frames: where they begin and end, and how sure that is. The rest:
 * slmp_1e_request.c, slmp_1e_answer.c. The files of slmp.c share devices, values and acts with them.
 *
 * Spec:    MELSEC Communication Protocol Reference Manual SH(NA)-080008 18 ("MC"); FX3U-ENET-ADP User's
 *          Manual 7 and 9.3 ("FX"); FX3U-ENET User's Manual 9 ("EN"). Commands 0A to 0D, 10 to 12, 1C to
 *          21, 39 and 3A: only modules of the A series have them (M: no manual of one was at hand).
 * Message: subheader:1 station:1 timer:2, then by the command; answers: subheader + 80, end code:1, behind
 *          5B also what is wrong:1 0:1. No frame says how long it is: a request does by its number of points
 *          (00: 256), an answer by its request. ASCII: all as hexadecimal digits, highest first; a device
 *          stands in front of its number there and behind it in binary. (H for 00 to 05, 09, 0E, 0F, 13
 *          to 16; M for the others.)
 * State:   that of slmp.h.
 * Missing: where an answer ends whose request was not seen, and commands that are named only: they end where
 *          their segment ends. Counters of 32 bits (C200 and up of an FX) are told as words. */
#include "proto/slmp.h"

#include <string.h>

#include "core/hex.h"

enum {
	HEAD = 4,		/* of a request */
	TIMER_USUAL = 0xf0,	/* 250 ms each; more than a minute is not recommended (M) */
	PC_LAST = 0x40,		/* stations 00 to 40, and FF: the one that has the address (M) */
	END_MORE = 0x5b,
	SURE = 85, BY_PORT = 40, MAYBE = 1,
};

#define RUN(sub, shape, width, fixed, each, answer) \
	[sub] = { sub, SHAPE_##shape, WIDTH_##width, fixed, (fixed) - 2, each, answer, 0, 0 }
#define LIST(sub, shape, width, each, by) \
	[sub] = { sub, SHAPE_##shape, WIDTH_##width, HEAD + 2, HEAD, each, 0, 0, by }
#define READS(sub, by, answer) [sub] = { sub, SHAPE_MONITOR, 0, HEAD, 0, 0, answer, 0, by }
#define OTHER(sub, shape, fixed, count_at, each, answer, before) \
	[sub] = { sub, SHAPE_##shape, 0, fixed, count_at, each, answer, before, 0 }
#define NAMED(sub) OTHER(sub, OPEN, HEAD, 0, 0, 0, 0)

/* By subheader; those that are none have no bytes. */
static const struct sl_1e rows[] = {
	RUN(0x00, BATCH_READ, BITS, 12, 0, 1), RUN(0x01, BATCH_READ, WORDS, 12, 0, 4),
	RUN(0x02, BATCH_WRITE, BITS, 12, 1, 0), RUN(0x03, BATCH_WRITE, WORDS, 12, 4, 0),
	LIST(0x04, RANDOM_WRITE, BIT, 14, 0), LIST(0x05, RANDOM_WRITE, WORDS, 16, 0),
	LIST(0x06, RANDOM_READ, BIT, 12, MONITORED_BITS), LIST(0x07, RANDOM_READ, WORDS, 12, MONITORED_WORDS),
	READS(0x08, MONITORED_BITS, 1), READS(0x09, MONITORED_WORDS, 4),
	NAMED(0x0a), NAMED(0x0b), NAMED(0x0c), NAMED(0x0d),
	OTHER(0x0e, UNIT_READ, 10, 7, 0, 2, 0), OTHER(0x0f, UNIT_WRITE, 10, 7, 2, 0, 0),
	NAMED(0x10), NAMED(0x11), NAMED(0x12),
	OTHER(0x13, PLAIN, HEAD, 0, 0, 0, 0), OTHER(0x14, PLAIN, HEAD, 0, 0, 0, 0),
	OTHER(0x15, TYPE, HEAD, 0, 0, 0, 2), OTHER(0x16, TEST, HEAD + 1, HEAD, 2, 2, 1),
	RUN(0x17, BATCH_READ, WORDS, 14, 0, 4), RUN(0x18, BATCH_WRITE, WORDS, 14, 4, 0),
	LIST(0x19, RANDOM_WRITE, WORDS, 20, 0), LIST(0x1a, RANDOM_READ, WORDS, 16, MONITORED_FILE),
	READS(0x1b, MONITORED_FILE, 4),
	NAMED(0x1c), NAMED(0x1d), NAMED(0x1e), NAMED(0x1f), NAMED(0x20), NAMED(0x21),
	NAMED(0x39), NAMED(0x3a),
	RUN(0x3b, BATCH_READ, WORDS, 12, 0, 4), RUN(0x3c, BATCH_WRITE, WORDS, 12, 4, 0),
};

const struct sl_1e *sl_1e_row(uint16_t sub)
{
	return sub < ARRAY_LEN(rows) && rows[sub].fixed > 0 ? &rows[sub] : NULL;
}

bool sl_1e_is_list(const struct sl_1e *row)
{
	return row->shape == SHAPE_RANDOM_READ || row->shape == SHAPE_RANDOM_WRITE;
}

unsigned sl_1e_points(const struct sl_1e *row, uint8_t count)
{
	return count == 0 && !sl_1e_is_list(row) && row->shape != SHAPE_TEST ? 256 : count;
}

uint32_t sl_1e_wanted(const struct sl_state *st, const struct sl_1e *row, const struct sl_asked *a)
{
	unsigned n = st->registered[row->monitored];

	if (row->shape != SHAPE_MONITOR)
		return a->b;
	return n > 0 ? (n * row->answer + 1u) / 2 : LENGTH_OPEN;
}

/* The first two bytes of other frames are none of these: 50 54 68 D0 D4 E8 are no subheaders here. A command
 * that is named only must be for the station itself: nothing else in it can be looked at. */
uint8_t sl_1e_frame(struct cursor c, bool *ret_answer)
{
	const uint8_t *p = cur_take(&c, 2);

	if (p == NULL)
		return FRAMES;
	int high = hex_value(p[0]), low = hex_value(p[1]);
	unsigned sub = high >= 0 && low >= 0 ? (unsigned)high << 4 | (unsigned)low : 0x7f;

	if (sl_1e_row(sub & 0x7f) != NULL) {
		*ret_answer = sub >= 0x80;
		return FRAME_1E_ASCII;
	}
	const struct sl_1e *row = sl_1e_row(p[0] & 0x7f);

	*ret_answer = p[0] >= 0x80;
	if (row == NULL || (row->shape == SHAPE_OPEN && !*ret_answer && p[1] != PC_OWN))
		return FRAMES;
	return FRAME_1E;
}

/* Reads what stands in front of the data. */
static bool read_head(struct sl_msg *m, struct cursor c)
{
	*m = (struct sl_msg){ .net = NET_OWN, .pc = PC_OWN, .io = IO_OWN, .unit = UNIT_OWN };
	m->frame = sl_1e_frame(c, &m->answer);
	if (m->frame == FRAMES)
		return false;
	m->body = (struct sl_in){ .c = c, .ascii = m->frame == FRAME_1E_ASCII };
	m->command = sl_u8(&m->body) & 0x7f;
	if (m->answer) {
		m->end = sl_u8(&m->body);
		if (m->end == END_MORE) {
			m->end = (uint16_t)(END_MORE << 8 | sl_u8(&m->body));
			sl_u8(&m->body);
		}
	} else {
		m->pc = sl_u8(&m->body);
		m->end = sl_u16(&m->body);
	}
	return !sl_broken(&m->body);
}

/* ---- how long it is ---- */

static struct cut cut_request(const struct sl_msg *m, const struct sl_1e *row, struct cursor have)
{
	size_t unit = m->body.ascii ? 2 : 1, need = (row->count_at + 1u) * unit;
	struct sl_in in = { .c = have, .ascii = m->body.ascii };

	if (row->shape == SHAPE_OPEN)
		return cut_message(have.left);
	if (row->count_at == 0)
		return cut_message(row->fixed * unit);
	if (have.left < need)
		return cut_need(need);
	sl_part(&in, row->count_at);
	unsigned n = sl_1e_points(row, sl_u8(&in));

	return in.digits ? cut_lost() : cut_message((row->fixed + (n * row->each + 1u) / 2) * unit);
}

static enum fit fit(struct proto_ctx *x, const struct ask *ask, const void *answer)
{
	const struct sl_msg *m = answer;
	struct sl_asked a;

	(void)x;
	memcpy(&a, ask->blob, sizeof(a));
	return a.frame == m->frame && a.command == m->command ? FIT_GOOD : FIT_NONE;
}

const struct ask *sl_1e_asked(struct proto_ctx *x, const struct sl_msg *m)
{
	return pair_in_order(x, fit, m);
}

/* The answer to what is waited for; to nothing that was seen: up to the end of the segment, unless its
 * command tells. */
static struct cut cut_answer(struct proto_ctx *x, const struct sl_msg *m, const struct sl_1e *row,
			     struct cursor have)
{
	size_t unit = m->body.ascii ? 2 : 1, head = have.left - m->body.c.left;
	const struct ask *ask = sl_1e_asked(x, m);
	struct sl_asked a = { .frame = FRAMES };
	uint32_t wanted;

	if (m->end != 0 || (row->answer == 0 && row->before == 0 && row->shape != SHAPE_OPEN))
		return cut_message(head);
	if (ask != NULL)
		memcpy(&a, ask->blob, min_size(ask->n, sizeof(a)));
	wanted = sl_1e_wanted(x->state, row, &a);
	if (a.frame == m->frame && a.command == m->command && a.why == GOOD && wanted != LENGTH_OPEN)
		return cut_message(head + wanted * unit);
	if (row->answer == 0 && row->before > 0)
		return cut_message(head + row->before * unit);
	return cut_message(have.left);
}

struct cut sl_1e_cut(struct proto_ctx *x, struct cursor have)
{
	struct sl_msg m;
	bool answer = false;
	uint8_t frame = sl_1e_frame(have, &answer);
	size_t unit = frame == FRAME_1E_ASCII ? 2 : 1, head = answer ? 2 : HEAD;

	if (have.left < head * unit)
		return cut_need(head * unit);
	if (!read_head(&m, have)) {	/* half an end code, or something that is no digit */
		bool half = answer && have.left < 4 * unit && !m.body.digits;

		return half ? cut_need(4 * unit) : cut_lost();
	}
	const struct sl_1e *row = sl_1e_row(m.command);

	return answer ? cut_answer(x, &m, row, have) : cut_request(&m, row, have);
}

/* ---- how sure it is ---- */

static bool has_device(const struct sl_1e *row)
{
	return sl_1e_is_list(row) || row->shape == SHAPE_BATCH_READ || row->shape == SHAPE_BATCH_WRITE;
}

/* Does the device stand where one must, with the zeros that belong there? */
static bool is_strong(const struct sl_msg *m, const struct sl_1e *row)
{
	struct sl_in in = m->body;
	struct sl_item it;

	if (!has_device(row))
		return false;
	if (sl_1e_is_list(row))
		sl_u8(&in);
	bool zero = !sl_1e_is_list(row) || sl_u8(&in) == 0;

	sl_1e_device(&in, row, &it);
	if (!sl_1e_is_list(row)) {
		sl_u8(&in);
		zero = sl_u8(&in) == 0;
	}
	return !sl_broken(&in) && zero && it.kind != DEV_NONE && it.number < 1u << 24;
}

/* Requests only: an answer is two bytes and data. One with a device in it is hardly anything else; the others
 * count on a port that is known for this, when they are for the station itself. (On port 2000 telephones
 * speak SCCP, which begins with small numbers and zeros.) */
unsigned sl_1e_probe(const struct proto_ctx *x, struct cursor head)
{
	bool strong = false, any = false, own = true;
	uint16_t port = flow_server(x).port;

	while (head.left > 0) {
		struct sl_msg m;

		if (!read_head(&m, head) || m.answer || (m.pc != PC_OWN && m.pc > PC_LAST))
			return 0;
		const struct sl_1e *row = sl_1e_row(m.command);
		struct cut c = cut_request(&m, row, head);

		if (row->shape == SHAPE_OPEN || c.what == CUT_LOST)
			return 0;
		bool device = is_strong(&m, row);

		strong = strong || device;
		if (c.what == CUT_NEED || c.n > head.left)
			break;
		if (has_device(row) && !device)
			return 0;
		any = true;
		own = own && m.pc == PC_OWN && m.end <= TIMER_USUAL;
		cur_take(&head, c.n);
	}
	for (size_t i = 0; any && own && !strong && i < ARRAY_LEN(proto_slmp.ports); i++)
		if (port != 0 && proto_slmp.ports[i] == port)
			return BY_PORT;
	return !strong ? 0 : any ? SURE : MAYBE;
}

enum sl_reason sl_1e_message(struct proto_ctx *x, struct cursor msg)
{
	struct sl_msg m;

	if (!read_head(&m, msg))
		return m.body.digits ? BAD_DIGITS : BAD_FRAME;
	const struct sl_1e *row = sl_1e_row(m.command);

	return m.answer ? sl_1e_answer(x, &m, row) : sl_1e_request(x, &m, row);
}

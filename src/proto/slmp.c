/* proto/slmp.c: SLMP, the MC protocol of Mitsubishi Electric: who reads and writes which devices of a MELSEC
 * controller, runs and stops it, and moves its files. There is no login but a remote password, in clear.
 *
 * Spec:    SLMP Reference Manual SH(NA)-080956ENG ("SR"); MELSEC Communication Protocol Reference Manual
 *          SH(NA)-080008 ("MC"); names of the commands of CC-Link IE as CLPA's own sample code has them
 *          ("CLPA": BAP-C2006).
 * Message: 3E: 50 00 network:1 station:1 module:2 unit:1 length:2 timer:2 command:2 subcommand:2 data;
 *          answers begin with D0 00 and have an end code:2 in place of the timer and the rest. 4E (54, D4):
 *          serial:2 0:2 behind the first two bytes. The same in ASCII: "5000" and all numbers as hexadecimal
 *          digits, highest first (SR 4). CC-Link IE TSN (68, E8): serial:2 4 bytes, 6 of route, length:2 at
 *          14, timer or end code:2, command:2, subcommand:2 (H: captures). Over UDP one datagram each. Any
 *          port; found by its content.
 * Units:   little-endian; words are uint16, long ones uint32, bits bool. station: see slmp_act.c; 0 is the
 *          address itself.
 * Emits:   reads and lists WHOLE at the answer, one act for each run of devices; all that changes something
 *          ASK, then ANSWER. Files: an act when one is opened and one with size and digest when it is closed.
 *          What a controller sends on its own (2101) is PUSH. The model (0101) is a fact. obs.code is the
 *          command, obs.result the end code.
 * State:   slmp.h: what was registered for monitoring, files that are open, whether X and Y count by eight
 *          (FX). Frames of the A series (1E): slmp_1e.c.
 * Missing: device names of the long extended form in ASCII; the bodies of the commands that are named only.
 *          Answers in 3E frames do not say what they answer: without their request they are an "answer". */
#include "proto/slmp.h"

#include <string.h>

enum { HEAD_3E = 9, HEAD_4E = 13, HEAD_TSN = 16 };	/* bytes up to and with the length */

/* ---- the header ---- */

/* What the first bytes are; FRAMES: nothing of this protocol. ret_answer: an answer. */
static uint8_t frame_of(struct cursor c, bool *ret_answer)
{
	const uint8_t *p = cur_take(&c, 2);

	if (p == NULL)
		return FRAMES;
	*ret_answer = (p[0] & 0x80) != 0;
	if (p[1] == 0) {
		switch (p[0] & 0x7f) {
		case 0x50: return FRAME_3E;
		case 0x54: return FRAME_4E;
		case 0x68: return FRAME_TSN;
		}
		return FRAMES;
	}
	*ret_answer = p[0] == 'D';
	if ((p[0] != '5' && p[0] != 'D') || (p[1] != '0' && p[1] != '4'))
		return FRAMES;
	uint8_t frame = p[1] == '0' ? FRAME_3E_ASCII : FRAME_4E_ASCII;

	return cur_u8(&c) == '0' && cur_u8(&c) == '0' ? frame : FRAMES;
}

/* Bytes of the header, up to and with the length. */
static size_t head_size(uint8_t frame)
{
	static const uint8_t sizes[FRAMES] = {
		[FRAME_3E] = HEAD_3E, [FRAME_4E] = HEAD_4E, [FRAME_TSN] = HEAD_TSN,
		[FRAME_3E_ASCII] = HEAD_3E * 2, [FRAME_4E_ASCII] = HEAD_4E * 2,
	};

	return sizes[frame];
}

/* Reads the header; the length is of what follows, in bytes or digits. False: it is cut, or has something
 * that is no digit. */
static bool read_head(struct sl_msg *m, struct cursor *c, size_t *ret_length)
{
	struct sl_in in = { .c = *c };

	*m = (struct sl_msg){ .answer = false };
	m->frame = frame_of(*c, &m->answer);
	if (m->frame == FRAMES)
		return false;
	in.ascii = m->frame >= FRAME_3E_ASCII;
	cur_take(&in.c, in.ascii ? 4 : 2);
	if (m->frame != FRAME_3E && m->frame != FRAME_3E_ASCII) {
		m->serial = sl_u16(&in);
		sl_part(&in, m->frame == FRAME_TSN ? 5 : 2);
	}
	m->net = sl_u8(&in);
	m->pc = sl_u8(&in);
	m->io = sl_u16(&in);
	m->unit = sl_u8(&in);
	if (m->frame == FRAME_TSN) {	/* what its six bytes of route mean is not known */
		m->net = NET_OWN;
		m->pc = PC_OWN;
		m->io = IO_OWN;
		m->unit = UNIT_OWN;
	}
	*ret_length = sl_u16(&in);
	*c = in.c;
	m->body = (struct sl_in){ .c = in.c, .ascii = in.ascii };
	return !sl_broken(&in);
}

/* Reads what stands between the length and the data. */
static bool read_rest(struct sl_msg *m)
{
	m->end = sl_u16(&m->body);
	if (!m->answer || m->frame == FRAME_TSN) {
		m->command = sl_u16(&m->body);
		m->sub = sl_u16(&m->body);
	}
	return !sl_broken(&m->body);
}

/* ---- the door ---- */

static bool listed(uint16_t command)
{
	return command != CMD_NONE && proto_code(&proto_slmp, command) != NULL;
}

/* Two bytes like 50 00 are not rare; a module number that exists, a command that is listed and a length that
 * fits are, together. */
static unsigned slmp_probe(const struct proto_ctx *x, struct cursor head)
{
	struct sl_msg m;
	size_t length, have = head.left;
	bool answer;

	if (sl_1e_frame(head, &answer) != FRAMES)
		return sl_1e_probe(x, head);
	if (!read_head(&m, &head, &length))
		return 0;
	bool ascii = m.body.ascii,
	     usual = m.io == IO_OWN || (m.io >= 0x03d0 && m.io <= 0x03e3) || m.frame == FRAME_TSN;
	size_t min = (m.answer ? (size_t)LENGTH_MIN : (size_t)REQUEST_MIN) << ascii;

	if (length < min || length > (size_t)LENGTH_MAX << ascii || !read_rest(&m))
		return 0;
	bool whole = have == head_size(m.frame) + length;

	if (m.command == CMD_BASIC_CYCLIC)
		return whole ? 60 : 0;
	if (!m.answer)
		return listed(m.command) ? (usual && (whole || ascii) ? 95 : whole ? 80 : usual ? 60 : 0) :
		       usual && whole ? 40 : 0;
	return whole && usual ? (m.end == 0 || m.end >= 0x4000 ? 70 : 40) : 0;
}

static struct cut slmp_cut(struct proto_ctx *x, struct cursor have)
{
	bool answer;
	struct sl_msg m;
	size_t length;

	if (have.left < 2)
		return cut_need(2);
	if (sl_1e_frame(have, &answer) != FRAMES)
		return sl_1e_cut(x, have);
	if (have.left < 4)
		return cut_need(4);
	uint8_t frame = frame_of(have, &answer);

	if (frame == FRAMES)
		return cut_lost();
	if (have.left < head_size(frame))
		return cut_need(head_size(frame));
	if (!read_head(&m, &have, &length) || length < LENGTH_MIN || length > LENGTH_MAX)
		return cut_lost();
	return cut_message(head_size(frame) + length);
}

static bool slmp_message(struct proto_ctx *x, struct cursor msg)
{
	struct sl_msg m;
	size_t length;
	enum sl_reason r = BAD_FRAME;
	bool answer;

	if (sl_1e_frame(msg, &answer) != FRAMES) {
		r = sl_1e_message(x, msg);
		x->why = sl_reasons[r];
		return r == GOOD;
	}
	if (read_head(&m, &msg, &length)) {
		bool fits = m.body.c.left == length;

		r = read_rest(&m) ? GOOD : m.body.digits ? BAD_DIGITS : BAD_LENGTH;
		if (!fits && !(r == GOOD && !m.answer && sl_has_password(m.command)))
			r = BAD_FRAME;
	}
	if (r == GOOD)
		r = m.answer ? sl_answer(x, &m) : sl_request(x, &m);
	x->why = sl_reasons[r];
	return r == GOOD;
}

/* Answers without numbers are paired by their order: when some were lost, what is open can no longer be told
 * from what follows. */
static void slmp_lost(struct proto_ctx *x, uint64_t bytes)
{
	const struct ask *ask;
	struct sl_kept k;

	(void)bytes;
	sl_files_lost(x);
	while ((ask = pair_oldest(x)) != NULL) {
		memcpy(&k, ask->blob, min_size(ask->n, sizeof(k)));
		if (sl_numbered(k.a.frame) || (bool)k.a.by_client == x->from_client)
			return;
		ask = pair_answer(x, ask->id);
		if (k.a.why == GOOD && k.a.command != CMD_RESET)
			sl_say_all(x, &k, ask, OUT_UNKNOWN, 0);
	}
}

static void slmp_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct sl_kept k;

	memset(&k.a, 0, sizeof(k.a));
	memcpy(&k, ask->blob, min_size(ask->n, sizeof(k)));
	if (k.a.why != GOOD || k.a.command == CMD_RESET)	/* SR 5.6: a reset may be answered or not */
		return;
	sl_say_all(x, &k, ask, OUT_UNANSWERED, 0);
}

const struct proto proto_slmp = {
	.name = "slmp", .on = ON_TCP, .also_udp = true,
	.ports = { 5000, 5001, 5002, 5007, 5010, 1025, 2000, 45238 },
	.state_size = sizeof(struct sl_state), .own_size = sizeof(struct sl_own), .transfers = true,
	.verified = VERIFIED_PEER | VERIFIED_SYNTHETIC,
	.codes = sl_codes, .code_count = SL_CODES, .spaces = melsec_spaces, .fields = sl_fields,
	.probe = slmp_probe, .cut = slmp_cut, .message = slmp_message, .lost = slmp_lost,
	.unanswered = slmp_unanswered, .end = sl_files_end,
};

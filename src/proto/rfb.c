/* proto/rfb.c: RFB (VNC), who looks at whose screen and who works with it from afar.
 *
 * Spec:    RFC 6143 (numbers of sections alone are its), its appendix A for 3.3 and 3.7; messages of clients
 *          beyond it as the community's list names them (M).
 * Message: both sides say "RFB 003.008\n"; the server its types of security, the client its choice; challenge
 *          and answer; the result; screen and name; then messages of the client type:1 ..., and what the
 *          server draws, which is only counted.
 * Units:   big-endian.
 * Emits:   LOGIN ASK when the security is chosen, its ANSWER at the result that refuses, or with size and
 *          name of the screen; what is encrypted from there on as a PUSH flagged OPAQUE. Keys, clicks and
 *          clipboards as CONTROL PUSH with how many there were, at the first and then every 10 s; CLOSE PUSH
 *          at the end. Facts: the server SERVES, NAME by its desktop.
 * State:   rfb.h: what each side says next, and counts.
 * Secrets: neither keys nor the challenge and its answer (which can be guessed from) nor clipboards are kept.
 * Missing: other types of security than none, VNC, Tight (16) and Apple's (30), and RealVNC's version 5: what
 *          follows is only counted; what is drawn. */
#include "proto/rfb.h"

enum { INPUT_S = 10, TEXT_TOLD = 512 };

static const struct proto_code *row(uint32_t code)
{
	return proto_code(&proto_rfb, code);
}

static bool bad(struct proto_ctx *x, const char *why)
{
	x->why = why;
	return false;
}

static void next(struct rfb_state *st, enum rfb_stage server, enum rfb_stage client)
{
	st->stage[0] = (uint8_t)server;
	st->stage[1] = (uint8_t)client;
}

/* ---- acts ---- */

static struct rfb_own *own_login(struct proto_ctx *x, bool versions)
{
	const struct rfb_state *st = x->state;
	struct span major[2] = { { 0, 0 } }, minor[2] = { { 0, 0 } };

	for (unsigned i = 0; versions && i < 2; i++) {
		const uint8_t *text = (const uint8_t *)st->version[i];
		size_t n = text[0] != 0 ? 3 : 0;

		major[i] = act_text(x, (struct bytes){ text, n });
		minor[i] = act_text(x, (struct bytes){ text + 3, n });
	}
	struct rfb_own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	memcpy(w->major, major, sizeof(major));
	memcpy(w->minor, minor, sizeof(minor));
	w->type = st->type;
	w->typed = 1;
	return w;
}

static void serves(struct proto_ctx *x)
{
	struct rfb_state *st = x->state;
	struct side server = flow_server(x);

	if (!st->opened)
		fact_say(x, &server, FACT_SERVES, (struct bytes){ (const uint8_t *)"vnc", 3 }, server.port, 0,
			 TRUST_SURE);
	st->opened = 1;
}

/* What follows a type of security, or one of Tight's methods. False: nobody here knows. */
static bool secure(struct rfb_state *st, uint32_t type)
{
	switch (type) {
	case TYPE_NONE: next(st, st->minor >= 8 ? SAYS_RESULT : SAYS_INIT, SAYS_INIT); return true;
	case TYPE_VNC: case TYPE_APPLE: next(st, SAYS_CHALLENGE, SAYS_RESPONSE); return true;
	case TYPE_TIGHT: next(st, SAYS_TUNNELS, WAITS); return true;
	}
	next(st, SAYS_ANYTHING, SAYS_ANYTHING);
	return false;
}

/* The type of security is chosen: by the client from 3.7 on, by the server before. */
static void chosen(struct proto_ctx *x, uint8_t type)
{
	struct rfb_state *st = x->state;
	bool known = secure(st, type);

	st->type = type;
	st->logged = 1;
	struct obs *o = act_begin_code(x, row(CODE_LOGIN));

	o->phase = known ? PHASE_ASK : PHASE_PUSH;
	if (!known)
		o->flags |= FLAG_OPAQUE;
	own_login(x, true);
	uint64_t act = act_emit(x);

	if (known)
		pair_ask(x, ID_LOGIN, act, NULL, 0);
	serves(x);
}

static void refused(struct proto_ctx *x, uint32_t result, struct bytes reason)
{
	struct rfb_state *st = x->state;

	st->refused = 1;
	next(st, SAYS_ANYTHING, SAYS_ANYTHING);
	pair_answer(x, ID_LOGIN);
	struct obs *o = act_begin_code(x, row(CODE_LOGIN));
	struct span text = act_text(x, (struct bytes){ reason.p, min_size(reason.n, TEXT_TOLD) });
	struct rfb_own *w = own_login(x, !st->logged);

	o->phase = st->logged ? PHASE_ANSWER : PHASE_PUSH;
	o->outcome = OUT_REFUSED;
	o->result = result;
	if (w != NULL) {
		w->typed = st->logged;
		w->reason = text;
		w->result = (uint8_t)(result == RESULT_TOO_MANY ? RESULT_TOO_MANY : RESULT_FAILED);
		w->resulted = 1;
	}
	act_emit(x);
	serves(x);
}

/* Who was let in and saw no screen before the end. */
static void tell_accepted(struct proto_ctx *x)
{
	struct rfb_state *st = x->state;

	if (!st->accepted)
		return;
	st->accepted = 0;
	pair_answer(x, ID_LOGIN);
	struct obs *o = act_begin_code(x, row(CODE_LOGIN));
	struct rfb_own *w = own_login(x, false);

	o->phase = PHASE_ANSWER;
	o->outcome = OUT_DONE;
	if (w != NULL)
		w->resulted = 1;
	act_emit(x);
}

/* What was done since it was told last. Moves alone are no work. */
static void tell_input(struct proto_ctx *x, bool ended)
{
	struct rfb_state *st = x->state;
	int64_t now = x->l->at_ns;

	if (st->keys + st->clicks + st->clips == 0)
		return;
	if (!ended && st->told && now - st->told_ns < INPUT_S * NS_PER_S)
		return;
	st->told_ns = now;
	st->told = 1;
	struct obs *o = act_begin_code(x, row(CODE_INPUT));

	o->phase = PHASE_PUSH;
	struct rfb_own *w = act_own(x, sizeof(*w));

	if (w != NULL) {
		w->keys = st->keys;
		w->clicks = st->clicks;
		w->clips = st->clips;
		w->counted = 1;
	}
	act_emit(x);
	st->keys = st->clicks = st->clips = 0;
}

/* A version of which only the beginning is known. */
static void strange(struct proto_ctx *x)
{
	struct rfb_state *st = x->state;

	next(st, SAYS_ANYTHING, SAYS_ANYTHING);
	struct obs *o = act_begin_code(x, row(CODE_LOGIN));

	o->phase = PHASE_PUSH;
	o->flags |= FLAG_OPAQUE;
	struct rfb_own *w = own_login(x, true);

	if (w != NULL)
		w->typed = 0;
	act_emit(x);
	serves(x);
}

/* ---- the handshake ---- */

static bool version(struct proto_ctx *x, struct cursor c)
{
	struct rfb_state *st = x->state;
	const uint8_t *p = cur_take(&c, VERSION);

	if (p == NULL || memcmp(p, "RFB ", 4) != 0 || p[7] != '.' || p[11] != '\n')
		return bad(x, "version");
	memcpy(st->version[x->from_client], p + 4, 3);
	memcpy(st->version[x->from_client] + 3, p + 8, 3);
	if (!x->from_client) {
		/* TigerVNC turns away whom it locked out without waiting for an answer, as 3.3 has it. */
		st->stage[0] = SAYS_TYPE;
		return true;
	}
	/* The client answers with what it can; appendix A: all other than 3.7 and 3.8 on speak 3.3. */
	unsigned minor =
		(unsigned)(p[8] - '0') * 100u + (unsigned)(p[9] - '0') * 10u + (unsigned)(p[10] - '0');
	bool later = p[6] > '3';

	/* RealVNC's version 5 goes on in another way (H, captures). */
	if (p[6] >= '5') {
		strange(x);
		return true;
	}
	st->minor = later || minor >= 8 ? 8 : minor == 7 ? 7 : 3;
	next(st, st->minor == 3 ? SAYS_TYPE : SAYS_TYPES, st->minor == 3 ? WAITS : SAYS_CHOICE);
	return true;
}

static bool types(struct proto_ctx *x, struct cursor c)
{
	struct rfb_state *st = x->state;

	if (cur_u8(&c) == 0) {
		struct bytes reason = cur_bytes(&c, cur_be32(&c));

		refused(x, RESULT_FAILED, reason);
		return true;
	}
	st->stage[0] = WAITS;
	return true;
}

static bool type33(struct proto_ctx *x, struct cursor c)
{
	uint32_t type = cur_be32(&c);

	if (type == 0)
		refused(x, RESULT_FAILED, cur_bytes(&c, cur_be32(&c)));
	else
		chosen(x, (uint8_t)(type > UINT8_MAX ? UINT8_MAX : type));
	return true;
}

static bool result(struct proto_ctx *x, struct cursor c)
{
	struct rfb_state *st = x->state;
	uint32_t is = cur_be32(&c);

	if (is > RESULT_TOO_MANY)
		return bad(x, "result");
	if (is == RESULT_OK) {
		st->stage[0] = SAYS_INIT;
		st->accepted = 1;
	} else {
		refused(x, is, c.left > 0 ? cur_bytes(&c, cur_be32(&c)) : (struct bytes){ 0 });
	}
	return true;
}

/* Apple's name begins with NULs and what the screen can do; the text stands behind the last NUL (M). */
static struct bytes own_name(struct bytes b)
{
	size_t n = b.n;

	if (n == 0 || b.p[0] != 0)
		return b;
	while (b.p[n - 1] != 0)
		n--;
	return (struct bytes){ b.p + n, b.n - n };
}

static bool screen(struct proto_ctx *x, struct cursor c)
{
	struct rfb_state *st = x->state;
	struct rfb_own o = { .width = cur_be16(&c) };

	o.height = cur_be16(&c);
	o.bits = cur_u8(&c);
	o.depth = cur_u8(&c);
	o.big_endian = cur_u8(&c) != 0;
	o.true_colour = cur_u8(&c) != 0;
	o.red_max = cur_be16(&c);
	o.green_max = cur_be16(&c);
	o.blue_max = cur_be16(&c);
	o.red = cur_u8(&c);
	o.green = cur_u8(&c);
	o.blue = cur_u8(&c);
	cur_take(&c, 3);
	struct bytes name = own_name(cur_bytes(&c, cur_be32(&c)));

	name.n = min_size(name.n, TEXT_TOLD);
	struct side server = flow_server(x);

	if (cur_broken(&c))
		return bad(x, "screen");
	next(st, SAYS_ANYTHING, SAYS_MESSAGES);
	st->accepted = 0;
	pair_answer(x, ID_LOGIN);
	struct obs *act = act_begin_code(x, row(CODE_LOGIN));

	act->phase = PHASE_ANSWER;
	act->outcome = OUT_DONE;
	act->object.name = act_text(x, name);
	struct rfb_own *w = act_own(x, sizeof(*w));

	if (w != NULL) {
		*w = o;
		w->name = act->object.name;
		w->shared = st->shared;
		w->screened = w->resulted = 1;
	}
	act_emit(x);
	if (name.n > 0)
		fact_say(x, &server, FACT_NAME, name, NAME_SYSTEM, 0, TRUST_LIKELY);
	return true;
}

/* Tight (M): tunnels and methods are offered with how many there are; none: nothing is chosen. */
static bool offered(struct proto_ctx *x, struct cursor c)
{
	struct rfb_state *st = x->state;
	bool some = cur_be32(&c) > 0;

	if (st->stage[0] == SAYS_TUNNELS)
		next(st, SAYS_METHODS, SAYS_TUNNEL);
	else if (some)
		next(st, WAITS, SAYS_METHOD);
	else
		secure(st, TYPE_NONE);
	return true;
}

/* Tunnel 0 is none; methods have the numbers of the types of security. */
static bool picked(struct proto_ctx *x, struct cursor c)
{
	struct rfb_state *st = x->state;
	uint32_t is = cur_be32(&c);

	if (st->stage[1] == SAYS_METHOD)
		secure(st, is == TYPE_NONE || is == TYPE_VNC ? is : 0);
	else if (is == 0)
		st->stage[1] = WAITS;
	else
		next(st, SAYS_ANYTHING, SAYS_ANYTHING);
	return true;
}

/* ---- working ---- */

/* 7.5.6 behind its first two bytes. The extended form (M) is also how both agree on what a clipboard may
 * hold. */
static bool brings_text(struct cursor c)
{
	cur_take(&c, 2);
	bool plain = (cur_be32(&c) & UINT32_C(0x80000000)) == 0;

	return plain || (cur_be32(&c) & (CAN | BRINGS)) == BRINGS;
}

static bool work(struct proto_ctx *x, struct cursor c)
{
	struct rfb_state *st = x->state;
	uint8_t kind = cur_u8(&c), down = cur_u8(&c);

	switch (kind) {
	case KEY: st->keys += down != 0; break;		/* 7.5.4: pressed, not let go */
	case QEMU: st->keys += cur_be16(&c) != 0; break;
	case POINTER: st->clicks += down != 0; break;	/* 7.5.5: with a button held */
	case CUT_TEXT: st->clips += brings_text(c); break;
	}
	tell_input(x, false);
	return true;
}

static bool rfb_message(struct proto_ctx *x, struct cursor msg)
{
	struct rfb_state *st = x->state;

	switch ((enum rfb_stage)st->stage[x->from_client]) {
	case SAYS_VERSION:
		return version(x, msg);
	case SAYS_TYPES:
		return types(x, msg);
	case SAYS_TYPE:
		return type33(x, msg);
	case SAYS_CHOICE:
		chosen(x, cur_u8(&msg));
		return true;
	case SAYS_CHALLENGE:
		cur_be16(&msg);
		st->key_n = cur_be16(&msg);
		st->stage[0] = SAYS_RESULT;
		return true;
	case SAYS_RESPONSE:
		st->stage[1] = SAYS_INIT;
		return true;
	case SAYS_TUNNELS: case SAYS_METHODS:
		return offered(x, msg);
	case SAYS_TUNNEL: case SAYS_METHOD:
		return picked(x, msg);
	case SAYS_RESULT:
		return result(x, msg);
	case SAYS_INIT:
		if (!x->from_client)
			return screen(x, msg);
		st->shared = cur_u8(&msg) != 0;
		st->stage[1] = SAYS_MESSAGES;
		return true;
	case SAYS_MESSAGES:
		return work(x, msg);
	case SAYS_ANYTHING: case WAITS:
		break;
	}
	return true;
}

static void rfb_data(struct proto_ctx *x, struct cursor piece, bool last)
{
	struct rfb_state *st = x->state;

	(void)last;
	st->bytes[x->from_client] += piece.left;
}

/* Where the place in the messages is lost, the rest is only counted. */
static void rfb_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct rfb_state *st = x->state;

	if (bytes == 0)
		st->stage[x->from_client] = SAYS_ANYTHING;
}

static void rfb_end(struct proto_ctx *x)
{
	struct rfb_state *st = x->state;

	tell_input(x, true);
	tell_accepted(x);
	if (!st->opened || st->refused)
		return;
	act_begin_code(x, row(CODE_END))->phase = PHASE_PUSH;
	struct rfb_own *w = act_own(x, sizeof(*w));

	if (w != NULL) {
		w->ended = 1;
		w->bytes[0] = st->bytes[0];
		w->bytes[1] = st->bytes[1];
	}
	act_emit(x);
}

static unsigned rfb_probe(const struct proto_ctx *x, struct cursor head)
{
	(void)x;
	const uint8_t *p = cur_take(&head, VERSION);

	return p != NULL && memcmp(p, "RFB 00", 6) == 0 && p[7] == '.' && p[11] == '\n' ? 98 : 0;
}

const struct proto proto_rfb = {
	.name = "rfb", .on = ON_TCP, .eve = "rfb", .ports = { PORT, 5901, 5902, 5903, 5904, 5500 },
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.state_size = sizeof(struct rfb_state), .own_size = sizeof(struct rfb_own),
	.codes = rfb_codes, .code_count = RFB_CODES, .fields = rfb_fields,
	.probe = rfb_probe, .cut = rfb_cut, .message = rfb_message, .data = rfb_data, .lost = rfb_lost,
	.end = rfb_end,
};

/* proto/rfb_cut.c: where the messages of RFB end, by what is to be said next. */
#include "proto/rfb.h"

/* A head of n bytes whose last four say how many follow. */
static struct cut with_text(struct cursor have, size_t n)
{
	cur_take(&have, n - 4);
	uint32_t text = cur_be32(&have);

	if (cur_broken(&have))
		return cut_need(n);
	return text > TEXT_MAX ? cut_lost() : cut_message(n + text);
}

/* 7.1.2: how many types, and they; none: a reason. */
static struct cut types(struct cursor have)
{
	uint8_t n = cur_u8(&have);

	if (cur_broken(&have))
		return cut_need(1);
	if (n > 0)
		return cut_message(1u + n);
	struct cut c = with_text(have, 4);

	c.n += 1;
	return c;
}

/* RFB 3.3: one number; 0 is followed by a reason. */
static struct cut type(struct cursor have)
{
	struct cursor at = have;
	uint32_t is = cur_be32(&at);

	if (cur_broken(&at))
		return cut_need(4);
	return is == 0 ? with_text(have, 8) : cut_message(4);
}

/* 7.1.3: from 3.8 on a failure has a reason. */
static struct cut result(const struct rfb_state *st, struct cursor have)
{
	struct cursor at = have;
	uint32_t is = cur_be32(&at);

	if (cur_broken(&at))
		return cut_need(4);
	bool reason = st->minor >= 8 && st->type != TYPE_APPLE;

	return is != RESULT_OK && reason ? with_text(have, 8) : cut_message(4);
}

/* 7.2.2: 16 bytes. Apple's (M): generator:2 n:2 prime:n key:n. */
static struct cut challenge(const struct rfb_state *st, struct cursor have)
{
	if (st->type != TYPE_APPLE)
		return cut_message(16);
	cur_be16(&have);
	uint16_t n = cur_be16(&have);

	if (cur_broken(&have))
		return cut_need(4);
	return n == 0 || n > APPLE_KEY ? cut_lost() : cut_message(4 + 2 * (size_t)n);
}

/* 7.2.2: 16 bytes. Apple's (M): who it is and his password, encrypted, and the client's key. */
static struct cut response(const struct rfb_state *st)
{
	if (st->type != TYPE_APPLE)
		return cut_message(16);
	return st->key_n == 0 ? cut_lost() : cut_message(APPLE_WORDS + (size_t)st->key_n);
}

/* The extended clipboard says its length below zero, and begins with what it is about. */
static struct cut extended(uint32_t n, size_t left)
{
	if (n < EXTENDED - 8)
		return cut_body(8, n);
	return left < EXTENDED ? cut_need(EXTENDED) : cut_body(EXTENDED, n - (EXTENDED - 8));
}

/* Tight (M): how many capabilities, and they. */
static struct cut capabilities(struct cursor have)
{
	uint32_t n = cur_be32(&have);

	if (cur_broken(&have))
		return cut_need(4);
	return n > CAPABILITIES ? cut_lost() : cut_message(4 + CAPABILITY * (size_t)n);
}

/* What a client says once the screen is there: 7.5. What is not known ends the reading. */
static struct cut message(struct cursor have)
{
	struct cursor at = have;
	uint8_t kind = cur_u8(&at), sub = cur_u8(&at);
	uint16_t count = cur_be16(&at);
	uint32_t length = cur_be32(&at);
	static const uint8_t lengths[] = {
		[PIXEL_FORMAT] = 20, [UPDATE_REQUEST] = 10, [KEY] = 8, [POINTER] = 6};

	switch (have.left == 0 ? 256 : (int)kind) {
	case 256: return cut_need(1);
	case PIXEL_FORMAT: case UPDATE_REQUEST: case KEY: case POINTER: return cut_message(lengths[kind]);
	case CONTINUOUS: return cut_message(10);
	case XVP: return cut_message(4);
	case ENCODINGS: return have.left < 4 ? cut_need(4) : cut_message(4 + 4 * (size_t)count);
	case QEMU: return have.left < 2 ? cut_need(2) : sub == 0 ? cut_message(12) : cut_lost();
	case FENCE: return have.left < 9 ? cut_need(9) : cut_message(9u + have.p[8]);
	case DESKTOP_SIZE: return have.left < 8 ? cut_need(8) : cut_message(8 + 16 * (size_t)have.p[6]);
	case CUT_TEXT:
		if (have.left < 8)
			return cut_need(8);
		return length & UINT32_C(0x80000000) ? extended((uint32_t)-(int32_t)length, have.left) :
						       cut_body(8, length);
	}
	return cut_lost();
}

struct cut rfb_cut(struct proto_ctx *x, struct cursor have)
{
	const struct rfb_state *st = x->state;
	enum rfb_stage stage = st->stage[x->from_client];

	switch (stage) {
	/* As a body, because what follows is of another form, which who only looks ahead cannot know. */
	case SAYS_VERSION: return have.left < VERSION ? cut_need(VERSION) : cut_body(VERSION, 0);
	case SAYS_TYPES: return types(have);
	case SAYS_TYPE: return type(have);
	case SAYS_CHOICE: return cut_message(1);
	case SAYS_CHALLENGE: return challenge(st, have);
	case SAYS_RESPONSE: return response(st);
	case SAYS_TUNNELS: case SAYS_METHODS: return capabilities(have);
	case SAYS_TUNNEL: case SAYS_METHOD: return cut_message(4);
	case SAYS_RESULT: return result(st, have);
	case SAYS_INIT: return x->from_client ? cut_message(1) : with_text(have, SCREEN);
	case SAYS_MESSAGES: return message(have);
	case SAYS_ANYTHING: return cut_body(0, BODY_TO_END);
	case WAITS: break;
	}
	return have.left < TEXT_MAX ? cut_need(have.left + 1) : cut_lost();
}

/* proto/websocket.c: WebSocket, what a flow of HTTP becomes by "Upgrade: websocket"; the MQTT inside of it is
 * read on.
 *
 * Spec:    RFC 6455 ("WS"); MQTT 5.0 ("5") section 6.
 * Message: fin:1 reserved:3 opcode:4 mask:1 length:7 [length:2 | length:8] [masking key:4], then the payload,
 *          which the client masks: byte i is xored with byte i % 4 of the key (WS 5.2, 5.3). Payloads are
 *          streamed. Packets of MQTT may begin and end anywhere in them (5, 6).
 * Units:   big-endian.
 * Emits:   what MQTT says. PING WHOLE with its PONG; CLOSE PUSH, its status as result and its reason as
 *          value. Of data that are something else, or compressed, one act a direction, opaque.
 * State:   struct ws_state: the key of the frame on its way, the packet on its way. Its bytes wait in
 *          gather_add().
 * Missing: compressed frames (RFC 7692); packets of MQTT beyond 64 KiB, which are passed over; flows that
 *          were WebSocket before the capture began. Inside of TLS nothing is read. */
#include "proto/mqtt.h"

extern const struct proto proto_websocket;

enum { CONTINUATION, TEXT, BINARY, CLOSE = 8, PING, PONG };	/* WS 5.2 */
enum { CONTROL_MAX = 125, LENGTH_16 = 126, LENGTH_64 = 127 };	/* WS 5.2, 5.5 */
enum {
	HEAD_MAX = 5,		/* of an MQTT packet: type, and four bytes of length (5, 2.1) */
	PACKET_KEY = 1,		/* of gather_add() */
	CHUNK = 2048,		/* bytes unmasked at a time */
};
enum inside { NOT_KNOWN, IS_MQTT, IS_OTHER };

struct ws_way {			/* one direction */
	uint64_t skip;		/* bytes of a packet that is too long to be kept */
	uint32_t need;		/* bytes of the packet that are still to come */
	uint32_t at;		/* bytes of the frame's payload that came */
	uint8_t key[4], masked;
	uint8_t head[HEAD_MAX], head_n;	/* of a packet: as far as it came */
	uint8_t opcode;		/* of the message on its way */
	uint8_t told;		/* that there are data which are not read */
	uint8_t adrift;		/* bytes are missing: where a packet begins is known with the next message */
	uint8_t fragmented;	/* a message goes on in the next frame */
};

struct ws_state {
	struct ws_way way[2];	/* [1] the client's */
	uint8_t inside;		/* enum inside */
};

static const struct proto_code codes[] = {
	{ TEXT, "text", VERB_REPORT, CLASS_DATA, CODE_PUSH | CODE_NAMED, "WS 5.6" },
	{ BINARY, "binary", VERB_REPORT, CLASS_DATA, CODE_PUSH | CODE_NAMED, "WS 5.6" },
	{ CLOSE, "close", VERB_CLOSE, CLASS_SESSION, CODE_PUSH, "WS 5.5.1" },
	{ PING, "ping", VERB_KEEPALIVE, CLASS_SESSION, CODE_REQUEST | CODE_ANSWER, "WS 5.5.2" },
	{ PONG, "pong", VERB_KEEPALIVE, CLASS_SESSION, CODE_PUSH, "WS 5.5.3" },
};

struct ws_head {
	uint8_t fin, reserved, opcode, masked;
	uint64_t length;	/* of the payload */
	bool shortest;		/* WS 5.2: the length has no more bytes than it needs */
	struct bytes key;
};

static struct ws_way *way(const struct proto_ctx *x)
{
	return &((struct ws_state *)x->state)->way[x->from_client];
}

/* Bytes of the head; 0: not all there. */
static size_t read_head(struct cursor c, struct ws_head *h)
{
	size_t all = c.left;
	uint8_t first = cur_u8(&c), second = cur_u8(&c);

	*h = (struct ws_head){ .fin = first >> 7, .reserved = first >> 4 & 7, .opcode = first & 15,
			       .masked = second >> 7, .length = second & 0x7f, .shortest = true };
	if (h->length == LENGTH_16) {
		h->length = cur_be16(&c);
		h->shortest = h->length >= LENGTH_16;
	} else if (h->length == LENGTH_64) {
		h->length = cur_be64(&c);
		h->shortest = h->length > UINT16_MAX;
	}
	if (h->masked)
		h->key = cur_bytes(&c, 4);
	return cur_broken(&c) ? 0 : all - c.left;
}

static struct cut ws_cut(struct proto_ctx *x, struct cursor have)
{
	struct ws_head h;
	size_t n = read_head(have, &h);

	(void)x;
	if (n == 0)
		return cut_need(have.left + 1);
	if (h.length >> 63 != 0)	/* WS 5.2: its highest bit is 0 */
		return cut_lost();
	return h.opcode >= CLOSE && h.length <= CONTROL_MAX ? cut_message(n + (size_t)h.length) :
							      cut_body(n, h.length);
}

/* ---- data ---- */

/* There are data that are not read: said once of each direction. */
static void say_data(struct proto_ctx *x)
{
	struct ws_way *w = way(x);

	if (w->told)
		return;
	w->told = 1;
	struct obs *o = act_begin_code(x, proto_code(&proto_websocket, w->opcode));

	o->phase = PHASE_PUSH;
	o->flags |= FLAG_OPAQUE;
	act_emit(x);
}

static void is_other(struct proto_ctx *x)
{
	((struct ws_state *)x->state)->inside = IS_OTHER;
	say_data(x);
}

/* A whole packet. The first one tells what is inside. */
static void packet(struct proto_ctx *x, struct bytes p)
{
	struct ws_state *st = x->state;

	if (!pass(x, cur_over(p)) && st->inside == NOT_KNOWN)
		is_other(x);
	else
		st->inside = IS_MQTT;
}

/* What the head of a packet says of the rest; false: no packet has such a head. */
static bool packet_begins(struct proto_ctx *x, struct ws_way *w, uint32_t left)
{
	uint8_t n = w->head_n;

	w->head_n = 0;
	if (left > (uint32_t)CUT_MAX - n || !gather_add(x, PACKET_KEY, (struct bytes){ w->head, n }))
		w->skip = left;
	else
		w->need = left;
	if (w->skip == 0 && left == 0)
		packet(x, gather_take(x, PACKET_KEY));
	return w->skip == 0;
}

/* CONNECT and CONNACK come first (5, 3.1). */
static bool may_begin(const struct proto_ctx *x, unsigned type)
{
	const struct ws_state *st = x->state;

	return st->inside == IS_MQTT ? type != 0 : type == (x->from_client ? CONNECT : CONNACK);
}

/* Reads on in the head of a packet; returns how many bytes of b it has. */
static size_t read_packet_head(struct proto_ctx *x, struct ws_way *w, struct bytes b)
{
	uint32_t left = 0;

	for (size_t i = 0; i < b.n; i++) {
		w->head[w->head_n++] = b.p[i];
		int fixed = mqtt_fixed(cur_over((struct bytes){ w->head, w->head_n }), &left);

		if (fixed < 0 || !may_begin(x, w->head[0] >> 4)) {
			is_other(x);
			return b.n;
		}
		if (fixed > 0) {
			if (!packet_begins(x, w, left))
				say_data(x);
			return i + 1;
		}
	}
	return b.n;
}

static void feed(struct proto_ctx *x, struct ws_way *w, struct bytes b)
{
	const struct ws_state *st = x->state;

	while (b.n > 0 && st->inside != IS_OTHER) {
		size_t n;

		if (w->skip > 0) {
			n = (size_t)(w->skip < b.n ? w->skip : b.n);
			w->skip -= n;
		} else if (w->need > 0) {
			n = min_size(w->need, b.n);
			w->need -= (uint32_t)n;
			if (!gather_add(x, PACKET_KEY, (struct bytes){ b.p, n })) {
				w->skip = w->need;
				w->need = 0;
			} else if (w->need == 0) {
				packet(x, gather_take(x, PACKET_KEY));
			}
		} else {
			n = read_packet_head(x, w, b);
		}
		b.p += n;
		b.n -= n;
	}
}

static void unmask(const struct ws_way *w, struct bytes from, uint8_t *to)
{
	for (size_t i = 0; i < from.n; i++)
		to[i] = from.p[i] ^ (w->masked ? w->key[(w->at + i) % 4] : 0);
}

static void ws_data(struct proto_ctx *x, struct cursor piece, bool last)
{
	struct ws_way *w = way(x);
	uint8_t chunk[CHUNK];

	(void)last;
	while (piece.left > 0) {
		struct bytes b = cur_bytes(&piece, min_size(piece.left, CHUNK));

		unmask(w, b, chunk);
		w->at = (w->at + (uint32_t)b.n) % 4;
		if (!w->adrift)
			feed(x, w, (struct bytes){ chunk, b.n });
	}
}

/* ---- frames ---- */

/* The payload of a control frame. */
static void say_close(struct proto_ctx *x, struct bytes text)
{
	struct obs *o = act_begin_code(x, proto_code(&proto_websocket, CLOSE));
	struct cursor c = cur_over(text);

	o->phase = PHASE_PUSH;
	o->result = cur_be16(&c);	/* or nothing: 0 */
	if (c.left > 0)
		act_value(x, VAL_TEXT, 8, 1, cur_rest(&c));
	act_emit(x);
}

static void say_alive(struct proto_ctx *x, uint8_t opcode, uint8_t phase, uint8_t outcome)
{
	struct obs *o = act_begin_code(x, proto_code(&proto_websocket, opcode));

	o->phase = phase;
	o->outcome = outcome;
	act_emit(x);
}

/* Either end may ask; ids are by who asks. */
static void alive(struct proto_ctx *x, uint8_t opcode)
{
	if (opcode == PONG && pair_answer(x, !x->from_client) == NULL)
		say_alive(x, PONG, PHASE_PUSH, OUT_UNKNOWN);
	else if (opcode == PONG)
		say_alive(x, PING, PHASE_WHOLE, OUT_DONE);
	else if (!pair_ask(x, x->from_client, 0, NULL, 0))
		say_alive(x, PING, PHASE_WHOLE, OUT_UNKNOWN);
}

static const char *wrong(const struct proto_ctx *x, const struct ws_way *w, const struct ws_head *h)
{
	bool control = h->opcode >= CLOSE;

	if ((h->opcode > BINARY && !control) || h->opcode > PONG)
		return "opcode";
	if ((h->reserved & 3) != 0 || (h->reserved != 0 && (control || h->opcode == CONTINUATION)))
		return "reserved";	/* 4: compressed, said of the first frame (RFC 7692 6) */
	if (!h->shortest)
		return "length";
	if (x->ends_known && h->masked != x->from_client)
		return "mask";		/* WS 5.1 */
	if (control)
		return !h->fin || h->length > CONTROL_MAX || (h->opcode == CLOSE && h->length == 1) ?
		       "control" : NULL;
	return !x->after_loss && (h->opcode == CONTINUATION) != w->fragmented ? "fragment" : NULL;
}

static void data_frame(struct proto_ctx *x, struct ws_way *w, const struct ws_head *h)
{
	struct ws_state *st = x->state;

	w->fragmented = !h->fin;
	w->masked = h->masked;
	w->at = 0;
	if (h->masked)
		memcpy(w->key, h->key.p, sizeof(w->key));
	if (h->opcode == CONTINUATION)
		return;
	w->adrift = 0;
	w->opcode = h->opcode;
	if (st->inside == IS_OTHER || h->opcode != BINARY || h->reserved != 0)	/* 5, 6 */
		is_other(x);
}

static bool ws_message(struct proto_ctx *x, struct cursor msg)
{
	struct ws_way *w = way(x);
	struct ws_head h;
	uint8_t text[CONTROL_MAX];
	size_t n = read_head(msg, &h);

	x->why = n == 0 ? "length" : wrong(x, w, &h);
	if (x->why != NULL)
		return false;
	if (h.opcode < CLOSE) {
		data_frame(x, w, &h);
		return true;
	}
	struct ws_way own = { .masked = h.masked };

	if (h.masked)
		memcpy(own.key, h.key.p, sizeof(own.key));
	cur_take(&msg, n);
	struct bytes payload = cur_bytes(&msg, (size_t)h.length);

	unmask(&own, payload, text);
	if (h.opcode == CLOSE)
		say_close(x, (struct bytes){ text, payload.n });
	else
		alive(x, h.opcode);
	return true;
}

/* The packet on its way is not whole any more; packets begin with the next message at the latest. */
static void ws_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct ws_way *w = way(x);

	gather_drop(x, PACKET_KEY);
	w->skip = w->need = w->head_n = 0;
	w->at = (w->at + (uint32_t)(bytes % 4)) % 4;
	w->adrift = 1;
	if (bytes == 0)
		w->fragmented = 0;
}

static void ws_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	x->from_client = ask->id != 0;
	say_alive(x, PING, PHASE_WHOLE, OUT_UNANSWERED);
}

/* Nothing in a frame tells what it is: a flow becomes this one in HTTP. */
static unsigned ws_probe(const struct proto_ctx *x, struct cursor head)
{
	(void)x, (void)head;
	return 0;
}

const struct proto proto_websocket = {
	.name = "websocket", .on = ON_TCP,
	.state_size = sizeof(struct ws_state), .verified = VERIFIED_PEER,
	.codes = codes, .code_count = ARRAY_LEN(codes),
	.probe = ws_probe, .cut = ws_cut, .message = ws_message, .data = ws_data, .lost = ws_lost,
	.unanswered = ws_unanswered,
};

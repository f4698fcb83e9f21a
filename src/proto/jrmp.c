/* proto/jrmp.c: Java RMI, who looks up and calls what on a Java program; JMX management above all.
 *
 * Spec:    Oracle, "Java Remote Method Invocation Specification" ("RMI"), chapter 10; "Java Object
 *          Serialization Specification", chapter 6; javax.management.remote.rmi for the methods of JMX.
 * Message: "JRMI" version:2 protocol:1; the server's 4E and how it sees the client, the client's own address;
 *          then 50 calls and 51 returns, one after the other, 52 pings, 54 acknowledgements. A call has no
 *          length: it is a stream of serialized objects, of which the head, names of classes and references
 *          are read as the bytes pass by.
 * Units:   numbers big-endian; object, operation and hash as in the call.
 * Emits:   the handshake ASK and ANSWER; what reads WHOLE with its return; what changes something, logs in or
 *          calls an unknown method ASK and ANSWER; names known from JMX and from attacks once a flow. Facts:
 *          names of hosts, ports that serve.
 * State:   of each direction where it is in a message and the name being scanned; calls so far.
 * Secrets: credentials of newClient are not looked at: whether there are any is all that is said.
 * Missing: multiplexed connections (RMI 10.6, out of use since JDK 1.2.2); RMI through HTTP or TLS; arguments
 *          and results beyond the names looked for. */
#include "proto/jrmp.h"

#include <string.h>

static const uint8_t magic[] = {'J', 'R', 'M', 'I'};
/* A message in the middle of others: its op, STREAM_MAGIC, version, TC_BLOCKDATA. */
static const uint8_t begins[] = {0, 0xac, 0xed, 0x00, 0x05, 0x77};

enum { BEGINS = sizeof(begins) };

static struct jrmp_half *half_of(const struct proto_ctx *x)
{
	struct jrmp_state *s = x->state;

	return &s->half[ends_asks(x) ? 0 : 1];
}

/* ---- recognising ---- */

static bool serialized(struct bytes b)
{
	return b.n >= BEGINS && memcmp(b.p + 1, begins + 1, BEGINS - 1) == 0;
}

/* "N", length, a host in letters, a port, and nothing else: the client speaks next. */
static bool acknowledges(struct bytes b)
{
	struct cursor c = cur_over(b);

	cur_u8(&c);
	struct bytes host = cur_bytes(&c, cur_be16(&c));
	uint32_t port = cur_be32(&c);

	for (size_t i = 0; i < host.n; i++)
		if (!ascii_visible(host.p[i]))
			return false;
	return !cur_broken(&c) && host.n > 0 && port <= UINT16_MAX;
}

static unsigned jrmp_probe(const struct proto_ctx *x, struct cursor head)
{
	struct bytes b = {head.p, head.left};

	(void)x;
	if (b.n == 0)
		return 0;
	if (memcmp(b.p, magic, min_size(b.n, sizeof(magic))) == 0) {
		if (b.n < HEADER)
			return 1;
		return b.p[4] == 0 && b.p[6] >= OP_STREAM && b.p[6] <= OP_MULTIPLEX ? 100 : 0;
	}
	if (b.p[0] == OP_CALL || b.p[0] == OP_RETURN)
		return serialized(b) ? 95 : b.n < BEGINS && memcmp(b.p + 1, begins + 1, b.n - 1) == 0 ? 1 : 0;
	if (b.p[0] == OP_ACK)
		return acknowledges(b) ? 30 : b.n < 8 ? 1 : 0;
	return 0;
}

/* ---- bytes of one direction, whatever pieces they come in ---- */

static void call_begins(struct jrmp_half *h, uint8_t op)
{
	h->stage = STAGE_CALL;
	h->head[0] = op;
	h->have = 1;
	h->signature = 0;
	h->scan = SCAN_SEEK;
	h->literal = 0;
}

/* The other side speaks: what this side said is whole, and its next byte begins a message. */
static void turn(struct proto_ctx *x, const struct jrmp_half *speaking)
{
	struct jrmp_state *s = x->state;
	struct jrmp_half *other = &s->half[speaking == &s->half[0] ? 1 : 0];

	if (other->stage == STAGE_TAIL)
		other->stage = STAGE_OP;
}

static void say_malformed(struct proto_ctx *x, const struct jrmp_half *h)
{
	struct obs *o = act_begin(x);

	o->verb = VERB_MALFORMED;
	o->code = h->head[0];
	o->note = act_str(x, "head");
	act_value(x, VAL_RAW_BE, 8, h->have, (struct bytes){h->head, h->have});
	act_emit(x);
}

static void head_whole(struct proto_ctx *x, struct jrmp_half *h)
{
	if (!jrmp_head(x, h))
		say_malformed(x, h);
	h->stage = h->head[0] == OP_CALL || h->head[0] == OP_RETURN ? STAGE_TAIL : STAGE_OP;
}

static void step_op(struct proto_ctx *x, struct jrmp_half *h, uint8_t byte)
{
	bool asks = ends_asks(x);
	bool known = asks ? byte == OP_CALL || byte == OP_PING || byte == OP_DGC_ACK :
		     byte == OP_RETURN || byte == OP_PING_ACK;

	if (!known) {		/* the rest of what came before, or after a loss */
		h->stage = STAGE_TAIL;
		return;
	}
	turn(x, h);
	call_begins(h, byte);
	if (jrmp_head_wants(h) == 0)
		head_whole(x, h);
}

/* Inside serialized data the next message shows itself by its first bytes. */
static void step_tail(struct proto_ctx *x, struct jrmp_half *h, uint8_t byte)
{
	uint8_t op = ends_asks(x) ? OP_CALL : OP_RETURN;

	jrmp_scan(x, h, byte);
	if (byte == (h->signature == 0 ? op : begins[h->signature]))
		h->signature++;
	else
		h->signature = byte == op;
	if (h->signature < BEGINS)
		return;
	turn(x, h);
	call_begins(h, op);
	memcpy(h->head + 1, begins + 1, BEGINS - 1);
	h->have = BEGINS;
}

static void step_host(struct proto_ctx *x, struct jrmp_half *h, uint8_t byte)
{
	h->head[h->have++] = byte;
	if (h->have < 2)
		return;
	size_t n = (size_t)h->head[0] << 8 | h->head[1];

	if (n > HOST_KEPT) {
		h->stage = STAGE_TAIL;
		return;
	}
	if (h->have < 2 + n + 4)
		return;
	jrmp_host(x, h);
	h->stage = STAGE_OP;
}

/* The first byte of a direction, behind the client's header if there was one. */
static void step_start(struct proto_ctx *x, struct jrmp_half *h, uint8_t byte)
{
	const struct jrmp_state *s = x->state;

	h->have = 0;
	if (ends_asks(x) || (byte != OP_ACK && byte != OP_NOT_SUPPORTED)) {
		step_op(x, h, byte);
	} else if (byte == OP_ACK) {
		h->stage = STAGE_HOST;
	} else {
		if (s->protocol != 0)
			jrmp_refused(x);
		h->stage = STAGE_OPAQUE;
	}
}

static void step(struct proto_ctx *x, struct jrmp_half *h, uint8_t byte)
{
	switch (h->stage) {
	case STAGE_START:
		step_start(x, h, byte);
		break;
	case STAGE_HOST:
		step_host(x, h, byte);
		break;
	case STAGE_OP:
		step_op(x, h, byte);
		break;
	case STAGE_CALL:
		h->head[h->have++] = byte;
		if (h->have > CALL_HEAD)
			jrmp_scan(x, h, byte);
		if (jrmp_head_wants(h) == 0)
			head_whole(x, h);
		break;
	case STAGE_TAIL:
		step_tail(x, h, byte);
		break;
	case STAGE_OPAQUE:
		break;
	}
}

/* ---- the calls of stream/ ---- */

static struct cut jrmp_cut(struct proto_ctx *x, struct cursor c)
{
	struct jrmp_state *s = x->state;
	struct bytes have = {c.p, c.left};

	if (have.n == 0)
		return cut_need(1);
	/* A flow joined in the middle, with its ends guessed: the first byte tells. */
	if (!x->ends_known && !s->decided)
		s->ends.swapped = x->from_client ? have.p[0] == OP_RETURN || have.p[0] == OP_ACK :
						   have.p[0] == OP_CALL || have.p[0] == magic[0];
	s->decided = 1;
	if (have.p[0] != magic[0] || half_of(x)->stage != STAGE_START)
		return cut_message(have.n);
	if (have.n < HEADER)
		return cut_need(HEADER);
	return memcmp(have.p, magic, sizeof(magic)) == 0 ? cut_message(HEADER) : cut_lost();
}

static bool handshake(struct proto_ctx *x, struct jrmp_half *h, struct cursor msg)
{
	cur_take(&msg, sizeof(magic));
	uint16_t version = cur_be16(&msg);
	uint8_t protocol = cur_u8(&msg);

	if (!cur_done(&msg) || version == 0 || version > 2 || protocol < OP_STREAM ||
	    protocol > OP_MULTIPLEX) {
		x->why = "handshake";
		return false;
	}
	jrmp_handshake(x, protocol);
	h->have = 0;
	h->stage = protocol == OP_STREAM ? STAGE_HOST : protocol == OP_SINGLE ? STAGE_OP : STAGE_OPAQUE;
	return true;
}

/* Messages have no length: what is there is taken as it comes, one byte after the other. */
static bool jrmp_message(struct proto_ctx *x, struct cursor msg)
{
	struct jrmp_half *h = half_of(x);

	if (h->stage == STAGE_START && msg.left == HEADER && msg.p[0] == magic[0])
		return handshake(x, h, msg);
	for (size_t i = 0; i < msg.left; i++)
		step(x, h, msg.p[i]);
	return true;
}

static void jrmp_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct jrmp_half *h = half_of(x);

	(void)bytes;
	if (h->stage == STAGE_OPAQUE)
		return;
	h->stage = STAGE_TAIL;
	h->scan = SCAN_SEEK;
	h->signature = h->literal = 0;
}

static void jrmp_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	jrmp_say_open(x, ask, OUT_UNANSWERED);
}

const struct proto proto_jrmp = {
	.name = "jrmp", .on = ON_TCP, .ports = {REGISTRY_PORT},
	.state_size = sizeof(struct jrmp_state), .own_size = sizeof(struct jrmp_own),
	.verified = VERIFIED_PEER,
	.codes = jrmp_codes, .code_count = JRMP_CODES, .fields = jrmp_fields,
	.probe = jrmp_probe, .cut = jrmp_cut, .message = jrmp_message, .lost = jrmp_lost,
	.unanswered = jrmp_unanswered,
};

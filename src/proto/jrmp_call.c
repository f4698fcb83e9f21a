/* proto/jrmp_call.c: calls and returns of Java RMI, and the handshake before them. */
#include "proto/jrmp.h"

#include <string.h>

#include "core/hex.h"
#include "core/load.h"

/* ---- heads ---- */

static const uint8_t stream[] = {0xac, 0xed, 0x00, 0x05, 0x77};	/* STREAM_MAGIC, version, TC_BLOCKDATA */

static uint64_t load_be64(const uint8_t *p)
{
	return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

static bool is_named(uint32_t code)
{
	return code >= SERIES_REGISTRY && code <= (SERIES_REGISTRY | 4) && code != CODE_LIST;
}

static uint32_t code_in(const struct jrmp_half *h)
{
	return jrmp_code_of(load_be32(h->head + 29), load_be64(h->head + 33));
}

/* What of a call is gathered: its numbers, of the registry's also the name, of a JMX login whether it has
 * credentials. The name is a TC_STRING right behind the block. */
static size_t call_wants(const struct jrmp_half *h)
{
	if (h->have < CALL_HEAD)
		return CALL_HEAD - (size_t)h->have;
	uint32_t code = code_in(h);

	if (code == CODE_NEW_CLIENT)
		return CALL_HEAD + 1u - h->have;
	if (!is_named(code))
		return 0;
	if (h->have > CALL_HEAD && h->head[CALL_HEAD] != 0x74)
		return 0;
	if (h->have < CALL_HEAD + 3)
		return CALL_HEAD + 3u - h->have;
	return min_size(CALL_HEAD + 3u + load_be16(h->head + CALL_HEAD + 1), HEAD_KEPT) - h->have;
}

size_t jrmp_head_wants(const struct jrmp_half *h)
{
	switch (h->head[0]) {
	case OP_CALL:
		return call_wants(h);
	case OP_RETURN:
		return RETURN_HEAD - (size_t)h->have;
	case OP_DGC_ACK:
		return DGC_ACK_BYTES - (size_t)h->have;
	}
	return 0;
}

/* ---- acts ---- */

static bool at_once(const struct proto_code *row)
{
	return verb_changes(row->verb) || row->verb == VERB_LOGIN || row->verb == VERB_SUBSCRIBE ||
	       row->verb == VERB_CLOSE;
}

/* A method nobody knows has only its number as a name. */
static struct span method_text(struct proto_ctx *x, const struct jrmp_call *c)
{
	char text[18];

	for (unsigned i = 0; i < 16; i++)
		text[i] = hex_digit((unsigned)(c->hash >> (60 - 4 * i)));
	if (c->operation > 9)
		return act_text(x, (struct bytes){(const uint8_t *)text, 16});
	text[16] = '/';
	text[17] = (char)('0' + c->operation);
	return act_text(x, (struct bytes){(const uint8_t *)text, 18});
}

static struct obs *begin(struct proto_ctx *x, const struct jrmp_call *c, uint8_t phase)
{
	struct obs *o = ends_begin(x, proto_code(&proto_jrmp, c->code), phase);
	struct jrmp_own *own = act_own(x, sizeof(*own));

	if (c->code == OP_CALL) {
		o->flags |= FLAG_OPAQUE;
		o->trust = TRUST_LIKELY;
		o->object.name = method_text(x, c);
	} else if (c->name_n > 0) {
		o->object.name = act_text(x, (struct bytes){c->name, c->name_n});
	}
	if (c->cut)
		o->flags |= FLAG_CUT;
	if (c->bare)
		o->note = act_str(x, "no-credentials");
	if (own != NULL) {
		own->object = c->object;
		own->hash = c->hash;
		own->operation = c->operation;
		own->called = 1;
	}
	return o;
}

static struct jrmp_call call_of(const struct ask *ask)
{
	struct jrmp_call c = {.code = OP_CALL};

	memcpy(&c, ask->blob, min_size(ask->n, sizeof(c)));
	return c;
}

void jrmp_say_open(struct proto_ctx *x, const struct ask *ask, uint8_t outcome)
{
	struct jrmp_call c = call_of(ask);
	struct obs *o = c.code == OP_PING ? ends_begin(x, proto_code(&proto_jrmp, OP_PING), PHASE_WHOLE) :
			begin(x, &c, ask->act == 0 ? PHASE_WHOLE : PHASE_ANSWER);

	o->re = ask->act;
	o->outcome = outcome;
	act_emit(x);
}

static void ask(struct proto_ctx *x, const struct jrmp_call *c, uint64_t act)
{
	struct jrmp_state *s = x->state;

	if (pair_ask(x, s->asked++, act, c, sizeof(*c)) || act != 0)
		return;
	begin(x, c, PHASE_WHOLE)->outcome = OUT_UNKNOWN;
	act_emit(x);
}

/* ---- calls and returns ---- */

static bool call(struct proto_ctx *x, const struct jrmp_half *h)
{
	struct jrmp_call c = {.object = load_be64(h->head + 7), .operation = load_be32(h->head + 29),
			      .hash = load_be64(h->head + 33)};
	uint64_t act = 0;

	if (h->have < CALL_HEAD || memcmp(h->head + 1, stream, sizeof(stream)) != 0 ||
	    h->head[6] < CALL_HEAD - HEADER)
		return false;
	c.code = code_in(h);
	if (is_named(c.code) && h->have > CALL_HEAD + 3) {
		size_t n = load_be16(h->head + CALL_HEAD + 1);

		c.name_n = (uint8_t)min_size(min_size(n, h->have - (CALL_HEAD + 3u)), sizeof(c.name));
		c.cut = c.name_n < n;
		memcpy(c.name, h->head + CALL_HEAD + 3, c.name_n);
	}
	c.bare = c.code == CODE_NEW_CLIENT && h->have > CALL_HEAD &&
		 h->head[CALL_HEAD] == 0x70;	/* TC_NULL */
	if (at_once(proto_code(&proto_jrmp, c.code))) {
		begin(x, &c, PHASE_ASK);
		if (c.code == CODE_NEW_CLIENT && !c.bare)
			act_value(x, VAL_SECRET, 0, 1, (struct bytes){NULL, 0});
		act = act_emit(x);
	}
	ask(x, &c, act);
	return true;
}

static bool answer(struct proto_ctx *x, const struct jrmp_half *h)
{
	struct jrmp_state *s = x->state;
	uint8_t type = h->head[7];

	if (h->have < RETURN_HEAD || memcmp(h->head + 1, stream, sizeof(stream)) != 0 ||
	    h->head[6] < RETURN_HEAD - HEADER || (type != RETURN_NORMAL && type != RETURN_EXCEPTION))
		return false;
	const struct ask *found = pair_oldest(x);
	struct jrmp_call c = {.code = OP_RETURN};
	uint64_t act = 0;

	if (found != NULL) {
		c = call_of(found);
		act = found->act;
		pair_answer(x, found->id);
	}
	struct obs *o = found == NULL ? ends_begin(x, proto_code(&proto_jrmp, OP_RETURN), PHASE_ANSWER) :
			begin(x, &c, act == 0 ? PHASE_WHOLE : PHASE_ANSWER);

	o->re = act;
	o->result = type;
	o->outcome = type == RETURN_NORMAL ? OUT_DONE : OUT_REFUSED;
	if (found == NULL)
		o->flags |= FLAG_OPAQUE;
	act_emit(x);
	struct side server = ends_answering(x);

	if (c.code == CODE_LOOKUP && type == RETURN_NORMAL && !s->jmx_said) {
		s->jmx_said = 1;
		fact_say(x, &server, FACT_SERVES, (struct bytes){c.name, c.name_n}, server.port, 0,
			 TRUST_LIKELY);
	}
	return true;
}

/* Pings are calls without a name; the acknowledgement of a reference says nothing of its own. */
static void short_message(struct proto_ctx *x, uint8_t op)
{
	const struct jrmp_call c = {.code = OP_PING};
	const struct ask *found;

	switch (op) {
	case OP_PING:
		ask(x, &c, 0);
		return;
	case OP_PING_ACK:
		found = pair_oldest(x);
		if (found == NULL || call_of(found).code != OP_PING)
			return;
		jrmp_say_open(x, found, OUT_DONE);
		pair_answer(x, found->id);
		return;
	case OP_DGC_ACK:
		ends_begin(x, proto_code(&proto_jrmp, OP_DGC_ACK), PHASE_PUSH)->outcome = OUT_DONE;
		act_emit(x);
		return;
	}
}

bool jrmp_head(struct proto_ctx *x, struct jrmp_half *h)
{
	if (h->head[0] == OP_CALL)
		return call(x, h);
	if (h->head[0] == OP_RETURN)
		return answer(x, h);
	short_message(x, h->head[0]);
	return true;
}

/* ---- the handshake ---- */

void jrmp_handshake(struct proto_ctx *x, uint8_t protocol)
{
	struct jrmp_state *s = x->state;
	const struct proto_code *row = proto_code(&proto_jrmp, protocol);

	s->protocol = protocol;
	struct obs *o = ends_begin(x, row, PHASE_ASK);

	if (row->flags & CODE_NAMED)
		o->flags |= FLAG_OPAQUE;
	s->handshake = act_emit(x);
}

void jrmp_refused(struct proto_ctx *x)
{
	const struct jrmp_state *s = x->state;
	struct obs *o = ends_begin(x, proto_code(&proto_jrmp, OP_STREAM), PHASE_ANSWER);

	o->re = s->handshake;
	o->outcome = OUT_REFUSED;
	act_emit(x);
}

static bool is_name(struct bytes host)
{
	for (size_t i = 0; i < host.n; i++)
		if (ascii_lower(host.p[i]) >= 'g' && ascii_lower(host.p[i]) <= 'z')
			return true;
	return false;
}

/* The server repeats how it sees the client; the client tells what it calls itself. */
void jrmp_host(struct proto_ctx *x, struct jrmp_half *h)
{
	struct jrmp_state *s = x->state;
	size_t n = load_be16(h->head);
	struct bytes host = {h->head + 2, n};
	struct side client = ends_asking(x), server = ends_answering(x);

	if (ends_asks(x)) {
		if (is_name(host))
			fact_say(x, &client, FACT_NAME, host, NAME_HOST, 0, TRUST_LIKELY);
		return;
	}
	struct obs *o = ends_begin(x, proto_code(&proto_jrmp, OP_STREAM), PHASE_ANSWER);
	struct jrmp_own *own = act_own(x, sizeof(*own));

	o->re = s->handshake;
	o->outcome = OUT_DONE;
	if (own != NULL) {
		own->host = act_text(x, host);
		own->port = (uint16_t)load_be32(h->head + 2 + n);
	}
	act_emit(x);
	if (!s->served)
		fact_say(x, &server, FACT_SERVES, (struct bytes){(const uint8_t *)"java-rmi", 8},
			 server.port, 0, TRUST_SURE);
	s->served = 1;
}

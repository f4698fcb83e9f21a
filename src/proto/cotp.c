/* proto/cotp.c: TPKT and COTP, the carrier of S7comm, S7comm-plus, MMS and RDP on TCP.
 *
 * Spec:    RFC 1006 section 6 and RFC 2126 (TPKT); ISO/IEC 8073 = ITU-T X.224 (11/95) section 13 (TPDUs).
 *          TSAPs of Siemens: type:1 (1 PG, 2 OP, 3 other) rack << 5 | slot:1 (H, walked in captures).
 *          RDP: MS-RDPBCGR 2.2.1.1 (negotiation), 2.2.9.1.2 (fast path).
 * Message: 03 00 length:2 (the whole) then LI:1 code:1 rest of the header (LI bytes), data.
 * Units:   big-endian. station is 1 << 16 | rack << 8 | slot where the called TSAP has the form of Siemens;
 *          else 0.
 * Emits:   connection requests ASK and their answers ANSWER; disconnects; errors. Data goes to the protocols
 *          over cotp. When none takes it, one act flagged OPAQUE names what it looks like, once a flow.
 * State:   cotp.h; fragments wait in gather_add() under key 0 until the end mark.
 * Missing: checksums and retransmission of classes 1 to 4 (not used over TCP). */
#include "proto/cotp.h"

#include "model/proto.h"
#include "proto/cotp_connect.h"

#include <string.h>

extern const struct proto proto_cotp;

enum {
	TPKT = 4,		/* RFC 1006 section 6 */
	TPKT_MIN = 7,		/* RFC 1006 section 6: the smallest TPDU has 3 bytes */
	TPKT_VERSION = 3,
	END_MARK = 0x80,	/* X.224 13.7.2: EOT */
	/* X.224 13.1: codes, in the high half of the byte. */
	CR = 0xe0, CC = 0xd0, DR = 0x80, DC = 0xc0, DT = 0xf0, ED = 0x10, AK = 0x60, EA = 0x20, RJ = 0x50,
	ER = 0x70,
	OPAQUE = 0x100,		/* obs.code of what is inside, plus enum inner */
};

/* What data that no protocol of ours took looks like. */
enum inner { INNER_NONE, INNER_S7PLUS, INNER_MMS, INNER_RDP, INNER_TLS, INNER_UNKNOWN };
static const char *const inner_names[] = { "", "s7comm-plus", "mms", "rdp", "tls", "unknown" };

#define ROW(code, key, verb, cls, flags, spec) { code, key, VERB_##verb, CLASS_##cls, flags, spec }
enum { BOTH = CODE_REQUEST | CODE_ANSWER, QUIET = CODE_REQUEST | CODE_ANSWER | CODE_NAMED };

static const struct proto_code codes[] = {
	ROW(CR, "connect", OPEN, SESSION, CODE_REQUEST, "X.224 13.3"),
	ROW(CC, "connect-confirm", OPEN, SESSION, CODE_ANSWER,
	    "X.224 13.4: {answer-of-connect}"),
	ROW(DR, "disconnect", CLOSE, SESSION, BOTH, "X.224 13.5"),
	ROW(DC, "disconnect-confirm", CLOSE, SESSION, BOTH, "X.224 13.6"),
	ROW(DT, "data", REPORT, SESSION, QUIET, "X.224 13.7: {content-inside}"),
	ROW(ED, "expedited-data", REPORT, SESSION, QUIET, "X.224 13.8: {nothing-alone}"),
	ROW(AK, "acknowledge", KEEPALIVE, SESSION, QUIET, "X.224 13.9: {nothing-alone}"),
	ROW(EA, "expedited-acknowledge", KEEPALIVE, SESSION, QUIET, "X.224 13.10: {nothing-alone}"),
	ROW(RJ, "reject", KEEPALIVE, SESSION, QUIET, "X.224 13.11: {nothing-alone}"),
	ROW(ER, "error", REPORT, DIAG, BOTH, "X.224 13.12"),
	ROW(OPAQUE + INNER_S7PLUS, "inner-s7comm-plus", OPEN, SESSION, QUIET,
	    "{first-byte-72} (H, {captures})"),
	ROW(OPAQUE + INNER_MMS, "inner-mms", OPEN, SESSION, QUIET,
	    "ISO 8327-1 8.3.1, 8.3.10: {spdus}"),
	ROW(OPAQUE + INNER_RDP, "inner-rdp", OPEN, SESSION, QUIET, "MS-RDPBCGR 2.2.1.1, 2.2.1.3"),
	ROW(OPAQUE + INNER_TLS, "inner-tls", OPEN, SESSION, QUIET,
	    "RFC 8446 5.1: {record-16-03}"),
	ROW(OPAQUE + INNER_UNKNOWN, "inner-unknown", OPEN, SESSION, QUIET, "{none-of-these}"),
};

static const struct proto_space spaces[] = {
	{ "slot", "{0}/{1}" },	/* rack, slot */
	{ "tsap", "{name}" },
	{ NULL, NULL }
};
enum { SPACE_SLOT = 1, SPACE_TSAP };

struct own {
	struct span calling, called, cookie;
	uint32_t protocols[RDP_FAILURE];	/* RDP: asked for, selected, why neither */
	uint16_t size;		/* of a TPDU, bytes */
	uint16_t source, destination;
	uint8_t class, reason, kind, rack, slot, slot_given, class_given;
	uint8_t rdp_given[RDP_FAILURE];
};
_Static_assert(sizeof(struct own) % 8 == 0, "own parts stay aligned");

/* Kind of connection a Siemens TSAP names. */
static const char *const kinds[] = { "", "pg", "op", "other" };

#define AT(member) offsetof(struct own, member)
#define RDP(name_, i) \
	{ .name = name_, .type = FIELD_U32, .show = SHOW_GIVEN, .at = AT(protocols[i]), \
	  .given = AT(rdp_given[i]) }
static const struct field fields[] = {
	{ .name = "calling_tsap", .type = FIELD_BYTES, .show = SHOW_NONZERO, .at = AT(calling) },
	{ .name = "called_tsap", .type = FIELD_BYTES, .show = SHOW_NONZERO, .at = AT(called) },
	{ .name = "source_reference", .type = FIELD_U16, .show = SHOW_ALWAYS, .at = AT(source) },
	{ .name = "destination_reference", .type = FIELD_U16, .show = SHOW_ALWAYS, .at = AT(destination) },
	{ .name = "class", .type = FIELD_U8, .show = SHOW_GIVEN, .at = AT(class), .given = AT(class_given) },
	{ .name = "tpdu_size", .type = FIELD_U16, .show = SHOW_NONZERO, .at = AT(size) },
	{ .name = "reason", .type = FIELD_U8, .show = SHOW_NONZERO, .at = AT(reason) },
	{ .name = "connection", .type = FIELD_WORD, .show = SHOW_NONZERO, .at = AT(kind),
	  .elem = ARRAY_LEN(kinds), .words = kinds },
	{ .name = "rack", .type = FIELD_U8, .show = SHOW_GIVEN, .at = AT(rack), .given = AT(slot_given) },
	{ .name = "slot", .type = FIELD_U8, .show = SHOW_GIVEN, .at = AT(slot), .given = AT(slot_given) },
	{ .name = "cookie", .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = AT(cookie) },
	RDP("rdp_requested", 0), RDP("rdp_selected", 1), RDP("rdp_failure", 2),
	{ .name = NULL }
};

/* Siemens: two bytes, the first 1..3 or a resource from 0x10 on, the second rack and slot. */
static bool is_slot(struct bytes tsap)
{
	return tsap.n == 2 && tsap.p[0] != 0 && (tsap.p[0] <= 3 || tsap.p[0] >= 0x10) && tsap.p[0] < 0xe0;
}

static uint64_t cotp_station(struct bytes tsap)
{
	if (!is_slot(tsap))
		return 0;
	return UINT64_C(1) << 16 | (uint64_t)(tsap.p[1] >> 5) << 8 | (tsap.p[1] & 0x1f);
}

static const struct proto_code *row(uint32_t code)
{
	return proto_code(&proto_cotp, code);
}

/* The object of a connection: rack and slot, or the TSAP when it is text. */
static void object(struct proto_ctx *x, struct obs *o, struct bytes called)
{
	if (is_slot(called)) {
		o->object.space = SPACE_SLOT;
		o->object.parts = 2;
		o->object.part[0] = called.p[1] >> 5;
		o->object.part[1] = called.p[1] & 0x1f;
		return;
	}
	for (size_t i = 0; i < called.n; i++)
		if (called.p[i] < 0x20 || called.p[i] >= 0x7f)
			return;
	if (called.n > 0) {
		o->object.space = SPACE_TSAP;
		o->object.name = act_text(x, called);
	}
}

static void own_connection(struct proto_ctx *x, const struct cotp_connection *n)
{
	struct span calling = act_text(x, n->calling);
	struct span called = act_text(x, n->called);
	struct span cookie = act_text(x, n->cookie);
	struct own *w = act_own(x, sizeof(*w));
	unsigned size = n->size != 0 ? 1u << n->size : 0;

	if (w == NULL)
		return;
	*w = (struct own){ .calling = calling, .called = called, .cookie = cookie,
			   .size = (uint16_t)size, .source = n->source, .destination = n->destination,
			   .class = n->class, .class_given = 1 };
	if (n->negotiation != 0) {
		w->protocols[n->negotiation - RDP_REQUEST] = n->protocols;
		w->rdp_given[n->negotiation - RDP_REQUEST] = 1;
	}
	if (is_slot(n->called)) {
		w->kind = n->called.p[0] <= 3 ? n->called.p[0] : 3;
		w->rack = n->called.p[1] >> 5;
		w->slot = n->called.p[1] & 0x1f;
		w->slot_given = 1;
	}
}

/* Says what is inside, once a flow. */
static void say_inner(struct proto_ctx *x, enum inner inner)
{
	struct cotp_state *st = x->state;

	if (st->opaque)
		return;
	st->opaque = (uint8_t)inner;
	struct obs *o = act_begin_code(x, row(OPAQUE + inner));

	o->flags |= FLAG_OPAQUE;
	o->trust = TRUST_LIKELY;
	o->device.station = st->station;
	o->object.name = act_str(x, inner_names[inner]);
	act_emit(x);
}

static bool connect_ask(struct proto_ctx *x, struct cursor header)
{
	struct cotp_state *st = x->state;
	struct cotp_connection n = { 0 };

	x->why = cotp_read_connection(&n, header);
	if (x->why != NULL)
		return false;
	st->station = cotp_station(n.called);
	st->rdp = n.rdp;
	struct obs *o = act_begin_code(x, row(CR));

	o->device.station = st->station;
	object(x, o, n.called);
	own_connection(x, &n);
	if (n.cookie.n > 0)
		flow_who(x, n.cookie);
	pair_ask(x, n.source, act_emit(x), NULL, 0);
	if (n.rdp)
		say_inner(x, INNER_RDP);
	return true;
}

static bool connect_answer(struct proto_ctx *x, struct cursor header)
{
	struct cotp_state *st = x->state;
	struct cotp_connection n = { 0 };

	x->why = cotp_read_connection(&n, header);
	if (x->why != NULL)
		return false;
	pair_answer(x, n.destination);
	struct obs *o = act_begin_code(x, row(CR));

	bool refused = n.negotiation == RDP_FAILURE;	/* MS-RDPBCGR 2.2.1.2.2 */

	o->phase = PHASE_ANSWER;
	o->outcome = refused ? OUT_REFUSED : OUT_DONE;
	o->result = refused ? n.protocols : 0;
	o->device.station = st->station;
	object(x, o, n.called);
	own_connection(x, &n);
	act_emit(x);
	if (n.negotiation == RDP_ANSWER && n.protocols != 0) {
		st->tls = 1;
		flow_become(x, NULL);	/* MS-RDPBCGR 5.4.2: TLS from the next byte on */
	}
	return true;
}

/* DR: destination:2 source:2 reason:1; after a CR it refuses. */
static bool disconnect(struct proto_ctx *x, struct cursor header)
{
	const struct cotp_state *st = x->state;
	uint16_t destination = cur_be16(&header), source = cur_be16(&header);
	uint8_t reason = cur_u8(&header);

	if (cur_broken(&header)) {
		x->why = "length";
		return false;
	}
	bool refusal = pair_answer(x, destination) != NULL;
	struct obs *o = act_begin_code(x, row(refusal ? CR : DR));

	if (refusal) {
		o->phase = PHASE_ANSWER;
		o->outcome = OUT_REFUSED;
	}
	o->result = reason;
	o->device.station = st->station;
	struct own *w = act_own(x, sizeof(*w));

	if (w != NULL)
		*w = (struct own){ .destination = destination, .source = source, .reason = reason };
	uint64_t act = act_emit(x);

	if (!refusal)
		pair_ask(x, UINT32_C(0x10000) | source, act, NULL, 0);
	return true;
}

static bool disconnect_answer(struct proto_ctx *x, struct cursor header)
{
	const struct cotp_state *st = x->state;
	uint16_t destination = cur_be16(&header), source = cur_be16(&header);

	if (cur_broken(&header)) {
		x->why = "length";
		return false;
	}
	pair_answer(x, UINT32_C(0x10000) | destination);
	struct obs *o = act_begin_code(x, row(DC));

	o->phase = PHASE_ANSWER;
	o->outcome = OUT_DONE;
	o->device.station = st->station;
	struct own *w = act_own(x, sizeof(*w));

	if (w != NULL)
		*w = (struct own){ .destination = destination, .source = source };
	act_emit(x);
	return true;
}

/* ER: destination:2 cause:1, then the refused TPDU as a parameter. */
static bool error(struct proto_ctx *x, struct cursor header)
{
	const struct cotp_state *st = x->state;
	uint16_t destination = cur_be16(&header);
	uint8_t cause = cur_u8(&header);

	if (cur_broken(&header) || cause > 3) {	/* X.224 13.12.3 */
		x->why = cur_broken(&header) ? "length" : "cause";
		return false;
	}
	struct obs *o = act_begin_code(x, row(ER));

	o->result = cause;
	o->device.station = st->station;
	struct own *w = act_own(x, sizeof(*w));

	if (w != NULL)
		*w = (struct own){ .destination = destination, .reason = cause };
	act_emit(x);
	return true;
}

static enum inner looks_like(struct bytes b)
{
	if (b.p[0] == 0x72)
		return INNER_S7PLUS;
	if (b.n >= 2 && b.p[0] == 0x16 && b.p[1] == 3)
		return INNER_TLS;
	if (b.n >= 2 && b.p[0] == 0x7f && b.p[1] == 0x65)	/* T.125: MCS connect-initial */
		return INNER_RDP;
	if (b.p[0] == 0x0d || b.p[0] == 0x0e || (b.n >= 4 && b.p[0] == 1 && b.p[1] == 0))
		return INNER_MMS;
	return INNER_UNKNOWN;
}

/* One whole message of the transport's user. */
static void user_data(struct proto_ctx *x, struct bytes b)
{
	struct cotp_state *st = x->state;

	if (b.n == 0 || (st->opaque && st->opaque != INNER_RDP && !st->inner))
		return;
	if (pass(x, cur_over(b)))
		st->inner = 1;
	else if (!st->inner && b.p[0] != 0x32)	/* a damaged first S7comm message was reported already */
		say_inner(x, looks_like(b));
}

/* DT: in classes 0 and 1 the header is code and mark (LI 2), in others destination:2 before the mark. */
static bool data(struct proto_ctx *x, struct cursor header, struct bytes user)
{
	struct cotp_state *st = x->state;

	if (header.left > 1)
		cur_take(&header, 2);
	uint8_t mark = cur_u8(&header);

	if (cur_broken(&header)) {
		x->why = "length";
		return false;
	}
	if (x->after_loss && st->gathering[x->from_client]) {
		gather_drop(x, 0);
		st->gathering[x->from_client] = 0;
	}
	if (!(mark & END_MARK) || st->gathering[x->from_client]) {
		if (user.n > 0)
			st->gathering[x->from_client] = gather_add(x, 0, user);
		if (!(mark & END_MARK) || !st->gathering[x->from_client])
			return true;
		st->gathering[x->from_client] = 0;
		user = gather_take(x, 0);
	}
	user_data(x, user);
	return true;
}

/* ---- the door ---- */

static unsigned cotp_probe(const struct proto_ctx *x, struct cursor head)
{
	(void)x;
	uint8_t version = cur_u8(&head), reserved = cur_u8(&head);
	uint16_t length = cur_be16(&head);
	uint8_t li = cur_u8(&head);
	uint8_t code = cur_u8(&head) & 0xf0;

	if (cur_broken(&head) || version != TPKT_VERSION || reserved != 0 || length < TPKT_MIN || li < 2 ||
	    li > length - TPKT - 1)
		return 0;
	switch (code) {
	case CR: case CC: return li >= 6 ? 90 : 0;
	case DT: return li == 2 ? 75 : 30;
	case DR: case ER: return 50;
	}
	return 0;
}

/* MS-RDPBCGR 2.2.9.1.2: flags:1 whose low two bits are 0, length:1, or 2 bytes with the top bit set. */
static struct cut cut_fast_path(struct cursor have)
{
	cur_u8(&have);
	size_t length = cur_u8(&have);

	if (length & 0x80)
		length = (length & 0x7f) << 8 | cur_u8(&have);
	return length < 3 ? cut_lost() : cut_message(length);
}

static struct cut cotp_cut(struct proto_ctx *x, struct cursor have)
{
	const struct cotp_state *st = x->state;

	if (have.left < TPKT)
		return cut_need(TPKT);
	if (st->rdp && (cur_peek(&have) & 3) == 0)
		return cut_fast_path(have);
	uint8_t version = cur_u8(&have);

	cur_u8(&have);
	uint16_t length = cur_be16(&have);

	return version != TPKT_VERSION || length < TPKT_MIN ? cut_lost() : cut_message(length);
}

static bool cotp_message(struct proto_ctx *x, struct cursor msg)
{
	if (cur_peek(&msg) != TPKT_VERSION)
		return true;		/* RDP fast path: screens and keys, not looked into */
	cur_take(&msg, TPKT);
	uint8_t li = cur_u8(&msg);
	struct cursor header = cur_sub(&msg, li);
	uint8_t code = cur_u8(&header) & 0xf0;

	if (cur_broken(&header)) {
		x->why = "length";
		return false;
	}
	switch (code) {
	case CR: return connect_ask(x, header);
	case CC: return connect_answer(x, header);
	case DR: return disconnect(x, header);
	case DC: return disconnect_answer(x, header);
	case DT: return data(x, header, cur_rest(&msg));
	case ER: return error(x, header);
	case ED: case AK: case EA: case RJ: return true;
	}
	x->why = "code";
	return false;
}

static void cotp_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct cotp_state *st = x->state;

	(void)bytes;
	gather_drop(x, 0);
	st->gathering[x->from_client] = 0;
}

const struct proto proto_cotp = {
	.name = "cotp", .on = ON_TCP, .ports = { 102 },
	.state_size = sizeof(struct cotp_state), .own_size = sizeof(struct own),
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces, .fields = fields,
	.probe = cotp_probe, .cut = cotp_cut, .message = cotp_message, .lost = cotp_lost,
};

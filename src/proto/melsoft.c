/* proto/melsoft.c: MELSOFT, what the engineering tool (GX Works) speaks to MELSEC controllers: who logs in,
 * reads and writes devices, stops the controller and changes its program.
 *
 * Spec:    none is public. Walked in captures of an iQ-F (FX5U) and of a login to an iQ-R (H); names of the
 *          commands as Nozomi Networks published them for MELSOFT (Black Hat MEA 2023, "NOZ") and by their
 *          likeness to SLMP (M, L).
 * Message: 57 (request) or D7 (answer):1 2 bytes of number, ... the station asked at 9 (network:1 station:1
 *          module:2; in answers at 13), length:2 at 19, of what follows. Command header: 1C or 9C:1 x:1 bytes
 *          from here on:1 x:1, in answers the status:2 behind it. Then command:2 (high byte first)
 *          reference:2 length of data:2 (0: all that is left, in messages without a footer) data [footer:
 *          checksums, tokens]. 5A and DA: search for controllers. TCP 5007, 5562; UDP 5006, 5560, where
 *          requests and answers may go to all.
 * Units:   little-endian but for the command. station as in slmp_act.c: network * 1,000 + station.
 * Emits:   reads WHOLE at the answer; all else ASK, then ANSWER. A login is two acts: user name (0131;
 *          refused for each name that does not exist), then password (0132), of which nothing is kept. Files:
 *          an act when one is opened, one with size and digest when it is closed; over UDP, where each
 *          datagram has a port of its own, every piece is an act. Facts: the model, once a flow.
 * State:   melsoft.h: the user name of a login, files that are open.
 * Missing: footers; addresses with anything in front of them; what is named only, and all functions that are
 *          not listed: they keep their number. Kinds of devices are known by how many points of each the tool
 *          asked an FX5U for (M); others keep their code. */
#include "proto/melsoft.h"

#include <string.h>

struct ms_state *ms_state(const struct proto_ctx *x)
{
	return x->state;
}

/* ---- acts ---- */

bool ms_waits(uint16_t command)
{
	const struct proto_code *row = proto_code(&proto_melsoft, command);

	if (row == NULL || (command >= CMD_FILE_OPEN && command <= CMD_FILE_CLOSE))
		return false;
	return row->verb == VERB_READ || row->verb == VERB_IDENTIFY || row->verb == VERB_BROWSE ||
	       row->verb == VERB_KEEPALIVE;
}

struct obs *ms_begin(struct proto_ctx *x, const struct ms_asked *a, uint8_t phase)
{
	const struct proto_code *row = proto_code(&proto_melsoft, a->command);
	struct obs *o = act_begin_row(x, row, a->command);

	if (a->opaque)
		o->flags |= FLAG_OPAQUE;
	o->trust = TRUST_LIKELY;
	o->phase = phase;
	if (!a->by_client) {
		o->actor = flow_server(x);
		o->device = flow_client(x);
	}
	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->device.station = (uint64_t)a->net * 1000 + (a->pc == 0xff ? 0 : a->pc);
	return o;
}

struct ms_own *ms_own(struct proto_ctx *x, const struct ms_asked *a)
{
	struct ms_own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->reference = a->reference;
	w->net = a->net;
	w->pc = a->pc;
	w->io = a->io;
	return w;
}

static void own_answered(struct proto_ctx *x, const struct ms_asked *a, uint16_t status)
{
	struct ms_own *w = ms_own(x, a);

	if (w != NULL) {
		w->has_status = 1;
		w->status = status;
	}
}

void ms_keep_name(struct ms_kept *k, const void *name, size_t n)
{
	k->a.name_n = (uint8_t)min_size(n, sizeof(k->name));
	memcpy(k->name, name, k->a.name_n);
}

void ms_object(struct proto_ctx *x, struct obs *o, const struct ms_kept *k)
{
	bool user = k->a.command == CMD_USER || k->a.command == CMD_PASSWORD;

	if (k->a.name_n == 0)
		return;
	o->object.space = user ? SPACE_USER : SPACE_FILE;
	if (!user) {
		o->object.parts = 1;
		o->object.part[0] = k->a.drive;
		o->object.class = melsec_file_class((struct bytes){ (const uint8_t *)k->name, k->a.name_n });
	}
	o->object.name = act_text(x, (struct bytes){ (const uint8_t *)k->name, k->a.name_n });
}

/* ---- requests ---- */

static uint64_t say(struct proto_ctx *x, const struct ms_kept *k)
{
	struct obs *o = ms_begin(x, &k->a, PHASE_ASK);

	ms_object(x, o, k);
	if (k->a.command == CMD_PASSWORD)
		act_value(x, VAL_SECRET, 0, 0, (struct bytes){ NULL, 0 });
	ms_own(x, &k->a);
	return act_emit(x);
}

/* What pairs a request and its answer. */
static uint64_t id_of(bool by_client, uint16_t command, uint16_t reference)
{
	return (uint64_t)by_client << 32 | (uint32_t)command << 16 | reference;
}

/* All acts of a request with one outcome. */
static void say_open(struct proto_ctx *x, const struct ms_kept *k, const struct ask *ask, uint8_t outcome,
		     uint16_t status);

static enum ms_reason request(struct proto_ctx *x, const struct ms_msg *m)
{
	struct ms_state *st = ms_state(x);
	struct ms_kept k;
	uint64_t act = 0;
	enum ms_reason r = GOOD;

	memset(&k, 0, sizeof(k));
	k.a = (struct ms_asked){ .command = m->command, .reference = m->reference, .io = m->io, .net = m->net,
				 .pc = m->pc, .by_client = x->from_client };
	switch (m->command) {
	case CMD_READ: case CMD_READ_RANDOM: case CMD_WRITE:
		r = ms_data_request(x, &k, m->data, &act);
		break;
	case CMD_REGISTER_USERS:
		act = ms_users(x, &k, m->data);
		break;
	case CMD_USER:
		ms_user_name(&k, m->data);
		act = say(x, &k);
		break;
	case CMD_PASSWORD:
		ms_keep_name(&k, st->user, st->user_n);
		act = say(x, &k);
		break;
	case CMD_FILE_INFO: case CMD_FILE_LIST: case CMD_FILE_OPEN: case CMD_FILE_READ: case CMD_FILE_WRITE:
	case CMD_FILE_CLOSE:
		r = ms_file_request(x, &k, m->data, &act);
		break;
	default:
		if (!ms_waits(m->command))
			act = say(x, &k);
	}
	k.a.why = (uint8_t)r;
	/* The answer to what goes to all goes to all, too: it is another flow. */
	bool waits = r == GOOD && ms_waits(k.a.command), to_all = ip_is_group(flow_server(x).ip);

	if (to_all && waits)
		say_open(x, &k, NULL, OUT_UNKNOWN, 0);
	if (!to_all && !pair_ask(x, id_of(k.a.by_client, k.a.command, k.a.reference), act, &k, sizeof(k)) &&
	    waits)
		say_open(x, &k, NULL, OUT_UNKNOWN, 0);
	return r;
}

/* ---- answers ---- */

static void say_open(struct proto_ctx *x, const struct ms_kept *k, const struct ask *ask, uint8_t outcome,
		     uint16_t status)
{
	unsigned items = k->a.why == GOOD && k->a.items > 0 ? k->a.items : 1;

	for (unsigned i = 0; i < items; i++) {
		struct obs *o = ms_begin(x, &k->a, ask == NULL || ask->act == 0 ? PHASE_WHOLE : PHASE_ANSWER);

		o->item = (uint16_t)i;
		o->items = (uint16_t)items;
		o->outcome = outcome;
		o->result = status;
		if (k->a.why != GOOD)
			o->note = act_str(x, "bad-request");
		if (k->a.command >= CMD_FILE_OPEN && k->a.command <= CMD_FILE_CLOSE)
			o->verb = k->a.writing ? VERB_WRITE : VERB_READ;
		if (k->a.items > 0)
			ms_item_object(x, o, &k->item[i]);
		else
			ms_object(x, o, k);
		if (outcome == OUT_UNANSWERED || outcome == OUT_UNKNOWN)
			ms_own(x, &k->a);
		else
			own_answered(x, &k->a, status);
		act_emit(x);
	}
}

/* A login has two steps: the name is accepted, then the password. */
static uint8_t outcome_of(struct proto_ctx *x, const struct ms_kept *k, uint16_t status)
{
	struct ms_state *st = ms_state(x);

	if (status != 0)
		return OUT_REFUSED;
	if (k->a.command == CMD_USER) {
		st->user_n = k->a.name_n;
		memcpy(st->user, k->name, k->a.name_n);
		return OUT_PARTLY;
	}
	if (k->a.command == CMD_PASSWORD && k->a.name_n > 0)
		flow_who(x, (struct bytes){ (const uint8_t *)k->name, k->a.name_n });
	return OUT_DONE;
}

/* FX5U: name:16, padded with zeros, code:4 (H). */
static void say_model(struct proto_ctx *x, const struct ms_asked *a, struct bytes data)
{
	struct ms_state *st = ms_state(x);
	struct cursor c = cur_over(data);
	struct bytes name = cur_bytes(&c, 16);
	uint16_t code = cur_le16(&c);

	while (name.n > 0 && (name.p[name.n - 1] == '\0' || name.p[name.n - 1] == ' '))
		name.n--;
	struct obs *o = ms_begin(x, a, a->alone ? PHASE_ANSWER : PHASE_WHOLE);
	struct side device = o->device;

	o->outcome = OUT_DONE;
	if (name.n > 0)
		act_value(x, VAL_TEXT, 8, (unsigned)name.n, name);
	own_answered(x, a, 0);
	act_emit(x);
	st->octal = melsec_is_octal(name);
	if (name.n > 0 && !cur_broken(&c) && !st->told)
		fact_say(x, &device, FACT_MODEL, name, code, 0, TRUST_LIKELY);
	st->told = 1;
}

/* An answer whose request was not seen; always so where both go to all. */
static void say_alone(struct proto_ctx *x, const struct ms_msg *m)
{
	struct ms_asked a = { .command = m->command, .reference = m->reference, .io = m->io, .net = m->net,
			      .pc = m->pc, .by_client = !x->from_client, .alone = 1, .opaque = 1 };

	if (m->command == CMD_OPEN && m->status == 0) {
		a.opaque = 0;
		say_model(x, &a, m->data);
		return;
	}
	struct obs *o = ms_begin(x, &a, PHASE_ANSWER);

	o->outcome = m->status == 0 ? OUT_DONE : OUT_REFUSED;
	o->result = m->status;
	if (!(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
	own_answered(x, &a, m->status);
	act_emit(x);
}

static bool is_known(struct proto_ctx *x, struct ms_kept *k, struct bytes data)
{
	if (k->a.command != CMD_READ)
		return false;
	uint16_t reference = k->a.reference;

	k->a.reference = 0;
	bool known = act_again(x, (struct bytes){ (const uint8_t *)k, sizeof(*k) }, data);

	k->a.reference = reference;
	return known;
}

static enum ms_reason answer(struct proto_ctx *x, const struct ms_msg *m)
{
	const struct ask *ask = pair_answer(x, id_of(!x->from_client, m->command, m->reference));
	struct ms_kept k;
	enum ms_reason r = GOOD;

	if (ask == NULL || ask->n < sizeof(k)) {
		say_alone(x, m);
		return GOOD;
	}
	memcpy(&k, ask->blob, sizeof(k));
	bool good = k.a.why == GOOD && m->status == 0;

	if (good && k.a.items > 0 && ms_waits(k.a.command)) {
		if (is_known(x, &k, m->data))
			return GOOD;
		r = ms_data_answer(x, &k, m->data);
		if (r != GOOD)
			say_open(x, &k, ask, OUT_UNKNOWN, 0);
		return r;
	}
	if (good && k.a.command == CMD_OPEN) {
		say_model(x, &k.a, m->data);
		return GOOD;
	}
	if (good && k.a.command >= CMD_FILE_OPEN && k.a.command <= CMD_FILE_WRITE)
		r = ms_file_answer(x, &k, m->data);
	bool block = k.a.command == CMD_FILE_READ || k.a.command == CMD_FILE_WRITE;

	if (!(block && good && ask->act == 0))
		say_open(x, &k, ask, r == GOOD ? outcome_of(x, &k, m->status) : OUT_UNKNOWN, m->status);
	return r;
}

/* ---- the header ---- */

/* Malformed messages are kept as they came: these never are. */
static bool has_password(uint16_t command)
{
	return command == CMD_PASSWORD || command == CMD_REGISTER_USERS || command == CMD_READ_USERS_A ||
	       command == CMD_READ_USERS_B;
}

/* Reads a whole message that begins with 57 or D7. */
static enum ms_reason read_message(struct ms_msg *m, struct cursor c)
{
	m->answer = cur_u8(&c) == 0xd7;
	cur_take(&c, m->answer ? 12 : 8);
	m->net = cur_u8(&c);
	m->pc = cur_u8(&c);
	m->io = cur_le16(&c);
	cur_take(&c, m->answer ? 2 : 6);
	bool fits = cur_le16(&c) == c.left;

	if (cur_broken(&c))
		return BAD_FRAME;
	uint8_t kind = cur_u8(&c);

	cur_u8(&c);
	uint8_t size = cur_u8(&c);	/* of what follows, itself counted */
	struct cursor header = cur_sub(&c, size > 0 ? size - 1u : 0);

	if (cur_broken(&c) || kind != (m->answer ? HEADER_KIND | 0x80 : HEADER_KIND))
		return BAD_HEADER;
	cur_u8(&header);
	m->status = m->answer ? cur_le16(&header) : 0;
	m->command = cur_be16(&c);
	m->reference = cur_le16(&c);
	size_t n = cur_le16(&c);

	if (cur_broken(&c) || cur_broken(&header))
		return BAD_HEADER;
	if (!fits && !has_password(m->command))
		return BAD_FRAME;
	/* In some answers to opening a file the number is larger than what follows (H). */
	m->data = n == 0 || n > c.left ? cur_rest(&c) : cur_bytes(&c, n);
	return GOOD;
}

/* 5A 00 00 kind: who is there; DA 00 00 kind ...: I am. */
static bool search(struct proto_ctx *x, struct cursor c)
{
	bool is_answer = cur_u8(&c) == 0xda;

	cur_take(&c, 2);
	uint8_t kind = cur_u8(&c);

	if (cur_broken(&c)) {
		x->why = ms_reasons[BAD_FRAME];
		return false;
	}
	struct ms_asked a = { .command = CMD_SEARCH, .pc = 0xff, .by_client = x->from_client != is_answer };
	struct obs *o = ms_begin(x, &a, is_answer ? PHASE_ANSWER : PHASE_ASK);

	if (is_answer)
		o->outcome = OUT_DONE;
	struct ms_own *w = ms_own(x, &a);

	if (w != NULL) {
		w->has_kind = 1;
		w->kind = kind;
	}
	act_emit(x);
	return true;
}

/* ---- the door ---- */

static bool is_tool_port(uint16_t port)
{
	return port == 5560 || port == 5562;	/* of an iQ-F (H: captures) */
}

/* 57 ?? ?? 00 00 11 11 07, an answer 07 or 7F, and the command header where it belongs (H). */
static unsigned melsoft_probe(const struct proto_ctx *x, struct cursor head)
{
	struct cursor c = head;
	uint8_t first = cur_u8(&c);

	if (first == 0x5a || first == 0xda) {
		cur_take(&c, 1);
		return cur_u8(&c) == 0 && !cur_broken(&c) && head.left <= 64 &&
		       (is_tool_port(flow_server(x).port) || is_tool_port(flow_client(x).port)) ? 60 : 0;
	}
	if (first != 0x57 && first != 0xd7)
		return 0;
	cur_take(&c, 2);
	bool fixed = cur_be32(&c) == 0x00001111 && (cur_u8(&c) & 0x07) == 0x07;

	cur_take(&c, 13);
	uint8_t kind = cur_u8(&c);

	uint8_t wanted = first == 0xd7 ? HEADER_KIND | 0x80 : HEADER_KIND;

	return fixed && !cur_broken(&c) && kind == wanted ? 95 : 0;
}

static struct cut melsoft_cut(struct proto_ctx *x, struct cursor have)
{
	uint8_t first = cur_peek(&have);

	(void)x;
	if (first == 0x5a || first == 0xda) {	/* as long as over UDP (M) */
		if (have.left < 4)
			return cut_need(4);
		return cut_message(first == 0x5a ? 4 : have.p[3] == 0xff ? 28 : 14);
	}
	if (first != 0x57 && first != 0xd7)
		return cut_lost();
	if (have.left < HEAD)
		return cut_need(HEAD);
	cur_take(&have, HEAD - 2);
	uint16_t length = cur_le16(&have);

	return length > LENGTH_MAX ? cut_lost() : cut_message((size_t)HEAD + length);
}

static bool melsoft_message(struct proto_ctx *x, struct cursor msg)
{
	struct ms_state *st = x->state;
	struct ms_msg m = { .command = 0 };
	uint8_t first = cur_peek(&msg);

	if (!st->told && !st->octal)
		st->octal = is_tool_port(flow_server(x).port) || is_tool_port(flow_client(x).port);
	if (first == 0x5a || first == 0xda)
		return search(x, msg);
	enum ms_reason r = first == 0x57 || first == 0xd7 ? read_message(&m, msg) : BAD_FRAME;

	if (r == GOOD)
		r = m.answer ? answer(x, &m) : request(x, &m);
	x->why = ms_reasons[r];
	return r == GOOD;
}

static void melsoft_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct ms_state *st = x->state;

	(void)bytes;
	for (unsigned i = 0; i < MELSEC_FILES; i++)
		st->file[i].lost = 1;
}

static void melsoft_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct ms_kept k;

	if (ask->n < sizeof(k))
		return;
	memcpy(&k, ask->blob, sizeof(k));
	bool block = k.a.command == CMD_FILE_READ || k.a.command == CMD_FILE_WRITE;

	if (k.a.why == GOOD && !(block && ask->act == 0))
		say_open(x, &k, ask, OUT_UNANSWERED, 0);
}

static void melsoft_end(struct proto_ctx *x)
{
	struct ms_state *st = x->state;

	for (unsigned i = 0; i < MELSEC_FILES; i++) {
		struct ms_kept k = { .a = { .command = CMD_FILE_CLOSE, .by_client = 1, .pc = 0xff } };

		if (st->file[i].open)
			ms_file_end(x, &k, &st->file[i], false, PHASE_PUSH);
	}
}

const struct proto proto_melsoft = {
	.name = "melsoft", .on = ON_TCP, .also_udp = true, .ports = { 5562, 5560, 5007, 5006 },
	.state_size = sizeof(struct ms_state), .own_size = sizeof(struct ms_own), .transfers = true,
	.verified = VERIFIED_CAPTURE,
	.codes = ms_codes, .code_count = MS_CODES, .spaces = melsec_spaces, .fields = ms_fields,
	.probe = melsoft_probe, .cut = melsoft_cut, .message = melsoft_message, .lost = melsoft_lost,
	.unanswered = melsoft_unanswered, .end = melsoft_end,
};

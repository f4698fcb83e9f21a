/* proto/umas.c: UMAS, the programming protocol of Schneider Modicon controllers, inside Modbus function 90.
 *
 * Spec:    none is public. Walked in captures of a Unity Pro station and a 140 CPU 311 10 (H); names of the
 *          codes as widely published (liras en la red, "The Unity (UMAS) protocol", parts I-IV, 2017;
 *          Kaspersky ICS CERT, "The secrets of Schneider Electric's UMAS protocol", 2022) (M).
 * Message: the whole Modbus/TCP message (modbus.c hands it on uncut): MBAP:7, 5A, session:1, then of a
 *          request code:1 data, of an answer FE (done) or FD (refused) data. A Modbus exception (DA) refuses
 *          as well.
 * Units:   little-endian. station as in modbus.c.
 * Emits:   reads and identification WHOLE at the answer; everything else ASK, then ANSWER. A program that
 *          goes to the controller (30, 31.., 32) or comes from it (33, 34.., 35) is a transfer: one act when
 *          it opens and one at its end with size and digest; its blocks are no acts.
 * State:   which transfers are open and who opened them, so that one that never ends is said at the end of
 *          the flow.
 * Missing: variables inside 22, 23, 50 (their layout differs between firmware versions). */
#include "model/proto.h"

#include <string.h>

extern const struct proto proto_umas;

enum {
	MBAP = 7, FUNCTION = 0x5a, EXCEPTION = 0x80,
	DONE = 0xfe, REFUSED = 0xfd,
	UNIT_SELF = 255,
	READ_ID = 0x02, UPLOAD_OPEN = 0x30, UPLOAD_BLOCK = 0x31, UPLOAD_END = 0x32,
	DOWNLOAD_OPEN = 0x33, DOWNLOAD_BLOCK = 0x34, DOWNLOAD_END = 0x35,
	READ_MEMORY = 0x20, WRITE_MEMORY = 0x21, RESERVE = 0x10,
	BLOCK_HEAD = 6,		/* before the bytes of a program block: two bytes, block number:2, length:2 */
	KEY_TO_DEVICE = 0, KEY_FROM_DEVICE, KEYS,	/* of the two transfers a flow may have */
};

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = BOTH | CODE_NAMED };
#define ROW(code, key, verb, cls, flags, spec) { code, key, VERB_##verb, CLASS_##cls, flags, spec }

static const struct proto_code codes[] = {
	ROW(0x01, "open", OPEN, SESSION, BOTH, "liras I (H: {seen})"),
	ROW(0x02, "read-id", IDENTIFY, DEVICE, BOTH, "liras I (H: {seen})"),
	ROW(0x03, "project-info", READ, PROGRAM, NAMED, "liras I (H: {seen})"),
	ROW(0x04, "status", READ, DEVICE, NAMED, "liras I (H: {seen})"),
	ROW(0x06, "card-info", READ, DEVICE, NAMED, "liras I (M)"),
	ROW(0x0a, "repeat", KEEPALIVE, SESSION, BOTH, "liras I (H: {seen})"),
	ROW(0x10, "reserve", OPEN, CONFIG, BOTH, "liras II (M)"),
	ROW(0x11, "release", CLOSE, CONFIG, BOTH, "liras II (M)"),
	ROW(0x12, "keep-alive", KEEPALIVE, SESSION, BOTH, "liras II (M)"),
	ROW(0x20, "read-memory", READ, DATA, BOTH, "liras II (H: {seen})"),
	ROW(0x21, "write-memory", WRITE, DATA, NAMED, "Kaspersky 2022 (M)"),
	ROW(0x22, "read-variables", READ, DATA, NAMED, "liras III (M)"),
	ROW(0x23, "write-variables", WRITE, DATA, NAMED, "liras III (M)"),
	ROW(0x24, "read-registers", READ, DATA, NAMED, "liras III (M)"),
	ROW(0x25, "write-registers", WRITE, DATA, NAMED, "liras III (M)"),
	ROW(0x26, "data-dictionary", BROWSE, PROGRAM, NAMED, "Kaspersky 2022 (M)"),
	ROW(0x30, "program-to-device", WRITE, PROGRAM, BOTH, "liras IV (M)"),
	ROW(0x31, "program-to-device-block", WRITE, PROGRAM, BOTH, "liras IV (M)"),
	ROW(0x32, "program-to-device-end", WRITE, PROGRAM, BOTH, "liras IV (M)"),
	ROW(0x33, "program-from-device", READ, PROGRAM, BOTH, "liras IV (M)"),
	ROW(0x34, "program-from-device-block", READ, PROGRAM, BOTH, "liras IV (M)"),
	ROW(0x35, "program-from-device-end", READ, PROGRAM, BOTH, "liras IV (M)"),
	ROW(0x36, "backup", CONTROL, PROGRAM, NAMED, "Kaspersky 2022 (L)"),
	ROW(0x39, "ethernet-data", READ, CONFIG, NAMED, "liras III (M)"),
	ROW(0x40, "start", START, DEVICE, BOTH, "liras II (M)"),
	ROW(0x41, "stop", STOP, DEVICE, BOTH, "liras II (M)"),
	ROW(0x50, "monitor", SUBSCRIBE, DATA, NAMED, "liras III (M)"),
	ROW(0x58, "check", KEEPALIVE, DEVICE, NAMED, "liras II (M)"),
	ROW(0x70, "read-io", READ, DATA, NAMED, "liras III (M)"),
	ROW(0x71, "write-io", WRITE, DATA, NAMED, "liras III (M)"),
	ROW(0x73, "module-status", READ, DEVICE, NAMED, "liras III (M)"),
};

static const struct proto_space spaces[] = {
	{ "memory", "{0}:{1}" },	/* block, offset */
	{ NULL, NULL }
};
enum { SPACE_MEMORY = 1 };

struct own {
	struct transfer_own transfer;	/* at its end; it has no name */
	uint8_t session;
	uint8_t spare[7];
};
_Static_assert(sizeof(struct own) % 8 == 0, "own parts stay aligned");

#define AT(member) offsetof(struct own, member)
static const struct field fields[] = {
	{ .name = "session", .type = FIELD_U8, .show = SHOW_ALWAYS, .at = AT(session) },
	{ .name = NULL }
};

struct state {
	struct { uint8_t open, unit, session; } transfer[KEYS];
};

struct asked {
	uint8_t unit, code, session;
	uint8_t bad;		/* the request was malformed */
	uint16_t tid, block;
	uint32_t offset;
	uint16_t count;
	uint8_t seen;		/* set when it was found */
	uint8_t spare;
};

static struct obs *begin(struct proto_ctx *x, const struct asked *a, uint8_t phase)
{
	const struct proto_code *row = proto_code(&proto_umas, a->code);
	struct obs *o = act_begin_row(x, row, a->code);

	o->trust = TRUST_LIKELY;
	o->phase = phase;
	o->device.station = a->unit == UNIT_SELF ? 0 : a->unit;
	if (a->code == READ_MEMORY) {
		o->object.space = SPACE_MEMORY;
		o->object.parts = 2;
		o->object.part[0] = a->block;
		o->object.part[1] = a->offset;
		o->object.count = a->count;
	}
	return o;
}

static struct own *own_of(struct proto_ctx *x, const struct asked *a)
{
	struct own *w = act_own(x, sizeof(*w));

	if (w != NULL)
		w->session = a->session;
	return w;
}

/* Reads wait for their answer; blocks of a transfer are no acts at all. */
static bool waits(uint8_t code)
{
	const struct proto_code *row = proto_code(&proto_umas, code);

	if (code >= UPLOAD_OPEN && code <= DOWNLOAD_END)
		return false;
	return row != NULL && (row->verb == VERB_READ || row->verb == VERB_IDENTIFY ||
			       row->verb == VERB_BROWSE || row->verb == VERB_KEEPALIVE);
}

static bool is_block(uint8_t code)
{
	return code == UPLOAD_BLOCK || code == DOWNLOAD_BLOCK;
}

/* The bytes of a program block behind its head, as many as the head says. */
static struct bytes block_data(struct cursor c)
{
	cur_take(&c, BLOCK_HEAD - 2);
	size_t n = cur_le16(&c);

	return cur_bytes(&c, min_size(n, c.left));
}

/* Says the act that ends a transfer. */
static uint64_t say_end(struct proto_ctx *x, const struct asked *a, uint32_t key, bool complete)
{
	struct state *st = x->state;
	struct transfer_result r;
	struct obs *o = begin(x, a, PHASE_ASK);
	bool open = transfer_close(x, key, complete, &r);

	st->transfer[key].open = 0;
	if (!open) {
		own_of(x, a);
		return act_emit(x);
	}
	if (!r.complete)
		o->outcome = OUT_PARTLY;
	struct own *w = own_of(x, a);

	if (w != NULL)
		transfer_tell(x, &r, o->object.name, &w->transfer);
	return act_emit(x);
}

static void open_transfer(struct proto_ctx *x, const struct asked *a, uint32_t key)
{
	struct state *st = x->state;

	st->transfer[key].open = transfer_open(x, key);
	st->transfer[key].unit = a->unit;
	st->transfer[key].session = a->session;
}

static bool request(struct proto_ctx *x, struct asked *a, struct cursor c)
{
	uint64_t act = 0;

	a->session = cur_u8(&c);
	a->code = cur_u8(&c);
	if (cur_broken(&c)) {
		x->why = "length";
		return false;
	}
	if (a->code == READ_MEMORY) {	/* kind:1 block:2 offset:4 count:2 */
		cur_take(&c, 1);
		a->block = cur_le16(&c);
		a->offset = cur_le32(&c);
		a->count = cur_le16(&c);
		a->bad = !cur_done(&c);
	} else if (a->code == UPLOAD_BLOCK && c.left < BLOCK_HEAD) {
		a->bad = 1;
	}
	if (a->bad) {
		pair_ask(x, a->tid, 0, a, sizeof(*a));
		x->why = "length";
		return false;
	}
	if (a->code == UPLOAD_BLOCK) {
		transfer_data(x, KEY_TO_DEVICE, block_data(c));
	} else if (a->code == UPLOAD_END || a->code == DOWNLOAD_END) {
		act = say_end(x, a, a->code == UPLOAD_END ? KEY_TO_DEVICE : KEY_FROM_DEVICE, true);
	} else if (!waits(a->code) && !is_block(a->code)) {
		struct bytes data = cur_rest(&c);

		begin(x, a, PHASE_ASK);
		if (data.n > 0)
			act_value(x, VAL_RAW_LE, 8, (unsigned)data.n, data);
		own_of(x, a);
		act = act_emit(x);
		if (a->code == UPLOAD_OPEN || a->code == DOWNLOAD_OPEN)
			open_transfer(x, a, a->code == UPLOAD_OPEN ? KEY_TO_DEVICE : KEY_FROM_DEVICE);
	}
	pair_ask(x, a->tid, act, a, sizeof(*a));
	return true;
}

/* Answer of 02: in the capture twenty bytes, then length:1 and the name of the controller. A length byte that
 * is followed by so many printable characters is searched, because older controllers have fewer bytes before
 * it. */
static struct bytes name_in(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		size_t n = b.p[i], at = i + 1, k = 0;

		if (n < 4 || n > b.n - at)
			continue;
		while (k < n && b.p[at + k] >= 0x20 && b.p[at + k] < 0x7f)
			k++;
		if (k == n)
			return (struct bytes){ b.p + at, n };
	}
	return (struct bytes){ NULL, 0 };
}

static void say_answer(struct proto_ctx *x, const struct asked *a, uint8_t outcome, uint32_t result,
		       struct bytes data)
{
	struct obs *o = begin(x, a, waits(a->code) ? PHASE_WHOLE : PHASE_ANSWER);
	struct side device = o->device;

	if (!a->seen && !(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
	o->outcome = outcome;
	o->result = result;
	if (a->code == READ_MEMORY && outcome == OUT_DONE && data.n >= 3)	/* status:1 count:2 bytes */
		data = (struct bytes){ data.p + 3, data.n - 3 };
	if (data.n > 0)
		act_value(x, VAL_RAW_LE, 8, (unsigned)data.n, data);
	own_of(x, a);
	act_emit(x);
	struct bytes name = name_in(data);

	if (a->code == READ_ID && outcome == OUT_DONE && name.n > 0) {
		fact_say(x, &device, FACT_MODEL, name, 0, 0, TRUST_LIKELY);
		fact_str(x, &device, FACT_VENDOR, "Schneider Electric");
	}
}

static bool answer(struct proto_ctx *x, struct asked *head, bool exception, struct cursor c)
{
	const struct ask *ask = pair_answer(x, head->tid);
	struct asked a = *head;
	uint8_t status = cur_u8(&c);

	if (!exception) {
		a.session = status;
		status = cur_u8(&c);
	}
	if (cur_broken(&c) || (exception ? c.left != 0 : status != DONE && status != REFUSED))
		x->why = cur_broken(&c) || exception ? "length" : "status";
	if (ask != NULL && ask->n == sizeof(a)) {
		memcpy(&a, ask->blob, sizeof(a));
		a.seen = 1;
		if (a.unit != head->unit)
			x->why = "answer-unit";
	}
	if (x->why != NULL) {
		if (a.seen && waits(a.code))
			say_answer(x, &a, OUT_UNKNOWN, 0, (struct bytes){ NULL, 0 });
		return false;
	}
	uint8_t outcome = exception || status == REFUSED ? OUT_REFUSED : OUT_DONE;
	struct bytes data = cur_rest(&c);

	if (a.code == DOWNLOAD_BLOCK && outcome == OUT_DONE)
		transfer_data(x, KEY_FROM_DEVICE, block_data(cur_over(data)));
	if (is_block(a.code) && outcome == OUT_DONE)
		return true;
	say_answer(x, &a, outcome, exception ? status : status == REFUSED ? REFUSED : 0, data);
	return true;
}

static unsigned umas_probe(const struct proto_ctx *x, struct cursor head)
{
	(void)x;
	cur_take(&head, MBAP);
	return (cur_u8(&head) & 0x7f) == FUNCTION && !cur_broken(&head) ? 100 : 0;
}

static bool umas_message(struct proto_ctx *x, struct cursor msg)
{
	struct asked a = { .tid = cur_be16(&msg) };

	cur_take(&msg, 4);
	a.unit = cur_u8(&msg);
	bool exception = cur_u8(&msg) & EXCEPTION;

	if (!x->from_client)
		return answer(x, &a, exception, msg);
	if (exception) {
		x->why = "status";
		return false;
	}
	return request(x, &a, msg);
}

static void umas_lost(struct proto_ctx *x, uint64_t bytes)
{
	transfer_missing(x, x->from_client ? KEY_TO_DEVICE : KEY_FROM_DEVICE, bytes);
}

static void umas_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct asked a;

	if (ask->n != sizeof(a))
		return;
	memcpy(&a, ask->blob, sizeof(a));
	if (a.bad || is_block(a.code))
		return;
	struct obs *o = begin(x, &a, waits(a.code) ? PHASE_WHOLE : PHASE_ANSWER);

	o->outcome = OUT_UNANSWERED;
	o->re = ask->act;
	own_of(x, &a);
	act_emit(x);
}

/* Transfers that nobody ended. */
static void umas_end(struct proto_ctx *x)
{
	const struct state *st = x->state;

	for (uint32_t key = 0; key < KEYS; key++) {
		struct asked a = { .unit = st->transfer[key].unit, .session = st->transfer[key].session,
				   .code = key == KEY_TO_DEVICE ? UPLOAD_END : DOWNLOAD_END };

		if (st->transfer[key].open)
			say_end(x, &a, key, false);
	}
}

const struct proto proto_umas = {
	.name = "umas", .on = ON_PROTO, .over = "modbus",
	.state_size = sizeof(struct state), .own_size = sizeof(struct own), .transfers = true,
	.verified = VERIFIED_CAPTURE,
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces, .fields = fields,
	.probe = umas_probe, .message = umas_message, .lost = umas_lost, .unanswered = umas_unanswered,
	.end = umas_end,
};

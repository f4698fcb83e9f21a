/* proto/kv.c: the host link of KEYENCE's KV controllers (upper link), lines of text.
 *
 * Spec:    "HL": host link chapter of the KV-XLE02, KV-EP21V and KV-5000/3000 manuals, as two independent
 *          clients (kvhostlink.py, HslCommunication) and their users give it: H where both have it, M where
 *          one has, L where it is from a list only. KV-L2 manual 7.5 for CR and CQ.
 * Message: word, arguments and values between blanks, CR; a LF behind it is ignored, case does not matter.
 *          Over UDP one datagram, which may hold several lines. Answers come in the order of the commands:
 *          "OK", values, or "E" and a digit. Some devices repeat the command first (echo).
 * Units:   numbers of devices as they are written: decimal, of B, W, VB, X and Y hexadecimal. Values without
 *          a suffix are what the device is: a bit, 16 or 32 bits.
 * Emits:   reads WHOLE at the answer; all else ASK, then ANSWER. ST and RS are writes: panels press buttons
 *          with them. M1 is START, M0 STOP. Facts: VENDOR and MODEL (?K).
 * State:   who asks, how many commands came; what was asked waits in pair_ask().
 * Missing: values of timers and counters (contact, value, preset) and of monitored devices are told as text;
 *          which station a serial line speaks to (CR nn); E3, which no source explains. */
#include "proto/kv.h"

#include "core/hash.h"

#include <string.h>

static bool on_port(const struct proto_ctx *x)
{
	return flow_server(x).port == PORT || flow_client(x).port == PORT;
}

static bool is_error(struct bytes line)
{
	return line.n == 2 && ascii_lower(line.p[0]) == 'e' && line.p[1] >= '0' && line.p[1] <= '6';
}

/* "OK", an error, or numbers. */
static bool is_answer(struct bytes line)
{
	if (ascii_is(line, "OK") || is_error(line))
		return true;
	for (size_t i = 0; i < line.n; i++) {
		uint8_t c = line.p[i];

		if (!(c >= '0' && c <= '9') && c != ' ' && c != '+' && c != '-' && c != ',')
			return false;
	}
	return line.n > 0;
}

/* Words alone prove little: two letters are in many texts. Away from the port a device or "?" must be
 * there. */
static unsigned probe_command(struct bytes line, bool port)
{
	struct kv_command c;

	if (kv_parse(line, &c) != GOOD || c.row == ROW_NONE)
		return port && c.row != ROW_NONE ? 40 : 0;
	bool place = c.device.space != 0 || kv_shapes[c.row] == SHAPE_ASK || kv_shapes[c.row] == SHAPE_PLACES;

	return port ? 85 : place ? 70 : 0;
}

static unsigned kv_probe(const struct proto_ctx *x, struct cursor head)
{
	bool port = on_port(x), ended = false;
	struct bytes rest = cur_rest(&head);
	struct bytes line = rest;

	for (size_t i = 0; i < rest.n && !ended; i++) {
		ended = rest.p[i] == '\r' || rest.p[i] == '\n';
		line.n = i;
	}
	line = ascii_trim(line);
	if (!ended || line.n == 0)
		return 0;
	unsigned sure = probe_command(line, port);

	return sure > 0 ? sure : port && is_answer(line) ? 50 : 0;
}

static struct cut kv_cut(struct proto_ctx *x, struct cursor have)
{
	(void)x;
	struct bytes b = cur_rest(&have);

	for (size_t i = 0; i < b.n && i < LINE_MAX; i++)
		if (b.p[i] == '\r' || b.p[i] == '\n')
			return cut_message(i + 1); /* the LF behind a CR is an empty line */
	return b.n >= LINE_MAX ? cut_lost() : cut_need(b.n + 1);
}

/* ---- acts ---- */

static bool waits(uint8_t row)
{
	return row != ROW_NONE &&
	       (kv_codes[row - 1].verb == VERB_READ || kv_codes[row - 1].verb == VERB_IDENTIFY);
}

static struct obs *begin(struct proto_ctx *x, const struct kv_asked *a, uint8_t phase)
{
	const struct proto_code *row = a->row == ROW_NONE ? NULL : &kv_codes[a->row - 1];
	struct obs *o = act_begin_row(x, row, 0);

	if (row != NULL)
		o->flags &= (uint16_t)~FLAG_BY_DEVICE;	/* the word told who asks */
	o->phase = phase;
	o->actor = ends_asking(x);
	o->device = ends_answering(x);
	return o;
}

static void text_value(struct proto_ctx *x, struct bytes text)
{
	if (text.n > 0)
		act_value(x, VAL_TEXT, 8, 1, text);
}

static void object_of(struct proto_ctx *x, struct obs *o, const struct kv_asked *a, struct bytes places)
{
	uint8_t shape = kv_shapes[a->row];

	if (a->device.space != 0) {
		o->object.space = a->device.space;
		o->object.parts = 1;
		o->object.part[0] = a->device.number;
		o->object.count = a->count;
	} else if (shape == SHAPE_UNIT_READ || shape == SHAPE_UNIT_WRITE) {
		o->object.space = SPACE_UNIT;
		o->object.parts = 2;
		o->object.part[0] = a->unit;
		o->object.part[1] = a->device.number;
		o->object.count = a->count;
	} else if (shape == SHAPE_PLACES) {
		o->object.space = SPACE_MONITORED;
		o->object.count = a->count;
		o->object.name = act_text(x, (struct bytes){ places.p, min_size(places.n, TEXT_KEPT) });
	} else if (shape == SHAPE_BANK) {
		o->object.space = SPACE_BANK;
		o->object.parts = 1;
		o->object.part[0] = a->unit;
	}
}

/* What is written by it. False: a value is none. */
static bool ask_value(struct proto_ctx *x, const struct kv_command *c, struct bytes line)
{
	uint8_t bits[ITEMS_MOST / 8];

	switch (kv_shapes[c->row]) {
	case SHAPE_WRITE:
	case SHAPE_WRITES:
	case SHAPE_UNIT_WRITE:
		if (c->device.format == FORMAT_TIMER) {
			text_value(x, c->rest);
			return true;
		}
		return kv_values(x, c->device.format, c->rest, c->count);
	case SHAPE_SWITCH:
	case SHAPE_SWITCHES: {
		bool up = c->row == ROW_ST || c->row == ROW_STS;

		memset(bits, up ? 0xff : 0, sizeof(bits));
		if (up && c->count % 8 != 0)
			bits[c->count / 8] = (uint8_t)((1 << c->count % 8) - 1);
		act_value(x, VAL_BOOL, 1, c->count, (struct bytes){ bits, (c->count + 7) / 8 });
		return true;
	}
	case SHAPE_CLOCK:
		text_value(x, c->rest);
		return true;
	default:
		if (c->row == ROW_NONE)
			text_value(x, line);
		return true;
	}
}

/* The act of a command whose answer did not come, or cannot be waited for. */
static void say_open(struct proto_ctx *x, const struct kv_asked *a, uint64_t act, uint8_t outcome)
{
	struct obs *o = begin(x, a, act == 0 ? PHASE_WHOLE : PHASE_ANSWER);

	o->re = act;
	o->outcome = outcome;
	object_of(x, o, a, (struct bytes){ NULL, 0 });
	act_emit(x);
}

static enum reason command(struct proto_ctx *x, struct bytes line)
{
	struct kv_state *st = x->state;
	struct kv_command c;
	enum reason r = kv_parse(line, &c);
	struct kv_kept k = {.a = {.row = c.row,
				  .from_client = x->from_client,
				  .device = c.device,
				  .count = c.count,
				  .unit = c.unit,
				  .n = (uint16_t)min_size(line.n, TEXT_KEPT)}};
	uint64_t act = 0;

	memcpy(k.text, line.p, k.a.n);
	if (r == GOOD && !waits(c.row)) {
		struct obs *o = begin(x, &k.a, PHASE_ASK);

		object_of(x, o, &k.a, c.rest);
		if (ask_value(x, &c, line))
			act = act_emit(x);
		else
			r = BAD_VALUE;
	}
	k.a.why = (uint8_t)r;
	if (!pair_ask(x, st->asked++, act, &k, sizeof(k.a) + k.a.n) && r == GOOD && act == 0)
		say_open(x, &k.a, 0, OUT_UNKNOWN);
	return r;
}

/* ---- answers ---- */

static void say_model(struct proto_ctx *x, struct side device, struct bytes line)
{
	struct kv_state *st = x->state;
	uint64_t code, h = hash_bytes(line.p, line.n, 0) | 1;

	if (!ascii_number(line, &code) || st->said == h)
		return;
	const char *model = kv_model(code);
	struct bytes vendor = {(const uint8_t *)"KEYENCE", 7};

	st->said = h;
	fact_say(x, &device, FACT_VENDOR, vendor, 0, 0, TRUST_LIKELY);
	if (model != NULL)
		fact_str(x, &device, FACT_MODEL, model);
}

/* The value of an answer; the act it belongs to has begun. */
static enum reason answer_value(struct proto_ctx *x, const struct kv_asked *a, struct bytes line)
{
	static const struct {
		const char *word;
		uint8_t row;
	} others[] = {{"CC", ROW_CR}, {"CF", ROW_CQ}};
	uint64_t v;

	switch (kv_shapes[a->row]) {
	case SHAPE_READ:
	case SHAPE_READS:
	case SHAPE_UNIT_READ:
		if (kv_count(line) != a->count)
			return BAD_ANSWER_COUNT;
		if (a->device.format == FORMAT_TIMER) {
			text_value(x, line);
			return GOOD;
		}
		return kv_values(x, a->device.format, line, a->count) ? GOOD : BAD_ANSWER;
	case SHAPE_MONITOR:
	case SHAPE_COMMENT:
		text_value(x, line);
		return GOOD;
	case SHAPE_ASK: {
		uint8_t raw[2];

		if (!ascii_number(line, &v) || v > UINT16_MAX)
			return BAD_ANSWER;
		raw[0] = (uint8_t)(v >> 8);
		raw[1] = (uint8_t)v;
		act_value(x, VAL_UINT, 16, 1, (struct bytes){ raw, 2 });
		return GOOD;
	}
	default:
		break;
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (a->row == others[i].row && ascii_begins(line, others[i].word))
			return GOOD;
	if (a->row == ROW_NONE) {
		text_value(x, line);
		return GOOD;
	}
	return ascii_is(line, "OK") ? GOOD : BAD_ANSWER;
}

static enum reason unasked(struct proto_ctx *x, struct bytes line)
{
	struct kv_asked none = { .row = ROW_NONE };
	struct obs *o = begin(x, &none, PHASE_PUSH);

	o->verb = VERB_REPORT;
	o->object.class = CLASS_DATA;
	o->trust = TRUST_GUESS;
	o->note = act_str(x, "unasked");
	text_value(x, line);
	act_emit(x);
	return GOOD;
}

/* A repeated command is no answer: the next line is. */
static bool is_echo(const struct ask *ask, const struct kv_kept *k, struct bytes line)
{
	if (ask->n != sizeof(k->a) + min_size(line.n, TEXT_KEPT) || line.n < k->a.n)
		return false;
	for (size_t i = 0; i < k->a.n; i++)
		if (ascii_lower(line.p[i]) != ascii_lower(k->text[i]))
			return false;
	return true;
}

/* What an answer to this command looks like; of many any text may be one. */
static enum fit fit(struct proto_ctx *x, const struct ask *ask, const void *answer)
{
	struct bytes line = *(const struct bytes *)answer;
	bool ok = ascii_is(line, "OK"), opened = ascii_is(line, "CC"), closed = ascii_is(line, "CF");
	struct kv_kept k;

	(void)x;
	memcpy(&k, ask->blob, min_size(ask->n, sizeof(k)));
	if (is_error(line) || is_echo(ask, &k, line) || k.a.why != GOOD || k.a.row == ROW_NONE)
		return FIT_GOOD;
	switch (kv_shapes[k.a.row]) {
	case SHAPE_READ: case SHAPE_READS: case SHAPE_UNIT_READ:
		return !ok && !opened && !closed && kv_count(line) == k.a.count ? FIT_GOOD : FIT_NONE;
	case SHAPE_ASK: case SHAPE_MONITOR: case SHAPE_COMMENT:
		return ok ? FIT_NONE : FIT_GOOD;
	default:
		return ok || (opened && k.a.row == ROW_CR) || (closed && k.a.row == ROW_CQ) ? FIT_GOOD :
											      FIT_NONE;
	}
}

/* alone: no other line is in the same message. */
static enum reason answer(struct proto_ctx *x, struct bytes line, bool alone)
{
	const struct ask *ask = pair_in_order(x, fit, &line);
	struct kv_kept k;

	if (ask == NULL || ask->n < sizeof(k.a))
		return unasked(x, line);
	memcpy(&k, ask->blob, min_size(ask->n, sizeof(k)));
	if (is_echo(ask, &k, line))
		return GOOD;
	uint64_t act = ask->act;

	pair_answer_in_order(x, ask);
	if (alone && waits(k.a.row) &&
	    act_again(x, (struct bytes){ (const uint8_t *)&k, sizeof(k.a) + k.a.n }, line))
		return GOOD;
	struct obs *o = begin(x, &k.a, act == 0 ? PHASE_WHOLE : PHASE_ANSWER);
	struct bytes text = { k.text, k.a.n };
	enum reason r = GOOD;

	kv_word(&text);
	object_of(x, o, &k.a, text);
	o->outcome = OUT_DONE;
	if (k.a.why != GOOD)
		o->note = act_str(x, kv_reasons[k.a.why]);
	if (is_error(line)) {
		const char *note = kv_error_note((uint8_t)(line.p[1] - '0'));

		o->outcome = OUT_REFUSED;
		o->result = line.p[1] - '0' + 1u; /* E0 is an error too */
		if (note != NULL)
			o->note = act_str(x, note);
	} else if (k.a.why == GOOD) {
		r = answer_value(x, &k.a, line);
		if (r != GOOD)
			o->outcome = OUT_UNKNOWN;
	}
	struct side device = o->device;

	act_emit(x);
	if (k.a.row == ROW_MODEL && o->outcome == OUT_DONE && r == GOOD)
		say_model(x, device, line);
	return r;
}

/* ---- lines ---- */

/* Where the capture began in the middle, or with an answer, the words tell who asks. */
static void tell_ends(struct proto_ctx *x, struct bytes line)
{
	struct kv_state *st = x->state;
	struct kv_command c;

	if (x->ends_known || st->asked > 0)
		return;
	bool asks = kv_parse(line, &c) == GOOD && c.row != ROW_NONE;

	if (asks ? !ends_asks(x) : is_answer(line) && ends_asks(x))
		st->ends.swapped ^= 1;
}

static enum reason one_line(struct proto_ctx *x, struct bytes line, bool alone)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] < ' ' && line.p[i] != '\t')
			return BAD_TEXT;
	if (line.n == 0)
		return GOOD;
	tell_ends(x, line);
	return ends_asks(x) ? command(x, line) : answer(x, line, alone);
}

static struct bytes next_line(struct bytes *rest)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] != '\r' && rest->p[n] != '\n')
		n++;
	struct bytes line = { rest->p, n };

	*rest = ascii_skip(*rest, n + 1);
	return ascii_trim(line);
}

static bool kv_message(struct proto_ctx *x, struct cursor msg)
{
	struct bytes rest = cur_rest(&msg), count = rest;
	enum reason first = GOOD;
	unsigned lines = 0;

	while (count.n > 0)
		lines += next_line(&count).n > 0;
	while (rest.n > 0) {
		enum reason r = one_line(x, next_line(&rest), lines == 1);

		first = first == GOOD ? r : first;
	}
	x->why = kv_reasons[first];
	return first == GOOD;
}

/* What is open can no longer be told from what follows, when answers were lost. */
static void kv_lost(struct proto_ctx *x, uint64_t bytes)
{
	const struct ask *ask;
	struct kv_asked a;

	(void)bytes;
	while ((ask = pair_oldest(x)) != NULL) {
		memcpy(&a, ask->blob, min_size(ask->n, sizeof(a)));
		if ((bool)a.from_client == x->from_client)
			return;
		ask = pair_answer(x, ask->id);
		if (a.why == GOOD)
			say_open(x, &a, ask->act, OUT_UNKNOWN);
	}
}

static void kv_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct kv_asked a;

	if (ask->n < sizeof(a))
		return;
	memcpy(&a, ask->blob, sizeof(a));
	if (a.why == GOOD)
		say_open(x, &a, ask->act, OUT_UNANSWERED);
}

const struct proto proto_kv = {
	.name = "kv",
	.on = ON_TCP,
	.also_udp = true,
	.ports = {PORT},
	.state_size = sizeof(struct kv_state),
	.verified = VERIFIED_SYNTHETIC,
	.codes = kv_codes,
	.code_count = ROWS - 1,
	.spaces = kv_spaces,
	.probe = kv_probe,
	.cut = kv_cut,
	.message = kv_message,
	.lost = kv_lost,
	.unanswered = kv_unanswered,
};

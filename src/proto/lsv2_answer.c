/* proto/lsv2_answer.c: what the control answers. Sources as lsv2.h names them. */
#include "proto/lsv2.h"

#include <string.h>

enum { TOLD_VENDOR = 1, TOLD_MODEL = 2, TOLD_FIRMWARE = 4, TOLD_PLC = 8 };

static void text(struct proto_ctx *x, struct bytes b)
{
	act_value(x, VAL_TEXT, 8, 1, b);
}

static void raw(struct proto_ctx *x, struct bytes b)
{
	if (b.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)b.n, b);
}

/* ---- facts ---- */

static void fact_once(struct proto_ctx *x, const struct side *device, uint8_t bit, enum fact_kind kind,
		      struct bytes b)
{
	struct lsv2_state *st = x->state;

	if ((st->told & bit) || b.n == 0)
		return;
	st->told |= bit;
	fact_say(x, device, kind, b, 0, 0, TRUST_LIKELY);
}

/* PYL: what R_VR asked for with 1, 2, 3; TFI: all of them behind each other when it asked for nothing. */
static void version_facts(struct proto_ctx *x, const struct side *device, uint32_t number, struct bytes body)
{
	static const struct { uint8_t bit, kind; } facts[] = {
		{ TOLD_MODEL, FACT_MODEL }, { TOLD_FIRMWARE, FACT_FIRMWARE }, { TOLD_PLC, FACT_MODULE },
	};
	struct lsv2_state *st = x->state;
	struct cursor c = cur_over(body);
	unsigned from = number == 0 ? 0 : number - 1, to = number == 0 ? ARRAY_LEN(facts) : number;

	for (unsigned i = from; i < to && i < ARRAY_LEN(facts); i++)
		fact_once(x, device, facts[i].bit, facts[i].kind, lsv2_string(&c));
	if (!(st->told & TOLD_VENDOR)) {
		st->told |= TOLD_VENDOR;
		fact_str(x, device, FACT_VENDOR, "HEIDENHAIN");
	}
}

/* ---- values ---- */

static uint8_t low(uint16_t v)
{
	return (uint8_t)min_size(v, UINT8_MAX);
}

/* PYL: class:2 group:2 number:4 text. */
static void error_message(struct proto_ctx *x, struct bytes body)
{
	struct cursor c = cur_over(body);

	cur_take(&c, 8);
	if (cur_broken(&c))
		raw(x, body);
	else
		text(x, lsv2_string(&c));
}

/* PYL: three numbers of 4 bytes, hundredths of a per cent: feed, spindle, rapid. The feed is the value. */
static void overrides(struct proto_ctx *x, struct lsv2_own *w, struct bytes body)
{
	struct cursor c = cur_over(body);
	uint32_t speed, rapid;

	cur_take(&c, 4);
	speed = cur_be32(&c);
	rapid = cur_be32(&c);
	if (cur_broken(&c)) {
		raw(x, body);
		return;
	}
	act_value(x, VAL_UINT, 32, 3, (struct bytes){ body.p, 12 });
	if (w != NULL) {
		w->has_override = 1;
		w->speed = speed / 100.0;
		w->rapid = rapid / 100.0;
	}
}

static void run_info(struct proto_ctx *x, struct lsv2_own *w, uint32_t number, struct bytes body)
{
	struct cursor c = cur_over(body);
	uint16_t state;

	switch (number) {
	case RI_EXEC: case RI_STATE:
		state = cur_be16(&c);
		if (cur_broken(&c))
			break;
		act_value(x, VAL_UINT, 16, 1, (struct bytes){ body.p, 2 });
		if (w != NULL && number == RI_EXEC) {
			w->has_exec = 1;
			w->exec = low(state);
		} else if (w != NULL) {
			w->has_state = 1;
			w->state = low(state);
		}
		return;
	case RI_OVERRIDE: overrides(x, w, body); return;
	case RI_ERROR: case RI_NEXT_ERROR: error_message(x, body); return;
	}
	raw(x, body);
}

/* PYL: line:4 main program, NUL, current program, NUL. The main program is an act of its own when it is
 * another one. */
static void programs(struct proto_ctx *x, const struct lsv2_asked *a, struct bytes body)
{
	struct cursor c = cur_over(body);
	uint32_t line = cur_be32(&c);
	struct bytes name[2];
	unsigned n = 2;

	name[1] = lsv2_string(&c);
	name[0] = lsv2_string(&c);
	if (name[0].n == 0 || (name[0].n == name[1].n && memcmp(name[0].p, name[1].p, name[0].n) == 0)) {
		name[0] = name[1];
		n = 1;
	}
	for (unsigned i = 0; i < n; i++) {
		struct obs *o = lsv2_begin(x, a, PHASE_WHOLE);

		o->outcome = OUT_DONE;
		o->item = (uint16_t)i;
		o->items = (uint16_t)n;
		if (i == 1)
			o->object.space = SPACE_MAIN;
		if (cur_broken(&c))
			raw(x, body);
		else
			text(x, name[i]);
		struct lsv2_own *w = lsv2_own(x, a);

		if (w != NULL && !cur_broken(&c)) {
			w->has_line = 1;
			w->line = line;
		}
		struct running_name said = running_of(o);
		struct side device = o->device;

		act_emit(x);
		running_say(x, &((struct lsv2_state *)x->state)->running, &device, i, &said);
	}
}

/* PYL: type:4 and a value of it. */
static void data_path(struct proto_ctx *x, struct bytes body)
{
	struct cursor c = cur_over(body);
	uint32_t type = cur_be32(&c);
	struct bytes b = cur_rest(&c);
	uint8_t real[8];

	if (type == 2 && b.n >= 2) {
		act_value(x, VAL_INT, 16, 1, (struct bytes){ b.p, 2 });
	} else if (type == 3 && b.n >= 4) {
		act_value(x, VAL_INT, 32, 1, (struct bytes){ b.p, 4 });
	} else if (type == 5 && b.n >= 8) {	/* the one number that is little-endian */
		for (unsigned i = 0; i < 8; i++)
			real[i] = b.p[7 - i];
		act_value(x, VAL_REAL, 64, 1, (struct bytes){ real, 8 });
	} else if (type == 8) {
		c = cur_over(b);
		text(x, lsv2_string(&c));
	} else if (type == 11 && b.n >= 1) {
		act_value(x, VAL_BOOL, 8, 1, (struct bytes){ b.p, 1 });
	} else if ((type == 16 || type == 17) && b.n >= 1) {
		act_value(x, type == 16 ? VAL_INT : VAL_UINT, 8, 1, (struct bytes){ b.p, 1 });
	} else {
		raw(x, body);
	}
}

/* PYL: of the 120 or 124 bytes the version of LSV2 at 96 and the longest block at 98. */
static void system_parameters(struct proto_ctx *x, struct lsv2_own *w, struct bytes body)
{
	struct cursor c = cur_over(body);

	raw(x, body);
	cur_take(&c, 96);
	uint8_t version = cur_u8(&c);

	cur_take(&c, 1);
	uint16_t length = cur_be16(&c);

	if (w != NULL && !cur_broken(&c)) {
		w->lsv2_version = version;
		w->block_length = length;
	}
}

/* PYL: free space:4 attributes:128 attributes:32 path. */
static void directory_info(struct proto_ctx *x, struct bytes body)
{
	struct cursor c = cur_over(body);

	cur_take(&c, 164);
	if (cur_broken(&c))
		raw(x, body);
	else
		text(x, lsv2_string(&c));
}

static void value(struct proto_ctx *x, struct lsv2_own *w, const struct lsv2_asked *a, struct bytes body)
{
	struct cursor c = cur_over(body);

	switch (a->code) {
	case R_VR:
		text(x, a->number == 0 ? body : lsv2_string(&c));
		return;
	case R_RI: run_info(x, w, a->number, body); return;
	case R_MC: text(x, lsv2_string(&c)); return;
	case R_MB:
		if (body.n > 0)
			act_value(x, VAL_UINT, 8, (unsigned)body.n, body);
		return;
	case R_DP: data_path(x, body); return;
	case R_PR: system_parameters(x, w, body); return;
	case R_DI: directory_info(x, body); return;
	case R_FI:	/* size:4 time:4 attributes:4 name */
		if (body.n >= 4)
			act_value(x, VAL_UINT, 32, 1, (struct bytes){ body.p, 4 });
		return;
	}
	raw(x, body);
}

/* ---- answers ---- */

static void say_answer(struct proto_ctx *x, const struct lsv2_asked *a, uint64_t act, struct bytes body)
{
	if (a->code == R_RI && a->number == RI_PROGRAM) {
		programs(x, a, body);
		return;
	}
	struct obs *o = lsv2_begin(x, a, lsv2_waits(a->code) ? PHASE_WHOLE : PHASE_ANSWER);
	struct side device = o->device;

	o->re = act;
	o->outcome = OUT_DONE;
	value(x, lsv2_own(x, a), a, body);
	act_emit(x);
	if (a->code == R_VR)
		version_facts(x, &device, a->number, body);
}

static void note_unasked(struct proto_ctx *x, struct obs *o)
{
	if (!(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
}

/* An answer whose question was not seen: what it is about is its own name. */
static void say_alone(struct proto_ctx *x, const struct lsv2_telegram *t)
{
	uint32_t letters = t->code & 0x00ffffff;
	struct lsv2_asked a = { .code = t->code };

	if (t->code >> 24 == 'S' && lsv2_row((uint32_t)'R' << 24 | letters) != NULL)
		a.code = (uint32_t)'R' << 24 | letters;
	struct obs *o = lsv2_begin(x, &a, PHASE_ANSWER);
	struct lsv2_own *w = lsv2_own(x, &a);

	o->object.space = 0;
	o->object.parts = 0;
	note_unasked(x, o);
	if (t->code == T_ER || t->code == T_BD) {
		struct cursor c = cur_over(t->body);
		uint16_t result = cur_be16(&c);

		o->outcome = OUT_REFUSED;
		o->result = result;
		if (w != NULL)
			w->error = lsv2_error((uint8_t)result);
	} else {
		o->outcome = OUT_DONE;
		raw(x, t->body);
	}
	act_emit(x);
}

/* The command was taken. */
static void done(struct proto_ctx *x, const struct lsv2_asked *a, uint64_t act)
{
	struct lsv2_state *st = x->state;

	if (a->code == A_LG)
		flow_who(x, (struct bytes){ a->name, a->name_n });
	else if (a->code == A_LO)
		flow_who(x, (struct bytes){ NULL, 0 });
	else if (a->code == LSV2_COMMAND(CC_SECURE))
		st->secure = 1;
	lsv2_ended(x, a, act, OUT_DONE, 0);
}

static void refused(struct proto_ctx *x, const struct lsv2_asked *a, uint64_t act, uint16_t result)
{
	struct lsv2_state *st = x->state;
	bool no_more = a->code == R_RI && (a->number == RI_ERROR || a->number == RI_NEXT_ERROR) &&
		       (result & 0xff) == 57;

	if (a->code == R_DR || ((a->code == C_FL || a->code == R_FL) && st->mode != MODE_NONE)) {
		if (a->code != R_DR)
			lsv2_file_drop(x);
		st->mode = MODE_NONE;
	}
	lsv2_ended(x, a, act, no_more ? OUT_DONE : OUT_REFUSED, result);
}

/* PYL: entries of size:4 time:4 attributes:4 name, NUL; one in a telegram, or many. */
static void add_entries(struct proto_ctx *x, struct bytes body)
{
	struct lsv2_state *st = x->state;
	struct cursor c = cur_over(body);

	while (c.left > 12) {
		cur_take(&c, 12);
		struct bytes name = lsv2_string(&c);

		st->entries++;
		if (name.n + (st->listed_n > 0) > sizeof(st->listed) - st->listed_n)
			continue;
		if (st->listed_n > 0)
			st->listed[st->listed_n++] = ' ';
		memcpy(st->listed + st->listed_n, name.p, name.n);
		st->listed_n = (uint8_t)(st->listed_n + name.n);
	}
}

static void listing_ends(struct proto_ctx *x)
{
	struct lsv2_state *st = x->state;
	struct lsv2_asked a = { .code = R_DR };
	struct obs *o = lsv2_begin(x, &a, PHASE_WHOLE);

	st->mode = MODE_NONE;
	o->outcome = OUT_DONE;
	text(x, (struct bytes){ st->listed, st->listed_n });
	struct lsv2_own *w = lsv2_own(x, &a);

	if (w != NULL)
		w->entries = st->entries;
	act_emit(x);
}

/* S_VR answers R_VR; questions are not answered by T_OK, and T_FD ends a file. T_ER and T_BD tell nothing:
 * they are for the first that is waited for. */
static enum fit fit(struct proto_ctx *x, const struct ask *ask, const void *answer)
{
	const struct lsv2_telegram *t = answer;
	struct lsv2_asked a;

	(void)x;
	if (!lsv2_unpack(ask, &a))
		return FIT_NONE;
	switch (t->code) {
	case T_OK: return a.code >> 24 == 'R' ? FIT_POOR : FIT_GOOD;
	case T_FD: return a.code == R_FL ? FIT_GOOD : FIT_NONE;
	}
	return (a.code & 0x00ffffff) == (t->code & 0x00ffffff) ? FIT_GOOD : FIT_NONE;
}

/* The question this answers: answers come in the order of questions. */
static bool take(struct proto_ctx *x, const struct lsv2_telegram *t, struct lsv2_asked *ret,
		 uint64_t *ret_act)
{
	const struct ask *ask = pair_in_order(x, fit, t);

	if (ask == NULL || !lsv2_unpack(ask, ret))
		return false;
	*ret_act = ask->act;
	pair_answer_in_order(x, ask);
	return true;
}

/* Telegrams that go on with a transfer or end it. */
static bool goes_on(struct proto_ctx *x, const struct lsv2_telegram *t)
{
	struct lsv2_state *st = x->state;
	struct lsv2_asked a;
	uint64_t act;

	if (st->mode == MODE_LIST) {
		if (take(x, t, &a, &act) && a.code != R_DR)
			say_alone(x, t);
		if (t->code == S_DR)
			add_entries(x, t->body);
		else
			listing_ends(x);
		return true;
	}
	if (st->mode != MODE_READ)
		lsv2_file_open(x, NULL, MODE_READ);
	else if (take(x, t, &a, &act) && a.code == R_FL)
		lsv2_ended(x, &a, act, OUT_DONE, 0);
	if (t->code == S_FL)
		lsv2_file_data(x, t->body);
	else
		lsv2_file_end(x, PHASE_WHOLE, true, 0);
	return true;
}

/* T_OK, T_ER, T_BD. */
static bool acknowledged(struct proto_ctx *x, const struct lsv2_telegram *t)
{
	struct lsv2_state *st = x->state;
	struct cursor c = cur_over(t->body);
	uint16_t result = t->code == T_OK ? 0 : cur_be16(&c);
	struct lsv2_asked a;
	uint64_t act;

	if (cur_broken(&c)) {
		x->why = "length";
		return false;
	}
	if (take(x, t, &a, &act)) {
		if (t->code == T_OK)
			done(x, &a, act);
		else
			refused(x, &a, act, result);
	} else if (st->mode == MODE_NONE && !st->late) {
		say_alone(x, t);
	} else if (t->code != T_OK && st->mode == MODE_LIST) {
		listing_ends(x);
	} else if (t->code != T_OK && st->mode != MODE_NONE) {
		lsv2_file_end(x, st->mode == MODE_SEND ? PHASE_ASK : PHASE_WHOLE, false, result);
	}
	st->late = 0;
	return true;
}

bool lsv2_answer(struct proto_ctx *x, const struct lsv2_telegram *t)
{
	struct lsv2_asked a;

	if (t->code == S_FL || t->code == T_FD || t->code == S_DR)
		return goes_on(x, t);
	if (t->code == T_OK || t->code == T_ER || t->code == T_BD)
		return acknowledged(x, t);
	if (t->code == M_CC) {
		a = (struct lsv2_asked){ .code = M_CC };
		struct obs *o = lsv2_begin(x, &a, PHASE_PUSH);

		o->outcome = OUT_DONE;
		raw(x, t->body);
		lsv2_own(x, &a);
		act_emit(x);
		return true;
	}
	uint64_t act;

	if (!take(x, t, &a, &act)) {
		say_alone(x, t);
		return true;
	}
	if ((a.code & 0x00ffffff) != (t->code & 0x00ffffff)) {	/* S_VR answers R_VR */
		lsv2_ended(x, &a, act, OUT_UNKNOWN, 0);
		x->why = "answer";
		return false;
	}
	say_answer(x, &a, act, t->body);
	return true;
}

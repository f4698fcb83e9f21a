/* proto/lsv2_ask.c: what the client sends: logins, questions, commands, files. Sources as lsv2.h names
 * them. */
#include "proto/lsv2.h"

#include <string.h>

static void keep_name(struct lsv2_asked *a, struct bytes name)
{
	a->name_n = (uint16_t)min_size(name.n, sizeof(a->name));
	if (a->name_n > 0)
		memcpy(a->name, name.p, a->name_n);
}

/* The code that HEIDENHAIN prints in its manuals for opening the PLC area; as public as a number can be. */
static bool is_default_code(struct bytes password)
{
	static const char code[] = "807667";

	return password.n == sizeof(code) - 1 && memcmp(password.p, code, password.n) == 0;
}

/* PYL: privilege, NUL, and for some a password, NUL. The password goes nowhere: a login is never malformed,
 * because what is malformed is shown as it came. */
static bool login(struct proto_ctx *x, struct lsv2_asked *a, struct cursor c)
{
	keep_name(a, lsv2_string(&c));
	bool more = c.left > 0;
	struct bytes password = lsv2_string(&c);

	lsv2_begin(x, a, PHASE_ASK);
	if (more && a->code == A_LG)
		act_value(x, VAL_SECRET, 0, 0, (struct bytes){ NULL, 0 });
	struct lsv2_own *w = lsv2_own(x, a);

	if (w != NULL && a->code == A_LG) {
		w->is_login = 1;
		w->password = password.n > 0;
		w->default_code = is_default_code(password);
	}
	lsv2_remember(x, a, act_emit(x));
	return true;
}

/* PYL: command:2, for some a text. */
static bool command(struct proto_ctx *x, struct lsv2_asked *a, struct cursor c)
{
	const struct cursor whole = c;
	uint16_t number = cur_be16(&c);

	if (cur_broken(&c)) {
		x->why = "length";
		return false;
	}
	a->code = lsv2_row(LSV2_COMMAND(number)) != NULL && number <= CC_MAX ? LSV2_COMMAND(number) : C_CC;
	a->number = number;
	keep_name(a, lsv2_string(&c));
	lsv2_begin(x, a, PHASE_ASK);
	if (a->code == C_CC)
		act_value(x, VAL_UINT, 16, 1, (struct bytes){ whole.p, 2 });
	lsv2_own(x, a);
	lsv2_remember(x, a, act_emit(x));
	return true;
}

/* Telegrams that name a file or folder; C_FL and R_FL are followed by a mode, C_FC and C_FR by a second
 * name. */
static bool on_file(struct proto_ctx *x, struct lsv2_asked *a, struct cursor c)
{
	struct bytes name = lsv2_string(&c), target = { NULL, 0 };

	if (name.n == 0) {
		x->why = "name";
		return false;
	}
	if (a->code == C_FC || a->code == C_FR)
		target = lsv2_string(&c);
	else if (a->code == C_FL || a->code == R_FL)
		a->binary = cur_u8(&c) == 1;
	if (a->code == C_FL || a->code == R_FL || a->code == C_FD || a->code == C_FC)
		a->class = lsv2_class(a->code == C_FC && target.n > 0 ? target : name);
	/* A copy is a new file: that is the one written. */
	keep_name(a, a->code == C_FC && target.n > 0 ? target : name);
	lsv2_begin(x, a, PHASE_ASK);
	struct lsv2_own *w = lsv2_own(x, a);

	if (w != NULL && target.n > 0)
		w->other_name = act_text(x, a->code == C_FC ? name : target);
	lsv2_remember(x, a, act_emit(x));
	if (a->code == C_FL || a->code == R_FL)
		lsv2_file_open(x, a, a->code == C_FL ? MODE_SEND : MODE_READ);
	return true;
}

/* PYL: flags:4 (0 keeps it beyond the next start), name, NUL, value, NUL. */
static bool machine_parameter(struct proto_ctx *x, struct lsv2_asked *a, struct cursor c)
{
	uint32_t flags = cur_be32(&c);
	struct bytes name = lsv2_string(&c), value = lsv2_string(&c);

	if (cur_broken(&c) || name.n == 0) {
		x->why = "name";
		return false;
	}
	keep_name(a, name);
	lsv2_begin(x, a, PHASE_ASK);
	act_value(x, VAL_TEXT, 8, 1, value);
	struct lsv2_own *w = lsv2_own(x, a);

	if (w != NULL) {
		w->has_permanent = 1;
		w->permanent = flags == 0;
	}
	lsv2_remember(x, a, act_emit(x));
	return true;
}

/* C_EK key:2, C_LK locked:1; everything else as it came. */
static bool plain(struct proto_ctx *x, struct lsv2_asked *a, struct bytes body)
{
	struct cursor c = cur_over(body);

	if (a->code == C_EK)
		a->number = cur_be16(&c);
	else if (a->code == C_LK)
		a->number = cur_u8(&c);
	if (cur_broken(&c)) {
		x->why = "length";
		return false;
	}
	lsv2_begin(x, a, PHASE_ASK);
	if (a->code == C_LK)
		act_value(x, VAL_BOOL, 8, 1, (struct bytes){ body.p, 1 });
	else if (a->code != C_EK && body.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)body.n, body);
	lsv2_own(x, a);
	lsv2_remember(x, a, act_emit(x));
	return true;
}

/* Questions wait for their answer; what names their object is kept. */
static bool question(struct proto_ctx *x, struct lsv2_asked *a, struct cursor c)
{
	struct lsv2_state *st = x->state;
	bool short_one = false;

	switch (a->code) {
	case R_VR:	/* TFI: without a number all of them */
		a->number = c.left > 0 ? cur_u8(&c) : 0;
		break;
	case R_RI:
		a->number = cur_be16(&c);
		short_one = cur_broken(&c);
		break;
	case R_MB:
		a->number = cur_be32(&c);
		a->count = cur_u8(&c);
		short_one = cur_broken(&c);
		break;
	case R_DP:
		cur_take(&c, 4);
		/* fall through */
	case R_MC: case R_FI: case C_DC:
		keep_name(a, lsv2_string(&c));
		short_one = a->name_n == 0;
		break;
	case R_DR:
		a->number = c.left > 0 ? cur_u8(&c) : 0;
		st->mode = MODE_LIST;
		st->entries = st->listed_n = 0;
		break;
	}
	if (short_one) {
		x->why = a->code == R_RI || a->code == R_MB ? "length" : "name";
		return false;
	}
	lsv2_remember(x, a, 0);
	return true;
}

/* Telegrams of a transfer: blocks, their acknowledgements and the end. */
static bool transfer(struct proto_ctx *x, const struct lsv2_telegram *t)
{
	struct lsv2_state *st = x->state;
	struct lsv2_asked end = { .code = T_FD };

	if (t->code == S_FL) {
		if (st->mode != MODE_SEND)
			lsv2_file_open(x, NULL, MODE_SEND);
		lsv2_file_data(x, t->body);
		return true;
	}
	if ((t->code == T_ER || t->code == T_BD) && st->mode == MODE_READ)
		lsv2_file_end(x, PHASE_WHOLE, false, 0);	/* the client gives up */
	if (t->code != T_FD)
		return true;	/* T_OK asks for the next block */
	uint64_t act = st->mode == MODE_SEND ? lsv2_file_end(x, PHASE_ASK, true, 0) : 0;

	if (act != 0 && st->secure) {
		end.class = st->file.class;
		lsv2_remember(x, &end, act);
	} else {
		st->late = 1;
	}
	return true;
}

bool lsv2_ask(struct proto_ctx *x, const struct lsv2_telegram *t)
{
	struct cursor c = cur_over(t->body);
	struct lsv2_asked a;

	memset(&a, 0, offsetof(struct lsv2_asked, name));
	a.code = t->code;
	switch (t->code) {
	case A_LG: case A_LO: return login(x, &a, c);
	case C_CC: return command(x, &a, c);
	case C_FL: case R_FL: case C_FD: case C_FC: case C_FR: case C_DM: case C_DD: return on_file(x, &a, c);
	case C_MC: return machine_parameter(x, &a, c);
	case S_FL: case T_FD: case T_OK: case T_ER: case T_BD: return transfer(x, t);
	}
	return lsv2_waits(t->code) ? question(x, &a, c) : plain(x, &a, t->body);
}

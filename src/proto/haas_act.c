/* proto/haas_act.c: the acts about Haas commands, and the lines that bring them. */
#include "proto/haas.h"

#include <string.h>

struct obs *haas_begin(struct proto_ctx *x, const struct haas_asked *a, uint8_t phase)
{
	const struct proto_code *row = a->row == 0 ? NULL : &haas_codes[a->row - 1];
	struct obs *o;

	if (row != NULL) {
		o = ends_begin(x, row, phase);
	} else {
		/* A Q command that no public list has. All known ones read. */
		o = act_begin(x);
		o->phase = phase;
		o->actor = ends_asking(x);
		o->device = ends_answering(x);
		o->code = a->code;
		o->verb = VERB_READ;
		o->object.class = CLASS_DATA;
		o->flags |= FLAG_OPAQUE;
		o->trust = TRUST_LIKELY;
	}
	bool macro = a->code == CODE_MACRO_READ || a->code == CODE_MACRO_WRITE;

	o->object.space = macro ? HAAS_MACRO : HAAS_QUERY;
	o->object.parts = 1;
	o->object.part[0] = macro ? a->variable : a->code;
	return o;
}

void haas_value(struct proto_ctx *x, struct bytes text)
{
	double number;
	uint64_t bits;
	uint8_t raw[8];

	if (!haas_number(text, &number)) {
		if (text.n > 0)
			act_value(x, VAL_TEXT, 8, (unsigned)text.n, text);
		return;
	}
	memcpy(&bits, &number, sizeof(bits));
	for (unsigned i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)(bits >> (56 - 8 * i));
	act_value(x, VAL_REAL, 64, 1, (struct bytes){raw, sizeof(raw)});
}

void haas_say_open(struct proto_ctx *x, const struct haas_asked *a, uint64_t act, uint8_t outcome)
{
	struct obs *o = haas_begin(x, a, act == 0 ? PHASE_WHOLE : PHASE_ANSWER);

	o->re = act;
	o->outcome = outcome;
	act_emit(x);
}

/* The row + 1 of a Q command; 0: no public list has it. */
static uint8_t row_of(uint32_t code)
{
	const struct proto_code *row = haas_code(code);

	return row == NULL ? 0 : (uint8_t)(row - haas_codes + 1);
}

static struct bytes without_comma(struct bytes b)
{
	if (b.n > 0 && (b.p[0] == ',' || b.p[0] == '='))
		b = ascii_skip(b, 1);
	return ascii_trim(b);
}

/* The variable in front of rest, which is moved behind it. */
static bool variable(struct bytes *rest, uint32_t *ret)
{
	uint64_t n;
	size_t digits = 0;

	*rest = without_comma(*rest);
	while (digits < rest->n && rest->p[digits] >= '0' && rest->p[digits] <= '9')
		digits++;
	if (!ascii_number((struct bytes){rest->p, digits}, &n) || n > MACRO_MAX)
		return false;
	*ret = (uint32_t)n;
	*rest = ascii_skip(*rest, digits);
	return true;
}

static void ask(struct proto_ctx *x, const struct haas_asked *a, uint64_t act)
{
	struct haas_state *s = x->state;

	if (!pair_ask(x, s->asked++, act, a, sizeof(*a)) && act == 0)
		haas_say_open(x, a, 0, OUT_UNKNOWN);
}

static bool request_write(struct proto_ctx *x, uint32_t number, struct bytes rest)
{
	const struct haas_asked a = {
		.code = CODE_MACRO_WRITE, .variable = number, .row = row_of(CODE_MACRO_WRITE)};
	double value;

	rest = without_comma(rest);
	if (rest.n == 0) {
		x->why = "write-shape";
		return false;
	}
	struct obs *o = haas_begin(x, &a, PHASE_ASK);

	haas_value(x, rest);
	if (!haas_number(rest, &value))
		o->trust = TRUST_LIKELY;	/* the control takes numbers only */
	ask(x, &a, act_emit(x));
	return true;
}

static bool request_one(struct proto_ctx *x, struct bytes text)
{
	struct haas_asked a = {0};
	struct bytes rest;
	uint32_t number;
	uint8_t kind = haas_command(text, &number, &rest);

	if (kind == 0) {
		x->why = "not-a-command";
		return false;
	}
	if (kind == 'E')
		return request_write(x, number, rest);
	a.code = number;
	a.row = row_of(number);
	if (number == CODE_MACRO_READ && !variable(&rest, &a.variable)) {
		x->why = "no-variable";
		return false;
	}
	ask(x, &a, 0);
	return true;
}

bool haas_request(struct proto_ctx *x, struct bytes line)
{
	bool good = true;

	/* Several commands may stand in one line, each with its question mark. */
	while (good && line.n > 0) {
		size_t n = 1 + ascii_find(ascii_skip(line, 1), '?');

		good = request_one(x, ascii_trim((struct bytes){line.p, n}));
		line = ascii_skip(line, n);
	}
	return good;
}

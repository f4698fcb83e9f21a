/* proto/lsv2_act.c: what the acts of LSV2 have in common: ends, objects, results. */
#include "proto/lsv2.h"

#include "core/hex.h"

#include <string.h>

struct bytes lsv2_string(struct cursor *c)
{
	struct bytes b = { c->p, 0 };

	while (b.n < c->left && b.p[b.n] != '\0')
		b.n++;
	cur_take(c, b.n + (b.n < c->left));
	return b;
}

static bool ends_with(struct bytes name, const char *end)
{
	size_t n = strlen(end);

	if (name.n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = name.p[name.n - n + i];

		if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != end[i])
			return false;
	}
	return true;
}

/* HEIDENHAIN, file types: .H Klartext, .I DIN/ISO; .T tools, .TCH pockets. */
uint8_t lsv2_class(struct bytes name)
{
	if (ends_with(name, ".h") || ends_with(name, ".i"))
		return CLASS_PROGRAM;
	return ends_with(name, ".t") || ends_with(name, ".tch") ? CLASS_TOOL : CLASS_FILE;
}

bool lsv2_waits(uint32_t code)
{
	const struct proto_code *row = lsv2_row(code);

	return row != NULL &&
	       (row->verb == VERB_READ || row->verb == VERB_IDENTIFY || row->verb == VERB_BROWSE ||
		row->verb == VERB_QUERY) &&
	       code != R_FL;
}

static void name_number(struct proto_ctx *x, struct obs *o, const struct lsv2_asked *a)
{
	const char *name = lsv2_key_name(a->number);
	char hex[4];

	if (name != NULL) {
		o->object.name = act_str(x, name);
		return;
	}
	hex[0] = (char)a->number;
	if (a->number > 0x20 && a->number < 0x7f) {
		o->object.name = act_text(x, (struct bytes){ (const uint8_t *)hex, 1 });
		return;
	}
	for (unsigned i = 0; i < 4; i++)
		hex[i] = hex_digit(a->number >> (12 - 4 * i));
	o->object.name = act_text(x, (struct bytes){ (const uint8_t *)hex, sizeof(hex) });
}

static void name_it(struct proto_ctx *x, struct obs *o, const struct lsv2_asked *a)
{
	switch (a->code) {
	case R_RI:
		o->object.space = a->number == RI_PROGRAM ? SPACE_RUNNING : SPACE_RUN_INFO;
		o->object.parts = 1;
		o->object.part[0] = a->number;
		if (a->number == RI_ERROR || a->number == RI_NEXT_ERROR)
			o->object.class = CLASS_ALARM;
		break;
	case R_MB:
		o->object.space = SPACE_PLC;
		o->object.parts = 1;
		o->object.part[0] = a->number;
		o->object.count = a->count;
		break;
	case C_EK:
		o->object.space = SPACE_KEY;
		o->object.parts = 1;
		o->object.part[0] = a->number;
		name_number(x, o, a);
		break;
	case R_VR:
		if (lsv2_version_name(a->number) != NULL)
			o->object.name = act_str(x, lsv2_version_name(a->number));
		break;
	default:
		if (a->name_n > 0)
			o->object.name = act_text(x, (struct bytes){ a->name, a->name_n });
	}
}

struct obs *lsv2_begin(struct proto_ctx *x, const struct lsv2_asked *a, uint8_t phase)
{
	const struct lsv2_state *st = x->state;
	const struct proto_code *row = lsv2_row(a->code);
	struct obs *o = act_begin_row(x, row, a->code);

	if (a->class != CLASS_NONE)
		o->object.class = a->class;
	o->phase = phase;
	o->actor = ends_asking(x);
	o->device = ends_answering(x);
	o->trust = TRUST_LIKELY;	/* nothing of this was held against a capture of a real control */
	if (st->decided)
		o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	name_it(x, o, a);
	return o;
}

struct lsv2_own *lsv2_own(struct proto_ctx *x, const struct lsv2_asked *a)
{
	uint32_t code = a->code >= LSV2_COMMAND(0) && a->code <= LSV2_COMMAND(0xff) ? C_CC : a->code;
	uint8_t letters[4] = { (uint8_t)(code >> 24), (uint8_t)(code >> 16), (uint8_t)(code >> 8),
			       (uint8_t)code };
	struct lsv2_own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->telegram = act_text(x, (struct bytes){ letters, sizeof(letters) });
	w->binary = a->binary;
	if (a->code == A_LG || a->code == A_LO)
		w->privilege = act_text(x, (struct bytes){ a->name, a->name_n });
	return w;
}

bool lsv2_unpack(const struct ask *ask, struct lsv2_asked *ret)
{
	if (ask->n < offsetof(struct lsv2_asked, name) || ask->n > sizeof(*ret))
		return false;
	memcpy(ret, ask->blob, ask->n);
	return ret->name_n == ask->n - offsetof(struct lsv2_asked, name);
}

void lsv2_remember(struct proto_ctx *x, const struct lsv2_asked *a, uint64_t act)
{
	struct lsv2_state *st = x->state;

	if (!pair_ask(x, st->asks++, act, a, offsetof(struct lsv2_asked, name) + a->name_n) && act == 0)
		lsv2_ended(x, a, 0, OUT_UNKNOWN, 0);
}

void lsv2_ended(struct proto_ctx *x, const struct lsv2_asked *a, uint64_t act, uint8_t outcome,
		uint16_t result)
{
	struct obs *o = lsv2_begin(x, a, lsv2_waits(a->code) ? PHASE_WHOLE : PHASE_ANSWER);

	o->re = act;
	o->outcome = outcome;
	o->result = result;
	struct lsv2_own *w = lsv2_own(x, a);

	if (w != NULL) {
		w->error_class = result >> 8;
		w->error = lsv2_error((uint8_t)result);
	}
	act_emit(x);
}

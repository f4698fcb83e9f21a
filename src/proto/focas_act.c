/* proto/focas_act.c: what the acts of FOCAS have in common: ends, objects, results, numbers. */
#include "proto/focas.h"

#include <string.h>

static const struct focas_state *state_of(const struct proto_ctx *x)
{
	return x->state;
}

static void ends_of(struct proto_ctx *x, struct obs *o, uint8_t phase)
{
	o->phase = phase;
	o->actor = ends_asking(x);
	o->device = ends_answering(x);
	o->trust = TRUST_LIKELY;	/* nothing of this was held against a capture of a real control */
	if (state_of(x)->decided)
		o->flags &= (uint16_t)~FLAG_BY_DEVICE;
}

struct obs *focas_begin(struct proto_ctx *x, const struct proto_code *row, uint8_t phase)
{
	struct obs *o = act_begin_code(x, row);

	ends_of(x, o, phase);
	return o;
}

struct bytes focas_text(struct bytes b)
{
	size_t n = 0;

	while (n < b.n && b.p[n] != '\0')
		n++;
	return (struct bytes){ b.p, n };
}

void focas_program_name(char out[12], size_t *ret_n, uint32_t number)
{
	char back[10];
	size_t at = sizeof(back), n = 0;

	while (number > 0 || sizeof(back) - at < 4) {
		back[--at] = (char)('0' + number % 10);
		number /= 10;
	}
	out[n++] = 'O';
	memcpy(out + n, back + at, sizeof(back) - at);
	*ret_n = n + sizeof(back) - at;
}

static void parts(struct obs *o, unsigned n, const int32_t *argument)
{
	for (unsigned i = 0; i < n; i++)
		o->object.part[i] = (uint32_t)argument[i];
	o->object.parts = (uint8_t)n;
}

/* First, last: a count as well. An offset and a zero offset have a third: which of the offsets (LIB: 1000
 * more in newer clients), which axis (-1, here 0: all). */
static void name_range(struct obs *o, const struct focas_block *b, bool third)
{
	int64_t count = (int64_t)b->argument[1] - b->argument[0] + 1;
	int32_t which = b->argument[2];

	parts(o, 1, b->argument);
	if (third) {
		o->object.parts = 2;
		o->object.part[1] = (uint32_t)(which < 0 ? 0 : which >= 1000 ? which - 1000 : which);
	}
	o->object.count = count >= 1 && count <= UINT16_MAX ? (uint32_t)count : 1;
}

static void name_pmc(struct obs *o, const struct focas_block *b)
{
	unsigned width = b->argument[3] >= 0 && b->argument[3] <= 2 ? 1u << b->argument[3] : 1;
	int64_t bytes = (int64_t)b->argument[1] - b->argument[0] + 1;

	if (b->argument[2] < 0 || b->argument[2] >= PMC_AREAS) {
		o->object.space = SPACE_ARGUMENTS;
		parts(o, 4, b->argument);
		return;
	}
	o->object.space = (uint16_t)(SPACE_PMC + b->argument[2]);
	parts(o, 1, b->argument);
	o->object.count = bytes >= width && bytes <= UINT16_MAX ? (uint32_t)bytes / width : 1;
}

static void name_program(struct proto_ctx *x, struct obs *o, const struct focas_block *b)
{
	char text[12];
	size_t n;

	focas_program_name(text, &n, (uint32_t)b->argument[0]);
	o->object.name = act_text(x, (struct bytes){ (const uint8_t *)text, n });
}

static void name_it(struct proto_ctx *x, struct obs *o, const struct focas_block *b,
		    const struct focas_function *f, struct bytes path)
{
	o->object.space = f->space;
	switch (f->names) {
	case NAMES_ARGUMENTS: parts(o, 4, b->argument); break;
	case NAMES_RANGE: name_range(o, b, f->space == SPACE_ZERO); break;
	case NAMES_OFFSET: name_range(o, b, true); break;
	case NAMES_NUMBER: name_program(x, o, b); break;
	case NAMES_PATH: o->object.name = act_text(x, focas_text(path)); break;
	case NAMES_PMC: name_pmc(o, b); break;
	}
	/* Another path (a second turret) has variables and offsets of its own. */
	if (b->path != 1 && o->object.parts < ARRAY_LEN(o->object.part))
		o->object.part[o->object.parts++] = b->path;
}

void focas_items(struct proto_ctx *x, size_t n)
{
	struct focas_state *st = x->state;

	st->item = 0;
	st->items = (uint16_t)min_size(max_size(n, 1), ITEMS_MAX + 1);
}

bool focas_room(const struct proto_ctx *x)
{
	return state_of(x)->item < ITEMS_MAX;
}

static void count_item(struct proto_ctx *x, struct obs *o)
{
	struct focas_state *st = x->state;

	o->items = (uint16_t)min_size(st->items, ITEMS_MAX);
	o->item = (uint16_t)min_size(st->item, o->items - 1u);
	if (st->items > ITEMS_MAX && o->item == ITEMS_MAX - 1)
		o->flags |= FLAG_REST;
	st->item++;
}

struct obs *focas_begin_block(struct proto_ctx *x, const struct focas_block *b, struct bytes path,
			      uint8_t phase)
{
	const struct focas_function *f;
	const struct proto_code *row = focas_row(b->group, b->function, &f);
	struct obs *o = act_begin_row(x, row, FOCAS_CODE(b->group, b->function));

	ends_of(x, o, phase);
	/* No reading function that is known brings data but those that name a path: it may well write. */
	if (row == NULL && b->n > 0) {
		o->trust = TRUST_GUESS;
		o->note = act_str(x, "suspected-write");
	}
	name_it(x, o, b, f, path);
	count_item(x, o);
	return o;
}

/* ---- several acts of one function ---- */

unsigned focas_acts(const struct focas_block *b, struct bytes data)
{
	const struct focas_function *f;
	int64_t range = (int64_t)b->argument[1] - b->argument[0] + 1;

	focas_row(b->group, b->function, &f);
	switch (f->shape) {
	case SHAPE_VARIABLES:
		return (unsigned)min_size(max_size(data.n / FOCAS_RECORD, 1), ITEMS_MAX + 1);
	case SHAPE_PARAMETER:	/* PYF: records of one length, one for each number */
		return range > 1 && range <= ITEMS_MAX && data.n % (size_t)range == 0 &&
		       data.n / (size_t)range >= FOCAS_PARAMETER ? (unsigned)range : 1;
	case SHAPE_PROGRAMS:
		return data.n >= 8 && memcmp(data.p, data.p + 4, 4) != 0 ? 2 : 1;
	}
	return 1;
}

void focas_nth(struct obs *o, const struct focas_block *b, unsigned i)
{
	const struct focas_function *f;

	focas_row(b->group, b->function, &f);
	if (f->shape == SHAPE_VARIABLES || f->shape == SHAPE_PARAMETER) {
		o->object.part[0] += i;
		o->object.count = 1;
	} else if (f->shape == SHAPE_PROGRAMS && i == 1) {
		o->object.space = SPACE_MAIN;
	}
}

struct focas_own *focas_own(struct proto_ctx *x, uint16_t type, const struct focas_block *b)
{
	struct focas_own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->type = type;
	if (b != NULL) {
		w->has_call = 1;
		w->group = b->group;
		w->function = b->function;
		w->path = b->path;
		for (unsigned i = 0; i < ARRAY_LEN(w->argument); i++)
			w->argument[i] = b->argument[i];
	}
	return w;
}

void focas_result(struct obs *o, struct focas_own *w, uint32_t result, uint16_t detail)
{
	o->outcome = result == 0 ? OUT_DONE : OUT_REFUSED;
	o->result = result;
	if (w != NULL) {
		w->error = focas_error((uint16_t)result);
		w->detail = detail;
	}
}

bool focas_waits(const struct focas_block *b)
{
	const struct focas_function *f;
	const struct proto_code *row = focas_row(b->group, b->function, &f);

	return row != NULL &&
	       (row->verb == VERB_READ || row->verb == VERB_IDENTIFY || row->verb == VERB_BROWSE);
}

/* ---- numbers ---- */

static void put_be(uint8_t out[8], double d)
{
	uint64_t u;

	memcpy(&u, &d, sizeof(u));
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(u >> (56 - 8 * i));
}

enum { PLACES_MAX = 15, PLACES_NONE = 0xffff };

/* PYF: mantissa:4 (signed) 0:1 base:1 (10, or 2) places:2. LIB: places ffff and mantissa 0: an empty
 * variable; when written, base 0 and places ffff: in the control's least increment. False: neither. */
static bool decimal(struct bytes record, double *ret, int32_t *ret_mantissa, bool *ret_scaled)
{
	struct cursor c = cur_over(record);
	int32_t mantissa = (int32_t)cur_be32(&c);
	uint16_t base = cur_be16(&c) & 0xff, places = cur_be16(&c);
	double scale = 1;

	if (cur_broken(&c))
		return false;
	*ret_mantissa = mantissa;
	*ret_scaled = (base == 10 || base == 2) && places <= PLACES_MAX;
	for (unsigned i = 0; *ret_scaled && i < places; i++)
		scale *= base;
	*ret = mantissa / scale;
	return *ret_scaled || places == PLACES_NONE;
}

void focas_number(struct proto_ctx *x, struct bytes record, bool written)
{
	bool scaled;
	double d;
	int32_t mantissa;
	uint8_t real[8];

	if (!decimal(record, &d, &mantissa, &scaled)) {
		act_value(x, VAL_RAW_BE, 8, (unsigned)record.n, record);
	} else if (scaled) {
		put_be(real, d);
		act_value(x, VAL_REAL, 64, 1, (struct bytes){ real, sizeof(real) });
	} else if (written || mantissa != 0) {
		act_value(x, VAL_INT, 32, 1, (struct bytes){ record.p, 4 });
	}
}

void focas_numbers(struct proto_ctx *x, struct bytes data)
{
	uint8_t real[8 * FOCAS_AXES];
	size_t n = min_size(data.n / FOCAS_RECORD, FOCAS_AXES);
	double d;
	int32_t mantissa;
	bool scaled;

	for (size_t i = 0; i < n; i++) {
		if (!decimal((struct bytes){ data.p + i * FOCAS_RECORD, FOCAS_RECORD }, &d, &mantissa,
			     &scaled)) {
			act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
			return;
		}
		put_be(real + 8 * i, d);
	}
	if (n > 0)
		act_value(x, VAL_REAL, 64, (unsigned)n, (struct bytes){ real, 8 * n });
}

/* ---- requests that stay without an answer of their own ---- */

static void say_block(struct proto_ctx *x, const struct focas_asked *a, unsigned at, uint8_t outcome,
		      uint32_t result, uint16_t detail)
{
	const struct focas_block *b = &a->block[at];
	bool wait = focas_waits(b);
	size_t acts = wait ? 1 : max_size(b->acts, 1);

	for (unsigned i = 0; i < acts && focas_room(x); i++) {
		struct obs *o = focas_begin_block(x, b, (struct bytes){ a->path, a->path_n },
						  wait ? PHASE_WHOLE : PHASE_ANSWER);

		if (!wait)
			o->re = b->first + (acts > 1 ? (b->last - b->first) / (acts - 1) * i : 0);
		if (!wait)
			focas_nth(o, b, i);
		o->outcome = outcome;
		struct focas_own *w = focas_own(x, TYPE_CALL, b);

		if (outcome == OUT_REFUSED)
			focas_result(o, w, result, detail);
		act_emit(x);
	}
}

void focas_say_open(struct proto_ctx *x, const struct focas_asked *a, uint64_t act, uint8_t outcome,
		    uint32_t result, uint16_t detail)
{
	size_t acts = 0;

	if (a->bad)
		return;
	for (unsigned i = 0; i < a->kept; i++)
		acts += max_size(a->block[i].acts, 1);
	focas_items(x, acts);
	for (unsigned i = 0; i < a->kept; i++)
		say_block(x, a, i, outcome, result, detail);
	if (a->kept > 0)
		return;
	const struct proto_code *row = focas_type_row(a->type);
	bool wait = a->type == TYPE_CALL;
	struct obs *o = row == NULL ? NULL : focas_begin(x, row, wait ? PHASE_WHOLE : PHASE_ANSWER);

	if (o == NULL)
		return;
	o->re = act;
	o->outcome = outcome;
	struct focas_own *w = focas_own(x, a->type, NULL);

	if (outcome == OUT_REFUSED)
		focas_result(o, w, result, detail);
	act_emit(x);
}

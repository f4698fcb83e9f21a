/* proto/focas_value.c: what the data of an answered function mean. Sources as focas.h names them. */
#include "proto/focas.h"

#include <string.h>

enum { LISTED = 400 };		/* bytes of a directory's names kept */

struct list {
	uint8_t text[LISTED];
	size_t n;
};

static void add(struct list *l, const void *p, size_t n)
{
	if (n + (l->n > 0) > sizeof(l->text) - l->n)
		return;
	if (l->n > 0)
		l->text[l->n++] = ' ';
	memcpy(l->text + l->n, p, n);
	l->n += n;
}

static void raw(struct proto_ctx *x, struct bytes data)
{
	if (data.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
}

static void text(struct proto_ctx *x, struct bytes data)
{
	act_value(x, VAL_TEXT, 8, 1, focas_text(data));
}

static void numbers(struct proto_ctx *x, struct bytes data, unsigned width)
{
	size_t n = data.n / width;

	if (n == 0)
		raw(x, data);
	else
		act_value(x, VAL_UINT, width * 8, (unsigned)n, (struct bytes){ data.p, n * width });
}

static void program_number(struct proto_ctx *x, uint32_t number)
{
	char name[12];
	size_t n;

	focas_program_name(name, &n, number);
	act_value(x, VAL_TEXT, 8, 1, (struct bytes){ (const uint8_t *)name, n });
}

/* PYF: running:4 main:4; the second act is the main program, when it is another one. */
static void programs(struct proto_ctx *x, struct bytes data, unsigned at)
{
	struct cursor c = cur_over(data);

	cur_take(&c, at * 4);
	uint32_t number = cur_be32(&c);

	if (cur_broken(&c))
		raw(x, data);
	else
		program_number(x, number);
}

/* HSL: number:4 name:36. A program that has a number may have no name. */
static void name(struct proto_ctx *x, struct bytes data)
{
	struct cursor c = cur_over(data);
	uint32_t number = cur_be32(&c);
	struct bytes called = focas_text(cur_rest(&c));

	if (cur_broken(&c))
		raw(x, data);
	else if (called.n > 0)
		text(x, called);
	else
		program_number(x, number);
}

/* PYF, API: mode run motion M/S/T/B emergency alarm edit, two bytes each; what follows differs between
 * series. */
static void status(struct proto_ctx *x, struct focas_own *w, struct bytes data)
{
	struct cursor c = cur_over(data);
	uint16_t mode = cur_be16(&c), run = cur_be16(&c), motion = cur_be16(&c);

	cur_take(&c, 2);
	uint16_t emergency = cur_be16(&c), alarms = cur_be16(&c), edit = cur_be16(&c);

	numbers(x, data, 2);
	if (cur_broken(&c) || w == NULL)
		return;
	w->has_status = 1;
	w->mode = (uint8_t)min_size(mode, UINT8_MAX);
	w->run = (uint8_t)min_size(run, UINT8_MAX);
	w->motion = motion;
	w->emergency = emergency;
	w->alarms = alarms;
	w->edit = edit;
}

enum { ALARM = 80, ALARM_HEAD = 16 };

/* LIB: number:4 type:4 axis:4 length:4 text:64, of each alarm; without asking for text the head alone. */
static void alarms(struct proto_ctx *x, struct focas_own *w, struct bytes data)
{
	size_t each = data.n % ALARM == 0 ? ALARM : ALARM_HEAD, n = data.n / each;
	uint8_t list[4 * 32];

	if (n == 0 || data.n % each != 0) {
		raw(x, data);
		return;
	}
	n = min_size(n, sizeof(list) / 4);
	for (size_t i = 0; i < n; i++)
		memcpy(list + 4 * i, data.p + each * i, 4);
	act_value(x, VAL_UINT, 32, (unsigned)n, (struct bytes){ list, 4 * n });
	struct cursor first = { .p = data.p + ALARM_HEAD - 4, .left = each - ALARM_HEAD + 4 };
	uint32_t length = cur_be32(&first);

	if (w != NULL)
		w->alarm = act_text(x, cur_bytes(&first, min_size(length, first.left)));
}

enum { DIRECTORY = 72, FILE_ENTRY = 128, FILE_NAME_AT = 28, FILE_NAME = 36 };

/* PYF, LIB: number:4 size:4 comment:64, of each program. */
static void directory(struct proto_ctx *x, struct bytes data)
{
	struct list l = { .n = 0 };
	char called[12];
	size_t n;

	for (size_t at = 0; at + DIRECTORY <= data.n; at += DIRECTORY) {
		struct cursor c = { .p = data.p + at, .left = DIRECTORY };

		focas_program_name(called, &n, cur_be32(&c));
		add(&l, called, n);
	}
	act_value(x, VAL_TEXT, 8, 1, (struct bytes){ l.text, l.n });
}

/* PYF: kind:2 time:12 6 bytes size:4 attributes:4 name:36 comment:52 time:12, of each entry. */
static void files(struct proto_ctx *x, struct bytes data)
{
	struct list l = { .n = 0 };

	for (size_t at = 0; at + FILE_ENTRY <= data.n; at += FILE_ENTRY) {
		struct bytes called = focas_text((struct bytes){ data.p + at + FILE_NAME_AT, FILE_NAME });

		add(&l, called.p, called.n);
	}
	act_value(x, VAL_TEXT, 8, 1, (struct bytes){ l.text, l.n });
}

/* PYF: number:4 axis:2 (-1: one value for each axis) type:2, then 4 bytes for each axis there may be. */
static void parameter(struct proto_ctx *x, struct bytes data, unsigned at, unsigned all)
{
	size_t each = data.n / all;
	struct cursor c = { .p = data.p + each * at, .left = each };

	cur_take(&c, 4);
	uint16_t axis = cur_be16(&c);

	cur_take(&c, 2);
	size_t n = axis == UINT16_MAX ? min_size(c.left / 4, FOCAS_AXES) : 1;
	struct bytes values = cur_bytes(&c, 4 * n);

	if (cur_broken(&c))
		raw(x, data);
	else
		act_value(x, VAL_INT, 32, (unsigned)n, values);
}

void focas_pmc(struct proto_ctx *x, const struct focas_block *b, struct bytes data)
{
	unsigned width = b->argument[3] >= 0 && b->argument[3] <= 2 ? 1u << b->argument[3] : 1;

	numbers(x, data, width);
}

/* PYF: what is known of the series beside its number, maximal axes, kind, machine (M, T), series, release,
 * axes. */
static void system_info(struct proto_ctx *x, struct focas_own *w, struct bytes data)
{
	struct cursor c = cur_over(data);

	raw(x, data);
	cur_take(&c, 2);
	uint16_t max_axes = cur_be16(&c);

	cur_take(&c, 4);
	struct bytes series = cur_bytes(&c, 4), release = cur_bytes(&c, 4), axes = cur_bytes(&c, 2);

	if (cur_broken(&c) || w == NULL)
		return;
	w->max_axes = max_axes;
	w->series = act_text(x, series);
	w->release = act_text(x, release);
	w->axes = act_text(x, axes);
}

void focas_value(struct proto_ctx *x, struct focas_own *w, const struct focas_block *b, struct bytes data,
		 unsigned at, unsigned all)
{
	const struct focas_function *f;

	focas_row(b->group, b->function, &f);
	switch (f->shape) {
	case SHAPE_NONE: return;
	case SHAPE_U16: numbers(x, data, 2); return;
	case SHAPE_U32: numbers(x, data, 4); return;
	case SHAPE_DECIMALS: focas_numbers(x, data); return;
	case SHAPE_VARIABLES:
		if (data.n >= FOCAS_RECORD)
			focas_number(x, (struct bytes){ data.p + at * FOCAS_RECORD, FOCAS_RECORD }, false);
		return;
	case SHAPE_TEXT: text(x, data); return;
	case SHAPE_BLOCK:
		if (data.n >= 4)
			text(x, (struct bytes){ data.p + 4, data.n - 4 });
		return;
	case SHAPE_PROGRAMS: programs(x, data, at); return;
	case SHAPE_NAME: name(x, data); return;
	case SHAPE_STATUS: status(x, w, data); return;
	case SHAPE_SYSTEM: system_info(x, w, data); return;
	case SHAPE_ALARMS: alarms(x, w, data); return;
	case SHAPE_DIRECTORY: directory(x, data); return;
	case SHAPE_FILES: files(x, data); return;
	case SHAPE_PARAMETER: parameter(x, data, at, all); return;
	case SHAPE_PMC: focas_pmc(x, b, data); return;
	}
	raw(x, data);
}

/* ---- facts ---- */

static struct bytes trimmed(struct bytes b)
{
	while (b.n > 0 && (b.p[0] == ' ' || b.p[0] == '\0')) {
		b.p++;
		b.n--;
	}
	while (b.n > 0 && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\0'))
		b.n--;
	return b;
}

/* "Series 0i-F", "Series 31i-B": API, structure ODBSYS: bit 1 of the additional information is the i, its
 * high byte the letter of the model. The series and the release of the control software are its firmware. */
void focas_facts(struct proto_ctx *x, const struct side *device, const struct focas_block *b,
		 struct bytes data)
{
	struct focas_state *st = x->state;
	struct cursor c = cur_over(data);
	const struct focas_function *f;
	uint16_t info = cur_be16(&c);

	focas_row(b->group, b->function, &f);
	cur_take(&c, 2);
	struct bytes kind = trimmed(cur_bytes(&c, 2));

	cur_take(&c, 2);
	struct bytes series = trimmed(cur_bytes(&c, 4)), release = trimmed(cur_bytes(&c, 4));

	if (f->shape != SHAPE_SYSTEM || st->told || cur_broken(&c) || kind.n == 0)
		return;
	uint8_t model[16] = "Series ", firmware[12];
	size_t n = 7, k = series.n;

	memcpy(model + n, kind.p, kind.n);
	n += kind.n;
	if (info & 2)
		model[n++] = 'i';
	if (info >> 8 >= 1 && info >> 8 <= 6) {
		model[n++] = '-';
		model[n++] = (uint8_t)('A' + (info >> 8) - 1);
	}
	memcpy(firmware, series.p, series.n);
	firmware[k++] = ' ';
	memcpy(firmware + k, release.p, release.n);
	fact_str(x, device, FACT_VENDOR, "FANUC");
	fact_say(x, device, FACT_MODEL, (struct bytes){ model, n }, 0, 0, TRUST_LIKELY);
	fact_say(x, device, FACT_FIRMWARE, (struct bytes){ firmware, k + release.n }, 0, 0, TRUST_LIKELY);
	st->told = 1;
}

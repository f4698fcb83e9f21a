/* proto/focas_program.c: programs on their way to and from the control.
 *
 * To it (HSL, LIB): 1101 with a name field, answered; 1204 with text, not answered; 1301, whose answer says
 * whether the program was taken. The name field holds a folder or nothing: the O word in the text names the
 * program then. From it (PYF, HSL): 1501 with "O0100-O0100" or a path, answered; 1604 with text; 1701,
 * confirmed by 1702. Or by lines (LIB): calls of function f0 with a path, the first line wanted and how
 * many; the last line is %. */
#include "proto/focas.h"

#include <string.h>

static struct focas_transfer *transfer_of(struct proto_ctx *x, uint32_t key)
{
	struct focas_state *st = x->state;

	return key == KEY_DOWN ? &st->down : key == KEY_UP ? &st->up : &st->lines;
}

static void open_it(struct proto_ctx *x, uint32_t key, struct bytes name, bool begun)
{
	struct focas_transfer *t = transfer_of(x, key);

	t->open = transfer_open(x, key);
	t->begun = begun;
	t->name_n = (uint8_t)min_size(name.n, sizeof(t->name));
	if (t->name_n > 0)
		memcpy(t->name, name.p, t->name_n);
}

/* At its end a transfer is named by its field; by the text as well, when the field names a folder or
 * nothing. */
static void object_of(struct proto_ctx *x, struct obs *o, const struct focas_transfer *t,
		      const struct transfer_result *r)
{
	uint8_t text[FOCAS_NAME_KEPT + PROGRAM_NAME];
	size_t n = t->name_n;

	memcpy(text, t->name, n);
	if (r != NULL && (n == 0 || text[n - 1] == '/')) {
		memcpy(text + n, r->program, r->program_n);
		n += r->program_n;
	}
	if (n > 0)
		o->object.name = act_text(x, (struct bytes){ text, n });
}

/* Says the act that ends a transfer. */
static uint64_t say_end(struct proto_ctx *x, uint32_t key, const struct proto_code *row, uint8_t phase,
			bool whole)
{
	struct focas_transfer *t = transfer_of(x, key);
	struct transfer_result r;
	bool open = transfer_close(x, key, whole && t->begun, &r);
	struct obs *o = focas_begin(x, row, phase);

	t->open = 0;
	object_of(x, o, t, open ? &r : NULL);
	if (phase == PHASE_WHOLE)
		o->outcome = OUT_DONE;
	if (open && !r.complete)
		o->outcome = OUT_PARTLY;
	struct focas_own *w = focas_own(x, row->code > UINT16_MAX ? TYPE_CALL : (uint16_t)row->code, NULL);

	if (w != NULL && open)
		transfer_tell(x, &r, o->object.name, &w->transfer);
	t->name_n = 0;
	return act_emit(x);
}

/* Four bytes, then a name that may begin with a drive "N:" and may be a range of one program,
 * "O0100-O0100". */
static struct bytes name_field(struct bytes body)
{
	struct bytes name = { NULL, 0 };

	if (body.n <= 4)
		return name;
	name = focas_text((struct bytes){ body.p + 4, min_size(body.n - 4, FOCAS_NAME_FIELD) });
	if (name.n >= 2 && name.p[0] == 'N' && name.p[1] == ':') {
		name.p += 2;
		name.n -= 2;
	}
	size_t half = name.n / 2;

	if (name.n % 2 == 1 && name.p[half] == '-' && memcmp(name.p, name.p + half + 1, half) == 0)
		name.n = half;
	return name;
}

static void remember(struct proto_ctx *x, uint16_t type, uint64_t act)
{
	struct focas_asked a;

	memset(&a, 0, offsetof(struct focas_asked, block));
	a.type = type;
	focas_remember(x, &a, act);
}

static void begin_transfer(struct proto_ctx *x, const struct focas_head *h, uint32_t key)
{
	struct bytes name = name_field(h->body);
	struct obs *o = focas_begin(x, focas_type_row(h->type), PHASE_ASK);

	if (name.n > 0)
		o->object.name = act_text(x, name);
	focas_own(x, h->type, NULL);
	remember(x, h->type, act_emit(x));
	open_it(x, key, name, true);
}

/* The text of a program; one whose beginning was not seen is followed too, but never whole. */
static void add_text(struct proto_ctx *x, uint32_t key, struct bytes text)
{
	struct focas_transfer *t = transfer_of(x, key);

	if (!t->open)
		open_it(x, key, (struct bytes){ NULL, 0 }, false);
	transfer_data(x, key, text);
}

bool focas_program_ask(struct proto_ctx *x, const struct focas_head *h)
{
	focas_items(x, 1);
	switch (h->type) {
	case TYPE_DOWN: begin_transfer(x, h, KEY_DOWN); return true;
	case TYPE_UP: begin_transfer(x, h, KEY_UP); return true;
	case TYPE_DOWN_DATA: add_text(x, KEY_DOWN, h->body); return true;
	case TYPE_DOWN_END:
		remember(x, h->type, say_end(x, KEY_DOWN, focas_type_row(h->type), PHASE_ASK, true));
		return true;
	case TYPE_UP_ASK: case TYPE_UP_DONE:
		return true;	/* parts of a transfer that is said as a whole */
	case TYPE_UP_STOP:
		focas_begin(x, focas_type_row(h->type), PHASE_ASK);
		focas_own(x, h->type, NULL);
		remember(x, h->type, act_emit(x));
		return true;
	}
	return false;
}

bool focas_program_answer(struct proto_ctx *x, const struct focas_head *h)
{
	focas_items(x, 1);
	if (h->type == TYPE_UP_DATA)
		add_text(x, KEY_UP, h->body);
	else if (h->type == TYPE_UP_END)
		say_end(x, KEY_UP, focas_type_row(TYPE_UP_END), PHASE_WHOLE, true);
	else
		return false;
	return true;
}

/* The control did not take the opening: nothing follows. */
void focas_program_refused(struct proto_ctx *x, uint16_t type)
{
	uint32_t key = type == TYPE_DOWN ? KEY_DOWN : KEY_UP;
	struct transfer_result r;

	if (type != TYPE_DOWN && type != TYPE_UP)
		return;
	transfer_close(x, key, false, &r);
	transfer_of(x, key)->open = transfer_of(x, key)->name_n = 0;
}

/* ---- by lines ---- */

static bool is_end(struct bytes text)
{
	while (text.n > 0 &&
	       (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r' || text.p[text.n - 1] == '\0'))
		text.n--;
	return text.n > 0 && text.p[text.n - 1] == '%' && (text.n > 1 || text.p[0] == '%');
}

static const struct proto_code *lines_row(void)
{
	const struct focas_function *f;

	return focas_row(GROUP_CNC, 0xf0, &f);
}

/* One answer: lines from the first argument on, so many as the second says. A program begins at line 0; an
 * answer that is all of it has % at its beginning and end, or at its end alone. */
void focas_lines(struct proto_ctx *x, const struct focas_block *b, struct bytes path, struct bytes text)
{
	struct focas_transfer *t = transfer_of(x, KEY_LINES);
	bool same = t->open && path.n == t->name_n && memcmp(path.p, t->name, path.n) == 0;
	bool first = b->argument[0] == 0;

	if (t->open && (first || !same))
		say_end(x, KEY_LINES, lines_row(), PHASE_WHOLE, false);
	if (!t->open)
		open_it(x, KEY_LINES, path, first);
	transfer_data(x, KEY_LINES, text);
	if (is_end(text) && (text.n > 2 || !first))
		say_end(x, KEY_LINES, lines_row(), PHASE_WHOLE, true);
}

/* ---- what never comes ---- */

void focas_programs_lost(struct proto_ctx *x, uint64_t bytes)
{
	transfer_missing(x, ends_asks(x) ? KEY_DOWN : KEY_UP, bytes);
	if (!ends_asks(x))
		transfer_missing(x, KEY_LINES, bytes);
}

void focas_programs_end(struct proto_ctx *x)
{
	focas_items(x, 1);
	for (uint32_t key = KEY_DOWN; key <= KEY_LINES; key++)
		if (transfer_of(x, key)->open)
			say_end(x, key,
				key == KEY_LINES
					? lines_row()
					: focas_type_row(key == KEY_DOWN ? TYPE_DOWN_END : TYPE_UP_END),
				PHASE_WHOLE, false);
}

/* proto/lsv2_table.c: tool tables that cross as files, told cell by cell: what a tool measures, how far it
 * is worn, how long it may be used.
 *
 * Layout (PYL, and tables published with it, H): a line "BEGIN TOOL.T MM", a line of column names, each
 * over the first byte of its cells, a line for each tool with its number in column T ("5", or "5.1" for a
 * further edge of it), at the end "[END]". A table may come in blocks cut anywhere. */
#include "proto/lsv2.h"

#include <string.h>

enum { KEY_TABLE = 1, WORD = 12, CELL = 16, COLUMNS = 24, TO_END = UINT16_MAX };

/* Geometry, wear and life (HEIDENHAIN, tool table TOOL.T). The first is the number of the tool. */
static const char *const wanted[] = {
	"T",	    "L",       "R",    "R2",   "DL",	"DR",	  "DR2",    "TIME1", "TIME2", "CUR_TIME",
	"CUR.TIME", "OVRTIME", "LTOL", "RTOL", "R2TOL", "LBREAK", "RBREAK", "NMAX",  "LCUTS",
};

struct table {
	enum { FIRST, NAMES, ROWS, OFF } phase;
	uint32_t tool, index;
	uint32_t told, left_out;
	uint16_t at;		/* bytes of this line before the next one */
	uint16_t word_at;
	uint8_t word_n, columns, now, has_tool, inch, begins;
	char word[WORD];	/* also the text of a cell */
	uint8_t word_long;	/* it is longer */
	char cell[CELL + 1];	/* with one byte more than any number has: what is longer shows */
	uint8_t cell_n;
	struct { uint16_t from, to; uint8_t name; } column[COLUMNS];
};
_Static_assert(sizeof(struct table) <= KEEP_MAX, "a table fits");

struct telling {		/* NULL: the cells are only counted */
	struct proto_ctx *x;
	size_t items, item;
	bool written;
};

/* ---- cells ---- */

/* "+30", "-0.05", "12": a decimal number and nothing else. */
static bool number_of(const char *p, size_t n, double *ret)
{
	double value = 0, scale = 1;
	bool point = false, digits = false, minus = n > 0 && p[0] == '-';

	if (n > CELL)
		return false;
	for (size_t i = n > 0 && (p[0] == '+' || p[0] == '-'); i < n; i++) {
		if ((p[i] == '.' || p[i] == ',') && !point) {
			point = true;
		} else if (p[i] >= '0' && p[i] <= '9') {
			value = value * 10 + (p[i] - '0');
			scale *= point ? 10 : 1;
			digits = true;
		} else {
			return false;
		}
	}
	*ret = (minus ? -value : value) / scale;
	return digits;
}

static void put_be(uint8_t out[8], double d)
{
	uint64_t u;

	memcpy(&u, &d, sizeof(u));
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(u >> (56 - 8 * i));
}

static void tell(struct telling *say, const struct table *t, const char *column, double value)
{
	struct lsv2_asked a = { .code = TABLE_CELL, .class = CLASS_TOOL };
	struct obs *o = lsv2_begin(say->x, &a, say->written ? PHASE_ASK : PHASE_WHOLE);
	uint8_t real[8];

	put_be(real, value);
	if (!say->written) {
		o->verb = VERB_READ;
		o->outcome = OUT_DONE;
	}
	o->object.space = SPACE_TABLE;
	o->object.parts = t->index > 0 ? 2 : 1;
	o->object.part[0] = t->tool;
	o->object.part[1] = t->index;
	o->object.name = act_str(say->x, column);
	o->items = (uint16_t)min_size(say->items, ITEMS_MAX);
	o->item = (uint16_t)min_size(say->item, o->items - 1u);
	if (say->items > ITEMS_MAX && o->item == ITEMS_MAX - 1)
		o->flags |= FLAG_REST;
	act_value(say->x, VAL_REAL, 64, 1, (struct bytes){ real, sizeof(real) });
	struct lsv2_own *w = lsv2_own(say->x, &a);

	if (w != NULL) {
		w->telegram = act_str(say->x, "S_FL");
		w->inch = t->inch;
		w->tool_index = t->index;
	}
	act_emit(say->x);
}

/* "5" or "5.1". */
static void tool_number(struct table *t)
{
	uint32_t part[2] = { 0, 0 };
	unsigned k = 0;

	t->has_tool = t->cell_n > 0 && t->cell_n <= CELL;
	for (unsigned i = 0; i < t->cell_n && t->has_tool; i++) {
		char c = t->cell[i];

		if (c == '.' && k == 0)
			k = 1;
		else if (c >= '0' && c <= '9' && part[k] < 1000000)
			part[k] = part[k] * 10 + (uint32_t)(c - '0');
		else
			t->has_tool = 0;
	}
	t->tool = part[0];
	t->index = part[1];
}

static void cell_ends(struct table *t, struct telling *say, size_t *count)
{
	const char *column = wanted[t->column[t->now].name];
	double value;

	if (t->column[t->now].name == 0) {
		tool_number(t);
	} else if (t->has_tool && number_of(t->cell, t->cell_n, &value)) {
		bool room = t->told < LSV2_CELLS_MAX && *count < ITEMS_MAX;

		t->told += room;
		t->left_out += !room;
		if (room && say != NULL) {
			tell(say, t, column, value);
			say->item++;
		}
		++*count;
	}
	t->cell_n = 0;
	t->now++;
}

static void cell_byte(struct table *t, char c, struct telling *say, size_t *count)
{
	while (t->now < t->columns && t->at >= t->column[t->now].to)
		cell_ends(t, say, count);
	if (t->now == t->columns || t->at < t->column[t->now].from || c == ' ' || c == '\t')
		return;
	if (t->cell_n < sizeof(t->cell))
		t->cell[t->cell_n++] = c;
}

/* ---- the first two lines ---- */

static bool word_is(const struct table *t, const char *word)
{
	size_t n = strlen(word);

	return !t->word_long && t->word_n == n && memcmp(t->word, word, n) == 0;
}

static void name_ends(struct table *t)
{
	if (t->columns > 0 && t->column[t->columns - 1].to == TO_END)
		t->column[t->columns - 1].to = t->word_at;
	for (unsigned i = 0; i < ARRAY_LEN(wanted); i++) {
		if (!word_is(t, wanted[i]) || t->columns == COLUMNS)
			continue;
		t->column[t->columns].from = t->word_at;
		t->column[t->columns].to = TO_END;
		t->column[t->columns++].name = (uint8_t)i;
	}
}

static void word_ends(struct table *t)
{
	if (t->word_n == 0)
		return;
	if (t->phase == NAMES)
		name_ends(t);
	else if (word_is(t, "BEGIN") && t->word_at == 0)
		t->begins = 1;
	else if (word_is(t, "INCH"))
		t->inch = 1;
	t->word_n = t->word_long = 0;
}

static void word_byte(struct table *t, char c)
{
	if (c == ' ' || c == '\t') {
		word_ends(t);
		return;
	}
	if (t->word_n == 0)
		t->word_at = t->at;
	if (t->word_n < WORD)
		t->word[t->word_n++] = c;
	else
		t->word_long = 1;
}

static void line_ends(struct table *t, struct telling *say, size_t *count)
{
	if (t->at == 0)
		return;
	if (t->phase == ROWS) {
		while (t->now < t->columns)
			cell_ends(t, say, count);
	} else {
		word_ends(t);
		if (t->phase == FIRST)
			t->phase = t->begins ? NAMES : OFF;
		else	/* the number of the tool is needed, and stands first */
			t->phase = t->columns > 1 && t->column[0].name == 0 ? ROWS : OFF;
	}
	t->at = 0;
	t->now = t->cell_n = t->has_tool = 0;
}

/* Follows a piece of the table; how many cells it completes. */
static size_t follow(struct table *t, struct bytes piece, struct telling *say)
{
	size_t count = 0;

	for (size_t i = 0; i < piece.n && t->phase != OFF; i++) {
		char c = (char)piece.p[i];

		if (c == '\r' || c == '\n' || c == '\0') {
			line_ends(t, say, &count);
			continue;
		}
		if (t->phase == ROWS && t->at == 0 && c == '[')
			t->phase = OFF;
		else if (t->phase == ROWS)
			cell_byte(t, c, say, &count);
		else
			word_byte(t, c);
		if (t->at < TO_END - 1)
			t->at++;
	}
	return count;
}

void lsv2_table_open(struct proto_ctx *x)
{
	keep_new(x, KEY_TABLE, sizeof(struct table));
}

void lsv2_table_add(struct proto_ctx *x, struct bytes piece, bool written)
{
	struct table *t = keep_find(x, KEY_TABLE);

	if (t == NULL || t->phase == OFF)
		return;
	struct table ahead = *t;	/* every act says how many its message has */
	struct telling say = { .x = x, .items = follow(&ahead, piece, NULL), .written = written };

	follow(t, piece, &say);
}

uint32_t lsv2_table_close(struct proto_ctx *x)
{
	const struct table *t = keep_find(x, KEY_TABLE);
	uint32_t left_out = t == NULL ? 0 : t->left_out;

	if (t != NULL)
		keep_drop(x, KEY_TABLE);
	return left_out;
}

/* main/sheet.c: see sheet.h. */
#include "main/sheet.h"

#include <errno.h>
#include <inttypes.h>

#include "core/util.h"
#include "main/say.h"
#include "model/alert.h"

enum { CELL_MAX = 48, GAP = 2 };	/* columns a cell takes in a table at most */

void sheet_init(struct sheet *s, const struct sheet_column *columns, enum sheet_format format)
{
	*s = (struct sheet){ .columns = columns, .format = format };
	while (columns[s->width].key != NULL)
		s->width++;
}

void sheet_cell(struct sheet *s, const char *cell)
{
	if (s->at % s->width == 0 && s->at / s->width == s->cap) {
		size_t cap = s->cap == 0 ? 64 : s->cap * 2;
		char **cells = realloc(s->cells, cap * s->width * sizeof(*cells));

		if (cells == NULL) {
			s->failed = true;
			return;
		}
		s->cells = cells;
		s->cap = cap;
	}
	char *copy = strdup(cell);

	if (copy == NULL) {
		s->failed = true;
		return;
	}
	s->cells[s->at++] = copy;
	s->rows = s->at / s->width;
}

void sheet_number(struct sheet *s, uint64_t v)
{
	char out[24];

	snprintf(out, sizeof(out), "%" PRIu64, v);
	sheet_cell(s, out);
}

void sheet_time(struct sheet *s, int64_t at_ns)
{
	char out[64] = "";

	_Static_assert(sizeof(out) >= WHEN_TEXT, "a moment fits");
	if (at_ns != 0 && s->format == SHEET_JSON) {
		struct json j = { 0 };

		json_time(&j, at_ns);
		if (j.failed)
			s->failed = true;
		else	/* without its quotes: it becomes a text like the others */
			snprintf(out, sizeof(out), "%.*s", (int)j.n - 2, j.p + 1);
		json_free(&j);
	} else if (at_ns != 0) {
		when_text(out, at_ns);
	}
	sheet_cell(s, out);
}

void sheet_state(struct sheet *s, enum lang lang, const char *key)
{
	sheet_cell(s, text(s->format == SHEET_JSON ? LANG_EN : lang, key));
}

void sheet_free(struct sheet *s)
{
	for (size_t i = 0; i < s->at; i++)
		free(s->cells[i]);
	free(s->cells);
	*s = (struct sheet){ 0 };
}

static const char *heading(enum lang lang, const struct sheet_column *c)
{
	static char key[64];

	snprintf(key, sizeof(key), "sheet.%s", c->key);
	return text(lang, key);
}

static const char *cell_at(const struct sheet *s, size_t row, unsigned column)
{
	return s->cells[row * s->width + column];
}

/* ---- tables ---- */

/* Bytes of the longest beginning of a text that takes at most *columns, which becomes what it takes. */
static size_t fit(const char *cell, size_t *columns)
{
	size_t bytes = 0, taken = 0, now;
	char head[CELL_MAX * 4 + 8];

	for (size_t i = 1; i <= strlen(cell) && i < sizeof(head); i++) {
		if (((unsigned char)cell[i] & 0xc0) == 0x80)
			continue;	/* inside a character */
		memcpy(head, cell, i);
		head[i] = '\0';
		now = text_columns(head);
		if (now > *columns)
			break;
		bytes = i;
		taken = now;
	}
	*columns = taken;
	return bytes;
}

static void print_cell(const char *cell, size_t width, bool right, bool last)
{
	size_t columns = text_columns(cell), bytes = strlen(cell);
	const char *tail = "";

	if (columns > CELL_MAX && !last) {
		columns = CELL_MAX - 1;
		bytes = fit(cell, &columns);
		tail = "…";
		columns++;
	}
	size_t pad = columns < width ? width - columns : 0;

	printf("%*s%.*s%s", right ? (int)pad : 0, "", (int)bytes, cell, tail);
	if (!last)
		printf("%*s", (int)((right ? 0 : pad) + GAP), "");
}

static bool print_table(const struct sheet *s, enum lang lang)
{
	size_t *width = calloc(s->width, sizeof(*width));
	unsigned last = 0;

	if (width == NULL)
		return false;
	for (unsigned c = 0; c < s->width; c++) {
		if ((s->columns[c].flags & COLUMN_WIDE) != 0)
			continue;
		last = c;
		width[c] = text_columns(heading(lang, &s->columns[c]));
		for (size_t r = 0; r < s->rows; r++)
			width[c] = max_size(width[c], min_size(text_columns(cell_at(s, r, c)), CELL_MAX));
	}
	for (size_t r = 0; r <= s->rows; r++) {
		for (unsigned c = 0; c < s->width; c++) {
			if ((s->columns[c].flags & COLUMN_WIDE) != 0)
				continue;
			print_cell(r == 0 ? heading(lang, &s->columns[c]) : cell_at(s, r - 1, c), width[c],
				   (s->columns[c].flags & COLUMN_RIGHT) != 0, c == last);
		}
		putchar('\n');
	}
	free(width);
	return true;
}

/* ---- CSV: RFC 4180 ---- */

static void csv_cell(const char *cell, bool number, bool first)
{
	/* A spreadsheet runs cells that begin like a formula; names on the wire are written by strangers. */
	bool formula = !number && *cell != '\0' && strchr("=+-@\t\r", *cell) != NULL;

	if (!first)
		putchar(',');
	putchar('"');
	if (formula)
		putchar('\'');
	for (; *cell != '\0'; cell++) {
		if (*cell == '"')
			putchar('"');
		putchar(*cell);
	}
	putchar('"');
}

static void print_csv(const struct sheet *s, enum lang lang)
{
	fputs("\xef\xbb\xbf", stdout);
	for (unsigned c = 0; c < s->width; c++)
		csv_cell(heading(lang, &s->columns[c]), false, c == 0);
	fputs("\r\n", stdout);
	for (size_t r = 0; r < s->rows; r++) {
		for (unsigned c = 0; c < s->width; c++)
			csv_cell(cell_at(s, r, c), s->columns[c].number, c == 0);
		fputs("\r\n", stdout);
	}
}

static bool print_json(const struct sheet *s)
{
	struct json j = { 0 };

	json_open(&j, '[');
	for (size_t r = 0; r < s->rows; r++) {
		json_open(&j, '{');
		for (unsigned c = 0; c < s->width; c++) {
			const char *cell = cell_at(s, r, c);

			json_key(&j, s->columns[c].key);
			if (s->columns[c].number && *cell != '\0')
				json_u64(&j, strtoull(cell, NULL, 10));
			else
				json_str(&j, cell);
		}
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_newline(&j);
	bool whole = !j.failed;

	if (whole)
		fwrite(j.p, 1, j.n, stdout);
	json_free(&j);
	return whole;
}

bool sheet_print(const struct sheet *s, enum lang lang, const char *empty)
{
	bool done = !s->failed;

	if (done && s->format == SHEET_JSON)
		done = print_json(s);
	else if (done && s->format == SHEET_CSV)
		print_csv(s, lang);
	else if (done && s->rows == 0)
		printf("%s\n", text(lang, empty));
	else if (done)
		done = print_table(s, lang);
	if (!done)
		say_failed(lang, "cli.cannot-start", "koban", ENOMEM);
	return done;
}

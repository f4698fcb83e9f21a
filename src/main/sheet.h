/* main/sheet.h: rows and columns for people (table), spreadsheets (CSV) and programs (JSON). */
#ifndef MAIN_SHEET_H
#define MAIN_SHEET_H

#include "core/json.h"
#include "model/text.h"

enum sheet_format { SHEET_TABLE, SHEET_CSV, SHEET_JSON };

enum column_flag { COLUMN_RIGHT = 1, COLUMN_WIDE = 2 };	/* numbers; not in tables, only in CSV and JSON */

struct sheet_column {
	const char *key;	/* JSON member and, below content/text/sheet.yml, the heading */
	unsigned flags;
	bool number;		/* JSON number */
};

struct sheet {
	const struct sheet_column *columns;	/* key NULL ends */
	enum sheet_format format;
	unsigned width;		/* columns */
	char **cells;		/* rows * width */
	size_t rows, cap, at;	/* at: the next cell of the row being filled */
	bool failed;		/* out of memory */
};

void sheet_init(struct sheet *s, const struct sheet_column *columns, enum sheet_format format);
void sheet_cell(struct sheet *s, const char *text);	/* the next cell; copied */
void sheet_number(struct sheet *s, uint64_t v);

/* Local time for people, UTC for programs; 0: empty. */
void sheet_time(struct sheet *s, int64_t at_ns);

/* A text of ours that says a state, such as "yes": for programs always in the same language. */
void sheet_state(struct sheet *s, enum lang lang, const char *key);
void sheet_free(struct sheet *s);

/* Prints; an empty table says so with the text `empty`. CSV is UTF-8 with a byte order mark, as spreadsheets
 * want it, and no cell can begin a formula. Returns false when memory had run out: said so. */
bool sheet_print(const struct sheet *s, enum lang lang, const char *empty);

#endif

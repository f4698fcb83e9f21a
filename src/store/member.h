/* store/member.h: one member of a row as the database keeps it, and back.
 *
 * Numbers that are only good inside one build (protocols, verbs, words) are kept by their names, so that
 * another build reads the same thing. */
#ifndef STORE_MEMBER_H
#define STORE_MEMBER_H

#include <sqlite3.h>
#include <stdbool.h>

#include "store/columns.h"

enum { SCRATCH = 8192 };	/* bytes of the longest member that is kept as text */

struct text_out { char *p; size_t n, cap; };	/* NUL-terminated; what does not fit is left out */

void text_out_put(struct text_out *o, const char *s, size_t n);
void text_out_item(struct text_out *o, const char *s);	/* with a comma before it, unless it is the first */

bool member_is_number(const struct column *c);
uint64_t member_number(const uint8_t *at, size_t size);
void member_text(struct text_out *o, const struct column *c, const uint8_t *row);

struct scratch {		/* what COL_STRINGS point into, for one row */
	char p[SCRATCH];
	size_t n;
};

/* The row that st stands on, as the struct its table keeps. */
void row_from(const struct table *t, sqlite3_stmt *st, uint8_t *row, struct scratch *scratch);

#endif

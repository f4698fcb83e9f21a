/* core/buf.h: text appended to a buffer of fixed size, without printf: the packet path has none.
 *
 * What does not fit is cut, and n counts what it wanted, like snprintf(). The text is always
 * NUL-terminated. */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cursor.h"

struct buf {
	char *p;
	size_t cap;		/* bytes at p, the NUL included */
	size_t n;		/* bytes wanted so far, without the NUL */
};

/* An empty text in cap bytes at p. */
struct buf buf_over(char *p, size_t cap);

void buf_put(struct buf *b, const void *s, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
void buf_digits(struct buf *b, uint64_t v, unsigned width);	/* decimal, zeroes in front */

/* At most six digits behind the point, or six significant ones with an exponent: for people and tests,
 * not for reading back. */
void buf_f64(struct buf *b, double v);

/* Lower-case hex of bytes; separator 0: none. */
void buf_hex(struct buf *b, struct bytes bytes, char separator);

/* Text from the wire: printable ASCII and well-formed UTF-8 as they are, but \" \\ and \xNN for
 * everything else. */
void buf_escaped(struct buf *b, struct bytes text);

#endif

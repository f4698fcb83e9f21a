/* proto/ascii.h: what protocols made of text lines share (HTTP, FTP).
 *
 * Every call takes views of untrusted bytes and gives views inside them. Letters are compared as ASCII,
 * whatever their case. */
#ifndef PROTO_ASCII_H
#define PROTO_ASCII_H

#include "core/cursor.h"

/* The next line without its end (LF or CRLF); the end is read too. ret_ended false: no LF was left. */
struct bytes ascii_line(struct cursor *c, bool *ret_ended);

/* Everything before the first `end`, which is dropped from rest too; all of rest when there is none. */
struct bytes ascii_until(struct bytes *rest, uint8_t end);

/* Without the first n bytes, or the last n; empty when there are fewer. */
struct bytes ascii_skip(struct bytes b, size_t n);
struct bytes ascii_less(struct bytes b, size_t n);

/* Without blanks and tabs at both ends. */
struct bytes ascii_trim(struct bytes b);

bool ascii_is(struct bytes b, const char *word);
bool ascii_begins(struct bytes b, const char *word);
bool ascii_ends(struct bytes b, const char *word);
bool ascii_has(struct bytes b, const char *word);

/* Where the byte is; b.n when it is not there. */
size_t ascii_find(struct bytes b, uint8_t byte);

/* The whole of b is a decimal number of at most 18 digits: below 2^60. */
bool ascii_number(struct bytes b, uint64_t *ret);

/* Hexadecimal, below 2^62. */
bool ascii_hex(struct bytes b, uint64_t *ret);

uint8_t ascii_lower(uint8_t c);

/* Visible ASCII; and what RFC 9110 5.6.2 allows in a token. */
bool ascii_visible(uint8_t c);
bool ascii_token(struct bytes b);

/* A buffer that text is put together in; what does not fit is dropped and noted. */
struct ascii_pen {
	uint8_t *p;
	size_t n, cap;
	bool cut;
};

void ascii_put(struct ascii_pen *pen, struct bytes b);
void ascii_puts(struct ascii_pen *pen, const char *s);

#endif

/* core/utf8.h: is it text? */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed UTF-8 character at p (Unicode 15, table 3-7), 0 when there is none in n bytes. */
static inline size_t utf8_length(const uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	size_t want = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] < 0xc2 || p[0] > 0xf4 || n < want)
		return 0;
	uint8_t low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
	uint8_t high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;

	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

/* The number of a character; n is what utf8_length() said, more than 1. */
static inline uint32_t utf8_code(const uint8_t *p, size_t n)
{
	uint32_t c = p[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

/* Of a character of n bytes. C1 controls and bidirectional overrides are well-formed, but a text that holds
 * them moves the cursor of old terminals, or can look like another one. */
static inline bool utf8_deceives(const uint8_t *p, size_t n)
{
	if (n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;			/* U+0080..009F */
	return n == 3 && p[0] == 0xe2 &&
	       ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||	/* U+2028..202E */
		(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));	/* U+2066..2069 */
}

#endif

/* proto/utf16.c: text as Windows sends it, made UTF-8 (Unicode 15, 3.9 D91 and D92). */
#include "proto/utf16.h"

enum { HIGH = 0xd800, LOW = 0xdc00, PAIRS_END = 0xe000, REPLACEMENT = 0xfffd };

size_t utf16_until_nul(struct bytes b)
{
	size_t n = 0;

	while (n + 2 <= b.n && (b.p[n] | b.p[n + 1]) != 0)
		n += 2;
	return n;
}

static uint32_t next(struct cursor *c)
{
	uint32_t u = cur_le16(c);

	if (u < HIGH || u >= PAIRS_END)
		return u;
	if (u >= LOW || c->left < 2)
		return REPLACEMENT;
	struct cursor ahead = *c;
	uint32_t low = cur_le16(&ahead);

	if (low < LOW || low >= PAIRS_END)
		return REPLACEMENT;
	*c = ahead;
	return 0x10000 + ((u - HIGH) << 10) + (low - LOW);
}

static size_t encode(uint8_t out[4], uint32_t u)
{
	if (u < 0x80) {
		out[0] = (uint8_t)u;
		return 1;
	}
	size_t n = u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
	static const uint8_t marks[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (uint8_t)(0x80 | (u & 0x3f));
		u >>= 6;
	}
	out[0] = (uint8_t)(marks[n] | u);
	return n;
}

size_t utf16_put(uint8_t *out, size_t cap, struct bytes le)
{
	struct cursor c = cur_over(le);
	size_t n = 0;

	while (c.left >= 2) {
		uint8_t one[4];
		uint32_t u = next(&c);

		if (u == 0)
			break;
		size_t bytes = encode(one, u);

		if (bytes > cap - n)
			break;
		for (size_t i = 0; i < bytes; i++)
			out[n++] = one[i];
	}
	return n;
}

/* decode/sum.h: the one's complement sum of RFC 1071, in pieces that duplicate.c makes while it hashes.
 *
 * Words are in the machine's byte order, which this sum does not mind (section 2 B). Eight bytes are added at a time with
 * carries added back: 2^16 - 1 divides 2^64 - 1, so folding at the end gives the same. */
#ifndef DECODE_SUM_H
#define DECODE_SUM_H

#include "core/cursor.h"
#include "core/load.h"

static inline uint64_t sum_add(uint64_t a, uint64_t b)
{
	a += b;
	return a + (a < b);
}

/* n < 8 bytes, as if zeroes followed. */
static inline uint64_t sum_tail(const uint8_t *p, size_t n)
{
	uint8_t last[8] = { 0 };
	size_t at = 0;

	if ((n & 4) != 0) {
		memcpy(last, p, 4);
		at = 4;
	}
	if ((n & 2) != 0) {
		memcpy(last + at, p + at, 2);
		at += 2;
	}
	if ((n & 1) != 0)
		last[at] = p[at];
	return load_u64(last);
}

static inline uint64_t sum_bytes(struct bytes b)
{
	const uint8_t *p = b.p;
	size_t n = b.n;
	uint64_t s = 0, t = 0;

	for (; n >= 16; p += 16, n -= 16) {
		s = sum_add(s, load_u64(p));
		t = sum_add(t, load_u64(p + 8));
	}
	s = sum_add(s, t);
	if (n >= 8) {
		s = sum_add(s, load_u64(p));
		p += 8;
		n -= 8;
	}
	return n > 0 ? sum_add(s, sum_tail(p, n)) : s;
}

/* The same for an IPv4 header without options. */
static inline uint64_t sum_header(const uint8_t p[20])
{
	return (uint64_t)load_u32(p) + load_u32(p + 4) + load_u32(p + 8) + load_u32(p + 12) + load_u32(p + 16);
}

/* A number as its two bytes in memory would be loaded. */
static inline uint16_t sum_word(uint16_t v)
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };
	uint16_t w;

	memcpy(&w, b, sizeof(w));
	return w;
}

static inline uint16_t sum_fold(uint64_t s)
{
	s = (s & UINT32_MAX) + (s >> 32);		/* < 2^33 */
	s = (s & 0xffff) + (s >> 16 & 0xffff) + (s >> 32);	/* < 2^18 */
	s = (s & 0xffff) + (s >> 16);
	return (uint16_t)((s & 0xffff) + (s >> 16));
}

#endif

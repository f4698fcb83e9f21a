/* decode/sum.h: the one's complement sum of RFC 1071, in pieces that duplicate.c makes while it hashes.
 *
 * Words are in the machine's byte order, which this sum does not mind (section 2 B). Eight bytes are added at
 * a time with carries added back: 2^16 - 1 divides 2^64 - 1, so folding at the end gives the same. */
#ifndef DECODE_SUM_H
#define DECODE_SUM_H

#include "core/cursor.h"
#include "core/load.h"

static inline uint64_t sum_add(uint64_t a, uint64_t b)
{
	a += b;
	return a + (a < b);
}

/* The last 0 < n < 8 bytes before end as if zeroes followed, out of one load of the eight before end: to put
 * them together in memory would stall. */
static inline uint64_t sum_last(const uint8_t *end, size_t n)
{
	unsigned away = (unsigned)(8 - n) * 8;

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? load_u64(end - 8) >> away :
							   load_u64(end - 8) << away;
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
	if (n == 0)
		return s;
	if (b.n >= 8)
		return sum_add(s, sum_last(p + n, n));
	uint8_t few[8] = { 0 };

	memcpy(few, p, n);
	return load_u64(few);
}

/* The same for an IPv4 header without options. */
static inline uint64_t sum_header(const uint8_t p[20])
{
	return (uint64_t)load_u32(p) + load_u32(p + 4) + load_u32(p + 8) + load_u32(p + 12) +
	       load_u32(p + 16);
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

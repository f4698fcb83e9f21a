/* core/load.h: numbers out of bytes a cursor has already handed over.
 *
 * Only for p from cur_take(c, n) that was asked for at least as many bytes as are read here: a fixed header
 * is taken once and then read in place. Everything of variable length is read through the cursor itself. */
#ifndef CORE_LOAD_H
#define CORE_LOAD_H

#include <stdint.h>
#include <string.h>

static inline uint16_t load_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* In the machine's own order: for sums and hashes that do not mind. */
static inline uint32_t load_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t load_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* An IPv4 address as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), in two words: who reads it so right after
 * does not wait for narrower stores to meet. */
static inline void store_mapped(uint8_t ip[16], const uint8_t v4[4])
{
	uint64_t words[2] = { 0 };

	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		words[1] = (uint64_t)load_u32(v4) << 32 | UINT32_C(0xffff0000);
	else
		words[1] = UINT64_C(0xffff00000000) | load_u32(v4);
	memcpy(ip, words, sizeof(words));
}

#endif

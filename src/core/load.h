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

#endif

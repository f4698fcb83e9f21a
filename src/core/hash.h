/* core/hash.h: hashes that are the same on every run and machine. Not for secrets.
 *
 * Tables that strangers can fill mix in a seed chosen per run where the order of the table is never
 * visible; names and keys that are written out use these with seed 0. */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Finaliser of splitmix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit. */
static inline uint64_t hash_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static inline uint64_t hash_join(uint64_t a, uint64_t b)
{
	return hash_mix(a * UINT64_C(0x9e3779b97f4a7c15) + b);
}

/* XXH3, 64 bits. */
uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);

#endif

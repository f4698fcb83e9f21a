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

/* The two halves of a product of 128 bits, folded: the step that wyhash and XXH3 are built of. Both
 * factors go in once more, so that a factor of 0 does not swallow the other. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 m = (unsigned __int128)a * b;

	return a ^ b ^ (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Eight words that were never bytes: a third of the time of hash_bytes() over a struct, because nothing
 * goes through memory in another width than it was written. The constants are the first outputs of
 * splitmix64 from 0. */
static inline uint64_t hash_words(const uint64_t w[8], uint64_t seed)
{
	uint64_t h = seed;

	h += hash_fold(w[0] ^ UINT64_C(0xe220a8397b1dcdaf) ^ seed, w[1] ^ UINT64_C(0x6e789e6aa1b965f4));
	h += hash_fold(w[2] ^ UINT64_C(0x06c45d188009454f) ^ seed, w[3] ^ UINT64_C(0xf88bb8a8724c81ec));
	h += hash_fold(w[4] ^ UINT64_C(0x1b39896a51a8749b) ^ seed, w[5] ^ UINT64_C(0x53cb9f0c747ea2ea));
	h += hash_fold(w[6] ^ UINT64_C(0x2c829abe1f4532e1) ^ seed, w[7] ^ UINT64_C(0xc584133ac916ab3c));
	return hash_mix(h);
}

/* XXH3, 64 bits. */
uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);

#endif

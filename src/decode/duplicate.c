/* decode/duplicate.c: frames that a mirror port gave twice.
 *
 * A mirror of two ports, or of both directions of a VLAN, shows one packet where it enters and where it
 * leaves. The second is dropped: same tap, same bytes from the IP header on, at most 5 ms after (or before)
 * the first. Time to live and header checksum are left out, because a router between the two changes them.
 * The identification of IPv4 and the sequence and checksum of TCP are among the bytes, so a repeated poll or
 * a retransmission with a new identification stays. Frames without IP are never compared: cyclic layer 2
 * repeats itself by design. */
#include <errno.h>

#include "core/hash.h"
#include "decode/sum.h"
#include "decode/walk.h"

enum { PLACES = 1024, WAYS = 4 };	/* 64 KiB; 4,096 packets: 5 ms of 800,000 a second */
enum { KEYS = 16 };			/* of eight bytes: a block of the hash is 128 bytes */
#define DUPLICATE_NS (5 * (uint64_t)NS_PER_MS)

struct seen { uint64_t hash; int64_t at_ns; };		/* hash 0: free */

struct duplicate_table {
	_Alignas(64) struct seen seen[PLACES][WAYS];
	uint64_t keys[KEYS];
};

size_t duplicate_need(void)
{
	return sizeof(struct duplicate_table) + 64;
}

void duplicate_seed(struct duplicate_table *t, uint64_t seed)
{
	for (size_t i = 0; i < KEYS; i++)
		t->keys[i] = hash_join(seed, i);
}

int duplicate_init(struct duplicate_table **ret_t, struct arena *a)
{
	uint8_t *p = arena_take(a, duplicate_need());

	if (p == NULL)
		return -ENOMEM;
	*ret_t = (struct duplicate_table *)(void *)(p + (-(uintptr_t)p & 63));
	duplicate_seed(*ret_t, 0);
	return 0;
}

/* One pass over the packet: a hash that decides, and a sum that chooses the place and that checksum.c needs
 * anyway. The hash is NH of UMAC (RFC 4418 section 5.2.2) with words of 64 bits: products of keyed words,
 * added up. Who does not know the keys cannot make two packets equal; the place does not depend on them. */
struct digest { uint64_t hash, place, sum; };

static inline uint64_t folded(unsigned __int128 x)
{
	return (uint64_t)x ^ (uint64_t)(x >> 64);
}

static struct digest digest(const struct duplicate_table *t, struct bytes packet, uint8_t tap)
{
	static const uint8_t changes4[8] = { 0xff, 0, 0xff, 0xff };	/* bytes 8, 10 and 11 of IPv4 */
	static const uint8_t changes6[8] = { [7] = 0xff };		/* byte 7 of IPv6 */
	const uint64_t *k = t->keys;
	const uint8_t *p = packet.p;
	size_t n = packet.n, j = 2;
	bool v4 = p[0] >> 4 == 4;
	uint64_t a = load_u64(p), b = load_u64(p + 8);
	uint64_t changes = v4 ? b & load_u64(changes4) : a & load_u64(changes6);

	if (v4)
		b -= changes;
	else
		a -= changes;
	uint64_t s = sum_add(a, b), h = (uint64_t)tap << 32 | n;
	unsigned __int128 products = (unsigned __int128)(a + k[0]) * (b + k[1]);

	for (p += 16, n -= 16; n >= 16; p += 16, n -= 16) {
		a = load_u64(p);
		b = load_u64(p + 8);
		s = sum_add(sum_add(s, a), b);
		products += (unsigned __int128)(a + k[j]) * (b + k[j + 1]);
		j += 2;
		if (j == KEYS) {
			h = hash_join(h, folded(products));
			products = 0;
			j = 0;
		}
	}
	if (n > 0) {
		a = n >= 8 ? load_u64(p) : sum_last(p + n, n);
		b = n > 8 ? sum_last(p + n, n - 8) : 0;
		s = sum_add(sum_add(s, a), b);
		products += (unsigned __int128)(a + k[j]) * (b + k[j + 1]);
	}
	return (struct digest){ .hash = hash_join(h, folded(products)) | 1,
		.place = s * UINT64_C(0x9e3779b97f4a7c15) >> 54, .sum = sum_add(s, changes) };
}

_Static_assert(PLACES == 1024, "digest() makes places of 10 bits");

static uint64_t apart(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* A packet seen before. The time kept is that of the first, so that an endless row of equal packets is not
 * all taken for copies of the first one. */
static bool again(struct seen *s, int64_t at_ns)
{
	if (apart(at_ns, s->at_ns) <= DUPLICATE_NS)
		return true;
	s->at_ns = at_ns;
	return false;
}

/* The newest of a place stands in front; the oldest gives way. */
bool duplicate_seen(struct decode *d, const struct frame *f, struct bytes packet, uint64_t *ret_sum)
{
	struct duplicate_table *t = d->duplicates;
	struct digest g = digest(t, packet, f->tap);
	struct seen *place = t->seen[g.place];

	*ret_sum = g.sum;
	if ((place[0].hash == g.hash) | (place[1].hash == g.hash) | (place[2].hash == g.hash) |
	    (place[3].hash == g.hash)) {
		for (unsigned i = 0; i < WAYS; i++)
			if (place[i].hash == g.hash)
				return again(&place[i], f->at_ns);
	}
	place[3] = place[2];
	place[2] = place[1];
	place[1] = place[0];
	place[0] = (struct seen){ .hash = g.hash, .at_ns = f->at_ns };
	return false;
}

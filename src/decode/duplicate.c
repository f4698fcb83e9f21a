/* decode/duplicate.c: frames that a mirror port gave twice.
 *
 * A mirror of two ports, or of both directions of a VLAN, shows one packet where it enters and where it leaves. The second is
 * dropped: same tap, same bytes from the IP header on, at most 5 ms after (or before) the first. Time to live and header
 * checksum are left out, because a router between the two changes them. The identification of IPv4 and the sequence
 * and checksum of TCP are among the bytes, so a repeated poll or a retransmission with a new identification stays.
 * Frames without IP are never compared: cyclic layer 2 repeats itself by design. Packets are known by 64-bit hashes. */
#include <errno.h>

#include "core/hash.h"
#include "decode/walk.h"

enum { PLACES = 1024, WAYS = 4 };	/* 64 KiB; 4,096 packets: 5 ms of 800,000 a second */
#define DUPLICATE_NS (5 * (uint64_t)NS_PER_MS)

struct seen { uint64_t hash; int64_t at_ns; };		/* hash 0: free */

struct duplicate_table { struct seen seen[PLACES][WAYS]; };

size_t duplicate_need(void)
{
	return sizeof(struct duplicate_table);
}

int duplicate_init(struct duplicate_table **ret_t, struct arena *a)
{
	*ret_t = arena_take(a, sizeof(**ret_t));
	return *ret_t == NULL ? -ENOMEM : 0;
}

static uint64_t packet_hash(struct bytes packet, uint8_t tap)
{
	static const uint8_t hop_limit[8] = { [7] = 0xff };	/* byte 7 of IPv6; that of IPv4 is byte 8 */
	const uint8_t *p = packet.p;
	uint64_t first = load_u64(p);

	if (p[0] >> 4 == 4)				/* bytes 10 and 11 are the checksum */
		return hash_bytes(p + 12, packet.n - 12, 0) ^ hash_join(first, (uint64_t)tap << 8 | p[9]);
	return hash_bytes(p + 8, packet.n - 8, 0) ^ hash_join(first & ~load_u64(hop_limit), tap);
}

static uint64_t apart(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* A packet seen before. The time kept is that of the first, so that an endless row of equal packets is not all taken
 * for copies of the first one. */
static bool again(struct seen *s, int64_t at_ns)
{
	if (apart(at_ns, s->at_ns) <= DUPLICATE_NS)
		return true;
	s->at_ns = at_ns;
	return false;
}

/* The newest of a place stands in front; the oldest gives way. */
bool duplicate_seen(struct walk *w, struct bytes packet)
{
	uint64_t hash = packet_hash(packet, w->f->tap) | 1;
	struct seen *place = w->d->duplicates->seen[hash >> 32 & (PLACES - 1)];

	if ((place[0].hash == hash) | (place[1].hash == hash) | (place[2].hash == hash) | (place[3].hash == hash)) {
		for (unsigned i = 0; i < WAYS; i++)
			if (place[i].hash == hash)
				return again(&place[i], w->f->at_ns);
	}
	place[3] = place[2];
	place[2] = place[1];
	place[1] = place[0];
	place[0] = (struct seen){ .hash = hash, .at_ns = w->f->at_ns };
	return false;
}

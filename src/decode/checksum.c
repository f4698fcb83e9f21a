/* decode/checksum.c: which segments no receiver would have accepted.
 *
 * A sender whose network card fills in checksums shows only wrong ones in a capture made on that sender, so a wrong
 * checksum alone proves nothing. Each sender (tap, source address, IP protocol) is therefore known by its
 * last checksums: `good` and `bad` count them, both are halved when together they reach WINDOW. A wrong one is
 * judged bad only when at least GOOD_MIN good ones are remembered and no more than one bad for RATIO good.
 * So it depends on the frames before it alone, and one offloading host does not excuse the others of its tap. A sender
 * that mixes in enough bad ones is no longer judged; then reassembly sees the overlap.
 * Not judged at all: cut segments, datagrams from fragments, UDP without a checksum, segmentation offload. */
#include <errno.h>

#include "core/hash.h"
#include "decode/walk.h"

enum { SENDERS = 4096, SENDER_WAYS = 4, WINDOW = 64, GOOD_MIN = 16, RATIO = 8 };

struct sender { uint32_t tag; uint8_t good, bad, offload, spare; };

struct checksum_table {
	struct sender senders[SENDERS];	/* SENDER_WAYS neighbours share a place */
	uint32_t crc[8][256];		/* CRC32c of byte i followed by k zero bytes */
	bool tap_offload[COVERAGE_TAPS];
};

size_t checksum_need(void)
{
	return sizeof(struct checksum_table);
}

int checksum_init(struct checksum_table **ret_t, struct arena *a)
{
	struct checksum_table *t = arena_take(a, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT32_C(0x82f63b78) : 0);	/* RFC 9260 appendix A */
		t->crc[0][i] = crc;
	}
	for (unsigned k = 1; k < 8; k++)
		for (unsigned i = 0; i < 256; i++)
			t->crc[k][i] = t->crc[k - 1][i] >> 8 ^ t->crc[0][t->crc[k - 1][i] & 0xff];
	*ret_t = t;
	return 0;
}

/* ---- sums ---- */

/* Sum of 16-bit words in the machine's byte order, which the one's complement sum does not mind (RFC 1071 section 2 B).
 * Eight bytes at a time: 2^16 - 1 divides 2^64 - 1, so folding at the end gives the same. */
static unsigned __int128 sum(struct bytes b)
{
	const uint8_t *p = b.p;
	size_t n = b.n;
	unsigned __int128 s = 0, t = 0;

	for (; n >= 16; p += 16, n -= 16) {
		s += load_u64(p);
		t += load_u64(p + 8);
	}
	s += t;
	if (n >= 8) {
		s += load_u64(p);
		p += 8;
		n -= 8;
	}
	if (n > 0) {
		uint8_t last[8] = { 0 };

		memcpy(last, p, n);
		s += load_u64(last);
	}
	return s;
}

static uint16_t fold(unsigned __int128 s)
{
	uint64_t a = (uint64_t)s, high = (uint64_t)(s >> 64);

	a += high;
	a += a < high;
	a = (a & UINT32_MAX) + (a >> 32);
	a = (a & 0xffff) + (a >> 16 & 0xffff) + (a >> 32);
	a = (a & 0xffff) + (a >> 16);
	a = (a & 0xffff) + (a >> 16);
	return (uint16_t)a;
}

bool checksum_right(struct bytes b)
{
	return fold(sum(b)) == 0xffff;
}

static uint16_t be16_word(uint16_t v)			/* as two bytes in memory would be loaded */
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };
	uint16_t w;

	memcpy(&w, b, sizeof(w));
	return w;
}

/* RFC 9293 section 3.1 and RFC 8200 section 8.1. The mapped prefix ::ffff:0:0 of IPv4 adds 0xffff, which is zero. */
static bool pseudo_right(const struct layers *l, struct bytes segment)
{
	unsigned __int128 s = sum(segment);

	s += load_u64(l->src_ip);
	s += load_u64(l->src_ip + 8);
	s += load_u64(l->dst_ip);
	s += load_u64(l->dst_ip + 8);
	s += be16_word((uint16_t)segment.n);
	s += be16_word((uint16_t)(segment.n >> 16));
	s += be16_word(l->ip_proto);
	return fold(s) == 0xffff;
}

static uint32_t crc_add(const struct checksum_table *t, uint32_t crc, const uint8_t *p, size_t n)
{
	for (; n >= 8; p += 8, n -= 8) {
		uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
				      (uint32_t)p[3] << 24);

		crc = t->crc[7][low & 0xff] ^ t->crc[6][low >> 8 & 0xff] ^ t->crc[5][low >> 16 & 0xff] ^
		      t->crc[4][low >> 24] ^ t->crc[3][p[4]] ^ t->crc[2][p[5]] ^ t->crc[1][p[6]] ^ t->crc[0][p[7]];
	}
	for (; n > 0; p++, n--)
		crc = crc >> 8 ^ t->crc[0][(crc ^ *p) & 0xff];
	return crc;
}

/* RFC 9260 section 6.8: CRC32c over the packet with a checksum of zero, stored little-endian. */
static bool sctp_right(const struct checksum_table *t, struct bytes segment)
{
	static const uint8_t zero[4];
	struct cursor c = cur_over(segment);
	const uint8_t *p = cur_take(&c, 12);

	if (p == NULL)
		return false;
	uint32_t crc = crc_add(t, UINT32_MAX, p, 8);

	crc = crc_add(t, crc, zero, sizeof(zero));
	crc = ~crc_add(t, crc, c.p, c.left);
	return crc == ((uint32_t)p[8] | (uint32_t)p[9] << 8 | (uint32_t)p[10] << 16 | (uint32_t)p[11] << 24);
}

/* ---- senders ---- */

/* A place for this sender; the neighbour of which least is known gives way. */
static struct sender *sender_find(struct checksum_table *t, const struct layers *l)
{
	uint64_t key = hash_join(walk_host(l->src_ip), (uint64_t)l->tap << 8 | l->ip_proto);
	struct sender *place = &t->senders[key % (SENDERS / SENDER_WAYS) * SENDER_WAYS];
	struct sender *least = place;
	uint32_t tag = (uint32_t)(key >> 32) | 1;	/* 0: free */

	for (unsigned i = 0; i < SENDER_WAYS; i++) {
		if (place[i].tag == tag)
			return &place[i];
		if (place[i].good + place[i].bad < least->good + least->bad)
			least = &place[i];
	}
	*least = (struct sender){ .tag = tag };
	return least;
}

void checksum_judge(struct walk *w, struct bytes segment)
{
	struct checksum_table *t = w->d->checksums;
	struct layers *l = w->l;
	bool right;

	if (l->ip_proto == 132)
		right = sctp_right(t, segment);
	else if (l->ip_proto == 1)
		right = checksum_right(segment);
	else
		right = pseudo_right(l, segment);
	right = right && !w->header_bad;
	struct sender *s = sender_find(t, l);

	if (right) {
		s->good++;
	} else {
		if (s->good >= GOOD_MIN && s->bad * RATIO <= s->good) {
			l->flags |= LAYER_BAD_CHECKSUM;
			w->d->stats.bad_checksum++;
		}
		s->bad++;
		if (s->bad >= GOOD_MIN && s->good * RATIO <= s->bad && !t->tap_offload[l->tap]) {
			t->tap_offload[l->tap] = true;
			w->d->stats.offload_taps++;
		}
	}
	if (s->good + s->bad >= WINDOW) {
		s->good /= 2;
		s->bad /= 2;
	}
}

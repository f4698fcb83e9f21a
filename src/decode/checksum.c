/* decode/checksum.c: which segments no receiver would have accepted.
 *
 * A sender whose network card fills in checksums shows only wrong ones in a capture made on that sender, so a
 * wrong checksum alone proves nothing. Each sender (tap, source address, IP protocol) is therefore known by
 * its last checksums: `good` and `bad` count them, both are halved when together they reach WINDOW. A wrong
 * one is judged bad only when at least GOOD_MIN good ones are remembered and no more than one bad for RATIO
 * good. So it depends on the frames before it alone, and one offloading host does not excuse the others of
 * its tap. A sender that mixes in enough bad ones is no longer judged; then reassembly sees the overlap.
 * Not judged at all: cut segments, datagrams from fragments, UDP without a checksum, segmentation offload. */
#include <errno.h>

#include "decode/sum.h"
#include "decode/walk.h"

enum { SENDERS = 4096, WINDOW = 64, GOOD_MIN = 16, RATIO = 8 };

struct sender { uint32_t tag; uint8_t good, bad, spare[2]; };
_Static_assert(SENDERS == 4096, "sender_find() uses 12 bits");

struct checksum_table {
	struct sender senders[SENDERS];
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
			/* RFC 9260 appendix A */
			crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT32_C(0x82f63b78) : 0);
		t->crc[0][i] = crc;
	}
	for (unsigned k = 1; k < 8; k++)
		for (unsigned i = 0; i < 256; i++)
			t->crc[k][i] = t->crc[k - 1][i] >> 8 ^ t->crc[0][t->crc[k - 1][i] & 0xff];
	*ret_t = t;
	return 0;
}

/* ---- sums ---- */

/* RFC 9293 section 3.1 and RFC 8200 section 8.1. The mapped prefix ::ffff:0:0 of IPv4 adds 0xffff, which is
 * zero. */
static uint64_t pseudo_sum(const struct layers *l, size_t n)
{
	uint64_t s = load_u64(l->src_ip);

	s = sum_add(s, load_u64(l->src_ip + 8));
	s = sum_add(s, load_u64(l->dst_ip));
	s = sum_add(s, load_u64(l->dst_ip + 8));
	return sum_add(s, (uint64_t)sum_word((uint16_t)n) + sum_word((uint16_t)(n >> 16)) +
				  sum_word(l->ip_proto));
}

static bool pseudo_right(const struct layers *l, size_t n, uint64_t s)
{
	return sum_fold(sum_add(s, pseudo_sum(l, n))) == 0xffff;
}

/* A system leaves the sum of the pseudo header alone in the field for its network card to finish; without the
 * length when the card also cuts the data into segments. Such a checksum is not wrong, only not made yet. */
static bool unfinished(const struct layers *l, struct bytes segment)
{
	size_t at = l->ip_proto == 6 ? 16 : 6;	/* RFC 9293 section 3.1, RFC 768 */
	uint16_t field;

	if ((l->ip_proto != 6 && l->ip_proto != 17) || segment.n < at + sizeof(field))
		return false;
	memcpy(&field, segment.p + at, sizeof(field));
	return field == sum_fold(pseudo_sum(l, segment.n)) || field == sum_fold(pseudo_sum(l, 0));
}

static uint32_t crc_add(const struct checksum_table *t, uint32_t crc, const uint8_t *p, size_t n)
{
	for (; n >= 8; p += 8, n -= 8) {
		uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
				      (uint32_t)p[3] << 24);

		crc = t->crc[7][low & 0xff] ^ t->crc[6][low >> 8 & 0xff] ^ t->crc[5][low >> 16 & 0xff] ^
		      t->crc[4][low >> 24] ^ t->crc[3][p[4]] ^ t->crc[2][p[5]] ^ t->crc[1][p[6]] ^
		      t->crc[0][p[7]];
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

/* The place of this sender. Another one who holds it is forgotten bit by bit, so that no stranger can push
 * out one who is well known; until then the answer is NULL. */
static struct sender *sender_find(struct checksum_table *t, const struct layers *l)
{
	uint64_t key = (walk_host(l->src_ip) ^ (uint64_t)l->tap << 40 ^ (uint64_t)l->ip_proto << 48) *
	               UINT64_C(0x9e3779b97f4a7c15);
	struct sender *s = &t->senders[key >> 52];
	uint32_t tag = (uint32_t)(key >> 16) | 1;	/* 0: free */

	if (s->tag == tag)
		return s;
	if (s->good > 0 || s->bad > 0) {
		s->good = (uint8_t)(s->good - (s->good > 0));
		s->bad = (uint8_t)(s->bad - (s->bad > 0));
		return NULL;
	}
	*s = (struct sender){ .tag = tag };
	return s;
}

bool checksum_right(const struct walk *w, struct bytes segment)
{
	const struct layers *l = w->l;
	bool summed = segment.p == w->segment.p && segment.n == w->segment.n;

	if (w->header_bad)
		return false;
	if (l->ip_proto == 132)
		return sctp_right(w->d->checksums, segment);
	uint64_t s = summed ? w->segment_sum : sum_bytes(segment);

	return l->ip_proto == 1 ? sum_fold(s) == 0xffff : pseudo_right(l, segment.n, s);
}

void checksum_judge(struct decode *d, struct layers *l, struct bytes segment, bool right)
{
	struct checksum_table *t = d->checksums;
	struct sender *s = sender_find(t, l);

	if (s == NULL || (!right && unfinished(l, segment)))
		return;
	if (right) {
		s->good++;
	} else {
		if (s->good >= GOOD_MIN && s->bad * RATIO <= s->good) {
			l->flags |= LAYER_BAD_CHECKSUM;
			d->stats.bad_checksum++;
		}
		s->bad++;
		if (s->bad >= GOOD_MIN && s->good * RATIO <= s->bad && !t->tap_offload[l->tap]) {
			t->tap_offload[l->tap] = true;
			d->stats.offload_taps++;
		}
	}
	if (s->good + s->bad >= WINDOW) {
		s->good /= 2;
		s->bad /= 2;
	}
}

/* Rows of fragments of few datagrams, so that gaps, overlaps, ends, caps and time-outs meet. Four input bytes
 * make one fragment; its bytes are its number. */
#include "decode_sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { SPACE = 4096 };

static size_t fragment_v4(uint8_t *p, uint8_t id, uint16_t piece, size_t n)
{
	const uint8_t h[34] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, (uint8_t)((n + 20) >> 8),
				(uint8_t)(n + 20), 0, id, (uint8_t)(piece >> 8), (uint8_t)piece, 64, 253, 0,
				0, 10, 0, 0, 1, 10, 0, 0, 2 };

	memcpy(p, h, sizeof(h));
	return sizeof(h);
}

static size_t fragment_v6(uint8_t *p, uint8_t id, uint16_t at, bool more, size_t n)
{
	const uint16_t piece = (uint16_t)(at * 8u | more);
	const uint8_t h[22] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd, 0x60, 0, 0, 0,
				(uint8_t)((n + 8) >> 8), (uint8_t)(n + 8), 44, 64 };
	const uint8_t tail[8] = { 253, 0, (uint8_t)(piece >> 8), (uint8_t)piece, 0, 0, 0, id };

	memcpy(p, h, sizeof(h));
	memset(p + sizeof(h), 0xfd, 32);
	memcpy(p + sizeof(h) + 32, tail, sizeof(tail));
	return sizeof(h) + 40;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t p[SPACE];
	struct cursor c = cur_over((struct bytes){ data, n });
	struct frame f = { .p = p, .link = 1 };
	struct sums s;

	sums_open(&s, 3);
	for (uint8_t k = 1; c.left >= 4; k++) {
		uint8_t head = cur_u8(&c), at = cur_u8(&c), units = cur_u8(&c), clock = cur_u8(&c);
		bool more = (head & 4) != 0;
		size_t size = (size_t)(units & 0x7f) * 8 + (more && (units & 0x80) == 0 ? 0 : units & 7);
		uint16_t where = (uint16_t)((at & 0x1f) | ((head & 0x10) != 0 ? 0x1f00 : 0));

		size_t header = (head & 8) != 0 ?
			fragment_v6(p, head & 3, where, more, size) :
			fragment_v4(p, head & 3, (uint16_t)(where | (more ? 0x2000 : 0)), size);

		memset(p + header, k, size);
		f.n = f.wire = (uint32_t)(header + size);
		if ((head & 0x20) != 0 && size > 0)
			f.n--;
		f.tap = head >> 6 & 1;
		f.at_ns += (int64_t)clock * clock * NS_PER_MS;
		sums_frame(&s, f);
	}
	sums_close(&s);
	return 0;
}

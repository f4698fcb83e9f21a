/* Any bytes as a row of frames: link type, tap, time, captured and wire length of each are taken from the
 * input. */
#include "decode_sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const uint16_t links[16] = { 1, 1, 1, 1, 1, 0, 9, 12, 50, 51, 101, 104, 113, 228, 276, 227 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct cursor c = cur_over((struct bytes){ data, n });
	struct frame f = { 0 };
	struct sums s;

	sums_open(&s, 4);
	while (c.left > 0) {
		uint8_t head = cur_u8(&c);
		size_t want = cur_be16(&c);
		struct bytes b;

		f.link = links[head & 15];
		f.tap = head >> 4 & 1;
		if ((head & 0x20) != 0)
			f.at_ns = (int64_t)cur_be64(&c);
		else
			f.at_ns = (int64_t)((uint64_t)f.at_ns + (uint64_t)(head >> 6) * 3 * NS_PER_MS);
		b = cur_bytes(&c, min_size(want & 0x7ff, c.left));
		f.p = b.p != NULL ? b.p : data;
		f.n = (uint32_t)b.n;
		f.wire = (uint32_t)(b.n + (want >> 11));
		sums_frame(&s, f);
	}
	sums_close(&s);
	return 0;
}

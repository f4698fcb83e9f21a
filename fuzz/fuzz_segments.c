/* fuzz/fuzz_segments.c: how the bytes of a conversation are cut into TCP segments changes nothing: every act
 * and fact is the same when messages come whole and when they come in pieces. Input: protocol:1 | bytes of a
 * piece:1 | as in proto.c.
 *
 * Only for what is understood: after loss or malformed bytes the next message is sought where a segment
 * begins. */
static const char *chosen;

#define FUZZ_PROTO chosen
#define FUZZ_TALK talk_once
#include "proto.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 16 };

/* The input with every message cut into pieces of this size (0: whole), and nothing lost. */
static void cut_into(uint8_t *out, const uint8_t *data, size_t size, unsigned piece)
{
	memcpy(out, data, size);
	while (size >= 3) {
		size_t n = min_size((size_t)(data[1] | data[2] << 8), size - 3);

		out[0] = (uint8_t)((data[0] & ~0xf2u) | piece << 4);
		out += 3 + n;
		data += 3 + n;
		size -= 3 + n;
	}
}

/* Was every byte understood, and no cap in the way? */
static bool all_well(void)
{
	const struct stream_sums *s = &fuzz.stats.sums;

	for (size_t i = 0; i < ARRAY_LEN(fuzz.stats.limit); i++)
		if (fuzz.stats.limit[i].refused > 0)
			return false;
	return s->lost_sync + s->malformed + s->discarded + s->overlap + s->unclaimed + s->missing == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t room[INPUT_MAX];
	unsigned which = 0, count = 0;

	while (protos[count] != NULL)
		count++;
	if (size < 2 || size > INPUT_MAX)
		return 0;
	which = data[0] % count;
	if (protos[which]->on != ON_TCP)
		return 0;
	chosen = protos[which]->name;
	fuzz.listening = true;
	cut_into(room, data + 2, size - 2, 0);
	fuzz.heard = 0;
	talk_once(room, size - 2);
	const uint64_t whole = fuzz.heard;
	const bool well = all_well();

	cut_into(room, data + 2, size - 2, 1 + data[1] % 15);
	fuzz.heard = 0;
	talk_once(room, size - 2);
	if (well && all_well() && fuzz.heard != whole)
		abort();
	return 0;
}

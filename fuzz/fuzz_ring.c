/* fuzz/fuzz_ring.c: the reader of a ring whose other side writes anything anywhere into the shared block.
 *
 * The input is a list of steps of 8 bytes: write a good record, scribble a word, read. The block is a
 * heap block of its exact size, so that a read outside is seen; a reader that never came to an end would
 * be seen as a time-out. */
#include "core/ring.h"

#include <errno.h>

#include "core/cursor.h"

enum { ROOM = 64 << 10, OUT = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drain(struct ring *r)
{
	uint8_t *out = malloc(OUT);
	long n = 1;
	size_t total = 0;

	while (n > 0) {
		n = ring_read(r, out, OUT);
		if (n > 0)
			total += (size_t)n;
		if (n > OUT || (n < 0 && n != -EBADMSG) || total > 64 * (size_t)ROOM)
			abort();
	}
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cur_over((struct bytes){ data, size });
	uint8_t *block = NULL;
	struct ring writer, reader;

	if (posix_memalign((void **)&block, 64, ring_block(ROOM)) != 0)
		return 0;
	memset(block, 0, ring_block(ROOM));
	ring_init(&writer, block, ROOM);
	ring_init(&reader, block, ROOM);
	while (c.left >= 8) {
		uint8_t what = cur_u8(&c), value = cur_u8(&c);
		uint16_t n = cur_be16(&c);
		uint32_t at = cur_be32(&c);

		if (what % 4 == 0) {		/* only while there is room: this writer would wait for
						 * ever */
			size_t bytes = (n % 512u + 1) * 8;

			writer.tail_seen = reader.tail_said;
			if (ROOM - (writer.head - writer.tail_seen) < 2 * bytes + 64 || reader.bad)
				continue;
			void *p = ring_reserve(&writer, bytes);

			if (p == NULL)
				continue;
			memset(p, value, bytes);
			ring_commit(&writer, bytes);
		} else if (what % 4 == 1) {	/* the heads of the block, where most of the harm is */
			block[at % (ring_block(ROOM) - ROOM)] = value;
		} else if (what % 4 == 2) {
			block[at % ring_block(ROOM)] = value;
		} else {
			drain(&reader);
			ring_done_frame(&reader);
			ring_wait(&reader, ring_events(&reader) + 1, 0);
		}
	}
	drain(&reader);
	free(block);
	return 0;
}

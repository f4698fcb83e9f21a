/* fuzz/fuzz_rec_check.c: whatever rec_check() accepts can be used: printed as a line, and named.
 *
 * The input is the block. Its size is put right, because a fuzzer would spend most of its time on that;
 * one input in eight keeps the size it came with. */
#include "model/line.h"
#include "model/obs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char line[LINE_MAX_BYTES];

	if (size < 1)
		return 0;
	bool keep = data[0] % 8 == 0;

	data++;
	size--;
	/* A heap block of exactly this size, so that one byte beyond is seen. */
	uint8_t *block = malloc(size > 0 ? size : 1);

	if (block == NULL)
		return 0;
	memcpy(block, data, size);
	if (!keep && size >= sizeof(struct rec)) {
		uint32_t right = (uint32_t)size;

		memcpy(block, &right, sizeof(right));
	}
	if (rec_check(block, size)) {
		const struct rec *r = (const struct rec *)(const void *)block;
		size_t wanted = rec_line(line, sizeof(line), r, data[0] % (LINE_ALL + 1));

		if (strlen(line) != (wanted < sizeof(line) ? wanted : sizeof(line) - 1))
			abort();
		if (rec_name_of(r) == UINT64_MAX)
			abort();
	}
	free(block);
	return 0;
}

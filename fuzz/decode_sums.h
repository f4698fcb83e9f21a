/* decode_sums.h: what holds for decode/ whatever it is given; used by fuzz_decode.c and fuzz_fragment.c. */
#ifndef FUZZ_DECODE_SUMS_H
#define FUZZ_DECODE_SUMS_H

#include <assert.h>

#include "core/arena.h"
#include "decode/decode.h"

struct sums { struct arena arena; struct decode *d; uint64_t payload; };

static inline void sums_open(struct sums *s, uint32_t fragments)
{
	struct limits limits = LIMITS_DEFAULT;

	limits.fragments = fragments;
	s->payload = 0;
	assert(arena_map(&s->arena, decode_need(&limits)) == 0);
	assert(decode_init(&s->d, &s->arena, &limits) == 0);
}

static inline uint64_t sums_classes(const struct decode_stats *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < FRAME_CLASSES; i++)
		sum += s->class_frames[i];
	return sum;
}

/* Decodes a copy of the frame in a heap block of its exact size: a read past its end is seen. */
static inline void sums_frame(struct sums *s, struct frame f)
{
	uint8_t *copy = malloc(f.n > 0 ? f.n : 1);
	const struct decode_stats *stats = decode_stats(s->d);
	struct layers l;
	uint8_t touched = 0;

	assert(copy != NULL);
	memcpy(copy, f.p, f.n);
	f.p = copy;
	memset(&l, 0xa5, sizeof(l));
	bool give = decode_frame(s->d, &f, &l);

	assert(l.class < FRAME_CLASSES && l.shard < SHARDS && l.tap == f.tap && l.frame == stats->frames);
	assert(l.first_frame >= 1 && l.first_frame <= l.frame && l.tunnel_depth <= TUNNEL_DEPTH_MAX);
	assert(give == (l.kind != 0) && sums_classes(stats) == stats->frames);
	if (give) {
		assert(l.kind < KIND_COUNT && l.payload_wire >= l.payload.n);
		assert(((l.flags & LAYER_CUT) != 0) == (l.payload_wire > l.payload.n));
		if ((l.flags & LAYER_DEFRAGMENTED) == 0 && l.payload.n > 0)
			assert(l.payload.p >= f.p && l.payload.p + l.payload.n <= f.p + f.n);
		for (size_t i = 0; i < l.payload.n; i++)
			touched = (uint8_t)(touched ^ l.payload.p[i]);
		s->payload += l.payload.n;
	}
	volatile uint8_t sink = touched;

	(void)sink;
	free(copy);
}

/* The end of the capture: coverage holds every frame, nothing waits. */
static inline void sums_close(struct sums *s)
{
	const struct decode_stats *stats = decode_stats(s->d);
	uint64_t covered = 0;
	int64_t before = INT64_MIN;
	struct health h;
	uint16_t vlan;
	uint8_t tap;

	while (decode_coverage(s->d, INT64_MAX, &tap, &vlan, &h)) {
		assert(h.minute_ns >= before && h.unicast + h.group == h.frames);
		before = h.minute_ns;
		covered += h.frames;
	}
	assert(covered == stats->frames || stats->coverage_lost > 0);
	assert(sums_classes(stats) == stats->frames && stats->payload == s->payload);
	arena_unmap(&s->arena);
}

#endif

/* Any bytes as a capture, plain or packed. The frames must not depend on how many bytes each read gives,
 * every frame must lie whole inside what was unpacked, and the counts must agree. */
#include <assert.h>

#include "capture/input.h"
#include "core/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct bytes_source { const uint8_t *p; size_t left, chunk; };

struct outcome { uint64_t frames, bytes, digest, offset; const char *damage; int started; };

static long bytes_read(void *arg, uint8_t *to, size_t n)
{
	struct bytes_source *s = arg;

	n = min_size(n, min_size(s->left, s->chunk));
	if (n > 0)
		memcpy(to, s->p, n);
	s->p += n;
	s->left -= n;
	return (long)n;
}

/* A copy of its exact size shows a read past the end of a frame to the sanitizer. */
static uint64_t digest(const struct frame *f)
{
	uint8_t *copy = malloc(f->n > 0 ? f->n : 1);

	assert(copy != NULL);
	memcpy(copy, f->p, f->n);
	uint64_t h = hash_bytes(copy, f->n, (uint64_t)f->at_ns);

	free(copy);
	return hash_join(hash_join(h, f->wire), (uint64_t)f->dropped << 16 | f->link);
}

static struct outcome read_with(struct arena *a, const uint8_t *data, size_t n, size_t chunk)
{
	struct bytes_source s = { data, n, chunk };
	struct outcome o = { 0 };
	struct capture *c;
	struct frame f;
	uint32_t which;
	const struct damage *damage;

	a->used = 0;
	assert(capture_init(&c, a, 1) == 0);
	assert(capture_add_source(c, (struct source){ bytes_read, &s }, "fuzz", 7, n) == 0);
	o.started = capture_start(c, &which, &o.damage);
	while (o.started == 0 && o.frames < 100000 && capture_next(c, &f) == 1) {
		assert(f.p != NULL && f.n <= FRAME_CAP && f.wire >= f.n && f.tap == 7);
		assert(f.at_ns >= -TIME_LIMIT_NS && f.at_ns <= TIME_LIMIT_NS);
		o.frames++;
		o.bytes += f.n;
		o.digest = hash_join(o.digest, digest(&f));
	}
	const struct capture_stats *stats = capture_stats(c);

	assert(stats->frames == o.frames && stats->bytes == o.bytes && stats->consumed <= n);
	if (o.started == 0 && capture_damage(c, &damage) > 0) {
		o.damage = damage->what;
		o.offset = damage->offset;
		assert(damage->frames == o.frames && damage->input == 0);
	}
	capture_done(c);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct arena arena;

	if (arena.base == NULL)
		assert(arena_map(&arena, capture_room(1)) == 0);
	struct outcome whole = read_with(&arena, data, n, SIZE_MAX);
	struct outcome pieces = read_with(&arena, data, n, n > 0 ? 1 + data[n - 1] % 61u : 1);

	assert(whole.started == pieces.started);
	assert(whole.frames == pieces.frames && whole.bytes == pieces.bytes);
	assert(whole.digest == pieces.digest && whole.offset == pieces.offset);
	assert((whole.damage == NULL) == (pieces.damage == NULL));
	assert(whole.damage == NULL || strcmp(whole.damage, pieces.damage) == 0);
	return 0;
}

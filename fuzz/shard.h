/* fuzz/shard.h: a shard for one input: small caps, everything it says checked, both sides of the sum
 * compared. */
#ifndef FUZZ_SHARD_H
#define FUZZ_SHARD_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/hash.h"
#include "core/util.h"
#include "model/line.h"
#include "stream/shard.h"

enum { FUZZ_RING = 1 << 18 };

static struct fuzz_shard {
	struct arena arena;
	struct ring ring;
	void *block;
	struct shard *shard;
	struct stream_stats stats;
	uint64_t frame;
	int64_t now_ns;
	bool listening;		/* heard is made: a digest of every act and fact as a line, without their
				 * frames */
	uint64_t heard;
} fuzz;

/* With FUZZ_RECORDS=FOLDER one record of each kind is kept there: fuzz/seeds makes seeds of them. */
static void keep_record(const uint8_t *block, size_t n)
{
	static const char *folder;
	static bool asked;
	const struct obs *o = (const void *)block;
	char path[4096];

	if (!asked)
		folder = getenv("FUZZ_RECORDS");
	asked = true;
	if (folder == NULL)
		return;
	bool act = o->rec.type != REC_FACT;

	snprintf(path, sizeof(path), "%s/%u-%u-%u-%u-%u-%u", folder, o->rec.type, o->rec.proto,
		 act ? o->code % 4096 : 0, act ? o->phase : ((const struct fact *)(const void *)block)->kind,
		 act ? o->outcome : 0, act && o->own.n > 0);
	FILE *f = fopen(path, "wx");

	if (f == NULL)
		return;
	fwrite(block, 1, n, f);
	fclose(f);
}

static void listen(const struct rec *r)
{
	static char line[LINE_MAX_BYTES];

	if (r->type != REC_ACT && r->type != REC_FACT)
		return;
	rec_line(line, sizeof(line), r, LINE_ENDS);
	if (getenv("FUZZ_LINES") != NULL)
		puts(line);
	fuzz.heard = hash_bytes(line, strlen(line), fuzz.heard);
}

/* Every record must pass the gate of the desk. */
static void fuzz_drain(void)
{
	_Alignas(16) static uint8_t block[REC_MAX];

	for (long n; (n = ring_read(&fuzz.ring, block, sizeof(block))) != 0;) {
		if (n < 0 || !rec_check(block, (size_t)n))
			abort();
		keep_record(block, (size_t)n);
		if (fuzz.listening)
			listen((const struct rec *)(const void *)block);
	}
}

static void fuzz_open(void)
{
	static const struct limits limits = {
		.flows = SHARDS * 32,
		.pairs = SHARDS * 8,
		.folds = SHARDS * 16,
		.segments = SHARDS * 32,
		.gathers = SHARDS * 4,
		.asks = SHARDS * 64,
		.transfers = SHARDS * 4,
		.expects = SHARDS * 8,
		.fragments = SHARDS,
	};
	struct stream_options o = {.limits = &limits, .claim = true};

	if (fuzz.block == NULL) {
		if (arena_map(&fuzz.arena, shard_need(&o)) < 0)
			abort();
		fuzz.block = aligned_alloc(64, (ring_block(FUZZ_RING) + 63) & ~(size_t)63);
	}
	madvise(fuzz.arena.base, fuzz.arena.size, MADV_DONTNEED);
	fuzz.arena.used = 0;
	memset(fuzz.block, 0, 4096 < ring_block(FUZZ_RING) ? 4096 : ring_block(FUZZ_RING));
	ring_init(&fuzz.ring, fuzz.block, FUZZ_RING);
	fuzz.stats = (struct stream_stats){0};
	fuzz.frame = 0;
	fuzz.now_ns = NS_PER_S;
	if (shard_init(&fuzz.shard, &fuzz.arena, 1, &o, &fuzz.ring, &fuzz.stats) < 0)
		abort();
}

/* Shows a frame whose payload lies in a block of its exact size, so that reading past it is seen. */
static void fuzz_frame(struct layers *l, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	if (n > 0)
		memcpy(copy, p, n);
	l->frame = l->first_frame = ++fuzz.frame;
	l->at_ns = fuzz.now_ns;
	l->shard = 1;
	l->payload = (struct bytes){copy, n};
	if (l->payload_wire < n)
		l->payload_wire = (uint32_t)n;
	l->wire = l->payload_wire + 54;
	shard_frame(fuzz.shard, l);
	free(copy);
	fuzz_drain();
}

/* Moves the clock by whole seconds. */
static void fuzz_wait(unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++) {
		fuzz.now_ns += NS_PER_S;
		shard_tick(fuzz.shard, fuzz.frame, fuzz.now_ns);
		fuzz_drain();
	}
}

static void fuzz_close(void)
{
	const struct stream_sums *s = &fuzz.stats.sums;

	shard_close(fuzz.shard, fuzz.frame, fuzz.now_ns);
	fuzz_drain();
	if (s->message + s->body + s->unclaimed + s->lost_sync + s->overlap + s->malformed + s->discarded !=
	    s->payload)
		abort();
}

#endif

/* all_decode.c: decode/ over whole capture files.
 *
 * As a test: every file of the corpus named by KOBAN_CORPUS keeps the first sum of account (each frame in
 * exactly one class), every payload lies inside its frame or the reassembly buffer, and the minutes of
 * coverage add up to the frames. As a program, `--dump FILE` prints one line per frame for
 * tests/agree/decode.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/capture.h"
#include "core/arena.h"
#include "decode/decode.h"

static const char *const classes[FRAME_CLASSES] = {
	"tcp", "udp", "sctp", "icmp", "ip-other", "arp", "lldp", "ether-other", "duplicate", "fragment",
	"fragment-dropped", "cut", "bad-header", "too-deep", "link-unknown",
};

struct run {
	struct arena arena;
	struct capture *capture;
	struct decode *decode;
};

/* False: the file is no capture. */
static bool run_open(struct run *r, const char *path)
{
	static const struct limits limits = LIMITS_DEFAULT;
	uint32_t input;
	const char *what;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(arena_map(&r->arena, (size_t)1 << 30), 0);
	assert_int_equal(capture_init(&r->capture, &r->arena, 1), 0);
	assert_int_equal(decode_init(&r->decode, &r->arena, &limits), 0);
	assert_true(capture_add(r->capture, fd, path, 0, 0) >= 0);
	return capture_start(r->capture, &input, &what) == 0;
}

static void run_close(struct run *r)
{
	capture_done(r->capture);
	arena_unmap(&r->arena);
}

/* ---- the test ---- */

static struct decode_stats all;
static uint64_t files;

static uint64_t named(const struct named_count *t)
{
	uint64_t n = 0;

	for (size_t i = 0; i < NAMED_COUNTS; i++)
		n += t[i].frames;
	return n;
}

static uint64_t class_sum(const struct decode_stats *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < FRAME_CLASSES; i++)
		sum += s->class_frames[i];
	return sum;
}

static void check_sums(struct run *r, const char *path, uint64_t payload)
{
	const struct decode_stats *s = decode_stats(r->decode);
	uint64_t covered = 0;
	uint8_t tap;
	uint16_t vlan;
	struct health h;

	while (decode_coverage(r->decode, INT64_MAX, &tap, &vlan, &h)) {
		covered += h.frames;
		assert_int_equal(h.unicast + h.group, h.frames);
	}
	if (class_sum(s) != s->frames || s->payload != payload || covered != s->frames)
		fail_msg("%s: %" PRIu64 " frames, %" PRIu64 " classed, %" PRIu64 " covered", path, s->frames,
			 class_sum(s), covered);
	assert_int_equal(named(s->ethertypes) + named(s->ip_protocols) + named(s->links) + s->named_other,
			 s->class_frames[FRAME_ETHER_OTHER] + s->class_frames[FRAME_IP_OTHER] +
			 s->class_frames[FRAME_LINK_UNKNOWN]);
	assert_int_equal(s->frames, capture_stats(r->capture)->frames);
	all.frames += s->frames;
	all.payload += s->payload;
	all.datagrams += s->datagrams;
	all.tunnelled += s->tunnelled;
	all.bad_checksum += s->bad_checksum;
	all.offload_taps += s->offload_taps;
	for (size_t i = 0; i < FRAME_CLASSES; i++)
		all.class_frames[i] += s->class_frames[i];
}

static void one_file(const char *path)
{
	struct run r;
	struct frame f;
	struct layers l;
	uint64_t payload = 0;

	if (!run_open(&r, path)) {
		run_close(&r);
		return;
	}
	while (capture_next(r.capture, &f) == 1) {
		bool give = decode_frame(r.decode, &f, &l);

		assert_true(l.class < FRAME_CLASSES && l.shard < SHARDS);
		assert_true(!give || (l.kind > 0 && l.kind < KIND_COUNT));
		if (!give)
			continue;
		payload += l.payload.n;
		if ((l.flags & LAYER_DEFRAGMENTED) == 0 && l.payload.n > 0)
			assert_true(l.payload.p >= f.p && l.payload.p + l.payload.n <= f.p + f.n);
		assert_true(l.payload_wire >= l.payload.n);
	}
	check_sums(&r, path, payload);
	run_close(&r);
	files++;
}

static void every_file(const char *folder)
{
	char *roots[] = { strdup(folder), NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	assert_non_null(tree);
	while ((e = fts_read(tree)) != NULL)
		if (e->fts_info == FTS_F)
			one_file(e->fts_path);
	fts_close(tree);
	free(roots[0]);
}

static void corpus_sums(void **state)
{
	const char *corpus = getenv("KOBAN_CORPUS");

	(void)state;
	if (corpus == NULL)
		skip();
	every_file(corpus);
	print_message("# %" PRIu64 " files, %" PRIu64 " frames, %" PRIu64 " payload bytes, %" PRIu64
		      " datagrams, %" PRIu64 " tunnelled, %" PRIu64 " bad checksums, %" PRIu64
		      " offloading taps\n", files,
		      all.frames, all.payload, all.datagrams, all.tunnelled, all.bad_checksum,
		      all.offload_taps);
	for (size_t i = 0; i < FRAME_CLASSES; i++)
		print_message("# %-16s %" PRIu64 "\n", classes[i], all.class_frames[i]);
	assert_int_equal(class_sum(&all), all.frames);
	assert_true(files > 0);
}

/* ---- the dump ---- */

static void dump_frame(const struct layers *l, bool give)
{
	char src[IP_TEXT] = "", dst[IP_TEXT] = "";

	if (!ip_is_zero(l->src_ip) || !ip_is_zero(l->dst_ip)) {
		ip_text(src, l->src_ip);
		ip_text(dst, l->dst_ip);
	}
	printf("%" PRIu64 "\t%s\t%d\t%d\t%s\t%s\t%u\t%u\t%u\t%u\t%04x\t%u\t%u\t%zu\n", l->frame,
	       classes[l->class], give, l->kind, src, dst, l->src_port, l->dst_port, l->vlan, l->vlan_inner,
	       l->ether, l->ip_proto, l->tunnel_depth, l->payload.n);
}

static int dump(const char *path)
{
	struct run r;
	struct frame f;
	struct layers l;

	if (!run_open(&r, path))
		return 1;
	while (capture_next(r.capture, &f) == 1) {
		bool give = decode_frame(r.decode, &f, &l);

		dump_frame(&l, give);
	}
	run_close(&r);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(corpus_sums) };

	if (argc == 3 && strcmp(argv[1], "--dump") == 0)
		return dump(argv[2]);
	return cmocka_run_group_tests_name("all_decode", tests, NULL, NULL);
}

/* decode_usual.c: decode/usual.c says of a frame what the walk says.
 *
 * The walk is made to look at the same frame by a priority tag in front of its type (IEEE 802.1Q table 9-2: such a tag
 * names no VLAN), which no usual frame has. Frames are made from one seed: right ones, and ones with bytes of their headers
 * changed, lengths changed, ends cut off, copies sent again. */
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/hash.h"
#include "decode/decode.h"
#include "model/limits.h"

enum { ROUNDS = 200000, MOST = 200, TAG = 4, TAG_AT = 12 };

static const struct limits limits = LIMITS_DEFAULT;

struct side_by_side { struct arena arena; struct decode *d; };

static void open_side(struct side_by_side *s)
{
	assert_int_equal(arena_map(&s->arena, decode_need(&limits)), 0);
	assert_int_equal(decode_init(&s->d, &s->arena, &limits), 0);
}

static uint64_t seed;

static uint32_t any(uint32_t below)
{
	seed = hash_mix(seed + 1);
	return (uint32_t)(seed >> 32) % below;
}

static uint16_t inet_sum(const uint8_t *p, size_t n, uint32_t s)	/* RFC 1071, byte by byte */
{
	for (size_t i = 0; i < n; i++)
		s += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* A right frame: Ethernet, IPv4, TCP with options now and then, payload, padding. */
static size_t make(uint8_t *p)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0 };
	size_t options = any(3) * 4, payload = any(40), segment = 20 + options + payload, n = 34 + segment;

	memset(p, 0, MOST);
	memcpy(p, head, sizeof(head));
	put16(p + 16, (uint16_t)(20 + segment));
	put16(p + 18, (uint16_t)any(65536));
	p[20] = any(2) ? 0x40 : 0;
	p[22] = 64;
	p[23] = 6;
	memcpy(p + 26, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
	p[29] = (uint8_t)any(3);
	put16(p + 24, inet_sum(p + 14, 20, 0));
	for (size_t i = 34; i < n; i++)
		p[i] = (uint8_t)any(256);
	p[46] = (uint8_t)((5 + options / 4) << 4);
	put16(p + 50, 0);
	uint32_t pseudo = 6 + (uint32_t)segment + (uint16_t)~inet_sum(p + 26, 8, 0);

	put16(p + 50, inet_sum(p + 34, segment, pseudo));
	return n + any(8);
}

/* Breaks it somewhere, most often where usual.c looks. */
static size_t harm(uint8_t *p, size_t n)
{
	static const uint8_t looked_at[] = { 0, 12, 13, 14, 16, 17, 20, 21, 22, 23, 24, 30, 46, 47, 50 };

	if (any(4) == 0)
		p[looked_at[any(sizeof(looked_at))]] = (uint8_t)any(256);
	if (any(8) == 0)
		p[any((uint32_t)n)] ^= (uint8_t)(1 << any(8));
	if (any(40) == 0)
		memset(p + 30, 0xff, 4);
	return any(10) == 0 ? any((uint32_t)n + 1) : n;
}

static bool same(const struct layers *a, const struct layers *b)
{
	struct layers x = *a, y = *b;

	x.wire = y.wire = 0;
	x.payload.p = y.payload.p = NULL;
	return memcmp(&x, &y, a->tunnel_depth == 0 ? offsetof(struct layers, tunnels) : sizeof(x)) == 0 &&
	       (a->payload.n == 0 || memcmp(a->payload.p, b->payload.p, a->payload.n) == 0);
}

static void usual_is_the_walk(void **state)
{
	struct side_by_side plain = { 0 }, walked = { 0 };
	static uint8_t frame[MOST + 64], tagged[MOST + 64];
	size_t n = 0;

	(void)state;
	open_side(&plain);
	open_side(&walked);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct layers a, b;
		bool copy = any(20) == 0 && n >= TAG_AT;

		if (!copy)
			n = harm(frame, make(frame));
		if (n < TAG_AT + 2)	/* nothing to put a tag before */
			continue;
		memcpy(tagged, frame, TAG_AT);
		memcpy(tagged + TAG_AT, "\x81\x00\xe0\x00", TAG);
		memcpy(tagged + TAG_AT + TAG, frame + TAG_AT, n - TAG_AT);
		uint32_t off = any(30) == 0 ? any(9) : 0;	/* cut by the snap length */
		struct frame f = { .p = frame, .n = (uint32_t)n, .wire = (uint32_t)n + off, .link = 1,
				   .at_ns = (int64_t)i * 100000 };
		struct frame t = f;

		t.p = tagged;
		t.n += TAG;
		t.wire += TAG;
		bool given = decode_frame(plain.d, &f, &a), other = decode_frame(walked.d, &t, &b);

		if (given != other || !same(&a, &b)) {
			print_message("round %u, %zu bytes, class %u and %u, flags %x and %x\n", i, n, a.class, b.class,
				      a.flags, b.flags);
			fail();
		}
	}
	struct decode_stats x = *decode_stats(plain.d), y = *decode_stats(walked.d);

	y.bytes -= TAG * y.frames;
	assert_memory_equal(x.class_frames, y.class_frames, sizeof(x.class_frames));
	assert_int_equal(x.bytes, y.bytes);
	assert_int_equal(x.payload, y.payload);
	assert_int_equal(x.bad_checksum, y.bad_checksum);
	assert_int_equal(x.deduplicated, y.deduplicated);
	assert_true(x.deduplicated > 100 && x.bad_checksum > 100 && x.class_frames[FRAME_TCP] > ROUNDS / 2);
	arena_unmap(&plain.arena);
	arena_unmap(&walked.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(usual_is_the_walk) };

	return cmocka_run_group_tests_name("decode_usual", tests, NULL, NULL);
}

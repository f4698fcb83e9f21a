/* Asked messages waiting for their answers: found by any of their names, given up oldest first, and never
 * more of them than the caps allow, whatever names the records carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/hash.h"
#include "output/pending.h"

/* A message of `count` records of this size, called frame/0, frame/1 ... */
static struct group message(uint64_t frame, unsigned count, uint32_t size)
{
	static _Alignas(16) uint8_t block[REC_MAX];
	struct obs *o = (struct obs *)(void *)block;
	struct group g = { 0 };

	for (unsigned i = 0; i < count; i++) {
		o->rec = (struct rec){ .size = size, .type = REC_ACT, .frame = frame, .ordinal = i };
		assert_true(group_add(&g, o));
	}
	return g;
}

static uint64_t frame_of(const struct group *g)
{
	size_t at = 0;

	return group_at(g, &at)->rec.frame;
}

static void put(struct pending *p, uint64_t frame, unsigned count, uint32_t size)
{
	struct group g = message(frame, count, size);

	pending_put(p, &g);
	assert_null(g.p);
}

static void test_taken_by_name(void **state)
{
	(void)state;
	static const struct { const char *what; uint64_t frame; uint32_t ordinal; bool found; } rows[] = {
		{ "the first act", 5, 0, true }, { "the last act", 7, 2, true },
		{ "taken already", 7, 0, false }, { "an act between", 6, 1, false },
		{ "a frame that never was", 9, 0, false }, { "no name", 0, 0, false },
	};
	struct pending *p = pending_new();
	struct group g;

	for (uint64_t frame = 5; frame <= 7; frame++)
		put(p, frame, 3, sizeof(struct obs));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t name = rec_name(rows[i].frame, rows[i].ordinal);

		if ((pending_first(p, name) != NULL) != rows[i].found ||
		    pending_take(p, name, &g) != rows[i].found)
			fail_msg("%s", rows[i].what);
		if (!rows[i].found)
			continue;
		assert_int_equal(frame_of(&g), rows[i].frame);
		assert_int_equal(g.count, 3);
		group_free(&g);
	}
	assert_true(pending_oldest(p, &g));
	assert_int_equal(frame_of(&g), 6);
	group_free(&g);
	assert_false(pending_oldest(p, &g));
	pending_free(p);
}

static void test_caps(void **state)
{
	(void)state;
	static const struct { const char *what; unsigned count; uint32_t size; size_t fit; } rows[] = {
		{ "many small ones", 1, sizeof(struct obs), PENDING_MAX },
		{ "large ones", 64, REC_MAX, PENDING_BYTES / (64 * REC_MAX) },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pending *p = pending_new();
		uint64_t frame = 1, left = 0;
		struct group g;

		while (!pending_full(p))
			put(p, frame++, rows[i].count, rows[i].size);
		if (frame - 1 != rows[i].fit)
			fail_msg("%s: %lu fit", rows[i].what, frame - 1);
		while (pending_oldest(p, &g)) {
			assert_int_equal(frame_of(&g), ++left);
			assert_true(!pending_full(p));
			group_free(&g);
		}
		assert_int_equal(left, rows[i].fit);
		pending_free(p);
	}
}

static void test_one_message_is_capped(void **state)
{
	(void)state;
	struct group g = message(1, 70, REC_MAX);

	assert_int_equal(g.count, GROUP_BYTES / REC_MAX);
	assert_int_equal(g.left_out, 70 - GROUP_BYTES / REC_MAX);
	group_free(&g);
}

/* Two rings may give the same name; whoever does must not bring the table into disorder. */
static void test_same_names(void **state)
{
	(void)state;
	struct pending *p = pending_new();
	struct group g;
	uint64_t seed = 1;
	size_t in = 0, out = 0;

	for (unsigned i = 0; i < 50000; i++) {
		uint64_t r = hash_mix(seed++);

		if (r % 3 != 0) {
			while (pending_full(p) && pending_oldest(p, &g)) {
				group_free(&g);
				out++;
			}
			put(p, r >> 8 & 63, 1 + (unsigned)(r >> 16 & 3), sizeof(struct obs));
			in++;
		} else if (pending_take(p, rec_name(r >> 8 & 63, (uint32_t)(r >> 16 & 3)), &g)) {
			assert_true(g.p != NULL && g.count > 0);
			group_free(&g);
			out++;
		}
	}
	while (pending_oldest(p, &g)) {
		assert_true(g.p != NULL && g.count > 0);
		group_free(&g);
		out++;
	}
	assert_int_equal(in, out);
	pending_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_by_name), cmocka_unit_test(test_caps),
		cmocka_unit_test(test_one_message_is_capped), cmocka_unit_test(test_same_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

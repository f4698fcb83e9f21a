/* Arena and slab: zeroed, aligned, capped, numbered. And text without printf. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/util.h"

static void test_arena(void **state)
{
	(void)state;
	struct arena a;

	assert_int_equal(arena_map(&a, 1 << 16), 0);
	uint8_t *p = arena_take(&a, 1), *q = arena_take(&a, 17);

	assert_int_equal((uintptr_t)p % 16, 0);
	assert_ptr_equal(q, p + 16);
	assert_int_equal(a.used, 48);
	assert_null(arena_take(&a, 1 << 16));
	assert_null(arena_take(&a, SIZE_MAX - 3));	/* rounding up must not wrap */
	assert_non_null(arena_take(&a, (1 << 16) - 48));
	assert_null(arena_take(&a, 1));
	arena_unmap(&a);
	arena_unmap(&a);
}

static void test_slab(void **state)
{
	(void)state;
	struct arena a;
	struct slab s;

	assert_int_equal(arena_map(&a, 4096), 0);
	assert_int_equal(slab_init(&s, &a, 5000, 1), -ENOMEM);
	assert_int_equal(slab_init(&s, &a, 40, 3), 0);
	uint8_t *p[3];

	for (unsigned i = 0; i < 3; i++) {
		p[i] = slab_get(&s);
		assert_int_equal(slab_index(&s, p[i]), i);
		assert_ptr_equal(slab_at(&s, i), p[i]);
		memset(p[i], 0xff, 40);
	}
	assert_null(slab_get(&s));
	assert_int_equal(s.refused, 1);
	assert_int_equal(s.peak, 3);
	slab_put(&s, p[1]);
	slab_put(&s, NULL);
	assert_int_equal(s.used, 2);
	uint8_t *again = slab_get(&s);

	assert_ptr_equal(again, p[1]);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(again[i], 0);
	arena_unmap(&a);
}

static void test_buf_numbers(void **state)
{
	(void)state;
	static const struct { double v; const char *want; } reals[] = {
		{ 0, "0" }, { 1, "1" }, { -1.5, "-1.5" }, { 0.1, "0.1" }, { 21.3, "21.3" },
		{ 0.0000001, "1e-7" }, { 1e15, "1e15" }, { 123456.789, "123456.789" }, { 0.9999999, "1" },
		{ 2.5e-300, "2.5e-300" }, { 1.0 / 3, "0.333333" }, { 5e-324, "4.940656e-324" },
		{ 1.7e308, "1.7e308" }, { INFINITY, "inf" }, { -INFINITY, "-inf" }, { NAN, "nan" },
	};
	char text[64];

	for (size_t i = 0; i < ARRAY_LEN(reals); i++) {
		struct buf b = buf_over(text, sizeof(text));

		buf_f64(&b, reals[i].v);
		assert_string_equal(text, reals[i].want);
	}
	struct buf b = buf_over(text, sizeof(text));

	buf_u64(&b, 0);
	buf_char(&b, ' ');
	buf_u64(&b, UINT64_MAX);
	buf_char(&b, ' ');
	buf_i64(&b, INT64_MIN);
	buf_char(&b, ' ');
	buf_digits(&b, 7, 3);
	assert_string_equal(text, "0 18446744073709551615 -9223372036854775808 007");
}

static void test_buf_cut(void **state)
{
	(void)state;
	char text[5] = "xxxx";
	struct buf b = buf_over(text, 4);

	buf_str(&b, "ab");
	buf_str(&b, "cdef");
	buf_char(&b, 'g');
	assert_string_equal(text, "abc");
	assert_int_equal(b.n, 7);
	b = buf_over(NULL, 0);
	buf_str(&b, "count only");
	assert_int_equal(b.n, 10);
}

static void test_buf_escaped(void **state)
{
	(void)state;
	static const struct { const char *what, *in, *want; } rows[] = {
		{ "plain", "abc ~", "abc ~" },
		{ "quote and backslash", "a\"b\\c", "a\\\"b\\\\c" },
		{ "control characters", "a\nb\x1b[31m\x7f", "a\\x0ab\\x1b[31m\\x7f" },
		{ "UTF-8", "運転 é", "運転 é" },
		{ "Shift JIS is no UTF-8", "\x89\x5e", "\\x89^" },
		{ "overlong slash", "\xc0\xaf", "\\xc0\\xaf" },
		{ "surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "cut character", "\xe9\x81", "\\xe9\\x81" },
		{ "C1 control", "\xc2\x9b", "\\xc2\\x9b" },
		{ "right-to-left override", "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xae" "b" },
		{ "isolate", "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },
		{ "ellipsis stays", "\xe2\x80\xa6", "\xe2\x80\xa6" },
	};
	char text[64];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf b = buf_over(text, sizeof(text));

		print_message("# %s\n", rows[i].what);
		buf_escaped(&b, (struct bytes){ (const uint8_t *)rows[i].in, strlen(rows[i].in) });
		assert_string_equal(text, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena), cmocka_unit_test(test_slab), cmocka_unit_test(test_buf_numbers),
		cmocka_unit_test(test_buf_cut), cmocka_unit_test(test_buf_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

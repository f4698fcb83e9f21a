/* JSON as it is written: every byte at every place of a text, numbers at the borders of their lengths, times, and
 * documents that outgrow their buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/json.h"
#include "core/util.h"

static void holds(const struct json *j, const char *want, const char *what)
{
	size_t n = strlen(want);

	if (j->failed || j->n != n || memcmp(j->p, want, n) != 0)
		fail_msg("%s: \"%.*s\" instead of \"%s\"", what, (int)j->n, j->p, want);
}

/* What one byte that is part of no longer character becomes. */
static void escaped(char out[8], unsigned c)
{
	static const char shorts[][2] = { { '\b', 'b' }, { '\t', 't' }, { '\n', 'n' }, { '\f', 'f' },
					  { '\r', 'r' }, { '"', '"' }, { '\\', '\\' } };

	snprintf(out, 8, c < 0x20 || c == 0x7f ? "\\u%04x" : c < 0x80 ? "%c" : "\\\\x%02x", c);
	for (size_t i = 0; i < ARRAY_LEN(shorts); i++)
		if ((char)c == shorts[i][0])
			snprintf(out, 8, "\\%c", shorts[i][1]);
}

/* Plain text is copied eight bytes at a time: an odd one must be seen wherever it stands. */
static void test_every_byte_at_every_place(void **state)
{
	(void)state;
	struct json j = { 0 };

	for (unsigned c = 0; c < 256; c++)
		for (size_t n = 1; n <= 19; n++)
			for (size_t at = 0; at < n; at++) {
				uint8_t text[20];
				char want[64], odd[8];

				memset(text, 'a', sizeof(text));
				text[at] = (uint8_t)c;
				escaped(odd, c);
				snprintf(want, sizeof(want), "\"%.*s%s%.*s\"", (int)at, "aaaaaaaaaaaaaaaaaaaa",
					 odd, (int)(n - at - 1), "aaaaaaaaaaaaaaaaaaaa");
				json_reset(&j);
				json_bytes(&j, (struct bytes){ text, n });
				holds(&j, want, "a byte of a text");
			}
	json_free(&j);
}

static void test_texts(void **state)
{
	(void)state;
	static const struct { const char *what, *text, *want; } rows[] = {
		{ "empty", "", "\"\"" },
		{ "a character across the border of eight", "abcdefg\xe4\xba\xa4\xe7\x95\xaa",
		  "\"abcdefg\xe4\xba\xa4\xe7\x95\xaa\"" },
		{ "a character cut at the end", "abcdefgh\xe4\xba", "\"abcdefgh\\\\xe4\\\\xba\"" },
		{ "characters that command a terminal or turn the writing round",
		  "a\xc2\x9b\xe2\x80\xae\xe2\x81\xa6\xc3\xa9", "\"a\\u009b\\u202e\\u2066\xc3\xa9\"" },
		{ "escapes in a row", "\"\\\"\\\"\\\"\\\"\\", "\"\\\"\\\\\\\"\\\\\\\"\\\\\\\"\\\\\\\"\\\\\"" },
	};
	struct json j = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_reset(&j);
		json_str(&j, rows[i].text);
		holds(&j, rows[i].want, rows[i].what);
	}
	json_free(&j);
}

static void test_numbers(void **state)
{
	(void)state;
	struct json j = { 0 };
	char want[32];

	for (uint64_t border = 1; border != 0; border = border > UINT64_MAX / 10 ? 0 : border * 10)
		for (uint64_t v = border - 1; v <= border + 1; v++) {
			snprintf(want, sizeof(want), "%llu", (unsigned long long)v);
			json_reset(&j);
			json_u64(&j, v);
			holds(&j, want, "a number");
			snprintf(want, sizeof(want), "%lld", -(long long)v);
			json_reset(&j);
			json_i64(&j, (int64_t)(0 - v));
			holds(&j, want, "a number below zero");
		}
	json_reset(&j);
	json_u64(&j, UINT64_MAX);
	holds(&j, "18446744073709551615", "the largest");
	json_reset(&j);
	json_i64(&j, INT64_MIN);
	holds(&j, "-9223372036854775808", "the smallest");
	json_free(&j);
}

static void test_times(void **state)
{
	(void)state;
	static const struct { int64_t ns; const char *want; } rows[] = {
		{ 0, "\"1970-01-01T00:00:00.000000+0000\"" },
		{ INT64_C(1700000000123456789), "\"2023-11-14T22:13:20.123456+0000\"" },
		{ INT64_C(1700000000999999999), "\"2023-11-14T22:13:20.999999+0000\"" },
		{ INT64_C(1700000001000001000), "\"2023-11-14T22:13:21.000001+0000\"" },
		{ INT64_C(-1000), "\"1969-12-31T23:59:59.999999+0000\"" },
	};
	struct json j = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_reset(&j);
		json_time(&j, rows[i].ns);
		holds(&j, rows[i].want, "a time");
	}
	json_free(&j);
}

static void test_nested(void **state)
{
	(void)state;
	const uint8_t three[] = { 0x00, 0xab, 0xff };
	struct json j = { 0 };

	json_open(&j, '{');
	json_key_word(&j, "a", "b");
	json_key_open(&j, "list", '[');
	json_open(&j, '[');
	json_close(&j, ']');
	json_hex(&j, (struct bytes){ three, 3 }, 0);
	json_hex(&j, (struct bytes){ three, 3 }, ':');
	json_hex(&j, (struct bytes){ three, 0 }, ':');
	json_bool(&j, true);
	json_f64(&j, 0.5);
	json_close(&j, ']');
	json_again(&j, (struct bytes){ (const uint8_t *)",\"c\":1", 6 });
	json_key_bool(&j, "d", false);
	json_close(&j, '}');
	json_newline(&j);
	json_open(&j, '{');
	json_close(&j, '}');
	holds(&j, "{\"a\":\"b\",\"list\":[[],\"00abff\",\"00:ab:ff\",\"\",true,0.5],\"c\":1,\"d\":false}\n{}",
	      "a document");
	json_free(&j);
}

/* The buffer grows in the middle of everything. */
static void test_growing(void **state)
{
	(void)state;
	struct json j = { 0 };
	size_t want = 0;

	for (unsigned i = 0; i < 20000; i++) {
		json_open(&j, '{');
		json_key_u64(&j, "n", i);
		json_key_word(&j, "word", "read");
		json_key_str(&j, "text", "1234567890");
		json_close(&j, '}');
		json_newline(&j);
		want += strlen("{\"n\":,\"word\":\"read\",\"text\":\"1234567890\"}\n") + 1 + (i > 9) + (i > 99) +
			(i > 999) + (i > 9999);
	}
	assert_false(j.failed);
	assert_int_equal(j.n, want);
	json_free(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_at_every_place), cmocka_unit_test(test_texts),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_times),
		cmocka_unit_test(test_nested), cmocka_unit_test(test_growing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

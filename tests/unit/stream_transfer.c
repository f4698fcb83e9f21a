/* Transfers: digest, size, entropy and kind of what came by. */
#include "model/proto.h"

#include <math.h>

/* o key: open, d key bytes: data, m key n: missing, c key: close complete, x key: close incomplete */
static struct transfer_result result;
static bool closed, opened;

static bool toy_message(struct proto_ctx *x, struct cursor msg)
{
	uint8_t what = cur_u8(&msg), key = cur_u8(&msg);

	if (what == 'o')
		opened = transfer_open(x, key);
	if (what == 'd')
		transfer_data(x, key, cur_rest(&msg));
	if (what == 'm')
		transfer_missing(x, key, cur_u8(&msg));
	if (what == 'c' || what == 'x')
		closed = transfer_close(x, key, what == 'c', &result);
	return true;
}

static unsigned toy_probe(const struct proto_ctx *x, struct cursor head)
{
	(void)x, (void)head;
	return 100;
}

static const struct proto proto_toy = { .name = "toy", .on = ON_UDP, .ports = { 9999 }, .probe = toy_probe,
					.message = toy_message };
const struct proto *const protos[] = { &proto_toy, NULL };

#include "stream_shown.h"

static void send(struct bench *b, bool from_client, const char *head, const void *p, size_t n)
{
	uint8_t message[8192];
	size_t head_n = strlen(head);

	memcpy(message, head, head_n);
	if (n > 0)
		memcpy(message + head_n, p, n);
	bench_datagram(b, from_client, message, head_n + n);
}

static void expect_sha(const char *hex)
{
	char text[65];

	for (unsigned i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", result.sha256[i]);
	assert_string_equal(text, hex);
}

static void test_digest(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	send(&b, true, "ok", NULL, 0);
	send(&b, true, "oz", NULL, 0);		/* another one beside it */
	send(&b, true, "dz", "zzz", 3);
	send(&b, true, "dk", "a", 1);
	send(&b, false, "dk", "bc", 2);		/* direction is no part of the key */
	send(&b, true, "ck", NULL, 0);
	assert_true(closed);
	/* FIPS 180-2 appendix B.1 */
	expect_sha("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(result.size, 3);
	assert_true(result.complete);
	assert_true(fabs(result.entropy - log2(3)) < 1e-9);
	assert_string_equal(result.magic, "text");
	send(&b, true, "ck", NULL, 0);
	assert_false(closed);			/* closed is forgotten */
	send(&b, true, "dk", "late", 4);	/* without one open: nothing */
	bench_end(&b);
}

static void test_ends(void **state)
{
	(void)state;
	static uint8_t all[256];
	struct bench b;

	for (unsigned i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	bench_begin(&b, NULL, true);
	send(&b, true, "oe", NULL, 0);
	send(&b, true, "ce", NULL, 0);
	expect_sha("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(result.magic, "empty");
	assert_true(result.entropy >= 0 && result.entropy <= 0);
	send(&b, true, "oe", NULL, 0);
	send(&b, true, "de", all, sizeof(all));
	send(&b, true, "xe", NULL, 0);
	assert_false(result.complete);
	assert_true(fabs(result.entropy - 8) < 1e-9);
	assert_string_equal(result.magic, "data");
	send(&b, true, "oe", NULL, 0);
	send(&b, true, "me", "\5", 1);
	send(&b, true, "de", "PK\x03\x04", 4);
	send(&b, true, "ce", NULL, 0);
	assert_false(result.complete);		/* whoever says so: bytes are missing */
	assert_int_equal(result.missing, 5);
	assert_string_equal(result.magic, "data");	/* these are not its first bytes */
	send(&b, true, "oe", NULL, 0);
	send(&b, true, "de", "abc", 3);
	send(&b, true, "oe", NULL, 0);		/* opening again forgets */
	send(&b, true, "ce", NULL, 0);
	assert_int_equal(result.size, 0);
	send(&b, true, "ce", NULL, 0);
	assert_false(closed);
	bench_end(&b);
}

#define ROW(what, bytes, magic) { what, bytes, sizeof(bytes) - 1, magic }

static void test_magic(void **state)
{
	(void)state;
	static const struct { const char *what, *bytes; size_t n; const char *magic; } rows[] = {
		ROW("zip", "PK\x03\x04....", "zip"), ROW("zip, cut", "PK\x03", "data"),
		ROW("gzip", "\x1f\x8b\x08....", "gzip"), ROW("elf", "\x7f" "ELF\2", "elf"),
		ROW("pdf", "%PDF-1.7\n", "pdf"), ROW("png", "\x89PNG\r\n\x1a\n", "png"),
		ROW("jpeg", "\xff\xd8\xff\xe0", "jpeg"), ROW("ole", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
							     "ole"),
		ROW("7z", "7z\xbc\xaf\x27\x1c", "7z"), ROW("rar 5", "Rar!\x1a\x07\x01\x00", "rar"),
		ROW("class", "\xca\xfe\xba\xbe\0\0\0\x34", "class"),
		ROW("gif", "GIF89a", "gif"), ROW("sqlite", "SQLite format 3\0", "sqlite"),
		ROW("text", "hello\r\nworld\t1\n", "text"), ROW("UTF-8 text", "\xe9\x81\x8b\xe8\xbb\xa2\n",
								"text"),
		ROW("Shift JIS comment in a program", "%\nO1000(\x8a\x8a)\nG0X0\n", "nc-program"),
		ROW("NUL is no text", "hello\0", "data"), ROW("control character", "a\x02" "b", "data"),
		ROW("high bytes throughout", "\x81\x92\xa3\xb4\xc5\xd6\xe7\xf8\x81\x92\xa3\xb4", "data"),
		ROW("xml", "<?xml version=\"1.0\"?><a/>", "xml"),
		ROW("xml with byte order mark", "\xef\xbb\xbf<?xml version=\"1.0\"?>", "xml"),
		ROW("html", "\n<!DOCTYPE html><html>", "html"),
		ROW("html without doctype", "<HTML><head>", "html"), ROW("json object", " {\"a\":1}", "json"),
		ROW("json array", "[1,2]", "json"), ROW("a brace alone is no json", "{a}", "text"),
		ROW("nc-program, O", "O0001\nG28U0W0\n", "nc-program"),
		ROW("nc-program, percent and O", "%\r\nO1234(TEST)\r\n", "nc-program"),
		ROW("nc-program, percent and block", "%\nN10 G90\n", "nc-program"),
		ROW("nc-program, comment first", "%\n(PART 5)\n", "nc-program"),
		ROW("nc-program, name in brackets", "%\n<SHAFT>\n", "nc-program"),
		ROW("an O in prose", "Old text", "text"), ROW("a part number", "OX1 is done", "text"),
		ROW("percent in prose", "% of all", "text"), ROW("MZ without a new header", "MZ....", "text"),
	};
	struct bench b;

	bench_begin(&b, NULL, true);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("# %s\n", rows[i].what);
		send(&b, true, "om", NULL, 0);
		send(&b, true, "dm", rows[i].bytes, rows[i].n / 2);	/* in two pieces */
		send(&b, true, "dm", rows[i].bytes + rows[i].n / 2, rows[i].n - rows[i].n / 2);
		send(&b, true, "cm", NULL, 0);
		assert_string_equal(result.magic, rows[i].magic);
	}
	bench_end(&b);
}

static void test_magic_by_position(void **state)
{
	(void)state;
	uint8_t bytes[300] = "MZ";
	struct bench b;

	bench_begin(&b, NULL, true);
	bytes[0x3c] = 0x80;
	memcpy(bytes + 0x80, "PE\0\0", 4);
	send(&b, true, "om", NULL, 0);
	send(&b, true, "dm", bytes, sizeof(bytes));
	send(&b, true, "cm", NULL, 0);
	assert_string_equal(result.magic, "pe");
	bytes[0x80] = 'N';		/* an older format */
	send(&b, true, "om", NULL, 0);
	send(&b, true, "dm", bytes, sizeof(bytes));
	send(&b, true, "cm", NULL, 0);
	assert_string_equal(result.magic, "data");
	bytes[0x3c] = 298 & 0xff;	/* its new header lies where we no longer look */
	bytes[0x3d] = 298 >> 8;
	send(&b, true, "om", NULL, 0);
	send(&b, true, "dm", bytes, sizeof(bytes));
	send(&b, true, "cm", NULL, 0);
	assert_string_equal(result.magic, "pe");
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes + 257, "ustar", 5);
	send(&b, true, "om", NULL, 0);
	send(&b, true, "dm", bytes, sizeof(bytes));
	send(&b, true, "cm", NULL, 0);
	assert_string_equal(result.magic, "tar");
	bench_end(&b);
}

static void test_cap(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct bench b;

	limits.transfers = SHARDS;
	bench_begin(&b, &limits, true);
	send(&b, true, "oa", NULL, 0);
	assert_true(opened);
	send(&b, true, "ob", NULL, 0);
	assert_false(opened);
	bench_close(&b);
	assert_int_equal(b.stats.limit[LIMIT_AT_transfers].used, 0);
	assert_int_equal(b.stats.limit[LIMIT_AT_transfers].refused, 1);
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest), cmocka_unit_test(test_ends), cmocka_unit_test(test_magic),
		cmocka_unit_test(test_magic_by_position), cmocka_unit_test(test_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

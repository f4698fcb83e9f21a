/* Transfers: digest, size, entropy and kind of what came by. */
#include "model/proto.h"

#include <math.h>
#include <nettle/sha2.h>

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

/* Of a long file the first 16 KiB are counted and one KiB in eight behind them, however it is cut. */
static void test_entropy_of_long(void **state)
{
	(void)state;
	static uint8_t bytes[33 * 1024];
	static const size_t steps[] = { 1, 1000, 1024, 1460, 8000 };
	struct bench b;

	memset(bytes, 'a', 16 * 1024);
	memset(bytes + 16 * 1024, 'x', sizeof(bytes) - 16 * 1024);
	memset(bytes + 16 * 1024, 'b', 1024);
	memset(bytes + 24 * 1024, 'c', 1024);
	memset(bytes + 32 * 1024, 'd', 1024);
	bench_begin(&b, NULL, true);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		const double few = 1.0 / 19, many = 16.0 / 19;

		send(&b, true, "os", NULL, 0);
		for (size_t at = 0; at < sizeof(bytes); at += steps[i])
			send(&b, true, "ds", bytes + at, min_size(steps[i], sizeof(bytes) - at));
		send(&b, true, "cs", NULL, 0);
		assert_int_equal(result.size, sizeof(bytes));
		assert_true(fabs(result.entropy + 3 * few * log2(few) + many * log2(many)) < 1e-9);
	}
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
		ROW("nc-program, as FOCAS carries it", "\nO0303\nG01 X100 Y100\nM30\n%", "nc-program"),
		ROW("nc-program, named, no percent", "<SHAFT-2>\nN10 G0 X0\n", "nc-program"),
		ROW("an element is no name", "<root>\n<leaf/>\n", "text"),
		ROW("an element and a word", "<b>\nnow\n", "text"),
		ROW("nc-program, Klartext", "0 BEGIN PGM WELLE MM\n1 BLK FORM 0.1 Z X+0\n", "nc-program"),
		ROW("nc-program, Klartext without block numbers", "BEGIN PGM WELLE MM\n", "nc-program"),
		ROW("a table is none", "BEGIN TOOL.T MM\nT NAME L R\n", "text"),
		ROW("nc-program, DIN/ISO", "%WELLE G71 *\nN10 G30 G17*\n", "nc-program"),
		ROW("nc-program, Siemens", "%_N_WELLE_MPF\n;$PATH=/_N_WKS_DIR\nN10 G0\n", "nc-program"),
		ROW("nc-program, blocks alone", "G21 G90\nG0 X0. Y0. (HOME)\n#100=[#101+1.5]\nM30\n", "nc-program"),
		ROW("two blocks are too few", "G21 G90\nM30\n", "text"),
		ROW("words without a function", "A1 B2\nC3\nD4\n", "text"),
		ROW("a list of parts", "G21,4\nG22,5\nG23,6\n", "text"),
		ROW("nc-program, lines that end with NUL are data", "O0001\0G0\0", "data"),
		ROW("nc-program, colon", ":1234(LEFT)\nG0X0\n", "nc-program"),
		ROW("Intel HEX", ":10010000214601360121470136007EFE\n", "text"),
		ROW("colon and nine digits", ":123456789\n", "text"),
		ROW("colon and eight digits", ":12345678\n", "nc-program"),
		ROW("colon and one digit", ":1\n", "text"),
		ROW("percent line of 64 bytes", "%2345678901234567890123456789012345678901234567890123456789012345\nG0\n", "text"),
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

/* ---- programs ---- */

static struct bench program_bench;

/* Sends a text in pieces of so many bytes. */
static void carry(const char *text, size_t n, size_t step)
{
	send(&program_bench, true, "op", NULL, 0);
	for (size_t at = 0; at < n; at += step)
		send(&program_bench, true, "dp", text + at, min_size(step, n - at));
	send(&program_bench, true, "cp", NULL, 0);
}

static void expect_program(const char *name, const char *canonical)
{
	struct sha256_ctx sha;
	uint8_t want[32];

	sha256_init(&sha);
	sha256_update(&sha, strlen(canonical), (const uint8_t *)canonical);
	sha256_digest(&sha, sizeof(want), want);
	assert_true(result.is_program);
	assert_int_equal(result.program_n, strlen(name));
	assert_memory_equal(result.program, name, result.program_n);
	assert_memory_equal(result.program_sha256, want, sizeof(want));
}

#define TEXT(what, text, name, canonical) { what, text, sizeof(text) - 1, name, canonical }

static void test_program(void **state)
{
	(void)state;
	static const struct { const char *what, *text; size_t n; const char *name, *canonical; } rows[] = {
		TEXT("LF, tape marks", "%\nO1234\nG0X0\nM30\n%\n", "O1234", "O1234\nG0X0\nM30\n"),
		TEXT("CR LF, no last end", "%\r\nO1234\r\nG0X0\r\nM30\r\n%", "O1234", "O1234\nG0X0\nM30\n"),
		TEXT("CR CR LF, LF CR, empty lines", "O1234\r\r\nG0X0\n\r\n \t\nM30\r", "O1234", "O1234\nG0X0\nM30\n"),
		TEXT("blanks at ends, not at beginnings", "O1234 \nG0 X0\t \n  M30\n% \n", "O1234", "O1234\nG0 X0\n  M30\n"),
		TEXT("a % with words behind it stays", "%\nO10\n% G0\n%X\n", "O0010", "O10\n% G0\n%X\n"),
		TEXT("a % behind a blank stays", "O10\n %\nM30\n", "O0010", "O10\n %\nM30\n"),
		TEXT("a % at the end of a line stays", "O10\nM30%\n", "O0010", "O10\nM30%\n"),
		TEXT("leading zeros", "O00012\nM30\n", "O0012", "O00012\nM30\n"),
		TEXT("eight digits", "O12345678\nM30\n", "O12345678", "O12345678\nM30\n"),
		TEXT("nine digits are no number", "O123456789\nM30\n", "", "O123456789\nM30\n"),
		TEXT("ISO code", "%\n:77\nM30\n", "O0077", ":77\nM30\n"),
		TEXT("name in brackets", "%\n<SHAFT-2>(LEFT)\nM30\n", "SHAFT-2", "<SHAFT-2>(LEFT)\nM30\n"),
		TEXT("Klartext", "0  BEGIN PGM WELLE MM \r\n1 M30\r\n", "WELLE", "0  BEGIN PGM WELLE MM\n1 M30\n"),
		TEXT("DIN/ISO", "%WELLE G71 *\nN10 G30*\n", "WELLE", "%WELLE G71 *\nN10 G30*\n"),
		TEXT("Siemens", "%_N_WELLE_MPF\nN10 G0\n", "_N_WELLE_MPF", "%_N_WELLE_MPF\nN10 G0\n"),
		TEXT("comments before the number", "%\n(A)\n(B)\nO0007\n", "O0007", "(A)\n(B)\nO0007\n"),
		TEXT("two programs: the first has the name", "O0001\nM99\nO0002\nM30\n", "O0001", "O0001\nM99\nO0002\nM30\n"),
		TEXT("a number in the eighth line", "%\n(1)\n(2)\n(3)\n(4)\n(5)\n(6)\n(7)\nO8\n", "O0008",
		     "(1)\n(2)\n(3)\n(4)\n(5)\n(6)\n(7)\nO8\n"),
		TEXT("a number in the ninth line", "%\n(1)\n(2)\n(3)\n(4)\n(5)\n(6)\n(7)\n(8)\nO9\n", "",
		     "(1)\n(2)\n(3)\n(4)\n(5)\n(6)\n(7)\n(8)\nO9\n"),
	};

	bench_begin(&program_bench, NULL, true);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("# %s\n", rows[i].what);
		for (size_t step = 1; step < 4; step++) {
			carry(rows[i].text, rows[i].n, step);
			assert_string_equal(result.magic, "nc-program");
			expect_program(rows[i].name, rows[i].canonical);
		}
	}
	bench_end(&program_bench);
}

/* Longer than the first bytes kept, cut anywhere; more blanks than are held back. */
static void test_program_long(void **state)
{
	(void)state;
	static char text[4096], canonical[4096];
	size_t n = 0, k = 0;

	bench_begin(&program_bench, NULL, true);
	n = (size_t)snprintf(text, sizeof(text), "%%\r\nO2000\r\n");
	k = (size_t)snprintf(canonical, sizeof(canonical), "O2000\n");
	for (unsigned i = 0; i < 120; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "N%u G1 X%u.5%*s\r\n", i, i, (int)(i % 5), "");
		k += (size_t)snprintf(canonical + k, sizeof(canonical) - k, "N%u G1 X%u.5\n", i, i);
	}
	static const size_t steps[] = { 1, 7, 511, 512, 513, 1000, 4000 };

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		carry(text, n, steps[i]);
		expect_program("O2000", canonical);
	}
	n = (size_t)snprintf(text, sizeof(text), "O2000\nG0%*s\nG1%*s\nM30", 64, "", 65, "");
	snprintf(canonical, sizeof(canonical), "O2000\nG0\nG1%*s\nM30\n", 64, "");
	carry(text, n, 50);
	expect_program("O2000", canonical);
	n = (size_t)snprintf(text, sizeof(text), "O2000\n%%%*s\n%%%*s\nM30", 64, "", 65, "");
	snprintf(canonical, sizeof(canonical), "O2000\n%%%*s\nM30\n", 64, "");
	carry(text, n, 50);
	expect_program("O2000", canonical);
	bench_end(&program_bench);
}

static void test_program_not_whole(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	send(&b, true, "op", NULL, 0);
	send(&b, true, "dp", "O1234\nG0X0\n", 11);
	send(&b, true, "xp", NULL, 0);
	assert_false(result.is_program);	/* a part has no hash, but a name */
	assert_int_equal(result.program_n, 5);
	send(&b, true, "op", NULL, 0);
	send(&b, true, "dp", "O1234\nG0X0\n", 11);
	send(&b, true, "mp", "\5", 1);
	send(&b, true, "cp", NULL, 0);
	assert_false(result.is_program);
	send(&b, true, "op", NULL, 0);
	send(&b, true, "dp", "hello\n", 6);
	send(&b, true, "cp", NULL, 0);
	assert_false(result.is_program);
	assert_int_equal(result.program_n, 0);
	send(&b, true, "op", NULL, 0);		/* the flow ends with one open */
	send(&b, true, "dp", "O1234\nG0X0\n", 11);
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
		cmocka_unit_test(test_digest), cmocka_unit_test(test_ends), cmocka_unit_test(test_entropy_of_long),
		cmocka_unit_test(test_magic), cmocka_unit_test(test_magic_by_position), cmocka_unit_test(test_program),
		cmocka_unit_test(test_program_long),
		cmocka_unit_test(test_program_not_whole), cmocka_unit_test(test_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The registry of makers: the longest prefix wins, and nobody owns made-up addresses. And values as short
 * lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "asset/ledger.h"

static const struct { const char *what; uint8_t mac[6]; const char *maker; } makers[] = {
	{ "24 bits (MA-L)", { 0x00, 0x1b, 0x1b, 1, 2, 3 }, "Siemens" },
	{ "24 bits, first of the registry", { 0x00, 0x00, 0x00, 1, 2, 3 }, "Xerox" },
	{ "28 bits (MA-M)", { 0x20, 0x85, 0x93, 0xb1, 2, 3 }, "IOG Products" },
	{ "36 bits (MA-S)", { 0x70, 0xb3, 0xd5, 0x71, 0x92, 3 }, "2M Technology" },
	{ "36 bits (IAB)", { 0x00, 0x50, 0xc2, 0x7d, 0x52, 3 }, "Deuta-Werke" },
	{ "a form behind a comma", { 0x30, 0xfb, 0xb8, 1, 2, 3 }, "Huawei Technologies" },
	{ "nobody says so", { 0x00, 0xa0, 0xcd, 1, 2, 3 }, "Heidenhain" },
	{ "an old name", { 0x00, 0x00, 0x0a, 1, 2, 3 }, "Omron" },
	{ "a form behind a full stop", { 0x00, 0x0d, 0x0b, 1, 2, 3 }, "Buffalo" },
	{ "two words in capitals", { 0x00, 0xc0, 0x2f, 1, 2, 3 }, "Okuma" },
	{ "a block given out in parts, part not given", { 0x70, 0xb3, 0xd5, 0xff, 0xf2, 3 }, NULL },
	{ "locally administered", { 0x02, 0x1b, 0x1b, 1, 2, 3 }, NULL },
	{ "a group address", { 0x01, 0x1b, 0x1b, 1, 2, 3 }, NULL },
	{ "all ones", { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, NULL },
};

static void test_makers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		const char *maker = oui_maker(makers[i].mac);

		if ((maker == NULL) != (makers[i].maker == NULL) ||
		    (maker != NULL && strcmp(maker, makers[i].maker) != 0))
			fail_msg("%s: %s", makers[i].what, maker == NULL ? "nobody" : maker);
	}
}

#define TEXT(s) { (const uint8_t *)(s), sizeof(s) - 1 }

static const struct { const char *what; struct bytes in; size_t cap; const char *out; } texts[] = {
	{ "plain", TEXT("press 3"), 32, "press 3" },
	{ "Japanese", TEXT("3号プレス"), 32, "3号プレス" },
	{ "control characters and NUL", TEXT("a\0\n\x7f"), 32, "a\\x00\\x0a\\x7f" },
	{ "an escape sequence", TEXT("\x1b[31m"), 32, "\\x1b[31m" },
	{ "control characters of the upper half", TEXT("\xc2\x9b"), 32, "\\xc2\\x9b" },
	{ "a backslash", TEXT("\\x41"), 32, "\\x5cx41" },
	{ "broken UTF-8", TEXT("\xe3\x81z"), 32, "\\xe3\\x81z" },
	{ "cut at a whole character", TEXT("ab号"), 5, "ab" },
	{ "cut at a whole escape", TEXT("ab\n"), 6, "ab" },
	{ "nothing", TEXT(""), 4, "" },
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char out[64];
		size_t n = clean_text(out, texts[i].cap, texts[i].in);

		if (strcmp(out, texts[i].out) != 0 || n != strlen(out))
			fail_msg("%s: '%s'", texts[i].what, out);
	}
}

static const struct { const char *what; struct value value; const char *out; } values[] = {
	{ "none", { .type = VAL_NONE }, "" },
	{ "a secret", { .type = VAL_SECRET, .items = 1, .one.u = 5, .raw = { sizeof(struct obs), 4 } }, "" },
	{ "on", { .type = VAL_BOOL, .items = 1, .one.u = 1 }, "1" },
	{ "a negative number", { .type = VAL_INT, .items = 1, .one.i = -7 }, "-7" },
	{ "a number", { .type = VAL_UINT, .items = 1, .one.u = 1500 }, "1500" },
	{ "a real number", { .type = VAL_REAL, .items = 1, .one.f = 12.5 }, "12.5" },
	{ "several numbers", { .type = VAL_UINT, .items = 2, .raw = { sizeof(struct obs), 4 }, .length = 4 },
	  "61620a07" },
	{ "a text", { .type = VAL_TEXT, .items = 1, .raw = { sizeof(struct obs), 4 }, .length = 4 },
	  "ab\\x0a\\x07" },
	{ "bytes", { .type = VAL_RAW_BE, .items = 1, .raw = { sizeof(struct obs), 4 }, .length = 4 },
	  "61620a07" },
	{ "more bytes than the record holds", { .type = VAL_RAW_BE, .raw = { sizeof(struct obs), 4 },
						.length = 90 },
	  "61620a07.." },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct { struct obs o; uint8_t text[8]; } r = { .text = "ab\n\a" };
		char out[VALUE_TEXT_MAX];

		r.o.value = values[i].value;
		value_text(out, sizeof(out), &r.o);
		if (strcmp(out, values[i].out) != 0)
			fail_msg("%s: '%s'", values[i].what, out);
	}
}

/* value.c names objects by the registry of protocols, which these rows do without. */
const struct proto *proto_at(unsigned rec_proto) { (void)rec_proto; return NULL; }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_makers), cmocka_unit_test(test_texts), cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

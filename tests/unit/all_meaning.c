/* What objects mean: every shipped row is of a space that its protocol has, is found by its text, and has a text for its
 * category; objects as text are taken apart as they were put together; plant lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "asset/tags.h"
#include "model/alert.h"
#include "model/proto.h"

static bool has_space(const struct proto *p, const char *key)
{
	for (unsigned i = 0; p->spaces != NULL && p->spaces[i].key != NULL; i++)
		if (strcmp(p->spaces[i].key, key) == 0)
			return true;
	return false;
}

/* A row of a protocol or space that does not exist would never be found. */
static void every_row_has_its_place(void **state)
{
	struct object_meaning m;
	const char *proto, *space;
	size_t n = 0;

	(void)state;
	for (; meaning_at(n, &proto, &space, &m); n++) {
		const struct proto *p = proto_named(proto);
		char key[64];

		if (p == NULL || !has_space(p, space))
			fail_msg("content/objects: %s has no space '%s'", proto, space);
		snprintf(key, sizeof(key), "objects.category-%s", category_name(m.category));
		assert_true(text_known(key));
		assert_int_equal(category_named(category_name(m.category)), m.category);
	}
	assert_true(n > 200);
}

static const char *said(const char *proto, const char *object, enum lang lang)
{
	static char out[256];

	object_in_words(out, sizeof(out), lang, proto_number(proto_named(proto)), object, NULL);
	return out;
}

static void meanings_in_words(void **state)
{
	(void)state;
	assert_string_equal(said("haas", "macro 3004", LANG_EN), "macro variable 3004 (feed hold control)");
	assert_string_equal(said("haas", "macro 3004", LANG_JA),
			    "マクロ変数 3004（フィードホールドの制御）");
	assert_string_equal(said("haas", "macro 2001", LANG_EN), "macro variable 2001 (length of tool 1)");
	assert_string_equal(said("haas", "macro 2200", LANG_EN), "macro variable 2200 (length of tool 200)");
	assert_string_equal(said("haas", "macro 2000", LANG_EN), "macro variable 2000");
	assert_string_equal(said("haas", "macro 2801", LANG_EN), "macro variable 2801");
	assert_string_equal(said("haas", "macro x", LANG_EN), "macro variable x");
	assert_string_equal(said("haas", "macro 3004 ", LANG_EN), "macro variable 3004 ");
	assert_string_equal(said("haas", "macro  3004", LANG_EN), "macro variable  3004");
	assert_string_equal(said("haas", "macro 99999999999", LANG_EN), "macro variable 99999999999");
	assert_string_equal(said("s7comm", "DB1.DBX2.0", LANG_EN), "DB1.DBX2.0 (data block)");
	assert_string_equal(said("s7comm", "Q0.1", LANG_EN), "Q0.1 (output)");
	assert_string_equal(said("s7comm", "Q0.1x", LANG_EN), "Q0.1x");
	assert_string_equal(said("fins", "D100", LANG_EN), "D100 (data memory)");
	assert_string_equal(said("fins", "E1f_5", LANG_EN), "E1f_5 (extended data memory)");
	assert_string_equal(said("modbus", "holding 107", LANG_EN), "holding register 107");
}

/* ---- plant lists ---- */

enum { SAID = 4096 };
static char wrong[SAID];

static void tell(void *ctx, const struct tags_error *e)
{
	size_t n = strlen(wrong);

	(void)ctx;
	snprintf(wrong + n, SAID - n, "%zu:%zu %s '%s' '%s'\n", e->line, e->column, e->text + strlen("tags."),
		 e->what, e->hint);
}

static struct tags *list(const char *csv)
{
	struct tags *t = NULL;

	wrong[0] = '\0';
	tags_read(&t, (struct bytes){ (const uint8_t *)csv, strlen(csv) }, tell, NULL);
	return t;
}

static const char *tagged(struct tags *t, const char *proto, const char *object, const char *ip)
{
	static char out[256];
	struct side device = { .port = 1 };
	struct object_meaning m;
	unsigned a[4];

	if (sscanf(ip, "%u.%u.%u.%u", &a[0], &a[1], &a[2], &a[3]) == 4) {
		device.ip[10] = device.ip[11] = 0xff;
		for (unsigned i = 0; i < 4; i++)
			device.ip[12 + i] = (uint8_t)a[i];
	}
	if (!tags_find(t, proto_number(proto_named(proto)), object, &device, &m))
		return "";
	snprintf(out, sizeof(out), "%s|%s|%s|%s|%g|%g|%g|%u", m.text[LANG_EN], m.text[LANG_JA],
		 category_name(m.category), m.unit == NULL ? "-" : m.unit, m.step, m.min, m.max, m.has);
	return out;
}

#define HEAD "protocol,device,object,name_en,name_ja,category,unit,step,min,max\n"

static void a_plant_list(void **state)
{
	struct tags *t = list("\xef\xbb\xbf" HEAD
			      "haas,,#501,part,部品,handshake,,,1,999\r\n"
			      "\n# a comment\n"
			      "haas,10.0.0.5,macro 501,\"part, \"\"special\"\"\",,handshake,mm,0.5,,\n"
			      "fins,*, D100 ,speed,,setting,rpm,,,");

	(void)state;
	assert_string_equal(wrong, "");
	assert_int_equal(tags_count(t), 3);
	assert_string_equal(tagged(t, "haas", "macro 501", "10.0.0.6"), "part|部品|handshake|-|0|1|999|6");
	assert_string_equal(tagged(t, "haas", "macro 501", "10.0.0.5"),
			    "part, \"special\"|part, \"special\"|handshake|mm|0.5|0|0|1");
	assert_string_equal(tagged(t, "fins", "D100", "10.0.0.5"), "speed|speed|setting|rpm|0|0|0|0");
	assert_string_equal(tagged(t, "fins", "D101", "10.0.0.5"), "");
	meaning_plant(tags_find, t);
	assert_string_equal(said("haas", "macro 501", LANG_JA), "マクロ変数 501（部品）");
	meaning_plant(NULL, NULL);
	assert_string_equal(said("haas", "macro 501", LANG_JA), "マクロ変数 501（汎用変数）");
	tags_free(t);
}

/* One row a line: what is wrong with it, and where. The first and the last are good. */
static void wrong_rows_are_said_and_the_rest_counts(void **state)
{
	struct tags *t = list(HEAD "haas,,macro 1,a,,setting,,,,\n"
			      "hass,,macro 2,a,,setting,,,,\n"
			      "quake,,macro 2,a,,setting,,,,\n"
			      "haas,10.0.0,macro 2,a,,setting,,,,\n"
			      "haas,,makro 2,a,,setting,,,,\n"
			      "haas,,macro 2,,,setting,,,,\n"
			      "haas,,macro 2,a\xff,,setting,,,,\n"
			      "haas,,macro 2,a,,tool-waer,,,,\n"
			      "haas,,macro 2,a,,x,,,,\n"
			      "haas,,macro 2,a,,setting,,0.5mm,,\n"
			      "haas,,macro 2,a,,setting,,-1,,\n"
			      "haas,,macro 2,a,,setting,,,nan,\n"
			      "haas,,macro 2,a,,setting,,,5,4\n"
			      "haas,,macro 1,b,,setting,,,,\n"
			      "haas,,#1,b,,setting,,,,\n"
			      "haas,,macro 2,a,,setting,,,,,more\n"
			      "haas,,#123456789012,a,,setting,,,,\n"
			      "haas,,macro 2,z,,setting,,,,\n");

	(void)state;
	assert_string_equal(wrong, "3:1 unknown-protocol 'hass' 'haas'\n"
			    "4:1 unknown-protocol 'quake' ''\n"
			    "5:6 bad-device '10.0.0' ''\n"
			    "6:7 bad-object 'makro 2' 'macro 1'\n"
			    "7:7 no-name 'macro 2' ''\n"
			    "8:15 not-utf8 '' ''\n"
			    "9:18 unknown-category 'tool-waer' 'tool-wear'\n"
			    "10:18 unknown-category 'x' ''\n"
			    "11:27 bad-number '0.5mm' 'step'\n"
			    "12:27 bad-number '-1' 'step'\n"
			    "13:28 bad-number 'nan' 'min'\n"
			    "14:28 min-above-max '5' '4'\n"
			    "15:7 twice 'macro 1' ''\n"
			    "16:7 twice 'macro 1' ''\n"
			    "17:30 too-many-fields 'more' ''\n"
			    "18:7 bad-object '#123456789012' 'macro 1'\n");
	assert_int_equal(tags_count(t), 2);
	assert_string_equal(tagged(t, "haas", "macro 2", ""), "z|z|setting|-|0|0|0|0");
	tags_free(t);
}

static void columns_in_any_order(void **state)
{
	struct tags *t = list("object,category,name_ja,protocol\n#7,handshake,部品,haas\n#haas\n");

	(void)state;
	assert_string_equal(wrong, "");
	assert_string_equal(tagged(t, "haas", "macro 7", ""), "部品|部品|handshake|-|0|0|0|0");
	tags_free(t);
}

static void wrong_columns(void **state)
{
	(void)state;
	assert_null(list(""));
	assert_string_equal(wrong, "1:1 empty '' ''\n");
	assert_null(list("protocol,objekt,category\n"));
	assert_string_equal(wrong, "1:10 unknown-column 'objekt' 'object'\n");
	assert_null(list("protocol,object\n"));
	assert_string_equal(wrong, "1:1 missing-column 'category' ''\n");
}

/* A line of 4,096 bytes is read, a longer one is not; 65,536 rows are, one more is not. */
static void caps(void **state)
{
	static char csv[TAGS_MAX * 40 + 8192];
	size_t n = (size_t)snprintf(csv, sizeof(csv), HEAD);

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		n += (size_t)snprintf(csv + n, sizeof(csv) - n, "haas,,macro %u,%0*d,,setting,,,,\n", more,
				      TAGS_LINE_MAX - 27 + (int)more, 0);
	}
	struct tags *t = list(csv);

	assert_string_equal(wrong, "3:1 long-line '' ''\n");
	assert_int_equal(tags_count(t), 1);
	tags_free(t);
	n = (size_t)snprintf(csv, sizeof(csv), HEAD);
	for (unsigned i = 0; i < TAGS_MAX + 2; i++)
		n += (size_t)snprintf(csv + n, sizeof(csv) - n, "haas,,macro %u,a,,setting,,,,\n", i % 99999);
	t = list(csv);
	assert_int_equal(tags_count(t), TAGS_MAX);
	assert_string_equal(wrong, "65538:1 too-many '' ''\n");
	tags_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_its_place), cmocka_unit_test(meanings_in_words),
		cmocka_unit_test(a_plant_list), cmocka_unit_test(wrong_rows_are_said_and_the_rest_counts),
		cmocka_unit_test(columns_in_any_order), cmocka_unit_test(wrong_columns), cmocka_unit_test(caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

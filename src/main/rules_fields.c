/* main/rules_fields.c: `koban rules fields`: what a rule can ask about, and which words it can ask for. */
#include "detect/detect.h"
#include "detect/rule.h"
#include "main/rules.h"
#include "main/say.h"
#include "main/sheet.h"

static const char *const type_names[] = { [VT_TEXT] = "text", [VT_NUMBER] = "number", [VT_WORD] = "word",
	[VT_IP] = "ip", [VT_MAC] = "mac", [VT_BOOL] = "true, false", [VT_TIME] = "time" };

/* The words a field may have, as far as they are few and always the same. */
static void words_of(char *out, size_t cap, const struct site *site, unsigned id)
{
	const char *w;
	size_t n = 0;

	out[0] = '\0';
	if (field_type(id) != VT_WORD || id == RF_PROTOCOL || id == RF_ACTOR_ZONE || id == RF_DEVICE_ZONE)
		return;
	for (unsigned i = 0; (w = field_word(site, id, i)) != NULL && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s", i == 0 ? "" : " ", w);
}

int rules_fields(const struct cli *c)
{
	static const struct sheet_column columns[] = {
		{ "field", 0, false }, { "type", 0, false }, { "of-reads", 0, false }, { "words", 0, false },
		{ "values", COLUMN_WIDE, false }, { NULL, 0, false } };
	static struct site site;
	struct sheet s;
	char key[96], words[1024];

	site_init(&site);
	sheet_init(&s, columns, (enum sheet_format)cli_choice(c, OPT_FORMAT, SHEET_TABLE));
	for (unsigned i = 0; i < RF_COUNT; i++) {
		snprintf(key, sizeof(key), "rule-fields.%s", field_name(i));
		words_of(words, sizeof(words), &site, i);
		sheet_cell(&s, field_name(i));
		sheet_cell(&s, type_names[field_type(i)]);
		if (field_flags(i) & FF_APART)
			sheet_cell(&s, "");
		else
			sheet_state(&s, c->lang, "sheet.yes");
		sheet_cell(&s, text(c->lang, key));
		sheet_cell(&s, words);
	}
	bool ok = sheet_print(&s, c->lang, "rules-cmd.none");

	sheet_free(&s);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

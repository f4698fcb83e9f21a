/* main/protocols.c: `koban protocols`: what is understood and how far, from the protocols' own tables. */
#include "main/cli.h"
#include "main/say.h"
#include "main/sheet.h"
#include "model/proto.h"

static const struct sheet_column list_columns[] = {
	{ "proto", 0, false }, { "words", 0, false }, { "transport", 0, false }, { "port", 0, false },
	{ "codes", COLUMN_RIGHT, true }, { "codes_decoded", COLUMN_RIGHT, true }, { "verified", 0, false },
	{ "verified_by", COLUMN_WIDE, false }, { NULL, 0, false } };

static const struct sheet_column code_columns[] = {
	{ "proto", COLUMN_WIDE, false }, { "code", COLUMN_RIGHT, true }, { "key", COLUMN_WIDE, false },
	{ "words", 0, false }, { "verb", 0, false }, { "class", 0, false }, { "request", 0, false },
	{ "answer", 0, false }, { "decoded", 0, false }, { "spec", 0, false }, { NULL, 0, false } };

static const struct sheet_column field_columns[] = {
	{ "proto", COLUMN_WIDE, false }, { "field", 0, false }, { "type", 0, false }, { "eve", 0, false },
	{ NULL, 0, false } };

static void carrier(char *out, size_t cap, const struct proto *p)
{
	static const char *const names[] = { [ON_ETHER] = "Ethernet", [ON_IP] = "IP", [ON_UDP] = "UDP",
					     [ON_TCP] = "TCP", [ON_SCTP] = "SCTP", [ON_PROTO] = "" };

	const char *over = p->on == ON_PROTO ? "" : p->over;

	snprintf(out, cap, "%s%s%s%s", p->on == ON_PROTO ? p->over : names[p->on], p->also_udp ? ", UDP" : "",
		 over == NULL || over[0] == '\0' ? "" : ", ", over == NULL ? "" : over);
}

static void ports(char *out, size_t cap, const struct proto *p)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < ARRAY_LEN(p->ports) && p->ports[i] != 0 && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, p->on == ON_ETHER ? "%s0x%04x" : "%s%u",
				      i > 0 ? " " : "", p->ports[i]);
}

static const char *words(char *key, size_t cap, enum lang lang, const struct proto *p, const char *below,
			 const char *name)
{
	snprintf(key, cap, "proto.%s.%s%s%s", p->name, below, name == NULL ? "" : ".",
		 name == NULL ? "" : name);
	return text(lang, key);
}

/* What the decoding was held against: in the words of people, or (lang NULL) of programs. */
static void verified(char *out, size_t cap, const struct proto *p, const enum lang *lang)
{
	static const struct { unsigned bit; const char *word, *key; } kinds[] = {
		{ VERIFIED_CAPTURE, "capture", "sheet.verified-capture" },
		{ VERIFIED_PEER, "peer", "sheet.verified-peer" },
		{ VERIFIED_SYNTHETIC, "synthetic", "sheet.verified-synthetic" },
	};
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < ARRAY_LEN(kinds) && n < cap; i++) {
		/* people need not be told of bytes from documents where something better is there */
		if (!(p->verified & kinds[i].bit) ||
		    (lang != NULL && n > 0 && kinds[i].bit == VERIFIED_SYNTHETIC))
			continue;
		n += (size_t)snprintf(out + n, cap - n, "%s%s", n == 0 ? "" : ", ",
				      lang == NULL ? kinds[i].word : text(*lang, kinds[i].key));
	}
}

static void list_one(struct sheet *s, enum lang lang, const struct proto *p)
{
	char room[256];
	uint64_t decoded = 0;

	for (size_t i = 0; i < p->code_count; i++)
		decoded += (p->codes[i].flags & CODE_NAMED) == 0;
	sheet_cell(s, p->name);
	sheet_cell(s, words(room, sizeof(room), lang, p, "name", NULL));
	carrier(room, sizeof(room), p);
	sheet_cell(s, room);
	ports(room, sizeof(room), p);
	sheet_cell(s, room);
	sheet_number(s, p->code_count);
	sheet_number(s, decoded);
	verified(room, sizeof(room), p, &lang);
	sheet_cell(s, room);
	verified(room, sizeof(room), p, NULL);
	sheet_cell(s, room);
}

static void state_if(struct sheet *s, enum lang lang, bool so)
{
	if (so)
		sheet_state(s, lang, "sheet.yes");
	else
		sheet_cell(s, "");
}

/* Where the row stands in its standard, with the remarks in it, each {KEY} of remarks.yml, in words: for
 * programs always in the same language. */
static const char *source_of(char *room, size_t size, enum lang lang, const char *spec)
{
	size_t n = 0;

	*room = '\0';
	while (*spec != '\0' && n < size) {
		size_t plain = strcspn(spec, "{"), key = strcspn(spec + plain, "}");

		n += (size_t)snprintf(room + n, size - n, "%.*s", (int)plain, spec);
		spec += plain;
		if (*spec == '\0' || n >= size)
			break;
		char name[64];

		snprintf(name, sizeof(name), "remarks.%.*s", (int)key - 1, spec + 1);
		n += (size_t)snprintf(room + n, size - n, "%s", text(lang, name));
		spec += key + (spec[key] == '}');
	}
	return room;
}

static void list_codes(struct sheet *s, enum lang lang, const struct proto *p)
{
	for (size_t i = 0; i < p->code_count; i++) {
		const struct proto_code *c = &p->codes[i];
		char room[256];

		sheet_cell(s, p->name);
		sheet_number(s, c->code);
		sheet_cell(s, c->key);
		sheet_cell(s, words(room, sizeof(room), lang, p, "codes", c->key));
		sheet_cell(s, word_of(c->verb, c->cls, OUT_UNKNOWN));
		sheet_cell(s, class_name(c->cls));
		state_if(s, lang, (c->flags & (CODE_REQUEST | CODE_PUSH)) != 0);
		state_if(s, lang, (c->flags & CODE_ANSWER) != 0);
		sheet_state(s, lang, c->flags & CODE_NAMED ? "sheet.named-only" : "sheet.yes");
		sheet_cell(s, source_of(room, sizeof(room), s->format == SHEET_JSON ? LANG_EN : lang,
					c->spec));
	}
}

/* The members of the protocol's own struct, those of lists below their list, with where EVE has them. */
static void list_fields(struct sheet *s, const struct proto *p, const struct field *fields, const char *above,
			const char *eve_above)
{
	static const char *const types[] = {
		[FIELD_U8] = "uint8", [FIELD_U16] = "uint16", [FIELD_U32] = "uint32", [FIELD_U64] = "uint64",
		[FIELD_I64] = "int64", [FIELD_F64] = "real", [FIELD_BOOL] = "bool", [FIELD_TEXT] = "text",
		[FIELD_BYTES] = "hex", [FIELD_KEY] = "word", [FIELD_IP] = "ip", [FIELD_MAC] = "mac",
		[FIELD_LIST] = "list", [FIELD_TEXTS] = "texts", [FIELD_WORD] = "word" };

	for (const struct field *f = fields; f != NULL && f->name != NULL; f++) {
		char name[256], eve[256] = "";

		snprintf(name, sizeof(name), "%s%s", above, f->name);
		if (f->eve != NULL && (eve_above == NULL || *eve_above != '\0'))
			snprintf(eve, sizeof(eve), "%s%s", eve_above == NULL ? "" : eve_above, f->eve);
		sheet_cell(s, p->name);
		sheet_cell(s, name);
		sheet_cell(s, f->type < ARRAY_LEN(types) ? types[f->type] : "");
		sheet_cell(s, eve);
		if (f->type == FIELD_LIST) {
			char below[260], eve_below[260] = "";

			snprintf(below, sizeof(below), "%s[].", name);
			if (eve[0] != '\0')
				snprintf(eve_below, sizeof(eve_below), "%s[].", eve);
			list_fields(s, p, f->sub, below, eve_below);
		}
	}
}

/* Tables only: what a program wants to know of fields it sees in EVE. */
static bool print_fields(const struct cli *c, const struct proto *p)
{
	struct sheet s;
	char eve[64];
	bool ok = true;

	if (p->fields == NULL)
		return true;
	snprintf(eve, sizeof(eve), "%s.", p->eve == NULL ? "" : p->eve);
	sheet_init(&s, field_columns, SHEET_TABLE);
	list_fields(&s, p, p->fields, "", p->eve == NULL ? "" : eve);
	if (s.rows > 0) {
		putchar('\n');
		ok = sheet_print(&s, c->lang, "sheet.no-codes");
	}
	sheet_free(&s);
	return ok;
}

int cmd_protocols(const struct cli *c)
{
	struct sheet s;
	enum sheet_format format = (enum sheet_format)cli_choice(c, OPT_FORMAT, SHEET_TABLE);

	for (unsigned i = 0; i < c->file_count; i++)
		if (proto_named(c->files[i]) == NULL) {
			const struct text_arg args[] = { { "what", c->files[i] }, { NULL, NULL } };

			say(c->lang, "cli.unknown-protocol", args);
			return EXIT_USAGE;
		}
	sheet_init(&s, c->file_count == 0 ? list_columns : code_columns, format);
	for (unsigned i = 0; c->file_count == 0 && protos[i] != NULL; i++)
		list_one(&s, c->lang, protos[i]);
	for (unsigned i = 0; i < c->file_count; i++)
		list_codes(&s, c->lang, proto_named(c->files[i]));
	bool ok = sheet_print(&s, c->lang, "sheet.no-codes");

	sheet_free(&s);
	for (unsigned i = 0; ok && format == SHEET_TABLE && i < c->file_count; i++)
		ok = print_fields(c, proto_named(c->files[i]));
	return ok ? EXIT_DONE : EXIT_FAILED;
}

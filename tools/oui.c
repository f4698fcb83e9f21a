/* tools/oui.c: compiles the IEEE registry of MAC prefixes into sorted tables.
 *
 * usage: koban_oui IEEE_DATA_DIR OUT
 * Reads oui.csv (MA-L, 24 bits), mam.csv (MA-M, 28), oui36.csv (MA-S, 36) and iab.csv (IAB, 36): lines of
 * Registry,Assignment,Organization Name,Organization Address (RFC 4180 quoting). Writes one pool of names and
 * three arrays of prefix << 24 | offset of the name, ascending. The names are those people use (maker.h).
 * Rows that name nobody ("Private", and the registry itself, which only says that a longer prefix decides)
 * are left out. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maker.h"

enum { FIELDS = 4, FIELD_MAX = 1024, NAME_BITS = 24 };

struct row { uint64_t prefix; uint32_t order; char *name; };
struct table { struct row *rows; size_t count, room; };
struct name { char *text; size_t at; };

static struct table tables[3];		/* 24, 28, 36 bits */
static const int bits[3] = { 24, 28, 36 };

static void *must(void *p)
{
	if (p == NULL) {
		fputs("oui: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

/* One CSV record into fields; false at the end of the file. Longer fields are cut, further ones dropped. */
static bool record(FILE *f, char fields[FIELDS][FIELD_MAX])
{
	size_t field = 0, n = 0;
	bool quoted = false, any = false;

	memset(fields, 0, FIELDS * FIELD_MAX);
	for (int c; (c = getc(f)) != EOF;) {
		any = true;
		if (c == '"') {
			int next = quoted ? getc(f) : EOF;

			if (!quoted || next != '"') {
				quoted = !quoted;
				if (!quoted && next != EOF)
					ungetc(next, f);
				continue;
			}
		} else if (!quoted && c == ',') {
			field++;
			n = 0;
			continue;
		} else if (!quoted && c == '\n') {
			return true;
		}
		if (field < FIELDS && n + 1 < FIELD_MAX)
			fields[field][n++] = (char)c;
	}
	return any;
}

/* Outer blanks and commas go; runs of blanks, tabs and line ends become single blanks. */
static void tidy(char *s)
{
	char *out = s;

	for (const char *p = s; *p != '\0'; p++) {
		bool blank = strchr(" \t\r\n", *p) != NULL;

		if (!blank)
			*out++ = *p;
		else if (out > s && out[-1] != ' ')
			*out++ = ' ';
	}
	while (out > s && (out[-1] == ' ' || out[-1] == ','))
		out--;
	*out = '\0';
}

static void add(struct table *t, uint64_t prefix, const char *name)
{
	if (t->count == t->room) {
		t->room = t->room ? t->room * 2 : 4096;
		t->rows = must(realloc(t->rows, t->room * sizeof(*t->rows)));
	}
	t->rows[t->count] = (struct row){ prefix, (uint32_t)t->count, must(strdup(name)) };
	t->count++;
}

/* Reads one file; rows of another length than the file's are refused. */
static bool load(const char *dir, const char *name, struct table *t, int nibbles)
{
	char path[4096];
	static char fields[FIELDS][FIELD_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		fprintf(stderr, "oui: cannot read %s: %s\n", path, strerror(errno));
		return false;
	}
	while (record(f, fields)) {
		char *end;
		uint64_t prefix = strtoull(fields[1], &end, 16);

		tidy(fields[2]);
		if (*end != '\0' || end - fields[1] != nibbles)
			continue;			/* the heading */
		if (fields[2][0] == '\0' || strcmp(fields[2], "Private") == 0 ||
		    strcmp(fields[2], "IEEE Registration Authority") == 0)
			continue;
		maker_shorten(fields[2]);
		add(t, prefix, fields[2]);
	}
	fclose(f);
	if (t->count == 0)
		fprintf(stderr, "oui: no rows in %s\n", path);
	return t->count > 0;
}

static int by_prefix(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static void put_name(FILE *out, const char *s)
{
	fputs("\t\"", out);
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == '?' || c >= 0x7f)
			fprintf(out, "\\%03o", c);
		else
			putc(c, out);
	}
	fputs("\\0\"\n", out);
}

/* Every name once, sorted; returns them with their offsets in the pool. */
static struct name *pool(FILE *out, size_t *ret_count)
{
	size_t count = 0, kept = 0, at = 0;

	for (int i = 0; i < 3; i++)
		count += tables[i].count;
	struct name *names = must(calloc(count + 1, sizeof(*names)));

	count = 0;
	for (int i = 0; i < 3; i++)
		for (size_t j = 0; j < tables[i].count; j++)
			names[count++].text = tables[i].rows[j].name;
	qsort(names, count, sizeof(*names), by_text);
	fputs("static const char oui_names[] =\n", out);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && strcmp(names[kept - 1].text, names[i].text) == 0)
			continue;
		names[kept] = names[i];
		names[kept++].at = at;
		put_name(out, names[i].text);
		at += strlen(names[i].text) + 1;
	}
	fputs("\t\"\";\n", out);
	if (at >> NAME_BITS) {
		fputs("oui: more names than an offset can hold\n", stderr);
		exit(1);
	}
	*ret_count = kept;
	return names;
}

static void put_table(FILE *out, const struct table *t, int n, const struct name *names, size_t count)
{
	uint64_t last = UINT64_MAX;

	fprintf(out, "static const uint64_t oui_%d[] = {\n", n);
	for (size_t i = 0; i < t->count; i++) {
		const struct row *r = &t->rows[i];

		if (r->prefix == last)
			continue;			/* the registry has a few prefixes twice: the first
							 * wins */
		last = r->prefix;
		struct name want = { r->name, 0 };
		const struct name *found = bsearch(&want, names, count, sizeof(*names), by_text);

		fprintf(out, "\t0x%llx,\n", (unsigned long long)(r->prefix << NAME_BITS | found->at));
	}
	fputs("};\n", out);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: koban_oui IEEE_DATA_DIR OUT\n", stderr);
		return 2;
	}
	bool good = load(argv[1], "oui.csv", &tables[0], 6);

	good = load(argv[1], "mam.csv", &tables[1], 7) && good;
	good = load(argv[1], "oui36.csv", &tables[2], 9) && good;
	good = load(argv[1], "iab.csv", &tables[2], 9) && good;
	FILE *out = good ? fopen(argv[2], "wb") : NULL;

	if (out == NULL) {
		if (good)
			fprintf(stderr, "oui: cannot write %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	fputs("/* Made by tools/oui.c from the IEEE registry. */\n", out);
	size_t count;
	struct name *names = pool(out, &count);

	for (int i = 0; i < 3; i++) {
		qsort(tables[i].rows, tables[i].count, sizeof(*tables[i].rows), by_prefix);
		put_table(out, &tables[i], bits[i], names, count);
	}
	free(names);
	if (fclose(out) != 0) {
		fprintf(stderr, "oui: cannot write %s: %s\n", argv[2], strerror(errno));
		remove(argv[2]);
		return 1;
	}
	return 0;
}

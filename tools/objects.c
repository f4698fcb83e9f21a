/* tools/objects.c: compiles content/objects/ into tables of what the objects of machines mean.
 *
 * usage: koban_objects CONTENT_DIR OUT
 * content/objects/FILE.yml:
 *   protocol: haas
 *   objects:
 *     - {space: macro, number: 2001-2200, key: tool-length, category: tool-geometry, unit: mm, step: 0.5,
 *        en: "tool {n} length", ja: "工具{n}の長さ"}
 * space is one of the protocol's; then one of `number` (part 0: one, or the first and last of a range),
 * `name` (of the object) or `all: true`. unit, step (largest change of one write), min and max are optional.
 * {n} in both texts is the number counted from the first of the range, from 1.
 *
 * What koban ships is compiled in, so that there is no file to lose and no table to read at start; what a
 * plant adds is read at start (asset/tags.h). A wrong row does not go into the table; its file, line and
 * column and what to write instead are said, and the build fails when all rows have been looked at. */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { ROWS_MAX = 4096, TEXT_MAX_BYTES = 120 };

static const char *const categories[] = {
#define CATEGORY(name, word) word,
#include "../src/model/meaning.def"
#undef CATEGORY
	NULL
};

static const char *const category_names[] = {
#define CATEGORY(name, word) #name,
#include "../src/model/meaning.def"
#undef CATEGORY
};

static const char *const fields[] = {
	"space", "number", "name", "all", "key", "category", "unit", "step", "min", "max", "en", "ja", NULL
};
enum { SPACE, NUMBER, NAME, ALL, KEY, CATEGORY_FIELD, UNIT, STEP, MIN, MAX, EN, JA, FIELDS };

struct row {
	char *proto, *text[FIELDS];
	uint32_t from, to;
	unsigned category;
	double limit[3];
	const char *file;
	size_t line;
};

static struct row rows[ROWS_MAX];
static size_t count;
static const char *file;
static bool failed;

static void wrong(const yaml_node_t *at, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%zu:%zu: ", file, at->start_mark.line + 1, at->start_mark.column + 1);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	failed = true;
}

static const char *scalar(const yaml_node_t *n)
{
	return n != NULL && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

/* How many letters must be changed; enough to find the word that was meant. */
static size_t distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), line[64];

	if (n >= 64 || m >= 64)
		return 64;
	for (size_t j = 0; j <= m; j++)
		line[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t before = line[0];

		line[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = before + (a[i - 1] != b[j - 1]);

			before = line[j];
			best = line[j] + 1 < best ? line[j] + 1 : best;
			line[j] = line[j - 1] + 1 < best ? line[j - 1] + 1 : best;
		}
	}
	return line[m];
}

static const char *nearest(const char *word, const char *const *words)
{
	const char *best = words[0];

	for (size_t i = 0; words[i] != NULL; i++)
		if (distance(word, words[i]) < distance(word, best))
			best = words[i];
	return best;
}

static int index_of(const char *word, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

static char *copy(const char *s)
{
	char *c = strdup(s);

	if (c == NULL)
		exit(1);
	return c;
}

static bool number(const char *s, double *ret)
{
	char *end;

	*ret = strtod(s, &end);
	return *s != '\0' && *end == '\0';
}

static bool range(struct row *r, const yaml_node_t *at)
{
	char *end;
	unsigned long from = strtoul(r->text[NUMBER], &end, 10), to = from;

	if (end == r->text[NUMBER] || (*end != '\0' && *end != '-')) {
		wrong(at, "number: '%s' is neither a number nor a range; write 3004 or 2001-2200",
		      r->text[NUMBER]);
		return false;
	}
	if (*end == '-') {
		const char *second = end + 1;

		to = strtoul(second, &end, 10);
		if (end == second || *end != '\0' || to < from) {
			wrong(at, "number: '%s' ends before it begins; write the smaller number first",
			      r->text[NUMBER]);
			return false;
		}
	}
	r->from = (uint32_t)from;
	r->to = (uint32_t)to;
	return true;
}

static bool filled(const struct row *r, const yaml_node_t *at)
{
	static const unsigned must[] = { SPACE, KEY, CATEGORY_FIELD, EN, JA };
	unsigned objects = (r->text[NUMBER] != NULL) + (r->text[NAME] != NULL) + (r->text[ALL] != NULL);

	for (size_t i = 0; i < sizeof(must) / sizeof(must[0]); i++) {
		if (r->text[must[i]] == NULL || *r->text[must[i]] == '\0') {
			wrong(at, "%s is missing; every row has space, key, category, en and ja",
			      fields[must[i]]);
			return false;
		}
	}
	if (objects != 1)
		wrong(at, "a row names its object by exactly one of number, name and all");
	if (strlen(r->text[EN]) > TEXT_MAX_BYTES || strlen(r->text[JA]) > TEXT_MAX_BYTES) {
		wrong(at, "a text is longer than %d bytes; tables have no room for it", TEXT_MAX_BYTES);
		return false;
	}
	return objects == 1;
}

/* The words and numbers of a row that has all its fields. */
static bool values(struct row *r, const yaml_node_t *const at[FIELDS])
{
	int category = index_of(r->text[CATEGORY_FIELD], categories);

	if (r->text[NUMBER] != NULL && !range(r, at[NUMBER]))
		return false;
	if (category < 0) {
		wrong(at[CATEGORY_FIELD], "there is no category '%s'; did you mean '%s'?",
		      r->text[CATEGORY_FIELD], nearest(r->text[CATEGORY_FIELD], categories));
		return false;
	}
	r->category = (unsigned)category;
	for (unsigned i = 0; i < 3; i++) {
		if (r->text[STEP + i] == NULL || number(r->text[STEP + i], &r->limit[i]))
			continue;
		wrong(at[STEP + i], "%s: '%s' is not a number", fields[STEP + i], r->text[STEP + i]);
		return false;
	}
	if (r->text[MIN] != NULL && r->text[MAX] != NULL && r->limit[1] > r->limit[2]) {
		wrong(at[MIN], "min is larger than max");
		return false;
	}
	return true;
}

/* A row of the file. False: it is left out. */
static bool take(yaml_document_t *d, const yaml_node_t *n, struct row *r)
{
	const yaml_node_t *at[FIELDS] = { NULL };

	if (n->type != YAML_MAPPING_NODE) {
		wrong(n, "a row is a mapping: {space: .., number: .., key: .., category: .., en: .., "
			 "ja: ..}");
		return false;
	}
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		const yaml_node_t *kn = yaml_document_get_node(d, p->key);
		const yaml_node_t *vn = yaml_document_get_node(d, p->value);
		const char *k = scalar(kn), *v = scalar(vn);
		int field = k == NULL ? -1 : index_of(k, fields);

		if (field < 0) {
			wrong(kn, "there is no field '%s'; did you mean '%s'?", k ? k : "?",
			      nearest(k ? k : "", fields));
			return false;
		}
		if (v == NULL || r->text[field] != NULL) {
			wrong(vn, "%s %s", k,
			      v == NULL ? "must be one word or number" : "is there twice");
			return false;
		}
		r->text[field] = copy(v);
		at[field] = vn;
	}
	return filled(r, n) && values(r, at);
}

static bool overlaps(const struct row *a, const struct row *b)
{
	if (strcmp(a->proto, b->proto) != 0 || strcmp(a->text[SPACE], b->text[SPACE]) != 0)
		return false;
	if (a->text[NAME] != NULL && b->text[NAME] != NULL)
		return strcmp(a->text[NAME], b->text[NAME]) == 0;
	if (a->text[ALL] != NULL && b->text[ALL] != NULL)
		return true;
	return a->text[NUMBER] != NULL && b->text[NUMBER] != NULL && a->from <= b->to && b->from <= a->to;
}

static void add(yaml_document_t *d, const yaml_node_t *n, const char *proto)
{
	struct row r = { .proto = copy(proto), .file = file, .line = n->start_mark.line + 1 };

	if (count == ROWS_MAX) {
		wrong(n, "more than %d rows", ROWS_MAX);
		return;
	}
	if (!take(d, n, &r))
		return;
	for (size_t i = 0; i < count; i++) {
		if (!overlaps(&r, &rows[i]))
			continue;
		wrong(n, "the same object has a meaning in %s:%zu; make one of the ranges shorter",
		      rows[i].file, rows[i].line);
		return;
	}
	rows[count++] = r;
}

static void document(yaml_document_t *d, const yaml_node_t *root)
{
	const char *proto = NULL;
	const yaml_node_t *list = NULL;

	if (root == NULL || root->type != YAML_MAPPING_NODE) {
		fprintf(stderr, "%s:1:1: expected 'protocol: NAME' and 'objects:'\n", file);
		failed = true;
		return;
	}
	for (yaml_node_pair_t *p = root->data.mapping.pairs.start; p < root->data.mapping.pairs.top; p++) {
		const yaml_node_t *kn = yaml_document_get_node(d, p->key);
		const yaml_node_t *vn = yaml_document_get_node(d, p->value);
		const char *k = scalar(kn);

		if (k != NULL && strcmp(k, "protocol") == 0 && scalar(vn) != NULL)
			proto = scalar(vn);
		else if (k != NULL && strcmp(k, "objects") == 0 && vn->type == YAML_SEQUENCE_NODE)
			list = vn;
		else
			wrong(kn, "'%s': expected 'protocol: NAME' and a list under 'objects:'", k ? k : "?");
	}
	if (proto == NULL || list == NULL) {
		wrong(root, "%s is missing", proto == NULL ? "'protocol: NAME'" : "a list under 'objects:'");
		return;
	}
	for (yaml_node_item_t *i = list->data.sequence.items.start; i < list->data.sequence.items.top; i++)
		add(d, yaml_document_get_node(d, *i), proto);
}

static void load(const char *path)
{
	FILE *f = fopen(path, "rb");
	yaml_parser_t parser;
	yaml_document_t doc;

	file = copy(path);
	if (f == NULL || !yaml_parser_initialize(&parser)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	yaml_parser_set_input_file(&parser, f);
	if (!yaml_parser_load(&parser, &doc)) {
		fprintf(stderr, "%s:%zu:%zu: %s\n", path, parser.problem_mark.line + 1,
			parser.problem_mark.column + 1, parser.problem ? parser.problem : "not YAML");
		failed = true;
	} else {
		document(&doc, yaml_document_get_root_node(&doc));
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	fclose(f);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void folder(const char *dir)
{
	struct dirent **list;
	char path[4096];

	snprintf(path, sizeof(path), "%s/objects", dir);
	int n = scandir(path, &list, NULL, by_name);

	for (int i = 0; i < n; i++) {
		const char *dot = strrchr(list[i]->d_name, '.');
		char full[8192];

		snprintf(full, sizeof(full), "%s/%s", path, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && dot != NULL && strcmp(dot, ".yml") == 0)
			load(full);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

/* By protocol and space; there names, then numbers, then the one for all. */
static int by_place(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	int c = strcmp(a->proto, b->proto);

	if (c == 0)
		c = strcmp(a->text[SPACE], b->text[SPACE]);
	if (c == 0)
		c = (a->text[ALL] != NULL) - (b->text[ALL] != NULL);
	if (c == 0)
		c = (a->text[NAME] == NULL) - (b->text[NAME] == NULL);
	if (c == 0 && a->text[NAME] != NULL)
		c = strcmp(a->text[NAME], b->text[NAME]);
	return c != 0 ? c : (a->from > b->from) - (a->from < b->from);
}

static void put(FILE *out, const char *s)
{
	if (s == NULL) {
		fputs("NULL", out);
		return;
	}
	fputc('"', out);
	for (; *s != '\0'; s++)
		fprintf(out, *s == '"' || *s == '\\' ? "\\%c" : (unsigned char)*s < 0x20 ? " " : "%c", *s);
	fputc('"', out);
}

static void put_row(FILE *out, const struct row *r)
{
	unsigned has = 0;

	for (unsigned i = 0; i < 3; i++)
		has |= (unsigned)(r->text[STEP + i] != NULL) << i;
	fprintf(out, "\t{ ");
	put(out, r->proto);
	fprintf(out, ", ");
	put(out, r->text[SPACE]);
	fprintf(out, ", ");
	put(out, r->text[NAME]);
	fprintf(out, ", %u, %u, ", r->text[ALL] != NULL ? 0 : r->from,
		r->text[ALL] != NULL ? UINT32_MAX : r->to);
	put(out, r->text[KEY]);
	fprintf(out, ", { ");
	put(out, r->text[EN]);
	fprintf(out, ", ");
	put(out, r->text[JA]);
	fprintf(out, " }, ");
	put(out, r->text[UNIT]);
	fprintf(out, ", %.17g, %.17g, %.17g, CATEGORY_%s, %u },\n", r->limit[0], r->limit[1], r->limit[2],
		category_names[r->category], has);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: koban_objects CONTENT_DIR OUT\n", stderr);
		return 2;
	}
	folder(argv[1]);
	qsort(rows, count, sizeof(rows[0]), by_place);
	FILE *out = fopen(argv[2], "wb");

	if (out == NULL) {
		fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		put_row(out, &rows[i]);
	return fclose(out) == 0 && !failed ? 0 : 1;
}

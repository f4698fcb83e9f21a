/* tools/content.c: compiles content/ into tables: one of texts, sorted; the rules as they are; ATT&CK.
 *
 * usage: koban_content CONTENT_DIR TEXTS_OUT RULES_OUT ATTACK_OUT
 * content/text/FILE.yml:       key: {en: ..., ja: ...}                    -> "FILE.key"
 * content/text/detectors/ID.yml: the same                                -> "rules.ID.key"
 * content/protocols/NAME.yml:  name/codes/spaces/notes ...               -> "proto.NAME.<path>"
 * Every leaf is a mapping of exactly en and ja, neither empty, both with the same {placeholders}. Anything
 * else stops the build with file, line and column. */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct entry { char *key, *en, *ja; };

static struct entry *entries;
static size_t count, room;
static bool failed;
static const char *file;

static void wrong(const yaml_node_t *at, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%zu:%zu: ", file, at ? at->start_mark.line + 1 : 1,
		at ? at->start_mark.column + 1 : 1);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	failed = true;
}

static void *must(void *p)
{
	if (p == NULL) {
		fputs("content: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static const char *scalar(const yaml_node_t *n)
{
	return n != NULL && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

/* The placeholders of a text, sorted letters aside: both languages must use the same set. */
static bool has_placeholder(const char *text, const char *name, size_t n)
{
	for (const char *p = text; (p = strchr(p, '{')) != NULL; p++)
		if (strncmp(p, name, n) == 0)
			return true;
	return false;
}

static void same_placeholders(const yaml_node_t *at, const char *key, const char *from, const char *in)
{
	for (const char *p = from; (p = strchr(p, '{')) != NULL; p++) {
		const char *end = strchr(p, '}');

		if (end == NULL) {
			wrong(at, "%s: '{' without '}'", key);
			return;
		}
		if (!has_placeholder(in, p, (size_t)(end - p) + 1))
			wrong(at, "%s: %.*s is only in one of the two languages", key, (int)(end - p) + 1, p);
	}
}

static void add(const yaml_node_t *at, const char *key, const char *en, const char *ja)
{
	same_placeholders(at, key, en, ja);
	same_placeholders(at, key, ja, en);
	if (count == room) {
		room = room ? room * 2 : 1024;
		entries = must(realloc(entries, room * sizeof(*entries)));
	}
	entries[count++] = (struct entry){ must(strdup(key)), must(strdup(en)), must(strdup(ja)) };
}

static bool is_leaf(yaml_document_t *d, const yaml_node_t *n)
{
	if (n->type != YAML_MAPPING_NODE)
		return false;
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		const char *k = scalar(yaml_document_get_node(d, p->key));
		const yaml_node_t *v = yaml_document_get_node(d, p->value);

		if (k != NULL && (strcmp(k, "en") == 0 || strcmp(k, "ja") == 0) &&
		    v->type == YAML_SCALAR_NODE)
			return true;
	}
	return false;
}

static void leaf(yaml_document_t *d, const yaml_node_t *n, const char *key)
{
	const char *en = NULL, *ja = NULL;

	for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		const yaml_node_t *kn = yaml_document_get_node(d, p->key);
		const char *k = scalar(kn), *v = scalar(yaml_document_get_node(d, p->value));

		if (k != NULL && strcmp(k, "en") == 0)
			en = v;
		else if (k != NULL && strcmp(k, "ja") == 0)
			ja = v;
		else
			wrong(kn, "%s: '%s' is neither en nor ja", key, k ? k : "?");
	}
	if (en == NULL || *en == '\0')
		wrong(n, "%s: the English text (en) is missing", key);
	if (ja == NULL || *ja == '\0')
		wrong(n, "%s: the Japanese text (ja) is missing", key);
	if (en != NULL && ja != NULL)
		add(n, key, en, ja);
}

static void walk(yaml_document_t *d, const yaml_node_t *n, const char *prefix)
{
	if (n->type != YAML_MAPPING_NODE) {
		wrong(n, "%s: expected a mapping", prefix);
		return;
	}
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		const yaml_node_t *kn = yaml_document_get_node(d, p->key);
		const yaml_node_t *v = yaml_document_get_node(d, p->value);
		const char *k = scalar(kn);
		char key[512];

		if (k == NULL) {
			wrong(kn, "%s: a key must be a word", prefix);
			continue;
		}
		if (snprintf(key, sizeof(key), "%s.%s", prefix, k) >= (int)sizeof(key)) {
			wrong(kn, "%s: key too long", prefix);
			continue;
		}
		if (is_leaf(d, v))
			leaf(d, v, key);
		else
			walk(d, v, key);
	}
}

static void load(const char *path, const char *prefix)
{
	FILE *f = fopen(path, "rb");
	yaml_parser_t parser;
	yaml_document_t doc;

	file = path;
	if (f == NULL || !yaml_parser_initialize(&parser)) {
		wrong(NULL, "cannot read: %s", strerror(errno));
		return;
	}
	yaml_parser_set_input_file(&parser, f);
	if (!yaml_parser_load(&parser, &doc)) {
		fprintf(stderr, "%s:%zu:%zu: %s\n", path, parser.problem_mark.line + 1,
			parser.problem_mark.column + 1, parser.problem ? parser.problem : "not YAML");
		failed = true;
	} else {
		const yaml_node_t *root = yaml_document_get_root_node(&doc);

		if (root != NULL)
			walk(&doc, root, prefix);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	fclose(f);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void folder(const char *dir, const char *sub, const char *prefix)
{
	char path[4096];
	struct dirent **list;

	snprintf(path, sizeof(path), "%s/%s", dir, sub);
	int n = scandir(path, &list, NULL, by_name);

	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name, *dot = strrchr(name, '.');

		if (name[0] != '.' && dot != NULL && strcmp(dot, ".yml") == 0) {
			char full[8192], key[512];

			snprintf(full, sizeof(full), "%s/%s", path, name);
			snprintf(key, sizeof(key), "%s%.*s", prefix, (int)(dot - name), name);
			load(full, key);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

static void put_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f || c == '?')
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static FILE *make(const char *path)
{
	FILE *out = fopen(path, "wb");

	if (out == NULL)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return out;
}

static bool write_texts(const char *path)
{
	FILE *out = make(path);

	if (out == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		fputs("\t{ ", out);
		put_string(out, entries[i].key);
		fputs(", { ", out);
		put_string(out, entries[i].en);
		fputs(", ", out);
		put_string(out, entries[i].ja);
		fputs(" } },\n", out);
		free(entries[i].key);
		free(entries[i].en);
		free(entries[i].ja);
	}
	free(entries);
	return fclose(out) == 0;
}

/* One file of rules as a string, line by line. The program checks it when it starts, and a test when it is
 * built. */
static void write_file(FILE *out, const char *path, const char *folder_of, const char *name)
{
	char line[8192];
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		failed = true;
		return;
	}
	fprintf(out, "\t{ \"%s/%s\",\n", folder_of, name);
	while (fgets(line, sizeof(line), f) != NULL) {
		fputs("\t\t", out);
		put_string(out, line);
		fputc('\n', out);
	}
	fputs("\t\t\"\" },\n", out);
	fclose(f);
}

static void write_folder(FILE *out, const char *dir, const char *sub)
{
	char folder_of[4096];
	struct dirent **list;

	snprintf(folder_of, sizeof(folder_of), "%s/%s", dir, sub);
	int n = scandir(folder_of, &list, NULL, by_name);

	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name, *dot = strrchr(name, '.');
		char full[8192];

		snprintf(full, sizeof(full), "%s/%s", folder_of, name);
		if (name[0] != '.' && dot != NULL && strcmp(dot, ".yml") == 0)
			write_file(out, full, sub, name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

/* Detectors are rules with a memory: their files stand beside those of rules. */
static bool write_rules(const char *dir, const char *path)
{
	FILE *out = make(path);

	if (out == NULL)
		return false;
	write_folder(out, dir, "rules");
	write_folder(out, dir, "detectors");
	return fclose(out) == 0 && !failed;
}

/* id up to v18, id from v19 on, name, tactics; '#' begins a comment. */
static bool write_attack(const char *dir, const char *path)
{
	char full[4096], line[1024];

	snprintf(full, sizeof(full), "%s/attack/ics.tsv", dir);
	FILE *in = fopen(full, "rb"), *out = make(path);

	if (in == NULL || out == NULL) {
		fprintf(stderr, "%s: cannot be read\n", full);
		return false;
	}
	while (fgets(line, sizeof(line), in) != NULL) {
		char *save = NULL, *v18 = strtok_r(line, "\t\n", &save), *v19 = strtok_r(NULL, "\t\n", &save);
		char *name = strtok_r(NULL, "\t\n", &save);

		if (v18 == NULL || v18[0] == '#')
			continue;
		if (name == NULL) {
			fprintf(stderr, "%s: '%s' has no name\n", full, v18);
			failed = true;
			continue;
		}
		fputs("\t{ ", out);
		put_string(out, v18);
		fputs(", ", out);
		put_string(out, v19);
		fputs(", ", out);
		put_string(out, name);
		fputs(" },\n", out);
	}
	fclose(in);
	return fclose(out) == 0 && !failed;
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fputs("usage: koban_content CONTENT_DIR TEXTS_OUT RULES_OUT ATTACK_OUT\n", stderr);
		return 2;
	}
	folder(argv[1], "text", "");
	folder(argv[1], "text/detectors", "rules.");
	folder(argv[1], "protocols", "proto.");
	if (count > 0)
		qsort(entries, count, sizeof(*entries), by_key);
	for (size_t i = 1; i < count; i++)
		if (strcmp(entries[i - 1].key, entries[i].key) == 0) {
			fprintf(stderr, "%s: '%s' is there twice\n", argv[1], entries[i].key);
			failed = true;
		}
	return !failed && write_texts(argv[2]) && write_rules(argv[1], argv[3]) &&
	       write_attack(argv[1], argv[4]) ? 0 : 1;
}

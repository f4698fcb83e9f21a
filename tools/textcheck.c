/* tools/textcheck.c: does every text that C asks for exist? Run by the build, which fails when one does not.
 *
 * usage: koban_textcheck SOURCE...
 * Checks what tables name (words, protocols, their message types, remarks and address spaces), and every
 * string in the sources that looks like a key ("FILE.key" with FILE one of content/text/). */
#include <ctype.h>
#include <stdio.h>

#include "model/proto.h"
#include "model/text.h"

static unsigned missing, checked;

static void need(const char *where, const char *key)
{
	checked++;
	if (text_known(key))
		return;
	fprintf(stderr, "%s: the text '%s' is in no file of content/\n", where, key);
	missing++;
}

/* Every {KEY} in the source of a message type; a remark in words of one language has no place there. */
static void check_spec(const char *name, const char *spec)
{
	char key[256];

	for (const char *p = spec; (p = strpbrk(p, ":;")) != NULL; p++) {
		size_t word = p[1] == ' ' ? strspn(p + 2, "abcdefghijklmnopqrstuvwxyz") : 0;

		if (word > 0 && strchr(" ,;:", p[2 + word]) != NULL) {
			fprintf(stderr, "%s: in '%s' a remark must be a {KEY} of content/text/remarks.yml\n",
				name, spec);
			missing++;
		}
	}
	for (const char *p = spec; (p = strchr(p, '{')) != NULL; p++) {
		snprintf(key, sizeof(key), "remarks.%.*s", (int)strcspn(p + 1, "}"), p + 1);
		need(name, key);
	}
}

static void check_protocols(void)
{
	char key[256];

	for (unsigned i = 0; protos[i] != NULL; i++) {
		const struct proto *p = protos[i];

		snprintf(key, sizeof(key), "proto.%s.name", p->name);
		need(p->name, key);
		for (size_t c = 0; c < p->code_count; c++) {
			snprintf(key, sizeof(key), "proto.%s.codes.%s", p->name, p->codes[c].key);
			need(p->name, key);
			check_spec(p->name, p->codes[c].spec);
		}
		for (unsigned s = 0; p->spaces != NULL && p->spaces[s].key != NULL; s++) {
			snprintf(key, sizeof(key), "proto.%s.spaces.%s", p->name, p->spaces[s].key);
			need(p->name, key);
		}
	}
}

static void check_words(void)
{
	char key[128];

	for (unsigned i = 0; word_at(i) != NULL; i++) {
		snprintf(key, sizeof(key), "words.%s", word_at(i));
		need("words.def", key);
	}
}

/* Is there any text whose key begins like this one, up to and with its first dot: then it is meant as a
 * key. */
static bool is_family(const char *key)
{
	size_t n = (size_t)(strchr(key, '.') - key) + 1;
	const char *known;

	for (size_t i = 0; (known = text_key_at(i)) != NULL; i++)
		if (strncmp(known, key, n) == 0)
			return true;
	return false;
}

static bool key_like(const char *s)
{
	const char *dot = strchr(s, '.');

	if (dot == NULL || dot == s || dot[1] == '\0' || strchr(dot + 1, '.') != NULL ||
	    strstr(s, ".yml") != NULL)
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && *s != '.' && *s != '-' && *s != '_')
			return false;
	return true;
}

static void check_source(const char *path)
{
	FILE *f = fopen(path, "rb");
	char line[4096];
	unsigned number = 0;

	if (f == NULL) {
		fprintf(stderr, "%s: cannot be read\n", path);
		missing++;
		return;
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		number++;
		for (char *p = line; (p = strchr(p, '"')) != NULL;) {
			char *end = strchr(p + 1, '"');
			char where[4200];

			if (end == NULL)
				break;
			*end = '\0';
			snprintf(where, sizeof(where), "%s:%u", path, number);
			if (key_like(p + 1) && strncmp(line, "#include", 8) != 0 && is_family(p + 1))
				need(where, p + 1);
			p = end + 1;
		}
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	check_words();
	check_protocols();
	for (int i = 1; i < argc; i++)
		check_source(argv[i]);
	if (missing == 0 && checked > 0)
		return 0;
	fprintf(stderr, "%u of %u texts are missing\n", missing, checked);
	return 1;
}

/* model/text.c: looks texts up in the table that tools/content.c made. */
#include "model/text.h"

#include "core/util.h"

static const struct { const char *key; const char *in[LANG_COUNT]; } texts[] = {
#include "text.inc"
};

static const char *const *find(const char *key)
{
	size_t low = 0, high = ARRAY_LEN(texts);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(key, texts[mid].key);

		if (order == 0)
			return texts[mid].in;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const char *text(enum lang lang, const char *key)
{
	const char *const *in = find(key);

	return in == NULL ? key : in[lang];
}

bool text_known(const char *key)
{
	return find(key) != NULL;
}

const char *text_key_at(size_t i)
{
	return i < ARRAY_LEN(texts) ? texts[i].key : NULL;
}

static const struct text_arg *arg_at(const char *brace, const struct text_arg *args)
{
	for (; args->name != NULL; args++) {
		size_t n = strlen(args->name);

		if (strncmp(brace + 1, args->name, n) == 0 && brace[1 + n] == '}')
			return args;
	}
	return NULL;
}

/* Appends n bytes at *used, as far as cap allows, and counts them all. */
static void append(char *out, size_t cap, size_t *used, const char *p, size_t n)
{
	if (*used + 1 < cap)
		memcpy(out + *used, p, min_size(n, cap - 1 - *used));
	*used += n;
}

size_t text_fill(char *out, size_t cap, enum lang lang, const char *key, const struct text_arg *args)
{
	const char *p = text(lang, key);
	size_t used = 0;

	while (*p != '\0') {
		const struct text_arg *a = *p == '{' ? arg_at(p, args) : NULL;

		if (a != NULL) {
			append(out, cap, &used, a->value, strlen(a->value));
			p += strlen(a->name) + 2;
		} else {
			append(out, cap, &used, p, 1);
			p++;
		}
	}
	if (cap > 0)
		out[min_size(used, cap - 1)] = '\0';
	return used;
}

/* model/meaning.c: see meaning.h. */
#include "model/meaning.h"

#include <stdio.h>

#include "model/object.h"

struct row {			/* as tools/objects.c writes it */
	const char *proto, *space, *name;	/* name: of the object; NULL: by number */
	uint32_t from, to;	/* of part 0; all of them for a whole space */
	const char *key;
	const char *text[LANG_COUNT];
	const char *unit;
	double step, min, max;
	uint8_t category, has;
};

/* Sorted by protocol and space; there names, then numbers, then the row for the whole space. */
static const struct row rows[] = {
#include "objects.inc"
};

static const char *const categories[CATEGORIES] = {
	"none",
#define CATEGORY(name, word) word,
#include "model/meaning.def"
#undef CATEGORY
};

static meaning_source *plant;
static void *plant_ctx;

void meaning_plant(meaning_source *source, void *ctx)
{
	plant = source;
	plant_ctx = ctx;
}

unsigned category_named(const char *name)
{
	for (unsigned i = 1; i < CATEGORIES; i++)
		if (strcmp(categories[i], name) == 0)
			return i;
	return CATEGORY_NONE;
}

const char *category_name(unsigned category)
{
	return categories[category < CATEGORIES ? category : CATEGORY_NONE];
}

/* ---- rows ---- */

static void fill(struct object_meaning *ret, const struct row *r, uint32_t number)
{
	*ret = (struct object_meaning){ .key = r->key, .text = { r->text[0], r->text[1] }, .unit = r->unit,
					.step = r->step, .min = r->min, .max = r->max,
					.n = number - r->from + 1, .category = r->category, .has = r->has };
}

/* The first row of this protocol and space; ARRAY_LEN(rows): none. */
static size_t first_of(const char *proto, const char *space)
{
	size_t low = 0, high = ARRAY_LEN(rows);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(rows[mid].proto, proto);

		if (c == 0)
			c = strcmp(rows[mid].space, space);
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	bool found = low < ARRAY_LEN(rows) && strcmp(rows[low].proto, proto) == 0 &&
		     strcmp(rows[low].space, space) == 0;

	return found ? low : ARRAY_LEN(rows);
}

/* The same, kept for each space: rules ask with every act. */
static size_t first_known(const struct proto *p, const struct proto_space *s)
{
	enum { PLACES = 64 };
	static _Thread_local struct { const struct proto_space *space; size_t first; } known[PLACES];
	__typeof__(&known[0]) k = &known[(uintptr_t)s / sizeof(*s) % PLACES];

	if (k->space != s) {
		k->space = s;
		k->first = first_of(p->name, s->key);
	}
	return k->first;
}

static bool find(size_t first, const char *proto, const char *space, const char *name, bool numbered,
		 uint32_t number, struct object_meaning *ret)
{
	for (size_t i = first; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];

		if (strcmp(r->space, space) != 0 || strcmp(r->proto, proto) != 0)
			return false;
		bool all = r->name == NULL && r->from == 0 && r->to == UINT32_MAX;

		if (r->name != NULL ? strcmp(r->name, name) != 0 :
		    !all && !(numbered && number >= r->from && number <= r->to))
			continue;
		fill(ret, r, all ? 0 : number);
		ret->area = all;
		return true;
	}
	return false;
}

static bool is_told(const char *proto)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].proto, proto) == 0)
			return true;
	return false;
}

bool meaning_told(unsigned rec_proto)
{
	enum { PROTOS = 256, NOT_TOLD = 1, TOLD = 2 };
	static _Thread_local uint8_t told[PROTOS];	/* 0: not asked yet; rules ask with every act */
	const struct proto *p = proto_at(rec_proto);

	if (plant != NULL)
		return true;
	if (p == NULL || rec_proto >= PROTOS)
		return false;
	if (told[rec_proto] == 0)
		told[rec_proto] = is_told(p->name) ? TOLD : NOT_TOLD;
	return told[rec_proto] == TOLD;
}

/* ---- objects as text ---- */

struct read {			/* an object taken apart again */
	uint32_t part[4];
	bool has[4];
	char name[64];
};

static const char *read_number(const char *text, unsigned base, uint32_t *ret)
{
	char *end;
	unsigned long v;

	/* strtoul() takes blanks and signs, which no object has here. */
	if (!(*text >= '0' && *text <= '9') && !(base == 16 && ((*text >= 'a' && *text <= 'f') ||
								(*text >= 'A' && *text <= 'F'))))
		return NULL;
	v = strtoul(text, &end, (int)base);
	*ret = (uint32_t)v;
	return v > UINT32_MAX ? NULL : end;
}

/* Is the text of this format? One {placeholder} after the other; a name goes as far as it can. */
static bool fits(const char *format, const char *text, struct read *ret)
{
	*ret = (struct read){ 0 };
	while (*format != '\0') {
		if (strncmp(format, "{name}", 6) == 0) {
			const char *end = format[6] == '\0' ? text + strlen(text) : strchr(text, format[6]);

			if (end == NULL || end == text)
				return false;
			snprintf(ret->name, sizeof(ret->name), "%.*s", (int)(end - text), text);
			text = end;
			format += 6;
		} else if (format[0] == '{' && format[1] >= '0' && format[1] <= '3') {
			unsigned i = (unsigned)(format[1] - '0');
			const char *close = strchr(format, '}');

			bool hex = format[2] == ':' && format[3] == 'x';

			text = read_number(text, hex ? 16 : 10, &ret->part[i]);
			if (text == NULL || close == NULL)
				return false;
			ret->has[i] = true;
			format = close + 1;
		} else if (*format++ != *text++) {
			return false;
		}
	}
	return *text == '\0';
}

/* Is the text an object of this space? Where the format says nothing but numbers, the key stands in front. */
static bool of_space(const struct proto_space *s, const char *object, struct read *ret)
{
	size_t key = strlen(s->key);

	if (s->format == NULL)
		return false;
	if (s->format[0] != '{')
		return fits(s->format, object, ret);
	return strncmp(object, s->key, key) == 0 && object[key] == ' ' &&
	       fits(s->format, object + key + 1, ret);
}

static bool find_text(const struct proto *p, const char *object, struct object_meaning *ret)
{
	struct read r;

	for (unsigned i = 0; p->spaces != NULL && p->spaces[i].key != NULL; i++)
		if (of_space(&p->spaces[i], object, &r) &&
		    find(first_of(p->name, p->spaces[i].key), p->name, p->spaces[i].key, r.name, r.has[0],
			 r.part[0], ret))
			return true;
	return false;
}

bool object_written(unsigned rec_proto, const char *object)
{
	const struct proto *p = proto_at(rec_proto);
	struct read r;

	if (p == NULL || p->spaces == NULL)
		return p != NULL;
	for (unsigned i = 0; p->spaces[i].key != NULL; i++)
		if (of_space(&p->spaces[i], object, &r))
			return true;
	return false;
}

bool object_meaning_of(unsigned rec_proto, const char *object, const struct side *device,
		       struct object_meaning *ret)
{
	const struct proto *p = proto_at(rec_proto);

	if (p == NULL || *object == '\0')
		return false;
	if (plant != NULL && plant(plant_ctx, rec_proto, object, device, ret))
		return true;
	return find_text(p, object, ret);
}

bool object_meaning(const struct obs *o, struct object_meaning *ret)
{
	const struct proto *p = proto_at(o->rec.proto);
	const struct proto_space *s = p == NULL ? NULL : object_space(o);
	struct bytes b = rec_bytes(&o->rec, o->object.name);
	char text[512], name[64];
	size_t n = 0;

	if (p == NULL || (s == NULL && b.n == 0))
		return false;
	if (plant != NULL) {
		if (s != NULL && s->format != NULL && s->format[0] == '{')
			n = (size_t)snprintf(text, sizeof(text), "%s ", s->key);
		object_text(text + n, sizeof(text) - n, o);
		if (plant(plant_ctx, o->rec.proto, text, &o->device, ret))
			return true;
	}
	size_t first = s == NULL ? ARRAY_LEN(rows) : first_known(p, s);

	if (first == ARRAY_LEN(rows))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)min_size(b.n, sizeof(name)), (const char *)b.p);
	return find(first, p->name, s->key, name, o->object.parts > 0, o->object.part[0], ret);
}

void meaning_text(char *out, size_t cap, enum lang lang, const struct object_meaning *m)
{
	const char *text = m->text[lang] != NULL ? m->text[lang] : m->text[LANG_EN];
	const char *at = m->plant ? NULL : strstr(text, "{n}");

	if (at == NULL)
		snprintf(out, cap, "%s", text);
	else
		snprintf(out, cap, "%.*s%u%s", (int)(at - text), text, m->n, at + 3);
}

bool meaning_at(size_t i, const char **ret_proto, const char **ret_space, struct object_meaning *ret)
{
	if (i >= ARRAY_LEN(rows))
		return false;
	*ret_proto = rows[i].proto;
	*ret_space = rows[i].space;
	fill(ret, &rows[i], rows[i].from);
	return true;
}

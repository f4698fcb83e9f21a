/* asset/tags.c: see tags.h. All memory is taken for the file as it is: a copy of its bytes, a row for each
 * line. */
#include "asset/tags.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/utf8.h"
#include "model/proto.h"

static const char *const columns[] = {
	"protocol", "device", "object", "name_en", "name_ja", "category", "unit", "step", "min", "max", NULL
};
enum { MACRO_ROOM = 16 };
enum { PROTOCOL, DEVICE, OBJECT, NAME_EN, NAME_JA, TAG_CATEGORY, UNIT, STEP, MIN, MAX, COLUMNS };

struct tag {
	const char *object, *name[LANG_COUNT], *unit;
	double limit[3];
	uint8_t ip[16];
	uint32_t next;		/* of the same hash, + 1 */
	uint16_t proto;
	uint8_t category, has;
	bool everywhere;	/* of every device */
};

struct tags {
	char *text;		/* the file, taken apart in place */
	char *spare;		/* behind it: room for macro variables that are written "#501" */
	struct tag *tag;
	uint32_t *slot;		/* hash to number + 1 */
	uint32_t count, cap, mask;
};

struct reader {			/* one pass over the file */
	struct tags *t;
	tags_wrong *wrong;
	void *ctx;
	char *at, *end;
	size_t line;
	char *line_at;
	int column_of[COLUMNS];	/* place of each column in a line; -1: not there */
};

/* ---- saying what is wrong ---- */

static size_t distance(const char *a, const char *b)
{
	enum { WORD = 32 };
	size_t n = strlen(a), m = strlen(b), row[WORD + 1];

	if (n > WORD || m > WORD)
		return WORD;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t before = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t change = before + (a[i - 1] != b[j - 1]);

			before = row[j];
			row[j] = min_size(change, min_size(row[j], row[j - 1]) + 1);
		}
	}
	return row[m];
}

struct guess { const char *word; size_t far; };

static void consider(struct guess *g, const char *given, const char *word)
{
	size_t far = distance(given, word);

	if (far < g->far)
		*g = (struct guess){ word, far };
}

/* Only what is nearly the same was meant. */
static struct guess no_guess(const char *given)
{
	return (struct guess){ "", strlen(given) / 2 + 1 };
}

static bool say(struct reader *r, const char *at, const char *text, const char *what, const char *hint)
{
	const struct tags_error e = { r->line, (size_t)(at - r->line_at) + 1, text, what, hint };

	r->wrong(r->ctx, &e);
	return false;
}

/* ---- lines and fields ---- */

struct cell { char *text; const char *at; };	/* NUL-terminated; where it stands in the file */

/* Takes the next field off the line, which ends at `end`; quotes are taken off in place. */
static char *next_field(char *at, char *end, struct cell *ret)
{
	char *to = at;
	bool quoted = at < end && *at == '"';

	ret->at = at;
	ret->text = at;
	if (quoted)
		at++;
	while (at < end && (quoted || *at != ',')) {
		if (quoted && *at == '"') {
			if (at + 1 < end && at[1] == '"') {
				at++;
			} else {
				quoted = false;
				at++;
				continue;
			}
		}
		*to++ = *at++;
	}
	char *next = at < end ? at + 1 : NULL;

	while (to > ret->text && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	*to = '\0';
	while (*ret->text == ' ' || *ret->text == '\t')
		ret->text++;
	return next;
}

/* The next line that has something in it; false: no more. Its end is made NUL, so there is room for every
 * field's. */
static bool next_line(struct reader *r, char **ret_end)
{
	while (r->at < r->end) {
		char *lf = memchr(r->at, '\n', (size_t)(r->end - r->at));
		char *end = lf == NULL ? r->end : lf;

		r->line++;
		r->line_at = r->at;
		r->at = lf == NULL ? r->end : lf + 1;
		if (end > r->line_at && end[-1] == '\r')
			end--;
		*end = '\0';
		*ret_end = end;
		/* "#501" may be the first field of a row. */
		bool comment = r->line_at[0] == '#' && !(r->line_at[1] >= '0' && r->line_at[1] <= '9');

		if (end > r->line_at && !comment)
			return true;
	}
	return false;
}

/* ---- the line of columns ---- */

static bool read_header(struct reader *r)
{
	char *end, *at;
	int n = 0;

	for (unsigned i = 0; i < COLUMNS; i++)
		r->column_of[i] = -1;
	if (!next_line(r, &end)) {
		r->line = 1;
		r->line_at = r->at;
		return say(r, r->at, "tags.empty", "", "");
	}
	for (at = r->line_at; at != NULL; n++) {
		struct cell f;
		struct guess g;
		bool known = false;

		at = next_field(at, end, &f);
		g = no_guess(f.text);
		for (int i = 0; i < COLUMNS; i++) {
			consider(&g, f.text, columns[i]);
			if (strcmp(f.text, columns[i]) != 0)
				continue;
			r->column_of[i] = n;
			known = true;
		}
		if (!known)
			return say(r, f.at, "tags.unknown-column", f.text, g.word);
	}
	static const uint8_t must[] = { PROTOCOL, OBJECT, TAG_CATEGORY };

	for (size_t i = 0; i < sizeof(must); i++)
		if (r->column_of[must[i]] < 0)
			return say(r, r->line_at, "tags.missing-column", columns[must[i]], "");
	return true;
}

/* ---- rows ---- */

static uint32_t hash_of(unsigned proto, const char *object)
{
	return (uint32_t)hash_bytes(object, strlen(object), proto);
}

static bool same_place(const struct tag *a, const struct tag *b)
{
	return a->proto == b->proto && a->everywhere == b->everywhere && strcmp(a->object, b->object) == 0 &&
	       memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

static bool read_protocol(struct reader *r, struct tag *tag, const struct cell *f)
{
	const struct proto *p = proto_named(f->text);
	struct guess g = no_guess(f->text);

	if (p != NULL) {
		tag->proto = (uint16_t)proto_number(p);
		return true;
	}
	for (size_t i = 0; protos[i] != NULL; i++)
		consider(&g, f->text, protos[i]->name);
	return say(r, f->at, "tags.unknown-protocol", f->text, g.word);
}

static bool read_device(struct reader *r, struct tag *tag, const struct cell *f)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	tag->everywhere = *f->text == '\0' || strcmp(f->text, "*") == 0;
	if (tag->everywhere)
		return true;
	if (inet_pton(AF_INET, f->text, tag->ip + 12) == 1) {
		memcpy(tag->ip, mapped, sizeof(mapped));
		return true;
	}
	if (inet_pton(AF_INET6, f->text, tag->ip) == 1)
		return true;
	return say(r, f->at, "tags.bad-device", f->text, "");
}

/* "#501" is how people write a macro variable. */
static const char *written_out(struct tags *t, const char *object)
{
	if (object[0] != '#' || strlen(object) >= MACRO_ROOM - strlen("macro "))
		return object;
	char *room = t->spare;

	t->spare += snprintf(room, MACRO_ROOM, "macro %s", object + 1) + 1;
	return room;
}

/* How an object of this protocol looks: its first space, with 1 for every number. */
static void example(char *out, size_t cap, const struct proto *p)
{
	const struct proto_space *s = p->spaces;
	size_t n;

	while (s->key != NULL && s->format == NULL)
		s++;
	n = s->key != NULL && s->format[0] == '{' ? (size_t)snprintf(out, cap, "%s ", s->key) : 0;
	for (const char *f = s->key == NULL ? "" : s->format; *f != '\0' && n + 1 < cap; f++) {
		bool number = *f == '{' && strchr(f, '}') != NULL;

		if (number)
			f = strchr(f, '}');
		out[n++] = number ? '1' : *f;
	}
	out[n] = '\0';
}

static bool read_object(struct reader *r, struct tag *tag, const struct cell *f)
{
	char like[64];

	tag->object = written_out(r->t, f->text);
	if (object_written(tag->proto, tag->object))
		return true;
	example(like, sizeof(like), proto_at(tag->proto));
	return say(r, f->at, "tags.bad-object", f->text, like);
}

static bool read_category(struct reader *r, struct tag *tag, const struct cell *f)
{
	struct guess g = no_guess(f->text);

	tag->category = (uint8_t)category_named(f->text);
	if (tag->category != CATEGORY_NONE)
		return true;
	for (unsigned i = 1; i < CATEGORIES; i++)
		consider(&g, f->text, category_name(i));
	return say(r, f->at, "tags.unknown-category", f->text, g.word);
}

static bool read_limits(struct reader *r, struct tag *tag, const struct cell f[COLUMNS])
{
	for (unsigned i = 0; i < 3; i++) {
		const struct cell *n = &f[STEP + i];
		char *end;

		if (*n->text == '\0')
			continue;
		tag->limit[i] = strtod(n->text, &end);
		if (*end != '\0' || !(tag->limit[i] > -1e300 && tag->limit[i] < 1e300))
			return say(r, n->at, "tags.bad-number", n->text, columns[STEP + i]);
		tag->has |= (uint8_t)(1u << i);
	}
	if ((tag->has & MEANING_STEP) && tag->limit[0] < 0)
		return say(r, f[STEP].at, "tags.bad-number", f[STEP].text, columns[STEP]);
	if ((tag->has & MEANING_MIN) && (tag->has & MEANING_MAX) && tag->limit[1] > tag->limit[2])
		return say(r, f[MIN].at, "tags.min-above-max", f[MIN].text, f[MAX].text);
	return true;
}

static bool read_names(struct reader *r, struct tag *tag, const struct cell f[COLUMNS])
{
	for (unsigned i = 0; i < LANG_COUNT; i++) {
		const struct cell *n = &f[i == LANG_EN ? NAME_EN : NAME_JA];
		const uint8_t *p = (const uint8_t *)n->text;
		size_t left = strlen(n->text);

		for (size_t c = 1; left > 0; p += c, left -= c) {
			c = utf8_length(p, left);
			if (c == 0 || *p < 0x20)
				return say(r, n->at, "tags.not-utf8", "", "");
		}
		tag->name[i] = *n->text == '\0' ? NULL : n->text;
	}
	if (tag->name[LANG_EN] == NULL && tag->name[LANG_JA] == NULL)
		return say(r, f[OBJECT].at, "tags.no-name", f[OBJECT].text, "");
	tag->name[LANG_EN] = tag->name[LANG_EN] != NULL ? tag->name[LANG_EN] : tag->name[LANG_JA];
	tag->name[LANG_JA] = tag->name[LANG_JA] != NULL ? tag->name[LANG_JA] : tag->name[LANG_EN];
	tag->unit = *f[UNIT].text == '\0' ? NULL : f[UNIT].text;
	return true;
}

static bool read_fields(struct reader *r, char *end, struct cell f[COLUMNS])
{
	static char none[1];
	char *at = r->line_at;

	for (unsigned i = 0; i < COLUMNS; i++)
		f[i] = (struct cell){ none, end };
	for (int n = 0; at != NULL; n++) {
		struct cell one;
		bool known = false;

		at = next_field(at, end, &one);
		for (unsigned i = 0; i < COLUMNS; i++) {
			if (r->column_of[i] != n)
				continue;
			f[i] = one;
			known = true;
		}
		if (!known && *one.text != '\0')
			return say(r, one.at, "tags.too-many-fields", one.text, "");
	}
	return true;
}

static void keep(struct reader *r, const struct tag *tag, const char *at)
{
	struct tags *t = r->t;
	uint32_t *slot = &t->slot[hash_of(tag->proto, tag->object) & t->mask];

	for (uint32_t i = *slot; i != 0; i = t->tag[i - 1].next) {
		if (!same_place(&t->tag[i - 1], tag))
			continue;
		say(r, at, "tags.twice", tag->object, "");
		return;
	}
	t->tag[t->count] = *tag;
	t->tag[t->count].next = *slot;
	*slot = ++t->count;
}

static void read_row(struct reader *r, char *end)
{
	struct cell f[COLUMNS];
	struct tag tag = { 0 };

	if ((size_t)(end - r->line_at) > TAGS_LINE_MAX) {
		say(r, r->line_at, "tags.long-line", "", "");
		return;
	}
	if (read_fields(r, end, f) && read_protocol(r, &tag, &f[PROTOCOL]) &&
	    read_device(r, &tag, &f[DEVICE]) && read_object(r, &tag, &f[OBJECT]) &&
	    read_names(r, &tag, f) && read_category(r, &tag, &f[TAG_CATEGORY]) && read_limits(r, &tag, f))
		keep(r, &tag, f[OBJECT].at);
}

/* ---- the doors ---- */

static int take_memory(struct tags *t, struct bytes csv)
{
	uint32_t lines = 1, slots = 64;

	for (size_t i = 0; i < csv.n; i++)
		lines += csv.p[i] == '\n' && lines < TAGS_MAX;
	while (slots < lines * 2)
		slots *= 2;
	t->cap = lines;
	t->mask = slots - 1;
	t->text = malloc(csv.n + 1 + lines * (size_t)MACRO_ROOM);
	t->tag = calloc(lines, sizeof(t->tag[0]));
	t->slot = calloc(slots, sizeof(t->slot[0]));
	if (t->text == NULL || t->tag == NULL || t->slot == NULL)
		return -ENOMEM;
	memcpy(t->text, csv.p, csv.n);
	t->text[csv.n] = '\0';
	t->spare = t->text + csv.n + 1;
	return 0;
}

int tags_read(struct tags **ret_tags, struct bytes csv, tags_wrong *wrong, void *ctx)
{
	static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };	/* Excel writes it */
	struct tags *t = calloc(1, sizeof(*t));
	char *end;

	if (csv.n >= sizeof(bom) && memcmp(csv.p, bom, sizeof(bom)) == 0)
		csv = (struct bytes){ csv.p + sizeof(bom), csv.n - sizeof(bom) };
	if (t == NULL || take_memory(t, csv) < 0) {
		tags_free(t);
		return -ENOMEM;
	}
	struct reader r = { .t = t, .wrong = wrong, .ctx = ctx, .at = t->text, .end = t->text + csv.n };

	if (!read_header(&r)) {
		tags_free(t);
		return -EINVAL;
	}
	while (next_line(&r, &end)) {
		if (t->count == t->cap) {
			say(&r, r.line_at, "tags.too-many", "", "");
			break;
		}
		read_row(&r, end);
	}
	*ret_tags = t;
	return 0;
}

void tags_free(struct tags *t)
{
	if (t == NULL)
		return;
	free(t->text);
	free(t->tag);
	free(t->slot);
	free(t);
}

size_t tags_count(const struct tags *t)
{
	return t->count;
}

bool tags_find(void *ctx, unsigned rec_proto, const char *object, const struct side *device,
	       struct object_meaning *ret)
{
	const struct tags *t = ctx;
	const struct tag *best = NULL;

	for (uint32_t i = t->slot[hash_of(rec_proto, object) & t->mask]; i != 0; i = t->tag[i - 1].next) {
		const struct tag *tag = &t->tag[i - 1];
		bool here = device != NULL && memcmp(tag->ip, device->ip, sizeof(tag->ip)) == 0;

		if (tag->proto != rec_proto || strcmp(tag->object, object) != 0 || !(tag->everywhere || here))
			continue;
		if (best == NULL || !tag->everywhere)
			best = tag;
	}
	if (best == NULL)
		return false;
	*ret = (struct object_meaning){ .key = best->name[LANG_EN],
					.text = { best->name[LANG_EN], best->name[LANG_JA] },
					.unit = best->unit, .step = best->limit[0], .min = best->limit[1],
					.max = best->limit[2], .category = best->category, .has = best->has,
					.plant = 1 };
	return true;
}

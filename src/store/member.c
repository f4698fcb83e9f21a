/* store/member.c: see member.h. */
#include "store/member.h"

#include <arpa/inet.h>
#include <sqlite3.h>

#include "model/proto.h"

/* ---- names for numbers that are only good inside one build ---- */

static const char *word_text(uint64_t i) { return word_at((unsigned)i); }
static const char *verb_text(uint64_t i) { return i < VERB_COUNT ? verb_name((uint8_t)i) : NULL; }
static const char *class_text(uint64_t i) { return i < CLASS_COUNT ? class_name((uint8_t)i) : NULL; }

static const char *proto_text(uint64_t i)
{
	const struct proto *p = proto_at((unsigned)i);

	return i == 0 ? "" : p == NULL ? NULL : p->name;
}

/* The number whose name it is; `none` when this build does not know it. */
static uint64_t named(const char *name, size_t n, const char *(*of)(uint64_t), uint64_t none)
{
	const char *t;

	for (uint64_t i = 0; i < 256; i++)
		if ((t = of(i)) != NULL && strlen(t) == n && memcmp(t, name, n) == 0)
			return i;
	return none;
}

/* ---- one member as text ---- */

void text_out_put(struct text_out *o, const char *s, size_t n)
{
	size_t fits = min_size(n, o->cap - 1 - o->n);

	memcpy(o->p + o->n, s, fits);
	o->n += fits;
	o->p[o->n] = '\0';
}

void text_out_item(struct text_out *o, const char *s)
{
	if (o->n > 0)
		text_out_put(o, ",", 1);
	text_out_put(o, s, strlen(s));
}

static void put_bits(struct text_out *o, const uint64_t *bits, unsigned count, const char *(*of)(uint64_t))
{
	for (unsigned i = 0; i < count; i++)
		if ((bits[i / 64] >> i % 64 & 1) != 0 && of(i) != NULL)
			text_out_item(o, of(i));
}

static void put_numbers(struct text_out *o, const struct column *c, const uint8_t *at, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char number[24];
		uint16_t v16;
		uint64_t v64;

		if (c->type == COL_U16S) {
			memcpy(&v16, at + i * sizeof(v16), sizeof(v16));
			v64 = v16;
		} else {
			memcpy(&v64, at + i * sizeof(v64), sizeof(v64));
		}
		snprintf(number, sizeof(number), "%llu", (unsigned long long)v64);
		text_out_item(o, number);
	}
}

uint64_t member_number(const uint8_t *at, size_t size)
{
	uint64_t v = 0;

	memcpy(&v, at, min_size(size, sizeof(v)));	/* little-endian machines only, as all of koban's
							 * records */
	return v;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "members are copied by their low bytes");

void member_text(struct text_out *o, const struct column *c, const uint8_t *row)
{
	const uint8_t *at = row + c->at;
	const char *const *strings = (const char *const *)(const void *)at;
	char address[IP_TEXT > MAC_TEXT ? IP_TEXT : MAC_TEXT];
	uint64_t bits[2] = { member_number(at, c->size), c->size > 8 ? member_number(at + 8, 8) : 0 };
	const char *name = NULL;

	switch (c->type) {
	case COL_TEXT: text_out_put(o, (const char *)at, strnlen((const char *)at, c->size)); return;
	case COL_STRING: name = strings[0]; break;
	case COL_IP: ip_text(address, at); name = ip_is_zero(at) ? "" : address; break;
	case COL_MAC: mac_text(address, at); name = mac_is_zero(at) ? "" : address; break;
	case COL_U16S: case COL_U64S: put_numbers(o, c, at, row[c->count_at]); return;
	case COL_STRINGS:
		for (unsigned i = 0; i < row[c->count_at]; i++)
			text_out_item(o, strings[i]);
		return;
	case COL_PROTO16: name = proto_text(bits[0]); break;
	case COL_PROTOS: put_bits(o, bits, 128, proto_text); return;
	case COL_WORD: name = word_text(bits[0]); break;
	case COL_WORDS: put_bits(o, bits, 64, word_text); return;
	case COL_VERB: name = verb_text(bits[0]); break;
	case COL_CLASS: name = class_text(bits[0]); break;
	}
	if (name != NULL)
		text_out_put(o, name, strlen(name));
}

bool member_is_number(const struct column *c)
{
	return c->type <= COL_BOOL;
}

/* ---- one member from text ---- */

/* The next item of "a,b,c"; false at the end. */
static bool next_item(const char **p, const char **ret_item, size_t *ret_n)
{
	if (**p == '\0')
		return false;
	const char *end = strchr(*p, ',');

	*ret_item = *p;
	*ret_n = end == NULL ? strlen(*p) : (size_t)(end - *p);
	*p += *ret_n + (end != NULL);
	return true;
}

static void from_numbers(const struct column *c, uint8_t *row, const char *text)
{
	size_t each = c->type == COL_U16S ? 2 : 8, n;
	uint8_t count = 0;
	const char *item;

	while ((size_t)(count + 1) * each <= c->size && next_item(&text, &item, &n)) {
		uint64_t v = strtoull(item, NULL, 10);

		memcpy(row + c->at + count++ * each, &v, each);
	}
	row[c->count_at] = count;
}

static void from_strings(const struct column *c, uint8_t *row, const char *text, struct scratch *scratch)
{
	const char **strings = (const char **)(void *)(row + c->at);
	const char *item;
	uint8_t count = 0;
	size_t n;

	while ((size_t)(count + 1) * sizeof(*strings) <= c->size && next_item(&text, &item, &n) &&
	       n + 1 <= sizeof(scratch->p) - scratch->n) {
		char *copy = scratch->p + scratch->n;

		memcpy(copy, item, n);
		copy[n] = '\0';
		scratch->n += n + 1;
		strings[count++] = copy;
	}
	row[c->count_at] = count;
}

static void from_bits(uint8_t *at, size_t size, const char *text, const char *(*of)(uint64_t))
{
	uint64_t bits[2] = { 0, 0 };
	const char *item;
	size_t n;

	while (next_item(&text, &item, &n)) {
		uint64_t i = named(item, n, of, UINT64_MAX);

		if (i < size * 8)
			bits[i / 64] |= UINT64_C(1) << i % 64;
	}
	memcpy(at, bits, size);
}

static void from_address(const struct column *c, uint8_t *at, const char *text)
{
	unsigned m[6];
	uint8_t v4[4];

	memset(at, 0, c->size);
	if (c->type == COL_MAC) {
		if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]) == 6)
			for (int i = 0; i < 6; i++)
				at[i] = (uint8_t)m[i];
	} else if (inet_pton(AF_INET, text, v4) == 1) {
		at[10] = at[11] = 0xff;
		memcpy(at + 12, v4, 4);
	} else if (*text != '\0' && inet_pton(AF_INET6, text, at) != 1) {
		memset(at, 0, 16);
	}
}

static void from_text(const struct column *c, uint8_t *row, const char *text, struct scratch *scratch)
{
	uint8_t *at = row + c->at;
	size_t n = strlen(text);
	uint64_t v = 0;

	switch (c->type) {
	case COL_TEXT:
		n = min_size(n, c->size - 1u);
		memcpy(at, text, n);
		at[n] = '\0';
		return;
	case COL_STRING: memcpy(at, &text, sizeof(text)); return;
	case COL_IP: case COL_MAC: from_address(c, at, text); return;
	case COL_U16S: case COL_U64S: from_numbers(c, row, text); return;
	case COL_STRINGS: from_strings(c, row, text, scratch); return;
	case COL_PROTOS: from_bits(at, c->size, text, proto_text); return;
	case COL_WORDS: from_bits(at, c->size, text, word_text); return;
	case COL_PROTO16: v = named(text, n, proto_text, 0); break;
	case COL_WORD: v = named(text, n, word_text, 0); break;
	case COL_VERB: v = named(text, n, verb_text, 0); break;
	case COL_CLASS: v = named(text, n, class_text, 0); break;
	}
	memcpy(at, &v, c->size);
}

void row_from(const struct table *t, sqlite3_stmt *st, uint8_t *row, struct scratch *scratch)
{
	memset(row, 0, t->row_size);
	scratch->n = 0;
	for (int i = 0; t->columns[i].name != NULL; i++) {
		const struct column *c = &t->columns[i];
		const char *text = (const char *)sqlite3_column_text(st, i);
		int64_t v = sqlite3_column_int64(st, i);

		if (member_is_number(c))
			memcpy(row + c->at, &v, c->size);
		else
			from_text(c, row, text == NULL ? "" : text, scratch);
	}
}

/* model/line_value.c: the value of an act in its line. */
#include "model/line_parts.h"

#include <string.h>

static uint64_t item_bits(const uint8_t *p, size_t n)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		u = u << 8 | p[i];
	return u;
}

static void real_item(struct buf *b, const uint8_t *p, size_t n)
{
	uint64_t u = item_bits(p, n);
	uint32_t u32 = (uint32_t)u;
	float f;
	double d;

	if (n == sizeof(f)) {
		memcpy(&f, &u32, sizeof(f));
		buf_f64(b, (double)f);
	} else {
		memcpy(&d, &u, sizeof(d));
		buf_f64(b, d);
	}
}

/* One of several items, big-endian, n bytes. */
static void item(struct buf *b, uint8_t type, const uint8_t *p, size_t n)
{
	uint64_t u = item_bits(p, n), top = UINT64_C(1) << (8 * n - 1);

	if (type == VAL_REAL)
		real_item(b, p, n);
	else if (type == VAL_INT)
		buf_i64(b, (int64_t)((u ^ top) - top));
	else
		buf_u64(b, u);
}

/* Packed bits, the first item in the lowest bit. */
static void bit_items(struct buf *b, const struct value *v, struct bytes raw)
{
	size_t n = min_size(v->items, raw.n * 8);

	for (size_t i = 0; i < n; i++)
		buf_char(b, raw.p[i / 8] >> (i % 8) & 1 ? '1' : '0');
}

static bool is_number(const struct value *v, struct bytes raw)
{
	size_t n = v->bits / 8u;

	if (v->type != VAL_INT && v->type != VAL_UINT && v->type != VAL_REAL && v->type != VAL_BOOL)
		return false;
	if (v->bits % 8 != 0 || n == 0 || n > 8 || raw.n % n != 0)
		return false;
	return v->type != VAL_REAL || n == 4 || n == 8;
}

static void one(struct buf *b, const struct value *v)
{
	if (v->type == VAL_REAL)
		buf_f64(b, v->one.f);
	else if (v->type == VAL_INT)
		buf_i64(b, v->one.i);
	else if (v->type == VAL_TIME)
		line_time(b, v->one.i);
	else
		buf_u64(b, v->one.u);
}

void line_value(struct buf *b, const struct obs *o)
{
	static const char *const names[VAL_TYPES] = { "none", "bool", "int", "uint", "real", "text", "time",
						      "hex", "hex-le", "secret" };
	const struct value *v = &o->value;
	struct bytes raw = rec_bytes(&o->rec, v->raw);
	bool single = v->items == 1 && (v->type == VAL_INT || v->type == VAL_UINT || v->type == VAL_REAL ||
					v->type == VAL_BOOL || v->type == VAL_TIME);

	if (v->type == VAL_NONE)
		return;
	line_key(b, "value");
	if (v->type == VAL_BOOL && v->bits == 1 && !single) {
		buf_str(b, "bits:");
		bit_items(b, v, raw);
	} else {
		buf_str(b, names[v->type]);
		if ((v->type == VAL_INT || v->type == VAL_UINT || v->type == VAL_REAL) && v->bits != 0)
			buf_u64(b, v->bits);
		if (v->type != VAL_SECRET)
			buf_char(b, ':');
		if (single) {
			one(b, v);
		} else if (v->type == VAL_TEXT) {
			line_quoted(b, raw);
		} else if (is_number(v, raw)) {
			size_t n = v->bits / 8u;

			buf_char(b, '[');
			for (size_t i = 0; i < raw.n; i += n) {
				buf_str(b, i > 0 ? " " : "");
				item(b, v->type, raw.p + i, n);
			}
			buf_char(b, ']');
		} else if (v->type != VAL_SECRET) {
			buf_hex(b, raw, '\0');
		}
	}
	if (v->length > raw.n) {
		buf_char(b, '+');
		buf_u64(b, v->length - raw.n);
	}
}

/* asset/value.c: texts and values from the wire as short lines that are safe to show. */
#include "asset/ledger.h"
#include "core/buf.h"
#include "core/hex.h"
#include "core/utf8.h"
#include "model/object.h"

enum { HEX_SHOWN = 16 };	/* bytes of a raw value */

size_t clean_text(char *out, size_t cap, struct bytes b)
{
	size_t n = 0;

	while (b.n > 0) {
		size_t c = utf8_length(b.p, b.n);
		bool plain = c > 1 ? !utf8_deceives(b.p, c) :
			     c == 1 && b.p[0] >= 0x20 && b.p[0] != 0x7f && b.p[0] != '\\';
		size_t take = plain ? c : 1, want = plain ? c : 4;

		if (n + want + 1 > cap)
			break;
		if (plain) {
			memcpy(out + n, b.p, c);
		} else {
			out[n] = '\\';
			out[n + 1] = 'x';
			hex_put(out + n + 2, b.p[0]);
		}
		n += want;
		b.p += take;
		b.n -= take;
	}
	if (cap > 0)
		out[n] = '\0';
	return n;
}

/* "holding 107": the key of the space in front, unless the format already says more than numbers. */
void ledger_object(char *out, size_t cap, const struct obs *o)
{
	const struct proto_space *s = object_space(o);
	char raw[512];
	size_t n = 0;

	if (s != NULL && s->format == NULL)	/* there is one of it: its key says it all, but for a name */
		n = (size_t)snprintf(raw, sizeof(raw), o->object.name.n > 0 ? "%s " : "%s", s->key);
	else if (s != NULL && s->format != NULL && s->format[0] == '{')
		n = (size_t)snprintf(raw, sizeof(raw), "%s ", s->key);
	object_text(raw + n, sizeof(raw) - n, o);
	clean_text(out, cap, (struct bytes){ (const uint8_t *)raw, strlen(raw) });
}

static void hex_text(struct buf *b, struct bytes raw, bool more)
{
	struct bytes head = { raw.p, min_size(raw.n, HEX_SHOWN) };

	while (head.n * 2 + 1 >= b->cap && head.n > 0)		/* whole bytes only */
		head.n--;
	buf_hex(b, head, '\0');
	if ((more || raw.n > HEX_SHOWN) && b->n + 3 < b->cap)
		buf_str(b, "..");
}

void value_text(char *out, size_t cap, const struct obs *o)
{
	const struct value *v = &o->value;
	struct bytes raw = rec_bytes(&o->rec, v->raw);
	struct buf b = buf_over(out, cap);

	switch (v->type) {
	case VAL_NONE: case VAL_SECRET:
		return;
	case VAL_TEXT:
		clean_text(out, cap, raw);
		return;
	case VAL_BOOL: case VAL_INT: case VAL_UINT: case VAL_REAL:
		if (v->items != 1)
			break;
		if (v->type == VAL_BOOL)
			buf_char(&b, v->one.u != 0 ? '1' : '0');
		else if (v->type == VAL_INT)
			buf_i64(&b, v->one.i);
		else if (v->type == VAL_UINT)
			buf_u64(&b, v->one.u);
		else
			snprintf(out, cap, "%.9g", v->one.f);
		return;
	default:
		break;
	}
	hex_text(&b, raw, v->length > raw.n);
}

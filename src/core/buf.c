/* core/buf.c: see buf.h. */
#include "core/buf.h"

#include <math.h>

#include "core/hex.h"
#include "core/utf8.h"
#include "core/util.h"

struct buf buf_over(char *p, size_t cap)
{
	if (cap > 0)
		p[0] = '\0';
	return (struct buf){ p, cap, 0 };
}

void buf_put(struct buf *b, const void *s, size_t n)
{
	if (b->n + 1 < b->cap) {
		size_t fits = min_size(n, b->cap - 1 - b->n);

		if (fits > 0)
			memcpy(b->p + b->n, s, fits);
		b->p[b->n + fits] = '\0';
	}
	b->n += n;
}

void buf_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void buf_digits(struct buf *b, uint64_t v, unsigned width)
{
	char text[24];
	size_t at = sizeof(text);

	while ((v != 0 || at > sizeof(text) - width || at == sizeof(text)) && at > 0) {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	}
	buf_put(b, text + at, sizeof(text) - at);
}

void buf_u64(struct buf *b, uint64_t v)
{
	buf_digits(b, v, 1);
}

void buf_i64(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_char(b, '-');
	buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/* v in [0, 1e15): whole part, then at most six digits without zeroes at the end. */
static void fixed(struct buf *b, double v)
{
	uint64_t millionths = (uint64_t)floor((v - floor(v)) * 1e6 + 0.5);
	uint64_t whole = (uint64_t)floor(v) + (millionths >= 1000000);

	millionths %= 1000000;
	buf_u64(b, whole);
	if (millionths == 0)
		return;
	unsigned width = 6;

	for (; millionths % 10 == 0; width--)
		millionths /= 10;
	buf_char(b, '.');
	buf_digits(b, millionths, width);
}

void buf_f64(struct buf *b, double v)
{
	if (isnan(v) || isinf(v)) {
		buf_str(b, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
		return;
	}
	if (v < 0)
		buf_char(b, '-');
	v = fabs(v);
	if (v == 0 || (v >= 1e-4 && v < 1e15)) {
		fixed(b, v);
		return;
	}
	int exponent = (int)floor(log10(v));
	/* In two steps: 10 to the power of 320 is no double. */
	double mantissa = v / pow(10, exponent / 2) / pow(10, exponent - exponent / 2);

	fixed(b, mantissa);
	buf_char(b, 'e');
	buf_i64(b, exponent);
}

void buf_hex(struct buf *b, struct bytes bytes, char separator)
{
	for (size_t i = 0; i < bytes.n; i++) {
		char three[3] = { separator };
		size_t skip = i == 0 || separator == '\0';

		hex_put(three + 1, bytes.p[i]);
		buf_put(b, three + skip, sizeof(three) - skip);
	}
}

static void escape(struct buf *b, uint8_t c)
{
	if (c == '"' || c == '\\') {
		buf_char(b, '\\');
		buf_char(b, (char)c);
		return;
	}
	buf_str(b, "\\x");
	buf_hex(b, (struct bytes){ &c, 1 }, '\0');
}

void buf_escaped(struct buf *b, struct bytes text)
{
	for (size_t i = 0; i < text.n;) {
		const uint8_t *p = text.p + i;
		size_t n = utf8_length(p, text.n - i);

		bool odd = *p < 0x20 || *p > 0x7e || *p == '"' || *p == '\\';

		if (n == 0 || (n == 1 && odd) || utf8_deceives(p, n)) {
			escape(b, *p);
			i++;
		} else {
			buf_put(b, p, n);
			i += n;
		}
	}
}

/* proto/ascii.c: see ascii.h. */
#include "proto/ascii.h"

#include <string.h>

#include "core/hex.h"
#include "core/util.h"

uint8_t ascii_lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c; }

bool ascii_visible(uint8_t c) { return c > ' ' && c < 0x7f; }

struct bytes ascii_skip(struct bytes b, size_t n)
{
	n = min_size(n, b.n);
	return (struct bytes){n == 0 ? b.p : b.p + n, b.n - n};
}

struct bytes ascii_less(struct bytes b, size_t n) { return (struct bytes){b.p, b.n - min_size(n, b.n)}; }

size_t ascii_find(struct bytes b, uint8_t byte)
{
	const uint8_t *at = b.n == 0 ? NULL : memchr(b.p, byte, b.n);

	return at == NULL ? b.n : (size_t)(at - b.p);
}

struct bytes ascii_line(struct cursor *c, bool *ret_ended)
{
	struct bytes all = {c->p, c->left};
	size_t n = ascii_find(all, '\n');

	*ret_ended = n < all.n;
	struct bytes line = cur_bytes(c, n);

	if (*ret_ended)
		cur_take(c, 1);
	if (*ret_ended && line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

struct bytes ascii_until(struct bytes *rest, uint8_t end)
{
	size_t n = ascii_find(*rest, end);
	struct bytes word = {rest->p, n};

	*rest = ascii_skip(*rest, n + 1);
	return word;
}

struct bytes ascii_trim(struct bytes b)
{
	while (b.n > 0 && (b.p[0] == ' ' || b.p[0] == '\t'))
		b = ascii_skip(b, 1);
	while (b.n > 0 && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t'))
		b.n--;
	return b;
}

bool ascii_begins(struct bytes b, const char *word)
{
	size_t i = 0;

	while (word[i] != '\0' && i < b.n && ascii_lower(b.p[i]) == ascii_lower((uint8_t)word[i]))
		i++;
	return word[i] == '\0';
}

/* Tables of words are gone through with this: most fail at their first letter. */
bool ascii_is(struct bytes b, const char *word)
{
	size_t i = 0;

	while (i < b.n && word[i] != '\0' && ascii_lower(b.p[i]) == ascii_lower((uint8_t)word[i]))
		i++;
	return i == b.n && word[i] == '\0';
}

bool ascii_ends(struct bytes b, const char *word)
{
	size_t n = strlen(word);

	return b.n >= n && ascii_begins(ascii_skip(b, b.n - n), word);
}

bool ascii_has(struct bytes b, const char *word)
{
	const uint8_t case_bit = 'a' - 'A', first = (uint8_t)word[0] | case_bit;
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= b.n; i++)
		if ((b.p[i] | case_bit) == first && ascii_begins((struct bytes){b.p + i, n}, word))
			return true;
	return false;
}

bool ascii_number(struct bytes b, uint64_t *ret)
{
	uint64_t v = 0;

	if (b.n == 0 || b.n > 18)
		return false;
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] < '0' || b.p[i] > '9')
			return false;
		v = v * 10 + (b.p[i] - '0');
	}
	*ret = v;
	return true;
}

bool ascii_hex(struct bytes b, uint64_t *ret)
{
	uint64_t v = 0;

	if (b.n == 0)
		return false;
	for (size_t i = 0; i < b.n; i++) {
		int digit = hex_value(b.p[i]);

		if (digit < 0 || v >> 58 != 0)
			return false;
		v = v << 4 | (unsigned)digit;
	}
	*ret = v;
	return true;
}

bool ascii_token(struct bytes b)
{
#define BIT(c) (UINT64_C(1) << ((c) & 63))
	/* "(),/:;<=>?@[\]{} end a token: RFC 9110 5.6.2. By bit, of bytes below 64 and of those above. */
	static const uint64_t apart[] = {
		BIT('"') | BIT('(') | BIT(')') | BIT(',') | BIT('/') | BIT(':') | BIT(';') | BIT('<') |
			BIT('=') | BIT('>') | BIT('?'),
		BIT('@') | BIT('[') | BIT('\\') | BIT(']') | BIT('{') | BIT('}'),
	};
#undef BIT

	for (size_t i = 0; i < b.n; i++)
		if (!ascii_visible(b.p[i]) || (apart[b.p[i] >> 6] >> (b.p[i] & 63) & 1) != 0)
			return false;
	return b.n > 0;
}

void ascii_put(struct ascii_pen *pen, struct bytes b)
{
	size_t n = min_size(b.n, pen->cap - pen->n);

	if (n > 0)
		memcpy(pen->p + pen->n, b.p, n);
	pen->n += n;
	pen->cut |= n < b.n;
}

void ascii_puts(struct ascii_pen *pen, const char *s)
{
	ascii_put(pen, (struct bytes){(const uint8_t *)s, strlen(s)});
}

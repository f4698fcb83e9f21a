/* core/json.c: see json.h. */
#include "core/hex.h"
#include "core/json.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>

#include "core/utf8.h"
#include "core/util.h"

void json_free(struct json *j)
{
	free(j->p);
	*j = (struct json){ 0 };
}

char *json_grow(struct json *j, size_t n)
{
	if (j->failed)
		return NULL;
	size_t cap = max_size(j->cap * 2, j->n + n + 4096);
	char *p = realloc(j->p, cap);

	if (p == NULL) {
		j->failed = true;
		return NULL;
	}
	j->p = p;
	j->cap = cap;
	return p + j->n;
}

/* Room for a value of n bytes, the comma before it written. */
static inline char *value_room(struct json *j, size_t n)
{
	char *to = json_room(j, n + 1);

	if (to == NULL)
		return NULL;
	*to = ',';
	to += j->comma;
	j->comma = true;
	return to;
}

/* What was written ends here. */
static inline void ends(struct json *j, const char *at)
{
	j->n = (size_t)(at - j->p);
}

static void value(struct json *j, const char *text, size_t n)
{
	char *to = value_room(j, n);

	if (to == NULL)
		return;
	memcpy(to, text, n);
	ends(j, to + n);
}

/* Writes the escape of a byte that cannot stand as it is; returns its length. */
static size_t escape(char out[8], uint8_t c)
{
	static const char *const shorts[] = { ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f",
					      ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\" };

	if (c < ARRAY_LEN(shorts) && shorts[c] != NULL) {
		memcpy(out, shorts[c], 2);
		return 2;
	}
	/* Control characters by their number in Unicode; bytes that are no text, visibly, as \xNN. */
	const char *head = c < 0x80 ? "\\u00" : "\\\\x";

	memcpy(out, head, 4);
	size_t n = c < 0x80 ? 4 : 3;

	hex_put(out + n, c);
	return n + 2;
}

/* The same for a character below U+10000. */
static size_t escape_code(char *out, uint32_t code)
{
	memcpy(out, "\\u", 2);
	hex_put(out + 2, (uint8_t)(code >> 8));
	hex_put(out + 4, (uint8_t)code);
	return 6;
}

static bool plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Is every one of these eight bytes plain? A byte's highest bit is set in each term where it is not: below
 * 0x20, '"', '\\', 0x7f or above. */
static bool eight_plain(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t quote = w ^ ones * '"', backslash = w ^ ones * '\\';

	return (((w - ones * 0x20) | (quote - ones) | (backslash - ones) | w | (w + ones)) & high) == 0;
}

/* Copies as many plain bytes as stand at the front, eight at a time: fewer than eight may be left. */
static size_t copy_plain(char *to, const uint8_t *p, size_t n)
{
	size_t i = 0;
	uint64_t w;

	for (; n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		if (!eight_plain(w))
			break;
		memcpy(to + i, &w, sizeof(w));
	}
	return i;
}

void json_bytes(struct json *j, struct bytes b)
{
	char *at = value_room(j, b.n * 6 + 2);

	if (at == NULL)
		return;
	*at++ = '"';
	for (size_t i = 0; i < b.n;) {
		size_t n = copy_plain(at, b.p + i, b.n - i);
		size_t end = min_size(b.n, i + n + sizeof(uint64_t));

		at += n;
		i += n;
		while (i < end) {
			n = plain(b.p[i]) ? 1 : b.p[i] >= 0x80 ? utf8_length(b.p + i, b.n - i) : 0;
			if (n > 1 && utf8_deceives(b.p + i, n)) {
				at += escape_code(at, utf8_code(b.p + i, n));
				i += n;
				continue;
			}
			if (n == 0)
				at += escape(at, b.p[i++]);
			for (; n > 0; n--)
				*at++ = (char)b.p[i++];
		}
	}
	*at++ = '"';
	ends(j, at);
}

void json_str(struct json *j, const char *s)
{
	json_bytes(j, (struct bytes){ (const uint8_t *)s, strlen(s) });
}

void json_word(struct json *j, const char *s)
{
	size_t n = strlen(s);
	char *to = value_room(j, n + 2);

	if (to == NULL)
		return;
	to[0] = '"';
	memcpy(to + 1, s, n);
	to[n + 1] = '"';
	ends(j, to + n + 2);
}

void json_hex(struct json *j, struct bytes b, char separator)
{
	char *at = value_room(j, b.n * 3 + 2);

	if (at == NULL)
		return;
	*at++ = '"';
	for (size_t i = 0; i < b.n; i++) {
		if (separator != 0 && i > 0)
			*at++ = separator;
		hex_put(at, b.p[i]);
		at += 2;
	}
	*at++ = '"';
	ends(j, at);
}

/* "00" to "99". */
static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
			    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
			    "8081828384858687888990919293949596979899";

static void two_digits(char *at, unsigned v)
{
	memcpy(at, pairs + 2 * v, 2);
}

static unsigned digit_count(uint64_t v)
{
	unsigned n = 1;

	for (; v >= 10000; v /= 10000)
		n += 4;
	return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

/* Writes v in decimal; returns where it ends. */
static char *digits(char *at, uint64_t v)
{
	if (v < 10) {
		*at = (char)('0' + v);
		return at + 1;
	}
	char *end = at + digit_count(v), *p = end;

	for (; v >= 100; v /= 100)
		two_digits(p -= 2, (unsigned)(v % 100));
	if (v >= 10)
		two_digits(at, (unsigned)v);
	else
		*at = (char)('0' + v);
	return end;
}

void json_u64(struct json *j, uint64_t v)
{
	char *to = value_room(j, 20);

	if (to != NULL)
		ends(j, digits(to, v));
}

void json_i64(struct json *j, int64_t v)
{
	char *to = value_room(j, 20);

	if (to == NULL)
		return;
	*to = '-';
	ends(j, digits(to + (v < 0), v < 0 ? 0 - (uint64_t)v : (uint64_t)v));
}

void json_f64(struct json *j, double v)
{
	char out[40];
	int n = isfinite(v) ? snprintf(out, sizeof(out), "%.9g", v) : snprintf(out, sizeof(out), "null");

	value(j, out, (size_t)n);
}

void json_bool(struct json *j, bool v)
{
	value(j, v ? "true" : "false", v ? 4 : 5);
}

void json_again(struct json *j, struct bytes members)
{
	char *to = json_room(j, members.n);

	if (to == NULL)
		return;
	memcpy(to, members.p, members.n);
	j->n += members.n;
	j->comma = true;
}

void json_newline(struct json *j)
{
	char *to = json_room(j, 1);

	if (to == NULL)
		return;
	*to = '\n';
	j->n++;
	j->comma = false;
}

/* "2026-11-20" of a day since 1970. */
static void date_text(char out[10], int64_t day)
{
	struct tm tm;
	time_t t = (time_t)(day * 86400);

	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 8099)
		/* beyond the calendar: not a date */
		tm = (struct tm){ .tm_mday = 1, .tm_year = 70 };
	two_digits(out, (unsigned)(tm.tm_year + 1900) / 100);
	two_digits(out + 2, (unsigned)(tm.tm_year + 1900) % 100);
	out[4] = out[7] = '-';
	two_digits(out + 5, (unsigned)tm.tm_mon + 1);
	two_digits(out + 8, (unsigned)tm.tm_mday);
}

void json_time(struct json *j, int64_t at_ns)
{
	enum { SIZE = sizeof("\"2026-11-20T07:25:14.123456+0000\"") - 1 };
	const int64_t day_ns = 86400 * NS_PER_S;
	/* The date changes rarely: the calendar is asked once a day. */
	static _Thread_local int64_t said = INT64_MIN;
	static _Thread_local char date[10];
	int64_t into_ns = at_ns % day_ns, day = at_ns / day_ns - (into_ns < 0);
	uint64_t us = (uint64_t)(into_ns < 0 ? into_ns + day_ns : into_ns) / NS_PER_US;
	unsigned s = (unsigned)(us / 1000000), part = (unsigned)(us % 1000000);
	char *to = value_room(j, SIZE);

	if (to == NULL)
		return;
	if (day != said)
		date_text(date, day);
	said = day;
	memcpy(to, "\"0000-00-00T00:00:00.000000+0000\"", SIZE);
	memcpy(to + 1, date, sizeof(date));
	two_digits(to + 12, s / 3600);
	two_digits(to + 15, s / 60 % 60);
	two_digits(to + 18, s % 60);
	two_digits(to + 21, part / 10000);
	two_digits(to + 23, part / 100 % 100);
	two_digits(to + 25, part % 100);
	ends(j, to + SIZE);
}

void json_key_u64s(struct json *j, const char *key, const uint64_t *v, size_t n)
{
	json_key_open(j, key, '[');
	for (size_t i = 0; i < n; i++)
		json_u64(j, v[i]);
	json_close(j, ']');
}

void json_key_strs(struct json *j, const char *key, const char *const *s, size_t n)
{
	json_key_open(j, key, '[');
	for (size_t i = 0; i < n; i++)
		json_str(j, s[i]);
	json_close(j, ']');
}

/* core/json.c: see json.h. */
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

/* Room for n more bytes, or NULL once memory has run out. */
static char *room(struct json *j, size_t n)
{
	if (j->failed)
		return NULL;
	if (n > j->cap - j->n) {
		size_t cap = max_size(j->cap * 2, j->n + n + 4096);
		char *p = realloc(j->p, cap);

		if (p == NULL) {
			j->failed = true;
			return NULL;
		}
		j->p = p;
		j->cap = cap;
	}
	return j->p + j->n;
}

static void put(struct json *j, const char *s, size_t n)
{
	char *to = room(j, n);

	if (to != NULL) {
		memcpy(to, s, n);
		j->n += n;
	}
}

static void put_char(struct json *j, char c)
{
	put(j, &c, 1);
}

static void before_value(struct json *j)
{
	if (j->comma)
		put_char(j, ',');
	j->comma = true;
}

void json_open(struct json *j, char bracket)
{
	before_value(j);
	put_char(j, bracket);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	put_char(j, bracket);
	j->comma = true;
}

void json_key(struct json *j, const char *key)
{
	before_value(j);
	put_char(j, '"');
	put(j, key, strlen(key));
	put(j, "\":", 2);
	j->comma = false;
}

static const char hex_digits[] = "0123456789abcdef";

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

	out[n] = hex_digits[c >> 4];
	out[n + 1] = hex_digits[c & 15];
	return n + 2;
}

static bool plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void json_bytes(struct json *j, struct bytes b)
{
	before_value(j);
	char *to = room(j, b.n * 6 + 2);

	if (to == NULL)
		return;
	char *at = to;

	*at++ = '"';
	for (size_t i = 0; i < b.n;) {
		size_t n = plain(b.p[i]) ? 1 : b.p[i] >= 0x80 ? utf8_length(b.p + i, b.n - i) : 0;

		if (n == 0) {
			at += escape(at, b.p[i++]);
			continue;
		}
		memcpy(at, b.p + i, n);
		at += n;
		i += n;
	}
	*at++ = '"';
	j->n += (size_t)(at - to);
}

void json_str(struct json *j, const char *s)
{
	json_bytes(j, (struct bytes){ (const uint8_t *)s, strlen(s) });
}

void json_hex(struct json *j, struct bytes b, char separator)
{
	before_value(j);
	put_char(j, '"');
	for (size_t i = 0; i < b.n; i++) {
		char two[3] = { hex_digits[b.p[i] >> 4], hex_digits[b.p[i] & 15], separator };

		put(j, two, separator != 0 && i + 1 < b.n ? 3 : 2);
	}
	put_char(j, '"');
}

static size_t digits(char out[20], uint64_t v)
{
	char back[20];
	size_t n = 0;

	do
		back[n++] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	for (size_t i = 0; i < n; i++)
		out[i] = back[n - 1 - i];
	return n;
}

void json_u64(struct json *j, uint64_t v)
{
	char out[20];

	before_value(j);
	put(j, out, digits(out, v));
}

void json_i64(struct json *j, int64_t v)
{
	char out[21] = "-";
	size_t sign = v < 0;

	before_value(j);
	put(j, out, sign + digits(out + sign, sign ? 0 - (uint64_t)v : (uint64_t)v));
}

void json_f64(struct json *j, double v)
{
	char out[40];

	before_value(j);
	int n = isfinite(v) ? snprintf(out, sizeof(out), "%.9g", v) : snprintf(out, sizeof(out), "null");

	put(j, out, (size_t)n);
}

void json_bool(struct json *j, bool v)
{
	before_value(j);
	put(j, v ? "true" : "false", v ? 4 : 5);
}

void json_again(struct json *j, struct bytes members)
{
	put(j, (const char *)members.p, members.n);
	j->comma = true;
}

void json_newline(struct json *j)
{
	put_char(j, '\n');
	j->comma = false;
}

static void two_digits(char *at, int v)
{
	at[0] = (char)('0' + v / 10);
	at[1] = (char)('0' + v % 10);
}

void json_time(struct json *j, int64_t at_ns)
{
	/* The date changes rarely: breaking it down once a second is enough. */
	static _Thread_local int64_t said = INT64_MIN;
	static _Thread_local char second[] = "0000-00-00T00:00:00";
	bool before_1970 = at_ns % NS_PER_S < 0;
	int64_t s = at_ns / NS_PER_S - before_1970;
	int64_t us = (at_ns % NS_PER_S + (before_1970 ? NS_PER_S : 0)) / NS_PER_US;

	if (s != said) {
		struct tm tm;
		time_t t = (time_t)s;

		if (gmtime_r(&t, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 8099)
			/* beyond the calendar: not a date */
			tm = (struct tm){ .tm_mday = 1, .tm_year = 70 };
		two_digits(second, (tm.tm_year + 1900) / 100);
		two_digits(second + 2, (tm.tm_year + 1900) % 100);
		two_digits(second + 5, tm.tm_mon + 1);
		two_digits(second + 8, tm.tm_mday);
		two_digits(second + 11, tm.tm_hour);
		two_digits(second + 14, tm.tm_min);
		two_digits(second + 17, tm.tm_sec);
		said = s;
	}
	char out[] = "\"0000-00-00T00:00:00.000000+0000\"";

	memcpy(out + 1, second, sizeof(second) - 1);
	for (int i = 26; i > 20; i--, us /= 10)
		out[i] = (char)('0' + us % 10);
	before_value(j);
	put(j, out, sizeof(out) - 1);
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

/* main/say.c: see say.h. */
#include "main/say.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "core/utf8.h"
#include "core/util.h"

enum { LINE_ROOM = 8192 };

void print_text(FILE *out, enum lang lang, const char *key, const struct text_arg *args)
{
	static const struct text_arg none[] = { { NULL, NULL } };
	char line[LINE_ROOM];

	text_fill(line, sizeof(line), lang, key, args == NULL ? none : args);
	fputs(line, out);
}

void say(enum lang lang, const char *key, const struct text_arg *args)
{
	fflush(stdout);
	fputs("koban: ", stderr);
	print_text(stderr, lang, key, args);
	fputc('\n', stderr);
}

const char *why_text(enum lang lang, int error)
{
	static const struct { int error; const char *key; } known[] = {
		{ ENOENT, "errno.ENOENT" }, { EACCES, "errno.EACCES" }, { EPERM, "errno.EPERM" },
		{ EISDIR, "errno.EISDIR" }, { ENOTDIR, "errno.ENOTDIR" }, { ENOSPC, "errno.ENOSPC" },
		{ EIO, "errno.EIO" }, { ENOMEM, "errno.ENOMEM" }, { EROFS, "errno.EROFS" },
		{ EPIPE, "errno.EPIPE" }, { EBUSY, "errno.EBUSY" }, { EMFILE, "errno.EMFILE" },
		{ ENAMETOOLONG, "errno.ENAMETOOLONG" }, { EDQUOT, "errno.ENOSPC" }, { EFBIG, "errno.EFBIG" },
	};

	error = error < 0 ? -error : error;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].error == error)
			return text(lang, known[i].key);
	return strerror(error);
}

void say_failed(enum lang lang, const char *key, const char *file, int error)
{
	char name[1024];
	const struct text_arg args[] = {
		{ "file", printable(name, sizeof(name),
				    (struct bytes){ (const uint8_t *)file, strlen(file) }) },
		{ "why", why_text(lang, error) }, { NULL, NULL } };

	say(lang, key, args);
}

static bool harmless(const uint8_t *p, size_t n)
{
	return n == 1 ? p[0] >= 0x20 && p[0] != 0x7f : !utf8_deceives(p, n);
}

const char *printable(char *out, size_t cap, struct bytes b)
{
	size_t n = 0;

	for (size_t i = 0; i < b.n;) {
		size_t len = utf8_length(b.p + i, b.n - i);

		if (len > 0 && harmless(b.p + i, len)) {
			if (n + len + 1 > cap)
				break;
			memcpy(out + n, b.p + i, len);
			n += len;
			i += len;
			continue;
		}
		if (n + 5 > cap)
			break;
		n += (size_t)snprintf(out + n, cap - n, "\\x%02x", b.p[i++]);
	}
	out[n] = '\0';
	return out;
}

const char *number_text(char out[NUMBER_TEXT], uint64_t v)
{
	char plain[24];
	int n = snprintf(plain, sizeof(plain), "%" PRIu64, v);
	char *to = out;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = plain[i];
	}
	*to = '\0';
	return out;
}

void duration_text(char *out, size_t cap, enum lang lang, int64_t ns)
{
	int64_t s = ns / NS_PER_S;
	const char *key = s >= 86400 ? "cli.days" : s >= 3600 ? "cli.hours" : s >= 60 ? "cli.minutes" :
			  "cli.seconds";
	int64_t big = s >= 86400 ? s / 86400 : s >= 3600 ? s / 3600 : s >= 60 ? s / 60 : s;
	int64_t small = s >= 86400 ? s % 86400 / 3600 : s >= 3600 ? s % 3600 / 60 : s % 60;
	char a[24], b[24];

	snprintf(a, sizeof(a), "%" PRId64, big);
	if (s < 60)
		snprintf(b, sizeof(b), "%" PRId64, ns % NS_PER_S / (NS_PER_S / 10));
	else
		snprintf(b, sizeof(b), "%" PRId64, small);
	const struct text_arg args[] = { { "a", a }, { "b", b }, { NULL, NULL } };

	text_fill(out, cap, lang, key, args);
}

bool colourful(FILE *f)
{
	const char *no = getenv("NO_COLOR");	/* no-color.org */

	return isatty(fileno(f)) && (no == NULL || *no == '\0');
}

/* The ranges Unicode's EastAsianWidth.txt (15.0) calls W or F that occur in names and in our own texts. */
static bool wide(uint32_t c)
{
	static const struct { uint32_t from, to; } ranges[] = {
		{ 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0x33ff }, { 0x3400, 0x4dbf },
		{ 0x4e00, 0x9fff }, { 0xa000, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
		{ 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f },
		{ 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

/* Marks that stand upon the character before them, and what takes no room at all. Names from a Mac come so:
 * the voiced sound mark of Japanese is U+3099 there. */
static bool mark(uint32_t c)
{
	return (c >= 0x0300 && c <= 0x036f) || c == 0x3099 || c == 0x309a || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff;
}

size_t text_columns(const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t left = strlen(s), columns = 0;

	while (left > 0) {
		size_t n = utf8_length(p, left);
		uint32_t c = n > 1 ? utf8_code(p, n) : p[0];

		n = n == 0 ? 1 : n;
		columns += mark(c) ? 0 : wide(c) ? 2 : 1;
		p += n;
		left -= n;
	}
	return columns;
}

/* capture_rows.h: capture files written as one line of text, and what is read from them as another.
 *
 * Bytes:  L, B         little-, big-endian from here on
 *         N:value      a number of N = 1, 2, 4 or 8 bytes
 *         xN           N bytes of filler, 0, 1, 2 ...
 *         'text'       bytes as they stand
 *         [T ... ]     a pcapng block of type T with both lengths filled in; blocks do not nest
 *         PCAP, SECTION, IFACE   usual heads: version 2.4 Ethernet; version 1.0; Ethernet in microseconds
 * Result: each frame as captured/wire@ns:link, +N behind it when N were lost before it; then "." for a clean
 *         end, "!key@offset" for damage, "?key" when capture_start() refuses, "?errno N" when it fails. */
#ifndef CAPTURE_ROWS_H
#define CAPTURE_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "capture/capture.h"
#include "capture/input.h"

enum { MADE_MAX = 1 << 21, RESULT_MAX = 1 << 16 };

struct made {
	uint8_t *p;
	size_t n;
	size_t fail_at;		/* read() fails with EIO here; 0: never */
	size_t chunk;		/* bytes a read gives at most */
	size_t at;
};

struct row { const char *what, *bytes, *result; };

static void put(struct made *m, bool big, unsigned size, uint64_t value)
{
	assert_true(m->n + size <= MADE_MAX);
	for (unsigned i = 0; i < size; i++)
		m->p[m->n + (big ? size - 1 - i : i)] = (uint8_t)(value >> 8 * i);
	m->n += size;
}

static bool word_is(const char *s, const char *word)
{
	size_t n = strlen(word);

	return strncmp(s, word, n) == 0 && (s[n] == ' ' || s[n] == '\0');
}

static void make_into(struct made *m, const char *text, bool *big, size_t *block)
{
	for (const char *s = text; *s != '\0';) {
		char *end = (char *)(uintptr_t)s + strcspn(s, " ");

		if (word_is(s, "L") || word_is(s, "B")) {
			*big = *s == 'B';
		} else if (word_is(s, "PCAP")) {
			make_into(m, "4:0xa1b2c3d4 2:2 2:4 4:0 4:0 4:65535 4:1", big, block);
		} else if (word_is(s, "SECTION")) {
			make_into(m, "[0x0a0d0d0a 4:0x1a2b3c4d 2:1 2:0 8:-1 ]", big, block);
		} else if (word_is(s, "IFACE")) {
			make_into(m, "[1 2:1 2:0 4:0 ]", big, block);
		} else if (*s == 'x') {
			for (unsigned long i = 0, n = strtoul(s + 1, &end, 0); i < n; i++)
				put(m, false, 1, i);
		} else if (*s == '\'') {
			end = strchr(s + 1, '\'');
			for (const char *t = s + 1; t < end; t++)
				put(m, false, 1, (uint8_t)*t);
			end++;
		} else if (*s == '[') {
			*block = m->n;
			put(m, *big, 4, strtoul(s + 1, &end, 0));
			put(m, *big, 4, 0);
		} else if (*s == ']') {
			size_t total = m->n + 4 - *block;

			put(m, *big, 4, total);
			m->n = *block + 4;
			put(m, *big, 4, total);
			m->n = *block + total;
		} else if (s[1] == ':') {
			put(m, *big, (unsigned)(*s - '0'), (uint64_t)strtoll(s + 2, &end, 0));
		} else {
			fail_msg("cannot read '%s'", s);
		}
		s = end + strspn(end, " ");
	}
}

static struct made make(const char *text)
{
	struct made m = { .p = malloc(MADE_MAX) };
	bool big = false;
	size_t block = 0;

	assert_non_null(m.p);
	make_into(&m, text, &big, &block);
	return m;
}

static struct made gzipped(const struct made *from)
{
	struct made m = { .p = malloc(MADE_MAX) };
	z_stream z = { .next_in = from->p, .avail_in = (uInt)from->n, .next_out = m.p,
		       .avail_out = MADE_MAX };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	m.n = MADE_MAX - z.avail_out;
	deflateEnd(&z);
	return m;
}

static struct made zstded(const struct made *from)
{
	struct made m = { .p = malloc(MADE_MAX) };

	m.n = ZSTD_compress(m.p, MADE_MAX, from->p, from->n, 3);
	assert_false(ZSTD_isError(m.n));
	return m;
}

static long made_read(void *arg, uint8_t *to, size_t n)
{
	struct made *m = arg;
	size_t left = m->n - m->at;

	if (m->fail_at > 0 && m->at >= m->fail_at)
		return -5;	/* EIO */
	n = n < left ? n : left;
	if (m->chunk > 0 && n > m->chunk)
		n = m->chunk;
	if (n > 0)
		memcpy(to, m->p + m->at, n);
	m->at += n;
	return (long)n;
}

struct opened { struct capture *c; struct arena arena; };

static struct opened opened_for(uint32_t inputs)
{
	struct opened o;

	assert_int_equal(arena_map(&o.arena, capture_room(inputs)), 0);
	assert_int_equal(capture_init(&o.c, &o.arena, inputs), 0);
	return o;
}

static void opened_done(struct opened *o)
{
	capture_done(o->c);
	arena_unmap(&o->arena);
}

__attribute__((format(printf, 2, 3))) static void say(char *out, const char *format, ...)
{
	size_t n = strlen(out);
	va_list ap;

	va_start(ap, format);
	vsnprintf(out + n, RESULT_MAX - n, format, ap);
	va_end(ap);
}

/* Reads everything and writes it down. Frames of one input hold the filler bytes 0, 1, 2 ... */
static void read_all(struct capture *c, char *out)
{
	struct frame f;
	uint32_t which = 0;
	const char *what = NULL;
	const struct damage *damage;

	out[0] = '\0';
	int r = capture_start(c, &which, &what);

	if (r < 0) {
		if (what != NULL)
			say(out, "?%s", what);
		else
			say(out, "?errno %d", -r);
		return;
	}
	while (capture_next(c, &f) == 1) {
		say(out, "%u/%u@%lld:%u", f.n, f.wire, (long long)f.at_ns, f.link);
		if (f.dropped > 0)
			say(out, "+%u", f.dropped);
		say(out, " ");
		for (uint32_t i = 0; i < f.n; i++)
			if (f.p[i] != (uint8_t)i) {
				say(out, "(byte %u differs) ", i);
				break;
			}
	}
	assert_int_equal(capture_next(c, &f), 0);
	size_t n = capture_damage(c, &damage);

	for (size_t i = 0; i < n; i++)
		say(out, "!%s@%llu ", damage[i].what, (unsigned long long)damage[i].offset);
	if (n == 0)
		say(out, ".");
	else
		out[strlen(out) - 1] = '\0';
}

static void read_made(struct made *m, size_t chunk, char *out)
{
	struct opened o = opened_for(1);

	m->at = 0;
	m->chunk = chunk;
	assert_int_equal(capture_add_source(o.c, (struct source){ made_read, m }, "row", 0, m->n), 0);
	read_all(o.c, out);
	opened_done(&o);
}

static bool expect(const struct row *r, const char *how, struct made *m)
{
	static const size_t chunks[] = { 0, 1, 7 };
	static char got[RESULT_MAX];
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
		read_made(m, chunks[i], got);
		if (strcmp(got, r->result) == 0)
			continue;
		good = false;
		print_error("%s (%s, %zu at a time):\n\twant %s\n\tgot  %s\n", r->what, how, chunks[i],
			    r->result, got);
	}
	return good;
}

/* Every row plain, in gzip and in zstd, whole and in small pieces: the result must not change. */
__attribute__((unused)) static void run_rows(const struct row *rows, size_t n)
{
	int bad = 0;

	for (const struct row *r = rows; r < rows + n; r++) {
		struct made plain = make(r->bytes), gz = gzipped(&plain), zst = zstded(&plain);

		bad += !expect(r, "plain", &plain) + !expect(r, "gzip", &gz) + !expect(r, "zstd", &zst);
		free(plain.p);
		free(gz.p);
		free(zst.p);
	}
	assert_int_equal(bad, 0);
}

#endif

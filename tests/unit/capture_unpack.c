/* gzip and zstd: members, frames, and every way they can be damaged. Plain rows run packed in the other
 * tests. */
#include "capture_rows.h"

#define FRAME "4:1 4:5 4:3 4:60 x3 "
#define READ "3/60@1000005000:1 "

static struct made joined(const struct made *a, const struct made *b)
{
	struct made m = { .p = malloc(MADE_MAX), .n = a->n + b->n };

	assert_true(m.n <= MADE_MAX);
	memcpy(m.p, a->p, a->n);
	memcpy(m.p + a->n, b->p, b->n);
	return m;
}

enum how { GZIP, ZSTD, AS_IS };

/* Parts that are packed one by one and then joined; the whole is cut or changed. */
static const struct packed_row {
	const char *what;
	struct { enum how how; const char *bytes; } parts[3];
	int cut;		/* bytes taken from the end; negative: all but so many */
	int change;		/* this byte, from the end when negative, is inverted; 0: none */
	const char *result;
} packed_rows[] = {
	{ "gzip of two members", { { GZIP, "L PCAP " FRAME }, { GZIP, FRAME } }, 0, 0, READ READ "." },
	{ "a member may end inside a frame", { { GZIP, "L PCAP 4:1 4:5" }, { GZIP, "4:3 4:60 x3 " FRAME } },
	  0, 0, READ READ "." },
	{ "an empty member between", { { GZIP, "L PCAP " FRAME }, { GZIP, "" }, { GZIP, FRAME } }, 0, 0,
	  READ READ "." },
	{ "zeroes behind gzip", { { GZIP, "L PCAP " FRAME }, { AS_IS, "8:0 8:0 1:0" } }, 0, 0, READ "." },
	{ "other bytes behind gzip", { { GZIP, "L PCAP " FRAME }, { AS_IS, "'more'" } }, 0, 0,
	  READ "!bytes-after-gzip@43" },
	{ "a member behind zeroes", { { GZIP, "L PCAP " FRAME }, { AS_IS, "1:0" }, { GZIP, FRAME } }, 0, 0,
	  READ "!bytes-after-gzip@43" },
	{ "half a magic behind gzip", { { GZIP, "L PCAP " FRAME }, { AS_IS, "1:0x1f" } }, 0, 0,
	  READ "!cut-in-gzip@43" },
	{ "gzip cut in its tail", { { GZIP, "L PCAP " FRAME } }, 1, 0, READ "!cut-in-gzip@43" },
	{ "gzip cut before its tail", { { GZIP, "L PCAP " FRAME } }, 8, 0, READ "!cut-in-gzip@43" },
	{ "gzip cut in its head", { { GZIP, "L PCAP " FRAME } }, -9, 0, "?cut-in-gzip" },
	{ "gzip with a wrong check sum", { { GZIP, "L PCAP " FRAME } }, 0, -8, READ "!bad-gzip@43" },
	{ "gzip with a wrong length", { { GZIP, "L PCAP " FRAME } }, 0, -1, READ "!bad-gzip@43" },
	{ "gzip of an unknown method", { { GZIP, "L PCAP " FRAME } }, 0, 2, "?bad-gzip" },
	{ "gzip of a cut capture", { { GZIP, "L PCAP " FRAME "4:1" } }, 0, 0, READ "!cut-in-packet@43" },
	{ "gzip of something else", { { GZIP, "'hello, world'" } }, 0, 0, "?not-a-capture" },
	{ "gzip of nothing", { { GZIP, "" } }, 0, 0, "?empty" },
	{ "zstd of two frames", { { ZSTD, "L PCAP " FRAME }, { ZSTD, FRAME } }, 0, 0, READ READ "." },
	{ "a skippable frame first", { { AS_IS, "L 4:0x184d2a55 4:5 x5" }, { ZSTD, "L PCAP " FRAME } }, 0, 0,
	  READ "." },
	{ "a skippable frame between", { { ZSTD, "L PCAP " FRAME }, { AS_IS, "L 4:0x184d2a50 4:5 x5" },
	  { ZSTD, FRAME } }, 0, 0, READ READ "." },
	{ "an empty zstd frame between", { { ZSTD, "L PCAP " FRAME }, { ZSTD, "" }, { ZSTD, FRAME } }, 0, 0,
	  READ READ "." },
	{ "zstd cut", { { ZSTD, "L PCAP " FRAME }, { ZSTD, FRAME } }, 1, 0, READ "!cut-in-zstd@61" },
	{ "zstd cut in its first frame", { { ZSTD, "L PCAP " FRAME } }, 1, 0, "?cut-in-zstd" },
	{ "other bytes behind zstd", { { ZSTD, "L PCAP " FRAME }, { AS_IS, "'more'" } }, 0, 0,
	  READ "!bad-zstd@43" },
	{ "zstd with an impossible head", { { ZSTD, "L PCAP " FRAME }, { ZSTD, FRAME } }, 0, -20,
	  READ "!bad-zstd@43" },
	{ "what is good of a damaged zstd frame comes out: its first block of 128 KiB",
	  { { ZSTD, "L PCAP " FRAME "4:1 4:5 4:200000 4:200000 x200000" } }, 0, -10,
	  READ "!bad-zstd@131072" },
	{ "zstd of something else", { { ZSTD, "'hello, world'" } }, 0, 0, "?not-a-capture" },
	{ "zstd of nothing", { { ZSTD, "" } }, 0, 0, "?empty" },
	/* RFC 8878, 3.1.1.1.2: exponent 17, one raw block */
	{ "a window of 128 MiB", { { ZSTD, "L PCAP " FRAME },
	  { AS_IS, "L 4:0xfd2fb528 1:0 1:0x88 1:0x99 2:0 " FRAME } }, 0, 0, READ READ "." },
	{ "a window of 144 MiB", { { ZSTD, "L PCAP " FRAME },
	  { AS_IS, "L 4:0xfd2fb528 1:0 1:0x89 1:0x99 2:0 " FRAME } }, 0, 0, READ "!zstd-window@43" },
	{ "packed twice is not a capture", { { GZIP, "L 4:0x00088b1f 8:0" } }, 0, 0, "?not-a-capture" },
};

static struct made packed(const struct packed_row *r)
{
	struct made m = { .p = malloc(1) };

	for (size_t i = 0; i < ARRAY_LEN(r->parts) && r->parts[i].bytes != NULL; i++) {
		struct made plain = make(r->parts[i].bytes);
		struct made part = r->parts[i].how == GZIP ? gzipped(&plain) :
				   r->parts[i].how == ZSTD ? zstded(&plain) : plain;
		struct made both = joined(&m, &part);

		if (part.p != plain.p)
			free(part.p);
		free(plain.p);
		free(m.p);
		m = both;
	}
	m.n = r->cut < 0 ? (size_t)-r->cut : m.n - (size_t)r->cut;
	if (r->change != 0)
		m.p[r->change < 0 ? m.n - (size_t)-r->change : (size_t)r->change] ^= 0xff;
	return m;
}

static void rows(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(packed_rows); i++) {
		const struct packed_row *p = &packed_rows[i];
		struct row r = { p->what, "", p->result };
		struct made m = packed(p);

		bad += !expect(&r, "packed", &m);
		free(m.p);
	}
	assert_int_equal(bad, 0);
}

/* Much longer than every buffer, with frames of every length, so that frames lie across all borders. */
static void long_input(void **state)
{
	struct made m = make("L PCAP"), gz, zst;
	const struct made *inputs[3] = { &m, &gz, &zst };
	unsigned frames = 0;

	(void)state;
	for (; m.n + 16 + frames % 3000 < MADE_MAX - 4096; frames++) {
		unsigned n = frames % 3000;

		put(&m, false, 4, frames);
		put(&m, false, 4, 0);
		put(&m, false, 4, n);
		put(&m, false, 4, n);
		for (unsigned i = 0; i < n; i++)
			m.p[m.n++] = (uint8_t)(i * 7 + frames);
	}
	gz = gzipped(&m);
	zst = zstded(&m);
	for (size_t k = 0; k < 3; k++) {
		struct made in = *inputs[k];
		struct opened o = opened_for(1);
		struct frame f;
		uint32_t which;
		const char *what;
		const struct damage *damage;
		unsigned got = 0;

		in.chunk = k == 0 ? 100003 : 0;
		capture_add_source(o.c, (struct source){ made_read, &in }, "long", 3, in.n);
		assert_int_equal(capture_start(o.c, &which, &what), 0);
		for (; capture_next(o.c, &f) == 1; got++) {
			assert_int_equal(f.n, got % 3000);
			assert_int_equal(f.at_ns, got * NS_PER_S);
			assert_int_equal(f.tap, 3);
			for (unsigned i = 0; i < f.n; i++)
				if (f.p[i] != (uint8_t)(i * 7 + got))
					fail_msg("frame %u, byte %u", got, i);
		}
		assert_int_equal(got, frames);
		assert_int_equal(capture_damage(o.c, &damage), 0);
		assert_int_equal(capture_stats(o.c)->consumed, in.n);
		assert_int_equal(capture_stats(o.c)->total, in.n);
		opened_done(&o);
	}
	free(m.p);
	free(gz.p);
	free(zst.p);
}

/* Reading fails in the middle: what came before is kept, and the end is told. */
static void read_errors(void **state)
{
	static char got[RESULT_MAX];
	struct made m = make("L PCAP " FRAME FRAME), gz = gzipped(&m);

	(void)state;
	m.fail_at = 43 + 10;
	read_made(&m, 1, got);
	assert_string_equal(got, READ "!read-error@53");
	m.fail_at = 43;
	read_made(&m, 1, got);
	assert_string_equal(got, READ "!read-error@43");
	m.fail_at = 20;
	read_made(&m, 1, got);
	assert_string_equal(got, "?errno 5");
	m.fail_at = 3;
	read_made(&m, 1, got);
	assert_string_equal(got, "?errno 5");
	gz.fail_at = gz.n - 2;
	read_made(&gz, 1, got);
	assert_string_equal(got, READ READ "!read-error@62");
	gz.fail_at = 12;
	read_made(&gz, 1, got);
	assert_string_equal(got, "?errno 5");
	free(m.p);
	free(gz.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows), cmocka_unit_test(long_input), cmocka_unit_test(read_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

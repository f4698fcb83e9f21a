/* TCP segments with their sequence numbers, the streams they must become, and what must be counted. */
#include "stream_bench.h"
#include "stream_bench.inc"

/* A script is lines of:
 *   > FLAGS SEQ ACK [text] [+N]   a segment of that direction; N more bytes that the capture cut off
 *   @ SECONDS                     the clock
 *   x N > FLAGS SEQ ACK text      N segments, one behind the other
 * FLAGS out of S F R A; the client's bytes begin at 100, the server's at 500. */
#define HELLO "> S 99 0\n< SA 499 100\n> A 100 500\n"
/* The same with one byte that claims the flow: what is lost before that is known from after_loss alone. */
#define BEGUN "> S 98 0\n< SA 499 99\n> A 99 500 -\n"

static const struct row {
	const char *what, *script, *log, *sums;
} rows[] = {
	{ "in order, both ways", HELLO "> A 100 500 abc\n< A 500 103 xy\n> A 103 502 de", ">abc<xy>de.<.|",
	  "" },
	{ "a segment sent again is counted once", HELLO "> A 100 500 abc\n> A 100 500 abc\n> A 103 500 d",
	  ">abcd.|", "overlap=3" },
	{ "sent again with more behind it", HELLO "> A 100 500 abc\n> A 100 500 abcdef", ">abcdef.|",
	  "overlap=3" },
	{ "sent again with other bytes: the first win, and it is said",
	  HELLO "> A 100 500 abc\n> A 100 500 aXc\n> A 103 500 d", ">abc!d.|", "overlap=3" },
	{ "part of an earlier segment with other bytes", HELLO "> A 100 500 abcdef\n> A 103 500 dXfg",
	  ">abcdefg!.|", "overlap=3" },
	{ "two segments, then both in one with other bytes",
	  HELLO "> A 100 500 abc\n> A 103 500 def\n> A 100 500 abcdeX", ">abcdef!.|", "overlap=6" },
	{ "out of order", HELLO "> A 103 500 def\n> A 100 500 abc\n> A 106 500 g", ">abcdefg.|", "" },
	{ "backwards", HELLO "> A 104 500 e\n> A 103 500 d\n> A 102 500 c\n> A 101 500 b\n> A 100 500 a",
	  ">abcde.|", "" },
	{ "waiting bytes win over later ones", HELLO "> A 103 500 def\n> A 100 500 abcXYZg", ">abcdefg!.|",
	  "overlap=3" },
	{ "a segment over two waiting ones and the hole between",
	  HELLO "> A 102 500 c\n> A 104 500 e\n> A 101 500 bcdef\n> A 100 500 a", ">abcdef.|", "overlap=2" },
	{ "a hole the peer acknowledged past is loss at once",
	  BEGUN "> A 103 500 def\n< A 500 106\n> A 106 500 g", ">-[-3]defg.|", "missing=3" },
	{ "acknowledged before the later data came", BEGUN "< A 500 103\n> A 103 500 def", ">-[-3]def.|",
	  "missing=3" },
	{ "acknowledged only up to the hole: it stays open",
	  BEGUN "> A 103 500 def\n< A 500 100\n> A 100 500 abc", ">-abcdef.|", "" },
	{ "a hole before the flow was claimed", HELLO "> A 103 500 def\n< A 500 106", ">def.|", "missing=3" },
	{ "a hole is loss after one second",
	  BEGUN "> A 103 500 def\n@ 0.9\n> A 106 500 g\n@ 1.5\n> A 107 500 h", ">-[-3]defgh.|", "missing=3" },
	{ "also when segments keep coming behind it",
	  BEGUN "> A 103 500 d\n@ 0.6\n> A 104 500 e\n@ 1.1\n> A 105 500 f\n"
	  "< A 500 100\n@ 1.2\n> A 100 500 abc", ">-[-3]def.|", "overlap=3 missing=3" },
	{ "what fills the hole after that comes too late", BEGUN "> A 103 500 def\n@ 1.5\n> A 100 500 abc",
	  ">-[-3]def.|", "overlap=3 missing=3" },
	{ "64 segments behind a hole", BEGUN "x 64 > A 103 500 d\n> A 100 500 abc",
	  ">-[-3]dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.|", "overlap=3 missing=3" },
	{ "63 segments wait", BEGUN "x 63 > A 103 500 d\n> A 100 500 abc",
	  ">-abcddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.|", "" },
	{ "two holes", BEGUN "> A 103 500 d\n> A 106 500 g\n< A 500 107", ">-[-3]d[-2]g.|", "missing=5" },
	{ "a keep-alive is not data", HELLO "> A 100 500 abc\n> A 102 500 X\n> A 103 500 d", ">abcd.|",
	  "overlap=1" },
	{ "an empty keep-alive", HELLO "> A 100 500 abc\n> A 102 500\n> A 103 500 d", ">abcd.|", "" },
	{ "sequence numbers wrap", "> S 4294967293 0\n< SA 499 4294967294\n> A 4294967294 500 abc\n> A 1 500 "
				   "de",
	  ">abcde.|", "" },
	{ "out of order over the wrap",
	  "> S 4294967293 0\n< SA 499 4294967294\n> A 1 500 de\n> A 4294967294 500 abc", ">abcde.|", "" },
	{ "data where the SYN stood, and nothing beyond the SYN acknowledged: a capture written by program",
	  "> S 99 0\n< SA 499 99\n> A 99 499\n> A 99 499 abc\n< A 499 99 xy\n> FA 99 499\n< FA 499 99",
	  ">abc<xy>.<.|", "" },
	{ "a byte where the SYN stood, though the SYN was acknowledged: nobody gets it",
	  HELLO "> A 99 500 Xabc", ">abc.|", "overlap=1" },
	{ "data in the SYN", "> S 99 0 abc\n< SA 499 103\n> A 103 500 de", ">abcde.|", "" },
	{ "data in the SYN, repeated after it was refused", "> S 99 0 abc\n< SA 499 100\n> A 100 500 abcde",
	  ">abcde.|", "overlap=3" },
	{ "FIN with data, both ways", HELLO "> FA 100 500 abc\n< FA 500 104 xy\n> A 104 503", ">abc.<xy.|",
	  "" },
	{ "a FIN before the data in front of it",
	  HELLO "> FA 103 500 def\n> A 100 500 abc\n< FA 500 107\n> A 107 501", ">abcdef.|", "" },
	{ "a FIN alone, and the data in front of it lost",
	  BEGUN "> FA 103 500\n< A 500 104\n< FA 500 104\n> A 104 501", ">-[-3].|", "missing=3" },
	{ "the loss in front of a FIN is known when it is acknowledged",
	  BEGUN "> FA 103 500\n< A 500 104\n< A 500 104 x", ">-[-3].<x.|", "missing=3" },
	{ "the host goes on after both FINs: a flow of its own",
	  HELLO "> FA 100 500\n< FA 500 101\n< A 501 101 xyz", "<xyz.|", "" },
	{ "data after one FIN: somebody else sent it",
	  HELLO "> A 100 500 a\n> FA 101 500\n> A 101 500 bc\n< A 500 103 x", ">a.bc<x>.<.|", "" },
	{ "and its forged FIN does not count when the other side ends",
	  HELLO "> A 100 500 a\n> FA 101 500\n> A 101 500 bc\n"
	  "< FA 500 103\n> A 103 501 d\n> FA 104 501", ">a.bcd.|", "" },
	{ "RST ends the flow", HELLO "> A 100 500 abc\n< RA 500 103", ">abc.|", "" },
	{ "the text of a RST is not part of the stream", HELLO "> A 100 500 abc\n< RA 500 103 why", ">abc.|",
	  "discarded=3" },
	{ "a RST far outside the stream is ignored", HELLO "> A 100 500 abc\n> R 99999999 0\n> A 103 500 d",
	  ">abcd.|", "" },
	{ "data in flight after a RST of the other side",
	  HELLO "> A 100 500 abc\n< RA 500 103\n> A 103 500 de", ">abc.|", "discarded=2" },
	{ "the host goes on after \"its\" RST: a flow of its own",
	  HELLO "> A 100 500 abc\n> RA 103 500\n> A 103 500 de", ">abc.|de.|", "" },
	{ "segments far away are not of this stream",
	  HELLO "> A 100 500 abc\n> A 999999999 500 XX\n> A 103 500 de", ">abcde.|", "discarded=2" },
	{ "far away, but the peer acknowledged it", BEGUN "< A 500 30000000\n> A 30000000 500 x",
	  ">-[-29999900]x.|", "missing=29999900" },
	{ "eight in a row are, after all", HELLO "> A 100 500 abc\nx 9 > A 50000000 500 Z\n",
	  ">abc[-49999904]ZZ.|", "discarded=7 missing=49999904" },
	{ "mid-stream", "> A 100 500 abc\n< A 500 103 xy\n> A 103 502 de", ">abc<xy>de.<.|", "" },
	{ "mid-stream, the first segments in the wrong order",
	  "> A 103 500 def\n> A 100 500 abc\n> A 106 500 g", ">defg.|", "overlap=3" },
	{ "one way, a hole", "> A 100 500 abc\n> A 105 500 fg\n@ 2\n> A 107 500 h", ">abc[-2]fgh.|",
	  "missing=2" },
	{ "a snap length cuts segments", HELLO "> A 100 500 abc +4\n> A 107 500 hi +1\n> A 110 500 k",
	  ">abc[-4]hi[-1]k.|", "missing=5" },
	{ "the cut is loss at once", HELLO "> A 100 500 abc +4\n< A 500 107 x\n> A 107 501 d",
	  ">abc[-4]<x>d.<.|", "missing=4" },
	{ "cut and out of order", HELLO "> A 105 500 fg +1\n> A 100 500 abc +2\n< A 500 109\n> A 108 500 i",
	  ">abc[-2]fg[-1]i.|", "missing=3" },
	{ "the tail was acknowledged and never seen", HELLO "> A 100 500 abc\n< A 500 110", ">abc[-7].|",
	  "missing=7" },
	{ "what still waits at the end is delivered", BEGUN "> A 103 500 def\n> A 108 500 i",
	  ">-[-3]def[-2]i.|", "missing=5" },
	{ "a new SYN after the end: a new flow",
	  HELLO "> A 100 500 a\n> FA 101 500\n< FA 500 102\n> A 102 501\n"
	  "> S 9000 0\n< SA 8000 9001\n> A 9001 8001 b", ">a.|b.|", "" },
	{ "a new SYN on an idle flow: a new flow", HELLO "> A 100 500 a\n@ 11\n> S 9000 0\n> A 9001 8001 b",
	  ">a.|b.|", "" },
	{ "a forged SYN on a flow in use changes nothing",
	  HELLO "> A 100 500 a\n< A 500 101 x\n> S 9000 0\n> A 101 501 b", ">a<x>b.<.|", "" },
	{ "the SYN sent again", "> S 99 0\n> S 99 0\n< SA 499 100\n< SA 499 100\n> A 100 500 abc", ">abc.|",
	  "" },
	{ "the SYN-ACK alone tells the ends", "< SA 499 100\n> A 103 500 def\n> A 100 500 abc", ">abcdef.|",
	  "" },
	{ "a zero window and its probe",
	  HELLO "> A 100 500 abc\n< A 500 103\n> A 103 500 d\n> A 103 500 d\n> A 104 500 e", ">abcde.|",
	  "overlap=1" },
};

static uint8_t flags_of(const char *word)
{
	uint8_t flags = 0;

	for (; *word != 0; word++)
		flags |= *word == 'S' ? TCP_SYN : *word == 'F' ? TCP_FIN : *word == 'R' ? TCP_RST : TCP_ACK;
	return flags;
}

static void run_line(const char *line)
{
	char dir[4] = "", flags[8] = "", text[256] = "", more[32] = "";
	unsigned times = 1, skipped = 0;
	uint32_t seq = 0, ack = 0;
	double at;

	if (sscanf(line, "@ %lf", &at) == 1) {
		bench_clock((int64_t)(at * 1e9));
		return;
	}
	if (sscanf(line, "x %u %n", &times, (int *)&skipped) == 1)
		line += skipped;
	if (sscanf(line, "%3s %7s %u %u %255s %31s", dir, flags, &seq, &ack, text, more) < 4)
		return;
	size_t n = strlen(text);
	size_t cut = more[0] == '+' ? strtoul(more + 1, NULL, 10) : 0;

	for (unsigned i = 0; i < times; i++)
		bench_frame(KIND_TCP, 7001, dir[0] == '<', flags_of(flags), seq + i * (uint32_t)n, ack, text,
			    n, n + cut);
}

static void run_script(const char *script)
{
	char copy[4096], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", script);
	for (char *line = strtok_r(copy, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		run_line(line);
}

static void row_test(void **state)
{
	const struct row *row = *state;
	char sums[256];

	bench.limits = (struct limits)LIMITS_DEFAULT;
	bench_open();
	run_script(row->script);
	bench_close();
	bench_sums(sums, sizeof(sums));
	assert_string_equal(bench.log, row->log);
	assert_string_equal(sums, row->sums);
}

/* ---- a model: which byte at which place came first ---- */

enum { STREAM = 3000 };

static uint64_t seed;

static uint32_t dice(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % n;
}

struct sent { uint32_t at, n; uint8_t byte[200]; };

/* A stream cut at random, some of it lost, sent again (sometimes with other bytes), out of order. */
static size_t make_segments(struct sent *out, size_t cap)
{
	size_t count = 0;

	for (uint32_t at = 0; at < STREAM && count + 2 < cap;) {
		uint32_t n = 1 + dice(dice(4) == 0 ? 190 : 90);

		if (n > STREAM - at)
			n = STREAM - at;
		struct sent g = { .at = at, .n = n };

		for (uint32_t i = 0; i < n; i++)
			g.byte[i] = (uint8_t)('a' + (at + i) % 26);
		at += n;
		if (dice(12) == 0 && count > 0)
			continue;		/* lost; never the first, which tells where the stream
						 * begins */
		out[count++] = g;
		if (dice(6) == 0) {		/* again, from a bit before or after, perhaps with another
						 * byte */
			uint32_t back = dice(60);

			g.at = g.at > back ? g.at - back : 0;
			for (uint32_t i = 0; i < g.n; i++)
				g.byte[i] = (uint8_t)('a' + (g.at + i) % 26);
			if (dice(3) == 0)
				g.byte[dice(g.n)] = '#';
			if (g.at + g.n <= STREAM)
				out[count++] = g;
		}
	}
	for (size_t i = 1; i + 1 < count; i++) {	/* the first stays first */
		size_t j = i + dice(4);

		if (j < count && dice(3) == 0) {
			struct sent t = out[i];

			out[i] = out[j];
			out[j] = t;
		}
	}
	return count;
}

/* Delivered text and [-n] against the first bytes seen; every place is accounted for once. */
static void check_delivered(const uint8_t *first, bool exact, uint32_t end)
{
	uint32_t at = 0;

	for (const char *p = bench.log; *p != 0; p++) {
		if (*p == '>' || *p == '!' || *p == '.' || *p == '|')
			continue;
		if (*p == '[') {
			uint32_t n = (uint32_t)strtoul(p + 2, (char **)&p, 10);

			for (uint32_t i = 0; i < n && exact; i++)
				assert_int_equal(first[at + i], 0);
			at += n;
			continue;
		}
		assert_true(at < STREAM);
		assert_int_equal(*p, first[at]);
		at++;
	}
	assert_int_equal(at, end);
}

static void random_run(uint64_t number, bool acks)
{
	static struct sent sent[400];
	static uint8_t first[STREAM];
	uint32_t base = (uint32_t)(number * 2654435761u), end = 0, missing = 0;

	seed = number * 0x9e3779b97f4a7c15u + 1;
	size_t count = make_segments(sent, ARRAY_LEN(sent));

	memset(first, 0, sizeof(first));
	bench_open();
	bench_frame(KIND_TCP, 7001, 0, TCP_SYN, base - 1, 0, NULL, 0, 0);
	bench_frame(KIND_TCP, 7001, 1, TCP_SYN | TCP_ACK, 499, base, NULL, 0, 0);
	for (size_t i = 0; i < count; i++) {
		const struct sent *g = &sent[i];

		bench_frame(KIND_TCP, 7001, 0, TCP_ACK, base + g->at, 500, g->byte, g->n, g->n);
		for (uint32_t k = 0; k < g->n; k++)
			if (first[g->at + k] == 0)
				first[g->at + k] = g->byte[k];
		if (g->at + g->n > end)
			end = g->at + g->n;
		if (acks && dice(5) == 0)
			bench_frame(KIND_TCP, 7001, 1, TCP_ACK, 500, base + (dice(2) == 0 ? end : g->at),
				    NULL, 0, 0);
		if (acks && dice(40) == 0)
			bench_clock(bench.now_ns + 700000000);
	}
	bench_close();
	for (uint32_t i = 0; i < end; i++)
		missing += first[i] == 0;
	if (!acks)
		assert_int_equal(bench.stats.sums.missing, missing);
	check_delivered(first, !acks, end);
}

static void random_without_acks(void **state)
{
	(void)state;
	bench.limits = (struct limits)LIMITS_DEFAULT;
	for (uint64_t i = 1; i <= 150; i++)
		random_run(i, false);
}

static void random_with_acks(void **state)
{
	(void)state;
	bench.limits = (struct limits)LIMITS_DEFAULT;
	for (uint64_t i = 1000; i <= 1150; i++)
		random_run(i, true);
}

/* With next to no room nothing breaks, and the sums still say where every byte went. */
static void random_without_room(void **state)
{
	(void)state;
	bench.limits = (struct limits)LIMITS_DEFAULT;
	bench.limits.segments = 64 * 3;
	bench.limits.gathers = 64;
	for (uint64_t i = 2000; i <= 2020; i++) {
		static struct sent sent[400];

		seed = i;
		size_t count = make_segments(sent, ARRAY_LEN(sent));

		bench_open();
		for (size_t k = 0; k < count; k++)
			bench_frame(KIND_TCP, 7001, 0, TCP_ACK, sent[k].at, 500, sent[k].byte, sent[k].n,
				    sent[k].n);
		bench_close();
	}
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_LEN(rows) + 3];
	size_t n = 0;

	for (; n < ARRAY_LEN(rows); n++)
		tests[n] = (struct CMUnitTest){ rows[n].what, row_test, NULL, NULL, (void *)&rows[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(random_without_acks);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(random_with_acks);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(random_without_room);
	return _cmocka_run_group_tests("stream_tcp", tests, n, NULL, NULL) != 0;
}

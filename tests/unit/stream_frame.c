/* Where messages begin and end, whose flow it is, and when a flow begins and ends. */
#include "stream_bench.h"
#include "stream_bench.inc"

/* A script is lines of words:
 *   > WORDS        a segment or datagram of the client, < of the server; "/" between words begins another;
 *                  T:abc R:abc B:abc S: E: as in stream_bench.h, the length filled in; T!abc the same, but
 *                  one byte longer than what follows; *N: N letters; anything else is sent as it is
 *   lost > N       N bytes that the peer got and the capture did not
 *   @ SECONDS, fin, rst, and: syn (the handshake; without it the flow is mid-stream) */
static const struct row {
	const char *what;
	uint8_t kind;
	uint16_t port;
	bool flows, pieces;
	const char *script, *log, *sums;
} rows[] = {
	/* ---- claiming ---- */
	{ "one message on the usual port", KIND_TCP, 7000, 0, 0, "syn\n> T:abc", ">(abc)|", "" },
	{ "elsewhere two are needed: asked and answered", KIND_TCP, 7002, 0, 0, "syn\n> T:abc\n< T:xy\n> T:d",
	  ">(abc)<(xy)>(d)|", "" },
	{ "elsewhere two are needed: both of one side", KIND_TCP, 7002, 0, 0, "syn\n> T:abc\n> T:de",
	  ">(abc)(de)|", "" },
	{ "one message elsewhere, and the end: sure enough", KIND_TCP, 7002, 0, 0, "syn\n> T:abc\nfin",
	  ">(abc)|", "" },
	{ "elsewhere, two messages and nonsense behind them: not toy's", KIND_TCP, 7002, 0, 0,
	  "syn\n> T:abc T:d zz\nfin", "", "unclaimed=10" },
	{ "elsewhere, one side speaks something else", KIND_TCP, 7002, 0, 0,
	  "syn\n> T:abc\n< T:x zz\n> T:d\nfin", "", "unclaimed=13" },
	{ "on the usual port, a message and nonsense behind it", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc zz\n> T:d", ">(abc)[-0](*d)|", "lost_sync=2" },
	{ "elsewhere, the first two messages are refused: a wrong guess", KIND_TCP, 7002, 0, 0,
	  "syn\n> R:abc\n< R:x\n> T:d", "", "unclaimed=6 malformed=5" },
	{ "elsewhere, the first one is refused and the second is not", KIND_TCP, 7002, 0, 0,
	  "syn\n> R:abc\n< T:x\n> T:d R:y", "<(x)>(d)?|", "malformed=8" },
	{ "elsewhere, refused in one piece with what follows", KIND_TCP, 7002, 0, 0,
	  "syn\n> R:abc R:d T:e T!ff\n> =g", "", "unclaimed=11 malformed=5" },
	{ "UDP elsewhere, refused twice", KIND_UDP, 7002, 0, 0, "> R:abc\n< R:x\n> T:d", "",
	  "unclaimed=6 malformed=5" },
	{ "the log keeps the order of both sides", KIND_TCP, 7002, 0, 0, "syn\n> T!ab\n< T!x\n> =c\n< =y",
	  ">(abc)<(xy)|", "" },
	{ "nobody's: dropped after 512 bytes, and never asked again", KIND_TCP, 7000, 0, 0,
	  "syn\n> *600\n> T:abc", "", "unclaimed=605" },
	{ "nobody's and short: unclaimed at the end", KIND_TCP, 7000, 0, 0, "syn\n> zzz\nfin", "",
	  "unclaimed=3" },
	{ "mid-stream in the middle of a message: tried again at the next segment", KIND_TCP, 7000, 0, 0,
	  "> zzz\n> zz\n> T:abc", ">(abc)|", "unclaimed=5" },
	{ "a message never whole in 4 KiB", KIND_TCP, 7000, 0, 0, "syn\n> T!*254\n", "", "unclaimed=256" },
	{ "UDP on the usual port", KIND_UDP, 7000, 0, 0, "> T:abc\n< T:xy", ">(abc)<(xy)|", "" },
	{ "UDP elsewhere: the second datagram", KIND_UDP, 7002, 0, 0, "> T:abc\n< T:xy\n> T:d",
	  ">(abc)<(xy)>(d)|", "" },
	{ "UDP elsewhere, unknown first", KIND_UDP, 7002, 0, 0, "> zzz\n< T:xy\n> T:d", "<(xy)>(d)|",
	  "unclaimed=3" },
	{ "UDP, never known: not asked for ever", KIND_UDP, 7000, 0, 0,
	  "> z\n> z\n> z\n> z\n> z\n> z\n> z\n> z\n> T:abc", "", "unclaimed=13" },
	{ "an ethertype alone decides", KIND_ETHER, 0x88b5, 0, 0, "> T:abc\n< T:xy", ">(abc)<(xy)", "" },
	{ "another ethertype is nobody's", KIND_ETHER, 0x88b6, 0, 0, "> T:abc", "", "unclaimed=5" },
	/* ---- framing ---- */
	{ "many messages in one segment", KIND_TCP, 7000, 0, 0, "syn\n> T:abc T:de T: T:f",
	  ">(abc)(de)()(f)|", "" },
	{ "a message in pieces", KIND_TCP, 7000, 0, 0, "syn\n> T:abc\n> T!d / =e T!f / =g", ">(abc)(de)(fg)|",
	  "" },
	{ "its head in pieces", KIND_TCP, 7000, 0, 0, "syn\n> T:abc\n> T / =\2 / d / e T", ">(abc)(de)|",
	  "lost_sync=1" },
	{ "a large message", KIND_TCP, 7000, 0, 0, "syn\n> T:abc\n> T!*254 / =a",
	  ">(abc)(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)|", "" },
	{ "a refused message is malformed and keeps the sync", KIND_TCP, 7000, 0, 0, "syn\n> T:abc R:xx T:de",
	  ">(abc)(de)?|", "malformed=4" },
	{ "a refused head takes its body with it", KIND_TCP, 7000, 0, 0, "syn\n> T:abc\n> Q:123 T:d",
	  ">(abc)(d)?|", "malformed=5" },
	{ "a message of no bytes is nonsense", KIND_TCP, 7000, 0, 0, "syn\n> T:abc\n> Z:\n> T:d",
	  ">(abc)[-0](*d)|", "lost_sync=2" },
	{ "a head in pieces that is nobody's", KIND_TCP, 7000, 0, 0, "syn\n> T:abc\n> z / z T:x\n> T:d",
	  ">(abc)[-0](*d)|", "lost_sync=5" },
	{ "a body comes as it comes", KIND_TCP, 7000, 0, 1, "syn\n> T:abc\n> B:12345 T:d",
	  ">(abc){12345}.(d)|", "" },
	{ "a body in pieces", KIND_TCP, 7000, 0, 1, "syn\n> T:abc\n> B!1234 / =5T / =\1d",
	  ">(abc){1234}{5}.(d)|", "" },
	{ "an empty body has a last piece too", KIND_TCP, 7000, 0, 1, "syn\n> T:abc\n> B: T:d",
	  ">(abc){}.(d)|", "" },
	{ "a body to the end of the flow", KIND_TCP, 7000, 0, 1, "syn\n> T:abc\n> E: 123 / 45\nfin",
	  ">(abc){123}{45}{}.|", "" },
	{ "the flow becomes another's: the next byte is its", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\n> S: T:d\n< xyz", ">(abc)()T\1d<xyz>.<.|", "" },
	{ "what the other side was doing is forgotten then", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\n< =Q\11ab\n> S:\n< xyz", ">(abc)?()<xyz.|", "malformed=4" },
	/* ---- loss ---- */
	{ "loss of whole messages: sync found at the next segment", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\nlost > 10\n> T:de\n> T:f", ">(abc)[-10](*de)(f)|", "missing=10" },
	{ "loss inside a message of known length: the rest is skipped", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\n> =T\11ab\nlost > 4\n> =ghi T:d", ">(abc)[-4](*d)|", "lost_sync=7 missing=4" },
	{ "loss up to the end of a known message", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\n> =T\11ab\nlost > 7\n> T:d T:e", ">(abc)[-7](*d)(e)|", "lost_sync=4 missing=7" },
	{ "loss beyond it: sync is sought", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\n> =T\11ab\nlost > 9\n> zz\n> T:d T:e", ">(abc)[-9](*d)(e)|",
	  "lost_sync=6 missing=9" },
	{ "loss inside a body: it goes on behind the hole", KIND_TCP, 7000, 0, 1,
	  "syn\n> T:abc\n> =B\11ab\nlost > 4\n> =ghi T:d", ">(abc){ab}[-4]{ghi}.(*d)|", "missing=4" },
	{ "loss of the rest of a body", KIND_TCP, 7000, 0, 1, "syn\n> T:abc\n> =B\11ab\nlost > 7\n> T:d",
	  ">(abc){ab}[-7]{}.(*d)|", "missing=7" },
	/* ---- what waited for a message that ended earlier ---- */
	{ "a body that began in the buffer", KIND_TCP, 7000, 0, 1, "syn\n> T:a\n> =L\3ab\n> =c T:d",
	  ">(a){ab}{c}.(d)|", "" },
	{ "a body that began and ended there", KIND_TCP, 7000, 0, 1, "syn\n> T:a\n> =L\2abT\n> =\1d T:e",
	  ">(a){ab}.(d)(e)|", "" },
	{ "no body, and what follows waits on", KIND_TCP, 7000, 0, 1, "syn\n> T:a\n> =L\1aT\n> =\3 =bcd T:e",
	  ">(a){a}.(bcd)(e)|", "" },
	{ "nonsense: sync is sought at segment starts, regained by two messages", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\n> zzzT:d\n> T!d\n> =e T:f", ">(abc)[-0](*de)(f)|", "lost_sync=6" },
	{ "one message that fills its segment is enough", KIND_TCP, 7000, 0, 0, "syn\n> T:abc\n> zz\n> T:de",
	  ">(abc)[-0](*de)|", "lost_sync=2" },
	{ "one message with nonsense behind it is not", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\n> zz\n> T:de zz\n> T:f T:g", ">(abc)[-0](*f)(g)|", "lost_sync=8" },
	{ "a message begun behind a loss, the second one wrong", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\n> zz\n> T!d\n> =e zz\n> T:f T:g", ">(abc)[-0](*f)(g)|", "lost_sync=8" },
	{ "16 failures: the direction is skipped", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\n> zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz\n> "
	  "T:d T:e\n< T:x", ">(abc)[-0]<(x)|",
	  "lost_sync=38" },
	{ "15 are not", KIND_TCP, 7000, 0, 0,
	  "syn\n> T:abc\n> zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz / zz\n> T:d "
	  "T:e", ">(abc)[-0](*d)(e)|",
	  "lost_sync=30" },
	/* ---- flows ---- */
	{ "opened, answered, closed", KIND_TCP, 7000, 1, 0, "syn\n> T:a\nfin\n@ 60\n@ 61",
	  " opened@0.0 answered@0.0>(a)| closed-fin@60.0", "" },
	{ "never answered: 60 s", KIND_TCP, 7003, 1, 0, "SYN\n@ 61", " opened@0.0 closed-timeout@60.0", "" },
	{ "established and silent: an hour", KIND_TCP, 7003, 1, 0, "syn\n@ 3599\n@ 3601",
	  " opened@0.0 answered@0.0 closed-timeout@3600.0", "" },
	{ "UDP: two minutes", KIND_UDP, 7003, 1, 0, "> z\n@ 100\n> z\n@ 230",
	  " opened?@0.0 update?@100.0 closed-timeout?@220.0", "unclaimed=2" },
	{ "frames: ten minutes", KIND_ETHER, 0x88b6, 1, 0, "> z\n< z\n@ 601",
	  " opened@0.0 answered@0.0 closed-timeout@600.0", "unclaimed=2" },
	{ "said again every minute while in use", KIND_TCP, 7003, 1, 0,
	  "syn\n@ 30\n> z\n@ 61\n> z\n@ 100\n> z\n@ 125\n> z",
	  " opened@0.0 answered@0.0 update@61.0 update@125.0 closed-capture@125.0", "unclaimed=4" },
	{ "mid-stream on a known port: the ends are a guess", KIND_TCP, 7000, 1, 0, "< T:a\n> T:b",
	  "<(a) opened?@0.0>(b) answered?@0.0| closed-capture?@0.0", "" },
	{ "UDP on a known port: the ends are known", KIND_UDP, 7000, 1, 0, "< T:a",
	  "<(a) opened@0.0| closed-capture@0.0", "" },
	{ "a reset", KIND_TCP, 7000, 1, 0, "syn\n> T:a\nrst\n@ 61",
	  " opened@0.0 answered@0.0>(a)| closed-rst@60.0", "" },
};

static const struct row *row;
static uint32_t seq[2];

static void segment(unsigned d, const uint8_t *p, size_t n)
{
	if (row->kind == KIND_ETHER) {
		struct layers l;

		bench_layers(&l, KIND_ETHER, 0, d);
		memset(l.src_ip, 0, 16);
		memset(l.dst_ip, 0, 16);
		l.src_port = l.dst_port = 0;
		l.ether = row->port;
		l.ip_proto = 0;
		bench_show(&l, p, n);
		return;
	}
	bench_frame(row->kind, row->port, d, TCP_ACK, seq[d], seq[!d], p, n, n);
	seq[d] += (uint32_t)n;
}

/* Appends the bytes of one word; see above. */
static size_t word(uint8_t *out, const char *w)
{
	size_t n = 0;

	if (w[0] == '=') {
		memcpy(out, w + 1, strlen(w + 1));
		return strlen(w + 1);
	}
	if (w[0] != '*' && w[0] != 0 && (w[1] == ':' || w[1] == '!') && strchr("TRBSEQZ", w[0]) != NULL) {
		n = word(out + 2, w + 2);
		out[0] = (uint8_t)w[0];
		out[1] = (uint8_t)(n + (w[1] == '!'));
		return n + 2;
	}
	if (w[0] == '*') {
		n = strtoul(w + 1, NULL, 10);
		memset(out, 'a', n);
		return n;
	}
	memcpy(out, w, strlen(w));
	return strlen(w);
}

static void run_line(char *line)
{
	static uint8_t bytes[1 << 16];
	char *save = NULL, *w = strtok_r(line, " ", &save);
	size_t n = 0;

	if (w == NULL)
		return;
	if (*w == '@') {
		bench_clock((int64_t)(strtod(strtok_r(NULL, " ", &save), NULL) * 1e9));
	} else if (strcmp(w, "lost") == 0) {
		unsigned d = *strtok_r(NULL, " ", &save) == '<';

		seq[d] += (uint32_t)strtoul(strtok_r(NULL, " ", &save), NULL, 10);
		segment(!d, NULL, 0);
	} else if (strcmp(w, "syn") == 0) {
		bench_frame(KIND_TCP, row->port, 0, TCP_SYN, seq[0] - 1, 0, NULL, 0, 0);
		bench_frame(KIND_TCP, row->port, 1, TCP_SYN | TCP_ACK, seq[1] - 1, seq[0], NULL, 0, 0);
	} else if (strcmp(w, "SYN") == 0) {
		bench_frame(KIND_TCP, row->port, 0, TCP_SYN, seq[0] - 1, 0, NULL, 0, 0);
	} else if (strcmp(w, "fin") == 0) {
		bench_frame(KIND_TCP, row->port, 0, TCP_FIN | TCP_ACK, seq[0], seq[1], NULL, 0, 0);
		bench_frame(KIND_TCP, row->port, 1, TCP_FIN | TCP_ACK, seq[1], seq[0] + 1, NULL, 0, 0);
	} else if (strcmp(w, "rst") == 0) {
		bench_frame(KIND_TCP, row->port, 0, TCP_RST, seq[0], 0, NULL, 0, 0);
	} else {
		unsigned d = *w == '<';

		while ((w = strtok_r(NULL, " ", &save)) != NULL) {
			if (strcmp(w, "/") != 0) {
				n += word(bytes + n, w);
				continue;
			}
			segment(d, bytes, n);
			n = 0;
		}
		segment(d, bytes, n);
	}
}

static void row_test(void **state)
{
	char script[4096], sums[256], *save = NULL;

	row = *state;
	bench.limits = (struct limits)LIMITS_DEFAULT;
	bench.flows = row->flows;
	bench.pieces = row->pieces;
	seq[0] = 100;
	seq[1] = 500;
	bench_open();
	snprintf(script, sizeof(script), "%s", row->script);
	for (char *line = strtok_r(script, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		run_line(line);
	bench_close();
	bench_sums(sums, sizeof(sums));
	assert_string_equal(bench.log, row->log);
	assert_string_equal(sums, row->sums);
}

/* ---- SCTP ---- */

static size_t sctp_chunk(uint8_t *out, uint8_t flags, uint32_t tsn, uint16_t stream, uint32_t ppid,
			 const char *text)
{
	size_t n = strlen(text), length = 16 + n;
	uint8_t head[16] = { 0, flags, (uint8_t)(length >> 8), (uint8_t)length, (uint8_t)(tsn >> 24),
			     (uint8_t)(tsn >> 16), (uint8_t)(tsn >> 8), (uint8_t)tsn, (uint8_t)(stream >> 8),
			     (uint8_t)stream, 0, 0, (uint8_t)(ppid >> 24), (uint8_t)(ppid >> 16),
			     (uint8_t)(ppid >> 8), (uint8_t)ppid };

	memcpy(out, head, 16);
	memcpy(out + 16, text, n);
	memset(out + length, 0, (4 - length % 4) % 4);
	return length + (4 - length % 4) % 4;
}

static const struct sctp_row {
	const char *what;
	struct { uint8_t dir, flags; uint32_t tsn; uint16_t stream; uint32_t ppid; const char *text;
		 } chunk[6];
	const char *log, *sums;
} sctp_rows[] = {
	{ "claimed by the protocol identifier", { { 0, 3, 1, 0, 46, "T.abc" }, { 1, 3, 1, 0, 46, "T.xy" } },
	  ">(abc)<(xy)|", "" },
	{ "another identifier is nobody's", { { 0, 3, 1, 0, 47, "T.abc" } }, "", "unclaimed=5" },
	{ "fragments", { { 0, 2, 1, 0, 46, "T.a" }, { 0, 0, 2, 0, 46, "b" }, { 0, 1, 3, 0, 46, "c" } },
	  ">(abc)|", "" },
	{ "fragments, one missing", { { 0, 2, 1, 0, 46, "T.a" }, { 0, 1, 3, 0, 46, "c" },
				      { 0, 3, 4, 0, 46, "T.d" } }, ">(d)|",
	  "lost_sync=4" },
	{ "fragments of two streams", { { 0, 2, 1, 0, 46, "T.a" }, { 0, 2, 2, 1, 46, "T.x" },
					{ 0, 3, 3, 2, 46, "T.m" } },
	  ">(m)|", "lost_sync=6" },
	{ "a fragment of another stream does not belong",
	  { { 0, 2, 1, 0, 46, "T.a" }, { 0, 1, 2, 1, 46, "b" } }, "", "lost_sync=4" },
	{ "sent again", { { 0, 3, 1, 0, 46, "T.abc" }, { 0, 3, 1, 0, 46, "T.abc" } }, ">(abc)|",
	  "overlap=5" },
	{ "late, but not seen before", { { 0, 3, 2, 0, 46, "T.b" }, { 0, 3, 1, 0, 46, "T.a" } }, ">(b)(a)|",
	  "" },
};

static void sctp_test(void **state)
{
	const struct sctp_row *r = *state;
	uint8_t bytes[256];
	char sums[256];

	bench.limits = (struct limits)LIMITS_DEFAULT;
	bench.flows = bench.pieces = false;
	bench_open();
	for (size_t i = 0; i < ARRAY_LEN(r->chunk) && r->chunk[i].text != NULL; i++) {
		size_t n = sctp_chunk(bytes, r->chunk[i].flags, r->chunk[i].tsn, r->chunk[i].stream,
				      r->chunk[i].ppid, r->chunk[i].text);

		bench_frame(KIND_SCTP, 36412, r->chunk[i].dir, 0, 0, 0, bytes, n, n);
	}
	bench_close();
	bench_sums(sums, sizeof(sums));
	assert_string_equal(bench.log, r->log);
	assert_string_equal(sums, r->sums);
}

/* ---- the table ---- */

/* Many flows beyond the cap: the oldest give way, and every one of the newest is still found. */
static void evictions(void **state)
{
	enum { CAP = 2000, FLOWS = 6000 };

	(void)state;
	bench.limits = (struct limits)LIMITS_DEFAULT;
	bench.limits.flows = CAP * SHARDS;
	bench.flows = false;
	bench_open();
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < FLOWS; i++) {
			struct layers l;

			if (round == 1 && i < FLOWS - CAP)
				continue;
			bench_layers(&l, KIND_UDP, 9, round);
			uint16_t *port = round == 0 ? &l.src_port : &l.dst_port;

			*port = (uint16_t)(10000 + i);
			bench_show(&l, "z", 1);
		}
	assert_int_equal(bench.stats.flows_opened, FLOWS);
	assert_int_equal(bench.stats.flows_evicted, FLOWS - CAP);
	bench_clock(1000000000);
	assert_int_equal(bench.stats.limit[0].used, CAP);
	assert_int_equal(bench.stats.limit[0].peak, CAP);
	assert_int_equal(bench.stats.limit[0].refused, FLOWS - CAP);
	bench_clock(130 * NS_PER_S);
	assert_int_equal(bench.stats.limit[0].used, 0);
	bench_close();
}

/* The oldest flow of all gives way, whichever its time-out. */
static void eviction_of_the_oldest(void **state)
{
	(void)state;
	bench.limits = (struct limits)LIMITS_DEFAULT;
	bench.limits.flows = 4 * SHARDS;
	bench.flows = false;
	bench_open();
	bench_frame(KIND_UDP, 9, 0, 0, 0, 0, "z", 1, 1);
	for (uint16_t i = 1; i <= 4; i++) {
		bench_clock(i * NS_PER_S);
		bench_frame(KIND_TCP, (uint16_t)(9 + i), 0, TCP_SYN, 0, 0, NULL, 0, 0);
	}
	assert_int_equal(bench.stats.flows_evicted, 1);
	bench_frame(KIND_TCP, 10, 0, TCP_SYN, 0, 0, NULL, 0, 0);
	assert_int_equal(bench.stats.flows_opened, 5);
	bench_frame(KIND_UDP, 9, 0, 0, 0, 0, "z", 1, 1);
	assert_int_equal(bench.stats.flows_opened, 6);
	bench_close();
}

static void checksum_bad(void **state)
{
	struct layers l;

	(void)state;
	bench.limits = (struct limits)LIMITS_DEFAULT;
	bench_open();
	bench_layers(&l, KIND_UDP, 7000, 0);
	l.flags = LAYER_BAD_CHECKSUM;
	bench_show(&l, "T\1a", 3);
	assert_int_equal(bench.stats.sums.discarded, 3);
	bench_close();
	assert_string_equal(bench.log, "");
}

static void lines(void **state)
{
	static const struct { const char *text; size_t max; int what; uint32_t n; } cuts[] = {
		{ "ab\r\ncd", 10, CUT_MESSAGE, 4 }, { "\n", 10, CUT_MESSAGE, 1 }, { "abc", 10, CUT_NEED, 4 },
		{ "", 10, CUT_NEED, 1 }, { "abcdefghi\n", 10, CUT_MESSAGE, 10 },
		{ "abcdefghij\n", 10, CUT_LOST, 0 }, { "abcdefghij", 10, CUT_LOST, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
		struct bytes b = { (const uint8_t *)cuts[i].text, strlen(cuts[i].text) };
		struct cut c = cut_line(cur_over(b), cuts[i].max);

		assert_int_equal(c.what, cuts[i].what);
		assert_int_equal(c.n, cuts[i].n);
	}
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(sctp_rows) + 4];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ rows[i].what, row_test, NULL, NULL, (void *)&rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(sctp_rows); i++)
		tests[n++] = (struct CMUnitTest){ sctp_rows[i].what, sctp_test, NULL, NULL,
						  (void *)&sctp_rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(evictions);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(eviction_of_the_oldest);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(checksum_bad);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(lines);
	return _cmocka_run_group_tests("stream_frame", tests, n, NULL, NULL) != 0;
}

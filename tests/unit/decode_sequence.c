/* decode_sequence.c: what depends on the frames before: fragments, mirror duplicates, checksums, coverage.
 * The language of the rows is in decode_rows.h. */
#include "decode_rows.h"

static const struct limits limits = LIMITS_DEFAULT;

/* ---- fragments ---- */

/* A UDP datagram of 32 bytes: its header and 8, then 16 more. */
#define V4(flags) "eth:0800 ip4:17 poke:4:0007 poke:6:" flags " "
#define HEAD "x:03e801f600200000 fill:8"
#define FIRST V4("2000") HEAD
#define LAST V4("0002") "fill:16"
#define WHOLE "fragment UDP 10.0.0.1:1000>10.0.0.2:502 24/24 D"
#define V6(header) "eth:86dd ip6:44 x:" header " "
#define FIRST6 V6("1100000100000007") HEAD
#define LAST6 V6("1100001000000007") "fill:16"
#define WHOLE6 "fragment UDP fd00::1:1000>fd00::2:502 24/24 D"

/* Behind the result: fragment frames, dropped ones, datagrams, at the end of the capture. */
static const struct row fragment_rows[] = {
	{ "two fragments", FIRST "; " LAST, "fragment; " WHOLE " | 2 0 1" },
	{ "in the other order", LAST "; " FIRST, "fragment; " WHOLE " | 2 0 1" },
	{ "the last one never comes", FIRST "; eth:0806 fill:28",
	  "fragment; arp ETHER 01>02 0806 28/28 | 0 1 0" },
	{ "padding of the last one is not part of it", FIRST "; " LAST " pad:7",
	  "fragment; " WHOLE " | 2 0 1" },
	{ "three fragments, the middle last",
	  V4("2000") "x:03e801f600200000; " V4("0003") "fill:8; " V4("2001") "fill:16",
	  "fragment; fragment; " WHOLE " | 3 0 1" },
	{ "a repeated fragment adds nothing", FIRST "; @6000 " FIRST "; " LAST,
	  "fragment; fragment; " WHOLE " | 3 0 1" },
	{ "overlapping", FIRST "; " V4("2001") "fill:16; " LAST, "fragment; fragment; " WHOLE " | 3 0 1" },
	{ "one that covers what is there",
	  V4("2001") "fill:8; " V4("2000") "x:03e801f600200000 fill:16; " LAST,
	  "fragment; fragment; " WHOLE " | 3 0 1" },
	{ "another identification", FIRST "; eth:0800 ip4:17 poke:4:0008 poke:6:0002 fill:16",
	  "fragment; fragment | 0 2 0" },
	{ "another protocol", FIRST "; eth:0800 ip4:6 poke:4:0007 poke:6:0002 fill:16",
	  "fragment; fragment | 0 2 0" },
	{ "another source", FIRST "; eth:0800 ip4:17 poke:4:0007 poke:6:0002 poke:15:09 fill:16",
	  "fragment; fragment | 0 2 0" },
	{ "another tap", FIRST "; tap:1 " LAST, "fragment; fragment | 0 2 0" },
	{ "after 30 s", FIRST "; @30000000 " LAST, "fragment; " WHOLE " | 2 0 1" },
	{ "after more than 30 s", FIRST "; @30000001 " LAST, "fragment; fragment | 0 2 0" },
	{ "not the last, and no multiple of eight", V4("2000") "x:03e801f600200000 fill:7",
	  "bad-header | 0 0 0" },
	{ "no bytes", V4("0002"), "bad-header | 0 0 0" },
	{ "behind 65,535 bytes", V4("1fff") "fill:8", "bad-header | 0 0 0" },
	{ "up to 65,535 bytes", V4("1fff") "fill:7", "fragment | 0 1 0" },
	{ "cut by the snap length", FIRST "; " LAST " cut:1", "fragment; fragment-dropped | 0 2 0" },
	{ "another end than the one known", V4("0002") "fill:16; @6000 " V4("0002") "fill:24; " FIRST,
	  "fragment; fragment-dropped; " WHOLE " | 2 1 1" },
	{ "more behind the end", V4("0002") "fill:16; " V4("2003") "fill:16; " FIRST,
	  "fragment; fragment-dropped; " WHOLE " | 2 1 1" },
	{ "a smaller end than the one known",
	  V4("0003") "fill:8; @6000 " V4("0002") "fill:8; " V4("2001") "fill:16; "
	  V4("2000") "x:03e801f600200000", "fragment; fragment-dropped; fragment; " WHOLE " | 3 1 1" },
	{ "an end before what has come", V4("2002") "fill:16; " V4("0002") "fill:8",
	  "fragment; fragment-dropped | 0 2 0" },
	{ "the datagram itself is broken", V4("2000") "x:03e801f600300000 fill:8; " LAST,
	  "fragment; bad-header | 1 0 1" },
	{ "a protocol without a decoder",
	  "eth:0800 ip4:89 poke:6:2000 fill:8; eth:0800 ip4:89 poke:6:0001 fill:8",
	  "fragment; fragment IP 10.0.0.1>10.0.0.2 89 16/16 D | 2 0 1" },
	{ "do not fragment is no fragment", V4("4000") HEAD " fill:16",
	  "udp UDP 10.0.0.1:1000>10.0.0.2:502 24/24 | 0 0 0" },
	{ "a large fragment in several pieces",
	  V4("2000") "x:03e801f617880000 fill:6008; " V4("02f0") "fill:8",
	  "fragment; fragment UDP 10.0.0.1:1000>10.0.0.2:502 6016/6016 D | 2 0 1" },
	{ "IPv6", FIRST6 "; " LAST6, "fragment; " WHOLE6 " | 2 0 1" },
	{ "IPv6, the other order", LAST6 "; " FIRST6, "fragment; " WHOLE6 " | 2 0 1" },
	{ "IPv6, another identification", FIRST6 "; " V6("1100001000000008") "fill:16",
	  "fragment; fragment | 0 2 0" },
	{ "IPv6, the first fragment says what is inside", V6("0600001000000007") "fill:16; " FIRST6,
	  "fragment; " WHOLE6 " | 2 0 1" },
	{ "IPv6, and the last does not", FIRST6 "; " V6("0600001000000007") "fill:16",
	  "fragment; " WHOLE6 " | 2 0 1" },
	{ "IPv6, extension header inside the datagram",
	  V6("3c00000100000007") "x:1100010400000000; " V6("3c00000800000007") "x:03e801f600080000",
	  "fragment; fragment UDP fd00::1:1000>fd00::2:502 0/0 D | 2 0 1" },
	{ "IPv6 atomic fragment beside a datagram of the same identification",
	  FIRST6 "; " V6("1100000000000007") "x:03e801f600080000; " LAST6,
	  "fragment; udp UDP fd00::1:1000>fd00::2:502 0/0; " WHOLE6 " | 2 0 1" },
	{ "inside a tunnel", "eth:0800 ip4:4 ip4:17 poke:6:2000 " HEAD "; eth:0800 ip4:4 ip4:17 poke:6:0002 "
								       "fill:16",
	  "fragment; fragment UDP 10.0.1.1:1000>10.0.1.2:502 ipip:0:10.0.0.1>10.0.0.2@0#1 24/24 DN | 2 0 1" },
	{ "equal addresses in two tunnels", "eth:0800 ip4:47 x:2000080000000001 ip4:17 poke:6:2000 " HEAD
	  "; eth:0800 ip4:47 x:2000080000000002 ip4:17 poke:6:0002 fill:16", "fragment; fragment | 0 2 0" },
	{ "a tunnel in fragments", "eth:0800 ip4:4 poke:6:2000 x:450000240000000040110000 x:0a000901 fill:0; "
	  "eth:0800 ip4:4 poke:6:0002 x:0a000902 x:03e801f600100000 fill:8",
	  "fragment; fragment UDP 10.0.9.1:1000>10.0.9.2:502 ipip:0:10.0.0.1>10.0.0.2@0#1 8/8 DN | 2 0 1" },
	{ "a fragment of the mirror's copy is a duplicate", FIRST "; " FIRST "; " LAST,
	  "fragment; duplicate; " WHOLE " | 2 0 1" },
};

static void finish_fragments(struct decode *d, char *out)
{
	const struct decode_stats *st = decode_stats(d);
	uint8_t tap;
	uint16_t vlan;
	struct health h;
	uint64_t sum = 0;

	while (decode_coverage(d, INT64_MAX, &tap, &vlan, &h))
		;
	for (size_t i = 0; i < FRAME_CLASSES; i++)
		sum += st->class_frames[i];
	assert_int_equal(sum, st->frames);
	say(out, " | %u %u %u", (unsigned)st->class_frames[FRAME_FRAGMENT],
	    (unsigned)st->class_frames[FRAME_FRAGMENT_DROPPED], (unsigned)st->datagrams);
}

static void fragments(void **state)
{
	static char out[RESULT_ROOM];
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fragment_rows); i++) {
		const struct row *row = &fragment_rows[i];
		struct setup s;

		setup_open(&s, &limits);
		run_row(s.d, row->frames, out);
		finish_fragments(s.d, out);
		setup_close(&s);
		if (strcmp(out, row->result) != 0) {
			failed++;
			print_message("# %s\n#   wanted %s\n#   got    %s\n", row->what, row->result, out);
		}
	}
	assert_int_equal(failed, 0);
}

/* The first bytes to come win, and the number of the first frame is kept. */
static void fragment_bytes(void **state)
{
	const char *text = V4("2001") "x:aaaaaaaaaaaaaaaa; "
			   V4("2000") "x:03e801f600180000 x:bbbbbbbbbbbbbbbb; "
			   V4("0001") "x:cccccccccccccccc x:dddddddddddddddd";
	static const uint8_t want[16] = { 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
					  0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd };
	struct frame f = { .link = 1 };
	struct layers l = { 0 };
	struct setup s;
	bool give = false;

	(void)state;
	setup_open(&s, &limits);
	while (make_frame(&text, &f)) {
		give = decode_frame(s.d, &f, &l);
		free((void *)(uintptr_t)f.p);
	}
	assert_true(give);
	assert_int_equal(l.payload.n, sizeof(want));
	assert_memory_equal(l.payload.p, want, sizeof(want));
	assert_int_equal(l.frame, 3);
	assert_int_equal(l.first_frame, 1);
	assert_int_equal(decode_stats(s.d)->payload, sizeof(want));
	setup_close(&s);
}

/* Two datagrams may wait: the third pushes out the oldest. Pieces run out before: then too. */
static void fragment_caps(void **state)
{
	static char out[RESULT_ROOM];
	struct limits few = limits;
	char text[200];
	struct setup s;

	(void)state;
	few.fragments = 2;
	setup_open(&s, &few);
	run_row(s.d, FIRST "; eth:0800 ip4:17 poke:4:0008 poke:6:2000 fill:8; eth:0800 ip4:17 poke:4:0009 "
			   "poke:6:2000 fill:8; " LAST, out);
	finish_fragments(s.d, out);
	assert_string_equal(out, "fragment; fragment; fragment; fragment | 0 4 0");
	assert_int_equal(decode_stats(s.d)->fragments_evicted, 2);
	setup_close(&s);

	/* 8-byte fragments with gaps: more than 256 pieces are given up. */
	setup_open(&s, &few);
	for (unsigned i = 0; i < 257; i++) {
		snprintf(text, sizeof(text), "eth:0800 ip4:17 poke:4:0007 poke:6:%04x fill:8",
			 0x2000 + 2 * i);
		run_row(s.d, text, out);
		assert_string_equal(out, i < 256 ? "fragment" : "fragment-dropped");
	}
	assert_int_equal(decode_stats(s.d)->class_frames[FRAME_FRAGMENT_DROPPED], 257);
	setup_close(&s);

	/* 264 pieces for two datagrams of 200: the second takes the pieces of the first. */
	setup_open(&s, &few);
	for (unsigned i = 0; i < 400; i++) {
		snprintf(text, sizeof(text), "eth:0800 ip4:17 poke:4:%04x poke:6:%04x fill:8", i / 200,
			 0x2000 + 2 * (i % 200));
		run_row(s.d, text, out);
		assert_string_equal(out, "fragment");
	}
	assert_int_equal(decode_stats(s.d)->class_frames[FRAME_FRAGMENT_DROPPED], 200);
	assert_int_equal(decode_stats(s.d)->fragments_evicted, 1);
	setup_close(&s);
}

/* ---- duplicates ---- */

#define ONE "eth:0800 ip4:17 udp fill:4"
#define U "udp UDP 10.0.0.1:1000>10.0.0.2:502 4/4"
#define OTHER(x) "eth:0800 ip4:17 udp x:000000" x "; "
#define OTHERS OTHER("01") OTHER("02") OTHER("03") OTHER("04") OTHER("05") OTHER("06") OTHER("07") OTHER("08") OTHER("09")
#define U9 U "; " U "; " U "; " U "; " U "; " U "; " U "; " U "; " U "; "
#define ERSPAN(id) \
	"eth:0800 ip4:47 poke:4:" id " x:100088be0000" id "1007000a00000000 eth:0800 ip4:17 udp fill:4"

static const struct row duplicate_rows[] = {
	{ "the same at the same time", ONE "; " ONE, U "; duplicate" },
	{ "5 ms later", ONE "; @5000 " ONE, U "; duplicate" },
	{ "more than 5 ms later", ONE "; @5001 " ONE, U "; " U },
	{ "5 ms earlier", "@5000 " ONE "; @0 " ONE, U "; duplicate" },
	{ "the third is compared with the first", ONE "; @4000 " ONE "; @8000 " ONE, U "; duplicate; " U },
	{ "two copies", ONE "; " ONE "; " ONE, U "; duplicate; duplicate" },
	{ "the next one more than 5 ms later begins anew", ONE "; @6000 " ONE "; @10000 " ONE,
	  U "; " U "; duplicate" },
	{ "many others between", ONE "; " OTHERS ONE, U "; " U9 "duplicate" },
	{ "many others between, 5 ms later", ONE "; @100 " OTHERS "@5000 " ONE, U "; " U9 "duplicate" },
	{ "many others between, more than 5 ms later", ONE "; @100 " OTHERS "@5001 " ONE, U "; " U9 U },
	{ "many others between, 5 ms earlier", "@5000 " ONE "; " OTHERS "@0 " ONE, U "; " U9 "duplicate" },
	{ "many others after 5 ms, then a copy of the first of them", ONE "; @6000 " OTHERS ONE "; @10000 " OTHER("01") ONE,
	  U "; " U9 U "; duplicate; duplicate" },
	{ "routed between: other MACs, time to live, header checksum",
	  ONE "; eth:0800 swap ip4:17 poke:8:3f poke:10:1234 udp fill:4", U "; duplicate" },
	{ "another VLAN", ONE "; eth:8100 x:00050800 ip4:17 udp fill:4", U "; duplicate" },
	{ "padded", ONE "; " ONE " pad:20", U "; duplicate" },
	{ "another tap", ONE "; tap:1 " ONE, U "; " U },
	{ "another identification", ONE "; eth:0800 ip4:17 poke:4:0001 udp fill:4", U "; " U },
	{ "another service class", ONE "; eth:0800 ip4:17 poke:1:08 udp fill:4", U "; " U },
	{ "another protocol", "eth:0800 ip4:99 fill:4; eth:0800 ip4:98 fill:4",
	  "ip-other IP 10.0.0.1>10.0.0.2 99 4/4; ip-other IP 10.0.0.1>10.0.0.2 98 4/4" },
	{ "another last byte", "eth:0800 ip4:17 udp x:00000000; eth:0800 ip4:17 udp x:00000001", U "; " U },
	{ "another early byte of a long packet",
	  "eth:0800 ip4:17 udp poke:6:0000 x:00 fill:300; eth:0800 ip4:17 udp poke:6:0000 x:01 fill:300",
	  "udp UDP 10.0.0.1:1000>10.0.0.2:502 301/301; udp UDP 10.0.0.1:1000>10.0.0.2:502 301/301" },
	{ "a long packet", "eth:0800 ip4:17 udp fill:300; eth:0800 ip4:17 udp fill:300",
	  "udp UDP 10.0.0.1:1000>10.0.0.2:502 300/300; duplicate" },
	{ "early words exchanged in a long packet: the same sum",
	  "eth:0800 ip4:17 udp poke:6:0000 x:000000000102030405060708aabbccddeeff0011 fill:300; "
	  "eth:0800 ip4:17 udp poke:6:0000 x:00000000aabbccddeeff00110102030405060708 fill:300",
	  "udp UDP 10.0.0.1:1000>10.0.0.2:502 320/320; udp UDP 10.0.0.1:1000>10.0.0.2:502 320/320" },
	{ "zeroes cut elsewhere",
	  "eth:0800 ip4:17 udp x:00000000 cut:1; eth:0800 ip4:17 udp x:00000000 cut:2",
	  "udp UDP 10.0.0.1:1000>10.0.0.2:502 3/4 C; udp UDP 10.0.0.1:1000>10.0.0.2:502 2/4 C" },
	{ "cut elsewhere", ONE " cut:1; " ONE " cut:2",
	  "udp UDP 10.0.0.1:1000>10.0.0.2:502 3/4 C; udp UDP 10.0.0.1:1000>10.0.0.2:502 2/4 C" },
	{ "IPv6, other hop limit", "eth:86dd ip6:58 icmp6; eth:86dd ip6:58 poke:7:01 icmp6",
	  "icmp ICMP fd00::1>fd00::2 58 8/8; duplicate" },
	{ "IPv6, other tap", "eth:86dd ip6:58 icmp6; tap:1 eth:86dd ip6:58 icmp6",
	  "icmp ICMP fd00::1>fd00::2 58 8/8; icmp ICMP fd00::1>fd00::2 58 8/8" },
	{ "IPv6, other flow label", "eth:86dd ip6:58 icmp6; eth:86dd ip6:58 poke:3:01 icmp6",
	  "icmp ICMP fd00::1>fd00::2 58 8/8; icmp ICMP fd00::1>fd00::2 58 8/8" },
	{ "cyclic layer 2 is never a duplicate", "eth:8892 fill:40; eth:8892 fill:40",
	  "ether-other ETHER 01>02 8892 40/40; ether-other ETHER 01>02 8892 40/40" },
	{ "nor ARP", "eth:0806 fill:28; eth:0806 fill:28",
	  "arp ETHER 01>02 0806 28/28; arp ETHER 01>02 0806 28/28" },
	{ "inside ERSPAN, which is the mirror", ERSPAN("0001") "; " ERSPAN("0002"),
	  "udp UDP 10.0.1.1:1000>10.0.1.2:502 v7 erspan:10:10.0.0.1>10.0.0.2@0#1 4/4; duplicate" },
	{ "inside another tunnel only the outer packet counts",
	  "eth:0800 ip4:4 ip4:17 udp fill:4; eth:0800 ip4:4 poke:4:0009 ip4:17 udp fill:4",
	  "udp UDP 10.0.1.1:1000>10.0.1.2:502 ipip:0:10.0.0.1>10.0.0.2@0#1 4/4 N; udp UDP "
	  "10.0.1.1:1000>10.0.1.2:502 ipip:0:10.0.0.1>10.0.0.2@0#1 4/4 N" },
};

static void duplicates(void **state)
{
	(void)state;
	run_rows(duplicate_rows, ARRAY_LEN(duplicate_rows), &limits);
}

/* ---- checksums ---- */

struct sum_row { const char *what, *good; unsigned times; const char *then, *flags; };

#define TCP "eth:0800 ip4:6 tcp fill:5"
#define TCP_BAD "eth:0800 ip4:6 tcp poke:16:1234 fill:5"

/* After `times` times the good frame, the flags B of the frames that follow. */
static const struct sum_row sum_rows[] = {
	{ "nothing is known of the sender", TCP, 0, TCP_BAD, "-" },
	{ "15 good ones are not enough", TCP, 15, TCP_BAD, "-" },
	{ "16 are", TCP, 16, TCP_BAD, "B" },
	{ "good ones stay good", TCP, 16, TCP "; " TCP_BAD "; " TCP, "-B-" },
	{ "one in eight, not more", TCP, 16, TCP_BAD "; " TCP_BAD "; " TCP_BAD "; " TCP_BAD, "BBB-" },
	{ "and again after more good ones", TCP, 200, TCP_BAD, "B" },
	{ "and after 256 of them", TCP, 256, TCP_BAD, "B" },
	{ "another sender", TCP, 16, "eth:0800 ip4:6 poke:15:09 tcp poke:16:1234 fill:5", "-" },
	{ "another tap", TCP, 16, "tap:1 " TCP_BAD, "-" },
	{ "another protocol of the sender", TCP, 16, "eth:0800 ip4:17 udp poke:6:1234 fill:5", "-" },
	{ "a wrong byte in an odd place", "eth:0800 ip4:6 tcp x:0102030405060708090a0b0c0d", 16,
	  "eth:0800 ip4:6 tcp x:0102030405060708090a0b0c0d poke:12:0e", "B" },
	{ "wrong in the middle", "eth:0800 ip4:6 tcp fill:40", 16, "eth:0800 ip4:6 tcp poke:17:99 fill:40",
	  "B" },
	{ "IPv4 header", TCP, 16, "eth:0800 ip4:6 poke:10:0102 tcp fill:5", "B" },
	{ "IPv4 header with options", "eth:0800 ip4:6 poke:0:46 poke:10:63c8 x:01010101 tcp poke:16:95f4", 16,
	  "eth:0800 ip4:6 poke:0:46 poke:10:63c9 x:01010101 tcp poke:16:95f4", "B" },
	{ "UDP", "eth:0800 ip4:17 udp fill:7", 16, "eth:0800 ip4:17 udp poke:6:1234 fill:7", "B" },
	{ "UDP without a checksum", "eth:0800 ip4:17 udp fill:7", 16,
	  "eth:0800 ip4:17 udp poke:6:0000 fill:7", "-" },
	{ "bytes behind the UDP length are not summed",
	  "eth:0800 ip4:17 x:03e801f6000fd5e301020304050607 x:aabb", 16,
	  "eth:0800 ip4:17 x:03e801f6000fd5e301020304050608 x:aabb", "B" },
	{ "a datagram from fragments", "eth:0800 ip4:17 udp fill:7", 16,
	  V4("2000") "x:03e801f600201234 fill:8; " LAST, "--" },
	{ "UDP over IPv6", "eth:86dd ip6:17 udp fill:7", 16, "eth:86dd ip6:17 udp poke:6:1234 fill:7", "B" },
	{ "TCP over IPv6, other address", "eth:86dd ip6:6 tcp fill:7", 16,
	  "eth:86dd ip6:6 poke:39:03 tcp fill:7", "B" },
	{ "ICMP", "eth:0800 ip4:1 icmp fill:3", 16, "eth:0800 ip4:1 icmp poke:2:1234 fill:3", "B" },
	{ "ICMPv6 has a pseudo header", "eth:86dd ip6:58 icmp6 fill:3", 16,
	  "eth:86dd ip6:58 icmp6 poke:2:1234 fill:3", "B" },
	{ "SCTP", "eth:0800 ip4:132 sctp fill:16", 16, "eth:0800 ip4:132 sctp poke:8:01020304 fill:16", "B" },
	{ "SCTP of odd length", "eth:0800 ip4:132 sctp fill:21", 16,
	  "eth:0800 ip4:132 sctp poke:12:99 fill:21", "B" },
	{ "IPv4 header before SCTP", "eth:0800 ip4:132 sctp fill:16", 16,
	  "eth:0800 ip4:132 poke:10:0102 sctp fill:16", "B" },
	{ "inside a tunnel", "eth:0800 ip4:4 ip4:6 tcp fill:5", 16,
	  "eth:0800 ip4:4 ip4:6 tcp poke:16:1234 fill:5", "B" },
	{ "cut by the snap length", TCP, 16, TCP_BAD " cut:1", "-" },
	{ "segmentation offload", TCP, 16, "eth:0800 ip4:6 poke:2:0000 tcp poke:16:1234 fill:5", "-" },
	{ "the pseudo header alone: the card was to finish it", TCP, 16,
	  "eth:0800 ip4:6 tcp poke:16:1422 fill:5", "-" },
	{ "and without the length: the card was to cut it too", TCP, 16,
	  "eth:0800 ip4:6 tcp poke:16:1409 fill:5", "-" },
	{ "one beside it is wrong", TCP, 16, "eth:0800 ip4:6 tcp poke:16:1423 fill:5", "B" },
	{ "the pseudo header alone, UDP", "eth:0800 ip4:17 udp fill:7", 16,
	  "eth:0800 ip4:17 udp poke:6:1423 fill:7", "-" },
	{ "padding is not summed", TCP " pad:9", 16, TCP " pad:3; " TCP_BAD " pad:9", "-B" },
};

static void checksums(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sum_rows); i++) {
		const struct sum_row *row = &sum_rows[i];
		struct frame f = { .link = 1 };
		struct layers l;
		struct setup s;
		char flags[16] = "";
		const char *text;

		setup_open(&s, &limits);
		for (unsigned k = 0; k < row->times; k++) {
			text = row->good;
			f.at_ns += 6 * NS_PER_MS;
			assert_true(make_frame(&text, &f));
			assert_true(decode_frame(s.d, &f, &l));
			assert_int_equal(l.flags & LAYER_BAD_CHECKSUM, 0);
			free((void *)(uintptr_t)f.p);
		}
		assert_int_equal(decode_stats(s.d)->offload_taps, 0);
		text = row->then;
		for (size_t k = 0; f.at_ns += 6 * NS_PER_MS, make_frame(&text, &f); k++) {
			decode_frame(s.d, &f, &l);
			flags[k] = (l.flags & LAYER_BAD_CHECKSUM) != 0 ? 'B' : '-';
			free((void *)(uintptr_t)f.p);
		}
		setup_close(&s);
		if (strcmp(flags, row->flags) != 0) {
			failed++;
			print_message("# %s: wanted %s, got %s\n", row->what, row->flags, flags);
		}
	}
	assert_int_equal(failed, 0);
}

/* A sender of only bad ones is an offloading one: never judged, its tap counted once. */
static void offload(void **state)
{
	static char out[RESULT_ROOM];
	char text[64];
	struct setup s;

	(void)state;
	setup_open(&s, &limits);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "@%u " TCP_BAD, i * 10000);
		run_row(s.d, text, out);
		assert_string_equal(out, "tcp TCP 10.0.0.1:1000>10.0.0.2:502 5/5");
		assert_int_equal(decode_stats(s.d)->offload_taps, i >= 15);
	}
	assert_int_equal(decode_stats(s.d)->bad_checksum, 0);
	setup_close(&s);
}

/* Strangers push out a sender who is known, but only many of them: each takes one of its counts. */
static void strangers(void **state)
{
	static const struct { unsigned strangers; bool judged; } rows[] = {
		{ 4096, true }, { 4096 * 60, false },
	};
	uint8_t p[42] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1 };
	struct frame stranger = { .p = p, .n = sizeof(p), .wire = sizeof(p), .link = 1 };
	static char out[RESULT_ROOM], text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct layers l;
		struct setup s;

		setup_open(&s, &limits);
		for (unsigned k = 0; k < 32; k++) {
			snprintf(text, sizeof(text), "@%u " TCP, k * 10000);
			run_row(s.d, text, out);
		}
		for (uint32_t k = 0; k < rows[i].strangers; k++) {
			memcpy(p + 26, &k, sizeof(k));
			decode_frame(s.d, &stranger, &l);
		}
		run_row(s.d, "@900000000 " TCP_BAD, out);
		assert_int_equal(strchr(out, 'B') != NULL, rows[i].judged);
		setup_close(&s);
	}
}

/* ---- coverage ---- */

static void say_coverage(struct decode *d, int64_t now_s, char *out)
{
	uint8_t tap;
	uint16_t vlan;
	struct health h;
	int64_t now = now_s == INT64_MAX ? now_s : now_s * NS_PER_S;

	out[0] = '\0';
	while (decode_coverage(d, now, &tap, &vlan, &h))
		say(out, "%d:%u/%u f%u u%u g%u b%u o%u d%u c%u; ", (int)(h.minute_ns / (60 * NS_PER_S)), tap,
		    vlan, (unsigned)h.frames, (unsigned)h.unicast, (unsigned)h.group, (unsigned)h.both_ways,
		    (unsigned)h.one_way, (unsigned)h.duplicates, (unsigned)h.cut);
}

struct coverage_row { const char *what, *frames; int64_t now_s; const char *early, *result; };

#define A "eth:0800 ip4:17 udp fill:4"
#define A_BACK "eth:0800 swap ip4:17 swap udp fill:4"

/* minute:tap/VLAN, frames, unicast, group, both ways, one way, duplicates, cut; what there is at now_s, then
 * at the end. */
static const struct coverage_row coverage_rows[] = {
	{ "nothing", "cut:0", 0, "", "0:0/0 f1 u1 g0 b0 o0 d0 c0; " },
	{ "one way", A, 59, "", "0:0/0 f1 u1 g0 b0 o1 d0 c0; " },
	{ "the minute ends with its last second", A, 60, "0:0/0 f1 u1 g0 b0 o1 d0 c0; ", "" },
	{ "both ways", A "; " A_BACK, 60, "0:0/0 f2 u2 g0 b1 o0 d0 c0; ", "" },
	{ "two pairs", A "; " A_BACK "; eth:0800 ip4:17 poke:15:09 udp", 60, "0:0/0 f3 u3 g0 b1 o1 d0 c0; ",
	  "" },
	{ "pairs in turn", A "; eth:0800 ip4:17 poke:15:09 udp; " A_BACK "; @6000 " A
	  "; eth:0800 ip4:17 poke:4:0001 poke:15:09 udp", 60,
	  "0:0/0 f5 u5 g0 b1 o1 d0 c0; ", "" },
	{ "a group is no pair", "eth:0800 poke:0:01 ip4:17 udp", 60, "0:0/0 f1 u0 g1 b0 o0 d0 c0; ", "" },
	{ "pairs of MACs", "eth:8892 fill:9; eth:8892 swap fill:9", 60, "0:0/0 f2 u2 g0 b1 o0 d0 c0; ", "" },
	{ "duplicates, cut frames", A "; " A "; @9000 " A " cut:1", 60, "0:0/0 f3 u3 g0 b0 o1 d1 c1; ", "" },
	{ "taps and VLANs in order", "tap:1 " A "; tap:0 eth:8100 x:00050800 ip4:17 udp; " A, 60,
	  "0:0/0 f1 u1 g0 b0 o1 d0 c0; 0:0/5 f1 u1 g0 b0 o1 d0 c0; 0:1/0 f1 u1 g0 b0 o1 d0 c0; ", "" },
	{ "the next minute begins anew", A "; @60000000 " A_BACK, 119, "0:0/0 f1 u1 g0 b0 o1 d0 c0; ",
	  "1:0/0 f1 u1 g0 b0 o1 d0 c0; " },
	{ "empty minutes are not said", A "; @200000000 " A, 240,
	  "0:0/0 f1 u1 g0 b0 o1 d0 c0; 3:0/0 f1 u1 g0 b0 o1 d0 c0; ", "" },
	{ "late frames count into the open minute", "@60000000 " A "; @0 " A_BACK, 60, "",
	  "1:0/0 f2 u2 g0 b1 o0 d0 c0; " },
	{ "before 1970", "@-1 " A, -1, "", "-1:0/0 f1 u1 g0 b0 o1 d0 c0; " },
	{ "before 1970, ended", "@-1 " A, 0, "-1:0/0 f1 u1 g0 b0 o1 d0 c0; ", "" },
	{ "the last minute there is", "@9223372036854775 " A "; @9223372036854775 " A_BACK, 9223372036, "",
	  "153722867:0/0 f2 u2 g0 b1 o0 d0 c0; " },
	{ "the first minute there is", "@-9223372036854775 " A, -9223372036, "",
	  "-153722867:0/0 f1 u1 g0 b0 o1 d0 c0; " },
};

static void coverage(void **state)
{
	static char out[RESULT_ROOM], early[RESULT_ROOM], late[RESULT_ROOM];
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(coverage_rows); i++) {
		const struct coverage_row *row = &coverage_rows[i];
		struct setup s;

		setup_open(&s, &limits);
		run_row(s.d, row->frames, out);
		say_coverage(s.d, row->now_s, early);
		say_coverage(s.d, INT64_MAX, late);
		setup_close(&s);
		if (strcmp(early, row->early) != 0 || strcmp(late, row->result) != 0) {
			failed++;
			print_message("# %s\n#   wanted %s| %s\n#   got    %s| %s\n", row->what, row->early,
				      row->result, early, late);
		}
	}
	assert_int_equal(failed, 0);
}

/* 4,095 VLANs on two taps in one minute, and nobody asks for many minutes: every frame is in a row or in
 * coverage_lost. */
static void coverage_caps(void **state)
{
	uint64_t frames = 0, rest = 0, rows = 0;
	struct setup s;
	uint8_t p[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0x00, 0, 0, 0x88, 0x92 };
	struct frame f = { .p = p, .n = sizeof(p), .wire = sizeof(p), .link = 1 };
	struct layers l;
	uint8_t tap;
	uint16_t vlan;
	struct health h;

	(void)state;
	setup_open(&s, &limits);
	for (unsigned i = 0; i < 2 * 4096; i++) {
		f.tap = i % 2;
		p[14] = (uint8_t)(i / 2 >> 8);
		p[15] = (uint8_t)(i / 2);
		decode_frame(s.d, &f, &l);
	}
	while (decode_coverage(s.d, INT64_MAX, &tap, &vlan, &h)) {
		frames += h.frames;
		rest += vlan == 0xffff ? h.frames : 0;
	}
	assert_int_equal(frames, 2 * 4096);
	assert_int_equal(rest, 2 * 4096 - 512);
	for (unsigned minute = 1; minute <= 1000; minute++) {
		for (f.tap = 0; f.tap < 4; f.tap++) {
			f.at_ns = minute * 60 * NS_PER_S;
			decode_frame(s.d, &f, &l);
		}
	}
	while (decode_coverage(s.d, INT64_MAX, &tap, &vlan, &h))
		rows++;
	assert_int_equal(rows + decode_stats(s.d)->coverage_lost, 4000);
	assert_int_equal(rows, 2 * (512 + 256) + 4);	/* ROWS_DONE, and the open minute */
	setup_close(&s);
}

/* Asking in the middle of a minute does not part it. */
static void coverage_open_minute(void **state)
{
	static char out[RESULT_ROOM];
	struct setup s;

	(void)state;
	setup_open(&s, &limits);
	run_row(s.d, A, out);
	say_coverage(s.d, 30, out);
	assert_string_equal(out, "");
	run_row(s.d, "@31000000 " A_BACK, out);
	say_coverage(s.d, 60, out);
	assert_string_equal(out, "0:0/0 f2 u2 g0 b1 o0 d0 c0; ");
	setup_close(&s);
}

/* More host pairs than are kept: the cap holds, frames go on counting. */
static void coverage_pairs(void **state)
{
	struct setup s;
	uint8_t p[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0x92 };
	struct frame f = { .p = p, .n = sizeof(p), .wire = sizeof(p), .link = 1 };
	struct layers l;
	uint8_t tap;
	uint16_t vlan;
	struct health h;

	(void)state;
	setup_open(&s, &limits);
	for (unsigned i = 0; i < 50000; i++) {
		p[9] = (uint8_t)(i >> 16);
		p[10] = (uint8_t)(i >> 8);
		p[11] = (uint8_t)i;
		decode_frame(s.d, &f, &l);
	}
	assert_true(decode_coverage(s.d, INT64_MAX, &tap, &vlan, &h));
	assert_int_equal(h.frames, 50000);
	assert_int_equal(h.one_way + h.both_ways, 16384);
	setup_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments), cmocka_unit_test(fragment_bytes),
		cmocka_unit_test(fragment_caps), cmocka_unit_test(duplicates), cmocka_unit_test(checksums),
		cmocka_unit_test(offload), cmocka_unit_test(strangers), cmocka_unit_test(coverage),
		cmocka_unit_test(coverage_open_minute), cmocka_unit_test(coverage_caps),
		cmocka_unit_test(coverage_pairs),
	};

	return cmocka_run_group_tests_name("decode_sequence", tests, NULL, NULL);
}

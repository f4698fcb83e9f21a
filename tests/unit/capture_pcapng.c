/* pcapng: one row per rule of the format and per damage. The language is in capture_rows.h. */
#include "capture_rows.h"

#define HEAD "L SECTION IFACE "
/* An enhanced packet block of interface 0 at 1.000005 s, 3 of 60 bytes. */
#define PACKET "[6 4:0 4:0 4:1000005 4:3 4:60 x3 1:0 ] "
#define FRAME "3/60@1000005000:1 "
/* An interface with one resolution option, and a frame of it with a count of ticks. */
#define RESOLUTION(value) "L SECTION [1 2:1 2:0 4:0 2:9 2:1 1:" value " 1:0 2:0 2:0 2:0 ] "
#define TICKS(high, low) "[6 4:0 4:" high " 4:" low " 4:0 4:60 ] "

static const struct row packet_rows[] = {
	{ "enhanced packet", HEAD PACKET, FRAME "." },
	{ "big-endian", "B SECTION IFACE " PACKET, FRAME "." },
	{ "no padding needed", HEAD "[6 4:0 4:0 4:1000005 4:4 4:60 x4 ]", "4/60@1000005000:1 ." },
	{ "no bytes", HEAD "[6 4:0 4:0 4:1000005 4:0 4:60 ]", "0/60@1000005000:1 ." },
	{ "more captured than on the wire", HEAD "[6 4:0 4:0 4:1000005 4:4 4:2 x4 ]", "4/4@1000005000:1 ." },
	{ "time in two words", HEAD "[6 4:0 4:0x0005f5e1 4:0x00000001 4:0 4:60 ]",
	  "0/60@1677721600000001000:1 ." },
	{ "the longest frame", HEAD "[6 4:0 4:0 4:1000005 4:262144 4:262144 x262144 ]",
	  "262144/262144@1000005000:1 ." },
	{ "the longest block", HEAD "[6 4:0 4:0 4:1000005 4:262144 4:262144 x262144 2:9 2:65532 x65532 "
	  "2:9 2:65500 x65500 ]", "262144/262144@1000005000:1 ." },
	{ "a longer block", HEAD PACKET "[6 4:0 4:0 4:1000005 4:262144 4:262144 x262144 2:9 2:65532 x65532 "
	  "2:9 2:65504 x65504 ]", FRAME "!bad-block-length@84" },
	{ "one byte more than a frame may have",
	  HEAD "[6 4:0 4:0 4:1000005 4:262145 4:262145 x262145 1:0 2:0 ]", "!bad-packet-length@48" },
	{ "packets lost before", HEAD "[6 4:0 4:0 4:1000005 4:0 4:60 2:4 2:8 8:7 2:0 2:0 ]",
	  "0/60@1000005000:1+7 ." },
	{ "more packets lost than 32 bits hold", HEAD "[6 4:0 4:0 4:1000005 4:0 4:60 2:4 2:8 8:0x100000000 ]",
	  "0/60@1000005000:1+4294967295 ." },
	{ "an option after the end of options does not count", HEAD
	  "[6 4:0 4:0 4:1000005 4:0 4:60 2:0 2:0 2:4 2:8 8:7 ]", "0/60@1000005000:1 ." },
	{ "a cut option list leaves the frame good", HEAD "[6 4:0 4:0 4:1000005 4:0 4:60 2:4 2:40 8:7 ]",
	  "0/60@1000005000:1 ." },
	{ "old packet block", HEAD "[2 2:0 2:5 4:0 4:1000005 4:3 4:60 x3 1:0 ]", "3/60@1000005000:1+5 ." },
	{ "old packet block, losses not known", HEAD "[2 2:0 2:0xffff 4:0 4:1000005 4:3 4:60 x3 1:0 ]",
	  FRAME "." },
	{ "old packet block, option 4 means something else", HEAD
	  "[2 2:0 2:0 4:0 4:1000005 4:0 4:60 2:4 2:8 8:7 ]", "0/60@1000005000:1 ." },
	{ "simple packet block: time of the frame before", HEAD PACKET "[3 4:3 x3 1:0 ]",
	  FRAME "3/3@1000005000:1 ." },
	{ "simple packet block first: no time", HEAD "[3 4:3 x3 1:0 ]", "3/3@0:1 ." },
	{ "simple packet block cut to the snap length", "L SECTION [1 2:1 2:0 4:2 ] [3 4:60 x2 2:0 ]",
	  "2/60@0:1 ." },
	{ "snap length does not cut other packets", "L SECTION [1 2:1 2:0 4:2 ] " PACKET, FRAME "." },
};

static const struct row time_rows[] = {
	{ "seconds", RESOLUTION("0") TICKS("0", "7"), "0/60@7000000000:1 ." },
	{ "milliseconds", RESOLUTION("3") TICKS("0", "7"), "0/60@7000000:1 ." },
	{ "nanoseconds", RESOLUTION("9") TICKS("0", "7"), "0/60@7:1 ." },
	{ "picoseconds", RESOLUTION("12") TICKS("0", "7999"), "0/60@7:1 ." },
	{ "10^-19 s", RESOLUTION("19") TICKS("0xffffffff", "0xffffffff"), "0/60@1844674407:1 ." },
	{ "10^-127 s", RESOLUTION("0x7f") TICKS("0", "0xffffffff"), "0/60@0:1 ." },
	{ "2^-0 s", RESOLUTION("0x80") TICKS("0", "7"), "0/60@7000000000:1 ." },
	{ "2^-1 s", RESOLUTION("0x81") TICKS("0", "7"), "0/60@3500000000:1 ." },
	{ "2^-32 s", RESOLUTION("0xa0") TICKS("7", "0x80000000"), "0/60@7500000000:1 ." },
	{ "2^-63 s", RESOLUTION("0xbf") TICKS("0x80000000", "0"), "0/60@1000000000:1 ." },
	{ "2^-127 s", RESOLUTION("0xff") TICKS("0xffffffff", "0xffffffff"), "0/60@0:1 ." },
	{ "a time beyond 2116", RESOLUTION("0") TICKS("1", "0"), "0/60@4294967296000000000:1 ." },
	{ "a time beyond what is kept", RESOLUTION("0") TICKS("2", "0"), "0/60@4539628424389459968:1 ." },
	{ "the largest time", RESOLUTION("0") TICKS("0xffffffff", "0xffffffff"),
	  "0/60@4539628424389459968:1 ." },
	{ "an offset", "L SECTION [1 2:1 2:0 4:0 2:14 2:8 8:3600 ] " PACKET, "3/60@3601000005000:1 ." },
	{ "a negative offset", "L SECTION [1 2:1 2:0 4:0 2:14 2:8 8:-3 ] " PACKET, "3/60@-1999995000:1 ." },
	{ "an offset beyond what is kept", "L SECTION [1 2:1 2:0 4:0 2:14 2:8 8:0x7fffffffffffffff ] " PACKET,
	  "3/60@4539628424389459968:1 ." },
	{ "the same the other way", "L SECTION [1 2:1 2:0 4:0 2:14 2:8 8:-0x7fffffffffffffff ] "
	  TICKS("0", "0"),
	  "0/60@-4539628424389459968:1 ." },
	{ "offset and resolution, big-endian",
	  "B SECTION [1 2:1 2:0 4:0 2:14 2:8 8:1 2:9 2:1 1:9 1:0 2:0 ] " PACKET, "3/60@1001000005:1 ." },
};

static const struct row block_rows[] = {
	{ "no frames", HEAD, "." },
	{ "only a section", "L SECTION", "." },
	{ "two interfaces with their own links, times and snap lengths", "L SECTION IFACE "
	  "[1 2:113 2:0 4:96 2:9 2:1 1:9 1:0 2:0 ] [6 4:1 4:0 4:9 4:0 4:60 ] " PACKET
	  "[6 4:1 4:0 4:8 4:0 4:60 ]",
	  "0/60@9:113 " FRAME "0/60@8:113 ." },
	{ "interfaces described later", HEAD PACKET "[1 2:101 2:0 4:0 ] [6 4:1 4:0 4:9 4:0 4:60 ]",
	  FRAME "0/60@9000:101 ." },
	{ "a second section begins anew", HEAD PACKET "SECTION [1 2:101 2:0 4:0 ] " PACKET,
	  FRAME "3/60@1000005000:101 ." },
	{ "a second section in the other byte order", HEAD PACKET "B SECTION IFACE " PACKET,
	  FRAME FRAME "." },
	{ "interfaces do not outlive their section", HEAD PACKET "SECTION " PACKET,
	  FRAME "!unknown-interface@112" },
	{ "a section may say how long it is", "L [0x0a0d0d0a 4:0x1a2b3c4d 2:1 2:0 8:20 ] IFACE " PACKET,
	  FRAME "." },
	{ "minor version 2", "L [0x0a0d0d0a 4:0x1a2b3c4d 2:1 2:2 8:-1 ] IFACE " PACKET, FRAME "." },
	{ "major version 2", "L [0x0a0d0d0a 4:0x1a2b3c4d 2:2 2:0 8:-1 ] IFACE " PACKET, "?pcapng-version" },
	{ "major version 2 later", HEAD PACKET "[0x0a0d0d0a 4:0x1a2b3c4d 2:2 2:0 8:-1 ]",
	  FRAME "!pcapng-version@84" },
	{ "names, secrets, journals, custom and unknown blocks are passed over", HEAD
	  "[4 x8 ] [10 x12 ] [9 x4 ] [0xbad 4:32473 x8 ] [0x40000bad 4:32473 ] [0x77 ] " PACKET, FRAME "." },
	{ "an unknown block longer than any buffer", HEAD "[0x77 x1000000 ] " PACKET, FRAME "." },
	{ "cut in an unknown block", HEAD PACKET "4:0x77 4:4000 x12", FRAME "!cut-in-block@84" },
	{ "cut in the last bytes of an unknown block", HEAD PACKET "4:0x77 4:16 4:0 2:16",
	  FRAME "!cut-in-block@84" },
	{ "an unknown block whose ends differ", HEAD PACKET "4:0x77 4:16 4:0 4:20",
	  FRAME "!bad-block-end@84" },
	{ "a packet block whose ends differ", HEAD PACKET "4:6 4:32 4:0 4:0 4:0 4:0 4:0 4:36",
	  FRAME "!bad-block-end@84" },
	{ "cut in a block head", HEAD PACKET "4:6 2:32", FRAME "!cut-in-block@84" },
	{ "cut in a packet block", HEAD PACKET "4:6 4:32 4:0 4:0 4:0 4:0 4:0 2:32",
	  FRAME "!cut-in-block@84" },
	{ "cut in the first section", "L 4:0x0a0d0d0a 4:28 4:0x1a2b3c4d 2:1 2:0", "!cut-in-block@0" },
	{ "only the first type", "L 4:0x0a0d0d0a", "!cut-in-block@0" },
	{ "a block of 8 bytes", HEAD PACKET "4:0x77 4:8 4:8", FRAME "!bad-block-length@84" },
	{ "a block of 0 bytes", HEAD PACKET "4:0x77 4:0 4:0", FRAME "!bad-block-length@84" },
	{ "a block length that is no multiple of 4", HEAD PACKET "4:0x77 4:14 2:0 4:14",
	  FRAME "!bad-block-length@84" },
	{ "a section too short", "L 4:0x0a0d0d0a 4:24 4:0x1a2b3c4d 2:1 2:0 4:-1 4:24 x8",
	  "!bad-block-length@0" },
	{ "a first section without byte order: not a capture", "L 4:0x0a0d0d0a 4:28 x20", "?not-a-capture" },
	{ "a later section without byte order", HEAD PACKET "[0x0a0d0d0a 4:0x1a2b3c4e 2:1 2:0 8:-1 ]",
	  FRAME "!bad-section@84" },
	{ "interface 0 never described", "L SECTION " PACKET, "!unknown-interface@28" },
	{ "interface 1 never described", HEAD PACKET "[6 4:1 4:0 4:0 4:0 4:0 ]",
	  FRAME "!unknown-interface@84" },
	{ "a simple packet without an interface", "L SECTION [3 4:3 x3 1:0 ]", "!unknown-interface@28" },
	{ "statistics of an interface never described", HEAD "[5 4:1 8:0 ]", "!unknown-interface@48" },
	{ "an enhanced packet longer than its block", HEAD "[6 4:0 4:0 4:0 4:5 4:5 x4 ]",
	  "!bad-packet-length@48" },
	{ "an old packet longer than its block", HEAD "[2 2:0 2:0 4:0 4:0 4:5 4:5 x4 ]",
	  "!bad-packet-length@48" },
	{ "a simple packet longer than its block", HEAD "[3 4:5 x4 ]", "!bad-packet-length@48" },
	{ "a simple packet longer than a frame may be", HEAD "[3 4:262145 x262145 1:0 2:0 ]",
	  "!bad-packet-length@48" },
	{ "a packet block too short for its head", HEAD "[6 4:0 4:0 4:0 4:0 ]", "!bad-packet-length@48" },
	{ "an interface too short", "L SECTION [1 2:1 2:0 ]", "!bad-interface@28" },
	{ "an interface with a cut option", "L SECTION [1 2:1 2:0 4:0 2:9 2:5 1:9 x3 ]",
	  "!bad-interface@28" },
	{ "a resolution of two bytes", "L SECTION [1 2:1 2:0 4:0 2:9 2:2 2:9 2:0 ]", "!bad-interface@28" },
	{ "a resolution of no bytes", "L SECTION [1 2:1 2:0 4:0 2:9 2:0 ]", "!bad-interface@28" },
	{ "an offset of four bytes", "L SECTION [1 2:1 2:0 4:0 2:14 2:4 4:1 ]", "!bad-interface@28" },
	{ "two bytes behind the last option",
	  "L SECTION [1 2:1 2:0 4:0 2:2 2:4 4:1 2:0 2:0 2:0 2:0 ] " PACKET, FRAME "." },
};

static void packets(void **state) { (void)state; run_rows(packet_rows, ARRAY_LEN(packet_rows)); }
static void times(void **state) { (void)state; run_rows(time_rows, ARRAY_LEN(time_rows)); }
static void blocks(void **state) { (void)state; run_rows(block_rows, ARRAY_LEN(block_rows)); }

static const struct count_row { const char *what, *bytes; uint64_t dropped, comments; } count_rows[] = {
	{ "comments of section, interface, packets and statistics",
	  "L [0x0a0d0d0a 4:0x1a2b3c4d 2:1 2:0 8:-1 2:1 2:2 'ab' 2:0 2:1 2:0 ] [1 2:1 2:0 4:0 2:1 2:4 'abcd' "
	  "] "
	  "[6 4:0 4:0 4:0 4:1 4:1 x4 2:1 2:4 'abcd' 2:0 2:0 ] [2 2:0 2:0 4:0 4:0 4:0 4:0 2:1 2:4 'abcd' ] "
	  "[5 4:0 8:0 2:1 2:4 'abcd' ]", 0, 6 },
	{ "a packet's losses add up",
	  HEAD "[6 4:0 8:0 4:0 4:0 2:4 2:8 8:7 ] [6 4:0 8:0 4:0 4:0 2:4 2:8 8:2 ]", 9, 0 },
	{ "statistics give totals; the last one counts",
	  HEAD "[5 4:0 8:0 2:5 2:8 8:7 ] [5 4:0 8:0 2:5 2:8 8:9 ]", 9, 0 },
	{ "a total that falls is not believed", HEAD "[5 4:0 8:0 2:5 2:8 8:7 ] [5 4:0 8:0 2:5 2:8 8:1 ]", 7,
	  0 },
	{ "interface and system lost on their own", HEAD "[5 4:0 8:0 2:5 2:8 8:7 2:7 2:8 8:3 ]", 10, 0 },
	{ "received and delivered are no losses", HEAD "[5 4:0 8:0 2:4 2:8 8:7 2:6 2:8 8:3 2:8 2:8 8:3 ]", 0,
	  0 },
	{ "packets and statistics tell the same losses",
	  HEAD "[6 4:0 8:0 4:0 4:0 2:4 2:8 8:7 ] [5 4:0 8:0 2:5 2:8 8:7 ]", 7, 0 },
	{ "statistics know of more", HEAD "[6 4:0 8:0 4:0 4:0 2:4 2:8 8:7 ] [5 4:0 8:0 2:5 2:8 8:8 ]", 8, 0 },
	{ "packets know of more", HEAD "[5 4:0 8:0 2:5 2:8 8:3 ] [6 4:0 8:0 4:0 4:0 2:4 2:8 8:7 ]", 7, 0 },
	{ "each interface on its own",
	  "L SECTION IFACE IFACE [5 4:0 8:0 2:5 2:8 8:3 ] [5 4:1 8:0 2:5 2:8 8:4 ]", 7, 0 },
	{ "each section on its own", HEAD "[5 4:0 8:0 2:5 2:8 8:3 ] SECTION IFACE [5 4:0 8:0 2:5 2:8 8:3 ]",
	  6, 0 },
	{ "a count too large to add", HEAD "[6 4:0 8:0 4:0 4:0 2:4 2:8 8:-1 ] [6 4:0 8:0 4:0 4:0 2:4 2:8 "
					   "8:-1 ]",
	  UINT64_MAX, 0 },
	{ "two statistics too large to add", HEAD "[5 4:0 8:0 2:5 2:8 8:-1 2:7 2:8 8:-1 ]", UINT64_MAX, 0 },
	{ "two interfaces too large to add",
	  "L SECTION IFACE IFACE [5 4:0 8:0 2:5 2:8 8:-1 ] [5 4:1 8:0 2:5 2:8 8:2 ]", UINT64_MAX, 0 },
};

static void counts(void **state)
{
	static char got[RESULT_MAX];
	int bad = 0;

	(void)state;
	for (const struct count_row *r = count_rows; r < count_rows + ARRAY_LEN(count_rows); r++) {
		struct made m = make(r->bytes);
		struct opened o = opened_for(1);

		capture_add_source(o.c, (struct source){ made_read, &m }, "row", 0, m.n);
		read_all(o.c, got);
		const struct capture_stats *s = capture_stats(o.c);

		if (got[strlen(got) - 1] != '.' || s->dropped != r->dropped || s->comments != r->comments) {
			print_error("%s: %llu lost, %llu comments, '%s'\n", r->what,
				    (unsigned long long)s->dropped, (unsigned long long)s->comments, got);
			bad++;
		}
		opened_done(&o);
		free(m.p);
	}
	assert_int_equal(bad, 0);
}

static void many_interfaces(void **state)
{
	static char got[RESULT_MAX];
	struct made m = make("L SECTION");
	bool big = false;
	size_t block = 0;

	(void)state;
	for (unsigned i = 0; i <= INTERFACES_MAX; i++)
		make_into(&m, "IFACE", &big, &block);
	make_into(&m, "[6 4:1023 8:0 4:0 4:0 ] [6 4:1024 8:0 4:0 4:0 ]", &big, &block);
	read_made(&m, 0, got);
	assert_string_equal(got, "0/0@0:1 !too-many-interfaces@20560");
	free(m.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets), cmocka_unit_test(times), cmocka_unit_test(blocks),
		cmocka_unit_test(counts), cmocka_unit_test(many_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

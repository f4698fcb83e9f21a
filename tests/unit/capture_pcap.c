/* pcap and snoop: one row per rule of the formats and per damage. The language is in capture_rows.h. */
#include "capture_rows.h"

/* Frames as the rows write them: 1.000005 s, 3 of 60 bytes. */
#define FRAME "4:1 4:5 4:3 4:60 x3 "

static const struct row pcap_rows[] = {
	{ "little-endian, microseconds", "L PCAP " FRAME, "3/60@1000005000:1 ." },
	{ "big-endian, microseconds", "B PCAP " FRAME, "3/60@1000005000:1 ." },
	{ "little-endian, nanoseconds", "L 4:0xa1b23c4d 2:2 2:4 8:0 4:96 4:1 " FRAME, "3/60@1000000005:1 ." },
	{ "big-endian, nanoseconds", "B 4:0xa1b23c4d 2:2 2:4 8:0 4:96 4:1 " FRAME, "3/60@1000000005:1 ." },
	{ "modified heads of 24 bytes",
	  "L 4:0xa1b2cd34 2:2 2:4 8:0 4:96 4:1 4:1 4:5 4:3 4:60 4:2 2:8 1:0 1:0 x3 "
	  "4:2 4:5 4:0 4:60 4:2 2:8 1:0 1:0", "3/60@1000005000:1 0/60@2000005000:1 ." },
	{ "modified heads, big-endian", "B 4:0xa1b2cd34 2:2 2:4 8:0 4:96 4:1 4:1 4:5 4:3 4:60 8:0 x3",
	  "3/60@1000005000:1 ." },
	{ "no frames", "L PCAP", "." },
	{ "several frames, one empty", "L PCAP " FRAME "4:2 4:0 4:0 4:0 " FRAME,
	  "3/60@1000005000:1 0/0@2000000000:1 3/60@1000005000:1 ." },
	{ "link type from the lower half; check sequence length above",
	  "L 4:0xa1b2c3d4 2:2 2:4 8:0 4:96 4:0x54000071 "
	  FRAME, "3/60@1000005000:113 ." },
	{ "time zone and accuracy are ignored", "L 4:0xa1b2c3d4 2:2 2:4 4:-3600 4:7 4:96 4:1 " FRAME,
	  "3/60@1000005000:1 ." },
	{ "snap length 0 or below the frame is ignored", "L 4:0xa1b2c3d4 2:2 2:4 8:0 4:0 4:1 " FRAME,
	  "3/60@1000005000:1 ." },
	{ "more captured than on the wire: the wire had it", "L PCAP 4:1 4:5 4:3 4:2 x3",
	  "3/3@1000005000:1 ." },
	{ "seconds are unsigned", "L PCAP 4:0xffffffff 4:5 4:3 4:60 x3", "3/60@4294967295000005000:1 ." },
	{ "a fraction beyond a second is added as it is", "L PCAP 4:1 4:0xffffffff 4:3 4:60 x3",
	  "3/60@4295967295000:1 ." },
	{ "the longest frame", "L PCAP 4:1 4:5 4:262144 4:262144 x262144", "262144/262144@1000005000:1 ." },
	{ "one byte more is no frame", "L PCAP " FRAME "4:1 4:5 4:262145 4:262145 x262145",
	  "3/60@1000005000:1 !bad-packet-length@43" },
	{ "version 2.2: lengths exchanged", "L 4:0xa1b2c3d4 2:2 2:2 8:0 4:96 4:1 4:1 4:5 4:60 4:3 x3",
	  "3/60@1000005000:1 ." },
	{ "version 2.3: exchanged when the order is impossible", "L 4:0xa1b2c3d4 2:2 2:3 8:0 4:96 4:1 "
	  "4:1 4:5 4:60 4:3 x3 " FRAME, "3/60@1000005000:1 3/60@1000005000:1 ." },
	{ "version 543.0: lengths exchanged", "L 4:0xa1b2c3d4 2:543 2:0 8:0 4:96 4:1 4:1 4:5 4:60 4:3 x3",
	  "3/60@1000005000:1 ." },
	{ "version 2.9 is read as 2.4", "L 4:0xa1b2c3d4 2:2 2:9 8:0 4:96 4:1 4:1 4:5 4:3 4:2 x3",
	  "3/3@1000005000:1 ." },
	{ "version 1.0", "L 4:0xa1b2c3d4 2:1 2:0 8:0 4:96 4:1 " FRAME, "?pcap-version" },
	{ "version 3.0", "L 4:0xa1b2c3d4 2:3 2:0 8:0 4:96 4:1 " FRAME, "?pcap-version" },
	{ "cut in the file head", "L 4:0xa1b2c3d4 2:2 2:4 8:0 4:96 2:1 1:0", "!cut-in-header@0" },
	{ "only the magic", "L 4:0xa1b2c3d4", "!cut-in-header@0" },
	{ "cut in a frame head", "L PCAP " FRAME "4:1 4:5 4:3 2:60 1:0",
	  "3/60@1000005000:1 !cut-in-packet@43" },
	{ "cut by the last byte", "L PCAP " FRAME "4:1 4:5 4:3 4:60 x2",
	  "3/60@1000005000:1 !cut-in-packet@43" },
	{ "one byte too many", "L PCAP " FRAME "1:0", "3/60@1000005000:1 !cut-in-packet@43" },
	{ "not a capture", "'hello, world'", "?not-a-capture" },
	{ "magic of the middle order", "L 4:0xb2a1d4c3 2:2 2:4 8:0 4:96 4:1 " FRAME, "?not-a-capture" },
	{ "three bytes", "'abc'", "?not-a-capture" },
	{ "nothing", "", "?empty" },
};

#define SNOOP "B 'snoop' 1:0 2:0 4:2 4:4 "

static const struct row snoop_rows[] = {
	{ "a frame with padding", SNOOP "4:60 4:3 4:28 4:0 4:1 4:5 x3 1:0 4:60 4:4 4:28 4:0 4:2 4:0 x4",
	  "3/60@1000005000:1 4/60@2000000000:1 ." },
	{ "losses are a running count",
	  SNOOP "4:60 4:0 4:24 4:7 4:1 4:0 4:60 4:0 4:24 4:7 4:1 4:0 4:60 4:0 4:24 4:9 4:1 4:0",
	  "0/60@1000000000:1+7 0/60@1000000000:1 0/60@1000000000:1+2 ." },
	{ "a running count that falls",
	  SNOOP "4:60 4:0 4:24 4:7 4:1 4:0 4:60 4:0 4:24 4:2 4:1 4:0 4:60 4:0 4:24 4:3 4:1 4:0",
	  "0/60@1000000000:1+7 0/60@1000000000:1 0/60@1000000000:1+1 ." },
	{ "IEEE 802.3", "B 'snoop' 1:0 2:0 4:2 4:0 4:60 4:3 4:27 4:0 4:1 4:5 x3", "3/60@1000005000:1 ." },
	{ "token ring", "B 'snoop' 1:0 2:0 4:2 4:2 4:60 4:3 4:27 4:0 4:1 4:5 x3", "3/60@1000005000:6 ." },
	{ "FDDI", "B 'snoop' 1:0 2:0 4:2 4:8 4:60 4:3 4:27 4:0 4:1 4:5 x3", "3/60@1000005000:10 ." },
	{ "a link without a number of ours", "B 'snoop' 1:0 2:0 4:2 4:5 4:60 4:3 4:27 4:0 4:1 4:5 x3",
	  "3/60@1000005000:65535 ." },
	{ "version 3", "B 'snoop' 1:0 2:0 4:3 4:4 4:60 4:3 4:27 4:0 4:1 4:5 x3", "?snoop-version" },
	{ "almost the name", "B 'snoop' 1:0 1:0 1:1 4:2 4:4", "?not-a-capture" },
	{ "cut in the file head", "B 'snoop' 1:0 2:0 4:2 2:0", "!cut-in-header@0" },
	{ "cut in a frame head", SNOOP "4:60 4:3 4:27 4:0 4:1 2:5", "!cut-in-packet@16" },
	{ "cut in the bytes", SNOOP "4:60 4:3 4:27 4:0 4:1 4:5 x2", "!cut-in-packet@16" },
	{ "cut in the padding", SNOOP "4:60 4:3 4:28 4:0 4:1 4:5 x3", "!cut-in-packet@16" },
	{ "the record is shorter than its frame", SNOOP "4:60 4:3 4:26 4:0 4:1 4:5 x3",
	  "!bad-packet-length@16" },
	{ "a frame too long", SNOOP "4:262145 4:262145 4:262169 4:0 4:1 4:5 x262145",
	  "!bad-packet-length@16" },
	{ "a record too long", SNOOP "4:60 4:3 4:393217 4:0 4:1 4:5 x393193", "!bad-packet-length@16" },
};

static void pcap(void **state)
{
	(void)state;
	run_rows(pcap_rows, ARRAY_LEN(pcap_rows));
}

static void snoop(void **state)
{
	(void)state;
	run_rows(snoop_rows, ARRAY_LEN(snoop_rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(pcap), cmocka_unit_test(snoop) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

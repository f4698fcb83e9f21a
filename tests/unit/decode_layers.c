/* decode_layers.c: one row per rule of the link, network and transport layers. The language is in
 * decode_rows.h. */
#include "decode_rows.h"

static const struct limits limits = LIMITS_DEFAULT;

#define ENDS "10.0.0.1:1000>10.0.0.2:502"
#define TCP4 "tcp TCP " ENDS

static const struct row link_rows[] = {
	{ "Ethernet, IPv4, TCP", "eth:0800 ip4:6 tcp fill:4", TCP4 " 4/4" },
	{ "padding of a short frame is not payload", "eth:0800 ip4:6 tcp fill:2 pad:4", TCP4 " 2/2" },
	{ "no payload", "eth:0800 ip4:6 tcp pad:6", TCP4 " 0/0" },
	{ "Ethernet header cut by one byte", "eth:0800 cut:1", "cut" },
	{ "an empty frame", "cut:0", "cut" },
	{ "destination is a group", "eth:0800 poke:0:01 ip4:6 tcp fill:4", TCP4 " 4/4 G" },
	{ "802.1Q", "eth:8100 x:60050800 ip4:6 tcp fill:4", TCP4 " v5 4/4" },
	{ "802.1ad with 802.1Q inside", "eth:88a8 x:00058100 x:00060800 ip4:6 tcp", TCP4 " v5/6 0/0" },
	{ "three tags, old numbers", "eth:9100 x:00059200 x:00069300 x:00070800 ip4:6 tcp",
	  TCP4 " v5/6 0/0" },
	{ "a priority tag names no VLAN", "eth:8100 x:e0000800 ip4:6 tcp", TCP4 " 0/0" },
	{ "a priority tag before a VLAN", "eth:8100 x:e0008100 x:00060800 ip4:6 tcp", TCP4 " v6 0/0" },
	{ "tag cut short", "eth:8100 x:0005", "cut" },
	{ "eight tags", "eth:8100 x:00018100000281000003810000048100000581000006810000078100 x:00080800 "
			"ip4:6 tcp",
	  TCP4 " v1/2 0/0" },
	{ "nine tags stay a frame", "eth:8100 x:00018100000281000003810000048100000581000006810000078100 "
				    "x:00088100 "
	  "x:00090800", "ether-other ETHER 01>02 8100 v1/2 4/4" },
	{ "ARP", "eth:0806 fill:28 pad:18", "arp ETHER 01>02 0806 46/46" },
	{ "LLDP", "eth:88cc fill:9", "lldp ETHER 01>02 88cc 9/9" },
	{ "PROFINET behind a priority tag", "eth:8100 x:c0008892 fill:40",
	  "ether-other ETHER 01>02 8892 40/40" },
	{ "cut by the snap length", "eth:8892 fill:40 cut:30", "ether-other ETHER 01>02 8892 10/40 C" },
	{ "HSR tag", "eth:892f x:003c00010800 ip4:6 tcp", TCP4 " 0/0" },
	{ "HSR tag cut short", "eth:892f x:003c000108", "cut" },
	{ "a number that is neither length nor type", "eth:05dd fill:9", "ether-other ETHER 01>02 05dd 9/9" },
	{ "802.3 and LLC: spanning tree, padding behind the length", "eth:len x:424203 fill:35 pad:8",
	  "ether-other ETHER 01>02 0042 35/35" },
	{ "LLC with two bytes of control", "eth:len x:fefe0001 fill:4", "ether-other ETHER 01>02 00fe 4/4" },
	{ "LLC cut in its control", "eth:len x:fefe00", "cut" },
	{ "LLC cut to two bytes", "eth:len x:fefe01 cut:1", "cut" },
	{ "a length too short for LLC", "eth:0002 fill:9", "ether-other ETHER 01>02 0002 9/9" },
	{ "length longer than the frame", "eth:0009 x:424203 fill:4", "ether-other ETHER 01>02 0042 4/6 C" },
	{ "SNAP with an ethertype", "eth:len x:aaaa030000000800 ip4:6 tcp", TCP4 " 0/0" },
	{ "SNAP of bridged Ethernet", "eth:len x:aaaa030000f80806 fill:28", "arp ETHER 01>02 0806 28/28" },
	{ "SNAP of another organisation stays LLC", "eth:len x:aaaa0300000c2000 fill:4",
	  "ether-other ETHER 01>02 00aa 9/9" },
	{ "SNAP too short for its ethertype", "eth:len x:aaaa03000000", "ether-other ETHER 01>02 00aa 3/3" },
	{ "SNAP too short by one byte", "eth:len x:aaaa0300000008", "ether-other ETHER 01>02 00aa 4/4" },
	{ "SNAP addresses in a numbered frame", "eth:len x:aaaa000000000800 fill:4",
	  "ether-other ETHER 01>02 00aa 8/8" },
	{ "SNAP with a length", "eth:len x:aaaa030000000040 fill:4", "ether-other ETHER 01>02 0040 4/4" },
	{ "raw IP: version 4", "link:101 ip4:6 tcp fill:1", TCP4 " 1/1 N" },
	{ "raw IP: version 6", "link:12 ip6:6 tcp fill:1", "tcp TCP fd00::1:1000>fd00::2:502 1/1 N" },
	{ "raw IP: other version", "link:14 x:55000000", "bad-header" },
	{ "raw IP: nothing", "link:101 cut:0", "cut" },
	{ "LINKTYPE_IPV4", "link:228 ip4:6 tcp", TCP4 " 0/0 N" },
	{ "LINKTYPE_IPV4 with version 6", "link:228 ip6:6 tcp", "bad-header" },
	{ "LINKTYPE_IPV6", "link:229 ip6:17 udp", "udp UDP fd00::1:1000>fd00::2:502 0/0 N" },
	{ "NULL, little-endian machine", "link:0 x:02000000 ip4:6 tcp", TCP4 " 0/0 N" },
	{ "NULL, big-endian machine", "link:0 x:00000002 ip4:6 tcp", TCP4 " 0/0 N" },
	{ "NULL, IPv6 of macOS", "link:0 x:1e000000 ip6:17 udp", "udp UDP fd00::1:1000>fd00::2:502 0/0 N" },
	{ "LOOP, IPv6 of OpenBSD", "link:108 x:00000018 ip6:17 udp",
	  "udp UDP fd00::1:1000>fd00::2:502 0/0 N" },
	{ "NULL, other family", "link:0 x:07000000 fill:8", "link-unknown" },
	{ "NULL cut short", "link:0 x:020000", "cut" },
	{ "SLL", "link:113 x:000000010006 x:0200000000010000 x:0800 ip4:6 tcp", TCP4 " 0/0 S" },
	{ "SLL, broadcast", "link:113 x:000100010006 x:0200000000010000 x:0806 fill:28",
	  "arp ETHER 01>00 0806 28/28 GS" },
	{ "SLL without an address", "link:113 x:000003040000 x:0000000000000000 x:0800 ip4:6 tcp",
	  TCP4 " 0/0 N" },
	{ "SLL, loopback: an address of zeroes",
	  "link:113 x:000003040006 x:0000000000000000 x:0800 ip4:6 tcp", TCP4 " 0/0 N" },
	{ "SLL, LLC", "link:113 x:000000010006 x:0200000000010000 x:0004 x:424203 fill:35",
	  "ether-other ETHER 01>00 0042 35/35 S" },
	{ "SLL, CAN", "link:113 x:000001180000 x:0000000000000000 x:000c fill:16", "link-unknown" },
	{ "SLL, VLAN tag", "link:113 x:000000010006 x:0200000000010000 x:8100 x:00050800 ip4:6 tcp",
	  TCP4 " v5 0/0 S" },
	{ "SLL cut short", "link:113 x:000000010006 x:0200000000010000 x:08", "cut" },
	{ "SLL2", "link:276 x:0800000000000003 x:00010006 x:0200000000010000 ip4:6 tcp", TCP4 " 0/0 S" },
	{ "SLL2, multicast", "link:276 x:0800000000000003 x:00010206 x:0200000000010000 ip4:6 tcp",
	  TCP4 " 0/0 GS" },
	{ "SLL2 cut short", "link:276 x:0800000000000003 x:00010006 x:02000000000100", "cut" },
	{ "PPP with address and control", "link:9 x:ff030021 ip4:6 tcp", TCP4 " 0/0 N" },
	{ "PPP without them, protocol of one byte", "link:9 x:21 ip4:6 tcp", TCP4 " 0/0 N" },
	{ "PPP, IPv6", "link:50 x:ff030057 ip6:17 udp", "udp UDP fd00::1:1000>fd00::2:502 0/0 N" },
	{ "PPP, link control", "link:9 x:ff03c021 fill:4", "ether-other ETHER 00>00 880b 8/8 N" },
	{ "PPP cut short", "link:9 x:ff03c0", "cut" },
	{ "Cisco HDLC", "link:104 x:0f000800 ip4:6 tcp", TCP4 " 0/0 N" },
	{ "Cisco HDLC cut short", "link:104 x:0f0008", "cut" },
	{ "CAN", "link:227 fill:16", "link-unknown" },
	{ "PPPoE session", "eth:8864 pppoe x:0021 ip4:6 tcp pad:6", TCP4 " 0/0" },
	{ "PPPoE session, link control", "eth:8864 pppoe x:c021 fill:4 pad:6",
	  "ether-other ETHER 01>02 8864 6/6" },
	{ "PPPoE of another version", "eth:8864 pppoe poke:0:12 x:0021 ip4:6 tcp", "bad-header" },
	{ "PPPoE session with the code of discovery", "eth:8864 pppoe poke:1:09 x:0021 ip4:6 tcp",
	  "ether-other ETHER 01>02 8864 42/42" },
	{ "PPPoE cut short", "eth:8864 x:1100000100", "cut" },
	{ "PPPoE discovery", "eth:8863 fill:20", "ether-other ETHER 01>02 8863 20/20" },
	{ "PPPoE link", "link:51 pppoe x:0057 ip6:17 udp", "udp UDP fd00::1:1000>fd00::2:502 0/0 N" },
	{ "MPLS, two labels, IPv4", "eth:8847 x:0001004000020140 ip4:6 tcp", TCP4 " 0/0" },
	{ "MPLS, IPv6", "eth:8848 x:00010140 ip6:17 udp", "udp UDP fd00::1:1000>fd00::2:502 0/0" },
	{ "MPLS, pseudo-wire with control word", "eth:8847 x:00010140 x:00000000 eth:0800 swap ip4:6 tcp",
	  TCP4 " 0/0" },
	{ "MPLS, pseudo-wire without control word, MAC like a version",
	  "eth:8847 x:00010140 eth:0800 poke:0:4600 ip4:6 tcp", TCP4 " 0/0" },
	{ "MPLS, pseudo-wire without control word", "eth:8847 x:00010140 eth:0806 poke:5:07 fill:28 pad:4",
	  "arp ETHER 01>07 0806 32/32" },
	{ "MPLS, associated channel", "eth:8847 x:00010140 x:10000007 fill:20",
	  "ether-other ETHER 01>02 8847 24/24" },
	{ "MPLS, associated channel that looks like a MAC", "eth:8847 x:00010140 eth:0806 poke:0:10 fill:28",
	  "ether-other ETHER 01>02 8847 42/42" },
	{ "MPLS, pseudo-wire with LLC inside", "eth:8847 x:00010140 x:00000000 eth:len x:424203 fill:35",
	  "ether-other ETHER 01>02 0042 35/35" },
	{ "MPLS, a length and no LLC address we know",
	  "eth:8847 x:00010140 x:00000000 eth:len x:134203 fill:35", "ether-other ETHER 01>02 8847 56/56" },
	{ "MPLS, nothing behind", "eth:8847 x:00010140", "ether-other ETHER 01>02 8847 0/0" },
	{ "MPLS cut in a label", "eth:8847 x:0001004000", "cut" },
	{ "MPLS without a bottom in 16 labels", "eth:8847 "
	  "x:0001004000010040000100400001004000010040000100400001004000010040 "
	  "x:0001004000010040000100400001004000010040000100400001004000010040 ip4:6 tcp",
	  "ether-other ETHER 01>02 8847 40/40" },
};

static const struct row ip_rows[] = {
	{ "version 6 under the ethertype of 4", "eth:0800 ip6:6 tcp", "bad-header" },
	{ "version 5 under the ethertype of 4", "eth:0800 ip4:6 poke:0:55 tcp", "bad-header" },
	{ "version 4 under the ethertype of 6", "eth:86dd ip4:6 tcp fill:20", "bad-header" },
	{ "IPv4 header cut by one byte", "eth:0800 ip4:6 cut:1", "cut" },
	{ "IPv4 header length of 16", "eth:0800 ip4:6 poke:0:44 tcp", "bad-header" },
	{ "IPv4 options", "eth:0800 ip4:6 poke:0:46 x:01010101 tcp fill:3", TCP4 " 3/3" },
	{ "IPv4 options cut", "eth:0800 ip4:6 poke:0:47 x:01010101 cut:0", "bad-header" },
	{ "IPv4 options cut by the snap length", "eth:0800 ip4:6 poke:0:47 x:0101010101010101 tcp cut:24",
	  "cut" },
	{ "IPv4 total length below the header", "eth:0800 ip4:6 poke:2:0013 tcp", "bad-header" },
	{ "IPv4 total length 0: the rest of the frame", "eth:0800 ip4:6 poke:2:0000 tcp fill:9",
	  TCP4 " 9/9" },
	{ "IPv4 total length beyond the frame", "eth:0800 ip4:6 poke:2:0064 tcp fill:9", TCP4 " 9/60 C" },
	{ "payload cut by the snap length", "eth:0800 ip4:6 tcp fill:9 cut:4", TCP4 " 5/9 C" },
	{ "multicast address", "eth:0800 ip4:17 poke:16:e0000001 udp",
	  "udp UDP 10.0.0.1:1000>224.0.0.1:502 0/0 G" },
	{ "broadcast address", "eth:0800 ip4:17 poke:16:ffffffff udp",
	  "udp UDP 10.0.0.1:1000>255.255.255.255:502 0/0 G" },
	{ "protocol without a decoder", "eth:0800 ip4:2 fill:8 pad:18",
	  "ip-other IP 10.0.0.1>10.0.0.2 2 8/8" },
	{ "ESP", "eth:86dd ip6:50 fill:8", "ip-other IP fd00::1>fd00::2 50 8/8" },
	{ "authentication header over IPv4",
	  "eth:0800 ip4:51 x:060400000000000000000000 x:000000000000000000000000 tcp fill:1", TCP4 " 1/1" },
	{ "authentication header cut", "eth:0800 ip4:51 x:0604000000000000", "cut" },
	{ "ICMP of IPv6 over IPv4", "eth:0800 ip4:58 icmp6", "ip-other IP 10.0.0.1>10.0.0.2 58 8/8" },
	{ "ICMP of IPv4 over IPv6", "eth:86dd ip6:1 icmp", "ip-other IP fd00::1>fd00::2 1 8/8" },
	{ "hop-by-hop over IPv4 is a protocol", "eth:0800 ip4:0 fill:8",
	  "ip-other IP 10.0.0.1>10.0.0.2 0 8/8" },
	{ "IPv6", "eth:86dd ip6:6 tcp fill:4 pad:9", "tcp TCP fd00::1:1000>fd00::2:502 4/4" },
	{ "IPv6 header cut by one byte", "eth:86dd ip6:6 cut:1", "cut" },
	{ "IPv6 multicast", "eth:86dd ip6:58 poke:24:ff02 icmp6", "icmp ICMP fd00::1>ff02::2 58 8/8 G" },
	{ "IPv6 payload length 0: the rest of the frame", "eth:86dd ip6:6 poke:4:0000 tcp fill:9",
	  "tcp TCP fd00::1:1000>fd00::2:502 9/9" },
	{ "no next header, padded", "eth:86dd ip6:59 pad:6", "ip-other IP fd00::1>fd00::2 59 0/0" },
	{ "hop-by-hop, routing, destination",
	  "eth:86dd ip6:0 x:2b00010400000000 x:3c00000000000000 x:0600010400000000 tcp fill:1",
	  "tcp TCP fd00::1:1000>fd00::2:502 1/1" },
	{ "authentication header over IPv6",
	  "eth:86dd ip6:51 x:060400000000000000000000 x:000000000000000000000000 tcp",
	  "tcp TCP fd00::1:1000>fd00::2:502 0/0" },
	{ "mobility header", "eth:86dd ip6:135 x:3b01000000000000 fill:8",
	  "ip-other IP fd00::1>fd00::2 135 16/16" },
	{ "mobility header before something", "eth:86dd ip6:135 x:0600000000000000 tcp",
	  "tcp TCP fd00::1:1000>fd00::2:502 0/0" },
	{ "extension header cut", "eth:86dd ip6:0 x:0602010400000000", "cut" },
	{ "extension header of one byte", "eth:86dd ip6:0 x:06", "cut" },
	{ "ten extension headers are too many",
	  "eth:86dd ip6:60 x:3c000104000000003c000104000000003c000104000000003c00010400000000 "
	  "x:3c000104000000003c000104000000003c000104000000003c00010400000000 "
	  "x:3c000104000000000600010400000000 tcp", "bad-header" },
	{ "nine extension headers",
	  "eth:86dd ip6:60 x:3c000104000000003c000104000000003c000104000000003c00010400000000 "
	  "x:3c000104000000003c000104000000003c000104000000003c00010400000000 x:0600010400000000 tcp",
	  "tcp TCP fd00::1:1000>fd00::2:502 0/0" },
	{ "fragment header of a whole packet", "eth:86dd ip6:44 x:0600000000000001 tcp fill:3",
	  "tcp TCP fd00::1:1000>fd00::2:502 3/3" },
	{ "fragment header cut", "eth:86dd ip6:44 x:06000000000000", "cut" },
};

static const struct row transport_rows[] = {
	{ "TCP header cut by one byte", "eth:0800 ip4:6 tcp cut:1", "cut" },
	{ "TCP shorter than its header", "eth:0800 ip4:6 fill:19", "cut" },
	{ "TCP offset of 4", "eth:0800 ip4:6 tcp poke:12:40", "bad-header" },
	{ "TCP options", "eth:0800 ip4:6 tcp poke:12:60 x:01010101 fill:2", TCP4 " 2/2" },
	{ "TCP offset beyond the segment", "eth:0800 ip4:6 tcp poke:12:60 fill:3", "bad-header" },
	{ "TCP options cut by the snap length", "eth:0800 ip4:6 tcp poke:12:60 x:01010101 cut:1", "cut" },
	{ "UDP", "eth:0800 ip4:17 udp:5000:161 fill:7", "udp UDP 10.0.0.1:5000>10.0.0.2:161 7/7" },
	{ "UDP shorter than its header", "eth:0800 ip4:17 fill:7", "cut" },
	{ "UDP length below its header", "eth:0800 ip4:17 udp poke:4:0007 fill:7", "bad-header" },
	{ "UDP length beyond the packet", "eth:0800 ip4:17 udp poke:4:0010 fill:7", "bad-header" },
	{ "UDP length below the packet", "eth:0800 ip4:17 udp poke:4:000a fill:7", "udp UDP " ENDS " 2/2" },
	{ "UDP length 0: the rest", "eth:86dd ip6:17 udp poke:4:0000 fill:7",
	  "udp UDP fd00::1:1000>fd00::2:502 7/7" },
	{ "UDP cut by the snap length", "eth:0800 ip4:17 udp fill:7 cut:6", "udp UDP " ENDS " 1/7 C" },
	{ "SCTP: chunks are the payload", "eth:0800 ip4:132 sctp:38412:38412 fill:16",
	  "sctp SCTP 10.0.0.1:38412>10.0.0.2:38412 16/16" },
	{ "SCTP shorter than its header", "eth:0800 ip4:132 fill:11", "cut" },
	{ "ICMP: the whole message", "eth:0800 ip4:1 icmp fill:4", "icmp ICMP 10.0.0.1>10.0.0.2 1 12/12" },
	{ "ICMP of three bytes", "eth:0800 ip4:1 fill:3", "cut" },
	{ "ICMPv6", "eth:86dd ip6:58 icmp6 fill:4", "icmp ICMP fd00::1>fd00::2 58 12/12" },
};

#define GTP "eth:0800 ip4:17 udp:2152:2152 gtp "
#define IN1 "10.0.1.1:1000>10.0.1.2:502"
#define T1 "10.0.0.1>10.0.0.2@0#1"
#define GRE "eth:0800 ip4:47 "
#define VX "eth:0800 ip4:17 udp:50000:4789 "

static const struct row tunnel_rows[] = {
	{ "IPv4 in IPv4", "eth:0800 ip4:4 ip4:6 tcp fill:1", "tcp TCP " IN1 " ipip:0:" T1 " 1/1 N" },
	{ "IPv6 in IPv4", "eth:0800 ip4:41 ip6:6 tcp",
	  "tcp TCP fd00::101:1000>fd00::102:502 ipip:0:" T1 " 0/0 N" },
	{ "IPv4 in IPv6", "eth:86dd ip6:4 ip4:6 tcp", "tcp TCP " IN1 " ipip:0:fd00::1>fd00::2@0#1 0/0 N" },
	{ "the protocol says 4, the packet 6", "eth:0800 ip4:4 ip6:6 tcp", "bad-header" },
	{ "a group outside is not one inside", "eth:0800 poke:0:01 ip4:4 ip4:6 tcp",
	  "tcp TCP " IN1 " ipip:0:" T1 " 0/0 N" },
	{ "the VLAN stays with an IP tunnel", "eth:8100 x:00070800 ip4:4 ip4:6 tcp",
	  "tcp TCP " IN1 " v7 ipip:0:10.0.0.1>10.0.0.2@7#1 0/0 N" },
	{ "four tunnels, two kept", "eth:0800 ip4:4 ip4:4 ip4:4 ip4:4 ip4:6 tcp",
	  "tcp TCP 10.0.4.1:1000>10.0.4.2:502 ipip:0:10.0.0.1>10.0.0.2@0#4 "
	  "ipip:0:10.0.1.1>10.0.1.2@0#4 0/0 N" },
	{ "five tunnels", "eth:0800 ip4:4 ip4:4 ip4:4 ip4:4 ip4:4 ip4:6 tcp", "too-deep" },
	{ "GTP-U", GTP "ip4:6 tcp fill:5", "tcp TCP " IN1 " gtpu:9:" T1 " 5/5 N" },
	{ "GTP-U, IPv6 inside", GTP "ip6:17 udp",
	  "udp UDP fd00::101:1000>fd00::102:502 gtpu:9:" T1 " 0/0 N" },
	{ "GTP-U with a sequence number", GTP "poke:0:32 x:00010000 ip4:6 tcp",
	  "tcp TCP " IN1 " gtpu:9:" T1 " 0/0 N" },
	{ "GTP-U with two extension headers",
	  GTP "poke:0:34 x:00000085 x:01000085 x:02000000 x:00000000 ip4:6 tcp",
	  "tcp TCP " IN1 " gtpu:9:" T1 " 0/0 N" },
	{ "GTP-U, type of extension without its flag", GTP "poke:0:32 x:00010085 ip4:6 tcp",
	  "tcp TCP " IN1 " gtpu:9:" T1 " 0/0 N" },
	{ "GTP-U, extension header of no length", GTP "poke:0:34 x:00000085 x:00000000 ip4:6 tcp",
	  "udp UDP 10.0.0.1:2152>10.0.0.2:2152 56/56" },
	{ "GTP-U, extension header beyond the end", GTP "poke:0:34 x:00000085 x:40000000",
	  "udp UDP 10.0.0.1:2152>10.0.0.2:2152 16/16" },
	{ "GTP-U, echo request", GTP "poke:1:01 ip4:6 tcp", "udp UDP 10.0.0.1:2152>10.0.0.2:2152 48/48" },
	{ "GTP-U, version 2", GTP "poke:0:50 ip4:6 tcp", "udp UDP 10.0.0.1:2152>10.0.0.2:2152 48/48" },
	{ "GTP prime", GTP "poke:0:20 ip4:6 tcp", "udp UDP 10.0.0.1:2152>10.0.0.2:2152 48/48" },
	{ "GTP-U, length beyond the datagram", GTP "poke:2:0030 ip4:6 tcp",
	  "tcp TCP " IN1 " gtpu:9:" T1 " 0/0 N" },
	{ "GTP-U, length shorter than its packet", GTP "poke:2:0027 ip4:6 tcp",
	  "udp UDP 10.0.0.1:2152>10.0.0.2:2152 48/48" },
	{ "GTP-U, length below the datagram", GTP "poke:2:0028 ip4:6 poke:2:0028 tcp fill:3",
	  "tcp TCP " IN1 " gtpu:9:" T1 " 0/0 N" },
	{ "GTP-U, nothing that could be a packet inside", GTP "x:99 fill:30",
	  "udp UDP 10.0.0.1:2152>10.0.0.2:2152 39/39" },
	{ "GTP-U, inner length beyond the tunnel", GTP "ip4:6 poke:2:0029 tcp",
	  "udp UDP 10.0.0.1:2152>10.0.0.2:2152 48/48" },
	{ "GTP-U, inner length beyond the tunnel, IPv6", GTP "ip6:17 poke:4:0009 udp",
	  "udp UDP 10.0.0.1:2152>10.0.0.2:2152 56/56" },
	{ "GTP-U, both lengths beyond the datagram", GTP "poke:2:0060 ip4:6 poke:2:0040 tcp",
	  "udp UDP 10.0.0.1:2152>10.0.0.2:2152 48/48" },
	{ "GTP-U, bytes behind an Ethernet frame", GTP "poke:2:002a eth:0806 poke:11:08 fill:31",
	  "arp ETHER 08>02 0806 gtpu:9:" T1 " 28/28" },
	{ "GTP-U, nine extension headers",
	  GTP "poke:0:34 x:00000085 "
	      "x:010000850100008501000085010000850100008501000085010000850100008501000000 ip4:6 tcp",
	      "udp UDP 10.0.0.1:2152>10.0.0.2:2152 88/88" },
	{ "GTP-U, eight extension headers",
	  GTP "poke:0:34 x:00000085 x:0100008501000085010000850100008501000085010000850100008501000000 ip4:6 "
	      "tcp", "tcp TCP " IN1 " gtpu:9:" T1 " 0/0 N" },
	{ "GTP-U, Ethernet inside", GTP "eth:0806 poke:11:08 fill:28",
	  "arp ETHER 08>02 0806 gtpu:9:" T1 " 28/28" },
	{ "GTP-U, cut by the snap length", GTP "ip4:6 tcp fill:9 cut:4",
	  "tcp TCP " IN1 " gtpu:9:" T1 " 5/9 CN" },
	{ "VXLAN", VX "x:0800000000000700 eth:0800 ip4:6 tcp", "tcp TCP " IN1 " vxlan:7:" T1 " 0/0" },
	{ "VXLAN, old port, tag inside",
	  "eth:8100 x:00050800 ip4:17 udp:50000:8472 x:0800000000000700 eth:8100 x:00060800 ip4:6 tcp",
	  "tcp TCP " IN1 " v6 vxlan:7:10.0.0.1>10.0.0.2@5#1 0/0" },
	{ "VXLAN, group policy", VX "x:8800000300000700 eth:0800 ip4:6 tcp",
	  "tcp TCP " IN1 " vxlan:7:" T1 " 0/0" },
	{ "VXLAN, ARP inside has no IP ends", VX "x:0800000000000700 eth:0806 poke:11:08 fill:28",
	  "arp ETHER 08>02 0806 vxlan:7:" T1 " 28/28" },
	{ "VXLAN without its flag", VX "x:0000000000000700 eth:0800 ip4:6 tcp",
	  "udp UDP 10.0.0.1:50000>10.0.0.2:4789 62/62" },
	{ "VXLAN with a reserved bit", VX "x:0800000000000701 eth:0800 ip4:6 tcp",
	  "udp UDP 10.0.0.1:50000>10.0.0.2:4789 62/62" },
	{ "VXLAN with reserved bytes", VX "x:0800010000000700 eth:0800 ip4:6 tcp",
	  "udp UDP 10.0.0.1:50000>10.0.0.2:4789 62/62" },
	{ "VXLAN, sender inside is a group", VX "x:0800000000000700 eth:0800 poke:6:03 ip4:6 tcp",
	  "udp UDP 10.0.0.1:50000>10.0.0.2:4789 62/62" },
	{ "VXLAN too short for a frame", VX "x:0800000000000700 fill:13",
	  "udp UDP 10.0.0.1:50000>10.0.0.2:4789 21/21" },
	{ "from the VXLAN port it is no VXLAN",
	  "eth:0800 ip4:17 udp:4789:53 x:0800000000000700 eth:0800 ip4:6 tcp",
	  "udp UDP 10.0.0.1:4789>10.0.0.2:53 62/62" },
	{ "VXLAN-GPE, Ethernet", "eth:0800 ip4:17 udp:50000:4790 x:0c00000300000700 eth:0800 ip4:6 tcp",
	  "tcp TCP " IN1 " vxlan:7:" T1 " 0/0" },
	{ "VXLAN-GPE, IPv6", "eth:0800 ip4:17 udp:50000:4790 x:0c00000200000700 ip6:17 udp",
	  "udp UDP fd00::101:1000>fd00::102:502 vxlan:7:" T1 " 0/0 N" },
	{ "VXLAN-GPE, other protocol", "eth:0800 ip4:17 udp:50000:4790 x:0c00000400000700 ip4:17 udp",
	  "udp UDP 10.0.0.1:50000>10.0.0.2:4790 36/36" },
	{ "VXLAN-GPE without its flag", "eth:0800 ip4:17 udp:50000:4790 x:0800000100000700 ip4:17 udp",
	  "udp UDP 10.0.0.1:50000>10.0.0.2:4790 36/36" },
	{ "VXLAN-GPE, not an IP packet", "eth:0800 ip4:17 udp:50000:4790 x:0c00000100000700 fill:30",
	  "udp UDP 10.0.0.1:50000>10.0.0.2:4790 38/38" },
	{ "Teredo", "eth:0800 ip4:17 udp:50000:3544 ip6:58 icmp6",
	  "icmp ICMP fd00::101>fd00::102 58 ipip:0:" T1 " 8/8 N" },
	{ "Teredo with authentication and origin",
	  "eth:0800 ip4:17 udp:3544:50000 x:00010000000000000000000000 x:0000f227c0a80001 ip6:58 icmp6",
	  "icmp ICMP fd00::101>fd00::102 58 ipip:0:" T1 " 8/8 N" },
	{ "Teredo without IPv6", "eth:0800 ip4:17 udp:50000:3544 fill:60",
	  "udp UDP 10.0.0.1:50000>10.0.0.2:3544 60/60" },
	{ "Teredo port, IPv4 inside", "eth:0800 ip4:17 udp:50000:3544 ip4:6 tcp",
	  "udp UDP 10.0.0.1:50000>10.0.0.2:3544 40/40" },
	{ "GRE, IPv4", GRE "x:00000800 ip4:6 tcp", "tcp TCP " IN1 " gre:0:" T1 " 0/0 N" },
	{ "GRE, IPv6, checksum, key and sequence number",
	  GRE "x:b00086dd x:00000000 x:00000011 x:00000001 ip6:17 udp",
	  "udp UDP fd00::101:1000>fd00::102:502 gre:17:" T1 " 0/0 N" },
	{ "GRE, Ethernet", GRE "x:00006558 eth:0800 ip4:6 tcp", "tcp TCP " IN1 " gre:0:" T1 " 0/0" },
	{ "GRE, MPLS", GRE "x:00008847 x:00010140 ip4:6 tcp", "tcp TCP " IN1 " gre:0:" T1 " 0/0 N" },
	{ "GRE, other protocol", GRE "x:0000883e fill:9", "ip-other IP 10.0.0.1>10.0.0.2 47 13/13" },
	{ "GRE, source routes", GRE "x:40000800 x:0000000000000000 ip4:6 tcp",
	  "ip-other IP 10.0.0.1>10.0.0.2 47 52/52" },
	{ "GRE, nothing inside", GRE "x:00000800", "ip-other IP 10.0.0.1>10.0.0.2 47 4/4" },
	{ "GRE cut short", GRE "x:20000800 x:0000", "cut" },
	{ "GRE, version 2", GRE "x:00020800 ip4:6 tcp", "ip-other IP 10.0.0.1>10.0.0.2 47 44/44" },
	{ "PPTP: PPP with IPv4, acknowledgement",
	  GRE "x:3081880b x:002c0005 x:00000001 x:00000001 x:ff030021 ip4:6 tcp",
	  "tcp TCP " IN1 " gre:5:" T1 " 0/0 N" },
	{ "PPTP: compressed PPP header", GRE "x:3001880b x:00290005 x:00000001 x:21 ip4:6 tcp",
	  "tcp TCP " IN1 " gre:5:" T1 " 0/0 N" },
	{ "PPTP: encrypted", GRE "x:3001880b x:00290005 x:00000001 x:fd fill:40",
	  "ip-other IP 10.0.0.1>10.0.0.2 47 53/53" },
	{ "PPTP: acknowledgement alone", GRE "x:2081880b x:00000005 x:00000001",
	  "ip-other IP 10.0.0.1>10.0.0.2 47 12/12" },
	{ "ERSPAN type I", GRE "x:000088be eth:8100 x:00060800 ip4:6 tcp",
	  "tcp TCP " IN1 " v6 erspan:0:" T1 " 0/0" },
	{ "ERSPAN type II: session and VLAN of the header",
	  GRE "x:100088be x:00000001 x:1007000a00000000 eth:0800 ip4:6 tcp",
	  "tcp TCP " IN1 " v7 erspan:10:" T1 " 0/0" },
	{ "ERSPAN type II with the version of III",
	  GRE "x:100088be x:00000001 x:2007000a00000000 eth:0800 ip4:6 tcp", "bad-header" },
	{ "ERSPAN type II cut short", GRE "x:100088be x:00000001 x:1007000a000000", "cut" },
	{ "ERSPAN type III", GRE "x:100022eb x:00000001 x:2007000a0000000000000000 eth:0800 ip4:6 tcp",
	  "tcp TCP " IN1 " v7 erspan:10:" T1 " 0/0" },
	{ "ERSPAN type III with a platform part",
	  GRE "x:100022eb x:00000001 x:2007000a0000000000000001 x:0000000000000000 eth:0800 ip4:6 tcp",
	  "tcp TCP " IN1 " v7 erspan:10:" T1 " 0/0" },
	{ "ERSPAN type III, IP inside", GRE "x:100022eb x:00000001 x:2007000a0000000000000800 ip4:6 tcp",
	  "tcp TCP " IN1 " v7 erspan:10:" T1 " 0/0 N" },
	{ "ERSPAN type III, platform part cut",
	  GRE "x:100022eb x:00000001 x:2007000a0000000000000001 x:00000000", "cut" },
};

static void links(void **state)
{
	(void)state;
	run_rows(link_rows, ARRAY_LEN(link_rows), &limits);
}

static void addresses(void **state)
{
	(void)state;
	run_rows(ip_rows, ARRAY_LEN(ip_rows), &limits);
}

static void transports(void **state)
{
	(void)state;
	run_rows(transport_rows, ARRAY_LEN(transport_rows), &limits);
}

static void tunnels(void **state)
{
	(void)state;
	run_rows(tunnel_rows, ARRAY_LEN(tunnel_rows), &limits);
}

/* Fields no row prints. */
static void fields(void **state)
{
	const char *text = "@7 tap:3 eth:0800 ip4:6 poke:8:1f tcp poke:4:01020304 poke:8:05060708 poke:13:d2 "
			   "poke:14:1000 fill:3";
	struct frame f = { .link = 1 };
	struct layers l;
	struct setup s;

	(void)state;
	setup_open(&s, &limits);
	assert_true(make_frame(&text, &f));
	assert_true(decode_frame(s.d, &f, &l));
	assert_int_equal(l.frame, 1);
	assert_int_equal(l.first_frame, 1);
	assert_int_equal(l.at_ns, 7000);
	assert_int_equal(l.tap, 3);
	assert_int_equal(l.ttl, 31);
	assert_int_equal(l.seq, 0x01020304);
	assert_int_equal(l.ack, 0x05060708);
	assert_int_equal(l.tcp_flags, TCP_SYN | TCP_ACK);
	assert_int_equal(l.window, 0x1000);
	assert_int_equal(l.wire, 14 + 20 + 20 + 3);
	assert_int_equal(l.ether, 0x0800);
	assert_int_equal(l.ip_proto, 6);
	assert_int_equal(l.tunnel_depth, 0);
	assert_ptr_equal(l.payload.p, f.p + 54);
	assert_int_equal(decode_stats(s.d)->payload, 3);
	assert_int_equal(decode_stats(s.d)->bytes, f.n);
	free((void *)(uintptr_t)f.p);
	setup_close(&s);
}

static void named(void **state)
{
	static char out[RESULT_ROOM];
	struct setup s;

	(void)state;
	setup_open(&s, &limits);
	run_row(s.d, "eth:8892 fill:9; eth:88a4 fill:9; eth:8892 fill:9; eth:len x:424203; eth:0800 ip4:2 "
		     "fill:8; link:227 fill:9", out);
	const struct decode_stats *st = decode_stats(s.d);

	assert_int_equal(st->ethertypes[0].number, 0x8892);
	assert_int_equal(st->ethertypes[0].frames, 2);
	assert_int_equal(st->ethertypes[1].number, 0x88a4);
	assert_int_equal(st->ethertypes[2].number, 0x42);
	assert_int_equal(st->ethertypes[3].frames, 0);
	assert_int_equal(st->ip_protocols[0].number, 2);
	assert_int_equal(st->links[0].number, 227);
	for (unsigned i = 0; i < 2 * NAMED_COUNTS; i++) {
		snprintf(out, sizeof(out), "link:1 eth:%04x fill:9", 0x9b00 + i);
		static char again[RESULT_ROOM];

		run_row(s.d, out, again);
	}
	assert_int_equal(st->named_other, 2 * NAMED_COUNTS - (NAMED_COUNTS - 3));
	assert_string_equal(ethertype_name(0x8892), "PROFINET");
	assert_string_equal(ethertype_name(0x42), "STP");
	assert_string_equal(ip_protocol_name(89), "OSPF");
	assert_string_equal(link_name(227), "CAN_SOCKETCAN");
	assert_null(ethertype_name(0x9b00));
	setup_close(&s);
}

static uint8_t shard_of(struct decode *d, const char *text)
{
	struct frame f = { .link = 1 };
	struct layers l;

	assert_true(make_frame(&text, &f));
	assert_true(decode_frame(d, &f, &l));
	free((void *)(uintptr_t)f.p);
	return l.shard;
}

static void shards(void **state)
{
	unsigned used = 0;
	uint64_t seen = 0;
	char text[128];
	struct setup s;

	(void)state;
	setup_open(&s, &limits);
	uint8_t one = shard_of(s.d, "eth:0800 ip4:6 tcp");

	assert_int_equal(one, shard_of(s.d, "eth:0800 swap ip4:6 swap tcp swap fill:1"));
	assert_int_equal(one, shard_of(s.d, "tap:3 eth:0800 ip4:17 udp:1:2"));
	assert_int_equal(shard_of(s.d, GTP "ip4:6 tcp"), shard_of(s.d, "eth:0800 ip4:4 ip4:6 swap tcp"));
	assert_int_equal(shard_of(s.d, "eth:8892 fill:9"), shard_of(s.d, "eth:88a4 swap fill:9"));
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "eth:0800 ip4:6 poke:12:0a%06x poke:16:0a0000fe tcp", i);
		seen |= UINT64_C(1) << shard_of(s.d, text);
	}
	for (; seen != 0; seen &= seen - 1)
		used++;
	assert_int_equal(used, SHARDS);			/* neighbours spread over all */
	setup_close(&s);
}

static void no_memory(void **state)
{
	struct arena a;
	struct decode *d = NULL;

	(void)state;
	assert_int_equal(arena_map(&a, decode_need(&limits) / 2), 0);
	assert_int_not_equal(decode_init(&d, &a, &limits), 0);
	assert_null(d);
	arena_unmap(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links), cmocka_unit_test(addresses), cmocka_unit_test(transports),
		cmocka_unit_test(tunnels), cmocka_unit_test(fields), cmocka_unit_test(named),
		cmocka_unit_test(shards), cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("decode_layers", tests, NULL, NULL);
}

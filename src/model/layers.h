/* model/layers.h: what decode/ found in one frame. Filled by the reader, used by one shard. */
#ifndef MODEL_LAYERS_H
#define MODEL_LAYERS_H

#include "model/obs.h"

struct frame {			/* from capture/; a view into the reader's block */
	const uint8_t *p;
	uint32_t n;		/* bytes captured */
	uint32_t wire;		/* bytes there were on the wire, >= n */
	int64_t at_ns;		/* capture time, nanoseconds since 1970 UTC */
	uint16_t link;		/* LINKTYPE_ value (tcpdump.org linktypes) */
	uint8_t tap;
	uint8_t spare;
	uint32_t dropped;	/* frames the capture says it lost just before this one (pcapng, drop
				 * counts) */
};

/* The innermost layer a shard works on. */
enum layer_kind { KIND_ETHER = 1, KIND_IP, KIND_ICMP, KIND_UDP, KIND_TCP, KIND_SCTP, KIND_COUNT };

/* Every frame is in exactly one class: the first sum of account. */
enum frame_class {
	FRAME_TCP, FRAME_UDP, FRAME_SCTP, FRAME_ICMP, FRAME_IP_OTHER, FRAME_ARP, FRAME_LLDP,
	FRAME_ETHER_OTHER,
	FRAME_DUPLICATE,	/* the mirror gave it twice; dropped */
	FRAME_FRAGMENT,		/* kept for, or completing, a datagram; the datagram itself is not a frame */
	FRAME_FRAGMENT_DROPPED,	/* caps, overlap or time-out: its datagram was never completed */
	FRAME_CUT,		/* headers cut short by the snap length or the sender */
	FRAME_BAD_HEADER,	/* lengths or versions that contradict each other */
	FRAME_TOO_DEEP,		/* more than TUNNEL_DEPTH_MAX tunnels */
	FRAME_LINK_UNKNOWN,	/* a link type we cannot decode; counted by number */
	FRAME_CLASSES
};

enum layer_flag {
	LAYER_GROUP = 1 << 0,	/* destination is a broadcast or multicast address (link or IP) */
	LAYER_DEFRAGMENTED = 1 << 1,	/* payload comes from several frames */
	LAYER_BAD_CHECKSUM = 1 << 2,	/* judged bad: must not enter reassembly */
	LAYER_CUT = 1 << 3,	/* payload_wire > payload.n */
	LAYER_NO_MAC = 1 << 4,	/* the link has no MAC addresses */
	LAYER_MAC_SRC_ONLY = 1 << 5,	/* Linux cooked capture: only the sender's MAC is known */
};

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

struct layers {
	uint64_t frame;		/* number from 1 */
	uint64_t first_frame;	/* defragmented: the frame of the first fragment; else frame */
	int64_t at_ns;
	uint8_t src_ip[16], dst_ip[16];	/* innermost; IPv4 mapped; zero without IP */
	uint8_t src_mac[6], dst_mac[6];	/* innermost Ethernet; zero (LAYER_NO_MAC) inside a tunnel that
					 * carries only IP */
	uint16_t src_port, dst_port;
	uint16_t ether;		/* innermost ethertype; 0 for LLC without SNAP */
	uint8_t lsap;		/* LLC destination SAP when ether is 0 */
	uint8_t ip_proto;	/* innermost, extension headers skipped */
	uint8_t kind;		/* enum layer_kind */
	uint8_t class;		/* enum frame_class */
	uint8_t tap;
	uint8_t shard;		/* 0 .. SHARDS - 1: symmetric over the innermost host pair */
	uint16_t flags;		/* enum layer_flag */
	uint16_t vlan;		/* outermost 802.1Q id of the frame, or of the Ethernet frame a tunnel
				 * carries; 0: none */
	uint16_t vlan_inner;	/* QinQ */
	uint8_t ttl;
	uint8_t tcp_flags;
	uint16_t window;
	uint8_t tunnel_depth;	/* 0: none */
	uint8_t spare;
	uint32_t seq, ack;	/* TCP */
	uint32_t wire;		/* bytes of the whole frame on the wire */
	uint32_t payload_wire;	/* transport payload as the headers say */
	struct bytes payload;	/* as captured; valid until the shard has returned */
	struct tunnel tunnels[TUNNELS_KEPT];	/* tunnel_depth 0: whatever was there */
};

#endif

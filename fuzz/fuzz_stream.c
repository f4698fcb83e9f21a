/* fuzz/fuzz_stream.c: random frames to a shard with every protocol. Input: frames, each
 *   kind:3 direction:1 flow:4 | TCP flags or ethertype | sequence:2 (signed, from where this side is) |
 *   length:2 of the payload behind these 8 bytes | acknowledged:1 (relative) | clock:4 cut:2 group:1 bad
 *   checksum:1 */
#include "shard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t ports[16] = {502,	 102, 53,  5353, 5355, 137,   80,    21,
				   8080, 20,  445, 4840, 1883, 44818, 20000, 47808};
static const uint16_t ethertypes[8] = {0x0806, 0x88cc, 0x0800, 0x8892, 0x88b8, 0x88ba, 0x86dd, 0};

/* A number whose highest bit is its sign, to be added to a position. */
static uint32_t signed_of(uint32_t v, uint32_t highest)
{
	return (v ^ highest) - highest;
}

static void fill(struct layers *l, const uint8_t head[8], uint32_t seq[16][2])
{
	static const uint8_t kinds[8] = {KIND_TCP, KIND_TCP,   KIND_TCP,  KIND_UDP,
					 KIND_UDP, KIND_ETHER, KIND_SCTP, KIND_ICMP};
	static const uint8_t numbers[] = {
		[KIND_TCP] = 6, [KIND_UDP] = 17, [KIND_SCTP] = 132, [KIND_ICMP] = 1};
	unsigned d = head[0] >> 3 & 1, flow = head[0] >> 4;

	*l = (struct layers){.kind = kinds[head[0] & 7], .tcp_flags = head[1], .ether = 0x0800};
	l->src_mac[5] = l->src_ip[15] = (uint8_t)(1 + d);
	l->dst_mac[5] = l->dst_ip[15] = (uint8_t)(2 - d);
	l->src_ip[10] = l->src_ip[11] = l->dst_ip[10] = l->dst_ip[11] = 255;
	l->src_port = d == 0 ? 40000 : ports[flow];
	l->dst_port = d == 0 ? ports[flow] : 40000;
	l->seq = seq[flow][d] + signed_of((uint32_t)(head[2] | head[3] << 8), 0x8000);
	l->ack = seq[flow][!d] + signed_of(head[6], 0x80);
	if (l->kind == KIND_ETHER) {
		memset(l->src_ip, 0, 16);
		memset(l->dst_ip, 0, 16);
		l->src_port = l->dst_port = 0;
		l->ether = ethertypes[head[1] & 7];
		l->lsap = l->ether == 0 ? head[1] : 0;
	} else {
		l->ip_proto = numbers[l->kind];
	}
	if (l->kind == KIND_ICMP)
		l->src_port = l->dst_port = 0;
	l->flags = (uint16_t)((head[7] & 64 ? LAYER_GROUP : 0) | (head[7] & 128 ? LAYER_BAD_CHECKSUM : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t seq[16][2] = {{0}};

	fuzz_open();
	while (size >= 8) {
		struct layers l;
		size_t n = min_size((size_t)(data[4] | data[5] << 8), size - 8);
		unsigned flow = data[0] >> 4, d = data[0] >> 3 & 1;

		fill(&l, data, seq);
		if (data[7] & 15)
			fuzz_wait((data[7] & 15) == 15 ? 70 : (data[7] & 15) > 8);
		l.payload_wire = (uint32_t)n + (data[7] >> 4 & 3);
		if (data[7] >> 4 & 3)
			l.flags |= LAYER_CUT;
		if (l.kind == KIND_TCP)
			seq[flow][d] = l.seq + (uint32_t)n + ((l.tcp_flags & (TCP_SYN | TCP_FIN)) != 0);
		fuzz_frame(&l, data + 8, n);
		data += 8 + n;
		size -= 8 + n;
	}
	fuzz_close();
	return 0;
}

/* decode/usual.c: the frame that nearly all are, in one go: Ethernet without tags, a whole IPv4 packet
 * without options, TCP.
 *
 * It says exactly what the walk would say, for half the instructions, because it asks nothing that such a
 * frame has answered already. tests/unit/decode_usual.c holds one against the other. */
#include "decode/sum.h"
#include "decode/walk.h"

enum {
	IP_AT = 14, TCP_AT = 34,	/* where the headers begin: IEEE 802.3 section 3.1, RFC 791 section
					 * 3.1 */
	HEADERS = TCP_AT + 20,		/* RFC 9293 section 3.1, without options */
	PROTO_TCP = 6,
};

/* Everything that makes it usual: type, version and length of header; no fragment; TCP; all there. */
static bool is_usual(const struct frame *f, const uint8_t *p, size_t total, size_t header)
{
	return f->link == LINKTYPE_ETHERNET &&
	       (load_be32(p + 12) & UINT32_C(0xffffff00)) == (ETHERTYPE_IP4 << 16 | 0x4500) &&
	       (load_be16(p + 20) & 0x3fff) == 0 && p[23] == PROTO_TCP && total <= f->n - IP_AT &&
	       header >= 20 && total >= HEADERS - IP_AT + header - 20;
}

/* RFC 9293 section 3.1 and RFC 791 section 3.1. The sum of the packet is that of the segment when the header
 * is right. */
static bool is_right(const uint8_t *p, size_t segment, uint64_t packet_sum)
{
	uint64_t pseudo = (uint64_t)load_u32(p + 26) + load_u32(p + 30) + sum_word((uint16_t)segment) +
			  sum_word(PROTO_TCP);

	return sum_fold(sum_header(p + IP_AT)) == 0xffff && sum_fold(sum_add(packet_sum, pseudo)) == 0xffff;
}

bool usual_frame(struct decode *d, const struct frame *f, struct layers *l, bool *ret_give)
{
	struct cursor c = cur_over((struct bytes){ f->p, f->n });
	const uint8_t *p = cur_take(&c, HEADERS);

	if (p == NULL)
		return false;
	size_t total = load_be16(p + 16), header = (size_t)(p[46] >> 4) * 4;
	uint64_t sum;

	if (!is_usual(f, p, total, header))
		return false;
	memcpy(l->dst_mac, p, sizeof(l->dst_mac));
	memcpy(l->src_mac, p + 6, sizeof(l->src_mac));
	l->ether = ETHERTYPE_IP4;
	if (mac_is_group(p))
		l->flags = LAYER_GROUP;
	*ret_give = !duplicate_seen(d, f, (struct bytes){ p + IP_AT, total }, &sum);
	if (!*ret_give) {
		l->class = FRAME_DUPLICATE;
		return true;
	}
	if (ip4_is_group(p + 30))
		l->flags = LAYER_GROUP;
	store_mapped(l->src_ip, p + 26);
	store_mapped(l->dst_ip, p + 30);
	l->ttl = p[22];
	l->ip_proto = PROTO_TCP;
	l->src_port = load_be16(p + 34);
	l->dst_port = load_be16(p + 36);
	l->seq = load_be32(p + 38);
	l->ack = load_be32(p + 42);
	l->tcp_flags = p[47] & 0x3f;
	l->window = load_be16(p + 48);
	l->kind = KIND_TCP;
	l->class = FRAME_TCP;
	l->payload = (struct bytes){ p + TCP_AT + header, total - 20 - header };
	l->payload_wire = (uint32_t)l->payload.n;
	checksum_judge(d, l, (struct bytes){ p + TCP_AT, total - 20 }, is_right(p, total - 20, sum));
	return true;
}

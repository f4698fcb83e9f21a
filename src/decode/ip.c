/* decode/ip.c: IPv4, IPv6 and its extension headers, and what they carry. */
#include "decode/sum.h"
#include "decode/walk.h"

enum ip_number {		/* IANA protocol numbers */
	PROTO_HOP_OPTIONS = 0, PROTO_ICMP = 1, PROTO_IP4 = 4, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_IP6 = 41,
	PROTO_ROUTING = 43, PROTO_FRAGMENT = 44, PROTO_GRE = 47, PROTO_AH = 51, PROTO_ICMP6 = 58,
	PROTO_NONE = 59,
	PROTO_DESTINATION = 60, PROTO_SCTP = 132, PROTO_MOBILITY = 135, PROTO_HIP = 139, PROTO_SHIM6 = 140,
};

bool ip_plausible(struct bytes b, size_t wire)
{
	struct cursor c = cur_over(b);
	uint8_t version = cur_peek(&c) >> 4;

	if (version == 4) {
		const uint8_t *p = cur_take(&c, 20);

		if (p == NULL)
			return false;
		size_t header = (size_t)(p[0] & 15) * 4;
		size_t total = load_be16(p + 2);

		return header >= 20 && total >= header && total <= wire;
	}
	if (version == 6) {
		const uint8_t *p = cur_take(&c, 40);

		return p != NULL && load_be16(p + 4) <= wire - 40;
	}
	return false;
}

enum step ip_either(struct walk *w)
{
	if (w->c.left == 0)
		return walk_stop(w, FRAME_CUT);
	if (w->c.p[0] >> 4 == 4)
		return STEP_IP4;
	return w->c.p[0] >> 4 == 6 ? STEP_IP6 : walk_stop(w, FRAME_BAD_HEADER);
}

/* The first IP header of a frame decides whether the mirror gave it twice. The packet begins at the header,
 * of which `taken` bytes have been taken; as much of it as was captured is compared. ret_sum: its sum, when
 * all of it was. */
static bool duplicate(struct walk *w, struct bytes packet, size_t taken, uint64_t *ret_sum, bool *ret_summed)
{
	*ret_summed = false;
	if (w->deduplicated)
		return false;
	w->deduplicated = true;
	*ret_summed = packet.n <= taken + w->c.left;
	packet.n = min_size(packet.n, taken + w->c.left);
	return duplicate_seen(w->d, w->f, packet, ret_sum);
}

/* Judges the header. The sum of the packet is left to checksum_judge() as that of the segment behind the
 * header, because the sum of a right header is zero (0xffff); behind a wrong one nothing is right. */
static void sum_up(struct walk *w, const uint8_t *p, size_t header, size_t total, const uint64_t *packet_sum)
{
	uint64_t s = header == 20 ? sum_header(p) : sum_bytes((struct bytes){ p, header });

	w->header_bad = sum_fold(s) != 0xffff;
	if (packet_sum == NULL)
		return;
	w->segment = (struct bytes){ p + header, total - header };
	w->segment_sum = *packet_sum;
}

static void ends_v4(struct layers *l, const uint8_t *p)
{
	store_mapped(l->src_ip, p + 12);
	store_mapped(l->dst_ip, p + 16);
	if (ip4_is_group(p + 16))
		l->flags |= LAYER_GROUP;
}

enum step ip_v4(struct walk *w)				/* RFC 791 section 3.1 */
{
	struct layers *l = w->l;
	const uint8_t *p = walk_take(w, 20);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	size_t header = (size_t)(p[0] & 15) * 4;
	size_t total = load_be16(p + 2);
	uint64_t sum = 0;
	bool summed;

	if (p[0] >> 4 != 4 || header < 20)
		return walk_stop(w, FRAME_BAD_HEADER);
	w->unjudged = total == 0;			/* the sender's network card was to fill it in */
	if (total == 0)
		total = w->wire + 20;
	if (total < header)
		return walk_stop(w, FRAME_BAD_HEADER);
	if (duplicate(w, (struct bytes){ p, total }, 20, &sum, &summed))
		return walk_stop(w, FRAME_DUPLICATE);
	walk_trim(w, total - 20);
	if (header > 20 && walk_take(w, header - 20) == NULL)
		return walk_stop(w, FRAME_CUT);
	ends_v4(l, p);
	l->ether = 0x0800;
	l->ttl = p[8];
	l->ip_proto = p[9];
	sum_up(w, p, header, total, summed ? &sum : NULL);
	uint16_t piece = load_be16(p + 6);

	if ((piece & 0x3fff) == 0)
		return ip_proto(w);
	return fragment_add(w, &(struct fragment){
		.id = load_be16(p + 4), .at = (uint32_t)(piece & 0x1fff) * 8, .proto = p[9],
		.more = (piece & 0x2000) != 0 });
}

/* One extension header: its bytes, the next header. False: it does not fit. */
static bool extension(struct walk *w, uint8_t *proto)
{
	if (w->c.left < 2)
		return false;
	size_t n = *proto == PROTO_AH ? ((size_t)w->c.p[1] + 2) * 4 :	/* RFC 4302 section 2.2 */
	           ((size_t)w->c.p[1] + 1) * 8;			/* RFC 8200 section 4 */
	const uint8_t *p = walk_take(w, n);

	if (p != NULL)
		*proto = p[0];
	return p != NULL;
}

/* RFC 8200 section 4.5. Offset 0 and nothing more to come: a whole packet (RFC 6946). */
static enum step fragment_v6(struct walk *w)
{
	const uint8_t *p = walk_take(w, 8);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	w->l->ip_proto = p[0];
	uint16_t piece = load_be16(p + 2);

	if ((piece & 0xfff9) == 0)
		return STEP_PROTO;
	return fragment_add(w, &(struct fragment){
		.id = load_be32(p + 4), .at = piece & 0xfff8, .proto = p[0], .more = (piece & 1) != 0 });
}

/* Walks extension headers up to the transport. A fragment header hands over to fragment_add(), and the rest
 * of the chain, which lies inside the datagram, is walked when that is complete. */
static enum step extensions(struct walk *w)
{
	struct layers *l = w->l;

	for (unsigned i = 0; i < EXTENSIONS_MAX; i++) {
		switch (l->ip_proto) {
		case PROTO_FRAGMENT:
			return fragment_v6(w);
		case PROTO_MOBILITY:			/* RFC 6275 section 6.1.1: usually the last one */
			if (w->c.left > 0 && w->c.p[0] == PROTO_NONE)
				return walk_give(w, KIND_IP, FRAME_IP_OTHER);
			/* fall through */
		case PROTO_HOP_OPTIONS: case PROTO_ROUTING: case PROTO_DESTINATION: case PROTO_AH:
		case PROTO_HIP: case PROTO_SHIM6:
			if (!extension(w, &l->ip_proto))
				return walk_stop(w, FRAME_CUT);
			break;
		default:
			return STEP_PROTO;
		}
	}
	return walk_stop(w, FRAME_BAD_HEADER);
}

enum step ip_v6(struct walk *w)				/* RFC 8200 section 3 */
{
	struct layers *l = w->l;
	const uint8_t *p = walk_take(w, 40);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	if (p[0] >> 4 != 6)
		return walk_stop(w, FRAME_BAD_HEADER);
	size_t total = load_be16(p + 4);
	uint64_t sum;
	bool summed;

	/* A length of 0 says jumbogram (RFC 2675) or segmentation left to the network card: the rest of the
	 * frame. */
	w->unjudged = total == 0;
	w->header_bad = false;
	if (total == 0 && p[6] != PROTO_NONE)
		total = w->wire;
	if (duplicate(w, (struct bytes){ p, total + 40 }, 40, &sum, &summed))
		return walk_stop(w, FRAME_DUPLICATE);
	walk_trim(w, total);
	memcpy(l->src_ip, p + 8, sizeof(l->src_ip));
	memcpy(l->dst_ip, p + 24, sizeof(l->dst_ip));
	if (l->dst_ip[0] == 0xff)			/* RFC 4291 section 2.7 */
		l->flags |= LAYER_GROUP;
	l->ether = 0x86dd;
	l->ttl = p[7];
	l->ip_proto = p[6];
	return STEP_PROTO;
}

enum step ip_proto(struct walk *w)
{
	struct layers *l = w->l;
	bool v6 = l->ether == 0x86dd;

	switch (l->ip_proto) {
	case PROTO_TCP:
		return transport_tcp(w);
	case PROTO_UDP:
		return transport_udp(w);
	case PROTO_SCTP:
		return transport_sctp(w);
	case PROTO_ICMP:
		return v6 ? walk_give(w, KIND_IP, FRAME_IP_OTHER) : transport_icmp(w);
	case PROTO_ICMP6:
		return v6 ? transport_icmp(w) : walk_give(w, KIND_IP, FRAME_IP_OTHER);
	case PROTO_IP4:
		return tunnel_ipip(w, STEP_IP4);
	case PROTO_IP6:
		return tunnel_ipip(w, STEP_IP6);
	case PROTO_GRE:
		return tunnel_gre(w);
	case PROTO_AH:
		if (!v6)
			return extension(w, &l->ip_proto) ? STEP_PROTO : walk_stop(w, FRAME_CUT);
		return extensions(w);
	case PROTO_HOP_OPTIONS: case PROTO_ROUTING: case PROTO_FRAGMENT: case PROTO_DESTINATION:
	case PROTO_MOBILITY: case PROTO_HIP: case PROTO_SHIM6:
		return v6 ? extensions(w) : walk_give(w, KIND_IP, FRAME_IP_OTHER);
	}
	return walk_give(w, KIND_IP, FRAME_IP_OTHER);
}

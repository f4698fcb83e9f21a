/* decode/transport.c: TCP, UDP, SCTP and ICMP headers. */
#include "decode/walk.h"

/* The segment as captured: from its header on. Only whole ones can be judged. */
static void judge(struct walk *w, const uint8_t *header, size_t taken)
{
	struct bytes segment = { header, taken + w->c.left };

	if (w->wire == w->c.left && !w->unjudged && !w->whole)
		checksum_judge(w->d, w->l, segment, checksum_right(w, segment));
}

enum step transport_tcp(struct walk *w)			/* RFC 9293 section 3.1 */
{
	struct layers *l = w->l;
	const uint8_t *p = walk_take(w, 20);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	size_t header = (size_t)(p[12] >> 4) * 4;

	if (header < 20 || header - 20 > w->wire)
		return walk_stop(w, FRAME_BAD_HEADER);
	if (walk_take(w, header - 20) == NULL)
		return walk_stop(w, FRAME_CUT);
	l->src_port = load_be16(p);
	l->dst_port = load_be16(p + 2);
	l->seq = load_be32(p + 4);
	l->ack = load_be32(p + 8);
	l->tcp_flags = p[13] & 0x3f;
	l->window = load_be16(p + 14);
	judge(w, p, header);
	return walk_give(w, KIND_TCP, FRAME_TCP);
}

enum step transport_udp(struct walk *w)			/* RFC 768 */
{
	struct layers *l = w->l;
	const uint8_t *p = walk_take(w, 8);
	enum step next;

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	size_t total = load_be16(p + 4);

	/* 0: longer than 65,535 (RFC 2675 section 4), or left to the network card. */
	if (total != 0 && (total < 8 || total - 8 > w->wire))
		return walk_stop(w, FRAME_BAD_HEADER);
	if (total != 0)
		walk_trim(w, total - 8);
	else
		w->unjudged = true;
	l->src_port = load_be16(p);
	l->dst_port = load_be16(p + 2);
	if (tunnel_udp(w, &next))
		return next;
	if (p[6] != 0 || p[7] != 0)			/* 0: the sender made none */
		judge(w, p, 8);
	return walk_give(w, KIND_UDP, FRAME_UDP);
}

enum step transport_sctp(struct walk *w)		/* RFC 9260 section 3.1; payload are the chunks */
{
	struct layers *l = w->l;
	const uint8_t *p = walk_take(w, 12);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	l->src_port = load_be16(p);
	l->dst_port = load_be16(p + 2);
	judge(w, p, 12);
	return walk_give(w, KIND_SCTP, FRAME_SCTP);
}

enum step transport_icmp(struct walk *w)		/* RFC 792; RFC 4443 section 2.1 */
{
	if (w->c.left < 4)
		return walk_stop(w, FRAME_CUT);
	judge(w, w->c.p, 0);
	return walk_give(w, KIND_ICMP, FRAME_ICMP);
}

/* decode/tunnel.c: packets inside packets: IP in IP, GRE, ERSPAN, GTP-U, VXLAN, Teredo.
 *
 * The inner ends become the ends of the frame; the outer ones are kept in tunnels[], outermost first. A UDP
 * port alone does not make a tunnel: the header must be right in every bit the standard fixes and something
 * must stand inside that can be an IP packet or an Ethernet frame; else the datagram stays UDP. */
#include "decode/walk.h"

enum {
	PORT_GTPU = 2152,		/* 3GPP TS 29.281 section 4.4.2 */
	PORT_TEREDO = 3544,		/* RFC 4380 section 2.7 */
	PORT_VXLAN = 4789,		/* RFC 7348 section 5 */
	PORT_VXLAN_GPE = 4790,		/* draft-ietf-nvo3-vxlan-gpe section 6.1 */
	PORT_VXLAN_LINUX = 8472,	/* what Linux used before the registration, and still by default */
	GTPU_EXTENSIONS_MAX = 8,
};

enum { GRE_IP4 = 0x0800, GRE_IP6 = 0x86dd, GRE_ETHERNET = 0x6558, GRE_PPP = 0x880b, GRE_MPLS = 0x8847,
       GRE_ERSPAN = 0x88be, GRE_ERSPAN3 = 0x22eb };

/* Steps inside. What the layers say from here on is about the inner packet; until it shows an Ethernet header
 * of its own, its ends have no MAC addresses. The VLAN stays: it says where this was seen. */
static enum step tunnel_enter(struct walk *w, enum tunnel_kind kind, uint32_t id, enum step inner)
{
	struct layers *l = w->l;

	if (l->tunnel_depth == TUNNEL_DEPTH_MAX)
		return walk_stop(w, FRAME_TOO_DEEP);
	if (l->tunnel_depth < TUNNELS_KEPT) {
		struct tunnel *t = &l->tunnels[l->tunnel_depth];

		memcpy(t->src, l->src_ip, sizeof(t->src));
		memcpy(t->dst, l->dst_ip, sizeof(t->dst));
		t->id = id;
		t->kind = (uint8_t)kind;
		t->vlan = l->vlan;
	}
	l->tunnel_depth++;
	memset(l->src_ip, 0, sizeof(l->src_ip));
	memset(l->dst_ip, 0, sizeof(l->dst_ip));
	memset(l->src_mac, 0, sizeof(l->src_mac));
	memset(l->dst_mac, 0, sizeof(l->dst_mac));
	l->src_port = l->dst_port = l->ether = 0;
	l->ip_proto = l->ttl = 0;
	l->flags &= (uint16_t)~(LAYER_GROUP | LAYER_MAC_SRC_ONLY);
	l->flags |= LAYER_NO_MAC;
	if (inner == STEP_ETHER)
		l->vlan = l->vlan_inner = 0;		/* its own tags count */
	w->tunnel_id = (w->tunnel_id + (uint32_t)kind) * UINT32_C(0x9e3779b1) + id;
	return inner;
}

enum step tunnel_ipip(struct walk *w, enum step inner)	/* RFC 2003, RFC 2473, RFC 4213 */
{
	return tunnel_enter(w, TUNNEL_IPIP, 0, inner);
}

/* ---- GRE and ERSPAN ---- */

enum {
	GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080,
};

/* draft-foschiano-erspan-03 section 4. Type I is GRE without a sequence number and has no header of its own.
 * What the mirror switch saw is inside, so copies are looked for there. The id is the session. */
static enum step erspan(struct walk *w, bool has_header, bool third)
{
	uint16_t vlan = 0;
	uint32_t session = 0;
	enum step inner = STEP_ETHER;

	if (has_header) {
		const uint8_t *p = walk_take(w, third ? 12 : 8);

		if (p == NULL)
			return walk_stop(w, FRAME_CUT);
		vlan = load_be16(p) & 0xfff;
		session = load_be16(p + 2) & 0x3ff;
		if (p[0] >> 4 != (third ? 2 : 1))
			return walk_stop(w, FRAME_BAD_HEADER);
		if (third && (p[11] & 1) != 0 && walk_take(w, 8) == NULL)	/* platform specific part */
			return walk_stop(w, FRAME_CUT);
		if (third && (p[10] >> 2 & 31) == 2)		/* frame type: IP */
			inner = STEP_IP;
	}
	enum step next = tunnel_enter(w, TUNNEL_ERSPAN, session, inner);

	w->deduplicated = false;
	w->l->vlan = vlan;
	return next;
}

/* Key and sequence number behind a GRE header; taken from c. */
struct gre { uint16_t flags, type; uint32_t key; bool fits; };

static struct gre gre_header(struct cursor *c)		/* RFC 2784, RFC 2890; version 1: RFC 2637 section
							 * 4.1 */
{
	struct gre g = { .flags = cur_be16(c), .type = cur_be16(c) };

	if ((g.flags & 7) == 0 && (g.flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0)
		cur_take(c, 4);
	if ((g.flags & GRE_KEY) != 0)
		g.key = cur_be32(c);
	if ((g.flags & GRE_SEQUENCE) != 0)
		cur_take(c, 4);
	if ((g.flags & 7) == 1 && (g.flags & GRE_ACK) != 0)
		cur_take(c, 4);
	g.fits = !cur_broken(c);
	return g;
}

/* Version 0 is GRE, version 1 is what PPTP made of it: PPP, and the upper half of the key is a length. */
static bool gre_known(const struct gre *g)
{
	if ((g->flags & 7) == 0)
		return (g->flags & GRE_ROUTING) == 0;
	return (g->flags & 7) == 1 && g->type == GRE_PPP;
}

enum step tunnel_gre(struct walk *w)
{
	struct cursor ahead = w->c;
	struct gre g = gre_header(&ahead);
	enum step inner = STEP_STOP;
	size_t skip = 0;		/* bytes of PPP before the packet */

	if (!g.fits)
		return walk_stop(w, FRAME_CUT);
	if (!gre_known(&g) || ahead.left == 0)
		return walk_give(w, KIND_IP, FRAME_IP_OTHER);
	switch (g.type) {
	case GRE_IP4:
		inner = STEP_IP4;
		break;
	case GRE_IP6:
		inner = STEP_IP6;
		break;
	case GRE_ETHERNET:
		inner = STEP_ETHER;
		break;
	case GRE_MPLS:
		inner = STEP_MPLS;
		break;
	case GRE_PPP:	/* link control and encrypted frames stay with their outer ends */
		inner = link_ppp_next((struct bytes){ ahead.p, ahead.left }, &skip);
		break;
	case GRE_ERSPAN: case GRE_ERSPAN3:
		walk_take(w, w->c.left - ahead.left);
		return erspan(w, g.type == GRE_ERSPAN3 || (g.flags & GRE_SEQUENCE) != 0,
			      g.type == GRE_ERSPAN3);
	}
	if (inner == STEP_STOP)
		return walk_give(w, KIND_IP, FRAME_IP_OTHER);
	walk_take(w, w->c.left - ahead.left + skip);
	return tunnel_enter(w, TUNNEL_GRE, (g.flags & 7) == 1 ? g.key & 0xffff : g.key, inner);
}

/* ---- over UDP ---- */

/* 3GPP TS 29.281 section 5.1: version 1, protocol type 1, message 255 carries a user's packet. The length
 * counts everything behind the first eight bytes. Sequence number, N-PDU number and extension type stand
 * there together when one of their flags is set; extension headers (section 5.2.1) say their length in units
 * of four bytes. */
static bool gtpu(struct cursor *c, size_t *wire, uint32_t *ret_id)
{
	uint8_t flags = cur_u8(c);
	uint8_t message = cur_u8(c);
	size_t length = cur_be16(c);

	*ret_id = cur_be32(c);
	if (cur_broken(c) || (flags & 0xf8) != 0x30 || message != 255)
		return false;
	if (length > *wire - 8)		/* some gateways count the first eight bytes as well */
		length = *wire - 8;
	if (c->left > length)
		c->left = length;
	*wire = length;
	size_t before = c->left;

	if ((flags & 7) != 0) {
		cur_take(c, 3);
		uint8_t next = cur_u8(c);

		for (unsigned i = 0; (flags & 4) != 0 && next != 0; i++) {
			size_t n = (size_t)cur_u8(c) * 4;

			if (n == 0 || i == GTPU_EXTENSIONS_MAX)
				return false;
			cur_take(c, n - 2);
			next = cur_u8(c);
		}
	}
	if (cur_broken(c))
		return false;
	*wire -= before - c->left;
	return true;
}

/* The header of VXLAN with a protocol of its own for the inside, shown by the flag P. */
static bool vxlan_gpe(struct cursor *c, size_t *wire, uint32_t *ret_id, enum step *ret_inner)
{
	const uint8_t *p = cur_take(c, 8);

	if (p == NULL || (p[0] & 0xfc) != 0x0c || p[1] != 0 || p[2] != 0 || p[7] != 0 || p[3] < 1 || p[3] > 3)
		return false;
	*ret_id = load_be32(p + 4) >> 8;
	*ret_inner = p[3] == 3 ? STEP_ETHER : STEP_IP;
	*wire -= 8;
	return *ret_inner == STEP_ETHER || ip_plausible((struct bytes){ c->p, c->left }, *wire);
}

/* RFC 7348 section 5; the group policy extension also uses the first flag and two reserved bytes. */
static bool vxlan(struct cursor *c, size_t *wire, uint32_t *ret_id)
{
	const uint8_t *p = cur_take(c, 8);

	if (p == NULL || (p[0] & 0x7f) != 8 || p[7] != 0 || ((p[0] & 0x80) == 0 && (p[1] | p[2] | p[3]) != 0))
		return false;
	*ret_id = load_be32(p + 4) >> 8;
	*wire -= 8;
	return true;
}

/* RFC 4380 section 5.1.1: authentication, then origin, both optional, then IPv6. */
static bool teredo(struct cursor *c, size_t *wire)
{
	size_t before = c->left;

	if (c->left > 4 && c->p[0] == 0 && c->p[1] == 1)
		cur_take(c, 4 + (size_t)c->p[2] + c->p[3] + 9);
	if (c->left > 2 && c->p[0] == 0 && c->p[1] == 0)
		cur_take(c, 8);
	if (cur_broken(c) || cur_peek(c) >> 4 != 6)
		return false;
	*wire -= before - c->left;
	return true;
}

bool tunnel_udp(struct walk *w, enum step *ret_next)
{
	uint16_t a = w->l->src_port, b = w->l->dst_port;
	struct cursor c = w->c;
	size_t wire = w->wire;
	uint32_t id = 0;
	enum tunnel_kind kind;
	enum step inner;

	if (a == PORT_GTPU || b == PORT_GTPU) {
		if (!gtpu(&c, &wire, &id))
			return false;
		kind = TUNNEL_GTPU;
		inner = ip_plausible((struct bytes){ c.p, c.left }, wire) ? STEP_IP : STEP_ETHER;
	} else if (b == PORT_VXLAN || b == PORT_VXLAN_LINUX) {
		if (!vxlan(&c, &wire, &id))
			return false;
		kind = TUNNEL_VXLAN;
		inner = STEP_ETHER;
	} else if (b == PORT_VXLAN_GPE) {
		if (!vxlan_gpe(&c, &wire, &id, &inner))
			return false;
		kind = TUNNEL_VXLAN;
	} else if (a == PORT_TEREDO || b == PORT_TEREDO) {
		if (!teredo(&c, &wire) || !ip_plausible((struct bytes){ c.p, c.left }, wire))
			return false;
		kind = TUNNEL_IPIP;
		inner = STEP_IP6;
	} else {
		return false;
	}
	/* VXLAN says that it is Ethernet; GTP-U does not. */
	if (inner == STEP_ETHER &&
	    !link_plausible_ether((struct bytes){ c.p, c.left }, wire, kind == TUNNEL_GTPU))
		return false;
	w->c = c;
	w->wire = wire;
	*ret_next = tunnel_enter(w, kind, id, inner);
	return true;
}

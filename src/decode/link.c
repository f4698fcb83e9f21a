/* decode/link.c: link layers: Ethernet and its tags, LLC, PPP, PPPoE, MPLS, cooked and loopback captures. */
#include "decode/walk.h"

enum linktype {			/* tcpdump.org/linktypes.html, and the DLT_ values some writers use instead */
	LINK_NULL = 0, LINK_PPP = 9, LINK_RAW_BSD = 12, LINK_RAW_OPENBSD = 14,
	LINK_PPP_HDLC = 50, LINK_PPP_ETHER = 51, LINK_RAW = 101, LINK_C_HDLC = 104, LINK_LOOP = 108,
	LINK_SLL = 113, LINK_IPV4 = 228, LINK_IPV6 = 229, LINK_SLL2 = 276,
};

enum ethertype {		/* IEEE registry of ethertypes */
	ETHER_IP4 = ETHERTYPE_IP4, ETHER_ARP = 0x0806, ETHER_VLAN = 0x8100, ETHER_IP6 = 0x86dd,
	ETHER_PPP = 0x880b,
	ETHER_MPLS = 0x8847, ETHER_MPLS_UPSTREAM = 0x8848, ETHER_PPPOE = 0x8864, ETHER_QINQ = 0x88a8,
	ETHER_HSR = 0x892f, ETHER_LLDP = 0x88cc, ETHER_QINQ_OLD = 0x9100, ETHER_QINQ_OLD2 = 0x9200,
	ETHER_QINQ_OLD3 = 0x9300,
	ETHER_LENGTH_MAX = 1500,	/* IEEE 802.3 section 3.2.6: up to here it is a length */
	ETHER_TYPE_MIN = 0x600,
	LLC_MIN = 3,		/* bytes of the shortest LLC header: a smaller length announces none */
};

/* ---- loopback and cooked captures ---- */

/* Four bytes of address family in the byte order of the machine that captured (NULL) or big-endian (LOOP).
 * The numbers of IPv6 differ by system: NetBSD and OpenBSD 24, FreeBSD 28, macOS 30, Linux 10, Windows 23. */
static enum step link_null(struct walk *w)
{
	const uint8_t *p = walk_take(w, 4);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	w->l->flags |= LAYER_NO_MAC;
	uint32_t family = load_be32(p);

	if (family > 0xffff)
		family = (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
	switch (family) {
	case 2:
		return STEP_IP4;
	case 10: case 23: case 24: case 28: case 30:
		return STEP_IP6;
	default:
		return walk_stop(w, FRAME_LINK_UNKNOWN);
	}
}

static void cooked_sender(struct walk *w, uint8_t packet_type, size_t address_length, const uint8_t *address)
{
	struct layers *l = w->l;

	if (address_length == sizeof(l->src_mac) && !mac_is_zero(address)) {
		memcpy(l->src_mac, address, sizeof(l->src_mac));
		l->flags |= LAYER_MAC_SRC_ONLY;
	} else {
		l->flags |= LAYER_NO_MAC;
	}
	if (packet_type == 1 || packet_type == 2)	/* PACKET_BROADCAST, PACKET_MULTICAST */
		l->flags |= LAYER_GROUP;
}

/* The protocol field of a cooked capture is an ethertype, or below 0x600 a number of Linux's own. */
static enum step cooked_type(struct walk *w, uint16_t type)
{
	w->l->ether = type;
	if (type == 4)					/* LINUX_SLL_P_802_2 */
		return STEP_LLC;
	if (type < ETHER_TYPE_MIN)			/* raw 802.3, CAN, ... */
		return walk_stop(w, FRAME_LINK_UNKNOWN);
	return STEP_TYPE;
}

static enum step link_sll(struct walk *w)		/* linktypes/LINKTYPE_LINUX_SLL.html */
{
	const uint8_t *p = walk_take(w, 16);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	cooked_sender(w, p[1], load_be16(p + 4), p + 6);
	return cooked_type(w, load_be16(p + 14));
}

static enum step link_sll2(struct walk *w)		/* linktypes/LINKTYPE_LINUX_SLL2.html */
{
	const uint8_t *p = walk_take(w, 20);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	cooked_sender(w, p[10], p[11], p + 12);
	return cooked_type(w, load_be16(p));
}

enum step link_first(struct walk *w)
{
	uint16_t link = w->f->link;

	if (link == LINKTYPE_ETHERNET)
		return link_ether(w);
	switch (link) {
	case LINK_SLL:
		return link_sll(w);
	case LINK_SLL2:
		return link_sll2(w);
	case LINK_NULL:
	case LINK_LOOP:
		return link_null(w);
	}
	w->l->flags |= LAYER_NO_MAC;
	switch (link) {
	case LINK_RAW: case LINK_RAW_BSD: case LINK_RAW_OPENBSD:
		return STEP_IP;
	case LINK_IPV4:
		return STEP_IP4;
	case LINK_IPV6:
		return STEP_IP6;
	case LINK_PPP: case LINK_PPP_HDLC: case LINK_C_HDLC:
		return STEP_PPP;
	case LINK_PPP_ETHER:
		return STEP_PPPOE;
	}
	return walk_stop(w, FRAME_LINK_UNKNOWN);
}

/* ---- Ethernet ---- */

bool link_plausible_ether(struct bytes b, size_t wire, bool named)
{
	struct cursor c = cur_over(b);
	const uint8_t *p = cur_take(&c, 14);

	if (p == NULL || mac_is_group(p + 6) || mac_is_zero(p + 6))
		return false;
	uint16_t type = load_be16(p + 12);

	if (type >= ETHER_TYPE_MIN)
		return !named || ethertype_name(type) != NULL;
	return type >= LLC_MIN && type <= wire - 14 &&
	       (!named || (c.left >= 3 && ethertype_name(c.p[0]) != NULL));
}

enum step link_ether(struct walk *w)
{
	struct layers *l = w->l;
	const uint8_t *p = walk_take(w, 14);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	memcpy(l->dst_mac, p, sizeof(l->dst_mac));
	memcpy(l->src_mac, p + 6, sizeof(l->src_mac));
	l->flags &= (uint16_t)~(LAYER_NO_MAC | LAYER_MAC_SRC_ONLY | LAYER_GROUP);
	if (mac_is_group(p))
		l->flags |= LAYER_GROUP;
	l->ether = load_be16(p + 12);
	return link_type(w);
}

/* 802.1Q and 802.1ad tags: two bytes of priority and id, then the next ethertype. Priority tags have the id 0
 * and name no VLAN (IEEE 802.1Q-2018 table 9-2), so the first id that is not 0 counts as the outermost. */
static enum step link_tag(struct walk *w)
{
	struct layers *l = w->l;

	for (unsigned i = 0; i < TAGS_MAX; i++) {
		const uint8_t *p = walk_take(w, 4);

		if (p == NULL)
			return walk_stop(w, FRAME_CUT);
		uint16_t id = load_be16(p) & 0xfff;

		if (l->vlan == 0)
			l->vlan = id;
		else if (l->vlan_inner == 0)
			l->vlan_inner = id;
		l->ether = load_be16(p + 2);
		if (l->ether != ETHER_VLAN && l->ether != ETHER_QINQ && l->ether != ETHER_QINQ_OLD &&
		    l->ether != ETHER_QINQ_OLD2 && l->ether != ETHER_QINQ_OLD3)
			return STEP_TYPE;
	}
	return walk_give(w, KIND_ETHER, FRAME_ETHER_OTHER);
}

/* IEC 62439-3 section 5.4: path and size, sequence number, then the ethertype of what was sent into the
 * ring. */
static enum step link_hsr(struct walk *w)
{
	const uint8_t *p = walk_take(w, 6);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	w->l->ether = load_be16(p + 4);
	return STEP_TYPE;
}

enum step link_type(struct walk *w)
{
	struct layers *l = w->l;
	uint16_t type = l->ether;

	switch (type) {
	case ETHER_IP4:
		return STEP_IP4;
	case ETHER_IP6:
		return STEP_IP6;
	case ETHER_VLAN: case ETHER_QINQ: case ETHER_QINQ_OLD: case ETHER_QINQ_OLD2: case ETHER_QINQ_OLD3:
		return link_tag(w);
	case ETHER_ARP:
		return walk_give(w, KIND_ETHER, FRAME_ARP);
	case ETHER_LLDP:
		return walk_give(w, KIND_ETHER, FRAME_LLDP);
	case ETHER_PPPOE:
		return STEP_PPPOE;
	case ETHER_PPP:
		return STEP_PPP;
	case ETHER_MPLS: case ETHER_MPLS_UPSTREAM:
		return STEP_MPLS;
	case ETHER_HSR:
		return link_hsr(w);
	}
	if (type > ETHER_LENGTH_MAX || type < LLC_MIN)	/* no ethertype either, but bytes that came */
		return walk_give(w, KIND_ETHER, FRAME_ETHER_OTHER);
	walk_trim(w, type);
	return STEP_LLC;
}

/* IEEE 802.2: DSAP, SSAP, control of one byte (unnumbered) or two. SNAP with the organisation of Ethernet or
 * of bridged Ethernet carries an ethertype (RFC 1042; IEEE 802.1H); other organisations stay payload. */
enum step link_llc(struct walk *w)
{
	struct layers *l = w->l;
	const uint8_t *p = walk_take(w, 3);

	l->ether = 0;
	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	l->lsap = p[0];
	if (p[0] == 0xaa && p[1] == 0xaa && p[2] == 3 && w->c.left >= 5) {
		uint32_t organisation = load_be32(w->c.p) >> 8;

		if (organisation == 0 || organisation == 0x0000f8) {
			l->ether = load_be16(walk_take(w, 5) + 3);
			l->lsap = 0;
			if (l->ether >= ETHER_TYPE_MIN)
				return STEP_TYPE;
			return walk_give(w, KIND_ETHER, FRAME_ETHER_OTHER);
		}
	}
	if ((p[2] & 3) != 3 && walk_take(w, 1) == NULL)
		return walk_stop(w, FRAME_CUT);
	return walk_give(w, KIND_ETHER, FRAME_ETHER_OTHER);
}

/* ---- PPP ---- */

/* RFC 1662 section 3.1: address ff and control 03 may be left out; RFC 1661 section 6.5: a protocol number
 * below 256 may be one byte, which is then odd. STEP_STOP: cut short, or not carried further (link control
 * ...). */
enum step link_ppp_next(struct bytes b, size_t *ret_skip)
{
	struct cursor c = cur_over(b);

	if (c.left >= 2 && c.p[0] == 0xff && c.p[1] == 3)
		cur_take(&c, 2);
	uint16_t protocol = cur_u8(&c);

	if ((protocol & 1) == 0)
		protocol = (uint16_t)(protocol << 8 | cur_u8(&c));
	*ret_skip = cur_broken(&c) ? 0 : b.n - c.left;
	switch (protocol) {				/* IANA, PPP numbers */
	case 0x0021:
		return STEP_IP4;
	case 0x0057:
		return STEP_IP6;
	case 0x0281: case 0x0283:
		return STEP_MPLS;
	}
	return STEP_STOP;
}

/* Cisco HDLC (address 0f or 8f, control 00) has an ethertype where PPP has its protocol. What is not carried
 * further stays ethertype PPP (or PPPoE), with address, control and protocol at the front of the payload. */
enum step link_ppp(struct walk *w)
{
	struct layers *l = w->l;
	struct bytes b = { w->c.p, w->c.left };
	size_t skip;

	if (b.n >= 2 && b.p[1] == 0 && (b.p[0] == 0x0f || b.p[0] == 0x8f)) {
		const uint8_t *p = walk_take(w, 4);

		if (p == NULL)
			return walk_stop(w, FRAME_CUT);
		l->ether = load_be16(p + 2);
		return l->ether < ETHER_TYPE_MIN ? walk_give(w, KIND_ETHER, FRAME_ETHER_OTHER) : STEP_TYPE;
	}
	if (l->ether != ETHER_PPPOE)
		l->ether = ETHER_PPP;
	enum step next = link_ppp_next(b, &skip);

	if (skip == 0)
		return walk_stop(w, FRAME_CUT);
	if (next == STEP_STOP)
		return walk_give(w, KIND_ETHER, FRAME_ETHER_OTHER);
	walk_take(w, skip);
	return next;
}

enum step link_pppoe(struct walk *w)			/* RFC 2516 section 4 */
{
	const uint8_t *p = walk_take(w, 6);

	if (p == NULL)
		return walk_stop(w, FRAME_CUT);
	if (p[0] != 0x11)
		return walk_stop(w, FRAME_BAD_HEADER);
	w->l->ether = ETHER_PPPOE;
	walk_trim(w, load_be16(p + 4));
	if (p[1] != 0)
		return walk_give(w, KIND_ETHER, FRAME_ETHER_OTHER);
	return STEP_PPP;
}

/* ---- MPLS ---- */

/* Labels do not say what they carry (RFC 4928 section 3): an IP packet shows its version; else it is a
 * pseudo-wire (RFC 4448), with or without a control word, when an Ethernet header could stand there. */
enum step link_mpls(struct walk *w)
{
	bool bottom = false;

	for (unsigned i = 0; i < LABELS_MAX && !bottom; i++) {
		const uint8_t *p = walk_take(w, 4);

		if (p == NULL)
			return walk_stop(w, FRAME_CUT);
		bottom = (p[2] & 1) != 0;
	}
	if (w->l->ether != ETHER_MPLS_UPSTREAM)
		w->l->ether = ETHER_MPLS;
	struct bytes rest = { w->c.p, w->c.left };

	if (!bottom)
		return walk_give(w, KIND_ETHER, FRAME_ETHER_OTHER);
	if (ip_plausible(rest, w->wire))
		return STEP_IP;
	if (rest.n >= 4 && rest.p[0] >> 4 == 0 &&
	    link_plausible_ether((struct bytes){ rest.p + 4, rest.n - 4 }, w->wire - 4, true)) {
		walk_take(w, 4);
		return STEP_ETHER;
	}
	if (rest.n > 0 && rest.p[0] >> 4 != 1 && link_plausible_ether(rest, w->wire, true))
		return STEP_ETHER;
	return walk_give(w, KIND_ETHER, FRAME_ETHER_OTHER);
}

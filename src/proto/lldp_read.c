/* proto/lldp_read.c: the TLVs of an LLDP message; the standards are named in lldp.c. */
#include "proto/lldp.h"

#include <string.h>

#include "core/hash.h"

enum {				/* 802.1AB-2016 table 8-1 */
	TLV_END, TLV_CHASSIS, TLV_PORT, TLV_TTL, TLV_PORT_DESCRIPTION, TLV_SYSTEM_NAME,
	TLV_SYSTEM_DESCRIPTION, TLV_CAPABILITIES, TLV_MANAGEMENT, TLV_ORGANISATION = 127,
};

enum { OUI_8021 = 0x0080c2, OUI_8023 = 0x00120f, OUI_MED = 0x0012bb, OUI_PROFINET = 0x000ecf };

static void note_other(struct lldp_said *s, uint8_t type, uint32_t oui, uint8_t subtype, size_t length)
{
	if (s->others < OTHERS_MAX)
		s->other[s->others++] = (struct lldp_other){ oui, (uint16_t)length, type, subtype };
	else
		s->more = true;
}

/* 8.5.9: length, family, address, kind of interface number, number, OID. */
static bool read_address(struct lldp_said *s, struct cursor c)
{
	struct cursor address = cur_sub(&c, cur_u8(&c));
	struct lldp_address a = { .family = cur_u8(&address) };
	struct bytes raw = cur_rest(&address);

	a.interface_kind = cur_u8(&c);
	a.interface = cur_be32(&c);
	cur_take(&c, cur_u8(&c));
	if (cur_broken(&address) || cur_broken(&c) || raw.n == 0 || raw.n > 31)
		return false;
	if (s->addresses < ADDRESSES_MAX) {
		s->address_raw[s->addresses] = raw;
		s->address[s->addresses++] = a;
	} else {
		s->more = true;
	}
	return true;
}

static void add_vlan(struct lldp_said *s, uint16_t id, struct bytes name)
{
	if (s->vlans < VLANS_MAX) {
		s->vlan_name[s->vlans] = name;
		s->vlan[s->vlans++].id = id;
	} else {
		s->more = true;
	}
}

/* 802.1Q-2018 D.2. */
static bool read_8021(struct lldp_said *s, uint8_t subtype, struct cursor *c)
{
	uint16_t id;

	switch (subtype) {
	case 1:				/* D.2.1 port VLAN id */
		s->own.pvid = cur_be16(c);
		s->own.pvid_given = 1;
		return true;
	case 2:				/* D.2.2 port and protocol VLAN id */
		cur_u8(c);
		id = cur_be16(c);
		if (id != 0)
			add_vlan(s, id, (struct bytes){ NULL, 0 });
		return true;
	case 3:				/* D.2.3 VLAN name */
		id = cur_be16(c);
		add_vlan(s, id, cur_bytes(c, cur_u8(c)));
		return true;
	case 4:				/* D.2.4 protocol identity */
		cur_take(c, cur_u8(c));
		return true;
	case 6:				/* D.2.6 management VLAN id */
		s->own.management_vlan = cur_be16(c);
		return true;
	case 7:				/* D.2.7 link aggregation */
		s->own.aggregation = cur_u8(c);
		s->own.aggregation_port = (uint16_t)cur_be32(c);
		s->own.aggregation_given = 1;
		return true;
	}
	return false;
}

/* 802.3-2018 79.3. */
static bool read_8023(struct lldp_said *s, uint8_t subtype, struct cursor *c)
{
	switch (subtype) {
	case 1:				/* 79.3.1 MAC/PHY configuration and status */
		s->own.autonegotiation_status = cur_u8(c);
		s->own.autonegotiation = cur_be16(c);
		s->own.mau_type = cur_be16(c);
		s->own.mau_given = 1;
		return true;
	case 2:				/* 79.3.2 power via MDI: state, pair, class; with 802.3at, power */
		cur_take(c, 3);
		if (c->left >= 5) {
			cur_u8(c);
			cur_be16(c);
			s->own.power_milliwatt = cur_be16(c) * 100u;	/* 79.3.2.6: tenths of a watt */
			s->own.power_given = 1;
		}
		return true;
	case 3:				/* 79.3.3 link aggregation, deprecated */
		s->own.aggregation = cur_u8(c);
		s->own.aggregation_port = (uint16_t)cur_be32(c);
		s->own.aggregation_given = 1;
		return true;
	case 4:				/* 79.3.4 maximum frame size */
		s->own.frame_size = cur_be16(c);
		return true;
	}
	return false;
}

/* TIA-1057 10.2.4: civic addresses are lists of typed texts; the device's own or the switch's place. */
static struct bytes read_place(struct cursor *c)
{
	enum { CIVIC = 2, ELIN = 3 };
	uint8_t format = cur_u8(c);

	if (format == ELIN)
		return cur_rest(c);
	if (format != CIVIC)
		return (struct bytes){ NULL, 0 };
	cur_u8(c);			/* bytes of the rest */
	cur_u8(c);			/* whose place */
	cur_take(c, 2);			/* country */
	struct bytes best = { NULL, 0 };

	while (c->left > 0 && !cur_broken(c)) {
		enum { LOCATION = 22, NAME = 23, ROOM = 28 };	/* RFC 4776 3.4: the nearest to the machine */
		uint8_t kind = cur_u8(c);
		struct bytes b = cur_bytes(c, cur_u8(c));

		if (b.n > 0 && (best.n == 0 || kind == LOCATION || kind == NAME || kind == ROOM))
			best = b;
	}
	return best;
}

/* TIA-1057 10.2. */
static bool read_med(struct lldp_said *s, uint8_t subtype, struct cursor *c)
{
	struct bytes *const inventory[] = { &s->hardware, &s->firmware, &s->software, &s->serial, &s->vendor,
					    &s->model, &s->asset };	/* 10.2.6: subtypes 5 to 11 */

	if (subtype >= 5 && subtype <= 11) {
		*inventory[subtype - 5] = cur_rest(c);
		return true;
	}
	switch (subtype) {
	case 1:				/* 10.2.2 capabilities */
		s->own.med_capabilities = cur_be16(c);
		s->own.med_class = cur_u8(c);
		s->own.med_given = 1;
		return true;
	case 2: {			/* 10.2.3 network policy */
		struct lldp_policy p = { .application = cur_u8(c) };
		uint32_t v = cur_be24(c);

		p.unknown = v >> 23 & 1;
		p.tagged = v >> 22 & 1;
		p.vlan = v >> 9 & 0xfff;
		p.priority = v >> 6 & 7;
		p.dscp = v & 63;
		if (s->policies < POLICIES_MAX)
			s->policy[s->policies++] = p;
		else
			s->more = true;
		return true;
	}
	case 3: {			/* 10.2.4 location; may come in several formats */
		struct bytes place = read_place(c);

		if (place.n > 0)
			s->place = place;
		return true;
	}
	case 4:				/* 10.2.5 extended power */
		cur_u8(c);
		s->own.power_milliwatt = cur_be16(c) * 100u;
		s->own.power_given = 1;
		return true;
	}
	return false;
}

/* IEC 61158-6-10, PROFINET in LLDP. */
static bool read_profinet(struct lldp_said *s, uint8_t subtype, struct cursor *c)
{
	const uint8_t *mac;

	switch (subtype) {
	case 1:				/* measured delays */
		s->own.delay_local_rx = cur_be32(c);
		s->own.delay_remote_rx = cur_be32(c);
		s->own.delay_local_tx = cur_be32(c);
		s->own.delay_remote_tx = cur_be32(c);
		s->own.delay_cable = cur_be32(c);
		s->own.delay_given = 1;
		return true;
	case 2:				/* port status of RT classes 2 and 3 */
		s->own.rt2_status = cur_be16(c);
		s->own.rt3_status = cur_be16(c);
		s->own.rt_given = 1;
		return true;
	case 3:				/* alias of the port: "port-001.station" */
		s->profinet_alias = cur_rest(c);
		return true;
	case 4:				/* MRP: domain UUID, port status */
		cur_take(c, 16);
		s->own.mrp_status = cur_be16(c);
		s->own.mrp_given = 1;
		return true;
	case 5:				/* chassis MAC */
		mac = cur_take(c, 6);
		if (mac != NULL)
			memcpy(s->own.chassis_mac, mac, 6);
		s->own.chassis_mac_given = mac != NULL;
		return true;
	case 6:				/* PTCP: master MAC, subdomain and IR data UUIDs, periods */
		mac = cur_take(c, 6);
		if (mac != NULL)
			memcpy(s->own.ptcp_master, mac, 6);
		s->own.ptcp_given = mac != NULL;
		return true;
	}
	return false;
}

/* False: a TLV of a known kind is too short. */
static bool read_organisation(struct lldp_said *s, struct cursor c, size_t length)
{
	uint32_t oui = cur_be24(&c);
	uint8_t subtype = cur_u8(&c);
	bool known = false;

	if (cur_broken(&c))
		return false;
	if (oui == OUI_8021)
		known = read_8021(s, subtype, &c);
	else if (oui == OUI_8023)
		known = read_8023(s, subtype, &c);
	else if (oui == OUI_MED)
		known = read_med(s, subtype, &c);
	else if (oui == OUI_PROFINET)
		known = read_profinet(s, subtype, &c);
	if (!known)
		note_other(s, TLV_ORGANISATION, oui, subtype, length);
	return !cur_broken(&c);
}

static bool read_id(struct lldp_id *ret, struct cursor c)
{
	ret->kind = cur_u8(&c);
	ret->raw = cur_rest(&c);
	return ret->raw.n >= 1 && ret->raw.n <= 255;	/* 8.5.2, 8.5.3 */
}

/* What changes from message to message by itself must not make it another announcement. */
static bool is_volatile(uint8_t type, struct cursor c)
{
	if (type == TLV_TTL)
		return true;
	uint32_t oui = type == TLV_ORGANISATION ? cur_be24(&c) : 0;
	uint8_t subtype = cur_u8(&c);

	return oui == OUI_PROFINET && (subtype == 1 || subtype == 6);	/* delays, PTCP */
}

static bool read_tlv(struct lldp_said *s, uint8_t type, struct cursor c)
{
	size_t length = c.left;

	switch (type) {
	case TLV_CHASSIS: return read_id(&s->chassis, c);
	case TLV_PORT: return read_id(&s->port, c);
	case TLV_TTL: s->own.ttl = cur_be16(&c); return !cur_broken(&c);
	case TLV_PORT_DESCRIPTION: s->port_description = cur_rest(&c); return true;
	case TLV_SYSTEM_NAME: s->system_name = cur_rest(&c); return true;
	case TLV_SYSTEM_DESCRIPTION: s->system_description = cur_rest(&c); return true;
	case TLV_CAPABILITIES:
		s->own.capabilities = cur_be16(&c);
		s->own.enabled = cur_be16(&c);
		return !cur_broken(&c);
	case TLV_MANAGEMENT: return read_address(s, c);
	case TLV_ORGANISATION: return read_organisation(s, c, length);
	}
	note_other(s, type, 0, 0, length);
	return true;
}

/* NULL: well-formed; else the reason. */
const char *lldp_read(struct lldp_said *s, struct cursor c)
{
	unsigned n = 0;

	memset(s, 0, sizeof(*s));
	while (c.left >= 2) {
		uint16_t head = cur_be16(&c);
		uint8_t type = (uint8_t)(head >> 9);
		struct cursor tlv = cur_sub(&c, head & 0x1ff);

		if (cur_broken(&tlv))
			return n < 3 ? "mandatory-cut" : "tlv-cut";
		if (type == TLV_END)
			return n < 3 ? "mandatory" : NULL;
		if ((n < 3 && type != n + 1) || (n >= 3 && type >= TLV_CHASSIS && type <= TLV_TTL))
			return "mandatory";			/* 8.2: these three, in this order, once */
		if (!read_tlv(s, type, tlv))
			return "tlv-value";
		if (!is_volatile(type, tlv))
			s->digest = hash_bytes(tlv.p, tlv.left, hash_join(s->digest, type));
		n++;
	}
	return n < 3 ? "mandatory" : NULL;
}

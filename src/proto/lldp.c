/* proto/lldp.c: LLDP, what a device tells the neighbour on its cable about itself.
 *
 * Spec:    IEEE 802.1AB-2016 clause 8 (TLVs), 802.1Q-2018 annex D (00-80-c2), 802.3-2018 clause 79
 *          (00-12-0f), ANSI/TIA-1057 (MED, 00-12-bb), IEC 61158-6-10 (PROFINET, 00-0e-cf).
 * Message: TLVs of type:7 length:9 value; chassis id, port id and time to live first, in this order; end
 *          TLV; padding.
 * Units:   big-endian; time to live in seconds; PROFINET delays in nanoseconds.
 * Emits:   ANNOUNCE (PUSH) of the device: once for a run of equal ones. The object is chassis/port, the
 *          value the system's name; its digest is of all TLVs but time to live and measured delays. A time
 *          to live of 0 is a shutdown. Facts about the sender: NAME, MODEL, OS, ROLE_HINT, HARDWARE,
 *          FIRMWARE, SERIAL, VENDOR, PLACE, CAPABILITY, PORT_OF, VLAN_OF, IP_OF_MAC.
 * State:   none.
 * Missing: EVB, CN, DCBX, UPOE and other TLVs of makers are counted under `other`, not decoded. */
#include "core/hash.h"
#include "model/proto.h"

enum {				/* 802.1AB-2016 table 8-1 */
	TLV_END, TLV_CHASSIS, TLV_PORT, TLV_TTL, TLV_PORT_DESCRIPTION, TLV_SYSTEM_NAME, TLV_SYSTEM_DESCRIPTION,
	TLV_CAPABILITIES, TLV_MANAGEMENT, TLV_ORGANISATION = 127,
};

enum { OUI_8021 = 0x0080c2, OUI_8023 = 0x00120f, OUI_MED = 0x0012bb, OUI_PROFINET = 0x000ecf };

enum { ADDRESSES_MAX = 8, VLANS_MAX = 32, POLICIES_MAX = 8, OTHERS_MAX = 16, ID_TEXT = 3 * 255 };

enum code { ADVERTISEMENT, SHUTDOWN };

static const struct proto_code codes[] = {
	{ ADVERTISEMENT, "advertisement", VERB_ANNOUNCE, CLASS_DEVICE, CODE_PUSH, "802.1AB-2016 8.2" },
	{ SHUTDOWN, "shutdown", VERB_ANNOUNCE, CLASS_DEVICE, CODE_PUSH, "802.1AB-2016 8.5.4, 9.2.7" },
};

static const struct proto_space spaces[] = { { "port", "{name}" }, { NULL, NULL } };

/* ---- fields ---- */

struct address { struct span text; uint32_t interface; uint8_t family, interface_kind, spare[6]; };	/* 16 bytes */
struct vlan { struct span name; uint16_t id; uint8_t spare[2]; };					/* 8 */
struct policy { uint16_t vlan; uint8_t application, unknown, tagged, priority, dscp, spare; };		/* 8 */
struct other { uint32_t oui; uint16_t length; uint8_t type, subtype; };					/* 8 */

struct own {
	uint32_t delay_local_rx, delay_remote_rx, delay_local_tx, delay_remote_tx, delay_cable;
	uint32_t power_milliwatt;
	struct span chassis_id, port_id, port_description, system_name, system_description, addresses, vlans;
	struct span capability_words, policies, others, hardware, firmware, software, serial, vendor, model, asset;
	struct span place, profinet_alias;
	uint16_t ttl, capabilities, enabled, pvid, management_vlan, mau_type, autonegotiation, frame_size, aggregation_port;
	uint16_t rt2_status, rt3_status, mrp_status, med_capabilities;
	uint8_t chassis_kind, port_kind, aggregation, med_class, autonegotiation_status;
	uint8_t pvid_given, mau_given, delay_given, rt_given, mrp_given, med_given, aggregation_given, chassis_mac_given;
	uint8_t power_given, ptcp_given;
	uint8_t chassis_mac[6], ptcp_master[6];
	uint8_t spare[5];
};

static const char *const id_words_chassis[] = {		/* 802.1AB-2016 table 8-2 */
	"reserved", "component", "interface-alias", "port-component", "mac", "network", "interface-name", "local",
};
static const char *const id_words_port[] = {		/* 802.1AB-2016 table 8-3 */
	"reserved", "interface-alias", "port-component", "mac", "network", "interface-name", "agent-circuit", "local",
};
static const char *const interface_words[] = { "none", "unknown", "ifindex", "system-port" };	/* 8.5.9.5 */
static const char *const med_class_words[] = {		/* TIA-1057 10.2.2.3 */
	"undefined", "endpoint-1", "endpoint-2", "endpoint-3", "network",
};
static const char *const application_words[] = {	/* TIA-1057 table 12 */
	"reserved", "voice", "voice-signalling", "guest-voice", "guest-voice-signalling", "softphone-voice",
	"video-conference", "streaming-video", "video-signalling",
};

#define ROW(struct_, member_, type_, show_)									\
	{ .name = #member_, .type = type_, .show = show_, .at = offsetof(struct_, member_) }
#define ROW_WORD(struct_, member_, name_, words_)								\
	{ .name = name_, .type = FIELD_WORD, .at = offsetof(struct_, member_), .words = words_, .elem = ARRAY_LEN(words_) }
#define ROW_GIVEN(member_, type_, given_)									\
	{ .name = #member_, .type = type_, .show = SHOW_GIVEN, .at = offsetof(struct own, member_),		\
	  .given = offsetof(struct own, given_) }
#define ROW_LIST(member_, sub_, elem_)										\
	{ .name = #member_, .type = FIELD_LIST, .show = SHOW_NONZERO, .at = offsetof(struct own, member_), .sub = sub_, \
	  .elem = sizeof(elem_) }
#define OWN(member, type, show) ROW(struct own, member, type, show)

static const struct field address_fields[] = {
	ROW(struct address, text, FIELD_TEXT, SHOW_ALWAYS),
	ROW(struct address, family, FIELD_U8, SHOW_ALWAYS),
	ROW_WORD(struct address, interface_kind, "interface_kind", interface_words),
	ROW(struct address, interface, FIELD_U32, SHOW_NONZERO),
	{ 0 },
};

static const struct field vlan_fields[] = {
	ROW(struct vlan, id, FIELD_U16, SHOW_ALWAYS), ROW(struct vlan, name, FIELD_TEXT, SHOW_NONZERO), { 0 },
};

static const struct field policy_fields[] = {
	ROW_WORD(struct policy, application, "application", application_words),
	ROW(struct policy, unknown, FIELD_BOOL, SHOW_NONZERO),
	ROW(struct policy, tagged, FIELD_BOOL, SHOW_ALWAYS),
	ROW(struct policy, vlan, FIELD_U16, SHOW_ALWAYS),
	ROW(struct policy, priority, FIELD_U8, SHOW_ALWAYS),
	ROW(struct policy, dscp, FIELD_U8, SHOW_ALWAYS),
	{ 0 },
};

static const struct field other_fields[] = {
	ROW(struct other, type, FIELD_U8, SHOW_ALWAYS),
	ROW(struct other, oui, FIELD_U32, SHOW_NONZERO),
	ROW(struct other, subtype, FIELD_U8, SHOW_NONZERO),
	ROW(struct other, length, FIELD_U16, SHOW_ALWAYS),
	{ 0 },
};

static const struct field fields[] = {
	ROW_WORD(struct own, chassis_kind, "chassis_kind", id_words_chassis),
	OWN(chassis_id, FIELD_TEXT, SHOW_ALWAYS),
	ROW_WORD(struct own, port_kind, "port_kind", id_words_port),
	OWN(port_id, FIELD_TEXT, SHOW_ALWAYS),
	OWN(ttl, FIELD_U16, SHOW_ALWAYS),
	OWN(port_description, FIELD_TEXT, SHOW_NONZERO),
	OWN(system_name, FIELD_TEXT, SHOW_NONZERO),
	OWN(system_description, FIELD_TEXT, SHOW_NONZERO),
	OWN(capabilities, FIELD_U16, SHOW_NONZERO),
	OWN(enabled, FIELD_U16, SHOW_NONZERO),
	OWN(capability_words, FIELD_KEY, SHOW_NONZERO),
	ROW_LIST(addresses, address_fields, struct address),
	ROW_GIVEN(pvid, FIELD_U16, pvid_given),
	ROW_LIST(vlans, vlan_fields, struct vlan),
	OWN(management_vlan, FIELD_U16, SHOW_NONZERO),
	ROW_GIVEN(autonegotiation_status, FIELD_U8, mau_given),
	ROW_GIVEN(autonegotiation, FIELD_U16, mau_given),
	ROW_GIVEN(mau_type, FIELD_U16, mau_given),
	ROW_GIVEN(aggregation, FIELD_U8, aggregation_given),
	ROW_GIVEN(aggregation_port, FIELD_U16, aggregation_given),
	OWN(frame_size, FIELD_U16, SHOW_NONZERO),
	ROW_GIVEN(power_milliwatt, FIELD_U32, power_given),
	ROW_GIVEN(med_capabilities, FIELD_U16, med_given),
	{ .name = "med_class", .type = FIELD_WORD, .show = SHOW_GIVEN, .at = offsetof(struct own, med_class),
	  .words = med_class_words, .elem = ARRAY_LEN(med_class_words), .given = offsetof(struct own, med_given) },
	ROW_LIST(policies, policy_fields, struct policy),
	OWN(hardware, FIELD_TEXT, SHOW_NONZERO),
	OWN(firmware, FIELD_TEXT, SHOW_NONZERO),
	OWN(software, FIELD_TEXT, SHOW_NONZERO),
	OWN(serial, FIELD_TEXT, SHOW_NONZERO),
	OWN(vendor, FIELD_TEXT, SHOW_NONZERO),
	OWN(model, FIELD_TEXT, SHOW_NONZERO),
	OWN(asset, FIELD_TEXT, SHOW_NONZERO),
	OWN(place, FIELD_TEXT, SHOW_NONZERO),
	ROW_GIVEN(delay_local_rx, FIELD_U32, delay_given),
	ROW_GIVEN(delay_remote_rx, FIELD_U32, delay_given),
	ROW_GIVEN(delay_local_tx, FIELD_U32, delay_given),
	ROW_GIVEN(delay_remote_tx, FIELD_U32, delay_given),
	ROW_GIVEN(delay_cable, FIELD_U32, delay_given),
	ROW_GIVEN(rt2_status, FIELD_U16, rt_given),
	ROW_GIVEN(rt3_status, FIELD_U16, rt_given),
	OWN(profinet_alias, FIELD_TEXT, SHOW_NONZERO),
	ROW_GIVEN(mrp_status, FIELD_U16, mrp_given),
	ROW_GIVEN(chassis_mac, FIELD_MAC, chassis_mac_given),
	ROW_GIVEN(ptcp_master, FIELD_MAC, ptcp_given),
	ROW_LIST(others, other_fields, struct other),
	{ 0 },
};

/* ---- what a message says, read once ---- */

struct id { uint8_t kind; struct bytes raw; };

struct said {
	struct id chassis, port;
	struct bytes port_description, system_name, system_description, hardware, firmware, software, serial, vendor;
	struct bytes model, asset, place, profinet_alias;
	struct own own;			/* numbers only */
	struct address address[ADDRESSES_MAX];
	struct bytes address_raw[ADDRESSES_MAX];
	struct vlan vlan[VLANS_MAX];
	struct bytes vlan_name[VLANS_MAX];
	struct policy policy[POLICIES_MAX];
	struct other other[OTHERS_MAX];
	unsigned addresses, vlans, policies, others;
	uint64_t digest;
	bool more;			/* something did not fit the lists */
};

static void note_other(struct said *s, uint8_t type, uint32_t oui, uint8_t subtype, size_t length)
{
	if (s->others < OTHERS_MAX)
		s->other[s->others++] = (struct other){ oui, (uint16_t)length, type, subtype };
	else
		s->more = true;
}

/* 8.5.9: length, family, address, kind of interface number, number, OID. */
static bool read_address(struct said *s, struct cursor c)
{
	struct cursor address = cur_sub(&c, cur_u8(&c));
	struct address a = { .family = cur_u8(&address) };
	struct bytes raw = cur_rest(&address);

	a.interface_kind = cur_u8(&c);
	a.interface = cur_be32(&c);
	cur_take(&c, cur_u8(&c));
	if (address.broken || c.broken || raw.n == 0 || raw.n > 31)
		return false;
	if (s->addresses < ADDRESSES_MAX) {
		s->address_raw[s->addresses] = raw;
		s->address[s->addresses++] = a;
	} else {
		s->more = true;
	}
	return true;
}

static void add_vlan(struct said *s, uint16_t id, struct bytes name)
{
	if (s->vlans < VLANS_MAX) {
		s->vlan_name[s->vlans] = name;
		s->vlan[s->vlans++].id = id;
	} else {
		s->more = true;
	}
}

/* 802.1Q-2018 D.2. */
static bool read_8021(struct said *s, uint8_t subtype, struct cursor *c)
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
static bool read_8023(struct said *s, uint8_t subtype, struct cursor *c)
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

	while (c->left > 0 && !c->broken) {
		enum { LOCATION = 22, NAME = 23, ROOM = 28 };	/* RFC 4776 3.4: the nearest to the machine */
		uint8_t kind = cur_u8(c);
		struct bytes b = cur_bytes(c, cur_u8(c));

		if (b.n > 0 && (best.n == 0 || kind == LOCATION || kind == NAME || kind == ROOM))
			best = b;
	}
	return best;
}

/* TIA-1057 10.2. */
static bool read_med(struct said *s, uint8_t subtype, struct cursor *c)
{
	struct bytes *const inventory[] = { &s->hardware, &s->firmware, &s->software, &s->serial, &s->vendor, &s->model,
					    &s->asset };	/* 10.2.6: subtypes 5 to 11 */

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
		struct policy p = { .application = cur_u8(c) };
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
static bool read_profinet(struct said *s, uint8_t subtype, struct cursor *c)
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
static bool read_organisation(struct said *s, struct cursor c, size_t length)
{
	uint32_t oui = cur_be24(&c);
	uint8_t subtype = cur_u8(&c);
	bool known = false;

	if (c.broken)
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
	return !c.broken;
}

static bool read_id(struct id *ret, struct cursor c)
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

static bool read_tlv(struct said *s, uint8_t type, struct cursor c)
{
	size_t length = c.left;

	switch (type) {
	case TLV_CHASSIS: return read_id(&s->chassis, c);
	case TLV_PORT: return read_id(&s->port, c);
	case TLV_TTL: s->own.ttl = cur_be16(&c); return !c.broken;
	case TLV_PORT_DESCRIPTION: s->port_description = cur_rest(&c); return true;
	case TLV_SYSTEM_NAME: s->system_name = cur_rest(&c); return true;
	case TLV_SYSTEM_DESCRIPTION: s->system_description = cur_rest(&c); return true;
	case TLV_CAPABILITIES:
		s->own.capabilities = cur_be16(&c);
		s->own.enabled = cur_be16(&c);
		return !c.broken;
	case TLV_MANAGEMENT: return read_address(s, c);
	case TLV_ORGANISATION: return read_organisation(s, c, length);
	}
	note_other(s, type, 0, 0, length);
	return true;
}

/* NULL: well-formed; else the reason. */
static const char *read_message(struct said *s, struct cursor c)
{
	unsigned n = 0;

	memset(s, 0, sizeof(*s));
	while (c.left >= 2) {
		uint16_t head = cur_be16(&c);
		uint8_t type = (uint8_t)(head >> 9);
		struct cursor tlv = cur_sub(&c, head & 0x1ff);

		if (tlv.broken)
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

/* ---- text ---- */

static size_t address_text(uint8_t family, struct bytes raw, char out[ID_TEXT])
{
	enum { IP4 = 1, IP6 = 2, ALL802 = 6 };		/* IANA "Address Family Numbers" */
	uint8_t ip[16] = { [10] = 0xff, [11] = 0xff };

	if (family == IP4 && raw.n == 4)
		memcpy(ip + 12, raw.p, 4);
	else if (family == IP6 && raw.n == 16)
		memcpy(ip, raw.p, 16);
	else if (family == ALL802 && raw.n == 6)
		return mac_text(out, raw.p), MAC_TEXT - 1;
	else
		return 0;
	ip_text(out, ip);
	return strlen(out);
}

static size_t hex_text(struct bytes raw, char out[ID_TEXT])
{
	for (size_t i = 0; i < raw.n; i++) {
		out[3 * i] = "0123456789abcdef"[raw.p[i] >> 4];
		out[3 * i + 1] = "0123456789abcdef"[raw.p[i] & 15];
		out[3 * i + 2] = ':';
	}
	return raw.n > 0 ? 3 * raw.n - 1 : 0;
}

/* A chassis or port id as people write it. Ids that are not text are hex. */
static size_t id_text(const struct id *id, uint8_t mac_kind, uint8_t network_kind, char out[ID_TEXT])
{
	size_t n = 0;
	bool text = true;

	if (id->kind == mac_kind && id->raw.n == 6)
		return hex_text(id->raw, out);
	if (id->kind == network_kind && id->raw.n > 1)
		n = address_text(id->raw.p[0], (struct bytes){ id->raw.p + 1, id->raw.n - 1 }, out);
	for (size_t i = 0; i < id->raw.n; i++)
		text &= id->raw.p[i] >= 0x20 && id->raw.p[i] != 0x7f;
	if (n > 0)
		return n;
	if (!text || id->kind == mac_kind || id->kind == network_kind)
		return hex_text(id->raw, out);
	memcpy(out, id->raw.p, id->raw.n);
	return id->raw.n;
}

static size_t chassis_text(const struct said *s, char out[ID_TEXT]) { return id_text(&s->chassis, 4, 5, out); }
static size_t port_text(const struct said *s, char out[ID_TEXT]) { return id_text(&s->port, 3, 4, out); }

/* Names without what some makers put behind them: spaces, zeros, the line end. */
static struct bytes trimmed(struct bytes b)
{
	while (b.n > 0 && b.p[b.n - 1] <= ' ')
		b.n--;
	return b;
}

enum { WORDS_TEXT = 128 };
static size_t capability_text(uint16_t bits, char out[WORDS_TEXT])
{
	static const char *const words[] = {	/* 802.1AB-2016 table 8-4 */
		"other", "repeater", "bridge", "wlan-access-point", "router", "telephone", "docsis", "station-only", "c-vlan",
		"s-vlan", "two-port-relay",
	};
	size_t n = 0;

	for (unsigned i = 0; i < ARRAY_LEN(words); i++) {
		if ((bits >> i & 1) == 0)
			continue;
		if (n > 0)
			out[n++] = ',';
		memcpy(out + n, words[i], strlen(words[i]));
		n += strlen(words[i]);
	}
	return n;
}

/* ---- the act ---- */

static struct span put(struct proto_ctx *x, struct bytes b)
{
	b = trimmed(b);
	return b.n > 0 ? act_text(x, b) : (struct span){ 0, 0 };
}

static struct span put_list(struct proto_ctx *x, const void *list, size_t n)
{
	void *p;
	struct span s = act_room(x, n, &p);

	if (p != NULL)
		memcpy(p, list, n);
	return s;
}

static void fill_lists(struct proto_ctx *x, struct said *s, struct own *own)
{
	char text[ID_TEXT];

	for (unsigned i = 0; i < s->addresses; i++) {
		size_t n = address_text(s->address[i].family, s->address_raw[i], text);

		if (n == 0)
			n = hex_text(s->address_raw[i], text);
		s->address[i].text = act_text(x, (struct bytes){ (uint8_t *)text, n });
	}
	for (unsigned i = 0; i < s->vlans; i++)
		s->vlan[i].name = put(x, s->vlan_name[i]);
	own->addresses = put_list(x, s->address, s->addresses * sizeof(s->address[0]));
	own->vlans = put_list(x, s->vlan, s->vlans * sizeof(s->vlan[0]));
	own->policies = put_list(x, s->policy, s->policies * sizeof(s->policy[0]));
	own->others = put_list(x, s->other, s->others * sizeof(s->other[0]));
}

static void fill_own(struct proto_ctx *x, struct said *s)
{
	struct own *own = act_own(x, sizeof(*own));
	char text[ID_TEXT], words[WORDS_TEXT];

	if (own == NULL)
		return;
	*own = s->own;
	own->chassis_kind = s->chassis.kind;
	own->port_kind = s->port.kind;
	own->chassis_id = act_text(x, (struct bytes){ (uint8_t *)text, chassis_text(s, text) });
	own->port_id = act_text(x, (struct bytes){ (uint8_t *)text, port_text(s, text) });
	own->port_description = put(x, s->port_description);
	own->system_name = put(x, s->system_name);
	own->system_description = put(x, s->system_description);
	own->capability_words = put(x, (struct bytes){ (uint8_t *)words, capability_text(s->own.enabled, words) });
	own->hardware = put(x, s->hardware);
	own->firmware = put(x, s->firmware);
	own->software = put(x, s->software);
	own->serial = put(x, s->serial);
	own->vendor = put(x, s->vendor);
	own->model = put(x, s->model);
	own->asset = put(x, s->asset);
	own->place = put(x, s->place);
	own->profinet_alias = put(x, s->profinet_alias);
	fill_lists(x, s, own);
}

static struct side sender_of(const struct proto_ctx *x)
{
	return x->from_client ? flow_client(x) : flow_server(x);
}

static void say_act(struct proto_ctx *x, struct said *s)
{
	struct obs *o = act_begin_code(x, &codes[s->own.ttl == 0 ? SHUTDOWN : ADVERTISEMENT]);
	char text[2 * ID_TEXT + 1];
	size_t n = chassis_text(s, text);
	struct bytes name = trimmed(s->system_name);

	text[n++] = '/';
	n += port_text(s, text + n);
	o->phase = PHASE_PUSH;
	o->actor = sender_of(x);
	o->device = x->from_client ? flow_server(x) : flow_client(x);
	o->object.space = 1;
	o->object.name = act_text(x, (struct bytes){ (uint8_t *)text, n });
	act_value(x, VAL_TEXT, 8, 1, name);
	o->value.digest = s->digest;
	if (s->more)
		o->flags |= FLAG_CUT;
	fill_own(x, s);
	act_emit(x);
}

/* ---- facts ---- */

struct telling { struct proto_ctx *x; struct side about; int64_t until; };

static void tell(const struct telling *t, enum fact_kind kind, struct bytes text, uint64_t number, uint8_t trust)
{
	text = trimmed(text);
	if (text.n > 0)
		fact_say(t->x, &t->about, kind, text, number, t->until, trust);
}

static bool starts(struct bytes b, const char *word)
{
	size_t n = strlen(word);

	return b.n >= n && memcmp(b.p, word, n) == 0;
}

static bool holds(struct bytes b, const char *word)
{
	for (; b.n > 0; b.p++, b.n--)
		if (starts(b, word))
			return true;
	return false;
}

/* The next field of a list with commas, without the spaces around it. */
static struct bytes next_field(struct bytes *rest)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] != ',')
		n++;
	struct bytes field = trimmed((struct bytes){ rest->p, n });

	rest->p += min_size(n + 1, rest->n);
	rest->n -= min_size(n + 1, rest->n);
	while (field.n > 0 && field.p[0] == ' ') {
		field.p++;
		field.n--;
	}
	return field;
}

/* "Siemens, SIMATIC S7, CPU315-2 PN/DP, 6ES7 315-2EH14-0AB0, HW: 5, FW: V3.2.6, ...": as PROFINET devices of
 * this maker describe themselves (seen in captures). */
static void siemens(const struct telling *t, struct bytes rest)
{
	tell(t, FACT_VENDOR, next_field(&rest), 0, TRUST_LIKELY);
	next_field(&rest);				/* family */
	tell(t, FACT_MODEL, next_field(&rest), 0, TRUST_LIKELY);
	tell(t, FACT_HARDWARE, next_field(&rest), 0, TRUST_LIKELY);
	while (rest.n > 0) {
		struct bytes f = next_field(&rest);

		if (starts(f, "FW:") || starts(f, "SW:")) {
			struct bytes version = { f.p + 3, f.n - 3 };

			while (version.n > 0 && version.p[0] == ' ') {
				version.p++;
				version.n--;
			}
			tell(t, FACT_FIRMWARE, version, 0, TRUST_LIKELY);
			return;
		}
	}
}

static void description(const struct telling *t, struct bytes text)
{
	text = trimmed(text);
	if (starts(text, "Siemens,"))
		siemens(t, text);
	else if (holds(text, "Linux") || holds(text, "Windows") || holds(text, "IOS") || holds(text, "JUNOS"))
		tell(t, FACT_OS, text, 0, TRUST_LIKELY);
	else
		tell(t, FACT_ROLE_HINT, text, 0, TRUST_LIKELY);
}

/* The address belongs to the device's own MAC where it says one; the port that sends has one of its own.
 * True: they differ, and mac is now the device's. */
static bool chassis_mac(const struct said *s, uint8_t mac[6])
{
	const uint8_t *own = s->own.chassis_mac_given ? s->own.chassis_mac :
			     s->chassis.kind == 4 && s->chassis.raw.n == 6 ? s->chassis.raw.p : NULL;

	if (own == NULL || mac_is_zero(own) || mac_is_group(own) || memcmp(own, mac, 6) == 0)
		return false;
	memcpy(mac, own, 6);
	return true;
}

static void address_facts(const struct telling *t, const struct said *s)
{
	for (unsigned i = 0; i < s->addresses; i++) {
		struct side about = t->about;
		struct bytes raw = s->address_raw[i];

		memset(about.ip, 0, sizeof(about.ip));
		if (s->address[i].family == 1 && raw.n == 4) {
			about.ip[10] = about.ip[11] = 0xff;
			memcpy(about.ip + 12, raw.p, 4);
			if (raw.p[0] == 0)
				continue;		/* 0.0.0.0: none yet */
		} else if (s->address[i].family == 2 && raw.n == 16) {
			memcpy(about.ip, raw.p, 16);
		}
		if (ip_is_zero(about.ip) || ip_is_group(about.ip))
			continue;
		bool other = chassis_mac(s, about.mac);

		fact_say(t->x, &about, FACT_IP_OF_MAC, (struct bytes){ NULL, 0 }, 0, t->until, TRUST_SURE);
		if (!other)
			continue;
		memcpy(about.mac, t->about.mac, sizeof(about.mac));
		fact_say(t->x, &about, FACT_IP_OF_MAC, (struct bytes){ NULL, 0 }, 0, t->until, TRUST_LIKELY);
	}
}

static void say_facts(struct proto_ctx *x, const struct said *s)
{
	struct telling t = { x, sender_of(x), x->l->at_ns + s->own.ttl * NS_PER_S };
	char text[ID_TEXT], words[WORDS_TEXT];
	struct bytes port = trimmed(s->port_description);

	address_facts(&t, s);
	tell(&t, FACT_NAME, s->system_name, NAME_SYSTEM, TRUST_SURE);
	if (s->system_name.n == 0 && s->chassis.kind == 7)	/* PROFINET: the name of the station */
		tell(&t, FACT_NAME, s->chassis.raw, NAME_SYSTEM, TRUST_LIKELY);
	description(&t, s->system_description);
	tell(&t, FACT_HARDWARE, s->hardware, 0, TRUST_SURE);
	tell(&t, FACT_FIRMWARE, s->firmware, 0, TRUST_SURE);
	tell(&t, FACT_OS, s->software, 0, TRUST_LIKELY);
	tell(&t, FACT_SERIAL, s->serial, 0, TRUST_SURE);
	tell(&t, FACT_VENDOR, s->vendor, 0, TRUST_SURE);
	tell(&t, FACT_MODEL, s->model, 0, TRUST_SURE);
	tell(&t, FACT_PLACE, s->place, 0, TRUST_SURE);
	tell(&t, FACT_CAPABILITY, (struct bytes){ (uint8_t *)words, capability_text(s->own.enabled, words) },
	     s->own.enabled, TRUST_SURE);
	if (port.n == 0)
		port = (struct bytes){ (uint8_t *)text, port_text(s, text) };
	tell(&t, FACT_PORT_OF, port, s->addresses > 0 ? s->address[0].interface : 0, TRUST_SURE);
	if (s->own.pvid_given && s->own.pvid != 0)
		fact_say(x, &t.about, FACT_VLAN_OF, (struct bytes){ NULL, 0 }, s->own.pvid, t.until, TRUST_SURE);
}

static bool lldp_message(struct proto_ctx *x, struct cursor msg)
{
	struct said s;

	x->why = read_message(&s, msg);
	if (x->why != NULL)
		return false;
	say_act(x, &s);
	if (s.own.ttl != 0)
		say_facts(x, &s);
	return true;
}

const struct proto proto_lldp = {
	.name = "lldp", .on = ON_ETHER, .ports = { 0x88cc }, .own_size = sizeof(struct own),
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces, .fields = fields,
	.message = lldp_message,
};

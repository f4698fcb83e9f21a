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
#include "proto/lldp.h"

#include <string.h>

enum code { ADVERTISEMENT, SHUTDOWN };

static const struct proto_code codes[] = {
	{ ADVERTISEMENT, "advertisement", VERB_ANNOUNCE, CLASS_DEVICE, CODE_PUSH, "802.1AB-2016 8.2" },
	{ SHUTDOWN, "shutdown", VERB_ANNOUNCE, CLASS_DEVICE, CODE_PUSH, "802.1AB-2016 8.5.4, 9.2.7" },
};

static const struct proto_space spaces[] = { { "port", "{name}" }, { NULL, NULL } };

/* ---- fields ---- */

static const char *const id_words_chassis[] = {		/* 802.1AB-2016 table 8-2 */
	"reserved", "component", "interface-alias", "port-component", "mac", "network", "interface-name",
	"local",
};
static const char *const id_words_port[] = {		/* 802.1AB-2016 table 8-3 */
	"reserved", "interface-alias", "port-component", "mac", "network", "interface-name", "agent-circuit",
	"local",
};
static const char *const interface_words[] = { "none", "unknown", "ifindex", "system-port" };	/* 8.5.9.5 */
static const char *const med_class_words[] = {		/* TIA-1057 10.2.2.3 */
	"undefined", "endpoint-1", "endpoint-2", "endpoint-3", "network",
};
static const char *const application_words[] = {	/* TIA-1057 table 12 */
	"reserved", "voice", "voice-signalling", "guest-voice", "guest-voice-signalling", "softphone-voice",
	"video-conference", "streaming-video", "video-signalling",
};

#define ROW(struct_, member_, type_, show_) \
	{ .name = #member_, .type = type_, .show = show_, .at = offsetof(struct_, member_) }
#define ROW_WORD(struct_, member_, name_, words_) \
	{ .name = name_, .type = FIELD_WORD, .at = offsetof(struct_, member_), .words = words_, \
	  .elem = ARRAY_LEN(words_) }
#define ROW_GIVEN(member_, type_, given_) \
	{ .name = #member_, .type = type_, .show = SHOW_GIVEN, .at = offsetof(struct lldp_own, member_), \
	  .given = offsetof(struct lldp_own, given_) }
#define ROW_LIST(member_, sub_, elem_) \
	{ .name = #member_, .type = FIELD_LIST, .show = SHOW_NONZERO, \
	  .at = offsetof(struct lldp_own, member_), .sub = sub_, .elem = sizeof(elem_) }
#define OWN(member, type, show) ROW(struct lldp_own, member, type, show)

static const struct field address_fields[] = {
	ROW(struct lldp_address, text, FIELD_TEXT, SHOW_ALWAYS),
	ROW(struct lldp_address, family, FIELD_U8, SHOW_ALWAYS),
	ROW_WORD(struct lldp_address, interface_kind, "interface_kind", interface_words),
	ROW(struct lldp_address, interface, FIELD_U32, SHOW_NONZERO),
	{ 0 },
};

static const struct field vlan_fields[] = {
	ROW(struct lldp_vlan, id, FIELD_U16, SHOW_ALWAYS),
	ROW(struct lldp_vlan, name, FIELD_TEXT, SHOW_NONZERO), { 0 },
};

static const struct field policy_fields[] = {
	ROW_WORD(struct lldp_policy, application, "application", application_words),
	ROW(struct lldp_policy, unknown, FIELD_BOOL, SHOW_NONZERO),
	ROW(struct lldp_policy, tagged, FIELD_BOOL, SHOW_ALWAYS),
	ROW(struct lldp_policy, vlan, FIELD_U16, SHOW_ALWAYS),
	ROW(struct lldp_policy, priority, FIELD_U8, SHOW_ALWAYS),
	ROW(struct lldp_policy, dscp, FIELD_U8, SHOW_ALWAYS),
	{ 0 },
};

static const struct field other_fields[] = {
	ROW(struct lldp_other, type, FIELD_U8, SHOW_ALWAYS),
	ROW(struct lldp_other, oui, FIELD_U32, SHOW_NONZERO),
	ROW(struct lldp_other, subtype, FIELD_U8, SHOW_NONZERO),
	ROW(struct lldp_other, length, FIELD_U16, SHOW_ALWAYS),
	{ 0 },
};

static const struct field fields[] = {
	ROW_WORD(struct lldp_own, chassis_kind, "chassis_kind", id_words_chassis),
	OWN(chassis_id, FIELD_TEXT, SHOW_ALWAYS),
	ROW_WORD(struct lldp_own, port_kind, "port_kind", id_words_port),
	OWN(port_id, FIELD_TEXT, SHOW_ALWAYS),
	OWN(ttl, FIELD_U16, SHOW_ALWAYS),
	OWN(port_description, FIELD_TEXT, SHOW_NONZERO),
	OWN(system_name, FIELD_TEXT, SHOW_NONZERO),
	OWN(system_description, FIELD_TEXT, SHOW_NONZERO),
	OWN(capabilities, FIELD_U16, SHOW_NONZERO),
	OWN(enabled, FIELD_U16, SHOW_NONZERO),
	OWN(capability_words, FIELD_KEY, SHOW_NONZERO),
	ROW_LIST(addresses, address_fields, struct lldp_address),
	ROW_GIVEN(pvid, FIELD_U16, pvid_given),
	ROW_LIST(vlans, vlan_fields, struct lldp_vlan),
	OWN(management_vlan, FIELD_U16, SHOW_NONZERO),
	ROW_GIVEN(autonegotiation_status, FIELD_U8, mau_given),
	ROW_GIVEN(autonegotiation, FIELD_U16, mau_given),
	ROW_GIVEN(mau_type, FIELD_U16, mau_given),
	ROW_GIVEN(aggregation, FIELD_U8, aggregation_given),
	ROW_GIVEN(aggregation_port, FIELD_U16, aggregation_given),
	OWN(frame_size, FIELD_U16, SHOW_NONZERO),
	ROW_GIVEN(power_milliwatt, FIELD_U32, power_given),
	ROW_GIVEN(med_capabilities, FIELD_U16, med_given),
	{ .name = "med_class", .type = FIELD_WORD, .show = SHOW_GIVEN,
	  .at = offsetof(struct lldp_own, med_class), .words = med_class_words,
	  .elem = ARRAY_LEN(med_class_words), .given = offsetof(struct lldp_own, med_given) },
	ROW_LIST(policies, policy_fields, struct lldp_policy),
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
	ROW_LIST(others, other_fields, struct lldp_other),
	{ 0 },
};

/* ---- the act ---- */

static struct span put(struct proto_ctx *x, struct bytes b)
{
	b = lldp_trimmed(b);
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

static void fill_lists(struct proto_ctx *x, struct lldp_said *s, struct lldp_own *own)
{
	char text[ID_TEXT];

	for (unsigned i = 0; i < s->addresses; i++) {
		size_t n = lldp_address_text(s->address[i].family, s->address_raw[i], text);

		if (n == 0)
			n = lldp_hex_text(s->address_raw[i], text);
		s->address[i].text = act_text(x, (struct bytes){ (uint8_t *)text, n });
	}
	for (unsigned i = 0; i < s->vlans; i++)
		s->vlan[i].name = put(x, s->vlan_name[i]);
	own->addresses = put_list(x, s->address, s->addresses * sizeof(s->address[0]));
	own->vlans = put_list(x, s->vlan, s->vlans * sizeof(s->vlan[0]));
	own->policies = put_list(x, s->policy, s->policies * sizeof(s->policy[0]));
	own->others = put_list(x, s->other, s->others * sizeof(s->other[0]));
}

static void fill_own(struct proto_ctx *x, struct lldp_said *s)
{
	struct lldp_own *own = act_own(x, sizeof(*own));
	char text[ID_TEXT], words[WORDS_TEXT];

	if (own == NULL)
		return;
	*own = s->own;
	own->chassis_kind = s->chassis.kind;
	own->port_kind = s->port.kind;
	own->chassis_id = act_text(x, (struct bytes){ (uint8_t *)text, lldp_chassis_text(s, text) });
	own->port_id = act_text(x, (struct bytes){ (uint8_t *)text, lldp_port_text(s, text) });
	own->port_description = put(x, s->port_description);
	own->system_name = put(x, s->system_name);
	own->system_description = put(x, s->system_description);
	own->capability_words = put(x,
				    (struct bytes){ (uint8_t *)words,
						    lldp_capability_text(s->own.enabled, words) });
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

struct side lldp_sender(const struct proto_ctx *x)
{
	return x->from_client ? flow_client(x) : flow_server(x);
}

static void say_act(struct proto_ctx *x, struct lldp_said *s)
{
	struct obs *o = act_begin_code(x, &codes[s->own.ttl == 0 ? SHUTDOWN : ADVERTISEMENT]);
	char text[2 * ID_TEXT + 1];
	size_t n = lldp_chassis_text(s, text);
	struct bytes name = lldp_trimmed(s->system_name);

	text[n++] = '/';
	n += lldp_port_text(s, text + n);
	o->phase = PHASE_PUSH;
	o->actor = lldp_sender(x);
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

static bool lldp_message(struct proto_ctx *x, struct cursor msg)
{
	struct lldp_said s;

	x->why = lldp_read(&s, msg);
	if (x->why != NULL)
		return false;
	say_act(x, &s);
	if (s.own.ttl != 0)
		lldp_facts(x, &s);
	return true;
}

const struct proto proto_lldp = {
	.name = "lldp", .on = ON_ETHER, .ports = { 0x88cc }, .own_size = sizeof(struct lldp_own),
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces, .fields = fields,
	.message = lldp_message,
};

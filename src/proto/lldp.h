/* proto/lldp.h: what the files of LLDP share; the door is lldp.c. */
#ifndef PROTO_LLDP_H
#define PROTO_LLDP_H

#include "model/proto.h"

enum { ADDRESSES_MAX = 8, VLANS_MAX = 32, POLICIES_MAX = 8, OTHERS_MAX = 16, ID_TEXT = 3 * 255,
       WORDS_TEXT = 128 };

/* ---- the own part of an act, and the elements of its lists ---- */

struct lldp_address {
	struct span text;
	uint32_t interface;
	uint8_t family, interface_kind, spare[6];
};

struct lldp_vlan {
	struct span name;
	uint16_t id;
	uint8_t spare[2];
};

struct lldp_policy {
	uint16_t vlan;
	uint8_t application, unknown, tagged, priority, dscp, spare;
};

struct lldp_other {
	uint32_t oui;
	uint16_t length;
	uint8_t type, subtype;
};

struct lldp_own {
	uint32_t delay_local_rx, delay_remote_rx, delay_local_tx, delay_remote_tx, delay_cable;
	uint32_t power_milliwatt;
	struct span chassis_id, port_id, port_description, system_name, system_description, addresses, vlans;
	struct span capability_words, policies, others, hardware, firmware, software, serial, vendor, model,
		asset;
	struct span place, profinet_alias;
	uint16_t ttl, capabilities, enabled, pvid, management_vlan, mau_type, autonegotiation, frame_size,
		aggregation_port;
	uint16_t rt2_status, rt3_status, mrp_status, med_capabilities;
	uint8_t chassis_kind, port_kind, aggregation, med_class, autonegotiation_status;
	uint8_t pvid_given, mau_given, delay_given, rt_given, mrp_given, med_given, aggregation_given,
		chassis_mac_given;
	uint8_t power_given, ptcp_given;
	uint8_t chassis_mac[6], ptcp_master[6];
	uint8_t spare[5];
};

/* ---- what a message says, read once ---- */

struct lldp_id { uint8_t kind; struct bytes raw; };

struct lldp_said {
	struct lldp_id chassis, port;
	struct bytes port_description, system_name, system_description, hardware, firmware, software, serial,
		vendor;
	struct bytes model, asset, place, profinet_alias;
	struct lldp_own own;			/* numbers only */
	struct lldp_address address[ADDRESSES_MAX];
	struct bytes address_raw[ADDRESSES_MAX];
	struct lldp_vlan vlan[VLANS_MAX];
	struct bytes vlan_name[VLANS_MAX];
	struct lldp_policy policy[POLICIES_MAX];
	struct lldp_other other[OTHERS_MAX];
	unsigned addresses, vlans, policies, others;
	uint64_t digest;
	bool more;			/* something did not fit the lists */
};

/* Reads a whole message, clearing s; why it is none, NULL: it is good. lldp_read.c */
const char *lldp_read(struct lldp_said *s, struct cursor c);

/* ---- lldp_text.c: each returns the bytes written ---- */

size_t lldp_address_text(uint8_t family, struct bytes raw, char out[ID_TEXT]);	/* 0: of no family we know */
size_t lldp_hex_text(struct bytes raw, char out[ID_TEXT]);
size_t lldp_chassis_text(const struct lldp_said *s, char out[ID_TEXT]);
size_t lldp_port_text(const struct lldp_said *s, char out[ID_TEXT]);
size_t lldp_capability_text(uint16_t bits, char out[WORDS_TEXT]);

/* Names without what some makers put behind them: spaces, zeros, the line end. */
struct bytes lldp_trimmed(struct bytes b);

struct side lldp_sender(const struct proto_ctx *x);

/* Says what the message tells of its sender. lldp_facts.c */
void lldp_facts(struct proto_ctx *x, const struct lldp_said *s);

#endif

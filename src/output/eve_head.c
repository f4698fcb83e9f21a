/* output/eve_head.c: what every EVE event begins with, and what several kinds of them say. */
#include "core/hash.h"
#include "output/community_id.h"
#include "output/eve_line.h"

const char *eve_app_proto(const struct proto *p)
{
	if (p == NULL)
		return NULL;
	return p->eve != NULL ? p->eve : p->name;
}

/* 51 bits: JavaScript and jq keep such numbers exactly, and Suricata's are of that size. */
static uint64_t flow_id(uint64_t name)
{
	return hash_mix(name) & ((UINT64_C(1) << 51) - 1);
}

/* IANA protocol numbers and Suricata's names for them. */
static const char *proto_text(uint8_t ip_proto)
{
	switch (ip_proto) {
	case 1: return "ICMP";
	case 2: return "IGMP";
	case 6: return "TCP";
	case 17: return "UDP";
	case 58: return "IPv6-ICMP";
	case 132: return "SCTP";
	}
	return NULL;
}

static void write_ends(struct json *j, const struct side *from, const struct side *to)
{
	char ip[IP_TEXT];

	if (ip_is_zero(from->ip) && ip_is_zero(to->ip))
		return;
	ip_text(ip, from->ip);
	json_key_word(j, "src_ip", ip);
	if (from->port != 0)
		json_key_u64(j, "src_port", from->port);
	ip_text(ip, to->ip);
	json_key_word(j, "dest_ip", ip);
	if (to->port != 0)
		json_key_u64(j, "dest_port", to->port);
}

static void write_ether(struct json *j, const struct side *from, const struct side *to)
{
	char mac[MAC_TEXT];

	if (mac_is_zero(from->mac) && mac_is_zero(to->mac))
		return;
	json_key_open(j, "ether", '{');
	mac_text(mac, from->mac);
	json_key_word(j, "src_mac", mac);
	mac_text(mac, to->mac);
	json_key_word(j, "dest_mac", mac);
	json_close(j, '}');
}

static void write_community_id(struct json *j, const struct eve_head *h)
{
	char id[COMMUNITY_ID_MAX];
	uint16_t from = h->icmp != NULL ? h->icmp[0] : h->from->port;
	uint16_t to = h->icmp != NULL ? h->icmp[1] : h->to->port;

	if (h->ip_proto != 0 && community_id(id, h->ip_proto, h->from->ip, from, h->to->ip, to))
		json_key_word(j, "community_id", id);
}

static void write_type(struct json *j, const struct eve_head *h, const char *iface)
{
	if (iface != NULL)
		json_key_str(j, "in_iface", iface);
	json_key_word(j, "event_type", h->type);
}

/* From event_type to pcap_cnt. */
static void write_middle(struct json *j, const struct eve_head *h)
{
	if (h->vlan != 0) {
		json_key_open(j, "vlan", '[');
		json_u64(j, h->vlan);
		json_close(j, ']');
	}
	write_ends(j, h->from, h->to);
	if (proto_text(h->ip_proto) != NULL)
		json_key_word(j, "proto", proto_text(h->ip_proto));
	if (h->app_proto != NULL)
		json_key_word(j, "app_proto", h->app_proto);
	write_ether(j, h->from, h->to);
}

/* ---- ends written earlier ---- */

enum { SIDE_SHOWN = offsetof(struct side, station) };	/* address, MAC address and port */

static bool same_ends(const struct eve_ends *ends, const struct eve_head *h)
{
	static const uint8_t no_icmp[2];

	return ends->known && ends->flow == h->flow && memcmp(&ends->from, h->from, SIDE_SHOWN) == 0 &&
	       memcmp(&ends->to, h->to, SIDE_SHOWN) == 0 && ends->app_proto == h->app_proto &&
	       ends->vlan == h->vlan && ends->ip_proto == h->ip_proto &&
	       memcmp(ends->icmp, h->icmp != NULL ? h->icmp : no_icmp, sizeof(ends->icmp)) == 0;
}

/* What was written since `from`, kept as far as there is room for it. */
static bool keep(struct eve_ends *ends, size_t at, const struct json *j, size_t from, uint16_t *ret_n)
{
	size_t n = j->n - from;

	if (j->failed || n > sizeof(ends->text) - at)
		return false;
	memcpy(ends->text + at, j->p + from, n);
	*ret_n = (uint16_t)n;
	return true;
}

static void write_new(struct json *j, const struct eve_head *h, const char *iface, struct eve_ends *ends)
{
	size_t from = j->n;

	*ends = (struct eve_ends){ .flow = h->flow, .from = *h->from, .to = *h->to,
				   .app_proto = h->app_proto, .vlan = h->vlan, .ip_proto = h->ip_proto };
	if (h->icmp != NULL)
		memcpy(ends->icmp, h->icmp, sizeof(ends->icmp));
	if (h->flow != 0)
		json_key_u64(j, "flow_id", flow_id(h->flow));
	bool kept = keep(ends, 0, j, from, &ends->flow_n);

	write_type(j, h, iface);
	from = j->n;
	write_middle(j, h);
	kept = kept && keep(ends, ends->flow_n, j, from, &ends->n);
	json_key_u64(j, "pcap_cnt", h->frame);
	from = j->n;
	write_community_id(j, h);
	ends->known = kept && keep(ends, (size_t)ends->flow_n + ends->n, j, from, &ends->id_n);
}

static void write_known(struct json *j, const struct eve_head *h, const char *iface,
			const struct eve_ends *ends)
{
	const uint8_t *text = (const uint8_t *)ends->text;

	json_again(j, (struct bytes){ text, ends->flow_n });
	write_type(j, h, iface);
	json_again(j, (struct bytes){ text + ends->flow_n, ends->n });
	json_key_u64(j, "pcap_cnt", h->frame);
	json_again(j, (struct bytes){ text + ends->flow_n + ends->n, ends->id_n });
}

void eve_head(struct eve *e, const struct eve_head *h)
{
	struct json *j = &e->json;
	const char *const *taps = e->options.tap_names;
	const char *iface = taps == NULL ? NULL : taps[h->tap];
	struct eve_ends *ends = &e->ends[hash_mix(h->flow) % EVE_ENDS];

	json_key_time(j, "timestamp", h->at_ns);
	if (same_ends(ends, h))
		write_known(j, h, iface, ends);
	else
		write_new(j, h, iface, ends);
}

void eve_meaning(struct json *j, const struct object_meaning *m)
{
	char name[256];

	meaning_text(name, sizeof(name), LANG_EN, m);
	json_key_open(j, "meaning", '{');
	if (!m->plant)
		json_key_str(j, "key", m->key);
	json_key_str(j, "category", category_name(m->category));
	json_key_str(j, "name", name);
	if (m->unit != NULL)
		json_key_str(j, "unit", m->unit);
	if (m->plant)
		json_key_bool(j, "plant", true);
	json_close(j, '}');
}

void eve_flags(struct json *j, uint16_t flags)
{
	static const struct { uint16_t bit; const char *name; } names[] = {
		{ FLAG_CUT, "cut" }, { FLAG_AFTER_LOSS, "after-loss" }, { FLAG_MIDSTREAM, "midstream" },
		{ FLAG_ONE_WAY, "one-way" }, { FLAG_TO_GROUP, "to-group" }, { FLAG_FLOOD, "flood" },
		{ FLAG_OPAQUE, "opaque" }, { FLAG_REST, "rest" }, { FLAG_TIMEOUT, "timeout" },
		{ FLAG_BY_DEVICE, "ends-guessed" },
	};
	bool open = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if ((flags & names[i].bit) == 0)
			continue;
		if (!open) {
			json_key_open(j, "flags", '[');
		}
		open = true;
		json_word(j, names[i].name);
	}
	if (open)
		json_close(j, ']');
}

void eve_tunnels(struct json *j, const struct obs *o)
{
	static const char *const kinds[TUNNEL_KINDS] = { "", "gtp-u", "vxlan", "gre", "erspan", "ip-in-ip" };
	struct bytes all = rec_bytes(&o->rec, o->tunnels);

	if (all.n < sizeof(struct tunnel))
		return;
	json_key_open(j, "tunnels", '[');
	for (size_t at = 0; at + sizeof(struct tunnel) <= all.n; at += sizeof(struct tunnel)) {
		struct tunnel t;
		char ip[IP_TEXT];

		memcpy(&t, all.p + at, sizeof(t));
		json_open(j, '{');
		json_key_word(j, "kind", t.kind < TUNNEL_KINDS ? kinds[t.kind] : "");
		ip_text(ip, t.src);
		json_key_word(j, "src_ip", ip);
		ip_text(ip, t.dst);
		json_key_word(j, "dest_ip", ip);
		json_key_u64(j, "id", t.id);
		json_close(j, '}');
	}
	json_close(j, ']');
}

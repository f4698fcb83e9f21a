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

/* What was written since `from`, kept as far as there is room for it. */
static bool keep(struct eve_ends *ends, uint16_t at, const struct json *j, size_t from, uint16_t *ret_n)
{
	size_t n = j->n - from;

	if (j->failed || n > sizeof(ends->text) - at)
		return false;
	memcpy(ends->text + at, j->p + from, n);
	*ret_n = (uint16_t)n;
	return true;
}

static void write_new(struct json *j, const struct eve_head *h, struct eve_ends *ends)
{
	size_t from = j->n;

	write_middle(j, h);
	bool kept = keep(ends, 0, j, from, &ends->n);

	json_key_u64(j, "pcap_cnt", h->frame);
	from = j->n;
	write_community_id(j, h);
	ends->of.known = kept && keep(ends, ends->n, j, from, &ends->id_n);
}

static void write_known(struct json *j, const struct eve_head *h, const struct eve_ends *ends)
{
	const uint8_t *text = (const uint8_t *)ends->text;

	json_again(j, (struct bytes){ text, ends->n });
	json_key_u64(j, "pcap_cnt", h->frame);
	json_again(j, (struct bytes){ text + ends->n, ends->id_n });
}

void eve_head(struct eve *e, const struct eve_head *h)
{
	struct json *j = &e->json;
	const char *const *taps = e->options.tap_names;
	struct eve_ends *ends = &e->ends[hash_mix(h->flow) % EVE_ENDS], want;

	memset(&want.of, 0, sizeof(want.of));	/* compared with its padding */
	memcpy(want.of.ip[0], h->from->ip, 16);
	memcpy(want.of.ip[1], h->to->ip, 16);
	memcpy(want.of.mac[0], h->from->mac, 6);
	memcpy(want.of.mac[1], h->to->mac, 6);
	want.of.port[0] = h->from->port;
	want.of.port[1] = h->to->port;
	want.of.vlan = h->vlan;
	want.of.ip_proto = h->ip_proto;
	want.of.app_proto = h->app_proto;
	want.of.known = true;
	if (h->icmp != NULL)
		memcpy(want.of.icmp, h->icmp, sizeof(want.of.icmp));

	json_key_time(j, "timestamp", h->at_ns);
	if (h->flow != 0)
		json_key_u64(j, "flow_id", flow_id(h->flow));
	if (taps != NULL && taps[h->tap] != NULL)
		json_key_str(j, "in_iface", taps[h->tap]);
	json_key_word(j, "event_type", h->type);
	if (memcmp(&ends->of, &want.of, sizeof(want.of)) == 0) {
		write_known(j, h, ends);
		return;
	}
	memcpy(&ends->of, &want.of, sizeof(want.of));
	write_new(j, h, ends);
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

/* proto/lldp_text.c: ids, addresses and capabilities of LLDP as people write them. */
#include "proto/lldp.h"

#include "core/hex.h"

#include <string.h>

size_t lldp_address_text(uint8_t family, struct bytes raw, char out[ID_TEXT])
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

size_t lldp_hex_text(struct bytes raw, char out[ID_TEXT])
{
	for (size_t i = 0; i < raw.n; i++) {
		hex_put(out + 3 * i, raw.p[i]);
		out[3 * i + 2] = ':';
	}
	return raw.n > 0 ? 3 * raw.n - 1 : 0;
}

/* A chassis or port id as people write it. Ids that are not text are hex. */
static size_t id_text(const struct lldp_id *id, uint8_t mac_kind, uint8_t network_kind, char out[ID_TEXT])
{
	size_t n = 0;
	bool text = true;

	if (id->kind == mac_kind && id->raw.n == 6)
		return lldp_hex_text(id->raw, out);
	if (id->kind == network_kind && id->raw.n > 1)
		n = lldp_address_text(id->raw.p[0], (struct bytes){ id->raw.p + 1, id->raw.n - 1 }, out);
	for (size_t i = 0; i < id->raw.n; i++)
		text &= id->raw.p[i] >= 0x20 && id->raw.p[i] != 0x7f;
	if (n > 0)
		return n;
	if (!text || id->kind == mac_kind || id->kind == network_kind)
		return lldp_hex_text(id->raw, out);
	memcpy(out, id->raw.p, id->raw.n);
	return id->raw.n;
}

size_t lldp_chassis_text(const struct lldp_said *s, char out[ID_TEXT])
{
	return id_text(&s->chassis, 4, 5, out);
}

size_t lldp_port_text(const struct lldp_said *s, char out[ID_TEXT]) { return id_text(&s->port, 3, 4, out); }

struct bytes lldp_trimmed(struct bytes b)
{
	while (b.n > 0 && b.p[b.n - 1] <= ' ')
		b.n--;
	return b;
}

size_t lldp_capability_text(uint16_t bits, char out[WORDS_TEXT])
{
	static const char *const words[] = {	/* 802.1AB-2016 table 8-4 */
		"other", "repeater", "bridge", "wlan-access-point", "router", "telephone", "docsis",
		"station-only", "c-vlan", "s-vlan", "two-port-relay",
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

/* proto/lldp_facts.c: what an LLDP message tells of its sender. */
#include "proto/lldp.h"

#include <string.h>

struct telling { struct proto_ctx *x; struct side about; int64_t until; };

static void tell(const struct telling *t, enum fact_kind kind, struct bytes text, uint64_t number,
		 uint8_t trust)
{
	text = lldp_trimmed(text);
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
	struct bytes field = lldp_trimmed((struct bytes){ rest->p, n });

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
	text = lldp_trimmed(text);
	if (starts(text, "Siemens,"))
		siemens(t, text);
	else if (holds(text, "Linux") || holds(text, "Windows") || holds(text, "IOS") || holds(text, "JUNOS"))
		tell(t, FACT_OS, text, 0, TRUST_LIKELY);
	else
		tell(t, FACT_ROLE_HINT, text, 0, TRUST_LIKELY);
}

/* The address belongs to the device's own MAC where it says one; the port that sends has one of its own.
 * True: they differ, and mac is now the device's. */
static bool chassis_mac(const struct lldp_said *s, uint8_t mac[6])
{
	const uint8_t *own = s->own.chassis_mac_given ? s->own.chassis_mac :
			     s->chassis.kind == 4 && s->chassis.raw.n == 6 ? s->chassis.raw.p : NULL;

	if (own == NULL || mac_is_zero(own) || mac_is_group(own) || memcmp(own, mac, 6) == 0)
		return false;
	memcpy(mac, own, 6);
	return true;
}

static void address_facts(const struct telling *t, const struct lldp_said *s)
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

void lldp_facts(struct proto_ctx *x, const struct lldp_said *s)
{
	struct telling t = { x, lldp_sender(x), x->l->at_ns + s->own.ttl * NS_PER_S };
	char text[ID_TEXT], words[WORDS_TEXT];
	struct bytes port = lldp_trimmed(s->port_description);

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
	tell(&t, FACT_CAPABILITY, (struct bytes){ (uint8_t *)words,
						  lldp_capability_text(s->own.enabled, words) },
	     s->own.enabled, TRUST_SURE);
	if (port.n == 0)
		port = (struct bytes){ (uint8_t *)text, lldp_port_text(s, text) };
	tell(&t, FACT_PORT_OF, port, s->addresses > 0 ? s->address[0].interface : 0, TRUST_SURE);
	if (s->own.pvid_given && s->own.pvid != 0)
		fact_say(x, &t.about, FACT_VLAN_OF, (struct bytes){ NULL, 0 }, s->own.pvid, t.until,
			 TRUST_SURE);
}

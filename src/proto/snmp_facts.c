/* proto/snmp_facts.c: what a device's answers tell about it, each once in a flow. */
#include "proto/snmp.h"

#include "core/hash.h"
#include "proto/said.h"

static bool said(struct proto_ctx *x, enum fact_kind kind, struct bytes text)
{
	struct snmp_state *st = x->state;
	uint64_t digest = hash_bytes(text.p, text.n, (uint64_t)kind);

	return said_before(st->said, SAID, &st->next, digest);
}

static void tell(struct proto_ctx *x, enum fact_kind kind, struct bytes text, uint64_t number)
{
	struct side about = x->from_client ? flow_client(x) : flow_server(x);

	while (text.n > 0 && (text.p[text.n - 1] <= ' '))
		text.n--;
	if (text.n > 0 && !said(x, kind, text))
		fact_say(x, &about, kind, text, number, 0, TRUST_LIKELY);
}

void snmp_serves(struct proto_ctx *x)
{
	struct side about = x->from_client ? flow_client(x) : flow_server(x);

	tell(x, FACT_SERVES, (struct bytes){ (const uint8_t *)"snmp", 4 }, about.port);
}

/* Facts come from the first row of a table only: the device itself, not what is plugged into it. */
void snmp_facts(struct proto_ctx *x, const struct snmp_variable *v)
{
	static const struct { const char *name; uint8_t kind, number;
	} rows[] = {
		{"sysDescr.0", FACT_ROLE_HINT, 0},
		{"sysName.0", FACT_NAME, NAME_SYSTEM},
		{"sysLocation.0", FACT_PLACE, 0},
		{"entPhysicalSerialNum.1", FACT_SERIAL, 0},
		{"entPhysicalModelName.1", FACT_MODEL, 0},
		{"entPhysicalMfgName.1", FACT_VENDOR, 0},
		{"entPhysicalSoftwareRev.1", FACT_FIRMWARE, 0},
		{"entPhysicalHardwareRev.1", FACT_HARDWARE, 0},
		{"prtGeneralSerialNumber.1", FACT_SERIAL, 0},
		{"hrDeviceDescr.1", FACT_MODEL, 0},
	};
	char name[NAME_TEXT];

	snmp_name(name, sizeof(name), v->oid, true);
	if (v->tag == BER_OID && strcmp(name, "sysObjectID.0") == 0) {
		const char *vendor = snmp_vendor(v->value);

		if (vendor != NULL)
			tell(x, FACT_VENDOR, (struct bytes){ (const uint8_t *)vendor, strlen(vendor) }, 0);
	}
	if (v->tag != BER_OCTETS)
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(name, rows[i].name) == 0)
			tell(x, rows[i].kind, v->value, rows[i].number);
}

/* proto/snmp.c: SNMP, who looks after which switch, printer and controller, and who changes them.
 *
 * Spec:    RFC 1157 (v1), RFC 1901 (v2c), RFC 3416 (operations), RFC 3412 6 (v3 messages), RFC 3414 2.4 and 5
 *          (user-based security), RFC 2578 (types); names of RFC 1213, 2863, 2790, 3805, 6933, 3414, 3584.
 * Message: one datagram in BER: version, community, PDU; in v3 version, header, security, and a PDU that may
 *          be encrypted.
 * Units:   as the objects define.
 * Emits:   GET gives one READ WHOLE for each object, GETNEXT and GETBULK one for the message, object what was
 *          asked for without the row of a table; SET one WRITE ASK for each object, then one ANSWER; INFORM
 *          REPORT ASK and ANSWER; traps REPORT PUSH; a report about an unknown user or a wrong key LOGIN
 *          refused. Values of counters and clocks are left out of what is read: they differ each time and
 *          mean nothing. Facts by the system group, the entity and printer tables.
 * State:   digests of the facts said last.
 * Secrets: of a community only whether it is "public", "private" or another; tables of communities and keys
 *          give no values; a malformed message is told without its bytes.
 * Missing: TCP; names of other tables; the inside of encrypted messages. */
#include "proto/snmp.h"

/* The same as malformed elsewhere, but without the bytes: the community stands in them. */
static bool bad(struct proto_ctx *x, const char *why)
{
	struct obs *o = act_begin(x);

	o->verb = VERB_MALFORMED;
	act_value(x, VAL_SECRET, 0, 0, (struct bytes){ 0 });
	o->note = act_str(x, why);
	act_emit(x);
	return true;
}

static bool snmp_message(struct proto_ctx *x, struct cursor msg)
{
	struct snmp m = { 0 };
	const char *why = snmp_read(&m, msg);

	if (why != NULL)
		return bad(x, why);
	return snmp_tell(x, &m);
}

static unsigned snmp_probe(const struct proto_ctx *x, struct cursor head)
{
	bool cut = (x->l->flags & LAYER_CUT) != 0;
	uint8_t tag;

	if (cur_peek(&head) != BER_SEQUENCE)
		return 0;
	struct cursor c = head;

	/* A datagram cut off by the capture still begins so. */
	cur_u8(&c);
	uint8_t n = cur_u8(&c);

	if (n > 0x80)
		cur_take(&c, n & 0x7f);
	if (!cut && n < 0x80 && n > c.left)
		return 0;
	struct cursor version = ber_want(&c, BER_INTEGER);
	uint8_t v = cur_u8(&version);

	if (cur_broken(&version) || version.left > 0 || (v != V1 && v != V2C && v != V3))
		return 0;
	ber_next(&c, &tag);
	if (cur_broken(&c) || tag != (v == V3 ? BER_SEQUENCE : BER_OCTETS))
		return 0;
	uint8_t next = cur_peek(&c);

	if (v == V3)
		return next == BER_OCTETS ? 90 : 0;
	return next >= GET && next <= REPORT ? 90 : 0;
}

const struct proto proto_snmp = {
	.name = "snmp",
	.on = ON_UDP,
	.eve = "snmp",
	.ports = {PORT, PORT_TRAP},
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.state_size = sizeof(struct snmp_state),
	.own_size = sizeof(struct snmp_own),
	.codes = snmp_codes,
	.code_count = SNMP_CODES,
	.fields = snmp_fields,
	.probe = snmp_probe,
	.message = snmp_message,
	.unanswered = snmp_tell_unanswered,
};

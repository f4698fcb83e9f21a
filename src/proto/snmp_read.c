/* proto/snmp_read.c: takes an SNMP message apart. */
#include "proto/snmp.h"

static bool is(struct bytes b, const char *word)
{
	return b.n == strlen(word) && memcmp(b.p, word, b.n) == 0;
}

bool snmp_variable(struct cursor *c, struct snmp_variable *ret)
{
	if (c->left == 0)
		return false;
	struct cursor one = ber_want(c, BER_SEQUENCE);
	struct cursor oid = ber_want(&one, BER_OID);
	struct cursor value = ber_next(&one, &ret->tag);

	ret->oid = cur_rest(&oid);
	ret->value = cur_rest(&value);
	if (cur_broken(&one) || one.left > 0)
		cur_break(c);
	return !cur_broken(c);
}

/* All variables are looked at before any is told. */
static const char *read_variables(struct snmp *m, struct cursor *c)
{
	m->variables = ber_want(c, BER_SEQUENCE);
	if (cur_broken(c))
		return "variables";
	struct cursor all = m->variables;
	struct snmp_variable v;

	while (snmp_variable(&all, &v)) {
		char text[OID_TEXT];
		struct buf out = buf_over(text, sizeof(text));

		if (!ber_oid(&out, v.oid))
			return "oid";
		m->count++;
	}
	return cur_broken(&all) ? "variables" : NULL;
}

/* RFC 1157 4.1.6 */
static const char *read_trap(struct snmp *m, struct cursor *c)
{
	struct cursor enterprise = ber_want(c, BER_OID), agent = ber_want(c, TAG_IP);

	m->enterprise = cur_rest(&enterprise);
	m->agent = cur_rest(&agent);
	int64_t generic = ber_integer(c), specific = ber_integer(c);

	ber_want(c, TAG_TICKS);
	if (cur_broken(c) || m->agent.n != 4 || generic < 0 || generic > 6 || specific < 0 ||
	    specific > UINT32_MAX)
		return "trap";
	m->generic = (uint32_t)generic;
	m->specific = (uint32_t)specific;
	return read_variables(m, c);
}

static const char *read_pdu(struct snmp *m, struct cursor *c)
{
	uint8_t tag;
	struct cursor pdu = ber_next(c, &tag);

	if (cur_broken(c) || tag < GET || tag > REPORT)
		return "pdu";
	m->pdu = tag;
	/* RFC 3416 3: the traps and questions of v2 are not v1's */
	if (m->version == V1 ? tag > TRAP_V1 : tag == TRAP_V1)
		return "pdu-version";
	if (tag == TRAP_V1)
		return read_trap(m, &pdu);
	int64_t id = ber_integer(&pdu), error = ber_integer(&pdu), index = ber_integer(&pdu);

	if (cur_broken(&pdu) || error < 0 || error > INT32_MAX || index < 0 || index > INT32_MAX)
		return "pdu";
	if (m->version != V3)
		m->id = (uint64_t)id;
	m->error = (uint32_t)error;
	m->error_index = (uint32_t)index;
	if (tag != GET_BULK && error > 18)	/* RFC 3416 3 */
		return "error-status";
	const char *why = read_variables(m, &pdu);

	return why == NULL && pdu.left > 0 ? "pdu" : why;
}

/* RFC 3414 2.4 */
static const char *read_security(struct snmp *m, struct cursor octets)
{
	struct cursor c = ber_want(&octets, BER_SEQUENCE);
	struct cursor engine = ber_want(&c, BER_OCTETS);

	ber_integer(&c);			/* boots */
	ber_integer(&c);			/* time */
	struct cursor user = ber_want(&c, BER_OCTETS);

	ber_want(&c, BER_OCTETS);		/* authentication */
	ber_want(&c, BER_OCTETS);		/* privacy */
	m->engine = cur_rest(&engine);
	m->user = cur_rest(&user);
	return cur_broken(&c) || m->user.n > USER_KEPT || m->engine.n > 32 ? "security" : NULL;
}

/* RFC 3412 6 */
static const char *read_v3(struct snmp *m, struct cursor *c)
{
	struct cursor header = ber_want(c, BER_SEQUENCE);

	m->id = (uint64_t)ber_integer(&header);
	ber_integer(&header);			/* longest message */
	struct cursor flags = ber_want(&header, BER_OCTETS);
	uint8_t bits = cur_u8(&flags);
	int64_t model = ber_integer(&header);
	struct cursor security = ber_want(c, BER_OCTETS);
	bool bad = cur_broken(&header) || cur_broken(&flags) || cur_broken(c);

	if (bad || (bits & 3) == 2)		/* 6.4: encrypted, but not authenticated */
		return bad ? "header" : "flags";
	m->authenticated = bits & 1;
	m->encrypted = bits & 2;
	const char *why = model == 3 ? read_security(m, security) : NULL;

	if (why != NULL)
		return why;
	if (m->encrypted) {
		ber_want(c, BER_OCTETS);
		return cur_broken(c) ? "encrypted" : NULL;
	}
	struct cursor scoped = ber_want(c, BER_SEQUENCE);

	ber_want(&scoped, BER_OCTETS);		/* engine of the context */
	struct cursor context = ber_want(&scoped, BER_OCTETS);

	m->context = cur_rest(&context);
	return cur_broken(&scoped) ? "scoped" : read_pdu(m, &scoped);
}

const char *snmp_read(struct snmp *m, struct cursor c)
{
	struct cursor message = ber_want(&c, BER_SEQUENCE);
	int64_t version = ber_integer(&message);

	if (cur_broken(&message) || (version != V1 && version != V2C && version != V3))
		return "version";
	m->version = (uint8_t)version;
	if (version == V3)
		return read_v3(m, &message);
	struct cursor community = ber_want(&message, BER_OCTETS);
	struct bytes word = cur_rest(&community);

	if (cur_broken(&message))
		return "community";
	m->community = is(word, "public") ? 1 : is(word, "private") ? 2 : 3;
	return read_pdu(m, &message);
}

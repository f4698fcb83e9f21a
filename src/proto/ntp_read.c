/* proto/ntp_read.c: takes an NTP message apart. */
#include "proto/ntp.h"

#include <string.h>

uint32_t ntp_code_of(const struct ntp_message *m)
{
	return m->mode < CONTROL ? m->mode : (uint32_t)m->mode << 8 | m->opcode;
}

/* What follows the header: a MAC, in version 4 after extension fields. NULL: well-formed. */
static const char *read_tail(struct ntp_message *m, struct cursor c)
{
	while (m->version == VERSION_MAX && c.left > TAIL_MAX && c.left != MS_EXTENDED) {
		uint16_t type = cur_be16(&c), n = cur_be16(&c);

		if (n < FIELD_MIN || n % 4 != 0 || n - 4u > c.left)
			return "extension";
		m->nts |= type == FIELD_NTS;
		cur_take(&c, n - 4u);
	}
	size_t n = c.left;

	/* RFC 1305 appendix C has 12 bytes; longer digests came later, still without extension fields. */
	bool old = m->version < VERSION_MAX && n % 4 == 0 && n >= 12 && n <= MS_EXTENDED;

	if (n != 0 && n != 4 && n != 20 && n != 24 && n != MS_EXTENDED && !old)
		return "mac";
	m->crypto_nak = n == 4;			/* RFC 5905 9.2 */
	m->keyed = n > 4;
	m->key_id = m->keyed ? cur_be32(&c) : 0;
	return NULL;
}

static const char *read_time(struct ntp_message *m, struct cursor c, bool cut)
{
	m->stratum = cur_u8(&c);
	m->poll = (int8_t)cur_u8(&c);
	m->precision = (int8_t)cur_u8(&c);
	m->root_delay = cur_be32(&c);
	m->root_dispersion = cur_be32(&c);
	struct bytes reference = cur_bytes(&c, sizeof(m->reference));

	cur_be64(&c);
	m->origin = cur_be64(&c);
	m->receive = cur_be64(&c);
	m->transmit = cur_be64(&c);
	if (cur_broken(&c))
		return "short";
	memcpy(m->reference, reference.p, sizeof(m->reference));
	if (m->stratum > STRATUM_MAX)
		return "stratum";
	return cut ? NULL : read_tail(m, c);
}

/* Bits: R 1, E 1, M 1, operation 5, sequence 16, status 16, association 16, offset 16, count 16; then the
 * data, filled up to 4 bytes, and a MAC. */
static const char *read_control(struct ntp_message *m, struct cursor c, bool cut)
{
	uint8_t flags = cur_u8(&c);

	m->response = flags & 0x80;
	m->more = flags & 0x20;
	m->opcode = flags & 0x1f;
	m->sequence = cur_be16(&c);
	m->status = cur_be16(&c);
	m->association = cur_be16(&c);
	m->place = cur_be16(&c);
	m->step = cur_be16(&c);
	if (cur_broken(&c))
		return "short";
	if (!m->response && (flags & 0x60) != 0)
		return "control-flags";
	if (proto_code(&proto_ntp, ntp_code_of(m)) == NULL)
		return "opcode";
	if (m->step > CONTROL_DATA_MAX)
		return "count";
	if (m->step > c.left && !cut)
		return "count-cut";
	m->data = cur_bytes(&c, min_size(m->step, c.left));
	m->error = flags & 0x40 ? (uint8_t)(1 + (m->status >> 8 & 0x7f)) : 0;
	return NULL;
}

/* Bits: auth 1, sequence 7, implementation 8, request 8, error 4, items 12, zero 4, size 12; then the items.
 * Response and more are in the first byte. */
static const char *read_private(struct ntp_message *m, struct cursor c, uint8_t first, bool cut)
{
	m->response = first & 0x80;
	m->more = first & 0x40;
	m->place = cur_u8(&c) & 0x7f;
	m->step = 1;
	m->implementation = cur_u8(&c);
	m->opcode = cur_u8(&c);
	uint16_t items = cur_be16(&c), size = cur_be16(&c);

	if (cur_broken(&c))
		return "short";
	m->error = (uint8_t)(items >> 12);
	m->items = items & 0xfff;
	if (size > 0xfff || (!m->response && (m->error != 0 || m->more)))
		return "reserved";
	if (m->items * size > PRIVATE_DATA_MAX || (m->items * size > c.left && !cut))
		return "items";
	m->data = cur_bytes(&c, min_size(m->items * size, c.left));
	return NULL;
}

const char *ntp_read(struct ntp_message *m, struct cursor c, bool cut)
{
	uint8_t first = cur_u8(&c);

	*m = (struct ntp_message){ .mode = first & 7, .version = first >> 3 & 7, .leap = first >> 6 };
	if (cur_broken(&c))
		return "short";
	if (m->version == 0 || m->version > VERSION_MAX)
		return "version";
	if (m->mode == CONTROL)
		return read_control(m, c, cut);
	if (m->mode == PRIVATE)
		return read_private(m, c, first, cut);
	return m->mode == 0 ? "mode" : read_time(m, c, cut);
}

/* proto/jrmp_scan.c: names worth knowing in serialized Java data, found one byte after the other.
 *
 * Names of classes stand behind TC_CLASSDESC (0x72) and strings behind TC_STRING (0x74), both with a length
 * of two bytes ("Java Object Serialization Specification", 6.4.2). References to remote objects stand in
 * block data behind "UnicastRef" or "UnicastRef2": host and port where the object answers. Nothing else is
 * understood, and no string is kept that is not in the list: among them are passwords. */
#include "proto/jrmp.h"

#include <string.h>

#include "core/load.h"

static const char REFERENCE[] = "UnicastRef";

enum { CLASSDESC = 0x72, STRING = 0x74, NAME_LEAST = 4, REFERENCE_N = sizeof(REFERENCE) - 1 };

static void found(struct proto_ctx *x, const struct jrmp_half *h)
{
	struct jrmp_state *s = x->state;
	struct bytes name = {h->name, h->got};

	for (unsigned i = 0; i < JRMP_NAMES; i++) {
		const struct jrmp_name *n = &jrmp_names[i];

		if (strlen(n->name) != name.n || memcmp(n->name, name.p, name.n) != 0)
			continue;
		if (s->named >> i & 1)
			return;
		s->named |= UINT64_C(1) << i;
		struct obs *o = ends_begin(x, proto_code(&proto_jrmp, n->code),
					   ends_asks(x) ? PHASE_WHOLE : PHASE_PUSH);

		o->object.name = act_text(x, name);
		o->trust = TRUST_LIKELY;
		act_emit(x);
		return;
	}
}

/* Host and port of a remote object: [format:1] length:2 host port:4. */
static void reference(struct proto_ctx *x, const struct jrmp_half *h)
{
	struct cursor c = {.p = h->name, .left = h->got};
	struct side server = ends_answering(x);

	if (h->tag != 0)
		cur_u8(&c);
	struct bytes host = cur_bytes(&c, cur_be16(&c));
	uint32_t port = cur_be32(&c);
	bool is_name = false;

	if (cur_broken(&c) || port == 0 || port > UINT16_MAX || ends_asks(x))
		return;
	for (size_t i = 0; i < host.n; i++) {
		if (!ascii_visible(host.p[i]))
			return;
		is_name |= ascii_lower(host.p[i]) >= 'g' && ascii_lower(host.p[i]) <= 'z';
	}
	if (is_name)
		fact_say(x, &server, FACT_NAME, host, NAME_HOST, 0, TRUST_LIKELY);
	/* The host may be an address the machine has elsewhere; the client will come to it all the same. */
	expect_flow(x, server.ip, (uint16_t)port, "jrmp", NULL, 0);
	fact_say(x, &server, FACT_SERVES, (struct bytes){(const uint8_t *)"java-rmi", 8}, port, 0,
		 TRUST_LIKELY);
}

static void step_reference(struct proto_ctx *x, struct jrmp_half *h, uint8_t byte)
{
	if (h->got == 0 && h->tag == 0 && byte == '2') {	/* "UnicastRef2" has a format byte */
		h->tag = 1;
		return;
	}
	h->name[h->got++] = byte;
	unsigned front = h->tag + 2u;

	if (h->got == front) {
		unsigned n = load_be16(h->name + h->tag);

		h->want = (uint8_t)(n <= HOST_KEPT ? front + n + 4 : 0);
	}
	if (h->got < front || (h->got < h->want))
		return;
	if (h->want != 0)
		reference(x, h);
	h->scan = SCAN_SEEK;
}

static void step_name(struct proto_ctx *x, struct jrmp_half *h, uint8_t byte)
{
	if (ascii_visible(byte)) {
		h->name[h->got++] = byte;
		if (h->got < h->want)
			return;
		found(x, h);
		h->scan = SCAN_SEEK;
		return;
	}
	/* What looked like a name was none; a name may have begun inside it. */
	uint8_t last = h->got > 0 ? h->name[h->got - 1] : 0;

	h->scan = byte == 0 && (last == CLASSDESC || last == STRING) ? SCAN_LOW : SCAN_SEEK;
}

static void step(struct proto_ctx *x, struct jrmp_half *h, uint8_t byte)
{
	bool tag = byte == CLASSDESC || byte == STRING;

	switch (h->scan) {
	case SCAN_REFERENCE:
		step_reference(x, h, byte);
		return;
	case SCAN_NAME:
		step_name(x, h, byte);
		return;
	case SCAN_HIGH:
		h->scan = byte == 0 ? SCAN_LOW : tag ? SCAN_HIGH : SCAN_SEEK;
		return;
	case SCAN_LOW:
		h->want = byte;
		h->got = 0;
		h->scan = byte >= NAME_LEAST && byte <= NAME_KEPT ? SCAN_NAME : tag ? SCAN_HIGH : SCAN_SEEK;
		return;
	}
	if (tag)
		h->scan = SCAN_HIGH;
}

void jrmp_scan(struct proto_ctx *x, struct jrmp_half *h, uint8_t byte)
{
	if (h->scan != SCAN_REFERENCE) {
		h->literal = byte == (uint8_t)REFERENCE[h->literal] ? (uint8_t)(h->literal + 1) :
			     byte == (uint8_t)REFERENCE[0] ? 1 : 0;
		if (h->literal == REFERENCE_N) {
			h->literal = h->got = h->tag = h->want = 0;
			h->scan = SCAN_REFERENCE;
			return;
		}
	}
	step(x, h, byte);
}

/* proto/s7comm_szl.c: what a controller says of itself in its system status lists (SZL).
 *
 * An answered list (SFC, chapter System Status Lists): id:2 index:2 entry bytes:2 entries:2, then the
 * entries. xy11 module identification: index:2 order number:20 type:2 version:2+2; index 1 module, 6 basic
 * hardware, 7 firmware. xy1C component identification: index:2 text:32; index 1 system name, 2 module name, 3
 * plant designation, 4 copyright, 5 serial number, 7 module type, 8 serial number of the memory card, 11
 * location. */
#include "proto/s7comm.h"

enum { LIST_MODULE = 0x11, LIST_COMPONENT = 0x1c, ORDER_NUMBER = 20, TEXT = 32 };

bool s7_szl_identifies(uint16_t id)
{
	return (id & 0xff) == LIST_MODULE || (id & 0xff) == LIST_COMPONENT;
}

/* Text without the blanks and zeros behind it; empty when it is not printable. */
static struct bytes trimmed(struct bytes b)
{
	size_t n = 0;

	while (n < b.n && b.p[n] != 0)
		n++;
	while (n > 0 && b.p[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++)
		if (b.p[i] < 0x20)
			return (struct bytes){ NULL, 0 };
	return (struct bytes){ b.p, n };
}

static void say(struct proto_ctx *x, const struct side *device, enum fact_kind kind, struct bytes text,
		uint64_t number)
{
	if (text.n > 0)
		fact_say(x, device, kind, text, number, 0, TRUST_SURE);
}

/* "V3.2.6" from 'V' 3 2 6. */
static void say_firmware(struct proto_ctx *x, const struct side *device, const uint8_t version[4])
{
	char text[16];
	size_t n = 0;

	if (version[0] != 'V')
		return;
	s7_put(text, &n, sizeof(text), "V", 1);
	for (unsigned i = 1; i < 4; i++) {
		if (i > 1)
			s7_put(text, &n, sizeof(text), ".", 1);
		s7_number(text, &n, sizeof(text), version[i], 10, 1);
	}
	say(x, device, FACT_FIRMWARE, (struct bytes){ (const uint8_t *)text, n }, 0);
}

static void module_entry(struct proto_ctx *x, const struct side *device, struct cursor c)
{
	uint16_t index = cur_be16(&c);
	struct bytes order = trimmed(cur_bytes(&c, ORDER_NUMBER));

	cur_take(&c, 2);
	struct bytes version = cur_bytes(&c, 4);

	if (cur_broken(&c))
		return;
	if (index == 7)
		say_firmware(x, device, version.p);
	if (index != 1 || order.n == 0)
		return;
	say(x, device, FACT_HARDWARE, order, 0);
	if (order.n > 3 && (memcmp(order.p, "6ES", 3) == 0 || memcmp(order.p, "6GK", 3) == 0 ||
			    memcmp(order.p, "6AG", 3) == 0 || memcmp(order.p, "6FC", 3) == 0))
		fact_say(x, device, FACT_VENDOR, (struct bytes){ (const uint8_t *)"Siemens", 7 }, 0, 0,
			 TRUST_LIKELY);
}

static void component_entry(struct proto_ctx *x, const struct side *device, struct cursor c)
{
	uint16_t index = cur_be16(&c);
	struct bytes text = trimmed(cur_bytes(&c, TEXT));

	if (cur_broken(&c))
		return;
	switch (index) {
	case 1: say(x, device, FACT_NAME, text, NAME_SYSTEM); break;
	case 2: say(x, device, FACT_MODULE, text, 0); break;
	case 3: case 11: say(x, device, FACT_PLACE, text, 0); break;
	case 5: say(x, device, FACT_SERIAL, text, 0); break;
	case 7: say(x, device, FACT_MODEL, text, 0); break;
	}
}

void s7_szl_facts(struct proto_ctx *x, const struct side *device, struct bytes b)
{
	struct cursor c = cur_over(b);
	uint16_t id = cur_be16(&c);

	cur_be16(&c);
	size_t bytes = cur_be16(&c);
	unsigned n = cur_be16(&c);

	if (!s7_szl_identifies(id) || bytes < 4)
		return;
	for (unsigned i = 0; i < n && c.left >= bytes; i++) {
		struct cursor entry = cur_sub(&c, bytes);

		if ((id & 0xff) == LIST_MODULE)
			module_entry(x, device, entry);
		else
			component_entry(x, device, entry);
	}
}

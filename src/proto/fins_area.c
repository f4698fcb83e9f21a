/* proto/fins_area.c: areas of a controller's memory, written as people write them. */
#include "proto/fins.h"

#include "core/hex.h"

static struct fins_area at(uint8_t space, uint8_t bytes, uint32_t address)
{
	return (struct fins_area){.space = space, .bytes = bytes, .parts = 1, .part = {address}};
}

static struct fins_area bit_of(uint8_t space, uint32_t address, uint8_t bit)
{
	return (struct fins_area){
		.space = space, .bytes = 1, .parts = 2, .bit = true, .part = {address, bit}};
}

/* Timers and counters share codes; the address says which: counters begin at 8000 in CS/CJ, at 0800 in CV. */
static struct fins_area counted(uint8_t timer, uint8_t counter, uint8_t bytes, uint16_t address,
				uint16_t first)
{
	struct fins_area a = address >= first ? at(counter, bytes, (uint32_t)(address - first))
					      : at(timer, bytes, address);

	a.bit = bytes == 1;
	return a;
}

/* CV, codes 00 40 80 C0: the auxiliary area lies behind CIO at 0B00. */
static struct fins_area cv(uint16_t address, uint8_t bit, uint8_t bytes)
{
	bool aux = address >= 0x0b00 && address < 0x0f00;
	uint32_t word = aux ? address - 0x0b00u : address;

	return bytes == 1 ? bit_of(aux ? SPACE_A_BIT : SPACE_CIO_BIT, word, bit)
			  : at(aux ? SPACE_A : SPACE_CIO, bytes, word);
}

static struct fins_area bank_of(uint8_t bank, uint16_t address, uint8_t bit, bool bits)
{
	struct fins_area a = {.space = bits ? SPACE_E_BIT : SPACE_E,
			      .bytes = bits ? 1 : 2,
			      .parts = bits ? 3 : 2,
			      .bit = bits,
			      .part = {bank, address, bits ? bit : 0u}};

	return a;
}

/* CR 5-2-2 (CS/CJ/CP, NJ: H), CV (the older codes: M). Codes with forced status (7x, Fx, 4x, C0) give two
 * bits for one, in one byte, and two words for one. */
static struct fins_area area_of(uint8_t code, uint16_t address, uint8_t bit)
{
	if (code >= 0x20 && code <= 0x2f)
		return bank_of(code - 0x20, address, bit, true);
	if (code >= 0xe0 && code <= 0xe8)
		return bank_of((uint8_t)(code - 0xe0 + 0x10), address, bit, true);
	if (code >= 0xa0 && code <= 0xaf)
		return bank_of((uint8_t)(code - 0xa0), address, bit, false);
	if (code >= 0x60 && code <= 0x68)
		return bank_of((uint8_t)(code - 0x60 + 0x10), address, bit, false);
	if (code >= 0x90 && code <= 0x97)
		return bank_of((uint8_t)(code - 0x90), address, bit, false);
	switch (code) {
	case 0x30:
	case 0x70:
		return bit_of(SPACE_CIO_BIT, address, bit);
	case 0x31:
	case 0x71:
		return bit_of(SPACE_W_BIT, address, bit);
	case 0x32:
	case 0x72:
		return bit_of(SPACE_H_BIT, address, bit);
	case 0x33:
		return bit_of(SPACE_A_BIT, address, bit);
	case 0xb0:
		return at(SPACE_CIO, 2, address);
	case 0xb1:
		return at(SPACE_W, 2, address);
	case 0xb2:
		return at(SPACE_H, 2, address);
	case 0xb3:
		return at(SPACE_A, 2, address);
	case 0xf0:
		return at(SPACE_CIO, 4, address);
	case 0xf1:
		return at(SPACE_W, 4, address);
	case 0xf2:
		return at(SPACE_H, 4, address);
	case 0x02:
		return bit_of(SPACE_D_BIT, address, bit);
	case 0x82:
		return at(SPACE_D, 2, address);
	case 0x0a:
		return bit_of(SPACE_EM_BIT, address, bit);
	case 0x98:
		return at(SPACE_EM, 2, address);
	case 0x09:
	case 0x49:
		return counted(SPACE_T_FLAG, SPACE_C_FLAG, 1, address, 0x8000);
	case 0x89:
		return counted(SPACE_T, SPACE_C, 2, address, 0x8000);
	case 0x01:
	case 0x41:
		return counted(SPACE_T_FLAG, SPACE_C_FLAG, 1, address, 0x0800);
	case 0x81:
		return counted(SPACE_T, SPACE_C, 2, address, 0x0800);
	case 0x06:
	case 0x46:
		return at(SPACE_TASK, 1, address);
	case 0x07:
		return bit_of(SPACE_CLOCK_BIT, address, bit);
	case 0xdc:
		return at(SPACE_IR, 4, address & 0xffu);
	case 0xbc:
		return at(SPACE_DR, 2, address & 0xffu);
	case 0x00:
	case 0x40:
		return cv(address, bit, 1);
	case 0x80:
		return cv(address, bit, 2);
	case 0xc0:
		return cv(address, bit, 4);
	case 0x03:
	case 0x43:
		return at(SPACE_TRANSITION, 1, address);
	case 0x04:
	case 0x44:
		return at(SPACE_STEP, 1, address);
	case 0x84:
		return at(SPACE_STEP_TIMER, 2, address);
	case 0x1b:
		return at(SPACE_ACTION, 1, address);
	}
	return (struct fins_area){.space = SPACE_OTHER, .parts = 3, .part = {code, address, bit}};
}

struct fins_area fins_area(struct cursor *c)
{
	uint8_t code = cur_u8(c);
	uint16_t address = cur_be16(c);

	return area_of(code, address, cur_u8(c));
}

void fins_area_object(struct obs *o, const struct fins_area *a, uint32_t count)
{
	o->object.space = a->space;
	o->object.parts = a->parts;
	memcpy(o->object.part, a->part, sizeof(a->part));
	o->object.count = count;
}

void fins_put_number(struct ascii_pen *pen, uint32_t v, unsigned base, unsigned digits)
{
	uint8_t back[10];
	size_t n = sizeof(back);

	do
		back[--n] = (uint8_t)hex_capital(v % base);
	while ((v /= base) != 0 || sizeof(back) - n < digits);
	ascii_put(pen, (struct bytes){ back + n, sizeof(back) - n });
}

void fins_area_text(struct ascii_pen *pen, const struct fins_area *a)
{
	for (const char *p = fins_spaces[a->space - 1].format; *p != '\0'; p++) {
		if (*p != '{') {
			ascii_put(pen, (struct bytes){ (const uint8_t *)p, 1 });
			continue;
		}
		bool hex = p[3] == 'x', two = p[3] == '2';

		fins_put_number(pen, a->part[p[1] - '0'], hex ? 16 : 10, two ? 2 : 1);
		p += p[2] == ':' ? 4 : 2;
	}
}

/* Bits lie one in a byte; they are told packed, from the lowest bit on, as those of other protocols are. */
static void bit_items(struct proto_ctx *x, uint32_t count, struct bytes raw)
{
	uint8_t packed[FINS_CUT / 8 + 1] = { 0 };

	count = (uint32_t)min_size(min_size(count, raw.n), FINS_CUT);
	for (uint32_t i = 0; i < count; i++)
		packed[i / 8] |= (uint8_t)((raw.p[i] & 1) << i % 8);
	act_value(x, VAL_BOOL, 1, count, (struct bytes){ packed, (count + 7) / 8 });
}

void fins_items(struct proto_ctx *x, const struct fins_area *a, uint32_t count, struct bytes raw)
{
	if (a->bit && raw.n > 0)
		bit_items(x, count, raw);
	else if (a->bytes > 0 && raw.n > 0)
		act_value(x, VAL_UINT, a->bytes * 8u, count, raw);
	else if (raw.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)raw.n, raw);
}

struct bytes fins_text(struct bytes b)
{
	while (b.n > 0 && (b.p[b.n - 1] == 0 || b.p[b.n - 1] == ' '))
		b.n--;
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] == 0)
			b.n = i;
	return ascii_trim(b);
}

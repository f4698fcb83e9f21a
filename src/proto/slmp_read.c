/* proto/slmp_read.c: numbers, devices and values of SLMP, in binary and in ASCII. "SR" as in slmp.c. */
#include "proto/slmp.h"

#include "core/hex.h"

#include <string.h>

/* ---- numbers ---- */

/* n digits of a base; blanks in front count as zero (some clients pad with them). */
static uint32_t digits(struct sl_in *in, size_t n, unsigned base)
{
	const uint8_t *p = cur_take(&in->c, n);
	uint32_t v = 0;

	for (size_t i = 0; p != NULL && i < n; i++) {
		int d = p[i] == ' ' && v == 0 ? 0 : hex_value(p[i]);

		if (d < 0 || (unsigned)d >= base) {
			in->digits = true;
			cur_break(&in->c);
			return 0;
		}
		v = v * base + (uint32_t)d;
	}
	return v;
}

uint8_t sl_u8(struct sl_in *in)
{
	return (uint8_t)(in->ascii ? digits(in, 2, 16) : cur_u8(&in->c));
}

uint16_t sl_u16(struct sl_in *in)
{
	return (uint16_t)(in->ascii ? digits(in, 4, 16) : cur_le16(&in->c));
}

uint32_t sl_u32(struct sl_in *in)
{
	return in->ascii ? digits(in, 8, 16) : cur_le32(&in->c);
}

struct sl_in sl_part(struct sl_in *in, size_t n)
{
	return (struct sl_in){ .c = cur_sub(&in->c, in->ascii ? n * 2 : n), .ascii = in->ascii };
}

struct bytes sl_text(struct sl_in *in, size_t n)
{
	return cur_bytes(&in->c, n);
}

bool sl_left(const struct sl_in *in, size_t n)
{
	return !cur_broken(&in->c) && in->c.left == (in->ascii ? n * 2 : n);
}

bool sl_broken(const struct sl_in *in)
{
	return cur_broken(&in->c);
}

/* ---- devices ---- */

static unsigned kind_of_code(uint16_t code)
{
	for (unsigned i = 1; i < DEV_KINDS; i++)
		if (melsec_kinds[i].slmp == code)
			return i;
	return DEV_NONE;
}

unsigned sl_kind_of_letters(struct bytes b)
{
	while (b.n > 0 && (b.p[b.n - 1] == '*' || b.p[b.n - 1] == ' '))
		b.n--;
	for (unsigned i = 1; i < DEV_KINDS; i++) {
		const struct melsec_kind *k = &melsec_kinds[i];

		if (b.n > 0 && k->ascii2 != NULL && strlen(k->ascii2) == b.n &&
		    memcmp(b.p, k->ascii2, b.n) == 0)
			return i;
		if (b.n > 0 && strlen(k->ascii4) == b.n && memcmp(b.p, k->ascii4, b.n) == 0)
			return i;
	}
	return DEV_NONE;
}

/* SR 5.2: letters, then digits in the base of the device; ZR is hexadecimal there. */
static void device_ascii(struct sl_in *in, bool is_long, struct sl_item *ret, bool octal)
{
	struct bytes letters = cur_bytes(&in->c, is_long ? 4 : 2);

	ret->kind = (uint8_t)sl_kind_of_letters(letters);
	if (ret->kind == DEV_NONE && letters.n > 0)
		ret->ext = (uint16_t)(letters.p[0] << 8 | letters.p[1]);
	unsigned base = ret->kind == DEV_NONE || ret->kind == DEV_ZR ? 16 : melsec_base(ret->kind, octal);

	ret->number = digits(in, is_long ? 8 : 6, base);
}

static void device_binary(struct sl_in *in, bool is_long, struct sl_item *ret)
{
	uint32_t number = cur_le16(&in->c);
	uint16_t code;

	if (is_long) {
		number |= (uint32_t)cur_le16(&in->c) << 16;
		code = cur_le16(&in->c);
	} else {
		number |= (uint32_t)cur_u8(&in->c) << 16;
		code = cur_u8(&in->c);
	}
	ret->number = number;
	ret->kind = (uint8_t)kind_of_code(code);
	if (ret->kind == DEV_NONE)
		ret->ext = code;
}

/* SR appendix 1, binary: index:1 flags:1 device, 0:2, what stands in front:2, kind of memory:1. Flags: 40 an
 * index register Z is added, 80 a long one (LZ), 08 the device holds the address (M). */
static void extended_binary(struct sl_in *in, bool is_long, struct sl_item *ret)
{
	uint8_t index = cur_u8(&in->c), flags = cur_u8(&in->c);

	device_binary(in, is_long, ret);
	uint16_t modified = cur_le16(&in->c), front = cur_le16(&in->c);

	uint8_t memory = cur_u8(&in->c);

	ret->direct = memory == 0xf8 ? DIRECT_MODULE :
		      memory == 0xf9 ? DIRECT_LINK :
		      memory == 0xfa ? DIRECT_CPU :
				       DIRECT_NONE;
	ret->index = index;
	ret->index_z = (flags & 0x40) != 0;
	ret->index_lz = (flags & 0x80) != 0;
	ret->indirect = (flags & 0x08) != 0;
	if (modified != 0)
		ret->unread = 1;	/* what stands in front is itself made at run time */
	if (ret->kind != DEV_NONE)
		ret->ext = front;
}

/* The same in ASCII: "00", "U3E0" or "J002" or "0000", "000", letters, digits, "000"; index registers stand
 * where the three zeros are (M). The long form is not documented well enough. */
static void extended_ascii(struct sl_in *in, struct sl_item *ret, bool octal)
{
	digits(in, 2, 16);
	uint8_t letter = cur_u8(&in->c);
	struct sl_in rest = { .c = cur_sub(&in->c, 3), .ascii = true };
	uint16_t front = (uint16_t)digits(&rest, 3, 16);
	struct bytes modified = cur_bytes(&in->c, 3);

	device_ascii(in, false, ret, octal);
	struct bytes index = cur_bytes(&in->c, 3);

	in->digits |= rest.digits;
	if (cur_broken(&in->c) || in->digits) {
		cur_break(&in->c);
		return;
	}
	ret->direct = letter == 'U' ? DIRECT_MODULE : letter == 'J' ? DIRECT_LINK : DIRECT_NONE;
	ret->unread = memcmp(modified.p, "000", 3) != 0 || memcmp(index.p, "000", 3) != 0;
	if (ret->kind != DEV_NONE)
		ret->ext = front;
}

void sl_device(struct sl_in *in, uint16_t sub, struct sl_item *ret, bool octal)
{
	bool is_long = (sub & SUB_LONG) != 0;

	*ret = (struct sl_item){ .wide_bit = is_long };
	if (sub & SUB_EXTENDED && in->ascii)
		extended_ascii(in, ret, octal);
	else if (sub & SUB_EXTENDED)
		extended_binary(in, is_long, ret);
	else if (in->ascii)
		device_ascii(in, is_long, ret, octal);
	else
		device_binary(in, is_long, ret);
}

/* ---- objects ---- */

static size_t put(char *out, size_t n, const char *s)
{
	size_t bytes = strlen(s);

	memcpy(out + n, s, bytes);
	return n + bytes;
}

/* "U3E0\G100", "J2\W1F", "2\R70" (a block), "D100Z4", "@D100"; a device that is not listed: "7Fh 100". */
static size_t extended_name(char out[MELSEC_NAME], const struct sl_item *it, bool octal)
{
	size_t n = 0;

	if (it->kind == DEV_NONE) {
		n += melsec_number(out, it->ext, 16);
		n = put(out, n, "h ");
		return n + melsec_number(out + n, it->number, 10);
	}
	if (it->direct == DIRECT_BLOCK) {
		n += melsec_number(out, it->ext, 10);
		n = put(out, n, "\\");
	} else if (it->direct == DIRECT_MODULE || it->direct == DIRECT_CPU ||
	    (it->direct == DIRECT_NONE && it->ext != 0)) {
		n = put(out, n, "U");
		n += melsec_number(out + n, it->ext, 16);
		n = put(out, n, "\\");
	} else if (it->direct == DIRECT_LINK) {
		n = put(out, n, "J");
		n += melsec_number(out + n, it->ext, 10);
		n = put(out, n, "\\");
	}
	if (it->indirect)
		n = put(out, n, "@");
	n = put(out, n, melsec_kinds[it->kind].letters);
	n += melsec_number(out + n, it->number, melsec_base(it->kind, octal));
	if (it->index_z || it->index_lz) {
		n = put(out, n, it->index_lz ? "LZ" : "Z");
		n += melsec_number(out + n, it->index, 10);
	}
	return n;
}

/* How many of the device's own points: words, or bits of a bit device. */
static uint32_t points(const struct sl_item *it)
{
	switch (it->width) {
	case WIDTH_DWORD: return it->kind != DEV_NONE && melsec_kinds[it->kind].bit ? 32 : 2;
	case WIDTH_BIT_WORDS: return it->count * 16u;
	}
	return it->count;
}

void sl_object(struct proto_ctx *x, struct obs *o, const struct sl_item *it)
{
	const struct sl_state *st = x->state;
	char name[MELSEC_NAME];

	if (it->unread)
		o->flags |= FLAG_OPAQUE;
	if (it->kind != DEV_NONE && it->direct == DIRECT_NONE && it->ext == 0 && !it->index_z &&
	    !it->index_lz && !it->indirect && !it->unread) {
		melsec_object(x, o, it->kind, it->number, points(it), st->octal);
		return;
	}
	size_t n = extended_name(name, it, st->octal);

	o->object.space = it->kind == DEV_NONE ? SPACE_OTHER : SPACE_EXTENDED;
	o->object.parts = 1;
	o->object.part[0] = it->number;
	o->object.count = points(it);
	o->object.name = act_text(x, (struct bytes){ (const uint8_t *)name, n });
}

/* ---- values ---- */

size_t sl_size(const struct sl_item *it, bool ascii)
{
	switch (it->width) {
	case WIDTH_BITS: return ascii ? it->count : (it->count + 1u) / 2;
	case WIDTH_BIT: return (it->wide_bit ? 2u : 1u) << ascii;
	case WIDTH_DWORD: return (size_t)4 << ascii;
	}
	return (size_t)it->count * 2 << ascii;
}

/* Words as bytes, the low byte first, whatever the form; returns how many bytes, 0 when they do not fit or
 * are no digits. A word in ASCII is four digits, a long one eight. */
static size_t unpack(uint8_t out[WORDS_BYTES], struct sl_in data, size_t width)
{
	size_t n = data.ascii ? data.c.left / 2 : data.c.left;

	if (n > WORDS_BYTES || cur_broken(&data.c))
		return 0;
	if (!data.ascii) {
		memcpy(out, data.c.p, n);
		return n;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = sl_u8(&data);
	melsec_turn(out, n, width);
	return data.digits ? 0 : n;
}

static void value_bits(struct proto_ctx *x, const struct sl_item *it, struct sl_in data)
{
	uint8_t bits[WORDS_BYTES / 4];
	size_t n = (it->count + 7u) / 8;

	if (n > sizeof(bits) || cur_broken(&data.c))
		return;
	memset(bits, 0, n);
	for (unsigned i = 0; i < it->count; i++) {
		unsigned on = data.ascii ? data.c.p[i] == '1' : data.c.p[i / 2] >> (i % 2 == 0 ? 4 : 0) & 1;

		bits[i / 8] = (uint8_t)(bits[i / 8] | on << i % 8);
	}
	act_value(x, VAL_BOOL, 1, it->count, (struct bytes){ bits, n });
}

void sl_value(struct proto_ctx *x, const struct sl_item *it, struct sl_in data)
{
	uint8_t bytes[WORDS_BYTES];

	if (it->width == WIDTH_BITS) {
		value_bits(x, it, data);
		return;
	}
	if (it->width == WIDTH_BIT) {
		bytes[0] = (uint8_t)((it->wide_bit ? sl_u16(&data) : sl_u8(&data)) & 1);
		act_value(x, VAL_BOOL, 1, 1, (struct bytes){ bytes, 1 });
		return;
	}
	bool dword = it->width == WIDTH_DWORD;
	bool bit = it->kind != DEV_NONE && melsec_kinds[it->kind].bit;
	size_t n = unpack(bytes, data, dword ? 4 : 2);

	if (n == 0) {
		act_value(x, VAL_RAW_LE, 8, (unsigned)data.c.left, (struct bytes){ data.c.p, data.c.left });
	} else if (bit) {	/* the lowest bit of the first word is the first point */
		act_value(x, VAL_BOOL, 1, (unsigned)n * 8, (struct bytes){ bytes, n });
	} else {
		melsec_turn(bytes, n, dword ? 4 : 2);
		act_value(x, VAL_UINT, dword ? 32 : 16, (unsigned)n / (dword ? 4 : 2),
			  (struct bytes){ bytes, n });
	}
}

void sl_words(struct proto_ctx *x, struct sl_in data)
{
	const struct sl_item words = { .width = WIDTH_WORDS };

	sl_value(x, &words, data);
}

void sl_bytes(struct proto_ctx *x, struct sl_in data)
{
	uint8_t bytes[WORDS_BYTES];
	size_t n = unpack(bytes, data, 1);

	if (n > 0)
		act_value(x, VAL_RAW_LE, 8, (unsigned)n, (struct bytes){ bytes, n });
	else if (data.c.left > 0)
		act_value(x, VAL_RAW_LE, 8, (unsigned)data.c.left, (struct bytes){ data.c.p, data.c.left });
}

struct bytes sl_plain(struct sl_in data, uint8_t buffer[WORDS_BYTES])
{
	if (!data.ascii || cur_broken(&data.c))
		return (struct bytes){ data.c.p, data.c.left };
	return (struct bytes){ buffer, unpack(buffer, data, 1) };
}

size_t sl_utf16(char *out, size_t cap, struct sl_in *in, size_t n)
{
	enum { UNITS = 128 };	/* longer names are cut all the same */
	uint8_t units[UNITS * 2];
	struct sl_in name = sl_part(in, n * 2);
	size_t kept = min_size(n, UNITS);

	for (size_t i = 0; i < kept; i++) {
		uint16_t unit = sl_u16(&name);

		units[i * 2] = (uint8_t)unit;
		units[i * 2 + 1] = (uint8_t)(unit >> 8);
	}
	return sl_broken(&name) ? 0 : melsec_utf16(out, cap, (struct bytes){ units, kept * 2 });
}

/* ---- lists of points ---- */

/* Counts that are one byte each: SR 5.2. */
enum sl_reason sl_list_begin(struct sl_list *l, const struct sl_asked *a, struct sl_in body, bool octal,
			     unsigned *ret_items)
{
	*l = (struct sl_list){ .in = body, .sub = a->sub, .shape = a->shape, .octal = octal };
	if (a->shape == SHAPE_BATCH_READ || a->shape == SHAPE_BATCH_WRITE) {
		l->left[0] = 1;
	} else {
		l->left[0] = sl_u8(&l->in);
		if (a->shape != SHAPE_RANDOM_WRITE || !(a->sub & SUB_BIT))
			l->left[1] = sl_u8(&l->in);
	}
	*ret_items = l->left[0] + l->left[1];
	if (sl_broken(&l->in))
		return l->in.digits ? BAD_DIGITS : BAD_LENGTH;
	return *ret_items == 0 ? BAD_POINTS : GOOD;
}

static uint8_t width_of(const struct sl_list *l, const struct sl_item *it, bool second)
{
	bool bit = it->kind != DEV_NONE && melsec_kinds[it->kind].bit;

	switch (l->shape) {
	case SHAPE_BATCH_READ: case SHAPE_BATCH_WRITE:
		return l->sub & SUB_BIT ? WIDTH_BITS : bit ? WIDTH_BIT_WORDS : WIDTH_WORDS;
	case SHAPE_RANDOM_WRITE:
		if (l->sub & SUB_BIT)
			return WIDTH_BIT;
		break;
	case SHAPE_BLOCK_READ: case SHAPE_BLOCK_WRITE:
		return bit ? WIDTH_BIT_WORDS : WIDTH_WORDS;
	}
	return second ? WIDTH_DWORD : bit ? WIDTH_BIT_WORDS : WIDTH_WORDS;
}

enum sl_reason sl_list_next(struct sl_list *l, struct sl_item *ret, struct sl_in *ret_data)
{
	bool second = l->left[0] == 0;
	bool random = l->shape == SHAPE_RANDOM_READ || l->shape == SHAPE_RANDOM_WRITE;

	l->left[second]--;
	sl_device(&l->in, l->sub, ret, l->octal);
	ret->count = random ? 1 : sl_u16(&l->in);
	ret->width = width_of(l, ret, second);
	if (sl_broken(&l->in))
		return l->in.digits ? BAD_DIGITS : BAD_LENGTH;
	if (ret->count == 0)
		return BAD_POINTS;
	if (l->shape == SHAPE_BATCH_WRITE || l->shape == SHAPE_RANDOM_WRITE ||
	    l->shape == SHAPE_BLOCK_WRITE) {
		size_t n = sl_size(ret, l->in.ascii);

		*ret_data = (struct sl_in){ .c = cur_sub(&l->in.c, n), .ascii = l->in.ascii };
	}
	if (sl_broken(&l->in))
		return BAD_DATA_LENGTH;
	if (l->left[0] + l->left[1] == 0 && l->in.c.left != 0)
		return BAD_DATA_LENGTH;
	return GOOD;
}

/* proto/melsec.c: see melsec.h. Sources: SLMP Reference Manual SH(NA)-080956ENG 5.2, list of devices ("SR");
 * MELSEC Communication Protocol Reference Manual SH(NA)-080008 8.1 ("MC"). ZR is hexadecimal in both, but
 * decimal in the engineering tool and in the manual of the iQ-F (JY997D56001 4.2): people write ZR5 and ZR100
 * as decimal numbers. */
#include "proto/melsec.h"

#include <string.h>

#include "core/hex.h"
#include "proto/ascii.h"

const struct melsec_kind melsec_kinds[DEV_KINDS] = {
	[DEV_SM] = { "SM", 10, true, 1, 0x91, "SM", "SM" },
	[DEV_SD] = { "SD", 10, false, 1, 0xa9, "SD", "SD" },
	[DEV_X] = { "X", 16, true, 1, 0x9c, "X", "X" },
	[DEV_Y] = { "Y", 16, true, 1, 0x9d, "Y", "Y" },
	[DEV_M] = { "M", 10, true, 1, 0x90, "M", "M" },
	[DEV_L] = { "L", 10, true, 1, 0x92, "L", "L" },
	[DEV_F] = { "F", 10, true, 1, 0x93, "F", "F" },
	[DEV_V] = { "V", 10, true, 1, 0x94, "V", "V" },
	[DEV_B] = { "B", 16, true, 1, 0xa0, "B", "B" },
	[DEV_D] = { "D", 10, false, 1, 0xa8, "D", "D" },
	[DEV_W] = { "W", 16, false, 1, 0xb4, "W", "W" },
	[DEV_TS] = { "TS", 10, true, 1, 0xc1, "TS", "TS" },
	[DEV_TC] = { "TC", 10, true, 1, 0xc0, "TC", "TC" },
	[DEV_TN] = { "TN", 10, false, 1, 0xc2, "TN", "TN" },
	[DEV_LTS] = { "LTS", 10, true, 1, 0x51, NULL, "LTS" },
	[DEV_LTC] = { "LTC", 10, true, 1, 0x50, NULL, "LTC" },
	[DEV_LTN] = { "LTN", 10, false, 2, 0x52, NULL, "LTN" },
	[DEV_STS] = { "STS", 10, true, 1, 0xc7, "SS", "STS" },
	[DEV_STC] = { "STC", 10, true, 1, 0xc6, "SC", "STC" },
	[DEV_STN] = { "STN", 10, false, 1, 0xc8, "SN", "STN" },
	[DEV_LSTS] = { "LSTS", 10, true, 1, 0x59, NULL, "LSTS" },
	[DEV_LSTC] = { "LSTC", 10, true, 1, 0x58, NULL, "LSTC" },
	[DEV_LSTN] = { "LSTN", 10, false, 2, 0x5a, NULL, "LSTN" },
	[DEV_CS] = { "CS", 10, true, 1, 0xc4, "CS", "CS" },
	[DEV_CC] = { "CC", 10, true, 1, 0xc3, "CC", "CC" },
	[DEV_CN] = { "CN", 10, false, 1, 0xc5, "CN", "CN" },
	[DEV_LCS] = { "LCS", 10, true, 1, 0x55, NULL, "LCS" },
	[DEV_LCC] = { "LCC", 10, true, 1, 0x54, NULL, "LCC" },
	[DEV_LCN] = { "LCN", 10, false, 2, 0x56, NULL, "LCN" },
	[DEV_SB] = { "SB", 16, true, 1, 0xa1, "SB", "SB" },
	[DEV_SW] = { "SW", 16, false, 1, 0xb5, "SW", "SW" },
	[DEV_S] = { "S", 10, true, 1, 0x98, "S", "S" },
	[DEV_DX] = { "DX", 16, true, 1, 0xa2, "DX", "DX" },
	[DEV_DY] = { "DY", 16, true, 1, 0xa3, "DY", "DY" },
	[DEV_Z] = { "Z", 10, false, 1, 0xcc, "Z", "Z" },
	[DEV_LZ] = { "LZ", 10, false, 2, 0x62, NULL, "LZ" },
	[DEV_R] = { "R", 10, false, 1, 0xaf, "R", "R" },
	[DEV_ZR] = { "ZR", 10, false, 1, 0xb0, "ZR", "ZR" },
	[DEV_RD] = { "RD", 10, false, 1, 0x2c, NULL, "RD" },
	[DEV_G] = { "G", 10, false, 1, 0xab, "G", "G" },
	[DEV_HG] = { "HG", 10, false, 1, 0x2e, NULL, "HG" },
	[DEV_BL] = { "BL", 10, true, 1, 0xdc, "BL", "BL" },
};

/* By enum melsec_space. Numbers in hexadecimal (or, of X and Y, octal) are the name; part 0 always is the
 * number. */
const struct proto_space melsec_spaces[] = {
	{ "sm", "SM{0}" }, { "sd", "SD{0}" }, { "x", "X{name}" }, { "y", "Y{name}" }, { "m", "M{0}" },
	{ "l", "L{0}" }, { "f", "F{0}" }, { "v", "V{0}" }, { "b", "B{name}" }, { "d", "D{0}" },
	{ "w", "W{name}" }, { "ts", "TS{0}" }, { "tc", "TC{0}" }, { "tn", "TN{0}" }, { "lts", "LTS{0}" },
	{ "ltc", "LTC{0}" }, { "ltn", "LTN{0}" }, { "sts", "STS{0}" }, { "stc", "STC{0}" },
	{ "stn", "STN{0}" }, { "lsts", "LSTS{0}" }, { "lstc", "LSTC{0}" }, { "lstn", "LSTN{0}" },
	{ "cs", "CS{0}" }, { "cc", "CC{0}" }, { "cn", "CN{0}" }, { "lcs", "LCS{0}" }, { "lcc", "LCC{0}" },
	{ "lcn", "LCN{0}" }, { "sb", "SB{name}" }, { "sw", "SW{name}" }, { "s", "S{0}" },
	{ "dx", "DX{name}" }, { "dy", "DY{name}" }, { "z", "Z{0}" }, { "lz", "LZ{0}" }, { "r", "R{0}" },
	{ "zr", "ZR{0}" }, { "rd", "RD{0}" }, { "g", "G{0}" }, { "hg", "HG{0}" }, { "bl", "BL{0}" },
	{ "extended", "{name}" }, { "other", "{name}" }, { "monitored", NULL }, { "memory", "{0}" },
	{ "unit", "U{name}\\{0}" }, { "label", "{name}" }, { "file", "{0}:{name}" },
	{ "user", "{name}" },
	{ NULL, NULL }
};
_Static_assert(ARRAY_LEN(melsec_spaces) == SPACE_LAST + 1, "a row for each space");

size_t melsec_number(char *out, uint32_t number, unsigned base)
{
	char back[12];
	size_t at = sizeof(back);

	do
		back[--at] = hex_capital(number % base);
	while ((number /= base) != 0);
	memcpy(out, back + at, sizeof(back) - at);
	return sizeof(back) - at;
}

unsigned melsec_base(unsigned kind, bool octal)
{
	return octal && (kind == DEV_X || kind == DEV_Y) ? 8 : melsec_kinds[kind].base;
}

void melsec_object(struct proto_ctx *x, struct obs *o, unsigned kind, uint32_t number, uint32_t count,
		   bool octal)
{
	char digits[12];
	unsigned base = melsec_base(kind, octal);

	o->object.space = (uint16_t)kind;
	o->object.parts = 1;
	o->object.part[0] = number;
	o->object.count = count;
	if (base != 10)
		o->object.name = act_text(x, (struct bytes){ (const uint8_t *)digits,
							     melsec_number(digits, number, base) });
}

bool melsec_is_octal(struct bytes model)
{
	return ascii_begins(model, "FX");
}

uint8_t melsec_file_class(struct bytes name)
{
	/* GX Works2 and 3: programs and function blocks; parameters (M; of an FX5U: captures) */
	static const char *const programs[] = { ".PRG", ".QPG", ".PFB" };
	static const char *const parameters[] = { ".PRM", ".QPA" };

	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (ascii_ends(name, programs[i]))
			return CLASS_PROGRAM;
	for (size_t i = 0; i < ARRAY_LEN(parameters); i++)
		if (ascii_ends(name, parameters[i]))
			return CLASS_CONFIG;
	return CLASS_FILE;
}

struct melsec_file *melsec_file_of(struct melsec_file files[MELSEC_FILES], uint16_t handle)
{
	for (unsigned i = 0; i < MELSEC_FILES; i++)
		if (files[i].open && files[i].handle == handle)
			return &files[i];
	return NULL;
}

struct melsec_file *melsec_file_open(struct proto_ctx *x, struct melsec_file files[MELSEC_FILES],
				     uint16_t handle, bool writing)
{
	struct melsec_file *f = melsec_file_of(files, handle);

	for (unsigned i = 0; f == NULL && i < MELSEC_FILES; i++)
		if (!files[i].open)
			f = &files[i];
	if (f == NULL || !transfer_open(x, handle))
		return NULL;
	*f = (struct melsec_file){ .handle = handle, .open = 1, .writing = writing };
	return f;
}

/* What was seen before is not counted twice, a gap is missing. */
void melsec_file_data(struct proto_ctx *x, struct melsec_file files[MELSEC_FILES], uint16_t handle,
		      uint32_t offset, struct bytes data, bool writing)
{
	struct melsec_file *f = melsec_file_of(files, handle);

	if (f == NULL)
		f = melsec_file_open(x, files, handle, writing);
	if (f == NULL)
		return;
	if (offset > f->next)
		transfer_missing(x, handle, offset - f->next);
	size_t seen = offset < f->next ? min_size(f->next - offset, data.n) : 0;

	if (data.n > seen)
		transfer_data(x, handle, (struct bytes){ data.p + seen, data.n - seen });
	if (offset + (uint64_t)data.n > f->next)
		f->next = (uint32_t)(offset + data.n);
}

/* One character as UTF-8; 0 when it does not fit. */
static size_t put_utf8(char *out, size_t room, uint32_t c)
{
	uint8_t b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n > room)
		return 0;
	for (size_t i = n - 1; i > 0; i--) {
		b[i] = (uint8_t)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	b[0] = (uint8_t)(n == 1 ? c : (0xf00u >> n & 0xff) | c);
	memcpy(out, b, n);
	return n;
}

size_t melsec_utf16(char *out, size_t cap, struct bytes units)
{
	size_t n = 0;

	for (size_t i = 0; i + 2 <= units.n; i += 2) {
		uint32_t c = (uint32_t)units.p[i] | (uint32_t)units.p[i + 1] << 8;

		if (c == 0)
			break;
		if (c >= 0xd800 && c < 0xdc00 && i + 4 <= units.n && (units.p[i + 3] & 0xfc) == 0xdc) {
			uint32_t low = (uint32_t)units.p[i + 2] | (uint32_t)units.p[i + 3] << 8;

			c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
			i += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = '?';
		}
		size_t put = put_utf8(out + n, cap - n, c);

		if (put == 0)
			break;
		n += put;
	}
	return n;
}

void melsec_turn(uint8_t *p, size_t n, size_t width)
{
	for (size_t at = 0; at + width <= n; at += width)
		for (size_t i = 0; i < width / 2; i++) {
			uint8_t b = p[at + i];

			p[at + i] = p[at + width - 1 - i];
			p[at + width - 1 - i] = b;
		}
}

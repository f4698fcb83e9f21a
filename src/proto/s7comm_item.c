/* proto/s7comm_item.c: variables of S7comm: their addresses and their data.
 *
 * A specification (WT): 12 n:1 syntax:1 ... With syntax 10 (ANY pointer): transport size:1 count:2 DB:2
 * area:1 address:3 in bits (in items for timers and counters). A data item: result:1 transport size:1
 * length:2 (in bits for sizes 3 to 5, else in bytes) data, filled to an even length unless it is the last. */
#include "proto/s7comm.h"

#include "core/hex.h"

enum {
	SPEC = 0x12,
	SYN_ANY = 0x10, SYN_NCK = 0x82, SYN_NCK_METRIC = 0x83, SYN_NCK_INCH = 0x84, SYN_DRIVE = 0xa2,
	SYN_DBREAD = 0xb0, SYN_SYMBOL = 0xb2,
	DATA_BIT = 3, DATA_BYTES = 4, DATA_INT = 5, DATA_OCTETS = 9,	/* transport sizes in data, WT */
};

/* Four rows for each memory area: bit, byte, word, double word. */
#define AREA(key, letter) \
	{ key "-bit", letter "{0}.{1}" }, { key "-byte", letter "B{0}" }, { key "-word", letter "W{0}" }, \
	{ key "-double", letter "D{0}" }
#define BLOCK(key, letter) \
	{ key "-bit", letter "{0}." letter "X{1}.{2}" }, { key "-byte", letter "{0}." letter "B{1}" }, \
	{ key "-word", letter "{0}." letter "W{1}" }, { key "-double", letter "{0}." letter "D{1}" }

enum space {
	SPACE_INPUT = 4, SPACE_OUTPUT = 8, SPACE_FLAG = 12, SPACE_LOCAL = 16, SPACE_CALLER = 20,
	SPACE_PERIPHERY = 24, SPACE_DB = 28, SPACE_DI = 32, SPACE_TIMER = 36, SPACE_COUNTER, SPACE_TIMER_200,
	SPACE_COUNTER_200, SPACE_SYSTEM_200, SPACE_FLAGS_200, SPACE_ANALOG_IN, SPACE_ANALOG_OUT, SPACE_RECORD,
	SPACE_SYMBOL, SPACE_NCK,
};

const struct proto_space s7_spaces[] = {
	[S7_SPACE_SZL - 1] = { "szl", "{name}" },
	[S7_SPACE_BLOCK - 1] = { "block", "{name}" },
	[S7_SPACE_FILE - 1] = { "file", "{name}" },
	AREA("input", "I"), AREA("output", "Q"), AREA("flag", "M"), AREA("local", "L"), AREA("caller", "V"),
	AREA("periphery", "P"), BLOCK("db", "DB"), BLOCK("di", "DI"),
	{ "timer", "T{0}" }, { "counter", "C{0}" }, { "timer-200", "T{0}" }, { "counter-200", "C{0}" },
	{ "system-200", "SI{0}" }, { "flags-200", "SM{0}.{1}" }, { "analog-in", "AI{0}" },
	{ "analog-out", "AQ{0}" }, { "record", "{0}/{1}" }, { "symbol", "{name}" }, { "nck", "{name}" },
	{ NULL, NULL }
};

/* ---- addresses ---- */

static uint8_t area_space(uint8_t area)
{
	switch (area) {			/* WT */
	case 0x80: return SPACE_PERIPHERY;
	case 0x81: return SPACE_INPUT;
	case 0x82: return SPACE_OUTPUT;
	case 0x83: return SPACE_FLAG;
	case 0x84: return SPACE_DB;
	case 0x85: return SPACE_DI;
	case 0x86: return SPACE_LOCAL;
	case 0x87: return SPACE_CALLER;
	case 28: return SPACE_COUNTER;
	case 29: return SPACE_TIMER;
	case 30: return SPACE_COUNTER_200;
	case 31: return SPACE_TIMER_200;
	case 1: return SPACE_RECORD;
	case 3: return SPACE_SYSTEM_200;
	case 5: return SPACE_FLAGS_200;
	case 6: return SPACE_ANALOG_IN;
	case 7: return SPACE_ANALOG_OUT;
	}
	return 0;
}

/* Transport sizes of specifications (WT): value type, bits of one item, width letter (0 X, 1 B, 2 W, 3 D). */
static const struct { uint8_t type, bits, width; } transports[] = {
	[1] = { VAL_BOOL, 1, 0 },	/* BIT */
	[2] = { VAL_UINT, 8, 1 },	/* BYTE */
	[3] = { VAL_TEXT, 8, 1 },	/* CHAR */
	[4] = { VAL_UINT, 16, 2 },	/* WORD */
	[5] = { VAL_INT, 16, 2 },	/* INT */
	[6] = { VAL_UINT, 32, 3 },	/* DWORD */
	[7] = { VAL_INT, 32, 3 },	/* DINT */
	[8] = { VAL_REAL, 32, 3 },	/* REAL */
	[9] = { VAL_UINT, 16, 2 },	/* DATE */
	[10] = { VAL_UINT, 32, 3 },	/* TOD */
	[11] = { VAL_INT, 32, 3 },	/* TIME */
	[12] = { VAL_RAW_BE, 16, 2 },	/* S5TIME: BCD */
	[15] = { VAL_RAW_BE, 64, 1 },	/* DATE_AND_TIME: BCD */
	[28] = { VAL_RAW_BE, 16, 2 },	/* COUNTER: BCD */
	[29] = { VAL_RAW_BE, 16, 2 },	/* TIMER: BCD */
	[30] = { VAL_RAW_BE, 24, 2 },	/* IEC counter */
	[31] = { VAL_RAW_BE, 40, 2 },	/* IEC timer */
	[32] = { VAL_RAW_BE, 48, 2 },	/* HS counter */
};

static const char *read_any(struct s7_item *it, struct cursor *c)
{
	it->transport = cur_u8(c);
	it->count = cur_be16(c);
	it->db = cur_be16(c);
	it->area = cur_u8(c);
	uint32_t address = cur_be24(c);
	uint8_t space = area_space(it->area);

	if (!cur_done(c))
		return "item-length";
	if (space == 0)
		return "area";
	if (it->transport >= ARRAY_LEN(transports) || transports[it->transport].bits == 0)
		return "transport-size";
	if (it->count == 0)
		return "item-count";
	it->type = transports[it->transport].type;
	it->bits = transports[it->transport].bits;
	unsigned width = transports[it->transport].width;

	it->space = space;
	if (space >= SPACE_TIMER) {
		bool in_bits = space == SPACE_FLAGS_200;

		it->part[0] = space == SPACE_RECORD ? it->db : in_bits ? address >> 3 : address;
		it->part[1] = space == SPACE_RECORD ? address : address & 7;
		it->parts = in_bits || space == SPACE_RECORD ? 2 : 1;
		return NULL;
	}
	unsigned at = 0;

	it->space = (uint8_t)(space + width);
	if (space == SPACE_DB || space == SPACE_DI)
		it->part[at++] = it->db;
	it->part[at++] = address >> 3;
	if (width == 0)
		it->part[at++] = address & 7;
	it->parts = (uint8_t)at;
	return NULL;
}

void s7_put(char *out, size_t *n, size_t cap, const void *p, size_t bytes)
{
	size_t fits = min_size(bytes, cap - *n);

	memcpy(out + *n, p, fits);
	*n += fits;
}

void s7_number(char *out, size_t *n, size_t cap, uint32_t v, unsigned base, unsigned digits)
{
	char back[12];
	size_t at = sizeof(back);

	do
		back[--at] = hex_digit(v % base);
	while ((v /= base) != 0 || sizeof(back) - at < digits);
	s7_put(out, n, cap, back + at, sizeof(back) - at);
}

/* Modules of the NC (NC, "module"); those with the letters people know. From 0x10 on. */
static const char *const nck_modules[] = {
	"Y", "YNCFL", "FU", "FA", "TO", "RP", "SE", "SGUD", "LUD", "TC", "M", NULL, "WAL", NULL, "DIAG", "CC",
	"FE", "TD", "TS", "TG", "TU", "TUE", "TV", "TM", "TP", "TPM", "TT", "TMV", "TMC", "MGUD", "UGUD",
	"GUD4", "GUD5", "GUD6", "GUD7", "GUD8", "GUD9",
};

static uint8_t nck_class(const char *module)
{
	if (module == NULL)
		return CLASS_DATA;
	if (module[0] == 'T')
		return CLASS_TOOL;
	if (strcmp(module, "M") == 0 || strcmp(module, "SE") == 0 || strcmp(module, "WAL") == 0)
		return CLASS_CONFIG;
	return strcmp(module, "DIAG") == 0 ? CLASS_DIAG : CLASS_DATA;
}

/* NC: area and unit:1 column:2 line:2 module:1 lines:1. "C1/RP5[10]" is column 5, line 10 of R-parameters,
 * channel 1. */
static const char *read_nck(struct s7_item *it, struct cursor *c)
{
	uint8_t where = cur_u8(c);
	uint16_t column = cur_be16(c), line = cur_be16(c);
	uint8_t module = cur_u8(c);

	it->count = cur_u8(c);
	if (!cur_done(c))
		return "item-length";
	const char *name = module >= 0x10 &&
			   module - 0x10u < ARRAY_LEN(nck_modules) ? nck_modules[module - 0x10] : NULL;

	s7_put(it->name, &it->name_n, sizeof(it->name), &"NBCATVHM"[where >> 5], 1);
	s7_number(it->name, &it->name_n, sizeof(it->name), where & 0x1f, 10, 1);
	s7_put(it->name, &it->name_n, sizeof(it->name), "/", 1);
	if (name != NULL)
		s7_put(it->name, &it->name_n, sizeof(it->name), name, strlen(name));
	else
		s7_number(it->name, &it->name_n, sizeof(it->name), module, 16, 2);
	s7_number(it->name, &it->name_n, sizeof(it->name), column, 10, 1);
	s7_put(it->name, &it->name_n, sizeof(it->name), "[", 1);
	s7_number(it->name, &it->name_n, sizeof(it->name), line, 10, 1);
	s7_put(it->name, &it->name_n, sizeof(it->name), "]", 1);
	it->space = SPACE_NCK;
	it->cls = nck_class(name);
	it->parts = 4;
	it->part[0] = where;
	it->part[1] = module;
	it->part[2] = column;
	it->part[3] = line;
	it->type = VAL_RAW_LE;		/* NC data is little-endian */
	it->bits = 8;
	return NULL;
}

/* WT: S7-1200: reserved:1 area:2 DB or area:2 checksum:4 then a path of 4-byte steps. */
static const char *read_symbol(struct s7_item *it, struct cursor *c)
{
	struct bytes b = cur_rest(c);

	if (b.n < 9 || (b.n - 9) % 4 != 0)
		return "item-length";
	for (size_t i = 1; i < b.n; i++) {
		if (i == 5 || (i >= 9 && (i - 9) % 4 == 0))
			s7_put(it->name, &it->name_n, sizeof(it->name), ".", 1);
		s7_number(it->name, &it->name_n, sizeof(it->name), b.p[i], 16, 2);
	}
	it->space = SPACE_SYMBOL;
	it->type = VAL_RAW_BE;
	it->bits = 8;
	it->count = 1;
	return NULL;
}

/* WT: S7-400: areas:1, then for each bytes:1 DB:2 address:2. The first names the object; the count is of
 * all. */
static const char *read_dbread(struct s7_item *it, struct cursor *c)
{
	uint8_t areas = cur_u8(c);

	if (cur_broken(c) || areas == 0 || c->left != areas * 5u)
		return "item-length";
	for (unsigned i = 0; i < areas; i++) {
		it->count += cur_u8(c);
		uint16_t db = cur_be16(c), address = cur_be16(c);

		if (i == 0) {
			it->db = db;
			it->part[0] = db;
			it->part[1] = address;
		}
	}
	it->area = 0x84;
	it->space = SPACE_DB + 1;
	it->parts = 2;
	it->type = VAL_UINT;
	it->bits = 8;
	return NULL;
}

const char *s7_item_read(struct s7_item *it, struct cursor *c)
{
	memset(it, 0, offsetof(struct s7_item, name));
	it->name_n = 0;
	uint8_t spec = cur_u8(c);
	struct cursor body = cur_sub(c, cur_u8(c));

	it->syntax = cur_u8(&body);
	if (cur_broken(&body))
		return "item-length";
	if (spec != SPEC)
		return "item-head";
	switch (it->syntax) {
	case SYN_ANY:
		return read_any(it, &body);
	case SYN_NCK: case SYN_NCK_METRIC: case SYN_NCK_INCH:
		return read_nck(it, &body);
	case SYN_DBREAD:
		return read_dbread(it, &body);
	case SYN_SYMBOL:
		return read_symbol(it, &body);
	}
	it->opaque = true;		/* named by syntax in the own part */
	it->type = VAL_RAW_BE;
	it->bits = 8;
	it->count = 1;
	return NULL;
}

void s7_item_object(struct proto_ctx *x, struct obs *o, const struct s7_item *it)
{
	o->object.space = it->space;
	o->object.parts = it->parts;
	o->object.count = it->count;
	memcpy(o->object.part, it->part, sizeof(o->object.part));
	if (it->cls != 0)
		o->object.class = it->cls;
	if (it->name_n > 0)
		o->object.name = act_text(x, (struct bytes){ (const uint8_t *)it->name, it->name_n });
	if (it->opaque)
		o->flags |= FLAG_OPAQUE;
}

void s7_item_own(struct s7_own *w, const struct s7_item *it)
{
	w->is_item = 1;
	w->syntax = it->syntax;
	w->area = it->area;
	w->transport = it->transport;
	w->db = it->db;
	w->db_given = it->area == 0x84 || it->area == 0x85;
}

/* ---- data ---- */

bool s7_data_read(struct cursor *c, bool last, uint8_t *ret_result, uint8_t *ret_transport,
		  struct bytes *ret_data)
{
	*ret_result = cur_u8(c);
	*ret_transport = cur_u8(c);
	size_t n = cur_be16(c);

	if (*ret_transport == 0)
		n = 0;		/* nothing follows; some controllers put a length there (captures) */
	else if (*ret_transport >= DATA_BIT && *ret_transport <= DATA_INT)
		n = (n + 7) / 8;
	*ret_data = cur_bytes(c, n);
	if (!cur_broken(c) && n % 2 != 0 && !last && c->left > 0)
		cur_take(c, 1);
	return !cur_broken(c);
}

void s7_item_value(struct proto_ctx *x, const struct s7_item *it, uint8_t transport, struct bytes data)
{
	if (data.n == 0)
		return;
	if (transport == DATA_OCTETS && it->type != VAL_RAW_LE)
		act_value(x, it->type == VAL_TEXT ? VAL_TEXT : VAL_RAW_BE, 8, (unsigned)data.n, data);
	else if (it->type == VAL_RAW_LE || it->opaque || it->space == SPACE_SYMBOL)
		act_value(x, it->type, 8, (unsigned)data.n, data);
	else
		act_value(x, it->type, it->bits, it->count, data);
}

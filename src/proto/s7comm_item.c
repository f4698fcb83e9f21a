/* proto/s7comm_item.c: variables of S7comm: their addresses, their data, and the jobs that read and write
 * them.
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

static void item_value(struct proto_ctx *x, const struct s7_item *it, uint8_t transport, struct bytes data)
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

/* ---- read and write ---- */

struct kept { struct s7_asked a; uint8_t param[PARAM_KEPT]; };

/* Keeps the specifications (behind function and count) with the request. */
static void keep(struct kept *k, const struct s7 *m)
{
	k->a = (struct s7_asked){ .function = m->function, .code = m->function };
	if (m->param.n < 2)
		return;
	k->a.items = m->param.p[1];
	k->a.n = (uint16_t)min_size(m->param.n - 2, PARAM_KEPT);
	memcpy(k->param, m->param.p + 2, k->a.n);
}

/* Are all specifications there and well-formed. */
static const char *check_items(const struct s7 *m)
{
	struct cursor c = cur_over(m->param);
	struct s7_item it;

	cur_take(&c, 1);
	unsigned n = cur_u8(&c);

	if (cur_broken(&c))
		return "parameter-length";
	if (n == 0)
		return "item-count";
	for (unsigned i = 0; i < n; i++) {
		const char *why = s7_item_read(&it, &c);

		if (why != NULL)
			return why;
		if (c.left > 0 && cur_peek(&c) == 0)
			cur_take(&c, 1);	/* items begin at even places */
	}
	return c.left == 0 ? NULL : "item-count";
}

/* The next specification of a kept or checked list, its fill byte included. */
static void next_item(struct s7_item *it, struct cursor *c)
{
	s7_item_read(it, c);
	if (c->left > 0 && cur_peek(c) == 0)
		cur_take(c, 1);
}

static bool refuse(struct proto_ctx *x, const struct s7 *m, struct kept *k, const char *why)
{
	k->a.bad = 1;
	pair_ask(x, s7_id(x, m, false), 0, k, sizeof(k->a));
	x->why = why;
	return false;
}

bool s7_read_var(struct proto_ctx *x, const struct s7 *m)
{
	struct kept k;
	const char *why = check_items(m);

	keep(&k, m);
	if (why == NULL && m->data.n != 0)
		why = "data-length";
	if (why != NULL)
		return refuse(x, m, &k, why);
	if (!pair_ask(x, s7_id(x, m, false), 0, &k, sizeof(k.a) + k.a.n)) {
		struct obs *o = s7_begin(x, F_READ, PHASE_WHOLE);
		struct cursor c = { .p = k.param, .left = k.a.n };
		struct s7_item it;

		next_item(&it, &c);
		o->items = k.a.items;
		if (k.a.items > 1)
			o->flags |= FLAG_REST;
		s7_item_object(x, o, &it);
		act_emit(x);
	}
	return true;
}

bool s7_write_var(struct proto_ctx *x, const struct s7 *m)
{
	struct kept k;
	const char *why = check_items(m);
	struct cursor data = cur_over(m->data);
	uint64_t first = 0;

	keep(&k, m);
	if (why != NULL)
		return refuse(x, m, &k, why);
	struct cursor check = data;
	uint8_t result, transport;
	struct bytes value;

	for (unsigned i = 0; i < k.a.items; i++)
		if (!s7_data_read(&check, i + 1 == k.a.items, &result, &transport, &value))
			return refuse(x, m, &k, "data-length");
	if (check.left > 1)	/* a fill byte may end it */
		return refuse(x, m, &k, "data-length");
	struct cursor c = { .p = m->param.p + 2, .left = m->param.n - 2 };

	for (unsigned i = 0; i < k.a.items; i++) {
		struct s7_item it;
		struct obs *o = s7_begin(x, F_WRITE, PHASE_ASK);

		next_item(&it, &c);
		s7_data_read(&data, i + 1 == k.a.items, &result, &transport, &value);
		o->item = (uint16_t)i;
		o->items = k.a.items;
		s7_item_object(x, o, &it);
		item_value(x, &it, transport, value);
		struct s7_own *w = s7_own(x, m);

		if (w != NULL)
			s7_item_own(w, &it);
		k.a.last = act_emit(x);
		if (first == 0)
			first = k.a.last;
	}
	pair_ask(x, s7_id(x, m, false), first, &k, sizeof(k.a) + k.a.n);
	return true;
}

/* One act of an answer: item i of the request, as far as its parameters were kept. */
static struct obs *answer_item(struct proto_ctx *x, const struct s7_asked *a, const struct ask *ask,
			       unsigned i, struct cursor *specs, struct s7_item *it)
{
	bool read = a->function == F_READ;
	struct obs *o = s7_begin(x, a->function, read ? PHASE_WHOLE : PHASE_ANSWER);

	o->item = (uint16_t)i;
	o->items = a->items;
	if (!read && a->items > 1)	/* the acts of the items follow each other at equal steps */
		o->re = ask->act + (a->last - ask->act) / (a->items - 1u) * i;
	if (specs->left > 0)
		next_item(it, specs);
	else
		*it = (struct s7_item){ .type = VAL_RAW_BE, .bits = 8, .count = 1, .opaque = true };
	s7_item_object(x, o, it);
	return o;
}

/* The same outcome for all items: an error of the whole job, or no answer. */
static void answer_all(struct proto_ctx *x, const struct s7 *m, const struct ask *ask,
		       const struct s7_asked *a, uint8_t outcome)
{
	struct cursor specs = { .p = ask->blob + sizeof(*a), .left = a->n };

	for (unsigned i = 0; i < a->items; i++) {
		struct s7_item it;
		struct obs *o = answer_item(x, a, ask, i, &specs, &it);

		o->outcome = outcome;
		if (m != NULL)
			o->result = (uint32_t)m->error_class << 8 | m->error_code;
		/* An unanswered read is told here for the first time: what is known of it is its request. */
		const struct s7 asked = { .rosctr = JOB, .function = a->function, .ref = (uint16_t)ask->id };
		struct s7_own *w = s7_own(x, m != NULL ? m : &asked);

		if (w != NULL)
			s7_item_own(w, &it);
		act_emit(x);
	}
}

void s7_var_unanswered(struct proto_ctx *x, const struct ask *ask, const struct s7_asked *a)
{
	answer_all(x, NULL, ask, a, OUT_UNANSWERED);
}

/* Do as many data items follow as the request has; of a write only their results. */
static const char *check_answer(const struct s7 *m, const struct s7_asked *a)
{
	struct cursor c = cur_over(m->data);
	uint8_t result, transport;
	struct bytes value;

	if (m->param.n != 2)
		return "parameter-length";
	if (m->param.p[1] != a->items)
		return "answer-count";
	if (a->function == F_WRITE)
		return m->data.n == a->items || m->data.n == a->items + 1u ? NULL : "data-length";
	for (unsigned i = 0; i < a->items; i++)
		if (!s7_data_read(&c, i + 1 == a->items, &result, &transport, &value))
			return "data-length";
	return c.left <= 1 ? NULL : "data-length";
}

bool s7_var_answer(struct proto_ctx *x, const struct s7 *m, const struct ask *ask, const struct s7_asked *a)
{
	if (m->error_class != 0 || m->error_code != 0) {
		answer_all(x, m, ask, a, OUT_REFUSED);
		return true;
	}
	x->why = check_answer(m, a);
	if (x->why != NULL) {
		answer_all(x, m, ask, a, OUT_UNKNOWN);
		return false;
	}
	struct cursor specs = { .p = ask->blob + sizeof(*a), .left = a->n };
	struct cursor data = cur_over(m->data);

	for (unsigned i = 0; i < a->items; i++) {
		struct s7_item it;
		struct bytes value = { NULL, 0 };
		uint8_t result, transport = 0;
		struct obs *o = answer_item(x, a, ask, i, &specs, &it);

		if (a->function == F_WRITE)
			result = cur_u8(&data);
		else
			s7_data_read(&data, i + 1 == a->items, &result, &transport, &value);
		o->outcome = result == RET_OK ? OUT_DONE : OUT_REFUSED;
		o->result = result == RET_OK ? 0 : result;
		if (result == RET_OK)
			item_value(x, &it, transport, value);
		struct s7_own *w = s7_own(x, m);

		if (w != NULL) {
			s7_item_own(w, &it);
			w->item_result = result;
			w->has_result = 1;
		}
		act_emit(x);
	}
	return true;
}

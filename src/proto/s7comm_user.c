/* proto/s7comm_user.c: userdata of S7comm: test functions, cyclic data, block lists, status lists, alarms,
 * password, clock, NC programs.
 *
 * Parameters (WT): 00 01 12 length:1 method:1 kind << 6 | group:1 function:1 sequence:1, and with length 8
 * also data unit:1 more follow:1 error:2. kind 0 is pushed, 1 asked, 2 answered. Data: result:1 transport
 * size:1 length:2 bytes. A controller that changes its mode pushes 01 00 10 10 00 00 mode:1 00 without data
 * (captures; WT); it is group 0 here. An answer in several pieces is asked for piece by piece; the pieces
 * share their data unit and are gathered. */
#include "proto/s7comm.h"

#include "core/hex.h"

enum {
	KIND_PUSH, KIND_ASK, KIND_ANSWER,
	GROUP_MODE = 0, GROUP_TEST = 1, GROUP_CYCLIC = 2, GROUP_BLOCK = 3, GROUP_CPU = 4, GROUP_SECURITY = 5,
	GROUP_TIME = 7, GROUP_NC = 0x3f,
	HEAD = 0x000112, HEAD_MODE = 0x010010,
	PARAM_SHORT = 8, PARAM_LONG = 12,
	GATHER_USER = 0x700,	/* gather key: plus the data unit */
	CLOCK = 10,		/* bytes of a time stamp: reserved, century, then 8 of BCD */
	USER_SUB = 0xffff,
};

struct user {
	uint8_t kind, group, function, sequence, unit;
	bool more, continued;	/* continued: a request with it asks for the next piece */
	uint16_t error;
	uint8_t result, transport;
	struct bytes data;	/* behind its head of four bytes */
	uint32_t code;
};

static const char *read_user(struct user *u, const struct s7 *m)
{
	struct cursor c = cur_over(m->param);
	uint32_t head = cur_be24(&c);
	uint8_t length = cur_u8(&c);

	*u = (struct user){ 0 };
	if (head == HEAD_MODE && m->param.n == PARAM_SHORT) {
		u->function = m->param.p[6];
		u->code = CODE_USER | u->function;
		return m->data.n == 0 ? NULL : "data-length";
	}
	cur_u8(&c);
	uint8_t type = cur_u8(&c);

	u->kind = type >> 6;
	u->group = type & 0x3f;
	u->function = cur_u8(&c);
	u->sequence = cur_u8(&c);
	if (cur_broken(&c) || head != HEAD || length + 4u != m->param.n || u->kind > KIND_ANSWER)
		return "userdata-head";
	if (m->param.n != PARAM_SHORT && m->param.n != PARAM_LONG)
		return "userdata-head";
	if (m->param.n == PARAM_LONG) {
		u->unit = cur_u8(&c);
		u->more = cur_u8(&c) != 0;
		u->error = cur_be16(&c);
		/* Programmer commands have the long head in their first request too; a next piece is asked
		 * for by the number of the data unit its answers carry (WD, captures). */
		u->continued = u->unit != 0 || (u->sequence != 0 && m->data.n <= 4);
	}
	u->code = CODE_USER | (uint32_t)u->group << 8 | u->function;
	if (m->data.n == 0)
		return NULL;
	struct cursor d = cur_over(m->data);

	if (!s7_data_read(&d, true, &u->result, &u->transport, &u->data) || d.left > 1)
		return "data-length";
	return NULL;
}

static struct s7_own *own(struct proto_ctx *x, const struct s7 *m, const struct user *u)
{
	struct s7_own *w = s7_own(x, m);

	if (w != NULL) {
		w->is_user = 1;
		w->group = u->group;
		w->subfunction = u->function;
		w->sequence = u->sequence;
	}
	return w;
}

/* ---- the clock ---- */

static unsigned bcd(uint8_t b)
{
	return (unsigned)(b >> 4) * 10 + (b & 15);
}

/* Seconds since 1970 of a date, as if the controller's clock were UTC. */
static int64_t seconds_of(unsigned year, unsigned month, unsigned day, unsigned seconds)
{
	unsigned y = month <= 2 ? year - 1 : year;
	unsigned era = y / 400, of_era = y - era * 400;
	unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t days = (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;

	return days * 86400 + seconds;
}

/* DATE_AND_TIME behind a reserved byte and the century: year month day hour minute second ms, weekday, all
 * BCD. */
static void clock_value(struct proto_ctx *x, struct obs *o, struct bytes b)
{
	if (b.n != CLOCK)
		return;
	unsigned year = bcd(b.p[2]) + (bcd(b.p[2]) < 90 ? 2000 : 1900);	/* SFC, DATE_AND_TIME: 1990 to 2089 */
	unsigned month = bcd(b.p[3]), day = bcd(b.p[4]);
	unsigned seconds = bcd(b.p[5]) * 3600 + bcd(b.p[6]) * 60 + bcd(b.p[7]);

	bool date = month >= 1 && month <= 12 && day >= 1 && day <= 31;

	act_value(x, date ? VAL_TIME : VAL_RAW_BE, 64, 1, (struct bytes){ b.p + 2, 8 });
	if (date)
		o->value.one.i = seconds_of(year, month, day, seconds) * NS_PER_S +
				 (int64_t)(bcd(b.p[8]) * 10 + (b.p[9] >> 4)) * NS_PER_MS;
}

/* ---- requests ---- */

/* Block info asks type:2 (hex digits) number:5 (digits) file system:1; a list asks type:2 (WT). */
static void object_block(struct proto_ctx *x, struct obs *o, struct bytes b)
{
	char name[BLOCK_NAME];
	size_t n = b.n == 8 ? s7_block_name(name, b) : 0;

	if (n == 0 && b.n == 2) {
		const char *type = b.p[0] == '0' ? s7_block_type((unsigned)hex_value(b.p[1])) : NULL;

		if (type != NULL) {
			n = strlen(type);
			memcpy(name, type, n);
		}
	}
	if (n > 0) {
		o->object.space = S7_SPACE_BLOCK;
		o->object.name = act_text(x, (struct bytes){ (const uint8_t *)name, n });
	}
}

/* Cyclic: items:2 base:1 times:1, then specifications (WT). One act for each. */
static uint64_t subscribe(struct proto_ctx *x, const struct s7 *m, const struct user *u, const char **ret_why)
{
	struct cursor c = cur_over(u->data);
	unsigned n = cur_be16(&c);
	uint64_t first = 0;

	cur_take(&c, 2);
	struct cursor check = c;
	struct s7_item it;

	if (cur_broken(&c) || n == 0 || n > ITEMS_MAX)
		*ret_why = "item-count";
	for (unsigned i = 0; i < n && *ret_why == NULL; i++)
		*ret_why = s7_item_read(&it, &check);
	for (unsigned i = 0; i < n && *ret_why == NULL; i++) {
		struct obs *o = s7_begin(x, u->code, PHASE_ASK);

		s7_item_read(&it, &c);
		o->item = (uint16_t)i;
		o->items = (uint16_t)n;
		s7_item_object(x, o, &it);
		struct s7_own *w = own(x, m, u);

		if (w != NULL)
			s7_item_own(w, &it);
		uint64_t act = act_emit(x);

		first = first == 0 ? act : first;
	}
	return first;
}

/* NC: the file name is text behind 00 or a length; the printable end of the data is it. */
static struct bytes nc_name(struct bytes b)
{
	size_t from = b.n;

	if (b.n == 0)
		return b;
	while (from > 0 && b.p[from - 1] >= 0x20 && b.p[from - 1] < 0x7f)
		from--;
	struct bytes name = { b.p + from, b.n - from };

	return name.n <= BLOCK_NAME ? name : (struct bytes){ name.p, BLOCK_NAME };
}

static void nc_open(struct proto_ctx *x, struct obs *o, const struct user *u)
{
	struct s7_state *st = x->state;
	struct bytes name = nc_name(u->data);

	st->nc.reading = u->function == 6;

	if (name.n > 0) {
		o->object.space = S7_SPACE_FILE;
		o->object.name = act_text(x, name);
	}
	st->nc.n = (uint8_t)name.n;
	memcpy(st->nc.name, name.p != NULL ? name.p : (const uint8_t *)"", name.n);
}

static bool nc_piece(const struct user *u)
{
	return u->group == GROUP_NC && (u->function == 2 || u->function == 3 || u->function == 7 ||
					u->function == 8);
}

/* The act of a request that does not wait. */
static uint64_t say_ask(struct proto_ctx *x, const struct s7 *m, const struct user *u)
{
	struct s7_state *st = x->state;

	if (u->group == GROUP_NC && u->function == 4)
		return s7_transfer_end(x, m, &st->nc, KEY_NC, u->code, true, PHASE_ASK);
	struct obs *o = s7_begin(x, u->code, PHASE_ASK);

	if (u->group == GROUP_SECURITY)
		act_value(x, VAL_SECRET, 0, 0, (struct bytes){ NULL, 0 });
	else if (u->group == GROUP_TIME)
		clock_value(x, o, u->data);
	else if (u->group == GROUP_NC && (u->function == 1 || u->function == 6))
		nc_open(x, o, u);
	else if (u->data.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)u->data.n, u->data);
	own(x, m, u);
	uint64_t act = act_emit(x);

	if (u->group == GROUP_NC && (u->function == 1 || u->function == 6))
		st->nc.open = transfer_open(x, KEY_NC);
	return act;
}

struct kept { struct s7_asked a; uint8_t data[16]; };

static bool waits(const struct user *u)
{
	return s7_waits(u->code) || u->group == GROUP_BLOCK;
}

static bool user_ask(struct proto_ctx *x, const struct s7 *m, const struct user *u, const char *why)
{
	struct kept k = { .a = { .code = u->code, .bad = why != NULL,
				 .sub = (uint16_t)(u->continued ? USER_SUB : 0) } };
	uint64_t act = 0;

	if (why == NULL && !u->continued && !waits(u) && !nc_piece(u)) {
		if (u->group == GROUP_CYCLIC && (u->function == 1 || u->function == 5))
			act = subscribe(x, m, u, &why);
		else
			act = say_ask(x, m, u);
		k.a.bad = why != NULL;
	}
	if (nc_piece(u) && u->function == 2)
		transfer_data(x, KEY_NC, u->data);
	k.a.n = (uint16_t)min_size(u->data.n, sizeof(k.data));
	if (u->group == GROUP_SECURITY)
		k.a.n = 0;		/* nothing of a password is kept */
	memcpy(k.data, u->data.p != NULL ? u->data.p : (const uint8_t *)"", k.a.n);
	pair_ask(x, s7_id(x, m, false), act, &k, sizeof(k.a) + k.a.n);
	x->why = why;
	return why == NULL;
}

/* ---- answers ---- */

/* What was asked of a status list: id:2 index:2. */
static void object_szl(struct proto_ctx *x, struct obs *o, struct bytes b)
{
	if (b.n < 4)
		return;
	uint16_t id = (uint16_t)(b.p[0] << 8 | b.p[1]), index = (uint16_t)(b.p[2] << 8 | b.p[3]);
	char name[12];
	size_t n = 0;

	s7_number(name, &n, sizeof(name), id, 16, 4);
	s7_put(name, &n, sizeof(name), "/", 1);
	s7_number(name, &n, sizeof(name), index, 16, 4);
	o->object.space = S7_SPACE_SZL;
	o->object.parts = 2;
	o->object.part[0] = id;
	o->object.part[1] = index;
	o->object.name = act_text(x, (struct bytes){ (const uint8_t *)name, n });
	if (s7_szl_identifies(id)) {
		o->verb = VERB_IDENTIFY;
		o->object.class = CLASS_DEVICE;
	}
}

/* The object of a read from what was asked. */
static void object_asked(struct proto_ctx *x, struct obs *o, const struct user *u, struct bytes asked)
{
	if (u->group == GROUP_CPU && u->function == 1)
		object_szl(x, o, asked);
	else if (u->group == GROUP_BLOCK)
		object_block(x, o, asked);
}

static void own_szl(struct s7_own *w, const struct obs *o)
{
	if (w == NULL || o->object.space != S7_SPACE_SZL)
		return;
	w->is_szl = 1;
	w->szl = (uint16_t)o->object.part[0];
	w->szl_index = (uint16_t)o->object.part[1];
}

/* The whole answer is there: all is its data, also when it came in pieces. */
static bool say_answer(struct proto_ctx *x, const struct s7 *m, const struct user *u,
		       const struct s7_asked *a, struct bytes asked, struct bytes all)
{
	/* What changes something is answered without data: "no such object" is then the lack of data, not a
	 * refusal. */
	bool empty = u->result == RET_NONE && all.n == 0 && !waits(u);
	bool refused = u->error != 0 || (m->data.n > 0 && u->result != RET_OK && !empty);
	struct obs *o = s7_begin(x, u->code, a->seen && (a->bad || waits(u)) ? PHASE_WHOLE : PHASE_ANSWER);

	if (!a->seen && !(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
	o->outcome = refused ? OUT_REFUSED : OUT_DONE;
	o->result = u->error != 0 ? u->error : refused ? u->result : 0;
	object_asked(x, o, u, asked);
	if (a->bad)
		o->note = act_str(x, "bad-request");
	else if (u->group == GROUP_TIME)
		clock_value(x, o, all);
	else if (all.n > 0 && u->group != GROUP_SECURITY)
		act_value(x, VAL_RAW_BE, 8, (unsigned)min_size(all.n, UINT16_MAX), all);
	struct side device = o->device;

	own_szl(own(x, m, u), o);
	act_emit(x);
	if (!refused && u->group == GROUP_CPU && u->function == 1)
		s7_szl_facts(x, &device, all);
	return true;
}

static bool user_answer(struct proto_ctx *x, const struct s7 *m, const struct user *u, const char *why)
{
	const struct ask *ask = pair_answer(x, s7_id(x, m, true));
	struct s7_asked a = { .code = u->code };
	struct bytes asked = { NULL, 0 }, all = u->data;

	if (why != NULL) {
		x->why = why;
		return false;
	}
	if (ask != NULL && ask->n >= sizeof(a)) {
		memcpy(&a, ask->blob, sizeof(a));
		a.seen = 1;
		asked = (struct bytes){ ask->blob + sizeof(a), ask->n - sizeof(a) };
		if (a.code != u->code) {
			x->why = "answer-function";
			return false;
		}
	}
	if (nc_piece(u)) {
		if (u->function == 7)
			transfer_data(x, KEY_NC, u->data);
		return true;
	}
	if (u->more || a.sub == USER_SUB) {
		if (u->data.n > 0 && !gather_add(x, GATHER_USER + u->unit, u->data))
			return true;
		if (u->more)
			return true;
		all = gather_take(x, GATHER_USER + u->unit);
	}
	if (u->group == GROUP_CPU && all.n >= 4)
		asked = all;		/* a list begins with what was asked for */
	return say_answer(x, m, u, &a, asked, all);
}

/* ---- pushes ---- */

/* Cyclic data: items:2 then data items. */
static bool push_items(struct proto_ctx *x, const struct s7 *m, const struct user *u)
{
	struct cursor c = cur_over(u->data), check;
	unsigned n = cur_be16(&c);
	uint8_t result, transport;
	struct bytes value;

	check = c;
	for (unsigned i = 0; i < n; i++)
		if (i >= ITEMS_MAX || !s7_data_read(&check, i + 1 == n, &result, &transport, &value)) {
			x->why = "data-length";
			return false;
		}
	for (unsigned i = 0; i < n; i++) {
		struct obs *o = s7_begin(x, u->code, PHASE_PUSH);

		s7_data_read(&c, i + 1 == n, &result, &transport, &value);
		o->verb = VERB_PUBLISH;
		o->item = (uint16_t)i;
		o->items = (uint16_t)n;
		o->outcome = result == RET_OK ? OUT_DONE : OUT_REFUSED;
		o->result = result == RET_OK ? 0 : result;
		if (value.n > 0)
			act_value(x, VAL_RAW_BE, 8, (unsigned)value.n, value);
		own(x, m, u);
		act_emit(x);
	}
	return true;
}

static bool user_push(struct proto_ctx *x, const struct s7 *m, const struct user *u, const char *why)
{
	struct s7_state *st = x->state;

	if (why != NULL) {
		x->why = why;
		return false;
	}
	if (u->group == GROUP_CYCLIC && (u->function == 1 || u->function == 5) && u->data.n >= 2)
		return push_items(x, m, u);
	if (nc_piece(u)) {
		transfer_data(x, KEY_NC, u->data);
		return true;
	}
	if (u->group == GROUP_NC && u->function == 4) {
		s7_transfer_end(x, m, &st->nc, KEY_NC, u->code, true, PHASE_PUSH);
		return true;
	}
	struct obs *o = s7_begin(x, u->code, PHASE_PUSH);

	if (u->group == GROUP_TEST || u->group == GROUP_CYCLIC)
		o->verb = VERB_PUBLISH;
	o->result = u->group == GROUP_MODE ? u->function : u->error;
	if (u->group == GROUP_SECURITY)
		act_value(x, VAL_SECRET, 0, 0, (struct bytes){ NULL, 0 });
	else if (u->data.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)u->data.n, u->data);
	own(x, m, u);
	act_emit(x);
	return true;
}

bool s7_user(struct proto_ctx *x, const struct s7 *m)
{
	struct user u;
	const char *why = read_user(&u, m);

	if (why != NULL && u.code == 0) {
		x->why = why;
		return false;
	}
	switch (u.kind) {
	case KIND_ASK: return user_ask(x, m, &u, why);
	case KIND_ANSWER: return user_answer(x, m, &u, why);
	}
	return user_push(x, m, &u, why);
}

void s7_user_unanswered(struct proto_ctx *x, const struct ask *ask, const struct s7_asked *a)
{
	struct user u = { .code = a->code, .group = (uint8_t)(a->code >> 8), .function = (uint8_t)a->code };

	if (nc_piece(&u))
		return;
	struct obs *o = s7_begin(x, a->code, waits(&u) ? PHASE_WHOLE : PHASE_ANSWER);

	o->outcome = OUT_UNANSWERED;
	object_asked(x, o, &u, (struct bytes){ ask->blob + sizeof(*a), ask->n - sizeof(*a) });
	const struct s7 asked = { .rosctr = USERDATA, .ref = (uint16_t)ask->id };

	own_szl(own(x, &asked, &u), o);
	act_emit(x);
}

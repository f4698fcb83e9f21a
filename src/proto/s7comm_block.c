/* proto/s7comm_block.c: blocks that are sent and fetched, program services, stop.
 *
 * Download (to the controller): the client asks 1A with a file name; then the controller asks for every piece
 * (1B) and says the end (1C). Upload (from the controller): 1D opens and is answered with an id, 1E asks for
 * a piece, 1F ends. A file name (WT): '_' type:2 (hex digits) number:5 (decimal) 'A' active, 'P' passive or
 * 'B' both. */
#include "proto/s7comm.h"

#include "core/hex.h"

const char *s7_block_type(unsigned type)
{
	static const char *const types[16] = {	/* WT */
		[0x8] = "OB", [0x9] = "CMOD", [0xa] = "DB", [0xb] = "SDB", [0xc] = "FC", [0xd] = "SFC",
		[0xe] = "FB", [0xf] = "SFB",
	};

	return type < 16 ? types[type] : NULL;
}

size_t s7_block_name(char out[BLOCK_NAME], struct bytes b)
{
	size_t n = 0;
	uint32_t number = 0;

	if (b.n == 9 && b.p[0] == '_') {
		b.p++;
		b.n--;
	}
	if (b.n < 7 || b.n > 8 || b.p[0] != '0' || hex_value(b.p[1]) < 0)
		return 0;
	const char *type = s7_block_type((unsigned)hex_value(b.p[1]));

	if (type == NULL)
		return 0;
	for (size_t i = 2; i < 7; i++) {
		if (b.p[i] < '0' || b.p[i] > '9')
			return 0;
		number = number * 10 + (uint32_t)(b.p[i] - '0');
	}
	s7_put(out, &n, BLOCK_NAME, type, strlen(type));
	s7_number(out, &n, BLOCK_NAME, number, 10, 1);
	return n;
}

static void name_object(struct proto_ctx *x, struct obs *o, const char *name, size_t n)
{
	if (n == 0)
		return;
	o->object.space = S7_SPACE_BLOCK;
	o->object.name = act_text(x, (struct bytes){ (const uint8_t *)name, n });
}

/* ---- transfers ---- */

static void transfer_begin(struct proto_ctx *x, struct s7_transfer *t, uint32_t key, const char *name,
			   size_t n)
{
	t->open = transfer_open(x, key);
	t->n = (uint8_t)min_size(n, BLOCK_NAME);
	memcpy(t->name, name, t->n);
}

uint64_t s7_transfer_end(struct proto_ctx *x, const struct s7 *m, struct s7_transfer *t, uint32_t key,
			 uint32_t code, bool complete, uint8_t phase)
{
	struct transfer_result r;
	bool open = t->open && transfer_close(x, key, complete, &r);
	struct obs *o = s7_begin(x, code, phase);

	t->open = 0;
	if (t->reading)
		o->verb = VERB_READ;
	if (key == KEY_NC) {
		o->object.space = t->n > 0 ? S7_SPACE_FILE : 0;
		o->object.name = act_text(x, (struct bytes){ (const uint8_t *)t->name, t->n });
	} else {
		name_object(x, o, t->name, t->n);
	}
	if (!open) {
		s7_own(x, m);
		return act_emit(x);
	}
	o->outcome = r.complete ? OUT_DONE : OUT_PARTLY;
	struct s7_own *w = s7_own(x, m);

	if (w != NULL)
		transfer_tell(x, &r, o->object.name, &w->transfer);
	return act_emit(x);
}

void s7_missing(struct proto_ctx *x, uint64_t bytes)
{
	const struct s7_state *st = x->state;

	if (x->from_client && st->down.open)
		transfer_missing(x, KEY_DOWN, bytes);
	if (!x->from_client && st->up.open)
		transfer_missing(x, KEY_UP, bytes);
	if (st->nc.open)
		transfer_missing(x, KEY_NC, bytes);
}

void s7_blocks_end(struct proto_ctx *x)
{
	struct s7_state *st = x->state;
	struct s7 m = { .rosctr = JOB };

	if (st->down.open)
		s7_transfer_end(x, &m, &st->down, KEY_DOWN, m.function = F_DOWNLOAD_END, false, PHASE_PUSH);
	if (st->up.open)
		s7_transfer_end(x, &m, &st->up, KEY_UP, m.function = F_UPLOAD_END, false, PHASE_PUSH);
	m.rosctr = USERDATA;
	if (st->nc.open)
		s7_transfer_end(x, &m, &st->nc, KEY_NC, CODE_USER | (st->nc.reading ? 0x3f06 : 0x3f01), false,
				PHASE_PUSH);
}

/* Parameters of 1A to 1F: function:1 status:1 error:2 id:4, then in 1A, 1B, 1C and 1D a name behind its
 * length. */
static const char *read_params(struct cursor *c, uint8_t function, uint32_t *ret_id, struct bytes *ret_file)
{
	cur_take(c, 4);
	*ret_id = cur_be32(c);
	*ret_file = (struct bytes){ NULL, 0 };
	if (function == F_UPLOAD_BLOCK || function == F_UPLOAD_END)
		return cur_done(c) ? NULL : "parameter-length";
	*ret_file = cur_bytes(c, cur_u8(c));
	return cur_broken(c) ? "parameter-length" : NULL;
}

/* The object of the request and its act, where it has one. */
static uint64_t say_block_ask(struct proto_ctx *x, const struct s7 *m, struct bytes file)
{
	struct s7_state *st = x->state;
	char name[BLOCK_NAME];
	size_t n = s7_block_name(name, file);

	if (n == 0) {			/* not a block: the name as it is */
		n = min_size(file.n, BLOCK_NAME);
		memcpy(name, file.p != NULL ? (const char *)file.p : "", n);
	}
	if (m->function == F_DOWNLOAD_END)
		return s7_transfer_end(x, m, &st->down, KEY_DOWN, F_DOWNLOAD_END, true, PHASE_ASK);
	if (m->function == F_UPLOAD_END)
		return s7_transfer_end(x, m, &st->up, KEY_UP, F_UPLOAD_END, true, PHASE_ASK);
	struct obs *o = s7_begin(x, m->function, PHASE_ASK);

	name_object(x, o, name, n);
	s7_own(x, m);
	uint64_t act = act_emit(x);

	if (m->function == F_DOWNLOAD)
		transfer_begin(x, &st->down, KEY_DOWN, name, n);
	else
		transfer_begin(x, &st->up, KEY_UP, name, n);
	return act;
}

bool s7_block_ask(struct proto_ctx *x, const struct s7 *m)
{
	struct cursor c = cur_over(m->param);
	struct s7_asked a = { .function = m->function, .code = m->function };
	struct bytes file;
	uint64_t act = 0;

	x->why = read_params(&c, m->function, &a.id, &file);
	a.bad = x->why != NULL;
	if (!a.bad && m->function != F_DOWNLOAD_BLOCK && m->function != F_UPLOAD_BLOCK)
		act = say_block_ask(x, m, file);
	pair_ask(x, s7_id(x, m, false), act, &a, sizeof(a));
	return !a.bad;
}

/* Data of a piece: length:2 00 FB bytes (WT). */
static bool piece(struct proto_ctx *x, const struct s7 *m, uint32_t key)
{
	struct cursor c = cur_over(m->data);
	size_t n = cur_be16(&c);

	cur_take(&c, 2);
	if (cur_broken(&c) || c.left != n) {
		x->why = "data-length";
		return false;
	}
	transfer_data(x, key, cur_rest(&c));
	return true;
}

/* Forgets a transfer that was refused. */
static void transfer_drop(struct proto_ctx *x, struct s7_transfer *t, uint32_t key)
{
	struct transfer_result none;

	transfer_close(x, key, false, &none);
	t->open = 0;
}

bool s7_block_answer(struct proto_ctx *x, const struct s7 *m, const struct s7_asked *a)
{
	bool is_piece = a->function == F_DOWNLOAD_BLOCK || a->function == F_UPLOAD_BLOCK;

	struct s7_state *st = x->state;

	if (is_piece && s7_outcome(m) == OUT_DONE)
		return piece(x, m, a->function == F_DOWNLOAD_BLOCK ? KEY_DOWN : KEY_UP);
	struct obs *o = s7_begin(x, a->code, PHASE_ANSWER);

	o->outcome = s7_outcome(m);
	o->result = (uint32_t)m->error_class << 8 | m->error_code;
	const struct s7_transfer *t = a->function < F_UPLOAD ? &st->down : &st->up;

	name_object(x, o, t->name, t->n);
	s7_own(x, m);
	act_emit(x);
	/* nothing will come */
	if (a->function == F_DOWNLOAD && o->outcome == OUT_REFUSED && st->down.open)
		transfer_drop(x, &st->down, KEY_DOWN);
	if (a->function == F_UPLOAD && o->outcome == OUT_REFUSED && st->up.open)
		transfer_drop(x, &st->up, KEY_UP);
	return true;
}

/* ---- program services ---- */

/* The blocks a service is about: count:1 0:1 then names of 8; "DB1 FC2". NC services have texts behind their
 * lengths, begun at even places. */
static size_t argument_name(char out[BLOCK_NAME * 2], struct bytes arg)
{
	struct cursor c = cur_over(arg);
	size_t n = 0;

	if (arg.n >= 2 && arg.p[0] * 8u + 2 == arg.n) {
		for (size_t i = 2; i + 8 <= arg.n; i += 8) {
			char block[BLOCK_NAME];
			size_t bytes = s7_block_name(block, (struct bytes){ arg.p + i, 8 });

			if (n > 0)
				s7_put(out, &n, BLOCK_NAME * 2, " ", 1);
			s7_put(out, &n, BLOCK_NAME * 2, block, bytes);
		}
		return n;
	}
	while (c.left > 0) {
		struct bytes text = cur_bytes(&c, cur_u8(&c));

		if (cur_broken(&c))
			return 0;
		if (n > 0)
			s7_put(out, &n, BLOCK_NAME * 2, " ", 1);
		s7_put(out, &n, BLOCK_NAME * 2, text.p, text.n);
		if (text.n % 2 == 0 && c.left > 0)
			cur_take(&c, 1);
	}
	return n;
}

/* The request is malformed; its answer still belongs to it. */
static bool bad_params(struct proto_ctx *x, const struct s7 *m, struct s7_asked a)
{
	a.bad = 1;
	pair_ask(x, s7_id(x, m, false), 0, &a, sizeof(a));
	x->why = "parameter-length";
	return false;
}

/* The act begun says which service was asked for, and waits for its answer. */
static bool service_asked(struct proto_ctx *x, const struct s7 *m, const struct s7_asked *a,
			  struct bytes service)
{
	struct s7_own *w = s7_own(x, m);

	if (w != NULL)
		w->service = act_text(x, service);
	pair_ask(x, s7_id(x, m, false), act_emit(x), a, sizeof(*a));
	return true;
}

/* 28: function:1 unknown:7 argument length:2 argument name length:1 name (WT). */
bool s7_pi(struct proto_ctx *x, const struct s7 *m)
{
	struct cursor c = cur_over(m->param);
	struct s7_asked a = { .function = F_PI, .code = F_PI };

	cur_take(&c, 8);
	struct bytes arg = cur_bytes(&c, cur_be16(&c));
	struct bytes service = cur_bytes(&c, cur_u8(&c));

	if (!cur_done(&c))
		return bad_params(x, m, a);
	a.code = s7_pi_code(service);
	const char *key = proto_code(&proto_s7comm, a.code)->key;
	bool start = strcmp(key, "pi-start") == 0;
	bool secret = strcmp(key, "pi-login") == 0 || strcmp(key, "pi-password") == 0;

	if (start && arg.n > 0 && arg.p[0] == 'C')
		a.code++;		/* the row behind it: cold start */
	char name[BLOCK_NAME * 2];
	size_t n = start || secret ? 0 : argument_name(name, arg);
	struct obs *o = s7_begin(x, a.code, PHASE_ASK);

	if (secret)
		act_value(x, VAL_SECRET, 0, 0, (struct bytes){ NULL, 0 });
	if (n > 0) {
		o->object.space = service.n > 2 && service.p[1] == 'N' ? S7_SPACE_FILE : S7_SPACE_BLOCK;
		o->object.name = act_text(x, (struct bytes){ (const uint8_t *)name, n });
	}
	return service_asked(x, m, &a, service);
}

/* 29: function:1 unknown:5 name length:1 "P_PROGRAM" (WT; CAP). */
bool s7_stop(struct proto_ctx *x, const struct s7 *m)
{
	struct cursor c = cur_over(m->param);
	struct s7_asked a = { .function = F_STOP, .code = F_STOP };

	cur_take(&c, 6);
	struct bytes service = cur_bytes(&c, cur_u8(&c));

	if (!cur_done(&c))
		return bad_params(x, m, a);
	s7_begin(x, F_STOP, PHASE_ASK);
	return service_asked(x, m, &a, service);
}

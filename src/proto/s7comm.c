/* proto/s7comm.c: S7 communication of Siemens S7-300/400 (and 1200/1500 with PUT/GET): the door, headers and
 * pairing.
 *
 * Spec:    not public; sources and their short names are in s7comm.h.
 * Message: inside COTP: 32 ROSCTR:1 0:2 reference:2 parameter bytes:2 data bytes:2 [error class:1 code:1 in
 *          02 and 03] parameters data. Jobs (01) are answered by 03 (02 without data); 07 is userdata in both
 *          directions.
 * Units:   big-endian. station is 1 << 16 | rack << 8 | slot of the called TSAP (cotp.c), 0 when that is not
 *          known.
 * Emits:   variables read WHOLE, one act an item; variables written, starts, stops, services ASK, then ANSWER
 *          (the items of a write one by one). Blocks and NC programs that are sent or fetched are transfers:
 *          an act when they open and one at their end; their pieces are no acts. Status lists (SZL) also give
 *          facts about the controller.
 * State:   s7comm.h: the station and up to three open transfers.
 * Missing: addresses inside test functions (group 1) and alarms; contents of blocks; S7comm-plus. */
#include "proto/s7comm.h"

#include "proto/cotp.h"

struct obs *s7_begin(struct proto_ctx *x, uint32_t code, uint8_t phase)
{
	const struct s7_state *st = x->state;
	const struct proto_code *row = proto_code(&proto_s7comm, code);
	struct obs *o;

	if (row == NULL && code >= CODE_USER)
		row = proto_code(&proto_s7comm, (code & ~0xffu) | CODE_USER_OTHER);
	if (row == NULL && code >= CODE_USER)
		row = proto_code(&proto_s7comm, CODE_USER | CODE_USER_OTHER << 8 | CODE_USER_OTHER);
	if (row != NULL) {
		o = act_begin_code(x, row);
	} else {
		o = act_begin(x);
		o->verb = VERB_CONTROL;
		o->code = code;
	}
	if (row == NULL || (row->flags & CODE_NAMED))
		o->flags |= FLAG_OPAQUE;
	o->phase = phase;
	o->device.station = st->station;
	return o;
}

struct s7_own *s7_own(struct proto_ctx *x, const struct s7 *m)
{
	struct s7_own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->ref = m->ref;
	w->rosctr = m->rosctr;
	w->function = m->function;
	w->error_class = m->error_class;
	w->error_code = m->error_code;
	w->has_error = m->rosctr == ACK || m->rosctr == ACK_DATA;
	return w;
}

/* What pairs a request and its answer: the reference and who asked. Controllers ask too (download-block). */
uint64_t s7_id(const struct proto_ctx *x, const struct s7 *m, bool answer)
{
	bool client_asked = x->from_client != answer;

	return (uint64_t)(m->rosctr == USERDATA) << 17 | (uint64_t)client_asked << 16 | m->ref;
}

bool s7_waits(uint32_t code)
{
	const struct proto_code *row = proto_code(&proto_s7comm, code);

	return row != NULL && (row->verb == VERB_READ || row->verb == VERB_BROWSE ||
			       row->verb == VERB_IDENTIFY) &&
	       row->cls != CLASS_PROGRAM;
}

uint8_t s7_outcome(const struct s7 *m)
{
	return m->error_class != 0 || m->error_code != 0 ? OUT_REFUSED : OUT_DONE;
}

/* ---- setup ---- */

/* Setup: function:1 0:1 jobs calling:2 jobs called:2 PDU length:2 (WT). */
static bool setup(struct proto_ctx *x, const struct s7 *m, bool answer)
{
	struct cursor c = cur_over(m->param);

	cur_take(&c, 2);
	uint16_t calling = cur_be16(&c), called = cur_be16(&c), length = cur_be16(&c);

	if (!cur_done(&c)) {
		x->why = "parameter-length";
		return false;
	}
	struct obs *o = s7_begin(x, F_SETUP, answer ? PHASE_ANSWER : PHASE_ASK);

	if (answer) {
		o->outcome = s7_outcome(m);
		o->result = (uint32_t)m->error_class << 8 | m->error_code;
	}
	struct s7_own *w = s7_own(x, m);

	if (w != NULL) {
		w->is_setup = 1;
		w->jobs_calling = calling;
		w->jobs_called = called;
		w->pdu_length = length;
	}
	uint64_t act = act_emit(x);

	if (!answer) {
		struct s7_asked a = { .function = F_SETUP, .code = F_SETUP };

		pair_ask(x, s7_id(x, m, false), act, &a, sizeof(a));
	}
	return true;
}

/* ---- jobs ---- */

static uint32_t job_code(uint8_t function)
{
	return function == F_CPU ? CODE_CPU : function;
}

static bool other_job(struct proto_ctx *x, const struct s7 *m)
{
	struct s7_asked a = { .function = m->function, .code = job_code(m->function) };
	struct bytes rest = { m->param.p + 1, m->param.n - 1 };

	s7_begin(x, a.code, PHASE_ASK);
	if (rest.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)rest.n, rest);
	s7_own(x, m);
	pair_ask(x, s7_id(x, m, false), act_emit(x), &a, sizeof(a));
	return true;
}

static bool job(struct proto_ctx *x, const struct s7 *m)
{
	switch (m->function) {
	case F_READ: return s7_read_var(x, m);
	case F_WRITE: return s7_write_var(x, m);
	case F_SETUP: return setup(x, m, false);
	case F_DOWNLOAD: case F_DOWNLOAD_BLOCK: case F_DOWNLOAD_END:
	case F_UPLOAD: case F_UPLOAD_BLOCK: case F_UPLOAD_END: return s7_block_ask(x, m);
	case F_PI: return s7_pi(x, m);
	case F_STOP: return s7_stop(x, m);
	}
	return other_job(x, m);
}

/* An answer whose request was not seen. */
static bool answer_alone(struct proto_ctx *x, const struct s7 *m)
{
	struct obs *o = s7_begin(x, m->param.n > 0 ? job_code(m->function) : 0, PHASE_ANSWER);

	o->outcome = s7_outcome(m);
	o->result = (uint32_t)m->error_class << 8 | m->error_code;
	if (!(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
	s7_own(x, m);
	act_emit(x);
	return true;
}

/* What an answer says when its request was malformed, or nothing more is known of it. */
static bool answer_plain(struct proto_ctx *x, const struct s7 *m, const struct s7_asked *a)
{
	struct obs *o = s7_begin(x, a->code, a->bad || s7_waits(a->code) ? PHASE_WHOLE : PHASE_ANSWER);

	o->outcome = s7_outcome(m);
	o->result = (uint32_t)m->error_class << 8 | m->error_code;
	if (a->bad)
		o->note = act_str(x, "bad-request");
	s7_own(x, m);
	act_emit(x);
	return true;
}

static bool answer(struct proto_ctx *x, const struct s7 *m)
{
	const struct ask *ask = pair_answer(x, s7_id(x, m, true));
	struct s7_asked a;

	if (ask == NULL || ask->n < sizeof(a))
		return answer_alone(x, m);
	memcpy(&a, ask->blob, sizeof(a));
	if (m->param.n > 0 && m->function != a.function) {
		x->why = "answer-function";
		return false;
	}
	if (a.bad)
		return answer_plain(x, m, &a);
	switch (a.function) {
	case F_READ: case F_WRITE: return s7_var_answer(x, m, ask, &a);
	case F_SETUP:
		return m->param.n > 0 && s7_outcome(m) == OUT_DONE ? setup(x, m, true) :
		       answer_plain(x, m, &a);
	case F_DOWNLOAD: case F_DOWNLOAD_BLOCK: case F_DOWNLOAD_END:
	case F_UPLOAD: case F_UPLOAD_BLOCK: case F_UPLOAD_END: return s7_block_answer(x, m, &a);
	}
	return answer_plain(x, m, &a);
}

/* ---- the door ---- */

static unsigned s7comm_probe(const struct proto_ctx *x, struct cursor head)
{
	(void)x;
	uint8_t id = cur_u8(&head), rosctr = cur_u8(&head);

	if (cur_broken(&head) || id != S7_ID)
		return 0;
	return rosctr >= JOB && rosctr <= USERDATA ? 95 : 40;
}

/* Cuts the message into its parts; NULL or the reason why not. */
static const char *split(struct s7 *m, struct cursor c)
{
	*m = (struct s7){ 0 };
	uint8_t id = cur_u8(&c);

	m->rosctr = cur_u8(&c);
	cur_take(&c, 2);
	m->ref = cur_be16(&c);
	size_t param = cur_be16(&c), data = cur_be16(&c);

	if (cur_broken(&c))
		return "length";
	if (id != S7_ID)
		return "protocol-id";
	if (m->rosctr == ACK || m->rosctr == ACK_DATA) {
		m->error_class = cur_u8(&c);
		m->error_code = cur_u8(&c);
	} else if (m->rosctr != JOB && m->rosctr != USERDATA) {
		return "rosctr";
	}
	if (cur_broken(&c) || c.left != param + data)
		return "length";
	m->param = cur_bytes(&c, param);
	m->data = cur_bytes(&c, data);
	m->function = param > 0 ? m->param.p[0] : 0;
	return m->rosctr == JOB && param == 0 ? "parameter-length" : NULL;
}

static bool s7comm_message(struct proto_ctx *x, struct cursor msg)
{
	struct s7_state *st = x->state;
	struct s7 m;

	if (!st->started && x->outer != NULL) {
		st->started = 1;
		st->station = ((const struct cotp_state *)x->outer->state)->station;
	}
	x->why = split(&m, msg);
	if (x->why != NULL)
		return false;
	switch (m.rosctr) {
	case JOB: return job(x, &m);
	case USERDATA: return s7_user(x, &m);
	}
	return answer(x, &m);
}

static void s7comm_lost(struct proto_ctx *x, uint64_t bytes)
{
	s7_missing(x, bytes);
}

static void s7comm_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct s7_asked a;

	if (ask->n < sizeof(a))
		return;
	memcpy(&a, ask->blob, sizeof(a));
	if (a.bad || a.function == F_DOWNLOAD_BLOCK || a.function == F_UPLOAD_BLOCK ||
	    a.function == F_DOWNLOAD_END)
		return;
	if (a.code >= CODE_USER) {
		s7_user_unanswered(x, ask, &a);
		return;
	}
	if (a.function == F_READ || a.function == F_WRITE) {
		s7_var_unanswered(x, ask, &a);
		return;
	}
	struct obs *o = s7_begin(x, a.code, PHASE_ANSWER);

	o->outcome = OUT_UNANSWERED;
	act_emit(x);
}

#define AT(member) offsetof(struct s7_own, member)
#define NUMBER(name_, type_, member, when) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_GIVEN, .at = AT(member), .given = AT(when) }

static const char *const rosctrs[] = { "", "job", "ack", "ack-data", "", "", "", "userdata" };

static const struct field fields[] = {
	{ .name = "rosctr", .type = FIELD_WORD, .show = SHOW_ALWAYS, .at = AT(rosctr),
	  .elem = ARRAY_LEN(rosctrs), .words = rosctrs },
	{ .name = "reference", .type = FIELD_U16, .show = SHOW_ALWAYS, .at = AT(ref) },
	{ .name = "function", .type = FIELD_U8, .show = SHOW_ALWAYS, .at = AT(function) },
	NUMBER("error_class", U8, error_class, has_error),
	NUMBER("error_code", U8, error_code, has_error),
	NUMBER("group", U8, group, is_user),
	NUMBER("subfunction", U8, subfunction, is_user),
	NUMBER("sequence", U8, sequence, is_user),
	NUMBER("szl_id", U16, szl, is_szl),
	NUMBER("szl_index", U16, szl_index, is_szl),
	NUMBER("jobs_calling", U16, jobs_calling, is_setup),
	NUMBER("jobs_called", U16, jobs_called, is_setup),
	NUMBER("pdu_length", U16, pdu_length, is_setup),
	NUMBER("syntax", U8, syntax, is_item),
	NUMBER("area", U8, area, is_item),
	NUMBER("transport_size", U8, transport, is_item),
	NUMBER("db", U16, db, db_given),
	NUMBER("item_result", U8, item_result, has_result),
	{ .name = "service", .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = AT(service) },
	{ .name = NULL }
};

const struct proto proto_s7comm = {
	.name = "s7comm", .on = ON_PROTO, .over = "cotp",
	.state_size = sizeof(struct s7_state), .own_size = sizeof(struct s7_own), .transfers = true,
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.codes = s7_codes, .code_count = S7_CODES, .spaces = s7_spaces, .fields = fields,
	.probe = s7comm_probe, .message = s7comm_message, .lost = s7comm_lost,
	.unanswered = s7comm_unanswered, .end = s7_blocks_end,
};

/* proto/snmp_act.c: acts of SNMP messages. */
#include "proto/snmp.h"

static const struct proto_code *row(uint32_t code)
{
	return proto_code(&proto_snmp, code);
}

/* RFC 3414 5: usmStats */
enum { NOT_IN_TIME = 2, UNKNOWN_USER = 3, UNKNOWN_ENGINE = 4, WRONG_KEY = 5 };

enum { PUBLIC = 1, PRIVATE = 2 };	/* communities, as snmp_read() tells them */

/* ---- the parts of an act ---- */

/* The device is who answers questions and who sends traps. */
static struct obs *begin(struct proto_ctx *x, uint32_t code, uint8_t phase, bool sender_acts)
{
	struct obs *o = act_begin_code(x, row(code));
	bool client_acts = x->from_client == sender_acts;

	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->phase = phase;
	o->actor = client_acts ? flow_client(x) : flow_server(x);
	o->device = client_acts ? flow_server(x) : flow_client(x);
	return o;
}

static void set_object(struct proto_ctx *x, struct obs *o, struct bytes oid, bool whole)
{
	char name[NAME_TEXT];
	size_t n = snmp_name(name, sizeof(name), oid, whole);

	o->object.name = act_text(x, (struct bytes){ (const uint8_t *)name, n });
}

static bool is_print(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if ((b.p[i] < ' ' && b.p[i] != '\r' && b.p[i] != '\n' && b.p[i] != '\t') || b.p[i] == 0x7f)
			return false;
	return b.n > 0;
}

/* Only of what was answered: who asks with such a word may well be wrong. */
static void note_community(struct proto_ctx *x, struct obs *o, const struct snmp *m)
{
	if (m->community == PUBLIC || m->community == PRIVATE)
		o->note = act_str(x, "default-community");
}

static void set_oid_value(struct proto_ctx *x, struct bytes oid)
{
	char name[NAME_TEXT];
	size_t n = snmp_name(name, sizeof(name), oid, true);

	act_value(x, VAL_TEXT, 8, 1, (struct bytes){ (const uint8_t *)name, n });
}

/* read: counters and clocks are left out, because they differ each time. */
static void set_value(struct proto_ctx *x, const struct snmp_variable *v, bool read)
{
	unsigned bits = (unsigned)(8 * min_size(v->value.n, 8));

	if (snmp_is_secret(v->oid)) {
		act_value(x, VAL_SECRET, 0, 0, (struct bytes){ 0 });
		return;
	}
	switch (v->tag) {
	case BER_INTEGER: act_value(x, VAL_INT, bits, 1, v->value); return;
	case TAG_GAUGE: act_value(x, VAL_UINT, bits, 1, v->value); return;
	case BER_OID: set_oid_value(x, v->value); return;
	case TAG_COUNTER: case TAG_COUNTER64: case TAG_TICKS:
		if (!read)
			act_value(x, VAL_UINT, bits, 1, v->value);
		return;
	case BER_OCTETS:
		if (is_print(v->value)) {
			act_value(x, VAL_TEXT, 8, 1, v->value);
			return;
		}
		break;
	case BER_NULL: case TAG_NO_OBJECT: case TAG_NO_INSTANCE: case TAG_END: return;
	}
	act_value(x, VAL_RAW_BE, 8, (unsigned)v->value.n, v->value);
}

static struct span list_vars(struct proto_ctx *x, const struct snmp *m)
{
	struct span spans[VARS_LISTED];
	struct cursor c = m->variables;
	struct snmp_variable v;
	size_t n = 0;
	void *room;

	while (n < VARS_LISTED && snmp_variable(&c, &v)) {
		char text[OID_TEXT];
		struct buf out = buf_over(text, sizeof(text));

		ber_oid(&out, v.oid);
		spans[n++] = act_str(x, text);
	}
	struct span list = act_room(x, n * sizeof(*spans), &room);

	if (room != NULL)
		memcpy(room, spans, n * sizeof(*spans));
	return list;
}

/* vars: with the list of objects, which the first act of a message has. */
static struct snmp_own *own(struct proto_ctx *x, const struct snmp *m, bool vars)
{
	struct span list = vars ? list_vars(x, m) : (struct span){ 0 };
	struct span user = act_text(x, m->user), engine = act_text(x, m->engine),
		    context = act_text(x, (struct bytes){ m->context.p, min_size(m->context.n, 64) });
	struct snmp_own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->vars = list;
	w->user = user;
	w->engine = engine;
	w->context = context;
	w->version = m->version == V3 ? 3 : (uint8_t)(m->version + 1);
	w->pdu = m->pdu == 0 ? 0 : (uint8_t)(m->pdu - GET + 1);
	w->community = m->community;
	w->authenticated = m->authenticated;
	w->encrypted = m->encrypted;
	w->error = m->pdu == GET_BULK ? 0 : m->error;
	w->error_index = m->pdu == GET_BULK ? 0 : m->error_index;
	return w;
}

/* ---- questions ---- */

static struct snmp_asked asked_of(const struct snmp *m)
{
	struct snmp_asked a = { .pdu = m->pdu, .version = m->version, .community = m->community,
				.count = (uint16_t)min_size(m->count, UINT16_MAX) };
	struct cursor c = m->variables;
	struct snmp_variable v;

	a.user_n = (uint8_t)min_size(m->user.n, USER_KEPT);
	if (a.user_n > 0)
		memcpy(a.user, m->user.p, a.user_n);
	if (m->count > 0 && snmp_variable(&c, &v)) {
		a.n = (uint8_t)min_size(v.oid.n, OID_KEPT);
		memcpy(a.oid, v.oid.p, a.n);
	}
	return a;
}

static uint32_t code_of(uint8_t pdu)
{
	return pdu == 0 ? CODE_ENCRYPTED : pdu;
}

/* One act for the whole message: its first object, and how many there are. */
static struct obs *begin_whole(struct proto_ctx *x, const struct snmp_asked *a, bool sender_acts)
{
	struct obs *o = begin(x, code_of(a->pdu), PHASE_WHOLE, sender_acts);

	if (a->pdu == 0)
		o->flags |= FLAG_OPAQUE;
	if (a->n > 0)
		set_object(x, o, (struct bytes){ a->oid, a->n }, a->pdu == GET);
	return o;
}

static void ask(struct proto_ctx *x, const struct snmp *m)
{
	struct snmp_asked a = asked_of(m);
	bool group = (x->l->flags & LAYER_GROUP) != 0;

	if (!group && pair_ask(x, m->id, 0, &a, sizeof(a)))
		return;
	begin_whole(x, &a, true);
	own(x, m, true);
	act_emit(x);
}

/* SET is told at once, an act for each object. */
static void ask_set(struct proto_ctx *x, const struct snmp *m)
{
	struct snmp_asked a = asked_of(m);
	struct cursor c = m->variables;
	struct snmp_variable v;
	uint64_t act = 0;

	for (size_t i = 0; i < ITEMS_MAX && snmp_variable(&c, &v); i++) {
		struct obs *o = begin(x, SET, PHASE_ASK, true);

		o->item = (uint16_t)i;
		o->items = (uint16_t)min_size(m->count, UINT16_MAX);
		if (i + 1 == ITEMS_MAX && m->count > ITEMS_MAX)
			o->flags |= FLAG_REST;
		set_object(x, o, v.oid, true);
		set_value(x, &v, false);
		own(x, m, i == 0);
		uint64_t name = act_emit(x);

		act = i == 0 ? name : act;
	}
	if (act != 0)
		pair_ask(x, m->id, act, &a, sizeof(a));
}

/* ---- answers ---- */

/* RFC 3416 3: noError 0, tooBig 1, noSuchName 2 ... */
static uint8_t outcome_of(const struct snmp *m, uint8_t tag)
{
	if (m->error != 0 || tag == TAG_NO_OBJECT || tag == TAG_NO_INSTANCE)
		return OUT_REFUSED;
	return OUT_DONE;
}

static void answer_get(struct proto_ctx *x, const struct snmp *m)
{
	struct cursor c = m->variables;
	struct snmp_variable v;

	for (size_t i = 0; i < ITEMS_MAX && snmp_variable(&c, &v); i++) {
		struct obs *o = begin(x, GET, PHASE_WHOLE, false);

		o->item = (uint16_t)i;
		o->items = (uint16_t)min_size(m->count, UINT16_MAX);
		if (i + 1 == ITEMS_MAX && m->count > ITEMS_MAX)
			o->flags |= FLAG_REST;
		o->outcome = outcome_of(m, v.tag);
		o->result = m->error;
		set_object(x, o, v.oid, true);
		set_value(x, &v, true);
		note_community(x, o, m);
		own(x, m, i == 0);
		act_emit(x);
		if (o->outcome == OUT_DONE)
			snmp_facts(x, &v);
	}
}

/* Of walks only how many objects came: what they are differs from step to step. */
static void answer_walk(struct proto_ctx *x, const struct snmp *m, const struct snmp_asked *a)
{
	struct cursor c = m->variables;
	struct snmp_variable v = { 0 };
	struct obs *o = begin_whole(x, a, false);

	o->outcome = outcome_of(m, 0);
	o->result = m->error;
	o->object.count = (uint32_t)m->count;
	note_community(x, o, m);
	own(x, m, true);
	act_emit(x);
	for (size_t i = 0; i < ITEMS_MAX && m->error == 0 && snmp_variable(&c, &v); i++)
		snmp_facts(x, &v);
}

static void answer_now(struct proto_ctx *x, const struct snmp *m, const struct snmp_asked *a)
{
	struct obs *o = begin(x, a->pdu, PHASE_ANSWER, a->pdu != SET);

	o->outcome = outcome_of(m, 0);
	o->result = m->error;
	note_community(x, o, m);
	own(x, m, false);
	act_emit(x);
}

static bool asked_over(const struct ask *ask, struct snmp_asked *ret)
{
	if (ask == NULL || ask->n != sizeof(*ret))
		return false;
	memcpy(ret, ask->blob, sizeof(*ret));
	return true;
}

static void push(struct proto_ctx *x, const struct snmp *m, uint32_t code);

static void answer(struct proto_ctx *x, const struct snmp *m)
{
	struct snmp_asked a;

	if (!asked_over(pair_answer(x, m->id), &a)) {
		push(x, m, code_of(m->pdu));
		return;
	}
	if (a.pdu == GET && m->pdu == RESPONSE && m->count > 0)
		answer_get(x, m);
	else if (a.pdu == SET || a.pdu == INFORM)
		answer_now(x, m, &a);
	else
		answer_walk(x, m, &a);
	if (a.pdu != INFORM)
		snmp_serves(x);
}

/* ---- what nobody asked for ---- */

static struct bytes trap_oid_of(const struct snmp *m)
{
	static const uint8_t trap_oid[] = { 0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0 };	/* RFC 3416 4.2.6 */
	struct cursor c = m->variables;
	struct snmp_variable v;

	if (m->pdu == TRAP_V1)
		return m->enterprise;
	while (snmp_variable(&c, &v))
		if (v.tag == BER_OID && v.oid.n == sizeof(trap_oid) &&
		    memcmp(v.oid.p, trap_oid, v.oid.n) == 0)
			return v.value;
	return (struct bytes){ 0 };
}

/* A trap's object is its kind. Its device is who sent it: the actor is who it went to, as with all that is
 * told unasked. */
static void push(struct proto_ctx *x, const struct snmp *m, uint32_t code)
{
	struct bytes kind = trap_oid_of(m);
	struct obs *o = begin(x, code, PHASE_PUSH, false);

	if (code == CODE_ENCRYPTED)
		o->flags |= FLAG_OPAQUE;
	if (kind.n > 0)
		set_object(x, o, kind, true);
	if (m->pdu == TRAP_V1)
		o->result = m->generic << 16 | (m->specific & 0xffff);
	struct span name = o->object.name;
	struct snmp_own *w = own(x, m, true);

	if (w != NULL && m->pdu == TRAP_V1) {
		w->trap_type = (uint8_t)(m->generic + 1);
		w->trap_oid = name;
		w->specific = m->specific;
		w->trapped = 1;
		w->trap_address[10] = w->trap_address[11] = 0xff;
		memcpy(w->trap_address + 12, m->agent.p, 4);
	} else if (w != NULL && m->pdu == TRAP) {
		w->trap_oid = name;
	}
	act_emit(x);
}

/* A trap that wants a receipt. */
static void inform(struct proto_ctx *x, const struct snmp *m)
{
	struct snmp_asked a = asked_of(m);
	struct bytes kind = trap_oid_of(m);
	struct obs *o = begin(x, INFORM, PHASE_ASK, false);

	if (kind.n > 0)
		set_object(x, o, kind, true);
	struct span name = o->object.name;
	struct snmp_own *w = own(x, m, true);

	if (w != NULL)
		w->trap_oid = name;
	pair_ask(x, m->id, act_emit(x), &a, sizeof(a));
}

/* usmStats of RFC 3414 5: which of them; 0: another report. */
static uint8_t usm_of(const struct snmp *m)
{
	static const uint8_t stats[] = { 0x2b, 6, 1, 6, 3, 15, 1, 1 };
	struct cursor c = m->variables;
	struct snmp_variable v;

	if (!snmp_variable(&c, &v) || v.oid.n <= sizeof(stats) || memcmp(v.oid.p, stats, sizeof(stats)) != 0)
		return 0;
	return v.oid.p[sizeof(stats)];
}

/* Every first contact asks for the engine or the time, and is told by a report: that is no refusal. */
static void report(struct proto_ctx *x, const struct snmp *m)
{
	uint8_t usm = usm_of(m);
	struct snmp_asked a;
	bool asked = asked_over(pair_answer(x, m->id), &a);
	bool login = usm == UNKNOWN_USER || usm == WRONG_KEY;
	bool discovery = usm == UNKNOWN_ENGINE || usm == NOT_IN_TIME;
	struct obs *o = begin(x, login ? CODE_LOGIN : REPORT, asked ? PHASE_WHOLE : PHASE_PUSH, false);

	o->outcome = discovery ? OUT_DONE : OUT_REFUSED;
	o->result = usm;
	if (login && asked)
		o->object.name = act_text(x, (struct bytes){ a.user, a.user_n });
	if (discovery)
		o->note = act_str(x, "discovery");
	own(x, m, true);
	act_emit(x);
	snmp_serves(x);
}

bool snmp_tell(struct proto_ctx *x, struct snmp *m)
{
	if (m->version == V3 && m->user.n > 0 && m->pdu != REPORT)
		flow_who(x, m->user);
	switch (m->pdu) {
	case GET: case GET_NEXT: case GET_BULK: ask(x, m); return true;
	case SET: ask_set(x, m); return true;
	case INFORM: inform(x, m); return true;
	case RESPONSE: answer(x, m); return true;
	case REPORT: report(x, m); return true;
	case TRAP_V1: case TRAP: push(x, m, m->pdu); return true;
	}
	/* Encrypted: an answer has the number of its question. */
	if (pair_peek(x, m->id) != NULL)
		answer(x, m);
	else
		ask(x, m);
	return true;
}

void snmp_tell_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct snmp_asked a;

	if (!asked_over(ask, &a))
		return;
	struct obs *o = begin_whole(x, &a, true);
	struct snmp m = { .version = a.version, .pdu = a.pdu, .community = a.community,
			  .user = { a.user, a.user_n } };

	o->outcome = OUT_UNANSWERED;
	if (ask->act != 0)
		o->phase = PHASE_ANSWER;
	own(x, &m, false);
	act_emit(x);
}

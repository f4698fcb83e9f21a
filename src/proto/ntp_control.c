/* proto/ntp_control.c: who asks and changes a time server, modes 6 and 7 of NTP. An answer may come in
 * several datagrams. */
#include "proto/ntp.h"

#include <string.h>

/* Timestamps pair clients and servers; their upper half is never 0 in our days. */
static uint64_t key_of(const struct ntp_message *m)
{
	return (uint64_t)ntp_code_of(m) << 16 | (m->mode == CONTROL ? m->sequence : m->implementation);
}

static void fill_other(struct proto_ctx *x, const struct ntp_asked *a, const struct ntp_message *m)
{
	struct ntp_own *own = act_own(x, sizeof(*own));

	if (own == NULL)
		return;
	own->version = a->version;
	own->mode = (uint8_t)(a->code >> 8);
	own->control = own->mode == CONTROL;
	own->private = own->mode == PRIVATE;
	own->sequence = a->sequence;
	own->association = a->association;
	own->implementation = a->implementation;
	if (m != NULL) {
		own->items = m->items;
		own->status = m->status;
		own->answered = m->mode == CONTROL && m->response;
	}
}

static struct obs *begin_other(struct proto_ctx *x, const struct ntp_asked *a, uint8_t phase,
			       bool sender_acts)
{
	struct obs *o = ntp_begin(x, a->code, phase, sender_acts);

	if (a->code >> 8 == CONTROL) {
		/* Each question for the list of clients has another pass in it. */
		bool named = o->verb == VERB_QUERY && a->code != CLIENT_LIST && a->n > 0;

		o->object.space = named ? SPACE_VARIABLES : SPACE_ASSOCIATION;
		o->object.parts = 1;
		o->object.part[0] = a->association;
		if (named)
			o->object.name = act_text(x, (struct bytes){ a->names, a->n });
	}
	return o;
}

/* A line of the configuration may hold the password of the keys: "crypto pw ...". */
static bool holds_secret(struct bytes text)
{
	struct cursor c = cur_over(text);

	while (c.left >= 6) {
		struct cursor word = c;

		if (memcmp(cur_take(&word, 6), "crypto", 6) == 0)
			return true;
		cur_u8(&c);
	}
	return false;
}

static void set_data(struct proto_ctx *x, const struct ntp_message *m, struct bytes data)
{
	bool text = m->mode == CONTROL && m->opcode != READ_STATUS;

	if (text && m->opcode == CONFIGURE && holds_secret(data))
		act_value(x, VAL_SECRET, 0, 0, data);
	else if (data.n > 0)
		act_value(x, text ? VAL_TEXT : VAL_RAW_BE, 8, text ? 1 : (unsigned)data.n, data);
}

static void request(struct proto_ctx *x, const struct ntp_message *m)
{
	const struct proto_code *row = proto_code(&proto_ntp, ntp_code_of(m));
	struct ntp_asked a = ntp_asked_of(x, m);
	uint64_t act = 0;

	if (row != NULL && row->verb == VERB_QUERY) {
		if (pair_ask(x, key_of(m), 0, &a, sizeof(a)))
			return;
		begin_other(x, &a, PHASE_WHOLE, true);
		fill_other(x, &a, m);
		act_emit(x);
		return;
	}
	begin_other(x, &a, PHASE_ASK, true);
	set_data(x, m, m->data);
	fill_other(x, &a, m);
	act = act_emit(x);
	pair_ask(x, key_of(m), act, &a, sizeof(a));
}

/* Puts the datagrams of an answer together; a lost or repeated one makes a hole. */
static void collect(struct proto_ctx *x, const struct ntp_message *m)
{
	struct ntp_state *st = x->state;
	uint64_t key = key_of(m);
	bool wraps = m->mode == PRIVATE && st->key == key && st->place > 0 && (st->place & 0x7f) == 0;

	if (m->place == 0 && !wraps) {
		gather_drop(x, 0);
		st->key = key;
		st->place = st->items = 0;
		st->hole = false;
	}
	uint32_t place = m->mode == PRIVATE ? st->place & 0x7f : st->place;

	if (st->key != key || place != m->place || !gather_add(x, 0, m->data)) {
		st->hole = true;
		return;
	}
	st->place += m->step;
	st->items += m->items;
}

/* What stands behind `name=` in `a=1, name="text"`; n 0: nothing. */
static struct bytes variable(struct bytes text, const char *name)
{
	struct cursor c = cur_over(text);
	size_t n = strlen(name);

	while (c.left > 0) {
		while (c.left > 0 && (cur_peek(&c) <= ' ' || cur_peek(&c) == ','))
			cur_u8(&c);
		struct cursor at = c;
		size_t len = 0;

		while (c.left > 0 && cur_peek(&c) != '=' && cur_peek(&c) != ',' && ++len)
			cur_u8(&c);
		bool found = len == n && memcmp(cur_take(&at, n), name, n) == 0;

		if (cur_peek(&c) != '=')
			continue;
		cur_u8(&c);
		bool quoted = cur_peek(&c) == '"';
		uint8_t end = quoted ? '"' : ',';

		if (quoted)
			cur_u8(&c);
		at = c;
		len = 0;
		while (c.left > 0 && cur_peek(&c) != end && ++len)
			cur_u8(&c);
		if (found)
			return cur_bytes(&at, len);
		cur_u8(&c);
	}
	return (struct bytes){ NULL, 0 };
}

static void variable_facts(struct proto_ctx *x, struct bytes text)
{
	static const struct { const char *name; enum fact_kind kind; } known[] = {
		{ "version", FACT_SERVES }, { "processor", FACT_HARDWARE }, { "system", FACT_OS },
	};
	struct side about = x->from_client ? flow_client(x) : flow_server(x);

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct bytes said = variable(text, known[i].name);

		if (said.n > 0)
			fact_say(x, &about, known[i].kind, said,
				 known[i].kind == FACT_SERVES ? about.port : 0, 0, TRUST_LIKELY);
	}
}

static void answer(struct proto_ctx *x, struct ntp_message *m)
{
	const struct ask *ask = m->more ? pair_peek(x, key_of(m)) : pair_answer(x, key_of(m));
	struct ntp_state *st = x->state;
	struct ntp_asked a;
	bool asked = ntp_asked_again(ask, &a), hole = false;
	uint8_t phase = !asked ? PHASE_PUSH : ask->act != 0 ? PHASE_ANSWER : PHASE_WHOLE;

	if (!asked) {
		a = ntp_asked_of(x, m);
		a.n = 0;		/* the data is the answer's */
	} else {
		collect(x, m);
		if (m->more)
			return;
		m->data = gather_take(x, 0);
		m->items = st->items;
		hole = st->hole;
		st->key = 0;
	}
	struct obs *o = begin_other(x, &a, phase, false);

	o->outcome = m->error != 0 ? OUT_REFUSED : hole ? OUT_PARTLY : OUT_DONE;
	o->result = m->error == 0 ? 0 : m->mode == CONTROL ? m->error - 1u : m->error;
	set_data(x, m, m->data);
	fill_other(x, &a, m);
	act_emit(x);
	if (asked && ntp_code_of(m) == (CONTROL << 8 | READ_VARIABLES) && m->association == 0 &&
	    o->outcome != OUT_REFUSED)
		variable_facts(x, m->data);
}

void ntp_control(struct proto_ctx *x, struct ntp_message *m)
{
	if (m->response)
		answer(x, m);
	else
		request(x, m);
}

void ntp_control_unanswered(struct proto_ctx *x, const struct ask *ask, const struct ntp_asked *a)
{
	const struct ntp_state *st = x->state;

	begin_other(x, a, ask->act != 0 ? PHASE_ANSWER : PHASE_WHOLE, true)->outcome =
		st->key == ask->id ? OUT_PARTLY : OUT_UNANSWERED;
	fill_other(x, a, NULL);
	act_emit(x);
}

/* proto/haas_answer.c: what a Haas control answers, and which command it answers. */
#include "proto/haas.h"

#include <string.h>

#include "core/hash.h"

/* ---- which command ---- */

struct answer {
	unsigned label;		/* of haas_labels[]; HAAS_QUERIES: none */
	bool done;		/* "!": a write was carried out */
	bool refused;
	struct bytes name;	/* the label as it was sent */
	struct bytes rest;	/* behind it */
};

/* How controls and serial servers say no (L: seen in clients' checks, not in a document). */
static bool says_no(struct bytes line)
{
	static const char *const words[] = {"UNKNOWN", "INVALID", "ERROR", "ILLEGAL", "DENIED", "NOT "};

	if (line.n > 0 && line.p[0] == '?')
		return true;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (ascii_begins(line, words[i]))
			return true;
	return false;
}

static struct answer take_apart(struct bytes line)
{
	struct answer r = {.rest = line, .done = line.n > 0 && line.p[0] == '!', .label = HAAS_QUERIES};

	if (r.done) {
		r.rest = ascii_trim(ascii_skip(line, 1));
		return r;
	}
	r.name = haas_field(&r.rest);
	r.label = haas_label(r.name);
	r.refused = r.label == HAAS_QUERIES && says_no(line);
	return r;
}

static struct haas_asked asked_of(const struct ask *ask)
{
	struct haas_asked a = {0};

	memcpy(&a, ask->blob, min_size(ask->n, sizeof(a)));
	return a;
}

static bool answers(const struct answer *r, const struct haas_asked *a)
{
	if (r->done)
		return a->code == CODE_MACRO_WRITE;
	if (r->label < HAAS_QUERIES)
		return a->code == haas_codes[r->label].code;
	return r->refused || a->row == 0;
}

/* The oldest open command that this may be the answer to; those before it were passed over and stay open. */
static const struct ask *find_ask(struct proto_ctx *x, const struct answer *r)
{
	struct haas_state *s = x->state;
	uint32_t first = s->asked - s->answered > ASKS_PER_FLOW ? s->asked - ASKS_PER_FLOW : s->answered;

	for (uint32_t id = first; id != s->asked; id++) {
		const struct ask *ask = pair_peek(x, id);
		struct haas_asked a;

		if (ask == NULL)
			continue;
		a = asked_of(ask);
		if (!answers(r, &a))
			continue;
		s->answered = id + 1;
		return pair_answer(x, id);
	}
	return NULL;
}

/* ---- what it says ---- */

static bool is_news(uint32_t *known, struct bytes b)
{
	uint32_t d = (uint32_t)hash_bytes(b.p, b.n, 0) | 1;	/* 0 is: nothing yet */
	bool news = b.n > 0 && d != *known;

	*known = d;
	return news;
}

static void facts(struct proto_ctx *x, uint32_t code, struct bytes text)
{
	struct haas_state *s = x->state;
	struct side device = ends_answering(x);

	if (code == 100 && is_news(&s->serial, text))
		fact_say(x, &device, FACT_SERIAL, text, 0, 0, TRUST_SURE);
	if (code == 101 && is_news(&s->firmware, text))
		fact_say(x, &device, FACT_FIRMWARE, text, 0, 0, TRUST_SURE);
	if (code == 102 && is_news(&s->model, text))
		fact_say(x, &device, FACT_MODEL, text, 0, 0, TRUST_SURE);
	if (code <= 102 && !s->vendor_said) {
		static const char vendor[] = "Haas Automation";

		s->vendor_said = 1;
		fact_say(x, &device, FACT_VENDOR,
			 (struct bytes){(const uint8_t *)vendor, sizeof(vendor) - 1}, 0, 0, TRUST_LIKELY);
	}
}

/* "PROGRAM, O00110, IDLE, PARTS, 4523" or "STATUS, BUSY". */
static void own_status(struct proto_ctx *x, struct haas_own *own, const struct answer *r)
{
	struct bytes rest = r->rest;
	uint64_t parts;

	if (!ascii_begins(r->name, "PROGRAM")) {
		struct bytes state = haas_field(&rest);

		if (state.n == 0)
			state = ascii_trim(ascii_skip(r->name, strlen("STATUS")));
		own->state = act_text(x, state);
		return;
	}
	own->program = act_text(x, haas_field(&rest));
	own->state = act_text(x, haas_field(&rest));
	haas_field(&rest);
	if (ascii_number(haas_field(&rest), &parts) && parts <= UINT32_MAX) {
		own->parts = (uint32_t)parts;
		own->has_parts = 1;
	}
}

/* After the act. */
static void runs(struct proto_ctx *x, uint32_t code, const struct answer *r)
{
	struct haas_state *s = x->state;
	struct side device = ends_answering(x);
	struct bytes rest = r->rest, program = haas_field(&rest);
	struct running_name name = { .n = 0 };

	if (code != CODE_STATUS || !ascii_begins(r->name, "PROGRAM") || program.n == 0 ||
	    program.n > RUNNING_KEPT)
		return;
	name.n = (uint8_t)program.n;
	memcpy(name.text, program.p, program.n);
	running_say(x, &s->running, &device, 0, &name);
}

static void own_part(struct proto_ctx *x, uint32_t code, const struct answer *r)
{
	bool has = r->label == HAAS_QUERIES || code == CODE_STATUS || code == 104;
	struct haas_own *own = has ? act_own(x, sizeof(*own)) : NULL;
	struct bytes rest = r->rest;

	if (own == NULL)
		return;
	if (r->label == HAAS_QUERIES) {
		own->label = act_text(x, r->name);
		return;
	}
	if (code == CODE_STATUS)
		own_status(x, own, r);
	else
		own->mode = act_text(x, haas_field(&rest));
}

/* "MACRO, 12.5", or with the variable in front of the value. */
static struct bytes value_of(uint32_t code, const struct answer *r)
{
	struct bytes rest = r->rest, first;

	if (code == CODE_STATUS && rest.n == 0)		/* "STATUS BUSY" */
		return ascii_trim(ascii_skip(r->name, strlen("STATUS")));
	if (code != CODE_MACRO_READ)
		return ascii_trim(rest);
	first = haas_field(&rest);
	return rest.n > 0 ? ascii_trim(rest) : first;
}

/* Serial numbers and versions are names, also when they are made of digits. */
static void say_value(struct proto_ctx *x, uint32_t code, struct bytes value)
{
	if (code > 102 || code == 0)
		haas_value(x, value);
	else if (value.n > 0)
		act_value(x, VAL_TEXT, 8, (unsigned)value.n, value);
}

static void say_whole(struct proto_ctx *x, const struct haas_asked *a, const struct answer *r)
{
	struct bytes value = value_of(a->code, r);
	struct obs *o = haas_begin(x, a, PHASE_WHOLE);

	o->outcome = r->refused ? OUT_REFUSED : OUT_DONE;
	if (!r->refused)
		say_value(x, a->code, value);
	own_part(x, a->code, r);
	act_emit(x);
	if (r->refused || a->row == 0)
		return;
	facts(x, a->code, value);
	runs(x, a->code, r);
}

/* Nobody on this connection asked. The control sends every answer to all its clients. */
static void say_unasked(struct proto_ctx *x, const struct answer *r)
{
	const struct haas_state *s = x->state;
	uint32_t code = r->label < HAAS_QUERIES ? haas_codes[r->label].code : 0;
	struct obs *o = ends_begin(x, haas_code(code == 0 ? CODE_TURNED_AWAY + 1 : CODE_UNASKED), PHASE_PUSH);
	struct bytes value = value_of(code, r);

	o->outcome = OUT_DONE;
	/* A command of this client may lie before the capture, or in what it lost. */
	if (x->midstream || x->after_loss || peer_loss(x))
		o->trust = TRUST_LIKELY;
	else if (code != 0 && s->asked > s->answered)
		o->note = act_str(x, "other-answer");
	if (code != 0) {
		o->object.space = HAAS_QUERY;
		o->object.parts = 1;
		o->object.part[0] = code;
		say_value(x, code, value);
	} else {
		o->flags |= FLAG_OPAQUE;
		haas_value(x, r->done ? r->rest : ascii_trim(r->name));
	}
	own_part(x, code, r);
	act_emit(x);
	if (code == 0)
		return;
	facts(x, code, value);
	runs(x, code, r);
}

void haas_answer(struct proto_ctx *x, struct bytes line)
{
	struct haas_state *s = x->state;
	struct bytes rest;
	uint32_t number;

	if (haas_command(line, &number, &rest) != 0)
		return;		/* an echo of what the client sent */
	struct answer r = take_apart(line);
	const struct ask *ask = find_ask(x, &r);

	s->heard = 1;
	if (ask == NULL) {
		say_unasked(x, &r);
		return;
	}
	struct haas_asked a = asked_of(ask);

	if (a.code == CODE_MACRO_WRITE)
		haas_say_open(x, &a, ask->act, r.done ? OUT_DONE : OUT_REFUSED);
	else
		say_whole(x, &a, &r);
}

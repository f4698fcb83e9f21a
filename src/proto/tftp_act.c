/* proto/tftp_act.c: what TFTP's messages are called, and the acts about them. */
#include "proto/tftp.h"

#include <string.h>

const struct proto_code tftp_codes[TFTP_CODES] = {
	{TFTP_RRQ, "read", VERB_READ, CLASS_FILE, CODE_REQUEST | CODE_ANSWER, "RFC 1350 5: RRQ"},
	{TFTP_WRQ, "write", VERB_WRITE, CLASS_FILE, CODE_REQUEST | CODE_ANSWER, "RFC 1350 5: WRQ"},
	{TFTP_DATA, "data", VERB_READ, CLASS_FILE, CODE_REQUEST | CODE_ANSWER,
	 "RFC 1350 5: {when-request-unseen}"},
	{TFTP_ACK, "acknowledge", VERB_KEEPALIVE, CLASS_SESSION, CODE_REQUEST | CODE_ANSWER,
	 "RFC 1350 5: {nothing-alone}"},
	{TFTP_ERROR, "error", VERB_REPORT, CLASS_SESSION, CODE_REQUEST | CODE_ANSWER,
	 "RFC 1350 5: {when-request-unseen}"},
	{TFTP_OACK, "options", VERB_QUERY, CLASS_SESSION, CODE_ANSWER, "RFC 2347: {nothing-alone}"},
};

enum { PACKET_NONE, PACKET_READ, PACKET_WRITE, PACKET_DATA, PACKET_ERROR };

static const char *const packets[] = {"", "read", "write", "data", "error"};
static const char *const modes[] = {"", "netascii", "octet", "mail"};

#define AT(member) .at = offsetof(struct tftp_own, member)
#define ROW(member_name, kind, member, eve_) \
	{.name = member_name, .type = kind, .show = SHOW_NONZERO, AT(member), .eve = eve_}
#define WORD(member_name, member, table) \
	{.name = member_name, .type = FIELD_WORD, .show = SHOW_NONZERO, AT(member), .eve = member_name, \
	 .elem = ARRAY_LEN(table), .words = table}
#define GIVEN(member_name, kind, member) \
	{.name = member_name, .type = kind, .show = SHOW_GIVEN, AT(member), \
	 .given = offsetof(struct tftp_own, member##_given)}
const struct field tftp_fields[] = {
	WORD("packet", packet, packets),
	ROW("file", FIELD_TEXT, name, "file"),
	WORD("mode", mode, modes),
	ROW("block_size", FIELD_U32, blksize, NULL),
	ROW("window_size", FIELD_U32, windowsize, NULL),
	ROW("timeout", FIELD_U16, timeout, NULL),
	GIVEN("size_told", FIELD_U64, tsize),
	GIVEN("error_code", FIELD_U16, error),
	ROW("error_message", FIELD_TEXT, error_text, NULL),
	{0}};

/* Begins an act about this request; *ret_own is NULL when there was no room. */
static struct obs *begin(struct proto_ctx *x, const struct tftp_start *start, uint8_t phase,
			 struct bytes name, struct tftp_own **ret_own)
{
	struct obs *o = act_begin_code(x, proto_code(&proto_tftp, start->code));
	struct tftp_own *own = act_own(x, sizeof(struct tftp_own));
	struct side asker = flow_server(x);

	if (asker.port == start->port && memcmp(asker.ip, start->ip, sizeof(asker.ip)) == 0) {
		o->actor = asker;
		o->device = flow_client(x);
	}
	if (start->code != TFTP_DATA)
		o->flags &= (uint16_t)~FLAG_BY_DEVICE; /* the request says who asks */
	else if (start->writes)
		o->verb = VERB_WRITE;
	o->phase = phase;
	o->object.name = act_text(x, name);
	*ret_own = own;
	if (own == NULL)
		return o;
	own->packet = start->code;
	own->mode = start->mode;
	own->name = o->object.name;
	return o;
}

static struct bytes name_of(const struct tftp_start *start)
{
	return (struct bytes){start->name, min_size(start->name_n, sizeof(start->name))};
}

uint64_t tftp_say_request(struct proto_ctx *x, const struct tftp_start *start, const struct tftp_message *m)
{
	struct tftp_own *own;
	struct obs *o = begin(x, start, PHASE_ASK, m->name, &own);

	o->re = 0;
	if (m->cut)
		o->flags |= FLAG_CUT;
	if (m->options.out_of_range)
		o->note = act_str(x, "option-range");
	if (own != NULL) {
		own->blksize = m->options.blksize;
		own->windowsize = m->options.windowsize;
		own->timeout = m->options.timeout;
		own->tsize = m->options.tsize;
		own->tsize_given = m->options.has_tsize;
	}
	return act_emit(x);
}

void tftp_say_unanswered(struct proto_ctx *x, const struct tftp_start *start)
{
	struct tftp_own *own;
	struct obs *o = begin(x, start, PHASE_ANSWER, name_of(start), &own);

	o->outcome = OUT_UNANSWERED;
	act_emit(x);
}

static void own_error(struct proto_ctx *x, struct tftp_own *own, const struct tftp_message *m)
{
	if (own == NULL || m == NULL)
		return;
	own->error = m->error;
	own->error_given = 1;
	own->error_text = act_text(x, m->text);
}

void tftp_say_end(struct proto_ctx *x, uint8_t outcome, const struct transfer_result *r,
		  const struct tftp_message *error, const char *note)
{
	const struct tftp_state *s = x->state;
	const struct tftp_start *start = &s->start;
	struct tftp_own *own;
	struct obs *o = begin(x, start, start->act != 0 ? PHASE_ANSWER : PHASE_WHOLE, name_of(start), &own);

	o->re = start->act;
	o->outcome = outcome;
	o->result = error != NULL ? error->error : 0;
	if (start->name_cut)
		o->flags |= FLAG_CUT;
	if (note != NULL)
		o->note = act_str(x, note);
	if (own != NULL) {
		if (r != NULL)
			transfer_tell(x, r, o->object.name, &own->file);
		own->blksize = s->blksize;
		own->windowsize = s->window;
		own->timeout = s->timeout;
		own->tsize = s->tsize;
		own->tsize_given = s->has_tsize;
	}
	own_error(x, own, error);
	act_emit(x);
}

void tftp_say_error(struct proto_ctx *x, const struct tftp_message *m)
{
	struct obs *o = act_begin_code(x, proto_code(&proto_tftp, TFTP_ERROR));
	struct tftp_own *own = act_own(x, sizeof(struct tftp_own));

	o->phase = PHASE_PUSH;
	o->outcome = OUT_REFUSED;
	o->result = m->error;
	if (own != NULL)
		own->packet = PACKET_ERROR;
	own_error(x, own, m);
	act_emit(x);
}

/* proto/ftp_data.c: the data flows of FTP, each one file or listing; ftp.c says what they are. */
#include "proto/ftp.h"

#include <string.h>

static const struct proto_code data_codes[] = {
	{FTP_OTHER, "data", VERB_READ, CLASS_FILE, CODE_REQUEST, "RFC 959 3.2: {command-unseen}"},
	{FTP_RETR, "retr", VERB_READ, CLASS_FILE, CODE_ANSWER, "RFC 959 3.2, 4.1.3"},
	{FTP_STOR, "stor", VERB_WRITE, CLASS_FILE, CODE_REQUEST, "RFC 959 3.2, 4.1.3"},
	{FTP_STOU, "stou", VERB_WRITE, CLASS_FILE, CODE_REQUEST, "RFC 959 3.2, 4.1.3"},
	{FTP_APPE, "appe", VERB_WRITE, CLASS_FILE, CODE_REQUEST, "RFC 959 3.2, 4.1.3"},
	{FTP_LIST, "list", VERB_BROWSE, CLASS_FILE, CODE_ANSWER, "RFC 959 3.2, 4.1.3"},
	{FTP_NLST, "nlst", VERB_BROWSE, CLASS_FILE, CODE_ANSWER, "RFC 959 3.2, 4.1.3"},
	{FTP_MLSD, "mlsd", VERB_BROWSE, CLASS_FILE, CODE_ANSWER, "RFC 3659 7"},
};

struct data_own {
	struct transfer_own file;
	struct span command, filename;
};

#define ROW(member) \
	{.name = #member, .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = offsetof(struct data_own, member), \
	 .eve = #member}
static const struct field data_fields[] = {ROW(command), ROW(filename), {0}};

struct data_state {
	struct ftp_data_start start;
	uint8_t open;
	uint8_t by_asker; /* the bytes came from the side that sends commands */
	uint8_t cut_off;
	uint8_t spare[5];
};

static struct cut data_cut(struct proto_ctx *x, struct cursor have)
{
	(void)x;
	(void)have;
	return cut_body(0, BODY_TO_END);
}

static bool data_message(struct proto_ctx *x, struct cursor msg)
{
	(void)x;
	(void)msg;
	return true;
}

static bool data_open(struct proto_ctx *x)
{
	struct data_state *s = x->state;

	if (!s->open)
		s->open = transfer_open(x, 0);
	return s->open;
}

static void data_data(struct proto_ctx *x, struct cursor piece, bool last)
{
	struct data_state *s = x->state;

	if (piece.left > 0 && data_open(x)) {
		s->by_asker = x->from_client != (s->start.active != 0);
		transfer_data(x, 0, (struct bytes){piece.p, piece.left});
	}
	if (last)
		s->cut_off |= x->cut_off;
}

static void data_lost(struct proto_ctx *x, uint64_t bytes)
{
	if (bytes > 0 && data_open(x))
		transfer_missing(x, 0, bytes);
}

/* The command in capitals, as it is usually written. */
static struct span command_text(struct proto_ctx *x, const struct proto_code *row)
{
	char text[8];
	size_t n = strlen(row->key);

	if (row->code == FTP_OTHER || n > sizeof(text))
		return (struct span){0, 0};
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(row->key[i] - ('a' - 'A'));
	return act_text(x, (struct bytes){(const uint8_t *)text, n});
}

static void data_end(struct proto_ctx *x)
{
	struct data_state *s = x->state;
	const struct proto_code *row = proto_code(&proto_ftp_data, ftp_codes[s->start.row].code);
	struct transfer_result r;

	if (row == NULL)
		row = &data_codes[0];
	/* An empty file is a file too; a flow that carried nothing for an unknown command is not. */
	if ((row->code != FTP_OTHER && !data_open(x)) ||
	    !transfer_close(x, 0, !s->cut_off && !x->cut_off, &r))
		return;
	struct obs *o = act_begin_code(x, row);
	struct data_own *own = act_own(x, sizeof(*own));

	if (row->code == FTP_OTHER && s->by_asker)
		o->verb = VERB_WRITE;
	o->phase = s->start.act != 0 ? PHASE_ANSWER : PHASE_WHOLE;
	o->re = s->start.act;
	o->actor = s->start.active ? flow_server(x) : flow_client(x);
	o->device = s->start.active ? flow_client(x) : flow_server(x);
	o->outcome = r.complete ? OUT_DONE : OUT_PARTLY;
	o->object.name =
		act_text(x, (struct bytes){s->start.name, min_size(s->start.name_n, sizeof(s->start.name))});
	if (own != NULL) {
		transfer_tell(x, &r, o->object.name, &own->file);
		own->filename = o->object.name;
		own->command = command_text(x, row);
	}
	act_emit(x);
}

const struct proto proto_ftp_data = {
	.name = "ftp_data",
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.on = ON_TCP,
	.eve = "ftp_data",
	.state_size = sizeof(struct data_state),
	.own_size = sizeof(struct data_own),
	.transfers = true,
	.codes = data_codes,
	.code_count = ARRAY_LEN(data_codes),
	.fields = data_fields,
	.cut = data_cut,
	.message = data_message,
	.data = data_data,
	.lost = data_lost,
	.end = data_end,
};

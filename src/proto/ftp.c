/* proto/ftp.c: FTP, who logged in where and which files were fetched, put, deleted and renamed; and the data
 * flows that carry them.
 *
 * Spec:    RFC 959 (commands 4.1, replies 4.2); RFC 775, 1639, 2228, 2389, 2428, 2640, 3659, 4217, 7151.
 * Message: a command is a line; a reply is a line "ddd text", or lines from "ddd-text" to "ddd text",
 *          gathered whole. ftp_data: all bytes of the flow are one body.
 * Units:   paths as people write them, worked out from the working directory as far as it was seen.
 * Emits:   one act for every command: what changes files or moves them as ASK and ANSWER, the rest as WHOLE
 *          with the reply; the banner as PUSH. ftp_data: one file act a flow, ANSWER to the RETR, STOR ...
 *          that caused it. Facts: banner, operating system, maker.
 * State:   control: commands and replies so far (replies come in order), user, working directory, the name
 *          of RNFR, where the next data flow will go. ftp_data: what expect_flow() told.
 * Secrets: arguments of PASS, ACCT, ADAT and of SITE commands about passwords are never kept.
 * Missing: STAT and ABOR in the middle of a transfer are paired as if replies kept the order; what REST left
 *          out is not added to sizes; MODE B and C are hashed as sent; the contents of protected (RFC 2228)
 *          commands. */
#include "proto/ftp.h"

#include <string.h>

enum { LINE_MAX_FTP = 4096 /* RFC 959 sets no limit; PATH_MAX of most systems */ };

static const char *const modes[] = {"", "active", "passive"};
static const char *const yes_no[] = {"", "yes", "no"};

#define AT(member) .at = offsetof(struct ftp_own, member)
#define ROW(member_name, kind, member) \
	{.name = member_name, .type = kind, .show = SHOW_NONZERO, AT(member), .eve = member_name}
#define WORD(member_name, member, table) \
	{.name = member_name, .type = FIELD_WORD, .show = SHOW_NONZERO, AT(member), .eve = member_name, \
	 .elem = ARRAY_LEN(table), .words = table}
static const struct field fields[] = {
	ROW("command", FIELD_TEXT, command),
	ROW("command_data", FIELD_TEXT, command_data),
	ROW("command_truncated", FIELD_BOOL, command_cut),
	ROW("reply", FIELD_TEXTS, reply),
	ROW("completion_code", FIELD_TEXTS, completion),
	ROW("dynamic_port", FIELD_U16, port),
	WORD("mode", mode, modes),
	WORD("reply_received", received, yes_no),
	ROW("reply_truncated", FIELD_BOOL, reply_cut),
	{0}};

/* ---- what stands at the front of the bytes ---- */

/* A line, or a piece of one that is too long: message() refuses the first piece and skips the others. */
static struct cut cut_text(struct bytes have)
{
	size_t n = ascii_find(have, '\n');

	if (n < have.n)
		return cut_message(min_size(n + 1, LINE_MAX_FTP));
	return have.n >= LINE_MAX_FTP ? cut_message(LINE_MAX_FTP) : cut_need(have.n + 1);
}

/* A reply of several lines ends with a line that begins with its code and a blank (RFC 959 4.2); some
 * servers leave out the blank when nothing follows. */
static struct cut cut_lines(struct ftp_state *s, struct bytes have)
{
	struct cursor c = cur_over(have);
	bool ended = true;

	if (s->scanned <= have.n && memcmp(s->front, have.p, sizeof(s->front)) == 0)
		cur_take(&c, s->scanned);
	memcpy(s->front, have.p, sizeof(s->front));
	while (c.left > 0) {
		const uint8_t *at = c.p;
		struct bytes line = ascii_line(&c, &ended);

		if (!ended)
			break;
		if (line.n >= 3 && memcmp(line.p, have.p, 3) == 0 && (line.n == 3 || line.p[3] == ' ')) {
			s->scanned = 0;
			return cut_message(have.n - c.left);
		}
		s->scanned = (uint32_t)(at - have.p);
	}
	return have.n >= CUT_MAX ? cut_lost() : cut_need(have.n + 1);
}

static struct cut ftp_cut(struct proto_ctx *x, struct cursor c)
{
	struct ftp_state *s = x->state;
	struct bytes have = {c.p, c.left};

	if (have.n == 0)
		return cut_need(1);
	if (!x->ends_known && s->asked == 0 && s->banner == 0)
		s->ends.swapped = x->from_client == (have.p[0] >= '0' && have.p[0] <= '9');
	if (ends_asks(x) || s->skip[1] || have.p[0] < '0' || have.p[0] > '9')
		return cut_text(have);
	if (have.n < 4)
		return have.p[have.n - 1] == '\n' ? cut_text(have) : cut_need(4);
	return have.p[3] == '-' && ftp_reply_code(have) != 0 ? cut_lines(s, have) : cut_text(have);
}

/* ---- the calls of stream/ ---- */

/* The line is too long; or it is the rest of one that was. *ret: what message() says. */
static bool too_long(struct proto_ctx *x, struct bytes msg, bool *ret)
{
	struct ftp_state *s = x->state;
	uint8_t *skip = &s->skip[ends_asks(x) ? 0 : 1];
	bool was = *skip, ended = msg.n > 0 && msg.p[msg.n - 1] == '\n';

	*skip = !ended;
	*ret = was;
	if (!was && !ended)
		*ret = ftp_refuse(x, msg, "long-line");
	if (!ends_asks(x) && *skip)
		s->replies_lost = 1;
	return was || !ended;
}

static bool ftp_message(struct proto_ctx *x, struct cursor c)
{
	struct ftp_state *s = x->state;
	struct bytes msg = {c.p, c.left};
	bool ended, said;

	s->scanned = 0;
	if (too_long(x, msg, &said))
		return said;
	if (!ends_asks(x))
		return ftp_reply(x, msg);
	struct bytes line = ascii_line(&c, &ended);

	return ascii_trim(line).n == 0 || ftp_command(x, line);
}

static void ftp_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct ftp_state *s = x->state;

	(void)bytes;
	s->scanned = 0;
	s->skip[ends_asks(x) ? 0 : 1] = 0;
	if (!ends_asks(x))
		s->replies_lost = 1;
}

static void ftp_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	const struct ftp_state *s = x->state;
	struct ftp_told t = ftp_told_over(ask->blob, ask->n);

	if (s->is_running && ask->act == s->running)
		return; /* it is being carried out: its last reply comes when it is done */
	ftp_say_open(x, &t, ask->act, OUT_UNANSWERED);
}

static void ftp_end(struct proto_ctx *x)
{
	struct ftp_state *s = x->state;
	struct ftp_told t = {.note = {.row = s->running_row}};

	if (!s->is_running)
		return;
	const struct ask *ask = pair_answer(x, s->answered);

	if (ask != NULL)
		t = ftp_told_over(ask->blob, ask->n);
	ftp_say_open(x, &t, s->running, OUT_UNANSWERED);
	s->is_running = 0;
}

/* ---- recognising ---- */

static unsigned probe_command(struct bytes have)
{
	static const char *const sure[] = {"PASV", "EPSV", "PORT", "EPRT", "TYPE", "RETR",
					   "STOR", "CWD",  "SYST", "FEAT", "MLSD", "NLST",
					   "PWD",  "XPWD", "CDUP", "MKD",  "RNFR"};
	struct bytes line = have;

	line.n = min_size(ascii_find(have, '\n'), have.n);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	struct bytes word = ascii_until(&line, ' ');

	for (size_t i = 0; i < ARRAY_LEN(sure); i++)
		if (ascii_is(word, sure[i]))
			return 75;
	if (ascii_is(word, "USER"))
		return 45; /* POP3 too */
	return ftp_is_command(word) && ftp_row_named(word) != 0 ? 30 : 0;
}

static unsigned ftp_probe(const struct proto_ctx *x, struct cursor c)
{
	struct bytes have = {c.p, c.left}, line = have;

	(void)x;
	have = ftp_without_telnet(have);
	if (have.n == 0)
		return 0;
	if (have.p[0] < '0' || have.p[0] > '9')
		return have.n >= 3 ? probe_command(have) : 1;
	line.n = ascii_find(have, '\n');
	uint16_t code = ftp_reply_code(line);

	if (have.n < 4)
		return 1;
	if (code == 0 || ascii_has(line, "SMTP") || ascii_has(line, "NNTP"))
		return 0;
	if (have.p[3] != ' ' && have.p[3] != '-')
		return 0;	/* RFC 959 section 4.2; other programs send bare numbers */
	if (code == 220 && ascii_has(line, "FTP"))
		return 90;
	switch (code) {
	case 227:
	case 229:
	case 331:
	case 150:
	case 226:
	case 257:
	case 530:
		return 60;
	}
	return 25; /* SMTP and NNTP look alike */
}

const struct proto proto_ftp = {
	.name = "ftp",
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.on = ON_TCP,
	.eve = "ftp",
	.ports = {21, 2121},
	.state_size = sizeof(struct ftp_state),
	.own_size = sizeof(struct ftp_own),
	.codes = ftp_codes,
	.code_count = FTP_CODES,
	.fields = fields,
	.probe = ftp_probe,
	.cut = ftp_cut,
	.message = ftp_message,
	.lost = ftp_lost,
	.unanswered = ftp_unanswered,
	.end = ftp_end,
};

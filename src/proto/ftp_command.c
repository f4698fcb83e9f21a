/* proto/ftp_command.c: the lines of the side that asks. */
#include "proto/ftp.h"

#include <string.h>

struct bytes ftp_without_telnet(struct bytes b)
{
	while (b.n > 0 && b.p[0] >= 0xf0)
		b = ascii_skip(b, 1);
	return b;
}

uint8_t ftp_row_named(struct bytes command)
{
	for (size_t i = 1; i < FTP_ROWS; i++)
		if (ascii_is(command, ftp_codes[i].key))
			return (uint8_t)i;
	return 0; /* "other-command" */
}

bool ftp_is_command(struct bytes word)
{
	for (size_t i = 0; i < word.n; i++) {
		uint8_t c = ascii_lower(word.p[i]);

		if (!(c >= 'a' && c <= 'z') && !(i > 0 && c >= '0' && c <= '9'))
			return false;
	}
	return word.n >= 3 && word.n <= 16;
}

/* The part of the argument that is a path. "-la" before a path is for ls (in common use, not in RFC 959). */
static struct bytes path_in(uint8_t how, uint32_t code, struct bytes data)
{
	if (how & FACTS)
		ascii_until(&data, ' ');
	while ((code == FTP_LIST || code == FTP_NLST || code == FTP_STAT) && data.n > 0 && data.p[0] == '-') {
		ascii_until(&data, ' ');
		data = ascii_trim(data);
	}
	return data;
}

/* What of a SITE command may be kept: not what sets passwords. */
static struct bytes site_kept(struct bytes data)
{
	struct bytes rest = data, word = ascii_until(&rest, ' ');

	return ascii_is(word, "PSWD") || ascii_has(word, "PASS") ? word : data;
}

/* Writes the note of a command into blob; returns the bytes used, 0 when it is none. */
static size_t note_make(const struct ftp_state *s, struct bytes line, uint8_t blob[ASK_BLOB_MAX])
{
	struct bytes data = ftp_without_telnet(line), command = ascii_until(&data, ' ');
	struct ascii_pen pen = {.p = blob, .n = sizeof(struct ftp_note)};
	struct ftp_note note = {.row = ftp_row_named(command), .command_n = (uint8_t)command.n};

	if (!ftp_is_command(command))
		return 0;
	uint32_t code = ftp_codes[note.row].code;
	uint8_t how = ftp_hows[note.row];

	data = ascii_trim(data);
	if (how & SECRET)
		data.n = 0;
	if (code == FTP_SITE)
		data = site_kept(data);
	pen.cap = pen.n + command.n;
	ascii_put(&pen, command);
	pen.cap = pen.n + ARGUMENT_KEPT;
	ascii_put(&pen, data);
	note.data_n = (uint16_t)(pen.n - sizeof(note) - command.n);
	size_t from = pen.n;

	pen.cap = pen.n + PATH_KEPT;
	if ((how & (PATH | FACTS)) && (data.n > 0 || (how & MOVES && code != FTP_STOU)))
		ftp_path(&pen, ftp_cwd(s), path_in(how, code, data));
	note.path_n = (uint16_t)(pen.n - from);
	note.cut = pen.cut;
	memcpy(blob, &note, sizeof(note));
	return pen.n;
}

bool ftp_same_ip(const uint8_t a[16], const uint8_t b[16]) { return memcmp(a, b, 16) == 0; }

/* PORT, EPRT, LPRT: the server will call the client back. False: not an address and port. */
static bool active_mode(struct proto_ctx *x, const struct ftp_told *t, struct obs *o, struct ftp_own *own)
{
	struct ftp_state *s = x->state;
	struct ftp_endpoint end = {0};
	struct side client = ends_asking(x);
	uint32_t code = ftp_row(t)->code;

	s->data_port = 0;
	if (!(code == FTP_PORT	 ? ftp_port(t->data, true, &end)
	      : code == FTP_EPRT ? ftp_extended(t->data, &end)
				 : ftp_long(t->data, &end)) ||
	    !end.has_ip)
		return false;
	if (own != NULL) {
		own->mode = MODE_ACTIVE;
		own->port = end.port;
	}
	if (!ftp_same_ip(end.ip, client.ip)) {
		o->note = act_str(x, "bounce"); /* RFC 2577 3 */
		return true;
	}
	s->active = 1;
	s->data_port = end.port;
	memcpy(s->data_ip, end.ip, sizeof(s->data_ip));
	return true;
}

bool ftp_is_port(uint32_t code)
{
	return code == FTP_PORT || code == FTP_EPRT || code == FTP_LPRT;
}

/* A refused line is kept as evidence, so a line that may hold a password is not refused but said without its
 * bytes. */
bool ftp_refuse(struct proto_ctx *x, struct bytes line, const char *why)
{
	static const char *const secret[] = {"PASS", "ACCT", "ADAT"};

	line = ftp_without_telnet(line);
	for (size_t i = 0; i < ARRAY_LEN(secret); i++) {
		if (!ascii_begins(line, secret[i]))
			continue;
		struct obs *o = act_begin(x);

		o->verb = VERB_MALFORMED;
		o->note = act_str(x, why);
		act_value(x, VAL_SECRET, 0, 1, (struct bytes){NULL, 0});
		act_emit(x);
		return true;
	}
	x->why = why;
	return false;
}

bool ftp_command(struct proto_ctx *x, struct bytes line)
{
	struct ftp_state *s = x->state;
	uint8_t blob[ASK_BLOB_MAX];
	size_t n = note_make(s, line, blob);
	struct ftp_told t = ftp_told_over(blob, n);
	struct ftp_own *own;
	uint64_t act = 0;
	bool good = true;

	if (n == 0)
		return ftp_refuse(x, line, "bad-command");
	uint32_t code = ftp_row(&t)->code;

	if (code == FTP_USER)
		s->user_n = ftp_keep(s->user, sizeof(s->user), t.data);
	/* A PORT is said at once too: where it points is the news. */
	if ((ftp_how(&t) & NOW) || ftp_is_port(code)) {
		struct obs *o = ftp_begin(x, &t, PHASE_ASK, &own);

		if (ftp_is_port(code))
			good = active_mode(x, &t, o, own);
		act = act_emit(x);
	}
	if (!pair_ask(x, s->asked, act, blob, n) && act == 0) {
		ftp_begin(x, &t, PHASE_WHOLE, &own);
		act_emit(x);
	}
	s->asked++;
	if (ftp_how(&t) & MOVES)
		ftp_expect_command(x, act, &t);
	if (!good)
		x->why = "bad-port";
	return good;
}

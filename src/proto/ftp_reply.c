/* proto/ftp_reply.c: the replies: what they say of their commands and of the server. */
#include "proto/ftp.h"

#include <string.h>

#include "core/hash.h"

enum {
	REPLY_LINES = 32, /* said of one reply */
	REPLY_LINE = 200, /* bytes of each */
};

/* Replies are missing. Who goes on had its reply, so all commands but the newest were answered in what is
 * missing. */
static void give_up_open(struct proto_ctx *x)
{
	struct ftp_state *s = x->state;

	for (; s->replies_lost && s->answered + 1 < s->asked; s->answered++) {
		const struct ask *ask = pair_answer(x, s->answered);
		struct ftp_told t = ftp_told_over(ask == NULL ? NULL : ask->blob, ask == NULL ? 0 : ask->n);

		if (ask != NULL)
			ftp_say_open(x, &t, ask->act, OUT_UNKNOWN);
		s->is_running = 0;
	}
	s->replies_lost = 0;
}

static uint8_t outcome_of(uint16_t code)
{
	switch (code / 100) { /* RFC 959 4.2.1 */
	case 2:
		return OUT_DONE;
	case 3:
		return OUT_UNKNOWN; /* more is wanted */
	case 4:
	case 5:
		return OUT_REFUSED;
	case 6:
		return OUT_DONE; /* RFC 2228 7.1: protected */
	}
	return OUT_UNKNOWN;
}

uint16_t ftp_reply_code(struct bytes line)
{
	uint64_t code = 0;

	if (line.n < 3 || !ascii_number((struct bytes){line.p, 3}, &code) || code < 100 || code > 699)
		return 0;
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-' && line.p[3] != '\r' && line.p[3] != '\n')
		return 0;
	return (uint16_t)code;
}

/* Fills reply, completion_code and reply_truncated. first: a preliminary code that came before, or 0. */
static void own_reply(struct proto_ctx *x, struct ftp_own *own, const struct ftp_reply *r, unsigned first)
{
	struct cursor c = cur_over(r->all);
	struct span lines[REPLY_LINES];
	size_t n = 0;
	bool ended;

	if (own == NULL)
		return;
	while (c.left > 0 && n < REPLY_LINES) {
		struct bytes line = ascii_line(&c, &ended);

		if (ftp_reply_code(line) == r->code)
			line = ascii_skip(line, 4);
		own->reply_cut |= line.n > REPLY_LINE;
		lines[n++] = act_text(x, (struct bytes){line.p, min_size(line.n, REPLY_LINE)});
	}
	own->reply_cut |= c.left > 0;
	own->reply = ftp_texts(x, lines, n);
	own->completion = ftp_code_texts(x, first, r->all.p);
	own->received = 1;
}

/* Words in banners and SYST replies. */
static const struct {
	const char *word;
	enum fact_kind kind;
	const char *text;
	uint8_t trust;
} known[] = {
	{"FANUC", FACT_VENDOR, "Fanuc", TRUST_LIKELY}, /* "FANUC FTP server ready." (Nmap service probes) */
	{"VxWorks", FACT_OS, "VxWorks", TRUST_LIKELY},
	{"QNX", FACT_OS, "QNX", TRUST_LIKELY},
	{"Windows CE", FACT_OS, "Windows CE", TRUST_LIKELY},
	{"Windows_NT", FACT_OS, "Windows", TRUST_LIKELY}, /* IIS' answer to SYST */
	{"Microsoft FTP", FACT_OS, "Windows", TRUST_LIKELY},
	{"FileZilla Server", FACT_OS, "Windows", TRUST_GUESS},
	{"vsFTPd", FACT_OS, "Linux", TRUST_GUESS},
	{"Ubuntu", FACT_OS, "Linux (Ubuntu)", TRUST_LIKELY},
	{"Debian", FACT_OS, "Linux (Debian)", TRUST_LIKELY},
	{"Siemens", FACT_VENDOR, "Siemens", TRUST_GUESS},
	{"KUKA", FACT_VENDOR, "KUKA", TRUST_GUESS},
	{"Mitsubishi", FACT_VENDOR, "Mitsubishi Electric", TRUST_GUESS},
	{"OMRON", FACT_VENDOR, "Omron", TRUST_GUESS},
	{"Heidenhain", FACT_VENDOR, "Heidenhain", TRUST_GUESS},
	{"WAGO", FACT_VENDOR, "WAGO", TRUST_GUESS},
};

static void say_known(struct proto_ctx *x, struct bytes text)
{
	struct side server = ends_answering(x);

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct bytes says = {(const uint8_t *)known[i].text, strlen(known[i].text)};

		if (ascii_has(text, known[i].word))
			fact_say(x, &server, known[i].kind, says, 0, 0, known[i].trust);
	}
}

static void say_banner(struct proto_ctx *x, struct bytes text)
{
	struct ftp_state *s = x->state;
	struct side server = ends_answering(x);
	uint32_t digest = (uint32_t)hash_bytes(text.p, text.n, 0) | 1;

	if (text.n == 0 || digest == s->banner)
		return;
	s->banner = digest;
	fact_say(x, &server, FACT_SERVES, text, server.port, 0, TRUST_LIKELY);
	say_known(x, text);
}

/* A reply that belongs to no command. */
static bool unasked(struct proto_ctx *x, const struct ftp_reply *r)
{
	const struct ftp_state *s = x->state;
	bool banner = s->asked == 0 && (r->code == 220 || r->code == 120);
	struct obs *o = ends_begin(x, proto_code(&proto_ftp, banner ? FTP_BANNER : FTP_NOTICE), PHASE_PUSH);
	struct ftp_own *own = act_own(x, sizeof(*own));

	o->result = r->code;
	o->outcome = outcome_of(r->code);
	own_reply(x, own, r, 0);
	act_emit(x);
	if (banner)
		say_banner(x, r->text);
	return true;
}

/* PASV, EPSV, LPSV were answered: where the client will call. */
static void passive_mode(struct proto_ctx *x, const struct ftp_reply *r, struct obs *o, struct ftp_own *own)
{
	struct ftp_state *s = x->state;
	struct ftp_endpoint end = {0};
	struct side server = ends_answering(x);

	s->data_port = 0;
	if (!(r->code == 227   ? ftp_port(r->text, false, &end)
	      : r->code == 229 ? ftp_extended(r->text, &end)
			       : ftp_long(r->text, &end))) {
		o->note = act_str(x, "bad-passive");
		return;
	}
	if (own != NULL) {
		own->mode = MODE_PASSIVE;
		own->port = end.port;
	}
	/* Behind address translation servers name an address nobody can call; clients then use the one they
	 * know. */
	if (end.has_ip && !ftp_same_ip(end.ip, server.ip))
		o->note = act_str(x, "passive-elsewhere");
	s->active = 0;
	s->data_port = end.port;
	memcpy(s->data_ip, server.ip, sizeof(s->data_ip));
}

/* What a reply means for the working directory and the user. */
static void follow(struct proto_ctx *x, const struct ftp_told *t, const struct ftp_reply *r)
{
	struct ftp_state *s = x->state;
	uint8_t room[PATH_KEPT];
	struct ascii_pen pen = {.p = room, .cap = sizeof(room)};
	uint32_t code = ftp_row(t)->code;

	if (r->code / 100 != 2)
		return;
	switch (code) {
	case FTP_CWD:
	case FTP_XCWD:
		s->cwd_n = ftp_keep(s->cwd, sizeof(s->cwd), t->path);
		break;
	case FTP_CDUP:
	case FTP_XCUP:
		ftp_path(&pen, ftp_cwd(s), (struct bytes){(const uint8_t *)"..", 2});
		s->cwd_n = ftp_keep(s->cwd, sizeof(s->cwd), (struct bytes){room, pen.n});
		break;
	case FTP_PWD:
	case FTP_XPWD:
		if (ftp_quoted(&pen, r->text))
			s->cwd_n = ftp_keep(s->cwd, sizeof(s->cwd), (struct bytes){room, pen.n});
		break;
	case FTP_REIN:
		s->user_n = s->cwd_n = 0;
		flow_who(x, (struct bytes){NULL, 0});
		break;
	case FTP_USER:
	case FTP_PASS:
	case FTP_ACCT:
	case FTP_ADAT:
		flow_who(x, (struct bytes){s->user, s->user_n});
		break;
	case FTP_SYST:
		say_known(x, r->text);
		break;
	}
	if (code == FTP_RNTO)
		s->from_n = 0;
}

/* One try is one login: USER when no password is wanted or the name is refused, PASS of a name that was not.
 * Who guesses sends the password all the same, and it is refused because of the name (RFC 959 section 5.4).
 */
static uint8_t verb_of(struct ftp_state *s, const struct ftp_told *t, const struct ftp_reply *r)
{
	uint32_t code = ftp_row(t)->code;
	bool refused = r->code / 100 >= 4;

	if (code == FTP_USER) {
		s->user_refused = refused;
		return r->code / 100 != 3 && r->code / 100 != 1 ? VERB_LOGIN : ftp_row(t)->verb;
	}
	return code == FTP_PASS && refused && s->user_refused ? VERB_CONTROL : ftp_row(t)->verb;
}

static void say_reply(struct proto_ctx *x, const struct ftp_told *t, uint64_t act, const struct ftp_reply *r)
{
	struct ftp_state *s = x->state;
	struct ftp_own *own;
	struct obs *o;
	uint32_t code = ftp_row(t)->code;

	if (act == 0) {
		o = ftp_begin(x, t, PHASE_WHOLE, &own);
	} else {
		struct bytes name = code == FTP_RNTO ? (struct bytes){s->from, s->from_n} : t->path;

		o = ftp_begin_answer(x, t, act, name, &own);
	}
	o->verb = verb_of(s, t, r);
	o->result = r->code;
	o->outcome = outcome_of(r->code);
	own_reply(x, own, r, s->is_running ? 100u + s->running_code : 0);
	if (r->code == 227 || r->code == 228 || r->code == 229)
		passive_mode(x, r, o, own);
	act_emit(x);
	if (r->code == 227 || r->code == 228 || r->code == 229 ||
	    (ftp_is_port(code) && r->code / 100 == 2))
		ftp_expect_data(x);
}

/* A preliminary reply: the command goes on, perhaps for longer than a request may stay open. */
static void goes_on(struct proto_ctx *x, const struct ask *ask, struct ftp_told *t, const struct ftp_reply *r)
{
	static const char file[] = "FILE: ";
	struct ftp_state *s = x->state;
	uint8_t room[PATH_KEPT];
	struct ascii_pen pen = {.p = room, .cap = sizeof(room)};

	if (ask->act == 0)
		return;
	s->is_running = 1;
	s->running = ask->act;
	s->running_row = t->note.row;
	s->running_code = (uint8_t)(r->code - 100);
	if (ftp_row(t)->code != FTP_STOU || !ascii_begins(r->text, file))
		return;
	ftp_path(&pen, ftp_cwd(s), ascii_skip(r->text, strlen(file))); /* RFC 1123 4.1.2.9 */
	t->path = (struct bytes){room, pen.n};
	ftp_expect_command(x, ask->act, t);
}

/* RNFR was accepted: RNTO will say the other name. */
static void remember_from(struct ftp_state *s, const struct ftp_told *t, const struct ftp_reply *r)
{
	if (ftp_row(t)->code == FTP_RNFR)
		s->from_n = r->code / 100 == 3 ? ftp_keep(s->from, sizeof(s->from), t->path) : 0;
}

bool ftp_reply(struct proto_ctx *x, struct bytes msg)
{
	struct ftp_state *s = x->state;
	struct cursor c = cur_over(msg);
	bool ended;
	struct bytes first = ascii_line(&c, &ended);
	struct ftp_reply r = {.code = ftp_reply_code(first), .text = ascii_skip(first, 4), .all = msg};

	if (r.code == 0) {
		s->replies_lost = 1;
		x->why = "bad-reply";
		return false;
	}
	give_up_open(x);
	if (s->answered >= s->asked)
		return unasked(x, &r);
	bool interim = r.code / 100 == 1;
	const struct ask *ask = interim ? pair_peek(x, s->answered) : pair_answer(x, s->answered);
	struct ftp_told t = ftp_told_over(ask == NULL ? NULL : ask->blob, ask == NULL ? 0 : ask->n);

	if (interim) {
		if (ask != NULL)
			goes_on(x, ask, &t, &r);
		return true;
	}
	s->answered++;
	if (ask == NULL && !s->is_running)
		return unasked(x, &r);
	if (ask == NULL)
		t.note.row = s->running_row;
	say_reply(x, &t, ask == NULL ? s->running : ask->act, &r);
	s->is_running = 0;
	remember_from(s, &t, &r);
	follow(x, &t, &r);
	if (ftp_row(&t)->code == FTP_AUTH && r.code == 234) /* RFC 4217 4: TLS begins */
		flow_become(x, proto_named("tls") != NULL ? "tls" : NULL);
	return true;
}

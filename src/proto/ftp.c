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
#include "proto/ftp_text.h"

#include <string.h>

#include "core/hash.h"
#include "model/proto.h"

extern const struct proto proto_ftp, proto_ftp_data;

enum {
	LINE_MAX_FTP = 4096, /* RFC 959 sets no limit; PATH_MAX of most systems */
	PATH_KEPT = 512,
	ARGUMENT_KEPT = 384,
	REPLY_LINES = 32, /* said of one reply */
	REPLY_LINE = 200, /* bytes of each */
};

/* ---- commands ---- */

enum how { /* what a command's argument is, and what follows it */
	   PATH = 1, /* the argument is a path */
	   FACTS = 2, /* the argument is facts, a blank, a path */
	   SECRET = 4, /* the argument is never kept */
	   MOVES = 8, /* a data flow follows */
	   NOW = 16, /* said when it is asked, not with its answer */
	   OPAQUE = 32, /* the argument is protected */
};

/* COMMAND(name, key, verb, class, how, spec): in this order they are numbered from 1; row i of codes[] has
 * number i, but for row 0. */
#define COMMANDS(COMMAND)                                                                                    \
	COMMAND(USER, "user", VERB_OPEN, CLASS_SESSION, 0, "RFC 959 4.1.1")                                  \
	COMMAND(PASS, "pass", VERB_LOGIN, CLASS_SESSION, SECRET, "RFC 959 4.1.1")                            \
	COMMAND(ACCT, "acct", VERB_LOGIN, CLASS_SESSION, SECRET, "RFC 959 4.1.1")                            \
	COMMAND(CWD, "cwd", VERB_BROWSE, CLASS_FILE, PATH, "RFC 959 4.1.1")                                  \
	COMMAND(CDUP, "cdup", VERB_BROWSE, CLASS_FILE, 0, "RFC 959 4.1.1")                                   \
	COMMAND(SMNT, "smnt", VERB_CONTROL, CLASS_FILE, PATH | NOW, "RFC 959 4.1.1")                         \
	COMMAND(REIN, "rein", VERB_LOGOUT, CLASS_SESSION, 0, "RFC 959 4.1.1")                                \
	COMMAND(QUIT, "quit", VERB_CLOSE, CLASS_SESSION, 0, "RFC 959 4.1.1")                                 \
	COMMAND(PORT, "port", VERB_OPEN, CLASS_SESSION, 0, "RFC 959 4.1.2")                                  \
	COMMAND(PASV, "pasv", VERB_OPEN, CLASS_SESSION, 0, "RFC 959 4.1.2")                                  \
	COMMAND(TYPE, "type", VERB_QUERY, CLASS_SESSION, 0, "RFC 959 4.1.2")                                 \
	COMMAND(STRU, "stru", VERB_QUERY, CLASS_SESSION, 0, "RFC 959 4.1.2")                                 \
	COMMAND(MODE, "mode", VERB_QUERY, CLASS_SESSION, 0, "RFC 959 4.1.2")                                 \
	COMMAND(RETR, "retr", VERB_READ, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                    \
	COMMAND(STOR, "stor", VERB_WRITE, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                   \
	COMMAND(STOU, "stou", VERB_WRITE, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                   \
	COMMAND(APPE, "appe", VERB_WRITE, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                   \
	COMMAND(ALLO, "allo", VERB_QUERY, CLASS_SESSION, 0, "RFC 959 4.1.3")                                 \
	COMMAND(REST, "rest", VERB_QUERY, CLASS_SESSION, 0, "RFC 959 4.1.3, RFC 3659 5")                     \
	COMMAND(RNFR, "rnfr", VERB_QUERY, CLASS_FILE, PATH, "RFC 959 4.1.3")                                 \
	COMMAND(RNTO, "rnto", VERB_RENAME, CLASS_FILE, PATH | NOW, "RFC 959 4.1.3")                          \
	COMMAND(ABOR, "abor", VERB_CLOSE, CLASS_FILE, 0, "RFC 959 4.1.3")                                    \
	COMMAND(DELE, "dele", VERB_DELETE, CLASS_FILE, PATH | NOW, "RFC 959 4.1.3")                          \
	COMMAND(RMD, "rmd", VERB_DELETE, CLASS_FILE, PATH | NOW, "RFC 959 4.1.3")                            \
	COMMAND(MKD, "mkd", VERB_WRITE, CLASS_FILE, PATH | NOW, "RFC 959 4.1.3")                             \
	COMMAND(PWD, "pwd", VERB_QUERY, CLASS_FILE, 0, "RFC 959 4.1.3")                                      \
	COMMAND(LIST, "list", VERB_BROWSE, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                  \
	COMMAND(NLST, "nlst", VERB_BROWSE, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                  \
	COMMAND(SITE, "site", VERB_CONTROL, CLASS_DEVICE, NOW, "RFC 959 4.1.3")                              \
	COMMAND(SYST, "syst", VERB_IDENTIFY, CLASS_DEVICE, 0, "RFC 959 4.1.3")                               \
	COMMAND(STAT, "stat", VERB_QUERY, CLASS_DEVICE, PATH, "RFC 959 4.1.3")                               \
	COMMAND(HELP, "help", VERB_QUERY, CLASS_DEVICE, 0, "RFC 959 4.1.3")                                  \
	COMMAND(NOOP, "noop", VERB_KEEPALIVE, CLASS_SESSION, 0, "RFC 959 4.1.3")                             \
	COMMAND(XCUP, "xcup", VERB_BROWSE, CLASS_FILE, 0, "RFC 775")                                         \
	COMMAND(XCWD, "xcwd", VERB_BROWSE, CLASS_FILE, PATH, "RFC 775")                                      \
	COMMAND(XMKD, "xmkd", VERB_WRITE, CLASS_FILE, PATH | NOW, "RFC 775")                                 \
	COMMAND(XPWD, "xpwd", VERB_QUERY, CLASS_FILE, 0, "RFC 775")                                          \
	COMMAND(XRMD, "xrmd", VERB_DELETE, CLASS_FILE, PATH | NOW, "RFC 775")                                \
	COMMAND(AUTH, "auth", VERB_QUERY, CLASS_SESSION, 0, "RFC 2228 3, RFC 4217 4")                        \
	COMMAND(ADAT, "adat", VERB_LOGIN, CLASS_SESSION, SECRET, "RFC 2228 3")                               \
	COMMAND(PROT, "prot", VERB_QUERY, CLASS_SESSION, 0, "RFC 2228 3")                                    \
	COMMAND(PBSZ, "pbsz", VERB_QUERY, CLASS_SESSION, 0, "RFC 2228 3")                                    \
	COMMAND(CCC, "ccc", VERB_QUERY, CLASS_SESSION, 0, "RFC 2228 3")                                      \
	COMMAND(MIC, "mic", VERB_QUERY, CLASS_SESSION, SECRET | OPAQUE, "RFC 2228 3")                        \
	COMMAND(CONF, "conf", VERB_QUERY, CLASS_SESSION, SECRET | OPAQUE, "RFC 2228 3")                      \
	COMMAND(ENC, "enc", VERB_QUERY, CLASS_SESSION, SECRET | OPAQUE, "RFC 2228 3")                        \
	COMMAND(FEAT, "feat", VERB_QUERY, CLASS_DEVICE, 0, "RFC 2389 3")                                     \
	COMMAND(OPTS, "opts", VERB_QUERY, CLASS_SESSION, 0, "RFC 2389 4")                                    \
	COMMAND(EPRT, "eprt", VERB_OPEN, CLASS_SESSION, 0, "RFC 2428 2")                                     \
	COMMAND(EPSV, "epsv", VERB_OPEN, CLASS_SESSION, 0, "RFC 2428 3")                                     \
	COMMAND(LPRT, "lprt", VERB_OPEN, CLASS_SESSION, 0, "RFC 1639 2")                                     \
	COMMAND(LPSV, "lpsv", VERB_OPEN, CLASS_SESSION, 0, "RFC 1639 2")                                     \
	COMMAND(LANG, "lang", VERB_QUERY, CLASS_SESSION, 0, "RFC 2640 4.1")                                  \
	COMMAND(HOST, "host", VERB_QUERY, CLASS_SESSION, 0, "RFC 7151 3")                                    \
	COMMAND(MDTM, "mdtm", VERB_QUERY, CLASS_FILE, PATH, "RFC 3659 3")                                    \
	COMMAND(SIZE, "size", VERB_QUERY, CLASS_FILE, PATH, "RFC 3659 4")                                    \
	COMMAND(MLST, "mlst", VERB_QUERY, CLASS_FILE, PATH, "RFC 3659 7")                                    \
	COMMAND(MLSD, "mlsd", VERB_BROWSE, CLASS_FILE, PATH | MOVES | NOW, "RFC 3659 7")                     \
	COMMAND(CLNT, "clnt", VERB_IDENTIFY, CLASS_SESSION, 0, "in common use: names the client")            \
	COMMAND(HASH, "hash", VERB_QUERY, CLASS_FILE, PATH, "draft-bryan-ftp-hash 3")                        \
	COMMAND(XCRC, "xcrc", VERB_QUERY, CLASS_FILE, PATH, "in common use: checksum of a file")             \
	COMMAND(XMD5, "xmd5", VERB_QUERY, CLASS_FILE, PATH, "in common use: checksum of a file")             \
	COMMAND(XSHA1, "xsha1", VERB_QUERY, CLASS_FILE, PATH, "in common use: checksum of a file")           \
	COMMAND(XSHA256, "xsha256", VERB_QUERY, CLASS_FILE, PATH, "in common use: checksum of a file")       \
	COMMAND(MFMT, "mfmt", VERB_CONTROL, CLASS_FILE, FACTS | NOW, "draft-somers-ftp-mfxx 3")              \
	COMMAND(MFCT, "mfct", VERB_CONTROL, CLASS_FILE, FACTS | NOW, "draft-somers-ftp-mfxx 4")              \
	COMMAND(MFF, "mff", VERB_CONTROL, CLASS_FILE, FACTS | NOW, "draft-somers-ftp-mfxx 5")                \
	COMMAND(RMDA, "rmda", VERB_DELETE, CLASS_FILE, PATH | NOW,                                           \
		"in common use: a directory and all in it")                                                  \
	COMMAND(AVBL, "avbl", VERB_QUERY, CLASS_FILE, PATH, "draft-peterson-streamlined-ftp 4")              \
	COMMAND(COMB, "comb", VERB_WRITE, CLASS_FILE, PATH | NOW, "in common use: joins parts of a file")

enum {
	FTP_NONE,
#define NUMBER(name, ...) FTP_##name,
	COMMANDS(NUMBER)
#undef NUMBER
		FTP_OTHER = 199,
	FTP_BANNER,
	FTP_NOTICE,
};

#define BOTH (CODE_REQUEST | CODE_ANSWER)
static const struct proto_code codes[] = {
	{FTP_OTHER, "other-command", VERB_CONTROL, CLASS_DEVICE, BOTH, "RFC 959 4.1: not in any table"},
#define ROW(name, key, verb, cls, how, spec)                                                                 \
	{FTP_##name, key, verb, cls, BOTH | ((how)&OPAQUE ? CODE_NAMED : 0), spec},
	COMMANDS(ROW)
#undef ROW
		{FTP_BANNER, "banner", VERB_ANNOUNCE, CLASS_DEVICE, CODE_PUSH,
		 "RFC 959 5.4: 120 and 220 before any command"},
	{FTP_NOTICE, "notice", VERB_REPORT, CLASS_SESSION, CODE_PUSH,
	 "RFC 959 4.2: a reply to no command, as 421"},
};

static const uint8_t hows[] = {NOW,
#define HOW(name, key, verb, cls, how, spec) how,
			       COMMANDS(HOW)
#undef HOW
};

enum { MODE_NONE, MODE_ACTIVE, MODE_PASSIVE };
static const char *const modes[] = {"", "active", "passive"};
static const char *const yes_no[] = {"", "yes", "no"};

struct ftp_own {
	struct span command, command_data;
	struct span reply, completion; /* lists of texts */
	uint16_t port; /* of the data flow to come */
	uint8_t mode; /* word of modes[] */
	uint8_t received; /* word of yes_no[] */
	uint8_t command_cut, reply_cut;
	uint8_t spare[2];
};

#define AT(member) .at = offsetof(struct ftp_own, member)
static const struct field fields[] = {
	{.name = "command", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(command), .eve = "command"},
	{.name = "command_data",
	 .type = FIELD_TEXT,
	 .show = SHOW_NONZERO,
	 AT(command_data),
	 .eve = "command_data"},
	{.name = "command_truncated",
	 .type = FIELD_BOOL,
	 .show = SHOW_NONZERO,
	 AT(command_cut),
	 .eve = "command_truncated"},
	{.name = "reply", .type = FIELD_TEXTS, .show = SHOW_NONZERO, AT(reply), .eve = "reply"},
	{.name = "completion_code",
	 .type = FIELD_TEXTS,
	 .show = SHOW_NONZERO,
	 AT(completion),
	 .eve = "completion_code"},
	{.name = "dynamic_port", .type = FIELD_U16, .show = SHOW_NONZERO, AT(port), .eve = "dynamic_port"},
	{.name = "mode",
	 .type = FIELD_WORD,
	 .show = SHOW_NONZERO,
	 AT(mode),
	 .eve = "mode",
	 .elem = ARRAY_LEN(modes),
	 .words = modes},
	{.name = "reply_received",
	 .type = FIELD_WORD,
	 .show = SHOW_NONZERO,
	 AT(received),
	 .eve = "reply_received",
	 .elem = ARRAY_LEN(yes_no),
	 .words = yes_no},
	{.name = "reply_truncated",
	 .type = FIELD_BOOL,
	 .show = SHOW_NONZERO,
	 AT(reply_cut),
	 .eve = "reply_truncated"},
	{0}};
#undef AT

/* ---- what is remembered ---- */

enum { USER_KEPT = 48, FROM_KEPT = 112, CWD_KEPT = 240 };

struct ftp_state {
	uint32_t asked, answered; /* commands and final replies so far: the ids of pair_ask() */
	uint32_t banner; /* digest of what was said as facts */
	uint32_t scanned; /* bytes of a long reply known not to end it */
	uint8_t front[3]; /* the code that reply begins with */
	uint64_t running; /* the ASK that got a preliminary reply */
	uint8_t running_row;
	uint8_t running_code; /* 1yz less 100 */
	uint8_t is_running;
	uint8_t swapped; /* the flow's server is the one that asks: its ends were guessed wrongly */
	uint8_t skip[2]; /* the rest of an over-long line is on its way; [0] commands */
	uint8_t replies_lost;
	uint8_t active; /* the data flow comes from the server */
	uint16_t data_port; /* where the next data flow goes; 0: not known */
	uint8_t data_ip[16];
	uint8_t user_n, from_n, cwd_n;
	uint8_t user[USER_KEPT], from[FROM_KEPT], cwd[CWD_KEPT];
};

_Static_assert(sizeof(struct ftp_state) <= 512, "fits proto.state_size");

/* How the state of a data flow begins: what expect_flow() is told. */
struct data_start {
	uint64_t act; /* the ASK of RETR, STOR ...; 0: it had not come when the flow began */
	uint8_t row; /* of codes[] of ftp; 0: not known */
	uint8_t active;
	uint8_t name_n;
	uint8_t name[237];
};

_Static_assert(sizeof(struct data_start) <= 256, "fits expect_flow()");

/* What is kept of a command until its reply comes; command, argument and path follow. */
struct note {
	uint8_t row; /* of codes[] */
	uint8_t command_n;
	uint8_t cut;
	uint8_t spare;
	uint16_t data_n, path_n;
};

struct told { /* a note taken apart */
	struct note note;
	struct bytes command, data, path;
};

_Static_assert(sizeof(struct note) + 16 + ARGUMENT_KEPT + PATH_KEPT <= ASK_BLOB_MAX, "fits pair_ask()");

static bool asks(const struct proto_ctx *x)
{
	const struct ftp_state *s = x->state;

	return x->from_client != (s->swapped != 0);
}

static struct side asking(const struct proto_ctx *x)
{
	const struct ftp_state *s = x->state;

	return s->swapped ? flow_server(x) : flow_client(x);
}

static struct side answering(const struct proto_ctx *x)
{
	const struct ftp_state *s = x->state;

	return s->swapped ? flow_client(x) : flow_server(x);
}

static struct bytes cwd_of(const struct ftp_state *s) { return (struct bytes){s->cwd, s->cwd_n}; }

/* Copies at most cap bytes; returns how many. */
static uint8_t keep(uint8_t *to, size_t cap, struct bytes b)
{
	size_t n = min_size(min_size(b.n, cap), UINT8_MAX);

	if (n > 0)
		memcpy(to, b.p, n);
	return (uint8_t)n;
}

/* ---- acts ---- */

static struct obs *begin(struct proto_ctx *x, const struct proto_code *row, uint8_t phase)
{
	struct obs *o = act_begin_code(x, row);

	o->phase = phase;
	o->actor = asking(x);
	o->device = answering(x);
	return o;
}

static const struct proto_code *row_of(const struct told *t) { return &codes[t->note.row]; }

static uint8_t how_of(const struct told *t) { return hows[t->note.row]; }

/* Begins an act about a command; *ret_own is NULL when there was no room. */
static struct obs *begin_told(struct proto_ctx *x, const struct told *t, uint8_t phase,
			      struct ftp_own **ret_own)
{
	const struct ftp_state *s = x->state;
	struct obs *o = begin(x, row_of(t), phase);
	struct ftp_own *own = act_own(x, sizeof(*own));
	uint32_t code = row_of(t)->code;
	struct bytes name = t->path;

	if (code == FTP_RNTO && s->from_n > 0)
		name = (struct bytes){s->from, s->from_n};
	else if (code == FTP_PASS || code == FTP_ACCT)
		name = (struct bytes){s->user, s->user_n};
	else if (code == FTP_USER || code == FTP_SITE)
		name = t->data;
	o->object.name = act_text(x, name);
	if (code == FTP_RNTO)
		act_value(x, VAL_TEXT, 8, 1, t->path);
	if (how_of(t) & SECRET)
		act_value(x, VAL_SECRET, 0, 1, (struct bytes){NULL, 0});
	if (how_of(t) & OPAQUE)
		o->flags |= FLAG_OPAQUE;
	if (t->note.cut)
		o->flags |= FLAG_CUT;
	*ret_own = own;
	if (own == NULL)
		return o;
	own->command = act_text(x, t->command);
	own->command_data = act_text(x, t->data);
	own->command_cut = t->note.cut;
	return o;
}

static struct span text_list(struct proto_ctx *x, const struct span *spans, size_t n)
{
	void *p;
	struct span list = act_room(x, n * sizeof(*spans), &p);

	if (p != NULL)
		memcpy(p, spans, n * sizeof(*spans));
	return list;
}

/* completion_code: a preliminary code that came first, or 0; and the final one, which may be NULL. */
static struct span code_list(struct proto_ctx *x, unsigned first, const uint8_t *last)
{
	const char digits[] = {(char)('0' + first / 100), (char)('0' + first / 10 % 10),
			       (char)('0' + first % 10), 0};
	struct span list[2];
	size_t n = 0;

	if (first != 0)
		list[n++] = act_str(x, digits);
	if (last != NULL)
		list[n++] = act_text(x, (struct bytes){last, 3});
	return text_list(x, list, n);
}

/* A command whose reply will not come, or not be told from others. */
static void say_without_reply(struct proto_ctx *x, const struct told *t, uint64_t act, uint8_t outcome)
{
	const struct ftp_state *s = x->state;
	struct ftp_own *own;
	struct obs *o;

	if (act == 0) {
		o = begin_told(x, t, PHASE_WHOLE, &own);
	} else {
		o = begin(x, row_of(t), PHASE_ANSWER);
		own = act_own(x, sizeof(*own));
		o->object.name = act_text(x, t->path);
		o->re = act;
	}
	o->outcome = outcome;
	if (own != NULL) {
		bool begun = s->is_running && act != 0 && act == s->running;

		own->received = begun ? 1 : 2;
		if (begun)
			own->completion = code_list(x, 100u + s->running_code, NULL);
	}
	act_emit(x);
}

/* ---- commands ---- */

/* Telnet's Interrupt Process and Synch may stand before ABOR (RFC 959 4.1.3). */
static struct bytes without_telnet(struct bytes b)
{
	while (b.n > 0 && b.p[0] >= 0xf0)
		b = ascii_skip(b, 1);
	return b;
}

static uint8_t row_named(struct bytes command)
{
	for (size_t i = 1; i < ARRAY_LEN(hows); i++)
		if (ascii_is(command, codes[i].key))
			return (uint8_t)i;
	return 0; /* "other-command" */
}

/* Is there a letter, and up to 15 more letters or digits, then a blank or the end? */
static bool is_command(struct bytes word)
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
	struct bytes data = without_telnet(line), command = ascii_until(&data, ' ');
	struct ascii_pen pen = {.p = blob, .n = sizeof(struct note)};
	struct note note = {.row = row_named(command), .command_n = (uint8_t)command.n};

	if (!is_command(command))
		return 0;
	uint32_t code = codes[note.row].code;
	uint8_t how = hows[note.row];

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
		ftp_path(&pen, cwd_of(s), path_in(how, code, data));
	note.path_n = (uint16_t)(pen.n - from);
	note.cut = pen.cut;
	memcpy(blob, &note, sizeof(note));
	return pen.n;
}

static struct told told_over(const uint8_t *blob, size_t n)
{
	struct cursor c = cur_over((struct bytes){blob, n});
	const uint8_t *p = cur_take(&c, sizeof(struct note));
	struct told t = {0};

	if (p == NULL)
		return t;
	memcpy(&t.note, p, sizeof(t.note));
	t.command = cur_bytes(&c, t.note.command_n);
	t.data = cur_bytes(&c, t.note.data_n);
	t.path = cur_bytes(&c, t.note.path_n);
	return t;
}

static bool same_ip(const uint8_t a[16], const uint8_t b[16]) { return memcmp(a, b, 16) == 0; }

/* Announces the data flow, as soon as its port is known: the client may open it before it says what for. */
static void expect_data(struct proto_ctx *x)
{
	const struct ftp_state *s = x->state;
	const struct data_start start = {.active = s->active};

	if (s->data_port != 0)
		expect_flow(x, s->data_ip, s->data_port, proto_ftp_data.name, &start, sizeof(start));
}

static void expect_command(struct proto_ctx *x, uint64_t act, const struct told *t)
{
	const struct ftp_state *s = x->state;
	struct data_start start = {.act = act, .row = t->note.row, .active = s->active};

	start.name_n = keep(start.name, sizeof(start.name), t->path);
	if (s->data_port != 0)
		expect_more(x, &start, sizeof(start));
}

/* PORT, EPRT, LPRT: the server will call the client back. False: not an address and port. */
static bool active_mode(struct proto_ctx *x, const struct told *t, struct obs *o, struct ftp_own *own)
{
	struct ftp_state *s = x->state;
	struct ftp_endpoint end = {0};
	struct side client = asking(x);
	uint32_t code = row_of(t)->code;

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
	if (!same_ip(end.ip, client.ip)) {
		o->note = act_str(x, "bounce"); /* RFC 2577 3 */
		return true;
	}
	s->active = 1;
	s->data_port = end.port;
	memcpy(s->data_ip, end.ip, sizeof(s->data_ip));
	return true;
}

static bool is_port_command(uint32_t code)
{
	return code == FTP_PORT || code == FTP_EPRT || code == FTP_LPRT;
}

/* Replies are missing. Who goes on had its reply, so all commands but the newest were answered in what is
 * missing. */
static void give_up_open(struct proto_ctx *x)
{
	struct ftp_state *s = x->state;

	for (; s->replies_lost && s->answered + 1 < s->asked; s->answered++) {
		const struct ask *ask = pair_answer(x, s->answered);
		struct told t = told_over(ask == NULL ? NULL : ask->blob, ask == NULL ? 0 : ask->n);

		if (ask != NULL)
			say_without_reply(x, &t, ask->act, OUT_UNKNOWN);
		s->is_running = 0;
	}
	s->replies_lost = 0;
}

/* A refused line is kept as evidence, so a line that may hold a password is not refused but said without its
 * bytes. */
static bool refuse(struct proto_ctx *x, struct bytes line, const char *why)
{
	static const char *const secret[] = {"PASS", "ACCT", "ADAT"};

	line = without_telnet(line);
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

static bool command(struct proto_ctx *x, struct bytes line)
{
	struct ftp_state *s = x->state;
	uint8_t blob[ASK_BLOB_MAX];
	size_t n = note_make(s, line, blob);
	struct told t = told_over(blob, n);
	struct ftp_own *own;
	uint64_t act = 0;
	bool good = true;

	if (n == 0)
		return refuse(x, line, "bad-command");
	uint32_t code = row_of(&t)->code;

	if (code == FTP_USER)
		s->user_n = keep(s->user, sizeof(s->user), t.data);
	/* A PORT is said at once too: where it points is the news. */
	if ((how_of(&t) & NOW) || is_port_command(code)) {
		struct obs *o = begin_told(x, &t, PHASE_ASK, &own);

		if (is_port_command(code))
			good = active_mode(x, &t, o, own);
		act = act_emit(x);
	}
	if (!pair_ask(x, s->asked, act, blob, n) && act == 0) {
		begin_told(x, &t, PHASE_WHOLE, &own);
		act_emit(x);
	}
	s->asked++;
	if (how_of(&t) & MOVES)
		expect_command(x, act, &t);
	if (!good)
		x->why = "bad-port";
	return good;
}

/* ---- replies ---- */

struct reply {
	uint16_t code;
	struct bytes text; /* of the first line */
	struct bytes all;
};

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

/* "ddd", then a blank, '-' or the end of the line. 0: it is not. */
static uint16_t reply_code(struct bytes line)
{
	uint64_t code = 0;

	if (line.n < 3 || !ascii_number((struct bytes){line.p, 3}, &code) || code < 100 || code > 699)
		return 0;
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-' && line.p[3] != '\r' && line.p[3] != '\n')
		return 0;
	return (uint16_t)code;
}

/* Fills reply, completion_code and reply_truncated. first: a preliminary code that came before, or 0. */
static void own_reply(struct proto_ctx *x, struct ftp_own *own, const struct reply *r, unsigned first)
{
	struct cursor c = cur_over(r->all);
	struct span lines[REPLY_LINES];
	size_t n = 0;
	bool ended;

	if (own == NULL)
		return;
	while (c.left > 0 && n < REPLY_LINES) {
		struct bytes line = ascii_line(&c, &ended);

		if (reply_code(line) == r->code)
			line = ascii_skip(line, 4);
		own->reply_cut |= line.n > REPLY_LINE;
		lines[n++] = act_text(x, (struct bytes){line.p, min_size(line.n, REPLY_LINE)});
	}
	own->reply_cut |= c.left > 0;
	own->reply = text_list(x, lines, n);
	own->completion = code_list(x, first, r->all.p);
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
	struct side server = answering(x);

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct bytes says = {(const uint8_t *)known[i].text, strlen(known[i].text)};

		if (ascii_has(text, known[i].word))
			fact_say(x, &server, known[i].kind, says, 0, 0, known[i].trust);
	}
}

static void say_banner(struct proto_ctx *x, struct bytes text)
{
	struct ftp_state *s = x->state;
	struct side server = answering(x);
	uint32_t digest = (uint32_t)hash_bytes(text.p, text.n, 0) | 1;

	if (text.n == 0 || digest == s->banner)
		return;
	s->banner = digest;
	fact_say(x, &server, FACT_SERVES, text, server.port, 0, TRUST_LIKELY);
	say_known(x, text);
}

/* A reply that belongs to no command. */
static bool unasked(struct proto_ctx *x, const struct reply *r)
{
	const struct ftp_state *s = x->state;
	bool banner = s->asked == 0 && (r->code == 220 || r->code == 120);
	struct obs *o = begin(x, proto_code(&proto_ftp, banner ? FTP_BANNER : FTP_NOTICE), PHASE_PUSH);
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
static void passive_mode(struct proto_ctx *x, const struct reply *r, struct obs *o, struct ftp_own *own)
{
	struct ftp_state *s = x->state;
	struct ftp_endpoint end = {0};
	struct side server = answering(x);

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
	if (end.has_ip && !same_ip(end.ip, server.ip))
		o->note = act_str(x, "passive-elsewhere");
	s->active = 0;
	s->data_port = end.port;
	memcpy(s->data_ip, server.ip, sizeof(s->data_ip));
}

/* What a reply means for the working directory and the user. */
static void follow(struct proto_ctx *x, const struct told *t, const struct reply *r)
{
	struct ftp_state *s = x->state;
	uint8_t room[PATH_KEPT];
	struct ascii_pen pen = {.p = room, .cap = sizeof(room)};
	uint32_t code = row_of(t)->code;

	if (r->code / 100 != 2)
		return;
	switch (code) {
	case FTP_CWD:
	case FTP_XCWD:
		s->cwd_n = keep(s->cwd, sizeof(s->cwd), t->path);
		break;
	case FTP_CDUP:
	case FTP_XCUP:
		ftp_path(&pen, cwd_of(s), (struct bytes){(const uint8_t *)"..", 2});
		s->cwd_n = keep(s->cwd, sizeof(s->cwd), (struct bytes){room, pen.n});
		break;
	case FTP_PWD:
	case FTP_XPWD:
		if (ftp_quoted(&pen, r->text))
			s->cwd_n = keep(s->cwd, sizeof(s->cwd), (struct bytes){room, pen.n});
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

/* USER is a login only when no password is wanted, or when it is refused. */
static uint8_t verb_of(const struct told *t, const struct reply *r)
{
	bool user = row_of(t)->code == FTP_USER;

	return user && r->code / 100 != 3 && r->code / 100 != 1 ? VERB_LOGIN : row_of(t)->verb;
}

static void say_reply(struct proto_ctx *x, const struct told *t, uint64_t act, const struct reply *r)
{
	struct ftp_state *s = x->state;
	struct ftp_own *own;
	struct obs *o;
	uint32_t code = row_of(t)->code;

	if (act == 0) {
		o = begin_told(x, t, PHASE_WHOLE, &own);
	} else {
		o = begin(x, row_of(t), PHASE_ANSWER);
		own = act_own(x, sizeof(*own));
		o->object.name = act_text(x, code == FTP_RNTO ? (struct bytes){s->from, s->from_n} : t->path);
		o->re = act;
	}
	o->verb = verb_of(t, r);
	o->result = r->code;
	o->outcome = outcome_of(r->code);
	own_reply(x, own, r, s->is_running ? 100u + s->running_code : 0);
	if (r->code == 227 || r->code == 228 || r->code == 229)
		passive_mode(x, r, o, own);
	act_emit(x);
	if (r->code == 227 || r->code == 228 || r->code == 229 ||
	    (is_port_command(code) && r->code / 100 == 2))
		expect_data(x);
}

/* A preliminary reply: the command goes on, perhaps for longer than a request may stay open. */
static void goes_on(struct proto_ctx *x, const struct ask *ask, struct told *t, const struct reply *r)
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
	if (row_of(t)->code != FTP_STOU || !ascii_begins(r->text, file))
		return;
	ftp_path(&pen, cwd_of(s), ascii_skip(r->text, strlen(file))); /* RFC 1123 4.1.2.9 */
	t->path = (struct bytes){room, pen.n};
	expect_command(x, ask->act, t);
}

/* RNFR was accepted: RNTO will say the other name. */
static void remember_from(struct ftp_state *s, const struct told *t, const struct reply *r)
{
	if (row_of(t)->code == FTP_RNFR)
		s->from_n = r->code / 100 == 3 ? keep(s->from, sizeof(s->from), t->path) : 0;
}

static bool reply(struct proto_ctx *x, struct bytes msg)
{
	struct ftp_state *s = x->state;
	struct cursor c = cur_over(msg);
	bool ended;
	struct bytes first = ascii_line(&c, &ended);
	struct reply r = {.code = reply_code(first), .text = ascii_skip(first, 4), .all = msg};

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
	struct told t = told_over(ask == NULL ? NULL : ask->blob, ask == NULL ? 0 : ask->n);

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
	if (row_of(&t)->code == FTP_AUTH && r.code == 234) /* RFC 4217 4: TLS begins */
		flow_become(x, proto_named("tls") != NULL ? "tls" : NULL);
	return true;
}

/* ---- the calls of stream/ ---- */

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
		s->swapped = x->from_client == (have.p[0] >= '0' && have.p[0] <= '9');
	if (asks(x) || s->skip[1] || have.p[0] < '0' || have.p[0] > '9')
		return cut_text(have);
	if (have.n < 4)
		return have.p[have.n - 1] == '\n' ? cut_text(have) : cut_need(4);
	return have.p[3] == '-' && reply_code(have) != 0 ? cut_lines(s, have) : cut_text(have);
}

/* The line is too long; or it is the rest of one that was. *ret: what message() says. */
static bool too_long(struct proto_ctx *x, struct bytes msg, bool *ret)
{
	struct ftp_state *s = x->state;
	uint8_t *skip = &s->skip[asks(x) ? 0 : 1];
	bool was = *skip, ended = msg.n > 0 && msg.p[msg.n - 1] == '\n';

	*skip = !ended;
	*ret = was;
	if (!was && !ended)
		*ret = refuse(x, msg, "long-line");
	if (!asks(x) && *skip)
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
	if (!asks(x))
		return reply(x, msg);
	struct bytes line = ascii_line(&c, &ended);

	return ascii_trim(line).n == 0 || command(x, line);
}

static void ftp_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct ftp_state *s = x->state;

	(void)bytes;
	s->scanned = 0;
	s->skip[asks(x) ? 0 : 1] = 0;
	if (!asks(x))
		s->replies_lost = 1;
}

static void ftp_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	const struct ftp_state *s = x->state;
	struct told t = told_over(ask->blob, ask->n);

	if (s->is_running && ask->act == s->running)
		return; /* it is being carried out: its last reply comes when it is done */
	say_without_reply(x, &t, ask->act, OUT_UNANSWERED);
}

static void ftp_end(struct proto_ctx *x)
{
	struct ftp_state *s = x->state;
	struct told t = {.note = {.row = s->running_row}};

	if (!s->is_running)
		return;
	const struct ask *ask = pair_answer(x, s->answered);

	if (ask != NULL)
		t = told_over(ask->blob, ask->n);
	say_without_reply(x, &t, s->running, OUT_UNANSWERED);
	s->is_running = 0;
}

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
	return is_command(word) && row_named(word) != 0 ? 30 : 0;
}

static unsigned ftp_probe(const struct proto_ctx *x, struct cursor c)
{
	struct bytes have = {c.p, c.left}, line = have;

	(void)x;
	have = without_telnet(have);
	if (have.n == 0)
		return 0;
	if (have.p[0] < '0' || have.p[0] > '9')
		return have.n >= 3 ? probe_command(have) : 1;
	line.n = ascii_find(have, '\n');
	uint16_t code = reply_code(line);

	if (have.n < 4)
		return 1;
	if (code == 0 || ascii_has(line, "SMTP") || ascii_has(line, "NNTP"))
		return 0;
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
	.on = ON_TCP,
	.eve = "ftp",
	.ports = {21, 2121},
	.state_size = sizeof(struct ftp_state),
	.own_size = sizeof(struct ftp_own),
	.codes = codes,
	.code_count = ARRAY_LEN(codes),
	.fields = fields,
	.probe = ftp_probe,
	.cut = ftp_cut,
	.message = ftp_message,
	.lost = ftp_lost,
	.unanswered = ftp_unanswered,
	.end = ftp_end,
};

/* ---- ftp_data ---- */

static const struct proto_code data_codes[] = {
	{FTP_OTHER, "data", VERB_READ, CLASS_FILE, CODE_REQUEST, "RFC 959 3.2: its command was not seen"},
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

#define AT(member) .at = offsetof(struct data_own, member)
static const struct field data_fields[] = {
	{.name = "command", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(command), .eve = "command"},
	{.name = "filename", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(filename), .eve = "filename"},
	{0}};
#undef AT

struct data_state {
	struct data_start start;
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
	const struct proto_code *row = proto_code(&proto_ftp_data, codes[s->start.row].code);
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
		own->file.size = r.size;
		own->file.missing = r.missing;
		memcpy(own->file.sha256, r.sha256, sizeof(own->file.sha256));
		own->file.entropy = r.entropy;
		own->file.complete = r.complete;
		own->file.name = own->filename = o->object.name;
		own->file.magic = act_str(x, r.magic);
		own->command = command_text(x, row);
	}
	act_emit(x);
}

const struct proto proto_ftp_data = {
	.name = "ftp_data",
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

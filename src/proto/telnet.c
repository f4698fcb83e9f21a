/* proto/telnet.c: Telnet, who logs in where in clear text.
 *
 * Spec:    RFC 854 (commands), RFC 855 (options), RFC 1143; prompts as systems print them (M).
 * Message: a stream of characters; FF begins a command: FF FB..FE option, FF FA option ... FF F0, FF other,
 *          FF FF for the character itself. All of it is a body that is looked at byte by byte.
 * Units:   -
 * Emits:   OPEN PUSH at the first byte; LOGIN ASK when a password was typed (value SECRET, object the user
 *          name), ANSWER as the server's next prompt tells: both are guesses and say so; CLOSE PUSH with the
 *          bytes of both directions. Facts: the server SERVES, ROLE_HINT its first line.
 * State:   of each direction where it is in a command, and the line as far as it has come: of the server what
 *          stands before the cursor, of the client the name while it is typed. A password is never kept.
 * Missing: what is typed after the login; options beyond their numbers; encryption (RFC 2946). */
#include "model/proto.h"

#include <string.h>

#include "proto/ascii.h"

extern const struct proto proto_telnet;

enum {
	PORT = 23,
	IAC = 255, SB = 250, SE = 240, WILL = 251, DONT = 254,	/* RFC 854 */
	LINE_KEPT = 96, NAME_KEPT = 48,
	CODE_OPEN = 1, CODE_LOGIN, CODE_END,
	ID_LOGIN = 1,			/* of pair_ask() */
};

static const struct proto_code codes[] = {
	{ CODE_OPEN, "open", VERB_OPEN, CLASS_SESSION, CODE_PUSH, "RFC 854" },
	{ CODE_LOGIN, "login", VERB_LOGIN, CLASS_SESSION, CODE_REQUEST | CODE_ANSWER, "{by-prompts} (M)" },
	{ CODE_END, "end", VERB_CLOSE, CLASS_SESSION, CODE_PUSH, "RFC 854" },
};

struct telnet_own {
	struct span user;
	uint8_t ended, spare[3];
	uint64_t bytes[2];
};
_Static_assert(sizeof(struct telnet_own) % 8 == 0, "own parts stay aligned");

#define AT(member) offsetof(struct telnet_own, member)
static const struct field fields[] = {
	{.name = "user", .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = AT(user)},
	{.name = "client_bytes",
	 .type = FIELD_U64,
	 .show = SHOW_GIVEN,
	 .at = AT(bytes[1]),
	 .given = AT(ended)},
	{.name = "server_bytes",
	 .type = FIELD_U64,
	 .show = SHOW_GIVEN,
	 .at = AT(bytes[0]),
	 .given = AT(ended)},
	{.name = NULL}};

enum in { IN_TEXT, IN_COMMAND, IN_OPTION, IN_SUB, IN_SUB_COMMAND, IN_ESCAPE, IN_SEQUENCE };
enum prompt { PROMPT_NONE, PROMPT_NAME, PROMPT_PASSWORD };

struct telnet_state {
	uint64_t bytes[2];		/* [1] of the client */
	uint64_t login;			/* the act that waits for its verdict; 0: none */
	uint8_t in[2];			/* enum in */
	uint8_t opened, hinted;
	uint8_t typing;			/* the client has begun a line */
	uint8_t asked;			/* enum prompt: what that line answers */
	uint8_t line_n, name_n;
	uint8_t last_cr;		/* of the client: CR LF and CR NUL are one end */
	uint8_t spare[7];
	uint8_t line[LINE_KEPT];	/* the server's, up to the cursor */
	uint8_t name[NAME_KEPT];
};
_Static_assert(sizeof(struct telnet_state) <= 512, "fits proto.state_size");

static const struct proto_code *row(uint32_t code)
{
	return proto_code(&proto_telnet, code);
}

/* ---- prompts, as systems print them (M) ---- */

static struct bytes line_of(const struct telnet_state *st)
{
	return ascii_trim((struct bytes){ st->line, st->line_n });
}

static bool ends_in(struct bytes line, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_ends(line, words[i]))
			return true;
	return false;
}

static enum prompt prompt_of(struct bytes line)
{
	static const char *const names[] = {
		"login:", "username:", "user name:", "user:", "user id:", "account:"};
	static const char *const passwords[] = { "password:", "passwd:", "passcode:" };

	if (ends_in(line, passwords, ARRAY_LEN(passwords)))
		return PROMPT_PASSWORD;
	return ends_in(line, names, ARRAY_LEN(names)) ? PROMPT_NAME : PROMPT_NONE;
}

static bool says_no(struct bytes line)
{
	static const char *const words[] = {"incorrect", "invalid",	 "failed", "failure",
					    "denied",	 "bad password", "wrong"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (ascii_has(line, words[i]))
			return true;
	return false;
}

/* "$", "#", ">" or "%" before the cursor, or a greeting. */
static bool says_yes(struct bytes line, bool line_ends)
{
	static const char *const words[] = { "$", "#", ">", "%" };

	return (!line_ends && ends_in(line, words, ARRAY_LEN(words))) || ascii_begins(line, "last ") ||
	       ascii_begins(line, "welcome");
}

/* ---- acts ---- */

static void open_session(struct proto_ctx *x)
{
	struct telnet_state *st = x->state;
	struct side server = flow_server(x);

	if (st->opened)
		return;
	st->opened = 1;
	act_begin_code(x, row(CODE_OPEN))->phase = PHASE_PUSH;
	act_emit(x);
	fact_say(x, &server, FACT_SERVES, (struct bytes){ (const uint8_t *)"telnet", 6 }, server.port, 0,
		 TRUST_LIKELY);
}

static void ask_login(struct proto_ctx *x)
{
	struct telnet_state *st = x->state;
	struct bytes name = { st->name, st->name_n };
	struct obs *o = act_begin_code(x, row(CODE_LOGIN));

	o->phase = PHASE_ASK;
	o->trust = TRUST_LIKELY;
	o->note = act_str(x, "by-prompt");
	o->object.name = act_text(x, name);
	act_value(x, VAL_SECRET, 0, 0, (struct bytes){ 0 });
	struct telnet_own *w = act_own(x, sizeof(*w));

	if (w != NULL)
		w->user = o->object.name;
	st->login = act_emit(x);
	st->line_n = 0;			/* the prompt that was answered */
	pair_ask(x, ID_LOGIN, st->login, NULL, 0);
}

static void verdict(struct proto_ctx *x, uint8_t outcome)
{
	struct telnet_state *st = x->state;

	st->login = 0;
	pair_answer(x, ID_LOGIN);
	struct obs *o = act_begin_code(x, row(CODE_LOGIN));

	o->phase = PHASE_ANSWER;
	o->outcome = outcome;
	o->trust = TRUST_GUESS;
	o->note = act_str(x, "by-prompt");
	o->object.name = act_text(x, (struct bytes){ st->name, st->name_n });
	act_emit(x);
	if (outcome == OUT_DONE && st->name_n > 0)
		flow_who(x, (struct bytes){ st->name, st->name_n });
}

/* ---- characters ---- */

static void hint(struct proto_ctx *x, struct bytes line)
{
	struct telnet_state *st = x->state;
	struct side server = flow_server(x);

	if (st->hinted || line.n < 4 || prompt_of(line) != PROMPT_NONE)
		return;
	st->hinted = 1;
	fact_say(x, &server, FACT_ROLE_HINT, line, 0, 0, TRUST_GUESS);
}

/* After each character of the server that may end a prompt, and at each end of a line. */
static void judge(struct proto_ctx *x, bool line_ends)
{
	struct telnet_state *st = x->state;
	struct bytes line = line_of(st);

	if (st->login == 0 || line.n == 0)
		return;
	if (says_yes(line, line_ends))
		verdict(x, OUT_DONE);
	else if (says_no(line) || prompt_of(line) != PROMPT_NONE)
		verdict(x, OUT_REFUSED);
}

static void server_text(struct proto_ctx *x, uint8_t c)
{
	struct telnet_state *st = x->state;

	if (c == '\r' || c == '\n') {
		judge(x, true);
		hint(x, line_of(st));
		st->line_n = 0;
	} else if (c == 8 && st->line_n > 0) {
		st->line_n--;
	} else if (c >= ' ' && st->line_n < LINE_KEPT) {
		st->line[st->line_n++] = c;
		if (c == ':' || c == '$' || c == '#' || c == '>' || c == '%')
			judge(x, false);
	}
}

static void line_typed(struct proto_ctx *x)
{
	struct telnet_state *st = x->state;

	if (st->asked == PROMPT_PASSWORD)
		ask_login(x);
	st->typing = 0;
	st->asked = PROMPT_NONE;
}

static void client_text(struct proto_ctx *x, uint8_t c)
{
	struct telnet_state *st = x->state;
	bool after_cr = st->last_cr;

	st->last_cr = c == '\r';
	if (after_cr && (c == '\n' || c == 0))
		return;
	if (!st->typing) { /* what the line answers stands before the cursor now, without its echo */
		st->typing = 1;
		st->hinted = 1;
		st->asked = (uint8_t)prompt_of(line_of(st));
		if (st->asked == PROMPT_NAME)
			st->name_n = 0;
	}
	if (c == '\r' || c == '\n') {
		line_typed(x);
		return;
	}
	if (st->asked != PROMPT_NAME)
		return;
	if ((c == 8 || c == 0x7f) && st->name_n > 0)
		st->name_n--;
	else if (c > ' ' && c < 0x7f && st->name_n < NAME_KEPT)
		st->name[st->name_n++] = c;
}

/* What a byte is, by those before it. True: a character. */
static bool is_text(uint8_t *in, uint8_t c)
{
	switch (*in) {
	case IN_COMMAND:
		*in = c == SB ? IN_SUB : c >= WILL && c <= DONT ? IN_OPTION : IN_TEXT;
		return c == IAC;
	case IN_SUB:
		*in = c == IAC ? IN_SUB_COMMAND : IN_SUB;
		return false;
	case IN_SUB_COMMAND:
		*in = c == SE ? IN_TEXT : IN_SUB;
		return false;
	case IN_ESCAPE:			/* ECMA-48 5.4: ESC [ ... letter */
		*in = c == '[' ? IN_SEQUENCE : IN_TEXT;
		return false;
	case IN_SEQUENCE:
		*in = c >= 0x40 && c <= 0x7e ? IN_TEXT : IN_SEQUENCE;
		return false;
	case IN_OPTION:
		*in = IN_TEXT;
		return false;
	}
	*in = c == IAC ? IN_COMMAND : c == 27 ? IN_ESCAPE : IN_TEXT;
	return *in == IN_TEXT;
}

static void telnet_data(struct proto_ctx *x, struct cursor piece, bool last)
{
	struct telnet_state *st = x->state;

	(void)last;
	if (piece.left > 0)
		open_session(x);
	st->bytes[x->from_client] += piece.left;
	while (piece.left > 0) {
		uint8_t c = cur_u8(&piece);

		if (!is_text(&st->in[x->from_client], c))
			continue;
		if (x->from_client)
			client_text(x, c);
		else
			server_text(x, c);
	}
}

static struct cut telnet_cut(struct proto_ctx *x, struct cursor have)
{
	(void)x;
	(void)have;
	return cut_body(0, BODY_TO_END);
}

static bool telnet_message(struct proto_ctx *x, struct cursor msg)
{
	(void)x;	/* all of it is a body */
	(void)msg;
	return true;
}

/* A hole may hold the end of a line: nothing typed before it counts. */
static void telnet_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct telnet_state *st = x->state;

	(void)bytes;
	st->in[x->from_client] = IN_TEXT;
	st->line_n = 0;
	st->typing = 0;
	st->asked = PROMPT_NONE;
}

static void telnet_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct telnet_state *st = x->state;

	(void)ask;
	st->login = 0;
	struct obs *o = act_begin_code(x, row(CODE_LOGIN));

	o->phase = PHASE_ANSWER;
	o->trust = TRUST_GUESS;
	o->note = act_str(x, "no-verdict");
	act_emit(x);
}

static void telnet_end(struct proto_ctx *x)
{
	struct telnet_state *st = x->state;

	if (!st->opened)
		return;
	act_begin_code(x, row(CODE_END))->phase = PHASE_PUSH;
	struct telnet_own *w = act_own(x, sizeof(*w));

	if (w != NULL) {
		w->ended = 1;
		w->bytes[0] = st->bytes[0];
		w->bytes[1] = st->bytes[1];
	}
	act_emit(x);
}

/* Negotiation is like nothing else: FF FB..FE option, up to the last option there is (RFC 860 ... 2946). */
static unsigned telnet_probe(const struct proto_ctx *x, struct cursor head)
{
	bool port = flow_server(x).port == PORT || flow_client(x).port == PORT;
	uint8_t first = cur_u8(&head), command = cur_u8(&head), option = cur_u8(&head);
	bool text = first == '\r' || first == '\n' || first == 27 || (first >= ' ' && first < 0x7f);

	if (first == IAC && !cur_broken(&head) && command >= SB && command <= DONT &&
	    (option < 50 || option == 255))
		return port ? 90 : 60;
	return port && (text || first == IAC) ? 30 : 0;
}

const struct proto proto_telnet = {
	.name = "telnet", .on = ON_TCP, .ports = { PORT }, .verified = VERIFIED_CAPTURE,
	.state_size = sizeof(struct telnet_state), .own_size = sizeof(struct telnet_own),
	.codes = codes, .code_count = ARRAY_LEN(codes), .fields = fields,
	.probe = telnet_probe, .cut = telnet_cut, .message = telnet_message, .data = telnet_data,
	.lost = telnet_lost, .unanswered = telnet_unanswered, .end = telnet_end,
};

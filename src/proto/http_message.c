/* proto/http_message.c: heads of HTTP requests and answers: who asked for what, and what came of it. */
#include "proto/http.h"

#include <string.h>

#include "core/hash.h"

/* ---- facts ---- */

static uint32_t digest_of(struct bytes b)
{
	uint32_t d = (uint32_t)hash_bytes(b.p, b.n, 0);

	return d == 0 ? 1 : d; /* 0 is: nothing yet */
}

/* Is it new to this flow? Then it is known from now on. */
static bool is_news(uint32_t *known, struct bytes b)
{
	uint32_t d = b.n == 0 ? 0 : digest_of(b);
	bool news = b.n > 0 && d != *known;

	if (news)
		*known = d;
	return news;
}

/* Words in User-Agent and Server that tell the operating system. */
static const struct {
	const char *word, *os;
} systems[] = {
	{"Windows NT 10.0", "Windows 10/11"},
	{"Windows NT 6.3", "Windows 8.1"},
	{"Windows NT 6.2", "Windows 8"},
	{"Windows NT 6.1", "Windows 7"},
	{"Windows NT 6.0", "Windows Vista"},
	{"Windows NT 5.2", "Windows XP/2003"},
	{"Windows NT 5.1", "Windows XP"},
	{"Windows NT 5.0", "Windows 2000"},
	{"Windows CE", "Windows CE"},
	{"Microsoft-IIS/10", "Windows 10/2016 or later"},
	{"Microsoft-IIS/8.5", "Windows 8.1/2012 R2"},
	{"Microsoft-IIS/8.0", "Windows 8/2012"},
	{"Microsoft-IIS/7.5", "Windows 7/2008 R2"},
	{"Microsoft-IIS/7.0", "Windows Vista/2008"},
	{"Microsoft-IIS/6", "Windows XP/2003"},
	{"Microsoft-WinCE", "Windows CE"},
	{"Win32", "Windows"},
	{"Win64", "Windows"},
	{"Android", "Android"},
	{"iPhone OS", "iOS"},
	{"Mac OS X", "macOS"},
	{"VxWorks", "VxWorks"},
	{"QNX", "QNX"},
	{"Ubuntu", "Linux (Ubuntu)"},
	{"Debian", "Linux (Debian)"},
	{"Red Hat", "Linux (Red Hat)"},
	{"CentOS", "Linux (CentOS)"},
	{"FreeBSD", "FreeBSD"},
	{"Linux", "Linux"},
};

static void fact_os(struct proto_ctx *x, const struct side *about, struct bytes text)
{
	for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
		const char *os = systems[i].os;

		if (!ascii_has(text, systems[i].word))
			continue;
		fact_say(x, about, FACT_OS, (struct bytes){(const uint8_t *)os, strlen(os)}, 0, 0,
			 TRUST_GUESS);
		return;
	}
}

/* A name, not an address in letters. */
static bool is_name(struct bytes host)
{
	for (size_t i = 0; i < host.n; i++) {
		uint8_t c = ascii_lower(host.p[i]);

		if (c == ':' || c == '[')
			return false;
		if (c >= 'g' && c <= 'z')
			return true;
	}
	return false;
}

static void request_facts(struct proto_ctx *x, const struct http_told *t)
{
	struct http_state *s = x->state;
	struct side client = ends_asking(x), server = ends_answering(x);
	uint16_t port;
	struct bytes host = http_host(t->part[HOST], &port);

	if (is_news(&s->agent, t->part[AGENT])) {
		fact_say(x, &client, FACT_ROLE_HINT, t->part[AGENT], 0, 0, TRUST_GUESS);
		fact_os(x, &client, t->part[AGENT]);
	}
	if (!t->note.absolute && is_name(host) && is_news(&s->host, host))
		fact_say(x, &server, FACT_NAME_OF_IP, host, 0, 0, TRUST_GUESS);
}

static void answer_facts(struct proto_ctx *x, const struct http_head *h)
{
	struct http_state *s = x->state;
	struct side server = ends_answering(x);

	if (!is_news(&s->server, h->server))
		return;
	fact_say(x, &server, FACT_SERVES, h->server, server.port, 0, TRUST_LIKELY);
	fact_os(x, &server, h->server);
}

/* ---- requests ---- */

static void remember_who(struct proto_ctx *x, struct bytes user)
{
	struct http_state *s = x->state;

	if (user.n > 0 || s->has_who)
		flow_who(x, user);
	s->has_who = user.n > 0;
}

/* The request changes something, or opens something: said before its answer comes. */
static bool at_once(const struct proto_code *row)
{
	return verb_changes(row->verb) || row->verb == VERB_OPEN || row->verb == VERB_SUBSCRIBE ||
	       row->verb == VERB_PUBLISH;
}

static void say_wrong(struct proto_ctx *x, uint32_t code, const char *why)
{
	struct obs *o = act_begin(x);

	o->verb = VERB_MALFORMED;
	o->code = code;
	o->note = act_str(x, why);
	act_emit(x);
}

/* Answers are missing. Who asks again had its answer, so all requests but the `newest` were answered in what
 * is missing. */
static void give_up_open(struct proto_ctx *x, uint32_t newest)
{
	struct http_state *s = x->state;

	for (; s->answers_lost && s->answered + newest < s->asked; s->answered++) {
		const struct ask *ask = pair_answer(x, s->answered);

		if (ask != NULL)
			http_say_open(x, ask, OUT_UNKNOWN);
	}
	s->answers_lost = 0;
}

bool http_request(struct proto_ctx *x, struct http_half *h, struct bytes msg)
{
	struct http_state *s = x->state;
	uint8_t blob[ASK_BLOB_MAX];
	struct http_head head;
	struct http_own *own;
	uint64_t act = 0;

	if (!http_head(msg, &head) || !head.request) {
		x->why = "not-a-head";
		return false;
	}
	size_t n = http_note_make(&head, blob);
	struct http_told t = http_told_over(blob, n);
	const struct proto_code *row = &http_codes[t.note.row];

	remember_who(x, t.part[USER]);
	if (at_once(row)) {
		http_begin(x, &t, PHASE_ASK, &own);
		act = act_emit(x);
	}
	if (!pair_ask(x, s->asked, act, blob, n) && act == 0) {
		http_begin(x, &t, PHASE_WHOLE, &own);
		act_emit(x);
	}
	s->asked++;
	if (head.wrong != NULL)
		say_wrong(x, row->code, head.wrong);
	request_facts(x, &t);
	h->act = act;
	h->status = 0;
	h->form = ascii_begins(head.type, "application/x-www-form-urlencoded");
	http_file_called(h, http_path(t.part[URL]));
	http_body_begins(h, http_framing_of_request(&head), head.length);
	http_inner_request(x, &t);
	return true;
}

/* ---- answers ---- */

static struct span put_unfolded(struct proto_ctx *x, struct bytes value, bool is_url)
{
	uint8_t room[512];
	struct ascii_pen pen = {.p = room, .cap = sizeof(room)};

	if (is_url)
		http_mask(&pen, value);
	else
		http_unfold(&pen, value);
	return act_text(x, (struct bytes){room, pen.n});
}

static void own_answer(struct proto_ctx *x, struct http_own *own, const struct http_head *h,
		       enum http_framing framing)
{
	own->status = h->code;
	if (h->code == 0)
		own->status_text = act_text(x, h->status);
	own->has_length = framing == BODY_LENGTH || framing == BODY_NONE;
	own->length = framing == BODY_LENGTH ? h->length : 0;
	own->type = put_unfolded(x, h->type, false);
	own->redirect = put_unfolded(x, h->location, true);
	own->server = put_unfolded(x, h->server, false);
	if (h->code == 101)
		own->upgrade = put_unfolded(x, h->upgrade, false);
	own->range = put_unfolded(x, h->range, false);
	own->has_range = http_range(h->range, &own->range_start, &own->range_end, &own->range_size);
}

/* Says the answer; ask NULL: its request was not seen. Returns the act that a file act belongs to. */
static uint64_t say_answer(struct proto_ctx *x, const struct ask *ask, const struct http_told *t,
			   const struct http_head *h, enum http_framing framing)
{
	struct http_own *own;
	struct obs *o;

	if (ask != NULL && ask->act == 0) {
		o = http_begin(x, t, PHASE_WHOLE, &own);
	} else {
		const struct proto_code *row =
			ask == NULL ? proto_code(&proto_http, CODE_ANSWER_ALONE) : &http_codes[t->note.row];

		o = ends_begin(x, row, PHASE_ANSWER);
		own = act_own(x, sizeof(*own));
		o->object.name = act_text(x, t->part[URL]);
		o->re = ask == NULL ? 0 : ask->act;
	}
	o->result = h->code;
	o->outcome = http_outcome(h->code);
	if (own != NULL)
		own_answer(x, own, h, framing);
	if (own != NULL && ask == NULL)
		own->version = http_version_word(h->version);
	uint64_t act = act_emit(x);

	return ask != NULL && ask->act != 0 ? ask->act : act;
}

/* A user name went over the wire with something secret: said once a user and flow, and each time it was
 * refused. The first leg of NTLM is always refused, and names nobody; and a nonce of
 * Digest that has grown old is no refusal, the browser asks again without bothering anybody. */
static void say_login(struct proto_ctx *x, const struct http_told *t, const struct http_head *h)
{
	struct http_state *s = x->state;
	uint16_t status = h->code;
	bool refused = status == 401 || status == 407; /* RFC 9110 15.5.2, 15.5.8 */

	if (t->part[USER].n == 0 || status < 200 || (refused && h->stale) ||
	    (!is_news(&s->user, t->part[USER]) && !refused))
		return;
	struct obs *o = ends_begin(x, proto_code(&proto_http, CODE_LOGIN), PHASE_WHOLE);

	o->object.name = act_text(x, t->part[USER]);
	o->result = status;
	o->outcome = refused ? OUT_REFUSED : OUT_DONE;
	o->trust = TRUST_LIKELY; /* a server may not have asked for credentials at all */
	if (!ascii_is(t->part[SCHEME], "Basic"))
		o->note = act_str(x, "digest-sent");
	act_value(x, VAL_SECRET, 0, 1, (struct bytes){NULL, 0});
	act_emit(x);
}

/* "websocket", "h2c": from here on the flow speaks that (RFC 9110 7.8), or whatever a tunnel carries
 * (9.3.6). */
static void leave(struct proto_ctx *x, struct bytes upgrade)
{
	char name[32];
	struct bytes word = ascii_trim(ascii_until(&upgrade, ','));
	size_t n = min_size(ascii_find(word, '/'), sizeof(name) - 1);

	for (size_t i = 0; i < n; i++)
		name[i] = (char)ascii_lower(word.p[i]);
	name[n] = '\0';
	flow_become(x, proto_named(name) != NULL && proto_named(name) != &proto_http ? name : NULL);
}

bool http_answer(struct proto_ctx *x, struct http_half *h, struct bytes msg)
{
	struct http_state *s = x->state;
	struct http_head head;

	if (!http_head(msg, &head) || head.request) {
		x->why = "not-a-head";
		return false;
	}
	s->pipelined |= !s->answers_lost && s->asked - s->answered > 1;
	give_up_open(x, s->pipelined ? 0 : 1);
	bool open = s->answered < s->asked, interim = head.code / 100 == 1 && head.code != 101;
	const struct ask *ask = !open	  ? NULL
				: interim ? pair_peek(x, s->answered)
					  : pair_answer(x, s->answered);
	struct http_told t = http_told_over(ask == NULL ? NULL : ask->blob, ask == NULL ? 0 : ask->n);
	const struct proto_code *row = ask == NULL ? NULL : &http_codes[t.note.row];
	enum http_framing framing = http_framing_of_answer(&head, row);

	if (open && !interim)
		s->answered++;
	if (interim) /* a request is answered once */
		return true;
	h->act = say_answer(x, ask, &t, &head, framing);
	say_login(x, &t, &head);
	if (head.wrong != NULL)
		say_wrong(x, row == NULL ? CODE_ANSWER_ALONE : row->code, head.wrong);
	answer_facts(x, &head);
	struct bytes name = http_file_name(head.disposition);

	h->status = head.code;
	http_file_called(h, name.n > 0 ? name : http_path(t.part[URL]));
	http_body_begins(h, framing, head.length);
	if (ask != NULL)
		http_inner_answer(x, &t, head.type);
	if (head.code == 101 || (row != NULL && row->code == CODE_CONNECT && head.code / 100 == 2))
		leave(x, head.upgrade);
	return true;
}

void http_answer_bare(struct proto_ctx *x, struct http_half *h)
{
	static const struct http_head head = {.version = 9};
	struct http_state *s = x->state;
	const struct ask *ask = pair_answer(x, s->answered);
	struct http_told t = http_told_over(ask == NULL ? NULL : ask->blob, ask == NULL ? 0 : ask->n);

	h->act = say_answer(x, ask, &t, &head, BODY_FLOW);
	h->status = 0;
	http_file_called(h, http_path(t.part[URL]));
	http_body_begins(h, BODY_FLOW, 0);
	s->answered++;
}

/* proto/http.c: HTTP/1.x, who asked which server for what, and the files that went either way.
 *
 * Spec:    RFC 9112 (HTTP/1.1 messages), RFC 9110 (semantics), RFC 1945 (HTTP/1.0 and 0.9), RFC 4918
 *          (WebDAV).
 * Message: first line, fields, empty line (all gathered, at most CUT_MAX); then a body, streamed: as long as
 *          Content-Length says, in chunks (each "size[;extension]" and its bytes), or to the end of the
 *          flow.
 * Units:   lengths in bytes.
 * Emits:   reads as one WHOLE act with the status; what changes something as ASK and ANSWER; at the end of
 *          every body that has bytes a file act (ANSWER to the above) with name, size, SHA-256, type; LOGIN
 *          acts for Basic and Digest; MALFORMED beside the message for what request smuggling lives on.
 *          Facts: the server's software and name, the client's operating system.
 * State:   of each direction where it is in a body and the name of its file; how many requests and answers
 *          there were (answers come in order); digests of what was said as facts, so that it is said once a
 *          flow.
 * Secrets: credentials and cookies are not read beyond scheme and user name; parameters of URLs named like
 *          secrets are masked before anything is kept. Forms (application/x-www-form-urlencoded) are not
 *          hashed: they carry the passwords people type, and a digest of something that short can be
 *          guessed.
 * Missing: HTTP/2 and 3; contents of bodies are hashed as sent, so neither multipart is taken apart nor gzip
 *          undone; the user names in NTLM and Negotiate. */
#include "proto/http.h"

static const char *const versions[] = {"", "HTTP/0.9", "HTTP/1.0", "HTTP/1.1"};

#define AT(member) .at = offsetof(struct http_own, member)
#define ROW(name_, kind, member, eve_) \
	{.name = name_, .type = kind, .show = SHOW_NONZERO, AT(member), .eve = eve_}
#define TEXT(name_, member, eve_) ROW(name_, FIELD_TEXT, member, eve_)
#define GIVEN(name_, member, eve_, given_) \
	{.name = name_, .type = FIELD_U64, .show = SHOW_GIVEN, AT(member), .eve = eve_, \
	 .given = offsetof(struct http_own, given_)}
static const struct field fields[] = {
	TEXT("hostname", hostname, "hostname"),
	ROW("port", FIELD_U16, port, "http_port"),
	TEXT("url", url, "url"),
	TEXT("user_agent", agent, "http_user_agent"),
	TEXT("forwarded_for", forwarded, "xff"),
	TEXT("content_type", type, "http_content_type"),
	TEXT("content_range", range, "content_range.raw"),
	GIVEN("range_start", range_start, "content_range.start", has_range),
	GIVEN("range_end", range_end, "content_range.end", has_range),
	ROW("range_size", FIELD_U64, range_size, "content_range.size"),
	TEXT("referer", referer, "http_refer"),
	TEXT("method", method, "http_method"),
	{.name = "version", .type = FIELD_WORD, .show = SHOW_NONZERO, AT(version), .eve = "protocol",
	 .elem = ARRAY_LEN(versions), .words = versions},
	ROW("status", FIELD_U16, status, "status"),
	TEXT("status_text", status_text, "status_string"),
	TEXT("redirect", redirect, "redirect"),
	GIVEN("length", length, "length", has_length),
	TEXT("request_content_type", request_type, NULL),
	TEXT("auth_scheme", scheme, NULL),
	TEXT("server", server, NULL),
	TEXT("upgrade", upgrade, NULL),
	{0}};

/* ---- the calls of stream/ ---- */

static bool http_message(struct proto_ctx *x, struct cursor c)
{
	struct http_half *h = http_half_of(x);
	struct bytes msg = {c.p, c.left};

	h->scanned = 0;
	h->ahead = 0;
	if (h->stage != AT_HEAD)
		return http_chunk(x, h, msg);
	if (http_empty_lines(msg) == msg.n)
		return true;
	http_file_close(x, h, false);
	return ends_asks(x) ? http_request(x, h, msg) : http_answer(x, h, msg);
}

static void http_data(struct proto_ctx *x, struct cursor piece, bool last)
{
	struct http_half *h = http_half_of(x);

	if (h->left == 0 && piece.left > 0 && !ends_asks(x))
		http_answer_bare(x, h); /* only a body without a head begins so */
	if (piece.left > 0 && http_file_open(x, h))
		transfer_data(x, http_key(x->state, h), (struct bytes){piece.p, piece.left});
	if (h->left != BODY_TO_END)
		h->left -= min_size(piece.left, h->left);
	if (!ends_asks(x))
		http_inner_data(x, (struct bytes){piece.p, piece.left});
	if (last && h->stage == AT_HEAD)
		http_file_close(x, h, h->left == 0 || !x->cut_off);
}

/* A hole inside a body leaves it standing; any other loss of bytes, or of the place in them (0 bytes), does
 * not. */
static void http_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct http_state *s = x->state;
	struct http_half *h = http_half_of(x);
	bool inside = bytes > 0 && bytes <= h->left;
	uint64_t gone = inside || bytes == 0 ? bytes : h->left == BODY_TO_END ? bytes : h->left;

	http_inner_lost(x);
	if (gone > 0 && http_file_open(x, h))
		transfer_missing(x, http_key(s, h), gone);
	if (h->left != BODY_TO_END)
		h->left -= gone;
	if (inside && (h->left > 0 || h->stage != AT_HEAD))
		return;
	http_file_close(x, h, false);
	if (inside)
		return;
	h->stage = AT_HEAD;
	h->ahead = 0;
	h->scanned = 0;
	if (!ends_asks(x))
		s->answers_lost = 1;
}

static void http_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	http_say_open(x, ask, OUT_UNANSWERED);
}

static void http_end(struct proto_ctx *x)
{
	struct http_state *s = x->state;

	http_file_close(x, &s->half[0], false);
	http_file_close(x, &s->half[1], false);
}

/* ---- recognising ---- */

static unsigned http_probe(const struct proto_ctx *x, struct cursor c)
{
	struct bytes have = {c.p, c.left};
	struct bytes method = have;

	(void)x;
	have = ascii_skip(have, http_empty_lines(have));
	if (have.n == 0)
		return 0;
	if (http_answer_like(have) >= 0)
		return have.n >= 12 ? 95 : 10; /* "HTTP/1.1 200" */
	int like = http_request_like(have);

	method = ascii_until(&have, ' ');
	if (like < 0)
		return 0;
	bool known = http_row(method) != 0;

	if (like == 0)
		return known ? 40 : 1;
	return like == 2 ? 30 : known ? 95 : 60;
}

const struct proto proto_http = {
	.name = "http",
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.on = ON_TCP,
	.eve = "http",
	.ports = {80, 8080, 8000, 8888, 3128, 5000, 631},
	.state_size = sizeof(struct http_state),
	.own_size = sizeof(struct http_own),
	.transfers = true,
	.codes = http_codes,
	.code_count = HTTP_CODES,
	.fields = fields,
	.probe = http_probe,
	.cut = http_cut,
	.message = http_message,
	.data = http_data,
	.lost = http_lost,
	.unanswered = http_unanswered,
	.end = http_end,
};

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
#include "proto/http_head.h"

#include <string.h>

#include "core/hash.h"
#include "model/proto.h"

extern const struct proto proto_http;

enum {
	NAME_MAX_KEPT = 180, /* bytes of a file's name that wait for the end of its body */
	FIRST_LINE_MAX = 16384, /* RFC 9112 3 asks for 8000 at least */
	CHUNK_LINE_MAX = 4096,
	TRAILERS_MAX = 8192,
};

/* ---- what is said ---- */

enum { /* codes beside the methods */
       CODE_OTHER = 99,
       CODE_LOGIN = 240,
       CODE_FILE_TO_SERVER,
       CODE_FILE_TO_CLIENT,
       CODE_ANSWER_ALONE,
};

#define BOTH (CODE_REQUEST | CODE_ANSWER)
/* The registered methods (IANA "HTTP Method Registry") and the commonest others. */
static const struct proto_code codes[] = {
	{CODE_OTHER, "other-method", VERB_CONTROL, CLASS_DATA, BOTH, "RFC 9110 9.1: an extension"},
	{1, "get", VERB_READ, CLASS_DATA, BOTH, "RFC 9110 9.3.1"},
	{2, "head", VERB_READ, CLASS_DATA, BOTH, "RFC 9110 9.3.2"},
	{3, "post", VERB_WRITE, CLASS_DATA, BOTH, "RFC 9110 9.3.3"},
	{4, "put", VERB_WRITE, CLASS_FILE, BOTH, "RFC 9110 9.3.4"},
	{5, "delete", VERB_DELETE, CLASS_FILE, BOTH, "RFC 9110 9.3.5"},
	{6, "connect", VERB_OPEN, CLASS_SESSION, BOTH, "RFC 9110 9.3.6"},
	{7, "options", VERB_QUERY, CLASS_DEVICE, BOTH, "RFC 9110 9.3.7"},
	{8, "trace", VERB_QUERY, CLASS_DIAG, BOTH, "RFC 9110 9.3.8"},
	{9, "patch", VERB_WRITE, CLASS_DATA, BOTH, "RFC 5789 2"},
	{10, "propfind", VERB_BROWSE, CLASS_FILE, BOTH, "RFC 4918 9.1"},
	{11, "proppatch", VERB_WRITE, CLASS_DATA, BOTH, "RFC 4918 9.2"},
	{12, "mkcol", VERB_WRITE, CLASS_FILE, BOTH, "RFC 4918 9.3"},
	{13, "copy", VERB_WRITE, CLASS_FILE, BOTH, "RFC 4918 9.8"},
	{14, "move", VERB_RENAME, CLASS_FILE, BOTH, "RFC 4918 9.9"},
	{15, "lock", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 4918 9.10"},
	{16, "unlock", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 4918 9.11"},
	{17, "acl", VERB_WRITE, CLASS_CONFIG, BOTH, "RFC 3744 8.1"},
	{18, "report", VERB_QUERY, CLASS_FILE, BOTH, "RFC 3253 3.6"},
	{19, "search", VERB_QUERY, CLASS_FILE, BOTH, "RFC 5323 2"},
	{20, "mkcalendar", VERB_WRITE, CLASS_FILE, BOTH, "RFC 4791 5.3.1"},
	{21, "checkin", VERB_WRITE, CLASS_FILE, BOTH, "RFC 3253 4.4"},
	{22, "checkout", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 3253 4.3"},
	{23, "uncheckout", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 3253 4.5"},
	{24, "version-control", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 3253 3.5"},
	{25, "mkworkspace", VERB_WRITE, CLASS_FILE, BOTH, "RFC 3253 6.3"},
	{26, "update", VERB_WRITE, CLASS_FILE, BOTH, "RFC 3253 7.1"},
	{27, "label", VERB_WRITE, CLASS_DATA, BOTH, "RFC 3253 8.2"},
	{28, "merge", VERB_WRITE, CLASS_FILE, BOTH, "RFC 3253 11.2"},
	{29, "baseline-control", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 3253 12.6"},
	{30, "mkactivity", VERB_WRITE, CLASS_FILE, BOTH, "RFC 3253 13.5"},
	{31, "bind", VERB_WRITE, CLASS_FILE, BOTH, "RFC 5842 4"},
	{32, "unbind", VERB_DELETE, CLASS_FILE, BOTH, "RFC 5842 5"},
	{33, "rebind", VERB_RENAME, CLASS_FILE, BOTH, "RFC 5842 6"},
	{34, "orderpatch", VERB_WRITE, CLASS_DATA, BOTH, "RFC 3648 7"},
	{35, "mkredirectref", VERB_WRITE, CLASS_FILE, BOTH, "RFC 4437 6"},
	{36, "updateredirectref", VERB_WRITE, CLASS_FILE, BOTH, "RFC 4437 7"},
	{37, "link", VERB_WRITE, CLASS_DATA, BOTH, "RFC 2068 19.6.1.2"},
	{38, "unlink", VERB_WRITE, CLASS_DATA, BOTH, "RFC 2068 19.6.1.3"},
	{39, "subscribe", VERB_SUBSCRIBE, CLASS_DATA, BOTH, "UPnP Device Architecture 2.0, 4.1.2"},
	{40, "unsubscribe", VERB_SUBSCRIBE, CLASS_DATA, BOTH, "UPnP Device Architecture 2.0, 4.1.4"},
	{41, "notify", VERB_PUBLISH, CLASS_DATA, BOTH, "UPnP Device Architecture 2.0, 4.2.1"},
	{42, "rpc_in_data", VERB_OPEN, CLASS_SESSION, BOTH, "[MS-RPCH] 2.1.2.1.1"},
	{43, "rpc_out_data", VERB_OPEN, CLASS_SESSION, BOTH, "[MS-RPCH] 2.1.2.1.2"},
	{44, "rdg_in_data", VERB_OPEN, CLASS_SESSION, BOTH, "[MS-TSGU] 3.3.5.1"},
	{45, "rdg_out_data", VERB_OPEN, CLASS_SESSION, BOTH, "[MS-TSGU] 3.3.5.1"},
	{46, "bits_post", VERB_WRITE, CLASS_FILE, BOTH, "[MC-BUP] 2.2.1"},
	{CODE_LOGIN, "authorization", VERB_LOGIN, CLASS_SESSION, BOTH, "RFC 9110 11.6.2, 11.7.2"},
	{CODE_FILE_TO_SERVER, "body-to-server", VERB_WRITE, CLASS_FILE, CODE_REQUEST, "RFC 9112 6"},
	{CODE_FILE_TO_CLIENT, "body-to-client", VERB_READ, CLASS_FILE, CODE_ANSWER, "RFC 9112 6"},
	{CODE_ANSWER_ALONE, "answer-alone", VERB_REPORT, CLASS_DATA, CODE_ANSWER,
	 "RFC 9110 15: its request was not seen"},
};

static const char *const versions[] = {"", "HTTP/0.9", "HTTP/1.0", "HTTP/1.1"};

struct http_own {
	struct transfer_own file; /* at the end of a body */
	uint64_t length; /* of the answer's body, when its head says */
	uint64_t range_start, range_end, range_size;
	struct span method, url, hostname, agent, referer, forwarded, scheme, request_type;
	struct span status_text, type, redirect, server, upgrade, range;
	uint16_t status, port;
	uint8_t version; /* word of versions[] */
	uint8_t has_length, has_range;
	uint8_t spare;
};

#define AT(member) .at = offsetof(struct http_own, member)
static const struct field fields[] = {
	{.name = "hostname", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(hostname), .eve = "hostname"},
	{.name = "port", .type = FIELD_U16, .show = SHOW_NONZERO, AT(port), .eve = "http_port"},
	{.name = "url", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(url), .eve = "url"},
	{.name = "user_agent", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(agent), .eve = "http_user_agent"},
	{.name = "forwarded_for", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(forwarded), .eve = "xff"},
	{.name = "content_type",
	 .type = FIELD_TEXT,
	 .show = SHOW_NONZERO,
	 AT(type),
	 .eve = "http_content_type"},
	{.name = "content_range",
	 .type = FIELD_TEXT,
	 .show = SHOW_NONZERO,
	 AT(range),
	 .eve = "content_range.raw"},
	{.name = "range_start",
	 .type = FIELD_U64,
	 .show = SHOW_GIVEN,
	 AT(range_start),
	 .eve = "content_range.start",
	 .given = offsetof(struct http_own, has_range)},
	{.name = "range_end",
	 .type = FIELD_U64,
	 .show = SHOW_GIVEN,
	 AT(range_end),
	 .eve = "content_range.end",
	 .given = offsetof(struct http_own, has_range)},
	{.name = "range_size",
	 .type = FIELD_U64,
	 .show = SHOW_NONZERO,
	 AT(range_size),
	 .eve = "content_range.size"},
	{.name = "referer", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(referer), .eve = "http_refer"},
	{.name = "method", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(method), .eve = "http_method"},
	{.name = "version",
	 .type = FIELD_WORD,
	 .show = SHOW_NONZERO,
	 AT(version),
	 .eve = "protocol",
	 .elem = ARRAY_LEN(versions),
	 .words = versions},
	{.name = "status", .type = FIELD_U16, .show = SHOW_NONZERO, AT(status), .eve = "status"},
	{.name = "status_text",
	 .type = FIELD_TEXT,
	 .show = SHOW_NONZERO,
	 AT(status_text),
	 .eve = "status_string"},
	{.name = "redirect", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(redirect), .eve = "redirect"},
	{.name = "length",
	 .type = FIELD_U64,
	 .show = SHOW_GIVEN,
	 AT(length),
	 .eve = "length",
	 .given = offsetof(struct http_own, has_length)},
	{.name = "request_content_type", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(request_type)},
	{.name = "auth_scheme", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(scheme)},
	{.name = "server", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(server)},
	{.name = "upgrade", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(upgrade)},
	{0}};

/* ---- what is remembered ---- */

enum stage {
	AT_HEAD, /* a first line comes next, or the body of the last head is on its way */
	AT_CHUNK, /* the size line of the first chunk */
	AT_NEXT_CHUNK, /* the line end that closes a chunk, then a size line */
};

struct half { /* one direction; [0] the requests */
	uint64_t left; /* bytes of body or chunk still to come; BODY_TO_END */
	uint64_t act; /* what the file act belongs to */
	uint64_t front; /* first 8 bytes of the head that was scanned so far */
	uint32_t scanned; /* bytes of it known to hold no empty line */
	uint16_t status;
	uint8_t stage; /* enum stage */
	uint8_t ahead; /* cut() saw a head with chunks behind it, and message() has not been shown it yet */
	uint8_t open; /* a transfer is open */
	uint8_t form; /* the body is fields of a form, not a file */
	uint8_t name_n;
	uint8_t name[NAME_MAX_KEPT];
};

struct http_state {
	struct half half[2];
	uint32_t asked, answered; /* requests and final answers so far: the ids of pair_ask() */
	uint32_t server, agent, host, user; /* digests of what was said last */
	uint8_t swapped; /* the flow's server is the one that asks: its ends were guessed wrongly */
	uint8_t has_who;
	uint8_t answers_lost;
	uint8_t pipelined; /* answers were outstanding for several requests at once */
};

_Static_assert(sizeof(struct http_state) <= 512, "fits proto.state_size");

/* What is kept of a request until its answer comes: this, then the texts of its parts. */
enum part { METHOD, URL, HOST, AGENT, REFERER, TYPE, FORWARDED, SCHEME, USER, PARTS };

static const uint16_t part_max[PARTS] = {
	[METHOD] = 24, [URL] = 496,	 [HOST] = 112,	[AGENT] = 112, [REFERER] = 96,
	[TYPE] = 40,   [FORWARDED] = 40, [SCHEME] = 12, [USER] = 64,
};

struct note {
	uint8_t row; /* of codes[] */
	uint8_t version; /* word of versions[] */
	uint8_t cut; /* a part did not fit */
	uint8_t absolute; /* the request was made to a proxy */
	uint16_t n[PARTS];
};

_Static_assert(sizeof(struct note) + 24 + 496 + 112 + 112 + 96 + 40 + 40 + 12 + 64 <= ASK_BLOB_MAX,
	       "fits pair_ask()");

struct told { /* a note taken apart */
	struct note note;
	struct bytes part[PARTS];
};

static bool asks(const struct proto_ctx *x)
{
	const struct http_state *s = x->state;

	return x->from_client != (s->swapped != 0);
}

static struct half *half_of(const struct proto_ctx *x)
{
	struct http_state *s = x->state;

	return &s->half[asks(x) ? 0 : 1];
}

static struct side asking(const struct proto_ctx *x)
{
	const struct http_state *s = x->state;

	return s->swapped ? flow_server(x) : flow_client(x);
}

static struct side answering(const struct proto_ctx *x)
{
	const struct http_state *s = x->state;

	return s->swapped ? flow_client(x) : flow_server(x);
}

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

/* ---- notes ---- */

static uint8_t row_of(struct bytes method)
{
	for (size_t i = 1; i < ARRAY_LEN(codes) && codes[i].code < CODE_LOGIN; i++)
		if (ascii_is(method, codes[i].key))
			return (uint8_t)i;
	return 0; /* "other-method" */
}

static uint8_t version_word(uint8_t version) { return version == 9 ? 1 : version == 10 ? 2 : 3; }

static struct bytes credentials(const struct http_head *h) { return h->auth.n > 0 ? h->auth : h->proxy_auth; }

/* Masks, unfolds and cuts the parts of a request into blob; returns the bytes used. */
static size_t note_make(const struct http_head *h, uint8_t blob[ASK_BLOB_MAX])
{
	struct bytes authority = http_authority(h->target);
	struct bytes host = authority.n > 0 ? authority : h->host; /* RFC 9112 3.2.2 */
	struct note note = {.row = row_of(h->method), .version = version_word(h->version)};
	struct ascii_pen pen = {.p = blob, .n = sizeof(note)};
	const struct bytes parts[PARTS] = {
		[METHOD] = h->method,
		[URL] = h->target,
		[HOST] = host,
		[AGENT] = h->agent,
		[REFERER] = h->referer,
		[TYPE] = h->type,
		[FORWARDED] = h->forwarded,
		[SCHEME] = http_scheme(credentials(h)),
	};

	note.absolute = authority.n > 0 || ascii_is(h->method, "CONNECT");
	for (unsigned i = 0; i < PARTS; i++) {
		size_t from = pen.n;

		pen.cap = from + part_max[i];
		if (i == URL || i == REFERER)
			http_mask(&pen, parts[i]);
		else if (i == USER)
			pen.n += http_user(credentials(h), blob + from, part_max[i]);
		else
			http_unfold(&pen, parts[i]);
		note.n[i] = (uint16_t)(pen.n - from);
	}
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
	for (unsigned i = 0; i < PARTS; i++)
		t.part[i] = cur_bytes(&c, t.note.n[i]);
	return t;
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

/* Begins an act about a request; *ret_own is NULL when there was no room. */
static struct obs *begin_told(struct proto_ctx *x, const struct told *t, uint8_t phase,
			      struct http_own **ret_own)
{
	struct obs *o = begin(x, &codes[t->note.row], phase);
	struct http_own *own = act_own(x, sizeof(*own));

	o->object.name = act_text(x, t->part[URL]);
	if (t->note.cut)
		o->flags |= FLAG_CUT;
	if (codes[t->note.row].code == 3) /* POST: what it does is the server's own affair */
		o->trust = TRUST_LIKELY;
	*ret_own = own;
	if (own == NULL)
		return o;
	own->url = o->object.name;
	own->method = act_text(x, t->part[METHOD]);
	own->hostname = act_text(x, http_host(t->part[HOST], &own->port));
	own->agent = act_text(x, t->part[AGENT]);
	own->referer = act_text(x, t->part[REFERER]);
	own->request_type = act_text(x, t->part[TYPE]);
	own->forwarded = act_text(x, t->part[FORWARDED]);
	own->scheme = act_text(x, t->part[SCHEME]);
	own->version = t->note.version;
	return o;
}

/* The request changes something, or opens something: said before its answer comes. */
static bool at_once(const struct proto_code *row)
{
	return verb_changes(row->verb) || row->verb == VERB_OPEN || row->verb == VERB_SUBSCRIBE ||
	       row->verb == VERB_PUBLISH;
}

/* A request whose answer will not come, or not be told from others. */
static void say_without_answer(struct proto_ctx *x, const struct ask *ask, uint8_t outcome)
{
	struct told t = told_over(ask->blob, ask->n);
	struct http_own *own;

	if (ask->act == 0) {
		begin_told(x, &t, PHASE_WHOLE, &own)->outcome = outcome;
	} else {
		struct obs *o = begin(x, &codes[t.note.row], PHASE_ANSWER);

		o->object.name = act_text(x, t.part[URL]);
		o->re = ask->act;
		o->outcome = outcome;
	}
	act_emit(x);
}

static void say_wrong(struct proto_ctx *x, uint32_t code, const char *why)
{
	struct obs *o = act_begin(x);

	o->verb = VERB_MALFORMED;
	o->code = code;
	o->note = act_str(x, why);
	act_emit(x);
}

/* ---- bodies ---- */

static uint8_t outcome_of(uint16_t status)
{
	if (status == 207) /* RFC 4918 11.1: some of it may have failed */
		return OUT_PARTLY;
	switch (status / 100) {
	case 2:
	case 3:
		return OUT_DONE;
	case 4:
	case 5:
		return OUT_REFUSED;
	}
	return status == 101 ? OUT_DONE : OUT_UNKNOWN;
}

/* Keys of transfers: the direction of the body. */
static uint32_t key_of(const struct http_state *s, const struct half *h) { return (uint32_t)(h - s->half); }

static void file_close(struct proto_ctx *x, struct half *h, bool complete)
{
	struct http_state *s = x->state;
	struct transfer_result r;
	bool was_open = h->open;

	h->open = 0;
	h->left = 0;
	if (!was_open || !transfer_close(x, key_of(s, h), complete, &r) || r.size == 0)
		return;
	bool up = h == &s->half[0];
	const struct proto_code *row =
		proto_code(&proto_http, up ? CODE_FILE_TO_SERVER : CODE_FILE_TO_CLIENT);
	struct obs *o = begin(x, row, PHASE_ANSWER);
	struct http_own *own = act_own(x, sizeof(*own));

	o->re = h->act;
	/* The server has yet to say whether it takes what was sent to it. */
	o->outcome = !r.complete      ? OUT_PARTLY
		     : up	      ? OUT_UNKNOWN
		     : h->status == 0 ? OUT_DONE
				      : outcome_of(h->status);
	o->result = h->status;
	o->object.name = act_text(x, (struct bytes){h->name, h->name_n});
	if (own != NULL) {
		own->status = h->status;
		own->file.size = r.size;
		own->file.missing = r.missing;
		memcpy(own->file.sha256, r.sha256, sizeof(own->file.sha256));
		own->file.entropy = r.entropy;
		own->file.complete = r.complete;
		own->file.name = o->object.name;
		own->file.magic = act_str(x, r.magic);
	}
	act_emit(x);
}

static bool file_open(struct proto_ctx *x, struct half *h)
{
	if (!h->open && !h->form)
		h->open = transfer_open(x, key_of(x->state, h));
	return h->open;
}

static void file_name(struct half *h, struct bytes name)
{
	if (name.n == 0)
		name = (struct bytes){(const uint8_t *)"/", 1};
	h->name_n = (uint8_t)min_size(name.n, NAME_MAX_KEPT);
	memcpy(h->name, name.p, h->name_n);
}

enum framing { BODY_NONE, BODY_LENGTH, BODY_CHUNKS, BODY_FLOW };

/* RFC 9112 6.3 for requests. */
static enum framing framing_of_request(const struct http_head *h)
{
	if (h->chunked)
		return BODY_CHUNKS;
	return h->has_length && !h->no_framing && h->length > 0 ? BODY_LENGTH : BODY_NONE;
}

/* RFC 9112 6.3 for answers; row: of the request's method, NULL when the request was not seen. */
static enum framing framing_of_answer(const struct http_head *h, const struct proto_code *row)
{
	bool to_head = row != NULL && row->code == 2, to_connect = row != NULL && row->code == 6;

	if (h->code / 100 == 1 || h->code == 204 || h->code == 304 || to_head ||
	    (to_connect && h->code / 100 == 2))
		return BODY_NONE;
	if (h->chunked)
		return BODY_CHUNKS;
	if (h->coded || h->no_framing || !h->has_length)
		return BODY_FLOW;
	return h->length > 0 ? BODY_LENGTH : BODY_NONE;
}

static struct cut cut_framed(struct half *h, enum framing framing, size_t head, uint64_t length)
{
	h->ahead = framing == BODY_CHUNKS;
	if (framing == BODY_LENGTH)
		return cut_body(head, length);
	return framing == BODY_FLOW ? cut_body(head, BODY_TO_END) : cut_message(head);
}

static void body_begins(struct half *h, enum framing framing, uint64_t length)
{
	h->stage = framing == BODY_CHUNKS ? AT_CHUNK : AT_HEAD;
	h->left = framing == BODY_LENGTH ? length : framing == BODY_FLOW ? BODY_TO_END : 0;
}

/* ---- cutting ---- */

/* Bytes up to and with the first empty line; 0: it is not there yet. What was scanned in vain is not scanned
 * again, so that a head that comes byte by byte costs what it costs at once. */
static size_t head_end(struct half *h, struct bytes have)
{
	uint64_t front = 0;

	memcpy(&front, have.p, min_size(have.n, sizeof(front)));
	if (have.n < sizeof(front) || front != h->front || h->scanned > have.n)
		h->scanned = 0;
	h->front = front;
	size_t at = h->scanned;

	for (;;) {
		at += ascii_find(ascii_skip(have, at), '\n');
		struct bytes next = ascii_skip(have, at + 1);

		if (next.n > 0 && next.p[0] == '\n')
			return at + 2;
		if (next.n > 1 && next.p[0] == '\r' && next.p[1] == '\n')
			return at + 3;
		if (next.n < 2)
			break;
		at++;
	}
	h->scanned = (uint32_t)min_size(at, have.n);
	return 0;
}

static struct cut more(struct bytes have) { return have.n >= CUT_MAX ? cut_lost() : cut_need(have.n + 1); }

/* Empty lines before a first line are to be ignored (RFC 9112 2.2). */
static size_t empty_lines(struct bytes have)
{
	size_t n = 0;

	while (n < have.n &&
	       (have.p[n] == '\n' || (have.p[n] == '\r' && n + 1 < have.n && have.p[n + 1] == '\n')))
		n += have.p[n] == '\n' ? 1 : 2;
	return n;
}

static struct cut cut_request(struct proto_ctx *x, struct half *h, struct bytes have)
{
	const struct http_state *s = x->state;
	int like = http_request_like(have);
	struct http_head head;

	if (like < 0 || ascii_find(have, '\n') >= FIRST_LINE_MAX)
		return cut_lost();
	if (like == 0)
		return cut_need(have.n + 1);
	if (like == 2) /* HTTP/0.9 has no fields, and one request a flow */
		return s->asked == 0 && !x->after_loss ? cut_message(ascii_find(have, '\n') + 1) : cut_lost();
	size_t n = head_end(h, have);

	if (n == 0)
		return more(have);
	if (!http_head((struct bytes){have.p, n}, &head))
		return cut_lost();
	return cut_framed(h, framing_of_request(&head), n, head.length);
}

/* The method of the request that the next answer belongs to; NULL: not seen. */
static const struct proto_code *next_row(struct proto_ctx *x)
{
	const struct http_state *s = x->state;
	const struct ask *ask = s->answered < s->asked ? pair_peek(x, s->answered) : NULL;

	return ask == NULL ? NULL : &codes[told_over(ask->blob, ask->n).note.row];
}

static struct cut cut_answer(struct proto_ctx *x, struct half *h, struct bytes have)
{
	const struct http_state *s = x->state;
	int like = http_answer_like(have);
	struct http_head head;

	if (like < 0) /* HTTP/0.9 answers with the body alone */
		return s->asked == 1 && s->answered == 0 && !x->after_loss ? cut_body(0, BODY_TO_END)
									   : cut_lost();
	if (like == 0)
		return cut_need(have.n + 1);
	size_t n = head_end(h, have);

	if (n == 0)
		return more(have);
	if (!http_head((struct bytes){have.p, n}, &head))
		return cut_lost();
	return cut_framed(h, framing_of_answer(&head, next_row(x)), n, head.length);
}

enum chunk { CHUNK_BAD, CHUNK_MORE, CHUNK_DATA, CHUNK_LAST };

/* What stands at the front of chunked bytes (RFC 9112 7.1): [line end] size [;extension] line end, and after
 * size 0 the trailers with their empty line. *ret_n: its bytes. */
static enum chunk chunk_at(enum stage stage, struct bytes have, size_t *ret_n, uint64_t *ret_size)
{
	struct cursor c = cur_over(have);
	bool ended;

	*ret_n = 1;
	if (stage == AT_NEXT_CHUNK) {
		struct bytes none = ascii_line(&c, &ended);

		if (none.n > 1 || (none.n == 1 && (ended || none.p[0] != '\r')))
			return CHUNK_BAD;
		if (!ended)
			return CHUNK_MORE;
	}
	struct bytes line = ascii_line(&c, &ended);

	*ret_n = have.n - c.left;
	if (*ret_n > CHUNK_LINE_MAX) {
		*ret_n = CHUNK_LINE_MAX + 1;
		return CHUNK_BAD;
	}
	if (!ended)
		return CHUNK_MORE;
	if (!ascii_hex(ascii_trim(ascii_until(&line, ';')), ret_size))
		return CHUNK_BAD;
	if (*ret_size > 0)
		return CHUNK_DATA;
	do {
		line = ascii_line(&c, &ended);
		*ret_n = have.n - c.left;
		if (*ret_n > TRAILERS_MAX) {
			*ret_n = TRAILERS_MAX + 1;
			return CHUNK_BAD;
		}
		if (!ended)
			return CHUNK_MORE;
	} while (line.n > 0);
	return CHUNK_LAST;
}

static struct cut cut_chunk(enum stage stage, struct bytes have)
{
	uint64_t size = 0;
	size_t n = 0;

	switch (chunk_at(stage, have, &n, &size)) {
	case CHUNK_MORE:
		return cut_need(have.n + 1);
	case CHUNK_DATA:
		return cut_body(n, size);
	case CHUNK_BAD:
	case CHUNK_LAST:
		break;
	}
	return cut_message(n); /* a bad one is refused by message() */
}

static struct cut http_cut(struct proto_ctx *x, struct cursor c)
{
	struct http_state *s = x->state;
	struct bytes have = {c.p, c.left};
	struct half *h;

	if (have.n == 0)
		return cut_need(1);
	if (!x->ends_known && s->asked == 0 && s->answered == 0)
		s->swapped = x->from_client ? http_answer_like(have) == 1 : http_request_like(have) == 1;
	h = half_of(x);
	if (h->stage != AT_HEAD)
		return cut_chunk(h->stage, have);
	/* Who looks further ahead than the head finds chunks there. */
	if (h->ahead && (asks(x) ? http_request_like(have) < 1 : http_answer_like(have) < 1))
		return cut_chunk(AT_CHUNK, have);
	h->ahead = 0;
	size_t empty = empty_lines(have);

	if (empty > 0)
		return cut_message(empty);
	if (have.p[0] == '\r')
		return have.n == 1 ? cut_need(2) : cut_lost();
	return asks(x) ? cut_request(x, h, have) : cut_answer(x, h, have);
}

/* ---- facts ---- */

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

static void request_facts(struct proto_ctx *x, const struct told *t)
{
	struct http_state *s = x->state;
	struct side client = asking(x), server = answering(x);
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
	struct side server = answering(x);

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

/* Answers are missing. Who asks again had its answer, so all requests but the `newest` were answered in what
 * is missing. */
static void give_up_open(struct proto_ctx *x, uint32_t newest)
{
	struct http_state *s = x->state;

	for (; s->answers_lost && s->answered + newest < s->asked; s->answered++) {
		const struct ask *ask = pair_answer(x, s->answered);

		if (ask != NULL)
			say_without_answer(x, ask, OUT_UNKNOWN);
	}
	s->answers_lost = 0;
}

static bool request(struct proto_ctx *x, struct half *h, struct bytes msg)
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
	size_t n = note_make(&head, blob);
	struct told t = told_over(blob, n);
	const struct proto_code *row = &codes[t.note.row];

	remember_who(x, t.part[USER]);
	if (at_once(row)) {
		begin_told(x, &t, PHASE_ASK, &own);
		act = act_emit(x);
	}
	if (!pair_ask(x, s->asked, act, blob, n) && act == 0) {
		begin_told(x, &t, PHASE_WHOLE, &own);
		act_emit(x);
	}
	s->asked++;
	if (head.wrong != NULL)
		say_wrong(x, row->code, head.wrong);
	request_facts(x, &t);
	h->act = act;
	h->status = 0;
	h->form = ascii_begins(head.type, "application/x-www-form-urlencoded");
	file_name(h, http_path(t.part[URL]));
	body_begins(h, framing_of_request(&head), head.length);
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
		       enum framing framing)
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
static uint64_t say_answer(struct proto_ctx *x, const struct ask *ask, const struct told *t,
			   const struct http_head *h, enum framing framing)
{
	struct http_own *own;
	struct obs *o;

	if (ask != NULL && ask->act == 0) {
		o = begin_told(x, t, PHASE_WHOLE, &own);
	} else {
		const struct proto_code *row =
			ask == NULL ? proto_code(&proto_http, CODE_ANSWER_ALONE) : &codes[t->note.row];

		o = begin(x, row, PHASE_ANSWER);
		own = act_own(x, sizeof(*own));
		o->object.name = act_text(x, t->part[URL]);
		o->re = ask == NULL ? 0 : ask->act;
	}
	o->result = h->code;
	o->outcome = outcome_of(h->code);
	if (own != NULL)
		own_answer(x, own, h, framing);
	if (own != NULL && ask == NULL)
		own->version = version_word(h->version);
	uint64_t act = act_emit(x);

	return ask != NULL && ask->act != 0 ? ask->act : act;
}

/* A user name went over the wire with something secret: said once a user and flow, and each time it was
 * refused. The first legs of NTLM and Negotiate are always refused, so these say nothing. */
static void say_login(struct proto_ctx *x, const struct told *t, uint16_t status)
{
	struct http_state *s = x->state;
	bool refused = status == 401 || status == 407; /* RFC 9110 15.5.2, 15.5.8 */

	if (t->part[USER].n == 0 || status < 200 || (!is_news(&s->user, t->part[USER]) && !refused))
		return;
	struct obs *o = begin(x, proto_code(&proto_http, CODE_LOGIN), PHASE_WHOLE);

	o->object.name = act_text(x, t->part[USER]);
	o->result = status;
	o->outcome = refused ? OUT_REFUSED : OUT_DONE;
	o->trust = TRUST_LIKELY; /* a server may not have asked for credentials at all */
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

static bool answer(struct proto_ctx *x, struct half *h, struct bytes msg)
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
	struct told t = told_over(ask == NULL ? NULL : ask->blob, ask == NULL ? 0 : ask->n);
	const struct proto_code *row = ask == NULL ? NULL : &codes[t.note.row];
	enum framing framing = framing_of_answer(&head, row);

	if (open && !interim)
		s->answered++;
	if (interim) /* a request is answered once */
		return true;
	h->act = say_answer(x, ask, &t, &head, framing);
	say_login(x, &t, head.code);
	if (head.wrong != NULL)
		say_wrong(x, row == NULL ? CODE_ANSWER_ALONE : row->code, head.wrong);
	answer_facts(x, &head);
	struct bytes name = http_file_name(head.disposition);

	h->status = head.code;
	file_name(h, name.n > 0 ? name : http_path(t.part[URL]));
	body_begins(h, framing, head.length);
	if (head.code == 101 || (row != NULL && row->code == 6 && head.code / 100 == 2))
		leave(x, head.upgrade);
	return true;
}

/* An answer without a head: HTTP/0.9 (RFC 1945 6). */
static void answer_bare(struct proto_ctx *x, struct half *h)
{
	static const struct http_head head = {.version = 9};
	struct http_state *s = x->state;
	const struct ask *ask = pair_answer(x, s->answered);
	struct told t = told_over(ask == NULL ? NULL : ask->blob, ask == NULL ? 0 : ask->n);

	h->act = say_answer(x, ask, &t, &head, BODY_FLOW);
	h->status = 0;
	file_name(h, http_path(t.part[URL]));
	body_begins(h, BODY_FLOW, 0);
	s->answered++;
}

/* ---- chunks ---- */

static bool chunk(struct proto_ctx *x, struct half *h, struct bytes msg)
{
	uint64_t size = 0;
	size_t n = 0;

	switch (chunk_at(h->stage, msg, &n, &size)) {
	case CHUNK_DATA:
		h->stage = AT_NEXT_CHUNK;
		h->left = size;
		return true;
	case CHUNK_LAST:
		h->stage = AT_HEAD;
		file_close(x, h, true);
		return true;
	case CHUNK_BAD:
	case CHUNK_MORE:
		break;
	}
	h->stage = AT_HEAD;
	file_close(x, h, false);
	x->why = "bad-chunk";
	return false;
}

/* ---- the calls of stream/ ---- */

static bool http_message(struct proto_ctx *x, struct cursor c)
{
	struct half *h = half_of(x);
	struct bytes msg = {c.p, c.left};

	h->scanned = 0;
	h->ahead = 0;
	if (h->stage != AT_HEAD)
		return chunk(x, h, msg);
	if (empty_lines(msg) == msg.n)
		return true;
	file_close(x, h, false);
	return asks(x) ? request(x, h, msg) : answer(x, h, msg);
}

static void http_data(struct proto_ctx *x, struct cursor piece, bool last)
{
	struct half *h = half_of(x);

	if (h->left == 0 && piece.left > 0 && !asks(x))
		answer_bare(x, h); /* only a body without a head begins so */
	if (piece.left > 0 && file_open(x, h))
		transfer_data(x, key_of(x->state, h), (struct bytes){piece.p, piece.left});
	if (h->left != BODY_TO_END)
		h->left -= min_size(piece.left, h->left);
	if (last && h->stage == AT_HEAD)
		file_close(x, h, h->left == 0 || !x->cut_off);
}

/* A hole inside a body leaves it standing; any other loss of bytes, or of the place in them (0 bytes), does
 * not. */
static void http_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct http_state *s = x->state;
	struct half *h = half_of(x);
	bool inside = bytes > 0 && bytes <= h->left;
	uint64_t gone = inside || bytes == 0 ? bytes : h->left == BODY_TO_END ? bytes : h->left;

	if (gone > 0 && file_open(x, h))
		transfer_missing(x, key_of(s, h), gone);
	if (h->left != BODY_TO_END)
		h->left -= gone;
	if (inside && (h->left > 0 || h->stage != AT_HEAD))
		return;
	file_close(x, h, false);
	if (inside)
		return;
	h->stage = AT_HEAD;
	h->ahead = 0;
	h->scanned = 0;
	if (!asks(x))
		s->answers_lost = 1;
}

static void http_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	say_without_answer(x, ask, OUT_UNANSWERED);
}

static void http_end(struct proto_ctx *x)
{
	struct http_state *s = x->state;

	file_close(x, &s->half[0], false);
	file_close(x, &s->half[1], false);
}

/* ---- recognising ---- */

static unsigned http_probe(const struct proto_ctx *x, struct cursor c)
{
	struct bytes have = {c.p, c.left};
	struct bytes method = have;

	(void)x;
	have = ascii_skip(have, empty_lines(have));
	if (have.n == 0)
		return 0;
	if (http_answer_like(have) >= 0)
		return have.n >= 12 ? 95 : 10; /* "HTTP/1.1 200" */
	int like = http_request_like(have);

	method = ascii_until(&have, ' ');
	if (like < 0)
		return 0;
	bool known = row_of(method) != 0;

	if (like == 0)
		return known ? 40 : 1;
	return like == 2 ? 30 : known ? 95 : 60;
}

const struct proto proto_http = {
	.name = "http",
	.on = ON_TCP,
	.eve = "http",
	.ports = {80, 8080, 8000, 8888, 3128, 5000, 631},
	.state_size = sizeof(struct http_state),
	.own_size = sizeof(struct http_own),
	.transfers = true,
	.codes = codes,
	.code_count = ARRAY_LEN(codes),
	.fields = fields,
	.probe = http_probe,
	.cut = http_cut,
	.message = http_message,
	.data = http_data,
	.lost = http_lost,
	.unanswered = http_unanswered,
	.end = http_end,
};

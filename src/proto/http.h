/* proto/http.h: what the files of HTTP share; the door is http.c. */
#ifndef PROTO_HTTP_H
#define PROTO_HTTP_H

#include "model/proto.h"
#include "proto/ends.h"
#include "proto/http_head.h"

extern const struct proto proto_http;

enum { /* codes with a meaning of their own, and those beside the methods */
	CODE_HEAD = 2,
	CODE_POST = 3,
	CODE_CONNECT = 6,
	CODE_OTHER = 99,
	CODE_LOGIN = 240,
	CODE_FILE_TO_SERVER,
	CODE_FILE_TO_CLIENT,
	CODE_ANSWER_ALONE,
};

enum { NAME_MAX_KEPT = 180 }; /* bytes of a file's name that wait for the end of its body */

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

/* ---- what is remembered ---- */

enum http_stage {
	AT_HEAD, /* a first line comes next, or the body of the last head is on its way */
	AT_CHUNK, /* the size line of the first chunk */
	AT_NEXT_CHUNK, /* the line end that closes a chunk, then a size line */
};

struct http_half { /* one direction; [0] the requests */
	uint64_t left; /* bytes of body or chunk still to come; BODY_TO_END */
	uint64_t act; /* what the file act belongs to */
	uint64_t front; /* first 8 bytes of the head that was scanned so far */
	uint32_t scanned; /* bytes of it known to hold no empty line */
	uint16_t status;
	uint8_t stage; /* enum http_stage */
	uint8_t ahead; /* cut() saw a head with chunks behind it, and message() has not been shown it yet */
	uint8_t open; /* a transfer is open */
	uint8_t form; /* the body is fields of a form, not a file */
	uint8_t name_n;
	uint8_t name[NAME_MAX_KEPT];
};

struct http_state {
	struct ends ends;
	struct http_half half[2];
	uint32_t asked, answered; /* requests and final answers so far: the ids of pair_ask() */
	uint32_t server, agent, host, user; /* digests of what was said last */
	uint8_t has_who;
	uint8_t answers_lost;
	uint8_t pipelined; /* answers were outstanding for several requests at once */
	uint8_t inner; /* enum http_inner: is there a protocol that speaks through this flow */
	uint8_t inner_what; /* enum http_inner_what: what that protocol is being shown */
	uint8_t inner_xml; /* the body of the answer may be XML */
	uint8_t inner_tried; /* answers that nobody knew */
	uint16_t inner_left; /* bytes of the body's beginning still wanted */
};

_Static_assert(sizeof(struct http_state) <= 512, "fits proto.state_size");

/* What is kept of a request until its answer comes: this, then the texts of its parts. */
enum http_part { METHOD, URL, HOST, AGENT, REFERER, TYPE, FORWARDED, SCHEME, USER, PARTS };

struct http_note {
	uint8_t row; /* of http_codes[] */
	uint8_t version; /* word of versions[] */
	uint8_t cut; /* a part did not fit */
	uint8_t absolute; /* the request was made to a proxy */
	uint16_t n[PARTS];
};

struct http_told { /* a note taken apart */
	struct http_note note;
	struct bytes part[PARTS];
};

/* ---- http_codes.c ---- */

enum { HTTP_CODES = 51 };
extern const struct proto_code http_codes[HTTP_CODES];
uint8_t http_row(struct bytes method);	/* of http_codes[]; 0: not in the table */

/* ---- http_act.c: what is kept of a request, and the acts about it ---- */

struct http_half *http_half_of(const struct proto_ctx *x);

/* Masks, unfolds and cuts the parts of a request into blob; returns the bytes used. */
size_t http_note_make(const struct http_head *h, uint8_t blob[ASK_BLOB_MAX]);
struct http_told http_told_over(const uint8_t *blob, size_t n);
uint8_t http_version_word(uint8_t version);	/* of the version in struct http_head */

/* Begins an act about a request; *ret_own is NULL when there was no room. */
struct obs *http_begin(struct proto_ctx *x, const struct http_told *t, uint8_t phase,
		       struct http_own **ret_own);

/* A request whose answer will not come, or not be told from others. */
void http_say_open(struct proto_ctx *x, const struct ask *ask, uint8_t outcome);
uint8_t http_outcome(uint16_t status);

/* ---- http_body.c: where messages end, and the files in their bodies ---- */

enum http_framing { BODY_NONE, BODY_LENGTH, BODY_CHUNKS, BODY_FLOW };

enum http_framing http_framing_of_request(const struct http_head *h);
/* row: of the request's method, NULL when the request was not seen. */
enum http_framing http_framing_of_answer(const struct http_head *h, const struct proto_code *row);
void http_body_begins(struct http_half *h, enum http_framing framing, uint64_t length);

uint32_t http_key(const struct http_state *s, const struct http_half *h);	/* of its transfer */
bool http_file_open(struct proto_ctx *x, struct http_half *h);
void http_file_called(struct http_half *h, struct bytes name);
void http_file_close(struct proto_ctx *x, struct http_half *h, bool complete);

/* Bytes of the empty lines before a first line: they are to be ignored (RFC 9112 2.2). */
size_t http_empty_lines(struct bytes have);
struct cut http_cut(struct proto_ctx *x, struct cursor c);
/* message() of what stands between chunks. */
bool http_chunk(struct proto_ctx *x, struct http_half *h, struct bytes msg);

/* ---- http_inner.c: the protocol that speaks through HTTP ---- */

enum http_inner { INNER_OPEN, INNER_WAITING, INNER_TAKEN };
/* What its message() is shown: "METHOD URL LF" and the beginning of a body; the same line alone, of a request
 * or when its answer has come; and pieces of the answer's body. */
enum http_inner_what { INNER_FRONT, INNER_REQUEST, INNER_ANSWER, INNER_BODY };
enum { INNER_TRIES = 4 };

void http_inner_request(struct proto_ctx *x, const struct http_told *t);
void http_inner_answer(struct proto_ctx *x, const struct http_told *t, struct bytes type);
void http_inner_data(struct proto_ctx *x, struct bytes piece);
void http_inner_body_ends(struct proto_ctx *x);
void http_inner_lost(struct proto_ctx *x);

/* ---- http_message.c: heads of requests and answers ---- */

bool http_request(struct proto_ctx *x, struct http_half *h, struct bytes msg);
bool http_answer(struct proto_ctx *x, struct http_half *h, struct bytes msg);
/* An answer without a head: HTTP/0.9 (RFC 1945 6). */
void http_answer_bare(struct proto_ctx *x, struct http_half *h);

#endif

/* proto/http_head.h: the head of an HTTP/1.x message, read into views; used by HTTP alone. */
#ifndef PROTO_HTTP_HEAD_H
#define PROTO_HTTP_HEAD_H

#include "proto/ascii.h"

struct http_head {
	bool request;
	uint8_t version; /* 9: no version was given (HTTP/0.9), 10, 11 */
	struct bytes method, target; /* request */
	struct bytes status; /* answer: as it stands there */
	uint16_t code; /* answer: 100 .. 999, or 0 when it is no number */

	/* Header values as they stand there, folded lines included; n 0: not given. The first one counts. */
	struct bytes host, agent, referer, type, location, server, forwarded, range, disposition, upgrade;
	struct bytes auth, proxy_auth; /* never to be kept: see http_scheme() and http_user() */

	bool chunked; /* the last transfer coding is chunked */
	bool coded; /* a Transfer-Encoding other than identity is there */
	bool has_length;
	uint64_t length; /* Content-Length */
	bool stale; /* the credentials were right, but for a nonce that has grown old (RFC 7616 3.3) */
	bool no_framing; /* where the body ends cannot be told */
	const char *wrong; /* the first thing against the standard: a key of notes:; NULL: none */
};

/* Reads a whole head, from its first line to its empty line. False: the first line is not one of HTTP/1.x. */
bool http_head(struct bytes all, struct http_head *ret);

/* Could a first line begin so? The line need not be whole. -1: no, 0: more bytes are needed to tell, 1: yes,
 * 2: a request of HTTP/0.9. */
int http_request_like(struct bytes have);
int http_answer_like(struct bytes have);

/* "Basic", "Digest": the first word of credentials. */
struct bytes http_scheme(struct bytes credentials);

/* The user name in Basic or Digest credentials (RFC 7617 2, RFC 7616 3.4), and in the last message of NTLM
 * (RFC 4559); at most cap bytes, 0: none. */
size_t http_user(struct bytes credentials, uint8_t *out, size_t cap);

/* "host:port" (RFC 3986 3.2) apart; port 0: none given. User information is left out. */
struct bytes http_host(struct bytes authority, uint16_t *ret_port);

/* The authority of an absolute form ("http://host:80/path"); n 0: the target has none. */
struct bytes http_authority(struct bytes target);

/* The path of a target, without scheme, authority, query and fragment. */
struct bytes http_path(struct bytes target);

/* Writes a URL with what may be a secret replaced by "***": the password before a host, and the values of
 * parameters whose names speak of one. */
void http_mask(struct ascii_pen *pen, struct bytes url);

/* Writes a header value; folded lines are joined by blanks (RFC 9112 5.2). */
void http_unfold(struct ascii_pen *pen, struct bytes value);

/* "bytes 0-99/1234" (RFC 9110 14.4); what is not given stays as it was. False: not of that form. */
bool http_range(struct bytes value, uint64_t *ret_start, uint64_t *ret_end, uint64_t *ret_size);

/* The file name in a Content-Disposition (RFC 6266 4.1); n 0: none. */
struct bytes http_file_name(struct bytes disposition);

#endif

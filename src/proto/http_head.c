/* proto/http_head.c: see http_head.h.
 *
 * Spec: RFC 9112 (syntax of HTTP/1.1), RFC 9110 (fields), RFC 3986 (URL). */
#include "proto/http_head.h"

#include <string.h>

#include "core/util.h"
#include "proto/ntlmssp.h"

enum { TOKEN_READ = 1024 };	/* of a message of NTLM: its names stand in front */

static struct bytes first(struct bytes b, size_t n) { return (struct bytes){b.p, min_size(n, b.n)}; }

/* Blanks, tabs and the line ends of folded lines at both ends (RFC 9112 5.2). */
static struct bytes trim(struct bytes b)
{
	while (b.n > 0 && (b.p[0] == ' ' || b.p[0] == '\t' || b.p[0] == '\r' || b.p[0] == '\n'))
		b = ascii_skip(b, 1);
	while (b.n > 0 &&
	       (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t' || b.p[b.n - 1] == '\r' || b.p[b.n - 1] == '\n'))
		b.n--;
	return b;
}

static void wrong(struct http_head *h, const char *why)
{
	if (h->wrong == NULL)
		h->wrong = why;
}

/* ---- the first line ---- */

/* "HTTP/1.1" (RFC 9112 2.3): 11; 0: it is none of 1.x. */
static uint8_t version_of(struct bytes b)
{
	if (b.n != 8 || !ascii_begins(b, "HTTP/1.") || b.p[7] < '0' || b.p[7] > '9')
		return 0;
	return b.p[7] == '0' ? 10 : 11;
}

/* method SP target SP version (RFC 9112 3); without a version it is HTTP/0.9, which knows GET alone. */
static bool request_line(struct bytes line, struct http_head *h)
{
	h->method = ascii_until(&line, ' ');
	line = ascii_trim(line);
	if (!ascii_token(h->method) || line.n == 0)
		return false;
	if (line.n > 9 && line.p[line.n - 9] == ' ')
		h->version = version_of(ascii_skip(line, line.n - 8));
	if (h->version != 0) {
		h->target = ascii_trim(ascii_less(line, 9));
	} else if (ascii_is(h->method, "GET") && line.p[0] == '/' && ascii_find(line, ' ') == line.n) {
		h->target = line;
		h->version = 9;
	} else {
		return false;
	}
	if (ascii_find(h->target, ' ') < h->target.n)
		wrong(h, "blank-in-target"); /* RFC 9112 3.2 */
	return h->target.n > 0;
}

/* version SP 3 digits [SP reason] (RFC 9112 4) */
static bool status_line(struct bytes line, struct http_head *h)
{
	uint64_t code = 0;

	h->version = version_of(ascii_until(&line, ' '));
	line = ascii_trim(line);
	h->status = ascii_until(&line, ' ');
	if (h->version == 0)
		return false;
	if (h->status.n == 3 && ascii_number(h->status, &code) && code >= 100)
		h->code = (uint16_t)code;
	else
		wrong(h, "bad-status");
	return true;
}

int http_answer_like(struct bytes have)
{
	static const char want[] = "HTTP/1.";
	size_t n = min_size(have.n, sizeof(want) - 1);

	for (size_t i = 0; i < n; i++)
		if (have.p[i] != (uint8_t)want[i])
			return -1;
	return n == sizeof(want) - 1 ? 1 : 0;
}

int http_request_like(struct bytes have)
{
	enum { METHOD_MAX = 24 };
	size_t end = ascii_find(have, '\n'), blank = ascii_find(first(have, METHOD_MAX + 1), ' ');
	struct http_head h = {.request = true};

	if (!ascii_token(first(have, min_size(blank, METHOD_MAX))))
		return have.n == 0 ? 0 : -1;
	if (blank > METHOD_MAX)
		return -1;
	if (end == have.n)
		return 0;
	struct bytes line = first(have, end);

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (!request_line(line, &h))
		return -1;
	return h.version == 9 ? 2 : 1;
}

/* ---- header fields ---- */

/* RFC 9110 8.6: a list of equal numbers counts as one; anything else leaves the end of the body unknown. */
static void content_length(struct http_head *h, struct bytes value)
{
	do {
		struct bytes item = trim(ascii_until(&value, ','));
		uint64_t n = 0;

		if (!ascii_number(item, &n)) {
			wrong(h, "bad-length");
			h->no_framing = true;
		} else if (h->has_length && n != h->length) {
			wrong(h, "two-lengths");
			h->no_framing = true;
		} else {
			h->has_length = true;
			h->length = n;
		}
	} while (value.n > 0);
}

/* RFC 9112 6.1: chunked comes last and once. */
static void transfer_encoding(struct http_head *h, struct bytes value)
{
	while (value.n > 0) {
		struct bytes name = trim(ascii_until(&value, ','));

		if (h->chunked)
			wrong(h, "bad-transfer-coding");
		if (name.n == 0 || ascii_is(name, "identity"))
			continue;
		h->coded = true;
		h->chunked = ascii_is(name, "chunked");
		if (!h->chunked && !ascii_is(name, "gzip") && !ascii_is(name, "x-gzip") &&
		    !ascii_is(name, "deflate") && !ascii_is(name, "compress") &&
		    !ascii_is(name, "x-compress"))
			wrong(h, "bad-transfer-coding");
	}
}

#define KEPT(name, member) {name, sizeof(name) - 1, offsetof(struct http_head, member)}
static const struct {
	const char *name;
	uint16_t n, at;
} kept[] = {
	KEPT("host", host), /* RFC 9110 7.2 */
	KEPT("user-agent", agent), /* RFC 9110 10.1.5 */
	KEPT("referer", referer), /* RFC 9110 10.1.3 */
	KEPT("content-type", type), /* RFC 9110 8.3 */
	KEPT("location", location), /* RFC 9110 10.2.2 */
	KEPT("server", server), /* RFC 9110 10.2.4 */
	KEPT("x-forwarded-for", forwarded), /* in common use; RFC 7239 1 tells of it */
	KEPT("content-range", range), /* RFC 9110 14.4 */
	KEPT("content-disposition", disposition), /* RFC 6266 */
	KEPT("upgrade", upgrade), /* RFC 9110 7.8 */
	KEPT("authorization", auth), /* RFC 9110 11.6.2 */
	KEPT("proxy-authorization", proxy_auth), /* RFC 9110 11.7.2 */
};

/* A parameter of a challenge: stale=true, however it is written. */
static bool is_stale(struct bytes challenge)
{
	while (challenge.n > 0) {
		struct bytes item = ascii_trim(ascii_until(&challenge, ','));
		size_t blank = ascii_find(item, ' ');

		if (blank < item.n && ascii_find(item, '=') > blank)	/* behind the name of the scheme */
			item = ascii_trim(ascii_skip(item, blank));
		if (ascii_is(item, "stale=true") || ascii_is(item, "stale=\"true\""))
			return true;
	}
	return false;
}

static void field(struct http_head *h, struct bytes name, struct bytes value)
{
	if (ascii_is(name, "www-authenticate") || ascii_is(name, "proxy-authenticate"))
		h->stale |= is_stale(value);
	if (ascii_is(name, "content-length")) {
		content_length(h, value);
		return;
	}
	if (ascii_is(name, "transfer-encoding")) {
		transfer_encoding(h, value);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		struct bytes *to = (struct bytes *)((char *)h + kept[i].at);

		if (name.n != kept[i].n || !ascii_is(name, kept[i].name))
			continue;
		if (to == &h->host && to->n > 0 && (to->n != value.n || memcmp(to->p, value.p, value.n) != 0))
			wrong(h, "two-hosts"); /* RFC 9112 3.2 */
		if (to->n == 0)
			*to = value;
		return;
	}
}

static bool has_bad_byte(struct bytes b)
{
	return ascii_find(b, '\0') < b.n || ascii_find(b, '\r') < b.n; /* RFC 9110 5.5 */
}

/* One field with the lines folded into it. */
static void field_line(struct http_head *h, struct bytes line)
{
	struct bytes value = line, name = ascii_until(&value, ':');

	if (name.n == line.n) {
		wrong(h, "bad-header"); /* RFC 9112 5: no colon */
		return;
	}
	struct bytes bare = ascii_trim(name);

	if (bare.n != name.n)
		wrong(h, "space-before-colon"); /* RFC 9112 5.1 */
	else if (!ascii_token(name))
		wrong(h, "bad-header");
	field(h, bare, trim(value));
}

bool http_head(struct bytes all, struct http_head *ret)
{
	struct cursor c = cur_over(all);
	struct http_head h = {.request = http_answer_like(all) < 1};
	bool ended;
	struct bytes line = ascii_line(&c, &ended);

	if (!(h.request ? request_line(line, &h) : status_line(line, &h)))
		return false;
	while (c.left > 0) {
		const uint8_t *at = c.p;

		line = ascii_line(&c, &ended);
		if (line.n == 0)
			break;
		if (has_bad_byte(line))
			wrong(&h, "bad-byte");
		while (c.left > 0 && (cur_peek(&c) == ' ' || cur_peek(&c) == '\t')) {
			struct bytes more = ascii_line(&c, &ended);

			line = (struct bytes){at, (size_t)(more.p - at) + more.n};
		}
		field_line(&h, line);
	}
	if (h.coded && h.has_length)
		wrong(&h, "length-and-coding"); /* RFC 9112 6.1: request smuggling */
	if (h.coded && h.request && !h.chunked)
		h.no_framing = true; /* RFC 9112 6.3 */
	*ret = h;
	return true;
}

/* ---- credentials ---- */

struct bytes http_scheme(struct bytes credentials) { return ascii_until(&credentials, ' '); }

static unsigned base64_digit(uint8_t c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? 64 : (unsigned)(at - digits);
}

/* Decodes up to the colon between user and password; nothing behind it is ever decoded. */
static size_t basic_user(struct bytes b, uint8_t *out, size_t cap)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	for (size_t i = 0; i < b.n && n < cap; i++) {
		unsigned digit = base64_digit(b.p[i]);

		if (digit > 63)
			return 0;
		bits = bits << 6 | digit;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		uint8_t c = (uint8_t)(bits >> have);

		if (c == ':')
			return n;
		out[n++] = c;
	}
	return n == cap ? n : 0;
}

/* Of NTLM, bare or inside Negotiate, the names stand in front of the responses ([MS-NLMP] 2.2.1.3). */
static size_t ntlm_user(struct bytes b, uint8_t *out, size_t cap)
{
	uint8_t token[TOKEN_READ];
	uint32_t bits = 0;
	size_t n = 0;
	struct ntlm m;

	for (size_t i = 0; i < b.n && n < sizeof(token) && base64_digit(b.p[i]) <= 63; i++) {
		bits = bits << 6 | base64_digit(b.p[i]);
		if (i % 4 != 0)
			token[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	ntlm_read(&m, (struct bytes){token, n});
	return m.type == NTLM_AUTHENTICATE ? ntlm_who(out, cap, &m) : 0;
}

size_t http_user(struct bytes credentials, uint8_t *out, size_t cap)
{
	struct bytes scheme = ascii_until(&credentials, ' ');

	credentials = ascii_trim(credentials);
	if (ascii_is(scheme, "Basic"))
		return basic_user(credentials, out, cap);
	if (ascii_is(scheme, "NTLM") || ascii_is(scheme, "Negotiate"))
		return ntlm_user(credentials, out, cap);
	if (!ascii_is(scheme, "Digest"))
		return 0;
	while (credentials.n > 0) {
		struct bytes item = ascii_trim(ascii_until(&credentials, ','));

		if (!ascii_begins(item, "username=\""))
			continue;
		item = ascii_skip(item, strlen("username=\""));
		size_t n = min_size(ascii_find(item, '"'), cap);

		if (n > 0)
			memcpy(out, item.p, n);
		return n;
	}
	return 0;
}

/* ---- targets ---- */

struct bytes http_authority(struct bytes target)
{
	size_t colon = ascii_find(target, ':');
	struct bytes rest = ascii_skip(target, colon);

	if (!ascii_begins(rest, "://") || target.p[0] == '/')
		return (struct bytes){NULL, 0};
	rest = ascii_skip(rest, 3);
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] == '/' || rest.p[i] == '?' || rest.p[i] == '#')
			return first(rest, i);
	return rest;
}

struct bytes http_host(struct bytes authority, uint16_t *ret_port)
{
	size_t at = ascii_find(authority, '@');
	uint64_t port = 0;

	if (at < authority.n)
		authority = ascii_skip(authority, at + 1);
	/* The port is behind the last colon, and that colon not inside "[...]". */
	size_t end = authority.n > 0 && authority.p[0] == '[' ? ascii_find(authority, ']') : 0;
	size_t colon = end + ascii_find(ascii_skip(authority, end), ':');

	*ret_port = 0;
	if (ascii_number(ascii_skip(authority, colon + 1), &port) && port <= UINT16_MAX)
		*ret_port = (uint16_t)port;
	return first(authority, colon);
}

struct bytes http_path(struct bytes target)
{
	struct bytes authority = http_authority(target);

	if (authority.n > 0)
		target = ascii_skip(target, (size_t)(authority.p - target.p) + authority.n);
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] == '?' || target.p[i] == '#')
			return first(target, i);
	return target;
}

/* Names of parameters that hold secrets, as web pages and machines use them. */
static const struct {
	const char *name;
	enum { WHOLE, PART, TAIL } how;
} secrets[] = {
	{"passw", PART},    {"pwd", PART},    {"passphrase", PART},	{"pass", TAIL},
	{"passcode", PART}, {"secret", PART}, {"token", PART},		{"credential", PART},
	{"key", TAIL},	    {"psk", TAIL},    {"sess", PART},		{"signature", TAIL},
	{"sig", WHOLE},	    {"sid", WHOLE},   {"pin", WHOLE},		{"otp", WHOLE},
	{"pw", WHOLE},	    {"auth", WHOLE},  {"authorization", WHOLE},
};

static bool is_secret(struct bytes name)
{
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		const char *s = secrets[i].name;

		if (secrets[i].how == PART   ? ascii_has(name, s)
		    : secrets[i].how == TAIL ? ascii_ends(name, s)
					     : ascii_is(name, s))
			return true;
	}
	return false;
}

/* "name=value", or anything else that stands between two separators. */
static void mask_parameter(struct ascii_pen *pen, struct bytes item)
{
	size_t equals = ascii_find(item, '=');
	bool secret = equals < item.n && is_secret(first(item, equals));

	ascii_put(pen, secret ? first(item, equals + 1) : item);
	if (secret)
		ascii_puts(pen, "***");
}

void http_mask(struct ascii_pen *pen, struct bytes url)
{
	struct bytes authority = http_authority(url);
	size_t at = ascii_find(authority, '@'), colon = ascii_find(authority, ':');

	if (at < authority.n && colon < at) { /* user:password@ (RFC 3986 3.2.1) */
		size_t before = (size_t)(authority.p - url.p) + colon;

		ascii_put(pen, first(url, before + 1));
		ascii_puts(pen, "***");
		url = ascii_skip(url, before + (at - colon));
	}
	while (url.n > 0) {
		size_t n = 0;

		while (n < url.n && memchr("?&;#", url.p[n], 4) == NULL)
			n++;
		mask_parameter(pen, first(url, n));
		url = ascii_skip(url, n);
		ascii_put(pen, first(url, 1));
		url = ascii_skip(url, 1);
	}
}

void http_unfold(struct ascii_pen *pen, struct bytes value)
{
	while (value.n > 0) {
		size_t n = min_size(ascii_find(value, '\r'), ascii_find(value, '\n'));

		ascii_put(pen, ascii_trim(first(value, n)));
		value = trim(ascii_skip(value, n));
		if (value.n > 0)
			ascii_puts(pen, " ");
	}
}

bool http_range(struct bytes value, uint64_t *ret_start, uint64_t *ret_end, uint64_t *ret_size)
{
	struct bytes unit = ascii_until(&value, ' '), size = value, span = ascii_until(&size, '/');
	struct bytes end = span, start = ascii_until(&end, '-');

	if (!ascii_is(unit, "bytes"))
		return false;
	ascii_number(size, ret_size);
	return ascii_number(start, ret_start) && ascii_number(end, ret_end);
}

struct bytes http_file_name(struct bytes disposition)
{
	struct bytes name = {NULL, 0};

	ascii_until(&disposition, ';');
	while (disposition.n > 0) {
		disposition = trim(disposition);
		if (ascii_begins(disposition, "filename=\"")) {
			disposition = ascii_skip(disposition, strlen("filename=\""));
			return first(disposition, ascii_find(disposition, '"'));
		}
		struct bytes item = trim(ascii_until(&disposition, ';'));

		if (ascii_begins(item, "filename="))
			name = ascii_skip(item, strlen("filename="));
		else if (ascii_begins(item, "filename*=")) { /* RFC 8187: charset'language'name */
			item = ascii_skip(item, strlen("filename*="));
			ascii_until(&item, '\'');
			ascii_until(&item, '\'');
			name = item;
		}
	}
	return name;
}

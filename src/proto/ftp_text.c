/* proto/ftp_text.c: see ftp_text.h. */
#include "proto/ftp_text.h"

#include <string.h>

#include "core/util.h"

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* Numbers 0..255 joined by commas, at the front of *b; returns how many, at most max. */
static size_t numbers(struct bytes *b, uint8_t *out, size_t max)
{
	size_t n = 0;

	while (n < max && b->n > 0 && is_digit(b->p[0])) {
		unsigned v = 0;

		while (b->n > 0 && is_digit(b->p[0]) && v < 256) {
			v = v * 10 + (b->p[0] - (unsigned)'0');
			*b = ascii_skip(*b, 1);
		}
		if (v > 255)
			break;
		out[n++] = (uint8_t)v;
		if (n == max || b->n == 0 || b->p[0] != ',')
			break;
		*b = ascii_skip(*b, 1);
		while (b->n > 0 && b->p[0] == ' ')
			*b = ascii_skip(*b, 1);
	}
	return n;
}

static void set_v4(struct ftp_endpoint *e, const uint8_t v4[4])
{
	memset(e->ip, 0, sizeof(e->ip));
	e->ip[10] = e->ip[11] = 0xff;
	memcpy(e->ip + 12, v4, 4);
	e->has_ip = true;
}

bool ftp_port(struct bytes b, bool alone, struct ftp_endpoint *ret)
{
	uint8_t v[6];

	while (b.n > 0) {
		struct bytes rest = b;
		size_t n = is_digit(b.p[0]) ? numbers(&rest, v, 6) : 0;

		if (n == 6 && (!alone || rest.n == 0)) {
			set_v4(ret, v);
			ret->port = (uint16_t)(v[4] << 8 | v[5]);
			return ret->port != 0;
		}
		if (alone)
			return false;
		b = ascii_skip(b, 1);
		/* Digits that were part of a number that did not fit are not the start of another. */
		while (n > 0 && b.n > 0 && is_digit(b.p[0]))
			b = ascii_skip(b, 1);
	}
	return false;
}

/* "10.0.0.1" */
static bool read_v4(struct bytes b, uint8_t out[4])
{
	for (unsigned i = 0; i < 4; i++) {
		struct bytes part = ascii_until(&b, '.');
		uint64_t v;

		if (part.n > 3 || !ascii_number(part, &v) || v > 255)
			return false;
		out[i] = (uint8_t)v;
	}
	return b.n == 0;
}

/* RFC 4291 2.2, without the form that ends in dotted numbers. */
static bool read_v6(struct bytes b, uint8_t out[16])
{
	uint8_t all[16] = {0};
	size_t n = 0, gap = 16; /* bytes so far; where "::" stood */

	if (ascii_begins(b, "::"))
		b = ascii_skip(b, 1);
	else if (b.n > 0 && b.p[0] == ':')
		return false;
	while (b.n > 0) {
		if (b.p[0] == ':') {
			if (gap < 16)
				return false;
			gap = n;
			b = ascii_skip(b, 1);
			continue;
		}
		struct bytes part = ascii_until(&b, ':');
		uint64_t v;

		if (part.n > 4 || !ascii_hex(part, &v) || n == 16)
			return false;
		all[n++] = (uint8_t)(v >> 8);
		all[n++] = (uint8_t)v;
	}
	if (gap == 16 && n != 16)
		return false;
	memset(out, 0, 16);
	memcpy(out, all, min_size(gap, n));
	if (gap < n)
		memcpy(out + 16 - (n - gap), all + gap, n - gap);
	return true;
}

bool ftp_extended(struct bytes b, struct ftp_endpoint *ret)
{
	size_t open = ascii_find(b, '(');
	uint64_t port = 0;

	if (open < b.n)
		b = ascii_skip(b, open + 1);
	if (b.n == 0 || !ascii_visible(b.p[0]) || is_digit(b.p[0]))
		return false;
	uint8_t mark = b.p[0]; /* any visible character, usually '|' */

	b = ascii_skip(b, 1);
	struct bytes family = ascii_until(&b, mark), address = ascii_until(&b, mark),
		     number = ascii_until(&b, mark);
	uint8_t v4[4];

	ret->has_ip = address.n > 0;
	if (!ascii_number(number, &port) || port == 0 || port > UINT16_MAX)
		return false;
	ret->port = (uint16_t)port;
	if (!ret->has_ip)
		return true;
	if (ascii_is(family, "1") && read_v4(address, v4)) {
		set_v4(ret, v4);
		return true;
	}
	return ascii_is(family, "2") && read_v6(address, ret->ip);
}

bool ftp_long(struct bytes b, struct ftp_endpoint *ret)
{
	uint8_t v[21]; /* family, 16, address, 2, port: the longest that is known */
	size_t open = ascii_find(b, '(');

	if (open < b.n)
		b = ascii_skip(b, open + 1);
	size_t n = numbers(&b, v, sizeof(v));

	if (n == 9 && v[0] == 4 && v[1] == 4 && v[6] == 2) {
		set_v4(ret, v + 2);
		ret->port = (uint16_t)(v[7] << 8 | v[8]);
		return ret->port != 0;
	}
	if (n != 21 || v[0] != 6 || v[1] != 16 || v[18] != 2)
		return false;
	memcpy(ret->ip, v + 2, 16);
	ret->has_ip = true;
	ret->port = (uint16_t)(v[19] << 8 | v[20]);
	return ret->port != 0;
}

/* ---- paths ---- */

static bool is_slash(uint8_t c) { return c == '/' || c == '\\'; }

/* From the root, or from a drive or device ("C:\", "DEV1:name"). */
static bool is_absolute(struct bytes path)
{
	for (size_t i = 0; i < path.n; i++) {
		if (is_slash(path.p[i]))
			return i == 0;
		if (path.p[i] == ':')
			return true;
	}
	return false;
}

/* One name of a path behind what was written since `from`. */
static void step(struct ascii_pen *pen, size_t from, struct bytes name, uint8_t slash)
{
	size_t n = pen->n;

	if (name.n == 0 || ascii_is(name, "."))
		return;
	if (!ascii_is(name, "..")) {
		if (n > from && !is_slash(pen->p[n - 1]))
			ascii_put(pen, (struct bytes){&slash, 1});
		ascii_put(pen, name);
		return;
	}
	while (n > from && !is_slash(pen->p[n - 1]))
		n--;
	struct bytes last = {pen->p + n, pen->n - n};

	if (pen->n == from || ascii_is(last, "..")) { /* above what is known */
		if (pen->n > from)
			ascii_put(pen, (struct bytes){&slash, 1});
		ascii_put(pen, name);
	} else if (last.n > 0) {
		pen->n = n > from + 1 ? n - 1 : n; /* the slash goes too, unless it is the root */
	}
}

static void walk(struct ascii_pen *pen, size_t from, struct bytes path)
{
	uint8_t slash = '/'; /* the one before the name */

	while (path.n > 0) {
		size_t n = 0;

		while (n < path.n && !is_slash(path.p[n]))
			n++;
		step(pen, from, (struct bytes){path.p, n}, slash);
		if (n < path.n)
			slash = path.p[n];
		path = ascii_skip(path, n + 1);
	}
}

void ftp_path(struct ascii_pen *pen, struct bytes cwd, struct bytes path)
{
	size_t from = pen->n;
	struct bytes base = is_absolute(path) ? path : cwd;

	if (base.n > 0 && is_slash(base.p[0]))
		ascii_put(pen, (struct bytes){base.p, 1});
	if (base.p != path.p)
		walk(pen, from, cwd);
	walk(pen, from, path);
}

bool ftp_quoted(struct ascii_pen *pen, struct bytes reply)
{
	size_t open = ascii_find(reply, '"');

	if (open == reply.n)
		return false;
	reply = ascii_skip(reply, open + 1);
	while (reply.n > 0) {
		size_t n = ascii_find(reply, '"');
		bool twice = n + 1 < reply.n && reply.p[n + 1] == '"';

		ascii_put(pen, (struct bytes){reply.p, n + (twice ? 1 : 0)});
		if (n == reply.n)
			return false;
		if (!twice)
			return true;
		reply = ascii_skip(reply, n + 2);
	}
	return false;
}

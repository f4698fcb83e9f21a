/* proto/tls_hello.c: takes ClientHello and ServerHello apart (RFC 8446 4.1.2 and 4.1.3, the same shape in all
 * versions), with their digest as JA3 defines it. */
#include "proto/tls.h"

#include <nettle/md5.h>

#include "core/buf.h"

enum {
	EXT_NAME = 0, EXT_GROUPS = 10, EXT_POINTS = 11, EXT_ALPN = 16, EXT_VERSIONS = 43,
	JA3_MAX = 2048,
};

/* RFC 8446 4.1.3: the random of a HelloRetryRequest. */
static const uint8_t retry[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* RFC 8701: values that mean nothing and stand anywhere. */
static bool is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

static void put_number(struct buf *out, uint16_t v, bool *first)
{
	if (is_grease(v))
		return;
	if (!*first)
		buf_char(out, '-');
	buf_u64(out, v);
	*first = false;
}

static void put_numbers(struct buf *out, struct bytes b, size_t width)
{
	struct cursor c = cur_over(b);
	bool first = true;

	while (c.left >= width)
		put_number(out, width == 2 ? cur_be16(&c) : cur_u8(&c), &first);
}

struct extensions {
	struct bytes all, groups, points;
};

/* server_name, RFC 6066 3: list of type:1 (0) n:2 name. */
static struct bytes server_name(struct cursor c)
{
	struct cursor list = cur_sub(&c, cur_be16(&c));

	while (list.left > 0) {
		uint8_t type = cur_u8(&list);
		struct bytes name = cur_bytes(&list, cur_be16(&list));

		if (!cur_broken(&list) && type == 0)
			return name;
	}
	return (struct bytes){ 0 };
}

/* A client lists what it can (n:1, two bytes each), a server says what it chose. */
static void versions(struct tls_hello *h, struct cursor c, bool of_client)
{
	struct cursor list = of_client ? cur_sub(&c, cur_u8(&c)) : c;

	while (list.left >= 2) {
		uint16_t v = cur_be16(&list);

		if (!is_grease(v) && v <= TLS_1_3 && v > h->version)
			h->version = v;
	}
}

static bool read_extension(struct tls_hello *h, struct extensions *e, struct cursor *c, bool of_client)
{
	uint16_t type = cur_be16(c);
	struct cursor body = cur_sub(c, cur_be16(c));

	if (cur_broken(c))
		return false;
	switch (type) {
	case EXT_NAME:
		h->sni = of_client ? server_name(body) : h->sni;
		break;
	case EXT_GROUPS:
		e->groups = cur_bytes(&body, cur_be16(&body));
		break;
	case EXT_POINTS:
		e->points = cur_bytes(&body, cur_u8(&body));
		break;
	case EXT_ALPN:
		h->alpns = cur_bytes(&body, cur_be16(&body));
		break;
	case EXT_VERSIONS:
		versions(h, body, of_client);
		break;
	}
	return true;
}

static bool read_extensions(struct tls_hello *h, struct extensions *e, struct cursor c, bool of_client)
{
	if (c.left == 0)
		return true;		/* RFC 5246 7.4.1.2: none at all */
	struct cursor all = cur_sub(&c, cur_be16(&c));

	if (cur_broken(&c))
		return false;
	e->all = (struct bytes){ all.p, all.left };
	while (all.left > 0)
		if (!read_extension(h, e, &all, of_client))
			return false;
	return true;
}

static void digest(struct tls_hello *h, const struct buf *text)
{
	uint8_t md5[MD5_DIGEST_SIZE];
	struct md5_ctx ctx;
	struct buf out = buf_over(h->ja3, sizeof(h->ja3));

	md5_init(&ctx);
	md5_update(&ctx, min_size(text->n, text->cap - 1), (const uint8_t *)text->p);
	md5_digest(&ctx, sizeof(md5), md5);
	buf_hex(&out, (struct bytes){ md5, sizeof(md5) }, 0);
}

/* "version,ciphers,extensions[,groups,point formats]" */
static void fingerprint(struct tls_hello *h, const struct extensions *e, uint16_t version, bool of_client)
{
	char text[JA3_MAX];
	struct buf out = buf_over(text, sizeof(text));
	struct cursor c = cur_over(e->all);
	bool first = true;

	buf_u64(&out, version);
	buf_char(&out, ',');
	put_numbers(&out, h->ciphers, 2);
	buf_char(&out, ',');
	while (c.left >= 4) {
		put_number(&out, cur_be16(&c), &first);
		cur_take(&c, cur_be16(&c));
	}
	if (of_client) {
		buf_char(&out, ',');
		put_numbers(&out, e->groups, 2);
		buf_char(&out, ',');
		put_numbers(&out, e->points, 1);
	}
	digest(h, &out);
}

bool tls_hello_read(struct tls_hello *ret, struct cursor c, bool of_client)
{
	struct tls_hello *h = ret;
	struct extensions e = { 0 };

	*h = (struct tls_hello){ .version = cur_be16(&c) };
	uint16_t version = h->version;
	const uint8_t *random = cur_take(&c, sizeof(retry));

	h->session = cur_bytes(&c, cur_u8(&c));
	h->ciphers = cur_bytes(&c, of_client ? cur_be16(&c) : 2);
	cur_take(&c, of_client ? cur_u8(&c) : 1);	/* compression */
	if (cur_broken(&c) || h->session.n > 32 || h->ciphers.n < 2 || h->ciphers.n % 2 != 0)
		return false;
	h->retry = !of_client && memcmp(random, retry, sizeof(retry)) == 0;
	if (!read_extensions(h, &e, c, of_client))
		return false;
	fingerprint(h, &e, version, of_client);
	return true;
}

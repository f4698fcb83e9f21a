/* proto/ntlmssp.c: names and versions inside NTLM messages.
 *
 * Spec: [MS-NLMP] 2.2.1.1 (NEGOTIATE), 2.2.1.2 (CHALLENGE), 2.2.1.3 (AUTHENTICATE), 2.2.2.1 (AV_PAIR),
 *       2.2.2.10 (VERSION). All fields little-endian; a text is length:2 room:2 offset:4, its bytes are in
 *       the payload. */
#include "proto/ntlmssp.h"

#include <string.h>

#include "core/util.h"
#include "proto/utf16.h"

enum {
	SIGNATURE = 8,
	FLAG_UNICODE = 1, FLAG_VERSION = 0x02000000,	/* 2.2.2.5 A, T */
	AV_END = 0, AV_HOST = 1, AV_DOMAIN = 2, AV_DNS_HOST = 3, AV_DNS_DOMAIN = 4,	/* 2.2.2.1 */
	TOKEN_LOOKED = 4096,	/* bytes of a token that are searched */
};

static const char signature[SIGNATURE] = "NTLMSSP";	/* its NUL included */

static struct bytes find(struct bytes token)
{
	size_t end = min_size(token.n, TOKEN_LOOKED);

	for (size_t i = 0; i + SIGNATURE <= end; i++)
		if (token.p[i] == 'N' && memcmp(token.p + i, signature, SIGNATURE) == 0)
			return (struct bytes){ token.p + i, token.n - i };
	return (struct bytes){ 0 };
}

static void put(struct ntlm_text *t, struct bytes b, bool unicode)
{
	if (unicode) {
		t->n = (uint8_t)utf16_put(t->text, sizeof(t->text), b);
		return;
	}
	t->n = (uint8_t)min_size(b.n, sizeof(t->text));
	if (t->n > 0)
		memcpy(t->text, b.p, t->n);
}

/* Reads length, room and offset; the bytes they name, empty when they lie outside. */
static struct bytes payload(struct cursor *c, struct bytes whole)
{
	size_t n = cur_le16(c);

	cur_le16(c);
	size_t at = cur_le32(c);

	if (cur_broken(c) || at > whole.n || n > whole.n - at)
		return (struct bytes){ whole.p, 0 };
	return (struct bytes){ whole.p + at, n };
}

static void version(struct ntlm *m, struct cursor c)
{
	m->major = cur_u8(&c);
	m->minor = cur_u8(&c);
	m->build = cur_le16(&c);
}

static void target_info(struct ntlm *m, struct cursor c)
{
	while (c.left >= 4) {
		uint16_t id = cur_le16(&c);
		struct bytes value = cur_bytes(&c, cur_le16(&c));

		if (cur_broken(&c) || id == AV_END)
			return;
		struct ntlm_text *t = id == AV_HOST ? &m->host : id == AV_DOMAIN ? &m->domain :
				      id == AV_DNS_HOST ? &m->dns_host :
				      id == AV_DNS_DOMAIN ? &m->dns_domain : NULL;

		if (t != NULL)
			put(t, value, true);
	}
}

/* target name:8 flags:4 challenge:8 reserved:8 target info:8 version:8 */
static void challenge(struct ntlm *m, struct cursor c, struct bytes whole)
{
	struct bytes target = payload(&c, whole);
	uint32_t flags = cur_le32(&c);

	cur_take(&c, 16);
	struct bytes info = payload(&c, whole);

	if (cur_broken(&c))
		info.n = 0;
	else if (flags & FLAG_VERSION)
		version(m, c);
	put(&m->domain, target, flags & FLAG_UNICODE);
	target_info(m, cur_over(info));
}

/* LM:8 NT:8 domain:8 user:8 workstation:8 session key:8 flags:4 version:8 */
static void authenticate(struct ntlm *m, struct cursor c, struct bytes whole)
{
	cur_take(&c, 16);
	struct bytes domain = payload(&c, whole), user = payload(&c, whole), host = payload(&c, whole);

	cur_take(&c, 8);
	uint32_t flags = cur_le32(&c);

	if (cur_broken(&c))
		return;
	put(&m->domain, domain, flags & FLAG_UNICODE);
	put(&m->user, user, flags & FLAG_UNICODE);
	put(&m->host, host, flags & FLAG_UNICODE);
	if (flags & FLAG_VERSION)
		version(m, c);
}

void ntlm_read(struct ntlm *ret, struct bytes token)
{
	struct bytes whole = find(token);
	struct cursor c = cur_over(whole);

	*ret = (struct ntlm){ 0 };
	if (whole.n == 0)
		return;
	cur_take(&c, SIGNATURE);
	uint32_t type = cur_le32(&c);

	if (cur_broken(&c) || type < NTLM_NEGOTIATE || type > NTLM_AUTHENTICATE)
		return;
	ret->type = (uint8_t)type;
	if (type == NTLM_CHALLENGE)
		challenge(ret, c, whole);
	else if (type == NTLM_AUTHENTICATE)
		authenticate(ret, c, whole);
}

static void decimal(char *out, size_t *n, unsigned v)
{
	unsigned div = 1;

	while (v / div >= 10)
		div *= 10;
	for (; div > 0; div /= 10)
		out[(*n)++] = (char)('0' + v / div % 10);
}

size_t ntlm_version(char out[NTLM_VERSION], const struct ntlm *m)
{
	size_t n = 0;

	if (m->major != 0) {
		decimal(out, &n, m->major);
		out[n++] = '.';
		decimal(out, &n, m->minor);
		out[n++] = '.';
		decimal(out, &n, m->build);
	}
	out[n] = '\0';
	return n;
}

size_t ntlm_who(uint8_t *out, size_t cap, const struct ntlm *m)
{
	size_t n = 0;

	if (m->user.n == 0 || cap < (size_t)m->domain.n + m->user.n + 1)
		return 0;
	if (m->domain.n > 0) {
		memcpy(out, m->domain.text, m->domain.n);
		n = m->domain.n;
		out[n++] = '\\';
	}
	memcpy(out + n, m->user.text, m->user.n);
	return n + m->user.n;
}

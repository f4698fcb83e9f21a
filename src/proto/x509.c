/* proto/x509.c: walks a certificate as far as names and dates; see x509.h.
 *
 * Spec:    RFC 5280 4.1 and 4.2.1.6; names as text in the order they stand in, in the manner of RFC 4514.
 * Missing: keys, signatures and chains are not checked: who wrote it may say what he likes. */
#include "proto/x509.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

#include "core/hex.h"
#include "proto/ber.h"

/* RFC 4514 3 and RFC 4519; 1.2.840.113549.1.9.1 is PKCS #9. */
static const struct { uint8_t n; uint8_t oid[10]; const char *key; } attributes[] = {
	{ 3, { 0x55, 4, 3 }, "CN" }, { 3, { 0x55, 4, 4 }, "SN" }, { 3, { 0x55, 4, 5 }, "serialNumber" },
	{ 3, { 0x55, 4, 6 }, "C" }, { 3, { 0x55, 4, 7 }, "L" }, { 3, { 0x55, 4, 8 }, "ST" },
	{ 3, { 0x55, 4, 9 }, "street" }, { 3, { 0x55, 4, 10 }, "O" }, { 3, { 0x55, 4, 11 }, "OU" },
	{ 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 }, "emailAddress" },
	{ 10, { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25 }, "DC" },
	{ 10, { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1 }, "UID" },
};

static bool is_common_name(struct bytes oid)
{
	return oid.n == 3 && memcmp(oid.p, attributes[0].oid, 3) == 0;
}

static void put_key(struct buf *out, struct bytes oid)
{
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		if (attributes[i].n == oid.n && memcmp(attributes[i].oid, oid.p, oid.n) == 0) {
			buf_str(out, attributes[i].key);
			return;
		}
	}
	ber_oid(out, oid);
}

/* BMPString has two bytes a character: those of Latin letters are put as they are. */
static void put_value(struct buf *out, uint8_t tag, struct bytes value)
{
	if (tag != BER_BMP) {
		/* "shop.example\0.evil" is an old trick: what stands behind a NUL is shown too */
		for (size_t i = 0; i < value.n; i++)
			buf_char(out, value.p[i] == 0 ? '?' : (char)value.p[i]);
		return;
	}
	for (size_t i = 0; i + 1 < value.n; i += 2)
		buf_char(out, value.p[i] == 0 ? (char)value.p[i + 1] : '?');
}

/* Name: a sequence of sets of pairs. */
static void read_name(struct buf *out, struct cursor name, struct bytes *ret_common)
{
	while (name.left > 0) {
		struct cursor set = ber_want(&name, BER_SET);

		while (set.left > 0) {
			struct cursor pair = ber_want(&set, BER_SEQUENCE);
			struct cursor key = ber_want(&pair, BER_OID);
			uint8_t tag;
			struct cursor value = ber_next(&pair, &tag);
			struct bytes oid = cur_rest(&key), text = cur_rest(&value);

			if (cur_broken(&pair))
				return;
			if (out->n > 0)
				buf_str(out, ", ");
			put_key(out, oid);
			buf_char(out, '=');
			put_value(out, tag, text);
			if (ret_common != NULL && is_common_name(oid) && tag != BER_BMP)
				*ret_common = text;
		}
	}
}

static bool all_digits(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

/* RFC 5280 4.1.2.5: UTCTime is of 1950 to 2049, and both kinds end in Z; who writes how far he is from UTC
 * instead (X.680 46.3 and 47.3) is shown as he wrote it. */
static void read_time(char out[X509_TIME], struct cursor *c)
{
	uint8_t tag;
	struct cursor value = ber_next(c, &tag);
	struct bytes digits = cur_rest(&value);
	struct buf b = buf_over(out, X509_TIME);
	size_t year = tag == BER_TIME ? 4 : 2, end = year + 10;

	if ((tag != BER_UTC_TIME && tag != BER_TIME) || digits.n < end || !all_digits(digits.p, end))
		return;
	if (year == 2)
		buf_str(&b, digits.p[0] >= '5' ? "19" : "20");
	buf_put(&b, digits.p, year);
	for (size_t i = 0; i < 5; i++) {
		buf_char(&b, "--T::"[i]);
		buf_put(&b, digits.p + year + 2 * i, 2);
	}
	const uint8_t *zone = digits.p + end;

	if (digits.n == end + 5 && (zone[0] == '+' || zone[0] == '-') && all_digits(zone + 1, 4))
		buf_put(&b, zone, 5);
}

/* SubjectAltName, RFC 5280 4.2.1.6: dNSName is [2]. */
static void read_alternatives(struct x509 *r, struct cursor octets)
{
	struct cursor names = ber_want(&octets, BER_SEQUENCE);

	while (names.left > 0 && r->name_count < X509_ALTERNATIVES) {
		uint8_t tag;
		struct cursor name = ber_next(&names, &tag);

		if (!cur_broken(&names) && tag == 0x82)
			r->names[r->name_count++] = cur_rest(&name);
	}
}

static void read_extensions(struct x509 *r, struct cursor wrapped)
{
	static const uint8_t alternatives[] = { 0x55, 0x1d, 17 };
	struct cursor all = ber_want(&wrapped, BER_SEQUENCE);

	while (all.left > 0) {
		struct cursor one = ber_want(&all, BER_SEQUENCE);
		struct cursor key = ber_want(&one, BER_OID);
		struct bytes oid = cur_rest(&key);
		uint8_t tag;
		struct cursor value = ber_next(&one, &tag);

		if (tag == BER_BOOL)		/* critical */
			value = ber_next(&one, &tag);
		if (cur_broken(&one) || tag != BER_OCTETS)
			return;
		if (oid.n == sizeof(alternatives) && memcmp(oid.p, alternatives, oid.n) == 0)
			read_alternatives(r, value);
	}
}

static void digest(struct x509 *r, struct bytes der)
{
	uint8_t sha1[SHA1_DIGEST_SIZE];
	struct sha1_ctx a;
	struct sha256_ctx b;
	struct buf out = buf_over(r->sha1, sizeof(r->sha1));

	sha1_init(&a);
	sha1_update(&a, der.n, der.p);
	sha1_digest(&a, sizeof(sha1), sha1);
	buf_hex(&out, (struct bytes){ sha1, sizeof(sha1) }, ':');
	sha256_init(&b);
	sha256_update(&b, der.n, der.p);
	sha256_digest(&b, sizeof(r->sha256), r->sha256);
}

static void put_serial(struct x509 *r, struct bytes serial)
{
	struct buf out = buf_over(r->serial, sizeof(r->serial));

	while (serial.n > 1 && serial.p[0] == 0) {	/* the sign of a number whose top bit is set */
		serial.p++;
		serial.n--;
	}
	for (size_t i = 0; i < serial.n && out.n + 4 < sizeof(r->serial); i++) {
		if (i > 0)
			buf_char(&out, ':');
		buf_char(&out, hex_capital(serial.p[i] / 16u));
		buf_char(&out, hex_capital(serial.p[i]));
	}
}

bool x509_read(struct x509 *ret, struct bytes der)
{
	struct cursor c = cur_over(der);
	struct x509 *r = ret;

	memset(r, 0, sizeof(*r));
	digest(r, der);
	struct cursor certificate = ber_want(&c, BER_SEQUENCE);
	struct cursor tbs = ber_want(&certificate, BER_SEQUENCE);

	if (cur_peek(&tbs) == BER_CONTEXT)
		ber_want(&tbs, BER_CONTEXT);		/* version */
	struct cursor serial = ber_want(&tbs, BER_INTEGER);

	ber_want(&tbs, BER_SEQUENCE);			/* algorithm of the signature */
	struct cursor issuer = ber_want(&tbs, BER_SEQUENCE), validity = ber_want(&tbs, BER_SEQUENCE);
	struct cursor subject = ber_want(&tbs, BER_SEQUENCE);

	ber_want(&tbs, BER_SEQUENCE);			/* the key */
	if (cur_broken(&tbs) || cur_broken(&subject))
		return false;
	struct buf names[2] = { buf_over(r->issuer, X509_NAME), buf_over(r->subject, X509_NAME) };

	r->self_signed = issuer.left == subject.left && memcmp(issuer.p, subject.p, issuer.left) == 0;
	put_serial(r, cur_rest(&serial));
	read_name(&names[0], issuer, NULL);
	read_name(&names[1], subject, &r->common_name);
	read_time(r->from, &validity);
	read_time(r->to, &validity);
	while (tbs.left > 0) {				/* unique ids [1], [2]; extensions [3] */
		uint8_t tag;
		struct cursor more = ber_next(&tbs, &tag);

		if (!cur_broken(&tbs) && tag == BER_CONTEXT + 3)
			read_extensions(r, more);
	}
	return true;
}

/* proto/ber.c: ASN.1 values, lengths, integers and object identifiers (X.690). */
#include "proto/ber.h"

struct cursor ber_next(struct cursor *c, uint8_t *ret_tag)
{
	uint8_t tag = cur_u8(c), first = cur_u8(c);
	size_t n = first;

	if ((tag & 0x1f) == 0x1f || first == 0x80 || first > 0x84)
		cur_break(c);
	if (first > 0x80) {		/* X.690 8.1.3.5: so many bytes of length follow */
		n = 0;
		for (unsigned i = 0; i < (first & 0x7fu); i++)
			n = n << 8 | cur_u8(c);
	}
	*ret_tag = cur_broken(c) ? 0 : tag;
	return cur_sub(c, n);
}

struct cursor ber_want(struct cursor *c, uint8_t tag)
{
	uint8_t is;
	struct cursor value = ber_next(c, &is);

	if (cur_broken(c) || is != tag) {
		cur_break(c);
		cur_break(&value);
	}
	return value;
}

int64_t ber_integer(struct cursor *c)
{
	struct cursor value = ber_want(c, BER_INTEGER);

	if (cur_broken(&value) || value.left == 0 || value.left > 8) {
		cur_break(c);
		return 0;
	}
	uint64_t n = cur_peek(&value) & 0x80 ? UINT64_MAX : 0;

	while (value.left > 0)
		n = n << 8 | cur_u8(&value);
	return (int64_t)n;
}

bool ber_oid(struct buf *out, struct bytes oid)
{
	struct cursor c = cur_over(oid);
	bool first = true;

	if (oid.n == 0)
		return false;
	while (c.left > 0) {
		uint64_t n = 0;
		uint8_t byte;

		do {
			byte = cur_u8(&c);
			n = n << 7 | (byte & 0x7f);
			if (cur_broken(&c) || n > UINT32_MAX)
				return false;
		} while (byte & 0x80);
		if (first) {		/* X.690 8.19.4: the first two numbers share one */
			uint64_t top = n < 80 ? n / 40 : 2;

			buf_u64(out, top);
			n -= top * 40;
			first = false;
		}
		buf_char(out, '.');
		buf_u64(out, n);
	}
	return true;
}

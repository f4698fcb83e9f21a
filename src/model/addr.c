/* model/addr.c: addresses as tests and as text. */
#include "model/obs.h"

#include "core/buf.h"
#include "core/hex.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

bool ip_is_v4(const uint8_t ip[16])
{
	return memcmp(ip, mapped, sizeof(mapped)) == 0;
}

bool ip_is_zero(const uint8_t ip[16])
{
	static const uint8_t zero[16];

	return memcmp(ip, zero, sizeof(zero)) == 0;
}

bool ip_is_group(const uint8_t ip[16])
{
	if (!ip_is_v4(ip))
		return ip[0] == 0xff;			/* RFC 4291 section 2.7 */
	static const uint8_t all[4] = { 255, 255, 255, 255 };

	/* RFC 5771; RFC 919 */
	return (ip[12] & 0xf0) == 0xe0 || memcmp(ip + 12, all, sizeof(all)) == 0;
}

bool mac_is_zero(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return memcmp(mac, zero, sizeof(zero)) == 0;
}

bool mac_is_group(const uint8_t mac[6])
{
	return (mac[0] & 1) != 0;			/* IEEE 802-2014 section 8.4, I/G bit */
}

/* The longest run of two or more zero groups, written "::" (RFC 5952 section 4.2); length 0: none. */
static unsigned zero_run(const uint16_t group[8], unsigned *ret_at)
{
	unsigned best = 1, at = 8;

	for (unsigned i = 0; i < 8; i++) {
		unsigned n = 0;

		while (i + n < 8 && group[i + n] == 0)
			n++;
		if (n > best) {
			best = n;
			at = i;
		}
		i += n;
	}
	*ret_at = at;
	return at == 8 ? 0 : best;
}

static void group_text(struct buf *b, unsigned group)
{
	bool begun = false;

	for (int shift = 12; shift >= 0; shift -= 4) {
		begun = begun || group >> shift != 0 || shift == 0;
		if (begun)
			buf_char(b, hex_digit(group >> shift));
	}
}

static void ipv6_text(struct buf *b, const uint8_t ip[16])
{
	uint16_t group[8];
	unsigned at;

	for (unsigned i = 0; i < 8; i++)
		group[i] = (uint16_t)(ip[2 * i] << 8 | ip[2 * i + 1]);
	unsigned run = zero_run(group, &at);

	for (unsigned i = 0; i < 8; i++) {
		if (run > 0 && i == at) {
			buf_str(b, "::");
			i += run - 1;
			continue;
		}
		if (i > 0 && !(run > 0 && i == at + run))
			buf_char(b, ':');
		group_text(b, group[i]);
	}
}

static char *put_octet(char *at, uint8_t v)
{
	if (v >= 100)
		*at++ = (char)('0' + v / 100);
	if (v >= 10)
		*at++ = (char)('0' + v / 10 % 10);
	*at++ = (char)('0' + v % 10);
	return at;
}

void ip_text(char out[IP_TEXT], const uint8_t ip[16])
{
	if (!ip_is_v4(ip)) {
		struct buf b = buf_over(out, IP_TEXT);

		ipv6_text(&b, ip);
		return;
	}
	for (unsigned i = 12; i < 16; i++) {
		out = put_octet(out, ip[i]);
		*out++ = i < 15 ? '.' : '\0';
	}
}

void mac_text(char out[MAC_TEXT], const uint8_t mac[6])
{
	for (unsigned i = 0; i < 6; i++, out += 3) {
		hex_put(out, mac[i]);
		out[2] = i < 5 ? ':' : '\0';
	}
}

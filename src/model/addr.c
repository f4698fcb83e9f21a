/* model/addr.c: addresses as tests and as text. */
#include "model/obs.h"

#include <arpa/inet.h>

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

	return (ip[12] & 0xf0) == 0xe0 || memcmp(ip + 12, all, sizeof(all)) == 0;	/* RFC 5771; RFC 919 */
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

void ip_text(char out[IP_TEXT], const uint8_t ip[16])
{
	bool v4 = ip_is_v4(ip);

	if (inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? ip + 12 : ip, out, IP_TEXT) == NULL)
		out[0] = '\0';				/* IP_TEXT holds every address */
}

void mac_text(char out[MAC_TEXT], const uint8_t mac[6])
{
	snprintf(out, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

/* proto/netbios.c: see netbios.h.
 *
 * Spec: RFC 1001 14, RFC 1002 4.1; suffixes: Microsoft KB 163409 "NetBIOS Suffixes". */
#include "proto/netbios.h"

#include "core/hex.h"
#include "core/util.h"

void netbios_plain(const uint8_t raw[16], struct netbios_name *ret)
{
	size_t end = 15, n = 0;

	while (end > 0 && (raw[end - 1] == ' ' || raw[end - 1] == 0))
		end--;
	for (size_t i = 0; i < end; i++) {
		if (raw[i] >= 0x20) {
			ret->text[n++] = (char)raw[i];
		} else {			/* "<01><02>__MSBROWSE__<02>": the browsers' own group */
			ret->text[n] = '<';
			hex_put(ret->text + n + 1, raw[i]);
			ret->text[n + 3] = '>';
			n += 4;
		}
	}
	ret->bare = (uint8_t)n;
	ret->suffix = raw[15];
	ret->text[n] = '<';
	hex_put(ret->text + n + 1, raw[15]);
	ret->text[n + 3] = '>';
	n += 4;
	ret->text[n] = '\0';
	ret->n = (uint8_t)n;
}

bool netbios_decode(struct bytes encoded, struct netbios_name *ret)
{
	uint8_t raw[16];

	if (encoded.n != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		uint8_t high = (uint8_t)(encoded.p[2 * i] - 'A'), low = (uint8_t)(encoded.p[2 * i + 1] - 'A');

		if (high > 15 || low > 15)
			return false;
		raw[i] = (uint8_t)(high << 4 | low);
	}
	netbios_plain(raw, ret);
	return true;
}

const char *netbios_suffix(uint8_t suffix, bool group)
{
	static const struct { uint8_t suffix, group; const char *key; } rows[] = {
		{ 0x00, 0, "workstation" }, { 0x00, 1, "workgroup" }, { 0x01, 0, "messenger" },
		{ 0x01, 1, "master-browser" }, { 0x03, 0, "messenger" }, { 0x06, 0, "ras-server" },
		{ 0x1b, 0, "domain-master-browser" }, { 0x1c, 1, "domain-controllers" },
		{ 0x1d, 0, "master-browser" }, { 0x1e, 1, "browser-elections" }, { 0x1f, 0, "netdde" },
		{ 0x20, 0, "file-server" }, { 0x21, 0, "ras-client" }, { 0x22, 0, "exchange" },
		{ 0x23, 0, "exchange" }, { 0x24, 0, "exchange" }, { 0x30, 0, "modem-server" },
		{ 0x31, 0, "modem-client" }, { 0x43, 0, "sms-client" }, { 0x44, 0, "sms-client" },
		{ 0x45, 0, "sms-client" }, { 0x46, 0, "sms-client" }, { 0x4c, 0, "decpathworks" },
		{ 0x52, 0, "decpathworks" }, { 0x6a, 0, "exchange" }, { 0x87, 0, "exchange" },
		{ 0xbe, 0, "network-monitor" }, { 0xbf, 0, "network-monitor" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].suffix == suffix && rows[i].group == group)
			return rows[i].key;
	return "other";
}

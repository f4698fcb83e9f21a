/* proto/snmp_names.c: names of the objects that matter for knowing a device, and makers by their number. */
#include "proto/snmp.h"

/* The beginning of an object identifier and what the last number of it means; names are in order from 1.
 * RFC 1213 (1.3.6.1.2.1), RFC 2863, 2790, 3805, 6933, 4188, 3414, 3418, IEEE 802.1AB. */
static const struct group {
	uint8_t n;
	uint8_t oid[12];
	const char *names;		/* separated by blanks; "-": none */
} groups[] = {
#define MIB2 0x2b, 6, 1, 2, 1
	{6,
	 {MIB2, 1},
	 "sysDescr sysObjectID sysUpTime sysContact sysName sysLocation sysServices sysORLastChange"},
	{6, {MIB2, 2}, "ifNumber ifTable"},
	{8,
	 {MIB2, 2, 2, 1},
	 "ifIndex ifDescr ifType ifMtu ifSpeed ifPhysAddress ifAdminStatus ifOperStatus ifLastChange "
	 "ifInOctets "
	 "ifInUcastPkts ifInNUcastPkts ifInDiscards ifInErrors ifInUnknownProtos ifOutOctets ifOutUcastPkts "
	 "ifOutNUcastPkts ifOutDiscards ifOutErrors ifOutQLen ifSpecific"},
	{9,
	 {MIB2, 31, 1, 1, 1},
	 "ifName ifInMulticastPkts ifInBroadcastPkts ifOutMulticastPkts ifOutBroadcastPkts ifHCInOctets "
	 "ifHCInUcastPkts ifHCInMulticastPkts ifHCInBroadcastPkts ifHCOutOctets ifHCOutUcastPkts "
	 "ifHCOutMulticastPkts ifHCOutBroadcastPkts ifLinkUpDownTrapEnable ifHighSpeed ifPromiscuousMode "
	 "ifConnectorPresent ifAlias ifCounterDiscontinuityTime"},
	{6,
	 {MIB2, 4},
	 "ipForwarding ipDefaultTTL ipInReceives ipInHdrErrors ipInAddrErrors ipForwDatagrams "
	 "ipInUnknownProtos "
	 "ipInDiscards ipInDelivers ipOutRequests"},
	{8,
	 {MIB2, 4, 20, 1},
	 "ipAdEntAddr ipAdEntIfIndex ipAdEntNetMask ipAdEntBcastAddr ipAdEntReasmMaxSize"},
	{8,
	 {MIB2, 4, 21, 1},
	 "ipRouteDest ipRouteIfIndex ipRouteMetric1 ipRouteMetric2 ipRouteMetric3 ipRouteMetric4 "
	 "ipRouteNextHop "
	 "ipRouteType ipRouteProto ipRouteAge ipRouteMask ipRouteMetric5 ipRouteInfo"},
	{8,
	 {MIB2, 4, 22, 1},
	 "ipNetToMediaIfIndex ipNetToMediaPhysAddress ipNetToMediaNetAddress ipNetToMediaType"},
	{8,
	 {MIB2, 6, 13, 1},
	 "tcpConnState tcpConnLocalAddress tcpConnLocalPort tcpConnRemAddress tcpConnRemPort"},
	{9, {MIB2, 17, 4, 3, 1}, "dot1dTpFdbAddress dot1dTpFdbPort dot1dTpFdbStatus"},
	{7,
	 {MIB2, 25, 1},
	 "hrSystemUptime hrSystemDate hrSystemInitialLoadDevice hrSystemInitialLoadParameters "
	 "hrSystemNumUsers "
	 "hrSystemProcesses hrSystemMaxProcesses"},
	{9,
	 {MIB2, 25, 3, 2, 1},
	 "hrDeviceIndex hrDeviceType hrDeviceDescr hrDeviceID hrDeviceStatus hrDeviceErrors"},
	{9,
	 {MIB2, 25, 4, 2, 1},
	 "hrSWRunIndex hrSWRunName hrSWRunID hrSWRunPath hrSWRunParameters hrSWRunType hrSWRunStatus"},
	{9,
	 {MIB2, 25, 6, 3, 1},
	 "hrSWInstalledIndex hrSWInstalledName hrSWInstalledID hrSWInstalledType hrSWInstalledDate"},
	{9,
	 {MIB2, 43, 5, 1, 1},
	 "- - - - - - - - - - - - - - - prtGeneralPrinterName prtGeneralSerialNumber"},
	{10,
	 {MIB2, 47, 1, 1, 1, 1},
	 "entPhysicalIndex entPhysicalDescr entPhysicalVendorType entPhysicalContainedIn entPhysicalClass "
	 "entPhysicalParentRelPos entPhysicalName entPhysicalHardwareRev entPhysicalFirmwareRev "
	 "entPhysicalSoftwareRev entPhysicalSerialNum entPhysicalMfgName entPhysicalModelName "
	 "entPhysicalAlias "
	 "entPhysicalAssetID entPhysicalIsFRU"},
#define SNMP_V2 0x2b, 6, 1, 6, 3
	{8, {SNMP_V2, 1, 1, 4}, "snmpTrapOID - snmpTrapEnterprise"},
	{8, {SNMP_V2, 1, 1, 5}, "coldStart warmStart linkDown linkUp authenticationFailure egpNeighborLoss"},
	{8,
	 {SNMP_V2, 15, 1, 1},
	 "usmStatsUnsupportedSecLevels usmStatsNotInTimeWindows usmStatsUnknownUserNames "
	 "usmStatsUnknownEngineIDs "
	 "usmStatsWrongDigests usmStatsDecryptionErrors"},
	/* CISCO-CONFIG-COPY-MIB: the configuration is fetched or replaced over the network */
	{12,
	 {0x2b, 6, 1, 4, 1, 9, 9, 96, 1, 1, 1, 1},
	 "ccCopyIndex ccCopyProtocol ccCopySourceFileType ccCopyDestFileType ccCopyServerAddress "
	 "ccCopyFileName "
	 "ccCopyUserName ccCopyUserPassword ccCopyNotificationOnCompletion ccCopyState ccCopyTimeStarted "
	 "ccCopyTimeCompleted ccCopyFailCause ccCopyEntryRowStatus"},
};

/* The i-th word, from 1; n 0: there is none. */
static struct bytes nth_word(const char *words, unsigned i)
{
	while (i > 1 && *words != '\0') {
		while (*words != '\0' && *words != ' ')
			words++;
		words += *words == ' ';
		i--;
	}
	size_t n = 0;

	while (words[n] != '\0' && words[n] != ' ')
		n++;
	return (struct bytes){ (const uint8_t *)words, i != 1 || *words == '-' ? 0 : n };
}

/* Does the object stand in this group? *ret_word: its name; *ret_used: bytes of it. */
static bool in_group(const struct group *g, struct bytes oid, struct bytes *ret_word, size_t *ret_used)
{
	if (oid.n <= g->n || memcmp(oid.p, g->oid, g->n) != 0 || oid.p[g->n] >= 0x80)
		return false;
	*ret_word = nth_word(g->names, oid.p[g->n]);
	*ret_used = g->n + 1u;
	return ret_word->n > 0;
}

/* ".3.10.0.0.1": the numbers behind a name. */
static void put_rest(struct buf *out, struct bytes rest)
{
	struct cursor c = cur_over(rest);

	while (c.left > 0) {
		uint64_t n = 0;
		uint8_t byte;

		do {
			byte = cur_u8(&c);
			n = n << 7 | (byte & 0x7f);
		} while (byte & 0x80 && c.left > 0);
		buf_char(out, '.');
		buf_u64(out, n);
	}
}

size_t snmp_name(char *out, size_t cap, struct bytes oid, bool whole)
{
	struct buf b = buf_over(out, cap);
	const struct group *best = NULL;
	struct bytes word = { 0 }, at;
	size_t used = 0, n;

	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		if (in_group(&groups[i], oid, &at, &n) && n > used) {
			best = &groups[i];
			word = at;
			used = n;
		}
	}
	if (best == NULL) {
		ber_oid(&b, oid);
	} else {
		buf_put(&b, word.p, word.n);
		if (whole)
			put_rest(&b, (struct bytes){ oid.p + used, oid.n - used });
	}
	return min_size(b.n, cap - 1);
}

/* Tables of communities (RFC 3584 5.2), of users' keys (RFC 3414 5), and the password of a copied
 * configuration. */
bool snmp_is_secret(struct bytes oid)
{
	static const uint8_t prefixes[][13] = {
		{ SNMP_V2, 18, 1, 1 }, { SNMP_V2, 15, 1, 2 }, { 0x2b, 6, 1, 4, 1, 9, 9, 96, 1, 1, 1, 1, 8 },
	};
	static const uint8_t lengths[] = { 8, 8, 13 };

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		if (oid.n >= lengths[i] && memcmp(oid.p, prefixes[i], lengths[i]) == 0)
			return true;
	return false;
}

/* IANA, Private Enterprise Numbers. */
const char *snmp_vendor(struct bytes oid)
{
	static const uint8_t enterprises[] = { 0x2b, 6, 1, 4, 1 };
	static const struct { uint32_t number; const char *name;
	} makers[] = {
		{9, "Cisco"},
		{11, "Hewlett-Packard"},
		{116, "Hitachi"},
		{119, "NEC"},
		{171, "D-Link"},
		{207, "Allied Telesis"},
		{211, "Fujitsu"},
		{248, "Hirschmann"},
		{253, "Xerox"},
		{318, "APC"},
		{367, "Ricoh"},
		{641, "Lexmark"},
		{674, "Dell"},
		{1248, "Epson"},
		{1347, "Kyocera"},
		{1602, "Canon"},
		{1916, "Extreme Networks"},
		{2435, "Brother"},
		{2636, "Juniper"},
		{3833, "Schneider Electric"},
		{4196, "Siemens"},
		{4346, "Phoenix Contact"},
		{4526, "Netgear"},
		{6876, "VMware"},
		{8691, "Moxa"},
		{14988, "MikroTik"},
		{18334, "Konica Minolta"},
		{25506, "H3C"},
		{30065, "Arista"},
		{41112, "Ubiquiti"},
	};
	uint32_t number = 0;

	if (oid.n <= sizeof(enterprises) || memcmp(oid.p, enterprises, sizeof(enterprises)) != 0)
		return NULL;
	for (size_t i = sizeof(enterprises); i < oid.n && i < sizeof(enterprises) + 4; i++) {
		number = number << 7 | (oid.p[i] & 0x7f);
		if (!(oid.p[i] & 0x80))
			break;
	}
	for (size_t i = 0; i < ARRAY_LEN(makers); i++)
		if (makers[i].number == number)
			return makers[i].name;
	return NULL;
}

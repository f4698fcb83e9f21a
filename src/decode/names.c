/* decode/names.c: the proper names of numbers that have no decoder of their own. Names are not translated.
 *
 * Sources: IEEE Registration Authority, list of ethertypes, and the standards named beside the rows; IANA,
 * "Protocol Numbers"; tcpdump.org, "Link-layer header types". Only numbers a factory may meet; the others are
 * shown as numbers. */
#include "decode/decode.h"

struct name { uint16_t number; const char *name; };

static const struct name ethertypes[] = {	/* all in rising order; below 0x100: LLC service access
						 * points */
	{ 0x00, "LLC null" },			/* IEEE 802.2 table of reserved addresses, to 0xff */
	{ 0x02, "LLC sublayer management" },
	{ 0x06, "IP over LLC" },
	{ 0x0e, "PROWAY network management" },	/* IEC 60955 */
	{ 0x42, "STP" },			/* IEEE 802.1D */
	{ 0x4e, "EIA RS-511 (MMS)" },
	{ 0x7e, "X.25 over LLC" },
	{ 0x8e, "PROWAY active station list" },
	{ 0xaa, "SNAP" },
	{ 0xe0, "IPX" },
	{ 0xf0, "NetBIOS" },
	{ 0xf4, "LAN management" },
	{ 0xf8, "HP extended LLC" },
	{ 0xfa, "Ungermann-Bass" },
	{ 0xfe, "ISO network layer" },		/* CLNP, ES-IS, IS-IS */
	{ 0xff, "LLC global (raw IPX)" },
	{ 0x0600, "XNS" },
	{ 0x0800, "IPv4" },
	{ 0x0805, "X.25" },
	{ 0x0806, "ARP" },
	{ 0x0842, "Wake-on-LAN" },
	{ 0x2000, "CDP" },
	{ 0x22ea, "SRP" },			/* IEEE 802.1Q stream reservation */
	{ 0x22f0, "AVTP" },			/* IEEE 1722 */
	{ 0x22f3, "TRILL" },
	{ 0x6001, "DEC MOP dump/load" },
	{ 0x6002, "DEC MOP console" },
	{ 0x6003, "DECnet" },
	{ 0x6004, "DEC LAT" },
	{ 0x6558, "Transparent Ethernet bridging" },
	{ 0x8035, "RARP" },
	{ 0x809b, "AppleTalk" },
	{ 0x80e1, "EtherNet/IP device level ring" },
	{ 0x80f3, "AppleTalk ARP" },
	{ 0x8100, "802.1Q" },
	{ 0x8137, "IPX" },
	{ 0x814c, "SNMP over Ethernet" },	/* RFC 4789 */
	{ 0x8204, "QNX Qnet" },
	{ 0x86dd, "IPv6" },
	{ 0x8808, "Ethernet flow control" },	/* IEEE 802.3 annex 31B */
	{ 0x8809, "Slow protocols (LACP)" },	/* IEEE 802.3 annex 57A */
	{ 0x880b, "PPP" },
	{ 0x8819, "CobraNet" },
	{ 0x8847, "MPLS" },
	{ 0x8848, "MPLS multicast" },
	{ 0x8863, "PPPoE discovery" },
	{ 0x8864, "PPPoE session" },
	{ 0x886d, "Intel ANS" },
	{ 0x8870, "Jumbo LLC" },
	{ 0x887b, "HomePlug 1.0" },
	{ 0x888e, "802.1X (EAPOL)" },
	{ 0x8892, "PROFINET" },			/* IEC 61158-6-10 */
	{ 0x8899, "Realtek remote control" },
	{ 0x88a2, "ATA over Ethernet" },
	{ 0x88a4, "EtherCAT" },			/* IEC 61158-4-12 */
	{ 0x88a8, "802.1ad" },
	{ 0x88ab, "POWERLINK" },		/* IEC 61158-4-13 */
	{ 0x88b5, "Local experimental 1" },	/* IEEE 802 section 9.2.4, with 88b6 and 88b7 */
	{ 0x88b6, "Local experimental 2" },
	{ 0x88b7, "OUI extended ethertype" },
	{ 0x88b8, "GOOSE" },			/* IEC 61850-8-1 */
	{ 0x88b9, "GSE management" },
	{ 0x88ba, "Sampled values" },		/* IEC 61850-9-2 */
	{ 0x88c7, "802.11 pre-authentication" },
	{ 0x88ca, "TIPC" },
	{ 0x88cc, "LLDP" },
	{ 0x88cd, "SERCOS III" },		/* IEC 61158-4-19 */
	{ 0x88d8, "MEF circuit emulation" },
	{ 0x88d9, "LLTD" },
	{ 0x88dc, "WSMP" },			/* IEEE 1609.3 */
	{ 0x88e1, "HomePlug AV" },
	{ 0x88e3, "MRP" },			/* IEC 62439-2 */
	{ 0x88e5, "MACsec" },
	{ 0x88e7, "Provider backbone bridging" },
	{ 0x88f5, "MVRP" },
	{ 0x88f6, "MMRP" },
	{ 0x88f7, "PTP" },			/* IEEE 1588 annex E */
	{ 0x88f8, "NC-SI" },
	{ 0x88fb, "PRP/HSR supervision" },	/* IEC 62439-3 */
	{ 0x8902, "CFM" },			/* IEEE 802.1Q, ITU-T Y.1731 */
	{ 0x8906, "FCoE" },
	{ 0x8909, "Cisco metadata" },
	{ 0x890f, "CC-Link IE" },		/* IEC 61158-4-23 */
	{ 0x8914, "FCoE initialization" },
	{ 0x8915, "RoCE" },
	{ 0x891d, "TTEthernet control" },	/* SAE AS6802 */
	{ 0x8926, "VN-Tag" },
	{ 0x892f, "HSR" },			/* IEC 62439-3 */
	{ 0x893a, "IEEE 1905.1" },
	{ 0x893f, "802.1BR E-Tag" },
	{ 0x8940, "ECP" },
	{ 0x8947, "GeoNetworking" },		/* ETSI EN 302 636-4-1 */
	{ 0x894f, "NSH" },
	{ 0x9000, "Configuration test (loopback)" },
	{ 0x9100, "802.1 QinQ (old)" },
	{ 0xa0ed, "6LoWPAN" },
	{ 0xc021, "PPP link control" },
	{ 0xf1c1, "R-TAG (FRER)" },		/* IEEE 802.1CB */
};

static const struct name ip_protocols[] = {
	{ 0, "HOPOPT" }, { 1, "ICMP" }, { 2, "IGMP" }, { 3, "GGP" }, { 4, "IPv4" }, { 5, "ST" }, { 6, "TCP" },
	{ 8, "EGP" }, { 9, "IGP" }, { 17, "UDP" }, { 27, "RDP" }, { 33, "DCCP" }, { 41, "IPv6" },
	{ 43, "IPv6-Route" }, { 44, "IPv6-Frag" }, { 46, "RSVP" }, { 47, "GRE" }, { 50, "ESP" }, { 51, "AH" },
	{ 55, "MOBILE" }, { 58, "IPv6-ICMP" }, { 59, "IPv6-NoNxt" }, { 60, "IPv6-Opts" }, { 73, "CPHB" },
	{ 77, "SUN-ND" }, { 88, "EIGRP" }, { 89, "OSPF" }, { 94, "IPIP" }, { 97, "ETHERIP" }, { 98, "ENCAP" },
	{ 103, "PIM" }, { 108, "IPComp" }, { 111, "IPX-in-IP" }, { 112, "VRRP" }, { 113, "PGM" },
	{ 115, "L2TP" },
	{ 118, "STP" }, { 124, "IS-IS over IPv4" }, { 132, "SCTP" }, { 133, "FC" },
	{ 135, "Mobility Header" },
	{ 136, "UDPLite" }, { 137, "MPLS-in-IP" }, { 138, "manet" }, { 139, "HIP" }, { 140, "Shim6" },
	{ 141, "WESP" }, { 142, "ROHC" }, { 143, "Ethernet" }, { 253, "Experimental 1" },
	{ 254, "Experimental 2" },
};

static const struct name links[] = {
	{ 0, "NULL" }, { 1, "ETHERNET" }, { 3, "AX25" }, { 6, "IEEE802_5" }, { 7, "ARCNET_BSD" },
	{ 8, "SLIP" },
	{ 9, "PPP" }, { 10, "FDDI" }, { 12, "RAW" }, { 14, "RAW" }, { 50, "PPP_HDLC" }, { 51, "PPP_ETHER" },
	{ 100, "ATM_RFC1483" }, { 101, "RAW" }, { 104, "C_HDLC" }, { 105, "IEEE802_11" }, { 107, "FRELAY" },
	{ 108, "LOOP" }, { 113, "LINUX_SLL" }, { 114, "LTALK" }, { 117, "PFLOG" },
	{ 119, "IEEE802_11_PRISM" },
	{ 122, "IP_OVER_FC" }, { 123, "SUNATM" }, { 127, "IEEE802_11_RADIOTAP" }, { 129, "ARCNET_LINUX" },
	{ 138, "APPLE_IP_OVER_IEEE1394" }, { 139, "MTP2_WITH_PHDR" }, { 140, "MTP2" }, { 141, "MTP3" },
	{ 142, "SCCP" }, { 143, "DOCSIS" }, { 144, "LINUX_IRDA" }, { 147, "USER0" }, { 162, "USER15" },
	{ 163, "IEEE802_11_AVS" }, { 165, "BACNET_MS_TP" }, { 166, "PPP_PPPD" }, { 169, "GPRS_LLC" },
	{ 177, "LINUX_LAPD" }, { 187, "BLUETOOTH_HCI_H4" }, { 189, "USB_LINUX" }, { 190, "CAN20B" },
	{ 191, "IEEE802_15_4_LINUX" }, { 192, "PPI" }, { 195, "IEEE802_15_4_WITHFCS" },
	{ 197, "ERF" }, { 201, "BLUETOOTH_HCI_H4_WITH_PHDR" }, { 202, "AX25_KISS" }, { 203, "LAPD" },
	{ 204, "PPP_WITH_DIR" }, { 205, "C_HDLC_WITH_DIR" }, { 206, "FRELAY_WITH_DIR" },
	{ 209, "IPMB_LINUX" },
	{ 210, "FLEXRAY" }, { 212, "LIN" }, { 215, "IEEE802_15_4_NONASK_PHY" }, { 220, "USB_LINUX_MMAPPED" },
	{ 224, "FC_2" }, { 226, "IPNET" }, { 227, "CAN_SOCKETCAN" }, { 228, "IPV4" }, { 229, "IPV6" },
	{ 230, "IEEE802_15_4_NOFCS" }, { 231, "DBUS" }, { 235, "DVB_CI" }, { 236, "MUX27010" },
	{ 239, "NFLOG" },
	{ 240, "NETANALYZER" }, { 241, "NETANALYZER_TRANSPARENT" }, { 242, "IPOIB" }, { 247, "INFINIBAND" },
	{ 248, "SCTP" }, { 249, "USBPCAP" }, { 251, "BLUETOOTH_LE_LL" }, { 253, "NETLINK" },
	{ 256, "BLUETOOTH_LE_LL_WITH_PHDR" }, { 257, "PROFIBUS_DL" }, { 258, "PKTAP" }, { 259, "EPON" },
	{ 262, "ZWAVE_R1_R2" }, { 263, "ZWAVE_R3" }, { 265, "WATTSTOPPER_DLM" }, { 270, "LORATAP" },
	{ 271, "VSOCK" },
	{ 276, "LINUX_SLL2" }, { 283, "IEEE802_15_4_TAP" }, { 289, "ELEE" }, { 290, "Z_WAVE_SERIAL" },
};

static const char *name_of(const struct name *rows, size_t n, unsigned number)
{
	while (n > 0) {
		size_t half = n / 2;

		if (rows[half].number == number)
			return rows[half].name;
		if (rows[half].number < number) {
			rows += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return NULL;
}

const char *ethertype_name(uint16_t ether)
{
	return name_of(ethertypes, ARRAY_LEN(ethertypes), ether);
}

const char *ip_protocol_name(uint8_t proto)
{
	return name_of(ip_protocols, ARRAY_LEN(ip_protocols), proto);
}

const char *link_name(uint16_t link)
{
	return name_of(links, ARRAY_LEN(links), link);
}

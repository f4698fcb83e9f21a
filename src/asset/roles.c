/* asset/roles.c: roles as tables: what an act or a port shows, and which role follows from all of it.
 *
 * Words for people, and the reasons, are content/text/roles.yml: KEY and why-REASON. */
#include "asset/roles.h"

#include <string.h>
#include <strings.h>

/* umas: who answers is a controller of Schneider, who asks for its program an engineering PC. cclink_ie: only
 * controllers and their remote stations are in such a ring, and what is sent to one of them by its own
 * address is for a member of it; what is sent to all tells nothing. */
static const struct { const char *name; enum use use; } uses[] = {
	{ "modbus", USE_OT }, { "umas", USE_OT }, { "cclink_ie", USE_OT }, { "s7comm", USE_OT },
	{ "dns", USE_DNS }, { "dhcp", USE_DHCP },
	{ "dhcpv6", USE_DHCP },
	{ "http", USE_HTTP }, { "ftp", USE_FTP }, { "nbns", USE_NETBIOS }, { "llmnr", USE_LLMNR },
	{ "mdns", USE_MDNS }, { "smb", USE_FILES }, { "tds", USE_DATABASE }, { "mysql", USE_DATABASE },
	{ "postgres", USE_DATABASE }, { "fins", USE_OT }, { "kv", USE_OT }, { "cclink", USE_OT },
	{ "slmp", USE_OT }, { "melsoft", USE_OT }, { "haas", USE_CNC }, { "focas", USE_CNC },
	{ "lsv2", USE_CNC },
	{ "mtconnect", USE_CNC }, { "shdr", USE_CNC }, { "mqtt", USE_TOPICS },
};

enum use role_use(const char *proto_name)
{
	for (size_t i = 0; i < ARRAY_LEN(uses); i++)
		if (strcmp(uses[i].name, proto_name) == 0)
			return uses[i].use;
	return USE_OTHER;
}

enum station_kind role_station(const char *proto_name)
{
	static const struct { const char *name; enum station_kind kind; } kinds[] = {
		{ "modbus", STATION_UNIT }, { "umas", STATION_UNIT }, { "cotp", STATION_SLOT },
		{ "s7comm", STATION_SLOT },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, proto_name) == 0)
			return kinds[i].kind;
	return STATION_OWN;
}

static uint64_t asked_ot(uint8_t verb, uint8_t class)
{
	switch (verb) {
	case VERB_READ:
		return class == CLASS_PROGRAM || class == CLASS_FIRMWARE ? TRAIT(DID_PROGRAM_OT) :
		       TRAIT(DID_READ_OT);
	case VERB_SUBSCRIBE: case VERB_IDENTIFY:
		return TRAIT(DID_READ_OT);
	case VERB_WRITE:
		return class == CLASS_PROGRAM || class == CLASS_FIRMWARE || class == CLASS_CONFIG ?
		       TRAIT(DID_PROGRAM_OT) : TRAIT(DID_WRITE_OT);
	case VERB_DELETE: case VERB_SELECT: case VERB_FORCE:
		return TRAIT(DID_PROGRAM_OT);
	case VERB_START: case VERB_STOP: case VERB_RESET: case VERB_MODE:
		return TRAIT(DID_RUN_OT);
	}
	return 0;
}

uint64_t role_asked(enum use use, uint8_t verb, uint8_t class)
{
	switch (use) {
	case USE_OT: case USE_CNC: return asked_ot(verb, class);
	case USE_DNS: return TRAIT(DID_ASK_DNS);
	case USE_HTTP: return TRAIT(DID_ASK_HTTP);
	case USE_NETBIOS: return TRAIT(DID_SAY_NETBIOS);
	case USE_LLMNR: return TRAIT(DID_SAY_LLMNR);
	case USE_TOPICS: return verb == VERB_PUBLISH ? TRAIT(DID_TELL_TOPICS) : 0;
	case USE_OTHER: case USE_MDNS:
	case USE_DHCP: case USE_FTP: case USE_FILES: case USE_DATABASE: return 0;
	}
	return 0;
}

uint64_t role_answered(enum use use)
{
	switch (use) {
	case USE_OT: return TRAIT(DID_ANSWER_OT);
	case USE_CNC: return TRAIT(DID_ANSWER_OT) | TRAIT(DID_ANSWER_CNC);
	case USE_TOPICS: return TRAIT(DID_SERVE_TOPICS);
	case USE_DNS: return TRAIT(DID_SERVE_DNS);
	case USE_DHCP: return TRAIT(DID_SERVE_DHCP);
	case USE_HTTP: return TRAIT(DID_SERVE_HTTP);
	case USE_FTP: return TRAIT(DID_SERVE_FTP);
	case USE_FILES: return TRAIT(DID_SERVE_FILES);
	case USE_DATABASE: return TRAIT(DID_SERVE_DATABASE);
	case USE_NETBIOS: return TRAIT(DID_SAY_NETBIOS);
	case USE_LLMNR: return TRAIT(DID_SAY_LLMNR);
	case USE_OTHER: case USE_MDNS: return 0;
	}
	return 0;
}

/* Ports of the IANA registry whose service tells a role; an answered flow is enough. */
static const struct { uint8_t ip_proto; uint16_t port; enum trait trait; } ports[] = {
	{ 6, 139, DID_SERVE_FILES }, { 6, 445, DID_SERVE_FILES }, { 6, 515, DID_SERVE_PRINT },
	{ 6, 631, DID_SERVE_PRINT }, { 6, 9100, DID_SERVE_PRINT }, { 6, 1433, DID_SERVE_DATABASE },
	{ 6, 1521, DID_SERVE_DATABASE }, { 6, 3306, DID_SERVE_DATABASE }, { 6, 5432, DID_SERVE_DATABASE },
	{ 17, 67, DID_SERVE_DHCP }, { 6, 554, DID_SERVE_VIDEO },
};

uint64_t role_port(uint8_t ip_proto, uint16_t port)
{
	for (size_t i = 0; i < ARRAY_LEN(ports); i++)
		if (ports[i].port == port && ports[i].ip_proto == ip_proto)
			return TRAIT(ports[i].trait);
	return 0;
}

/* Words of IEEE 802.1AB-2016 section 8.5.8 as proto/lldp_text.c writes them. */
static const struct { const char *word; enum trait trait; } capabilities[] = {
	{ "bridge", SAID_BRIDGE }, { "router", SAID_ROUTER }, { "wlan", SAID_WLAN },
	{ "telephone", SAID_PHONE },
};

uint64_t role_capability(const char *words)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < ARRAY_LEN(capabilities); i++) {
		size_t n = strlen(capabilities[i].word);

		for (const char *p = words; p != NULL && *p != '\0'; p = strchr(p, ',')) {
			p += *p == ',';
			if (strncmp(p, capabilities[i].word, n) == 0)
				bits |= TRAIT(capabilities[i].trait);
		}
	}
	return bits;
}

/* Makers whose boxes are nearly all of one kind, as the registry or the device writes them. */
static const struct { const char *begins; enum trait trait; } makers[] = {
	{ "Siemens", MAKES_PLC }, { "Rockwell", MAKES_PLC }, { "Allen-Bradley", MAKES_PLC },
	{ "OMRON", MAKES_PLC }, { "MITSUBISHI ELECTRIC", MAKES_PLC }, { "KEYENCE", MAKES_PLC },
	{ "Schneider", MAKES_PLC }, { "TELEMECANIQUE", MAKES_PLC }, { "BECKHOFF", MAKES_PLC },
	{ "WAGO", MAKES_PLC }, { "PHOENIX CONTACT", MAKES_PLC }, { "YOKOGAWA", MAKES_PLC },
	{ "FANUC", MAKES_CNC }, { "HEIDENHAIN", MAKES_CNC }, { "DR. JOHANNES HEIDENHAIN", MAKES_CNC },
	{ "Haas Automation", MAKES_CNC }, { "OKUMA", MAKES_CNC }, { "YAMAZAKI MAZAK", MAKES_CNC },
	{ "Mazak", MAKES_CNC }, { "DMG", MAKES_CNC }, { "MAKINO", MAKES_CNC }, { "Mori Seiki", MAKES_CNC },
	{ "KUKA", MAKES_ROBOT }, { "Universal Robots", MAKES_ROBOT }, { "DENSO WAVE", MAKES_ROBOT },
	{ "YASKAWA", MAKES_ROBOT }, { "NACHI", MAKES_ROBOT }, { "Staubli", MAKES_ROBOT },
	{ "Axis Communications", MAKES_CAMERA }, { "Hangzhou Hikvision", MAKES_CAMERA },
	{ "HIKVISION", MAKES_CAMERA }, { "Zhejiang Dahua", MAKES_CAMERA }, { "i-PRO", MAKES_CAMERA },
	{ "Hanwha", MAKES_CAMERA }, { "MOBOTIX", MAKES_CAMERA }, { "Basler", MAKES_CAMERA },
	{ "COGNEX", MAKES_CAMERA }, { "Yealink", MAKES_PHONE }, { "Polycom", MAKES_PHONE },
	{ "snom", MAKES_PHONE },
	{ "SAXA", MAKES_PHONE }, { "NAKAYO", MAKES_PHONE }, { "Iwatsu", MAKES_PHONE },
	{ "TOYOPUC", MAKES_PLC }, { "JTEKT", MAKES_PLC },
	{ "DELTA ELECTRONICS", MAKES_PLC }, { "B&R", MAKES_PLC }, { "Panasonic Industrial", MAKES_PLC },
	{ "Weintek", MAKES_PANEL }, { "Pro-face", MAKES_PANEL }, { "Digital Electronics Corp", MAKES_PANEL },
	{ "Hakko Electronics", MAKES_PANEL }, { "Beijer", MAKES_PANEL }, { "Red Lion", MAKES_PANEL },
	{ "Cisco", MAKES_NETWORK }, { "Hirschmann", MAKES_NETWORK }, { "MOXA", MAKES_NETWORK },
	{ "Allied Telesis", MAKES_NETWORK }, { "ALAXALA", MAKES_NETWORK }, { "BUFFALO", MAKES_NETWORK },
	{ "Juniper", MAKES_NETWORK }, { "Fortinet", MAKES_NETWORK }, { "Ubiquiti", MAKES_ACCESS_POINT },
	{ "NETGEAR", MAKES_NETWORK }, { "TP-LINK", MAKES_NETWORK }, { "Aruba", MAKES_ACCESS_POINT },
	{ "Ruckus", MAKES_ACCESS_POINT }, { "Cambium", MAKES_ACCESS_POINT }, { "ICOM", MAKES_ACCESS_POINT },
	{ "brother", MAKES_PRINTER }, { "RICOH", MAKES_PRINTER }, { "Seiko Epson", MAKES_PRINTER },
	{ "KYOCERA Document", MAKES_PRINTER }, { "Lexmark", MAKES_PRINTER }, { "ZEBRA", MAKES_PRINTER },
};

uint64_t role_maker(const char *vendor)
{
	for (size_t i = 0; i < ARRAY_LEN(makers); i++)
		if ((vendor[0] | 32) == (makers[i].begins[0] | 32) &&	/* the same letter, small or large */
		    strncasecmp(vendor, makers[i].begins, strlen(makers[i].begins)) == 0)
			return TRAIT(makers[i].trait);
	return 0;
}

uint64_t role_mobile(const char *name, const char *os)
{
	/* What smartphones and tablets call themselves in DHCP before anybody gives them a name. Their
	 * hardware addresses are made up for each network (IEEE 802-2014 section 8.4: locally administered)
	 * and tell no maker. */
	static const char *const names[] = { "iPhone", "iPad", "android-", "Galaxy-", "Pixel-", "Xperia",
					     "AQUOS" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strncasecmp(name, names[i], strlen(names[i])) == 0)
			return TRAIT(IS_MOBILE);
	return strcmp(os, "Android") == 0 ? TRAIT(IS_MOBILE) : 0;
}

#define ANY2(a, b) (TRAIT(a) | TRAIT(b))
#define ANY3(a, b, c) (ANY2(a, b) | TRAIT(c))

/* The first row whose bits are there: at least one of `any`, and of `also` when it is not 0, and none of
 * `not`. */
static const struct { uint64_t any, also, not; struct role role; } rules[] = {
	{ TRAIT(IS_STATION), 0, 0, { "plc", "station", TRUST_LIKELY } },
	{ TRAIT(DID_ANSWER_CNC), 0, 0, { "cnc", "answers-cnc", TRUST_LIKELY } },
	{ TRAIT(DID_ANSWER_OT), TRAIT(IS_GATEWAY), 0, { "gateway", "stations", TRUST_LIKELY } },
	{ TRAIT(DID_ANSWER_OT), 0, 0, { "plc", "answers-ot", TRUST_LIKELY } },
	{ TRAIT(IS_ROUTER), 0, 0, { "network", "routes", TRUST_LIKELY } },
	{ TRAIT(SAID_PHONE), 0, 0, { "phone", "says-phone", TRUST_SURE } },
	{ TRAIT(SAID_WLAN), 0, 0, { "access-point", "says-wireless", TRUST_SURE } },
	{ ANY2(SAID_BRIDGE, SAID_ROUTER), 0, 0, { "network", "says-switch", TRUST_SURE } },
	{ TRAIT(IS_PUBLIC), 0, 0, { "internet", "public", TRUST_LIKELY } },
	{ ANY2(DID_PROGRAM_OT, DID_RUN_OT), 0, 0, { "engineering", "programs-ot", TRUST_LIKELY } },
	{ TRAIT(READS_LONG), 0, 0, { "hmi", "reads-long", TRUST_LIKELY } },
	{ ANY2(DID_READ_OT, DID_WRITE_OT), TRAIT(MAKES_PANEL), 0, { "hmi", "panel-maker", TRUST_LIKELY } },
	{ TRAIT(DID_SERVE_PRINT), 0, 0, { "printer", "prints", TRUST_LIKELY } },
	{ TRAIT(DID_SERVE_VIDEO), TRAIT(MAKES_CAMERA), 0, { "camera", "shows-video", TRUST_LIKELY } },
	{ ANY2(DID_SERVE_DNS, DID_SERVE_DHCP), 0, 0, { "server", "serves-names", TRUST_LIKELY } },
	{ TRAIT(DID_SERVE_DATABASE), 0, 0, { "server", "serves-data", TRUST_LIKELY } },
	{ TRAIT(DID_SERVE_TOPICS), 0, 0, { "server", "serves-topics", TRUST_LIKELY } },
	{ TRAIT(DID_SERVE_VIDEO), 0, 0, { "camera", "shows-video", TRUST_GUESS } },
	{ TRAIT(IS_MOBILE), 0, ANY3(DID_READ_OT, DID_WRITE_OT, DID_SERVE_FILES),
	  { "phone", "mobile", TRUST_LIKELY } },
	{ ANY2(DID_SAY_NETBIOS, DID_SAY_LLMNR), ANY3(DID_ASK_DNS, DID_ASK_HTTP, DID_ASK_INTERNET), 0,
	  { "office", "office-habits", TRUST_LIKELY } },
	{ ANY2(DID_READ_OT, DID_WRITE_OT), 0, 0, { "hmi", "reads-ot", TRUST_GUESS } },
	{ TRAIT(MAKES_CNC), 0, 0, { "cnc", "maker", TRUST_GUESS } },
	{ TRAIT(MAKES_ROBOT), 0, 0, { "robot", "maker", TRUST_GUESS } },
	{ TRAIT(MAKES_PLC), 0, 0, { "plc", "maker", TRUST_GUESS } },
	{ TRAIT(MAKES_PANEL), 0, 0, { "hmi", "maker", TRUST_GUESS } },
	{ TRAIT(MAKES_PRINTER), 0, 0, { "printer", "maker", TRUST_GUESS } },
	{ TRAIT(MAKES_CAMERA), 0, 0, { "camera", "maker", TRUST_GUESS } },
	{ TRAIT(MAKES_PHONE), 0, 0, { "phone", "maker", TRUST_GUESS } },
	{ TRAIT(MAKES_ACCESS_POINT), 0, 0, { "access-point", "maker", TRUST_GUESS } },
	{ TRAIT(DID_TELL_TOPICS), 0, ANY3(DID_SAY_NETBIOS, DID_SAY_LLMNR, DID_SERVE_FILES),
	  { "sensor", "tells-topics", TRUST_GUESS } },
	{ ANY3(DID_SERVE_FILES, DID_SERVE_FTP, DID_SERVE_HTTP), 0, 0,
	  { "server", "serves-files", TRUST_GUESS } },
	{ TRAIT(MAKES_NETWORK), 0, 0, { "network", "maker", TRUST_GUESS } },
	{ ANY2(DID_SAY_NETBIOS, DID_SAY_LLMNR), 0, 0, { "office", "says-names", TRUST_GUESS } },
	{ TRAIT(DID_ASK_INTERNET), 0, 0, { "office", "surfs", TRUST_GUESS } },
};

struct role role_of(uint64_t traits)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if ((traits & rules[i].any) != 0 && (rules[i].also == 0 || (traits & rules[i].also) != 0) &&
		    (traits & rules[i].not) == 0)
			return rules[i].role;
	return (struct role){ "unknown", "nothing", TRUST_GUESS };
}

bool role_known(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (strcmp(rules[i].role.key, key) == 0)
			return true;
	return strcmp(key, "unknown") == 0;
}

uint64_t role_change_bits(void)
{
	return ANY3(DID_WRITE_OT, DID_RUN_OT, DID_PROGRAM_OT);
}

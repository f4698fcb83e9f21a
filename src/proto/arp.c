/* proto/arp.c: ARP and its relatives, which IP address is at which MAC.
 *
 * Spec:    RFC 826 (ARP), 903 (RARP), 2390 (InARP), 5227 (probe, announcement); numbers: IANA "ARP
 *          Parameters".
 * Message: hardware:2 protocol:2 hardware length:1 protocol length:1 operation:2 sender hardware, sender
 *          protocol, target hardware, target protocol; padding may follow.
 * Units:   big-endian.
 * Emits:   RESOLVE for requests (to everyone: WHOLE, the answer is a frame of another pair; to one host:
 *          WHOLE with its answer) and probes, ANNOUNCE (PUSH) for announcements and replies nobody of this
 *          pair asked for. The object is the address in question, the value what it was said to be. Facts:
 *          IP_OF_MAC about the sender, and about the target of replies.
 * State:   none.
 * Missing: addresses of other lengths than 6 and 4 bytes are not shown; ATM ARP (hardware 19) is named
 *          only. */
#include "model/proto.h"

enum { ETHERNET = 1, IEEE802 = 6, ATM = 19, IPV4 = 0x0800, HEADER = 8, MAC = 6, IP4 = 4 };

enum operation {		/* IANA "Operation Codes" */
	REQUEST = 1, REPLY, REQUEST_REVERSE, REPLY_REVERSE, DRARP_REQUEST, DRARP_REPLY, DRARP_ERROR,
	INARP_REQUEST, INARP_REPLY, NAK, OPERATION_LAST = 25,
	ANNOUNCEMENT = 0x101,	/* ours: sender and target address are the same, RFC 5227 2.3 */
	PROBE = 0x102,		/* ours: no sender address, RFC 5227 2.1.1 */
};

static const struct proto_code codes[] = {
	{ REQUEST, "request", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER, "RFC 826" },
	{ REPLY, "reply", VERB_ANNOUNCE, CLASS_NAME, CODE_ANSWER | CODE_PUSH, "RFC 826" },
	{ REQUEST_REVERSE, "request-reverse", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER,
	  "RFC 903" },
	{ REPLY_REVERSE, "reply-reverse", VERB_ANNOUNCE, CLASS_NAME, CODE_ANSWER | CODE_PUSH, "RFC 903" },
	{ DRARP_REQUEST, "drarp-request", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER,
	  "RFC 1931 2" },
	{ DRARP_REPLY, "drarp-reply", VERB_ANNOUNCE, CLASS_NAME, CODE_ANSWER | CODE_PUSH, "RFC 1931 2" },
	{ DRARP_ERROR, "drarp-error", VERB_REPORT, CLASS_NAME, CODE_ANSWER | CODE_PUSH | CODE_NAMED,
	  "RFC 1931 2" },
	{ INARP_REQUEST, "inverse-request", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER,
	  "RFC 2390 4" },
	{ INARP_REPLY, "inverse-reply", VERB_ANNOUNCE, CLASS_NAME, CODE_ANSWER | CODE_PUSH, "RFC 2390 4" },
	{ NAK, "nak", VERB_REPORT, CLASS_NAME, CODE_ANSWER | CODE_PUSH | CODE_NAMED, "RFC 1577 8.6" },
	{ 11, "mars-request", VERB_RESOLVE, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 12, "mars-multi", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 13, "mars-mserv", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 14, "mars-join", VERB_ANNOUNCE, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 15, "mars-leave", VERB_ANNOUNCE, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 16, "mars-nak", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 17, "mars-unserv", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 18, "mars-sjoin", VERB_ANNOUNCE, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 19, "mars-sleave", VERB_ANNOUNCE, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 20, "mars-grouplist-request", VERB_RESOLVE, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 21, "mars-grouplist-reply", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 22, "mars-redirect-map", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2022" },
	{ 23, "mapos-unarp", VERB_ANNOUNCE, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 2176" },
	{ 24, "experiment-1", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 5494 3" },
	{ 25, "experiment-2", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "RFC 5494 3" },
	{ ANNOUNCEMENT, "announcement", VERB_ANNOUNCE, CLASS_NAME, CODE_PUSH, "RFC 5227 2.3" },
	{ PROBE, "probe", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER, "RFC 5227 2.1.1" },
};

enum { SPACE_IP = 1, SPACE_MAC };
static const struct proto_space spaces[] = { { "ip", "{name}" }, { "mac", "{name}" }, { NULL, NULL } };

/* ---- fields ---- */

/* IANA "Hardware Types"; Suricata writes 1 as "ethernet". */
static const char *const hardware_words[] = {
	"reserved", "ethernet", "experimental-ethernet", "ax25", "pronet", "chaos", "ieee802", "arcnet",
	"hyperchannel", "lanstar", "autonet", "localtalk", "localnet", "ultra-link", "smds", "frame-relay",
	"atm-16", "hdlc", "fibre-channel", "atm", "serial-line", "atm-21", "mil-std-188-220", "metricom",
	"ieee1394", "mapos", "twinaxial", "eui64", "hiparp", "iso7816-3", "arpsec", "ipsec-tunnel",
	"infiniband", "cai", "wiegand", "pure-ip", "hw-exp1", "hfi", "unified-bus", "hw-exp2", "aethernet",
	"unassigned",
};
/* rows of the numbers 256 and 257, RFC 5494 */
enum { HARDWARE_EXP2 = 39, HARDWARE_AETHERNET, HARDWARE_UNASSIGNED };

static const char *const protocol_words[] = { "unknown", "ipv4" };
static const char *const operation_words[] = {	/* Suricata's words for the first four */
	"unknown", "request", "reply", "request_reverse", "reply_reverse", "drarp_request", "drarp_reply",
	"drarp_error", "inarp_request", "inarp_reply", "nak",
};

struct own {
	uint8_t src_ip[16], dest_ip[16];
	uint8_t src_mac[6], dest_mac[6];
	uint16_t hardware, protocol, operation;
	uint8_t hardware_word, protocol_word, operation_word;
	uint8_t macs_given, ips_given;
	uint8_t spare[7];
};

#define OWN(member_, name_, type_, eve_) \
	{ .name = name_, .type = type_, .at = offsetof(struct own, member_), .eve = eve_ }
#define WORD(member_, name_, words_) \
	{ .name = name_, .type = FIELD_WORD, .at = offsetof(struct own, member_), .eve = name_, \
	  .words = words_, .elem = ARRAY_LEN(words_) }
#define GIVEN(member_, type_, given_) \
	{ .name = #member_, .type = type_, .show = SHOW_GIVEN, .at = offsetof(struct own, member_), \
	  .eve = #member_, .given = offsetof(struct own, given_) }
static const struct field fields[] = {
	WORD(hardware_word, "hw_type", hardware_words),
	WORD(protocol_word, "proto_type", protocol_words),
	WORD(operation_word, "opcode", operation_words),
	GIVEN(src_mac, FIELD_MAC, macs_given),
	GIVEN(src_ip, FIELD_IP, ips_given),
	GIVEN(dest_mac, FIELD_MAC, macs_given),
	GIVEN(dest_ip, FIELD_IP, ips_given),
	OWN(hardware, "hw_number", FIELD_U16, NULL),
	OWN(protocol, "proto_number", FIELD_U16, NULL),
	OWN(operation, "opcode_number", FIELD_U16, NULL),
	{ 0 },
};

/* ---- one message, read ---- */

struct arp {
	uint16_t hardware, protocol, operation;
	bool macs, ips;		/* addresses are of the usual kinds */
	uint8_t sender_mac[6], target_mac[6];
	uint8_t sender_ip[16], target_ip[16];
	bool by_server;		/* sent by the server of the flow, which a time-out would not know */
};

static void take_mac(uint8_t mac[6], struct bytes b, bool usual)
{
	if (usual && b.n == MAC)
		memcpy(mac, b.p, MAC);
}

static void take_ip(uint8_t ip[16], struct bytes b, bool usual)
{
	if (usual && b.n == IP4) {
		ip[10] = ip[11] = 0xff;
		memcpy(ip + 12, b.p, IP4);
	}
}

static const char *read_arp(struct arp *a, struct cursor c)
{
	a->hardware = cur_be16(&c);
	a->protocol = cur_be16(&c);
	uint8_t mac_size = cur_u8(&c), ip_size = cur_u8(&c);

	a->operation = cur_be16(&c);
	if (cur_broken(&c))
		return "header-cut";
	if (a->operation == 0 || a->operation > OPERATION_LAST)
		return "operation";
	if (a->hardware == ATM)		/* RFC 2225 8.7: lengths mean something else there */
		return NULL;
	if ((a->hardware == ETHERNET || a->hardware == IEEE802) && mac_size != MAC)
		return "sizes";
	/* RFC 1577 8.6 leaves unknown ones empty */
	if (a->protocol == IPV4 && ip_size != IP4 && ip_size != 0)
		return "sizes";
	a->macs = mac_size == MAC;
	a->ips = a->protocol == IPV4 && ip_size == IP4;
	take_mac(a->sender_mac, cur_bytes(&c, mac_size), a->macs);
	take_ip(a->sender_ip, cur_bytes(&c, ip_size), a->ips);
	take_mac(a->target_mac, cur_bytes(&c, mac_size), a->macs);
	take_ip(a->target_ip, cur_bytes(&c, ip_size), a->ips);
	return cur_broken(&c) ? "addresses-cut" : NULL;
}

static bool ip4_is_zero(const uint8_t ip[16])
{
	return ip[12] == 0 && ip[13] == 0 && ip[14] == 0 && ip[15] == 0;
}

static uint32_t code_of(const struct arp *a)
{
	if (!a->ips || (a->operation != REQUEST && a->operation != REPLY))
		return a->operation;
	if (a->operation == REQUEST && ip4_is_zero(a->sender_ip) && !ip4_is_zero(a->target_ip))
		return PROBE;
	return !ip4_is_zero(a->sender_ip) && memcmp(a->sender_ip, a->target_ip, 16) == 0 ? ANNOUNCEMENT :
	       a->operation;
}

/* ---- acts ---- */

static void object_ip(struct proto_ctx *x, struct obs *o, const uint8_t ip[16])
{
	char text[IP_TEXT];

	ip_text(text, ip);
	o->object.space = SPACE_IP;
	o->object.name = act_str(x, text);
}

static void object_mac(struct proto_ctx *x, struct obs *o, const uint8_t mac[6])
{
	char text[MAC_TEXT];

	mac_text(text, mac);
	o->object.space = SPACE_MAC;
	o->object.name = act_str(x, text);
}

static void value_text(struct proto_ctx *x, const char *text)
{
	act_value(x, VAL_TEXT, 8, 1, (struct bytes){ (const uint8_t *)text, strlen(text) });
}

/* What is asked for, or what is said to be where. */
static void set_object(struct proto_ctx *x, struct obs *o, const struct arp *a, uint32_t code)
{
	char mac[MAC_TEXT], ip[IP_TEXT];

	if (!a->macs || !a->ips)
		return;
	switch (code) {
	case REQUEST: case PROBE:
		object_ip(x, o, a->target_ip);
		break;
	case REPLY: case ANNOUNCEMENT: case INARP_REPLY:
		object_ip(x, o, a->sender_ip);
		mac_text(mac, a->sender_mac);
		value_text(x, mac);
		break;
	case REQUEST_REVERSE: case DRARP_REQUEST: case INARP_REQUEST:
		object_mac(x, o, a->target_mac);
		break;
	case REPLY_REVERSE: case DRARP_REPLY:
		object_mac(x, o, a->target_mac);
		ip_text(ip, a->target_ip);
		value_text(x, ip);
		break;
	}
}

static uint8_t hardware_word(uint16_t hardware)
{
	if (hardware < HARDWARE_EXP2)
		return (uint8_t)hardware;
	return hardware == 256 ? HARDWARE_EXP2 : hardware == 257 ? HARDWARE_AETHERNET : HARDWARE_UNASSIGNED;
}

static void fill_own(struct proto_ctx *x, const struct arp *a)
{
	struct own *own = act_own(x, sizeof(*own));

	if (own == NULL)
		return;
	memcpy(own->src_ip, a->sender_ip, 16);
	memcpy(own->dest_ip, a->target_ip, 16);
	memcpy(own->src_mac, a->sender_mac, 6);
	memcpy(own->dest_mac, a->target_mac, 6);
	own->hardware = a->hardware;
	own->protocol = a->protocol;
	own->operation = a->operation;
	own->hardware_word = hardware_word(a->hardware);
	own->protocol_word = a->protocol == IPV4;
	own->operation_word = a->operation < ARRAY_LEN(operation_words) ? (uint8_t)a->operation : 0;
	own->macs_given = a->macs;
	own->ips_given = a->ips;
}

static const struct proto_code *row_of(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].code == code)
			return &codes[i];
	return NULL;
}

/* asked: the request this reply answers; the one who asked is then the actor and the act is the request's. */
static void say(struct proto_ctx *x, const struct arp *a, uint32_t code, const struct ask *asked,
		uint8_t phase)
{
	struct side from = x->from_client ? flow_client(x) : flow_server(x);
	struct side to = x->from_client ? flow_server(x) : flow_client(x);
	struct arp question = *a;

	if (asked != NULL && asked->n == sizeof(question))
		memcpy(&question, asked->blob, sizeof(question));
	struct obs *o = act_begin_code(x, row_of(code_of(&question)));

	o->phase = phase;
	o->actor = asked != NULL ? to : from;
	o->device = asked != NULL ? from : to;
	if (asked != NULL)
		o->outcome = OUT_DONE;
	/* Who speaks for another's MAC is a proxy, or pretends to be it. */
	if (a->macs && !(x->l->flags & LAYER_NO_MAC) && memcmp(a->sender_mac, x->l->src_mac, MAC) != 0)
		o->note = act_str(x, "other-sender");
	set_object(x, o, a, code);
	fill_own(x, a);
	act_emit(x);
}

/* ---- facts ---- */

static void fact(struct proto_ctx *x, const uint8_t ip[16], const uint8_t mac[6], uint8_t trust)
{
	struct side about = { .port = 0 };

	if (ip4_is_zero(ip) || ip_is_group(ip) || mac_is_zero(mac) || mac_is_group(mac))
		return;
	memcpy(about.ip, ip, 16);
	memcpy(about.mac, mac, 6);
	fact_say(x, &about, FACT_IP_OF_MAC, (struct bytes){ NULL, 0 }, 0, 0, trust);
}

static void say_facts(struct proto_ctx *x, const struct arp *a)
{
	if (!a->macs || !a->ips || a->operation > INARP_REPLY || a->operation == DRARP_ERROR)
		return;
	fact(x, a->sender_ip, a->sender_mac, memcmp(a->sender_mac, x->l->src_mac, MAC) == 0 ? TRUST_SURE :
	     TRUST_LIKELY);
	bool names_target = a->operation == REPLY || a->operation == REPLY_REVERSE ||
			    a->operation == DRARP_REPLY || a->operation == INARP_REPLY;

	if (names_target && memcmp(a->target_ip, a->sender_ip, 16) != 0)
		fact(x, a->target_ip, a->target_mac, TRUST_LIKELY);
}

/* ---- messages ---- */

/* What pairs a reply with its request: the address asked for. RARP asks for a MAC, as InARP does. */
static uint64_t key_of(const struct arp *a, uint32_t code)
{
	const uint8_t *ip = code == REPLY || code == ANNOUNCEMENT ? a->sender_ip : a->target_ip;
	const uint8_t *mac = code == INARP_REPLY ? a->sender_mac : a->target_mac;
	bool by_ip = code == REQUEST || code == PROBE || code == REPLY || code == ANNOUNCEMENT;
	uint64_t key = 0;

	for (unsigned i = 0; i < 6; i++)
		key = key << 8 | (by_ip ? ip[10 + i] : mac[i]);
	return key << 1 | by_ip;
}

static bool is_request(uint32_t code)
{
	return code == REQUEST || code == PROBE || code == REQUEST_REVERSE || code == DRARP_REQUEST ||
	       code == INARP_REQUEST;
}

static bool arp_message(struct proto_ctx *x, struct cursor msg)
{
	struct arp a = { .hardware = 0 };

	x->why = read_arp(&a, msg);
	if (x->why != NULL)
		return false;
	uint32_t code = code_of(&a);
	bool usual = a.macs && a.ips;

	a.by_server = !x->from_client;
	if (is_request(code)) {
		bool waits = usual && !(x->l->flags & LAYER_GROUP) &&
			     pair_ask(x, key_of(&a, code), 0, &a, sizeof(a));

		if (!waits)
			say(x, &a, code, NULL, PHASE_WHOLE);
	} else {
		const struct ask *asked = usual ? pair_answer(x, key_of(&a, code)) : NULL;

		say(x, &a, code, asked, asked != NULL ? PHASE_WHOLE : PHASE_PUSH);
	}
	say_facts(x, &a);
	return true;
}

static void unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct arp a;

	if (ask->n != sizeof(a))
		return;
	memcpy(&a, ask->blob, sizeof(a));
	uint32_t code = code_of(&a);
	struct obs *o = act_begin_code(x, row_of(code));

	o->phase = PHASE_WHOLE;
	o->outcome = OUT_UNANSWERED;
	o->actor = a.by_server ? flow_server(x) : flow_client(x);
	o->device = a.by_server ? flow_client(x) : flow_server(x);
	set_object(x, o, &a, code);
	fill_own(x, &a);
	act_emit(x);
}

const struct proto proto_arp = {
	.name = "arp", .on = ON_ETHER, .eve = "arp", .ports = { 0x0806, 0x8035 },
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.own_size = sizeof(struct own), .codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces,
	.fields = fields, .message = arp_message, .unanswered = unanswered,
};

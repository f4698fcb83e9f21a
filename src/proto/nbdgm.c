/* proto/nbdgm.c: NetBIOS datagrams, above all how Windows machines announce themselves to the browser
 * service.
 *
 * Spec:    RFC 1002 4.4 (datagrams), MS-BRWS 2.2 (browser frames), MS-CIFS 2.2.4.33 (mailslot writes).
 * Message: type:1 flags:1 id:2 source ip:4 source port:2, then length:2 offset:2 two names and data; an
 *          error:1; or a name.
 * Units:   big-endian; inside SMB and browser frames little-endian.
 * Emits:   ANNOUNCE (PUSH) of hosts, workgroups and master browsers, QUERY and REPORT for the rest of the
 *          browser's messages, REPORT for every other datagram. The object is the name announced, or the one
 *          the datagram is for; the value the comment. Facts about the sender: NAME, OS (version), ROLE_HINT.
 * State:   none.
 * Missing: datagrams in several pieces and mailslots other than BROWSE are named only. */
#include "proto/dnsrec.h"
#include "proto/netbios.h"

enum { DIRECT = 0x10, GROUP = 0x11, BROADCAST = 0x12, ERROR = 0x13, QUERY = 0x14, POSITIVE = 0x15,
       NEGATIVE = 0x16 };
enum { MORE = 1 };			/* RFC 1002 4.4.1 FLAGS */
enum { DATAGRAM = 0x100 };		/* ours: added to the type of what is no browser frame */

static const struct proto_code codes[] = {
	{ 0x01, "host", VERB_ANNOUNCE, CLASS_DEVICE, CODE_PUSH, "MS-BRWS 2.2.1" },
	{ 0x02, "announcement-request", VERB_QUERY, CLASS_NAME, CODE_REQUEST, "MS-BRWS 2.2.2" },
	{ 0x08, "election", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "MS-BRWS 2.2.3" },
	{ 0x09, "backup-list-request", VERB_QUERY, CLASS_NAME, CODE_REQUEST | CODE_NAMED, "MS-BRWS 2.2.4" },
	{ 0x0a, "backup-list", VERB_REPORT, CLASS_NAME, CODE_ANSWER | CODE_NAMED, "MS-BRWS 2.2.5" },
	{ 0x0b, "become-backup", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "MS-BRWS 2.2.6" },
	{ 0x0c, "workgroup", VERB_ANNOUNCE, CLASS_NAME, CODE_PUSH, "MS-BRWS 2.2.7" },
	{ 0x0d, "master", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "MS-BRWS 2.2.8" },
	{ 0x0e, "reset-browser", VERB_REPORT, CLASS_NAME, CODE_PUSH | CODE_NAMED, "MS-BRWS 2.2.9" },
	{ 0x0f, "local-master", VERB_ANNOUNCE, CLASS_DEVICE, CODE_PUSH, "MS-BRWS 2.2.10" },
	{ DATAGRAM | DIRECT, "datagram", VERB_REPORT, CLASS_DATA, CODE_PUSH | CODE_NAMED, "RFC 1002 4.4.2" },
	{ DATAGRAM | GROUP, "group-datagram", VERB_REPORT, CLASS_DATA, CODE_PUSH | CODE_NAMED,
	  "RFC 1002 4.4.2" },
	{ DATAGRAM | BROADCAST, "broadcast-datagram", VERB_REPORT, CLASS_DATA, CODE_PUSH | CODE_NAMED,
	  "RFC 1002 4.4.2" },
	{ DATAGRAM | ERROR, "error", VERB_REPORT, CLASS_DATA, CODE_ANSWER | CODE_NAMED, "RFC 1002 4.4.3" },
	{ DATAGRAM | QUERY, "query", VERB_QUERY, CLASS_NAME, CODE_REQUEST | CODE_NAMED, "RFC 1002 4.4.4" },
	{ DATAGRAM | POSITIVE, "positive", VERB_REPORT, CLASS_NAME, CODE_ANSWER | CODE_NAMED,
	  "RFC 1002 4.4.4" },
	{ DATAGRAM | NEGATIVE, "negative", VERB_REPORT, CLASS_NAME, CODE_ANSWER | CODE_NAMED,
	  "RFC 1002 4.4.4" },
};

static const struct proto_space spaces[] = { { "name", "{name}" }, { NULL, NULL } };

struct own {
	uint32_t server_type, period_ms;
	struct span source, destination, server, comment;
	uint16_t id;
	uint8_t type, command, browser_given, os_major, os_minor, error;
	uint8_t ip[16];
};

#define OWN(member, type, show) DNSREC_ROW(struct own, member, #member, type, show, NULL)
#define GIVEN(member, type) DNSREC_GIVEN(struct own, member, #member, type, browser_given, NULL)
static const struct field fields[] = {
	OWN(type, FIELD_U8, SHOW_ALWAYS), OWN(id, FIELD_U16, SHOW_ALWAYS), OWN(ip, FIELD_IP, SHOW_ALWAYS),
	OWN(source, FIELD_TEXT, SHOW_NONZERO), OWN(destination, FIELD_TEXT, SHOW_NONZERO),
	OWN(error, FIELD_U8, SHOW_NONZERO), OWN(command, FIELD_U8, SHOW_NONZERO),
	GIVEN(server, FIELD_TEXT), GIVEN(os_major, FIELD_U8), GIVEN(os_minor, FIELD_U8),
	GIVEN(server_type, FIELD_U32), GIVEN(period_ms, FIELD_U32), GIVEN(comment, FIELD_TEXT),
	{ 0 },
};

struct said {
	uint8_t type, flags, error, command;
	uint16_t id;
	uint8_t ip[16];			/* of the sender, as it says */
	struct netbios_name source, destination;
	bool announces;			/* the rest is set */
	struct bytes server, comment;
	uint8_t os_major, os_minor;
	uint32_t server_type, period_ms;
};

/* RFC 1001 14.1: one encoded label, then the scope. */
static bool read_name(struct cursor *c, struct netbios_name *ret)
{
	struct bytes label = cur_bytes(c, cur_u8(c));

	for (uint8_t n = cur_u8(c); n != 0 && !cur_broken(c); n = cur_u8(c))
		cur_take(c, n > 63 ? c->left + 1 : n);
	return !cur_broken(c) && netbios_decode(label, ret);
}

/* Up to the first zero, or the end. */
static struct bytes zero_ended(struct bytes b)
{
	size_t n = 0;

	while (n < b.n && b.p[n] != 0)
		n++;
	return (struct bytes){ b.p, n };
}

/* The data of a write to \MAILSLOT\BROWSE; n 0: something else. */
static struct bytes mailslot(struct bytes data)
{
	static const char slot[] = "\\MAILSLOT\\BROWSE";
	enum { SMB_HEADER = 32, TRANSACTION = 0x25 };
	struct cursor c = cur_over(data), whole = c;
	struct bytes none = { NULL, 0 };

	if (cur_be32(&c) != 0xff534d42 || cur_u8(&c) != TRANSACTION)	/* "\xffSMB" */
		return none;
	cur_take(&c, SMB_HEADER - 5);
	struct cursor words = cur_sub(&c, 2u * cur_u8(&c));

	cur_take(&words, 22);
	uint16_t count = cur_le16(&words), at = cur_le16(&words);

	cur_take(&c, 2);		/* bytes that follow */
	struct bytes name = cur_bytes(&c, sizeof(slot));

	if (cur_broken(&words) || name.n == 0 || memcmp(name.p, slot, sizeof(slot)) != 0)
		return none;
	cur_take(&whole, at);
	return cur_bytes(&whole, count);
}

/* MS-BRWS 2.2: what the browsers tell each other. */
static bool read_browser(struct said *s, struct bytes data)
{
	struct cursor c = cur_over(data);

	s->command = cur_u8(&c);
	if (s->command != 0x01 && s->command != 0x0c && s->command != 0x0f)
		return !cur_broken(&c);
	cur_u8(&c);			/* update count */
	s->period_ms = cur_le32(&c);
	s->server = zero_ended(cur_bytes(&c, 16));
	s->os_major = cur_u8(&c);
	s->os_minor = cur_u8(&c);
	s->server_type = cur_le32(&c);
	cur_take(&c, 4);		/* version of the service, signature */
	s->announces = !cur_broken(&c);
	s->comment = zero_ended(cur_rest(&c));
	return s->announces;
}

/* NULL: well-formed; else the reason. */
static const char *read_message(struct said *s, struct cursor c)
{
	memset(s, 0, sizeof(*s));
	s->type = cur_u8(&c);
	s->flags = cur_u8(&c);
	s->id = cur_be16(&c);
	const uint8_t *ip = cur_take(&c, 4);

	cur_be16(&c);			/* source port */
	if (cur_broken(&c))
		return "header-cut";
	s->ip[10] = s->ip[11] = 0xff;
	memcpy(s->ip + 12, ip, 4);
	if (s->type < DIRECT || s->type > NEGATIVE)
		return "type";
	if (s->type == ERROR) {
		s->error = cur_u8(&c);
		return cur_broken(&c) ? "header-cut" : NULL;
	}
	if (s->type >= QUERY)
		return read_name(&c, &s->destination) ? NULL : "name-encoding";
	cur_be16(&c);			/* length of the whole datagram; pieces are named only */
	uint16_t offset = cur_be16(&c);

	if (cur_broken(&c))
		return "header-cut";
	if (offset != 0)
		return NULL;
	if (!read_name(&c, &s->source) || !read_name(&c, &s->destination))
		return "name-encoding";
	struct bytes data = s->flags & MORE ? (struct bytes){ NULL, 0 } : mailslot(cur_rest(&c));

	return data.n == 0 || read_browser(s, data) ? NULL : "browser-cut";
}

static const struct proto_code *row_of(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].code == code)
			return &codes[i];
	return NULL;
}

static void fill_own(struct proto_ctx *x, const struct said *s)
{
	struct own *own = act_own(x, sizeof(*own));

	if (own == NULL)
		return;
	own->type = s->type;
	own->id = s->id;
	memcpy(own->ip, s->ip, sizeof(own->ip));
	own->error = s->error;
	own->command = s->command;
	own->source = act_text(x, (struct bytes){ (const uint8_t *)s->source.text, s->source.n });
	own->destination = act_text(x, (struct bytes){ (const uint8_t *)s->destination.text,
						       s->destination.n });
	own->browser_given = s->announces;
	own->server = act_text(x, s->server);
	own->comment = act_text(x, s->comment);
	own->os_major = s->os_major;
	own->os_minor = s->os_minor;
	own->server_type = s->server_type;
	own->period_ms = s->period_ms;
}

/* Of announcements; others have no server. MS-BRWS 2.2.1: the version is of the service; Windows gives the
 * system's, Samba what it plays. */
static void say_facts(struct proto_ctx *x, const struct said *s)
{
	enum { DOMAIN_CONTROLLER = 0x08, BACKUP_CONTROLLER = 0x10 };	/* MS-RAP 2.5.5.4.2 */
	struct side sender = dnsrec_sender(x);
	char text[sizeof("Windows 255.255")] = "Windows ";
	size_t n = strlen(text);

	if (s->server.n == 0)
		return;
	if (s->command == 0x0c) {
		fact_say(x, &sender, FACT_NAME, s->server, NAME_GROUP, 0, TRUST_SURE);
		return;
	}
	fact_say(x, &sender, FACT_NAME, s->server, NAME_NETBIOS, 0, TRUST_SURE);
	for (unsigned i = 0, v = s->os_major; i < 2; i++, v = s->os_minor) {
		if (v >= 100)
			text[n++] = (char)('0' + v / 100);
		if (v >= 10)
			text[n++] = (char)('0' + v / 10 % 10);
		text[n++] = (char)('0' + v % 10);
		if (i == 0)
			text[n++] = '.';
	}
	fact_say(x, &sender, FACT_OS, (struct bytes){ (const uint8_t *)text, n }, 0, 0, TRUST_LIKELY);
	if (s->server_type & (DOMAIN_CONTROLLER | BACKUP_CONTROLLER))
		fact_say(x, &sender, FACT_ROLE_HINT, (struct bytes){ (const uint8_t *)"domain-controllers",
								     18 }, 0, 0,
			 TRUST_SURE);
	if (s->comment.n > 0)
		fact_say(x, &sender, FACT_ROLE_HINT, s->comment, 0, 0, TRUST_LIKELY);
}

static bool nbdgm_message(struct proto_ctx *x, struct cursor msg)
{
	struct said s;

	x->why = read_message(&s, msg);
	if (x->why != NULL)
		return false;
	const struct proto_code *row = row_of(s.command);
	bool browser = s.command != 0 && row != NULL;
	struct obs *o = act_begin_code(x, browser ? row : row_of(DATAGRAM | s.type));

	o->phase = PHASE_PUSH;
	o->actor = dnsrec_sender(x);
	o->device = dnsrec_receiver(x);
	if (memcmp(s.ip, o->actor.ip, sizeof(s.ip)) != 0)
		o->note = act_str(x, "other-sender");
	struct bytes name = s.announces ? s.server :
					  (struct bytes){ (const uint8_t *)s.destination.text,
							  s.destination.n };

	o->object.space = name.n > 0;
	o->object.name = act_text(x, name);
	if (s.announces)
		act_value(x, VAL_TEXT, 8, 1, s.comment);
	o->result = s.error;
	fill_own(x, &s);
	act_emit(x);
	say_facts(x, &s);
	return true;
}

static unsigned nbdgm_probe(const struct proto_ctx *x, struct cursor head)
{
	struct said s;

	if (!dnsrec_port(x, 138))
		return 0;
	return read_message(&s, head) == NULL ? 90 : 15;
}

const struct proto proto_nbdgm = {
	.name = "nbdgm", .on = ON_UDP, .ports = { 138 }, .own_size = sizeof(struct own),
	.verified = VERIFIED_CAPTURE,
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces, .fields = fields,
	.probe = nbdgm_probe, .message = nbdgm_message,
};

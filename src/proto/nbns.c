/* proto/nbns.c: NetBIOS name service, the names of Windows machines on one segment.
 *
 * Spec:    RFC 1002 4.2 (packets), RFC 1001 14 (names), 15 (what hosts do).
 * Message: as dns, with NetBIOS names; records NB (flags:2 address:4, several) and NBSTAT (names, MAC).
 * Units:   big-endian; TTL in seconds.
 * Emits:   RESOLVE for name questions (WHOLE; those to one host wait for the answer), IDENTIFY for node
 *          status (WHOLE, with the names), ANNOUNCE for registration, refresh, release (PUSH to everyone,
 *          ASK and ANSWER with a name server) and for answers to questions that went to everyone (PUSH, from
 *          whoever claims the name). The object is NAME<suffix>, the value the addresses or names. Facts:
 *          NAME (NAME_NETBIOS, NAME_GROUP), ROLE_HINT by suffix, IP_OF_MAC from the unit id of a node status.
 * State:   none.
 * Missing: statistics behind the unit id; redirect answers name no act of their own. */
#include "model/proto.h"
#include "proto/dnsmsg.h"
#include "proto/dnsrec.h"
#include "proto/netbios.h"

enum { BLOB_MAX = DNS_HEADER + DNS_NAME_MAX + 4, ENTRIES_MAX = 64, TEXT_MAX = 512 };

enum opcode {			/* RFC 1002 4.2.1.1 */
	QUERY = 0, REGISTRATION = 5, RELEASE = 6, WACK = 7, REFRESH = 8, REFRESH_ALT = 9, MULTIHOMED = 15,
};

enum { NODE_STATUS = 0x21, ANSWER = 0x100 };	/* ours: a status request, an answer whose question went to
						 * everyone */

enum { NM_BROADCAST = 0x0010 };			/* RFC 1002 4.2.1.1 */
/* RFC 1002 4.2.1.3, 4.2.18 */
enum { NB_GROUP = 0x8000, NB_NODE = 0x6000, NB_CONFLICT = 0x0800, NB_ACTIVE = 0x0400 };
enum { NAM_ERR = 3 };				/* no such name; RFC 1002 4.2.14 */

static const struct proto_code codes[] = {
	{ QUERY, "query", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER, "RFC 1002 4.2.12" },
	{ REGISTRATION, "registration", VERB_ANNOUNCE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER | CODE_PUSH,
	  "RFC 1002 4.2.2" },
	{ RELEASE, "release", VERB_ANNOUNCE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER | CODE_PUSH,
	  "RFC 1002 4.2.9" },
	{ WACK, "wait", VERB_KEEPALIVE, CLASS_NAME, CODE_ANSWER | CODE_PUSH, "RFC 1002 4.2.16" },
	{ REFRESH, "refresh", VERB_ANNOUNCE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER | CODE_PUSH,
	  "RFC 1002 4.2.4" },
	{ REFRESH_ALT, "refresh-alt", VERB_ANNOUNCE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER | CODE_PUSH,
	  "RFC 1002 4.2.4 {drawing-9}" },
	{ MULTIHOMED, "multihomed-registration", VERB_ANNOUNCE, CLASS_NAME,
	  CODE_REQUEST | CODE_ANSWER | CODE_PUSH, "MS-NBTE 2.2.2" },
	{ NODE_STATUS, "node-status", VERB_IDENTIFY, CLASS_DEVICE, CODE_REQUEST | CODE_ANSWER,
	  "RFC 1002 4.2.17, 4.2.18" },
	{ ANSWER, "answer", VERB_ANNOUNCE, CLASS_NAME, CODE_ANSWER | CODE_PUSH, "RFC 1002 4.2.13, 4.2.14" },
};

static const struct proto_space spaces[] = { { "name", "{name}" }, { NULL, NULL } };

/* ---- fields ---- */

struct entry {			/* 40 bytes: an address of a name, or a name of a node */
	uint8_t ip[16];
	struct span name, use;	/* TEXT, KEY */
	uint8_t suffix, group, active, conflict, node;
	uint8_t spare[11];
};

struct own {
	uint32_t ttl;
	uint16_t id;
	uint8_t opcode, response, broadcast, authoritative, rcode, suffix;
	uint8_t unit[6];
	uint8_t unit_given, trailing;
	struct span name, use;	/* TEXT, KEY */
	struct span addresses, names;
};

static const char *const node_words[] = { "b", "p", "m", "h" };	/* RFC 1001 10 */

#define ENTRY(member, type, show) DNSREC_ROW(struct entry, member, #member, type, show, NULL)
static const struct field address_fields[] = {
	ENTRY(ip, FIELD_IP, SHOW_ALWAYS),
	ENTRY(group, FIELD_BOOL, SHOW_ALWAYS),
	{ .name = "node", .type = FIELD_WORD, .at = offsetof(struct entry, node), .elem = 4,
	  .words = node_words },
	{ 0 },
};

static const struct field name_fields[] = {
	ENTRY(name, FIELD_TEXT, SHOW_ALWAYS),
	ENTRY(suffix, FIELD_U8, SHOW_ALWAYS),
	ENTRY(use, FIELD_KEY, SHOW_ALWAYS),
	ENTRY(group, FIELD_BOOL, SHOW_ALWAYS),
	ENTRY(active, FIELD_BOOL, SHOW_ALWAYS),
	ENTRY(conflict, FIELD_BOOL, SHOW_NONZERO),
	{ 0 },
};

#define OWN(member, type, show) DNSREC_ROW(struct own, member, #member, type, show, NULL)
static const struct field fields[] = {
	OWN(id, FIELD_U16, SHOW_ALWAYS),
	OWN(opcode, FIELD_U8, SHOW_ALWAYS),
	OWN(response, FIELD_BOOL, SHOW_ALWAYS),
	OWN(broadcast, FIELD_BOOL, SHOW_NONZERO),
	OWN(authoritative, FIELD_BOOL, SHOW_NONZERO),
	OWN(rcode, FIELD_U8, SHOW_NONZERO),
	OWN(name, FIELD_TEXT, SHOW_ALWAYS),
	OWN(suffix, FIELD_U8, SHOW_ALWAYS),
	OWN(use, FIELD_KEY, SHOW_NONZERO),
	OWN(ttl, FIELD_U32, SHOW_NONZERO),
	{ .name = "addresses", .type = FIELD_LIST, .show = SHOW_NONZERO,
	  .at = offsetof(struct own, addresses), .sub = address_fields, .elem = sizeof(struct entry) },
	{ .name = "names", .type = FIELD_LIST, .show = SHOW_NONZERO, .at = offsetof(struct own, names),
	  .sub = name_fields, .elem = sizeof(struct entry) },
	{ .name = "unit_id", .type = FIELD_MAC, .show = SHOW_GIVEN, .at = offsetof(struct own, unit),
	  .given = offsetof(struct own, unit_given) },
	OWN(trailing, FIELD_BOOL, SHOW_NONZERO),
	{ 0 },
};

/* ---- what a message says, read once ---- */

struct said {
	struct dnsmsg m;
	struct netbios_name name;	/* the one it is about */
	bool named, group, status;
	uint16_t kind;			/* the type asked for */
	uint32_t ttl;
	struct bytes addresses;		/* entries of flags:2 address:4 */
	struct bytes names;		/* entries of name:16 flags:2 */
	const uint8_t *unit;		/* 6 bytes, or NULL */
};

static bool first_label(const struct dnsmsg *m, size_t at, struct netbios_name *ret)
{
	struct dnsname name;

	return dnsmsg_name(m, at, &name, NULL) && netbios_decode(dnsmsg_label(&name, 0), ret);
}

/* RFC 1002 4.2.18: count:1, names of 18 bytes, unit id:6, statistics. */
static bool read_status(struct said *s, struct bytes data)
{
	struct cursor c = cur_over(data);
	uint8_t count = cur_u8(&c);

	s->names = cur_bytes(&c, count * 18u);
	s->unit = c.left >= 6 ? cur_take(&c, 6) : NULL;
	return !cur_broken(&c);
}

static bool read_record(struct said *s, const struct dnsmsg_rr *rr)
{
	s->ttl = rr->ttl;
	if (rr->type == NODE_STATUS) {
		s->status = true;
		return read_status(s, rr->data);
	}
	if (rr->type != DNS_NB)
		return true;
	if ((s->m.flags >> 11 & 15) == WACK || (s->m.rcode != 0 && rr->data.n == 0))
		return true;			/* RFC 1002 4.2.16, 4.2.14: no addresses there */
	if (rr->data.n % 6 != 0)
		return false;
	s->addresses = rr->data;
	s->group = rr->data.n > 0 && (rr->data.p[0] << 8 & NB_GROUP) != 0;
	return true;
}

/* NULL: well-formed; else the reason. */
static const char *read_message(struct said *s, struct bytes b, bool cut)
{
	struct dnsmsg_walk w;
	struct dnsmsg_rr rr;

	*s = (struct said){ .named = false };
	if (!dnsmsg_open(&s->m, b))
		return "header-cut";
	s->m.netbios = true;
	s->m.cut = cut;
	if (!dnsmsg_check(&s->m))
		return s->m.why;
	w = dnsmsg_start(&s->m);
	while (dnsmsg_next(&w, &rr)) {
		if (!s->named) {
			if (!first_label(&s->m, rr.name_at, &s->name))
				return "name-encoding";
			s->named = true;
			s->kind = rr.type;
		}
		if (rr.section != DNS_QUESTION && !read_record(s, &rr))
			return "rdata";
	}
	return s->named || cut ? NULL : "no-name";
}

/* ---- acts ---- */

static const struct proto_code *row_of(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].code == code)
			return &codes[i];
	return NULL;
}

static void put(char *out, size_t *n, const char *p, size_t len)
{
	len = min_size(len, TEXT_MAX - *n);
	memcpy(out + *n, p, len);
	*n += len;
}

static void ip_of(const uint8_t *entry, uint8_t ip[16])
{
	memset(ip, 0, 10);
	ip[10] = ip[11] = 0xff;
	memcpy(ip + 12, entry + 2, 4);
}

/* "10.0.0.5" or "HMI<00> FACTORY<00>"; behind a group name "group". */
static void set_value(struct proto_ctx *x, const struct said *s)
{
	char text[TEXT_MAX], address[IP_TEXT];
	struct netbios_name name;
	uint8_t ip[16];
	size_t n = 0;

	for (size_t at = 0; at + 6 <= s->addresses.n; at += 6) {
		ip_of(s->addresses.p + at, ip);
		ip_text(address, ip);
		put(text, &n, ", ", n > 0 ? 2 : 0);
		put(text, &n, address, strlen(address));
	}
	for (size_t at = 0; at + 18 <= s->names.n; at += 18) {
		netbios_plain(s->names.p + at, &name);
		put(text, &n, ", ", n > 0 ? 2 : 0);
		put(text, &n, name.text, name.n);
	}
	if (s->group)
		put(text, &n, " group", n > 0 ? 6 : 0);
	if (n > 0)
		act_value(x, VAL_TEXT, 8, 1, (struct bytes){ (uint8_t *)text, n });
}

static struct span fill_addresses(struct proto_ctx *x, const struct said *s)
{
	size_t n = min_size(s->addresses.n / 6, ENTRIES_MAX);
	void *p;
	struct span list = act_room(x, n * sizeof(struct entry), &p);
	struct entry *e = p;

	for (size_t i = 0; e != NULL && i < n; i++) {
		const uint8_t *entry = s->addresses.p + 6 * i;
		unsigned flags = (unsigned)entry[0] << 8;

		ip_of(entry, e[i].ip);
		e[i].group = (flags & NB_GROUP) != 0;
		e[i].node = (uint8_t)((flags & NB_NODE) >> 13);
	}
	return list;
}

static struct span fill_names(struct proto_ctx *x, const struct said *s)
{
	size_t n = min_size(s->names.n / 18, ENTRIES_MAX);
	struct netbios_name name;
	void *p;
	struct span list = act_room(x, n * sizeof(struct entry), &p);
	struct entry *e = p;

	for (size_t i = 0; e != NULL && i < n; i++) {
		const uint8_t *entry = s->names.p + 18 * i;
		unsigned flags = (unsigned)entry[16] << 8 | entry[17];

		netbios_plain(entry, &name);
		e[i].name = act_text(x, (struct bytes){ (uint8_t *)name.text, name.n });
		e[i].suffix = name.suffix;
		e[i].group = (flags & NB_GROUP) != 0;
		e[i].active = (flags & NB_ACTIVE) != 0;
		e[i].conflict = (flags & NB_CONFLICT) != 0;
		e[i].use = act_str(x, netbios_suffix(name.suffix, e[i].group));
	}
	return list;
}

static void fill_own(struct proto_ctx *x, const struct said *s, struct span name)
{
	struct own *own = act_own(x, sizeof(*own));
	const struct dnsmsg *m = &s->m;

	if (own == NULL)
		return;
	own->ttl = s->ttl;
	own->id = m->id;
	own->opcode = m->flags >> 11 & 15;
	own->response = (m->flags & DNS_QR) != 0;
	own->broadcast = (m->flags & NM_BROADCAST) != 0;
	own->authoritative = (m->flags & DNS_AA) != 0;
	own->rcode = (uint8_t)(m->flags & 15);
	own->trailing = m->trailing;
	own->name = name;
	own->suffix = s->name.suffix;
	own->use = act_str(x, netbios_suffix(s->name.suffix, s->group));
	own->addresses = fill_addresses(x, s);
	own->names = fill_names(x, s);
	own->unit_given = s->unit != NULL;
	if (s->unit != NULL)
		memcpy(own->unit, s->unit, sizeof(own->unit));
}

static struct obs *begin(struct proto_ctx *x, const struct said *s, uint32_t code, uint8_t phase)
{
	struct obs *o = act_begin_code(x, row_of(code));
	bool response = (s->m.flags & DNS_QR) != 0;
	bool to_asker = response && phase != PHASE_PUSH;	/* the one who asked is the actor */

	o->phase = phase;
	o->actor = to_asker ? dnsrec_receiver(x) : dnsrec_sender(x);
	o->device = to_asker ? dnsrec_sender(x) : dnsrec_receiver(x);
	if (s->m.trailing)
		o->note = act_str(x, "trailing");
	if (s->named) {
		o->object.space = 1;
		o->object.name = act_text(x, (struct bytes){ (const uint8_t *)s->name.text, s->name.n });
	}
	if (response) {
		o->result = s->m.flags & 15;
		o->outcome = o->result == 0 || o->result == NAM_ERR ? OUT_DONE : OUT_REFUSED;
	}
	set_value(x, s);
	fill_own(x, s, o->object.name);
	return o;
}

/* ---- facts ---- */

/* Names people would call the thing by: of the workstation and of the file server (03 may be a user's).
 * Nearly every Windows machine has a file server's name, so only domain controllers are a hint of a role. */
static void name_fact(struct proto_ctx *x, const struct side *about, const struct netbios_name *name,
		      bool group, uint8_t trust)
{
	struct bytes text = { (const uint8_t *)name->text, name->bare };

	if (name->bare == 0 || text.p[0] == '*' || text.p[0] == '<')
		return;
	if (!group && (name->suffix == 0x00 || name->suffix == 0x20))
		fact_say(x, about, FACT_NAME, text, NAME_NETBIOS, 0, trust);
	if (group && (name->suffix == 0x00 || name->suffix == 0x1c || name->suffix == 0x1e))
		fact_say(x, about, FACT_NAME, text, NAME_GROUP, 0, trust);
	if ((name->suffix == 0x1b && !group) || (name->suffix == 0x1c && group)) {
		const char *use = netbios_suffix(name->suffix, group);

		fact_say(x, about, FACT_ROLE_HINT, (struct bytes){ (const uint8_t *)use, strlen(use) }, 0, 0,
			 trust);
	}
}

static void address_facts(struct proto_ctx *x, const struct said *s)
{
	struct side sender = dnsrec_sender(x);

	for (size_t at = 0; at + 6 <= s->addresses.n && at < 6 * ENTRIES_MAX; at += 6) {
		struct side about = { .port = 0 };
		bool group = (s->addresses.p[at] << 8 & NB_GROUP) != 0;

		ip_of(s->addresses.p + at, about.ip);
		bool own = memcmp(about.ip, sender.ip, sizeof(about.ip)) == 0;

		if (!dnsrec_nobody(about.ip))
			name_fact(x, own ? &sender : &about, &s->name, group,
				  own ? TRUST_SURE : TRUST_LIKELY);
	}
}

static void status_facts(struct proto_ctx *x, const struct said *s)
{
	struct side sender = dnsrec_sender(x);
	struct netbios_name name;
	bool named = false;		/* as a workstation; the file server's name is the same then */

	for (size_t at = 0; at + 18 <= s->names.n && at < 18 * ENTRIES_MAX; at += 18) {
		bool group = (s->names.p[at + 16] << 8 & NB_GROUP) != 0;

		netbios_plain(s->names.p + at, &name);
		if (!named || group || name.suffix != 0x20)
			name_fact(x, &sender, &name, group, TRUST_SURE);
		named |= name.suffix == 0x00 && !group;
	}
	if (s->unit != NULL && !mac_is_zero(s->unit) && !mac_is_group(s->unit)) {
		struct side card = { .port = 0 };	/* behind a router this is the only way to its MAC */

		memcpy(card.ip, sender.ip, sizeof(card.ip));
		memcpy(card.mac, s->unit, sizeof(card.mac));
		fact_say(x, &card, FACT_IP_OF_MAC, (struct bytes){ NULL, 0 }, 0, 0, TRUST_SURE);
	}
}

/* ---- messages ---- */

/* Some answers (WACK aside) repeat the opcode, some the type: the id and whether it is a status tell
 * enough. */
static uint64_t key_of(const struct said *s)
{
	bool status = s->status || s->kind == NODE_STATUS;

	return (uint64_t)s->m.id << 1 | status;
}

static uint32_t code_of(const struct said *s)
{
	uint32_t opcode = s->m.flags >> 11 & 15;

	return opcode == QUERY && (s->status || s->kind == NODE_STATUS) ? NODE_STATUS : opcode;
}

static void request(struct proto_ctx *x, const struct said *s)
{
	uint32_t code = code_of(s);
	bool to_all = (x->l->flags & LAYER_GROUP) != 0 || (s->m.flags & NM_BROADCAST) != 0;
	bool asks = code == QUERY || code == NODE_STATUS;
	size_t n = min_size(s->m.all.n, BLOB_MAX);

	if (asks && !to_all && pair_ask(x, key_of(s), 0, s->m.all.p, n))
		return;
	begin(x, s, code, asks ? PHASE_WHOLE : to_all ? PHASE_PUSH : PHASE_ASK);
	uint64_t act = act_emit(x);

	if (!asks && !to_all)
		pair_ask(x, key_of(s), act, s->m.all.p, n);
	if (!asks && code != RELEASE)
		address_facts(x, s);
}

static void response(struct proto_ctx *x, const struct said *s)
{
	uint32_t code = code_of(s);
	const struct ask *ask = code == WACK ? NULL : pair_answer(x, key_of(s));
	uint8_t phase = ask == NULL ? PHASE_PUSH : ask->act != 0 ? PHASE_ANSWER : PHASE_WHOLE;

	begin(x, s, ask == NULL && code == QUERY ? ANSWER : code, phase);
	act_emit(x);
	if ((s->m.flags & 15) != 0)
		return;
	if (s->status)
		status_facts(x, s);
	else if (code == QUERY)
		address_facts(x, s);
}

static void unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct said s;

	if (read_message(&s, (struct bytes){ ask->blob, ask->n }, true) != NULL ||
	    row_of(code_of(&s)) == NULL)
		return;
	begin(x, &s, code_of(&s), ask->act != 0 ? PHASE_ANSWER : PHASE_WHOLE)->outcome = OUT_UNANSWERED;
	act_emit(x);
}

static bool nbns_message(struct proto_ctx *x, struct cursor msg)
{
	struct said s;

	x->why = read_message(&s, cur_rest(&msg), (x->l->flags & LAYER_CUT) != 0);
	if (x->why != NULL)
		return false;
	x->why = "opcode";
	if (row_of(code_of(&s)) == NULL)
		return false;
	if (s.m.flags & DNS_QR)
		response(x, &s);
	else
		request(x, &s);
	return true;
}

static unsigned nbns_probe(const struct proto_ctx *x, struct cursor head)
{
	struct said s;

	if (!dnsrec_port(x, 137))
		return 0;
	return read_message(&s, cur_rest(&head), (x->l->flags & LAYER_CUT) != 0) == NULL ? 90 : 15;
}

const struct proto proto_nbns = {
	.name = "nbns", .on = ON_UDP, .ports = { 137 }, .own_size = sizeof(struct own),
	.verified = VERIFIED_CAPTURE,
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces, .fields = fields,
	.probe = nbns_probe, .message = nbns_message, .unanswered = unanswered,
};

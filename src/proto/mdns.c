/* proto/mdns.c: multicast DNS, how devices of one network call themselves and what they offer.
 *
 * Spec:    RFC 6762 (mDNS), RFC 6763 (services: PTR, SRV, TXT).
 * Message: as dns; the id is 0 as a rule, the top bit of a class has a meaning of its own.
 * Units:   big-endian; TTL in seconds.
 * Emits:   RESOLVE for questions and probes (WHOLE: answers go to everyone, in flows of their own), ANNOUNCE
 *          (PUSH) for answers; the actor is always the sender. The object is the first question's or
 *          record's name, the value all of them. Facts about the sender: NAME, SERVES with port, MODEL,
 *          VENDOR, FIRMWARE, SERIAL, PLACE, OS, HARDWARE; about addresses: NAME_OF_IP.
 * State:   none.
 * Missing: which names NSEC denies; known answers in a question are shown, but say nothing about their
 *          subjects. */
#include "proto/dnsrec.h"

enum { FACTS_MAX = 64 };	/* records of one message looked at for facts */

enum code { QUESTION, PROBE, ANSWER, GOODBYE };

/* On the wire all are opcode 0. */
static const struct proto_code codes[] = {
	{ QUESTION, "query", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST, "RFC 6762 5" },
	{ PROBE, "probe", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST, "RFC 6762 8.1" },
	{ ANSWER, "answer", VERB_ANNOUNCE, CLASS_NAME, CODE_ANSWER | CODE_PUSH, "RFC 6762 6, 8.3" },
	{ GOODBYE, "goodbye", VERB_ANNOUNCE, CLASS_NAME, CODE_PUSH, "RFC 6762 10.1" },
};

static const struct dnsrec_flag flag_words[] = {
	{ DNS_AA, "aa" }, { DNS_TC, "tc" }, { DNS_RD, "rd" }, { DNS_RA, "ra" }, { DNS_Z, "z" },
	{ DNS_AD, "ad" }, { DNS_CD, "cd" }, { 0, NULL },
};

static const struct dnsrec_layout layout = {
	.elem = { [DNS_ANSWER] = sizeof(struct dns_short), [DNS_AUTHORITY] = sizeof(struct dns_short),
		  [DNS_ADDITIONAL] = sizeof(struct dns_short) },
	.flag_list = flag_words,
};

/* ---- fields ---- */

static const struct field question_fields[] = {
	DNSREC_ROW(struct dns_question, rrname, "rrname", FIELD_TEXT, SHOW_ALWAYS, "rrname"),
	DNSREC_ROW(struct dns_question, rrtype, "rrtype", FIELD_KEY, SHOW_ALWAYS, "rrtype"),
	DNSREC_ROW(struct dns_question, unicast, "unicast", FIELD_BOOL, SHOW_NONZERO, NULL),
	{ 0 },
};

#define RECORD(member, type, show, eve) DNSREC_ROW(struct dns_short, member, #member, type, show, eve)
static const struct field record_fields[] = {		/* what Suricata has of a record */
	RECORD(rrname, FIELD_TEXT, SHOW_ALWAYS, "rrname"),
	RECORD(ptr, FIELD_TEXT, SHOW_NONZERO, "ptr"),
	RECORD(txt, FIELD_TEXTS, SHOW_NONZERO, "txt"),
	{ 0 },
};

static const struct field authority_fields[] = { RECORD(rrname, FIELD_TEXT, SHOW_ALWAYS, "rrname"), { 0 } };

static const struct field detail_fields[] = {		/* the same records, whole */
	RECORD(rrname, FIELD_TEXT, SHOW_ALWAYS, NULL),
	RECORD(rrtype, FIELD_KEY, SHOW_ALWAYS, NULL),
	RECORD(rdata, FIELD_TEXT, SHOW_NONZERO, NULL),
	RECORD(ttl, FIELD_U32, SHOW_ALWAYS, NULL),
	RECORD(flush, FIELD_BOOL, SHOW_NONZERO, NULL),
	{ 0 },
};

#define OWN(member, type, show, eve) DNSREC_ROW(struct dns_own, member, #member, type, show, eve)
#define LIST(member, sub, elem) DNSREC_LIST(struct dns_own, member, #member, sub, elem, #member)
static const struct field fields[] = {
	OWN(type, FIELD_KEY, SHOW_ALWAYS, "type"),
	OWN(id, FIELD_U16, SHOW_ALWAYS, "id"),
	DNSREC_ROW(struct dns_own, flag_list, "flags", FIELD_TEXTS, SHOW_NONZERO, "flags"),
	OWN(opcode, FIELD_U8, SHOW_ALWAYS, "opcode"),
	OWN(rcode, FIELD_U16, SHOW_ALWAYS, "rcode"),
	LIST(queries, question_fields, struct dns_question),
	LIST(answers, record_fields, struct dns_short),
	LIST(authorities, authority_fields, struct dns_short),
	LIST(additionals, record_fields, struct dns_short),
	DNSREC_LIST(struct dns_own, answers, "answer_records", detail_fields, struct dns_short, NULL),
	DNSREC_LIST(struct dns_own, authorities, "authority_records", detail_fields, struct dns_short, NULL),
	DNSREC_LIST(struct dns_own, additionals, "additional_records", detail_fields, struct dns_short, NULL),
	OWN(trailing, FIELD_BOOL, SHOW_NONZERO, NULL),
	{ 0 },
};

/* ---- facts ---- */

static bool word_is(struct bytes b, const char *word)
{
	if (strlen(word) != b.n)
		return false;
	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];

		if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != (uint8_t)word[i])
			return false;
	}
	return true;
}

/* "_http._tcp" out of "Office._http._tcp.local" (RFC 6763 4.1); n 0: not the name of a service. */
static struct bytes service_of(const struct dnsname *name)
{
	struct bytes from = { NULL, 0 }, b;

	for (unsigned i = 0; (b = dnsmsg_label(name, i)).p != NULL; i++) {
		bool transport = word_is(b, "_tcp") || word_is(b, "_udp");

		if (transport && from.p != NULL)
			return (struct bytes){ from.p, (size_t)(b.p + b.n - from.p) };
		from = b.n > 1 && b.p[0] == '_' ? b : (struct bytes){ NULL, 0 };
	}
	return (struct bytes){ NULL, 0 };
}

/* Keys of TXT records that say what a device is: Bonjour printing 1.2.1 (ty, note, usb_MFG, usb_MDL), Apple
 * device-info (model), RAOP (am), Google Cast and HomeKit (md, fn), AirPlay and HomeKit (fv). */
static const struct { const char *key; enum fact_kind kind; uint64_t number; } txt_keys[] = {
	{ "ty", FACT_MODEL, 0 }, { "model", FACT_MODEL, 0 }, { "am", FACT_MODEL, 0 }, { "md", FACT_MODEL, 0 },
	{ "usb_mdl", FACT_MODEL, 0 }, { "usb_mfg", FACT_VENDOR, 0 }, { "mfg", FACT_VENDOR, 0 },
	{ "manufacturer", FACT_VENDOR, 0 }, { "vendor", FACT_VENDOR, 0 }, { "fv", FACT_FIRMWARE, 0 },
	{ "fw", FACT_FIRMWARE, 0 }, { "firmware", FACT_FIRMWARE, 0 }, { "serialnumber", FACT_SERIAL, 0 },
	{ "serial", FACT_SERIAL, 0 }, { "note", FACT_PLACE, 0 }, { "fn", FACT_NAME, NAME_MDNS },
};

static void txt_facts(struct proto_ctx *x, const struct dnsmsg_rr *rr, const struct side *sender,
		      uint8_t trust)
{
	struct cursor c = cur_over(rr->data);

	while (c.left > 0) {
		struct bytes b = cur_bytes(&c, cur_u8(&c));
		size_t eq = 0;

		while (eq < b.n && b.p[eq] != '=')
			eq++;
		for (size_t i = 0; eq + 1 < b.n && i < ARRAY_LEN(txt_keys); i++)
			if (word_is((struct bytes){ b.p, eq }, txt_keys[i].key))
				fact_say(x, sender, txt_keys[i].kind,
					 (struct bytes){ b.p + eq + 1, b.n - eq - 1 }, txt_keys[i].number, 0,
					 trust);
	}
}

static void serves(struct proto_ctx *x, const struct dnsmsg *m, size_t name_at, uint16_t port,
		   const struct side *sender, const struct dnsmsg_rr *rr, uint8_t trust)
{
	struct dnsname name;

	dnsmsg_name(m, name_at, &name, NULL);
	struct bytes service = service_of(&name);

	if (service.n > 0)
		fact_say(x, sender, FACT_SERVES, service, port, dnsrec_until(x, rr), trust);
}

static void hinfo(struct proto_ctx *x, const struct dnsmsg_rr *rr, const struct side *sender, uint8_t trust)
{
	struct cursor c = cur_over(rr->data);
	struct bytes cpu = cur_bytes(&c, cur_u8(&c)), os = cur_bytes(&c, cur_u8(&c));

	if (cpu.n > 0)
		fact_say(x, sender, FACT_HARDWARE, cpu, 0, 0, trust);
	if (os.n > 0)
		fact_say(x, sender, FACT_OS, os, 0, 0, trust);
}

/* named: some record gave the sender's own address, so its words are about itself. ports: SRV records say
 * the services. */
static void fact_of(struct proto_ctx *x, const struct dnsmsg *m, const struct dnsmsg_rr *rr, bool named,
		    bool ports)
{
	struct side sender = dnsrec_sender(x);
	uint8_t trust = named ? TRUST_SURE : TRUST_LIKELY;
	struct dnsname name;

	switch (rr->type) {
	case DNS_SRV:
		serves(x, m, rr->name_at, (uint16_t)(rr->data.p[4] << 8 | rr->data.p[5]), &sender, rr, trust);
		if (!named && dnsmsg_name(m, rr->data_at + 6, &name, NULL) && name.n > 0)
			fact_say(x, &sender, FACT_NAME, (struct bytes){ (const uint8_t *)name.text, name.n },
				 NAME_MDNS, 0, TRUST_LIKELY);
		break;
	case DNS_PTR:
		dnsrec_own_fact(x, m, rr, NAME_MDNS);
		if (!ports)
			serves(x, m, rr->data_at, 0, &sender, rr, trust);
		break;
	case DNS_TXT: txt_facts(x, rr, &sender, trust); break;
	case DNS_HINFO: hinfo(x, rr, &sender, trust); break;
	default: dnsrec_own_fact(x, m, rr, NAME_MDNS); break;
	}
}

static void say_facts(struct proto_ctx *x, const struct dnsmsg *m)
{
	bool named = dnsrec_own_words(x, m), ports = false;
	struct dnsmsg_walk w = dnsmsg_start(m);
	unsigned looked = 0;
	struct dnsmsg_rr rr;

	while (dnsmsg_next(&w, &rr))
		ports |= rr.section != DNS_QUESTION && rr.type == DNS_SRV;
	w = dnsmsg_start(m);
	while (looked < FACTS_MAX && dnsmsg_next(&w, &rr))
		if ((rr.section == DNS_ANSWER || rr.section == DNS_ADDITIONAL) && rr.ttl > 0 &&
		    rr.type != DNS_OPT) {
			fact_of(x, m, &rr, named, ports);
			looked++;
		}
}

/* ---- messages ---- */

static enum code code_of(const struct dnsmsg *m)
{
	struct dnsmsg_walk w = dnsmsg_start(m);
	bool leaves = m->count[DNS_ANSWER] > 0;
	struct dnsmsg_rr rr;

	if ((m->flags & DNS_QR) == 0)
		return m->count[DNS_AUTHORITY] > 0 ? PROBE : QUESTION;
	while (dnsmsg_next(&w, &rr))
		leaves &= rr.section != DNS_ANSWER || rr.ttl == 0;
	return leaves ? GOODBYE : ANSWER;
}

/* The first record of a section; false: none. */
static bool first_of(const struct dnsmsg *m, enum dns_section section, struct dnsmsg_rr *ret)
{
	struct dnsmsg_walk w = dnsmsg_start(m);

	while (dnsmsg_next(&w, ret))
		if (ret->section == section)
			return true;
	return false;
}

static bool mdns_message(struct proto_ctx *x, struct cursor msg)
{
	static const uint8_t shown[] = { [QUESTION] = DNS_QUESTION, [PROBE] = DNS_AUTHORITY,
					 [ANSWER] = DNS_ANSWER, [GOODBYE] = DNS_ANSWER };
	struct dnsmsg_rr rr;
	struct dnsmsg m;

	x->why = "header-cut";
	if (!dnsmsg_open(&m, cur_rest(&msg)))
		return false;
	m.cut = (x->l->flags & LAYER_CUT) != 0;
	x->why = "opcode";
	if (m.flags & 0x7800)				/* RFC 6762 18.3: MUST be zero */
		return false;
	if (!dnsmsg_check(&m)) {
		x->why = m.why;
		return false;
	}
	enum code code = code_of(&m);
	struct obs *o = act_begin_code(x, &codes[code]);
	struct dnsrec d = dnsrec_start(x, &m, o);

	o->phase = m.flags & DNS_QR ? PHASE_PUSH : PHASE_WHOLE;
	o->actor = dnsrec_sender(x);
	o->device = dnsrec_receiver(x);
	o->result = m.rcode;
	if (m.trailing)
		o->note = act_str(x, "trailing");
	if (first_of(&m, code == PROBE ? DNS_QUESTION : shown[code], &rr))
		dnsrec_object(&d, &rr);
	o->object.count = m.count[shown[code]];
	if (code != QUESTION || m.count[DNS_QUESTION] > 1)
		dnsrec_value(&d, shown[code], 0);
	dnsrec_own(&d, &layout);
	act_emit(x);
	if (code == ANSWER)
		say_facts(x, &m);
	return true;
}

static unsigned mdns_probe(const struct proto_ctx *x, struct cursor head)
{
	struct dnsmsg m;

	if (!dnsrec_port(x, 5353) || !dnsmsg_open(&m, cur_rest(&head)) || (m.flags & 0x7800))
		return 0;
	m.cut = (x->l->flags & LAYER_CUT) != 0;
	return dnsmsg_check(&m) ? 90 : 15;
}

const struct proto proto_mdns = {
	.name = "mdns", .on = ON_UDP, .eve = "mdns", .ports = { 5353 }, .own_size = sizeof(struct dns_own),
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = dnsrec_spaces, .fields = fields,
	.probe = mdns_probe, .message = mdns_message,
};

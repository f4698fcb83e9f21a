/* proto/dns.c: DNS, who asks for which name, who answers what, who changes a zone.
 *
 * Spec:    RFC 1035 (messages), 2136 (UPDATE), 1996 (NOTIFY), 5936 and 1995 (zone transfer), 6891 (EDNS),
 *          8490 (DSO), 7766 (TCP); names of types and codes: IANA "DNS Parameters".
 * Message: id:2 flags:2 counts:4x2 questions answers authorities additionals; over TCP a length:2 before it.
 * Units:   big-endian; TTL in seconds; names compare without case.
 * Emits:   RESOLVE (WHOLE, with the answer or its absence; PUSH for an answer nobody asked for), READ for
 *          zone transfers, WRITE and DELETE for each record of an UPDATE, REPORT for NOTIFY, QUERY for
 *          STATUS and DSO. The object is the name in lower case with the type as its space; the value is the
 *          set of answers, TTL and order aside. NXDOMAIN is an answer (DONE, result 3); every other error is
 *          a refusal. Facts: NAME_OF_IP and ALIAS from answers, NAME from a host's own UPDATE.
 * State:   the question asked last, the question answered last, the zone transfer under way.
 * Missing: bodies of DSO; the fields of DNSSEC records beyond their numbers. */
#include "core/hash.h"
#include "proto/dnsrec.h"

enum { FACTS_MAX = 64, BLOB_MAX = DNS_HEADER + DNS_NAME_MAX + 4 };

enum code { QUERY = 0, IQUERY = 1, STATUS = 2, NOTIFY = 4, UPDATE = 5, DSO = 6 };

static const struct proto_code codes[] = {
	{ QUERY, "query", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER, "RFC 1035 4.1.1" },
	{ IQUERY, "iquery", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER | CODE_NAMED,
	  "RFC 1035 6.4, {rfc3425}" },
	{ STATUS, "status", VERB_QUERY, CLASS_DIAG, CODE_REQUEST | CODE_ANSWER | CODE_NAMED,
	  "RFC 1035 4.1.1" },
	{ NOTIFY, "notify", VERB_REPORT, CLASS_NAME, CODE_REQUEST | CODE_ANSWER, "RFC 1996 3" },
	{ UPDATE, "update", VERB_WRITE, CLASS_CONFIG, CODE_REQUEST | CODE_ANSWER, "RFC 2136 2, 3.4" },
	{ DSO, "dso", VERB_QUERY, CLASS_SESSION, CODE_REQUEST | CODE_ANSWER | CODE_NAMED, "RFC 8490 5.4" },
	/* Zone transfers are queries on the wire; here they are acts of their own, under the number of their
	 * type. */
	{ DNS_IXFR, "transfer-changes", VERB_READ, CLASS_NAME, CODE_REQUEST | CODE_ANSWER, "RFC 1995 3" },
	{ DNS_AXFR, "transfer-zone", VERB_READ, CLASS_NAME, CODE_REQUEST | CODE_ANSWER, "RFC 5936 2" },
};

struct dns_state {
	uint64_t asked, answered;	/* pairing keys */
	uint64_t transfer;		/* the act of the zone transfer under way; 0: none */
	uint16_t asked_id, transfer_id;
	uint32_t transfer_code;
};

static const struct dnsrec_layout layout = {
	.elem = { [DNS_ANSWER] = sizeof(struct dns_long), [DNS_AUTHORITY] = sizeof(struct dns_long),
		  [DNS_ADDITIONAL] = sizeof(struct dns_short) },
	.grouped = true,
};

/* ---- fields ---- */

static const struct field question_fields[] = {
	DNSREC_ROW(struct dns_question, rrname, "rrname", FIELD_TEXT, SHOW_ALWAYS, "rrname"),
	DNSREC_ROW(struct dns_question, rrtype, "rrtype", FIELD_KEY, SHOW_ALWAYS, "rrtype"),
	DNSREC_ROW(struct dns_question, class, "class", FIELD_U16, SHOW_ALWAYS, NULL),
	{ 0 },
};

#define RECORD_ROWS \
	DNSREC_ROW(struct dns_long, r.rrname, "rrname", FIELD_TEXT, SHOW_ALWAYS, "rrname"), \
	DNSREC_ROW(struct dns_long, r.rrtype, "rrtype", FIELD_KEY, SHOW_ALWAYS, "rrtype"), \
	DNSREC_ROW(struct dns_long, r.ttl, "ttl", FIELD_U32, SHOW_ALWAYS, "ttl"), \
	DNSREC_ROW(struct dns_long, r.rdata, "rdata", FIELD_TEXT, SHOW_NONZERO, "rdata"), \
	DNSREC_ROW(struct dns_long, r.class, "class", FIELD_U16, SHOW_ALWAYS, NULL)

static const struct field record_fields[] = {
	RECORD_ROWS,
	DNSREC_SRV_ROWS(struct dns_long, ),
	DNSREC_SOA_ROWS(struct dns_long, ),
	DNSREC_SSHFP_ROWS(struct dns_long, ),
	{ 0 },
};

/* Suricata's schema has no srv and sshfp below authorities. */
static const struct field authority_fields[] = {
	RECORD_ROWS,
	DNSREC_SOA_ROWS(struct dns_long, ),
	{ 0 },
};

static const struct field additional_fields[] = {
	DNSREC_ROW(struct dns_short, rrname, "rrname", FIELD_TEXT, SHOW_ALWAYS, "rrname"),
	DNSREC_ROW(struct dns_short, rrtype, "rrtype", FIELD_KEY, SHOW_ALWAYS, "rrtype"),
	DNSREC_ROW(struct dns_short, ttl, "ttl", FIELD_U32, SHOW_ALWAYS, "ttl"),
	DNSREC_ROW(struct dns_short, rdata, "rdata", FIELD_TEXT, SHOW_NONZERO, "rdata"),
	DNSREC_LIST(struct dns_short, opt, "opt", dns_option_fields, struct dns_option, "opt"),
	DNSREC_ROW(struct dns_short, class, "class", FIELD_U16, SHOW_ALWAYS, NULL),
	{ 0 },
};

#define OWN(member, type, show, eve) DNSREC_ROW(struct dns_own, member, #member, type, show, eve)
static const struct field fields[] = {
	OWN(version, FIELD_U8, SHOW_ALWAYS, "version"),
	OWN(type, FIELD_KEY, SHOW_ALWAYS, "type"),
	OWN(id, FIELD_U16, SHOW_ALWAYS, "id"),
	OWN(flags, FIELD_KEY, SHOW_ALWAYS, "flags"),
	OWN(qr, FIELD_BOOL, SHOW_NONZERO, "qr"),
	OWN(aa, FIELD_BOOL, SHOW_NONZERO, "aa"),
	OWN(tc, FIELD_BOOL, SHOW_NONZERO, "tc"),
	OWN(rd, FIELD_BOOL, SHOW_NONZERO, "rd"),
	OWN(ra, FIELD_BOOL, SHOW_NONZERO, "ra"),
	OWN(z, FIELD_BOOL, SHOW_NONZERO, "z"),
	OWN(ad, FIELD_BOOL, SHOW_NONZERO, NULL),
	OWN(cd, FIELD_BOOL, SHOW_NONZERO, NULL),
	OWN(opcode, FIELD_U8, SHOW_ALWAYS, "opcode"),
	DNSREC_ROW(struct dns_own, rcode_name, "rcode", FIELD_KEY, SHOW_ALWAYS, "rcode"),
	DNSREC_LIST(struct dns_own, queries, "queries", question_fields, struct dns_question, "queries"),
	DNSREC_LIST(struct dns_own, answers, "answers", record_fields, struct dns_long, "answers"),
	DNSREC_GROUP_ROWS,
	DNSREC_LIST(struct dns_own, grouped.srv, "grouped_srv", dns_srv_fields, struct dns_srv,
		    "grouped.SRV"),
	DNSREC_LIST(struct dns_own, authorities, "authorities", authority_fields, struct dns_long,
		    "authorities"),
	DNSREC_LIST(struct dns_own, additionals, "additionals", additional_fields, struct dns_short,
		    "additionals"),
	OWN(edns, FIELD_BOOL, SHOW_NONZERO, NULL),
	DNSREC_GIVEN(struct dns_own, edns_version, "edns_version", FIELD_U8, edns, NULL),
	DNSREC_GIVEN(struct dns_own, edns_size, "edns_size", FIELD_U16, edns, NULL),
	DNSREC_GIVEN(struct dns_own, edns_do, "edns_do", FIELD_BOOL, edns, NULL),
	OWN(trailing, FIELD_BOOL, SHOW_NONZERO, NULL),
	{ 0 },
};

/* ---- small things ---- */

static unsigned opcode_of(const struct dnsmsg *m)
{
	return m->flags >> 11 & 15;
}

/* The row of an opcode, and of a query for a whole zone. NULL: an opcode nobody assigned. */
static const struct proto_code *row_of(const struct dnsmsg *m)
{
	uint32_t code = opcode_of(m);
	struct dnsmsg_rr q;

	if (code == QUERY && dnsrec_question(m, &q) && (q.type == DNS_AXFR || q.type == DNS_IXFR))
		code = q.type;
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].code == code)
			return &codes[i];
	return NULL;
}

/* What pairs an answer with its question: id, opcode and the question itself. */
static uint64_t key_of(const struct dnsmsg *m)
{
	uint64_t h = hash_join(m->id, opcode_of(m));
	struct dnsname name;
	struct dnsmsg_rr q;

	if (dnsrec_question(m, &q) && dnsmsg_name(m, q.name_at, &name, NULL)) {
		dnsmsg_lower(&name);
		h = hash_bytes(name.text, name.n, hash_join(h, (uint64_t)q.type << 16 | q.class));
	}
	return h;
}

static uint8_t outcome_of(const struct dnsmsg *m)
{
	enum { NOERROR = 0, NXDOMAIN = 3 };	/* RFC 1035 4.1.1 */

	if (m->rcode != NOERROR && m->rcode != NXDOMAIN)
		return OUT_REFUSED;
	return m->flags & DNS_TC ? OUT_PARTLY : OUT_DONE;
}

/* Whatever end of the flow a message came from: the one who asks is the actor. */
static void set_ends(struct proto_ctx *x, struct obs *o, const struct dnsmsg *m)
{
	bool from_asker = (m->flags & DNS_QR) == 0;

	if (from_asker != x->from_client) {
		o->actor = flow_server(x);
		o->device = flow_client(x);
	}
}

static const char *remark(const struct dnsmsg *m)
{
	if (m->trailing)
		return "trailing";
	return opcode_of(m) == QUERY && m->count[DNS_QUESTION] > 1 ? "questions" : NULL;	/* RFC 9619 */
}

/* An act about the first question of m; the struct behind it shows all of m. */
static struct obs *begin(struct proto_ctx *x, const struct dnsmsg *m, const struct proto_code *row,
			 uint8_t phase, const char *note)
{
	struct obs *o = act_begin_code(x, row);
	struct dnsrec d = dnsrec_start(x, m, o);
	struct dnsmsg_rr q = { .type = 0 };

	o->phase = phase;
	set_ends(x, o, m);
	if (note == NULL)
		note = remark(m);
	if (note != NULL)
		o->note = act_str(x, note);
	if (dnsrec_question(m, &q))
		dnsrec_object(&d, &q);
	if (m->flags & DNS_QR) {
		o->result = m->rcode;
		o->outcome = outcome_of(m);
	}
	if (row->code == NOTIFY || (m->flags & DNS_QR && row->code != UPDATE))
		dnsrec_value(&d, DNS_ANSWER, q.type);
	dnsrec_own(&d, &layout);
	return o;
}

static void say_facts(struct proto_ctx *x, const struct dnsmsg *m, bool asked)
{
	struct dnsmsg_walk w = dnsmsg_start(m);
	unsigned said = 0;
	struct dnsmsg_rr rr;

	if (m->rcode != 0)
		return;
	while (said++ < FACTS_MAX && dnsmsg_next(&w, &rr)) {
		if (rr.section == DNS_ANSWER)
			dnsrec_fact(x, m, &rr, asked ? TRUST_SURE : TRUST_GUESS);
		else if (rr.section == DNS_ADDITIONAL && asked)
			dnsrec_fact(x, m, &rr, TRUST_LIKELY);
	}
}

/* ---- UPDATE ---- */

/* RFC 2136 2.5: class ANY and NONE delete, the zone's class adds. */
static void update_item(struct proto_ctx *x, const struct dnsmsg *m, const struct dnsmsg_rr *rr,
			struct obs *o)
{
	struct dnsrec d = dnsrec_start(x, m, o);
	char text[DNS_TEXT];

	dnsrec_object(&d, rr);
	if (rr->class == DNS_CLASS_ANY || rr->class == DNS_CLASS_NONE) {
		o->verb = VERB_DELETE;
		o->note = act_str(x, "delete");
	}
	if (rr->data.n > 0)
		act_value(x, VAL_TEXT, 8, 1, (struct bytes){ (uint8_t *)text,
							     dnsmsg_text(m, rr, false, text, sizeof(text)) });
}

/* One act for each record of the update section, which stands where a query has authorities (RFC 2136
 * 2.5). */
static uint64_t update(struct proto_ctx *x, const struct dnsmsg *m, const struct proto_code *row)
{
	unsigned items = (unsigned)min_size(m->count[DNS_AUTHORITY], ITEMS_MAX), item = 0;
	struct dnsmsg_walk w = dnsmsg_start(m);
	uint64_t first = 0;
	struct dnsmsg_rr rr;

	while (item < items && dnsmsg_next(&w, &rr)) {
		if (rr.section != DNS_AUTHORITY)
			continue;
		struct obs *o = act_begin_code(x, row);

		o->phase = PHASE_ASK;
		set_ends(x, o, m);
		o->item = (uint16_t)item;
		o->items = (uint16_t)items;
		if (item + 1 == items && items < m->count[DNS_AUTHORITY])
			o->flags |= FLAG_REST;
		update_item(x, m, &rr, o);
		if (item++ == 0) {
			struct dnsrec d = dnsrec_start(x, m, o);

			dnsrec_own(&d, &layout);
		}
		uint64_t act = act_emit(x);

		first = first == 0 ? act : first;
		dnsrec_own_fact(x, m, &rr, NAME_DNS);	/* of class IN alone: what is deleted says nothing */
	}
	if (items == 0) {
		begin(x, m, row, PHASE_ASK, NULL);
		first = act_emit(x);
	}
	return first;
}

/* ---- requests ---- */

/* The question alone, as a message: what an unanswered request is told from. */
static size_t make_blob(const struct dnsmsg *m, uint8_t blob[BLOB_MAX])
{
	struct dnsmsg_walk w = dnsmsg_start(m);
	struct dnsmsg_rr q;
	size_t n = DNS_HEADER;

	memcpy(blob, m->all.p, 4);
	memset(blob + 4, 0, DNS_HEADER - 4);
	/* One is usual; more are kept as far as they fit. Names point at nothing behind them. */
	while (dnsmsg_next(&w, &q) && q.section == DNS_QUESTION) {
		size_t end = (size_t)(w.c.p - m->all.p);

		if (end > BLOB_MAX)
			break;
		memcpy(blob + n, m->all.p + n, end - n);
		blob[5]++;
		n = end;
	}
	return n;
}

/* Reads and look-ups wait for their answer and are said once; what changes something is said at once. */
static bool request(struct proto_ctx *x, const struct dnsmsg *m, const struct proto_code *row)
{
	struct dns_state *s = x->state;
	uint8_t blob[BLOB_MAX];
	uint64_t act = 0;

	s->asked = key_of(m);
	s->asked_id = m->id;
	if (row->code == UPDATE) {
		act = update(x, m, row);
	} else if (row->code == NOTIFY) {
		begin(x, m, row, PHASE_ASK, NULL);
		act = act_emit(x);
	}
	if (row->code == DSO && m->id == 0) {		/* RFC 8490 5.4: nobody answers id 0 */
		begin(x, m, row, PHASE_WHOLE, NULL);
		act_emit(x);
	} else if (!pair_ask(x, s->asked, act, blob, make_blob(m, blob)) && act == 0) {
		begin(x, m, row, PHASE_WHOLE, NULL);
		act_emit(x);
	}
	return true;
}

static void unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct dnsmsg m;

	if (!dnsmsg_open(&m, (struct bytes){ ask->blob, ask->n }))
		return;
	if (!dnsmsg_check(&m))
		m.count[DNS_QUESTION] = 0;
	const struct proto_code *row = row_of(&m);

	if (row == NULL)
		return;
	begin(x, &m, row, ask->act != 0 ? PHASE_ANSWER : PHASE_WHOLE, NULL)->outcome = OUT_UNANSWERED;
	act_emit(x);
}

/* ---- answers ---- */

/* Later messages of a zone transfer answer nothing new (RFC 5936 2.2). */
static bool transfer_goes_on(struct proto_ctx *x, const struct dnsmsg *m)
{
	const struct dns_state *s = x->state;

	if (s->transfer == 0 || m->id != s->transfer_id || opcode_of(m) != QUERY || x->l->kind != KIND_TCP)
		return false;
	struct obs *o = begin(x, m, proto_code(x->proto, s->transfer_code), PHASE_ANSWER, NULL);

	o->re = s->transfer;
	act_emit(x);
	say_facts(x, m, true);
	return true;
}

static const char *why_unasked(const struct dns_state *s, const struct dnsmsg *m, uint64_t key)
{
	if (key == s->answered)
		return "answered-again";
	return s->asked_id == m->id && s->asked != 0 && s->asked != key ? "other-question" : NULL;
}

/* An answer without a question (RFC 1035 7.3 lets errors be so) is shown with the question that was asked. */
static bool answer(struct proto_ctx *x, struct dnsmsg *m, const struct proto_code *row)
{
	struct dns_state *s = x->state;
	uint64_t key = key_of(m);

	if (m->count[DNS_QUESTION] == 0 && s->asked_id == m->id && s->asked != 0 && s->asked != s->answered)
		key = s->asked;
	const struct ask *ask = pair_answer(x, key);

	if (ask == NULL && transfer_goes_on(x, m))
		return true;
	uint8_t phase = ask == NULL ? PHASE_PUSH : ask->act != 0 ? PHASE_ANSWER : PHASE_WHOLE;
	struct dnsmsg question;

	if (ask != NULL && m->count[DNS_QUESTION] == 0 &&
	    dnsmsg_open(&question, (struct bytes){ ask->blob, ask->n }) && dnsmsg_check(&question) &&
	    row_of(&question) != NULL)
		row = row_of(&question);
	else
		question = *m;
	struct obs *o = begin(x, m, row, phase, ask == NULL ? why_unasked(s, m, key) : NULL);
	struct dnsmsg_rr q;

	if (m->count[DNS_QUESTION] == 0 && dnsrec_question(&question, &q)) {
		struct dnsrec d = dnsrec_start(x, &question, o);

		dnsrec_object(&d, &q);
	}
	uint64_t act = act_emit(x);

	s->answered = key;
	s->transfer = row->verb == VERB_READ && ask != NULL ? act : 0;
	s->transfer_id = m->id;
	s->transfer_code = row->code;
	if (row->code != UPDATE)
		say_facts(x, m, ask != NULL);
	return true;
}

/* ---- the protocol ---- */

static bool dns_message(struct proto_ctx *x, struct cursor msg)
{
	struct dnsmsg m;

	x->why = "header-cut";
	if (!dnsmsg_open(&m, dnsrec_message(x, msg)))
		return false;
	m.cut = (x->l->flags & LAYER_CUT) != 0 && x->l->kind != KIND_TCP;
	if (opcode_of(&m) != DSO && !dnsmsg_check(&m)) {	/* RFC 8490 5.4: TLVs, not records */
		x->why = m.why;
		return false;
	}
	const struct proto_code *row = row_of(&m);

	x->why = "opcode";
	if (row == NULL)
		return false;
	return m.flags & DNS_QR ? answer(x, &m, row) : request(x, &m, row);
}

static unsigned dns_probe(const struct proto_ctx *x, struct cursor head)
{
	bool tcp = x->l->kind == KIND_TCP;
	uint16_t length = tcp ? cur_be16(&head) : 0;
	unsigned home = dnsrec_port(x, 53) ? 15 : 0;
	struct dnsmsg_rr q;
	struct dnsmsg m;

	if (cur_broken(&head) || (tcp && length < DNS_HEADER))
		return 0;
	struct bytes b = { head.p, tcp ? min_size(head.left, length) : head.left };

	if (!dnsmsg_open(&m, b))
		return 0;
	bool usual = row_of(&m) != NULL && ((m.flags & 15) == 0 || m.flags & DNS_QR);

	m.cut = (x->l->flags & LAYER_CUT) != 0 || (tcp && b.n < length);
	if (!usual)				/* scanners try such things at DNS servers */
		return dnsmsg_check(&m) && dnsrec_question(&m, &q) ? home : 0;
	if (opcode_of(&m) == DSO || !dnsmsg_check(&m) || !dnsrec_question(&m, &q))
		return home;
	if (m.count[DNS_QUESTION] > 1 || !dnsmsg_type_known(q.type) || q.class == 0 ||
	    (q.class > 4 && q.class < DNS_CLASS_NONE))
		return home;
	return m.trailing ? 60 : 90;
}

const struct proto proto_dns = {
	.name = "dns", .on = ON_TCP, .also_udp = true, .eve = "dns", .ports = { 53 },
	.state_size = sizeof(struct dns_state), .own_size = sizeof(struct dns_own),
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = dnsrec_spaces, .fields = fields,
	.probe = dns_probe, .cut = dnsrec_cut, .message = dns_message, .unanswered = unanswered,
};

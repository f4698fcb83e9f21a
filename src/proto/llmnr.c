/* proto/llmnr.c: Link-Local Multicast Name Resolution, the names Windows asks the neighbours for.
 *
 * Spec:    RFC 4795.
 * Message: as dns, one question each; over TCP a length:2 before it.
 * Units:   big-endian; TTL in seconds.
 * Emits:   RESOLVE for questions (WHOLE; those to one host wait for its answer), ANNOUNCE (PUSH) for answers
 *          to a question that went to the group: they come in a flow of their own, from whoever claims the
 *          name. That is the act to watch: an answer to a name that is nobody's is how credentials are
 *          stolen. Facts: NAME of the sender, NAME_OF_IP.
 * State:   none.
 * Missing: nothing. */
#include "core/hash.h"
#include "proto/dnsrec.h"

enum { BLOB_MAX = DNS_HEADER + DNS_NAME_MAX + 4 };

enum code { QUESTION, ANSWER, CONFLICT };

enum { LLMNR_C = 0x0400, LLMNR_T = 0x0100 };	/* RFC 4795 2.1.1; TC as in DNS */

static const struct proto_code codes[] = {
	{ QUESTION, "query", VERB_RESOLVE, CLASS_NAME, CODE_REQUEST | CODE_ANSWER, "RFC 4795 2.1.1" },
	{ ANSWER, "answer", VERB_ANNOUNCE, CLASS_NAME, CODE_ANSWER | CODE_PUSH, "RFC 4795 2.1.1, 2.3" },
	{ CONFLICT, "conflict", VERB_ANNOUNCE, CLASS_NAME, CODE_REQUEST | CODE_PUSH, "RFC 4795 4.1" },
};

static const struct dnsrec_flag flag_words[] = {
	{ LLMNR_C, "c" }, { DNS_TC, "tc" }, { LLMNR_T, "t" }, { 0, NULL },
};

static const struct dnsrec_layout layout = {
	.elem = { [DNS_ANSWER] = sizeof(struct dns_named), [DNS_AUTHORITY] = sizeof(struct dns_named),
		  [DNS_ADDITIONAL] = sizeof(struct dns_named) },
	.flag_list = flag_words, .grouped = true,
};

/* ---- fields ---- */

static const struct field question_fields[] = {
	DNSREC_ROW(struct dns_question, rrname, "rrname", FIELD_TEXT, SHOW_ALWAYS, "rrname"),
	DNSREC_ROW(struct dns_question, rrtype, "rrtype", FIELD_KEY, SHOW_ALWAYS, "rrtype"),
	{ 0 },
};

#define BY_TYPE(member) DNSREC_ROW(struct dns_named, member, #member, FIELD_TEXT, SHOW_NONZERO, #member)
#define RECORD_ROWS \
	DNSREC_ROW(struct dns_named, l.r.rrname, "rrname", FIELD_TEXT, SHOW_ALWAYS, "rrname"), \
	DNSREC_ROW(struct dns_named, l.r.rrtype, "rrtype", FIELD_KEY, SHOW_ALWAYS, "rrtype"), \
	DNSREC_ROW(struct dns_named, l.r.ttl, "ttl", FIELD_U32, SHOW_ALWAYS, "ttl"), \
	BY_TYPE(a), BY_TYPE(aaaa), BY_TYPE(cname), BY_TYPE(mx), BY_TYPE(ns), BY_TYPE(null), \
	BY_TYPE(unknown), \
	DNSREC_ROW(struct dns_named, l.r.ptr, "ptr", FIELD_TEXT, SHOW_NONZERO, "ptr"), \
	DNSREC_ROW(struct dns_named, l.r.txt, "txt", FIELD_TEXTS, SHOW_NONZERO, "txt")

static const struct field answer_fields[] = {
	RECORD_ROWS, DNSREC_SRV_ROWS(struct dns_named, l.), DNSREC_SOA_ROWS(struct dns_named, l.),
	DNSREC_SSHFP_ROWS(struct dns_named, l.), { 0 },
};
static const struct field authority_fields[] = { RECORD_ROWS, DNSREC_SOA_ROWS(struct dns_named, l.), { 0 } };
static const struct field additional_fields[] = {
	RECORD_ROWS, DNSREC_LIST(struct dns_named, l.r.opt, "opt", dns_option_fields, struct dns_option,
				 "opt"), { 0 },
};

#define OWN(member, type, show, eve) DNSREC_ROW(struct dns_own, member, #member, type, show, eve)
#define LIST(member, sub, elem) DNSREC_LIST(struct dns_own, member, #member, sub, elem, #member)
static const struct field fields[] = {
	OWN(type, FIELD_KEY, SHOW_ALWAYS, "type"),
	OWN(id, FIELD_U16, SHOW_ALWAYS, "id"),
	DNSREC_ROW(struct dns_own, flag_list, "flags", FIELD_TEXTS, SHOW_NONZERO, "flags"),
	OWN(opcode, FIELD_U8, SHOW_ALWAYS, "opcode"),
	OWN(rcode, FIELD_U16, SHOW_NONZERO, NULL),
	LIST(queries, question_fields, struct dns_question),
	LIST(answers, answer_fields, struct dns_named),
	DNSREC_GROUP_ROWS,
	LIST(authorities, authority_fields, struct dns_named),
	LIST(additionals, additional_fields, struct dns_named),
	OWN(trailing, FIELD_BOOL, SHOW_NONZERO, NULL),
	{ 0 },
};

/* ---- messages ---- */

static uint64_t key_of(const struct dnsmsg *m)
{
	struct dnsname name;
	struct dnsmsg_rr q;

	if (!dnsrec_question(m, &q) || !dnsmsg_name(m, q.name_at, &name, NULL))
		return m->id;
	dnsmsg_lower(&name);
	return hash_bytes(name.text, name.n, hash_join(m->id, q.type));
}

static struct obs *begin(struct proto_ctx *x, const struct dnsmsg *m, enum code code, uint8_t phase)
{
	struct obs *o = act_begin_code(x, &codes[code]);
	struct dnsrec d = dnsrec_start(x, m, o);
	/* an answer, told as the question it belongs to */
	bool asker = code == QUESTION && (m->flags & DNS_QR);
	struct dnsmsg_rr q = { .type = 0 };

	o->phase = phase;
	o->actor = asker ? dnsrec_receiver(x) : dnsrec_sender(x);
	o->device = asker ? dnsrec_sender(x) : dnsrec_receiver(x);
	if (m->trailing)
		o->note = act_str(x, "trailing");
	if (dnsrec_question(m, &q))
		dnsrec_object(&d, &q);
	if (m->flags & DNS_QR) {
		o->result = m->rcode;
		o->outcome = m->rcode != 0 ? OUT_REFUSED : m->flags & DNS_TC ? OUT_PARTLY : OUT_DONE;
		dnsrec_value(&d, DNS_ANSWER, q.type);
	}
	dnsrec_own(&d, &layout);
	return o;
}

static void question(struct proto_ctx *x, const struct dnsmsg *m)
{
	bool to_group = (x->l->flags & LAYER_GROUP) != 0;
	enum code code = m->flags & LLMNR_C ? CONFLICT : QUESTION;
	size_t n = min_size(m->all.n, BLOB_MAX);

	if (!to_group && code == QUESTION && pair_ask(x, key_of(m), 0, m->all.p, n))
		return;
	begin(x, m, code, code == CONFLICT ? PHASE_PUSH : PHASE_WHOLE);
	act_emit(x);
}

static void answer(struct proto_ctx *x, const struct dnsmsg *m)
{
	bool asked = pair_answer(x, key_of(m)) != NULL;
	struct dnsmsg_walk w = dnsmsg_start(m);
	struct dnsmsg_rr rr;

	begin(x, m, asked ? QUESTION : ANSWER, asked ? PHASE_WHOLE : PHASE_PUSH);
	act_emit(x);
	while (m->rcode == 0 && dnsmsg_next(&w, &rr))
		if (rr.section == DNS_ANSWER)
			dnsrec_own_fact(x, m, &rr, NAME_LLMNR);
}

static void unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct dnsmsg m;

	if (!dnsmsg_open(&m, (struct bytes){ ask->blob, ask->n }))
		return;
	m.cut = true;				/* the blob may end behind the question */
	dnsmsg_check(&m);
	begin(x, &m, QUESTION, PHASE_WHOLE)->outcome = OUT_UNANSWERED;
	act_emit(x);
}

static bool llmnr_message(struct proto_ctx *x, struct cursor msg)
{
	struct dnsmsg m;

	x->why = "header-cut";
	if (!dnsmsg_open(&m, dnsrec_message(x, msg)))
		return false;
	m.cut = (x->l->flags & LAYER_CUT) != 0 && x->l->kind != KIND_TCP;
	x->why = "opcode";
	if (m.flags & 0x7800)				/* RFC 4795 2.1.1: discarded when not 0 */
		return false;
	if (!dnsmsg_check(&m)) {
		x->why = m.why;
		return false;
	}
	x->why = "questions";
	if (m.count[DNS_QUESTION] != 1 && !m.cut)	/* RFC 4795 2.1.1 */
		return false;
	if (m.flags & DNS_QR)
		answer(x, &m);
	else
		question(x, &m);
	return true;
}

static unsigned llmnr_probe(const struct proto_ctx *x, struct cursor head)
{
	bool tcp = x->l->kind == KIND_TCP;
	uint16_t length = tcp ? cur_be16(&head) : 0;
	struct bytes b = { head.p, tcp ? min_size(head.left, length) : head.left };
	struct dnsmsg m;

	if (!dnsrec_port(x, 5355) || cur_broken(&head) || !dnsmsg_open(&m, b) || (m.flags & 0x7800))
		return 0;
	m.cut = (x->l->flags & LAYER_CUT) != 0 || (tcp && b.n < length);
	return dnsmsg_check(&m) ? 90 : 15;
}

const struct proto proto_llmnr = {
	.name = "llmnr", .on = ON_TCP, .also_udp = true, .eve = "llmnr", .ports = { 5355 },
	.own_size = sizeof(struct dns_own),
	.verified = VERIFIED_CAPTURE,
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = dnsrec_spaces, .fields = fields,
	.probe = llmnr_probe, .cut = dnsrec_cut, .message = llmnr_message, .unanswered = unanswered,
};

/* proto/dnsrec_own.c: the struct behind a DNS act. */
#include "proto/dnsrec.h"

#include "core/hex.h"

#include <string.h>

enum {
	LIST_BYTES = 2048,	/* one section's records at most: half a record, the rest is for texts */
	EVE_VERSION = 3,	/* of Suricata's dns object */
};

#define SRV(member, type) DNSREC_ROW(struct dns_srv, member, #member, type, SHOW_ALWAYS, #member)
const struct field dns_srv_fields[] = {
	SRV(priority, FIELD_U16),
	SRV(weight, FIELD_U16),
	SRV(port, FIELD_U16),
	SRV(name, FIELD_TEXT),
	{ 0 },
};

#define SOA(member, type) DNSREC_ROW(struct dns_soa, member, #member, type, SHOW_ALWAYS, #member)
const struct field dns_soa_fields[] = {
	SOA(mname, FIELD_TEXT),
	SOA(rname, FIELD_TEXT),
	SOA(serial, FIELD_U32),
	SOA(refresh, FIELD_U32),
	SOA(retry, FIELD_U32),
	SOA(expire, FIELD_U32),
	SOA(minimum, FIELD_U32),
	{ 0 },
};

const struct field dns_option_fields[] = {
	DNSREC_ROW(struct dns_option, code, "code", FIELD_U16, SHOW_ALWAYS, "code"),
	DNSREC_ROW(struct dns_option, data, "data", FIELD_BYTES, SHOW_ALWAYS, "data"),
	{ 0 },
};

static void fill_options(struct dnsrec *d, const struct dnsmsg_rr *rr, struct dns_short *ret)
{
	struct cursor c = cur_over(rr->data);
	unsigned n = 0;
	void *p;

	for (struct cursor count = c; count.left > 0; n++) {
		cur_be16(&count);
		cur_take(&count, cur_be16(&count));
	}
	ret->opt = act_room(d->x, n * sizeof(struct dns_option), &p);
	struct dns_option *list = p;

	for (unsigned i = 0; list != NULL && i < n; i++) {
		list[i].code = cur_be16(&c);
		struct bytes data = cur_bytes(&c, cur_be16(&c));

		list[i].data = dnsrec_put(d, data.p, data.n);
	}
}

static void fill_strings(struct dnsrec *d, const struct dnsmsg_rr *rr, struct dns_short *ret)
{
	struct cursor c = cur_over(rr->data);
	unsigned n = 0;
	void *p;

	for (struct cursor count = c; count.left > 0; n++)
		cur_take(&count, cur_u8(&count));
	ret->txt = act_room(d->x, n * sizeof(struct span), &p);
	struct span *list = p;

	for (unsigned i = 0; list != NULL && i < n; i++) {
		struct bytes data = cur_bytes(&c, cur_u8(&c));

		list[i] = dnsrec_put(d, data.p, data.n);
	}
}

static void fill_srv(struct dnsrec *d, const struct dnsmsg_rr *rr, struct dns_long *ret)
{
	struct cursor c = cur_over(rr->data);

	ret->srv.priority = cur_be16(&c);
	ret->srv.weight = cur_be16(&c);
	ret->srv.port = cur_be16(&c);
	ret->srv.name = dnsrec_put_name(d, rr->data_at + 6);
	ret->r.srv_given = 1;
}

static void fill_soa(struct dnsrec *d, const struct dnsmsg_rr *rr, struct dns_long *ret)
{
	size_t rname = dnsmsg_name_end(d->m, rr->data_at);
	struct cursor c = cur_over(rr->data);

	cur_take(&c, dnsmsg_name_end(d->m, rname) - rr->data_at);
	ret->soa.mname = dnsrec_put_name(d, rr->data_at);
	ret->soa.rname = dnsrec_put_name(d, rname);
	ret->soa.serial = cur_be32(&c);
	ret->soa.refresh = cur_be32(&c);
	ret->soa.retry = cur_be32(&c);
	ret->soa.expire = cur_be32(&c);
	ret->soa.minimum = cur_be32(&c);
	ret->r.soa_given = 1;
}

static void fill_sshfp(struct dnsrec *d, const struct dnsmsg_rr *rr, struct dns_long *ret)
{
	struct cursor c = cur_over(rr->data);
	char text[3 * 64];
	size_t n = 0;

	ret->sshfp_algo = cur_u8(&c);
	ret->sshfp_type = cur_u8(&c);
	for (; c.left > 0 && n + 3 <= sizeof(text); n += 3) {
		hex_put(text + n, cur_u8(&c));
		text[n + 2] = ':';
	}
	ret->fingerprint = dnsrec_put(d, text, n > 0 ? n - 1 : 0);
	ret->r.sshfp_given = 1;
}

static void fill_by_type(struct dns_named *ret, uint16_t type)
{
	struct span s = ret->l.r.rdata;

	switch (type) {
	case DNS_A: ret->a = s; break;
	case DNS_AAAA: ret->aaaa = s; break;
	case DNS_CNAME: ret->cname = s; break;
	case DNS_MX: ret->mx = s; break;
	case DNS_NS: ret->ns = s; break;
	case DNS_NULL: ret->null = s; break;
	case DNS_PTR: case DNS_TXT: case DNS_SRV: case DNS_SOA: case DNS_SSHFP: case DNS_OPT: break;
	default: ret->unknown = s; break;
	}
}

/* The last part of a record that has no data (RFC 2136 2.5) stays empty. */
static void fill_data(struct dnsrec *d, const struct dnsmsg_rr *rr, bool full, struct dns_long *ret)
{
	char text[DNS_TEXT];

	if (rr->data.n == 0)
		return;
	if (full && rr->type == DNS_SRV) {
		fill_srv(d, rr, ret);
	} else if (full && rr->type == DNS_SOA) {
		fill_soa(d, rr, ret);
	} else if (full && rr->type == DNS_SSHFP) {
		fill_sshfp(d, rr, ret);
	} else if (rr->type == DNS_OPT) {
		fill_options(d, rr, &ret->r);
	} else if (rr->type == DNS_CNAME || rr->type == DNS_PTR || rr->type == DNS_NS) {
		ret->r.rdata = dnsrec_put_name(d, rr->data_at);
	} else {
		if (rr->type == DNS_TXT)
			fill_strings(d, rr, &ret->r);
		ret->r.rdata = dnsrec_put(d, text, dnsmsg_text(d->m, rr, true, text, sizeof(text)));
	}
	if (rr->type == DNS_PTR)
		ret->r.ptr = ret->r.rdata;
}

static struct span fill_section(struct dnsrec *d, enum dns_section section, size_t elem)
{
	size_t want = d->m->count[section], n = min_size(want, LIST_BYTES / elem), done = 0;
	struct dnsmsg_walk w = dnsmsg_start(d->m);
	struct dnsmsg_rr rr;
	void *p;
	struct span list = act_room(d->x, n * elem, &p);

	if (p == NULL)
		return (struct span){ 0, 0 };
	while (done < n && dnsmsg_next(&w, &rr)) {
		if (rr.section != section)
			continue;
		struct dns_named r = { .l.r = { .ttl = rr.ttl, .type = rr.type } };

		r.l.r.class = rr.class & 0x7fff;
		r.l.r.flush = (uint8_t)(rr.class >> 15);
		r.l.r.rrname = dnsrec_put_name(d, rr.name_at);
		r.l.r.rrtype = dnsrec_put_type(d, rr.type);
		fill_data(d, &rr, elem >= sizeof(struct dns_long), &r.l);
		fill_by_type(&r, rr.type);
		if (d->full)
			break;
		memcpy((uint8_t *)p + done++ * elem, &r, elem);
	}
	if (done < want)
		d->o->flags |= FLAG_CUT;
	list.n = (uint16_t)(done * elem);
	return done > 0 ? list : (struct span){ 0, 0 };
}

static struct span fill_questions(struct dnsrec *d)
{
	size_t n = min_size(d->m->count[DNS_QUESTION], LIST_BYTES / sizeof(struct dns_question)), done = 0;
	struct dnsmsg_walk w = dnsmsg_start(d->m);
	struct dnsmsg_rr rr;
	void *p;
	struct span list = act_room(d->x, n * sizeof(struct dns_question), &p);
	struct dns_question *q = p;

	for (; q != NULL && done < n && dnsmsg_next(&w, &rr) && !d->full; done++) {
		q[done].rrname = dnsrec_put_name(d, rr.name_at);
		q[done].rrtype = dnsrec_put_type(d, rr.type);
		q[done].class = rr.class & 0x7fff;
		q[done].unicast = (uint8_t)(rr.class >> 15);
	}
	if (done < d->m->count[DNS_QUESTION])
		d->o->flags |= FLAG_CUT;
	list.n = (uint16_t)(done * sizeof(struct dns_question));
	return done > 0 ? list : (struct span){ 0, 0 };
}

static const uint8_t *block(const struct dnsrec *d)
{
	return (const uint8_t *)d->o;
}

/* The rdata of all answers of one type, as one list. */
static struct span group(struct dnsrec *d, struct span records, size_t elem, uint16_t type)
{
	unsigned n = 0;
	void *p;

	for (size_t at = 0; at < records.n; at += elem)
		n += ((const struct dns_short *)(block(d) + records.at + at))->type == type;
	struct span list = act_room(d->x, n * sizeof(struct span), &p);
	struct span *out = p;

	for (size_t at = 0; out != NULL && at < records.n; at += elem) {
		const struct dns_short *r = (const struct dns_short *)(block(d) + records.at + at);

		if (r->type == type)
			*out++ = r->rdata;
	}
	return list;
}

/* The same for types that are structs of n bytes in EVE. */
static struct span group_structs(struct dnsrec *d, struct span records, size_t elem, size_t given,
				 size_t member, size_t n)
{
	unsigned count = 0;
	void *p;

	for (size_t at = 0; at < records.n; at += elem)
		count += block(d)[records.at + at + given];
	struct span list = act_room(d->x, count * n, &p);
	uint8_t *out = p;

	for (size_t at = 0; out != NULL && at < records.n; at += elem)
		if (block(d)[records.at + at + given] != 0) {
			memcpy(out, block(d) + records.at + at + member, n);
			out += n;
		}
	return list;
}

static void fill_groups(struct dnsrec *d, struct dns_own *own, size_t elem)
{
	struct span list = own->answers;

	own->grouped.a = group(d, list, elem, DNS_A);
	own->grouped.aaaa = group(d, list, elem, DNS_AAAA);
	own->grouped.cname = group(d, list, elem, DNS_CNAME);
	own->grouped.mx = group(d, list, elem, DNS_MX);
	own->grouped.ns = group(d, list, elem, DNS_NS);
	own->grouped.null = group(d, list, elem, DNS_NULL);
	own->grouped.ptr = group(d, list, elem, DNS_PTR);
	own->grouped.txt = group(d, list, elem, DNS_TXT);
	own->grouped.srv = group_structs(d, list, elem, offsetof(struct dns_long, r.srv_given),
					 offsetof(struct dns_long, srv), sizeof(struct dns_srv));
	own->grouped.soa = group_structs(d, list, elem, offsetof(struct dns_long, r.soa_given),
					 offsetof(struct dns_long, soa), sizeof(struct dns_soa));
}

static struct span fill_flag_list(struct dnsrec *d, const struct dnsrec_flag *flags)
{
	unsigned n = 0;
	void *p;

	for (const struct dnsrec_flag *f = flags; f->word != NULL; f++)
		n += (d->m->flags & f->bit) != 0;
	struct span list = act_room(d->x, n * sizeof(struct span), &p);
	struct span *out = p;

	for (const struct dnsrec_flag *f = flags; out != NULL && f->word != NULL; f++)
		if (d->m->flags & f->bit)
			*out++ = dnsrec_put(d, f->word, strlen(f->word));
	return list;
}

static struct span put_hex(struct dnsrec *d, unsigned v)
{
	char text[4];
	size_t n = 0;

	for (int shift = 12; shift >= 0; shift -= 4)
		if (n > 0 || v >> shift != 0 || shift == 0)
			text[n++] = hex_digit(v >> shift);
	return dnsrec_put(d, text, n);
}

static void fill_header(struct dnsrec *d, struct dns_own *own)
{
	const struct dnsmsg *m = d->m;
	char room[DNS_TYPE_TEXT];

	own->id = m->id;
	own->rcode = m->rcode;
	own->version = EVE_VERSION;
	own->opcode = m->flags >> 11 & 15;
	own->qr = (m->flags & DNS_QR) != 0;
	own->aa = own->conflict = (m->flags & DNS_AA) != 0;
	own->tc = (m->flags & DNS_TC) != 0;
	own->rd = own->tentative = (m->flags & DNS_RD) != 0;
	own->ra = (m->flags & DNS_RA) != 0;
	own->z = (m->flags & DNS_Z) != 0;
	own->ad = (m->flags & DNS_AD) != 0;
	own->cd = (m->flags & DNS_CD) != 0;
	own->edns = m->edns;
	own->edns_size = m->edns_size;
	own->edns_version = m->edns_version;
	own->edns_do = m->edns_do;
	own->trailing = m->trailing;
	own->type = own->qr ? dnsrec_put(d, "response", 8) : dnsrec_put(d, "request", 7);
	own->flags = put_hex(d, m->flags);
	const char *rcode = dnsmsg_rcode(m->rcode, room);

	own->rcode_name = dnsrec_put(d, rcode, strlen(rcode));
}

void dnsrec_own(struct dnsrec *d, const struct dnsrec_layout *layout)
{
	struct dns_own *own = act_own(d->x, sizeof(*own));

	if (own == NULL)
		return;
	fill_header(d, own);
	if (layout->flag_list != NULL)
		own->flag_list = fill_flag_list(d, layout->flag_list);
	own->queries = fill_questions(d);
	own->answers = fill_section(d, DNS_ANSWER, layout->elem[DNS_ANSWER]);
	own->authorities = fill_section(d, DNS_AUTHORITY, layout->elem[DNS_AUTHORITY]);
	own->additionals = fill_section(d, DNS_ADDITIONAL, layout->elem[DNS_ADDITIONAL]);
	if (layout->grouped)
		fill_groups(d, own, layout->elem[DNS_ANSWER]);
}

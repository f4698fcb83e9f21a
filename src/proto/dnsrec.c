/* proto/dnsrec.c: object and value of DNS acts, and where a message begins; see dnsrec.h. */
#include "proto/dnsrec.h"

#include <string.h>

/* Row numbers + 1 are object.space. */
enum { SPACE_OTHER = 12 };
static const uint16_t space_types[SPACE_OTHER - 1] = {
	DNS_A, DNS_AAAA, DNS_CNAME, DNS_NS, DNS_PTR, DNS_MX, DNS_TXT, DNS_SRV, DNS_SOA, DNS_HTTPS, DNS_ANY,
};

const struct proto_space dnsrec_spaces[] = {
	{ "a", "{name}" }, { "aaaa", "{name}" }, { "cname", "{name}" }, { "ns", "{name}" },
	{ "ptr", "{name}" }, { "mx", "{name}" }, { "txt", "{name}" }, { "srv", "{name}" },
	{ "soa", "{name}" }, { "https", "{name}" }, { "any", "{name}" }, { "other", "{name} TYPE{0}" },
	{ NULL, NULL },
};

struct dnsrec dnsrec_start(struct proto_ctx *x, const struct dnsmsg *m, struct obs *o)
{
	struct dnsrec d;

	d.x = x;
	d.m = m;
	d.o = o;
	d.names = d.types = 0;
	d.full = false;
	return d;
}

struct span dnsrec_put(struct dnsrec *d, const void *p, size_t n)
{
	struct span s = act_text(d->x, (struct bytes){ p, n });

	d->full |= s.n < n;
	return s;
}

struct span dnsrec_put_name(struct dnsrec *d, size_t at)
{
	uint16_t first = dnsmsg_first(d->m, at);
	struct dnsname name;

	for (unsigned i = 0; i < d->names; i++)
		if (d->name[i].first == first)
			return d->name[i].s;
	dnsmsg_name(d->m, at, &name, NULL);
	struct span s = dnsrec_put(d, name.text, name.n);

	if (d->names < ARRAY_LEN(d->name) && !d->full) {
		d->name[d->names].first = name.first;
		d->name[d->names++].s = s;
	}
	return s;
}

struct span dnsrec_put_type(struct dnsrec *d, uint16_t type)
{
	char room[DNS_TYPE_TEXT];

	for (unsigned i = 0; i < d->types; i++)
		if (d->type[i].type == type)
			return d->type[i].s;
	const char *name = dnsmsg_type(type, room);
	struct span s = dnsrec_put(d, name, strlen(name));

	if (d->types < ARRAY_LEN(d->type) && !d->full) {
		d->type[d->types].type = type;
		d->type[d->types++].s = s;
	}
	return s;
}

bool dnsrec_question(const struct dnsmsg *m, struct dnsmsg_rr *ret)
{
	struct dnsmsg_walk w = dnsmsg_start(m);

	return m->count[DNS_QUESTION] > 0 && dnsmsg_next(&w, ret);
}

void dnsrec_object(struct dnsrec *d, const struct dnsmsg_rr *rr)
{
	struct locator *object = &d->o->object;
	struct dnsname name, lower;
	unsigned space = 0;

	while (space < ARRAY_LEN(space_types) && space_types[space] != rr->type)
		space++;
	object->space = (uint16_t)(space + 1);
	if (space == ARRAY_LEN(space_types)) {
		object->part[0] = rr->type;
		object->parts = 1;
	}
	dnsmsg_name(d->m, rr->name_at, &name, NULL);
	lower = name;
	dnsmsg_lower(&lower);
	object->name = lower.n == 0 ? dnsrec_put(d, ".", 1) : dnsrec_put(d, lower.text, lower.n);
	if (lower.n > 0 && memcmp(lower.text, name.text, name.n) == 0) {
		d->name[0].first = name.first;
		d->name[0].s = object->name;
		d->names = 1;
	}
}

static size_t name_text(const struct dnsmsg *m, size_t at, char *out, size_t cap)
{
	struct dnsname name;

	dnsmsg_name(m, at, &name, NULL);
	dnsmsg_lower(&name);
	size_t n = min_size(name.n, cap);

	memcpy(out, name.text, n);
	return n;
}

void dnsrec_value(struct dnsrec *d, enum dns_section section, uint16_t asked)
{
	struct dnsmsg_walk w = dnsmsg_start(d->m);
	char text[VALUE_MAX], room[DNS_TYPE_TEXT];
	struct dnsmsg_rr rr;
	uint64_t digest = 0;
	size_t n = 0;

	while (w.section <= section && dnsmsg_next(&w, &rr)) {
		if (rr.section != section || rr.type == DNS_OPT)
			continue;
		digest += dnsmsg_digest(d->m, &rr);
		if (n > 0 && n + 2 < sizeof(text)) {
			text[n++] = ',';
			text[n++] = ' ';
		}
		if (rr.type != asked) {
			const char *type = dnsmsg_type(rr.type, room);
			size_t len = min_size(strlen(type), sizeof(text) - n);

			memcpy(text + n, type, len);
			n += len;
			if (n < sizeof(text))
				text[n++] = ' ';
		}
		size_t said = section == DNS_QUESTION ?
				      name_text(d->m, rr.name_at, text + n, sizeof(text) - n) :
				      dnsmsg_text(d->m, &rr, false, text + n, sizeof(text) - n);

		n += said;
		if (said == 0 && n > 0 && text[n - 1] == ' ')
			n--;		/* the type is all there is to say */
	}
	if (digest == 0)
		return;
	act_value(d->x, VAL_TEXT, 8, 1, (struct bytes){ (const uint8_t *)text, n });
	d->o->value.digest = digest;
}

struct bytes dnsrec_message(const struct proto_ctx *x, struct cursor msg)
{
	if (x->l->kind == KIND_TCP)
		cur_take(&msg, 2);
	return cur_rest(&msg);
}

struct cut dnsrec_cut(struct proto_ctx *x, struct cursor have)
{
	enum { OPCODE_LAST = 6 };	/* IANA "DNS OpCodes" */

	(void)x;
	if (have.left < 2 + DNS_HEADER)
		return cut_need(2 + DNS_HEADER);
	uint16_t n = cur_be16(&have);

	cur_take(&have, 2);
	uint16_t flags = cur_be16(&have);

	/* A question carries no error code; nothing else tells a message from the middle of one. */
	if (n < DNS_HEADER || (flags >> 11 & 15) > OPCODE_LAST || (flags & 15 && !(flags & DNS_QR)))
		return cut_lost();
	return cut_message(2u + n);
}

bool dnsrec_port(const struct proto_ctx *x, uint16_t port)
{
	return x->l->src_port == port || x->l->dst_port == port;
}

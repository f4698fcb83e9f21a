/* proto/dnsrec_fact.c: what DNS records tell about devices. */
#include "proto/dnsrec.h"

#include <string.h>

struct side dnsrec_sender(const struct proto_ctx *x)
{
	return x->from_client ? flow_client(x) : flow_server(x);
}

struct side dnsrec_receiver(const struct proto_ctx *x)
{
	return x->from_client ? flow_server(x) : flow_client(x);
}

/* Address of an A or AAAA record of class IN; false: neither. */
static bool address_of(const struct dnsmsg_rr *rr, uint8_t ret_ip[16])
{
	bool in = (rr->class & 0x7fff) == DNS_IN;

	if (in && rr->type == DNS_AAAA && rr->data.n == 16) {
		memcpy(ret_ip, rr->data.p, 16);
		return true;
	}
	if (!in || rr->type != DNS_A || rr->data.n != 4)
		return false;
	memset(ret_ip, 0, 10);
	ret_ip[10] = ret_ip[11] = 0xff;
	memcpy(ret_ip + 12, rr->data.p, 4);
	return true;
}

int64_t dnsrec_until(const struct proto_ctx *x, const struct dnsmsg_rr *rr)
{
	uint32_t ttl = rr->ttl > INT32_MAX ? 0 : rr->ttl;	/* RFC 2181 8 */

	return x->l->at_ns + (int64_t)ttl * NS_PER_S;
}

static struct bytes text_of(const struct dnsname *name)
{
	return (struct bytes){ (const uint8_t *)name->text, name->n };
}

static void alias(struct proto_ctx *x, const struct dnsmsg *m, const struct dnsmsg_rr *rr,
		  const struct dnsname *name, uint8_t trust)
{
	char text[sizeof(name->text) * 2];
	struct side nobody = { .port = 0 };
	struct dnsname target;

	dnsmsg_name(m, rr->data_at, &target, NULL);
	dnsmsg_lower(&target);
	memcpy(text, name->text, name->n);
	text[name->n] = '=';
	memcpy(text + name->n + 1, target.text, target.n);
	fact_say(x, &nobody, FACT_ALIAS, (struct bytes){ (const uint8_t *)text, name->n + 1u + target.n }, 0,
		 dnsrec_until(x, rr), trust);
}

bool dnsrec_nobody(const uint8_t ip[16])
{
	static const uint8_t none[16] = { [10] = 0xff, [11] = 0xff };

	return ip_is_zero(ip) || ip_is_group(ip) || memcmp(ip, none, sizeof(none)) == 0;
}

void dnsrec_fact(struct proto_ctx *x, const struct dnsmsg *m, const struct dnsmsg_rr *rr, uint8_t trust)
{
	struct side about = { .port = 0 };
	struct dnsname name;

	dnsmsg_name(m, rr->name_at, &name, NULL);
	dnsmsg_lower(&name);			/* askers may mix cases at random, and servers repeat it */
	if (name.n == 0)
		return;
	if (address_of(rr, about.ip)) {
		if (!dnsrec_nobody(about.ip))
			fact_say(x, &about, FACT_NAME_OF_IP, text_of(&name), 0, dnsrec_until(x, rr), trust);
	} else if (rr->type == DNS_CNAME || rr->type == DNS_DNAME) {
		alias(x, m, rr, &name, trust);
	} else if (rr->type == DNS_PTR && dnsmsg_reverse(&name, about.ip)) {
		dnsmsg_name(m, rr->data_at, &name, NULL);
		dnsmsg_lower(&name);
		if (name.n > 0)
			fact_say(x, &about, FACT_NAME_OF_IP, text_of(&name), 0, dnsrec_until(x, rr), trust);
	}
}

bool dnsrec_own_words(const struct proto_ctx *x, const struct dnsmsg *m)
{
	struct side sender = dnsrec_sender(x);
	struct dnsmsg_walk w = dnsmsg_start(m);
	struct dnsmsg_rr rr;
	uint8_t ip[16];

	while (dnsmsg_next(&w, &rr))
		if (address_of(&rr, ip) && memcmp(ip, sender.ip, sizeof(ip)) == 0)
			return true;
	return false;
}

void dnsrec_own_fact(struct proto_ctx *x, const struct dnsmsg *m, const struct dnsmsg_rr *rr,
		     enum name_kind kind)
{
	struct side sender = dnsrec_sender(x);
	struct dnsname name;
	uint8_t ip[16];
	bool own = address_of(rr, ip) && memcmp(ip, sender.ip, sizeof(ip)) == 0;

	dnsrec_fact(x, m, rr, own ? TRUST_SURE : TRUST_LIKELY);
	if (own && dnsmsg_name(m, rr->name_at, &name, NULL) && name.n > 0)
		fact_say(x, &sender, FACT_NAME, text_of(&name), kind, 0, TRUST_SURE);
}

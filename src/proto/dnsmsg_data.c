/* proto/dnsmsg_data.c: the data of DNS records, read by the shape of their type (dnsmsg_type.c). */
#include "proto/dnsmsg.h"

#include "core/buf.h"
#include "core/hash.h"
#include "core/util.h"
#include "model/obs.h"

#include <string.h>

struct part { char kind; size_t at; struct bytes b; };

struct parts { const struct dnsmsg *m; const char *shape; struct cursor c; };

static struct parts parts_of(const struct dnsmsg *m, const struct dnsmsg_rr *rr)
{
	uint16_t class = rr->class & 0x7fff;		/* the top bit is mDNS's own, RFC 6762 10.2 */
	bool elsewhere = class != DNS_IN && class != DNS_CLASS_NONE && class != DNS_CLASS_ANY;
	bool plain = elsewhere && (rr->type == DNS_A || rr->type == DNS_AAAA);

	return (struct parts){ m, plain ? "x" : dnsmsg_shape(m, rr->type), cur_over(rr->data) };
}

/* The next part; false at the end or when it does not fit (then the cursor is broken). */
static bool part_next(struct parts *p, struct part *ret)
{
	size_t n = 0;

	if (*p->shape == '\0' || cur_broken(&p->c))
		return false;
	*ret = (struct part){ .kind = *p->shape, .at = (size_t)(p->c.p - p->m->all.p) };
	switch (*p->shape++) {
	case 'a': n = 4; break;
	case 'b': n = 16; break;
	case '1': n = 1; break;
	case '2': n = 2; break;
	case '4': n = 4; break;
	case '6': n = 6; break;
	case 's': n = cur_u8(&p->c); break;
	case 'S':
		if (p->c.left == 0)
			return false;
		ret->kind = 's';
		n = cur_u8(&p->c);
		p->shape--;
		break;
	case 'n': {
		size_t end = dnsmsg_name_end(p->m, ret->at);

		n = end == 0 || dnsmsg_name_wrong(p->m, ret->at) != NULL ? p->c.left + 1 : end - ret->at;
		break;
	}
	case 'o':
		if (p->c.left == 0)
			return false;
		ret->kind = 'x';
		cur_be16(&p->c);
		n = cur_be16(&p->c);
		p->shape--;
		break;
	default: n = p->c.left; break;
	}
	ret->b = cur_bytes(&p->c, n);
	return !cur_broken(&p->c);
}

bool dnsmsg_data_good(const struct dnsmsg *m, const struct dnsmsg_rr *rr)
{
	struct parts p = parts_of(m, rr);
	struct part part;

	if (rr->data.n == 0 && (rr->class == DNS_CLASS_ANY || rr->class == DNS_CLASS_NONE))
		return true;			/* RFC 2136 2.4, 2.5: "any" and "none" carry no data */
	while (part_next(&p, &part))
		;
	return cur_done(&p.c);
}

struct text { char *p; size_t n, cap; };

static void put(struct text *t, const void *p, size_t n)
{
	n = min_size(n, t->cap - t->n);
	if (n > 0)
		memcpy(t->p + t->n, p, n);
	t->n += n;
}

static void put_part(struct text *t, const struct dnsmsg *m, const struct part *part)
{
	uint8_t ip[16] = { [10] = 0xff, [11] = 0xff };
	char address[IP_TEXT], digits[24];
	struct buf number = buf_over(digits, sizeof(digits));
	struct dnsname name;
	uint64_t v = 0;

	switch (part->kind) {
	case 'a':
		memcpy(ip + 12, part->b.p, 4);
		ip_text(address, ip);
		put(t, address, strlen(address));
		break;
	case 'b':
		ip_text(address, part->b.p);
		put(t, address, strlen(address));
		break;
	case 'n':
		if (dnsmsg_name(m, part->at, &name, NULL))
			put(t, name.n == 0 ? "." : name.text, name.n == 0 ? 1 : name.n);
		break;
	case 's': case 't':
		put(t, part->b.p, part->b.n);
		break;
	case 'x':
		break;
	default:
		for (size_t i = 0; i < part->b.n; i++)
			v = v << 8 | part->b.p[i];
		buf_u64(&number, v);
		put(t, digits, number.n);
	}
}

size_t dnsmsg_text(const struct dnsmsg *m, const struct dnsmsg_rr *rr, bool bare, char *out, size_t cap)
{
	struct parts p = parts_of(m, rr);
	struct text t = { out, 0, cap };
	struct part part;

	while (part_next(&p, &part)) {
		if (part.kind == 'x' || (bare && rr->type == DNS_MX && part.kind != 'n'))
			continue;
		if (t.n > 0 && rr->type != DNS_TXT)	/* strings of TXT are one text, RFC 7208 3.3 */
			put(&t, " ", 1);
		put_part(&t, m, &part);
	}
	return t.n;
}

uint64_t dnsmsg_digest(const struct dnsmsg *m, const struct dnsmsg_rr *rr)
{
	struct parts p = parts_of(m, rr);
	struct dnsname name;
	struct part part;
	uint64_t h = rr->type;

	dnsmsg_name(m, rr->name_at, &name, NULL);
	dnsmsg_lower(&name);
	h = hash_bytes(name.text, name.n, h);
	while (part_next(&p, &part)) {
		if (part.kind == 'n') {
			dnsmsg_name(m, part.at, &name, NULL);
			dnsmsg_lower(&name);
			h = hash_bytes(name.text, name.n, h);
		} else {
			h = hash_bytes(part.b.p, part.b.n, h);
		}
	}
	return hash_mix(h);
}

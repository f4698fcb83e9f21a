/* proto/dnsmsg.c: reads DNS messages without copying them; see dnsmsg.h.
 *
 * Names are bounded three times over: a pointer must point before the place its run of labels began (so
 * every jump goes further back and none can repeat), the sum of labels is at most 255 bytes, and a label at
 * most 63. */
#include "proto/dnsmsg.h"

#include "core/hash.h"
#include "core/util.h"
#include "model/obs.h"

/* What RDATA of a type is made of, one letter per part:
 * a IPv4 address; b IPv6 address; n name; 1 2 4 6 unsigned number of so many bytes; s character-string; S
 * character-strings to the end; t text to the end; x bytes to the end; o EDNS options to the end.
 * Types without a row are bytes to us. Names are IANA's "Resource Record (RR) TYPEs". */
static const struct type_row {
	uint16_t type;
	const char *name, *shape;
} types[] = {
	{ 1, "A", "a" },		/* RFC 1035 3.4.1 */
	{ 2, "NS", "n" },		/* RFC 1035 3.3.11 */
	{ 3, "MD", "n" },		/* RFC 1035 3.3.4 */
	{ 4, "MF", "n" },		/* RFC 1035 3.3.5 */
	{ 5, "CNAME", "n" },		/* RFC 1035 3.3.1 */
	{ 6, "SOA", "nn44444" },	/* RFC 1035 3.3.13 */
	{ 7, "MB", "n" },		/* RFC 1035 3.3.3 */
	{ 8, "MG", "n" },		/* RFC 1035 3.3.6 */
	{ 9, "MR", "n" },		/* RFC 1035 3.3.8 */
	{ 10, "NULL", "x" },		/* RFC 1035 3.3.10 */
	{ 11, "WKS", "a1x" },		/* RFC 1035 3.4.2 */
	{ 12, "PTR", "n" },		/* RFC 1035 3.3.12 */
	{ 13, "HINFO", "ss" },		/* RFC 1035 3.3.2 */
	{ 14, "MINFO", "nn" },		/* RFC 1035 3.3.7 */
	{ 15, "MX", "2n" },		/* RFC 1035 3.3.9 */
	{ 16, "TXT", "S" },		/* RFC 1035 3.3.14 */
	{ 17, "RP", "nn" },		/* RFC 1183 2.2 */
	{ 18, "AFSDB", "2n" },		/* RFC 1183 1 */
	{ 19, "X25", "s" },		/* RFC 1183 3.1 */
	{ 20, "ISDN", "S" },		/* RFC 1183 3.2 */
	{ 21, "RT", "2n" },		/* RFC 1183 3.3 */
	{ 22, "NSAP", "x" }, { 23, "NSAP-PTR", "n" },
	{ 24, "SIG", "2114442nx" },	/* RFC 2535 4.1 */
	{ 25, "KEY", "211x" },		/* RFC 2535 3.1 */
	{ 26, "PX", "2nn" },		/* RFC 2163 4 */
	{ 27, "GPOS", "sss" },		/* RFC 1712 3 */
	{ 28, "AAAA", "b" },		/* RFC 3596 2.2 */
	{ 29, "LOC", "x" }, { 30, "NXT", "nx" }, { 31, "EID", "x" }, { 32, "NIMLOC", "x" },
	{ 33, "SRV", "222n" },		/* RFC 2782 */
	{ 34, "ATMA", "x" },
	{ 35, "NAPTR", "22sssn" },	/* RFC 3403 4.1 */
	{ 36, "KX", "2n" },		/* RFC 2230 3.1 */
	{ 37, "CERT", "221x" },		/* RFC 4398 2 */
	{ 38, "A6", "x" },
	{ 39, "DNAME", "n" },		/* RFC 6672 2.1 */
	{ 40, "SINK", "x" },
	{ 41, "OPT", "o" },		/* RFC 6891 6.1.2 */
	{ 42, "APL", "x" },
	{ 43, "DS", "211x" },		/* RFC 4034 5.1 */
	{ 44, "SSHFP", "11x" },		/* RFC 4255 3.1 */
	{ 45, "IPSECKEY", "x" },
	{ 46, "RRSIG", "2114442nx" },	/* RFC 4034 3.1 */
	{ 47, "NSEC", "nx" },		/* RFC 4034 4.1 */
	{ 48, "DNSKEY", "211x" },	/* RFC 4034 2.1 */
	{ 49, "DHCID", "x" }, { 50, "NSEC3", "112x" }, { 51, "NSEC3PARAM", "112x" },
	{ 52, "TLSA", "111x" },		/* RFC 6698 2.1 */
	{ 53, "SMIMEA", "111x" }, { 55, "HIP", "x" }, { 56, "NINFO", "S" }, { 57, "RKEY", "x" },
	{ 58, "TALINK", "nn" }, { 59, "CDS", "211x" }, { 60, "CDNSKEY", "211x" }, { 61, "OPENPGPKEY", "x" },
	{ 62, "CSYNC", "42x" }, { 63, "ZONEMD", "411x" },
	{ 64, "SVCB", "2nx" },		/* RFC 9460 2.2 */
	{ 65, "HTTPS", "2nx" },		/* RFC 9460 9 */
	{ 66, "DSYNC", "212n" }, { 67, "HHIT", "x" }, { 68, "BRID", "x" },
	{ 99, "SPF", "S" },		/* RFC 7208 3.1 */
	{ 100, "UINFO", "x" }, { 101, "UID", "x" }, { 102, "GID", "x" }, { 103, "UNSPEC", "x" },
	/* RFC 6742 2 */
	{ 104, "NID", "2x" }, { 105, "L32", "2a" }, { 106, "L64", "2x" }, { 107, "LP", "2n" },
	{ 108, "EUI48", "6" }, { 109, "EUI64", "x" }, { 128, "NXNAME", "x" },
	{ 249, "TKEY", "n4422x" },	/* RFC 2930 2; the rest is lengths and keys */
	{ 250, "TSIG", "n62x" },	/* RFC 8945 4.2; the rest is lengths and digests */
	{ 251, "IXFR", NULL }, { 252, "AXFR", NULL }, { 253, "MAILB", NULL }, { 254, "MAILA", NULL },
	{ 255, "ANY", NULL },		/* questions only: RFC 1035 3.2.3, RFC 1995 */
	{ 256, "URI", "22t" },		/* RFC 7553 4.5 */
	{ 257, "CAA", "1st" },		/* RFC 8659 4.1 */
	{ 258, "AVC", "S" }, { 259, "DOA", "x" }, { 260, "AMTRELAY", "x" }, { 261, "RESINFO", "S" },
	{ 262, "WALLET", "S" }, { 263, "CLA", "S" }, { 264, "IPN", "x" },
	{ 32768, "TA", "x" }, { 32769, "DLV", "211x" },
};

static const struct type_row nb_types[] = {
	{ 32, "NB", "x" },		/* RFC 1002 4.2.1.3: several entries of flags:2 address:4 */
	{ 33, "NBSTAT", "x" },		/* RFC 1002 4.2.18 */
};

static const struct type_row *find(const struct type_row *rows, size_t n, uint16_t type)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (rows[mid].type < type)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && rows[low].type == type ? &rows[low] : NULL;
}

static const struct type_row *row_of(const struct dnsmsg *m, uint16_t type)
{
	const struct type_row *r = m->netbios ? find(nb_types, ARRAY_LEN(nb_types), type) : NULL;

	return r != NULL ? r : find(types, ARRAY_LEN(types), type);
}

static size_t put_number(char *out, size_t cap, uint64_t v)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	size_t keep = min_size(n, cap);

	for (size_t i = 0; i < keep; i++)
		out[i] = digits[n - 1 - i];
	return keep;
}

static const char *numbered(const char *word, uint16_t v, char room[DNS_TYPE_TEXT])
{
	size_t n = strlen(word);

	memcpy(room, word, n);
	n += put_number(room + n, DNS_TYPE_TEXT - 1 - n, v);
	room[n] = '\0';
	return room;
}

const char *dnsmsg_type(uint16_t type, char room[DNS_TYPE_TEXT])
{
	const struct type_row *r = find(types, ARRAY_LEN(types), type);

	return r != NULL ? r->name : numbered("TYPE", type, room);
}

bool dnsmsg_type_known(uint16_t type)
{
	return find(types, ARRAY_LEN(types), type) != NULL;
}

/* IANA "DNS RCODEs"; 16 is BADVERS in OPT (RFC 6891 9) and BADSIG in TSIG (RFC 8945 3). */
const char *dnsmsg_rcode(uint16_t rcode, char room[DNS_TYPE_TEXT])
{
	static const char *const names[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",	/* RFC 1035 4.1.1 */
		"YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",			/* RFC 2136 2.2 */
		"DSOTYPENI",								/* RFC 8490 10.2 */
		/* RFC 8945, RFC 2930 */
		[16] = "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG",
		/* RFC 8945, RFC 7873 8 */
		"BADTRUNC", "BADCOOKIE",
	};

	if (rcode < ARRAY_LEN(names) && names[rcode] != NULL)
		return names[rcode];
	return numbered("RCODE", rcode, room);
}

/* ---- names ---- */

size_t dnsmsg_name_end(const struct dnsmsg *m, size_t at)
{
	while (at < m->all.n) {
		uint8_t len = m->all.p[at];

		if (len >= 0xc0)				/* RFC 1035 4.1.4 */
			return at + 2 <= m->all.n ? at + 2 : 0;
		if (len > 63)
			return 0;
		at += 1u + len;
		if (len == 0)
			return at;
	}
	return 0;
}

/* Walks the labels of a name. False: the end or, with *why set, broken. */
struct labels { const struct dnsmsg *m; size_t at, run, wire; const char *why; };

static struct labels labels_at(const struct dnsmsg *m, size_t at)
{
	return (struct labels){ .m = m, .at = at, .run = at };
}

static bool label_next(struct labels *l, struct bytes *ret)
{
	struct bytes all = l->m->all;

	for (;;) {
		if (l->at >= all.n)
			return l->why = "name-cut", false;
		uint8_t len = all.p[l->at];

		if (len >= 0xc0) {				/* RFC 1035 4.1.4: a prior occurrence */
			if (l->at + 2 > all.n)
				return l->why = "name-cut", false;
			size_t to = (size_t)(len & 0x3f) << 8 | all.p[l->at + 1];

			if (to < DNS_HEADER || to >= l->run)
				return l->why = "name-pointer", false;
			l->at = l->run = to;
			continue;
		}
		if (len > 63)					/* RFC 6891 5: extended labels are history */
			return l->why = "label-type", false;
		l->wire += 1u + len;
		if (l->wire > DNS_NAME_MAX)
			return l->why = "name-long", false;
		if (len == 0)
			return false;
		if (l->at + 1 + len > all.n)
			return l->why = "name-cut", false;
		*ret = (struct bytes){ all.p + l->at + 1, len };
		l->at += 1u + len;
		return true;
	}
}

static const char *name_wrong(const struct dnsmsg *m, size_t at)
{
	struct labels l = labels_at(m, at);
	struct bytes b;

	while (label_next(&l, &b))
		;
	return l.why;
}

static uint16_t label_place(const struct dnsmsg *m, struct bytes label)
{
	return (uint16_t)((size_t)(label.p - m->all.p) - 1);
}

uint16_t dnsmsg_first(const struct dnsmsg *m, size_t at)
{
	struct labels l = labels_at(m, at);
	struct bytes b;

	return label_next(&l, &b) ? label_place(m, b) : 0;
}

/* Writes a label as text; returns where it ends. */
static char *put_label(char *to, struct bytes label)
{
	for (const uint8_t *p = label.p; p < label.p + label.n; p++) {
		if (*p == '.' || *p == '\\')			/* RFC 1035 5.1 */
			*to++ = '\\';
		*to++ = (char)*p;
	}
	return to;
}

bool dnsmsg_name(const struct dnsmsg *m, size_t at, struct dnsname *ret, const char **ret_why)
{
	struct labels l = labels_at(m, at);
	struct bytes b;
	char *to = ret->text;

	ret->first = 0;
	while (label_next(&l, &b)) {
		if (to == ret->text)
			ret->first = label_place(m, b);
		else
			*to++ = '.';
		to = put_label(to, b);
	}
	size_t n = (size_t)(to - ret->text);

	ret->n = l.why == NULL ? (uint16_t)n : 0;
	ret->text[ret->n] = '\0';
	if (l.why != NULL && ret_why != NULL)
		*ret_why = l.why;
	return l.why == NULL;
}

struct bytes dnsmsg_label(const struct dnsname *name, unsigned want)
{
	size_t from = 0;

	for (size_t i = 0; i <= name->n; i++) {
		if (i < name->n && name->text[i] == '\\') {
			i++;
		} else if (i == name->n || name->text[i] == '.') {
			if (want-- == 0)
				return (struct bytes){ (const uint8_t *)name->text + from, i - from };
			from = i + 1;
		}
	}
	return (struct bytes){ NULL, 0 };
}

void dnsmsg_lower(struct dnsname *name)
{
	for (size_t i = 0; i < name->n; i++)
		if (name->text[i] >= 'A' && name->text[i] <= 'Z')
			name->text[i] = (char)(name->text[i] + ('a' - 'A'));
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool label_is(struct bytes b, const char *word)
{
	size_t n = strlen(word);

	if (b.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((b.p[i] | 0x20) != (uint8_t)word[i])
			return false;
	return true;
}

static bool reverse4(const struct dnsname *name, uint8_t ip[16])
{
	if (!label_is(dnsmsg_label(name, 4), "in-addr") || !label_is(dnsmsg_label(name, 5), "arpa") ||
	    dnsmsg_label(name, 6).p != NULL)
		return false;
	memset(ip, 0, 10);
	ip[10] = ip[11] = 0xff;
	for (unsigned i = 0; i < 4; i++) {
		struct bytes b = dnsmsg_label(name, i);
		unsigned v = 0;

		if (b.n > 3)
			return false;
		for (size_t k = 0; k < b.n; k++) {
			if (b.p[k] < '0' || b.p[k] > '9')
				return false;
			v = v * 10 + b.p[k] - '0';
		}
		if (v > 255)
			return false;
		ip[15 - i] = (uint8_t)v;
	}
	return true;
}

bool dnsmsg_reverse(const struct dnsname *name, uint8_t ret_ip[16])
{
	uint8_t ip[16] = { 0 };

	if (!reverse4(name, ip)) {
		/* 32 nibbles, "ip6.arpa" */
		if (name->n != 72 || !label_is(dnsmsg_label(name, 32), "ip6") ||
		    !label_is(dnsmsg_label(name, 33), "arpa"))
			return false;
		for (size_t i = 0; i < 32; i++) {
			int v = hex_digit((uint8_t)name->text[2 * i]);

			if (v < 0)			/* 32 labels in 64 bytes are of one letter each */
				return false;
			ip[15 - i / 2] = (uint8_t)(i % 2 == 0 ? v : ip[15 - i / 2] | v << 4);
		}
	}
	memcpy(ret_ip, ip, 16);
	return true;
}

/* ---- RDATA by shape ---- */

struct part { char kind; size_t at; struct bytes b; };

struct parts { const struct dnsmsg *m; const char *shape; struct cursor c; };

static struct parts parts_of(const struct dnsmsg *m, const struct dnsmsg_rr *rr)
{
	const struct type_row *row = row_of(m, rr->type);
	uint16_t class = rr->class & 0x7fff;		/* the top bit is mDNS's own, RFC 6762 10.2 */
	bool elsewhere = class != DNS_IN && class != DNS_CLASS_NONE && class != DNS_CLASS_ANY;
	bool plain = row == NULL || row->shape == NULL ||
		     (elsewhere && (rr->type == DNS_A || rr->type == DNS_AAAA));

	return (struct parts){ m, plain ? "x" : row->shape, cur_over(rr->data) };
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

		n = end == 0 || name_wrong(p->m, ret->at) != NULL ? p->c.left + 1 : end - ret->at;
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

static bool data_good(const struct dnsmsg *m, const struct dnsmsg_rr *rr)
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
	char address[IP_TEXT];
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
		t->n += put_number(t->p + t->n, t->cap - t->n, v);
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

/* ---- the message ---- */

bool dnsmsg_open(struct dnsmsg *m, struct bytes b)
{
	struct cursor c = cur_over(b);

	*m = (struct dnsmsg){ .all = b };
	m->id = cur_be16(&c);
	m->flags = cur_be16(&c);
	for (unsigned i = 0; i < DNS_SECTIONS; i++)
		m->count[i] = cur_be16(&c);
	m->rcode = m->flags & 0xf;
	return !cur_broken(&c);
}

struct dnsmsg_walk dnsmsg_start(const struct dnsmsg *m)
{
	struct dnsmsg_walk w = { .m = m, .c = cur_over(m->all), .left = m->count[DNS_QUESTION] };

	cur_take(&w.c, DNS_HEADER);
	return w;
}

bool dnsmsg_next(struct dnsmsg_walk *w, struct dnsmsg_rr *ret)
{
	while (w->left == 0) {
		if (w->section + 1 >= DNS_SECTIONS)
			return false;
		w->left = w->m->count[++w->section];
	}
	w->left--;
	if (cur_broken(&w->c) || w->c.left == 0)
		return cur_break(&w->c), false;
	*ret = (struct dnsmsg_rr){ .section = w->section, .name_at = (size_t)(w->c.p - w->m->all.p) };
	size_t end = dnsmsg_name_end(w->m, ret->name_at);

	cur_take(&w->c, end == 0 ? w->c.left + 1 : end - ret->name_at);
	ret->type = cur_be16(&w->c);
	ret->class = cur_be16(&w->c);
	if (w->section != DNS_QUESTION) {
		ret->ttl = cur_be32(&w->c);
		uint16_t n = cur_be16(&w->c);

		ret->data_at = cur_broken(&w->c) ? 0 : (size_t)(w->c.p - w->m->all.p);
		ret->data = cur_bytes(&w->c, n);
	}
	return !cur_broken(&w->c);
}

static void take_opt(struct dnsmsg *m, const struct dnsmsg_rr *rr)
{
	m->edns = true;
	m->edns_size = rr->class;			/* RFC 6891 6.1.2, 6.1.3 */
	m->edns_version = (uint8_t)(rr->ttl >> 16);
	m->edns_do = (rr->ttl & 0x8000) != 0;
	m->rcode = (uint16_t)(rr->ttl >> 24 << 4 | (m->flags & 0xf));
}

/* The capture ended inside this section: what is there is the message. */
static void lower_counts(struct dnsmsg *m, unsigned section, uint16_t there)
{
	m->count[section] = there;
	for (unsigned i = section + 1; i < DNS_SECTIONS; i++)
		m->count[i] = 0;
}

bool dnsmsg_check(struct dnsmsg *m)
{
	static const char *const cut[DNS_SECTIONS] = { "question-cut", "answer-cut", "authority-cut",
						       "additional-cut" };
	struct dnsmsg_walk w = dnsmsg_start(m);
	uint16_t there[DNS_SECTIONS] = { 0 };
	struct dnsmsg_rr rr;
	size_t at = DNS_HEADER;		/* of the record being read */

	for (; dnsmsg_next(&w, &rr); at = (size_t)(w.c.p - m->all.p)) {
		m->why = name_wrong(m, rr.name_at);
		if (m->why == NULL && rr.section != DNS_QUESTION && !data_good(m, &rr))
			m->why = "rdata";
		if (m->why != NULL)
			break;
		there[rr.section]++;
		if (rr.type == DNS_OPT && rr.section == DNS_ADDITIONAL)
			take_opt(m, &rr);
	}
	if (m->why == NULL && cur_broken(&w.c))
		m->why = at < m->all.n && m->all.p[at] > 63 &&
			 m->all.p[at] < 0xc0 ? "label-type" : cut[w.section];
	if (m->why != NULL && m->cut) {
		lower_counts(m, w.section, there[w.section]);
		m->why = NULL;
	}
	m->trailing = m->why == NULL && !m->cut && w.c.left > 0;
	return m->why == NULL;
}

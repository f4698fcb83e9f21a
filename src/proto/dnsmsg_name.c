/* proto/dnsmsg_name.c: names in DNS messages, as they stand there and as text.
 *
 * They are bounded three times over: a pointer must point before the place its run of labels began (so
 * every jump goes further back and none can repeat), the sum of labels is at most 255 bytes, and a label at
 * most 63. */
#include "proto/dnsmsg.h"

#include "core/hex.h"

#include <string.h>

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

const char *dnsmsg_name_wrong(const struct dnsmsg *m, size_t at)
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
			int v = hex_value((uint8_t)name->text[2 * i]);

			if (v < 0)			/* 32 labels in 64 bytes are of one letter each */
				return false;
			ip[15 - i / 2] = (uint8_t)(i % 2 == 0 ? v : ip[15 - i / 2] | v << 4);
		}
	}
	memcpy(ret_ip, ip, 16);
	return true;
}

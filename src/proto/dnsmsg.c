/* proto/dnsmsg.c: walks over DNS messages without copying them; see dnsmsg.h. */
#include "proto/dnsmsg.h"

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
		m->why = dnsmsg_name_wrong(m, rr.name_at);
		if (m->why == NULL && rr.section != DNS_QUESTION && !dnsmsg_data_good(m, &rr))
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

/* detect/detector.c: see detector.h: the detectors there are, and those at work in this run. */
#include "detect/detector.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "detect/rule.h"

static const struct detector_kind *const kinds[] = {
	&detector_addresses_tried, &detector_arp_between, &detector_connections, &detector_connections_held,
	&detector_drift, &detector_file_burst, &detector_guessed_login, &detector_half_open,
	&detector_many_objects, &detector_no_login, &detector_ports_tried, &detector_program_changed,
	&detector_protocols_tried, &detector_running_program,
};

struct detectors {
	uint32_t count;
	struct detector one[];
};

const struct detector_kind *detector_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

const char *detector_kind_at(const void *ctx, unsigned i)
{
	(void)ctx;
	return i < ARRAY_LEN(kinds) ? kinds[i]->name : NULL;
}

/* ---- start and end ---- */

int detectors_new(struct detectors **ret, const struct detectors_options *o)
{
	uint32_t count = 0;

	for (size_t i = 0; i < ruleset_count(o->set); i++)
		count += ruleset_at(o->set, i)->tuned != NULL;
	struct detectors *all = calloc(1, sizeof(*all) + count * sizeof(all->one[0]));

	if (all == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < ruleset_count(o->set); i++) {
		const struct rule *r = ruleset_at(o->set, i);
		struct detector *d = &all->one[all->count];

		if (r->tuned == NULL)
			continue;
		all->count++;
		*d = (struct detector){ .rule = r, .tuned = r->tuned, .around = o->around,
					.ledger = o->ledger, .site = ruleset_site(o->set), .raise = o->raise,
					.ctx = o->ctx };
		int rc = pieces_new(&d->pieces, r->tuned->kind->piece, r->tuned->kind->cap(o->limits));

		if (rc != 0) {
			detectors_free(all);
			return rc;
		}
	}
	*ret = all;
	return 0;
}

void detectors_free(struct detectors *all)
{
	for (uint32_t i = 0; all != NULL && i < all->count; i++)
		pieces_free(&all->one[i].pieces);
	free(all);
}

/* ---- records ---- */

void detectors_act(struct detectors *all, const struct rule *r, const struct subject *s)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (all->one[i].rule == r && r->tuned->kind->act != NULL)
			r->tuned->kind->act(&all->one[i], s);
}

void detectors_fact(struct detectors *all, const struct fact *f)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (all->one[i].tuned->kind->fact != NULL)
			all->one[i].tuned->kind->fact(&all->one[i], f);
}

void detectors_flow(struct detectors *all, const struct obs *o)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (!all->one[i].rule->off && all->one[i].tuned->kind->flow != NULL)
			all->one[i].tuned->kind->flow(&all->one[i], o);
}

uint32_t detectors_used(const struct detectors *all)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < all->count; i++)
		n += all->one[i].pieces.used;
	return n;
}

uint64_t detectors_refused(const struct detectors *all)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < all->count; i++)
		n += all->one[i].pieces.refused;
	return n;
}

/* ---- for the detectors ---- */

bool transfer_of(const struct obs *o, struct transfer_own *ret)
{
	const struct proto *p = proto_at(o->rec.proto);

	if (p == NULL || !p->transfers || o->own.n < sizeof(*ret))
		return false;
	memcpy(ret, rec_bytes(&o->rec, o->own).p, sizeof(*ret));
	return ret->magic.n > 0;
}

void times_add(struct times *t, int64_t at_ns, uint32_t times)
{
	for (uint32_t i = 0; i < times && i < TIMES_MAX; i++)
		t->at_ns[t->n++ % TIMES_MAX] = at_ns;
}

bool times_within(const struct times *t, unsigned n, int64_t now_ns, int64_t span_ns)
{
	return t->n >= n && now_ns - t->at_ns[(t->n - n) % TIMES_MAX] <= span_ns;
}

static size_t last_part(struct bytes b)
{
	size_t from = 0;

	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] == '/' || b.p[i] == '\\' || b.p[i] == ':')
			from = i + 1;
	return from;
}

/* O numbers are written with and without zeros in front, and as files with an ending. */
size_t program_key(char out[PROGRAM_KEY], struct bytes name)
{
	size_t from = last_part(name), n = 0;
	bool number = name.n > from + 1 && (name.p[from] == 'O' || name.p[from] == 'o') &&
		      isdigit(name.p[from + 1]);

	for (size_t i = from; i < name.n && n + 1 < PROGRAM_KEY; i++) {
		if (number && name.p[i] == '.')
			break;
		if (number && n == 1 && name.p[i] == '0' && i + 1 < name.n && isdigit(name.p[i + 1]))
			continue;
		out[n++] = (char)tolower(name.p[i]);
	}
	out[n] = '\0';
	return n;
}

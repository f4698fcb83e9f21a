/* asset/facts.c: what was said about things, each value with who said it and when. */
#include "asset/ledger.h"
#include "asset/roles.h"

enum { VALUES_KEPT = 8 };	/* different values of one kind about one end */

/* What a machine runs now is one thing that changes. */
static bool is_latest_only(const struct fact_row *r)
{
	return r->kind == FACT_RUNNING;
}

static uint64_t fact_hash(uint32_t end, const struct fact_row *r)
{
	uint64_t h = hash_bytes(r->text, is_latest_only(r) ? 0 : strlen(r->text), end);

	h = hash_join(h, (uint64_t)r->kind << 40 | (uint64_t)r->sub << 32 | (uint64_t)r->source << 16 |
		      r->proto);
	return hash_join(h, r->number);
}

static bool same_fact(const struct fact_node *f, uint32_t end, const struct fact_row *r)
{
	return f->end == end && f->row.kind == r->kind && f->row.sub == r->sub &&
	       f->row.source == r->source && f->row.proto == r->proto && f->row.number == r->number &&
		       (is_latest_only(r) || strcmp(f->row.text, r->text) == 0);
}

/* The same said again: a wider time, the better trust. */
static void merge(struct fact_row *have, const struct fact_row *r)
{
	if (is_latest_only(r)) {
		if (r->last_ns > have->last_ns ||
		    (r->last_ns == have->last_ns && strcmp(r->text, have->text) < 0))
			*have = *r;
		return;
	}
	if (r->first_ns < have->first_ns)
		have->first_ns = r->first_ns;
	if (r->last_ns > have->last_ns)
		have->last_ns = r->last_ns;
	if (r->until_ns > have->until_ns)
		have->until_ns = r->until_ns;
	if (r->frame < have->frame)
		have->frame = r->frame;
	if (r->trust < have->trust)
		have->trust = r->trust;
}

static bool room_for(struct ledger *l, const struct end *e, const struct fact_row *r)
{
	unsigned same = 0;

	if (r->source == SOURCE_PERSON)
		return true;
	for (uint32_t f = e->facts; f != NONE32;) {
		const struct fact_node *n = slab_at(&l->facts, f);

		same += n->row.kind == r->kind;
		f = n->next;
	}
	return same < VALUES_KEPT;
}

void fact_add(struct ledger *l, uint32_t end, const struct fact_row *row)
{
	struct end *e = end_at(l, end);
	struct at at;

	/* Also when it is only said again: of two values the later one counts. Addresses are told apart by
	 * the ends. */
	l->changes += row->kind != FACT_IP_OF_MAC;
	for (uint32_t f = index_first(&l->fact_at, fact_hash(end, row), &at); f != NONE32;
	     f = index_after(&l->fact_at, &at)) {
		struct fact_node *n = slab_at(&l->facts, f);

		if (same_fact(n, end, row)) {
			merge(&n->row, row);
			return;
		}
	}
	if (!room_for(l, e, row)) {
		l->facts.refused++;
		return;
	}
	struct fact_node *n = slab_get(&l->facts);

	if (n == NULL)
		return;
	n->row = *row;
	n->end = end;
	n->next = e->facts;
	e->facts = slab_index(&l->facts, n);
	index_put(&l->fact_at, &at, e->facts);
}

void fact_record(struct ledger *l, const struct fact *f)
{
	uint32_t end = f->kind == 0 || f->kind >= FACT_KINDS ? NONE32 :
		       end_get(l, f->rec.tap, f->rec.proto, &f->about);

	if (end == NONE32)
		return;			/* about nothing with an address (an alias of a name), or a cap */
	uint64_t frame = f->rec.frame - min_size(f->rec.back, f->rec.frame);
	struct fact_row row = {
		.kind = f->kind, .trust = f->trust, .proto = f->rec.proto, .number = f->number,
		.first_ns = f->rec.at_ns, .last_ns = f->rec.at_ns, .until_ns = f->until_ns, .frame = frame,
	};

	clean_text(row.text, sizeof(row.text), rec_bytes(&f->rec, f->text));
	if (f->kind == FACT_NAME) {
		row.sub = (uint8_t)f->number;
		row.number = 0;
	}
	if (f->kind == FACT_IP_OF_MAC) {
		if (f->trust != TRUST_GUESS)
			end_confirmed(l, end);
		end_seen(end_at(l, end), f->rec.at_ns, f->rec.at_ns, frame);
	} else if (f->kind == FACT_CAPABILITY) {
		end_at(l, end)->traits |= role_capability(row.text);	/* fact_add() counts the change */
	}
	fact_add(l, end, &row);
}

/* Smaller is better: how much people would call it by this name. */
static unsigned name_rank(const struct fact_row *r)
{
	static const uint8_t ranks[] = {
		[NAME_SYSTEM] = 0, [NAME_HOST] = 1, [NAME_NETBIOS] = 2, [NAME_MDNS] = 3, [NAME_LLMNR] = 4,
		[NAME_DNS] = 5, [0] = 6, [NAME_GROUP] = 8,
	};

	if (r->kind == FACT_NAME_OF_IP)
		return 7;
	return r->kind == FACT_NAME ? (r->sub < ARRAY_LEN(ranks) ? ranks[r->sub] : 6) : 0;
}

bool fact_beats(const struct fact_row *a, const struct fact_row *b)
{
	bool person_a = a->source == SOURCE_PERSON, person_b = b->source == SOURCE_PERSON;

	if (person_a != person_b)
		return person_a;
	if ((a->source == SOURCE_REGISTRY) != (b->source == SOURCE_REGISTRY))
		return b->source == SOURCE_REGISTRY;
	if (name_rank(a) != name_rank(b))
		return name_rank(a) < name_rank(b);
	if (a->trust != b->trust)
		return a->trust < b->trust;
	if (a->last_ns != b->last_ns)
		return a->last_ns > b->last_ns;
	int order = strcmp(a->text, b->text);

	return order != 0 ? order < 0 : a->proto < b->proto;
}

/* asset/programs.c: which programs crossed the wire: who moved which name with which content, and when.
 *
 * One row for each content under each name between the same two ends in the same direction, so that what is
 * kept does not depend on the order of reading; which content a machine has now follows from the times. Only
 * whole transfers count: the hash of a part says nothing. */
#include <string.h>

#include "asset/ledger.h"
#include "core/buf.h"
#include "model/object.h"

static bool is_program(const struct obs *o, const struct transfer_own *t)
{
	return t->magic.n > 0 && t->complete && t->missing == 0 &&
	       (t->program_sha256.n == PROGRAM_SHA || o->object.class == CLASS_PROGRAM ||
		o->object.class == CLASS_FIRMWARE);
}

static uint64_t program_hash(uint32_t talk, const struct program_row *key)
{
	uint64_t h = hash_bytes(key->sha256, sizeof(key->sha256), (uint64_t)talk << 8 | key->verb);

	return hash_bytes(key->name, strlen(key->name), h);
}

static bool same_program(const struct program_node *n, uint32_t talk, const struct program_row *key)
{
	return n->talk == talk && n->row.verb == key->verb && strcmp(n->row.sha256, key->sha256) == 0 &&
	       strcmp(n->row.name, key->name) == 0;
}

struct program_node *program_place(struct ledger *l, uint32_t talk, const struct program_row *key)
{
	struct at at;

	for (uint32_t i = index_first(&l->program_at, program_hash(talk, key), &at); i != NONE32;
	     i = index_after(&l->program_at, &at))
		if (same_program(slab_at(&l->programs, i), talk, key))
			return slab_at(&l->programs, i);
	struct program_node *n = slab_get(&l->programs);

	if (n == NULL)
		return NULL;
	n->talk = talk;
	n->row = *key;
	index_put(&l->program_at, &at, slab_index(&l->programs, n));
	return n;
}

void program_record(struct ledger *l, uint32_t talk, const struct obs *o, uint64_t frame)
{
	const struct proto *p = proto_at(o->rec.proto);
	struct transfer_own t;

	if (p == NULL || !p->transfers || o->own.n < sizeof(t))
		return;
	memcpy(&t, rec_bytes(&o->rec, o->own).p, sizeof(t));
	if (!is_program(o, &t))
		return;
	struct program_row key = { .proto = o->rec.proto, .verb = o->verb, .size = t.size,
				   .canonical = t.program_sha256.n == PROGRAM_SHA,
				   .first_ns = INT64_MAX, .last_ns = INT64_MIN, .frame = UINT64_MAX };

	struct buf hex = buf_over(key.sha256, sizeof(key.sha256));

	buf_hex(&hex, key.canonical ? rec_bytes(&o->rec, t.program_sha256) :
		(struct bytes){ t.sha256, sizeof(t.sha256) }, '\0');
	if (t.name.n > 0)
		clean_text(key.name, sizeof(key.name), rec_bytes(&o->rec, t.name));
	else
		ledger_object(key.name, sizeof(key.name), o);
	clean_text(key.says, sizeof(key.says), rec_bytes(&o->rec, t.program));
	struct program_node *n = program_place(l, talk, &key);

	if (n == NULL)
		return;
	n->row.count++;
	if (o->rec.at_ns < n->row.first_ns)
		n->row.first_ns = o->rec.at_ns;
	if (o->rec.at_ns > n->row.last_ns)
		n->row.last_ns = o->rec.at_ns;
	if (frame < n->row.frame)
		n->row.frame = frame;
}

/* asset/load.c: gives back what an earlier run wrote. Loading what was read out and reading again gives the
 * same. */
#include "asset/ledger.h"

void ledger_load_end(struct ledger *l, const struct end_row *r)
{
	struct side s = { .station = r->station };

	memcpy(s.ip, r->ip, sizeof(s.ip));
	memcpy(s.mac, r->mac, sizeof(s.mac));
	uint32_t row = end_get(l, r->tap, r->proto, &s);

	if (row == NONE32)
		return;
	struct end *e = end_at(l, row);

	if (r->first_ns < l->began_ns)
		l->began_ns = r->first_ns;
	e->traits |= r->traits;
	if (r->role_proto != 0 && (e->role_proto == 0 || r->role_proto < e->role_proto))
		e->role_proto = r->role_proto;
	if (r->reads_ns < e->reads_ns)
		e->reads_ns = r->reads_ns;
	e->read_marks |= r->read_marks;
	end_reads(l, row, r->read_minute);
	end_seen(e, r->first_ns, r->last_ns, r->frame == 0 ? UINT64_MAX : r->frame);
	for (unsigned i = 0; i < r->vlan_count && i < END_VLANS; i++)
		end_vlan(l, row, r->vlans[i]);
	e->flags |= r->flags & END_VLANS_MORE;
	if ((r->flags & END_HEARD) != 0)
		end_heard(l, row);
	if ((r->flags & END_CONFIRMED) != 0)
		end_confirmed(l, row);
}

void ledger_load_fact(struct ledger *l, const struct fact_row *r)
{
	uint32_t end = end_by_id(l, r->end);

	if (end != NONE32 && r->source != SOURCE_REGISTRY)
		fact_add(l, end, r);
}

void ledger_load_talk(struct ledger *l, const struct talk_row *r)
{
	uint32_t actor = end_by_id(l, r->actor), device = end_by_id(l, r->device);
	struct at at;

	if (actor == NONE32 || device == NONE32)
		return;
	struct side key[2] = { end_at(l, actor)->side, end_at(l, device)->side };
	uint8_t tap = end_at(l, actor)->tap;
	struct talk *t = talk_find(l, tap, r->proto, key, &at) != NONE32 ? NULL : slab_get(&l->talks);

	if (t == NULL)
		return;
	*t = (struct talk){
		.actor_side = key[0], .device_side = key[1], .actor = actor, .device = device,
		.words = r->words, .acts = r->acts, .done = r->done, .refused = r->refused,
		.partly = r->partly, .unanswered = r->unanswered, .first_ns = r->first_ns,
		.last_ns = r->last_ns, .heard_first_ns = INT64_MAX, .heard_last_ns = INT64_MIN,
		.reads_ns = INT64_MAX, .read_minute = INT64_MIN, .frame = r->frame, .proto = r->proto,
		.port = r->port, .tap = tap,
		.asked = (r->sent & TALK_ASKED) != 0, .answered = (r->sent & TALK_ANSWERED) != 0,
		.shown = (r->sent & TALK_SHOWN) != 0,
	};
	index_put(&l->talk_at, &at, slab_index(&l->talks, t));
}

void ledger_load_flow(struct ledger *l, const struct flow_row *r)
{
	uint32_t client = end_by_id(l, r->client), server = end_by_id(l, r->server);
	struct flow_node *n = client == NONE32 || server == NONE32 ? NULL : flow_get(l, client, server, r);

	if (n != NULL)
		n->row = *r;
}

/* The talk of these two ends, loaded before. */
static uint32_t talk_of(struct ledger *l, uint16_t proto, uint64_t actor_id, uint64_t device_id)
{
	uint32_t actor = end_by_id(l, actor_id), device = end_by_id(l, device_id);
	struct at at;

	if (actor == NONE32 || device == NONE32)
		return NONE32;
	struct side key[2] = { end_at(l, actor)->side, end_at(l, device)->side };

	return talk_find(l, end_at(l, actor)->tap, proto, key, &at);
}

void ledger_load_object(struct ledger *l, const struct object_row *r)
{
	uint32_t talk = talk_of(l, r->proto, r->actor, r->device);
	struct object_node *n = talk == NONE32 ? NULL : object_place(l, talk, r);

	if (n != NULL)
		n->row = *r;
}

void ledger_load_program(struct ledger *l, const struct program_row *r)
{
	uint32_t talk = talk_of(l, r->proto, r->actor, r->device);
	struct program_node *n = talk == NONE32 ? NULL : program_place(l, talk, r);

	if (n != NULL)
		n->row = *r;
}

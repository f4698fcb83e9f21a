/* stream/flow_table.c: the tables of conversations of one shard, and how a frame finds its own: under a key
 * that is the same for both directions. */
#include "stream/flow.h"

#include <errno.h>

#include "core/hash.h"

enum { SLOTS_FIRST = 1024 };

static size_t slots_for(uint32_t flows)
{
	size_t n = SLOTS_FIRST;

	while (n < (size_t)flows * 2)
		n *= 2;
	return n;
}

/* Pieces there may be of each class of waiting bytes: small ones for many conversations, large ones for few.
 * */
static uint32_t buffer_cap(const struct limits *part, unsigned class)
{
	static const uint8_t times[BUFFER_CLASSES] = {16, 8, 4, 2, 1};

	return part->gathers * times[class];
}

static size_t buffer_size(unsigned class) { return sizeof(struct buffer) + ((size_t)256 << 2 * class); }

static size_t state_size(unsigned class) { return (size_t)32 << class; }

static size_t slab_room(size_t size, uint32_t cap) { return align8((size + 15) & ~(size_t)15) * cap + 16; }

size_t flow_need(const struct limits *part)
{
	size_t n = sizeof(struct flow_table) + 16 + 2 * slots_for(part->flows) * sizeof(struct slot) + 16;

	n += slab_room(sizeof(struct flow), part->flows);
	n += slab_room(sizeof(struct wait), part->segments) + slab_room(sizeof(struct piece), part->segments);
	n += slab_room(sizeof(struct fragments), part->gathers);
	n += slab_room(TUNNELS_KEPT * sizeof(struct tunnel), part->flows);
	for (unsigned i = 0; i < STATE_CLASSES; i++)
		n += slab_room(state_size(i), part->flows);
	for (unsigned i = 0; i < BUFFER_CLASSES; i++)
		n += slab_room(buffer_size(i), buffer_cap(part, i));
	return n;
}

static void know_ports(struct flow_table *t)
{
	for (size_t i = 0; protos[i] != NULL; i++) {
		const struct proto *p = protos[i];

		for (size_t k = 0; k < ARRAY_LEN(p->ports) && p->ports[k] != 0; k++) {
			uint16_t port = p->ports[k];

			if (p->on == ON_TCP || p->on == ON_SCTP)
				t->tcp_known[port / 8] |= (uint8_t)(1 << port % 8);
			if (p->on == ON_UDP || (p->on == ON_TCP && p->also_udp))
				t->udp_known[port / 8] |= (uint8_t)(1 << port % 8);
		}
	}
}

int flow_init(struct shard *s, struct arena *a)
{
	const struct limits *part = &s->limits;
	struct flow_table *t = arena_take(a, sizeof(*t));
	int r = 0;

	if (t == NULL)
		return -ENOMEM;
	t->most = (uint32_t)slots_for(part->flows);
	t->room = arena_take(a, 2 * (size_t)t->most * sizeof(*t->room));
	if (t->room == NULL)
		return -ENOMEM;
	t->slots = t->room + SLOTS_FIRST;
	t->mask = SLOTS_FIRST - 1;
	r |= slab_init(&t->flows, a, sizeof(struct flow), part->flows);
	r |= slab_init(&t->waits, a, sizeof(struct wait), part->segments);
	r |= slab_init(&t->pieces, a, sizeof(struct piece), part->segments);
	r |= slab_init(&t->fragments, a, sizeof(struct fragments), part->gathers);
	r |= slab_init(&t->tunnels, a, TUNNELS_KEPT * sizeof(struct tunnel), part->flows);
	for (unsigned i = 0; i < STATE_CLASSES; i++)
		r |= slab_init(&t->states[i], a, state_size(i), part->flows);
	for (unsigned i = 0; i < BUFFER_CLASSES; i++)
		r |= slab_init(&t->buffers[i], a, buffer_size(i), buffer_cap(part, i));
	if (r != 0)
		return -ENOMEM;
	for (unsigned i = 0; i < LISTS; i++)
		t->first[i] = t->last[i] = NONE32;
	t->wait_first = t->wait_last = NONE32;
	know_ports(t);
	s->flows = t;
	s->watched[LIMIT_AT_flows] = &t->flows;
	s->watched[LIMIT_AT_segments] = &t->pieces;
	return 0;
}

struct flow *flow_at(const struct shard *s, uint32_t index) { return slab_at(&s->flows->flows, index); }

uint32_t flow_index(const struct shard *s, const struct flow *f) { return slab_index(&s->flows->flows, f); }

/* ---- the key ---- */

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t end_hash(const uint8_t ip[16], uint16_t port, uint64_t seed)
{
	uint64_t high = load64(ip), low = load64(ip + 8);

	/* Of a mapped IPv4 address two bytes of the low half are 0: port and address fit one word. */
	if (high == 0)
		return hash_mix((low ^ port) + seed);
	return hash_join(hash_join(high ^ seed, low), port);
}

static uint64_t mac_number(const uint8_t mac[6])
{
	uint64_t v = 0;

	memcpy(&v, mac, 6);
	return v;
}

uint32_t flow_hash(const struct shard *s, const struct layers *l)
{
	uint64_t seed = s->options.seed;
	uint64_t sum, rest = (uint64_t)l->tap << 8 | l->kind;

	if (l->kind != KIND_ETHER) {
		sum = end_hash(l->src_ip, l->src_port, seed) + end_hash(l->dst_ip, l->dst_port, seed);
		rest |= (uint64_t)l->ip_proto << 16;
	} else {
		sum = hash_join(seed, mac_number(l->src_mac)) + hash_join(seed, mac_number(l->dst_mac));
		rest |= (uint64_t)l->lsap << 16 | (uint64_t)l->ether << 24 | (uint64_t)l->vlan << 40;
	}
	return (uint32_t)(hash_join(sum, rest) >> 32);
}

struct flow *flow_find(const struct shard *s, uint32_t hash, const struct layers *l, int *ret_dir)
{
	const struct flow_table *t = s->flows;

	for (uint32_t i = hash & t->mask; t->slots[i].flow != 0; i = (i + 1) & t->mask) {
		if (t->slots[i].hash != hash)
			continue;
		struct flow *f = flow_at(s, t->slots[i].flow - 1);
		int d = flow_match(f, l);

		if (d >= 0) {
			*ret_dir = d;
			return f;
		}
	}
	return NULL;
}

void flow_slot_put(struct flow_table *t, uint32_t hash, uint32_t index)
{
	uint32_t i = hash & t->mask;

	while (t->slots[i].flow != 0)
		i = (i + 1) & t->mask;
	t->slots[i] = (struct slot){.hash = hash, .flow = index + 1};
}

/* Twice the slots, next to the old ones in the room: half of the slots stay free, as linear probing needs. */
void flow_slots_grow(struct flow_table *t)
{
	struct slot *old = t->slots;
	uint32_t n = t->mask + 1;

	t->slots = t->room + 2 * (size_t)n;
	t->mask = 2 * n - 1;
	for (uint32_t i = 0; i < n; i++)
		if (old[i].flow != 0)
			flow_slot_put(t, old[i].hash, old[i].flow - 1);
}

/* Takes a slot out and moves later ones of the same run back, so that no run is torn. */
void flow_slot_remove(struct flow_table *t, uint32_t hash, uint32_t index)
{
	uint32_t hole = hash & t->mask;

	while (t->slots[hole].flow != index + 1)
		hole = (hole + 1) & t->mask;
	for (uint32_t i = (hole + 1) & t->mask; t->slots[i].flow != 0; i = (i + 1) & t->mask) {
		uint32_t home = t->slots[i].hash & t->mask;

		if (((i - home) & t->mask) >= ((i - hole) & t->mask)) {
			t->slots[hole] = t->slots[i];
			hole = i;
		}
	}
	t->slots[hole] = (struct slot){0};
}

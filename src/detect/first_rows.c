/* detect/first_rows.c: see first_rows.h. */
#include "detect/first_rows.h"

#include <errno.h>
#include <stdlib.h>

#include "core/hash.h"

enum { SAME_MAX = 16 };		/* addresses of one asset that are tried */

static uint32_t slots_for(uint32_t cap)
{
	uint32_t slots = 64;

	while (slots < cap * 2)
		slots *= 2;
	return slots;
}

int rows_new(struct rows *rows, uint32_t cap)
{
	size_t need =
		(sizeof(struct row) + 16 + sizeof(uint32_t)) * cap + slots_for(cap) * sizeof(uint64_t) + 4096;
	int rc = arena_map(&rows->arena, need);

	if (rc < 0)
		return rc;
	rows->order = arena_take(&rows->arena, cap * sizeof(rows->order[0]));
	rows->slot = arena_take(&rows->arena, slots_for(cap) * sizeof(uint64_t));
	rows->mask = slots_for(cap) - 1;
	if (rows->order == NULL || rows->slot == NULL)
		return -ENOMEM;
	return slab_init(&rows->slab, &rows->arena, sizeof(struct row), cap) < 0 ? -ENOMEM : 0;
}

void rows_free(struct rows *rows) { arena_unmap(&rows->arena); }

struct row row_key(uint8_t tap, uint16_t proto, const struct side *actor, const struct side *device,
		   uint8_t watch)
{
	uint16_t station_proto = actor->station != 0 || device->station != 0 ? proto : 0;

	return (struct row){ .actor = side_bare(actor), .device = side_bare(device), .tap = tap,
			     .proto = proto, .station_proto = station_proto, .watch = watch,
			     .first_ns = INT64_MAX, .last_ns = INT64_MIN };
}

uint64_t row_hash(const struct row *key)
{
	uint64_t rest = (uint64_t)key->station_proto << 16 | (uint64_t)key->tap << 8 | key->watch;

	return side_hash(&key->device, side_hash(&key->actor, rest));
}

static bool same_row(const struct row *a, const struct row *b)
{
	return a->tap == b->tap && a->watch == b->watch && a->station_proto == b->station_proto &&
	       memcmp(&a->actor, &b->actor, sizeof(a->actor)) == 0 &&
	       memcmp(&a->device, &b->device, sizeof(a->device)) == 0;
}

struct row *row_find(const struct rows *rows, const struct row *key, uint64_t hash, uint32_t *at)
{
	for (*at = (uint32_t)hash & rows->mask;; *at = (*at + 1) & rows->mask) {
		uint64_t slot = rows->slot[*at];

		if (slot == 0)
			return NULL;
		if (slot >> 32 == hash >> 32 && same_row(row_at(rows, (uint32_t)slot - 1), key))
			return row_at(rows, (uint32_t)slot - 1);
	}
}

struct row *row_new(struct rows *rows, const struct row *key, uint64_t hash, uint32_t at)
{
	struct row *r = slab_get(&rows->slab);

	if (r == NULL)
		return NULL;
	*r = *key;
	rows->slot[at] = (hash >> 32) << 32 | (slab_index(&rows->slab, r) + 1);
	return r;
}

bool row_learned_elsewhere(const struct rows *rows, struct ledger *l, const struct row *key)
{
	struct side actors[SAME_MAX], devices[SAME_MAX];
	size_t na = ledger_ends_of(l, key->tap, key->proto, &key->actor, actors, SAME_MAX);
	size_t nd = ledger_ends_at(l, key->tap, key->proto, &key->device, devices, SAME_MAX);
	uint32_t at;

	for (size_t i = 0; i < na; i++) {
		for (size_t j = 0; j < nd; j++) {
			struct row other = row_key(key->tap, key->proto, &actors[i], &devices[j], key->watch);
			const struct row *r = row_find(rows, &other, row_hash(&other), &at);

			if (r != NULL && r->state == ROW_LEARNED)
				return true;
		}
	}
	return false;
}

static int row_order(const void *pa, const void *pb, void *ctx)
{
	const struct row *a = row_at(ctx, *(const uint32_t *)pa), *b = row_at(ctx, *(const uint32_t *)pb);
	int actor = memcmp(&a->actor, &b->actor, sizeof(a->actor));
	int device = memcmp(&a->device, &b->device, sizeof(a->device));

	if (a->tap != b->tap)
		return a->tap < b->tap ? -1 : 1;
	if (actor != 0)
		return actor;
	if (device != 0)
		return device;
	if (a->watch != b->watch)
		return a->watch < b->watch ? -1 : 1;
	return a->station_proto < b->station_proto ? -1 : a->station_proto > b->station_proto;
}

uint32_t rows_learned(struct rows *rows, const uint32_t **ret_order)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < rows->slab.used; i++)
		if (row_at(rows, i)->state == ROW_LEARNED)
			rows->order[count++] = i;
	qsort_r(rows->order, count, sizeof(rows->order[0]), row_order, rows);
	*ret_order = rows->order;
	return count;
}

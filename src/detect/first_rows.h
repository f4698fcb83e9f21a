/* detect/first_rows.h: the memory of first-change: one row per (actor, device, word), keyed by addresses. */
#ifndef DETECT_FIRST_ROWS_H
#define DETECT_FIRST_ROWS_H

#include "asset/asset.h"
#include "core/arena.h"
#include "model/baseline.h"

/* TOLD: what was done so far, another rule named better, or it is held. */
enum state { ROW_LEARNED = 1, ROW_KNOWN, ROW_QUIET, ROW_ALERT, ROW_EXCEPTED, ROW_TOLD };

struct row {
	struct side actor, device;	/* port 0 */
	uint64_t count;
	int64_t first_ns, last_ns;
	int64_t judged_ns;	/* QUIET: when */
	uint32_t alert;		/* ALERT: its number; EXCEPTED: the exception's */
	uint16_t proto, station_proto;	/* station_proto: part of the key, 0 without stations */
	uint8_t tap, watch, state;
};

struct rows {
	struct arena arena;
	struct slab slab;
	uint64_t *slot;		/* upper half of the hash << 32 | number + 1; never shrinks */
	uint32_t mask;
	uint32_t *order;	/* scratch for reading */
};

int rows_new(struct rows *rows, uint32_t cap);
void rows_free(struct rows *rows);

struct row row_key(uint8_t tap, uint16_t proto, const struct side *actor, const struct side *device,
		   uint8_t watch);
uint64_t row_hash(const struct row *key);

/* The row with this key, or NULL and in at the place for it. */
struct row *row_find(const struct rows *rows, const struct row *key, uint64_t hash, uint32_t *at);

/* A new one there. NULL: the cap. */
struct row *row_new(struct rows *rows, const struct row *key, uint64_t hash, uint32_t at);

static inline struct row *row_at(const struct rows *rows, uint32_t i) { return slab_at(&rows->slab, i); }

/* Did any address of the same actor do this to any address of the same device, or of the one that stood in
 * its place, while learning. */
bool row_learned_elsewhere(const struct rows *rows, struct ledger *l, const struct row *key);

/* The learned ones, by number, in an order that depends on them alone. Returns how many. */
uint32_t rows_learned(struct rows *rows, const uint32_t **ret_order);

#endif

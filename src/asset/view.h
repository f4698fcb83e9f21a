/* asset/view.h: the tables that reading the ledger out fills: export.c, order.c, services.c. */
#ifndef ASSET_VIEW_H
#define ASSET_VIEW_H

#include "asset/ledger.h"

struct sum {			/* of one end: what it sent, when; whose it is */
	struct asset_key key;
	uint64_t asset;
	int64_t first_ns, last_ns;
};

struct twin { uint64_t mark, asset; };	/* hash of a MAC, serial or name that should be one thing's alone */

struct view {
	struct sum *sums;		/* by end */
	uint32_t *by_address;	/* ends in the order of their addresses */
	uint32_t *rank;		/* place of an end there */
	uint32_t *by_asset;		/* ends of assets, those of one side by side */
	uint32_t *order;		/* any other table's rows */
	struct twin *twins;
	struct service_row *services;
	uint32_t assets_ends, twin_count, service_count;
	uint32_t end_cap, order_cap, twin_cap, service_cap;
};

/* order.c: for qsort_r() over row numbers, ctx the ledger; the last two for qsort(). */
int order_end(const void *pa, const void *pb, void *ctx);
int order_asset(const void *pa, const void *pb, void *ctx);
int order_fact(const void *pa, const void *pb, void *ctx);
int order_talk(const void *pa, const void *pb, void *ctx);
int order_flow(const void *pa, const void *pb, void *ctx);
int order_program(const void *pa, const void *pb, void *ctx);
int order_object(const void *pa, const void *pb, void *ctx);
int order_coverage(const void *pa, const void *pb, void *ctx);
int order_twin(const void *pa, const void *pb);
int order_service(const void *pa, const void *pb);

/* Puts the numbers of all rows of a table into order[], sorted. */
void order_sort(struct ledger *l, const struct slab *s, uint32_t *order,
		int (*compare)(const void *, const void *, void *));

/* services.c */
bool services_visit(struct ledger *l, const struct ledger_visitor *v, void *ctx);

#endif

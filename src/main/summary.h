/* main/summary.h: what one run of `koban read` found, for people and for programs. */
#ifndef MAIN_SUMMARY_H
#define MAIN_SUMMARY_H

#include "main/desk.h"
#include "main/sensor.h"

struct summary {
	const struct shared *shared;
	struct desk *desk;
	struct stream_stats *stream;	/* sums over all shards; summary_gather() fills it */
	uint64_t refused;	/* records the desk did not accept */
	enum stage stage;
	bool learning;
	const char *db;		/* NULL: none */
};

/* Adds the shards' numbers up. False: no memory. */
bool summary_gather(struct summary *s);
void summary_free(struct summary *s);

/* Both sums of account equal what was read. */
bool summary_equal(const struct summary *s);

void summary_text(FILE *out, enum lang lang, const struct summary *s);
void summary_json(FILE *out, const struct summary *s);

/* Prints one alert as a person reads it. */
void print_alert(FILE *out, enum lang lang, const struct alert *a);

#endif

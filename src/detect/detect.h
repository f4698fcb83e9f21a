/* detect/detect.h: what is wrong: acts against what was learned, as alerts. Knows no SQL and no files. */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include "asset/asset.h"
#include "model/alert.h"

struct detect;

/* One thing that somebody does to some device in normal times. Keyed by addresses, tap and word; matched through the
 * ledger, so a device that changed its address is still the same. */
struct baseline_row {
	uint8_t tap;
	uint16_t proto;		/* of the first act */
	struct side actor, device;	/* port 0 */
	char word[24];		/* word_of() */
	int64_t first_ns, last_ns;
	uint64_t count;
};

struct detect_options {
	const struct limits *limits;
	struct ledger *ledger;	/* outlives detect */
	const struct proto *const *protos;
	bool learning;		/* this run is normal times: remember, raise nothing */
	int64_t silence_ns;	/* an alert ends when so long nothing was added; 0: one hour */
	uint64_t first_id;	/* id of the next alert; 0: 1 */
};

enum alert_event { ALERT_RAISED, ALERT_CHANGED };	/* CHANGED: counts, times, outcome; same id */

typedef void alert_sink(void *ctx, const struct alert *a, enum alert_event event);

int detect_new(struct detect **ret_detect, const struct detect_options *o);
void detect_free(struct detect *d);

/* One record, after ledger_record() had it. RAISED is called at once; CHANGED at whole minutes of ticks, and by
 * detect_close(). */
void detect_record(struct detect *d, const struct rec *r, alert_sink *sink, void *ctx);

/* No more records: says every change not said yet. */
void detect_close(struct detect *d, alert_sink *sink, void *ctx);

/* Rows of an earlier run, before the first record: from then on there is a baseline. */
void detect_load_baseline(struct detect *d, const struct baseline_row *row);

/* Every row known, in an order that depends on the rows alone. False when a call stopped it. */
bool detect_visit_baseline(struct detect *d, bool (*row)(void *ctx, const struct baseline_row *row), void *ctx);

struct detect_stats {
	uint32_t baseline, alerts;
	uint64_t baseline_refused, alerts_refused;
};

void detect_stats(const struct detect *d, struct detect_stats *ret_stats);

#endif

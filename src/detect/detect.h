/* detect/detect.h: what is wrong: acts against what was learned, as alerts. Knows no SQL and no files. */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include "asset/asset.h"
#include "model/alert.h"
#include "model/baseline.h"

struct detect;

struct detect_options {
	const struct limits *limits;
	struct ledger *ledger;	/* outlives detect */
	bool learning;		/* this run is normal times: remember, raise nothing */
	bool learned;		/* an earlier run was, even if nobody changed anything in it; rows loaded say
				 * so too */
	int64_t silence_ns;	/* an alert ends when so long nothing was added; 0: one hour */
	uint64_t first_id;	/* id of the next alert; 0: 1 */
};

enum alert_event { ALERT_RAISED, ALERT_CHANGED };	/* CHANGED: counts, times, outcome; same id */

typedef void alert_sink(void *ctx, const struct alert *a, enum alert_event event);

int detect_new(struct detect **ret_detect, const struct detect_options *o);
void detect_free(struct detect *d);

/* One record, after ledger_record() had it. RAISED is called at once; CHANGED at whole minutes of ticks, and
 * by detect_close(). */
void detect_record(struct detect *d, const struct rec *r, alert_sink *sink, void *ctx);

/* No more records: says every change not said yet. */
void detect_close(struct detect *d, alert_sink *sink, void *ctx);

/* Rows of an earlier run, before the first record: from then on there is a baseline. */
void detect_load_baseline(struct detect *d, const struct baseline_row *row);

/* Every row known, in an order that depends on the rows alone. False when a call stopped it. */
bool detect_visit_baseline(struct detect *d, bool (*row)(void *ctx, const struct baseline_row *row),
			   void *ctx);

/* How other tools know a rule; NULL: no such rule. */
const struct alert_rule *detect_rule(const char *name);

struct detect_stats {
	uint32_t baseline, alerts;
	uint64_t baseline_refused, alerts_refused;
};

void detect_stats(const struct detect *d, struct detect_stats *ret_stats);

#endif

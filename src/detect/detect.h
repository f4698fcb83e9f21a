/* detect/detect.h: what is wrong: acts against rules and against what was learned, as alerts. Knows no SQL
 * and no files. */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include "asset/asset.h"
#include "detect/ruleset.h"
#include "model/baseline.h"
#include "model/exception.h"
#include "model/known.h"
#include "model/learned.h"

struct detect;

struct detect_options {
	const struct limits *limits;
	struct ledger *ledger;	/* outlives detect */
	const struct ruleset *rules;	/* finished; outlives detect and its alerts; NULL: first-change
					 * alone */
	bool learning;		/* this run is normal times: remember, raise nothing */
	bool learned;		/* an earlier run was, even if nobody changed anything in it; rows loaded say
				 * so too */
	bool first_off;		/* first-change is disabled */
	enum values_policy values;	/* NONE: no value is told in alerts or kept between runs */
	int64_t silence_ns;	/* an alert of first-change ends when so long nothing was added; 0: one
				 * hour */
	uint64_t first_id;	/* id of the next alert; 0: 1 */
};

enum alert_event { ALERT_RAISED, ALERT_CHANGED };	/* CHANGED: counts, times, outcome; same id */

typedef void alert_sink(void *ctx, const struct alert *a, enum alert_event event);

int detect_new(struct detect **ret_detect, const struct detect_options *o);
void detect_free(struct detect *d);

/* One record, after ledger_record() had it. RAISED is called at once, of rules over several acts when the
 * second or minute has ended; CHANGED at whole minutes of ticks, and by detect_close(). */
void detect_record(struct detect *d, const struct rec *r, alert_sink *sink, void *ctx);

/* Tells every act a rule is true of, whatever comes of it: for trying rules out. */
typedef void rule_match(void *ctx, const struct rule *r, const struct obs *o);
void detect_watch(struct detect *d, rule_match *match, void *ctx);

/* No more records: says every change not said yet. */
void detect_close(struct detect *d, alert_sink *sink, void *ctx);

/* Rows of an earlier run, before the first record: from then on there is a baseline. */
void detect_load_baseline(struct detect *d, const struct baseline_row *row);
void detect_load_learned(struct detect *d, const struct learned_row *row);

/* A value as an earlier run left it. */
void detect_load_known(struct detect *d, const struct known_row *row);

/* An asset as an earlier run left it: since when it is known. */
void detect_load_asset(struct detect *d, const struct asset *row);

/* An exception a person made. False: more than are possible. */
bool detect_load_exception(struct detect *d, const struct exception_row *row);

/* Every row known, in an order that depends on the rows alone. False when a call stopped it. */
bool detect_visit_baseline(struct detect *d, bool (*row)(void *ctx, const struct baseline_row *row),
			   void *ctx);
bool detect_visit_learned(struct detect *d, bool (*row)(void *ctx, const struct learned_row *row), void *ctx);
bool detect_visit_known(struct detect *d, bool (*row)(void *ctx, const struct known_row *row), void *ctx);
bool detect_visit_exceptions(struct detect *d, bool (*row)(void *ctx, const struct exception_row *row),
			     void *ctx);

struct detect_stats {
	uint32_t baseline, alerts, learned, groups;
	uint64_t baseline_refused, alerts_refused, learned_refused, groups_refused, judged_refused,
		values_refused;
};

void detect_stats(const struct detect *d, struct detect_stats *ret_stats);

#endif

/* detect/engine.h: acts through the rules, and what comes of it. */
#ifndef DETECT_ENGINE_H
#define DETECT_ENGINE_H

#include "detect/around.h"
#include "detect/book.h"
#include "detect/watch.h"

struct engine;

struct engine_options {
	const struct ruleset *set;
	const struct limits *limits;
	struct ledger *ledger;
	struct book *book;		/* outlives the engine */
	struct learned *learned;	/* the same */
	const bool *has_baseline;	/* was normal work learned */
	bool tells_values;		/* alerts may say them */
};

int engine_new(struct engine **ret_e, const struct engine_options *o);
void engine_free(struct engine *e);

/* also: what first-change would say of the act; NULL: nothing. True: a rule has named the act, and says that
 * too. */
bool engine_act(struct engine *e, const struct obs *o, const struct watch *also, alert_sink *sink, void *ctx);

/* What the act makes of the value it changes, as far as that is known and may be told; before
 * engine_keep(). */
struct change engine_change(const struct engine *e, const struct obs *o);

/* After the act was judged: what it says of the value is known from now on. */
void engine_keep(struct engine *e, const struct obs *o);

/* A fact or a flow. */
void engine_other(struct engine *e, const struct rec *r, alert_sink *sink, void *ctx);

/* Last values: of an earlier run, before the first act; and all that may be kept. */
void engine_load_known(struct engine *e, const struct known_row *row);
bool engine_visit_known(struct engine *e, bool learned, bool (*row)(void *ctx, const struct known_row *row),
			void *ctx);

/* An asset an earlier run knew. */
void engine_seen(struct engine *e, const struct asset *a);
void engine_watch(struct engine *e, rule_match *match, void *ctx);

/* In a run that learns: an act is remembered. */
void engine_learn(struct engine *e, const struct obs *o);

/* Capture time has reached this second; last: there is no further one. */
void engine_tick(struct engine *e, int64_t now_ns, bool last, alert_sink *sink, void *ctx);

struct engine_stats { uint32_t groups, judged; uint64_t groups_refused, judged_refused, values_refused; };
void engine_stats(const struct engine *e, struct engine_stats *ret_stats);

#endif

/* main/desk.h: where records become the ledger, alerts, exports and the database. One thread, in order. */
#ifndef MAIN_DESK_H
#define MAIN_DESK_H

#include "capture/capture.h"
#include "detect/detect.h"
#include "main/config.h"
#include "output/eve.h"
#include "store/store.h"

struct desk_alerts {		/* every alert of this run, as it stands now, by id */
	struct alert *list;
	size_t count, cap;
};

enum { LOSSES_MAX = CAPTURE_DAMAGE_MAX };

struct desk_losses {		/* where inputs stopped making sense: REC_LOSS records */
	struct { char input[256], what[48]; uint64_t offset, frames; } *list;
	size_t count;		/* of list; at most LOSSES_MAX */
};

struct desk {
	struct ledger *ledger;
	struct detect *detect;
	struct eve *eve;		/* NULL: none asked for */
	struct store *store;		/* NULL: none asked for */
	struct desk_alerts alerts;
	struct desk_losses losses;
	uint64_t records;
	uint64_t unkept;		/* alerts there was no memory for */
	int64_t first_ns, last_ns;	/* of records; 0: none yet */
};

struct desk_options {
	const struct config *config;
	bool learning;
	const struct ruleset *rules;	/* finished; outlives the desk; NULL: first-change alone */
	bool first_off;			/* first-change is disabled */
	struct eve *eve;		/* taken over */
	struct store *store;		/* taken over; open for writing */
};

/* Loads what the store remembers. Returns 0 or a negative errno; on failure eve and store are still the
 * caller's. */
int desk_new(struct desk *d, const struct desk_options *o);
void desk_record(struct desk *d, const struct rec *r);

/* No more records: says what detect still holds. */
void desk_close(struct desk *d);

/* Writes everything into the store's transaction and commits it. Returns 0 or a negative errno. */
int desk_save(struct desk *d, const struct run_row *run);

/* Frees; eve and store that were not finished are discarded. */
void desk_free(struct desk *d);

#endif

/* store/store.h: one site's database: what the ledger, the baseline and the alerts are between runs.
 *
 * SQLite, write-ahead log. A writer holds the database from open to commit in one transaction: another writer
 * is told at once, readers go on with what was there, and a failed run leaves nothing behind. The only room
 * that knows SQL. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "model/alert.h"
#include "model/asset.h"
#include "model/baseline.h"
#include "model/exception.h"
#include "model/known.h"
#include "model/learned.h"

/* One row per input set read into the database. */
struct run_row {
	uint64_t id;
	int64_t at_ns;		/* wall clock when it was read */
	int64_t first_ns, last_ns;	/* capture times covered */
	uint64_t frames, bytes;
	uint64_t damaged;	/* places where an input stopped making sense */
	bool learning;
	const char *version;	/* of koban */
	const char *inputs;	/* names, joined by newline */
};

enum store_table {
	STORE_RUN,		/* struct run_row */
	STORE_END,		/* struct end_row, and so on */
	STORE_FACT,
	STORE_TALK,
	STORE_FLOW,
	STORE_OBJECT,
	STORE_PROGRAM,
	STORE_COVERAGE,
	STORE_ASSET,
	STORE_SERVICE,
	STORE_KNOWN,		/* struct known_row */
	STORE_BASELINE,		/* struct baseline_row */
	STORE_LEARNED,		/* struct learned_row */
	STORE_EXCEPTION,	/* struct exception_row; an id already there is replaced */
	STORE_RULE_OFF,		/* struct rule_off_row; one for each rule */
	STORE_ALERT,		/* struct alert; an id already there is replaced */
	STORE_TABLES
};

struct store;

enum store_mode { STORE_READ, STORE_WRITE };

/* Opens; STORE_WRITE makes the file when there is none and brings an older one up to date. On failure a
 * negative errno, and ret_why a text key below content/text/store.yml: "busy", "newer", "not-a-database",
 * "missing", "cannot". */
int store_open(struct store **ret_s, const char *path, enum store_mode mode, const char **ret_why);

/* All answer 0 or a negative errno, the first error stays. */
int store_clear(struct store *s, enum store_table t);
int store_put(struct store *s, enum store_table t, const void *row);
int store_commit(struct store *s);

/* Calls row() with every row in the order it was written; pointers in it are valid during the call. False
 * stops. */
int store_each(struct store *s, enum store_table t, bool (*row)(void *ctx, const void *row), void *ctx);
/* Was any of the runs one of learning? *ret_learned is set on success. */
int store_learned(struct store *s, bool *ret_learned);

uint64_t store_count(struct store *s, enum store_table t);
uint64_t store_max_id(struct store *s, enum store_table t);	/* of tables that have ids; 0: empty */

/* Runs SQLite's own check. 0: sound. */
int store_check(struct store *s);

/* Closes; what was not committed never happened, and a file made by this open is gone again. NULL is fine. */
void store_close(struct store *s);

#endif

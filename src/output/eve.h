/* output/eve.h: acts, flows and alerts as Suricata's EVE JSON lines.
 *
 * One line for each message together with its answer: an ASK waits here for its ANSWER (which always comes:
 * answered, refused or timed out). Names are Suricata's where it has them; what it has not is under
 * `koban`. */
#ifndef OUTPUT_EVE_H
#define OUTPUT_EVE_H

#include "model/alert.h"
#include "model/proto.h"

struct eve;

struct eve_options {
	bool strict;		/* only what Suricata's public schema has: no koban object, no events of ours
				 * alone */
	const char *const *tap_names;	/* 256, NULL where a tap has no name; may be NULL */
	/* never NULL for a rule that raised an alert */
	const struct alert_rule *(*rule)(const void *ctx, const char *name);
	const void *rule_ctx;
};

/* Opens the stream: "-" is standard output; a path is written beside itself and takes its name in
 * eve_publish(), so that a failed run leaves what was there before. Returns 0 or a negative errno: -EEXIST
 * when the path is a file that holds something else than EVE, -EBUSY when another run is writing it. */
int eve_open(struct eve **ret_e, const char *path, const struct eve_options *o);

/* In the order of the records. Errors are kept for eve_finish(). */
void eve_record(struct eve *e, const struct rec *r);
void eve_alert(struct eve *e, const struct alert *a);

/* Prints what still waits and closes. Returns 0 or a negative errno (the first that happened). */
int eve_finish(struct eve *e, uint64_t *ret_lines);

/* After a good eve_finish(): the file takes its name. Returns 0 or a negative errno. Frees e either way. */
int eve_publish(struct eve *e);

/* Gives up: nothing is left behind. NULL is fine. */
void eve_discard(struct eve *e);

/* Takes the unfinished file away and touches nothing else: another thread may do so while records come, if
 * the program ends right after. NULL is fine. */
void eve_abandon(const struct eve *e);

/* The first error so far, so that a reader of endless input may stop early; 0 when all is well. */
int eve_error(const struct eve *e);

#endif

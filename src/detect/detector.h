/* detect/detector.h: what needs more memory than rules have.
 *
 * A detector is the memory behind a rule. The rule's file (content/detectors/) says which acts it is
 * shown (`on`, `detection`), and gives it its numbers (`detector`); everything else that is true of rules
 * is true of it too. Nothing it keeps may depend on how reads are folded: it counts `times`, and goes by
 * the first act of each kind, which always comes as a record of its own. */
#ifndef DETECT_DETECTOR_H
#define DETECT_DETECTOR_H

#include "detect/around.h"
#include "detect/book.h"
#include "detect/kind.h"
#include "detect/pieces.h"

struct detector;

enum number_type { NUM_COUNT, NUM_SPAN, NUM_REAL, NUM_WORDS };	/* SPAN: as ns */

struct number { const char *name; uint8_t type; double low, high; };

struct detector_kind {
	const char *name;
	const struct number *numbers;	/* in the order of tuned.number[]; name NULL ends */
	bool folds;			/* finds something in acts that fold: its alerts do not end */
	size_t piece;			/* bytes kept under each key */
	uint32_t (*cap)(const struct limits *l);	/* so many keys */
	/* Each may be NULL. An act the rule is true of; a fact; a flow. */
	void (*act)(struct detector *d, const struct subject *s);
	void (*fact)(struct detector *d, const struct fact *f);
	void (*flow)(struct detector *d, const struct obs *o);
};

enum { TUNED_MAX = 12, TUNED_WORDS = 64 };

struct tuned {			/* a detector with the numbers of one file */
	const struct detector_kind *kind;
	double number[TUNED_MAX];
	const char *words[TUNED_WORDS];
	uint32_t word_count;
};

struct finding {
	const char *object;		/* what it is about; NULL: the object of the act */
	const struct book_sum *sum;	/* acts it stands for when it is new; NULL: this one */
	int64_t first_ns;		/* of the first of them; 0: this one */
	struct change change;		/* of the object's value */
	bool by_mac;			/* the actor is called by its MAC address: its IP addresses may be
					 * another's */
};

typedef void detector_raise(void *ctx, const struct rule *r, const struct obs *o, const struct finding *f);

struct detector {		/* one at work */
	const struct rule *rule;
	const struct tuned *tuned;
	struct pieces pieces;
	struct around *around;
	struct ledger *ledger;
	const struct site *site;
	detector_raise *raise;
	void *ctx;
	bool begun;			/* has seen its first act */
};

/* The kind called so; NULL: none. detector_kind_at: NULL after the last. */
const struct detector_kind *detector_named(const char *name);
const char *detector_kind_at(const void *ctx, unsigned i);

struct detectors;

struct detectors_options {
	const struct ruleset *set;
	const struct limits *limits;
	struct ledger *ledger;
	struct around *around;
	detector_raise *raise;
	void *ctx;			/* of raise */
};

int detectors_new(struct detectors **ret, const struct detectors_options *o);
void detectors_free(struct detectors *all);
void detectors_act(struct detectors *all, const struct rule *r, const struct subject *s);
void detectors_fact(struct detectors *all, const struct fact *f);
void detectors_flow(struct detectors *all, const struct obs *o);
uint32_t detectors_used(const struct detectors *all);
uint64_t detectors_refused(const struct detectors *all);

/* ---- for the detectors ---- */

/* The own part of an act that ends a transfer. False: it ends none. */
bool transfer_of(const struct obs *o, struct transfer_own *ret);

/* The last n times something happened: so many within so long? */
enum { TIMES_MAX = 64 };
struct times { int64_t at_ns[TIMES_MAX]; uint64_t n; };
void times_add(struct times *t, int64_t at_ns, uint32_t times);
bool times_within(const struct times *t, unsigned n, int64_t now_ns, int64_t span_ns);

/* A program's name as two machines may say it: without folders, "O0123.NC" as "o123". */
enum { PROGRAM_KEY = 64 };
size_t program_key(char out[PROGRAM_KEY], struct bytes name);

extern const struct detector_kind detector_addresses_tried, detector_arp_between, detector_connections,
	detector_connections_held, detector_drift, detector_file_burst, detector_guessed_login,
	detector_half_open, detector_many_objects, detector_no_login, detector_ports_tried,
	detector_program_changed, detector_protocols_tried, detector_running_program;

#endif

/* detect/groups.h: what correlate.c and groups.c share: the groups of acts that are added up, and their
 * memory. */
#ifndef DETECT_GROUPS_H
#define DETECT_GROUPS_H

#include "detect/correlate.h"

enum { STEPS = 15, GRAINS = 2 };
#define NO_GROUP UINT32_MAX

struct step {			/* a part of the time span */
	int64_t index;
	uint64_t events, acts, done, refused, unanswered;
	int64_t first_ns, last_ns;
};

struct node_of_value { uint64_t hash; int64_t index; uint32_t next; };

struct group {
	uint64_t key, id;	/* id: of what it is grouped by, the same for correlations over it */
	const struct rule *rule;
	struct step steps[STEPS];
	int64_t seen_ns[BASES_MAX];	/* temporal: last of each; ordered: when the chain that reaches so far
					 * began; absence: [0] what is waited for since */
	struct alert first;	/* of the act it is shown by, without names */
	struct book_sum fresh;	/* since it was last decided */
	uint64_t frames[ALERT_FRAMES];
	int64_t frame_steps[ALERT_FRAMES];
	int64_t touched;	/* step */
	uint32_t values;	/* first node of value; NO_GROUP */
	uint32_t newer, older, next_dirty, next_wait, prev_wait;
	int64_t due_s;		/* absence: when it is too late */
	uint8_t frame_count;
	bool dirty, waiting, complete;	/* complete: ordered: the last of them came */
};

struct queue { uint32_t first, last; };

/* How the span of a correlation slides: in `steps` parts of step_s seconds; index is the part it is now,
 * which begins at first_s. */
struct pace { int64_t step_s, steps, index, first_s; };

struct correlate {
	const struct ruleset *set;
	struct arena arena;
	struct slab groups, values;
	uint64_t *slot;		/* upper half of the key << 32 | group + 1 */
	uint32_t mask;
	uint32_t dirty[GRAINS];	/* decided each second; each minute */
	struct queue *waiting;	/* of each correlation */
	struct pace *pace;	/* likewise */
	uint32_t newest, oldest;
	uint32_t *scratch;	/* a list being decided */
	int64_t now_s;		/* set by corr_now() */
};

/* The time is now_s. */
void corr_now(struct correlate *c, int64_t now_s);

/* grain: seconds that are one moment to it. The others keep a group in the tables and lists, and what is
 * counted in it. */
struct group *corr_at(const struct correlate *c, uint32_t i);
int64_t corr_grain_s(const struct correlation *k);
void corr_wait_out(struct correlate *c, struct group *g);
void corr_wait_in(struct correlate *c, struct group *g);
void corr_dirty(struct correlate *c, struct group *g);
uint64_t corr_field(const struct field_ref *f, const struct subject *s);
uint64_t corr_id(const struct correlation *k, const struct subject *s);
struct group *corr_get(struct correlate *c, const struct rule *r, uint64_t id);
struct step *corr_step_at(struct group *g, int64_t index);
void corr_anew(struct group *g);
void corr_value(struct correlate *c, struct group *g, uint64_t hash, int64_t index, int64_t steps);
uint64_t corr_distinct(const struct correlate *c, const struct group *g, int64_t after);
void corr_forget(struct correlate *c);

#endif

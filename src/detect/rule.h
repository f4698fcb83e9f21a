/* detect/rule.h: a rule as the loader compiled it; shared by the files of this room.
 *
 * A rule is a tree of and, or, not over tests. A test compares one field of an act with values that were made
 * ready when the rule was read: words are numbers, texts are in lower case, addresses are sixteen bytes. */
#ifndef DETECT_RULE_H
#define DETECT_RULE_H

#include "core/arena.h"
#include "detect/ruleset.h"
#include "model/proto.h"

/* ---- fields ---- */

enum value_type { VT_TEXT, VT_NUMBER, VT_WORD, VT_IP, VT_MAC, VT_BOOL, VT_TIME };

enum field_flag {
	FF_APART = 1 << 0,	/* two acts that differ only here are folded into one record */
	FF_VARIES = 1 << 1,	/* depends on what was seen before, not on the act alone */
	FF_KEY = 1 << 2,	/* has one value, and rules may be looked up by it */
	FF_VALUES = 1 << 3,	/* needs the last known values of objects */
	FF_WIDE = 1 << 4,	/* number stands beside the protocol's: proto << 32 | number */
	FF_LEARNED = 1 << 5,	/* needs what was learned */
	FF_AGE = 1 << 7,	/* needs to know when an end was first seen */
	FF_OUTCOME = 1 << 6,	/* an act that is asked has none of it yet */
};

/* Every field that is not a protocol's own. Order: that of docs/rules.md. */
#define RULE_FIELDS(F) \
	F(PROTOCOL, "protocol", VT_WORD, FF_KEY) \
	F(VERB, "verb", VT_WORD, FF_KEY) \
	F(CLASS, "class", VT_WORD, 0) \
	F(WORD, "word", VT_WORD, 0) \
	F(PHASE, "phase", VT_WORD, 0) \
	F(OUTCOME, "outcome", VT_WORD, FF_OUTCOME) \
	F(TRUST, "trust", VT_WORD, 0) \
	F(CODE, "code", VT_NUMBER, FF_KEY | FF_WIDE) \
	F(RESULT, "result", VT_NUMBER, FF_OUTCOME) \
	F(NOTE, "note", VT_TEXT, 0) \
	F(TRANSPORT, "transport", VT_WORD, FF_APART) \
	F(VLAN, "vlan", VT_NUMBER, 0) \
	F(TAP, "tap", VT_NUMBER, 0) \
	F(TO_GROUP, "to_group", VT_BOOL, FF_APART) \
	F(MIDSTREAM, "midstream", VT_BOOL, FF_APART) \
	F(OPAQUE, "opaque", VT_BOOL, FF_APART) \
	F(FLOOD, "flood", VT_BOOL, FF_APART) \
	F(ITEMS, "items", VT_NUMBER, FF_APART) \
	F(WHO, "who", VT_TEXT, FF_KEY) \
	F(ACTOR_IP, "actor.ip", VT_IP, FF_KEY) \
	F(ACTOR_MAC, "actor.mac", VT_MAC, FF_KEY) \
	F(ACTOR_PORT, "actor.port", VT_NUMBER, FF_APART) \
	F(ACTOR_STATION, "actor.station", VT_NUMBER, 0) \
	F(ACTOR_ROLE, "actor.role", VT_WORD, FF_VARIES) \
	F(ACTOR_ZONE, "actor.zone", VT_WORD, 0) \
	F(ACTOR_NAME, "actor.name", VT_TEXT, FF_VARIES) \
	F(ACTOR_VENDOR, "actor.vendor", VT_TEXT, FF_VARIES) \
	F(ACTOR_OS, "actor.os", VT_TEXT, FF_VARIES) \
	F(ACTOR_AGE, "actor.age", VT_TIME, FF_VARIES | FF_AGE) \
	F(DEVICE_IP, "device.ip", VT_IP, FF_KEY) \
	F(DEVICE_MAC, "device.mac", VT_MAC, FF_KEY) \
	F(DEVICE_PORT, "device.port", VT_NUMBER, FF_APART) \
	F(DEVICE_STATION, "device.station", VT_NUMBER, FF_KEY) \
	F(DEVICE_ROLE, "device.role", VT_WORD, FF_VARIES) \
	F(DEVICE_ZONE, "device.zone", VT_WORD, 0) \
	F(DEVICE_NAME, "device.name", VT_TEXT, FF_VARIES) \
	F(DEVICE_VENDOR, "device.vendor", VT_TEXT, FF_VARIES) \
	F(DEVICE_MODEL, "device.model", VT_TEXT, FF_VARIES) \
	F(DEVICE_FIRMWARE, "device.firmware", VT_TEXT, FF_VARIES) \
	F(DEVICE_OS, "device.os", VT_TEXT, FF_VARIES) \
	F(DEVICE_AGE, "device.age", VT_TIME, FF_VARIES | FF_AGE) \
	F(PAIR_AGE, "pair.age", VT_TIME, FF_VARIES) \
	F(OBJECT, "object", VT_TEXT, FF_KEY) \
	F(OBJECT_SPACE, "object.space", VT_NUMBER, FF_WIDE) \
	F(OBJECT_NAME, "object.name", VT_TEXT, FF_KEY) \
	F(OBJECT_PART0, "object.part0", VT_NUMBER, FF_KEY) \
	F(OBJECT_PART1, "object.part1", VT_NUMBER, FF_KEY) \
	F(OBJECT_PART2, "object.part2", VT_NUMBER, 0) \
	F(OBJECT_PART3, "object.part3", VT_NUMBER, 0) \
	F(OBJECT_COUNT, "object.count", VT_NUMBER, 0) \
	F(OBJECT_MEANING, "object.meaning", VT_TEXT, 0) \
	F(OBJECT_CATEGORY, "object.category", VT_WORD, 0) \
	F(VALUE, "value", VT_NUMBER, 0) \
	F(VALUE_TEXT, "value.text", VT_TEXT, 0) \
	F(VALUE_LENGTH, "value.length", VT_NUMBER, 0) \
	F(VALUE_ITEMS, "value.items", VT_NUMBER, 0) \
	F(VALUE_BEFORE, "value.before", VT_NUMBER, FF_VARIES | FF_VALUES) \
	F(VALUE_DELTA, "value.delta", VT_NUMBER, FF_VARIES | FF_VALUES) \
	F(VALUE_RATIO, "value.ratio", VT_NUMBER, FF_VARIES | FF_VALUES) \
	F(VALUE_OUTSIDE_LEARNED, "value.outside_learned", VT_BOOL, FF_VARIES | FF_LEARNED) \
	F(VALUE_NOT_LEARNED, "value.not_learned", VT_BOOL, FF_VARIES | FF_LEARNED) \
	F(VALUE_OUTSIDE_LIMITS, "value.outside_limits", VT_BOOL, 0) \
	F(VALUE_OUTSIDE_STEP, "value.outside_step", VT_BOOL, FF_VARIES | FF_VALUES) \
	F(NEW_PAIR, "new.pair", VT_BOOL, FF_VARIES | FF_LEARNED) \
	F(NEW_WORD, "new.word", VT_BOOL, FF_VARIES | FF_LEARNED) \
	F(NEW_CATEGORY, "new.category", VT_BOOL, FF_VARIES | FF_LEARNED) \
	F(NEW_OBJECT, "new.object", VT_BOOL, FF_VARIES | FF_LEARNED) \
	F(ALLOWED, "allowed", VT_BOOL, FF_VARIES) \
	F(WINDOW, "window", VT_BOOL, FF_VARIES) \
	F(FILE_NAME, "file.name", VT_TEXT, FF_OUTCOME) \
	F(FILE_SIZE, "file.size", VT_NUMBER, FF_OUTCOME) \
	F(FILE_MISSING, "file.missing", VT_NUMBER, FF_OUTCOME) \
	F(FILE_SHA256, "file.sha256", VT_TEXT, FF_OUTCOME | FF_KEY) \
	F(FILE_MAGIC, "file.magic", VT_TEXT, FF_OUTCOME) \
	F(FILE_ENTROPY, "file.entropy", VT_NUMBER, FF_OUTCOME) \
	F(FILE_COMPLETE, "file.complete", VT_BOOL, FF_OUTCOME) \
	F(FILE_PROGRAM, "file.program", VT_TEXT, FF_OUTCOME) \
	F(FILE_PROGRAM_SHA256, "file.program_sha256", VT_TEXT, FF_OUTCOME)

enum field_id {
#define FIELD_ID(id, name, type, flags) RF_##id,
	RULE_FIELDS(FIELD_ID)
#undef FIELD_ID
	RF_OWN,			/* a protocol's own */
	RF_COUNT = RF_OWN
};

struct field_ref {
	uint8_t id;		/* enum field_id */
	uint8_t type;		/* enum value_type */
	uint8_t flags;
	uint16_t proto;		/* OWN: of which protocol */
	const struct field *own, *sub;	/* OWN; sub: member of a list's elements */
};

/* Only to group by: all of an end's addresses. */
enum { RF_ACTOR = 250, RF_DEVICE = 251 };

const char *field_name(unsigned id);
uint8_t field_type(unsigned id);
uint8_t field_flags(unsigned id);

/* The field called so. False: there is none. */
bool field_find(const char *name, struct field_ref *ret_ref);

/* The i-th word a field of type WORD may have, in the order of their numbers; NULL after the last. */
const char *field_word(const struct site *site, unsigned id, unsigned i);

/* What a word of it is; -1: unknown. */
int field_word_number(const struct site *site, unsigned id, const char *word);

/* ---- values of an act ---- */

struct val {
	long double number;	/* NUMBER, WORD, BOOL, TIME (seconds): exact for 64 bits of either sign */
	struct bytes text;	/* TEXT */
	uint8_t address[16];	/* IP; MAC in its first six */
};

struct subject {		/* an act, and what is known around it */
	const struct obs *o;
	struct around *around;
	char *room;		/* for texts that must be made */
	size_t room_size;
};

enum { SUBJECT_ROOM = 2048 };

/* The i-th value of a field; most have one. False: no more, or none at all. */
bool field_get(const struct subject *s, const struct field_ref *f, unsigned i, struct val *ret);

/* ---- tests ---- */

enum test_op {
	OP_EQUAL, OP_GLOB, OP_CONTAINS, OP_STARTS, OP_ENDS, OP_RE, OP_CIDR, OP_GT, OP_GTE, OP_LT, OP_LTE,
	OP_RANGE, OP_EXISTS
};

enum { TEST_FEW = 8, TEST_TEXT_MAX = 1024 };

struct want {			/* one value of a test */
	long double low, high;	/* numbers; RANGE has both */
	const char *text;	/* lower case unless cased; NUL-terminated */
	uint32_t n;
	const char *given;	/* as it stands in the file */
	uint8_t address[16], bits;	/* CIDR: prefix length in the 128 */
	void *re;		/* pcre2_code */
};

struct test {
	struct field_ref field;
	uint8_t op;		/* enum test_op */
	bool all, cased;	/* all: every value must fit, not one of them */
	unsigned line, column;
	uint32_t count;
	struct want *wants;	/* more than TEST_FEW of op EQUAL are sorted */
};

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_TEST };

struct node {
	uint8_t kind;
	uint32_t count;
	struct node **kids;
	struct test test;
};

bool node_true(const struct node *n, const struct subject *s, const struct ruleset *set);
bool test_true(const struct test *t, const struct subject *s, const struct ruleset *set);

/* Where this field must be one of the values of a test for the tree to be true: that test; NULL: nowhere. */
const struct test *node_requires(const struct node *n, unsigned field);

/* The condition in one line: "protocol = modbus and not actor.role = hmi". NUL-terminated, cut at cap. */
void rule_in_words(char *out, size_t cap, const struct rule *r);

/* ---- correlations ---- */

enum correlation_type { CORR_EVENT_COUNT, CORR_VALUE_COUNT, CORR_TEMPORAL, CORR_ORDERED, CORR_ABSENCE };

enum { GROUP_MAX = 6, BASES_MAX = 16 };

struct correlation {
	uint8_t type;
	uint8_t base_count, group_count;
	bool generate;		/* its rules raise alerts of their own too */
	bool coarse;		/* counts of acts that fold come once a minute: so does the answer */
	const char *base_ids[BASES_MAX];
	struct rule *bases[BASES_MAX];
	struct field_ref group[GROUP_MAX];
	struct field_ref value;	/* value_count: of what */
	int64_t span_ns;
	uint64_t low, high;	/* so many, both included */
	uint32_t number;	/* of all correlations */
	unsigned line, column;	/* of "rules" */
};

enum rule_same { SAME_ACTOR = 1, SAME_DEVICE = 2, SAME_OBJECT = 4, SAME_WHO = 8, SAME_PROTOCOL = 16 };
enum rule_need { NEED_ACTS = 1, NEED_VALUES = 2 };

struct tuned;

struct rule {
	const char *id, *title, *text;	/* text: key below content/text/rules.yml, or NULL */
	const char *file;
	unsigned line, column;
	uint32_t number;	/* in the order read */
	uint8_t level, kind, same, needs;
	uint8_t phases;		/* which it looks at, as bits */
	uint64_t fits;		/* act_bits() of acts it may be true of: asked before anything that costs */
	bool off;		/* disabled */
	bool quiet;		/* only a correlation asks for it */
	bool folds;		/* may be true of acts that fold */
	bool varies;		/* and depends on more than the act */
	bool by_value;		/* of acts that fold: tells them apart by value too */
	int64_t silence_ns;
	const char *action;	/* NULL: the act's own word */
	const char *techniques[ALERT_TECHNIQUES];
	uint8_t technique_count;
	const char *seed;
	struct alert_rule face;
	struct node *condition;	/* NULL: a correlation */
	struct node *rest;	/* what is left of it to be asked when the index has chosen the rule; cheap
				 * first */
	struct correlation *corr;
	struct tuned *tuned;	/* a detector is behind it; NULL: none */
	struct rule *parents[BASES_MAX];	/* correlations that ask for it */
	uint8_t parent_count;
	uint8_t visiting;	/* while cycles are looked for */
	uint8_t depth;		/* of correlations over correlations */
};

/* Word, class, outcome and phase of an act, a bit of each, and whether nobody said what objects of its
 * protocol mean: a rule may be true of it only when its `fits` has all of them. */
enum { WORD_BITS = 40, CLASS_BITS = 13, OUTCOME_BITS = 5, PHASE_BITS = 5 };
#define ACT_UNTOLD (UINT64_C(1) << (WORD_BITS + CLASS_BITS + OUTCOME_BITS + PHASE_BITS))
_Static_assert((int)CLASS_COUNT <= CLASS_BITS && (int)OUT_COUNT <= OUTCOME_BITS &&
		       (int)PHASE_PUSH < PHASE_BITS &&
		       WORD_BITS + CLASS_BITS + OUTCOME_BITS + PHASE_BITS < 64,
	       "act_bits() has a bit for each");

static inline uint64_t act_bits(unsigned word, unsigned class, unsigned outcome, unsigned phase, bool told)
{
	return (told ? 0 : ACT_UNTOLD) | UINT64_C(1) << (word < WORD_BITS ? word : WORD_BITS - 1) |
	       UINT64_C(1) << (WORD_BITS + class) | UINT64_C(1) << (WORD_BITS + CLASS_BITS + outcome) |
	       UINT64_C(1) << (WORD_BITS + CLASS_BITS + OUTCOME_BITS + phase);
}

/* ---- the set ---- */

enum { LEFT_OUT_MAX = 256 };	/* more of them are forgotten: what stands on one says "unknown" then */

struct posting { uint64_t key; uint32_t first, count; };	/* of ruleset.posted */

enum { KEYS_MAX = 12, INDEX_PROTOS_MAX = 64, VERB_ROOM = 32, PROTO_ROOM = 256 };

struct bucket {			/* rules that may be true of acts of one protocol and verb */
	uint8_t keys[KEYS_MAX];	/* fields by which some of them are looked up */
	uint8_t key_count;
	uint32_t first, count;	/* of ruleset.posted: all others */
};

struct ruleset {
	struct arena arena;	/* everything below lives in it */
	const struct site *site;
	struct rule **rules;
	uint32_t count, corr_count, cap_hits;
	uint32_t *by_id;	/* hash of the id to number + 1 */
	struct rule *left_out[LEFT_OUT_MAX];	/* with something wrong in them */
	uint32_t left_out_count;
	uint16_t bucket_of[PROTO_ROOM][VERB_ROOM];	/* number + 1; 0: no rule; protocol 0: rules of any */
	struct bucket *buckets;
	struct posting *postings;
	uint32_t posting_mask;
	const struct rule **posted;
	uint64_t *posted_fits;	/* rule.fits of each, side by side */
	bool compares[PROTO_ROOM];	/* some rule needs the last known values of this protocol; [0]: of
					 * all */
	bool uses_values, uses_learned, uses_ages;
	void **codes;		/* pcre2_code of every expression, to be freed */
	uint32_t code_count, code_room;
	void *match_data, *match_context;
};

/* n zeroed bytes that live as long as the set; NULL: the room for rules is used up. */
void *set_take(struct ruleset *set, size_t n);
char *set_text(struct ruleset *set, const char *s, size_t n);

struct yread;

/* Takes a rule that is read. False: said why. */
bool set_add(struct ruleset *set, struct rule *r, struct yread *y);

/* Takes a rule with something wrong in it; its id may be NULL. */
void set_leave_out(struct ruleset *set, struct rule *r);
bool set_left_out(const struct ruleset *set, const char *id);

/* Compiles an expression. NULL: wrong, at *ret_offset. */
void *set_expression(struct ruleset *set, const char *pattern, bool cased, unsigned *ret_offset);
bool set_matches(const struct ruleset *set, const void *code, struct bytes text);

/* The verbs an act may have for the rule to be true of it, as bits. */
uint32_t rule_verbs(const struct rule *r);

/* rule_finish.c: when its condition is read. False: the rule is wrong, which is reported, and off. */
bool rule_finish(struct ruleset *set, struct rule *r, struct yread *y);

/* index.c: after all rules are there. 0 or -ENOMEM. */
int index_make(struct ruleset *set);

/* Calls each with every rule that may be true of the act, each once, in an order that depends on the rules
 * alone. */
void index_each(const struct ruleset *set, const struct subject *s,
		void (*each)(void *ctx, const struct rule *r, const struct subject *s), void *ctx);

static inline bool index_any(const struct ruleset *set, const struct obs *o)
{
	return (set->bucket_of[o->rec.proto % PROTO_ROOM][o->verb] | set->bucket_of[0][o->verb]) != 0;
}

_Static_assert((int)VERB_COUNT <= (int)VERB_ROOM, "every verb has a column");

#endif

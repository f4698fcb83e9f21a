/* detect/ruleset.c: all rules together: their memory, their names, and what follows from several of them. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "detect/rule.h"
#include "detect/yaml.h"

enum {
	SET_ROOM = 512 << 20,		/* reserved, not used until it is */
	IDS = RULES_MAX * 2,
	RE_STEPS = 20000, RE_DEPTH = 250, RE_HEAP_KIB = 256,	/* what one expression may cost on one text */
	RE_TEXT = 2048,			/* bytes of a text an expression is shown */
	FIRST_SID = 8300000, SIDS = 700000,
};

static const struct alert_rule first_change = {
	/* Who may change a machine is known by learning; rows C15, F3, G2, G3 of the attack table begin this
	 * way. */
	"first-change", 8200001, 1, "Unauthorised change of a controller", "C15,F3,G2,G3", NULL,
};

static const struct { const char *file, *text; } own_rules[] = {
#include "rules.inc"
	{ NULL, NULL }
};

/* ---- memory ---- */

void *set_take(struct ruleset *set, size_t n)
{
	return arena_take(&set->arena, n);
}

char *set_text(struct ruleset *set, const char *s, size_t n)
{
	char *copy = set_take(set, n + 1);

	if (copy != NULL)
		memcpy(copy, s, n);
	return copy;
}

int ruleset_new(struct ruleset **ret, const struct site *site)
{
	struct arena arena;
	int rc = arena_map(&arena, SET_ROOM);
	struct ruleset *set = rc == 0 ? arena_take(&arena, sizeof(*set)) : NULL;

	if (set == NULL)
		return rc == 0 ? -ENOMEM : rc;
	set->rules = arena_take(&arena, RULES_MAX * sizeof(set->rules[0]));
	set->by_id = arena_take(&arena, IDS * sizeof(set->by_id[0]));
	set->arena = arena;
	set->site = site;
	set->match_context = pcre2_match_context_create(NULL);
	set->match_data = pcre2_match_data_create(1, NULL);
	if (set->by_id == NULL || set->match_context == NULL || set->match_data == NULL) {
		ruleset_free(set);
		return -ENOMEM;
	}
	pcre2_set_match_limit(set->match_context, RE_STEPS);
	pcre2_set_depth_limit(set->match_context, RE_DEPTH);
	pcre2_set_heap_limit(set->match_context, RE_HEAP_KIB);
	*ret = set;
	return 0;
}

void ruleset_free(struct ruleset *set)
{
	if (set == NULL)
		return;
	for (uint32_t i = 0; i < set->code_count; i++)
		pcre2_code_free(set->codes[i]);
	free(set->codes);
	pcre2_match_data_free(set->match_data);
	pcre2_match_context_free(set->match_context);
	struct arena arena = set->arena;

	arena_unmap(&arena);
}

/* ---- expressions ---- */

void *set_expression(struct ruleset *set, const char *pattern, bool cased, unsigned *ret_offset)
{
	int error;
	PCRE2_SIZE offset = 0;
	uint32_t flags = PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY |
			 (cased ? 0 : PCRE2_CASELESS);

	if (set->code_count == set->code_room) {
		uint32_t room = set->code_room == 0 ? 64 : set->code_room * 2;
		void **codes = realloc(set->codes, room * sizeof(*codes));

		if (codes == NULL)
			return NULL;
		set->codes = codes;
		set->code_room = room;
	}
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern), flags, &error, &offset, NULL);

	*ret_offset = (unsigned)offset;
	if (code != NULL)
		set->codes[set->code_count++] = code;
	return code;
}

/* An expression that gives up at its limits does not match. */
bool set_matches(const struct ruleset *set, const void *code, struct bytes text)
{
	static const uint8_t none[1];

	return pcre2_match(code, text.p == NULL ? none : text.p, min_size(text.n, RE_TEXT), 0, 0,
			   set->match_data, set->match_context) >= 0;
}

/* ---- names ---- */

static uint32_t *id_slot(const struct ruleset *set, const char *id)
{
	uint32_t at = (uint32_t)hash_bytes(id, strlen(id), 0) % IDS;

	while (set->by_id[at] != 0 && strcmp(set->rules[set->by_id[at] - 1]->id, id) != 0)
		at = (at + 1) % IDS;
	return &set->by_id[at];
}

bool set_add(struct ruleset *set, struct rule *r, struct yread *y)
{
	(void)y;
	*id_slot(set, r->id) = set->count + 1;
	r->number = set->count;
	set->rules[set->count++] = r;
	if (r->corr != NULL)
		r->corr->number = set->corr_count++;
	r->face.name = r->id;
	r->face.sid = FIRST_SID + (uint32_t)(hash_bytes(r->id, strlen(r->id), 0) % SIDS);
	r->face.category = r->kind == ALERT_POSTURE ? "Weakness of an industrial network" :
						      "Attack on an industrial network";
	r->face.seed = r->seed;
	r->face.signature = r->title;
	return true;
}

void set_leave_out(struct ruleset *set, struct rule *r)
{
	if (set->left_out_count < LEFT_OUT_MAX)
		set->left_out[set->left_out_count++] = r;
}

bool set_left_out(const struct ruleset *set, const char *id)
{
	for (uint32_t i = 0; i < set->left_out_count; i++)
		if (set->left_out[i]->id != NULL && strcmp(set->left_out[i]->id, id) == 0)
			return true;
	return false;
}

size_t ruleset_count(const struct ruleset *set) { return set->count; }
const struct site *ruleset_site(const struct ruleset *set) { return set->site; }

const struct rule *ruleset_at(const struct ruleset *set, size_t i)
{
	return i < set->count ? set->rules[i] : NULL;
}

const struct rule *ruleset_find(const struct ruleset *set, const char *id)
{
	uint32_t n = *id_slot(set, id);

	return n == 0 ? NULL : set->rules[n - 1];
}

bool ruleset_disable(struct ruleset *set, const char *id)
{
	uint32_t n = *id_slot(set, id);

	if (n != 0)
		set->rules[n - 1]->off = true;
	return n != 0;
}

const struct alert_rule *ruleset_face(const void *ctx, const char *id)
{
	if (strcmp(id, first_change.name) == 0)
		return &first_change;
	const struct rule *r = ctx == NULL ? NULL : ruleset_find(ctx, id);

	return r == NULL ? NULL : &r->face;
}

size_t ruleset_add_own(struct ruleset *set, rule_report *report, void *ctx)
{
	size_t problems = 0;

	for (unsigned i = 0; own_rules[i].file != NULL; i++)
		problems += ruleset_add(set, own_rules[i].file, own_rules[i].text, strlen(own_rules[i].text),
					report, ctx);
	return problems;
}

bool ruleset_is_own(const char *file)
{
	for (unsigned i = 0; own_rules[i].file != NULL; i++)
		if (strcmp(own_rules[i].file, file) == 0)
			return true;
	return false;
}

/* ---- correlations ---- */

static const char *rule_id_at(const void *ctx, unsigned i)
{
	const struct ruleset *set = ctx;

	return i < set->count ? set->rules[i]->id : NULL;
}

static bool bind(struct ruleset *set, struct rule *r, struct yread *y)
{
	struct correlation *c = r->corr;

	bool ok = true;

	for (unsigned i = 0; i < c->base_count; i++) {
		const char *id = c->base_ids[i];
		uint32_t n = *id_slot(set, id);

		if (n != 0)
			c->bases[i] = set->rules[n - 1];
		else if (set_left_out(set, id))
			ok = y_wrong_at(y, c->line, c->column, "left-out-rule", id, NULL);
		else
			ok = y_wrong_at(y, c->line, c->column, "unknown-rule", id,
					nearest(id, rule_id_at, set));
	}
	return ok;
}

/* A correlation over itself would wait for itself. Returns how deep it goes; 0: a cycle, or too deep. */
static unsigned measure(struct rule *r)
{
	unsigned depth = 1;

	if (r->corr == NULL)
		return 1;
	if (r->visiting)
		return 0;
	if (r->depth != 0)
		return r->depth;
	r->visiting = true;
	for (unsigned i = 0; i < r->corr->base_count; i++) {
		unsigned below = r->corr->bases[i] == NULL ? 0 : measure(r->corr->bases[i]);

		if (below == 0 || below + 1 > CORRELATION_DEPTH_MAX + 1) {
			r->visiting = false;
			return 0;
		}
		depth = below + 1 > depth ? below + 1 : depth;
		r->corr->coarse |= r->corr->bases[i]->corr != NULL ? r->corr->bases[i]->corr->coarse :
								     r->corr->bases[i]->folds;
	}
	r->visiting = false;
	r->depth = (uint8_t)depth;
	return depth;
}

static bool same_groups(const struct correlation *a, const struct correlation *b)
{
	return a->group_count == b->group_count &&
	       memcmp(a->group, b->group, a->group_count * sizeof(a->group[0])) == 0;
}

static bool base_folds(const struct rule *r) { return r->corr != NULL ? r->corr->coarse : r->folds; }

static bool check_correlation(struct rule *r, struct yread *y)
{
	struct correlation *c = r->corr;

	if (measure(r) == 0)
		return y_wrong_at(y, c->line, c->column, "cycle", r->id, NULL);
	for (unsigned i = 0; i < c->base_count; i++) {
		const struct rule *b = c->bases[i];

		for (unsigned k = 0; k < i; k++)
			if (c->bases[k] == b)
				return y_wrong_at(y, c->line, c->column, "rule-twice", b->id, NULL);
		if (b->corr != NULL && (!same_groups(c, b->corr) || c->type == CORR_VALUE_COUNT))
			return y_wrong_at(y, c->line, c->column, "other-groups", b->id, NULL);
		if (base_folds(b) && (c->type == CORR_ORDERED || (c->type == CORR_ABSENCE && i == 0)))
			return y_wrong_at(y, c->line, c->column, "fold-order", b->id, NULL);
		if (c->coarse && c->span_ns % (60 * NS_PER_S) != 0)
			return y_wrong_at(y, c->line, c->column, "fold-span", b->id, NULL);
	}
	return true;
}

static void tie(struct rule *r)
{
	for (unsigned i = 0; i < r->corr->base_count; i++) {
		struct rule *b = r->corr->bases[i];

		if (b->parent_count < BASES_MAX)
			b->parents[b->parent_count++] = r;
		b->quiet = b->parent_count == 1 ? !r->corr->generate : b->quiet && !r->corr->generate;
	}
}

size_t ruleset_finish(struct ruleset *set, rule_report *report, void *ctx)
{
	struct yread y = { .file = "", .report = report, .ctx = ctx };

	for (uint32_t i = 0; i < set->count; i++) {
		struct rule *r = set->rules[i];

		y.file = r->file;
		if (r->corr != NULL ? !bind(set, r, &y) : !rule_finish(set, r, &y))
			r->off = true;
	}
	for (uint32_t i = 0; i < set->left_out_count; i++) {	/* whoever mends them wants to know all */
		y.file = set->left_out[i]->file;
		if (set->left_out[i]->corr != NULL)
			bind(set, set->left_out[i], &y);
	}
	for (uint32_t i = 0; i < set->count; i++) {
		struct rule *r = set->rules[i];

		y.file = r->file;
		if (r->corr != NULL && !r->off && !check_correlation(r, &y))
			r->off = true;
	}
	for (uint32_t i = 0; i < set->count; i++)
		if (set->rules[i]->corr != NULL && !set->rules[i]->off)
			tie(set->rules[i]);
	if (index_make(set) != 0)
		y_wrong_at(&y, 1, 1, "no-room", NULL, NULL);
	return y.problems;
}

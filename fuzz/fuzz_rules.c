/* fuzz/fuzz_rules.c: whatever bytes are given as a file of rules, the loader takes them or says where they
 * are wrong; what it took can be asked about any act.
 *
 * Input: how:1 (1: the settings file of a site), then the file. */
#include <stdlib.h>

#include "detect/around.h"
#include "detect/detect.h"
#include "detect/rule.h"
#include "detect/site_load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_problem(void *ctx, const struct rule_problem *p)
{
	if (p->line == 0 || p->column == 0)
		abort();		/* every mistake has a place */
	*(size_t *)ctx += strlen(p->key) + strlen(p->what) + strlen(p->hint);
}

static void on_rule(void *ctx, const struct rule *r, const struct subject *s)
{
	(void)r;
	(void)s;
	++*(size_t *)ctx;
}

/* A few acts of different kinds, with nothing in them that a span could name. */
static void ask(struct ruleset *set, size_t *sum)
{
	static const uint8_t verbs[] = { VERB_READ, VERB_WRITE, VERB_STOP, VERB_LOGIN };
	const struct around_options ao = { .site = ruleset_site(set) };
	struct around *around;
	char room[SUBJECT_ROOM], words[512];

	if (around_new(&around, &ao) != 0)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(verbs) * 4; i++) {
		struct obs o = { .rec = { .type = REC_ACT, .size = sizeof(o), .proto = (uint16_t)(1 + i % 4),
					  .at_ns = i },
				 .verb = verbs[i % 4], .phase = (uint8_t)(1 + i / 4), .times = 1,
				 .value = { .type = VAL_UINT, .items = 1, .one.u = i } };
		const struct subject s = { &o, around, room, sizeof(room) };

		around_next(around);
		index_each(set, &s, on_rule, sum);
		for (size_t k = 0; k < ruleset_count(set) && k < 16; k++) {
			const struct rule *r = ruleset_at(set, k);

			if (r->condition != NULL)
				*sum += node_true(r->condition, &s, set);
		}
	}
	for (size_t k = 0; k < ruleset_count(set) && k < 16; k++) {
		const struct rule *r = ruleset_at(set, k);
		bool bound = true;

		for (unsigned i = 0; r->corr != NULL && i < r->corr->base_count; i++)
			bound &= r->corr->base_ids[i] != NULL;
		if (bound)
			rule_in_words(words, sizeof(words), r);
	}
	around_free(around);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct site site;
	struct ruleset *set;
	volatile size_t kept;
	size_t sum = 0;

	if (size == 0)
		return 0;
	site_init(&site);
	if (data[0] == 1) {
		site_load(&site, "site.yml", (const char *)data + 1, size - 1, on_problem, &sum);
	} else if (ruleset_new(&set, &site) == 0) {
		ruleset_add(set, "rules.yml", (const char *)data + 1, size - 1, on_problem, &sum);
		ruleset_finish(set, on_problem, &sum);
		ask(set, &sum);
		ruleset_free(set);
	}
	kept = sum;
	(void)kept;
	return 0;
}

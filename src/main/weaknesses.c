/* main/weaknesses.c: see weaknesses.h. */
#include "main/weaknesses.h"

#include <string.h>

#include "detect/rule.h"

struct joining {
	struct desk_alerts *alerts;
	const struct ruleset *rules;
};

static bool same_side(const struct side *a, const struct side *b)
{
	return a->station == b->station && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 &&
	       (!ip_is_zero(a->ip) || memcmp(a->mac, b->mac, sizeof(a->mac)) == 0);
}

/* What a rule says two acts must share is what two alerts must share, too. A user's name is not kept in
 * one. */
static bool same_weakness(const struct rule *r, const struct alert *a, const struct alert *b)
{
	return strcmp(a->rule, b->rule) == 0 && a->kind == b->kind && a->tap == b->tap &&
	       ((r->same & SAME_DEVICE) == 0 || same_side(&a->device, &b->device)) &&
	       ((r->same & SAME_ACTOR) == 0 || same_side(&a->actor, &b->actor)) &&
	       ((r->same & SAME_PROTOCOL) == 0 || a->proto == b->proto) &&
	       ((r->same & SAME_OBJECT) == 0 || strcmp(a->object, b->object) == 0) &&
	       (r->same & SAME_WHO) == 0;
}

static void go_on(struct alert *a, const struct alert *old)
{
	a->id = old->id;
	a->first_ns = old->first_ns < a->first_ns ? old->first_ns : a->first_ns;
	a->last_ns = old->last_ns > a->last_ns ? old->last_ns : a->last_ns;
	a->count += old->count;
	a->done += old->done;
	a->refused += old->refused;
	a->unanswered += old->unanswered;
	a->told_before = true;
}

static bool join(void *ctx, const void *row)
{
	const struct joining *j = ctx;
	const struct alert *old = row;
	const struct rule *r = old->kind == ALERT_POSTURE ? ruleset_find(j->rules, old->rule) : NULL;

	for (size_t i = 0; r != NULL && i < j->alerts->count; i++) {
		struct alert *a = &j->alerts->list[i];

		if (!a->told_before && same_weakness(r, a, old)) {
			go_on(a, old);
			break;
		}
	}
	return true;
}

int weaknesses_join(struct desk *d, const struct ruleset *rules)
{
	struct joining j = { &d->alerts, rules };

	return d->store == NULL || rules == NULL ? 0 : store_each(d->store, STORE_ALERT, join, &j);
}

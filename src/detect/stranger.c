/* detect/stranger.c: see stranger.h. */
#include "detect/stranger.h"

enum { NEWCOMER_S = 10 };	/* first reading a machine so long after everything began: a newcomer */

static bool is_of(const char *word, const char *const *list)
{
	for (size_t i = 0; list[i] != NULL; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

/* A machine tool keeps its programs as files, on a share of its own or a server in it; whoever reads them
 * there takes programs. What else is written with the languages of offices (print jobs, pages) is none of the
 * machine's. */
bool is_controller(const struct ledger *l, const struct obs *o, const struct party *device,
		   const struct watch *w)
{
	static const char *const controllers[] = { "plc", "gateway", NULL };
	static const char *const machines[] = { "cnc", "robot", NULL };
	static const char *const files[] = { "program-write", "program-delete", "program-select",
					     "program-read", "file-write", "file-delete", "file-rename",
					     "file-read", "firmware-write", NULL };

	if (strcmp(w->word, "file-read") != 0 &&
	    (ledger_proto_is_ot(l, o->rec.proto) || is_of(device->asset.role, controllers)))
		return true;
	return is_of(device->asset.role, machines) && is_of(w->word, files);
}

/* Somebody who reads values like an operator panel. Known as one (it has been reading for long, or a person
 * said so), or only looking like one: then it may do little, and nothing when it came later than the rest. */
static bool panel_may(const struct ledger *l, const struct asset *a, const struct watch *w)
{
	int64_t began_ns = ledger_began(l);

	if (a->role_trust != TRUST_GUESS)
		return w->panel >= PANEL_KNOWN;
	return w->panel == PANEL_MAY && a->reads_ns - began_ns < NEWCOMER_S * NS_PER_S;
}

/* Values written on a connection that was open when the recording began: nobody can say that they are the
 * first. */
bool was_at_it(const struct ledger *l, const struct obs *o, const struct party *actor, const struct watch *w)
{
	return w->panel == PANEL_MAY && (o->flags & FLAG_MIDSTREAM) != 0 &&
	       strcmp(actor->asset.role, "unknown") == 0 &&
		       o->rec.at_ns - ledger_began(l) < NEWCOMER_S * NS_PER_S;
}

/* Without learning only the role can tell who may operate machines; a guess does not, but for the maker of
 * controllers. */
bool is_stranger(const struct ledger *l, const struct party *actor, const struct watch *w)
{
	const char *role = actor->asset.role;

	if (!actor->known || strcmp(role, "office") == 0 || strcmp(role, "unknown") == 0 ||
	    strcmp(role, "internet") == 0)
		return true;
	if (strcmp(role, "hmi") == 0)
		return !panel_may(l, &actor->asset, w);
	return actor->asset.role_trust == TRUST_GUESS && strcmp(role, "plc") != 0;
}

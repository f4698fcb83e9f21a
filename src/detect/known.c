/* detect/known.c: every detection rule as other tools see it. A number once given is never given again. */
#include "core/util.h"
#include "detect/detect.h"

static const struct alert_rule rules[] = {
	/* Who may change a machine is known by learning; rows C15, F3, G2, G3 of the attack table begin this
	 * way. */
	{ "first-change", 8200001, 1, "Unauthorised change of a controller", "C15,F3,G2,G3" },
};

const struct alert_rule *detect_rule(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	return NULL;
}

/* detect/stranger.h: who may change which machine when nothing was learned: what the roles tell. */
#ifndef DETECT_STRANGER_H
#define DETECT_STRANGER_H

#include "detect/around.h"
#include "detect/watch.h"

/* Is what is done here done to a machine. */
bool is_controller(const struct ledger *l, const struct obs *o, const struct party *device,
		   const struct watch *w);

/* Does nothing show that this is the actor's work. */
bool is_stranger(const struct ledger *l, const struct party *actor, const struct watch *w);

/* Was he at it before anything was recorded. */
bool was_at_it(const struct ledger *l, const struct obs *o, const struct party *actor, const struct watch *w);

#endif

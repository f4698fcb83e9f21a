/* main/replay.h: every record of some capture files, for commands that only look. */
#ifndef MAIN_REPLAY_H
#define MAIN_REPLAY_H

#include "model/limits.h"
#include "model/obs.h"
#include "model/text.h"

/* Calls each with every record, in order, on one thread. False: said why. */
bool replay(enum lang lang, const struct limits *limits, const char *const *files, unsigned count,
	    void (*each)(void *ctx, const struct rec *r), void *ctx);

#endif

/* main/progress.h: a bar on a terminal, nothing when piped. */
#ifndef MAIN_PROGRESS_H
#define MAIN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/text.h"

struct progress {
	enum lang lang;
	bool shown;		/* standard error is a terminal */
	bool drawn;
	uint64_t total;		/* bytes; 0: not known */
	int64_t started_ms, said_ms;
};

void progress_start(struct progress *p, enum lang lang, uint64_t total);
void progress_say(struct progress *p, uint64_t bytes, uint64_t frames);	/* at most five times a second */
void progress_end(struct progress *p);	/* wipes the bar */

#endif

/* detect/watch.h: which words change a controller. */
#ifndef DETECT_WATCH_H
#define DETECT_WATCH_H

#include "detect/detect.h"

enum panel { PANEL_NEVER, PANEL_KNOWN, PANEL_MAY };

struct watch {			/* a word that changes a controller */
	const char *word;
	uint8_t level;		/* enum alert_level when a stranger does it */
	uint8_t panel;		/* enum panel: may an operator panel do it, when nothing was learned */
	const char *techniques[ALERT_TECHNIQUES];	/* NULL ends */
};

const struct watch *watch_at(size_t i);	/* NULL after the last */

#endif

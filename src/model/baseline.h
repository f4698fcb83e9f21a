/* model/baseline.h: what detect/ learned to be normal and store/ keeps. */
#ifndef MODEL_BASELINE_H
#define MODEL_BASELINE_H

#include "model/obs.h"

/* One thing that somebody does to some device in normal times. Keyed by addresses, tap and word; matched
 * through the ledger, so a device that changed its address is still the same. */
struct baseline_row {
	uint8_t tap;
	uint16_t proto;		/* of the first act */
	struct side actor, device;	/* port 0 */
	char word[24];		/* word_of() */
	int64_t first_ns, last_ns;
	uint64_t count;
};

#endif

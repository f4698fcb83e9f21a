/* model/learned.h: what detect/ learned of objects and values, and store/ keeps. */
#ifndef MODEL_LEARNED_H
#define MODEL_LEARNED_H

#include "model/asset.h"

enum { LEARNED_VALUES = 8 };

struct learned_values {
	double low, high;
	uint8_t count;		/* of set; 0: no value was a number */
	bool more;		/* further ones than fit the set */
	uint64_t writes;	/* how many of them; not kept: it is the row's count */
	double set[LEARNED_VALUES];	/* different values, in the order met */
};

/* Somebody did something to an object in normal times. Keyed by addresses, tap, word and object. */
struct learned_row {
	uint8_t tap;
	uint16_t proto;
	struct side actor, device;	/* port 0 */
	char word[24];
	char object[OBJECT_TEXT_MAX];
	struct learned_values values;
	int64_t first_ns, last_ns;
	uint64_t count;
};

#endif

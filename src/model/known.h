/* model/known.h: the last value of an object that detect/ knows, and store/ keeps between runs. */
#ifndef MODEL_KNOWN_H
#define MODEL_KNOWN_H

#include "model/obs.h"

enum { KNOWN_WRITTEN = 1, KNOWN_READ = 2, KNOWN_ANCHOR = 4 };

struct known_row {
	uint64_t key;		/* of tap and object, as this build makes it */
	uint16_t proto;
	uint16_t proto_number;	/* of proto in the build that wrote the row: the key is only good under
				 * this */
	uint8_t has;		/* KNOWN_WRITTEN | ... */
	double written, read;	/* the last of each */
	double anchor;		/* the last one while learning */
	int64_t written_ns, read_ns;
};

#endif

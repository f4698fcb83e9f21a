/* model/limits.h: the caps on everything a stranger can make grow. One table: LIMIT(name, default).
 *
 * Names are the keys under "limits:" in a configuration file. A cap is divided over the 64 shards
 * (rounded up), so what happens at a cap does not depend on the number of workers. Every hit is
 * counted under the same name and shown in the summary. */
#ifndef MODEL_LIMITS_H
#define MODEL_LIMITS_H

#include <stdint.h>

#define LIMITS(LIMIT)											\
	LIMIT(flows, 1310720)		/* open flows; the oldest idle one is closed as evicted */	\
	LIMIT(pairs, 262144)		/* kinds of act between two hosts whose rate is watched */ \
	LIMIT(folds, 524288)		/* folded runs */						\
	LIMIT(segments, 65536)		/* out-of-order pieces of TCP waiting, 2 KiB each */		\
	LIMIT(gathers, 16384)		/* messages being gathered, up to 64 KiB each */		\
	LIMIT(asks, 131072)		/* open requests */						\
	LIMIT(transfers, 8192)		/* files and programs on the wire at once */			\
	LIMIT(keeps, 65536)		/* files, shares and sessions open in flows, 512 bytes each */	\
	LIMIT(expects, 8192)		/* flows announced by another flow */				\
	LIMIT(fragments, 4096)		/* datagrams being defragmented, up to 64 KiB each */		\
	LIMIT(assets, 65536)										\
	LIMIT(conversations, 262144)	/* rows of who talks to whom */					\
	LIMIT(objects, 262144)		/* rows of who did what to which object */			\
	LIMIT(alerts, 65536)										\
	LIMIT(correlations, 16384)	/* groups of acts that rules add up */

struct limits {
#define LIMIT_FIELD(name, dflt) uint32_t name;
	LIMITS(LIMIT_FIELD)
#undef LIMIT_FIELD
};

#define LIMIT_DEFAULT(name, dflt) .name = dflt,
#define LIMITS_DEFAULT { LIMITS(LIMIT_DEFAULT) }

#endif

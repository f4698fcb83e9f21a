/* main/summary_parts.h: what the summaries for people and for programs share. */
#ifndef MAIN_SUMMARY_PARTS_H
#define MAIN_SUMMARY_PARTS_H

#include "main/summary.h"

enum { LIMIT_COUNT = 0
#define ONE(name, dflt) + 1
       LIMITS(ONE)
#undef ONE
};

extern const char *const summary_limits[LIMIT_COUNT];

/* The two sums of account: frames over all classes, bytes over all that may become of payload. */
uint64_t summary_classes(const struct decode_stats *d);
uint64_t summary_payload(const struct stream_sums *s);

/* What the ledger holds, by role. */
enum { ROLES_SHOWN = 64 };

struct roles {
	struct { char key[ROLE_KEY_MAX]; unsigned count; } list[ROLES_SHOWN];
	unsigned count, assets;
};

struct roles summary_roles(struct ledger *l);	/* most first; NULL: none */

#endif

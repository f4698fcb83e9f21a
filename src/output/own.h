/* output/own.h: a protocol's own struct as JSON, from its fields[]. */
#ifndef OUTPUT_OWN_H
#define OUTPUT_OWN_H

#include "core/json.h"
#include "model/proto.h"

enum own_view {
	OWN_EVE,	/* fields with an EVE path, nested along it */
	OWN_KOBAN,	/* every field, by its own name */
	OWN_REST,	/* those without an EVE path, by their own names */
	OWN_VIEWS
};

/* What is written for each field, worked out once for each protocol and view. */
struct own;

struct own *own_new(void);	/* NULL: out of memory */
void own_free(struct own *own);

/* Writes the members (no braces) of the own structs of ask and answer as one: of each field the answer's
 * value when it has one, else the ask's. Either may be NULL, not both. True: at least one was written. */
bool own_write(struct own *own, struct json *j, const struct obs *ask, const struct obs *answer,
	       enum own_view view);

#endif

/* model/object.h: the object of an act as people write it. */
#ifndef MODEL_OBJECT_H
#define MODEL_OBJECT_H

#include "model/proto.h"

/* "holding 107", "DB1.DBX2.0", "/orders?id=7": from the protocol's spaces[] and the name. Bytes from the wire
 * as they are (escape where it lands). NUL-terminated, cut at cap; returns the length. */
size_t object_text(char *out, size_t cap, const struct obs *o);

/* "DB1" alone, when the space has a key but no format. */
const struct proto_space *object_space(const struct obs *o);	/* NULL: named only */

#endif

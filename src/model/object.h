/* model/object.h: objects and values of acts as short texts that need no language. */
#ifndef MODEL_OBJECT_H
#define MODEL_OBJECT_H

#include "model/proto.h"

/* "holding 40001 x10", "DB5.0.0", "/etc/motd": as the protocol's spaces[] say. NUL-terminated, escaped UTF-8, cut at
 * cap. "" when the act names no object. p may be NULL. */
void object_text(char *out, size_t cap, const struct proto *p, const struct obs *o);

/* "1500", "on", "12.5", "0a1b2c...", "\"text\"". A secret is never shown: "" . */
void value_text(char *out, size_t cap, const struct obs *o);

/* Wire bytes as UTF-8: control characters, backslashes and broken bytes as \xNN; cut at a whole character. Returns
 * the length written. */
size_t clean_text(char *out, size_t cap, struct bytes b);

#endif

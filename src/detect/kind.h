/* detect/kind.h: what makes two acts one. */
#ifndef DETECT_KIND_H
#define DETECT_KIND_H

#include "detect/rule.h"

/* An end without its port: by address, else by MAC. With its station; of both ends of an act. */
uint64_t end_key(uint8_t tap, const struct side *s);
uint64_t station_key(uint8_t tap, const struct side *s);
uint64_t pair_key(const struct obs *o);

/* A text of the act. */
uint64_t text_hash(const struct obs *o, struct span s);

/* As far as a fold tells acts apart: the first of a kind always came as a record of its own. */
uint64_t kind_of(const struct rule *r, const struct obs *o);

#endif

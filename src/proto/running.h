/* proto/running.h: the program a machine says it runs, as a fact, when it is another one than this
 * connection heard before. */
#ifndef PROTO_RUNNING_H
#define PROTO_RUNNING_H

#include "model/proto.h"

enum { RUNNING_KEPT = 128, RUNNING_PLACES = 8 };

/* Kept in the protocol's state: digests of what was said, one for each place. */
struct running { uint32_t said[RUNNING_PLACES]; };

/* A name that outlives the act it came with. */
struct running_name { uint8_t text[RUNNING_KEPT]; uint8_t n; };

/* The text of the act being built; of one without a value, as refused ones are, an empty one. */
struct running_name running_of(const struct obs *o);

/* After act_emit(). place: fact.number: 0 the program that runs, 1 the main program it was called by; those
 * of the second path of the control from 2 on, and so forth. Places beyond RUNNING_PLACES are left out. */
void running_say(struct proto_ctx *x, struct running *r, const struct side *device, unsigned place,
		 const struct running_name *name);

#endif

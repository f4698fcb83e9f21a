/* proto/ends.h: who asks in protocols whose first bytes tell it (HTTP, FTP).
 *
 * Where a capture begins in the middle of a flow its ends are a guess. A protocol that can tell better keeps
 * that here: its state begins with a struct ends. */
#ifndef PROTO_ENDS_H
#define PROTO_ENDS_H

#include "model/proto.h"

struct ends {
	uint8_t swapped; /* the flow's server is the one that asks: its ends were guessed wrongly */
};

/* Is this a message of the side that asks? */
bool ends_asks(const struct proto_ctx *x);
struct side ends_asking(const struct proto_ctx *x);
struct side ends_answering(const struct proto_ctx *x);

/* Begins an act of the side that asks. */
struct obs *ends_begin(struct proto_ctx *x, const struct proto_code *row, uint8_t phase);

#endif

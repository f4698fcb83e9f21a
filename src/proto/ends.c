/* proto/ends.c: who asks in protocols whose first bytes tell it. */
#include "proto/ends.h"

static bool swapped(const struct proto_ctx *x)
{
	const struct ends *e = x->state;

	return e->swapped != 0;
}

bool ends_asks(const struct proto_ctx *x)
{
	return x->from_client != swapped(x);
}

struct side ends_asking(const struct proto_ctx *x)
{
	return swapped(x) ? flow_server(x) : flow_client(x);
}

struct side ends_answering(const struct proto_ctx *x)
{
	return swapped(x) ? flow_client(x) : flow_server(x);
}

struct obs *ends_begin(struct proto_ctx *x, const struct proto_code *row, uint8_t phase)
{
	struct obs *o = act_begin_code(x, row);

	o->phase = phase;
	o->actor = ends_asking(x);
	o->device = ends_answering(x);
	return o;
}

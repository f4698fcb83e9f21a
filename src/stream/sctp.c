/* stream/sctp.c: DATA chunks in, user messages out. */
#include "stream/flow.h"

void sctp_frame(struct shard *s, struct flow *f, const struct layers *l, unsigned d)
{
	(void)f;
	(void)d;
	s->stats->sums.unclaimed += l->payload.n;
}

void sctp_finish(struct shard *s, struct flow *f)
{
	(void)s;
	(void)f;
}

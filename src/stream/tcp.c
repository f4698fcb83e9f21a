/* stream/tcp.c: segments in, streams out: in order, without what came twice, with what never came named. */
#include "stream/flow.h"

static int32_t apart(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

bool tcp_is_new(const struct shard *s, const struct flow *f, const struct layers *l, unsigned d)
{
	(void)s;
	(void)d;
	return (l->tcp_flags & TCP_SYN) && !(l->tcp_flags & TCP_ACK) && (f->flags & FLOW_ENDED);
}

void tcp_begin(struct flow *f, const struct layers *l, unsigned d)
{
	(void)f;
	(void)l;
	(void)d;
}

void tcp_give_up(struct shard *s, struct flow *f, unsigned d)
{
	(void)s;
	(void)f;
	(void)d;
}

void tcp_finish(struct shard *s, struct flow *f)
{
	(void)s;
	(void)f;
}

void tcp_frame(struct shard *s, struct flow *f, const struct layers *l, unsigned d)
{
	struct half *h = &f->half[d];
	uint32_t seq = l->seq + ((l->tcp_flags & TCP_SYN) != 0);

	h->tcp_flags |= l->tcp_flags;
	if (!(h->flags & HALF_SEQ)) {
		h->next_seq = seq;
		h->flags |= HALF_SEQ;
	}
	if (l->payload.n > 0) {
		int32_t gap = apart(seq, h->next_seq);

		if (gap < 0) {
			s->stats->sums.overlap += l->payload.n;
		} else {
			if (gap > 0)
				frame_lost(s, f, d, (uint32_t)gap);
			h->next_seq = seq + (uint32_t)l->payload.n;
			frame_bytes(s, f, d, l->payload, l->first_frame);
		}
	}
	if (l->tcp_flags & TCP_FIN) {
		frame_half_ends(s, f, d);
		h->flags |= HALF_FIN;
	}
	if (l->tcp_flags & TCP_RST)
		flow_finish(s, f, FLOW_END_RST);
	else if (f->half[0].flags & f->half[1].flags & HALF_FIN)
		flow_finish(s, f, FLOW_END_FIN);
}

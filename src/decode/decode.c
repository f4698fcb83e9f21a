/* decode/decode.c: the walk over one frame, its class, its shard and the first sum of account. */
#include "decode/decode.h"

#include <errno.h>

#include "core/hash.h"
#include "decode/walk.h"

size_t decode_need(const struct limits *limits)
{
	return sizeof(struct decode) + duplicate_need() + checksum_need() + fragment_need(limits) +
	       coverage_need() + 1024;		/* rounding of each piece to 16 bytes */
}

int decode_init(struct decode **ret_d, struct arena *a, const struct limits *limits)
{
	struct decode *d = arena_take(a, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->now_ns = INT64_MIN;
	int r = duplicate_init(&d->duplicates, a);

	if (r == 0)
		r = checksum_init(&d->checksums, a);
	if (r == 0)
		r = fragment_init(&d->fragments, a, limits);
	if (r == 0)
		r = coverage_init(&d->coverage, a);
	if (r == 0)
		*ret_d = d;
	return r;
}

void decode_seed(struct decode *d, uint64_t seed)
{
	duplicate_seed(d->duplicates, seed);
}

void decode_name(struct decode *d, struct named_count *table, uint32_t number)
{
	for (size_t i = 0; i < NAMED_COUNTS; i++) {
		if (table[i].frames == 0)
			table[i].number = number;
		if (table[i].number == number) {
			table[i].frames++;
			return;
		}
	}
	d->stats.named_other++;
}

static enum step walk_step(struct walk *w, enum step step)
{
	switch (step) {
	case STEP_ETHER:	return link_ether(w);
	case STEP_TYPE:		return link_type(w);
	case STEP_LLC:		return link_llc(w);
	case STEP_PPP:		return link_ppp(w);
	case STEP_PPPOE:	return link_pppoe(w);
	case STEP_MPLS:		return link_mpls(w);
	case STEP_IP:		return ip_either(w);
	case STEP_IP4:		return ip_v4(w);
	case STEP_IP6:		return ip_v6(w);
	case STEP_PROTO:	return ip_proto(w);
	case STEP_STOP:		break;
	}
	return STEP_STOP;
}

static void walk_frame(struct walk *w)
{
	enum step step = link_first(w);

	while (step != STEP_STOP) {
		if (++w->steps > STEPS_MAX)
			step = walk_stop(w, FRAME_TOO_DEEP);
		else
			step = walk_step(w, step);
	}
}

/* The innermost pair of hosts as one number, the same for both directions. */
static uint64_t host_pair(const struct layers *l, bool *ret_forward)
{
	uint64_t src, dst;

	src = walk_host(l->src_ip);
	dst = walk_host(l->dst_ip);
	if (src == 0 && dst == 0) {			/* no IP */
		src = (uint64_t)load_be16(l->src_mac) << 32 | load_be32(l->src_mac + 2);
		dst = (uint64_t)load_be16(l->dst_mac) << 32 | load_be32(l->dst_mac + 2);
	}
	*ret_forward = src <= dst;
	return *ret_forward ? hash_join(src, dst) : hash_join(dst, src);
}

static void count_named(struct decode *d, const struct frame *f, const struct layers *l)
{
	if (l->class == FRAME_ETHER_OTHER)
		decode_name(d, d->stats.ethertypes, l->ether != 0 ? l->ether : l->lsap);
	else if (l->class == FRAME_IP_OTHER)
		decode_name(d, d->stats.ip_protocols, l->ip_proto);
	else if (l->class == FRAME_LINK_UNKNOWN)
		decode_name(d, d->stats.links, f->link);
	else if (l->class == FRAME_DUPLICATE)
		d->stats.deduplicated++;
}

static void count_frame(struct decode *d, const struct frame *f, const struct layers *l, bool give)
{
	struct decode_stats *s = &d->stats;

	s->class_frames[l->class]++;
	s->bytes += f->n;
	if (give)
		s->payload += l->payload.n;
	if (l->tunnel_depth > 0)
		s->tunnelled++;
	if (l->class >= FRAME_IP_OTHER)
		count_named(d, f, l);
}

_Static_assert(FRAME_TCP < FRAME_IP_OTHER && FRAME_UDP < FRAME_IP_OTHER && FRAME_SCTP < FRAME_IP_OTHER &&
	       FRAME_ICMP < FRAME_IP_OTHER, "count_frame() passes over those with nothing to name");

/* Any frame at all, layer by layer. */
static bool walk_any(struct decode *d, const struct frame *f, struct layers *l)
{
	struct walk w = { .d = d, .f = f, .l = l, .c = cur_over((struct bytes){ f->p, f->n }),
			  .wire = l->wire };

	memset(l->tunnels, 0, sizeof(l->tunnels));
	walk_frame(&w);
	l->class = w.class;
	for (size_t i = 0; i < TUNNELS_KEPT && i < l->tunnel_depth; i++)
		l->tunnels[i].depth = l->tunnel_depth;
	return w.give;
}

bool decode_frame(struct decode *d, const struct frame *f, struct layers *ret_l)
{
	struct layers *l = ret_l;
	bool forward, give;

	/* In pieces: each is a few wide stores, where one would be a slow string instruction. Tunnels are
	 * zeroed where there may be any. */
	memset(l, 0, offsetof(struct layers, src_port));
	memset(&l->src_port, 0, offsetof(struct layers, tunnels) - offsetof(struct layers, src_port));
	l->frame = l->first_frame = ++d->stats.frames;
	l->at_ns = f->at_ns;
	l->tap = f->tap;
	l->wire = f->wire > f->n ? f->wire : f->n;
	if (f->at_ns > d->now_ns)
		d->now_ns = f->at_ns;
	if (!usual_frame(d, f, l, &give))
		give = walk_any(d, f, l);

	uint64_t pair = host_pair(l, &forward);

	l->shard = (uint8_t)(pair % SHARDS);
	count_frame(d, f, l, give);
	coverage_count(d, f, l, give, pair, forward);
	return give;
}

const struct decode_stats *decode_stats(const struct decode *d)
{
	return &d->stats;
}

/* stream/shard.c: one shard: its parts, its clock, and the names its records get. */
#include "stream/stream.h"

#include <errno.h>

#include "stream/flow.h"

static struct limits part_of(const struct limits *whole)
{
	struct limits part;

#define LIMIT_PART(name, dflt) part.name = (whole->name + SHARDS - 1) / SHARDS;
	LIMITS(LIMIT_PART)
#undef LIMIT_PART
	return part;
}

size_t shard_need(const struct stream_options *o)
{
	struct limits part = part_of(o->limits);

	return sizeof(struct shard) + 64 + flow_need(&part) + fold_need(&part) + pair_need(&part) +
	       gather_need(&part) + transfer_need(&part) + keep_need(&part) + relate_need(&part) +
	       expect_need(&part);
}

int shard_init(struct shard **ret_s, struct arena *a, unsigned number, const struct stream_options *o,
	       struct ring *out, struct stream_stats *stats)
{
	static int (*const parts[])(struct shard *, struct arena *) = {
		flow_init, fold_init, pair_init, gather_init, transfer_init, keep_init, relate_init,
		expect_init,
	};
	struct shard *s = arena_take(a, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->number = number;
	s->options = *o;
	s->limits = part_of(o->limits);
	s->out = out;
	s->stats = stats;
	s->now_ns = s->clock_ns = INT64_MIN;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		int r = parts[i](s, a);

		if (r < 0)
			return r;
	}
	*ret_s = s;
	return 0;
}

static void say_limits(struct shard *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->watched); i++) {
		const struct slab *slab = s->watched[i];

		if (slab == NULL)
			continue;
		s->stats->limit[i].used = slab->used;
		s->stats->limit[i].peak = slab->peak;
		s->stats->limit[i].refused = slab->refused;
	}
}

void shard_frame(struct shard *s, const struct layers *l)
{
	s->l = l;
	s->frame = l->frame;
	s->now_ns = l->at_ns;
	if (s->clock_ns < l->at_ns)
		s->clock_ns = l->at_ns;
	s->naming = (struct naming){.frame = l->frame};
	s->stats->sums.payload += l->payload.n;
	flow_frame(s, l);
	s->l = NULL;
}

/* Records of timers are named after the frame before them; several ticks may follow the same frame. */
static void timers_begin(struct shard *s, uint64_t frame, int64_t now_ns)
{
	s->l = NULL;
	s->frame = frame;
	s->now_ns = now_ns;
	if (s->clock_ns < now_ns)
		s->clock_ns = now_ns;
	if (s->naming.frame != frame || s->naming.timer == 0)
		s->naming = (struct naming){.frame = frame, .timer = ORDINAL_TIMER};
}

static int64_t min_time(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t shard_tick(struct shard *s, uint64_t frame, int64_t now_ns)
{
	int64_t due_ns;

	timers_begin(s, frame, now_ns);
	flow_tick(s, now_ns);
	s->now_ns = now_ns;
	pair_tick(s, now_ns);
	s->now_ns = now_ns;
	expect_tick(s, now_ns);
	s->now_ns = now_ns;
	fold_tick(s, now_ns);
	s->now_ns = now_ns;
	say_limits(s);
	due_ns = min_time(flow_due(s), pair_due(s));
	return min_time(due_ns, min_time(expect_due(s), fold_due(s)));
}

void shard_close(struct shard *s, uint64_t frame, int64_t now_ns)
{
	timers_begin(s, frame, now_ns);
	flow_close_all(s);
	s->now_ns = now_ns;
	fold_close(s);
	say_limits(s);
}

/* main/sensor_worker.c: the shards of one worker: made with their first frame, ticked when they are due. */
#include "main/sensor_parts.h"

/* A shard is made when its first frame comes: in a small network most never see one, and their tables
 * would only cost start-up time and memory. Each has its room from the beginning and all are alike, so
 * this cannot fail once take_shards() has made the first. */
int worker_begin_shard(struct sensor *s, unsigned i)
{
	struct arena room = { .base = s->shard_room + i * s->shard_size, .size = s->shard_size };

	return shard_init(&s->shards[i], &room, i, &s->stream, s->workers[i % s->options.workers].ring,
			  &s->shared->stream[i]);
}

void worker_frame(struct worker *w, const struct layers *l)
{
	struct sensor *s = w->sensor;
	uint64_t bit = UINT64_C(1) << l->shard;

	if (!(w->awake & bit)) {
		if (s->shards[l->shard] == NULL)
			worker_begin_shard(s, l->shard);
		if (w->ticked_ns != INT64_MIN)	/* the ticks left out */
			shard_tick(s->shards[l->shard], w->ticked_frame, w->ticked_ns);
		w->awake |= bit;
	}
	shard_frame(s->shards[l->shard], l);
}

/* Wakes the shards that are due, and sees when the next of the others is. */
static void wake_due(struct worker *w, int64_t now_ns)
{
	const struct sensor *s = w->sensor;

	w->earliest_ns = INT64_MAX;
	for (unsigned i = w->number; i < SHARDS; i += s->options.workers) {
		if (s->due_ns[i] <= now_ns)
			w->awake |= UINT64_C(1) << i;
		else if (s->due_ns[i] < w->earliest_ns)
			w->earliest_ns = s->due_ns[i];
	}
}

_Static_assert(SHARDS == 64, "worker.awake has a bit for each");

void worker_tick(struct worker *w, uint64_t frame, int64_t now_ns)
{
	struct sensor *s = w->sensor;

	w->ticked_ns = now_ns;
	w->ticked_frame = frame;
	if (w->earliest_ns <= now_ns)
		wake_due(w, now_ns);
	for (; w->awake != 0; w->awake &= w->awake - 1) {
		unsigned i = (unsigned)__builtin_ctzll(w->awake);

		s->due_ns[i] = shard_tick(s->shards[i], frame, now_ns);
		if (s->due_ns[i] < w->earliest_ns)
			w->earliest_ns = s->due_ns[i];
	}
}

void worker_close(struct worker *w, uint64_t frame, int64_t now_ns)
{
	for (unsigned i = w->number; i < SHARDS; i += w->sensor->options.workers)
		if (w->sensor->shards[i] != NULL)
			shard_close(w->sensor->shards[i], frame, now_ns);
}

void *worker_main(void *arg)
{
	struct worker *w = arg;

	for (bool more = true; more;) {
		struct batch *b = queue_take(&w->queue);

		for (unsigned i = 0; i < b->count; i++)
			worker_frame(w, &b->items[i]);
		if (b->tick_ns != INT64_MIN)
			worker_tick(w, b->upto, b->tick_ns);
		if (b->close)
			worker_close(w, b->upto, w->sensor->now_ns);
		else	/* timers named after the last frame may still come, unless they just did */
			ring_done(w->ring, b->tick_ns != INT64_MIN ? b->upto : b->upto - 1);
		more = !b->close;
		queue_give(&w->queue);
	}
	ring_close(w->ring);
	return NULL;
}

/* main/sensor_reader.c: the reader: capture -> decode -> the workers, and the pace of capture time. */
#include "main/sensor_parts.h"

enum { TURN_FRAMES = 64 };	/* so many are read before the desk, or the bar, hears of them */

static void say_progress(struct sensor *s)
{
	atomic_store_explicit(&s->shared->frames, s->frame, memory_order_relaxed);
	atomic_store_explicit(&s->shared->consumed, capture_stats(s->capture)->consumed,
			      memory_order_relaxed);
}

/* After so many frames: who watches hears how far it is, and the desk takes its turn if this is its
 * thread. */
static void turn(struct sensor *s)
{
	say_progress(s);
	if (!alone(s))
		return;
	ring_done(s->reader_ring, s->frame - 1);
	if (!with_desk(s))
		return;
	sensor_give(s);
	s->stopped = s->release.broken > 0 || (s->desk.go_on != NULL && !s->desk.go_on(s->desk.ctx));
}

static void send_batches(struct sensor *s, struct batch **filling, bool close)
{
	for (unsigned i = 0; i < s->options.workers; i++) {
		filling[i]->upto = s->frame;
		filling[i]->close = close;
		queue_send(&s->workers[i].queue);
	}
	/* The reader itself may still name records after this frame: a tick may follow. */
	if (close)
		return;
	ring_done(s->reader_ring, s->frame - 1);
	for (unsigned i = 0; i < s->options.workers; i++)
		filling[i] = queue_fill(&s->workers[i].queue);
}

/* Timers of the shards first, then coverage: the reader's records may wait for room in its ring only when
 * everybody else is already past this frame. */
static void tick(struct sensor *s, struct batch **filling, int64_t second_ns)
{
	s->ticked_ns = second_ns;
	if (alone(s)) {
		worker_tick(&s->workers[0], s->frame, second_ns);
		reader_coverage(s, second_ns);
		reader_tick(s, second_ns);
		ring_done(s->reader_ring, s->frame);
		return;
	}
	for (unsigned i = 0; i < s->options.workers; i++) {
		filling[i]->upto = s->frame;
		filling[i]->tick_ns = second_ns;
		queue_send(&s->workers[i].queue);
	}
	reader_coverage(s, second_ns);
	reader_tick(s, second_ns);
	ring_done(s->reader_ring, s->frame);
	for (unsigned i = 0; i < s->options.workers; i++)
		filling[i] = queue_fill(&s->workers[i].queue);
}

static void advance(struct sensor *s, struct batch **filling, int64_t at_ns)
{
	if (at_ns <= s->now_ns)
		return;
	s->now_ns = at_ns;
	if (at_ns < s->ticked_ns + NS_PER_S)
		return;
	int64_t second_ns = at_ns - at_ns % NS_PER_S;

	if (s->ticked_ns == INT64_MIN)
		s->ticked_ns = second_ns;	/* nothing can be due before the first frame */
	else
		tick(s, filling, second_ns);
}

static void hand_over(struct sensor *s, struct batch **filling, const struct layers *l)
{
	if (alone(s)) {
		worker_frame(&s->workers[0], l);
		return;
	}
	unsigned w = l->shard % s->options.workers;

	if (!batch_fits(filling[w], l))
		send_batches(s, filling, false);
	batch_add(filling[w], l);
}

static void read_all(struct sensor *s, struct batch **filling)
{
	struct frame f;
	struct layers l;

	while (!s->stopped && capture_next(s->capture, &f) > 0) {
		if (s->options.stage >= STAGE_STREAM)
			advance(s, filling, f.at_ns);
		s->frame++;
		if (s->options.stage >= STAGE_DECODE && decode_frame(s->decode, &f, &l) &&
		    s->options.stage >= STAGE_STREAM)
			hand_over(s, filling, &l);
		if (s->frame % TURN_FRAMES == 0)
			turn(s);
	}
}

void *reader_main(void *arg)
{
	struct sensor *s = arg;
	struct batch *filling[SHARDS] = { 0 };

	for (unsigned i = 0; !alone(s) && i < s->options.workers; i++)
		filling[i] = queue_fill(&s->workers[i].queue);
	read_all(s, filling);
	if (s->now_ns == INT64_MIN)
		s->now_ns = 0;	/* no frame at all */
	if (alone(s))
		worker_close(&s->workers[0], s->frame, s->now_ns);
	else
		send_batches(s, filling, true);
	reader_coverage(s, INT64_MAX);
	reader_damage(s);
	ring_close(s->reader_ring);
	for (unsigned i = 0; !alone(s) && i < s->options.workers; i++)
		pthread_join(s->workers[i].thread, NULL);
	say_progress(s);
	s->shared->capture = *capture_stats(s->capture);
	s->shared->decode = *decode_stats(s->decode);
	return NULL;
}

/* main/sensor.c: see sensor.h. */
#include "main/sensor.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "main/queue.h"

enum {
	RING_ROOM = 4 << 20,		/* bytes of records between one worker and the desk */
	RING_ROOM_ALONE = 256 << 10,	/* on one thread: what is written stays in the cache until it is
					 * read */
	RING_ROOM_READER = 1 << 20,
	JOIN_MS = 30000,		/* for a sensor's process that has closed its rings */
	TURN_FRAMES = 64,		/* so many are read before the desk, or the bar, hears of them */
	WAIT_MS = 100,
};

struct worker {
	struct sensor *sensor;
	unsigned number;
	struct ring *ring;
	struct ring ring_memory;
	struct queue queue;
	pthread_t thread;
	int64_t ticked_ns;		/* its last tick, and the frame before it */
	uint64_t ticked_frame;
	uint64_t awake;			/* bit i: shard i has seen a frame since */
	int64_t earliest_ns;		/* no other shard of this worker is due before */
};

struct sensor {
	struct sensor_options options;
	struct capture *capture;
	struct decode *decode;
	struct shard *shards[SHARDS];	/* NULL: no frame yet */
	struct stream_options stream;	/* of every shard */
	uint8_t *shard_room;		/* inside the arena: shard_size bytes for each */
	size_t shard_size;
	/* When to tick each again, as shard_tick() says, unless it is awake. Most shards of a small network
	 * never see a frame, and to ask all of them every second costs more than all else at slow traffic. */
	int64_t due_ns[SHARDS];
	struct worker workers[SHARDS];
	struct ring *reader_ring;
	struct ring reader_ring_memory;
	struct release release;
	struct arena arena;		/* private to the sensor */
	void *block;			/* shared: struct shared, then the rings */
	size_t block_size;
	struct shared *shared;
	pthread_t reader;
	pid_t child;			/* split: the sensor's process */
	bool child_ended;
	bool started;
	struct sensor_desk desk;
	bool stopped;			/* the desk did not want to go on */
	int64_t now_ns;			/* largest capture time so far */
	int64_t ticked_ns;		/* the last whole second that was ticked */
	uint64_t frame;			/* last number given */
	uint32_t reader_n;		/* records of the reader with the present name */
	uint64_t reader_frame;
};

/* ---- the reader's own records ---- */

/* A record of the reader with `own` behind it, to be finished and committed by the caller; NULL: no desk. */
static struct obs *reader_obs(struct sensor *s, uint8_t type, uint8_t tap, uint16_t vlan, int64_t at_ns,
			      const void *own, size_t own_size)
{
	size_t size = sizeof(struct obs) + align8(own_size);
	struct obs *o = ring_reserve(s->reader_ring, size);

	if (o == NULL)
		return NULL;
	if (s->reader_frame != s->frame) {
		s->reader_frame = s->frame;
		s->reader_n = 0;
	}
	memset(o, 0, size);
	o->rec = (struct rec){ .size = (uint32_t)size, .type = type, .tap = tap, .frame = s->frame,
			       .at_ns = at_ns, .ordinal = ORDINAL_TIMER | (uint32_t)SHARD_READER << 24 |
			       s->reader_n++ };
	o->phase = PHASE_PUSH;
	o->verb = VERB_REPORT;
	o->times = 1;
	o->since_ns = at_ns;
	o->vlan = vlan;
	if (own_size > 0) {
		o->own = (struct span){ sizeof(*o), (uint16_t)own_size };
		memcpy(o + 1, own, own_size);
	}
	return o;
}

static void say_coverage(struct sensor *s, int64_t now_ns)
{
	uint8_t tap;
	uint16_t vlan;
	struct health h;

	while (decode_coverage(s->decode, now_ns, &tap, &vlan, &h)) {
		struct obs *o = reader_obs(s, REC_HEALTH, tap, vlan, h.minute_ns, &h, sizeof(h));

		if (o == NULL)
			return;
		ring_commit(s->reader_ring, o->rec.size);
	}
}

/* Every record of a time before this second has its place before this one: what counts acts by time, counts
 * them up to here. */
static void say_tick(struct sensor *s, int64_t now_ns)
{
	struct rec *r = ring_reserve(s->reader_ring, sizeof(*r));

	if (r == NULL)
		return;
	if (s->reader_frame != s->frame) {
		s->reader_frame = s->frame;
		s->reader_n = 0;
	}
	*r = (struct rec){ .size = sizeof(*r), .type = REC_TICK, .frame = s->frame, .at_ns = now_ns,
			   .ordinal = ORDINAL_TIMER | (uint32_t)SHARD_READER << 24 | s->reader_n++ };
	ring_commit(s->reader_ring, sizeof(*r));
}

/* What the inputs could not give: one record each, with the input's name and the offset. */
static void say_damage(struct sensor *s)
{
	const struct damage *list;
	size_t n = capture_damage(s->capture, &list);

	for (size_t i = 0; i < n; i++) {
		const char *name = capture_input_name(s->capture, list[i].input);
		size_t name_n = min_size(strlen(name), 1024), what_n = strlen(list[i].what);
		uint8_t text[1024 + 64];

		what_n = min_size(what_n, sizeof(text) - name_n);
		memcpy(text, name, name_n);
		memcpy(text + name_n, list[i].what, what_n);
		struct obs *o = reader_obs(s, REC_LOSS, 0, 0, s->now_ns, text, name_n + what_n);

		if (o == NULL)
			return;
		o->object.name = (struct span){ o->own.at, (uint16_t)name_n };
		o->note = (struct span){ (uint16_t)(o->own.at + name_n), (uint16_t)what_n };
		o->own = (struct span){ 0 };
		o->value.type = VAL_UINT;
		o->value.items = 1;
		o->value.bits = 64;
		o->value.one.u = list[i].offset;
		o->object.count = list[i].frames < UINT32_MAX ? (uint32_t)list[i].frames : UINT32_MAX;
		ring_commit(s->reader_ring, o->rec.size);
	}
}

/* ---- shards of one worker ---- */

/* A shard is made when its first frame comes: in a small network most never see one, and their tables
 * would only cost start-up time and memory. Each has its room from the beginning and all are alike, so
 * this cannot fail once take_shards() has made the first. */
static int begin_shard(struct sensor *s, unsigned i)
{
	struct arena room = { .base = s->shard_room + i * s->shard_size, .size = s->shard_size };

	return shard_init(&s->shards[i], &room, i, &s->stream, s->workers[i % s->options.workers].ring,
			  &s->shared->stream[i]);
}

static void work(struct worker *w, const struct layers *l)
{
	struct sensor *s = w->sensor;
	uint64_t bit = UINT64_C(1) << l->shard;

	if (!(w->awake & bit)) {
		if (s->shards[l->shard] == NULL)
			begin_shard(s, l->shard);
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

static void tick_shards(struct worker *w, uint64_t frame, int64_t now_ns)
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

static void close_shards(struct worker *w, uint64_t frame, int64_t now_ns)
{
	for (unsigned i = w->number; i < SHARDS; i += w->sensor->options.workers)
		if (w->sensor->shards[i] != NULL)
			shard_close(w->sensor->shards[i], frame, now_ns);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	for (bool more = true; more;) {
		struct batch *b = queue_take(&w->queue);

		for (unsigned i = 0; i < b->count; i++)
			work(w, &b->items[i]);
		if (b->tick_ns != INT64_MIN)
			tick_shards(w, b->upto, b->tick_ns);
		if (b->close)
			close_shards(w, b->upto, w->sensor->now_ns);
		else	/* timers named after the last frame may still come, unless they just did */
			ring_done(w->ring, b->tick_ns != INT64_MIN ? b->upto : b->upto - 1);
		more = !b->close;
		queue_give(&w->queue);
	}
	ring_close(w->ring);
	return NULL;
}

/* ---- the reader ---- */

static void say_progress(struct sensor *s)
{
	atomic_store_explicit(&s->shared->frames, s->frame, memory_order_relaxed);
	atomic_store_explicit(&s->shared->consumed, capture_stats(s->capture)->consumed,
			      memory_order_relaxed);
}

static bool alone(const struct sensor *s)
{
	return s->options.workers == 1;
}

/* The desk is on this thread too. */
static bool with_desk(const struct sensor *s)
{
	return alone(s) && !s->options.split;
}

/* Everything that can be released. Returns false when nothing more will come. */
static bool release_all(struct sensor *s)
{
	const struct rec *rec;
	bool ended = false;

	while ((rec = release_next(&s->release, &ended)) != NULL && s->release.broken == 0)
		s->desk.record(s->desk.ctx, rec);
	return !ended && s->release.broken == 0;
}

static void read_here(void *ctx)
{
	release_all(ctx);
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
	release_all(s);
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
		tick_shards(&s->workers[0], s->frame, second_ns);
		say_coverage(s, second_ns);
		say_tick(s, second_ns);
		ring_done(s->reader_ring, s->frame);
		return;
	}
	for (unsigned i = 0; i < s->options.workers; i++) {
		filling[i]->upto = s->frame;
		filling[i]->tick_ns = second_ns;
		queue_send(&s->workers[i].queue);
	}
	say_coverage(s, second_ns);
	say_tick(s, second_ns);
	ring_done(s->reader_ring, s->frame);
	for (unsigned i = 0; i < s->options.workers; i++)
		filling[i] = queue_fill(&s->workers[i].queue);
}

static void advance(struct sensor *s, struct batch **filling, int64_t at_ns)
{
	if (at_ns <= s->now_ns)
		return;
	s->now_ns = at_ns;
	int64_t second_ns = at_ns - at_ns % NS_PER_S;

	if (s->ticked_ns == INT64_MIN)
		s->ticked_ns = second_ns;	/* nothing can be due before the first frame */
	else if (second_ns > s->ticked_ns)
		tick(s, filling, second_ns);
}

static void hand_over(struct sensor *s, struct batch **filling, const struct layers *l)
{
	if (alone(s)) {
		work(&s->workers[0], l);
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

static void *reader_main(void *arg)
{
	struct sensor *s = arg;
	struct batch *filling[SHARDS] = { 0 };

	for (unsigned i = 0; !alone(s) && i < s->options.workers; i++)
		filling[i] = queue_fill(&s->workers[i].queue);
	read_all(s, filling);
	if (s->now_ns == INT64_MIN)
		s->now_ns = 0;	/* no frame at all */
	if (alone(s))
		close_shards(&s->workers[0], s->frame, s->now_ns);
	else
		send_batches(s, filling, true);
	say_coverage(s, INT64_MAX);
	say_damage(s);
	ring_close(s->reader_ring);
	for (unsigned i = 0; !alone(s) && i < s->options.workers; i++)
		pthread_join(s->workers[i].thread, NULL);
	say_progress(s);
	s->shared->capture = *capture_stats(s->capture);
	s->shared->decode = *decode_stats(s->decode);
	return NULL;
}

/* ---- wiring ---- */

/* One thread alone has one ring, in which its records lie in order. With two it could wait for ever: for room
 * in the one, while the desk waits for what it promises in the other. */
static int take_rings(struct sensor *s)
{
	unsigned count = s->options.workers + (alone(s) ? 0 : 1);
	size_t at = (sizeof(struct shared) + 63) & ~(size_t)63;
	size_t room = with_desk(s) ? RING_ROOM_ALONE : RING_ROOM,
	       each = (ring_block(room) + 63) & ~(size_t)63;

	s->block_size = at + each * s->options.workers + ring_block(RING_ROOM_READER);
	s->block = mmap(NULL, s->block_size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->block == MAP_FAILED) {
		s->block = NULL;
		return -errno;
	}
	s->shared = s->block;
	for (unsigned i = 0; i < s->options.workers; i++) {
		struct worker *w = &s->workers[i];

		*w = (struct worker){ .sensor = s, .number = i, .ring = &w->ring_memory,
				      .ticked_ns = INT64_MIN, .earliest_ns = INT64_MAX };
		ring_init(w->ring, (uint8_t *)s->block + at + each * i, room);
		s->release.rings[i] = s->workers[i].ring;
	}
	if (alone(s)) {
		s->reader_ring = s->workers[0].ring;
	} else {
		s->reader_ring = &s->reader_ring_memory;
		ring_init(s->reader_ring, (uint8_t *)s->block + at + each * s->options.workers,
			  RING_ROOM_READER);
		s->release.rings[count - 1] = s->reader_ring;
	}
	s->release.count = count;
	s->release.heads = calloc(count, sizeof(*s->release.heads));
	return s->release.heads == NULL ? -ENOMEM : 0;
}

static int take_shards(struct sensor *s)
{
	size_t batches = alone(s) ? 0 : sizeof(struct batch) * QUEUE_BATCHES * s->options.workers;

	s->stream = (struct stream_options){ .limits = &s->options.limits, .all = s->options.all,
					     .claim = s->options.stage >= STAGE_PROTO };
	/* Nobody on the wire may know where things lie in the tables; no result depends on it. */
	if (getrandom(&s->stream.seed, sizeof(s->stream.seed), 0) != sizeof(s->stream.seed))
		s->stream.seed = 0;
	s->shard_size = (shard_need(&s->stream) + 63) & ~(size_t)63;
	int rc = arena_map(&s->arena, s->shard_size * SHARDS + decode_need(&s->options.limits) + batches);

	if (rc == 0)
		rc = decode_init(&s->decode, &s->arena, &s->options.limits);
	if (rc == 0)
		decode_seed(s->decode, s->stream.seed);
	for (unsigned i = 0; i < SHARDS; i++)
		s->due_ns[i] = INT64_MAX;
	if (rc == 0) {
		s->shard_room = arena_take(&s->arena, s->shard_size * SHARDS);
		rc = s->shard_room == NULL ? -ENOMEM : begin_shard(s, 0);
	}
	for (unsigned i = 0; rc == 0 && !alone(s) && i < s->options.workers; i++) {
		struct batch *b = arena_take(&s->arena, sizeof(*b) * QUEUE_BATCHES);

		if (b == NULL)
			rc = -ENOMEM;
		else
			queue_init(&s->workers[i].queue, b);
	}
	return rc;
}

int sensor_new(struct sensor **ret_s, const struct sensor_options *o, struct capture *c)
{
	struct sensor *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->options = *o;
	s->capture = c;
	s->now_ns = s->ticked_ns = INT64_MIN;
	int rc = take_rings(s);

	if (rc == 0)
		rc = take_shards(s);
	if (rc != 0) {
		sensor_free(s);
		return rc;
	}
	*ret_s = s;
	return 0;
}

static int start_threads(struct sensor *s)
{
	for (unsigned i = 0; !alone(s) && i < s->options.workers; i++) {
		int rc = pthread_create(&s->workers[i].thread, NULL, worker_main, &s->workers[i]);

		if (rc != 0)
			return -rc;
	}
	return -pthread_create(&s->reader, NULL, reader_main, s);
}

int sensor_start(struct sensor *s)
{
	if (s->started || with_desk(s))
		return 0;
	if (!s->options.split) {
		int rc = start_threads(s);

		s->started = rc == 0;
		return rc;
	}
	s->child = fork();
	if (s->child < 0)
		return -errno;
	if (s->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);	/* a sensor without its desk has no purpose */
		int rc = start_threads(s);

		if (rc == 0)
			pthread_join(s->reader, NULL);
		_exit(rc == 0 ? 0 : 1);
	}
	s->started = true;
	return 0;
}

struct release *sensor_release(struct sensor *s) { return &s->release; }
const struct shared *sensor_shared(const struct sensor *s) { return s->shared; }

/* False: the sensor's process ended without closing its rings. */
static bool alive(struct sensor *s)
{
	int status;

	if (s->child <= 0 || s->child_ended)
		return true;
	if (waitpid(s->child, &status, WNOHANG) != s->child)
		return true;
	s->child_ended = true;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	return false;
}

/* Whatever it is doing, nobody wants it any more. */
static void end_child(struct sensor *s)
{
	kill(s->child, SIGKILL);
	waitpid(s->child, NULL, 0);
	s->child_ended = true;
}

/* The child has said its last record, so it ends soon, or it is not what was started: then it is ended. */
static bool wait_child(struct sensor *s, int *ret_status)
{
	const struct timespec step = { .tv_nsec = NS_PER_MS };

	for (unsigned waited_ms = 0; waited_ms < JOIN_MS; waited_ms++) {
		pid_t ended = waitpid(s->child, ret_status, WNOHANG);

		if (ended == s->child)
			return true;
		if (ended < 0)
			return false;
		nanosleep(&step, NULL);
	}
	end_child(s);
	return false;
}

/* Waits for the sensor to end. Returns 0, or -ECHILD when it died. */
static int join(struct sensor *s)
{
	int status = 0;

	if (!s->started)
		return 0;
	s->started = false;
	if (s->child <= 0)
		return -pthread_join(s->reader, NULL);
	if (!s->child_ended && !wait_child(s, &status))
		return -ETIMEDOUT;
	s->child_ended = true;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

/* The sensor runs elsewhere. */
static int run_beside(struct sensor *s)
{
	int rc = sensor_start(s);

	if (rc != 0)
		return rc;
	while (release_all(s)) {
		if (s->desk.go_on != NULL && !s->desk.go_on(s->desk.ctx))
			return -ECANCELED;
		release_wait(&s->release, WAIT_MS);
		if (!alive(s))
			return -ECHILD;
	}
	return s->release.broken > 0 ? -EBADMSG : join(s);
}

int sensor_run(struct sensor *s, const struct sensor_desk *desk)
{
	s->desk = *desk;
	if (!with_desk(s))
		return run_beside(s);
	ring_alone(s->reader_ring, read_here, s);
	reader_main(s);
	release_all(s);
	return s->release.broken > 0 ? -EBADMSG : s->stopped ? -ECANCELED : 0;
}

void sensor_free(struct sensor *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->release.count; i++)
		ring_abandon(s->release.rings[i]);
	if (s->started && s->child > 0 && !s->child_ended)
		end_child(s);
	else if (s->started)
		join(s);
	free(s->release.heads);
	arena_unmap(&s->arena);
	if (s->block != NULL)
		munmap(s->block, s->block_size);
	free(s);
}

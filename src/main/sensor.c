/* main/sensor.c: see sensor.h. How the sensor is made, started, run and ended. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "main/sensor_parts.h"

enum {
	RING_ROOM = 4 << 20,		/* bytes of records between one worker and the desk */
	RING_ROOM_ALONE = 256 << 10,	/* on one thread: what is written stays in the cache until it is
					 * read */
	RING_ROOM_READER = 1 << 20,
	JOIN_MS = 30000,		/* for a sensor's process that has closed its rings */
	WAIT_MS = 100,
};

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
		rc = s->shard_room == NULL ? -ENOMEM : worker_begin_shard(s, 0);
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

bool sensor_give(struct sensor *s)
{
	const struct rec *rec;
	bool ended = false;

	while ((rec = release_next(&s->release, &ended)) != NULL && s->release.broken == 0)
		s->desk.record(s->desk.ctx, rec);
	return !ended && s->release.broken == 0;
}

static void read_here(void *ctx)
{
	sensor_give(ctx);
}

/* The sensor runs elsewhere. */
static int run_beside(struct sensor *s)
{
	int rc = sensor_start(s);

	if (rc != 0)
		return rc;
	while (sensor_give(s)) {
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
	sensor_give(s);
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

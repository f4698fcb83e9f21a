/* main/sensor_parts.h: what the files of the sensor share. sensor.c makes, runs and ends it, sensor_reader.c
 * reads and hands over, sensor_worker.c does the work of shards, sensor_records.c writes the reader's own
 * records. */
#ifndef MAIN_SENSOR_PARTS_H
#define MAIN_SENSOR_PARTS_H

#include "main/queue.h"
#include "main/sensor.h"

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

static inline bool alone(const struct sensor *s)
{
	return s->options.workers == 1;
}

/* The desk is on this thread too. */
static inline bool with_desk(const struct sensor *s)
{
	return alone(s) && !s->options.split;
}

/* Gives the desk everything that can be released. Returns false when nothing more will come. */
bool sensor_give(struct sensor *s);

/* ---- sensor_reader.c ---- */

/* Reads the inputs to their end, on the thread that calls it. arg: the sensor. Returns NULL. */
void *reader_main(void *arg);

/* ---- sensor_records.c: the reader's own records ---- */

void reader_coverage(struct sensor *s, int64_t now_ns);	/* the minutes that ended before now */
void reader_tick(struct sensor *s, int64_t now_ns);
void reader_damage(struct sensor *s);

/* ---- sensor_worker.c ---- */

/* Makes shard i. Returns 0 or a negative errno. */
int worker_begin_shard(struct sensor *s, unsigned i);
void worker_frame(struct worker *w, const struct layers *l);
void worker_tick(struct worker *w, uint64_t frame, int64_t now_ns);
void worker_close(struct worker *w, uint64_t frame, int64_t now_ns);

/* Works on what the queue brings, to its end. arg: the worker. Returns NULL. */
void *worker_main(void *arg);

#endif

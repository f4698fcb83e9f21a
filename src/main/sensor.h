/* main/sensor.h: the packet path wired up: capture -> decode -> 64 shards -> rings.
 *
 * With one worker everything, the desk too, runs on the caller's thread: nothing crosses from one processor
 * to another, and that is the least work. With more, the reader hands each worker batches that all end at the
 * same frame, so that every worker's progress is known. The desk sees only the rings and the numbers in
 * `shared`, which may be memory of another process. */
#ifndef MAIN_SENSOR_H
#define MAIN_SENSOR_H

#include <pthread.h>
#include <stdatomic.h>

#include "capture/capture.h"
#include "decode/decode.h"
#include "main/release.h"
#include "stream/stream.h"

enum stage { STAGE_CAPTURE, STAGE_DECODE, STAGE_STREAM, STAGE_PROTO, STAGE_ALL };

struct shared {			/* plain numbers, one writer each; read by the desk when the rings are closed,
				 * or at any time for progress */
	_Atomic uint64_t frames;	/* delivered so far */
	_Atomic uint64_t consumed;	/* bytes read so far */
	struct capture_stats capture;
	struct decode_stats decode;
	struct stream_stats stream[SHARDS];
};

struct sensor_options {
	struct limits limits;
	unsigned workers;	/* 1 .. SHARDS */
	bool all;		/* no folding */
	bool split;		/* the sensor is a process of its own */
	enum stage stage;	/* where to stop */
};

struct sensor;

/* Lays out memory and rings. The inputs were added to c and started. Returns 0 or a negative errno. */
int sensor_new(struct sensor **ret_s, const struct sensor_options *o, struct capture *c);

struct sensor_desk {		/* who takes what the sensor says */
	void (*record)(void *ctx, const struct rec *r);		/* every record, in order */
	bool (*go_on)(void *ctx);	/* asked at least every WAIT_MS, or every few frames; NULL: always */
	void *ctx;
};

/* Starts the threads, or the process; nothing where this thread does it all. Only who starts threads of his
 * own has to call it, and before them: a process that is split off takes none of them along, but what they
 * had locked stays locked in it. Returns 0 or a negative errno. */
int sensor_start(struct sensor *s);

/* Starts what is not started yet, and gives the desk everything until all is said. Returns 0; -ECANCELED:
 * the desk did not want to go on; -EBADMSG: a ring held what cannot be a record; -ECHILD: the sensor's
 * process died; or what kept it from starting, as a negative errno. */
int sensor_run(struct sensor *s, const struct sensor_desk *desk);

/* The desk's end of the rings. */
struct release *sensor_release(struct sensor *s);
const struct shared *sensor_shared(const struct sensor *s);
void sensor_free(struct sensor *s);

#endif

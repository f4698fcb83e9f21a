/* main/queue.h: batches of frames from the reader to one worker. */
#ifndef MAIN_QUEUE_H
#define MAIN_QUEUE_H

#include <pthread.h>

#include "model/layers.h"

enum { BATCH_ITEMS = 128, BATCH_BYTES = 256 * 1024, QUEUE_BATCHES = 8 };

struct batch {
	unsigned count;		/* items */
	size_t used;		/* bytes of payload */
	uint64_t upto;		/* last frame the reader had numbered when it sent this batch */
	int64_t tick_ns;	/* after the items: timers up to here; INT64_MIN: none */
	bool close;		/* after that: the capture has ended */
	struct layers items[BATCH_ITEMS];
	uint8_t payload[BATCH_BYTES];
};

struct queue {			/* one reader fills, one worker empties */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned head, tail;	/* batches ever sent, ever done */
	struct batch *batches;	/* QUEUE_BATCHES of them */
};

void queue_init(struct queue *q, struct batch *batches);

/* Reader: the batch being filled (emptied first); waits while all are under way. Then sends it. */
struct batch *queue_fill(struct queue *q);
void queue_send(struct queue *q);

/* Worker: the oldest batch; waits for one. Then gives it back. */
struct batch *queue_take(struct queue *q);
void queue_give(struct queue *q);

/* Does one more frame fit? A payload beyond BATCH_BYTES never does and is cut by batch_add(). */
bool batch_fits(const struct batch *b, const struct layers *l);
void batch_add(struct batch *b, const struct layers *l);

#endif

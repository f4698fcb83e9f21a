/* main/queue.c: see queue.h. */
#include "main/queue.h"

void queue_init(struct queue *q, struct batch *batches)
{
	*q = (struct queue){ .batches = batches };
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->changed, NULL);
}

struct batch *queue_fill(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	while (q->head - q->tail == QUEUE_BATCHES)
		pthread_cond_wait(&q->changed, &q->lock);
	struct batch *b = &q->batches[q->head % QUEUE_BATCHES];

	pthread_mutex_unlock(&q->lock);
	b->count = 0;
	b->used = 0;
	b->tick_ns = INT64_MIN;
	b->close = false;
	return b;
}

void queue_send(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->head++;
	pthread_cond_signal(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

struct batch *queue_take(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	while (q->head == q->tail)
		pthread_cond_wait(&q->changed, &q->lock);
	struct batch *b = &q->batches[q->tail % QUEUE_BATCHES];

	pthread_mutex_unlock(&q->lock);
	return b;
}

void queue_give(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->tail++;
	pthread_cond_signal(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

bool batch_fits(const struct batch *b, const struct layers *l)
{
	return b->count < BATCH_ITEMS && l->payload.n <= BATCH_BYTES - b->used;
}

void batch_add(struct batch *b, const struct layers *l)
{
	struct layers *to = &b->items[b->count++];

	/* Tunnels are a third of the struct and nearly never there. */
	memcpy(to, l, l->tunnel_depth == 0 ? offsetof(struct layers, tunnels) : sizeof(*l));
	to->payload.p = b->payload + b->used;
	to->payload.n = min_size(l->payload.n, BATCH_BYTES - b->used);
	if (to->payload.n > 0)
		memcpy(b->payload + b->used, l->payload.p, to->payload.n);
	b->used += to->payload.n;
}

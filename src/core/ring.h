/* core/ring.h: one writer, one reader, records of bytes, in memory that two processes may share.
 *
 * Everything shared lies at offsets inside one block, so the block may be mapped anywhere. What either
 * side needs to stay inside the block (its size, its own position) lies in its own struct ring and never
 * in the block: whatever the other side scribbles, a side reads and writes only inside the block and
 * never loops for ever. Writer and reader of one process may share one struct ring (their fields are
 * apart); after fork() each process has its own copy. */
#ifndef CORE_RING_H
#define CORE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_shared;

struct ring {
	struct ring_shared *shared;
	uint8_t *data;
	size_t room;		/* bytes of data, a power of two */
	_Alignas(64) uint64_t head;	/* writer: bytes ever committed */
	uint64_t tail_seen;	/* writer: what the reader was known to have read */
	size_t reserved;	/* writer: bytes of the open reservation, without its own header */
	uint32_t said;		/* writer: events so far */
	uint32_t quiet;		/* writer: ring_done() calls since the reader was last woken */
	uint64_t woken_at;	/* writer: head when the reader was last woken */
	bool gone;		/* writer: the reader has gone */
	void (*read_here)(void *ctx);	/* writer: reads what is there; NULL: somebody else does */
	void *read_ctx;
	_Alignas(64) uint64_t tail;	/* reader: bytes ever read */
	uint64_t head_seen;	/* reader: what was known to be committed */
	uint64_t tail_said;	/* reader: what the writer was told */
	bool bad;		/* reader: nonsense was found; unusable from here on */
};

/* Bytes of the block for a ring that holds `room` bytes of records (a power of two, >= 64 KiB). */
size_t ring_block(size_t room);

/* A ring in a zeroed block of ring_block(room) bytes, 64-byte aligned. Before anything was written both
 * sides may call this on the same block. */
void ring_init(struct ring *ret_r, void *block, size_t room);

/* Writer and reader are one thread, which must not wait for itself: a full ring is read by read_here(ctx). */
void ring_alone(struct ring *r, void (*read_here)(void *ctx), void *ctx);

/* Writer. Room for n bytes (n > 0, a multiple of 8, at most a quarter of the ring), contiguous,
 * 8-aligned; waits while the ring is full. NULL: the reader has gone. Without ring_commit() nothing
 * happened. */
void *ring_reserve(struct ring *r, size_t n);

/* Writer. The first n bytes (a multiple of 8, not more than reserved) are a record. */
void ring_commit(struct ring *r, size_t n);

/* Writer. Every record of frames <= frame has been committed: the reader may release up to it. Wakes a
 * waiting reader when an eighth of the ring is new, and every 1,024th time: waking costs as much as many
 * records, and a reader that is not woken looks again by itself when its time is over. */
void ring_done(struct ring *r, uint64_t frame);

/* Writer. No more will come. */
void ring_close(struct ring *r);

/* Reader. Copies the next record into out (at most cap bytes). Returns its size; 0: none now; -EBADMSG:
 * what lies there cannot be a record (the size is wrong) and the ring is unusable from here on. */
long ring_read(struct ring *r, void *out, size_t cap);

/* Reader. The newest ring_done() frame; read it before draining with ring_read(). */
uint64_t ring_done_frame(const struct ring *r);
bool ring_closed(const struct ring *r);

/* Reader. Waits until the writer said done (see there), closed or ran out of room since `seen` (a value from
 * ring_events()), or timeout_ms passed: the longest a record lies unread. Commits alone wake nobody. */
uint32_t ring_events(const struct ring *r);
void ring_wait(struct ring *r, uint32_t seen, int timeout_ms);

/* Reader. Gives up: the writer's ring_reserve() answers NULL from now on. */
void ring_abandon(struct ring *r);

#endif

/* core/ring.h: one writer, one reader, records of bytes, in memory that two processes may share.
 *
 * Everything lies at offsets inside one block, so the block may be mapped anywhere. Writer and reader each
 * trust nothing the other wrote except through ring_read(), which bounds every length before it copies. */
#ifndef CORE_RING_H
#define CORE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;			/* a header inside the block; opaque */

/* Bytes of the block for a ring that holds `room` bytes of records (a power of two, >= 64 KiB). */
size_t ring_block(size_t room);

/* Lays out an empty ring in a zeroed block of ring_block(room) bytes, 64-byte aligned. */
struct ring *ring_init(void *block, size_t room);

/* Writer. Room for n bytes (a multiple of 8), contiguous; waits while the ring is full. NULL: the reader has gone.
 * The bytes count only after ring_commit(). */
void *ring_reserve(struct ring *r, size_t n);
void ring_commit(struct ring *r, size_t n);

/* Writer. Every record of frames <= frame has been committed: the reader may release up to it. Wakes it. */
void ring_done(struct ring *r, uint64_t frame);

/* Writer. No more will come. */
void ring_close(struct ring *r);

/* Reader. Copies the next record into out (at most cap bytes). Returns its size; 0: none now; -EBADMSG: what lies
 * there cannot be a record (the size is wrong) and the ring is unusable from here on. */
long ring_read(struct ring *r, void *out, size_t cap);

/* Reader. The newest ring_done() frame; read it before draining with ring_read(). */
uint64_t ring_done_frame(const struct ring *r);
bool ring_closed(const struct ring *r);

/* Reader. Waits until the writer committed, said done or closed since `seen` (a value from ring_events()),
 * or timeout_ms passed. */
uint32_t ring_events(const struct ring *r);
void ring_wait(struct ring *r, uint32_t seen, int timeout_ms);

/* Reader. Gives up: the writer's ring_reserve() answers NULL from now on. */
void ring_abandon(struct ring *r);

#endif

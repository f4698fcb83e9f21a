/* core/ring.c: see ring.h.
 *
 * A record is preceded by 8 bytes: its size, or WRAP when the next one begins at the start of the data
 * because it would not fit in one piece here. Positions only grow; their place is position % room. */
#include "core/ring.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/util.h"

struct ring_shared {
	_Alignas(64) _Atomic uint64_t head;	/* written by the writer */
	_Atomic uint64_t done;
	_Atomic uint32_t events;		/* grows; the reader waits on it */
	_Atomic uint32_t closed;
	_Alignas(64) _Atomic uint64_t tail;	/* written by the reader */
	_Atomic uint32_t freed;			/* grows; the writer waits on it */
	_Atomic uint32_t abandoned;
	_Alignas(64) _Atomic uint32_t reader_waits;
	_Alignas(64) _Atomic uint32_t writer_waits;
};

enum { HEADER = 8, ROOM_MIN = 64 << 10, WRITER_WAIT_MS = 100, QUIET_MAX = 1024 };
#define WRAP UINT64_MAX

/* Not the PRIVATE operations: the other side may be another process. */
static void futex_wait(_Atomic uint32_t *at, uint32_t seen, int timeout_ms)
{
	struct timespec t = { .tv_sec = timeout_ms / 1000, .tv_nsec = (long)(timeout_ms % 1000) * NS_PER_MS };

	/* Woken, changed, interrupted: all the same to us. */
	syscall(SYS_futex, at, FUTEX_WAIT, seen, &t, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *at)
{
	syscall(SYS_futex, at, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static _Atomic uint64_t *header_at(const struct ring *r, uint64_t position)
{
	return (_Atomic uint64_t *)(void *)(r->data + (position & (r->room - 1)));
}

size_t ring_block(size_t room)
{
	return sizeof(struct ring_shared) + room;
}

void ring_init(struct ring *ret_r, void *block, size_t room)
{
	assert(room >= ROOM_MIN && (room & (room - 1)) == 0);
	assert(((uintptr_t)block & 63) == 0);
	*ret_r = (struct ring){ .shared = block, .data = (uint8_t *)block + sizeof(struct ring_shared),
				.room = room };
}

void ring_alone(struct ring *r, void (*read_here)(void *ctx), void *ctx)
{
	r->read_here = read_here;
	r->read_ctx = ctx;
}

/* ---- writer ---- */

/* Tells the reader that something happened. The fence orders our word before the look at its flag; the reader
 * does the same the other way round, so one of the two always sees the other. */
static void say(struct ring *r)
{
	atomic_store_explicit(&r->shared->events, ++r->said, memory_order_release);
	r->quiet = 0;
	r->woken_at = r->head;
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&r->shared->reader_waits, memory_order_relaxed) != 0)
		futex_wake(&r->shared->events);
}

/* Are n bytes free? A reader that claims more than was written is no reader. */
static bool have_room(struct ring *r, size_t n)
{
	if (r->room - (size_t)(r->head - r->tail_seen) >= n)
		return true;
	uint64_t tail = atomic_load_explicit(&r->shared->tail, memory_order_acquire);

	if (r->head - tail > r->room) {
		r->gone = true;
		return false;
	}
	r->tail_seen = tail;
	return r->room - (size_t)(r->head - tail) >= n;
}

static bool wait_room(struct ring *r, size_t n)
{
	if (r->read_here != NULL && !have_room(r, n)) {
		r->read_here(r->read_ctx);
		r->gone = !have_room(r, n);	/* it does not want any more */
		return !r->gone;
	}
	while (!have_room(r, n)) {
		if (r->gone || atomic_load_explicit(&r->shared->abandoned, memory_order_relaxed) != 0) {
			r->gone = true;
			return false;
		}
		uint32_t freed = atomic_load_explicit(&r->shared->freed, memory_order_acquire);

		atomic_store_explicit(&r->shared->writer_waits, 1, memory_order_relaxed);
		atomic_thread_fence(memory_order_seq_cst);
		say(r);			/* it may be asleep with a full ring: commits alone wake nobody */
		if (!have_room(r, n) && !r->gone)
			futex_wait(&r->shared->freed, freed, WRITER_WAIT_MS);
		atomic_store_explicit(&r->shared->writer_waits, 0, memory_order_relaxed);
	}
	return true;
}

void *ring_reserve(struct ring *r, size_t n)
{
	assert(n > 0 && n % 8 == 0 && n <= r->room / 4);
	if (r->gone)
		return NULL;
	size_t to_end = r->room - (size_t)(r->head & (r->room - 1));
	bool wraps = to_end < HEADER + n;

	if (!wait_room(r, wraps ? to_end + HEADER + n : HEADER + n))
		return NULL;
	if (wraps) {
		atomic_store_explicit(header_at(r, r->head), WRAP, memory_order_relaxed);
		r->head += to_end;
		atomic_store_explicit(&r->shared->head, r->head, memory_order_release);
	}
	r->reserved = n;
	return r->data + (r->head & (r->room - 1)) + HEADER;
}

void ring_commit(struct ring *r, size_t n)
{
	assert(n > 0 && n % 8 == 0 && n <= r->reserved);
	atomic_store_explicit(header_at(r, r->head), n, memory_order_relaxed);
	r->head += HEADER + n;
	r->reserved = 0;
	atomic_store_explicit(&r->shared->head, r->head, memory_order_release);
}

void ring_done(struct ring *r, uint64_t frame)
{
	atomic_store_explicit(&r->shared->done, frame, memory_order_release);
	if (++r->quiet >= QUIET_MAX || r->head - r->woken_at >= r->room / 8)
		say(r);
	else	/* a reader that is about to wait sees it and does not */
		atomic_store_explicit(&r->shared->events, ++r->said, memory_order_release);
}

void ring_close(struct ring *r)
{
	atomic_store_explicit(&r->shared->closed, 1, memory_order_release);
	say(r);
}

/* ---- reader ---- */

/* The writer may use what was read. Told in steps of an eighth of the ring and when all is read. */
static void give_back(struct ring *r)
{
	struct ring_shared *sh = r->shared;

	r->tail_said = r->tail;
	atomic_store_explicit(&sh->tail, r->tail, memory_order_release);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&sh->writer_waits, memory_order_relaxed) == 0)
		return;
	atomic_fetch_add_explicit(&sh->freed, 1, memory_order_release);
	futex_wake(&sh->freed);
}

static long spoiled(struct ring *r)
{
	r->bad = true;
	return -EBADMSG;
}

/* Bytes committed and not read; SIZE_MAX when that cannot be. */
static size_t waiting(struct ring *r)
{
	if (r->head_seen == r->tail)
		r->head_seen = atomic_load_explicit(&r->shared->head, memory_order_acquire);
	uint64_t n = r->head_seen - r->tail;

	return n > r->room || n % 8 != 0 ? SIZE_MAX : (size_t)n;
}

/* The next record lies in the caches of the one who wrote it: it may come while this one is worked on. */
static void fetch_ahead(const struct ring *r)
{
	enum { LINE = 64, LINES = 5 };	/* most records are shorter */

	for (uint64_t at = r->tail; at < r->tail + LINES * LINE && at < r->head_seen; at += LINE)
		__builtin_prefetch(r->data + (at & (r->room - 1)));
}

long ring_read(struct ring *r, void *out, size_t cap)
{
	if (r->bad)
		return -EBADMSG;
	size_t n = waiting(r);

	if (n != 0 && n != SIZE_MAX &&
	    atomic_load_explicit(header_at(r, r->tail), memory_order_relaxed) == WRAP) {
		size_t to_end = r->room - (size_t)(r->tail & (r->room - 1));

		if (to_end > n || to_end == r->room)
			return spoiled(r);
		r->tail += to_end;
		n = waiting(r);
	}
	if (n == 0) {
		if (r->tail_said != r->tail)
			give_back(r);
		return 0;
	}
	if (n == SIZE_MAX)
		return spoiled(r);
	/* Read once: the other side may change it at any time. */
	uint64_t size = atomic_load_explicit(header_at(r, r->tail), memory_order_relaxed);
	size_t to_end = r->room - (size_t)(r->tail & (r->room - 1));

	if (size == 0 || size % 8 != 0 || size > cap || size > n - HEADER || size > to_end - HEADER)
		return spoiled(r);
	memcpy(out, r->data + (r->tail & (r->room - 1)) + HEADER, (size_t)size);
	r->tail += HEADER + size;
	fetch_ahead(r);
	if (r->tail - r->tail_said >= r->room / 8)
		give_back(r);
	return (long)size;
}

uint64_t ring_done_frame(const struct ring *r)
{
	return atomic_load_explicit(&r->shared->done, memory_order_acquire);
}

bool ring_closed(const struct ring *r)
{
	return atomic_load_explicit(&r->shared->closed, memory_order_acquire) != 0;
}

uint32_t ring_events(const struct ring *r)
{
	return atomic_load_explicit(&r->shared->events, memory_order_acquire);
}

void ring_wait(struct ring *r, uint32_t seen, int timeout_ms)
{
	struct ring_shared *sh = r->shared;

	if (r->tail_said != r->tail)
		give_back(r);
	atomic_store_explicit(&sh->reader_waits, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&sh->events, memory_order_relaxed) == seen)
		futex_wait(&sh->events, seen, timeout_ms);
	atomic_store_explicit(&sh->reader_waits, 0, memory_order_relaxed);
}

void ring_abandon(struct ring *r)
{
	atomic_store_explicit(&r->shared->abandoned, 1, memory_order_release);
	atomic_fetch_add_explicit(&r->shared->freed, 1, memory_order_release);
	futex_wake(&r->shared->freed);
}

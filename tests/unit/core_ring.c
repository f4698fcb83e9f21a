/* The ring: order, wrap-around, waiting in threads and processes, and a reader that nothing can harm. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/hash.h"
#include "core/ring.h"

enum { ROOM = 64 << 10, MANY = 200000 };

static void *block_new(void)
{
	void *p = mmap(NULL, ring_block(ROOM), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

static void block_free(void *p)
{
	munmap(p, ring_block(ROOM));
}

/* Record i: 8 .. 4096 bytes, its number, then bytes that depend on it. */
static size_t size_of(uint64_t i)
{
	return 8 + (hash_mix(i) % 512) * 8;
}

static bool put(struct ring *r, uint64_t i)
{
	size_t n = size_of(i);
	uint8_t *p = ring_reserve(r, n);

	if (p == NULL)
		return false;
	assert_int_equal((uintptr_t)p % 8, 0);
	memset(p, (int)(i & 0xff), n);
	memcpy(p, &i, sizeof(i));
	ring_commit(r, n);
	return true;
}

static void expect(const uint8_t *p, long n, uint64_t i)
{
	uint64_t have;

	memcpy(&have, p, sizeof(have));
	assert_int_equal(n, (long)size_of(i));
	assert_int_equal(have, i);
	for (long k = 8; k < n; k++)
		assert_int_equal(p[k], i & 0xff);
}

struct alone { struct ring ring; uint64_t read; unsigned turns, turns_max; };

static void read_here(void *ctx)
{
	struct alone *a = ctx;
	uint8_t out[4104];

	if (a->turns++ == a->turns_max)
		return;
	for (long n; (n = ring_read(&a->ring, out, sizeof(out))) != 0;)
		expect(out, n, a->read++);
}

/* Writer and reader on one thread: who would wait for itself for ever reads instead, and a reader that does not
 * read any more is gone. */
static void test_alone(void **state)
{
	(void)state;
	void *block = block_new();
	struct alone a = { .turns_max = 5000 };
	uint64_t next = 0;

	ring_init(&a.ring, block, ROOM);
	ring_alone(&a.ring, read_here, &a);
	while (put(&a.ring, next))
		next++;
	assert_int_equal(a.turns, a.turns_max + 1);
	assert_true(a.read > MANY / 4 && next > a.read);
	assert_null(ring_reserve(&a.ring, 8));
	block_free(block);
}

static void test_order(void **state)
{
	(void)state;
	void *block = block_new();
	struct ring r;
	uint8_t out[4104];
	uint64_t next = 0, read = 0;

	ring_init(&r, block, ROOM);
	assert_int_equal(ring_read(&r, out, sizeof(out)), 0);
	for (unsigned round = 0; round < 500; round++) {
		for (unsigned i = 0; i < 1 + round % 7; i++)
			assert_true(put(&r, next++));
		for (long n; (n = ring_read(&r, out, sizeof(out))) != 0;)
			expect(out, n, read++);
		assert_int_equal(next, read);
	}
	block_free(block);
}

static void test_commit_less(void **state)
{
	(void)state;
	void *block = block_new();
	struct ring r;
	uint8_t out[4096];

	ring_init(&r, block, ROOM);
	uint8_t *p = ring_reserve(&r, 4096);

	memset(p, 7, 16);
	ring_commit(&r, 16);
	assert_non_null(ring_reserve(&r, 64));	/* never committed: as if it had not been */
	p = ring_reserve(&r, 8);
	memset(p, 9, 8);
	ring_commit(&r, 8);
	assert_int_equal(ring_read(&r, out, sizeof(out)), 16);
	assert_int_equal(out[15], 7);
	assert_int_equal(ring_read(&r, out, sizeof(out)), 8);
	assert_int_equal(out[0], 9);
	assert_int_equal(ring_read(&r, out, sizeof(out)), 0);
	block_free(block);
}

static void *write_many(void *arg)
{
	struct ring *r = arg;

	for (uint64_t i = 0; i < MANY; i++) {
		if (!put(r, i))
			return NULL;
		if (i % 100 == 99)
			ring_done(r, i);
	}
	ring_close(r);
	return NULL;
}

static void read_many(struct ring *r)
{
	uint8_t out[4104];
	uint64_t read = 0, done = 0;

	for (;;) {
		uint32_t seen = ring_events(r);
		bool closed = ring_closed(r);
		uint64_t frame = ring_done_frame(r);

		assert_true(frame >= done);
		done = frame;
		for (long n; (n = ring_read(r, out, sizeof(out))) != 0;) {
			assert_true(n > 0);
			expect(out, n, read++);
		}
		assert_true(read == 0 || read > done);	/* what is promised is there */
		if (closed)
			break;
		ring_wait(r, seen, 1000);
	}
	assert_int_equal(read, MANY);
}

static void test_threads(void **state)
{
	(void)state;
	void *block = block_new();
	struct ring r;
	pthread_t writer;

	ring_init(&r, block, ROOM);
	assert_int_equal(pthread_create(&writer, NULL, write_many, &r), 0);
	read_many(&r);
	pthread_join(writer, NULL);
	block_free(block);
}

static void test_processes(void **state)
{
	(void)state;
	void *block = block_new();
	struct ring r;
	int status;

	ring_init(&r, block, ROOM);
	pid_t child = fork();

	if (child == 0) {
		write_many(&r);
		_exit(0);
	}
	read_many(&r);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	block_free(block);
}

/* A writer that waits for room learns that nobody will read. */
static void test_abandon(void **state)
{
	(void)state;
	void *block = block_new();
	struct ring r;
	pthread_t writer;

	ring_init(&r, block, ROOM);
	assert_int_equal(pthread_create(&writer, NULL, write_many, &r), 0);
	usleep(20000);
	ring_abandon(&r);
	pthread_join(writer, NULL);
	assert_false(ring_closed(&r));
	assert_null(ring_reserve(&r, 8));
	block_free(block);
}

static void test_wait_times_out(void **state)
{
	(void)state;
	void *block = block_new();
	struct ring r;

	ring_init(&r, block, ROOM);
	ring_wait(&r, ring_events(&r), 10);		/* nothing happens: comes back all the same */
	uint32_t seen = ring_events(&r);

	ring_done(&r, 5);
	ring_wait(&r, seen, 60000);			/* it happened already: does not wait */
	assert_int_equal(ring_done_frame(&r), 5);
	block_free(block);
}

static void test_reader_limits(void **state)
{
	(void)state;
	static const struct { const char *what; uint64_t size; long want; } rows[] = {
		{ "size 0", 0, -EBADMSG },
		{ "not a multiple of 8", 12, -EBADMSG },
		{ "more than was committed", 64, -EBADMSG },
		{ "far more than the ring", UINT64_MAX - 7, -EBADMSG },
		{ "a wrap mark where nothing wraps", UINT64_MAX, -EBADMSG },
		{ "right", 16, 16 },
	};
	uint8_t out[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *block = block_new();
		struct ring r;

		print_message("# %s\n", rows[i].what);
		ring_init(&r, block, ROOM);
		ring_reserve(&r, 16);
		ring_commit(&r, 16);
		memcpy(r.data, &rows[i].size, sizeof(rows[i].size));
		assert_int_equal(ring_read(&r, out, sizeof(out)), rows[i].want);
		assert_int_equal(ring_read(&r, out, sizeof(out)), rows[i].want < 0 ? -EBADMSG : 0);
		block_free(block);
	}
}

static void test_larger_than_asked(void **state)
{
	(void)state;
	void *block = block_new();
	struct ring r;
	uint8_t out[64];

	ring_init(&r, block, ROOM);
	memset(ring_reserve(&r, 128), 1, 128);
	ring_commit(&r, 128);
	assert_int_equal(ring_read(&r, out, sizeof(out)), -EBADMSG);
	block_free(block);
}

/* Whatever the other side writes anywhere into the block, a reader stays inside it and comes to an end. The
 * sanitizers see the first; this test would not end without the second. */
static void test_scribble(void **state)
{
	(void)state;
	uint64_t seed = 1;
	uint8_t out[4096];

	for (unsigned round = 0; round < 3000; round++) {
		size_t size = ring_block(ROOM);
		uint8_t *block = NULL;
		struct ring r;

		assert_int_equal(posix_memalign((void **)&block, 64, size), 0);
		memset(block, 0, size);
		ring_init(&r, block, ROOM);
		for (uint64_t i = 0; i < 8; i++)
			put(&r, i);
		for (unsigned k = 0; k < 4; k++) {
			seed = hash_mix(seed + 1);
			size_t at = k % 2 == 0 ? seed % 64 : seed % size;

			block[at & ~(size_t)7] = (uint8_t)(seed >> 32);
			block[at] = (uint8_t)(seed >> 40);
		}
		long n = 1;
		unsigned reads = 0;

		while (n > 0 && reads++ < ROOM)
			n = ring_read(&r, out, sizeof(out));
		assert_true(n <= 0);
		free(block);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_alone), cmocka_unit_test(test_commit_less),
		cmocka_unit_test(test_threads), cmocka_unit_test(test_processes),
		cmocka_unit_test(test_abandon), cmocka_unit_test(test_wait_times_out),
		cmocka_unit_test(test_reader_limits), cmocka_unit_test(test_larger_than_asked),
		cmocka_unit_test(test_scribble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

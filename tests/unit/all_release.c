/* The desk's end of the rings: records of all rings in one order; and whatever a sensor that was taken over
 * writes into the shared memory, at whatever moment, the desk neither crashes nor loops, counts what it
 * refused, and gives up rings that hold nonsense. The records are those of recordings of the lab. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "core/hash.h"
#include "main/desk.h"
#include "main/sensor.h"
#include "main/summary.h"

enum { ROOM = 64 << 10, RINGS = 3, RECORDS_MAX = 1 << 16, ROUNDS = 1000, STEPS = 300,
       LIMIT_S = 60 };

static const char *const recordings[] = {
	KOBAN_SOURCE "/tests/captures/ftp-program/capture.pcap",
	KOBAN_SOURCE "/tests/captures/lldp/capture.pcap",
	KOBAN_SOURCE "/tests/captures/modbus-stranger/capture.pcap",
	KOBAN_SOURCE "/tests/captures/names/capture.pcap",
	KOBAN_SOURCE "/tests/captures/s7-stop/capture.pcap", KOBAN_SOURCE "/tests/captures/web/capture.pcap",
};

static struct rec *records[RECORDS_MAX];
static size_t record_count;

/* ---- a small generator: the same numbers on every run ---- */

static uint64_t next(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15;
	return hash_mix(*state);
}

/* ---- a sensor over the recordings ---- */

struct setting {
	struct arena arena;
	struct capture *capture;
	struct sensor *sensor;
};

static void setting_open(struct setting *s, unsigned workers, bool split)
{
	const struct sensor_options o = { .limits = LIMITS_DEFAULT, .workers = workers, .split = split,
					  .all = true, .stage = STAGE_ALL };
	uint32_t input;
	const char *what;

	assert_int_equal(arena_map(&s->arena, capture_room(ARRAY_LEN(recordings))), 0);
	assert_int_equal(capture_init(&s->capture, &s->arena, ARRAY_LEN(recordings)), 0);
	for (size_t i = 0; i < ARRAY_LEN(recordings); i++) {
		int fd = open(recordings[i], O_RDONLY | O_CLOEXEC);

		assert_true(fd >= 0);
		assert_int_equal(capture_add(s->capture, fd, recordings[i], 0, 0), (int)i);
	}
	assert_int_equal(capture_start(s->capture, &input, &what), 0);
	assert_int_equal(sensor_new(&s->sensor, &o, s->capture), 0);
}

static void setting_close(struct setting *s)
{
	sensor_free(s->sensor);
	capture_done(s->capture);
	arena_unmap(&s->arena);
}

struct reading { uint64_t digest; bool keep; };

static void take_record(void *ctx, const struct rec *rec)
{
	struct reading *all = ctx;

	all->digest = hash_bytes(rec, rec->size, all->digest);
	if (all->keep && record_count < RECORDS_MAX) {
		records[record_count] = malloc(rec->size);
		memcpy(records[record_count++], rec, rec->size);
	}
}

/* Digest of every record in order; keep: they are kept too. */
static uint64_t read_all(unsigned workers, bool split, bool keep)
{
	struct setting s;
	struct reading all = { .digest = 1, .keep = keep };
	const struct sensor_desk desk = { .record = take_record, .ctx = &all };

	setting_open(&s, workers, split);
	assert_int_equal(sensor_run(s.sensor, &desk), 0);
	assert_int_equal(sensor_release(s.sensor)->refused, 0);
	setting_close(&s);
	return all.digest;
}

/* A desk that has had enough is not given more, wherever the sensor runs. */
static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

static void test_stopped(void **state)
{
	(void)state;
	const uint64_t whole = read_all(1, false, false);

	for (unsigned way = 0; way < 4; way++) {
		struct setting s;
		struct reading all = { .digest = 1 };
		const struct sensor_desk desk = { .record = take_record, .go_on = never, .ctx = &all };

		setting_open(&s, way % 2 == 0 ? 1 : 3, way >= 2);
		int rc = sensor_run(s.sensor, &desk);

		/* A sensor beside may have said everything before anybody is asked. */
		assert_true(rc == -ECANCELED || (way > 0 && rc == 0 && all.digest == whole));
		setting_close(&s);
	}
}

static void test_same_in_two_processes(void **state)
{
	(void)state;
	const uint64_t one = read_all(1, false, true);

	assert_true(record_count > 500);
	for (size_t i = 1; i < record_count; i++)
		assert_true(rec_name_of(records[i - 1]) < rec_name_of(records[i]));
	assert_true(read_all(3, false, false) == one);
	assert_true(read_all(1, true, false) == one);
	assert_true(read_all(3, true, false) == one);
}

/* ---- rings of our own ---- */

struct bench {
	struct ring writer[RINGS], reader[RINGS];
	uint8_t *block[RINGS];
	struct release release;
	size_t written, released;
	uint64_t last;
	bool ordered;
};

static void bench_open(struct bench *b)
{
	*b = (struct bench){ .ordered = true };
	b->release.count = RINGS;
	b->release.heads = calloc(RINGS, sizeof(*b->release.heads));
	assert_non_null(b->release.heads);
	for (unsigned i = 0; i < RINGS; i++) {
		/* Of its exact size: one byte beyond is seen. */
		assert_int_equal(posix_memalign((void **)&b->block[i], 64, ring_block(ROOM)), 0);
		memset(b->block[i], 0, ring_block(ROOM));
		ring_init(&b->writer[i], b->block[i], ROOM);
		ring_init(&b->reader[i], b->block[i], ROOM);
		b->release.rings[i] = &b->reader[i];
	}
}

static void bench_close(struct bench *b)
{
	for (unsigned i = 0; i < RINGS; i++)
		free(b->block[i]);
	free(b->release.heads);
}

/* Writes n bytes as a record of ring i, when there is room: this writer would wait for ever. */
static bool put(struct bench *b, unsigned i, const void *p, size_t n)
{
	struct ring *w = &b->writer[i];

	w->tail_seen = b->reader[i].tail;
	if (ROOM - (w->head - w->tail_seen) < 2 * REC_MAX + n)
		return false;
	void *to = ring_reserve(w, n);

	if (to == NULL)
		return false;
	memcpy(to, p, n);
	ring_commit(w, n);
	b->written++;
	return true;
}

static void done(struct bench *b, uint64_t frame)
{
	for (unsigned i = 0; i < RINGS; i++)
		ring_done(&b->writer[i], frame);
}

static void take(struct bench *b, struct desk *d)
{
	bool ended;

	for (const struct rec *r; (r = release_next(&b->release, &ended)) != NULL;) {
		b->ordered = b->ordered && (b->released == 0 || rec_name_of(r) > b->last);
		b->last = rec_name_of(r);
		b->released++;
		if (d != NULL)
			desk_record(d, r);
		assert_true(b->released <= b->written);
	}
}

static bool finish(struct bench *b, struct desk *d)
{
	bool ended;

	for (unsigned i = 0; i < RINGS; i++)
		ring_close(&b->writer[i]);
	take(b, d);
	return release_next(&b->release, &ended) == NULL && ended;
}

static void test_one_order(void **state)
{
	(void)state;
	struct bench b;
	uint64_t seed = 7;

	bench_open(&b);
	for (size_t i = 0; i < record_count; i++) {
		while (!put(&b, (unsigned)(next(&seed) % RINGS), records[i], records[i]->size)) {
			done(&b, records[i]->frame - 1);
			take(&b, NULL);
		}
		if (next(&seed) % 5 == 0)
			done(&b, records[i]->frame - 1);
	}
	assert_true(finish(&b, NULL));
	assert_int_equal(b.released, record_count);
	assert_true(b.ordered);
	assert_int_equal(b.release.refused + b.release.broken, 0);
	bench_close(&b);
}

/* A record that comes late, twice, or is none is refused, and what follows is read. */
static void test_refused(void **state)
{
	(void)state;
	static const struct { const char *what; size_t order[3]; bool harm; uint64_t refused; } rows[] = {
		{ "in order", { 20, 40, 60 }, false, 0 },
		{ "an older one", { 40, 20, 60 }, false, 1 },
		{ "the same again", { 20, 20, 60 }, false, 1 },
		{ "a type that does not exist", { 20, 40, 60 }, true, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bench b;

		bench_open(&b);
		for (size_t k = 0; k < 3; k++) {
			_Alignas(16) uint8_t copy[REC_MAX];
			const struct rec *r = records[rows[i].order[k]];

			memcpy(copy, r, r->size);
			if (rows[i].harm && k == 1)
				copy[offsetof(struct rec, type)] = 200;
			assert_true(put(&b, 0, copy, r->size));
		}
		if (!finish(&b, NULL) || b.release.refused != rows[i].refused ||
		    b.released != 3 - rows[i].refused || b.release.broken != 0)
			fail_msg("%s: %lu refused, %zu released", rows[i].what, b.release.refused,
				 b.released);
		bench_close(&b);
	}
}

/* Bad records without end: the ring is given up, the others go on, and its writer hears of it. */
static void test_given_up(void **state)
{
	(void)state;
	struct bench b;
	_Alignas(16) uint8_t bad[64] = { 64 };
	unsigned put_bad = 0;

	bench_open(&b);
	assert_true(put(&b, 1, records[10], records[10]->size));
	done(&b, 0);
	while (put_bad < 10 * RELEASE_REFUSED && ring_reserve(&b.writer[0], sizeof(bad)) != NULL) {
		memcpy(b.writer[0].data + (b.writer[0].head & (ROOM - 1)) + 8, bad, sizeof(bad));
		ring_commit(&b.writer[0], sizeof(bad));
		put_bad++;
		b.written++;
		if (put_bad % 64 == 0)
			take(&b, NULL);
	}
	assert_int_equal(b.release.refused, RELEASE_REFUSED);
	assert_int_equal(b.release.broken, 1);
	assert_true(put_bad < 3 * RELEASE_REFUSED);
	assert_true(finish(&b, NULL));
	assert_int_equal(b.released, 1);
	bench_close(&b);
}

/* ---- shared memory that is scribbled on ---- */

static struct desk desk_open(void)
{
	static struct config config;
	static const char *no_tap[256];
	static const struct eve_options options = { .tap_names = no_tap, .rule = ruleset_face };
	struct eve *eve;
	struct desk d;

	config_default(&config);
	config.limits.assets = config.limits.conversations = config.limits.objects = config.limits.alerts =
		256;
	assert_int_equal(eve_open(&eve, "/dev/null", &options), 0);
	assert_int_equal(desk_new(&d, &(const struct desk_options){ .config = &config, .eve = eve }), 0);
	return d;
}

/* One change of one ring: a byte of its head, a byte or a word anywhere, or a byte of the newest record. */
static void scribble(struct bench *b, uint64_t *seed)
{
	unsigned i = (unsigned)(next(seed) % RINGS);
	const size_t head = ring_block(ROOM) - ROOM;
	uint64_t how = next(seed) % 16, value = next(seed);
	uint64_t at = b->writer[i].head - (b->writer[i].head < 512 ? 0 : next(seed) % 512);

	if (how == 0)
		b->block[i][next(seed) % head] = (uint8_t)value;
	else if (how == 1)
		memcpy(b->block[i] + next(seed) % (ring_block(ROOM) - 8), &value, 8);
	else
		b->block[i][head + (at & (ROOM - 1))] = (uint8_t)value;
}

static void test_scribbled(void **state)
{
	(void)state;
	uint64_t refused = 0, broken = 0, released = 0;
	struct desk d = desk_open();

	for (uint64_t round = 1; round <= ROUNDS; round++) {
		struct bench b;
		uint64_t seed = round;
		const size_t from = (size_t)(next(&seed) % (record_count - STEPS));

		bench_open(&b);
		for (size_t i = from; i < from + STEPS; i++) {
			put(&b, (unsigned)(next(&seed) % RINGS), records[i], records[i]->size);
			if (next(&seed) % 4 == 0)
				scribble(&b, &seed);
			if (next(&seed) % 8 == 0) {
				done(&b, records[i]->frame - 1);
				take(&b, &d);
			}
		}
		assert_true(finish(&b, &d));
		refused += b.release.refused;
		broken += b.release.broken;
		released += b.released;
		bench_close(&b);
	}
	desk_close(&d);
	desk_free(&d);
	print_message("# %lu records released, %lu refused, %lu rings given up\n", released, refused, broken);
	assert_true(refused > ROUNDS && broken > ROUNDS / 2 && released > 50 * ROUNDS);
}

/* ---- a real sensor whose memory somebody else writes to while the desk reads ---- */

struct vandal {
	pthread_t thread;
	struct release *release;
	struct shared *shared;
	uint64_t seed;
	unsigned every;		/* microseconds between two changes; 0: without a pause */
	_Atomic bool stop;
};

static void *vandal_main(void *arg)
{
	struct vandal *v = arg;

	while (!atomic_load(&v->stop)) {
		struct ring *r = v->release->rings[next(&v->seed) % v->release->count];
		uint8_t *block = (uint8_t *)r->shared;
		const size_t head = (size_t)(r->data - block);
		const struct timespec pause = { .tv_nsec = (long)v->every * 1000 };

		block[next(&v->seed) % 4 == 0 ? next(&v->seed) % head : head + next(&v->seed) % r->room] =
			(uint8_t)next(&v->seed);
		((uint8_t *)v->shared)[next(&v->seed) % sizeof(*v->shared)] = (uint8_t)next(&v->seed);
		if (v->every > 0)
			nanosleep(&pause, NULL);
	}
	return NULL;
}

static int64_t seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* The numbers beside the rings are nobody's word either: they are printed, whatever they are. */
static void print_harmed(const struct shared *shared, struct desk *d, const struct release *r)
{
	FILE *out = fopen("/dev/null", "w");
	struct summary s = { .shared = shared, .desk = d, .refused = r->refused, .stage = STAGE_ALL };

	assert_non_null(out);
	assert_true(summary_gather(&s));
	summary_json(out, &s);
	summary_text(out, LANG_JA, &s);
	summary_free(&s);
	fclose(out);
}

struct harmed { struct desk *desk; int64_t until; };

static void take_harmed(void *ctx, const struct rec *r)
{
	const struct harmed *h = ctx;

	desk_record(h->desk, r);
	assert_true(seconds() < h->until);
}

static bool in_time(void *ctx)
{
	const struct harmed *h = ctx;

	return seconds() < h->until;
}

/* As `koban read` does it: stop at the first ring that is given up. */
static bool read_harmed(uint64_t seed, unsigned workers, unsigned every)
{
	struct setting s;
	struct desk d = desk_open();
	struct harmed h = { &d, seconds() + LIMIT_S };
	const struct sensor_desk desk = { .record = take_harmed, .go_on = in_time, .ctx = &h };

	setting_open(&s, workers, true);
	struct release *r = sensor_release(s.sensor);
	struct vandal v = { .release = r, .shared = (struct shared *)(uintptr_t)sensor_shared(s.sensor),
			    .seed = seed, .every = every };

	assert_int_equal(pthread_create(&v.thread, NULL, vandal_main, &v), 0);
	int rc = sensor_run(s.sensor, &desk);

	atomic_store(&v.stop, true);
	pthread_join(v.thread, NULL);
	print_harmed(v.shared, &d, r);
	bool harmed = rc != 0 || r->broken > 0 || r->refused > 0;

	setting_close(&s);
	desk_close(&d);
	desk_free(&d);
	assert_true(in_time(&h));
	return harmed;
}

static void test_scribbled_meanwhile(void **state)
{
	(void)state;
	unsigned harmed = 0;

	for (unsigned round = 0; round < 12; round++)
		harmed += read_harmed(round, 1 + round % 3, round < 8 ? 0 : 20);
	print_message("# %u of 12 readings harmed\n", harmed);
	assert_true(harmed > 0);
}

static int forget(void **state)
{
	(void)state;
	for (size_t i = 0; i < record_count; i++)
		free(records[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_in_two_processes), cmocka_unit_test(test_stopped), cmocka_unit_test(test_one_order),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_scribbled), cmocka_unit_test(test_scribbled_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}

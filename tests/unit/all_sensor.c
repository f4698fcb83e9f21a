/* More records of one moment than a ring holds: many flows that all end with the capture. The sensor waits
 * for the desk then, and the desk must not wait for the sensor, with one thread or several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "main/sensor.h"

enum { FLOWS = 20000, LIMIT_S = 60, FRAME = 42 };

/* A capture in memory: FLOWS datagrams without data, each of another port. */
static int many_flows(void)
{
	static const uint8_t file_head[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [18] = 4, [20] = 1 };
	uint8_t record[16 + FRAME] = { [0] = 1, [8] = FRAME, [12] = FRAME };
	uint8_t *ip = record + 16 + 14;
	int fd = memfd_create("flows", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file_head, sizeof(file_head)), sizeof(file_head));
	record[16 + 12] = 8;		/* IPv4 */
	ip[0] = 0x45;
	ip[3] = 28;
	ip[8] = 64;
	ip[9] = 17;
	ip[12] = ip[16] = 10;
	ip[15] = 1;
	ip[19] = 2;
	ip[25] = 8;			/* of the UDP header alone */
	for (unsigned i = 0; i < FLOWS; i++) {
		ip[20] = (uint8_t)((10000 + i) >> 8);
		ip[21] = (uint8_t)(10000 + i);
		ip[22] = 0xea;		/* 60000, whose service nobody knows */
		ip[23] = 0x60;
		assert_int_equal(write(fd, record, sizeof(record)), sizeof(record));
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void count_closed(void *closed, const struct rec *r)
{
	if (r->type == REC_FLOW)
		*(unsigned *)closed += ((const struct obs *)(const void *)r)->verb == VERB_CLOSE;
}

static unsigned closed_flows(unsigned workers)
{
	const struct sensor_options o = { .limits = LIMITS_DEFAULT, .workers = workers, .stage = STAGE_ALL };
	struct arena arena;
	struct capture *c;
	struct sensor *s;
	uint32_t input;
	const char *what;
	unsigned closed = 0;
	const struct sensor_desk desk = { .record = count_closed, .ctx = &closed };

	assert_int_equal(arena_map(&arena, capture_room(1)), 0);
	assert_int_equal(capture_init(&c, &arena, 1), 0);
	assert_int_equal(capture_add(c, many_flows(), "flows", 0, 0), 0);
	assert_int_equal(capture_start(c, &input, &what), 0);
	assert_int_equal(sensor_new(&s, &o, c), 0);
	assert_int_equal(sensor_run(s, &desk), 0);
	sensor_free(s);
	capture_done(c);
	arena_unmap(&arena);
	return closed;
}

static void test_more_than_a_ring(void **state)
{
	(void)state;
	alarm(LIMIT_S);			/* who waits for ever is ended, and that is a failure */
	assert_int_equal(closed_flows(1), FLOWS);
	assert_int_equal(closed_flows(3), FLOWS);
	alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_more_than_a_ring) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

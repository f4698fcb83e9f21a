/* What a flow has open: found under its key from either side, the one not asked for longest named first, never
 * more than the flow may have, and given back when the flow ends. */
#include "model/proto.h"

/* A message: command and key (two bytes, big-endian).  + open   ? look   - close   o the oldest
 *  > the same, asked by the protocol inside */
static void *last;
static uint64_t last_key;
static bool stale;		/* something of what stood there before was left */

static bool toy_message(struct proto_ctx *x, struct cursor msg)
{
	uint8_t what = cur_u8(&msg);

	if (what == '>') {
		pass(x, msg);
		return true;
	}
	uint16_t key = cur_be16(&msg);

	last = NULL;
	if (what == '+')
		last = keep_new(x, key, sizeof(uint16_t));
	else if (what == '?')
		last = keep_find(x, key);
	else if (what == 'o')
		last = keep_oldest(x, &last_key);
	else
		keep_drop(x, key);
	if (what == '+' && last != NULL) {
		stale |= *(uint16_t *)last != 0;
		*(uint16_t *)last = key;
	}
	return true;
}

static unsigned toy_probe(const struct proto_ctx *x, struct cursor head)
{
	(void)x, (void)head;
	return 100;
}

static const struct proto proto_toy = { .name = "toy", .on = ON_UDP, .ports = { 9999 }, .probe = toy_probe,
					.message = toy_message };
static const struct proto proto_inside = { .name = "inside", .on = ON_PROTO, .over = "toy",
					   .message = toy_message };
const struct proto *const protos[] = { &proto_toy, &proto_inside, NULL };

#include "stream_shown.h"

static void *say(struct bench *b, bool from_client, const char *what, unsigned key)
{
	uint8_t message[4];
	size_t n = strlen(what);

	memcpy(message, what, n);
	message[n] = (uint8_t)(key >> 8);
	message[n + 1] = (uint8_t)key;
	bench_datagram(b, from_client, message, n + 2);
	return last;
}

static void test_keys(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	assert_null(say(&b, true, "?", 7));
	void *seven = say(&b, true, "+", 7);

	assert_non_null(seven);
	assert_int_equal((uintptr_t)seven % 16, 0);
	assert_ptr_equal(say(&b, false, "?", 7), seven);	/* whoever asks */
	assert_null(say(&b, true, ">?", 7));			/* but not another protocol */
	assert_non_null(say(&b, true, ">+", 7));
	assert_ptr_equal(say(&b, true, "?", 7), seven);
	assert_non_null(say(&b, true, "+", 7));			/* opened again: anew */
	say(&b, true, "-", 7);
	assert_null(say(&b, true, "?", 7));
	assert_non_null(say(&b, true, ">?", 7));
	bench_end(&b);
}

static void test_oldest(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	assert_null(say(&b, true, "o", 0));
	say(&b, true, ">+", 9);
	for (unsigned key = 1; key <= 3; key++)
		say(&b, true, "+", key);
	assert_non_null(say(&b, true, "o", 0));
	assert_int_equal(last_key, 1);
	say(&b, true, "?", 1);
	say(&b, true, "o", 0);
	assert_int_equal(last_key, 2);
	say(&b, true, "-", 2);
	say(&b, true, "o", 0);
	assert_int_equal(last_key, 3);
	bench_end(&b);
}

static void test_caps(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct bench b;

	limits.keeps = (KEEPS_PER_FLOW + 2) * SHARDS;
	bench_begin(&b, &limits, true);
	for (unsigned key = 1; key < KEEPS_PER_FLOW; key++)
		assert_non_null(say(&b, true, "+", key));
	assert_non_null(say(&b, true, ">+", 1));	/* the flow's, whoever of it keeps them */
	assert_null(say(&b, true, "+", KEEPS_PER_FLOW + 1));
	assert_null(say(&b, true, ">+", 2));
	assert_non_null(say(&b, true, "+", 5));		/* in place of itself */
	say(&b, true, "-", 5);
	assert_non_null(say(&b, true, "+", KEEPS_PER_FLOW + 1));
	b.client_port++;				/* another flow: two are left of all there are */
	assert_non_null(say(&b, true, "+", 1));
	assert_non_null(say(&b, true, "+", 2));
	assert_null(say(&b, true, "+", 3));
	bench_close(&b);
	assert_int_equal(b.stats.limit[LIMIT_AT_keeps].used, 0);
	assert_int_equal(b.stats.limit[LIMIT_AT_keeps].refused, 3);
	assert_false(stale);
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys), cmocka_unit_test(test_oldest), cmocka_unit_test(test_caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

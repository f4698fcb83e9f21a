/* Messages in pieces: put together in order, per key and direction, and never larger than allowed. */
#include "model/proto.h"

#include "core/hash.h"

/* A message: command, key, bytes.  + add   = take and say   - drop   > the rest goes inside
 * "2": takes keys 1 and 2 in one message and says both. */
static bool last_add;

static void say(struct proto_ctx *x, struct bytes all)
{
	struct obs *o = act_begin(x);

	o->verb = VERB_WRITE;
	o->phase = PHASE_ASK;
	act_value(x, VAL_RAW_BE, 8, 1, all);
	act_emit(x);
}

static bool toy_message(struct proto_ctx *x, struct cursor msg)
{
	uint8_t what = cur_u8(&msg), key = cur_u8(&msg);

	if (what == '+') {
		last_add = gather_add(x, key, cur_rest(&msg));
	} else if (what == '=') {
		say(x, gather_take(x, key));
	} else if (what == '-') {
		gather_drop(x, key);
	} else if (what == '2') {
		struct bytes first = gather_take(x, 1), second = gather_take(x, 2);

		pass(x, msg);
		say(x, first);
		say(x, second);
	} else if (what == '>') {
		pass(x, msg);
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

static void send(struct bench *b, bool from_client, const char *head, const void *p, size_t n)
{
	uint8_t message[8192];
	size_t head_n = strlen(head);

	memcpy(message, head, head_n);
	if (n > 0)
		memcpy(message + head_n, p, n);
	bench_datagram(b, from_client, message, head_n + n);
}

static void expect(const struct bench *b, unsigned i, const void *p, size_t n)
{
	const struct obs *o = bench_obs(b, i);

	assert_int_equal(o->value.length, n);
	assert_int_equal(o->value.digest, n == 0 ? 0 : hash_bytes(p, n, 0));
}

static void test_pieces(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	send(&b, true, "+k", "abc", 3);
	send(&b, true, "+m", "other", 5);
	send(&b, false, "+k", "back", 4);	/* the same key in the other direction */
	send(&b, true, "+k", "", 0);
	send(&b, true, "+k", "def", 3);
	send(&b, true, "=k", NULL, 0);
	expect(&b, 0, "abcdef", 6);
	/* where the first piece came */
	assert_int_equal(bench_rec(&b, 0)->frame - bench_rec(&b, 0)->back, 1);
	send(&b, true, "=k", NULL, 0);		/* taken is forgotten */
	expect(&b, 1, "", 0);
	send(&b, false, "=k", NULL, 0);
	expect(&b, 2, "back", 4);
	send(&b, true, "-m", NULL, 0);
	send(&b, true, "=m", NULL, 0);
	expect(&b, 3, "", 0);
	send(&b, true, "-m", NULL, 0);
	bench_end(&b);
}

static void test_cut_max(void **state)
{
	(void)state;
	static uint8_t bytes[CUT_MAX];
	struct bench b;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)hash_mix(i);
	bench_begin(&b, NULL, true);
	for (size_t at = 0; at < CUT_MAX; at += 4096) {
		send(&b, true, "+k", bytes + at, 4096);
		assert_true(last_add);
	}
	send(&b, true, "=k", NULL, 0);
	expect(&b, 0, bytes, CUT_MAX);
	for (size_t at = 0; at < CUT_MAX; at += 4096)
		send(&b, true, "+k", bytes + at, 4096);
	send(&b, true, "+k", "x", 1);
	assert_false(last_add);			/* one too many: everything is dropped */
	send(&b, true, "=k", NULL, 0);
	expect(&b, 1, "", 0);
	bench_end(&b);
}

/* Two taken in one message, and one inside it, are all good until it is over. */
static void test_several(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	send(&b, true, "+\1", "first", 5);
	send(&b, true, "+\2", "second", 6);
	send(&b, true, "> +\1", "inner", 5);	/* the space is the key of the outer command */
	send(&b, true, "2 =\1", NULL, 0);
	assert_int_equal(b.count, 3);
	expect(&b, 0, "inner", 5);
	expect(&b, 1, "first", 5);
	expect(&b, 2, "second", 6);
	bench_end(&b);
}

static void test_caps(void **state)
{
	(void)state;
	static const uint8_t zeroes[6000];
	struct limits limits = LIMITS_DEFAULT;
	struct bench b;
	char command[3] = "+?";

	limits.gathers = 2 * SHARDS;		/* and 16 cells of 2 KiB */
	bench_begin(&b, &limits, true);
	send(&b, true, "+a", "1", 1);
	send(&b, true, "+b", "2", 1);
	send(&b, true, "+c", "3", 1);
	assert_false(last_add);
	send(&b, true, "-a", NULL, 0);
	send(&b, true, "+c", "3", 1);
	assert_true(last_add);
	for (unsigned i = 0; i < 5; i++)
		send(&b, true, "+b", zeroes, sizeof(zeroes));
	assert_true(last_add);
	send(&b, true, "+c", zeroes, sizeof(zeroes));
	assert_false(last_add);			/* no cells left: c is dropped, b stays */
	send(&b, true, "=b", NULL, 0);
	assert_int_equal(bench_obs(&b, 0)->value.length, 30001);
	/* What flows leave behind is given back when they end. */
	for (unsigned i = 0; i < 10; i++) {
		b.client_port++;
		command[1] = (char)('a' + i);
		send(&b, true, command, "x", 1);
		assert_int_equal(last_add, i < 2);
		if (i == 1)
			bench_pass(&b, 1 * NS_PER_S);
	}
	bench_close(&b);
	assert_int_equal(b.stats.limit[LIMIT_AT_gathers].used, 0);
	assert_true(b.stats.limit[LIMIT_AT_gathers].refused > 2);
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces), cmocka_unit_test(test_cut_max), cmocka_unit_test(test_several),
		cmocka_unit_test(test_caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

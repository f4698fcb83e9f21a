/* Requests and their answers: ids, time-outs, what is pushed out, and protocols that say it themselves. */
#include "model/proto.h"

/* A message is commands of 4 bytes: what, id, blob length / 16, spare.
 *   Q  ask, waiting for its answer as one act      q  ask with an act of its own (stop)
 *   A  answer                                      P  peek: an interim answer
 *   O  answer to the oldest                        > the rest is for the protocol inside */
static unsigned heard;		/* calls of unanswered() */
static uint64_t heard_id;

static void answered(struct proto_ctx *x, const struct ask *ask)
{
	struct obs *o = act_begin(x);

	o->verb = ask != NULL && ask->act != 0 ? VERB_STOP : VERB_READ;
	o->phase = ask != NULL && ask->act == 0 ? PHASE_WHOLE : PHASE_ANSWER;
	o->outcome = OUT_DONE;
	o->object.parts = 1;
	o->object.part[0] = ask == NULL ? 999 : (uint32_t)ask->id;
	for (size_t i = 0; ask != NULL && i < ask->n; i++)
		assert(ask->blob[i] == (uint8_t)ask->id);
	act_emit(x);
}

static bool toy_message(struct proto_ctx *x, struct cursor msg)
{
	const struct ask *ask[2] = { NULL, NULL };
	unsigned answers = 0;

	while (msg.left >= 4 && cur_peek(&msg) != '>') {
		uint8_t what = cur_u8(&msg), id = cur_u8(&msg), n = cur_u8(&msg), blob[16 * 255];
		uint64_t act = 0;

		cur_u8(&msg);
		memset(blob, id, sizeof(blob));
		if (what == 'q') {
			struct obs *o = act_begin(x);

			o->verb = VERB_STOP;
			o->object.class = CLASS_DEVICE;
			o->code = 41;
			o->device.station = 7;
			act = act_emit(x);
		}
		if (what == 'Q' || what == 'q')
			pair_ask(x, id, act, blob, n * 16u);
		if (what == 'P')
			answered(x, pair_peek(x, id));
		if (what == 'S')
			act_apart(x);
		if (what == 'A')
			ask[answers++ % 2] = pair_answer(x, id);
		if (what == 'O') {
			const struct ask *oldest = pair_oldest(x);

			ask[answers++ % 2] = oldest == NULL ? NULL : pair_answer(x, oldest->id);
		}
	}
	bool good = true;

	if (cur_peek(&msg) == '>') {
		cur_u8(&msg);
		good = pass(x, msg);
	}
	for (unsigned i = 0; i < answers; i++)	/* the first is still good after the second was taken */
		answered(x, ask[i % 2]);
	return good;
}

static void says_itself(struct proto_ctx *x, const struct ask *ask)
{
	heard++;
	heard_id = ask->id;
	struct obs *o = act_begin(x);

	o->verb = VERB_READ;
	o->phase = PHASE_WHOLE;
	o->outcome = OUT_UNANSWERED;
	act_emit(x);
}

static unsigned toy_probe(const struct proto_ctx *x, struct cursor head)
{
	(void)x, (void)head;
	return 100;
}

static const struct proto proto_toy = { .name = "toy", .on = ON_UDP, .ports = { 9999 }, .probe = toy_probe,
					.message = toy_message };
static const struct proto proto_inside = { .name = "inside", .on = ON_PROTO, .over = "toy", .state_size = 8,
					   .message = toy_message, .unanswered = says_itself };
const struct proto *const protos[] = { &proto_toy, &proto_inside, NULL };

#include "stream_shown.h"

static void ask(struct bench *b, const char *commands)
{
	bench_datagram(b, true, commands, strlen(commands));
}

static void answer(struct bench *b, const char *commands)
{
	bench_datagram(b, false, commands, strlen(commands));
}

static void test_whole(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	ask(&b, "Qa\1.");
	ask(&b, "Qb\1.");
	assert_int_equal(b.count, 0);
	bench_pass(&b, 9 * NS_PER_S);
	answer(&b, "Aa\1.");
	assert_int_equal(b.count, 1);
	const struct obs *o = bench_obs(&b, 0);

	assert_int_equal(o->object.part[0], 'a');
	assert_int_equal(o->rec.frame, 3);
	assert_int_equal(o->rec.back, 2);	/* the evidence covers the request */
	assert_int_equal(o->re, 0);
	answer(&b, "Aa\1.");			/* answered already */
	assert_int_equal(bench_obs(&b, 1)->object.part[0], 999);
	assert_int_equal(bench_obs(&b, 1)->rec.back, 0);
	bench_end(&b);
}

static void test_re(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	ask(&b, "qa\1.");
	answer(&b, "Pa\1.");
	answer(&b, "Aa\1.");
	assert_int_equal(b.count, 3);
	uint64_t name = rec_name_of(bench_rec(&b, 0));

	assert_int_equal(bench_obs(&b, 1)->re, name);
	assert_int_equal(bench_obs(&b, 2)->re, name);
	assert_int_equal(bench_obs(&b, 2)->msg, rec_name_of(bench_rec(&b, 2)));
	bench_end(&b);
}

/* A message inside a message: its acts are no items of the one before, and answer nothing of it. */
static void test_apart(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	ask(&b, "qa\1.");
	answer(&b, "Pa\1.Pb\1.");
	answer(&b, "Pa\1.S\1\1.Pb\1.");
	assert_int_equal(b.count, 5);
	uint64_t name = rec_name_of(bench_rec(&b, 0));

	assert_int_equal(bench_obs(&b, 2)->msg, bench_obs(&b, 1)->msg);
	assert_int_equal(bench_obs(&b, 2)->re, name);
	assert_int_equal(bench_obs(&b, 3)->re, name);
	assert_int_equal(bench_obs(&b, 4)->msg, rec_name_of(bench_rec(&b, 4)));
	assert_int_equal(bench_obs(&b, 4)->re, 0);
	bench_end(&b);
}

/* The act of a request that nobody answered says so after ten seconds, under the name of a timer. */
static void test_time_out(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	ask(&b, "qa\1.");
	ask(&b, "Qb\1.");			/* without an act: nothing to say */
	int64_t asked = b.now_ns;

	bench_pass(&b, 9 * NS_PER_S);
	assert_int_equal(b.count, 1);
	bench_pass(&b, 2 * NS_PER_S);
	assert_int_equal(b.count, 2);
	const struct obs *o = bench_obs(&b, 1);

	assert_int_equal(o->outcome, OUT_UNANSWERED);
	assert_int_equal(o->phase, PHASE_ANSWER);
	assert_int_equal(o->verb, VERB_STOP);
	assert_int_equal(o->object.class, CLASS_DEVICE);
	assert_int_equal(o->code, 41);
	assert_int_equal(o->device.station, 7);
	assert_int_equal(o->re, rec_name_of(bench_rec(&b, 0)));
	assert_int_equal(o->flags & FLAG_TIMEOUT, FLAG_TIMEOUT);
	assert_int_equal(o->rec.at_ns, asked + 10 * NS_PER_S);
	assert_int_equal(o->rec.back, 1);
	answer(&b, "Aa\1.");
	assert_int_equal(bench_obs(&b, 2)->object.part[0], 999);
	assert_int_equal(b.stats.limit[LIMIT_AT_asks].used, 0);
	bench_end(&b);
}

/* What was asked stays readable while its answer is worked on, whatever is asked meanwhile. */
static void test_borrowed(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	ask(&b, "Qa\1.");
	answer(&b, "Aa\1." "Qz\1." "Qy\1.");
	assert_int_equal(bench_obs(&b, 0)->object.part[0], 'a');
	bench_end(&b);
}

/* An answer with another one inside: each belongs to its own request. */
static void test_answer_inside(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	ask(&b, "qa\1.>" "qb\1.");
	answer(&b, "Aa\1.>" "Ab\1.");
	assert_int_equal(b.count, 4);
	assert_int_equal(bench_rec(&b, 2)->proto, 2);
	assert_int_equal(bench_obs(&b, 2)->re, rec_name_of(bench_rec(&b, 1)));
	assert_int_equal(bench_rec(&b, 3)->proto, 1);
	assert_int_equal(bench_obs(&b, 3)->re, rec_name_of(bench_rec(&b, 0)));
	bench_end(&b);
}

static void test_same_id(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	ask(&b, "qa\1.");
	ask(&b, "qa\1.");
	assert_int_equal(b.count, 3);		/* two acts, and the first was not answered */
	assert_int_equal(bench_obs(&b, 2)->outcome, OUT_UNANSWERED);
	assert_int_equal(bench_obs(&b, 2)->re, rec_name_of(bench_rec(&b, 0)));
	assert_int_equal(bench_obs(&b, 2)->flags & FLAG_TIMEOUT, 0);
	answer(&b, "Aa\1.");
	assert_int_equal(bench_obs(&b, 3)->re, rec_name_of(bench_rec(&b, 1)));
	bench_end(&b);
}

static void test_33rd(void **state)
{
	(void)state;
	struct bench b;
	char command[] = "q.\1.";

	bench_begin(&b, NULL, true);
	for (char id = 1; id <= 33; id++) {
		command[1] = id;
		ask(&b, command);
	}
	assert_int_equal(b.count, 34);
	assert_int_equal(bench_obs(&b, 33)->re, rec_name_of(bench_rec(&b, 0)));
	answer(&b, "O..." "O...");
	assert_int_equal(bench_obs(&b, 34)->object.part[0], 2);
	assert_int_equal(bench_obs(&b, 35)->object.part[0], 3);
	bench_close(&b);			/* the flow ends: thirty are open */
	assert_int_equal(b.count, 36 + 30);
	bench_end(&b);
}

/* Blobs of every size come back whole; one that is too large is not remembered. */
static void test_blobs(void **state)
{
	(void)state;
	static const struct { const char *what; uint8_t n; bool kept; } rows[] = {
		{ "none", 0, true }, { "32", 2, true }, { "48", 3, true }, { "128", 8, true },
		{ "144", 9, true }, { "512", 32, true }, { "528", 33, true }, { "1024", 64, true },
		{ "1040", 65, false },
	};
	struct bench b;

	bench_begin(&b, NULL, true);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char command[4] = { 'Q', (char)('a' + i), (char)rows[i].n, '.' };

		bench_datagram(&b, true, command, 4);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char command[4] = { 'A', (char)('a' + i), 0, '.' };

		print_message("# %s\n", rows[i].what);
		bench_datagram(&b, false, command, 4);
		assert_int_equal(bench_obs(&b, (unsigned)i)->object.part[0], rows[i].kept ? 'a' + i : 999);
	}
	bench_end(&b);
}

static void test_cap(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct bench b;

	limits.asks = 4 * SHARDS;
	bench_begin(&b, &limits, true);
	ask(&b, "Qa\1." "Qb\1." "Qc\1." "Qd\1." "Qe\3.");
	answer(&b, "Ae\1.");
	answer(&b, "Ad\1.");
	assert_int_equal(bench_obs(&b, 0)->object.part[0], 999);
	assert_int_equal(bench_obs(&b, 1)->object.part[0], 'd');
	bench_pass(&b, NS_PER_S);
	assert_int_equal(b.stats.limit[LIMIT_AT_asks].refused, 1);
	assert_int_equal(b.stats.limit[LIMIT_AT_asks].peak, 4);
	bench_end(&b);
}

/* The protocol inside has ids of its own, and says itself what was not answered. */
static void test_inside(void **state)
{
	(void)state;
	struct bench b;

	heard = 0;
	bench_begin(&b, NULL, true);
	ask(&b, "qa\1.>" "qa\1.");
	assert_int_equal(b.count, 2);
	assert_int_equal(bench_rec(&b, 0)->proto, 1);
	assert_int_equal(bench_rec(&b, 1)->proto, 2);
	answer(&b, "Aa\1.");
	assert_int_equal(b.count, 3);
	assert_int_equal(bench_obs(&b, 2)->re, rec_name_of(bench_rec(&b, 0)));
	bench_pass(&b, 11 * NS_PER_S);
	assert_int_equal(heard, 1);
	assert_int_equal(heard_id, 'a');
	assert_int_equal(b.count, 4);
	assert_int_equal(bench_rec(&b, 3)->proto, 2);
	ask(&b, ">" "Qb\1.");
	bench_close(&b);			/* a flow that ends leaves nothing open, inside neither */
	assert_int_equal(heard, 2);
	assert_int_equal(heard_id, 'b');
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole), cmocka_unit_test(test_re), cmocka_unit_test(test_apart),
		cmocka_unit_test(test_time_out), cmocka_unit_test(test_same_id), cmocka_unit_test(test_33rd),
		cmocka_unit_test(test_blobs), cmocka_unit_test(test_cap), cmocka_unit_test(test_inside),
		cmocka_unit_test(test_borrowed),
		cmocka_unit_test(test_answer_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

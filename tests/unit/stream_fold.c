/* Folding: what is sent at once, what is counted, and that nothing is ever lost from the sums. */
#include "model/proto.h"

#include "core/hash.h"

/* Does the protocol ask act_again() first? Nothing that comes out may tell. */
static bool asks_again;
static bool says_facts;		/* one with each message, named after its act */

/* A message is acts of 8 bytes: verb, class, phase, outcome, object, result, value, station. */
static bool toy_message(struct proto_ctx *x, struct cursor msg)
{
	if (asks_again && msg.left == 8 &&
	    act_again(x, (struct bytes){ msg.p, 4 }, (struct bytes){ msg.p + 4, 4 }))
		cur_take(&msg, 8);
	while (msg.left >= 8) {
		struct obs *o = act_begin(x);
		struct { uint64_t number; } *own;

		o->verb = cur_u8(&msg);
		o->object.class = cur_u8(&msg);
		o->phase = cur_u8(&msg);
		o->outcome = cur_u8(&msg);
		o->object.parts = 1;
		o->object.part[0] = cur_u8(&msg);
		o->object.count = 1;
		o->result = cur_u8(&msg);
		act_value(x, VAL_UINT, 8, 1, cur_bytes(&msg, 1));
		o->device.station = cur_u8(&msg);
		own = act_own(x, sizeof(*own));
		own->number = x->l->frame;	/* changes each time, and must not matter */
		act_emit(x);
	}
	if (says_facts)
		fact_say(x, &(struct side){ .port = 1 }, FACT_MODEL, (struct bytes){ NULL, 0 }, 0, 0,
			 TRUST_SURE);
	return cur_done(&msg);
}

static unsigned toy_probe(const struct proto_ctx *x, struct cursor head)
{
	(void)x, (void)head;
	return 100;
}

static const struct field toy_fields[] = { { .name = "number", .type = FIELD_U64 }, { 0 } };
static const struct proto proto_toy = {
	.name = "toy", .on = ON_UDP, .ports = { 9999 }, .probe = toy_probe, .message = toy_message,
	.fields = toy_fields, .own_size = 8,
};
const struct proto *const protos[] = { &proto_toy, NULL };

#include "stream_shown.h"

struct toy { uint8_t verb, class, phase, outcome, object, result, value, station; };

static void show(struct bench *b, struct toy t)
{
	bench_datagram(b, true, &t, sizeof(t));
}

static struct toy read_of(uint8_t object, uint8_t value)
{
	return (struct toy){ VERB_READ, CLASS_DATA, PHASE_WHOLE, OUT_DONE, object, 0, value, 0 };
}

static void test_run(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, false);
	for (unsigned i = 0; i < 10; i++) {
		show(&b, read_of(1, 5));
		bench_pass(&b, 100 * NS_PER_MS);
	}
	assert_int_equal(b.count, 1);
	bench_pass(&b, 58 * NS_PER_S);
	assert_int_equal(b.count, 1);
	bench_pass(&b, 2 * NS_PER_S);		/* the minute */
	assert_int_equal(b.count, 2);
	const struct obs *first = bench_obs(&b, 0), *count = bench_obs(&b, 1);

	assert_int_equal(first->times, 1);
	assert_int_equal(count->times, 9);
	assert_int_equal(count->since_ns - first->rec.at_ns, 100 * NS_PER_MS);
	assert_int_equal(count->rec.at_ns - first->rec.at_ns, 900 * NS_PER_MS);
	assert_int_equal(count->rec.frame, 10);
	assert_int_equal(count->rec.back, 0);
	assert_true(count->rec.ordinal & ORDINAL_TIMER);
	assert_int_equal(count->flags & FLAG_FLOOD, 0);
	bench_pass(&b, 120 * NS_PER_S);		/* nothing new: nothing is said */
	assert_int_equal(b.count, 2);
	show(&b, read_of(1, 5));		/* the run goes on after its count */
	bench_close(&b);
	assert_int_equal(b.count, 3);
	assert_int_equal(bench_obs(&b, 2)->times, 1);
	bench_end(&b);
}

/* A capture that runs backwards: an act from before its run is sent at once; one that only steps back is counted, and
 * the count knows the first and the last. */
static void test_backwards(void **state)
{
	(void)state;
	static const int steps_ms[] = { 0, 500, -200, 100, -900, 50 };
	struct bench b;

	for (unsigned again = 0; again < 2; again++) {
		asks_again = again != 0;
		bench_begin(&b, NULL, false);
		const int64_t begin_ns = b.now_ns;

		for (size_t i = 0; i < ARRAY_LEN(steps_ms); i++) {
			b.now_ns += steps_ms[i] * NS_PER_MS;	/* 0, 500, 300, 400, -500, -450 */
			show(&b, read_of(1, 5));
		}
		b.now_ns = begin_ns + NS_PER_S;
		bench_close(&b);
		assert_int_equal(b.count, 4);
		assert_int_equal(bench_obs(&b, 1)->times, 3);
		assert_int_equal(bench_obs(&b, 1)->since_ns - begin_ns, 300 * NS_PER_MS);
		assert_int_equal(bench_obs(&b, 1)->rec.at_ns - begin_ns, 500 * NS_PER_MS);
		assert_int_equal(bench_obs(&b, 2)->times, 1);
		assert_int_equal(bench_obs(&b, 2)->rec.at_ns - begin_ns, -500 * NS_PER_MS);
		assert_int_equal(bench_obs(&b, 3)->times, 1);
		bench_end(&b);
	}
	asks_again = false;
}

/* Whatever differs is sent at once, its run's count first. */
static void test_difference(void **state)
{
	(void)state;
	static const struct { const char *what; struct toy a, b; bool same_run; } rows[] = {
		{ "value", { VERB_READ, 1, PHASE_WHOLE, OUT_DONE, 1, 0, 5, 0 },
			   { VERB_READ, 1, PHASE_WHOLE, OUT_DONE, 1, 0, 6, 0 }, true },
		{ "result", { VERB_READ, 1, PHASE_WHOLE, OUT_DONE, 1, 0, 5, 0 },
			    { VERB_READ, 1, PHASE_WHOLE, OUT_DONE, 1, 1, 5, 0 }, true },
		{ "outcome", { VERB_REPORT, 1, PHASE_PUSH, OUT_DONE, 1, 0, 5, 0 },
			     { VERB_REPORT, 1, PHASE_PUSH, OUT_UNKNOWN, 1, 0, 5, 0 }, true },
		{ "object", { VERB_READ, 1, PHASE_WHOLE, OUT_DONE, 1, 0, 5, 0 },
			    { VERB_READ, 1, PHASE_WHOLE, OUT_DONE, 2, 0, 5, 0 }, false },
		{ "station", { VERB_READ, 1, PHASE_WHOLE, OUT_DONE, 1, 0, 5, 0 },
			     { VERB_READ, 1, PHASE_WHOLE, OUT_DONE, 1, 0, 5, 9 }, false },
		{ "verb", { VERB_READ, 1, PHASE_WHOLE, OUT_DONE, 1, 0, 5, 0 },
			  { VERB_REPORT, 1, PHASE_WHOLE, OUT_DONE, 1, 0, 5, 0 }, false },
		{ "class", { VERB_READ, CLASS_DATA, PHASE_WHOLE, OUT_DONE, 1, 0, 5, 0 },
			   { VERB_READ, CLASS_FILE, PHASE_WHOLE, OUT_DONE, 1, 0, 5, 0 }, false },
		{ "phase", { VERB_ANNOUNCE, 1, PHASE_ASK, OUT_UNKNOWN, 1, 0, 5, 0 },
			   { VERB_ANNOUNCE, 1, PHASE_PUSH, OUT_UNKNOWN, 1, 0, 5, 0 }, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bench b;

		print_message("# %s\n", rows[i].what);
		bench_begin(&b, NULL, false);
		for (unsigned k = 0; k < 3; k++)
			show(&b, rows[i].a);
		assert_int_equal(b.count, 1);
		show(&b, rows[i].b);
		assert_int_equal(b.count, rows[i].same_run ? 3 : 2);
		if (rows[i].same_run) {
			assert_int_equal(bench_obs(&b, 1)->times, 2);
			/* its last act was a frame ago */
			assert_int_equal(bench_obs(&b, 1)->rec.back, 1);
		}
		assert_int_equal(bench_obs(&b, b.count - 1)->times, 1);
		bench_close(&b);
		assert_int_equal(b.count, 3);
		bench_end(&b);
	}
}

/* A poller that reads many objects in turn, from a new port each time. */
static void test_cycle(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, false);
	for (unsigned round = 0; round < 10; round++) {
		b.client_port++;
		for (uint8_t object = 0; object < 20; object++)
			show(&b, read_of(object, object));
	}
	assert_int_equal(b.count, 20);
	bench_close(&b);
	assert_int_equal(b.count, 40);
	for (unsigned i = 20; i < 40; i++)
		assert_int_equal(bench_obs(&b, i)->times, 9);
	bench_end(&b);
}

/* Another actor's reads are another run, by its address and by its MAC address. */
static void test_actors(void **state)
{
	(void)state;
	for (unsigned by_mac = 0; by_mac < 2; by_mac++) {
		struct bench b;

		bench_begin(&b, NULL, false);
		for (unsigned i = 0; i < 8; i++) {
			b.mac_host = (uint8_t)(by_mac ? 10 + i % 2 : 9);
			b.client_host = (uint8_t)(by_mac ? 1 : 10 + i % 2);
			/* flows of their own, or they had one's MAC */
			b.client_port = (uint16_t)(1024 + i);
			show(&b, read_of(1, 1));
		}
		assert_int_equal(b.count, 2);
		bench_close(&b);
		assert_int_equal(b.count, 4);
		bench_end(&b);
	}
}

static void test_refused_ends_run(void **state)
{
	(void)state;
	struct toy refused = read_of(1, 5);
	struct bench b;

	refused.outcome = OUT_REFUSED;
	bench_begin(&b, NULL, false);
	for (unsigned i = 0; i < 3; i++)
		show(&b, read_of(1, 5));
	show(&b, refused);		/* the count, then the refusal */
	show(&b, refused);		/* refusals do not fold */
	show(&b, refused);
	show(&b, read_of(1, 5));	/* well again: news */
	show(&b, read_of(1, 5));
	static const uint32_t times[] = { 1, 2, 1, 1, 1, 1 };
	static const uint8_t outcomes[] = { OUT_DONE, OUT_DONE, OUT_REFUSED, OUT_REFUSED, OUT_REFUSED,
					    OUT_DONE };

	assert_int_equal(b.count, ARRAY_LEN(times));
	for (unsigned i = 0; i < ARRAY_LEN(times); i++) {
		assert_int_equal(bench_obs(&b, i)->times, times[i]);
		assert_int_equal(bench_obs(&b, i)->outcome, outcomes[i]);
	}
	bench_end(&b);
}

static void test_what_never_folds(void **state)
{
	(void)state;
	struct bench b;

	for (uint8_t verb = 1; verb < VERB_COUNT; verb++) {
		struct toy t = { verb, CLASS_DATA, PHASE_ASK, OUT_UNKNOWN, 1, 0, 1, 0 };

		bench_begin(&b, NULL, false);
		for (unsigned i = 0; i < 5; i++)
			show(&b, t);
		assert_int_equal(b.count, verb_folds(verb) ? 1 : 5);
		bench_end(&b);
	}
	struct toy open = { VERB_READ, CLASS_DATA, PHASE_WHOLE, OUT_UNKNOWN, 1, 0, 1, 0 };

	bench_begin(&b, NULL, false);
	for (unsigned i = 0; i < 5; i++)
		show(&b, open);		/* a read nobody knows the end of */
	assert_int_equal(b.count, 5);
	bench_end(&b);
}

static void test_flood(void **state)
{
	(void)state;
	struct toy write = { VERB_WRITE, CLASS_DATA, PHASE_ASK, OUT_UNKNOWN, 1, 0, 1, 0 };
	struct toy stop = { VERB_STOP, CLASS_DEVICE, PHASE_ASK, OUT_UNKNOWN, 0, 0, 0, 0 };
	struct bench b;

	bench_begin(&b, NULL, false);
	for (unsigned i = 0; i < 250; i++) {
		write.object = (uint8_t)i;
		show(&b, write);
		b.now_ns += 1 * NS_PER_MS;
	}
	show(&b, stop);				/* one verb's flood hides no other verb */
	assert_int_equal(b.count, 101);
	bench_pass(&b, 1 * NS_PER_S);
	assert_int_equal(b.count, 102);
	const struct obs *rest = bench_obs(&b, 101);

	assert_int_equal(rest->times, 150);
	assert_int_equal(rest->flags & FLAG_FLOOD, FLAG_FLOOD);
	assert_int_equal(rest->rec.at_ns - rest->since_ns, 149 * NS_PER_MS);
	show(&b, write);			/* the next second counts anew */
	assert_int_equal(b.count, 103);
	b.client_host = 77;
	for (unsigned i = 0; i < 100; i++)
		show(&b, write);		/* and so does another pair */
	assert_int_equal(b.count, 203);
	bench_end(&b);
}

/* The items of a message count as one act: all of them are told, or all are counted. */
static void test_flood_of_items(void **state)
{
	(void)state;
	struct toy items[20];
	struct bench b;

	bench_begin(&b, NULL, false);
	for (unsigned i = 0; i < ARRAY_LEN(items); i++)
		items[i] = (struct toy){ VERB_WRITE, CLASS_TOOL, PHASE_ASK, OUT_UNKNOWN, (uint8_t)i, 0, 1, 0 };
	for (unsigned i = 0; i < 101; i++)
		bench_datagram(&b, true, items, sizeof(items));
	assert_int_equal(b.count, 2000);
	bench_pass(&b, 1 * NS_PER_S);
	assert_int_equal(b.count, 2001);
	assert_int_equal(bench_obs(&b, 2000)->times, 20);
	bench_end(&b);
}

/* At the cap the oldest run gives way, and its count is not lost. */
static void test_cap(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct bench b;

	limits.folds = 4 * SHARDS;
	bench_begin(&b, &limits, false);
	for (uint8_t object = 0; object < 4; object++)
		for (unsigned i = 0; i < 3; i++)
			show(&b, read_of(object, 1));
	assert_int_equal(b.count, 4);
	show(&b, read_of(0, 1));		/* 1 is the oldest now */
	show(&b, read_of(9, 1));
	assert_int_equal(b.count, 6);
	assert_int_equal(bench_obs(&b, 4)->times, 2);
	assert_int_equal(bench_obs(&b, 4)->object.part[0], 1);
	assert_int_equal(bench_obs(&b, 5)->object.part[0], 9);
	bench_close(&b);
	assert_int_equal(b.stats.limit[LIMIT_AT_folds].refused, 1);
	uint64_t sum = 0;

	for (unsigned i = 0; i < b.count; i++)
		sum += bench_obs(&b, i)->times;
	assert_int_equal(sum, 14);
	bench_end(&b);
}

/* Random traffic, folded and not: the same sums, and an act that is sent has the same name in both. */
enum { NAMES = 6000 };

struct total {
	uint64_t times, acts;
	unsigned count;
	struct { uint64_t name, times; int64_t at_ns; } said[NAMES * 2];
};

static void random_traffic(struct total *t, bool all, uint64_t seed)
{
	struct limits limits = LIMITS_DEFAULT;
	struct bench b;

	limits.folds = 16 * SHARDS;
	limits.pairs = 8 * SHARDS;
	bench_begin(&b, &limits, all);
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t r = hash_mix(seed + i);
		static const uint8_t verbs[] = { VERB_READ, VERB_READ, VERB_READ, VERB_WRITE, VERB_ANNOUNCE };
		uint8_t verb = verbs[r % 5];
		bool read = verb == VERB_READ;
		struct toy two[2];

		for (unsigned k = 0; k < 2; k++)
			two[k] = (struct toy){ verb, CLASS_DATA, read ? PHASE_WHOLE : PHASE_ASK,
					       !read ? OUT_UNKNOWN : r >> 8 & 15 ? OUT_DONE : OUT_REFUSED,
					       (uint8_t)((r >> 16 & 7) + k), 0, (r >> 24 & 15) == 0, 0 };
		b.client_host = (uint8_t)(1 + (r >> 32 & 3));
		bench_datagram(&b, true, two, sizeof(two));
		bench_pass(&b, (int64_t)(r >> 40 & 0xff) * (verb == VERB_WRITE ? 0 : NS_PER_MS));
	}
	bench_close(&b);
	for (unsigned i = 0; i < b.count; i++) {
		const struct obs *o = bench_obs(&b, i);

		t->times += o->times;
		t->said[t->count].name = rec_name_of(&o->rec);
		t->said[t->count].at_ns = o->rec.at_ns;
		t->said[t->count++].times = o->times;
	}
	t->acts = b.stats.proto[1].acts;
	bench_end(&b);
}

static void test_sums(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++) {
		static struct total all, news;
		uint64_t counted = 0, sent = 0;
		unsigned at = 0;

		memset(&all, 0, sizeof(all));
		memset(&news, 0, sizeof(news));
		random_traffic(&all, true, seed * 100000);
		random_traffic(&news, false, seed * 100000);
		assert_int_equal(all.times, NAMES);
		assert_int_equal(all.count, NAMES);
		assert_int_equal(news.times, NAMES);
		assert_int_equal(all.acts, NAMES);
		assert_int_equal(news.acts, NAMES);
		assert_true(news.count < all.count);
		for (unsigned i = 0; i < news.count; i++) {
			while (at < all.count && all.said[at].name < news.said[i].name)
				at++;
			if (at == all.count || all.said[at].name != news.said[i].name) {
				counted += news.said[i].times;
				continue;
			}
			sent++;
			assert_int_equal(news.said[i].times, 1);
			assert_int_equal(news.said[i].at_ns, all.said[at].at_ns);
		}
		assert_int_equal(sent + counted, NAMES);
	}
}

/* Polling of two objects over two flows whose values rarely change, with a few pushes, refusals and other
 * devices. */
static void poll_something(struct bench *b, const struct limits *limits, bool again)
{
	asks_again = again;
	says_facts = true;
	bench_begin(b, limits, false);
	for (unsigned i = 0; i < 4000; i++) {
		uint64_t r = hash_mix(i + 1);
		struct toy t = read_of((uint8_t)(1 + r % 2), (uint8_t)(5 + (r >> 8) % 16 / 13));

		t.phase = (r >> 16) % 16 == 0 ? PHASE_PUSH : (r >> 16) % 16 < 3 ? PHASE_ANSWER : PHASE_WHOLE;
		t.outcome = (r >> 24) % 32 == 0 ? OUT_REFUSED : OUT_DONE;
		t.station = (r >> 32) % 16 == 0;
		b->client_port = (uint16_t)(1024 + (r >> 40) % 2);
		show(b, t);
		bench_pass(b, (int64_t)((r >> 44) % 2000) * NS_PER_MS);
	}
	bench_close(b);
	says_facts = false;
}

/* Not one byte of the records and numbers shows whether act_again() was asked. */
static void test_again(void **state)
{
	(void)state;
	struct limits few = LIMITS_DEFAULT;
	bool before = asks_again;

	few.folds = 3 * SHARDS;		/* runs give way to each other */
	for (unsigned i = 0; i < 2; i++) {
		struct bench a, b;

		poll_something(&a, i == 0 ? NULL : &few, false);
		poll_something(&b, i == 0 ? NULL : &few, true);
		assert_int_equal(a.count, b.count);
		for (unsigned k = 0; k < a.count; k++)
			assert_memory_equal(a.records[k], b.records[k], bench_rec(&a, k)->size);
		assert_memory_equal(&a.stats, &b.stats, sizeof(a.stats));
		bench_end(&a);
		bench_end(&b);
	}
	asks_again = before;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run), cmocka_unit_test(test_backwards), cmocka_unit_test(test_difference),
		cmocka_unit_test(test_cycle),
		cmocka_unit_test(test_actors), cmocka_unit_test(test_refused_ends_run),
		cmocka_unit_test(test_what_never_folds), cmocka_unit_test(test_flood), cmocka_unit_test(test_flood_of_items),
		cmocka_unit_test(test_cap), cmocka_unit_test(test_sums), cmocka_unit_test(test_again),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	asks_again = true;
	return failed + cmocka_run_group_tests_name("asked again", tests, NULL, NULL);
}

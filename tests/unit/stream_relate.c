/* Flows announced by others, protocols inside protocols, a flow that changes its protocol, and who speaks. */
#include "model/proto.h"

/* Commands of a message: W text: who   E port: expect "other" on server:port / port + 1
 *   B: become "other", b: nobody   > the rest goes inside   A: says an act   X: malformed.
 * The act says depth and the first byte of state. */
static unsigned ended, lost_heard;
static struct flow *seen;

static void say(struct proto_ctx *x)
{
	struct obs *o = act_begin(x);
	const uint8_t *state = x->state;

	seen = x->flow;
	o->verb = VERB_WRITE;
	o->object.parts = 2;
	o->object.part[0] = x->depth;
	o->object.part[1] = x->proto->state_size > 0 ? state[0] : 0;
	act_emit(x);
}

static bool message(struct proto_ctx *x, struct cursor msg)
{
	switch (cur_u8(&msg)) {
	case 'W':
		flow_who(x, cur_rest(&msg));
		break;
	case 'E': {
		uint16_t port = cur_be16(&msg);
		struct side server = flow_server(x);

		expect_flow(x, server.ip, port, "other", "Z-argument", 10);
		break;
	}
	case 'C': {		/* the client listens */
		uint16_t port = cur_be16(&msg);
		struct side client = flow_client(x);

		expect_flow(x, client.ip, port, "other", "Y", 1);
		break;
	}
	case 'F': {		/* a third host: nobody's business */
		struct side third = flow_server(x);

		third.ip[15] = 200;
		expect_flow(x, third.ip, cur_be16(&msg), "other", "V", 1);
		break;
	}
	case 'B':
		flow_become(x, "other");
		if (x->state != NULL)
			((uint8_t *)x->state)[0] = 'o';	/* still ours until we return */
		break;
	case 'b':
		flow_become(x, NULL);
		break;
	case '>':
		if (!pass(x, msg))
			say(x);
		break;
	case 'X':
		x->why = "toy-why";
		return false;
	}
	say(x);
	return true;
}

static void end(struct proto_ctx *x)
{
	(void)x;
	ended++;
}

static void lost(struct proto_ctx *x, uint64_t n)
{
	(void)x, (void)n;
	lost_heard++;
}

static unsigned sure(const struct proto_ctx *x, struct cursor head)
{
	(void)x;
	return cur_peek(&head) == '!' ? 0 : 100;
}

static unsigned likes_digits(const struct proto_ctx *x, struct cursor head)
{
	(void)x;
	uint8_t c = cur_peek(&head);

	return c >= '0' && c <= '9' ? 90 : 0;
}

static const struct proto proto_toy = { .name = "toy", .on = ON_UDP, .ports = { 9999 }, .probe = sure,
					.state_size = 64, .message = message, .end = end };
static const struct proto proto_other = { .name = "other", .on = ON_UDP, .state_size = 16,
					  .message = message };
static const struct proto proto_digits = { .name = "digits", .on = ON_PROTO, .over = "toy",
					   .probe = likes_digits, .state_size = 400, .message = message,
					   .end = end };
static const struct proto proto_plain = { .name = "plain", .on = ON_PROTO, .over = "toy", .state_size = 8,
					  .message = message, .end = end, .lost = lost };
static const struct proto proto_deep = { .name = "deep", .on = ON_PROTO, .over = "plain",
					 .message = message };
static const struct proto proto_deeper = { .name = "deeper", .on = ON_PROTO, .over = "deep",
					   .message = message };
static const struct proto proto_deepest = { .name = "deepest", .on = ON_PROTO, .over = "deeper",
					    .message = message };
static const struct proto proto_too_deep = { .name = "too-deep", .on = ON_PROTO, .over = "deepest",
					     .message = message };
const struct proto *const protos[] = { &proto_toy, &proto_other, &proto_digits, &proto_plain, &proto_deep,
				       &proto_deeper, &proto_deepest, &proto_too_deep, NULL };

#include "stream_shown.h"

static void show(struct bench *b, bool from_client, const char *commands)
{
	bench_datagram(b, from_client, commands, strlen(commands));
}

static const struct obs *last(const struct bench *b)
{
	return bench_obs(b, b->count - 1);
}

static const char *proto_of(const struct obs *o)
{
	const struct proto *p = proto_at(o->rec.proto);

	return p == NULL ? "none" : p->name;
}

static void test_who(void **state)
{
	(void)state;
	struct bench b;
	char text[201] = "W";

	memset(text + 1, 'u', sizeof(text) - 2);
	text[200] = '\0';
	bench_begin(&b, NULL, true);
	show(&b, true, "A");
	assert_int_equal(last(&b)->who.n, 0);
	show(&b, true, "Wtaro");
	show(&b, false, "A");			/* stamped on both directions */
	assert_int_equal(last(&b)->who.n, 4);
	assert_memory_equal(rec_bytes(&last(&b)->rec, last(&b)->who).p, "taro", 4);
	b.client_port++;
	show(&b, true, "A");			/* not on other flows */
	assert_int_equal(last(&b)->who.n, 0);
	b.client_port--;
	show(&b, true, text);
	assert_int_equal(last(&b)->who.n, 128);
	show(&b, true, "W");
	assert_int_equal(last(&b)->who.n, 0);
	bench_end(&b);
}

/* Rows: what a flow to this port, seconds later, is taken for. */
static void test_expect(void **state)
{
	(void)state;
	static const struct {
		const char *what, *announce;
		unsigned seconds;
		uint16_t port;
		bool from_client;
		uint8_t server_host, tap;
		char first;		/* byte of its state; 0: nobody's flow */
	} rows[] = {
		{ "announced at the server", "E\x20\x01", 1, 0x2001, true, 2, 0, 'Z' },
		{ "another port", "E\x20\x01", 1, 0x2002, true, 2, 0, 0 },
		{ "another host", "E\x20\x01", 1, 0x2001, true, 3, 0, 0 },
		{ "another tap", "E\x20\x01", 1, 0x2001, true, 2, 1, 0 },
		{ "just in time", "E\x20\x01", 59, 0x2001, true, 2, 0, 'Z' },
		{ "too late", "E\x20\x01", 62, 0x2001, true, 2, 0, 0 },
		{ "a third host", "F\x20\x01", 1, 0x2001, true, 200, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bench b;

		print_message("# %s\n", rows[i].what);
		bench_begin(&b, NULL, true);
		show(&b, true, rows[i].announce);
		bench_pass(&b, rows[i].seconds * NS_PER_S);
		unsigned before = b.count;

		b.client_port = 5000;
		b.server_port = rows[i].port;
		b.server_host = rows[i].server_host;
		b.tap = rows[i].tap;
		show(&b, rows[i].from_client, "A");
		assert_int_equal(b.count, before + (rows[i].first != 0));
		if (rows[i].first != 0) {
			assert_string_equal(proto_of(last(&b)), "other");
			assert_int_equal(last(&b)->object.part[1], rows[i].first);
			b.client_port++;
			show(&b, rows[i].from_client, "A");	/* good for one flow only */
			assert_int_equal(b.count, before + 1);
		}
		bench_end(&b);
	}
}

/* The server calls back: the announced end is the flow's server, whoever announced it. */
static void test_expect_at_client(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	show(&b, true, "C\x20\x01");
	b.client_host = 2;
	b.client_port = 20;
	b.server_host = 1;
	b.server_port = 0x2001;
	show(&b, true, "A");
	assert_string_equal(proto_of(last(&b)), "other");
	assert_int_equal(last(&b)->object.part[1], 'Y');
	bench_end(&b);
}

static void test_become(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	show(&b, true, "A");
	show(&b, true, "B");
	assert_string_equal(proto_of(last(&b)), "toy");
	show(&b, false, "A");
	assert_string_equal(proto_of(last(&b)), "other");
	assert_int_equal(last(&b)->object.part[1], 0);	/* a state of its own */
	show(&b, true, "b");
	show(&b, true, "A");				/* probed anew */
	assert_string_equal(proto_of(last(&b)), "toy");
	bench_end(&b);
}

static void test_pass(void **state)
{
	(void)state;
	struct bench b;

	ended = 0;
	bench_begin(&b, NULL, true);
	show(&b, true, ">5");			/* digits know it best */
	assert_int_equal(b.count, 2);
	assert_string_equal(proto_of(bench_obs(&b, 0)), "digits");
	assert_int_equal(bench_obs(&b, 0)->object.part[0], 1);
	assert_int_equal(bench_obs(&b, 0)->msg, bench_obs(&b, 1)->msg);
	show(&b, false, ">A");			/* the first keeps the flow */
	assert_string_equal(proto_of(bench_obs(&b, 2)), "digits");
	b.client_port++;
	show(&b, true, ">A");
	assert_string_equal(proto_of(bench_obs(&b, 4)), "plain");
	show(&b, true, ">X");			/* malformed inside: said for the one inside; the outer
						 * message is good */
	assert_int_equal(bench_obs(&b, 6)->verb, VERB_MALFORMED);
	assert_string_equal(proto_of(bench_obs(&b, 6)), "plain");
	assert_memory_equal(rec_bytes(bench_rec(&b, 6), bench_obs(&b, 6)->note).p, "toy-why", 7);
	assert_string_equal(proto_of(bench_obs(&b, 7)), "toy");
	assert_int_equal(b.stats.proto[4].malformed, 1);
	assert_int_equal(b.stats.proto[4].messages, 1);
	assert_int_equal(b.stats.proto[4].flows, 1);
	assert_int_equal(b.stats.proto[1].malformed, 0);
	assert_int_equal(b.stats.proto[1].messages, 4);
	bench_close(&b);
	assert_int_equal(ended, 4);		/* two flows, each with one inside */
	bench_end(&b);
}

static void test_pass_depth(void **state)
{
	(void)state;
	struct bench b;

	bench_begin(&b, NULL, true);
	show(&b, true, ">" ">" ">" ">" ">" "A");
	assert_int_equal(b.count, 6);		/* toy, four inside, and the deepest says for itself that it
						 * found nobody */
	assert_string_equal(proto_of(bench_obs(&b, 0)), "deepest");
	assert_int_equal(bench_obs(&b, 0)->object.part[0], 4);
	assert_string_equal(proto_of(bench_obs(&b, 1)), "deepest");
	assert_string_equal(proto_of(bench_obs(&b, 5)), "toy");
	bench_end(&b);
}

/* Bytes of the carrier that never came are missing inside it too. */
static void test_lost(void **state)
{
	(void)state;
	struct bench b;

	lost_heard = 0;
	bench_begin(&b, NULL, true);
	show(&b, true, ">A");
	struct proto_ctx x = flow_ctx(b.shard, seen, true);

	relate_lost(&x, 100);
	assert_int_equal(lost_heard, 1);
	assert_int_equal(b.stats.proto[4].lost, 1);
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who), cmocka_unit_test(test_expect),
		cmocka_unit_test(test_expect_at_client), cmocka_unit_test(test_become),
		cmocka_unit_test(test_pass), cmocka_unit_test(test_pass_depth), cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

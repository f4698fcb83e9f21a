/* Community ID against the vectors of the specification: its own examples, and values published with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "core/util.h"
#include "output/community_id.h"

struct row {
	const char *what;
	uint8_t proto;
	const char *a;
	uint16_t a_port;
	const char *b;
	uint16_t b_port;
	const char *id;
};

static void address(uint8_t out[16], const char *text)
{
	memset(out, 0, 16);
	if (strchr(text, ':') != NULL) {
		assert_int_equal(inet_pton(AF_INET6, text, out), 1);
	} else {
		out[10] = out[11] = 0xff;
		assert_int_equal(inet_pton(AF_INET, text, out + 12), 1);
	}
}

/* Results of the specification's reference implementation. */
static const struct row rows[] = {
	{ "TCP", 6, "128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ "TCP, the other way round", 6, "66.35.250.204", 80, "128.232.110.120", 34855,
	  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ "UDP", 17, "192.168.1.52", 54585, "8.8.8.8", 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ "UDP, the other way round", 17, "8.8.8.8", 53, "192.168.1.52", 54585,
	  "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ "SCTP", 132, "192.168.170.8", 7, "192.168.170.56", 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
	{ "ICMP echo", 1, "192.168.0.89", 8, "192.168.0.1", 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
	{ "ICMP echo reply is the same flow", 1, "192.168.0.1", 0, "192.168.0.89", 8,
	  "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
};

static void matches(void **state)
{
	const struct row *r = *state;
	uint8_t a[16], b[16];
	char id[COMMUNITY_ID_MAX];

	address(a, r->a);
	address(b, r->b);
	assert_true(community_id(id, r->proto, a, r->a_port, b, r->b_port));
	assert_string_equal(id, r->id);
}

static void no_ip(void **state)
{
	static const uint8_t zero[16];
	char id[COMMUNITY_ID_MAX];

	(void)state;
	assert_false(community_id(id, 6, zero, 1, zero, 2));
	assert_string_equal(id, "");
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 1];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ rows[i].what, matches, NULL, NULL,
						(void *)(uintptr_t)&rows[i] };
	tests[ARRAY_LEN(rows)] = (struct CMUnitTest)cmocka_unit_test(no_ip);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* EVE: which acts of one message share a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "detect/detect.h"
#include "output/eve.h"

static void say(struct eve *e, uint32_t ordinal, uint32_t times, uint16_t flags)
{
	struct obs o = { .rec = { .size = sizeof(o), .type = REC_ACT, .frame = 9, .ordinal = ordinal },
			 .msg = rec_name(9, 1), .verb = VERB_READ, .phase = PHASE_WHOLE, .outcome = OUT_UNANSWERED,
			 .flags = flags, .items = 3, .item = 0, .times = times, .object = { .class = CLASS_DATA } };

	o.rec.proto = (uint16_t)proto_number(proto_named("modbus"));
	o.own = (struct span){ sizeof(o), 0 };
	assert_true(rec_check(&o, sizeof(o)));
	eve_record(e, &o.rec);
}

/* A record that stands for many must say so, also beside items of the message it was made of. */
static void test_counts_have_lines(void **state)
{
	(void)state;
	static const struct { const char *what; uint32_t times[3]; uint16_t flags[3]; uint64_t lines; } rows[] = {
		{ "items of one message", { 1, 1, 1 }, { 0, 0, 0 }, 1 },
		{ "items of one message, counted together", { 7, 7, 7 }, { 0, 0, 0 }, 1 },
		{ "one that was seen more often", { 1, 1, 31 }, { 0, 0, 0 }, 2 },
		{ "a flood, also of one", { 1, 1, 1 }, { 0, 0, FLAG_FLOOD }, 2 },
	};
	static const char *no_tap[256];
	const struct eve_options options = { .tap_names = no_tap, .rule = ruleset_face };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct eve *e = NULL;
		uint64_t lines = 0;

		assert_int_equal(eve_open(&e, "/dev/null", &options), 0);
		for (uint32_t k = 0; k < 3; k++)
			say(e, k + 1, rows[i].times[k], rows[i].flags[k]);
		assert_int_equal(eve_finish(e, &lines), 0);
		eve_discard(e);
		if (lines != rows[i].lines)
			fail_msg("%s: %lu lines", rows[i].what, lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_counts_have_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

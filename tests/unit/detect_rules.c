/* Rules: what the loader refuses and where, what each modifier and field type matches, each correlation with a
 * clock of its own, exceptions, and rules turned off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/detect.h"
#include "detect/rule.h"
#include "detect/site_load.h"

/* ---- a registry of our own ---- */

struct own { uint64_t number; struct span text; uint8_t on, spare[3]; };

static const struct field own_fields[] = {
	{ .name = "number", .type = FIELD_U64, .at = offsetof(struct own, number) },
	{ .name = "text", .type = FIELD_TEXT, .at = offsetof(struct own, text) },
	{ .name = "on", .type = FIELD_BOOL, .at = offsetof(struct own, on) },
	{ .name = NULL } };
static const struct proto_code codes[] = { { 3, "read-holding", VERB_READ, CLASS_DATA, 0, "" },
					   { 6, "write-register", VERB_WRITE, CLASS_DATA, 0, "" } };
static const struct proto_space spaces[] = { { "coil", "{0}" }, { "holding", "{0}" }, { NULL, NULL } };
static const struct proto fakes[] = {
	{ .name = "modbus", .on = ON_TCP, .codes = codes, .code_count = 2, .spaces = spaces,
	  .fields = own_fields, .own_size = sizeof(struct own) },
	{ .name = "ftp", .on = ON_TCP },
};

const struct proto *proto_at(unsigned n) { return n >= 1 && n <= ARRAY_LEN(fakes) ? &fakes[n - 1] : NULL; }
unsigned proto_number(const struct proto *p) { return p == NULL ? 0 : (unsigned)(p - fakes) + 1; }

const struct proto *proto_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(fakes); i++)
		if (strcmp(fakes[i].name, name) == 0)
			return &fakes[i];
	return NULL;
}

/* ---- mistakes ---- */

static char said[256];

static void on_problem(void *ctx, const struct rule_problem *p)
{
	(void)ctx;
	if (said[0] == '\0')
		snprintf(said, sizeof(said), "%u:%u %s%s%s", p->line, p->column, p->key, p->hint[0] ? " " : "", p->hint);
}

static struct site site;

static struct ruleset *rules_of(const char *text)
{
	struct ruleset *set;

	site_init(&site);
	said[0] = '\0';
	assert_int_equal(ruleset_new(&set, &site), 0);
	ruleset_add(set, "t.yml", text, strlen(text), on_problem, NULL);
	ruleset_finish(set, on_problem, NULL);
	return set;
}

#define HEAD "title: T\nid: a\nlevel: low\n"
#define SEL HEAD "on: {protocol: modbus, verb: write}\ndetection:\n  s:\n    "
#define END "\n  condition: s\n"
#define COUNT "title: C\nid: c\nlevel: low\ncorrelation:\n  type: event_count\n  rules: [a]\n  timespan: 1m\n"
#define WRITE HEAD "on: {verb: write}\n---\n"
#define READ HEAD "on: {verb: read}\n---\n"

static const struct { const char *text, *wrong; } mistakes[] = {
	{ HEAD "on: {verb: write}\n", "" },
	{ "title: [", "2:1 not-yaml" },
	{ "- a\n", "1:1 not-a-mapping" },
	{ "id: a\ntitle: T\non: {verb: write}\n", "1:1 missing-key" },
	{ "title: T\nid: A\nlevel: low\non: {verb: write}\n", "2:5 bad-id" },
	{ "title: T\nid: first-change\nlevel: low\non: {verb: write}\n", "2:5 id-twice" },
	{ WRITE WRITE, "7:5 id-twice" },
	{ "title: T\nid: a\nlevel: hig\non: {verb: write}\n", "3:8 unknown-word high" },
	{ "title: T\ntitle: U\nid: a\nlevel: low\n", "2:1 twice" },
	{ HEAD "detecton: {}\n", "4:1 unknown-key detection" },
	{ HEAD, "1:1 detection-or-correlation" },
	{ HEAD "on: {verb: wriet}\n", "4:12 unknown-word write" },
	{ HEAD "on: {protocol: modbuss}\n", "4:16 unknown-word modbus" },
	{ HEAD "on: {class: dat}\n", "4:13 unknown-word data" },
	{ HEAD "on: {word: program-wrote}\n", "4:12 unknown-word program-write" },
	{ HEAD "on: {outcome: [done, refusd]}\n", "4:22 unknown-word refused" },
	{ HEAD "on: {verbs: read}\n", "4:6 unknown-key verb" },
	{ SEL "device.rol: plc" END, "7:5 unknown-field device.role" },
	{ SEL "device.role: plcc" END, "7:18 unknown-word plc" },
	{ SEL "modbus.numbr: 1" END, "7:5 unknown-field" },
	{ SEL "modbus.number: x" END, "7:20 not-a-number" },
	{ SEL "value: \"5\"" END, "7:12 number-as-text" },
	{ SEL "value: five" END, "7:12 not-a-number" },
	{ SEL "value|gt: [1, 2]" END, "7:15 one-value" },
	{ SEL "value|contains: 1" END, "7:11 modifier-type" },
	{ SEL "value|great: 1" END, "7:11 unknown-modifier" },
	{ SEL "value|range: [5, 1]" END, "7:18 bad-range" },
	{ SEL "value|range: 5" END, "7:18 bad-range" },
	{ SEL "who|gt: 5" END, "7:9 modifier-type" },
	{ SEL "who|re: 'a('" END, "7:16 bad-expression" },
	{ SEL "actor.ip: 10.0.0" END, "7:15 bad-address" },
	{ SEL "actor.ip: 10.0.0.0/8" END, "7:15 bad-address" },
	{ SEL "actor.ip|cidr: 10.0.0.0/33" END, "7:20 bad-net" },
	{ SEL "actor.mac: 00:11:22" END, "7:16 bad-mac" },
	{ SEL "actor.age: 5m" END, "7:5 time-equal" },
	{ SEL "actor.age|lt: 5" END, "7:19 bad-duration" },
	{ SEL "to_group: maybe" END, "7:15 not-true-or-false" },
	{ SEL "object.category: safty" END, "7:22 unknown-word safety" },
	{ SEL "code: write-coil" END, "7:11 unknown-word" },
	{ SEL "object.space: holdin" END, "7:19 unknown-word" },
	{ SEL "who: []" END, "7:10 no-value" },
	{ SEL "who: {a: b}" END, "7:10 not-a-word" },
	{ SEL "who: a\n    who: b" END, "8:5 twice" },
	{ HEAD "detection:\n  s:\n    code: 3" END, "6:5 needs-protocol" },
	{ HEAD "on: {verb: write}\ndetection:\n  s: word\n  condition: s\n", "6:6 not-a-selection" },
	{ HEAD "detection:\n  s: {who: a}\n", "5:3 missing-key" },
	{ HEAD "detection:\n  s: {who: a}\n  condition: t\n", "6:14 unknown-selection" },
	{ HEAD "detection:\n  s: {who: a}\n  condition: s and\n", "6:19 condition-end" },
	{ HEAD "detection:\n  s: {who: a}\n  condition: (s\n", "6:16 condition-parenthesis" },
	{ HEAD "detection:\n  s: {who: a}\n  condition: s s\n", "6:16 condition-more" },
	{ HEAD "detection:\n  s: {who: a}\n  condition: 1 s\n", "6:16 condition-of" },
	{ HEAD "detection:\n  s: {who: a}\n  condition: 1 of x*\n", "6:19 unknown-selection" },
	{ HEAD "detection:\n  s: {who: a}\n  t: {who: b}\n  condition: s\n", "6:3 unused-selection" },
	{ HEAD "on: {verb: write}\nkoban: {attack: [T9999]}\n", "5:18 unknown-technique" },
	{ HEAD "on: {verb: login}\ndetector: guessed-login\n", "5:11 missing-key" },
	{ HEAD "on: {verb: login}\ndetector: {within: 1m, refused: 3}\n", "5:11 missing-key" },
	{ HEAD "on: {verb: login}\ndetector: {name: guesed-login, within: 1m, refused: 3}\n",
	  "5:18 unknown-word guessed-login" },
	{ HEAD "on: {verb: login}\ndetector: {name: guessed-login, within: 1m}\n", "5:11 missing-key" },
	{ HEAD "on: {verb: login}\ndetector: {name: guessed-login, within: 1m, refused: 3, more: 1}\n",
	  "5:57 unknown-key" },
	{ HEAD "on: {verb: login}\ndetector: {name: guessed-login, within: 1, refused: 3}\n", "5:41 bad-duration" },
	{ HEAD "on: {verb: login}\ndetector: {name: guessed-login, within: 32d, refused: 3}\n", "5:41 not-a-number" },
	{ HEAD "on: {verb: login}\ndetector: {name: guessed-login, within: 1m, refused: 65}\n", "5:54 not-a-number" },
	{ HEAD "on: {verb: login}\ndetector: {name: guessed-login, within: 1m, refused: 2.5}\n", "5:54 not-a-number" },
	{ HEAD "on: {verb: login}\ndetector: {name: guessed-login, within: 1m, refused: '3'}\n", "5:54 not-a-number" },
	{ HEAD "detector: {name: guessed-login, within: 1m, refused: 3}\n", "1:1 detection-or-correlation" },
	{ WRITE COUNT "  condition: {gte: 2}\ndetector: {name: guessed-login, within: 1m, refused: 3}\n",
	  "14:11 unknown-key" },
	{ HEAD "on: {verb: write}\nkoban: {text: nothing-of-the-kind}\n", "5:15 unknown-text" },
	{ HEAD "on: {verb: write}\nkoban: {silence: 5s}\n", "5:18 bad-silence" },
	{ HEAD "on: {verb: write}\nkoban: {same: [actr]}\n", "5:16 unknown-word actor" },
	{ HEAD "on: {verb: write}\nkoban: {needs: sleep}\n", "5:16 unknown-word" },
	{ HEAD "on: {verb: write}\nkoban: {kind: alrm}\n", "5:15 unknown-word alarm" },
	/* what a fold does not tell apart */
	{ HEAD "on: {verb: read}\ndetection:\n  s: {actor.port: 5}\n  condition: s\n", "6:7 fold-field" },
	{ HEAD "on: {verb: read}\ndetection:\n  s: {modbus.number: 5}\n  condition: s\n", "6:7 fold-field" },
	{ HEAD "on: {verb: read, outcome: refused}\ndetection:\n  s: {actor.port: 5}\n  condition: s\n", "" },
	/* correlations */
	{ WRITE COUNT "  condition: {gte: 2}\n", "" },
	{ WRITE COUNT, "10:3 missing-key" },
	{ WRITE COUNT "  condition: {gte: 0}\n", "13:14 bad-count" },
	{ WRITE COUNT "  condition: {gt: 5, lt: 3}\n", "13:14 bad-count" },
	{ WRITE COUNT "  condition: {gte: 2, field: who}\n", "13:30 unknown-key" },
	{ WRITE COUNT "  condition: {gte: many}\n", "13:20 not-a-number" },
	{ WRITE COUNT "  condition: {gte: 2}\n  group-by: [device.role]\n", "14:14 not-for-groups" },
	{ WRITE COUNT "  condition: {gte: 2}\n  group-by: [devic]\n", "14:14 unknown-field device" },
	{ COUNT "  condition: {gte: 2}\n", "6:10 unknown-rule" },
	{ WRITE "title: C\nid: c\nlevel: low\ncorrelation: {type: temporl, rules: [a, a], timespan: 1m}\n",
	  "9:21 unknown-word temporal" },
	{ WRITE "title: C\nid: c\nlevel: low\ncorrelation: {type: temporal, rules: [a], timespan: 1m}\n",
	  "9:38 wrong-rules" },
	{ WRITE "title: C\nid: c\nlevel: low\ncorrelation: {type: temporal, rules: [a, a], timespan: 1m}\n",
	  "9:38 rule-twice" },
	{ WRITE "title: C\nid: c\nlevel: low\ncorrelation: {type: event_count, rules: a, timespan: 40d, condition: {gte: 1}}\n",
	  "9:54 bad-timespan" },
	{ "title: C\nid: c\nlevel: low\ncorrelation: {type: event_count, rules: c, timespan: 1m, condition: {gte: 1}}\n",
	  "4:41 cycle" },
	{ READ "title: C\nid: c\nlevel: low\ncorrelation: {type: event_count, rules: a, timespan: 90s, condition: {gte: 1}}\n",
	  "9:41 fold-span" },
	{ READ "title: B\nid: b\nlevel: low\non: {verb: write}\n---\ntitle: C\nid: c\nlevel: low\n"
	  "correlation: {type: temporal_ordered, rules: [a, b], timespan: 1m}\n", "14:46 fold-order" },
	{ READ "title: B\nid: b\nlevel: low\non: {verb: write}\n---\ntitle: C\nid: c\nlevel: low\n"
	  "correlation: {type: absence, rules: [a, b], timespan: 1m}\n", "14:37 fold-order" },
	{ READ "title: B\nid: b\nlevel: low\non: {verb: write}\n---\ntitle: C\nid: c\nlevel: low\n"
	  "correlation: {type: absence, rules: [b, a], timespan: 1m}\n", "" },
	{ WRITE "title: C\nid: c\nlevel: low\ncorrelation: {type: event_count, rules: d, timespan: 1m, condition: {gte: 1}}\n"
	  "---\ntitle: D\nid: d\nlevel: low\ncorrelation: {type: event_count, rules: a, group-by: who, timespan: 1m, condition: {gte: 1}}\n",
	  "9:41 other-groups" },
};

static void test_mistakes(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		ruleset_free(rules_of(mistakes[i].text));
		if (strcmp(said, mistakes[i].wrong) != 0) {
			print_error("%s\nsaid '%s', not '%s'\n", mistakes[i].text, said, mistakes[i].wrong);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

/* One wrong rule leaves the others. */
static void test_others_stay(void **state)
{
	(void)state;
	struct ruleset *set = rules_of(WRITE "title: B\nid: b\nlevel: no\non: {verb: write}\n---\n"
				       "title: C\nid: c\nlevel: low\non: {verb: start}\n");

	assert_string_equal(said, "8:8 unknown-word");
	assert_int_equal(ruleset_count(set), 2);
	assert_non_null(ruleset_find(set, "a"));
	assert_null(ruleset_find(set, "b"));
	assert_non_null(ruleset_find(set, "c"));
	ruleset_free(set);
}

static char *repeat(const char *before, const char *one, size_t n, const char *after)
{
	size_t len = strlen(one), head = strlen(before);
	char *s = malloc(head + n * len + strlen(after) + 1);

	memcpy(s, before, head);
	for (size_t i = 0; i < n; i++)
		memcpy(s + head + i * len, one, len);
	memcpy(s + head + n * len, after, strlen(after) + 1);
	return s;
}

static void test_caps(void **state)
{
	static const struct { const char *before, *one; size_t n; const char *after, *wrong; } rows[] = {
		{ SEL "who: [", "a,", 4096, "]" END, "" },
		{ SEL "who: [", "a,", 4097, "]" END, "7:10 too-many-values" },
		{ SEL "who: ", "a", 1024, END, "" },
		{ SEL "who: ", "a", 1025, END, "7:10 text-too-long" },
		{ HEAD "detection:\n  s: {who: a}\n  condition: ", "(", 20, "s))))))))))))))))))))\n", "" },
		{ HEAD "detection:\n  s: {who: a}\n  condition: ", "(", 30, "s\n", "6:38 too-deep" },
		{ HEAD "detection:\n  s: {who: a}\n  condition: ", "not ", 30, "s\n", "6:110 too-deep" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *text = repeat(rows[i].before, rows[i].one, rows[i].n, rows[i].after);

		ruleset_free(rules_of(text));
		if (strcmp(said, rows[i].wrong) != 0)
			fail_msg("row %zu said '%s', not '%s'", i, said, rows[i].wrong);
		free(text);
	}
}

/* A million rules end with one clear line, soon. */
static void test_too_many(void **state)
{
	enum { MANY = 70000, EACH = 64 };
	char *text = malloc((size_t)MANY * EACH), *p = text;

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		p += snprintf(p, EACH, "title: T\nid: r%u\nlevel: low\non: {verb: write}\n---\n", i);
	ruleset_free(rules_of(text));
	assert_string_equal(said, "327681:1 too-many-rules");
	free(text);
}

/* ---- acts ---- */

struct act { struct obs obs; uint8_t text[256]; };

static struct span put(struct act *a, const void *p, size_t n)
{
	struct span s = { (uint16_t)a->obs.rec.size, (uint16_t)n };

	memcpy((uint8_t *)a + a->obs.rec.size, p, n);
	a->obs.rec.size += (uint32_t)align8(n);
	return s;
}

static void side(struct side *s, uint8_t last, uint8_t mac)
{
	const uint8_t ip[16] = { [10] = 0xff, 0xff, 10, 0, 0, last };

	memcpy(s->ip, ip, sizeof(ip));
	s->mac[1] = 0x11;
	s->mac[5] = mac;
}

static uint64_t frame;

/* 10.0.0.5 writes 7 to holding 107 of 10.0.0.9, unit 3. */
static struct act act_at(double seconds, uint8_t verb)
{
	struct act a = { .obs = { .rec = { .type = REC_ACT, .proto = 1, .size = sizeof(struct obs),
					   .at_ns = (int64_t)(seconds * 1e9) },
				  .verb = verb, .phase = PHASE_ASK, .times = 1, .code = 6 } };
	const struct own own = { .number = 77, .on = 1 };

	a.obs.rec.frame = ++frame;
	a.obs.since_ns = a.obs.rec.at_ns;
	side(&a.obs.actor, 5, 1);
	side(&a.obs.device, 9, 2);
	a.obs.actor.port = 40000;
	a.obs.device.port = 502;
	a.obs.device.station = 3;
	a.obs.object = (struct locator){ .space = 2, .class = CLASS_DATA, .parts = 1, .part = { 107 }, .count = 1,
					 .key = 107 };
	a.obs.value = (struct value){ .type = VAL_UINT, .bits = 16, .items = 1, .one.u = 7, .length = 2, .digest = 7 };
	a.obs.flags = FLAG_TCP;
	a.obs.who = put(&a, "Operator", 8);
	a.obs.own = put(&a, &own, sizeof(own));
	if (verb == VERB_READ) {
		a.obs.phase = PHASE_WHOLE;
		a.obs.outcome = OUT_DONE;
	}
	return a;
}

struct desk {
	struct limits limits;
	struct ledger *ledger;
	struct ruleset *set;
	struct detect *detect;
	struct alert last;
	unsigned raised, matches;
	int64_t ticked;		/* play(): the last second that was said */
};

static void on_alert(void *ctx, const struct alert *a, enum alert_event event)
{
	struct desk *d = ctx;

	d->raised += event == ALERT_RAISED;
	d->last = *a;
}

static void on_match(void *ctx, const struct rule *r, const struct obs *o)
{
	(void)r;
	(void)o;
	((struct desk *)ctx)->matches++;
}

static void begin_with(struct desk *d, const char *text, bool learning)
{
	*d = (struct desk){ .limits = LIMITS_DEFAULT };
	d->limits.conversations = d->limits.objects = d->limits.assets = d->limits.alerts = 1024;
	const struct ledger_options lo = { .limits = &d->limits };

	d->set = rules_of(text);
	if (said[0] != '\0')
		fail_msg("%s: %s", said, text);
	assert_int_equal(ledger_new(&d->ledger, &lo), 0);
	const struct detect_options o = { .limits = &d->limits, .ledger = d->ledger, .rules = d->set, .first_off = true,
					  .learning = learning };

	assert_int_equal(detect_new(&d->detect, &o), 0);
	detect_watch(d->detect, on_match, d);
}

static void begin(struct desk *d, const char *text) { begin_with(d, text, false); }

static void tell(struct desk *d, const struct act *a)
{
	ledger_record(d->ledger, &a->obs.rec);
	detect_record(d->detect, &a->obs.rec, on_alert, d);
}

static void tick(struct desk *d, int64_t second)
{
	const struct rec r = { .size = sizeof(r), .type = REC_TICK, .at_ns = second * NS_PER_S };

	detect_record(d->detect, &r, on_alert, d);
}

static void end(struct desk *d)
{
	detect_free(d->detect);
	ledger_free(d->ledger);
	ruleset_free(d->set);
}

static const struct { const char *test; bool matches; } tests[] = {
	{ "protocol: modbus", true }, { "protocol: ftp", false }, { "verb: [read, write]", true },
	{ "class: data", true }, { "word: write", true }, { "phase: ask", true }, { "phase: push", false },
	{ "outcome: unknown\n    phase: ask", true }, { "trust: sure", true }, { "trust: guess", false },
	{ "code: write-register", true }, { "code: 6", true }, { "code: 0x06", true }, { "code: 3", false },
	{ "transport: tcp", true }, { "transport: udp", false }, { "vlan: 0", true }, { "tap: 1", false },
	{ "to_group: false", true }, { "midstream: true", false },
	{ "who: operator", true }, { "who: OPER*", true }, { "who: 'op?rator'", true }, { "who: oper", false },
	{ "who|cased: operator", false }, { "who|cased: Operator", true }, { "who|contains: RATO", true },
	{ "who|contains|all: [op, tor]", true }, { "who|contains|all: [op, x]", false },
	{ "who|startswith: oper", true }, { "who|endswith: tor", true }, { "who|endswith: oper", false },
	{ "who|re: '^op.*r$'", true }, { "who|re: '^tor'", false }, { "who|exists: true", true },
	{ "who|exists: false", false }, { "who: [a, b, operator]", true },
	{ "who: [a, b, c, d, e, f, g, h, i, operator]", true }, { "who: [a, b, c, d, e, f, g, h, i, j]", false },
	{ "actor.ip: 10.0.0.5", true }, { "actor.ip: 10.0.0.6", false }, { "actor.ip|cidr: 10.0.0.0/8", true },
	{ "actor.ip|cidr: [11.0.0.0/8, 10.0.0.4/30]", true }, { "actor.ip|cidr: 10.0.0.6/31", false },
	{ "actor.mac: 00:11:00:00:00:01", true }, { "actor.mac|startswith: 00:11", true },
	{ "actor.mac|startswith: 00:12", false }, { "actor.port: 40000", true }, { "device.station: 3", true },
	{ "device.port|range: [500, 600]", true }, { "device.port|range: [503, 600]", false },
	{ "object: holding 107", true }, { "object: 'holding 1*'", true }, { "object.space: holding", true },
	{ "object.space: coil", false }, { "object.part0: 107", true }, { "object.part1|exists: true", false },
	{ "object.count: 1", true }, { "object.name|exists: false", true },
	{ "value: 7", true }, { "value: 7.0", true }, { "value: 0x7", true }, { "value|gt: 7", false },
	{ "value|gte: 7", true }, { "value|lt: 7.5", true }, { "value|lte: 6", false }, { "value: [1, 2, 7]", true },
	{ "value|range: [7, 9]", true }, { "value.length: 2", true }, { "value.items: 1", true },
	{ "modbus.number: 77", true }, { "modbus.number|gt: 77", false }, { "modbus.on: true", true },
	{ "modbus.text|exists: false", true },
	{ "actor.zone: unknown", true }, { "actor.zone: internet", false }, { "device.role: plc", true },
	{ "actor.role: plc", false }, { "actor.age|lt: 1m", true }, { "actor.age|gt: 1m", false },
	{ "pair.age|lte: 1s", true }, { "value.before: 7", true }, { "new.word|exists: false", true },
	{ "allowed|exists: false", true }, { "window|exists: false", true }, { "file.size|exists: false\n    phase: ask", true },
};

static void test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
		struct desk d;
		char text[512];

		snprintf(text, sizeof(text), SEL "%s" END, tests[i].test);
		begin(&d, text);
		struct act read = act_at(1, VERB_READ), write = act_at(1, VERB_WRITE);

		memcpy(&read.obs.actor, &write.obs.actor, sizeof(read.obs.actor));
		tell(&d, &read);	/* by now the ledger knows a controller */
		tell(&d, &write);
		if (d.matches != tests[i].matches)
			fail_msg("'%s' is %s", tests[i].test, d.matches ? "true" : "false");
		end(&d);
	}
}

static void test_conditions(void **state)
{
	static const struct { const char *condition; bool matches; } rows[] = {
		{ "yes1", true }, { "no1", false }, { "not no1", true }, { "not not yes1", true },
		{ "yes1 and no1", false }, { "yes1 or no1", true }, { "no1 or yes1 and no1", false },
		{ "(no1 or yes1) and yes1", true }, { "1 of yes*", true }, { "1 of no*", false },
		{ "all of yes*", true }, { "all of them", false }, { "any of them", true }, { "not 1 of no*", true },
		{ "all of yes* and not all of no*", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct desk d;
		char text[1024];

		snprintf(text, sizeof(text), HEAD "on: {verb: write}\ndetection:\n  yes1: {value: 7}\n  yes2: {device.station: 3}\n"
			 "  no1: {value: 8}\n  no2: [{value: 9}, {who: x}]\n  condition: (%s) or (no1 and no2 and yes1 and yes2 and not yes1)\n",
			 rows[i].condition);
		begin(&d, text);
		struct act write = act_at(1, VERB_WRITE);

		tell(&d, &write);
		if (d.matches != rows[i].matches)
			fail_msg("'%s' is %s", rows[i].condition, d.matches ? "true" : "false");
		end(&d);
	}
}

/* ---- alerts ---- */

static void test_one_alert(void **state)
{
	struct desk d;

	(void)state;
	begin(&d, HEAD "on: {verb: write}\nkoban: {silence: 2m, attack: [T0855]}\n");
	for (int i = 0; i < 3; i++) {
		struct act a = act_at(i, VERB_WRITE);

		tell(&d, &a);
	}
	assert_int_equal(d.raised, 1);
	tick(&d, 60);
	assert_int_equal(d.last.count, 3);
	assert_string_equal(d.last.title, "T");
	assert_string_equal(d.last.action, "write");
	assert_string_equal(d.last.object, "holding 107");
	tick(&d, 240);
	struct act later = act_at(240, VERB_WRITE);

	tell(&d, &later);		/* silent for longer than two minutes: another one */
	assert_int_equal(d.raised, 2);
	struct act other = act_at(241, VERB_WRITE);

	other.obs.actor.ip[15] = 77;
	other.obs.actor.mac[5] = 77;
	tell(&d, &other);
	assert_int_equal(d.raised, 3);
	end(&d);
}

static void test_answers(void **state)
{
	struct desk d;

	(void)state;
	begin(&d, HEAD "on: {verb: write}\n---\ntitle: B\nid: b\nlevel: low\non: {verb: write, outcome: refused}\n");
	struct act ask = act_at(1, VERB_WRITE), answer = act_at(1, VERB_WRITE);

	answer.obs.phase = PHASE_ANSWER;
	answer.obs.outcome = OUT_REFUSED;
	answer.obs.re = rec_name_of(&ask.obs.rec);
	tell(&d, &ask);
	assert_int_equal(d.raised, 1);
	tell(&d, &answer);
	assert_int_equal(d.raised, 2);
	assert_string_equal(d.last.rule, "b");
	detect_close(d.detect, on_alert, &d);
	end(&d);
}

static void test_off(void **state)
{
	struct desk d;

	(void)state;
	begin(&d, WRITE COUNT "  condition: {gte: 1}\n");
	assert_true(ruleset_disable(d.set, "a"));
	assert_false(ruleset_disable(d.set, "x"));
	struct act a = act_at(1, VERB_WRITE);

	tell(&d, &a);
	detect_close(d.detect, on_alert, &d);
	assert_int_equal(d.raised, 0);
	end(&d);
}

static bool keep_exception(void *ctx, const struct exception_row *row)
{
	*(struct exception_row *)ctx = *row;
	return true;
}

static void test_exceptions(void **state)
{
	struct desk d;
	struct act a = act_at(1, VERB_WRITE), other = act_at(2, VERB_WRITE), late = act_at(300, VERB_WRITE);
	struct exception_row row = { .id = 4, .rule = "a", .action = "write", .actor = a.obs.actor,
				     .device = a.obs.device, .until_ns = 240 * NS_PER_S };

	(void)state;
	begin(&d, HEAD "on: {verb: write}\n");
	assert_true(detect_load_exception(d.detect, &row));
	other.obs.actor.ip[15] = 77;
	other.obs.actor.mac[5] = 77;
	tell(&d, &a);
	tell(&d, &a);
	assert_int_equal(d.raised, 0);
	tell(&d, &other);		/* somebody else */
	assert_int_equal(d.raised, 1);
	detect_visit_exceptions(d.detect, keep_exception, &row);
	assert_int_equal(row.hits, 2);
	tick(&d, 299);
	tell(&d, &late);		/* it has ended */
	assert_int_equal(d.raised, 2);
	end(&d);
}

/* ---- correlations, each with its own clock ---- */

#define CORR(type, rules, more) "title: C\nid: c\nlevel: low\ncorrelation:\n  type: " type "\n  rules: " rules "\n" more
#define TWO WRITE "title: B\nid: b\nlevel: low\non: {verb: start}\n---\n"

/* A story: "w@S" writes at second S, "W" another object, "s" starts, "r" reads, "x" from another machine; "t@S"
 * lets time pass; "*N" after it counts N. */
static void play(struct desk *d, const char *story)
{
	for (const char *p = story; *p != '\0';) {
		char what = *p;
		char *next;
		double at = strtod(p + 2, &next);
		if ((int64_t)at > d->ticked)
			tick(d, d->ticked = (int64_t)at);	/* as the sensor does, before what comes in it */
		uint32_t times = *next == '*' ? (uint32_t)strtoul(next + 1, &next, 10) : 1;

		if (what != 't') {
			struct act a = act_at(at, what == 's' ? VERB_START : what == 'r' ? VERB_READ : VERB_WRITE);

			a.obs.times = times;
			if (what == 'W')
				a.obs.object.key = a.obs.object.part[0] = (uint32_t)frame + 1000;
			if (what == 'x')
				a.obs.actor.ip[15] = 66;
			tell(d, &a);
		}
		p = *next == ' ' ? next + 1 : next;
	}
}

static void test_correlations(void **state)
{
	static const struct { const char *rules, *story; unsigned raised; uint64_t count; } rows[] = {
		/* so many in a minute */
		{ WRITE CORR("event_count", "a", "  timespan: 1m\n  condition: {gte: 3}\n"), "w@1 w@2 t@3 t@60", 0, 0 },
		{ WRITE CORR("event_count", "a", "  timespan: 1m\n  condition: {gte: 3}\n"), "w@1 w@2 w@3 t@4", 1, 3 },
		{ WRITE CORR("event_count", "a", "  timespan: 1m\n  condition: {gte: 3}\n"), "w@1 t@2 w@2*2 t@4", 1, 3 },
		{ WRITE CORR("event_count", "a", "  timespan: 1m\n  condition: {gte: 3}\n"),
		  "w@1 t@2 w@40 t@41 w@80 t@81", 0, 0 },
		{ WRITE CORR("event_count", "a", "  group-by: actor\n  timespan: 1m\n  condition: {gte: 3}\n"),
		  "w@1 w@2 x@3 t@4", 0, 0 },
		{ WRITE CORR("event_count", "a", "  timespan: 1m\n  condition: {eq: 2}\n"), "w@1 w@1 w@1 t@4", 0, 0 },
		{ WRITE CORR("event_count", "a", "  timespan: 1m\n  condition: {gte: 1}\n  generate: true\n"), "w@1 t@4",
		  2, 1 },
		/* of acts that fold: by the minute */
		{ READ CORR("event_count", "a", "  timespan: 1m\n  condition: {gte: 3}\n"), "r@1 t@2 r@50*2 t@59", 0, 0 },
		{ READ CORR("event_count", "a", "  timespan: 1m\n  condition: {gte: 3}\n"), "r@1 t@2 r@50*2 t@60", 1, 3 },
		{ READ CORR("event_count", "a", "  timespan: 1m\n  condition: {gte: 3}\n"), "r@1 t@2 t@60 r@61*2 t@120",
		  0, 0 },
		/* different values */
		{ WRITE CORR("value_count", "a", "  timespan: 10s\n  condition: {gte: 3, field: object}\n"),
		  "w@1 w@2 W@3 t@4", 0, 0 },
		{ WRITE CORR("value_count", "a", "  timespan: 10s\n  condition: {gte: 3, field: object}\n"),
		  "w@1 W@2 W@3 t@4", 1, 3 },
		{ WRITE CORR("value_count", "a", "  timespan: 10s\n  condition: {gte: 3, field: object}\n"),
		  "w@1 t@2 W@7 t@8 W@13 t@14", 0, 0 },
		/* together */
		{ TWO CORR("temporal", "[a, b]", "  timespan: 10s\n"), "s@1 w@9 t@10", 1, 2 },
		{ TWO CORR("temporal", "[a, b]", "  timespan: 10s\n"), "s@1 t@2 w@12 t@13", 0, 0 },
		{ TWO CORR("temporal", "[a, b]", "  timespan: 10s\n"), "w@1 w@2 t@13", 0, 0 },
		/* one after the other */
		{ TWO CORR("temporal_ordered", "[a, b]", "  timespan: 10s\n"), "w@1 s@2 t@3", 1, 2 },
		{ TWO CORR("temporal_ordered", "[a, b]", "  timespan: 10s\n"), "s@1 w@2 t@3", 0, 0 },
		{ TWO CORR("temporal_ordered", "[a, b]", "  timespan: 10s\n"), "w@1 t@2 s@12 t@13", 0, 0 },
		/* one missing */
		{ TWO CORR("absence", "[a, b]", "  timespan: 10s\n"), "w@1 t@11", 0, 0 },
		{ TWO CORR("absence", "[a, b]", "  timespan: 10s\n"), "w@1 t@12", 1, 1 },
		{ TWO CORR("absence", "[a, b]", "  timespan: 10s\n"), "w@1 s@9 t@30", 0, 0 },
		{ TWO CORR("absence", "[a, b]", "  timespan: 10s\n"), "w@1 s@9 w@10 t@30", 1, 1 },
		{ TWO CORR("absence", "[a, b]", "  timespan: 10s\n"), "s@1 w@2 t@30", 1, 1 },
		/* one upon another */
		{ WRITE CORR("event_count", "d", "  timespan: 1m\n  condition: {gte: 2}\n") "---\n"
		  "title: D\nid: d\nlevel: low\ncorrelation: {type: event_count, rules: a, timespan: 2s, condition: {gte: 2}}\n",
		  "w@1 w@1 t@2 t@10 w@10 w@10 t@11", 1, 4 },
		{ WRITE CORR("event_count", "d", "  timespan: 1m\n  condition: {gte: 2}\n") "---\n"
		  "title: D\nid: d\nlevel: low\ncorrelation: {type: event_count, rules: a, timespan: 2s, condition: {gte: 2}}\n",
		  "w@1 w@1 t@2 t@10 w@10 t@11", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct desk d;

		begin(&d, rows[i].rules);
		play(&d, rows[i].story);
		if (d.raised != rows[i].raised || (d.raised > 0 && d.last.count != rows[i].count))
			fail_msg("row %zu '%s': %u alerts, the last of %llu acts", i, rows[i].story, d.raised,
				 (unsigned long long)d.last.count);
		end(&d);
	}
}

/* The cap of groups is counted, and a group that is past makes room. */
static void test_groups_are_capped(void **state)
{
	struct desk d;
	struct detect_stats stats;

	(void)state;
	begin(&d, WRITE CORR("event_count", "a", "  group-by: object\n  timespan: 1m\n  condition: {gte: 9}\n"));
	detect_free(d.detect);
	d.limits.correlations = 8;
	const struct detect_options o = { .limits = &d.limits, .ledger = d.ledger, .rules = d.set, .first_off = true };

	assert_int_equal(detect_new(&d.detect, &o), 0);
	for (int i = 0; i < 10; i++)
		play(&d, "W@1");
	detect_stats(d.detect, &stats);
	assert_int_equal(stats.groups, 8);
	assert_int_equal(stats.groups_refused, 2);
	play(&d, "t@60 t@600 t@660 W@661");
	detect_stats(d.detect, &stats);
	assert_int_equal(stats.groups, 1);
	end(&d);
}

/* ---- what was there before ---- */

static void test_before(void **state)
{
	struct desk d;

	(void)state;
	begin(&d, SEL "value.delta|gt: 50" END);
	struct act a = act_at(1, VERB_WRITE), b = act_at(2, VERB_WRITE), c = act_at(3, VERB_WRITE);

	b.obs.value.one.u = 57;
	c.obs.value.one.u = 108;
	tell(&d, &a);
	tell(&d, &b);
	assert_int_equal(d.matches, 0);
	tell(&d, &c);
	assert_int_equal(d.matches, 1);
	end(&d);

	begin(&d, SEL "value.ratio|gte: 2\n    value.before: 7" END);
	struct act r = act_at(1, VERB_READ), w = act_at(2, VERB_WRITE);

	w.obs.value.one.u = 14;
	tell(&d, &r);			/* the first value read counts at once */
	tell(&d, &w);
	assert_int_equal(d.matches, 1);
	end(&d);
}

struct learned { struct learned_row rows[16]; size_t n; };

static bool keep_learned(void *ctx, const struct learned_row *row)
{
	struct learned *l = ctx;

	l->rows[l->n++] = *row;
	return true;
}

static void test_learned(void **state)
{
	static const struct { const char *test; uint32_t value, object; uint8_t actor; bool matches; } rows[] = {
		{ "new.pair: true", 7, 107, 5, false }, { "new.pair: true", 7, 107, 66, true },
		{ "new.word: true", 7, 107, 5, false }, { "new.object: true", 7, 107, 5, false },
		{ "new.object: true", 7, 108, 5, true }, { "new.category: true", 7, 108, 5, false },
		{ "new.category: true", 7, 107, 66, true }, { "value.outside_learned: true", 7, 107, 5, false },
		{ "value.outside_learned: true", 8, 107, 5, false },	/* 5 and 7, once each: a quarter of 7 is no news */
		{ "value.outside_learned: true", 9, 107, 5, true }, { "value.outside_learned: true", 3, 107, 5, true },
		{ "value.outside_learned: true", 8, 107, 66, true },	/* who never wrote there gets no room */
		{ "value.outside_learned: true", 8, 108, 5, false },
		{ "value.not_learned: true", 7, 107, 5, false }, { "value.not_learned: true", 6, 107, 5, true },
	};
	struct learned l = { .n = 0 };
	struct desk d;

	(void)state;
	begin_with(&d, HEAD "on: {verb: write}\n", true);
	struct act a = act_at(1, VERB_WRITE);

	tell(&d, &a);
	a.obs.value.one.u = 5;
	tell(&d, &a);
	assert_int_equal(d.raised, 0);	/* a run that learns says nothing */
	detect_visit_learned(d.detect, keep_learned, &l);
	end(&d);
	assert_int_equal(l.n, 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[512];

		snprintf(text, sizeof(text), SEL "%s" END "koban: {needs: [acts, values]}\n", rows[i].test);
		begin(&d, text);
		struct act b = act_at(9, VERB_WRITE);

		b.obs.value.one.u = rows[i].value;
		b.obs.object.key = b.obs.object.part[0] = rows[i].object;
		b.obs.actor.ip[15] = rows[i].actor;
		tell(&d, &b);
		assert_int_equal(d.matches, 0);	/* nothing was learned yet */
		end(&d);
		begin(&d, text);
		const struct baseline_row base = { .word = "stop" };

		detect_load_baseline(d.detect, &base);
		detect_load_learned(d.detect, &l.rows[0]);
		tell(&d, &b);
		if (d.matches != rows[i].matches)
			fail_msg("'%s' with %u is %s", rows[i].test, rows[i].value, d.matches ? "true" : "false");
		end(&d);
	}
}

/* ---- the site ---- */

static void test_site(void **state)
{
	static const struct { const char *config, *test; bool matches; } rows[] = {
		{ "zones: {line: 10.0.0.0/24, all: 10.0.0.0/8}", "actor.zone: line", true },
		{ "zones: {line: 10.0.0.0/30, all: [10.0.0.0/8]}", "actor.zone: all", true },
		{ "allow: [{actor: 10.0.0.5, device: any, word: write}]", "allowed: true", true },
		{ "allow: [{actor: 10.0.0.6}]", "allowed: false", true },
		{ "allow: [{actor: 00:11:00:00:00:01, protocol: modbus, object: 'holding 1*'}]", "allowed: true", true },
		{ "allow: [{object: 'coil *'}]", "allowed: true", false },
		{ "limits_of_objects: [{object: holding 107, range: [0, 6]}]", "value.outside_limits: true", true },
		{ "limits_of_objects: [{object: holding 107, range: [0, 7]}]", "value.outside_limits: true", false },
		{ "windows: [{from: '00:00', to: '24:00'}]", "window: true", true },
		{ "windows: [{from: '00:00', to: '24:00', device: 10.1.0.0/16}]", "window: true", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static struct site here;
		struct ruleset *set;
		struct desk d = { .limits = LIMITS_DEFAULT };
		char text[512];
		const struct ledger_options lo = { .limits = &d.limits };

		d.limits.conversations = d.limits.objects = d.limits.assets = d.limits.alerts = 1024;
		site_init(&here);
		said[0] = '\0';
		site_load(&here, "c.yml", rows[i].config, strlen(rows[i].config), on_problem, NULL);
		assert_string_equal(said, "");
		snprintf(text, sizeof(text), SEL "%s" END, rows[i].test);
		assert_int_equal(ruleset_new(&set, &here), 0);
		ruleset_add(set, "t.yml", text, strlen(text), on_problem, NULL);
		ruleset_finish(set, on_problem, NULL);
		assert_string_equal(said, "");
		assert_int_equal(ledger_new(&d.ledger, &lo), 0);
		const struct detect_options o = { .limits = &d.limits, .ledger = d.ledger, .rules = set, .first_off = true };

		assert_int_equal(detect_new(&d.detect, &o), 0);
		detect_watch(d.detect, on_match, &d);
		d.set = set;
		struct act a = act_at(1, VERB_WRITE);

		tell(&d, &a);
		if (d.matches != rows[i].matches)
			fail_msg("'%s' with '%s' is %s", rows[i].test, rows[i].config, d.matches ? "true" : "false");
		end(&d);
	}
}

static void test_site_mistakes(void **state)
{
	static const struct { const char *config, *wrong; } rows[] = {
		{ "zones: {a: 10.0.0.0/40}", "1:12 bad-net" }, { "zones: [a]", "1:8 not-a-mapping" },
		{ "windows: [{from: '25:00', to: '1:00'}]", "1:18 bad-clock" }, { "windows: [{from: '1:00'}]", "1:11 missing-key" },
		{ "windows: [{from: '1:00', to: '2:00', days: [man]}]", "1:45 bad-days" },
		{ "allow: [{actor: nobody}]", "1:17 bad-who" }, { "allow: [{word: wrote}]", "1:16 unknown-word" },
		{ "allow: [{protocol: modbus2}]", "1:20 unknown-word" }, { "allow: [{who: x}]", "1:10 unknown-key" },
		{ "limits_of_objects: [{object: x, range: [2, 1]}]", "1:40 bad-range" },
		{ "limits_of_objects: [{range: [1, 2]}]", "1:21 missing-key" },
		{ "rules: {of: x}", "1:9 unknown-key" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static struct site here;

		site_init(&here);
		said[0] = '\0';
		site_load(&here, "c.yml", rows[i].config, strlen(rows[i].config), on_problem, NULL);
		if (strcmp(said, rows[i].wrong) != 0)
			fail_msg("%s\nsaid '%s', not '%s'", rows[i].config, said, rows[i].wrong);
	}
}

/* An expression made to take for ever gives up and does not match. */
static void test_slow_expression(void **state)
{
	struct desk d;

	(void)state;
	begin(&d, SEL "who|re: '^(a+)+$'" END);
	struct act a = act_at(1, VERB_WRITE);
	uint8_t many[64];

	memset(many, 'a', sizeof(many));
	many[63] = '!';
	a.obs.who = put(&a, many, sizeof(many));
	tell(&d, &a);
	assert_int_equal(d.matches, 0);
	end(&d);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_others_stay), cmocka_unit_test(test_caps),
		cmocka_unit_test(test_too_many), cmocka_unit_test(test_fields), cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_one_alert), cmocka_unit_test(test_answers), cmocka_unit_test(test_off),
		cmocka_unit_test(test_exceptions), cmocka_unit_test(test_correlations),
		cmocka_unit_test(test_groups_are_capped), cmocka_unit_test(test_before), cmocka_unit_test(test_learned),
		cmocka_unit_test(test_site), cmocka_unit_test(test_site_mistakes),
		cmocka_unit_test(test_slow_expression),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}

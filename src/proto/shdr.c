/* proto/shdr.c: SHDR, what machines (adapters) tell MTConnect agents: lines of "time|key|value".
 *
 * Spec:    MTConnect Institute, cppagent README, "Simple Hierarchical Data Representation" ("CPP", H for the
 *          lines, from the source of the agent; M for adapters' own spelling of keys).
 * Message: a line. "* PING" and "* PONG 10000"; "* key: value" tells what the adapter is;
 *          "time|key|value|key|value ..." are data; "time|@ASSET@|id|type|..." and its relatives are tools
 *          and other assets. The agent connects to the adapter; whoever sends data is the machine.
 * Units:   text.
 * Emits:   pings WHOLE; data as one PUSH a line that says nothing of its values, so that lines fold; state,
 *          program and mode PUSH when they are others than before; what the adapter says of itself, and
 *          assets, each. Facts: name, maker, serial number, place, version of the adapter; the program that
 *          runs.
 * State:   open pings, the states seen last, digests of what was said.
 * Missing: conditions (alarms) are counted as data; assets in several lines are skipped over. */
#include <string.h>

#include "core/hash.h"
#include "proto/ascii.h"
#include "proto/ends.h"
#include "proto/said.h"

extern const struct proto proto_shdr;

enum {
	SHDR_PORT = 7878,
	LINE_LONGEST = 16384,	/* longer ones are refused and skipped */
	ITEMS_SEEN = 16, ITEMS_READ = 64, KEY_KEPT = 64, VALUE_KEPT = 128,
	FACTS = 8,
};

enum {
	SHDR_DATA = 1, SHDR_PING, SHDR_COMMAND, SHDR_STATE, SHDR_ASSET, SHDR_UPDATE, SHDR_REMOVE,
	SHDR_REMOVE_ALL,
};

static const struct proto_code codes[] = {
	{SHDR_DATA, "data", VERB_PUBLISH, CLASS_DATA, CODE_PUSH, "CPP: {data-items}"},
	{SHDR_PING, "ping", VERB_KEEPALIVE, CLASS_SESSION, CODE_REQUEST | CODE_ANSWER, "CPP: {heartbeat}"},
	{SHDR_COMMAND, "command", VERB_ANNOUNCE, CLASS_DEVICE, CODE_PUSH, "CPP: {adapter-commands}"},
	{SHDR_STATE, "state", VERB_REPORT, CLASS_DEVICE, CODE_PUSH, "CPP: {data-items}; {key-names} M"},
	{SHDR_ASSET, "asset", VERB_PUBLISH, CLASS_TOOL, CODE_PUSH, "CPP: @ASSET@"},
	{SHDR_UPDATE, "update", VERB_PUBLISH, CLASS_TOOL, CODE_PUSH, "CPP: @UPDATE_ASSET@"},
	{SHDR_REMOVE, "remove", VERB_DELETE, CLASS_CONFIG, CODE_PUSH, "CPP: @REMOVE_ASSET@"},
	{SHDR_REMOVE_ALL, "remove-all", VERB_DELETE, CLASS_CONFIG, CODE_PUSH, "CPP: @REMOVE_ALL_ASSETS@"},
};

struct shdr_state {
	struct ends ends;
	uint8_t decided;	/* which end asks was looked at */
	uint8_t skip[2];	/* the rest of an over-long line is on its way */
	uint8_t next_seen;
	uint32_t asked;
	uint32_t said[FACTS];	/* digests of what the adapter said of itself, by row of commands[] */
	struct said_value seen[ITEMS_SEEN];
};

/* ---- recognising ---- */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* "2026-11-20T07:25:14" at the front: how data lines begin (CPP). A letter stands for a digit. */
static bool is_time(struct bytes b)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";
	size_t n = sizeof(shape) - 1;

	for (size_t i = 0; i < n && i < b.n; i++)
		if (shape[i] == 'd' ? !is_digit(b.p[i]) : b.p[i] != (uint8_t)shape[i])
			return false;
	return b.n >= n;
}

static unsigned line_like(struct bytes line)
{
	static const char *const sure[] = {"* PING", "* PONG", "* adapterVersion:", "* shdrVersion:"};
	static const char *const likely[] = {"* device:", "* uuid:", "* manufacturer:", "* serialNumber:",
					     "* station:", "* calibration:", "* relativeTime:",
					     "* realTime:"};

	for (size_t i = 0; i < ARRAY_LEN(sure); i++)
		if (ascii_begins(line, sure[i]))
			return 85;
	for (size_t i = 0; i < ARRAY_LEN(likely); i++)
		if (ascii_begins(line, likely[i]))
			return 60;
	if (!is_time(line))
		return 0;
	/* Logs have a time in front too, but seldom a bar before the first blank and another one behind. */
	struct bytes rest = line, when = ascii_until(&rest, '|'), key = ascii_until(&rest, '|');

	bool blank = ascii_find(when, ' ') < when.n || ascii_find(key, ' ') < key.n;

	return rest.n > 0 && key.n > 0 && !blank ? 80 : 0;
}

static unsigned shdr_probe(const struct proto_ctx *x, struct cursor head)
{
	struct bytes b = {head.p, head.left};
	bool ended;
	struct bytes line = ascii_line(&head, &ended);

	(void)x;
	unsigned score = line_like(line);

	if (score == 0 && !ended && b.n < 80 && (b.p[0] == '*' || is_digit(b.p[0])))
		return 1;	/* it may become one */
	return score;
}

/* ---- acts ---- */

static uint32_t digest_of(struct bytes b, uint64_t seed)
{
	return (uint32_t)hash_bytes(b.p, b.n, seed) | 1;	/* 0 is: nothing yet */
}

/* Whoever sends a line speaks for the machine: an agent never sends data. */
static struct obs *begin(struct proto_ctx *x, uint32_t code)
{
	struct obs *o = act_begin_code(x, proto_code(&proto_shdr, code));

	o->phase = PHASE_PUSH;
	o->actor = ends_asking(x);
	o->device = ends_answering(x);
	o->outcome = OUT_DONE;
	return o;
}

static void say(struct proto_ctx *x, uint32_t code, struct bytes name, struct bytes value)
{
	struct obs *o = begin(x, code);

	name.n = min_size(name.n, KEY_KEPT);
	if (value.n > VALUE_KEPT)
		o->flags |= FLAG_CUT;
	value.n = min_size(value.n, VALUE_KEPT);
	if (verb_changes(o->verb)) {	/* the machine takes something away from the agent */
		o->actor = ends_answering(x);
		o->device = ends_asking(x);
	}
	o->object.name = act_text(x, name);
	if (value.n > 0)
		act_value(x, VAL_TEXT, 8, (unsigned)value.n, value);
	act_emit(x);
}

/* ---- "* key: value" ---- */

static const struct { const char *key; uint8_t fact; } commands[FACTS] = {
	{"device", FACT_NAME}, {"uuid", FACT_HARDWARE}, {"manufacturer", FACT_VENDOR},
	{"serialNumber", FACT_SERIAL}, {"station", FACT_PLACE}, {"adapterVersion", FACT_SERVES},
	{"description", FACT_ROLE_HINT}, {"nativeName", FACT_MODEL},
};

static void version(struct proto_ctx *x, const struct side *about, struct bytes value)
{
	uint8_t text[VALUE_KEPT];
	struct ascii_pen pen = {.p = text, .cap = sizeof(text)};

	ascii_puts(&pen, "MTConnect adapter ");
	ascii_put(&pen, value);
	fact_say(x, about, FACT_SERVES, (struct bytes){text, pen.n}, about->port, 0, TRUST_LIKELY);
}

static void command(struct proto_ctx *x, struct bytes line)
{
	struct shdr_state *s = x->state;
	struct bytes value = line, key = ascii_trim(ascii_until(&value, ':'));
	struct side machine = ends_answering(x);

	value = ascii_trim(value);
	for (size_t i = 0; i < FACTS; i++) {
		uint32_t digest = digest_of(value, 0);

		if (!ascii_is(key, commands[i].key) || value.n == 0 || s->said[i] == digest)
			continue;
		say(x, SHDR_COMMAND, key, value);
		s->said[i] = digest;
		if (commands[i].fact == FACT_SERVES)
			version(x, &machine, value);
		else
			fact_say(x, &machine, commands[i].fact, value,
				 commands[i].fact == FACT_NAME ? NAME_SYSTEM : 0, 0, TRUST_LIKELY);
		return;
	}
}

/* ---- pings ---- */

static void ping(struct proto_ctx *x)
{
	struct shdr_state *s = x->state;

	if (pair_ask(x, s->asked++, 0, NULL, 0))
		return;
	begin(x, SHDR_PING)->phase = PHASE_WHOLE;
	act_emit(x);
}

static void pong(struct proto_ctx *x)
{
	const struct ask *ask = pair_oldest(x);

	if (ask != NULL)
		pair_answer(x, ask->id);
	struct obs *o = begin(x, SHDR_PING);

	o->phase = ask == NULL ? PHASE_ANSWER : PHASE_WHOLE;
	act_emit(x);
}

static void shdr_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct obs *o = begin(x, SHDR_PING);

	(void)ask;
	o->phase = PHASE_WHOLE;
	o->outcome = OUT_UNANSWERED;
	act_emit(x);
}

/* ---- data ---- */

/* A device and a colon may stand before a name. */
static struct bytes without_device(struct bytes key)
{
	size_t colon = ascii_find(key, ':');

	return ascii_skip(key, colon < key.n ? colon + 1 : 0);
}

/* The names adapters give to what a machine is doing (M). */
static bool is_state(struct bytes key)
{
	static const char *const names[] = {"execution", "exec", "program", "prog", "mode", "controllermode",
					    "estop", "emergency", "avail", "availability"};

	key = without_device(key);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (ascii_is(key, names[i]))
			return true;
	return false;
}

static bool is_news(struct shdr_state *s, uint32_t key, uint32_t value)
{
	return said_changed(s->seen, ITEMS_SEEN, &s->next_seen, key, value);
}

static bool is_program(struct bytes key)
{
	key = without_device(key);
	return ascii_is(key, "program") || ascii_is(key, "prog");
}

static void states(struct proto_ctx *x, struct bytes rest)
{
	struct shdr_state *s = x->state;
	struct side machine = ends_answering(x);

	for (unsigned i = 0; rest.n > 0 && i < ITEMS_READ; i++) {
		struct bytes key = ascii_trim(ascii_until(&rest, '|'));
		struct bytes value = ascii_trim(ascii_until(&rest, '|'));

		if (!is_state(key) || !is_news(s, digest_of(key, 0), digest_of(value, 1)))
			continue;
		say(x, SHDR_STATE, key, value);
		if (is_program(key) && value.n > 0 && !ascii_is(value, "UNAVAILABLE"))
			fact_say(x, &machine, FACT_RUNNING, value, 0, 0, TRUST_LIKELY);
	}
}

/* "@ASSET@|id|type|...": the type is the value. */
static bool asset(struct proto_ctx *x, struct bytes rest)
{
	static const struct { const char *word; uint32_t code; } words[] = {
		{"@ASSET@", SHDR_ASSET}, {"@UPDATE_ASSET@", SHDR_UPDATE}, {"@REMOVE_ASSET@", SHDR_REMOVE},
		{"@REMOVE_ALL_ASSETS@", SHDR_REMOVE_ALL},
	};
	struct bytes word = without_device(ascii_until(&rest, '|'));

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!ascii_is(word, words[i].word))
			continue;
		struct bytes id = ascii_trim(ascii_until(&rest, '|'));
		bool has_type = words[i].code == SHDR_ASSET;

		say(x, words[i].code, id, has_type ? ascii_trim(ascii_until(&rest, '|')) : (struct bytes){0});
		return true;
	}
	return false;
}

static bool data(struct proto_ctx *x, struct bytes line)
{
	struct bytes rest = line;

	ascii_until(&rest, '|');
	if (rest.n == 0) {
		x->why = "no-bar";
		return false;
	}
	if (asset(x, rest))
		return true;
	begin(x, SHDR_DATA);
	act_emit(x);
	states(x, rest);
	return true;
}

/* ---- the calls of stream/ ---- */

/* Where a capture begins in the middle, pings tell who is the agent, everything else who is the adapter. */
static void decide(struct proto_ctx *x, struct bytes line)
{
	struct shdr_state *s = x->state;

	if (x->ends_known || s->decided || line_like(line) == 0)
		return;
	s->ends.swapped = x->from_client != ascii_begins(line, "* PING");
	s->decided = 1;
}

static struct cut shdr_cut(struct proto_ctx *x, struct cursor c)
{
	struct bytes have = {c.p, c.left};
	size_t n = ascii_find(have, '\n');

	(void)x;
	if (n < have.n)
		return cut_message(min_size(n + 1, LINE_LONGEST));
	return have.n >= LINE_LONGEST ? cut_message(LINE_LONGEST) : cut_need(have.n + 1);
}

static bool shdr_message(struct proto_ctx *x, struct cursor c)
{
	struct shdr_state *s = x->state;
	uint8_t *skip = &s->skip[x->from_client ? 0 : 1];
	bool was = *skip, ended;
	struct bytes line = ascii_trim(ascii_line(&c, &ended));

	*skip = !ended;
	if (was)
		return true;
	if (!ended) {
		x->why = "long-line";
		return false;
	}
	decide(x, line);
	if (line.n == 0)
		return true;
	if (line.p[0] != '*')
		return data(x, line);
	line = ascii_trim(ascii_skip(line, 1));
	if (ascii_begins(line, "PING"))
		ping(x);
	else if (ascii_begins(line, "PONG"))
		pong(x);
	else
		command(x, line);
	return true;
}

static void shdr_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct shdr_state *s = x->state;

	(void)bytes;
	s->skip[x->from_client ? 0 : 1] = 0;
}

const struct proto proto_shdr = {
	.name = "shdr", .on = ON_TCP, .ports = {SHDR_PORT},
	.state_size = sizeof(struct shdr_state),
	.verified = VERIFIED_SYNTHETIC,
	.codes = codes, .code_count = ARRAY_LEN(codes),
	.probe = shdr_probe, .cut = shdr_cut, .message = shdr_message, .lost = shdr_lost,
	.unanswered = shdr_unanswered,
};

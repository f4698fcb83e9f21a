/* proto/cclink.c: CC-Link IE Field Basic, the cyclic exchange between a controller and its remote stations.
 *
 * Spec:    BAP-C2010ENG-004 (CLPA; members only), sections as the c-link stack of rt-labs cites them (H:
 *          its structures and the capture of NTT agree byte for byte). Finding stations and setting their
 *          addresses (0E30, 0E31 on port 61451) is SLMP.
 * Message: request of the master, to everyone: 50 00 00 FF FF 03 00 length:2 0:2 command:2 (0E70)
 *          sub-command:2 version:2 0:2 offset:2 (36) 0:14, state of the master:2 0:2 clock:8, master:4
 *          group:1 0:1 sequence:2 time-out:2 retries:2 parameters:2 stations:2 running stations:2 0:2, then
 *          of each station its address:4, RWw:64 each, RY:8 each. Answer of a slave, to the master: D0 00
 *          00 FF FF 03 00 length:2 0:2 version:2 end code:2 offset:2 (40) 0:14, vendor:2 0:2 model:4
 *          version:2 0:2 state:2 error:2 management:4, slave:4 group:1 0:1 sequence:2, RWr:64 and RX:8 of
 *          each station it occupies.
 * Units:   little-endian; addresses too: 172.16.0.1 is 01 00 10 AC. FF FF FF FF goes on with the station
 *          before.
 * Emits:   PUBLISH (PUSH) for requests, REPORT (PUSH) for answers: both are of other pairs of hosts,
 *          because the request goes to a broadcast address. Bits and registers are no value: they change
 *          with every link scan. What is told is who the stations are, who of them runs, and what is wrong.
 *          Facts: VENDOR, MODEL and FIRMWARE as numbers of the CLPA, where a slave gives any.
 * State:   what a slave said of itself last.
 * Missing: which bit or register belongs to what: the network's parameters say, not the frame. */
#include "model/proto.h"

#include "core/hash.h"
#include "core/hex.h"
#include "proto/ascii.h"

#include <string.h>

extern const struct proto proto_cclink;

enum {
	PORT = 61450,			/* 9.1.2 */
	FIXED_ASK = 67, FIXED_ANSWER = 59,	/* bytes without stations */
	LENGTH_AFTER = 9,		/* the length counts what comes behind it */
	WORDS = 64, BITS = 8,		/* of a station: 32 registers, 64 bits */
	OFFSET_ASK = 36, OFFSET_ANSWER = 40,	/* of the cyclic part; versions 1 and 2 */
	STATIONS = 16,			/* of a group */
	GROUPS = 64,
	CYCLIC = 0x0e70,
	REQUEST = 0x5000, ANSWER = 0xd000,
	GOES_ON = -1,			/* FF FF FF FF */
};

enum { CODE_REQUEST_CYCLIC = 1, CODE_ANSWER_CYCLIC };

static const struct proto_code codes[] = {
	{ CODE_REQUEST_CYCLIC, "outputs", VERB_PUBLISH, CLASS_DATA, CODE_REQUEST | CODE_PUSH,
	  "BAP-C2010ENG-004 9.1.2 (H: {stack-and-capture})" },
	{ CODE_ANSWER_CYCLIC, "inputs", VERB_REPORT, CLASS_DATA, CODE_ANSWER | CODE_PUSH,
	  "BAP-C2010ENG-004 9.1.2 (H: {stack-and-capture})" },
};

enum { SPACE_GROUP = 1, SPACE_STATION };
static const struct proto_space spaces[] = {
	{ "group", "group {0}: {name}" }, { "station", "group {0}" }, { NULL, NULL }
};

struct own {
	struct span stations;		/* TEXT */
	uint32_t model, management;
	uint16_t version, state, sequence, parameters, timeout, vendor, equipment, error, end_code, running;
	uint8_t group, occupied, asked, answered;
	uint8_t spare[4];
};
_Static_assert(sizeof(struct own) % 8 == 0, "own parts stay aligned");

#define AT(member) offsetof(struct own, member)
#define GIVEN(member_, type_, given_) \
	{ .name = #member_, .type = FIELD_##type_, .show = SHOW_GIVEN, .at = AT(member_), \
	  .given = AT(given_) }
static const struct field fields[] = {
	{ .name = "version", .type = FIELD_U16, .show = SHOW_ALWAYS, .at = AT(version) },
	{ .name = "group", .type = FIELD_U8, .show = SHOW_ALWAYS, .at = AT(group) },
	{ .name = "sequence", .type = FIELD_U16, .show = SHOW_ALWAYS, .at = AT(sequence) },
	{ .name = "state", .type = FIELD_U16, .show = SHOW_ALWAYS, .at = AT(state) },
	{ .name = "occupied", .type = FIELD_U8, .show = SHOW_ALWAYS, .at = AT(occupied) },
	{ .name = "stations", .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = AT(stations) },
	GIVEN(running, U16, asked),
	GIVEN(parameters, U16, asked),
	GIVEN(timeout, U16, asked),
	GIVEN(vendor, U16, answered),
	GIVEN(model, U32, answered),
	GIVEN(equipment, U16, answered),
	GIVEN(error, U16, answered),
	GIVEN(management, U32, answered),
	GIVEN(end_code, U16, answered),
	{ .name = NULL }
};

struct state { uint64_t said; };

/* Which of the two it is; 0: neither. The bytes in front of the length are always the same. */
static uint16_t kind_of(struct cursor *c, size_t *ret_length)
{
	static const uint8_t fixed[] = { 0x00, 0xff, 0xff, 0x03, 0x00 };
	uint16_t kind = cur_be16(c);
	struct bytes b = cur_bytes(c, sizeof(fixed));

	*ret_length = cur_le16(c);
	if (cur_broken(c) || memcmp(b.p, fixed, sizeof(fixed)) != 0)
		return 0;
	return kind == REQUEST || kind == ANSWER ? kind : 0;
}

static unsigned cclink_probe(const struct proto_ctx *x, struct cursor head)
{
	size_t length, whole = head.left;
	uint16_t kind = kind_of(&head, &length);
	bool fits = whole == length + LENGTH_AFTER || (x->l->flags & LAYER_CUT);

	cur_le16(&head);
	if (kind == REQUEST)
		return cur_le16(&head) == CYCLIC && fits ? 97 : 0;
	uint16_t version = cur_le16(&head);

	cur_le16(&head);
	if (kind != ANSWER || !fits || cur_le16(&head) != OFFSET_ANSWER || version < 1 || version > 2)
		return 0;
	return (whole - FIXED_ANSWER) % (WORDS + BITS) == 0 ? 97 : 0;
}

/* ---- requests ---- */

static void put_ip(struct ascii_pen *pen, uint32_t ip)
{
	uint8_t v4[16] = { [10] = 0xff, [11] = 0xff, (uint8_t)(ip >> 24), (uint8_t)(ip >> 16),
			   (uint8_t)(ip >> 8), (uint8_t)ip };
	char text[IP_TEXT];

	ip_text(text, v4);
	ascii_puts(pen, text);
}

/* "10.0.0.11, 10.0.0.12 (2)": the slaves of a group, and how many stations each occupies if not one. */
static size_t station_text(struct cursor *c, unsigned stations, uint8_t *room, size_t cap)
{
	struct ascii_pen pen = { .p = room, .cap = cap };
	unsigned more = 1;

	for (unsigned i = 0; i < stations; i++) {
		uint32_t ip = cur_le32(c);
		struct cursor next = *c;
		bool goes_on = i + 1 < stations && cur_le32(&next) == (uint32_t)GOES_ON;

		if (ip != (uint32_t)GOES_ON) {
			ascii_puts(&pen, i > 0 ? ", " : "");
			put_ip(&pen, ip);
			more = 1;
		} else {
			more++;
		}
		if (!goes_on && more > 1) {
			uint8_t digits[3] = { (uint8_t)('0' + more / 10), (uint8_t)('0' + more % 10) };

			ascii_puts(&pen, " (");
			ascii_put(&pen, (struct bytes){ digits + (more < 10), more < 10 ? 1 : 2 });
			ascii_puts(&pen, ")");
		}
	}
	return pen.n;
}

/* Up to the list of stations. NULL: well-formed; else the reason. */
static const char *read_request(struct own *w, struct cursor *c)
{
	cur_le16(c);
	uint16_t command = cur_le16(c);

	cur_le16(c);			/* sub-command */
	w->version = cur_le16(c);
	cur_le16(c);
	uint16_t offset = cur_le16(c);

	cur_take(c, 14);
	w->state = cur_le16(c);
	cur_take(c, 10);		/* the master's clock */
	cur_le32(c);			/* the master: its address */
	w->group = cur_u8(c);
	cur_u8(c);
	w->sequence = cur_le16(c);
	w->timeout = cur_le16(c);
	cur_le16(c);
	w->parameters = cur_le16(c);
	uint16_t stations = cur_le16(c);

	w->running = cur_le16(c);
	cur_le16(c);
	if (cur_broken(c))
		return "length";
	if (command != CYCLIC)
		return "command";
	if (w->version < 1 || w->version > 2 || offset != OFFSET_ASK)
		return "version";
	if (w->group < 1 || w->group > GROUPS)
		return "group";
	if (stations < 1 || stations > STATIONS)
		return "stations";
	w->occupied = (uint8_t)stations;
	return NULL;
}

static const char *request(struct proto_ctx *x, struct cursor c)
{
	struct own w = { .asked = 1 };
	const char *why = read_request(&w, &c);
	bool cut = x->l->flags & LAYER_CUT;

	if (why != NULL)
		return why;
	if (c.left < w.occupied * 4u || (!cut && c.left != w.occupied * (4u + WORDS + BITS)))
		return "length";
	uint8_t room[STATIONS * 22];
	size_t n = station_text(&c, w.occupied, room, sizeof(room));
	struct obs *o = act_begin_code(x, &codes[0]);
	const char *text = w.state & 1 ? "running" : w.state & 2 ? "stopped by its user" : "stopped";

	o->phase = PHASE_PUSH;
	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->actor = x->from_client ? flow_client(x) : flow_server(x);
	o->device = x->from_client ? flow_server(x) : flow_client(x);
	o->object.space = SPACE_GROUP;
	o->object.parts = 1;
	o->object.part[0] = w.group;
	o->object.count = w.occupied;
	o->object.name = act_text(x, (struct bytes){ room, n });
	act_value(x, VAL_TEXT, 8, 1, (struct bytes){ (const uint8_t *)text, strlen(text) });
	struct own *own = act_own(x, sizeof(*own));

	if (own != NULL) {
		*own = w;
		own->stations = o->object.name;
	}
	act_emit(x);
	return NULL;
}

/* ---- answers ---- */

/* BAP-C2006ENG-001 7.5: the end codes a slave may give. */
static const char *end_note(uint16_t end_code)
{
	switch (end_code) {
	case 0xcfe0: return "second-master";
	case 0xcfe1: return "wrong-stations";
	case 0xcff0: return "slave-error";
	case 0xcfff: return "leaving";
	}
	return NULL;
}

static void put_hex(struct ascii_pen *pen, uint32_t v, unsigned digits)
{
	while (digits-- > 0) {
		uint8_t digit = (uint8_t)hex_capital(v >> 4 * digits);

		ascii_put(pen, (struct bytes){ &digit, 1 });
	}
}

/* Numbers of the CLPA: words for them are in its lists only. */
static void say_facts(struct proto_ctx *x, const struct side *about, const struct own *w)
{
	struct state *st = x->state;
	uint64_t h = hash_join((uint64_t)w->vendor << 32 | w->model,
			       (uint64_t)w->equipment << 1 | x->from_client) | 1;
	uint8_t room[40];
	struct ascii_pen pen = { .p = room, .cap = sizeof(room) };

	if (w->vendor == 0 && w->model == 0)
		return;
	if (st->said == h)
		return;
	st->said = h;
	ascii_puts(&pen, "CC-Link ");
	put_hex(&pen, w->vendor, 4);
	ascii_puts(&pen, ":");
	put_hex(&pen, w->model, 8);
	fact_say(x, about, FACT_MODEL, (struct bytes){ room, pen.n }, 0, 0, TRUST_LIKELY);
	pen.n = 0;
	put_hex(&pen, w->equipment, 4);
	fact_say(x, about, FACT_FIRMWARE, (struct bytes){ room, pen.n }, 0, 0, TRUST_LIKELY);
}

static const char *answer(struct proto_ctx *x, struct cursor c)
{
	struct own w = { .answered = 1 };

	cur_le16(&c);
	w.version = cur_le16(&c);
	w.end_code = cur_le16(&c);
	uint16_t offset = cur_le16(&c);

	cur_take(&c, 14);
	w.vendor = cur_le16(&c);
	cur_le16(&c);
	w.model = cur_le32(&c);
	w.equipment = cur_le16(&c);
	cur_le16(&c);
	w.state = cur_le16(&c);
	w.error = cur_le16(&c);
	w.management = cur_le32(&c);
	cur_le32(&c);			/* the slave: its address */
	w.group = cur_u8(&c);
	cur_u8(&c);
	w.sequence = cur_le16(&c);
	if (cur_broken(&c))
		return "length";
	if (w.version < 1 || w.version > 2 || offset != OFFSET_ANSWER)
		return "version";
	bool cut = x->l->flags & LAYER_CUT;

	if (!cut && (c.left % (WORDS + BITS) != 0 || c.left > STATIONS * (WORDS + BITS)))
		return "length";
	w.occupied = (uint8_t)min_size(c.left / (WORDS + BITS), STATIONS);
	struct obs *o = act_begin_code(x, &codes[1]);
	const char *text = w.state & 1 ? "running" : "stopped", *note = end_note(w.end_code);

	o->phase = PHASE_PUSH;
	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->device = x->from_client ? flow_client(x) : flow_server(x);	/* the slave tells of itself */
	o->actor = x->from_client ? flow_server(x) : flow_client(x);
	o->outcome = w.end_code == 0 ? OUT_DONE : OUT_REFUSED;
	o->result = w.end_code;
	if (note != NULL)
		o->note = act_str(x, note);
	else if (w.error != 0)
		o->note = act_str(x, "station-error");
	o->object.space = SPACE_STATION;
	o->object.parts = 1;
	o->object.part[0] = w.group;
	o->object.count = w.occupied;
	act_value(x, VAL_TEXT, 8, 1, (struct bytes){ (const uint8_t *)text, strlen(text) });
	struct side slave = o->device;
	struct own *own = act_own(x, sizeof(*own));

	if (own != NULL)
		*own = w;
	act_emit(x);
	say_facts(x, &slave, &w);
	return NULL;
}

static bool cclink_message(struct proto_ctx *x, struct cursor msg)
{
	size_t length, whole = msg.left;
	uint16_t kind = kind_of(&msg, &length);

	if (kind == 0 || cur_broken(&msg))
		x->why = "header";
	else if (whole != length + LENGTH_AFTER && !(x->l->flags & LAYER_CUT))
		x->why = "length";
	else
		x->why = kind == REQUEST ? request(x, msg) : answer(x, msg);
	return x->why == NULL;
}

const struct proto proto_cclink = {
	.name = "cclink", .on = ON_UDP, .ports = { PORT, 61451, 61461 }, .verified = VERIFIED_CAPTURE,
	.state_size = sizeof(struct state), .own_size = sizeof(struct own),
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces, .fields = fields,
	.probe = cclink_probe, .message = cclink_message,
};

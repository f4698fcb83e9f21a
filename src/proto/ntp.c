/* proto/ntp.c: NTP, how clocks are set; and the two protocols beside it that ask and change a time server.
 *
 * Spec:    RFC 5905 7.3 (time, modes 1 to 5), 7.4 (kiss codes), 7.5 with RFC 7822 (extension fields, MAC),
 *          RFC 8915 5 (NTS), RFC 9769 2 (interleaved), RFC 9327 2 (control, mode 6), MS-SNTP 2.2,
 *          ntp_request.h of ntpd 4.2 (private, mode 7).
 * Message: the low three bits of the first byte say the mode. Time: 48 bytes, extension fields, MAC. Control:
 *          12 bytes, data, MAC. Private: 8 bytes, items, MAC.
 * Units:   big-endian. poll and precision are powers of two in s, root delay and dispersion 1/65536 s,
 *          timestamps 2^-32 s.
 * Emits:   READ of the clock WHOLE at the answer, value "stratum 1 GPS" or "stratum 2 10.0.0.1"; ANNOUNCE
 *          PUSH for broadcasts, symmetric peers and answers nobody asked for; QUERY WHOLE for mode 6 and 7,
 *          with all datagrams of the answer; what changes a server ASK, then ANSWER. Facts: SERVES; OS and
 *          HARDWARE from the system variables.
 * State:   the answer that is coming in several datagrams, and which time source was said.
 * Missing: offset of the clocks; ports other than 123; items of mode 7 are not looked into; keys are not
 *          checked. */
#include "model/proto.h"

#include "core/hash.h"

#include <string.h>

extern const struct proto proto_ntp;

enum mode { SYMMETRIC = 1, PASSIVE, CLIENT, SERVER, BROADCAST, CONTROL, PRIVATE };	/* RFC 5905 7.3 */

enum {
	PORT = 123,
	VERSION_MAX = 4,
	LEAP_UNKNOWN = 3,		/* RFC 5905 figure 9 */
	STRATUM_MAX = 16,		/* unsynchronized; RFC 5905 figure 11 */
	TAIL_MAX = 24,			/* a MAC; longer is an extension field, RFC 7822 3 */
	FIELD_MIN = 16,			/* RFC 7822 3 */
	FIELD_NTS = 0x0404,		/* RFC 8915 5.6 */
	MS_EXTENDED = 72,		/* MS-SNTP 2.2, Extended Authenticator */
	CONTROL_DATA_MAX = 468,		/* RFC 9327 2 */
	PRIVATE_DATA_MAX = 500,		/* ntp_request.h */
	READ_STATUS = 1, READ_VARIABLES = 2, CONFIGURE = 8,	/* RFC 9327 2 */
	CLIENT_LIST = CONTROL << 8 | 10,
	NAMES_MAX = 64,			/* kept of the variables asked for */
	VALUE_TEXT = 64,
};

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = BOTH | CODE_NAMED };
#define TIME(code, key, verb, flags, spec) { code, key, VERB_##verb, CLASS_TIME, flags, spec }
#define CTL(code, key, verb, cls, flags) \
	{ CONTROL << 8 | (code), key, VERB_##verb, CLASS_##cls, flags, "RFC 9327 2" }
#define PRIV(code, key, verb, cls) \
	{ PRIVATE << 8 | (code), key, VERB_##verb, CLASS_##cls, NAMED, "ntp_request.h" }

static const struct proto_code codes[] = {
	TIME(SYMMETRIC, "symmetric", ANNOUNCE, CODE_PUSH, "RFC 5905 3"),
	TIME(PASSIVE, "symmetric-passive", ANNOUNCE, CODE_PUSH, "RFC 5905 3"),
	TIME(CLIENT, "time", READ, BOTH, "RFC 5905 7.3"),
	TIME(SERVER, "answer", ANNOUNCE, CODE_PUSH, "RFC 5905 7.3"),
	TIME(BROADCAST, "broadcast", ANNOUNCE, CODE_PUSH, "RFC 5905 3"),
	CTL(READ_STATUS, "read-status", QUERY, DIAG, BOTH),
	CTL(READ_VARIABLES, "read-variables", QUERY, DEVICE, BOTH),
	CTL(3, "write-variables", WRITE, CONFIG, BOTH),
	CTL(4, "read-clock", QUERY, DEVICE, BOTH),
	CTL(5, "write-clock", WRITE, CONFIG, BOTH),
	CTL(6, "set-trap", CONTROL, DIAG, BOTH),
	CTL(7, "trap", REPORT, DIAG, CODE_ANSWER | CODE_PUSH),
	CTL(CONFIGURE, "configure", WRITE, CONFIG, BOTH),
	CTL(9, "save-configuration", CONTROL, CONFIG, BOTH),
	CTL(CLIENT_LIST & 0x1f, "client-list", QUERY, DIAG, BOTH),
	CTL(11, "list", QUERY, DIAG, BOTH),
	CTL(12, "nonce", QUERY, SESSION, BOTH),
	CTL(31, "unset-trap", CONTROL, DIAG, BOTH),
	PRIV(0, "peer-list", QUERY, DIAG),
	PRIV(1, "peer-list-sum", QUERY, DIAG),
	PRIV(2, "peer-info", QUERY, DIAG),
	PRIV(3, "peer-stats", QUERY, DIAG),
	PRIV(4, "sys-info", QUERY, DIAG),
	PRIV(5, "sys-stats", QUERY, DIAG),
	PRIV(6, "io-stats", QUERY, DIAG),
	PRIV(7, "mem-stats", QUERY, DIAG),
	PRIV(8, "loop-info", QUERY, DIAG),
	PRIV(9, "timer-stats", QUERY, DIAG),
	PRIV(10, "config", WRITE, CONFIG),
	PRIV(11, "unconfig", WRITE, CONFIG),
	PRIV(12, "set-sys-flag", WRITE, CONFIG),
	PRIV(13, "clear-sys-flag", WRITE, CONFIG),
	PRIV(14, "monitor", WRITE, CONFIG),
	PRIV(15, "no-monitor", WRITE, CONFIG),
	PRIV(16, "get-restrict", QUERY, CONFIG),
	PRIV(17, "restrict-add", WRITE, CONFIG),
	PRIV(18, "restrict-remove", WRITE, CONFIG),
	PRIV(19, "unrestrict", WRITE, CONFIG),
	PRIV(20, "mon-getlist", QUERY, DIAG),
	PRIV(21, "reset-stats", CONTROL, DIAG),
	PRIV(22, "reset-peer", CONTROL, DIAG),
	PRIV(23, "reread-keys", CONTROL, CONFIG),
	PRIV(24, "dirty-hack", CONTROL, CONFIG),
	PRIV(25, "no-dirty-hack", CONTROL, CONFIG),
	PRIV(26, "trust-key", WRITE, CONFIG),
	PRIV(27, "untrust-key", WRITE, CONFIG),
	PRIV(28, "auth-info", QUERY, DIAG),
	PRIV(29, "traps", QUERY, DIAG),
	PRIV(30, "add-trap", CONTROL, DIAG),
	PRIV(31, "clear-trap", CONTROL, DIAG),
	PRIV(32, "request-key", WRITE, CONFIG),
	PRIV(33, "control-key", WRITE, CONFIG),
	PRIV(34, "control-stats", QUERY, DIAG),
	PRIV(35, "leap-info", QUERY, DIAG),
	PRIV(36, "clock-info", QUERY, DIAG),
	PRIV(37, "set-clock-fudge", WRITE, CONFIG),
	PRIV(38, "kernel", QUERY, DIAG),
	PRIV(39, "clock-bug-info", QUERY, DIAG),
	PRIV(41, "set-precision", WRITE, CONFIG),
	PRIV(42, "mon-getlist-1", QUERY, DIAG),
	PRIV(43, "hostname-association", QUERY, DIAG),
	PRIV(44, "interface-stats", QUERY, DIAG),
	PRIV(45, "interface-reload", CONTROL, CONFIG),
};

static const struct proto_space spaces[] = {
	{ "association", "{0}" }, { "variables", "{0}:{name}" }, { NULL, NULL },
};
enum { SPACE_ASSOCIATION = 1, SPACE_VARIABLES };

/* ---- fields ---- */

struct own {
	double root_delay, root_dispersion;	/* s */
	int64_t poll, precision;
	struct span reference_id, reference;	/* KEY, TEXT */
	uint32_t key_id, items;
	uint16_t sequence, association, status;
	uint8_t version, mode, leap, stratum, implementation;
	uint8_t time, control, answered, private, keyed, crypto_nak, nts;	/* what is given; flags */
	uint8_t spare[6];
};
_Static_assert(sizeof(struct own) % 8 == 0, "own parts stay aligned");

static const char *const leap_words[] = { "none", "insert", "delete", "unknown" };

#define AT(member) offsetof(struct own, member)
#define ROW(member, type_) { .name = #member, .type = type_, .show = SHOW_NONZERO, .at = AT(member) }
#define GIVEN(member, type_, given_) \
	{ .name = #member, .type = type_, .show = SHOW_GIVEN, .at = AT(member), .given = AT(given_) }
static const struct field fields[] = {
	{ .name = "version", .type = FIELD_U8, .show = SHOW_ALWAYS, .at = AT(version), .eve = "version" },
	{ .name = "mode", .type = FIELD_U8, .show = SHOW_ALWAYS, .at = AT(mode), .eve = "mode" },
	{ .name = "stratum", .type = FIELD_U8, .show = SHOW_GIVEN, .at = AT(stratum), .eve = "stratum",
	  .given = AT(time) },
	{ .name = "reference_id", .type = FIELD_KEY, .show = SHOW_NONZERO, .at = AT(reference_id),
	  .eve = "reference_id" },
	ROW(reference, FIELD_TEXT),
	{ .name = "leap", .type = FIELD_WORD, .show = SHOW_GIVEN, .at = AT(leap),
	  .elem = ARRAY_LEN(leap_words), .given = AT(time), .words = leap_words },
	GIVEN(poll, FIELD_I64, time),
	GIVEN(precision, FIELD_I64, time),
	GIVEN(root_delay, FIELD_F64, time),
	GIVEN(root_dispersion, FIELD_F64, time),
	GIVEN(key_id, FIELD_U32, keyed),
	ROW(crypto_nak, FIELD_BOOL),
	ROW(nts, FIELD_BOOL),
	GIVEN(sequence, FIELD_U16, control),
	GIVEN(association, FIELD_U16, control),
	GIVEN(status, FIELD_U16, answered),
	GIVEN(implementation, FIELD_U8, private),
	GIVEN(items, FIELD_U32, private),
	{ .name = NULL }
};

/* ---- what a message says ---- */

struct message {
	uint64_t origin, receive, transmit;
	uint32_t root_delay, root_dispersion, items, key_id;
	uint8_t reference[4];
	uint8_t mode, version, leap, stratum, implementation;
	int8_t poll, precision;
	bool keyed, crypto_nak, nts;
	uint8_t opcode;			/* mode 6: operation; 7: request code */
	bool response, more;
	uint8_t error;			/* of mode 7; of mode 6 + 1, because its 0 is "unspecified" */
	uint16_t sequence, status, association;
	uint16_t place, step;		/* of this datagram in the answer, and where the next one stands */
	struct bytes data;
};

static uint32_t code_of(const struct message *m)
{
	return m->mode < CONTROL ? m->mode : (uint32_t)m->mode << 8 | m->opcode;
}

/* What follows the header: a MAC, in version 4 after extension fields. NULL: well-formed. */
static const char *read_tail(struct message *m, struct cursor c)
{
	while (m->version == VERSION_MAX && c.left > TAIL_MAX && c.left != MS_EXTENDED) {
		uint16_t type = cur_be16(&c), n = cur_be16(&c);

		if (n < FIELD_MIN || n % 4 != 0 || n - 4u > c.left)
			return "extension";
		m->nts |= type == FIELD_NTS;
		cur_take(&c, n - 4u);
	}
	size_t n = c.left;

	/* RFC 1305 appendix C has 12 bytes; longer digests came later, still without extension fields. */
	bool old = m->version < VERSION_MAX && n % 4 == 0 && n >= 12 && n <= MS_EXTENDED;

	if (n != 0 && n != 4 && n != 20 && n != 24 && n != MS_EXTENDED && !old)
		return "mac";
	m->crypto_nak = n == 4;			/* RFC 5905 9.2 */
	m->keyed = n > 4;
	m->key_id = m->keyed ? cur_be32(&c) : 0;
	return NULL;
}

static const char *read_time(struct message *m, struct cursor c, bool cut)
{
	m->stratum = cur_u8(&c);
	m->poll = (int8_t)cur_u8(&c);
	m->precision = (int8_t)cur_u8(&c);
	m->root_delay = cur_be32(&c);
	m->root_dispersion = cur_be32(&c);
	struct bytes reference = cur_bytes(&c, sizeof(m->reference));

	cur_be64(&c);
	m->origin = cur_be64(&c);
	m->receive = cur_be64(&c);
	m->transmit = cur_be64(&c);
	if (cur_broken(&c))
		return "short";
	memcpy(m->reference, reference.p, sizeof(m->reference));
	if (m->stratum > STRATUM_MAX)
		return "stratum";
	return cut ? NULL : read_tail(m, c);
}

/* Bits: R 1, E 1, M 1, operation 5, sequence 16, status 16, association 16, offset 16, count 16; then the
 * data, filled up to 4 bytes, and a MAC. */
static const char *read_control(struct message *m, struct cursor c, bool cut)
{
	uint8_t flags = cur_u8(&c);

	m->response = flags & 0x80;
	m->more = flags & 0x20;
	m->opcode = flags & 0x1f;
	m->sequence = cur_be16(&c);
	m->status = cur_be16(&c);
	m->association = cur_be16(&c);
	m->place = cur_be16(&c);
	m->step = cur_be16(&c);
	if (cur_broken(&c))
		return "short";
	if (!m->response && (flags & 0x60) != 0)
		return "control-flags";
	if (proto_code(&proto_ntp, code_of(m)) == NULL)
		return "opcode";
	if (m->step > CONTROL_DATA_MAX)
		return "count";
	if (m->step > c.left && !cut)
		return "count-cut";
	m->data = cur_bytes(&c, min_size(m->step, c.left));
	m->error = flags & 0x40 ? (uint8_t)(1 + (m->status >> 8 & 0x7f)) : 0;
	return NULL;
}

/* Bits: auth 1, sequence 7, implementation 8, request 8, error 4, items 12, zero 4, size 12; then the items.
 * Response and more are in the first byte. */
static const char *read_private(struct message *m, struct cursor c, uint8_t first, bool cut)
{
	m->response = first & 0x80;
	m->more = first & 0x40;
	m->place = cur_u8(&c) & 0x7f;
	m->step = 1;
	m->implementation = cur_u8(&c);
	m->opcode = cur_u8(&c);
	uint16_t items = cur_be16(&c), size = cur_be16(&c);

	if (cur_broken(&c))
		return "short";
	m->error = (uint8_t)(items >> 12);
	m->items = items & 0xfff;
	if (size > 0xfff || (!m->response && (m->error != 0 || m->more)))
		return "reserved";
	if (m->items * size > PRIVATE_DATA_MAX || (m->items * size > c.left && !cut))
		return "items";
	m->data = cur_bytes(&c, min_size(m->items * size, c.left));
	return NULL;
}

/* NULL: well-formed; else the reason. */
static const char *read_message(struct message *m, struct cursor c, bool cut)
{
	uint8_t first = cur_u8(&c);

	*m = (struct message){ .mode = first & 7, .version = first >> 3 & 7, .leap = first >> 6 };
	if (cur_broken(&c))
		return "short";
	if (m->version == 0 || m->version > VERSION_MAX)
		return "version";
	if (m->mode == CONTROL)
		return read_control(m, c, cut);
	if (m->mode == PRIVATE)
		return read_private(m, c, first, cut);
	return m->mode == 0 ? "mode" : read_time(m, c, cut);
}

/* ---- what was asked, and what the flow remembers ---- */

struct asked {
	uint64_t receive;		/* an interleaved answer names it as its origin, RFC 9769 2 */
	uint32_t code;
	uint16_t sequence, association;
	uint8_t version, implementation, from_client;
	uint8_t n;
	uint8_t names[NAMES_MAX];
};

struct state {
	uint64_t key;			/* of the answer that is coming */
	uint64_t source;		/* time source said last */
	uint32_t place, items;
	bool hole;
};

/* Timestamps pair clients and servers; their upper half is never 0 in our days. */
static uint64_t key_of(const struct message *m)
{
	return (uint64_t)code_of(m) << 16 | (m->mode == CONTROL ? m->sequence : m->implementation);
}

static struct asked asked_of(const struct proto_ctx *x, const struct message *m)
{
	struct asked a = { .receive = m->receive, .code = code_of(m), .sequence = m->sequence,
			   .association = m->association, .version = m->version,
			   .implementation = m->implementation, .from_client = x->from_client };

	if (m->mode == CONTROL && m->data.n > 0) {
		a.n = (uint8_t)min_size(m->data.n, NAMES_MAX);
		memcpy(a.names, m->data.p, a.n);
	}
	return a;
}

static bool asked_again(const struct ask *ask, struct asked *ret)
{
	if (ask == NULL || ask->n != sizeof(*ret))
		return false;
	memcpy(ret, ask->blob, sizeof(*ret));
	return true;
}

/* ---- acts ---- */

/* The mode says who asks whom, whatever the ports say. */
static struct obs *begin(struct proto_ctx *x, uint32_t code, uint8_t phase, bool sender_acts)
{
	const struct proto_code *row = proto_code(&proto_ntp, code);
	struct obs *o = row != NULL ? act_begin_code(x, row) : act_begin(x);
	bool client_acts = x->from_client == sender_acts;

	if (row == NULL) {
		o->code = code;
		o->verb = VERB_CONTROL;
	}
	if (row == NULL || (row->flags & CODE_NAMED))
		o->flags |= FLAG_OPAQUE;
	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->phase = phase;
	o->actor = client_acts ? flow_client(x) : flow_server(x);
	o->device = client_acts ? flow_server(x) : flow_client(x);
	return o;
}

static size_t put(char *out, size_t at, const char *p, size_t n)
{
	n = min_size(n, VALUE_TEXT - at);
	memcpy(out + at, p, n);
	return at + n;
}

static size_t hex_text(char out[12], const uint8_t reference[4])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (i > 0)
			out[n++] = ':';
		out[n++] = digits[reference[i] >> 4];
		out[n++] = digits[reference[i] & 15];
	}
	return n;
}

/* RFC 5905 7.3: four letters at stratum 0 and 1, else the address of the server's own server; with IPv6 it is
 * a digest. 127.127.t.u is clock u of kind t in ntpd, whatever the stratum. */
static size_t reference_text(const struct proto_ctx *x, const struct message *m, char out[IP_TEXT])
{
	uint8_t ip[16] = { [10] = 0xff, [11] = 0xff };
	size_t n = 4, printable = 0;

	while (n > 0 && m->reference[n - 1] == 0)
		n--;
	if (n == 0)
		return 0;
	bool clock = m->reference[0] == 127 && m->reference[1] == 127;

	if (clock || (m->stratum > 1 && ip_is_v4(flow_server(x).ip))) {
		memcpy(ip + 12, m->reference, 4);
		ip_text(out, ip);
		return strlen(out);
	}
	while (printable < n && m->reference[printable] > ' ' && m->reference[printable] < 0x7f)
		printable++;
	if (m->stratum > 1 || printable < n)
		return hex_text(out, m->reference);
	memcpy(out, m->reference, n);
	return n;
}

/* "stratum 2 10.0.0.1" */
static void set_value(struct proto_ctx *x, const struct message *m)
{
	char text[VALUE_TEXT], reference[IP_TEXT];
	char digits[2] = { (char)('0' + m->stratum / 10), (char)('0' + m->stratum % 10) };
	size_t n = put(text, 0, "stratum ", 8), first = m->stratum < 10;
	size_t said = reference_text(x, m, reference);

	n = put(text, n, digits + first, 2 - first);
	n = put(text, n, " ", said > 0);
	n = put(text, n, reference, said);
	act_value(x, VAL_TEXT, 8, 1, (struct bytes){ (uint8_t *)text, n });
}

static void fill_time(struct proto_ctx *x, const struct message *m)
{
	struct own *own = act_own(x, sizeof(*own));
	char text[IP_TEXT];
	size_t n;

	if (own == NULL)
		return;
	own->version = m->version;
	own->mode = m->mode;
	own->leap = m->leap;
	own->stratum = m->stratum;
	own->time = 1;
	own->poll = m->poll;
	own->precision = m->precision;
	own->root_delay = (int32_t)m->root_delay / 65536.0;
	own->root_dispersion = m->root_dispersion / 65536.0;
	own->keyed = m->keyed;
	own->key_id = m->key_id;
	own->crypto_nak = m->crypto_nak;
	own->nts = m->nts;
	n = hex_text(text, m->reference);
	own->reference_id = act_text(x, (struct bytes){ (uint8_t *)text, n });
	n = reference_text(x, m, text);
	own->reference = act_text(x, (struct bytes){ (uint8_t *)text, n });
}

/* ---- time ---- */

static bool synchronised(const struct message *m)
{
	return m->leap != LEAP_UNKNOWN && m->stratum > 0 && m->stratum < STRATUM_MAX;
}

/* RFC 5905 7.4: a stratum of 0 with four letters refuses; INIT and STEP only say that there is no time. */
static const char *kiss_note(const struct message *m)
{
	static const struct { char code[5]; const char *note; } kisses[] = {
		{ "INIT", "unsynchronised" }, { "STEP", "unsynchronised" }, { "RATE", "kiss-rate" },
		{ "DENY", "kiss-denied" }, { "RSTR", "kiss-denied" }, { "AUTH", "kiss-key" },
		{ "AUTO", "kiss-key" }, { "CRYP", "kiss-key" }, { "NKEY", "kiss-key" },
		{ "NTSN", "kiss-key" },		/* RFC 8915 5.7 */
	};

	if (m->stratum != 0)
		return "unsynchronised";
	for (size_t i = 0; i < ARRAY_LEN(kisses); i++)
		if (memcmp(m->reference, kisses[i].code, sizeof(m->reference)) == 0)
			return kisses[i].note;
	for (size_t i = 0; i < sizeof(m->reference); i++)
		if (m->reference[i] < 'A' || m->reference[i] > 'Z')
			return "unsynchronised";
	return "kiss-other";
}

static void judge(struct proto_ctx *x, struct obs *o, const struct message *m)
{
	o->outcome = OUT_DONE;
	if (synchronised(m))
		return;
	const char *note = kiss_note(m);
	struct cursor reference = { .p = m->reference, .left = sizeof(m->reference) };

	o->note = act_str(x, note);
	o->outcome = OUT_PARTLY;
	if (strcmp(note, "unsynchronised") != 0) {
		o->outcome = OUT_REFUSED;
		o->result = cur_be32(&reference);
	}
}

/* Said once for each source a server names: "ntp GPS" for one with a clock of its own. */
static void time_facts(struct proto_ctx *x, const struct message *m, uint8_t trust)
{
	struct side about = x->from_client ? flow_client(x) : flow_server(x);
	struct state *st = x->state;
	char text[VALUE_TEXT], reference[IP_TEXT];
	size_t n = put(text, 0, "ntp", 3);

	if (!synchronised(m))
		return;
	if (m->stratum == 1) {
		size_t said = reference_text(x, m, reference);

		n = put(text, n, " ", said > 0);
		n = put(text, n, reference, said);
	}
	uint64_t source = hash_join(hash_bytes((uint8_t *)text, n, 0), x->from_client);

	if (source == st->source)
		return;
	st->source = source;
	fact_say(x, &about, FACT_SERVES, (struct bytes){ (uint8_t *)text, n }, about.port, 0, trust);
}

static void say_request(struct proto_ctx *x, const struct asked *a, uint8_t outcome)
{
	begin(x, a->code, PHASE_WHOLE, true)->outcome = outcome;
	struct own *own = act_own(x, sizeof(*own));

	if (own != NULL) {
		own->version = a->version;
		own->mode = CLIENT;
	}
	act_emit(x);
}

static void client(struct proto_ctx *x, const struct message *m)
{
	struct asked a = asked_of(x, m);

	if ((x->l->flags & LAYER_GROUP) != 0 || !pair_ask(x, m->transmit, 0, &a, sizeof(a)))
		say_request(x, &a, OUT_UNKNOWN);
}

static bool server_asked(struct proto_ctx *x, const struct message *m)
{
	const struct ask *ask = pair_answer(x, m->origin);
	struct asked a;

	if (ask != NULL)
		return true;
	ask = pair_oldest(x);
	return asked_again(ask, &a) && a.receive != 0 && a.receive == m->origin &&
	       pair_answer(x, ask->id) != NULL;
}

static void server(struct proto_ctx *x, const struct message *m)
{
	bool asked = server_asked(x, m);
	struct obs *o = asked ? begin(x, CLIENT, PHASE_WHOLE, false) : begin(x, SERVER, PHASE_PUSH, true);

	judge(x, o, m);
	set_value(x, m);
	fill_time(x, m);
	act_emit(x);
	if (asked)
		time_facts(x, m, TRUST_SURE);
}

static void push(struct proto_ctx *x, const struct message *m)
{
	struct obs *o = begin(x, m->mode, PHASE_PUSH, true);

	if (!synchronised(m))
		o->note = act_str(x, "unsynchronised");
	set_value(x, m);
	fill_time(x, m);
	act_emit(x);
	time_facts(x, m, TRUST_LIKELY);
}

/* ---- control and private ---- */

static void fill_other(struct proto_ctx *x, const struct asked *a, const struct message *m)
{
	struct own *own = act_own(x, sizeof(*own));

	if (own == NULL)
		return;
	own->version = a->version;
	own->mode = (uint8_t)(a->code >> 8);
	own->control = own->mode == CONTROL;
	own->private = own->mode == PRIVATE;
	own->sequence = a->sequence;
	own->association = a->association;
	own->implementation = a->implementation;
	if (m != NULL) {
		own->items = m->items;
		own->status = m->status;
		own->answered = m->mode == CONTROL && m->response;
	}
}

static struct obs *begin_other(struct proto_ctx *x, const struct asked *a, uint8_t phase, bool sender_acts)
{
	struct obs *o = begin(x, a->code, phase, sender_acts);

	if (a->code >> 8 == CONTROL) {
		/* Each question for the list of clients has another pass in it. */
		bool named = o->verb == VERB_QUERY && a->code != CLIENT_LIST && a->n > 0;

		o->object.space = named ? SPACE_VARIABLES : SPACE_ASSOCIATION;
		o->object.parts = 1;
		o->object.part[0] = a->association;
		if (named)
			o->object.name = act_text(x, (struct bytes){ a->names, a->n });
	}
	return o;
}

/* A line of the configuration may hold the password of the keys: "crypto pw ...". */
static bool holds_secret(struct bytes text)
{
	struct cursor c = cur_over(text);

	while (c.left >= 6) {
		struct cursor word = c;

		if (memcmp(cur_take(&word, 6), "crypto", 6) == 0)
			return true;
		cur_u8(&c);
	}
	return false;
}

static void set_data(struct proto_ctx *x, const struct message *m, struct bytes data)
{
	bool text = m->mode == CONTROL && m->opcode != READ_STATUS;

	if (text && m->opcode == CONFIGURE && holds_secret(data))
		act_value(x, VAL_SECRET, 0, 0, data);
	else if (data.n > 0)
		act_value(x, text ? VAL_TEXT : VAL_RAW_BE, 8, text ? 1 : (unsigned)data.n, data);
}

static void request(struct proto_ctx *x, const struct message *m)
{
	const struct proto_code *row = proto_code(&proto_ntp, code_of(m));
	struct asked a = asked_of(x, m);
	uint64_t act = 0;

	if (row != NULL && row->verb == VERB_QUERY) {
		if (pair_ask(x, key_of(m), 0, &a, sizeof(a)))
			return;
		begin_other(x, &a, PHASE_WHOLE, true);
		fill_other(x, &a, m);
		act_emit(x);
		return;
	}
	begin_other(x, &a, PHASE_ASK, true);
	set_data(x, m, m->data);
	fill_other(x, &a, m);
	act = act_emit(x);
	pair_ask(x, key_of(m), act, &a, sizeof(a));
}

/* Puts the datagrams of an answer together; a lost or repeated one makes a hole. */
static void collect(struct proto_ctx *x, const struct message *m)
{
	struct state *st = x->state;
	uint64_t key = key_of(m);
	bool wraps = m->mode == PRIVATE && st->key == key && st->place > 0 && (st->place & 0x7f) == 0;

	if (m->place == 0 && !wraps) {
		gather_drop(x, 0);
		st->key = key;
		st->place = st->items = 0;
		st->hole = false;
	}
	uint32_t place = m->mode == PRIVATE ? st->place & 0x7f : st->place;

	if (st->key != key || place != m->place || !gather_add(x, 0, m->data)) {
		st->hole = true;
		return;
	}
	st->place += m->step;
	st->items += m->items;
}

/* What stands behind `name=` in `a=1, name="text"`; n 0: nothing. */
static struct bytes variable(struct bytes text, const char *name)
{
	struct cursor c = cur_over(text);
	size_t n = strlen(name);

	while (c.left > 0) {
		while (c.left > 0 && (cur_peek(&c) <= ' ' || cur_peek(&c) == ','))
			cur_u8(&c);
		struct cursor at = c;
		size_t len = 0;

		while (c.left > 0 && cur_peek(&c) != '=' && cur_peek(&c) != ',' && ++len)
			cur_u8(&c);
		bool found = len == n && memcmp(cur_take(&at, n), name, n) == 0;

		if (cur_peek(&c) != '=')
			continue;
		cur_u8(&c);
		bool quoted = cur_peek(&c) == '"';
		uint8_t end = quoted ? '"' : ',';

		if (quoted)
			cur_u8(&c);
		at = c;
		len = 0;
		while (c.left > 0 && cur_peek(&c) != end && ++len)
			cur_u8(&c);
		if (found)
			return cur_bytes(&at, len);
		cur_u8(&c);
	}
	return (struct bytes){ NULL, 0 };
}

static void variable_facts(struct proto_ctx *x, struct bytes text)
{
	static const struct { const char *name; enum fact_kind kind; } known[] = {
		{ "version", FACT_SERVES }, { "processor", FACT_HARDWARE }, { "system", FACT_OS },
	};
	struct side about = x->from_client ? flow_client(x) : flow_server(x);

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct bytes said = variable(text, known[i].name);

		if (said.n > 0)
			fact_say(x, &about, known[i].kind, said,
				 known[i].kind == FACT_SERVES ? about.port : 0, 0, TRUST_LIKELY);
	}
}

static void answer(struct proto_ctx *x, struct message *m)
{
	const struct ask *ask = m->more ? pair_peek(x, key_of(m)) : pair_answer(x, key_of(m));
	struct state *st = x->state;
	struct asked a;
	bool asked = asked_again(ask, &a), hole = false;
	uint8_t phase = !asked ? PHASE_PUSH : ask->act != 0 ? PHASE_ANSWER : PHASE_WHOLE;

	if (!asked) {
		a = asked_of(x, m);
		a.n = 0;		/* the data is the answer's */
	} else {
		collect(x, m);
		if (m->more)
			return;
		m->data = gather_take(x, 0);
		m->items = st->items;
		hole = st->hole;
		st->key = 0;
	}
	struct obs *o = begin_other(x, &a, phase, false);

	o->outcome = m->error != 0 ? OUT_REFUSED : hole ? OUT_PARTLY : OUT_DONE;
	o->result = m->error == 0 ? 0 : m->mode == CONTROL ? m->error - 1u : m->error;
	set_data(x, m, m->data);
	fill_other(x, &a, m);
	act_emit(x);
	if (asked && code_of(m) == (CONTROL << 8 | READ_VARIABLES) && m->association == 0 &&
	    o->outcome != OUT_REFUSED)
		variable_facts(x, m->data);
}

/* ---- what stream/ calls ---- */

static void ntp_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	const struct state *st = x->state;
	struct asked a;

	if (!asked_again(ask, &a))
		return;
	x->from_client = a.from_client;
	if (a.code == CLIENT) {
		say_request(x, &a, OUT_UNANSWERED);
		return;
	}
	begin_other(x, &a, ask->act != 0 ? PHASE_ANSWER : PHASE_WHOLE, true)->outcome =
		st->key == ask->id ? OUT_PARTLY : OUT_UNANSWERED;
	fill_other(x, &a, NULL);
	act_emit(x);
}

static bool ntp_message(struct proto_ctx *x, struct cursor msg)
{
	struct message m;

	x->why = read_message(&m, msg, (x->l->flags & LAYER_CUT) != 0);
	if (x->why != NULL)
		return false;
	if (m.mode == CLIENT)
		client(x, &m);
	else if (m.mode == SERVER)
		server(x, &m);
	else if (m.mode < CONTROL)
		push(x, &m);
	else if (m.response)
		answer(x, &m);
	else
		request(x, &m);
	return true;
}

static unsigned ntp_probe(const struct proto_ctx *x, struct cursor head)
{
	struct message m;

	if (flow_client(x).port != PORT && flow_server(x).port != PORT)
		return 0;
	return read_message(&m, head, (x->l->flags & LAYER_CUT) != 0) == NULL ? 90 : 15;
}

const struct proto proto_ntp = {
	.name = "ntp", .on = ON_UDP, .eve = "ntp", .ports = { PORT },
	.verified = VERIFIED_CAPTURE,
	.state_size = sizeof(struct state), .own_size = sizeof(struct own),
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces, .fields = fields,
	.probe = ntp_probe, .message = ntp_message, .unanswered = ntp_unanswered,
};

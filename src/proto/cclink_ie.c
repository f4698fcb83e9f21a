/* proto/cclink_ie.c: CC-Link IE Control, Field and TSN straight on Ethernet: who is in the ring, and which
 * frames run there.
 *
 * Spec:    frame types as the CLPA's own dissector for TSN (CCLinkIE_TSN_Rev03.lua) and the parser of NTT
 *          (zeek-parser-CCLinkIENoIP) name them: H where a capture has them, M elsewhere. The standards are
 *          for members of the CLPA only.
 * Message: type:1 data type:1. Control, Field and test frames go on to 14 bytes: 4 bytes of the type's own,
 *          node:2 version and network:1 0:1 check:4. TSN has its own: cyclic frames (C4, C5) 10 bytes,
 *          others by type.
 * Units:   big-endian. The lower half of version and network: 0 Control, 1 Field, 2 TSN, 3 TSN and Field
 *          (H: capture and the parser of NTT).
 * Emits:   one PUSH for each frame, by the sender: PUBLISH for cyclic data, REPORT for transient data,
 *          KEEPALIVE for what keeps the ring going, BROWSE for looking for stations, ANNOUNCE for their
 *          answer.
 * State:   none.
 * Missing: contents: link devices are laid out by the network's parameters; transient data (SLMP inside of
 *          it); what a TSN station says of itself; the header's check, whose polynomial nobody published. */
#include "model/proto.h"

extern const struct proto proto_cclink_ie;

enum { ETHERTYPE = 0x890f, HEADER = 14, CYCLIC_HEADER = 10, TSN_FIRST = 0xc0, TSN_CYCLIC = 0xc4,
       TYPE = 0x100 };		/* above each type: 0 is no code */

enum { NAMED = CODE_PUSH | CODE_NAMED };
#define ROW(type, key, verb, cls, spec) { TYPE | (type), key, VERB_##verb, CLASS_##cls, NAMED, spec }
static const struct proto_code codes[] = {
	ROW(0x00, "connect", KEEPALIVE, SESSION, "Control (M)"),
	ROW(0x01, "connect-ack", KEEPALIVE, SESSION, "Control (M)"),
	ROW(0x02, "scan", KEEPALIVE, SESSION, "Control (M)"),
	ROW(0x03, "collect", KEEPALIVE, SESSION, "Control (M)"),
	ROW(0x04, "select", KEEPALIVE, SESSION, "Control (M)"),
	ROW(0x05, "launch", KEEPALIVE, SESSION, "Control (M)"),
	ROW(0x06, "token", KEEPALIVE, SESSION, "Control (M)"),
	ROW(0x10, "persuasion", KEEPALIVE, SESSION, "Field (M)"),
	ROW(0x11, "test-data", KEEPALIVE, DIAG, "Field, TSN (H)"),
	ROW(0x12, "test-data-ack", KEEPALIVE, DIAG, "Field, TSN (H)"),
	ROW(0x13, "setup", KEEPALIVE, SESSION, "Field (M)"),
	ROW(0x14, "setup-ack", KEEPALIVE, SESSION, "Field (M)"),
	ROW(0x15, "token-field", KEEPALIVE, SESSION, "Field (M)"),
	ROW(0x1c, "timer", KEEPALIVE, TIME, "Field (M)"),
	ROW(0x20, "my-status", KEEPALIVE, DIAG, "Field (M)"),
	ROW(0x22, "transient-1", REPORT, DATA, "Field (M)"),
	ROW(0x23, "transient-ack", REPORT, DATA, "Field (M)"),
	ROW(0x24, "dummy", KEEPALIVE, SESSION, "Control (M)"),
	ROW(0x25, "transient-2", REPORT, DATA, "Field (M)"),
	ROW(0x26, "ip-transient", REPORT, DATA, "Field (M)"),
	ROW(0x28, "param-check", REPORT, CONFIG, "Field (M)"),
	ROW(0x29, "parameter", REPORT, CONFIG, "Field (M)"),
	ROW(0x2f, "node-test", KEEPALIVE, DIAG, "Control (M)"),
	ROW(0x40, "measure", KEEPALIVE, TIME, "Field (M)"),
	ROW(0x41, "measure-ack", KEEPALIVE, TIME, "Field (M)"),
	ROW(0x42, "offset", KEEPALIVE, TIME, "Field (M)"),
	ROW(0x43, "update", KEEPALIVE, TIME, "Field (M)"),
	ROW(0x80, "cyclic-w", PUBLISH, DATA, "Control (M)"),
	ROW(0x81, "cyclic-b", PUBLISH, DATA, "Control (M)"),
	ROW(0x82, "cyclic-rww", PUBLISH, DATA, "Field (M)"),
	ROW(0x83, "cyclic-ry", PUBLISH, DATA, "Field (M)"),
	ROW(0x84, "cyclic-rwr", PUBLISH, DATA, "Field (M)"),
	ROW(0x85, "cyclic-rx", PUBLISH, DATA, "Field (M)"),
	ROW(0x8c, "cyclic-out-1", PUBLISH, DATA, "Control (M)"),
	ROW(0x8d, "cyclic-out-2", PUBLISH, DATA, "Control (M)"),
	ROW(0x8e, "cyclic-in-1", PUBLISH, DATA, "Control (M)"),
	ROW(0x8f, "cyclic-in-2", PUBLISH, DATA, "Control (M)"),
	ROW(0xc0, "tsn-priority", KEEPALIVE, SESSION, "TSN (H)"),
	ROW(0xc1, "tsn-detection", BROWSE, DEVICE, "TSN (H)"),
	ROW(0xc2, "tsn-detection-ack", ANNOUNCE, DEVICE, "TSN (H)"),
	ROW(0xc3, "tsn-acyclic", REPORT, DATA, "TSN (H)"),
	ROW(0xc4, "tsn-cyclic-master", PUBLISH, DATA, "TSN (H)"),
	ROW(0xc5, "tsn-cyclic-slave", PUBLISH, DATA, "TSN (H)"),
};

enum { SPACE_NODE = 1 };
static const struct proto_space spaces[] = { { "node", "node {0}" }, { NULL, NULL } };

static const char *const networks[] = { "control", "field", "tsn", "tsn-field", "other" };
enum { NETWORK_TSN = 2, NETWORK_OTHER = 4 };

struct own {
	uint16_t node;
	uint8_t type, data_type, network, headed;
	uint8_t spare[2];
};
_Static_assert(sizeof(struct own) % 8 == 0, "own parts stay aligned");

#define AT(member) offsetof(struct own, member)
static const struct field fields[] = {
	{ .name = "frame_type", .type = FIELD_U8, .show = SHOW_ALWAYS, .at = AT(type) },
	{ .name = "data_type", .type = FIELD_U8, .show = SHOW_NONZERO, .at = AT(data_type) },
	{ .name = "node", .type = FIELD_U16, .show = SHOW_GIVEN, .at = AT(node), .given = AT(headed) },
	{ .name = "network", .type = FIELD_WORD, .show = SHOW_ALWAYS, .at = AT(network),
	  .elem = ARRAY_LEN(networks), .words = networks },
	{ .name = NULL }
};

static uint8_t network_of(uint8_t version)
{
	uint8_t low = version & 15;

	return low < NETWORK_OTHER ? low : NETWORK_OTHER;
}

/* NULL: well-formed; else the reason. */
static const char *read_frame(struct own *w, struct cursor c)
{
	size_t all = c.left;

	w->type = cur_u8(&c);
	w->data_type = cur_u8(&c);
	if (cur_broken(&c))
		return "length";
	if (w->type >= TSN_FIRST) {
		w->network = NETWORK_TSN;
		return w->type >= TSN_CYCLIC && all < CYCLIC_HEADER ? "length" : NULL;
	}
	cur_take(&c, 4);
	w->node = cur_be16(&c);
	w->network = network_of(cur_u8(&c));
	w->headed = 1;
	return all < HEADER ? "length" : NULL;
}

static bool cclink_ie_message(struct proto_ctx *x, struct cursor msg)
{
	struct own w = { .spare = { 0 } };

	x->why = read_frame(&w, msg);
	const struct proto_code *row = proto_code(&proto_cclink_ie, TYPE | w.type);

	if (x->why == NULL && row == NULL)
		x->why = "type";
	if (x->why != NULL)
		return false;
	struct obs *o = act_begin_code(x, row);

	o->phase = PHASE_PUSH;
	o->flags |= FLAG_OPAQUE;
	o->actor = x->from_client ? flow_client(x) : flow_server(x);
	o->device = x->from_client ? flow_server(x) : flow_client(x);
	if (w.headed) {
		o->object.space = SPACE_NODE;
		o->object.parts = 1;
		o->object.part[0] = w.node;
	}
	struct own *own = act_own(x, sizeof(*own));

	if (own != NULL)
		*own = w;
	act_emit(x);
	return true;
}

const struct proto proto_cclink_ie = {
	.name = "cclink_ie", .on = ON_ETHER, .ports = { ETHERTYPE }, .verified = VERIFIED_CAPTURE,
	.own_size = sizeof(struct own), .codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces,
	.fields = fields, .message = cclink_ie_message,
};

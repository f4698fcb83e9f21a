/* proto/mqtt.c: MQTT, which machines and sensors tell a broker and who listens.
 *
 * Spec:    MQTT Version 5.0 ("5"), MQTT Version 3.1.1 ("3.1.1"), both OASIS; MQTT V3.1 ("3.1", IBM and
 *          Eurotech).
 * Message: type:4 flags:4 remaining length:1..4 (7 bits each, lowest first), then what the type says. The
 *          payload of a PUBLISH longer than 8 KiB is streamed.
 * Units:   big-endian; keep-alive in s.
 * Emits:   CONNECT as a LOGIN ASK, CONNACK as its ANSWER; PUBLISH of a client PUSH (QoS 0) or ASK, whose
 *          ANSWER is PUBACK, PUBCOMP or a refusing PUBREC; what the broker hands on REPORT PUSH; SUBSCRIBE
 *          and UNSUBSCRIBE one act ASK for each topic, then one ANSWER; PINGREQ WHOLE; DISCONNECT PUSH. A
 *          streamed payload gives a file act ANSWER at its end. Facts: the broker SERVES.
 * State:   mqtt.h: the version CONNECT said; topic aliases of 5, whose texts wait in gather_add(); the
 *          payloads on their way. Where CONNECT was not seen, packets are read as 3.1.1 and trusted less.
 * Secrets: passwords and data of AUTH are never kept; a malformed CONNECT is told without its bytes.
 * Missing: user properties, subscription options beyond QoS; a topic alias beyond the eighth that is kept
 *          pushes out an older one. Over WebSocket whole packets come, up to 64 KiB. */
#include "proto/mqtt.h"

const struct proto_code *mqtt_row(uint32_t code)
{
	return proto_code(&proto_mqtt, code);
}

struct span mqtt_told(struct proto_ctx *x, struct bytes text)
{
	return act_text(x, (struct bytes){ text.p, min_size(text.n, TEXT_TOLD) });
}

struct obs *mqtt_begin(struct proto_ctx *x, const struct mqtt *m, uint32_t code, uint8_t phase)
{
	struct obs *o = act_begin_code(x, mqtt_row(code));

	o->phase = phase;
	if (m->version == 0)
		o->trust = TRUST_LIKELY;
	return o;
}

struct mqtt_own *mqtt_own(struct proto_ctx *x, const struct mqtt *m)
{
	struct span texts[] = {
		mqtt_told(x, m->reason_string),	 mqtt_told(x, m->content_type),
		mqtt_told(x, m->response_topic), mqtt_told(x, m->method),
		mqtt_told(x, m->assigned),	 mqtt_told(x, m->server),
	};
	struct mqtt_own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->reason_string = texts[0];
	w->content_type = texts[1];
	w->response_topic = texts[2];
	w->method = texts[3];
	w->assigned = texts[4];
	w->server = texts[5];
	w->version = m->version;
	w->dup = m->dup;
	w->qos = m->qos;
	w->retain = m->retain;
	w->id = m->id;
	w->alias = m->alias;
	w->reason = m->reason;
	w->given[m->type] = 1;
	return w;
}

bool mqtt_bad(struct proto_ctx *x, const char *why)
{
	x->why = why;
	return false;
}

bool mqtt_bad_secret(struct proto_ctx *x, const struct mqtt *m, const char *why)
{
	struct obs *o = act_begin_code(x, mqtt_row(m->type));

	o->verb = VERB_MALFORMED;
	act_value(x, VAL_SECRET, 0, 0, (struct bytes){ 0 });
	o->note = act_str(x, why);
	act_emit(x);
	return true;
}

/* ---- what a packet begins with ---- */

/* 5, 2.1.3; 3.1 2.1 lets DUP and RETAIN stand in all of them. */
static bool flags_fit(unsigned type, unsigned flags, unsigned version)
{
	if (type == PUBLISH)
		return (flags & 6) != 6;
	if (version == VERSION_31)
		flags &= ~9u;
	return flags == (type == PUBREL || type == SUBSCRIBE || type == UNSUBSCRIBE ? 2u : 0u);
}

static bool sent_by_client(unsigned type, bool *ret_either)
{
	static const uint16_t client = 1 << CONNECT | 1 << SUBSCRIBE | 1 << UNSUBSCRIBE | 1 << PINGREQ;
	static const uint16_t server = 1 << CONNACK | 1 << SUBACK | 1 << UNSUBACK | 1 << PINGRESP;

	*ret_either = ((client | server) >> type & 1) == 0;
	return client >> type & 1;
}

/* How long the variable header of a PUBLISH is; 0: not all there. */
static size_t publish_head(struct cursor c, uint8_t first, unsigned version)
{
	size_t all = c.left, n;
	unsigned shift = 0;
	uint8_t byte;

	cur_take(&c, cur_be16(&c));
	if (first & 6)
		cur_be16(&c);
	if (version == VERSION_5) {
		for (n = 0; ; shift += 7) {
			byte = cur_u8(&c);
			n |= (size_t)(byte & 0x7f) << shift;
			if (!(byte & 0x80) || shift == 21)
				break;
		}
		cur_take(&c, n);
	}
	return cur_broken(&c) ? 0 : all - c.left;
}

static struct cut mqtt_cut(struct proto_ctx *x, struct cursor have)
{
	const struct mqtt_state *st = x->state;
	uint8_t first = cur_peek(&have);
	size_t got = have.left;
	uint32_t left = 0;

	if (got == 0)
		return cut_need(2);
	if (first >> 4 == 0)
		return cut_lost();
	int fixed = mqtt_fixed(have, &left);

	if (fixed < 0)
		return cut_lost();
	if (fixed == 0)
		return cut_need(got + 1);
	if (first >> 4 != PUBLISH || left <= PAYLOAD_GATHERED) {
		/* Nothing but a payload has a reason to be as long as that. */
		return left + 5 > CUT_MAX ? cut_lost() : cut_message((size_t)fixed + left);
	}
	cur_take(&have, (size_t)fixed);
	size_t head = publish_head(have, first, st->version);

	if (head == 0)
		return got >= CUT_MAX ? cut_lost() : cut_need(got + 1);
	return head > left ? cut_lost() : cut_body((size_t)fixed + head, left - head);
}

static bool read_packet(struct proto_ctx *x, struct mqtt *m, struct cursor c)
{
	switch (m->type) {
	case CONNECT: return mqtt_connect(x, m, c);
	case CONNACK: return mqtt_connack(x, m, c);
	case PUBLISH: return mqtt_publish(x, m, c);
	case PUBACK: case PUBREC: case PUBREL: case PUBCOMP: return mqtt_ack(x, m, c);
	case SUBSCRIBE: case UNSUBSCRIBE: return mqtt_subscribe(x, m, c);
	case SUBACK: case UNSUBACK: return mqtt_suback(x, m, c);
	case PINGREQ: case PINGRESP: return mqtt_ping(x, m, c);
	case DISCONNECT: return mqtt_disconnect(x, m, c);
	}
	return mqtt_auth(x, m, c);
}

static bool mqtt_message(struct proto_ctx *x, struct cursor msg)
{
	const struct mqtt_state *st = x->state;
	uint32_t left = 0;
	int fixed = mqtt_fixed(msg, &left);
	uint8_t first = cur_peek(&msg);
	struct mqtt m = { .type = first >> 4, .version = st->version, .dup = first & 8, .qos = first >> 1 & 3,
			  .retain = first & 1 };
	bool either;
	bool by_client = sent_by_client(m.type, &either);

	cur_take(&msg, fixed < 0 ? msg.left + 1 : (size_t)fixed);
	if (cur_broken(&msg) || fixed == 0)
		return mqtt_bad(x, "short");
	if (m.type == 0 || (m.type == AUTH && m.version != VERSION_5 && m.version != 0))
		return mqtt_bad(x, "type");
	if (!flags_fit(m.type, first & 15, m.version)) {
		if (m.type == CONNECT || m.type == AUTH)
			return mqtt_bad_secret(x, &m, "flags");
		return mqtt_bad(x, "flags");
	}
	if (!either && by_client != x->from_client && x->ends_known)
		return m.type == CONNECT ? mqtt_bad_secret(x, &m, "direction") : mqtt_bad(x, "direction");
	m.left = left - msg.left;
	return read_packet(x, &m, msg);
}

/* ---- recognising ---- */

/* "MQTT" or "MQIsdp" behind the fixed header of a CONNECT, and a version there is. */
static unsigned probe_connect(struct cursor c)
{
	struct bytes name = mqtt_text(&c);
	uint8_t version = cur_u8(&c);
	bool new = name.n == 4 && memcmp(name.p, "MQTT", 4) == 0;
	bool old = name.n == 6 && memcmp(name.p, "MQIsdp", 6) == 0;

	if (cur_broken(&c) || !(new || old))
		return 0;
	version &= 0x7f;	/* bridges set the high bit (Mosquitto) */
	return version >= VERSION_31 && version <= VERSION_5 ? 98 : 60;
}

/* Joined in the middle only the port can tell, and whole packets with flags that fit. */
static unsigned probe_middle(const struct proto_ctx *x, struct cursor head, uint32_t left, size_t fixed)
{
	uint8_t first = cur_peek(&head);

	if (flow_server(x).port != PORT && flow_client(x).port != PORT)
		return 0;
	if (first >> 4 == 0 || !flags_fit(first >> 4, first & 15, 0) || head.left < fixed + min_size(left, 2))
		return 0;
	return first >> 4 == PUBLISH && left < 2 ? 0 : 30;
}

static unsigned mqtt_probe(const struct proto_ctx *x, struct cursor head)
{
	uint8_t first = cur_peek(&head);
	uint32_t left = 0;
	int fixed = mqtt_fixed(head, &left);
	struct cursor c = head;

	if (fixed <= 0)
		return 0;
	cur_take(&c, (size_t)fixed);
	if (first == CONNECT << 4)
		return probe_connect(c);
	if (first == CONNACK << 4 && left >= 2 && !x->from_client) {
		uint8_t flags = cur_u8(&c), code = cur_u8(&c);

		if (!cur_broken(&c) && flags <= 1 && (code <= 5 || (left > 2 && code >= FIRST_FAILURE)))
			return 40;
	}
	return probe_middle(x, head, left, (size_t)fixed);
}

/* ---- the rest of the door ---- */

static void mqtt_lost(struct proto_ctx *x, uint64_t bytes)
{
	mqtt_payload_lost(x, bytes);
}

static void mqtt_end(struct proto_ctx *x)
{
	mqtt_payload_end(x, 0, false);
	mqtt_payload_end(x, 1, false);
}

static void mqtt_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct mqtt m = { .version = ((const struct mqtt_state *)x->state)->version };

	if (ask->n != sizeof(m.type))
		return;
	m.type = ask->blob[0];
	struct obs *o = mqtt_begin(x, &m, m.type, ask->act != 0 ? PHASE_ANSWER : PHASE_WHOLE);

	o->outcome = OUT_UNANSWERED;
	if (ask->act == 0)
		mqtt_own(x, &m);
	act_emit(x);
}

const struct proto proto_mqtt = {
	.name = "mqtt",
	.on = ON_TCP,
	.over = "websocket",
	.eve = "mqtt",
	.ports = {PORT},
	.transfers = true,
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.state_size = sizeof(struct mqtt_state),
	.own_size = sizeof(struct mqtt_own),
	.codes = mqtt_codes,
	.code_count = MQTT_CODES,
	.fields = mqtt_fields,
	.probe = mqtt_probe,
	.cut = mqtt_cut,
	.message = mqtt_message,
	.data = mqtt_payload,
	.lost = mqtt_lost,
	.unanswered = mqtt_unanswered,
	.end = mqtt_end,
};

/* proto/mqtt_session.c: MQTT sessions: CONNECT, CONNACK, PINGREQ, PINGRESP, DISCONNECT, AUTH. */
#include "proto/mqtt.h"

enum { MESSAGE_KEPT = 256 };	/* of a will, in the own struct */

struct connect {
	struct bytes protocol, client, will_topic, will, user;
	uint16_t keep_alive;
	uint8_t flags;
};
/* 5, 3.1.2.3 */
enum { RESERVED = 1, CLEAN = 2, WILL = 4, WILL_QOS = 0x18, WILL_RETAIN = 0x20, PASSWORD = 0x40, USER = 0x80 };

static const char *read_flags(const struct connect *n, uint8_t version)
{
	if (n->flags & RESERVED)			/* 5, 3.1.2.3 */
		return "connect-flags";
	if ((n->flags & WILL_QOS) == WILL_QOS ||
	    (!(n->flags & WILL) && (n->flags & (WILL_QOS | WILL_RETAIN))))
		return "will-flags";			/* 5, 3.1.2.5 to 3.1.2.7 */
	if (version < VERSION_5 && (n->flags & PASSWORD) && !(n->flags & USER))
		return "password-alone";		/* 3.1.1, 3.1.2.9 */
	return NULL;
}

static const char *read_connect(struct mqtt *m, struct connect *n, struct cursor *c)
{
	n->protocol = mqtt_text(c);
	m->version = cur_u8(c) & 0x7f;		/* the high bit is a bridge's (Mosquitto) */
	n->flags = cur_u8(c);
	n->keep_alive = cur_be16(c);
	if (cur_broken(c))
		return "short";
	if (m->version < VERSION_31 || m->version > VERSION_5)
		return "version";
	const char *name = m->version == VERSION_31 ? "MQIsdp" : "MQTT";

	if (n->protocol.n != strlen(name) || memcmp(n->protocol.p, name, n->protocol.n) != 0)
		return "protocol";
	const char *why = read_flags(n, m->version);

	if (why == NULL)
		why = mqtt_properties(m, c);
	if (why != NULL)
		return why;
	n->client = mqtt_text(c);
	if (n->flags & WILL) {
		struct mqtt will = { .version = m->version };

		why = mqtt_properties(&will, c);
		n->will_topic = mqtt_text(c);
		n->will = mqtt_text(c);
	}
	n->user = n->flags & USER ? mqtt_text(c) : (struct bytes){ 0 };
	if (n->flags & PASSWORD)
		mqtt_text(c);
	if (why == NULL && cur_broken(c))
		return "short";
	return why == NULL && c->left > 0 ? "long" : why;
}

static void own_connect(struct proto_ctx *x, const struct mqtt *m, const struct connect *n)
{
	struct span texts[] = {
		mqtt_told(x, n->protocol), mqtt_told(x, n->client), mqtt_told(x, n->user),
		mqtt_told(x, n->will_topic),
		act_text(x, (struct bytes){ n->will.p, min_size(n->will.n, MESSAGE_KEPT) }),
	};
	struct mqtt_own *w = mqtt_own(x, m);

	if (w == NULL)
		return;
	w->protocol = texts[0];
	w->client = texts[1];
	w->user = texts[2];
	w->will_topic = texts[3];
	w->will_message = texts[4];
	w->keep_alive = n->keep_alive;
	w->has_user = (n->flags & USER) != 0;
	w->has_password = (n->flags & PASSWORD) != 0;
	w->has_will = (n->flags & WILL) != 0;
	w->will_retain = (n->flags & WILL_RETAIN) != 0;
	w->will_qos = n->flags >> 3 & 3;
	w->clean = (n->flags & CLEAN) != 0;
}

bool mqtt_connect(struct proto_ctx *x, struct mqtt *m, struct cursor c)
{
	struct mqtt_state *st = x->state;
	struct connect n = { 0 };
	const char *why = read_connect(m, &n, &c);

	if (why != NULL)
		return mqtt_bad_secret(x, m, why);
	st->version = m->version;
	struct obs *o = mqtt_begin(x, m, CONNECT, PHASE_ASK);

	o->object.name = mqtt_told(x, n.client);
	if (n.flags & PASSWORD)
		act_value(x, VAL_SECRET, 0, 0, (struct bytes){ 0 });
	own_connect(x, m, &n);
	uint64_t act = act_emit(x);

	pair_ask(x, CONNECTING, act, &m->type, sizeof(m->type));
	flow_who(x, n.user.n > 0 ? n.user : n.client);
	return true;
}

/* Up to 3.1.1 0 accepts, in 5 all below 128 would (3.1.1 3.2.2.3; 5, 3.2.2.2). */
bool mqtt_connack(struct proto_ctx *x, struct mqtt *m, struct cursor c)
{
	struct mqtt_state *st = x->state;
	uint8_t flags = cur_u8(&c);

	m->reason = cur_u8(&c);
	const char *why = mqtt_properties(m, &c);

	if (cur_broken(&c) || c.left > 0)
		why = "length";
	if (why == NULL && m->version != VERSION_31 && flags > 1)	/* 5, 3.2.2.1; reserved in 3.1 */
		why = "connack-flags";
	if (why != NULL)
		return mqtt_bad(x, why);
	pair_answer(x, CONNECTING);
	struct obs *o = mqtt_begin(x, m, CONNECT, PHASE_ANSWER);

	o->outcome = m->reason == 0 ? OUT_DONE : OUT_REFUSED;
	o->result = m->reason;
	struct mqtt_own *w = mqtt_own(x, m);

	if (w != NULL)
		w->present = flags & 1;
	act_emit(x);
	if (m->reason != 0)
		return true;
	if (m->assigned.n > 0)
		flow_who(x, m->assigned);
	if (!st->served) {
		struct side server = flow_server(x);

		st->served = 1;
		fact_say(x, &server, FACT_SERVES, (struct bytes){(const uint8_t *)"mqtt", 4}, server.port, 0,
			 TRUST_SURE);
	}
	return true;
}

/* 5, 3.14: a reason and properties may be left out; before 5 there is nothing. */
static const char *read_reason(struct mqtt *m, struct cursor *c)
{
	if (c->left > 0 && m->version != VERSION_5 && m->version != 0)
		return "length";
	m->reason = cur_peek(c);
	if (c->left > 0)
		cur_u8(c);
	if (c->left == 0 || m->version != VERSION_5)
		return NULL;
	const char *why = mqtt_properties(m, c);

	return why == NULL && c->left > 0 ? "length" : why;
}

bool mqtt_disconnect(struct proto_ctx *x, struct mqtt *m, struct cursor c)
{
	const char *why = read_reason(m, &c);

	if (why != NULL)
		return mqtt_bad(x, why);
	if (!x->from_client && x->ends_known && m->version != VERSION_5 && m->version != 0)
		return mqtt_bad(x, "direction");
	struct obs *o = mqtt_begin(x, m, x->from_client ? DISCONNECT : CODE_KICK, PHASE_PUSH);

	o->result = m->reason;
	struct mqtt_own *w = mqtt_own(x, m);

	if (w != NULL)
		w->reasoned = m->version == VERSION_5;
	act_emit(x);
	return true;
}

/* 5, 3.15 and 4.12: challenge and response of a login that takes several steps. */
bool mqtt_auth(struct proto_ctx *x, struct mqtt *m, struct cursor c)
{
	const char *why = read_reason(m, &c);

	if (why != NULL)
		return mqtt_bad_secret(x, m, why);
	struct obs *o = mqtt_begin(x, m, AUTH, PHASE_PUSH);

	o->result = m->reason;
	o->object.name = act_text(x, m->method);
	act_value(x, VAL_SECRET, 0, 0, (struct bytes){ 0 });
	mqtt_own(x, m);
	act_emit(x);
	return true;
}

bool mqtt_ping(struct proto_ctx *x, struct mqtt *m, struct cursor c)
{
	if (c.left > 0)
		return mqtt_bad(x, "length");
	uint8_t ask = PINGREQ;

	if (m->type == PINGREQ) {
		if (pair_ask(x, PINGING, 0, &ask, sizeof(ask)))
			return true;
	} else {
		pair_answer(x, PINGING);
	}
	struct obs *o = mqtt_begin(x, m, PINGREQ, m->type == PINGREQ ? PHASE_ASK : PHASE_WHOLE);

	o->outcome = m->type == PINGREQ ? OUT_UNKNOWN : OUT_DONE;
	struct mqtt_own *w = mqtt_own(x, m);

	if (w != NULL && m->type == PINGRESP)
		w->given[PINGREQ] = 1;
	act_emit(x);
	return true;
}

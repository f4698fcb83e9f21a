/* proto/mqtt_publish.c: MQTT PUBLISH, what acknowledges it, topic aliases, and payloads too long to gather.
 * */
#include "proto/mqtt.h"

static struct mqtt_stream *stream_of(struct proto_ctx *x)
{
	return &((struct mqtt_state *)x->state)->stream[x->from_client];
}

/* ---- topic aliases (5, 3.3.2.3.4) ---- */

/* Forgets the alias; false: there was none. */
static bool alias_forget(struct proto_ctx *x, uint16_t alias)
{
	struct mqtt_state *st = x->state;
	uint16_t *all = st->alias[x->from_client];
	uint8_t *n = &st->aliases[x->from_client];

	for (unsigned i = 0; i < *n; i++) {
		if (all[i] != alias)
			continue;
		gather_drop(x, alias);
		memmove(all + i, all + i + 1, (size_t)(*n - i - 1) * sizeof(*all));
		(*n)--;
		return true;
	}
	return false;
}

static void alias_keep(struct proto_ctx *x, uint16_t alias, struct bytes topic)
{
	struct mqtt_state *st = x->state;
	uint16_t *all = st->alias[x->from_client];
	uint8_t *n = &st->aliases[x->from_client];

	alias_forget(x, alias);
	if (*n == ALIASES)
		alias_forget(x, all[0]);
	if (gather_add(x, alias, topic))
		all[(*n)++] = alias;
}

/* The topic an alias stands for; n 0: it was not seen or had to give way. */
static struct bytes alias_topic(struct proto_ctx *x, uint16_t alias)
{
	const struct mqtt_state *st = x->state;

	for (unsigned i = 0; i < st->aliases[x->from_client]; i++) {
		if (st->alias[x->from_client][i] != alias)
			continue;
		struct bytes topic = gather_take(x, alias);

		if (gather_add(x, alias, topic))
			return topic;
		alias_forget(x, alias);
		return topic;
	}
	return (struct bytes){ 0 };
}

/* ---- payloads too long to gather ---- */

static void stream_begin(struct proto_ctx *x, const struct mqtt *m, uint64_t act)
{
	struct mqtt_stream *s = stream_of(x);

	*s = (struct mqtt_stream){ .act = act, .left = m->left };
	s->n = (uint8_t)min_size(m->topic.n, TOPIC_KEPT);
	memcpy(s->topic, m->topic.p, s->n);
	s->open = transfer_open(x, x->from_client);
}

void mqtt_payload_end(struct proto_ctx *x, unsigned from_client, bool complete)
{
	struct mqtt_state *st = x->state;
	struct mqtt_stream *s = &st->stream[from_client];
	struct transfer_result r;
	bool open = s->open;

	s->open = 0;
	if (!open || !transfer_close(x, from_client, complete, &r))
		return;
	struct obs *o = act_begin_code(x, mqtt_row(from_client ? CODE_PAYLOAD : CODE_DELIVERED));

	o->phase = PHASE_ANSWER;
	o->re = s->act;
	o->outcome = r.complete ? OUT_DONE : OUT_PARTLY;
	o->object.name = act_text(x, (struct bytes){ s->topic, s->n });
	struct mqtt_own *w = act_own(x, sizeof(*w));

	if (w != NULL) {
		w->version = st->version;
		transfer_tell(x, &r, o->object.name, &w->file);
	}
	act_emit(x);
}

void mqtt_payload(struct proto_ctx *x, struct cursor piece, bool last)
{
	struct mqtt_stream *s = stream_of(x);

	if (!s->open)
		return;
	s->left -= min_size(piece.left, s->left);
	transfer_data(x, x->from_client, cur_rest(&piece));
	if (last)
		mqtt_payload_end(x, x->from_client, true);
}

/* A hole inside a payload leaves it standing, any other loss does not. */
void mqtt_payload_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct mqtt_stream *s = stream_of(x);

	if (!s->open)
		return;
	bool inside = bytes > 0 && bytes <= s->left;

	transfer_missing(x, x->from_client, inside ? bytes : s->left);
	s->left -= inside ? bytes : s->left;
	if (s->left == 0)
		mqtt_payload_end(x, x->from_client, false);
}

/* ---- PUBLISH ---- */

static const char *read_publish(struct proto_ctx *x, struct mqtt *m, struct cursor *c)
{
	m->topic = mqtt_text(c);
	m->id = m->qos > 0 ? cur_be16(c) : 0;
	const char *why = mqtt_properties(m, c);

	if (cur_broken(c))
		return "short";
	if (why != NULL)
		return why;
	if (m->topic.n == 0 && m->alias == 0)		/* 5, 3.3.2.1 */
		return "topic-empty";
	if (m->topic.n > 0 && !mqtt_is_topic(m->topic))
		return "topic";
	if (m->qos > 0 && m->id == 0)			/* 5, 2.2.1 */
		return "packet-id";
	if (m->qos == 0 && m->dup)			/* 5, 3.3.1.1 */
		return "dup";
	if (m->alias != 0 && m->topic.n > 0)
		alias_keep(x, m->alias, m->topic);
	else if (m->alias != 0)
		m->topic = alias_topic(x, m->alias);
	return NULL;
}

static bool is_print(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if ((b.p[i] < 0x20 && b.p[i] != '\t' && b.p[i] != '\n' && b.p[i] != '\r') || b.p[i] == 0x7f)
			return false;
	return b.n > 0;
}

bool mqtt_publish(struct proto_ctx *x, struct mqtt *m, struct cursor c)
{
	const char *why = read_publish(x, m, &c);

	if (why != NULL)
		return mqtt_bad(x, why);
	struct bytes payload = cur_rest(&c);
	bool asks = x->from_client && m->qos > 0;

	if (asks && m->dup && m->left == 0 && pair_peek(x, m->id) != NULL)
		return true;		/* 5, 4.4: the same once more, because nobody answered yet */
	struct obs *o =
		mqtt_begin(x, m, x->from_client ? PUBLISH : CODE_DELIVER, asks ? PHASE_ASK : PHASE_PUSH);

	o->object.name = mqtt_told(x, m->topic);
	if (m->topic.n == 0)
		o->note = act_str(x, "alias-unknown");
	if (m->left == 0)
		act_value(x, is_print(payload) ? VAL_TEXT : VAL_RAW_BE, 8,
			  is_print(payload) ? 1 : (unsigned)payload.n, payload);
	struct mqtt_own *w = mqtt_own(x, m);

	if (w != NULL) {
		w->topic = o->object.name;
		w->message = o->value.raw;
		w->publish_id = m->id;
		w->truncated = m->left > 0 || payload.n > o->value.raw.n;
		w->skipped = (uint32_t)(m->left > 0 ? m->left : payload.n - o->value.raw.n);
	}
	uint64_t act = act_emit(x);

	if (asks)
		pair_ask(x, m->id, act, &m->type, sizeof(m->type));
	if (m->left > 0)
		stream_begin(x, m, act);
	return true;
}

/* ---- PUBACK, PUBREC, PUBREL, PUBCOMP ---- */

/* 5, 3.4.2: the reason and the properties may be left out. */
static const char *read_ack(struct mqtt *m, struct cursor *c)
{
	m->id = cur_be16(c);
	if (cur_broken(c) || (c->left > 0 && m->version != VERSION_5 && m->version != 0))
		return "length";
	if (m->id == 0)
		return "packet-id";
	m->reason = cur_peek(c);
	if (c->left > 0)
		cur_u8(c);
	const char *why = c->left > 0 ? mqtt_properties(m, c) : NULL;

	return why == NULL && c->left > 0 && m->version == VERSION_5 ? "length" : why;
}

/* PUBREC and PUBREL stand between a PUBLISH with QoS 2 and the PUBCOMP that ends it, unless they refuse. */
bool mqtt_ack(struct proto_ctx *x, struct mqtt *m, struct cursor c)
{
	const char *why = read_ack(m, &c);
	bool refused = m->reason >= FIRST_FAILURE;
	bool ends = !x->from_client && m->type != PUBREL && (refused || m->type != PUBREC);

	if (why != NULL)
		return mqtt_bad(x, why);
	if (!ends && !refused)
		return true;
	if (ends)
		pair_answer(x, m->id);
	struct obs *o = mqtt_begin(x, m, ends ? PUBLISH : m->type, ends ? PHASE_ANSWER : PHASE_PUSH);

	o->outcome = refused ? OUT_REFUSED : OUT_DONE;
	o->result = m->reason;
	mqtt_own(x, m);
	act_emit(x);
	return true;
}

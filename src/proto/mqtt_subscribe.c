/* proto/mqtt_subscribe.c: MQTT SUBSCRIBE and UNSUBSCRIBE, and the broker's answers to them. */
#include "proto/mqtt.h"

/* One topic filter; in SUBSCRIBE the byte of its options follows (5, 3.8.3.1). NULL: well-formed. */
static const char *read_topic(const struct mqtt *m, struct cursor *c, struct bytes *ret_topic,
			      uint8_t *ret_qos)
{
	*ret_topic = mqtt_text(c);
	uint8_t options = m->type == SUBSCRIBE ? cur_u8(c) : 0;

	*ret_qos = options & 3;
	if (cur_broken(c))
		return "short";
	if (!mqtt_is_filter(*ret_topic))
		return "filter";
	/* 3.1.1 3.8.3: all but QoS is reserved; 5, 3.8.3.1: the upper two bits, and retain handling 3 */
	bool old = m->version == VERSION_311 && (options & 0xfc) != 0;
	bool new = m->version == VERSION_5 && ((options & 0xc0) != 0 || (options & 0x30) == 0x30);

	return *ret_qos == 3 || old || new ? "options" : NULL;
}

/* All of them are looked at before any is told. */
static const char *read_topics(const struct mqtt *m, struct cursor c, unsigned *ret_n)
{
	struct bytes topic;
	uint8_t qos;

	*ret_n = 0;
	while (c.left > 0) {
		const char *why = read_topic(m, &c, &topic, &qos);

		if (why != NULL)
			return why;
		(*ret_n)++;
	}
	return *ret_n == 0 ? "no-topic" : NULL;		/* 5, 3.8.3 and 3.10.3 */
}

/* The lists of Suricata's names, in the first act. */
static void own_topics(struct proto_ctx *x, const struct mqtt *m, struct cursor c, unsigned n)
{
	unsigned listed = n < TOPICS_MAX ? n : TOPICS_MAX;
	size_t elem = m->type == SUBSCRIBE ? sizeof(struct mqtt_topic) : sizeof(struct span);
	void *room;
	struct span list = act_room(x, align8(listed * elem), &room);

	for (unsigned i = 0; room != NULL && i < listed; i++) {
		struct mqtt_topic t = { 0 };
		struct bytes topic;

		read_topic(m, &c, &topic, &t.qos);
		t.topic = mqtt_told(x, topic);
		memcpy((uint8_t *)room + i * elem, m->type == SUBSCRIBE ? (void *)&t : (void *)&t.topic,
		       elem);
	}
	list.n = (uint16_t)(room == NULL ? 0 : listed * elem);
	struct mqtt_own *w = mqtt_own(x, m);

	if (w == NULL)
		return;
	if (m->type == SUBSCRIBE)
		w->topics = list;
	else
		w->leaves = list;
}

bool mqtt_subscribe(struct proto_ctx *x, struct mqtt *m, struct cursor c)
{
	unsigned n = 0;

	m->id = cur_be16(&c);
	const char *why = mqtt_properties(m, &c);

	if (cur_broken(&c))
		why = "short";
	if (why == NULL && m->id == 0)
		why = "packet-id";
	if (why == NULL)
		why = read_topics(m, c, &n);
	if (why != NULL)
		return mqtt_bad(x, why);
	struct cursor all = c;
	uint64_t act = 0;

	for (unsigned i = 0; i < n && i < ITEMS_MAX; i++) {
		struct bytes topic;
		uint8_t qos;

		read_topic(m, &c, &topic, &qos);
		struct obs *o = mqtt_begin(x, m, m->type, PHASE_ASK);

		o->item = (uint16_t)i;
		o->items = (uint16_t)n;
		if (i + 1 == ITEMS_MAX && n > ITEMS_MAX)
			o->flags |= FLAG_REST;
		o->object.name = mqtt_told(x, topic);
		if (i == 0)
			own_topics(x, m, all, n);
		uint64_t name = act_emit(x);

		act = i == 0 ? name : act;
	}
	pair_ask(x, m->id, act, &m->type, sizeof(m->type));
	return true;
}

/* One answer for all topics: done, refused, or partly where some of them were. */
bool mqtt_suback(struct proto_ctx *x, struct mqtt *m, struct cursor c)
{
	m->id = cur_be16(&c);
	const char *why = mqtt_properties(m, &c);
	struct bytes codes = cur_rest(&c);
	unsigned refused = 0;

	if (cur_broken(&c))
		why = "short";
	if (why == NULL && m->id == 0)
		why = "packet-id";
	/* 3.1.1 3.11: UNSUBACK has no codes; 3.1.1 3.9.3 */
	bool bare = m->type == UNSUBACK && m->version != VERSION_5;

	if (why == NULL && bare && m->version != 0 && codes.n > 0)
		why = "length";
	if (why == NULL && !bare && codes.n == 0)
		why = "no-code";
	if (why != NULL)
		return mqtt_bad(x, why);
	for (size_t i = 0; i < codes.n; i++) {
		refused += codes.p[i] >= FIRST_FAILURE;
		if (codes.p[i] >= FIRST_FAILURE && m->reason == 0)
			m->reason = codes.p[i];
	}
	pair_answer(x, m->id);
	struct obs *o = mqtt_begin(x, m, m->type - 1u, PHASE_ANSWER);

	o->outcome = refused == 0 ? OUT_DONE : refused == codes.n ? OUT_REFUSED : OUT_PARTLY;
	o->result = m->reason;
	struct span granted = act_text(x, codes);
	struct mqtt_own *w = mqtt_own(x, m);

	if (w != NULL)
		w->granted = granted;
	act_emit(x);
	return true;
}

/* proto/mqtt_read.c: lengths, texts, topics and properties of MQTT. */
#include "proto/mqtt.h"

int mqtt_fixed(struct cursor have, uint32_t *ret_left)
{
	uint32_t left = 0;

	cur_u8(&have);
	for (unsigned i = 0; i < 4; i++) {	/* 5, 1.5.5: at most four bytes */
		uint8_t byte = cur_u8(&have);

		if (cur_broken(&have))
			return 0;
		left |= (uint32_t)(byte & 0x7f) << 7 * i;
		if (!(byte & 0x80)) {
			*ret_left = left;
			return (int)i + 2;
		}
	}
	return -1;
}

struct bytes mqtt_text(struct cursor *c)
{
	return cur_bytes(c, cur_be16(c));
}

/* 5, 4.7.3: at least one character, no NUL; in a name (4.7.1) no wildcard. */
static bool is_text(struct bytes b, bool wildcards)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] == 0 || (!wildcards && (b.p[i] == '#' || b.p[i] == '+')))
			return false;
	return b.n > 0;
}

bool mqtt_is_topic(struct bytes b)
{
	return is_text(b, false);
}

/* 5, 4.7.1: '#' stands last and alone in its level, '+' alone. */
bool mqtt_is_filter(struct bytes b)
{
	if (!is_text(b, true))
		return false;
	for (size_t i = 0; i < b.n; i++) {
		bool first = i == 0 || b.p[i - 1] == '/', last = i + 1 == b.n;

		if (b.p[i] == '#' && !(first && last))
			return false;
		if (b.p[i] == '+' && !(first && (last || b.p[i + 1] == '/')))
			return false;
	}
	return true;
}

/* ---- properties (5, 2.2.2.2) ---- */

enum kind { NONE, BYTE, TWO, FOUR, NUMBER, DATA, TEXT, PAIR };

static const uint8_t kinds[] = {
	[0x01] = BYTE, [0x02] = FOUR, [0x03] = TEXT, [0x08] = TEXT, [0x09] = DATA, [0x0b] = NUMBER,
	[0x11] = FOUR, [0x12] = TEXT, [0x13] = TWO,  [0x15] = TEXT, [0x16] = DATA, [0x17] = BYTE,
	[0x18] = FOUR, [0x19] = BYTE, [0x1a] = TEXT, [0x1c] = TEXT, [0x1f] = TEXT, [0x21] = TWO,
	[0x22] = TWO,  [0x23] = TWO,  [0x24] = BYTE, [0x25] = BYTE, [0x26] = PAIR, [0x27] = FOUR,
	[0x28] = BYTE, [0x29] = BYTE, [0x2a] = BYTE,
};
enum {
	CONTENT_TYPE = 0x03,
	RESPONSE_TOPIC = 0x08,
	ASSIGNED = 0x12,
	METHOD = 0x15,
	SERVER = 0x1c,
	REASON = 0x1f,
	ALIAS = 0x23,
};

static uint32_t number(struct cursor *c)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint8_t byte = cur_u8(c);

		n |= (uint32_t)(byte & 0x7f) << 7 * i;
		if (!(byte & 0x80))
			return n;
	}
	cur_break(c);
	return 0;
}

static void keep(struct mqtt *m, uint8_t id, struct bytes text)
{
	switch (id) {
	case CONTENT_TYPE: m->content_type = text; return;
	case RESPONSE_TOPIC: m->response_topic = text; return;
	case ASSIGNED: m->assigned = text; return;
	case METHOD: m->method = text; return;
	case SERVER: m->server = text; return;
	case REASON: m->reason_string = text; return;
	}
}

const char *mqtt_properties(struct mqtt *m, struct cursor *c)
{
	if (m->version != VERSION_5 || cur_broken(c))
		return NULL;
	struct cursor all = cur_sub(c, number(c));

	m->has_properties = true;
	if (cur_broken(c))
		return "properties";
	while (all.left > 0) {
		uint8_t id = cur_u8(&all);
		uint16_t two;

		switch (id < ARRAY_LEN(kinds) ? kinds[id] : NONE) {
		case NONE: return "property";
		case BYTE: cur_u8(&all); break;
		case FOUR: cur_be32(&all); break;
		case NUMBER: number(&all); break;
		case DATA: mqtt_text(&all); break;
		case TEXT: keep(m, id, mqtt_text(&all)); break;
		case PAIR: mqtt_text(&all); mqtt_text(&all); break;
		case TWO:
			two = cur_be16(&all);
			if (id != ALIAS)
				break;
			if (two == 0)		/* 5, 3.3.2.3.4 */
				return "alias";
			m->alias = two;
			break;
		}
	}
	return cur_broken(&all) ? "properties" : NULL;
}

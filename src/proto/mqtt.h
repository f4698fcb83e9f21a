/* proto/mqtt.h: what the files of MQTT share; the door is mqtt.c, which names the standards. "5" is MQTT 5.0.
 * */
#ifndef PROTO_MQTT_H
#define PROTO_MQTT_H

#include "model/proto.h"

#include <string.h>

extern const struct proto proto_mqtt;

/* 5, 2.1.2 */
enum mqtt_type {
	CONNECT = 1,
	CONNACK,
	PUBLISH,
	PUBACK,
	PUBREC,
	PUBREL,
	PUBCOMP,
	SUBSCRIBE,
	SUBACK,
	UNSUBSCRIBE,
	UNSUBACK,
	PINGREQ,
	PINGRESP,
	DISCONNECT,
	AUTH,
	MQTT_TYPES,
	/* obs.code of what no packet type tells apart */
	CODE_DELIVER = PUBLISH | 0x100, /* the broker hands on what somebody published */
	CODE_PAYLOAD = PUBLISH | 0x200, /* a large payload, when it is over */
	CODE_DELIVERED = PUBLISH | 0x300, /* the same from the broker */
	CODE_KICK = DISCONNECT | 0x100, /* the broker ends the session (5, 3.14) */
};

enum {
	PORT = 1883,			/* registered at IANA */
	VERSION_31 = 3, VERSION_311 = 4, VERSION_5 = 5,
	FIRST_FAILURE = 0x80,		/* 5, 2.4: reason codes from here on refuse */
	PAYLOAD_GATHERED = 8192,	/* a longer one is streamed */
	TOPIC_KEPT = 96,		/* of a payload on its way */
	ALIASES = 8,			/* kept of each direction */
	TEXT_TOLD = 512,		/* bytes of a topic or a name that are told */
	TOPICS_MAX = 64,		/* listed with one SUBSCRIBE */
	CONNECTING = 1 << 16, PINGING,	/* ids of pair_ask(); others are the packet's own */
};

struct mqtt_stream {		/* a large payload on its way */
	uint64_t act;
	uint64_t left;		/* bytes to come */
	uint8_t open, n;
	uint8_t topic[TOPIC_KEPT];
	uint8_t spare[6];
};

struct mqtt_state {
	uint8_t version;	/* as CONNECT said; 0: not seen */
	uint8_t served;		/* said that there is a broker */
	uint8_t aliases[2];	/* how many are kept, [1] of the client */
	uint16_t alias[2][ALIASES];	/* whose topics wait in gather_add() under their number */
	uint8_t spare[4];
	struct mqtt_stream stream[2];
};
_Static_assert(sizeof(struct mqtt_state) <= 512, "fits proto.state_size");

/* One packet: what its fixed header says, and what is read of the rest. */
struct mqtt {
	uint8_t type, version;
	bool dup, retain;
	uint8_t qos;
	uint64_t left; /* bytes of the packet that are not here: a payload that is streamed */
	uint16_t id;			/* packet identifier; 0: none */
	uint8_t reason;
	struct bytes topic;
	/* properties of 5 */
	bool has_properties;
	uint16_t alias;			/* 0: none */
	struct bytes reason_string, content_type, response_topic, method, assigned, server;
};

struct mqtt_topic { struct span topic; uint8_t qos, spare[3]; };

struct mqtt_own {
	struct transfer_own file;
	struct span protocol, client, user, will_topic, will_message, topic, message;
	struct span topics;		/* struct mqtt_topic[] */
	struct span leaves;		/* struct span[] */
	struct span granted;
	struct span reason_string, content_type, response_topic, method, assigned, server;
	uint32_t skipped;
	uint16_t keep_alive, id, publish_id, alias;
	uint8_t version, dup, qos, retain, reason;
	uint8_t given[MQTT_TYPES];	/* which packets this act is about */
	uint8_t has_user, has_password, has_will, will_retain, will_qos, clean, present, truncated, reasoned;
	uint8_t spare[7];
};
_Static_assert(sizeof(struct mqtt_own) % 8 == 0, "own parts stay aligned");
_Static_assert(sizeof(struct mqtt_topic) % 8 == 0, "lists stay aligned");

/* mqtt_codes.c */
enum { MQTT_CODES = 18 };
extern const struct proto_code mqtt_codes[MQTT_CODES];
extern const struct field mqtt_fields[];

/* mqtt_read.c: what may stand in a packet. Texts are two bytes of length and UTF-8 (5, 1.5.4). */
/* Bytes of the fixed header; 0: not all there; -1: none. *ret_left: the remaining length. */
int mqtt_fixed(struct cursor have, uint32_t *ret_left);
struct bytes mqtt_text(struct cursor *c);
/* The properties that stand here, in version 5 only. NULL: well-formed. */
const char *mqtt_properties(struct mqtt *m, struct cursor *c);
bool mqtt_is_topic(struct bytes b);
bool mqtt_is_filter(struct bytes b);

/* mqtt.c */
const struct proto_code *mqtt_row(uint32_t code);
/* A text as far as it is told. */
struct span mqtt_told(struct proto_ctx *x, struct bytes text);
struct obs *mqtt_begin(struct proto_ctx *x, const struct mqtt *m, uint32_t code, uint8_t phase);
/* The own struct of an act, with what every packet has. */
struct mqtt_own *mqtt_own(struct proto_ctx *x, const struct mqtt *m);
bool mqtt_bad(struct proto_ctx *x, const char *why);
/* The same for packets that hold secrets: an act without their bytes. */
bool mqtt_bad_secret(struct proto_ctx *x, const struct mqtt *m, const char *why);

/* mqtt_session.c, mqtt_publish.c, mqtt_subscribe.c: each reads one packet behind its fixed header. */
bool mqtt_connect(struct proto_ctx *x, struct mqtt *m, struct cursor c);
bool mqtt_connack(struct proto_ctx *x, struct mqtt *m, struct cursor c);
bool mqtt_disconnect(struct proto_ctx *x, struct mqtt *m, struct cursor c);
bool mqtt_auth(struct proto_ctx *x, struct mqtt *m, struct cursor c);
bool mqtt_ping(struct proto_ctx *x, struct mqtt *m, struct cursor c);
bool mqtt_publish(struct proto_ctx *x, struct mqtt *m, struct cursor c);
bool mqtt_ack(struct proto_ctx *x, struct mqtt *m, struct cursor c);
bool mqtt_subscribe(struct proto_ctx *x, struct mqtt *m, struct cursor c);
bool mqtt_suback(struct proto_ctx *x, struct mqtt *m, struct cursor c);
void mqtt_payload(struct proto_ctx *x, struct cursor piece, bool last);
void mqtt_payload_lost(struct proto_ctx *x, uint64_t bytes);
void mqtt_payload_end(struct proto_ctx *x, unsigned from_client, bool complete);

#endif

/* proto/mqtt_codes.c: the packet types of MQTT, and the fields of an act with Suricata's names for them. */
#include "proto/mqtt.h"

enum { ASKED = CODE_REQUEST | CODE_ANSWER };
#define ROW(code, key, verb, cls, flags, spec) { code, key, VERB_##verb, CLASS_##cls, flags, spec }

const struct proto_code mqtt_codes[MQTT_CODES] = {
	ROW(CONNECT, "connect", LOGIN, SESSION, ASKED, "5, 3.1; {its-answer} CONNACK (2), 5, 3.2"),
	ROW(PUBLISH, "publish", PUBLISH, DATA, ASKED | CODE_PUSH,
	    "5, 3.3; {its-answer} PUBACK (4), PUBCOMP (7)"),
	ROW(CODE_DELIVER, "deliver", REPORT, DATA, CODE_PUSH, "5, 3.3, {from-broker}"),
	ROW(CODE_PAYLOAD, "payload", PUBLISH, FILE, CODE_ANSWER, "5, 3.3.3, {longer-8k}"),
	ROW(CODE_DELIVERED, "payload-delivered", REPORT, FILE, CODE_ANSWER, "5, 3.3.3, {from-broker}"),
	ROW(PUBACK, "puback", REPORT, SESSION, CODE_ANSWER | CODE_PUSH,
	    "5, 3.4; {where-client-refuses}"),
	ROW(PUBREC, "pubrec", REPORT, SESSION, CODE_ANSWER | CODE_PUSH,
	    "5, 3.5; {where-client-refuses}"),
	ROW(PUBREL, "pubrel", REPORT, SESSION, CODE_PUSH, "5, 3.6; {where-it-refuses}"),
	ROW(PUBCOMP, "pubcomp", REPORT, SESSION, CODE_ANSWER | CODE_PUSH,
	    "5, 3.7; {where-client-refuses}"),
	ROW(SUBSCRIBE, "subscribe", SUBSCRIBE, DATA, ASKED, "5, 3.8; {its-answer} SUBACK (9), 5, 3.9"),
	ROW(UNSUBSCRIBE, "unsubscribe", CLOSE, DATA, ASKED, "5, 3.10; {its-answer} UNSUBACK (11), 5, 3.11"),
	ROW(PINGREQ, "ping", KEEPALIVE, SESSION, ASKED, "5, 3.12; {its-answer} PINGRESP (13), 5, 3.13"),
	ROW(DISCONNECT, "disconnect", CLOSE, SESSION, CODE_PUSH, "5, 3.14"),
	ROW(CODE_KICK, "kick", CLOSE, SESSION, CODE_PUSH, "5, 3.14, {from-broker}"),
	ROW(AUTH, "auth", LOGIN, SESSION, CODE_PUSH, "5, 3.15"),
	ROW(CONNACK, "connack", REPORT, SESSION, CODE_ANSWER, "5, 3.2: {answer-of-connect}"),
	ROW(SUBACK, "suback", REPORT, SESSION, CODE_ANSWER, "5, 3.9: {answer-of-subscribe}"),
	ROW(UNSUBACK, "unsuback", REPORT, SESSION, CODE_ANSWER,
	    "5, 3.11: {answer-of-unsubscribe}"),
};

#define AT(member) offsetof(struct mqtt_own, member)
#define TEXT(name_, member, eve_) \
	{ .name = name_, .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_ }
#define GIVEN(name_, kind, member, eve_, packet)                                                             \
	{                                                                                                    \
		.name = name_, .type = kind, .show = SHOW_GIVEN, .at = AT(member), .eve = eve_,              \
		.given = AT(given[packet])                                                                   \
	}
#define HEADER(word, packet) \
	GIVEN(word "_qos", FIELD_U8, qos, word ".qos", packet), \
	GIVEN(word "_dup", FIELD_BOOL, dup, word ".dup", packet), \
	GIVEN(word "_retain", FIELD_BOOL, retain, word ".retain", packet)
#define NUMBERED(word, packet)                                                                               \
	HEADER(word, packet), GIVEN(word "_id", FIELD_U16, id, word ".message_id", packet)
#define ACK(word, packet)                                                                                    \
	NUMBERED(word, packet), GIVEN(word "_reason", FIELD_U8, reason, word ".reason_code", packet)

static const struct field topic_fields[] = {{.name = "topic",
					     .type = FIELD_TEXT,
					     .show = SHOW_ALWAYS,
					     .at = offsetof(struct mqtt_topic, topic),
					     .eve = "topic"},
					    {.name = "qos",
					     .type = FIELD_U8,
					     .show = SHOW_ALWAYS,
					     .at = offsetof(struct mqtt_topic, qos),
					     .eve = "qos"},
					    {.name = NULL}};

const struct field mqtt_fields[] = {
	HEADER("connect", CONNECT),
	GIVEN("protocol", FIELD_TEXT, protocol, "connect.protocol_string", CONNECT),
	GIVEN("protocol_version", FIELD_U8, version, "connect.protocol_version", CONNECT),
	GIVEN("has_user", FIELD_BOOL, has_user, "connect.flags.username", CONNECT),
	GIVEN("has_password", FIELD_BOOL, has_password, "connect.flags.password", CONNECT),
	GIVEN("will_retain", FIELD_BOOL, will_retain, "connect.flags.will_retain", CONNECT),
	GIVEN("has_will", FIELD_BOOL, has_will, "connect.flags.will", CONNECT),
	GIVEN("clean_session", FIELD_BOOL, clean, "connect.flags.clean_session", CONNECT),
	GIVEN("client_id", FIELD_TEXT, client, "connect.client_id", CONNECT),
	TEXT("user", user, "connect.username"),
	TEXT("will_topic", will_topic, "connect.will.topic"),
	TEXT("will_message", will_message, "connect.will.message"),
	GIVEN("will_qos", FIELD_U8, will_qos, NULL, CONNECT),
	GIVEN("keep_alive", FIELD_U16, keep_alive, NULL, CONNECT),
	HEADER("connack", CONNACK),
	GIVEN("session_present", FIELD_BOOL, present, "connack.session_present", CONNACK),
	GIVEN("return_code", FIELD_U8, reason, "connack.return_code", CONNACK),
	HEADER("publish", PUBLISH),
	GIVEN("topic", FIELD_TEXT, topic, "publish.topic", PUBLISH),
	TEXT("message", message, "publish.message"),
	{.name = "skipped_length",
	 .type = FIELD_U32,
	 .show = SHOW_NONZERO,
	 .at = AT(skipped),
	 .eve = "publish.skipped_length"},
	{.name = "truncated",
	 .type = FIELD_BOOL,
	 .show = SHOW_NONZERO,
	 .at = AT(truncated),
	 .eve = "publish.truncated"},
	{.name = "publish_id",
	 .type = FIELD_U16,
	 .show = SHOW_NONZERO,
	 .at = AT(publish_id),
	 .eve = "publish.message_id"},
	ACK("puback", PUBACK),
	ACK("pubrec", PUBREC),
	ACK("pubrel", PUBREL),
	ACK("pubcomp", PUBCOMP),
	NUMBERED("subscribe", SUBSCRIBE),
	{.name = "topics",
	 .type = FIELD_LIST,
	 .show = SHOW_NONZERO,
	 .at = AT(topics),
	 .eve = "subscribe.topics",
	 .sub = topic_fields,
	 .elem = sizeof(struct mqtt_topic)},
	NUMBERED("suback", SUBACK),
	NUMBERED("unsubscribe", UNSUBSCRIBE),
	{.name = "leaves",
	 .type = FIELD_TEXTS,
	 .show = SHOW_NONZERO,
	 .at = AT(leaves),
	 .eve = "unsubscribe.topics"},
	NUMBERED("unsuback", UNSUBACK),
	HEADER("pingreq", PINGREQ),
	HEADER("pingresp", PINGRESP),
	HEADER("disconnect", DISCONNECT),
	{.name = "disconnect_reason",
	 .type = FIELD_U8,
	 .show = SHOW_GIVEN,
	 .at = AT(reason),
	 .eve = "disconnect.reason_code",
	 .given = AT(reasoned)},
	{.name = "granted", .type = FIELD_BYTES, .show = SHOW_NONZERO, .at = AT(granted)},
	{.name = "topic_alias", .type = FIELD_U16, .show = SHOW_NONZERO, .at = AT(alias)},
	TEXT("content_type", content_type, NULL),
	TEXT("response_topic", response_topic, NULL),
	TEXT("reason_string", reason_string, NULL),
	TEXT("auth_method", method, NULL),
	TEXT("assigned_client_id", assigned, NULL),
	TEXT("server_reference", server, NULL),
	{.name = NULL}};

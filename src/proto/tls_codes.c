/* proto/tls_codes.c: records and handshake messages of TLS, and the fields of an act with Suricata's names.
 * */
#include "proto/tls.h"

enum { QUIET = CODE_REQUEST | CODE_ANSWER | CODE_NAMED };
#define MSG(n, key, spec) \
	{ HANDSHAKE << 8 | (n), key, VERB_CONTROL, CLASS_SESSION, QUIET, spec ": {nothing-alone}" }

const struct proto_code tls_codes[] = {
	{CODE_HELLO, "hello", VERB_OPEN, CLASS_SESSION, CODE_REQUEST | CODE_ANSWER,
	 "RFC 8446 4.1.2; {its-answer} ServerHello (4.1.3), {with-certificate}"},
	{CODE_CLIENT_CERTIFICATE, "client-certificate", VERB_IDENTIFY, CLASS_SESSION, CODE_PUSH,
	 "RFC 5246 7.4.6"},
	{CODE_ALERT, "alert", VERB_REPORT, CLASS_SESSION, CODE_PUSH, "RFC 8446 6, {in-clear}"},
	{CODE_HEARTBEAT, "heartbeat", VERB_KEEPALIVE, CLASS_SESSION, QUIET,
	 "RFC 6520 4: {when-malformed}"},
	{CHANGE_CIPHER << 8, "change-cipher", VERB_CONTROL, CLASS_SESSION, QUIET,
	 "RFC 5246 7.1: {nothing-alone}"},
	{APPLICATION << 8, "application-data", VERB_REPORT, CLASS_SESSION, QUIET,
	 "RFC 8446 5.1: {passed-over}"},
	MSG(SERVER_HELLO, "server-hello", "RFC 8446 4.1.3: {told-in-hello-answer}"),
	MSG(CERTIFICATE, "certificate", "RFC 5246 7.4.2: {told-in-hello-answer}"),
	MSG(HELLO_REQUEST, "hello-request", "RFC 5246 7.4.1.1"),
	MSG(4, "session-ticket", "RFC 5077 3.3"),
	MSG(12, "server-key", "RFC 5246 7.4.3"),
	MSG(13, "certificate-request", "RFC 5246 7.4.4"),
	MSG(SERVER_DONE, "server-done", "RFC 5246 7.4.5"),
	MSG(15, "certificate-verify", "RFC 5246 7.4.8"),
	MSG(16, "client-key", "RFC 5246 7.4.7"),
	MSG(20, "finished", "RFC 5246 7.4.9"),
	MSG(22, "certificate-status", "RFC 6066 8"),
};
_Static_assert(ARRAY_LEN(tls_codes) == 17, "as tls.c says");

/* Suricata's words. */
static const char *const versions[] = { "", "SSLv3", "TLSv1", "TLS 1.1", "TLS 1.2", "TLS 1.3" };

uint8_t tls_version_word(uint16_t version)
{
	return version < SSL_3 || version > TLS_1_3 ? 0 : (uint8_t)(1 + version - SSL_3);
}

#define AT(member) offsetof(struct tls_own, member)
#define ROW(name_, kind, member, eve_) \
	{ .name = name_, .type = kind, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_ }
#define TEXT(name_, member, eve_) ROW(name_, FIELD_TEXT, member, eve_)
#define WORD(name_, member, eve_) \
	{ .name = name_, .type = FIELD_WORD, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_, \
	  .elem = ARRAY_LEN(versions), .words = versions }
#define NAMES(prefix, member, eve_)                                                                          \
	TEXT(prefix "subject", member.subject, eve_ "subject"),                                              \
		TEXT(prefix "issuer", member.issuer, eve_ "issuerdn"),                                       \
		TEXT(prefix "serial", member.serial, eve_ "serial"),                                         \
		TEXT(prefix "fingerprint", member.sha1, eve_ "fingerprint"),                                 \
		TEXT(prefix "not_before", member.from, eve_ "notbefore"),                                    \
		TEXT(prefix "not_after", member.to, eve_ "notafter"),                                        \
		ROW(prefix "names", FIELD_TEXTS, member.names, eve_ "subjectaltname"),                       \
		ROW(prefix "sha256", FIELD_BYTES, member.sha256, NULL)

const struct field tls_fields[] = {
	NAMES("", server, ""),
	TEXT("sni", sni, "sni"),
	WORD("version", version, "version"),
	ROW("session_resumed", FIELD_BOOL, resumed, "session_resumed"),
	TEXT("ja3", ja3, "ja3.hash"),
	TEXT("ja3s", ja3s, "ja3s.hash"),
	ROW("client_alpns", FIELD_TEXTS, alpns, "client_alpns"),
	ROW("server_alpns", FIELD_TEXTS, alpn, "server_alpns"),
	NAMES("client_", client, "client."),
	WORD("client_version", client_version, "client_handshake.version"),
	{.name = "cipher",
	 .type = FIELD_U16,
	 .show = SHOW_GIVEN,
	 .at = AT(cipher),
	 .eve = "server_handshake.cipher",
	 .given = AT(told)},
	ROW("ciphers_offered", FIELD_U16, offered, NULL),
	ROW("self_signed", FIELD_BOOL, self_signed, NULL),
	{.name = "alert_level",
	 .type = FIELD_U8,
	 .show = SHOW_GIVEN,
	 .at = AT(alert_level),
	 .given = AT(alerted)},
	{.name = "alert", .type = FIELD_U8, .show = SHOW_GIVEN, .at = AT(alert), .given = AT(alerted)},
	{.name = NULL}};

/* proto/ntp_codes.c: the messages of NTP, its objects and the fields of an act. */
#include "proto/ntp.h"

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = BOTH | CODE_NAMED };
#define TIME(code, key, verb, flags, spec) { code, key, VERB_##verb, CLASS_TIME, flags, spec }
#define CTL(code, key, verb, cls, flags) \
	{ CONTROL << 8 | (code), key, VERB_##verb, CLASS_##cls, flags, "RFC 9327 2" }
#define PRIV(code, key, verb, cls) \
	{ PRIVATE << 8 | (code), key, VERB_##verb, CLASS_##cls, NAMED, "ntp_request.h" }

const struct proto_code ntp_codes[NTP_CODES] = {
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

const struct proto_space ntp_spaces[] = {
	{ "association", "{0}" }, { "variables", "{0}:{name}" }, { NULL, NULL },
};

static const char *const leap_words[] = { "none", "insert", "delete", "unknown" };

#define AT(member) offsetof(struct ntp_own, member)
#define ROW(member, type_) { .name = #member, .type = type_, .show = SHOW_NONZERO, .at = AT(member) }
#define GIVEN(member, type_, given_) \
	{ .name = #member, .type = type_, .show = SHOW_GIVEN, .at = AT(member), .given = AT(given_) }
const struct field ntp_fields[] = {
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

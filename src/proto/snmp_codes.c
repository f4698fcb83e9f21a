/* proto/snmp_codes.c: the operations of SNMP, and the fields of an act with Suricata's names for them. */
#include "proto/snmp.h"

enum { ASKED = CODE_REQUEST | CODE_ANSWER };
#define ROW(code, key, verb, cls, flags, spec) { code, key, VERB_##verb, CLASS_##cls, flags, spec }

const struct proto_code snmp_codes[SNMP_CODES] = {
	ROW(GET, "get", READ, DATA, ASKED, "RFC 3416 4.2.1"),
	ROW(GET_NEXT, "get-next", READ, DATA, ASKED, "RFC 3416 4.2.2"),
	ROW(RESPONSE, "response", REPORT, DATA, CODE_ANSWER | CODE_PUSH,
	    "RFC 3416 4.2.4; {request-unseen}"),
	ROW(SET, "set", WRITE, CONFIG, ASKED, "RFC 3416 4.2.5"),
	ROW(TRAP_V1, "trap-v1", REPORT, ALARM, CODE_PUSH, "RFC 1157 4.1.6"),
	ROW(GET_BULK, "get-bulk", READ, DATA, ASKED, "RFC 3416 4.2.3"),
	ROW(INFORM, "inform", REPORT, ALARM, ASKED, "RFC 3416 4.2.7"),
	ROW(TRAP, "trap", REPORT, ALARM, CODE_PUSH, "RFC 3416 4.2.6"),
	ROW(REPORT, "report", REPORT, SESSION, CODE_ANSWER | CODE_PUSH, "RFC 3416 4.2.8, RFC 3414 5"),
	ROW(CODE_ENCRYPTED, "encrypted", REPORT, DATA, ASKED | CODE_NAMED,
	    "RFC 3412 6.6: {asks-unseen}"),
	ROW(CODE_LOGIN, "login", LOGIN, SESSION, CODE_ANSWER,
	    "RFC 3414 3.2: {user-4-key-6}"),
};

/* Suricata's words. */
static const char *const pdus[] = {
	"", "get_request", "get_next_request", "response", "set_request", "trap_v1", "get_bulk_request",
	"inform_request", "trap_v2", "report",
};
static const char *const communities[] = { "", "public", "private", "other" };
static const char *const traps[] = {	/* RFC 1157 4.1.6 */
	"", "coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss",
	"enterpriseSpecific",
};

#define AT(member) offsetof(struct snmp_own, member)
#define ROW_OF(name_, kind, member, eve_) \
	{ .name = name_, .type = kind, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_ }
#define WORD(name_, member, eve_, words_) \
	{ .name = name_, .type = FIELD_WORD, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_, \
	  .elem = ARRAY_LEN(words_), .words = words_ }

const struct field snmp_fields[] = {
	{.name = "version", .type = FIELD_U8, .show = SHOW_ALWAYS, .at = AT(version), .eve = "version"},
	WORD("pdu_type", pdu, "pdu_type", pdus),
	WORD("community", community, "community", communities),
	ROW_OF("user", FIELD_TEXT, user, "usm"),
	ROW_OF("vars", FIELD_TEXTS, vars, "vars"),
	WORD("trap_type", trap_type, "trap_type", traps),
	ROW_OF("trap_oid", FIELD_TEXT, trap_oid, "trap_oid"),
	ROW_OF("trap_address", FIELD_IP, trap_address, "trap_address"),
	{.name = "trap_specific",
	 .type = FIELD_U32,
	 .show = SHOW_GIVEN,
	 .at = AT(specific),
	 .given = AT(trapped)},
	ROW_OF("engine_id", FIELD_BYTES, engine, NULL),
	ROW_OF("context", FIELD_TEXT, context, NULL),
	ROW_OF("authenticated", FIELD_BOOL, authenticated, NULL),
	ROW_OF("encrypted", FIELD_BOOL, encrypted, NULL),
	ROW_OF("error", FIELD_U32, error, NULL),
	ROW_OF("error_index", FIELD_U32, error_index, NULL),
	{.name = NULL}};

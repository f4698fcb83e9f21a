/* proto/snmp.h: what the files of SNMP share; the door is snmp.c, which names the standards. */
#ifndef PROTO_SNMP_H
#define PROTO_SNMP_H

#include "model/proto.h"
#include "proto/ber.h"

#include <string.h>

extern const struct proto proto_snmp;

enum {
	PORT = 161, PORT_TRAP = 162,		/* RFC 3417 3.2 */
	V1 = 0, V2C = 1, V3 = 3,		/* RFC 1157 4, RFC 1901 3, RFC 3412 6.1 */
	/* RFC 1157 4.1, RFC 3416 3 */
	GET = 0xa0, GET_NEXT, RESPONSE, SET, TRAP_V1, GET_BULK, INFORM, TRAP, REPORT,
	CODE_ENCRYPTED = 0x100, CODE_LOGIN,
	/* RFC 2578 2 and 7.1, RFC 3416 3 */
	TAG_IP = 0x40, TAG_COUNTER, TAG_GAUGE, TAG_TICKS, TAG_OPAQUE, TAG_COUNTER64 = 0x46,
	TAG_NO_OBJECT = 0x80, TAG_NO_INSTANCE, TAG_END,
	OID_TEXT = 200, NAME_TEXT = 220, VARS_LISTED = 32, OID_KEPT = 128, USER_KEPT = 32, SAID = 12,
};

struct snmp {
	uint8_t version, pdu;		/* pdu 0: encrypted */
	uint8_t community;		/* a word: 1 public, 2 private, 3 another */
	bool authenticated, encrypted;
	struct bytes user, engine, context;
	uint64_t id;			/* of pair_ask() */
	uint32_t error, error_index;	/* of GET_BULK what stands there: not repeated, repetitions */
	struct cursor variables;	/* SEQUENCE of variables, checked to be well-formed */
	size_t count;
	/* version 1 traps */
	struct bytes enterprise, agent;
	uint32_t generic, specific;
};

struct snmp_variable { struct bytes oid, value; uint8_t tag; };

struct snmp_asked {
	uint8_t pdu, version, community, n;
	uint8_t user_n;
	uint8_t user[USER_KEPT];
	uint16_t count;
	uint8_t oid[OID_KEPT];		/* the first one asked for, n bytes */
};

struct snmp_state { uint64_t said[SAID]; uint8_t next; uint8_t spare[7]; };

struct snmp_own {
	struct span user, vars, trap_oid, engine, context;
	uint8_t trap_address[16];
	uint32_t error, error_index, specific;
	uint8_t version, pdu, community, trap_type;	/* words, but for the version */
	uint8_t authenticated, encrypted, trapped, spare[1];
};
_Static_assert(sizeof(struct snmp_own) % 8 == 0, "own parts stay aligned");

/* snmp_codes.c */
enum { SNMP_CODES = 11 };
extern const struct proto_code snmp_codes[SNMP_CODES];
extern const struct field snmp_fields[];

/* snmp_names.c. The name of an object as people write it ("sysName.0", "ifInOctets.3"), else numbers. whole
 * false: without what follows the name, which in tables is the row. */
size_t snmp_name(char *out, size_t cap, struct bytes oid, bool whole);
bool snmp_is_secret(struct bytes oid);
const char *snmp_vendor(struct bytes oid);	/* of sysObjectID; NULL: not known */

/* snmp_read.c. NULL: well-formed; else the reason. */
const char *snmp_read(struct snmp *m, struct cursor c);
/* The next variable; false: none is left. */
bool snmp_variable(struct cursor *c, struct snmp_variable *ret);

/* snmp_act.c */
bool snmp_tell(struct proto_ctx *x, struct snmp *m);
void snmp_tell_unanswered(struct proto_ctx *x, const struct ask *ask);
/* snmp_facts.c */
void snmp_facts(struct proto_ctx *x, const struct snmp_variable *v);
void snmp_serves(struct proto_ctx *x);

#endif

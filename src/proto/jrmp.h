/* proto/jrmp.h: what the files of Java RMI share; the door is jrmp.c. */
#ifndef PROTO_JRMP_H
#define PROTO_JRMP_H

#include "model/proto.h"
#include "proto/ascii.h"
#include "proto/ends.h"

extern const struct proto proto_jrmp;

enum {	/* RMI 10.2: first bytes of messages */
	OP_STREAM = 0x4b, OP_SINGLE = 0x4c, OP_MULTIPLEX = 0x4d,
	OP_ACK = 0x4e, OP_NOT_SUPPORTED = 0x4f,
	OP_CALL = 0x50, OP_RETURN = 0x51, OP_PING = 0x52, OP_PING_ACK = 0x53, OP_DGC_ACK = 0x54,
};

enum {
	REGISTRY_PORT = 1099,
	HEADER = 7,		/* magic:4 version:2 protocol:1 */
	CALL_HEAD = 41,		/* op:1 stream:4 block:2 object:8 uid:14 operation:4 hash:8 */
	RETURN_HEAD = 22,	/* op:1 stream:4 block:2 type:1 uid:14 */
	DGC_ACK_BYTES = 15,	/* op:1 uid:14 */
	HEAD_KEPT = 128, NAME_KEPT = 92, HOST_KEPT = 80,
	RETURN_NORMAL = 1, RETURN_EXCEPTION = 2,	/* RMI 10.2 */
	SERIES_REGISTRY = 1 << 8, SERIES_JMX = 2 << 8, SERIES_DGC = 3 << 8, SERIES_NAME = 4 << 8,
	CODE_LOOKUP = SERIES_REGISTRY | 2, CODE_LIST = SERIES_REGISTRY | 1,
	CODE_NEW_CLIENT = SERIES_JMX,
	CODE_GADGET = SERIES_NAME, CODE_LOADER, CODE_MANAGEMENT,
};

enum jrmp_stage {
	STAGE_START,		/* nothing has come yet */
	STAGE_HOST,		/* length, host and port of an end */
	STAGE_OP,		/* the first byte of a message */
	STAGE_CALL,		/* a message's head is gathered */
	STAGE_TAIL,		/* serialized data, as long as it goes */
	STAGE_OPAQUE,		/* multiplexed, or refused */
};

enum jrmp_scan { SCAN_SEEK, SCAN_HIGH, SCAN_LOW, SCAN_NAME, SCAN_REFERENCE };

struct jrmp_half {		/* one direction; [0] calls */
	uint8_t stage, scan;
	uint8_t signature;	/* bytes of a call's beginning seen in a row */
	uint8_t literal;	/* bytes of "UnicastRef" seen in a row */
	uint8_t tag, want, got;	/* of the name being scanned */
	uint8_t have;		/* bytes in head[] */
	uint8_t head[HEAD_KEPT];
	uint8_t name[NAME_KEPT];
};

struct jrmp_state {
	struct ends ends;
	uint8_t protocol;	/* OP_STREAM ... of the handshake; 0: not seen */
	uint8_t served;		/* what the server offers was said */
	uint8_t jmx_said;
	uint8_t decided;	/* which end asks was looked at */
	uint32_t asked;		/* ids of pair_ask() */
	uint64_t named;		/* rows of jrmp_names[] that were said */
	uint64_t handshake;	/* the ASK of it */
	struct jrmp_half half[2];
};
_Static_assert(sizeof(struct jrmp_state) <= 512, "fits proto.state_size");

struct jrmp_own {
	uint64_t object, hash;
	struct span host;
	uint32_t operation;
	uint16_t port;
	uint8_t called;		/* the three numbers are there */
	uint8_t spare[5];
};
_Static_assert(sizeof(struct jrmp_own) % 8 == 0, "own parts stay aligned");

struct jrmp_call {		/* as it waits for its return */
	uint64_t object, hash;
	uint32_t operation;
	uint32_t code;
	uint8_t name_n;
	uint8_t bare;		/* a login without credentials */
	uint8_t name[NAME_KEPT];
	uint8_t cut;		/* the name did not fit */
	uint8_t spare;
};

struct jrmp_method { uint64_t hash; uint32_t code; };

struct jrmp_name { const char *name; uint32_t code; };

/* jrmp_codes.c */
enum { JRMP_CODES = 46, JRMP_METHODS = 29, JRMP_NAMES = 32 };
extern const struct proto_code jrmp_codes[JRMP_CODES];
extern const struct field jrmp_fields[];
extern const struct jrmp_name jrmp_names[JRMP_NAMES];
/* The code of a call: of a known interface, or OP_CALL. */
uint32_t jrmp_code_of(uint32_t operation, uint64_t hash);

/* jrmp_call.c: messages whose heads are there. */

/* The bytes of a head still wanted, seen what there is of it; 0: it is whole. */
size_t jrmp_head_wants(const struct jrmp_half *h);
/* A whole head in h->head. False: it is none. */
bool jrmp_head(struct proto_ctx *x, struct jrmp_half *h);
void jrmp_handshake(struct proto_ctx *x, uint8_t protocol);
/* Host and port in h->head, at the beginning of a direction. */
void jrmp_host(struct proto_ctx *x, struct jrmp_half *h);
void jrmp_refused(struct proto_ctx *x);
void jrmp_say_open(struct proto_ctx *x, const struct ask *ask, uint8_t outcome);

/* jrmp_scan.c: names in serialized data. */
void jrmp_scan(struct proto_ctx *x, struct jrmp_half *h, uint8_t byte);

#endif

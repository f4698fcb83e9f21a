/* proto/dcerpc_udp.h: what the files of connectionless DCE/RPC share; the door is dcerpc_udp.c. */
#ifndef PROTO_DCERPC_UDP_H
#define PROTO_DCERPC_UDP_H

#include "proto/dcerpc.h"

extern const struct proto proto_dcerpc_udp;

enum dg_type {		/* C706 12.1 */
	DG_REQUEST, DG_PING, DG_RESPONSE, DG_FAULT, DG_WORKING, DG_NOCALL, DG_REJECT, DG_ACK, DG_CANCEL,
	DG_FACK, DG_CANCEL_ACK, DG_TYPES
};

enum {
	DG_HEAD = 80, DG_VERSION = 4,				/* C706 12.5.1 */
	DG_LAST = 2, DG_FRAGMENT = 4, DG_MAYBE = 0x10, DG_BROADCAST = 0x40,	/* flags 1, C706 12.5.2 */
	DG_RESERVED = 0x81,
	PNIO_CONNECT = 0, PNIO_RELEASE, PNIO_READ, PNIO_WRITE, PNIO_CONTROL, PNIO_READ_IMPLICIT,
	DG_CODES = 17,
};

struct dg {			/* one datagram */
	struct rpc form;	/* its byte order */
	uint8_t type, flags, auth;
	uint8_t interface;	/* enum rpc_interface; those of PROFINET as what they are */
	bool pnio;
	uint8_t object[UUID], uuid[UUID], activity[UUID];
	uint32_t boot, sequence;
	uint16_t operation, length, fragment;
	struct bytes body;
	bool cut;		/* the capture has less of it than was sent */
};

enum { STATION_NAME = 240 };	/* IEC 61158-6-10: letters of a station's name at most */

struct pnio {			/* what the blocks of a call or of its answer say */
	uint8_t ar[UUID];
	uint32_t status;	/* of an answer */
	uint32_t api;
	uint16_t slot, subslot, index, records, command, relation;
	uint8_t has_ar, has_record, has_command, has_status, has_relation;
	struct bytes data;	/* of the record, as far as it is there */
	struct bytes name;	/* of who connects, or of who is connected to */
	struct cursor identity;	/* of I&M 0, behind its block head */
	bool has_identity;
};

/* Reads the arguments; false: their lengths do not fit. */
bool pnio_read(struct pnio *ret, const struct dg *m, struct bytes stub, bool answer);
/* What they say about both ends, beyond the act. */
void pnio_facts(struct proto_ctx *x, const struct dg *m, const struct pnio *p, const struct side *asker,
		const struct side *server);

struct dg_asked {		/* a call that waits for its answer */
	uint32_t code, sequence;
	uint16_t operation;
	uint8_t interface, type, from_client, waits, pnio, named;
	uint8_t object[UUID], uuid[UUID], activity[UUID];
	uint32_t api;
	uint16_t slot, subslot, index, records, command;
	uint8_t has_record, has_command;
	uint16_t name_n;
	uint8_t spare[6];
	uint8_t name[STATION_NAME];
};
_Static_assert(sizeof(struct dg_asked) <= ASK_BLOB_MAX, "fits pair_ask()");

struct dg_state {
	struct { uint64_t call; uint32_t lost; uint16_t next, spare; } gathering[2];	/* [1] the client's */
	struct { uint64_t call; int64_t at_ns; } answered[4];	/* in this flow, last */
	uint32_t told[8];	/* digests of facts said */
	uint8_t answered_n, told_n;
	uint8_t both_ways;	/* answers come in this flow too, not from another port */
};
_Static_assert(sizeof(struct dg_state) <= 512, "fits proto.state_size");

struct dg_own {
	struct span request, response, interface, object, activity, relation;
	struct span station, server_station;
	uint32_t sequence;
	uint16_t operation, vendor, device, records;
	uint8_t has_call, has_device, command, type_of;
};
_Static_assert(sizeof(struct dg_own) % 8 == 0, "own parts stay aligned");

extern const struct proto_code dg_codes[DG_CODES];
extern const struct proto_space dg_spaces[];
extern const struct field dg_fields[];
enum { DG_SPACE_RECORD = 1, DG_SPACE_STATION, DG_SPACE_INTERFACE };
const struct proto_code *dg_row(uint32_t code);	/* the row, or that of "other"; never NULL */
const char *dg_type_name(uint8_t type);
/* obs.code of a call: interface << 16 | operation, all interfaces of PROFINET as that of devices. */
uint32_t dg_code(const struct dg *m);

#endif

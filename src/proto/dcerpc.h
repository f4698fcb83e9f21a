/* proto/dcerpc.h: what the files of DCE/RPC share; the door is dcerpc.c. Sources of facts: C706 (The Open
 * Group, DCE 1.1: Remote Procedure Call), [MS-RPCE], and the document of each interface, named beside it. */
#ifndef PROTO_DCERPC_H
#define PROTO_DCERPC_H

#include "model/proto.h"
#include "proto/ends.h"
#include "proto/ntlmssp.h"
#include "proto/smb.h"

#include <string.h>

extern const struct proto proto_dcerpc;

enum {
	RPC_HEAD = 16, RPC_VERSION = 5,			/* C706 12.6.3.1 */
	RPC_FIRST = 1, RPC_LAST = 2, RPC_OBJECT = 0x80,	/* pfc_flags */
	RPC_LITTLE = 0x10,				/* drep[0] */
	RPC_TRAILER = 8,				/* sec_trailer, [MS-RPCE] 2.2.2.11 */
	LEVEL_PRIVACY = 6,				/* [MS-RPCE] 2.2.1.1.8 */
	UUID = 16,
};

enum rpc_type {		/* C706 12.6.4, [MS-RPCE] 2.2.2.10 for AUTH3 */
	RPC_REQUEST = 0, RPC_RESPONSE = 2, RPC_FAULT = 3, RPC_BIND = 11, RPC_BIND_ACK, RPC_BIND_NAK,
	RPC_ALTER, RPC_ALTER_ACK, RPC_AUTH3, RPC_SHUTDOWN, RPC_CANCEL, RPC_ORPHANED, RPC_TYPES,
	RPC_PRINTED = 32	/* none: the end of a transfer */
};

/* Rows of rpc_interfaces[]; 0: an interface without a name here. */
enum rpc_interface {
	IF_OTHER,
	IF_SPOOLSS, IF_SVCCTL, IF_ATSVC, IF_TASKS, IF_SASEC, IF_WINREG, IF_SAMR, IF_LSARPC, IF_NETLOGON,
	IF_SRVSVC, IF_WKSSVC, IF_DRSUAPI, IF_EFSRPC, IF_EFSRPC_PIPE, IF_EPMAPPER, IF_ISYSTEM, IF_OXID,
	IF_WMI_LOGIN, IF_WMI, IF_EVENTLOG, IF_INITSHUTDOWN, IF_DFSNM, IF_PARALLEL_PRINT, IF_BROWSER,
	IF_MGMT, IF_REMUNKNOWN,
	IF_REMUNKNOWN2, IF_NSPI,
	IF_PNIO, IF_PNIO_CONTROLLER, IF_PNIO_SUPERVISOR, IF_PNIO_PARAMETERS, IF_CONV,
	IF_IACTIVATION, IF_DNSSERVER, IF_CERTIFICATES, IF_BACKUPKEY, IF_FSRVP, IF_DSSETUP, IF_FRS,
	IF_WINS, IF_DHCPSRV, IF_DHCPSRV2, IF_WINSTATION, IF_MSGSVC, IF_MSGSVC_SEND, IF_PAN_OBJECT,
	IF_PAN_NOTIFY, IF_KMS, IF_WMI_CLIENT, IF_WMI_ENUM, IF_WMI_SMART, IF_WMI_FETCH, IF_OPC_SERVER,
	IF_OPC_BROWSE, IF_OPC_GROUP, IF_OPC_SYNC, IF_OPC_ITEMS, IF_OPC_CALLBACK, IF_OPC_ASYNC,
	IF_OPC_LIST,
	INTERFACES
};

/* obs.code: interface << 16 | operation; what is no call stands above. */
enum { CODE_PDU = 0x1000000 };	/* | enum rpc_type */

struct rpc_interface_row {
	uint8_t uuid[UUID];	/* as people write it: big-endian */
	const char *name;
};
extern const struct rpc_interface_row rpc_interfaces[INTERFACES];
unsigned rpc_interface_of(const uint8_t uuid[UUID]);	/* enum rpc_interface */

/* How the arguments of an operation are told. */
enum rpc_shape {
	SHAPE_NONE,
	SHAPE_NAMES,		/* the first text is the object, the others the value */
	SHAPE_ON,		/* a handle says which thing; texts are the value */
	SHAPE_OPEN,		/* the first text; the answer's handle will stand for it */
	SHAPE_SERVICE,		/* a new service: its name, the program it runs */
	SHAPE_CHANGE,		/* a service: the program it shall run from now on */
	SHAPE_CONTROL,		/* handle, control */
	SHAPE_JOB,		/* the last text is the command */
	SHAPE_TASK,		/* path and XML */
	SHAPE_DOCUMENT,		/* document and output file of a print job */
	SHAPE_PRINT,		/* a handle and bytes for the printer */
	SHAPE_PRINT_END,
	SHAPE_ROOT,		/* the answer has the handle of a root key */
	SHAPE_KEY,		/* handle, and the name of what lies below it; the answer may have a handle */
	SHAPE_VALUE,		/* handle, name and data of a value */
	SHAPE_MAP,		/* epmapper: which port has an interface */
};

enum { RPC_CODES = 271 };
extern const struct proto_code rpc_codes[RPC_CODES];
const struct proto_code *rpc_row(uint32_t code);	/* the row or that of "other"; never NULL */
uint8_t rpc_shape(uint32_t code);	/* enum rpc_shape */
extern const struct proto_space rpc_spaces[];
enum { SPACE_SERVICE = 1, SPACE_INTERFACE, SPACE_TASK, SPACE_PRINTER, SPACE_REGISTRY, SPACE_ACCOUNT,
       SPACE_NAME };

struct rpc {			/* one PDU */
	uint8_t type, flags;
	bool little, sealed;
	uint8_t auth_type, auth_level;
	uint32_t call;
	uint32_t channel;	/* pipe inside an SMB connection; 0: TCP */
	struct cursor body;	/* behind the head, without padding and trailer */
	struct bytes token;
};

uint16_t rpc_u16(const struct rpc *m, struct cursor *c);
uint32_t rpc_u32(const struct rpc *m, struct cursor *c);
void rpc_uuid(const struct rpc *m, struct cursor *c, uint8_t out[UUID]);	/* big-endian, as written */
enum { UUID_TEXT = 37 };
void rpc_uuid_text(char out[UUID_TEXT], const uint8_t uuid[UUID]);

struct rpc_own {
	struct transfer_own transfer;	/* at the end of what was printed */
	struct span interfaces;		/* of struct rpc_context_own */
	struct span request, response, version, interface, uuid, output;
	uint32_t call, stub_asked, stub_answered;
	uint16_t opnum, fragments_asked, fragments_answered;
	uint8_t has_request, has_response, auth, level;
	uint8_t spare[6];
};
_Static_assert(sizeof(struct rpc_own) % 8 == 0, "own parts stay aligned");

struct rpc_context_own {
	struct span uuid, version, name;
	uint32_t result;
	uint16_t features;	/* that the server agrees to: [MS-RPCE] 2.2.2.14 */
	uint8_t answered;
	uint8_t syntax;		/* enum rpc_syntax */
	uint8_t spare[4];
};
_Static_assert(sizeof(struct rpc_context_own) % 8 == 0, "elements stay aligned");
extern const struct field rpc_fields[];

enum { OBJECT_KEPT = 200, VALUE_KEPT = 400, CONTEXTS = 16, HANDLE = 20 };

struct rpc_asked {		/* a call or a bind that waits for its answer; its texts follow */
	uint32_t code, call, stub;
	uint16_t opnum, fragments;
	uint16_t object_n, value_n;
	uint8_t interface, shape, space, verb;
	uint8_t contexts;	/* BIND: so many struct rpc_offer follow instead */
	uint8_t auth, level;
	uint8_t waits, too_large;
	uint8_t mapped;		/* MAP: interface asked for */
	uint8_t type;		/* enum rpc_type */
	uint8_t raw;		/* the value is bytes, no text */
	uint8_t secret;		/* the value may be a password: it is not kept */
	uint8_t unread;		/* arguments sealed, or in a form that is not looked into */
	uint8_t word;		/* bytes of a pointer or of a number of elements: 4, in NDR64 8 */
	uint8_t spare;
};
struct rpc_note { struct rpc_asked a; uint8_t text[OBJECT_KEPT + VALUE_KEPT]; };
/* How the arguments of a context's calls are written. */
enum rpc_syntax { SYNTAX_NDR, SYNTAX_NDR64, SYNTAX_FEATURES, SYNTAX_OTHER, SYNTAXES };
struct rpc_offer { uint8_t uuid[UUID]; uint16_t id, major, minor; uint8_t interface, syntax; };
_Static_assert(sizeof(struct rpc_note) <= ASK_BLOB_MAX, "fits pair_ask()");
_Static_assert(CONTEXTS * sizeof(struct rpc_offer) <= OBJECT_KEPT + VALUE_KEPT, "fits a note");

/* Things a connection has open (keep_new()). */
enum rpc_keep { RPC_CONTEXT = 1, RPC_HANDLE };
struct rpc_context {
	uint8_t uuid[UUID];
	uint8_t interface;
	uint8_t syntax;		/* enum rpc_syntax */
};
struct rpc_handle { uint8_t space, n, text[OBJECT_KEPT]; };	/* what a context handle was opened for */

struct rpc_state {
	struct ends ends;
	uint8_t started;
	uint8_t printing;
	uint8_t name_n;
	uint8_t told_n, spare[3];
	uint32_t told[6];		/* digests of facts said */
	/* [1] from the side that asks */
	struct { uint32_t call, channel, fragments, bytes; } gathering[2];
	uint64_t print_act;
	uint32_t print_channel;
	uint8_t name[120];		/* of what is printed */
};
_Static_assert(sizeof(struct rpc_state) <= 512, "fits proto.state_size");

/* ---- dcerpc_act.c ---- */
const char *rpc_type_name(uint8_t type);	/* of those that binds and calls have */
uint64_t rpc_pair(const struct rpc *m);
uint64_t rpc_key(const struct rpc *m, enum rpc_keep kind, uint64_t n);
void *rpc_keep_new(struct proto_ctx *x, uint64_t key, size_t n);
void rpc_note_put(struct rpc_note *k, struct bytes object, struct bytes value);
void rpc_note_over(struct rpc_note *ret, const struct ask *ask);
struct obs *rpc_begin(struct proto_ctx *x, const struct rpc_note *k, uint8_t phase, struct rpc_own **ret_own);
/* Remembers the request, and says now what changes something; the name of that act, or 0. */
uint64_t rpc_ask(struct proto_ctx *x, const struct rpc *m, const struct rpc_note *k);
void rpc_say_open(struct proto_ctx *x, const struct rpc_note *k, uint8_t outcome);
/* Names and versions in a security token; a login. */
void rpc_auth(struct proto_ctx *x, const struct rpc *m);

/* ---- dcerpc_bind.c ---- */
bool rpc_bind(struct proto_ctx *x, const struct rpc *m);
bool rpc_bound(struct proto_ctx *x, const struct rpc *m);
const struct rpc_context *rpc_context_of(struct proto_ctx *x, const struct rpc *m, uint16_t id);

/* ---- dcerpc_stub.c: arguments ---- */
/* Of a call in NDR, word 4, or in NDR64, word 8. */
struct stub { const uint8_t *p; size_t n, word; };
/* A pointer or a number of elements, behind the padding before it; c is what is left of s. */
uint64_t rpc_word(const struct rpc *m, const struct stub *s, struct cursor *c);
void rpc_stub_ask(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct bytes b);
/* What an answer opened; and what it returns, when the interface ends its answers with that. */
void rpc_stub_answer(struct proto_ctx *x, const struct rpc *m, const struct rpc_note *k, struct bytes stub);
bool rpc_returned(const struct rpc *m, const struct rpc_note *k, struct bytes stub, uint32_t *ret);

/* ---- dcerpc_print.c ---- */
void rpc_print_begin(struct proto_ctx *x, const struct rpc *m, const struct rpc_note *k, uint64_t act);
void rpc_print_data(struct proto_ctx *x, const struct rpc *m, struct stub stub);
void rpc_print_end(struct proto_ctx *x, bool in_order);

/* ---- dcerpc_map.c ---- */
void rpc_map_ask(const struct rpc *m, struct rpc_note *k, struct stub stub);
void rpc_map_answer(struct proto_ctx *x, const struct rpc *m, struct stub stub);

#endif

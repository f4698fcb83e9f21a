/* proto/s7comm.h: what the files of S7comm share; the door is s7comm.c. Sources of facts, by their short
 * names:
 *   "WT"  the published notes of T. Wiens on the protocol and his naming of its parts (H where walked in
 *         captures)
 *   "SFC" Siemens, System Software for S7-300/400, System and Standard Functions, Reference Manual
 *   (A5E00739858) "NC"  Siemens, SINUMERIK 840D sl, List Manual, NC variables and PI services
 *   "CAP" walked in captures by ourselves */
#ifndef PROTO_S7COMM_H
#define PROTO_S7COMM_H

#include "model/proto.h"

#include <string.h>

enum {
	S7_ID = 0x32,
	JOB = 1, ACK = 2, ACK_DATA = 3, USERDATA = 7,	/* ROSCTR, WT */
	F_SETUP = 0xf0, F_READ = 0x04, F_WRITE = 0x05, F_CPU = 0x00, F_MODE = 0x01,
	F_DOWNLOAD = 0x1a, F_DOWNLOAD_BLOCK = 0x1b, F_DOWNLOAD_END = 0x1c,
	F_UPLOAD = 0x1d, F_UPLOAD_BLOCK = 0x1e, F_UPLOAD_END = 0x1f, F_PI = 0x28, F_STOP = 0x29,
	/* obs.code: a job's function, but 100 for function 0; F_PI << 8 | row of the PI table; USERDATA << 16
	 * | group << 8 | function. */
	CODE_CPU = 0x100, CODE_PI = F_PI << 8, CODE_USER = USERDATA << 16, CODE_USER_OTHER = 0xff,
	PARAM_KEPT = 960,	/* bytes of parameters kept with a request: 80 items of 12 bytes */
	BLOCK_NAME = 32,	/* room for a block's or a program's name */
	RET_NONE = 0x0a,	/* the object does not exist, or there is no data, WT */
	RET_OK = 0xff,		/* of an item, WT */
};

extern const struct proto proto_s7comm;

/* One message, cut into its parts. */
struct s7 {
	uint8_t rosctr, function;
	uint8_t error_class, error_code;
	uint16_t ref;
	struct bytes param, data;
};

/* What waits for an answer; the parameters of the request may lie behind it. */
struct s7_asked {
	uint8_t function;
	uint8_t bad;		/* the request was malformed */
	uint8_t items;		/* READ, WRITE */
	uint8_t seen;		/* set when it was found */
	uint16_t n;		/* bytes of parameters behind */
	uint16_t sub;		/* userdata: group << 8 | function; PI: row */
	uint32_t id;		/* upload id */
	uint32_t code;
	uint64_t last;		/* WRITE: name of the act of the last item */
};

struct s7_transfer {
	uint8_t open, n;
	uint8_t reading;	/* NC: from the machine */
	char name[BLOCK_NAME];
	uint32_t id;
};

struct s7_state {
	uint64_t station;	/* from the TSAP (cotp.h), taken at the first message */
	uint8_t started;
	uint8_t spare[7];
	struct s7_transfer down, up, nc;
};

/* The own part of every act. */
struct s7_own {
	struct transfer_own transfer;	/* at its end */
	struct span service;		/* what a PI or a stop asks for */
	uint16_t ref, pdu_length, jobs_calling, jobs_called;
	uint16_t szl, szl_index;
	uint8_t rosctr, function, error_class, error_code, group, subfunction, sequence, item_result;
	uint8_t syntax, area, transport, db_given;
	uint16_t db;
	uint8_t is_user, is_szl, is_setup, is_item, has_error, has_result;
	uint8_t spare[4];
};
_Static_assert(sizeof(struct s7_own) % 8 == 0, "own parts stay aligned");

/* s7comm.c */
struct obs *s7_begin(struct proto_ctx *x, uint32_t code, uint8_t phase);
struct s7_own *s7_own(struct proto_ctx *x, const struct s7 *m);
uint64_t s7_id(const struct proto_ctx *x, const struct s7 *m, bool answer);
bool s7_waits(uint32_t code);
uint8_t s7_outcome(const struct s7 *m);
void s7_number(char *out, size_t *n, size_t cap, uint32_t v, unsigned base, unsigned digits);
void s7_put(char *out, size_t *n, size_t cap, const void *p, size_t bytes);

/* s7comm_item.c */
struct s7_item {		/* a variable specification, read */
	uint8_t syntax, area, transport;
	uint16_t db;
	uint8_t space, cls, parts;
	uint32_t part[4];
	uint32_t count;
	uint8_t type, bits;	/* of the value */
	bool opaque;
	char name[64];
	size_t name_n;
};
/* Reads the next specification; the reason when it cannot be one. */
const char *s7_item_read(struct s7_item *it, struct cursor *c);
/* Puts the item into the act being built. */
void s7_item_object(struct proto_ctx *x, struct obs *o, const struct s7_item *it);
void s7_item_own(struct s7_own *w, const struct s7_item *it);
/* The value of the act being built, from the data of a variable, without its head. */
void s7_item_value(struct proto_ctx *x, const struct s7_item *it, uint8_t transport, struct bytes data);
/* Reads the next data item: its return code, transport size and bytes; false: does not fit. last: no fill
 * byte follows. */
bool s7_data_read(struct cursor *c, bool last, uint8_t *ret_result, uint8_t *ret_transport,
		  struct bytes *ret_data);
extern const struct proto_space s7_spaces[];
enum { S7_SPACE_SZL = 1, S7_SPACE_BLOCK, S7_SPACE_FILE };

/* s7comm_var.c */
bool s7_read_var(struct proto_ctx *x, const struct s7 *m);
bool s7_write_var(struct proto_ctx *x, const struct s7 *m);
bool s7_var_answer(struct proto_ctx *x, const struct s7 *m, const struct ask *ask, const struct s7_asked *a);
void s7_var_unanswered(struct proto_ctx *x, const struct ask *ask, const struct s7_asked *a);

/* s7comm_block.c */
bool s7_block_ask(struct proto_ctx *x, const struct s7 *m);
bool s7_block_answer(struct proto_ctx *x, const struct s7 *m, const struct s7_asked *a);
void s7_blocks_end(struct proto_ctx *x);
bool s7_pi(struct proto_ctx *x, const struct s7 *m);
bool s7_stop(struct proto_ctx *x, const struct s7 *m);
void s7_missing(struct proto_ctx *x, uint64_t bytes);
/* "DB1" from "_0A00001P" or "0A00001P"; 0: not a block's name. */
size_t s7_block_name(char out[BLOCK_NAME], struct bytes b);
/* "DB1" from a type as two ASCII hex digits and a number. */
const char *s7_block_type(unsigned type);
/* Ends a transfer with an act of this code. */
uint64_t s7_transfer_end(struct proto_ctx *x, const struct s7 *m, struct s7_transfer *t, uint32_t key,
			 uint32_t code, bool complete, uint8_t phase);
enum { KEY_DOWN = 1, KEY_UP, KEY_NC };

/* s7comm_user.c */
bool s7_user(struct proto_ctx *x, const struct s7 *m);
void s7_user_unanswered(struct proto_ctx *x, const struct ask *ask, const struct s7_asked *a);

/* s7comm_szl.c */
bool s7_szl_identifies(uint16_t id);
/* Says the facts of an answered list; b begins at the list's id. */
void s7_szl_facts(struct proto_ctx *x, const struct side *device, struct bytes b);

/* s7comm_codes.c */
enum { S7_CODES = 129 };
extern const struct proto_code s7_codes[S7_CODES];
struct s7_pi_name { const char *name; uint8_t row; };
/* The PI service of this name: code of its row. */
uint32_t s7_pi_code(struct bytes name);

#endif

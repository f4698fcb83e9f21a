/* proto/fins.h: what the files of FINS share; the door is fins.c, sources as there. */
#ifndef PROTO_FINS_H
#define PROTO_FINS_H

#include "model/proto.h"
#include "proto/ascii.h"

extern const struct proto proto_fins;

enum {
	PORT = 9600, /* EU 7-1 */
	HEADER = 12, /* CR 5-1: ten bytes and the command code */
	FINS_MAX = 2012, /* EU 6-1: header, command code and text */
	FINS_CUT = 4096, /* longer than allowed, but still taken for a message and called malformed */
	TCP_HEAD = 16,
	TCP_COUNTED = 8, /* EU 7-4: the length counts from the command on */
	TCP_ASK_NODE = 0,
	TCP_TELL_NODE,
	TCP_FRAME,
	TCP_REFUSED,
	TCP_CONFIRM = 6, /* EU 7-4 */
	CODE_TCP = 1 << 24, /* series of the commands of FINS/TCP; command codes are bare */
	GATEWAY = 0x80,
	RESPONSE = 0x40,
	NO_RESPONSE = 1,
	ICF_RESERVED = 0x3e, /* CR 5-1-1 */
	NODE_ALL = 0xff,
	BODY_KEPT = 720, /* of a request, until it is answered */
	LIST_MAX = 167, /* CR 5-3-5: places 01 04 may name */
	NAME_KEPT = 64, /* of a file and its folder */
	NAME = 12, /* CR 5-2: eight characters, dot, three */
};

/* What a request and its answer look like. */
enum shape {
	SHAPE_RAW, /* not looked into */
	SHAPE_EMPTY, /* neither has data */
	SHAPE_READ,
	SHAPE_WRITE,
	SHAPE_FILL,
	SHAPE_LIST,
	SHAPE_MOVE,
	SHAPE_PARAM_READ,
	SHAPE_PARAM_WRITE,
	SHAPE_PARAM_CLEAR,
	SHAPE_PROTECT,
	SHAPE_PROGRAM_READ,
	SHAPE_PROGRAM_WRITE,
	SHAPE_PROGRAM_CLEAR,
	SHAPE_RUN,
	SHAPE_STOP,
	SHAPE_IDENTITY,
	SHAPE_MODULES,
	SHAPE_STATUS,
	SHAPE_CYCLE,
	SHAPE_CLOCK,
	SHAPE_CLOCK_SET,
	SHAPE_ECHO,
	SHAPE_MESSAGE,
	SHAPE_RIGHT,
	SHAPE_ERROR,
	SHAPE_LOG,
	SHAPE_FILES,
	SHAPE_FILE_READ,
	SHAPE_FILE_WRITE,
	SHAPE_DISK,
	SHAPE_FILE_DELETE,
	SHAPE_LABEL,
	SHAPE_FILE_COPY,
	SHAPE_FILE_RENAME,
	SHAPE_FILE_CHECK,
	SHAPE_FILE_AREA,
	SHAPE_FILE_PARAM,
	SHAPE_FILE_PROGRAM,
	SHAPE_FOLDER,
	SHAPE_FORCE,
	SHAPE_FORCED,
	SHAPE_NAME_SET,
	SHAPE_NAME,
};

/* Why a message is malformed; each is a text below notes: in content/protocols/fins.yml. */
enum reason {
	GOOD,
	BAD_FRAME,
	BAD_HEADER,
	BAD_LENGTH,
	BAD_COUNT,
	BAD_CLOCK,
	BAD_TCP_LENGTH,
	BAD_TCP_COMMAND,
	BAD_ANSWER_LENGTH,
	BAD_ANSWER_ECHO,
	BAD_ANSWER_COUNT,
	REASONS
};

enum space {
	SPACE_NONE,
	SPACE_CIO_BIT,
	SPACE_CIO,
	SPACE_W_BIT,
	SPACE_W,
	SPACE_H_BIT,
	SPACE_H,
	SPACE_A_BIT,
	SPACE_A,
	SPACE_D_BIT,
	SPACE_D,
	SPACE_E_BIT,
	SPACE_E,
	SPACE_EM_BIT,
	SPACE_EM,
	SPACE_T_FLAG,
	SPACE_T,
	SPACE_C_FLAG,
	SPACE_C,
	SPACE_TASK,
	SPACE_CLOCK_BIT,
	SPACE_IR,
	SPACE_DR,
	SPACE_TRANSITION,
	SPACE_STEP,
	SPACE_STEP_TIMER,
	SPACE_ACTION,
	SPACE_OTHER,
	SPACE_PARAM,
	SPACE_PROGRAM,
	SPACE_FILE,
	SPACE_RECORD,
	SPACE_UNIT,
};

struct fins_area {
	uint8_t space; /* enum space */
	uint8_t bytes; /* of one item; 0: not known */
	uint8_t parts;
	bool bit; /* items are single bits, each in a byte of its own */
	uint32_t part[3];
};

struct fins_head {
	uint8_t icf, dna, da1, da2, sna, sa1, sa2, sid;
	uint16_t command;
};

/* What is kept of a request until its answer comes. */
struct fins_asked {
	struct fins_head head;
	uint8_t row; /* of fins_codes[] + 1; 0: none */
	uint8_t from_client, why; /* why: enum reason when the request itself was malformed */
	uint8_t piece; /* a later block of a transfer: told as a whole */
	uint16_t n; /* bytes of its body kept behind */
};

struct fins_kept {
	struct fins_asked a;
	uint8_t body[BODY_KEPT];
};

/* A request taken apart; what a shape does not have is zero. */
struct fins_wish {
	struct fins_area area, from;
	struct bytes data;
	struct bytes name, second, folder; /* files */
	uint32_t place; /* first word, byte, record or file */
	uint32_t count;
	uint16_t number; /* program, parameter area, disk */
	uint16_t mode; /* parameter, protection or mode code */
	bool last; /* the last block */
};

struct fins_stream { /* a program or file that is coming block by block */
	uint64_t act; /* that opened it */
	uint32_t next; /* where the next block begins */
	uint32_t number; /* program or disk */
	uint8_t open, from_client, n;
	uint8_t name[NAME_KEPT];
};

enum { STREAM_PROGRAM_IN, STREAM_PROGRAM_OUT, STREAM_FILE_IN, STREAM_FILE_OUT, STREAMS };

struct fins_state {
	uint64_t said[2]; /* identity and modules told last */
	uint8_t node; /* of the server, from the handshake of FINS/TCP; 0: not seen */
	struct fins_stream streams[STREAMS];
};

struct fins_own {
	struct transfer_own transfer;
	struct span source, clock, message; /* TEXT */
	uint16_t command, end_code, fatal, nonfatal, error;
	uint8_t dna, da1, da2, sna, sa1, sa2, sid;
	uint8_t tcp_command, tcp_error, client_node, server_node;
	uint8_t mode, status; /* of fins_modes[], fins_statuses[] */
	/* What of it is there. */
	uint8_t numbered, framed, ended, tcp, nodes, moded, told;
	uint8_t spare[2];
};
_Static_assert(sizeof(struct fins_own) % 8 == 0, "own parts stay aligned");

/* fins_codes.c */
enum { FINS_ROWS = 88 };
extern const char *const fins_reasons[REASONS];
extern const struct proto_space fins_spaces[];
extern const struct proto_code fins_codes[FINS_ROWS];
extern const struct field fins_fields[];
unsigned fins_row(uint32_t code); /* of fins_codes[] + 1; 0: none */
enum shape fins_shape(unsigned row);
const char *fins_end_note(uint16_t end_code); /* NULL: not in the table */
const char *fins_tcp_note(uint32_t error);
uint8_t fins_mode_word(uint8_t mode);
uint8_t fins_status_word(uint8_t status);
extern const char *const fins_modes[];
extern const char *const fins_statuses[];

/* fins_area.c */
struct fins_area fins_area(struct cursor *c); /* area:1 address:2 bit:1 */
void fins_area_object(struct obs *o, const struct fins_area *a, uint32_t count);
void fins_area_text(struct ascii_pen *pen, const struct fins_area *a);
/* The value of count items as they lie on the wire. */
void fins_items(struct proto_ctx *x, const struct fins_area *a, uint32_t count, struct bytes raw);
void fins_put_number(struct ascii_pen *pen, uint32_t v, unsigned base, unsigned digits);
/* Characters of a field of fixed length, without what fills it up. */
struct bytes fins_text(struct bytes b);

/* fins_wish.c */
enum reason fins_wish(enum shape shape, struct bytes body, struct fins_wish *w);
/* "\folder\name", at most NAME_KEPT bytes. */
size_t fins_path(uint8_t room[NAME_KEPT], const struct fins_wish *w, struct bytes name);
void fins_wish_object(struct proto_ctx *x, struct obs *o, enum shape shape, const struct fins_wish *w);

/* fins_request.c */
struct obs *fins_begin(struct proto_ctx *x, const struct fins_asked *a, uint8_t phase);
struct fins_own *fins_own(struct proto_ctx *x, const struct fins_asked *a);
bool fins_waits(unsigned row);
uint64_t fins_key(const struct fins_head *h, bool from_client);
/* The act of a request whose answer did not come, cannot be waited for, or refuses with end_code. */
void fins_say_open(struct proto_ctx *x, const struct fins_kept *k, uint64_t act, uint8_t outcome,
		   uint16_t end_code);
/* An act that has its answer: result, its words, and the own part's. */
struct fins_own *fins_ended(struct proto_ctx *x, const struct fins_asked *a, struct obs *o,
			    uint16_t end_code);
size_t fins_clock_text(uint8_t out[24], struct bytes b);
bool fins_request(struct proto_ctx *x, struct fins_head head, struct bytes body);

/* fins_answer.c */
bool fins_answer(struct proto_ctx *x, struct fins_head head, struct bytes body);

/* fins_block.c */
/* A request of a transfer: says its act, if it has one, and gives its name; *ret_piece: it has none. */
uint64_t fins_block_ask(struct proto_ctx *x, const struct fins_asked *a, enum shape shape,
			const struct fins_wish *w, bool *ret_piece);
/* The data of an answer, and the act that ends a transfer. */
void fins_block_data(struct proto_ctx *x, const struct fins_asked *a, enum shape shape,
		     const struct fins_wish *w, uint32_t place, bool last, struct bytes data);
void fins_block_refused(struct proto_ctx *x, enum shape shape);
void fins_blocks_missing(struct proto_ctx *x, uint64_t bytes);
void fins_blocks_end(struct proto_ctx *x);

#endif

/* proto/lsv2.h: what the files of LSV2 share; the door is lsv2.c. Sources of facts, by their short names:
 *   "PYL"  the published code, notes and issues of the pyLSV2 project (H: it talks to real controls)
 *   "TFI"  the published client of T. Fischer for iTNC 530 (H for what both say)
 * Nothing here was held against a capture of ours. */
#ifndef PROTO_LSV2_H
#define PROTO_LSV2_H

#include "proto/ends.h"
#include "proto/running.h"

enum {
	LSV2_PORT = 19000,
	LSV2_HEAD = 8,		/* length:4 (of what follows the name) name:4 */
	LSV2_LENGTH_MAX = 32768,	/* PYL: blocks have at most 4096 bytes; listings are longer */
	LSV2_NAME_KEPT = 128,	/* bytes of a path kept with a request or a transfer */
	LSV2_LISTED = 160,	/* bytes of the names of a listing */
	LSV2_CELLS_MAX = 8192,	/* cells of one tool table that are told */
};

#define LSV2_CODE(a, b, c) ((uint32_t)(a) << 24 | (uint32_t)'_' << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))
/* obs.code: the four letters; of a C_CC its command. */
enum lsv2_code {
	A_LG = LSV2_CODE('A', 'L', 'G'), A_LO = LSV2_CODE('A', 'L', 'O'),
	C_CC = LSV2_CODE('C', 'C', 'C'), C_DC = LSV2_CODE('C', 'D', 'C'), C_DD = LSV2_CODE('C', 'D', 'D'),
	C_DM = LSV2_CODE('C', 'D', 'M'), C_DS = LSV2_CODE('C', 'D', 'S'), C_DT = LSV2_CODE('C', 'D', 'T'),
	C_EK = LSV2_CODE('C', 'E', 'K'), C_FA = LSV2_CODE('C', 'F', 'A'), C_FC = LSV2_CODE('C', 'F', 'C'),
	C_FD = LSV2_CODE('C', 'F', 'D'), C_FL = LSV2_CODE('C', 'F', 'L'), C_FR = LSV2_CODE('C', 'F', 'R'),
	C_GC = LSV2_CODE('C', 'G', 'C'), C_LK = LSV2_CODE('C', 'L', 'K'), C_MB = LSV2_CODE('C', 'M', 'B'),
	C_MC = LSV2_CODE('C', 'M', 'C'), C_OP = LSV2_CODE('C', 'O', 'P'), C_ST = LSV2_CODE('C', 'S', 'T'),
	C_TP = LSV2_CODE('C', 'T', 'P'), M_CC = LSV2_CODE('M', 'C', 'C'),
	R_CI = LSV2_CODE('R', 'C', 'I'), R_DI = LSV2_CODE('R', 'D', 'I'), R_DP = LSV2_CODE('R', 'D', 'P'),
	R_DR = LSV2_CODE('R', 'D', 'R'), R_DS = LSV2_CODE('R', 'D', 'S'), R_DT = LSV2_CODE('R', 'D', 'T'),
	R_FI = LSV2_CODE('R', 'F', 'I'), R_FL = LSV2_CODE('R', 'F', 'L'), R_IN = LSV2_CODE('R', 'I', 'N'),
	R_LB = LSV2_CODE('R', 'L', 'B'), R_MB = LSV2_CODE('R', 'M', 'B'), R_MC = LSV2_CODE('R', 'M', 'C'),
	R_OC = LSV2_CODE('R', 'O', 'C'), R_OD = LSV2_CODE('R', 'O', 'D'), R_OH = LSV2_CODE('R', 'O', 'H'),
	R_OI = LSV2_CODE('R', 'O', 'I'), R_OP = LSV2_CODE('R', 'O', 'P'), R_PR = LSV2_CODE('R', 'P', 'R'),
	R_RI = LSV2_CODE('R', 'R', 'I'), R_SD = LSV2_CODE('R', 'S', 'D'), R_ST = LSV2_CODE('R', 'S', 'T'),
	R_VR = LSV2_CODE('R', 'V', 'R'),
	S_DR = LSV2_CODE('S', 'D', 'R'), S_FL = LSV2_CODE('S', 'F', 'L'),
	T_BD = LSV2_CODE('T', 'B', 'D'), T_ER = LSV2_CODE('T', 'E', 'R'), T_FD = LSV2_CODE('T', 'F', 'D'),
	T_OK = LSV2_CODE('T', 'O', 'K'),
	TABLE_CELL = LSV2_CODE('T', 'A', 'B'),	/* ours: a cell of a tool table that crossed */
};
#define LSV2_COMMAND(n) (0xcc00u | (n))
enum { CC_SCREEN = 12, CC_SECURE = 19, CC_MAX = 27 };

/* What R_RI asks for: PYL. */
enum {
	RI_AXES = 22,
	RI_EXEC = 23,
	RI_PROGRAM = 24,
	RI_OVERRIDE = 25,
	RI_STATE = 26,
	RI_ERROR = 27,
	RI_NEXT_ERROR = 28,
	RI_TOOL = 51
};

enum lsv2_space { SPACE_RUN_INFO = 1, SPACE_RUNNING, SPACE_MAIN, SPACE_PLC, SPACE_KEY, SPACE_TABLE };

enum lsv2_mode {	/* what the blocks that come belong to */
	MODE_NONE, MODE_SEND, MODE_READ, MODE_LIST,
};

struct lsv2_asked {
	uint32_t code, number;	/* number: run info, address, key, command's parameter */
	uint16_t count, name_n;
	uint8_t class, binary;
	uint8_t name[LSV2_NAME_KEPT];
};

struct lsv2_state {
	struct ends ends;
	uint8_t decided;	/* which end asks */
	uint8_t told;		/* bits of the facts said */
	uint8_t mode;		/* enum lsv2_mode */
	uint8_t secure;		/* the end of a file is acknowledged: C_CC 19 */
	uint8_t late;		/* one more T_OK may come that answers nothing */
	uint8_t listed_n;
	uint32_t asks;		/* requests so far: what pairs them */
	uint32_t entries;	/* of the listing */
	struct lsv2_asked file;	/* what is on its way */
	struct running running;
	uint8_t listed[LSV2_LISTED];
};
_Static_assert(sizeof(struct lsv2_state) <= 512, "state fits the flow");

/* The own part of every act. */
struct lsv2_own {
	struct transfer_own transfer;	/* at its end */
	struct span telegram;		/* its four letters */
	struct span privilege, other_name;	/* of a copy or renaming: the other of its two names */
	double speed, rapid;
	uint32_t line, entries, left_out, tool_index;
	uint16_t block_length, error_class;
	uint8_t is_login, password, default_code, permanent, has_permanent, binary, has_line, has_override;
	uint8_t state, exec, has_state, has_exec, error, is_cell, inch, lsv2_version;
	uint8_t spare[4];
};
_Static_assert(sizeof(struct lsv2_own) % 8 == 0, "own parts stay aligned");

struct lsv2_telegram {
	uint32_t code;
	struct bytes body;
};

/* lsv2_codes.c */
extern const struct proto proto_lsv2;
enum { LSV2_CODES = 70 };
extern const struct proto_code lsv2_codes[LSV2_CODES];
extern const struct proto_space lsv2_spaces[];
extern const struct field lsv2_fields[];
const struct proto_code *lsv2_row(uint32_t code);	/* NULL: unknown */
uint8_t lsv2_error(uint8_t number);			/* which word of the own field */
const char *lsv2_version_name(uint32_t number);		/* what R_VR asks for; NULL: unknown */
const char *lsv2_key_name(uint32_t key);		/* NULL: none */

/* lsv2_act.c */
struct obs *lsv2_begin(struct proto_ctx *x, const struct lsv2_asked *a, uint8_t phase);
struct lsv2_own *lsv2_own(struct proto_ctx *x, const struct lsv2_asked *a);
bool lsv2_waits(uint32_t code);
struct bytes lsv2_string(struct cursor *c);	/* up to a NUL, which is read too, or to the end */
bool lsv2_unpack(const struct ask *ask, struct lsv2_asked *ret);
void lsv2_remember(struct proto_ctx *x, const struct lsv2_asked *a, uint64_t act);
/* Says how a request ended; result: error class << 8 | number. */
void lsv2_ended(struct proto_ctx *x, const struct lsv2_asked *a, uint64_t act, uint8_t outcome,
		uint16_t result);
uint8_t lsv2_class(struct bytes name);	/* program, tool or file, by its ending */

/* lsv2_ask.c */
bool lsv2_ask(struct proto_ctx *x, const struct lsv2_telegram *t);

/* lsv2_answer.c */
bool lsv2_answer(struct proto_ctx *x, const struct lsv2_telegram *t);

/* lsv2_file.c */
void lsv2_file_open(struct proto_ctx *x, const struct lsv2_asked *a, uint8_t mode);
void lsv2_file_data(struct proto_ctx *x, struct bytes data);
/* The file is over; the act that says so, or 0. */
uint64_t lsv2_file_end(struct proto_ctx *x, uint8_t phase, bool whole, uint16_t result);
void lsv2_file_drop(struct proto_ctx *x);
void lsv2_file_missing(struct proto_ctx *x, uint64_t bytes);

/* lsv2_table.c: tool tables, cell by cell. */
void lsv2_table_open(struct proto_ctx *x);
void lsv2_table_add(struct proto_ctx *x, struct bytes piece, bool written);
uint32_t lsv2_table_close(struct proto_ctx *x);	/* cells that were not told */

#endif

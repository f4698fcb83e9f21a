/* proto/focas.h: what the files of FOCAS share; the door is focas.c. Sources of facts, by their short
 * names:
 *   "PYF"  the published notes and samples of the pyfanuc project (layout H, names of functions M)
 *   "HSL"  the published documentation and behaviour of the HslCommunication library, Fanuc series (M)
 *   "LIB"  what Fanuc's own library was seen to send and to take, in published notes of an integrator who
 *          ran it against a series 0i-MD, a series 0i-MF simulator and answers of his own (M)
 *   "API"  Fanuc, FOCAS1/2 library reference: names, states and error numbers (M)
 * Nothing here was held against a capture of ours. */
#ifndef PROTO_FOCAS_H
#define PROTO_FOCAS_H

#include "proto/ends.h"
#include "proto/running.h"

enum {
	FOCAS_PORT = 8193,
	FOCAS_HEAD = 10, /* magic:4 version:2 function:1 direction:1 length:2 */
	FOCAS_VERSION_MAX = 4, /* LIB: 1 requests, 1 to 4 answers */
	FOCAS_BLOCK = 28, /* a called function without its data */
	FOCAS_AXES = 32, /* LIB: records of an answer about axes */
	FOCAS_RECORD = 8, /* a decimal number: mantissa:4 base:2 places:2 */
	FOCAS_PARAMETER = 12, /* number:4 axis:2 type:2 and one value:4 at least */
	FOCAS_NAME_FIELD = 512, /* of a transfer's opening, behind four bytes */
	FOCAS_BLOCKS_KEPT = 20, /* functions of a call kept until it is answered */
	FOCAS_PATH_KEPT = 224, /* bytes of a program's path kept with a call of one function */
	FOCAS_NAME_KEPT = 128, /* bytes of a program's name kept during its transfer */
};

/* function << 8 | direction: 1 asks, 2 answers, 3 refuses, 4 carries data. */
enum focas_type {
	TYPE_OPEN = 0x0101, TYPE_CLOSE = 0x0201, TYPE_CALL = 0x2101,
	TYPE_DOWN = 0x1101, TYPE_DOWN_DATA = 0x1204, TYPE_DOWN_END = 0x1301,
	TYPE_UP = 0x1501, TYPE_UP_DATA = 0x1604, TYPE_UP_END = 0x1701, TYPE_UP_DONE = 0x1702,
	TYPE_UP_ASK = 0x1804, TYPE_UP_STOP = 0x1901,
	ASKS = 1, ANSWERS = 2, REFUSES = 3, CARRIES = 4,
};

/* obs.code: a type, or the group of a called function << 16 | its number. */
#define FOCAS_CODE(group, function) ((uint32_t)(group) << 16 | (function))
enum { GROUP_CNC = 1, GROUP_PMC = 2 };

/* What the data of a function are, as answered (of a write: as sent). */
enum focas_shape {
	SHAPE_RAW, /* named only */
	SHAPE_NONE,
	SHAPE_U16,
	SHAPE_U32, /* numbers */
	SHAPE_DECIMALS, /* records, one value of many items */
	SHAPE_VARIABLES, /* records, one act for each number from the first argument on */
	SHAPE_TEXT, /* up to its NUL */
	SHAPE_BLOCK, /* four bytes, then text */
	SHAPE_PROGRAMS, /* running:4 main:4 */
	SHAPE_NAME, /* number:4 name:36 */
	SHAPE_STATUS,
	SHAPE_SYSTEM,
	SHAPE_ALARMS,
	SHAPE_DIRECTORY,
	SHAPE_FILES,
	SHAPE_PARAMETER,
	SHAPE_PMC,
	SHAPE_LINES,
};

/* What the arguments name. */
enum focas_names {
	NAMES_NOTHING,
	NAMES_ARGUMENTS,	/* whatever they mean: shown as they are */
	NAMES_RANGE,		/* first, last */
	NAMES_OFFSET,		/* number, last, type */
	NAMES_NUMBER,		/* a program's number */
	NAMES_PATH,		/* the data are a path */
	NAMES_PMC,		/* first byte, last byte, area, width */
};

struct focas_function {
	uint8_t shape, names, space;
};

enum focas_space {
	SPACE_ARGUMENTS = 1,
	SPACE_MACRO,
	SPACE_PARAMETER,
	SPACE_DIAGNOSIS,
	SPACE_OFFSET,
	SPACE_ZERO,
	SPACE_RUNNING,
	SPACE_MAIN,
	SPACE_PMC, /* + area, PMC_AREAS of them */
};
enum { PMC_AREAS = 10 };

/* A called function as it is kept until its answer. */
struct focas_block {
	int32_t argument[4];
	uint32_t n;		/* bytes of data it brought */
	uint16_t function, group, path;
	uint16_t acts;		/* said of it so far */
	uint64_t first, last;	/* their names */
};

struct focas_asked {
	uint16_t type;
	uint8_t blocks, kept;
	uint16_t path_n;
	uint8_t more;		/* there were more blocks than are kept */
	uint8_t bad;		/* the request was malformed */
	struct focas_block block[FOCAS_BLOCKS_KEPT];
	uint8_t path[FOCAS_PATH_KEPT];	/* of the one block; directly behind the kept blocks while it waits */
};

struct focas_transfer {
	uint8_t open, name_n;
	uint8_t begun;		/* its beginning was seen */
	char name[FOCAS_NAME_KEPT];
};
enum { KEY_DOWN = 1, KEY_UP, KEY_LINES };

struct focas_state {
	struct ends ends;
	uint8_t decided;	/* which end asks */
	uint8_t told;		/* the system's facts were said */
	uint16_t item, items;	/* of the message being said */
	uint32_t asks;		/* requests so far: what pairs them */
	struct focas_transfer down, up, lines;
	struct running running;
};
_Static_assert(sizeof(struct focas_state) <= 512, "state fits the flow");

/* The own part of every act. */
struct focas_own {
	struct transfer_own transfer;	/* at its end */
	struct span alarm, series, release, axes;
	int64_t argument[4];
	uint16_t type, function, group, path, channel, detail, max_axes;
	uint16_t motion, emergency, alarms, edit;
	uint8_t has_call, has_status, has_channel, mode, run, error;
	uint8_t spare[4];
};
_Static_assert(sizeof(struct focas_own) % 8 == 0, "own parts stay aligned");

struct focas_head {
	uint16_t type;
	struct bytes body;
};

/* focas_codes.c */
extern const struct proto proto_focas;
enum { FOCAS_CODES = 81 };
extern const struct proto_code focas_codes[FOCAS_CODES];
extern const struct proto_space focas_spaces[];
extern const struct field focas_fields[];
/* The row of a called function; NULL: unknown. What its data are is said for both. */
const struct proto_code *focas_row(uint16_t group, uint16_t function,
				   const struct focas_function **ret_function);
const struct proto_code *focas_type_row(uint16_t type);
uint8_t focas_error(uint16_t result);	/* which word of the own field */

/* focas_act.c */
struct obs *focas_begin(struct proto_ctx *x, const struct proto_code *row, uint8_t phase);
struct obs *focas_begin_block(struct proto_ctx *x, const struct focas_block *b, struct bytes path,
			      uint8_t phase);
struct focas_own *focas_own(struct proto_ctx *x, uint16_t type, const struct focas_block *b);
void focas_program_name(char out[12], size_t *ret_n, uint32_t number);
void focas_result(struct obs *o, struct focas_own *w, uint32_t result, uint16_t detail);
struct bytes focas_text(struct bytes b);	/* up to its NUL */
/* One record as a number: REAL, INT when its scale is not said, nothing when it is empty. */
void focas_number(struct proto_ctx *x, struct bytes record, bool written);
/* All records as one value of REAL items, at most FOCAS_AXES. */
void focas_numbers(struct proto_ctx *x, struct bytes data);
/* How many acts a function's data make, and which of them the act being built is. */
unsigned focas_acts(const struct focas_block *b, struct bytes data);
void focas_nth(struct obs *o, const struct focas_block *b, unsigned i);
/* The message being read gives n acts. Those beyond ITEMS_MAX are not said: false. */
void focas_items(struct proto_ctx *x, size_t n);
bool focas_room(const struct proto_ctx *x);
/* Says how a request ended that got no answer of its own. */
void focas_say_open(struct proto_ctx *x, const struct focas_asked *a, uint64_t act, uint8_t outcome,
		    uint32_t result, uint16_t detail);
bool focas_waits(const struct focas_block *b);

/* focas_call.c */
bool focas_call(struct proto_ctx *x, struct bytes body);
/* Remembers a request. */
void focas_remember(struct proto_ctx *x, const struct focas_asked *a, uint64_t act);

/* focas_answer.c */
bool focas_answer(struct proto_ctx *x, struct bytes body);
bool focas_refusal(struct proto_ctx *x, uint16_t type, struct bytes body);
/* The request of this type that this answer belongs to; older ones are said to have none. first: the first
 * of so many blocks of the answer, NULL: any. NULL: not seen. */
const struct ask *focas_asked(struct proto_ctx *x, uint16_t type, unsigned blocks,
			      const struct focas_block *first, struct focas_asked *ret);
bool focas_unpack(const struct ask *ask, struct focas_asked *ret);
void focas_note_unasked(struct proto_ctx *x, struct obs *o);

/* focas_value.c: puts the value of an answered function into the act being built: the at-th of all that it
 * makes. */
void focas_value(struct proto_ctx *x, struct focas_own *w, const struct focas_block *b, struct bytes data,
		 unsigned at, unsigned all);
void focas_pmc(struct proto_ctx *x, const struct focas_block *b, struct bytes data);
void focas_facts(struct proto_ctx *x, const struct side *device, const struct focas_block *b,
		 struct bytes data);

/* focas_program.c */
bool focas_program_ask(struct proto_ctx *x, const struct focas_head *h);
bool focas_program_answer(struct proto_ctx *x, const struct focas_head *h);
void focas_program_refused(struct proto_ctx *x, uint16_t type);
void focas_lines(struct proto_ctx *x, const struct focas_block *b, struct bytes path, struct bytes text);
void focas_programs_lost(struct proto_ctx *x, uint64_t bytes);
void focas_programs_end(struct proto_ctx *x);

#endif

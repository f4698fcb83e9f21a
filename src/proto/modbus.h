/* proto/modbus.h: what the files of Modbus share; the door is modbus.c. "AP" and "MG" as there. */
#ifndef PROTO_MODBUS_H
#define PROTO_MODBUS_H

#include "model/proto.h"

extern const struct proto proto_modbus;

enum {
	PORT = 502,		/* MG 4.2.1 */
	MBAP = 7,		/* MG 3.1.3 */
	LENGTH_MIN = 2,		/* unit and function */
	LENGTH_MAX = 254,	/* AP 4.1: PDU of 253 bytes and the unit */
	UMAS_LENGTH_MAX = 2048,	/* UMAS blocks exceed the standard: about 1,022 bytes are common */
	LENGTH_CUT = 1024,	/* longer than allowed, but still taken for a message and called malformed */
	EXCEPTION = 0x80,	/* AP 7 */
	UMAS = 90,
	MEI = 43,
	UNIT_SELF = 255,	/* MG 4.4.1.2 */
};

/* Why a message is malformed; each is a text below notes: in content/protocols/modbus.yml. */
enum reason {
	GOOD, BAD_PROTOCOL, BAD_MBAP, BAD_LENGTH, BAD_FUNCTION, BAD_QUANTITY, BAD_BYTE_COUNT, BAD_RANGE,
	BAD_COIL, BAD_REFERENCE, BAD_RECORD, BAD_DEVICE_ID, BAD_MORE, BAD_EXCEPTION, BAD_ANSWER_FUNCTION,
	BAD_ANSWER_UNIT, BAD_ANSWER_COUNT, BAD_ANSWER_ECHO, BAD_DIAGNOSTIC, BAD_RUN, REASONS
};

enum space { SPACE_NONE, SPACE_COIL, SPACE_DISCRETE, SPACE_HOLDING, SPACE_INPUT, SPACE_FILE, SPACE_FIFO };

enum row {
	ROW_NONE,
	ROW_1, ROW_2, ROW_3, ROW_4, ROW_5, ROW_6, ROW_7, ROW_8, ROW_9, ROW_10, ROW_11, ROW_12, ROW_13, ROW_14,
	ROW_15, ROW_16, ROW_17, ROW_18, ROW_19, ROW_20, ROW_21, ROW_22, ROW_23, ROW_24, ROW_40, ROW_43,
	ROW_90, ROW_125, ROW_126,
	ROW_MEI_CANOPEN, ROW_MEI_IDENTITY,
	ROW_ECHO, ROW_RESTART, ROW_REGISTER, ROW_DELIMITER, ROW_LISTEN, ROW_CLEAR, ROW_BUS_MESSAGES,
	ROW_BUS_ERRORS, ROW_EXCEPTIONS, ROW_SERVER_MESSAGES, ROW_NO_RESPONSE, ROW_NAK, ROW_BUSY, ROW_OVERRUN,
	ROW_CLEAR_OVERRUN, ROW_PLUS,
	ROWS
};

/* What a request and its answer look like. */
enum shape {
	SHAPE_OPEN,		/* not looked into */
	SHAPE_READ,		/* address, quantity; byte count, items */
	SHAPE_WRITE_ONE,	/* address, value; the same */
	SHAPE_WRITE_MANY,	/* address, quantity, byte count, items; address, quantity */
	SHAPE_MASK, SHAPE_READ_WRITE, SHAPE_EMPTY, SHAPE_DIAGNOSTIC, SHAPE_FILE_READ, SHAPE_FILE_WRITE,
	SHAPE_FIFO, SHAPE_MEI,
};

/* Suricata's words for what a function touches and who defined it (its EVE access_type and category). */
enum access {
	ACCESS_NONE, ACCESS_READ_COILS, ACCESS_READ_DISCRETES, ACCESS_READ_HOLDING, ACCESS_READ_INPUT,
	ACCESS_WRITE_COIL, ACCESS_WRITE_REGISTER, ACCESS_WRITE_COILS, ACCESS_WRITE_REGISTERS, ACCESS_MASK,
	ACCESS_READ_WRITE,
};

/* As Suricata sorts them; AP annex A itself reserves 9, 10, 13, 14 and 40 too. */
enum category { CATEGORY_NONE, CATEGORY_ASSIGNED, CATEGORY_UNASSIGNED, CATEGORY_USER, CATEGORY_RESERVED };

enum error_word { ERROR_NONE, ERROR_DATA_VALUE, ERROR_DATA_LENGTH, ERROR_EXC_CODE, ERROR_FUNC_CODE };

struct mb_function {
	uint8_t row;
	uint8_t shape;
	uint8_t space;
	uint8_t bits;		/* of one item */
	uint16_t max;		/* items one request may name */
	uint8_t access;
	uint8_t category;
};

enum {
	LAST_LISTED = 24, AT_MEI = 25, AT_OTHER, AT_USER, AT_40, AT_90, AT_125, AT_126, FUNCTIONS,
	WRITE_23_MAX = 121,	/* AP 6.17 */
	EXCEPTION_CODES = 12,	/* that have a word */
	DIAGNOSTIC_OTHER = 22,	/* the word of all sub-functions of 8 that have none */
};

struct mb_own {
	struct span request_data, answer_data;	/* bodies without a shape of their own */
	struct span read_data;
	uint16_t tid, protocol;
	uint16_t read_address, read_quantity, write_address, write_data, sub;
	uint16_t and_mask, or_mask;
	uint8_t unit, function, answer_function, word, access, category, error, exception;
	uint8_t exception_word, sub_word, mei, mei_word;
	/* What of it is there. */
	uint8_t asked, answered, refused, read, written, data_written, masked, diagnosed, diagnosed_back,
		encapsulated;
	uint8_t answer_error;
	uint8_t spare[3];
};
_Static_assert(sizeof(struct mb_own) % 8 == 0, "own parts stay aligned");

struct mb_asked {
	uint8_t function, unit, row, why;	/* why: enum reason when the request itself was malformed */
	uint8_t at;		/* of mb_functions[] */
	uint8_t alone;		/* the request was not seen: nothing is known of what it asked */
	uint8_t again;		/* another request was open under its number: answers may be the other's */
	uint16_t tid;
	uint16_t address, count;	/* what is read, or the only range */
	uint16_t to, to_count;	/* 23: what is written; 22: the masks */
	uint16_t value;		/* 5, 6: the value; 8, 43: sub-function */
	uint16_t n;		/* bytes kept behind: the body of 8, 20, 21 */
};

struct mb_kept { struct mb_asked a; uint8_t body[LENGTH_MAX]; };

/* What every message begins with. Handed on by value: it stays in a register. */
struct mb_head { uint16_t tid; uint8_t unit, function; };

/* modbus_codes.c */
extern const char *const mb_reasons[REASONS];
extern const struct proto_space mb_spaces[];
extern const struct proto_code mb_codes[ROWS - 1];	/* by enum row, less 1 */
extern const struct mb_function mb_functions[FUNCTIONS];
extern const struct field mb_fields[];
unsigned mb_function_at(uint8_t code);	/* of mb_functions[] */

/* modbus_act.c */
const struct mb_function *mb_function_of(const struct mb_asked *a);
size_t mb_bytes_of(const struct mb_function *f, unsigned items);

/* Begins an act of this request: device, code and words. A function without a row keeps its number. */
struct obs *mb_begin(struct proto_ctx *x, const struct mb_asked *a, uint8_t phase);
void mb_object(struct obs *o, uint8_t space, unsigned address, unsigned count);
/* What the request is about: of 23 the written range, or the read one. */
void mb_object_of(struct obs *o, const struct mb_asked *a, bool read_half);
/* A sub-request of 20 or 21; *c stands at it and is moved on. */
void mb_object_file(struct obs *o, struct cursor *c, unsigned item, unsigned items_all);
/* The bytes of count items of this function: coils packed from the lowest bit on, registers big-endian. */
void mb_items(struct proto_ctx *x, const struct mb_function *f, unsigned count, struct bytes raw);

/* The own part of an act; NULL when there is no room. */
struct mb_own *mb_own(struct proto_ctx *x, const struct mb_asked *a);
void mb_own_written(struct mb_own *w, const struct mb_asked *a);
/* The same of an act that has its answer. */
struct mb_own *mb_own_answered(struct proto_ctx *x, const struct mb_asked *a, uint8_t function);
/* The same for answers whose data is the value of the act, or nothing. */
void mb_own_plain(struct proto_ctx *x, const struct mb_asked *a, const struct obs *o);

bool mb_waits(const struct mb_asked *a);	/* does the act wait for its answer */

/* The act of a request whose answer did not come, or cannot be waited for, or is no answer to it. The read
 * half of 23 is an act of its own. */
void mb_say_open(struct proto_ctx *x, const struct mb_asked *a, uint64_t act, uint8_t outcome);

/* modbus_request.c, modbus_answer.c */
bool mb_request(struct proto_ctx *x, struct mb_head head, struct bytes body);
bool mb_answer(struct proto_ctx *x, struct mb_head head, struct bytes body);

#endif

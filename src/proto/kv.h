/* proto/kv.h: what the files of the KEYENCE KV host link share; the door is kv.c, sources as there. */
#ifndef PROTO_KV_H
#define PROTO_KV_H

#include "model/proto.h"
#include "proto/ascii.h"
#include "proto/ends.h"

extern const struct proto proto_kv;

enum {
	PORT = 8501,			/* HL */
	LINE_MAX = 16384,		/* 1,000 values of eleven characters and a blank; M */
	ITEMS_MOST = 1000,		/* of one command; HL */
	TEXT_KEPT = 200,		/* of a command, until it is answered: an echo is told by it */
	PLACES_MOST = 120,		/* devices one command may register for monitoring; HL */
};

/* What a command looks like behind its word, and what its answer says. */
enum shape {
	SHAPE_BARE,			/* nothing; OK */
	SHAPE_MODE, SHAPE_ASK,		/* one digit stuck to the word; a line of data */
	SHAPE_CLOCK,			/* seven numbers */
	SHAPE_READ, SHAPE_READS, SHAPE_WRITE, SHAPE_WRITES,
	SHAPE_SWITCH, SHAPE_SWITCHES,	/* bits on or off */
	SHAPE_PLACES, SHAPE_MONITOR,	/* several devices; their values, all in one line */
	SHAPE_COMMENT, SHAPE_BANK,
	SHAPE_UNIT_READ, SHAPE_UNIT_WRITE,
	SHAPE_HELLO,			/* perhaps a number of a station */
};

enum row {
	ROW_NONE, ROW_RD, ROW_RDS, ROW_RDE, ROW_WR, ROW_WRS, ROW_WRE, ROW_ST, ROW_RS, ROW_STS, ROW_RSS,
	ROW_MBR, ROW_MWR, ROW_MBS, ROW_MWS, ROW_MBC, ROW_MWC, ROW_WS, ROW_WSS, ROW_WSE, ROW_RDC, ROW_URD,
	ROW_UWR, ROW_M0, ROW_M1, ROW_MODE, ROW_MODEL, ROW_ERROR, ROW_ER, ROW_WRT, ROW_BE, ROW_CR, ROW_CQ, ROWS
};

enum { KINDS = 31, SPACE_UNIT = KINDS + 1, SPACE_MONITORED, SPACE_BANK };

/* Why a line is malformed; each is a text below notes: in content/protocols/kv.yml. */
enum reason {
	GOOD, BAD_ARGUMENTS, BAD_DEVICE, BAD_NUMBER, BAD_COUNT, BAD_VALUE, BAD_TEXT, BAD_ANSWER_COUNT,
	BAD_ANSWER, REASONS
};

/* How values are written: a suffix of the device, or what the device is by itself. */
enum format { FORMAT_BIT, FORMAT_U, FORMAT_S, FORMAT_D, FORMAT_L, FORMAT_H, FORMAT_TIMER };

struct kv_device {
	uint8_t space;			/* row of kv_spaces[] + 1 */
	uint8_t format;
	uint32_t number;
};

struct kv_command {
	uint8_t row;			/* enum row */
	struct kv_device device;
	uint32_t count;
	uint32_t unit;
	struct bytes rest;		/* values, or places */
};

struct kv_asked {
	uint8_t row, why, from_client, spare;
	struct kv_device device;
	uint32_t count, unit;
	uint16_t n;			/* of the command's text behind */
};

struct kv_kept { struct kv_asked a; uint8_t text[TEXT_KEPT]; };

struct kv_state {
	struct ends ends;
	uint32_t asked;			/* commands so far: their numbers */
	uint64_t said;			/* model told last */
};

/* kv_codes.c */
extern const char *const kv_reasons[REASONS];
extern const struct proto_code kv_codes[ROWS - 1];	/* by enum row, less 1 */
extern const uint8_t kv_shapes[ROWS];
extern const struct proto_space kv_spaces[];
enum row kv_row(struct bytes word);		/* of a command word, whatever its case */
/* The device at the front of a word: "DM100.U". False: no device. */
bool kv_device(struct bytes word, struct kv_device *ret);
bool kv_bit(const struct kv_device *d);
const char *kv_error_note(uint8_t digit);
const char *kv_model(uint64_t code);		/* NULL: not in the table */

/* kv_line.c */
struct bytes kv_word(struct bytes *rest);	/* the next word; n 0: none is left */
enum reason kv_parse(struct bytes line, struct kv_command *ret);
/* Words as values of this format; false: one of them is none. */
bool kv_values(struct proto_ctx *x, uint8_t format, struct bytes words, uint32_t count);
uint32_t kv_count(struct bytes words);

#endif

/* proto/haas.h: what the files of Haas machine data collection share; the door is haas.c. */
#ifndef PROTO_HAAS_H
#define PROTO_HAAS_H

#include "model/proto.h"
#include "proto/ascii.h"
#include "proto/ends.h"
#include "proto/running.h"

extern const struct proto proto_haas;

enum {
	HAAS_PORT = 5051,	/* the maker's example; Setting 143 may be any other */
	LINE_KEPT = 512,	/* longer lines are none of this protocol */
	CODE_MACRO_READ = 600,
	CODE_STATUS = 500,
	SERIES_E = 1 << 16,	/* codes beside the numbers of Q commands */
	CODE_MACRO_WRITE = SERIES_E,
	CODE_UNASKED = SERIES_E + 1,
	CODE_TURNED_AWAY = SERIES_E + 2,
	MACRO_MAX = 99999,	/* variables have five digits at most */
	LABELS = 3,		/* ways one answer's label is written */
};

enum haas_space { HAAS_NO_SPACE, HAAS_MACRO, HAAS_QUERY };

struct haas_own {
	struct span label, program, state;
	uint32_t parts;
	uint8_t has_parts;
	uint8_t spare[3];
	struct span mode;
};
_Static_assert(sizeof(struct haas_own) % 4 == 0, "own parts stay aligned");

/* A command, as it waits for its answer. */
struct haas_asked {
	uint32_t code;		/* of a Q command its number; CODE_MACRO_WRITE */
	uint32_t variable;	/* of a macro read or write */
	uint8_t row;		/* of haas_codes[] + 1; 0: none of them */
	uint8_t spare[3];
};

struct haas_state {
	struct ends ends;
	uint8_t decided;	/* which end asks was looked at */
	uint8_t heard;		/* the control has sent something that is no echo */
	uint8_t vendor_said;
	uint32_t asked, answered;	/* ids of pair_ask() */
	uint32_t serial, firmware, model;	/* digests of what was said as facts */
	struct running running;
};

struct haas_row {		/* of an answer */
	const char *label[LABELS];	/* its first field, letters and digits only, in capitals */
};

/* haas_codes.c */
enum { HAAS_CODES = 18, HAAS_QUERIES = 14 };	/* the queries come first */
extern const struct proto_code haas_codes[HAAS_CODES];
extern const struct haas_row haas_labels[HAAS_QUERIES];
extern const struct proto_space haas_spaces[];
extern const struct field haas_fields[];
const struct proto_code *haas_code(uint32_t code);

/* haas_text.c: lines as they come over the wire. */

/* Bytes at the front that mean nothing: prompts, line ends, framing, Telnet options. */
size_t haas_filler(struct bytes b);
/* Bytes up to and with the end of the line at the front; 0: it has none yet. */
size_t haas_line_end(struct bytes b);
/* The line without framing and blanks at both ends. */
struct bytes haas_strip(struct bytes b);
/* "Q", "E" or 0: what command the text begins with; *ret_number its number, *ret_rest what follows it. */
uint8_t haas_command(struct bytes b, uint32_t *ret_number, struct bytes *ret_rest);
/* Would a client begin so, a control answer so? 0 to 100. */
unsigned haas_command_like(struct bytes line);
unsigned haas_answer_like(struct bytes line);
/* Which row of haas_labels[] the first field is; HAAS_QUERIES: none. */
unsigned haas_label(struct bytes field);
/* The next field before a comma, trimmed. */
struct bytes haas_field(struct bytes *rest);
/* A decimal number as people write it on a control: "-1.25", ".5", "12.". */
bool haas_number(struct bytes b, double *ret);

/* haas_act.c: acts about commands. */

struct obs *haas_begin(struct proto_ctx *x, const struct haas_asked *a, uint8_t phase);
/* The value of the act being built: a number, or the text as it is. */
void haas_value(struct proto_ctx *x, struct bytes text);
void haas_say_open(struct proto_ctx *x, const struct haas_asked *a, uint64_t act, uint8_t outcome);
/* The commands in one line of the asking side. False: malformed. */
bool haas_request(struct proto_ctx *x, struct bytes line);

/* haas_answer.c */
void haas_answer(struct proto_ctx *x, struct bytes line);

#endif

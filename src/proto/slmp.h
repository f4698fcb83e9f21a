/* proto/slmp.h: what the files of SLMP share; the door is slmp.c. "SR" and "MC" as there. */
#ifndef PROTO_SLMP_H
#define PROTO_SLMP_H

#include "proto/melsec.h"

extern const struct proto proto_slmp;

enum {
	LENGTH_MIN = 2,		/* an end code */
	LENGTH_MAX = 8192,	/* 960 words in ASCII are 3,840 (SR 5.2); files 1,920 bytes (SR 5.8) */
	REQUEST_MIN = 6,	/* timer, command, subcommand */
	ERROR_INFO = 9,		/* behind an end code that is not 0: route:5 command:2 subcommand:2 (SR
				 * 4.3) */
	NET_OWN = 0, PC_OWN = 0xff, IO_OWN = 0x03ff, UNIT_OWN = 0,	/* SR 4.2 */
	SUB_BIT = 1, SUB_LONG = 2, SUB_EXTENDED = 0x80,	/* of device commands: SR 5.2, appendix 1 */
	KEPT_ITEMS = 80,	/* of one request */
	MONITOR_ITEMS = 24,	/* kept with a flow */
};

enum sl_frame {
	FRAME_3E, FRAME_4E, FRAME_TSN, FRAME_3E_ASCII, FRAME_4E_ASCII, FRAME_1E, FRAME_1E_ASCII, FRAMES
};

enum sl_command {
	CMD_NONE = 0, CMD_TYPE_NAME = 0x0101, CMD_READ = 0x0401, CMD_READ_RANDOM = 0x0403,
	CMD_READ_BLOCK = 0x0406,
	CMD_READ_ARRAY = 0x041a, CMD_READ_LABELS = 0x041c, CMD_READ_UNIT = 0x0601, CMD_READ_MEMORY = 0x0613,
	CMD_SELF_TEST = 0x0619, CMD_REGISTER = 0x0801, CMD_MONITOR = 0x0802, CMD_BASIC_CYCLIC = 0x0e70,
	CMD_RUN = 0x1001, CMD_STOP = 0x1002, CMD_PAUSE = 0x1003, CMD_LATCH_CLEAR = 0x1005, CMD_RESET = 0x1006,
	CMD_WRITE = 0x1401, CMD_WRITE_RANDOM = 0x1402, CMD_WRITE_BLOCK = 0x1406, CMD_WRITE_ARRAY = 0x141a,
	CMD_WRITE_LABELS = 0x141b, CMD_WRITE_UNIT = 0x1601, CMD_WRITE_MEMORY = 0x1613,
	CMD_CLEAR_ERROR = 0x1617,
	CMD_UNLOCK = 0x1630, CMD_LOCK = 0x1631, CMD_FILE_LIST = 0x1810, CMD_FILE_FIND = 0x1811,
	CMD_FILE_NEW = 0x1820, CMD_FILE_DELETE = 0x1822, CMD_FILE_COPY = 0x1824, CMD_FILE_STATE = 0x1825,
	CMD_FILE_DATE = 0x1826, CMD_FILE_OPEN = 0x1827, CMD_FILE_READ = 0x1828, CMD_FILE_WRITE = 0x1829,
	CMD_FILE_CLOSE = 0x182a, CMD_ON_DEMAND = 0x2101,
	CODE_ANSWER_ALONE = 0x10000,	/* of an answer that does not say what it answers */
	SERIES_1E = 0x1e0000,	/* above the subheader of a 1E frame, which is its command */
};

/* Why a message is malformed; each is a text below notes: in content/protocols/slmp.yml. */
enum sl_reason {
	GOOD, BAD_FRAME, BAD_LENGTH, BAD_DIGITS, BAD_POINTS, BAD_DATA_LENGTH, BAD_ANSWER_LENGTH,
	BAD_ANSWER_ECHO,
	BAD_ANSWER_POINTS, REASONS
};

/* The bytes of a message behind its header: binary with the low byte first, or hexadecimal digits. */
struct sl_in {
	struct cursor c;
	bool ascii;
	bool digits;		/* something that should be a digit was none */
};

struct sl_msg {
	uint8_t frame;		/* enum sl_frame */
	bool answer;
	uint8_t net, pc, unit;
	uint16_t io, serial, command, sub;
	uint16_t end;		/* of an answer: its end code; of a request: its timer, in 250 ms */
	struct sl_in body;	/* of a request: behind the subcommand; of an answer: behind the end code */
};

/* How the values of a run of points stand on the wire. */
enum sl_width {
	WIDTH_WORDS,
	WIDTH_DWORD,		/* two words, of a random access */
	WIDTH_BITS,		/* one after the other: four bits each, or a digit */
	WIDTH_BIT,		/* one alone, of a random access: a byte, or two with the long form */
	WIDTH_BIT_WORDS		/* sixteen points of a bit device in each word */
};

/* SR appendix 1: 0, F8, F9, FA; a block of extended file registers: only in 1E frames. */
enum sl_direct { DIRECT_NONE, DIRECT_MODULE, DIRECT_LINK, DIRECT_CPU, DIRECT_BLOCK };

/* A run of points of one device. */
struct sl_item {
	uint32_t number;
	uint16_t count;		/* points as the request counts them: bits, or words */
	uint16_t ext;		/* what stands in front of an extended device; of DEV_NONE its code */
	uint8_t kind;		/* enum melsec_space below DEV_KINDS; DEV_NONE: not listed */
	uint8_t index;		/* number of the index register that is added at run time */
	uint8_t width;		/* enum sl_width */
	/* direct: what stands in front: enum sl_direct. index_z, index_lz: an index register is added. */
	uint8_t wide_bit : 1, indirect : 1, index_z : 1, index_lz : 1, unread : 1, direct : 3;
};
_Static_assert(sizeof(struct sl_item) == 12, "as many of them as possible are kept");

struct sl_asked {
	uint16_t command, sub, serial, io;
	uint8_t net, pc, unit, frame;
	uint8_t why;		/* enum sl_reason */
	uint8_t by_client;	/* who asked */
	uint8_t alone;		/* the request was not seen */
	uint8_t shape;		/* enum sl_shape */
	uint16_t items;		/* of the request */
	uint16_t n;		/* of them kept behind */
	uint16_t module;	/* unit: whose buffer memory */
	uint8_t drive, writing;	/* file; its name is kept behind */
	uint8_t name_n, spare[3];
	/* file: handle, offset; memory: address, words; unit: address, bytes; points: -, bytes of their
	 * values */
	uint32_t a, b;
	uint64_t last;		/* name of the act of the last item of a write */
};
_Static_assert(sizeof(struct sl_asked) + KEPT_ITEMS * sizeof(struct sl_item) <= ASK_BLOB_MAX, "fits");

struct sl_kept { struct sl_asked a; struct sl_item item[KEPT_ITEMS]; };

/* What a request looks like. */
enum sl_shape {
	SHAPE_OPEN,		/* not looked into */
	SHAPE_BATCH_READ, SHAPE_BATCH_WRITE,
	SHAPE_RANDOM_READ,	/* also what is registered for monitoring */
	SHAPE_RANDOM_WRITE, SHAPE_BLOCK_READ, SHAPE_BLOCK_WRITE, SHAPE_MONITOR, SHAPE_MEMORY_READ,
	SHAPE_MEMORY_WRITE, SHAPE_UNIT_READ, SHAPE_UNIT_WRITE, SHAPE_LABEL, SHAPE_PLAIN, SHAPE_TEST,
	SHAPE_SECRET,
	SHAPE_NAME, SHAPE_FILE, SHAPE_TYPE
};

/* Registrations for monitoring; each of those of 1E frames has a command of its own that reads it. */
enum sl_monitored { MONITORED_3E, MONITORED_BITS, MONITORED_WORDS, MONITORED_FILE, MONITORED_KINDS };

struct sl_state {
	uint32_t asked;		/* requests of frames without a serial number: they are answered in order */
	uint8_t octal;		/* the model counts X and Y by eight */
	uint8_t monitored;	/* items known of what was registered; more: MONITOR_ITEMS + 1 */
	uint8_t told;		/* the model was told */
	uint8_t monitored_by;	/* enum sl_monitored: whose registration those items are of */
	uint8_t registered[MONITORED_KINDS];	/* how many points each registration has; 0: not known */
	struct sl_item monitor[MONITOR_ITEMS];
	struct melsec_file file[MELSEC_FILES];
};

struct sl_own {
	struct transfer_own transfer;
	uint16_t end, serial, io, sub;
	uint8_t frame, net, pc, unit, end_word, has_end, has_serial, has_route;
};
_Static_assert(sizeof(struct sl_own) % 8 == 0, "own parts stay aligned");

/* slmp_codes.c */
enum { SL_CODES = 152 };
extern const char *const sl_reasons[REASONS];
extern const struct proto_code sl_codes[SL_CODES];
extern const struct field sl_fields[];
uint8_t sl_end_word(uint16_t end);	/* which of the words of end codes; 0: none */

/* slmp_read.c */
uint8_t sl_u8(struct sl_in *in);
uint16_t sl_u16(struct sl_in *in);
uint32_t sl_u32(struct sl_in *in);
struct sl_in sl_part(struct sl_in *in, size_t n);	/* n units of a byte: bytes, or pairs of digits */
/* Bytes of text: as they are, in both forms. */
struct bytes sl_text(struct sl_in *in, size_t n);
/* Does everything that is left count n bytes; pairs of digits in ASCII. */
bool sl_left(const struct sl_in *in, size_t n);
bool sl_broken(const struct sl_in *in);
/* Reads a device specification. A device of a form that is not documented well enough is `unread`. */
void sl_device(struct sl_in *in, uint16_t sub, struct sl_item *ret, bool octal);
/* A kind of device by its letters, padded with '*' or blanks. */
unsigned sl_kind_of_letters(struct bytes b);
/* Bytes (or digits) on the wire that the values of these points take. */
size_t sl_size(const struct sl_item *it, bool ascii);
/* The object of the act begun, and its value from the wire. */
void sl_object(struct proto_ctx *x, struct obs *o, const struct sl_item *it);
void sl_value(struct proto_ctx *x, const struct sl_item *it, struct sl_in data);
/* Words that belong to no device. */
void sl_words(struct proto_ctx *x, struct sl_in data);
/* Any data, as bytes. */
void sl_bytes(struct proto_ctx *x, struct sl_in data);
/* All of it as bytes: those of a binary frame lie where they are, those of an ASCII one are made of pairs of
 * digits in buffer. Empty when they are too many, or no digits. */
enum { WORDS_BYTES = 4096 };	/* of one run; longer ones stay as they are on the wire */
struct bytes sl_plain(struct sl_in data, uint8_t buffer[WORDS_BYTES]);
/* n characters in UTF-16; four digits each in ASCII. Returns the bytes of UTF-8 put into out. */
size_t sl_utf16(char *out, size_t cap, struct sl_in *in, size_t n);

/* The points of a request, one run after the other. */
struct sl_list {
	struct sl_in in;
	uint16_t sub;
	uint8_t shape;
	bool octal;
	unsigned left[2];	/* words, long words; or blocks of words, of bits */
};
/* ret_items: how many there are. */
enum sl_reason sl_list_begin(struct sl_list *l, const struct sl_asked *a, struct sl_in body, bool octal,
			     unsigned *ret_items);
enum sl_reason sl_list_next(struct sl_list *l, struct sl_item *ret, struct sl_in *ret_data);

/* slmp_act.c */
bool sl_numbered(uint8_t frame);	/* its messages carry a serial number */
bool sl_waits(const struct sl_asked *a);
struct obs *sl_begin(struct proto_ctx *x, const struct sl_asked *a, uint8_t phase);
struct sl_own *sl_own(struct proto_ctx *x, const struct sl_asked *a);
/* The same of an act that has its answer. */
struct sl_own *sl_own_answered(struct proto_ctx *x, const struct sl_asked *a, uint16_t end);
/* The act begun has one object, and is not about runs of points. */
void sl_object_plain(struct proto_ctx *x, struct obs *o, const struct sl_asked *a);
/* All acts of a request with one outcome: refused, unanswered, or not to be waited for. */
void sl_say_all(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask, uint8_t outcome,
		uint16_t end);

/* slmp_1e.c: frames of the A series. */

/* What a command of theirs looks like. Points are counted in digits, two for each byte: an ASCII frame has,
 * in all its parts, twice the bytes of a binary one. */
struct sl_1e {
	uint8_t sub, shape, width;
	uint8_t fixed;		/* bytes of a request in front of the data of its points, header included */
	uint8_t count_at;	/* where the number of points stands; 0: nowhere */
	uint8_t each;		/* digits of the data of a point in a request */
	uint8_t answer;		/* digits of a point in an answer */
	uint8_t before;		/* bytes of an answer in front of its points */
	uint8_t monitored;	/* enum sl_monitored that is registered or read; 0: none */
};
enum { LENGTH_OPEN = UINT32_MAX };	/* of an answer: not known */

const struct sl_1e *sl_1e_row(uint16_t sub);
/* A list of points, each with its device; otherwise one run. */
bool sl_1e_is_list(const struct sl_1e *row);
/* How many points a count means; 0 is 256 where there is one run. */
unsigned sl_1e_points(const struct sl_1e *row, uint8_t count);
/* Bytes of a good answer behind its end code, or LENGTH_OPEN. */
uint32_t sl_1e_wanted(const struct sl_state *st, const struct sl_1e *row, const struct sl_asked *a);
/* FRAME_1E, FRAME_1E_ASCII, or FRAMES: not one of these. */
uint8_t sl_1e_frame(struct cursor c, bool *ret_answer);
/* The open request that an answer belongs to. */
const struct ask *sl_1e_asked(struct proto_ctx *x, const struct sl_msg *m);
unsigned sl_1e_probe(const struct proto_ctx *x, struct cursor head);
struct cut sl_1e_cut(struct proto_ctx *x, struct cursor have);
enum sl_reason sl_1e_message(struct proto_ctx *x, struct cursor msg);

/* slmp_1e_request.c, slmp_1e_answer.c */
/* Reads the device of a run or of a point. */
void sl_1e_device(struct sl_in *in, const struct sl_1e *row, struct sl_item *ret);
enum sl_reason sl_1e_request(struct proto_ctx *x, const struct sl_msg *m, const struct sl_1e *row);
enum sl_reason sl_1e_answer(struct proto_ctx *x, const struct sl_msg *m, const struct sl_1e *row);

/* slmp_request.c, slmp_answer.c, slmp_label.c, slmp_file.c */
/* What pairs a request and its answer. */
uint64_t sl_ask_id(struct sl_state *st, const struct sl_asked *a);
/* An act of a request for which nothing is known but its command. */
uint64_t sl_open_act(struct proto_ctx *x, struct sl_kept *k, struct sl_in in);
/* What is registered for monitoring is kept, when it is not too much. */
void sl_register_monitor(struct sl_state *st, const struct sl_kept *k, uint8_t by);
/* One act for each run that was read; those that were not kept are told together. */
void sl_say_read(struct proto_ctx *x, const struct sl_kept *k, const struct sl_item *items, unsigned kept,
		 unsigned all, struct sl_in in);
/* What the model says of itself. */
void sl_say_model(struct proto_ctx *x, const struct sl_kept *k, struct bytes name, uint16_t code);
struct obs *sl_whole(struct proto_ctx *x, const struct sl_kept *k);
/* Nearly all there is: the same read with the same answer as last time. */
bool sl_is_known(struct proto_ctx *x, struct sl_kept *k, struct sl_in in);
void sl_say_alone(struct proto_ctx *x, const struct sl_msg *m, uint16_t command);
/* The remote password, and all file commands: nothing of them may be kept as it came. */
bool sl_has_password(uint16_t command);
enum sl_reason sl_request(struct proto_ctx *x, const struct sl_msg *m);
enum sl_reason sl_answer(struct proto_ctx *x, const struct sl_msg *m);
enum sl_reason sl_label_request(struct proto_ctx *x, struct sl_kept *k, struct sl_in in, uint64_t *ret_act);
enum sl_reason sl_label_answer(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask,
			       struct sl_in in);
void sl_label_say(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask, uint8_t outcome,
		  uint16_t end);
enum sl_reason sl_file_request(struct proto_ctx *x, struct sl_kept *k, struct sl_in in, uint64_t *ret_act);
enum sl_reason sl_file_answer(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask,
			      struct sl_in in, uint16_t end);
/* The acts of a file request with one outcome; the pieces of a file have none, unless they are refused. */
void sl_file_say(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask, uint8_t outcome,
		 uint16_t end);
void sl_files_lost(struct proto_ctx *x);
void sl_files_end(struct proto_ctx *x);

#endif

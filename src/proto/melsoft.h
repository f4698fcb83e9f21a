/* proto/melsoft.h: what the files of MELSOFT share; the door is melsoft.c. Sources and their short names as
 * there. */
#ifndef PROTO_MELSOFT_H
#define PROTO_MELSOFT_H

#include "proto/melsec.h"

extern const struct proto proto_melsoft;

enum {
	HEAD = 21, LENGTH_MAX = 8192,
	HEADER_KIND = 0x1c,	/* of the command header; 0x80 more in answers */
	USER_BYTES = 40,	/* of a name in UTF-16 */
	USER_ENTRY = 74,	/* name:40 hash of the password:32 level:2 */
	ITEMS_KEPT = 32, ITEM_BYTES = 10,
	USER_TEXT = 60,
};

enum ms_command {
	CMD_OPEN = 0x0121, CMD_USER = 0x0131, CMD_PASSWORD = 0x0132, CMD_READ_USERS_A = 0x0133,
	CMD_READ_USERS_B = 0x0134, CMD_READ = 0x0410, CMD_READ_RANDOM = 0x0411,
	CMD_REGISTER_USERS = 0x1133, CMD_WRITE = 0x1410,
	CMD_FILE_LIST = 0x1859, CMD_FILE_INFO = 0x185f,
	CMD_FILE_OPEN = 0x1867, CMD_FILE_READ = 0x1868, CMD_FILE_WRITE = 0x1869, CMD_FILE_CLOSE = 0x186a,
	CMD_SEARCH = 0x5a00,	/* messages that begin with 5A and DA */
};

/* Why a message is malformed; each is a text below notes: in content/protocols/melsoft.yml. */
enum ms_reason { GOOD, BAD_FRAME, BAD_HEADER, BAD_LENGTH, BAD_POINTS, BAD_ANSWER_LENGTH, REASONS };

struct ms_msg {
	bool answer;
	uint8_t net, pc;	/* the station that is asked */
	uint16_t io, command, reference, status;
	struct bytes data;	/* behind command, reference and length */
};

struct ms_item {
	uint32_t number;
	uint16_t code;		/* of MELSOFT */
	uint16_t count;
	uint8_t kind;		/* enum melsec_space below DEV_KINDS; DEV_NONE: not known */
	uint8_t spare[3];
};

struct ms_asked {
	uint16_t command, reference, io;
	uint8_t net, pc, why;	/* why: enum ms_reason */
	uint8_t by_client, alone, opaque;
	uint16_t items;		/* that are read or written, kept behind; 0: another kind of request */
	uint16_t handle;
	uint32_t offset;
	uint8_t drive, writing, name_n, spare;
};

struct ms_kept {
	struct ms_asked a;
	union {
		struct ms_item item[ITEMS_KEPT];
		char name[USER_TEXT];	/* of a file or a user */
	};
};
_Static_assert(sizeof(struct ms_kept) <= ASK_BLOB_MAX, "fits");

struct ms_state {
	uint8_t octal;		/* an iQ-F: X and Y count by eight */
	uint8_t told;		/* the model was told */
	uint8_t user_n;		/* of a login: its name was accepted, the password is to come */
	char user[USER_TEXT];
	struct melsec_file file[MELSEC_FILES];
};

struct ms_own {
	struct transfer_own transfer;
	uint16_t reference, io, status;
	uint8_t net, pc, has_status, kind, has_kind, spare[5];
};
_Static_assert(sizeof(struct ms_own) % 8 == 0, "own parts stay aligned");

/* melsoft_codes.c */
enum { MS_CODES = 34 };
extern const char *const ms_reasons[REASONS];
extern const struct proto_code ms_codes[MS_CODES];
extern const struct field ms_fields[];
/* The kind of device of a code; DEV_NONE: not known. */
uint8_t ms_kind(uint16_t code);

/* melsoft.c */
struct obs *ms_begin(struct proto_ctx *x, const struct ms_asked *a, uint8_t phase);
struct ms_own *ms_own(struct proto_ctx *x, const struct ms_asked *a);
void ms_keep_name(struct ms_kept *k, const void *name, size_t n);
void ms_object(struct proto_ctx *x, struct obs *o, const struct ms_kept *k);
bool ms_waits(uint16_t command);
struct ms_state *ms_state(const struct proto_ctx *x);

/* melsoft_data.c: devices, users, files. Requests say their act, when they have one that does not wait. */
enum ms_reason ms_data_request(struct proto_ctx *x, struct ms_kept *k, struct bytes data, uint64_t *ret_act);
enum ms_reason ms_data_answer(struct proto_ctx *x, const struct ms_kept *k, struct bytes data);
void ms_item_object(struct proto_ctx *x, struct obs *o, const struct ms_item *it);
uint64_t ms_users(struct proto_ctx *x, const struct ms_kept *k, struct bytes data);
void ms_user_name(struct ms_kept *k, struct bytes data);
enum ms_reason ms_file_request(struct proto_ctx *x, struct ms_kept *k, struct bytes data, uint64_t *ret_act);
enum ms_reason ms_file_answer(struct proto_ctx *x, struct ms_kept *k, struct bytes data);
uint64_t ms_file_end(struct proto_ctx *x, struct ms_kept *k, struct melsec_file *f, bool complete,
		     uint8_t phase);

#endif

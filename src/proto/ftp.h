/* proto/ftp.h: what the files of FTP share; the door is ftp.c. */
#ifndef PROTO_FTP_H
#define PROTO_FTP_H

#include "model/proto.h"
#include "proto/ends.h"
#include "proto/ftp_codes.h"
#include "proto/ftp_text.h"

extern const struct proto proto_ftp, proto_ftp_data;

enum {
	PATH_KEPT = 512,
	ARGUMENT_KEPT = 384,
};

enum { MODE_NONE, MODE_ACTIVE, MODE_PASSIVE };

struct ftp_own {
	struct span command, command_data;
	struct span reply, completion; /* lists of texts */
	uint16_t port; /* of the data flow to come */
	uint8_t mode; /* word of modes[] */
	uint8_t received; /* word of yes_no[] */
	uint8_t command_cut, reply_cut;
	uint8_t spare[2];
};

/* ---- what is remembered ---- */

enum { USER_KEPT = 48, FROM_KEPT = 112, CWD_KEPT = 240 };

struct ftp_state {
	struct ends ends;
	uint32_t asked, answered; /* commands and final replies so far: the ids of pair_ask() */
	uint32_t banner; /* digest of what was said as facts */
	uint32_t scanned; /* bytes of a long reply known not to end it */
	uint8_t front[3]; /* the code that reply begins with */
	uint64_t running; /* the ASK that got a preliminary reply */
	uint8_t running_row;
	uint8_t running_code; /* 1yz less 100 */
	uint8_t is_running;
	uint8_t skip[2]; /* the rest of an over-long line is on its way; [0] commands */
	uint8_t replies_lost;
	uint8_t active; /* the data flow comes from the server */
	uint8_t user_refused; /* the last USER was: what its PASS is answered is no second try */
	uint16_t data_port; /* where the next data flow goes; 0: not known */
	uint8_t data_ip[16];
	uint8_t user_n, from_n, cwd_n;
	uint8_t user[USER_KEPT], from[FROM_KEPT], cwd[CWD_KEPT];
};

_Static_assert(sizeof(struct ftp_state) <= 512, "fits proto.state_size");

/* How the state of a data flow begins: what expect_flow() is told. */
struct ftp_data_start {
	uint64_t act; /* the ASK of RETR, STOR ...; 0: it had not come when the flow began */
	uint8_t row; /* of ftp_codes[]; 0: not known */
	uint8_t active;
	uint8_t name_n;
	uint8_t name[237];
};

_Static_assert(sizeof(struct ftp_data_start) <= 256, "fits expect_flow()");

/* What is kept of a command until its reply comes; command, argument and path follow. */
struct ftp_note {
	uint8_t row; /* of ftp_codes[] */
	uint8_t command_n;
	uint8_t cut;
	uint8_t spare;
	uint16_t data_n, path_n;
};

struct ftp_told { /* a note taken apart */
	struct ftp_note note;
	struct bytes command, data, path;
};

_Static_assert(sizeof(struct ftp_note) + 16 + ARGUMENT_KEPT + PATH_KEPT <= ASK_BLOB_MAX, "fits pair_ask()");

struct ftp_reply { /* taken apart */
	uint16_t code;
	struct bytes text; /* of the first line */
	struct bytes all; /* its lines, whole */
};

/* ---- ftp_act.c: what is kept of a command, and the acts about it ---- */

struct ftp_told ftp_told_over(const uint8_t *blob, size_t n);
const struct proto_code *ftp_row(const struct ftp_told *t);
uint8_t ftp_how(const struct ftp_told *t);

/* Copies at most cap bytes; returns how many. */
uint8_t ftp_keep(uint8_t *to, size_t cap, struct bytes b);
struct bytes ftp_cwd(const struct ftp_state *s);

/* Begins an act about a command; *ret_own is NULL when there was no room. */
struct obs *ftp_begin(struct proto_ctx *x, const struct ftp_told *t, uint8_t phase, struct ftp_own **ret_own);

/* Begins the answer to an act about a command that is called so; *ret_own as above. */
struct obs *ftp_begin_answer(struct proto_ctx *x, const struct ftp_told *t, uint64_t act, struct bytes name,
			     struct ftp_own **ret_own);

struct span ftp_texts(struct proto_ctx *x, const struct span *spans, size_t n);

/* completion_code: a preliminary code that came first, or 0; and the final one, which may be NULL. */
struct span ftp_code_texts(struct proto_ctx *x, unsigned first, const uint8_t *last);

/* A command whose reply will not come, or not be told from others. */
void ftp_say_open(struct proto_ctx *x, const struct ftp_told *t, uint64_t act, uint8_t outcome);

/* Announces the data flow, as soon as its port is known: the client may open it before it says what for. */
void ftp_expect_data(struct proto_ctx *x);
void ftp_expect_command(struct proto_ctx *x, uint64_t act, const struct ftp_told *t);

/* ---- ftp_command.c ---- */

/* Telnet's Interrupt Process and Synch may stand before ABOR (RFC 959 4.1.3). */
struct bytes ftp_without_telnet(struct bytes b);
/* Is there a letter, and up to 15 more letters or digits, then a blank or the end? */
bool ftp_is_command(struct bytes word);
uint8_t ftp_row_named(struct bytes command);	/* of ftp_codes[]; 0: none of them */
bool ftp_is_port(uint32_t code);
bool ftp_same_ip(const uint8_t a[16], const uint8_t b[16]);
/* What message() says of a line that is none: false, unless it may hold a password. */
bool ftp_refuse(struct proto_ctx *x, struct bytes line, const char *why);
bool ftp_command(struct proto_ctx *x, struct bytes line);

/* ---- ftp_reply.c ---- */

/* "ddd", then a blank, '-' or the end of the line. 0: it is not. */
uint16_t ftp_reply_code(struct bytes line);
bool ftp_reply(struct proto_ctx *x, struct bytes msg);

#endif

/* proto/smb.h: what the files of SMB share; the door is smb.c. Sources of facts: [MS-SMB2],
 * [MS-CIFS], [MS-SMB] (what Windows adds to CIFS), [MS-FSCC] (file information), RFC 1002 4.3
 * (NetBIOS session service). */
#ifndef PROTO_SMB_H
#define PROTO_SMB_H

#include "model/proto.h"
#include "proto/ends.h"
#include "proto/ntlmssp.h"
#include "proto/utf16.h"

#include <string.h>

extern const struct proto proto_smb;

enum {
	NBSS = 4,			/* type:1 length:3, RFC 1002 4.3.1; [MS-SMB2] 2.1 */
	HEAD1 = 32, HEAD2 = 64,		/* bytes of a header, [MS-CIFS] 2.2.3.1, [MS-SMB2] 2.2.1 */
	WORDS1 = HEAD1 + 1,		/* behind their count */
	HEAD_SEALED = 52,		/* [MS-SMB2] 2.2.41 */
	HEAD_BIG = 256,			/* of a message too large to gather: what is looked at */
	MAGIC_1 = 0xff, MAGIC_2 = 0xfe, MAGIC_SEALED = 0xfd, MAGIC_PACKED = 0xfc,
	IS_ANSWER_1 = 0x80,		/* flags, [MS-CIFS] 2.2.3.1 */
	IS_ANSWER_2 = 1, IS_ASYNC = 2, IS_RELATED = 4,	/* flags, [MS-SMB2] 2.2.1.1 */
	NAME_KEPT = 360,		/* bytes of a file's name, share and all */
	/* runs of a file's bytes that wait for those before them, CUT_MAX each */
	EARLY = 3,
	SHARE_KEPT = 160,
};

/* obs.code. Series of numbers stand above the number. */
enum {
	CODE_1 = 0x100,			/* | command of SMB1 */
	CODE_2 = 0x200,			/* | command of SMB2 */
	CODE_NBSS = 0x300,		/* | type of a session packet */
	CODE_PACKED = 0x4fc, CODE_SEALED = 0x4fd,
	CODE_FILE_READ = 0x501, CODE_FILE_WRITTEN, CODE_PIPE_DATA,
	CODE_TRANS = 0x12500,		/* | function of a named pipe */
	CODE_TRANS2 = 0x13200,		/* | subcommand */
	CODE_NT_TRANS = 0x1a000,	/* | function */
	CODE_SET = 0x21100,		/* | file information class of SMB2 SET_INFO */
	CODE_OTHER = 0xff,
};

enum { NEGOTIATE, SESSION_SETUP, LOGOFF, TREE_CONNECT, TREE_DISCONNECT, CREATE, CLOSE, FLUSH, READ, WRITE,
       LOCK, IOCTL, CANCEL, ECHO, QUERY_DIRECTORY, CHANGE_NOTIFY, QUERY_INFO, SET_INFO, OPLOCK_BREAK,
       COMMANDS_2 };

enum share_type { SHARE_UNKNOWN, SHARE_DISK, SHARE_PIPE, SHARE_PRINT };

/* What an answer completes; the kind of a request. */
enum smb_kind {
	KIND_PLAIN, KIND_NEGOTIATE, KIND_SETUP, KIND_LOGOFF, KIND_TREE, KIND_UNTREE, KIND_CREATE, KIND_CLOSE,
	KIND_READ,
	KIND_WRITE, KIND_IOCTL, KIND_NOTIFY, KIND_END_OF_FILE, KIND_PIPE, KIND_QUIET,
};

/* Own texts of an act, beside its object and value. */
enum smb_part { PART_NAME, PART_TO, PART_USER, PART_DOMAIN, PART_HOST, PART_OS, PART_LM, PARTS };

struct smb_own {
	struct transfer_own transfer;	/* at the end of a file */
	uint64_t id, session, size;
	int64_t created, accessed, modified, changed;	/* seconds since 1970 */
	struct span status, status_code, filename, directory, share, named_pipe, fuid, server_guid,
		    client_guid, dialects;
	struct span user, domain, host, version, native_os, native_lm, server_os, server_lm;
	struct span rename_from, rename_to, function, dialect;
	uint32_t tree, max_read, max_write;
	uint32_t messages;		/* SEALED, PACKED: so many of them */
	uint8_t command, share_type, disposition, access, info_class;	/* words */
	uint8_t has_file, has_limits, signing, out_of_order;
	uint8_t spare[3];
};
_Static_assert(sizeof(struct smb_own) % 8 == 0, "own parts stay aligned");

/* What waits for an answer; its texts follow. */
struct smb_asked {
	uint64_t id, session, tree_key, file_key;
	uint64_t offset;
	uint32_t code, tree, length;
	uint32_t function;		/* IOCTL: control code; SET_INFO: class; else 0 */
	uint16_t n[PARTS];
	uint8_t kind;			/* enum smb_kind */
	uint8_t verb, cls;		/* 0: those of the row */
	uint8_t command;		/* word */
	uint8_t disposition, access, info_class;	/* words */
	uint8_t waits;			/* the act is said with its answer */
	uint8_t related;		/* works on the file of the CREATE before it */
	uint8_t flag;			/* CREATE: a folder (1), deleted when closed (2); SETUP: last leg */
	uint8_t pending;		/* an interim answer came */
	uint8_t space;			/* of its name */
	uint8_t share_type;		/* TREE: as the client asked */
	uint8_t nobody;			/* SETUP: anonymous, or taken as a guest; no password was looked at */
	uint8_t quiet;			/* a piece: no act unless refused */
	uint8_t cut;			/* too large to be looked into */
	uint8_t spare[1];
};
struct smb_note {			/* an asked with room for its texts */
	struct smb_asked a;
	uint8_t text[ASK_BLOB_MAX - sizeof(struct smb_asked)];
};
_Static_assert(sizeof(struct smb_note) == ASK_BLOB_MAX, "fits pair_ask()");

/* Things a flow has open (keep_new()), each under smb_key() of its kind. */
enum smb_keep { KEEP_TREE = 1, KEEP_FILE, KEEP_SESSION };

struct smb_tree { uint8_t keep, type, n, name[SHARE_KEPT]; };	/* name: "\\\\server\\share" */
struct smb_session { uint8_t keep, n, who[128]; };

struct smb_file {
	uint8_t keep;
	uint8_t pipe, folder;
	uint8_t fresh;			/* it began empty: created or overwritten */
	uint8_t open[2];		/* a transfer runs; [0] read [1] written */
	uint8_t said[2];		/* its beginning was told */
	uint8_t harmed[2];		/* what was there already was written again */
	uint8_t gap[2];			/* something is missing */
	uint8_t early_writes;		/* what waits was written */
	uint8_t refused;		/* a write was */
	uint8_t opaque;			/* PIPE: what it speaks was named */
	uint8_t pending[2];		/* PIPE: bytes of a message that is not whole; [1] from the client */
	uint16_t name_n, number;	/* number: of its transfers and pipes inside this flow */
	uint64_t act[2];		/* what its end belongs to */
	uint64_t size;			/* as known so far */
	uint64_t end;			/* where a READ found no more; 0: nowhere yet */
	uint64_t next[2];		/* where the next piece should be */
	uint64_t at[2];			/* where the first piece was */
	uint64_t first_id, session;
	uint64_t asked;			/* READs asked for all bytes from 0 to here */
	uint64_t early_at[EARLY];	/* where runs that wait belong */
	uint32_t early_n[EARLY];	/* their bytes; 0: none */
	uint32_t tree;
	uint8_t name[NAME_KEPT];
};
_Static_assert(sizeof(struct smb_file) <= KEEP_MAX, "fits keep_new()");

enum body { BODY_SKIP, BODY_FILE, BODY_PIPE };

struct smb_half {			/* one direction; [0] from the side that asks */
	uint64_t data;			/* bytes of data still to come in the body */
	uint64_t rest;			/* bytes behind them */
	uint64_t file, offset;		/* keep key, and where in it the next piece belongs */
	uint32_t sealed[2];		/* messages encrypted, compressed */
	uint8_t body;			/* enum body */
	uint8_t writes;			/* the body goes into the file */
	uint8_t spare[6];
};

enum { TOLD = 12 };

struct smb_state {
	struct ends ends;
	uint8_t started, told_n;
	uint8_t spare;
	uint16_t numbers;		/* files opened so far */
	uint16_t said_sealed;		/* bits: direction, kind */
	uint64_t session;		/* whose who is stamped */
	uint64_t negotiate;		/* SMB1 NEGOTIATE that waits */
	uint64_t related;		/* key of the file the CREATE answered last opened */
	uint64_t pipe;			/* number of the pipe whose bytes are passed on, for dcerpc */
	struct smb_half half[2];
	uint32_t told[TOLD];		/* digests of facts said */
};
_Static_assert(sizeof(struct smb_state) <= 512, "fits proto.state_size");

/* ---- smb_codes.c ---- */
enum { SMB_CODES = 148 };
extern const struct proto_code smb_codes[SMB_CODES];
extern const struct proto_space smb_spaces[];
enum { SPACE_FILE, SPACE_PIPE, SPACE_SHARE, SPACE_USER };	/* files are called by their name alone */
uint8_t smb_command_1(uint8_t command);	/* words of smb_commands[] */
uint8_t smb_command_2(uint16_t command);
/* the row, or that of "other" of its series; never NULL */
const struct proto_code *smb_row(uint32_t code);

/* ---- smb_fields.c ---- */
extern const struct field smb_fields[];

/* ---- smb_words.c ---- */
enum { SMB_STATUSES = 86, SMB_SETS = 13, SMB_COMMAND_WORDS = 91 };
extern const char *const smb_commands[SMB_COMMAND_WORDS];
extern const char *const smb_share_types[4], *const smb_dispositions[7], *const smb_accesses[3];
extern const char *const smb_sets[SMB_SETS];
uint8_t smb_status_word(uint32_t status);	/* 0: it has no name here */
const char *smb_status_name(uint8_t word);	/* "" for 0 */
uint8_t smb_outcome(uint32_t status);
const char *smb_control_name(uint32_t control, uint8_t *ret_verb);	/* FSCTL; NULL: unknown */
uint8_t smb_set_word(uint8_t class);
const char *smb_dialect(uint16_t dialect);
int64_t smb_time(uint64_t filetime);	/* [MS-DTYP] 2.3.3, 100 ns since 1601: as seconds since 1970 */
enum { FSCTL_TRANSCEIVE = 0x0011c017 };
#define STATUS_PENDING UINT32_C(0x103)
#define STATUS_CLEANUP UINT32_C(0x10b)
#define STATUS_OVERFLOW UINT32_C(0x80000005)
#define STATUS_EOF UINT32_C(0xc0000011)
#define STATUS_MORE UINT32_C(0xc0000016)
#define STATUS_CANCELLED UINT32_C(0xc0000120)

/* ---- smb_act.c: requests remembered, acts begun ---- */
uint64_t smb_key(enum smb_keep kind, uint64_t a, uint64_t b);
/* Adds a text to a note; cut to what fits. */
void smb_note_put(struct smb_note *k, enum smb_part part, struct bytes text);
struct bytes smb_note_part(const struct smb_note *k, enum smb_part part);
void smb_note_over(struct smb_note *ret, const struct ask *ask);
/* Begins an act about a request; *ret_own NULL: no room. */
struct obs *smb_begin(struct proto_ctx *x, const struct smb_note *k, uint8_t phase, struct smb_own **ret_own);
void smb_result(struct proto_ctx *x, struct obs *o, struct smb_own *own, uint32_t status);
/* Remembers the request under this pair id, and says now what changes something. Returns the act's
 * name, or 0. */
uint64_t smb_ask(struct proto_ctx *x, const struct smb_note *k, uint64_t pair);
/* Begins and ends the act of an answer. */
struct obs *smb_begin_answer(struct proto_ctx *x, const struct smb_note *k, uint32_t status,
			     struct smb_own **ret_own);
uint64_t smb_say(struct proto_ctx *x, const struct smb_note *k, uint32_t status);
void smb_say_open(struct proto_ctx *x, const struct smb_note *k, uint8_t outcome);
/* Of an answer that is malformed the request is known all the same. Returns good. */
bool smb_answered(struct proto_ctx *x, const struct smb_note *k, bool good);
/* An answer whose request was not seen; setup: to a SESSION_SETUP. */
uint64_t smb_say_alone(struct proto_ctx *x, const struct smb_note *k, bool setup, uint32_t status);
/* The act of an answer without a body of its own, and what it closes. */
void smb_say_plain(struct proto_ctx *x, const struct smb_note *k, uint32_t status);
/* A fact, once a flow. */
void smb_fact(struct proto_ctx *x, const struct side *about, enum fact_kind kind, struct bytes text,
	      uint64_t number, uint8_t trust);
struct smb_half *smb_half_of(struct proto_ctx *x);
/* 16 bytes as people write them, NUL-terminated. */
enum { GUID_TEXT = 37 };
void smb_guid(char out[GUID_TEXT], const uint8_t raw[16]);

/* ---- smb_file.c: open files ---- */
struct smb_file *smb_file_at(struct proto_ctx *x, uint64_t key);
struct smb_tree *smb_tree_at(struct proto_ctx *x, uint64_t key);
/* "share/path" of a name in a tree. */
size_t smb_path(struct proto_ctx *x, uint64_t tree_key, struct bytes name, uint8_t *out, size_t cap);
void smb_tree_new(struct proto_ctx *x, uint64_t key, uint8_t type, struct bytes unc);
/* Room for one thing more; the one longest not asked for gives way, and a file among them is told
 * as it is. */
void *smb_keep_new(struct proto_ctx *x, uint64_t key, enum smb_keep kind, size_t n);
void smb_file_data(struct proto_ctx *x, uint64_t key, bool writes, uint64_t offset, struct bytes piece);
void smb_file_missing(struct proto_ctx *x, uint64_t key, bool writes, uint64_t offset, uint64_t n);
/* A file is closed, or will not be heard of any more. */
void smb_file_close(struct proto_ctx *x, uint64_t key, bool in_order);
void smb_files_end(struct proto_ctx *x);
/* What waits under this key of gather.c, of the side that asks or the other one, whatever is
 * looked at now. */
struct bytes smb_gathered(struct proto_ctx *x, bool asks, uint32_t key);
/* A file was opened: act is what said so. */
struct smb_file *smb_file_open(struct proto_ctx *x, uint64_t key, const struct smb_note *k, uint64_t act);
/* The request reads or writes: its act, when it is the first; QUIET when not. */
void smb_file_begin(struct proto_ctx *x, struct smb_note *k, bool writes);
/* The answer to a READ brought so many bytes: fewer than asked are the last of the file. */
void smb_file_answered(struct smb_file *f, const struct smb_note *k, uint32_t n);
void smb_write_refused(struct proto_ctx *x, uint64_t key);

/* ---- smb_pipe.c: named pipes ---- */
/* A transaction works on this file: it is a pipe, also when nobody saw it opened. */
void smb_pipe_is(struct proto_ctx *x, const struct smb_note *k);
void smb_pipe_data(struct proto_ctx *x, uint64_t key, struct bytes piece, bool last);
void smb_pipe_lost(struct proto_ctx *x, uint64_t key);

/* ---- smb_auth.c: logins ---- */
/* Reads the token of a request; call it when no other part of the note is set. */
void smb_auth_ask(struct proto_ctx *x, struct smb_note *k, struct bytes token);
void smb_auth_answer(struct proto_ctx *x, struct bytes token);
/* The login succeeded or not; who is stamped on what follows. */
void smb_auth_done(struct proto_ctx *x, struct smb_note *k, uint64_t session, uint32_t status);
void smb_session_is(struct proto_ctx *x, uint64_t session);

/* ---- smb1*.c ---- */
struct smb1 {			/* one command of a message */
	uint8_t command;
	bool answer, unicode;
	uint16_t tid, uid;
	uint32_t status;
	uint64_t id;		/* what pairs it: place in the chain, process and multiplex number */
	struct bytes whole;	/* from the header on */
	struct cursor words;
	struct cursor bytes;
	uint64_t more;		/* bytes of the message that are streamed or skipped */
};

bool smb1_message(struct proto_ctx *x, struct cursor msg, uint64_t more);
/* Data of a lone WRITE_ANDX or of READ_ANDX's answer begins so many bytes behind the first of NetBIOS; 0:
 * there is none to stream. */
size_t smb1_data_at(struct cursor c);
/* The next text of the bytes, as UTF-8. */
size_t smb1_text(const struct smb1 *m, struct cursor *c, uint8_t *out, size_t cap);
uint64_t smb1_tree_key(const struct smb1 *m);
uint64_t smb1_file_key(uint16_t fid);
void smb1_note(struct smb_note *k, const struct smb1 *m);
void smb1_note_file(struct proto_ctx *x, struct smb_note *k, uint16_t fid);
/* Puts "share/path" of the next text into the note; format: a byte 04 stands before it. False: why is set. */
bool smb1_note_path(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k, struct cursor *c,
		    enum smb_part part, bool format);
struct bytes smb1_at(const struct smb1 *m, uint32_t offset, uint32_t n);
bool smb1_negotiate(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_negotiated(struct proto_ctx *x, const struct smb1 *m, const struct smb_note *k);
bool smb1_setup(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_set_up(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_tree(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_tree_connected(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_open(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_opened(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_read(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_read_answer(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_write(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_trans(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);
bool smb1_trans_answer(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k);

/* ---- smb2*.c ---- */
struct smb2_chain {		/* a compound: what its first command opened, and where it stands */
	uint64_t session;
	uint32_t tree;
	uint16_t name_n;
	uint8_t name[NAME_KEPT];
};

struct smb2 {			/* one command of a message */
	uint16_t command;
	uint32_t status, flags, tree;
	uint64_t id, session;
	struct bytes whole;	/* from the header on */
	struct cursor body;	/* behind StructureSize */
	uint64_t more;		/* bytes of the message that are streamed or skipped: whole is its head */
	struct smb2_chain *chain;
};

bool smb2_message(struct proto_ctx *x, struct cursor msg, uint64_t more);
struct bytes smb2_at(const struct smb2 *m, uint64_t offset, uint64_t n);
bool smb2_request(struct proto_ctx *x, const struct smb2 *m);
bool smb2_answer(struct proto_ctx *x, const struct smb2 *m);
/* The file a request works on: its key and name go into the note. */
void smb2_file(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k, struct cursor *c);
bool smb2_create(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
bool smb2_created(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
bool smb2_set_info(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
bool smb2_negotiate(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
bool smb2_negotiated(struct proto_ctx *x, const struct smb2 *m, const struct smb_note *k);
bool smb2_setup(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
bool smb2_set_up(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
bool smb2_tree(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
bool smb2_tree_connected(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
bool smb2_fits(struct proto_ctx *x, const struct cursor *c);	/* false, and why: the cursor is broken */

/* ---- smb2_data.c ---- */
/* Data of a lone WRITE or READ begins so many bytes behind the first of NetBIOS; 0: there is
 * none to stream. */
size_t smb2_data_at(struct cursor c);
bool smb2_read(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
bool smb2_read_answer(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
bool smb2_write(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k);
/* The WRITE of a compound was answered: its file is known now, if that went well. */
void smb2_write_now(struct proto_ctx *x, const struct smb_note *k, bool done);
/* Data of a WRITE or of a READ's answer: here, or on its way. */
void smb_data(struct proto_ctx *x, const struct smb_note *k, struct bytes here, uint64_t data, uint64_t more);

/* A text of UTF-16 or bytes becomes UTF-8. */
size_t smb_text(uint8_t *out, size_t cap, struct bytes b, bool unicode);

#endif

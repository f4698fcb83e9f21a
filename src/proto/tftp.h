/* proto/tftp.h: what the files of TFTP share; the door is tftp.c. */
#ifndef PROTO_TFTP_H
#define PROTO_TFTP_H

#include "model/proto.h"

extern const struct proto proto_tftp;

enum {
	TFTP_PORT = 69,		/* RFC 1350 4: of the request alone */
	BLOCK_USUAL = 512,	/* RFC 1350 2 */
	BLOCK_LEAST = 8, BLOCK_MOST = 65464,	/* RFC 2348 */
	TIMEOUT_MOST = 255,	/* RFC 2349; from 1 */
	WINDOW_MOST = 65535,	/* RFC 7440 3; from 1 */
	ERROR_MOST = 8,		/* RFC 1350 appendix, RFC 2347 */
	NAME_KEPT = 192,
};

/* Opcodes (RFC 1350 5, RFC 2347), also the codes of acts. */
enum { TFTP_RRQ = 1, TFTP_WRQ, TFTP_DATA, TFTP_ACK, TFTP_ERROR, TFTP_OACK };

enum tftp_mode { MODE_NONE, MODE_NETASCII, MODE_OCTET, MODE_MAIL };

struct tftp_options { /* 0: not named, or named with a value it may not have */
	uint64_t tsize;
	uint32_t blksize, windowsize;
	uint16_t timeout;
	uint16_t count; /* of options, also of those nobody knows */
	uint8_t has_tsize;
	uint8_t rollover; /* of tftp-hpa: the block number behind 65535 */
	uint8_t multicast; /* RFC 2090 */
	uint8_t out_of_range; /* some value may not be */
};

struct tftp_message { /* taken apart */
	uint16_t op;
	uint16_t block; /* DATA, ACK */
	uint16_t error;
	uint8_t mode;
	bool cut; /* the capture holds only its beginning */
	struct bytes name, text; /* of a request, of an error */
	struct bytes data;
	struct tftp_options options;
};

/* How the state begins; that of a flow announced by expect_flow() is told so. */
struct tftp_start {
	uint64_t act; /* the ASK; 0: it was not seen */
	uint64_t tsize; /* as the request says */
	uint32_t blksize; /* asked for; 0: not */
	uint16_t port; /* who asked, and whom */
	uint16_t server_port;
	uint8_t ip[16];
	uint8_t code; /* RRQ, WRQ; DATA: the request was not seen; 0: nothing is known */
	uint8_t mode; /* enum tftp_mode */
	uint8_t writes; /* the blocks come from who asked */
	uint8_t has_tsize;
	uint8_t again; /* the request came twice, and its first answer was seen */
	uint8_t name_cut, name_n;
	uint8_t name[NAME_KEPT];
};

_Static_assert(sizeof(struct tftp_start) <= 256, "fits expect_flow()");

struct tftp_state {
	struct tftp_start start;
	uint64_t tsize;
	uint32_t digest; /* of the request */
	uint32_t blksize, window;
	uint16_t timeout;
	uint16_t expected; /* number of the next block */
	uint16_t acked; /* acknowledged last */
	uint16_t last; /* number of the last block, when ended */
	uint8_t has_tsize;
	uint8_t running; /* something of the transfer came in this flow */
	uint8_t oack;
	uint8_t rollover;
	uint8_t multicast;
	uint8_t ended; /* the last block came */
	uint8_t done; /* it was said what became of it */
	uint8_t file; /* enum: none, open, refused by a cap */
	uint8_t cr; /* netascii: the last byte was CR */
	uint8_t served; /* that the server is one was told */
};

_Static_assert(sizeof(struct tftp_state) <= 512, "fits proto.state_size");

/* ---- tftp_read.c ---- */

/* Takes a datagram apart. NULL: it is one; else why it is none, a key of the notes. cut: the capture may lack
 * its end. */
const char *tftp_read(struct tftp_message *m, struct cursor c, bool cut);
/* Is it what a server says first, or then who fetches? It proves nothing alone. */
bool tftp_begins(const struct tftp_message *m);

/* ---- tftp_act.c: the acts ---- */

struct tftp_own {
	struct transfer_own file;
	struct span name, error_text;
	uint64_t tsize;
	uint32_t blksize, windowsize;
	uint16_t timeout, error;
	uint8_t packet, mode; /* words */
	uint8_t tsize_given, error_given;
};

extern const struct field tftp_fields[];
enum { TFTP_CODES = 6 };
extern const struct proto_code tftp_codes[TFTP_CODES];

/* The request; returns the name of the act. */
uint64_t tftp_say_request(struct proto_ctx *x, const struct tftp_start *start, const struct tftp_message *m);
/* A request nobody answered. */
void tftp_say_unanswered(struct proto_ctx *x, const struct tftp_start *start);
/* What became of the transfer of this flow; r NULL: no block came, error NULL: none. */
void tftp_say_end(struct proto_ctx *x, uint8_t outcome, const struct transfer_result *r,
		  const struct tftp_message *error, const char *note);
/* An error that belongs to nothing that was seen. */
void tftp_say_error(struct proto_ctx *x, const struct tftp_message *m);

/* ---- tftp_move.c: the blocks of one transfer ---- */

/* Did who asked send this message? */
bool tftp_from_asker(const struct proto_ctx *x);
/* OACK, DATA, ACK or ERROR of the transfer of this flow. */
bool tftp_move(struct proto_ctx *x, const struct tftp_message *m);
/* Says what became of a transfer that did not end by itself; nothing when there is none. */
void tftp_break_off(struct proto_ctx *x);

#endif

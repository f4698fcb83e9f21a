/* proto/rfb.h: what the files of RFB (VNC) share; the door is rfb.c, which names the standard. */
#ifndef PROTO_RFB_H
#define PROTO_RFB_H

#include "model/proto.h"

#include <string.h>

extern const struct proto proto_rfb;

enum {
	PORT = 5900,			/* registered at IANA; screen n is at 5900 + n */
	VERSION = 12,			/* bytes of "RFB 003.008\n", 7.1.1 */
	TEXT_MAX = 4096,		/* of names and reasons */
	SCREEN = 24,			/* ServerInit up to the name, 7.3.2 */
	TYPE_NONE = 1, TYPE_VNC = 2,	/* 7.1.2 */
	TYPE_TIGHT = 16, TYPE_APPLE = 30,	/* (M) */
	CAPABILITY = 16, CAPABILITIES = 64,	/* of Tight: bytes of one, the most taken */
	APPLE_KEY = 512,		/* the longest key taken, 4096 bits */
	APPLE_WORDS = 128,		/* name and password, encrypted */
	RESULT_OK = 0, RESULT_FAILED = 1, RESULT_TOO_MANY = 2,	/* 7.1.3 */
	/* 7.5 and the community's list of client messages */
	PIXEL_FORMAT = 0, ENCODINGS = 2, UPDATE_REQUEST = 3, KEY = 4, POINTER = 5, CUT_TEXT = 6,
	CONTINUOUS = 150, FENCE = 248, XVP = 250, DESKTOP_SIZE = 251, QEMU = 255,
	EXTENDED = 12,			/* extended clipboard: head with its flags */
	CAN = 1 << 24, BRINGS = 1 << 28,	/* ... what the sender can at all, which has all flags;
						 * text */
	CODE_LOGIN = 0x100, CODE_INPUT, CODE_END, CODE_SCREEN,
	CODE_CLIENT = 0x200,		/* plus the type of a client's message */
	ID_LOGIN = 1,			/* of pair_ask() */
};

/* What a side says next. */
enum rfb_stage {
	SAYS_VERSION,
	SAYS_TYPES,
	SAYS_TYPE,
	SAYS_CHOICE,
	SAYS_CHALLENGE,
	SAYS_RESPONSE,
	SAYS_TUNNELS,	/* of Tight, as the three below */
	SAYS_TUNNEL,
	SAYS_METHODS,
	SAYS_METHOD,
	SAYS_RESULT,
	SAYS_INIT,
	SAYS_MESSAGES,
	SAYS_ANYTHING,
	WAITS,
};

struct rfb_state {
	uint64_t bytes[2];		/* behind what is looked into; [1] of the client */
	uint64_t keys, clicks, clips;	/* since they were told */
	int64_t told_ns;		/* when that was */
	uint8_t stage[2];		/* enum rfb_stage */
	uint8_t minor;			/* 3, 7 or 8: how the client speaks */
	uint8_t type;			/* of security */
	uint8_t shared;
	uint8_t logged;			/* the choice of security was told */
	uint8_t refused;
	uint8_t accepted;		/* and the screen not told yet */
	uint8_t opened;
	uint8_t told;			/* input was told before */
	uint16_t key_n;			/* Apple: bytes of a key, as the server says */
	char version[2][8];		/* "003008" */
};
_Static_assert(sizeof(struct rfb_state) <= 512, "fits proto.state_size");

struct rfb_own {
	struct span major[2], minor[2], name, reason;
	uint64_t keys, clicks, clips, bytes[2];
	uint16_t width, height, red_max, green_max, blue_max;
	uint8_t type, result;		/* result: a word */
	uint8_t shared, versions, typed, resulted, screened, counted, ended;
	uint8_t bits, depth, big_endian, true_colour, red, green, blue;
	uint8_t spare[6];
};
_Static_assert(sizeof(struct rfb_own) % 8 == 0, "own parts stay aligned");

/* rfb_codes.c */
enum { RFB_CODES = 15 };
extern const struct proto_code rfb_codes[RFB_CODES];
extern const struct field rfb_fields[];

/* rfb_cut.c: how long what a side says next is. */
struct cut rfb_cut(struct proto_ctx *x, struct cursor have);

#endif

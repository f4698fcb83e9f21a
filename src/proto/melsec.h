/* proto/melsec.h: the devices of MELSEC controllers as people write them: D100, M0, X1F.
 *
 * SLMP and MELSOFT number the kinds of devices differently; here each kind has one number, which is the
 * number of its address space in both protocols. */
#ifndef PROTO_MELSEC_H
#define PROTO_MELSEC_H

#include "model/proto.h"

enum melsec_space {
	DEV_NONE,
	DEV_SM, DEV_SD, DEV_X, DEV_Y, DEV_M, DEV_L, DEV_F, DEV_V, DEV_B, DEV_D, DEV_W, DEV_TS, DEV_TC, DEV_TN,
	DEV_LTS, DEV_LTC, DEV_LTN, DEV_STS, DEV_STC, DEV_STN, DEV_LSTS, DEV_LSTC, DEV_LSTN, DEV_CS, DEV_CC,
	DEV_CN, DEV_LCS, DEV_LCC, DEV_LCN, DEV_SB, DEV_SW, DEV_S, DEV_DX, DEV_DY, DEV_Z, DEV_LZ, DEV_R,
	DEV_ZR,
	DEV_RD, DEV_G, DEV_HG, DEV_BL,
	DEV_KINDS,
	SPACE_EXTENDED = DEV_KINDS,	/* U3E0\G100, J2\W1F, D100Z4: the name is all */
	SPACE_OTHER,			/* a kind of device that is not listed: its code and number */
	SPACE_MONITORED,		/* the devices registered before */
	SPACE_MEMORY,			/* own station: word address */
	SPACE_UNIT,			/* buffer memory of a module: its number (name), address */
	SPACE_LABEL,
	SPACE_FILE,			/* drive, path */
	SPACE_USER,
	SPACE_LAST = SPACE_USER
};

struct melsec_kind {
	const char *letters;	/* "D" */
	uint8_t base;		/* of its numbers in writing: 10 or 16 */
	bool bit;
	uint8_t words;		/* of one point: 1; 2 for long ones */
	uint8_t slmp;		/* device code of SLMP, the lower byte; the upper one is 0 */
	const char *ascii2, *ascii4;	/* how ASCII frames call it, without the padding; NULL: only in the
					 * other */
};

enum { MELSEC_NAME = 40 };	/* bytes that hold any name made here */

extern const struct melsec_kind melsec_kinds[DEV_KINDS];
extern const struct proto_space melsec_spaces[];

/* Writes a number to out in a base of 8, 10 or 16 (capitals); returns how many digits. */
size_t melsec_number(char *out, uint32_t number, unsigned base);

/* The base in which numbers of this kind are written; octal: on an iQ-F or FX, whose X and Y count by
 * eight. */
unsigned melsec_base(unsigned kind, bool octal);

/* The object of an act: count items from this device on. name: "U3E0\" before and "Z4" behind, or NULL. */
void melsec_object(struct proto_ctx *x, struct obs *o, unsigned kind, uint32_t number, uint32_t count,
		   bool octal);

/* Is this the name of a model whose inputs and outputs count by eight: FX. */
bool melsec_is_octal(struct bytes model);

/* What a file is, by its name: a program, a parameter file or another. */
uint8_t melsec_file_class(struct bytes name);

/* ---- files that are open, in the state of a flow; the key of a file's transfer is its handle ---- */

enum { MELSEC_FILES = 3, MELSEC_FILE_NAME = 48 };

struct melsec_file {
	uint16_t handle;
	uint8_t open, writing, drive, n;	/* n: bytes of name */
	uint8_t lost, spare[3];	/* bytes of the flow are missing since it was opened */
	uint32_t next;		/* offset of the byte after the last one seen */
	char name[MELSEC_FILE_NAME];
};

/* NULL: not open. */
struct melsec_file *melsec_file_of(struct melsec_file files[MELSEC_FILES], uint16_t handle);

/* A place for a file and its transfer; NULL: more are open than are followed. */
struct melsec_file *melsec_file_open(struct proto_ctx *x, struct melsec_file files[MELSEC_FILES],
				     uint16_t handle, bool writing);

/* Bytes of a file at an offset. One that was opened before the capture began is opened here. */
void melsec_file_data(struct proto_ctx *x, struct melsec_file files[MELSEC_FILES], uint16_t handle,
		      uint32_t offset, struct bytes data, bool writing);

/* n UTF-16 code units (little-endian) as UTF-8, at most cap bytes, up to the first 0; what is no character
 * becomes '?'. Returns the bytes. */
size_t melsec_utf16(char *out, size_t cap, struct bytes units);

/* Words, the low byte first, as acts hold numbers: the high byte first. n bytes are changed where they lie;
 * width 2 or 4. */
void melsec_turn(uint8_t *p, size_t n, size_t width);

#endif

/* stream/nctext.h: is a text an NC program, what is it called, and is it the same program as another text?
 *
 * One program crosses the wire in many dresses: DNC software sends LF, a PC share keeps CR LF, Heidenhain's
 * LSV2 ends lines with NUL, one control gives back an end-of-tape mark and another does not. The canonical
 * text takes the dress off, so that one hash names one program whatever protocol carried it:
 *
 *   1. A line ends at CR, LF or NUL, and at the end of the text. Lines without any byte are dropped, so CR
 *      LF, LF CR and CR CR LF are all one end.
 *   2. Spaces and tabs at the end of a line are dropped (of more than NC_BLANKS in a row the first ones
 *      stay). A line that held nothing else is dropped.
 *   3. A line whose first byte is % and which holds nothing else but blanks behind it (the tape marks of
 *      ISO 6983-1) is dropped. "%NAME G71 *", as DIN/ISO programs of Heidenhain begin, stays: it says
 *      millimetres or inches.
 *   4. What is left is hashed with SHA-256, each line followed by one LF, all bytes as they came: nothing
 *      is done to letters, blanks inside a line, comments or numbers of blocks. A control that takes blanks
 *      out of blocks when it stores a program gives back a different program in this sense.
 *
 * A text that holds several programs has one hash, of all of it, and the name of the first. */
#ifndef STREAM_NCTEXT_H
#define STREAM_NCTEXT_H

#include <nettle/sha2.h>

#include "core/cursor.h"
#include "model/proto.h"

enum {
	NC_BLANKS = 64,		/* blanks held back until it is known whether their line ends */
	NC_LINE = 80,		/* first bytes of a line a name is looked for in */
	NC_LINES = 8,		/* lines a name is looked for in */
	NC_OUT = 256,		/* bytes hashed at once */
};

struct nctext {			/* ready when all bytes are zero and nctext_begin() was called */
	struct sha256_ctx sha;
	uint8_t out[NC_OUT], blanks[NC_BLANKS], line[NC_LINE];
	char name[PROGRAM_NAME];
	uint16_t out_n;
	uint8_t blanks_n, line_n, lines, name_n;
	uint8_t in_line;	/* bytes of this line were hashed */
	uint8_t mark;		/* this line is a % so far */
};

/* Does a text that begins so look like an NC program? Sees the first bytes of a file, blanks and line ends
 * before the first word skipped. ISO 6983-1 section 6 (% and what follows), O and : numbers and <names> of
 * Fanuc, BEGIN PGM and %NAME of Heidenhain (HEIDENHAIN, Klartext and DIN/ISO programming), or whole lines
 * of words where a G or M function is among them. */
bool nctext_looks(struct bytes head);

void nctext_begin(struct nctext *t);
void nctext_add(struct nctext *t, struct bytes piece);
/* The hash of all that came, and its end. The name is complete then; t is used up. */
void nctext_end(struct nctext *t, uint8_t ret_sha256[32]);

#endif

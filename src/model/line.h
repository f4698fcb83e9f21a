/* model/line.h: any record as one stable line of text, for tests, golden files and `koban observations`.
 *
 *   act modbus ask write 10.0.0.5:1024 -> 10.0.0.9:502 tcp station=17 code=write-register
 *   object="holding 107" count=1 value=uint16:3 own{transaction_id=1}
 *
 * Order: type, protocol, phase, word, outcome (unless unknown), ends, station, code, object, count, value,
 * who, result, times, flags, trust (unless sure), note, own, item. Things with their usual value are left
 * out. */
#ifndef MODEL_LINE_H
#define MODEL_LINE_H

#include "model/proto.h"

enum line_show {		/* columns that tests of one protocol do without */
	LINE_FRAME = 1,		/* "12 ", or "10-12 ": the evidence, in front */
	LINE_ORDINAL = 2,	/* behind the frame: "12.3 ", timers "12t3 " (the shard is left out) */
	LINE_TIME = 4,		/* "2026-11-20T07:25:14.123456789Z " in front of the type, since= behind
				 * times= */
	LINE_ENDS = 8,		/* "10.0.0.5:1024 -> 10.0.0.9:502 tcp": actor, device, transport */
	LINE_ALL = 15,
};

/* Writes the line of a record that rec_check() accepted, without LF, NUL-terminated and cut at cap;
 * returns the length it wanted. */
size_t rec_line(char *out, size_t cap, const struct rec *r, unsigned show);

enum { LINE_MAX_BYTES = 32 << 10 };	/* no record needs more */

#endif

/* model/line_parts.h: what the files of line.h share; nobody else includes it. */
#ifndef MODEL_LINE_PARTS_H
#define MODEL_LINE_PARTS_H

#include "core/buf.h"
#include "model/proto.h"

/* line_parts.c */
void line_key(struct buf *b, const char *name);		/* " name=" */
void line_key_u64(struct buf *b, const char *name, uint64_t v);
void line_quoted(struct buf *b, struct bytes text);
void line_side(struct buf *b, const struct side *s);	/* IP address and port, else MAC address, else "-" */
void line_time(struct buf *b, int64_t at_ns);

/* line_value.c: "uint16:3", "uint16:[1 2 3]", "bits:1011", "text:\"...\"", "hex:0a0b", "secret". */
void line_value(struct buf *b, const struct obs *o);

/* line_own.c: the struct behind a record, "own{...}". */
void line_own(struct buf *b, const struct obs *o);

#endif

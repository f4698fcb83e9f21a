/* proto/ber.h: what ASN.1 in BER and DER looks like to a bounded reader (X.690); for certificates and SNMP.
 *
 * Lengths are definite and at most four bytes, tags have one byte; anything else breaks the cursor. Nothing
 * is recursive: who calls goes down one level with each call. */
#ifndef PROTO_BER_H
#define PROTO_BER_H

#include "core/buf.h"
#include "core/cursor.h"

/* X.690 8.1.2 and X.680 8.6 */
enum {
	BER_BOOL = 1,
	BER_INTEGER = 2,
	BER_BITS = 3,
	BER_OCTETS = 4,
	BER_NULL = 5,
	BER_OID = 6,
	BER_UTF8 = 12,
	BER_UTC_TIME = 23,
	BER_TIME = 24,
	BER_BMP = 30,
	BER_SEQUENCE = 0x30,
	BER_SET = 0x31,
	BER_CONTEXT = 0xa0,
};

/* The next value as a cursor of its own; *ret_tag: its tag. Broken when there is none. */
struct cursor ber_next(struct cursor *c, uint8_t *ret_tag);

/* The same when the tag must be this one: broken otherwise. */
struct cursor ber_want(struct cursor *c, uint8_t tag);

/* An INTEGER of at most 8 bytes, sign extended; *c is broken when it is longer or empty. */
int64_t ber_integer(struct cursor *c);

/* Appends "1.3.6.1.2.1"; false: malformed, and then what was appended is the part that is not. Numbers are
 * at most 2^32 - 1 (RFC 2578 3.5). */
bool ber_oid(struct buf *out, struct bytes oid);

#endif

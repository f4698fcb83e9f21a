/* proto/utf16.h: text as Windows sends it (SMB, DCE/RPC, NTLM): UTF-16, little-endian. */
#ifndef PROTO_UTF16_H
#define PROTO_UTF16_H

#include "core/cursor.h"

/* Writes the text as UTF-8 into out, at most cap bytes and whole characters only, up to the first NUL or the
 * end; halves of pairs become U+FFFD. Returns the bytes written. */
size_t utf16_put(uint8_t *out, size_t cap, struct bytes le);

/* Bytes of the text up to and without its NUL (two bytes); all of b when there is none. */
size_t utf16_until_nul(struct bytes b);

#endif

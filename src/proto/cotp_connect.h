/* proto/cotp_connect.h: a connection TPDU of COTP, taken apart. */
#ifndef PROTO_COTP_CONNECT_H
#define PROTO_COTP_CONNECT_H

#include "core/cursor.h"

/* MS-RDPBCGR 2.2.1.1.1, 2.2.1.2.1, 2.2.1.2.2 */
enum { RDP_REQUEST = 1, RDP_ANSWER = 2, RDP_FAILURE = 3 };

/* One connection TPDU, read. */
struct cotp_connection {
	uint16_t destination, source;
	uint8_t class;
	uint8_t size;		/* log2 of the TPDU size; 0: not said */
	struct bytes calling, called, cookie;
	bool rdp;
	uint8_t negotiation;	/* RDP_REQUEST to RDP_FAILURE; 0: there is none */
	uint32_t protocols;	/* asked for, selected, or why neither */
};

/* Header of CR and CC. NULL: well-formed; else the reason. */
const char *cotp_read_connection(struct cotp_connection *n, struct cursor c);

#endif

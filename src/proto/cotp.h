/* proto/cotp.h: what a protocol inside COTP may know of its connection (proto_ctx.outer->state). */
#ifndef PROTO_COTP_H
#define PROTO_COTP_H

#include <stdint.h>

struct cotp_state {
	uint64_t station;	/* the device behind the address, as the called TSAP says; see
				 * cotp_station() */
	uint8_t gathering[2];	/* fragments are waiting, from [0] the server [1] the client */
	uint8_t opaque;		/* enum inner: named already; 0: not */
	uint8_t inner;		/* a protocol of ours took the data */
	uint8_t rdp;		/* the client asked for RDP: fast-path messages may follow */
	uint8_t tls;		/* both ends chose TLS: the rest is not TPKT */
	uint8_t spare[2];
};

#endif

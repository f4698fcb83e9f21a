/* proto/ftp_text.h: the small grammars inside FTP's lines: endpoints and paths; used by FTP alone. */
#ifndef PROTO_FTP_TEXT_H
#define PROTO_FTP_TEXT_H

#include "proto/ascii.h"

struct ftp_endpoint {
	uint8_t ip[16];
	uint16_t port;
	bool has_ip; /* EPSV tells a port alone */
};

/* PORT's argument, or the six numbers somewhere in a 227 reply (RFC 959 4.1.2; RFC 1123 4.1.2.6: do not rely
 * on the parentheses). alone: nothing else may stand there. */
bool ftp_port(struct bytes b, bool alone, struct ftp_endpoint *ret);

/* EPRT's argument "|1|10.0.0.1|2048|", or the "(|||2048|)" in a 229 reply (RFC 2428 2, 3). */
bool ftp_extended(struct bytes b, struct ftp_endpoint *ret);

/* LPRT's argument, or the numbers in a 228 reply (RFC 1639 2). */
bool ftp_long(struct bytes b, struct ftp_endpoint *ret);

/* Writes where `path` leads from the directory cwd; cwd empty: not known, the path stays as relative as it
 * is. Names "." and ".." are worked out. */
void ftp_path(struct ascii_pen *pen, struct bytes cwd, struct bytes path);

/* The directory in a 257 reply: between quotes, "" stands for one (RFC 959 appendix II). False: none. */
bool ftp_quoted(struct ascii_pen *pen, struct bytes reply);

#endif

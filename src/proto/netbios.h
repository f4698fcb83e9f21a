/* proto/netbios.h: NetBIOS names, shared by nbns and nbdgm. */
#ifndef PROTO_NETBIOS_H
#define PROTO_NETBIOS_H

#include "core/cursor.h"

struct netbios_name {
	char text[4 * 16 + 8];	/* "PLC-HMI<20>": trailing spaces gone, the suffix in hex */
	uint8_t n;		/* bytes of text */
	uint8_t bare;		/* bytes of the name without its suffix */
	uint8_t suffix;		/* 16th byte: what the name is for */
};

/* Undoes the first-level encoding (RFC 1001 14.1): 32 letters A to P. False: they are not. */
bool netbios_decode(struct bytes encoded, struct netbios_name *ret);

/* From the 16 bytes themselves, as in node status (RFC 1002 4.2.18). */
void netbios_plain(const uint8_t raw[16], struct netbios_name *ret);

/* Key of what a suffix means ("workstation", "file-server"), below proto.nbns.suffixes; never NULL. The same
 * suffix means other things for a group name. */
const char *netbios_suffix(uint8_t suffix, bool group);

#endif

/* output/community_id.h: the Community ID flow hash, version 1 (github.com/corelight/community-id-spec). */
#ifndef OUTPUT_COMMUNITY_ID_H
#define OUTPUT_COMMUNITY_ID_H

#include <stdbool.h>
#include <stdint.h>

enum { COMMUNITY_ID_MAX = 32 };	/* "1:" and 28 characters of base64 and NUL */

/* The ends as addresses of 16 bytes (IPv4 mapped) and ports in host order. For ICMP and ICMPv6 the ports are
 * type and code of the message from a to b. False (and ""): these ends have none (no IP). */
bool community_id(char out[COMMUNITY_ID_MAX], uint8_t ip_proto, const uint8_t a_ip[16], uint16_t a_port,
		  const uint8_t b_ip[16], uint16_t b_port);

#endif

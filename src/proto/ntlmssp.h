/* proto/ntlmssp.h: who logs in from where to what, as NTLM says it in clear ([MS-NLMP]); shared by SMB and
 * DCE/RPC.
 *
 * Challenges, responses and keys are never looked at: what is read is the names and the version beside
 * them. */
#ifndef PROTO_NTLMSSP_H
#define PROTO_NTLMSSP_H

#include "core/cursor.h"

enum ntlm_type { NTLM_NONE, NTLM_NEGOTIATE = 1, NTLM_CHALLENGE = 2, NTLM_AUTHENTICATE = 3 };
enum { NTLM_NAME = 96 };

struct ntlm_text { uint8_t n, text[NTLM_NAME]; };

struct ntlm {
	uint8_t type;		/* enum ntlm_type; NONE: this is no NTLM message */
	struct ntlm_text user, domain, host;	/* AUTHENTICATE; CHALLENGE: host and domain are the server's
						 * NetBIOS names */
	struct ntlm_text dns_host, dns_domain;	/* CHALLENGE */
	uint8_t major, minor;	/* of the operating system, 0.0: not said */
	uint16_t build;
};

/* Finds the NTLM message inside a security token (bare, or in SPNEGO, RFC 4178) and reads it. */
void ntlm_read(struct ntlm *ret, struct bytes token);

/* Writes "6.1.7601" NUL-terminated; empty when the version was not said. */
enum { NTLM_VERSION = 16 };
size_t ntlm_version(char out[NTLM_VERSION], const struct ntlm *m);

/* "DOMAIN\user", "user", or nothing for an anonymous login. Returns bytes. */
size_t ntlm_who(uint8_t *out, size_t cap, const struct ntlm *m);

#endif

/* proto/x509.h: what a certificate says in front: whose it is, who says so, from when until when. */
#ifndef PROTO_X509_H
#define PROTO_X509_H

#include "model/proto.h"

enum { X509_NAME = 512, X509_SERIAL = 64, X509_TIME = 32, X509_ALTERNATIVES = 16, X509_FINGERPRINT = 60 };

struct x509 {
	char subject[X509_NAME], issuer[X509_NAME];	/* "C=JP, O=Example, CN=hmi-1"; cut when longer */
	char serial[X509_SERIAL];	/* "5C:19:B7"; cut when longer */
	char from[X509_TIME], to[X509_TIME];	/* "2026-11-20T09:00:00", UTC, else "...+0900" */
	char sha1[X509_FINGERPRINT];	/* "ab:cd:..." of the whole */
	uint8_t sha256[32];
	struct bytes common_name;	/* of the subject, inside the certificate; n 0: none */
	struct bytes names[X509_ALTERNATIVES];	/* DNS names it is good for */
	size_t name_count;
	bool self_signed;		/* subject and issuer are the same */
};

/* Reads one certificate (RFC 5280 4.1). False: it is none; the digests are filled all the same. */
bool x509_read(struct x509 *ret, struct bytes der);

#endif

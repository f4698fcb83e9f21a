/* proto/tls.h: what the files of TLS share; the door is tls.c, which names the standards. */
#ifndef PROTO_TLS_H
#define PROTO_TLS_H

#include "model/proto.h"
#include "proto/x509.h"

#include <string.h>

extern const struct proto proto_tls;

enum {
	RECORD = 5,				/* RFC 8446 5.1 */
	RECORD_MAX = 16384 + 2048,		/* RFC 5246 6.2.3 */
	CHANGE_CIPHER = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION = 23, HEARTBEAT = 24,
	HELLO_REQUEST = 0, CLIENT_HELLO = 1, SERVER_HELLO = 2, CERTIFICATE = 11, SERVER_DONE = 14,
	SSL_3 = 0x0300, TLS_1_2 = 0x0303, TLS_1_3 = 0x0304,
	ALPN_MAX = 32, ALPNS = 8,
	MD5_TEXT = 33,
	ID_HELLO = 1,				/* of pair_ask() */
	/* obs.code: record type << 8 | type of the handshake message */
	CODE_HELLO = HANDSHAKE << 8 | CLIENT_HELLO,
	CODE_CLIENT_CERTIFICATE = HANDSHAKE << 8 | 0x80 | CERTIFICATE,
	CODE_ALERT = ALERT << 8, CODE_HEARTBEAT = HEARTBEAT << 8,
};

struct tls_state {
	uint64_t session;		/* digest of the session id the client sent; 0: none */
	uint16_t version, cipher;	/* as the server chose */
	uint8_t encrypted[2];		/* [1] what the client sends */
	uint8_t pieces[2];		/* a part of a handshake message waits in gather_add() */
	uint8_t asked;			/* a ClientHello was told */
	uint8_t retry;			/* HelloRetryRequest: the next ClientHello is the same once more */
	uint8_t chosen;			/* the ServerHello is read and not told yet */
	uint8_t resumed;
	uint8_t served;
	uint8_t alpn_n;
	uint8_t alpn[ALPN_MAX];
	char ja3s[MD5_TEXT];
	uint8_t sni_n;
	uint8_t sni[128];
	uint8_t spare[6];
};
_Static_assert(sizeof(struct tls_state) <= 512, "fits proto.state_size");

struct tls_names { struct span subject, issuer, serial, from, to, sha1, sha256, names; };

struct tls_own {
	struct span sni, ja3, ja3s, alpns, alpn;
	struct tls_names server, client;
	uint16_t cipher, offered;
	uint8_t version, client_version;	/* words */
	uint8_t resumed, told, self_signed, alert_level, alert, alerted;
};
_Static_assert(sizeof(struct tls_own) % 8 == 0, "own parts stay aligned");

/* A hello of either side, taken apart. */
struct tls_hello {
	uint16_t version;			/* the highest of those in supported_versions, else its own */
	bool retry; /* RFC 8446 4.1.3: a ServerHello that asks for another hello */
	struct bytes session, sni;
	struct bytes ciphers;			/* two bytes each; of a server one */
	struct bytes alpns;			/* n:1 name each */
	char ja3[MD5_TEXT];			/* or JA3S */
};

/* tls_codes.c */
extern const struct proto_code tls_codes[];
extern const struct field tls_fields[];
uint8_t tls_version_word(uint16_t version);

/* tls_hello.c. False: malformed. */
bool tls_hello_read(struct tls_hello *ret, struct cursor c, bool of_client);

/* tls_act.c */
bool tls_client_hello(struct proto_ctx *x, struct cursor c);
bool tls_server_hello(struct proto_ctx *x, struct cursor c);
bool tls_certificate(struct proto_ctx *x, struct cursor c);
/* Tells the ServerHello, with a certificate or without, unless that was done. */
void tls_tell(struct proto_ctx *x, const struct x509 *certificate);
bool tls_alert(struct proto_ctx *x, struct cursor c);

#endif

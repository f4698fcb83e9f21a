/* proto/tls.c: TLS, who talks to whom under which name; never what they say.
 *
 * Spec:    RFC 8446 (1.3), RFC 5246 (1.2), RFC 4346, RFC 2246, RFC 6101 (SSL 3.0), RFC 6066 3 (server name),
 *          RFC 7301 (ALPN), RFC 6520 (heartbeat), RFC 5280 (certificates); JA3 as published by Salesforce.
 * Message: type:1 version:2 length:2, then handshake messages (type:1 length:3), which may be cut into
 *          several records; once encrypted, records are passed over as bodies and never gathered.
 * Units:   big-endian.
 * Emits:   OPEN ASK at the ClientHello, object the server name asked for; its ANSWER with what the server
 *          chose and its certificate: at the ServerHello in 1.3, where certificates are encrypted, else at
 *          the certificate or the end of that flight. A client's certificate IDENTIFY PUSH; alerts in clear
 *          REPORT PUSH, a server's before the handshake is over also the refusing ANSWER; a heartbeat that
 *          asks for more than it brings is malformed. Facts: the server SERVES, NAME_OF_IP by the name asked
 *          for, NAME by its certificate.
 * State:   tls.h: versions, what the server chose until it is told, which directions are encrypted.
 * Missing: SSL 2.0; DTLS; keys and signatures are not checked; chains beyond the first certificate; encrypted
 *          ClientHello; JA4. */
#include "proto/tls.h"

/* ---- handshake messages ---- */

static bool handshake(struct proto_ctx *x, uint8_t type, struct cursor c)
{
	switch (type) {
	case CLIENT_HELLO:
		return tls_client_hello(x, c);
	case SERVER_HELLO:
		return tls_server_hello(x, c);
	case CERTIFICATE:
		return tls_certificate(x, c);
	case SERVER_DONE:
		tls_tell(x, NULL);
	}
	return true;
}

static void drop_pieces(struct proto_ctx *x)
{
	struct tls_state *st = x->state;

	if (st->pieces[x->from_client])
		gather_drop(x, 0);
	st->pieces[x->from_client] = 0;
}

/* All whole messages in front of c; what is left waits for the next record. */
static bool messages(struct proto_ctx *x, struct cursor c)
{
	struct tls_state *st = x->state;
	bool good = true;

	while (c.left > 0 && good) {
		struct cursor one = c;
		uint8_t type = cur_u8(&one);
		uint32_t n = cur_be24(&one);

		if (!cur_broken(&one) && n > CUT_MAX - 4) {
			x->why = "handshake-length";
			return false;
		}
		struct cursor body = cur_sub(&one, n);

		if (cur_broken(&one)) {
			st->pieces[x->from_client] = gather_add(x, 0, cur_rest(&c));
			return true;
		}
		good = handshake(x, type, body);
		c = one;
	}
	return good;
}

static bool handshake_record(struct proto_ctx *x, struct cursor c)
{
	struct tls_state *st = x->state;

	/* Joined in the middle: without a hello nobody knows whether this is encrypted. */
	if (!st->asked && st->version == 0 && !st->pieces[x->from_client] && cur_peek(&c) != CLIENT_HELLO &&
	    cur_peek(&c) != SERVER_HELLO) {
		st->encrypted[x->from_client] = 1;
		return true;
	}
	if (!st->pieces[x->from_client])
		return messages(x, c);
	st->pieces[x->from_client] = 0;
	if (!gather_add(x, 0, cur_rest(&c)))
		return true;
	return messages(x, cur_over(gather_take(x, 0)));
}

/* ---- records ---- */

/* RFC 6520 4: type:1 length:2 payload padding (16 at least). Asking for more than it brings reads the memory
 * of a server that does not check (CVE-2014-0160). */
static bool heartbeat(struct proto_ctx *x, struct cursor c)
{
	uint8_t type = cur_u8(&c);
	uint16_t n = cur_be16(&c);

	if (cur_broken(&c) || type < 1 || type > 2 || n > c.left) {
		x->why = "heartbeat";
		return false;
	}
	return true;
}

/* Encrypted; an alert in clear has two bytes. */
static bool passed_over(const struct proto_ctx *x, uint8_t type, uint16_t n)
{
	const struct tls_state *st = x->state;

	return type == APPLICATION || (type == ALERT && n > 2) ||
	       (st->encrypted[x->from_client] && type != CHANGE_CIPHER);
}

static struct cut tls_cut(struct proto_ctx *x, struct cursor have)
{
	if (have.left < RECORD)
		return cut_need(RECORD);
	uint8_t type = cur_u8(&have);
	uint16_t version = cur_be16(&have), n = cur_be16(&have);

	if (type < CHANGE_CIPHER || type > HEARTBEAT || version < SSL_3 || version > TLS_1_3 ||
	    n > RECORD_MAX)
		return cut_lost();
	if (passed_over(x, type, n))
		return cut_body(RECORD, n);
	return cut_message(RECORD + (size_t)n);
}

static bool tls_message(struct proto_ctx *x, struct cursor msg)
{
	struct tls_state *st = x->state;
	uint8_t type = cur_u8(&msg);

	cur_be16(&msg);
	uint16_t n = cur_be16(&msg);

	if (passed_over(x, type, n)) {
		tls_tell(x, NULL);
		return true;
	}
	if (cur_broken(&msg) || msg.left != n || n == 0) {
		x->why = "record";
		return false;
	}
	switch (type) {
	case CHANGE_CIPHER:
		if (!x->from_client)
			tls_tell(x, NULL);
		/* In 1.3 it is there for old middle boxes only (RFC 8446 5). */
		st->encrypted[x->from_client] = st->version != TLS_1_3 && !st->retry;
		return true;
	case ALERT:
		return tls_alert(x, msg);
	case HEARTBEAT:
		return heartbeat(x, msg);
	}
	return handshake_record(x, msg);
}

static void tls_data(struct proto_ctx *x, struct cursor piece, bool last)
{
	(void)x;	/* encrypted: never looked at, only counted by who calls */
	(void)piece;
	(void)last;
}

static void tls_lost(struct proto_ctx *x, uint64_t bytes)
{
	(void)bytes;
	drop_pieces(x);
}

static void tls_end(struct proto_ctx *x)
{
	tls_tell(x, NULL);
}

/* ---- recognising ---- */

static unsigned tls_probe(const struct proto_ctx *x, struct cursor head)
{
	uint8_t type = cur_u8(&head);
	uint16_t version = cur_be16(&head), n = cur_be16(&head);

	if (type < CHANGE_CIPHER || type > HEARTBEAT || version < SSL_3 || version > TLS_1_3 || n == 0 ||
	    n > RECORD_MAX)
		return 0;
	if (type != HANDSHAKE)
		return x->midstream ? 45 : type == ALERT && n == 2 ? 40 : 0;
	uint8_t message = cur_u8(&head);
	uint32_t length = cur_be24(&head);
	uint16_t inner = cur_be16(&head);
	bool hello = message == CLIENT_HELLO || message == SERVER_HELLO;

	if (cur_broken(&head) || (hello && (length < 38 || inner < SSL_3 || inner > TLS_1_3)))
		return x->midstream && cur_broken(&head) ? 20 : 0;
	return hello ? 97 : x->midstream ? 45 : 0;
}

const struct proto proto_tls = {
	.name = "tls", .on = ON_TCP, .eve = "tls", .ports = { 443, 8883, 993, 995, 636, 990, 4843, 3389 },
	.verified = VERIFIED_CAPTURE,
	.state_size = sizeof(struct tls_state), .own_size = sizeof(struct tls_own),
	.codes = tls_codes, .code_count = 17, .fields = tls_fields,
	.probe = tls_probe, .cut = tls_cut, .message = tls_message, .data = tls_data, .lost = tls_lost,
	.end = tls_end,
};

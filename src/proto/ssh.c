/* proto/ssh.c: SSH, which programs meet and by what key a server is known; what follows is encrypted.
 *
 * Spec:    RFC 4253 4.2 (version exchange), 6 (packets), 7.1 (KEXINIT), 8 (host key), 11.1 (DISCONNECT); RFC
 *          4250 4.1 (message numbers); HASSH as published by Salesforce.
 * Message: a line "SSH-2.0-software comment"; then packets length:4 padding:1 type:1 payload padding, until
 *          NEWKEYS; all behind it is a body of which only the bytes are counted.
 * Units:   big-endian.
 * Emits:   OPEN WHOLE when both sides have said their methods, or the flow ends, with what was agreed on; the
 *          host key IDENTIFY PUSH (type and SHA-256); DISCONNECT and the end CLOSE PUSH, with the bytes that
 *          were encrypted. Facts: the server SERVES, ROLE_HINT by software, OS where its comment names one.
 * State:   both versions; the methods of the side that spoke first wait in gather_add().
 * Missing: logins: they are encrypted, and nothing here guesses them by the size of packets; SSH 1 behind its
 *          version. */
#include "model/proto.h"

#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <string.h>

#include "core/buf.h"
#include "proto/ascii.h"

extern const struct proto proto_ssh;

enum {
	LINE_MAX = 255,			/* RFC 4253 4.2 */
	PACKET_MAX = 35000,		/* RFC 4253 6.1 */
	DISCONNECT = 1, KEXINIT = 20, NEWKEYS = 21,	/* RFC 4250 4.1.2 */
	KEX_FIRST = 30, KEX_LAST = 49,
	LISTS = 10,			/* RFC 4253 7.1 */
	CODE_OPEN = 0x100, CODE_HOST_KEY, CODE_END, CODE_ENCRYPTED,
	MD5_TEXT = 33, VERSION_KEPT = 120,
	NAME_TOLD = 64,			/* RFC 4251 6: no name of a method is longer */
	WAITING = 1,			/* key of gather_add() */
};

enum { QUIET = CODE_REQUEST | CODE_ANSWER | CODE_NAMED };
#define MSG(n, key, flags, spec) { n, key, VERB_CONTROL, CLASS_SESSION, flags, spec }

static const struct proto_code codes[] = {
	{CODE_OPEN, "open", VERB_OPEN, CLASS_SESSION, CODE_REQUEST | CODE_ANSWER,
	 "RFC 4253 4.2, 7.1, {both-sides}"},
	{CODE_HOST_KEY, "host-key", VERB_IDENTIFY, CLASS_DEVICE, CODE_PUSH, "RFC 4253 8: K_S"},
	{CODE_END, "end", VERB_CLOSE, CLASS_SESSION, CODE_PUSH, "{end-of-flow}"},
	{CODE_ENCRYPTED, "encrypted", VERB_CONTROL, CLASS_SESSION, QUIET,
	 "RFC 4253 6: {counted-at-end}"},
	{DISCONNECT, "disconnect", VERB_CLOSE, CLASS_SESSION, CODE_PUSH, "RFC 4253 11.1, {in-clear}"},
	MSG(2, "ignore", QUIET, "RFC 4253 11.2: {nothing-alone}"),
	MSG(3, "unimplemented", QUIET, "RFC 4253 11.4: {nothing-alone}"),
	MSG(4, "debug", QUIET, "RFC 4253 11.3: {nothing-alone}"),
	MSG(KEXINIT, "methods", CODE_REQUEST | CODE_ANSWER, "RFC 4253 7.1: {told-in-open}"),
	MSG(NEWKEYS, "new-keys", QUIET, "RFC 4253 7.3: {nothing-alone}"),
	MSG(KEX_FIRST, "key-exchange", QUIET,
	    "RFC 4253 8, RFC 4419, RFC 5656: 30 to 49; {host-key}"),
};

struct ssh_own {
	struct span proto[2], software[2], hassh[2];	/* [1] the client's */
	struct span kex, host_key, cipher, mac;
	struct span key_type, key_sha256, reason_text;
	uint32_t reason;
	uint64_t bytes[2];
	uint8_t ended, reasoned;
	uint8_t spare[6];
};
_Static_assert(sizeof(struct ssh_own) % 8 == 0, "own parts stay aligned");

#define AT(member) offsetof(struct ssh_own, member)
#define TEXT(name_, member, eve_) \
	{ .name = name_, .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_ }
static const struct field fields[] = {
	TEXT("client_proto", proto[1], "client.proto_version"),
	TEXT("client_software", software[1], "client.software_version"),
	TEXT("client_hassh", hassh[1], "client.hassh.hash"),
	TEXT("server_proto", proto[0], "server.proto_version"),
	TEXT("server_software", software[0], "server.software_version"),
	TEXT("server_hassh", hassh[0], "server.hassh.hash"),
	TEXT("kex", kex, NULL),
	TEXT("host_key", host_key, NULL),
	TEXT("cipher", cipher, NULL),
	TEXT("mac", mac, NULL),
	TEXT("key_type", key_type, NULL),
	{.name = "key_sha256", .type = FIELD_BYTES, .show = SHOW_NONZERO, .at = AT(key_sha256)},
	TEXT("reason_text", reason_text, NULL),
	{.name = "reason", .type = FIELD_U32, .show = SHOW_GIVEN, .at = AT(reason), .given = AT(reasoned)},
	{.name = "client_bytes",
	 .type = FIELD_U64,
	 .show = SHOW_GIVEN,
	 .at = AT(bytes[1]),
	 .given = AT(ended)},
	{.name = "server_bytes",
	 .type = FIELD_U64,
	 .show = SHOW_GIVEN,
	 .at = AT(bytes[0]),
	 .given = AT(ended)},
	{.name = NULL}};

enum stage { AT_VERSION, AT_PACKET, AT_ENCRYPTED };

struct side_state {
	uint64_t bytes;			/* encrypted */
	uint8_t stage;
	uint8_t methods;		/* KEXINIT was seen */
	uint8_t n;
	uint8_t version[VERSION_KEPT];	/* behind "SSH-" */
	char hassh[MD5_TEXT];
	uint8_t spare[4];
};

struct ssh_state {
	struct side_state side[2];	/* [1] the client */
	uint8_t opened;
	uint8_t ended;
	uint8_t spare[6];
};
_Static_assert(sizeof(struct ssh_state) <= 512, "fits proto.state_size");

static const struct proto_code *row(uint32_t code)
{
	return proto_code(&proto_ssh, code);
}

static bool bad(struct proto_ctx *x, const char *why)
{
	x->why = why;
	return false;
}

/* ---- who they are ---- */

/* "2.0-OpenSSH_9.2p1 Debian-2" */
struct version { struct bytes proto, software, comment; };

static struct version version_of(const struct side_state *s)
{
	struct bytes rest = { s->version, s->n };
	struct version v;

	v.proto = ascii_until(&rest, '-');
	v.software = ascii_until(&rest, ' ');
	v.comment = rest;
	return v;
}

static const char *system_of(struct bytes b)
{
	static const char *const systems[] = {"Ubuntu", "Debian", "Raspbian", "FreeBSD", "NetBSD", "Windows"};

	for (size_t i = 0; i < ARRAY_LEN(systems); i++)
		if (ascii_has(b, systems[i]))
			return systems[i];
	return NULL;
}

static void server_facts(struct proto_ctx *x)
{
	const struct ssh_state *st = x->state;
	struct version v = version_of(&st->side[0]);
	struct side server = flow_server(x);
	const char *system = system_of((struct bytes){ st->side[0].version, st->side[0].n });

	fact_say(x, &server, FACT_SERVES, (struct bytes){(const uint8_t *)"ssh", 3}, server.port, 0,
		 TRUST_SURE);
	if (v.software.n > 0)
		fact_say(x, &server, FACT_ROLE_HINT, v.software, 0, 0, TRUST_GUESS);
	if (system != NULL)
		fact_say(x, &server, FACT_OS, (struct bytes){ (const uint8_t *)system, strlen(system) }, 0, 0,
			 TRUST_LIKELY);
}

/* ---- methods ---- */

struct methods { struct bytes list[LISTS]; };
enum { KEX, HOST_KEY, CIPHER_UP, CIPHER_DOWN, MAC_UP, MAC_DOWN, PACK_UP, PACK_DOWN };	/* RFC 4253 7.1 */

static bool read_methods(struct methods *m, struct cursor c)
{
	cur_take(&c, 1 + 16);		/* type, cookie */
	for (size_t i = 0; i < LISTS; i++)
		m->list[i] = cur_bytes(&c, cur_be32(&c));
	cur_u8(&c);
	cur_be32(&c);
	return cur_done(&c);
}

static bool listed(struct bytes list, struct bytes name)
{
	while (list.n > 0) {
		struct bytes one = ascii_until(&list, ',');

		if (one.n == name.n && memcmp(one.p, name.p, name.n) == 0)
			return true;
	}
	return false;
}

/* RFC 4253 7.1: the first of the client's that the server has too. */
static struct bytes agreed(const struct methods *client, const struct methods *server, size_t i)
{
	struct bytes all = client->list[i];

	while (all.n > 0) {
		struct bytes one = ascii_until(&all, ',');

		if (one.n > 0 && one.n <= NAME_TOLD && listed(server->list[i], one))
			return one;
	}
	return (struct bytes){ 0 };
}

/* MD5 of "key exchange;ciphers;MACs;compression" in the direction of the sender. */
static void hassh(struct side_state *s, const struct methods *m, bool client)
{
	const size_t lists[] = { KEX, client ? CIPHER_UP : CIPHER_DOWN, client ? MAC_UP : MAC_DOWN,
				 client ? PACK_UP : PACK_DOWN };
	uint8_t md5[MD5_DIGEST_SIZE];
	struct buf out = buf_over(s->hassh, sizeof(s->hassh));
	struct md5_ctx ctx;

	md5_init(&ctx);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (i > 0)
			md5_update(&ctx, 1, (const uint8_t *)";");
		md5_update(&ctx, m->list[lists[i]].n, m->list[lists[i]].p);
	}
	md5_digest(&ctx, sizeof(md5), md5);
	buf_hex(&out, (struct bytes){ md5, sizeof(md5) }, 0);
}

/* up and down are NULL when not both sides said their methods. */
static void tell_open(struct proto_ctx *x, const struct methods *client, const struct methods *server)
{
	struct ssh_state *st = x->state;
	struct ssh_own o = { 0 };

	if (st->opened || (st->side[0].n == 0 && st->side[1].n == 0))
		return;
	st->opened = 1;
	struct obs *act = act_begin_code(x, row(CODE_OPEN));

	act->phase = PHASE_WHOLE;
	act->outcome = server != NULL ? OUT_DONE : OUT_UNKNOWN;
	for (unsigned i = 0; i < 2; i++) {
		struct version v = version_of(&st->side[i]);

		o.proto[i] = act_text(x, v.proto);
		o.software[i] = act_text(x, (struct bytes){ v.software.p, v.software.n +
			(v.comment.n > 0 ? v.comment.n + 1 : 0) });
		o.hassh[i] = act_str(x, st->side[i].hassh);
	}
	act->object.name = o.software[0];
	if (server != NULL) {
		o.kex = act_text(x, agreed(client, server, KEX));
		o.host_key = act_text(x, agreed(client, server, HOST_KEY));
		o.cipher = act_text(x, agreed(client, server, CIPHER_UP));
		o.mac = act_text(x, agreed(client, server, MAC_UP));
	}
	struct ssh_own *w = act_own(x, sizeof(*w));

	if (w != NULL)
		*w = o;
	act_emit(x);
	if (st->side[0].n > 0)
		server_facts(x);
}

/* Whoever speaks second completes it; the methods of the first wait as they came. */
static bool methods(struct proto_ctx *x, struct cursor c)
{
	struct ssh_state *st = x->state;
	bool client = x->from_client;
	struct methods mine, other;

	if (!read_methods(&mine, c))
		return bad(x, "methods");
	hassh(&st->side[client], &mine, client);
	st->side[client].methods = 1;
	if (!st->side[!client].methods) {
		gather_drop(x, WAITING);
		gather_add(x, WAITING, cur_rest(&c));
		return true;
	}
	x->from_client = !client;	/* gather keeps directions apart */
	struct bytes waited = gather_take(x, WAITING);

	x->from_client = client;
	if (waited.n > 0 && read_methods(&other, cur_over(waited)))
		tell_open(x, client ? &mine : &other, client ? &other : &mine);
	return true;
}

/* ---- the server's key ---- */

/* The answer of every method of key exchange begins with K_S, whose own first string is its type: RFC 4253 8,
 * RFC 4419 3, RFC 5656 4. */
static void host_key(struct proto_ctx *x, struct cursor c)
{
	uint8_t sha256[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	cur_u8(&c);
	struct bytes key = cur_bytes(&c, cur_be32(&c));
	struct cursor inside = cur_over(key);
	struct bytes type = cur_bytes(&inside, cur_be32(&inside));

	if (x->from_client || cur_broken(&c) || cur_broken(&inside) || type.n > 64 || type.n == key.n)
		return;
	if (!ascii_begins(type, "ssh-") && !ascii_begins(type, "ecdsa-") && !ascii_begins(type, "rsa-"))
		return;
	sha256_init(&ctx);
	sha256_update(&ctx, key.n, key.p);
	sha256_digest(&ctx, sizeof(sha256), sha256);
	struct obs *o = act_begin_code(x, row(CODE_HOST_KEY));

	o->object.name = act_text(x, type);
	act_value(x, VAL_RAW_BE, 8, sizeof(sha256), (struct bytes){ sha256, sizeof(sha256) });
	struct ssh_own *w = act_own(x, sizeof(*w));

	if (w != NULL) {
		w->key_type = o->object.name;
		w->key_sha256 = o->value.raw;
	}
	act_emit(x);
}

static bool disconnect(struct proto_ctx *x, struct cursor c)
{
	struct ssh_state *st = x->state;

	cur_u8(&c);
	uint32_t reason = cur_be32(&c);
	struct bytes text = cur_bytes(&c, cur_be32(&c));

	if (cur_broken(&c))
		return bad(x, "disconnect");
	tell_open(x, NULL, NULL);
	st->ended = 1;
	struct obs *o = act_begin_code(x, row(DISCONNECT));

	o->phase = PHASE_PUSH;
	o->result = reason;
	struct span said = act_text(x, (struct bytes){ text.p, min_size(text.n, 256) });
	struct ssh_own *w = act_own(x, sizeof(*w));

	if (w != NULL) {
		w->reason_text = said;
		w->reason = reason;
		w->reasoned = 1;
	}
	act_emit(x);
	return true;
}

/* ---- messages ---- */

static bool version_line(struct proto_ctx *x, struct bytes line)
{
	struct ssh_state *st = x->state;
	struct side_state *s = &st->side[x->from_client];

	if (!ascii_begins(line, "SSH-"))
		return x->from_client ? bad(x, "version") : true;	/* RFC 4253 4.2: lines before it */
	while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	line = ascii_skip(line, 4);
	if (ascii_find(line, '-') == line.n || ascii_find(line, '-') == 0)
		return bad(x, "version");
	s->n = (uint8_t)min_size(line.n, VERSION_KEPT);
	memcpy(s->version, line.p, s->n);
	s->stage = ascii_begins(line, "1.") && !ascii_begins(line, "1.99") ? AT_ENCRYPTED : AT_PACKET;
	return true;
}

static bool ssh_message(struct proto_ctx *x, struct cursor msg)
{
	struct ssh_state *st = x->state;
	struct side_state *s = &st->side[x->from_client];

	if (s->stage == AT_ENCRYPTED)
		return true;
	if (s->stage == AT_VERSION)
		return version_line(x, cur_rest(&msg));
	uint32_t length = cur_be32(&msg);
	uint8_t padding = cur_u8(&msg);

	if (cur_broken(&msg) || padding + 2u > length)
		return bad(x, "packet");
	struct cursor payload = cur_sub(&msg, length - 1 - padding);
	uint8_t type = cur_peek(&payload);

	switch (type) {
	case DISCONNECT:
		return disconnect(x, payload);
	case KEXINIT:
		return methods(x, payload);
	case NEWKEYS:
		s->stage = AT_ENCRYPTED;
		return true;
	}
	if (type >= KEX_FIRST && type <= KEX_LAST)
		host_key(x, payload);
	return true;
}

static struct cut ssh_cut(struct proto_ctx *x, struct cursor have)
{
	const struct ssh_state *st = x->state;
	const struct side_state *s = &st->side[x->from_client];
	struct bytes b = { have.p, have.left };

	if (s->stage == AT_ENCRYPTED)
		return cut_body(0, BODY_TO_END);
	if (s->stage == AT_VERSION) {
		struct cut line = cut_line(have, LINE_MAX);

		/* As a body, because what follows is no line, which who only looks ahead cannot know. */
		return line.what == CUT_MESSAGE && ascii_begins(b, "SSH-") ? cut_body(line.n, 0) : line;
	}
	uint32_t length = cur_be32(&have);

	if (cur_broken(&have))
		return cut_need(4);
	return length < 2 || length > PACKET_MAX ? cut_lost() : cut_message(4 + (size_t)length);
}

static void ssh_data(struct proto_ctx *x, struct cursor piece, bool last)
{
	struct ssh_state *st = x->state;

	(void)last;
	if (piece.left > 0)
		tell_open(x, NULL, NULL);
	st->side[x->from_client].bytes += piece.left;
}

/* Where the place in the packets is lost, all that follows is only counted. */
static void ssh_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct ssh_state *st = x->state;
	struct side_state *s = &st->side[x->from_client];

	if (s->stage == AT_PACKET && bytes == 0)
		s->stage = AT_ENCRYPTED;
}

static void ssh_end(struct proto_ctx *x)
{
	struct ssh_state *st = x->state;

	tell_open(x, NULL, NULL);
	if (st->ended || st->side[0].bytes + st->side[1].bytes == 0)
		return;
	struct obs *o = act_begin_code(x, row(CODE_END));

	o->phase = PHASE_PUSH;
	struct ssh_own *w = act_own(x, sizeof(*w));

	if (w != NULL) {
		w->ended = 1;
		w->bytes[0] = st->side[0].bytes;
		w->bytes[1] = st->side[1].bytes;
	}
	act_emit(x);
}

static unsigned ssh_probe(const struct proto_ctx *x, struct cursor head)
{
	struct bytes b = { head.p, head.left };

	(void)x;
	return ascii_begins(b, "SSH-2.0-") || ascii_begins(b, "SSH-1.") ? 98 : 0;
}

const struct proto proto_ssh = {
	.name = "ssh", .on = ON_TCP, .eve = "ssh", .ports = { 22 },
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.state_size = sizeof(struct ssh_state), .own_size = sizeof(struct ssh_own),
	.codes = codes, .code_count = ARRAY_LEN(codes), .fields = fields,
	.probe = ssh_probe, .cut = ssh_cut, .message = ssh_message, .data = ssh_data, .lost = ssh_lost,
	.end = ssh_end,
};

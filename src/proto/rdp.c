/* proto/rdp.c: RDP inside COTP, which computer works at which screen, as long as it is not encrypted.
 *
 * Spec:    MS-RDPBCGR 2.2.1.3 (client), 2.2.1.4 (server), 2.2.8.1.1.2 (security header); T.125 section 7
 *          (MCS, BER and PER); T.124 section 8.7 (GCC). The request, its cookie and what both chose are
 *          COTP's (cotp.c).
 * Message: 7F 65 (Connect-Initial) or 7F 66 (Connect-Response) in BER around a GCC message in PER around
 *          blocks type:2 length:2 ...; later messages of the session are taken and not looked into.
 * Units:   the blocks are little-endian.
 * Emits:   OPEN ASK at Connect-Initial, object the client's name; its ANSWER at Connect-Response, with how
 *          what follows is encrypted. LOGIN WHOLE, object the user's name, where nothing is encrypted; what
 *          became of it only the picture says. Facts: NAME and OS of the client.
 * State:   none.
 * Secrets: of a password only that there was one.
 * Missing: everything behind TLS, which is the usual case: tls says whom it belongs to; keys and pictures
 *          who logs in where RDP's own security encrypts it. */
#include "model/proto.h"

#include <string.h>

#include "core/buf.h"
#include "proto/ber.h"
#include "proto/utf16.h"

extern const struct proto proto_rdp;

enum {
	CONNECT_INITIAL = 0x65, CONNECT_RESPONSE = 0x66,	/* T.125 7, application tags 101 and 102 */
	CS_CORE = 0xc001, CS_NET = 0xc003,	/* MS-RDPBCGR 2.2.1.3.1 */
	SC_CORE = 0x0c01, SC_SECURITY = 0x0c02,	/* 2.2.1.4.1 */
	CORE_MIN = 128,			/* bytes of the core data that are always there, less its header */
	CHANNEL = 12, CHANNELS_MAX = 31,	/* 2.2.1.3.4 */
	CODE_OTHER = 0x100, CODE_LOGIN,
	SEND_DATA = 0x64,		/* T.125 7: SendDataRequest, from the client */
	SEC_ENCRYPT = 0x0008, SEC_INFO = 0x0040,	/* MS-RDPBCGR 2.2.8.1.1.2.1 */
	INFO_UNICODE = 0x10,		/* 2.2.1.11.1.1 */
	INFO_TEXTS = 5, PASSWORD = 2,	/* domain, user, password, shell, folder */
	ID_CONNECT = 1,			/* of pair_ask() */
};

static const struct proto_code codes[] = {
	{ CONNECT_INITIAL, "connect", VERB_OPEN, CLASS_SESSION, CODE_REQUEST | CODE_ANSWER,
	  "MS-RDPBCGR 2.2.1.3; {its-answer} 2.2.1.4" },
	{ CONNECT_RESPONSE, "connect-response", VERB_OPEN, CLASS_SESSION, CODE_ANSWER,
	  "MS-RDPBCGR 2.2.1.4: {answer-of-connect}" },
	{ CODE_OTHER, "session", VERB_REPORT, CLASS_DATA, CODE_REQUEST | CODE_ANSWER | CODE_NAMED,
	  "T.125 7, {domain-pdus}: {nothing-alone}" },
	{ CODE_LOGIN, "login", VERB_LOGIN, CLASS_SESSION, CODE_REQUEST,
	  "MS-RDPBCGR 2.2.1.11, {not-encrypted}" },
};

struct rdp_own {
	struct span build, client, channels;
	uint32_t layout, keyboard, function_keys, result;
	uint32_t method, level;		/* how the server encrypts: 2.2.1.4.3 */
	uint16_t width, height, depth;
	uint8_t version, kind, server_version;	/* words */
	uint8_t given, answered, secured;
};
_Static_assert(sizeof(struct rdp_own) % 8 == 0, "own parts stay aligned");

/* Suricata's words; versions as MS-RDPBCGR 2.2.1.3.2 numbers them. */
static const char *const kinds[] = { "", "connect_request", "connect_response" };
static const char *const versions[] = {"",	"v4",	  "v5",	    "v10.0", "v10.1", "v10.2",
				       "v10.3", "v10.4",  "v10.5",  "v10.6", "v10.7", "v10.8",
				       "v10.9", "v10.10", "v10.11", "v10.12"};

#define AT(member) offsetof(struct rdp_own, member)
#define TEXT(name_, member, eve_) \
	{ .name = name_, .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_ }
#define GIVEN(name_, kind, member, eve_) \
	{ .name = name_, .type = kind, .show = SHOW_GIVEN, .at = AT(member), .eve = eve_, .given = AT(given) }
#define WORD(name_, member, eve_, words_) \
	{ .name = name_, .type = FIELD_WORD, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_, \
	  .elem = ARRAY_LEN(words_), .words = words_ }
#define SECURED(name_, member) \
	{ .name = name_, .type = FIELD_U32, .show = SHOW_GIVEN, .at = AT(member), .given = AT(secured) }
static const struct field fields[] = {
	WORD("kind", kind, "event_type", kinds),
	WORD("version", version, "client.version", versions),
	GIVEN("width", FIELD_U16, width, "client.desktop_width"),
	GIVEN("height", FIELD_U16, height, "client.desktop_height"),
	GIVEN("color_depth", FIELD_U16, depth, "client.color_depth"),
	TEXT("build", build, "client.build"),
	TEXT("client_name", client, "client.client_name"),
	GIVEN("function_keys", FIELD_U32, function_keys, "client.function_keys"),
	{.name = "channels",
	 .type = FIELD_TEXTS,
	 .show = SHOW_NONZERO,
	 .at = AT(channels),
	 .eve = "channels"},
	GIVEN("keyboard_layout", FIELD_U32, layout, NULL),
	GIVEN("keyboard_type", FIELD_U32, keyboard, NULL),
	{.name = "result", .type = FIELD_U32, .show = SHOW_GIVEN, .at = AT(result), .given = AT(answered)},
	WORD("server_version", server_version, NULL, versions),
	SECURED("encryption_method", method),
	SECURED("encryption_level", level),
	{.name = NULL}};

struct client {
	uint32_t version, layout, build, keyboard, function_keys;
	uint16_t width, height, depth;
	bool has_core, has_product;
	struct bytes name;		/* UTF-16 */
	struct bytes channels;		/* 12 bytes each, the name in the first 8 */
};

struct server {
	uint32_t version, method, level;
	bool secured;
};

/* ---- reading ---- */

/* BER with a tag of two bytes, 7F and the application's number. */
static struct cursor connect_body(struct cursor *c, uint8_t *ret_kind)
{
	uint8_t high = cur_u8(c);

	*ret_kind = cur_u8(c);
	uint8_t first = cur_u8(c);
	size_t n = first;

	if (first > 0x82 || first == 0x80 || high != 0x7f)
		cur_break(c);
	else if (first > 0x80)
		n = first == 0x81 ? cur_u8(c) : cur_be16(c);
	return cur_sub(c, n);
}

/* PER: one byte, or two with the top bit set (X.691 10.9). */
static size_t per_length(struct cursor *c)
{
	size_t n = cur_u8(c);

	return n & 0x80 ? (n & 0x7f) << 8 | cur_u8(c) : n;
}

/* Of the three MS-RDPBCGR 2.2.1.3.2 knows the last one that says something. */
static uint16_t depth_of(uint16_t first, uint16_t later, uint16_t high)
{
	static const uint8_t depths[] = { 4, 8, 15, 16, 24 };
	uint16_t is = later != 0 ? later : first;

	if (high != 0)
		return high;
	return is >= 0xca00 && is < 0xca00 + ARRAY_LEN(depths) ? depths[is - 0xca00] : 0;
}

static void read_core(struct client *k, struct cursor c)
{
	k->version = cur_le32(&c);
	k->width = cur_le16(&c);
	k->height = cur_le16(&c);
	k->depth = cur_le16(&c);
	cur_le16(&c);				/* SAS sequence */
	k->layout = cur_le32(&c);
	k->build = cur_le32(&c);
	k->name = cur_bytes(&c, 32);
	k->keyboard = cur_le32(&c);
	cur_le32(&c);
	k->function_keys = cur_le32(&c);
	k->has_core = !cur_broken(&c);
	cur_take(&c, 64);			/* input method */
	uint16_t later = cur_le16(&c);

	cur_take(&c, 2 + 4);			/* product, serial number */
	k->depth = depth_of(k->depth, later, cur_le16(&c));
	cur_take(&c, 2 + 2);			/* depths it can, early capabilities */
	k->has_product = cur_le16(&c) != 0;
}

/* The next block; *c is broken when it does not fit. */
static struct cursor next_block(struct cursor *c, uint16_t *ret_type)
{
	*ret_type = cur_le16(c);
	uint16_t n = cur_le16(c);

	if (n < 4)
		cur_break(c);
	return cur_sub(c, n < 4 ? 0 : n - 4u);
}

static const char *client_blocks(struct client *k, struct cursor c)
{
	while (c.left > 0) {
		uint16_t type;
		struct cursor block = next_block(&c, &type);

		if (cur_broken(&c))
			return "block";
		if (type == CS_CORE) {
			if (block.left < CORE_MIN)
				return "core";
			read_core(k, block);
		} else if (type == CS_NET) {
			uint32_t count = cur_le32(&block);

			if (count > CHANNELS_MAX)
				return "channels";
			k->channels = cur_bytes(&block, count * CHANNEL);
			if (cur_broken(&block))
				return "channels";
		}
	}
	return k->has_core ? NULL : "core";
}

/* MS-RDPBCGR 2.2.1.4.2 and 2.2.1.4.3; what is encrypted with is behind them. */
static const char *server_blocks(struct server *k, struct cursor c)
{
	while (c.left > 0) {
		uint16_t type;
		struct cursor block = next_block(&c, &type);

		if (type == SC_CORE) {
			k->version = cur_le32(&block);
		} else if (type == SC_SECURITY) {
			k->method = cur_le32(&block);
			k->level = cur_le32(&block);
			k->secured = true;
		}
		if (cur_broken(&block))
			return "block";
	}
	return NULL;
}

/* T.124 8.7: the key of the standard, the length of what follows, and the data of one side behind its mark:
 * "Duca" of the client, "McDn" of the server. Broken without them. */
static struct cursor gcc_data(struct cursor c, const char mark[4])
{
	static const uint8_t key[] = { 0, 5, 0, 0x14, 0x7c, 0, 1 };
	const uint8_t *p = cur_take(&c, sizeof(key));

	if (p == NULL || memcmp(p, key, sizeof(key)) != 0)
		cur_break(&c);
	per_length(&c);
	while (c.left >= 4 && memcmp(c.p, mark, 4) != 0)
		cur_u8(&c);
	cur_take(&c, 4);
	size_t n = per_length(&c);

	return cur_sub(&c, n);
}

/* ---- acts ---- */

static struct span channels_of(struct proto_ctx *x, struct bytes all)
{
	struct span spans[CHANNELS_MAX];
	size_t count = all.n / CHANNEL;
	void *room;

	for (size_t i = 0; i < count; i++) {
		const uint8_t *p = all.p + i * CHANNEL;
		size_t n = 0;

		while (n < 8 && p[n] != 0)
			n++;
		spans[i] = act_text(x, (struct bytes){ p, n });
	}
	struct span list = act_room(x, count * sizeof(*spans), &room);

	if (room != NULL)
		memcpy(room, spans, count * sizeof(*spans));
	return list;
}

static uint8_t version_of(uint32_t version)
{
	uint32_t minor = version & 0xffff;

	if (version >> 16 != 8 || minor == 0)
		return 0;
	return minor == 1				       ? 1
	       : minor == 4				       ? 2
	       : minor >= 5 && minor - 2 < ARRAY_LEN(versions) ? (uint8_t)(minor - 2)
							       : 0;
}

/* The build is whatever the program likes to say: FreeRDP claims one of Windows on every system, rdesktop
 * that of XP. The number of the copy of Windows behind it (clientDigProductId, 2.2.1.3.2) only Windows
 * has. */
static void client_facts(struct proto_ctx *x, struct bytes name, const struct client *k)
{
	struct side client = flow_client(x);
	char text[32];
	struct buf b = buf_over(text, sizeof(text));

	if (name.n > 0)
		fact_say(x, &client, FACT_NAME, name, NAME_NETBIOS, 0, TRUST_LIKELY);
	if (k->build < 2195 || !k->has_product)		/* Windows 2000 */
		return;
	buf_str(&b, "Windows build ");
	buf_u64(&b, k->build);
	fact_say(x, &client, FACT_OS, (struct bytes){ (const uint8_t *)text, b.n }, 0, 0, TRUST_GUESS);
}

static bool connect_initial(struct proto_ctx *x, struct cursor c)
{
	struct client k = { 0 };
	uint8_t text[64];
	char build[16];
	struct buf b = buf_over(build, sizeof(build));

	ber_want(&c, BER_OCTETS);
	ber_want(&c, BER_OCTETS);
	ber_want(&c, BER_BOOL);
	for (unsigned i = 0; i < 3; i++)
		ber_want(&c, BER_SEQUENCE);
	struct cursor data = ber_want(&c, BER_OCTETS), blocks = gcc_data(data, "Duca");

	x->why = cur_broken(&c) ? "connect" : cur_broken(&blocks) ? "gcc" : client_blocks(&k, blocks);
	if (x->why != NULL)
		return false;
	k.name.n = utf16_until_nul(k.name);
	struct bytes name = { text, utf16_put(text, sizeof(text), k.name) };
	struct obs *o = act_begin_code(x, &codes[0]);

	buf_u64(&b, k.build);
	o->phase = PHASE_ASK;
	o->object.name = act_text(x, name);
	struct span said = act_str(x, build), channels = channels_of(x, k.channels);
	struct rdp_own *w = act_own(x, sizeof(*w));

	if (w != NULL)
		*w = (struct rdp_own){.build = said,
				      .client = o->object.name,
				      .channels = channels,
				      .layout = k.layout,
				      .keyboard = k.keyboard,
				      .function_keys = k.function_keys,
				      .width = k.width,
				      .height = k.height,
				      .depth = k.depth,
				      .version = version_of(k.version),
				      .kind = 1,
				      .given = 1};
	pair_ask(x, ID_CONNECT, act_emit(x), NULL, 0);
	client_facts(x, name, &k);
	return true;
}

/* T.125 7: result (ENUMERATED) 0 is success; the id of the connection, what was agreed on, the server's data.
 * Who refuses brings none. */
static bool connect_response(struct proto_ctx *x, struct cursor c)
{
	struct server k = { 0 };
	struct cursor result = ber_want(&c, 0x0a);
	uint8_t is = cur_u8(&result);

	ber_want(&c, BER_INTEGER);
	ber_want(&c, BER_SEQUENCE);
	struct cursor data = ber_want(&c, BER_OCTETS), blocks = gcc_data(data, "McDn");

	x->why = cur_broken(&c) || cur_broken(&result) || is > 15 ? "connect"
		 : is != 0					  ? NULL
		 : cur_broken(&blocks)				  ? "gcc"
								  : server_blocks(&k, blocks);
	if (x->why != NULL)
		return false;
	pair_answer(x, ID_CONNECT);
	struct obs *o = act_begin_code(x, &codes[0]);
	struct rdp_own *w = act_own(x, sizeof(*w));

	o->phase = PHASE_ANSWER;
	o->outcome = is == 0 ? OUT_DONE : OUT_REFUSED;
	o->result = is;
	if (w != NULL) {
		w->kind = 2;
		w->result = is;
		w->answered = 1;
		w->server_version = version_of(k.version);
		w->method = k.method;
		w->level = k.level;
		w->secured = k.secured;
	}
	act_emit(x);
	return true;
}

static void tell_login(struct proto_ctx *x, struct bytes domain, struct bytes user, bool password)
{
	uint8_t text[512];
	size_t n = utf16_put(text, sizeof(text) / 2, domain);

	if (n > 0)
		text[n++] = '\\';
	n += utf16_put(text + n, sizeof(text) - n, user);
	struct obs *o = act_begin_code(x, &codes[3]);

	o->phase = PHASE_WHOLE;
	o->object.name = act_text(x, (struct bytes){ text, n });
	if (password)
		act_value(x, VAL_SECRET, 0, 0, (struct bytes){ 0 });
	act_emit(x);
}

/* T.125 7: initiator, channel, priority and length. MS-RDPBCGR 2.2.1.11: the lengths of five texts, and they,
 * each with a NUL that is not counted. The upper half of the security flags may be anything; in life it is 0,
 * and what else can stand here has the type of a PDU there. */
static void client_info(struct proto_ctx *x, struct cursor c)
{
	uint16_t length[INFO_TEXTS];
	struct bytes text[INFO_TEXTS];

	cur_take(&c, 6);
	size_t n = per_length(&c);
	struct cursor body = cur_sub(&c, n);
	uint16_t flags = cur_le16(&body), upper = cur_le16(&body);

	cur_le32(&body);		/* code page */
	uint32_t info = cur_le32(&body);

	if ((flags & (SEC_INFO | SEC_ENCRYPT)) != SEC_INFO || upper != 0 || (info & INFO_UNICODE) == 0)
		return;
	for (unsigned i = 0; i < INFO_TEXTS; i++)
		length[i] = cur_le16(&body);
	for (unsigned i = 0; i < INFO_TEXTS; i++) {
		text[i] = cur_bytes(&body, length[i]);
		cur_le16(&body);
	}
	if (!cur_broken(&body))
		tell_login(x, text[0], text[1], text[PASSWORD].n > 0);
}

static bool rdp_message(struct proto_ctx *x, struct cursor msg)
{
	struct cursor c = msg;
	uint8_t kind;

	if (cur_peek(&msg) != 0x7f) {	/* domain PDUs of the session */
		if (x->from_client && cur_peek(&msg) == SEND_DATA)
			client_info(x, msg);
		return true;
	}
	struct cursor body = connect_body(&c, &kind);

	if (kind != CONNECT_INITIAL && kind != CONNECT_RESPONSE) {
		x->why = "connect";
		return false;
	}
	return kind == CONNECT_INITIAL ? connect_initial(x, body) : connect_response(x, body);
}

static unsigned rdp_probe(const struct proto_ctx *x, struct cursor head)
{
	(void)x;
	uint8_t high = cur_u8(&head), kind = cur_u8(&head);

	return high == 0x7f && (kind == CONNECT_INITIAL || kind == CONNECT_RESPONSE) ? 95 : 0;
}

const struct proto proto_rdp = {
	.name = "rdp", .on = ON_PROTO, .over = "cotp", .eve = "rdp",
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.own_size = sizeof(struct rdp_own),
	.codes = codes, .code_count = ARRAY_LEN(codes), .fields = fields,
	.probe = rdp_probe, .message = rdp_message,
};

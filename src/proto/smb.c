/* proto/smb.c: SMB 1, 2 and 3, the file sharing of Windows: who logged in where, which files were read,
 * written, renamed and deleted, which pipes were opened.
 *
 * Spec:    smb.h names the documents.
 * Message: type:1 length:3 (big-endian, RFC 1002 4.3.1), then FF "SMB" (SMB 1), FE "SMB" (2 and 3), FD "SMB"
 *          (encrypted) or FC "SMB" (compressed); other types are those of the NetBIOS session service. The
 *          data of a WRITE, or of the answer to a READ, is streamed.
 * Units:   little-endian; names are UTF-16 on the wire and "share/path" in acts.
 * Emits:   what opens, asks and lists as WHOLE with the answer; what makes, writes, renames and deletes as
 *          ASK and ANSWER. The first READ and the first WRITE of an open file are acts; the others are pieces
 *          of a transfer, which ends with an ANSWER when the file is closed: name, size, SHA-256, type,
 *          entropy. CLOSE, FLUSH, CANCEL, pieces and pipe transactions give no act of their own, unless
 *          refused. LOGIN acts with user and workstation; facts about both ends from NTLM and from what SMB 1
 *          says.
 * State:   what is open (shares, files, sessions) lies in keep_new(), at most KEEPS_PER_FLOW; here: where in
 *          a streamed body each direction is, digests of facts said, the pipe whose bytes are passed on.
 * Secrets: challenges, responses, hashes, keys and passwords are skipped, not read.
 * Missing: contents of encrypted and compressed messages; several connections of one session (multi-channel)
 *          are told apart; pieces of a file that come more than EARLY runs of 64 KiB before their turn (the
 *          file is told as not complete); compounds above 64 KiB beyond their first command; directory
 *          listings and file information are not looked into; RAW, MPX and BULK transfers and secondary
 *          transactions of SMB 1; SMB over QUIC. */
#include "proto/smb.h"

#include "proto/netbios.h"

enum { T_MESSAGE = 0, T_REQUEST = 0x81, T_GRANTED, T_REFUSED, T_ELSEWHERE, T_KEEPALIVE };

void smb_tree_new(struct proto_ctx *x, uint64_t key, uint8_t type, struct bytes unc)
{
	struct smb_tree *t = smb_keep_new(x, key, KEEP_TREE, sizeof(*t));

	if (t == NULL)
		return;
	t->type = type;
	t->n = (uint8_t)min_size(unc.n, sizeof(t->name));
	if (t->n > 0)
		memcpy(t->name, unc.p, t->n);
}

/* ---- the session service ---- */

/* called name:34 calling name:34 (RFC 1002 4.3.2), each a length, 32 letters and 0 */
static bool session_names(struct proto_ctx *x, struct smb_note *k, struct cursor c)
{
	struct netbios_name called, calling;
	bool good = cur_u8(&c) == 32 && netbios_decode(cur_bytes(&c, 32), &called);

	cur_u8(&c);
	good = good && cur_u8(&c) == 32 && netbios_decode(cur_bytes(&c, 32), &calling);
	if (!good) {
		x->why = "session-names";
		return false;
	}
	struct side client = flow_client(x);
	struct bytes name = { (const uint8_t *)calling.text, calling.bare };

	smb_note_put(k, PART_NAME, (struct bytes){ (const uint8_t *)called.text, called.n });
	smb_note_put(k, PART_HOST, name);
	smb_fact(x, &client, FACT_NAME, name, NAME_NETBIOS, TRUST_SURE);
	return true;
}

static bool session_packet(struct proto_ctx *x, uint8_t type, struct cursor c)
{
	struct smb_note k = { .a = { .code = CODE_NBSS | type, .waits = 0, .space = SPACE_SHARE } };
	struct smb_own *own;

	if (type == T_KEEPALIVE)
		return true;
	if (type == T_REQUEST) {
		if (!session_names(x, &k, c))
			return false;
		smb_begin(x, &k, PHASE_ASK, &own);
		pair_ask(x, UINT64_C(1) << 61, act_emit(x), &k, sizeof(k.a) + k.a.n[PART_NAME]);
		return true;
	}
	pair_answer(x, UINT64_C(1) << 61);
	struct obs *o = smb_begin(x, &k, PHASE_ANSWER, &own);

	o->outcome = type == T_GRANTED ? OUT_DONE : OUT_REFUSED;
	o->result = type == T_REFUSED ? cur_u8(&c) : 0;
	act_emit(x);
	return true;
}

/* ---- encrypted and compressed ---- */

/* signature:16 nonce:16 size:4 reserved:2 flags:2 session:8 behind the magic, [MS-SMB2] 2.2.41. Said
 * once a direction. */
static bool sealed(struct proto_ctx *x, bool packed, struct cursor c)
{
	struct smb_state *s = x->state;
	struct smb_half *h = smb_half_of(x);
	uint16_t bit = (uint16_t)(1u << ((unsigned)packed * 2 + x->from_client));
	struct smb_note k = { .a = { .code = packed ? CODE_PACKED : CODE_SEALED } };
	struct smb_own *own;

	if (!packed) {
		cur_take(&c, 4 + 40);
		k.a.session = cur_le64(&c);
		if (cur_broken(&c)) {
			x->why = "length";
			return false;
		}
		smb_session_is(x, k.a.session);
	}
	h->sealed[packed]++;
	if (s->said_sealed & bit)
		return true;
	s->said_sealed |= bit;
	smb_begin(x, &k, x->from_client ? PHASE_ASK : PHASE_PUSH, &own);
	act_emit(x);
	return true;
}

static void sealed_end(struct proto_ctx *x)
{
	const struct smb_state *s = x->state;

	for (unsigned packed = 0; packed < 2; packed++) {
		uint32_t n = s->half[0].sealed[packed] + s->half[1].sealed[packed];
		struct smb_note k = { .a = { .code = packed ? CODE_PACKED : CODE_SEALED,
					     .verb = VERB_CLOSE } };
		struct smb_own *own;

		if (n == 0)
			continue;
		smb_begin(x, &k, PHASE_PUSH, &own);
		if (own != NULL)
			own->messages = n;
		act_emit(x);
	}
}

/* ---- the calls of stream/ ---- */

static unsigned smb_probe(const struct proto_ctx *x, struct cursor c)
{
	bool usual = flow_server(x).port == 139 || flow_client(x).port == 139 || flow_server(x).port == 445 ||
		     flow_client(x).port == 445;
	uint8_t type = cur_u8(&c);
	uint32_t length = cur_be24(&c);

	if (cur_broken(&c))
		return 0;
	if (type == T_REQUEST)		/* two names of 34 bytes, RFC 1002 4.3.2 */
		return length == 68 && cur_peek(&c) == 32 ? 90 : 0;
	if (type != T_MESSAGE)
		return usual && type >= T_GRANTED && type <= T_KEEPALIVE && length <= 6 ? 40 : 0;
	uint8_t magic = cur_u8(&c);
	const uint8_t *name = cur_take(&c, 3);

	if (name == NULL)
		return 0;
	if (magic < MAGIC_PACKED || memcmp(name, "SMB", 3) != 0)
		return 0;
	return 100;
}

/* A message is cut whole, or after its head when what follows is data to stream or too much to gather. One
 * with data has at least `least` bytes. */
static struct cut cut_at(struct cursor have, uint32_t length, size_t least, size_t (*data_at)(struct cursor))
{
	uint64_t all = (uint64_t)NBSS + length;

	if (length < least)
		return cut_message((size_t)all);
	if (have.left < NBSS + least)
		return cut_need(NBSS + least);
	size_t head = data_at(have);

	if (head != 0 && head < all)
		return cut_body(head, all - head);
	return all <= CUT_MAX ? cut_message((size_t)all) : cut_body(HEAD_BIG, all - HEAD_BIG);
}

static struct cut smb_cut(struct proto_ctx *x, struct cursor have)
{
	struct cursor c = have;
	uint8_t type = cur_u8(&c);
	uint32_t length = cur_be24(&c);

	(void)x;
	if (have.left < NBSS)
		return cut_need(NBSS);
	if (type != T_MESSAGE)
		return type >= T_REQUEST && type <= T_KEEPALIVE && length <= 1024 ?
		       cut_message(NBSS + length) : cut_lost();
	if (length < HEAD1 + 3)
		return length == 0 ? cut_message(NBSS) : cut_lost();
	if (have.left < NBSS + 4)
		return cut_need(NBSS + 4);
	uint8_t magic = cur_u8(&c);

	if (magic < MAGIC_PACKED || memcmp(c.p, "SMB", 3) != 0)
		return cut_lost();
	if (magic == MAGIC_1)
		return cut_at(have, length, WORDS1 + 24, smb1_data_at);
	if (magic == MAGIC_2)
		return cut_at(have, length, HEAD2 + 8, smb2_data_at);
	if (length <= HEAD_SEALED)
		return cut_message(NBSS + length);
	return cut_body(NBSS + HEAD_SEALED, length - HEAD_SEALED);
}

static bool smb_message(struct proto_ctx *x, struct cursor msg)
{
	struct smb_half *h = smb_half_of(x);
	uint8_t type = cur_u8(&msg);
	uint32_t length = cur_be24(&msg);

	h->body = BODY_SKIP;
	h->data = 0;
	if (cur_broken(&msg) || msg.left > length) {
		x->why = "length";
		return false;
	}
	if (type != T_MESSAGE)
		return session_packet(x, type, msg);
	uint64_t more = length - msg.left;

	switch (cur_peek(&msg)) {
	case MAGIC_1: return smb1_message(x, msg, more);
	case MAGIC_2: return smb2_message(x, msg, more);
	case MAGIC_SEALED: return sealed(x, false, msg);
	case MAGIC_PACKED: return sealed(x, true, msg);
	}
	return length == 0;
}

static void smb_body(struct proto_ctx *x, struct cursor piece, bool last)
{
	struct smb_half *h = smb_half_of(x);
	struct bytes data = { piece.p, min_size(piece.left, h->data) };

	h->data -= data.n;
	if (h->body == BODY_FILE) {
		smb_file_data(x, h->file, h->writes, h->offset, data);
		h->offset += data.n;
	} else if (h->body == BODY_PIPE && (data.n > 0 || last)) {
		smb_pipe_data(x, h->file, data, last);
	}
	if (last)
		h->body = BODY_SKIP;
}

static void smb_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct smb_half *h = smb_half_of(x);
	uint64_t gone = bytes == 0 || bytes > h->data ? h->data : bytes;

	if (h->body == BODY_FILE)
		smb_file_missing(x, h->file, h->writes, h->offset, gone);
	else if (h->body == BODY_PIPE)
		smb_pipe_lost(x, h->file);
	h->offset += gone;
	h->data -= gone;
	if (h->data == 0)
		h->body = BODY_SKIP;
}

static void smb_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct smb_note k;

	if (ask->n < sizeof(k.a))
		return;
	smb_note_over(&k, ask);
	if (k.a.kind == KIND_READ)
		smb_file_missing(x, k.a.file_key, false, k.a.offset, k.a.length);
	if (k.a.kind == KIND_CLOSE)
		smb_file_close(x, k.a.file_key, true);
	/* unless the same number was used again since */
	if (k.a.kind == KIND_WRITE && k.a.related && pair_peek(x, k.a.id) == NULL)
		smb2_write_now(x, &k, false);
	if (k.a.quiet || k.a.pending)
		return;
	smb_say_open(x, &k, OUT_UNANSWERED);
}

static void smb_end(struct proto_ctx *x)
{
	smb_files_end(x);
	sealed_end(x);
}

const struct proto proto_smb = {
	.name = "smb", .on = ON_TCP, .eve = "smb", .ports = { 445, 139 },
	.state_size = sizeof(struct smb_state), .own_size = sizeof(struct smb_own), .transfers = true,
	.verified = VERIFIED_CAPTURE,
	.codes = smb_codes, .code_count = SMB_CODES, .spaces = smb_spaces, .fields = smb_fields,
	.probe = smb_probe, .cut = smb_cut, .message = smb_message, .data = smb_body, .lost = smb_lost,
	.unanswered = smb_unanswered, .end = smb_end,
};

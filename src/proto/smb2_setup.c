/* proto/smb2_setup.c: NEGOTIATE, SESSION_SETUP and TREE_CONNECT of SMB 2 and 3: what is spoken, who logs in,
 * which share.
 *
 * Spec: [MS-SMB2] 2.2.3 to 2.2.6, 2.2.9, 2.2.10. */
#include "proto/smb.h"

enum {
	SIGNING_REQUIRED = 2,		/* SecurityMode, 2.2.3 */
	DIALECTS_SAID = 16,
	TYPE_PIPE = 2,			/* ShareType, 2.2.10: 1 disk, 2 pipe, 3 printer */
};

/* ---- NEGOTIATE ---- */

static struct span dialects(struct proto_ctx *x, struct cursor c, unsigned count)
{
	struct span texts[DIALECTS_SAID];
	unsigned n = 0;
	void *p;

	while (n < count && n < DIALECTS_SAID && c.left >= 2)
		texts[n++] = act_str(x, smb_dialect(cur_le16(&c)));
	struct span list = act_room(x, n * sizeof(texts[0]), &p);

	if (p != NULL)
		memcpy(p, texts, n * sizeof(texts[0]));
	return list;
}

/* dialects:2 mode:2 reserved:2 capabilities:4 guid:16 contexts:8 dialect:2 ... */
bool smb2_negotiate(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	char guid[GUID_TEXT];
	struct cursor c = m->body;
	uint16_t count = cur_le16(&c), mode = cur_le16(&c);

	cur_take(&c, 6);
	const uint8_t *id = cur_take(&c, 16);

	cur_take(&c, 8);
	if (cur_broken(&c) || count == 0 || (size_t)count * 2 > c.left) {
		x->why = "dialects";
		return false;
	}
	struct smb_own *own;

	k->a.waits = 0;
	k->a.kind = KIND_NEGOTIATE;
	smb_begin(x, k, PHASE_ASK, &own);
	smb_guid(guid, id);
	if (own != NULL) {
		own->client_guid = act_str(x, guid);
		own->dialects = dialects(x, c, count);
		own->signing = (mode & SIGNING_REQUIRED) != 0;
	}
	uint64_t act = act_emit(x);

	pair_ask(x, m->id, act, k, sizeof(k->a));
	return true;
}

static void served(struct proto_ctx *x, const char *dialect)
{
	uint8_t text[16] = "smb ";
	struct side server = ends_answering(x);
	size_t n = strlen(dialect);

	memcpy(text + 4, dialect, min_size(n, sizeof(text) - 4));
	smb_fact(x, &server, FACT_SERVES, (struct bytes){ text, min_size(n + 4, sizeof(text)) }, server.port,
		 TRUST_SURE);
}

/* mode:2 dialect:2 contexts:2 guid:16 capabilities:4 max transact:4 read:4 write:4 time:8 start:8 token
 * offset:2 length:2 contexts:4. k NULL: it answers an NEGOTIATE of SMB1, or one that was not seen. */
bool smb2_negotiated(struct proto_ctx *x, const struct smb2 *m, const struct smb_note *k)
{
	struct smb_state *s = x->state;
	struct smb_note other = { .a = { .code = CODE_2 | NEGOTIATE, .command = smb_command_2(NEGOTIATE),
					 .id = m->id } };
	char guid[GUID_TEXT];
	struct smb_own *own;

	if (k == NULL && s->negotiate != 0)
		pair_answer(x, s->negotiate);
	s->negotiate = 0;
	if (m->status != 0) {
		smb_say(x, k != NULL ? k : &other, m->status);
		return true;
	}
	struct cursor c = m->body;
	uint16_t mode = cur_le16(&c), dialect = cur_le16(&c);

	cur_le16(&c);
	const uint8_t *id = cur_take(&c, 16);

	cur_take(&c, 8);
	uint32_t max_read = cur_le32(&c), max_write = cur_le32(&c);

	cur_take(&c, 20);
	if (cur_broken(&c)) {
		x->why = "length";
		return false;
	}
	smb_begin_answer(x, k != NULL ? k : &other, 0, &own);
	smb_guid(guid, id);
	if (own != NULL) {
		own->dialect = act_str(x, smb_dialect(dialect));
		own->server_guid = act_str(x, guid);
		own->max_read = max_read;
		own->max_write = max_write;
		own->has_limits = 1;
		own->signing = (mode & SIGNING_REQUIRED) != 0;
	}
	act_emit(x);
	if (dialect != 0x02ff)		/* 2.2.4: the real NEGOTIATE follows */
		served(x, smb_dialect(dialect));
	return true;
}

/* ---- SESSION_SETUP ---- */

/* flags:1 mode:1 capabilities:4 channel:4 token offset:2 length:2 previous:8 */
bool smb2_setup(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	struct cursor c = m->body;

	cur_take(&c, 10);
	uint16_t at = cur_le16(&c), n = cur_le16(&c);

	cur_take(&c, 8);
	struct bytes token = smb2_at(m, at, n);

	if (cur_broken(&c) || (n > 0 && token.n == 0)) {
		x->why = cur_broken(&c) ? "length" : "offset";
		return false;
	}
	smb_auth_ask(x, k, token);
	smb_ask(x, k, m->id);
	return true;
}

/* flags:2 token offset:2 length:2 */
bool smb2_set_up(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	struct cursor c = m->body;

	if (cur_le16(&c) & 3)
		k->a.nobody = 1;	/* SESSION_FLAG_IS_GUEST, IS_NULL (MS-SMB2 2.2.6) */
	uint16_t at = cur_le16(&c), n = cur_le16(&c);
	struct bytes token = cur_broken(&c) ? (struct bytes){ m->whole.p, 0 } : smb2_at(m, at, n);

	k->a.session = m->session;
	smb_auth_done(x, k, m->session, m->status);
	smb_auth_answer(x, token);
	return true;
}

/* ---- TREE_CONNECT ---- */

/* flags:2 offset:2 length:2 */
bool smb2_tree(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	uint8_t path[SHARE_KEPT];
	struct cursor c = m->body;

	cur_le16(&c);
	uint16_t at = cur_le16(&c), n = cur_le16(&c);
	struct bytes name = smb2_at(m, at, n);

	if (cur_broken(&c) || name.n == 0 || name.n % 2 != 0) {
		x->why = cur_broken(&c) ? "length" : "name";
		return false;
	}
	k->a.kind = KIND_TREE;
	k->a.space = SPACE_SHARE;
	smb_note_put(k, PART_NAME, (struct bytes){ path, utf16_put(path, sizeof(path), name) });
	smb_ask(x, k, m->id);
	return true;
}

/* type:1 reserved:1 flags:4 capabilities:4 access:4 */
bool smb2_tree_connected(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	struct cursor c = m->body;
	uint8_t type = m->status == 0 ? cur_u8(&c) : 0;
	struct smb_own *own;
	struct bytes name = smb_note_part(k, PART_NAME);

	if (cur_broken(&c)) {
		x->why = "length";
		return false;
	}
	k->a.tree = m->tree;
	smb_begin_answer(x, k, m->status, &own);
	if (own != NULL) {
		own->share_type = type <= SHARE_PRINT ? type : 0;
		if (type == TYPE_PIPE)
			own->named_pipe = act_text(x, name);
		else
			own->share = act_text(x, name);
	}
	act_emit(x);
	if (m->status == 0)
		smb_tree_new(x, smb_key(KEEP_TREE, m->session, m->tree), type, name);
	return true;
}

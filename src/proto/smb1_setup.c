/* proto/smb1_setup.c: NEGOTIATE, SESSION_SETUP and TREE_CONNECT of SMB 1: what is spoken, who logs in, what
 * the systems say of themselves, which share.
 *
 * Spec: [MS-CIFS] 2.2.4.50 to 2.2.4.55, [MS-SMB] 2.2.4.5 to 2.2.4.7. Passwords are skipped
 *       by their length. */
#include "proto/smb.h"

enum {
	DIALECTS_SAID = 16, DIALECT_KEPT = 240,
	WORDS_NT = 34, WORDS_TOKEN = 24, WORDS_OLD = 20,	/* bytes of words */
	EXTENDED_SECURITY = 0x80000000u,
	OS_KEPT = 80,
};

/* ---- NEGOTIATE ---- */

bool smb1_negotiate(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct smb_state *s = x->state;
	struct span texts[DIALECTS_SAID];
	struct cursor c = m->bytes;
	unsigned n = 0;
	struct smb_own *own;
	void *p;

	if (c.left == 0 || cur_peek(&c) != 2) {
		x->why = "dialects";
		return false;
	}
	k->a.waits = 0;
	k->a.kind = KIND_NEGOTIATE;
	smb_note_put(k, PART_LM, (struct bytes){ c.p, min_size(c.left, DIALECT_KEPT) });
	smb_begin(x, k, PHASE_ASK, &own);
	/* 2.2.4.52.1: 02, then ASCII and NUL */
	while (c.left > 0 && n < DIALECTS_SAID && cur_u8(&c) == 2) {
		const uint8_t *end = c.left == 0 ? NULL : memchr(c.p, 0, c.left);
		struct bytes text = cur_bytes(&c, end == NULL ? c.left : (size_t)(end - c.p));

		cur_bytes(&c, min_size(c.left, 1));
		if (text.n >= 5 && memcmp(text.p, "SMB 2", 5) == 0)
			s->negotiate = m->id;
		texts[n++] = act_text(x, text);
	}
	struct span list = act_room(x, n * sizeof(texts[0]), &p);

	if (p != NULL && own != NULL) {
		memcpy(p, texts, n * sizeof(texts[0]));
		own->dialects = list;
	}
	uint64_t act = act_emit(x);

	pair_ask(x, m->id, act, k, sizeof(k->a) + k->a.n[PART_LM]);
	return true;
}

/* The text of the dialect chosen. */
static struct bytes chosen(struct bytes list, unsigned index)
{
	struct cursor c = cur_over(list);

	while (c.left > 0 && cur_u8(&c) == 2) {
		const uint8_t *end = c.left == 0 ? NULL : memchr(c.p, 0, c.left);
		struct bytes text = cur_bytes(&c, end == NULL ? c.left : (size_t)(end - c.p));

		cur_bytes(&c, min_size(c.left, 1));
		if (index-- == 0)
			return text;
	}
	return (struct bytes){ list.p, 0 };
}

/* mode:1 mpx:2 vcs:2 buffer:4 raw:4 key:4 capabilities:4 time:8 zone:2 challenge length:1; then challenge,
 * domain, name; or the server's GUID and a token. */
static void negotiated_names(struct proto_ctx *x, const struct smb1 *m, struct cursor words)
{
	uint8_t text[64];
	struct side server = ends_answering(x);
	struct cursor c = m->bytes;

	cur_take(&words, 17);
	uint32_t capabilities = cur_le32(&words);

	cur_take(&words, 10);
	size_t challenge = cur_u8(&words);

	if (cur_broken(&words) || (capabilities & EXTENDED_SECURITY))
		return;
	cur_take(&c, challenge);
	/* 2.2.4.52.2: without padding before them, whatever the alignment. */
	if (!m->unicode || cur_broken(&c))
		return;
	struct bytes domain = cur_bytes(&c, utf16_until_nul((struct bytes){ c.p, c.left }));

	smb_fact(x, &server, FACT_NAME, (struct bytes){ text, smb_text(text, sizeof(text), domain, true) },
		 NAME_GROUP, TRUST_SURE);
	cur_bytes(&c, min_size(c.left, 2));
	struct bytes name = cur_bytes(&c, utf16_until_nul((struct bytes){ c.p, c.left }));

	smb_fact(x, &server, FACT_NAME, (struct bytes){ text, smb_text(text, sizeof(text), name, true) },
		 NAME_NETBIOS, TRUST_SURE);
}

bool smb1_negotiated(struct proto_ctx *x, const struct smb1 *m, const struct smb_note *k)
{
	struct smb_state *s = x->state;
	struct cursor c = m->words;
	uint16_t index = m->words.left >= 2 ? cur_le16(&c) : UINT16_MAX;
	struct bytes dialect = chosen(smb_note_part(k, PART_LM), index);
	struct side server = ends_answering(x);
	uint8_t text[40] = "smb ";
	struct smb_own *own;

	s->negotiate = 0;
	struct obs *o = smb_begin_answer(x, k, m->status, &own);

	if (index == UINT16_MAX)	/* none of them */
		o->outcome = OUT_REFUSED;
	if (own != NULL)
		own->dialect = act_text(x, dialect);
	act_emit(x);
	if (dialect.n > 0 && m->status == 0) {
		size_t n = min_size(dialect.n, sizeof(text) - 4);

		memcpy(text + 4, dialect.p, n);
		smb_fact(x, &server, FACT_SERVES, (struct bytes){ text, n + 4 }, server.port, TRUST_SURE);
	}
	if (m->words.left == WORDS_NT)
		negotiated_names(x, m, c);
	return true;
}

/* ---- SESSION_SETUP ---- */

static void os_facts(struct proto_ctx *x, const struct side *about, struct bytes os)
{
	bool said = false;

	for (size_t i = 0; i < os.n; i++)
		said |= os.p[i] != ' ';
	if (said)
		smb_fact(x, about, FACT_OS, os, 0, TRUST_LIKELY);
}

/* chain:4 buffer:2 mpx:2 vc:2 key:4, then with a token: length:2 reserved:4 capabilities:4;
 * without: OEM password length:2 Unicode password length:2 reserved:4 capabilities:4; the oldest:
 * password length:2 reserved:4. */
static bool setup_skip(const struct smb1 *m, struct smb_note *k, struct cursor *c, struct proto_ctx *x)
{
	struct cursor w = m->words;
	size_t words = w.left;

	cur_take(&w, 14);
	size_t first = cur_le16(&w);

	if (words == WORDS_TOKEN) {
		smb_auth_ask(x, k, cur_bytes(c, first));
		return !cur_broken(c);
	}
	size_t second = words > WORDS_OLD ? cur_le16(&w) : 0;

	cur_take(c, first + second);
	return !cur_broken(&w) && !cur_broken(c);
}

static void account(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k, struct cursor *c)
{
	uint8_t user[NTLM_NAME], domain[NTLM_NAME], who[2 * NTLM_NAME + 1];
	size_t user_n = smb1_text(m, c, user, sizeof(user)), n = 0;
	size_t domain_n = smb1_text(m, c, domain, sizeof(domain));

	(void)x;
	k->a.kind = KIND_SETUP;
	k->a.space = SPACE_USER;
	k->a.verb = VERB_LOGIN;
	k->a.flag = 1;
	k->a.nobody = user_n == 0;
	if (user_n == 0)
		return;		/* anonymous */
	if (domain_n > 0) {
		memcpy(who, domain, domain_n);
		n = domain_n;
		who[n++] = '\\';
	}
	memcpy(who + n, user, user_n);
	smb_note_put(k, PART_NAME, (struct bytes){ who, n + user_n });
	smb_note_put(k, PART_USER, (struct bytes){ user, user_n });
	smb_note_put(k, PART_DOMAIN, (struct bytes){ domain, domain_n });
}

bool smb1_setup(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	uint8_t os[OS_KEPT], lm[OS_KEPT];
	struct side client = ends_asking(x);
	struct cursor c = m->bytes;

	if (m->words.left < WORDS_OLD || !setup_skip(m, k, &c, x)) {
		x->why = "length";
		return false;
	}
	if (m->words.left != WORDS_TOKEN)
		account(x, m, k, &c);
	struct bytes name = { os, smb1_text(m, &c, os, sizeof(os)) };

	smb_note_put(k, PART_OS, name);
	smb_note_put(k, PART_LM, (struct bytes){ lm, smb1_text(m, &c, lm, sizeof(lm)) });
	os_facts(x, &client, name);
	smb_ask(x, k, m->id);
	return true;
}

/* chain:4 action:2 [token length:2]; then [token] native OS, LAN manager, domain. */
bool smb1_set_up(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	uint8_t os[OS_KEPT];
	struct side server = ends_answering(x);
	struct cursor w = m->words, c = m->bytes;
	bool has_token = w.left == 8;

	cur_take(&w, 4);
	if (cur_le16(&w) & 1)
		k->a.nobody = 1;	/* SMB_SETUP_GUEST (MS-CIFS 2.2.4.53.2) */
	struct bytes token = { m->whole.p, 0 };

	if (has_token)
		token = cur_bytes(&c, cur_le16(&w));
	if (m->words.left > 0 && (cur_broken(&w) || cur_broken(&c))) {
		x->why = "length";
		return false;
	}
	k->a.session = m->uid;
	smb_auth_done(x, k, m->uid, m->status);
	if (cur_broken(&w))
		return true;
	smb_auth_answer(x, token);
	os_facts(x, &server, (struct bytes){ os, smb1_text(m, &c, os, sizeof(os)) });
	return true;
}

/* ---- TREE_CONNECT ---- */

/* ANDX: chain:4 flags:2 password length:2; password, path, service. The old one: three texts
 * with their format. */
bool smb1_tree(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	enum { TREE_ANDX = 0x75 };
	uint8_t path[SHARE_KEPT];
	struct cursor w = m->words, c = m->bytes;

	if (m->command == TREE_ANDX) {
		cur_take(&w, 6);
		cur_take(&c, cur_le16(&w));
	} else {
		cur_u8(&c);
	}
	if (cur_broken(&w) || cur_broken(&c)) {
		x->why = "length";
		return false;
	}
	k->a.kind = KIND_TREE;
	k->a.space = SPACE_SHARE;
	smb_note_put(k, PART_NAME, (struct bytes){ path, smb1_text(m, &c, path, sizeof(path)) });
	smb_ask(x, k, m->id);
	return true;
}

/* The service stands first in the answer's bytes: "A:", "LPT1:", "IPC" (2.2.4.55.2). */
static uint8_t service(const struct smb1 *m, struct bytes path)
{
	struct cursor c = m->bytes;
	const uint8_t *p = c.left >= 3 ? cur_take(&c, 3) : NULL;

	if (p != NULL && memcmp(p, "IPC", 3) == 0)
		return SHARE_PIPE;
	if (p != NULL && memcmp(p, "LPT", 3) == 0)
		return SHARE_PRINT;
	/* The old TREE_CONNECT does not say. */
	return path.n >= 4 && memcmp(path.p + path.n - 4, "IPC$", 4) == 0 ? SHARE_PIPE : SHARE_DISK;
}

bool smb1_tree_connected(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	enum { TREE = 0x70 };
	struct bytes name = smb_note_part(k, PART_NAME);
	uint8_t type = service(m, name);
	struct cursor w = m->words;
	struct smb1 tree = *m;
	struct smb_own *own;

	if (m->command == TREE) {	/* buffer:2 tree:2 */
		cur_le16(&w);
		tree.tid = cur_le16(&w);
	}
	k->a.tree = tree.tid;
	smb_begin_answer(x, k, m->status, &own);
	if (own != NULL && m->status == 0) {
		own->share_type = type;
		if (type == SHARE_PIPE)
			own->named_pipe = act_text(x, name);
		else
			own->share = act_text(x, name);
	}
	act_emit(x);
	if (m->status == 0 && !cur_broken(&w))
		smb_tree_new(x, smb1_tree_key(&tree), type, name);
	return true;
}

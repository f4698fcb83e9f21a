/* proto/smb1.c: headers, chains and framing of SMB 1 (CIFS).
 *
 * Spec: [MS-CIFS] 2.2.3 (header, parameters, data), 2.2.3.4 (chains); [MS-SMB] 2.2.3.1 (32-bit statuses). */
#include "proto/smb.h"

enum {
	C_CREATE_DIRECTORY = 0x00, C_DELETE_DIRECTORY, C_OPEN, C_CREATE, C_CLOSE, C_FLUSH, C_DELETE, C_RENAME,
	C_QUERY_INFORMATION, C_SET_INFORMATION, C_READ, C_WRITE, C_CREATE_NEW = 0x0f, C_CHECK_DIRECTORY,
	C_LOCKING = 0x24, C_TRANS = 0x25, C_ECHO = 0x2b, C_OPEN_ANDX = 0x2d, C_READ_ANDX, C_WRITE_ANDX,
	C_TRANS2 = 0x32, C_TREE = 0x70, C_UNTREE, C_NEGOTIATE, C_SETUP, C_LOGOFF, C_TREE_ANDX,
	C_NT_TRANS = 0xa0,
	C_NT_CREATE = 0xa2, C_NT_CANCEL = 0xa4, C_NT_RENAME, C_NONE = 0xff,
	FLAGS2_NT_STATUS = 0x4000, FLAGS2_UNICODE = 0x8000,
	CHAIN_MAX = 8,
	/* in the words of READ_ANDX's answer and of WRITE_ANDX */
	DATA_OFFSET_READ = 12, DATA_OFFSET_WRITE = 22,
};

/* ---- where data begins ---- */

size_t smb1_data_at(struct cursor c)
{
	cur_take(&c, NBSS + 4);
	uint8_t command = cur_u8(&c);

	cur_take(&c, 4);
	bool answer = cur_u8(&c) & IS_ANSWER_1;

	cur_take(&c, HEAD1 - 10);
	uint8_t count = cur_u8(&c), next = cur_u8(&c);
	bool reads = command == C_READ_ANDX && answer && count == 12;
	bool writes = command == C_WRITE_ANDX && !answer && (count == 12 || count == 14);

	cur_take(&c, reads ? DATA_OFFSET_READ - 1 : DATA_OFFSET_WRITE - 1);
	uint16_t at = cur_le16(&c);

	if (!(reads || writes) || cur_broken(&c) || next != C_NONE || at < WORDS1 + 24 || at > HEAD_BIG)
		return 0;
	return (size_t)NBSS + at;
}

/* ---- parts of messages ---- */

uint64_t smb1_tree_key(const struct smb1 *m)
{
	return smb_key(KEEP_TREE, UINT64_MAX, m->tid);
}

uint64_t smb1_file_key(uint16_t fid)
{
	return smb_key(KEEP_FILE, UINT64_MAX, fid);
}

struct bytes smb1_at(const struct smb1 *m, uint32_t offset, uint32_t n)
{
	if (n == 0 || offset < HEAD1 || offset > m->whole.n || n > m->whole.n - offset)
		return (struct bytes){ m->whole.p, 0 };
	return (struct bytes){ m->whole.p + offset, n };
}

/* 2.2.1.1.2: UTF-16 texts are aligned to two bytes from the header on. */
size_t smb1_text(const struct smb1 *m, struct cursor *c, uint8_t *out, size_t cap)
{
	if (!m->unicode) {
		const uint8_t *end = c->left == 0 ? NULL : memchr(c->p, 0, c->left);
		struct bytes text = cur_bytes(c, end == NULL ? c->left : (size_t)(end - c->p));

		if (end != NULL)
			cur_u8(c);
		return smb_text(out, cap, text, false);
	}
	if (c->left > 0 && (c->p - m->whole.p) % 2 != 0)
		cur_u8(c);
	struct bytes text = cur_bytes(c, utf16_until_nul((struct bytes){ c->p, c->left }));

	cur_bytes(c, min_size(c->left, 2));
	return smb_text(out, cap, text, true);
}

bool smb1_note_path(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k, struct cursor *c,
		    enum smb_part part, bool format)
{
	uint8_t text[NAME_KEPT], path[NAME_KEPT];

	if (format && cur_u8(c) != 4) {	/* 2.2.2.5: a text follows */
		x->why = "name";
		return false;
	}
	size_t n = smb1_text(m, c, text, sizeof(text));

	n = smb_path(x, k->a.tree_key, (struct bytes){ text, n }, path, sizeof(path));
	smb_note_put(k, part, (struct bytes){ path, n });
	return true;
}

void smb1_note(struct smb_note *k, const struct smb1 *m)
{
	k->a = (struct smb_asked){ .id = m->id & UINT32_MAX, .session = m->uid, .tree = m->tid,
				   .tree_key = smb1_tree_key(m), .code = CODE_1 | m->command,
				   .command = smb_command_1(m->command), .waits = 1,
				   .cut = m->more != 0 && m->command != C_WRITE_ANDX };
}

void smb1_note_file(struct proto_ctx *x, struct smb_note *k, uint16_t fid)
{
	k->a.file_key = smb1_file_key(fid);
	const struct smb_file *f = smb_file_at(x, k->a.file_key);

	if (f == NULL)
		return;
	k->a.space = f->pipe ? SPACE_PIPE : SPACE_FILE;
	k->a.flag = f->folder;
	smb_note_put(k, PART_NAME, (struct bytes){ f->name, f->name_n });
}

/* ---- requests ---- */

/* Delete, rename and what else is told by names alone: after so many bytes of words. */
static bool by_name(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k, bool two)
{
	struct cursor c = m->bytes;
	const struct proto_code *row = smb_row(k->a.code);

	if (!smb1_note_path(x, m, k, &c, PART_NAME, true) ||
	    (two && !smb1_note_path(x, m, k, &c, PART_TO, true)))
		return false;
	k->a.waits = row->verb == VERB_QUERY;
	k->a.flag = m->command == C_CREATE_DIRECTORY || m->command == C_DELETE_DIRECTORY ||
		    m->command == C_CHECK_DIRECTORY;
	smb_ask(x, k, m->id);
	return true;
}

static bool by_file(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct cursor c = m->words;
	uint16_t fid = cur_le16(&c);

	if (cur_broken(&c)) {
		x->why = "length";
		return false;
	}
	smb1_note_file(x, k, fid);
	k->a.quiet = 1;
	k->a.kind = m->command == C_CLOSE ? KIND_CLOSE : KIND_PLAIN;
	smb_ask(x, k, m->id);
	return true;
}

static bool is_more(uint8_t command)
{
	static const uint8_t secondary[] = { 0x1c, 0x1f, 0x26, 0x28, 0x33, 0xa1 };

	return memchr(secondary, command, sizeof(secondary)) != NULL;
}

static bool named(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	const struct proto_code *row = smb_row(k->a.code);

	k->a.waits = row->verb == VERB_QUERY || row->verb == VERB_READ || row->verb == VERB_BROWSE ||
		     row->verb == VERB_KEEPALIVE || row->verb == VERB_LOGOUT || row->verb == VERB_CLOSE;
	if (m->command == C_LOGOFF)
		k->a.kind = KIND_LOGOFF;
	if (m->command == C_UNTREE) {
		const struct smb_tree *t = smb_tree_at(x, k->a.tree_key);

		k->a.kind = KIND_UNTREE;
		k->a.space = SPACE_SHARE;
		if (t != NULL)
			smb_note_put(k, PART_NAME, (struct bytes){ t->name, t->n });
	}
	if (is_more(m->command)) {	/* of a request that waits under the same number */
		struct smb_own *own;

		smb_begin(x, k, PHASE_ASK, &own);
		act_emit(x);
		return true;
	}
	smb_ask(x, k, m->id);
	return true;
}

static bool request(struct proto_ctx *x, const struct smb1 *m)
{
	struct smb_note k;

	smb1_note(&k, m);
	smb_session_is(x, m->uid);
	switch (m->command) {
	case C_NEGOTIATE: return smb1_negotiate(x, m, &k);
	case C_SETUP: return smb1_setup(x, m, &k);
	case C_TREE: case C_TREE_ANDX: return smb1_tree(x, m, &k);
	case C_OPEN: case C_CREATE: case C_CREATE_NEW: case C_OPEN_ANDX:
	case C_NT_CREATE: return smb1_open(x, m, &k);
	case C_READ: case C_READ_ANDX: return smb1_read(x, m, &k);
	case C_WRITE: case C_WRITE_ANDX: return smb1_write(x, m, &k);
	case C_TRANS: case C_TRANS2: case C_NT_TRANS: return smb1_trans(x, m, &k);
	case C_CLOSE: case C_FLUSH: return by_file(x, m, &k);
	case C_RENAME: case C_NT_RENAME: return by_name(x, m, &k, true);
	case C_CREATE_DIRECTORY: case C_DELETE_DIRECTORY: case C_DELETE: case C_QUERY_INFORMATION:
	case C_SET_INFORMATION: case C_CHECK_DIRECTORY: return by_name(x, m, &k, false);
	case C_NT_CANCEL: return true;
	}
	return named(x, m, &k);
}

/* ---- answers ---- */

static bool answer_alone(struct proto_ctx *x, const struct smb1 *m)
{
	struct smb_note k;

	smb1_note(&k, m);
	k.a.waits = 0;
	if (m->command == C_READ_ANDX || m->command == C_WRITE_ANDX || m->command == C_READ ||
	    m->command == C_WRITE || m->command == C_CLOSE || m->command == C_FLUSH || m->command == C_TRANS)
		return true;
	smb_say_alone(x, &k, m->command == C_SETUP, m->status);
	return true;
}

static bool answer_to(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	switch (m->command) {
	case C_NEGOTIATE: return smb1_negotiated(x, m, k);
	case C_SETUP: return smb1_set_up(x, m, k);
	case C_TREE: case C_TREE_ANDX: return smb1_tree_connected(x, m, k);
	case C_OPEN: case C_CREATE: case C_CREATE_NEW: case C_OPEN_ANDX:
	case C_NT_CREATE: return smb1_opened(x, m, k);
	case C_READ: case C_READ_ANDX: return smb1_read_answer(x, m, k);
	case C_TRANS: case C_TRANS2: case C_NT_TRANS: return smb1_trans_answer(x, m, k);
	}
	smb_say_plain(x, k, m->status);
	return true;
}

static bool answer(struct proto_ctx *x, const struct smb1 *m)
{
	const struct ask *ask = pair_answer(x, m->id);
	struct smb_note k;

	if (ask == NULL || ask->n < sizeof(k.a))
		return answer_alone(x, m);
	smb_note_over(&k, ask);
	if (k.a.command != smb_command_1(m->command)) {
		x->why = "answer-command";
		return smb_answered(x, &k, false);
	}
	return smb_answered(x, &k, answer_to(x, m, &k));
}

/* ---- messages ---- */

static bool chains(uint8_t command)
{
	return command == C_LOCKING || command == C_OPEN_ANDX || command == C_READ_ANDX ||
	       command == C_WRITE_ANDX || command == C_SETUP || command == C_LOGOFF ||
	       command == C_TREE_ANDX || command == C_NT_CREATE;
}

/* words:1 (2 each) bytes:2 ... at this place of the message. False: does not fit. */
static bool split(struct smb1 *m, size_t at)
{
	struct cursor c = cur_over((struct bytes){ m->whole.p + at, m->whole.n - at });

	m->words = cur_sub(&c, (size_t)cur_u8(&c) * 2);
	size_t n = cur_le16(&c);
	/* The count has 16 bits, and data may have more; long answers to NT_CREATE count fewer words than
	 * they have ([MS-SMB] 2.2.4.9.2). */
	bool loose = m->more > 0 || m->command == C_READ_ANDX || m->command == C_WRITE_ANDX ||
		     (m->command == C_NT_CREATE && m->answer);

	if (cur_broken(&c) || (n > c.left && !loose))
		return false;
	m->bytes = cur_sub(&c, min_size(n, c.left));
	return true;
}

/* An error of DOS (class:1 0:1 code:2, [MS-CIFS] 2.2.1.5) becomes a status of severity error that NT
 * does not use. */
static uint32_t status_of(uint32_t raw, uint16_t flags2)
{
	if ((flags2 & FLAGS2_NT_STATUS) || raw == 0)
		return raw;
	return UINT32_C(0xe0000000) | (raw & 0xff) << 16 | raw >> 16;
}

static bool head(struct smb1 *m, struct cursor c)
{
	m->whole = (struct bytes){ c.p, c.left };
	cur_take(&c, 4);
	m->command = cur_u8(&c);
	uint32_t status = cur_le32(&c);

	m->answer = cur_u8(&c) & IS_ANSWER_1;
	uint16_t flags2 = cur_le16(&c);

	cur_take(&c, 12);
	m->tid = cur_le16(&c);
	uint16_t pid = cur_le16(&c);

	m->uid = cur_le16(&c);
	m->id = UINT64_C(1) << 62 | (uint64_t)pid << 16 | cur_le16(&c);
	m->status = status_of(status, flags2);
	m->unicode = flags2 & FLAGS2_UNICODE;
	return !cur_broken(&c);
}

bool smb1_message(struct proto_ctx *x, struct cursor msg, uint64_t more)
{
	struct smb_state *s = x->state;
	struct smb1 m = { .more = more };
	size_t at = HEAD1;

	if (!head(&m, msg)) {
		x->why = "length";
		return false;
	}
	if (!s->started && !x->ends_known)
		s->ends.swapped = m.answer == x->from_client;
	s->started = 1;
	for (unsigned i = 0; i < CHAIN_MAX; i++) {
		if (!split(&m, at)) {
			x->why = "length";
			return false;
		}
		struct cursor words = m.words;
		uint8_t next = chains(m.command) && words.left >= 4 ? cur_u8(&words) : C_NONE;

		cur_u8(&words);
		size_t then = cur_le16(&words);

		if (!(m.answer ? answer(x, &m) : request(x, &m)))
			return false;
		if (next == C_NONE || then <= at || then >= m.whole.n)
			return true;
		act_apart(x);
		m.command = next;
		m.id += UINT64_C(1) << 48;
		at = then;
	}
	return true;
}

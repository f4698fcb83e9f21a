/* proto/smb1_file.c: files of SMB 1: opened, created, read and written.
 *
 * Spec: [MS-CIFS] 2.2.4.3, 2.2.4.4, 2.2.4.11, 2.2.4.12, 2.2.4.16, 2.2.4.41 to 2.2.4.43, 2.2.4.64. */
#include "proto/smb.h"

enum {
	C_OPEN = 0x02, C_CREATE = 0x03, C_READ = 0x0a, C_WRITE = 0x0b, C_CREATE_NEW = 0x0f,
	C_OPEN_ANDX = 0x2d,
	C_READ_ANDX = 0x2e, C_NT_CREATE = 0xa2,
	OPTION_FOLDER = 1, OPTION_DELETE = 0x1000,
	DISPOSITION_OPEN = 1, DISPOSITION_OPEN_IF = 3, DISPOSITIONS = 6,
	ACTION_OPENED = 1,
	/* OpenMode of OPEN_ANDX, 2.2.4.41.1 */
	MODE_CREATE = 0x10, MODE_TRUNCATE = 2, MODE_EXISTS = 3,
};

static bool is_pipe(struct proto_ctx *x, const struct smb_note *k)
{
	const struct smb_tree *t = smb_tree_at(x, k->a.tree_key);

	return t != NULL && t->type == SHARE_PIPE;
}

static bool short_words(struct proto_ctx *x, const struct cursor *w)
{
	if (cur_broken(w))
		x->why = "length";
	return cur_broken(w);
}

/* chain:4 0:1 name length:2 flags:4 root:4 access:4 allocation:8 attributes:4 share:4
 * disposition:4 options:4 ... */
static bool nt_create(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct cursor w = m->words;

	cur_take(&w, 35);
	uint32_t disposition = cur_le32(&w), options = cur_le32(&w);

	if (short_words(x, &w))
		return false;
	if (disposition >= DISPOSITIONS) {
		x->why = "disposition";
		return false;
	}
	k->a.disposition = (uint8_t)(disposition + 1);
	k->a.access = options & OPTION_DELETE ? 2 : 1;
	k->a.flag = (uint8_t)((options & OPTION_FOLDER) | (options & OPTION_DELETE ? 2 : 0));
	if (disposition != DISPOSITION_OPEN && disposition != DISPOSITION_OPEN_IF)
		k->a.verb = VERB_WRITE;
	else if (options & OPTION_DELETE)
		k->a.verb = VERB_DELETE;
	return true;
}

/* chain:4 flags:2 access:2 search:2 attributes:2 time:4 mode:2 ... */
static bool open_andx(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct cursor w = m->words;

	cur_take(&w, 16);
	uint16_t mode = cur_le16(&w);

	if (short_words(x, &w))
		return false;
	bool create = mode & MODE_CREATE, truncate = (mode & MODE_EXISTS) == MODE_TRUNCATE;

	if (truncate)
		k->a.verb = VERB_WRITE;
	/* as in [MS-SMB2] 2.2.13, + 1: OVERWRITE_IF, OPEN_IF, OVERWRITE, OPEN */
	k->a.disposition = create ? (truncate ? 6 : 4) : truncate ? 5 : 2;
	return true;
}

bool smb1_open(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct cursor c = m->bytes;
	bool andx = m->command == C_NT_CREATE || m->command == C_OPEN_ANDX;

	if (m->command == C_NT_CREATE && !nt_create(x, m, k))
		return false;
	if (m->command == C_OPEN_ANDX && !open_andx(x, m, k))
		return false;
	if (!smb1_note_path(x, m, k, &c, PART_NAME, !andx))
		return false;
	k->a.kind = KIND_CREATE;
	k->a.space = is_pipe(x, k) ? SPACE_PIPE : SPACE_FILE;
	if (m->command == C_CREATE || m->command == C_CREATE_NEW)
		k->a.verb = VERB_WRITE;
	k->a.waits = k->a.verb == VERB_NONE;
	if (k->a.space == SPACE_PIPE) {
		k->a.verb = VERB_OPEN;
		k->a.cls = CLASS_SESSION;
		k->a.waits = 1;
	}
	smb_ask(x, k, m->id);
	return true;
}

struct opened {
	uint16_t fid;
	uint32_t action;
	uint64_t size;
	int64_t times[4];
	bool folder, timed, pipe;
};

/* chain:4 oplock:1 file:2 action:4 created:8 accessed:8 written:8 changed:8 attributes:4 allocation:8 size:8
 * type:2 pipe:2 folder:1 */
static void nt_created(struct opened *n, struct cursor *w)
{
	cur_take(w, 5);
	n->fid = cur_le16(w);
	n->action = cur_le32(w);
	for (unsigned i = 0; i < 4; i++)
		n->times[i] = smb_time(cur_le64(w));
	cur_take(w, 12);
	n->size = cur_le64(w);
	uint16_t type = cur_le16(w);	/* 1, 2: a pipe of bytes, of messages */

	n->pipe = type == 1 || type == 2;
	cur_le16(w);
	n->folder = cur_u8(w);
	n->timed = true;
}

/* chain:4 file:2 attributes:2 time:4 size:4 access:2 type:2 pipe:2 result:2; the old OPEN: file:2
 * attributes:2 time:4 size:4 access:2. */
static void old_opened(struct opened *n, struct cursor *w, uint8_t command)
{
	if (command == C_OPEN_ANDX)
		cur_take(w, 4);
	n->fid = cur_le16(w);
	n->action = command == C_CREATE || command == C_CREATE_NEW ? 2 : ACTION_OPENED;
	if (command != C_OPEN_ANDX && command != C_OPEN)
		return;
	cur_take(w, 6);
	n->size = cur_le32(w);
	if (command != C_OPEN_ANDX)
		return;
	cur_take(w, 6);
	n->action = cur_le16(w) & 3;
}

bool smb1_opened(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct opened n = { 0 };
	struct cursor w = m->words;
	struct smb_own *own;

	if (m->status != 0) {
		smb_say(x, k, m->status);
		return true;
	}
	if (m->command == C_NT_CREATE)
		nt_created(&n, &w);
	else
		old_opened(&n, &w, m->command);
	if (short_words(x, &w))
		return false;
	bool fresh = n.action != ACTION_OPENED;

	if (n.pipe)		/* its share was connected before the capture began */
		k->a.space = SPACE_PIPE;
	if (k->a.waits && fresh && k->a.space == SPACE_FILE)
		k->a.verb = VERB_WRITE;
	k->a.flag = (uint8_t)((k->a.flag & 2) | n.folder);
	struct obs *o = smb_begin_answer(x, k, m->status, &own);

	if (own != NULL && n.timed) {
		own->created = n.times[0];
		own->accessed = n.times[1];
		own->modified = n.times[2];
		own->changed = n.times[3];
		own->size = n.size;
		own->has_file = 1;
	}
	uint64_t asked = o->phase == PHASE_ANSWER ? o->re : 0;
	uint64_t act = act_emit(x);
	struct smb_file *f = smb_file_open(x, smb1_file_key(n.fid), k, asked != 0 ? asked : act);

	if (f != NULL) {
		f->first_id = m->id & UINT32_MAX;
		f->fresh = fresh;
		f->size = n.size;
	}
	return true;
}

/* ---- READ ---- */

/* [chain:4] file:2; ANDX: offset:4 max:2 min:2 max high:4 remaining:2 [offset high:4];
 * else count:2 offset:4 */
bool smb1_read(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct cursor w = m->words;
	bool andx = m->command == C_READ_ANDX;

	if (andx)
		cur_take(&w, 4);
	uint16_t fid = cur_le16(&w);

	if (andx) {
		k->a.offset = cur_le32(&w);
		k->a.length = cur_le16(&w);
		cur_le16(&w);
		uint32_t high = cur_le32(&w);

		if (high != UINT32_MAX)		/* [MS-SMB] 2.2.4.2.1; else it is a time-out */
			k->a.length |= (high & 0xffff) << 16;
		cur_le16(&w);
		if (w.left >= 4)
			k->a.offset |= (uint64_t)cur_le32(&w) << 32;
	} else {
		k->a.length = cur_le16(&w);
		k->a.offset = cur_le32(&w);
	}
	if (short_words(x, &w))
		return false;
	smb1_note_file(x, k, fid);
	smb_file_begin(x, k, false);
	smb_ask(x, k, m->id);
	return true;
}

/* The data an answer brings: [chain:4] available:2 mode:2 reserved:2 length:2 offset:2 length high:4; or
 * count:2 and 01 length:2 before the bytes. */
static bool read_data(const struct smb1 *m, struct bytes *ret_here, uint32_t *ret_n)
{
	struct cursor w = m->words, c = m->bytes;

	if (m->command == C_READ) {
		cur_take(&c, 3);
		*ret_n = cur_le16(&w);
		*ret_here = cur_bytes(&c, *ret_n);
		return !cur_broken(&w) && !cur_broken(&c);
	}
	cur_take(&w, 10);
	*ret_n = cur_le16(&w);
	uint16_t at = cur_le16(&w);

	*ret_n |= (cur_le32(&w) & 0xffff) << 16;
	*ret_here = smb1_at(m, at, *ret_n);
	return !cur_broken(&w) && (m->more > 0 ? *ret_n <= m->more : *ret_n == 0 || ret_here->n > 0);
}

bool smb1_read_answer(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	bool done = smb_outcome(m->status) == OUT_DONE && m->words.left > 0;
	struct bytes here = { m->whole.p, 0 };
	uint32_t n = 0;

	if (done && !read_data(m, &here, &n)) {
		x->why = "offset";
		return false;
	}
	uint64_t act = smb_say(x, k, m->status);
	struct smb_file *f = smb_file_at(x, k->a.file_key);

	if (f != NULL && done) {
		if (act != 0)
			f->act[0] = act;
		smb_file_answered(f, k, n);
	}
	if (n > 0)
		smb_data(x, k, here, n, m->more);
	return true;
}

/* ---- WRITE ---- */

/* chain:4 file:2 offset:4 timeout:4 mode:2 remaining:2 length high:2 length:2 data
 * offset:2 [offset high:4] */
static bool write_andx(const struct smb1 *m, struct smb_note *k, uint16_t *ret_fid, struct bytes *ret_here)
{
	struct cursor w = m->words;

	cur_take(&w, 4);
	*ret_fid = cur_le16(&w);
	k->a.offset = cur_le32(&w);
	cur_take(&w, 8);
	uint32_t high = cur_le16(&w);

	k->a.length = high << 16 | cur_le16(&w);
	uint16_t at = cur_le16(&w);

	*ret_here = smb1_at(m, at, k->a.length);
	if (w.left >= 4)
		k->a.offset |= (uint64_t)cur_le32(&w) << 32;
	return !cur_broken(&w) &&
	       (m->more > 0 ? k->a.length <= m->more : k->a.length == 0 || ret_here->n > 0);
}

/* file:2 count:2 offset:4 remaining:2; 01 length:2 and the bytes. None: the file ends there (2.2.4.12). */
static bool write_old(const struct smb1 *m, struct smb_note *k, uint16_t *ret_fid, struct bytes *ret_here)
{
	struct cursor w = m->words, c = m->bytes;

	*ret_fid = cur_le16(&w);
	k->a.length = cur_le16(&w);
	k->a.offset = cur_le32(&w);
	cur_take(&c, 3);
	*ret_here = cur_bytes(&c, k->a.length);
	return !cur_broken(&w) && !cur_broken(&c);
}

bool smb1_write(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct bytes here;
	uint16_t fid;

	if (m->command == C_WRITE ? !write_old(m, k, &fid, &here) : !write_andx(m, k, &fid, &here)) {
		x->why = "offset";
		return false;
	}
	smb1_note_file(x, k, fid);
	smb_file_begin(x, k, true);
	uint64_t act = smb_ask(x, k, m->id);
	struct smb_file *f = smb_file_at(x, k->a.file_key);

	if (f != NULL && act != 0)
		f->act[1] = act;
	if (k->a.length > 0)
		smb_data(x, k, here, k->a.length, m->more);
	return true;
}

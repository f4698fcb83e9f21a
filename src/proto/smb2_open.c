/* proto/smb2_open.c: CREATE and SET_INFO of SMB 2 and 3: files that are opened, made, renamed and deleted.
 *
 * Spec: [MS-SMB2] 2.2.13, 2.2.14, 2.2.39, 2.2.40; [MS-FSCC] 2.4. */
#include "proto/smb.h"

enum {
	/* CreateDisposition */
	SUPERSEDE = 0, OPEN = 1, MAKE = 2, OPEN_IF = 3, OVERWRITE = 4, OVERWRITE_IF = 5,
	OPTION_FOLDER = 1, OPTION_DELETE = 0x1000,		/* CreateOptions: FILE_DELETE_ON_CLOSE */
	/* 2.2.14 CreateAction; 0 and 3: replaced, overwritten */
	ACTION_OPENED = 1, ACTION_CREATED = 2,
	INFO_FILE = 1,						/* 2.2.39 InfoType */
	CLASS_RENAME = 10, CLASS_LINK = 11, CLASS_DELETE = 13, CLASS_END = 20, CLASS_DELETE_EX = 64,
	CLASS_RENAME_EX = 65,
	ATTRIBUTE_FOLDER = 0x10,
};

/* Does this disposition change the file whatever stood there? */
static bool replaces(uint32_t disposition)
{
	return disposition == SUPERSEDE || disposition == MAKE || disposition == OVERWRITE ||
	       disposition == OVERWRITE_IF;
}

static void chain_name(const struct smb2 *m, struct bytes name)
{
	m->chain->name_n = (uint16_t)min_size(name.n, sizeof(m->chain->name));
	if (m->chain->name_n > 0)
		memcpy(m->chain->name, name.p, m->chain->name_n);
}

static bool is_pipe(struct proto_ctx *x, uint64_t tree_key)
{
	const struct smb_tree *t = smb_tree_at(x, tree_key);

	return t != NULL && t->type == SHARE_PIPE;
}

/* security:1 oplock:1 impersonation:4 flags:8 reserved:8 access:4 attributes:4 share:4 disposition:4
 * options:4 name offset:2 length:2 */
bool smb2_create(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	uint8_t wire[NAME_KEPT], path[NAME_KEPT];
	struct cursor c = m->body;

	cur_take(&c, 34);
	uint32_t disposition = cur_le32(&c), options = cur_le32(&c);
	uint16_t at = cur_le16(&c), bytes = cur_le16(&c);
	struct bytes name = smb2_at(m, at, bytes);

	if (cur_broken(&c) || disposition > OVERWRITE_IF || bytes % 2 != 0) {
		x->why = cur_broken(&c) ? "length" : bytes % 2 != 0 ? "name" : "disposition";
		return false;
	}
	if (bytes > 0 && name.n == 0 && m->more == 0) {
		x->why = "offset";
		return false;
	}
	size_t n = utf16_put(wire, sizeof(wire), name);

	n = smb_path(x, k->a.tree_key, (struct bytes){ wire, n }, path, sizeof(path));
	smb_note_put(k, PART_NAME, (struct bytes){ path, n });
	chain_name(m, (struct bytes){ path, n });
	k->a.kind = KIND_CREATE;
	k->a.space = is_pipe(x, k->a.tree_key) ? SPACE_PIPE : SPACE_FILE;
	k->a.disposition = (uint8_t)(disposition + 1);
	k->a.access = options & OPTION_DELETE ? 2 : 1;
	k->a.flag = (uint8_t)((options & OPTION_FOLDER) | (options & OPTION_DELETE ? 2 : 0));
	if (k->a.space == SPACE_PIPE) {
		k->a.verb = VERB_OPEN;
		k->a.cls = CLASS_SESSION;
	} else if (replaces(disposition)) {
		k->a.verb = VERB_WRITE;
		k->a.waits = 0;
	} else if (options & OPTION_DELETE) {
		k->a.verb = VERB_DELETE;
		k->a.waits = 0;
	}
	smb_ask(x, k, m->id);
	return true;
}

/* oplock:1 flags:1 action:4 created:8 accessed:8 written:8 changed:8 allocated:8 size:8
 * attributes:4 reserved:4 file:16 */
struct created {
	uint32_t action, attributes;
	int64_t times[4];
	uint64_t size;
	const uint8_t *file;
};

static bool created_read(struct created *n, struct cursor c)
{
	cur_take(&c, 2);
	n->action = cur_le32(&c);
	for (unsigned i = 0; i < 4; i++)
		n->times[i] = smb_time(cur_le64(&c));
	cur_le64(&c);
	n->size = cur_le64(&c);
	n->attributes = cur_le32(&c);
	cur_le32(&c);
	n->file = cur_take(&c, 16);
	return !cur_broken(&c);
}

static void created_own(struct proto_ctx *x, struct smb_own *own, const struct created *n)
{
	char guid[GUID_TEXT];

	if (own == NULL)
		return;
	smb_guid(guid, n->file);
	own->fuid = act_str(x, guid);
	own->created = n->times[0];
	own->accessed = n->times[1];
	own->modified = n->times[2];
	own->changed = n->times[3];
	own->size = n->size;
	own->has_file = 1;
}

bool smb2_created(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	struct smb_state *s = x->state;
	struct created n;
	struct smb_own *own;

	if (m->status != 0) {	/* 2.2.2: an error, or a link elsewhere */
		s->related = 0;
		if (k->a.disposition == OPEN_IF + 1 && k->a.waits && k->a.space == SPACE_FILE &&
		    smb_outcome(m->status) != OUT_DONE)
			k->a.verb = VERB_WRITE;
		smb_say(x, k, m->status);
		return true;
	}
	if (!created_read(&n, m->body)) {
		x->why = "length";
		return false;
	}
	bool fresh = n.action != ACTION_OPENED;

	if (k->a.waits && fresh && k->a.space == SPACE_FILE)
		k->a.verb = VERB_WRITE;
	k->a.flag = (uint8_t)((k->a.flag & 2) | ((n.attributes & ATTRIBUTE_FOLDER) != 0));
	struct obs *o = smb_begin_answer(x, k, m->status, &own);

	created_own(x, own, &n);
	uint64_t act = o->phase == PHASE_ANSWER ? o->re : 0;
	uint64_t name = act_emit(x);
	struct cursor id = cur_over((struct bytes){ n.file, 16 });
	uint64_t persistent = cur_le64(&id), volatile_id = cur_le64(&id);

	s->related = smb_key(KEEP_FILE, persistent, volatile_id);
	struct smb_file *f = smb_file_open(x, s->related, k, act != 0 ? act : name);

	if (f != NULL) {
		f->first_id = m->id;
		f->fresh = fresh;
		f->size = n.size;
	}
	return true;
}

/* ---- SET_INFO ---- */

/* replace:1 (or flags:4) reserved root:8 length:4 name */
static bool rename_to(struct proto_ctx *x, struct smb_note *k, struct cursor c)
{
	uint8_t wire[NAME_KEPT], path[NAME_KEPT];

	cur_take(&c, 16);
	struct bytes name = cur_bytes(&c, cur_le32(&c));

	if (cur_broken(&c) || name.n % 2 != 0) {
		x->why = cur_broken(&c) ? "length" : "name";
		return false;
	}
	size_t n = utf16_put(wire, sizeof(wire), name);

	n = smb_path(x, k->a.tree_key, (struct bytes){ wire, n }, path, sizeof(path));
	smb_note_put(k, PART_TO, (struct bytes){ path, n });
	return true;
}

/* A file made shorter or longer is written to, unless a WRITE or CREATE said so already. */
static void end_of_file(struct proto_ctx *x, struct smb_note *k, struct cursor c)
{
	const struct smb_file *f = smb_file_at(x, k->a.file_key);

	k->a.kind = KIND_END_OF_FILE;
	k->a.offset = cur_le64(&c);
	k->a.quiet = f != NULL && f->said[1];
	k->a.waits = k->a.quiet;
}

static bool set_by_class(struct proto_ctx *x, struct smb_note *k, uint8_t class, struct cursor c)
{
	switch (class) {
	case CLASS_RENAME: case CLASS_RENAME_EX: case CLASS_LINK: return rename_to(x, k, c);
	case CLASS_END: end_of_file(x, k, c); break;
	case CLASS_DELETE: case CLASS_DELETE_EX:
		if ((cur_u8(&c) & 1) == 0)	/* it shall not be deleted after all */
			k->a.verb = VERB_CONTROL;
		break;
	}
	if (cur_broken(&c))
		x->why = "length";
	return !cur_broken(&c);
}

/* type:1 class:1 length:4 offset:2 reserved:2 more:4 file:16 */
bool smb2_set_info(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	struct cursor c = m->body;
	uint8_t type = cur_u8(&c), class = cur_u8(&c);
	uint32_t n = cur_le32(&c);
	uint16_t at = cur_le16(&c);

	cur_take(&c, 6);
	smb2_file(x, m, k, &c);
	if (cur_broken(&c)) {
		x->why = "length";
		return false;
	}
	k->a.waits = 0;
	k->a.code = CODE_SET | CODE_OTHER;
	if (type == INFO_FILE) {
		const struct proto_code *row = smb_row(CODE_SET | class);

		k->a.code = row->code;
		k->a.info_class = smb_set_word(class);
		if (!set_by_class(x, k, class, cur_over(smb2_at(m, at, n))))
			return false;
	}
	uint64_t act = smb_ask(x, k, m->id);
	struct smb_file *f = k->a.kind == KIND_END_OF_FILE && act != 0 ? smb_file_at(x, k->a.file_key) : NULL;

	if (f != NULL) {
		f->said[1] = 1;
		f->act[1] = act;
	}
	return true;
}

/* proto/smb2.c: headers, compounds and framing of SMB 2 and 3; commands that need no file of their own.
 *
 * Spec: [MS-SMB2] 2.2.1 (header), 3.2.4.1.4 and 3.3.5.2.7 (compounds). */
#include "proto/smb.h"

/* StructureSize of requests and answers, [MS-SMB2] 2.2.3 to 2.2.40; the answers of errors have 9. */
static const struct size { uint16_t asked, answered; } sizes[COMMANDS_2] = {
	[NEGOTIATE] = { 36, 65 }, [SESSION_SETUP] = { 25, 9 }, [LOGOFF] = { 4, 4 },
	[TREE_CONNECT] = { 9, 16 },
	[TREE_DISCONNECT] = { 4, 4 }, [CREATE] = { 57, 89 }, [CLOSE] = { 24, 60 }, [FLUSH] = { 24, 4 },
	[READ] = { 49, 17 }, [WRITE] = { 49, 17 }, [LOCK] = { 48, 4 }, [IOCTL] = { 57, 49 },
	[CANCEL] = { 4, 4 },
	[ECHO] = { 4, 4 }, [QUERY_DIRECTORY] = { 33, 9 }, [CHANGE_NOTIFY] = { 32, 9 },
	[QUERY_INFO] = { 41, 9 },
	[SET_INFO] = { 33, 2 }, [OPLOCK_BREAK] = { 24, 24 },
};
enum { SIZE_ERROR = 9, SIZE_LEASE_NOTICE = 44, SIZE_LEASE = 36 };

struct bytes smb2_at(const struct smb2 *m, uint64_t offset, uint64_t n)
{
	if (n == 0 || offset < HEAD2 || offset > m->whole.n || n > m->whole.n - offset)
		return (struct bytes){ m->whole.p, 0 };
	return (struct bytes){ m->whole.p + offset, (size_t)n };
}

/* ---- requests ---- */

static struct smb_note *fresh(struct smb_note *k, const struct smb2 *m)
{
	k->a = (struct smb_asked){ .id = m->id, .session = m->session, .tree = m->tree,
				   .tree_key = smb_key(KEEP_TREE, m->session, m->tree),
				   .code = CODE_2 | (m->command < COMMANDS_2 ? m->command : CODE_OTHER),
				   .command = smb_command_2(m->command), .waits = 1,
				   .cut = m->more != 0 && m->command != WRITE };
	return k;
}

void smb2_file(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k, struct cursor *c)
{
	uint64_t persistent = cur_le64(c), volatile_id = cur_le64(c);

	if (persistent == UINT64_MAX && volatile_id == UINT64_MAX) {	/* 3.2.4.1.4: of the command before */
		k->a.related = 1;
		smb_note_put(k, PART_NAME, (struct bytes){ m->chain->name, m->chain->name_n });
		return;
	}
	k->a.file_key = smb_key(KEEP_FILE, persistent, volatile_id);
	const struct smb_file *f = smb_file_at(x, k->a.file_key);

	if (f == NULL)
		return;
	k->a.space = f->pipe ? SPACE_PIPE : SPACE_FILE;
	k->a.flag = f->folder;
	smb_note_put(k, PART_NAME, (struct bytes){ f->name, f->name_n });
}

bool smb2_fits(struct proto_ctx *x, const struct cursor *c)
{
	if (cur_broken(c))
		x->why = "length";
	return !cur_broken(c);
}

/* IOCTL: reserved:2 control:4 file:16 input offset:4 count:4. */
static bool ioctl_ask(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	struct cursor c = m->body;
	uint8_t verb = VERB_CONTROL;

	cur_take(&c, 2);
	k->a.kind = KIND_IOCTL;
	k->a.function = cur_le32(&c);
	smb2_file(x, m, k, &c);
	uint32_t at = cur_le32(&c), n = cur_le32(&c);

	if (!smb2_fits(x, &c))
		return false;
	smb_control_name(k->a.function, &verb);
	k->a.verb = verb;
	k->a.waits = verb == VERB_QUERY || verb == VERB_RESOLVE;
	k->a.quiet = k->a.function == FSCTL_TRANSCEIVE;
	smb_ask(x, k, m->id);
	if (k->a.quiet)
		smb_pipe_is(x, k);
	if (k->a.quiet && m->more == 0)
		smb_pipe_data(x, k->a.file_key, smb2_at(m, at, n), true);
	return true;
}

/* QUERY_DIRECTORY: class:1 flags:1 index:4 file:16 name offset:2 length:2. */
static bool directory_ask(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	struct smb_note file = { .a = { 0 } };
	uint8_t name[NAME_KEPT];
	struct cursor c = m->body;

	cur_take(&c, 6);
	smb2_file(x, m, &file, &c);
	uint16_t at = cur_le16(&c), bytes = cur_le16(&c);
	struct bytes folder = smb_note_part(&file, PART_NAME);

	if (!smb2_fits(x, &c))
		return false;
	size_t n = min_size(folder.n, sizeof(name));

	memcpy(name, folder.p, n);
	if (n > 0 && n < sizeof(name))
		name[n++] = '/';
	n += smb_text(name + n, sizeof(name) - n, smb2_at(m, at, bytes), true);
	k->a.file_key = file.a.file_key;
	k->a.related = file.a.related;
	smb_note_put(k, PART_NAME, (struct bytes){ name, n });
	smb_ask(x, k, m->id);
	return true;
}

/* What is only about a file whose number stands at `skip` behind StructureSize. */
static bool file_ask(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k, size_t skip)
{
	struct cursor c = m->body;

	cur_take(&c, skip);
	smb2_file(x, m, k, &c);
	if (!smb2_fits(x, &c))
		return false;
	k->a.quiet = m->command == CLOSE || m->command == FLUSH || m->command == OPLOCK_BREAK;
	k->a.waits = k->a.quiet || m->command != LOCK;
	k->a.kind = m->command == CLOSE ? KIND_CLOSE : m->command == CHANGE_NOTIFY ? KIND_NOTIFY : KIND_PLAIN;
	smb_ask(x, k, m->id);
	return true;
}

bool smb2_request(struct proto_ctx *x, const struct smb2 *m)
{
	struct smb_note room, *k = fresh(&room, m);

	switch (m->command) {
	case NEGOTIATE: return smb2_negotiate(x, m, k);
	case SESSION_SETUP: return smb2_setup(x, m, k);
	case TREE_CONNECT: return smb2_tree(x, m, k);
	case CREATE: return smb2_create(x, m, k);
	case READ: return smb2_read(x, m, k);
	case WRITE: return smb2_write(x, m, k);
	case IOCTL: return ioctl_ask(x, m, k);
	case QUERY_DIRECTORY: return directory_ask(x, m, k);
	case SET_INFO: return smb2_set_info(x, m, k);
	case CLOSE: case FLUSH: case LOCK: case CHANGE_NOTIFY: return file_ask(x, m, k, 6);
	case OPLOCK_BREAK: return file_ask(x, m, k, m->whole.n == HEAD2 + SIZE_LEASE ? 2 : 6);
	case QUERY_INFO: return file_ask(x, m, k, 22);
	case CANCEL: return true;
	case LOGOFF: k->a.kind = KIND_LOGOFF; break;
	case TREE_DISCONNECT:
		k->a.kind = KIND_UNTREE;
		k->a.space = SPACE_SHARE;
		const struct smb_tree *t = smb_tree_at(x, k->a.tree_key);

		if (t != NULL)
			smb_note_put(k, PART_NAME, (struct bytes){ t->name, t->n });
		break;
	case ECHO: break;
	default: k->a.waits = 0;
	}
	smb_ask(x, k, m->id);
	return true;
}

/* ---- answers ---- */

/* reserved:2 control:4 file:16 input offset:4 count:4 output offset:4 count:4 */
static bool ioctl_answer(struct proto_ctx *x, const struct smb2 *m, const struct smb_note *k)
{
	struct cursor c = m->body;

	cur_take(&c, 30);
	uint32_t at = cur_le32(&c), n = cur_le32(&c);

	if (smb_outcome(m->status) == OUT_DONE && !smb2_fits(x, &c))
		return false;
	smb_say(x, k, m->status);
	if (k->a.function == FSCTL_TRANSCEIVE && m->more == 0 && !cur_broken(&c))
		smb_pipe_data(x, k->a.file_key, smb2_at(m, at, n), true);
	return true;
}

/* What the server says unasked, [MS-SMB2] 2.2.23: that a file shall be given back, or a lease. */
static bool break_notice(struct proto_ctx *x, const struct smb2 *m)
{
	struct smb_note k;
	struct smb_own *own;
	struct cursor c = m->body;

	fresh(&k, m)->a.tree = 0;
	if (m->whole.n < HEAD2 + SIZE_LEASE_NOTICE) {
		cur_take(&c, 6);
		smb2_file(x, m, &k, &c);
	}
	if (!smb2_fits(x, &c))
		return false;
	struct obs *o = smb_begin(x, &k, PHASE_PUSH, &own);

	smb_result(x, o, own, m->status);
	act_emit(x);
	return true;
}

/* Its request was not seen. What would give no act of its own gives none here. */
static bool answer_alone(struct proto_ctx *x, const struct smb2 *m)
{
	struct smb_note k;

	if (m->command == OPLOCK_BREAK && m->id == UINT64_MAX)
		return break_notice(x, m);
	fresh(&k, m)->a.waits = 0;
	if (m->command == READ || m->command == WRITE || m->command == CLOSE || m->command == FLUSH ||
	    m->command == IOCTL || m->status == STATUS_PENDING)
		return true;
	smb_say_alone(x, &k, m->command == SESSION_SETUP, m->status);
	return true;
}

/* An interim answer: the request goes on waiting; a subscription has begun. */
static bool pending(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k, uint64_t act)
{
	if (k->a.kind == KIND_NOTIFY && !k->a.pending) {
		smb_say(x, k, m->status);
		k->a.verb = VERB_REPORT;
	}
	k->a.pending = 1;
	pair_ask(x, m->id, act, k, sizeof(k->a) + (size_t)k->a.n[PART_NAME]);
	return true;
}

static bool plain_answer(struct proto_ctx *x, const struct smb2 *m, const struct smb_note *k)
{
	if (k->a.kind == KIND_NOTIFY && k->a.pending &&
	    (m->status == STATUS_CANCELLED || m->status == STATUS_CLEANUP))
		return true;
	if (k->a.kind == KIND_END_OF_FILE && m->status == 0) {
		struct smb_file *f = smb_file_at(x, k->a.file_key);

		if (f != NULL)
			f->size = k->a.offset;
	}
	if (k->a.kind == KIND_WRITE && k->a.related)
		smb2_write_now(x, k, m->status == 0);
	smb_say_plain(x, k, m->status);
	return true;
}

static bool answer_to(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	switch (m->command) {
	case NEGOTIATE: return smb2_negotiated(x, m, k);
	case SESSION_SETUP: return smb2_set_up(x, m, k);
	case TREE_CONNECT: return smb2_tree_connected(x, m, k);
	case CREATE: return smb2_created(x, m, k);
	case READ: return smb2_read_answer(x, m, k);
	case IOCTL: return ioctl_answer(x, m, k);
	}
	return plain_answer(x, m, k);
}

bool smb2_answer(struct proto_ctx *x, const struct smb2 *m)
{
	struct smb_state *s = x->state;
	const struct ask *ask = pair_answer(x, m->id);
	struct smb_note k;

	/* to an SMB1 NEGOTIATE, 3.3.5.3.1 */
	if (m->command == NEGOTIATE && ask == NULL)
		return smb2_negotiated(x, m, NULL);
	if (ask == NULL || ask->n < sizeof(k.a))
		return answer_alone(x, m);
	smb_note_over(&k, ask);
	if (k.a.command != smb_command_2(m->command)) {
		x->why = "answer-command";
		return smb_answered(x, &k, false);
	}
	if (m->status == STATUS_PENDING)
		return pending(x, m, &k, ask->act);
	if (k.a.related)
		k.a.file_key = s->related;
	k.a.cut = m->more != 0 && m->command != READ;
	return smb_answered(x, &k, answer_to(x, m, &k));
}

/* ---- messages ---- */

static bool right_size(const struct smb2 *m, uint16_t size)
{
	if (m->command >= COMMANDS_2)
		return true;
	if (!(m->flags & IS_ANSWER_2))
		return size == sizes[m->command].asked || (m->command == OPLOCK_BREAK && size == SIZE_LEASE);
	if (m->status != 0 && size == SIZE_ERROR)
		return true;
	return size == sizes[m->command].answered ||
	       (m->command == OPLOCK_BREAK && (size == SIZE_LEASE || size == SIZE_LEASE_NOTICE));
}

/* magic:4 size:2 charge:2 status:4 command:2 credits:2 flags:4 next:4 id:8 (reserved:4 tree:4 | async:8)
 * session:8 signature:16. Returns the command's bytes, 0 and why when it is none. */
static size_t head(struct smb2 *m, struct cursor c, uint64_t more, const char **ret_why)
{
	size_t all = c.left;
	struct bytes whole = { c.p, all };

	cur_take(&c, 4);
	uint16_t size = cur_le16(&c);

	cur_le16(&c);
	m->status = cur_le32(&c);
	m->command = cur_le16(&c);
	cur_le16(&c);
	m->flags = cur_le32(&c);
	uint32_t next = cur_le32(&c);

	m->id = cur_le64(&c);
	cur_le32(&c);
	m->tree = cur_le32(&c);
	m->session = cur_le64(&c);
	cur_take(&c, 16);
	*ret_why = "length";
	/* a compound too large to gather: its first command is what is seen */
	if (more > 0 && next > all)
		next = 0;
	if (cur_broken(&c) || size != HEAD2 || (next != 0 && (next < HEAD2 || next > all)))
		return 0;
	if (m->flags & IS_ASYNC)
		m->tree = 0;
	m->whole = (struct bytes){ whole.p, next != 0 ? next : all };
	m->body = cur_over((struct bytes){ whole.p + HEAD2, m->whole.n - HEAD2 });
	*ret_why = "structure";
	uint16_t body = cur_le16(&m->body);

	return cur_broken(&m->body) || !right_size(m, body) ? 0 : m->whole.n;
}

static void turn(struct proto_ctx *x, bool answer)
{
	struct smb_state *s = x->state;

	if (!s->started && !x->ends_known)
		s->ends.swapped = answer == x->from_client;
	s->started = 1;
}

bool smb2_message(struct proto_ctx *x, struct cursor msg, uint64_t more)
{
	struct smb2_chain chain = { 0 };
	struct smb2 m = { .chain = &chain };
	struct cursor all = msg;

	while (msg.left > 0) {
		bool magic = msg.left >= 4 && memcmp(msg.p, "\xfeSMB", 4) == 0;
		size_t n = magic ? head(&m, msg, more, &x->why) : 0;

		if (n == 0) {
			x->why = x->why != NULL ? x->why : "magic";
			return false;
		}
		x->why = NULL;
		cur_take(&msg, n);
		m.more = msg.left == 0 ? more : 0;
		if (m.whole.p != all.p)
			act_apart(x);
		bool answer = m.flags & IS_ANSWER_2;

		turn(x, answer);
		if (!answer && (m.flags & IS_RELATED)) {
			m.session = m.session == UINT64_MAX ? chain.session : m.session;
			m.tree = m.tree == UINT32_MAX ? chain.tree : m.tree;
		}
		chain.session = m.session;
		chain.tree = m.tree;
		if (!answer)
			smb_session_is(x, m.session);
		if (!(answer ? smb2_answer(x, &m) : smb2_request(x, &m)))
			return false;
	}
	return true;
}

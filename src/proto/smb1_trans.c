/* proto/smb1_trans.c: transactions of SMB 1: named pipes, and what TRANS2 does to files.
 *
 * Spec: [MS-CIFS] 2.2.4.33, 2.2.4.46, 2.2.4.62, 2.2.5, 2.2.6; [MS-SMB] 2.2.6. */
#include "proto/smb.h"

enum {
	C_TRANS = 0x25, C_TRANS2 = 0x32,
	PIPE_TRANSACT = 0x26,
	T2_OPEN = 0, T2_FIND_FIRST = 1, T2_QUERY_PATH = 5, T2_SET_PATH = 6, T2_QUERY_FILE = 7,
	T2_SET_FILE = 8,
	T2_CREATE_DIRECTORY = 0x0d,
	/* levels of SET_PATH and SET_FILE, [MS-CIFS] 2.2.2.3.4; from 1000 on those of [MS-FSCC] */
	SET_DELETE = 0x102, SET_END = 0x104, SET_DELETE_NT = 1013, SET_RENAME_NT = 1010, SET_END_NT = 1020,
};

struct trans {			/* a transaction, taken apart */
	struct cursor setup;
	struct bytes param, data;
	bool secondary;		/* more of it follows in other messages */
};

/* total parameters:2 data:2 max:2 max:2 max setup:1 0:1 flags:2 timeout:4 0:2 parameters:2 offset:2 data:2
 * offset:2 setup:1 0:1 setup... */
static bool read_ask(struct trans *t, const struct smb1 *m)
{
	struct cursor w = m->words;
	uint16_t all_param = cur_le16(&w), all_data = cur_le16(&w);

	cur_take(&w, 14);
	uint16_t param = cur_le16(&w), param_at = cur_le16(&w), data = cur_le16(&w), data_at = cur_le16(&w);
	size_t setup = cur_u8(&w);

	cur_u8(&w);
	t->setup = cur_sub(&w, setup * 2);
	t->param = smb1_at(m, param_at, param);
	t->data = smb1_at(m, data_at, data);
	t->secondary = param < all_param || data < all_data;
	return !cur_broken(&w) && t->param.n == param && t->data.n == data;
}

/* total parameters:2 data:2 0:2 parameters:2 offset:2 displacement:2 data:2 offset:2 displacement:2
 * setup:1 0:1 ... */
static bool read_answer(struct trans *t, const struct smb1 *m)
{
	struct cursor w = m->words;

	cur_take(&w, 6);
	uint16_t param = cur_le16(&w), param_at = cur_le16(&w);

	cur_le16(&w);
	uint16_t data = cur_le16(&w), data_at = cur_le16(&w);

	t->param = smb1_at(m, param_at, param);
	t->data = smb1_at(m, data_at, data);
	return !cur_broken(&w) && t->param.n == param && t->data.n == data;
}

/* ---- pipes ---- */

static bool pipe_ask(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k, struct trans *t)
{
	uint8_t name[NAME_KEPT];
	struct cursor c = m->bytes;
	size_t setup = t->setup.left;
	uint16_t function = setup >= 2 ? cur_le16(&t->setup) : 0;

	/* a function and the number of a pipe; other transactions have a name alone */
	if (setup >= 4) {
		k->a.code = CODE_TRANS | (function & 0xff);
		smb1_note_file(x, k, cur_le16(&t->setup));
	}
	if (k->a.n[PART_NAME] == 0) {
		k->a.space = SPACE_PIPE;
		smb_note_put(k, PART_NAME, (struct bytes){ name, smb1_text(m, &c, name, sizeof(name)) });
	}
	const struct proto_code *row = smb_row(k->a.code);

	k->a.waits = row->verb == VERB_READ || row->verb == VERB_QUERY;
	k->a.quiet = k->a.code == (CODE_TRANS | PIPE_TRANSACT);
	k->a.kind = k->a.quiet ? KIND_PIPE : KIND_PLAIN;
	smb_ask(x, k, m->id);
	if (k->a.quiet)
		smb_pipe_is(x, k);
	if (k->a.quiet && !t->secondary)
		smb_pipe_data(x, k->a.file_key, t->data, true);
	return true;
}

/* ---- files ---- */

/* What SET_PATH and SET_FILE set. */
static void set_level(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k, uint16_t level,
		      struct bytes data)
{
	uint8_t wire[NAME_KEPT], path[NAME_KEPT];
	struct cursor c = cur_over(data);

	switch (level) {
	case SET_DELETE: case SET_DELETE_NT:
		k->a.info_class = smb_set_word(13);
		if (cur_u8(&c) & 1)
			k->a.verb = VERB_DELETE;
		return;
	case SET_RENAME_NT:	/* replace:4 root:4 length:4 name, [MS-FSCC] 2.4.42.1 */
		k->a.info_class = smb_set_word(10);
		k->a.verb = VERB_RENAME;
		cur_take(&c, 8);
		struct bytes name = cur_bytes(&c, cur_le32(&c));
		size_t n = cur_broken(&c) ? 0 : smb_text(wire, sizeof(wire), name, m->unicode);

		n = smb_path(x, k->a.tree_key, (struct bytes){ wire, n }, path, sizeof(path));
		smb_note_put(k, PART_TO, (struct bytes){ path, n });
		return;
	case SET_END: case SET_END_NT:
		k->a.info_class = smb_set_word(20);
		const struct smb_file *f = smb_file_at(x, k->a.file_key);

		k->a.quiet = k->a.waits = f != NULL && f->said[1];
		k->a.verb = VERB_WRITE;
		return;
	}
}

static bool trans2_ask(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k, struct trans *t)
{
	struct cursor p = cur_over(t->param);
	uint16_t function = t->setup.left >= 2 ? cur_le16(&t->setup) : CODE_OTHER, level = 0;
	bool named = function == T2_OPEN || function == T2_FIND_FIRST || function == T2_QUERY_PATH ||
		     function == T2_SET_PATH || function == T2_CREATE_DIRECTORY;
	const struct proto_code *row = smb_row(CODE_TRANS2 | (function < CODE_OTHER ? function : CODE_OTHER));

	k->a.code = row->code;
	if (function == T2_QUERY_FILE || function == T2_SET_FILE) {
		smb1_note_file(x, k, cur_le16(&p));
		level = cur_le16(&p);
	} else if (named) {
		if (function == T2_SET_PATH)
			level = cur_le16(&p);
		cur_take(&p, function == T2_OPEN ? 28 : function == T2_FIND_FIRST ? 12 :
			 function == T2_QUERY_PATH ? 6 : 4);
		if (!cur_broken(&p) && !smb1_note_path(x, m, k, &p, PART_NAME, false))
			return false;
	}
	if (cur_broken(&p)) {
		x->why = "length";
		return false;
	}
	k->a.waits = row->verb == VERB_BROWSE || row->verb == VERB_QUERY || row->verb == VERB_RESOLVE;
	if (function == T2_SET_PATH || function == T2_SET_FILE)
		set_level(x, m, k, level, t->data);
	smb_ask(x, k, m->id);
	return true;
}

/* NT_TRANSACT: max setup:1 0:2 total:4 total:4 max:4 max:4 parameters:4 offset:4 data:4
 * offset:4 setup:1 function:2 */
static bool nt_ask(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct cursor w = m->words;

	cur_take(&w, 36);
	uint16_t function = cur_le16(&w);

	if (cur_broken(&w)) {
		x->why = "length";
		return false;
	}
	if (function < CODE_OTHER)
		k->a.code = CODE_NT_TRANS | function;
	const struct proto_code *row = smb_row(k->a.code);

	k->a.waits = row->verb == VERB_QUERY || row->verb == VERB_SUBSCRIBE;
	k->a.kind = KIND_PLAIN;
	smb_ask(x, k, m->id);
	return true;
}

bool smb1_trans(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct trans t = { 0 };

	if (m->command != C_TRANS && m->command != C_TRANS2)
		return nt_ask(x, m, k);
	if (!read_ask(&t, m)) {
		x->why = "offset";
		return false;
	}
	return m->command == C_TRANS ? pipe_ask(x, m, k, &t) : trans2_ask(x, m, k, &t);
}

bool smb1_trans_answer(struct proto_ctx *x, const struct smb1 *m, struct smb_note *k)
{
	struct trans t = { 0 };

	smb_say(x, k, m->status);
	if (k->a.kind != KIND_PIPE || smb_outcome(m->status) != OUT_DONE || m->words.left == 0)
		return true;
	if (!read_answer(&t, m)) {
		x->why = "offset";
		return false;
	}
	smb_pipe_data(x, k->a.file_key, t.data, true);
	return true;
}

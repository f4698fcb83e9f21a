/* proto/smb_file.c: the files, shares and sessions an SMB connection has open, and what came of each file.
 *
 * A file's bytes are hashed in their order. Clients keep several requests under way, and pieces may come
 * before their turn: those wait for what lies before them, as far as there is room (EARLY runs in one
 * direction of a file). A gap that is not filled is missing, and what goes back over bytes already seen is
 * left out: a file read twice is told once, a file written over in places is not complete. */
#include "proto/smb.h"

void *smb_keep_new(struct proto_ctx *x, uint64_t key, enum smb_keep kind, size_t n)
{
	uint8_t *p = keep_new(x, key, n);
	uint64_t oldest;

	if (p == NULL) {
		const uint8_t *old = keep_oldest(x, &oldest);

		if (old != NULL && old[0] == KEEP_FILE)
			smb_file_close(x, oldest, false);
		else if (old != NULL)
			keep_drop(x, oldest);
		p = keep_new(x, key, n);
	}
	if (p != NULL)
		p[0] = (uint8_t)kind;
	return p;
}

struct smb_file *smb_file_at(struct proto_ctx *x, uint64_t key)
{
	return key == 0 ? NULL : keep_find(x, key);
}

struct smb_tree *smb_tree_at(struct proto_ctx *x, uint64_t key)
{
	return key == 0 ? NULL : keep_find(x, key);
}

size_t smb_path(struct proto_ctx *x, uint64_t tree_key, struct bytes name, uint8_t *out, size_t cap)
{
	const struct smb_tree *t = smb_tree_at(x, tree_key);
	size_t n = 0;

	if (t != NULL && t->n > 0) {
		size_t at = t->n;

		while (at > 0 && t->name[at - 1] != '\\')
			at--;
		n = min_size((size_t)t->n - at, cap);
		memcpy(out, t->name + at, n);
	}
	while (name.n > 0 && name.p[0] == '\\') {
		name.p++;
		name.n--;
	}
	if (n < cap && n > 0)
		out[n++] = '/';
	for (size_t i = 0; i < name.n && n < cap; i++)
		out[n++] = name.p[i] == '\\' ? '/' : name.p[i];
	return n;
}

struct smb_file *smb_file_open(struct proto_ctx *x, uint64_t key, const struct smb_note *k, uint64_t act)
{
	struct smb_state *s = x->state;
	struct bytes name = smb_note_part(k, PART_NAME);
	struct smb_file *f = smb_file_at(x, key);

	if (f != NULL)		/* the number is used again: what it stood for was closed unseen */
		smb_file_close(x, key, false);
	f = smb_keep_new(x, key, KEEP_FILE, sizeof(*f));
	if (f == NULL)
		return NULL;
	f->number = ++s->numbers;
	f->tree = k->a.tree;
	f->session = k->a.session;
	f->pipe = k->a.space == SPACE_PIPE;
	f->folder = k->a.flag & 1;
	f->name_n = (uint16_t)min_size(name.n, sizeof(f->name));
	if (f->name_n > 0)
		memcpy(f->name, name.p, f->name_n);
	if (k->a.verb == VERB_WRITE) {
		f->said[1] = 1;
		f->act[1] = act;
	}
	return f;
}

static uint32_t transfer_key(const struct smb_file *f, bool writes)
{
	return (uint32_t)f->number << 1 | writes;
}

static bool at_end(const struct smb_file *f, bool writes)
{
	return f->next[writes] >= f->size || (!writes && f->end != 0 && f->next[0] >= f->end);
}

/* False: no transfer could be opened; the cap counted it. */
static bool running(struct proto_ctx *x, struct smb_file *f, bool writes, uint64_t offset)
{
	/* Many programs look at a file's head, some at its end, before they read it: the last time counts. */
	bool done = !f->gap[0] && at_end(f, false);
	bool again = !writes && f->open[0] && offset == 0 && f->at[0] == 0 && f->next[0] > 0 && !done;

	if (f->open[writes] && !again)
		return true;
	/* What lies before may yet come: it was asked for, or it is all that the file will have. */
	bool from_0 = writes ? f->fresh : offset <= f->asked;

	f->open[writes] = transfer_open(x, transfer_key(f, writes));
	f->at[writes] = f->next[writes] = from_0 ? 0 : offset;
	f->gap[writes] = 0;
	return f->open[writes];
}

static void jump(struct proto_ctx *x, struct smb_file *f, bool writes, uint64_t offset)
{
	if (offset <= f->next[writes])
		return;
	transfer_missing(x, transfer_key(f, writes), offset - f->next[writes]);
	f->next[writes] = offset;
	f->gap[writes] = 1;
}

/* A piece whose turn it is, or that goes back. */
static void feed(struct proto_ctx *x, struct smb_file *f, bool writes, uint64_t offset, struct bytes piece)
{
	uint64_t again = f->next[writes] - offset;

	if (again > 0 && writes)
		f->harmed[1] = 1;
	if (again >= piece.n)
		return;
	piece.p += again;
	piece.n -= (size_t)again;
	transfer_data(x, transfer_key(f, writes), piece);
	f->next[writes] += piece.n;
	if (!writes && f->next[0] > f->end)
		f->end = 0;	/* an answer was short for another reason */
}

/* ---- pieces before their turn ---- */

struct bytes smb_gathered(struct proto_ctx *x, bool asks, uint32_t key)
{
	const struct smb_state *s = x->state;
	bool from_client = x->from_client;

	x->from_client = asks != s->ends.swapped;	/* gather keeps directions apart */
	struct bytes all = gather_take(x, key);

	x->from_client = from_client;
	return all;
}

static uint32_t early_key(const struct smb_file *f, unsigned run)
{
	return UINT32_C(1) << 31 | (uint32_t)f->number << 2 | run;
}

/* The run that comes first in the file; EARLY: none waits. */
static unsigned early_first(const struct smb_file *f)
{
	unsigned first = EARLY;

	for (unsigned i = 0; i < EARLY; i++)
		if (f->early_n[i] > 0 && (first == EARLY || f->early_at[i] < f->early_at[first]))
			first = i;
	return first;
}

/* What has its turn now; all: also what stands behind gaps, which nothing will fill. */
static void early_feed(struct proto_ctx *x, struct smb_file *f, bool writes, bool all)
{
	unsigned i;

	while (f->early_writes == writes && (i = early_first(f)) < EARLY &&
	       (all || f->early_at[i] <= f->next[writes])) {
		struct bytes run = smb_gathered(x, writes, early_key(f, i));
		uint64_t at = f->early_at[i], end = at + f->early_n[i];

		f->early_n[i] = 0;
		jump(x, f, writes, at);
		feed(x, f, writes, at, run);
		/* one message may complete no more than gather.c has room for */
		jump(x, f, writes, end);
	}
}

/* The run that ends here, with room or full; EARLY: none. */
static unsigned early_before(const struct smb_file *f, uint64_t offset, bool full)
{
	for (unsigned i = 0; i < EARLY; i++)
		if (f->early_n[i] > 0 && f->early_at[i] + f->early_n[i] == offset &&
		    (full || f->early_n[i] < CUT_MAX))
			return i;
	return EARLY;
}

/* The run this offset goes on with, or an empty one; EARLY: there is no room. */
static unsigned early_run(const struct smb_file *f, uint64_t offset)
{
	unsigned run = early_before(f, offset, false);

	for (unsigned i = 0; i < EARLY && run == EARLY; i++)
		if (f->early_n[i] == 0)
			run = i;
	return run;
}

/* Will what lies before this offset come? A file of which something is missing will not be whole, and what
 * nobody asked for will not be read; what goes on with a run that waits belongs to the same answer. */
static bool may_wait(const struct smb_file *f, bool writes, uint64_t offset)
{
	if (f->at[writes] != 0 || f->harmed[writes] || f->gap[writes])
		return false;
	if (f->early_writes != writes && early_first(f) < EARLY)
		return false;
	return writes || offset <= f->asked || early_before(f, offset, true) < EARLY;
}

/* Keeps a piece for later; what there is no room for, or no sense in, stays in it. */
static void early_keep(struct proto_ctx *x, struct smb_file *f, bool writes, uint64_t *offset,
		       struct bytes *piece)
{
	if (!may_wait(f, writes, *offset))
		return;
	f->early_writes = writes;
	while (piece->n > 0) {
		unsigned i = early_run(f, *offset);

		if (i == EARLY)
			return;
		size_t n = min_size(piece->n, CUT_MAX - f->early_n[i]);

		if (!gather_add(x, early_key(f, i), (struct bytes){ piece->p, n })) {
			f->early_n[i] = 0;	/* what waited is lost too */
			return;
		}
		if (f->early_n[i] == 0)
			f->early_at[i] = *offset;
		f->early_n[i] += (uint32_t)n;
		*offset += n;
		piece->p += n;
		piece->n -= n;
	}
}

/* ---- what comes ---- */

void smb_file_data(struct proto_ctx *x, uint64_t key, bool writes, uint64_t offset, struct bytes piece)
{
	struct smb_file *f = smb_file_at(x, key);

	if (f == NULL || f->pipe || f->folder || piece.n == 0 || piece.n > UINT64_MAX - offset ||
	    !running(x, f, writes, offset))
		return;
	if (writes && offset + piece.n > f->size)
		f->size = offset + piece.n;
	if (offset > f->next[writes])
		early_keep(x, f, writes, &offset, &piece);
	if (piece.n == 0)
		return;
	if (offset > f->next[writes])
		early_feed(x, f, writes, true);
	jump(x, f, writes, offset);
	feed(x, f, writes, offset, piece);
	early_feed(x, f, writes, false);
}

void smb_file_missing(struct proto_ctx *x, uint64_t key, bool writes, uint64_t offset, uint64_t n)
{
	struct smb_file *f = smb_file_at(x, key);

	if (f == NULL || f->pipe || f->folder || n == 0 || n > UINT64_MAX - offset ||
	    !running(x, f, writes, offset))
		return;
	early_feed(x, f, writes, true);
	jump(x, f, writes, offset);
	jump(x, f, writes, offset + n);
}

void smb_file_begin(struct proto_ctx *x, struct smb_note *k, bool writes)
{
	struct smb_file *f = smb_file_at(x, k->a.file_key);

	k->a.kind = writes ? KIND_WRITE : KIND_READ;
	k->a.waits = !writes;
	k->a.quiet = f == NULL || f->pipe || f->said[writes];
	if (f == NULL)
		return;
	f->said[writes] = 1;
	uint64_t end = k->a.offset + k->a.length;

	if (!writes && k->a.offset <= f->asked && end > f->asked)
		f->asked = end;
}

void smb_file_answered(struct smb_file *f, const struct smb_note *k, uint32_t n)
{
	if (n < k->a.length)
		f->end = k->a.offset + n;
}

void smb_write_refused(struct proto_ctx *x, uint64_t key)
{
	struct smb_file *f = smb_file_at(x, key);

	if (f != NULL)
		f->refused = 1;
}

/* ---- the end of a file ---- */

static bool is_complete(const struct smb_file *f, bool writes, bool in_order)
{
	if (f->at[writes] != 0 || f->harmed[writes] || (writes && (!in_order || f->refused)))
		return false;
	return at_end(f, writes);
}

static void tell(struct proto_ctx *x, struct smb_file *f, bool writes, bool in_order)
{
	struct transfer_result r;
	struct smb_note k = { .a = { .code = writes ? CODE_FILE_WRITTEN : CODE_FILE_READ, .tree = f->tree,
				     .session = f->session, .id = f->first_id } };
	struct smb_own *own;

	early_feed(x, f, writes, true);
	if (!f->open[writes] ||
	    !transfer_close(x, transfer_key(f, writes), is_complete(f, writes, in_order), &r))
		return;
	smb_note_put(&k, PART_NAME, (struct bytes){ f->name, f->name_n });
	struct obs *o = smb_begin(x, &k, f->act[writes] != 0 ? PHASE_ANSWER : PHASE_WHOLE, &own);

	o->re = f->act[writes];
	o->outcome = r.complete ? OUT_DONE : OUT_PARTLY;
	if (own != NULL) {
		transfer_tell(x, &r, o->object.name, &own->transfer);
		own->out_of_order = f->harmed[writes];
	}
	act_emit(x);
}

void smb_file_close(struct proto_ctx *x, uint64_t key, bool in_order)
{
	struct smb_file *f = smb_file_at(x, key);

	if (f == NULL)
		return;
	tell(x, f, false, in_order);
	tell(x, f, true, in_order);
	keep_drop(x, key);
}

void smb_files_end(struct proto_ctx *x)
{
	const uint8_t *p;
	uint64_t key;

	while ((p = keep_oldest(x, &key)) != NULL) {
		if (p[0] == KEEP_FILE)
			smb_file_close(x, key, false);
		else
			keep_drop(x, key);
	}
}

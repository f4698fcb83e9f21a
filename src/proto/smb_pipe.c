/* proto/smb_pipe.c: named pipes over SMB: what is written into them and read from them, handed on to DCE/RPC
 * one PDU at a time (C706 12.6: their length stands in their head). */
#include "proto/smb.h"

enum { PDU_HEAD = 16, PDU_VERSION = 5, PDU_LENGTH_AT = 8, LITTLE_ENDIAN_BIT = 0x10 };

/* Length of the PDU that begins here; 0: this is none. */
static size_t pdu(struct bytes b)
{
	if (b.n < PDU_HEAD || b.p[0] != PDU_VERSION || b.p[1] > 1)
		return 0;
	const uint8_t *p = b.p + PDU_LENGTH_AT;
	size_t n = b.p[4] & LITTLE_ENDIAN_BIT ? (size_t)(p[0] | p[1] << 8) : (size_t)(p[0] << 8 | p[1]);

	return n < PDU_HEAD ? 0 : n;
}

/* It speaks something else: nothing more of it is looked at. */
static void say_opaque(struct proto_ctx *x, struct smb_file *f)
{
	struct smb_note k = { .a = { .code = CODE_PIPE_DATA, .tree = f->tree, .session = f->session,
				     .space = SPACE_PIPE, .id = f->first_id } };
	struct smb_own *own;

	f->opaque = 1;
	smb_note_put(&k, PART_NAME, (struct bytes){ f->name, f->name_n });
	smb_begin(x, &k, PHASE_PUSH, &own);
	act_emit(x);
}

/* Passes on what is whole; returns what is left. */
static struct bytes whole_ones(struct proto_ctx *x, struct smb_file *f, struct bytes all)
{
	struct smb_state *s = x->state;
	const uint8_t *first = all.p;

	while (all.n >= PDU_HEAD) {
		size_t n = pdu(all);

		if (n == 0) {
			say_opaque(x, f);
			all.n = 0;
			break;
		}
		if (n > all.n)
			break;
		if (all.p != first)
			act_apart(x);
		s->pipe = f->number;
		pass(x, cur_over((struct bytes){ all.p, n }));
		all.p += n;
		all.n -= n;
	}
	return all;
}

void smb_pipe_is(struct proto_ctx *x, const struct smb_note *k)
{
	struct smb_note pipe = { .a = { .tree = k->a.tree, .session = k->a.session, .space = SPACE_PIPE } };

	if (k->a.file_key != 0 && smb_file_at(x, k->a.file_key) == NULL)
		smb_file_open(x, k->a.file_key, &pipe, 0);
}

void smb_pipe_data(struct proto_ctx *x, uint64_t key, struct bytes piece, bool last)
{
	struct smb_file *f = smb_file_at(x, key);

	if (f == NULL || !f->pipe || f->opaque)
		return;
	uint8_t *pending = &f->pending[x->from_client];

	if (*pending || !last) {
		*pending = gather_add(x, f->number, piece);
		if (!last || !*pending)
			return;
		*pending = 0;
		piece = gather_take(x, f->number);
	}
	if (piece.n == 0)
		return;
	if (piece.n < PDU_HEAD && piece.p[0] != PDU_VERSION) {
		say_opaque(x, f);
		return;
	}
	struct bytes rest = whole_ones(x, f, piece);

	if (rest.n > 0)
		*pending = gather_add(x, f->number, rest);
}

void smb_pipe_lost(struct proto_ctx *x, uint64_t key)
{
	struct smb_file *f = smb_file_at(x, key);

	if (f == NULL)
		return;
	gather_drop(x, f->number);
	f->pending[x->from_client] = 0;
}

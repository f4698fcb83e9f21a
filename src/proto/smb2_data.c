/* proto/smb2_data.c: READ and WRITE of SMB 2 and 3: where their data lies, and whose it is.
 *
 * Spec: [MS-SMB2] 2.2.19 to 2.2.22; 3.2.4.1.4 (compounds). A WRITE that follows the CREATE of its file in one
 * message knows no number of the file yet: its data waits (gather.c) until both are answered. */
#include "proto/smb.h"

size_t smb2_data_at(struct cursor c)
{
	cur_take(&c, NBSS + 8);
	uint32_t status = cur_le32(&c);
	uint16_t command = cur_le16(&c);

	cur_take(&c, 2);
	bool answer = cur_le32(&c) & IS_ANSWER_2;
	uint32_t next = cur_le32(&c);

	cur_take(&c, HEAD2 - 24);
	uint16_t size = cur_le16(&c);
	size_t at = 0;

	if (command == WRITE && !answer && size == 49)
		at = cur_le16(&c);
	else if (command == READ && answer && size == 17 && smb_outcome(status) == OUT_DONE)
		at = cur_u8(&c);

	if (cur_broken(&c) || next != 0 || at < HEAD2 + 16 || at > HEAD_BIG)
		return 0;
	return NBSS + at;
}

void smb_data(struct proto_ctx *x, const struct smb_note *k, struct bytes here, uint64_t data, uint64_t more)
{
	struct smb_half *h = smb_half_of(x);
	bool writes = k->a.kind == KIND_WRITE;
	const struct smb_file *f = smb_file_at(x, k->a.file_key);

	if (more == 0) {
		if (f != NULL && f->pipe)
			smb_pipe_data(x, k->a.file_key, here, true);
		else
			smb_file_data(x, k->a.file_key, writes, k->a.offset, here);
		return;
	}
	h->body = f == NULL ? BODY_SKIP : f->pipe ? BODY_PIPE : BODY_FILE;
	h->writes = writes;
	h->file = k->a.file_key;
	h->offset = k->a.offset;
	h->data = data;
}

/* READ: padding:1 flags:1 length:4 offset:8 file:16. */
bool smb2_read(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	struct cursor c = m->body;

	cur_take(&c, 2);
	k->a.length = cur_le32(&c);
	k->a.offset = cur_le64(&c);
	smb2_file(x, m, k, &c);
	if (!smb2_fits(x, &c))
		return false;
	smb_file_begin(x, k, false);
	smb_ask(x, k, m->id);
	return true;
}

/* data offset:1 reserved:1 length:4 */
bool smb2_read_answer(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	struct cursor c = m->body;
	size_t at = cur_u8(&c);

	cur_u8(&c);
	uint32_t n = smb_outcome(m->status) == OUT_DONE && m->status != STATUS_EOF ? cur_le32(&c) : 0;

	if (!smb2_fits(x, &c))
		return false;
	if (m->more > 0 ? n > m->more : n > 0 && smb2_at(m, at, n).n == 0) {
		x->why = "offset";
		return false;
	}
	uint64_t act = smb_say(x, k, m->status);
	struct smb_file *f = smb_file_at(x, k->a.file_key);

	if (f != NULL && smb_outcome(m->status) == OUT_DONE) {
		if (act != 0)
			f->act[0] = act;
		smb_file_answered(f, k, n);
	}
	if (n > 0)
		smb_data(x, k, smb2_at(m, at, n), n, m->more);
	return true;
}

/* Messages are numbered in order: the lower half tells those that wait apart. */
static uint32_t waiting_key(uint64_t id)
{
	return UINT32_C(1) << 30 | (uint32_t)(id & 0x3fffffff);
}

/* WRITE: data offset:2 length:4 offset:8 file:16. */
bool smb2_write(struct proto_ctx *x, const struct smb2 *m, struct smb_note *k)
{
	struct cursor c = m->body;
	uint16_t at = cur_le16(&c);

	k->a.length = cur_le32(&c);
	k->a.offset = cur_le64(&c);
	smb2_file(x, m, k, &c);
	if (!smb2_fits(x, &c))
		return false;
	struct bytes here = smb2_at(m, at, k->a.length);

	if (m->more > 0 ? k->a.length > m->more : k->a.length > 0 && here.n == 0) {
		x->why = "offset";
		return false;
	}
	smb_file_begin(x, k, true);
	uint64_t act = smb_ask(x, k, m->id);
	struct smb_file *f = smb_file_at(x, k->a.file_key);

	if (f != NULL && act != 0)
		f->act[1] = act;
	if (k->a.related && m->more == 0) {
		gather_drop(x, waiting_key(m->id));
		gather_add(x, waiting_key(m->id), here);
	} else if (k->a.length > 0) {
		smb_data(x, k, here, k->a.length, m->more);
	}
	return true;
}

void smb2_write_now(struct proto_ctx *x, const struct smb_note *k, bool done)
{
	struct bytes data = smb_gathered(x, true, waiting_key(k->a.id));

	if (!done)
		return;
	if (data.n == k->a.length)
		smb_file_data(x, k->a.file_key, true, k->a.offset, data);
	else
		smb_file_missing(x, k->a.file_key, true, k->a.offset, k->a.length);
}

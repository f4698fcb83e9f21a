/* proto/melsoft_data.c: devices, users and files in MELSOFT (H: captures of an FX5U, unless noted). Sources:
 * melsoft.c.
 *
 * Read (0410), write (1410): 0:10, device:2 address:4 0:4 points:2 [values]. Bits are packed from the lowest
 * on, in whole words. Read scattered (0411): 0:10, words:2 0:4 all:2 0:2, then device:2 address:4 0:4 each.
 * Files: 0:4 (a password would stand there) mode:2 (0100 to write) drive:2 size:4 bytes of name:2 name
 * (UTF-16); pieces as in SLMP. */
#include "proto/melsoft.h"

#include <string.h>

enum { FRONT = 10, WORDS_BYTES = 4096 };

/* Bytes that the values of these points take. */
static size_t value_size(const struct ms_item *it)
{
	if (it->kind != DEV_NONE && melsec_kinds[it->kind].bit)
		return (it->count + 15u) / 16 * 2;
	return (size_t)it->count * 2 * (it->kind == DEV_NONE ? 1 : melsec_kinds[it->kind].words);
}

static void item_read(struct cursor *c, struct ms_item *ret, bool *ret_plain)
{
	*ret = (struct ms_item){ .code = cur_le16(c), .count = 1 };
	ret->number = cur_le32(c);
	ret->kind = ms_kind(ret->code);
	if (cur_le32(c) != 0)
		*ret_plain = false;
}

void ms_item_object(struct proto_ctx *x, struct obs *o, const struct ms_item *it)
{
	char name[MELSEC_NAME];

	if (it->kind != DEV_NONE) {
		melsec_object(x, o, it->kind, it->number, it->count, ms_state(x)->octal);
		return;
	}
	size_t n = melsec_number(name, it->code, 16);

	memcpy(name + n, "h ", 2);
	n += 2;
	n += melsec_number(name + n, it->number, 10);
	o->object.space = SPACE_OTHER;
	o->object.parts = 1;
	o->object.part[0] = it->number;
	o->object.count = it->count;
	o->object.name = act_text(x, (struct bytes){ (const uint8_t *)name, n });
}

static void value(struct proto_ctx *x, const struct ms_item *it, struct bytes data)
{
	uint8_t turned[WORDS_BYTES];
	bool known = it->kind != DEV_NONE;
	size_t width = known && melsec_kinds[it->kind].words == 2 ? 4 : 2;

	if (known && melsec_kinds[it->kind].bit) {
		act_value(x, VAL_BOOL, 1, it->count, (struct bytes){ data.p, (it->count + 7u) / 8 });
	} else if (data.n <= sizeof(turned)) {
		memcpy(turned, data.p, data.n);
		melsec_turn(turned, data.n, width);
		act_value(x, VAL_UINT, (unsigned)width * 8, (unsigned)(data.n / width),
			  (struct bytes){ turned, data.n });
	} else {
		act_value(x, VAL_RAW_LE, (unsigned)width * 8, (unsigned)(data.n / width), data);
	}
}

/* What stands in front of the device; anything but zeros is not understood. */
static bool plain_front(struct cursor *c)
{
	struct bytes front = cur_bytes(c, FRONT);

	for (size_t i = 0; i < front.n; i++)
		if (front.p[i] != 0)
			return false;
	return true;
}

static enum ms_reason read_scattered(struct ms_kept *k, struct cursor *c)
{
	bool plain = plain_front(c);
	unsigned words = cur_le16(c);

	if (cur_le32(c) != 0)
		plain = false;
	unsigned all = cur_le16(c);

	cur_le16(c);
	if (cur_broken(c))
		return BAD_LENGTH;
	if (!plain || words != all || words > ITEMS_KEPT) {
		k->a.opaque = 1;
		return GOOD;
	}
	for (unsigned i = 0; i < words; i++)
		item_read(c, &k->item[i], &plain);
	if (!cur_done(c))
		return BAD_LENGTH;
	if (words == 0)
		return BAD_POINTS;
	k->a.opaque = !plain;
	k->a.items = plain ? (uint16_t)words : 0;
	return GOOD;
}

enum ms_reason ms_data_request(struct proto_ctx *x, struct ms_kept *k, struct bytes data, uint64_t *ret_act)
{
	struct cursor c = cur_over(data);

	if (k->a.command == CMD_READ_RANDOM)
		return read_scattered(k, &c);
	bool write = k->a.command == CMD_WRITE, plain = plain_front(&c);

	item_read(&c, &k->item[0], &plain);
	k->item[0].count = cur_le16(&c);
	if (cur_broken(&c))
		return BAD_LENGTH;
	k->a.opaque = !plain;
	if (plain && k->item[0].count == 0)
		return BAD_POINTS;
	if (plain && c.left != (write ? value_size(&k->item[0]) : 0))
		return BAD_LENGTH;
	k->a.items = plain;
	if (!write)
		return GOOD;
	struct obs *o = ms_begin(x, &k->a, PHASE_ASK);

	if (plain) {
		ms_item_object(x, o, &k->item[0]);
		value(x, &k->item[0], cur_rest(&c));
	}
	ms_own(x, &k->a);
	*ret_act = act_emit(x);
	return GOOD;
}

enum ms_reason ms_data_answer(struct proto_ctx *x, const struct ms_kept *k, struct bytes data)
{
	struct cursor c = cur_over(data);
	size_t n = k->a.command == CMD_READ_RANDOM ? 2 : 0;	/* of unknown meaning, zero when seen */

	cur_take(&c, n);
	for (unsigned i = 0; i < k->a.items; i++)
		n += value_size(&k->item[i]);
	if (n != data.n)
		return BAD_ANSWER_LENGTH;
	for (unsigned i = 0; i < k->a.items; i++) {
		struct obs *o = ms_begin(x, &k->a, PHASE_WHOLE);

		o->item = (uint16_t)i;
		o->items = k->a.items;
		o->outcome = OUT_DONE;
		ms_item_object(x, o, &k->item[i]);
		value(x, &k->item[i], cur_bytes(&c, value_size(&k->item[i])));
		struct ms_own *w = ms_own(x, &k->a);

		if (w != NULL)
			w->has_status = 1;
		act_emit(x);
	}
	return GOOD;
}

/* ---- users ---- */

void ms_user_name(struct ms_kept *k, struct bytes data)
{
	char text[USER_TEXT];
	struct bytes name = { data.p, min_size(data.n, USER_BYTES) };

	ms_keep_name(k, text, melsec_utf16(text, sizeof(text), name));
}

/* NOZ: x:2 users:2, then name:40 SHA-256 of the password:32 level:2 each. Of the passwords nothing is
 * kept. */
uint64_t ms_users(struct proto_ctx *x, const struct ms_kept *k, struct bytes data)
{
	struct cursor c = cur_over(data);
	uint64_t first = 0;

	cur_le16(&c);
	unsigned users = cur_le16(&c);
	bool fits = !cur_broken(&c) && users > 0 && users < ITEMS_MAX && c.left >= (size_t)users * USER_ENTRY;

	for (unsigned i = 0; i < (fits ? users : 1); i++) {
		struct obs *o = ms_begin(x, &k->a, PHASE_ASK);
		char text[USER_TEXT];

		o->item = (uint16_t)i;
		o->items = (uint16_t)(fits ? users : 1);
		if (fits) {
			size_t n = melsec_utf16(text, sizeof(text), cur_bytes(&c, USER_BYTES));

			cur_take(&c, USER_ENTRY - USER_BYTES);
			o->object.space = SPACE_USER;
			o->object.name = act_text(x, (struct bytes){ (const uint8_t *)text, n });
		}
		act_value(x, VAL_SECRET, 0, 0, (struct bytes){ NULL, 0 });
		ms_own(x, &k->a);
		uint64_t act = act_emit(x);

		if (first == 0)
			first = act;
	}
	return first;
}

/* ---- files ---- */

/* Each datagram has a flow of its own: no file can be followed. */
static bool is_alone(const struct proto_ctx *x)
{
	return x->flow != NULL && x->l != NULL && x->l->kind == KIND_UDP;
}

/* Password, mode (open only), drive, size (open) or numbers (list), name. */
static void file_name(struct ms_kept *k, struct cursor c)
{
	char text[USER_TEXT];
	bool open = k->a.command == CMD_FILE_OPEN;

	if (cur_le16(&c) != 0) {	/* a password stands in front: its layout is not known */
		k->a.opaque = 1;
		return;
	}
	cur_take(&c, 2);
	if (open)
		k->a.writing = cur_le16(&c) != 0;
	k->a.drive = (uint8_t)cur_le16(&c);
	if (open)
		cur_le32(&c);
	else if (k->a.command == CMD_FILE_LIST)
		cur_take(&c, 6);
	size_t bytes = cur_le16(&c);
	struct bytes raw = cur_bytes(&c, bytes);

	if (cur_broken(&c)) {
		k->a.opaque = 1;
		return;
	}
	ms_keep_name(k, text, melsec_utf16(text, sizeof(text), raw));
}

static uint64_t say_file(struct proto_ctx *x, const struct ms_kept *k, uint32_t bytes)
{
	struct obs *o = ms_begin(x, &k->a, PHASE_ASK);

	o->verb = k->a.writing ? VERB_WRITE : VERB_READ;
	ms_object(x, o, k);
	if (bytes > 0)
		o->object.count = bytes;
	ms_own(x, &k->a);
	return act_emit(x);
}

uint64_t ms_file_end(struct proto_ctx *x, struct ms_kept *k, struct melsec_file *f, bool complete,
		     uint8_t phase)
{
	struct transfer_result r;
	bool open = transfer_close(x, f->handle, complete && !f->lost, &r);

	f->open = 0;
	k->a.drive = f->drive;
	k->a.writing = f->writing;
	ms_keep_name(k, f->name, f->n);
	struct obs *o = ms_begin(x, &k->a, phase);

	o->verb = f->writing ? VERB_WRITE : VERB_READ;
	if (phase == PHASE_PUSH)
		o->outcome = OUT_PARTLY;
	ms_object(x, o, k);
	struct ms_own *w = ms_own(x, &k->a);

	if (w != NULL && open)
		transfer_tell(x, &r, o->object.name, &w->transfer);
	return act_emit(x);
}

/* A piece that is written to a file which nobody was seen to open for that, because the capture began later
 * or it was opened to be read: the first one is an act, or the change would show only when the file is
 * closed. */
static uint64_t say_written(struct proto_ctx *x, struct ms_kept *k, struct bytes piece)
{
	struct melsec_file *files = ms_state(x)->file, *f = melsec_file_of(files, k->a.handle);
	bool told = f != NULL && f->writing;

	melsec_file_data(x, files, k->a.handle, k->a.offset, piece, true);
	if (told)
		return 0;
	f = melsec_file_of(files, k->a.handle);
	if (f != NULL) {
		f->writing = 1;
		k->a.drive = f->drive;
		ms_keep_name(k, f->name, f->n);
	}
	return say_file(x, k, (uint32_t)piece.n);
}

enum ms_reason ms_file_request(struct proto_ctx *x, struct ms_kept *k, struct bytes data, uint64_t *ret_act)
{
	struct cursor c = cur_over(data);

	if (k->a.command <= CMD_FILE_OPEN) {
		file_name(k, c);
		if (k->a.command == CMD_FILE_OPEN)
			*ret_act = say_file(x, k, 0);
		return GOOD;
	}
	k->a.handle = cur_le16(&c);
	if (k->a.command == CMD_FILE_CLOSE) {
		struct melsec_file *f = melsec_file_of(ms_state(x)->file, k->a.handle);

		if (cur_broken(&c))
			return BAD_LENGTH;
		*ret_act = f != NULL ? ms_file_end(x, k, f, true, PHASE_ASK) : say_file(x, k, 0);
		return GOOD;
	}
	k->a.writing = k->a.command == CMD_FILE_WRITE;
	k->a.offset = cur_le32(&c);
	size_t n = cur_le16(&c);
	struct bytes piece = cur_bytes(&c, k->a.writing ? n : 0);

	if (cur_broken(&c))
		return BAD_LENGTH;
	if (is_alone(x))
		*ret_act = say_file(x, k, (uint32_t)n);
	else if (k->a.writing)
		*ret_act = say_written(x, k, piece);
	return GOOD;
}

enum ms_reason ms_file_answer(struct proto_ctx *x, struct ms_kept *k, struct bytes data)
{
	struct cursor c = cur_over(data);
	uint16_t n = cur_le16(&c);	/* a handle, or how many bytes */

	if (cur_broken(&c))
		return BAD_ANSWER_LENGTH;
	if (k->a.command == CMD_FILE_OPEN) {
		struct melsec_file *f = melsec_file_open(x, ms_state(x)->file, n, k->a.writing);

		if (f != NULL) {
			f->drive = k->a.drive;
			f->n = (uint8_t)min_size(k->a.name_n, MELSEC_FILE_NAME);
			memcpy(f->name, k->name, f->n);
		}
	} else if (k->a.command == CMD_FILE_READ) {
		struct bytes piece = cur_bytes(&c, n);

		if (cur_broken(&c))
			return BAD_ANSWER_LENGTH;
		if (!is_alone(x))
			melsec_file_data(x, ms_state(x)->file, k->a.handle, k->a.offset, piece, false);
	}
	return GOOD;
}

/* proto/slmp_file.c: files on a controller's drives (SR 5.8, MC 12). "SR" and "MC" as in slmp.c.
 *
 * Names stand behind the password (4 bytes; 32 with subcommand 4; behind their length:2 with 40) and the
 * drive:2, as characters:2 and ASCII, or UTF-16 with subcommand 40. Open: password mode:2 drive:2 name,
 * answered by a handle:2. Read and write: handle:2 offset:4 bytes:2 [data], answered by bytes:2 [data].
 * Close: handle:2 kind:2. In ASCII numbers, and characters in UTF-16, are digits, highest first; a byte of a
 * file is two; passwords and other characters stand as they are (MC 12.3, 12.6). (H for the numbers and for
 * open, read, write, attributes and date; M for the order of what stands in front of other names.) A layout
 * that does not fit is not held against anybody: the act has no name then. */
#include "proto/slmp.h"

#include <string.h>

static struct sl_state *state(const struct proto_ctx *x)
{
	return x->state;
}

/* ---- acts ---- */

static void object(struct proto_ctx *x, struct obs *o, const struct sl_kept *k)
{
	struct bytes name = { (const uint8_t *)k->item, k->a.name_n };

	if (name.n == 0)
		return;
	o->object.space = SPACE_FILE;
	o->object.parts = 1;
	o->object.part[0] = k->a.drive;
	o->object.name = act_text(x, name);
}

/* The verb of opening and closing is what is done to the file; its class is what its name says. */
static struct obs *begin(struct proto_ctx *x, const struct sl_kept *k, uint8_t phase)
{
	struct obs *o = sl_begin(x, &k->a, phase);

	o->trust = TRUST_LIKELY;
	if (k->a.command >= CMD_FILE_OPEN && k->a.command <= CMD_FILE_CLOSE)
		o->verb = k->a.writing ? VERB_WRITE : VERB_READ;
	if (k->a.name_n > 0)
		o->object.class = melsec_file_class((struct bytes){ (const uint8_t *)k->item, k->a.name_n });
	object(x, o, k);
	return o;
}

static uint64_t say(struct proto_ctx *x, const struct sl_kept *k)
{
	begin(x, k, PHASE_ASK);
	sl_own(x, &k->a);
	return act_emit(x);
}

static void keep_name(struct sl_kept *k, const void *name, size_t n)
{
	k->a.name_n = (uint8_t)n;
	k->a.n = (uint16_t)((n + sizeof(k->item[0]) - 1) / sizeof(k->item[0]));
	memset(k->item, 0, k->a.n * sizeof(k->item[0]));
	memcpy(k->item, name, n);
}

/* Ends a file's transfer with an act. */
static uint64_t say_end(struct proto_ctx *x, struct sl_kept *k, struct melsec_file *f, bool complete,
			uint8_t phase)
{
	struct transfer_result r;
	bool open = transfer_close(x, f->handle, complete && !f->lost, &r);

	f->open = 0;
	k->a.drive = f->drive;
	k->a.writing = f->writing;
	keep_name(k, f->name, f->n);
	struct obs *o = begin(x, k, phase);

	if (phase == PHASE_PUSH)
		o->outcome = OUT_PARTLY;
	struct sl_own *w = sl_own(x, &k->a);

	if (w != NULL && open)
		transfer_tell(x, &r, o->object.name, &w->transfer);
	return act_emit(x);
}

/* A piece that is written to a file which nobody was seen to open for that, because the capture began later
 * or it was opened to be read: the first one is an act, or the change would show only when the file is
 * closed. */
static uint64_t say_written(struct proto_ctx *x, struct sl_kept *k, struct bytes piece)
{
	struct melsec_file *files = state(x)->file, *f = melsec_file_of(files, (uint16_t)k->a.a);
	bool told = f != NULL && f->writing;

	melsec_file_data(x, files, (uint16_t)k->a.a, k->a.b, piece, true);
	if (told)
		return 0;
	f = melsec_file_of(files, (uint16_t)k->a.a);
	if (f != NULL) {
		f->writing = 1;
		k->a.drive = f->drive;
		keep_name(k, f->name, f->n);
	}
	begin(x, k, PHASE_ASK)->object.count = (uint32_t)piece.n;
	sl_own(x, &k->a);
	return act_emit(x);
}

/* ---- requests ---- */

static void password(struct sl_in *in, uint16_t sub)
{
	sl_text(in, sub == 0x40 ? sl_u16(in) : sub == 4 ? 32 : 4);
}

/* True: the name was read and nothing is left behind it (more: something may follow). */
static bool name(struct sl_kept *k, struct sl_in *in, bool more)
{
	char text[MELSEC_FILE_NAME];
	size_t n = sl_u16(in);
	if (k->a.sub == 0x40) {
		n = sl_utf16(text, sizeof(text), in, n);
	} else {
		struct bytes raw = sl_text(in, n);

		n = min_size(raw.n, sizeof(text));
		memcpy(text, raw.p != NULL ? raw.p : (const uint8_t *)"", n);
	}
	if (sl_broken(in) || (in->c.left > 0 && !more))
		return false;
	keep_name(k, text, n);
	return true;
}

/* What stands between the drive and the name. */
static size_t between(uint16_t command)
{
	switch (command) {
	case CMD_FILE_NEW: case CMD_FILE_DATE: return 4;	/* size; date and time */
	case CMD_FILE_STATE: return 2;				/* attribute */
	}
	return 0;
}

static enum sl_reason named(struct proto_ctx *x, struct sl_kept *k, struct sl_in in, uint64_t *ret_act)
{
	if (k->a.command == CMD_FILE_COPY)
		sl_part(&in, 8);	/* MC 12.5: zeros */
	password(&in, k->a.sub);	/* of 1811 and 1826 zeros or blanks of the same length */
	if (k->a.command == CMD_FILE_OPEN)
		k->a.writing = sl_u16(&in) != 0;	/* 0001, or 0100 of other clients: to write */
	uint16_t drive = sl_u16(&in);

	k->a.drive = (uint8_t)drive;
	sl_part(&in, between(k->a.command));
	if (drive > UINT8_MAX || !name(k, &in, k->a.command == CMD_FILE_COPY)) {
		k->a.n = k->a.name_n = 0;
	}
	if (!sl_waits(&k->a))
		*ret_act = say(x, k);
	return GOOD;
}

enum sl_reason sl_file_request(struct proto_ctx *x, struct sl_kept *k, struct sl_in in, uint64_t *ret_act)
{
	uint8_t buffer[WORDS_BYTES];
	struct melsec_file *f;

	if (k->a.command <= CMD_FILE_OPEN)
		return named(x, k, in, ret_act);
	k->a.a = sl_u16(&in);
	if (k->a.command == CMD_FILE_CLOSE) {
		sl_u16(&in);
		if (!sl_left(&in, 0))
			return in.digits ? BAD_DIGITS : BAD_LENGTH;
		f = melsec_file_of(state(x)->file, (uint16_t)k->a.a);
		*ret_act = f != NULL ? say_end(x, k, f, true, PHASE_ASK) : say(x, k);
		return GOOD;
	}
	k->a.b = sl_u32(&in);
	size_t n = sl_u16(&in);

	if (sl_broken(&in))
		return in.digits ? BAD_DIGITS : BAD_LENGTH;
	k->a.writing = k->a.command == CMD_FILE_WRITE;
	if (!sl_left(&in, k->a.writing ? n : 0))
		return k->a.writing ? BAD_DATA_LENGTH : BAD_LENGTH;
	struct bytes data = sl_plain(in, buffer);

	if (data.n != (k->a.writing ? n : 0))
		return BAD_DIGITS;
	if (k->a.writing)
		*ret_act = say_written(x, k, data);
	return GOOD;
}

/* ---- answers ---- */

static void say_answer(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask, uint8_t outcome,
		       uint16_t end)
{
	struct obs *o = begin(x, k, ask->act == 0 ? PHASE_WHOLE : PHASE_ANSWER);

	o->outcome = outcome;
	o->result = end;
	if (outcome == OUT_UNANSWERED || outcome == OUT_UNKNOWN)
		sl_own(x, &k->a);
	else
		sl_own_answered(x, &k->a, end);
	act_emit(x);
}

void sl_file_say(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask, uint8_t outcome,
		 uint16_t end)
{
	bool block = k->a.command == CMD_FILE_READ || k->a.command == CMD_FILE_WRITE;

	if (!block || ask->act != 0 || outcome == OUT_REFUSED)
		say_answer(x, k, ask, outcome, end);
}

static enum sl_reason opened(struct proto_ctx *x, const struct sl_kept *k, struct sl_in in)
{
	uint16_t handle = sl_u16(&in);

	if (!sl_left(&in, 0))
		return in.digits ? BAD_DIGITS : BAD_ANSWER_LENGTH;
	struct melsec_file *f = melsec_file_open(x, state(x)->file, handle, k->a.writing);

	if (f != NULL) {
		f->drive = k->a.drive;
		f->n = (uint8_t)min_size(k->a.name_n, MELSEC_FILE_NAME);
		memcpy(f->name, k->item, f->n);
	}
	return GOOD;
}

enum sl_reason sl_file_answer(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask,
			      struct sl_in in, uint16_t end)
{
	uint8_t buffer[WORDS_BYTES];
	enum sl_reason r = GOOD;

	if (end != 0) {
		sl_file_say(x, k, ask, OUT_REFUSED, end);
		return GOOD;
	}
	if (k->a.command == CMD_FILE_OPEN) {
		r = opened(x, k, in);
	} else if (k->a.command == CMD_FILE_READ) {
		size_t n = sl_u16(&in);

		if (!sl_left(&in, n))
			return in.digits ? BAD_DIGITS : BAD_ANSWER_LENGTH;
		struct bytes data = sl_plain(in, buffer);

		if (data.n != n)
			return BAD_DIGITS;
		melsec_file_data(x, state(x)->file, (uint16_t)k->a.a, k->a.b, data, false);
	} else if (k->a.command == CMD_FILE_WRITE) {
		r = sl_left(&in, 2) ? GOOD : BAD_ANSWER_LENGTH;
	} else if (k->a.command != CMD_FILE_FIND && in.c.left != 0) {
		r = BAD_ANSWER_LENGTH;
	}
	sl_file_say(x, k, ask, r == GOOD ? OUT_DONE : OUT_UNKNOWN, 0);
	return r;
}

void sl_files_lost(struct proto_ctx *x)
{
	struct sl_state *st = x->state;

	for (unsigned i = 0; i < MELSEC_FILES; i++)
		st->file[i].lost = 1;
}

void sl_files_end(struct proto_ctx *x)
{
	struct sl_state *st = x->state;

	for (unsigned i = 0; i < MELSEC_FILES; i++) {
		struct sl_kept k = { .a = { .command = CMD_FILE_CLOSE, .by_client = 1, .shape = SHAPE_FILE,
					    .pc = PC_OWN, .io = IO_OWN } };

		if (st->file[i].open)
			say_end(x, &k, &st->file[i], false, PHASE_PUSH);
	}
}

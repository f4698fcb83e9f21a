/* proto/lsv2_file.c: files on their way to and from the control.
 *
 * To it (PYL): C_FL, answered; S_FL with a block, each answered by T_OK; T_FD, answered only after C_CC 19.
 * From it: R_FL, answered by S_FL; each block answered by T_OK; T_FD. In text mode (no 1 behind the name)
 * lines end with NUL on the wire: both ends make CR LF of it, and so do we, so that size and digest are
 * those of the file on the PC. */
#include "proto/lsv2.h"

#include <string.h>

enum { KEY_FILE = 1 };

static const uint8_t line_end[2] = "\r\n";

/* a NULL: its beginning was not seen. */
void lsv2_file_open(struct proto_ctx *x, const struct lsv2_asked *a, uint8_t mode)
{
	struct lsv2_state *st = x->state;

	if (a != NULL)
		st->file = *a;
	else
		memset(&st->file, 0, sizeof(st->file));
	st->mode = transfer_open(x, KEY_FILE) ? mode : MODE_NONE;
	if (st->file.class == CLASS_TOOL)
		lsv2_table_open(x);
}

void lsv2_file_data(struct proto_ctx *x, struct bytes data)
{
	struct lsv2_state *st = x->state;
	struct cursor c = cur_over(data);

	if (st->file.class == CLASS_TOOL)
		lsv2_table_add(x, data, st->mode == MODE_SEND);
	if (st->file.binary || st->file.code == 0) {
		transfer_data(x, KEY_FILE, data);
		return;
	}
	while (c.left > 0) {
		size_t left = c.left;
		struct bytes line = lsv2_string(&c);

		transfer_data(x, KEY_FILE, line);
		if (line.n < left)
			transfer_data(x, KEY_FILE, (struct bytes){ line_end, sizeof(line_end) });
	}
}

uint64_t lsv2_file_end(struct proto_ctx *x, uint8_t phase, bool whole, uint16_t result)
{
	struct lsv2_state *st = x->state;
	struct lsv2_asked end = st->file;
	struct transfer_result r;
	bool reads = st->mode == MODE_READ;
	uint32_t left_out = st->file.class == CLASS_TOOL ? lsv2_table_close(x) : 0;

	st->mode = MODE_NONE;
	if (!transfer_close(x, KEY_FILE, whole && st->file.code != 0, &r))
		return 0;
	end.code = T_FD;
	struct obs *o = lsv2_begin(x, &end, phase);

	if (reads)
		o->verb = VERB_READ;
	o->result = result;
	if (!r.complete)
		o->outcome = OUT_PARTLY;
	else if (phase == PHASE_WHOLE)
		o->outcome = OUT_DONE;
	struct lsv2_own *w = lsv2_own(x, &end);

	if (w != NULL) {
		transfer_tell(x, &r, o->object.name, &w->transfer);
		w->left_out = left_out;
		w->error_class = result >> 8;
		w->error = lsv2_error((uint8_t)result);
	}
	return act_emit(x);
}

void lsv2_file_drop(struct proto_ctx *x)
{
	struct lsv2_state *st = x->state;
	struct transfer_result r;

	if (st->file.class == CLASS_TOOL)
		lsv2_table_close(x);
	transfer_close(x, KEY_FILE, false, &r);
	st->mode = MODE_NONE;
}

void lsv2_file_missing(struct proto_ctx *x, uint64_t bytes)
{
	const struct lsv2_state *st = x->state;

	if (ends_asks(x) == (st->mode == MODE_SEND))
		transfer_missing(x, KEY_FILE, bytes);
}

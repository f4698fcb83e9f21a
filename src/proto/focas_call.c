/* proto/focas_call.c: calls of functions: what is asked, and what is written at once. */
#include "proto/focas.h"

#include <string.h>

/* PYF: length:2 (of all, itself included) group:2 path:2 function:2, five arguments of 4 bytes, the last
 * the number of bytes that follow (LIB: in its low half). */
static bool read_block(struct cursor *c, struct focas_block *ret, struct bytes *ret_data)
{
	uint16_t length = cur_be16(c);

	if (cur_broken(c) || length < FOCAS_BLOCK)
		return false;
	struct cursor in = cur_sub(c, length - 2u);

	*ret = (struct focas_block){ .group = cur_be16(&in) };
	ret->path = cur_be16(&in);
	ret->function = cur_be16(&in);
	for (unsigned i = 0; i < ARRAY_LEN(ret->argument); i++)
		ret->argument[i] = (int32_t)cur_be32(&in);
	cur_take(&in, 4);
	*ret_data = cur_rest(&in);
	ret->n = (uint32_t)ret_data->n;
	return !cur_broken(c);
}

/* What a function writes, as far as its data say it. */
static void written(struct proto_ctx *x, const struct focas_block *b, struct bytes data, unsigned at)
{
	const struct focas_function *f;

	focas_row(b->group, b->function, &f);
	switch (f->shape) {
	case SHAPE_VARIABLES:
		if (data.n >= FOCAS_RECORD)
			focas_number(x, (struct bytes){ data.p + at * FOCAS_RECORD, FOCAS_RECORD }, true);
		return;
	case SHAPE_DECIMALS:
		if (data.n == FOCAS_RECORD)
			focas_number(x, data, true);
		else if (data.n > 0)
			act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
		return;
	case SHAPE_U16:
		act_value(x, VAL_UINT, 16, (unsigned)data.n / 2, (struct bytes){ data.p, data.n / 2 * 2 });
		return;
	case SHAPE_PMC:
		focas_pmc(x, b, data);
		return;
	case SHAPE_NONE:
		return;
	}
	if (data.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
}

static void say_now(struct proto_ctx *x, struct focas_block *b, struct bytes data)
{
	unsigned acts = focas_acts(b, data);

	for (unsigned i = 0; i < acts && focas_room(x); i++) {
		struct obs *o = focas_begin_block(x, b, data, PHASE_ASK);

		focas_nth(o, b, i);
		written(x, b, data, i);
		focas_own(x, TYPE_CALL, b);
		b->last = act_emit(x);
		if (i == 0)
			b->first = b->last;
		b->acts++;
	}
}

void focas_remember(struct proto_ctx *x, const struct focas_asked *a, uint64_t act)
{
	struct focas_state *st = x->state;
	uint8_t blob[ASK_BLOB_MAX];
	size_t head = offsetof(struct focas_asked, block) + a->kept * sizeof(a->block[0]);

	_Static_assert(offsetof(struct focas_asked, path) <= ASK_BLOB_MAX, "all blocks fit");
	_Static_assert(offsetof(struct focas_asked, block) + sizeof(struct focas_block) + FOCAS_PATH_KEPT <=
			       ASK_BLOB_MAX,
		       "one block and its path fit");
	memcpy(blob, a, head);
	memcpy(blob + head, a->path, a->path_n);
	if (!pair_ask(x, st->asks++, act, blob, head + a->path_n) && act == 0)
		focas_say_open(x, a, 0, OUT_UNKNOWN, 0, 0);
}

/* Are the blocks that a call announces all there, and how many acts do they make at once? */
static bool count_blocks(struct cursor c, unsigned count, size_t *ret_acts)
{
	struct focas_block b;
	struct bytes data;

	*ret_acts = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!read_block(&c, &b, &data))
			return false;
		*ret_acts += focas_waits(&b) ? 0 : focas_acts(&b, data);
	}
	return cur_done(&c);
}

bool focas_call(struct proto_ctx *x, struct bytes body)
{
	struct focas_asked a;
	struct cursor c = cur_over(body);
	uint16_t count = cur_be16(&c);
	struct bytes data = { NULL, 0 };
	size_t acts;

	memset(&a, 0, offsetof(struct focas_asked, block));
	a.type = TYPE_CALL;
	if (body.n == 0) {		/* LIB: sent once when a connection begins */
		focas_remember(x, &a, 0);
		return true;
	}
	if (!count_blocks(c, count, &acts) || count == 0) {
		x->why = "blocks";
		a.bad = 1;
		focas_remember(x, &a, 0);
		return false;
	}
	focas_items(x, acts);
	a.blocks = (uint8_t)min_size(count, UINT8_MAX);
	for (unsigned i = 0; i < count; i++) {
		struct focas_block b;

		read_block(&c, &b, &data);
		if (!focas_waits(&b))
			say_now(x, &b, data);
		if (a.kept < FOCAS_BLOCKS_KEPT)
			a.block[a.kept++] = b;
	}
	a.more = count > FOCAS_BLOCKS_KEPT;
	if (count == 1 && a.block[0].n > 0) {
		data = focas_text(data);
		a.path_n = (uint16_t)min_size(data.n, sizeof(a.path));
		memcpy(a.path, data.p, a.path_n);
	}
	focas_remember(x, &a, a.block[0].first);
	return true;
}

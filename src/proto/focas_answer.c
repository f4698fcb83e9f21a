/* proto/focas_answer.c: what the control answers to calls, held against what was asked. */
#include "proto/focas.h"

#include <string.h>

struct answered {		/* one function */
	struct focas_block block;	/* as asked, or as the answer names it */
	struct bytes data;
	uint16_t error, detail;
	bool seen;		/* it was asked */
	bool beyond;		/* it was, but is not kept */
};

/* LIB: length:2 (of all, itself included) group:2 path:2 function:2 error:2 detail:2 detail:2 bytes:2 data */
static bool read_answer(struct cursor *c, struct answered *ret)
{
	uint16_t length = cur_be16(c);
	struct cursor in = cur_sub(c, length - 2u);	/* less than 2 is more than there is */

	*ret = (struct answered){ .block = { .group = cur_be16(&in) } };
	ret->block.path = cur_be16(&in);
	ret->block.function = cur_be16(&in);
	ret->error = cur_be16(&in);
	ret->detail = cur_be16(&in);
	cur_take(&in, 2);
	ret->data = cur_bytes(&in, cur_be16(&in));
	return !cur_broken(c) && !cur_broken(&in);
}

void focas_note_unasked(struct proto_ctx *x, struct obs *o)
{
	if (!(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
}

bool focas_unpack(const struct ask *ask, struct focas_asked *ret)
{
	size_t head = offsetof(struct focas_asked, block), blocks;

	if (ask->n < head)
		return false;
	memcpy(ret, ask->blob, head);
	blocks = ret->kept * sizeof(ret->block[0]);
	if (ret->kept > FOCAS_BLOCKS_KEPT || ret->path_n > sizeof(ret->path) ||
	    ask->n != head + blocks + ret->path_n)
		return false;
	memcpy(ret->block, ask->blob + head, blocks);
	memcpy(ret->path, ask->blob + head + blocks, ret->path_n);
	return true;
}

struct wanted { uint16_t type; unsigned blocks; const struct focas_block *first; };

static bool same(const struct focas_asked *a, const struct wanted *w)
{
	if (a->type != w->type)
		return false;
	return w->first == NULL || a->kept == 0 ||
	       (a->blocks == w->blocks && a->block[0].group == w->first->group &&
		a->block[0].function == w->first->function);
}

static enum fit fit(struct proto_ctx *x, const struct ask *ask, const void *answer)
{
	struct focas_asked a;

	(void)x;
	return focas_unpack(ask, &a) && same(&a, answer) ? FIT_GOOD : FIT_NONE;
}

/* Controls answer in order, so an older request of another kind will not be answered any more. */
const struct ask *focas_asked(struct proto_ctx *x, uint16_t type, unsigned blocks,
			      const struct focas_block *first, struct focas_asked *ret)
{
	const struct wanted w = { type, blocks, first };
	const struct ask *ask = pair_in_order(x, fit, &w);

	return ask != NULL && focas_unpack(ask, ret) && same(ret, &w) ? pair_answer_in_order(x, ask) : NULL;
}

static bool is_lines(const struct focas_block *b)
{
	const struct focas_function *f;

	focas_row(b->group, b->function, &f);
	return f->shape == SHAPE_LINES;
}

static size_t acts_of(const struct answered *r)
{
	if (!r->seen)
		return 1;	/* of which numbers cannot be said */
	if (r->error != 0 || !focas_waits(&r->block))
		return max_size(r->block.acts, 1);
	return focas_acts(&r->block, r->data);
}

/* An answer does not repeat what was asked for: without its request there is no object. */
static void unnamed(struct proto_ctx *x, struct obs *o, const struct answered *r)
{
	const struct focas_function *f;

	focas_row(r->block.group, r->block.function, &f);
	if (f->names != NAMES_NOTHING) {
		uint8_t class = o->object.class;

		o->object = (struct locator){ .class = class };
	}
	if (o->note.n == 0 && !r->beyond)
		focas_note_unasked(x, o);
}

static void say_one(struct proto_ctx *x, const struct answered *r, struct bytes path, size_t at, size_t all)
{
	const struct focas_block *b = &r->block;
	bool wait = r->seen && focas_waits(b);
	struct obs *o = focas_begin_block(x, b, path, wait ? PHASE_WHOLE : PHASE_ANSWER);
	struct side device = o->device;

	if (!r->seen)
		unnamed(x, o, r);
	o->re = 0;
	if (r->seen && !wait)
		o->re = b->first + (all > 1 ? (b->last - b->first) / (all - 1) * at : 0);
	if (r->seen && all > 1)
		focas_nth(o, b, (unsigned)at);
	struct focas_own *w = focas_own(x, TYPE_CALL, b);

	focas_result(o, w, r->error, r->detail);
	if (r->error == 0 && wait)
		focas_value(x, w, b, r->data, (unsigned)at, (unsigned)all);
	else if (r->error == 0 && !r->seen && r->data.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)r->data.n, r->data);
	bool runs = r->seen && wait && (o->object.space == SPACE_RUNNING || o->object.space == SPACE_MAIN);
	unsigned place = (b->path > 1 ? (b->path - 1u) * 2 : 0) + (o->object.space == SPACE_MAIN);
	struct running_name name = runs ? running_of(o) : (struct running_name){ .n = 0 };

	act_emit(x);
	running_say(x, &((struct focas_state *)x->state)->running, &device, place, &name);
	if (r->error == 0 && at == 0)
		focas_facts(x, &device, b, r->data);
}

static void say_block(struct proto_ctx *x, const struct answered *r, struct bytes path)
{
	size_t all = acts_of(r);

	if (r->seen && r->error == 0 && is_lines(&r->block)) {
		focas_lines(x, &r->block, path, r->data);
		return;
	}
	for (size_t i = 0; i < all && focas_room(x); i++)
		say_one(x, r, path, i, all);
}

/* A poll of one function that says what it said before. Asked only while nothing was said of this message. */
static bool is_known(struct proto_ctx *x, const struct answered *r, struct bytes body)
{
	const struct focas_state *st = x->state;
	const struct focas_function *f;

	focas_row(r->block.group, r->block.function, &f);
	if (st->items != 0 || !r->seen || r->error != 0 || !focas_waits(&r->block) ||
	    f->shape == SHAPE_LINES || f->names == NAMES_PATH || (f->shape == SHAPE_SYSTEM && !st->told) ||
	    focas_acts(&r->block, r->data) != 1)
		return false;
	return act_again(x, (struct bytes){ (const uint8_t *)&r->block, offsetof(struct focas_block, acts) },
			 body);
}

static void match(struct answered *r, const struct focas_asked *a, bool asked, unsigned at)
{
	const struct focas_block *b = &a->block[min_size(at, FOCAS_BLOCKS_KEPT - 1)];

	r->beyond = asked && a->more && at >= a->kept;
	if (!asked || at >= a->kept || b->group != r->block.group || b->function != r->block.function)
		return;
	r->block = *b;
	r->seen = true;
}

/* Reads all blocks; false when they do not fill the body. */
static bool count_blocks(struct cursor c, unsigned count, const struct focas_asked *a, bool asked,
			 size_t *ret_acts)
{
	struct answered r;

	*ret_acts = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!read_answer(&c, &r))
			return false;
		match(&r, a, asked, i);
		*ret_acts += acts_of(&r);
	}
	return cur_done(&c);
}

bool focas_answer(struct proto_ctx *x, struct bytes body)
{
	struct focas_asked a;
	struct cursor c = cur_over(body), first = c;
	uint16_t count = cur_be16(&c);
	struct answered r;
	size_t acts;

	cur_take(&first, 2);
	bool whole = read_answer(&first, &r);
	const struct ask *ask = focas_asked(x, TYPE_CALL, count, whole ? &r.block : NULL, &a);
	bool asked = ask != NULL && !a.bad;

	if (!whole || !count_blocks(c, count, &a, asked, &acts)) {
		if (asked)
			focas_say_open(x, &a, ask->act, OUT_UNKNOWN, 0, 0);
		x->why = "blocks";
		return false;
	}
	if (asked && a.blocks == 0) {
		focas_say_open(x, &a, 0, OUT_DONE, 0, 0);
		return true;
	}
	match(&r, &a, asked, 0);
	if (count == 1 && is_known(x, &r, body))
		return true;
	focas_items(x, acts);
	for (unsigned i = 0; i < count; i++) {
		read_answer(&c, &r);
		match(&r, &a, asked, i);
		say_block(x, &r, asked ? (struct bytes){ a.path, a.path_n } : (struct bytes){ NULL, 0 });
	}
	return true;
}

/* LIB: status:4 detail:2 and two bytes more; a status below zero has its sign in the low half alone. */
bool focas_refusal(struct proto_ctx *x, uint16_t type, struct bytes body)
{
	struct cursor c = cur_over(body);
	struct focas_asked a;
	uint16_t result = (uint16_t)cur_be32(&c), detail = cur_be16(&c);

	if (cur_broken(&c)) {
		x->why = "length";
		return false;
	}
	const struct ask *ask = focas_asked(x, type, 0, NULL, &a);

	if (result != 0)
		focas_program_refused(x, type);
	if (ask != NULL) {
		focas_say_open(x, &a, ask->act, result == 0 ? OUT_DONE : OUT_REFUSED, result, detail);
		return true;
	}
	focas_items(x, 1);
	struct obs *o = focas_begin(x, focas_type_row(type), PHASE_ANSWER);

	focas_note_unasked(x, o);
	focas_result(o, focas_own(x, type, NULL), result, detail);
	act_emit(x);
	return true;
}

/* proto/fins_block.c: programs and files that come block by block, each told as one thing: an act when it
 * opens, one with size and digest when it ends. Blocks between them have no act of their own.
 *
 * A program ends with the block that says so (CR 5-3, bit 15 of the number of bytes); a file that is read
 * ends where its size says. A file that is written has no end mark: it ends with its flow or with the next
 * file. */
#include "proto/fins.h"

#include <string.h>

static unsigned stream_of(enum shape shape)
{
	return shape == SHAPE_PROGRAM_WRITE  ? STREAM_PROGRAM_IN
	       : shape == SHAPE_PROGRAM_READ ? STREAM_PROGRAM_OUT
	       : shape == SHAPE_FILE_WRITE   ? STREAM_FILE_IN
					     : STREAM_FILE_OUT;
}

static uint16_t code_of(unsigned at)
{
	static const uint16_t codes[STREAMS] = { 0x0307, 0x0306, 0x2203, 0x2202 };

	return codes[at];
}

/* Does this block go on where the last one ended. */
static bool follows(const struct fins_stream *s, const struct fins_wish *w)
{
	uint8_t path[NAME_KEPT];
	size_t n = fins_path(path, w, w->name);

	return s->open && s->number == w->number && w->place == s->next && s->n == n &&
	       memcmp(s->name, path, n) == 0;
}

static void name_object(struct proto_ctx *x, struct obs *o, const struct fins_stream *s, unsigned at)
{
	o->object.space = at >= STREAM_FILE_IN ? SPACE_FILE : SPACE_PROGRAM;
	o->object.parts = 1;
	o->object.part[0] = s->number;
	o->object.name = act_text(x, (struct bytes){ s->name, s->n });
}

/* The act that ends a transfer. a is the request that ended it; NULL: it ended without one. */
static void say_end(struct proto_ctx *x, const struct fins_asked *a, unsigned at, uint8_t phase,
		    bool complete)
{
	struct fins_state *st = x->state;
	struct fins_stream *s = &st->streams[at];
	struct fins_asked none = {.head = {.command = code_of(at)},
				  .row = (uint8_t)fins_row(code_of(at)),
				  .from_client = s->from_client};
	struct transfer_result r;
	bool open = transfer_close(x, at + 1, complete, &r);

	s->open = false;
	if (open && r.size == 0 && a == NULL)
		return;			/* nothing came: its opening says all there is */
	struct obs *o = fins_begin(x, a != NULL ? a : &none, phase);

	name_object(x, o, s, at);
	o->outcome = open && r.complete ? OUT_DONE : OUT_PARTLY;
	struct fins_own *w = a != NULL ? fins_own(x, a) : act_own(x, sizeof(*w));

	if (w != NULL && open)
		transfer_tell(x, &r, o->object.name, &w->transfer);
	act_emit(x);
}

static void open_stream(struct proto_ctx *x, const struct fins_asked *a, unsigned at,
			const struct fins_wish *w, uint64_t act)
{
	struct fins_state *st = x->state;
	struct fins_stream *s = &st->streams[at];

	*s = (struct fins_stream){ .act = act,
				  .next = w->place,
				  .number = w->number,
				  .from_client = a->from_client,
				  .open = transfer_open(x, at + 1) };
	s->n = (uint8_t)fins_path(s->name, w, w->name);
}

static void take(struct proto_ctx *x, unsigned at, uint32_t place, struct bytes data)
{
	struct fins_state *st = x->state;

	transfer_data(x, at + 1, data);
	st->streams[at].next = place + (uint32_t)data.n;
}

uint64_t fins_block_ask(struct proto_ctx *x, const struct fins_asked *a, enum shape shape,
			const struct fins_wish *w, bool *ret_piece)
{
	unsigned at = stream_of(shape);
	struct fins_state *st = x->state;
	struct fins_stream *s = &st->streams[at];
	bool in = at == STREAM_PROGRAM_IN || at == STREAM_FILE_IN;

	*ret_piece = follows(s, w);
	if (!*ret_piece) {
		if (s->open)
			say_end(x, NULL, at, PHASE_PUSH, at == STREAM_FILE_IN);
		struct obs *o = fins_begin(x, a, PHASE_ASK);

		fins_wish_object(x, o, shape, w);
		fins_own(x, a);
		open_stream(x, a, at, w, act_emit(x));
	}
	uint64_t act = s->act;

	if (in && s->open)
		take(x, at, w->place, w->data);
	if (in && s->open && w->last)
		say_end(x, a, at, PHASE_PUSH, true);
	return act;
}

void fins_block_data(struct proto_ctx *x, const struct fins_asked *a, enum shape shape,
		     const struct fins_wish *w, uint32_t place, bool last, struct bytes data)
{
	unsigned at = stream_of(shape);
	struct fins_state *st = x->state;
	struct fins_stream *s = &st->streams[at];

	if (!s->open || s->number != w->number || place != s->next)
		return;
	take(x, at, place, data);
	if (last)
		say_end(x, a, at, PHASE_WHOLE, true);
}

void fins_block_refused(struct proto_ctx *x, enum shape shape)
{
	unsigned at = stream_of(shape);
	struct fins_state *st = x->state;
	struct transfer_result none;

	if (st->streams[at].open)
		transfer_close(x, at + 1, false, &none);
	st->streams[at].open = false;
}

void fins_blocks_missing(struct proto_ctx *x, uint64_t bytes)
{
	const struct fins_state *st = x->state;

	for (unsigned at = 0; at < STREAMS; at++)
		if (st->streams[at].open)
			transfer_missing(x, at + 1, bytes);
}

void fins_blocks_end(struct proto_ctx *x)
{
	struct fins_state *st = x->state;

	for (unsigned at = 0; at < STREAMS; at++)
		if (st->streams[at].open)
			say_end(x, NULL, at, PHASE_PUSH, at == STREAM_FILE_IN);
}

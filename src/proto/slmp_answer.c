/* proto/slmp_answer.c: what the device answers, held against what was asked. Sections are those of SR
 * (slmp.c). */
#include "proto/slmp.h"

#include <string.h>

#include "proto/ascii.h"

/* ---- which request it belongs to ---- */

/* Bytes (or digits) a good answer to this has; SIZE_MAX: any number. */
static size_t wanted(const struct sl_asked *a, bool ascii)
{
	switch (a->shape) {
	case SHAPE_BATCH_READ: case SHAPE_BLOCK_READ: return a->b;
	case SHAPE_RANDOM_READ: return a->command == CMD_REGISTER ? 0 : a->b;
	case SHAPE_MEMORY_READ: return (size_t)a->b * 2 << ascii;
	case SHAPE_UNIT_READ: return (size_t)a->b << ascii;
	case SHAPE_BATCH_WRITE: case SHAPE_RANDOM_WRITE: case SHAPE_BLOCK_WRITE: case SHAPE_MEMORY_WRITE:
	case SHAPE_UNIT_WRITE: case SHAPE_PLAIN: case SHAPE_SECRET: return 0;
	case SHAPE_TEST: return a->b + (ascii ? 4u : 2u);
	case SHAPE_NAME: return ascii ? 20 : 18;	/* name:16 code:2 */
	}
	return SIZE_MAX;
}

/* The command that an answer with an error repeats: route:5 command:2 subcommand:2; 0: it does not. */
static uint16_t refused_command(const struct sl_msg *m)
{
	struct sl_in in = m->body;

	if (m->end == 0 || !sl_left(&in, ERROR_INFO))
		return 0;
	sl_part(&in, 5);
	return sl_u16(&in);
}

static bool fits(const struct sl_asked *a, const struct sl_msg *m)
{
	uint16_t command = m->command != CMD_NONE ? m->command : refused_command(m);

	if (command != 0)
		return command == a->command;
	return a->why != GOOD || m->end != 0 || wanted(a, m->body.ascii) == SIZE_MAX ||
	       wanted(a, m->body.ascii) == m->body.c.left;
}

/* SR 5.6: a reset may be answered or not. */
static enum fit fit(struct proto_ctx *x, const struct ask *ask, const void *answer)
{
	struct sl_asked a;

	(void)x;
	memcpy(&a, ask->blob, sizeof(a));
	return !fits(&a, answer) ? FIT_NONE : a.command == CMD_RESET ? FIT_POOR : FIT_GOOD;
}

/* Takes the request out of those that are open. */
static const struct ask *take(struct proto_ctx *x, const struct sl_msg *m, struct sl_kept *ret)
{
	const struct ask *ask;

	if (sl_numbered(m->frame)) {
		ask = pair_answer(x, (uint64_t)!x->from_client << 16 | m->serial);
	} else {
		ask = pair_in_order(x, fit, m);
		if (ask != NULL)
			ask = pair_answer_in_order(x, ask);
	}
	if (ask != NULL)
		memcpy(ret, ask->blob, min_size(ask->n, sizeof(*ret)));
	return ask;
}

/* ---- good answers ---- */

struct obs *sl_whole(struct proto_ctx *x, const struct sl_kept *k)
{
	struct obs *o = sl_begin(x, &k->a, PHASE_WHOLE);

	o->outcome = OUT_DONE;
	return o;
}

void sl_say_read(struct proto_ctx *x, const struct sl_kept *k, const struct sl_item *items, unsigned kept,
		 unsigned all, struct sl_in in)
{
	for (unsigned i = 0; i < all && i <= kept; i++) {
		struct obs *o = sl_whole(x, k);

		o->item = (uint16_t)i;
		o->items = (uint16_t)all;
		if (i < kept) {
			size_t n = sl_size(&items[i], in.ascii);

			sl_object(x, o, &items[i]);
			sl_value(x, &items[i], (struct sl_in){ .c = cur_sub(&in.c, n), .ascii = in.ascii });
		} else {
			o->flags |= FLAG_REST;
			sl_words(x, in);
		}
		sl_own_answered(x, &k->a, 0);
		act_emit(x);
	}
}

void sl_register_monitor(struct sl_state *st, const struct sl_kept *k, uint8_t by)
{
	bool all = k->a.n == k->a.items && k->a.n <= MONITOR_ITEMS;

	st->monitored = all ? (uint8_t)k->a.n : 0;
	st->monitored_by = by;
	st->registered[by] = (uint8_t)k->a.items;
	if (all)
		memcpy(st->monitor, k->item, k->a.n * sizeof(k->item[0]));
}

/* SR 5.2: the values of what was registered. */
static void say_monitor(struct proto_ctx *x, const struct sl_kept *k, struct sl_in in)
{
	const struct sl_state *st = x->state;
	size_t n = 0;

	for (unsigned i = 0; i < st->monitored; i++)
		n += sl_size(&st->monitor[i], in.ascii);
	if (st->monitored > 0 && st->monitored_by == MONITORED_3E && n == in.c.left) {
		sl_say_read(x, k, st->monitor, st->monitored, st->monitored, in);
		return;
	}
	struct obs *o = sl_whole(x, k);

	o->object.space = SPACE_MONITORED;
	sl_words(x, in);
	sl_own_answered(x, &k->a, 0);
	act_emit(x);
}

/* SR 5.6: name:16, padded, code:2. */
static enum sl_reason say_name(struct proto_ctx *x, const struct sl_kept *k, struct sl_in in)
{
	struct bytes name = sl_text(&in, 16);
	uint16_t code = sl_u16(&in);

	if (sl_broken(&in))
		return BAD_DIGITS;
	while (name.n > 0 && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '\0'))
		name.n--;
	sl_say_model(x, k, name, code);
	return GOOD;
}

void sl_say_model(struct proto_ctx *x, const struct sl_kept *k, struct bytes name, uint16_t code)
{
	struct sl_state *st = x->state;
	struct obs *o = sl_whole(x, k);
	struct side device = o->device;

	act_value(x, VAL_TEXT, 8, (unsigned)name.n, name);
	sl_own_answered(x, &k->a, 0);
	act_emit(x);
	st->octal = device.station == 0 && melsec_is_octal(name);
	if (name.n > 0 && (!st->told || device.station != 0)) {
		fact_say(x, &device, FACT_MODEL, name, code, 0, TRUST_SURE);
		st->told = device.station == 0;
	}
}

static enum sl_reason good(struct proto_ctx *x, const struct sl_kept *k, const struct ask *ask,
			   struct sl_in in)
{
	size_t n = wanted(&k->a, in.ascii);
	struct obs *o;

	if (n != SIZE_MAX && n != in.c.left)
		return BAD_ANSWER_LENGTH;
	switch (k->a.shape) {
	case SHAPE_BATCH_READ: case SHAPE_BLOCK_READ:
		sl_say_read(x, k, k->item, k->a.n, k->a.items, in);
		return GOOD;
	case SHAPE_RANDOM_READ:
		if (k->a.command == CMD_REGISTER) {
			sl_register_monitor(x->state, k, MONITORED_3E);
			break;
		}
		sl_say_read(x, k, k->item, k->a.n, k->a.items, in);
		return GOOD;
	case SHAPE_MONITOR:
		say_monitor(x, k, in);
		return GOOD;
	case SHAPE_NAME: return say_name(x, k, in);
	case SHAPE_LABEL: return sl_label_answer(x, k, ask, in);
	case SHAPE_MEMORY_READ: case SHAPE_UNIT_READ: case SHAPE_OPEN: case SHAPE_TEST:
		if (k->a.shape == SHAPE_TEST && (sl_u16(&in) != k->a.b || in.digits))
			return BAD_ANSWER_ECHO;
		if (!sl_waits(&k->a))
			break;
		o = sl_whole(x, k);
		sl_object_plain(x, o, &k->a);
		if (k->a.shape == SHAPE_TEST)
			act_value(x, VAL_RAW_LE, 8, (unsigned)in.c.left, (struct bytes){ in.c.p, in.c.left });
		else if (k->a.shape == SHAPE_OPEN && o->verb == VERB_REPORT)
			;	/* background: it would differ each time */
		else if (k->a.shape == SHAPE_OPEN || (k->a.shape == SHAPE_UNIT_READ && k->a.b % 2 != 0))
			sl_bytes(x, in);
		else
			sl_words(x, in);
		sl_own_answered(x, &k->a, 0);
		act_emit(x);
		return GOOD;
	}
	sl_say_all(x, k, ask, OUT_DONE, 0);
	return GOOD;
}

/* ---- the others ---- */

/* An answer whose request was not seen: only TSN frames, and answers with an error, say what was asked. */
void sl_say_alone(struct proto_ctx *x, const struct sl_msg *m, uint16_t command)
{
	struct sl_asked a = { .command = command, .sub = m->sub, .serial = m->serial, .io = m->io,
			      .net = m->net, .pc = m->pc, .unit = m->unit, .frame = m->frame,
			      .by_client = !x->from_client, .alone = 1 };
	struct obs *o = sl_begin(x, &a, PHASE_ANSWER);

	o->outcome = m->end == 0 ? OUT_DONE : OUT_REFUSED;
	o->result = m->end;
	if (!(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
	sl_own_answered(x, &a, m->end);
	act_emit(x);
}

bool sl_is_known(struct proto_ctx *x, struct sl_kept *k, struct sl_in in)
{
	if (k->a.items > 1 || k->a.shape == SHAPE_MONITOR || !sl_waits(&k->a))
		return false;
	uint16_t serial = k->a.serial;

	k->a.serial = 0;
	bool known =
		act_again(x, (struct bytes){ (const uint8_t *)k, sizeof(k->a) + k->a.n * sizeof(k->item[0]) },
			  (struct bytes){ in.c.p, in.c.left });

	k->a.serial = serial;
	return known;
}

enum sl_reason sl_answer(struct proto_ctx *x, const struct sl_msg *m)
{
	struct sl_kept k;
	const struct ask *ask = take(x, m, &k);

	if (ask == NULL) {
		sl_say_alone(x, m, m->command != CMD_NONE ? m->command : refused_command(m));
		return GOOD;
	}
	if (!fits(&k.a, m) && (m->command != CMD_NONE || m->end != 0)) {
		if (k.a.why == GOOD)
			sl_say_all(x, &k, ask, OUT_UNKNOWN, 0);
		return BAD_ANSWER_ECHO;
	}
	if (k.a.why == GOOD && k.a.shape == SHAPE_FILE)
		return sl_file_answer(x, &k, ask, m->body, m->end);
	if (k.a.why != GOOD || m->end != 0) {
		sl_say_all(x, &k, ask, m->end == 0 ? OUT_DONE : OUT_REFUSED, m->end);
		return GOOD;
	}
	if (sl_is_known(x, &k, m->body))
		return GOOD;
	enum sl_reason r = good(x, &k, ask, m->body);

	if (r != GOOD)
		sl_say_all(x, &k, ask, OUT_UNKNOWN, 0);
	return r;
}

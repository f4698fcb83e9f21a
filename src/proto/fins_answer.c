/* proto/fins_answer.c: what a controller answers, held against what was asked. */
#include "proto/fins.h"

#include "core/hash.h"

#include <string.h>

/* What an answer is told with. */
struct telling {
	struct fins_asked a;
	struct fins_wish w;
	uint64_t act; /* the ASK act; 0: the act waited */
	uint16_t end_code;
	bool alone; /* no request was seen */
};

static struct obs *begin(struct proto_ctx *x, const struct telling *t, enum shape shape)
{
	struct obs *o = fins_begin(x, &t->a, t->alone || t->act != 0 ? PHASE_ANSWER : PHASE_WHOLE);

	o->outcome = OUT_DONE;
	if (t->alone) {
		if (!(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
			o->note = act_str(x, "unasked");
		return o;
	}
	fins_wish_object(x, o, shape, &t->w);
	if (o->object.space == SPACE_NONE && t->a.head.da2 != 0) {
		o->object.space = SPACE_UNIT;
		o->object.parts = 1;
		o->object.part[0] = t->a.head.da2;
	}
	return o;
}

static struct fins_own *ended(struct proto_ctx *x, const struct telling *t, struct obs *o)
{
	struct fins_own *w = fins_ended(x, &t->a, o, t->end_code);

	if (w != NULL && t->alone)
		w->framed = 0; /* the addresses are the answer's */
	return w;
}

static void end_and_emit(struct proto_ctx *x, const struct telling *t, struct obs *o)
{
	ended(x, t, o);
	act_emit(x);
}

/* Tells of the answering device; changed says whether the same was said before. */
static bool new_to_us(struct proto_ctx *x, unsigned slot, struct bytes said, uint64_t station)
{
	struct fins_state *st = x->state;
	uint64_t h = hash_join(hash_bytes(said.p, said.n, station), x->from_client) | 1;

	if (st->said[slot] == h)
		return false;
	st->said[slot] = h;
	return true;
}

/* 05 01: model:20 version:20 use of the system:40 sizes:12, then or instead the bus units. */
static enum reason answer_identity(struct proto_ctx *x, const struct telling *t, struct bytes data)
{
	uint8_t room[48];
	struct ascii_pen pen = { .p = room, .cap = sizeof(room) };
	struct obs *o = begin(x, t, SHAPE_IDENTITY);
	struct side device = o->device;
	bool units = data.n < 40 || data.n == 67; /* bus units alone */

	if (units) {
		if (data.n > 0)
			act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
		end_and_emit(x, t, o);
		return GOOD;
	}
	struct bytes model = fins_text((struct bytes){ data.p, 20 });
	struct bytes version = fins_text((struct bytes){ data.p + 20, 20 });

	ascii_put(&pen, model);
	ascii_puts(&pen, version.n > 0 ? " " : "");
	ascii_put(&pen, version);
	if (pen.n > 0)
		act_value(x, VAL_TEXT, 8, 1, (struct bytes){ room, pen.n });
	end_and_emit(x, t, o);
	if (model.n == 0 || !new_to_us(x, 0, (struct bytes){ data.p, 40 }, device.station))
		return GOOD;
	fact_say(x, &device, FACT_VENDOR, (struct bytes){ (const uint8_t *)"OMRON", 5 }, 0, 0, TRUST_LIKELY);
	fact_say(x, &device, FACT_MODEL, model, 0, 0, TRUST_SURE);
	if (version.n > 0)
		fact_say(x, &device, FACT_FIRMWARE, version, 0, 0, TRUST_SURE);
	return GOOD;
}

/* 05 02: count:1 (bit 7: these are all), then unit:1 model:20 so many times. */
static enum reason answer_modules(struct proto_ctx *x, const struct telling *t, struct bytes data)
{
	struct cursor c = cur_over(data);
	unsigned count = cur_u8(&c) & 0x7f;

	if (cur_broken(&c) || c.left != count * 21u)
		return BAD_ANSWER_LENGTH;
	struct obs *o = begin(x, t, SHAPE_MODULES);
	struct side device = o->device;

	act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
	end_and_emit(x, t, o);
	if (!new_to_us(x, 1, data, device.station))
		return GOOD;
	for (unsigned i = 0; i < count; i++) {
		uint8_t unit = cur_u8(&c);
		struct bytes model = fins_text(cur_bytes(&c, 20));

		if (model.n > 0)
			fact_say(x, &device, FACT_MODULE, model, unit, 0, TRUST_SURE);
	}
	return GOOD;
}

static void put_error(struct ascii_pen *pen, const char *word, uint16_t v)
{
	if (v == 0)
		return;
	ascii_puts(pen, word);
	fins_put_number(pen, v, 16, 4);
}

/* 06 01: status:1 mode:1 fatal:2 non-fatal:2 messages:2 error:2 text:16. */
static enum reason answer_status(struct proto_ctx *x, const struct telling *t, struct bytes data)
{
	struct cursor c = cur_over(data);
	uint8_t room[80];
	struct ascii_pen pen = { .p = room, .cap = sizeof(room) };
	uint8_t status = cur_u8(&c), mode = cur_u8(&c);
	uint16_t fatal = cur_be16(&c), nonfatal = cur_be16(&c);

	cur_be16(&c);
	uint16_t error = cur_be16(&c);

	if (cur_broken(&c))
		return BAD_ANSWER_LENGTH;
	struct bytes message = fins_text(cur_rest(&c));
	struct obs *o = begin(x, t, SHAPE_STATUS);

	ascii_puts(&pen, fins_statuses[fins_status_word(status)]);
	ascii_puts(&pen, ", mode ");
	ascii_puts(&pen, fins_modes[fins_mode_word(mode)]);
	put_error(&pen, ", fatal ", fatal);
	put_error(&pen, ", not fatal ", nonfatal);
	put_error(&pen, ", error ", error);
	act_value(x, VAL_TEXT, 8, 1, (struct bytes){ room, pen.n });
	struct fins_own *w = ended(x, t, o);

	if (w != NULL) {
		w->moded = w->told = 1;
		w->mode = fins_mode_word(mode);
		w->status = fins_status_word(status);
		w->fatal = fatal;
		w->nonfatal = nonfatal;
		w->error = error;
		w->message = act_text(x, message);
	}
	act_emit(x);
	return GOOD;
}

/* 07 01: seven bytes of BCD. The time is no value: it differs each time without meaning. */
static enum reason answer_clock(struct proto_ctx *x, const struct telling *t, struct bytes data)
{
	uint8_t room[24];

	if (data.n != 7)
		return BAD_ANSWER_LENGTH;
	struct obs *o = begin(x, t, SHAPE_CLOCK);
	struct fins_own *w = ended(x, t, o);

	if (w != NULL)
		w->clock = act_text(x, (struct bytes){ room, fins_clock_text(room, data) });
	act_emit(x);
	return GOOD;
}

/* 09 20: which messages there are:2, then 32 characters each; or the number of a FAL and 16. */
static enum reason answer_message(struct proto_ctx *x, const struct telling *t, struct bytes data)
{
	uint8_t room[8 * 34];
	struct ascii_pen pen = { .p = room, .cap = sizeof(room) };
	struct cursor c = cur_over(data);
	struct obs *o = begin(x, t, SHAPE_MESSAGE);

	cur_take(&c, min_size(c.left, 2));
	while (c.left > 0) {
		struct bytes one = fins_text(cur_bytes(&c, min_size(c.left, 32)));

		if (one.n > 0 && pen.n > 0)
			ascii_puts(&pen, ", ");
		ascii_put(&pen, one);
	}
	if (pen.n > 0)
		act_value(x, VAL_TEXT, 8, 1, (struct bytes){ room, pen.n });
	end_and_emit(x, t, o);
	return GOOD;
}

/* 22 01: disk:26 files:2 (bit 15: these are all), then name:12 date:4 size:4 so many times. */
static enum reason answer_files(struct proto_ctx *x, const struct telling *t, struct bytes data)
{
	uint8_t room[VALUE_MAX];
	struct ascii_pen pen = { .p = room, .cap = sizeof(room) };
	struct cursor c = cur_over(data);

	cur_take(&c, 26);
	unsigned count = cur_be16(&c) & 0x7fff;

	if (cur_broken(&c) || c.left != count * 20u)
		return BAD_ANSWER_LENGTH;
	struct obs *o = begin(x, t, SHAPE_FILES);

	for (unsigned i = 0; i < count; i++) {
		if (i > 0)
			ascii_puts(&pen, ", ");
		ascii_put(&pen, fins_text(cur_bytes(&c, NAME)));
		cur_take(&c, 8);
	}
	if (pen.n > 0)
		act_value(x, VAL_TEXT, 8, 1, (struct bytes){ room, pen.n });
	end_and_emit(x, t, o);
	return GOOD;
}

/* 01 04: the code of the area in front of each value. */
static enum reason answer_list(struct proto_ctx *x, const struct telling *t, struct bytes data)
{
	struct cursor asked = cur_over(t->w.data), c = cur_over(data);

	for (uint32_t i = 0; i < t->w.count; i++) {
		uint8_t code = cur_peek(&asked);
		struct fins_area area = fins_area(&asked);
		bool same = c.left > 0 && cur_u8(&c) == code;
		struct bytes raw = area.bytes > 0 ? cur_bytes(&c, area.bytes) : cur_rest(&c);

		if (!same || cur_broken(&c))
			return BAD_ANSWER_COUNT;
		struct obs *o = fins_begin(x, &t->a, PHASE_WHOLE);

		o->outcome = OUT_DONE;
		fins_area_object(o, &area, 1);
		o->item = (uint16_t)i;
		o->items = (uint16_t)t->w.count;
		fins_items(x, &area, 1, raw);
		end_and_emit(x, t, o);
		if (area.bytes == 0)
			return GOOD; /* where the next one begins is not known */
	}
	return cur_done(&c) ? GOOD : BAD_ANSWER_COUNT;
}

/* Answers whose data is one value. */
static enum reason answer_value(struct proto_ctx *x, const struct telling *t, enum shape shape,
				struct bytes data)
{
	struct obs *o = begin(x, t, shape);

	if (shape == SHAPE_READ && !t->alone)
		fins_items(x, &t->w.area, t->w.count, data);
	else if (shape == SHAPE_NAME && data.n > 0)
		act_value(x, VAL_TEXT, 8, 1, fins_text(data));
	else if (shape == SHAPE_CYCLE && data.n == 12)
		act_value(x, VAL_UINT, 32, 3, data); /* mean, longest, shortest */
	else if (shape == SHAPE_PARAM_READ && data.n > 6)
		act_value(x, VAL_UINT, 16, (unsigned)(data.n - 6) / 2,
			  (struct bytes){ data.p + 6, data.n - 6 });
	else if (data.n > 0 && shape != SHAPE_PROGRAM_WRITE)	/* that one repeats the place */
		act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
	struct side device = o->device;

	end_and_emit(x, t, o);
	if (shape == SHAPE_NAME && fins_text(data).n > 0 && new_to_us(x, 1, data, device.station))
		fact_say(x, &device, FACT_NAME, fins_text(data), NAME_SYSTEM, 0, TRUST_SURE);
	return GOOD;
}

/* 03 06 and 22 02: blocks of a program or file on its way to the one who asked. */
static enum reason answer_block(struct proto_ctx *x, const struct telling *t, enum shape shape,
				struct bytes data)
{
	struct cursor c = cur_over(data);
	uint32_t size = 0, place;
	bool last;

	if (shape == SHAPE_PROGRAM_READ) {
		cur_be16(&c);
		place = cur_be32(&c);
	} else {
		size = cur_be32(&c);
		place = cur_be32(&c);
	}
	uint16_t count = cur_be16(&c);
	struct bytes block = cur_rest(&c);

	if (shape == SHAPE_PROGRAM_READ) {
		last = count & 0x8000;
		count &= 0x7fff;
	} else {
		last = (uint64_t)place + count >= size;
	}
	if (cur_broken(&c) || block.n != count)
		return BAD_ANSWER_LENGTH;
	if (place != t->w.place)
		return BAD_ANSWER_ECHO;
	if (!t->a.piece)
		end_and_emit(x, t, begin(x, t, shape));
	fins_block_data(x, &t->a, shape, &t->w, place, last, block);
	return GOOD;
}

/* Is the data of this answer as long as its command says; commands whose answers have none, or a count. */
static bool fits(enum shape shape, const struct telling *t, size_t n)
{
	switch (shape) {
	case SHAPE_READ:
		return t->alone || t->w.area.bytes == 0 || n == (size_t)t->w.count * t->w.area.bytes;
	case SHAPE_WRITE:
	case SHAPE_FILL:
	case SHAPE_MOVE:
	case SHAPE_PARAM_WRITE:
	case SHAPE_PARAM_CLEAR:
	case SHAPE_PROTECT:
	case SHAPE_PROGRAM_CLEAR:
	case SHAPE_RUN:
	case SHAPE_STOP:
	case SHAPE_CLOCK_SET:
	case SHAPE_ERROR:
	case SHAPE_DISK:
	case SHAPE_LABEL:
	case SHAPE_FILE_COPY:
	case SHAPE_FILE_RENAME:
	case SHAPE_FILE_CHECK:
	case SHAPE_FOLDER:
	case SHAPE_FORCE:
	case SHAPE_NAME_SET:
	case SHAPE_FILE_WRITE:
	case SHAPE_EMPTY:
		return n == 0;
	case SHAPE_PROGRAM_WRITE:
		return n == 8; /* program:2 place:4 count:2 */
	case SHAPE_FILE_DELETE:
	case SHAPE_FILE_AREA:
	case SHAPE_FILE_PARAM:
	case SHAPE_FILE_PROGRAM:
		return n == 2 || n == 4; /* how many there were */
	case SHAPE_RIGHT:
		return n == 0 || n == 3; /* who has it */
	case SHAPE_PARAM_READ:
		return n >= 6 && n % 2 == 0;
	case SHAPE_LOG:
		return n >= 6 && (n - 6) % 10 == 0;
	case SHAPE_CYCLE:
		return n == 12 || n == 0;
	default:
		return true;
	}
}

static enum reason answer_shape(struct proto_ctx *x, const struct telling *t, enum shape shape,
				struct bytes data, const struct fins_kept *k)
{
	if (!fits(shape, t, data.n))
		return BAD_ANSWER_LENGTH;
	switch (shape) {
	case SHAPE_IDENTITY:
		return answer_identity(x, t, data);
	case SHAPE_MODULES:
		return answer_modules(x, t, data);
	case SHAPE_STATUS:
		return answer_status(x, t, data);
	case SHAPE_CLOCK:
		return answer_clock(x, t, data);
	case SHAPE_MESSAGE:
		return answer_message(x, t, data);
	case SHAPE_FILES:
		return answer_files(x, t, data);
	case SHAPE_LIST:
	case SHAPE_PROGRAM_READ:
	case SHAPE_FILE_READ:
		if (t->alone)
			break;
		return shape == SHAPE_LIST ? answer_list(x, t, data) : answer_block(x, t, shape, data);
	case SHAPE_ECHO:
		if (!t->alone && (data.n < k->a.n || memcmp(data.p, k->body, k->a.n) != 0))
			return BAD_ANSWER_ECHO;
		break;
	case SHAPE_FILE_WRITE:
	case SHAPE_PROGRAM_WRITE:
		if (!t->alone && t->a.piece)
			return GOOD;
		break;
	default:
		break;
	}
	return answer_value(x, t, shape, data);
}

/* An answer that says no. A program or file that is refused does not come. */
static void say_refused(struct proto_ctx *x, const struct fins_kept *k, const struct telling *t)
{
	enum shape shape = fins_shape(t->a.row);

	if (shape == SHAPE_PROGRAM_READ || shape == SHAPE_PROGRAM_WRITE || shape == SHAPE_FILE_READ ||
	    shape == SHAPE_FILE_WRITE)
		fins_block_refused(x, shape);
	fins_say_open(x, k, t->act, OUT_REFUSED, t->end_code);
}

/* CR 5-1-3: bit 15 says that a relay refused, bits 7 and 6 that the controller has an error; the rest is the
 * code. */
static bool is_done(uint16_t end_code) { return (end_code & 0xff3f) == 0; }

static bool answer_alone(struct proto_ctx *x, struct fins_head head, struct bytes body)
{
	struct cursor c = cur_over(body);
	struct telling t = { .alone = true, .end_code = cur_be16(&c) };

	t.a = (struct fins_asked){ .head = head, .row = (uint8_t)fins_row(head.command),
				   .from_client = !x->from_client };
	if (cur_broken(&c)) {
		x->why = fins_reasons[BAD_ANSWER_LENGTH];
		return false;
	}
	enum shape shape = fins_shape(t.a.row);
	struct bytes data = cur_rest(&c);

	if (is_done(t.end_code)) {
		enum reason r = answer_shape(x, &t, shape, data, NULL);

		x->why = fins_reasons[r];
		return r == GOOD;
	}
	struct obs *o = begin(x, &t, SHAPE_RAW);

	o->outcome = OUT_REFUSED;
	end_and_emit(x, &t, o);
	return true;
}

/* Nearly all there is: the same read with the same answer as last time. */
static bool is_known(struct proto_ctx *x, const struct fins_kept *k, enum shape shape, struct bytes body)
{
	if (shape != SHAPE_READ && shape != SHAPE_STATUS)
		return false;
	struct fins_kept asked;

	memcpy(&asked, k, sizeof(k->a) + k->a.n);
	asked.a.head.sid = 0;
	return act_again(x, (struct bytes){ (const uint8_t *)&asked, sizeof(asked.a) + asked.a.n }, body);
}

bool fins_answer(struct proto_ctx *x, struct fins_head head, struct bytes body)
{
	const struct ask *ask = pair_answer(x, fins_key(&head, !x->from_client));
	struct cursor c = cur_over(body);
	struct fins_kept k;

	if (ask == NULL || ask->n < sizeof(k.a))
		return answer_alone(x, head, body);
	memcpy(&k, ask->blob, min_size(ask->n, sizeof(k)));
	struct telling t = { .a = k.a, .act = ask->act, .end_code = cur_be16(&c) };
	enum shape shape = fins_shape(k.a.row);
	bool cut = (x->l->flags & LAYER_CUT) != 0 && x->l->kind != KIND_TCP;

	if (is_known(x, &k, shape, body))
		return true;
	bool good = k.a.why == GOOD && fins_wish(shape, (struct bytes){ k.body, k.a.n }, &t.w) == GOOD;
	enum reason r = cur_broken(&c) ? BAD_ANSWER_LENGTH : GOOD;

	if (r == GOOD && !is_done(t.end_code)) {
		say_refused(x, &k, &t);
		return true;
	}
	if (r == GOOD)
		r = answer_shape(x, &t, good ? shape : SHAPE_RAW, cur_rest(&c), &k);
	if (r != GOOD) { /* what it says cannot be told; that it came can */
		struct obs *o = begin(x, &t, good ? shape : SHAPE_RAW);

		o->outcome = cur_broken(&c) ? OUT_UNKNOWN : OUT_DONE;
		end_and_emit(x, &t, o);
	}
	x->why = fins_reasons[r];
	return r == GOOD || cut;
}

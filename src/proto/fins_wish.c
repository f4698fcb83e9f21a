/* proto/fins_wish.c: requests taken apart, one shape after another. */
#include "proto/fins.h"

#include <string.h>

/* number:2 of a disk and a name of twelve characters. */
static void file_name(struct cursor *c, struct fins_wish *w)
{
	w->number = cur_be16(c);
	w->name = fins_text(cur_bytes(c, NAME));
}

/* CS/CJ put the folder behind: length:2 path. Older controllers have none. */
static enum reason folder_end(struct cursor *c, struct fins_wish *w)
{
	if (c->left == 0)
		return cur_broken(c) ? BAD_LENGTH : GOOD;
	w->folder = cur_bytes(c, cur_be16(c));
	return cur_done(c) ? GOOD : BAD_LENGTH;
}

static enum reason rest_of(struct cursor *c, struct fins_wish *w, uint64_t want)
{
	if (cur_broken(c))
		return BAD_LENGTH;
	w->data = cur_rest(c);
	return w->data.n == want ? GOOD : BAD_COUNT;
}

/* 01 01 to 01 05. */
static enum reason memory_wish(enum shape shape, struct cursor c, struct fins_wish *w)
{
	if (shape == SHAPE_LIST) {
		w->data = cur_rest(&c);
		w->count = (uint32_t)(w->data.n / 4);
		if (w->data.n == 0 || w->data.n % 4 != 0)
			return BAD_LENGTH;
		return w->count > LIST_MAX ? BAD_COUNT : GOOD;
	}
	if (shape == SHAPE_MOVE)
		w->from = fins_area(&c);
	w->area = fins_area(&c);
	w->count = cur_be16(&c);
	switch (shape) {
	case SHAPE_WRITE:
		if (w->area.bytes != 0)
			return rest_of(&c, w, (uint64_t)w->count * w->area.bytes);
		w->data = cur_rest(&c);
		return cur_broken(&c) ? BAD_LENGTH : GOOD;
	case SHAPE_FILL: /* one word, or one item */
		if (c.left != 2 && c.left != w->area.bytes)
			return BAD_LENGTH;
		w->data = cur_rest(&c);
		return GOOD;
	case SHAPE_READ:
	case SHAPE_FORCED:
	case SHAPE_MOVE:
	default:
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	}
}

/* 02 01 to 02 03: area:2 word:2 count:2. */
static enum reason param_wish(enum shape shape, struct cursor c, struct fins_wish *w)
{
	w->number = cur_be16(&c);
	w->place = cur_be16(&c);
	uint16_t count = cur_be16(&c);

	w->count = count & 0x7fff;
	w->last = count & 0x8000;
	if (shape == SHAPE_PARAM_WRITE)
		return rest_of(&c, w, w->count * 2u);
	if (shape == SHAPE_PARAM_CLEAR) {
		w->count = count;
		return rest_of(&c, w, 2);
	}
	return cur_done(&c) ? GOOD : BAD_LENGTH;
}

/* 03 04 to 03 08. */
static enum reason program_wish(enum shape shape, struct cursor c, struct fins_wish *w)
{
	w->number = cur_be16(&c);
	if (shape == SHAPE_PROTECT || shape == SHAPE_PROGRAM_CLEAR)
		w->mode = cur_u8(&c);
	if (shape == SHAPE_PROGRAM_CLEAR)
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	w->place = cur_be32(&c);
	if (shape == SHAPE_PROTECT) {
		cur_be32(&c); /* last word */
		return rest_of(&c, w, 4); /* the password */
	}
	uint16_t count = cur_be16(&c);

	w->count = count & 0x7fff;
	w->last = count & 0x8000;
	if (shape == SHAPE_PROGRAM_WRITE)
		return rest_of(&c, w, w->count);
	return cur_done(&c) ? GOOD : BAD_LENGTH;
}

static bool bcd(uint8_t v, unsigned low, unsigned high)
{
	unsigned n = (v >> 4) * 10u + (v & 15);

	return (v & 15) <= 9 && (v >> 4) <= 9 && n >= low && n <= high;
}

/* 07 02: year, month, day, hour, minute, and seconds and the day of the week if they like; BCD. A day of 0
 * leaves the date as it is. */
static enum reason clock_wish(struct cursor c, struct fins_wish *w)
{
	w->data = cur_rest(&c);
	if (w->data.n < 5 || w->data.n > 7)
		return BAD_LENGTH;
	const uint8_t *p = w->data.p;

	return bcd(p[0], 0, 99) && bcd(p[1], 0, 12) && bcd(p[2], 0, 31) && bcd(p[3], 0, 23) &&
			       bcd(p[4], 0, 59) && (w->data.n < 6 || bcd(p[5], 0, 59))
		       ? GOOD
		       : BAD_CLOCK;
}

/* 22 01 to 22 09, 22 15: names behind the numbers of their disks. */
static enum reason file_wish(enum shape shape, struct cursor c, struct fins_wish *w)
{
	switch (shape) {
	case SHAPE_FILES:
		w->number = cur_be16(&c);
		w->place = cur_be16(&c);
		w->count = cur_be16(&c);
		return folder_end(&c, w);
	case SHAPE_FILE_READ:
		file_name(&c, w);
		w->place = cur_be32(&c);
		w->count = cur_be16(&c);
		return folder_end(&c, w);
	case SHAPE_FILE_WRITE:
		w->number = cur_be16(&c);
		w->mode = cur_be16(&c);
		w->name = fins_text(cur_bytes(&c, NAME));
		w->place = cur_be32(&c);
		w->count = cur_be16(&c);
		w->data = cur_bytes(&c, w->count);
		return folder_end(&c, w);
	case SHAPE_FILE_DELETE:
		w->number = cur_be16(&c);
		w->count = cur_be16(&c);
		w->data = cur_bytes(&c, (size_t)w->count * NAME);
		return folder_end(&c, w);
	case SHAPE_LABEL:
		w->number = cur_be16(&c);
		w->mode = cur_be16(&c);
		w->name = fins_text(cur_bytes(&c, NAME));
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_FILE_COPY: /* the second disk is told with its name only */
		file_name(&c, w);
		cur_be16(&c);
		w->second = fins_text(cur_bytes(&c, NAME));
		return folder_end(&c, w);
	case SHAPE_FILE_RENAME:
		file_name(&c, w);
		w->second = fins_text(cur_bytes(&c, NAME));
		return folder_end(&c, w);
	case SHAPE_FOLDER:
		w->number = cur_be16(&c);
		w->mode = cur_be16(&c);
		w->name = fins_text(cur_bytes(&c, NAME));
		return folder_end(&c, w);
	default: /* SHAPE_FILE_CHECK */
		file_name(&c, w);
		return folder_end(&c, w);
	}
}

/* 22 0A to 22 0C: parameter:2, what of the controller, disk:2 name. */
static enum reason exchange_wish(enum shape shape, struct cursor c, struct fins_wish *w)
{
	w->mode = cur_be16(&c);
	if (shape == SHAPE_FILE_AREA) {
		w->area = fins_area(&c);
		w->count = cur_be16(&c);
	} else if (shape == SHAPE_FILE_PARAM) {
		w->from.part[0] = cur_be16(&c);
		w->place = cur_be16(&c);
		w->count = cur_be16(&c);
	} else {
		w->from.part[0] = cur_be16(&c);
		w->place = cur_be32(&c);
		w->count = cur_be32(&c);
	}
	file_name(&c, w);
	return folder_end(&c, w);
}

static enum reason small_wish(enum shape shape, struct cursor c, struct fins_wish *w)
{
	size_t n = c.left;

	switch (shape) {
	case SHAPE_RUN: /* program:2 mode:1, both or only the first, or neither */
		w->number = n >= 2 ? cur_be16(&c) : 0;
		w->mode = n >= 3 ? cur_u8(&c) : 0;
		return n == 1 || c.left > 0 ? BAD_LENGTH : GOOD;
	case SHAPE_STOP:
		return n == 0 || n == 2 ? GOOD : BAD_LENGTH;
	case SHAPE_IDENTITY:
		return n <= 1 ? GOOD : BAD_LENGTH;
	case SHAPE_MODULES:
		w->place = cur_u8(&c);
		w->count = n > 1 ? cur_u8(&c) : 0;
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_CYCLE:
		return n == 1 ? GOOD : BAD_LENGTH;
	case SHAPE_MESSAGE:
	case SHAPE_DISK:
	case SHAPE_ERROR:
		w->number = cur_be16(&c);
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_RIGHT:
		w->number = n > 0 ? cur_be16(&c) : 0xffff;
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_LOG:
		w->place = cur_be16(&c);
		w->count = cur_be16(&c);
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_FORCE: /* specification:2 area:1 address:2 bit:1, so many times */
		w->count = cur_be16(&c);
		return rest_of(&c, w, w->count * 6u);
	case SHAPE_NAME_SET:
		w->name = fins_text(cur_bytes(&c, n));
		return n >= 1 && n <= 8 ? GOOD : BAD_LENGTH;
	case SHAPE_EMPTY:
	case SHAPE_STATUS:
	case SHAPE_CLOCK:
	case SHAPE_NAME:
		return n == 0 ? GOOD : BAD_LENGTH;
	default: /* SHAPE_RAW, SHAPE_ECHO */
		w->data = cur_rest(&c);
		return GOOD;
	}
}

enum reason fins_wish(enum shape shape, struct bytes body, struct fins_wish *w)
{
	struct cursor c = cur_over(body);

	*w = (struct fins_wish){ .number = 0 };
	switch (shape) {
	case SHAPE_READ:
	case SHAPE_WRITE:
	case SHAPE_FILL:
	case SHAPE_LIST:
	case SHAPE_MOVE:
	case SHAPE_FORCED:
		return memory_wish(shape, c, w);
	case SHAPE_PARAM_READ:
	case SHAPE_PARAM_WRITE:
	case SHAPE_PARAM_CLEAR:
		return param_wish(shape, c, w);
	case SHAPE_PROTECT:
	case SHAPE_PROGRAM_READ:
	case SHAPE_PROGRAM_WRITE:
	case SHAPE_PROGRAM_CLEAR:
		return program_wish(shape, c, w);
	case SHAPE_CLOCK_SET:
		return clock_wish(c, w);
	case SHAPE_FILES:
	case SHAPE_FILE_READ:
	case SHAPE_FILE_WRITE:
	case SHAPE_FILE_DELETE:
	case SHAPE_LABEL:
	case SHAPE_FILE_COPY:
	case SHAPE_FILE_RENAME:
	case SHAPE_FILE_CHECK:
	case SHAPE_FOLDER:
		return file_wish(shape, c, w);
	case SHAPE_FILE_AREA:
	case SHAPE_FILE_PARAM:
	case SHAPE_FILE_PROGRAM:
		return exchange_wish(shape, c, w);
	default:
		return small_wish(shape, c, w);
	}
}

size_t fins_path(uint8_t room[NAME_KEPT], const struct fins_wish *w, struct bytes name)
{
	struct ascii_pen pen = { .p = room, .cap = NAME_KEPT };

	ascii_put(&pen, w->folder);
	if (w->folder.n > 0 && w->folder.p[w->folder.n - 1] != '\\' && name.n > 0)
		ascii_puts(&pen, "\\");
	ascii_put(&pen, name);
	return pen.n;
}

static void file_object(struct proto_ctx *x, struct obs *o, const struct fins_wish *w, struct bytes name)
{
	uint8_t room[NAME_KEPT];
	size_t n = fins_path(room, w, name);

	o->object.space = SPACE_FILE;
	o->object.parts = 1;
	o->object.part[0] = w->number;
	o->object.name = act_text(x, (struct bytes){ room, n });
}

static void numbered(struct obs *o, uint8_t space, uint32_t a, uint32_t b, uint8_t parts, uint32_t count)
{
	o->object.space = space;
	o->object.parts = parts;
	o->object.part[0] = a;
	o->object.part[1] = b;
	o->object.count = count;
}

void fins_wish_object(struct proto_ctx *x, struct obs *o, enum shape shape, const struct fins_wish *w)
{
	switch (shape) {
	case SHAPE_READ:
	case SHAPE_WRITE:
	case SHAPE_FILL:
	case SHAPE_MOVE:
	case SHAPE_FORCED:
		fins_area_object(o, &w->area, w->count);
		return;
	case SHAPE_PARAM_READ:
	case SHAPE_PARAM_WRITE:
	case SHAPE_PARAM_CLEAR:
		numbered(o, SPACE_PARAM, w->number, w->place, 2, w->count);
		return;
	case SHAPE_PROTECT:
	case SHAPE_PROGRAM_READ:
	case SHAPE_PROGRAM_WRITE:
	case SHAPE_PROGRAM_CLEAR:
	case SHAPE_RIGHT:
		numbered(o, SPACE_PROGRAM, w->number, 0, 1, 0);
		return;
	case SHAPE_MODULES:
		numbered(o, SPACE_UNIT, w->place, 0, 1, w->count);
		return;
	case SHAPE_LOG:
		numbered(o, SPACE_RECORD, w->place, 0, 1, w->count);
		return;
	case SHAPE_DISK:
	case SHAPE_FILES:
	case SHAPE_FILE_READ:
	case SHAPE_FILE_WRITE:
	case SHAPE_LABEL:
	case SHAPE_FILE_COPY:
	case SHAPE_FILE_RENAME:
	case SHAPE_FILE_CHECK:
	case SHAPE_FILE_AREA:
	case SHAPE_FILE_PARAM:
	case SHAPE_FILE_PROGRAM:
	case SHAPE_FOLDER:
		file_object(x, o, w, w->name);
		return;
	case SHAPE_FILE_DELETE: /* the first of them; each has an act */
		file_object(x, o, w, fins_text((struct bytes){ w->data.p, min_size(w->data.n, NAME) }));
		return;
	default:
		return;
	}
}

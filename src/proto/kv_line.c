/* proto/kv_line.c: commands of the KV host link taken apart, and values as they are written. */
#include "proto/kv.h"

#include <string.h>

struct bytes kv_word(struct bytes *rest)
{
	*rest = ascii_trim(*rest);
	struct bytes word = ascii_until(rest, ' ');

	*rest = ascii_trim(*rest);
	return word;
}

uint32_t kv_count(struct bytes words)
{
	uint32_t n = 0;

	while (kv_word(&words).n > 0)
		n++;
	return n;
}

/* One value: signed decimal, or hexadecimal. One that is larger than its device holds is none. */
static bool value_of(struct bytes word, uint8_t format, size_t bytes, uint64_t *ret)
{
	bool minus = word.n > 0 && word.p[0] == '-';
	bool is_signed = format == FORMAT_S || format == FORMAT_L;
	uint64_t most = UINT64_MAX >> (64 - 8 * bytes);

	if (format == FORMAT_H)
		return ascii_hex(word, ret) && *ret <= most;
	if (word.n > 0 && (minus || word.p[0] == '+'))
		word = ascii_skip(word, 1);
	if (!ascii_number(word, ret) || *ret > (is_signed ? most / 2 + minus : most))
		return false;
	if (minus)
		*ret = 0 - *ret;
	return true;
}

bool kv_values(struct proto_ctx *x, uint8_t format, struct bytes words, uint32_t count)
{
	uint8_t raw[ITEMS_MOST * 4] = { 0 };
	size_t bytes = format == FORMAT_D || format == FORMAT_L ? 4 : 2;
	uint32_t n = (uint32_t)min_size(count, ITEMS_MOST);

	for (uint32_t i = 0; i < n; i++) {
		uint64_t v;

		if (!value_of(kv_word(&words), format, bytes, &v))
			return false;
		if (format == FORMAT_BIT) {
			if (v > 1)
				return false;
			raw[i / 8] |= (uint8_t)(v << i % 8);
			continue;
		}
		for (size_t b = 0; b < bytes; b++)
			raw[i * bytes + b] = (uint8_t)(v >> 8 * (bytes - 1 - b));
	}
	bool is_signed = format == FORMAT_S || format == FORMAT_L;

	if (format == FORMAT_BIT)
		act_value(x, VAL_BOOL, 1, n, (struct bytes){ raw, (n + 7) / 8 });
	else
		act_value(x, is_signed ? VAL_INT : VAL_UINT, (unsigned)bytes * 8, n,
			  (struct bytes){ raw, n * bytes });
	return true;
}

static bool number(struct bytes word, uint32_t most, uint32_t *ret)
{
	uint64_t v;

	if (!ascii_number(word, &v) || v > most)
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* "DM100.U 4 1 2 3 4": device, count, and when something is written so many values. */
static enum reason places(struct bytes rest, struct kv_command *c, bool counted, bool written)
{
	if (!kv_device(kv_word(&rest), &c->device))
		return BAD_DEVICE;
	c->count = 1;
	if (counted && !number(kv_word(&rest), ITEMS_MOST, &c->count))
		return BAD_NUMBER;
	c->rest = rest;
	if (c->count == 0)
		return BAD_COUNT;
	return kv_count(rest) == (written ? c->count : 0) ? GOOD : written ? BAD_COUNT : BAD_ARGUMENTS;
}

/* "2 100.U 3": number of the unit, first word of its buffer and how values are written, count. */
static enum reason unit(struct bytes rest, struct kv_command *c, bool written)
{
	struct bytes where;

	if (!number(kv_word(&rest), 255, &c->unit))
		return BAD_NUMBER;
	where = kv_word(&rest);
	struct bytes suffix = where, digits = ascii_until(&suffix, '.');
	struct kv_device d = { .format = FORMAT_U };
	uint8_t room[16] = "DM";

	if (digits.n == 0 || where.n > sizeof(room) - 2)
		return BAD_NUMBER;
	memcpy(room + 2, where.p, where.n); /* the same notation as that of a word device */
	if (!kv_device((struct bytes){ room, where.n + 2 }, &d))
		return BAD_NUMBER;
	c->device = (struct kv_device){ .format = d.format, .number = d.number };
	if (!number(kv_word(&rest), ITEMS_MOST, &c->count))
		return BAD_NUMBER;
	c->rest = rest;
	if (c->count == 0)
		return BAD_COUNT;
	return kv_count(rest) == (written ? c->count : 0) ? GOOD : written ? BAD_COUNT : BAD_ARGUMENTS;
}

/* "26 11 20 8 30 15 5": year, month, day, hour, minute, second, day of the week. */
static enum reason clock(struct bytes rest, struct kv_command *c)
{
	static const uint8_t most[] = { 99, 12, 31, 23, 59, 59, 6 };
	uint32_t v;

	c->rest = rest;
	if (kv_count(rest) != ARRAY_LEN(most))
		return BAD_ARGUMENTS;
	for (size_t i = 0; i < ARRAY_LEN(most); i++)
		if (!number(kv_word(&rest), most[i], &v) || ((i == 1 || i == 2) && v == 0))
			return BAD_VALUE;
	return GOOD;
}

static enum reason monitored(struct bytes rest, struct kv_command *c)
{
	struct kv_device d;

	c->rest = rest;
	c->count = 0;
	while (rest.n > 0) {
		if (!kv_device(kv_word(&rest), &d))
			return BAD_DEVICE;
		c->count++;
	}
	return c->count >= 1 && c->count <= PLACES_MOST ? GOOD : BAD_COUNT;
}

static enum reason arguments(struct bytes rest, struct kv_command *c)
{
	switch (kv_shapes[c->row]) {
	case SHAPE_READ:
		return places(rest, c, false, false);
	case SHAPE_READS:
		return places(rest, c, true, false);
	case SHAPE_WRITE:
		return places(rest, c, false, true);
	case SHAPE_WRITES:
		return places(rest, c, true, true);
	case SHAPE_SWITCH:
	case SHAPE_SWITCHES: {
		enum reason r = places(rest, c, kv_shapes[c->row] == SHAPE_SWITCHES, false);

		c->device.format = FORMAT_BIT;
		return r;
	}
	case SHAPE_PLACES:
		return monitored(rest, c);
	case SHAPE_COMMENT:
		return places(rest, c, false, false);
	case SHAPE_UNIT_READ:
		return unit(rest, c, false);
	case SHAPE_UNIT_WRITE:
		return unit(rest, c, true);
	case SHAPE_CLOCK:
		return clock(rest, c);
	case SHAPE_BANK:
		return number(rest, 15, &c->unit) ? GOOD : BAD_NUMBER;
	case SHAPE_HELLO:
		return rest.n == 0 || number(rest, 99, &c->unit) ? GOOD : BAD_NUMBER;
	default:
		return rest.n == 0 ? GOOD : BAD_ARGUMENTS;
	}
}

enum reason kv_parse(struct bytes line, struct kv_command *ret)
{
	struct bytes rest = line;

	*ret = (struct kv_command){ .row = (uint8_t)kv_row(kv_word(&rest)) };
	if (ret->row == ROW_NONE)
		return GOOD;
	return arguments(rest, ret);
}

/* model/line_parts.c: the pieces that lines of records are made of. */
#include "model/line_parts.h"

void line_key(struct buf *b, const char *name)
{
	buf_char(b, ' ');
	buf_str(b, name);
	buf_char(b, '=');
}

void line_key_u64(struct buf *b, const char *name, uint64_t v)
{
	line_key(b, name);
	buf_u64(b, v);
}

void line_quoted(struct buf *b, struct bytes text)
{
	buf_char(b, '"');
	buf_escaped(b, text);
	buf_char(b, '"');
}

void line_side(struct buf *b, const struct side *s)
{
	char text[IP_TEXT];

	if (!ip_is_zero(s->ip)) {
		bool v6 = !ip_is_v4(s->ip) && s->port != 0;

		ip_text(text, s->ip);
		buf_str(b, v6 ? "[" : "");
		buf_str(b, text);
		buf_str(b, v6 ? "]" : "");
		if (s->port != 0) {
			buf_char(b, ':');
			buf_u64(b, s->port);
		}
	} else if (!mac_is_zero(s->mac)) {
		mac_text(text, s->mac);
		buf_str(b, text);
	} else {
		buf_char(b, '-');
	}
}

/* Days since 1970 to a date of the Gregorian calendar (Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms"). */
static void date(struct buf *b, int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;

	buf_digits(b, (uint64_t)(yoe + era * 400 + (month <= 2)), 4);
	buf_char(b, '-');
	buf_digits(b, (uint64_t)month, 2);
	buf_char(b, '-');
	buf_digits(b, (uint64_t)(doy - (153 * mp + 2) / 5 + 1), 2);
}

void line_time(struct buf *b, int64_t at_ns)
{
	int64_t ns = at_ns % NS_PER_S, s = at_ns / NS_PER_S;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	int64_t day = s / 86400, second = s % 86400;

	if (second < 0) {
		second += 86400;
		day--;
	}
	date(b, day);
	buf_char(b, 'T');
	buf_digits(b, (uint64_t)(second / 3600), 2);
	buf_char(b, ':');
	buf_digits(b, (uint64_t)(second / 60 % 60), 2);
	buf_char(b, ':');
	buf_digits(b, (uint64_t)(second % 60), 2);
	buf_char(b, '.');
	buf_digits(b, (uint64_t)ns, 9);
	buf_char(b, 'Z');
}

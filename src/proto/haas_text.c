/* proto/haas_text.c: lines of Haas machine data collection as clients, controls and serial servers send them.
 *
 * Commands are "?Q100", "Q600 5021", "?e3004 1": any case, with or without the question mark. Answers are
 * ">SERIAL NUMBER, 1234567" between line ends, with prompts ('>'), or in STX ... ETB; "!" is a write that was
 * done. Terminal programs put Telnet options in front. */
#include "proto/haas.h"

#include <string.h>

enum {
	ETB = 0x17,
	IAC = 0xff, TELNET_WILL = 0xfb, TELNET_SB = 0xfa, TELNET_SE = 0xf0,	/* RFC 854 */
};

/* Bytes of a Telnet command at the front; 0: none, or not whole yet. */
static size_t telnet(struct bytes b)
{
	if (b.n < 2 || b.p[0] != IAC)
		return 0;
	if (b.p[1] >= TELNET_WILL && b.p[1] != IAC)
		return b.n >= 3 ? 3 : 0;
	if (b.p[1] != TELNET_SB)
		return 2;
	for (size_t i = 2; i + 1 < b.n; i++)
		if (b.p[i] == IAC && b.p[i + 1] == TELNET_SE)
			return i + 2;
	return 0;
}

static bool is_end(uint8_t c)
{
	return c == '\r' || c == '\n' || c == ETB;
}

static bool is_filler(uint8_t c)
{
	return c <= ' ' || c == '>';
}

size_t haas_filler(struct bytes b)
{
	size_t n = 0;

	while (n < b.n) {
		size_t t = telnet(ascii_skip(b, n));

		if (t == 0 && !is_filler(b.p[n]))
			break;
		n += t == 0 ? 1 : t;
	}
	return n;
}

size_t haas_line_end(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (is_end(b.p[i]))
			return i + 1;
	return 0;
}

struct bytes haas_strip(struct bytes b)
{
	b = ascii_skip(b, haas_filler(b));
	while (b.n > 0 && b.p[b.n - 1] <= ' ')
		b.n--;
	return b;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

uint8_t haas_command(struct bytes b, uint32_t *ret_number, struct bytes *ret_rest)
{
	uint32_t number = 0;
	unsigned digits = 0;

	if (b.n > 0 && b.p[0] == '?')
		b = ascii_skip(b, 1);
	uint8_t letter = b.n == 0 ? 0 : ascii_lower(b.p[0]);

	if (letter != 'q' && letter != 'e')
		return 0;
	b = ascii_trim(ascii_skip(b, 1));
	while (b.n > 0 && is_digit(b.p[0]) && digits < 6) {
		number = number * 10 + (b.p[0] - (uint32_t)'0');
		digits++;
		b = ascii_skip(b, 1);
	}
	if (digits == 0 || digits > 5)
		return 0;
	*ret_number = number;
	*ret_rest = ascii_trim(b);
	return letter == 'q' ? 'Q' : 'E';
}

/* The separator between a command and what follows it. */
static bool apart(struct bytes rest)
{
	static const char begins[] = "-+.,=?";

	return rest.n == 0 || is_digit(rest.p[0]) || memchr(begins, rest.p[0], sizeof(begins) - 1) != NULL;
}

unsigned haas_command_like(struct bytes line)
{
	uint32_t number;
	struct bytes rest;
	bool asks = line.n > 0 && line.p[0] == '?';
	uint8_t kind = haas_command(line, &number, &rest);

	if (kind == 0)
		return 0;
	if (!apart(rest))
		return asks && kind == 'E' ? 20 : 0;
	if (kind == 'Q')
		return haas_code(number) != NULL ? (asks ? 85 : 40) :
		       asks ? (number >= 100 && number <= 999 ? 50 : 20) : 0;
	return rest.n > 0 ? (asks ? 80 : 25) : 0;
}

unsigned haas_label(struct bytes field)
{
	char plain[24];
	size_t n = 0;

	for (size_t i = 0; i < field.n && n < sizeof(plain); i++) {
		uint8_t c = ascii_lower(field.p[i]);

		if ((c >= 'a' && c <= 'z') || is_digit(c))
			plain[n++] = (char)c;
	}
	for (unsigned row = 0; n < sizeof(plain) && row < HAAS_QUERIES; row++)
		for (unsigned i = 0; i < LABELS && haas_labels[row].label[i] != NULL; i++)
			if (ascii_is((struct bytes){(const uint8_t *)plain, n}, haas_labels[row].label[i]))
				return row;
	return HAAS_QUERIES;
}

struct bytes haas_field(struct bytes *rest)
{
	return ascii_trim(ascii_until(rest, ','));
}

unsigned haas_answer_like(struct bytes line)
{
	struct bytes rest = line, field = haas_field(&rest);
	unsigned row = haas_label(field);

	if (row == HAAS_QUERIES || (rest.n == 0 && !ascii_begins(field, "STATUS")))
		return 0;
	/* Words of one field that other devices say too. */
	return ascii_is(field, "MODEL") || ascii_is(field, "MODE") || ascii_is(field, "STATUS") ||
	       ascii_is(field, "VERSION") || ascii_is(field, "SN") || ascii_is(field, "TOOL") ? 35 : 70;
}

bool haas_number(struct bytes b, double *ret)
{
	double v = 0, scale = 1;
	bool minus = b.n > 0 && b.p[0] == '-', point = false;
	size_t digits = 0;

	if (b.n > 0 && (b.p[0] == '-' || b.p[0] == '+'))
		b = ascii_skip(b, 1);
	if (b.n > 24)
		return false;
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] == '.' && !point) {
			point = true;
		} else if (is_digit(b.p[i])) {
			v = v * 10 + (b.p[i] - '0');
			scale *= point ? 10 : 1;
			digits++;
		} else {
			return false;
		}
	}
	*ret = (minus ? -v : v) / scale;
	return digits > 0;
}

/* stream/nctext.c: NC programs as texts: told by their first lines, named, and hashed in one canonical
 * form. */
#include "stream/nctext.h"

#include <string.h>

#include "core/util.h"

/* ---- does it look like one ---- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool ends_line(uint8_t c)
{
	return c <= '\r' && (c == '\n' || c == '\r' || c == '\0');
}

static bool has_word(struct bytes b, size_t at, const char *word)
{
	size_t n = strlen(word);

	return at <= b.n && n <= b.n - at && memcmp(b.p + at, word, n) == 0;
}

static size_t skip_blanks(struct bytes b, size_t at)
{
	while (at < b.n && is_blank(b.p[at]))
		at++;
	return at;
}

/* Where the line that `at` is in ends. Eight bytes that are all above CR are passed over at once. */
static size_t line_end(struct bytes b, size_t at)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t w;

	for (; at + sizeof(w) <= b.n; at += sizeof(w)) {
		memcpy(&w, b.p + at, sizeof(w));
		if (((w - ones * ('\r' + 1)) & ~w & high) != 0)
			break;
	}
	while (at < b.n && !ends_line(b.p[at]))
		at++;
	return at;
}

static size_t next_line(struct bytes b, size_t at)
{
	at = line_end(b, at);
	while (at < b.n && (ends_line(b.p[at]) || is_blank(b.p[at])))
		at++;
	return at;
}

/* "0 BEGIN PGM NAME MM": the block number is there in files a control wrote. */
static size_t klartext_name(struct bytes b, size_t at)
{
	while (at < b.n && is_digit(b.p[at]))
		at++;
	at = skip_blanks(b, at);
	return has_word(b, at, "BEGIN PGM ") ? skip_blanks(b, at + 10) : 0;
}

/* "<SHAFT-2>": how Fanuc names programs that have no number (30i, program names up to 32 characters). */
static size_t bracket_name(struct bytes b, size_t at)
{
	size_t end = at + 1;

	if (at >= b.n || b.p[at] != '<')
		return 0;
	while (end < b.n && b.p[end] > ' ' && b.p[end] < 0x7f && b.p[end] != '<' && b.p[end] != '>')
		end++;
	return end < b.n && b.p[end] == '>' && end - at > 1 && end - at <= 33 ? end : 0;
}

/* What may stand first in a block: skip, comment, program or block number, G, M, T, a name in brackets. */
static bool block_begins(struct bytes b, size_t at)
{
	if (at < b.n && (b.p[at] == '(' || b.p[at] == '/'))
		return true;
	if (at + 1 >= b.n || b.p[at] == '\0')
		return false;
	return b.p[at] == '<' || (strchr("OoNnGgMmTt:", b.p[at]) != NULL && is_digit(b.p[at + 1]));
}

/* A word of a block: a letter and a number, a variable or an expression ("X-1.5", "Z#101", "#500=[#1+2]"). */
static size_t skip_word(struct bytes b, size_t at)
{
	size_t from = at;

	if (at < b.n && ((b.p[at] >= 'A' && b.p[at] <= 'Z') || b.p[at] == '#'))
		at++;
	while (at < b.n && (is_digit(b.p[at]) || (b.p[at] != '\0' && strchr("+-.#[]*=", b.p[at]) != NULL)))
		at++;
	return at - from >= 2 ? at : from;
}

/* Is this line made of words and comments alone; says whether it has a G or M function of one to three
 * digits. */
static bool is_block(struct bytes b, size_t at, bool *ret_function)
{
	size_t end = line_end(b, at), words = 0;

	while (at < end) {
		if (b.p[at] == '(') {
			while (at < end && b.p[at] != ')')
				at++;
			at += at < end;
		} else if (is_blank(b.p[at]) || b.p[at] == ';' || b.p[at] == '/') {
			at++;
		} else {
			size_t next = skip_word(b, at);

			if (next == at)
				return false;
			if ((b.p[at] == 'G' || b.p[at] == 'M') && is_digit(b.p[at + 1]) && next - at <= 5)
				*ret_function = true;
			at = next;
			words++;
		}
	}
	return words > 0;
}

/* Three whole lines of words, a G or M function among them; the last line may be cut by the end of what is
 * known. */
static bool are_blocks(struct bytes b, size_t at)
{
	bool function = false;
	unsigned lines = 0;

	while (at < b.n && line_end(b, at) < b.n) {
		if (b.p[at] != '(' && !is_block(b, at, &function))
			return false;
		lines++;
		at = next_line(b, at);
	}
	return lines >= 3 && function;
}

/* Behind a line of % alone, or % and a name, at most 64 bytes: the first block. */
static bool tape_begins(struct bytes b, size_t at)
{
	size_t end = line_end(b, at), unit = end;

	if (end == b.n || end - at > 64)
		return false;
	while (unit > at && (is_blank(b.p[unit - 1]) || b.p[unit - 1] == '*'))
		unit--;
	if (unit - at > 4 && (has_word(b, unit - 4, " G70") || has_word(b, unit - 4, " G71")))
		return true;		/* Heidenhain DIN/ISO */
	if (has_word(b, at, "%_N_"))
		return true;		/* Siemens, archive and file headers */
	return block_begins(b, next_line(b, at));
}

/* ":1234", the O of ISO code: a number of at most eight digits and no more, because Intel HEX begins with a
 * colon too. */
static bool colon_number(struct bytes b, size_t at)
{
	size_t end = at + 1;

	while (end < b.n && is_digit(b.p[end]))
		end++;
	return end - at >= 3 && end - at <= 9 && end < b.n &&
	       (ends_line(b.p[end]) || is_blank(b.p[end]) || b.p[end] == '(');
}

bool nctext_looks(struct bytes head)
{
	size_t at = 0;

	while (at < head.n && (ends_line(head.p[at]) || is_blank(head.p[at])))
		at++;
	if (at == head.n)
		return false;
	if (head.p[at] == '%')
		return tape_begins(head, at);
	if (head.p[at] == 'O')
		return at + 2 < head.n && is_digit(head.p[at + 1]) && is_digit(head.p[at + 2]);
	if (head.p[at] == ':')
		return colon_number(head, at);
	if (head.p[at] == '<')
		return bracket_name(head, at) != 0 && block_begins(head, next_line(head, at)) &&
		       head.p[next_line(head, at)] != '<';
	return klartext_name(head, at) != 0 || are_blocks(head, at);
}

/* ---- its name ---- */

static void name_is(struct nctext *t, struct bytes b)
{
	t->name_n = (uint8_t)min_size(b.n, sizeof(t->name));
	memcpy(t->name, b.p, t->name_n);
}

/* O and at least four digits, as people write it: O1 and O0001 are one program. */
static void name_is_number(struct nctext *t, struct bytes line, size_t at)
{
	uint8_t text[10] = { 'O' };
	size_t digits = at, n = 1;

	while (digits < line.n && is_digit(line.p[digits]))
		digits++;
	while (at < digits && line.p[at] == '0')
		at++;
	if (digits - at > 8)
		return;			/* no control has numbers of more than eight digits */
	for (size_t have = digits - at; have < 4; have++)
		text[n++] = '0';
	memcpy(text + n, line.p + at, digits - at);
	name_is(t, (struct bytes){ text, n + digits - at });
}

static void name_until_blank(struct nctext *t, struct bytes line, size_t at)
{
	size_t end = at;

	while (end < line.n && line.p[end] > ' ')
		end++;
	name_is(t, (struct bytes){ line.p + at, end - at });
}

static void look_for_name(struct nctext *t)
{
	struct bytes line = { t->line, t->line_n };
	size_t at = klartext_name(line, 0), end = bracket_name(line, 0);

	if (at != 0)
		name_until_blank(t, line, at);
	else if (end != 0)
		name_is(t, (struct bytes){ line.p + 1, end - 1 });
	else if (line.n > 1 && (line.p[0] == 'O' || line.p[0] == ':') && is_digit(line.p[1]))
		name_is_number(t, line, 1);
	else if (line.n > 2 && line.p[0] == '%' && line.p[1] == 'O' && is_digit(line.p[2]))
		name_is_number(t, line, 2);
	else if (line.n > 1 && line.p[0] == '%' && t->lines == 0)
		name_until_blank(t, line, 1);
}

/* ---- the canonical text ---- */

static void flush(struct nctext *t)
{
	sha256_update(&t->sha, t->out_n, t->out);
	t->out_n = 0;
}

static void put(struct nctext *t, uint8_t c)
{
	if (t->out_n == sizeof(t->out))
		flush(t);
	t->out[t->out_n++] = c;
	if (t->line_n < sizeof(t->line) && c != '\n')
		t->line[t->line_n++] = c;
}

static void put_blanks(struct nctext *t)
{
	for (unsigned i = 0; i < t->blanks_n; i++)
		put(t, t->blanks[i]);
	t->blanks_n = 0;
}

static bool wants_name(const struct nctext *t)
{
	return t->name_n == 0 && t->lines < NC_LINES;
}

static void end_line(struct nctext *t)
{
	if (t->in_line) {
		put(t, '\n');
		if (wants_name(t)) {
			look_for_name(t);
			t->lines++;
		}
	}
	t->in_line = t->mark = t->blanks_n = t->line_n = 0;
}

static void add_byte(struct nctext *t, uint8_t c)
{
	if (ends_line(c)) {
		end_line(t);
	} else if (is_blank(c)) {
		if (t->blanks_n == sizeof(t->blanks)) {
			if (t->mark)
				put(t, '%');
			t->mark = 0;
			t->in_line = 1;
			put_blanks(t);
		}
		t->blanks[t->blanks_n++] = c;
	} else if (c == '%' && !t->in_line && !t->mark && t->blanks_n == 0) {
		t->mark = 1;
	} else {
		if (t->mark)
			put(t, '%');
		t->mark = 0;
		t->in_line = 1;
		put_blanks(t);
		put(t, c);
	}
}

/* The usual line: begins at the front, ends in this piece, is no tape mark, and is not very long. The same
 * as byte by byte. Returns the bytes taken, its end included; 0: none. */
static size_t add_line(struct nctext *t, struct bytes b)
{
	size_t end = line_end(b, 0), n = end;

	while (n > 0 && is_blank(b.p[n - 1]))
		n--;
	if (end == b.n || n == 0 || n >= sizeof(t->out) || end - n >= NC_BLANKS || b.p[0] == '%')
		return 0;
	if (n >= sizeof(t->out) - t->out_n)
		flush(t);
	memcpy(t->out + t->out_n, b.p, n);
	t->out_n += (uint16_t)n;
	if (wants_name(t)) {
		t->line_n = (uint8_t)min_size(n, sizeof(t->line));
		memcpy(t->line, b.p, t->line_n);
	}
	t->in_line = 1;
	end_line(t);
	return end + 1;
}

void nctext_begin(struct nctext *t)
{
	sha256_init(&t->sha);
}

void nctext_add(struct nctext *t, struct bytes piece)
{
	while (piece.n > 0) {
		bool fresh = !t->in_line && !t->mark && t->blanks_n == 0;
		size_t n = fresh ? add_line(t, piece) : 0;

		if (n == 0) {
			add_byte(t, piece.p[0]);
			n = 1;
		}
		piece.p += n;
		piece.n -= n;
	}
}

void nctext_end(struct nctext *t, uint8_t ret_sha256[32])
{
	end_line(t);
	flush(t);
	sha256_digest(&t->sha, 32, ret_sha256);
}

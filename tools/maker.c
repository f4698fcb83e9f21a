/* tools/maker.c: see maker.h. */
#include "maker.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { SHOUT_MIN = 5 };		/* capitals in a row that are a word and no abbreviation */

/* Makers whose registered name nobody says. Both begin the name; what follows stays. */
static const struct { const char *registered, *said; } said[] = {
	{ "DR. JOHANNES HEIDENHAIN", "Heidenhain" },
	{ "OMRON TATEISI ELECTRONICS", "Omron" },
	{ "IDEC IZUMI", "IDEC" },
	{ "Intel Corporate", "Intel" },
	{ "LCFC(HeFei) Electronics Technology", "Lenovo" },
	{ "Raspberry Pi Foundation", "Raspberry Pi" },
	{ "Raspberry Pi Trading", "Raspberry Pi" },
	{ "Telemecanique Electrique", "Schneider Electric" },
	{ "BUFFALO.INC", "Buffalo" },
};

/* Written in capitals by themselves too. */
static const char *const loud[] = { "JTEKT", "NACHI" };

/* With these words the name ends: what follows is the form of the company, a division or a country. Compared
 * without full stops; those of two letters in the way they are always written. */
static const char *const forms[] = {
	"Aktiengesellschaft", "ApS", "Company", "Corp", "Corporation", "GmbH", "GmbH&Co", "Inc",
	"Incorporated", "Limited", "LLC", "LLP", "Ltd", "Ltda", "Oyj", "plc", "Pte", "Pty", "Pvt", "Sdn",
	"SpA", "SRL", "sro",
};
static const char *const short_forms[] = {
	"A/S", "AB", "AG", "AS", "BV", "bv", "CO", "Co", "co", "KG", "KK", "NV", "OY", "Oy", "SA", "SE",
};

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* The n bytes at s without their full stops; "": longer than any form. */
static void bare(char out[32], const char *s, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n && kept < 31; i++)
		if (s[i] != '.')
			out[kept++] = s[i];
	out[kept < 31 ? kept : 0] = '\0';
}

static bool is_form(const char *s, size_t n)
{
	char word[32];

	bare(word, s, n);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcasecmp(word, forms[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(short_forms) / sizeof(short_forms[0]); i++)
		if (strcmp(word, short_forms[i]) == 0)
			return true;
	return false;
}

/* Ends the name before its form, and at a comma. The first word always stays. */
static void cut(char *name)
{
	char *end = name + strcspn(name, " ,");

	for (char *word = end; *word != '\0' && *word != ',';) {
		word += strspn(word, " ");
		size_t n = strcspn(word, " ,");

		if (is_form(word, n))
			break;
		word += n;
		end = word;
	}
	while (end > name + 1 && strchr(" &-", end[-1]) != NULL)
		end--;
	*end = '\0';
}

static bool is_loud(const char *s, size_t n)
{
	for (size_t i = 0; i < sizeof(loud) / sizeof(loud[0]); i++)
		if (strlen(loud[i]) == n && memcmp(s, loud[i], n) == 0)
			return true;
	return false;
}

/* Words in capitals become words. */
static void calm(char *name)
{
	for (char *p = name; *p != '\0';) {
		size_t capitals = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

		if (capitals >= SHOUT_MIN && !is_letter(p[capitals]) && !is_loud(p, capitals))
			for (size_t i = 1; i < capitals; i++)
				p[i] = (char)(p[i] + ('a' - 'A'));
		p += capitals;
		while (is_letter(*p))		/* the rest of a word that is not all capitals */
			p++;
		while (*p != '\0' && !is_letter(*p))
			p++;
	}
}

void maker_shorten(char *name)
{
	cut(name);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		size_t n = strlen(said[i].registered);

		if (strncmp(name, said[i].registered, n) == 0) {
			size_t known = strlen(said[i].said);

			memcpy(name, said[i].said, known);
			memmove(name + known, name + n, strlen(name + n) + 1);
		}
	}
	calm(name);
}

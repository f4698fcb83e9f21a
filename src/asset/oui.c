/* asset/oui.c: maker of a MAC address by the IEEE registry compiled into the program. */
#include "asset/asset.h"

#include "oui.inc"

enum { NAME_BITS = 24 };	/* an entry is prefix << 24 | offset of the name; see tools/oui.c */

/* The name under this prefix, or NULL. */
static const char *look_up(const uint64_t *rows, size_t count, uint64_t prefix)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint64_t have = rows[mid] >> NAME_BITS;

		if (have == prefix)
			return oui_names + (rows[mid] & ((1u << NAME_BITS) - 1));
		if (prefix < have)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const char *oui_maker(const uint8_t mac[6])
{
	uint64_t m = 0;

	for (unsigned i = 0; i < 6; i++)
		m = m << 8 | mac[i];
	if ((mac[0] & 3) != 0)			/* IEEE 802-2014 section 8.4: group or locally administered,
						 * nobody's */
		return NULL;
	const char *maker = look_up(oui_36, ARRAY_LEN(oui_36), m >> 12);

	if (maker == NULL)
		maker = look_up(oui_28, ARRAY_LEN(oui_28), m >> 20);
	return maker != NULL ? maker : look_up(oui_24, ARRAY_LEN(oui_24), m >> 24);
}

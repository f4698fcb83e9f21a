/* proto/dhcp_class.c: what vendor classes are known to mean (M, as these systems send them). */
#include "proto/dhcp_class.h"

#include "core/util.h"

#include <string.h>

const char *dhcp_class_system(struct bytes vendor)
{
	static const struct { const char *word, *system; } known[] = {
		{ "MSFT 5.0", "Windows" }, { "MSFT 98", "Windows 98" }, { "android-dhcp-", "Android" },
		{ "udhcp", "Linux (BusyBox)" }, { "dhcpcd", "Linux" }, { "Linux", "Linux" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		size_t n = strlen(known[i].word);

		if (vendor.n >= n && memcmp(vendor.p, known[i].word, n) == 0)
			return known[i].system;
	}
	return NULL;
}

/* proto/said.c: what a flow told already; see said.h. */
#include "proto/said.h"

bool said_before(uint64_t ring[], unsigned n, uint8_t *next, uint64_t digest)
{
	for (unsigned i = 0; i < n; i++)
		if (ring[i] == digest)
			return true;
	ring[*next] = digest;
	*next = (uint8_t)((*next + 1u) % n);
	return false;
}

bool said_changed(struct said_value ring[], unsigned n, uint8_t *next, uint32_t key, uint32_t value)
{
	for (unsigned i = 0; i < n; i++) {
		bool changed = ring[i].value != value;

		if (ring[i].key != key)
			continue;
		ring[i].value = value;
		return changed;
	}
	ring[*next] = (struct said_value){ key, value };
	*next = (uint8_t)((*next + 1u) % n);
	return true;
}

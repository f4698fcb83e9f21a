/* detect/watch.c: which words change a controller, how bad an unknown hand in them is, and what ATT&CK for ICS calls
 * it (ids of v18; model/alert.c has those of v19). */
#include "detect/rules.h"

static const struct watch watches[] = {
	{ "stop",           LEVEL_CRITICAL, { "T0858", "T0855", "T0814" } },
	{ "force",          LEVEL_CRITICAL, { "T0835", "T0855", "T0831" } },
	{ "program-write",  LEVEL_CRITICAL, { "T0843", "T0889" } },
	{ "program-delete", LEVEL_CRITICAL, { "T0809", "T0889" } },
	{ "firmware-write", LEVEL_CRITICAL, { "T0857" } },
	{ "start",          LEVEL_HIGH,     { "T0858", "T0855" } },
	{ "mode",           LEVEL_HIGH,     { "T0858" } },
	{ "reset",          LEVEL_HIGH,     { "T0816", "T0855" } },
	{ "write",          LEVEL_HIGH,     { "T0855", "T0836" } },
	{ "tool-write",     LEVEL_HIGH,     { "T0836", "T0831" } },
	{ "config-write",   LEVEL_HIGH,     { "T0836" } },
	{ "program-select", LEVEL_HIGH,     { "T0821" } },
	{ "file-write",     LEVEL_HIGH,     { "T0867" } },
	{ "file-delete",    LEVEL_HIGH,     { "T0809" } },
	{ "file-rename",    LEVEL_MEDIUM,   { "T0809" } },
	{ "program-read",   LEVEL_MEDIUM,   { "T0845" } },
};

const struct watch *watch_at(size_t i)
{
	return i < ARRAY_LEN(watches) ? &watches[i] : NULL;
}

/* detect/watch.c: which words change a controller, how bad an unknown hand in them is, and what ATT&CK for
 * ICS calls it (ids of v18; model/alert.c has those of v19). */
#include "detect/watch.h"

/* Operators set values at their panels; some panels start, stop and choose programs. None writes programs. */
static const struct watch watches[] = {
	{ "stop",           LEVEL_CRITICAL, PANEL_KNOWN, { "T0858", "T0855", "T0814" } },
	{ "force",          LEVEL_CRITICAL, PANEL_NEVER, { "T0835", "T0855", "T0831" } },
	{ "program-write",  LEVEL_CRITICAL, PANEL_NEVER, { "T0843", "T0889" } },
	{ "program-delete", LEVEL_CRITICAL, PANEL_NEVER, { "T0809", "T0889" } },
	{ "firmware-write", LEVEL_CRITICAL, PANEL_NEVER, { "T0857" } },
	{ "start",          LEVEL_HIGH,     PANEL_KNOWN, { "T0858", "T0855" } },
	{ "mode",           LEVEL_HIGH,     PANEL_KNOWN, { "T0858" } },
	{ "reset",          LEVEL_HIGH,     PANEL_KNOWN, { "T0816", "T0855" } },
	{ "write",          LEVEL_HIGH,     PANEL_MAY, { "T0855", "T0836" } },
	{ "tool-write",     LEVEL_HIGH,     PANEL_MAY, { "T0836", "T0831" } },
	{ "config-write",   LEVEL_HIGH,     PANEL_KNOWN, { "T0836" } },
	{ "program-select", LEVEL_HIGH,     PANEL_KNOWN, { "T0821" } },
	{ "file-write",     LEVEL_HIGH,     PANEL_NEVER, { "T0867" } },
	{ "file-delete",    LEVEL_HIGH,     PANEL_NEVER, { "T0809" } },
	{ "file-rename",    LEVEL_MEDIUM,   PANEL_NEVER, { "T0809" } },
	{ "program-read",   LEVEL_MEDIUM,   PANEL_NEVER, { "T0845" } },
	{ "file-read",      LEVEL_MEDIUM,   PANEL_NEVER, { "T0845" } },
};

const struct watch *watch_at(size_t i)
{
	return i < ARRAY_LEN(watches) ? &watches[i] : NULL;
}

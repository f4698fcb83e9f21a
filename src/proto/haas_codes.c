/* proto/haas_codes.c: the commands of Haas machine data collection, and how the control labels its answers.
 *
 * "MDC" is Haas, "Next Generation Control - Machine Data Collection", table of queries (confidence H); the
 * spelling of labels is that of public clients and of a simulator (M). */
#include "proto/haas.h"

#define BOTH (CODE_REQUEST | CODE_ANSWER)
const struct proto_code haas_codes[HAAS_CODES] = {
	{100, "serial", VERB_IDENTIFY, CLASS_DEVICE, BOTH, "MDC Q100 (H)"},
	{101, "software", VERB_IDENTIFY, CLASS_DEVICE, BOTH, "MDC Q101 (H)"},
	{102, "model", VERB_IDENTIFY, CLASS_DEVICE, BOTH, "MDC Q102 (H)"},
	{104, "mode", VERB_READ, CLASS_DEVICE, BOTH, "MDC Q104 (H)"},
	{200, "tool-changes", VERB_READ, CLASS_TOOL, BOTH, "MDC Q200 (H)"},
	{201, "tool-in-use", VERB_READ, CLASS_TOOL, BOTH, "MDC Q201 (H)"},
	{300, "power-on-time", VERB_READ, CLASS_DEVICE, BOTH, "MDC Q300 (H)"},
	{301, "motion-time", VERB_READ, CLASS_DEVICE, BOTH, "MDC Q301 (H)"},
	{303, "last-cycle", VERB_READ, CLASS_DEVICE, BOTH, "MDC Q303 (H)"},
	{304, "previous-cycle", VERB_READ, CLASS_DEVICE, BOTH, "MDC Q304 (H)"},
	{402, "parts-1", VERB_READ, CLASS_DATA, BOTH, "MDC Q402 (H)"},
	{403, "parts-2", VERB_READ, CLASS_DATA, BOTH, "MDC Q403 (H)"},
	{CODE_STATUS, "status", VERB_READ, CLASS_DEVICE, BOTH, "MDC Q500 (H)"},
	{CODE_MACRO_READ, "macro-read", VERB_READ, CLASS_DATA, BOTH, "MDC Q600 (H)"},
	{CODE_MACRO_WRITE, "macro-write", VERB_WRITE, CLASS_DATA, BOTH, "MDC: {e-commands} (H)"},
	{CODE_UNASKED, "unasked", VERB_REPORT, CLASS_DATA, CODE_PUSH,
	 "MDC: {haas-all-clients} (H)"},
	{CODE_TURNED_AWAY, "turned-away", VERB_OPEN, CLASS_SESSION, CODE_ANSWER,
	 "MDC: {two-connections} (H); {third-hung-up}: M"},
	{CODE_TURNED_AWAY + 1, "unknown-answer", VERB_REPORT, CLASS_DATA, CODE_PUSH | CODE_NAMED,
	 "{unknown-label}"},
};

const struct haas_row haas_labels[HAAS_QUERIES] = {
	{{"SERIALNUMBER", "SN", NULL}},
	{{"SOFTWAREVERSION", "SOFTWARE", "VERSION"}},
	{{"MODEL", "MODELNUMBER", "MACHINEMODEL"}},
	{{"MODE", NULL, NULL}},
	{{"TOOLCHANGES", NULL, NULL}},
	{{"USINGTOOL", "TOOL", NULL}},
	{{"POTIME", "POWERONTIME", NULL}},
	{{"CSTIME", "MOTIONTIME", NULL}},
	{{"LASTCYCLE", NULL, NULL}},
	{{"PREVCYCLE", "PREVIOUSCYCLE", NULL}},
	{{"M301", NULL, NULL}},
	{{"M302", NULL, NULL}},
	{{"PROGRAM", "STATUS", "STATUSBUSY"}},
	{{"MACRO", NULL, NULL}},
};

const struct proto_space haas_spaces[] = {
	[HAAS_MACRO - 1] = {"macro", "{0}"},
	[HAAS_QUERY - 1] = {"query", "{0}"},
	{NULL, NULL},
};

#define AT(member) .at = offsetof(struct haas_own, member)
const struct field haas_fields[] = {
	{.name = "label", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(label)},
	{.name = "program", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(program)},
	{.name = "state", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(state)},
	{.name = "parts", .type = FIELD_U32, .show = SHOW_GIVEN, AT(parts),
	 .given = offsetof(struct haas_own, has_parts)},
	{.name = "mode", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(mode)},
	{0}};

const struct proto_code *haas_code(uint32_t code)
{
	return proto_code(&proto_haas, code);
}

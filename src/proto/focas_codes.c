/* proto/focas_codes.c: the messages of FOCAS and the functions they call. Sources as focas.h names them. */
#include "proto/focas.h"

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = BOTH | CODE_NAMED };

/* FRAME(type, key, verb, class, flags, source) */
#define FRAMES(FRAME)											\
	FRAME(0x0101, "open", OPEN, SESSION, BOTH, "PYF, LIB (H): {focas-streams}")		\
	FRAME(0x0201, "close", CLOSE, SESSION, BOTH, "PYF, LIB (H)")					\
	FRAME(0x2101, "call", KEEPALIVE, SESSION, BOTH, "LIB (M): {no-function}")		\
	FRAME(0x1101, "program-to-control", WRITE, PROGRAM, BOTH, "HSL, LIB (H)")			\
	FRAME(0x1204, "program-to-control-block", WRITE, PROGRAM, CODE_REQUEST, "HSL, LIB (H)")		\
	FRAME(0x1301, "program-to-control-end", WRITE, PROGRAM, BOTH, "HSL, LIB (H)")			\
	FRAME(0x1501, "program-from-control", READ, PROGRAM, BOTH, "PYF, HSL (H)")			\
	FRAME(0x1604, "program-from-control-block", READ, PROGRAM, CODE_ANSWER, "PYF, HSL (H)")		\
	FRAME(0x1701, "program-from-control-end", READ, PROGRAM, CODE_ANSWER, "PYF, HSL (H)")		\
	FRAME(0x1702, "program-from-control-done", READ, PROGRAM, CODE_REQUEST, "PYF, HSL (H)")		\
	FRAME(0x1804, "program-more", READ, PROGRAM, CODE_REQUEST | CODE_NAMED, "LIB (M): {asks-for-bytes}") \
	FRAME(0x1901, "program-stop", CLOSE, PROGRAM, BOTH, "LIB (M): {ends-reading}")

/* CNC(number in hex, key, verb, class, flags, source, shape, names, space): group 1 */
#define FUNCTIONS(CNC)											\
	CNC(01, "start", START, DEVICE, BOTH, "HSL (M)", NONE, NOTHING, 0)				\
	CNC(03, "select-program", SELECT, PROGRAM, BOTH, "HSL (M)", NONE, NUMBER, 0)			\
	CNC(05, "delete-program", DELETE, PROGRAM, BOTH, "HSL, LIB (M)", NONE, NUMBER, 0)		\
	CNC(06, "program-directory", BROWSE, PROGRAM, BOTH, "PYF, LIB (H)", \
	    DIRECTORY, ARGUMENTS, SPACE_ARGUMENTS) \
	CNC(08, "read-tool-offset", READ, TOOL, BOTH, "HSL, LIB (H)", VARIABLES, OFFSET, SPACE_OFFSET)	\
	CNC(09, "write-tool-offset", WRITE, TOOL, BOTH, "LIB (H)", VARIABLES, OFFSET, SPACE_OFFSET)	\
	CNC(0a, "tool-offset-info", READ, TOOL, NAMED, "LIB (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(0b, "read-zero-offset", READ, CONFIG, BOTH, "LIB (H)", DECIMALS, RANGE, SPACE_ZERO)		\
	CNC(0c, "write-zero-offset", WRITE, CONFIG, BOTH, "LIB (H)", DECIMALS, RANGE, SPACE_ZERO)	\
	CNC(0e, "read-parameter", READ, CONFIG, BOTH, "PYF (M)", PARAMETER, RANGE, SPACE_PARAMETER)	\
	CNC(15, "read-macro", READ, DATA, BOTH, "PYF, HSL, LIB (H)", VARIABLES, RANGE, SPACE_MACRO)	\
	CNC(16, "write-macro", WRITE, DATA, BOTH, "HSL, LIB (H)", VARIABLES, RANGE, SPACE_MACRO)	\
	CNC(17, "macro-info", READ, DATA, NAMED, "LIB (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)		\
	CNC(18, "system-info", IDENTIFY, DEVICE, BOTH, "PYF, LIB (H)", SYSTEM, NOTHING, 0)		\
	CNC(19, "status", READ, DEVICE, BOTH, "PYF, HSL (H)", STATUS, NOTHING, 0)			\
	CNC(1a, "alarm-status", READ, ALARM, BOTH, "PYF, LIB (H)", U32, NOTHING, 0)			\
	CNC(1c, "program-number", READ, DEVICE, BOTH, "PYF, LIB (H)", PROGRAMS, NOTHING, SPACE_RUNNING)	\
	CNC(1d, "sequence-number", READ, DEVICE, BOTH, "PYF, LIB (H)", U32, NOTHING, 0)			\
	CNC(1f, "rewind", CONTROL, PROGRAM, BOTH, "PYF (M)", NONE, ARGUMENTS, SPACE_ARGUMENTS)		\
	CNC(20, "executing-block", READ, DEVICE, BOTH, "PYF, HSL, LIB (H)", BLOCK, NOTHING, 0)		\
	CNC(21, "g-codes", READ, DEVICE, NAMED, "PYF (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)		\
	CNC(23, "alarm-messages", READ, ALARM, BOTH, "HSL, LIB (H)", ALARMS, ARGUMENTS, SPACE_ARGUMENTS) \
	CNC(24, "feed-rate", READ, DEVICE, BOTH, "PYF, LIB (H)", DECIMALS, NOTHING, 0)			\
	CNC(25, "spindle-speed", READ, DEVICE, BOTH, "PYF, LIB (H)", DECIMALS, NOTHING, 0)		\
	CNC(26, "position", READ, DEVICE, BOTH, "PYF, LIB (H)", DECIMALS, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(30, "diagnosis", READ, CONFIG, BOTH, "PYF (M)", PARAMETER, RANGE, SPACE_DIAGNOSIS)		\
	CNC(34, "read-34", READ, DEVICE, NAMED, "{seen-unknown} (L)", \
	    RAW, ARGUMENTS, SPACE_ARGUMENTS) \
	CNC(35, "block-count", READ, DEVICE, BOTH, "LIB (M)", U32, NOTHING, 0)				\
	CNC(40, "spindle-load", READ, DEVICE, BOTH, "PYF, LIB (M)", DECIMALS, ARGUMENTS, SPACE_ARGUMENTS) \
	CNC(45, "read-clock", READ, TIME, BOTH, "PYF (H)", U16, ARGUMENTS, SPACE_ARGUMENTS)		\
	CNC(46, "set-clock", WRITE, TIME, BOTH, "PYF (H)", U16, ARGUMENTS, SPACE_ARGUMENTS)		\
	CNC(48, "tool-group", READ, TOOL, NAMED, "PYF (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)		\
	CNC(4a, "tool-groups", READ, TOOL, BOTH, "LIB (M)", U32, NOTHING, 0)				\
	CNC(52, "clear-tool-group", WRITE, TOOL, BOTH, "PYF (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(56, "servo-load", READ, DEVICE, BOTH, "PYF, HSL, LIB (H)", DECIMALS, ARGUMENTS, SPACE_ARGUMENTS) \
	CNC(57, "operation-mode", READ, DEVICE, NAMED, "LIB (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(5d, "panel-signals", READ, DEVICE, NAMED, "LIB (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(61, "panel-signal-names", READ, DEVICE, NAMED, "PYF (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(63, "zero-shift", READ, CONFIG, NAMED, "LIB (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)		\
	CNC(88, "axis-info", READ, DEVICE, NAMED, "PYF, HSL (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(89, "axis-names", READ, DEVICE, NAMED, "PYF, LIB (H)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(8a, "spindle-names", READ, DEVICE, NAMED, "PYF (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(8b, "tool-life", READ, TOOL, NAMED, "LIB (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)		\
	CNC(8d, "read-parameter-3", READ, CONFIG, BOTH, "PYF, LIB (H)", PARAMETER, RANGE, SPACE_PARAMETER) \
	CNC(93, "diagnosis-3", READ, CONFIG, BOTH, "PYF (M)", PARAMETER, RANGE, SPACE_DIAGNOSIS)	\
	CNC(96, "modal-codes", READ, DEVICE, NAMED, "PYF, LIB (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(97, "commanded-values", READ, DEVICE, NAMED, "LIB (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(98, "status-2", READ, DEVICE, BOTH, "HSL, LIB (H)", U16, NOTHING, 0)			\
	CNC(a0, "parameter-info", READ, CONFIG, NAMED, "PYF (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(a2, "diagnosis-info", READ, CONFIG, NAMED, "PYF (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(a3, "axis-units", READ, DEVICE, NAMED, "HSL (L)", RAW, ARGUMENTS, SPACE_ARGUMENTS)		\
	CNC(a4, "axis-count", READ, DEVICE, BOTH, "PYF, HSL (H)", U16, ARGUMENTS, SPACE_ARGUMENTS)	\
	CNC(a7, "read-macro-double", READ, DATA, NAMED, "PYF (M)", RAW, RANGE, SPACE_MACRO)		\
	CNC(b0, "current-directory", READ, DEVICE, BOTH, "PYF, HSL (H)", TEXT, ARGUMENTS, SPACE_ARGUMENTS) \
	CNC(b3, "list-files", BROWSE, PROGRAM, BOTH, "PYF (H)", FILES, PATH, 0)				\
	CNC(b4, "count-files", BROWSE, PROGRAM, BOTH, "PYF (H)", U32, PATH, 0)				\
	CNC(b5, "create-program", WRITE, PROGRAM, BOTH, "LIB (H)", NONE, PATH, 0)			\
	CNC(b6, "delete-file", DELETE, PROGRAM, BOTH, "LIB (H)", NONE, PATH, 0)				\
	CNC(b9, "main-program-name", READ, DEVICE, BOTH, "PYF (M)", TEXT, NOTHING, SPACE_MAIN)		\
	CNC(ba, "select-path", SELECT, PROGRAM, BOTH, "HSL (M)", NONE, PATH, 0)				\
	CNC(cf, "program-name", READ, DEVICE, BOTH, "HSL (H)", NAME, NOTHING, SPACE_RUNNING)		\
	CNC(e1, "status-3", READ, DEVICE, BOTH, "HSL, LIB (H)", U16, NOTHING, 0)			\
	CNC(f0, "program-lines", READ, PROGRAM, BOTH, "LIB (H)", LINES, PATH, 0)			\
	CNC(fc, "program-path", READ, DEVICE, BOTH, "LIB (H)", TEXT, NOTHING, SPACE_RUNNING)		\
	CNC(fd, "axis-torque", READ, DEVICE, NAMED, "LIB (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)		\
	CNC(120, "timer", READ, DEVICE, BOTH, "HSL, LIB (H)", U32, ARGUMENTS, SPACE_ARGUMENTS)

/* ROW(number in hex, ...): group 2 */
#define PMC_FUNCTIONS(ROW)										\
	ROW(8001, "read-pmc", READ, DATA, BOTH, "PYF, HSL, LIB (H)", PMC, PMC, SPACE_PMC)		\
	ROW(8002, "write-pmc", WRITE, DATA, BOTH, "LIB (H)", PMC, PMC, SPACE_PMC)			\
	ROW(8003, "pmc-info", READ, CONFIG, NAMED, "LIB (M)", RAW, ARGUMENTS, SPACE_ARGUMENTS)

#define FRAME_ENUM(type, ...) FRAME_##type,
#define CNC_ENUM(number, ...) CNC_##number,
#define PMC_ENUM(number, ...) PMC_##number,
enum { FRAMES(FRAME_ENUM) FUNCTIONS(CNC_ENUM) PMC_FUNCTIONS(PMC_ENUM) ROWS };

#define FRAME_ROW(type, key, verb, cls, flags, spec) { type, key, VERB_##verb, CLASS_##cls, flags, spec },
#define CNC_ROW(number, key, verb, cls, flags, spec, ...) \
	{ FOCAS_CODE(GROUP_CNC, 0x##number), key, VERB_##verb, CLASS_##cls, flags, spec },
#define PMC_ROW(number, key, verb, cls, flags, spec, ...) \
	{ FOCAS_CODE(GROUP_PMC, 0x##number), key, VERB_##verb, CLASS_##cls, flags, spec },
const struct proto_code focas_codes[FOCAS_CODES] = { FRAMES(FRAME_ROW) FUNCTIONS(CNC_ROW)
							     PMC_FUNCTIONS(PMC_ROW) };
_Static_assert((int)ROWS == (int)FOCAS_CODES, "the door knows how many");

#define NO_FUNCTION(...) { 0, 0, 0 },
#define A_FUNCTION(number, key, verb, cls, flags, spec, shape, names, space)                                 \
	{ SHAPE_##shape, NAMES_##names, space },
static const struct focas_function functions[ROWS] = {
	FRAMES(NO_FUNCTION) FUNCTIONS(A_FUNCTION) PMC_FUNCTIONS(A_FUNCTION)
};

/* Of CNC functions the row + 1. */
#define CNC_AT(number, ...) [0x##number] = CNC_##number + 1,
static const uint8_t cnc_at[] = { FUNCTIONS(CNC_AT) };

const struct proto_code *focas_row(uint16_t group, uint16_t function,
				   const struct focas_function **ret_function)
{
	static const struct focas_function unknown = { SHAPE_RAW, NAMES_ARGUMENTS, SPACE_ARGUMENTS };
	unsigned row = 0;

	if (group == GROUP_CNC && function < ARRAY_LEN(cnc_at))
		row = cnc_at[function];
	else if (group == GROUP_PMC && function >= 0x8001 && function <= 0x8003)
		row = PMC_8001 + 1u + (function - 0x8001u);
	*ret_function = row == 0 ? &unknown : &functions[row - 1];
	return row == 0 ? NULL : &focas_codes[row - 1];
}

const struct proto_code *focas_type_row(uint16_t type)
{
	for (unsigned i = 0; i < CNC_01; i++)
		if (focas_codes[i].code == type)
			return &focas_codes[i];
	return NULL;
}

const struct proto_space focas_spaces[] = {
	[SPACE_ARGUMENTS - 1] = { "arguments", "{0} {1} {2} {3}" },
	[SPACE_MACRO - 1] = { "macro", "{0}" },
	[SPACE_PARAMETER - 1] = { "parameter", "{0}" },
	[SPACE_DIAGNOSIS - 1] = { "diagnosis", "{0}" },
	[SPACE_OFFSET - 1] = { "tool-offset", "{0}/{1}" }, /* number, type */
	[SPACE_ZERO - 1] = { "zero-offset", "{0}/{1}" }, /* LIB: 0 external, 1 to 6 G54 to G59, from 7 on
							  * G54.1; axis from 1 on */
	[SPACE_RUNNING - 1] = { "running-program", NULL },
	[SPACE_MAIN - 1] = { "main-program", NULL },
	/* LIB: areas in the order of their numbers */
	{ "pmc-g", "G{0}" },
	{ "pmc-f", "F{0}" },
	{ "pmc-y", "Y{0}" },
	{ "pmc-x", "X{0}" },
	{ "pmc-a", "A{0}" },
	{ "pmc-r", "R{0}" },
	{ "pmc-t", "T{0}" },
	{ "pmc-k", "K{0}" },
	{ "pmc-c", "C{0}" },
	{ "pmc-d", "D{0}" },
	{ NULL, NULL }
};
_Static_assert(ARRAY_LEN(focas_spaces) == SPACE_PMC - 1 + PMC_AREAS + 1, "a space for each area");

/* ---- the own fields ---- */

/* API, structure ODBST of series 30i, 0i-D and later. */
static const char *const modes[] = { "mdi",	 "memory",    "other",	      "edit",
				     "handle",	 "jog",	      "teach-in-jog", "teach-in-handle",
				     "inc-feed", "reference", "remote" };
static const char *const runs[] = { "reset", "stop", "hold", "start", "mstr" };

/* API, return status of functions: the number a control answers with. */
static const char *const errors[] = { "none",	"function",  "length",	   "number",   "attribute",
				      "data",	"no-option", "protection", "overflow", "parameter",
				      "buffer", "path",	     "mode",	   "rejected", "data-server",
				      "alarm",	"stop",	     "password",   "busy",     "protocol",
				      "other" };
enum { ERROR_KNOWN = 17, ERROR_BUSY, ERROR_PROTOCOL, ERROR_OTHER };

uint8_t focas_error(uint16_t result)
{
	if (result <= ERROR_KNOWN)
		return (uint8_t)result;
	return result == 0xffff ? ERROR_BUSY : result == 0xffef ? ERROR_PROTOCOL : ERROR_OTHER;	/* -1, -17 */
}

#define AT(member) .at = offsetof(struct focas_own, member)
#define GIVEN(member) .show = SHOW_GIVEN, .given = offsetof(struct focas_own, member)
const struct field focas_fields[] = {
	{ .name = "type", .type = FIELD_U16, .show = SHOW_ALWAYS, AT(type) },
	{ .name = "group", .type = FIELD_U16, GIVEN(has_call), AT(group) },
	{ .name = "function", .type = FIELD_U16, GIVEN(has_call), AT(function) },
	{ .name = "path", .type = FIELD_U16, GIVEN(has_call), AT(path) },
	{ .name = "argument1", .type = FIELD_I64, .show = SHOW_NONZERO, AT(argument[0]) },
	{ .name = "argument2", .type = FIELD_I64, .show = SHOW_NONZERO, AT(argument[1]) },
	{ .name = "argument3", .type = FIELD_I64, .show = SHOW_NONZERO, AT(argument[2]) },
	{ .name = "argument4", .type = FIELD_I64, .show = SHOW_NONZERO, AT(argument[3]) },
	{ .name = "channel", .type = FIELD_U16, GIVEN(has_channel), AT(channel) },
	{ .name = "error",
	  .type = FIELD_WORD,
	  .show = SHOW_NONZERO,
	  AT(error),
	  .elem = ARRAY_LEN(errors),
	  .words = errors },
	{ .name = "detail", .type = FIELD_U16, .show = SHOW_NONZERO, AT(detail) },
	{ .name = "mode",
	  .type = FIELD_WORD,
	  GIVEN(has_status),
	  AT(mode),
	  .elem = ARRAY_LEN(modes),
	  .words = modes },
	{ .name = "run",
	  .type = FIELD_WORD,
	  GIVEN(has_status),
	  AT(run),
	  .elem = ARRAY_LEN(runs),
	  .words = runs },
	{ .name = "motion", .type = FIELD_U16, GIVEN(has_status), AT(motion) },
	{ .name = "emergency", .type = FIELD_U16, GIVEN(has_status), AT(emergency) },
	{ .name = "alarms", .type = FIELD_U16, GIVEN(has_status), AT(alarms) },
	{ .name = "edit", .type = FIELD_U16, GIVEN(has_status), AT(edit) },
	{ .name = "alarm", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(alarm) },
	{ .name = "series", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(series) },
	{ .name = "release", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(release) },
	{ .name = "axes", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(axes) },
	{ .name = "max_axes", .type = FIELD_U16, .show = SHOW_NONZERO, AT(max_axes) },
	{ .name = NULL }
};

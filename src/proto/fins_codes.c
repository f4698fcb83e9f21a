/* proto/fins_codes.c: the tables of FINS: commands, end codes, spaces, and the own part of its acts. */
#include "proto/fins.h"

const char *const fins_reasons[REASONS] = {
	[BAD_FRAME] = "frame", [BAD_HEADER] = "header", [BAD_LENGTH] = "length", [BAD_COUNT] = "count",
	[BAD_CLOCK] = "clock", [BAD_TCP_LENGTH] = "tcp-length", [BAD_TCP_COMMAND] = "tcp-command",
	[BAD_ANSWER_LENGTH] = "answer-length", [BAD_ANSWER_ECHO] = "answer-echo",
	[BAD_ANSWER_COUNT] = "answer-count",
};

/* In the order of enum space. */
const struct proto_space fins_spaces[] = {
	{ "cio-bit", "CIO {0}.{1:2}" },
	{ "cio", "CIO {0}" },
	{ "w-bit", "W{0}.{1:2}" },
	{ "w", "W{0}" },
	{ "h-bit", "H{0}.{1:2}" },
	{ "h", "H{0}" },
	{ "a-bit", "A{0}.{1:2}" },
	{ "a", "A{0}" },
	{ "d-bit", "D{0}.{1:2}" },
	{ "d", "D{0}" },
	{ "e-bit", "E{0:x}_{1}.{2:2}" },
	{ "e", "E{0:x}_{1}" },
	{ "em-bit", "EM{0}.{1:2}" },
	{ "em", "EM{0}" },
	{ "timer-flag", "T{0}" },
	{ "timer", "T{0}" },
	{ "counter-flag", "C{0}" },
	{ "counter", "C{0}" },
	{ "task", "TK{0}" },
	{ "condition", "CF{0}.{1:2}" },
	{ "ir", "IR{0}" },
	{ "dr", "DR{0}" },
	{ "transition", "TN{0}" },
	{ "step", "ST{0}" },
	{ "step-timer", "ST{0}" },
	{ "action", "AC{0}" },
	{ "other", "area {0:x} {1}.{2:2}" },
	{ "parameter", "parameter {0:x}:{1}" },
	{ "program", "program {0:x}" },
	{ "file", "{0:x}:{name}" },
	{ "record", "record {0}" },
	{ "unit", "unit {0}" },
	{ "node", "node {0}" },
	{ NULL, NULL }
};

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = CODE_REQUEST | CODE_ANSWER | CODE_NAMED };

/* What is polled comes first: it is found first. Where a command is several things by the parameter behind
 * it, that parameter stands above the code. */
#define ROWS(R) \
	R(0x0101, "memory-read", READ, DATA, BOTH, READ, "CR 5-3 (01 01)") \
	R(0x0102, "memory-write", WRITE, DATA, BOTH, WRITE, "CR 5-3 (01 02)") \
	R(0x0104, "memory-read-many", READ, DATA, BOTH, LIST, "CR 5-3 (01 04)") \
	R(0x0601, "status", READ, DIAG, BOTH, STATUS, "CR 5-3 (06 01)") \
	R(0x0103, "memory-fill", WRITE, DATA, BOTH, FILL, "CR 5-3 (01 03)") \
	R(0x0105, "memory-copy", WRITE, DATA, BOTH, MOVE, "CR 5-3 (01 05)") \
	R(0x0201, "parameter-read", READ, CONFIG, BOTH, PARAM_READ, "CR 5-3 (02 01)") \
	R(0x0202, "parameter-write", WRITE, CONFIG, BOTH, PARAM_WRITE, "CR 5-3 (02 02)") \
	R(0x0203, "parameter-clear", DELETE, CONFIG, BOTH, PARAM_CLEAR, "CR 5-3 (02 03)") \
	R(0x0220, "data-link-read", READ, CONFIG, NAMED, RAW, "CV (02 20); M") \
	R(0x0221, "data-link-write", WRITE, CONFIG, NAMED, RAW, "CV (02 21); M") \
	R(0x0304, "program-protect", WRITE, CONFIG, BOTH, PROTECT, "CR 5-3 (03 04)") \
	R(0x0305, "program-unprotect", WRITE, CONFIG, BOTH, PROTECT, "CR 5-3 (03 05)") \
	R(0x0306, "program-read", READ, PROGRAM, BOTH, PROGRAM_READ, "CR 5-3 (03 06)") \
	R(0x0307, "program-write", WRITE, PROGRAM, BOTH, PROGRAM_WRITE, "CR 5-3 (03 07)") \
	R(0x0308, "program-clear", DELETE, PROGRAM, BOTH, PROGRAM_CLEAR, "CR 5-3 (03 08)") \
	R(0x0401, "run", START, DEVICE, BOTH, RUN, "CR 5-3 (04 01)") \
	R(0x0402, "stop", STOP, DEVICE, BOTH, STOP, "CR 5-3 (04 02)") \
	R(0x0403, "reset", RESET, DEVICE, BOTH, EMPTY, "EU (04 03); M") \
	R(0x0501, "identity", IDENTIFY, DEVICE, BOTH, IDENTITY, "CR 5-3 (05 01)") \
	R(0x0502, "modules", IDENTIFY, DEVICE, BOTH, MODULES, "CR 5-3 (05 02)") \
	R(0x0602, "network-status", READ, DIAG, NAMED, RAW, "CV (06 02); M") \
	R(0x0603, "data-link-status", READ, DIAG, NAMED, RAW, "CV (06 03); M") \
	R(0x0620, "cycle-time", READ, DIAG, BOTH, CYCLE, "CR 5-3 (06 20)") \
	R(0x10620, "cycle-time-restart", RESET, DIAG, BOTH, CYCLE, "CR 5-3 (06 20)") \
	R(0x0701, "clock-read", READ, TIME, BOTH, CLOCK, "CR 5-3 (07 01)") \
	R(0x0702, "clock-write", WRITE, TIME, BOTH, CLOCK_SET, "CR 5-3 (07 02)") \
	R(0x0801, "echo", READ, DIAG, BOTH, ECHO, "EU (08 01); M") \
	R(0x0802, "broadcast-results", READ, DIAG, NAMED, RAW, "EU (08 02); M") \
	R(0x0803, "broadcast-test", CONTROL, DIAG, CODE_REQUEST | CODE_NAMED, RAW, "EU (08 03); M") \
	R(0x0920, "message-read", READ, DIAG, BOTH, MESSAGE, "CR 5-3 (09 20)") \
	R(0x10920, "message-clear", CLEAR, ALARM, BOTH, MESSAGE, "CR 5-3 (09 20)") \
	R(0x20920, "fal-read", READ, ALARM, BOTH, MESSAGE, "CR 5-3 (09 20)") \
	R(0x30920, "message-other", CONTROL, ALARM, NAMED, MESSAGE, "CR 5-3 (09 20)") \
	R(0x0c01, "access-acquire", OPEN, SESSION, BOTH, RIGHT, "CR 5-3 (0C 01)") \
	R(0x0c02, "access-force", CONTROL, SESSION, BOTH, RIGHT, "CR 5-3 (0C 02)") \
	R(0x0c03, "access-release", CLOSE, SESSION, BOTH, RIGHT, "CR 5-3 (0C 03)") \
	R(0x2101, "error-clear", CLEAR, ALARM, BOTH, ERROR, "CR 5-3 (21 01)") \
	R(0x2102, "error-log", READ, ALARM, BOTH, LOG, "CR 5-3 (21 02)") \
	R(0x2103, "error-log-clear", CLEAR, ALARM, BOTH, EMPTY, "CR 5-3 (21 03)") \
	R(0x2140, "access-log", READ, DIAG, BOTH, LOG, "CR 5-3 (21 40)") \
	R(0x2141, "access-log-clear", CLEAR, ALARM, BOTH, EMPTY, "CR 5-3 (21 41)") \
	R(0x2201, "file-list", BROWSE, FILE, BOTH, FILES, "CR 5-3 (22 01)") \
	R(0x2202, "file-read", READ, FILE, BOTH, FILE_READ, "CR 5-3 (22 02)") \
	R(0x2203, "file-write", WRITE, FILE, BOTH, FILE_WRITE, "CR 5-3 (22 03)") \
	R(0x2204, "file-format", DELETE, FILE, BOTH, DISK, "CR 5-3 (22 04)") \
	R(0x2205, "file-delete", DELETE, FILE, BOTH, FILE_DELETE, "CR 5-3 (22 05)") \
	R(0x2206, "volume-label", WRITE, CONFIG, BOTH, LABEL, "CV (22 06); M") \
	R(0x2207, "file-copy", WRITE, FILE, BOTH, FILE_COPY, "CR 5-3 (22 07)") \
	R(0x2208, "file-rename", RENAME, FILE, BOTH, FILE_RENAME, "CR 5-3 (22 08)") \
	R(0x2209, "file-check", QUERY, FILE, BOTH, FILE_CHECK, "CV (22 09); M") \
	R(0x220a, "memory-to-file", WRITE, FILE, BOTH, FILE_AREA, "CR 5-3 (22 0A)") \
	R(0x1220a, "file-to-memory", WRITE, DATA, BOTH, FILE_AREA, "CR 5-3 (22 0A)") \
	R(0x2220a, "memory-compare", QUERY, DATA, BOTH, FILE_AREA, "CR 5-3 (22 0A)") \
	R(0x220b, "parameter-to-file", WRITE, FILE, BOTH, FILE_PARAM, "CR 5-3 (22 0B)") \
	R(0x1220b, "file-to-parameter", WRITE, CONFIG, BOTH, FILE_PARAM, "CR 5-3 (22 0B)") \
	R(0x2220b, "parameter-compare", QUERY, CONFIG, BOTH, FILE_PARAM, "CR 5-3 (22 0B)") \
	R(0x220c, "program-to-file", WRITE, FILE, BOTH, FILE_PROGRAM, "CR 5-3 (22 0C)") \
	R(0x1220c, "file-to-program", WRITE, PROGRAM, BOTH, FILE_PROGRAM, "CR 5-3 (22 0C)") \
	R(0x2220c, "program-compare", QUERY, PROGRAM, BOTH, FILE_PROGRAM, "CR 5-3 (22 0C)") \
	R(0x220f, "file-index", READ, FILE, NAMED, RAW, "CV (22 0F); M") \
	R(0x2210, "file-block-read", READ, FILE, NAMED, RAW, "CV (22 10); M") \
	R(0x2211, "file-block-write", WRITE, FILE, NAMED, RAW, "CV (22 11); M") \
	R(0x2215, "folder", WRITE, FILE, BOTH, FOLDER, "CR 5-3 (22 15)") \
	R(0x2220, "cassette", WRITE, FILE, NAMED, RAW, "CR 5-3 (22 20)") \
	R(0x2301, "force", FORCE, DATA, BOTH, FORCE, "CR 5-3 (23 01)") \
	R(0x2302, "force-cancel", FORCE, DATA, BOTH, EMPTY, "CR 5-3 (23 02)") \
	R(0x230a, "forced-read", READ, DATA, BOTH, FORCED, "CV (23 0A); M") \
	R(0x2601, "name-set", WRITE, CONFIG, BOTH, NAME_SET, "CV (26 01); M") \
	R(0x2602, "name-delete", DELETE, CONFIG, BOTH, EMPTY, "CV (26 02); M") \
	R(0x2603, "name-read", READ, DEVICE, BOTH, NAME, "CV (26 03); M") \
	R(0x2730, "connection-change", CONTROL, SESSION, NAMED, RAW, "EU (27 30); M") \
	R(0x2731, "connection-status", READ, DIAG, NAMED, RAW, "EU (27 31); M") \
	R(0x2750, "ip-table-write", WRITE, CONFIG, NAMED, RAW, "EU (27 50); M") \
	R(0x2757, "ip-write", WRITE, CONFIG, NAMED, RAW, "EU (27 57); M") \
	R(0x2760, "ip-table-read", READ, CONFIG, NAMED, RAW, "EU (27 60); M") \
	R(0x2761, "router-table-read", READ, CONFIG, NAMED, RAW, "EU (27 61); M") \
	R(0x2762, "protocol-status", READ, DIAG, NAMED, RAW, "EU (27 62); M") \
	R(0x2763, "memory-status", READ, DIAG, NAMED, RAW, "EU (27 63); M") \
	R(0x2764, "socket-status", READ, DIAG, NAMED, RAW, "EU (27 64); M") \
	R(0x2765, "address-read", READ, CONFIG, NAMED, RAW, "EU (27 65); M") \
	R(0x2767, "ip-read", READ, CONFIG, NAMED, RAW, "EU (27 67); M") \
	R(0x2803, "compoway", CONTROL, DEVICE, NAMED, RAW, "CR 5-3 (28 03)") \
	R(0x2804, "modbus-rtu", CONTROL, DEVICE, NAMED, RAW, "CR 5-3 (28 04)") \
	R(0x2805, "modbus-ascii", CONTROL, DEVICE, NAMED, RAW, "CR 5-3 (28 05)") \
	R(CODE_TCP | 0, "connect", OPEN, SESSION, BOTH, RAW, "EU 7-4") \
	R(CODE_TCP | 3, "connection-refused", REPORT, DIAG, CODE_REQUEST | CODE_PUSH, RAW, "EU 7-4") \
	R(CODE_TCP | 6, "connection-check", KEEPALIVE, SESSION, CODE_REQUEST | CODE_PUSH, RAW, "EU 7-4")

#define CODE(code, key, verb, cls, flags, shape, spec) \
	{ code, key, VERB_##verb, CLASS_##cls, flags, spec },
#define SHAPE(code, key, verb, cls, flags, shape, spec) SHAPE_##shape,

const struct proto_code fins_codes[FINS_ROWS] = { ROWS(CODE) };
static const uint8_t shapes[FINS_ROWS] = { ROWS(SHAPE) };

unsigned fins_row(uint32_t code)
{
	for (unsigned i = 0; i < FINS_ROWS; i++)
		if (fins_codes[i].code == code)
			return i + 1;
	return 0;
}

enum shape fins_shape(unsigned row)
{
	return row == 0 ? SHAPE_RAW : (enum shape)shapes[row - 1];
}

struct end_code { uint16_t code; const char *note; };

/* CR 5-1-3 */
static const struct end_code end_codes[] = {
	{ 0x0001, "service-interrupted" }, { 0x0101, "local-not-in-network" }, { 0x0102, "token-timeout" },
	{ 0x0103, "retries-failed" }, { 0x0104, "too-many-frames" }, { 0x0105, "node-range" },
	{ 0x0106, "node-twice" }, { 0x0201, "node-not-in-network" }, { 0x0202, "no-such-node" },
	{ 0x0203, "third-node-missing" }, { 0x0204, "node-busy" }, { 0x0205, "no-response" },
	{ 0x0301, "controller-error" }, { 0x0302, "cpu-error" }, { 0x0303, "cannot-answer" },
	{ 0x0304, "unit-number" }, { 0x0401, "undefined-command" }, { 0x0402, "not-supported" },
	{ 0x0501, "no-route" }, { 0x0502, "no-routing-table" }, { 0x0503, "routing-table" },
	{ 0x0504, "too-many-relays" }, { 0x1001, "command-too-long" }, { 0x1002, "command-too-short" },
	{ 0x1003, "item-count" }, { 0x1004, "command-format" }, { 0x1005, "header-format" },
	{ 0x1101, "no-such-area" }, { 0x1102, "access-size" }, { 0x1103, "first-address" },
	{ 0x1104, "range-end" }, { 0x1106, "no-such-program" }, { 0x1109, "relation" },
	{ 0x110a, "double-access" }, { 0x110b, "answer-too-long" }, { 0x110c, "parameter" },
	{ 0x2002, "protected" }, { 0x2003, "no-table" }, { 0x2004, "no-such-data" },
	{ 0x2005, "no-such-program" }, { 0x2006, "no-such-file" }, { 0x2007, "verify-differs" },
	{ 0x2101, "read-only" }, { 0x2102, "protected" }, { 0x2103, "cannot-register" },
	{ 0x2105, "no-such-program" }, { 0x2106, "no-such-file" }, { 0x2107, "file-exists" },
	{ 0x2108, "cannot-change" }, { 0x2201, "not-while-running" }, { 0x2202, "not-while-stopped" },
	{ 0x2203, "mode-program" }, { 0x2204, "mode-debug" }, { 0x2205, "mode-monitor" },
	{ 0x2206, "mode-run" }, { 0x2207, "not-control-node" }, { 0x2208, "mode-step" },
	{ 0x2301, "no-file-device" }, { 0x2302, "no-memory" }, { 0x2303, "no-clock" },
	{ 0x2401, "data-link-table" }, { 0x2502, "memory-check" }, { 0x2503, "io-setting" },
	{ 0x2504, "too-many-io" }, { 0x2505, "cpu-bus" }, { 0x2506, "io-twice" }, { 0x2507, "io-bus" },
	{ 0x2509, "bus2" }, { 0x250a, "special-unit" }, { 0x250d, "bus-words-twice" },
	{ 0x250f, "memory-error" }, { 0x2510, "terminator" }, { 0x2601, "not-protected" },
	{ 0x2602, "wrong-password" }, { 0x2604, "protected" }, { 0x2605, "service-running" },
	{ 0x2606, "service-not-running" }, { 0x2607, "not-from-here" }, { 0x2608, "no-settings" },
	{ 0x2609, "no-items" }, { 0x260a, "number-taken" }, { 0x260b, "cause-remains" },
	{ 0x3001, "access-held" }, { 0x4001, "aborted" },
};

/* EU 7-4 */
static const struct end_code tcp_errors[] = {
	{ 0x01, "tcp-not-fins" }, { 0x02, "tcp-too-long" }, { 0x03, "tcp-not-supported" },
	{ 0x20, "tcp-full" }, { 0x21, "tcp-node-connected" }, { 0x22, "tcp-not-allowed" },
	{ 0x23, "tcp-node-range" }, { 0x24, "tcp-same-node" }, { 0x25, "tcp-no-node" },
};

const char *fins_end_note(uint16_t end_code)
{
	for (size_t i = 0; i < ARRAY_LEN(end_codes); i++)
		if (end_codes[i].code == (end_code & 0x7f3f))	/* without the flags, see is_done() */
			return end_codes[i].note;
	return NULL;
}

const char *fins_tcp_note(uint32_t error)
{
	for (size_t i = 0; i < ARRAY_LEN(tcp_errors); i++)
		if (tcp_errors[i].code == error)
			return tcp_errors[i].note;
	return NULL;
}

/* CR 5-3: modes of 04 01 and 06 01, status of 06 01. */
const char *const fins_modes[] = { "unknown", "PROGRAM", "DEBUG", "MONITOR", "RUN" };
const char *const fins_statuses[] = { "unknown", "stopped", "running", "standby" };
enum { MODES = 5, STATUSES = 4 };

uint8_t fins_mode_word(uint8_t mode)
{
	return mode == 0 ? 1 : mode == 1 ? 2 : mode == 2 ? 3 : mode == 4 ? 4 : 0;
}

/* Bits 1 and 2 speak of the memory card and the battery. */
uint8_t fins_status_word(uint8_t status)
{
	return status & 0x80 ? 3 : status & 1 ? 2 : 1;
}

/* ---- the protocol's own part of an act ---- */

#define AT(member) offsetof(struct fins_own, member)
#define NUMBER(name_, type_, member, when) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_GIVEN, .at = AT(member), .given = AT(when) }
#define TEXT(name_, member) { .name = name_, .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = AT(member) }

const struct field fins_fields[] = {
	NUMBER("command", U16, command, numbered),
	NUMBER("destination_network", U8, dna, framed),
	NUMBER("destination_node", U8, da1, framed),
	NUMBER("destination_unit", U8, da2, framed),
	NUMBER("source_network", U8, sna, framed),
	NUMBER("source_node", U8, sa1, framed),
	NUMBER("source_unit", U8, sa2, framed),
	NUMBER("service_id", U8, sid, numbered),
	NUMBER("end_code", U16, end_code, ended),
	TEXT("source", source),
	TEXT("clock", clock),
	{ .name = "mode", .type = FIELD_WORD, .show = SHOW_GIVEN, .at = AT(mode), .elem = MODES,
	  .given = AT(moded), .words = fins_modes },
	{ .name = "status", .type = FIELD_WORD, .show = SHOW_GIVEN, .at = AT(status), .elem = STATUSES,
	  .given = AT(told), .words = fins_statuses },
	NUMBER("fatal_errors", U16, fatal, told),
	NUMBER("other_errors", U16, nonfatal, told),
	NUMBER("error", U16, error, told),
	TEXT("message", message),
	NUMBER("tcp_command", U8, tcp_command, tcp),
	NUMBER("tcp_error", U8, tcp_error, tcp),
	NUMBER("client_node", U8, client_node, tcp),
	NUMBER("server_node", U8, server_node, nodes),
	{ .name = NULL }
};

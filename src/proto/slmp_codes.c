/* proto/slmp_codes.c: the tables of SLMP: commands, end codes, and the own part of its acts. Sources:
 * slmp.c. */
#include "proto/slmp.h"

const char *const sl_reasons[REASONS] = {
	[BAD_FRAME] = "frame", [BAD_LENGTH] = "length", [BAD_DIGITS] = "digits", [BAD_POINTS] = "points",
	[BAD_DATA_LENGTH] = "data-length", [BAD_ANSWER_LENGTH] = "answer-length",
	[BAD_ANSWER_ECHO] = "answer-echo", [BAD_ANSWER_POINTS] = "answer-points",
};

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = BOTH | CODE_NAMED };
#define ROW(code, key, verb, cls, flags, spec) { code, key, VERB_##verb, CLASS_##cls, flags, spec }

/* Sorted by command. */
const struct proto_code sl_codes[SL_CODES] = {
	ROW(0x0101, "read-type-name", IDENTIFY, DEVICE, BOTH, "SR 5.6"),
	ROW(0x0201, "file-table", BROWSE, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x0202, "file-table-titles", BROWSE, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x0203, "find-file-qna", BROWSE, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x0204, "file-numbers", BROWSE, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x0205, "drive-state", READ, DIAG, NAMED, "CLPA; MC (M)"),
	ROW(0x0206, "read-file-qna", READ, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x0401, "read", READ, DATA, BOTH, "SR 5.2"),
	ROW(0x0403, "read-random", READ, DATA, BOTH, "SR 5.2"),
	ROW(0x0406, "read-block", READ, DATA, BOTH, "SR 5.2"),
	ROW(0x041a, "read-array-labels", READ, DATA, BOTH, "SR 5.3"),
	ROW(0x041c, "read-labels", READ, DATA, BOTH, "SR 5.3"),
	ROW(0x0601, "read-unit", READ, DATA, BOTH, "SR 5.5"),
	ROW(0x0610, "read-user-frame", READ, CONFIG, NAMED, "MC (M)"),
	ROW(0x0613, "read-memory", READ, DATA, BOTH, "SR 5.4"),
	ROW(0x0619, "self-test", READ, DIAG, BOTH, "SR 5.9"),
	ROW(0x0630, "watch-cpu", SUBSCRIBE, DATA, NAMED, "MC (M)"),
	ROW(0x0631, "unwatch-cpu", CONTROL, DATA, NAMED, "MC (M)"),
	ROW(0x0801, "register-monitor", SUBSCRIBE, DATA, BOTH, "SR 5.2"),
	ROW(0x0802, "monitor", READ, DATA, BOTH, "SR 5.2"),
	ROW(0x0808, "lock-file", CONTROL, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x0e28, "device-identification", IDENTIFY, DEVICE, NAMED, "CLPA (M)"),
	ROW(0x0e29, "node-data", READ, DATA, NAMED, "CLPA (M)"),
	ROW(0x0e30, "node-search", BROWSE, DEVICE, NAMED, "CLPA (M)"),
	ROW(0x0e31, "set-ip-address", WRITE, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0e32, "compare-device", READ, DEVICE, NAMED, "CLPA (M)"),
	ROW(0x0e33, "read-parameters", READ, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0e34, "write-parameters", WRITE, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0e35, "parameters-begin", CONTROL, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0e36, "parameters-end", CONTROL, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0e3a, "parameters-cancel", CONTROL, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0e44, "read-status", READ, DIAG, NAMED, "CLPA (M)"),
	ROW(0x0e45, "read-communication", READ, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0e53, "read-status-2", READ, DIAG, NAMED, "CLPA (M)"),
	ROW(0x0e70, "basic-cyclic", REPORT, DATA, NAMED, "CLPA (H: captures)"),
	ROW(0x0e90, "tsn-network", REPORT, CONFIG, NAMED, "CLPA (H: captures)"),
	ROW(0x0e91, "tsn-master", REPORT, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0e92, "tsn-slave", REPORT, CONFIG, NAMED, "CLPA (H: captures)"),
	ROW(0x0e93, "tsn-cyclic", REPORT, CONFIG, NAMED, "CLPA (H: captures)"),
	ROW(0x0e94, "tsn-notification", REPORT, CONFIG, NAMED, "CLPA (H: captures)"),
	ROW(0x0eb0, "backup-support", READ, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0eb1, "backup-list", BROWSE, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0eb2, "backup-device", READ, DEVICE, NAMED, "CLPA (M)"),
	ROW(0x0eb3, "backup-begin", CONTROL, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0eb4, "backup-end", CONTROL, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0eb5, "backup-request", CONTROL, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0eb6, "backup-read", READ, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0eb7, "restore-check", READ, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0eb8, "restore-begin", CONTROL, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0eb9, "restore-end", CONTROL, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0eba, "restore-write", WRITE, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x0ebe, "check-slave-parameters", READ, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x1001, "remote-run", START, DEVICE, BOTH, "SR 5.6"),
	ROW(0x1002, "remote-stop", STOP, DEVICE, BOTH, "SR 5.6"),
	ROW(0x1003, "remote-pause", STOP, DEVICE, BOTH, "SR 5.6"),
	ROW(0x1005, "latch-clear", RESET, DATA, BOTH, "SR 5.6"),
	ROW(0x1006, "remote-reset", RESET, DEVICE, BOTH, "SR 5.6"),
	ROW(0x1202, "create-file-qna", WRITE, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x1203, "write-file-qna", WRITE, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x1204, "change-file-qna", WRITE, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x1205, "delete-file-qna", DELETE, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x1206, "copy-file-qna", WRITE, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x1207, "arrange-drive", CONTROL, FILE, NAMED, "CLPA; MC (M)"),
	ROW(0x1401, "write", WRITE, DATA, BOTH, "SR 5.2"),
	ROW(0x1402, "write-random", WRITE, DATA, BOTH, "SR 5.2"),
	ROW(0x1406, "write-block", WRITE, DATA, BOTH, "SR 5.2"),
	ROW(0x141a, "write-array-labels", WRITE, DATA, BOTH, "SR 5.3"),
	ROW(0x141b, "write-labels", WRITE, DATA, BOTH, "SR 5.3"),
	ROW(0x1601, "write-unit", WRITE, DATA, BOTH, "SR 5.5"),
	ROW(0x1610, "write-user-frame", WRITE, CONFIG, NAMED, "MC (M)"),
	ROW(0x1612, "switch-mode", MODE, DEVICE, NAMED, "MC (M)"),
	ROW(0x1613, "write-memory", WRITE, DATA, BOTH, "SR 5.4"),
	ROW(0x1615, "reset-sending", RESET, SESSION, NAMED, "MC (M)"),
	ROW(0x1617, "clear-error", CLEAR, ALARM, BOTH, "SR 5.9"),
	ROW(0x1618, "global-signal", WRITE, DATA, NAMED, "MC (M)"),
	ROW(0x1619, "clear-error-history", CLEAR, ALARM, NAMED, "CLPA (M)"),
	ROW(0x161a, "clear-event-history", CLEAR, ALARM, NAMED, "CLPA (M)"),
	ROW(0x1630, "unlock", LOGIN, SESSION, BOTH, "SR 5.7: its password is not kept"),
	ROW(0x1631, "lock", LOGOUT, SESSION, BOTH, "SR 5.7: its password is not kept"),
	ROW(0x1810, "list-files", BROWSE, FILE, NAMED, "SR 5.8"),
	ROW(0x1811, "find-file", BROWSE, FILE, BOTH, "SR 5.8"),
	ROW(0x1820, "create-file", WRITE, FILE, BOTH, "SR 5.8"),
	ROW(0x1822, "delete-file", DELETE, FILE, BOTH, "SR 5.8"),
	ROW(0x1824, "copy-file", WRITE, FILE, BOTH, "SR 5.8: of the names the first"),
	ROW(0x1825, "file-attributes", WRITE, FILE, BOTH, "SR 5.8"),
	ROW(0x1826, "file-date", WRITE, FILE, BOTH, "SR 5.8"),
	ROW(0x1827, "open-file", READ, FILE, BOTH, "SR 5.8; WRITE when it is opened to write"),
	ROW(0x1828, "read-file", READ, FILE, BOTH, "SR 5.8: no act, unless refused"),
	ROW(0x1829, "write-file", WRITE, FILE, BOTH, "SR 5.8: no act, unless refused"),
	ROW(0x182a, "close-file", READ, FILE, BOTH, "SR 5.8; WRITE when it was opened to write"),
	ROW(0x2101, "on-demand", REPORT, DATA, CODE_PUSH | CODE_REQUEST, "SR 5.10"),
	ROW(0x3040, "communication-test", READ, DIAG, NAMED, "CLPA (M)"),
	ROW(0x3050, "cable-test", READ, DIAG, NAMED, "CLPA (M)"),
	ROW(0x3060, "event-count", READ, DIAG, NAMED, "CLPA (M)"),
	ROW(0x3061, "event-history", READ, DIAG, NAMED, "CLPA (M)"),
	ROW(0x3062, "clock-offset", WRITE, TIME, NAMED, "CLPA (M)"),
	ROW(0x3070, "remote-control", CONTROL, DEVICE, NAMED, "CLPA (M)"),
	ROW(0x3072, "communication-speed", WRITE, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x3119, "node-information", IDENTIFY, DEVICE, NAMED, "CLPA (M)"),
	ROW(0x3206, "cyclic-stop", STOP, SESSION, NAMED, "CLPA (M)"),
	ROW(0x3207, "cyclic-start", START, SESSION, NAMED, "CLPA (M)"),
	ROW(0x3208, "cyclic-stop-other", STOP, SESSION, NAMED, "CLPA (M)"),
	ROW(0x3209, "cyclic-start-other", START, SESSION, NAMED, "CLPA (M)"),
	ROW(0x320a, "write-link-parameters", WRITE, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x320b, "check-link-parameters", READ, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x320c, "link-parameters-checked", REPORT, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x320d, "release-reserved", WRITE, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x320e, "reserve-station", WRITE, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x3210, "watchdog-counter", REPORT, DIAG, NAMED, "CLPA (M)"),
	ROW(0x3211, "watchdog-offset", WRITE, CONFIG, NAMED, "CLPA (M)"),
	ROW(0x3230, "accept-node", REPORT, DEVICE, NAMED, "CLPA (M)"),
	ROW(0x4020, "can-object", CONTROL, DATA, NAMED, "CLPA (M)"),
	ROW(0xa445, "data-collection", READ, DATA, NAMED, "CLPA (M)"),
	ROW(CODE_ANSWER_ALONE, "answer", REPORT, DATA, CODE_ANSWER | CODE_NAMED,
	    "SR 4.3: the request was not seen"),
};

/* End codes: MELSEC iQ-F FX5 User's Manual (Communication) JY997D55401 appendix 3 (4xxx); MELSEC iQ-R
 * Ethernet User's Manual (Application) SH(NA)-081257ENG 3.5 (Cxxx); CLPA (CExx, CFxx). */
static const char *const end_words[] = {
	"other", "unsupported", "too-much-data", "cpu-running", "cpu-not-stopped", "no-drive",
	"no-file", "file-in-use", "drive-full", "device-name", "device-number", "device-modification",
	"module-request", "module-range", "no-module", "write-protected", "request-data",
	"remote-disabled", "message-length", "timeout", "not-ascii", "bit-points", "word-points",
	"file-size", "address-range", "request-length", "command", "device", "request-content",
	"monitor-not-registered", "cpu-timeout", "target", "bit-data", "no-extension", "label-length",
	"busy", "block-count", "subcommand", "network-number", "station-number", "password-wrong",
	"password-locked", "password-relay", "password-check", "password-other-device",
	"password-wrong-ten-times", "password-lockout", "under-execution", "answer-length", "no-server",
	"communication-setting", "no-parameter", "parameter-setting", "duplicate-master",
	"occupied-stations", "slave", "disconnected"
};

static const struct { uint16_t code; uint8_t word; } ends[] = {
	{ 0x4001, 1 }, { 0x4002, 1 }, { 0x4005, 2 }, { 0x4010, 3 }, { 0x4013, 4 }, { 0x4021, 5 },
	{ 0x4022, 6 }, { 0x4025, 7 }, { 0x4029, 8 }, { 0x4030, 9 }, { 0x4031, 10 }, { 0x4032, 11 },
	{ 0x4040, 12 }, { 0x4041, 13 }, { 0x4043, 14 }, { 0x4053, 15 }, { 0x4080, 16 }, { 0x408b, 17 },
	{ 0xc020, 18 }, { 0xc022, 19 }, { 0xc050, 20 }, { 0xc051, 21 }, { 0xc052, 22 }, { 0xc053, 21 },
	{ 0xc054, 22 }, { 0xc055, 23 }, { 0xc056, 24 }, { 0xc057, 25 }, { 0xc058, 25 }, { 0xc059, 26 },
	{ 0xc05a, 27 }, { 0xc05b, 27 }, { 0xc05c, 28 }, { 0xc05d, 29 }, { 0xc05e, 30 }, { 0xc05f, 31 },
	{ 0xc060, 32 }, { 0xc061, 25 }, { 0xc062, 15 }, { 0xc070, 33 }, { 0xc072, 28 }, { 0xc073, 31 },
	{ 0xc074, 31 }, { 0xc075, 34 }, { 0xc0b2, 35 }, { 0xc0bd, 35 }, { 0xc0d8, 36 }, { 0xc0d9, 37 },
	{ 0xc0de, 19 }, { 0xc1a4, 26 }, { 0xc1a5, 31 }, { 0xc1a7, 38 }, { 0xc1a8, 39 }, { 0xc1a9, 10 },
	{ 0xc1aa, 9 }, { 0xc200, 40 }, { 0xc201, 41 }, { 0xc202, 42 }, { 0xc203, 43 }, { 0xc204, 44 },
	{ 0xc810, 40 }, { 0xc815, 45 }, { 0xc816, 46 }, { 0xc86c, 35 }, { 0xcee0, 47 }, { 0xcee1, 25 },
	{ 0xcee2, 48 }, { 0xcf10, 49 }, { 0xcf20, 50 }, { 0xcf30, 51 }, { 0xcf31, 52 }, { 0xcfe0, 53 },
	{ 0xcfe1, 54 }, { 0xcff0, 55 }, { 0xcfff, 56 }
};

uint8_t sl_end_word(uint16_t end)
{
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (ends[i].code == end)
			return ends[i].word;
	return 0;
}

static const char *const frames[FRAMES] = { "3E", "4E", "TSN", "3E-ASCII", "4E-ASCII" };

#define AT(member) offsetof(struct sl_own, member)
#define NUMBER(name_, type_, member) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_ALWAYS, .at = AT(member) }
#define GIVEN(name_, type_, member, given_) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_GIVEN, .at = AT(member), .given = AT(given_) }

const struct field sl_fields[] = {
	{ .name = "frame", .type = FIELD_WORD, .show = SHOW_ALWAYS, .at = AT(frame), .elem = FRAMES,
	  .words = frames },
	GIVEN("serial", U16, serial, has_serial),
	NUMBER("network", U8, net), NUMBER("station_number", U8, pc), NUMBER("module", U16, io),
	NUMBER("unit", U8, unit), NUMBER("subcommand", U16, sub),
	GIVEN("end_code", U16, end, has_end),
	{ .name = "end", .type = FIELD_WORD, .show = SHOW_NONZERO, .at = AT(end_word),
	  .elem = ARRAY_LEN(end_words), .words = end_words },
	{ .name = NULL }
};

/* proto/lsv2_codes.c: the telegrams of LSV2, the commands of C_CC, errors, keys. Sources as lsv2.h names
 * them. */
#include "proto/lsv2.h"

#include <string.h>

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = BOTH | CODE_NAMED };
#define ROW(code, key, verb, cls, flags, spec) { code, key, VERB_##verb, CLASS_##cls, flags, spec }
#define COMMAND(n, key, verb, cls) \
	{ LSV2_COMMAND(n), key, VERB_##verb, CLASS_##cls, BOTH, "PYL, TFI (H): C_CC " #n }
#define SEEN "PYL: {answered-unknown} (L)"

const struct proto_code lsv2_codes[LSV2_CODES] = {
	ROW(A_LG, "login", LOGIN, SESSION, BOTH, "PYL, TFI (H)"),
	ROW(A_LO, "logout", LOGOUT, SESSION, BOTH, "PYL, TFI (H)"),
	ROW(R_VR, "version", IDENTIFY, DEVICE, BOTH, "PYL, TFI (H)"),
	ROW(R_PR, "system-parameters", READ, CONFIG, BOTH, "PYL, TFI (H)"),
	ROW(R_RI, "run-info", READ, DEVICE, BOTH, "PYL (H)"),
	ROW(R_ST, "read-st", READ, DEVICE, NAMED, SEEN),
	ROW(R_MC, "read-machine-parameter", READ, CONFIG, BOTH, "PYL (H)"),
	ROW(R_MB, "read-plc-memory", READ, DATA, BOTH, "PYL (H)"),
	ROW(R_DP, "read-data-path", READ, DATA, BOTH, "PYL (H): iTNC 530"),
	ROW(R_DI, "directory-info", QUERY, FILE, BOTH, "PYL (H)"),
	ROW(R_DR, "list-directory", BROWSE, FILE, BOTH, "PYL (H)"),
	ROW(R_FI, "file-info", QUERY, FILE, BOTH, "PYL, TFI (H)"),
	ROW(R_FL, "read-file", READ, FILE, BOTH, "PYL, TFI (H)"),
	ROW(R_LB, "read-log", READ, DIAG, NAMED, "{log-book} (M)"),
	ROW(R_SD, "screen", READ, DIAG, NAMED, "{screen-picture} (M)"),
	ROW(R_DT, "read-clock", READ, TIME, NAMED, SEEN),
	ROW(R_CI, "read-ci", READ, DEVICE, NAMED, SEEN),
	ROW(R_DS, "read-ds", READ, DEVICE, NAMED, SEEN),
	ROW(R_IN, "read-in", READ, DEVICE, NAMED, SEEN),
	ROW(R_OC, "scope-channels", READ, DIAG, NAMED, "PYL (M)"),
	ROW(R_OD, "scope-data", READ, DIAG, NAMED, "PYL (M)"),
	ROW(R_OH, "scope-h", READ, DIAG, NAMED, SEEN),
	ROW(R_OI, "scope-i", READ, DIAG, NAMED, SEEN),
	ROW(R_OP, "scope-parameters", READ, DIAG, NAMED, "PYL (M)"),
	ROW(C_FL, "write-file", WRITE, FILE, BOTH, "PYL, TFI (H)"),
	ROW(S_FL, "file-block", WRITE, FILE, BOTH, "PYL, TFI (H): {either-way}"),
	ROW(T_FD, "file-end", WRITE, FILE, BOTH, "PYL, TFI (H): {either-way}"),
	ROW(C_FD, "delete-file", DELETE, FILE, BOTH, "PYL, TFI (H)"),
	ROW(C_FC, "copy-file", WRITE, FILE, BOTH, "PYL (H)"),
	ROW(C_FR, "rename-file", RENAME, FILE, BOTH, "PYL (H)"),
	ROW(C_FA, "file-attributes", WRITE, FILE, NAMED, SEEN),
	ROW(C_DC, "change-directory", QUERY, FILE, BOTH, "PYL, TFI (H)"),
	ROW(C_DM, "make-directory", WRITE, FILE, BOTH, "PYL, TFI (H)"),
	ROW(C_DD, "delete-directory", DELETE, FILE, BOTH, "PYL (H)"),
	ROW(C_MC, "write-machine-parameter", WRITE, CONFIG, BOTH, "PYL (H)"),
	ROW(C_MB, "write-plc-memory", WRITE, DATA, NAMED, SEEN),
	ROW(C_EK, "press-key", CONTROL, DEVICE, BOTH, "PYL (H)"),
	ROW(C_LK, "lock-keyboard", CONTROL, DEVICE, BOTH, "PYL (H)"),
	ROW(C_DT, "set-clock", WRITE, TIME, NAMED, "(L)"),
	ROW(C_ST, "control-st", CONTROL, DEVICE, NAMED, SEEN),
	ROW(C_DS, "control-ds", CONTROL, DEVICE, NAMED, SEEN),
	ROW(C_GC, "control-gc", CONTROL, DEVICE, NAMED, SEEN),
	ROW(C_OP, "control-op", CONTROL, DIAG, NAMED, SEEN),
	ROW(C_TP, "control-tp", CONTROL, DEVICE, NAMED, SEEN),
	ROW(C_CC, "command", CONTROL, DEVICE, NAMED, "PYL (H): {command-other}"),
	COMMAND(1, "reset-control", RESET, DEVICE),
	COMMAND(2, "stop-time-update", CONTROL, DEVICE),
	COMMAND(3, "block-size-1024", OPEN, SESSION),
	COMMAND(4, "block-size-512", OPEN, SESSION),
	COMMAND(5, "block-size-2048", OPEN, SESSION),
	COMMAND(6, "block-size-3072", OPEN, SESSION),
	COMMAND(7, "block-size-4096", OPEN, SESSION),
	COMMAND(8, "reset-dnc", RESET, DEVICE),
	COMMAND(9, "reset-lsv2", RESET, SESSION),
	COMMAND(10, "update-options", WRITE, CONFIG),
	COMMAND(11, "log-preset", CONTROL, DIAG),
	COMMAND(12, "screendump", CONTROL, DIAG),
	COMMAND(13, "activate-plc-program", SELECT, PROGRAM),
	COMMAND(15, "watch-file", SUBSCRIBE, FILE),
	COMMAND(16, "unwatch-file", SUBSCRIBE, FILE),
	COMMAND(17, "unwatch-all", SUBSCRIBE, FILE),
	COMMAND(18, "activate-mfsk", CONTROL, DEVICE),
	COMMAND(19, "acknowledge-files", OPEN, SESSION),
	COMMAND(20, "delete-table-entry", WRITE, TOOL),
	COMMAND(27, "make-operation-log", CONTROL, DIAG),
	ROW(T_OK, "ok", KEEPALIVE, SESSION, CODE_ANSWER, "PYL, TFI (H): {request-unseen}"),
	ROW(T_ER, "error", KEEPALIVE, SESSION, CODE_ANSWER, "PYL, TFI (H): {request-unseen}"),
	ROW(T_BD, "block-error", KEEPALIVE, SESSION, CODE_ANSWER, "PYL (H): {request-unseen}"),
	ROW(M_CC, "command-done", REPORT, DEVICE, CODE_PUSH, "PYL (M)"),
	ROW(TABLE_CELL, "tool-table-cell", WRITE, TOOL, BOTH,
	    "PYL: {table-layout} (H); {file-content}"),
};

const struct proto_code *lsv2_row(uint32_t code)
{
	for (unsigned i = 0; i < LSV2_CODES; i++)
		if (lsv2_codes[i].code == code)
			return &lsv2_codes[i];
	return NULL;
}

const struct proto_space lsv2_spaces[] = {
	[SPACE_RUN_INFO - 1] = { "run-info", "{0}" },
	[SPACE_RUNNING - 1] = { "running-program", NULL },
	[SPACE_MAIN - 1] = { "main-program", NULL },
	[SPACE_PLC - 1] = { "plc-memory", "{0}" },
	[SPACE_KEY - 1] = { "key", "{name}" },
	[SPACE_TABLE - 1] = { "tool-table", "T{0} {name}" },	/* tool, column */
	{ NULL, NULL }
};

/* PYL: what each number of R_VR asks for. */
const char *lsv2_version_name(uint32_t number)
{
	static const char *const names[] = { "control", "nc-software", "plc-program", "options",
					     "id",	"release",     "splc-program" };

	return number >= 1 && number <= ARRAY_LEN(names) ? names[number - 1] : NULL;
}

/* PYL: keys of the control's keyboard. Numbers that are letters stand for themselves. */
const char *lsv2_key_name(uint32_t key)
{
	static const struct { uint16_t key; const char *name;
	} keys[] = {
		{ 0x1c0, "mode-manual" },
		{ 0x1c1, "mdi" },
		{ 0x1c2, "mode-single-step" },
		{ 0x1c3, "mode-automatic" },
		{ 0x1c4, "mode-edit" },
		{ 0x1c5, "mode-handwheel" },
		{ 0x1c6, "mode-simulation" },
		{ 0x1c7, "mod" },
		{ 0x1cb, "file-manager" },
		{ 0x1a0, "up" },
		{ 0x1a1, "down" },
		{ 0x1a2, "left" },
		{ 0x1a3, "right" },
		{ 0x1a8, "ent" },
		{ 0x1a9, "no-ent" },
		{ 0x1ab, "del" },
		{ 0x1ac, "end" },
		{ 0x1ad, "goto" },
		{ 0x1ae, "ce" },
		{ 0x1b0, "axis-x" },
		{ 0x1b1, "axis-y" },
		{ 0x1b2, "axis-z" },
		{ 0x1b3, "axis-4" },
		{ 0x1b4, "axis-5" },
		{ 0x1b8, "polar" },
		{ 0x1b9, "incremental" },
		{ 0x1ba, "q" },
		{ 0x1bb, "actual-position" },
		{ 0x1bc, "sign" },
		{ 0x1bd, "point" },
		{ 0x1d0, "pgm-call" },
		{ 0x1d1, "tool-def" },
		{ 0x1d2, "tool-call" },
		{ 0x1e0, "stop" },
		{ 0x19d, "next-softkeys" },
		{ 0x19e, "previous-softkeys" },
		{ 0x08, "backspace" },
		{ 0x0d, "return" },
		{ 0x20, "space" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].key == key)
			return keys[i].name;
	return NULL;
}

/* ---- the own fields ---- */

/* PYL: numbers of T_ER and T_BD, and their words in the same order. */
static const uint8_t error_numbers[] = {
	20, 21, 22, 23, 24, 25, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46,
	47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 70, 71,
	72, 73, 74, 75, 80, 81, 82, 83, 90, 100, 101, 102, 103, 104, 105, 106, 107, 108, 110, 111,
	112, 200, 255,
};
static const char *const error_words[] = {
	"none", "bad-format", "unexpected-telegram", "unknown-telegram", "no-privilege",
	"wrong-parameter", "stopped", "bad-password", "bad-file-name", "no-file", "cannot-open",
	"file-exists", "bad-file", "cannot-delete", "cannot-create", "read-only", "bad-key",
	"no-machine-parameter", "no-window", "window-not-active", "display", "no-font",
	"file-access", "wrong-dnc-state", "cannot-change-path", "cannot-rename", "no-login",
	"bad-parameter", "bad-number", "bad-address", "no-space", "cannot-delete-directory",
	"no-directory", "operating-mode", "no-next-error", "timeout", "no-write-access",
	"machine-active", "reference-missing", "plc-buffer-full", "not-found", "wrong-file",
	"no-match", "too-many-trace-points", "not-activated", "dsp-channel", "dsp-parameter",
	"out-of-range", "invalid-axis", "streaming", "not-streaming", "too-many-connections",
	"no-free-handle", "plc-memory-cleared", "scope-channel", "busy", "block-cannot-create",
	"block-no-space", "block-file-not-allowed", "block-bad-format", "block-bad",
	"block-end-of-program", "block-display", "block-no-window", "block-window-changed",
	"block-dnc-wait", "block-cancelled", "block-scope-overrun", "block-end", "user-error",
	"other",
};
_Static_assert(ARRAY_LEN(error_words) == ARRAY_LEN(error_numbers) + 2, "a word for each, none and other");

uint8_t lsv2_error(uint8_t number)
{
	for (unsigned i = 0; i < ARRAY_LEN(error_numbers); i++)
		if (error_numbers[i] == number)
			return (uint8_t)(i + 1);
	return number == 0 ? 0 : ARRAY_LEN(error_words) - 1;
}

/* PYL: program state and execution state. */
static const char *const states[] = { "started", "stopped", "finished", "cancelled", "interrupted", "error",
				      "error-cleared", "idle", "undefined" };
static const char *const modes[] = { "manual", "mdi", "reference", "single-step", "automatic", "undefined" };

#define AT(member) .at = offsetof(struct lsv2_own, member)
#define GIVEN(member) .show = SHOW_GIVEN, .given = offsetof(struct lsv2_own, member)
const struct field lsv2_fields[] = {
	{ .name = "telegram", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(telegram) },
	{ .name = "privilege", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(privilege) },
	{ .name = "password_given", .type = FIELD_BOOL, GIVEN(is_login), AT(password) },
	{ .name = "default_code", .type = FIELD_BOOL, .show = SHOW_NONZERO, AT(default_code) },
	{ .name = "error",
	  .type = FIELD_WORD,
	  .show = SHOW_NONZERO,
	  AT(error),
	  .elem = ARRAY_LEN(error_words),
	  .words = error_words },
	{ .name = "error_class", .type = FIELD_U16, .show = SHOW_NONZERO, AT(error_class) },
	{ .name = "state",
	  .type = FIELD_WORD,
	  GIVEN(has_state),
	  AT(state),
	  .elem = ARRAY_LEN(states),
	  .words = states },
	{ .name = "mode",
	  .type = FIELD_WORD,
	  GIVEN(has_exec),
	  AT(exec),
	  .elem = ARRAY_LEN(modes),
	  .words = modes },
	{ .name = "line", .type = FIELD_U32, GIVEN(has_line), AT(line) },
	{ .name = "other_name", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(other_name) },
	{ .name = "binary", .type = FIELD_BOOL, .show = SHOW_NONZERO, AT(binary) },
	{ .name = "permanent", .type = FIELD_BOOL, GIVEN(has_permanent), AT(permanent) },
	{ .name = "entries", .type = FIELD_U32, .show = SHOW_NONZERO, AT(entries) },
	{ .name = "block_length", .type = FIELD_U16, .show = SHOW_NONZERO, AT(block_length) },
	{ .name = "lsv2_version", .type = FIELD_U8, .show = SHOW_NONZERO, AT(lsv2_version) },
	{ .name = "speed_override", .type = FIELD_F64, GIVEN(has_override), AT(speed) },
	{ .name = "rapid_override", .type = FIELD_F64, GIVEN(has_override), AT(rapid) },
	{ .name = "tool_index", .type = FIELD_U32, .show = SHOW_NONZERO, AT(tool_index) },
	{ .name = "inch", .type = FIELD_BOOL, .show = SHOW_NONZERO, AT(inch) },
	{ .name = "cells_left_out", .type = FIELD_U32, .show = SHOW_NONZERO, AT(left_out) },
	{ .name = NULL }
};

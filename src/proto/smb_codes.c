/* proto/smb_codes.c: the table of SMB messages: commands of both families, and what stands inside
 * some of them. */
#include "proto/smb.h"

#define BOTH (CODE_REQUEST | CODE_ANSWER)
#define NAMED (CODE_REQUEST | CODE_ANSWER | CODE_NAMED)

/* [MS-SMB2] 2.2.1.2: number, key, Suricata's name, verb, class, flags, section. */
#define SMB2(C) \
	C(00, "smb2-negotiate", "NEGOTIATE_PROTOCOL", OPEN, SESSION, BOTH, "[MS-SMB2] 2.2.3, 2.2.4") \
	C(01, "smb2-session-setup", "SESSION_SETUP", LOGIN, SESSION, BOTH, "[MS-SMB2] 2.2.5, 2.2.6") \
	C(02, "smb2-logoff", "SESSION_LOGOFF", LOGOUT, SESSION, BOTH, "[MS-SMB2] 2.2.7, 2.2.8") \
	C(03, "smb2-tree-connect", "TREE_CONNECT", OPEN, SESSION, BOTH, "[MS-SMB2] 2.2.9, 2.2.10") \
	C(04, "smb2-tree-disconnect", "TREE_DISCONNECT", CLOSE, SESSION, BOTH, "[MS-SMB2] 2.2.11, 2.2.12") \
	C(05, "smb2-create", "CREATE", QUERY, FILE, BOTH, "[MS-SMB2] 2.2.13, 2.2.14") \
	C(06, "smb2-close", "CLOSE", CLOSE, FILE, BOTH, "[MS-SMB2] 2.2.15, 2.2.16: {nothing-alone}") \
	C(07, "smb2-flush", "FLUSH", CONTROL, FILE, BOTH, "[MS-SMB2] 2.2.17, 2.2.18: {when-refused}") \
	C(08, "smb2-read", "READ", READ, FILE, BOTH, "[MS-SMB2] 2.2.19, 2.2.20: {transfer-pieces}") \
	C(09, "smb2-write", "WRITE", WRITE, FILE, BOTH, "[MS-SMB2] 2.2.21, 2.2.22: {transfer-pieces}") \
	C(0a, "smb2-lock", "LOCK", CONTROL, FILE, BOTH, "[MS-SMB2] 2.2.26, 2.2.27") \
	C(0b, "smb2-ioctl", "IOCTL", CONTROL, FILE, BOTH, "[MS-SMB2] 2.2.31, 2.2.32") \
	C(0c, "smb2-cancel", "CANCEL", CONTROL, SESSION, CODE_REQUEST, \
	  "[MS-SMB2] 2.2.30: {nothing-alone}; {no-answer}") \
	C(0d, "smb2-echo", "KEEPALIVE", KEEPALIVE, SESSION, BOTH, "[MS-SMB2] 2.2.28, 2.2.29") \
	C(0e, "smb2-query-directory", "FIND", BROWSE, FILE, BOTH, "[MS-SMB2] 2.2.33, 2.2.34") \
	C(0f, "smb2-change-notify", "CHANGE_NOTIFY", SUBSCRIBE, FILE, BOTH, "[MS-SMB2] 2.2.35, 2.2.36") \
	C(10, "smb2-query-info", "GET_INFO", QUERY, FILE, BOTH, "[MS-SMB2] 2.2.37, 2.2.38") \
	C(11, "smb2-set-info", "SET_INFO", CONTROL, FILE, BOTH, "[MS-SMB2] 2.2.39, 2.2.40") \
	C(12, "smb2-oplock-break", "OPLOCK_BREAK", CONTROL, FILE, BOTH | CODE_PUSH, \
	  "[MS-SMB2] 2.2.23 to 2.2.25")

/* [MS-CIFS] 2.2.2.1 */
#define SMB1(C) \
	C(00, "smb1-create-directory", "CREATE_DIRECTORY", WRITE, FILE, BOTH, "[MS-CIFS] 2.2.4.1") \
	C(01, "smb1-delete-directory", "DELETE_DIRECTORY", DELETE, FILE, BOTH, "[MS-CIFS] 2.2.4.2") \
	C(02, "smb1-open", "OPEN", QUERY, FILE, BOTH, "[MS-CIFS] 2.2.4.3") \
	C(03, "smb1-create", "CREATE", WRITE, FILE, BOTH, "[MS-CIFS] 2.2.4.4") \
	C(04, "smb1-close", "CLOSE", CLOSE, FILE, BOTH, "[MS-CIFS] 2.2.4.5: {nothing-alone}") \
	C(05, "smb1-flush", "FLUSH", CONTROL, FILE, BOTH, "[MS-CIFS] 2.2.4.6: {when-refused}") \
	C(06, "smb1-delete", "DELETE", DELETE, FILE, BOTH, "[MS-CIFS] 2.2.4.7") \
	C(07, "smb1-rename", "RENAME", RENAME, FILE, BOTH, "[MS-CIFS] 2.2.4.8") \
	C(08, "smb1-query-information", "QUERY_INFORMATION", QUERY, FILE, BOTH, "[MS-CIFS] 2.2.4.9") \
	C(09, "smb1-set-information", "SET_INFORMATION", CONTROL, FILE, BOTH, "[MS-CIFS] 2.2.4.10") \
	C(0a, "smb1-read", "READ", READ, FILE, BOTH, "[MS-CIFS] 2.2.4.11: {transfer-pieces}") \
	C(0b, "smb1-write", "WRITE", WRITE, FILE, BOTH, "[MS-CIFS] 2.2.4.12: {transfer-pieces}") \
	C(0c, "smb1-lock-byte-range", "LOCK_BYTE_RANGE", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.4.13") \
	C(0d, "smb1-unlock-byte-range", "UNLOCK_BYTE_RANGE", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.4.14") \
	C(0e, "smb1-create-temporary", "CREATE_TEMPORARY", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.15") \
	C(0f, "smb1-create-new", "CREATE_NEW", WRITE, FILE, BOTH, "[MS-CIFS] 2.2.4.16") \
	C(10, "smb1-check-directory", "CHECK_DIRECTORY", QUERY, FILE, BOTH, "[MS-CIFS] 2.2.4.17") \
	C(11, "smb1-process-exit", "PROCESS_EXIT", CLOSE, SESSION, NAMED, "[MS-CIFS] 2.2.4.18") \
	C(12, "smb1-seek", "SEEK", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.4.19") \
	C(13, "smb1-lock-and-read", "LOCK_AND_READ", READ, FILE, NAMED, "[MS-CIFS] 2.2.4.20") \
	C(14, "smb1-write-and-unlock", "WRITE_AND_UNLOCK", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.21") \
	C(1a, "smb1-read-raw", "READ_RAW", READ, FILE, NAMED, "[MS-CIFS] 2.2.4.22") \
	C(1b, "smb1-read-mpx", "READ_MPX", READ, FILE, NAMED, "[MS-CIFS] 2.2.4.23") \
	C(1c, "smb1-read-mpx-secondary", "READ_MPX_SECONDARY", READ, FILE, NAMED, "[MS-CIFS] 2.2.4.24") \
	C(1d, "smb1-write-raw", "WRITE_RAW", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.25") \
	C(1e, "smb1-write-mpx", "WRITE_MPX", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.26") \
	C(1f, "smb1-write-mpx-secondary", "WRITE_MPX_SECONDARY", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.27") \
	C(20, "smb1-write-complete", "WRITE_COMPLETE", REPORT, FILE, NAMED, "[MS-CIFS] 2.2.4.28") \
	C(22, "smb1-set-information2", "SET_INFORMATION2", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.4.30") \
	C(23, "smb1-query-information2", "QUERY_INFORMATION2", QUERY, FILE, NAMED, "[MS-CIFS] 2.2.4.31") \
	C(24, "smb1-locking", "LOCKING_ANDX", CONTROL, FILE, NAMED | CODE_PUSH, "[MS-CIFS] 2.2.4.32") \
	C(25, "smb1-transaction", "TRANS", CONTROL, DATA, BOTH, "[MS-CIFS] 2.2.4.33") \
	C(26, "smb1-transaction-secondary", "TRANS_SECONDARY", CONTROL, DATA, NAMED, "[MS-CIFS] 2.2.4.34") \
	C(27, "smb1-ioctl", "IOCTL", CONTROL, DEVICE, NAMED, "[MS-CIFS] 2.2.4.35") \
	C(28, "smb1-ioctl-secondary", "IOCTL_SECONDARY", CONTROL, DEVICE, NAMED, "[MS-CIFS] 2.2.4.36") \
	C(29, "smb1-copy", "COPY", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.37") \
	C(2a, "smb1-move", "MOVE", RENAME, FILE, NAMED, "[MS-CIFS] 2.2.4.38") \
	C(2b, "smb1-echo", "ECHO", KEEPALIVE, SESSION, BOTH, "[MS-CIFS] 2.2.4.39") \
	C(2c, "smb1-write-and-close", "WRITE_AND_CLOSE", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.40") \
	C(2d, "smb1-open-andx", "OPEN_ANDX", QUERY, FILE, BOTH, "[MS-CIFS] 2.2.4.41") \
	C(2e, "smb1-read-andx", "READ_ANDX", READ, FILE, BOTH, "[MS-CIFS] 2.2.4.42: {transfer-pieces}") \
	C(2f, "smb1-write-andx", "WRITE_ANDX", WRITE, FILE, BOTH, \
	  "[MS-CIFS] 2.2.4.43: {transfer-pieces}") \
	C(31, "smb1-close-and-disconnect", "CLOSE_AND_TREE_DISC", CLOSE, FILE, NAMED, "[MS-CIFS] 2.2.4.45") \
	C(32, "smb1-transaction2", "TRANS2", CONTROL, FILE, BOTH, \
	  "[MS-CIFS] 2.2.4.46: {no-subcommand}") \
	C(33, "smb1-transaction2-secondary", "TRANS2_SECONDARY", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.4.47") \
	C(34, "smb1-find-close2", "FIND_CLOSE2", CLOSE, FILE, NAMED, "[MS-CIFS] 2.2.4.48") \
	C(35, "smb1-find-notify-close", "FIND_NOTIFY_CLOSE", CLOSE, FILE, NAMED, "[MS-CIFS] 2.2.4.49") \
	C(70, "smb1-tree-connect", "TREE_CONNECT", OPEN, SESSION, BOTH, "[MS-CIFS] 2.2.4.50") \
	C(71, "smb1-tree-disconnect", "TREE_DISCONNECT", CLOSE, SESSION, BOTH, "[MS-CIFS] 2.2.4.51") \
	C(72, "smb1-negotiate", "NEGOTIATE_PROTOCOL", OPEN, SESSION, BOTH, \
	  "[MS-CIFS] 2.2.4.52, [MS-SMB] 2.2.4.5") \
	C(73, "smb1-session-setup", "SESSION_SETUP_ANDX", LOGIN, SESSION, BOTH, \
	  "[MS-CIFS] 2.2.4.53, [MS-SMB] 2.2.4.6") \
	C(74, "smb1-logoff", "LOGOFF_ANDX", LOGOUT, SESSION, BOTH, "[MS-CIFS] 2.2.4.54") \
	C(75, "smb1-tree-connect-andx", "TREE_CONNECT_ANDX", OPEN, SESSION, BOTH, "[MS-CIFS] 2.2.4.55") \
	C(7e, "smb1-security-package", "SECURITY_PACKAGE_ANDX", LOGIN, SESSION, NAMED, "[MS-CIFS] 2.2.4.56") \
	C(80, "smb1-query-information-disk", "QUERY_INFORMATION_DISK", QUERY, FILE, NAMED, \
	  "[MS-CIFS] 2.2.4.57") \
	C(81, "smb1-search", "SEARCH", BROWSE, FILE, NAMED, "[MS-CIFS] 2.2.4.58") \
	C(82, "smb1-find", "FIND", BROWSE, FILE, NAMED, "[MS-CIFS] 2.2.4.59") \
	C(83, "smb1-find-unique", "FIND_UNIQUE", BROWSE, FILE, NAMED, "[MS-CIFS] 2.2.4.60") \
	C(84, "smb1-find-close", "FIND_CLOSE", CLOSE, FILE, NAMED, "[MS-CIFS] 2.2.4.61") \
	C(a0, "smb1-nt-transact", "NT_TRANS", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.4.62: {other-functions}") \
	C(a1, "smb1-nt-transact-secondary", "NT_TRANS_SECONDARY", CONTROL, FILE, NAMED, \
	  "[MS-CIFS] 2.2.4.63") \
	C(a2, "smb1-nt-create", "NT_CREATE_ANDX", QUERY, FILE, BOTH, "[MS-CIFS] 2.2.4.64") \
	C(a4, "smb1-nt-cancel", "NT_CANCEL", CONTROL, SESSION, CODE_REQUEST, \
	  "[MS-CIFS] 2.2.4.65: {nothing-alone}; {no-answer}") \
	C(a5, "smb1-nt-rename", "NT_RENAME", RENAME, FILE, BOTH, "[MS-CIFS] 2.2.4.66") \
	C(c0, "smb1-open-print-file", "OPEN_PRINT_FILE", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.67") \
	C(c1, "smb1-write-print-file", "WRITE_PRINT_FILE", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.68") \
	C(c2, "smb1-close-print-file", "CLOSE_PRINT_FILE", CLOSE, FILE, NAMED, "[MS-CIFS] 2.2.4.69") \
	C(c3, "smb1-get-print-queue", "GET_PRINT_QUEUE", BROWSE, DEVICE, NAMED, "[MS-CIFS] 2.2.4.70") \
	C(d8, "smb1-read-bulk", "READ_BULK", READ, FILE, NAMED, "[MS-CIFS] 2.2.4.71") \
	C(d9, "smb1-write-bulk", "WRITE_BULK", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.72") \
	C(da, "smb1-write-bulk-data", "WRITE_BULK_DATA", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.4.73")

#define ROW(code_, key_, verb_, class_, flags_, spec_) \
	{ .code = code_, .key = key_, .verb = VERB_##verb_, .cls = CLASS_##class_, .flags = flags_, \
	  .spec = spec_ }
#define ROW_1(n, key, word, verb, class, flags, spec) ROW(CODE_1 | 0x##n, key, verb, class, flags, spec),
#define ROW_2(n, key, word, verb, class, flags, spec) ROW(CODE_2 | 0x##n, key, verb, class, flags, spec),
#define SET(n, key, verb, flags, spec) ROW(CODE_SET | n, key, verb, FILE, flags, spec)

const struct proto_code smb_codes[SMB_CODES] = {
	SMB2(ROW_2)
	/* file information classes of SET_INFO */
	SET(4, "set-basic", CONTROL, NAMED, "[MS-FSCC] 2.4.7"),
	SET(10, "set-rename", RENAME, BOTH, "[MS-FSCC] 2.4.42"),
	SET(11, "set-link", WRITE, BOTH, "[MS-FSCC] 2.4.27"),
	SET(13, "set-delete", DELETE, BOTH, "[MS-FSCC] 2.4.11"),
	SET(19, "set-allocation", CONTROL, NAMED, "[MS-FSCC] 2.4.4"),
	SET(20, "set-end-of-file", WRITE, BOTH, "[MS-FSCC] 2.4.14"),
	SET(64, "set-delete-ex", DELETE, BOTH, "[MS-FSCC] 2.4.12"),
	SET(65, "set-rename-ex", RENAME, BOTH, "[MS-FSCC] 2.4.43"),
	SET(CODE_OTHER, "set-other", CONTROL, NAMED, "[MS-FSCC] 2.4: {other-classes}"),
	/* what carries and hides */
	ROW(CODE_2 | CODE_OTHER, "smb2-other", CONTROL, DATA, NAMED,
	    "[MS-SMB2] 2.2.1.2: {not-standard}"),
	ROW(CODE_1 | CODE_OTHER, "smb1-other", CONTROL, DATA, NAMED,
	    "[MS-CIFS] 2.2.2.1: {not-standard}"),
	ROW(CODE_NBSS | 0x81, "session-request", OPEN, SESSION, CODE_REQUEST, "RFC 1002 4.3.2"),
	ROW(CODE_NBSS | 0x82, "session-granted", OPEN, SESSION, CODE_ANSWER, "RFC 1002 4.3.3"),
	ROW(CODE_NBSS | 0x83, "session-refused", OPEN, SESSION, CODE_ANSWER, "RFC 1002 4.3.4"),
	ROW(CODE_NBSS | 0x84, "session-elsewhere", OPEN, SESSION, CODE_ANSWER, "RFC 1002 4.3.5"),
	ROW(CODE_NBSS | 0x85, "session-keepalive", KEEPALIVE, SESSION,
	    CODE_REQUEST | CODE_ANSWER | CODE_NAMED,
	    "RFC 1002 4.3.6: {nothing-alone}"),
	ROW(CODE_SEALED, "sealed", OPEN, SESSION, NAMED, "[MS-SMB2] 2.2.41: {encrypted-counted}"),
	ROW(CODE_PACKED, "packed", OPEN, SESSION, NAMED, "[MS-SMB2] 2.2.42: {compressed-counted}"),
	ROW(CODE_FILE_READ, "file-read", READ, FILE, CODE_ANSWER, "{end-of-read}"),
	ROW(CODE_FILE_WRITTEN, "file-written", WRITE, FILE, CODE_REQUEST,
	    "{end-of-write}"),
	ROW(CODE_PIPE_DATA, "pipe-data", CONTROL, DATA, NAMED,
	    "[MS-SMB2] 2.2.21: {pipe-other}"),
	SMB1(ROW_1)
	/* functions of named pipes, [MS-CIFS] 2.2.5 */
	ROW(CODE_TRANS | 0x01, "pipe-set-state", CONTROL, DATA, NAMED, "[MS-CIFS] 2.2.5.1"),
	ROW(CODE_TRANS | 0x11, "pipe-raw-read", READ, DATA, NAMED, "[MS-CIFS] 2.2.5.2"),
	ROW(CODE_TRANS | 0x21, "pipe-query-state", QUERY, DATA, NAMED, "[MS-CIFS] 2.2.5.3"),
	ROW(CODE_TRANS | 0x22, "pipe-query-info", QUERY, DATA, NAMED, "[MS-CIFS] 2.2.5.4"),
	ROW(CODE_TRANS | 0x23, "pipe-peek", READ, DATA, NAMED, "[MS-CIFS] 2.2.5.5"),
	ROW(CODE_TRANS | 0x26, "pipe-transact", CONTROL, DATA, BOTH,
	    "[MS-CIFS] 2.2.5.6: {inside-dcerpc}"),
	ROW(CODE_TRANS | 0x31, "pipe-raw-write", WRITE, DATA, NAMED, "[MS-CIFS] 2.2.5.7"),
	ROW(CODE_TRANS | 0x36, "pipe-read", READ, DATA, NAMED, "[MS-CIFS] 2.2.5.8"),
	ROW(CODE_TRANS | 0x37, "pipe-write", WRITE, DATA, NAMED, "[MS-CIFS] 2.2.5.9"),
	ROW(CODE_TRANS | 0x53, "pipe-wait", QUERY, DATA, NAMED, "[MS-CIFS] 2.2.5.10"),
	ROW(CODE_TRANS | 0x54, "pipe-call", CONTROL, DATA, NAMED, "[MS-CIFS] 2.2.5.11"),
	/* subcommands of transactions, [MS-CIFS] 2.2.6 */
	ROW(CODE_TRANS2 | 0x00, "trans2-open", WRITE, FILE, BOTH, "[MS-CIFS] 2.2.6.1"),
	ROW(CODE_TRANS2 | 0x01, "trans2-find-first", BROWSE, FILE, BOTH, "[MS-CIFS] 2.2.6.2"),
	ROW(CODE_TRANS2 | 0x02, "trans2-find-next", BROWSE, FILE, BOTH, "[MS-CIFS] 2.2.6.3"),
	ROW(CODE_TRANS2 | 0x03, "trans2-query-fs", QUERY, FILE, NAMED, "[MS-CIFS] 2.2.6.4"),
	ROW(CODE_TRANS2 | 0x04, "trans2-set-fs", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.6.5"),
	ROW(CODE_TRANS2 | 0x05, "trans2-query-path", QUERY, FILE, BOTH, "[MS-CIFS] 2.2.6.6"),
	ROW(CODE_TRANS2 | 0x06, "trans2-set-path", CONTROL, FILE, BOTH, "[MS-CIFS] 2.2.6.7"),
	ROW(CODE_TRANS2 | 0x07, "trans2-query-file", QUERY, FILE, BOTH, "[MS-CIFS] 2.2.6.8"),
	ROW(CODE_TRANS2 | 0x08, "trans2-set-file", CONTROL, FILE, BOTH, "[MS-CIFS] 2.2.6.9"),
	ROW(CODE_TRANS2 | 0x09, "trans2-fsctl", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.6.10"),
	ROW(CODE_TRANS2 | 0x0a, "trans2-ioctl", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.6.11"),
	ROW(CODE_TRANS2 | 0x0b, "trans2-notify-first", SUBSCRIBE, FILE, NAMED, "[MS-CIFS] 2.2.6.12"),
	ROW(CODE_TRANS2 | 0x0c, "trans2-notify-next", SUBSCRIBE, FILE, NAMED, "[MS-CIFS] 2.2.6.13"),
	ROW(CODE_TRANS2 | 0x0d, "trans2-create-directory", WRITE, FILE, BOTH, "[MS-CIFS] 2.2.6.14"),
	ROW(CODE_TRANS2 | 0x0e, "trans2-session-setup", CONTROL, SESSION, NAMED,
	    "[MS-CIFS] 2.2.6.15: {backdoors}"),
	ROW(CODE_TRANS2 | 0x10, "trans2-dfs-referral", RESOLVE, FILE, NAMED, "[MS-CIFS] 2.2.6.16"),
	ROW(CODE_TRANS2 | 0x11, "trans2-dfs-inconsistency", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.6.17"),
	ROW(CODE_TRANS2 | CODE_OTHER, "trans2-other", CONTROL, FILE, NAMED,
	    "[MS-CIFS] 2.2.2.2: {other-subcommands}"),
	/* [MS-CIFS] 2.2.7 */
	ROW(CODE_NT_TRANS | 1, "nt-create", WRITE, FILE, NAMED, "[MS-CIFS] 2.2.7.1"),
	ROW(CODE_NT_TRANS | 2, "nt-ioctl", CONTROL, FILE, NAMED, "[MS-CIFS] 2.2.7.2"),
	ROW(CODE_NT_TRANS | 3, "nt-set-security", WRITE, CONFIG, NAMED, "[MS-CIFS] 2.2.7.3"),
	ROW(CODE_NT_TRANS | 4, "nt-notify", SUBSCRIBE, FILE, NAMED, "[MS-CIFS] 2.2.7.4"),
	ROW(CODE_NT_TRANS | 5, "nt-rename-handle", RENAME, FILE, NAMED, "[MS-CIFS] 2.2.7.5"),
	ROW(CODE_NT_TRANS | 6, "nt-query-security", QUERY, FILE, NAMED, "[MS-CIFS] 2.2.7.6"),
	ROW(CODE_NT_TRANS | 7, "nt-query-quota", QUERY, FILE, NAMED, "[MS-SMB] 2.2.7.5"),
	ROW(CODE_NT_TRANS | 8, "nt-set-quota", WRITE, CONFIG, NAMED, "[MS-SMB] 2.2.7.6"),
};

const struct proto_space smb_spaces[] = {
	{ "pipe", "{name}" },
	{ "share", "{name}" },
	{ "user", "{name}" },
	{ NULL, NULL }
};

#define WORD_1(n, key, word, verb, class, flags, spec) "SMB1_COMMAND_" word,
#define WORD_2(n, key, word, verb, class, flags, spec) "SMB2_COMMAND_" word,
#define AT_1(n, key, word, verb, class, flags, spec) WORD_1_##n,
#define AT_2(n, key, word, verb, class, flags, spec) WORD_2_##n,
#define OF_1(n, key, word, verb, class, flags, spec) [0x##n] = WORD_1_##n,

enum { WORD_NONE, SMB2(AT_2) SMB1(AT_1) WORDS };
_Static_assert((int)WORDS == (int)SMB_COMMAND_WORDS, "as in smb.h");

const char *const smb_commands[SMB_COMMAND_WORDS] = { "", SMB2(WORD_2) SMB1(WORD_1) };

uint8_t smb_command_1(uint8_t command)
{
	static const uint8_t words[256] = { SMB1(OF_1) };

	return words[command];
}

uint8_t smb_command_2(uint16_t command)
{
	return command < COMMANDS_2 ? (uint8_t)(WORD_2_00 + command) : 0;
}

static const struct proto_code *find(uint32_t code)
{
	for (size_t i = 0; i < SMB_CODES; i++)
		if (smb_codes[i].code == code)
			return &smb_codes[i];
	return NULL;
}

const struct proto_code *smb_row(uint32_t code)
{
	const struct proto_code *row = find(code);

	if (row != NULL)
		return row;
	uint32_t series = code & ~(uint32_t)0xff;

	if (series == CODE_TRANS)
		return find(CODE_1 | 0x25);
	if (series == CODE_NT_TRANS)
		return find(CODE_1 | 0xa0);
	row = find(series | CODE_OTHER);
	return row != NULL ? row : find(CODE_1 | CODE_OTHER);
}

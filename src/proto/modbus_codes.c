/* proto/modbus_codes.c: the tables of Modbus: functions, their words, and the own part of its acts. */
#include "proto/modbus.h"

const char *const mb_reasons[REASONS] = {
	[BAD_PROTOCOL] = "protocol-id", [BAD_MBAP] = "mbap-length", [BAD_LENGTH] = "length",
	[BAD_FUNCTION] = "function", [BAD_QUANTITY] = "quantity", [BAD_BYTE_COUNT] = "byte-count",
	[BAD_RANGE] = "range", [BAD_COIL] = "coil-value", [BAD_REFERENCE] = "reference-type",
	[BAD_RECORD] = "record-number", [BAD_DEVICE_ID] = "device-id", [BAD_MORE] = "more-follows",
	[BAD_EXCEPTION] = "exception-code", [BAD_ANSWER_FUNCTION] = "answer-function",
	[BAD_ANSWER_UNIT] = "answer-unit", [BAD_ANSWER_COUNT] = "answer-count",
	[BAD_ANSWER_ECHO] = "answer-echo", [BAD_DIAGNOSTIC] = "diagnostic-data", [BAD_RUN] = "fifo-count",
};

const struct proto_space mb_spaces[] = {
	{ "coil", "{0}" }, { "discrete", "{0}" }, { "holding", "{0}" }, { "input", "{0}" },
	{ "file", "{0}/{1}" }, { "fifo", "{0}" },
	{ NULL, NULL }
};

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = CODE_REQUEST | CODE_ANSWER | CODE_NAMED };
#define SUB(function, sub) ((function) << 16 | (sub))
#define ROW(row, code, key, verb, cls, flags, spec) \
	[(row) - 1] = { code, key, VERB_##verb, CLASS_##cls, flags, spec }

const struct proto_code mb_codes[ROWS - 1] = {
	ROW(ROW_1, 1, "read-coils", READ, DATA, BOTH, "AP 6.1"),
	ROW(ROW_2, 2, "read-discrete-inputs", READ, DATA, BOTH, "AP 6.2"),
	ROW(ROW_3, 3, "read-holding-registers", READ, DATA, BOTH, "AP 6.3"),
	ROW(ROW_4, 4, "read-input-registers", READ, DATA, BOTH, "AP 6.4"),
	ROW(ROW_5, 5, "write-coil", WRITE, DATA, BOTH, "AP 6.5"),
	ROW(ROW_6, 6, "write-register", WRITE, DATA, BOTH, "AP 6.6"),
	ROW(ROW_7, 7, "read-exception-status", READ, DIAG, BOTH, "AP 6.7"),
	ROW(ROW_8, 8, "diagnostics", CONTROL, DIAG, NAMED,
	    "AP 6.8: {subfunctions-other}"),
	ROW(ROW_9, 9, "program-484", WRITE, PROGRAM, NAMED,
	    "PI-MBUS-300 Rev. J, {codes-obsolete} (M)"),
	ROW(ROW_10, 10, "poll-484", READ, PROGRAM, NAMED, "PI-MBUS-300 Rev. J; {obsolete} (M)"),
	ROW(ROW_11, 11, "event-counter", READ, DIAG, BOTH, "AP 6.9"),
	ROW(ROW_12, 12, "event-log", READ, DIAG, BOTH, "AP 6.10"),
	ROW(ROW_13, 13, "program-controller", WRITE, PROGRAM, NAMED,
	    "PI-MBUS-300 Rev. J; {ap-reserved}"),
	ROW(ROW_14, 14, "poll-controller", READ, PROGRAM, NAMED,
	    "PI-MBUS-300 Rev. J; {ap-reserved}"),
	ROW(ROW_15, 15, "write-coils", WRITE, DATA, BOTH, "AP 6.11"),
	ROW(ROW_16, 16, "write-registers", WRITE, DATA, BOTH, "AP 6.12"),
	ROW(ROW_17, 17, "report-server-id", IDENTIFY, DEVICE, BOTH, "AP 6.13"),
	ROW(ROW_18, 18, "program-884", WRITE, PROGRAM, NAMED, "PI-MBUS-300 Rev. J; {obsolete} (M)"),
	ROW(ROW_19, 19, "reset-link", RESET, DEVICE, NAMED, "PI-MBUS-300 Rev. J; {obsolete} (M)"),
	ROW(ROW_20, 20, "read-file", READ, FILE, BOTH, "AP 6.14"),
	ROW(ROW_21, 21, "write-file", WRITE, FILE, BOTH, "AP 6.15"),
	ROW(ROW_22, 22, "mask-write", WRITE, DATA, BOTH, "AP 6.16"),
	ROW(ROW_23, 23, "read-write-registers", WRITE, DATA, BOTH, "AP 6.17"),
	ROW(ROW_24, 24, "read-fifo", READ, DATA, BOTH, "AP 6.18"),
	ROW(ROW_40, 40, "program-concept", WRITE, PROGRAM, NAMED,
	    "Quantum / Concept; {ap-reserved} (M)"),
	ROW(ROW_43, 43, "encapsulated", CONTROL, DEVICE, NAMED, "AP 6.19: {types-other}"),
	ROW(ROW_90, 90, "umas", CONTROL, DEVICE, NAMED,
	    "Schneider UMAS; {own-protocol}; {ap-reserved}"),
	ROW(ROW_125, 125, "firmware-replacement", WRITE, FIRMWARE, NAMED,
	    "Schneider; {ap-reserved} (M)"),
	ROW(ROW_126, 126, "program-584", WRITE, PROGRAM, NAMED,
	    "{modbus-584}; {ap-reserved} (M)"),
	ROW(ROW_MEI_CANOPEN, SUB(43, 13), "canopen", CONTROL, DEVICE, NAMED, "AP 6.20; CiA 309-2"),
	ROW(ROW_MEI_IDENTITY, SUB(43, 14), "device-identification", IDENTIFY, DEVICE, BOTH, "AP 6.21"),
	ROW(ROW_ECHO, SUB(8, 0), "echo", READ, DIAG, BOTH, "AP 6.8.1 00"),
	ROW(ROW_RESTART, SUB(8, 1), "restart-communications", RESET, DEVICE, BOTH, "AP 6.8.1 01"),
	ROW(ROW_REGISTER, SUB(8, 2), "diagnostic-register", READ, DIAG, BOTH, "AP 6.8.1 02"),
	ROW(ROW_DELIMITER, SUB(8, 3), "ascii-delimiter", WRITE, CONFIG, BOTH, "AP 6.8.1 03"),
	ROW(ROW_LISTEN, SUB(8, 4), "listen-only", MODE, DEVICE, CODE_REQUEST, "AP 6.8.1 04: {no-answer}"),
	ROW(ROW_CLEAR, SUB(8, 10), "clear-counters", RESET, DIAG, BOTH, "AP 6.8.1 0A"),
	ROW(ROW_BUS_MESSAGES, SUB(8, 11), "bus-message-count", READ, DIAG, BOTH, "AP 6.8.1 0B"),
	ROW(ROW_BUS_ERRORS, SUB(8, 12), "bus-error-count", READ, DIAG, BOTH, "AP 6.8.1 0C"),
	ROW(ROW_EXCEPTIONS, SUB(8, 13), "exception-count", READ, DIAG, BOTH, "AP 6.8.1 0D"),
	ROW(ROW_SERVER_MESSAGES, SUB(8, 14), "server-message-count", READ, DIAG, BOTH, "AP 6.8.1 0E"),
	ROW(ROW_NO_RESPONSE, SUB(8, 15), "no-response-count", READ, DIAG, BOTH, "AP 6.8.1 0F"),
	ROW(ROW_NAK, SUB(8, 16), "nak-count", READ, DIAG, BOTH, "AP 6.8.1 10"),
	ROW(ROW_BUSY, SUB(8, 17), "busy-count", READ, DIAG, BOTH, "AP 6.8.1 11"),
	ROW(ROW_OVERRUN, SUB(8, 18), "overrun-count", READ, DIAG, BOTH, "AP 6.8.1 12"),
	ROW(ROW_CLEAR_OVERRUN, SUB(8, 20), "clear-overrun", RESET, DIAG, BOTH, "AP 6.8.1 14"),
	ROW(ROW_PLUS, SUB(8, 21), "modbus-plus-statistics", READ, DIAG, NAMED,
	    "PI-MBUS-300 Rev. J, 08 21 (M)"),
};

static const char *const access_words[] = {
	"NONE", "READ | COILS", "READ | DISCRETES", "READ | HOLDING", "READ | INPUT",
	"WRITE | COILS | SINGLE", "WRITE | HOLDING | SINGLE", "WRITE | COILS | MULTIPLE",
	"WRITE | HOLDING | MULTIPLE", "WRITE | HOLDING", "READ | WRITE | HOLDING | MULTIPLE",
};

static const char *const category_words[] = {
	"NONE", "PUBLIC_ASSIGNED", "PUBLIC_UNASSIGNED", "USER_DEFINED", "RESERVED",
};

static const char *const error_words[] = { "NONE", "DATA_VALUE", "DATA_LENGTH", "EXC_CODE", "FUNC_CODE" };

/* By function number; 25 stands for 43, 26 for all others. */
static const char *const function_words[] = {
	"Unknown", "RdCoils", "RdDiscreteInputs", "RdHoldRegs", "RdInputRegs", "WrSingleCoil", "WrSingleReg",
	"RdExcStatus", "Diagnostic", "Program484", "Poll484", "GetCommEventCtr", "GetCommEventLog",
	"ProgramController", "PollController", "WrMultCoils", "WrMultRegs", "ReportServerID", "Program884",
	"ResetCommLink", "RdFileRec", "WrFileRec", "MaskWrReg", "RdWrMultRegs", "RdFIFOQueue", "MEI",
	"Unknown",
};

/* By exception code (AP 7); 9 and above 11 are unknown. */
static const char *const exception_words[EXCEPTION_CODES] = {
	"Unknown", "IllegalFunction", "IllegalDataAddr", "IllegalDataValue", "ServerDeviceFail", "Ack",
	"ServerDeviceBusy", "NegAck", "MemParityErr", "Unknown", "GatewayPathUnavailable",
	"GatewayTargetFailToResp",
};

static const char *const diagnostic_words[DIAGNOSTIC_OTHER + 1] = {
	"RetQueryData", "RestartCommOpt", "RetDiagReg", "ChangeInputDelimiter", "ForceListenOnlyMode",
	"Reserved", "Reserved", "Reserved", "Reserved", "Reserved", "ClearCtrDiagReg", "RetBusMsgCount",
	"RetBusCommErrCount", "RetBusExcErrCount", "RetServerMsgCount", "RetServerNoRespCount",
	"RetServerNAKCount", "RetServerBusyCount", "RetBusCharOverrunCount", "RetOverrunErrCount",
	"ClearOverrunCounterFlag", "GetClearPlusStats", "Reserved",
};

static const char *const mei_words[] = { "Unknown", "CANOpenGenRefReqResp", "RdDevId" };

#define ASSIGNED(row, shape, space, bits, max, access) \
	{ row, shape, space, bits, max, access, CATEGORY_ASSIGNED }
const struct mb_function mb_functions[FUNCTIONS] = {
	[0] = { ROW_NONE, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_NONE },
	[1] = ASSIGNED(ROW_1, SHAPE_READ, SPACE_COIL, 1, 2000, ACCESS_READ_COILS),	/* AP 6.1 */
	[2] = ASSIGNED(ROW_2, SHAPE_READ, SPACE_DISCRETE, 1, 2000, ACCESS_READ_DISCRETES),	/* 6.2 */
	[3] = ASSIGNED(ROW_3, SHAPE_READ, SPACE_HOLDING, 16, 125, ACCESS_READ_HOLDING),	/* 6.3 */
	[4] = ASSIGNED(ROW_4, SHAPE_READ, SPACE_INPUT, 16, 125, ACCESS_READ_INPUT),	/* 6.4 */
	[5] = ASSIGNED(ROW_5, SHAPE_WRITE_ONE, SPACE_COIL, 1, 1, ACCESS_WRITE_COIL),
	[6] = ASSIGNED(ROW_6, SHAPE_WRITE_ONE, SPACE_HOLDING, 16, 1, ACCESS_WRITE_REGISTER),
	[7] = ASSIGNED(ROW_7, SHAPE_EMPTY, 0, 0, 0, 0),
	[8] = ASSIGNED(ROW_8, SHAPE_DIAGNOSTIC, 0, 0, 0, 0),
	[9] = ASSIGNED(ROW_9, SHAPE_OPEN, 0, 0, 0, 0),
	[10] = ASSIGNED(ROW_10, SHAPE_OPEN, 0, 0, 0, 0),
	[11] = ASSIGNED(ROW_11, SHAPE_EMPTY, 0, 0, 0, 0),
	[12] = ASSIGNED(ROW_12, SHAPE_EMPTY, 0, 0, 0, 0),
	[13] = ASSIGNED(ROW_13, SHAPE_OPEN, 0, 0, 0, 0),
	[14] = ASSIGNED(ROW_14, SHAPE_OPEN, 0, 0, 0, 0),
	[15] = ASSIGNED(ROW_15, SHAPE_WRITE_MANY, SPACE_COIL, 1, 1968, ACCESS_WRITE_COILS),	/* 6.11 */
	[16] = ASSIGNED(ROW_16, SHAPE_WRITE_MANY, SPACE_HOLDING, 16, 123, ACCESS_WRITE_REGISTERS),
	[17] = ASSIGNED(ROW_17, SHAPE_EMPTY, 0, 0, 0, 0),
	[18] = ASSIGNED(ROW_18, SHAPE_OPEN, 0, 0, 0, 0),
	[19] = ASSIGNED(ROW_19, SHAPE_OPEN, 0, 0, 0, 0),
	[20] = ASSIGNED(ROW_20, SHAPE_FILE_READ, SPACE_FILE, 16, 0, 0),
	[21] = ASSIGNED(ROW_21, SHAPE_FILE_WRITE, SPACE_FILE, 16, 0, 0),
	[22] = ASSIGNED(ROW_22, SHAPE_MASK, SPACE_HOLDING, 16, 1, ACCESS_MASK),
	[23] = ASSIGNED(ROW_23, SHAPE_READ_WRITE, SPACE_HOLDING, 16, 125, ACCESS_READ_WRITE),	/* 6.17 */
	[24] = ASSIGNED(ROW_24, SHAPE_FIFO, SPACE_FIFO, 16, 31, 0),	/* 6.18 */
	[25] = ASSIGNED(ROW_43, SHAPE_MEI, 0, 0, 0, 0),
	[26] = { ROW_NONE, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_UNASSIGNED },
	[27] = { ROW_NONE, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_USER },
	[28] = { ROW_40, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_UNASSIGNED },
	[29] = { ROW_90, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_RESERVED },
	[30] = { ROW_125, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_RESERVED },
	[31] = { ROW_126, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_RESERVED },
};

unsigned mb_function_at(uint8_t code)
{
	if (code <= LAST_LISTED)
		return code;
	switch (code) {
	case MEI: return AT_MEI;
	case 40: return AT_40;
	case UMAS: return AT_90;
	case 125: return AT_125;
	case 126: return AT_126;
	}
	/* AP 5: 65..72 and 100..110 are for users. */
	return (code >= 65 && code <= 72) || (code >= 100 && code <= 110) ? AT_USER : AT_OTHER;
}

/* ---- the protocol's own part of an act: Suricata's modbus object ---- */

#define AT(member) offsetof(struct mb_own, member)
#define NUMBER(name, type, member, eve, when) \
	{ name, FIELD_##type, SHOW_GIVEN, AT(member), eve, NULL, 0, AT(when), NULL }
#define BYTES(name, member, eve) { name, FIELD_TEXT, SHOW_NONZERO, AT(member), eve, NULL, 0, 0, NULL }
#define WORD(name, member, eve, table, when) \
	{ name, FIELD_WORD, SHOW_GIVEN, AT(member), eve, NULL, ARRAY_LEN(table), AT(when), table }

const struct field mb_fields[] = {
	NUMBER("transaction_id", U16, tid, "request.transaction_id", asked),
	NUMBER("protocol_id", U16, protocol, "request.protocol_id", asked),
	NUMBER("unit_id", U8, unit, "request.unit_id", asked),
	NUMBER("function", U8, function, "request.function_raw", asked),
	WORD("function_code", word, "request.function_code", function_words, asked),
	WORD("access_type", access, "request.access_type", access_words, asked),
	WORD("category", category, "request.category", category_words, asked),
	WORD("error_flags", error, "request.error_flags", error_words, asked),
	NUMBER("read_address", U16, read_address, "request.read.address", read),
	NUMBER("read_quantity", U16, read_quantity, "request.read.quantity", read),
	NUMBER("write_address", U16, write_address, "request.write.address", written),
	NUMBER("write_data", U16, write_data, "request.write.data", data_written),
	NUMBER("diagnostic", U16, sub, "request.diagnostic.raw", diagnosed),
	WORD("diagnostic_code", sub_word, "request.diagnostic.code", diagnostic_words, diagnosed),
	NUMBER("mei", U8, mei, "request.mei.raw", encapsulated),
	WORD("mei_code", mei_word, "request.mei.code", mei_words, encapsulated),
	BYTES("data", request_data, "request.data"),
	NUMBER("answer_transaction_id", U16, tid, "response.transaction_id", answered),
	NUMBER("answer_protocol_id", U16, protocol, "response.protocol_id", answered),
	NUMBER("answer_unit_id", U8, unit, "response.unit_id", answered),
	NUMBER("answer_function", U8, answer_function, "response.function_raw", answered),
	WORD("answer_function_code", word, "response.function_code", function_words, answered),
	WORD("answer_access_type", access, "response.access_type", access_words, answered),
	WORD("answer_category", category, "response.category", category_words, answered),
	WORD("answer_error_flags", answer_error, "response.error_flags", error_words, answered),
	NUMBER("exception", U8, exception, "response.exception.raw", refused),
	WORD("exception_code", exception_word, "response.exception.code", exception_words, refused),
	NUMBER("answer_diagnostic", U16, sub, "response.diagnostic.raw", diagnosed_back),
	WORD("answer_diagnostic_code", sub_word, "response.diagnostic.code", diagnostic_words,
	     diagnosed_back),
	BYTES("read_data", read_data, "response.read.data"),
	BYTES("answer_data", answer_data, "response.data"),
	NUMBER("and_mask", U16, and_mask, NULL, masked),
	NUMBER("or_mask", U16, or_mask, NULL, masked),
	{ .name = NULL }
};

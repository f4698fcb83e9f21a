/* proto/modbus.c: Modbus/TCP, who reads and writes which coils and registers.
 *
 * Spec:    MODBUS Application Protocol V1.1b3 ("AP"), section 6;
 *          MODBUS Messaging on TCP/IP Implementation Guide V1.0b ("MG"), section 3.1.3 (MBAP header).
 * Message: tid:2 protocol:2 (0) length:2 (unit + PDU, 2..254) unit:1 code:1 body; over UDP one datagram.
 * Units:   big-endian; addresses from zero as on the wire; counts are items. station is the unit; 255 means the
 *          address itself, as 0 does (MG 4.4.1.2), so both give station 0.
 * Emits:   reads WHOLE at the answer; writes, diagnostics and unknown functions ASK, then ANSWER. An answer whose
 *          request was not seen is an ANSWER without `re`. obs.code is the function, or function << 16 | sub-function
 *          for 8 and 43. Function 90 goes to umas.
 * State:   none of its own; what was asked waits in pair_ask(). A malformed request is remembered too, so that
 *          its answer shows whether the device swallowed it.
 * Missing: the objects behind CANopen (43/13); the bodies of the old programming functions. */
#include "model/proto.h"

#include <string.h>

extern const struct proto proto_modbus;

enum {
	PORT = 502,		/* MG 4.2.1 */
	MBAP = 7,		/* MG 3.1.3 */
	LENGTH_MIN = 2,		/* unit and function */
	LENGTH_MAX = 254,	/* AP 4.1: PDU of 253 bytes and the unit */
	UMAS_LENGTH_MAX = 2048,	/* UMAS blocks exceed the standard: about 1,022 bytes are common */
	LENGTH_CUT = 1024,	/* longer than allowed, but still taken for a message and called malformed */
	EXCEPTION = 0x80,	/* AP 7 */
	UMAS = 90,
	DIAGNOSTICS = 8, MEI = 43,
	UNIT_SELF = 255,	/* MG 4.4.1.2 */
};

/* Why a message is malformed; each is a text below notes: in content/protocols/modbus.yml. */
enum reason {
	GOOD, BAD_PROTOCOL, BAD_MBAP, BAD_LENGTH, BAD_FUNCTION, BAD_QUANTITY, BAD_BYTE_COUNT, BAD_RANGE, BAD_COIL,
	BAD_REFERENCE, BAD_RECORD, BAD_DEVICE_ID, BAD_MORE, BAD_EXCEPTION, BAD_ANSWER_FUNCTION, BAD_ANSWER_UNIT,
	BAD_ANSWER_COUNT, BAD_ANSWER_ECHO, BAD_DIAGNOSTIC, BAD_RUN, REASONS
};

static const char *const reasons[REASONS] = {
	[BAD_PROTOCOL] = "protocol-id", [BAD_MBAP] = "mbap-length", [BAD_LENGTH] = "length",
	[BAD_FUNCTION] = "function", [BAD_QUANTITY] = "quantity", [BAD_BYTE_COUNT] = "byte-count",
	[BAD_RANGE] = "range", [BAD_COIL] = "coil-value", [BAD_REFERENCE] = "reference-type",
	[BAD_RECORD] = "record-number", [BAD_DEVICE_ID] = "device-id", [BAD_MORE] = "more-follows",
	[BAD_EXCEPTION] = "exception-code", [BAD_ANSWER_FUNCTION] = "answer-function",
	[BAD_ANSWER_UNIT] = "answer-unit", [BAD_ANSWER_COUNT] = "answer-count", [BAD_ANSWER_ECHO] = "answer-echo",
	[BAD_DIAGNOSTIC] = "diagnostic-data", [BAD_RUN] = "fifo-count",
};

/* ---- the table of functions ---- */

enum space { SPACE_NONE, SPACE_COIL, SPACE_DISCRETE, SPACE_HOLDING, SPACE_INPUT, SPACE_FILE, SPACE_FIFO };

static const struct proto_space spaces[] = {
	{ "coil", "{0}" }, { "discrete", "{0}" }, { "holding", "{0}" }, { "input", "{0}" },
	{ "file", "{0}/{1}" }, { "fifo", "{0}" },
	{ NULL, NULL }
};

enum row {
	ROW_NONE,
	ROW_1, ROW_2, ROW_3, ROW_4, ROW_5, ROW_6, ROW_7, ROW_8, ROW_9, ROW_10, ROW_11, ROW_12, ROW_13, ROW_14,
	ROW_15, ROW_16, ROW_17, ROW_18, ROW_19, ROW_20, ROW_21, ROW_22, ROW_23, ROW_24, ROW_40, ROW_43, ROW_90,
	ROW_125, ROW_126,
	ROW_MEI_CANOPEN, ROW_MEI_IDENTITY,
	ROW_ECHO, ROW_RESTART, ROW_REGISTER, ROW_DELIMITER, ROW_LISTEN, ROW_CLEAR, ROW_BUS_MESSAGES, ROW_BUS_ERRORS,
	ROW_EXCEPTIONS, ROW_SERVER_MESSAGES, ROW_NO_RESPONSE, ROW_NAK, ROW_BUSY, ROW_OVERRUN, ROW_CLEAR_OVERRUN,
	ROW_PLUS,
	ROWS
};

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = CODE_REQUEST | CODE_ANSWER | CODE_NAMED };
#define SUB(function, sub) ((function) << 16 | (sub))
#define ROW(row, code, key, verb, cls, flags, spec) \
	[(row) - 1] = { code, key, VERB_##verb, CLASS_##cls, flags, spec }

static const struct proto_code codes[ROWS - 1] = {
	ROW(ROW_1, 1, "read-coils", READ, DATA, BOTH, "AP 6.1"),
	ROW(ROW_2, 2, "read-discrete-inputs", READ, DATA, BOTH, "AP 6.2"),
	ROW(ROW_3, 3, "read-holding-registers", READ, DATA, BOTH, "AP 6.3"),
	ROW(ROW_4, 4, "read-input-registers", READ, DATA, BOTH, "AP 6.4"),
	ROW(ROW_5, 5, "write-coil", WRITE, DATA, BOTH, "AP 6.5"),
	ROW(ROW_6, 6, "write-register", WRITE, DATA, BOTH, "AP 6.6"),
	ROW(ROW_7, 7, "read-exception-status", READ, DIAG, BOTH, "AP 6.7"),
	ROW(ROW_8, 8, "diagnostics", CONTROL, DIAG, NAMED, "AP 6.8: sub-functions without a row of their own"),
	ROW(ROW_9, 9, "program-484", WRITE, PROGRAM, NAMED, "PI-MBUS-300 Rev. J, table of codes; obsolete (M)"),
	ROW(ROW_10, 10, "poll-484", READ, PROGRAM, NAMED, "PI-MBUS-300 Rev. J; obsolete (M)"),
	ROW(ROW_11, 11, "event-counter", READ, DIAG, BOTH, "AP 6.9"),
	ROW(ROW_12, 12, "event-log", READ, DIAG, BOTH, "AP 6.10"),
	ROW(ROW_13, 13, "program-controller", WRITE, PROGRAM, NAMED, "PI-MBUS-300 Rev. J; reserved by AP annex A"),
	ROW(ROW_14, 14, "poll-controller", READ, PROGRAM, NAMED, "PI-MBUS-300 Rev. J; reserved by AP annex A"),
	ROW(ROW_15, 15, "write-coils", WRITE, DATA, BOTH, "AP 6.11"),
	ROW(ROW_16, 16, "write-registers", WRITE, DATA, BOTH, "AP 6.12"),
	ROW(ROW_17, 17, "report-server-id", IDENTIFY, DEVICE, BOTH, "AP 6.13"),
	ROW(ROW_18, 18, "program-884", WRITE, PROGRAM, NAMED, "PI-MBUS-300 Rev. J; obsolete (M)"),
	ROW(ROW_19, 19, "reset-link", RESET, DEVICE, NAMED, "PI-MBUS-300 Rev. J; obsolete (M)"),
	ROW(ROW_20, 20, "read-file", READ, FILE, BOTH, "AP 6.14"),
	ROW(ROW_21, 21, "write-file", WRITE, FILE, BOTH, "AP 6.15"),
	ROW(ROW_22, 22, "mask-write", WRITE, DATA, BOTH, "AP 6.16"),
	ROW(ROW_23, 23, "read-write-registers", WRITE, DATA, BOTH, "AP 6.17"),
	ROW(ROW_24, 24, "read-fifo", READ, DATA, BOTH, "AP 6.18"),
	ROW(ROW_40, 40, "program-concept", WRITE, PROGRAM, NAMED, "Quantum / Concept; reserved by AP annex A (M)"),
	ROW(ROW_43, 43, "encapsulated", CONTROL, DEVICE, NAMED, "AP 6.19: types without a row of their own"),
	ROW(ROW_90, 90, "umas", CONTROL, DEVICE, NAMED, "Schneider UMAS; its own protocol; reserved by AP annex A"),
	ROW(ROW_125, 125, "firmware-replacement", WRITE, FIRMWARE, NAMED, "Schneider; reserved by AP annex A (M)"),
	ROW(ROW_126, 126, "program-584", WRITE, PROGRAM, NAMED, "584/984 programming; reserved by AP annex A (M)"),
	ROW(ROW_MEI_CANOPEN, SUB(43, 13), "canopen", CONTROL, DEVICE, NAMED, "AP 6.20; CiA 309-2"),
	ROW(ROW_MEI_IDENTITY, SUB(43, 14), "device-identification", IDENTIFY, DEVICE, BOTH, "AP 6.21"),
	ROW(ROW_ECHO, SUB(8, 0), "echo", READ, DIAG, BOTH, "AP 6.8.1 00"),
	ROW(ROW_RESTART, SUB(8, 1), "restart-communications", RESET, DEVICE, BOTH, "AP 6.8.1 01"),
	ROW(ROW_REGISTER, SUB(8, 2), "diagnostic-register", READ, DIAG, BOTH, "AP 6.8.1 02"),
	ROW(ROW_DELIMITER, SUB(8, 3), "ascii-delimiter", WRITE, CONFIG, BOTH, "AP 6.8.1 03"),
	ROW(ROW_LISTEN, SUB(8, 4), "listen-only", MODE, DEVICE, CODE_REQUEST, "AP 6.8.1 04: never answered"),
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
	ROW(ROW_PLUS, SUB(8, 21), "modbus-plus-statistics", READ, DIAG, NAMED, "PI-MBUS-300 Rev. J, 08 21 (M)"),
};

/* What a request and its answer look like. */
enum shape {
	SHAPE_OPEN,		/* not looked into */
	SHAPE_READ,		/* address, quantity; byte count, items */
	SHAPE_WRITE_ONE,	/* address, value; the same */
	SHAPE_WRITE_MANY,	/* address, quantity, byte count, items; address, quantity */
	SHAPE_MASK, SHAPE_READ_WRITE, SHAPE_EMPTY, SHAPE_DIAGNOSTIC, SHAPE_FILE_READ, SHAPE_FILE_WRITE, SHAPE_FIFO,
	SHAPE_MEI,
};

/* Suricata's words for what a function touches and who defined it (its EVE access_type and category). */
enum access {
	ACCESS_NONE, ACCESS_READ_COILS, ACCESS_READ_DISCRETES, ACCESS_READ_HOLDING, ACCESS_READ_INPUT,
	ACCESS_WRITE_COIL, ACCESS_WRITE_REGISTER, ACCESS_WRITE_COILS, ACCESS_WRITE_REGISTERS, ACCESS_MASK,
	ACCESS_READ_WRITE,
};

static const char *const access_words[] = {
	"NONE", "READ | COILS", "READ | DISCRETES", "READ | HOLDING", "READ | INPUT", "WRITE | COILS | SINGLE",
	"WRITE | HOLDING | SINGLE", "WRITE | COILS | MULTIPLE", "WRITE | HOLDING | MULTIPLE", "WRITE | HOLDING",
	"READ | WRITE | HOLDING | MULTIPLE",
};

/* As Suricata sorts them; AP annex A itself reserves 9, 10, 13, 14 and 40 too. */
enum category { CATEGORY_NONE, CATEGORY_ASSIGNED, CATEGORY_UNASSIGNED, CATEGORY_USER, CATEGORY_RESERVED };
static const char *const category_words[] = {
	"NONE", "PUBLIC_ASSIGNED", "PUBLIC_UNASSIGNED", "USER_DEFINED", "RESERVED",
};

enum error_word { ERROR_NONE, ERROR_DATA_VALUE, ERROR_DATA_LENGTH, ERROR_EXC_CODE, ERROR_FUNC_CODE };
static const char *const error_words[] = { "NONE", "DATA_VALUE", "DATA_LENGTH", "EXC_CODE", "FUNC_CODE" };

/* By function number; 25 stands for 43, 26 for all others. */
static const char *const function_words[] = {
	"Unknown", "RdCoils", "RdDiscreteInputs", "RdHoldRegs", "RdInputRegs", "WrSingleCoil", "WrSingleReg",
	"RdExcStatus", "Diagnostic", "Program484", "Poll484", "GetCommEventCtr", "GetCommEventLog",
	"ProgramController", "PollController", "WrMultCoils", "WrMultRegs", "ReportServerID", "Program884",
	"ResetCommLink", "RdFileRec", "WrFileRec", "MaskWrReg", "RdWrMultRegs", "RdFIFOQueue", "MEI", "Unknown",
};

/* By exception code (AP 7); 9 and above 11 are unknown. */
static const char *const exception_words[] = {
	"Unknown", "IllegalFunction", "IllegalDataAddr", "IllegalDataValue", "ServerDeviceFail", "Ack",
	"ServerDeviceBusy", "NegAck", "MemParityErr", "Unknown", "GatewayPathUnavailable",
	"GatewayTargetFailToResp",
};
enum { EXCEPTION_CODES = ARRAY_LEN(exception_words) };

static const char *const diagnostic_words[] = {
	"RetQueryData", "RestartCommOpt", "RetDiagReg", "ChangeInputDelimiter", "ForceListenOnlyMode", "Reserved",
	"Reserved", "Reserved", "Reserved", "Reserved", "ClearCtrDiagReg", "RetBusMsgCount", "RetBusCommErrCount",
	"RetBusExcErrCount", "RetServerMsgCount", "RetServerNoRespCount", "RetServerNAKCount", "RetServerBusyCount",
	"RetBusCharOverrunCount", "RetOverrunErrCount", "ClearOverrunCounterFlag", "GetClearPlusStats", "Reserved",
};
enum { DIAGNOSTIC_OTHER = ARRAY_LEN(diagnostic_words) - 1 };

/* Sub-function of 8 to its row; the others have the row of 8. */
static const uint8_t diagnostic_rows[] = {
	ROW_ECHO, ROW_RESTART, ROW_REGISTER, ROW_DELIMITER, ROW_LISTEN, ROW_8, ROW_8, ROW_8, ROW_8, ROW_8, ROW_CLEAR,
	ROW_BUS_MESSAGES, ROW_BUS_ERRORS, ROW_EXCEPTIONS, ROW_SERVER_MESSAGES, ROW_NO_RESPONSE, ROW_NAK, ROW_BUSY,
	ROW_OVERRUN, ROW_8, ROW_CLEAR_OVERRUN, ROW_PLUS,
};

static const char *const mei_words[] = { "Unknown", "CANOpenGenRefReqResp", "RdDevId" };

struct function {
	uint8_t row;
	uint8_t shape;
	uint8_t space;
	uint8_t bits;		/* of one item */
	uint16_t max;		/* items one request may name */
	uint8_t access;
	uint8_t category;
};

static const struct function functions[] = {
	[0] = { ROW_NONE, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_NONE },
	[1] = { ROW_1, SHAPE_READ, SPACE_COIL, 1, 2000, ACCESS_READ_COILS, CATEGORY_ASSIGNED },	/* AP 6.1 */
	[2] = { ROW_2, SHAPE_READ, SPACE_DISCRETE, 1, 2000, ACCESS_READ_DISCRETES, CATEGORY_ASSIGNED },	/* 6.2 */
	[3] = { ROW_3, SHAPE_READ, SPACE_HOLDING, 16, 125, ACCESS_READ_HOLDING, CATEGORY_ASSIGNED },	/* 6.3 */
	[4] = { ROW_4, SHAPE_READ, SPACE_INPUT, 16, 125, ACCESS_READ_INPUT, CATEGORY_ASSIGNED },	/* 6.4 */
	[5] = { ROW_5, SHAPE_WRITE_ONE, SPACE_COIL, 1, 1, ACCESS_WRITE_COIL, CATEGORY_ASSIGNED },
	[6] = { ROW_6, SHAPE_WRITE_ONE, SPACE_HOLDING, 16, 1, ACCESS_WRITE_REGISTER, CATEGORY_ASSIGNED },
	[7] = { ROW_7, SHAPE_EMPTY, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[8] = { ROW_8, SHAPE_DIAGNOSTIC, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[9] = { ROW_9, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[10] = { ROW_10, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[11] = { ROW_11, SHAPE_EMPTY, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[12] = { ROW_12, SHAPE_EMPTY, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[13] = { ROW_13, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[14] = { ROW_14, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[15] = { ROW_15, SHAPE_WRITE_MANY, SPACE_COIL, 1, 1968, ACCESS_WRITE_COILS, CATEGORY_ASSIGNED },	/* 6.11 */
	[16] = { ROW_16, SHAPE_WRITE_MANY, SPACE_HOLDING, 16, 123, ACCESS_WRITE_REGISTERS, CATEGORY_ASSIGNED },
	[17] = { ROW_17, SHAPE_EMPTY, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[18] = { ROW_18, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[19] = { ROW_19, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[20] = { ROW_20, SHAPE_FILE_READ, SPACE_FILE, 16, 0, 0, CATEGORY_ASSIGNED },
	[21] = { ROW_21, SHAPE_FILE_WRITE, SPACE_FILE, 16, 0, 0, CATEGORY_ASSIGNED },
	[22] = { ROW_22, SHAPE_MASK, SPACE_HOLDING, 16, 1, ACCESS_MASK, CATEGORY_ASSIGNED },
	[23] = { ROW_23, SHAPE_READ_WRITE, SPACE_HOLDING, 16, 125, ACCESS_READ_WRITE, CATEGORY_ASSIGNED },	/* 6.17 */
	[24] = { ROW_24, SHAPE_FIFO, SPACE_FIFO, 16, 31, 0, CATEGORY_ASSIGNED },	/* 6.18 */
	[25] = { ROW_43, SHAPE_MEI, 0, 0, 0, 0, CATEGORY_ASSIGNED },
	[26] = { ROW_NONE, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_UNASSIGNED },
	[27] = { ROW_NONE, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_USER },
	[28] = { ROW_40, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_UNASSIGNED },
	[29] = { ROW_90, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_RESERVED },
	[30] = { ROW_125, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_RESERVED },
	[31] = { ROW_126, SHAPE_OPEN, 0, 0, 0, 0, CATEGORY_RESERVED },
};
enum { LAST_LISTED = 24, AT_MEI = 25, AT_OTHER, AT_USER, AT_40, AT_90, AT_125, AT_126, WRITE_23_MAX = 121 };

static unsigned function_at(uint8_t code)
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

struct own {
	struct span request_data, answer_data;	/* bodies without a shape of their own */
	struct span read_data;
	uint16_t tid, protocol;
	uint16_t read_address, read_quantity, write_address, write_data, sub;
	uint16_t and_mask, or_mask;
	uint8_t unit, function, answer_function, word, access, category, error, exception;
	uint8_t exception_word, sub_word, mei, mei_word;
	/* What of it is there. */
	uint8_t asked, answered, refused, read, written, data_written, masked, diagnosed, diagnosed_back, encapsulated;
	uint8_t answer_error;
	uint8_t spare[3];
};
_Static_assert(sizeof(struct own) % 8 == 0, "own parts stay aligned");

#define AT(member) offsetof(struct own, member)
#define NUMBER(name, type, member, eve, when) \
	{ name, FIELD_##type, SHOW_GIVEN, AT(member), eve, NULL, 0, AT(when), NULL }
#define BYTES(name, member, eve) { name, FIELD_TEXT, SHOW_NONZERO, AT(member), eve, NULL, 0, 0, NULL }
#define WORD(name, member, eve, table, when) \
	{ name, FIELD_WORD, SHOW_GIVEN, AT(member), eve, NULL, ARRAY_LEN(table), AT(when), table }

static const struct field fields[] = {
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
	WORD("answer_diagnostic_code", sub_word, "response.diagnostic.code", diagnostic_words, diagnosed_back),
	BYTES("read_data", read_data, "response.read.data"),
	BYTES("answer_data", answer_data, "response.data"),
	NUMBER("and_mask", U16, and_mask, NULL, masked),
	NUMBER("or_mask", U16, or_mask, NULL, masked),
	{ .name = NULL }
};

/* ---- what was asked ---- */

struct asked {
	uint8_t function, unit, row, why;	/* why: enum reason when the request itself was malformed */
	uint8_t at;		/* of functions[] */
	uint8_t alone;		/* the request was not seen: nothing is known of what it asked */
	uint16_t tid;
	uint16_t address, count;	/* what is read, or the only range */
	uint16_t to, to_count;	/* 23: what is written; 22: the masks */
	uint16_t value;		/* 5, 6: the value; 8, 43: sub-function */
	uint16_t n;		/* bytes kept behind: the body of 8, 20, 21 */
};

struct kept { struct asked a; uint8_t body[LENGTH_MAX]; };

/* What every message begins with. Handed on by value: it stays in a register. */
struct head { uint16_t tid; uint8_t unit, function; };

static const struct function *function_of(const struct asked *a)
{
	return &functions[a->at];
}

static size_t bytes_of(const struct function *f, unsigned items)
{
	return ((size_t)items * f->bits + 7) / 8;
}

/* Begins an act of this request: device, code and words. A function without a row keeps its number. */
static struct obs *begin(struct proto_ctx *x, const struct asked *a, uint8_t phase)
{
	struct obs *o;

	if (a->row != ROW_NONE) {
		o = act_begin_code(x, &codes[a->row - 1]);
		if (codes[a->row - 1].flags & CODE_NAMED)
			o->flags |= FLAG_OPAQUE;
	} else {
		o = act_begin(x);
		o->code = a->function;
		o->verb = VERB_CONTROL;
		o->flags |= FLAG_OPAQUE;
	}
	o->phase = phase;
	o->device.station = a->unit == UNIT_SELF ? 0 : a->unit;
	return o;
}

static void object(struct obs *o, uint8_t space, unsigned address, unsigned count)
{
	o->object.space = space;
	o->object.parts = 1;
	o->object.part[0] = address;
	o->object.count = count;
}

/* The bytes of count items of this function: coils packed from the lowest bit on, registers big-endian. */
static void items(struct proto_ctx *x, const struct function *f, unsigned count, struct bytes raw)
{
	act_value(x, f->bits == 1 ? VAL_BOOL : VAL_UINT, f->bits, count, raw);
}

/* What the request is about: of 23 the written range, or the read one. */
static void object_of(struct obs *o, const struct asked *a, bool read_half)
{
	const struct function *f = function_of(a);

	if (f->space == SPACE_NONE || f->space == SPACE_FILE || a->alone)
		return;
	if (f->shape == SHAPE_READ_WRITE && !read_half)
		object(o, f->space, a->to, a->to_count);
	else
		object(o, f->space, a->address, a->count);
}

static struct own *own_of(struct proto_ctx *x, const struct asked *a)
{
	const struct function *f = function_of(a);
	struct own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->tid = a->tid;
	w->unit = a->unit;
	w->function = a->function;
	w->word = a->at <= AT_MEI ? a->at : 0;
	w->access = f->access;
	w->category = a->row == ROW_8 || a->row == ROW_43 ? CATEGORY_RESERVED : f->category;
	w->asked = !a->alone;
	w->error = a->why == GOOD ? ERROR_NONE : a->why == BAD_LENGTH ? ERROR_DATA_LENGTH : ERROR_DATA_VALUE;
	if (a->alone)
		return w;
	if (f->shape == SHAPE_READ || f->shape == SHAPE_READ_WRITE) {
		w->read = 1;
		w->read_address = a->address;
		w->read_quantity = a->count;
	} else if (f->shape == SHAPE_DIAGNOSTIC) {
		w->diagnosed = 1;
		w->sub = a->value;
		w->sub_word = (uint8_t)min_size(a->value, DIAGNOSTIC_OTHER);
	} else if (f->shape == SHAPE_MEI) {
		w->encapsulated = 1;
		w->mei = (uint8_t)a->value;
		w->mei_word = a->value == 13 ? 1 : a->value == 14 ? 2 : 0;
	}
	return w;
}

static void own_written(struct own *w, const struct asked *a)
{
	uint8_t shape = function_of(a)->shape;

	w->written = 1;
	w->write_address = shape == SHAPE_READ_WRITE ? a->to : a->address;
	if (shape == SHAPE_WRITE_ONE) {
		w->data_written = 1;
		w->write_data = a->value;
	} else if (shape == SHAPE_MASK) {
		w->masked = 1;
		w->and_mask = a->to;
		w->or_mask = a->to_count;
	}
}

/* The own part of an act that has its answer. */
static struct own *own_answered(struct proto_ctx *x, const struct asked *a, uint8_t function)
{
	struct own *w = own_of(x, a);

	if (w == NULL)
		return NULL;
	w->answered = 1;
	w->answer_function = function;
	w->diagnosed_back = w->diagnosed && !(function & EXCEPTION);
	return w;
}

/* The same for answers whose data is the value of the act, or nothing. */
static void own_plain(struct proto_ctx *x, const struct asked *a, const struct obs *o)
{
	struct own *w = own_answered(x, a, a->function);

	if (w != NULL)
		w->answer_data = o->value.raw;
}

/* ---- requests ---- */

static enum reason range(unsigned address, unsigned count, unsigned max)
{
	if (count < 1 || count > max)
		return BAD_QUANTITY;
	return address + count > 65536 ? BAD_RANGE : GOOD;	/* AP 4.4: addresses are 0..65535 */
}

/* Sub-requests of 20 and 21: reference type:1 (6) file:2 record:2 length:2, in 21 with length words behind. */
static enum reason file_items(struct cursor c, bool written)
{
	while (c.left > 0) {
		uint8_t type = cur_u8(&c);
		uint16_t file = cur_be16(&c);
		uint16_t record = cur_be16(&c);
		uint16_t length = cur_be16(&c);

		if (written)
			cur_take(&c, (size_t)length * 2);
		if (c.broken)
			return BAD_LENGTH;
		if (type != 6)			/* AP 6.14 */
			return BAD_REFERENCE;
		if (file == 0 || record > 9999)	/* AP 6.14: files 1..FFFF, records 0..270F */
			return BAD_RECORD;
		if (length == 0)
			return BAD_QUANTITY;
	}
	return c.broken ? BAD_LENGTH : GOOD;
}

/* Body of 20 and 21: byte count:1 sub-requests; kept whole. AP 6.14: 7..F5; AP 6.15: 9..FB. */
static enum reason parse_file(struct kept *k, struct cursor *c, bool written)
{
	uint8_t count = cur_u8(c);

	if (c->broken || c->left != count)
		return BAD_BYTE_COUNT;
	if (count < (written ? 9 : 7) || count > (written ? 0xfb : 0xf5))
		return BAD_BYTE_COUNT;
	k->a.n = count;
	memcpy(k->body, c->p, count);
	return file_items(*c, written);
}

/* Body of 8: sub-function:2 data; two bytes of data but for the echo (AP 6.8). */
static enum reason parse_diagnostic(struct kept *k, struct cursor *c)
{
	k->a.value = cur_be16(c);	/* a cut one is an echo without data: refused below */
	if (k->a.value < ARRAY_LEN(diagnostic_rows))
		k->a.row = diagnostic_rows[k->a.value];
	if (k->a.row == ROW_8 || k->a.row == ROW_PLUS)
		return GOOD;
	if (k->a.value == 0 ? c->left < 2 || c->left % 2 != 0 : c->left != 2)
		return BAD_LENGTH;
	k->a.n = (uint16_t)c->left;
	memcpy(k->body, c->p, c->left);
	unsigned data = (unsigned)(c->p[0] << 8 | c->p[1]);

	if (k->a.row == ROW_ECHO)
		return GOOD;
	if (k->a.row == ROW_RESTART)
		return data == 0 || data == 0xff00 ? GOOD : BAD_DIAGNOSTIC;
	if (k->a.row == ROW_DELIMITER)
		return (data & 0xff) == 0 ? GOOD : BAD_DIAGNOSTIC;
	return data == 0 ? GOOD : BAD_DIAGNOSTIC;
}

/* Body of 43: type:1, then of 14: read code:1 (1..4) object:1. */
static enum reason parse_mei(struct kept *k, struct cursor *c)
{
	k->a.value = cur_u8(c);
	if (c->broken)
		return BAD_LENGTH;
	if (k->a.value == 13)
		k->a.row = ROW_MEI_CANOPEN;
	if (k->a.value != 14)
		return GOOD;
	k->a.row = ROW_MEI_IDENTITY;
	uint8_t read = cur_u8(c);

	k->a.address = cur_u8(c);
	k->a.count = read;
	if (!cur_done(c))
		return BAD_LENGTH;
	return read < 1 || read > 4 ? BAD_DEVICE_ID : GOOD;	/* AP 6.21 */
}

/* Body of 15, 16 and the second half of 23: address:2 quantity:2 byte count:1 items. */
static enum reason parse_items(const struct function *f, uint16_t address, uint16_t count, unsigned max,
			       struct cursor *c, struct bytes *ret_data)
{
	uint8_t have = cur_u8(c);

	if (c->broken)
		return BAD_LENGTH;
	enum reason r = range(address, count, max);

	if (r != GOOD)
		return r;
	if (have != bytes_of(f, count))
		return BAD_BYTE_COUNT;
	*ret_data = cur_bytes(c, have);
	return cur_done(c) ? GOOD : BAD_LENGTH;
}

/* Reads one request into k; data are the bytes to be written. Here and below bodies come as bytes: two registers, where a
 * cursor by value would go through memory. */
static enum reason parse_request(struct kept *k, struct bytes body, struct bytes *ret_data)
{
	struct cursor c = cur_over(body);
	const struct function *f = function_of(&k->a);
	struct asked *a = &k->a;

	switch (f->shape) {
	case SHAPE_READ:
		a->address = cur_be16(&c);
		a->count = cur_be16(&c);
		return cur_done(&c) ? range(a->address, a->count, f->max) : BAD_LENGTH;
	case SHAPE_WRITE_ONE:
		a->address = cur_be16(&c);
		*ret_data = (struct bytes){ c.p, 2 };
		a->value = cur_be16(&c);
		a->count = 1;
		if (!cur_done(&c))
			return BAD_LENGTH;
		return f->bits == 1 && a->value != 0 && a->value != 0xff00 ? BAD_COIL : GOOD;	/* AP 6.5 */
	case SHAPE_WRITE_MANY:
		a->address = cur_be16(&c);
		a->count = cur_be16(&c);
		return parse_items(f, a->address, a->count, f->max, &c, ret_data);
	case SHAPE_MASK:
		a->address = cur_be16(&c);
		a->count = 1;
		*ret_data = (struct bytes){ c.p, 4 };
		a->to = cur_be16(&c);
		a->to_count = cur_be16(&c);
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_READ_WRITE: {
		a->address = cur_be16(&c);
		a->count = cur_be16(&c);
		a->to = cur_be16(&c);
		a->to_count = cur_be16(&c);
		enum reason r = parse_items(f, a->to, a->to_count, WRITE_23_MAX, &c, ret_data);

		return r != GOOD ? r : range(a->address, a->count, f->max);
	}
	case SHAPE_FIFO:
		a->address = cur_be16(&c);
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_EMPTY:
		return cur_done(&c) ? GOOD : BAD_LENGTH;
	case SHAPE_FILE_READ:
		return parse_file(k, &c, false);
	case SHAPE_FILE_WRITE:
		return parse_file(k, &c, true);
	case SHAPE_DIAGNOSTIC:
		return parse_diagnostic(k, &c);
	case SHAPE_MEI:
		return parse_mei(k, &c);
	default:
		*ret_data = cur_rest(&c);
		return a->function == 0 || a->function >= EXCEPTION ? BAD_FUNCTION : GOOD;	/* AP 4.1: 1..127 */
	}
}

/* Does the act wait for its answer. */
static bool waits(const struct asked *a)
{
	if (a->row == ROW_NONE || (codes[a->row - 1].flags & CODE_NAMED))
		return false;
	uint8_t verb = codes[a->row - 1].verb;

	return verb == VERB_READ || verb == VERB_IDENTIFY;
}

/* How many sub-requests the body of 20 or 21 holds; file_items() has seen it. */
static unsigned file_count(const uint8_t *body, size_t n, bool written)
{
	struct cursor c = { .p = body, .left = n };
	unsigned count = 0;

	while (c.left > 0) {
		cur_take(&c, 5);
		size_t words = cur_be16(&c);

		cur_take(&c, written ? words * 2 : 0);
		count++;
	}
	return count;
}

static void object_file(struct obs *o, struct cursor *c, unsigned item, unsigned items_all)
{
	cur_take(c, 1);
	object(o, SPACE_FILE, cur_be16(c), 0);
	o->object.parts = 2;
	o->object.part[1] = cur_be16(c);
	o->object.count = cur_be16(c);
	o->item = (uint16_t)item;
	o->items = (uint16_t)items_all;
}

/* One act for each sub-request of 21. */
static uint64_t say_file_writes(struct proto_ctx *x, const struct kept *k)
{
	struct cursor c = { .p = k->body, .left = k->a.n };
	unsigned all = file_count(k->body, k->a.n, true);
	uint64_t first = 0;

	for (unsigned n = 0; n < all; n++) {
		struct obs *o = begin(x, &k->a, PHASE_ASK);

		object_file(o, &c, n, all);
		act_value(x, VAL_UINT, 16, o->object.count, cur_bytes(&c, (size_t)o->object.count * 2));
		struct own *w = own_of(x, &k->a);

		if (w != NULL)
			w->request_data = o->value.raw;
		uint64_t name = act_emit(x);

		if (first == 0)
			first = name;
	}
	return first;
}

/* Says a request that does not wait for its answer. */
static uint64_t say_ask(struct proto_ctx *x, const struct kept *k, struct bytes data)
{
	static const uint8_t on_off[2][1] = { { 0 }, { 1 } };
	const struct function *f = function_of(&k->a);
	struct obs *o = begin(x, &k->a, PHASE_ASK);
	struct own *w;

	object_of(o, &k->a, false);
	if (f->shape == SHAPE_WRITE_ONE && f->bits == 1) {
		items(x, f, 1, (struct bytes){ on_off[k->a.value != 0], 1 });	/* as a read of it would show it */
	} else if (f->shape == SHAPE_WRITE_ONE || f->shape == SHAPE_WRITE_MANY || f->shape == SHAPE_READ_WRITE) {
		items(x, f, o->object.count, data);
	} else if (f->shape == SHAPE_MASK) {
		act_value(x, VAL_RAW_BE, 16, 2, data);	/* and-mask, or-mask */
	} else if (k->a.n > 0) {
		act_value(x, VAL_UINT, 16, k->a.n / 2u, (struct bytes){ k->body, k->a.n });
	} else if (data.n > 0) {
		act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
	}
	w = own_of(x, &k->a);
	if (w != NULL && o->object.parts > 0)
		own_written(w, &k->a);
	else if (w != NULL)
		w->request_data = o->value.raw;
	return act_emit(x);
}

/* The act of a request whose answer did not come, or cannot be waited for, or is no answer to it. The read half of 23
 * is an act of its own. */
static void say_open(struct proto_ctx *x, const struct asked *a, uint64_t act, uint8_t outcome)
{
	bool wait = waits(a);
	bool two = function_of(a)->shape == SHAPE_READ_WRITE;

	for (unsigned half = 0; half < (two ? 2u : 1u); half++) {
		bool whole = wait || half == 1;

		if (!whole && outcome != OUT_UNANSWERED)
			continue;	/* a write stays asked */
		struct obs *o = begin(x, a, whole ? PHASE_WHOLE : PHASE_ANSWER);

		o->outcome = outcome;
		if (!whole)
			o->re = act;
		if (half == 1)
			o->verb = VERB_READ;
		o->item = (uint16_t)half;
		o->items = two ? 2 : 1;
		object_of(o, a, half == 1);
		own_of(x, a);
		act_emit(x);
	}
}

static bool request(struct proto_ctx *x, struct head head, struct bytes body)
{
	unsigned at = function_at(head.function);
	struct kept k;
	struct bytes data = { NULL, 0 };
	uint64_t act = 0;

	k.a = (struct asked){ .function = head.function, .unit = head.unit, .row = functions[at].row, .at = (uint8_t)at,
			      .tid = head.tid };
	enum reason r = parse_request(&k, body, &data);
	bool wait = waits(&k.a);

	k.a.why = (uint8_t)r;
	if (r == GOOD && !wait)
		act = function_of(&k.a)->shape == SHAPE_FILE_WRITE ? say_file_writes(x, &k) : say_ask(x, &k, data);
	if (k.a.row == ROW_LISTEN && r == GOOD)
		return true;			/* AP 6.8.1 04: no answer is returned */
	if (!pair_ask(x, k.a.tid, act, &k, sizeof(k.a) + k.a.n) && r == GOOD)
		say_open(x, &k.a, act, OUT_UNKNOWN);
	x->why = reasons[r];
	return r == GOOD;
}

/* ---- answers ---- */

/* AP 7: 5 means accepted and still being worked on. */
static uint8_t outcome_of(uint8_t exception)
{
	return exception == 5 ? OUT_UNKNOWN : OUT_REFUSED;
}

/* Tells the device's own words: AP 6.21, table of objects. */
static void say_identity(struct proto_ctx *x, struct side device, uint8_t id, struct bytes text)
{
	static const uint8_t kinds[] = {
		FACT_VENDOR, FACT_HARDWARE, FACT_FIRMWARE, 0, FACT_MODEL, FACT_MODEL, FACT_NAME,
	};

	if (id < ARRAY_LEN(kinds) && kinds[id] != 0 && text.n > 0)
		fact_say(x, &device, kinds[id], text, kinds[id] == FACT_NAME ? NAME_SYSTEM : 0, 0, TRUST_SURE);
}

/* Answer of 43/14: type:1 code:1 conformity:1 more:1 next:1 count:1, then count times id:1 n:1 text. */
static enum reason answer_identity(struct proto_ctx *x, const struct asked *a, struct cursor c, struct obs *o)
{
	uint8_t type = cur_u8(&c), code = cur_u8(&c), conformity = cur_u8(&c), more = cur_u8(&c);

	cur_u8(&c);
	uint8_t count = cur_u8(&c);
	struct cursor objects = c;

	if (c.broken)
		return BAD_LENGTH;
	if (type != 14 || code != a->count)
		return BAD_ANSWER_ECHO;
	if (more != 0 && more != 0xff)
		return BAD_MORE;
	if ((conformity & 0x7f) < 1 || (conformity & 0x7f) > 3)
		return BAD_DEVICE_ID;
	for (unsigned i = 0; i < count; i++) {
		cur_u8(&c);
		cur_take(&c, cur_u8(&c));
	}
	if (!cur_done(&c))
		return BAD_LENGTH;
	o->outcome = more != 0 ? OUT_PARTLY : OUT_DONE;
	struct side device = o->device;

	own_plain(x, a, o);
	act_emit(x);
	for (unsigned i = 0; i < count; i++) {
		uint8_t id = cur_u8(&objects);

		say_identity(x, device, id, cur_bytes(&objects, cur_u8(&objects)));
	}
	return GOOD;
}

/* The longest run of printable characters, at least 4; n 0: none. */
static struct bytes words_in(struct bytes b)
{
	struct bytes best = { NULL, 0 };

	for (size_t i = 0; i < b.n;) {
		size_t from = i;

		while (i < b.n && b.p[i] >= 0x20 && b.p[i] < 0x7f)
			i++;
		if (i - from >= 4 && i - from > best.n)
			best = (struct bytes){ b.p + from, i - from };
		if (i == from)
			i++;
	}
	return best;
}

/* Answers of 7, 11, 12 and 17. */
static enum reason answer_empty(struct proto_ctx *x, const struct asked *a, struct cursor c, struct obs *o)
{
	struct bytes data = cur_rest(&c);
	size_t head = a->function == 12 || a->function == 17 ? 1 : 0;

	if (data.n < 1)
		return BAD_LENGTH;
	if (head == 1 && data.p[0] != data.n - 1)
		return BAD_BYTE_COUNT;
	if (a->function == 7 ? data.n != 1 : a->function == 11 ? data.n != 4 : false)
		return BAD_LENGTH;
	if (a->function == 12 && (data.n < 7 || data.n > 71))	/* AP 6.10: status, two counts, 0..64 events */
		return BAD_BYTE_COUNT;
	if (a->function == 17 && data.n < 2)
		return BAD_BYTE_COUNT;
	data.p += head;
	data.n -= head;
	o->outcome = OUT_DONE;
	if (a->function == 11)
		act_value(x, VAL_UINT, 16, 2, data);
	else
		act_value(x, a->function == 7 ? VAL_UINT : VAL_RAW_BE, 8, (unsigned)data.n, data);
	struct side device = o->device;

	own_plain(x, a, o);
	act_emit(x);
	struct bytes model = words_in(data);

	if (a->function == 17 && model.n > 0)
		fact_say(x, &device, FACT_MODEL, model, 0, 0, TRUST_LIKELY);
	return GOOD;
}

/* Answer of 8. Most repeat the request; the counters put a number into the data. */
static enum reason answer_diagnostic(struct proto_ctx *x, const struct asked *a, const uint8_t *kept,
				     struct cursor c, struct obs *o)
{
	uint16_t sub = cur_be16(&c);
	struct bytes data = cur_rest(&c);

	if (data.n < 2 && a->row != ROW_PLUS && a->row != ROW_8)
		return BAD_LENGTH;
	if (sub != a->value)
		return BAD_ANSWER_ECHO;
	bool counts = a->row != ROW_ECHO && codes[a->row - 1].verb == VERB_READ;

	if (a->row != ROW_8 && a->row != ROW_PLUS) {
		if (data.n != a->n)
			return BAD_LENGTH;
		if (!counts && memcmp(data.p, kept, data.n) != 0)
			return BAD_ANSWER_ECHO;
	}
	o->outcome = OUT_DONE;
	if (data.n > 0 && codes[a->row - 1].verb == VERB_READ)
		act_value(x, VAL_UINT, 16, (unsigned)data.n / 2, data);
	own_plain(x, a, o);
	act_emit(x);
	return GOOD;
}

/* Answer of 20: byte count:1, then for each sub-request length:1 reference type:1 (6) words. */
static enum reason answer_file_read(struct proto_ctx *x, const struct asked *a, const uint8_t *kept,
				    struct cursor c)
{
	struct cursor asked = { .p = kept, .left = a->n };
	unsigned n = 0;

	if (cur_u8(&c) != c.left || c.broken)
		return BAD_BYTE_COUNT;
	while (asked.left > 0) {
		unsigned length = (unsigned)(asked.p[5] << 8 | asked.p[6]);	/* file_items() has seen it */
		uint8_t have = cur_u8(&c), type = cur_u8(&c);
		struct bytes words = cur_bytes(&c, have > 0 ? have - 1u : 0);

		if (c.broken || have != 1 + length * 2)
			return BAD_ANSWER_COUNT;
		if (type != 6)
			return BAD_REFERENCE;
		struct obs *o = begin(x, a, PHASE_WHOLE);

		object_file(o, &asked, n++, a->n / 7u);
		o->outcome = OUT_DONE;
		act_value(x, VAL_UINT, 16, length, words);
		own_plain(x, a, o);
		act_emit(x);
	}
	return cur_done(&c) ? GOOD : BAD_ANSWER_COUNT;
}

/* Answer of 24: byte count:2 items:2 (at most 31) registers. */
static enum reason answer_fifo(struct proto_ctx *x, const struct asked *a, struct cursor c, struct obs *o)
{
	uint16_t bytes = cur_be16(&c);
	uint16_t count = cur_be16(&c);

	if (c.broken)
		return BAD_LENGTH;
	if (count > functions[24].max)
		return BAD_RUN;
	if (bytes != 2 + count * 2)
		return BAD_BYTE_COUNT;
	struct bytes data = cur_bytes(&c, count * 2u);

	if (!cur_done(&c))
		return BAD_LENGTH;
	o->outcome = OUT_DONE;
	object(o, SPACE_FIFO, a->address, count);
	act_value(x, VAL_UINT, 16, count, data);
	own_plain(x, a, o);
	act_emit(x);
	return GOOD;
}

/* Answer of 1..4 and the read half of 23: byte count:1 items. */
static enum reason answer_read(struct proto_ctx *x, const struct asked *a, struct bytes body, struct obs *o)
{
	struct cursor c = cur_over(body);
	const struct function *f = function_of(a);
	uint8_t have = cur_u8(&c);
	struct bytes data = cur_rest(&c);

	if (have != data.n || have == 0)
		return BAD_BYTE_COUNT;
	if (have != bytes_of(f, a->count))
		return BAD_ANSWER_COUNT;
	o->outcome = OUT_DONE;
	if (f->shape == SHAPE_READ_WRITE) {
		o->verb = VERB_READ;
		o->item = 1;
		o->items = 2;
	}
	object_of(o, a, true);
	items(x, f, a->count, data);
	struct own *w = own_answered(x, a, a->function);

	if (w != NULL)
		w->read_data = o->value.raw;
	act_emit(x);
	return GOOD;
}

/* The answer to a write: what it wrote, without the value. */
static void say_written(struct proto_ctx *x, const struct asked *a, struct obs *o)
{
	o->outcome = OUT_DONE;
	object_of(o, a, false);
	if (function_of(a)->shape == SHAPE_READ_WRITE)
		o->items = 2;
	struct own *w = own_answered(x, a, a->function);

	if (w != NULL && o->object.parts > 0)
		own_written(w, a);
	act_emit(x);
}

/* Answers of 5, 6, 15, 16 and 22 repeat the request or its beginning. */
static enum reason answer_write(struct proto_ctx *x, const struct asked *a, struct cursor c, struct obs *o)
{
	uint8_t shape = function_of(a)->shape;
	uint16_t address = cur_be16(&c);
	uint16_t second = cur_be16(&c);
	uint16_t third = shape == SHAPE_MASK ? cur_be16(&c) : 0;

	if (!cur_done(&c))
		return BAD_LENGTH;
	uint16_t want = shape == SHAPE_WRITE_ONE ? a->value : shape == SHAPE_MASK ? a->to : a->count;

	if (address != a->address || second != want || (shape == SHAPE_MASK && third != a->to_count))
		return BAD_ANSWER_ECHO;
	say_written(x, a, o);
	return GOOD;
}

static void say_refused(struct proto_ctx *x, const struct asked *a, struct obs *o, uint8_t exception)
{
	bool two = function_of(a)->shape == SHAPE_READ_WRITE;

	for (unsigned half = 0; half < (two ? 2u : 1u); half++) {
		if (half == 1) {
			o = begin(x, a, PHASE_WHOLE);
			o->verb = VERB_READ;
		}
		o->outcome = outcome_of(exception);
		o->result = exception;
		o->item = (uint16_t)half;
		o->items = two ? 2 : 1;
		object_of(o, a, half == 1);
		struct own *w = own_answered(x, a, a->function | EXCEPTION);

		if (w != NULL) {
			w->refused = 1;
			w->exception = exception;
			w->exception_word = exception < EXCEPTION_CODES ? exception : 0;
		}
		act_emit(x);
	}
}

/* AP 7; 7 is the negative acknowledge of older editions. */
static bool exception_known(uint8_t e)
{
	return (e >= 1 && e <= 8) || e == 10 || e == 11;
}

static enum reason answer_exception(struct proto_ctx *x, const struct asked *a, struct bytes body, struct obs *o)
{
	struct cursor c = cur_over(body);
	uint8_t exception = cur_u8(&c);

	if (!cur_done(&c))
		return BAD_LENGTH;
	if (!exception_known(exception))
		return BAD_EXCEPTION;
	say_refused(x, a, o, exception);
	return GOOD;
}

/* An answer to a request that was seen. On anything but GOOD the act begun is still to be said. */
static enum reason answer_shape(struct proto_ctx *x, const struct asked *a, const uint8_t *kept, struct bytes body,
				struct obs *o)
{
	struct cursor c = cur_over(body);

	switch (function_of(a)->shape) {
	case SHAPE_READ: return answer_read(x, a, body, o);
	case SHAPE_WRITE_ONE: case SHAPE_WRITE_MANY: case SHAPE_MASK: return answer_write(x, a, c, o);
	case SHAPE_READ_WRITE: {
		uint8_t have = cur_peek(&c);

		if (c.left == 0 || have != c.left - 1)
			return BAD_BYTE_COUNT;
		if (have != a->count * 2)
			return BAD_ANSWER_COUNT;
		say_written(x, a, o);
		return answer_read(x, a, body, begin(x, a, PHASE_WHOLE));
	}
	case SHAPE_EMPTY: return answer_empty(x, a, c, o);
	case SHAPE_DIAGNOSTIC: return answer_diagnostic(x, a, kept, c, o);
	case SHAPE_FILE_READ: return answer_file_read(x, a, kept, c);
	case SHAPE_FILE_WRITE:
		if (cur_u8(&c) != a->n || c.left != a->n || memcmp(c.p, kept, a->n) != 0)
			return BAD_ANSWER_ECHO;
		say_written(x, a, o);
		return GOOD;
	case SHAPE_FIFO: return answer_fifo(x, a, c, o);
	case SHAPE_MEI:
		if (a->row == ROW_MEI_IDENTITY)
			return answer_identity(x, a, c, o);
		if (c.left == 0 || cur_peek(&c) != a->value)
			return BAD_ANSWER_ECHO;
		break;
	}
	o->outcome = OUT_DONE;
	struct bytes data = cur_rest(&c);

	if (data.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)data.n, data);
	own_plain(x, a, o);
	act_emit(x);
	return GOOD;
}

/* An answer to a malformed request: the device's word is kept, its body is not held against anything. */
static void answer_to_bad(struct proto_ctx *x, const struct asked *a, uint8_t function, struct bytes body)
{
	struct cursor c = cur_over(body);
	struct obs *o = begin(x, a, PHASE_WHOLE);

	o->note = act_str(x, reasons[a->why]);
	if (function & EXCEPTION) {
		say_refused(x, a, o, cur_u8(&c));
		return;
	}
	o->outcome = OUT_DONE;
	own_plain(x, a, o);
	act_emit(x);
}

/* An answer whose request was not seen: what can be said without it. */
static enum reason answer_alone(struct proto_ctx *x, struct head head, struct bytes body)
{
	struct cursor c = cur_over(body);
	struct asked a = { .function = head.function & (uint8_t)~EXCEPTION, .unit = head.unit, .tid = head.tid,
			   .alone = 1 };

	a.at = (uint8_t)function_at(a.function);
	a.row = functions[a.at].row;
	const struct function *f = function_of(&a);
	struct obs *o = begin(x, &a, PHASE_ANSWER);

	if (!(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
	if (head.function & EXCEPTION)
		return answer_exception(x, &a, body, o);
	o->outcome = OUT_DONE;
	if (f->shape == SHAPE_READ) {
		uint8_t have = cur_u8(&c);
		struct bytes data = cur_rest(&c);

		if (have != data.n || have == 0 || (f->bits == 16 && have % 2 != 0))
			return BAD_BYTE_COUNT;
		act_value(x, f->bits == 1 ? VAL_BOOL : VAL_UINT, f->bits, (unsigned)(data.n * 8 / f->bits), data);
	} else if (f->shape == SHAPE_WRITE_ONE || f->shape == SHAPE_WRITE_MANY) {
		unsigned address = cur_be16(&c), second = cur_be16(&c);

		if (!cur_done(&c))
			return BAD_LENGTH;
		object(o, f->space, address, f->shape == SHAPE_WRITE_ONE ? 1 : second);
	}
	struct own *w = own_answered(x, &a, a.function);

	if (w != NULL && f->shape == SHAPE_READ)
		w->read_data = o->value.raw;
	act_emit(x);
	return GOOD;
}

static bool answer(struct proto_ctx *x, struct head head, struct bytes body)
{
	const struct ask *ask = pair_answer(x, head.tid);
	struct asked a;
	enum reason r;

	if (ask == NULL || ask->n < sizeof(a)) {
		r = answer_alone(x, head, body);
		x->why = reasons[r];
		return r == GOOD;
	}
	memcpy(&a, ask->blob, sizeof(a));
	if (a.unit != head.unit || a.function != (head.function & ~EXCEPTION)) {
		if (a.why == GOOD)
			say_open(x, &a, ask->act, OUT_UNKNOWN);
		x->why = reasons[a.unit != head.unit ? BAD_ANSWER_UNIT : BAD_ANSWER_FUNCTION];
		return false;
	}
	if (a.why != GOOD) {
		answer_to_bad(x, &a, head.function, body);
		return true;
	}
	struct obs *o = begin(x, &a, waits(&a) ? PHASE_WHOLE : PHASE_ANSWER);

	r = head.function & EXCEPTION ? answer_exception(x, &a, body, o) :
	    answer_shape(x, &a, ask->blob + sizeof(a), body, o);
	if (r != GOOD)
		say_open(x, &a, ask->act, OUT_UNKNOWN);
	x->why = reasons[r];
	return r == GOOD;
}

/* ---- the door ---- */

static unsigned modbus_probe(const struct proto_ctx *x, struct cursor head)
{
	static const uint8_t lengths[LAST_LISTED + 1] = {	/* of requests that have only one, counted from the unit */
		[1] = 6, [2] = 6, [3] = 6, [4] = 6, [5] = 6, [6] = 6, [7] = 2, [11] = 2, [12] = 2, [17] = 2, [22] = 8,
		[24] = 4,
	};

	cur_take(&head, 2);
	uint16_t protocol = cur_be16(&head), length = cur_be16(&head);

	cur_take(&head, 1);
	uint8_t function = cur_u8(&head);
	uint8_t bare = function & 0x7f;

	if (head.broken || protocol != 0 || length < LENGTH_MIN)
		return 0;
	if (length > (bare == UMAS ? UMAS_LENGTH_MAX : LENGTH_MAX))
		return 0;
	if (function & EXCEPTION)
		return !x->from_client && length == 3 ? 70 : 0;
	/* What does not fit its function is malformed on Modbus's port and something else on others: LDAP begins
	 * with 30 84 00 00 00 n 02 01. The answer to a read counts its bytes. */
	unsigned odd = flow_server(x).port == PORT || flow_client(x).port == PORT ? 25 : 0;

	if (x->from_client && bare <= LAST_LISTED && lengths[bare] != 0)
		return length == lengths[bare] ? 80 : odd;
	if (!x->from_client && bare >= 1 && bare <= 4) {
		uint8_t bytes = cur_u8(&head);

		if (!head.broken && bytes + 3u != length)
			return odd;
	}
	return functions[function_at(bare)].row != ROW_NONE ? 50 : bare == 0 ? 5 : 25;	/* a scan may begin with 0 */
}

static struct cut modbus_cut(struct proto_ctx *x, struct cursor have)
{
	(void)x;
	if (have.left < MBAP + 1)
		return cut_need(MBAP + 1);
	cur_take(&have, 2);			/* tid: any value */
	uint16_t protocol = cur_be16(&have);
	uint16_t length = cur_be16(&have);	/* counts from the unit byte on */

	cur_take(&have, 1);
	unsigned max = (cur_u8(&have) & 0x7f) == UMAS ? UMAS_LENGTH_MAX : LENGTH_CUT;

	if (protocol != 0 || length < LENGTH_MIN || length > max)
		return cut_lost();
	return cut_message(MBAP - 1u + length);
}

static bool modbus_message(struct proto_ctx *x, struct cursor msg)
{
	const struct bytes whole = { msg.p, msg.left };
	struct head h = { .tid = cur_be16(&msg) };
	uint16_t protocol = cur_be16(&msg);
	uint16_t length = cur_be16(&msg);
	bool fits = msg.left == length && length >= LENGTH_MIN;

	h.unit = cur_u8(&msg);
	h.function = cur_u8(&msg);
	fits = fits && (length <= LENGTH_MAX || (h.function & 0x7f) == UMAS);
	if (msg.broken || protocol != 0 || !fits) {
		x->why = reasons[!msg.broken && protocol != 0 ? BAD_PROTOCOL : BAD_MBAP];
		return false;
	}
	if ((h.function & ~EXCEPTION) == UMAS) {
		pass(x, cur_over(whole));
		return true;
	}
	struct bytes body = cur_rest(&msg);

	return x->from_client ? request(x, h, body) : answer(x, h, body);
}

static void modbus_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct asked a;

	if (ask->n < sizeof(a))
		return;
	memcpy(&a, ask->blob, sizeof(a));
	if (a.why == GOOD)
		say_open(x, &a, ask->act, OUT_UNANSWERED);
}

const struct proto proto_modbus = {
	.name = "modbus", .on = ON_TCP, .also_udp = true, .eve = "modbus", .ports = { PORT },
	.own_size = sizeof(struct own),
	.codes = codes, .code_count = ARRAY_LEN(codes), .spaces = spaces, .fields = fields,
	.probe = modbus_probe, .cut = modbus_cut, .message = modbus_message, .unanswered = modbus_unanswered,
};

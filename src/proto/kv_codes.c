/* proto/kv_codes.c: the tables of the KV host link: commands, devices, errors, models. */
#include "proto/kv.h"

#include <string.h>

const char *const kv_reasons[REASONS] = {
	[BAD_ARGUMENTS] = "arguments", [BAD_DEVICE] = "device", [BAD_NUMBER] = "number",
	[BAD_COUNT] = "count", [BAD_VALUE] = "value", [BAD_TEXT] = "text",
	[BAD_ANSWER_COUNT] = "answer-count", [BAD_ANSWER] = "answer",
};

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = CODE_REQUEST | CODE_ANSWER | CODE_NAMED };
#define ROW(row, key, verb, cls, flags, spec) \
	[ROW_##row - 1] = { ROW_##row, key, VERB_##verb, CLASS_##cls, flags, spec }

/* The numbers are koban's own: the protocol has words. */
const struct proto_code kv_codes[ROWS - 1] = {
	ROW(RD, "read", READ, DATA, BOTH, "HL RD (H)"),
	ROW(RDS, "read-many", READ, DATA, BOTH, "HL RDS (H)"),
	ROW(RDE, "read-many-old", READ, DATA, BOTH, "HL RDE (M)"),
	ROW(WR, "write", WRITE, DATA, BOTH, "HL WR (H)"),
	ROW(WRS, "write-many", WRITE, DATA, BOTH, "HL WRS (H)"),
	ROW(WRE, "write-many-old", WRITE, DATA, BOTH, "HL WRE (M)"),
	ROW(ST, "switch-on", WRITE, DATA, BOTH, "HL ST (H)"),
	ROW(RS, "switch-off", WRITE, DATA, BOTH, "HL RS (H)"),
	ROW(STS, "switch-many-on", WRITE, DATA, BOTH, "HL STS (H)"),
	ROW(RSS, "switch-many-off", WRITE, DATA, BOTH, "HL RSS (H)"),
	ROW(MBR, "monitor-bits", READ, DATA, BOTH, "HL MBR (H)"),
	ROW(MWR, "monitor-words", READ, DATA, BOTH, "HL MWR (H)"),
	ROW(MBS, "monitor-bits-set", SUBSCRIBE, DATA, BOTH, "HL MBS (H)"),
	ROW(MWS, "monitor-words-set", SUBSCRIBE, DATA, BOTH, "HL MWS (H)"),
	ROW(MBC, "monitor-bits-clear", SUBSCRIBE, DATA, NAMED, "L"),
	ROW(MWC, "monitor-words-clear", SUBSCRIBE, DATA, NAMED, "L"),
	ROW(WS, "write-preset", WRITE, DATA, BOTH, "HL WS (M)"),
	ROW(WSS, "write-presets", WRITE, DATA, BOTH, "HL WSS (M)"),
	ROW(WSE, "write-presets-old", WRITE, DATA, BOTH, "HL WSE (L)"),
	ROW(RDC, "read-comment", READ, CONFIG, BOTH, "HL RDC (H)"),
	ROW(URD, "read-unit", READ, DATA, BOTH, "HL URD (H)"),
	ROW(UWR, "write-unit", WRITE, DATA, BOTH, "HL UWR (H)"),
	ROW(M0, "program-mode", STOP, DEVICE, BOTH, "HL M0 (H)"),
	ROW(M1, "run-mode", START, DEVICE, BOTH, "HL M1 (H)"),
	ROW(MODE, "mode", READ, DIAG, BOTH, "HL ?M (H)"),
	ROW(MODEL, "model", IDENTIFY, DEVICE, BOTH, "HL ?K (H)"),
	ROW(ERROR, "error", READ, DIAG, BOTH, "HL ?E (H)"),
	ROW(ER, "error-clear", CLEAR, ALARM, BOTH, "HL ER (H)"),
	ROW(WRT, "clock", WRITE, TIME, BOTH, "HL WRT (H)"),
	ROW(BE, "bank", WRITE, CONFIG, BOTH, "HL BE (M)"),
	ROW(CR, "open", OPEN, SESSION, BOTH, "KV-L2 manual 7.5 CR (H)"),
	ROW(CQ, "close", CLOSE, SESSION, BOTH, "KV-L2 manual 7.5 CQ (H)"),
};

const uint8_t kv_shapes[ROWS] = {
	[ROW_RD] = SHAPE_READ, [ROW_RDS] = SHAPE_READS, [ROW_RDE] = SHAPE_READS, [ROW_WR] = SHAPE_WRITE,
	[ROW_WRS] = SHAPE_WRITES, [ROW_WRE] = SHAPE_WRITES, [ROW_ST] = SHAPE_SWITCH, [ROW_RS] = SHAPE_SWITCH,
	[ROW_STS] = SHAPE_SWITCHES, [ROW_RSS] = SHAPE_SWITCHES, [ROW_MBR] = SHAPE_MONITOR,
	[ROW_MWR] = SHAPE_MONITOR, [ROW_MBS] = SHAPE_PLACES, [ROW_MWS] = SHAPE_PLACES, [ROW_MBC] = SHAPE_BARE,
	[ROW_MWC] = SHAPE_BARE, [ROW_WS] = SHAPE_WRITE, [ROW_WSS] = SHAPE_WRITES, [ROW_WSE] = SHAPE_WRITES,
	[ROW_RDC] = SHAPE_COMMENT, [ROW_URD] = SHAPE_UNIT_READ, [ROW_UWR] = SHAPE_UNIT_WRITE,
	[ROW_M0] = SHAPE_MODE, [ROW_M1] = SHAPE_MODE, [ROW_MODE] = SHAPE_ASK, [ROW_MODEL] = SHAPE_ASK,
	[ROW_ERROR] = SHAPE_ASK, [ROW_ER] = SHAPE_BARE, [ROW_WRT] = SHAPE_CLOCK, [ROW_BE] = SHAPE_BANK,
	[ROW_CR] = SHAPE_HELLO, [ROW_CQ] = SHAPE_BARE,
};

enum row kv_row(struct bytes word)
{
	static const char *const words[ROWS] = {
		[ROW_RD] = "RD", [ROW_RDS] = "RDS", [ROW_RDE] = "RDE", [ROW_WR] = "WR", [ROW_WRS] = "WRS",
		[ROW_WRE] = "WRE", [ROW_ST] = "ST", [ROW_RS] = "RS", [ROW_STS] = "STS", [ROW_RSS] = "RSS",
		[ROW_MBR] = "MBR", [ROW_MWR] = "MWR", [ROW_MBS] = "MBS", [ROW_MWS] = "MWS", [ROW_MBC] = "MBC",
		[ROW_MWC] = "MWC", [ROW_WS] = "WS", [ROW_WSS] = "WSS", [ROW_WSE] = "WSE", [ROW_RDC] = "RDC",
		[ROW_URD] = "URD", [ROW_UWR] = "UWR", [ROW_M0] = "M0", [ROW_M1] = "M1", [ROW_MODE] = "?M",
		[ROW_MODEL] = "?K", [ROW_ERROR] = "?E", [ROW_ER] = "ER", [ROW_WRT] = "WRT", [ROW_BE] = "BE",
		[ROW_CR] = "CR", [ROW_CQ] = "CQ",
	};

	for (unsigned i = 1; i < ROWS; i++)
		if (ascii_is(word, words[i]))
			return (enum row)i;
	return ROW_NONE;
}

/* HL, list of devices; those of the XYM notation behind them. Numbers of R, MR, LR and CR are channel and
 * two digits of bit, written together. */
static const struct kind {
	const char *prefix;
	uint8_t hex;			/* its numbers */
	uint8_t format;			/* of its values, when no suffix says otherwise */
} kinds[KINDS] = {
	{ "DM", 0, FORMAT_U }, { "EM", 0, FORMAT_U }, { "FM", 0, FORMAT_U }, { "ZF", 0, FORMAT_U },
	{ "TM", 0, FORMAT_U }, { "CM", 0, FORMAT_U }, { "VM", 0, FORMAT_U }, { "MR", 0, FORMAT_BIT },
	{ "LR", 0, FORMAT_BIT }, { "CR", 0, FORMAT_BIT }, { "VB", 1, FORMAT_BIT }, { "CTC", 0, FORMAT_D },
	{ "CTH", 0, FORMAT_D }, { "TC", 0, FORMAT_D }, { "TS", 0, FORMAT_D }, { "CC", 0, FORMAT_D },
	{ "CS", 0, FORMAT_D }, { "AT", 0, FORMAT_D }, { "R", 0, FORMAT_BIT }, { "B", 1, FORMAT_BIT },
	{ "W", 1, FORMAT_U }, { "T", 0, FORMAT_TIMER }, { "C", 0, FORMAT_TIMER }, { "Z", 0, FORMAT_D },
	{ "X", 1, FORMAT_BIT }, { "Y", 1, FORMAT_BIT }, { "M", 0, FORMAT_BIT }, { "L", 0, FORMAT_BIT },
	{ "D", 0, FORMAT_U }, { "E", 0, FORMAT_U }, { "F", 0, FORMAT_U },
};

const struct proto_space kv_spaces[] = {	/* in the order of kinds[], then what has no kind */
	{ "dm", "DM{0}" }, { "em", "EM{0}" }, { "fm", "FM{0}" }, { "zf", "ZF{0}" }, { "tm", "TM{0}" },
	{ "cm", "CM{0}" }, { "vm", "VM{0}" }, { "mr", "MR{0}" }, { "lr", "LR{0}" }, { "cr", "CR{0}" },
	{ "vb", "VB{0:x}" }, { "ctc", "CTC{0}" }, { "cth", "CTH{0}" }, { "tc", "TC{0}" }, { "ts", "TS{0}" },
	{ "cc", "CC{0}" }, { "cs", "CS{0}" }, { "at", "AT{0}" }, { "r", "R{0}" }, { "b", "B{0:x}" },
	{ "w", "W{0:x}" }, { "t", "T{0}" }, { "c", "C{0}" }, { "z", "Z{0}" }, { "x", "X{0:x}" },
	{ "y", "Y{0:x}" }, { "m", "M{0}" }, { "l", "L{0}" }, { "d", "D{0}" }, { "e", "E{0}" },
	{ "f", "F{0}" },
	{ "unit", "unit {0}:{1}" }, { "monitored", "{name}" }, { "bank", "bank {0}" },
	{ NULL, NULL }
};

/* .U .S .D .L .H; others are no suffix. */
static bool suffix_of(struct bytes s, uint8_t *ret)
{
	static const char letters[] = "USDLH";

	if (s.n != 1)
		return false;
	for (uint8_t i = 0; letters[i] != '\0'; i++)
		if (ascii_lower(s.p[0]) == ascii_lower((uint8_t)letters[i])) {
			*ret = (uint8_t)(FORMAT_U + i);
			return true;
		}
	return false;
}

bool kv_device(struct bytes word, struct kv_device *ret)
{
	struct bytes suffix = word, name = ascii_until(&suffix, '.');
	size_t letters = 0;
	uint64_t number;

	if (name.n == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		letters = strlen(kinds[i].prefix);
		struct bytes digits = ascii_skip(name, letters);

		if (!ascii_begins(name, kinds[i].prefix) || digits.n == 0 || digits.n > 7)
			continue;
		if (!(kinds[i].hex ? ascii_hex(digits, &number) : ascii_number(digits, &number)))
			continue;
		*ret = (struct kv_device){ .space = (uint8_t)(i + 1), .format = kinds[i].format,
					   .number = (uint32_t)number };
		return suffix.n == 0 ? name.n == word.n : suffix_of(suffix, &ret->format);
	}
	return false;
}

bool kv_bit(const struct kv_device *d)
{
	return d->format == FORMAT_BIT;
}

/* HL, list of errors; E3 is in none of the sources. */
const char *kv_error_note(uint8_t digit)
{
	static const char *const notes[] = { "no-such-device", "no-such-command", "no-program", NULL,
					     "write-disabled", "unit-error", "no-comment" };

	return digit < ARRAY_LEN(notes) ? notes[digit] : NULL;
}

/* Answers of ?K: 48 to 53 in two independent clients (H). */
const char *kv_model(uint64_t code)
{
	static const char *const models[] = { "KV-700", "KV-700", "KV-1000", "KV-3000", "KV-5000",
					      "KV-5500" };

	return code >= 48 && code < 48 + ARRAY_LEN(models) ? models[code - 48] : NULL;
}

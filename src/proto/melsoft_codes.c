/* proto/melsoft_codes.c: the tables of MELSOFT. Sources: melsoft.c. */
#include "proto/melsoft.h"

const char *const ms_reasons[REASONS] = {
	[BAD_FRAME] = "frame", [BAD_HEADER] = "header", [BAD_LENGTH] = "length", [BAD_POINTS] = "points",
	[BAD_ANSWER_LENGTH] = "answer-length",
};

enum { BOTH = CODE_REQUEST | CODE_ANSWER, NAMED = BOTH | CODE_NAMED };
#define ROW(code, key, verb, cls, flags, spec) { code, key, VERB_##verb, CLASS_##cls, flags, spec }

const struct proto_code ms_codes[MS_CODES] = {
	ROW(0x0121, "open", IDENTIFY, DEVICE, BOTH, "NOZ; H: {captures}"),
	ROW(0x0131, "login-user", LOGIN, SESSION, BOTH, "NOZ; H: {captures}"),
	ROW(0x0132, "login-password", LOGIN, SESSION, BOTH, "NOZ (M): {password-not-kept}"),
	ROW(0x0133, "read-users-a", READ, CONFIG, NAMED, "NOZ (M)"),
	ROW(0x0134, "read-users-b", READ, CONFIG, NAMED, "NOZ (M): {digests-not-kept}"),
	ROW(0x0150, "read-safety-mode", READ, DEVICE, NAMED, "NOZ (M)"),
	ROW(0x01a0, "challenge", KEEPALIVE, SESSION, NAMED, "{seen} (H); {meaning-low}"),
	ROW(0x0410, "read", READ, DATA, BOTH, "{seen} (H); {noz-otherwise}"),
	ROW(0x0411, "read-scattered", READ, DATA, BOTH, "{seen} (H)"),
	ROW(0x0413, "monitor", READ, DATA, NAMED, "{seen} (H); {meaning-low}"),
	ROW(0x0b2a, "read-0b2a", READ, DIAG, NAMED, "{seen} (H); {meaning-low}"),
	ROW(0x0b2b, "read-0b2b", READ, DIAG, NAMED, "{seen} (H); {meaning-low}"),
	ROW(0x1001, "remote-run", START, DEVICE, NAMED, "NOZ (M)"),
	ROW(0x1002, "remote-stop", STOP, DEVICE, NAMED, "NOZ; H: {captures}"),
	ROW(0x1003, "remote-pause", STOP, DEVICE, NAMED, "NOZ (M)"),
	ROW(0x1005, "latch-clear", RESET, DATA, NAMED, "{as-slmp} (L)"),
	ROW(0x1006, "remote-reset", RESET, DEVICE, NAMED, "NOZ (M)"),
	ROW(0x1120, "safety-mode", MODE, DEVICE, NAMED, "NOZ (M)"),
	ROW(0x1133, "register-users", WRITE, CONFIG, BOTH, "NOZ (M): {password-not-kept}"),
	ROW(0x1410, "write", WRITE, DATA, BOTH, "{seen} (H)"),
	ROW(0x1859, "list-files", BROWSE, FILE, BOTH, "NOZ; H: {captures}"),
	ROW(0x185f, "file-info", BROWSE, FILE, BOTH, "{seen} (H)"),
	ROW(0x1860, "create-file", WRITE, FILE, NAMED, "as SLMP 1820 (L)"),
	ROW(0x1862, "delete-file", DELETE, FILE, NAMED, "as SLMP 1822 (L)"),
	ROW(0x1864, "copy-file", WRITE, FILE, NAMED, "as SLMP 1824 (L)"),
	ROW(0x1865, "file-attributes", WRITE, FILE, NAMED, "as SLMP 1825 (L)"),
	ROW(0x1866, "file-date", WRITE, FILE, NAMED, "as SLMP 1826 (L)"),
	ROW(0x1867, "open-file", READ, FILE, BOTH, "{seen} (H); {write-when-opening}"),
	ROW(0x1868, "read-file", READ, FILE, BOTH, "NOZ; H: {captures}: {tcp-nothing-unless-refused}"),
	ROW(0x1869, "write-file", WRITE, FILE, BOTH, "NOZ; H: {captures}: {tcp-unless-writing}"),
	ROW(0x186a, "close-file", READ, FILE, BOTH, "{seen} (H); {write-when-opened}"),
	ROW(0x187e, "files-state", BROWSE, FILE, NAMED, "{seen} (H); {meaning-low}"),
	ROW(0x18a0, "drive-state", READ, DIAG, NAMED, "{seen} (H); {meaning-low}"),
	ROW(0x5a00, "search", BROWSE, DEVICE, NAMED, "{seen} (H)"),
};

uint8_t ms_kind(uint16_t code)
{
	/* The tool read all points of each kind from an FX5U: 7,680 of M and L, 10,000 of SM, 128 of F, 4,096
	 * of S, 1,024 of X and Y, 256 of B, 512 of SB, W and SW, 8,000 of D, 12,000 of SD, 32,768 of R, 512
	 * of TN, 256 of CN, 16 of STN, 64 long ones of LCN, 20 of Z, 2 long ones of LZ: as that model has
	 * them by default. Kinds with as many points are told apart by their order (M). */
	static const struct { uint8_t code, kind; } kinds[] = {
		{ 0x01, DEV_M }, { 0x02, DEV_SM }, { 0x03, DEV_L }, { 0x04, DEV_F }, { 0x08, DEV_S },
		{ 0x10, DEV_X },
		{ 0x11, DEV_Y }, { 0x14, DEV_B }, { 0x15, DEV_SB }, { 0x20, DEV_D }, { 0x21, DEV_SD },
		{ 0x27, DEV_R },
		{ 0x30, DEV_W }, { 0x31, DEV_SW }, { 0x42, DEV_TN }, { 0x46, DEV_CN }, { 0x4a, DEV_STN },
		{ 0x56, DEV_LCN }, { 0x60, DEV_Z }, { 0x62, DEV_LZ },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].code == code)
			return kinds[i].kind;
	return DEV_NONE;
}

#define AT(member) offsetof(struct ms_own, member)
#define NUMBER(name_, type_, member) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_ALWAYS, .at = AT(member) }
#define GIVEN(name_, type_, member, given_) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_GIVEN, .at = AT(member), .given = AT(given_) }

const struct field ms_fields[] = {
	NUMBER("reference", U16, reference), NUMBER("network", U8, net), NUMBER("station_number", U8, pc),
	NUMBER("module", U16, io),
	GIVEN("status", U16, status, has_status), GIVEN("kind", U8, kind, has_kind),
	{ .name = NULL }
};

/* proto/rfb_codes.c: messages of RFB, and the fields of an act with Suricata's names for them. */
#include "proto/rfb.h"

enum { QUIET = CODE_REQUEST | CODE_NAMED };
#define MSG(n, key, spec) \
	{ CODE_CLIENT + (n), key, VERB_CONTROL, CLASS_DEVICE, QUIET, spec ": {nothing-alone}" }

const struct proto_code rfb_codes[RFB_CODES] = {
	{CODE_LOGIN, "login", VERB_LOGIN, CLASS_SESSION, CODE_REQUEST | CODE_ANSWER, "7.1, 7.3"},
	{CODE_INPUT, "input", VERB_CONTROL, CLASS_DEVICE, CODE_PUSH,
	 "7.5.4, 7.5.5, 7.5.6: {keys-counted}"},
	{CODE_END, "end", VERB_CLOSE, CLASS_SESSION, CODE_PUSH, "{end-of-flow}"},
	{CODE_SCREEN, "screen", VERB_REPORT, CLASS_DATA, CODE_ANSWER | CODE_NAMED,
	 "7.6: {servers-counted}"},
	MSG(PIXEL_FORMAT, "pixel-format", "7.5.1"),
	MSG(ENCODINGS, "encodings", "7.5.2"),
	MSG(UPDATE_REQUEST, "update-request", "7.5.3"),
	MSG(KEY, "key", "7.5.4: {told-in-input}"),
	MSG(POINTER, "pointer", "7.5.5: {told-in-input}"),
	MSG(CUT_TEXT, "clipboard", "7.5.6: {told-in-input}"),
	MSG(CONTINUOUS, "continuous-updates", "{community-extension} (M)"),
	MSG(FENCE, "fence", "{community-extension} (M)"),
	MSG(XVP, "power", "{community-extension} xvp (M)"),
	MSG(DESKTOP_SIZE, "desktop-size", "{community-extension} (M)"),
	MSG(QEMU, "qemu-key", "{community-extension} (M): {told-in-input}"),
};

static const char *const results[] = { "OK", "FAIL", "TOOMANY" };

#define AT(member) offsetof(struct rfb_own, member)
#define TEXT(name_, member, eve_) \
	{ .name = name_, .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_ }
#define GIVEN(name_, kind, member, given_, eve_)                                                             \
	{                                                                                                    \
		.name = name_, .type = kind, .show = SHOW_GIVEN, .at = AT(member), .eve = eve_,              \
		.given = AT(given_)                                                                          \
	}
#define SCREEN_OF(name_, kind, member, eve_) GIVEN(name_, kind, member, screened, "framebuffer." eve_)
#define PIXEL(name_, kind, member) GIVEN(name_, kind, member, screened, "framebuffer.pixel_format." name_)

const struct field rfb_fields[] = {
	TEXT("server_major", major[0], "server_protocol_version.major"),
	TEXT("server_minor", minor[0], "server_protocol_version.minor"),
	TEXT("client_major", major[1], "client_protocol_version.major"),
	TEXT("client_minor", minor[1], "client_protocol_version.minor"),
	GIVEN("security_type", FIELD_U8, type, typed, "authentication.security_type"),
	{ .name = "security_result", .type = FIELD_WORD, .show = SHOW_GIVEN, .at = AT(result),
	  .eve = "authentication.security_result", .elem = ARRAY_LEN(results), .given = AT(resulted),
	  .words = results },
	TEXT("failure_reason", reason, "server_security_failure_reason"),
	GIVEN("shared", FIELD_BOOL, shared, screened, "screen_shared"),
	SCREEN_OF("width", FIELD_U16, width, "width"),
	SCREEN_OF("height", FIELD_U16, height, "height"),
	PIXEL("bits_per_pixel", FIELD_U8, bits),
	PIXEL("depth", FIELD_U8, depth),
	PIXEL("big_endian", FIELD_BOOL, big_endian),
	PIXEL("true_color", FIELD_BOOL, true_colour),
	PIXEL("red_max", FIELD_U16, red_max),
	PIXEL("green_max", FIELD_U16, green_max),
	PIXEL("blue_max", FIELD_U16, blue_max),
	PIXEL("red_shift", FIELD_U8, red),
	PIXEL("green_shift", FIELD_U8, green),
	PIXEL("blue_shift", FIELD_U8, blue),
	SCREEN_OF("name", FIELD_TEXT, name, "name"),
	GIVEN("keys", FIELD_U64, keys, counted, NULL),
	GIVEN("clicks", FIELD_U64, clicks, counted, NULL),
	GIVEN("clipboards", FIELD_U64, clips, counted, NULL),
	GIVEN("client_bytes", FIELD_U64, bytes[1], ended, NULL),
	GIVEN("server_bytes", FIELD_U64, bytes[0], ended, NULL),
	{ .name = NULL }
};

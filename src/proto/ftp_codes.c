/* proto/ftp_codes.c: the tables made of ftp_codes.h. */
#include "proto/ftp_codes.h"

#define BOTH (CODE_REQUEST | CODE_ANSWER)
const struct proto_code ftp_codes[FTP_CODES] = {
	{FTP_OTHER, "other-command", VERB_CONTROL, CLASS_DEVICE, BOTH, "RFC 959 4.1: {in-no-table}"},
#define ROW(name, key, verb, cls, how, spec)                                                                 \
	{FTP_##name, key, verb, cls, BOTH | ((how)&OPAQUE ? CODE_NAMED : 0), spec},
	COMMANDS(ROW)
#undef ROW
	{FTP_BANNER, "banner", VERB_ANNOUNCE, CLASS_DEVICE, CODE_PUSH,
	 "RFC 959 5.4: {ftp-greeting}"},
	{FTP_NOTICE, "notice", VERB_REPORT, CLASS_SESSION, CODE_PUSH,
	 "RFC 959 4.2: {reply-to-none}"},
};

const uint8_t ftp_hows[FTP_ROWS] = {
	NOW,
#define HOW(name, key, verb, cls, how, spec) how,
	COMMANDS(HOW)
#undef HOW
};

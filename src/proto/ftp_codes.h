/* proto/ftp_codes.h: FTP's commands: what each does, where it stands in the standards. */
#ifndef PROTO_FTP_CODES_H
#define PROTO_FTP_CODES_H

#include "model/proto.h"

/* What a command's argument is, and what follows it. */
enum how {
	PATH = 1,	/* the argument is a path */
	FACTS = 2,	/* the argument is facts, a blank, a path */
	SECRET = 4,	/* the argument is never kept */
	MOVES = 8,	/* a data flow follows */
	NOW = 16,	/* said when it is asked, not with its answer */
	OPAQUE = 32,	/* the argument is protected */
};

/* COMMAND(name, key, verb, class, how, spec): in this order they are numbered from 1; row i of
 * ftp_codes[] has number i, but for row 0. */
#define COMMANDS(COMMAND)                                                                                    \
	COMMAND(USER, "user", VERB_OPEN, CLASS_SESSION, 0, "RFC 959 4.1.1")                                  \
	COMMAND(PASS, "pass", VERB_LOGIN, CLASS_SESSION, SECRET, "RFC 959 4.1.1")                            \
	COMMAND(ACCT, "acct", VERB_LOGIN, CLASS_SESSION, SECRET, "RFC 959 4.1.1")                            \
	COMMAND(CWD, "cwd", VERB_BROWSE, CLASS_FILE, PATH, "RFC 959 4.1.1")                                  \
	COMMAND(CDUP, "cdup", VERB_BROWSE, CLASS_FILE, 0, "RFC 959 4.1.1")                                   \
	COMMAND(SMNT, "smnt", VERB_CONTROL, CLASS_FILE, PATH | NOW, "RFC 959 4.1.1")                         \
	COMMAND(REIN, "rein", VERB_LOGOUT, CLASS_SESSION, 0, "RFC 959 4.1.1")                                \
	COMMAND(QUIT, "quit", VERB_CLOSE, CLASS_SESSION, 0, "RFC 959 4.1.1")                                 \
	COMMAND(PORT, "port", VERB_OPEN, CLASS_SESSION, 0, "RFC 959 4.1.2")                                  \
	COMMAND(PASV, "pasv", VERB_OPEN, CLASS_SESSION, 0, "RFC 959 4.1.2")                                  \
	COMMAND(TYPE, "type", VERB_QUERY, CLASS_SESSION, 0, "RFC 959 4.1.2")                                 \
	COMMAND(STRU, "stru", VERB_QUERY, CLASS_SESSION, 0, "RFC 959 4.1.2")                                 \
	COMMAND(MODE, "mode", VERB_QUERY, CLASS_SESSION, 0, "RFC 959 4.1.2")                                 \
	COMMAND(RETR, "retr", VERB_READ, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                    \
	COMMAND(STOR, "stor", VERB_WRITE, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                   \
	COMMAND(STOU, "stou", VERB_WRITE, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                   \
	COMMAND(APPE, "appe", VERB_WRITE, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                   \
	COMMAND(ALLO, "allo", VERB_QUERY, CLASS_SESSION, 0, "RFC 959 4.1.3")                                 \
	COMMAND(REST, "rest", VERB_QUERY, CLASS_SESSION, 0, "RFC 959 4.1.3, RFC 3659 5")                     \
	COMMAND(RNFR, "rnfr", VERB_QUERY, CLASS_FILE, PATH, "RFC 959 4.1.3")                                 \
	COMMAND(RNTO, "rnto", VERB_RENAME, CLASS_FILE, PATH | NOW, "RFC 959 4.1.3")                          \
	COMMAND(ABOR, "abor", VERB_CLOSE, CLASS_FILE, 0, "RFC 959 4.1.3")                                    \
	COMMAND(DELE, "dele", VERB_DELETE, CLASS_FILE, PATH | NOW, "RFC 959 4.1.3")                          \
	COMMAND(RMD, "rmd", VERB_DELETE, CLASS_FILE, PATH | NOW, "RFC 959 4.1.3")                            \
	COMMAND(MKD, "mkd", VERB_WRITE, CLASS_FILE, PATH | NOW, "RFC 959 4.1.3")                             \
	COMMAND(PWD, "pwd", VERB_QUERY, CLASS_FILE, 0, "RFC 959 4.1.3")                                      \
	COMMAND(LIST, "list", VERB_BROWSE, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                  \
	COMMAND(NLST, "nlst", VERB_BROWSE, CLASS_FILE, PATH | MOVES | NOW, "RFC 959 4.1.3")                  \
	COMMAND(SITE, "site", VERB_CONTROL, CLASS_DEVICE, NOW, "RFC 959 4.1.3")                              \
	COMMAND(SYST, "syst", VERB_IDENTIFY, CLASS_DEVICE, 0, "RFC 959 4.1.3")                               \
	COMMAND(STAT, "stat", VERB_QUERY, CLASS_DEVICE, PATH, "RFC 959 4.1.3")                               \
	COMMAND(HELP, "help", VERB_QUERY, CLASS_DEVICE, 0, "RFC 959 4.1.3")                                  \
	COMMAND(NOOP, "noop", VERB_KEEPALIVE, CLASS_SESSION, 0, "RFC 959 4.1.3")                             \
	COMMAND(XCUP, "xcup", VERB_BROWSE, CLASS_FILE, 0, "RFC 775")                                         \
	COMMAND(XCWD, "xcwd", VERB_BROWSE, CLASS_FILE, PATH, "RFC 775")                                      \
	COMMAND(XMKD, "xmkd", VERB_WRITE, CLASS_FILE, PATH | NOW, "RFC 775")                                 \
	COMMAND(XPWD, "xpwd", VERB_QUERY, CLASS_FILE, 0, "RFC 775")                                          \
	COMMAND(XRMD, "xrmd", VERB_DELETE, CLASS_FILE, PATH | NOW, "RFC 775")                                \
	COMMAND(AUTH, "auth", VERB_QUERY, CLASS_SESSION, 0, "RFC 2228 3, RFC 4217 4")                        \
	COMMAND(ADAT, "adat", VERB_LOGIN, CLASS_SESSION, SECRET, "RFC 2228 3")                               \
	COMMAND(PROT, "prot", VERB_QUERY, CLASS_SESSION, 0, "RFC 2228 3")                                    \
	COMMAND(PBSZ, "pbsz", VERB_QUERY, CLASS_SESSION, 0, "RFC 2228 3")                                    \
	COMMAND(CCC, "ccc", VERB_QUERY, CLASS_SESSION, 0, "RFC 2228 3")                                      \
	COMMAND(MIC, "mic", VERB_QUERY, CLASS_SESSION, SECRET | OPAQUE, "RFC 2228 3")                        \
	COMMAND(CONF, "conf", VERB_QUERY, CLASS_SESSION, SECRET | OPAQUE, "RFC 2228 3")                      \
	COMMAND(ENC, "enc", VERB_QUERY, CLASS_SESSION, SECRET | OPAQUE, "RFC 2228 3")                        \
	COMMAND(FEAT, "feat", VERB_QUERY, CLASS_DEVICE, 0, "RFC 2389 3")                                     \
	COMMAND(OPTS, "opts", VERB_QUERY, CLASS_SESSION, 0, "RFC 2389 4")                                    \
	COMMAND(EPRT, "eprt", VERB_OPEN, CLASS_SESSION, 0, "RFC 2428 2")                                     \
	COMMAND(EPSV, "epsv", VERB_OPEN, CLASS_SESSION, 0, "RFC 2428 3")                                     \
	COMMAND(LPRT, "lprt", VERB_OPEN, CLASS_SESSION, 0, "RFC 1639 2")                                     \
	COMMAND(LPSV, "lpsv", VERB_OPEN, CLASS_SESSION, 0, "RFC 1639 2")                                     \
	COMMAND(LANG, "lang", VERB_QUERY, CLASS_SESSION, 0, "RFC 2640 4.1")                                  \
	COMMAND(HOST, "host", VERB_QUERY, CLASS_SESSION, 0, "RFC 7151 3")                                    \
	COMMAND(MDTM, "mdtm", VERB_QUERY, CLASS_FILE, PATH, "RFC 3659 3")                                    \
	COMMAND(SIZE, "size", VERB_QUERY, CLASS_FILE, PATH, "RFC 3659 4")                                    \
	COMMAND(MLST, "mlst", VERB_QUERY, CLASS_FILE, PATH, "RFC 3659 7")                                    \
	COMMAND(MLSD, "mlsd", VERB_BROWSE, CLASS_FILE, PATH | MOVES | NOW, "RFC 3659 7")                     \
	COMMAND(CLNT, "clnt", VERB_IDENTIFY, CLASS_SESSION, 0, "{common-use}: {names-client}")            \
	COMMAND(HASH, "hash", VERB_QUERY, CLASS_FILE, PATH, "draft-bryan-ftp-hash 3")                        \
	COMMAND(XCRC, "xcrc", VERB_QUERY, CLASS_FILE, PATH, "{common-use}: {file-checksum}")             \
	COMMAND(XMD5, "xmd5", VERB_QUERY, CLASS_FILE, PATH, "{common-use}: {file-checksum}")             \
	COMMAND(XSHA1, "xsha1", VERB_QUERY, CLASS_FILE, PATH, "{common-use}: {file-checksum}")           \
	COMMAND(XSHA256, "xsha256", VERB_QUERY, CLASS_FILE, PATH, "{common-use}: {file-checksum}")       \
	COMMAND(MFMT, "mfmt", VERB_CONTROL, CLASS_FILE, FACTS | NOW, "draft-somers-ftp-mfxx 3")              \
	COMMAND(MFCT, "mfct", VERB_CONTROL, CLASS_FILE, FACTS | NOW, "draft-somers-ftp-mfxx 4")              \
	COMMAND(MFF, "mff", VERB_CONTROL, CLASS_FILE, FACTS | NOW, "draft-somers-ftp-mfxx 5")                \
	COMMAND(RMDA, "rmda", VERB_DELETE, CLASS_FILE, PATH | NOW,                                           \
		"{common-use}: {directory-and-all}")                                                  \
	COMMAND(AVBL, "avbl", VERB_QUERY, CLASS_FILE, PATH, "draft-peterson-streamlined-ftp 4")              \
	COMMAND(COMB, "comb", VERB_WRITE, CLASS_FILE, PATH | NOW, "{common-use}: {joins-parts}")

enum {
	FTP_NONE,
#define NUMBER(name, ...) FTP_##name,
	COMMANDS(NUMBER)
#undef NUMBER
	FTP_ROWS,	/* of ftp_hows[]: the commands and row 0 */
	FTP_OTHER = 199,
	FTP_BANNER,
	FTP_NOTICE,
};

enum { FTP_CODES = FTP_ROWS + 2 };
extern const struct proto_code ftp_codes[FTP_CODES];	/* row 0, the commands, what comes unasked */
extern const uint8_t ftp_hows[FTP_ROWS];	/* enum how of each command */

#endif

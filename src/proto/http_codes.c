/* proto/http_codes.c: the methods of HTTP. */
#include "proto/http.h"

#define BOTH (CODE_REQUEST | CODE_ANSWER)
/* The registered methods (IANA "HTTP Method Registry") and the commonest others. */
const struct proto_code http_codes[HTTP_CODES] = {
	{CODE_OTHER, "other-method", VERB_CONTROL, CLASS_DATA, BOTH, "RFC 9110 9.1: {extension}"},
	{1, "get", VERB_READ, CLASS_DATA, BOTH, "RFC 9110 9.3.1"},
	{CODE_HEAD, "head", VERB_READ, CLASS_DATA, BOTH, "RFC 9110 9.3.2"},
	{CODE_POST, "post", VERB_WRITE, CLASS_DATA, BOTH, "RFC 9110 9.3.3"},
	{4, "put", VERB_WRITE, CLASS_FILE, BOTH, "RFC 9110 9.3.4"},
	{5, "delete", VERB_DELETE, CLASS_FILE, BOTH, "RFC 9110 9.3.5"},
	{CODE_CONNECT, "connect", VERB_OPEN, CLASS_SESSION, BOTH, "RFC 9110 9.3.6"},
	{7, "options", VERB_QUERY, CLASS_DEVICE, BOTH, "RFC 9110 9.3.7"},
	{8, "trace", VERB_QUERY, CLASS_DIAG, BOTH, "RFC 9110 9.3.8"},
	{9, "patch", VERB_WRITE, CLASS_DATA, BOTH, "RFC 5789 2"},
	{10, "propfind", VERB_BROWSE, CLASS_FILE, BOTH, "RFC 4918 9.1"},
	{11, "proppatch", VERB_WRITE, CLASS_DATA, BOTH, "RFC 4918 9.2"},
	{12, "mkcol", VERB_WRITE, CLASS_FILE, BOTH, "RFC 4918 9.3"},
	{13, "copy", VERB_WRITE, CLASS_FILE, BOTH, "RFC 4918 9.8"},
	{14, "move", VERB_RENAME, CLASS_FILE, BOTH, "RFC 4918 9.9"},
	{15, "lock", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 4918 9.10"},
	{16, "unlock", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 4918 9.11"},
	{17, "acl", VERB_WRITE, CLASS_CONFIG, BOTH, "RFC 3744 8.1"},
	{18, "report", VERB_QUERY, CLASS_FILE, BOTH, "RFC 3253 3.6"},
	{19, "search", VERB_QUERY, CLASS_FILE, BOTH, "RFC 5323 2"},
	{20, "mkcalendar", VERB_WRITE, CLASS_FILE, BOTH, "RFC 4791 5.3.1"},
	{21, "checkin", VERB_WRITE, CLASS_FILE, BOTH, "RFC 3253 4.4"},
	{22, "checkout", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 3253 4.3"},
	{23, "uncheckout", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 3253 4.5"},
	{24, "version-control", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 3253 3.5"},
	{25, "mkworkspace", VERB_WRITE, CLASS_FILE, BOTH, "RFC 3253 6.3"},
	{26, "update", VERB_WRITE, CLASS_FILE, BOTH, "RFC 3253 7.1"},
	{27, "label", VERB_WRITE, CLASS_DATA, BOTH, "RFC 3253 8.2"},
	{28, "merge", VERB_WRITE, CLASS_FILE, BOTH, "RFC 3253 11.2"},
	{29, "baseline-control", VERB_CONTROL, CLASS_FILE, BOTH, "RFC 3253 12.6"},
	{30, "mkactivity", VERB_WRITE, CLASS_FILE, BOTH, "RFC 3253 13.5"},
	{31, "bind", VERB_WRITE, CLASS_FILE, BOTH, "RFC 5842 4"},
	{32, "unbind", VERB_DELETE, CLASS_FILE, BOTH, "RFC 5842 5"},
	{33, "rebind", VERB_RENAME, CLASS_FILE, BOTH, "RFC 5842 6"},
	{34, "orderpatch", VERB_WRITE, CLASS_DATA, BOTH, "RFC 3648 7"},
	{35, "mkredirectref", VERB_WRITE, CLASS_FILE, BOTH, "RFC 4437 6"},
	{36, "updateredirectref", VERB_WRITE, CLASS_FILE, BOTH, "RFC 4437 7"},
	{37, "link", VERB_WRITE, CLASS_DATA, BOTH, "RFC 2068 19.6.1.2"},
	{38, "unlink", VERB_WRITE, CLASS_DATA, BOTH, "RFC 2068 19.6.1.3"},
	{39, "subscribe", VERB_SUBSCRIBE, CLASS_DATA, BOTH, "UPnP Device Architecture 2.0, 4.1.2"},
	{40, "unsubscribe", VERB_SUBSCRIBE, CLASS_DATA, BOTH, "UPnP Device Architecture 2.0, 4.1.4"},
	{41, "notify", VERB_PUBLISH, CLASS_DATA, BOTH, "UPnP Device Architecture 2.0, 4.2.1"},
	{42, "rpc_in_data", VERB_OPEN, CLASS_SESSION, BOTH, "[MS-RPCH] 2.1.2.1.1"},
	{43, "rpc_out_data", VERB_OPEN, CLASS_SESSION, BOTH, "[MS-RPCH] 2.1.2.1.2"},
	{44, "rdg_in_data", VERB_OPEN, CLASS_SESSION, BOTH, "[MS-TSGU] 3.3.5.1"},
	{45, "rdg_out_data", VERB_OPEN, CLASS_SESSION, BOTH, "[MS-TSGU] 3.3.5.1"},
	{46, "bits_post", VERB_WRITE, CLASS_FILE, BOTH, "[MC-BUP] 2.2.1"},
	{CODE_LOGIN, "authorization", VERB_LOGIN, CLASS_SESSION, BOTH, "RFC 9110 11.6.2, 11.7.2"},
	{CODE_FILE_TO_SERVER, "body-to-server", VERB_WRITE, CLASS_FILE, CODE_REQUEST, "RFC 9112 6"},
	{CODE_FILE_TO_CLIENT, "body-to-client", VERB_READ, CLASS_FILE, CODE_ANSWER, "RFC 9112 6"},
	{CODE_ANSWER_ALONE, "answer-alone", VERB_REPORT, CLASS_DATA, CODE_ANSWER,
	 "RFC 9110 15: {request-unseen}"},
};

uint8_t http_row(struct bytes method)
{
	for (size_t i = 1; i < HTTP_CODES && http_codes[i].code < CODE_LOGIN; i++)
		if (ascii_is(method, http_codes[i].key))
			return (uint8_t)i;
	return 0; /* "other-method" */
}

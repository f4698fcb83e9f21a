/* proto/dcerpc_fields.c: the own part of DCE/RPC acts; Suricata's names of it. */
#include "proto/dcerpc.h"

const struct proto_space rpc_spaces[] = {
	{ "service", "{name}" },
	{ "interface", "{name}" },
	{ "task", "{name}" },
	{ "printer", "{name}" },
	{ "registry", "{name}" },
	{ "user", "{name}" },
	{ "name", "{name}" },
	{ NULL, NULL }
};

static const char *const syntaxes[SYNTAXES] = { NULL, "ndr64", "features", "other" };

#define CONTEXT_AT(member) offsetof(struct rpc_context_own, member)
static const struct field context_fields[] = {
	{ .name = "uuid", .type = FIELD_KEY, .show = SHOW_NONZERO, .at = CONTEXT_AT(uuid), .eve = "uuid" },
	{ .name = "version", .type = FIELD_KEY, .show = SHOW_NONZERO, .at = CONTEXT_AT(version),
	  .eve = "version" },
	{ .name = "name", .type = FIELD_KEY, .show = SHOW_NONZERO, .at = CONTEXT_AT(name), .eve = "service" },
	{ .name = "ack_result", .type = FIELD_U32, .show = SHOW_GIVEN, .at = CONTEXT_AT(result),
	  .given = CONTEXT_AT(answered), .eve = "ack_result" },
	{ .name = "syntax", .type = FIELD_WORD, .show = SHOW_NONZERO, .at = CONTEXT_AT(syntax),
	  .elem = SYNTAXES, .words = syntaxes },
	{ .name = "features", .type = FIELD_U16, .show = SHOW_NONZERO, .at = CONTEXT_AT(features) },
	{ .name = NULL }
};

#define AT(member) offsetof(struct rpc_own, member)
#define GIVEN(name_, type_, member, given_, eve_) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_GIVEN, .at = AT(member), .given = AT(given_), \
	  .eve = eve_ }

const struct field rpc_fields[] = {
	{ .name = "request", .type = FIELD_KEY, .show = SHOW_NONZERO, .at = AT(request), .eve = "request" },
	{ .name = "response", .type = FIELD_KEY, .show = SHOW_NONZERO, .at = AT(response),
	  .eve = "response" },
	{ .name = "call_id", .type = FIELD_U32, .show = SHOW_ALWAYS, .at = AT(call), .eve = "call_id" },
	{ .name = "rpc_version", .type = FIELD_KEY, .show = SHOW_NONZERO, .at = AT(version),
	  .eve = "rpc_version" },
	{ .name = "interfaces", .type = FIELD_LIST, .show = SHOW_NONZERO, .at = AT(interfaces),
	  .eve = "interfaces",
	  .sub = context_fields, .elem = sizeof(struct rpc_context_own) },
	GIVEN("opnum", U16, opnum, has_request, "req.opnum"),
	GIVEN("request_fragments", U16, fragments_asked, has_request, "req.frag_cnt"),
	GIVEN("request_stub", U32, stub_asked, has_request, "req.stub_data_size"),
	GIVEN("response_fragments", U16, fragments_answered, has_response, "res.frag_cnt"),
	GIVEN("response_stub", U32, stub_answered, has_response, "res.stub_data_size"),
	{ .name = "interface", .type = FIELD_KEY, .show = SHOW_NONZERO, .at = AT(interface) },
	{ .name = "output_file", .type = FIELD_TEXT, .show = SHOW_NONZERO, .at = AT(output) },
	{ .name = "auth_type", .type = FIELD_U8, .show = SHOW_NONZERO, .at = AT(auth) },
	{ .name = "auth_level", .type = FIELD_U8, .show = SHOW_NONZERO, .at = AT(level) },
	{ .name = NULL }
};

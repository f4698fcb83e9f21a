/* proto/smb_fields.c: the own part of SMB acts; Suricata's names of it. */
#include "proto/smb.h"

#define AT(member) offsetof(struct smb_own, member)
#define FIELD(name_, type_, member, eve_) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_ }
#define GIVEN(name_, type_, member, given_, eve_) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_GIVEN, .at = AT(member), .given = AT(given_), \
	  .eve = eve_ }
#define WORD(name_, member, table, eve_) \
	{ .name = name_, .type = FIELD_WORD, .show = SHOW_NONZERO, .at = AT(member), .eve = eve_, \
	  .elem = ARRAY_LEN(table), .words = table }

const struct field smb_fields[] = {
	{ .name = "id", .type = FIELD_U64, .show = SHOW_ALWAYS, .at = AT(id), .eve = "id" },
	FIELD("dialect", TEXT, dialect, "dialect"),
	WORD("command", command, smb_commands, "command"),
	FIELD("status", KEY, status, "status"),
	FIELD("status_code", KEY, status_code, "status_code"),
	{ .name = "session_id", .type = FIELD_U64, .show = SHOW_ALWAYS, .at = AT(session),
	  .eve = "session_id" },
	{ .name = "tree_id", .type = FIELD_U32, .show = SHOW_ALWAYS, .at = AT(tree), .eve = "tree_id" },
	FIELD("filename", TEXT, filename, "filename"),
	FIELD("directory", TEXT, directory, "directory"),
	FIELD("share", TEXT, share, "share"),
	FIELD("named_pipe", TEXT, named_pipe, "named_pipe"),
	WORD("share_type", share_type, smb_share_types, "share_type"),
	WORD("disposition", disposition, smb_dispositions, "disposition"),
	WORD("access", access, smb_accesses, "access"),
	GIVEN("created", I64, created, has_file, "created"),
	GIVEN("accessed", I64, accessed, has_file, "accessed"),
	GIVEN("modified", I64, modified, has_file, "modified"),
	GIVEN("changed", I64, changed, has_file, "changed"),
	GIVEN("size", U64, size, has_file, "size"),
	FIELD("fuid", KEY, fuid, "fuid"),
	FIELD("function", KEY, function, "function"),
	WORD("info_level", info_class, smb_sets, "set_info.info_level"),
	FIELD("rename_from", TEXT, rename_from, "rename.from"),
	FIELD("rename_to", TEXT, rename_to, "rename.to"),
	FIELD("client_dialects", TEXTS, dialects, "client_dialects"),
	FIELD("client_guid", KEY, client_guid, "client_guid"),
	FIELD("server_guid", KEY, server_guid, "server_guid"),
	GIVEN("max_read_size", U32, max_read, has_limits, "max_read_size"),
	GIVEN("max_write_size", U32, max_write, has_limits, "max_write_size"),
	FIELD("user", TEXT, user, "ntlmssp.user"),
	FIELD("domain", TEXT, domain, "ntlmssp.domain"),
	FIELD("host", TEXT, host, "ntlmssp.host"),
	FIELD("version", KEY, version, "ntlmssp.version"),
	FIELD("native_os", TEXT, native_os, "request.native_os"),
	FIELD("native_lm", TEXT, native_lm, "request.native_lm"),
	FIELD("server_native_os", TEXT, server_os, "response.native_os"),
	FIELD("server_native_lm", TEXT, server_lm, "response.native_lm"),
	FIELD("signing_required", BOOL, signing, NULL),
	FIELD("out_of_order", BOOL, out_of_order, NULL),
	FIELD("messages", U32, messages, NULL),
	{ .name = NULL }
};

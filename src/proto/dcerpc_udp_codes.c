/* proto/dcerpc_udp_codes.c: what connectionless DCE/RPC calls are called, and the own part of its acts. */
#include "proto/dcerpc_udp.h"

#define BOTH (CODE_REQUEST | CODE_ANSWER)
#define PDU(type_, key_, verb_, class_, flags_, spec_) \
	{ .code = CODE_PDU | (type_), .key = key_, .verb = VERB_##verb_, .cls = CLASS_##class_, \
	  .flags = flags_, .spec = spec_ }
#define OP(if_, n, key_, verb_, class_, flags_, spec_) \
	{ .code = (uint32_t)IF_##if_ << 16 | (n), .key = key_, .verb = VERB_##verb_, .cls = CLASS_##class_, \
	  .flags = flags_, .spec = spec_ }

const struct proto_code dg_codes[DG_CODES] = {
	OP(PNIO, PNIO_CONNECT, "connect", OPEN, SESSION, BOTH, "IEC 61158-6-10: Connect"),
	OP(PNIO, PNIO_RELEASE, "release", CLOSE, SESSION, BOTH, "IEC 61158-6-10: Release"),
	OP(PNIO, PNIO_READ, "read", READ, CONFIG, BOTH, "IEC 61158-6-10: Read"),
	OP(PNIO, PNIO_WRITE, "write", WRITE, CONFIG, BOTH, "IEC 61158-6-10: Write"),
	OP(PNIO, PNIO_CONTROL, "control", OPEN, SESSION, BOTH, "IEC 61158-6-10: Control"),
	OP(PNIO, PNIO_READ_IMPLICIT, "read-implicit", READ, CONFIG, BOTH, "IEC 61158-6-10: ReadImplicit"),
	OP(EPMAPPER, 2, "epm-lookup", BROWSE, DEVICE, BOTH | CODE_NAMED, "C706 O: ept_lookup"),
	OP(EPMAPPER, 3, "epm-map", RESOLVE, DEVICE, BOTH | CODE_NAMED, "C706 O: ept_map"),
	OP(EPMAPPER, 4, "epm-free", CLOSE, SESSION, BOTH | CODE_NAMED, "C706 O: ept_lookup_handle_free"),
	OP(CONV, 0, "who-are-you", QUERY, SESSION, BOTH | CODE_NAMED, "C706 P: conv_who_are_you"),
	OP(CONV, 1, "who-are-you2", QUERY, SESSION, BOTH | CODE_NAMED, "C706 P: conv_who_are_you2"),
	PDU(DG_REQUEST, "call-other", CONTROL, DATA, BOTH | CODE_NAMED,
	    "C706 12.5.3.9: {unnamed-operation}"),
	PDU(DG_RESPONSE, "answer-alone", REPORT, DATA, CODE_ANSWER,
	    "C706 12.5.3.10: {unseen-unnamed-call}"),
	PDU(DG_PING, "ping", KEEPALIVE, SESSION, BOTH, "C706 12.5.3.7; {its-answer} 12.5.3.6, 12.5.3.11"),
	PDU(DG_ACK, "acknowledge", KEEPALIVE, SESSION, CODE_REQUEST, "C706 12.5.3.1: {nothing-alone}"),
	PDU(DG_CANCEL, "cancel", CONTROL, SESSION, BOTH, "C706 12.5.3.3, 12.5.3.2: {nothing-alone}"),
	PDU(DG_FACK, "acknowledge-fragment", KEEPALIVE, SESSION, BOTH, "C706 12.5.3.4: {nothing-alone}"),
};

static const struct proto_code *find(uint32_t code)
{
	for (size_t i = 0; i < DG_CODES; i++)
		if (dg_codes[i].code == code)
			return &dg_codes[i];
	return NULL;
}

const struct proto_code *dg_row(uint32_t code)
{
	const struct proto_code *row = find(code);

	return row != NULL ? row : find(CODE_PDU | DG_REQUEST);
}

uint32_t dg_code(const struct dg *m)
{
	return (uint32_t)(m->pnio ? IF_PNIO : m->interface) << 16 | m->operation;
}

static const char *const types[DG_TYPES] = {
	"REQUEST", "PING", "RESPONSE", "FAULT", "WORKING", "NOCALL", "REJECT", "ACK", "CANCEL", "FACK",
	"CANCEL_ACK",
};

const char *dg_type_name(uint8_t type)
{
	return types[type];
}

const struct proto_space dg_spaces[] = {
	{ "record", "api {0} slot {1} subslot {2:x} index {3:x}" },
	{ "station", "{name}" },
	{ "interface", "{name}" },
	{ NULL, NULL }
};

/* ControlCommand: the lowest bit that is set, from 1 on. */
static const char *const commands[] = { NULL, "parameters-end", "application-ready", "release", "done",
					"ready-for-companion", "ready-for-rt-class-3", "parameters-begin" };

/* ARType; what others have is left out. */
static const char *const relations[] = { NULL, "controller", NULL, NULL, NULL, NULL, "supervisor" };

#define AT(member) offsetof(struct dg_own, member)
#define TEXT(name_, type_, member) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_NONZERO, .at = AT(member) }
#define GIVEN(name_, type_, member, given_) \
	{ .name = name_, .type = FIELD_##type_, .show = SHOW_GIVEN, .at = AT(member), .given = AT(given_) }

const struct field dg_fields[] = {
	TEXT("request", KEY, request),
	TEXT("response", KEY, response),
	TEXT("interface", KEY, interface),
	GIVEN("opnum", U16, operation, has_call),
	{ .name = "sequence", .type = FIELD_U32, .show = SHOW_ALWAYS, .at = AT(sequence) },
	TEXT("activity", KEY, activity),
	TEXT("object", KEY, object),
	GIVEN("vendor_id", U16, vendor, has_device),
	GIVEN("device_id", U16, device, has_device),
	TEXT("ar", KEY, relation),
	{ .name = "ar_type", .type = FIELD_WORD, .show = SHOW_NONZERO, .at = AT(type_of),
	  .elem = ARRAY_LEN(relations), .words = relations },
	TEXT("station", TEXT, station),
	TEXT("server_station", TEXT, server_station),
	{ .name = "command", .type = FIELD_WORD, .show = SHOW_NONZERO, .at = AT(command),
	  .elem = ARRAY_LEN(commands), .words = commands },
	TEXT("records", U16, records),
	{ .name = NULL }
};

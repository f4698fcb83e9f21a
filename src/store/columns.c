/* store/columns.c: see columns.h. Adding a member is one line here and a migration. */
#include "store/columns.h"

#define COL(row, member, kind) \
	{ #member, kind, offsetof(struct row, member), sizeof(((struct row *)0)->member), 0 }
#define AS(row, name, member, kind) \
	{ name, kind, offsetof(struct row, member), sizeof(((struct row *)0)->member), 0 }
#define LIST(row, member, count, kind) \
	{ #member, kind, offsetof(struct row, member), sizeof(((struct row *)0)->member), \
	  offsetof(struct row, count) }
#define END { NULL, 0, 0, 0, 0 }

static const struct column run[] = {
	COL(run_row, id, COL_U64), COL(run_row, at_ns, COL_U64), COL(run_row, first_ns, COL_U64),
	COL(run_row, last_ns, COL_U64), COL(run_row, frames, COL_U64), COL(run_row, bytes, COL_U64),
	COL(run_row, damaged, COL_U64), COL(run_row, learning, COL_BOOL), COL(run_row, version, COL_STRING),
	COL(run_row, inputs, COL_STRING), END
};

static const struct column end[] = {
	COL(end_row, id, COL_U64), COL(end_row, asset, COL_U64), COL(end_row, tap, COL_U8),
	COL(end_row, flags, COL_U8), COL(end_row, proto, COL_PROTO16), COL(end_row, mac, COL_MAC),
	COL(end_row, ip, COL_IP), COL(end_row, station, COL_U64), LIST(end_row, vlans, vlan_count, COL_U16S),
	COL(end_row, traits, COL_U64), COL(end_row, role_proto, COL_PROTO16), COL(end_row, reads_ns, COL_U64),
	COL(end_row, read_minute, COL_U64), COL(end_row, read_marks, COL_U64),
	COL(end_row, first_ns, COL_U64), COL(end_row, last_ns, COL_U64), COL(end_row, frame, COL_U64), END
};

static const struct column fact[] = {
	AS(fact_row, "end_id", end, COL_U64), COL(fact_row, asset, COL_U64), COL(fact_row, kind, COL_U16),
	COL(fact_row, sub, COL_U8), COL(fact_row, trust, COL_U8), COL(fact_row, source, COL_U8),
	COL(fact_row, best, COL_BOOL), COL(fact_row, proto, COL_PROTO16), COL(fact_row, number, COL_U64),
	COL(fact_row, first_ns, COL_U64), COL(fact_row, last_ns, COL_U64), COL(fact_row, until_ns, COL_U64),
	COL(fact_row, frame, COL_U64), COL(fact_row, text, COL_TEXT), END
};

static const struct column talk[] = {
	COL(talk_row, actor, COL_U64), COL(talk_row, device, COL_U64), COL(talk_row, actor_asset, COL_U64),
	COL(talk_row, device_asset, COL_U64), COL(talk_row, proto, COL_PROTO16), COL(talk_row, port, COL_U16),
	COL(talk_row, words, COL_WORDS), COL(talk_row, sent, COL_U8), COL(talk_row, acts, COL_U64),
	COL(talk_row, done, COL_U64), COL(talk_row, refused, COL_U64), COL(talk_row, partly, COL_U64),
	COL(talk_row, unanswered, COL_U64), COL(talk_row, first_ns, COL_U64), COL(talk_row, last_ns, COL_U64),
	COL(talk_row, frame, COL_U64), END
};

#define PAIR(row, member, kind) \
	{ #member "_0", kind, offsetof(struct row, member), sizeof(uint64_t), 0 }, \
	{ #member "_1", kind, offsetof(struct row, member) + sizeof(uint64_t), sizeof(uint64_t), 0 }

static const struct column flow[] = {
	COL(flow_row, client, COL_U64), COL(flow_row, server, COL_U64), COL(flow_row, client_asset, COL_U64),
	COL(flow_row, server_asset, COL_U64), COL(flow_row, port, COL_U16), COL(flow_row, kind, COL_U8),
	COL(flow_row, ip_proto, COL_U8), COL(flow_row, ether, COL_U16), COL(flow_row, lsap, COL_U8),
	COL(flow_row, protos, COL_PROTOS), COL(flow_row, opened, COL_U64), COL(flow_row, answered, COL_U64),
	COL(flow_row, closed, COL_U64), PAIR(flow_row, frames, COL_U64), PAIR(flow_row, bytes, COL_U64),
	PAIR(flow_row, payload, COL_U64), PAIR(flow_row, missing, COL_U64), COL(flow_row, first_ns, COL_U64),
	COL(flow_row, last_ns, COL_U64), COL(flow_row, frame, COL_U64), END
};

static const struct column object[] = {
	COL(object_row, actor, COL_U64), COL(object_row, device, COL_U64),
	COL(object_row, actor_asset, COL_U64), COL(object_row, device_asset, COL_U64),
	COL(object_row, key, COL_U64), COL(object_row, proto, COL_PROTO16), COL(object_row, verb, COL_VERB),
	COL(object_row, class, COL_CLASS), COL(object_row, word, COL_WORD), COL(object_row, code, COL_U32),
	COL(object_row, count, COL_U64), COL(object_row, done, COL_U64), COL(object_row, refused, COL_U64),
	COL(object_row, partly, COL_U64), COL(object_row, unanswered, COL_U64),
	COL(object_row, first_ns, COL_U64), COL(object_row, last_ns, COL_U64),
	COL(object_row, value_ns, COL_U64), COL(object_row, frame, COL_U64),
	COL(object_row, object, COL_TEXT), COL(object_row, value, COL_TEXT), END
};

static const struct column program[] = {
	COL(program_row, actor, COL_U64), COL(program_row, device, COL_U64),
	COL(program_row, actor_asset, COL_U64), COL(program_row, device_asset, COL_U64),
	COL(program_row, proto, COL_PROTO16), COL(program_row, verb, COL_VERB),
	COL(program_row, canonical, COL_BOOL), COL(program_row, size, COL_U64),
	COL(program_row, count, COL_U64),
	COL(program_row, first_ns, COL_U64), COL(program_row, last_ns, COL_U64),
	COL(program_row, frame, COL_U64), COL(program_row, sha256, COL_TEXT),
	COL(program_row, name, COL_TEXT),
	COL(program_row, says, COL_TEXT), END
};

static const struct column coverage[] = {
	COL(coverage_row, tap, COL_U8), COL(coverage_row, vlan, COL_U16),
	AS(coverage_row, "minute_ns", sum.minute_ns, COL_U64),
	AS(coverage_row, "frames", sum.frames, COL_U64), AS(coverage_row, "bytes", sum.bytes, COL_U64),
	AS(coverage_row, "unicast", sum.unicast, COL_U64),
	AS(coverage_row, "group_frames", sum.group, COL_U64),
	AS(coverage_row, "both_ways", sum.both_ways, COL_U64),
	AS(coverage_row, "one_way", sum.one_way, COL_U64),
	AS(coverage_row, "duplicates", sum.duplicates, COL_U64), AS(coverage_row, "cut", sum.cut, COL_U64),
	AS(coverage_row, "bad_checksum", sum.bad_checksum, COL_U64),
	AS(coverage_row, "dropped", sum.dropped, COL_U64), END
};

static const struct column asset[] = {
	COL(asset, id, COL_U64), COL(asset, kind, COL_U8), COL(asset, tap, COL_U8),
	COL(asset, proto, COL_PROTO16), COL(asset, flags, COL_U32), COL(asset, mac, COL_MAC),
	COL(asset, ip, COL_IP), COL(asset, station, COL_U64), COL(asset, parent, COL_U64),
	COL(asset, behind, COL_U64), COL(asset, twin, COL_U64), LIST(asset, vlans, vlan_count, COL_U16S),
	COL(asset, role_trust, COL_U8), COL(asset, role, COL_TEXT), COL(asset, role_why, COL_TEXT),
	COL(asset, role_proto, COL_PROTO16), COL(asset, name, COL_TEXT), COL(asset, vendor, COL_TEXT),
	COL(asset, model, COL_TEXT), COL(asset, firmware, COL_TEXT), COL(asset, hardware, COL_TEXT),
	COL(asset, serial, COL_TEXT), COL(asset, os, COL_TEXT), COL(asset, place, COL_TEXT),
	COL(asset, first_ns, COL_U64), COL(asset, last_ns, COL_U64), COL(asset, frame, COL_U64), END
};

static const struct column service[] = {
	COL(service_row, asset, COL_U64), COL(service_row, served, COL_BOOL),
	COL(service_row, proto, COL_PROTO16), COL(service_row, port, COL_U16), COL(service_row, kind, COL_U8),
	COL(service_row, ip_proto, COL_U8), COL(service_row, ether, COL_U16), COL(service_row, acts, COL_U64),
	COL(service_row, flows, COL_U64), COL(service_row, first_ns, COL_U64),
	COL(service_row, last_ns, COL_U64), END
};

#define SIDE(row, member) \
	AS(row, #member "_ip", member.ip, COL_IP), AS(row, #member "_mac", member.mac, COL_MAC), \
	AS(row, #member "_port", member.port, COL_U16), AS(row, #member "_station", member.station, COL_U64)

static const struct column baseline[] = {
	COL(baseline_row, tap, COL_U8), COL(baseline_row, proto, COL_PROTO16), SIDE(baseline_row, actor),
	SIDE(baseline_row, device), COL(baseline_row, word, COL_TEXT), COL(baseline_row, first_ns, COL_U64),
	COL(baseline_row, last_ns, COL_U64), COL(baseline_row, count, COL_U64), END
};

static const struct column known[] = {
	COL(known_row, key, COL_U64), COL(known_row, proto, COL_PROTO16),
	COL(known_row, proto_number, COL_U16),
	COL(known_row, has, COL_U8), COL(known_row, written, COL_U64), COL(known_row, read, COL_U64),
	COL(known_row, anchor, COL_U64), COL(known_row, written_ns, COL_U64),
	COL(known_row, read_ns, COL_U64), END
};

static const struct column learned[] = {
	COL(learned_row, tap, COL_U8), COL(learned_row, proto, COL_PROTO16), SIDE(learned_row, actor),
	SIDE(learned_row, device), COL(learned_row, word, COL_TEXT), COL(learned_row, object, COL_TEXT),
	AS(learned_row, "low", values.low, COL_U64), AS(learned_row, "high", values.high, COL_U64),
	{ "set_of", COL_U64S, offsetof(struct learned_row, values.set),
	  sizeof(((struct learned_row *)0)->values.set), offsetof(struct learned_row, values.count) },
	AS(learned_row, "more", values.more, COL_BOOL), COL(learned_row, first_ns, COL_U64),
	COL(learned_row, last_ns, COL_U64), COL(learned_row, count, COL_U64), END
};

static const struct column exception[] = {
	COL(exception_row, id, COL_U64), COL(exception_row, rule, COL_TEXT), COL(exception_row, tap, COL_U8),
	COL(exception_row, actor_asset, COL_U64), COL(exception_row, device_asset, COL_U64),
	SIDE(exception_row, actor), SIDE(exception_row, device), COL(exception_row, proto, COL_PROTO16),
	COL(exception_row, action, COL_TEXT), COL(exception_row, object, COL_TEXT),
	COL(exception_row, reason, COL_TEXT), AS(exception_row, "made_by", by, COL_TEXT),
	COL(exception_row, made_ns, COL_U64), COL(exception_row, until_ns, COL_U64),
	COL(exception_row, hits, COL_U64), COL(exception_row, last_ns, COL_U64), END
};

static const struct column rule_off[] = {
	COL(rule_off_row, rule, COL_TEXT), COL(rule_off_row, reason, COL_TEXT),
	AS(rule_off_row, "made_by", by, COL_TEXT), COL(rule_off_row, made_ns, COL_U64), END
};

static const struct column alert[] = {
	COL(alert, id, COL_U64), COL(alert, rule, COL_STRING), COL(alert, text, COL_STRING),
	COL(alert, title, COL_STRING), COL(alert, level, COL_U8),
	COL(alert, kind, COL_U8), COL(alert, tap, COL_U8),
	LIST(alert, techniques, technique_count, COL_STRINGS), COL(alert, actor_asset, COL_U64),
	COL(alert, device_asset, COL_U64), SIDE(alert, actor), SIDE(alert, device),
	COL(alert, proto, COL_PROTO16), COL(alert, vlan, COL_U16), COL(alert, action, COL_STRING),
	COL(alert, object, COL_TEXT), COL(alert, actor_name, COL_TEXT), COL(alert, device_name, COL_TEXT),
	COL(alert, actor_role, COL_TEXT), COL(alert, device_role, COL_TEXT), COL(alert, first_ns, COL_U64),
	COL(alert, last_ns, COL_U64), COL(alert, count, COL_U64), COL(alert, done, COL_U64),
	COL(alert, refused, COL_U64), COL(alert, unanswered, COL_U64),
	LIST(alert, frames, frame_count, COL_U64S), COL(alert, ip_proto, COL_U8),
	COL(alert, learned, COL_BOOL), AS(alert, "value_from", change.from, COL_U64),
	AS(alert, "value_to", change.to, COL_U64), AS(alert, "value_known", change.known, COL_BOOL),
	COL(alert, flow, COL_U64), COL(alert, record, COL_U64), END
};

const struct table store_tables[STORE_TABLES] = {
	[STORE_RUN] = { "run", sizeof(struct run_row), run },
	[STORE_END] = { "end_seen", sizeof(struct end_row), end },
	[STORE_FACT] = { "fact", sizeof(struct fact_row), fact },
	[STORE_TALK] = { "talk", sizeof(struct talk_row), talk },
	[STORE_FLOW] = { "flow", sizeof(struct flow_row), flow },
	[STORE_OBJECT] = { "object", sizeof(struct object_row), object },
	[STORE_PROGRAM] = { "program", sizeof(struct program_row), program },
	[STORE_COVERAGE] = { "coverage", sizeof(struct coverage_row), coverage },
	[STORE_ASSET] = { "asset", sizeof(struct asset), asset },
	[STORE_SERVICE] = { "service", sizeof(struct service_row), service },
	[STORE_KNOWN] = { "known", sizeof(struct known_row), known },
	[STORE_BASELINE] = { "baseline", sizeof(struct baseline_row), baseline },
	[STORE_LEARNED] = { "learned", sizeof(struct learned_row), learned },
	[STORE_EXCEPTION] = { "exception", sizeof(struct exception_row), exception },
	[STORE_RULE_OFF] = { "rule_off", sizeof(struct rule_off_row), rule_off },
	[STORE_ALERT] = { "alert", sizeof(struct alert), alert },
};

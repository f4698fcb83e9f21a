/* output/eve_flow.c: closed flows as EVE lines. */
#include "output/eve_line.h"

static const char *flow_state(const struct flow_info *f)
{
	if (f->end == FLOW_END_FIN || f->end == FLOW_END_RST)
		return "closed";
	return f->frames[0] > 0 && f->frames[1] > 0 ? "established" : "new";
}

static const char *flow_reason(uint8_t end)
{
	switch (end) {
	case FLOW_END_EVICTED: return "forced";
	case FLOW_END_CAPTURE: return "shutdown";
	}
	return "timeout";	/* FIN and RST: Suricata too says so when the closed flow is given up */
}

void eve_flow(struct eve *e, const struct obs *o, const struct flow_info *f)
{
	struct json *j = &e->json;
	const struct eve_head h = {
		.type = "flow", .app_proto = eve_app_proto(proto_at(o->rec.proto)), .at_ns = o->rec.at_ns,
		.flow = o->flow != 0 ? o->flow : rec_name_of(&o->rec), .frame = o->rec.frame,
		.from = &o->actor, .to = &o->device, .vlan = o->vlan, .tap = o->rec.tap,
		.ip_proto = f->ip_proto, .icmp = f->kind == KIND_ICMP ? f->icmp : NULL,
	};

	eve_line_begin(e);
	eve_head(e, &h);
	if (f->kind == KIND_ICMP) {
		json_key_u64(j, "icmp_type", f->icmp[0]);
		json_key_u64(j, "icmp_code", f->icmp[1]);
	}
	json_key_open(j, "flow", '{');
	json_key_u64(j, "pkts_toserver", f->frames[0]);
	json_key_u64(j, "pkts_toclient", f->frames[1]);
	json_key_u64(j, "bytes_toserver", f->bytes[0]);
	json_key_u64(j, "bytes_toclient", f->bytes[1]);
	json_key_time(j, "start", f->opened_ns);
	json_key_time(j, "end", f->last_ns);
	json_key_u64(j, "age", (uint64_t)((f->last_ns - f->opened_ns) / NS_PER_S));
	json_key_word(j, "state", flow_state(f));
	json_key_word(j, "reason", flow_reason(f->end));
	json_key_u64(j, "tx_cnt", f->messages);
	json_close(j, '}');
	if (!e->options.strict) {
		json_key_open(j, "koban", '{');
		json_key_u64(j, "missing_toserver", f->missing[0]);
		json_key_u64(j, "missing_toclient", f->missing[1]);
		eve_flags(j, o->flags);
		eve_tunnels(j, o);
		json_close(j, '}');
	}
	eve_line_end(e);
}

/* output/eve_alert.c: alerts as EVE lines. */
#include "output/eve_line.h"

static void write_alert_object(struct eve *e, const struct alert *a, const struct alert_rule *rule)
{
	struct json *j = &e->json;
	char key[64];

	/* The same text for every alert of a rule, as collectors group by it; who and what stand under
	 * koban. */
	snprintf(key, sizeof(key), "alerts.%s-signature", a->rule);
	json_key_open(j, "alert", '{');
	json_key_str(j, "action", "allowed");
	json_key_u64(j, "gid", 1);
	json_key_u64(j, "signature_id", rule->sid);
	json_key_u64(j, "rev", rule->rev);
	json_key_str(j, "signature", rule->signature != NULL ? rule->signature : text(LANG_EN, key));
	json_key_str(j, "category", rule->category);
	json_key_u64(j, "severity", level_severity(a->level));
	json_key_open(j, "metadata", '{');
	json_key_strs(j, "mitre_technique_id", a->techniques, a->technique_count);
	json_close(j, '}');
	json_close(j, '}');
}

/* One end of an alert as the ledger knows it. */
static void write_party(struct json *j, const char *key, uint64_t asset, const char *name, const char *role,
			const struct side *side)
{
	char text[IP_TEXT > MAC_TEXT ? IP_TEXT : MAC_TEXT];

	json_key_open(j, key, '{');
	if (asset != 0)
		json_key_u64(j, "asset", asset);
	json_key_str(j, "name", name);
	json_key_str(j, "role", role);
	if (!ip_is_zero(side->ip)) {
		ip_text(text, side->ip);
		json_key_str(j, "ip", text);
	}
	if (!mac_is_zero(side->mac)) {
		mac_text(text, side->mac);
		json_key_str(j, "mac", text);
	}
	if (side->station != 0)
		json_key_u64(j, "station", side->station);
	json_close(j, '}');
}

static void write_alert_koban(struct json *j, const struct alert *a, const struct alert_rule *rule)
{
	char title[ALERT_SENTENCE];

	json_key_open(j, "koban", '{');
	json_key_u64(j, "id", a->id);
	json_key_str(j, "rule", a->rule);
	alert_text(title, sizeof(title), LANG_EN, a, ALERT_TITLE);
	json_key_str(j, "title", title);
	json_key_str(j, "level", level_name(a->level));
	json_key_str(j, "kind", a->kind == ALERT_POSTURE ? "posture" : "alarm");
	json_key_str(j, "action", a->action);
	json_key_str(j, "object", a->object);
	struct object_meaning m;

	if (object_meaning_of(a->proto, a->object, &a->device, &m) && !m.area)
		eve_meaning(j, &m);
	if (a->change.known) {
		json_key(j, "value_from");
		json_f64(j, a->change.from);
		json_key(j, "value_to");
		json_f64(j, a->change.to);
	}
	write_party(j, "actor", a->actor_asset, a->actor_name, a->actor_role, &a->actor);
	write_party(j, "device", a->device_asset, a->device_name, a->device_role, &a->device);
	json_key_str(j, "seed", rule->seed);
	json_key_u64(j, "count", a->count);
	json_key_open(j, "mitre_v19", '[');
	for (unsigned i = 0; i < a->technique_count; i++)
		json_str(j, technique_v19(a->techniques[i]));
	json_close(j, ']');
	json_key_u64s(j, "frames", a->frames, a->frame_count);
	json_key_bool(j, "learned", a->learned);
	json_close(j, '}');
}

void eve_alert(struct eve *e, const struct alert *a)
{
	const struct alert_rule *rule = e->options.rule(e->options.rule_ctx, a->rule);
	const struct eve_head h = {
		.type = "alert", .app_proto = eve_app_proto(proto_at(a->proto)), .at_ns = a->first_ns,
		.flow = a->flow, .from = &a->actor, .to = &a->device,
		.frame = a->frame_count > 0 ? a->frames[0] : 0, .vlan = a->vlan, .tap = a->tap,
		.ip_proto = a->ip_proto,
	};

	eve_line_begin(e);
	eve_head(e, &h);
	write_alert_object(e, a, rule);
	if (!e->options.strict)
		write_alert_koban(&e->json, a, rule);
	eve_line_end(e);
}

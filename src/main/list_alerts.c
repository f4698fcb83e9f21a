/* main/list_alerts.c: `koban alerts`: in sentences for people, or whole for programs. */
#include "detect/detect.h"
#include "main/listing.h"
#include "main/say.h"
#include "main/summary.h"

static bool print_one_alert(void *ctx, const void *row)
{
	struct listing *l = ctx;

	print_alert(stdout, l->lang, row);
	return true;
}

static void json_party(struct json *j, const char *key, const char *name, const char *role,
		       const struct side *s)
{
	char ip[IP_TEXT];

	json_key_open(j, key, '{');
	json_key_str(j, "name", name);
	json_key_str(j, "role", role);
	ip_text(ip, s->ip);
	listing_key_some(j, "ip", ip_is_zero(s->ip) ? "" : ip);
	if (s->station != 0)
		json_key_u64(j, "station", s->station);
	json_close(j, '}');
}

static bool json_alert(void *ctx, const void *row)
{
	static const struct { enum alert_text which; const char *key; } texts[] = {
		{ ALERT_TITLE, "title" }, { ALERT_SENTENCE_TEXT, "sentence" }, { ALERT_WHY, "why" },
		{ ALERT_DO, "do" }, { ALERT_ELSE, "else" } };
	struct listing *l = ctx;
	const struct alert *a = row;
	struct json *j = &l->json;
	char room[ALERT_SENTENCE];

	json_open(j, '{');
	json_key_u64(j, "id", a->id);
	json_key_str(j, "rule", a->rule);
	json_key_str(j, "level", level_name(a->level));
	json_key_str(j, "kind", a->kind == ALERT_POSTURE ? "posture" : "alarm");
	json_key_str(j, "action", a->action);
	json_key_str(j, "object", a->object);
	json_party(j, "actor", a->actor_name, a->actor_role, &a->actor);
	json_party(j, "device", a->device_name, a->device_role, &a->device);
	json_key_u64(j, "count", a->count);
	json_key_time(j, "first", a->first_ns);
	json_key_time(j, "last", a->last_ns);
	json_key_u64s(j, "frames", a->frames, a->frame_count);
	if (a->change.known) {
		json_key_open(j, "value", '{');
		json_key(j, "from");
		json_f64(j, a->change.from);
		json_key(j, "to");
		json_f64(j, a->change.to);
		json_close(j, '}');
	}
	json_key_strs(j, "techniques", a->techniques, a->technique_count);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		alert_text(room, sizeof(room), l->lang, a, texts[i].which);
		json_key_str(j, texts[i].key, room);
	}
	json_close(j, '}');
	return true;
}

static const struct sheet_column alert_columns[] = {
	{ "id", COLUMN_RIGHT, true }, { "level", 0, false }, { "first", 0, false }, { "rule", 0, false },
	{ "actor", 0, false }, { "action", 0, false }, { "device", 0, false }, { "object", 0, false },
	{ "count", COLUMN_RIGHT, true }, { "sentence", 0, false }, { NULL, 0, false } };

static bool alert_row(void *ctx, const void *row)
{
	struct listing *l = ctx;
	const struct alert *a = row;
	char room[ALERT_SENTENCE];

	sheet_number(&l->sheet, a->id);
	sheet_cell(&l->sheet, level_name(a->level));
	sheet_time(&l->sheet, a->first_ns);
	sheet_cell(&l->sheet, a->rule);
	sheet_cell(&l->sheet, a->actor_name);
	sheet_cell(&l->sheet, a->action);
	sheet_cell(&l->sheet, a->device_name);
	sheet_cell(&l->sheet, a->object);
	sheet_number(&l->sheet, a->count);
	alert_text(room, sizeof(room), l->lang, a, ALERT_SENTENCE_TEXT);
	sheet_cell(&l->sheet, room);
	return true;
}

int cmd_alerts(const struct cli *c)
{
	struct listing l;
	int code = listing_open(&l, c, "alerts");

	if (code != EXIT_DONE) {
		listing_close(&l);
		return code;
	}
	if (listing_format(&l) == SHEET_CSV) {
		code = listing_print(&l, STORE_ALERT, alert_row, alert_columns, "summary.no-alerts");
	} else if (listing_format(&l) == SHEET_JSON) {
		json_open(&l.json, '[');
		store_each(l.store, STORE_ALERT, json_alert, &l);
		json_close(&l.json, ']');
		code = listing_print_json(&l);
	} else if (store_count(l.store, STORE_ALERT) == 0) {
		printf("%s\n", text(l.lang, "summary.no-alerts"));
	} else {
		store_each(l.store, STORE_ALERT, print_one_alert, &l);
	}
	listing_close(&l);
	return code;
}

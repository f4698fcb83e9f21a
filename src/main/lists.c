/* main/lists.c: the commands that show a database: ledger, alerts, flows, observations. */
#include <errno.h>
#include <inttypes.h>

#include "asset/asset.h"
#include "decode/decode.h"
#include "detect/detect.h"
#include "main/cli.h"
#include "main/say.h"
#include "main/sheet.h"
#include "main/summary.h"
#include "store/store.h"

enum { NAME_ROOM = 256 };

/* ---- opening, and the names of ends ---- */

struct rows {			/* a table of the database in memory, sorted by its first member: a 64-bit id */
	uint8_t *p;
	size_t n, cap, each;
	bool failed;
};

struct listing {
	const struct cli *cli;
	enum lang lang;
	struct store *store;
	struct rows assets, ends;	/* who an end is: loaded for every listing */
	struct rows facts, services;	/* sorted by asset; only for the ledger as JSON */
	struct sheet sheet;
	struct json json;
};

static bool add_row(void *ctx, const void *row)
{
	struct rows *r = ctx;

	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 256 : r->cap * 2;
		uint8_t *p = realloc(r->p, cap * r->each);

		if (p == NULL) {
			r->failed = true;
			return false;
		}
		r->p = p;
		r->cap = cap;
	}
	memcpy(r->p + r->n++ * r->each, row, r->each);
	return true;
}

static uint64_t id_at(const void *row, size_t at)
{
	uint64_t id;

	memcpy(&id, (const uint8_t *)row + at, sizeof(id));
	return id;
}

struct order { size_t id_offset, each; };

/* By the id, ties by all bytes (the store zeroes padding): the same rows always come out in the same order. */
static int by_id(const void *a, const void *b, void *ctx)
{
	const struct order *o = ctx;
	uint64_t x = id_at(a, o->id_offset), y = id_at(b, o->id_offset);

	return x != y ? (x > y) - (x < y) : memcmp(a, b, o->each);
}

/* Loads a table; id_offset is where the id stands that it is sorted by. Returns 0 or a negative errno. */
static int load_rows(struct store *s, struct rows *r, enum store_table t, size_t each, size_t id_offset)
{
	struct order order = { id_offset, each };

	*r = (struct rows){ .each = each };
	int rc = store_each(s, t, add_row, r);

	if (rc == 0 && r->failed)
		rc = -ENOMEM;
	if (rc == 0 && r->n > 0)
		qsort_r(r->p, r->n, each, by_id, &order);
	return rc;
}

/* The first row with this id, and those behind it: *ret_end is one beyond the last. */
static const uint8_t *rows_with(const struct rows *r, uint64_t id, size_t at, const uint8_t **ret_end)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (id_at(r->p + mid * r->each, at) < id)
			low = mid + 1;
		else
			high = mid;
	}
	const uint8_t *first = r->p + low * r->each, *end = first;

	while (end < r->p + r->n * r->each && id_at(end, at) == id)
		end += r->each;
	*ret_end = end;
	return first;
}

static const void *row_by_id(const struct rows *r, uint64_t id, size_t at)
{
	const uint8_t *end;
	const uint8_t *first = r->n == 0 ? NULL : rows_with(r, id, at, &end);

	return first == NULL || first == end ? NULL : first;
}

static const struct asset *asset_by_id(const struct listing *l, uint64_t id)
{
	return row_by_id(&l->assets, id, offsetof(struct asset, id));
}

static const struct end_row *end_by_id(const struct listing *l, uint64_t id)
{
	return row_by_id(&l->ends, id, offsetof(struct end_row, id));
}

/* What people call an end: its asset's name, or its address. */
static void end_name(const struct listing *l, char *out, size_t cap, uint64_t end, uint64_t asset)
{
	const struct asset *a = asset_by_id(l, asset);
	const struct end_row *e = end_by_id(l, end);

	out[0] = '\0';
	if (a != NULL) {
		ledger_call(out, cap, l->lang, a);
	} else if (e != NULL) {
		struct side s = { .station = e->station };

		memcpy(s.ip, e->ip, sizeof(s.ip));
		memcpy(s.mac, e->mac, sizeof(s.mac));
		ledger_call_side(out, cap, &s);
	}
}

static void end_address(const struct listing *l, char *out, uint64_t end)
{
	const struct end_row *e = end_by_id(l, end);

	out[0] = '\0';
	if (e != NULL && !ip_is_zero(e->ip))
		ip_text(out, e->ip);
	else if (e != NULL && !mac_is_zero(e->mac))
		mac_text(out, e->mac);
}

/* 0, or the exit code after a line said why. */
static int open_listing(struct listing *l, const struct cli *c, const char *command)
{
	const char *path = c->values[OPT_DB], *why;

	*l = (struct listing){ .cli = c, .lang = c->lang };
	if (path == NULL) {
		const struct text_arg args[] = { { "command", command }, { NULL, NULL } };

		say(l->lang, "cli.db-needed", args);
		return EXIT_USAGE;
	}
	int rc = store_open(&l->store, path, STORE_READ, &why);

	if (rc != 0) {
		char key[64];

		snprintf(key, sizeof(key), "store.%s", why);
		say_failed(l->lang, key, path, rc);
		return EXIT_FAILED;
	}
	rc = load_rows(l->store, &l->assets, STORE_ASSET, sizeof(struct asset), offsetof(struct asset, id));
	if (rc == 0)
		rc = load_rows(l->store, &l->ends, STORE_END, sizeof(struct end_row), offsetof(struct end_row, id));
	if (rc != 0) {
		say_failed(l->lang, "store.cannot", path, rc);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static void close_listing(struct listing *l)
{
	store_close(l->store);
	free(l->assets.p);
	free(l->ends.p);
	free(l->facts.p);
	free(l->services.p);
	sheet_free(&l->sheet);
	json_free(&l->json);
}

static enum sheet_format format_of(const struct listing *l)
{
	return (enum sheet_format)cli_choice(l->cli, OPT_FORMAT, SHEET_TABLE);
}

/* Reads a table into the sheet and prints it. */
static int print_listing(struct listing *l, enum store_table t, bool (*row)(void *, const void *),
			 const struct sheet_column *columns, const char *empty)
{
	sheet_init(&l->sheet, columns);
	int rc = store_each(l->store, t, row, l);

	if (rc != 0) {
		say_failed(l->lang, "store.cannot", l->cli->values[OPT_DB], rc);
		return EXIT_FAILED;
	}
	return sheet_print(&l->sheet, l->lang, format_of(l), empty) ? EXIT_DONE : EXIT_FAILED;
}

static const char *proto_label(const struct listing *l, uint16_t number, char *room, size_t cap)
{
	const struct proto *p = proto_at(number);

	if (p == NULL)
		return "";
	if (format_of(l) != SHEET_TABLE)
		return p->name;
	snprintf(room, cap, "proto.%s.name", p->name);
	return text(l->lang, room);
}

static const char *word_label(const struct listing *l, const char *word)
{
	char key[64];

	if (format_of(l) != SHEET_TABLE)
		return word;
	snprintf(key, sizeof(key), "words.%s", word);
	return text(l->lang, key);
}

/* ---- ledger ---- */

static const struct sheet_column ledger_columns[] = {
	{ "device", 0, false }, { "role", 0, false }, { "ip", 0, false }, { "mac", 0, false }, { "vendor", 0, false },
	{ "model", 0, false }, { "firmware", COLUMN_WIDE, false }, { "hardware", COLUMN_WIDE, false },
	{ "serial", COLUMN_WIDE, false }, { "name", COLUMN_WIDE, false }, { "os", COLUMN_WIDE, false },
	{ "place", COLUMN_WIDE, false }, { "station", COLUMN_WIDE, true }, { "vlans", COLUMN_WIDE, false },
	{ "role_trust", COLUMN_WIDE, false }, { "remarks", COLUMN_WIDE, false }, { "first", COLUMN_WIDE, false },
	{ "last", 0, false }, { "why", 0, false }, { "id", COLUMN_WIDE, true }, { NULL, 0, false } };

static void role_reason(char *out, size_t cap, enum lang lang, const struct asset *a)
{
	char key[64], proto_key[64] = "";
	const struct proto *p = proto_at(a->role_proto);

	if (p != NULL)
		snprintf(proto_key, sizeof(proto_key), "proto.%s.name", p->name);
	const struct text_arg args[] = { { "proto", p == NULL ? "" : text(lang, proto_key) }, { NULL, NULL } };

	snprintf(key, sizeof(key), "roles.why-%s", a->role_why);
	text_fill(out, cap, lang, key, args);
}

static void vlan_list(char *out, size_t cap, const uint16_t *vlans, unsigned n)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < n && used < cap; i++)
		used += (size_t)snprintf(out + used, cap - used, "%s%u", i > 0 ? " " : "", vlans[i]);
}

/* What is special about it, as words of the language. */
static void remarks(char *out, size_t cap, enum lang lang, uint32_t flags)
{
	static const struct { uint32_t flag; const char *key; } known[] = {
		{ ASSET_ROUTER, "sheet.is-router" }, { ASSET_BEHIND, "sheet.is-behind" },
		{ ASSET_LOCAL_MAC, "sheet.is-local-mac" }, { ASSET_VIRTUAL, "sheet.is-virtual" },
		{ ASSET_TWO_NETWORKS, "sheet.is-two-networks" }, { ASSET_VLANS, "sheet.is-vlans" },
		{ ASSET_GATEWAY, "sheet.is-gateway" },
	};
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if ((flags & known[i].flag) != 0 && n < cap)
			n += (size_t)snprintf(out + n, cap - n, "%s%s", n > 0 ? text(lang, "summary.comma") : "",
					      text(lang, known[i].key));
}

/* Stations share the address of what they are reached through: people need the number to tell them apart. */
static void address_cell(struct listing *l, const struct asset *a)
{
	char ip[IP_TEXT], room[IP_TEXT + 32];

	ip_text(ip, a->ip);
	if (a->kind == ASSET_STATION && format_of(l) == SHEET_TABLE)
		snprintf(room, sizeof(room), "%s / %" PRIu64, ip, a->station);
	else
		snprintf(room, sizeof(room), "%s", ip_is_zero(a->ip) ? "" : ip);
	sheet_cell(&l->sheet, room);
}

static void ledger_row(struct listing *l, const struct asset *a)
{
	char room[512], role[64];

	/* Its kind and address have columns of their own: here only what it is called. */
	sheet_cell(&l->sheet, a->name[0] != '\0' ? a->name : a->vendor[0] != '\0' ? a->vendor : "-");
	snprintf(role, sizeof(role), "roles.%s", a->role);
	sheet_cell(&l->sheet, format_of(l) == SHEET_JSON ? a->role : text(l->lang, role));
	address_cell(l, a);
	mac_text(room, a->mac);
	sheet_cell(&l->sheet, mac_is_zero(a->mac) ? "" : room);
	sheet_cell(&l->sheet, a->vendor);
	/* Some things say only their order number: better than an empty column. */
	sheet_cell(&l->sheet, a->model[0] == '\0' && format_of(l) == SHEET_TABLE ? a->hardware : a->model);
	sheet_cell(&l->sheet, a->firmware);
	sheet_cell(&l->sheet, a->hardware);
	sheet_cell(&l->sheet, a->serial);
	sheet_cell(&l->sheet, a->name);
	sheet_cell(&l->sheet, a->os);
	sheet_cell(&l->sheet, a->place);
	sheet_number(&l->sheet, a->station);
	vlan_list(room, sizeof(room), a->vlans, a->vlan_count);
	sheet_cell(&l->sheet, room);
	sheet_cell(&l->sheet, trust_name(a->role_trust));
	remarks(room, sizeof(room), l->lang, a->flags);
	sheet_cell(&l->sheet, room);
	sheet_time(&l->sheet, a->first_ns);
	sheet_time(&l->sheet, a->last_ns);
	role_reason(room, sizeof(room), l->lang, a);
	sheet_cell(&l->sheet, room);
	sheet_number(&l->sheet, a->id);
}

/* JSON says all there is: every value of every field with its evidence, and every service. */

static void json_fact(struct json *j, const struct fact_row *f)
{
	static const char *const kinds[FACT_KINDS] = {
		"", "name", "vendor", "model", "firmware", "serial", "os", "role-hint", "hardware", "place", "module",
		"ip-of-mac", "name-of-ip", "alias", "port", "vlan", "capability", "serves" };
	static const char *const sources[] = { "wire", "registry", "person" };
	const struct proto *p = proto_at(f->proto);

	json_open(j, '{');
	json_key_str(j, "field", f->kind < FACT_KINDS ? kinds[f->kind] : "");
	json_key_str(j, "value", f->text);
	if (f->number != 0)
		json_key_u64(j, "number", f->number);
	json_key_str(j, "source", f->source < ARRAY_LEN(sources) ? sources[f->source] : "");
	if (p != NULL)
		json_key_str(j, "proto", p->name);
	json_key_str(j, "trust", trust_name(f->trust));
	json_key_bool(j, "best", f->best);
	json_key_u64(j, "frame", f->frame);
	json_key(j, "first");
	json_time(j, f->first_ns);
	json_key(j, "last");
	json_time(j, f->last_ns);
	json_close(j, '}');
}

static void json_service(struct json *j, const struct service_row *s)
{
	const struct proto *p = proto_at(s->proto);

	json_open(j, '{');
	json_key_bool(j, "served", s->served);
	if (p != NULL)
		json_key_str(j, "proto", p->name);
	json_key_u64(j, "port", s->port);
	json_key_u64(j, "ip_proto", s->ip_proto);
	if (s->ether != 0)
		json_key_u64(j, "ethertype", s->ether);
	json_key_u64(j, "acts", s->acts);
	json_key_u64(j, "flows", s->flows);
	json_key(j, "first");
	json_time(j, s->first_ns);
	json_key(j, "last");
	json_time(j, s->last_ns);
	json_close(j, '}');
}

static void json_end(struct json *j, const struct end_row *r)
{
	char address[IP_TEXT];

	json_open(j, '{');
	ip_text(address, r->ip);
	if (!ip_is_zero(r->ip))
		json_key_str(j, "ip", address);
	mac_text(address, r->mac);
	if (!mac_is_zero(r->mac))
		json_key_str(j, "mac", address);
	if (r->station != 0)
		json_key_u64(j, "station", r->station);
	json_key_u64(j, "tap", r->tap);
	json_key_bool(j, "confirmed", (r->flags & END_CONFIRMED) != 0);
	json_key_bool(j, "routed", (r->flags & END_ROUTED) != 0);
	if (r->first_ns <= r->last_ns) {	/* else only spoken of so far */
		json_key(j, "first");
		json_time(j, r->first_ns);
		json_key(j, "last");
		json_time(j, r->last_ns);
	}
	json_key_u64(j, "frame", r->frame);
	json_close(j, '}');
}

static void json_some(struct json *j, const char *key, const char *value)
{
	if (*value != '\0')
		json_key_str(j, key, value);
}

static void json_evidence(struct listing *l, uint64_t asset)
{
	struct json *j = &l->json;
	const uint8_t *row, *end;

	json_key(j, "evidence");
	json_open(j, '[');
	for (row = rows_with(&l->facts, asset, offsetof(struct fact_row, asset), &end); row < end; row += l->facts.each)
		json_fact(j, (const struct fact_row *)(const void *)row);
	json_close(j, ']');
	json_key(j, "services");
	json_open(j, '[');
	for (row = rows_with(&l->services, asset, offsetof(struct service_row, asset), &end); row < end;
	     row += l->services.each)
		json_service(j, (const struct service_row *)(const void *)row);
	json_close(j, ']');
}

static void json_asset(struct listing *l, const struct asset *a)
{
	struct json *j = &l->json;
	char room[512];

	json_open(j, '{');
	json_key_u64(j, "id", a->id);
	ledger_call(room, sizeof(room), l->lang, a);
	json_key_str(j, "device", room);
	json_key_str(j, "role", a->role);
	json_key_str(j, "role_trust", trust_name(a->role_trust));
	role_reason(room, sizeof(room), l->lang, a);
	json_key_str(j, "why", room);
	ip_text(room, a->ip);
	json_some(j, "ip", ip_is_zero(a->ip) ? "" : room);
	mac_text(room, a->mac);
	json_some(j, "mac", mac_is_zero(a->mac) ? "" : room);
	if (a->station != 0)
		json_key_u64(j, "station", a->station);
	json_some(j, "name", a->name);
	json_some(j, "vendor", a->vendor);
	json_some(j, "model", a->model);
	json_some(j, "firmware", a->firmware);
	json_some(j, "hardware", a->hardware);
	json_some(j, "serial", a->serial);
	json_some(j, "os", a->os);
	json_some(j, "place", a->place);
	if (a->parent != 0)
		json_key_u64(j, "parent", a->parent);
	if (a->behind != 0)
		json_key_u64(j, "behind", a->behind);
	if (a->twin != 0)
		json_key_u64(j, "twin", a->twin);
	remarks(room, sizeof(room), l->lang, a->flags);
	json_some(j, "remarks", room);
	json_key(j, "first");
	json_time(j, a->first_ns);
	json_key(j, "last");
	json_time(j, a->last_ns);
	json_key(j, "addresses");
	json_open(j, '[');
	for (size_t i = 0; i < l->ends.n; i++) {
		const struct end_row *r = (const struct end_row *)(const void *)(l->ends.p + i * l->ends.each);

		if (r->asset == a->id)
			json_end(j, r);
	}
	json_close(j, ']');
	json_evidence(l, a->id);
	json_close(j, '}');
}

static int cmp_asset_shown(const void *a, const void *b)
{
	const struct asset *x = a, *y = b;
	int order = strcmp(x->role, y->role);

	if (order == 0)
		order = memcmp(x->ip, y->ip, sizeof(x->ip));
	if (order == 0)
		order = (x->id > y->id) - (x->id < y->id);
	return order;
}

struct span_of_time { int64_t first, last; uint64_t minutes; };

static bool add_coverage(void *ctx, const void *row)
{
	struct span_of_time *t = ctx;
	const struct coverage_row *c = row;

	if (t->minutes == 0 || c->sum.minute_ns < t->first)
		t->first = c->sum.minute_ns;
	if (c->sum.minute_ns > t->last)
		t->last = c->sum.minute_ns;
	t->minutes++;
	return true;
}

/* "Not seen" is worth what was watched: say over what. */
static void print_coverage(struct listing *l)
{
	struct span_of_time t = { 0, 0, 0 };
	char from[WHEN_TEXT], to[WHEN_TEXT], minutes[NUMBER_TEXT];

	store_each(l->store, STORE_COVERAGE, add_coverage, &t);
	if (t.minutes == 0)
		return;
	when_text(from, t.first);
	when_text(to, t.last);
	const struct text_arg args[] = { { "from", from }, { "to", to }, { "minutes", number_text(minutes, t.minutes) },
					 { NULL, NULL } };

	putchar('\n');
	print_text(stdout, l->lang, "sheet.coverage", args);
	putchar('\n');
}

static const struct asset *asset_at(const struct listing *l, size_t i)
{
	return (const struct asset *)(const void *)(l->assets.p + i * l->assets.each);
}

static int ledger_json(struct listing *l)
{
	int rc = load_rows(l->store, &l->facts, STORE_FACT, sizeof(struct fact_row), offsetof(struct fact_row, asset));

	if (rc == 0)
		rc = load_rows(l->store, &l->services, STORE_SERVICE, sizeof(struct service_row),
			       offsetof(struct service_row, asset));
	if (rc != 0) {
		say_failed(l->lang, "store.cannot", l->cli->values[OPT_DB], rc);
		return EXIT_FAILED;
	}
	json_open(&l->json, '[');
	for (size_t i = 0; i < l->assets.n; i++)
		json_asset(l, asset_at(l, i));
	json_close(&l->json, ']');
	json_newline(&l->json);
	fwrite(l->json.p, 1, l->json.n, stdout);
	return EXIT_DONE;
}

static int ledger_sheet(struct listing *l)
{
	sheet_init(&l->sheet, ledger_columns);
	if (l->assets.n > 0)
		qsort(l->assets.p, l->assets.n, l->assets.each, cmp_asset_shown);
	for (size_t i = 0; i < l->assets.n; i++)
		ledger_row(l, asset_at(l, i));
	bool ok = sheet_print(&l->sheet, l->lang, format_of(l), "sheet.no-assets");

	if (format_of(l) == SHEET_TABLE)
		print_coverage(l);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

int cmd_ledger(const struct cli *c)
{
	struct listing l;
	int code = open_listing(&l, c, "ledger");

	if (code == EXIT_DONE)
		code = format_of(&l) == SHEET_JSON ? ledger_json(&l) : ledger_sheet(&l);
	close_listing(&l);
	return code;
}

/* ---- alerts ---- */

static bool print_one_alert(void *ctx, const void *row)
{
	struct listing *l = ctx;

	print_alert(stdout, l->lang, row);
	return true;
}

static void json_party(struct json *j, const char *key, const char *name, const char *role, const struct side *s)
{
	char ip[IP_TEXT];

	json_key(j, key);
	json_open(j, '{');
	json_key_str(j, "name", name);
	json_key_str(j, "role", role);
	ip_text(ip, s->ip);
	json_some(j, "ip", ip_is_zero(s->ip) ? "" : ip);
	if (s->station != 0)
		json_key_u64(j, "station", s->station);
	json_close(j, '}');
}

static bool json_alert(void *ctx, const void *row)
{
	static const struct { enum alert_text which; const char *key; } texts[] = {
		{ ALERT_TITLE, "title" }, { ALERT_SENTENCE_TEXT, "sentence" }, { ALERT_WHY, "why" }, { ALERT_DO, "do" },
		{ ALERT_ELSE, "else" } };
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
	json_key(j, "first");
	json_time(j, a->first_ns);
	json_key(j, "last");
	json_time(j, a->last_ns);
	json_key(j, "frames");
	json_open(j, '[');
	for (unsigned i = 0; i < a->frame_count; i++)
		json_u64(j, a->frames[i]);
	json_close(j, ']');
	json_key(j, "techniques");
	json_open(j, '[');
	for (unsigned i = 0; i < a->technique_count; i++)
		json_str(j, a->techniques[i]);
	json_close(j, ']');
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
	int code = open_listing(&l, c, "alerts");

	if (code != EXIT_DONE) {
		close_listing(&l);
		return code;
	}
	if (format_of(&l) == SHEET_CSV) {
		code = print_listing(&l, STORE_ALERT, alert_row, alert_columns, "summary.no-alerts");
	} else if (format_of(&l) == SHEET_JSON) {
		json_open(&l.json, '[');
		store_each(l.store, STORE_ALERT, json_alert, &l);
		json_close(&l.json, ']');
		json_newline(&l.json);
		fwrite(l.json.p, 1, l.json.n, stdout);
	} else if (store_count(l.store, STORE_ALERT) == 0) {
		printf("%s\n", text(l.lang, "summary.no-alerts"));
	} else {
		store_each(l.store, STORE_ALERT, print_one_alert, &l);
	}
	close_listing(&l);
	return code;
}

/* ---- flows ---- */

static const struct sheet_column flow_columns[] = {
	{ "client", 0, false }, { "client_ip", COLUMN_WIDE, false }, { "server", 0, false },
	{ "server_ip", COLUMN_WIDE, false }, { "transport", 0, false }, { "port", COLUMN_RIGHT, true },
	{ "protocols", 0, false }, { "flows", COLUMN_RIGHT, true }, { "answered", COLUMN_WIDE, true },
	{ "bytes_to_server", COLUMN_RIGHT, true }, { "bytes_to_client", COLUMN_RIGHT, true },
	{ "missing", COLUMN_WIDE, true }, { "first", COLUMN_WIDE, false }, { "last", 0, false }, { NULL, 0, false } };

static void transport_name(char *out, size_t cap, const struct flow_row *f)
{
	static const char *const kinds[KIND_COUNT] = { [KIND_ICMP] = "icmp", [KIND_UDP] = "udp", [KIND_TCP] = "tcp",
						       [KIND_SCTP] = "sctp" };
	const char *name = f->kind < KIND_COUNT ? kinds[f->kind] : NULL;

	if (name == NULL && f->kind == KIND_IP)
		name = ip_protocol_name(f->ip_proto);
	else if (name == NULL && f->ether != 0)
		name = ethertype_name(f->ether);
	if (name != NULL)
		snprintf(out, cap, "%s", name);
	else if (f->kind == KIND_IP)
		snprintf(out, cap, "ip-%u", f->ip_proto);
	else
		snprintf(out, cap, f->ether != 0 ? "0x%04x" : "llc-%02x", f->ether != 0 ? f->ether : f->lsap);
}

static bool flow_listed(void *ctx, const void *row)
{
	struct listing *l = ctx;
	const struct flow_row *f = row;
	char room[NAME_ROOM], protocols[512] = "", key[64];
	size_t n = 0;

	end_name(l, room, sizeof(room), f->client, f->client_asset);
	sheet_cell(&l->sheet, room);
	end_address(l, room, f->client);
	sheet_cell(&l->sheet, room);
	end_name(l, room, sizeof(room), f->server, f->server_asset);
	sheet_cell(&l->sheet, room);
	end_address(l, room, f->server);
	sheet_cell(&l->sheet, room);
	transport_name(room, sizeof(room), f);
	sheet_cell(&l->sheet, room);
	sheet_number(&l->sheet, f->port);
	for (uint16_t i = 0; i < 128 && n < sizeof(protocols); i++)
		if ((f->protos[i / 64] >> i % 64 & 1) != 0 && proto_at(i) != NULL)
			n += (size_t)snprintf(protocols + n, sizeof(protocols) - n, "%s%s", n > 0 ? " " : "",
					      proto_label(l, i, key, sizeof(key)));
	sheet_cell(&l->sheet, protocols);
	sheet_number(&l->sheet, f->opened);
	sheet_number(&l->sheet, f->answered);
	sheet_number(&l->sheet, f->bytes[0]);
	sheet_number(&l->sheet, f->bytes[1]);
	sheet_number(&l->sheet, f->missing[0] + f->missing[1]);
	sheet_time(&l->sheet, f->first_ns);
	sheet_time(&l->sheet, f->last_ns);
	return true;
}

int cmd_flows(const struct cli *c)
{
	struct listing l;
	int code = open_listing(&l, c, "flows");

	if (code == EXIT_DONE)
		code = print_listing(&l, STORE_FLOW, flow_listed, flow_columns, "sheet.no-flows");
	close_listing(&l);
	return code;
}

/* ---- observations ---- */

static const struct sheet_column object_columns[] = {
	{ "actor", 0, false }, { "actor_ip", COLUMN_WIDE, false }, { "action", 0, false }, { "device", 0, false },
	{ "device_ip", COLUMN_WIDE, false }, { "proto", 0, false }, { "object", 0, false }, { "value", 0, false },
	{ "count", COLUMN_RIGHT, true }, { "done", COLUMN_WIDE, true }, { "refused", COLUMN_WIDE, true },
	{ "unanswered", COLUMN_WIDE, true }, { "code", COLUMN_WIDE, true }, { "first", COLUMN_WIDE, false },
	{ "last", 0, false }, { "frame", COLUMN_WIDE, true }, { NULL, 0, false } };

static bool object_listed(void *ctx, const void *row)
{
	struct listing *l = ctx;
	const struct object_row *o = row;
	char room[NAME_ROOM];
	const char *word = word_at(o->word);

	end_name(l, room, sizeof(room), o->actor, o->actor_asset);
	sheet_cell(&l->sheet, room);
	end_address(l, room, o->actor);
	sheet_cell(&l->sheet, room);
	sheet_cell(&l->sheet, word_label(l, word == NULL ? "" : word));
	end_name(l, room, sizeof(room), o->device, o->device_asset);
	sheet_cell(&l->sheet, room);
	end_address(l, room, o->device);
	sheet_cell(&l->sheet, room);
	sheet_cell(&l->sheet, proto_label(l, o->proto, room, sizeof(room)));
	object_in_words(room, sizeof(room), l->lang, o->proto, o->object);
	sheet_cell(&l->sheet, format_of(l) == SHEET_TABLE ? room : o->object);
	sheet_cell(&l->sheet, o->value);
	sheet_number(&l->sheet, o->count);
	sheet_number(&l->sheet, o->done);
	sheet_number(&l->sheet, o->refused);
	sheet_number(&l->sheet, o->unanswered);
	sheet_number(&l->sheet, o->code);
	sheet_time(&l->sheet, o->first_ns);
	sheet_time(&l->sheet, o->last_ns);
	sheet_number(&l->sheet, o->frame);
	return true;
}

int cmd_observations(const struct cli *c)
{
	struct listing l;
	int code = open_listing(&l, c, "observations");

	if (code == EXIT_DONE)
		code = print_listing(&l, STORE_OBJECT, object_listed, object_columns, "sheet.no-objects");
	close_listing(&l);
	return code;
}

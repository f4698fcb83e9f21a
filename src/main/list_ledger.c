/* main/list_ledger.c: `koban ledger`: the devices heard, as a table for people or whole for programs. */
#include <inttypes.h>
#include <stdlib.h>

#include "asset/asset.h"
#include "main/listing.h"
#include "main/say.h"

static const struct sheet_column ledger_columns[] = {
	{ "device", 0, false }, { "role", 0, false }, { "ip", 0, false }, { "mac", 0, false },
	{ "vendor", 0, false }, { "model", 0, false }, { "firmware", COLUMN_WIDE, false },
	{ "hardware", COLUMN_WIDE, false }, { "serial", COLUMN_WIDE, false }, { "name", COLUMN_WIDE, false },
	{ "os", COLUMN_WIDE, false }, { "place", COLUMN_WIDE, false }, { "station", COLUMN_WIDE, true },
	{ "vlans", COLUMN_WIDE, false }, { "role_trust", COLUMN_WIDE, false },
	{ "remarks", COLUMN_WIDE, false }, { "first", COLUMN_WIDE, false }, { "last", 0, false },
	{ "why", 0, false }, { "id", COLUMN_WIDE, true }, { NULL, 0, false } };

static void role_reason(char *out, size_t cap, enum lang lang, const struct asset *a)
{
	char key[64], proto_key[64] = "";
	const struct proto *p = proto_at(a->role_proto);

	if (p != NULL)
		snprintf(proto_key, sizeof(proto_key), "proto.%s.name", p->name);
	const struct text_arg args[] = { { "proto", p == NULL ? "" : text(lang, proto_key) },
					 { NULL, NULL } };

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
			n += (size_t)snprintf(out + n, cap - n, "%s%s",
					      n > 0 ? text(lang, "summary.comma") : "",
					      text(lang, known[i].key));
}

/* Stations share the address of what they are reached through: people need the number to tell them apart. */
static void address_cell(struct listing *l, const struct asset *a)
{
	char ip[IP_TEXT], room[IP_TEXT + 32];

	ip_text(ip, a->ip);
	if (a->kind == ASSET_STATION && listing_format(l) == SHEET_TABLE)
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
	sheet_cell(&l->sheet, listing_format(l) == SHEET_JSON ? a->role : text(l->lang, role));
	address_cell(l, a);
	mac_text(room, a->mac);
	sheet_cell(&l->sheet, mac_is_zero(a->mac) ? "" : room);
	sheet_cell(&l->sheet, a->vendor);
	/* Some things say only their order number: better than an empty column. */
	sheet_cell(&l->sheet, a->model[0] == '\0' && listing_format(l) == SHEET_TABLE ? a->hardware :
		   a->model);
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
		"", "name", "vendor", "model", "firmware", "serial", "os", "role-hint", "hardware", "place",
		"module", "ip-of-mac", "name-of-ip", "alias", "port", "vlan", "capability", "serves",
		"running" };
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
	if (f->first_ns != 0 || f->last_ns != 0) {	/* else it was looked up, not seen */
		json_key_time(j, "first", f->first_ns);
		json_key_time(j, "last", f->last_ns);
	}
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
	json_key_time(j, "first", s->first_ns);
	json_key_time(j, "last", s->last_ns);
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
		json_key_time(j, "first", r->first_ns);
		json_key_time(j, "last", r->last_ns);
	}
	json_key_u64(j, "frame", r->frame);
	json_close(j, '}');
}

static void json_evidence(struct listing *l, uint64_t asset)
{
	struct json *j = &l->json;
	const uint8_t *row, *end;

	json_key_open(j, "addresses", '[');
	for (row = listing_rows(&l->addresses, asset, offsetof(struct end_row, asset), &end); row < end;
	     row += l->addresses.each)
		json_end(j, (const struct end_row *)(const void *)row);
	json_close(j, ']');
	json_key_open(j, "evidence", '[');
	for (row = listing_rows(&l->facts, asset, offsetof(struct fact_row, asset), &end); row < end;
	     row += l->facts.each)
		json_fact(j, (const struct fact_row *)(const void *)row);
	json_close(j, ']');
	json_key_open(j, "services", '[');
	for (row = listing_rows(&l->services, asset, offsetof(struct service_row, asset), &end); row < end;
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
	listing_key_some(j, "ip", ip_is_zero(a->ip) ? "" : room);
	mac_text(room, a->mac);
	listing_key_some(j, "mac", mac_is_zero(a->mac) ? "" : room);
	if (a->station != 0)
		json_key_u64(j, "station", a->station);
	listing_key_some(j, "name", a->name);
	listing_key_some(j, "vendor", a->vendor);
	listing_key_some(j, "model", a->model);
	listing_key_some(j, "firmware", a->firmware);
	listing_key_some(j, "hardware", a->hardware);
	listing_key_some(j, "serial", a->serial);
	listing_key_some(j, "os", a->os);
	listing_key_some(j, "place", a->place);
	if (a->parent != 0)
		json_key_u64(j, "parent", a->parent);
	if (a->behind != 0)
		json_key_u64(j, "behind", a->behind);
	if (a->twin != 0)
		json_key_u64(j, "twin", a->twin);
	remarks(room, sizeof(room), l->lang, a->flags);
	listing_key_some(j, "remarks", room);
	json_key_time(j, "first", a->first_ns);
	json_key_time(j, "last", a->last_ns);
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
	when_text(to, t.last + 60 * NS_PER_S);	/* that minute's end */
	const struct text_arg args[] = { { "from", from }, { "to", to },
					 { "minutes", number_text(minutes, t.minutes) }, { NULL, NULL } };

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
	int rc = listing_load_details(l);

	if (rc != 0) {
		say_failed(l->lang, "store.cannot", l->cli->values[OPT_DB], rc);
		return EXIT_FAILED;
	}
	json_open(&l->json, '[');
	for (size_t i = 0; i < l->assets.n; i++)
		json_asset(l, asset_at(l, i));
	json_close(&l->json, ']');
	return listing_print_json(l);
}

static int ledger_sheet(struct listing *l)
{
	sheet_init(&l->sheet, ledger_columns, listing_format(l));
	if (l->assets.n > 0)
		qsort(l->assets.p, l->assets.n, l->assets.each, cmp_asset_shown);
	for (size_t i = 0; i < l->assets.n; i++)
		ledger_row(l, asset_at(l, i));
	bool ok = sheet_print(&l->sheet, l->lang, "sheet.no-assets");

	if (listing_format(l) == SHEET_TABLE)
		print_coverage(l);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

int cmd_ledger(const struct cli *c)
{
	struct listing l;
	int code = listing_open(&l, c, "ledger");

	if (code == EXIT_DONE && c->values[OPT_DIFF] != NULL)
		code = ledger_diff(&l);
	else if (code == EXIT_DONE)
		code = listing_format(&l) == SHEET_JSON ? ledger_json(&l) : ledger_sheet(&l);
	listing_close(&l);
	return code;
}

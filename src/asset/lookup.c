/* asset/lookup.c: one end of the ledger: whose it is, what else is the same thing, and what people call
 * it. */
#include "asset/ledger.h"
#include "asset/roles.h"

#include <string.h>

static void build_one(void *ctx, uint32_t end)
{
	const struct builder *b = ctx;
	const struct end *e = end_at(b->l, end);

	build_end(ctx, end, e->first_ns, e->last_ns);
}

bool ledger_asset_of(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s, int64_t at_ns,
		     bool before_changes, struct asset *ret_asset)
{
	uint32_t end = end_find(l, tap, proto, s);
	struct asset_key key = end == NONE32 ? (struct asset_key){ 0 } : asset_key_of(l, end);
	struct builder b;

	if (key.kind == 0)
		return false;
	build_begin(&b, l, &key);
	asset_ends(l, &key, build_one, &b);
	build_finish(&b, at_ns, before_changes);
	if (!ip_none(s->ip))
		memcpy(b.asset.ip, s->ip, sizeof(b.asset.ip));
	*ret_asset = b.asset;
	return true;
}

uint64_t ledger_changes(const struct ledger *l) { return l->changes; }

int64_t ledger_role_due(const struct asset *a)
{
	return a->reads_long_ns;
}

struct ends_list { struct ledger *l; struct side *out; size_t n, cap; uint32_t not; };

static void list_end(void *ctx, uint32_t end)
{
	struct ends_list *e = ctx;

	if (end != e->not && e->n < e->cap)
		e->out[e->n++] = end_at(e->l, end)->side;
}

size_t ledger_ends_of(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s, struct side *out,
		      size_t cap)
{
	uint32_t end = end_find(l, tap, proto, s);
	struct asset_key key = end == NONE32 ? (struct asset_key){ 0 } : asset_key_of(l, end);
	struct ends_list list = { l, out, 0, cap, end };

	if (cap == 0)
		return 0;
	out[list.n++] = side_bare(s);
	if (key.kind != 0)
		asset_ends(l, &key, list_end, &list);
	return list.n;
}

/* Had this end the address before, and does it come from the same maker. */
static bool is_forerunner(const struct end *e, const struct side *s)
{
	const char *maker = mac_is_zero(s->mac) || mac_is_zero(e->side.mac) ? NULL : oui_maker(s->mac);
	const char *before = maker == NULL ? NULL : oui_maker(e->side.mac);

	return before != NULL && strcmp(maker, before) == 0 && memcmp(e->side.mac, s->mac, 6) != 0;
}

size_t ledger_ends_at(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s, struct side *out,
		      size_t cap)
{
	size_t n = ledger_ends_of(l, tap, proto, s, out, cap);
	uint32_t end = end_find(l, tap, proto, s);

	if (end != NONE32 && end_at(l, end)->base != NONE32)
		end = end_at(l, end)->base;
	if (end == NONE32 || end_at(l, end)->ip == NONE32)
		return n;
	unsigned left = END_WALK;

	for (uint32_t e = ip_at(l, end_at(l, end)->ip)->ends; e != NONE32 && n < cap && left > 0;
	     e = end_at(l, e)->next_of_ip, left--)
		if (is_forerunner(end_at(l, e), s)) {
			out[n] = side_bare(s);
			memcpy(out[n++].mac, end_at(l, e)->side.mac, sizeof(s->mac));
		}
	return n;
}

int64_t ledger_talk_began(const struct ledger *l, uint8_t tap, uint16_t proto, const struct side *actor,
			  const struct side *device)
{
	struct side key[2] = { side_bare(actor), side_bare(device) };
	struct at at;
	uint32_t row = talk_find(l, tap, proto, key, &at);

	return row == NONE32 ? INT64_MAX : ((const struct talk *)slab_at(&l->talks, row))->first_ns;
}

/* ---- names ---- */

void ledger_call_side(char *out, size_t cap, const struct side *s)
{
	char text_of[IP_TEXT] = "?";

	if (!ip_none(s->ip))
		ip_text(text_of, s->ip);
	else if (!mac_is_zero(s->mac))
		mac_text(text_of, s->mac);
	if (s->station != 0)
		snprintf(out, cap, "%s/%llu", text_of, (unsigned long long)s->station);
	else
		snprintf(out, cap, "%s", text_of);
}

static void address_of(char *out, size_t cap, const struct asset *a)
{
	struct side s = { .station = a->kind == ASSET_STATION ? a->station : 0 };

	memcpy(s.ip, a->ip, sizeof(s.ip));
	memcpy(s.mac, a->mac, sizeof(s.mac));
	ledger_call_side(out, cap, &s);
}

void ledger_name(char *out, size_t cap, const struct asset *a)
{
	char address[IP_TEXT + 24];
	const char *name = a->name[0] != '\0' ? a->name : a->vendor;

	address_of(address, sizeof(address), a);
	if (name[0] != '\0')
		snprintf(out, cap, "%s (%s)", name, address);
	else
		snprintf(out, cap, "%s", address);
}

void ledger_call(char *out, size_t cap, enum lang lang, const struct asset *a)
{
	char address[IP_TEXT + 24], role[64];
	bool unknown = strcmp(a->role, "unknown") == 0;

	if (a->name[0] != '\0' || unknown) {
		ledger_name(out, cap, a);
		return;
	}
	address_of(address, sizeof(address), a);
	snprintf(role, sizeof(role), "roles.%s", a->role);
	snprintf(out, cap, "%s%s%s (%s)", a->vendor, a->vendor[0] != '\0' ? " " : "", text(lang, role),
		 address);
}

/* asset/build.c: one asset out of its ends: the best value of every field, its role and the reason. */
#include "asset/ledger.h"
#include "asset/roles.h"

enum { STATION_WALK = 256 };

void build_begin(struct builder *b, struct ledger *l, const struct asset_key *k)
{
	uint8_t base = k->kind == ASSET_STATION ? k->base : k->kind;

	*b = (struct builder){ .l = l, .key = *k, .reads_ns = INT64_MAX, .reads_long_ns = INT64_MAX,
				.ip_ns = INT64_MIN };
	struct asset *a = &b->asset;

	a->id = asset_key_id(l, k);
	a->kind = k->kind;
	a->proto = k->proto;
	a->station = k->station;
	a->first_ns = INT64_MAX;
	a->last_ns = INT64_MIN;
	a->frame = UINT64_MAX;
	if (base == ASSET_MAC) {
		a->tap = mac_at(l, k->node)->tap;
		memcpy(a->mac, mac_at(l, k->node)->mac, 6);
	} else {
		a->tap = ip_at(l, k->node)->tap;
		memcpy(a->ip, ip_at(l, k->node)->ip, 16);
		b->ip_ns = INT64_MAX;
	}
	if (k->kind == ASSET_STATION) {
		struct asset_key parent = { .kind = k->base, .node = k->node };

		a->parent = asset_key_id(l, &parent);
		b->traits |= TRAIT(IS_STATION);
	}
}

/* Claimed by several devices: a standby takes it over, or one of them says what is not so. */
static bool is_shared(const struct ledger *l, const struct end *e)
{
	return e->ip != NONE32 && ip_at(l, e->ip)->confirmed > 1;
}

/* One that is not link-local, that no other device is said to have, IPv4, used last; the smaller one, when
 * all that says nothing. */
static void take_ip(struct builder *b, const struct end *e, int64_t last_ns)
{
	uint8_t *have = b->asset.ip;

	if (ip_is_zero(e->side.ip) || b->ip_ns == INT64_MAX)
		return;
	bool first = ip_is_zero(have), better = false, shared = is_shared(b->l, e);
	bool local = ip_link_local(e->side.ip), had_local = ip_link_local(have);

	if (local != had_local)
		better = !local;
	else if (shared != b->ip_shared)
		better = !shared;
	else if (ip_is_v4(e->side.ip) != ip_is_v4(have))
		better = ip_is_v4(e->side.ip);
	else if (last_ns != b->ip_ns)
		better = last_ns > b->ip_ns;
	else
		better = memcmp(e->side.ip, have, 16) < 0;
	if (first || better) {
		memcpy(have, e->side.ip, 16);
		b->ip_ns = last_ns;
		b->ip_shared = shared;
	}
}

/* A page asked for by address (HTTP's Host) does not name anything. */
static bool is_address(const char *text)
{
	bool v6 = strchr(text, ':') != NULL && text[strspn(text, "0123456789abcdefABCDEF:.[]")] == '\0';

	return v6 || text[strspn(text, "0123456789.:")] == '\0';
}

static void take_fact(struct builder *b, const struct fact_row *r)
{
	unsigned kind = r->kind == FACT_NAME_OF_IP ? FACT_NAME : r->kind;

	if (r->kind == FACT_NAME && r->sub == NAME_GROUP)
		return;			/* a work group's name is not the machine's */
	if (r->text[0] == '\0' || (r->kind == FACT_NAME_OF_IP && is_address(r->text)))
		return;
	if (b->best[kind] == NULL || fact_beats(r, b->best[kind]))
		b->best[kind] = r;
}

static bool has_station_assets(struct ledger *l, const struct end *base)
{
	uint32_t s = base->stations;

	for (unsigned i = 0; s != NONE32 && i < STATION_WALK; i++, s = end_at(l, s)->next_station)
		if (asset_key_of(l, s).kind == ASSET_STATION)
			return true;
	return false;
}

/* An address beyond a router: which router. The one with the smallest id, when there are several. */
static void take_router(struct builder *b, uint32_t row, const struct end *e)
{
	if (b->key.kind != ASSET_IP || !end_routed(b->l, row))
		return;
	struct asset_key k = { .kind = ASSET_MAC, .node = e->mac };
	uint64_t id = asset_key_id(b->l, &k);

	b->asset.flags |= ASSET_BEHIND;
	if (b->asset.behind == 0 || id < b->asset.behind)
		b->asset.behind = id;
}

static void take_vlan(struct asset *a, uint16_t vlan)
{
	unsigned i = 0;

	while (i < a->vlan_count && a->vlans[i] < vlan)
		i++;
	if ((i < a->vlan_count && a->vlans[i] == vlan) || i == END_VLANS)
		return;
	if (a->vlan_count == END_VLANS)
		a->vlan_count--;
	memmove(a->vlans + i + 1, a->vlans + i, (a->vlan_count - i) * sizeof(a->vlans[0]));
	a->vlans[i] = vlan;
	a->vlan_count++;
}

void build_end(struct builder *b, uint32_t row, int64_t first_ns, int64_t last_ns)
{
	const struct end *e = end_at(b->l, row);
	struct asset *a = &b->asset;

	b->traits |= e->traits;
	if (e->reads_ns < b->reads_ns)
		b->reads_ns = e->reads_ns;
	if (end_reads_long(e) < b->reads_long_ns)
		b->reads_long_ns = end_reads_long(e);
	if (e->role_proto != 0 && (a->role_proto == 0 || e->role_proto < a->role_proto))
		a->role_proto = e->role_proto;
	if (first_ns < a->first_ns)
		a->first_ns = first_ns;
	if (last_ns > a->last_ns)
		a->last_ns = last_ns;
	if (e->frame < a->frame)
		a->frame = e->frame;
	if ((e->flags & (END_HEARD | END_CONFIRMED)) != 0)
		take_ip(b, e, last_ns);
	if (!end_routed(b->l, row))
		for (unsigned i = 0; i < e->vlan_count; i++)
			take_vlan(a, e->vlans[i]);
	take_router(b, row, e);
	if (e->base == NONE32 && b->key.kind != ASSET_STATION && has_station_assets(b->l, e))
		a->flags |= ASSET_GATEWAY;
	for (uint32_t f = e->facts; f != NONE32;) {
		const struct fact_node *n = slab_at(&b->l->facts, f);

		take_fact(b, &n->row);
		f = n->next;
	}
}

static bool build_registry(const struct ledger *l, const struct asset_key *k, struct fact_row *ret_fact)
{
	if (k->kind != ASSET_MAC)
		return false;
	const uint8_t *mac = mac_at(l, k->node)->mac;
	const char *maker = ledger_mac_is_shared(mac) ? NULL : oui_maker(mac);
	struct side s = { 0 };

	if (maker == NULL)
		return false;
	memcpy(s.mac, mac, 6);
	*ret_fact = (struct fact_row){
		.end = end_id(mac_at(l, k->node)->tap, 0, &s), .asset = asset_key_id(l, k),
		.kind = FACT_VENDOR, .trust = TRUST_LIKELY, .source = SOURCE_REGISTRY,
	};
	clean_text(ret_fact->text, sizeof(ret_fact->text),
		   (struct bytes){ (const uint8_t *)maker, strlen(maker) });
	return true;
}

static bool carries_others(struct ledger *l, uint32_t mac)
{
	uint32_t e = mac_at(l, mac)->ends;

	for (unsigned i = 0; e != NONE32 && i < END_WALK; i++, e = end_at(l, e)->next_of_mac)
		if (end_routed(l, e))
			return true;
	return ledger_mac_is_shared(mac_at(l, mac)->mac);
}

static void copy(char out[FACT_TEXT_MAX], const struct fact_row *r)
{
	if (r != NULL)
		memcpy(out, r->text, FACT_TEXT_MAX);
}

static void word_copy(char out[ROLE_KEY_MAX], const char *word)
{
	size_t n = min_size(strlen(word), ROLE_KEY_MAX - 1);

	memcpy(out, word, n);
	out[n] = '\0';
}

static void set_role(struct asset *a, const char *key, const char *why, uint8_t trust)
{
	word_copy(a->role, key);
	word_copy(a->role_why, why);
	a->role_trust = trust;
}

static void build_role(struct builder *b, int64_t at_ns, bool before_changes)
{
	struct asset *a = &b->asset;
	const struct fact_row *said = b->best[FACT_ROLE_HINT];
	uint64_t traits = b->traits | role_maker(a->vendor) | role_mobile(a->name, a->os);

	if ((a->flags & ASSET_ROUTER) != 0)
		traits |= TRAIT(IS_ROUTER);
	if ((a->flags & ASSET_GATEWAY) != 0)
		traits |= TRAIT(IS_GATEWAY);
	if (a->kind == ASSET_IP && ip_is_outside(b->l, a->tap, a->ip))
		traits |= TRAIT(IS_PUBLIC);
	if (at_ns >= b->reads_long_ns)
		traits |= TRAIT(READS_LONG);
	if ((traits & TRAIT(DID_ANSWER_OT)) != 0)
		a->flags |= ASSET_OT;
	if (before_changes)
		traits &= ~role_change_bits();
	struct role r = role_of(traits);

	set_role(a, r.key, r.why, r.trust);
	if (said != NULL && said->source == SOURCE_PERSON && role_known(said->text))
		set_role(a, said->text, "person", TRUST_SURE);
	else if (said != NULL && role_known(said->text) && a->role_trust == TRUST_GUESS)
		set_role(a, said->text, "says", TRUST_LIKELY);
}

void build_finish(struct builder *b, int64_t at_ns, bool before_changes)
{
	struct asset *a = &b->asset;

	a->reads_ns = b->reads_ns;
	a->reads_long_ns = b->reads_long_ns;
	if (build_registry(b->l, &b->key, &b->registry) &&
	    (b->best[FACT_VENDOR] == NULL || fact_beats(&b->registry, b->best[FACT_VENDOR])))
		b->best[FACT_VENDOR] = &b->registry;
	copy(a->name, b->best[FACT_NAME]);
	copy(a->vendor, b->best[FACT_VENDOR]);
	copy(a->model, b->best[FACT_MODEL]);
	copy(a->firmware, b->best[FACT_FIRMWARE]);
	copy(a->hardware, b->best[FACT_HARDWARE]);
	copy(a->serial, b->best[FACT_SERIAL]);
	copy(a->os, b->best[FACT_OS]);
	copy(a->place, b->best[FACT_PLACE]);
	if (a->kind == ASSET_MAC) {
		if (carries_others(b->l, b->key.node))
			a->flags |= ASSET_ROUTER;
		if ((a->mac[0] & 2) != 0)		/* IEEE 802-2014 section 8.4, U/L bit */
			a->flags |= ASSET_LOCAL_MAC;
		if (mac_is_virtual(a->mac) || ledger_mac_is_shared(a->mac))
			a->flags |= ASSET_VIRTUAL;
	}
	if (a->vlan_count > 1)
		a->flags |= ASSET_VLANS;
	build_role(b, at_ns, before_changes);
	if (a->frame == UINT64_MAX)
		a->frame = 0;
}

/* detect/kind.c: see kind.h. */
#include "detect/kind.h"

#include "core/hash.h"

uint64_t end_key(uint8_t tap, const struct side *s)
{
	return ip_is_zero(s->ip) ? hash_bytes(s->mac, sizeof(s->mac), tap) :
				   hash_bytes(s->ip, sizeof(s->ip), tap);
}

uint64_t station_key(uint8_t tap, const struct side *s)
{
	return hash_join(end_key(tap, s), s->station);
}

uint64_t pair_key(const struct obs *o)
{
	return hash_join(end_key(o->rec.tap, &o->actor), end_key(o->rec.tap, &o->device));
}

uint64_t text_hash(const struct obs *o, struct span s)
{
	return s.n == 0 ? 0 : hash_bytes((const uint8_t *)o + s.at, s.n, 0);
}

/* What a fold tells files apart by. */
static uint64_t file_hash(const struct obs *o)
{
	const struct proto *p = proto_at(o->rec.proto);
	struct bytes own = rec_bytes(&o->rec, o->own);

	return p == NULL || !p->transfers || own.n < sizeof(struct transfer_own) ? 0 :
	       hash_bytes(own.p, offsetof(struct transfer_own, entropy), 0);
}

/* As far as a fold tells apart: its first act always came as a record of its own. */
uint64_t kind_of(const struct rule *r, const struct obs *o)
{
	uint64_t h = hash_join(side_hash(&o->actor, 0), side_hash(&o->device, 0));

	h = hash_join(h, (uint64_t)r->number << 32 | (uint64_t)o->rec.tap << 24 | (uint64_t)o->phase << 16 |
				 o->vlan);
	h = hash_join(h, (uint64_t)o->rec.proto << 32 | o->code);
	h = hash_join(h, (uint64_t)o->verb << 48 | (uint64_t)o->object.class << 40 | o->object.count);
	h = hash_join(h, hash_join(o->object.key, text_hash(o, o->who)));
	if (!r->by_value)
		return h;
	h = hash_join(h, hash_join(o->value.digest, o->value.length) ^ file_hash(o));
	h = hash_join(h, hash_join(o->value.one.u, (uint64_t)o->value.items << 16 |
							   (uint64_t)o->value.type << 8 | o->value.bits));
	return hash_join(h, hash_join(text_hash(o, o->note), (uint64_t)o->result << 16 |
				      (uint64_t)o->outcome << 8 | o->trust));
}

/* model/rec_check.c: may this block be used as a record? The one gate between a sensor that may have
 * been taken over and everything that trusts records. It reads nothing outside the block and does no
 * more work than a few times the length of the block. */
#include "model/line.h"
#include "model/obs.h"
#include "model/proto.h"

enum { NESTING = 4, TEXT_TIMES = 8, LIST_TIMES = 2, FRAME_BITS = 38 };

struct check {
	const struct rec *r;
	size_t fixed;		/* bytes of the fixed part */
	size_t lists;		/* bytes that lists may still name: two fields may lay out the same one
				 * (DNS) */
	size_t texts;		/* the same for texts, which may be named more than once */
};

static bool inside(const struct check *c, struct span s)
{
	if (s.n == 0)
		return s.at <= c->r->size;
	return s.at >= c->fixed && s.at <= c->r->size && s.n <= c->r->size - s.at;
}

static bool text_ok(struct check *c, struct span s)
{
	if (!inside(c, s) || s.n > c->texts)
		return false;
	c->texts -= s.n;
	return true;
}

/* Identifiers of ours land in many places unescaped. */
static bool key_ok(struct check *c, struct span s)
{
	if (!text_ok(c, s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t b = ((const uint8_t *)c->r)[s.at + i];

		if (b < 0x20 || b > 0x7e || b == '"' || b == '\\')
			return false;
	}
	return true;
}

static bool array_ok(struct check *c, struct span s, size_t elem)
{
	if (s.n == 0)
		return inside(c, s);
	if (!inside(c, s) || s.at % 8 != 0 || elem == 0 || s.n % elem != 0 || s.n > c->lists)
		return false;
	c->lists -= s.n;
	return true;
}

static struct span span_at(const uint8_t *at)
{
	struct span s;

	memcpy(&s, at, sizeof(s));
	return s;
}

static bool texts_ok(struct check *c, struct span s)
{
	if (!array_ok(c, s, sizeof(struct span)))
		return false;
	for (size_t i = 0; i < s.n; i += sizeof(struct span))
		if (!text_ok(c, span_at((const uint8_t *)c->r + s.at + i)))
			return false;
	return true;
}

static bool members_ok(struct check *c, const struct field *fields, const uint8_t *own, unsigned depth);

static bool list_ok(struct check *c, const struct field *f, struct span s, unsigned depth)
{
	if (depth >= NESTING || !array_ok(c, s, f->elem))
		return false;
	for (size_t i = 0; i < s.n; i += f->elem)
		if (!members_ok(c, f->sub, (const uint8_t *)c->r + s.at + i, depth + 1))
			return false;
	return true;
}

/* Types that hold spans: the others are good whatever their bytes are. */
#define BIT(type) (1u << (type))
enum { SPANS = BIT(FIELD_TEXT) | BIT(FIELD_BYTES) | BIT(FIELD_KEY) | BIT(FIELD_LIST) | BIT(FIELD_TEXTS) };
#undef BIT

static bool members_ok(struct check *c, const struct field *fields, const uint8_t *own, unsigned depth)
{
	for (const struct field *f = fields; f != NULL && f->name != NULL; f++) {
		bool ok = true;

		if ((SPANS >> f->type & 1) == 0)
			continue;
		switch (f->type) {
		case FIELD_TEXT: case FIELD_BYTES:
			ok = text_ok(c, span_at(own + f->at));
			break;
		case FIELD_KEY:
			ok = key_ok(c, span_at(own + f->at));
			break;
		case FIELD_LIST:
			ok = list_ok(c, f, span_at(own + f->at), depth);
			break;
		case FIELD_TEXTS:
			ok = texts_ok(c, span_at(own + f->at));
			break;
		default:
			break;
		}
		if (!ok)
			return false;
	}
	return true;
}

static bool transfer_ok(struct check *c, const uint8_t *own, size_t n)
{
	struct transfer_own t;

	if (n < sizeof(t))
		return false;
	memcpy(&t, own, sizeof(t));
	return text_ok(c, t.name) && key_ok(c, t.magic) && text_ok(c, t.program) &&
	       text_ok(c, t.program_sha256) && (t.program_sha256.n == 0 || t.program_sha256.n == 32) &&
	       t.complete <= 1 && t.entropy >= 0 && t.entropy <= 8;
}

static bool proto_own_ok(struct check *c, const struct proto *p, struct span own)
{
	const uint8_t *at = (const uint8_t *)c->r + own.at;

	if (own.n == 0)
		return true;
	if (p == NULL || own.n != p->own_size || own.at % 8 != 0)
		return false;
	if (p->transfers && !transfer_ok(c, at, own.n))
		return false;
	return members_ok(c, p->fields, at, 0);
}

/* Later differences of times must not overflow. Timers may be due a little after the last frame there can
 * be. */
static bool time_ok(int64_t at_ns)
{
	const int64_t limit = INT64_C(1) << 62;

	_Static_assert(TIME_LIMIT_NS < INT64_C(1) << 62, "frames and their timers are within");
	return at_ns > -limit && at_ns < limit;
}

static bool flow_ok(const struct check *c, struct span own)
{
	struct flow_info info;

	if (own.n != sizeof(info) || own.at % 8 != 0)
		return false;
	memcpy(&info, (const uint8_t *)c->r + own.at, sizeof(info));
	return info.event >= FLOW_OPENED && info.event <= FLOW_CLOSED && info.end <= FLOW_END_CAPTURE &&
	       info.kind < KIND_COUNT && time_ok(info.opened_ns) && time_ok(info.last_ns);
}

static bool health_ok(const struct check *c, struct span own)
{
	struct health h;

	if (own.n != sizeof(h) || own.at % 8 != 0)
		return false;
	memcpy(&h, (const uint8_t *)c->r + own.at, sizeof(h));
	return time_ok(h.minute_ns);
}

static bool own_ok(struct check *c, const struct obs *o)
{
	if (!inside(c, o->own))
		return false;
	switch (o->rec.type) {
	case REC_FLOW:
		return flow_ok(c, o->own);
	case REC_HEALTH:
		return health_ok(c, o->own);
	case REC_ACT: case REC_HIT:
		return proto_own_ok(c, proto_at(o->rec.proto), o->own);
	}
	return o->own.n == 0;
}

static bool value_ok(struct check *c, const struct value *v)
{
	if (v->type >= VAL_TYPES || v->raw.n > VALUE_MAX || v->length < v->raw.n)
		return false;
	if (v->type == VAL_SECRET && (v->raw.n != 0 || v->digest != 0 || v->length != 0 || v->one.u != 0))
		return false;
	return text_ok(c, v->raw);
}

static bool space_ok(const struct obs *o)
{
	const struct proto *p = proto_at(o->rec.proto);

	if (o->object.space == 0)
		return true;
	if (p == NULL || p->spaces == NULL)
		return false;
	for (unsigned i = 0; p->spaces[i].key != NULL; i++)
		if (i + 1 == o->object.space)
			return true;
	return false;
}

static bool tunnels_ok(struct check *c, struct span s)
{
	if (s.n > TUNNELS_KEPT * sizeof(struct tunnel) || !array_ok(c, s, sizeof(struct tunnel)))
		return false;
	for (size_t i = 0; i < s.n; i += sizeof(struct tunnel)) {
		struct tunnel t;

		memcpy(&t, (const uint8_t *)c->r + s.at + i, sizeof(t));
		if (t.kind >= TUNNEL_KINDS)
			return false;
	}
	return true;
}

static bool enums_ok(const struct obs *o)
{
	if (o->verb >= VERB_COUNT || o->outcome >= OUT_COUNT || o->trust > TRUST_GUESS ||
	    o->phase > PHASE_PUSH || o->object.class >= CLASS_COUNT ||
	    o->object.parts > ARRAY_LEN(o->object.part) || o->vlan > 4095)
		return false;
	if ((o->flags & ~FLAGS_KNOWN) != 0 || o->times == 0 || !time_ok(o->since_ns))
		return false;
	return o->rec.type != REC_ACT || (o->verb != VERB_NONE && o->phase >= PHASE_ASK &&
					  o->item < o->items);
}

static bool obs_ok(struct check *c)
{
	const struct obs *o = (const struct obs *)(const void *)c->r;

	if (c->r->size < sizeof(*o))
		return false;
	c->fixed = sizeof(*o);
	return enums_ok(o) && space_ok(o) && value_ok(c, &o->value) && text_ok(c, o->object.name) &&
	       text_ok(c, o->who) && key_ok(c, o->note) && tunnels_ok(c, o->tunnels) && own_ok(c, o);
}

static bool fact_ok(struct check *c)
{
	const struct fact *f = (const struct fact *)(const void *)c->r;

	if (c->r->size < sizeof(*f))
		return false;
	c->fixed = sizeof(*f);
	return f->kind != 0 && f->kind < FACT_KINDS && f->trust <= TRUST_GUESS && text_ok(c, f->text);
}

bool rec_check(const void *block, size_t n)
{
	const struct rec *r = block;

	if (n < sizeof(*r) || n > REC_MAX || n % 8 != 0 || r->size != n)
		return false;
	if (r->frame >> FRAME_BITS != 0 || r->back > r->frame || !time_ok(r->at_ns) ||
	    (r->proto != 0 && proto_at(r->proto) == NULL))
		return false;
	struct check c = { .r = r, .lists = LIST_TIMES * n, .texts = TEXT_TIMES * n };

	switch (r->type) {
	case REC_ACT: case REC_FLOW: case REC_HIT: case REC_LOSS: case REC_HEALTH:
		return obs_ok(&c);
	case REC_FACT:
		return fact_ok(&c);
	case REC_TICK:
		return n == sizeof(*r);
	}
	return false;
}

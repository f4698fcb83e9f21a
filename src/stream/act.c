/* stream/act.c: builds acts and facts, and puts them into the ring under their names.
 *
 * Names do not depend on folding: every act takes three ordinals of its frame, the last for itself, the
 * others for counts that it may end (fold.c). So an act is called the same whether or not others were
 * folded away, and msg, re and fact.from, which repeat names, are the same too. */
#include "stream/shard.h"

#include "core/hash.h"

enum { COUNTS = 2 };		/* most counts one act may send before it */

static uint16_t number_of(struct shard *s, const struct proto *p)
{
	if (p != s->build.proto) {
		s->build.proto = p;
		s->build.number = (uint16_t)(p == NULL ? 0 : proto_number(p));
	}
	return s->build.number;
}

static uint32_t ordinal(const struct shard *s, uint32_t n)
{
	return s->naming.timer | (uint32_t)s->number << 24 | (n < ORDINAL_N ? n : ORDINAL_N);
}

static uint32_t frames_back(const struct shard *s, uint64_t evidence)
{
	uint64_t back = evidence == 0 || evidence > s->naming.frame ? 0 : s->naming.frame - evidence;

	return back < UINT32_MAX ? (uint32_t)back : UINT32_MAX;
}

static void fill_side(struct side *side, const struct flow *f, unsigned end)
{
	memcpy(side->ip, f->ip[end], sizeof(side->ip));
	memcpy(side->mac, f->mac[end], sizeof(side->mac));
	side->port = f->port[end];
}

struct side flow_client(const struct proto_ctx *x)
{
	struct side side = { 0 };

	fill_side(&side, x->flow, 0);
	return side;
}

struct side flow_server(const struct proto_ctx *x)
{
	struct side side = { 0 };

	fill_side(&side, x->flow, 1);
	return side;
}

/* ---- text behind the record being built ---- */

static struct span append(struct builder *b, const void *p, size_t n)
{
	struct obs *o = (struct obs *)(void *)b->bytes;
	size_t fits = min_size(n, REC_MAX - b->used);

	if (fits < n)
		o->flags |= FLAG_CUT;
	if (fits == 0)
		return (struct span){ 0 };
	struct span span = { (uint16_t)b->used, (uint16_t)fits };

	memcpy(b->bytes + b->used, p, fits);
	b->used += fits;
	return span;
}

struct span act_text(struct proto_ctx *x, struct bytes b)
{
	assert(x->shard->build.open);
	return append(&x->shard->build, b.p, b.n);
}

struct span act_str(struct proto_ctx *x, const char *s)
{
	return act_text(x, (struct bytes){ (const uint8_t *)s, strlen(s) });
}

struct span act_room(struct proto_ctx *x, size_t n, void **ret_p)
{
	struct builder *b = &x->shard->build;
	size_t at = align8(b->used);

	assert(b->open);
	if (n == 0 || at > REC_MAX || n > REC_MAX - at) {
		if (n > 0)
			act_built(x->shard)->flags |= FLAG_CUT;
		*ret_p = NULL;
		return (struct span){ 0 };
	}
	memset(b->bytes + b->used, 0, at - b->used + n);
	b->used = at + n;
	*ret_p = b->bytes + at;
	return (struct span){ (uint16_t)at, (uint16_t)n };
}

void *act_own(struct proto_ctx *x, size_t n)
{
	void *p;
	struct span span = act_room(x, n, &p);
	struct obs *o = act_built(x->shard);

	assert(o->own.n == 0);
	o->own = span;
	return p;
}

/* ---- values ---- */

static uint64_t big_endian(const uint8_t *p, size_t n)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		u = u << 8 | p[i];
	return u;
}

static int64_t sign_extended(uint64_t u, size_t n)
{
	uint64_t top = UINT64_C(1) << (8 * n - 1);

	return (int64_t)((u ^ top) - top);
}

static double real_of(uint64_t u, size_t n)
{
	float f;
	double d;
	uint32_t u32 = (uint32_t)u;

	if (n == sizeof(f)) {
		memcpy(&f, &u32, sizeof(f));
		return (double)f;
	}
	memcpy(&d, &u, sizeof(d));
	return d;
}

/* The one item as a number. Of a single packed bit the other bits of its byte are padding. */
static void value_one(struct value *v, struct bytes raw)
{
	if (raw.n == 0 || raw.n > sizeof(v->one))
		return;
	uint64_t u = big_endian(raw.p, raw.n);

	switch (v->type) {
	case VAL_BOOL:
		v->one.u = raw.n == 1 && v->bits == 1 ? u & 1 : u != 0;
		break;
	case VAL_INT:
		v->one.i = sign_extended(u, raw.n);
		break;
	case VAL_UINT:
		v->one.u = u;
		break;
	case VAL_REAL:
		if (raw.n == 4 || raw.n == 8)
			v->one.f = real_of(u, raw.n);
		break;
	default:
		break;
	}
}

void act_value(struct proto_ctx *x, uint8_t type, unsigned bits, unsigned items, struct bytes raw)
{
	struct builder *b = &x->shard->build;
	struct obs *o = act_built(x->shard);
	struct value *v = &o->value;

	assert(b->open && type < VAL_TYPES);
	*v = (struct value){ .type = type };
	if (type == VAL_SECRET)
		return;		/* neither bytes nor digest nor length: all three help a guesser */
	v->bits = (uint8_t)(bits < UINT8_MAX ? bits : UINT8_MAX);
	v->items = (uint16_t)(items < UINT16_MAX ? items : UINT16_MAX);
	v->length = raw.n;
	if (raw.n == 0)
		return;
	v->digest = hash_bytes(raw.p, raw.n, 0);
	if (items == 1)
		value_one(v, raw);
	if (raw.n > VALUE_MAX)
		o->flags |= FLAG_CUT;
	v->raw = append(b, raw.p, min_size(raw.n, VALUE_MAX));
}

/* ---- acts ---- */

void act_message_begins(struct shard *s, uint64_t frame)
{
	s->build.open = false;
	s->build.msg = s->build.re = s->build.last_act = s->build.again = 0;
	s->build.evidence = frame;
	pair_message_begins(s);
	gather_message_begins(s);
}

void act_apart(struct proto_ctx *x)
{
	struct builder *b = &x->shard->build;

	b->open = false;
	b->msg = b->re = b->last_act = b->again = 0;
}

static uint16_t flags_of(const struct proto_ctx *x)
{
	const struct flow *f = x->flow;
	unsigned flags = 0;

	if (x->after_loss || peer_loss(x))
		flags |= FLAG_AFTER_LOSS;
	if (x->midstream)
		flags |= FLAG_MIDSTREAM;
	if (!(f->flags & FLOW_BOTH_WAYS))
		flags |= FLAG_ONE_WAY;
	if (f->flags & FLOW_GROUP)
		flags |= FLAG_TO_GROUP;
	if (!x->ends_known)
		flags |= FLAG_BY_DEVICE;
	if (x->shard->naming.timer != 0)
		flags |= FLAG_TIMEOUT;
	if (f->kind == KIND_TCP)
		flags |= FLAG_TCP;
	else if (f->kind == KIND_UDP)
		flags |= FLAG_UDP;
	else if (f->kind == KIND_SCTP)
		flags |= FLAG_SCTP;
	return (uint16_t)flags;
}

/* In pieces of a cache line, which compilers write as plain stores; of all 240 bytes at once they make a
 * string instruction, which takes longer than all the rest of begin(). */
static void zero(struct obs *o)
{
	uint8_t *p = (uint8_t *)o;

	memset(p, 0, 64);
	memset(p + 64, 0, 64);
	memset(p + 128, 0, 64);
	memset(p + 192, 0, sizeof(*o) - 192);
}

/* The record's fixed part for f, of this type; the text is empty but for who and tunnels. */
static struct obs *begin(struct shard *s, struct flow *f, const struct proto *p, uint8_t type)
{
	struct builder *b = &s->build;
	struct obs *o = act_built(s);

	zero(o);
	b->used = sizeof(*o);
	b->open = true;
	/* Field by field: a whole struct at once would be built on the stack and copied. */
	o->rec.type = type;
	o->rec.tap = f->tap;
	o->rec.proto = number_of(s, p);
	o->rec.at_ns = s->now_ns;
	o->rec.back = frames_back(s, b->evidence);
	o->flow = f->name;
	o->vlan = f->vlan;
	o->items = 1;
	o->times = 1;
	o->since_ns = s->now_ns;
	fill_side(&o->actor, f, 0);
	fill_side(&o->device, f, 1);
	if (f->who != NONE32) {
		struct bytes who = relate_who(s, f);

		o->who = append(b, who.p, who.n);
	}
	if (f->tunnel_count > 0) {
		struct bytes tunnels = flow_tunnels(s, f);

		b->used = align8(b->used);
		o->tunnels = append(b, tunnels.p, tunnels.n);
	}
	return o;
}

struct obs *act_begin(struct proto_ctx *x)
{
	struct obs *o = begin(x->shard, x->flow, x->proto, REC_ACT);

	o->phase = x->from_client ? PHASE_ASK : PHASE_PUSH;
	o->flags = flags_of(x);
	o->re = x->shard->build.re;
	x->flow->flags |= FLOW_SAID;
	return o;
}

struct obs *act_begin_code(struct proto_ctx *x, const struct proto_code *row)
{
	struct obs *o = act_begin(x);

	o->code = row->code;
	o->verb = row->verb;
	o->object.class = row->cls;
	return o;
}

struct obs *act_begin_row(struct proto_ctx *x, const struct proto_code *row, uint32_t code)
{
	struct obs *o = row != NULL ? act_begin_code(x, row) : act_begin(x);

	if (row == NULL) {
		o->code = code;
		o->verb = VERB_CONTROL;
	}
	if (row == NULL || (row->flags & CODE_NAMED))
		o->flags |= FLAG_OPAQUE;
	return o;
}

/* The identity of an object: which device (address, or MAC without one), station, protocol, space,
 * parts, name. */
static uint64_t object_key(const struct obs *o)
{
	const struct locator *l = &o->object;
	uint64_t w[8] = { 0 };

	memcpy(w, o->device.ip, sizeof(o->device.ip));
	if ((w[0] | w[1]) == 0)
		memcpy(w, o->device.mac, sizeof(o->device.mac));
	else
		w[6] = 1;		/* an IP address that looks like a MAC address is none */
	w[2] = o->device.station;
	w[3] = (uint64_t)o->rec.proto << 32 | (uint64_t)l->space << 8 | l->parts;
	/* In this order, or the compiler reads two parts at once, just after they were written one by
	 * one: a stall. */
	w[4] = (uint64_t)l->part[0] << 32 | l->part[1];
	w[5] = (uint64_t)l->part[2] << 32 | l->part[3];
	if (l->name.n > 0)
		w[7] = hash_bytes((const uint8_t *)o + l->name.at, l->name.n, 0);
	return hash_words(w, 0);
}

/* Exchanging the ends, or naming another device, may have taken the group address away. */
static bool still_to_group(const struct side *device)
{
	return ip_is_zero(device->ip) ? mac_is_group(device->mac) :
	       ip_is_group(device->ip) || mac_is_group(device->mac);
}

static void finish(struct builder *b, struct obs *o)
{
	size_t end = align8(b->used);

	memset(b->bytes + b->used, 0, end - b->used);
	o->rec.size = (uint32_t)end;
	b->open = false;
}

/* See the head of this file. */
static void name_act(struct shard *s, struct obs *o)
{
	o->rec.frame = s->naming.frame;
	o->rec.ordinal = ordinal(s, s->naming.n + COUNTS);
	if (s->build.msg == 0)
		s->build.msg = rec_name_of(&o->rec);
	o->msg = s->build.msg;
}

static void into_ring(struct shard *s, const struct rec *r)
{
	s->stats->records++;
	s->stats->record_bytes += r->size;
	void *p = ring_reserve(s->out, r->size);

	if (p == NULL)
		return;		/* nobody reads any more */
	memcpy(p, r, r->size);
	ring_commit(s->out, r->size);
}

uint64_t act_commit(struct shard *s, struct rec *r)
{
	r->frame = s->naming.frame;
	r->ordinal = ordinal(s, s->naming.n++);
	into_ring(s, r);
	return rec_name_of(r);
}

uint64_t act_emit(struct proto_ctx *x)
{
	struct shard *s = x->shard;
	struct builder *b = &s->build;
	struct obs *o = act_built(s);
	struct proto_stats *stats = &s->stats->proto[o->rec.proto % PROTO_MAX];
	uint32_t first = s->naming.n;

	assert(b->open);
	assert(o->verb != VERB_NONE && o->verb < VERB_COUNT);
	assert(o->phase >= PHASE_ASK && o->phase <= PHASE_PUSH);
	if (o->phase != PHASE_ANSWER)
		o->re = 0;
	if ((o->flags & FLAG_TO_GROUP) && !still_to_group(&o->device))
		o->flags &= (uint16_t)~FLAG_TO_GROUP;
	o->object.key = object_key(o);
	finish(b, o);
	name_act(s, o);
	if (o->phase != PHASE_ANSWER)
		stats->acts++;
	b->last_act = rec_name_of(&o->rec);
	if (fold_act(s, x->flow, o))
		stats->folded++;
	else
		into_ring(s, &o->rec);
	s->naming.n = first + COUNTS + 1;
	return b->last_act;
}

bool act_again(struct proto_ctx *x, struct bytes asked, struct bytes answer)
{
	struct shard *s = x->shard;
	struct builder *b = &s->build;
	uint64_t seed = (s->options.seed ^ x->flow->name) + x->depth;

	/* Its own record would be named now, and msg and last_act after it. */
	assert(!b->open && b->msg == 0);
	b->again = hash_bytes(answer.p, answer.n, hash_bytes(asked.p, asked.n, seed)) | 1;
	if (!fold_again(s, x, b->again, frames_back(s, b->evidence)))
		return false;
	struct proto_stats *stats = &s->stats->proto[number_of(s, x->proto) % PROTO_MAX];

	stats->acts++;
	stats->folded++;
	b->again = 0;
	b->msg = b->last_act = rec_name(s->naming.frame, ordinal(s, s->naming.n + COUNTS));
	s->naming.n += COUNTS + 1;
	x->flow->flags |= FLOW_SAID;
	return true;
}

/* ---- malformed ---- */

void act_malformed(struct proto_ctx *x, struct bytes m, const char *why)
{
	struct obs *o = act_begin(x);

	o->verb = VERB_MALFORMED;
	o->phase = x->from_client ? PHASE_ASK : PHASE_PUSH;
	if (why != NULL)
		o->note = act_str(x, why);
	act_value(x, VAL_RAW_BE, 8, (unsigned)min_size(m.n, UINT16_MAX), m);
	act_emit(x);
}

void act_overlap(struct proto_ctx *x, struct bytes first, struct bytes again)
{
	struct obs *o = act_begin(x);

	o->verb = VERB_MALFORMED;
	o->phase = x->from_client ? PHASE_ASK : PHASE_PUSH;
	o->note = act_str(x, "stream.overlap");
	act_value(x, VAL_RAW_BE, 8, (unsigned)min_size(again.n, UINT16_MAX), again);
	o->code = (uint32_t)hash_bytes(first.p, first.n, 0);
	o->result = (uint32_t)o->value.digest;
	act_emit(x);
}

/* ---- facts ---- */

void fact_say(struct proto_ctx *x, const struct side *about, enum fact_kind kind, struct bytes text,
	      uint64_t number, int64_t until_ns, uint8_t trust)
{
	struct shard *s = x->shard;
	_Alignas(8) uint8_t block[REC_MAX];
	struct fact *f = (struct fact *)(void *)block;
	size_t n = min_size(text.n, VALUE_MAX);
	size_t size = align8(sizeof(*f) + n);

	memset(f, 0, sizeof(*f));
	memset(block + size - 8, 0, 8);
	f->rec = (struct rec){ .size = (uint32_t)size, .type = REC_FACT, .tap = x->flow->tap,
			       .proto = number_of(s, x->proto), .at_ns = s->now_ns,
			       .back = frames_back(s, s->build.evidence) };
	f->about = *about;
	f->from = s->build.last_act;
	f->kind = (uint16_t)kind;
	f->trust = trust;
	f->number = number;
	f->until_ns = until_ns;
	if (n > 0) {
		f->text = (struct span){ sizeof(*f), (uint16_t)n };
		memcpy(block + sizeof(*f), text.p, n);
	}
	s->stats->proto[f->rec.proto % PROTO_MAX].facts++;
	act_commit(s, &f->rec);
}

void fact_str(struct proto_ctx *x, const struct side *about, enum fact_kind kind, const char *text)
{
	fact_say(x, about, kind, (struct bytes){ (const uint8_t *)text, strlen(text) }, 0, 0, TRUST_SURE);
}

/* ---- flows ---- */

static struct flow_info info_of(const struct flow *f, uint8_t event, uint8_t end)
{
	struct flow_info info = { .event = event, .end = end, .kind = f->kind, .ip_proto = f->ip_proto,
				  .ether = f->ether, .lsap = f->lsap, .opened_ns = f->opened_ns,
				  .last_ns = f->last_ns, .messages = f->messages,
				  .icmp = { f->icmp[0], f->icmp[1] } };

	for (unsigned i = 0; i < 2; i++) {
		info.tcp_flags[i] = f->half[i].tcp_flags;
		info.frames[i] = f->half[i].frames;
		info.bytes[i] = f->half[i].bytes;
		info.payload[i] = f->half[i].payload;
		info.missing[i] = f->half[i].missing;
	}
	return info;
}

/* Says what happened to a flow, not what a message meant: msg, re and evidence of a message stay out of
 * it. */
uint64_t act_flow(struct shard *s, struct flow *f, uint8_t event, uint8_t end)
{
	struct flow_info info = info_of(f, event, end);
	struct obs *o = begin(s, f, f->spoken != NULL ? f->spoken : relate_innermost(s, f), REC_FLOW);
	struct builder *b = &s->build;

	o->rec.back = 0;
	o->verb = event == FLOW_OPENED ? VERB_OPEN : event == FLOW_CLOSED ? VERB_CLOSE : VERB_REPORT;
	o->object.class = CLASS_SESSION;
	o->phase = PHASE_PUSH;
	if (f->flags & FLOW_MIDSTREAM)
		o->flags |= FLAG_MIDSTREAM;
	if (!(f->flags & FLOW_BOTH_WAYS))
		o->flags |= FLAG_ONE_WAY;
	if (f->flags & FLOW_GROUP)
		o->flags |= FLAG_TO_GROUP;
	if (!(f->flags & FLOW_ENDS_KNOWN))
		o->flags |= FLAG_BY_DEVICE;
	memset(b->bytes + b->used, 0, align8(b->used) - b->used);
	b->used = align8(b->used);
	o->own = append(b, &info, sizeof(info));
	finish(b, o);
	f->said_ns = s->now_ns;
	if (event == FLOW_OPENED)
		f->name = o->flow = rec_name(s->naming.frame, ordinal(s, s->naming.n));
	return act_commit(s, &o->rec);
}

/* model/line.c: see line.h. */
#include "model/line.h"

#include "core/buf.h"
#include "model/object.h"
#include "model/proto.h"

static const char *const types[REC_TYPES] = { "none", "act", "fact", "flow", "hit", "tick", "loss",
					      "health" };

static const char *const facts[FACT_KINDS] = {
	"none", "name", "vendor", "model", "firmware", "serial", "os", "role-hint", "hardware", "place",
	"module", "ip-of-mac", "name-of-ip", "alias", "port-of", "vlan-of", "capability", "serves", "running",
};

static const char *const flags[] = {
	"cut", "after-loss", "midstream", "one-way", "to-group", "flood", "opaque", "rest", "timeout",
	"by-device", "tcp", "udp", "sctp",
};

enum { TRANSPORT = FLAG_TCP | FLAG_UDP | FLAG_SCTP };	/* belongs to the ends, not to what happened */

static const char *const events[] = { "none", "opened", "answered", "update", "closed" };
static const char *const ends[] = { "", "fin", "rst", "timeout", "evicted", "capture" };
static const char *const kinds[] = { "none", "ether", "ip", "icmp", "udp", "tcp", "sctp" };

#define FLOW_ROW(name, type, show) \
	{ #name, type, show, offsetof(struct flow_info, name), NULL, NULL, 0, 0, NULL }
#define FLOW_PAIR(name, member, type) \
	{ name "_to_device", type, SHOW_NONZERO, \
	  offsetof(struct flow_info, member), NULL, NULL, 0, 0, NULL }, \
	{ name "_to_actor", type, SHOW_NONZERO, \
	  offsetof(struct flow_info, member) + sizeof(((struct flow_info *)0)->member[0]), NULL, NULL, 0, 0, \
		  NULL }
#define FLOW_WORD(name, list) \
	{ #name, FIELD_WORD, SHOW_NONZERO, offsetof(struct flow_info, name), NULL, NULL, ARRAY_LEN(list), 0, \
	  list }

static const struct field flow_info_fields[] = {
	FLOW_WORD(event, events),
	FLOW_WORD(end, ends),
	FLOW_WORD(kind, kinds),
	FLOW_ROW(ip_proto, FIELD_U8, SHOW_NONZERO),
	FLOW_ROW(ether, FIELD_U16, SHOW_NONZERO),
	FLOW_ROW(lsap, FIELD_U8, SHOW_NONZERO),
	FLOW_PAIR("tcp_flags", tcp_flags, FIELD_U8),
	FLOW_PAIR("frames", frames, FIELD_U64),
	FLOW_PAIR("bytes", bytes, FIELD_U64),
	FLOW_PAIR("payload", payload, FIELD_U64),
	FLOW_PAIR("missing", missing, FIELD_U64),
	FLOW_ROW(messages, FIELD_U64, SHOW_NONZERO),
	{ 0 }
};

#define HEALTH_ROW(name) \
	{ #name, FIELD_U64, SHOW_NONZERO, offsetof(struct health, name), NULL, NULL, 0, 0, NULL }

static const struct field health_fields[] = {
	HEALTH_ROW(frames), HEALTH_ROW(bytes), HEALTH_ROW(unicast), HEALTH_ROW(group), HEALTH_ROW(both_ways),
	HEALTH_ROW(one_way), HEALTH_ROW(duplicates), HEALTH_ROW(cut), HEALTH_ROW(bad_checksum),
	HEALTH_ROW(dropped),
	{ 0 }
};

/* What own of this record is laid out by; NULL: nothing is known, or there is none. */
static const struct field *rec_fields(const struct rec *r)
{
	const struct proto *p = proto_at(r->proto);

	switch (r->type) {
	case REC_FLOW:
		return flow_info_fields;
	case REC_HEALTH:
		return health_fields;
	case REC_ACT: case REC_HIT:
		return p == NULL ? NULL : p->fields;
	}
	return NULL;
}

/* ---- pieces ---- */

static void key(struct buf *b, const char *name)
{
	buf_char(b, ' ');
	buf_str(b, name);
	buf_char(b, '=');
}

static void key_u64(struct buf *b, const char *name, uint64_t v)
{
	key(b, name);
	buf_u64(b, v);
}

static void quoted(struct buf *b, struct bytes text)
{
	buf_char(b, '"');
	buf_escaped(b, text);
	buf_char(b, '"');
}

/* One end: the IP address and port, else the MAC address, else "-". */
static void side(struct buf *b, const struct side *s)
{
	char text[IP_TEXT];

	if (!ip_is_zero(s->ip)) {
		bool v6 = !ip_is_v4(s->ip) && s->port != 0;

		ip_text(text, s->ip);
		buf_str(b, v6 ? "[" : "");
		buf_str(b, text);
		buf_str(b, v6 ? "]" : "");
		if (s->port != 0) {
			buf_char(b, ':');
			buf_u64(b, s->port);
		}
	} else if (!mac_is_zero(s->mac)) {
		mac_text(text, s->mac);
		buf_str(b, text);
	} else {
		buf_char(b, '-');
	}
}

/* Days since 1970 to a date of the Gregorian calendar (Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms"). */
static void date(struct buf *b, int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;

	buf_digits(b, (uint64_t)(yoe + era * 400 + (month <= 2)), 4);
	buf_char(b, '-');
	buf_digits(b, (uint64_t)month, 2);
	buf_char(b, '-');
	buf_digits(b, (uint64_t)(doy - (153 * mp + 2) / 5 + 1), 2);
}

static void time_text(struct buf *b, int64_t at_ns)
{
	int64_t ns = at_ns % NS_PER_S, s = at_ns / NS_PER_S;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	int64_t day = s / 86400, second = s % 86400;

	if (second < 0) {
		second += 86400;
		day--;
	}
	date(b, day);
	buf_char(b, 'T');
	buf_digits(b, (uint64_t)(second / 3600), 2);
	buf_char(b, ':');
	buf_digits(b, (uint64_t)(second / 60 % 60), 2);
	buf_char(b, ':');
	buf_digits(b, (uint64_t)(second % 60), 2);
	buf_char(b, '.');
	buf_digits(b, (uint64_t)ns, 9);
	buf_char(b, 'Z');
}

static void columns(struct buf *b, const struct rec *r, unsigned show)
{
	bool timer = (r->ordinal & ORDINAL_TIMER) != 0;

	if (show & LINE_FRAME) {
		if (r->back > 0 && r->back <= r->frame) {
			buf_u64(b, r->frame - r->back);
			buf_char(b, '-');
		}
		buf_u64(b, r->frame);
	}
	if (show & LINE_ORDINAL) {
		buf_char(b, timer ? 't' : '.');
		buf_u64(b, r->ordinal & ORDINAL_N);
	}
	if (show & (LINE_FRAME | LINE_ORDINAL))
		buf_char(b, ' ');
	if (show & LINE_TIME) {
		time_text(b, r->at_ns);
		buf_char(b, ' ');
	}
	buf_str(b, r->type < REC_TYPES ? types[r->type] : types[0]);
	const struct proto *p = proto_at(r->proto);

	buf_char(b, ' ');
	buf_str(b, p == NULL ? "-" : p->name);
}

/* ---- values ---- */

static uint64_t item_bits(const uint8_t *p, size_t n)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		u = u << 8 | p[i];
	return u;
}

static void real_item(struct buf *b, const uint8_t *p, size_t n)
{
	uint64_t u = item_bits(p, n);
	uint32_t u32 = (uint32_t)u;
	float f;
	double d;

	if (n == sizeof(f)) {
		memcpy(&f, &u32, sizeof(f));
		buf_f64(b, (double)f);
	} else {
		memcpy(&d, &u, sizeof(d));
		buf_f64(b, d);
	}
}

/* One of several items, big-endian, n bytes. */
static void item(struct buf *b, uint8_t type, const uint8_t *p, size_t n)
{
	uint64_t u = item_bits(p, n), top = UINT64_C(1) << (8 * n - 1);

	if (type == VAL_REAL)
		real_item(b, p, n);
	else if (type == VAL_INT)
		buf_i64(b, (int64_t)((u ^ top) - top));
	else
		buf_u64(b, u);
}

/* Packed bits, the first item in the lowest bit. */
static void bit_items(struct buf *b, const struct value *v, struct bytes raw)
{
	size_t n = min_size(v->items, raw.n * 8);

	for (size_t i = 0; i < n; i++)
		buf_char(b, raw.p[i / 8] >> (i % 8) & 1 ? '1' : '0');
}

static bool is_number(const struct value *v, struct bytes raw)
{
	size_t n = v->bits / 8u;

	if (v->type != VAL_INT && v->type != VAL_UINT && v->type != VAL_REAL && v->type != VAL_BOOL)
		return false;
	if (v->bits % 8 != 0 || n == 0 || n > 8 || raw.n % n != 0)
		return false;
	return v->type != VAL_REAL || n == 4 || n == 8;
}

static void one(struct buf *b, const struct value *v)
{
	if (v->type == VAL_REAL)
		buf_f64(b, v->one.f);
	else if (v->type == VAL_INT)
		buf_i64(b, v->one.i);
	else if (v->type == VAL_TIME)
		time_text(b, v->one.i);
	else
		buf_u64(b, v->one.u);
}

/* "uint16:3", "uint16:[1 2 3]", "bits:1011", "text:\"...\"", "hex:0a0b", "secret". */
static void value(struct buf *b, const struct obs *o)
{
	static const char *const names[VAL_TYPES] = { "none", "bool", "int", "uint", "real", "text", "time",
						      "hex", "hex-le", "secret" };
	const struct value *v = &o->value;
	struct bytes raw = rec_bytes(&o->rec, v->raw);
	bool single = v->items == 1 && (v->type == VAL_INT || v->type == VAL_UINT || v->type == VAL_REAL ||
					v->type == VAL_BOOL || v->type == VAL_TIME);

	if (v->type == VAL_NONE)
		return;
	key(b, "value");
	if (v->type == VAL_BOOL && v->bits == 1 && !single) {
		buf_str(b, "bits:");
		bit_items(b, v, raw);
	} else {
		buf_str(b, names[v->type]);
		if ((v->type == VAL_INT || v->type == VAL_UINT || v->type == VAL_REAL) && v->bits != 0)
			buf_u64(b, v->bits);
		if (v->type != VAL_SECRET)
			buf_char(b, ':');
		if (single) {
			one(b, v);
		} else if (v->type == VAL_TEXT) {
			quoted(b, raw);
		} else if (is_number(v, raw)) {
			size_t n = v->bits / 8u;

			buf_char(b, '[');
			for (size_t i = 0; i < raw.n; i += n) {
				buf_str(b, i > 0 ? " " : "");
				item(b, v->type, raw.p + i, n);
			}
			buf_char(b, ']');
		} else if (v->type != VAL_SECRET) {
			buf_hex(b, raw, '\0');
		}
	}
	if (v->length > raw.n) {
		buf_char(b, '+');
		buf_u64(b, v->length - raw.n);
	}
}

/* ---- the protocol's own struct ---- */

static uint64_t field_number(const struct field *f, const uint8_t *at)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (f->type) {
	case FIELD_U16:
		memcpy(&u16, at, sizeof(u16));
		return u16;
	case FIELD_U32:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case FIELD_U64: case FIELD_I64: case FIELD_F64:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	}
	return *at;
}

static struct bytes field_bytes(const struct rec *r, const uint8_t *at)
{
	struct span span;

	memcpy(&span, at, sizeof(span));
	return rec_bytes(r, span);
}

static bool is_zero(const struct rec *r, const struct field *f, const uint8_t *at)
{
	static const uint8_t zero[16];

	switch (f->type) {
	case FIELD_IP:
		return memcmp(at, zero, 16) == 0;
	case FIELD_MAC:
		return memcmp(at, zero, 6) == 0;
	case FIELD_TEXT: case FIELD_BYTES: case FIELD_KEY: case FIELD_LIST: case FIELD_TEXTS:
		return field_bytes(r, at).n == 0;
	}
	return field_number(f, at) == 0;
}

static bool shown(const struct rec *r, const struct field *f, const uint8_t *own)
{
	if (f->type == FIELD_WORD && own[f->at] >= f->elem)
		return false;
	if (f->show == SHOW_GIVEN)
		return own[f->given] != 0;
	return f->show == SHOW_ALWAYS || !is_zero(r, f, own + f->at);
}

static void members(struct buf *b, const struct rec *r, const struct field *fields, const uint8_t *own);

static void list(struct buf *b, const struct rec *r, const struct field *f, struct bytes all)
{
	buf_char(b, '[');
	for (size_t i = 0; f->elem > 0 && i + f->elem <= all.n; i += f->elem) {
		buf_str(b, i > 0 ? " {" : "{");
		members(b, r, f->sub, all.p + i);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void texts(struct buf *b, const struct rec *r, struct bytes all)
{
	buf_char(b, '[');
	for (size_t i = 0; i + sizeof(struct span) <= all.n; i += sizeof(struct span)) {
		buf_str(b, i > 0 ? " " : "");
		quoted(b, field_bytes(r, all.p + i));
	}
	buf_char(b, ']');
}

static void member(struct buf *b, const struct rec *r, const struct field *f, const uint8_t *at)
{
	uint64_t u = field_number(f, at);
	char text[IP_TEXT];
	double d;

	switch (f->type) {
	case FIELD_I64:
		buf_i64(b, (int64_t)u);
		break;
	case FIELD_F64:
		memcpy(&d, &u, sizeof(d));
		buf_f64(b, d);
		break;
	case FIELD_TEXT:
		quoted(b, field_bytes(r, at));
		break;
	case FIELD_KEY:
		buf_escaped(b, field_bytes(r, at));
		break;
	case FIELD_BYTES:
		buf_hex(b, field_bytes(r, at), '\0');
		break;
	case FIELD_IP:
		ip_text(text, at);
		buf_str(b, text);
		break;
	case FIELD_MAC:
		mac_text(text, at);
		buf_str(b, text);
		break;
	case FIELD_LIST:
		list(b, r, f, field_bytes(r, at));
		break;
	case FIELD_TEXTS:
		texts(b, r, field_bytes(r, at));
		break;
	case FIELD_WORD:
		buf_str(b, u < f->elem ? f->words[u] : "");
		break;
	default:
		buf_u64(b, u);
		break;
	}
}

static void members(struct buf *b, const struct rec *r, const struct field *fields, const uint8_t *own)
{
	bool first = true;

	for (const struct field *f = fields; f->name != NULL; f++) {
		if (!shown(r, f, own))
			continue;
		buf_str(b, first ? "" : " ");
		first = false;
		buf_str(b, f->name);
		buf_char(b, '=');
		member(b, r, f, own + f->at);
	}
}

/* ---- whole records ---- */

static void object(struct buf *b, const struct obs *o)
{
	const struct proto_space *space = object_space(o);
	char text[REC_MAX];
	size_t n = object_text(text, sizeof(text), o);

	if (space == NULL && n == 0)
		return;
	key(b, "object");
	buf_char(b, '"');
	if (space != NULL) {
		buf_str(b, space->key);
		buf_str(b, n > 0 ? " " : "");
	}
	buf_escaped(b, (struct bytes){ (const uint8_t *)text, n });
	buf_char(b, '"');
	/* A format need not say the name; a name that nobody sees would not be tested. */
	struct bytes name = rec_bytes(&o->rec, o->object.name);

	if (space != NULL && name.n > 0 &&
	    (space->format == NULL || strstr(space->format, "{name}") == NULL)) {
		key(b, "name");
		quoted(b, name);
	}
}

static void flag_list(struct buf *b, unsigned bits)
{
	bool first = true;

	for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
		if (!(bits >> i & 1))
			continue;
		if (first)
			key(b, "flags");
		else
			buf_char(b, ',');
		first = false;
		buf_str(b, flags[i]);
	}
}

static void code(struct buf *b, const struct obs *o)
{
	const struct proto *p = proto_at(o->rec.proto);
	const struct proto_code *row = p == NULL ? NULL : proto_code(p, o->code);

	if (o->code == 0 && row == NULL)
		return;
	key(b, "code");
	if (row != NULL)
		buf_str(b, row->key);
	else
		buf_u64(b, o->code);
}

/* The part that all protocols with transfers have in common. */
static void transfer(struct buf *b, const struct rec *r, const uint8_t *own)
{
	struct transfer_own t;

	memcpy(&t, own, sizeof(t));
	if (t.magic.n == 0)
		return;
	buf_str(b, " transfer{size=");
	buf_u64(b, t.size);
	if (t.missing != 0)
		key_u64(b, "missing", t.missing);
	key(b, "sha256");
	buf_hex(b, (struct bytes){ t.sha256, sizeof(t.sha256) }, '\0');
	key(b, "magic");
	buf_escaped(b, rec_bytes(r, t.magic));
	key(b, "entropy");
	buf_f64(b, t.entropy);
	if (t.name.n > 0) {
		key(b, "name");
		quoted(b, rec_bytes(r, t.name));
	}
	if (t.program.n > 0) {
		key(b, "program");
		quoted(b, rec_bytes(r, t.program));
	}
	if (t.program_sha256.n > 0) {
		key(b, "program-sha256");
		buf_hex(b, rec_bytes(r, t.program_sha256), '\0');
	}
	buf_str(b, t.complete ? " complete}" : " incomplete}");
}

static void own(struct buf *b, const struct obs *o)
{
	const struct field *fields = rec_fields(&o->rec);
	const struct proto *p = proto_at(o->rec.proto);
	struct bytes bytes = rec_bytes(&o->rec, o->own);

	if (bytes.n == 0)
		return;
	if (o->rec.type == REC_ACT && p != NULL && p->transfers)
		transfer(b, &o->rec, bytes.p);
	if (fields == NULL)
		return;
	buf_str(b, " own{");
	members(b, &o->rec, fields, bytes.p);
	buf_char(b, '}');
}

static void tunnels(struct buf *b, const struct obs *o)
{
	static const char *const names[TUNNEL_KINDS] = { "none", "gtpu", "vxlan", "gre", "erspan", "ipip" };
	struct bytes all = rec_bytes(&o->rec, o->tunnels);
	char text[IP_TEXT];

	for (size_t i = 0; i + sizeof(struct tunnel) <= all.n; i += sizeof(struct tunnel)) {
		struct tunnel t;

		memcpy(&t, all.p + i, sizeof(t));
		key(b, "tunnel");
		buf_str(b, t.kind < TUNNEL_KINDS ? names[t.kind] : names[0]);
		buf_char(b, ':');
		ip_text(text, t.src);
		buf_str(b, text);
		buf_str(b, "->");
		ip_text(text, t.dst);
		buf_str(b, text);
		buf_char(b, '#');
		buf_u64(b, t.id);
	}
}

static void act_ends(struct buf *b, const struct obs *o, unsigned show)
{
	if (show & LINE_ENDS) {
		buf_char(b, ' ');
		side(b, &o->actor);
		buf_str(b, " -> ");
		side(b, &o->device);
		buf_str(b, o->flags & FLAG_TCP ? " tcp" : o->flags & FLAG_UDP ? " udp" :
			o->flags & FLAG_SCTP ? " sctp" : "");
		if (o->vlan != 0)
			key_u64(b, "vlan", o->vlan);
		tunnels(b, o);
	}
	if (o->actor.station != 0)
		key_u64(b, "actor-station", o->actor.station);
	if (o->device.station != 0)
		key_u64(b, "station", o->device.station);
}

static void act_line(struct buf *b, const struct obs *o, unsigned show)
{
	struct bytes who = rec_bytes(&o->rec, o->who), note = rec_bytes(&o->rec, o->note);

	buf_char(b, ' ');
	buf_str(b, phase_name(o->phase));
	buf_char(b, ' ');
	buf_str(b, word_of(o->verb, o->object.class, o->outcome));
	if (o->outcome != OUT_UNKNOWN) {
		buf_char(b, ' ');
		buf_str(b, outcome_name(o->outcome));
	}
	act_ends(b, o, show);
	code(b, o);
	object(b, o);
	if (o->object.count != 0)
		key_u64(b, "count", o->object.count);
	value(b, o);
	if (who.n > 0) {
		key(b, "who");
		quoted(b, who);
	}
	if (o->result != 0)
		key_u64(b, "result", o->result);
	if (o->times != 1)
		key_u64(b, "times", o->times);
	if ((show & LINE_TIME) && o->since_ns != o->rec.at_ns) {
		key(b, "since");
		time_text(b, o->since_ns);
	}
	flag_list(b, o->flags & ~(unsigned)TRANSPORT);
	if (o->trust != TRUST_SURE) {
		key(b, "trust");
		buf_str(b, trust_name(o->trust));
	}
	if (note.n > 0) {
		key(b, "note");
		buf_escaped(b, note);
	}
	own(b, o);
	if (o->items > 1) {
		key_u64(b, "item", o->item);
		buf_char(b, '/');
		buf_u64(b, o->items);
	}
}

/* What a fact is about stays, also without LINE_ENDS: it is what the fact says. */
static void fact_line(struct buf *b, const struct fact *f, unsigned show)
{
	char mac[MAC_TEXT];

	buf_char(b, ' ');
	buf_str(b, f->kind < FACT_KINDS ? facts[f->kind] : facts[0]);
	key(b, "about");
	side(b, &f->about);
	if (!ip_is_zero(f->about.ip) && !mac_is_zero(f->about.mac) &&
	    ((show & LINE_ENDS) || f->kind == FACT_IP_OF_MAC)) {
		mac_text(mac, f->about.mac);
		key(b, "mac");
		buf_str(b, mac);
	}
	if (f->about.station != 0)
		key_u64(b, "station", f->about.station);
	if (f->text.n > 0) {
		key(b, "text");
		quoted(b, rec_bytes(&f->rec, f->text));
	}
	if (f->number != 0)
		key_u64(b, "number", f->number);
	if (f->until_ns != 0) {		/* as a distance: stable wherever the capture lies in time */
		key(b, "for-s");
		buf_i64(b, f->until_ns / NS_PER_S - f->rec.at_ns / NS_PER_S);
	}
	if (f->trust != TRUST_SURE) {
		key(b, "trust");
		buf_str(b, trust_name(f->trust));
	}
}

size_t rec_line(char *out, size_t cap, const struct rec *r, unsigned show)
{
	struct buf b = buf_over(out, cap);

	columns(&b, r, show);
	if (r->type == REC_FACT)
		fact_line(&b, (const struct fact *)(const void *)r, show);
	else if (r->type != REC_TICK)
		act_line(&b, (const struct obs *)(const void *)r, show);
	return b.n;
}

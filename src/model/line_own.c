/* model/line_own.c: the struct behind a record in its line, member by member as its fields lay it out. */
#include "model/line_parts.h"

#include <string.h>

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
		line_quoted(b, field_bytes(r, all.p + i));
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
		line_quoted(b, field_bytes(r, at));
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
		line_key_u64(b, "missing", t.missing);
	line_key(b, "sha256");
	buf_hex(b, (struct bytes){ t.sha256, sizeof(t.sha256) }, '\0');
	line_key(b, "magic");
	buf_escaped(b, rec_bytes(r, t.magic));
	line_key(b, "entropy");
	buf_f64(b, t.entropy);
	if (t.name.n > 0) {
		line_key(b, "name");
		line_quoted(b, rec_bytes(r, t.name));
	}
	if (t.program.n > 0) {
		line_key(b, "program");
		line_quoted(b, rec_bytes(r, t.program));
	}
	if (t.program_sha256.n > 0) {
		line_key(b, "program-sha256");
		buf_hex(b, rec_bytes(r, t.program_sha256), '\0');
	}
	buf_str(b, t.complete ? " complete}" : " incomplete}");
}

void line_own(struct buf *b, const struct obs *o)
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

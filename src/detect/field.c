/* detect/field.c: the fields rules may ask for: their names, their words, and their values in an act. */
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "detect/around.h"
#include "detect/rule.h"
#include "model/meaning.h"
#include "model/object.h"

static const struct { const char *name; uint8_t type, flags; } fields[RF_COUNT] = {
#define FIELD_ROW(id, name, type, flags) { name, type, flags },
	RULE_FIELDS(FIELD_ROW)
#undef FIELD_ROW
};

const char *field_name(unsigned id) { return id < RF_COUNT ? fields[id].name : ""; }
uint8_t field_type(unsigned id) { return id < RF_COUNT ? fields[id].type : VT_TEXT; }
uint8_t field_flags(unsigned id) { return id < RF_COUNT ? fields[id].flags : FF_APART; }

/* ---- names ---- */

static uint8_t own_type(uint8_t type)
{
	switch (type) {
	case FIELD_TEXT: case FIELD_BYTES: case FIELD_KEY: case FIELD_TEXTS: case FIELD_WORD: return VT_TEXT;
	case FIELD_IP: return VT_IP;
	case FIELD_MAC: return VT_MAC;
	case FIELD_BOOL: return VT_BOOL;
	}
	return VT_NUMBER;
}

static const struct field *member(const struct field *f, const char *name, size_t n)
{
	for (; f != NULL && f->name != NULL; f++)
		if (strlen(f->name) == n && memcmp(f->name, name, n) == 0)
			return f;
	return NULL;
}

/* "http.user_agent", "dns.answers.rdata". */
static bool find_own(const char *name, struct field_ref *ret)
{
	const char *dot = strchr(name, '.');
	char proto[32];

	if (dot == NULL || (size_t)(dot - name) >= sizeof(proto))
		return false;
	memcpy(proto, name, (size_t)(dot - name));
	proto[dot - name] = '\0';

	const struct proto *p = proto_named(proto);
	const char *rest = dot + 1, *second = strchr(rest, '.');
	size_t n = second == NULL ? strlen(rest) : (size_t)(second - rest);
	const struct field *f = p == NULL ? NULL : member(p->fields, rest, n);

	if (f == NULL || (f->type == FIELD_LIST) != (second != NULL))
		return false;
	const struct field *sub = second == NULL ? NULL : member(f->sub, second + 1, strlen(second + 1));

	if (second != NULL && (sub == NULL || sub->type == FIELD_LIST || sub->type == FIELD_TEXTS))
		return false;
	*ret = (struct field_ref){ .id = RF_OWN, .type = own_type(sub != NULL ? sub->type : f->type),
				   .flags = FF_APART, .proto = (uint16_t)proto_number(p), .own = f,
				   .sub = sub };
	return true;
}

bool field_find(const char *name, struct field_ref *ret)
{
	for (unsigned i = 0; i < RF_COUNT; i++) {
		if (strcmp(fields[i].name, name) != 0)
			continue;
		*ret = (struct field_ref){ .id = (uint8_t)i,
					   .type = fields[i].type,
					   .flags = fields[i].flags };
		return true;
	}
	return find_own(name, ret);
}

/* ---- words ---- */

/* The i-th role of content/text/roles.yml. Looked for among all texts once: rules ask for roles with every
 * act. */
static const char *role_word(unsigned i)
{
	enum { ROLES_MAX = 64 };
	static _Thread_local const char *roles[ROLES_MAX];
	static _Thread_local unsigned count;
	bool known = count > 0;
	const char *key;

	for (size_t k = 0; !known && count < ROLES_MAX && (key = text_key_at(k)) != NULL; k++)
		if (strncmp(key, "roles.", 6) == 0 && strncmp(key + 6, "why-", 4) != 0)
			roles[count++] = key + 6;
	return i < count ? roles[i] : NULL;
}

static const char *proto_word(unsigned i)
{
	const struct proto *p = i == 0 ? NULL : proto_at(i);

	return i == 0 ? "none" : p == NULL ? NULL : p->name;
}

const char *field_word(const struct site *site, unsigned id, unsigned i)
{
	static const char *const transports[] = { "none", "tcp", "udp", "sctp" };

	switch (id) {
	case RF_PROTOCOL: return proto_word(i);
	case RF_VERB: return i < VERB_COUNT ? verb_name((uint8_t)i) : NULL;
	case RF_CLASS: return i < CLASS_COUNT ? class_name((uint8_t)i) : NULL;
	case RF_WORD: return word_at(i);
	case RF_PHASE: return i <= PHASE_PUSH ? phase_name((uint8_t)i) : NULL;
	case RF_OUTCOME: return i < OUT_COUNT ? outcome_name((uint8_t)i) : NULL;
	case RF_TRUST: return i <= TRUST_GUESS ? trust_name((uint8_t)i) : NULL;
	case RF_TRANSPORT: return i < ARRAY_LEN(transports) ? transports[i] : NULL;
	case RF_OBJECT_CATEGORY: return i < CATEGORIES ? category_name(i) : NULL;
	case RF_ACTOR_ROLE: case RF_DEVICE_ROLE: return role_word(i);
	case RF_ACTOR_ZONE: case RF_DEVICE_ZONE: return i < site->zone_count ? site->zones[i] : NULL;
	}
	return NULL;
}

int field_word_number(const struct site *site, unsigned id, const char *word)
{
	const char *w;

	for (int i = 0; (w = field_word(site, id, (unsigned)i)) != NULL; i++)
		if (strcmp(w, word) == 0)
			return i;
	return -1;
}

/* ---- values ---- */

static bool number(struct val *v, long double n)
{
	v->number = n;
	return true;
}

static bool boolean(struct val *v, bool b)
{
	v->number = b;
	return true;
}

static bool words_of(struct val *v, const char *s)
{
	v->text = (struct bytes){ (const uint8_t *)s, strlen(s) };
	return *s != '\0';
}

static bool bytes_of(struct val *v, const struct obs *o, struct span s)
{
	v->text = rec_bytes(&o->rec, s);
	return s.n > 0;
}

static bool ip_of(struct val *v, const struct side *s)
{
	memcpy(v->address, s->ip, sizeof(v->address));
	return !ip_is_zero(s->ip);
}

static bool mac_of(struct val *v, const struct side *s)
{
	memcpy(v->address, s->mac, sizeof(s->mac));
	return !mac_is_zero(s->mac);
}

bool value_number(const struct obs *o, long double *ret)
{
	const struct value *x = &o->value;

	if (x->items != 1)
		return false;
	switch (x->type) {
	case VAL_BOOL: case VAL_UINT: *ret = x->one.u; return true;
	case VAL_INT: *ret = x->one.i; return true;
	/* not for infinities and NaN */
	case VAL_REAL: *ret = x->one.f; return x->one.f - x->one.f == 0.0;
	}
	return false;
}

static bool hex_of(struct val *v, const struct subject *s, struct bytes b)
{
	struct buf out = buf_over(s->room, s->room_size);

	buf_hex(&out, (struct bytes){ b.p, min_size(b.n, (s->room_size - 1) / 2) }, 0);
	v->text = (struct bytes){ (const uint8_t *)s->room, min_size(out.n, s->room_size - 1) };
	return b.n > 0;
}

/* ---- the own struct ---- */

static long double own_number(const uint8_t *at, uint8_t type)
{
	uint64_t u = 0;
	double f;

	switch (type) {
	case FIELD_U8: case FIELD_BOOL: case FIELD_WORD: return *at;
	case FIELD_U16: memcpy(&u, at, 2); return u;
	case FIELD_U32: memcpy(&u, at, 4); return u;
	case FIELD_U64: memcpy(&u, at, 8); return u;
	case FIELD_I64: memcpy(&u, at, 8); return (int64_t)u;
	case FIELD_F64: memcpy(&f, at, 8); return f - f == 0.0 ? (long double)f : 0;
	}
	return 0;
}

static bool member_get(const struct subject *s, const uint8_t *base, const struct field *f, struct val *v)
{
	const uint8_t *at = base + f->at;
	struct span span = { 0, 0 };

	if (f->show == SHOW_GIVEN && base[f->given] == 0)
		return false;
	switch (f->type) {
	case FIELD_TEXT: case FIELD_KEY: case FIELD_BYTES:
		memcpy(&span, at, sizeof(span));
		return f->type == FIELD_BYTES ? hex_of(v, s, rec_bytes(&s->o->rec, span)) :
						bytes_of(v, s->o, span);
	case FIELD_WORD: return *at < f->elem && words_of(v, f->words[*at]);
	case FIELD_IP: memcpy(v->address, at, 16); return !ip_is_zero(at);
	case FIELD_MAC: memcpy(v->address, at, 6); return !mac_is_zero(at);
	}
	return number(v, own_number(at, f->type));
}

static bool own_get(const struct subject *s, const struct field_ref *f, unsigned i, struct val *v)
{
	const struct obs *o = s->o;
	const struct proto *p = proto_at(o->rec.proto);
	struct bytes own = rec_bytes(&o->rec, o->own), list;
	struct span span;

	if (o->rec.proto != f->proto || p == NULL || own.n < p->own_size)
		return false;
	if (f->own->type != FIELD_LIST && f->own->type != FIELD_TEXTS)
		return i == 0 && member_get(s, own.p, f->own, v);
	memcpy(&span, own.p + f->own->at, sizeof(span));
	list = rec_bytes(&o->rec, span);
	if (f->own->type == FIELD_TEXTS) {
		if ((i + 1) * sizeof(span) > list.n)
			return false;
		memcpy(&span, list.p + i * sizeof(span), sizeof(span));
		v->text = rec_bytes(&o->rec, span);
		return true;
	}
	if (f->own->elem == 0 || ((size_t)i + 1) * f->own->elem > list.n)
		return false;
	if (!member_get(s, list.p + (size_t)i * f->own->elem, f->sub, v))
		*v = (struct val){ .number = -1 };	/* empty here; later elements may have it */
	return true;
}

static bool file_get(const struct subject *s, unsigned id, struct val *v)
{
	const struct obs *o = s->o;
	const struct proto *p = proto_at(o->rec.proto);
	struct bytes own = rec_bytes(&o->rec, o->own);
	struct transfer_own t;

	if (p == NULL || !p->transfers || own.n < sizeof(t))
		return false;
	memcpy(&t, own.p, sizeof(t));
	if (t.magic.n == 0)
		return false;
	switch (id) {
	case RF_FILE_NAME: return bytes_of(v, o, t.name);
	case RF_FILE_SIZE: return number(v, t.size);
	case RF_FILE_MISSING: return number(v, t.missing);
	case RF_FILE_SHA256: return hex_of(v, s, (struct bytes){ t.sha256, sizeof(t.sha256) });
	case RF_FILE_MAGIC: return bytes_of(v, o, t.magic);
	case RF_FILE_ENTROPY: return number(v, t.entropy);
	case RF_FILE_PROGRAM: return bytes_of(v, o, t.program);
	case RF_FILE_PROGRAM_SHA256: return hex_of(v, s, rec_bytes(&o->rec, t.program_sha256));
	}
	return boolean(v, t.complete != 0);
}

/* ---- the act ---- */

static bool object_get(const struct subject *s, unsigned id, struct val *v)
{
	const struct locator *l = &s->o->object;

	switch (id) {
	case RF_OBJECT:
		v->text = around_object(s->around, s->o);
		return v->text.n > 0;
	case RF_OBJECT_SPACE:
		return number(v, (uint64_t)s->o->rec.proto << 32 | l->space) && l->space != 0;
	case RF_OBJECT_NAME: return bytes_of(v, s->o, l->name);
	case RF_OBJECT_COUNT: return number(v, l->count);
	}
	unsigned part = id - RF_OBJECT_PART0;

	return part < l->parts && number(v, l->part[part]);
}

/* What a table or the plant says the object is. */
static bool meaning_get(const struct subject *s, unsigned id, struct val *v)
{
	struct object_meaning m;
	char *room = s->room;

	if (!object_meaning(s->o, &m))
		return false;
	if (id == RF_OBJECT_CATEGORY)
		return number(v, m.category);
	snprintf(room, s->room_size, "%s", m.key);	/* it may lie in what is asked next */
	return words_of(v, room);
}

static bool flag_get(const struct obs *o, unsigned id, struct val *v)
{
	uint16_t flag = id == RF_TO_GROUP ? FLAG_TO_GROUP : id == RF_MIDSTREAM ? FLAG_MIDSTREAM :
			id == RF_OPAQUE ? FLAG_OPAQUE : FLAG_FLOOD;

	return boolean(v, (o->flags & flag) != 0);
}

static bool value_get(const struct subject *s, unsigned id, struct val *v)
{
	const struct value *x = &s->o->value;

	switch (id) {
	case RF_VALUE: return value_number(s->o, &v->number);
	case RF_VALUE_LENGTH: return number(v, x->length) && x->type != VAL_NONE;
	case RF_VALUE_ITEMS: return number(v, x->items) && x->type != VAL_NONE;
	}
	return x->type == VAL_TEXT ? bytes_of(v, s->o, x->raw) :
	       x->type != VAL_SECRET && hex_of(v, s, rec_bytes(&s->o->rec, x->raw));
}

static bool side_get(const struct side *side, unsigned id, struct val *v)
{
	switch (id) {
	case RF_ACTOR_IP: case RF_DEVICE_IP: return ip_of(v, side);
	case RF_ACTOR_MAC: case RF_DEVICE_MAC: return mac_of(v, side);
	case RF_ACTOR_PORT: case RF_DEVICE_PORT: return number(v, side->port);
	}
	return number(v, side->station);
}

static bool act_get(const struct subject *s, unsigned id, struct val *v)
{
	const struct obs *o = s->o;

	switch (id) {
	case RF_PROTOCOL: return number(v, o->rec.proto);
	case RF_VERB: return number(v, o->verb);
	case RF_CLASS: return number(v, o->object.class);
	case RF_WORD: return number(v, around_word(s->around, o));
	case RF_PHASE: return number(v, o->phase);
	case RF_OUTCOME: return number(v, o->outcome);
	case RF_TRUST: return number(v, o->trust);
	case RF_CODE: return number(v, (uint64_t)o->rec.proto << 32 | o->code);
	case RF_RESULT: return number(v, o->result);
	case RF_NOTE: return bytes_of(v, o, o->note);
	case RF_TRANSPORT:
		return number(v, o->flags & FLAG_TCP ? 1 : o->flags & FLAG_UDP ? 2 :
				 o->flags & FLAG_SCTP ? 3 : 0);
	case RF_VLAN: return number(v, o->vlan);
	case RF_TAP: return number(v, o->rec.tap);
	case RF_ITEMS: return number(v, o->items);
	case RF_WHO: return bytes_of(v, o, o->who);
	case RF_TO_GROUP: case RF_MIDSTREAM: case RF_OPAQUE: case RF_FLOOD: return flag_get(o, id, v);
	case RF_ACTOR_IP: case RF_ACTOR_MAC: case RF_ACTOR_PORT: case RF_ACTOR_STATION:
		return side_get(&o->actor, id, v);
	case RF_DEVICE_IP: case RF_DEVICE_MAC: case RF_DEVICE_PORT: case RF_DEVICE_STATION:
		return side_get(&o->device, id, v);
	}
	return around_get(s, id, v);
}

bool field_get(const struct subject *s, const struct field_ref *f, unsigned i, struct val *v)
{
	if (f->id == RF_OWN)
		return own_get(s, f, i, v);
	if (i > 0)
		return false;
	if (f->id >= RF_FILE_NAME)
		return file_get(s, f->id, v);
	if (f->id >= RF_OBJECT && f->id <= RF_OBJECT_COUNT)
		return object_get(s, f->id, v);
	if (f->id == RF_OBJECT_MEANING || f->id == RF_OBJECT_CATEGORY)
		return meaning_get(s, f->id, v);
	if (f->id >= RF_VALUE && f->id <= RF_VALUE_ITEMS)
		return value_get(s, f->id, v);
	return act_get(s, f->id, v);
}

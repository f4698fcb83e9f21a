/* output/eve_act.c: acts as EVE lines: Suricata's object of the protocol, and ours with all that is known. */
#include <string.h>

#include "model/meaning.h"
#include "model/object.h"
#include "output/eve_line.h"

/* ---- the koban object of an act ---- */

static void write_number_value(struct json *j, const struct value *v)
{
	switch (v->type) {
	case VAL_BOOL: json_bool(j, v->one.u != 0); return;
	case VAL_INT: json_i64(j, v->one.i); return;
	case VAL_REAL: json_f64(j, v->one.f); return;
	}
	json_u64(j, v->one.u);
}

static const char *value_type(uint8_t type)
{
	static const char *const names[VAL_TYPES] = { "none", "bool", "int", "uint", "real", "text", "time",
						      "bytes", "bytes-le", "secret" };

	return type < VAL_TYPES ? names[type] : "none";
}

/* Several items of one width, most significant byte first. */
static void write_items(struct json *j, const struct value *v, struct bytes raw)
{
	size_t width = v->bits / 8;

	json_key_open(j, "items", '[');
	for (size_t at = 0; at + width <= raw.n && at / width < v->items; at += width) {
		uint64_t n = 0;

		for (size_t i = 0; i < width; i++)
			n = n << 8 | raw.p[at + i];
		if (v->type == VAL_INT && width < 8)
			json_i64(j, (int64_t)(n << (64 - width * 8)) >> (64 - width * 8));
		else
			json_u64(j, n);
	}
	json_close(j, ']');
}

static void write_bits(struct json *j, const struct value *v, struct bytes raw)
{
	json_key_open(j, "items", '[');
	for (unsigned i = 0; i < v->items && i / 8 < raw.n; i++)
		json_u64(j, raw.p[i / 8] >> i % 8 & 1);
	json_close(j, ']');
}

static void write_value(struct json *j, const struct obs *o)
{
	const struct value *v = &o->value;
	struct bytes raw = rec_bytes(&o->rec, v->raw);

	if (v->type == VAL_NONE)
		return;
	json_key_open(j, "value", '{');
	json_key_word(j, "type", value_type(v->type));
	if (v->type != VAL_SECRET && v->type != VAL_TEXT && v->items == 1 && v->type < VAL_TEXT) {
		json_key(j, "one");
		write_number_value(j, v);
	} else if (v->type == VAL_TEXT) {
		json_key_bytes(j, "text", raw);
	} else if (v->type == VAL_BOOL && v->bits == 1) {
		write_bits(j, v, raw);
	} else if ((v->type == VAL_UINT || v->type == VAL_INT) &&
		   (v->bits == 8 || v->bits == 16 || v->bits == 32 ||
								  v->bits == 64)) {
		write_items(j, v, raw);
	} else if (v->type != VAL_SECRET) {
		json_key(j, "hex");
		json_hex(j, raw, 0);
	}
	if (v->length > 0)
		json_key_u64(j, "length", v->length);
	json_close(j, '}');
}

static void write_object(struct json *j, const struct obs *o)
{
	char text[1024];
	size_t n = object_text(text, sizeof(text), o);
	const struct proto_space *space = object_space(o);

	if (n > 0) {
		json_key_bytes(j, "object", (struct bytes){ (const uint8_t *)text, n });
	}
	if (space != NULL)
		json_key_word(j, "space", space->key);
	if (o->object.count > 0)
		json_key_u64(j, "count", o->object.count);
	struct object_meaning m;

	if (object_meaning(o, &m) && !m.area)	/* that says no more than the space */
		eve_meaning(j, &m);
}

/* What differs from item to item of one message. */
static void write_item(struct json *j, const struct obs *o, const struct obs *answer)
{
	const struct obs *last = answer != NULL ? answer : o;

	write_object(j, o);
	write_value(j, answer != NULL && o->value.type == VAL_NONE ? answer : o);
	json_key_word(j, "outcome", outcome_name(last->outcome));
	if (last->result != 0)
		json_key_u64(j, "result", last->result);
	if (last->note.n > 0) {
		json_key_bytes(j, "note", rec_bytes(&last->rec, last->note));
	}
}

/* The protocol's own fields that Suricata's object has no place for. */
static void write_rest(struct eve *e, const struct proto *p, const struct obs *ask, const struct obs *answer)
{
	struct json *j = &e->json;
	struct json before = *j;	/* nothing to say: as if the key had not been written */

	json_key_open(j, p->name, '{');
	if (own_write(e->own, j, ask, answer, p->eve == NULL ? OWN_KOBAN : OWN_REST)) {
		json_close(j, '}');
	} else {
		j->n = before.n;
		j->comma = before.comma;
	}
}

/* What an NC program that crossed calls itself, and its canonical hash. */
static void write_program(struct json *j, const struct obs *o)
{
	struct transfer_own f;

	if (!eve_file_of(o, &f) || (f.program.n == 0 && f.program_sha256.n == 0))
		return;
	json_key_open(j, "program", '{');
	if (f.program.n > 0)
		json_key_bytes(j, "name", rec_bytes(&o->rec, f.program));
	if (f.program_sha256.n > 0) {
		json_key(j, "sha256");
		json_hex(j, rec_bytes(&o->rec, f.program_sha256), 0);
	}
	json_close(j, '}');
}

static void write_koban(struct eve *e, const struct proto *p, const struct group *asks,
			const struct group *answers)
{
	struct json *j = &e->json;
	size_t at = 0, answer_at = 0;
	const struct obs *o = group_at(asks, &at);
	const struct obs *answer = answers == NULL ? NULL : group_at(answers, &answer_at);
	const struct obs *answer_first = answer;
	const struct proto_code *code = p == NULL ? NULL : proto_code(p, o->code);
	const struct obs *last = answer == NULL ? o : answer;

	json_key_open(j, "koban", '{');
	json_key_word(j, "proto", p == NULL ? "koban" : p->name);
	json_key_word(j, "verb", word_of(o->verb, o->object.class, last->outcome));
	json_key_word(j, "class", class_name(o->object.class));
	json_key_word(j, "phase", phase_name(o->phase));
	json_key_word(j, "trust", trust_name(o->trust));
	json_key_u64(j, "code", o->code);
	if (code != NULL)
		json_key_word(j, "code_name", code->key);
	if (o->device.station != 0)
		json_key_u64(j, "station", o->device.station);
	if (o->who.n > 0) {
		json_key_bytes(j, "who", rec_bytes(&o->rec, o->who));
	}
	write_item(j, o, answer);
	if (asks->count + asks->left_out > 1) {
		json_key_open(j, "more", '[');
		while ((o = group_at(asks, &at)) != NULL) {
			answer = answers == NULL ? NULL : group_at(answers, &answer_at);
			json_open(j, '{');
			write_item(j, o, answer);
			json_close(j, '}');
		}
		json_close(j, ']');
	}
	at = 0;
	o = group_at(asks, &at);
	write_program(j, o);
	if (o->times > 1) {
		json_key_u64(j, "times", o->times);
		json_key_time(j, "since", o->since_ns);
	}
	eve_flags(j, o->flags | last->flags);
	eve_tunnels(j, o);
	if (p != NULL)
		write_rest(e, p, o, answer_first);
	json_key_open(j, "frames", '[');
	json_u64(j, o->rec.frame - o->rec.back);
	json_u64(j, last->rec.frame);
	json_close(j, ']');
	json_close(j, '}');
}

/* ---- events ---- */

static void write_own(struct eve *e, const struct proto *p, const struct obs *ask, const struct obs *answer)
{
	struct json *j = &e->json;

	if (p == NULL || p->eve == NULL)
		return;
	json_key_open(j, p->eve, '{');
	own_write(e->own, j, ask, answer, OWN_EVE);
	json_close(j, '}');
}

/* What an act begins with; from: the end that spoke. */
static struct eve_head head_of(const struct obs *o, const char *type, bool from_actor)
{
	return (struct eve_head){
		.type = type, .app_proto = eve_app_proto(proto_at(o->rec.proto)), .at_ns = o->rec.at_ns,
		.flow = o->flow, .frame = o->rec.frame, .from = from_actor ? &o->actor : &o->device,
		.to = from_actor ? &o->device : &o->actor, .vlan = o->vlan, .tap = o->rec.tap,
		.ip_proto = obs_transport(o),
	};
}

bool eve_file_of(const struct obs *o, struct transfer_own *ret_file)
{
	const struct proto *p = proto_at(o->rec.proto);

	if (p == NULL || !p->transfers || o->own.n < sizeof(*ret_file))
		return false;
	memcpy(ret_file, (const uint8_t *)o + o->own.at, sizeof(*ret_file));
	return ret_file->magic.n > 0;
}

static void write_file(struct json *j, const struct obs *o, const struct transfer_own *f)
{
	json_key_open(j, "fileinfo", '{');
	json_key_bytes(j, "filename", rec_bytes(&o->rec, f->name));
	json_key_bytes(j, "magic", rec_bytes(&o->rec, f->magic));
	json_key_bool(j, "gaps", f->missing > 0);
	json_key_word(j, "state", f->complete ? "CLOSED" : "TRUNCATED");
	json_key(j, "sha256");
	json_hex(j, (struct bytes){ f->sha256, sizeof(f->sha256) }, 0);
	json_key_bool(j, "stored", false);
	json_key_u64(j, "size", f->size);
	json_close(j, '}');
}

/* Suricata's src is the end that sends the file: who writes or publishes it; otherwise it is brought. */
static bool actor_sends(const struct obs *o)
{
	return verb_changes(o->verb) || o->verb == VERB_PUBLISH;
}

void eve_fileinfo(struct eve *e, const struct obs *o, const struct transfer_own *f)
{
	const struct proto *p = proto_at(o->rec.proto);
	const struct group alone = { .p = (uint8_t *)(uintptr_t)o, .n = o->rec.size, .count = 1 };
	const struct eve_head h = head_of(o, "fileinfo", actor_sends(o));

	eve_line_begin(e);
	eve_head(e, &h);
	write_own(e, p, o, NULL);
	write_file(&e->json, o, f);
	if (!e->options.strict)
		write_koban(e, p, &alone, NULL);
	eve_line_end(e);
}

void eve_message(struct eve *e, const struct group *asks, const struct group *answers)
{
	size_t at = 0, answer_at = 0;
	const struct obs *o = group_at(asks, &at);
	const struct obs *answer = answers == NULL ? NULL : group_at(answers, &answer_at);
	const struct proto *p = proto_at(o->rec.proto);
	const char *type = p == NULL ? "koban" : eve_app_proto(p);

	if (e->options.strict && (p == NULL || p->eve == NULL || o->verb == VERB_MALFORMED))
		return;
	const struct eve_head h = head_of(o, type, true);

	eve_line_begin(e);
	eve_head(e, &h);
	write_own(e, p, o, answer);
	if (!e->options.strict)
		write_koban(e, p, asks, answers);
	eve_line_end(e);
}

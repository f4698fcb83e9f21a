/* output/eve.c: see eve.h. */
#include "output/eve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/json.h"
#include "model/object.h"
#include "output/community_id.h"
#include "output/own.h"
#include "output/pending.h"

enum { FLUSH_BYTES = 256 * 1024, PATH_ROOM = 4096 };

struct eve {
	struct eve_options options;
	struct json json;
	struct group now;		/* acts of the message being received */
	struct pending *pending;
	int fd;
	int error;			/* the first that happened; negative errno */
	bool to_rename;
	uint64_t lines;
	char path[PATH_ROOM], temporary[PATH_ROOM];
};

/* ---- the stream ---- */

static void flush(struct eve *e)
{
	size_t done = 0;

	if (e->json.failed && e->error == 0)
		e->error = -ENOMEM;
	while (e->error == 0 && done < e->json.n) {
		ssize_t n = write(e->fd, e->json.p + done, e->json.n - done);

		if (n < 0 && errno != EINTR)
			e->error = -errno;
		else if (n > 0)
			done += (size_t)n;
	}
	json_reset(&e->json);
}

static void line_begin(struct eve *e)
{
	e->json.comma = false;
	json_open(&e->json, '{');
}

static void line_end(struct eve *e)
{
	json_close(&e->json, '}');
	json_newline(&e->json);
	e->lines++;
	if (e->json.n >= FLUSH_BYTES)
		flush(e);
}

int eve_open(struct eve **ret_e, const char *path, const struct eve_options *o)
{
	struct eve *e = calloc(1, sizeof(*e));
	struct stat st;

	if (e == NULL || (e->pending = pending_new()) == NULL) {
		free(e);
		return -ENOMEM;
	}
	e->options = *o;
	e->fd = STDOUT_FILENO;
	int n = snprintf(e->path, sizeof(e->path), "%s", path);
	int t = snprintf(e->temporary, sizeof(e->temporary), "%s.part", path);

	if (strcmp(path, "-") != 0) {
		/* A pipe or device is written as it is; only a file can be put in place at the end. */
		e->to_rename = stat(path, &st) != 0 || S_ISREG(st.st_mode);
		if (n >= PATH_ROOM || t >= PATH_ROOM)
			errno = ENAMETOOLONG, e->fd = -1;
		else if (e->to_rename)
			e->fd = open(e->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
		else
			e->fd = open(path, O_WRONLY | O_CLOEXEC);
		if (e->fd < 0) {
			int error = -errno;

			pending_free(e->pending);
			free(e);
			return error;
		}
	}
	*ret_e = e;
	return 0;
}

/* ---- what every event begins with ---- */

/* 51 bits: JavaScript and jq keep such numbers exactly, and Suricata's are of that size. */
static uint64_t flow_id(uint64_t name)
{
	return hash_mix(name) & ((UINT64_C(1) << 51) - 1);
}

/* IANA protocol numbers and Suricata's names for them. */
static const char *proto_text(uint8_t ip_proto)
{
	switch (ip_proto) {
	case 1: return "ICMP";
	case 2: return "IGMP";
	case 6: return "TCP";
	case 17: return "UDP";
	case 58: return "IPv6-ICMP";
	case 132: return "SCTP";
	}
	return NULL;
}

static void write_ends(struct json *j, const struct side *from, const struct side *to)
{
	char ip[IP_TEXT];

	if (ip_is_zero(from->ip) && ip_is_zero(to->ip))
		return;
	ip_text(ip, from->ip);
	json_key_str(j, "src_ip", ip);
	if (from->port != 0)
		json_key_u64(j, "src_port", from->port);
	ip_text(ip, to->ip);
	json_key_str(j, "dest_ip", ip);
	if (to->port != 0)
		json_key_u64(j, "dest_port", to->port);
}

static void write_ether(struct json *j, const struct side *from, const struct side *to)
{
	char mac[MAC_TEXT];

	if (mac_is_zero(from->mac) && mac_is_zero(to->mac))
		return;
	json_key_open(j, "ether", '{');
	mac_text(mac, from->mac);
	json_key_str(j, "src_mac", mac);
	mac_text(mac, to->mac);
	json_key_str(j, "dest_mac", mac);
	json_close(j, '}');
}

struct head {			/* what write_head() needs of an event */
	const char *type;
	const char *app_proto;	/* NULL: not known */
	int64_t at_ns;
	uint64_t flow, frame;
	const struct side *from, *to;
	uint16_t vlan;
	uint8_t tap, ip_proto;
	const uint8_t *icmp;	/* type and code, for the Community ID of ICMP flows; NULL: no ICMP */
};

static void write_community_id(struct json *j, const struct head *h)
{
	char id[COMMUNITY_ID_MAX];
	uint16_t from = h->icmp != NULL ? h->icmp[0] : h->from->port, to = h->icmp != NULL ? h->icmp[1] : h->to->port;

	if (h->ip_proto != 0 && community_id(id, h->ip_proto, h->from->ip, from, h->to->ip, to))
		json_key_str(j, "community_id", id);
}

static void write_head(struct eve *e, const struct head *h)
{
	struct json *j = &e->json;
	const char *const *taps = e->options.tap_names;

	json_key_time(j, "timestamp", h->at_ns);
	if (h->flow != 0)
		json_key_u64(j, "flow_id", flow_id(h->flow));
	if (taps != NULL && taps[h->tap] != NULL)
		json_key_str(j, "in_iface", taps[h->tap]);
	json_key_str(j, "event_type", h->type);
	if (h->vlan != 0) {
		json_key_open(j, "vlan", '[');
		json_u64(j, h->vlan);
		json_close(j, ']');
	}
	write_ends(j, h->from, h->to);
	if (proto_text(h->ip_proto) != NULL)
		json_key_str(j, "proto", proto_text(h->ip_proto));
	if (h->app_proto != NULL)
		json_key_str(j, "app_proto", h->app_proto);
	write_ether(j, h->from, h->to);
	json_key_u64(j, "pcap_cnt", h->frame);
	write_community_id(j, h);
}

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
	static const char *const names[VAL_TYPES] = { "none", "bool", "int", "uint", "real", "text", "time", "bytes",
						      "bytes-le", "secret" };

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
	json_key_str(j, "type", value_type(v->type));
	if (v->type != VAL_SECRET && v->type != VAL_TEXT && v->items == 1 && v->type < VAL_TEXT) {
		json_key(j, "one");
		write_number_value(j, v);
	} else if (v->type == VAL_TEXT) {
		json_key_bytes(j, "text", raw);
	} else if (v->type == VAL_BOOL && v->bits == 1) {
		write_bits(j, v, raw);
	} else if ((v->type == VAL_UINT || v->type == VAL_INT) && (v->bits == 8 || v->bits == 16 || v->bits == 32 ||
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
		json_key_str(j, "space", space->key);
	if (o->object.count > 0)
		json_key_u64(j, "count", o->object.count);
}

static void write_flags(struct json *j, uint16_t flags)
{
	static const struct { uint16_t bit; const char *name; } names[] = {
		{ FLAG_CUT, "cut" }, { FLAG_AFTER_LOSS, "after-loss" }, { FLAG_MIDSTREAM, "midstream" },
		{ FLAG_ONE_WAY, "one-way" }, { FLAG_TO_GROUP, "to-group" }, { FLAG_FLOOD, "flood" },
		{ FLAG_OPAQUE, "opaque" }, { FLAG_REST, "rest" }, { FLAG_TIMEOUT, "timeout" },
		{ FLAG_BY_DEVICE, "ends-guessed" },
	};
	bool open = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if ((flags & names[i].bit) == 0)
			continue;
		if (!open) {
			json_key_open(j, "flags", '[');
		}
		open = true;
		json_str(j, names[i].name);
	}
	if (open)
		json_close(j, ']');
}

/* What differs from item to item of one message. */
static void write_item(struct json *j, const struct obs *o, const struct obs *answer)
{
	const struct obs *last = answer != NULL ? answer : o;

	write_object(j, o);
	write_value(j, answer != NULL && o->value.type == VAL_NONE ? answer : o);
	json_key_str(j, "outcome", outcome_name(last->outcome));
	if (last->result != 0)
		json_key_u64(j, "result", last->result);
	if (last->note.n > 0) {
		json_key_bytes(j, "note", rec_bytes(&last->rec, last->note));
	}
}

static void write_tunnels(struct json *j, const struct obs *o)
{
	static const char *const kinds[TUNNEL_KINDS] = { "", "gtp-u", "vxlan", "gre", "erspan", "ip-in-ip" };
	struct bytes all = rec_bytes(&o->rec, o->tunnels);

	if (all.n < sizeof(struct tunnel))
		return;
	json_key_open(j, "tunnels", '[');
	for (size_t at = 0; at + sizeof(struct tunnel) <= all.n; at += sizeof(struct tunnel)) {
		struct tunnel t;
		char ip[IP_TEXT];

		memcpy(&t, all.p + at, sizeof(t));
		json_open(j, '{');
		json_key_str(j, "kind", t.kind < TUNNEL_KINDS ? kinds[t.kind] : "");
		ip_text(ip, t.src);
		json_key_str(j, "src_ip", ip);
		ip_text(ip, t.dst);
		json_key_str(j, "dest_ip", ip);
		json_key_u64(j, "id", t.id);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* The protocol's own fields that Suricata's object has no place for. */
static void write_rest(struct json *j, const struct proto *p, const struct obs *ask, const struct obs *answer)
{
	struct json before = *j;	/* nothing to say: as if the key had not been written */

	json_key_open(j, p->name, '{');
	if (own_write(j, p, ask, answer, p->eve == NULL ? OWN_KOBAN : OWN_REST)) {
		json_close(j, '}');
	} else {
		j->n = before.n;
		j->comma = before.comma;
	}
}

static void write_koban(struct json *j, const struct proto *p, const struct group *asks, const struct group *answers)
{
	size_t at = 0, answer_at = 0;
	const struct obs *o = group_at(asks, &at);
	const struct obs *answer = answers == NULL ? NULL : group_at(answers, &answer_at);
	const struct obs *answer_first = answer;
	const struct proto_code *code = p == NULL ? NULL : proto_code(p, o->code);
	const struct obs *last = answer == NULL ? o : answer;

	json_key_open(j, "koban", '{');
	json_key_str(j, "proto", p == NULL ? "koban" : p->name);
	json_key_str(j, "verb", word_of(o->verb, o->object.class, last->outcome));
	json_key_str(j, "class", class_name(o->object.class));
	json_key_str(j, "phase", phase_name(o->phase));
	json_key_str(j, "trust", trust_name(o->trust));
	json_key_u64(j, "code", o->code);
	if (code != NULL)
		json_key_str(j, "code_name", code->key);
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
	if (o->times > 1) {
		json_key_u64(j, "times", o->times);
		json_key_time(j, "since", o->since_ns);
	}
	write_flags(j, o->flags | last->flags);
	write_tunnels(j, o);
	if (p != NULL)
		write_rest(j, p, o, answer_first);
	json_key_open(j, "frames", '[');
	json_u64(j, o->rec.frame - o->rec.back);
	json_u64(j, last->rec.frame);
	json_close(j, ']');
	json_close(j, '}');
}

/* ---- events ---- */

static void write_own(struct json *j, const struct proto *p, const struct obs *ask, const struct obs *answer)
{
	if (p == NULL || p->eve == NULL)
		return;
	json_key_open(j, p->eve, '{');
	own_write(j, p, ask, answer, OWN_EVE);
	json_close(j, '}');
}

/* What an act says about a file that went by; false: it says nothing of one. */
static bool file_of(const struct obs *o, struct transfer_own *ret_file)
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
	json_key_str(j, "state", f->complete ? "CLOSED" : "TRUNCATED");
	json_key(j, "sha256");
	json_hex(j, (struct bytes){ f->sha256, sizeof(f->sha256) }, 0);
	json_key_bool(j, "stored", false);
	json_key_u64(j, "size", f->size);
	json_close(j, '}');
}

/* A file, as Suricata tells it: from the end that sent it. */
static void write_fileinfo(struct eve *e, const struct obs *o, const struct transfer_own *f)
{
	const struct proto *p = proto_at(o->rec.proto);
	const struct group alone = { .p = (uint8_t *)(uintptr_t)o, .n = o->rec.size, .count = 1 };
	bool up = verb_changes(o->verb);
	const struct head h = { .type = "fileinfo", .app_proto = p->eve != NULL ? p->eve : p->name,
				.at_ns = o->rec.at_ns, .flow = o->flow, .frame = o->rec.frame,
				.from = up ? &o->actor : &o->device, .to = up ? &o->device : &o->actor,
				.vlan = o->vlan, .tap = o->rec.tap, .ip_proto = obs_transport(o) };

	line_begin(e);
	write_head(e, &h);
	write_own(&e->json, p, o, NULL);
	write_file(&e->json, o, f);
	if (!e->options.strict)
		write_koban(&e->json, p, &alone, NULL);
	line_end(e);
}

static void write_message(struct eve *e, const struct group *asks, const struct group *answers)
{
	size_t at = 0, answer_at = 0;
	const struct obs *o = group_at(asks, &at);
	const struct obs *answer = answers == NULL ? NULL : group_at(answers, &answer_at);
	const struct proto *p = proto_at(o->rec.proto);
	const char *type = p == NULL ? "koban" : p->eve != NULL ? p->eve : p->name;

	if (e->options.strict && (p == NULL || p->eve == NULL || o->verb == VERB_MALFORMED))
		return;
	const struct head h = { .type = type, .app_proto = p == NULL ? NULL : type, .at_ns = o->rec.at_ns,
				.flow = o->flow, .frame = o->rec.frame, .from = &o->actor, .to = &o->device,
				.vlan = o->vlan, .tap = o->rec.tap, .ip_proto = obs_transport(o) };

	line_begin(e);
	write_head(e, &h);
	write_own(&e->json, p, o, answer);
	if (!e->options.strict)
		write_koban(&e->json, p, asks, answers);
	line_end(e);
}

/* The message being received is complete: asks wait, answers find their ask, everything else is said. */
static void group_ends(struct eve *e)
{
	struct group g = e->now, other;
	size_t at = 0;

	e->now = (struct group){ 0 };
	if (g.count == 0) {
		group_free(&g);
		return;
	}
	const struct obs *o = group_at(&g, &at);

	if (o->phase == PHASE_ASK && o->verb != VERB_MALFORMED) {
		if (pending_put(e->pending, &g, &other)) {
			write_message(e, &other, NULL);
			group_free(&other);
		}
	} else if (o->phase == PHASE_ANSWER && pending_take(e->pending, o->re, &other)) {
		write_message(e, &other, &g);
		group_free(&other);
	} else {
		write_message(e, &g, NULL);
	}
	group_free(&g);
}

static const char *flow_state(const struct flow_info *f)
{
	if (f->end == FLOW_END_FIN || f->end == FLOW_END_RST)
		return "closed";
	return f->frames[0] > 0 && f->frames[1] > 0 ? "established" : "new";
}

static const char *flow_reason(uint8_t end)
{
	switch (end) {
	case FLOW_END_EVICTED: return "forced";
	case FLOW_END_CAPTURE: return "shutdown";
	}
	return "timeout";	/* FIN and RST: Suricata too says so when the closed flow is given up */
}

static void write_flow(struct eve *e, const struct obs *o, const struct flow_info *f)
{
	struct json *j = &e->json;
	const struct proto *p = proto_at(o->rec.proto);
	const struct head h = { .type = "flow", .app_proto = p == NULL ? NULL : p->eve != NULL ? p->eve : p->name,
				.at_ns = o->rec.at_ns, .flow = o->flow != 0 ? o->flow : rec_name_of(&o->rec),
				.frame = o->rec.frame, .from = &o->actor, .to = &o->device, .vlan = o->vlan,
				.tap = o->rec.tap, .ip_proto = f->ip_proto,
				.icmp = f->kind == KIND_ICMP ? f->icmp : NULL };

	line_begin(e);
	write_head(e, &h);
	if (f->kind == KIND_ICMP) {
		json_key_u64(j, "icmp_type", f->icmp[0]);
		json_key_u64(j, "icmp_code", f->icmp[1]);
	}
	json_key_open(j, "flow", '{');
	json_key_u64(j, "pkts_toserver", f->frames[0]);
	json_key_u64(j, "pkts_toclient", f->frames[1]);
	json_key_u64(j, "bytes_toserver", f->bytes[0]);
	json_key_u64(j, "bytes_toclient", f->bytes[1]);
	json_key_time(j, "start", f->opened_ns);
	json_key_time(j, "end", f->last_ns);
	json_key_u64(j, "age", (uint64_t)((f->last_ns - f->opened_ns) / NS_PER_S));
	json_key_str(j, "state", flow_state(f));
	json_key_str(j, "reason", flow_reason(f->end));
	json_key_u64(j, "tx_cnt", f->messages);
	json_close(j, '}');
	if (!e->options.strict) {
		json_key_open(j, "koban", '{');
		json_key_u64(j, "missing_toserver", f->missing[0]);
		json_key_u64(j, "missing_toclient", f->missing[1]);
		write_flags(j, o->flags);
		write_tunnels(j, o);
		json_close(j, '}');
	}
	line_end(e);
}

/* Does this end of a file answer the request it belongs to, or is it only the body of one? What is not an answer is said
 * here as far as Suricata has an event for it. */
static bool answers_for(struct eve *e, const struct obs *o)
{
	const struct obs *ask = pending_first(e->pending, o->re);
	const struct group alone = { .p = (uint8_t *)(uintptr_t)o, .n = o->rec.size, .count = 1 };

	if (ask != NULL && ask->rec.proto == o->rec.proto && ask->code == o->code)
		return true;
	if (strcmp(proto_at(o->rec.proto)->name, "ftp_data") == 0)
		write_message(e, &alone, NULL);
	return false;
}

/* Are they items of one message, to be said in one line? */
static bool same_message(const struct obs *a, const struct obs *b)
{
	return a->msg == b->msg && a->phase == b->phase && a->rec.proto == b->rec.proto && a->code == b->code &&
	       (a->verb == VERB_MALFORMED) == (b->verb == VERB_MALFORMED);
}

void eve_record(struct eve *e, const struct rec *r)
{
	if (r->type == REC_FLOW) {
		const struct obs *o = (const struct obs *)(const void *)r;
		struct flow_info f;

		memcpy(&f, (const uint8_t *)r + o->own.at, sizeof(f));
		if (f.event == FLOW_CLOSED) {
			group_ends(e);
			write_flow(e, o, &f);
		}
		return;
	}
	if (r->type != REC_ACT)
		return;
	const struct obs *o = (const struct obs *)(const void *)r;

	struct transfer_own file;
	size_t at = 0;
	const struct obs *first = group_at(&e->now, &at);

	if (first != NULL && !same_message(first, o))
		group_ends(e);
	if (file_of(o, &file)) {
		write_fileinfo(e, o, &file);
		if (o->phase == PHASE_ANSWER && !answers_for(e, o))
			return;
	}
	if (!group_add(&e->now, o) && e->error == 0)
		e->error = -ENOMEM;
}

/* ---- alerts ---- */

static void write_alert_object(struct eve *e, const struct alert *a, const struct alert_rule *rule)
{
	struct json *j = &e->json;
	char key[64];

	/* The same text for every alert of a rule, as collectors group by it; who and what stand under koban. */
	snprintf(key, sizeof(key), "alerts.%s-signature", a->rule);
	json_key_open(j, "alert", '{');
	json_key_str(j, "action", "allowed");
	json_key_u64(j, "gid", 1);
	json_key_u64(j, "signature_id", rule->sid);
	json_key_u64(j, "rev", rule->rev);
	json_key_str(j, "signature", text(LANG_EN, key));
	json_key_str(j, "category", rule->category);
	json_key_u64(j, "severity", level_severity(a->level));
	json_key_open(j, "metadata", '{');
	json_key_strs(j, "mitre_technique_id", a->techniques, a->technique_count);
	json_close(j, '}');
	json_close(j, '}');
}

/* One end of an alert as the ledger knows it. */
static void write_party(struct json *j, const char *key, uint64_t asset, const char *name, const char *role,
			const struct side *side)
{
	char text[IP_TEXT > MAC_TEXT ? IP_TEXT : MAC_TEXT];

	json_key_open(j, key, '{');
	if (asset != 0)
		json_key_u64(j, "asset", asset);
	json_key_str(j, "name", name);
	json_key_str(j, "role", role);
	if (!ip_is_zero(side->ip)) {
		ip_text(text, side->ip);
		json_key_str(j, "ip", text);
	}
	if (!mac_is_zero(side->mac)) {
		mac_text(text, side->mac);
		json_key_str(j, "mac", text);
	}
	if (side->station != 0)
		json_key_u64(j, "station", side->station);
	json_close(j, '}');
}

static void write_alert_koban(struct json *j, const struct alert *a, const struct alert_rule *rule)
{
	char title[ALERT_SENTENCE];

	json_key_open(j, "koban", '{');
	json_key_u64(j, "id", a->id);
	json_key_str(j, "rule", a->rule);
	alert_text(title, sizeof(title), LANG_EN, a, ALERT_TITLE);
	json_key_str(j, "title", title);
	json_key_str(j, "level", level_name(a->level));
	json_key_str(j, "kind", a->kind == ALERT_POSTURE ? "posture" : "alarm");
	json_key_str(j, "action", a->action);
	json_key_str(j, "object", a->object);
	write_party(j, "actor", a->actor_asset, a->actor_name, a->actor_role, &a->actor);
	write_party(j, "device", a->device_asset, a->device_name, a->device_role, &a->device);
	json_key_str(j, "seed", rule->seed);
	json_key_u64(j, "count", a->count);
	json_key_open(j, "mitre_v19", '[');
	for (unsigned i = 0; i < a->technique_count; i++)
		json_str(j, technique_v19(a->techniques[i]));
	json_close(j, ']');
	json_key_u64s(j, "frames", a->frames, a->frame_count);
	json_key_bool(j, "learned", a->learned);
	json_close(j, '}');
}

void eve_alert(struct eve *e, const struct alert *a)
{
	const struct alert_rule *rule = e->options.rule(a->rule);
	const struct proto *p = proto_at(a->proto);
	const struct head h = { .type = "alert", .app_proto = p == NULL ? NULL : p->eve != NULL ? p->eve : p->name,
				.at_ns = a->first_ns, .flow = a->flow, .from = &a->actor, .to = &a->device,
				.frame = a->frame_count > 0 ? a->frames[0] : 0, .vlan = a->vlan, .tap = a->tap,
				.ip_proto = a->ip_proto };

	line_begin(e);
	write_head(e, &h);
	write_alert_object(e, a, rule);
	if (!e->options.strict)
		write_alert_koban(&e->json, a, rule);
	line_end(e);
}

/* ---- the end ---- */

int eve_error(const struct eve *e)
{
	return e->error;
}

static void release_all(struct eve *e)
{
	if (e->fd != STDOUT_FILENO && e->fd >= 0)
		close(e->fd);
	group_free(&e->now);
	pending_free(e->pending);
	json_free(&e->json);
	free(e);
}

int eve_finish(struct eve *e, uint64_t *ret_lines)
{
	struct group g;

	group_ends(e);
	while (pending_oldest(e->pending, &g)) {
		write_message(e, &g, NULL);
		group_free(&g);
	}
	flush(e);
	*ret_lines = e->lines;
	/* Some disks say only when closing that they were full. */
	if (e->fd != STDOUT_FILENO && close(e->fd) != 0 && e->error == 0)
		e->error = -errno;
	e->fd = -1;
	return e->error;
}

int eve_publish(struct eve *e)
{
	int error = 0;

	if (e->to_rename && rename(e->temporary, e->path) != 0) {
		error = -errno;
		unlink(e->temporary);
	}
	release_all(e);
	return error;
}

void eve_discard(struct eve *e)
{
	if (e == NULL)
		return;
	if (e->to_rename)
		unlink(e->temporary);
	release_all(e);
}

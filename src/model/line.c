/* model/line.c: see line.h. */
#include "model/line.h"

#include <string.h>

#include "model/line_parts.h"
#include "model/object.h"

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
		line_time(b, r->at_ns);
		buf_char(b, ' ');
	}
	buf_str(b, r->type < REC_TYPES ? types[r->type] : types[0]);
	const struct proto *p = proto_at(r->proto);

	buf_char(b, ' ');
	buf_str(b, p == NULL ? "-" : p->name);
}

static void object(struct buf *b, const struct obs *o)
{
	const struct proto_space *space = object_space(o);
	char text[REC_MAX];
	size_t n = object_text(text, sizeof(text), o);

	if (space == NULL && n == 0)
		return;
	line_key(b, "object");
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
		line_key(b, "name");
		line_quoted(b, name);
	}
}

static void flag_list(struct buf *b, unsigned bits)
{
	bool first = true;

	for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
		if (!(bits >> i & 1))
			continue;
		if (first)
			line_key(b, "flags");
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
	line_key(b, "code");
	if (row != NULL)
		buf_str(b, row->key);
	else
		buf_u64(b, o->code);
}

static void tunnels(struct buf *b, const struct obs *o)
{
	static const char *const names[TUNNEL_KINDS] = { "none", "gtpu", "vxlan", "gre", "erspan", "ipip" };
	struct bytes all = rec_bytes(&o->rec, o->tunnels);
	char text[IP_TEXT];

	for (size_t i = 0; i + sizeof(struct tunnel) <= all.n; i += sizeof(struct tunnel)) {
		struct tunnel t;

		memcpy(&t, all.p + i, sizeof(t));
		line_key(b, "tunnel");
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
		line_side(b, &o->actor);
		buf_str(b, " -> ");
		line_side(b, &o->device);
		buf_str(b, o->flags & FLAG_TCP ? " tcp" : o->flags & FLAG_UDP ? " udp" :
			o->flags & FLAG_SCTP ? " sctp" : "");
		if (o->vlan != 0)
			line_key_u64(b, "vlan", o->vlan);
		tunnels(b, o);
	}
	if (o->actor.station != 0)
		line_key_u64(b, "actor-station", o->actor.station);
	if (o->device.station != 0)
		line_key_u64(b, "station", o->device.station);
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
		line_key_u64(b, "count", o->object.count);
	line_value(b, o);
	if (who.n > 0) {
		line_key(b, "who");
		line_quoted(b, who);
	}
	if (o->result != 0)
		line_key_u64(b, "result", o->result);
	if (o->times != 1)
		line_key_u64(b, "times", o->times);
	if ((show & LINE_TIME) && o->since_ns != o->rec.at_ns) {
		line_key(b, "since");
		line_time(b, o->since_ns);
	}
	flag_list(b, o->flags & ~(unsigned)TRANSPORT);
	if (o->trust != TRUST_SURE) {
		line_key(b, "trust");
		buf_str(b, trust_name(o->trust));
	}
	if (note.n > 0) {
		line_key(b, "note");
		buf_escaped(b, note);
	}
	line_own(b, o);
	if (o->items > 1) {
		line_key_u64(b, "item", o->item);
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
	line_key(b, "about");
	line_side(b, &f->about);
	if (!ip_is_zero(f->about.ip) && !mac_is_zero(f->about.mac) &&
	    ((show & LINE_ENDS) || f->kind == FACT_IP_OF_MAC)) {
		mac_text(mac, f->about.mac);
		line_key(b, "mac");
		buf_str(b, mac);
	}
	if (f->about.station != 0)
		line_key_u64(b, "station", f->about.station);
	if (f->text.n > 0) {
		line_key(b, "text");
		line_quoted(b, rec_bytes(&f->rec, f->text));
	}
	if (f->number != 0)
		line_key_u64(b, "number", f->number);
	if (f->until_ns != 0) {		/* as a distance: stable wherever the capture lies in time */
		line_key(b, "for-s");
		buf_i64(b, f->until_ns / NS_PER_S - f->rec.at_ns / NS_PER_S);
	}
	if (f->trust != TRUST_SURE) {
		line_key(b, "trust");
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

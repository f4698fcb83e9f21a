/* main/summary_json.c: the summary for programs; docs/json.md says every member. */
#include "core/json.h"
#include "main/summary_parts.h"

static const char *const class_names[FRAME_CLASSES] = {
	[FRAME_TCP] = "tcp", [FRAME_UDP] = "udp", [FRAME_SCTP] = "sctp", [FRAME_ICMP] = "icmp",
	[FRAME_IP_OTHER] = "ip-other", [FRAME_ARP] = "arp", [FRAME_LLDP] = "lldp",
	[FRAME_ETHER_OTHER] = "ethernet-other", [FRAME_DUPLICATE] = "duplicate",
	[FRAME_FRAGMENT] = "fragment", [FRAME_FRAGMENT_DROPPED] = "fragment-dropped", [FRAME_CUT] = "cut",
	[FRAME_BAD_HEADER] = "bad-header", [FRAME_TOO_DEEP] = "too-deep",
	[FRAME_LINK_UNKNOWN] = "link-unknown",
};

static void json_frames(struct json *j, const struct summary *s)
{
	const struct decode_stats *d = &s->shared->decode;

	json_key_open(j, "frames", '{');
	json_key_u64(j, "read", s->shared->capture.frames);
	json_key_u64(j, "sum", summary_classes(d));
	json_key_bool(j, "equal", s->stage < STAGE_DECODE || summary_classes(d) == s->shared->capture.frames);
	json_key_u64(j, "bytes", s->shared->capture.bytes);
	json_key_u64(j, "dropped_before", s->shared->capture.dropped);
	json_key_u64(j, "backwards", s->shared->capture.backwards);
	json_key_u64(j, "comments", s->shared->capture.comments);
	json_key_open(j, "classes", '{');
	for (unsigned i = 0; i < FRAME_CLASSES; i++)
		json_key_u64(j, class_names[i], d->class_frames[i]);
	json_close(j, '}');
	json_key_u64(j, "tunnelled", d->tunnelled);
	json_key_u64(j, "datagrams", d->datagrams);
	json_key_u64(j, "deduplicated", d->deduplicated);
	json_key_u64(j, "bad_checksum", d->bad_checksum);
	json_key_u64(j, "offload_taps", d->offload_taps);
	json_close(j, '}');
}

static void json_payload(struct json *j, const struct summary *s)
{
	const struct stream_sums *p = &s->stream->sums;
	const struct decode_stats *d = &s->shared->decode;

	json_key_open(j, "payload", '{');
	json_key_u64(j, "read", d->payload);
	json_key_u64(j, "sum", summary_payload(p));
	json_key_bool(j, "equal", s->stage < STAGE_STREAM ||
		      (summary_payload(p) == d->payload && p->payload == d->payload));
	json_key_u64(j, "message", p->message);
	json_key_u64(j, "body", p->body);
	json_key_u64(j, "unclaimed", p->unclaimed);
	json_key_u64(j, "lost_sync", p->lost_sync);
	json_key_u64(j, "overlap", p->overlap);
	json_key_u64(j, "malformed", p->malformed);
	json_key_u64(j, "discarded", p->discarded);
	json_key_u64(j, "missing", p->missing);
	json_close(j, '}');
}

static void json_protocols(struct json *j, const struct summary *s)
{
	json_key_open(j, "protocols", '{');
	for (unsigned i = 1; i < PROTO_MAX; i++) {
		const struct proto *p = proto_at(i);
		const struct proto_stats *n = &s->stream->proto[i];

		if (p == NULL || (n->flows == 0 && n->messages == 0 && n->malformed == 0))
			continue;
		json_key_open(j, p->name, '{');
		json_key_u64(j, "flows", n->flows);
		json_key_u64(j, "messages", n->messages);
		json_key_u64(j, "malformed", n->malformed);
		json_key_u64(j, "lost", n->lost);
		json_key_u64(j, "acts", n->acts);
		json_key_u64(j, "folded", n->folded);
		json_key_u64(j, "facts", n->facts);
		json_key_u64(j, "bytes", n->bytes);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void json_named(struct json *j, const char *key, const struct named_count *list,
		       const char *(*name)(uint32_t number))
{
	json_key_open(j, key, '[');
	for (unsigned i = 0; i < NAMED_COUNTS; i++) {
		if (list[i].frames == 0)
			continue;
		json_open(j, '{');
		json_key_u64(j, "number", list[i].number);
		if (name(list[i].number) != NULL)
			json_key_str(j, "name", name(list[i].number));
		json_key_u64(j, "frames", list[i].frames);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static const char *ether_of(uint32_t n) { return ethertype_name((uint16_t)n); }
static const char *ip_of(uint32_t n) { return ip_protocol_name((uint8_t)n); }
static const char *link_of(uint32_t n) { return link_name((uint16_t)n); }

static void json_limits(struct json *j, const struct summary *s)
{
	struct ledger_stats l = { 0 };
	struct detect_stats d = { 0 };

	json_key_open(j, "limits", '{');
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		if (s->stream->limit[i].peak > 0 || s->stream->limit[i].refused > 0) {
			json_key_open(j, summary_limits[i], '{');
			json_key_u64(j, "peak", s->stream->limit[i].peak);
			json_key_u64(j, "refused", s->stream->limit[i].refused);
			json_close(j, '}');
		}
	if (s->desk->ledger != NULL)
		ledger_stats(s->desk->ledger, &l);
	if (s->desk->detect != NULL)
		detect_stats(s->desk->detect, &d);
	json_key_u64(j, "ledger_refused", l.ends.refused + l.facts.refused + l.talks.refused +
		     l.flows.refused + l.objects.refused + l.coverage.refused);
	json_key_u64(j, "detect_refused", d.baseline_refused + d.learned_refused + d.judged_refused +
		     d.values_refused + d.alerts_refused + d.groups_refused);
	json_close(j, '}');
}

static void json_damage(struct json *j, const struct summary *s)
{
	const struct desk_losses *all = &s->desk->losses;

	json_key_open(j, "damage", '[');
	for (size_t i = 0; i < all->count; i++) {
		json_open(j, '{');
		json_key_str(j, "input", all->list[i].input);
		json_key_u64(j, "offset", all->list[i].offset);
		json_key_u64(j, "frames_before", all->list[i].frames);
		json_key_str(j, "what", all->list[i].what);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_found(struct json *j, const struct summary *s)
{
	struct roles r = summary_roles(s->desk->ledger);
	unsigned levels[LEVEL_CRITICAL + 1] = { 0 };

	json_key_open(j, "ledger", '{');
	json_key_u64(j, "assets", r.assets);
	json_key_open(j, "roles", '{');
	for (unsigned i = 0; i < r.count; i++)
		json_key_u64(j, r.list[i].key, r.list[i].count);
	json_close(j, '}');
	json_close(j, '}');
	for (size_t i = 0; i < s->desk->alerts.count; i++)
		levels[s->desk->alerts.list[i].level]++;
	json_key_open(j, "alerts", '{');
	for (int i = LEVEL_CRITICAL; i >= LEVEL_INFO; i--)
		json_key_u64(j, level_name((unsigned)i), levels[i]);
	json_close(j, '}');
}

void summary_json(FILE *out, const struct summary *s)
{
	struct json j = { 0 };

	json_open(&j, '{');
	json_key_str(&j, "koban", KOBAN_VERSION);
	if (s->desk->first_ns != 0) {
		json_key_time(&j, "first", s->desk->first_ns);
		json_key_time(&j, "last", s->desk->last_ns);
	}
	json_frames(&j, s);
	json_payload(&j, s);
	json_protocols(&j, s);
	json_named(&j, "ethertypes", s->shared->decode.ethertypes, ether_of);
	json_named(&j, "ip_protocols", s->shared->decode.ip_protocols, ip_of);
	json_named(&j, "links", s->shared->decode.links, link_of);
	json_key_u64(&j, "flows", s->stream->flows_opened);
	json_key_u64(&j, "flows_evicted", s->stream->flows_evicted);
	json_key_u64(&j, "records", s->stream->records);
	json_key_u64(&j, "records_refused", s->refused);
	json_limits(&j, s);
	json_damage(&j, s);
	json_found(&j, s);
	json_close(&j, '}');
	json_newline(&j);
	fwrite(j.p, 1, j.n, out);
	json_free(&j);
}

/* main/summary.c: see summary.h. Nothing here depends on how long the run took, so that two runs over the
 * same input print the same bytes. */
#include "main/summary.h"

#include <inttypes.h>

#include "core/json.h"
#include "main/say.h"

enum { LIMIT_COUNT = 0
#define ONE(name, dflt) + 1
       LIMITS(ONE)
#undef ONE
};

static const char *const limit_names[LIMIT_COUNT] = {
#define NAME(name, dflt) #name,
	LIMITS(NAME)
#undef NAME
};

static const char *const class_names[FRAME_CLASSES] = {
	[FRAME_TCP] = "tcp", [FRAME_UDP] = "udp", [FRAME_SCTP] = "sctp", [FRAME_ICMP] = "icmp",
	[FRAME_IP_OTHER] = "ip-other", [FRAME_ARP] = "arp", [FRAME_LLDP] = "lldp",
	[FRAME_ETHER_OTHER] = "ethernet-other", [FRAME_DUPLICATE] = "duplicate",
	[FRAME_FRAGMENT] = "fragment", [FRAME_FRAGMENT_DROPPED] = "fragment-dropped", [FRAME_CUT] = "cut",
	[FRAME_BAD_HEADER] = "bad-header", [FRAME_TOO_DEEP] = "too-deep",
	[FRAME_LINK_UNKNOWN] = "link-unknown",
};

static void add_sums(struct stream_sums *to, const struct stream_sums *from)
{
	uint64_t *t = (uint64_t *)to;
	const uint64_t *f = (const uint64_t *)from;

	_Static_assert(sizeof(*to) == 9 * sizeof(uint64_t), "only counters");
	for (size_t i = 0; i < sizeof(*to) / sizeof(*t); i++)
		t[i] += f[i];
}

static void add_proto(struct proto_stats *to, const struct proto_stats *from)
{
	uint64_t *t = (uint64_t *)to;
	const uint64_t *f = (const uint64_t *)from;

	_Static_assert(sizeof(*to) == 8 * sizeof(uint64_t), "only counters");
	for (size_t i = 0; i < sizeof(*to) / sizeof(*t); i++)
		t[i] += f[i];
}

bool summary_gather(struct summary *s)
{
	s->stream = calloc(1, sizeof(*s->stream));
	if (s->stream == NULL)
		return false;
	for (unsigned i = 0; i < SHARDS; i++) {
		const struct stream_stats *one = &s->shared->stream[i];

		add_sums(&s->stream->sums, &one->sums);
		for (unsigned p = 0; p < PROTO_MAX; p++)
			add_proto(&s->stream->proto[p], &one->proto[p]);
		s->stream->flows_opened += one->flows_opened;
		s->stream->flows_evicted += one->flows_evicted;
		s->stream->records += one->records;
		s->stream->record_bytes += one->record_bytes;
		for (unsigned l = 0; l < LIMIT_COUNT; l++) {
			s->stream->limit[l].used += one->limit[l].used;
			s->stream->limit[l].peak += one->limit[l].peak;
			s->stream->limit[l].refused += one->limit[l].refused;
		}
	}
	return true;
}

void summary_free(struct summary *s)
{
	free(s->stream);
	s->stream = NULL;
}

static uint64_t class_sum(const struct decode_stats *d)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < FRAME_CLASSES; i++)
		sum += d->class_frames[i];
	return sum;
}

static uint64_t payload_sum(const struct stream_sums *s)
{
	return s->message + s->body + s->unclaimed + s->lost_sync + s->overlap + s->malformed + s->discarded;
}

bool summary_equal(const struct summary *s)
{
	const struct decode_stats *d = &s->shared->decode;

	if (s->stage < STAGE_DECODE)
		return true;
	if (class_sum(d) != s->shared->capture.frames)
		return false;
	return s->stage < STAGE_STREAM || (payload_sum(&s->stream->sums) == d->payload &&
					   s->stream->sums.payload == d->payload);
}

/* ---- what the ledger holds, by role ---- */

enum { ROLES_SHOWN = 64 };

struct roles {
	struct { char key[ROLE_KEY_MAX]; unsigned count; } list[ROLES_SHOWN];
	unsigned count, assets;
};

static bool count_role(void *ctx, const struct asset *a)
{
	struct roles *r = ctx;
	unsigned i = 0;

	r->assets++;
	while (i < r->count && strcmp(r->list[i].key, a->role) != 0)
		i++;
	if (i == ROLES_SHOWN)
		return true;
	if (i == r->count)
		memcpy(r->list[r->count++].key, a->role, sizeof(a->role));
	r->list[i].count++;
	return true;
}

static struct roles roles_of(struct ledger *l)
{
	static const struct ledger_visitor v = { .asset = count_role };
	struct roles r = { .count = 0 };

	if (l != NULL)
		ledger_visit(l, &v, &r);
	for (unsigned i = 0; i < r.count; i++)		/* most first, ties by key: the order must not vary */
		for (unsigned k = i + 1; k < r.count; k++)
			if (r.list[k].count > r.list[i].count ||
			    (r.list[k].count == r.list[i].count &&
			     strcmp(r.list[k].key, r.list[i].key) < 0)) {
				__typeof__(r.list[0]) t = r.list[i];

				r.list[i] = r.list[k];
				r.list[k] = t;
			}
	return r;
}

/* ---- for people ---- */

void print_alert(FILE *out, enum lang lang, const struct alert *a)
{
	static const struct { enum alert_text which; const char *label; } lines[] = {
		{ ALERT_WHY, "summary.why" }, { ALERT_DO, "summary.do" }, { ALERT_ELSE, "summary.else" },
	};
	char text_room[ALERT_SENTENCE * 2], key[32];
	bool colour = colourful(out);

	snprintf(key, sizeof(key), "summary.level-%s", level_name(a->level));
	alert_text(text_room, sizeof(text_room), lang, a, ALERT_TITLE);
	fprintf(out, "\n%s[%s] %s%s\n", colour ? a->level >= LEVEL_HIGH ? "\033[1;31m" : "\033[1;33m" : "",
		text(lang, key), text_room, colour ? "\033[0m" : "");
	alert_text(text_room, sizeof(text_room), lang, a, ALERT_SENTENCE_TEXT);
	fprintf(out, "  %s\n", text_room);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		alert_text(text_room, sizeof(text_room), lang, a, lines[i].which);
		fprintf(out, "  %s%s\n", text(lang, lines[i].label), text_room);
	}
}

static void print_counts(FILE *out, enum lang lang, const struct summary *s)
{
	char frames[NUMBER_TEXT], files[NUMBER_TEXT], span[64] = "", from[WHEN_TEXT] = "", to[WHEN_TEXT] = "";
	struct text_arg args[] = { { "frames", frames }, { "span", span }, { "from", from }, { "to", to },
				   { "files", files }, { NULL, NULL } };
	bool any = s->desk->first_ns != 0;

	number_text(frames, s->shared->capture.frames);
	if (any) {
		duration_text(span, sizeof(span), lang, s->desk->last_ns - s->desk->first_ns);
		when_text(from, s->desk->first_ns);
		when_text(to, s->desk->last_ns);
	}
	print_text(out, lang, any ? "summary.read" : "summary.read-nothing", args);
	fputc('\n', out);
}

static void print_roles(FILE *out, enum lang lang, const struct summary *s)
{
	struct roles r = roles_of(s->desk->ledger);
	char count[NUMBER_TEXT], key[ROLE_KEY_MAX + 8];
	const struct text_arg args[] = { { "count", count }, { NULL, NULL } };

	number_text(count, r.assets);
	print_text(out, lang, r.assets == 1 ? "summary.device" : "summary.devices", args);
	for (unsigned i = 0; i < r.count; i++) {
		snprintf(key, sizeof(key), "roles.%s", r.list[i].key);
		number_text(count, r.list[i].count);
		fprintf(out, "%s%s %s", text(lang, i == 0 ? "summary.colon" : "summary.comma"),
			text(lang, key), count);
	}
	fputc('\n', out);
}

static void print_protocols(FILE *out, enum lang lang, const struct summary *s)
{
	bool any = false;

	for (unsigned i = 1; i < PROTO_MAX; i++) {
		const struct proto *p = proto_at(i);
		char key[64];

		if (p == NULL || s->stream->proto[i].messages == 0)
			continue;
		snprintf(key, sizeof(key), "proto.%s.name", p->name);
		fprintf(out, "%s%s", any ? text(lang, "summary.comma") : text(lang, "summary.understood"),
			text(lang, key));
		any = true;
	}
	if (any)
		fputc('\n', out);
}

/* What was not understood must be as easy to see as what was. */
static void print_rest(FILE *out, enum lang lang, const struct summary *s)
{
	char a[NUMBER_TEXT], b[NUMBER_TEXT];
	struct text_arg args[] = { { "a", a }, { "b", b }, { NULL, NULL } };
	const struct stream_sums *sums = &s->stream->sums;
	const struct decode_stats *d = &s->shared->decode;

	if (sums->payload > 0) {
		number_text(a, (sums->message + sums->body) * 100 / sums->payload);
		number_text(b, sums->malformed);
		print_text(out, lang, "summary.share", args);
		fputc('\n', out);
	}
	if (sums->missing > 0 || d->class_frames[FRAME_CUT] > 0) {
		number_text(a, sums->missing);
		number_text(b, d->class_frames[FRAME_CUT]);
		print_text(out, lang, "summary.missing", args);
		fputc('\n', out);
	}
}

static void print_damage(FILE *out, enum lang lang, const struct summary *s)
{
	const struct desk_losses *all = &s->desk->losses;

	for (size_t i = 0; i < all->count; i++) {
		char key[64], offset[NUMBER_TEXT], frames[NUMBER_TEXT];

		snprintf(key, sizeof(key), "damage.%s", all->list[i].what);
		const struct text_arg args[] = { { "file", all->list[i].input },
						 { "offset", number_text(offset, all->list[i].offset) },
						 { "frames", number_text(frames, all->list[i].frames) },
						 { "what", text(lang, key) }, { NULL, NULL } };

		print_text(out, lang, "summary.damage", args);
		fputc('\n', out);
	}
}

static void print_limit(FILE *out, enum lang lang, const char *name, uint64_t refused)
{
	char count[NUMBER_TEXT];
	const struct text_arg args[] = { { "name", name }, { "count", number_text(count, refused) },
					 { NULL, NULL } };

	if (refused == 0)
		return;
	print_text(out, lang, "summary.limit", args);
	fputc('\n', out);
}

static void print_limits(FILE *out, enum lang lang, const struct summary *s)
{
	struct detect_stats d = { 0 };

	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		print_limit(out, lang, limit_names[i], s->stream->limit[i].refused);
	if (s->desk->detect == NULL)
		return;
	detect_stats(s->desk->detect, &d);
	print_limit(out, lang, "conversations", d.baseline_refused);
	print_limit(out, lang, "objects", d.learned_refused + d.judged_refused + d.values_refused);
	print_limit(out, lang, "alerts", d.alerts_refused);
	print_limit(out, lang, "correlations", d.groups_refused);
}

static void print_alerts(FILE *out, enum lang lang, const struct summary *s)
{
	enum { SHOWN = 5 };
	const struct desk_alerts *all = &s->desk->alerts;
	char count[NUMBER_TEXT];
	const struct text_arg args[] = { { "count", number_text(count, all->count) }, { NULL, NULL } };
	unsigned shown = 0;

	print_text(out, lang, s->learning ? "summary.learned" : all->count == 0 ? "summary.no-alerts"
			      : all->count == 1 ? "summary.alert" : "summary.alerts", args);
	fputc('\n', out);
	for (int level = LEVEL_CRITICAL; level >= LEVEL_INFO; level--)
		for (size_t i = 0; i < all->count && shown < SHOWN; i++)
			if (all->list[i].level == level) {
				print_alert(out, lang, &all->list[i]);
				shown++;
			}
	if (all->count > SHOWN) {
		number_text(count, all->count - SHOWN);
		fputc('\n', out);
		print_text(out, lang, "summary.more-alerts", args);
		fputc('\n', out);
	}
}

void summary_text(FILE *out, enum lang lang, const struct summary *s)
{
	const struct text_arg args[] = { { "db", s->db == NULL ? "" : s->db }, { NULL, NULL } };

	print_counts(out, lang, s);
	if (s->stage >= STAGE_STREAM) {
		if (s->stage == STAGE_ALL)
			print_roles(out, lang, s);
		print_protocols(out, lang, s);
		print_rest(out, lang, s);
	}
	print_damage(out, lang, s);
	print_limits(out, lang, s);
	if (!summary_equal(s)) {
		print_text(out, lang, "summary.unequal", args);
		fputc('\n', out);
	}
	if (s->stage == STAGE_ALL) {
		print_alerts(out, lang, s);
		fputc('\n', out);
		print_text(out, lang, s->db == NULL ? "summary.next-db" : "summary.next", args);
		fputc('\n', out);
	}
}

/* ---- for programs ---- */

static void json_frames(struct json *j, const struct summary *s)
{
	const struct decode_stats *d = &s->shared->decode;

	json_key_open(j, "frames", '{');
	json_key_u64(j, "read", s->shared->capture.frames);
	json_key_u64(j, "sum", class_sum(d));
	json_key_bool(j, "equal", s->stage < STAGE_DECODE || class_sum(d) == s->shared->capture.frames);
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
	json_key_u64(j, "sum", payload_sum(p));
	json_key_bool(j, "equal", s->stage < STAGE_STREAM ||
		      (payload_sum(p) == d->payload && p->payload == d->payload));
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
			json_key_open(j, limit_names[i], '{');
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
	struct roles r = roles_of(s->desk->ledger);
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

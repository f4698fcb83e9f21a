/* main/summary.c: see summary.h. Nothing here depends on how long the run took, so that two runs over the
 * same input print the same bytes. */
#include "main/summary.h"

#include "main/say.h"
#include "main/summary_parts.h"

const char *const summary_limits[LIMIT_COUNT] = {
#define NAME(name, dflt) #name,
	LIMITS(NAME)
#undef NAME
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

uint64_t summary_classes(const struct decode_stats *d)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < FRAME_CLASSES; i++)
		sum += d->class_frames[i];
	return sum;
}

uint64_t summary_payload(const struct stream_sums *s)
{
	return s->message + s->body + s->unclaimed + s->lost_sync + s->overlap + s->malformed + s->discarded;
}

bool summary_equal(const struct summary *s)
{
	const struct decode_stats *d = &s->shared->decode;

	if (s->stage < STAGE_DECODE)
		return true;
	if (summary_classes(d) != s->shared->capture.frames)
		return false;
	return s->stage < STAGE_STREAM || (summary_payload(&s->stream->sums) == d->payload &&
					   s->stream->sums.payload == d->payload);
}

/* ---- what the ledger holds, by role ---- */

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

struct roles summary_roles(struct ledger *l)
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
	struct roles r = summary_roles(s->desk->ledger);
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
		print_limit(out, lang, summary_limits[i], s->stream->limit[i].refused);
	if (s->desk->detect == NULL)
		return;
	detect_stats(s->desk->detect, &d);
	print_limit(out, lang, "conversations", d.baseline_refused);
	print_limit(out, lang, "objects", d.learned_refused + d.judged_refused + d.values_refused);
	print_limit(out, lang, "alerts", d.alerts_refused);
	print_limit(out, lang, "correlations", d.groups_refused);
}

static size_t told_before(const struct desk_alerts *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += all->list[i].told_before;
	return n;
}

static void print_more(FILE *out, enum lang lang, const char *key, size_t n)
{
	char count[NUMBER_TEXT];
	const struct text_arg args[] = { { "count", number_text(count, n) }, { NULL, NULL } };

	fputc('\n', out);
	print_text(out, lang, key, args);
	fputc('\n', out);
}

static void print_alerts(FILE *out, enum lang lang, const struct summary *s)
{
	enum { SHOWN = 5 };
	const struct desk_alerts *all = &s->desk->alerts;
	char count[NUMBER_TEXT];
	const size_t known = told_before(all), news = all->count - known;
	const struct text_arg args[] = { { "count", number_text(count, news) }, { NULL, NULL } };
	unsigned shown = 0;

	print_text(out, lang, s->learning ? "summary.learned" : news == 0 && known > 0 ? "summary.no-news"
			      : news == 0 ? "summary.no-alerts" : news == 1 ? "summary.alert"
			      : "summary.alerts", args);
	fputc('\n', out);
	for (int level = LEVEL_CRITICAL; level >= LEVEL_INFO; level--)
		for (size_t i = 0; i < all->count && shown < SHOWN; i++)
			if (all->list[i].level == level && !all->list[i].told_before) {
				print_alert(out, lang, &all->list[i]);
				shown++;
			}
	if (news > SHOWN)
		print_more(out, lang, "summary.more-alerts", news - SHOWN);
	if (known > 0)
		print_more(out, lang, known == 1 ? "summary.known-weakness" : "summary.known-weaknesses",
			   known);
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

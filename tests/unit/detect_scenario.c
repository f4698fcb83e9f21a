/* Stories for the ledger and the detections, as text with a clock of their own: tests/scenario/.
 *
 * A file of tests/scenario/ holds many. Each begins with a line "== what it shows" and is made of lines:
 *   host NAME MAC IP [tap=N]        an address pair; "-" for a part that is not known
 *   limit NAME=N                    a cap of model/limits.h; before the first record
 *   ordered                         this story depends on its order: do not shuffle it
 *   at SECONDS                      the clock
 *   flow A -> B:PORT [udp|icmp|ether] [ip=PROTOCOL] [type=ICMP] [syn] [silent] [reset] [open] [vlan=N] [proto=P] [as=N]   as: number of the flow
 *   close N [messages=N] [reset]         the flow of that number ends
 *   act PROTO VERB[-CLASS] A -> B[/STATION] [PHASE] [OUTCOME] [object=N] [space=N] [name=TEXT] [code=N]
 *       [note=KEY] [result=N] [value=N] [times=N] [since=SECONDS] [re=LABEL] [label=LABEL] [flood] [midstream]
 *       [file=NAME content=WORD [size=N] [says=NAME] [missing=N] [entropy=X] [magic=TYPE]] [to=TEXT] [tcp] [as=N]
 *   fact KIND A[/STATION] [text=TEXT] [number=N] [trust=T] [proto=P]
 *   health [tap=N] [vlan=N] minute=N frames=N
 *   tick                            a tick of the clock's second
 *   person KIND A TEXT
 *   values none|writes              the setting; before the first record
 *   detector ID                     this rule of content/ alone judges; before the first record
 *   rules ID ...                    these judge, and first-change beside them
 *   repeat N STEP LINE              the line N times, the clock STEP seconds on each time, % its number from 1
 *   learn | watch                   the rest is a run of its own on the same database: learning or not
 *   reload                          the ledger is written and read back
 *   expect ...                      see the functions expect_X() below
 * Every story without "ordered" is told again in other orders, and every one with times= again act by act:
 * the ledger must come out the same, byte for byte; and act by act the detector must raise the same alerts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <strings.h>

#include "core/hash.h"
#include "detect/detect.h"
#include "detect/rule.h"

/* ---- a registry of our own: enough protocols for the rules ---- */

static const struct proto_space modbus_spaces[] = { { "coil", "{0}" }, { "holding", "{0}" }, { NULL, NULL } };
static const struct proto_space haas_spaces[] = { { "register", "{0}" }, { "macro", "{0}" }, { NULL, NULL } };
static const struct proto_space arp_spaces[] = { { "ip", "{name}" }, { NULL, NULL } };
static const struct proto_code arp_codes[] = { { .code = 1, .key = "request" }, { .code = 2, .key = "reply" },
	{ .code = 3, .key = "announcement" }, { .code = 4, .key = "probe" } };
static const struct proto_space dns_spaces[] = { { "a", "a {name}" }, { "txt", "txt {name}" }, { NULL, NULL } };
static const struct proto_code dns_codes[] = {
	{ .code = 251, .key = "transfer-changes" }, { .code = 252, .key = "transfer-zone" } };
static const struct proto_code http_codes[] = {
	{ .code = 240, .key = "authorization" }, { .code = 1, .key = "pass" }, { .code = 2, .key = "acct" } };
static const struct proto_code mqtt_codes[] = { { .code = 1, .key = "connect" } };
static const struct proto_code slmp_codes[] = { { .code = 5680, .key = "unlock" }, { .code = 5681, .key = "lock" } };
static const struct proto_code smb_codes[] = {
	{ .code = 1, .key = "trans2-session-setup" }, { .code = 2, .key = "smb1-transaction2" },
	{ .code = 3, .key = "smb1-transaction2-secondary" } };
static const struct proto_code dcerpc_codes[] = {
	{ .code = 1, .key = "create-service" }, { .code = 2, .key = "create-service-a" },
	{ .code = 3, .key = "create-service-wow64" }, { .code = 4, .key = "create-wow-service" },
	{ .code = 5, .key = "change-service-config" }, { .code = 6, .key = "change-service-config-a" },
	{ .code = 7, .key = "add-driver" }, { .code = 8, .key = "add-driver-ex" }, { .code = 9, .key = "par-add-driver" },
	{ .code = 10, .key = "query-service-config" }, { .code = 11, .key = "enum-users" },
	{ .code = 12, .key = "query-display" }, { .code = 13, .key = "query-display1" },
	{ .code = 14, .key = "query-display2" }, { .code = 15, .key = "enum-groups" },
	{ .code = 16, .key = "enum-aliases" }, { .code = 17, .key = "enum-accounts" },
	{ .code = 18, .key = "alias-members" }, { .code = 19, .key = "group-members" },
	{ .code = 20, .key = "user-groups" }, { .code = 21, .key = "query-user" },
	{ .code = 22, .key = "query-user2" }, { .code = 23, .key = "rid-to-sid" },
	{ .code = 24, .key = "lookup-ids" }, { .code = 25, .key = "lsa-lookup-sids" },
	{ .code = 26, .key = "lsa-lookup-sids2" }, { .code = 27, .key = "domain-password" },
	{ .code = 28, .key = "enum-sessions" }, { .code = 29, .key = "enum-logged-on" },
	{ .code = 30, .key = "enum-shares" }, { .code = 31, .key = "lookup-names" },
	{ .code = 32, .key = "lsa-lookup-sids3" }, { .code = 33, .key = "sam-logon" } };
static const struct proto_code dhcp_codes[] = {
	{ .code = 1, .key = "discover" }, { .code = 2, .key = "offer" }, { .code = 3, .key = "request" },
	{ .code = 5, .key = "ack" } };
static const struct proto fakes[] = {
	{ .name = "cotp", .on = ON_TCP }, { .name = "s7comm", .on = ON_PROTO, .over = "cotp" },
	{ .name = "haas", .on = ON_TCP, .spaces = haas_spaces }, { .name = "mqtt", .on = ON_TCP, .codes = mqtt_codes, .code_count = ARRAY_LEN(mqtt_codes) },
	{ .name = "modbus", .on = ON_TCP, .spaces = modbus_spaces }, { .name = "dns", .on = ON_UDP, .spaces = dns_spaces,
	  .codes = dns_codes, .code_count = ARRAY_LEN(dns_codes) },
	{ .name = "llmnr", .on = ON_UDP }, { .name = "nbns", .on = ON_UDP },
	{ .name = "arp", .on = ON_ETHER, .spaces = arp_spaces, .codes = arp_codes, .code_count = ARRAY_LEN(arp_codes) }, { .name = "lldp", .on = ON_ETHER },
	{ .name = "http", .on = ON_TCP, .transfers = true, .codes = http_codes, .code_count = ARRAY_LEN(http_codes) },
	{ .name = "ftp", .on = ON_TCP, .transfers = true, .codes = http_codes, .code_count = ARRAY_LEN(http_codes) }, { .name = "dnp3", .on = ON_TCP },
	{ .name = "slmp", .on = ON_TCP, .codes = slmp_codes, .code_count = ARRAY_LEN(slmp_codes) }, { .name = "melsoft", .on = ON_TCP }, { .name = "lsv2", .on = ON_TCP },
	{ .name = "tftp", .on = ON_UDP, .transfers = true },
	{ .name = "fins", .on = ON_UDP }, { .name = "kv", .on = ON_TCP }, { .name = "shdr", .on = ON_TCP },
	{ .name = "umas", .on = ON_PROTO, .over = "modbus" }, { .name = "cclink_ie", .on = ON_ETHER },
	{ .name = "smb", .on = ON_TCP, .codes = smb_codes, .code_count = ARRAY_LEN(smb_codes) },
	{ .name = "dcerpc", .on = ON_TCP, .codes = dcerpc_codes, .code_count = ARRAY_LEN(dcerpc_codes) },
	{ .name = "dhcp", .on = ON_UDP, .codes = dhcp_codes, .code_count = ARRAY_LEN(dhcp_codes) }, { .name = "dhcpv6", .on = ON_UDP },
	{ .name = "tls", .on = ON_TCP }, { .name = "ssh", .on = ON_TCP }, { .name = "telnet", .on = ON_TCP },
	{ .name = "rfb", .on = ON_TCP }, { .name = "focas", .on = ON_TCP },
};

const struct proto *proto_at(unsigned rec_proto)
{
	return rec_proto >= 1 && rec_proto <= ARRAY_LEN(fakes) ? &fakes[rec_proto - 1] : NULL;
}

const struct proto *proto_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(fakes); i++)
		if (strcmp(fakes[i].name, name) == 0)
			return &fakes[i];
	return NULL;
}

unsigned proto_number(const struct proto *p)
{
	return p == NULL ? 0 : (unsigned)(p - fakes) + 1;
}

/* ---- a story being told ---- */

enum { HOSTS = 128, WORDS = 24, RECORDS = 4096, ALERTS = 256, LABELS = 16, LINE = 512, BASELINE = 256 };

struct host { char name[24]; struct side side; uint8_t tap; };
struct label { char name[24]; uint64_t act; };

enum { FLOWS = 24 };

struct words { char *w[WORDS]; size_t n; };

struct open_flow { struct obs o; struct flow_info i; };

struct story {
	struct open_flow flows[FLOWS];
	struct limits limits;
	struct host hosts[HOSTS];
	size_t host_count;
	struct label labels[LABELS];
	size_t label_count;
	struct rec *records[RECORDS];
	size_t record_count;
	uint64_t frame;
	int64_t now_ns;
	bool ordered, folded;
	struct ledger *ledger;
	struct detect *detect;
	struct alert alerts[ALERTS];	/* as they stand, in the order raised */
	size_t alert_count, raised;
	struct baseline_row baseline[BASELINE];
	size_t baseline_count;
	struct learned_row kept[BASELINE];
	size_t kept_count;
	struct known_row known[BASELINE];
	size_t known_count;
	enum values_policy values;
	bool learned, learned_before;	/* before: when this run began */
	const char *detector;		/* id; NULL: first-change judges */
	char detector_id[64];
	struct site site;
	struct ruleset *rules;
	size_t run_began;		/* records there were */
	size_t run_alerts;
	int line;
	char *why;
	size_t why_cap;
};

static void wrong(struct story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void wrong(struct story *s, const char *format, ...)
{
	va_list ap;

	if (s->why[0] != '\0')
		return;			/* the first is enough */
	int n = snprintf(s->why, s->why_cap, "line %d: ", s->line);

	va_start(ap, format);
	vsnprintf(s->why + n, s->why_cap - (size_t)n, format, ap);
	va_end(ap);
}

static void on_alert(void *ctx, const struct alert *a, enum alert_event event)
{
	struct story *s = ctx;

	s->raised += event == ALERT_RAISED;
	for (size_t i = 0; i < s->alert_count; i++)
		if (s->alerts[i].id == a->id) {
			s->alerts[i] = *a;
			return;
		}
	if (s->alert_count < ALERTS)
		s->alerts[s->alert_count++] = *a;
}

static bool keep_baseline(void *ctx, const struct baseline_row *row)
{
	struct story *s = ctx;

	if (s->baseline_count < BASELINE)
		s->baseline[s->baseline_count++] = *row;
	return true;
}

static bool keep_learned(void *ctx, const struct learned_row *row)
{
	struct story *s = ctx;

	if (s->kept_count < BASELINE)
		s->kept[s->kept_count++] = *row;
	return true;
}

static bool keep_known(void *ctx, const struct known_row *row)
{
	struct story *s = ctx;

	if (s->known_count < BASELINE)
		s->known[s->known_count++] = *row;
	return true;
}

static void no_report(void *ctx, const struct rule_problem *p)
{
	(void)ctx;
	(void)p;		/* rules about protocols the registry of this test has not */
}

static bool is_named(const struct words *w, const char *id)
{
	for (size_t i = 1; i < w->n; i++)
		if (strcmp(w->w[i], id) == 0)
			return true;
	return false;
}

static void take_rules(struct story *s, const struct words *w)
{
	site_init(&s->site);
	if (ruleset_new(&s->rules, &s->site) != 0)
		abort();
	ruleset_add_own(s->rules, no_report, NULL);
	ruleset_finish(s->rules, no_report, NULL);
	for (size_t i = 1; i < w->n; i++)
		if (ruleset_find(s->rules, w->w[i]) == NULL)
			wrong(s, "no rule called '%s'", w->w[i]);
	for (size_t i = 0; i < ruleset_count(s->rules); i++)
		if (!is_named(w, ruleset_at(s->rules, i)->id))
			ruleset_disable(s->rules, ruleset_at(s->rules, i)->id);
	if (strcmp(w->w[0], "rules") == 0 || s->why[0] != '\0')
		return;
	snprintf(s->detector_id, sizeof(s->detector_id), "%s", w->w[1]);
	s->detector = s->detector_id;
	if (ruleset_find(s->rules, w->w[1])->tuned == NULL)
		wrong(s, "no detector called '%s'", w->w[1]);
}

static void new_ledger(struct story *s)
{
	const struct ledger_options lo = { .limits = &s->limits, .values = VALUES_WRITES };

	if (ledger_new(&s->ledger, &lo) != 0)
		abort();
}

static void new_detect(struct story *s, bool learning)
{
	const struct detect_options o = { .limits = &s->limits, .ledger = s->ledger, .learning = learning,
					  .learned = s->learned, .first_id = 1 + s->alert_count,
					  .values = s->values, .rules = s->rules, .first_off = s->detector != NULL };

	if (detect_new(&s->detect, &o) != 0)
		abort();
	s->learned_before = s->learned;
	s->run_began = s->record_count;
	s->run_alerts = s->alert_count;
	for (size_t i = 0; i < s->kept_count; i++)
		detect_load_learned(s->detect, &s->kept[i]);
	for (size_t i = 0; i < s->known_count; i++)
		detect_load_known(s->detect, &s->known[i]);
	for (size_t i = 0; i < s->baseline_count; i++)
		detect_load_baseline(s->detect, &s->baseline[i]);
	s->baseline_count = 0;
}

static void begin(struct story *s)
{
	if (s->ledger != NULL)
		return;
	new_ledger(s);
	new_detect(s, false);
}

/* ---- the ledger as text ---- */

struct dump { char *p; size_t n, cap; };

static void put(struct dump *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct dump *d, const char *format, ...)
{
	va_list ap;

	if (d->cap - d->n < 4096) {
		d->cap = d->cap * 2 + 8192;
		d->p = realloc(d->p, d->cap);
	}
	va_start(ap, format);
	d->n += (size_t)vsnprintf(d->p + d->n, d->cap - d->n, format, ap);
	va_end(ap);
}

#define U(x) (unsigned long long)(x)
#define I(x) (long long)(x)

static bool dump_end(void *ctx, const struct end_row *r)
{
	char ip[IP_TEXT], mac[MAC_TEXT];

	ip_text(ip, r->ip);
	mac_text(mac, r->mac);
	put(ctx, "end %llu asset=%llu tap=%u flags=%x %s %s proto=%u station=%llu traits=%llx/%u "
	    "reads=%lld %lld..%lld frame=%llu vlans", U(r->id), U(r->asset), r->tap, r->flags, mac, ip,
	    r->proto, U(r->station), U(r->traits), r->role_proto, I(r->reads_ns), I(r->first_ns),
	    I(r->last_ns), U(r->frame));
	for (unsigned i = 0; i < r->vlan_count; i++)
		put(ctx, " %u", r->vlans[i]);
	put(ctx, "\n");
	return true;
}

static bool dump_fact(void *ctx, const struct fact_row *r)
{
	put(ctx, "fact end=%llu asset=%llu kind=%u/%u trust=%u source=%u best=%d proto=%u number=%llu "
	    "%lld..%lld until=%lld frame=%llu '%s'\n", U(r->end), U(r->asset), r->kind, r->sub, r->trust,
	    r->source, r->best, r->proto, U(r->number), I(r->first_ns), I(r->last_ns), I(r->until_ns),
	    U(r->frame), r->text);
	return true;
}

static bool dump_talk(void *ctx, const struct talk_row *r)
{
	put(ctx, "talk %llu(%llu) -> %llu(%llu):%u proto=%u words=%llx/%u acts=%llu %llu/%llu/%llu/%llu "
	    "%lld..%lld frame=%llu\n",
	    U(r->actor), U(r->actor_asset), U(r->device), U(r->device_asset), r->port, r->proto, U(r->words),
	    r->sent, U(r->acts), U(r->done), U(r->refused), U(r->partly), U(r->unanswered), I(r->first_ns),
	    I(r->last_ns), U(r->frame));
	return true;
}

static bool dump_flow(void *ctx, const struct flow_row *r)
{
	put(ctx, "flow %llu(%llu) -> %llu(%llu):%u kind=%u/%u/%x protos=%llx opened=%llu answered=%llu "
	    "closed=%llu bytes=%llu/%llu %lld..%lld frame=%llu\n", U(r->client), U(r->client_asset),
	    U(r->server), U(r->server_asset), r->port, r->kind, r->ip_proto, r->ether, U(r->protos[0]),
	    U(r->opened), U(r->answered), U(r->closed), U(r->bytes[0]), U(r->bytes[1]), I(r->first_ns),
	    I(r->last_ns), U(r->frame));
	return true;
}

static bool dump_object(void *ctx, const struct object_row *r)
{
	put(ctx, "object %llu -> %llu proto=%u word=%u code=%u '%s' count=%llu %llu/%llu/%llu/%llu "
	    "%lld..%lld value='%s' at %lld frame=%llu\n", U(r->actor), U(r->device), r->proto, r->word,
	    r->code, r->object, U(r->count), U(r->done), U(r->refused), U(r->partly), U(r->unanswered),
	    I(r->first_ns), I(r->last_ns), r->value, I(r->value_ns), U(r->frame));
	return true;
}

static bool dump_program(void *ctx, const struct program_row *r)
{
	put(ctx, "program %llu -> %llu proto=%u verb=%u '%s' '%s' %s canonical=%u size=%llu count=%llu %lld..%lld frame=%llu\n",
	    U(r->actor), U(r->device), r->proto, r->verb, r->name, r->says, r->sha256, r->canonical, U(r->size),
	    U(r->count), I(r->first_ns), I(r->last_ns), U(r->frame));
	return true;
}

static bool dump_coverage(void *ctx, const struct coverage_row *r)
{
	put(ctx, "coverage tap=%u vlan=%u minute=%lld frames=%llu\n", r->tap, r->vlan, I(r->sum.minute_ns),
	    U(r->sum.frames));
	return true;
}

static bool dump_asset(void *ctx, const struct asset *a)
{
	char ip[IP_TEXT], mac[MAC_TEXT];

	ip_text(ip, a->ip);
	mac_text(mac, a->mac);
	put(ctx, "asset %llu kind=%u tap=%u flags=%x %s %s station=%llu parent=%llu behind=%llu twin=%llu "
		 "role=%s/%s/%u/%u "
	    "'%s' '%s' '%s' '%s' '%s' '%s' '%s' '%s' %lld..%lld frame=%llu\n", U(a->id), a->kind, a->tap,
	    a->flags, mac, ip, U(a->station), U(a->parent), U(a->behind), U(a->twin), a->role, a->role_why,
	    a->role_trust, a->role_proto, a->name, a->vendor, a->model, a->firmware, a->hardware, a->serial,
	    a->os, a->place, I(a->first_ns), I(a->last_ns), U(a->frame));
	return true;
}

static bool dump_service(void *ctx, const struct service_row *r)
{
	put(ctx, "service %llu %s proto=%u %u/%u:%u acts=%llu flows=%llu %lld..%lld\n", U(r->asset),
	    r->served ? "serves" : "asks", r->proto, r->kind, r->ip_proto, r->port, U(r->acts), U(r->flows),
	    I(r->first_ns), I(r->last_ns));
	return true;
}

static const struct ledger_visitor dumper = {
	dump_end, dump_fact, dump_talk, dump_flow, dump_object, dump_program, dump_coverage, dump_asset, dump_service,
};

static char *dump_of(struct ledger *l)
{
	struct dump d = { 0 };

	put(&d, "%s", "");
	ledger_visit(l, &dumper, &d);
	return d.p;
}

/* The first line in which two dumps differ. */
static void tell_difference(struct story *s, const char *what, const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

		if (n != m || memcmp(a, b, n) != 0)
			break;
		a += n + 1;
		b += m + 1;
	}
	wrong(s, "%s gives another ledger:\n  %.*s\n  %.*s", what, (int)strcspn(a, "\n"), a,
	      (int)strcspn(b, "\n"), b);
}

/* ---- words of a line ---- */

static struct words split(char *line)
{
	struct words out = { .n = 0 };

	for (char *p = line; *p != '\0' && out.n < WORDS;) {
		while (*p == ' ' || *p == '\t')
			p++;
		if (*p == '\0' || *p == '#')
			break;
		out.w[out.n++] = p;
		bool quoted = false;

		for (; *p != '\0' && (quoted || (*p != ' ' && *p != '\t')); p++)
			quoted ^= *p == '"';
		if (*p != '\0')
			*p++ = '\0';
	}
	return out;
}

/* The value of "key=value" among the words from i on, quotes taken off; NULL: not there. */
static const char *value_of(const struct words *w, size_t i, const char *key)
{
	size_t n = strlen(key);

	for (; i < w->n; i++) {
		if (strncmp(w->w[i], key, n) != 0 || w->w[i][n] != '=')
			continue;
		char *v = w->w[i] + n + 1;

		if (*v == '"') {
			v++;
			if (strchr(v, '"') != NULL)
				*strchr(v, '"') = '\0';
		}
		return v;
	}
	return NULL;
}

static uint64_t number_of(const struct words *w, size_t i, const char *key, uint64_t dflt)
{
	const char *v = value_of(w, i, key);

	return v == NULL ? dflt : strtoull(v, NULL, 0);
}

static bool has(const struct words *w, size_t i, const char *word)
{
	for (; i < w->n; i++)
		if (strcmp(w->w[i], word) == 0)
			return true;
	return false;
}

static int64_t seconds(const char *v)
{
	return (int64_t)(strtod(v, NULL) * 1e9 + 0.5);
}

static bool parse_mac(uint8_t mac[6], const char *v)
{
	unsigned b[6];

	if (sscanf(v, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
		return false;
	for (unsigned i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return true;
}

static bool parse_ip(uint8_t ip[16], const char *v)
{
	unsigned b[4], h[8];

	memset(ip, 0, 16);
	if (sscanf(v, "%u.%u.%u.%u", &b[0], &b[1], &b[2], &b[3]) == 4) {
		ip[10] = ip[11] = 0xff;
		for (unsigned i = 0; i < 4; i++)
			ip[12 + i] = (uint8_t)b[i];
		return true;
	}
	if (sscanf(v, "%x:%x:%x:%x:%x:%x:%x:%x", &h[0], &h[1], &h[2], &h[3], &h[4], &h[5], &h[6], &h[7]) != 8)
		return false;
	for (unsigned i = 0; i < 8; i++) {
		ip[2 * i] = (uint8_t)(h[i] >> 8);
		ip[2 * i + 1] = (uint8_t)h[i];
	}
	return true;
}

/* "plc", "plc:502", "gw/17": a host with what follows. */
static const struct host *host_of(struct story *s, const char *word, struct side *ret_side)
{
	size_t n = strcspn(word, ":/");

	for (size_t i = 0; i < s->host_count; i++) {
		const struct host *h = &s->hosts[i];

		if (strlen(h->name) != n || strncmp(h->name, word, n) != 0)
			continue;
		*ret_side = h->side;
		if (word[n] == ':')
			ret_side->port = (uint16_t)strtoul(word + n + 1, NULL, 10);
		if (word[n] == '/')
			ret_side->station = strtoull(word + n + 1, NULL, 0);
		return h;
	}
	wrong(s, "no host called '%s'", word);
	*ret_side = (struct side){ 0 };
	return &s->hosts[0];
}

static void add_host(struct story *s, const struct words *w)
{
	struct host *h = &s->hosts[s->host_count];

	if (w->n < 4 || s->host_count == HOSTS) {
		wrong(s, "host NAME MAC IP");
		return;
	}
	snprintf(h->name, sizeof(h->name), "%s", w->w[1]);
	h->tap = (uint8_t)number_of(w, 4, "tap", 0);
	if ((strcmp(w->w[2], "-") != 0 && !parse_mac(h->side.mac, w->w[2])) ||
	    (strcmp(w->w[3], "-") != 0 && !parse_ip(h->side.ip, w->w[3])))
		wrong(s, "bad address of '%s'", w->w[1]);
	s->host_count++;
}

/* ---- records ---- */

static uint16_t proto_of(const char *name)
{
	return (uint16_t)proto_number(name == NULL ? NULL : proto_named(name));
}

static void tell(struct story *s, const struct rec *r)
{
	ledger_record(s->ledger, r);
	detect_record(s->detect, r, on_alert, s);
}

/* Keeps a copy for telling again, then tells it. */
static void record(struct story *s, const struct rec *r)
{
	begin(s);
	if (s->record_count == RECORDS) {
		wrong(s, "too many records");
		return;
	}
	struct rec *copy = malloc(r->size);

	memcpy(copy, r, r->size);
	s->records[s->record_count++] = copy;
	tell(s, r);
}

struct text_rec { union { struct obs obs; struct fact fact; struct rec rec; } u; uint8_t text[1024]; };

static struct span text_in(struct text_rec *t, const char *text)
{
	size_t n = strlen(text), at = t->u.rec.size;

	memcpy((uint8_t *)t + at, text, n);
	t->u.rec.size = (uint32_t)align8(at + n);
	return (struct span){ (uint16_t)at, (uint16_t)n };
}

static struct rec head(struct story *s, uint8_t type, size_t size, uint8_t tap, const char *proto)
{
	return (struct rec){ .size = (uint32_t)size, .type = type, .tap = tap, .proto = proto_of(proto),
			     .frame = ++s->frame, .at_ns = s->now_ns };
}

static void flow_event(struct story *s, const struct obs *o, uint8_t event, struct flow_info info)
{
	struct { struct obs o; struct flow_info i; } r = { *o, info };

	r.o.rec.size = sizeof(r);
	r.o.rec.frame = ++s->frame;
	r.o.own = (struct span){ sizeof(struct obs), sizeof(struct flow_info) };
	r.i.event = event;
	record(s, &r.o.rec);
}

static void add_flow(struct story *s, const struct words *w)
{
	if (w->n < 4) {
		wrong(s, "flow A -> B");
		return;
	}
	struct obs o = { .verb = VERB_OPEN, .phase = PHASE_PUSH, .times = 1, .since_ns = s->now_ns,
			 .vlan = (uint16_t)number_of(w, 4, "vlan", 0) };
	const struct host *a = host_of(s, w->w[1], &o.actor);
	bool udp = has(w, 4, "udp");
	bool icmp = has(w, 4, "icmp");
	bool ether = has(w, 4, "ether");
	bool silent = has(w, 4, "silent");
	uint8_t other = (uint8_t)number_of(w, 4, "ip", 0);
	struct flow_info i = { .kind = ether ? KIND_ETHER : udp ? KIND_UDP : icmp ? KIND_ICMP :
				       other != 0 ? KIND_IP : KIND_TCP,
			       .ip_proto = ether ? 0 : udp ? 17 : icmp ? 1 : other != 0 ? other : 6,
			       .ether = ether ? 0x0806 : 0x0800, .opened_ns = s->now_ns, .last_ns = s->now_ns,
			       .icmp = { icmp ? (uint8_t)number_of(w, 4, "type", 8) : 0 },	/* echo request */
			       .tcp_flags = { (uint8_t)((has(w, 4, "syn") ? 2 : 0) | (has(w, 4, "ack") ? 16 : 0)) },
			       .frames = { 1, 0 }, .bytes = { 60, 0 } };

	host_of(s, w->w[3], &o.device);
	o.rec = head(s, REC_FLOW, sizeof(o), a->tap, NULL);
	o.flow = number_of(w, 4, "as", 0);
	flow_event(s, &o, FLOW_OPENED, i);
	if (!silent) {
		i.frames[1] = 1;
		i.bytes[1] = 60;
		i.tcp_flags[1] = has(w, 4, "reset") ? 4 : 18;
		flow_event(s, &o, FLOW_ANSWERED, i);
	}
	o.rec.proto = proto_of(value_of(w, 4, "proto"));
	if (!has(w, 4, "open"))
		flow_event(s, &o, FLOW_CLOSED, i);
	else if (o.flow != 0 && o.flow < FLOWS)
		s->flows[o.flow] = (struct open_flow){ o, i };
}

static void close_flow(struct story *s, const struct words *w)
{
	size_t n = w->n < 2 ? 0 : strtoul(w->w[1], NULL, 10);

	if (n < 1 || n >= FLOWS || s->flows[n].o.flow == 0) {
		wrong(s, "close N of a flow that is open");
		return;
	}
	struct open_flow *f = &s->flows[n];

	f->o.rec.at_ns = f->i.last_ns = s->now_ns;
	f->i.messages = number_of(w, 2, "messages", 0);
	f->i.tcp_flags[1] |= has(w, 2, "reset") ? 4 : 0;
	flow_event(s, &f->o, FLOW_CLOSED, f->i);
	f->o.flow = 0;
}

static uint8_t index_of(const char *(*name)(uint8_t), unsigned count, const char *word, size_t n)
{
	for (unsigned i = 0; i < count; i++)
		if (strlen(name((uint8_t)i)) == n && strncmp(name((uint8_t)i), word, n) == 0)
			return (uint8_t)i;
	return UINT8_MAX;
}

static void act_words(struct obs *o, const struct words *w)
{
	for (size_t i = 6; i < w->n; i++) {
		uint8_t phase = index_of(phase_name, PHASE_PUSH + 1, w->w[i], strlen(w->w[i]));
		uint8_t outcome = index_of(outcome_name, OUT_COUNT, w->w[i], strlen(w->w[i]));

		if (phase != UINT8_MAX)
			o->phase = phase;
		else if (outcome != UINT8_MAX)
			o->outcome = outcome;
	}
	if (o->phase == 0)
		o->phase = o->verb == VERB_READ ? PHASE_WHOLE : PHASE_ASK;
	if (o->phase == PHASE_WHOLE && o->outcome == OUT_UNKNOWN)
		o->outcome = OUT_DONE;
}

static void act_object(struct text_rec *t, const struct words *w)
{
	struct obs *o = &t->u.obs;
	const char *name = value_of(w, 6, "name");
	const char *object = value_of(w, 6, "object");
	const char *value = value_of(w, 6, "value");

	o->code = (uint32_t)number_of(w, 6, "code", 0);
	o->result = (uint32_t)number_of(w, 6, "result", 0);
	if (object != NULL) {
		o->object.space = (uint16_t)number_of(w, 6, "space", 2);
		o->object.parts = 1;
		o->object.part[0] = (uint32_t)strtoul(object, NULL, 0);
		o->object.key = o->object.part[0] + 1000u * o->object.space + 1;
	}
	if (name != NULL) {
		o->object.name = text_in(t, name);
		o->object.space = (uint16_t)number_of(w, 6, "space", o->object.space);
		o->object.key = hash_bytes(name, strlen(name), 77);
	}
	if (value_of(w, 6, "note") != NULL)
		o->note = text_in(t, value_of(w, 6, "note"));
	if (value_of(w, 6, "to") != NULL)
		o->value = (struct value){ .type = VAL_TEXT, .bits = 8, .items = 1,
					   .raw = text_in(t, value_of(w, 6, "to")) };
	if (value != NULL) {
		o->value.type = strchr(value, '.') != NULL ? VAL_REAL : VAL_UINT;
		o->value.items = 1;
		if (o->value.type == VAL_REAL)
			o->value.one.f = strtod(value, NULL);
		else
			o->value.one.u = strtoull(value, NULL, 0);
	}
}

/* The act ends a transfer: of a file whose bytes, and whose NC text when it says its name, are as `content`. */
static void act_file(struct text_rec *t, const struct words *w)
{
	const char *file = value_of(w, 6, "file"), *content = value_of(w, 6, "content"), *says = value_of(w, 6, "says");
	struct transfer_own own = { .size = number_of(w, 6, "size", 100), .missing = number_of(w, 6, "missing", 0),
				    .complete = value_of(w, 6, "missing") == NULL };
	const char *entropy = value_of(w, 6, "entropy"), *magic = value_of(w, 6, "magic");
	char sha[PROGRAM_SHA + 1] = "";

	if (file == NULL || content == NULL)
		return;
	snprintf(sha, sizeof(sha), "%-32s", content);
	memcpy(own.sha256, sha, sizeof(own.sha256));
	own.entropy = entropy == NULL ? 4.5 : strtod(entropy, NULL);
	own.name = text_in(t, file);
	own.magic = text_in(t, magic == NULL ? "text" : magic);
	if (says != NULL) {
		own.program = text_in(t, says);
		own.program_sha256 = text_in(t, sha);
	}
	t->u.obs.own = (struct span){ (uint16_t)t->u.rec.size, sizeof(own) };
	memcpy((uint8_t *)t + t->u.rec.size, &own, sizeof(own));
	t->u.rec.size += (uint32_t)align8(sizeof(own));
}

static void add_act(struct story *s, const struct words *w)
{
	struct text_rec t = { .u.obs = { .times = 1 } };
	struct obs *o = &t.u.obs;

	if (w->n < 6) {
		wrong(s, "act PROTO VERB A -> B");
		return;
	}
	const char *dash = strchr(w->w[2], '-');
	size_t n = dash == NULL ? strlen(w->w[2]) : (size_t)(dash - w->w[2]);
	const struct host *a = host_of(s, w->w[3], &o->actor);

	host_of(s, w->w[5], &o->device);
	o->verb = index_of(verb_name, VERB_COUNT, w->w[2], n);
	o->object.class = dash == NULL ? CLASS_DATA :
			  index_of(class_name, CLASS_COUNT, dash + 1, strlen(dash + 1));
	if (o->verb == UINT8_MAX || o->object.class == UINT8_MAX || proto_of(w->w[1]) == 0) {
		wrong(s, "act %s %s: no such protocol, verb or class", w->w[1], w->w[2]);
		return;
	}
	act_words(o, w);
	o->rec = head(s, REC_ACT, sizeof(*o), a->tap, w->w[1]);
	if (o->device.port == 0 && o->device.station == 0)
		o->device.port = 502;
	act_object(&t, w);
	act_file(&t, w);
	o->times = (uint32_t)number_of(w, 6, "times", 1);
	o->since_ns = value_of(w, 6, "since") == NULL ? s->now_ns : seconds(value_of(w, 6, "since"));
	o->flow = number_of(w, 6, "as", 1);
	if (has(w, 6, "tcp"))
		o->flags |= FLAG_TCP;
	if (has(w, 6, "midstream"))
		o->flags |= FLAG_MIDSTREAM;
	if (has(w, 6, "flood"))
		o->flags |= FLAG_FLOOD;
	if (o->times > 1) {			/* its acts are frames of their own, the last is the
						 * record's */
		s->frame += o->times - 1;
		o->rec.frame = s->frame;
		o->rec.back = o->times - 1;
		s->folded = true;
	}
	const char *label = value_of(w, 6, "label"), *re = value_of(w, 6, "re");

	if (label != NULL && s->label_count < LABELS) {
		snprintf(s->labels[s->label_count].name, sizeof(s->labels[0].name), "%s", label);
		s->labels[s->label_count++].act = rec_name_of(&o->rec);
	}
	o->re = re != NULL;			/* 1: an act that never came as a record */
	for (size_t i = 0; re != NULL && i < s->label_count; i++)
		if (strcmp(s->labels[i].name, re) == 0)
			o->re = s->labels[i].act;
	record(s, &o->rec);
}

static const char *const kinds[FACT_KINDS] = {
	[FACT_NAME] = "name", [FACT_VENDOR] = "vendor", [FACT_MODEL] = "model", [FACT_FIRMWARE] = "firmware",
	[FACT_SERIAL] = "serial", [FACT_OS] = "os", [FACT_ROLE_HINT] = "role", [FACT_HARDWARE] = "hardware",
	[FACT_PLACE] = "place", [FACT_IP_OF_MAC] = "ip-of-mac", [FACT_NAME_OF_IP] = "name-of-ip",
	[FACT_ALIAS] = "alias", [FACT_CAPABILITY] = "capability", [FACT_SERVES] = "serves", [FACT_RUNNING] = "running",
	[FACT_MODULE] = "module",
};

static uint16_t kind_of(struct story *s, const char *word)
{
	for (uint16_t i = 1; i < FACT_KINDS; i++)
		if (kinds[i] != NULL && strcmp(kinds[i], word) == 0)
			return i;
	wrong(s, "no fact called '%s'", word);
	return FACT_NAME;
}

static void add_fact(struct story *s, const struct words *w)
{
	struct text_rec t = { .u.fact = { .kind = 0 } };
	struct fact *f = &t.u.fact;

	if (w->n < 3) {
		wrong(s, "fact KIND A");
		return;
	}
	const char *text = value_of(w, 3, "text");
	const char *trust = value_of(w, 3, "trust");
	const char *proto = value_of(w, 3, "proto");
	const struct host *a = host_of(s, w->w[2], &f->about);

	f->kind = kind_of(s, w->w[1]);
	f->rec = head(s, REC_FACT, sizeof(*f), a->tap, proto == NULL ? "lldp" : proto);
	f->number = number_of(w, 3, "number", f->kind == FACT_NAME ? NAME_SYSTEM : 0);
	f->trust = trust == NULL ? TRUST_SURE : index_of(trust_name, 3, trust, strlen(trust));
	if (text != NULL)
		f->text = text_in(&t, text);
	record(s, &f->rec);
}

static void add_health(struct story *s, const struct words *w)
{
	struct { struct obs o; struct health h; } r = { 0 };

	r.o.rec = head(s, REC_HEALTH, sizeof(r), (uint8_t)number_of(w, 1, "tap", 0), NULL);
	r.o.vlan = (uint16_t)number_of(w, 1, "vlan", 0);
	r.o.own = (struct span){ sizeof(struct obs), sizeof(struct health) };
	r.h.minute_ns = (int64_t)number_of(w, 1, "minute", 0) * 60 * NS_PER_S;
	r.h.frames = number_of(w, 1, "frames", 1);
	record(s, &r.o.rec);
}

static void add_tick(struct story *s)
{
	struct rec r = { .size = sizeof(r), .type = REC_TICK, .frame = s->frame, .at_ns = s->now_ns };

	record(s, &r);
}

static void add_person(struct story *s, const struct words *w)
{
	struct side side;

	if (w->n < 4) {
		wrong(s, "person KIND A TEXT");
		return;
	}
	begin(s);
	const struct host *h = host_of(s, w->w[2], &side);

	ledger_person(s->ledger, h->tap, 0, &side, kind_of(s, w->w[1]), w->w[3], s->now_ns);
	s->ordered = true;			/* not a record: it cannot be told again */
}

/* ---- runs ---- */

static bool load_end(void *l, const struct end_row *r) { ledger_load_end(l, r); return true; }
static bool load_fact(void *l, const struct fact_row *r) { ledger_load_fact(l, r); return true; }
static bool load_talk(void *l, const struct talk_row *r) { ledger_load_talk(l, r); return true; }
static bool load_flow(void *l, const struct flow_row *r) { ledger_load_flow(l, r); return true; }
static bool load_object(void *l, const struct object_row *r) { ledger_load_object(l, r); return true; }
static bool load_program(void *l, const struct program_row *r) { ledger_load_program(l, r); return true; }
static bool load_coverage(void *l, const struct coverage_row *r) { ledger_load_coverage(l, r); return true; }

/* What was written and read back must read the same. */
static void reload(struct story *s)
{
	static const struct ledger_visitor loader = { load_end, load_fact, load_talk, load_flow, load_object,
						      load_program, load_coverage, NULL, NULL };
	struct ledger *old = s->ledger;

	new_ledger(s);
	ledger_visit(old, &loader, s->ledger);
	char *before = dump_of(old), *after = dump_of(s->ledger);

	if (strcmp(before, after) != 0)
		tell_difference(s, "writing and reading back", before, after);
	free(before);
	free(after);
	ledger_free(old);
}

static void next_run(struct story *s, bool learning)
{
	begin(s);
	detect_close(s->detect, on_alert, s);
	detect_visit_baseline(s->detect, keep_baseline, s);
	s->kept_count = 0;
	detect_visit_learned(s->detect, keep_learned, s);
	s->known_count = 0;
	detect_visit_known(s->detect, keep_known, s);
	detect_free(s->detect);
	reload(s);
	new_detect(s, learning);
	s->learned |= learning;
	s->ordered = true;
}

/* ---- expectations ---- */

static bool one_asset(struct story *s, const char *word, struct asset *ret)
{
	struct side side;
	const struct host *h = host_of(s, word, &side);

	for (unsigned p = 0; p <= ARRAY_LEN(fakes); p++)
		if (ledger_asset_of(s->ledger, h->tap, (uint16_t)p, &side, s->now_ns, false, ret))
			return true;
	return false;
}

struct find { uint64_t id; struct asset asset; size_t count; bool found; };

static bool find_asset(void *ctx, const struct asset *a)
{
	struct find *f = ctx;

	f->count++;
	if (a->id == f->id) {
		f->asset = *a;
		f->found = true;
	}
	return true;
}

static void want_text(struct story *s, const struct words *w, const char *key, const char *have)
{
	const char *want = value_of(w, 3, key);

	if (want != NULL && strcmp(want, have) != 0)
		wrong(s, "%s is '%s', not '%s'", key, have, want);
}

static void want_number(struct story *s, const struct words *w, size_t from, const char *key, uint64_t have)
{
	if (value_of(w, from, key) != NULL && number_of(w, from, key, 0) != have)
		wrong(s, "%s is %llu, not %llu", key, U(have), U(number_of(w, from, key, 0)));
}

static void want_other(struct story *s, const struct words *w, const char *key, uint64_t have)
{
	const char *other = value_of(w, 3, key);
	struct asset a = { 0 };

	if (other == NULL)
		return;
	bool none = strcmp(other, "none") == 0;

	if (!none && !one_asset(s, other, &a))
		wrong(s, "%s: '%s' is no asset", key, other);
	else if (have != a.id)
		wrong(s, "%s is %llu, not that of '%s'", key, U(have), other);
}

static const struct { const char *name; uint32_t flag; } flag_names[] = {
	{ "router", ASSET_ROUTER }, { "behind", ASSET_BEHIND }, { "local-mac", ASSET_LOCAL_MAC },
	{ "virtual", ASSET_VIRTUAL }, { "two-networks", ASSET_TWO_NETWORKS }, { "vlans", ASSET_VLANS },
	{ "gateway", ASSET_GATEWAY }, { "ot", ASSET_OT },
};

/* expect asset A [role= why= name= vendor= model= firmware= serial= hardware= os= place= ip= mac=] [parent=B
 * behind=B twin=B] [vlans=N first=S last=S] [FLAG ...] [not-FLAG ...] */
static void expect_asset(struct story *s, const struct words *w)
{
	static const struct ledger_visitor v = { .asset = find_asset };
	char ip[IP_TEXT], mac[MAC_TEXT], key[32];
	struct asset a;

	if (!one_asset(s, w->w[2], &a)) {
		wrong(s, "'%s' is no asset", w->w[2]);
		return;
	}
	struct find f = { .id = a.id };

	ledger_visit(s->ledger, &v, &f);
	if (!f.found) {
		wrong(s, "'%s' is an asset alone but not among all", w->w[2]);
		return;
	}
	a = f.asset;
	ip_text(ip, a.ip);
	mac_text(mac, a.mac);
	const struct { const char *key, *have; } texts[] = {
		{ "role", a.role }, { "why", a.role_why }, { "name", a.name }, { "vendor", a.vendor },
		{ "model", a.model }, { "firmware", a.firmware }, { "serial", a.serial },
		{ "hardware", a.hardware }, { "os", a.os }, { "place", a.place }, { "ip", ip },
		{ "mac", mac }, { "trust", trust_name(a.role_trust) },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		want_text(s, w, texts[i].key, texts[i].have);
	want_other(s, w, "parent", a.parent);
	want_other(s, w, "behind", a.behind);
	want_other(s, w, "twin", a.twin);
	want_number(s, w, 3, "vlans", a.vlan_count);
	want_number(s, w, 3, "first", (uint64_t)(a.first_ns / NS_PER_S));
	want_number(s, w, 3, "last", (uint64_t)(a.last_ns / NS_PER_S));
	for (size_t i = 0; i < ARRAY_LEN(flag_names); i++) {
		snprintf(key, sizeof(key), "not-%s", flag_names[i].name);
		if (has(w, 3, flag_names[i].name) && (a.flags & flag_names[i].flag) == 0)
			wrong(s, "'%s' is not %s", w->w[2], flag_names[i].name);
		if (has(w, 3, key) && (a.flags & flag_names[i].flag) != 0)
			wrong(s, "'%s' is %s", w->w[2], flag_names[i].name);
	}
}

static void expect_same(struct story *s, const struct words *w, bool same)
{
	struct asset a = { 0 }, b = { 0 };

	if (w->n < 4 || !one_asset(s, w->w[2], &a) || !one_asset(s, w->w[3], &b))
		wrong(s, "one of the two is no asset");
	else if ((a.id == b.id) != same)
		wrong(s, "'%s' and '%s' are %s", w->w[2], w->w[3], same ? "two things" : "one thing");
}

struct wanted { struct story *s; const struct words *w; uint64_t a, b; uint16_t proto; size_t count; };

static bool find_talk(void *ctx, const struct talk_row *r)
{
	struct wanted *f = ctx;

	if (r->actor_asset != f->a || r->device_asset != f->b || r->proto != f->proto)
		return true;
	f->count++;
	want_number(f->s, f->w, 6, "acts", r->acts);
	want_number(f->s, f->w, 6, "done", r->done);
	want_number(f->s, f->w, 6, "refused", r->refused);
	want_number(f->s, f->w, 6, "unanswered", r->unanswered);
	want_number(f->s, f->w, 6, "first", (uint64_t)(r->first_ns / NS_PER_S));
	want_number(f->s, f->w, 6, "last", (uint64_t)(r->last_ns / NS_PER_S));
	return true;
}

static bool find_flow(void *ctx, const struct flow_row *r)
{
	struct wanted *f = ctx;

	if (r->client_asset != f->a || r->server_asset != f->b)
		return true;
	f->count++;
	want_number(f->s, f->w, 6, "opened", r->opened);
	want_number(f->s, f->w, 6, "answered", r->answered);
	want_number(f->s, f->w, 6, "closed", r->closed);
	want_number(f->s, f->w, 6, "bytes", r->bytes[0] + r->bytes[1]);
	want_number(f->s, f->w, 6, "port", r->port);
	return true;
}

static bool find_object(void *ctx, const struct object_row *r)
{
	struct wanted *f = ctx;
	const char *object = value_of(f->w, 6, "object");

	if (r->actor_asset != f->a || r->device_asset != f->b || r->proto != f->proto ||
	    (object != NULL && strcmp(object, r->object) != 0))
		return true;
	f->count++;
	want_text(f->s, f->w, "value", r->value);
	want_text(f->s, f->w, "word", word_at(r->word));
	want_number(f->s, f->w, 6, "count", r->count);
	want_number(f->s, f->w, 6, "done", r->done);
	want_number(f->s, f->w, 6, "refused", r->refused);
	return true;
}

static bool find_program(void *ctx, const struct program_row *r)
{
	struct wanted *f = ctx;
	const char *name = value_of(f->w, 6, "name"), *verb = value_of(f->w, 6, "verb");

	if (r->actor_asset != f->a || r->device_asset != f->b || r->proto != f->proto ||
	    (name != NULL && strcmp(name, r->name) != 0) || (verb != NULL && strcmp(verb, verb_name(r->verb)) != 0))
		return true;
	f->count++;
	want_text(f->s, f->w, "says", r->says);
	want_number(f->s, f->w, 6, "count", r->count);
	want_number(f->s, f->w, 6, "canonical", r->canonical);
	want_number(f->s, f->w, 6, "size", r->size);
	return true;
}

/* expect talk|flow|object|program PROTO A -> B [...] [rows=N]; a side may be "none" */
static void expect_row(struct story *s, const struct words *w)
{
	struct ledger_visitor v = { .end = NULL };
	struct wanted f = { .s = s, .w = w };
	struct asset a = { 0 }, b = { 0 };

	if (w->n < 6) {
		wrong(s, "expect %s PROTO A -> B", w->w[1]);
		return;
	}
	if ((strcmp(w->w[3], "none") != 0 && !one_asset(s, w->w[3], &a)) ||
	    (strcmp(w->w[5], "none") != 0 && !one_asset(s, w->w[5], &b))) {
		wrong(s, "one of the two is no asset");
		return;
	}
	f.a = a.id;
	f.b = b.id;
	f.proto = proto_of(w->w[2]);
	if (strcmp(w->w[1], "talk") == 0)
		v.talk = find_talk;
	else if (strcmp(w->w[1], "flow") == 0)
		v.flow = find_flow;
	else if (strcmp(w->w[1], "program") == 0)
		v.program = find_program;
	else
		v.object = find_object;
	ledger_visit(s->ledger, &v, &f);
	if (f.count != number_of(w, 6, "rows", 1))
		wrong(s, "%zu such rows", f.count);
}

static bool find_service(void *ctx, const struct service_row *r)
{
	struct wanted *f = ctx;
	bool serves = strcmp(f->w->w[1], "serves") == 0;

	if (r->asset != f->a || r->served != serves || r->proto != f->proto ||
	    (f->proto == 0 && r->port != number_of(f->w, 4, "port", 0)))
		return true;
	f->count++;
	want_number(f->s, f->w, 4, "acts", r->acts);
	want_number(f->s, f->w, 4, "flows", r->flows);
	return true;
}

/* expect serves|asks A PROTO|- [port=N acts=N flows=N rows=N] */
static void expect_service(struct story *s, const struct words *w)
{
	static const struct ledger_visitor v = { .service = find_service };
	struct asset a = { 0 };

	if (w->n < 4 || !one_asset(s, w->w[2], &a)) {
		wrong(s, "'%s' is no asset", w->w[2]);
		return;
	}
	struct wanted f = { .s = s, .w = w, .a = a.id, .proto = proto_of(w->w[3]) };

	ledger_visit(s->ledger, &v, &f);
	if (f.count != number_of(w, 4, "rows", 1))
		wrong(s, "%zu such rows", f.count);
}

static bool find_coverage(void *ctx, const struct coverage_row *r)
{
	struct wanted *f = ctx;

	if (r->tap == number_of(f->w, 2, "tap", 0) && r->vlan == number_of(f->w, 2, "vlan", 0) &&
	    r->sum.minute_ns == (int64_t)number_of(f->w, 2, "minute", 0) * 60 * NS_PER_S) {
		f->count++;
		want_number(f->s, f->w, 2, "frames", r->sum.frames);
	}
	return true;
}

static void expect_coverage(struct story *s, const struct words *w)
{
	static const struct ledger_visitor v = { .coverage = find_coverage };
	struct wanted f = { .s = s, .w = w };

	ledger_visit(s->ledger, &v, &f);
	if (f.count != 1)
		wrong(s, "%zu such rows", f.count);
}

/* The two addresses with which the alert names an actor or device. */
static void want_side(struct story *s, const struct words *w, const char *key, const struct side *have)
{
	const char *name = value_of(w, 3, key);
	struct side want;

	if (name == NULL)
		return;
	host_of(s, name, &want);
	if (memcmp(want.ip, have->ip, 16) != 0 || memcmp(want.mac, have->mac, 6) != 0 ||
	    want.station != have->station)
		wrong(s, "%s is not '%s'", key, name);
}

/* expect alert N rule= action= level= actor=A device=B count= done= refused= learned= object= actor-name=
 * actor-role= technique= v19= frames= says=TEXT (part of the English sentence) ja=TEXT silent=TEXT (no part of it)
 * why=TEXT (part of the English reason) */
static void expect_alert(struct story *s, const struct words *w)
{
	char en[ALERT_SENTENCE], ja[ALERT_SENTENCE], why[ALERT_SENTENCE];
	size_t n = w->n < 3 ? 0 : strtoul(w->w[2], NULL, 10);

	detect_close(s->detect, on_alert, s);
	if (n < 1 || n > s->alert_count) {
		wrong(s, "there are %zu alerts", s->alert_count);
		return;
	}
	const struct alert *a = &s->alerts[n - 1];
	const char *says = value_of(w, 3, "says"), *says_ja = value_of(w, 3, "ja");

	want_text(s, w, "rule", a->rule);
	want_text(s, w, "action", a->action);
	want_text(s, w, "level", level_name(a->level));
	want_text(s, w, "object", a->object);
	want_text(s, w, "actor-name", a->actor_name);
	want_text(s, w, "device-name", a->device_name);
	want_text(s, w, "actor-role", a->actor_role);
	want_text(s, w, "device-role", a->device_role);
	want_text(s, w, "technique", a->techniques[0]);
	want_text(s, w, "v19", technique_v19(a->techniques[a->technique_count - 1]));
	want_side(s, w, "actor", &a->actor);
	want_side(s, w, "device", &a->device);
	want_number(s, w, 3, "count", a->count);
	want_number(s, w, 3, "done", a->done);
	want_number(s, w, 3, "refused", a->refused);
	want_number(s, w, 3, "unanswered", a->unanswered);
	want_number(s, w, 3, "learned", a->learned);
	want_number(s, w, 3, "frames", a->frame_count);
	alert_text(en, sizeof(en), LANG_EN, a, ALERT_SENTENCE_TEXT);
	alert_text(ja, sizeof(ja), LANG_JA, a, ALERT_SENTENCE_TEXT);
	alert_text(why, sizeof(why), LANG_EN, a, ALERT_WHY);
	if (value_of(w, 3, "why") != NULL && strstr(why, value_of(w, 3, "why")) == NULL)
		wrong(s, "its reason is '%s'", why);
	if (says != NULL && strstr(en, says) == NULL)
		wrong(s, "it says '%s'", en);
	if (value_of(w, 3, "silent") != NULL && strstr(en, value_of(w, 3, "silent")) != NULL)
		wrong(s, "it says '%s'", en);
	if (says_ja != NULL && strstr(ja, says_ja) == NULL)
		wrong(s, "it says '%s'", ja);
	for (unsigned l = 0; l < LANG_COUNT; l++)
		for (unsigned t = 0; t < ALERT_TEXTS; t++) {
			alert_text(en, sizeof(en), l, a, t);
			if (strchr(en, '{') != NULL || strstr(en, "alerts.") != NULL ||
			    strstr(en, "roles.") != NULL)
				wrong(s, "a text is not filled: '%s'", en);
		}
}

static void expect_groups(struct story *s, const struct words *w)
{
	struct detect_stats stats;

	detect_stats(s->detect, &stats);
	want_number(s, w, 2, "used", stats.groups);
	want_number(s, w, 2, "refused", stats.groups_refused);
}

static void expect_refused(struct story *s, const struct words *w)
{
	struct ledger_stats st;
	struct detect_stats ds;

	ledger_stats(s->ledger, &st);
	detect_stats(s->detect, &ds);
	const struct { const char *name; uint64_t n; } all[] = {
		{ "values", ds.values_refused }, { "ends", st.ends.refused }, { "facts", st.facts.refused }, { "talks", st.talks.refused },
		{ "flows", st.flows.refused }, { "objects", st.objects.refused },
		{ "coverage", st.coverage.refused }, { "alerts", ds.alerts_refused },
		{ "baseline", ds.baseline_refused },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		want_number(s, w, 2, all[i].name, all[i].n);
}

static void expect_count(struct story *s, const struct words *w)
{
	static const struct ledger_visitor v = { .asset = find_asset };
	size_t want = w->n < 3 ? 0 : strtoul(w->w[2], NULL, 10), have = s->raised;
	struct find f = { .id = 0 };

	if (strcmp(w->w[1], "known") == 0) {
		s->known_count = 0;
		detect_visit_known(s->detect, keep_known, s);
		have = s->known_count;
	}
	if (strcmp(w->w[1], "assets") == 0) {
		ledger_visit(s->ledger, &v, &f);
		have = f.count;
	}
	if (have != want)
		wrong(s, "there are %zu %s, not %zu", have, w->w[1], want);
}

static void expect(struct story *s, const struct words *w)
{
	struct asset a;

	begin(s);
	if (w->n < 2)
		wrong(s, "expect what?");
	else if (strcmp(w->w[1], "asset") == 0)
		expect_asset(s, w);
	else if (strcmp(w->w[1], "none") == 0) {
		if (one_asset(s, w->w[2], &a))
			wrong(s, "'%s' is an asset", w->w[2]);
	} else if (strcmp(w->w[1], "same") == 0 || strcmp(w->w[1], "apart") == 0)
		expect_same(s, w, w->w[1][0] == 's');
	else if (strcmp(w->w[1], "assets") == 0 || strcmp(w->w[1], "alerts") == 0 ||
		 strcmp(w->w[1], "known") == 0)
		expect_count(s, w);
	else if (strcmp(w->w[1], "alert") == 0)
		expect_alert(s, w);
	else if (strcmp(w->w[1], "refused") == 0)
		expect_refused(s, w);
	else if (strcmp(w->w[1], "groups") == 0)
		expect_groups(s, w);
	else if (strcmp(w->w[1], "coverage") == 0)
		expect_coverage(s, w);
	else if (strcmp(w->w[1], "serves") == 0 || strcmp(w->w[1], "asks") == 0)
		expect_service(s, w);
	else
		expect_row(s, w);
}

/* ---- telling again ---- */

static void retell(struct story *s, struct rec **list, size_t n, const char *what)
{
	char *before = dump_of(s->ledger);
	struct ledger *old = s->ledger;

	new_ledger(s);
	for (size_t i = 0; i < n; i++)
		ledger_record(s->ledger, list[i]);
	char *after = dump_of(s->ledger);

	if (strcmp(before, after) != 0)
		tell_difference(s, what, before, after);
	free(before);
	free(after);
	ledger_free(s->ledger);
	s->ledger = old;
}

static void shuffle(struct rec **list, size_t n, uint32_t seed)
{
	for (size_t i = n; i > 1; i--) {
		seed = seed * 1664525u + 1013904223u;
		size_t j = (seed >> 8) % i;
		struct rec *t = list[i - 1];

		list[i - 1] = list[j];
		list[j] = t;
	}
}

static void other_orders(struct story *s)
{
	struct rec *list[RECORDS];
	size_t n = s->record_count;

	for (size_t i = 0; i < n; i++)
		list[i] = s->records[n - 1 - i];
	retell(s, list, n, "the reverse order");
	for (uint32_t seed = 1; seed <= 8; seed++) {
		shuffle(list, n, seed);
		retell(s, list, n, "another order");
	}
}

static int by_time(const void *pa, const void *pb)
{
	const struct rec *a = *(struct rec *const *)pa, *b = *(struct rec *const *)pb;

	return a->at_ns != b->at_ns ? (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns) :
	       (a->frame > b->frame) - (a->frame < b->frame);
}

/* The detector must find the same in records told in this way. */
static void find_again(struct story *s, struct rec **list, size_t n)
{
	struct story *again = calloc(1, sizeof(*again));

	again->limits = s->limits;
	again->rules = s->rules;
	again->detector = s->detector;
	again->learned = s->learned_before;
	memcpy(again->kept, s->kept, sizeof(s->kept));
	again->kept_count = s->kept_count;
	memcpy(again->known, s->known, sizeof(s->known));
	again->known_count = s->known_count;
	again->values = s->values;
	again->why = s->why;
	again->why_cap = s->why_cap;
	begin(again);
	qsort(list, n, sizeof(list[0]), by_time);
	for (size_t i = 0; i < n; i++)
		tell(again, list[i]);
	detect_close(again->detect, on_alert, again);
	if (again->alert_count != s->alert_count - s->run_alerts)
		wrong(s, "act by act: %zu alerts, not %zu", again->alert_count, s->alert_count - s->run_alerts);
	for (size_t i = 0; i < again->alert_count && s->why[0] == '\0'; i++) {
		const struct alert *a = &s->alerts[s->run_alerts + i], *b = &again->alerts[i];

		if (strcmp(a->object, b->object) != 0 || a->count != b->count || a->done != b->done ||
		    a->first_ns != b->first_ns || a->last_ns != b->last_ns)
			wrong(s, "act by act: alert %zu is of '%s' %llu times, not '%s' %llu times", i + 1, b->object,
			      U(b->count), a->object, U(a->count));
	}
	detect_free(again->detect);
	ledger_free(again->ledger);
	free(again);
}

/* Every act a record stands for as a record of its own: the first at since_ns, the last at at_ns. */
static void one_by_one(struct story *s)
{
	struct rec *list[RECORDS], *made[RECORDS];
	size_t n = 0, m = 0;

	for (size_t i = s->detector == NULL ? 0 : s->run_began; i < s->record_count; i++) {
		struct obs *o = (struct obs *)(void *)s->records[i];
		bool one = o->rec.type != REC_ACT || o->times == 1;

		for (uint32_t k = 0; k < (one ? 1 : o->times) && n < RECORDS; k++) {
			if (one) {
				list[n++] = s->records[i];
				continue;
			}
			struct obs *c = malloc(o->rec.size);

			memcpy(c, o, o->rec.size);
			c->times = 1;
			c->rec.back = 0;
			c->rec.frame = o->rec.frame - o->rec.back + k;
			c->rec.at_ns = o->since_ns + (o->rec.at_ns - o->since_ns) * k / (o->times - 1);
			c->since_ns = c->rec.at_ns;
			made[m++] = list[n++] = &c->rec;
		}
	}
	if (s->detector == NULL)
		retell(s, list, n, "act by act");
	else
		find_again(s, list, n);
	while (m > 0)
		free(made[--m]);
}

/* ---- one story ---- */

static void set_limit(struct story *s, const struct words *w)
{
#define SET_LIMIT(name, dflt) s->limits.name = (uint32_t)number_of(w, 1, #name, s->limits.name);
	LIMITS(SET_LIMIT)
#undef SET_LIMIT
	s->ordered = true;
}

static void tell_line(struct story *s, char *line);

/* "repeat N STEP LINE" */
static void tell_again(struct story *s, const char *line)
{
	char *rest;
	unsigned long n = strtoul(line + strlen("repeat"), &rest, 10);
	double step = strtod(rest, &rest);

	for (unsigned long i = 1; i <= n; i++) {
		char one[LINE];
		size_t k = 0;

		for (const char *p = rest; *p != '\0' && k + 24 < sizeof(one); p++) {
			if (*p == '%')
				k += (size_t)snprintf(one + k, sizeof(one) - k, "%lu", i);
			else
				one[k++] = *p;
		}
		one[k] = '\0';
		tell_line(s, one);
		s->now_ns += (int64_t)(step * 1e9);
	}
}

static void tell_line(struct story *s, char *line)
{
	if (strncmp(line, "repeat ", 7) == 0) {
		tell_again(s, line);
		return;
	}
	struct words w = split(line);
	const char *verb = w.n == 0 ? "" : w.w[0];

	if (w.n == 0)
		return;
	if (strcmp(verb, "host") == 0)
		add_host(s, &w);
	else if (strcmp(verb, "limit") == 0)
		set_limit(s, &w);
	else if (strcmp(verb, "ordered") == 0)
		s->ordered = true;
	else if (strcmp(verb, "at") == 0 && w.n == 2)
		s->now_ns = seconds(w.w[1]);
	else if (strcmp(verb, "flow") == 0)
		add_flow(s, &w);
	else if (strcmp(verb, "close") == 0)
		close_flow(s, &w);
	else if (strcmp(verb, "act") == 0)
		add_act(s, &w);
	else if (strcmp(verb, "fact") == 0)
		add_fact(s, &w);
	else if (strcmp(verb, "health") == 0)
		add_health(s, &w);
	else if (strcmp(verb, "tick") == 0)
		add_tick(s);
	else if (strcmp(verb, "person") == 0)
		add_person(s, &w);
	else if (strcmp(verb, "detector") == 0 && w.n == 2)
		take_rules(s, &w);
	else if (strcmp(verb, "values") == 0 && w.n == 2)
		s->values = strcmp(w.w[1], "none") == 0 ? VALUES_NONE : VALUES_WRITES;
	else if (strcmp(verb, "rules") == 0 && w.n >= 2)
		take_rules(s, &w);
	else if (strcmp(verb, "learn") == 0 || strcmp(verb, "watch") == 0)
		next_run(s, verb[0] == 'l');
	else if (strcmp(verb, "reload") == 0)
		reload(s);
	else if (strcmp(verb, "expect") == 0)
		expect(s, &w);
	else
		wrong(s, "'%s' is no word of a story", verb);
}

static void story_run(const char *text, char *why, size_t cap)
{
	static const struct limits defaults = LIMITS_DEFAULT;
	struct story *s = calloc(1, sizeof(*s));

	why[0] = '\0';
	s->why = why;
	s->why_cap = cap;
	s->limits = defaults;
	s->values = VALUES_WRITES;
	s->limits.assets = s->limits.conversations = s->limits.objects = s->limits.alerts = 256;
	s->now_ns = NS_PER_S;
	while (*text != '\0') {
		char line[LINE];
		size_t n = strcspn(text, "\n");

		s->line++;
		snprintf(line, sizeof(line), "%.*s", (int)n, text);
		tell_line(s, line);
		text += n + (text[n] == '\n');
	}
	begin(s);
	if (!s->ordered)
		other_orders(s);
	if (s->folded)
		one_by_one(s);
	detect_free(s->detect);
	ledger_free(s->ledger);
	ruleset_free(s->rules);
	for (size_t i = 0; i < s->record_count; i++)
		free(s->records[i]);
	free(s);
}

/* ---- files ---- */

enum { STORIES = 512 };

static char *texts[64];
static char names[STORIES][160];
static const char *bodies[STORIES];
static size_t story_count;

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = malloc(1 << 20);
	size_t n = f == NULL ? 0 : fread(p, 1, (1 << 20) - 1, f);

	p[n] = '\0';
	if (f != NULL)
		fclose(f);
	return p;
}

/* Cuts a file at its "== " lines. */
static void load(const char *file, char *text)
{
	for (char *p = strstr(text, "== "); p != NULL && story_count < STORIES;) {
		char *end = p + strcspn(p, "\n");
		char *next = strstr(end, "\n== ");

		snprintf(names[story_count], sizeof(names[0]), "%.40s: %.*s", file,
			 (int)min_size((size_t)(end - p) - 3, 100), p + 3);
		bodies[story_count++] = *end == '\0' ? end : end + 1;
		if (next != NULL)
			*next++ = '\0';
		p = next;
	}
}

static void test_story(void **state)
{
	char why[2048];

	story_run(*state, why, sizeof(why));
	if (why[0] != '\0')
		fail_msg("%s", why);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int main(void)
{
	struct dirent **list;
	char path[1024];
	int n = scandir(KOBAN_SOURCE "/tests/scenario", &list, NULL, by_name);
	size_t files = 0;

	for (int i = 0; i < n; i++) {
		const char *dot = strrchr(list[i]->d_name, '.');

		if (dot != NULL && strcmp(dot, ".txt") == 0 && files < ARRAY_LEN(texts)) {
			snprintf(path, sizeof(path), KOBAN_SOURCE "/tests/scenario/%s", list[i]->d_name);
			texts[files] = read_all(path);
			load(list[i]->d_name, texts[files++]);
		}
		free(list[i]);
	}
	free(list);
	struct CMUnitTest *tests = calloc(story_count, sizeof(*tests));

	for (size_t i = 0; i < story_count; i++)
		tests[i] = (struct CMUnitTest){ names[i], test_story, NULL, NULL,
						(void *)(uintptr_t)bodies[i] };
	int failed = _cmocka_run_group_tests("scenarios", tests, story_count, NULL, NULL);

	free(tests);
	while (files > 0)
		free(texts[--files]);
	return failed;
}

/* bench/rules.c: what rules cost per record, at 10, 1,000 and 10,000 of them.
 *
 * usage: bench_rules [ROUNDS]
 *
 * The acts are those of a line: 40 panels and controllers, reads that differ each time (what folding leaves)
 * and one write in eight. The rules are those of a site: about one controller, one object, one actor or one
 * file each, with roles, values and texts behind. Five in each set speak of every device and are tried one by
 * one. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "detect/detect.h"
#include "detect/ruleset.h"

enum { ACTS = 4096, RULE_ROOM = 512 };

static void on_problem(void *ctx, const struct rule_problem *p)
{
	(void)ctx;
	fprintf(stderr, "%u:%u %s %s\n", p->line, p->column, p->key, p->what);
	exit(1);
}

static void on_alert(void *ctx, const struct alert *a, enum alert_event event)
{
	(void)a;
	*(uint64_t *)ctx += event == ALERT_RAISED;
}

static size_t one_rule(char *p, unsigned i)
{
	unsigned a = 9 + i / 65536, b = i / 256 % 256, c = i % 256;
	char body[160];

	if (i < 5)
		snprintf(body, sizeof(body), "  s: {value|gt: %u, who|contains: x%u}\n", 60000 + i, i);
	else if (i % 4 == 0)
		snprintf(body, sizeof(body), "  s: {device.ip: 10.%u.%u.%u, value|gt: 30000}\n", a, b, c);
	else if (i % 4 == 1)
		snprintf(body, sizeof(body), "  s: {actor.ip: 10.%u.%u.%u, device.role: plc}\n", a, b, c);
	else if (i % 4 == 2)
		snprintf(body, sizeof(body), "  s: {object.part0: %u, value|range: [1, 5]}\n", 100 + i);
	else
		snprintf(body, sizeof(body), "  s: {who: op%u}\n", i);
	return (size_t)snprintf(p, RULE_ROOM,
				"title: T\nid: r%u\nlevel: low\non: {protocol: modbus, verb: %s}\n"
				"detection:\n%s  condition: s\n---\n",
				i, i % 3 == 0 ? "[read, write]" : "write", body);
}

static struct ruleset *rules(unsigned count, const struct site *site)
{
	char *text = malloc((size_t)(count + 1) * RULE_ROOM);
	struct ruleset *set;
	size_t n = 0;

	if (text == NULL || ruleset_new(&set, site) != 0)
		exit(1);
	for (unsigned i = 0; i < count; i++)
		n += one_rule(text + n, i);
	ruleset_add(set, "bench.yml", text, n, on_problem, NULL);
	ruleset_finish(set, on_problem, NULL);
	free(text);
	return set;
}

static void make_act(struct obs *o, unsigned i, unsigned proto)
{
	bool write = i % 8 == 0;

	*o = (struct obs){ .rec = { .type = REC_ACT, .proto = (uint16_t)proto, .size = sizeof(*o),
				    .frame = i + 1, .at_ns = (int64_t)i * NS_PER_MS + NS_PER_S },
			   .verb = write ? VERB_WRITE : VERB_READ, .phase = write ? PHASE_ASK : PHASE_WHOLE,
			   .outcome = write ? OUT_UNKNOWN : OUT_DONE, .times = 1, .code = write ? 6 : 3 };
	o->since_ns = o->rec.at_ns;
	for (unsigned e = 0; e < 2; e++) {
		struct side *s = e == 0 ? &o->actor : &o->device;
		const uint8_t ip[16] = { [10] = 0xff, 0xff, 192, 168, (uint8_t)e, (uint8_t)(1 + i % 20) };

		memcpy(s->ip, ip, sizeof(ip));
		s->mac[1] = (uint8_t)(1 + e);
		s->mac[5] = ip[15];
	}
	o->object = (struct locator){ .space = 2, .class = CLASS_DATA, .parts = 1, .part = { i % 200 },
				      .count = 1, .key = i % 200 + 1 };
	o->value = (struct value){ .type = VAL_UINT, .bits = 16, .items = 1, .one.u = i % 60000, .digest = i,
				   .length = 2 };
}

/* ns per record of detect_record() alone. */
static double cost(const struct ruleset *set, unsigned proto, unsigned rounds, uint64_t *raised)
{
	static struct obs acts[ACTS];
	const struct limits limits = LIMITS_DEFAULT;
	const struct ledger_options lo = { .limits = &limits };
	struct ledger *ledger;
	struct detect *d;
	struct timespec a, b;

	if (ledger_new(&ledger, &lo) != 0)
		exit(1);
	const struct detect_options o = { .limits = &limits, .ledger = ledger, .rules = set,
					  .first_off = true };

	if (detect_new(&d, &o) != 0)
		exit(1);
	for (unsigned i = 0; i < ACTS; i++) {
		make_act(&acts[i], i, proto);
		ledger_record(ledger, &acts[i].rec);
		detect_record(d, &acts[i].rec, on_alert, raised);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (unsigned r = 0; r < rounds; r++)
		for (unsigned i = 0; i < ACTS; i++)
			detect_record(d, &acts[i].rec, on_alert, raised);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	detect_free(d);
	ledger_free(ledger);
	return ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / rounds / ACTS;
}

static struct ruleset *own(const struct site *site)
{
	struct ruleset *set;

	if (ruleset_new(&set, site) != 0)
		exit(1);
	ruleset_add_own(set, on_problem, NULL);
	ruleset_finish(set, on_problem, NULL);
	return set;
}

int main(int argc, char **argv)
{
	static const unsigned counts[] = { 10, 1000, 10000 };
	static struct site site;
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 200;
	unsigned modbus = proto_number(proto_named("modbus")), other = proto_number(proto_named("lldp"));
	double ten = 0;

	site_init(&site);
	printf("%10s %16s %10s %18s\n", "rules", "ns per record", "ratio", "ns, none of them");
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		uint64_t raised = 0;
		struct ruleset *set = rules(counts[i], &site);
		double ns = cost(set, modbus, rounds, &raised), none = cost(set, other, rounds, &raised);

		ten = i == 0 ? ns : ten;
		printf("%10u %16.1f %10.2f %18.1f\n", counts[i], ns, ns / ten, none);
		ruleset_free(set);
	}
	uint64_t raised = 0;
	struct ruleset *set = own(&site);

	printf("%10s %16.1f %10s %18.1f\n", "koban's", cost(set, modbus, rounds, &raised), "",
	       cost(set, other, rounds, &raised));
	ruleset_free(set);
	return 0;
}

/* fuzz/fuzz_desk.c: whatever records pass rec_check(), the desk takes: ledger, rules, EVE lines and what is read from the
 * ledger afterwards. A sensor that was taken over can say anything; it must not be able to do anything.
 *
 * Input: records, each length:2 little-endian | bytes. The size, the order and the time of a record are put right, because
 * those who release records see to them and a fuzzer would spend its time on them. */
#include "main/desk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool look_asset(void *sum, const struct asset *a)
{
	char name[256];

	ledger_call(name, sizeof(name), LANG_JA, a);
	*(uint64_t *)sum += strlen(name);
	ledger_name(name, sizeof(name), a);
	*(uint64_t *)sum += strlen(name);
	return true;
}

#define LOOK(row) static bool look_##row(void *sum, const struct row##_row *r) \
{ \
	for (size_t i = 0; i < sizeof(*r); i++) \
		*(uint64_t *)sum += ((const uint8_t *)r)[i]; \
	return true; \
}
LOOK(end)
LOOK(fact)
LOOK(talk)
LOOK(flow)
LOOK(object)
LOOK(coverage)
LOOK(service)

static bool look_baseline(void *sum, const struct baseline_row *r)
{
	*(uint64_t *)sum += r->first_ns != 0;
	return true;
}

static void say_alert(const struct alert *a)
{
	char sentence[ALERT_SENTENCE];

	for (unsigned which = 0; which < 2 * ALERT_TEXTS; which++)
		alert_text(sentence, sizeof(sentence), which < ALERT_TEXTS ? LANG_EN : LANG_JA, a, which % ALERT_TEXTS);
}

static const char *no_tap[256];

static void open_desk(struct desk *d, bool learning)
{
	static struct config config;
	static const struct eve_options options = { .tap_names = no_tap, .rule = detect_rule };
	struct eve *eve;

	if (config.limits.flows == 0) {
		config_default(&config);
		config.limits.assets = config.limits.conversations = config.limits.objects = config.limits.alerts = 64;
		config.limits.asks = config.limits.flows = 64;
	}
	if (eve_open(&eve, "/dev/null", &options) != 0)
		abort();
	const struct desk_options o = { .config = &config, .learning = learning, .eve = eve };

	if (desk_new(d, &o) != 0)
		abort();
}

/* One record of n bytes, in a block of its exact size, so that one byte beyond is seen. */
static void show(struct desk *d, const uint8_t *p, size_t n, uint64_t frame)
{
	uint8_t *block = aligned_alloc(8, n);
	struct rec r;

	if (block == NULL)
		abort();
	memcpy(block, p, n);
	memcpy(&r, p, sizeof(r));
	r.size = (uint32_t)n;
	r.frame = frame;
	r.back = r.back < frame ? r.back : 0;
	memcpy(block, &r, sizeof(r));
	if (rec_check(block, n))
		desk_record(d, (const struct rec *)(const void *)block);
	free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ledger_visitor look = { look_end, look_fact, look_talk, look_flow, look_object,
						    look_coverage, look_asset, look_service };
	struct desk d;
	uint64_t frame = 0, sum = 0, lines;

	if (size < 3)
		return 0;
	open_desk(&d, data[0] % 8 == 0);
	while (size >= 2) {
		size_t n = min_size((size_t)(data[0] | data[1] << 8) & ~(size_t)7, min_size(REC_MAX, (size - 2) & ~(size_t)7));

		if (n >= sizeof(struct rec))
			show(&d, data + 2, n, ++frame);
		data += 2 + n;
		size -= 2 + n;
	}
	desk_close(&d);
	if (!ledger_visit(d.ledger, &look, &sum))
		abort();
	detect_visit_baseline(d.detect, look_baseline, &sum);
	for (size_t i = 0; i < d.alerts.count; i++)
		say_alert(&d.alerts.list[i]);
	if (eve_finish(d.eve, &lines) != 0)
		abort();
	desk_free(&d);
	return 0;
}

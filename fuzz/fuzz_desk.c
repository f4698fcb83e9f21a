/* fuzz/fuzz_desk.c: whatever records pass rec_check(), the desk takes: ledger, rules, EVE lines and what is
 * read from the ledger afterwards. A sensor that was taken over can say anything; it must not be able to do
 * anything.
 *
 * Input: how:1 (learning:1), then records, each length:2 little-endian | bytes. The size and the order of a
 * record are put right, because those who release records see to them and a fuzzer would spend its time on
 * them.
 *
 * With FUZZ_CAPTURE=FILE and FUZZ_SEED=FILE the records of a capture are written as such an input: fuzz/seeds
 * does. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "main/desk.h"
#include "main/sensor.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_record(void *out, const struct rec *r)
{
	fputc((int)(r->size & 0xff), out);
	fputc((int)(r->size >> 8), out);
	fwrite(r, 1, r->size, out);
}

static void write_seed(const char *capture, FILE *out)
{
	const struct sensor_options o = { .limits = LIMITS_DEFAULT, .workers = 1, .stage = STAGE_ALL };
	struct arena arena;
	struct capture *c;
	struct sensor *s;
	uint32_t input;
	const char *what;
	const struct sensor_desk desk = { .record = write_record, .ctx = out };
	int fd = open(capture, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || out == NULL || arena_map(&arena, capture_room(1)) != 0 ||
	    capture_init(&c, &arena, 1) != 0 || capture_add(c, fd, capture, 0, 0) < 0 ||
	    capture_start(c, &input, &what) != 0 || sensor_new(&s, &o, c) != 0)
		abort();
	fputc(0, out);
	if (sensor_run(s, &desk) != 0)
		abort();
	sensor_free(s);
	capture_done(c);
	arena_unmap(&arena);
	fclose(out);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *capture = getenv("FUZZ_CAPTURE"), *seed = getenv("FUZZ_SEED");

	(void)argc;
	(void)argv;
	if (capture != NULL && seed != NULL)
		write_seed(capture, fopen(seed, "wb"));
	return 0;
}

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
LOOK(program)
LOOK(coverage)
LOOK(service)

/* What a later run is given back from the database, in that order. */
static bool load_end(void *l, const struct end_row *r) { ledger_load_end(l, r); return true; }
static bool load_fact(void *l, const struct fact_row *r) { ledger_load_fact(l, r); return true; }
static bool load_talk(void *l, const struct talk_row *r) { ledger_load_talk(l, r); return true; }
static bool load_flow(void *l, const struct flow_row *r) { ledger_load_flow(l, r); return true; }
static bool load_object(void *l, const struct object_row *r) { ledger_load_object(l, r); return true; }
static bool load_program(void *l, const struct program_row *r) { ledger_load_program(l, r); return true; }
static bool load_coverage(void *l, const struct coverage_row *r) { ledger_load_coverage(l, r); return true; }
static bool load_baseline(void *d, const struct baseline_row *r) { detect_load_baseline(d, r); return true; }

static bool look_baseline(void *sum, const struct baseline_row *r)
{
	*(uint64_t *)sum += r->first_ns != 0;
	return true;
}

static void say_alert(const struct alert *a)
{
	char sentence[ALERT_SENTENCE];

	for (unsigned which = 0; which < 2 * ALERT_TEXTS; which++)
		alert_text(sentence, sizeof(sentence), which < ALERT_TEXTS ? LANG_EN : LANG_JA, a,
			   which % ALERT_TEXTS);
}

static const char *no_tap[256];

static void open_desk(struct desk *d, bool learning)
{
	static struct config config;
	static const struct eve_options options = { .tap_names = no_tap, .rule = ruleset_face };
	struct eve *eve;

	if (config.limits.flows == 0) {
		config_default(&config);
		config.limits.assets = config.limits.conversations = config.limits.objects =
			config.limits.alerts = 64;
		config.limits.asks = config.limits.flows = 64;
	}
	if (eve_open(&eve, "/dev/null", &options) != 0)
		abort();
	const struct desk_options o = { .config = &config, .learning = learning, .eve = eve };

	if (desk_new(d, &o) != 0)
		abort();
}

/* One record of n bytes, in a block of its exact size, so that one byte beyond is seen. last: the frame
 * before. */
static void show(struct desk *d, const uint8_t *p, size_t n, uint64_t *last)
{
	uint8_t *block = aligned_alloc(8, n);
	struct rec r;

	if (block == NULL)
		abort();
	memcpy(block, p, n);
	memcpy(&r, p, sizeof(r));
	r.size = (uint32_t)n;
	if (r.frame <= *last)	/* within a frame the ordinals stay as they come */
		r.frame = *last + (r.frame < *last);
	r.back = r.back < r.frame ? r.back : 0;
	memcpy(block, &r, sizeof(r));
	if (rec_check(block, n)) {
		*last = r.frame;
		desk_record(d, (const struct rec *)(const void *)block);
	}
	free(block);
}

static void show_all(struct desk *d, const uint8_t *data, size_t size)
{
	uint64_t last = 0;

	while (size >= 2) {
		size_t n = min_size((size_t)(data[0] | data[1] << 8) & ~(size_t)7,
				    min_size(REC_MAX, (size - 2) & ~(size_t)7));

		if (n >= sizeof(struct rec))
			show(d, data + 2, n, &last);
		data += 2 + n;
		size -= 2 + n;
	}
	desk_close(d);
}

/* Everything that is ever read from a desk. */
static void look(struct desk *d)
{
	static const struct ledger_visitor rows = { look_end, look_fact, look_talk, look_flow, look_object,
						    look_program, look_coverage, look_asset, look_service };
	uint64_t sum = 0;

	if (!ledger_visit(d->ledger, &rows, &sum) || !detect_visit_baseline(d->detect, look_baseline, &sum))
		abort();
	for (size_t i = 0; i < d->alerts.count; i++)
		say_alert(&d->alerts.list[i]);
}

static void close_desk(struct desk *d)
{
	uint64_t lines;

	if (eve_finish(d->eve, &lines) != 0)
		abort();
	desk_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ledger_visitor load = { load_end, load_fact, load_talk, load_flow, load_object,
						    load_program, load_coverage, NULL, NULL };
	struct desk first, later;

	if (size < 3)
		return 0;
	open_desk(&first, (data[0] & 1) != 0);
	show_all(&first, data + 1, size - 1);
	look(&first);
	open_desk(&later, false);
	if (!ledger_visit(first.ledger, &load, later.ledger) ||
	    !detect_visit_baseline(first.detect, load_baseline, later.detect))
		abort();
	show_all(&later, data + 1, size - 1);
	look(&later);
	close_desk(&first);
	close_desk(&later);
	return 0;
}

/* main/read.c: `koban read`: capture files in; ledger, alerts, EVE and database out. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "main/cli.h"
#include "main/inputs.h"
#include "main/progress.h"
#include "main/rules.h"
#include "main/say.h"
#include "main/stop.h"
#include "main/summary.h"
#include "main/tags.h"
#include "main/weaknesses.h"

enum { TAP_NAMES = 256 };

struct job {			/* everything one run holds */
	const struct cli *cli;
	enum lang lang;
	struct config config;
	struct rules rules;
	struct arena arena;	/* of the inputs */
	struct capture *capture;
	struct sensor *sensor;
	struct desk desk;
	struct store *store;	/* until the desk takes it */
	struct eve *eve;
	struct progress bar;
	struct stop stop;
	enum stage stage;
	const char *tap_names[TAP_NAMES];
	char tap_room[TAPS_MAX][64];
	unsigned tap_count;
	const char *inputs[FILES_MAX + TAPS_MAX];
	unsigned input_count;
};

/* ---- before anything is read ---- */

static unsigned default_workers(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores <= 2 ? 1 : cores > SHARDS ? SHARDS : (unsigned)cores - 1;
}

/* 0: said why. */
static unsigned workers_of(const struct job *j)
{
	const char *value = j->cli->values[OPT_WORKERS];
	char *end;

	if (value == NULL)
		return default_workers();
	unsigned long n = strtoul(value, &end, 10);

	if (*value >= '0' && *value <= '9' && *end == '\0' && n >= 1 && n <= SHARDS)
		return (unsigned)n;
	const struct text_arg args[] = { { "what", value }, { NULL, NULL } };

	say(j->lang, "cli.bad-workers", args);
	return 0;
}

static bool usage_ok(const struct job *j)
{
	const struct cli *c = j->cli;
	const char *key = c->file_count + c->tap_count == 0 ? "cli.no-files"
			  : c->values[OPT_LEARN] != NULL && c->values[OPT_DB] == NULL ? "cli.learn-needs-db"
			  : c->values[OPT_EVE_STRICT] != NULL &&
				  c->values[OPT_EVE] == NULL ? "cli.strict-needs-eve" : NULL;

	if (key != NULL)
		say(j->lang, key, NULL);
	return key == NULL;
}

/* Every input stays open from here on: raise the soft limit to what the system allows. */
static void allow_many_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static bool add_input(struct job *j, const char *path, uint8_t tap)
{
	const char *name = inputs_add(j->lang, j->capture, path, tap);

	if (name != NULL)
		j->inputs[j->input_count++] = name;
	return name != NULL;
}

/* "NAME=FILE": a tap of its own, or the one that already has this name. */
static bool add_tap(struct job *j, const char *given)
{
	size_t n = (size_t)(strchr(given, '=') - given), cut = min_size(n, sizeof(j->tap_room[0]) - 1);
	unsigned i = 0;

	while (i < j->tap_count && (strlen(j->tap_room[i]) != cut || memcmp(j->tap_room[i], given, cut) != 0))
		i++;
	if (i == j->tap_count) {
		memcpy(j->tap_room[i], given, cut);
		j->tap_room[i][cut] = '\0';
		j->tap_names[i + 1] = j->tap_room[i];
		j->tap_count++;
	}
	return add_input(j, given + n + 1, (uint8_t)(i + 1));
}

static bool open_inputs(struct job *j)
{
	const struct cli *c = j->cli;
	int rc = arena_map(&j->arena, capture_room(c->file_count + c->tap_count));

	if (rc == 0)
		rc = capture_init(&j->capture, &j->arena, c->file_count + c->tap_count);
	if (rc != 0) {
		say_failed(j->lang, "cli.cannot-start", "koban", rc);
		return false;
	}
	for (unsigned i = 0; i < c->file_count; i++)
		if (!add_input(j, c->files[i], 0))
			return false;
	for (unsigned i = 0; i < c->tap_count; i++)
		if (!add_tap(j, c->taps[i]))
			return false;
	return inputs_start(j->lang, j->capture);
}

static bool open_store(struct job *j)
{
	const char *path = j->cli->values[OPT_DB], *why;
	char key[64];

	if (path == NULL)
		return true;
	int rc = store_open(&j->store, path, STORE_WRITE, &why);

	if (rc == 0)
		return true;
	snprintf(key, sizeof(key), "store.%s", why);
	say_failed(j->lang, key, path, rc);
	return false;
}

/* Our own database, which may be so new that it is still empty. */
static bool is_database(const struct job *j, const char *path)
{
	struct stat a, b;

	return j->store != NULL && stat(j->cli->values[OPT_DB], &a) == 0 && stat(path, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool open_eve(struct job *j)
{
	const char *path = j->cli->values[OPT_EVE];
	const struct eve_options o = { .strict = j->cli->values[OPT_EVE_STRICT] != NULL,
				       .tap_names = j->tap_names, .rule = ruleset_face,
				       .rule_ctx = j->rules.set };

	if (path == NULL)
		return true;
	int rc = is_database(j, path) ? -EEXIST : eve_open(&j->eve, path, &o);

	if (rc != 0)
		say_failed(j->lang, rc == -EEXIST ? "cli.not-eve" : "cli.cannot-write", path, rc);
	return rc == 0;
}

static bool make_desk(struct job *j)
{
	int rc = j->store == NULL ? 0 : rules_turn_off(&j->rules, j->store);
	const struct desk_options o = { .config = &j->config, .learning = j->cli->values[OPT_LEARN] != NULL,
					.eve = j->eve, .store = j->store, .rules = j->rules.set,
					.first_off = j->rules.first_off };

	if (rc == 0)
		rc = desk_new(&j->desk, &o);

	if (rc != 0) {
		say_failed(j->lang, "cli.cannot-start", j->cli->values[OPT_DB] == NULL ? "koban" :
			   j->cli->values[OPT_DB], rc);
		return false;
	}
	j->eve = NULL;
	j->store = NULL;
	return true;
}

static bool make_sensor(struct job *j)
{
	const struct sensor_options o = {
		.limits = j->config.limits, .workers = workers_of(j), .stage = j->stage,
		.all = cli_choice(j->cli, OPT_OBSERVATIONS, 0) == 1,
		.split = j->cli->values[OPT_SPLIT] != NULL };
	int rc = sensor_new(&j->sensor, &o, j->capture);

	if (rc != 0)
		say_failed(j->lang, "cli.cannot-start", "koban", rc);
	return rc == 0;
}

/* ---- reading ---- */

static void take_record(void *ctx, const struct rec *r)
{
	struct job *j = ctx;

	if (j->stage == STAGE_ALL)
		desk_record(&j->desk, r);
}

static bool go_on(void *ctx)
{
	struct job *j = ctx;
	const struct shared *shared = sensor_shared(j->sensor);

	progress_say(&j->bar, atomic_load_explicit(&shared->consumed, memory_order_relaxed),
		     atomic_load_explicit(&shared->frames, memory_order_relaxed));
	return j->desk.eve == NULL || eve_error(j->desk.eve) == 0;
}

/* Somebody stops us. The thread that works is in the middle of a record or waits for input; it does not use
 * the database before its end, and that never comes. */
static void undo(void *ctx)
{
	struct job *j = ctx;

	progress_end(&j->bar);
	eve_abandon(j->desk.eve);
	store_close(j->desk.store);
	say(j->lang, "cli.stopped", NULL);
}

/* All records through the desk. False: the sensor died, or EVE cannot be written. */
static bool run_desk(struct job *j)
{
	const struct sensor_desk desk = { .record = take_record, .go_on = go_on, .ctx = j };

	progress_start(&j->bar, j->lang, capture_stats(j->capture)->total);
	int rc = sensor_start(j->sensor);

	if (rc == 0)
		rc = stop_watch(&j->stop, undo, j);
	if (rc == 0)
		rc = sensor_run(j->sensor, &desk);
	stop_unwatch(&j->stop);
	progress_end(&j->bar);
	switch (rc) {
	case 0:
		return true;
	case -ECANCELED:
		say_failed(j->lang, "cli.cannot-write", j->cli->values[OPT_EVE], eve_error(j->desk.eve));
		return false;
	case -EBADMSG:
		say(j->lang, "cli.sensor-spoiled", NULL);
		return false;
	case -ECHILD:
		say(j->lang, "cli.sensor-died", NULL);
		return false;
	default:
		say_failed(j->lang, "cli.cannot-start", "koban", rc);
		return false;
	}
}

/* Every name on its own line, as long as they fit. */
static void join_inputs(const struct job *j, char *out, size_t cap)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < j->input_count && n < cap; i++) {
		char name[512];

		printable(name, sizeof(name), (struct bytes){ (const uint8_t *)j->inputs[i],
							      strlen(j->inputs[i]) });
		int more = snprintf(out + n, cap - n, "%s%s", i > 0 ? "\n" : "", name);

		n += more > 0 ? (size_t)more : 0;
	}
}

static bool save(struct job *j)
{
	char inputs[16384];
	struct timespec now;
	const struct shared *shared = sensor_shared(j->sensor);

	if (j->desk.store == NULL)
		return true;
	clock_gettime(CLOCK_REALTIME, &now);
	join_inputs(j, inputs, sizeof(inputs));
	const struct run_row run = {
		.at_ns = (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec, .first_ns = j->desk.first_ns,
		.last_ns = j->desk.last_ns, .frames = shared->capture.frames, .bytes = shared->capture.bytes,
		.damaged = j->desk.losses.count, .learning = j->cli->values[OPT_LEARN] != NULL,
		.version = KOBAN_VERSION, .inputs = inputs };
	int rc = desk_save(&j->desk, &run);

	if (rc != 0)
		say_failed(j->lang, "store.failed", j->cli->values[OPT_DB], rc);
	return rc == 0;
}

static bool eve_ok(const struct job *j, int rc)
{
	if (rc != 0)
		say_failed(j->lang, "cli.cannot-write", j->cli->values[OPT_EVE], rc);
	return rc == 0;
}

static bool join_weaknesses(struct job *j)
{
	int rc = weaknesses_join(&j->desk, j->rules.set);

	if (rc != 0)
		say_failed(j->lang, "store.failed", j->cli->values[OPT_DB], rc);
	return rc == 0;
}

/* EVE is complete before the database commits and takes its name after: both are there, or neither. */
static bool keep_results(struct job *j)
{
	uint64_t lines;

	if (j->desk.eve != NULL && !eve_ok(j, eve_finish(j->desk.eve, &lines)))
		return false;
	if (!save(j))
		return false;
	struct eve *e = j->desk.eve;

	j->desk.eve = NULL;
	return e == NULL || eve_ok(j, eve_publish(e));
}

static int report(struct job *j)
{
	const char *eve = j->cli->values[OPT_EVE];
	struct summary s = { .shared = sensor_shared(j->sensor), .desk = &j->desk,
			     .refused = sensor_release(j->sensor)->refused, .stage = j->stage,
			     .learning = j->cli->values[OPT_LEARN] != NULL, .db = j->cli->values[OPT_DB] };
	/* EVE on standard output must stay a stream of lines a program can read. */
	FILE *out = eve != NULL && strcmp(eve, "-") == 0 ? stderr : stdout;

	if (!summary_gather(&s)) {
		say_failed(j->lang, "cli.cannot-start", "koban", ENOMEM);
		return EXIT_FAILED;
	}
	if (cli_choice(j->cli, OPT_SUMMARY, 0) == 1)
		summary_json(out, &s);
	else
		summary_text(out, j->lang, &s);
	bool equal = summary_equal(&s);

	summary_free(&s);
	return !equal ? EXIT_FAILED : j->desk.losses.count > 0 ? EXIT_DAMAGED : EXIT_DONE;
}

static int run(struct job *j)
{
	if (!usage_ok(j) || workers_of(j) == 0)
		return EXIT_USAGE;
	config_default(&j->config);
	if (j->cli->values[OPT_CONFIG] != NULL &&
	    !config_load(&j->config, j->lang, j->cli->values[OPT_CONFIG]))
		return EXIT_USAGE;
	if (!rules_read(&j->rules, j->lang, j->cli->values[OPT_CONFIG], true, j->cli->rules,
			j->cli->rule_count))
		return EXIT_USAGE;
	if (!plant_tags_load(j->lang, j->cli->values[OPT_TAGS]))
		return EXIT_USAGE;
	/* Nothing is made or changed before every input is known to be a capture. */
	if (!open_inputs(j))
		return EXIT_FAILED;
	stop_hold(&j->stop);
	if (!open_store(j) || !open_eve(j) || !make_desk(j) || !make_sensor(j))
		return EXIT_FAILED;
	if (!run_desk(j))
		return EXIT_FAILED;
	desk_close(&j->desk);
	if (!join_weaknesses(j) || !keep_results(j))
		return EXIT_FAILED;
	stop_release(&j->stop);
	return report(j);
}

int cmd_read(const struct cli *c)
{
	static struct job j;

	j.cli = c;
	j.lang = c->lang;
	j.stage = (enum stage)cli_choice(c, OPT_STOP_AFTER, STAGE_ALL);
	allow_many_files();
	int code = run(&j);

	sensor_free(j.sensor);
	desk_free(&j.desk);
	eve_discard(j.eve);
	store_close(j.store);
	stop_release(&j.stop);
	if (j.capture != NULL)
		capture_done(j.capture);
	arena_unmap(&j.arena);
	rules_free(&j.rules);
	plant_tags_drop();
	return code;
}

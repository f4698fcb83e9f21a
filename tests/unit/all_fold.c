/* Folding over whole captures: with and without it the same number of acts of every kind, and the same names.
 *
 * Runs over KOBAN_CORPUS, a folder of captures, and is skipped without it. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "core/hash.h"
#include "main/sensor.h"
#include "stream/stream.h"

enum { KINDS = 1 << 16 };

struct sum {
	uint64_t times[KINDS];	/* by protocol, verb, phase and outcome */
	uint64_t acts, records, facts;
	uint64_t fact_hash;	/* facts are never folded: their names, kinds and texts, in order */
};

static unsigned kind_of(const struct obs *o)
{
	return (unsigned)hash_join(o->rec.proto, (uint64_t)o->verb << 16 | (uint64_t)o->phase << 8 |
				   o->outcome) %
	       KINDS;
}

static void count(struct sum *sum, const struct rec *r)
{
	const struct obs *o = (const struct obs *)(const void *)r;

	sum->records++;
	if (r->type == REC_FACT) {
		const struct fact *f = (const struct fact *)(const void *)r;

		sum->facts++;
		sum->fact_hash = hash_join(sum->fact_hash, f->from ^ f->number ^ f->kind ^ r->frame);
		return;
	}
	if (r->type != REC_ACT)
		return;
	sum->times[kind_of(o)] += o->times;
	if (o->phase != PHASE_ANSWER)
		sum->acts += o->times;
}

static void take_record(void *sum, const struct rec *r) { count(sum, r); }

/* False: not a capture. */
static bool run(const char *path, bool all, struct sum *sum)
{
	struct sensor_options o = { .limits = LIMITS_DEFAULT, .workers = 1, .all = all, .stage = STAGE_ALL };
	struct capture *c = NULL;
	const struct sensor_desk desk = { .record = take_record, .ctx = sum };
	struct sensor *s = NULL;
	struct arena arena;
	uint32_t input;
	const char *what;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(arena_map(&arena, capture_room(1)), 0);
	assert_int_equal(capture_init(&c, &arena, 1), 0);
	assert_int_equal(capture_add(c, fd, path, 0, 0), 0);
	bool good = capture_start(c, &input, &what) == 0;

	if (good) {
		assert_int_equal(sensor_new(&s, &o, c), 0);
		assert_int_equal(sensor_run(s, &desk), 0);
		assert_int_equal(sensor_release(s)->refused, 0);	/* the desk's gate knows all we say */
		assert_int_equal(sensor_release(s)->broken, 0);
		sensor_free(s);
	}
	capture_done(c);
	arena_unmap(&arena);
	return good;
}

static struct sum folded, single;
static unsigned files;

static void compare(const char *path)
{
	memset(&folded, 0, sizeof(folded));
	memset(&single, 0, sizeof(single));
	if (!run(path, false, &folded))
		return;
	run(path, true, &single);
	files++;
	if (folded.acts != single.acts || memcmp(folded.times, single.times, sizeof(folded.times)) != 0)
		fail_msg("%s: %llu acts folded, %llu single", path, (unsigned long long)folded.acts,
			 (unsigned long long)single.acts);
	if (folded.facts != single.facts || folded.fact_hash != single.fact_hash)
		fail_msg("%s: facts differ", path);
	assert_true(folded.records <= single.records + 1024);
}

static void walk(const char *path, unsigned depth)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return;
	if (S_ISREG(st.st_mode)) {
		compare(path);
		return;
	}
	DIR *d = S_ISDIR(st.st_mode) && depth < 16 ? opendir(path) : NULL;

	if (d == NULL)
		return;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		char below[4096];

		if (e->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, e->d_name);
		walk(below, depth + 1);
	}
	closedir(d);
}

static void test_corpus(void **state)
{
	(void)state;
	const char *corpus = getenv("KOBAN_CORPUS");

	if (corpus == NULL)
		skip();
	walk(corpus, 0);
	print_message("# %u captures\n", files);
	assert_true(files > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_corpus) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

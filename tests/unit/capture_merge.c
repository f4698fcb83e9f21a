/* Many inputs as one stream: order, ties, clocks that run backwards, damage, counts; and real descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture_rows.h"

/* Each input is a list of seconds; the result names each frame by its input's letter and its second. */
static const struct merge_row {
	const char *what;
	const char *inputs[4];
	const char *result;
	uint64_t backwards;
} merge_rows[] = {
	{ "the earliest first", { "1 4 6", "2 3 7", "0 5" }, "c0 a1 b2 b3 a4 c5 a6 b7 ", 0 },
	{ "ties in the order of adding", { "1 1 2", "1 2", "1 2" }, "a1 a1 b1 c1 a2 b2 c2 ", 0 },
	{ "one behind the other", { "5 6", "1 2" }, "b1 b2 a5 a6 ", 0 },
	{ "a clock that runs backwards keeps the order of its file", { "1 5 2 3 9", "4 6" },
	  "a1 b4 a5 a2 a3 b6 a9 ", 1 },
	{ "each step backwards counts", { "3 2 1", "2 1" }, "b2 b1 a3 a2 a1 ", 3 },
	{ "an input without frames", { "", "1 2", "" }, "b1 b2 ", 0 },
	{ "only inputs without frames", { "", "" }, "", 0 },
	{ "a damaged input does not stop the others", { "1 3 !", "2 4" }, "a1 b2 a3 b4 ", 0 },
	{ "damage right behind the head", { "!", "2 4" }, "b2 b4 ", 0 },
	{ "four inputs", { "1 5 9", "2 6", "3 7", "4 8" }, "a1 b2 c3 d4 a5 b6 c7 d8 a9 ", 0 },
};

static struct made seconds(const char *list)
{
	struct made m = make("L PCAP");

	for (const char *s = list; *s != '\0'; s += strspn(s, " ")) {
		char *end;

		if (*s == '!') {
			put(&m, false, 1, 0);
			break;
		}
		put(&m, false, 4, strtoul(s, &end, 10));
		put(&m, false, 4, 0);
		put(&m, false, 8, 0);
		s = end;
	}
	return m;
}

static void order(void **state)
{
	static char got[RESULT_MAX];
	int bad = 0;

	(void)state;
	for (const struct merge_row *r = merge_rows; r < merge_rows + ARRAY_LEN(merge_rows); r++) {
		struct opened o = opened_for(4);
		struct made m[4] = { { 0 } };
		uint32_t which;
		const char *what;
		struct frame f;

		got[0] = '\0';
		for (size_t i = 0; i < 4 && r->inputs[i] != NULL; i++) {
			m[i] = seconds(r->inputs[i]);
			capture_add_source(o.c, (struct source){ made_read, &m[i] }, "x", (uint8_t)('a' + i),
					   0);
		}
		assert_int_equal(capture_start(o.c, &which, &what), 0);
		while (capture_next(o.c, &f) == 1)
			say(got, "%c%lld ", f.tap, (long long)(f.at_ns / NS_PER_S));
		if (strcmp(got, r->result) != 0 || capture_stats(o.c)->backwards != r->backwards) {
			print_error("%s: got %s, %llu backwards\n", r->what, got,
				    (unsigned long long)capture_stats(o.c)->backwards);
			bad++;
		}
		opened_done(&o);
		for (size_t i = 0; i < 4; i++)
			free(m[i].p);
	}
	assert_int_equal(bad, 0);
}

/* As many inputs as there may be, each with frames of its own seconds, and damage in every one. */
static void inputs_max(void **state)
{
	static struct made m[CAPTURE_INPUTS_MAX];
	static uint8_t bytes[CAPTURE_INPUTS_MAX][24 + 3 * 16 + 1];
	struct opened o = opened_for(CAPTURE_INPUTS_MAX);
	struct made head = make("L PCAP");
	uint32_t which, frames = 0;
	const char *what;
	const struct damage *damage;
	struct frame f;

	(void)state;
	for (uint32_t i = 0; i < CAPTURE_INPUTS_MAX; i++) {
		m[i] = (struct made){ .p = bytes[i] };
		memcpy(bytes[i], head.p, head.n);
		m[i].n = head.n;
		for (uint32_t k = 0; k < 3; k++) {
			/* each second once */
			put(&m[i], false, 4, k * CAPTURE_INPUTS_MAX + (i * 2654435761u >> 20));
			put(&m[i], false, 4, 0);
			put(&m[i], false, 8, 0);
		}
		put(&m[i], false, 1, 0);
		assert_int_equal(capture_add_source(o.c, (struct source){ made_read, &m[i] }, "x", 0, m[i].n),
				 i);
	}
	assert_int_equal(capture_add_source(o.c, (struct source){ made_read, m }, "x", 0, 1), -ENOSPC);
	assert_int_equal(capture_start(o.c, &which, &what), 0);
	for (int64_t last = 0; capture_next(o.c, &f) == 1; frames++) {
		assert_true(f.at_ns >= last);
		last = f.at_ns;
	}
	assert_int_equal(frames, 3 * CAPTURE_INPUTS_MAX);
	assert_int_equal(capture_damage(o.c, &damage), CAPTURE_DAMAGE_MAX);
	assert_int_equal(damage[0].frames, 3);
	assert_string_equal(damage[0].what, "cut-in-packet");
	assert_int_equal(damage[0].offset, 24 + 3 * 16);
	const struct capture_stats *s = capture_stats(o.c);

	assert_int_equal(s->damage_hidden, CAPTURE_INPUTS_MAX - CAPTURE_DAMAGE_MAX);
	assert_int_equal(s->frames, frames);
	assert_int_equal(s->consumed, sizeof(bytes));
	assert_int_equal(s->total, sizeof(bytes));
	free(head.p);
	opened_done(&o);
}

static void counts(void **state)
{
	struct opened o = opened_for(2);
	struct made a = make("L PCAP 4:1 4:0 4:5 4:60 x5 4:2 4:0 4:7 4:60 x7");
	struct made b = make("L PCAP 4:1 4:0 4:9 4:9 x9");
	uint32_t which;
	const char *what;
	struct frame f;

	(void)state;
	assert_int_equal(capture_add_source(o.c, (struct source){ made_read, &a }, "first", 0, a.n), 0);
	assert_int_equal(capture_stats(o.c)->total, a.n);
	assert_int_equal(capture_add_source(o.c, (struct source){ made_read, &b }, "second", 0, 0), 1);
	assert_int_equal(capture_stats(o.c)->total, 0);		/* one size is not known */
	assert_string_equal(capture_input_name(o.c, 1), "second");
	assert_null(capture_input_name(o.c, 2));
	assert_int_equal(capture_start(o.c, &which, &what), 0);
	assert_int_equal(capture_stats(o.c)->frames, 0);		/* nothing was handed out yet */
	assert_int_equal(capture_next(o.c, &f), 1);
	assert_int_equal(capture_stats(o.c)->frames, 1);
	assert_int_equal(capture_stats(o.c)->bytes, 5);
	while (capture_next(o.c, &f) == 1)
		;
	assert_int_equal(capture_stats(o.c)->frames, 3);
	assert_int_equal(capture_stats(o.c)->bytes, 21);
	assert_int_equal(capture_stats(o.c)->consumed, a.n + b.n);
	opened_done(&o);
	free(a.p);
	free(b.p);
}

/* Of several inputs the refused one is named. */
static void refusal(void **state)
{
	struct opened o = opened_for(3);
	struct made good = make("L PCAP"), bad = make("'no capture'"), empty = make("");
	uint32_t which = 99;
	const char *what = NULL;

	(void)state;
	capture_add_source(o.c, (struct source){ made_read, &good }, "good", 0, 0);
	capture_add_source(o.c, (struct source){ made_read, &bad }, "bad", 0, 0);
	capture_add_source(o.c, (struct source){ made_read, &empty }, "empty", 0, 0);
	assert_int_equal(capture_start(o.c, &which, &what), -EINVAL);
	assert_int_equal(which, 1);
	assert_string_equal(what, "not-a-capture");
	opened_done(&o);
	free(good.p);
	free(bad.p);
	free(empty.p);
}

static void no_room(void **state)
{
	struct arena a;
	struct capture *c = NULL;

	(void)state;
	for (size_t size = 4096; size < capture_room(7) - 4096; size *= 4) {
		assert_int_equal(arena_map(&a, size), 0);
		assert_int_equal(capture_init(&c, &a, 7), -ENOMEM);
		assert_null(c);
		arena_unmap(&a);
	}
	capture_done(NULL);
}

static void no_inputs(void **state)
{
	struct opened o = opened_for(0);
	uint32_t which;
	const char *what;
	struct frame f;

	(void)state;
	assert_int_equal(capture_add(o.c, 0, "x", 0, 0), -ENOSPC);
	assert_int_equal(capture_start(o.c, &which, &what), 0);
	assert_int_equal(capture_next(o.c, &f), 0);
	opened_done(&o);
}

/* ---- descriptors ---- */
static char text_got[RESULT_MAX];

static const char *read_fd(int fd)
{
	struct opened o = opened_for(1);

	assert_true(fd >= 0);
	assert_int_equal(capture_add(o.c, fd, "fd", 0, 0), 0);
	read_all(o.c, text_got);
	opened_done(&o);
	assert_int_equal(fcntl(fd, F_GETFD), -1);	/* capture_done() has closed it */
	return text_got;
}

static int temporary(const struct made *m)
{
	FILE *file = tmpfile();
	int fd;

	assert_non_null(file);
	assert_int_equal(fwrite(m->p, 1, m->n, file), m->n);
	rewind(file);
	fd = dup(fileno(file));
	fclose(file);
	return fd;
}

/* A writer in another process gives piece by piece, slowly. */
static int slow_pipe(const struct made *m, bool nonblocking, pid_t *ret_pid)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, nonblocking ? O_NONBLOCK : 0), 0);
	*ret_pid = fork();
	if (*ret_pid == 0) {
		for (size_t at = 0; at < m->n; at += 11) {
			size_t n = min_size(11, m->n - at);

			if (write(ends[1], m->p + at, n) != (ssize_t)n)
				_exit(1);
			usleep(2000);
		}
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void descriptors(void **state)
{
	static const char all[] = "L PCAP 4:1 4:5 4:3 4:60 x3 4:2 4:5 4:3 4:60 x3";
	static const char result[] = "3/60@1000005000:1 3/60@2000005000:1 .";
	struct made m = make(all), gz = gzipped(&m), none = make("");
	pid_t pid;

	(void)state;
	assert_string_equal(read_fd(temporary(&m)), result);
	assert_string_equal(read_fd(temporary(&gz)), result);
	assert_string_equal(read_fd(temporary(&none)), "?empty");
	assert_string_equal(read_fd(open("/dev/null", O_RDONLY)), "?empty");
	assert_string_equal(read_fd(open("/", O_RDONLY)), "?errno 21");	/* EISDIR */
	assert_string_equal(read_fd(open("/dev/null", O_WRONLY)), "?errno 9");	/* EBADF */
	assert_string_equal(read_fd(slow_pipe(&m, false, &pid)), result);
	waitpid(pid, NULL, 0);
	assert_string_equal(read_fd(slow_pipe(&m, true, &pid)), result);
	waitpid(pid, NULL, 0);
	assert_string_equal(read_fd(slow_pipe(&gz, true, &pid)), result);
	waitpid(pid, NULL, 0);
	m.n -= 1;
	assert_string_equal(read_fd(slow_pipe(&m, false, &pid)), "3/60@1000005000:1 !cut-in-packet@43");
	waitpid(pid, NULL, 0);
	free(m.p);
	free(gz.p);
	free(none.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order), cmocka_unit_test(inputs_max), cmocka_unit_test(counts),
		cmocka_unit_test(refusal), cmocka_unit_test(no_room), cmocka_unit_test(no_inputs),
		cmocka_unit_test(descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

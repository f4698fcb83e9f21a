/* The database: rows come back as they went in, one writer at a time, a failed run leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/proto.h"
#include "store/columns.h"
#include "store/store.h"

static char folder[64], path[96];

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/koban-store-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/site.db", folder);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const tails[] = { "", "-wal", "-shm" };
	char name[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(name, sizeof(name), "%s%s", path, tails[i]);
		unlink(name);
	}
	return rmdir(folder);
}

static struct store *open_ok(enum store_mode mode)
{
	struct store *s = NULL;
	const char *why = "";

	assert_int_equal(store_open(&s, path, mode, &why), 0);
	return s;
}

static const char *refusal(enum store_mode mode)
{
	struct store *s = NULL;
	const char *why = "opened";

	if (store_open(&s, path, mode, &why) == 0)
		store_close(s);
	return why;
}

/* Fills a row so that every member differs and every kind of column is used. */
static void fill(enum store_table t, uint8_t *row)
{
	const struct table *table = &store_tables[t];
	static const char *const strings[] = { "T0836", "T0821" };
	static const char *const one = "first line\nsecond, with a comma";

	memset(row, 0, table->row_size);
	for (unsigned i = 0; table->columns[i].name != NULL; i++) {
		const struct column *c = &table->columns[i];
		uint8_t *at = row + c->at;
		uint64_t number = 0x8182838485868700 + i, bits = 0x5;
		uint16_t list16[] = { 1, 4094 };
		uint64_t list64[] = { 7, UINT64_C(1) << 40 };

		switch (c->type) {
		case COL_BOOL: at[0] = 1; break;
		case COL_TEXT: snprintf((char *)at, c->size, "text %u 交番", i); break;
		case COL_STRING: memcpy(at, &one, sizeof(one)); break;
		case COL_IP: at[10] = at[11] = 0xff; at[12] = 192; at[15] = (uint8_t)i; break;
		case COL_MAC: at[0] = 8; at[5] = (uint8_t)i; break;
		case COL_U16S: memcpy(at, list16, sizeof(list16)); row[c->count_at] = 2; break;
		case COL_U64S: memcpy(at, list64, sizeof(list64)); row[c->count_at] = 2; break;
		case COL_STRINGS: memcpy(at, strings, sizeof(strings)); row[c->count_at] = 2; break;
		case COL_PROTO16: case COL_WORD: case COL_VERB: case COL_CLASS: at[0] = 1; break;
		case COL_PROTOS: bits = 0x6; memcpy(at, &bits, sizeof(bits)); break;
		case COL_WORDS: memcpy(at, &bits, sizeof(bits)); break;
		default: memcpy(at, &number, c->size);
		}
	}
}

struct expected { enum store_table table; _Alignas(16) uint8_t row[4096]; unsigned seen; };

static bool same(void *ctx, const void *row)
{
	struct expected *e = ctx;
	const struct table *table = &store_tables[e->table];
	const uint8_t *got = row;

	e->seen++;
	for (unsigned i = 0; table->columns[i].name != NULL; i++) {
		const struct column *c = &table->columns[i];

		if (c->type == COL_STRING) {
			assert_string_equal(*(const char *const *)(const void *)(got + c->at),
					    *(const char *const *)(const void *)(e->row + c->at));
		} else if (c->type == COL_STRINGS) {
			const char *const *a = (const void *)(got + c->at);
			const char *const *b = (const void *)(e->row + c->at);

			assert_int_equal(got[c->count_at], 2);
			assert_string_equal(a[0], b[0]);
			assert_string_equal(a[1], b[1]);
		} else if (memcmp(got + c->at, e->row + c->at, c->size) != 0) {
			fail_msg("%s.%s came back different", table->name, c->name);
		}
	}
	return true;
}

static void rows_come_back(void **state)
{
	static struct expected e[STORE_TABLES];
	struct store *s = open_ok(STORE_WRITE);

	(void)state;
	for (unsigned t = 0; t < STORE_TABLES; t++) {
		assert_true(store_tables[t].row_size <= sizeof(e[t].row));
		e[t].table = t;
		fill(t, e[t].row);
		assert_int_equal(store_put(s, t, e[t].row), 0);
	}
	assert_int_equal(store_commit(s), 0);
	store_close(s);
	s = open_ok(STORE_READ);
	for (unsigned t = 0; t < STORE_TABLES; t++) {
		assert_int_equal(store_each(s, t, same, &e[t]), 0);
		assert_int_equal(e[t].seen, 1);
		assert_int_equal(store_count(s, t), 1);
	}
	assert_int_equal(store_check(s), 0);
	store_close(s);
}

static void every_member_has_a_column(void **state)
{
	/* A member added to a row and forgotten here would silently be lost between runs. */
	static const struct { enum store_table table; size_t bytes; } sizes[] = {
		{ STORE_COVERAGE, sizeof(struct coverage_row) },
		{ STORE_SERVICE, sizeof(struct service_row) }, { STORE_TALK, sizeof(struct talk_row) },
		{ STORE_BASELINE, sizeof(struct baseline_row) }, { STORE_FLOW, sizeof(struct flow_row) },
		{ STORE_FACT, sizeof(struct fact_row) }, { STORE_OBJECT, sizeof(struct object_row) },
		{ STORE_END, sizeof(struct end_row) }, { STORE_ASSET, sizeof(struct asset) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		const struct table *t = &store_tables[sizes[i].table];
		size_t covered = 0;

		for (unsigned c = 0; t->columns[c].name != NULL; c++)
			covered += t->columns[c].size + (t->columns[c].count_at != 0 ? 1u : 0u);
		/* Only padding may be left: less than 8 bytes at each of a few borders. */
		if (covered > sizes[i].bytes || sizes[i].bytes - covered > 32)
			fail_msg("%s: columns cover %zu of %zu bytes", t->name, covered, sizes[i].bytes);
	}
}

static void a_run_that_fails_leaves_nothing(void **state)
{
	struct stat st;
	_Alignas(16) uint8_t row[4096];

	(void)state;
	struct store *s = open_ok(STORE_WRITE);

	fill(STORE_RUN, row);
	assert_int_equal(store_put(s, STORE_RUN, row), 0);
	store_close(s);				/* without a commit */
	assert_int_equal(stat(path, &st), -1);	/* the file this open made is gone */

	s = open_ok(STORE_WRITE);
	assert_int_equal(store_commit(s), 0);
	store_close(s);
	s = open_ok(STORE_WRITE);
	assert_int_equal(store_put(s, STORE_RUN, row), 0);
	store_close(s);
	s = open_ok(STORE_READ);
	assert_int_equal(store_count(s, STORE_RUN), 0);
	store_close(s);
}

static void a_second_writer_is_told(void **state)
{
	struct stat st;
	struct store *s = open_ok(STORE_WRITE);

	(void)state;
	assert_string_equal(refusal(STORE_WRITE), "busy");
	assert_int_equal(stat(path, &st), 0);	/* it did not take the first one's file away */
	assert_int_equal(store_commit(s), 0);
	store_close(s);
	assert_string_equal(refusal(STORE_WRITE), "opened");
}

static void write_file(const char *content, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, n), (ssize_t)n);
	close(fd);
}

static void files_that_are_no_database(void **state)
{
	static char junk[8192];

	(void)state;
	assert_string_equal(refusal(STORE_READ), "missing");
	memset(junk, 'x', sizeof(junk));
	write_file(junk, sizeof(junk));
	assert_string_equal(refusal(STORE_READ), "not-a-database");
	assert_string_equal(refusal(STORE_WRITE), "not-a-database");
}

static void exec_sql(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void databases_of_others(void **state)
{
	(void)state;
	exec_sql("CREATE TABLE theirs(x)");
	assert_string_equal(refusal(STORE_WRITE), "not-ours");
	assert_string_equal(refusal(STORE_READ), "not-ours");
}

static void databases_of_another_time(void **state)
{
	(void)state;
	struct store *s = open_ok(STORE_WRITE);

	assert_int_equal(store_commit(s), 0);
	store_close(s);
	exec_sql("PRAGMA user_version=999");
	assert_string_equal(refusal(STORE_WRITE), "newer");
	assert_string_equal(refusal(STORE_READ), "newer");
}

static void an_alert_is_replaced(void **state)
{
	struct alert a;
	struct store *s = open_ok(STORE_WRITE);

	(void)state;
	memset(&a, 0, sizeof(a));
	a.id = 5;
	a.rule = "first-change";
	a.action = "stop";
	assert_int_equal(store_put(s, STORE_ALERT, &a), 0);
	a.count = 9;
	assert_int_equal(store_put(s, STORE_ALERT, &a), 0);
	assert_int_equal(store_count(s, STORE_ALERT), 1);
	assert_int_equal(store_max_id(s, STORE_ALERT), 5);
	store_close(s);
}

/* The protocols are another room's: these tests need only their names. */
int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(rows_come_back), TEST(every_member_has_a_column), TEST(a_run_that_fails_leaves_nothing),
		TEST(a_second_writer_is_told), TEST(files_that_are_no_database), TEST(databases_of_others),
		TEST(databases_of_another_time), TEST(an_alert_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

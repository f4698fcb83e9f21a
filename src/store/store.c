/* store/store.c: see store.h. */
#include "store/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/member.h"
#include "store/migrations.h"

enum { COLUMNS_MAX = 48, NAME_ROOM = 2048 };

struct store {
	sqlite3 *db;
	sqlite3_stmt *put[STORE_TABLES];
	bool writing;		/* a transaction is open */
	bool made;		/* the file was not there before, and nobody else is writing it */
	int error;
	char path[NAME_ROOM];
};

/* ---- errors ---- */

/* May files be made where this one lies? 0 or a negative errno. */
static int folder_error(const struct store *s)
{
	char path[NAME_ROOM];

	snprintf(path, sizeof(path), "%s", s->path);
	char *end = strrchr(path, '/');

	if (end != NULL)
		end[end == path] = '\0';
	return access(end == NULL ? "." : path, W_OK | X_OK) == 0 ? 0 : -errno;
}

/* What the last failure was, as the system would name it. */
static int error_of(const struct store *s)
{
	int code = sqlite3_errcode(s->db) & 0xff, system = sqlite3_system_errno(s->db);

	switch (code) {
	case SQLITE_FULL: return -ENOSPC;
	case SQLITE_NOMEM: return -ENOMEM;
	case SQLITE_READONLY: return access(s->path, W_OK) != 0 ? -errno : -EACCES;
	case SQLITE_CANTOPEN:	/* of a file it cannot make SQLite remembers that it was not there either */
		if (s->made && folder_error(s) != 0)
			return folder_error(s);
		__attribute__((fallthrough));
	case SQLITE_IOERR: return system > 0 ? -system : -EIO;
	default: return -EIO;
	}
}

static int fail(struct store *s)
{
	if (s->error == 0)
		s->error = error_of(s);
	return s->error;
}

static int run_sql(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(s);
}

static int64_t pragma(struct store *s, const char *sql)
{
	sqlite3_stmt *st;
	int64_t v = -1;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

/* Binds one member to the place'th '?'. Returns SQLite's code. */
static int bind(sqlite3_stmt *st, int place, const struct column *c, const uint8_t *row)
{
	const uint8_t *at = row + c->at;
	char room[SCRATCH];

	if (member_is_number(c))
		return sqlite3_bind_int64(st, place, (int64_t)member_number(at, c->size));
	if (c->type == COL_STRING)
		return sqlite3_bind_text(st, place, *(const char *const *)(const void *)at, -1,
					 SQLITE_TRANSIENT);
	struct text_out o = { room, 0, sizeof(room) };

	room[0] = '\0';
	member_text(&o, c, row);
	return sqlite3_bind_text(st, place, room, (int)o.n, SQLITE_TRANSIENT);
}

int store_put(struct store *s, enum store_table t, const void *row)
{
	const struct table *table = &store_tables[t];
	sqlite3_stmt *st = s->put[t];

	if (s->error != 0)
		return s->error;
	for (int i = 0; table->columns[i].name != NULL; i++)
		if (bind(st, i + 1, &table->columns[i], row) != SQLITE_OK)
			return fail(s);
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : fail(s);
}

/* "SELECT a,b FROM t ORDER BY rowid", or the INSERT with as many '?'. */
static void statement(char *out, size_t cap, const struct table *t, bool insert)
{
	char names[NAME_ROOM] = "", marks[COLUMNS_MAX * 2] = "";
	struct text_out list = { names, 0, sizeof(names) }, questions = { marks, 0, sizeof(marks) };

	for (int i = 0; t->columns[i].name != NULL; i++) {
		text_out_item(&list, t->columns[i].name);
		text_out_item(&questions, "?");
	}
	if (insert)
		snprintf(out, cap, "INSERT OR REPLACE INTO %s(%s) VALUES(%s)", t->name, names, marks);
	else
		snprintf(out, cap, "SELECT %s FROM %s ORDER BY rowid", names, t->name);
}

int store_each(struct store *s, enum store_table t, bool (*row)(void *ctx, const void *row), void *ctx)
{
	const struct table *table = &store_tables[t];
	struct scratch *scratch = malloc(sizeof(*scratch));
	uint8_t *bytes = malloc(table->row_size);
	sqlite3_stmt *st = NULL;
	char sql[NAME_ROOM * 2];
	int rc = SQLITE_NOMEM;

	statement(sql, sizeof(sql), table, false);
	if (scratch != NULL && bytes != NULL)
		rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
	if (rc == SQLITE_OK) {
		while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
			row_from(table, st, bytes, scratch);
			if (!row(ctx, bytes)) {
				rc = SQLITE_DONE;
				break;
			}
		}
	}
	int error = rc == SQLITE_DONE ? 0 : fail(s);

	sqlite3_finalize(st);
	free(bytes);
	free(scratch);
	return error;
}

static bool add_learning(void *learned, const void *row)
{
	*(bool *)learned |= ((const struct run_row *)row)->learning;
	return true;
}

int store_learned(struct store *s, bool *ret_learned)
{
	bool learned = false;
	int rc = store_each(s, STORE_RUN, add_learning, &learned);

	if (rc == 0)
		*ret_learned = learned;
	return rc;
}

static uint64_t one_number(struct store *s, const char *what, enum store_table t)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT %s FROM %s", what, store_tables[t].name);
	int64_t v = pragma(s, sql);

	return v < 0 ? 0 : (uint64_t)v;
}

uint64_t store_count(struct store *s, enum store_table t) { return one_number(s, "count(*)", t); }
uint64_t store_max_id(struct store *s, enum store_table t) { return one_number(s, "max(id)", t); }

int store_clear(struct store *s, enum store_table t)
{
	char sql[128];

	if (s->error != 0)
		return s->error;
	snprintf(sql, sizeof(sql), "DELETE FROM %s", store_tables[t].name);
	return run_sql(s, sql);
}

int store_check(struct store *s)
{
	sqlite3_stmt *st;
	bool sound = false;

	if (sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &st, NULL) != SQLITE_OK)
		return fail(s);
	if (sqlite3_step(st) == SQLITE_ROW)
		sound = strcmp((const char *)sqlite3_column_text(st, 0), "ok") == 0;
	sqlite3_finalize(st);
	return sound ? 0 : -EIO;
}

/* ---- opening ---- */

static int migrate(struct store *s, int64_t version)
{
	char sql[64];
	int rc = 0;

	for (; rc == 0 && store_migrations[version] != NULL; version++)
		rc = run_sql(s, store_migrations[version]);
	snprintf(sql, sizeof(sql), "PRAGMA user_version=%lld", (long long)version);
	if (rc == 0)
		rc = run_sql(s, sql);
	snprintf(sql, sizeof(sql), "PRAGMA application_id=%d", STORE_APPLICATION_ID);
	return rc == 0 ? run_sql(s, sql) : rc;
}

static int64_t newest(void)
{
	int64_t n = 0;

	while (store_migrations[n] != NULL)
		n++;
	return n;
}

static int prepare_puts(struct store *s)
{
	char sql[NAME_ROOM * 2];

	for (unsigned t = 0; t < STORE_TABLES; t++) {
		statement(sql, sizeof(sql), &store_tables[t], true);
		if (sqlite3_prepare_v2(s->db, sql, -1, &s->put[t], NULL) != SQLITE_OK)
			return fail(s);
	}
	return 0;
}

/* What is wrong with the file as it is, as a text key; NULL: nothing. */
static const char *judge(struct store *s, int64_t *ret_version)
{
	int64_t id = pragma(s, "PRAGMA application_id");
	int64_t tables = pragma(s, "SELECT count(*) FROM sqlite_master");

	*ret_version = pragma(s, "PRAGMA user_version");
	if (id < 0 || tables < 0 || *ret_version < 0) {
		int code = sqlite3_errcode(s->db) & 0xff;

		fail(s);
		return code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? "not-a-database"
		       : code == SQLITE_BUSY || code == SQLITE_LOCKED ? "busy" : "cannot";
	}
	if (id != STORE_APPLICATION_ID && tables > 0)
		return "not-ours";
	return *ret_version > newest() ? "newer" : NULL;
}

static const char *begin_writing(struct store *s)
{
	int rc = sqlite3_exec(s->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_OK) {
		s->writing = true;
		return NULL;
	}
	fail(s);
	return (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED ? "busy"
	       : (rc & 0xff) == SQLITE_NOTADB ? "not-a-database" : "cannot";
}

/* The failure of a reader that may not make files beside the database. */
static bool wants_companions(const struct store *s)
{
	int code = sqlite3_errcode(s->db) & 0xff;

	return code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
}

/* A reader of a write-ahead log wants files of its own beside it. Where it may not make them (a read-only
 * share or disk) the database can still be read, when nothing waits in a log: nobody is writing it. */
static bool reopen_unchanging(struct store *s)
{
	char path[NAME_ROOM * 3 + 32] = "file:";
	struct text_out uri = { path, strlen(path), sizeof(path) };
	char log[NAME_ROOM + 8];
	struct stat st;

	snprintf(log, sizeof(log), "%s-wal", s->path);
	if (stat(log, &st) == 0 && st.st_size > 0)
		return false;
	for (const char *c = s->path; *c != '\0'; c++) {
		char hex[4];

		snprintf(hex, sizeof(hex), "%%%02x", (unsigned char)*c);
		text_out_put(&uri, hex, 3);
	}
	text_out_put(&uri, "?immutable=1", strlen("?immutable=1"));
	sqlite3_close(s->db);
	s->error = 0;
	return sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) == SQLITE_OK;
}

static const char *open_in(struct store *s, enum store_mode mode)
{
	struct stat st;
	int64_t version = 0;

	s->made = stat(s->path, &st) != 0;
	if (s->made && mode == STORE_READ)
		return "missing";
	int flags = mode == STORE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK) {
		fail(s);
		return "cannot";
	}
	const char *why = judge(s, &version);

	if (why != NULL && mode == STORE_READ && wants_companions(s) && reopen_unchanging(s))
		why = judge(s, &version);
	if (why == NULL && mode == STORE_WRITE)
		why = begin_writing(s);
	if (why != NULL)
		return why;
	if (mode == STORE_WRITE) {
		/* Someone may have moved it on between our look and our turn. */
		why = judge(s, &version);
		if (why == NULL && (migrate(s, version) != 0 || prepare_puts(s) != 0))
			why = "cannot";
	} else if (version < newest()) {
		why = version == 0 ? "nothing-yet" : "older";
	}
	return why;
}

int store_open(struct store **ret_s, const char *path, enum store_mode mode, const char **ret_why)
{
	struct store *s = calloc(1, sizeof(*s));

	/* Names that begin with ':' mean something else to SQLite: a database that is never kept. */
	if (s == NULL || (size_t)snprintf(s->path, sizeof(s->path), "%s%s", path[0] == ':' ? "./" : "",
					  path) >= sizeof(s->path)) {
		*ret_why = "cannot";
		free(s);
		return s == NULL ? -ENOMEM : -ENAMETOOLONG;
	}
	const char *why = open_in(s, mode);

	if (why != NULL) {
		int error = strcmp(why, "busy") == 0 ? -EBUSY : s->error != 0 ? s->error : -EINVAL;

		*ret_why = why;
		s->made = s->made && mode == STORE_WRITE && error != -EBUSY;
		store_close(s);
		return error;
	}
	*ret_s = s;
	return 0;
}

int store_commit(struct store *s)
{
	if (s->error != 0)
		return s->error;
	if (run_sql(s, "COMMIT") != 0)
		return s->error;
	s->writing = false;
	s->made = false;
	return 0;
}

static void remove_made(const struct store *s)
{
	static const char *const tails[] = { "", "-wal", "-shm" };
	char path[NAME_ROOM + 8];

	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(path, sizeof(path), "%s%s", s->path, tails[i]);
		unlink(path);
	}
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (unsigned t = 0; t < STORE_TABLES; t++)
		sqlite3_finalize(s->put[t]);
	if (s->writing)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(s->db);
	if (s->made)
		remove_made(s);
	free(s);
}

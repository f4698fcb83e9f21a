/* store/store.c: see store.h. */
#include "store/store.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/proto.h"
#include "store/columns.h"
#include "store/migrations.h"

enum { COLUMNS_MAX = 48, NAME_ROOM = 2048, SCRATCH = 8192 };

struct store {
	sqlite3 *db;
	sqlite3_stmt *put[STORE_TABLES];
	bool writing;		/* a transaction is open */
	bool made;		/* the file was not there before, and nobody else is writing it */
	int error;
	char path[NAME_ROOM];
};

/* ---- errors ---- */

static int fail(struct store *s)
{
	int code = sqlite3_errcode(s->db) & 0xff;

	if (s->error == 0)
		s->error = code == SQLITE_FULL ? -ENOSPC : code == SQLITE_NOMEM ? -ENOMEM : -EIO;
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

/* ---- names for numbers that are only good inside one build ---- */

static const char *word_text(uint64_t i) { return word_at((unsigned)i); }
static const char *verb_text(uint64_t i) { return i < VERB_COUNT ? verb_name((uint8_t)i) : NULL; }
static const char *class_text(uint64_t i) { return i < CLASS_COUNT ? class_name((uint8_t)i) : NULL; }

static const char *proto_text(uint64_t i)
{
	const struct proto *p = proto_at((unsigned)i);

	return i == 0 ? "" : p == NULL ? NULL : p->name;
}

/* The number whose name it is; `none` when this build does not know it. */
static uint64_t named(const char *name, size_t n, const char *(*of)(uint64_t), uint64_t none)
{
	const char *t;

	for (uint64_t i = 0; i < 256; i++)
		if ((t = of(i)) != NULL && strlen(t) == n && memcmp(t, name, n) == 0)
			return i;
	return none;
}

/* ---- one member as text ---- */

struct text_out { char *p; size_t n, cap; };

static void put_text(struct text_out *o, const char *s, size_t n)
{
	size_t fits = min_size(n, o->cap - 1 - o->n);

	memcpy(o->p + o->n, s, fits);
	o->n += fits;
	o->p[o->n] = '\0';
}

static void put_item(struct text_out *o, const char *s)
{
	if (o->n > 0)
		put_text(o, ",", 1);
	put_text(o, s, strlen(s));
}

static void put_bits(struct text_out *o, const uint64_t *bits, unsigned count, const char *(*of)(uint64_t))
{
	for (unsigned i = 0; i < count; i++)
		if ((bits[i / 64] >> i % 64 & 1) != 0 && of(i) != NULL)
			put_item(o, of(i));
}

static void put_numbers(struct text_out *o, const struct column *c, const uint8_t *at, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char number[24];
		uint16_t v16;
		uint64_t v64;

		if (c->type == COL_U16S) {
			memcpy(&v16, at + i * sizeof(v16), sizeof(v16));
			v64 = v16;
		} else {
			memcpy(&v64, at + i * sizeof(v64), sizeof(v64));
		}
		snprintf(number, sizeof(number), "%llu", (unsigned long long)v64);
		put_item(o, number);
	}
}

static uint64_t load_number(const uint8_t *at, size_t size)
{
	uint64_t v = 0;

	memcpy(&v, at, min_size(size, sizeof(v)));	/* little-endian machines only, as all of koban's
							 * records */
	return v;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "members are copied by their low bytes");

/* Writes a member that is kept as text into o. */
static void member_text(struct text_out *o, const struct column *c, const uint8_t *row)
{
	const uint8_t *at = row + c->at;
	const char *const *strings = (const char *const *)(const void *)at;
	char address[IP_TEXT > MAC_TEXT ? IP_TEXT : MAC_TEXT];
	uint64_t bits[2] = { load_number(at, c->size), c->size > 8 ? load_number(at + 8, 8) : 0 };
	const char *name = NULL;

	switch (c->type) {
	case COL_TEXT: put_text(o, (const char *)at, strnlen((const char *)at, c->size)); return;
	case COL_STRING: name = strings[0]; break;
	case COL_IP: ip_text(address, at); name = ip_is_zero(at) ? "" : address; break;
	case COL_MAC: mac_text(address, at); name = mac_is_zero(at) ? "" : address; break;
	case COL_U16S: case COL_U64S: put_numbers(o, c, at, row[c->count_at]); return;
	case COL_STRINGS:
		for (unsigned i = 0; i < row[c->count_at]; i++)
			put_item(o, strings[i]);
		return;
	case COL_PROTO16: name = proto_text(bits[0]); break;
	case COL_PROTOS: put_bits(o, bits, 128, proto_text); return;
	case COL_WORD: name = word_text(bits[0]); break;
	case COL_WORDS: put_bits(o, bits, 64, word_text); return;
	case COL_VERB: name = verb_text(bits[0]); break;
	case COL_CLASS: name = class_text(bits[0]); break;
	}
	if (name != NULL)
		put_text(o, name, strlen(name));
}

static bool is_number(const struct column *c)
{
	return c->type <= COL_BOOL;
}

int store_put(struct store *s, enum store_table t, const void *row)
{
	const struct table *table = &store_tables[t];
	sqlite3_stmt *st = s->put[t];

	if (s->error != 0)
		return s->error;
	for (int i = 0; table->columns[i].name != NULL; i++) {
		const struct column *c = &table->columns[i];
		int rc;

		if (is_number(c)) {
			rc = sqlite3_bind_int64(st, i + 1,
						(int64_t)load_number((const uint8_t *)row + c->at, c->size));
		} else {
			char room[SCRATCH] = "";
			struct text_out o = { room, 0, sizeof(room) };

			if (c->type == COL_STRING) {
				const char *const *text = (const void *)((const uint8_t *)row + c->at);

				rc = sqlite3_bind_text(st, i + 1, *text, -1, SQLITE_TRANSIENT);
			} else {
				member_text(&o, c, row);
				rc = sqlite3_bind_text(st, i + 1, room, (int)o.n, SQLITE_TRANSIENT);
			}
		}
		if (rc != SQLITE_OK)
			return fail(s);
	}
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : fail(s);
}

/* ---- one member from text ---- */

struct scratch {		/* what COL_STRINGS point into, for one row */
	char p[SCRATCH];
	size_t n;
};

/* The next item of "a,b,c"; false at the end. */
static bool next_item(const char **p, const char **ret_item, size_t *ret_n)
{
	if (**p == '\0')
		return false;
	const char *end = strchr(*p, ',');

	*ret_item = *p;
	*ret_n = end == NULL ? strlen(*p) : (size_t)(end - *p);
	*p += *ret_n + (end != NULL);
	return true;
}

static void from_numbers(const struct column *c, uint8_t *row, const char *text)
{
	size_t each = c->type == COL_U16S ? 2 : 8, n;
	uint8_t count = 0;
	const char *item;

	while ((size_t)(count + 1) * each <= c->size && next_item(&text, &item, &n)) {
		uint64_t v = strtoull(item, NULL, 10);

		memcpy(row + c->at + count++ * each, &v, each);
	}
	row[c->count_at] = count;
}

static void from_strings(const struct column *c, uint8_t *row, const char *text, struct scratch *scratch)
{
	const char **strings = (const char **)(void *)(row + c->at);
	const char *item;
	uint8_t count = 0;
	size_t n;

	while ((size_t)(count + 1) * sizeof(*strings) <= c->size && next_item(&text, &item, &n) &&
	       n + 1 <= sizeof(scratch->p) - scratch->n) {
		char *copy = scratch->p + scratch->n;

		memcpy(copy, item, n);
		copy[n] = '\0';
		scratch->n += n + 1;
		strings[count++] = copy;
	}
	row[c->count_at] = count;
}

static void from_bits(uint8_t *at, size_t size, const char *text, const char *(*of)(uint64_t))
{
	uint64_t bits[2] = { 0, 0 };
	const char *item;
	size_t n;

	while (next_item(&text, &item, &n)) {
		uint64_t i = named(item, n, of, UINT64_MAX);

		if (i < size * 8)
			bits[i / 64] |= UINT64_C(1) << i % 64;
	}
	memcpy(at, bits, size);
}

static void from_address(const struct column *c, uint8_t *at, const char *text)
{
	unsigned m[6];
	uint8_t v4[4];

	memset(at, 0, c->size);
	if (c->type == COL_MAC) {
		if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]) == 6)
			for (int i = 0; i < 6; i++)
				at[i] = (uint8_t)m[i];
	} else if (inet_pton(AF_INET, text, v4) == 1) {
		at[10] = at[11] = 0xff;
		memcpy(at + 12, v4, 4);
	} else if (*text != '\0' && inet_pton(AF_INET6, text, at) != 1) {
		memset(at, 0, 16);
	}
}

static void from_text(const struct column *c, uint8_t *row, const char *text, struct scratch *scratch)
{
	uint8_t *at = row + c->at;
	size_t n = strlen(text);
	uint64_t v = 0;

	switch (c->type) {
	case COL_TEXT:
		n = min_size(n, c->size - 1u);
		memcpy(at, text, n);
		at[n] = '\0';
		return;
	case COL_STRING: memcpy(at, &text, sizeof(text)); return;
	case COL_IP: case COL_MAC: from_address(c, at, text); return;
	case COL_U16S: case COL_U64S: from_numbers(c, row, text); return;
	case COL_STRINGS: from_strings(c, row, text, scratch); return;
	case COL_PROTOS: from_bits(at, c->size, text, proto_text); return;
	case COL_WORDS: from_bits(at, c->size, text, word_text); return;
	case COL_PROTO16: v = named(text, n, proto_text, 0); break;
	case COL_WORD: v = named(text, n, word_text, 0); break;
	case COL_VERB: v = named(text, n, verb_text, 0); break;
	case COL_CLASS: v = named(text, n, class_text, 0); break;
	}
	memcpy(at, &v, c->size);
}

static void from_row(const struct table *t, sqlite3_stmt *st, uint8_t *row, struct scratch *scratch)
{
	memset(row, 0, t->row_size);
	scratch->n = 0;
	for (int i = 0; t->columns[i].name != NULL; i++) {
		const struct column *c = &t->columns[i];
		const char *text = (const char *)sqlite3_column_text(st, i);
		int64_t v = sqlite3_column_int64(st, i);

		if (is_number(c))
			memcpy(row + c->at, &v, c->size);
		else
			from_text(c, row, text == NULL ? "" : text, scratch);
	}
}

/* "SELECT a,b FROM t ORDER BY rowid", or the INSERT with as many '?'. */
static void statement(char *out, size_t cap, const struct table *t, bool insert)
{
	char names[NAME_ROOM] = "", marks[COLUMNS_MAX * 2] = "";
	struct text_out list = { names, 0, sizeof(names) }, questions = { marks, 0, sizeof(marks) };

	for (int i = 0; t->columns[i].name != NULL; i++) {
		put_item(&list, t->columns[i].name);
		put_item(&questions, "?");
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
			from_row(table, st, bytes, scratch);
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

	if (s == NULL || (size_t)snprintf(s->path, sizeof(s->path), "%s", path) >= sizeof(s->path)) {
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

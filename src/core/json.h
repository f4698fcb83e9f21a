/* core/json.h: JSON appended to one growing buffer. For the desk and the commands, never for the packet path.
 *
 * Bytes from the wire may be anything: what is not UTF-8 comes out as \xNN (a backslash in the text), so that
 * every document is valid and nothing is lost. Running out of memory is remembered in `failed`. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/cursor.h"

struct json {
	char *p;
	size_t n, cap;
	bool comma;		/* the next value is preceded by one */
	bool failed;
};

void json_free(struct json *j);
static inline void json_reset(struct json *j) { j->n = 0; j->comma = false; }

char *json_grow(struct json *j, size_t n);

/* Where n more bytes fit behind what there is; NULL once memory has run out. Whoever writes there moves
 * j->n. */
static inline char *json_room(struct json *j, size_t n)
{
	return n <= j->cap - j->n ? j->p + j->n : json_grow(j, n);
}

static inline void json_open(struct json *j, char bracket)	/* '{' or '[' */
{
	char *to = json_room(j, 2);

	if (to == NULL)
		return;
	*to = ',';
	to += j->comma;
	*to++ = bracket;
	j->n = (size_t)(to - j->p);
	j->comma = false;
}

static inline void json_close(struct json *j, char bracket)	/* '}' or ']' */
{
	char *to = json_room(j, 1);

	if (to == NULL)
		return;
	*to = bracket;
	j->n++;
	j->comma = true;
}

/* A key of the program's own: nothing in it needs an escape. */
static inline void json_key_n(struct json *j, const char *key, size_t n)
{
	char *to = json_room(j, n + 4);

	if (to == NULL)
		return;
	*to = ',';
	to += j->comma;
	*to++ = '"';
	memcpy(to, key, n);
	memcpy(to + n, "\":", 2);
	j->n = (size_t)(to + n + 2 - j->p);
	j->comma = false;
}

/* Nearly always the length is known when compiling, and the key is written by a few moves. */
static inline void json_key(struct json *j, const char *key)
{
	json_key_n(j, key, strlen(key));
}

void json_str(struct json *j, const char *s);
/* A string of the program's own that needs no escape: a word of a table, an address. */
void json_word(struct json *j, const char *s);
void json_bytes(struct json *j, struct bytes b);	/* text from the wire */
void json_hex(struct json *j, struct bytes b, char separator);	/* separator 0: none */
void json_u64(struct json *j, uint64_t v);
void json_i64(struct json *j, int64_t v);
void json_f64(struct json *j, double v);	/* not a number: null */
void json_bool(struct json *j, bool v);
/* Members written earlier, with the comma before the first: copied as they are. */
void json_again(struct json *j, struct bytes members);

void json_newline(struct json *j);		/* ends a document of a line-wise stream */

/* "2026-11-20T07:25:14.123456+0000", as Suricata writes time. */
void json_time(struct json *j, int64_t at_ns);

static inline void json_key_str(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_str(j, s);
}

static inline void json_key_word(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_word(j, s);
}

static inline void json_key_u64(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_u64(j, v);
}

static inline void json_key_bool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_bool(j, v);
}

static inline void json_key_bytes(struct json *j, const char *key, struct bytes b)
{
	json_key(j, key);
	json_bytes(j, b);
}

static inline void json_key_time(struct json *j, const char *key, int64_t ns)
{
	json_key(j, key);
	json_time(j, ns);
}

static inline void json_key_open(struct json *j, const char *key, char bracket)
{
	json_key(j, key);
	json_open(j, bracket);
}

/* Lists of n values. */
void json_key_u64s(struct json *j, const char *key, const uint64_t *v, size_t n);
void json_key_strs(struct json *j, const char *key, const char *const *s, size_t n);

#endif

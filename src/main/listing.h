/* main/listing.h: what the commands that show a database share: opening it, and what its rows are called. */
#ifndef MAIN_LISTING_H
#define MAIN_LISTING_H

#include "core/json.h"
#include "main/cli.h"
#include "main/sheet.h"
#include "store/store.h"

enum { NAME_ROOM = 256 };

struct rows {			/* a table of the database in memory, sorted by its first member: a 64-bit
				 * id */
	uint8_t *p;
	size_t n, cap, each;
	bool failed;
};

struct listing {
	const struct cli *cli;
	enum lang lang;
	struct store *store;
	struct rows assets, ends;	/* who an end is: loaded for every listing */
	struct rows addresses, facts, services;	/* sorted by asset; only for the ledger as JSON */
	struct sheet sheet;
	struct json json;
};

/* Opens the database of --db. Returns EXIT_DONE, or the exit code after a line said why; listing_close()
 * either way. */
int listing_open(struct listing *l, const struct cli *c, const char *command);
void listing_close(struct listing *l);
enum sheet_format listing_format(const struct listing *l);

/* Loads a table; id_offset is where the id stands that it is sorted by. Returns 0 or a negative errno. */
int listing_load(struct store *s, struct rows *r, enum store_table t, size_t each, size_t id_offset);

/* Facts, addresses and services of all devices. */
int listing_load_details(struct listing *l);

/* The first row with this id, and those behind it: *ret_end is one beyond the last. */
const uint8_t *listing_rows(const struct rows *r, uint64_t id, size_t at, const uint8_t **ret_end);

/* NULL: no such asset. */
const struct asset *listing_asset(const struct listing *l, uint64_t id);

/* What people call an end: its asset's name, or its address. */
void listing_end_name(const struct listing *l, char *out, size_t cap, uint64_t end, uint64_t asset);
void listing_end_address(const struct listing *l, char *out, uint64_t end);
struct side listing_end_side(const struct listing *l, uint64_t end);	/* all zero: not known */

/* Names of protocols and words: in the language of people, or the bare word for programs. */
const char *listing_proto(const struct listing *l, uint16_t number, char *room, size_t cap);
const char *listing_word(const struct listing *l, const char *word);

/* Reads a table into the sheet and prints it. Returns the exit code. */
int listing_print(struct listing *l, enum store_table t, bool (*row)(void *, const void *),
		  const struct sheet_column *columns, const char *empty);

/* Prints what stands in l->json. Returns the exit code. */
int listing_print_json(struct listing *l);

/* A key and its text, where there is one. */
void listing_key_some(struct json *j, const char *key, const char *value);

/* What the recording read last changed. Returns the exit code. list_diff.c */
int ledger_diff(struct listing *l);

/* The whole of a command that shows one table. */
int listing_command(const struct cli *c, const char *command, enum store_table t,
		    bool (*row)(void *, const void *), const struct sheet_column *columns, const char *empty);

#endif

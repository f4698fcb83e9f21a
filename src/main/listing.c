/* main/listing.c: opening a database for a listing, and what its rows are called. */
#include "main/listing.h"

#include <errno.h>
#include <stdlib.h>

#include "asset/asset.h"
#include "main/say.h"
#include "main/tags.h"

static bool add_row(void *ctx, const void *row)
{
	struct rows *r = ctx;

	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 256 : r->cap * 2;
		uint8_t *p = realloc(r->p, cap * r->each);

		if (p == NULL) {
			r->failed = true;
			return false;
		}
		r->p = p;
		r->cap = cap;
	}
	memcpy(r->p + r->n++ * r->each, row, r->each);
	return true;
}

static uint64_t id_at(const void *row, size_t at)
{
	uint64_t id;

	memcpy(&id, (const uint8_t *)row + at, sizeof(id));
	return id;
}

struct order { size_t id_offset, each; };

/* By the id, ties by all bytes (the store zeroes padding): the same rows always come out in the same
 * order. */
static int by_id(const void *a, const void *b, void *ctx)
{
	const struct order *o = ctx;
	uint64_t x = id_at(a, o->id_offset), y = id_at(b, o->id_offset);

	return x != y ? (x > y) - (x < y) : memcmp(a, b, o->each);
}

int listing_load(struct store *s, struct rows *r, enum store_table t, size_t each, size_t id_offset)
{
	struct order order = { id_offset, each };

	*r = (struct rows){ .each = each };
	int rc = store_each(s, t, add_row, r);

	if (rc == 0 && r->failed)
		rc = -ENOMEM;
	if (rc == 0 && r->n > 0)
		qsort_r(r->p, r->n, each, by_id, &order);
	return rc;
}

int listing_load_details(struct listing *l)
{
	int rc = listing_load(l->store, &l->facts, STORE_FACT, sizeof(struct fact_row),
			      offsetof(struct fact_row, asset));

	if (rc == 0)
		rc = listing_load(l->store, &l->addresses, STORE_END, sizeof(struct end_row),
				  offsetof(struct end_row, asset));
	if (rc == 0)
		rc = listing_load(l->store, &l->services, STORE_SERVICE, sizeof(struct service_row),
				  offsetof(struct service_row, asset));
	return rc;
}

const uint8_t *listing_rows(const struct rows *r, uint64_t id, size_t at, const uint8_t **ret_end)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (id_at(r->p + mid * r->each, at) < id)
			low = mid + 1;
		else
			high = mid;
	}
	const uint8_t *first = r->p + low * r->each, *end = first;

	while (end < r->p + r->n * r->each && id_at(end, at) == id)
		end += r->each;
	*ret_end = end;
	return first;
}

static const void *row_by_id(const struct rows *r, uint64_t id, size_t at)
{
	const uint8_t *end;
	const uint8_t *first = r->n == 0 ? NULL : listing_rows(r, id, at, &end);

	return first == NULL || first == end ? NULL : first;
}

const struct asset *listing_asset(const struct listing *l, uint64_t id)
{
	return row_by_id(&l->assets, id, offsetof(struct asset, id));
}

static const struct end_row *end_by_id(const struct listing *l, uint64_t id)
{
	return row_by_id(&l->ends, id, offsetof(struct end_row, id));
}

void listing_end_name(const struct listing *l, char *out, size_t cap, uint64_t end, uint64_t asset)
{
	const struct asset *a = listing_asset(l, asset);
	const struct end_row *e = end_by_id(l, end);

	out[0] = '\0';
	if (a != NULL) {
		ledger_call(out, cap, l->lang, a);
	} else if (e != NULL) {
		struct side s = { .station = e->station };

		memcpy(s.ip, e->ip, sizeof(s.ip));
		memcpy(s.mac, e->mac, sizeof(s.mac));
		ledger_call_side(out, cap, &s);
	}
}

struct side listing_end_side(const struct listing *l, uint64_t end)
{
	const struct end_row *e = end_by_id(l, end);
	struct side s = { .station = e == NULL ? 0 : e->station };

	if (e != NULL) {
		memcpy(s.ip, e->ip, sizeof(s.ip));
		memcpy(s.mac, e->mac, sizeof(s.mac));
	}
	return s;
}

void listing_end_address(const struct listing *l, char *out, uint64_t end)
{
	const struct end_row *e = end_by_id(l, end);

	out[0] = '\0';
	if (e != NULL && !ip_is_zero(e->ip))
		ip_text(out, e->ip);
	else if (e != NULL && !mac_is_zero(e->mac))
		mac_text(out, e->mac);
}

int listing_open(struct listing *l, const struct cli *c, const char *command)
{
	const char *path = c->values[OPT_DB], *why;

	*l = (struct listing){ .cli = c, .lang = c->lang };
	if (path == NULL) {
		const struct text_arg args[] = { { "command", command }, { NULL, NULL } };

		say(l->lang, "cli.db-needed", args);
		return EXIT_USAGE;
	}
	if (!plant_tags_load(c->lang, c->values[OPT_TAGS]))
		return EXIT_USAGE;
	int rc = store_open(&l->store, path, STORE_READ, &why);

	if (rc != 0) {
		char key[64];

		snprintf(key, sizeof(key), "store.%s", why);
		say_failed(l->lang, key, path, rc);
		return EXIT_FAILED;
	}
	rc = listing_load(l->store, &l->assets, STORE_ASSET, sizeof(struct asset),
			  offsetof(struct asset, id));
	if (rc == 0)
		rc = listing_load(l->store, &l->ends, STORE_END, sizeof(struct end_row),
				  offsetof(struct end_row, id));
	if (rc != 0) {
		say_failed(l->lang, "store.cannot", path, rc);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

void listing_close(struct listing *l)
{
	plant_tags_drop();
	store_close(l->store);
	free(l->assets.p);
	free(l->ends.p);
	free(l->addresses.p);
	free(l->facts.p);
	free(l->services.p);
	sheet_free(&l->sheet);
	json_free(&l->json);
}

enum sheet_format listing_format(const struct listing *l)
{
	return (enum sheet_format)cli_choice(l->cli, OPT_FORMAT, SHEET_TABLE);
}

int listing_print(struct listing *l, enum store_table t, bool (*row)(void *, const void *),
			 const struct sheet_column *columns, const char *empty)
{
	sheet_init(&l->sheet, columns, listing_format(l));
	int rc = store_each(l->store, t, row, l);

	if (rc != 0) {
		say_failed(l->lang, "store.cannot", l->cli->values[OPT_DB], rc);
		return EXIT_FAILED;
	}
	return sheet_print(&l->sheet, l->lang, empty) ? EXIT_DONE : EXIT_FAILED;
}

const char *listing_proto(const struct listing *l, uint16_t number, char *room, size_t cap)
{
	const struct proto *p = proto_at(number);

	if (p == NULL)
		return "";
	if (listing_format(l) != SHEET_TABLE)
		return p->name;
	snprintf(room, cap, "proto.%s.name", p->name);
	return text(l->lang, room);
}

const char *listing_word(const struct listing *l, const char *word)
{
	char key[64];

	if (listing_format(l) != SHEET_TABLE)
		return word;
	snprintf(key, sizeof(key), "words.%s", word);
	return text(l->lang, key);
}

void listing_key_some(struct json *j, const char *key, const char *value)
{
	if (*value != '\0')
		json_key_str(j, key, value);
}

int listing_print_json(struct listing *l)
{
	json_newline(&l->json);
	return fwrite(l->json.p, 1, l->json.n, stdout) == l->json.n ? EXIT_DONE : EXIT_FAILED;
}

int listing_command(const struct cli *c, const char *command, enum store_table t,
		    bool (*row)(void *, const void *), const struct sheet_column *columns, const char *empty)
{
	struct listing l;
	int code = listing_open(&l, c, command);

	if (code == EXIT_DONE)
		code = listing_print(&l, t, row, columns, empty);
	listing_close(&l);
	return code;
}

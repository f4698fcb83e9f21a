/* main/tags.c: see tags.h. */
#include "main/tags.h"

#include <errno.h>
#include <stdlib.h>

#include "main/say.h"

enum { SAID_MAX = 20 };		/* rows that are told apart; the others are counted */

static struct tags *loaded;

struct telling { enum lang lang; const char *path; unsigned wrong; };

static void tell(void *ctx, const struct tags_error *e)
{
	struct telling *t = ctx;
	char where[1100], file[1024], what[128], hint[256] = "";
	const char *how = strcmp(e->text, "tags.bad-object") == 0 ? "tags.written" : "tags.meant";
	bool plain = strcmp(e->text, "tags.bad-number") == 0 || strcmp(e->text, "tags.min-above-max") == 0;
	const struct text_arg words[] = { { "word", e->hint }, { NULL, NULL } };
	const struct text_arg args[] = {
		{ "where", where }, { "what", what }, { "hint", hint }, { NULL, NULL } };

	if (t->wrong++ >= SAID_MAX)
		return;
	snprintf(where, sizeof(where), "%s:%zu:%zu",
		 printable(file, sizeof(file), (struct bytes){ (const uint8_t *)t->path, strlen(t->path) }),
		 e->line, e->column);
	printable(what, sizeof(what), (struct bytes){ (const uint8_t *)e->what, strlen(e->what) });
	if (plain)
		printable(hint, sizeof(hint), (struct bytes){ (const uint8_t *)e->hint, strlen(e->hint) });
	else if (*e->hint != '\0')
		text_fill(hint, sizeof(hint), t->lang, how, words);
	say(t->lang, e->text, args);
}

/* The whole file; NULL: it cannot be read, and why was said. */
static uint8_t *read_file(enum lang lang, const char *path, size_t *ret_n)
{
	const struct text_arg args[] = { { "file", path }, { NULL, NULL } };
	FILE *f = fopen(path, "rb");
	uint8_t *room = f == NULL ? NULL : malloc(TAGS_FILE_MAX + 1);
	int error = errno;

	*ret_n = room == NULL ? 0 : fread(room, 1, TAGS_FILE_MAX + 1, f);
	if (room == NULL || ferror(f)) {
		say_failed(lang, "cli.cannot-open", path, room == NULL ? error : errno);
		free(room);
		room = NULL;
	} else if (*ret_n > TAGS_FILE_MAX) {
		say(lang, "tags.too-large", args);
		free(room);
		room = NULL;
	}
	if (f != NULL)
		fclose(f);
	return room;
}

static void tell_sums(const struct telling *t, size_t count)
{
	char number[24], wrong[24], more[24];
	const struct text_arg sums[] = { { "file", t->path }, { "count", number }, { "wrong", wrong },
					 { NULL, NULL } };
	const struct text_arg rest[] = { { "file", t->path }, { "count", more }, { NULL, NULL } };

	if (t->wrong == 0)
		return;
	snprintf(more, sizeof(more), "%u", t->wrong > SAID_MAX ? t->wrong - SAID_MAX : 0);
	if (t->wrong > SAID_MAX)
		say(t->lang, "tags.more", rest);
	snprintf(number, sizeof(number), "%zu", count);
	snprintf(wrong, sizeof(wrong), "%u", t->wrong);
	say(t->lang, "tags.read", sums);
}

bool plant_tags_load(enum lang lang, const char *path)
{
	struct telling t = { lang, path, 0 };
	size_t n;

	if (path == NULL)
		return true;
	uint8_t *file = read_file(lang, path, &n);

	if (file == NULL)
		return false;
	int rc = tags_read(&loaded, (struct bytes){ file, n }, tell, &t);

	free(file);
	if (rc == -ENOMEM)
		say_failed(lang, "cli.cannot-open", path, rc);
	if (rc != 0)
		return false;
	tell_sums(&t, tags_count(loaded));
	meaning_plant(tags_find, loaded);
	return true;
}

void plant_tags_drop(void)
{
	meaning_plant(NULL, NULL);
	tags_free(loaded);
	loaded = NULL;
}

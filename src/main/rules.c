/* main/rules.c: see rules.h. */
#include "main/rules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "detect/site_load.h"
#include "main/say.h"

static struct bytes text_of(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

static void on_problem(void *ctx, const struct rule_problem *p)
{
	struct rules *r = ctx;
	char file[1024], what[256], hint[128], line[24], column[24], key[64], near[256] = "";
	struct text_arg args[] = {
		{ "file", printable(file, sizeof(file), text_of(p->file)) },
		{ "line", line }, { "column", column },
		{ "what", printable(what, sizeof(what), text_of(p->what)) },
		{ "hint", printable(hint, sizeof(hint), text_of(p->hint)) },
		{ "near", near }, { NULL, NULL } };

	snprintf(line, sizeof(line), "%u", p->line);
	snprintf(column, sizeof(column), "%u", p->column);
	if (p->hint[0] != '\0')
		text_fill(near, sizeof(near), r->lang, "rule-errors.did-you-mean", args);
	snprintf(key, sizeof(key), "rule-errors.%s", p->key);
	say(r->lang, key, args);
}

static void say_too_large(enum lang lang, const char *path)
{
	char file[1024], megabytes[16];
	const struct bytes name = { (const uint8_t *)path, strlen(path) };
	const struct text_arg args[] = { { "file", printable(file, sizeof(file), name) },
					 { "mb", megabytes }, { NULL, NULL } };

	snprintf(megabytes, sizeof(megabytes), "%d", RULE_FILE_MAX >> 20);
	say(lang, "cli.too-large", args);
}

char *read_whole(enum lang lang, const char *path, size_t *ret_n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t n = 0;
	char *text = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (fd >= 0)
		text = malloc(RULE_FILE_MAX + 2);
	for (ssize_t got = 1; text != NULL && got > 0 && n <= RULE_FILE_MAX; n += got > 0 ? (size_t)got : 0) {
		got = read(fd, text + n, RULE_FILE_MAX + 1 - n);
		if (got < 0) {
			free(text);
			text = NULL;
		}
	}
	int error = errno;

	if (fd >= 0)
		close(fd);
	if (text == NULL) {
		say_failed(lang, "cli.cannot-open", path, error);
		return NULL;
	}
	if (n > RULE_FILE_MAX) {
		say_too_large(lang, path);
		free(text);
		return NULL;
	}
	text[n] = '\0';
	*ret_n = n;
	char *fits = realloc(text, n + 1);

	return fits == NULL ? text : fits;
}

static bool add_file(struct rules *r, const char *path)
{
	size_t n;
	char *text = read_whole(r->lang, path, &n);

	if (text == NULL)
		return false;
	r->problems += ruleset_add(r->set, path, text, n, on_problem, r);
	free(text);
	return true;
}

static int is_rule_file(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return d->d_name[0] != '.' && dot != NULL && (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0);
}

/* By bytes, whatever the language of the machine: the order of rules is that of alerts. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_path(struct rules *r, const char *path)
{
	struct stat st;
	struct dirent **list;
	bool ok = true;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return add_file(r, path);
	int n = scandir(path, &list, is_rule_file, by_bytes);

	if (n < 0) {
		say_failed(r->lang, "cli.cannot-open", path, errno);
		return false;
	}
	for (int i = 0; i < n; i++) {
		char full[4096];

		if (ok && snprintf(full, sizeof(full), "%s/%s", path, list[i]->d_name) < (int)sizeof(full))
			ok = add_file(r, full);
		free(list[i]);
	}
	free(list);
	return ok;
}

static bool read_site(struct rules *r, const char *config)
{
	size_t n;
	char *text = config == NULL ? NULL : read_whole(r->lang, config, &n);

	site_init(r->site);
	if (config == NULL)
		return true;
	if (text == NULL)
		return false;
	size_t problems = site_load(r->site, config, text, n, on_problem, r);

	free(text);
	return problems == 0;
}

bool rules_read(struct rules *r, enum lang lang, const char *config, bool own, const char *const *paths,
		unsigned count)
{
	*r = (struct rules){ .lang = lang, .site = malloc(sizeof(*r->site)) };
	if (r->site != NULL && !read_site(r, config))
		return false;
	int rc = r->site == NULL ? -ENOMEM : ruleset_new(&r->set, r->site);

	if (rc != 0) {
		say_failed(lang, "cli.cannot-start", "koban", rc);
		return false;
	}
	if (own)
		r->problems += ruleset_add_own(r->set, on_problem, r);
	for (unsigned i = 0; i < r->site->rule_file_count; i++)
		if (!add_path(r, r->site->rule_files[i]))
			return false;
	for (unsigned i = 0; i < count; i++)
		if (!add_path(r, paths[i]))
			return false;
	r->problems += ruleset_finish(r->set, on_problem, r);
	for (unsigned i = 0; i < r->site->rule_off_count; i++) {
		const struct text_arg args[] = { { "what", r->site->rules_off[i] }, { NULL, NULL } };

		if (strcmp(r->site->rules_off[i], "first-change") == 0)
			r->first_off = true;
		else if (!ruleset_disable(r->set, r->site->rules_off[i]))
			say(lang, "rules-cmd.no-such-rule", args);
	}
	return true;
}

static bool turn_off(void *ctx, const void *row)
{
	struct rules *r = ctx;
	const struct rule_off_row *off = row;

	if (strcmp(off->rule, "first-change") == 0)
		r->first_off = true;
	ruleset_disable(r->set, off->rule);
	return true;
}

int rules_turn_off(struct rules *r, struct store *s)
{
	return store_each(s, STORE_RULE_OFF, turn_off, r);
}

void rules_free(struct rules *r)
{
	ruleset_free(r->set);
	free(r->site);
	r->set = NULL;
	r->site = NULL;
}

/* main/doctor.c: `koban doctor`: is everything in order? Each check is one line: what, how it stands, what to
 * do. */
#include <errno.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "asset/asset.h"
#include "main/cli.h"
#include "main/config.h"
#include "main/say.h"
#include "store/store.h"

struct check {
	enum lang lang;
	unsigned bad;
};

enum finding { GOOD, ADVICE, BAD };

static void tell(struct check *c, enum finding finding, const char *key, const struct text_arg *args)
{
	static const struct { const char *key, *colour; } shown[] = {
		[GOOD] = { "doctor.good", "\033[32m" }, [ADVICE] = { "doctor.advice", "\033[33m" },
		[BAD] = { "doctor.bad", "\033[1;31m" } };
	bool colour = colourful(stdout);

	printf("%s%s%s ", colour ? shown[finding].colour : "", text(c->lang, shown[finding].key),
	       colour ? "\033[0m" : "");
	print_text(stdout, c->lang, key, args);
	putchar('\n');
	c->bad += finding == BAD;
}

static void check_self(struct check *c)
{
	char texts[NUMBER_TEXT], protocols[NUMBER_TEXT];
	size_t n = 0, p = 0;

	while (text_key_at(n) != NULL)
		n++;
	while (protos[p] != NULL)
		p++;
	const struct text_arg args[] = { { "version", KOBAN_VERSION }, { "texts", number_text(texts, n) },
					 { "protocols", number_text(protocols, p) },
					 { "sqlite", sqlite3_libversion() }, { NULL, NULL } };

	tell(c, n > 0 && p > 0 ? GOOD : BAD, "doctor.self", args);
}

static void check_makers(struct check *c)
{
	/* Siemens, in the registry since its beginning */
	static const uint8_t known[6] = { 0x08, 0x00, 0x06, 0, 0, 1 };
	const char *maker = oui_maker(known);
	const struct text_arg args[] = { { "maker", maker == NULL ? "" : maker }, { NULL, NULL } };

	tell(c, maker != NULL ? GOOD : BAD, maker != NULL ? "doctor.makers" : "doctor.no-makers", args);
}

static void check_clock(struct check *c)
{
	enum { YEAR_BUILT = 2026 };
	char now[WHEN_TEXT];
	struct timespec t;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &t);
	when_text(now, (int64_t)t.tv_sec * NS_PER_S);
	const struct text_arg args[] = { { "now", now }, { NULL, NULL } };

	/* A box whose battery died wakes up in 1970: its reports would carry wrong times. */
	tell(c, gmtime_r(&t.tv_sec, &tm) != NULL && tm.tm_year + 1900 >= YEAR_BUILT ? GOOD : BAD,
	     "doctor.clock", args);
}

/* Reading needs this much at the default caps when the network is large. */
enum { MEMORY_WANTED_MB = 1024, DISK_WANTED_MB = 512 };

static void check_memory(struct check *c)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	uint64_t mb = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page / 1000000 : 0;
	char have[NUMBER_TEXT];
	const struct text_arg args[] = { { "mb", number_text(have, mb) }, { NULL, NULL } };

	tell(c, mb >= MEMORY_WANTED_MB ? GOOD : ADVICE,
	     mb >= MEMORY_WANTED_MB ? "doctor.memory" : "doctor.little-memory", args);
}

static void check_disk(struct check *c, const char *path)
{
	char folder[4096], have[NUMBER_TEXT];
	struct statvfs v;

	snprintf(folder, sizeof(folder), "%s", path);
	char *slash = strrchr(folder, '/');

	if (slash == NULL)
		snprintf(folder, sizeof(folder), ".");
	else if (slash != folder)
		*slash = '\0';
	bool known = statvfs(folder, &v) == 0;
	uint64_t mb = known ? (uint64_t)v.f_bavail * v.f_frsize / 1000000 : 0;
	const struct text_arg args[] = { { "mb", number_text(have, mb) }, { "folder", folder },
					 { NULL, NULL } };

	tell(c, mb >= DISK_WANTED_MB ? GOOD : BAD,
	     mb >= DISK_WANTED_MB ? "doctor.disk" : "doctor.little-disk", args);
}

static void check_store(struct check *c, const char *path)
{
	struct store *s;
	const char *why;
	char key[64], devices[NUMBER_TEXT], alerts[NUMBER_TEXT], runs[NUMBER_TEXT];
	int rc = store_open(&s, path, STORE_READ, &why);

	if (rc != 0) {
		const struct text_arg args[] = { { "file", path }, { "why", why_text(c->lang, rc) },
						 { NULL, NULL } };

		snprintf(key, sizeof(key), "store.%s", why);
		tell(c, BAD, key, args);
		return;
	}
	const struct text_arg args[] = { { "file", path },
					 { "devices", number_text(devices, store_count(s, STORE_ASSET)) },
					 { "alerts", number_text(alerts, store_count(s, STORE_ALERT)) },
					 { "runs", number_text(runs, store_count(s, STORE_RUN)) },
					 { NULL, NULL } };
	bool sound = store_check(s) == 0;

	tell(c, sound ? GOOD : BAD, sound ? "doctor.store" : "doctor.store-broken", args);
	bool learned = false;

	store_learned(s, &learned);
	tell(c, learned ? GOOD : ADVICE, learned ? "doctor.learned" : "doctor.not-learned", args);
	store_close(s);
}

int cmd_doctor(const struct cli *c)
{
	struct check check = { .lang = c->lang };

	check_self(&check);
	check_makers(&check);
	check_clock(&check);
	check_memory(&check);
	if (c->values[OPT_DB] != NULL) {
		check_disk(&check, c->values[OPT_DB]);
		check_store(&check, c->values[OPT_DB]);
	}
	return check.bad == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* main/replay.c: see replay.h. */
#include "main/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/say.h"
#include "main/sensor.h"

static bool add_files(enum lang lang, struct capture *c, const char *const *files, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int fd = open(files[i], O_RDONLY | O_CLOEXEC);
		struct stat st;
		int rc = fd < 0 ? -errno : fstat(fd, &st) != 0 ? -errno : S_ISDIR(st.st_mode) ? -EISDIR :
			 capture_add(c, fd, files[i], 0, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0);

		if (rc < 0) {
			if (fd >= 0)
				close(fd);
			say_failed(lang, "cli.cannot-open", files[i], rc);
			return false;
		}
	}
	uint32_t bad = 0;
	const char *what = NULL;
	int rc = capture_start(c, &bad, &what);

	if (rc != 0)
		say_failed(lang, rc == -EINVAL ? "cli.not-a-capture" : "cli.cannot-read",
			   capture_input_name(c, bad), rc);
	return rc == 0;
}

bool replay(enum lang lang, const struct limits *limits, const char *const *files, unsigned count,
	    void (*each)(void *ctx, const struct rec *r), void *ctx)
{
	const struct sensor_options o = { .limits = *limits, .workers = 1, .stage = STAGE_ALL };
	const struct sensor_desk desk = { .record = each, .ctx = ctx };
	struct arena arena = { 0 };
	struct capture *c = NULL;
	struct sensor *s = NULL;
	int rc = arena_map(&arena, capture_room(count));
	bool ok = false;

	if (rc == 0)
		rc = capture_init(&c, &arena, count);
	if (rc == 0 && add_files(lang, c, files, count)) {
		rc = sensor_new(&s, &o, c);
		if (rc == 0)
			rc = sensor_run(s, &desk);
		ok = rc == 0;
	}
	if (rc != 0)
		say_failed(lang, "cli.cannot-start", "koban", rc);
	sensor_free(s);
	if (c != NULL)
		capture_done(c);
	arena_unmap(&arena);
	return ok;
}

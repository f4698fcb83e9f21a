/* main/inputs.c: see inputs.h. */
#include "main/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/say.h"

const char *inputs_add(enum lang lang, struct capture *c, const char *path, uint8_t tap)
{
	bool standard = strcmp(path, "-") == 0;
	const char *name = standard ? text(lang, "cli.standard-input") : path;
	int fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int rc = fd < 0 || fstat(fd, &st) != 0 ? -errno : S_ISDIR(st.st_mode) ? -EISDIR :
		 capture_add(c, fd, name, tap, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0);

	if (rc >= 0)
		return name;
	if (fd >= 0)
		close(fd);
	say_failed(lang, "cli.cannot-open", name, rc);
	return NULL;
}

bool inputs_start(enum lang lang, struct capture *c)
{
	uint32_t bad = 0;
	const char *what = NULL;
	int rc = capture_start(c, &bad, &what);
	char key[64], room[1024];

	if (rc == 0)
		return true;
	const char *name = capture_input_name(c, bad);

	if (rc != -EINVAL || what == NULL) {
		say_failed(lang, "cli.cannot-read", name, rc);
		return false;
	}
	snprintf(key, sizeof(key), "damage.%s", what);
	printable(room, sizeof(room), (struct bytes){ (const uint8_t *)name, strlen(name) });
	const struct text_arg args[] = { { "file", room }, { "why", text(lang, key) }, { NULL, NULL } };

	say(lang, "cli.unreadable", args);
	return false;
}

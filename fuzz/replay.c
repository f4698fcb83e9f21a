/* fuzz/replay.c: every input that fuzzing has kept (fuzz/corpus) through every target once, as a test:
 * without clang, with the sanitizers of the debug build. A finding ends the program; the last line then names
 * the target. TAP. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define TARGET(name) int name##_one(const uint8_t *data, size_t size);
#include "fuzz_targets.inc"
#undef TARGET

static const struct { const char *name; int (*one)(const uint8_t *data, size_t size); } targets[] = {
#define TARGET(name) { #name, name##_one },
#include "fuzz_targets.inc"
#undef TARGET
};

enum { TARGETS = sizeof(targets) / sizeof(targets[0]), INPUT_MAX = 1 << 20 };

/* False: cannot be read. */
static bool replay(int (*one)(const uint8_t *data, size_t size), const char *path)
{
	static uint8_t room[INPUT_MAX];
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		return false;
	size_t n = fread(room, 1, sizeof(room), f);
	/* Of its exact size: a read past the end is seen. */
	uint8_t *copy = malloc(n > 0 ? n : 1);

	fclose(f);
	if (copy == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		copy[i] = room[i];
	one(copy, n);
	free(copy);
	return true;
}

static unsigned replay_all(unsigned which, const char *folder)
{
	unsigned count = 0;
	char path[4096];
	DIR *d = opendir(folder);

	if (d == NULL)
		return 0;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		count += replay(targets[which].one, path);
	}
	closedir(d);
	return count;
}

int main(void)
{
	for (unsigned i = 0; i < TARGETS; i++) {
		char folder[2048];

		snprintf(folder, sizeof(folder), KOBAN_SOURCE "/fuzz/corpus/%s", targets[i].name);
		printf("# %s\n", targets[i].name);
		fflush(stdout);
		unsigned count = replay_all(i, folder);

		printf("ok %u - replayed: %s, %u inputs%s\n", i + 1, targets[i].name, count,
		       count > 0 ? "" : " # SKIP nothing kept for it yet");
	}
	printf("1..%d\n", TARGETS);
	return 0;
}

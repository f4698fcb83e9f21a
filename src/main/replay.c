/* main/replay.c: see replay.h. */
#include "main/replay.h"

#include "main/inputs.h"
#include "main/say.h"
#include "main/sensor.h"

static bool add_files(enum lang lang, struct capture *c, const char *const *files, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (inputs_add(lang, c, files[i], 0) == NULL)
			return false;
	return inputs_start(lang, c);
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

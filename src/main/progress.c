/* main/progress.c: see progress.h. */
#include "main/progress.h"

#include <time.h>
#include <unistd.h>

#include "main/say.h"

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_start(struct progress *p, enum lang lang, uint64_t total)
{
	*p = (struct progress){ .lang = lang, .shown = isatty(STDERR_FILENO) == 1, .total = total,
				.started_ms = now_ms() };
}

void progress_say(struct progress *p, uint64_t bytes, uint64_t frames)
{
	enum { EVERY_MS = 200, CELLS = 24 };

	if (!p->shown)
		return;
	int64_t now = now_ms();

	if (now - p->said_ms < EVERY_MS)
		return;
	p->said_ms = now;
	uint64_t ms = now > p->started_ms ? (uint64_t)(now - p->started_ms) : 1;
	char megabytes[NUMBER_TEXT], rate[NUMBER_TEXT], left[64] = "?", bar[CELLS + 1];
	unsigned full = p->total == 0 ? 0 : (unsigned)(bytes * CELLS / p->total);

	for (unsigned i = 0; i < CELLS; i++)
		bar[i] = i < full ? '#' : '.';
	bar[CELLS] = '\0';
	if (p->total > 0 && bytes > 0 && bytes <= p->total)
		duration_text(left, sizeof(left), p->lang,
			      (int64_t)((p->total - bytes) * ms / bytes) * 1000000);
	const struct text_arg args[] = { { "bar", bar }, { "mb", number_text(megabytes, bytes / 1000000) },
					 { "rate", number_text(rate, frames * 1000 / ms) }, { "left", left },
					 { NULL, NULL } };

	fputs("\r\033[K", stderr);
	print_text(stderr, p->lang, p->total > 0 ? "cli.progress" : "cli.progress-open", args);
	fflush(stderr);
	p->drawn = true;
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}

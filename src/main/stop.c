/* main/stop.c: see stop.h. */
#include "main/stop.h"

#include <stddef.h>
#include <unistd.h>

#include "core/util.h"

enum { WAKE = SIGUSR2 };	/* from us to the watcher: it is over */

static void *watch(void *arg)
{
	struct stop *s = arg;
	int number;

	do {
		if (sigwait(&s->waiting, &number) != 0)
			return NULL;
		if (number == WAKE && atomic_load(&s->over))
			return NULL;
	} while (number == WAKE);
	s->undo(s->ctx);
	signal(number, SIG_DFL);
	raise(number);
	pthread_sigmask(SIG_UNBLOCK, &s->waiting, NULL);	/* the program ends here */
	_exit(1);
}

void stop_hold(struct stop *s)
{
	static const int asked[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction now;

	sigemptyset(&s->waiting);
	sigaddset(&s->waiting, WAKE);
	for (size_t i = 0; i < ARRAY_LEN(asked); i++)
		/* Who started us with one of them ignored (nohup, a shell's background) wants that. */
		if (sigaction(asked[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&s->waiting, asked[i]);
	s->held = pthread_sigmask(SIG_BLOCK, &s->waiting, &s->before) == 0;
}

int stop_watch(struct stop *s, void (*undo)(void *ctx), void *ctx)
{
	s->undo = undo;
	s->ctx = ctx;
	atomic_store(&s->over, false);
	int rc = pthread_create(&s->watcher, NULL, watch, s);

	s->watched = rc == 0;
	return -rc;
}

/* When the watcher is already undoing, this waits for the end of the program with it. */
void stop_unwatch(struct stop *s)
{
	if (!s->watched)
		return;
	atomic_store(&s->over, true);
	pthread_kill(s->watcher, WAKE);
	pthread_join(s->watcher, NULL);
	s->watched = false;
}

void stop_release(struct stop *s)
{
	if (s->held)
		pthread_sigmask(SIG_SETMASK, &s->before, NULL);
	s->held = false;
}

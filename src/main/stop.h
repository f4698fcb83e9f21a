/* main/stop.h: Ctrl-C and other requests to stop, while something must not be left half-written.
 *
 * Between stop_hold() and stop_release() such a request waits. Between stop_watch() and stop_unwatch() it is
 * obeyed at once, wherever the program is, even when it waits for input: what was begun is undone, a line
 * says so, and the program ends by the signal, as the shell expects. Outside of both it ends the program as
 * ever: nothing was begun yet, or everything is kept. */
#ifndef MAIN_STOP_H
#define MAIN_STOP_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

struct stop {
	sigset_t waiting;	/* the signals that are held */
	sigset_t before;	/* the mask as it was */
	void (*undo)(void *ctx);	/* on a thread of its own, at most once; the program ends after it */
	void *ctx;
	pthread_t watcher;
	_Atomic bool over;	/* nothing to watch any more */
	bool held, watched;
};

void stop_hold(struct stop *s);
int stop_watch(struct stop *s, void (*undo)(void *ctx), void *ctx);	/* 0 or a negative errno */
void stop_unwatch(struct stop *s);
void stop_release(struct stop *s);

#endif

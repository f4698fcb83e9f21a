/* main/weaknesses.h: a weakness stays what it is from one recording to the next: it is told once. */
#ifndef MAIN_WEAKNESSES_H
#define MAIN_WEAKNESSES_H

#include "main/desk.h"

/* What this run found weak and the database knows already becomes the alert that is there: its number, its
 * first time and its counts go on. 0 or a negative errno. */
int weaknesses_join(struct desk *d, const struct ruleset *rules);

#endif

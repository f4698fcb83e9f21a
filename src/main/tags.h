/* main/tags.h: the plant's own list of names, from a file. */
#ifndef MAIN_TAGS_H
#define MAIN_TAGS_H

#include "asset/tags.h"

/* Reads the list and uses it from now on. Wrong rows are said and left out. False: the file cannot be used,
 * and why was said. path NULL: there is none. */
bool plant_tags_load(enum lang lang, const char *path);

/* Forgets it. */
void plant_tags_drop(void);

#endif

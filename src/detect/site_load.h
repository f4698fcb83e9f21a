/* detect/site_load.h: the site's part of a settings file. */
#ifndef DETECT_SITE_LOAD_H
#define DETECT_SITE_LOAD_H

#include "detect/ruleset.h"

/* Reads zones, windows, allow, limits_of_objects and rules out of a settings file; its other parts are not
 * looked at. Returns how many problems there were. */
size_t site_load(struct site *s, const char *file, const char *text, size_t n, rule_report *report,
		 void *ctx);

#endif

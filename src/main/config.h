/* main/config.h: the settings file. */
#ifndef MAIN_CONFIG_H
#define MAIN_CONFIG_H

#include "asset/asset.h"
#include "model/limits.h"
#include "model/text.h"

struct config {
	struct limits limits;		/* limits: NAME: number, 1 .. 16777216 */
	enum values_policy values;	/* values: writes | none */
};

void config_default(struct config *c);

/* Reads a YAML file over the defaults. False: one line said why, with file, line and column; *c is untouched
 * then. */
bool config_load(struct config *c, enum lang lang, const char *path);

#endif

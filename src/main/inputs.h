/* main/inputs.h: capture files by name: opened, and refused with one line. */
#ifndef MAIN_INPUTS_H
#define MAIN_INPUTS_H

#include "capture/capture.h"
#include "model/text.h"

/* Opens a file, or standard input for "-", and adds it. Returns its name for people, which lives as long as
 * path; NULL: said why. */
const char *inputs_add(enum lang lang, struct capture *c, const char *path, uint8_t tap);

/* After all were added: every one of them must be a capture. False: said which is not, and why. */
bool inputs_start(enum lang lang, struct capture *c);

#endif

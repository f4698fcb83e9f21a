/* main/say.h: one clear line to the person at the terminal. */
#ifndef MAIN_SAY_H
#define MAIN_SAY_H

#include <stdio.h>

#include "core/cursor.h"
#include "model/text.h"

/* "koban: TEXT" on standard error; args ends with name NULL. */
void say(enum lang lang, const char *key, const struct text_arg *args);

/* The same with the usual two: {file} and {why} (an errno in words of the language). */
void say_failed(enum lang lang, const char *key, const char *file, int error);

/* What an errno means, in words. error is positive or negative. */
const char *why_text(enum lang lang, int error);

/* Prints a text with its placeholders filled. */
void print_text(FILE *out, enum lang lang, const char *key, const struct text_arg *args);

/* Writes a file name or text from outside so that it cannot act on a terminal: control characters and broken
 * bytes as \xNN. NUL-terminated, cut at cap; returns out. */
const char *printable(char *out, size_t cap, struct bytes b);

/* 1234567 as "1,234,567". Returns out. */
enum { NUMBER_TEXT = 32 };
const char *number_text(char out[NUMBER_TEXT], uint64_t v);

/* A span of time in words: "3 min 20 s". */
void duration_text(char *out, size_t cap, enum lang lang, int64_t ns);

/* Colour on this stream: a terminal, and NO_COLOR is not set. */
bool colourful(FILE *f);

/* Columns a UTF-8 text takes on a terminal: East Asian wide characters take two. */
size_t text_columns(const char *s);

#endif

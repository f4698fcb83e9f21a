/* model/text.h: every sentence koban says, from content/, in both languages.
 *
 * content/text/FILE.yml holds `key: {en: ..., ja: ...}`, addressed as "FILE.key"; content/protocols/NAME.yml
 * holds words of one protocol, addressed as "proto.NAME.codes.KEY", "proto.NAME.spaces.KEY",
 * "proto.NAME.notes.KEY", "proto.NAME.name". tools/content.c compiles both into the program and refuses a
 * text that lacks a language; tests/check_texts refuses a key that C uses and content/ lacks. */
#ifndef MODEL_TEXT_H
#define MODEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum lang { LANG_EN, LANG_JA, LANG_COUNT };

/* The text, never NULL: an unknown key comes back as the key itself. */
const char *text(enum lang lang, const char *key);
bool text_known(const char *key);

/* Every key, in byte order; NULL after the last. */
const char *text_key_at(size_t i);

struct text_arg { const char *name, *value; };

/* Writes the text with each {name} replaced by its value, NUL-terminated and cut at cap; returns the length
 * it wanted. args ends with name NULL. Values are taken as they are: escape wire text for where it lands. */
size_t text_fill(char *out, size_t cap, enum lang lang, const char *key, const struct text_arg *args);

#endif

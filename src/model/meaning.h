/* model/meaning.h: what the objects of machines mean: "#3004 is feed hold", from content/objects/ and the
 * lists a plant gives. For people, rules and detectors; not on the packet path.
 *
 * What is shipped is compiled in (tools/objects.c); a plant's own list comes before it. */
#ifndef MODEL_MEANING_H
#define MODEL_MEANING_H

#include "model/obs.h"
#include "model/text.h"

enum object_category {
	CATEGORY_NONE,
#define CATEGORY(name, word) CATEGORY_##name,
#include "model/meaning.def"
#undef CATEGORY
	CATEGORIES
};

/* What has[] says is there. */
enum { MEANING_STEP = 1, MEANING_MIN = 2, MEANING_MAX = 4 };

struct object_meaning {
	const char *key;	/* "feed-hold"; of a plant's own: its name in English */
	const char *text[LANG_COUNT];	/* may hold {n}: see meaning_text() */
	const char *unit;	/* "mm"; NULL: none given */
	double step;		/* largest change of one write that is normal */
	double min, max;	/* outside of which no value makes sense */
	uint32_t n;		/* which of the range it is, from 1: "tool 5" */
	uint8_t category;	/* enum object_category */
	uint8_t has;		/* MEANING_STEP | ... */
	uint8_t plant;		/* from the plant's own list */
	uint8_t area;		/* true of the whole space: "data block" */
};

/* Did anybody say of any object of this protocol what it means? */
bool meaning_told(unsigned rec_proto);

/* What the object of this act means; false: nobody said. */
bool object_meaning(const struct obs *o, struct object_meaning *ret);

/* The same of an object as ledger_object() writes it: "macro 3004", "D100". device may be NULL. */
bool object_meaning_of(unsigned rec_proto, const char *object, const struct side *device,
		       struct object_meaning *ret);

/* Is the text one that objects of this protocol are written as. Protocols without spaces name things as they
 * like. */
bool object_written(unsigned rec_proto, const char *object);

/* "tool 5 length geometry"; cut at cap, NUL-terminated. */
void meaning_text(char *out, size_t cap, enum lang lang, const struct object_meaning *m);

/* "tool-wear"; never NULL. */
const char *category_name(unsigned category);
/* CATEGORY_NONE: no such word. */
unsigned category_named(const char *name);

/* Who knows the plant's own names. object is as in object_meaning_of(). Set once, before anything is asked.
 *  */
typedef bool meaning_source(void *ctx, unsigned rec_proto, const char *object, const struct side *device,
			    struct object_meaning *ret);
void meaning_plant(meaning_source *source, void *ctx);

/* Every row that is shipped, for checks: false beyond the last. */
bool meaning_at(size_t i, const char **ret_proto, const char **ret_space, struct object_meaning *ret);

#endif

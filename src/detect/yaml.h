/* detect/yaml.h: walking a YAML document and saying where something is wrong; nobody outside this room. */
#ifndef DETECT_YAML_H
#define DETECT_YAML_H

#include <yaml.h>

#include "detect/ruleset.h"

struct yread {
	yaml_document_t *doc;
	const char *file;
	rule_report *report;
	void *ctx;
	size_t problems;	/* of the whole file */
	unsigned line_base;	/* lines of the file in front of what doc was read from */
	unsigned visits;	/* parts of this document looked at */
	bool full;		/* the list being read has too many values */
};

enum { PROBLEMS_SHOWN = 100 };	/* of one file; then one more line, and silence */

/* One problem at this part, so many bytes into it. Returns false, for `return wrong(...)`. */
bool y_wrong(struct yread *y, const yaml_node_t *at, unsigned offset, const char *key, const char *what,
	     const char *hint);
bool y_wrong_at(struct yread *y, unsigned line, unsigned column, const char *key, const char *what,
		const char *hint);

/* The line of the file a part stands in. */
unsigned y_line(const struct yread *y, const yaml_node_t *at);

/* The text of a scalar; NULL: it is none, or holds a zero byte. */
const char *y_text(const yaml_node_t *n);
bool y_plain(const yaml_node_t *n);	/* written without quotes */

/* More values than there may be: the rest of them is not looked at. */
bool y_full(struct yread *y, const yaml_node_t *at);

yaml_node_t *y_node(struct yread *y, int id);

/* Is there room for one more look. False: said why. */
bool y_visit(struct yread *y, const yaml_node_t *n, unsigned depth);

/* The value under a key of a mapping; NULL: not there. */
yaml_node_t *y_find(struct yread *y, const yaml_node_t *map, const char *key);

/* Is it a mapping whose keys are all among these, none twice. what: its name in messages. False: said why, of
 * every key; its other keys can be looked at all the same when y_is_map(). */
bool y_mapping(struct yread *y, const yaml_node_t *map, const char *what, const char *const *keys);

static inline bool y_is_map(const yaml_node_t *n)
{
	return n->type == YAML_MAPPING_NODE;
}

/* No key twice. */
bool y_no_twice(struct yread *y, const yaml_node_t *map);

/* Calls each with every text of a scalar or of a list of scalars, also behind one that was wrong, until there
 * are too many. False: something was no text, or each said so. */
bool y_texts(struct yread *y, yaml_node_t *n, bool (*each)(void *ctx, struct yread *y, yaml_node_t *n,
							   const char *text), void *ctx);

/* "10s", "5m", "2h", "7d" as nanoseconds. False: not one. */
bool y_duration(const char *text, int64_t *ret_ns);
bool y_number(const char *text, long double *ret);
bool y_bool(const char *text, bool *ret);

/* The one of the words that is nearest to this; "" when none is near. */
const char *nearest(const char *word, const char *(*at)(const void *ctx, unsigned i), const void *ctx);

#endif

/* asset/tags.h: a plant's own names for the objects of its machines: `koban read --tags FILE`.
 *
 * A CSV file (RFC 4180, UTF-8) whose first line names the columns, in any order:
 *   protocol,device,object,name_ja,name_en,category,unit,step,min,max
 *   haas,192.168.10.21,macro 501,部品番号,part number,program-variable,,,1,999
 * object is written as koban writes it ("macro 501" or "#501", "D100", "DB1.DBX2.0"); device is an address,
 * empty for all; protocol, object, category and one of the names must be there. A wrong row is said and left
 * out, the rest counts. */
#ifndef ASSET_TAGS_H
#define ASSET_TAGS_H

#include "model/meaning.h"

enum {
	TAGS_MAX = 65536,	/* rows */
	TAGS_LINE_MAX = 4096,	/* bytes of one */
	TAGS_FILE_MAX = 16 << 20,
};

struct tags_error {
	size_t line, column;	/* from 1; column counts bytes */
	const char *text;	/* key of content/text/tags.yml */
	const char *what;	/* as it stands there; may hold anything */
	const char *hint;	/* what may have been meant; "" when nothing comes near */
};
typedef void tags_wrong(void *ctx, const struct tags_error *e);

struct tags;

/* Takes the file apart. 0; -EINVAL: the line of columns is wrong, and was said; -ENOMEM. */
int tags_read(struct tags **ret_tags, struct bytes csv, tags_wrong *wrong, void *ctx);
void tags_free(struct tags *t);
size_t tags_count(const struct tags *t);

/* A meaning_source; ctx is the struct tags. */
bool tags_find(void *ctx, unsigned rec_proto, const char *object, const struct side *device,
	       struct object_meaning *ret);

#endif

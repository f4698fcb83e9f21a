/* store/columns.h: which member of which row is which column. */
#ifndef STORE_COLUMNS_H
#define STORE_COLUMNS_H

#include "store/store.h"

enum column_type {
	COL_U8, COL_U16, COL_U32, COL_U64, COL_BOOL,	/* 64 bits are kept by their bit pattern */
	COL_TEXT,		/* char[size] */
	COL_STRING,		/* const char * */
	COL_IP, COL_MAC,	/* as people write them; "" for none */
	COL_U16S,		/* uint16_t[size / 2], "1,2"; count in the uint8_t at `count_at` */
	COL_U64S,		/* uint64_t[size / 8], the same */
	COL_STRINGS,		/* const char *[size / sizeof], the same */
	/* Numbers that are only good inside one build are kept by name. */
	COL_PROTO16, COL_PROTOS, COL_WORD, COL_WORDS, COL_VERB, COL_CLASS,
};

struct column {
	const char *name;
	uint8_t type;		/* enum column_type */
	uint16_t at, size;	/* in the row */
	uint16_t count_at;
};

struct table {
	const char *name;
	size_t row_size;
	const struct column *columns;	/* name NULL ends */
};

extern const struct table store_tables[STORE_TABLES];

#endif

/* model/exception.h: what a person said about alerts: this is all right, or this rule is not wanted. */
#ifndef MODEL_EXCEPTION_H
#define MODEL_EXCEPTION_H

#include "model/alert.h"

enum { REASON_TEXT = 240, WHO_TEXT = 80, RULE_ID_TEXT = 64 };

/* Alerts like this one are not raised any more, but counted. */
struct exception_row {
	uint64_t id;
	char rule[RULE_ID_TEXT];
	uint8_t tap;
	uint64_t actor_asset, device_asset;	/* 0: by address alone */
	struct side actor, device;	/* port 0 */
	uint16_t proto;
	char action[24];	/* word_of() */
	char object[ALERT_TEXT];	/* "": whatever it was done to */
	char reason[REASON_TEXT], by[WHO_TEXT];
	int64_t made_ns;	/* wall clock */
	int64_t until_ns;	/* 0: for ever; else in time of the captures */
	uint64_t hits;		/* acts it kept quiet */
	int64_t last_ns;	/* of those; 0: none */
};

/* A rule that says nothing. */
struct rule_off_row {
	char rule[RULE_ID_TEXT];
	char reason[REASON_TEXT], by[WHO_TEXT];
	int64_t made_ns;
};

#endif

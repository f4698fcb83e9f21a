/* model/alert.h: what detect/ finds and store/ keeps. */
#ifndef MODEL_ALERT_H
#define MODEL_ALERT_H

#include "model/obs.h"
#include "model/text.h"

enum alert_level { LEVEL_INFO, LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_CRITICAL };
enum alert_kind { ALERT_ALARM, ALERT_POSTURE };

const char *level_name(unsigned level);		/* "high" */
unsigned level_severity(unsigned level);	/* Suricata's: 1 critical/high, 2 medium, 3 low/info */

enum { ALERT_TECHNIQUES = 6, ALERT_FRAMES = 8, ALERT_TEXT = 160 };

/* One finding. Texts are keys and arguments, so that it can be said in either language at any time:
 * content/text/alerts.yml RULE-title, RULE-sentence, RULE-why, RULE-do, RULE-else. */
struct alert {
	uint64_t id;			/* from 1, in the order found; the database's own */
	const char *rule;		/* "first-change"; static */
	uint8_t level;			/* enum alert_level */
	uint8_t kind;			/* enum alert_kind */
	uint8_t tap;
	uint8_t technique_count;
	const char *techniques[ALERT_TECHNIQUES];	/* ATT&CK for ICS ids */
	uint64_t actor_asset, device_asset;	/* ledger ids; 0: not an asset (yet) */
	struct side actor, device;
	uint16_t proto;			/* rec.proto */
	uint16_t vlan;
	const char *action;		/* word_of(): "stop" */
	char object[ALERT_TEXT];	/* as people write it; UTF-8, escaped */
	char actor_name[ALERT_TEXT], device_name[ALERT_TEXT];	/* as the ledger calls them at that moment */
	char actor_role[32], device_role[32];	/* role keys */
	int64_t first_ns, last_ns;
	uint64_t count;			/* acts it stands for */
	uint64_t frames[ALERT_FRAMES];	/* evidence: the first frames, ascending */
	uint8_t frame_count;
	bool learned;			/* a baseline existed when it was raised */
	uint64_t flow;			/* rec_name of the flow */
	uint64_t record;		/* rec_name of the act */
};

#endif

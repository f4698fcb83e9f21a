/* model/alert.h: what detect/ finds and store/ keeps. */
#ifndef MODEL_ALERT_H
#define MODEL_ALERT_H

#include "model/obs.h"
#include "model/text.h"

enum alert_level { LEVEL_INFO, LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_CRITICAL };
enum alert_kind { ALERT_ALARM, ALERT_POSTURE };

const char *level_name(unsigned level);		/* "high" */
unsigned level_severity(unsigned level);	/* Suricata's: 1 critical/high, 2 medium, 3 low/info */

enum { ALERT_TECHNIQUES = 6, ALERT_FRAMES = 8, ALERT_TEXT = 160, ALERT_SENTENCE = 640 };

/* The face a detection rule shows to other tools. */
struct alert_rule {
	const char *name;	/* "first-change" */
	uint32_t sid;		/* Suricata's signature_id; ours begin at 8200000 */
	uint32_t rev;
	const char *category;	/* Suricata's alert.category */
	const char *seed;	/* rows of the attack table it answers, joined by ',' */
	const char *signature;	/* one English line for all its alerts; NULL: text alerts.NAME-signature */
};

/* What a value was and what it became. */
struct change { double from, to; bool known; };

/* One finding. Texts are keys and arguments, so that it can be said in either language at any time:
 * content/text/alerts.yml RULE-title, RULE-sentence, RULE-why, RULE-do, RULE-else. */
struct alert {
	uint64_t id;			/* from 1, in the order found; the database's own */
	const char *rule;		/* "first-change", or the id of a rule read from a file; as long-lived
					 * as the rules */
	const char *text;		/* key of its sentences below content/text/rules.yml; "": those of
					 * `rule` in alerts.yml, or, with a title, general ones */
	const char *title;		/* of a rule read from a file; "": first-change */
	uint8_t level;			/* enum alert_level */
	uint8_t kind;			/* enum alert_kind */
	uint8_t tap;
	uint8_t technique_count;
	const char *techniques[ALERT_TECHNIQUES];	/* ATT&CK for ICS ids of v18; technique_v19() has the
							 * newer ones */
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
	uint64_t done, refused, unanswered;	/* how many of them the device did, refused, left
						 * unanswered */
	uint64_t frames[ALERT_FRAMES];	/* evidence: the first frames, ascending */
	uint8_t frame_count;
	uint8_t ip_proto;		/* transport of the act: 6, 17, 132; 0: none */
	bool learned;			/* a baseline existed when it was raised */
	bool told_before;		/* a weakness that an earlier run found already; not kept */
	struct change change;		/* of the object's value, by the first act */
	uint64_t flow;			/* rec_name of the flow */
	uint64_t record;		/* rec_name of the act */
};

/* Which of an alert's sentences. */
enum alert_text { ALERT_TITLE, ALERT_SENTENCE_TEXT, ALERT_WHY, ALERT_DO, ALERT_ELSE, ALERT_TEXTS };

/* Writes one sentence of the alert, cut at cap; returns the length it wanted. What happened is said as the
 * device took it: done, refused, unanswered or not known. */
size_t alert_text(char *out, size_t cap, enum lang lang, const struct alert *a, enum alert_text which);

/* A ledger_object() with the word for its space in this language and what it means (model/meaning.h), as far
 * as somebody said: "macro 3004" as "macro variable 3004 (feed hold control)". device: whose it is; may be
 * NULL. */
void object_in_words(char *out, size_t cap, enum lang lang, unsigned rec_proto, const char *object,
		     const struct side *device);

/* The id ATT&CK for ICS v19 uses for a technique of v18; the same id where nothing changed. */
const char *technique_v19(const char *v18);

/* What ATT&CK for ICS calls a technique of v18; NULL: not in content/attack/. */
const char *technique_name(const char *v18);

/* A moment as people here write it: local time of the machine, "2026-03-04 09:12:33". */
enum { WHEN_TEXT = 24 };
void when_text(char out[WHEN_TEXT], int64_t at_ns);

#endif

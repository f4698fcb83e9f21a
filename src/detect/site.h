/* detect/site.h: what only the people of a plant can know: its zones, who may write to what, when work is
 * planned, and what values are sane. */
#ifndef DETECT_SITE_H
#define DETECT_SITE_H

#include "model/obs.h"

enum { ZONES_MAX = 64, NETS_MAX = 1024, ALLOWS_MAX = 4096, WINDOWS_MAX = 256, LIMITS_OF_OBJECTS_MAX = 4096,
       SITE_NAME = 48, SITE_GLOB = 120, ALLOW_WORDS = 64, RULE_PATHS = 16, RULE_PATH = 1024,
       RULES_OFF = 256 };

struct net { uint8_t ip[16]; uint8_t bits; };	/* bits of the 128 of an IPv4-mapped address */

struct who_where {		/* an address, a net, a MAC address, or anybody */
	struct net net;
	uint8_t mac[6];
	bool by_mac, anybody;
};

struct allow {			/* somebody may do something */
	struct who_where actor, device;
	uint64_t words;		/* bit i: word_at(i); 0: all */
	uint16_t proto;		/* 0: all */
	char object[SITE_GLOB];	/* "": all */
};

struct window {			/* when work is planned; local time */
	struct who_where device;
	uint8_t days;		/* bit 0: Sunday */
	uint16_t from_min, to_min;	/* of the day; to before from: into the next day */
};

struct object_limit {
	struct who_where device;
	uint16_t proto;		/* 0: all */
	char object[SITE_GLOB];
	double low, high;
};

struct zone_net { struct net net; uint8_t zone; };

struct site {
	char zones[ZONES_MAX][SITE_NAME];	/* 0: "unknown", 1: "internet" */
	unsigned zone_count;
	struct zone_net nets[NETS_MAX];
	unsigned net_count;
	struct allow allows[ALLOWS_MAX];
	unsigned allow_count;
	struct window windows[WINDOWS_MAX];
	unsigned window_count;
	struct object_limit limits[LIMITS_OF_OBJECTS_MAX];
	unsigned limit_count;
	char rule_files[RULE_PATHS][RULE_PATH];	/* files and folders of rules */
	unsigned rule_file_count;
	char rules_off[RULES_OFF][SITE_NAME * 2];
	unsigned rule_off_count;
};

/* A site nobody said anything of. It is large, and only what is counted is ever read: the rest is not
 * touched. */
void site_init(struct site *s);

/* "10.0.0.0/8", "10.0.0.9", "fe80::/10". False: not one. */
bool net_parse(const char *text, struct net *ret_net);
bool net_has(const struct net *n, const uint8_t ip[16]);
bool mac_parse(const char *text, uint8_t mac[6]);

/* The smallest net that has it decides. */
unsigned site_zone(const struct site *s, const uint8_t ip[16]);
bool site_allows(const struct site *s, const struct obs *o, const char *object, unsigned word);
bool site_in_window(const struct site *s, const struct side *device, int64_t at_ns);

/* Is the value beyond what a person said is sane. False also when nobody said anything. */
bool site_outside_limits(const struct site *s, const struct obs *o, const char *object, double value);

/* '*' is any text, '?' any character; upper and lower case are the same. n bytes of text. */
bool glob_fits(const char *glob, const char *text, size_t n);

#endif

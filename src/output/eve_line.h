/* output/eve_line.h: what the files that write EVE lines share; the door is eve.h. */
#ifndef OUTPUT_EVE_LINE_H
#define OUTPUT_EVE_LINE_H

#include "core/json.h"
#include "model/meaning.h"
#include "output/eve.h"
#include "output/own.h"
#include "output/pending.h"

enum { EVE_PATH = 4096, EVE_ENDS = 1024, EVE_ENDS_TEXT = 480 };

/* Most lines say the same ends as an earlier line of their flow: what was written then, and for what. */
struct eve_ends {
	uint64_t flow;
	struct side from, to;	/* stations do not matter */
	const char *app_proto;
	uint16_t vlan;
	uint8_t ip_proto, icmp[2];
	bool known;		/* what follows is filled */
	uint16_t flow_n, n, id_n;	/* bytes of text: the flow; the ends; the Community ID */
	char text[EVE_ENDS_TEXT];
};

struct eve {
	struct eve_options options;
	struct json json;
	struct group now;		/* acts of the message being received */
	struct pending *pending;
	struct own *own;		/* how protocols' own structs are written */
	struct eve_ends *ends;		/* EVE_ENDS of them, by flow */
	int fd;
	int error;			/* the first that happened; negative errno */
	bool to_rename;
	uint64_t lines;
	char path[EVE_PATH], temporary[EVE_PATH];
};

/* eve.c: each event stands between these two. */
void eve_line_begin(struct eve *e);
void eve_line_end(struct eve *e);

/* ---- eve_head.c: what every event begins with ---- */

struct eve_head {			/* what eve_head() needs of an event */
	const char *type;
	const char *app_proto;	/* NULL: not known */
	int64_t at_ns;
	uint64_t flow, frame;
	const struct side *from, *to;
	uint16_t vlan;
	uint8_t tap, ip_proto;
	const uint8_t *icmp;	/* type and code, for the Community ID of ICMP flows; NULL: no ICMP */
};

void eve_head(struct eve *e, const struct eve_head *h);

/* The name of a protocol in app_proto; NULL: not known. */
const char *eve_app_proto(const struct proto *p);

void eve_flags(struct json *j, uint16_t flags);
void eve_meaning(struct json *j, const struct object_meaning *m);
void eve_tunnels(struct json *j, const struct obs *o);

/* ---- eve_act.c ---- */

/* A message, and what answered it; answers may be NULL. */
void eve_message(struct eve *e, const struct group *asks, const struct group *answers);

/* What an act says about a file that went by; false: it says nothing of one. */
bool eve_file_of(const struct obs *o, struct transfer_own *ret_file);

/* A file, as Suricata tells it: from the end that sent it. */
void eve_fileinfo(struct eve *e, const struct obs *o, const struct transfer_own *f);

/* ---- eve_flow.c ---- */

void eve_flow(struct eve *e, const struct obs *o, const struct flow_info *f);

#endif

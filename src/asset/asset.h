/* asset/asset.h: the ledger: what is there, who talks to whom. Knows no SQL and no files.
 *
 * ledger_record() only adds what it sees to tables keyed by addresses. Which address is which device is
 * worked out when somebody asks, by the rules in identity.c. */
#ifndef ASSET_ASSET_H
#define ASSET_ASSET_H

#include "model/asset.h"
#include "model/limits.h"
#include "model/proto.h"
#include "model/text.h"

struct ledger;

enum values_policy { VALUES_NONE, VALUES_WRITES };

struct ledger_options {
	const struct limits *limits;
	enum values_policy values;
};

/* Takes all memory the ledger will ever use. 0 or a negative errno. */
int ledger_new(struct ledger **ret_ledger, const struct ledger_options *o);
void ledger_free(struct ledger *l);

/* Folds one record, accepted by rec_check(), into the ledger. */
void ledger_record(struct ledger *l, const struct rec *r);

/* A person's word about the thing with these addresses (mac, or ip, and station): text of a field. */
void ledger_person(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *about,
		   enum fact_kind kind, const char *text, int64_t at_ns);

/* ---- reading ---- */

/* Calls what is not NULL with every row, each kind in an order that depends on the rows alone. The row is
 * valid during the call; false stops. Ends come before what names them, so writing in order is loading in
 * order. */
struct ledger_visitor {
	bool (*end)(void *ctx, const struct end_row *r);
	bool (*fact)(void *ctx, const struct fact_row *r);
	bool (*talk)(void *ctx, const struct talk_row *r);
	bool (*flow)(void *ctx, const struct flow_row *r);
	bool (*object)(void *ctx, const struct object_row *r);
	bool (*program)(void *ctx, const struct program_row *r);
	bool (*coverage)(void *ctx, const struct coverage_row *r);
	bool (*asset)(void *ctx, const struct asset *a);
	bool (*service)(void *ctx, const struct service_row *r);
};

/* False when a call stopped it. */
bool ledger_visit(struct ledger *l, const struct ledger_visitor *v, void *ctx);

/* The asset an end belongs to, as known at at_ns. before_changes: its role as if it had never tried to change
 * a machine (so that the first attempt does not make an engineering workstation of it). False: none (never
 * heard, group, not known). */
bool ledger_asset_of(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s, int64_t at_ns,
		     bool before_changes, struct asset *ret_asset);

/* Did anything send from this address, whatever its MAC. */
bool ledger_ip_heard(const struct ledger *l, uint8_t tap, const uint8_t ip[16]);

/* Grows whenever ledger_asset_of() may answer something else than before, except for what time alone changes:
 * the moment from which the role of an asset may be another; INT64_MAX: never. */
uint64_t ledger_changes(const struct ledger *l);
int64_t ledger_role_due(const struct asset *a);

/* When the actor first did anything to the device by this protocol, in any run; INT64_MAX: never. */
int64_t ledger_talk_began(const struct ledger *l, uint8_t tap, uint16_t proto, const struct side *actor,
			  const struct side *device);

/* When the first record of all runs on this database was made; INT64_MAX: none yet. */
int64_t ledger_began(const struct ledger *l);

/* What people call it: shop name, else its name, else vendor and role, else its address. Escaped UTF-8. */
void ledger_call(char *out, size_t cap, enum lang lang, const struct asset *a);
/* the same without the role: needs no language */
void ledger_name(char *out, size_t cap, const struct asset *a);
void ledger_call_side(char *out, size_t cap, const struct side *s);	/* an address that is no asset */

/* Every other end of the asset that `s` belongs to, for looking things up under each of its addresses; at
 * most cap, s itself first. Returns how many. */
size_t ledger_ends_of(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s, struct side *out,
		      size_t cap);

/* The same, and after them those that had the address of `s` before and are of the same maker: a machine
 * that was put in the place of a broken one is asked and told what its forerunner was. */
size_t ledger_ends_at(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *s, struct side *out,
		      size_t cap);

/* Is rec.proto one that machines are run with (content of the roles table). */
bool ledger_proto_is_ot(const struct ledger *l, unsigned rec_proto);

/* Does it only carry names and addresses: what is written with it changes no machine. */
bool ledger_proto_is_names(const struct ledger *l, unsigned rec_proto);

/* ---- giving back what an earlier run wrote: before the first record, ends first ---- */

void ledger_load_end(struct ledger *l, const struct end_row *r);
void ledger_load_fact(struct ledger *l, const struct fact_row *r);
void ledger_load_talk(struct ledger *l, const struct talk_row *r);
void ledger_load_flow(struct ledger *l, const struct flow_row *r);
void ledger_load_object(struct ledger *l, const struct object_row *r);
void ledger_load_program(struct ledger *l, const struct program_row *r);
void ledger_load_coverage(struct ledger *l, const struct coverage_row *r);

/* ---- caps ---- */

struct ledger_stats {		/* used, and how often a cap turned something away */
	struct { uint32_t used; uint64_t refused; } ends, facts, talks, flows, objects, programs, coverage;
	uint32_t assets_heard;
	uint64_t records;
};

void ledger_stats(const struct ledger *l, struct ledger_stats *ret_stats);

/* The object of an act in one short line, escaped: "holding 107", "DB1.DBX2.0"; "" when it names none. */
void ledger_object(char *out, size_t cap, const struct obs *o);

/* A MAC that routers hand to each other: VRRP, HSRP, GLBP. */
bool ledger_mac_is_shared(const uint8_t mac[6]);

/* Maker of a MAC by the longest prefix in the IEEE registry (36, 28, 24 bits), or NULL. */
const char *oui_maker(const uint8_t mac[6]);

#endif

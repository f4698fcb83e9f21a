/* proto/dnsrec.h: what acts of dns, mdns and llmnr carry: the struct behind the act, the value, facts.
 *
 * The struct is laid out once; each protocol shows the members its event type has in EVE. Records that do
 * not fit an act are left out of these lists (the act is flagged CUT); value.digest and the facts know all
 * of them. */
#ifndef PROTO_DNSREC_H
#define PROTO_DNSREC_H

#include "model/proto.h"
#include "proto/dnsmsg.h"

struct dns_question {		/* 16 bytes */
	struct span rrname, rrtype;
	uint16_t class;
	uint8_t unicast;	/* mDNS: the answer may come to the asker alone, RFC 6762 5.4 */
	uint8_t spare[5];
};

struct dns_option { struct span data; uint16_t code, spare; };		/* 8 bytes; EDNS, RFC 6891 6.1.2 */

struct dns_srv { struct span name; uint16_t priority, weight, port, spare[3]; };	/* 16 bytes */
/* 32 */
struct dns_soa { struct span mname, rname; uint32_t serial, refresh, retry, expire, minimum, spare; };

struct dns_short {		/* 40 bytes: a record as every section shows it */
	struct span rrname, rrtype, rdata;
	uint32_t ttl;
	uint16_t class;
	uint8_t flush;		/* mDNS: older records of this name and type are void, RFC 6762 10.2 */
	uint8_t srv_given, soa_given, sshfp_given;
	uint16_t type;
	struct span opt;	/* LIST of struct dns_option */
	struct span txt;	/* TEXTS */
	struct span ptr;
	uint32_t spare2;
};

struct dns_long {		/* 96 bytes: with the parts of SRV, SOA and SSHFP */
	struct dns_short r;
	struct dns_srv srv;
	struct dns_soa soa;
	uint8_t sshfp_algo, sshfp_type, spare[2];
	struct span fingerprint;
};

struct dns_named {		/* 128 bytes: rdata once more, under the name of its type */
	struct dns_long l;
	struct span a, aaaa, cname, mx, ns, null, unknown, spare;
};

struct dns_own {
	uint16_t id, rcode, edns_size;
	uint8_t version;	/* of the event's layout, not of the protocol: 3 */
	uint8_t opcode, qr, aa, tc, rd, ra, z, ad, cd, conflict, tentative;
	uint8_t edns, edns_version, edns_do, trailing;
	uint8_t spare[2];
	struct span type;	/* KEY: "request", "response" */
	struct span flags;	/* KEY: header flags in hex */
	struct span flag_list;	/* TEXTS */
	struct span rcode_name;	/* KEY */
	struct span queries, answers, authorities, additionals;
	/* answers by type */
	struct { struct span a, aaaa, cname, mx, ns, null, ptr, txt, srv, soa; } grouped;
};

/* What a protocol wants in its struct. */
struct dnsrec_layout {
	uint16_t elem[DNS_SECTIONS];	/* sizeof struct dns_short, dns_long or dns_named; [0] unused */
	bool grouped;
	/* word NULL ends; NULL: none */
	const struct dnsrec_flag { uint16_t bit; const char *word; } *flag_list;
};

/* Names already put behind this act, so that a name of twenty records is there once. */
struct dnsrec {
	struct proto_ctx *x;
	const struct dnsmsg *m;
	struct obs *o;
	unsigned names, types;
	bool full;			/* a text did not fit */
	struct { uint16_t first; struct span s; } name[24];
	struct { uint16_t type; struct span s; } type[6];
};

struct dnsrec dnsrec_start(struct proto_ctx *x, const struct dnsmsg *m, struct obs *o);

/* A text, the name at this offset, the name of a type: behind the act. */
struct span dnsrec_put(struct dnsrec *d, const void *p, size_t n);
struct span dnsrec_put_name(struct dnsrec *d, size_t at);
struct span dnsrec_put_type(struct dnsrec *d, uint16_t type);

/* The object: the name of rr in lower case, in the space of its type. */
void dnsrec_object(struct dnsrec *d, const struct dnsmsg_rr *rr);

/* The value: what the records of this section say, "10.0.0.5, 10.0.0.6"; those not of type `asked` with
 * their type before them; of questions their names. The digest is of the set: neither order nor TTL
 * matter. */
void dnsrec_value(struct dnsrec *d, enum dns_section section, uint16_t asked);	/* 0: nothing asked */

/* The struct behind the act, filled. */
void dnsrec_own(struct dnsrec *d, const struct dnsrec_layout *layout);

/* First question of the message; false: it has none. */
bool dnsrec_question(const struct dnsmsg *m, struct dnsmsg_rr *ret);

/* Rows of spaces[]: one for each type of record people ask for. */
extern const struct proto_space dnsrec_spaces[];

/* No host has this address: 0.0.0.0 and ::, which some servers give for names they block, and groups. */
bool dnsrec_nobody(const uint8_t ip[16]);

/* When what this record says ends. */
int64_t dnsrec_until(const struct proto_ctx *x, const struct dnsmsg_rr *rr);

/* NAME_OF_IP for A, AAAA and reverse PTR, ALIAS for CNAME and DNAME; other types say nothing. */
void dnsrec_fact(struct proto_ctx *x, const struct dnsmsg *m, const struct dnsmsg_rr *rr, uint8_t trust);

/* The same for what a host says of itself: its own address also gives it the name (NAME, number name_kind;
 * SURE), an address of others is LIKELY. */
void dnsrec_own_fact(struct proto_ctx *x, const struct dnsmsg *m, const struct dnsmsg_rr *rr,
		     enum name_kind kind);

/* Does any record of the message give the sender's own address. */
bool dnsrec_own_words(const struct proto_ctx *x, const struct dnsmsg *m);

/* The bytes of a message: over TCP a length of two bytes stands before it (RFC 1035 4.2.2). */
struct bytes dnsrec_message(const struct proto_ctx *x, struct cursor msg);
struct cut dnsrec_cut(struct proto_ctx *x, struct cursor have);
bool dnsrec_port(const struct proto_ctx *x, uint16_t port);	/* either end has it */

/* Sides of the one who sent the message and of the one it went to. */
struct side dnsrec_sender(const struct proto_ctx *x);
struct side dnsrec_receiver(const struct proto_ctx *x);

/* Field rows that dns, mdns and llmnr share. */
#define DNSREC_ROW(struct_, member_, name_, type_, show_, eve_) \
	{ .name = name_, .type = type_, .show = show_, .at = offsetof(struct_, member_), .eve = eve_ }
#define DNSREC_GIVEN(struct_, member_, name_, type_, given_, eve_) \
	{ .name = name_, .type = type_, .show = SHOW_GIVEN, .at = offsetof(struct_, member_), .eve = eve_, \
	  .given = offsetof(struct_, given_) }
#define DNSREC_LIST(struct_, member_, name_, sub_, elem_, eve_) \
	{ .name = name_, .type = FIELD_LIST, .show = SHOW_NONZERO, .at = offsetof(struct_, member_), \
	  .eve = eve_, .sub = sub_, .elem = sizeof(elem_) }
extern const struct field dns_srv_fields[], dns_soa_fields[], dns_option_fields[];

/* The parts of SRV and SOA as rows of an element of struct_ that has a struct dns_long at l. */
#define DNSREC_SRV_ROWS(struct_, l) \
	DNSREC_GIVEN(struct_, l srv.priority, "srv_priority", FIELD_U16, l r.srv_given, "srv.priority"), \
	DNSREC_GIVEN(struct_, l srv.weight, "srv_weight", FIELD_U16, l r.srv_given, "srv.weight"), \
	DNSREC_GIVEN(struct_, l srv.port, "srv_port", FIELD_U16, l r.srv_given, "srv.port"), \
	DNSREC_GIVEN(struct_, l srv.name, "srv_name", FIELD_TEXT, l r.srv_given, "srv.name")
#define DNSREC_SOA_ROWS(struct_, l) \
	DNSREC_GIVEN(struct_, l soa.mname, "soa_mname", FIELD_TEXT, l r.soa_given, "soa.mname"), \
	DNSREC_GIVEN(struct_, l soa.rname, "soa_rname", FIELD_TEXT, l r.soa_given, "soa.rname"), \
	DNSREC_GIVEN(struct_, l soa.serial, "soa_serial", FIELD_U32, l r.soa_given, "soa.serial"), \
	DNSREC_GIVEN(struct_, l soa.refresh, "soa_refresh", FIELD_U32, l r.soa_given, "soa.refresh"), \
	DNSREC_GIVEN(struct_, l soa.retry, "soa_retry", FIELD_U32, l r.soa_given, "soa.retry"), \
	DNSREC_GIVEN(struct_, l soa.expire, "soa_expire", FIELD_U32, l r.soa_given, "soa.expire"), \
	DNSREC_GIVEN(struct_, l soa.minimum, "soa_minimum", FIELD_U32, l r.soa_given, "soa.minimum")
#define DNSREC_SSHFP_ROWS(struct_, l) \
	DNSREC_GIVEN(struct_, l sshfp_algo, "sshfp_algo", FIELD_U8, l r.sshfp_given, "sshfp.algo"), \
	DNSREC_GIVEN(struct_, l sshfp_type, "sshfp_type", FIELD_U8, l r.sshfp_given, "sshfp.type"), \
	DNSREC_GIVEN(struct_, l fingerprint, "sshfp_fingerprint", FIELD_TEXT, l r.sshfp_given, \
		     "sshfp.fingerprint")
#define DNSREC_GROUP_ROWS \
	DNSREC_ROW(struct dns_own, grouped.a, "grouped_a", FIELD_TEXTS, SHOW_NONZERO, "grouped.A"), \
	DNSREC_ROW(struct dns_own, grouped.aaaa, "grouped_aaaa", FIELD_TEXTS, SHOW_NONZERO, "grouped.AAAA"), \
	DNSREC_ROW(struct dns_own, grouped.cname, "grouped_cname", FIELD_TEXTS, SHOW_NONZERO, \
		   "grouped.CNAME"), \
	DNSREC_ROW(struct dns_own, grouped.mx, "grouped_mx", FIELD_TEXTS, SHOW_NONZERO, "grouped.MX"), \
	DNSREC_ROW(struct dns_own, grouped.ns, "grouped_ns", FIELD_TEXTS, SHOW_NONZERO, "grouped.NS"), \
	DNSREC_ROW(struct dns_own, grouped.null, "grouped_null", FIELD_TEXTS, SHOW_NONZERO, "grouped.NULL"), \
	DNSREC_ROW(struct dns_own, grouped.ptr, "grouped_ptr", FIELD_TEXTS, SHOW_NONZERO, "grouped.PTR"), \
	DNSREC_ROW(struct dns_own, grouped.txt, "grouped_txt", FIELD_TEXTS, SHOW_NONZERO, "grouped.TXT"), \
	DNSREC_LIST(struct dns_own, grouped.soa, "grouped_soa", dns_soa_fields, struct dns_soa, "grouped.SOA")

#endif

/* proto/dnsmsg.h: the DNS message format, shared by dns, mdns, llmnr and nbns.
 *
 * Spec:    RFC 1035 section 4 (message, compression), RFC 6891 (EDNS), IANA "DNS Parameters".
 * A message is parsed once (dnsmsg_open(), dnsmsg_check()); then its questions and records can be walked as
 * often as needed. Nothing is copied: names are read from the message when asked for. */
#ifndef PROTO_DNSMSG_H
#define PROTO_DNSMSG_H

#include "core/cursor.h"

enum {
	DNS_HEADER = 12,	/* RFC 1035 4.1.1 */
	DNS_NAME_MAX = 255,	/* bytes of a name on the wire, RFC 1035 3.1 */
	DNS_TEXT = 1024,	/* room for one name or one record as text; longer ones are cut */
};

enum dns_flag {			/* RFC 1035 4.1.1, RFC 4035 3.1.6, 3.2.2 */
	DNS_QR = 0x8000, DNS_AA = 0x0400, DNS_TC = 0x0200, DNS_RD = 0x0100, DNS_RA = 0x0080, DNS_Z = 0x0040,
	DNS_AD = 0x0020, DNS_CD = 0x0010,
};

enum dns_section { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

enum dns_type {			/* those koban looks into; IANA "Resource Record (RR) TYPEs" */
	DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_NULL = 10, DNS_PTR = 12, DNS_HINFO = 13,
	DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28, DNS_NB = 32, DNS_SRV = 33, DNS_NAPTR = 35, DNS_DNAME = 39,
	DNS_OPT = 41, DNS_DS = 43, DNS_SSHFP = 44, DNS_TLSA = 52, DNS_SVCB = 64, DNS_HTTPS = 65, DNS_SPF = 99,
	DNS_IXFR = 251, DNS_AXFR = 252, DNS_ANY = 255, DNS_URI = 256, DNS_CAA = 257,
};

enum { DNS_IN = 1, DNS_CLASS_NONE = 254, DNS_CLASS_ANY = 255 };	/* IANA "DNS CLASSes"; RFC 2136 2.4 */

struct dnsmsg {
	struct bytes all;	/* from the header on: what compression pointers count from */
	uint16_t id, flags;
	uint16_t count[DNS_SECTIONS];
	uint16_t edns_size;	/* OPT: largest UDP payload, RFC 6891 6.1.2 */
	uint16_t rcode;		/* with the upper bits of OPT, RFC 6891 6.1.3 */
	uint8_t edns_version;
	bool edns, edns_do;
	bool netbios;		/* RFC 1002: type 33 is NBSTAT, not SRV, and 32 is NB */
	bool trailing;		/* bytes follow the last record */
	bool cut;		/* the capture cut the frame: what is there is what we look at */
	const char *why;	/* after a failed check: the reason, a key of notes: */
};

struct dnsmsg_rr {
	uint8_t section;	/* enum dns_section; a QUESTION has no ttl and no data */
	uint16_t type, class;
	uint32_t ttl;
	size_t name_at;		/* offset of the owner's name in all */
	size_t data_at;
	struct bytes data;
};

struct dnsmsg_walk {
	const struct dnsmsg *m;
	struct cursor c;
	uint8_t section;
	uint16_t left;		/* records of this section still to come */
};

struct dnsname {
	uint16_t n;		/* bytes of text; 0: the root */
	uint16_t first;		/* offset of the first label once leading pointers are followed: tells equal
				 * names */
	char text[2 * DNS_NAME_MAX + 2];	/* labels joined by '.', '.' and '\' inside a label escaped by
						 * '\' */
};

/* Reads the header. False: shorter than one. */
bool dnsmsg_open(struct dnsmsg *m, struct bytes b);

/* Walks everything once: names, counts, sizes of known types; finds OPT. False: malformed, m->why says how.
 * A message the capture cut (m->cut) is good as far as it goes: counts are lowered to what is there. */
bool dnsmsg_check(struct dnsmsg *m);

struct dnsmsg_walk dnsmsg_start(const struct dnsmsg *m);
/* false: no more, or what follows is broken */
bool dnsmsg_next(struct dnsmsg_walk *w, struct dnsmsg_rr *ret);

/* The name at this offset; ret->n 0 and false when it is broken; *ret_why says how when not NULL. */
bool dnsmsg_name(const struct dnsmsg *m, size_t at, struct dnsname *ret, const char **ret_why);

/* Its .first alone: 0 for the root. */
uint16_t dnsmsg_first(const struct dnsmsg *m, size_t at);

/* The n-th label of the name text counted from the front (from 0); n 0 when there is none. */
struct bytes dnsmsg_label(const struct dnsname *name, unsigned n);

void dnsmsg_lower(struct dnsname *name);	/* ASCII letters only, RFC 4343 */

/* Where the name at this offset ends in place (a pointer ends it); 0: it does not. */
size_t dnsmsg_name_end(const struct dnsmsg *m, size_t at);

/* What a record says, as people write it ("10.0.0.1", "10 mail.example.com"), cut at cap, no NUL; 0 for
 * types that have no short text. bare: only the part Suricata calls rdata. */
size_t dnsmsg_text(const struct dnsmsg *m, const struct dnsmsg_rr *rr, bool bare, char *out, size_t cap);

/* Order and compression do not matter to it, nor the TTL: the sum over records tells sets of records
 * apart. */
uint64_t dnsmsg_digest(const struct dnsmsg *m, const struct dnsmsg_rr *rr);

/* "A", "HTTPS"; "TYPE1234" into room when IANA gives it no name (RFC 3597 5). Never NULL. */
enum { DNS_TYPE_TEXT = 12 };
const char *dnsmsg_type(uint16_t type, char room[DNS_TYPE_TEXT]);
bool dnsmsg_type_known(uint16_t type);

/* "NXDOMAIN"; "RCODE23" into room when it has no name. */
const char *dnsmsg_rcode(uint16_t rcode, char room[DNS_TYPE_TEXT]);

/* What the data of a type is made of, one letter per part:
 * a IPv4 address; b IPv6 address; n name; 1 2 4 6 unsigned number of so many bytes; s character-string; S
 * character-strings to the end; t text to the end; x bytes to the end; o EDNS options to the end. Never
 * NULL. */
const char *dnsmsg_shape(const struct dnsmsg *m, uint16_t type);

/* Is the data made as its type says. */
bool dnsmsg_data_good(const struct dnsmsg *m, const struct dnsmsg_rr *rr);

/* What is wrong with the name at this offset, a key of notes:; NULL: nothing. */
const char *dnsmsg_name_wrong(const struct dnsmsg *m, size_t at);

/* The address in an in-addr.arpa or ip6.arpa name (RFC 1035 3.5, RFC 3596 2.5); false: it is not one. */
bool dnsmsg_reverse(const struct dnsname *name, uint8_t ret_ip[16]);

#endif

/* proto/dnsmsg_type.c: the types of DNS records, what their data is made of, and the names of results. */
#include "proto/dnsmsg.h"

#include "core/buf.h"
#include "core/util.h"

/* The letters of a shape are told in dnsmsg.h. Types without a row are bytes to us. Names are IANA's
 * "Resource Record (RR) TYPEs". */
static const struct type_row {
	uint16_t type;
	const char *name, *shape;
} types[] = {
	{ 1, "A", "a" },		/* RFC 1035 3.4.1 */
	{ 2, "NS", "n" },		/* RFC 1035 3.3.11 */
	{ 3, "MD", "n" },		/* RFC 1035 3.3.4 */
	{ 4, "MF", "n" },		/* RFC 1035 3.3.5 */
	{ 5, "CNAME", "n" },		/* RFC 1035 3.3.1 */
	{ 6, "SOA", "nn44444" },	/* RFC 1035 3.3.13 */
	{ 7, "MB", "n" },		/* RFC 1035 3.3.3 */
	{ 8, "MG", "n" },		/* RFC 1035 3.3.6 */
	{ 9, "MR", "n" },		/* RFC 1035 3.3.8 */
	{ 10, "NULL", "x" },		/* RFC 1035 3.3.10 */
	{ 11, "WKS", "a1x" },		/* RFC 1035 3.4.2 */
	{ 12, "PTR", "n" },		/* RFC 1035 3.3.12 */
	{ 13, "HINFO", "ss" },		/* RFC 1035 3.3.2 */
	{ 14, "MINFO", "nn" },		/* RFC 1035 3.3.7 */
	{ 15, "MX", "2n" },		/* RFC 1035 3.3.9 */
	{ 16, "TXT", "S" },		/* RFC 1035 3.3.14 */
	{ 17, "RP", "nn" },		/* RFC 1183 2.2 */
	{ 18, "AFSDB", "2n" },		/* RFC 1183 1 */
	{ 19, "X25", "s" },		/* RFC 1183 3.1 */
	{ 20, "ISDN", "S" },		/* RFC 1183 3.2 */
	{ 21, "RT", "2n" },		/* RFC 1183 3.3 */
	{ 22, "NSAP", "x" }, { 23, "NSAP-PTR", "n" },
	{ 24, "SIG", "2114442nx" },	/* RFC 2535 4.1 */
	{ 25, "KEY", "211x" },		/* RFC 2535 3.1 */
	{ 26, "PX", "2nn" },		/* RFC 2163 4 */
	{ 27, "GPOS", "sss" },		/* RFC 1712 3 */
	{ 28, "AAAA", "b" },		/* RFC 3596 2.2 */
	{ 29, "LOC", "x" }, { 30, "NXT", "nx" }, { 31, "EID", "x" }, { 32, "NIMLOC", "x" },
	{ 33, "SRV", "222n" },		/* RFC 2782 */
	{ 34, "ATMA", "x" },
	{ 35, "NAPTR", "22sssn" },	/* RFC 3403 4.1 */
	{ 36, "KX", "2n" },		/* RFC 2230 3.1 */
	{ 37, "CERT", "221x" },		/* RFC 4398 2 */
	{ 38, "A6", "x" },
	{ 39, "DNAME", "n" },		/* RFC 6672 2.1 */
	{ 40, "SINK", "x" },
	{ 41, "OPT", "o" },		/* RFC 6891 6.1.2 */
	{ 42, "APL", "x" },
	{ 43, "DS", "211x" },		/* RFC 4034 5.1 */
	{ 44, "SSHFP", "11x" },		/* RFC 4255 3.1 */
	{ 45, "IPSECKEY", "x" },
	{ 46, "RRSIG", "2114442nx" },	/* RFC 4034 3.1 */
	{ 47, "NSEC", "nx" },		/* RFC 4034 4.1 */
	{ 48, "DNSKEY", "211x" },	/* RFC 4034 2.1 */
	{ 49, "DHCID", "x" }, { 50, "NSEC3", "112x" }, { 51, "NSEC3PARAM", "112x" },
	{ 52, "TLSA", "111x" },		/* RFC 6698 2.1 */
	{ 53, "SMIMEA", "111x" }, { 55, "HIP", "x" }, { 56, "NINFO", "S" }, { 57, "RKEY", "x" },
	{ 58, "TALINK", "nn" }, { 59, "CDS", "211x" }, { 60, "CDNSKEY", "211x" }, { 61, "OPENPGPKEY", "x" },
	{ 62, "CSYNC", "42x" }, { 63, "ZONEMD", "411x" },
	{ 64, "SVCB", "2nx" },		/* RFC 9460 2.2 */
	{ 65, "HTTPS", "2nx" },		/* RFC 9460 9 */
	{ 66, "DSYNC", "212n" }, { 67, "HHIT", "x" }, { 68, "BRID", "x" },
	{ 99, "SPF", "S" },		/* RFC 7208 3.1 */
	{ 100, "UINFO", "x" }, { 101, "UID", "x" }, { 102, "GID", "x" }, { 103, "UNSPEC", "x" },
	/* RFC 6742 2 */
	{ 104, "NID", "2x" }, { 105, "L32", "2a" }, { 106, "L64", "2x" }, { 107, "LP", "2n" },
	{ 108, "EUI48", "6" }, { 109, "EUI64", "x" }, { 128, "NXNAME", "x" },
	{ 249, "TKEY", "n4422x" },	/* RFC 2930 2; the rest is lengths and keys */
	{ 250, "TSIG", "n62x" },	/* RFC 8945 4.2; the rest is lengths and digests */
	{ 251, "IXFR", NULL }, { 252, "AXFR", NULL }, { 253, "MAILB", NULL }, { 254, "MAILA", NULL },
	{ 255, "ANY", NULL },		/* questions only: RFC 1035 3.2.3, RFC 1995 */
	{ 256, "URI", "22t" },		/* RFC 7553 4.5 */
	{ 257, "CAA", "1st" },		/* RFC 8659 4.1 */
	{ 258, "AVC", "S" }, { 259, "DOA", "x" }, { 260, "AMTRELAY", "x" }, { 261, "RESINFO", "S" },
	{ 262, "WALLET", "S" }, { 263, "CLA", "S" }, { 264, "IPN", "x" },
	{ 32768, "TA", "x" }, { 32769, "DLV", "211x" },
};

static const struct type_row nb_types[] = {
	{ 32, "NB", "x" },		/* RFC 1002 4.2.1.3: several entries of flags:2 address:4 */
	{ 33, "NBSTAT", "x" },		/* RFC 1002 4.2.18 */
};

static const struct type_row *find(const struct type_row *rows, size_t n, uint16_t type)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (rows[mid].type < type)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && rows[low].type == type ? &rows[low] : NULL;
}

const char *dnsmsg_shape(const struct dnsmsg *m, uint16_t type)
{
	const struct type_row *r = m->netbios ? find(nb_types, ARRAY_LEN(nb_types), type) : NULL;

	if (r == NULL)
		r = find(types, ARRAY_LEN(types), type);
	return r != NULL && r->shape != NULL ? r->shape : "x";
}

static const char *numbered(const char *word, uint16_t v, char room[DNS_TYPE_TEXT])
{
	struct buf b = buf_over(room, DNS_TYPE_TEXT);

	buf_str(&b, word);
	buf_u64(&b, v);
	return room;
}

const char *dnsmsg_type(uint16_t type, char room[DNS_TYPE_TEXT])
{
	const struct type_row *r = find(types, ARRAY_LEN(types), type);

	return r != NULL ? r->name : numbered("TYPE", type, room);
}

bool dnsmsg_type_known(uint16_t type)
{
	return find(types, ARRAY_LEN(types), type) != NULL;
}

/* IANA "DNS RCODEs"; 16 is BADVERS in OPT (RFC 6891 9) and BADSIG in TSIG (RFC 8945 3). */
const char *dnsmsg_rcode(uint16_t rcode, char room[DNS_TYPE_TEXT])
{
	static const char *const names[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",	/* RFC 1035 4.1.1 */
		"YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",			/* RFC 2136 2.2 */
		"DSOTYPENI",								/* RFC 8490 10.2 */
		/* RFC 8945, RFC 2930 */
		[16] = "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG",
		/* RFC 8945, RFC 7873 8 */
		"BADTRUNC", "BADCOOKIE",
	};

	if (rcode < ARRAY_LEN(names) && names[rcode] != NULL)
		return names[rcode];
	return numbered("RCODE", rcode, room);
}

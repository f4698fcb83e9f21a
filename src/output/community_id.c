/* output/community_id.c: see community_id.h; rules from the specification's text and its Zeek reference. */
#include "output/community_id.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>

#include "core/util.h"
#include "model/obs.h"

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58, SCTP = 132 };	/* IANA protocol numbers */

/* Message types that ask and answer each other: the pair stands for the two ports. */
struct icmp_pair { uint8_t type, answer; };

static const struct icmp_pair icmp4[] = {
	{ 0, 8 }, { 8, 0 },	/* echo: RFC 792 */
	{ 13, 14 }, { 14, 13 },	/* timestamp: RFC 792 */
	{ 15, 16 }, { 16, 15 },	/* information: RFC 792 */
	{ 10, 9 }, { 9, 10 },	/* router solicitation: RFC 1256 */
	{ 17, 18 }, { 18, 17 },	/* address mask: RFC 950 */
};

static const struct icmp_pair icmp6[] = {
	{ 128, 129 }, { 129, 128 },	/* echo: RFC 4443 */
	{ 133, 134 }, { 134, 133 },	/* router solicitation: RFC 4861 */
	{ 135, 136 }, { 136, 135 },	/* neighbour solicitation: RFC 4861 */
	{ 130, 131 }, { 131, 130 },	/* multicast listener: RFC 2710 */
	{ 139, 140 }, { 140, 139 },	/* node information: RFC 4620 */
	{ 144, 145 }, { 145, 144 },	/* home agent discovery: RFC 6275 */
};

/* Turns type and code into two ports; true: one-way, the ends keep their order. */
static bool icmp_ports(uint8_t proto, uint16_t *a, uint16_t *b)
{
	const struct icmp_pair *pairs = proto == ICMP ? icmp4 : icmp6;
	size_t n = proto == ICMP ? ARRAY_LEN(icmp4) : ARRAY_LEN(icmp6);

	for (size_t i = 0; i < n; i++)
		if (pairs[i].type == *a) {
			*b = pairs[i].answer;
			return false;
		}
	return true;
}

static void hash_ip(struct sha1_ctx *h, const uint8_t ip[16])
{
	if (ip_is_v4(ip))
		sha1_update(h, 4, ip + 12);
	else
		sha1_update(h, 16, ip);
}

static void hash_be16(struct sha1_ctx *h, uint16_t v)
{
	uint8_t two[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	sha1_update(h, 2, two);
}

bool community_id(char out[COMMUNITY_ID_MAX], uint8_t ip_proto, const uint8_t a_ip[16], uint16_t a_port,
		  const uint8_t b_ip[16], uint16_t b_port)
{
	bool one_way = false;
	bool ports = ip_proto == TCP || ip_proto == UDP || ip_proto == SCTP;

	out[0] = '\0';
	if (ip_is_zero(a_ip) && ip_is_zero(b_ip))
		return false;
	if (ip_proto == ICMP || ip_proto == ICMP6) {
		one_way = icmp_ports(ip_proto, &a_port, &b_port);
		ports = true;
	}
	int order = memcmp(a_ip, b_ip, 16);

	if (!one_way && (order > 0 || (order == 0 && a_port > b_port))) {
		const uint8_t *ip = a_ip;
		uint16_t port = a_port;

		a_ip = b_ip;
		b_ip = ip;
		a_port = b_port;
		b_port = port;
	}
	struct sha1_ctx h;
	uint8_t digest[SHA1_DIGEST_SIZE], head[2] = { ip_proto, 0 };

	sha1_init(&h);
	hash_be16(&h, 0);	/* seed */
	hash_ip(&h, a_ip);
	hash_ip(&h, b_ip);
	sha1_update(&h, sizeof(head), head);
	if (ports) {
		hash_be16(&h, a_port);
		hash_be16(&h, b_port);
	}
	sha1_digest(&h, sizeof(digest), digest);
	memcpy(out, "1:", 2);
	base64_encode_raw(out + 2, sizeof(digest), digest);
	out[2 + BASE64_ENCODE_RAW_LENGTH(SHA1_DIGEST_SIZE)] = '\0';
	return true;
}

/* proto/cotp_connect.c: takes connection requests and confirmations of COTP apart; cotp.c names the
 * standards. */
#include "proto/cotp_connect.h"

#include <string.h>

/* X.224 13.3.4: parameters. */
enum { P_SIZE = 0xc0, P_CALLING = 0xc1, P_CALLED = 0xc2 };

/* The words of RDP in place of parameters: "Cookie: mstshash=NAME" and a negotiation block. */
static const char *read_rdp(struct cotp_connection *n, struct cursor c)
{
	static const char cookie[] = "Cookie: mstshash=";
	size_t head = sizeof(cookie) - 1;

	n->rdp = true;
	if (cur_peek(&c) == 'C') {
		const uint8_t *end = memchr(c.p, '\n', c.left);

		if (end == NULL)
			return "parameter";
		struct bytes line = cur_bytes(&c, (size_t)(end - c.p) + 1);

		if (line.n > head + 2 && memcmp(line.p, cookie, head) == 0)
			n->cookie = (struct bytes){ line.p + head, line.n - head - 2 };
	}
	if (c.left == 0)
		return NULL;
	uint8_t type = cur_u8(&c);

	cur_u8(&c);
	uint16_t length = cur_le16(&c);	/* MS-RDPBCGR 2.2.1.1.1: always 8 */

	n->protocols = cur_le32(&c);
	if (cur_broken(&c) || length != 8 || type < RDP_REQUEST || type > RDP_FAILURE)
		return "parameter";
	n->negotiation = type;
	return NULL;
}

/* Header of CR and CC: destination:2 source:2 class:1, then parameters code:1 n:1 value (X.224 13.2.3). */
const char *cotp_read_connection(struct cotp_connection *n, struct cursor c)
{
	n->destination = cur_be16(&c);
	n->source = cur_be16(&c);
	n->class = cur_u8(&c) >> 4;
	if (cur_broken(&c))
		return "length";
	if (n->class > 4)
		return "class";
	if (c.left > 0 && (cur_peek(&c) == 'C' || cur_peek(&c) <= RDP_FAILURE))
		return read_rdp(n, c);
	while (c.left > 0) {
		uint8_t code = cur_u8(&c);
		struct bytes value = cur_bytes(&c, cur_u8(&c));

		if (cur_broken(&c))
			return "parameter";
		if (code == P_CALLING)
			n->calling = value;
		else if (code == P_CALLED)
			n->called = value;
		else if (code == P_SIZE && value.n == 1)
			n->size = value.p[0];
	}
	if (n->size != 0 && (n->size < 7 || n->size > 13))	/* X.224 13.3.4 b */
		return "tpdu-size";
	return NULL;
}

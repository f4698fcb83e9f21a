/* proto/modbus.c: Modbus/TCP, who reads and writes which coils and registers.
 *
 * Spec:    MODBUS Application Protocol V1.1b3 ("AP"), section 6;
 *          MODBUS Messaging on TCP/IP Implementation Guide V1.0b ("MG"), section 3.1.3 (MBAP header).
 * Message: tid:2 protocol:2 (0) length:2 (unit + PDU, 2..254) unit:1 code:1 body; over UDP one datagram.
 * Units:   big-endian; addresses from zero as on the wire; counts are items. station is the unit; 255 means
 *          the address itself, as 0 does (MG 4.4.1.2), so both give station 0.
 * Emits:   reads WHOLE at the answer; writes, diagnostics and unknown functions ASK, then ANSWER. An answer
 *          whose request was not seen is an ANSWER without `re`. obs.code is the function, or function << 16
 *          | sub-function for 8 and 43. Function 90 goes to umas.
 * State:   none of its own; what was asked waits in pair_ask(). A malformed request is remembered too, so
 *          that its answer shows whether the device swallowed it.
 * Missing: the objects behind CANopen (43/13); the bodies of the old programming functions. */
#include "proto/modbus.h"

#include <string.h>

static unsigned modbus_probe(const struct proto_ctx *x, struct cursor head)
{
	/* of requests that have only one, counted from the unit */
	static const uint8_t lengths[LAST_LISTED + 1] = {
		[1] = 6, [2] = 6, [3] = 6, [4] = 6, [5] = 6, [6] = 6, [7] = 2, [11] = 2, [12] = 2, [17] = 2,
		[22] = 8, [24] = 4,
	};

	cur_take(&head, 2);
	uint16_t protocol = cur_be16(&head), length = cur_be16(&head);

	cur_take(&head, 1);
	uint8_t function = cur_u8(&head);
	uint8_t bare = function & 0x7f;

	if (cur_broken(&head) || protocol != 0 || length < LENGTH_MIN)
		return 0;
	if (length > (bare == UMAS ? UMAS_LENGTH_MAX : LENGTH_MAX))
		return 0;
	if (function & EXCEPTION)
		return !x->from_client && length == 3 ? 70 : 0;
	/* What does not fit its function is malformed on Modbus's port and something else on others: LDAP
	 * begins with 30 84 00 00 00 n 02 01. The answer to a read counts its bytes. */
	unsigned odd = flow_server(x).port == PORT || flow_client(x).port == PORT ? 25 : 0;

	if (x->from_client && bare <= LAST_LISTED && lengths[bare] != 0)
		return length == lengths[bare] ? 80 : odd;
	if (!x->from_client && bare >= 1 && bare <= 4) {
		uint8_t bytes = cur_u8(&head);

		if (!cur_broken(&head) && bytes + 3u != length)
			return odd;
	}
	/* a scan may begin with 0 */
	return mb_functions[mb_function_at(bare)].row != ROW_NONE ? 50 : bare == 0 ? 5 : 25;
}

static struct cut modbus_cut(struct proto_ctx *x, struct cursor have)
{
	(void)x;
	if (have.left < MBAP + 1)
		return cut_need(MBAP + 1);
	cur_take(&have, 2);			/* tid: any value */
	uint16_t protocol = cur_be16(&have);
	uint16_t length = cur_be16(&have);	/* counts from the unit byte on */

	cur_take(&have, 1);
	unsigned max = (cur_u8(&have) & 0x7f) == UMAS ? UMAS_LENGTH_MAX : LENGTH_CUT;

	if (protocol != 0 || length < LENGTH_MIN || length > max)
		return cut_lost();
	return cut_message(MBAP - 1u + length);
}

static bool modbus_message(struct proto_ctx *x, struct cursor msg)
{
	const struct bytes whole = { msg.p, msg.left };
	struct mb_head h = { .tid = cur_be16(&msg) };
	uint16_t protocol = cur_be16(&msg);
	uint16_t length = cur_be16(&msg);
	bool fits = msg.left == length && length >= LENGTH_MIN;

	h.unit = cur_u8(&msg);
	h.function = cur_u8(&msg);
	fits = fits && (length <= LENGTH_MAX || (h.function & 0x7f) == UMAS);
	if (cur_broken(&msg) || protocol != 0 || !fits) {
		x->why = mb_reasons[!cur_broken(&msg) && protocol != 0 ? BAD_PROTOCOL : BAD_MBAP];
		return false;
	}
	if ((h.function & ~EXCEPTION) == UMAS) {
		pass(x, cur_over(whole));
		return true;
	}
	struct bytes body = cur_rest(&msg);

	return x->from_client ? mb_request(x, h, body) : mb_answer(x, h, body);
}

static void modbus_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct mb_asked a;

	if (ask->n < sizeof(a))
		return;
	memcpy(&a, ask->blob, sizeof(a));
	if (a.why == GOOD)
		mb_say_open(x, &a, ask->act, OUT_UNANSWERED);
}

const struct proto proto_modbus = {
	.name = "modbus", .on = ON_TCP, .also_udp = true, .eve = "modbus", .ports = { PORT },
	.own_size = sizeof(struct mb_own),
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.codes = mb_codes, .code_count = ROWS - 1, .spaces = mb_spaces, .fields = mb_fields,
	.probe = modbus_probe, .cut = modbus_cut, .message = modbus_message, .unanswered = modbus_unanswered,
};

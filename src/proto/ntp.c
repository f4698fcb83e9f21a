/* proto/ntp.c: NTP, how clocks are set; and the two protocols beside it that ask and change a time server.
 *
 * Spec:    RFC 5905 7.3 (time, modes 1 to 5), 7.4 (kiss codes), 7.5 with RFC 7822 (extension fields, MAC),
 *          RFC 8915 5 (NTS), RFC 9769 2 (interleaved), RFC 9327 2 (control, mode 6), MS-SNTP 2.2,
 *          ntp_request.h of ntpd 4.2 (private, mode 7).
 * Message: the low three bits of the first byte say the mode. Time: 48 bytes, extension fields, MAC. Control:
 *          12 bytes, data, MAC. Private: 8 bytes, items, MAC.
 * Units:   big-endian. poll and precision are powers of two in s, root delay and dispersion 1/65536 s,
 *          timestamps 2^-32 s.
 * Emits:   READ of the clock WHOLE at the answer, value "stratum 1 GPS" or "stratum 2 10.0.0.1"; ANNOUNCE
 *          PUSH for broadcasts, symmetric peers and answers nobody asked for; QUERY WHOLE for mode 6 and 7,
 *          with all datagrams of the answer; what changes a server ASK, then ANSWER. Facts: SERVES; OS and
 *          HARDWARE from the system variables.
 * State:   the answer that is coming in several datagrams, and which time source was said.
 * Missing: offset of the clocks; ports other than 123; items of mode 7 are not looked into; keys are not
 *          checked. */
#include "proto/ntp.h"

static void ntp_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct ntp_asked a;

	if (!ntp_asked_again(ask, &a))
		return;
	x->from_client = a.from_client;
	if (a.code == CLIENT)
		ntp_time_unanswered(x, &a);
	else
		ntp_control_unanswered(x, ask, &a);
}

static bool ntp_message(struct proto_ctx *x, struct cursor msg)
{
	struct ntp_message m;

	x->why = ntp_read(&m, msg, (x->l->flags & LAYER_CUT) != 0);
	if (x->why != NULL)
		return false;
	if (m.mode < CONTROL)
		ntp_time(x, &m);
	else
		ntp_control(x, &m);
	return true;
}

static unsigned ntp_probe(const struct proto_ctx *x, struct cursor head)
{
	struct ntp_message m;

	if (flow_client(x).port != PORT && flow_server(x).port != PORT)
		return 0;
	return ntp_read(&m, head, (x->l->flags & LAYER_CUT) != 0) == NULL ? 90 : 15;
}

const struct proto proto_ntp = {
	.name = "ntp", .on = ON_UDP, .eve = "ntp", .ports = { PORT },
	.verified = VERIFIED_CAPTURE,
	.state_size = sizeof(struct ntp_state), .own_size = sizeof(struct ntp_own),
	.codes = ntp_codes, .code_count = NTP_CODES, .spaces = ntp_spaces, .fields = ntp_fields,
	.probe = ntp_probe, .message = ntp_message, .unanswered = ntp_unanswered,
};

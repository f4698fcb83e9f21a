/* proto/fins.c: FINS, what is read, written and commanded on OMRON's controllers.
 *
 * Spec:    "CR": Communications Commands Reference Manual for CS/CJ/CP (W342-E1), chapter 5;
 *          "EU": Ethernet Units Operation Manual (W421-E1), chapters 6 and 7 (FINS/UDP, FINS/TCP);
 *          "CV": FINS Command Reference Manual for C and CV (W227-E1), for the commands only they have (M).
 * Message: over UDP one datagram: ICF:1 RSV:1 GCT:1, network, node and unit of the destination, the same of
 *          the source, SID:1, command:2, data; answers have the end code:2 in front of their data. Over TCP
 *          the same behind "FINS" length:4 command:4 error:4.
 * Units:   big-endian; addresses are words, and bits within them. station is network, node and unit, three
 *          decimal digits each, of a device behind the one that has the address; 0: that one itself.
 * Emits:   reads WHOLE at the answer; all else ASK, then ANSWER. The frame itself says who asks. Programs and
 *          files are transfers. Facts: VENDOR, MODEL, FIRMWARE (05 01), MODULE (05 02), NAME (26 03).
 * State:   identity told last, the server's node, transfers under way. What was asked waits in pair_ask(),
 *          malformed requests too, so that their answers show whether the device swallowed them.
 * Missing: the contents of data link tables, network status and error records; file memory of the C series;
 *          what is sent on to serial lines (28 xx); settings of the Ethernet unit (27 xx) are named only. */
#include "proto/fins.h"

#include <string.h>

static const uint8_t magic[4] = {'F', 'I', 'N', 'S'};

static bool read_head(struct cursor *c, struct fins_head *h)
{
	h->icf = cur_u8(c);
	uint8_t reserved = cur_u8(c);

	cur_u8(c); /* GCT: networks that may still be crossed */
	h->dna = cur_u8(c);
	h->da1 = cur_u8(c);
	h->da2 = cur_u8(c);
	h->sna = cur_u8(c);
	h->sa1 = cur_u8(c);
	h->sa2 = cur_u8(c);
	h->sid = cur_u8(c);
	h->command = cur_be16(c);
	return reserved == 0 && (h->icf & ICF_RESERVED) == 0;
}

/* EU 7-4: GCT is 2, or 7 where more networks may be crossed; networks have numbers up to 127. */
static unsigned probe_datagram(const struct proto_ctx *x, struct cursor head)
{
	uint8_t hops = head.left > 2 ? head.p[2] : 0xff;
	struct fins_head h;
	bool fits = read_head(&head, &h) && hops <= 7 && h.dna <= 0x7f && h.sna <= 0x7f;
	bool port = flow_server(x).port == PORT || flow_client(x).port == PORT;

	if (cur_broken(&head) || !fits)
		return 0;
	if (fins_row(h.command) == 0)
		return port ? 40 : 0;
	return (h.icf & GATEWAY) && (hops == 2 || hops == 7 || port) ? 80 : port ? 60 : 0;
}

static unsigned fins_probe(const struct proto_ctx *x, struct cursor head)
{
	if (x->l->kind != KIND_TCP)
		return probe_datagram(x, head);
	struct bytes first = cur_bytes(&head, sizeof(magic));

	return first.n > 0 && memcmp(first.p, magic, sizeof(magic)) == 0 && cur_be16(&head) == 0 ? 95 : 0;
}

static struct cut fins_cut(struct proto_ctx *x, struct cursor have)
{
	(void)x;
	if (have.left < TCP_HEAD)
		return cut_need(TCP_HEAD);
	struct bytes first = cur_bytes(&have, sizeof(magic));
	uint32_t length = cur_be32(&have);

	if (memcmp(first.p, magic, sizeof(magic)) != 0 || length < TCP_COUNTED || length > FINS_CUT)
		return cut_lost();
	return cut_message(TCP_HEAD - TCP_COUNTED + length);
}

static bool refuse(struct proto_ctx *x, enum reason r)
{
	x->why = fins_reasons[r];
	return r == GOOD;
}

/* One frame: header, command and what follows. */
static bool frame(struct proto_ctx *x, struct cursor msg)
{
	struct fins_head h;
	bool fits = read_head(&msg, &h);

	if (cur_broken(&msg))
		return refuse(x, BAD_FRAME);
	if (!fits)
		return refuse(x, BAD_HEADER);
	struct bytes body = cur_rest(&msg);

	return h.icf & RESPONSE ? fins_answer(x, h, body) : fins_request(x, h, body);
}

/* ---- FINS/TCP: who has which node number, EU 7-4 ---- */

enum { KEY_NODES = 1 << 30 };

static struct obs *tcp_begin(struct proto_ctx *x, uint32_t command, uint8_t phase)
{
	struct obs *o = act_begin_code(x, &fins_codes[fins_row(CODE_TCP | command) - 1]);

	o->phase = phase;
	return o;
}

static struct fins_own *tcp_own(struct proto_ctx *x, uint32_t command, uint32_t error)
{
	struct fins_own *w = act_own(x, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->tcp = 1;
	w->tcp_command = (uint8_t)command;
	w->tcp_error = (uint8_t)error;
	return w;
}

static void ask_node(struct proto_ctx *x, uint32_t error, uint8_t client)
{
	tcp_begin(x, TCP_ASK_NODE, PHASE_ASK);
	struct fins_own *w = tcp_own(x, TCP_ASK_NODE, error);

	if (w != NULL)
		w->client_node = client;
	pair_ask(x, KEY_NODES, act_emit(x), NULL, 0);
}

static void tell_node(struct proto_ctx *x, uint32_t error, uint8_t client, uint8_t server)
{
	struct fins_state *st = x->state;

	pair_answer(x, KEY_NODES);
	struct obs *o = tcp_begin(x, TCP_ASK_NODE, PHASE_ANSWER);
	const char *note = fins_tcp_note(error);

	o->result = error;
	o->outcome = error == 0 ? OUT_DONE : OUT_REFUSED;
	if (note != NULL)
		o->note = act_str(x, note);
	struct fins_own *w = tcp_own(x, TCP_TELL_NODE, error);

	if (w != NULL) {
		w->nodes = 1;
		w->client_node = client;
		w->server_node = server;
	}
	act_emit(x);
	st->node = server;
}

/* What the connection itself says: that it does not want it (3), that it is still there (6). */
static void tcp_report(struct proto_ctx *x, uint32_t command, uint32_t error)
{
	struct obs *o = tcp_begin(x, command, PHASE_PUSH);
	const char *note = fins_tcp_note(error);

	o->actor = x->from_client ? flow_client(x) : flow_server(x);
	o->device = x->from_client ? flow_server(x) : flow_client(x);
	o->result = error;
	if (note != NULL)
		o->note = act_str(x, note);
	tcp_own(x, command, error);
	act_emit(x);
}

static bool fins_message(struct proto_ctx *x, struct cursor msg)
{
	if (x->l->kind != KIND_TCP)
		return frame(x, msg);
	cur_take(&msg, sizeof(magic));
	uint32_t length = cur_be32(&msg), command = cur_be32(&msg), error = cur_be32(&msg);

	if (cur_broken(&msg) || length != msg.left + TCP_COUNTED || length > FINS_MAX + TCP_COUNTED)
		return refuse(x, BAD_TCP_LENGTH);
	size_t want = command == TCP_ASK_NODE ? 4 : command == TCP_TELL_NODE ? 8 : 0;

	switch (command) {
	case TCP_FRAME:
		return frame(x, msg);
	case TCP_ASK_NODE:
	case TCP_TELL_NODE:
	case TCP_REFUSED:
	case TCP_CONFIRM:
		if (msg.left != want)
			return refuse(x, BAD_TCP_LENGTH);
		break;
	default:
		return refuse(x, BAD_TCP_COMMAND);
	}
	uint32_t client = want > 0 ? cur_be32(&msg) : 0, server = want > 4 ? cur_be32(&msg) : 0;

	if (command == TCP_ASK_NODE)
		ask_node(x, error, (uint8_t)client);
	else if (command == TCP_TELL_NODE)
		tell_node(x, error, (uint8_t)client, (uint8_t)server);
	else
		tcp_report(x, command, error);
	return true;
}

static void fins_lost(struct proto_ctx *x, uint64_t bytes) { fins_blocks_missing(x, bytes); }

static void fins_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct fins_kept k;

	if (ask->id == KEY_NODES) {
		struct obs *o = tcp_begin(x, TCP_ASK_NODE, PHASE_ANSWER);

		o->re = ask->act;
		o->outcome = OUT_UNANSWERED;
		tcp_own(x, TCP_ASK_NODE, 0);
		act_emit(x);
		return;
	}
	if (ask->n < sizeof(k.a))
		return;
	memcpy(&k, ask->blob, min_size(ask->n, sizeof(k)));
	x->from_client = k.a.from_client;
	if (k.a.why == GOOD || ask->act != 0)
		fins_say_open(x, &k, ask->act, OUT_UNANSWERED, 0);
}

static void fins_end(struct proto_ctx *x) { fins_blocks_end(x); }

const struct proto proto_fins = {
	.name = "fins",
	.on = ON_TCP,
	.also_udp = true,
	.ports = {PORT},
	.state_size = sizeof(struct fins_state),
	.own_size = sizeof(struct fins_own),
	.transfers = true,
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.codes = fins_codes,
	.code_count = FINS_ROWS,
	.spaces = fins_spaces,
	.fields = fins_fields,
	.probe = fins_probe,
	.cut = fins_cut,
	.message = fins_message,
	.lost = fins_lost,
	.unanswered = fins_unanswered,
	.end = fins_end,
};

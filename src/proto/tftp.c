/* proto/tftp.c: TFTP, how switches, panels and boot ROMs fetch and hand over configurations and firmware.
 *
 * Spec:    RFC 1350 (messages 5, ports 4), RFC 2347 (options), RFC 2348 (blksize), RFC 2349 (timeout, tsize),
 *          RFC 7440 (windowsize); RFC 2090 (multicast) by name; rollover of tftp-hpa (tftpd(8), M).
 * Message: a datagram: an opcode of two bytes; requests and options are texts ended by NUL, blocks and
 *          acknowledgements begin with a block number.
 * Units:   big-endian. A block shorter than agreed is the last one. Sizes and SHA-256 are of the bytes as
 *          sent; in netascii CR NUL counts as CR, and line ends stay CR LF.
 * Emits:   READ or WRITE of a file ASK at the request; ANSWER with size and SHA-256 when the last block was
 *          acknowledged, with the error, or when the flow ended. Facts: SERVES.
 * State:   who asked for what; the agreed options, the next block, whether the last one came. The server
 *          answers from a new port: that flow is announced by expect_flow() at the port of who asked, and
 *          its state begins with what was asked. Servers that answer from port 69 need none.
 * Missing: answers from another address than was asked, so those to requests sent to everybody; files sent
 *          to a group; a transfer asked for on another port than 69 and answered from a third one; block
 *          number 1 behind 65535 with a window larger than one, unless rollover was agreed. Of a window that
 *          the capture lacks a block of, the blocks behind it count as missing too. */
#include "proto/tftp.h"

#include <string.h>

#include "core/hash.h"

/* How the state of a transfer begins that this message asks for. */
static struct tftp_start start_of(const struct proto_ctx *x, const struct tftp_message *m)
{
	struct side asker = x->from_client ? flow_client(x) : flow_server(x);
	struct side server = x->from_client ? flow_server(x) : flow_client(x);
	struct tftp_start start = {.tsize = m->options.tsize,
				   .blksize = m->options.blksize,
				   .port = asker.port,
				   .server_port = server.port,
				   .code = (uint8_t)m->op,
				   .mode = m->mode,
				   .writes = m->op == TFTP_WRQ,
				   .has_tsize = m->options.has_tsize,
				   .name_cut = m->name.n > NAME_KEPT || m->cut,
				   .name_n = (uint8_t)min_size(m->name.n, NAME_KEPT)};

	memcpy(start.ip, asker.ip, sizeof(start.ip));
	if (start.name_n > 0)
		memcpy(start.name, m->name.p, start.name_n);
	return start;
}

/* The same request once more: the server has not answered yet, or its answer was lost. */
static bool is_again(struct proto_ctx *x, uint32_t digest)
{
	struct tftp_state *s = x->state;

	if (s->start.code == 0 || s->digest != digest)
		return false;
	if (s->running)
		return !s->done;
	if (pair_peek(x, 0) == NULL)
		return false;
	if (!expect_waits(x)) { /* it did answer, and will do so a second time from one more port */
		struct tftp_start again = s->start;

		again.again = 1;
		expect_flow(x, again.ip, again.port, proto_tftp.name, &again, sizeof(again));
	}
	return true;
}

static void request(struct proto_ctx *x, struct bytes msg, const struct tftp_message *m)
{
	struct tftp_state *s = x->state;
	uint32_t digest = (uint32_t)hash_bytes(msg.p, msg.n, 0);

	if (is_again(x, digest))
		return;
	tftp_break_off(x);
	if (!expect_waits(x))
		pair_answer(x, 0); /* the request before was answered, elsewhere */
	*s = (struct tftp_state){.start = start_of(x, m), .digest = digest, .served = s->served};
	s->start.act = tftp_say_request(x, &s->start, m);
	pair_ask(x, 0, s->start.act, &s->start, sizeof(s->start));
	expect_flow(x, s->start.ip, s->start.port, proto_tftp.name, &s->start, sizeof(s->start));
}

static bool tftp_message(struct proto_ctx *x, struct cursor c)
{
	struct bytes msg = {c.p, c.left};
	struct tftp_message m;

	x->why = tftp_read(&m, c, (x->l->flags & LAYER_CUT) != 0);
	if (x->why != NULL)
		return false;
	if (m.op != TFTP_RRQ && m.op != TFTP_WRQ)
		return tftp_move(x, &m);
	request(x, msg, &m);
	return true;
}

static void tftp_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct tftp_start start;

	if (ask->n != sizeof(start) || !expect_waits(x))
		return;
	memcpy(&start, ask->blob, sizeof(start));
	tftp_say_unanswered(x, &start);
}

static unsigned tftp_probe(const struct proto_ctx *x, struct cursor head)
{
	struct tftp_message m;
	bool right = tftp_read(&m, head, (x->l->flags & LAYER_CUT) != 0) == NULL;

	if (flow_client(x).port == TFTP_PORT || flow_server(x).port == TFTP_PORT)
		return right ? 90 : 15;
	/* Elsewhere only a request proves itself: a name, and one of three words. */
	if (right && m.mode != MODE_NONE)
		return 80;
	return right && tftp_begins(&m) ? 1 : 0;
}

const struct proto proto_tftp = {
	.name = "tftp", .on = ON_UDP, .eve = "tftp", .ports = {TFTP_PORT},
	.verified = VERIFIED_CAPTURE | VERIFIED_PEER,
	.state_size = sizeof(struct tftp_state), .own_size = sizeof(struct tftp_own), .transfers = true,
	.codes = tftp_codes, .code_count = TFTP_CODES, .fields = tftp_fields,
	.probe = tftp_probe, .message = tftp_message, .unanswered = tftp_unanswered, .end = tftp_break_off,
};

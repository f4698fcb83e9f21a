/* proto/tftp_move.c: the blocks of one transfer, put in order.
 *
 * A sender has at most a window of blocks on the way (RFC 7440; without that option, one), so a block says by
 * its number which ones have arrived before it. Those the capture does not hold are missing. Blocks that come
 * out of turn inside a window are not kept: after a loss the receiver does not keep them either, and they are
 * sent again. */
#include "proto/ascii.h"
#include "proto/tftp.h"

#include <string.h>

enum { FILE_NONE, FILE_OPEN, FILE_TURNED_AWAY };
enum { BEHIND = 0x8000 }; /* of two block numbers so far apart the second is the older one */

bool tftp_from_asker(const struct proto_ctx *x)
{
	const struct tftp_start *start = &((const struct tftp_state *)x->state)->start;
	struct side sender = x->from_client ? flow_client(x) : flow_server(x);

	return sender.port == start->port && memcmp(sender.ip, start->ip, sizeof(sender.ip)) == 0;
}

/* Blocks of a request that was not seen, from or to the usual port. */
static void begin_unseen(struct proto_ctx *x)
{
	struct tftp_start *start = &((struct tftp_state *)x->state)->start;
	struct side client = flow_client(x);

	start->code = TFTP_DATA;
	start->writes = x->from_client;
	start->port = client.port;
	start->server_port = flow_server(x).port;
	memcpy(start->ip, client.ip, sizeof(start->ip));
}

/* The first message of the transfer in this flow. */
static void begin_moving(struct proto_ctx *x)
{
	struct tftp_state *s = x->state;
	static const char name[] = "tftp";

	if (s->running)
		return;
	s->running = 1;
	s->expected = 1;
	s->window = 1;
	s->blksize = BLOCK_USUAL;
	s->tsize = s->start.tsize;
	s->has_tsize = s->start.has_tsize;
	if (pair_answer(x, 0) != NULL) /* the server answers from the port it was asked at */
		expect_none(x);
	if (s->served || tftp_from_asker(x))
		return;
	s->served = 1;
	struct side server = x->from_client ? flow_client(x) : flow_server(x);

	server.port = s->start.server_port;
	fact_say(x, &server, FACT_SERVES, (struct bytes){(const uint8_t *)name, sizeof(name) - 1},
		 server.port, 0, TRUST_SURE);
}

/* ---- blocks ---- */

/* RFC 764, "The NVT printer and keyboard": in netascii a CR alone is CR NUL. */
static void put(struct proto_ctx *x, struct bytes b)
{
	struct tftp_state *s = x->state;

	if (s->start.mode != MODE_NETASCII) {
		transfer_data(x, 0, b);
		return;
	}
	while (b.n > 0) {
		if (s->cr && b.p[0] == 0)
			b = ascii_skip(b, 1);
		size_t n = ascii_find(b, '\r');

		n = min_size(n + 1, b.n);
		transfer_data(x, 0, (struct bytes){b.p, n});
		s->cr = n > 0 && b.p[n - 1] == '\r';
		b = ascii_skip(b, n);
	}
}

/* A server that was not heard to agree to a size uses the usual one, or the one that was asked for. */
static uint32_t block_most(const struct tftp_state *s)
{
	if (s->start.code == TFTP_DATA)
		return BLOCK_MOST;
	if (s->oack)
		return s->blksize;
	return s->start.blksize > BLOCK_USUAL ? s->start.blksize : BLOCK_USUAL;
}

/* Passes over blocks that have arrived, as this one's number or an acknowledgement says, and were not seen.
 * Whatever comes before this block counts as missing then: the file is not whole in any case. */
static void pass_missing(struct proto_ctx *x, uint16_t block)
{
	struct tftp_state *s = x->state;
	uint16_t ahead = (uint16_t)(block - s->expected), known = (uint16_t)(s->acked - s->expected + 1);

	if (ahead == 0 || ahead >= BEHIND || (ahead < s->window && (known == 0 || known > ahead)))
		return;
	/* Some count on from 65535 with 1: nothing between them was confirmed. */
	if (s->expected != 0 || block != 1 || s->acked != UINT16_MAX)
		transfer_missing(x, 0, (uint64_t)ahead * s->blksize);
	s->expected = block;
}

static void next_block(struct tftp_state *s)
{
	s->expected = s->expected == UINT16_MAX ? s->rollover : (uint16_t)(s->expected + 1);
}

static bool on_data(struct proto_ctx *x, const struct tftp_message *m)
{
	struct tftp_state *s = x->state;
	size_t n = m->data.n + (m->cut ? x->l->payload_wire - x->l->payload.n : 0);

	if (n > block_most(s)) {
		x->why = "large-block";
		return false;
	}
	if (!s->oack && (n > s->blksize || (n > 0 && n == s->start.blksize)))
		s->blksize = (uint32_t)n; /* the agreement was not seen */
	if (s->file == FILE_NONE)
		s->file = transfer_open(x, 0) ? FILE_OPEN : FILE_TURNED_AWAY;
	pass_missing(x, m->block);
	if (m->block != s->expected)
		return true;
	put(x, m->data);
	transfer_missing(x, 0, n - m->data.n);
	s->last = m->block;
	s->ended = n < s->blksize;
	next_block(s);
	return true;
}

/* ---- the end ---- */

static void end(struct proto_ctx *x, uint8_t outcome, const struct tftp_message *error, const char *note)
{
	struct tftp_state *s = x->state;
	struct transfer_result r;
	bool file = s->file == FILE_OPEN && transfer_close(x, 0, s->ended, &r);

	s->done = 1;
	if (s->start.again && !s->ended)
		return; /* the client has the answer to its first request */
	tftp_say_end(x, outcome, file ? &r : NULL, error, s->multicast ? "multicast" : note);
}

void tftp_break_off(struct proto_ctx *x)
{
	const struct tftp_state *s = x->state;

	if (!s->running || s->done)
		return;
	if (s->ended)
		end(x, OUT_UNKNOWN, NULL, "unconfirmed");
	else
		end(x, OUT_PARTLY, NULL, NULL);
}

static void on_error(struct proto_ctx *x, const struct tftp_message *m)
{
	const struct tftp_state *s = x->state;

	end(x, s->file == FILE_NONE && !tftp_from_asker(x) ? OUT_REFUSED : OUT_PARTLY, m, NULL);
}

static void on_oack(struct tftp_state *s, const struct tftp_options *o)
{
	s->oack = 1;
	s->blksize = o->blksize != 0 ? o->blksize : BLOCK_USUAL;
	s->window = o->windowsize != 0 ? o->windowsize : 1;
	s->timeout = o->timeout;
	s->rollover = o->rollover;
	s->multicast = o->multicast;
	if (o->has_tsize) {
		s->tsize = o->tsize;
		s->has_tsize = 1;
	}
}

/* Blocks come from one side, acknowledgements from the other, options from the server; errors from both. */
static bool right_side(const struct proto_ctx *x, uint16_t op)
{
	const struct tftp_state *s = x->state;
	bool asker = tftp_from_asker(x), writes = s->start.writes;

	switch (op) {
	case TFTP_DATA:
		return asker == writes;
	case TFTP_ACK:
		return asker != writes;
	case TFTP_OACK:
		return !asker;
	}
	return true;
}

bool tftp_move(struct proto_ctx *x, const struct tftp_message *m)
{
	struct tftp_state *s = x->state;

	if (s->start.code == 0) {
		if (m->op == TFTP_ERROR)
			tftp_say_error(x, m);
		if (m->op != TFTP_DATA)
			return true;
		begin_unseen(x);
	}
	/* The same two ports may carry the answer to another request. */
	if (s->done && !(tftp_begins(m) && expect_again(x)))
		return true;
	if (!right_side(x, m->op)) {
		x->why = "wrong-side";
		return false;
	}
	begin_moving(x);
	switch (m->op) {
	case TFTP_DATA:
		return on_data(x, m);
	case TFTP_ACK:
		s->acked = m->block;
		if (s->ended && m->block == s->last)
			end(x, OUT_DONE, NULL, NULL);
		break;
	case TFTP_OACK:
		on_oack(s, &m->options);
		break;
	case TFTP_ERROR:
		on_error(x, m);
		break;
	}
	return true;
}

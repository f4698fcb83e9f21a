/* proto/haas.c: Haas machine data collection (MDC, "Ethernet Q commands"): who reads a Haas control, and who
 * writes its macro variables. There is no login of any kind (ICSA-22-298-01).
 *
 * Spec:    Haas, "Next Generation Control - Machine Data Collection" (MDC): queries, E commands, two
 *          connections at most, answers copied to all of them (H); labels and prompts as public clients
 *          expect them (M).
 * Message: a line of ASCII. "?Q600 5021" reads, "?E3004 1" writes; the control answers "MACRO, 12.5", or '!'
 *          for a write, with prompts, echoes, STX ... ETB and Telnet options around it, all of which is
 *          tolerated.
 * Units:   macro variables as people write them (#3004 is part 3004); values are decimal numbers of the
 *          control's own unit.
 * Emits:   queries WHOLE with their answer; writes ASK with variable and value, then ANSWER; answers nobody
 *          asked for on this connection as PUSH; a connection that the control ended without a word as
 *          "turned-away". Facts: serial number, software, model, each once a flow; the program that
 *          runs.
 * State:   which end asks; numbers of commands and answers: they are paired by label, in order.
 * Missing: a connection refused before any byte was sent never becomes this protocol's: the flow records show
 *          it. DPRNT output is another port. What a variable means is content/objects/. */
#include "proto/haas.h"

#include <string.h>

static bool plain(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t';
}

/* The first line in b that is more than filler. False: it has no end yet; *ret_line is what there is of it.
 *  */
static bool first_line(struct bytes b, struct bytes *ret_line)
{
	b = ascii_skip(b, haas_filler(b));
	size_t n = haas_line_end(b);

	*ret_line = haas_strip((struct bytes){b.p, n == 0 ? b.n : n});
	return n > 0;
}

static unsigned haas_probe(const struct proto_ctx *x, struct cursor head)
{
	enum { LABEL_MAX = 24 };
	struct bytes line;
	bool whole = first_line((struct bytes){head.p, head.left}, &line);

	(void)x;
	for (size_t i = 0; i < line.n; i++)
		if (!plain(line.p[i]))
			return 0;
	unsigned asks = haas_command_like(line), answers = haas_answer_like(line);

	if (asks + answers == 0 && !whole && line.n < LABEL_MAX)
		return 1;	/* it may become one */
	return asks > answers ? asks : answers;
}

/* Where a capture begins in the middle the first line tells who asks. On the known port the ends are known,
 * and an echo would look like a command. */
static void decide(struct proto_ctx *x, struct bytes have)
{
	struct haas_state *s = x->state;
	struct bytes line;

	if (x->ends_known || s->decided || flow_server(x).port == HAAS_PORT || !first_line(have, &line))
		return;
	s->decided = haas_answer_like(line) > 0 || haas_command_like(line) > 0;
	s->ends.swapped = s->decided && x->from_client == (haas_answer_like(line) > 0);
}

static struct cut haas_cut(struct proto_ctx *x, struct cursor c)
{
	struct bytes have = {c.p, c.left};
	size_t filler = haas_filler(have), n;

	if (have.n == 0)
		return cut_need(1);
	decide(x, have);
	if (filler > 0)
		return cut_message(filler);
	n = haas_line_end(have);
	for (size_t i = 0; i < (n == 0 ? have.n : n - 1); i++) {
		if (plain(have.p[i]))
			continue;
		/* a Telnet option whose rest is still to come */
		return i == 0 && have.p[0] == 0xff && have.n < LINE_KEPT ? cut_need(have.n + 1) : cut_lost();
	}
	if (n == 0)
		return have.n >= LINE_KEPT ? cut_lost() : cut_need(have.n + 1);
	return n > LINE_KEPT ? cut_lost() : cut_message(n);
}

static bool haas_message(struct proto_ctx *x, struct cursor msg)
{
	struct bytes line = haas_strip((struct bytes){msg.p, msg.left});

	if (line.n > 0 && line.p[line.n - 1] == 0x17)
		line = haas_strip(ascii_less(line, 1));
	if (line.n == 0)
		return true;
	if (ends_asks(x))
		return haas_request(x, line);
	haas_answer(x, line);
	return true;
}

static void haas_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct haas_state *s = x->state;

	(void)bytes;
	if (!ends_asks(x))
		s->heard = 1;	/* something came */
}

static void haas_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct haas_asked a = {0};

	memcpy(&a, ask->blob, min_size(ask->n, sizeof(a)));
	haas_say_open(x, &a, ask->act, OUT_UNANSWERED);
}

/* The control hung up on a client to whom it had not said a word, as it does when both its connections are
 * taken. A reset says it; with an orderly end it may have been the client that went away. */
static void haas_end(struct proto_ctx *x)
{
	const struct haas_state *s = x->state;
	const struct side device = ends_answering(x);
	bool reset = x->l != NULL && (x->l->tcp_flags & TCP_RST) && x->l->src_port == device.port &&
		     memcmp(x->l->src_ip, device.ip, sizeof(device.ip)) == 0;

	if (s->heard || s->asked == 0 || x->midstream || x->after_loss || (x->cut_off && !reset))
		return;
	struct obs *o = ends_begin(x, haas_code(CODE_TURNED_AWAY), PHASE_WHOLE);

	if (o->flags & FLAG_ONE_WAY)
		return;		/* what the control sent does not pass here */
	o->outcome = OUT_REFUSED;
	o->trust = reset ? TRUST_LIKELY : TRUST_GUESS;
	act_emit(x);
}

const struct proto proto_haas = {
	.name = "haas", .on = ON_TCP, .ports = {HAAS_PORT},
	.state_size = sizeof(struct haas_state), .own_size = sizeof(struct haas_own),
	.verified = VERIFIED_SYNTHETIC,
	.codes = haas_codes, .code_count = HAAS_CODES, .spaces = haas_spaces, .fields = haas_fields,
	.probe = haas_probe, .cut = haas_cut, .message = haas_message, .lost = haas_lost,
	.unanswered = haas_unanswered, .end = haas_end,
};

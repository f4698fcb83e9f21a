/* proto/lsv2.c: HEIDENHAIN LSV2: who logs in to a TNC control and with which privilege, who reads and
 * writes its files, parameters and keys.
 *
 * Spec:    none is public; lsv2.h names the sources and how far each is to be believed.
 * Message: length:4 (of the body) name:4 (a letter, '_', two letters) body. The client asks one thing at a
 *          time; the control answers with T_OK, T_ER, or S_ and the letters of the question. Blocks of
 *          files and listings are each acknowledged.
 * Units:   big-endian but for the numbers of type 5 of R_DP; texts end with NUL.
 * Emits:   questions WHOLE at the answer; everything else ASK, then ANSWER. Logins with the privilege, and
 *          whether the code printed in the manuals was used; the password itself goes nowhere. Files are
 *          transfers: an act at the beginning, one at the end with digest and canonical hash. Tool tables
 *          also cell by cell (lsv2_table.c). obs.code is the four letters, of a C_CC cc00 and its command.
 *          Facts: vendor, model, software, PLC program, once a flow; the programs that run.
 * State:   which end asks, the file or listing on its way, whether its end is acknowledged.
 * Missing: the telegrams marked "named only"; what newer controls carry inside SSH. */
#include "proto/lsv2.h"

#include <string.h>

static bool is_letter(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

/* Who sends this telegram: 1 the client, 2 the control, 3 either, 0 it is none. */
static unsigned sender(uint32_t code)
{
	uint8_t first = (uint8_t)(code >> 24);

	if (code == S_FL || code == T_FD || code == T_OK || code == T_ER || code == T_BD)
		return 3;
	if ((uint8_t)(code >> 16) != '_' || !is_letter((uint8_t)(code >> 8)) || !is_letter((uint8_t)code))
		return 0;
	return first == 'A' || first == 'C' || first == 'R' ? 1 : first == 'S' || first == 'M' ? 2 : 0;
}

static bool read_head(struct cursor *c, uint32_t *ret_length, uint32_t *ret_code)
{
	*ret_length = cur_be32(c);
	*ret_code = cur_be32(c);
	return !cur_broken(c) && *ret_length <= LSV2_LENGTH_MAX && sender(*ret_code) != 0;
}

static bool is_known(uint32_t code)
{
	return lsv2_row(code) != NULL || sender(code) == 3 ||
	       (code >> 24 == 'S' && lsv2_row((code & 0x00ffffff) | (uint32_t)'R' << 24) != NULL);
}

/* Twelve bits of a length and a name of a few are hardly anything else; a name nobody knows is worth
 * little. */
static unsigned lsv2_probe(const struct proto_ctx *x, struct cursor head)
{
	uint32_t length, code;

	(void)x;
	if (!read_head(&head, &length, &code))
		return 0;
	return is_known(code) ? 100 : 25;
}

static struct cut lsv2_cut(struct proto_ctx *x, struct cursor have)
{
	uint32_t length, code;

	(void)x;
	if (have.left < LSV2_HEAD)
		return cut_need(LSV2_HEAD);
	return read_head(&have, &length, &code) ? cut_message(LSV2_HEAD + (size_t)length) : cut_lost();
}

static bool lsv2_message(struct proto_ctx *x, struct cursor msg)
{
	struct lsv2_state *st = x->state;
	struct lsv2_telegram t;
	uint32_t length;

	if (!read_head(&msg, &length, &t.code)) {
		x->why = "length";
		return false;
	}
	t.body = cur_rest(&msg);
	unsigned by = sender(t.code);

	if (!st->decided && !x->ends_known && by != 3) {
		st->ends.swapped = x->from_client != (by == 1);
		st->decided = 1;
	}
	if (by != 3 && ends_asks(x) != (by == 1) && t.code != A_LG) { /* a login may have a password in it */
		x->why = "direction";
		return false;
	}
	return by == 1 || (by == 3 && ends_asks(x)) ? lsv2_ask(x, &t) : lsv2_answer(x, &t);
}

/* Answers are paired by their order: when some were lost, what is open can no longer be told from what
 * follows. */
static void lsv2_lost(struct proto_ctx *x, uint64_t bytes)
{
	const struct ask *open;
	struct lsv2_asked a;

	lsv2_file_missing(x, bytes);
	while (!ends_asks(x) && (open = pair_oldest(x)) != NULL) {
		uint64_t act = open->act;
		bool good = lsv2_unpack(open, &a);

		pair_answer(x, open->id);
		if (good)
			lsv2_ended(x, &a, act, OUT_UNKNOWN, 0);
	}
}

static void lsv2_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct lsv2_asked a;

	if (lsv2_unpack(ask, &a))
		lsv2_ended(x, &a, ask->act, OUT_UNANSWERED, 0);
}

/* A file whose end never came. */
static void lsv2_end(struct proto_ctx *x)
{
	const struct lsv2_state *st = x->state;

	if (st->mode == MODE_SEND || st->mode == MODE_READ)
		lsv2_file_end(x, PHASE_WHOLE, false, 0);
}

const struct proto proto_lsv2 = {
	.name = "lsv2", .on = ON_TCP, .ports = { LSV2_PORT },
	.state_size = sizeof(struct lsv2_state), .own_size = sizeof(struct lsv2_own), .transfers = true,
	.verified = VERIFIED_SYNTHETIC,
	.codes = lsv2_codes, .code_count = LSV2_CODES, .spaces = lsv2_spaces, .fields = lsv2_fields,
	.probe = lsv2_probe, .cut = lsv2_cut, .message = lsv2_message, .lost = lsv2_lost,
	.unanswered = lsv2_unanswered, .end = lsv2_end,
};

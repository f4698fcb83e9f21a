/* proto/ftp_act.c: what is kept of an FTP command until its reply comes, the acts about it, and the data flow
 * it announces. */
#include "proto/ftp.h"

#include <string.h>

struct bytes ftp_cwd(const struct ftp_state *s) { return (struct bytes){s->cwd, s->cwd_n}; }

uint8_t ftp_keep(uint8_t *to, size_t cap, struct bytes b)
{
	size_t n = min_size(min_size(b.n, cap), UINT8_MAX);

	if (n > 0)
		memcpy(to, b.p, n);
	return (uint8_t)n;
}

const struct proto_code *ftp_row(const struct ftp_told *t) { return &ftp_codes[t->note.row]; }

uint8_t ftp_how(const struct ftp_told *t) { return ftp_hows[t->note.row]; }

struct ftp_told ftp_told_over(const uint8_t *blob, size_t n)
{
	struct cursor c = cur_over((struct bytes){blob, n});
	const uint8_t *p = cur_take(&c, sizeof(struct ftp_note));
	struct ftp_told t = {0};

	if (p == NULL)
		return t;
	memcpy(&t.note, p, sizeof(t.note));
	t.command = cur_bytes(&c, t.note.command_n);
	t.data = cur_bytes(&c, t.note.data_n);
	t.path = cur_bytes(&c, t.note.path_n);
	return t;
}

struct obs *ftp_begin(struct proto_ctx *x, const struct ftp_told *t, uint8_t phase,
			      struct ftp_own **ret_own)
{
	const struct ftp_state *s = x->state;
	struct obs *o = ends_begin(x, ftp_row(t), phase);
	struct ftp_own *own = act_own(x, sizeof(*own));
	uint32_t code = ftp_row(t)->code;
	struct bytes name = t->path;

	if (code == FTP_RNTO && s->from_n > 0)
		name = (struct bytes){s->from, s->from_n};
	else if (code == FTP_PASS || code == FTP_ACCT)
		name = (struct bytes){s->user, s->user_n};
	else if (code == FTP_USER || code == FTP_SITE)
		name = t->data;
	o->object.name = act_text(x, name);
	if (code == FTP_RNTO)
		act_value(x, VAL_TEXT, 8, 1, t->path);
	if (ftp_how(t) & SECRET)
		act_value(x, VAL_SECRET, 0, 1, (struct bytes){NULL, 0});
	if (ftp_how(t) & OPAQUE)
		o->flags |= FLAG_OPAQUE;
	if (t->note.cut)
		o->flags |= FLAG_CUT;
	*ret_own = own;
	if (own == NULL)
		return o;
	own->command = act_text(x, t->command);
	own->command_data = act_text(x, t->data);
	own->command_cut = t->note.cut;
	return o;
}

struct obs *ftp_begin_answer(struct proto_ctx *x, const struct ftp_told *t, uint64_t act, struct bytes name,
			     struct ftp_own **ret_own)
{
	struct obs *o = ends_begin(x, ftp_row(t), PHASE_ANSWER);

	*ret_own = act_own(x, sizeof(**ret_own));
	o->object.name = act_text(x, name);
	o->re = act;
	return o;
}

struct span ftp_texts(struct proto_ctx *x, const struct span *spans, size_t n)
{
	void *p;
	struct span list = act_room(x, n * sizeof(*spans), &p);

	if (p != NULL)
		memcpy(p, spans, n * sizeof(*spans));
	return list;
}

struct span ftp_code_texts(struct proto_ctx *x, unsigned first, const uint8_t *last)
{
	const char digits[] = {(char)('0' + first / 100), (char)('0' + first / 10 % 10),
			       (char)('0' + first % 10), 0};
	struct span list[2];
	size_t n = 0;

	if (first != 0)
		list[n++] = act_str(x, digits);
	if (last != NULL)
		list[n++] = act_text(x, (struct bytes){last, 3});
	return ftp_texts(x, list, n);
}

void ftp_say_open(struct proto_ctx *x, const struct ftp_told *t, uint64_t act, uint8_t outcome)
{
	const struct ftp_state *s = x->state;
	struct ftp_own *own;
	struct obs *o;

	if (act == 0)
		o = ftp_begin(x, t, PHASE_WHOLE, &own);
	else
		o = ftp_begin_answer(x, t, act, t->path, &own);
	o->outcome = outcome;
	if (own != NULL) {
		bool begun = s->is_running && act != 0 && act == s->running;

		own->received = begun ? 1 : 2;
		if (begun)
			own->completion = ftp_code_texts(x, 100u + s->running_code, NULL);
	}
	act_emit(x);
}

void ftp_expect_data(struct proto_ctx *x)
{
	const struct ftp_state *s = x->state;
	const struct ftp_data_start start = {.active = s->active};

	if (s->data_port != 0)
		expect_flow(x, s->data_ip, s->data_port, proto_ftp_data.name, &start, sizeof(start));
}

void ftp_expect_command(struct proto_ctx *x, uint64_t act, const struct ftp_told *t)
{
	const struct ftp_state *s = x->state;
	struct ftp_data_start start = {.act = act, .row = t->note.row, .active = s->active};

	start.name_n = ftp_keep(start.name, sizeof(start.name), t->path);
	if (s->data_port != 0)
		expect_more(x, &start, sizeof(start));
}

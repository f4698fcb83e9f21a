/* proto/http_body.c: where HTTP messages end: heads, bodies and chunks; and the files that bodies carry. */
#include "proto/http.h"

#include <string.h>

enum {
	FIRST_LINE_MAX = 16384, /* RFC 9112 3 asks for 8000 at least */
	CHUNK_LINE_MAX = 4096,
	TRAILERS_MAX = 8192,
};

/* ---- files ---- */

/* Keys of transfers: the direction of the body. */
uint32_t http_key(const struct http_state *s, const struct http_half *h) { return (uint32_t)(h - s->half); }

bool http_file_open(struct proto_ctx *x, struct http_half *h)
{
	if (!h->open && !h->form)
		h->open = transfer_open(x, http_key(x->state, h));
	return h->open;
}

void http_file_called(struct http_half *h, struct bytes name)
{
	if (name.n == 0)
		name = (struct bytes){(const uint8_t *)"/", 1};
	h->name_n = (uint8_t)min_size(name.n, NAME_MAX_KEPT);
	memcpy(h->name, name.p, h->name_n);
}

void http_file_close(struct proto_ctx *x, struct http_half *h, bool complete)
{
	struct http_state *s = x->state;
	struct transfer_result r;
	bool was_open = h->open;

	if (h == &s->half[1])
		http_inner_body_ends(x);
	h->open = 0;
	h->left = 0;
	if (!was_open || !transfer_close(x, http_key(s, h), complete, &r) || r.size == 0)
		return;
	bool up = h == &s->half[0];

	/* One part of it (RFC 9110 15.3.7); the next asker may want other parts. */
	r.complete &= up || h->status != 206;
	const struct proto_code *row =
		proto_code(&proto_http, up ? CODE_FILE_TO_SERVER : CODE_FILE_TO_CLIENT);
	struct obs *o = ends_begin(x, row, PHASE_ANSWER);
	struct http_own *own = act_own(x, sizeof(*own));

	o->re = h->act;
	/* The server has yet to say whether it takes what was sent to it. */
	o->outcome = !r.complete      ? OUT_PARTLY
		     : up	      ? OUT_UNKNOWN
		     : h->status == 0 ? OUT_DONE
				      : http_outcome(h->status);
	o->result = h->status;
	o->object.name = act_text(x, (struct bytes){h->name, h->name_n});
	if (own != NULL) {
		own->status = h->status;
		own->file.size = r.size;
		own->file.missing = r.missing;
		memcpy(own->file.sha256, r.sha256, sizeof(own->file.sha256));
		own->file.entropy = r.entropy;
		own->file.complete = r.complete;
		own->file.name = o->object.name;
		own->file.magic = act_str(x, r.magic);
	}
	act_emit(x);
}

/* ---- how long a body is ---- */

/* RFC 9112 6.3 for requests. */
enum http_framing http_framing_of_request(const struct http_head *h)
{
	if (h->chunked)
		return BODY_CHUNKS;
	return h->has_length && !h->no_framing && h->length > 0 ? BODY_LENGTH : BODY_NONE;
}

/* RFC 9112 6.3 for answers; row: of the request's method, NULL when the request was not seen. */
enum http_framing http_framing_of_answer(const struct http_head *h, const struct proto_code *row)
{
	bool to_head = row != NULL && row->code == CODE_HEAD;
	bool to_connect = row != NULL && row->code == CODE_CONNECT;

	if (h->code / 100 == 1 || h->code == 204 || h->code == 304 || to_head ||
	    (to_connect && h->code / 100 == 2))
		return BODY_NONE;
	if (h->chunked)
		return BODY_CHUNKS;
	if (h->coded || h->no_framing || !h->has_length)
		return BODY_FLOW;
	return h->length > 0 ? BODY_LENGTH : BODY_NONE;
}

static struct cut cut_framed(struct http_half *h, enum http_framing framing, size_t head, uint64_t length)
{
	h->ahead = framing == BODY_CHUNKS;
	if (framing == BODY_LENGTH)
		return cut_body(head, length);
	return framing == BODY_FLOW ? cut_body(head, BODY_TO_END) : cut_message(head);
}

void http_body_begins(struct http_half *h, enum http_framing framing, uint64_t length)
{
	h->stage = framing == BODY_CHUNKS ? AT_CHUNK : AT_HEAD;
	h->left = framing == BODY_LENGTH ? length : framing == BODY_FLOW ? BODY_TO_END : 0;
}

/* ---- cutting ---- */

/* Bytes up to and with the first empty line; 0: it is not there yet. What was scanned in vain is not scanned
 * again, so that a head that comes byte by byte costs what it costs at once. */
static size_t head_end(struct http_half *h, struct bytes have)
{
	uint64_t front = 0;

	memcpy(&front, have.p, min_size(have.n, sizeof(front)));
	if (have.n < sizeof(front) || front != h->front || h->scanned > have.n)
		h->scanned = 0;
	h->front = front;
	size_t at = h->scanned;

	for (;;) {
		at += ascii_find(ascii_skip(have, at), '\n');
		struct bytes next = ascii_skip(have, at + 1);

		if (next.n > 0 && next.p[0] == '\n')
			return at + 2;
		if (next.n > 1 && next.p[0] == '\r' && next.p[1] == '\n')
			return at + 3;
		if (next.n < 2)
			break;
		at++;
	}
	h->scanned = (uint32_t)min_size(at, have.n);
	return 0;
}

static struct cut more(struct bytes have) { return have.n >= CUT_MAX ? cut_lost() : cut_need(have.n + 1); }

size_t http_empty_lines(struct bytes have)
{
	size_t n = 0;

	while (n < have.n &&
	       (have.p[n] == '\n' || (have.p[n] == '\r' && n + 1 < have.n && have.p[n + 1] == '\n')))
		n += have.p[n] == '\n' ? 1 : 2;
	return n;
}

static struct cut cut_request(struct proto_ctx *x, struct http_half *h, struct bytes have)
{
	const struct http_state *s = x->state;
	int like = http_request_like(have);
	struct http_head head;

	if (like < 0 || ascii_find(have, '\n') >= FIRST_LINE_MAX)
		return cut_lost();
	if (like == 0)
		return cut_need(have.n + 1);
	if (like == 2) /* HTTP/0.9 has no fields, and one request a flow */
		return s->asked == 0 && !x->after_loss ? cut_message(ascii_find(have, '\n') + 1) : cut_lost();
	size_t n = head_end(h, have);

	if (n == 0)
		return more(have);
	if (!http_head((struct bytes){have.p, n}, &head))
		return cut_lost();
	return cut_framed(h, http_framing_of_request(&head), n, head.length);
}

/* The method of the request that the next answer belongs to; NULL: not seen. */
static const struct proto_code *next_row(struct proto_ctx *x)
{
	const struct http_state *s = x->state;
	const struct ask *ask = s->answered < s->asked ? pair_peek(x, s->answered) : NULL;

	return ask == NULL ? NULL : &http_codes[http_told_over(ask->blob, ask->n).note.row];
}

static struct cut cut_answer(struct proto_ctx *x, struct http_half *h, struct bytes have)
{
	const struct http_state *s = x->state;
	int like = http_answer_like(have);
	struct http_head head;

	if (like < 0) /* HTTP/0.9 answers with the body alone */
		return s->asked == 1 && s->answered == 0 && !x->after_loss ? cut_body(0, BODY_TO_END)
									   : cut_lost();
	if (like == 0)
		return cut_need(have.n + 1);
	size_t n = head_end(h, have);

	if (n == 0)
		return more(have);
	if (!http_head((struct bytes){have.p, n}, &head))
		return cut_lost();
	return cut_framed(h, http_framing_of_answer(&head, next_row(x)), n, head.length);
}

enum chunk { CHUNK_BAD, CHUNK_MORE, CHUNK_DATA, CHUNK_LAST };

/* What stands at the front of chunked bytes (RFC 9112 7.1): [line end] size [;extension] line end, and after
 * size 0 the trailers with their empty line. *ret_n: its bytes. */
static enum chunk chunk_at(enum http_stage stage, struct bytes have, size_t *ret_n, uint64_t *ret_size)
{
	struct cursor c = cur_over(have);
	bool ended;

	*ret_n = 1;
	if (stage == AT_NEXT_CHUNK) {
		struct bytes none = ascii_line(&c, &ended);

		if (none.n > 1 || (none.n == 1 && (ended || none.p[0] != '\r')))
			return CHUNK_BAD;
		if (!ended)
			return CHUNK_MORE;
	}
	struct bytes line = ascii_line(&c, &ended);

	*ret_n = have.n - c.left;
	if (*ret_n > CHUNK_LINE_MAX) {
		*ret_n = CHUNK_LINE_MAX + 1;
		return CHUNK_BAD;
	}
	if (!ended)
		return CHUNK_MORE;
	if (!ascii_hex(ascii_trim(ascii_until(&line, ';')), ret_size))
		return CHUNK_BAD;
	if (*ret_size > 0)
		return CHUNK_DATA;
	do {
		line = ascii_line(&c, &ended);
		*ret_n = have.n - c.left;
		if (*ret_n > TRAILERS_MAX) {
			*ret_n = TRAILERS_MAX + 1;
			return CHUNK_BAD;
		}
		if (!ended)
			return CHUNK_MORE;
	} while (line.n > 0);
	return CHUNK_LAST;
}

static struct cut cut_chunk(enum http_stage stage, struct bytes have)
{
	uint64_t size = 0;
	size_t n = 0;

	switch (chunk_at(stage, have, &n, &size)) {
	case CHUNK_MORE:
		return cut_need(have.n + 1);
	case CHUNK_DATA:
		return cut_body(n, size);
	case CHUNK_BAD:
	case CHUNK_LAST:
		break;
	}
	return cut_message(n); /* a bad one is refused by message() */
}

struct cut http_cut(struct proto_ctx *x, struct cursor c)
{
	struct http_state *s = x->state;
	struct bytes have = {c.p, c.left};
	struct http_half *h;

	if (have.n == 0)
		return cut_need(1);
	if (!x->ends_known && s->asked == 0 && s->answered == 0)
		s->ends.swapped = x->from_client ? http_answer_like(have) == 1 : http_request_like(have) == 1;
	h = http_half_of(x);
	if (h->stage != AT_HEAD)
		return cut_chunk(h->stage, have);
	/* Who looks further ahead than the head finds chunks there. */
	if (h->ahead && (ends_asks(x) ? http_request_like(have) < 1 : http_answer_like(have) < 1))
		return cut_chunk(AT_CHUNK, have);
	h->ahead = 0;
	size_t empty = http_empty_lines(have);

	if (empty > 0)
		return cut_message(empty);
	if (have.p[0] == '\r')
		return have.n == 1 ? cut_need(2) : cut_lost();
	return ends_asks(x) ? cut_request(x, h, have) : cut_answer(x, h, have);
}

bool http_chunk(struct proto_ctx *x, struct http_half *h, struct bytes msg)
{
	uint64_t size = 0;
	size_t n = 0;

	switch (chunk_at(h->stage, msg, &n, &size)) {
	case CHUNK_DATA:
		h->stage = AT_NEXT_CHUNK;
		h->left = size;
		return true;
	case CHUNK_LAST:
		h->stage = AT_HEAD;
		http_file_close(x, h, true);
		return true;
	case CHUNK_BAD:
	case CHUNK_MORE:
		break;
	}
	h->stage = AT_HEAD;
	http_file_close(x, h, false);
	x->why = "bad-chunk";
	return false;
}

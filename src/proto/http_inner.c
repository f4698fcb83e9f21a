/* proto/http_inner.c: what is shown to the protocols that speak through HTTP ("over http"): MTConnect.
 *
 * An answer in XML whose flow is nobody's yet is shown with the line of its request in front, as much of its
 * beginning as tells. Whoever takes it is shown the later requests, answers and bodies of the flow: heads as
 * "METHOD URL LF", bodies as they come. struct http_state says which of them it is (inner_what), how many
 * requests and answers there were, and the status. Secrets in the URL are masked before. */
#include "proto/http.h"

enum { FRONT = 768, LINE = 640, KEY = 1 };

static struct bytes line_of(const struct http_told *t, uint8_t line[LINE])
{
	struct ascii_pen pen = {.p = line, .cap = LINE - 1};

	ascii_put(&pen, t->part[METHOD]);
	ascii_puts(&pen, " ");
	ascii_put(&pen, t->part[URL]);
	line[pen.n] = '\n';
	return (struct bytes){line, pen.n + 1};
}

static void show(struct proto_ctx *x, uint8_t what, struct bytes b)
{
	struct http_state *s = x->state;

	s->inner_what = what;
	pass(x, cur_over(b));
}

void http_inner_request(struct proto_ctx *x, const struct http_told *t)
{
	const struct http_state *s = x->state;
	uint8_t line[LINE];

	if (s->inner == INNER_TAKEN)
		show(x, INNER_REQUEST, line_of(t, line));
}

static bool may_hold_xml(struct bytes type)
{
	return ascii_has(type, "xml") || ascii_begins(type, "multipart/x-mixed-replace");
}

void http_inner_answer(struct proto_ctx *x, const struct http_told *t, struct bytes type)
{
	struct http_state *s = x->state;
	uint8_t line[LINE];

	s->inner_xml = may_hold_xml(type);
	if (s->inner == INNER_TAKEN) {
		show(x, INNER_ANSWER, line_of(t, line));
		return;
	}
	if (s->inner == INNER_WAITING)
		gather_drop(x, KEY);
	s->inner = INNER_OPEN;
	if (s->inner_xml && s->inner_tried < INNER_TRIES && gather_add(x, KEY, line_of(t, line))) {
		s->inner = INNER_WAITING;
		s->inner_left = FRONT;
	}
}

/* The beginning of the body is there, or all of it: does anybody know it? */
static void decide(struct proto_ctx *x)
{
	struct http_state *s = x->state;
	struct bytes front = gather_take(x, KEY);

	s->inner_tried++;
	s->inner_what = INNER_FRONT;
	s->inner = front.n > 0 && pass(x, cur_over(front)) ? INNER_TAKEN : INNER_OPEN;
}

void http_inner_data(struct proto_ctx *x, struct bytes piece)
{
	struct http_state *s = x->state;

	if (s->inner == INNER_TAKEN && s->inner_xml && piece.n > 0) {
		show(x, INNER_BODY, piece);
		return;
	}
	if (s->inner != INNER_WAITING)
		return;
	size_t n = min_size(piece.n, s->inner_left);

	if (n > 0 && !gather_add(x, KEY, (struct bytes){piece.p, n})) {
		s->inner = INNER_OPEN;
		return;
	}
	s->inner_left = (uint16_t)(s->inner_left - n);
	if (s->inner_left > 0)
		return;
	decide(x);
	if (s->inner == INNER_TAKEN && piece.n > n)
		show(x, INNER_BODY, ascii_skip(piece, n));
}

void http_inner_body_ends(struct proto_ctx *x)
{
	const struct http_state *s = x->state;

	if (s->inner == INNER_WAITING)
		decide(x);
}

void http_inner_lost(struct proto_ctx *x)
{
	struct http_state *s = x->state;

	if (s->inner == INNER_WAITING)
		gather_drop(x, KEY);
	if (s->inner == INNER_WAITING)
		s->inner = INNER_OPEN;
}

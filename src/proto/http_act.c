/* proto/http_act.c: what is kept of an HTTP request until its answer comes, and the acts about it. */
#include "proto/http.h"

#include <string.h>

struct http_half *http_half_of(const struct proto_ctx *x)
{
	struct http_state *s = x->state;

	return &s->half[ends_asks(x) ? 0 : 1];
}

static const uint16_t part_max[PARTS] = {
	[METHOD] = 24, [URL] = 496,	 [HOST] = 112,	[AGENT] = 112, [REFERER] = 96,
	[TYPE] = 40,   [FORWARDED] = 40, [SCHEME] = 12, [USER] = 64,
};

_Static_assert(sizeof(struct http_note) + 24 + 496 + 112 + 112 + 96 + 40 + 40 + 12 + 64 <= ASK_BLOB_MAX,
	       "fits pair_ask()");

uint8_t http_version_word(uint8_t version) { return version == 9 ? 1 : version == 10 ? 2 : 3; }

static struct bytes credentials(const struct http_head *h) { return h->auth.n > 0 ? h->auth : h->proxy_auth; }

size_t http_note_make(const struct http_head *h, uint8_t blob[ASK_BLOB_MAX])
{
	struct bytes authority = http_authority(h->target);
	struct bytes host = authority.n > 0 ? authority : h->host; /* RFC 9112 3.2.2 */
	struct http_note note = {.row = http_row(h->method), .version = http_version_word(h->version)};
	struct ascii_pen pen = {.p = blob, .n = sizeof(note)};
	const struct bytes parts[PARTS] = {
		[METHOD] = h->method,
		[URL] = h->target,
		[HOST] = host,
		[AGENT] = h->agent,
		[REFERER] = h->referer,
		[TYPE] = h->type,
		[FORWARDED] = h->forwarded,
		[SCHEME] = http_scheme(credentials(h)),
	};

	note.absolute = authority.n > 0 || ascii_is(h->method, "CONNECT");
	for (unsigned i = 0; i < PARTS; i++) {
		size_t from = pen.n;

		pen.cap = from + part_max[i];
		if (i == URL || i == REFERER)
			http_mask(&pen, parts[i]);
		else if (i == USER)
			pen.n += http_user(credentials(h), blob + from, part_max[i]);
		else
			http_unfold(&pen, parts[i]);
		note.n[i] = (uint16_t)(pen.n - from);
	}
	note.cut = pen.cut;
	memcpy(blob, &note, sizeof(note));
	return pen.n;
}

struct http_told http_told_over(const uint8_t *blob, size_t n)
{
	struct cursor c = cur_over((struct bytes){blob, n});
	const uint8_t *p = cur_take(&c, sizeof(struct http_note));
	struct http_told t = {0};

	if (p == NULL)
		return t;
	memcpy(&t.note, p, sizeof(t.note));
	for (unsigned i = 0; i < PARTS; i++)
		t.part[i] = cur_bytes(&c, t.note.n[i]);
	return t;
}

struct obs *http_begin(struct proto_ctx *x, const struct http_told *t, uint8_t phase,
			      struct http_own **ret_own)
{
	struct obs *o = ends_begin(x, &http_codes[t->note.row], phase);
	struct http_own *own = act_own(x, sizeof(*own));

	o->object.name = act_text(x, t->part[URL]);
	if (t->note.cut)
		o->flags |= FLAG_CUT;
	if (http_codes[t->note.row].code == CODE_POST) /* POST: what it does is the server's own affair */
		o->trust = TRUST_LIKELY;
	*ret_own = own;
	if (own == NULL)
		return o;
	own->url = o->object.name;
	own->method = act_text(x, t->part[METHOD]);
	own->hostname = act_text(x, http_host(t->part[HOST], &own->port));
	own->agent = act_text(x, t->part[AGENT]);
	own->referer = act_text(x, t->part[REFERER]);
	own->request_type = act_text(x, t->part[TYPE]);
	own->forwarded = act_text(x, t->part[FORWARDED]);
	own->scheme = act_text(x, t->part[SCHEME]);
	own->version = t->note.version;
	return o;
}

void http_say_open(struct proto_ctx *x, const struct ask *ask, uint8_t outcome)
{
	struct http_told t = http_told_over(ask->blob, ask->n);
	struct http_own *own;

	if (ask->act == 0) {
		http_begin(x, &t, PHASE_WHOLE, &own)->outcome = outcome;
	} else {
		struct obs *o = ends_begin(x, &http_codes[t.note.row], PHASE_ANSWER);

		o->object.name = act_text(x, t.part[URL]);
		o->re = ask->act;
		o->outcome = outcome;
	}
	act_emit(x);
}

uint8_t http_outcome(uint16_t status)
{
	if (status == 207) /* RFC 4918 11.1: some of it may have failed */
		return OUT_PARTLY;
	switch (status / 100) {
	case 2:
	case 3:
		return OUT_DONE;
	case 4:
	case 5:
		return OUT_REFUSED;
	}
	return status == 101 ? OUT_DONE : OUT_UNKNOWN;
}

/* proto/mtconnect.c: MTConnect agents over HTTP: who reads which machines, and who writes what machines seem
 * to say.
 *
 * Spec:    ANSI/MTC1.4 part 1 ("MTC", H): requests /probe /current /sample /asset(s), documents
 *          MTConnectDevices, Streams, Assets, Error; the agent of the MTConnect Institute for PUT, POST and
 *          DELETE, which the standard does not have (H, its source).
 * Message: what http_inner.c shows: the line of a request, the same when its answer comes, and pieces of the
 *          document.
 * Units:   paths as in the URL; values are text.
 * Emits:   reads WHOLE with the answer; PUT, POST and DELETE ASK, one act for each value, and ANSWER; state,
 *          program and mode of a machine as PUSH when they are others than before. Facts: version of the
 *          agent; maker, model, serial number and name of the machine, when the agent has only one; the
 *          program that runs.
 * State:   where the scanner is in the document; digests of what was said; the states seen last.
 * Missing: documents in JSON; values beyond the five states; several machines behind one agent are not told
 *          apart in the ledger. http says the same requests in its own words. */
#include "proto/mtconnect.h"

#include <string.h>

static const struct proto_code codes[MTC_CODES] = {
	{MTC_PROBE, "probe", VERB_IDENTIFY, CLASS_DEVICE, CODE_REQUEST | CODE_ANSWER, "MTC part 1, 8.3.1"},
	{MTC_CURRENT, "current", VERB_READ, CLASS_DATA, CODE_REQUEST | CODE_ANSWER, "MTC part 1, 8.3.2"},
	{MTC_SAMPLE, "sample", VERB_READ, CLASS_DATA, CODE_REQUEST | CODE_ANSWER, "MTC part 1, 8.3.3"},
	{MTC_ASSETS, "assets", VERB_READ, CLASS_TOOL, CODE_REQUEST | CODE_ANSWER, "MTC part 1, 8.3.4"},
	{MTC_PUT, "put", VERB_WRITE, CLASS_DATA, CODE_REQUEST | CODE_ANSWER,
	 "{institute-agent}: AllowPut (H)"},
	{MTC_POST, "post", VERB_WRITE, CLASS_TOOL, CODE_REQUEST | CODE_ANSWER,
	 "{institute-agent}: {post-asset} (H)"},
	{MTC_DELETE, "delete", VERB_DELETE, CLASS_CONFIG, CODE_REQUEST | CODE_ANSWER,
	 "{institute-agent}: {delete-asset} (H)"},
	{MTC_STATE, "state", VERB_REPORT, CLASS_DEVICE, CODE_PUSH, "MTC part 3, 4: Execution, Program ..."},
	{MTC_REFUSAL, "error", VERB_REPORT, CLASS_DIAG, CODE_PUSH, "MTC part 1, 9.1: MTConnectError"},
};

/* ---- recognising ---- */

/* The root of the document stands in its beginning; "<success/>" is how the agent answers a PUT or POST. */
static unsigned mtc_probe(const struct proto_ctx *x, struct cursor c)
{
	struct bytes b = {c.p, c.left}, line = ascii_until(&b, '\n');

	(void)x;
	for (struct bytes at = b; at.n > 0;) {
		at = ascii_skip(at, ascii_find(at, '<') + 1);
		struct bytes name = at;

		if (ascii_begins(name, "mt:") || ascii_begins(name, "m:"))
			name = ascii_skip(name, ascii_find(name, ':') + 1);
		if (ascii_begins(name, "MTConnectDevices") || ascii_begins(name, "MTConnectStreams") ||
		    ascii_begins(name, "MTConnectAssets") || ascii_begins(name, "MTConnectError"))
			return 100;
	}
	bool writes = ascii_begins(line, "PUT ") || ascii_begins(line, "POST ");

	return writes && ascii_begins(b, "<success/>") ? 60 : 0;
}

/* ---- requests ---- */

static struct bytes last_word(struct bytes path)
{
	while (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	for (size_t n = path.n; n > 0; n--)
		if (path.p[n - 1] == '/')
			return ascii_skip(path, n);
	return path;
}

static bool asks_asset(struct bytes path)
{
	return ascii_has(path, "/asset/") || ascii_has(path, "/assets/") ||
	       ascii_is(last_word(path), "assets") || ascii_is(last_word(path), "asset");
}

/* 0: a file or page of the agent's, which http tells well enough. A path without one of the words is a probe.
 *  */
static uint8_t code_of(struct bytes method, struct bytes path)
{
	struct bytes word = last_word(path);

	if (ascii_is(method, "PUT") || ascii_is(method, "POST"))
		return asks_asset(path) ? MTC_POST : MTC_PUT;
	if (ascii_is(method, "DELETE"))
		return MTC_DELETE;
	if (!ascii_is(method, "GET"))
		return 0;
	if (ascii_is(word, "current"))
		return MTC_CURRENT;
	if (ascii_is(word, "sample"))
		return MTC_SAMPLE;
	if (asks_asset(path))
		return MTC_ASSETS;
	return ascii_is(word, "probe") || ascii_find(word, '.') == word.n ? MTC_PROBE : 0;
}

static struct obs *begin(struct proto_ctx *x, const struct mtc_asked *a, uint8_t phase)
{
	struct obs *o = act_begin_code(x, proto_code(&proto_mtconnect, a->code));

	o->phase = phase;
	o->actor = ends_asking(x->outer);
	o->device = ends_answering(x->outer);
	o->object.name = act_text(x, (struct bytes){a->path, a->path_n});
	return o;
}

/* "key=value" of a PUT, one act each: what the machine is made to say. */
static uint64_t say_put(struct proto_ctx *x, const struct mtc_asked *a, struct bytes query)
{
	uint64_t first = 0;
	unsigned items = 0, i = 0;

	for (struct bytes rest = query; rest.n > 0; ascii_until(&rest, '&'))
		items++;
	do {
		struct bytes value = ascii_until(&query, '&'), key = ascii_until(&value, '=');
		struct obs *o = begin(x, a, PHASE_ASK);
		uint8_t text[sizeof(a->path) + NAME_MAX + 1];
		struct ascii_pen pen = {.p = text, .cap = sizeof(text)};

		ascii_put(&pen, (struct bytes){a->path, a->path_n});
		ascii_puts(&pen, " ");
		ascii_put(&pen, key);
		o->item = (uint16_t)i;
		o->items = (uint16_t)(items > 1 ? min_size(items, PUT_ITEMS) : 1);
		if (key.n > 0)
			o->object.name = act_text(x, (struct bytes){text, pen.n});
		if (value.n > 0)
			act_value(x, VAL_TEXT, 8, (unsigned)value.n, value);
		if (i + 1 == PUT_ITEMS && query.n > 0)
			o->flags |= FLAG_REST;
		uint64_t act = act_emit(x);

		first = first == 0 ? act : first;
	} while (query.n > 0 && ++i < PUT_ITEMS);
	return first;
}

/* Takes "METHOD URL" apart. False: nothing that is said here. */
static bool request(struct bytes line, struct mtc_asked *ret, struct bytes *ret_query)
{
	struct bytes method = ascii_until(&line, ' ');
	struct bytes path = http_path(line);

	*ret_query = line;
	ascii_until(ret_query, '?');
	*ret = (struct mtc_asked){.code = code_of(method, path)};
	ret->path_n = (uint8_t)min_size(path.n, sizeof(ret->path));
	if (path.n > 0)
		memcpy(ret->path, path.p, ret->path_n);
	return ret->code != 0;
}

static uint64_t say_change(struct proto_ctx *x, const struct mtc_asked *a, struct bytes query)
{
	if (a->code == MTC_PUT)
		return say_put(x, a, query);
	begin(x, a, PHASE_ASK);
	return act_emit(x);
}

static bool changes(uint8_t code)
{
	return code == MTC_PUT || code == MTC_POST || code == MTC_DELETE;
}

static void ask(struct proto_ctx *x, struct bytes line)
{
	const struct http_state *outer = x->outer->state;
	struct mtc_asked a;
	struct bytes query;

	if (!request(line, &a, &query))
		return;
	uint64_t act = changes(a.code) ? say_change(x, &a, query) : 0;

	if (pair_ask(x, outer->asked, act, &a, sizeof(a)) || act != 0)
		return;
	begin(x, &a, PHASE_WHOLE)->outcome = OUT_UNKNOWN;
	act_emit(x);
}

/* ---- answers ---- */

static void say_outcome(struct proto_ctx *x, const struct mtc_asked *a, uint64_t act, uint8_t outcome)
{
	const struct http_state *outer = x->outer == NULL ? NULL : x->outer->state;
	struct obs *o;

	if (outer == NULL) {	/* a timer's: only the act is known */
		o = act_begin_code(x, proto_code(&proto_mtconnect, a->code));
		o->phase = act == 0 ? PHASE_WHOLE : PHASE_ANSWER;
		o->object.name = act_text(x, (struct bytes){a->path, a->path_n});
	} else {
		o = begin(x, a, act == 0 ? PHASE_WHOLE : PHASE_ANSWER);
		o->result = outer->half[1].status;
	}
	o->re = act;
	o->outcome = outcome;
	act_emit(x);
}

static void answer(struct proto_ctx *x)
{
	const struct http_state *outer = x->outer->state;
	const struct ask *found = pair_answer(x, outer->answered);
	struct mtc_asked a = {0};

	mtc_xml_begins(x->state);
	if (found == NULL)
		return;
	memcpy(&a, found->blob, min_size(found->n, sizeof(a)));
	say_outcome(x, &a, found->act, http_outcome(outer->half[1].status));
}

/* The answer that showed what the flow is: its request and its answer are said together. */
static void front(struct proto_ctx *x, struct bytes line)
{
	const struct http_state *outer = x->outer->state;
	struct mtc_asked a;
	struct bytes query;

	mtc_xml_begins(x->state);
	if (request(line, &a, &query))
		say_outcome(x, &a, changes(a.code) ? say_change(x, &a, query) : 0,
			    http_outcome(outer->half[1].status));
}

static bool mtc_message(struct proto_ctx *x, struct cursor c)
{
	const struct http_state *outer = x->outer->state;
	struct bytes b = {c.p, c.left};

	switch (outer->inner_what) {
	case INNER_BODY:
		mtc_xml(x, b);
		return true;
	case INNER_REQUEST:
		ask(x, ascii_until(&b, '\n'));
		return true;
	case INNER_ANSWER:
		answer(x);
		return true;
	}
	front(x, ascii_until(&b, '\n'));
	mtc_xml(x, b);
	return true;
}

static void mtc_lost(struct proto_ctx *x, uint64_t bytes)
{
	(void)bytes;
	mtc_xml_begins(x->state);
}

static void mtc_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct mtc_asked a = {0};

	memcpy(&a, ask->blob, min_size(ask->n, sizeof(a)));
	say_outcome(x, &a, ask->act, OUT_UNANSWERED);
}

const struct proto proto_mtconnect = {
	.name = "mtconnect", .on = ON_PROTO, .over = "http",
	.state_size = sizeof(struct mtc_state),
	.verified = VERIFIED_SYNTHETIC,
	.codes = codes, .code_count = MTC_CODES,
	.probe = mtc_probe, .message = mtc_message, .lost = mtc_lost, .unanswered = mtc_unanswered,
};

/* proto/dcerpc.c: DCE/RPC, the remote calls of Windows: which interface is called, which operation, with what
 * arguments where they change something or run a program.
 *
 * Spec:    C706 chapter 12 (PDUs), appendices I and O (epmapper); [MS-RPCE] 2.2.2 (what Windows adds); each
 *          interface: the document beside its name in dcerpc_codes.c.
 * Message: version:1 minor:1 type:1 flags:1 representation:4 length:2 trailer length:2 call:4 body [padding
 *          trailer:8 token]; over TCP, or one after the other inside a named pipe (smb_pipe.c).
 * Units:   byte order as the representation says; calls are put together from their fragments, at most
 *          CUT_MAX.
 * Emits:   binds WHOLE with the list of interfaces; calls that read WHOLE, those that change something ASK
 *          and ANSWER, with the thing as object (service, task, registry key, printer) and the program,
 *          command or file as value. LOGIN acts for NTLM; facts as in SMB; flows that the endpoint mapper
 *          announces are expected. What is printed is a transfer.
 * State:   context ids and handles lie in keep_new(); here the fragments being gathered and what is being
 *          printed.
 * Secrets: tokens are read for names only; passwords in arguments (accounts of services and tasks) are not
 *          read, nor registry values called like one.
 * Missing: the connectionless form over UDP; arguments when sealed (level 6) or big-endian: the call is
 *          named, its act says that nothing was looked into; arguments of operations that only read. */
#include "proto/dcerpc.h"

#include "core/hex.h"

uint16_t rpc_u16(const struct rpc *m, struct cursor *c)
{
	return m->little ? cur_le16(c) : cur_be16(c);
}

uint32_t rpc_u32(const struct rpc *m, struct cursor *c)
{
	return m->little ? cur_le32(c) : cur_be32(c);
}

void rpc_uuid(const struct rpc *m, struct cursor *c, uint8_t out[UUID])
{
	static const uint8_t order[UUID] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	const uint8_t *raw = cur_take(c, UUID);

	for (unsigned i = 0; i < UUID; i++)
		out[i] = raw == NULL ? 0 : raw[m->little ? order[i] : i];
}

void rpc_uuid_text(char out[UUID_TEXT], const uint8_t uuid[UUID])
{
	size_t n = 0;

	for (unsigned i = 0; i < UUID; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		hex_put(out + n, uuid[i]);
		n += 2;
	}
	out[n] = '\0';
}

/* ---- requests and answers ---- */

static bool reads(uint8_t verb)
{
	switch (verb) {
	case VERB_READ: case VERB_BROWSE: case VERB_QUERY: case VERB_IDENTIFY: case VERB_RESOLVE:
	case VERB_OPEN:
	case VERB_CLOSE: case VERB_KEEPALIVE: case VERB_LOGIN: case VERB_REPORT: case VERB_SUBSCRIBE:
		return true;
	}
	return false;
}

static struct rpc_note request_note(struct proto_ctx *x, const struct rpc *m, uint16_t context,
				    uint16_t opnum)
{
	const struct rpc_context *kept = rpc_context_of(x, m, context);
	struct rpc_note k = { .a = { .type = RPC_REQUEST, .call = m->call, .opnum = opnum,
				     .interface = kept == NULL ? IF_OTHER : kept->interface,
				     .auth = m->auth_type, .level = m->auth_level } };

	k.a.unread = m->sealed || !m->little || (kept != NULL && kept->syntax > SYNTAX_NDR64);
	k.a.word = kept != NULL && kept->syntax == SYNTAX_NDR64 ? 8 : 4;
	k.a.code = (uint32_t)k.a.interface << 16 | opnum;
	k.a.shape = rpc_shape(k.a.code);
	k.a.waits = reads(rpc_row(k.a.code)->verb);
	if (k.a.interface == IF_OTHER && kept != NULL) {	/* called by its number */
		char uuid[UUID_TEXT];

		rpc_uuid_text(uuid, kept->uuid);
		k.a.space = SPACE_INTERFACE;
		rpc_note_put(&k, (struct bytes){ (const uint8_t *)uuid, UUID_TEXT - 1 },
			     (struct bytes){ k.text, 0 });
	}
	return k;
}

/* hint:4 context:2 operation:2 [object:16] stub */
static bool request(struct proto_ctx *x, const struct rpc *m, struct bytes stub, uint16_t fragments,
		    bool too_large)
{
	struct cursor c = m->body;

	cur_take(&c, 4);
	uint16_t context = rpc_u16(m, &c), opnum = rpc_u16(m, &c);
	struct rpc_note k = request_note(x, m, context, opnum);

	k.a.stub = (uint32_t)stub.n;
	k.a.fragments = fragments;
	k.a.too_large = too_large;
	if (!k.a.unread && !too_large)
		rpc_stub_ask(x, m, &k, stub);
	uint64_t act = rpc_ask(x, m, &k);

	if (k.a.shape == SHAPE_DOCUMENT && !k.a.unread)
		rpc_print_begin(x, m, &k, act);
	return true;
}

static bool answer_alone(struct proto_ctx *x, const struct rpc *m, uint32_t status)
{
	struct rpc_note k = { .a = { .code = CODE_PDU | RPC_RESPONSE, .type = m->type, .call = m->call,
				     .unread = m->sealed } };
	struct rpc_own *own;
	struct obs *o = rpc_begin(x, &k, PHASE_ANSWER, &own);

	o->outcome = m->type == RPC_FAULT ? OUT_REFUSED : OUT_DONE;
	o->result = status;
	if (!(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
	act_emit(x);
	return true;
}

/* RESPONSE: hint:4 context:2 cancels:1 0:1 stub. FAULT: the same, then status:4. */
static bool answer(struct proto_ctx *x, const struct rpc *m, struct bytes stub, uint16_t fragments)
{
	const struct ask *ask = pair_answer(x, rpc_pair(m));
	struct cursor fault = cur_over(stub);
	uint32_t status = m->type == RPC_FAULT ? rpc_u32(m, &fault) : 0;
	struct rpc_note k;
	struct rpc_own *own;

	if (ask == NULL || ask->n < sizeof(k.a))
		return answer_alone(x, m, status);
	rpc_note_over(&k, ask);
	bool clear = m->type == RPC_RESPONSE && !m->sealed && m->little;
	bool failed = clear && rpc_returned(m, &k, stub, &status);
	struct obs *o = rpc_begin(x, &k, k.a.waits ? PHASE_WHOLE : PHASE_ANSWER, &own);

	o->outcome = m->type == RPC_FAULT || failed ? OUT_REFUSED : OUT_DONE;
	o->result = status;
	if (own != NULL) {
		own->response = act_str(x, m->type == RPC_FAULT ? "FAULT" : "RESPONSE");
		own->has_response = 1;
		own->stub_answered = (uint32_t)stub.n;
		own->fragments_answered = fragments;
	}
	act_emit(x);
	if (clear && !failed && !k.a.unread)
		rpc_stub_answer(x, m, &k, stub);
	return true;
}

/* ---- fragments ---- */

enum { CALL_HEAD = 8 };

/* The stub of this PDU behind its own head; false: shorter than that. */
static bool stub_of(const struct rpc *m, struct bytes *ret)
{
	struct cursor c = m->body;

	cur_take(&c, CALL_HEAD);
	if (m->type == RPC_REQUEST && (m->flags & RPC_OBJECT))
		cur_take(&c, UUID);
	*ret = (struct bytes){ c.p, c.left };
	return !cur_broken(&c);
}

static bool whole_call(struct proto_ctx *x, const struct rpc *m, struct bytes stub, uint16_t fragments,
		       bool too_large)
{
	if (m->type == RPC_REQUEST)
		return request(x, m, stub, fragments, too_large);
	return answer(x, m, stub, fragments);
}

/* A call in several PDUs: gathered until the last; of one that is too large only its name is told. */
static bool call(struct proto_ctx *x, const struct rpc *m)
{
	struct rpc_state *s = x->state;
	bool asks = ends_asks(x), first = m->flags & RPC_FIRST, last = m->flags & RPC_LAST;
	struct bytes stub;

	if (!stub_of(m, &stub)) {
		x->why = "length";
		return false;
	}
	if (first && last)
		return whole_call(x, m, stub, 1, false);
	bool same = s->gathering[asks].call == m->call && s->gathering[asks].channel == m->channel;

	if (first) {
		gather_drop(x, m->channel);
		s->gathering[asks].call = m->call;
		s->gathering[asks].channel = m->channel;
		s->gathering[asks].fragments = s->gathering[asks].bytes = 0;
	} else if (!same) {
		return true;		/* its beginning was not seen */
	}
	s->gathering[asks].fragments++;
	if (s->gathering[asks].bytes <= CUT_MAX) {
		s->gathering[asks].bytes += (uint32_t)stub.n;
		if (!gather_add(x, m->channel, stub))
			s->gathering[asks].bytes = CUT_MAX + 1;
	}
	if (!last)
		return true;
	bool too_large = s->gathering[asks].bytes > CUT_MAX;
	uint16_t fragments = (uint16_t)min_size(s->gathering[asks].fragments, UINT16_MAX);

	s->gathering[asks].call = 0;
	s->gathering[asks].channel = UINT32_MAX;
	return whole_call(x, m, too_large ? stub : gather_take(x, m->channel), fragments, too_large);
}

/* ---- PDUs ---- */

/* Takes padding, trailer and token off the body; false: they do not fit. */
static bool trailer(struct rpc *m, size_t token)
{
	if (token == 0)
		return true;
	if (m->body.left < RPC_TRAILER + token)
		return false;
	size_t n = m->body.left - RPC_TRAILER - token;
	struct bytes body = cur_bytes(&m->body, n);

	m->auth_type = cur_u8(&m->body);
	m->auth_level = cur_u8(&m->body);
	size_t padding = cur_u8(&m->body);

	cur_take(&m->body, 5);
	m->token = cur_bytes(&m->body, token);
	m->sealed = m->auth_level == LEVEL_PRIVACY;
	m->body = cur_over((struct bytes){ body.p, body.n - min_size(padding, body.n) });
	return true;
}

static const char *read_head(struct rpc *m, struct cursor c)
{
	cur_take(&c, 2);	/* the version: framing, here and in smb_pipe.c, lets no other pass */
	m->type = cur_u8(&c);
	m->flags = cur_u8(&c);
	m->little = cur_u8(&c) & RPC_LITTLE;
	cur_take(&c, 3);
	cur_take(&c, 2);
	uint16_t token = rpc_u16(m, &c);

	m->call = rpc_u32(m, &c);
	if (cur_broken(&c))
		return "length";
	m->body = c;
	return trailer(m, token) ? NULL : "length";
}

static bool from_server(uint8_t type)
{
	return type == RPC_RESPONSE || type == RPC_FAULT || type == RPC_BIND_ACK || type == RPC_BIND_NAK ||
	       type == RPC_ALTER_ACK || type == RPC_SHUTDOWN;
}

static void turn(struct proto_ctx *x, const struct rpc *m)
{
	struct rpc_state *s = x->state;

	if (x->outer != NULL)
		s->ends = ((const struct smb_state *)x->outer->state)->ends;
	else if (!s->started && !x->ends_known)
		s->ends.swapped = from_server(m->type) == x->from_client;
	s->started = 1;
}

static bool shutdown_said(struct proto_ctx *x, const struct rpc *m)
{
	struct rpc_note k = { .a = { .code = CODE_PDU | m->type, .type = m->type, .call = m->call } };
	struct rpc_own *own;

	rpc_begin(x, &k, PHASE_PUSH, &own);
	act_emit(x);
	return true;
}

static bool dcerpc_message(struct proto_ctx *x, struct cursor msg)
{
	struct rpc m = { 0 };

	x->why = read_head(&m, msg);
	if (x->why != NULL)
		return false;
	if (x->outer != NULL)
		m.channel = (uint32_t)((const struct smb_state *)x->outer->state)->pipe;
	turn(x, &m);
	switch (m.type) {
	case RPC_REQUEST: case RPC_RESPONSE: case RPC_FAULT: return call(x, &m);
	case RPC_BIND: case RPC_ALTER: return rpc_bind(x, &m);
	case RPC_BIND_ACK: case RPC_BIND_NAK: case RPC_ALTER_ACK: return rpc_bound(x, &m);
	case RPC_AUTH3: rpc_auth(x, &m); return true;
	case RPC_SHUTDOWN: return shutdown_said(x, &m);
	case RPC_CANCEL: case RPC_ORPHANED: return true;
	}
	x->why = "type";
	return false;
}

static struct cut dcerpc_cut(struct proto_ctx *x, struct cursor have)
{
	struct rpc m = { 0 };

	(void)x;
	if (have.left < RPC_HEAD)
		return cut_need(RPC_HEAD);
	if (cur_u8(&have) != RPC_VERSION || cur_u8(&have) > 1)
		return cut_lost();
	cur_take(&have, 2);
	m.little = cur_u8(&have) & RPC_LITTLE;
	cur_take(&have, 3);
	uint16_t length = rpc_u16(&m, &have);

	return length < RPC_HEAD ? cut_lost() : cut_message(length);
}

/* version, minor, type, flags, representation (integers little or big, letters ASCII; floats
 * IEEE: C706 14.1) */
static unsigned dcerpc_probe(const struct proto_ctx *x, struct cursor head)
{
	const uint8_t *p = cur_take(&head, RPC_HEAD);

	(void)x;
	if (p == NULL || p[0] != RPC_VERSION || p[1] > 1 || (p[4] != 0 && p[4] != RPC_LITTLE) || p[5] > 3 ||
	    p[6] != 0 || p[7] != 0)
		return 0;
	size_t length = p[4] == RPC_LITTLE ? (size_t)(p[8] | p[9] << 8) : (size_t)(p[8] << 8 | p[9]);

	if (length < RPC_HEAD || p[2] == 1 || (p[2] > RPC_FAULT && p[2] < RPC_BIND) || p[2] > RPC_ORPHANED)
		return 0;
	return p[2] >= RPC_BIND && p[2] <= RPC_ALTER_ACK ? 95 : 80;
}

static void dcerpc_lost(struct proto_ctx *x, uint64_t bytes)
{
	struct rpc_state *s = x->state;
	bool asks = ends_asks(x);

	(void)bytes;
	gather_drop(x, s->gathering[asks].channel);
	s->gathering[asks].call = 0;
	s->gathering[asks].channel = UINT32_MAX;
}

static void dcerpc_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	struct rpc_note k;

	if (ask->n < sizeof(k.a))
		return;
	rpc_note_over(&k, ask);
	rpc_say_open(x, &k, OUT_UNANSWERED);
}

static void dcerpc_end(struct proto_ctx *x)
{
	rpc_print_end(x, false);
}

const struct proto proto_dcerpc = {
	.name = "dcerpc", .on = ON_TCP, .over = "smb", .eve = "dcerpc", .ports = { 135 },
	.state_size = sizeof(struct rpc_state), .own_size = sizeof(struct rpc_own), .transfers = true,
	.verified = VERIFIED_CAPTURE,
	.codes = rpc_codes, .code_count = RPC_CODES, .spaces = rpc_spaces, .fields = rpc_fields,
	.probe = dcerpc_probe, .cut = dcerpc_cut, .message = dcerpc_message, .lost = dcerpc_lost,
	.unanswered = dcerpc_unanswered, .end = dcerpc_end,
};

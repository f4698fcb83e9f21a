/* proto/dcerpc_bind.c: BIND and ALTER_CONTEXT: which interfaces a caller wants, and which it gets.
 *
 * Spec: C706 12.6.4.1 to 12.6.4.5. Both sides number the interfaces of a connection (context ids); calls
 *       name them so. */
#include "proto/dcerpc.h"

#include "core/hash.h"

const struct rpc_context *rpc_context_of(struct proto_ctx *x, const struct rpc *m, uint16_t id)
{
	return keep_find(x, rpc_key(m, RPC_CONTEXT, id));
}

static size_t version_text(char out[12], uint16_t major, uint16_t minor)
{
	size_t n = 0;

	for (unsigned div = 10000; div > 0; div /= 10)
		if (major / div > 0 || div == 1)
			out[n++] = (char)('0' + major / div % 10);
	out[n++] = '.';
	for (unsigned div = 10000; div > 0; div /= 10)
		if (minor / div > 0 || div == 1)
			out[n++] = (char)('0' + minor / div % 10);
	out[n] = '\0';
	return n;
}

/* Of an answer; n 0 in a BIND_NAK. */
struct results { uint16_t of[CONTEXTS], reason[CONTEXTS]; uint8_t syntax[CONTEXTS]; unsigned n; };

enum { ACCEPTED = 0, NEGOTIATED = 3 };		/* C706 12.6.3.1, [MS-RPCE] 2.2.2.4 */

/* The list of interfaces in the act being built, each with its result as far as there is one. */
static void own_list(struct proto_ctx *x, struct rpc_own *own, const struct rpc_offer *offers, unsigned n,
		     const struct results *r)
{
	struct rpc_context_own list[CONTEXTS];
	void *p;

	for (unsigned i = 0; i < n; i++) {
		char uuid[UUID_TEXT], version[12];

		rpc_uuid_text(uuid, offers[i].uuid);
		version_text(version, offers[i].major, offers[i].minor);
		list[i] = (struct rpc_context_own){ .uuid = act_str(x, uuid), .version = act_str(x, version),
						    .answered = i < r->n, .syntax = offers[i].syntax,
						    .result = i < r->n ? r->of[i] : 0 };
		if (list[i].result == NEGOTIATED)
			list[i].features = r->reason[i];
		if (offers[i].interface != IF_OTHER)
			list[i].name = act_str(x, rpc_interfaces[offers[i].interface].name);
	}
	struct span room = act_room(x, n * sizeof(list[0]), &p);

	if (p == NULL)
		return;
	memcpy(p, list, n * sizeof(list[0]));
	own->interfaces = room;
}

static const uint8_t ndr[UUID] = { 0x8a, 0x88, 0x5d, 0x04, 0x1c, 0xeb, 0x11, 0xc9,	/* C706 14.1 */
				   0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60 };
static const uint8_t ndr64[UUID] = { 0x71, 0x71, 0x05, 0x33, 0xbe, 0xba, 0x49, 0x37,	/* [MS-RPCE] 2.2.5 */
				     0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36 };
/* No syntax: what both can; the bits lie behind it. [MS-RPCE] 2.2.2.14 */
static const uint8_t features[8] = { 0x6c, 0xb7, 0x1c, 0x2c, 0x98, 0x12, 0x45, 0x40 };

static uint8_t syntax_read(const struct rpc *m, struct cursor *c)
{
	uint8_t uuid[UUID];

	rpc_uuid(m, c, uuid);
	if (memcmp(uuid, ndr, UUID) == 0)
		return SYNTAX_NDR;
	if (memcmp(uuid, ndr64, UUID) == 0)
		return SYNTAX_NDR64;
	return memcmp(uuid, features, sizeof(features)) == 0 ? SYNTAX_FEATURES : SYNTAX_OTHER;
}

/* max sent:2 max received:2 group:4 contexts:1 0:3, each id:2 syntaxes:1 0:1 uuid:16 major:2 minor:2
 * (uuid:16 version:4)... */
static unsigned offers_read(const struct rpc *m, struct rpc_offer offers[CONTEXTS], bool *ret_good)
{
	struct cursor c = m->body;

	cur_take(&c, 8);
	unsigned count = cur_u8(&c), n = 0;

	cur_take(&c, 3);
	for (unsigned i = 0; i < count; i++) {
		struct rpc_offer o = { .id = rpc_u16(m, &c) };
		size_t syntaxes = cur_u8(&c);

		cur_u8(&c);
		rpc_uuid(m, &c, o.uuid);
		o.major = rpc_u16(m, &c);
		o.minor = rpc_u16(m, &c);
		struct cursor list = cur_sub(&c, syntaxes * 20);

		/* Windows offers each in a context of its own; of several the answer says which. */
		o.syntax = syntax_read(m, &list);
		o.interface = (uint8_t)rpc_interface_of(o.uuid);
		if (!cur_broken(&c) && n < CONTEXTS)
			offers[n++] = o;
	}
	*ret_good = !cur_broken(&c) && count > 0;
	return n;
}

bool rpc_bind(struct proto_ctx *x, const struct rpc *m)
{
	struct rpc_offer offers[CONTEXTS];
	struct rpc_note k = { .a = { .code = CODE_PDU | m->type, .type = m->type, .call = m->call, .waits = 1,
				     .auth = m->auth_type, .level = m->auth_level } };
	bool good;
	unsigned n = offers_read(m, offers, &good);

	if (!good) {
		x->why = "contexts";
		return false;
	}
	rpc_auth(x, m);
	k.a.contexts = (uint8_t)n;
	k.a.interface = offers[0].interface;
	for (unsigned i = 0; i < n; i++) {
		struct rpc_context *kept = offers[i].syntax == SYNTAX_FEATURES ? NULL :
			rpc_keep_new(x, rpc_key(m, RPC_CONTEXT, offers[i].id), sizeof(*kept));

		if (kept == NULL)
			continue;
		memcpy(kept->uuid, offers[i].uuid, UUID);
		kept->interface = offers[i].interface;
		kept->syntax = offers[i].syntax;
	}
	memcpy(k.text, offers, n * sizeof(offers[0]));
	rpc_ask(x, m, &k);
	return true;
}

/* max sent:2 max received:2 group:4 address length:2 address, padded to 4; results:1 0:3, each
 * result:2 reason:2 syntax:20 */
static bool results_read(const struct rpc *m, struct results *ret)
{
	struct cursor c = m->body;

	cur_take(&c, 8);
	size_t address = rpc_u16(m, &c);

	cur_take(&c, address + (4 - (2 + address) % 4) % 4);
	unsigned count = cur_u8(&c);

	ret->n = (unsigned)min_size(count, CONTEXTS);
	cur_take(&c, 3);
	for (unsigned i = 0; i < count; i++) {
		uint16_t result = rpc_u16(m, &c), reason = rpc_u16(m, &c);
		uint8_t syntax = syntax_read(m, &c);

		cur_take(&c, 4);
		if (i >= CONTEXTS)
			continue;
		ret->of[i] = result;
		ret->reason[i] = reason;
		ret->syntax[i] = syntax;
	}
	return !cur_broken(&c);
}

/* Which of the syntaxes offered for a context its calls will have. */
static void agreed(struct proto_ctx *x, const struct rpc *m, struct rpc_offer *o, const struct results *r,
		   unsigned i)
{
	struct rpc_context *kept = keep_find(x, rpc_key(m, RPC_CONTEXT, o->id));

	if (i >= r->n || r->of[i] != ACCEPTED || r->syntax[i] > SYNTAX_NDR64)
		return;
	o->syntax = r->syntax[i];
	if (kept != NULL)
		kept->syntax = r->syntax[i];
}

/* BIND_ACK, ALTER_CONTEXT_RESP and BIND_NAK (reason:2). */
bool rpc_bound(struct proto_ctx *x, const struct rpc *m)
{
	struct results r = { 0 };
	bool nak = m->type == RPC_BIND_NAK;
	struct cursor c = m->body;
	struct rpc_note k = { .a = { .code = CODE_PDU | (m->type == RPC_ALTER_ACK ? RPC_ALTER : RPC_BIND),
				     .call = m->call, .type = m->type, .auth = m->auth_type,
				     .level = m->auth_level } };
	struct rpc_offer offers[CONTEXTS];
	struct rpc_own *own;

	if (!nak && !results_read(m, &r)) {
		x->why = "contexts";
		return false;	/* the request goes on waiting: it is told when nothing better comes */
	}
	const struct ask *ask = pair_answer(x, rpc_pair(m));

	if (ask != NULL && ask->n >= sizeof(k.a))
		rpc_note_over(&k, ask);
	memcpy(offers, k.text, k.a.contexts * sizeof(offers[0]));
	struct obs *o = rpc_begin(x, &k, k.a.waits ? PHASE_WHOLE : PHASE_ANSWER, &own);
	unsigned refused = 0;

	for (unsigned i = 0; i < k.a.contexts; i++) {
		refused += r.of[i] != ACCEPTED && r.of[i] != NEGOTIATED;
		agreed(x, m, &offers[i], &r, i);
	}
	o->result = nak ? rpc_u16(m, &c) : r.of[0];
	o->outcome = nak || (refused > 0 && refused == k.a.contexts) ? OUT_REFUSED : OUT_DONE;
	if (own != NULL) {
		own_list(x, own, offers, k.a.contexts, &r);
		own->response = act_str(x, rpc_type_name(m->type));
	}
	act_emit(x);
	rpc_auth(x, m);
	return true;
}

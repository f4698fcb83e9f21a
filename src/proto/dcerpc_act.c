/* proto/dcerpc_act.c: what is kept of a DCE/RPC call until its answer comes, and the acts about it. */
#include "proto/dcerpc.h"

#include "core/hash.h"

uint64_t rpc_pair(const struct rpc *m)
{
	return (uint64_t)m->channel << 32 | m->call;
}

uint64_t rpc_key(const struct rpc *m, enum rpc_keep kind, uint64_t n)
{
	return hash_join(hash_join(kind, m->channel), n);
}

/* The one longest not asked for gives way. */
void *rpc_keep_new(struct proto_ctx *x, uint64_t key, size_t n)
{
	uint64_t oldest;
	void *p = keep_new(x, key, n);

	if (p != NULL || keep_oldest(x, &oldest) == NULL)
		return p;
	keep_drop(x, oldest);
	return keep_new(x, key, n);
}

void rpc_note_put(struct rpc_note *k, struct bytes object, struct bytes value)
{
	k->a.object_n = (uint16_t)min_size(object.n, OBJECT_KEPT);
	k->a.value_n = (uint16_t)min_size(value.n, VALUE_KEPT);
	if (k->a.object_n > 0)
		memcpy(k->text, object.p, k->a.object_n);
	if (k->a.value_n > 0)
		memcpy(k->text + k->a.object_n, value.p, k->a.value_n);
}

void rpc_note_over(struct rpc_note *ret, const struct ask *ask)
{
	ret->a = (struct rpc_asked){ 0 };
	memcpy(ret, ask->blob, min_size(ask->n, sizeof(*ret)));
}

static const char *const types[] = {
	[RPC_REQUEST] = "REQUEST", [RPC_RESPONSE] = "RESPONSE", [RPC_FAULT] = "FAULT", [RPC_BIND] = "BIND",
	[RPC_BIND_ACK] = "BINDACK", [RPC_BIND_NAK] = "BINDNAK", [RPC_ALTER] = "ALTER_CONTEXT",
	[RPC_ALTER_ACK] = "ALTER_CONTEXT_RESP", [RPC_AUTH3] = "AUTH3", [RPC_SHUTDOWN] = "SHUTDOWN",
};

const char *rpc_type_name(uint8_t type)
{
	return types[type];
}

struct obs *rpc_begin(struct proto_ctx *x, const struct rpc_note *k, uint8_t phase, struct rpc_own **ret_own)
{
	const struct rpc_asked *a = &k->a;
	const struct proto_code *row = rpc_row(a->code);
	struct obs *o = ends_begin(x, row, phase);
	struct rpc_own *own = act_own(x, sizeof(*own));

	o->code = a->code;
	if (a->verb != VERB_NONE)
		o->verb = a->verb;
	if (a->unread || (row->flags & CODE_NAMED))
		o->flags |= FLAG_OPAQUE;
	if (a->too_large)
		o->note = act_str(x, "too-large");
	if (a->contexts == 0 && a->object_n > 0) {
		o->object.name = act_text(x, (struct bytes){ k->text, a->object_n });
		o->object.space = a->space;
	} else if (a->type != RPC_AUTH3) {
		bool named = a->interface != IF_OTHER;

		o->object.name = act_str(x, named ? rpc_interfaces[a->interface].name : "");
		o->object.space = named ? SPACE_INTERFACE : 0;
	}
	if (a->contexts == 0 && a->value_n > 0)
		act_value(x, a->raw ? VAL_RAW_LE : VAL_TEXT, 8, a->raw ? a->value_n : 1,
			  (struct bytes){ k->text + a->object_n, a->value_n });
	if (a->secret && a->shape == SHAPE_VALUE)
		act_value(x, VAL_SECRET, 0, 1, (struct bytes){ NULL, 0 });
	if (a->shape == SHAPE_DOCUMENT && a->verb == VERB_WRITE)
		o->object.class = CLASS_FILE;
	*ret_own = own;
	if (own == NULL)
		return o;
	if (a->shape == SHAPE_DOCUMENT)
		own->output = o->value.raw;
	own->request = act_str(x, types[a->type]);
	own->version = act_str(x, "5.0");
	own->call = a->call;
	own->auth = a->auth;
	own->level = a->level;
	if (a->interface != IF_OTHER)
		own->interface = act_str(x, rpc_interfaces[a->interface].name);
	if (a->type == RPC_REQUEST) {
		own->has_request = 1;
		own->opnum = a->opnum;
		own->stub_asked = a->stub;
		own->fragments_asked = a->fragments;
	}
	return o;
}

uint64_t rpc_ask(struct proto_ctx *x, const struct rpc *m, const struct rpc_note *k)
{
	size_t texts = k->a.contexts > 0 ? k->a.contexts * sizeof(struct rpc_offer) :
		       (size_t)k->a.object_n + k->a.value_n;
	struct rpc_own *own;
	uint64_t act = 0;

	if (!k->a.waits) {
		rpc_begin(x, k, PHASE_ASK, &own);
		act = act_emit(x);
	}
	if (!pair_ask(x, rpc_pair(m), act, k, sizeof(k->a) + texts) && act == 0)
		rpc_say_open(x, k, OUT_UNKNOWN);
	return act;
}

void rpc_say_open(struct proto_ctx *x, const struct rpc_note *k, uint8_t outcome)
{
	struct rpc_own *own;

	rpc_begin(x, k, k->a.waits ? PHASE_WHOLE : PHASE_ANSWER, &own)->outcome = outcome;
	act_emit(x);
}

/* ---- who ---- */

static void fact_once(struct proto_ctx *x, const struct side *about, enum fact_kind kind,
		      const struct ntlm_text *t, uint64_t number, uint8_t trust)
{
	struct rpc_state *s = x->state;
	uint32_t digest = (uint32_t)hash_join(hash_bytes(t->text, t->n, (uint64_t)kind << 32 | about->port),
					      number);

	if (t->n == 0)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(s->told); i++)
		if (s->told[i] == digest)
			return;
	s->told[s->told_n++ % ARRAY_LEN(s->told)] = digest;
	fact_say(x, about, kind, (struct bytes){ t->text, t->n }, number, 0, trust);
}

static void os_once(struct proto_ctx *x, const struct side *about, const struct ntlm *m)
{
	struct ntlm_text t = { .n = 8, .text = "Windows " };
	char version[NTLM_VERSION];
	size_t n = ntlm_version(version, m);

	if (n == 0 || m->build == 0)
		return;
	memcpy(t.text + 8, version, n);
	t.n = (uint8_t)(8 + n);
	fact_once(x, about, FACT_OS, &t, 0, TRUST_LIKELY);
}

static void login(struct proto_ctx *x, const struct rpc *m, const struct ntlm *n)
{
	uint8_t who[2 * NTLM_NAME + 1];
	struct bytes name = { who, ntlm_who(who, sizeof(who), n) };
	struct rpc_note k = { .a = { .code = CODE_PDU | RPC_AUTH3, .type = RPC_AUTH3, .call = m->call,
				     .space = SPACE_ACCOUNT, .auth = m->auth_type, .level = m->auth_level } };
	struct rpc_own *own;

	if (x->outer == NULL && name.n > 0)	/* in a pipe the user of the SMB session stays who acts */
		flow_who(x, name);
	rpc_note_put(&k, name, (struct bytes){ n->host.text, n->host.n });
	rpc_begin(x, &k, PHASE_ASK, &own);
	act_emit(x);
}

void rpc_auth(struct proto_ctx *x, const struct rpc *m)
{
	struct side client = ends_asking(x), server = ends_answering(x);
	struct ntlm n;

	if (m->token.n == 0)
		return;
	ntlm_read(&n, m->token);
	if (n.type == NTLM_CHALLENGE) {
		fact_once(x, &server, FACT_NAME, &n.host, NAME_NETBIOS, TRUST_SURE);
		fact_once(x, &server, FACT_NAME, &n.dns_host, NAME_DNS, TRUST_SURE);
		os_once(x, &server, &n);
	} else if (n.type == NTLM_AUTHENTICATE) {
		login(x, m, &n);
		fact_once(x, &client, FACT_NAME, &n.host, NAME_NETBIOS, TRUST_LIKELY);
		os_once(x, &client, &n);
	}
}

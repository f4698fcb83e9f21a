/* proto/dcerpc_udp.c: connectionless DCE/RPC, with which PROFINET controllers set up their devices, and which
 * old Windows services listen to.
 *
 * Spec:    C706 12.5 (PDUs); IEC 61158-6-10 (PROFINET's context manager, dcerpc_udp_pnio.c).
 * Message: version:1 (4) type:1 flags:1 flags:1 representation:3 serial:1 object:16 interface:16 activity:16
 *          boot time:4 interface version:4 sequence:4 operation:2 hints:4 length:2 fragment:2
 *          authentication:1 serial:1, then the body.
 * Units:   byte order as the representation says, blocks of PROFINET always big-endian. A call is known by
 *          activity and sequence; its fragments are put together in order, at most CUT_MAX.
 * Emits:   PROFINET: Connect, Release and Control ASK and ANSWER; Write ASK, object the record, value its
 *          bytes, and ANSWER; Read WHOLE with the record. Other calls ASK and ANSWER by their interface, or
 *          WHOLE where they only ask; ping WHOLE. Servers may answer from another port than the one that was
 *          asked, in a flow of its own: then the answer stands alone, and a read without an answer in its
 *          flow says that nothing is known of it. Facts: NAME and ROLE_HINT of both ends, MODEL by number,
 *          and of I&M 0 VENDOR, HARDWARE (order number), SERIAL, FIRMWARE and MODULE.
 * State:   the fragments being gathered, calls answered last, facts said.
 * Missing: arguments of other interfaces and of authenticated calls; the modules a Connect expects, and what
 *          becomes of the addresses it agrees on (cyclic data have no IP). */
#include "proto/dcerpc_udp.h"

#include "core/hash.h"

/* ---- reading ---- */

static bool is_pnio(uint8_t interface)
{
	return interface >= IF_PNIO && interface <= IF_PNIO_PARAMETERS;
}

static const char *read_head(struct dg *m, struct cursor c, bool cut)
{
	cur_take(&c, 1);
	m->type = cur_u8(&c);
	m->flags = cur_u8(&c);
	cur_take(&c, 1);
	m->form.little = cur_u8(&c) & RPC_LITTLE;
	cur_take(&c, 3);
	rpc_uuid(&m->form, &c, m->object);
	rpc_uuid(&m->form, &c, m->uuid);
	rpc_uuid(&m->form, &c, m->activity);
	m->boot = rpc_u32(&m->form, &c);
	cur_take(&c, 4);
	m->sequence = rpc_u32(&m->form, &c);
	m->operation = rpc_u16(&m->form, &c);
	cur_take(&c, 4);
	m->length = rpc_u16(&m->form, &c);
	m->fragment = rpc_u16(&m->form, &c);
	m->auth = cur_u8(&c);
	cur_take(&c, 1);
	if (cur_broken(&c) || (m->length > c.left && !cut))
		return "length";
	m->cut = m->length > c.left;
	m->body = cur_bytes(&c, min_size(m->length, c.left));
	m->interface = (uint8_t)rpc_interface_of(m->uuid);
	m->pnio = is_pnio(m->interface) && m->operation <= PNIO_READ_IMPLICIT;
	return m->type < DG_TYPES ? NULL : "type";
}

static uint64_t call_of(const struct dg *m)
{
	return hash_bytes(m->activity, UUID, m->sequence);
}

/* ---- acts ---- */

static bool waits(uint32_t code)
{
	switch (dg_row(code)->verb) {
	case VERB_READ: case VERB_KEEPALIVE: case VERB_BROWSE: case VERB_RESOLVE: case VERB_QUERY:
		return true;
	}
	return false;
}

static struct side end_of(const struct proto_ctx *x, bool client)
{
	return client ? flow_client(x) : flow_server(x);
}

static struct dg_asked asked_of(const struct dg *m, uint32_t code, bool from_client, const struct pnio *p)
{
	struct dg_asked a = { .code = code, .sequence = m->sequence, .operation = m->operation,
			      .interface = m->interface, .type = m->type, .from_client = from_client,
			      .waits = waits(code), .pnio = m->pnio, .api = p->api, .slot = p->slot,
			      .subslot = p->subslot, .index = p->index, .records = p->records,
			      .command = p->command, .has_record = p->has_record,
			      .has_command = p->has_command };

	memcpy(a.object, m->object, UUID);
	memcpy(a.uuid, m->uuid, UUID);
	memcpy(a.activity, m->activity, UUID);
	if (m->type == DG_REQUEST && p->name.n > 0) {
		a.name_n = (uint16_t)p->name.n;
		memcpy(a.name, p->name.p, a.name_n);
	}
	return a;
}

static void object_of(struct proto_ctx *x, struct obs *o, const struct dg_asked *a)
{
	char uuid[UUID_TEXT];

	if (a->has_record) {
		o->object.space = DG_SPACE_RECORD;
		o->object.parts = 4;
		o->object.part[0] = a->api;
		o->object.part[1] = a->slot;
		o->object.part[2] = a->subslot;
		o->object.part[3] = a->index;
		o->object.count = a->records;
	} else if (a->name_n > 0) {
		o->object.space = DG_SPACE_STATION;
		o->object.name = act_text(x, (struct bytes){ a->name, a->name_n });
	} else {
		rpc_uuid_text(uuid, a->uuid);
		o->object.space = DG_SPACE_INTERFACE;
		o->object.name = act_str(x, a->interface != IF_OTHER ? rpc_interfaces[a->interface].name :
					 uuid);
	}
	if (a->has_command) {
		uint8_t command[2] = { (uint8_t)(a->command >> 8), (uint8_t)a->command };

		act_value(x, VAL_UINT, 16, 1, (struct bytes){ command, 2 });
	}
}

static uint8_t lowest_bit(uint16_t v)
{
	uint8_t n = 1;

	while (v != 0 && !(v & 1)) {
		v >>= 1;
		n++;
	}
	return v == 0 ? 0 : n;
}

/* The act of a call, by its request or by an answer that stands alone; p may be NULL. */
static struct obs *begin(struct proto_ctx *x, const struct dg_asked *a, uint8_t phase, const struct pnio *p,
			 struct dg_own **ret_own)
{
	const struct proto_code *row = dg_row(a->code);
	struct obs *o = act_begin_row(x, row, a->code);
	char uuid[UUID_TEXT];

	o->actor = end_of(x, a->from_client);
	o->device = end_of(x, !a->from_client);
	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->code = a->code;
	o->phase = phase;
	object_of(x, o, a);
	struct dg_own *w = *ret_own = act_own(x, sizeof(*w));

	if (w == NULL)
		return o;
	w->sequence = a->sequence;
	w->operation = a->operation;
	w->has_call = a->type != DG_PING;
	w->records = a->records;
	w->command = lowest_bit(a->command);
	rpc_uuid_text(uuid, a->activity);
	w->activity = act_str(x, uuid);
	rpc_uuid_text(uuid, a->object);
	w->object = act_str(x, uuid);
	if (a->interface != IF_OTHER)
		w->interface = act_str(x, rpc_interfaces[a->interface].name);
	if (a->pnio) {
		w->has_device = 1;
		w->device = (uint16_t)(a->object[12] << 8 | a->object[13]);
		w->vendor = (uint16_t)(a->object[14] << 8 | a->object[15]);
	}
	w->station = act_text(x, (struct bytes){ a->name, a->name_n });
	if (p == NULL)
		return o;
	if (p->has_status)
		w->server_station = act_text(x, p->name);
	if (p->has_relation)
		w->type_of = (uint8_t)min_size(p->relation, UINT8_MAX);
	if (p->has_ar) {
		rpc_uuid_text(uuid, p->ar);
		w->relation = act_str(x, uuid);
	}
	return o;
}

static void data_value(struct proto_ctx *x, const struct pnio *p)
{
	if (p->data.n > 0)
		act_value(x, VAL_RAW_BE, 8, (unsigned)min_size(p->data.n, UINT16_MAX), p->data);
}

/* ---- calls ---- */

static bool arguments(struct proto_ctx *x, const struct dg *m, struct bytes stub, bool answer,
		      struct pnio *ret)
{
	*ret = (struct pnio){ 0 };
	if (!m->pnio || m->auth != 0)
		return true;
	x->why = pnio_read(ret, m, stub, answer) ? NULL : "arguments";
	return x->why == NULL;
}

static bool request(struct proto_ctx *x, const struct dg *m, struct bytes stub, const char *note)
{
	uint32_t code = m->type == DG_PING ? CODE_PDU | DG_PING : dg_code(m);
	uint64_t id = hash_join(call_of(m), m->type);
	struct pnio p = { 0 };
	struct dg_own *w;
	uint64_t act = 0;

	if (pair_peek(x, id) != NULL)
		return true;			/* the same datagram again */
	if (m->type == DG_REQUEST && note == NULL && !arguments(x, m, stub, false, &p))
		return false;
	struct dg_asked a = asked_of(m, code, x->from_client, &p);
	bool alone = m->flags & (DG_MAYBE | DG_BROADCAST);

	if (!a.waits || alone) {
		struct obs *o = begin(x, &a, a.waits ? PHASE_WHOLE : PHASE_ASK, &p, &w);

		if (note != NULL)
			o->note = act_str(x, note);
		if (m->auth != 0)
			o->flags |= FLAG_OPAQUE;
		if (m->operation == PNIO_WRITE)
			data_value(x, &p);
		if (w != NULL)
			w->request = act_str(x, dg_type_name(m->type));
		act = act_emit(x);
	}
	struct side asker = end_of(x, x->from_client), server = end_of(x, !x->from_client);

	if (m->pnio)
		pnio_facts(x, m, &p, &asker, &server);
	if (!alone)
		pair_ask(x, id, act, &a, offsetof(struct dg_asked, name) + a.name_n);
	return true;
}

/* An answer comes again when nobody acknowledged it; later it is that of another call, for small devices
 * count from the beginning when they start. */
enum { AGAIN_S = 10 };

static bool again(const struct proto_ctx *x, uint64_t id)
{
	const struct dg_state *s = x->state;

	for (unsigned i = 0; i < ARRAY_LEN(s->answered); i++)
		if (s->answered[i].call == id && s->answered[i].at_ns >= x->l->at_ns - AGAIN_S * NS_PER_S)
			return true;
	return false;
}

static void is_answered(const struct proto_ctx *x, uint64_t id)
{
	struct dg_state *s = x->state;
	unsigned oldest = s->answered_n++ % ARRAY_LEN(s->answered);

	s->answered[oldest].call = id;
	s->answered[oldest].at_ns = x->l->at_ns;
	s->both_ways = 1;
}

/* Also the answer of the call itself says that the server is there. */
static void ping_answer(struct proto_ctx *x, const struct dg *m)
{
	const struct ask *ask = pair_answer(x, hash_join(call_of(m), DG_PING));
	struct dg_state *s = x->state;
	struct dg_asked a = { 0 };
	struct dg_own *w;

	if (ask == NULL)
		return;
	s->both_ways = 1;
	memcpy(&a, ask->blob, min_size(ask->n, sizeof(a)));
	begin(x, &a, PHASE_WHOLE, NULL, &w)->outcome = OUT_DONE;
	if (w != NULL) {
		w->request = act_str(x, dg_type_name(DG_PING));
		w->response = act_str(x, dg_type_name(m->type));
	}
	act_emit(x);
}

static uint8_t outcome_of(const struct dg *m, const struct pnio *p, uint32_t result)
{
	if (m->type != DG_RESPONSE || result != 0)
		return OUT_REFUSED;
	return m->pnio && !p->has_status ? OUT_UNKNOWN : OUT_DONE;
}

static bool answer(struct proto_ctx *x, const struct dg *m, struct bytes stub, const char *note)
{
	uint64_t id = hash_join(call_of(m), DG_REQUEST);
	struct pnio p = { 0 };
	struct dg_own *w;
	struct cursor status = cur_over(stub);

	if (m->type == DG_RESPONSE && note == NULL && !arguments(x, m, stub, true, &p))
		return false;
	const struct ask *ask = pair_answer(x, id);

	if (ask == NULL && again(x, id))
		return true;
	struct dg_asked a = asked_of(m, m->pnio || dg_row(dg_code(m))->code == dg_code(m) ? dg_code(m) :
				     CODE_PDU | DG_RESPONSE, !x->from_client, &p);

	if (ask != NULL) {
		is_answered(x, id);
		memcpy(&a, ask->blob, min_size(ask->n, sizeof(a)));
	}
	struct obs *o = begin(x, &a, ask != NULL && a.waits ? PHASE_WHOLE : PHASE_ANSWER, &p, &w);

	o->result = m->type == DG_RESPONSE ? p.status : rpc_u32(&m->form, &status);
	o->outcome = outcome_of(m, &p, o->result);
	if (note != NULL)
		o->note = act_str(x, note);
	if (m->auth != 0)
		o->flags |= FLAG_OPAQUE;
	if (a.pnio && (m->operation == PNIO_READ || m->operation == PNIO_READ_IMPLICIT))
		data_value(x, &p);
	if (w != NULL) {
		w->request = act_str(x, ask != NULL ? dg_type_name(a.type) : "");
		w->response = act_str(x, dg_type_name(m->type));
	}
	struct side asker = o->actor, server = o->device;

	act_emit(x);
	if (m->pnio)
		pnio_facts(x, m, &p, &asker, &server);
	ping_answer(x, m);
	return true;
}

static bool whole(struct proto_ctx *x, const struct dg *m, struct bytes stub, const char *note)
{
	return m->type == DG_REQUEST ? request(x, m, stub, note) : answer(x, m, stub, note);
}

/* Fragments come in order, or the call is told by its name alone. */
static bool call(struct proto_ctx *x, struct dg *m)
{
	struct dg_state *s = x->state;
	uint64_t id = call_of(m);
	uint32_t key = (uint32_t)id;
	bool side = x->from_client, last = m->flags & DG_LAST;

	if (!(m->flags & DG_FRAGMENT))
		return whole(x, m, m->body, NULL);
	if (m->fragment == 0) {
		gather_drop(x, key);
		s->gathering[side].call = id;
		s->gathering[side].next = 0;
		s->gathering[side].lost = 0;
	} else if (s->gathering[side].call != id) {
		return true;			/* its beginning was not seen */
	}
	if (m->fragment < s->gathering[side].next)
		return true;			/* again */
	bool in_order = m->fragment == s->gathering[side].next;

	s->gathering[side].next = (uint16_t)(m->fragment + 1);
	if (!in_order || m->cut || !gather_add(x, key, m->body))
		s->gathering[side].lost = 1;
	if (!last)
		return true;
	s->gathering[side].call = 0;
	struct bytes stub = gather_take(x, key);

	return whole(x, m, stub, s->gathering[side].lost ? "fragments" : NULL);
}

static bool dcerpc_udp_message(struct proto_ctx *x, struct cursor msg)
{
	struct dg m = { 0 };

	x->why = read_head(&m, msg, x->l->flags & LAYER_CUT);
	if (x->why != NULL)
		return false;
	switch (m.type) {
	case DG_REQUEST: case DG_RESPONSE: return call(x, &m);
	case DG_PING: return request(x, &m, m.body, NULL);
	case DG_FAULT: case DG_REJECT: return answer(x, &m, m.body, NULL);
	case DG_WORKING: case DG_NOCALL: ping_answer(x, &m);
	}
	return true;
}

/* Who is sent what is no call at all refuses it, in a header he filled in as far as this: a status of C706
 * appendix E. */
static bool is_refusal(const struct dg *m)
{
	struct cursor body = cur_over(m->body);
	uint32_t status = rpc_u32(&m->form, &body);

	return m->type == DG_REJECT && m->length == 4 && (status >> 8 == 0x1c0000 || status >> 8 == 0x1c0100);
}

/* Representation (C706 14.1): letters ASCII, floats of four kinds; the third byte is 0. UUIDs are of DCE or
 * of Microsoft. */
static unsigned dcerpc_udp_probe(const struct proto_ctx *x, struct cursor head)
{
	struct dg m = { 0 };
	const uint8_t *p = head.p;
	bool cut = x->l->flags & LAYER_CUT;
	size_t all = head.left;

	if (all < DG_HEAD || p[0] != DG_VERSION || (p[2] & DG_RESERVED) != 0 ||
	    (p[4] & ~RPC_LITTLE) != 0 || p[5] > 3 || p[6] != 0)
		return 0;
	if (read_head(&m, head, cut) != NULL || (m.auth == 0 && !cut && all - DG_HEAD != m.length))
		return 0;
	if (m.interface != IF_OTHER)
		return 98;
	if (is_refusal(&m))
		return 80;
	return (m.uuid[8] & 0xc0) >= 0x80 && (m.uuid[6] >> 4) <= 5 ? 80 : 0;
}

/* Where answers come from another port nothing is known of what became of a call. */
static void dcerpc_udp_unanswered(struct proto_ctx *x, const struct ask *ask)
{
	const struct dg_state *s = x->state;
	struct dg_asked a = { 0 };
	struct dg_own *w;

	memcpy(&a, ask->blob, min_size(ask->n, sizeof(a)));
	if (!a.waits && !s->both_ways)
		return;
	struct obs *o = begin(x, &a, a.waits ? PHASE_WHOLE : PHASE_ANSWER, NULL, &w);

	o->outcome = s->both_ways ? OUT_UNANSWERED : OUT_UNKNOWN;
	if (w != NULL)
		w->request = act_str(x, dg_type_name(a.type));
	act_emit(x);
}

const struct proto proto_dcerpc_udp = {
	.name = "dcerpc_udp", .on = ON_UDP, .ports = { 34964, 135 },
	.state_size = sizeof(struct dg_state), .own_size = sizeof(struct dg_own),
	.verified = VERIFIED_CAPTURE,
	.codes = dg_codes, .code_count = DG_CODES, .spaces = dg_spaces, .fields = dg_fields,
	.probe = dcerpc_udp_probe, .message = dcerpc_udp_message, .unanswered = dcerpc_udp_unanswered,
};

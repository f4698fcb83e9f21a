/* proto/dcerpc_print.c: what is sent to a printer over DCE/RPC, as a transfer: a print job that writes a
 * program into a file is told by its type. One job at a time is followed.
 *
 * Spec: [MS-RPRN] 3.1.4.9. */
#include "proto/dcerpc.h"

void rpc_print_begin(struct proto_ctx *x, const struct rpc *m, const struct rpc_note *k, uint64_t act)
{
	struct rpc_state *s = x->state;
	/* Where it goes says more than what it is called. */
	struct bytes name = k->a.value_n > 0 ? (struct bytes){ k->text + k->a.object_n, k->a.value_n } :
			    (struct bytes){ k->text, k->a.object_n };

	rpc_print_end(x, false);
	s->printing = transfer_open(x, 0);
	s->print_act = act;
	s->print_channel = m->channel;
	s->name_n = (uint8_t)min_size(name.n, sizeof(s->name));
	if (s->name_n > 0)
		memcpy(s->name, name.p, s->name_n);
}

/* printer:20 room:word bytes size:4 */
void rpc_print_data(struct proto_ctx *x, const struct rpc *m, struct stub stub)
{
	const struct rpc_state *s = x->state;
	struct cursor c = cur_over((struct bytes){ stub.p, stub.n });

	cur_take(&c, HANDLE);
	uint64_t room = rpc_word(m, &stub, &c);
	struct bytes data = cur_bytes(&c, room);

	if (s->printing && s->print_channel == m->channel && !cur_broken(&c))
		transfer_data(x, 0, data);
}

void rpc_print_end(struct proto_ctx *x, bool in_order)
{
	struct rpc_state *s = x->state;
	struct rpc_note k = { .a = { .code = CODE_PDU | RPC_PRINTED, .type = RPC_REQUEST,
				     .interface = IF_SPOOLSS, .space = SPACE_PRINTER } };
	struct transfer_result r;
	struct rpc_own *own;

	if (!s->printing)
		return;
	s->printing = 0;
	if (!transfer_close(x, 0, in_order, &r) || r.size == 0)
		return;
	rpc_note_put(&k, (struct bytes){ s->name, s->name_n }, (struct bytes){ s->name, 0 });
	struct obs *o = rpc_begin(x, &k, s->print_act != 0 ? PHASE_ANSWER : PHASE_WHOLE, &own);

	o->re = s->print_act;
	o->outcome = r.complete ? OUT_DONE : OUT_PARTLY;
	if (own != NULL) {
		own->has_request = 0;
		transfer_tell(x, &r, o->object.name, &own->transfer);
	}
	act_emit(x);
}

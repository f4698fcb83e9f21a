/* proto/ntp_act.c: what acts of all modes begin with: who asks whom, and what is kept of a question. */
#include "proto/ntp.h"

#include <string.h>

struct ntp_asked ntp_asked_of(const struct proto_ctx *x, const struct ntp_message *m)
{
	struct ntp_asked a = { .receive = m->receive, .code = ntp_code_of(m), .sequence = m->sequence,
			   .association = m->association, .version = m->version,
			   .implementation = m->implementation, .from_client = x->from_client };

	if (m->mode == CONTROL && m->data.n > 0) {
		a.n = (uint8_t)min_size(m->data.n, NAMES_MAX);
		memcpy(a.names, m->data.p, a.n);
	}
	return a;
}

bool ntp_asked_again(const struct ask *ask, struct ntp_asked *ret)
{
	if (ask == NULL || ask->n != sizeof(*ret))
		return false;
	memcpy(ret, ask->blob, sizeof(*ret));
	return true;
}

/* The mode says who asks whom, whatever the ports say. */
struct obs *ntp_begin(struct proto_ctx *x, uint32_t code, uint8_t phase, bool sender_acts)
{
	const struct proto_code *row = proto_code(&proto_ntp, code);
	struct obs *o = act_begin_row(x, row, code);
	bool client_acts = x->from_client == sender_acts;

	o->flags &= (uint16_t)~FLAG_BY_DEVICE;
	o->phase = phase;
	o->actor = client_acts ? flow_client(x) : flow_server(x);
	o->device = client_acts ? flow_server(x) : flow_client(x);
	return o;
}

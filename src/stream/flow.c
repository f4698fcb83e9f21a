/* stream/flow.c: the conversations of one shard: who talks to whom, since when, until when.
 *
 * A conversation waits in one of four lists, by its time-out, each ordered by the second of last use; the
 * clock only grows, so the head of a list is due first. */
#include "stream/flow.h"

static const int64_t timeout_ns[LISTS] = {
	[LIST_SHORT] = 60 * NS_PER_S, /* TCP never answered, or after FIN or RST */
	[LIST_DATAGRAM] = 120 * NS_PER_S,
	[LIST_ETHER] = 600 * NS_PER_S,
	[LIST_TCP] = 3600 * NS_PER_S,
};
static const int64_t update_ns = 60 * NS_PER_S;

/* ---- the lists by time-out ---- */

static void list_out(struct shard *s, struct flow *f)
{
	struct flow_table *t = s->flows;

	if (f->prev == NONE32)
		t->first[f->list] = f->next;
	else
		flow_at(s, f->prev)->next = f->next;
	if (f->next == NONE32)
		t->last[f->list] = f->prev;
	else
		flow_at(s, f->next)->prev = f->prev;
}

static void list_in(struct shard *s, struct flow *f, uint32_t index, uint8_t list)
{
	struct flow_table *t = s->flows;

	f->list = list;
	f->next = NONE32;
	f->prev = t->last[list];
	if (f->prev == NONE32)
		t->first[list] = index;
	else
		flow_at(s, f->prev)->next = index;
	t->last[list] = index;
}

static uint8_t list_of(const struct flow *f)
{
	switch (f->kind) {
	case KIND_TCP:
		if ((f->flags & FLOW_ENDED) || ((f->half[0].flags | f->half[1].flags) & HALF_FIN))
			return LIST_SHORT;
		return f->flags & (FLOW_BOTH_WAYS | FLOW_MIDSTREAM) ? LIST_TCP : LIST_SHORT;
	case KIND_SCTP:
		return f->flags & FLOW_ENDED ? LIST_SHORT : LIST_TCP;
	case KIND_ETHER:
		return LIST_ETHER;
	default:
		return LIST_DATAGRAM;
	}
}

/* Moves f to the end of the list it now belongs to. Once a second is enough: lists are in order of the second
 * of last use, and flow_tick() ends all flows of a second together. */
static void touch(struct shard *s, struct flow *f)
{
	uint8_t list = list_of(f);
	int64_t before_ns = f->last_ns;

	f->last_ns = s->clock_ns;
	if (f->list == list && (before_ns >= s->flows->second_ns || f->next == NONE32))
		return;
	list_out(s, f);
	list_in(s, f, flow_index(s, f), list);
}

/* ---- the end of a flow ---- */

void flow_finish(struct shard *s, struct flow *f, uint8_t end)
{
	if (f->flags & FLOW_ENDED)
		return;
	f->flags |= FLOW_ENDED;
	f->end = end;
	f->spoken = relate_innermost(s, f);	/* what is inside ends with the flow, before the flow is said
						 * to */
	if (f->kind == KIND_TCP)
		tcp_finish(s, f);
	else if (f->kind == KIND_SCTP)
		sctp_finish(s, f);
	frame_finish(s, f);
}

static void flow_remove(struct shard *s, struct flow *f, uint8_t end)
{
	flow_finish(s, f, end);
	act_flow(s, f, FLOW_CLOSED, f->end);
	list_out(s, f);
	flow_slot_remove(s->flows, f->hash, flow_index(s, f));
	s->flows->latest = NULL;
	if (f->tunnels != NONE32)
		slab_put(&s->flows->tunnels, slab_at(&s->flows->tunnels, f->tunnels));
	slab_put(&s->flows->flows, f);
}

/* The flow not used for longest, over all lists. */
static void evict_oldest(struct shard *s)
{
	struct flow *oldest = NULL;

	for (unsigned i = 0; i < LISTS; i++) {
		if (s->flows->first[i] == NONE32)
			continue;
		struct flow *f = flow_at(s, s->flows->first[i]);

		if (oldest == NULL || f->last_ns < oldest->last_ns)
			oldest = f;
	}
	if (oldest == NULL)
		return;
	if (!(oldest->flags & FLOW_ENDED))
		s->stats->flows_evicted++;
	flow_remove(s, oldest, FLOW_END_EVICTED);
}

/* ---- the beginning of a flow ---- */

static bool port_known(const struct flow_table *t, const struct layers *l, uint16_t port)
{
	const uint8_t *bits = l->kind == KIND_UDP ? t->udp_known : t->tcp_known;

	return bits[port / 8] >> port % 8 & 1;
}

static bool is_init(const struct layers *l)
{
	return l->payload.n > 0 && l->payload.p[0] == 1; /* SCTP INIT (RFC 9260 section 3.3.2) */
}

/* A SYN that also ends the connection is no opening (RFC 9293 section 3.10.7.2): scanners and fuzzers send
 * it. */
static bool opens(const struct layers *l)
{
	return l->kind == KIND_TCP && (l->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) == TCP_SYN;
}

/* Which end is the client: 0 the sender, 1 the receiver. *ret_sure: it is more than a guess. */
static unsigned client_end(const struct flow_table *t, const struct layers *l, bool *ret_sure)
{
	*ret_sure = true;
	if (opens(l))
		return l->tcp_flags & TCP_ACK ? 1 : 0;
	if (l->kind == KIND_SCTP && is_init(l))
		return 0;
	if ((l->kind != KIND_TCP && l->kind != KIND_UDP && l->kind != KIND_SCTP) || (l->flags & LAYER_GROUP))
		return 0;
	bool src = port_known(t, l, l->src_port), dst = port_known(t, l, l->dst_port);

	*ret_sure = l->kind == KIND_UDP && src != dst;
	if (src != dst)
		return src ? 1 : 0;
	if (l->kind != KIND_UDP && l->src_port != l->dst_port)
		return l->src_port < l->dst_port ? 1 : 0;
	if ((l->src_port < 1024) != (l->dst_port < 1024))
		return l->src_port < 1024 ? 1 : 0;
	return 0;
}

static void set_end(struct flow *f, unsigned end, const uint8_t ip[16], const uint8_t mac[6], uint16_t port)
{
	memcpy(f->ip[end], ip, 16);
	memcpy(f->mac[end], mac, 6);
	f->port[end] = port;
}

static void set_key(struct flow *f, const struct layers *l, unsigned client)
{
	set_end(f, client, l->src_ip, l->src_mac, l->src_port);
	set_end(f, !client, l->dst_ip, l->dst_mac, l->dst_port);
	f->ether = l->ether;
	f->lsap = l->lsap;
	f->ip_proto = l->ip_proto;
	f->kind = l->kind;
	f->tap = l->tap;
	f->vlan = l->vlan;
}

static void set_tunnels(struct flow_table *t, struct flow *f, const struct layers *l)
{
	if (l->tunnel_depth == 0)
		return;
	void *kept = slab_get(&t->tunnels); /* as many as flows: never refused */

	memcpy(kept, l->tunnels, sizeof(l->tunnels));
	f->tunnels = slab_index(&t->tunnels, kept);
	f->tunnel_depth = l->tunnel_depth;
	f->tunnel_count = (uint8_t)min_size(l->tunnel_depth, TUNNELS_KEPT);
}

struct bytes flow_tunnels(const struct shard *s, const struct flow *f)
{
	if (f->tunnel_count == 0)
		return (struct bytes){0};
	return (struct bytes){slab_at(&s->flows->tunnels, f->tunnels),
			      f->tunnel_count * sizeof(struct tunnel)};
}

static struct flow *flow_begin(struct shard *s, uint32_t hash, const struct layers *l, unsigned client,
			       bool sure)
{
	struct flow_table *t = s->flows;

	if (t->flows.used == t->flows.cap) {
		evict_oldest(s);
		t->flows.refused++;
	}
	struct flow *f = slab_get(&t->flows);

	if (f == NULL)
		return NULL;
	uint32_t index = flow_index(s, f);

	if (2 * t->flows.used > t->mask && t->mask + 1 < t->most)
		flow_slots_grow(t);
	f->hash = hash;
	f->inner = f->asks = f->who = f->tunnels = f->gathers = f->transfers = f->keeps = NONE32;
	f->half[0].waits = f->half[1].waits = f->half[0].buffer = f->half[1].buffer = NONE32;
	set_key(f, l, client);
	set_tunnels(t, f, l);
	f->flags = sure ? FLOW_ENDS_KNOWN : 0;
	if (l->kind == KIND_ICMP && l->payload.n >= sizeof(f->icmp))	/* RFC 792, RFC 4443 section 2.1 */
		memcpy(f->icmp, l->payload.p, sizeof(f->icmp));
	if (l->flags & LAYER_GROUP)
		f->flags |= FLOW_GROUP;
	if (l->kind == KIND_TCP && !(l->tcp_flags & TCP_SYN))
		f->flags |= FLOW_MIDSTREAM;
	f->opened_ns = f->last_ns = f->said_ns = s->clock_ns;
	flow_slot_put(t, hash, index);
	list_in(s, f, index, list_of(f));
	s->stats->flows_opened++;
	f->name = act_flow(s, f, FLOW_OPENED, FLOW_END_NONE);
	if (!s->options.claim)
		f->claim = CLAIM_NEVER;
	else if (expect_claim(s, f) != NULL)
		f->flags |= FLOW_EXPECTED;
	return f;
}

/* The ends of f were guessed, and this frame shows that they are the other way round. */
static void swap_ends(struct flow *f)
{
	struct flow old = *f;

	for (unsigned d = 0; d < 2; d++) {
		memcpy(f->ip[d], old.ip[!d], sizeof(f->ip[d]));
		memcpy(f->mac[d], old.mac[!d], sizeof(f->mac[d]));
		f->port[d] = old.port[!d];
		f->half[d] = old.half[!d];
	}
}

/* SYN and SYN-ACK tell the ends for sure; before the first act they may still be put right. */
static unsigned judge_ends(struct flow *f, const struct layers *l, unsigned d)
{
	if (!opens(l) || (f->flags & FLOW_ENDS_KNOWN))
		return d;
	unsigned client = l->tcp_flags & TCP_ACK ? !d : d;

	if (client != 0) {
		if ((f->flags & FLOW_SAID) || f->claim != CLAIM_OPEN || f->half[0].buffer != NONE32)
			return d;
		swap_ends(f);
		d = !d;
	}
	f->flags |= FLOW_ENDS_KNOWN;
	return d;
}

/* ---- a frame ---- */

/* Does this frame begin a new conversation between the same ends? */
static bool is_new(const struct shard *s, const struct flow *f, const struct layers *l, unsigned d)
{
	if (l->kind == KIND_TCP)
		return tcp_is_new(s, f, l, d);
	return l->kind == KIND_SCTP && (f->flags & FLOW_ENDED) && is_init(l);
}

/* The flow of this frame, a new one when there is none or the old one is over. */
static struct flow *flow_of(struct shard *s, const struct layers *l, unsigned *ret_dir)
{
	struct flow_table *t = s->flows;
	struct flow *f = t->latest;
	int found = f == NULL ? -1 : flow_match(f, l);
	uint32_t hash = found >= 0 ? f->hash : flow_hash(s, l);
	bool sure, revived = false;
	unsigned client, d;

	if (found < 0)
		f = flow_find(s, hash, l, &found);
	if (f != NULL) {
		d = judge_ends(f, l, (unsigned)found);
		*ret_dir = d;
		t->latest = f;
		if (!is_new(s, f, l, d))
			return f;
		revived = l->kind == KIND_TCP && !(l->tcp_flags & TCP_SYN);
		sure = revived && (f->flags & FLOW_ENDS_KNOWN);
		flow_remove(s, f, FLOW_END_TIMEOUT);
	}
	if (revived)
		client = d;
	else
		client = client_end(t, l, &sure);
	f = flow_begin(s, hash, l, client, sure);
	*ret_dir = client;
	if (f != NULL && l->kind == KIND_TCP)
		tcp_begin(f, l, client);
	return f;
}

static void count_frame(struct flow *f, const struct layers *l, unsigned d)
{
	f->half[d].frames++;
	f->half[d].bytes += l->wire;
	f->half[d].payload += l->payload.n;
	if (l->kind == KIND_TCP)	/* that it was answered is said next: with what */
		f->half[d].tcp_flags |= l->tcp_flags;
}

static void work(struct shard *s, struct flow *f, const struct layers *l, unsigned d)
{
	switch (l->kind) {
	case KIND_TCP:
		tcp_frame(s, f, l, d);
		break;
	case KIND_SCTP:
		sctp_frame(s, f, l, d);
		break;
	default:
		f->half[d].missing += l->payload_wire - l->payload.n;
		s->stats->sums.missing += l->payload_wire - l->payload.n;
		frame_datagram(s, f, d, l->payload, l->first_frame, 0);
	}
}

void flow_frame(struct shard *s, const struct layers *l)
{
	unsigned d;

	if (l->flags & LAYER_BAD_CHECKSUM) {
		s->stats->sums.discarded += l->payload.n;
		return;
	}
	struct flow *f = flow_of(s, l, &d);

	if (s->clock_ns - s->flows->second_ns >= NS_PER_S)
		s->flows->second_ns = s->clock_ns - s->clock_ns % NS_PER_S;
	if (f == NULL) { /* only with a cap of no flows at all */
		s->stats->sums.discarded += l->payload.n;
		return;
	}
	count_frame(f, l, d);
	if (!(f->flags & FLOW_BOTH_WAYS) && f->half[0].frames != 0 && f->half[1].frames != 0) {
		f->flags |= FLOW_BOTH_WAYS;
		act_flow(s, f, FLOW_ANSWERED, FLOW_END_NONE);
	}
	work(s, f, l, d);
	touch(s, f);
	if (s->clock_ns - f->said_ns >= update_ns) {
		act_flow(s, f, FLOW_UPDATE, FLOW_END_NONE);
		f->said_ns = s->clock_ns;
	}
}

/* ---- timers ---- */

/* The flow whose time-out is due first; its due moment. */
static struct flow *due_first(const struct shard *s, int64_t *ret_due_ns)
{
	struct flow *best = NULL;

	*ret_due_ns = INT64_MAX;
	for (unsigned i = 0; i < LISTS; i++) {
		if (s->flows->first[i] == NONE32)
			continue;
		struct flow *f = flow_at(s, s->flows->first[i]);

		if (f->last_ns + timeout_ns[i] < *ret_due_ns) {
			*ret_due_ns = f->last_ns + timeout_ns[i];
			best = f;
		}
	}
	return best;
}

static int64_t hole_due(const struct flow_table *t)
{
	return t->wait_first == NONE32 ? INT64_MAX :
	       ((const struct wait *)slab_at(&t->waits, t->wait_first))->since_ns + HOLE_NS;
}

int64_t flow_due(const struct shard *s)
{
	int64_t hole_ns = hole_due(s->flows), due_ns;

	due_first(s, &due_ns);
	return hole_ns < due_ns ? hole_ns : due_ns;
}

void flow_tick(struct shard *s, int64_t now_ns)
{
	struct flow_table *t = s->flows;

	for (;;) {
		int64_t due_ns, hole_ns = hole_due(t);
		struct flow *f = due_first(s, &due_ns);

		if (hole_ns <= due_ns && hole_ns <= now_ns) {
			const struct wait *w = slab_at(&t->waits, t->wait_first);

			s->now_ns = hole_ns;
			tcp_give_up(s, flow_at(s, w->flow), w->dir);
		} else if (due_ns < now_ns) { /* not <=: at the next tick the whole second is due */
			s->now_ns = due_ns;
			flow_remove(s, f, FLOW_END_TIMEOUT);
		} else {
			return;
		}
	}
}

void flow_close_all(struct shard *s)
{
	for (;;) {
		int64_t due_ns;
		struct flow *f = due_first(s, &due_ns);

		if (f == NULL)
			return;
		flow_remove(s, f, FLOW_END_CAPTURE);
	}
}

/* Layers for a call that no frame caused: the flow seen from one of its ends. */
static const struct layers *layers_of(struct shard *s, const struct flow *f, bool from_client)
{
	struct layers *l = &s->flows->made;
	unsigned d = from_client ? 0 : 1;

	*l = (struct layers){
		.frame = s->frame,
		.first_frame = s->frame,
		.at_ns = s->now_ns,
		.src_port = f->port[d],
		.dst_port = f->port[!d],
		.ether = f->ether,
		.lsap = f->lsap,
		.ip_proto = f->ip_proto,
		.kind = f->kind,
		.tap = f->tap,
		.vlan = f->vlan,
		.shard = (uint8_t)s->number,
		.flags = f->flags & FLOW_GROUP ? LAYER_GROUP : 0,
		.tunnel_depth = f->tunnel_depth,
	};
	memcpy(l->src_ip, f->ip[d], 16);
	memcpy(l->dst_ip, f->ip[!d], 16);
	memcpy(l->src_mac, f->mac[d], 6);
	memcpy(l->dst_mac, f->mac[!d], 6);
	if (f->tunnel_count > 0)
		memcpy(l->tunnels, flow_tunnels(s, f).p, flow_tunnels(s, f).n);
	return l;
}

/* Nobody acknowledges what was not sent (RFC 9293 section 3.10.7.4), so the capture has lost it. One byte may
 * be a FIN that was not seen. */
bool peer_loss(const struct proto_ctx *x)
{
	const struct half *h = &x->flow->half[x->from_client ? 1 : 0];
	const unsigned known = HALF_SEQ | HALF_ACKED;
	const int32_t far = 1 << 24; /* farther off it is another stream's */
	int32_t unseen = (int32_t)(h->acked - h->next_seq);

	return (h->flags & known) == known && unseen > 1 && unseen < far;
}

struct proto_ctx flow_ctx(struct shard *s, struct flow *f, bool from_client)
{
	return (struct proto_ctx){
		.state = f->state,
		.from_client = from_client,
		.after_loss = f->half[from_client ? 0 : 1].flags & HALF_LOSS,
		.midstream = f->flags & FLOW_MIDSTREAM,
		.ends_known = f->flags & FLOW_ENDS_KNOWN,
		.cut_off = (f->flags & FLOW_ENDED) && f->end != FLOW_END_FIN,
		.l = s->l != NULL ? s->l : layers_of(s, f, from_client),
		.proto = f->proto,
		.flow = f,
		.shard = s,
	};
}

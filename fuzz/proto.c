/* fuzz/proto.c: one protocol (FUZZ_PROTO), in a real shard, on a flow that is its own. Input: messages, each
 *   server:1 lost:1 wait:1 fin:1 segment:4 | length:2 little-endian | bytes
 * lost: some bytes before it are missing; wait: a second passes; segment n > 0: so many bytes each. */
#include "shard.h"

#ifndef FUZZ_TALK	/* fuzz_segments.c calls it by another name */
#define FUZZ_TALK LLVMFuzzerTestOneInput
#endif

int FUZZ_TALK(const uint8_t *data, size_t size);

struct talk {
	const struct proto *p, *carrier; /* carrier: on the wire; p itself unless it is ON_PROTO */
	struct flow *flow;
	uint32_t seq[2];
	uint8_t kind;
};

static void show(struct talk *t, unsigned d, uint8_t flags, const uint8_t *p, size_t n)
{
	static const uint8_t numbers[] = {[KIND_TCP] = 6, [KIND_UDP] = 17, [KIND_SCTP] = 132, [KIND_IP] = 89};
	struct layers l = {
		.kind = t->kind, .tcp_flags = flags, .ether = 0x0800, .seq = t->seq[d], .ack = t->seq[!d]};
	uint16_t number = t->carrier->ports[0];

	l.src_mac[5] = (uint8_t)(1 + d);
	l.dst_mac[5] = (uint8_t)(2 - d);
	if (t->kind == KIND_ETHER) {
		l.ether = number >= 0x600 ? number : 0;
		l.lsap = number >= 0x600 ? 0 : (uint8_t)number;
	} else {
		l.src_ip[10] = l.src_ip[11] = l.dst_ip[10] = l.dst_ip[11] = 255;
		l.src_ip[15] = (uint8_t)(1 + d);
		l.dst_ip[15] = (uint8_t)(2 - d);
		l.ip_proto = numbers[t->kind];
		l.src_port = d == 0 ? 40000 : 9;
		l.dst_port = d == 0 ? 9 : 40000;
	}
	fuzz_frame(&l, p, n);
	t->seq[d] += (uint32_t)n + ((flags & (TCP_SYN | TCP_FIN)) != 0);
}

static void begin(struct talk *t)
{
	t->carrier = t->p = proto_named(FUZZ_PROTO);
	while (t->carrier->on == ON_PROTO && proto_named(t->carrier->over) != NULL)
		t->carrier = proto_named(t->carrier->over);
	static const uint8_t kinds[] = {
		[ON_ETHER] = KIND_ETHER, [ON_IP] = KIND_IP,	[ON_UDP] = KIND_UDP,
		[ON_TCP] = KIND_TCP,	 [ON_SCTP] = KIND_SCTP, [ON_PROTO] = KIND_TCP};

	t->kind = kinds[t->carrier->on];
	show(t, 0, TCP_SYN, NULL, 0);
	show(t, 1, TCP_SYN | TCP_ACK, NULL, 0);
	t->flow = flow_at(fuzz.shard, 0);
	if (!flow_claim(fuzz.shard, t->flow, t->carrier))
		abort();
}

/* An inner protocol is shown its message by the carrier. */
static void pass_inner(struct talk *t, unsigned d, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n == 0 ? 1 : n);
	struct proto_ctx x;

	show(t, d, TCP_ACK, NULL, 0);
	x = flow_ctx(fuzz.shard, t->flow, d == 0);
	x.proto = proto_named(t->p->over) != NULL ? proto_named(t->p->over) : t->carrier;
	if (n > 0)
		memcpy(copy, p, n);
	act_message_begins(fuzz.shard, fuzz.frame);
	pass(&x, (struct cursor){.p = copy, .left = n});
	relate_message_ended(fuzz.shard, t->flow);
	free(copy);
	fuzz_drain();
}

static void message(struct talk *t, uint8_t how, const uint8_t *p, size_t n)
{
	unsigned d = how & 1;
	size_t step = how >> 4 == 0 ? (n == 0 ? 1 : n) : how >> 4;

	if (how & 4)
		fuzz_wait(1);
	if (how & 2)
		t->seq[d] += 7;
	if (t->p->on == ON_PROTO) {
		pass_inner(t, d, p, n);
		return;
	}
	if (t->kind != KIND_TCP)
		step = n == 0 ? 1 : n;
	for (size_t at = 0; at < n; at += step)
		show(t, d, TCP_ACK, p + at, min_size(step, n - at));
	if (how & 2) /* the loss is known at once */
		show(t, !d, TCP_ACK, NULL, 0);
	if (how & 8)
		show(t, d, TCP_FIN | TCP_ACK, NULL, 0);
}

int FUZZ_TALK(const uint8_t *data, size_t size)
{
	struct talk t = {0};

	fuzz_open();
	begin(&t);
	while (size >= 3) {
		size_t n = min_size((size_t)(data[1] | data[2] << 8), size - 3);

		message(&t, data[0], data + 3, n);
		data += 3 + n;
		size -= 3 + n;
	}
	fuzz_close();
	return 0;
}

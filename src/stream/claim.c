/* stream/claim.c: whose bytes these are.
 *
 * The first bytes of a flow are logged, in the order they came and with their direction, and every protocol
 * that may speak here is asked how sure it is. When the surest one has seen two whole messages (one on a port
 * it is known for), the flow is its, and the log is shown to it as if it came now. */
#include "stream/flow.h"

enum {
	MAYBE = 1,		/* a probe that waits for more: nobody gets a flow by it */
	SURE_MOST = 100,	/* the highest answer of a probe */
	USUAL_PORT = 20,	/* what a port adds to a probe */
	SURE_AT_END = 50,	/* a probe that suffices for one message when no more will come */
	HOPELESS = 512,		/* bytes of a direction in which nobody saw anything known */
	DATAGRAMS_MAX = 8,	/* shown to probes, a direction */
};

/* ---- the state of a claimed flow ---- */

static unsigned state_class(const struct proto *p)
{
	unsigned class = 0;

	while (class + 1 < STATE_CLASSES && (size_t)32 << class < p->state_size)
		class ++;
	return class;
}

void claim_state_drop(struct shard *s, struct flow *f)
{
	if (f->state != NULL)
		slab_put(&s->flows->states[state_class(f->proto)], f->state);
	f->state = NULL;
}

bool flow_claim(struct shard *s, struct flow *f, const struct proto *p)
{
	void *state = NULL;

	if (p != NULL && p->state_size > 0) {
		state = slab_get(&s->flows->states[state_class(p)]);
		if (state == NULL)
			return false;
	}
	claim_state_drop(s, f);
	f->proto = p;
	f->state = state;
	f->number = p == NULL ? 0 : (uint8_t)proto_number(p);
	f->claim = p == NULL ? CLAIM_OPEN : CLAIM_DONE;
	if (p == NULL)
		f->half[0].offered = f->half[1].offered = 0;
	else
		s->stats->proto[f->number].flows++;
	return true;
}

/* ---- who may it be ---- */

struct chunk { /* in the log of an undecided flow, its bytes behind it */
	uint64_t frame;
	uint32_t n;
	uint8_t dir;
	uint8_t spare[3];
};

static bool is_stream(const struct flow *f) { return f->kind == KIND_TCP; }

static bool usual(const struct proto *p, uint32_t a, uint32_t b)
{
	for (size_t i = 0; i < ARRAY_LEN(p->ports) && p->ports[i] != 0; i++)
		if (p->ports[i] == a || p->ports[i] == b)
			return true;
	return false;
}

/* May p speak in this kind of flow? *ret_usual: its port is one it is known for. */
static bool fits(const struct proto *p, const struct flow *f, uint32_t ppid, bool *ret_usual)
{
	*ret_usual = usual(p, f->port[0], f->port[1]);
	switch (f->kind) {
	case KIND_TCP:
		return p->on == ON_TCP && p->probe != NULL;
	case KIND_UDP:
		return (p->on == ON_UDP || (p->on == ON_TCP && p->also_udp)) && p->probe != NULL;
	case KIND_SCTP:
		*ret_usual |= ppid != 0 && usual(p, ppid, ppid);
		return p->on == ON_SCTP && (p->probe != NULL || *ret_usual);
	case KIND_ETHER:
		*ret_usual = usual(p, f->ether != 0 ? f->ether : f->lsap, f->ether != 0 ? f->ether : f->lsap);
		return p->on == ON_ETHER && *ret_usual;
	default:
		*ret_usual = usual(p, f->ip_proto, f->ip_proto);
		return p->on == ON_IP && *ret_usual;
	}
}

struct candidate {
	const struct proto *p;
	unsigned score; /* port included */
	unsigned messages; /* whole ones seen so far */
	bool usual;
};

static struct proto_ctx trial_ctx(struct shard *s, struct flow *f, const struct proto *p, unsigned d,
				  uint32_t ppid)
{
	struct proto_ctx x = flow_ctx(s, f, d == 0);

	memset(s->flows->scratch, 0, p->state_size);
	x.state = s->flows->scratch;
	x.proto = p;
	x.ppid = ppid;
	return x;
}

static unsigned probe(struct shard *s, struct flow *f, const struct proto *p, unsigned d, struct bytes b,
		      uint32_t ppid)
{
	struct proto_ctx x = trial_ctx(s, f, p, d, ppid);

	return p->probe == NULL ? SURE_AT_END : p->probe(&x, cur_over(b));
}

/* How many whole messages of p the first bytes of one direction begin with; *ret_lost: behind them they are
 * not p's. */
static unsigned messages_in(struct shard *s, struct flow *f, const struct proto *p, unsigned d,
			    struct bytes b, bool *ret_lost)
{
	struct proto_ctx x = trial_ctx(s, f, p, d, 0);
	unsigned n = 0;

	*ret_lost = false;
	while (b.n > 0) {
		struct cut c = frame_cut(&x, b);

		*ret_lost = c.what == CUT_LOST;
		if (c.what == CUT_LOST || c.what == CUT_NEED || c.n > b.n)
			return n;
		n++;
		if (c.what == CUT_BODY)
			return n;
		b.p += c.n;
		b.n -= c.n;
	}
	return n;
}

/* On a port it is known for, a protocol may be recognised by a message with nonsense behind it; elsewhere
 * everything seen so far must be its, in both directions. */
static void try_stream(struct shard *s, struct flow *f, struct candidate *c, const struct bytes head[2])
{
	for (unsigned d = 0; d < 2; d++) {
		unsigned score = head[d].n == 0 ? 0 : probe(s, f, c->p, d, head[d], 0);
		bool lost;

		if (score == 0)
			continue;
		unsigned n = messages_in(s, f, c->p, d, head[d], &lost);

		if (lost && (n == 0 || !c->usual)) {
			if (c->usual)
				continue;
			c->score = c->messages = 0;
			return;
		}
		c->messages += n;
		if (score > c->score)
			c->score = score;
	}
}

static void try_datagrams(struct shard *s, struct flow *f, struct candidate *c, const struct buffer *log,
			  uint32_t ppid)
{
	for (uint32_t at = 0; at < log->used;) {
		struct chunk k;

		memcpy(&k, log->bytes + at, sizeof(k));
		at += (uint32_t)sizeof(k);
		unsigned score = probe(s, f, c->p, k.dir, (struct bytes){log->bytes + at, k.n}, ppid);

		at += k.n;
		c->messages += score != 0;
		if (score > c->score)
			c->score = score;
	}
}

/* The first bytes of both directions, each in one piece. */
static void heads(struct flow_table *t, const struct buffer *log, struct bytes ret_head[2])
{
	size_t n[2] = {0, 0};

	for (uint32_t at = 0; at < log->used;) {
		struct chunk k;

		memcpy(&k, log->bytes + at, sizeof(k));
		at += (uint32_t)sizeof(k);
		size_t take = min_size(k.n, CLAIM_BYTES - n[k.dir]);

		memcpy(t->head[k.dir] + n[k.dir], log->bytes + at, take);
		n[k.dir] += take;
		at += k.n;
	}
	for (unsigned d = 0; d < 2; d++)
		ret_head[d] = (struct bytes){t->head[d], n[d]};
}

/* Asks those that are known for the port of f, or all others; keeps the surest, of equals the first. */
static void ask(struct shard *s, struct flow *f, uint32_t ppid, const struct bytes head[2], bool known,
		struct candidate *best)
{
	const struct buffer *log = buffer_at(s->flows, f->half[0].buffer);

	for (size_t i = 0; protos[i] != NULL; i++) {
		struct candidate c = {.p = protos[i]};

		if (!fits(c.p, f, ppid, &c.usual) || c.usual != known)
			continue;
		if (is_stream(f))
			try_stream(s, f, &c, head);
		else
			try_datagrams(s, f, &c, log, ppid);
		if (c.score != 0 && c.usual)
			c.score += USUAL_PORT;
		if (c.score > best->score)
			*best = c;
	}
}

/* The surest protocol; score 0: none. Most flows are on the port of what they speak: who is as sure there as
 * anybody can be elsewhere has it, and the others need not be asked. */
static struct candidate leader(struct shard *s, struct flow *f, uint32_t ppid)
{
	struct candidate best = {0};
	struct bytes head[2] = {{0}};

	if (is_stream(f))
		heads(s->flows, buffer_at(s->flows, f->half[0].buffer), head);
	ask(s, f, ppid, head, true, &best);
	if (best.score < SURE_MOST)
		ask(s, f, ppid, head, false, &best);
	return best;
}

void claim_log_drop(struct shard *s, struct flow *f)
{
	struct buffer *log;

	if (f->half[0].buffer == NONE32)
		return;
	log = buffer_at(s->flows, f->half[0].buffer);
	for (uint32_t at = 0; at < log->used;) {
		struct chunk k;

		memcpy(&k, log->bytes + at, sizeof(k));
		at += (uint32_t)sizeof(k) + k.n;
		s->stats->sums.unclaimed += k.n;
	}
	buffer_drop(s->flows, &f->half[0].buffer);
}

static void give_up_claim(struct shard *s, struct flow *f)
{
	claim_log_drop(s, f);
	f->claim = CLAIM_NEVER;
}

/* Shows everything logged to the protocol that now has the flow. */
static void replay(struct shard *s, struct flow *f, uint32_t ppid)
{
	uint32_t id = f->half[0].buffer;
	struct buffer *log = buffer_at(s->flows, id);

	f->half[0].buffer = NONE32;
	for (uint32_t at = 0; at < log->used;) {
		struct chunk k;

		memcpy(&k, log->bytes + at, sizeof(k));
		at += (uint32_t)sizeof(k);
		struct bytes b = {log->bytes + at, k.n};

		at += k.n;
		if (is_stream(f))
			frame_bytes(s, f, k.dir, b, k.frame);
		else
			frame_datagram(s, f, k.dir, b, k.frame, ppid);
	}
	buffer_drop(s->flows, &id);
}

/* Adds bytes to the log; consecutive ones of one direction of a stream become one chunk. */
static bool log_add(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame)
{
	uint32_t *id = &f->half[0].buffer;
	uint32_t used = *id == NONE32 ? 0 : buffer_at(s->flows, *id)->used;
	struct chunk k = {.frame = frame, .n = (uint32_t)b.n, .dir = (uint8_t)d};

	if (!buffer_room(s->flows, id, used + sizeof(k) + b.n))
		return false;
	struct buffer *log = buffer_at(s->flows, *id);
	struct chunk last = {0};

	if (used > 0)
		memcpy(&last, log->bytes + log->known, sizeof(last));
	if (used > 0 && is_stream(f) && last.dir == d) {
		last.n += (uint32_t)b.n;
		memcpy(log->bytes + log->known, &last, sizeof(last));
	} else {
		log->known = used; /* in a log: where its last chunk begins */
		memcpy(log->bytes + used, &k, sizeof(k));
		used += (uint32_t)sizeof(k);
	}
	memcpy(log->bytes + used, b.p, b.n);
	log->used = used + (uint32_t)b.n;
	return true;
}

/* Nobody knows these bytes. A flow seen from its beginning will hardly say something known later; one joined
 * in the middle is tried again from its next segment on. */
static void nobody(struct shard *s, struct flow *f, unsigned d)
{
	if (!is_stream(f) || (f->flags & FLOW_MIDSTREAM) || (f->half[d].flags & HALF_LOSS)) {
		claim_log_drop(s, f);
		return;
	}
	if (f->half[d].offered >= HOPELESS)
		give_up_claim(s, f);
}

/* Is somebody sure enough by now? final: nothing more will come. */
static void decide(struct shard *s, struct flow *f, unsigned d, uint32_t ppid, bool final)
{
	struct candidate best = leader(s, f, ppid);
	bool full = f->half[d].offered >= CLAIM_BYTES;

	if (best.score == 0) {
		if (final || full)
			give_up_claim(s, f);
		else
			nobody(s, f, d);
		return;
	}
	unsigned wanted = best.usual || full || (final && best.score >= SURE_AT_END) ? 1 : 2;
	bool enough = best.score > MAYBE && best.messages >= wanted;

	if (enough && flow_claim(s, f, best.p)) {
		if (!best.usual)
			f->flags |= FLOW_GUESSED;
		replay(s, f, ppid);
	} else if (enough || full || final) {
		give_up_claim(s, f);
	}
}

/* Bytes of a flow nobody has yet. */
void claim_bytes(struct shard *s, struct flow *f, unsigned d, struct bytes b, uint64_t frame, uint32_t ppid)
{
	struct half *h = &f->half[d];

	if (f->claim == CLAIM_NEVER) {
		s->stats->sums.unclaimed += b.n;
		return;
	}
	/* A datagram takes at least its part of what may be shown: DATAGRAMS_MAX of them are enough. */
	size_t cost = is_stream(f) ? b.n : min_size(CLAIM_BYTES / DATAGRAMS_MAX, b.n < 1 ? 1 : CLAIM_BYTES);

	h->offered = (uint16_t)min_size(h->offered + cost, UINT16_MAX);
	if (!log_add(s, f, d, b, frame)) {
		s->stats->sums.unclaimed += b.n;
		give_up_claim(s, f);
		return;
	}
	decide(s, f, d, ppid, false);
}

void claim_finish(struct shard *s, struct flow *f)
{
	if (f->claim == CLAIM_OPEN && f->half[0].buffer != NONE32)
		decide(s, f, 0, 0, true);
}

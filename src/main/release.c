/* main/release.c: see release.h. */
#include "main/release.h"

static const struct rec *head_of(const struct release *r, unsigned i)
{
	return (const struct rec *)(const void *)r->heads[i].bytes;
}

static bool before(const struct rec *a, const struct rec *b)
{
	return a->frame != b->frame ? a->frame < b->frame : a->ordinal < b->ordinal;
}

static void give_up(struct release *r, unsigned i)
{
	r->heads[i].broken = true;
	r->broken++;
	ring_abandon(r->rings[i]);
}

/* Takes the n bytes in the head as a record of ring i. */
static bool accept(struct release_head *h, size_t n)
{
	const struct rec *rec = (const struct rec *)(const void *)h->bytes;

	if (!rec_check(h->bytes, n) ||
	    (h->any && (rec->frame < h->frame || (rec->frame == h->frame && rec->ordinal <= h->ordinal))))
		return false;
	h->any = true;
	h->frame = rec->frame;
	h->ordinal = rec->ordinal;
	return true;
}

/* Fills the head of ring i with its next good record. */
static void fill(struct release *r, unsigned i)
{
	struct release_head *h = &r->heads[i];

	while (!h->full && !h->broken) {
		long n = ring_read(r->rings[i], h->bytes, sizeof(h->bytes));

		if (n == 0)
			return;
		if (n < 0) {
			give_up(r, i);
		} else if (accept(h, (size_t)n)) {
			h->full = true;
		} else {
			r->refused++;
			if (++h->refused == RELEASE_REFUSED)
				give_up(r, i);
		}
	}
}

const struct rec *release_next(struct release *r, bool *ret_ended)
{
	uint64_t bound = UINT64_MAX;	/* no silent ring can still bring a record at or below this frame */
	bool ended = true;
	unsigned best = r->count;

	for (unsigned i = 0; i < r->count; i++) {
		/* First what is promised, then what is there: in this order nothing slips in between. */
		bool closed = r->heads[i].broken || ring_closed(r->rings[i]);
		uint64_t done = closed ? UINT64_MAX : ring_done_frame(r->rings[i]);

		fill(r, i);
		if (r->heads[i].full) {
			ended = false;
			if (best == r->count || before(head_of(r, i), head_of(r, best)))
				best = i;
		} else {
			ended = ended && closed;
			if (done < bound)
				bound = done;
		}
	}
	*ret_ended = ended;
	if (best == r->count || head_of(r, best)->frame > bound)
		return NULL;
	r->heads[best].full = false;
	return head_of(r, best);
}

void release_wait(struct release *r, int timeout_ms)
{
	/* The silent ring with the lowest promise holds everything up: wait for that one. */
	unsigned slow = r->count;
	uint64_t lowest = UINT64_MAX;

	for (unsigned i = 0; i < r->count; i++) {
		if (r->heads[i].full || r->heads[i].broken || ring_closed(r->rings[i]))
			continue;
		uint64_t done = ring_done_frame(r->rings[i]);

		if (slow == r->count || done < lowest) {
			lowest = done;
			slow = i;
		}
	}
	if (slow == r->count)
		return;
	uint32_t seen = ring_events(r->rings[slow]);

	fill(r, slow);
	if (!r->heads[slow].full && ring_done_frame(r->rings[slow]) == lowest && !ring_closed(r->rings[slow]))
		ring_wait(r->rings[slow], seen, timeout_ms);
}

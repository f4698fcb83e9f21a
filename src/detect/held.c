/* detect/held.c: see held.h. */
#include "detect/held.h"

#include "detect/detector.h"

bool held_asks(const struct obs *o)
{
	const struct proto *p = proto_at(o->rec.proto);
	uint8_t class = o->object.class;

	return o->verb == VERB_WRITE && o->phase == PHASE_ASK && p != NULL && p->transfers &&
	       (class == CLASS_PROGRAM || class == CLASS_FILE || class == CLASS_FIRMWARE);
}

struct held *held_get(struct helds *all, uint32_t row, const struct obs *o, const struct book_key *key,
		      const struct alert *a)
{
	struct held *free = NULL;

	for (unsigned i = 0; i < HELD_MAX; i++) {
		struct held *h = &all->list[i];

		if (h->used && h->row == row && h->object == o->object.key)
			return h;
		if (!h->used && free == NULL)
			free = h;
	}
	if (free == NULL)
		return NULL;
	*free = (struct held){ .used = true, .row = row, .object = o->object.key, .key = *key, .alert = *a,
			       .since_ns = o->rec.at_ns };
	all->used++;
	return free;
}

void held_drop(struct helds *all, struct held *h)
{
	h->used = false;
	all->used--;
}

void held_add(struct held *h, const struct obs *o)
{
	struct book_sum *s = &h->sum;

	s->acts += o->times;
	if (o->rec.at_ns > s->last_ns)
		s->last_ns = o->rec.at_ns;
	if (s->frame_count < ALERT_FRAMES &&
	    (s->frame_count == 0 || s->frames[s->frame_count - 1] < o->rec.frame))
		s->frames[s->frame_count++] = o->rec.frame;
	if (h->act_count < ALERT_FRAMES)
		h->acts[h->act_count++] = rec_name_of(&o->rec);
}

struct held *held_of(struct helds *all, const struct obs *answer)
{
	for (unsigned i = 0; all->used > 0 && answer->re != 0 && i < HELD_MAX; i++) {
		struct held *h = &all->list[i];

		for (unsigned k = 0; h->used && k < h->act_count; k++)
			if (h->acts[k] == answer->re)
				return h;
	}
	return NULL;
}

bool held_answer(struct held *h, const struct obs *answer)
{
	struct book_sum *s = &h->sum;
	struct transfer_own file;
	uint64_t *told = answer->outcome == OUT_REFUSED ? &s->refused :
			 answer->outcome == OUT_UNANSWERED ? &s->unanswered :
			 answer->outcome == OUT_UNKNOWN ? NULL : &s->done;

	if (told != NULL && s->done + s->refused + s->unanswered + answer->times <= s->acts)
		*told += answer->times;
	return answer->outcome == OUT_REFUSED || answer->outcome == OUT_UNANSWERED ||
	       transfer_of(answer, &file);
}

struct held *held_oldest(struct helds *all, int64_t before_ns)
{
	struct held *oldest = NULL;

	for (unsigned i = 0; all->used > 0 && i < HELD_MAX; i++) {
		struct held *h = &all->list[i];

		if (h->used && h->since_ns <= before_ns &&
		    (oldest == NULL || h->alert.record < oldest->alert.record))
			oldest = h;
	}
	return oldest;
}

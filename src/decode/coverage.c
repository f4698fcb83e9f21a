/* decode/coverage.c: what each tap saw of each VLAN in each minute of capture time.
 *
 * One minute is open at a time, for all taps: that of the latest frame. Late frames count into it. A pair of
 * hosts is in one_way from its first unicast frame in the minute, and moves to both_ways with the first one
 * back; pairs beyond the cap are not counted as pairs, only their frames are. Bytes are those on the wire. */
#include <errno.h>

#include "core/hash.h"
#include "decode/walk.h"

enum {
	ROWS = COVERAGE_ROWS + COVERAGE_TAPS,	/* one more for each tap, for VLANs beyond the cap */
	ROWS_DONE = 2 * ROWS,		/* finished and not yet asked for */
	ROW_PLACES = 2048,		/* of the index; > 2 * ROWS, so it is never more than half full */
	KNOWN = 64,			/* pairs that are quickly seen to have nothing new */
	PAIR_PLACES = 32768, PAIRS_MAX = PAIR_PLACES / 2,	/* of one minute, over all rows */
	FORWARD = 1, BACK = 2,		/* low bits of a pair: directions seen */
};
#define MINUTE_NS (60 * NS_PER_S)

struct row { struct health health; uint64_t salt; uint16_t vlan; uint8_t tap; };

struct coverage {
	int64_t minute_ns, end_ns;	/* of the open minute */
	bool open;
	uint32_t rows, done, given;	/* rows in use; done rows; how many of those were handed out */
	uint32_t pairs;
	struct row *last;		/* the row of the frame before */
	uint16_t places[ROW_PLACES];	/* row + 1; 0: free */
	uint64_t known[KNOWN];		/* a pair as in pair[], here when it was looked up last */
	uint64_t pair[PAIR_PLACES];	/* hash with its directions; 0: free */
	uint16_t taken[PAIRS_MAX];	/* the places that are not free: to clear them all takes longer than a
					 * quiet minute */
	struct row row[ROWS];
	struct row ready[ROWS_DONE];
};

size_t coverage_need(void)
{
	return sizeof(struct coverage);
}

int coverage_init(struct coverage **ret_v, struct arena *a)
{
	*ret_v = arena_take(a, sizeof(**ret_v));
	return *ret_v == NULL ? -ENOMEM : 0;
}

/* ---- minutes ---- */

static int row_order(const struct row *a, const struct row *b)
{
	return a->tap != b->tap ? a->tap - b->tap : a->vlan - b->vlan;
}

/* Rows come nearly sorted and are few; qsort() may allocate. */
static void rows_sort(struct row *rows, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct row moving = rows[i];
		uint32_t at = i;

		for (; at > 0 && row_order(&rows[at - 1], &moving) > 0; at--)
			rows[at] = rows[at - 1];
		rows[at] = moving;
	}
}

static void minute_close(struct decode *d)
{
	struct coverage *v = d->coverage;

	if (v->given == v->done)
		v->given = v->done = 0;
	rows_sort(v->row, v->rows);
	for (uint32_t i = 0; i < v->rows; i++) {
		if (v->done == ROWS_DONE) {
			d->stats.coverage_lost += v->rows - i;
			break;
		}
		v->ready[v->done++] = v->row[i];
	}
	for (uint32_t i = 0; i < v->pairs; i++)
		v->pair[v->taken[i]] = 0;
	memset(v->known, 0, sizeof(v->known));
	if (v->rows > 0)
		memset(v->places, 0, sizeof(v->places));
	v->rows = v->pairs = 0;
	v->last = NULL;
}

static int64_t minute_end(int64_t minute_ns)
{
	return minute_ns > INT64_MAX - MINUTE_NS ? INT64_MAX : minute_ns + MINUTE_NS;
}

static void minute_open(struct coverage *v, int64_t at_ns)
{
	int64_t into = at_ns % MINUTE_NS;

	if (into < 0)
		into += MINUTE_NS;
	v->minute_ns = at_ns < INT64_MIN + into ? INT64_MIN : at_ns - into;
	v->end_ns = minute_end(v->minute_ns);
	v->open = true;
}

bool decode_coverage(struct decode *d, int64_t now_ns, uint8_t *ret_tap, uint16_t *ret_vlan,
		     struct health *ret_h)
{
	struct coverage *v = d->coverage;

	fragment_expire(d, now_ns);
	if (v->given == v->done && v->rows > 0 && now_ns >= v->end_ns)
		minute_close(d);
	if (v->given == v->done || minute_end(v->ready[v->given].health.minute_ns) > now_ns)
		return false;
	const struct row *row = &v->ready[v->given++];

	*ret_tap = row->tap;
	*ret_vlan = row->vlan;
	*ret_h = row->health;
	return true;
}

/* ---- rows and pairs ---- */

static struct row *row_find(struct coverage *v, uint8_t tap, uint16_t vlan)
{
	uint32_t place = (uint32_t)(hash_mix((uint64_t)tap << 16 | vlan) & (ROW_PLACES - 1));

	for (; v->places[place] != 0; place = (place + 1) & (ROW_PLACES - 1)) {
		struct row *row = &v->row[v->places[place] - 1];

		if (row->tap == tap && row->vlan == vlan)
			return row;
	}
	if (v->rows >= COVERAGE_ROWS && vlan != VLAN_REST)
		return row_find(v, tap, VLAN_REST);
	struct row *row = &v->row[v->rows++];

	*row = (struct row){ .health.minute_ns = v->minute_ns, .vlan = vlan, .tap = tap,
			     .salt = hash_mix((uint64_t)tap << 16 | vlan) };
	v->places[place] = (uint16_t)v->rows;
	return row;
}

static void pair_count(struct coverage *v, struct row *row, uint64_t pair, uint64_t direction)
{
	uint64_t key = (pair ^ row->salt) & ~(uint64_t)(FORWARD | BACK);
	uint64_t *known = &v->known[key >> 58];	/* KNOWN places */

	if ((*known | direction) == *known && ((*known ^ key) & ~(uint64_t)(FORWARD | BACK)) == 0)
		return;
	uint32_t place = (uint32_t)(key >> 32) & (PAIR_PLACES - 1);

	while (v->pair[place] != 0 && (v->pair[place] & ~(uint64_t)(FORWARD | BACK)) != key)
		place = (place + 1) & (PAIR_PLACES - 1);
	uint64_t seen = v->pair[place];

	if (seen == 0) {
		if (v->pairs == PAIRS_MAX)
			return;
		v->taken[v->pairs++] = (uint16_t)place;
		row->health.one_way++;
	} else if ((seen | direction) != seen) {
		row->health.one_way--;
		row->health.both_ways++;
	}
	v->pair[place] = *known = key | (seen & (FORWARD | BACK)) | direction;
}

void coverage_count(struct decode *d, const struct frame *f, const struct layers *l, bool give, uint64_t pair,
		    bool forward)
{
	struct coverage *v = d->coverage;

	if (!v->open || (l->at_ns >= v->end_ns && v->end_ns != INT64_MAX)) {
		if (v->rows > 0)
			minute_close(d);
		minute_open(v, l->at_ns);
	}
	struct row *row = v->last;

	if (row == NULL || row->tap != l->tap || row->vlan != l->vlan)
		v->last = row = row_find(v, l->tap, l->vlan);
	struct health *h = &row->health;

	h->frames++;
	h->bytes += l->wire;
	if (f->dropped > 0 || l->class == FRAME_DUPLICATE || l->wire > f->n ||
	    (l->flags & LAYER_BAD_CHECKSUM)) {
		h->dropped += f->dropped;
		h->duplicates += l->class == FRAME_DUPLICATE;
		h->cut += l->wire > f->n;
		h->bad_checksum += (l->flags & LAYER_BAD_CHECKSUM) != 0;
	}
	if ((l->flags & LAYER_GROUP) != 0) {
		h->group++;
		return;
	}
	h->unicast++;
	if (give || l->class == FRAME_FRAGMENT)
		pair_count(v, row, pair, forward ? FORWARD : BACK);
}

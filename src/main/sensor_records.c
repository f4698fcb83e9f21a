/* main/sensor_records.c: the reader's own records: coverage, ticks of capture time, and what an input could
 * not give. */
#include "main/sensor_parts.h"

/* A record of the reader with `own` behind it, to be finished and committed by the caller; NULL: no desk. */
static struct obs *reader_obs(struct sensor *s, uint8_t type, uint8_t tap, uint16_t vlan, int64_t at_ns,
			      const void *own, size_t own_size)
{
	size_t size = sizeof(struct obs) + align8(own_size);
	struct obs *o = ring_reserve(s->reader_ring, size);

	if (o == NULL)
		return NULL;
	if (s->reader_frame != s->frame) {
		s->reader_frame = s->frame;
		s->reader_n = 0;
	}
	memset(o, 0, size);
	o->rec = (struct rec){ .size = (uint32_t)size, .type = type, .tap = tap, .frame = s->frame,
			       .at_ns = at_ns, .ordinal = ORDINAL_TIMER | (uint32_t)SHARD_READER << 24 |
			       s->reader_n++ };
	o->phase = PHASE_PUSH;
	o->verb = VERB_REPORT;
	o->times = 1;
	o->since_ns = at_ns;
	o->vlan = vlan;
	if (own_size > 0) {
		o->own = (struct span){ sizeof(*o), (uint16_t)own_size };
		memcpy(o + 1, own, own_size);
	}
	return o;
}

void reader_coverage(struct sensor *s, int64_t now_ns)
{
	uint8_t tap;
	uint16_t vlan;
	struct health h;

	while (decode_coverage(s->decode, now_ns, &tap, &vlan, &h)) {
		struct obs *o = reader_obs(s, REC_HEALTH, tap, vlan, h.minute_ns, &h, sizeof(h));

		if (o == NULL)
			return;
		ring_commit(s->reader_ring, o->rec.size);
	}
}

/* Every record of a time before this second has its place before this one: what counts acts by time, counts
 * them up to here. */
void reader_tick(struct sensor *s, int64_t now_ns)
{
	struct rec *r = ring_reserve(s->reader_ring, sizeof(*r));

	if (r == NULL)
		return;
	if (s->reader_frame != s->frame) {
		s->reader_frame = s->frame;
		s->reader_n = 0;
	}
	*r = (struct rec){ .size = sizeof(*r), .type = REC_TICK, .frame = s->frame, .at_ns = now_ns,
			   .ordinal = ORDINAL_TIMER | (uint32_t)SHARD_READER << 24 | s->reader_n++ };
	ring_commit(s->reader_ring, sizeof(*r));
}

/* What the inputs could not give: one record each, with the input's name and the offset. */
void reader_damage(struct sensor *s)
{
	const struct damage *list;
	size_t n = capture_damage(s->capture, &list);

	for (size_t i = 0; i < n; i++) {
		const char *name = capture_input_name(s->capture, list[i].input);
		size_t name_n = min_size(strlen(name), 1024), what_n = strlen(list[i].what);
		uint8_t text[1024 + 64];

		what_n = min_size(what_n, sizeof(text) - name_n);
		memcpy(text, name, name_n);
		memcpy(text + name_n, list[i].what, what_n);
		struct obs *o = reader_obs(s, REC_LOSS, 0, 0, s->now_ns, text, name_n + what_n);

		if (o == NULL)
			return;
		o->object.name = (struct span){ o->own.at, (uint16_t)name_n };
		o->note = (struct span){ (uint16_t)(o->own.at + name_n), (uint16_t)what_n };
		o->own = (struct span){ 0 };
		o->value.type = VAL_UINT;
		o->value.items = 1;
		o->value.bits = 64;
		o->value.one.u = list[i].offset;
		o->object.count = list[i].frames < UINT32_MAX ? (uint32_t)list[i].frames : UINT32_MAX;
		ring_commit(s->reader_ring, o->rec.size);
	}
}

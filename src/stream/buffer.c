/* stream/buffer.c: bytes that wait for a whole message, or for a protocol. */
#include "stream/flow.h"

enum { BUFFER_CLASS_BITS = 28 };

struct buffer *buffer_at(const struct flow_table *t, uint32_t id)
{
	return slab_at(&t->buffers[id >> BUFFER_CLASS_BITS], id & ((UINT32_C(1) << BUFFER_CLASS_BITS) - 1));
}

void buffer_drop(struct flow_table *t, uint32_t *id)
{
	if (*id == NONE32)
		return;
	slab_put(&t->buffers[*id >> BUFFER_CLASS_BITS], buffer_at(t, *id));
	*id = NONE32;
}

bool buffer_room(struct flow_table *t, uint32_t *id, size_t want)
{
	struct buffer *old = *id == NONE32 ? NULL : buffer_at(t, *id);

	if (old != NULL && want <= old->cap)
		return true;
	for (unsigned class = 0; class < BUFFER_CLASSES; class ++) {
		size_t cap = (size_t)256 << 2 * class;

		if (cap < want)
			continue;
		struct buffer *b = slab_get(&t->buffers[class]);

		if (b == NULL)
			continue; /* this class is full: a larger one will do */
		b->cap = (uint32_t)cap;
		if (old != NULL) {
			b->frame = old->frame;
			b->used = old->used;
			b->known = old->known;
			memcpy(b->bytes, old->bytes, old->used);
			buffer_drop(t, id);
		}
		*id = (uint32_t) class << BUFFER_CLASS_BITS | slab_index(&t->buffers[class], b);
		return true;
	}
	return false;
}

/* capture/capture.c: many inputs as one stream of frames, merged with a binary heap of their next frames. */
#include "capture/capture.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "capture/input.h"

struct waiting {		/* an input whose next frame is known */
	int64_t at_ns;
	uint32_t input;
};

struct capture {
	struct input *inputs;
	struct waiting *heap;	/* heap[0] is the earliest */
	uint32_t room, count, waiting;
	bool given;		/* heap[0]'s frame was handed out and may now be left behind */
	bool size_unknown;
	struct capture_stats stats;
	struct damage damage[CAPTURE_DAMAGE_MAX];
	size_t damages;
	uint8_t *buffers;	/* of one input: unpacked bytes, packed bytes, interfaces */
	size_t block;
};

/* Bytes one read asks for. Pages are only used when touched, so this is what an input costs. */
static size_t block_for(uint32_t inputs)
{
	return inputs <= 4 ? 1 << 18 : inputs <= 256 ? 1 << 16 : 1 << 14;
}

static size_t buffer_room(size_t block) { return RECORD_CAP + block; }
static size_t packed_room(size_t block) { return ZSTD_BLOCKSIZE_MAX + block; }

static size_t input_room(size_t block)
{
	return buffer_room(block) + packed_room(block) + INTERFACES_MAX * sizeof(struct interface);
}

size_t capture_room(uint32_t inputs)
{
	return sizeof(struct capture) + sizeof(struct waiting) + 64 +
	       inputs * (sizeof(struct input) + sizeof(struct waiting) + input_room(block_for(inputs)));
}

int capture_init(struct capture **ret_c, struct arena *a, uint32_t inputs)
{
	struct capture *c = arena_take(a, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	*c = (struct capture){ .room = inputs, .block = block_for(inputs) };
	c->inputs = arena_take(a, inputs * sizeof(*c->inputs));
	c->heap = arena_take(a, (inputs + 1ul) * sizeof(*c->heap));	/* heap[0] is always looked at */
	c->buffers = arena_take(a, inputs * input_room(c->block));
	if (c->inputs == NULL || c->heap == NULL || c->buffers == NULL)
		return -ENOMEM;
	*ret_c = c;
	return 0;
}

/* A descriptor may be set not to block, by whoever shares it: then wait instead of changing it. */
static long read_descriptor(void *arg, uint8_t *to, size_t n)
{
	const struct input *in = arg;

	for (;;) {
		ssize_t got = read(in->fd, to, n);

		if (got >= 0)
			return got;
		if (errno == EAGAIN)
			poll(&(struct pollfd){ .fd = in->fd, .events = POLLIN }, 1, -1);
		else if (errno != EINTR)
			return -errno;
	}
}

static struct input *add(struct capture *c, const char *name, uint8_t tap, uint64_t size)
{
	if (c->count == c->room)
		return NULL;
	struct input *in = &c->inputs[c->count];
	uint8_t *mine = c->buffers + c->count * input_room(c->block);

	*in = (struct input){
		.interfaces = (struct interface *)(void *)mine,
		.stats = &c->stats, .block = c->block, .name = name, .tap = tap, .size = size, .fd = -1,
		.last_ns = INT64_MIN,
	};
	in->packed = mine + INTERFACES_MAX * sizeof(struct interface);
	in->buf = in->packed + packed_room(c->block);
	in->at = in->end = in->buf;
	c->count++;
	c->size_unknown |= size == 0;
	c->stats.total = c->size_unknown ? 0 : c->stats.total + size;
	return in;
}

int capture_add(struct capture *c, int fd, const char *name, uint8_t tap, uint64_t size)
{
	struct input *in = add(c, name, tap, size);

	if (in == NULL)
		return -ENOSPC;
	in->fd = fd;
	in->source = (struct source){ .read = read_descriptor, .arg = in };
	return (int)(in - c->inputs);
}

int capture_add_source(struct capture *c, struct source s, const char *name, uint8_t tap, uint64_t size)
{
	struct input *in = add(c, name, tap, size);

	if (in == NULL)
		return -ENOSPC;
	in->source = s;
	return (int)(in - c->inputs);
}

static void note_damage(struct capture *c, const struct input *in)
{
	if (c->damages == CAPTURE_DAMAGE_MAX) {
		c->stats.damage_hidden++;
		return;
	}
	c->damage[c->damages++] = (struct damage){
		.input = (uint32_t)(in - c->inputs), .offset = in->damage_at,
		.frames = in->frames, .what = in->damage,
	};
}

/* Reads the next frame of one input. False: it has ended. */
static bool advance(struct capture *c, struct input *in, struct frame *ret_f)
{
	if (in->next(in, ret_f) == 0) {
		if (in->damage != NULL)
			note_damage(c, in);
		return false;
	}
	in->frames++;
	c->stats.backwards += ret_f->at_ns < in->last_ns;
	in->last_ns = ret_f->at_ns;
	return true;
}

static bool before(const struct waiting *a, const struct waiting *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->input < b->input;
}

/* Lets heap[i] sink until no child comes before it. */
static void sink(struct capture *c, uint32_t i)
{
	struct waiting moved = c->heap[i];

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= c->waiting)
			break;
		if (child + 1 < c->waiting && before(&c->heap[child + 1], &c->heap[child]))
			child++;
		if (!before(&c->heap[child], &moved))
			break;
		c->heap[i] = c->heap[child];
		i = child;
	}
	c->heap[i] = moved;
}

int capture_start(struct capture *c, uint32_t *ret_input, const char **ret_what)
{
	for (uint32_t i = 0; i < c->count; i++) {
		const char *what = NULL;
		struct input *in = &c->inputs[i];
		int r = input_open(in, &what);
		bool first = r == 0 && advance(c, in, &in->head);

		if (r == 0 && !first && in->error < 0)
			r = in->error;		/* nothing of it could be read */
		if (r < 0) {
			*ret_input = i;
			if (r == -EINVAL && what != NULL)
				*ret_what = what;
			return r;
		}
		if (first)
			c->heap[c->waiting++] = (struct waiting){ .at_ns = in->head.at_ns, .input = i };
	}
	for (uint32_t i = c->waiting / 2; i-- > 0;)
		sink(c, i);
	return 0;
}

static int give(struct capture *c, const struct frame *f)
{
	c->given = true;
	c->stats.frames++;
	c->stats.bytes += f->n;
	return 1;
}

int capture_next(struct capture *c, struct frame *ret_f)
{
	struct waiting *top = &c->heap[0];
	struct input *in = &c->inputs[top->input];

	if (c->given && c->waiting == 1) {	/* no other input to compare with: no detour over the heap */
		if (advance(c, in, ret_f))
			return give(c, ret_f);
		c->waiting = 0;
	} else if (c->given) {
		if (advance(c, in, &in->head))
			top->at_ns = in->head.at_ns;
		else
			*top = c->heap[--c->waiting];
		sink(c, 0);
	}
	c->given = false;
	if (c->waiting == 0)
		return 0;
	*ret_f = c->inputs[top->input].head;
	return give(c, ret_f);
}

const struct capture_stats *capture_stats(const struct capture *c) { return &c->stats; }

const char *capture_input_name(const struct capture *c, uint32_t input)
{
	return input < c->count ? c->inputs[input].name : NULL;
}

size_t capture_damage(const struct capture *c, const struct damage **ret_list)
{
	*ret_list = c->damage;
	return c->damages;
}

void capture_done(struct capture *c)
{
	for (uint32_t i = 0; c != NULL && i < c->count; i++) {
		input_close(&c->inputs[i]);
		if (c->inputs[i].fd >= 0)
			close(c->inputs[i].fd);
	}
	if (c != NULL)
		c->count = c->waiting = 0;
}

/* core/cursor.h: read untrusted bytes without ever reading past them.
 *
 * A cursor is a view. It owns nothing, and it is valid only while the packet
 * or stream buffer under it is. The first read that does not fit breaks the
 * cursor, and every later read then gives zero. So read a whole message
 * straight through, then ask cur_done() once, before using any value. */
#ifndef CORE_CURSOR_H
#define CORE_CURSOR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {			/* a view; see above */
	const uint8_t *p;
	size_t n;		/* bytes */
};

/* Two words, so that it travels in registers: three would go through memory, where a wide load behind narrow
 * stores stalls; that was 5 % of all time on Modbus. */
struct cursor {
	const uint8_t *p;	/* next unread byte, also when nothing is left; NULL: a read did not fit */
	size_t left;		/* bytes from p to the end */
};

static inline struct cursor cur_over(struct bytes b)
{
	static const uint8_t nothing[1];

	return (struct cursor){ .p = b.p != NULL ? b.p : nothing, .left = b.n };
}

/* A read did not fit. */
static inline bool cur_broken(const struct cursor *c)
{
	return c->p == NULL;
}

static inline void cur_break(struct cursor *c)
{
	*c = (struct cursor){ .p = NULL };
}

static inline const uint8_t *cur_take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->p;

	if (p == NULL || n > c->left) {
		cur_break(c);
		return NULL;
	}
	c->p += n;
	c->left -= n;
	return p;
}

static inline uint8_t cur_u8(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 1);

	return p == NULL ? 0 : p[0];
}

static inline uint16_t cur_be16(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 2);

	return (uint16_t)(p == NULL ? 0 : p[0] << 8 | p[1]);
}

static inline uint32_t cur_be24(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 3);

	return p == NULL ? 0 : (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static inline uint32_t cur_be32(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 4);

	return p == NULL ? 0 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t cur_be64(struct cursor *c)
{
	uint64_t high = cur_be32(c);

	return high << 32 | cur_be32(c);
}

static inline uint16_t cur_le16(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 2);

	return (uint16_t)(p == NULL ? 0 : p[1] << 8 | p[0]);
}

static inline uint32_t cur_le32(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 4);

	return p == NULL ? 0 : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t cur_le64(struct cursor *c)
{
	uint64_t low = cur_le32(c);

	return (uint64_t)cur_le32(c) << 32 | low;
}

/* A view of the next n bytes; empty with p NULL when they are not there. */
static inline struct bytes cur_bytes(struct cursor *c, size_t n)
{
	const uint8_t *p = cur_take(c, n);

	return (struct bytes){ .p = p, .n = p == NULL ? 0 : n };
}

/* Everything that is left. */
static inline struct bytes cur_rest(struct cursor *c)
{
	return cur_bytes(c, c->left);
}

/* The next n bytes as a cursor of their own: reads inside it cannot leave it. */
static inline struct cursor cur_sub(struct cursor *c, size_t n)
{
	struct bytes b = cur_bytes(c, n);

	return (struct cursor){ .p = b.p, .left = b.n };
}

/* Looks at the next byte without reading it; 0 when there is none. */
static inline uint8_t cur_peek(const struct cursor *c)
{
	return c->left == 0 ? 0 : c->p[0];
}

/* Every read fitted, and nothing is left over. */
static inline bool cur_done(const struct cursor *c)
{
	return !cur_broken(c) && c->left == 0;
}

#endif

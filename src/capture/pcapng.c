/* capture/pcapng.c: pcapng, blocks with a length at both ends (draft-ietf-opsawg-pcapng).
 *
 * Block:    type:4 total:4 body total:4, total a multiple of 4. Numbers are in the byte order of the section.
 * Sections: a section header (4.1) starts anew: byte order, and interfaces numbered from 0.
 * Read:     section header, interface description, enhanced, simple and old packet blocks, statistics.
 * Passed:   every other block, known or not. */
#include "capture/input.h"

enum block {
	BLOCK_INTERFACE = 1,		/* 4.2 */
	BLOCK_PACKET_OLD = 2,		/* appendix A */
	BLOCK_PACKET_SIMPLE = 3,	/* 4.4 */
	BLOCK_STATISTICS = 5,		/* 4.6 */
	BLOCK_PACKET = 6,		/* 4.3 */
	BLOCK_SECTION = 0x0a0d0d0a,	/* 4.1, the same in both byte orders */
};
enum { BLOCK_HEAD = 8, BLOCK_TAIL = 4, BLOCK_MIN = 12, SECTION_MIN = 28 };

enum option {
	OPTION_END = 0, OPTION_COMMENT = 1,	/* 3.5 */
	OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14,	/* 4.2 */
	OPTION_DROPCOUNT = 4,			/* 4.3 */
	OPTION_IFDROP = 5, OPTION_OSDROP = 7,	/* 4.6 */
};

static const uint32_t ORDER_MAGIC = 0x1a2b3c4d;	/* 4.1 */

static uint64_t u64(const struct input *in, struct cursor *c)
{
	return in->big ? cur_be64(c) : cur_le64(c);
}

/* One option of a list. False at the end of it; cur_broken(c) then says whether the list was cut. */
static bool option_next(struct input *in, struct cursor *c, uint16_t *ret_code, struct cursor *ret_value)
{
	if (c->left == 0)
		return false;
	uint16_t code = input_u16(in, c);
	uint16_t n = input_u16(in, c);

	if (cur_broken(c) || code == OPTION_END)
		return false;
	struct bytes value = cur_bytes(c, n);

	cur_take(c, (4 - n % 4u) % 4u);
	if (cur_broken(c))
		return false;
	in->stats->comments += code == OPTION_COMMENT;
	*ret_code = code;
	*ret_value = cur_over(value);
	return true;
}

static int64_t within(__int128 ns)
{
	return ns > TIME_LIMIT_NS ? TIME_LIMIT_NS : ns < -TIME_LIMIT_NS ? -TIME_LIMIT_NS : (int64_t)ns;
}

static int64_t time_of(const struct interface *i, uint64_t ticks)
{
	__int128 ns;

	if (i->shift > 0)
		ns = (__int128)ticks * NS_PER_S >> i->shift;
	else
		ns = (__int128)(i->div > 1 ? ticks / i->div : ticks) * (__int128)i->mul;
	return within(ns + i->offset_ns);
}

/* if_tsresol, 4.2: the top bit chooses powers of two, else of ten. */
static void resolution(struct interface *i, uint8_t value)
{
	unsigned power = value & 0x7f;

	i->mul = i->div = 1;
	i->shift = value & 0x80 ? (uint8_t)power : 0;
	if (value & 0x80) {
		if (power == 0)
			i->mul = (uint64_t)NS_PER_S;
		return;
	}
	for (unsigned n = power; n < 9; n++)
		i->mul *= 10;
	for (unsigned n = 9; n < power && n < 28; n++)	/* 10^19 is all 64 bits hold */
		i->div *= 10;
}

/* The byte order that a section header shows right behind type and length. False: it shows none. */
static bool section_order(struct input *in, const uint8_t *p)
{
	struct cursor c = cur_over((struct bytes){ .p = p + BLOCK_HEAD, .n = 4 });
	uint32_t order = cur_le32(&c);

	in->big = order != ORDER_MAGIC;
	return order == ORDER_MAGIC || order == __builtin_bswap32(ORDER_MAGIC);
}

static const char *section_body(struct input *in, struct bytes body)
{
	struct cursor c = cur_over(body);
	uint16_t code;
	struct cursor value;

	cur_take(&c, 4);
	uint16_t major = input_u16(in, &c);

	cur_take(&c, 10);		/* minor: compatible by definition; section length: not needed */
	if (major != 1)
		return "pcapng-version";
	in->interface_count = 0;
	while (option_next(in, &c, &code, &value))
		;
	return NULL;
}

static const char *interface(struct input *in, struct bytes body)
{
	struct cursor c = cur_over(body);
	struct interface made = { 0 };
	uint16_t code;
	struct cursor value;

	made.link = input_u16(in, &c);
	cur_take(&c, 2);
	made.snap = input_u32(in, &c);
	resolution(&made, 6);		/* microseconds unless told otherwise */
	while (option_next(in, &c, &code, &value)) {
		if (code == OPTION_TSRESOL)
			resolution(&made, cur_u8(&value));
		if (code == OPTION_TSOFFSET)
			made.offset_ns = within((__int128)(int64_t)u64(in, &value) * NS_PER_S);
		if ((code == OPTION_TSRESOL || code == OPTION_TSOFFSET) && !cur_done(&value))
			return "bad-interface";
	}
	if (cur_broken(&c))
		return "bad-interface";		/* its times could be read wrongly by any factor */
	if (in->interface_count < INTERFACES_MAX)
		in->interfaces[in->interface_count] = made;
	if (in->interface_count < UINT32_MAX)
		in->interface_count++;
	return NULL;
}

static struct interface *find(struct input *in, uint32_t number, const char **ret_what)
{
	if (number >= in->interface_count)
		*ret_what = "unknown-interface";
	else if (number >= INTERFACES_MAX)
		*ret_what = "too-many-interfaces";
	else
		return &in->interfaces[number];
	return NULL;
}

/* Packet blocks tell losses one by one, statistics tell them in total: the larger sum is what was lost. */
static void lost(struct input *in, struct interface *i, uint64_t more, uint64_t total)
{
	uint64_t before = i->lost_packets > i->lost_total ? i->lost_packets : i->lost_total;

	if (__builtin_add_overflow(i->lost_packets, more, &i->lost_packets))
		i->lost_packets = UINT64_MAX;
	i->lost_total = total;
	uint64_t now = i->lost_packets > total ? i->lost_packets : total;

	if (__builtin_add_overflow(in->stats->dropped, now - before, &in->stats->dropped))
		in->stats->dropped = UINT64_MAX;
}

static const char *statistics(struct input *in, struct bytes body)
{
	struct cursor c = cur_over(body);
	const char *what = NULL;
	uint64_t total = 0, n;
	uint16_t code;
	struct cursor value;
	struct interface *i = find(in, input_u32(in, &c), &what);

	if (i == NULL)
		return what;
	cur_take(&c, 8);		/* when it was counted */
	while (option_next(in, &c, &code, &value)) {
		if (code != OPTION_IFDROP && code != OPTION_OSDROP)
			continue;
		n = u64(in, &value);
		if (__builtin_add_overflow(total, n, &total))
			total = UINT64_MAX;
	}
	if (total > i->lost_total)	/* a total that falls is not believed */
		lost(in, i, 0, total);
	return NULL;
}

/* Enhanced packet block, 4.3, and the old packet block, appendix A, which has a shorter interface number. */
static const char *packet(struct input *in, struct bytes body, bool old, struct frame *ret_f)
{
	struct cursor c = cur_over(body);
	const char *what = NULL;
	uint32_t number = old ? input_u16(in, &c) : input_u32(in, &c);
	uint64_t dropped = old ? input_u16(in, &c) : 0;
	uint64_t ticks = (uint64_t)input_u32(in, &c) << 32;
	struct interface *i = find(in, number, &what);
	uint16_t code;
	struct cursor value;

	if (i == NULL)
		return what;
	ticks |= input_u32(in, &c);
	uint32_t n = input_u32(in, &c);
	uint32_t wire = input_u32(in, &c);
	struct bytes data = cur_bytes(&c, n);

	if (cur_broken(&c) || n > FRAME_CAP)
		return "bad-packet-length";
	cur_take(&c, (4 - n % 4u) % 4u);
	if (dropped == UINT16_MAX)	/* appendix A: not known */
		dropped = 0;
	while (option_next(in, &c, &code, &value))
		if (code == OPTION_DROPCOUNT && !old)
			dropped = u64(in, &value);
	if (dropped > 0)
		lost(in, i, dropped, i->lost_total);
	*ret_f = (struct frame){
		.p = data.p, .n = n, .wire = wire > n ? wire : n, .at_ns = time_of(i, ticks), .link = i->link,
		.tap = in->tap, .dropped = dropped < UINT32_MAX ? (uint32_t)dropped : UINT32_MAX,
	};
	return NULL;
}

/* Simple packet block, 4.4: of interface 0, without a time. It gets that of the frame before it. */
static const char *simple(struct input *in, struct bytes body, struct frame *ret_f)
{
	struct cursor c = cur_over(body);
	const char *what = NULL;
	struct interface *i = find(in, 0, &what);
	uint32_t wire = input_u32(in, &c);

	if (i == NULL)
		return what;
	uint32_t n = i->snap > 0 && i->snap < wire ? i->snap : wire;
	struct bytes data = cur_bytes(&c, n);

	if (cur_broken(&c) || n > FRAME_CAP)
		return "bad-packet-length";
	*ret_f = (struct frame){
		.p = data.p, .n = n, .wire = wire, .at_ns = in->frames > 0 ? in->last_ns : 0,
		.link = i->link, .tap = in->tap,
	};
	return NULL;
}

static bool read_whole(uint32_t type)
{
	return type == BLOCK_PACKET || type == BLOCK_PACKET_SIMPLE || type == BLOCK_PACKET_OLD ||
	       type == BLOCK_INTERFACE || type == BLOCK_STATISTICS || type == BLOCK_SECTION;
}

/* The body is not needed. False when the input ends inside it, or its end tells another length. */
static bool pass_over(struct input *in, uint32_t total)
{
	uint64_t at = input_offset(in);
	const uint8_t *p = input_skip(in, total - BLOCK_TAIL) ? input_peek(in, BLOCK_TAIL) : NULL;

	if (p == NULL)
		return input_cut(in, at, "cut-in-block");
	struct cursor tail = cur_over((struct bytes){ .p = p, .n = BLOCK_TAIL });

	if (input_u32(in, &tail) != total)
		return input_damaged(in, at, "bad-block-end");
	in->at += BLOCK_TAIL;
	return true;
}

/* Takes apart one whole block. NULL: good; ret_f->p is set when it held a frame. */
static const char *block(struct input *in, uint32_t type, struct bytes b, struct frame *ret_f)
{
	const uint8_t *p = b.p;
	uint32_t total = (uint32_t)b.n;
	struct bytes body = { .p = p + BLOCK_HEAD, .n = total - BLOCK_MIN };
	struct cursor tail = cur_over((struct bytes){ .p = p + total - BLOCK_TAIL, .n = BLOCK_TAIL });

	if (input_u32(in, &tail) != total)
		return "bad-block-end";
	switch ((enum block)type) {
	case BLOCK_PACKET: return packet(in, body, false, ret_f);
	case BLOCK_PACKET_OLD: return packet(in, body, true, ret_f);
	case BLOCK_PACKET_SIMPLE: return simple(in, body, ret_f);
	case BLOCK_INTERFACE: return interface(in, body);
	case BLOCK_STATISTICS: return statistics(in, body);
	case BLOCK_SECTION: return section_body(in, body);
	}
	return NULL;
}

static int pcapng_next(struct input *in, struct frame *ret_f)
{
	for (ret_f->p = NULL; ret_f->p == NULL;) {
		const uint8_t *p = input_peek(in, BLOCK_MIN);

		if (p == NULL)
			return input_short(in, "cut-in-block");
		struct cursor c = cur_over((struct bytes){ .p = p, .n = BLOCK_HEAD });
		uint32_t type = input_u32(in, &c);

		if (type == BLOCK_SECTION && !section_order(in, p))
			return input_damaged(in, input_offset(in), "bad-section");
		uint32_t total = input_u32(in, &c);
		uint32_t least = type == BLOCK_SECTION ? SECTION_MIN : BLOCK_MIN;

		if (total < least || total % 4 != 0 || (read_whole(type) && total > RECORD_CAP))
			return input_damaged(in, input_offset(in), "bad-block-length");
		if (!read_whole(type)) {
			if (!pass_over(in, total))
				return 0;
			continue;
		}
		p = input_peek(in, total);
		if (p == NULL)
			return input_short(in, "cut-in-block");
		const char *what = block(in, type, (struct bytes){ .p = p, .n = total }, ret_f);

		if (what != NULL)
			return input_damaged(in, input_offset(in), what);
		in->at = p + total;
	}
	return 1;
}

int open_pcapng(struct input *in, const char **ret_what)
{
	const uint8_t *p = input_peek(in, 4);
	struct cursor c = cur_over((struct bytes){ .p = p, .n = p == NULL ? 0 : 4 });

	if (cur_le32(&c) != BLOCK_SECTION)
		return 0;
	in->next = pcapng_next;
	p = input_peek(in, SECTION_MIN);
	if (p == NULL)
		return 1;		/* cut: next() will say so */
	if (!section_order(in, p))
		return 0;		/* text may begin with these line ends too */
	c = cur_over((struct bytes){ .p = p + BLOCK_MIN, .n = 2 });
	if (input_u16(in, &c) != 1) {
		*ret_what = "pcapng-version";
		return -1;
	}
	return 1;
}

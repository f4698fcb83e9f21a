/* capture/input.h: one input inside the room: bytes are read, unpacked and cut into frames.
 *
 * Each input owns one buffer. The unread bytes lie between at and end; a record is looked at only after
 * input_peek() has made it contiguous, so a frame is a view into the buffer and nothing is copied for it.
 * Input is never sought in: a pipe and a file take the same path. */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include "capture/capture.h"

#include <zlib.h>
#include <zstd.h>

enum {
	FRAME_CAP = 262144,		/* bytes of one frame: the largest usual snap length */
	RECORD_CAP = FRAME_CAP + 131072, /* a packet block with its options */
	INTERFACES_MAX = 1024,		/* of one pcapng section */
	ZSTD_WINDOW_LOG = 27,		/* 128 MiB: what zstd --long makes; larger windows are refused */
};

#define LINK_NONE UINT16_C(0xffff)	/* a link type that has no LINKTYPE_ number */

/* Where bytes come from. Returns like read(2), with a negative errno for failure. */
struct source {
	long (*read)(void *arg, uint8_t *to, size_t n);
	void *arg;
};

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct interface {		/* of a pcapng section */
	uint64_t mul, div;	/* ticks * mul / div are nanoseconds; one of the two is 1 */
	int64_t offset_ns;
	uint64_t lost_packets;	/* told by its packet blocks, summed */
	uint64_t lost_total;	/* told by its last statistics block */
	uint32_t snap;		/* 0: no limit */
	uint16_t link;
	uint8_t shift;		/* not 0: ticks are 2^-shift s, mul and div unused */
};

struct input {
	const uint8_t *at, *end;	/* unread bytes of buf */
	int (*next)(struct input *in, struct frame *ret_f);	/* 1: a frame, 0: the end or damage */
	int64_t last_ns;	/* of the newest frame */
	uint64_t frames;
	struct capture_stats *stats;	/* of the whole capture */
	struct frame head;	/* waits in the heap */

	/* pcap and snoop */
	uint32_t record_head;	/* bytes before each frame's bytes */
	uint32_t fraction_ns;	/* 1 or 1000: unit of the second time word */
	bool big;		/* numbers are big-endian; pcapng: of this section */
	bool wire_first;	/* the two lengths are exchanged */
	bool maybe_wire_first;
	uint16_t link;
	uint32_t lost_before;	/* snoop: the running count at the last frame */

	/* pcapng */
	struct interface *interfaces;
	uint32_t interface_count;	/* also of those beyond INTERFACES_MAX */

	/* bytes */
	uint8_t *buf;
	uint64_t base;		/* offset of buf[0] in the unpacked input */
	size_t block;		/* bytes one read may bring */
	struct source source;
	bool over;		/* the source has no more */
	int error;		/* negative errno of a read that failed */
	const char *stopped;	/* why unpacking stopped early, a key of damage.yml */
	uint8_t packing;	/* enum packing */
	bool between;		/* gzip: after a member; zstd: after a frame */
	bool padding;		/* gzip: zeroes after the last member */
	uint8_t *packed;	/* bytes as read, when packing: room for a block of zstd and one of ours */
	ZSTD_inBuffer zstd_in;	/* unread bytes of packed */
	size_t zstd_want;	/* bytes the next step of unpacking takes */
	ZSTD_DStream *zstd;
	z_stream gzip;

	const char *damage;	/* key of damage.yml; the input ended there */
	uint64_t damage_at;
	const char *name;
	uint64_t size;
	int fd;			/* -1: not a descriptor */
	uint8_t tap;
	bool ended;
};

/* Adds bytes that do not come from a descriptor. Otherwise as capture_add(). */
int capture_add_source(struct capture *c, struct source s, const char *name, uint8_t tap, uint64_t size);

/* input.c */
int input_open(struct input *in, const char **ret_what);
const uint8_t *input_more(struct input *in, size_t n);
bool input_skip(struct input *in, uint64_t n);
uint64_t input_offset(const struct input *in);
int input_damaged(struct input *in, uint64_t at, const char *what);
int input_short(struct input *in, const char *what);
int input_cut(struct input *in, uint64_t at, const char *what);
void input_close(struct input *in);

/* The next n bytes (n <= RECORD_CAP) side by side, still unread; NULL when the input ends before. */
static inline const uint8_t *input_peek(struct input *in, size_t n)
{
	return (size_t)(in->end - in->at) >= n ? in->at : input_more(in, n);
}

static inline uint32_t input_u32(const struct input *in, struct cursor *c)
{
	return in->big ? cur_be32(c) : cur_le32(c);
}

static inline uint16_t input_u16(const struct input *in, struct cursor *c)
{
	return in->big ? cur_be16(c) : cur_le16(c);
}

/* unpack.c: bytes as read(2) gave them, or out of gzip or zstd. 0: no more (over, error, stopped say why). */
bool unpack_detect(struct input *in);
size_t unpack_read(struct input *in, uint8_t *to, size_t room);
void unpack_close(struct input *in);

/* pcap.c, pcapng.c: is it this format? 1: yes, and the head has been read; 0: no; -1: it is, but cannot be
 * read at all (ret_what says why). A head that is cut is damage, not a refusal: next() then gives nothing. */
int open_pcap(struct input *in, const char **ret_what);
int open_snoop(struct input *in, const char **ret_what);
int open_pcapng(struct input *in, const char **ret_what);

#endif

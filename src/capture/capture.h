/* capture/capture.h: capture files as one stream of frames, in time order.
 *
 * Reads pcap and pcapng, every byte order and resolution, plain, gzip or zstd, from regular files, pipes and
 * standard input; Sun's snoop too. It opens nothing: main/ hands over descriptors. It allocates nothing after
 * capture_init(); only zlib and libzstd take memory of their own, for inputs that are packed. */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "core/arena.h"
#include "model/layers.h"

enum { CAPTURE_INPUTS_MAX = 4096, CAPTURE_DAMAGE_MAX = 1024 };

struct capture;

struct damage {			/* where an input stopped making sense */
	uint32_t input;		/* as returned by capture_add() */
	uint64_t offset;	/* bytes into the (decompressed) input */
	uint64_t frames;	/* of this input, read before it */
	const char *what;	/* text key below content/text/damage.yml: "cut-in-packet", "bad-block-length"
				 * ... */
};

/* Bytes that capture_init() takes from its arena. Most are never touched: an input costs about its block
 * (256 KiB alone, 16 KiB among thousands) and its longest frame. */
size_t capture_room(uint32_t inputs);

/* Room for up to `inputs` inputs, from a. Returns 0 or -ENOMEM. */
int capture_init(struct capture **ret_c, struct arena *a, uint32_t inputs);

/* Takes an open descriptor (closed by capture_done()) and keeps the pointer name, which must outlive c.
 * size: bytes if known, else 0 (for progress). Returns the input's number, or -ENOSPC; whether it is a
 * capture at all shows in capture_start(). */
int capture_add(struct capture *c, int fd, const char *name, uint8_t tap, uint64_t size);

/* Reads every input's head and first frame. Returns 0, or -EINVAL when an input is not a capture (ret_input
 * says which, ret_what why: a key below content/text/damage.yml such as "not-a-capture", "empty"), or another
 * negative errno from reading it (ret_input is set). A head that is cut is damage, not a refusal. */
int capture_start(struct capture *c, uint32_t *ret_input, const char **ret_what);

/* The next frame over all inputs, the earliest first (ties: the order of adding; within an input: file order,
 * also when its clock runs backwards). 1: a frame, valid until the next call; 0: the end. Damage never stops
 * the others. Times lie within +-2^62 ns (until 2116). A pcapng simple packet block has no time: it gets that
 * of the frame before it. */
int capture_next(struct capture *c, struct frame *ret_f);

struct capture_stats {
	uint64_t frames;
	uint64_t bytes;		/* of frames, captured */
	uint64_t consumed;	/* bytes read from the descriptors so far */
	uint64_t total;		/* their sizes; 0 when one is unknown */
	uint64_t dropped;	/* frames the captures say were lost before us */
	uint64_t comments;	/* pcapng comments met */
	uint64_t backwards;	/* frames older than the one before them in the same input */
	uint64_t damage_hidden;	/* damages beyond CAPTURE_DAMAGE_MAX */
};
const struct capture_stats *capture_stats(const struct capture *c);
const char *capture_input_name(const struct capture *c, uint32_t input);
size_t capture_damage(const struct capture *c, const struct damage **ret_list);
void capture_done(struct capture *c);

#endif
